//! W3C Data Integrity (VC-DATA-INTEGRITY 1.0): proofs of the cryptosuites `eddsa-rdfc-2022`, `eddsa-jcs-2022`,
//! `Ed25519Signature2020` (VC-DI-EDDSA 1.0), `ecdsa-rdfc-2019`, `ecdsa-jcs-2019` and `ecdsa-sd-2023` (VC-DI-ECDSA 1.0) over
//! JSON-LD documents or plain JSON, proof sets and proof chains included. With feature `bbs`, which needs a C compiler, also
//! `bbs-2023` (VC-DI-BBS 1.0): an issuer signs for a holder (`sign_bbs`), who derives what each verifier sees (`derive_bbs`,
//! `Expanded::verify_bbs`).
//!
//! Everything here is pure: bytes and a registry of [`Contexts`] in, a result out; nothing is ever fetched. A verified
//! proof says that the key's holder signed this document, and nothing more. Whose key it is, what it may be used for,
//! when, for whom and about what, is judged by `jigap-wallet-core`.
//!
//! Whatever a document says and the signature would not cover is refused ([`ProofError::Uncovered`]), not dropped. Who
//! acts on a document reads [`Expanded::reading`], which is made of the signed statements, and not the text it came in.
//!
//! ```
//! use jigap_data_integrity::{Contexts, ProofOptions, SecuredDocument, sign};
//! use jigap_keys::{Entropy, KeyType, PrivateKey};
//!
//! struct Fixed;
//! impl Entropy for Fixed {
//!     fn fill(&self, out: &mut [u8]) {
//!         out.fill(7);
//!     }
//! }
//! let key = PrivateKey::generate(KeyType::Ed25519, &Fixed);
//! let credential = serde_json::json!({
//!     "@context": ["https://www.w3.org/ns/credentials/v2"],
//!     "type": ["VerifiableCredential"],
//!     "issuer": "did:example:school",
//!     "credentialSubject": {"name": "Hong Gildong"},
//! });
//! let options = ProofOptions {
//!     created: Some("2026-11-22T00:00:00Z".into()),
//!     ..ProofOptions::new("did:example:school#key-1", "assertionMethod")
//! };
//! let secured = sign(credential, &options, &key, Contexts::known())?;
//!
//! let document = SecuredDocument::parse(secured.to_string().as_bytes())?;
//! for proof in document.proofs()? {
//!     document.verify(&proof, key.public(), Contexts::known())?;
//! }
//! # Ok::<(), jigap_data_integrity::ProofError>(())
//! ```

mod active;
mod canonical;
mod compiled;
mod contexts;
mod document;
mod error;
mod json_ld;
mod proof;
mod rdf;
mod reading;
mod selective;
mod suite;

pub use contexts::Contexts;
pub use document::{Expanded, MAX_PROOFS, SecuredDocument};
pub use error::{ContextError, ProofError};
pub use proof::{Proof, ProofOptions};
pub use selective::Pointer;
#[cfg(feature = "bbs")]
pub use suite::bbs_2023::{
    BbsBinding, BbsDisclosure, BbsHolder, BbsShown, bbs_mandatory, derive_bbs, sign_bbs,
};
pub use suite::ecdsa_sd_2023::{
    derive_ecdsa_sd, ecdsa_sd_mandatory, prepare_ecdsa_sd, sign_ecdsa_sd, verify_ecdsa_sd_base,
};
pub use suite::{Cryptosuite, Prepared, prepare, sign};
