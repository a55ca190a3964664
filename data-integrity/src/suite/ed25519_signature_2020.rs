//! `Ed25519Signature2020` (VC-DI-EDDSA 1.0 Appendix "The Ed25519Signature2020 Suite"): Ed25519 over canonical statements, as
//! `eddsa-rdfc-2022`, under a type of its own. The document has its context,
//! `https://w3id.org/security/suites/ed25519-2020/v1`.

use jigap_keys::KeyType;
use jigap_keys::hash::HashAlgorithm;

use super::{Suite, Transformation};

pub(super) const SUITE: Suite = Suite {
    proof_type: "Ed25519Signature2020",
    cryptosuite: None,
    transformation: Transformation::Rdfc,
    keys: &[(KeyType::Ed25519, HashAlgorithm::Sha256)],
};
