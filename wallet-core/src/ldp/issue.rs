//! Issuing a credential of VCDM 2.0 with an `eddsa-rdfc-2022` or `ecdsa-rdfc-2019` proof, and presenting such a credential
//! (VC-DATA-INTEGRITY §4.2; OpenID4VP 1.0 Appendix B.1.3.2); and securing whatever credential somebody hands over, in any
//! cryptosuite.
//!
//! Refused: documents of which a signature would not cover everything, whose contexts are not known, keys of another type
//! than the proof names; and to secure what a verifier would refuse.

use std::sync::Arc;

use jigap_data_integrity::{Contexts, Cryptosuite, Prepared, ProofError, ProofOptions, prepare};
use jigap_keys::{KeyType, PrivateKey, PublicKey};
use serde_json::{Map, Value, json};

use super::{CONTEXT_V1, CONTEXT_V2, LdpVc, first_context};
use crate::documents::Documents;
use crate::ports::{Signer, SignerError};
use crate::time::Timestamp;
use crate::vcdm::rules;
use crate::verdict::Refusal;

/// Contexts that define the terms of `DataIntegrityProof`.
const PROOF_CONTEXTS: [&str; 2] =
    ["https://w3id.org/security/data-integrity/v2", "https://w3id.org/security/data-integrity/v1"];
/// The one that defines the terms of `Ed25519Signature2020`.
const CONTEXT_OF_2020: [&str; 1] = ["https://w3id.org/security/suites/ed25519-2020/v1"];

/// Why a document could not be secured: the caller's fault, or the environment's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The document cannot be signed.
    #[error(transparent)]
    Document(#[from] ProofError),
    /// The key is of another type than the proof was prepared for.
    #[error("the key does not fit the cryptosuite")]
    WrongKey,
    /// A verifier would refuse the credential.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The key could not be used.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

/// A document whose proof lacks only the signature: what a key in an HSM or KMS is asked to sign.
#[derive(Debug, Clone, PartialEq)]
pub struct UnsignedDocument(Prepared);

impl UnsignedDocument {
    pub(super) const fn new(prepared: Prepared) -> Self {
        Self(prepared)
    }

    fn require_fitting(&self, key: &PublicKey) -> Result<(), IssueError> {
        if key.key_type() == self.0.key_type() { Ok(()) } else { Err(IssueError::WrongKey) }
    }

    /// Signs with a key at hand.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn sign(self, key: &PrivateKey) -> Result<Value, IssueError> {
        self.require_fitting(key.public())?;
        let signature = key.sign(self.0.signing_input()).map_err(|_| IssueError::WrongKey)?;
        Ok(self.0.attach(&signature)?)
    }

    /// Signs with a key behind the [`Signer`] port.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn sign_with(self, signer: &dyn Signer) -> Result<Value, IssueError> {
        self.require_fitting(signer.public_key())?;
        let signature = signer.sign(self.0.signing_input()).await?;
        Ok(self.0.attach(&signature)?)
    }
}

/// Prepares a credential for its issuer to sign by the key `verification_method`, a DID URL of a key of `key_type`, with a
/// proof of the moment `created`: of the cryptosuite by which such keys sign canonical statements.
///
/// # Errors
/// [`IssueError::Document`].
pub fn issue(
    credential: Map<String, Value>,
    verification_method: &str,
    created: Timestamp,
    (key_type, contexts): (KeyType, &Arc<Contexts>),
) -> Result<UnsignedDocument, IssueError> {
    let options = ProofOptions {
        cryptosuite: statements_by(key_type),
        key_type,
        created: Some(created.to_rfc3339()),
        ..ProofOptions::new(verification_method, "assertionMethod")
    };
    Ok(UnsignedDocument(prepare(Value::Object(credential), &options, contexts)?))
}

/// The cryptosuite by which keys of `key_type` sign canonical statements.
const fn statements_by(key_type: KeyType) -> Cryptosuite {
    match key_type {
        // Which takes no P-521: preparing says so.
        KeyType::P256 | KeyType::P384 | KeyType::P521 => Cryptosuite::EcdsaRdfc2019,
        KeyType::Ed25519 | KeyType::X25519 => Cryptosuite::EddsaRdfc2022,
    }
}

/// How a credential that somebody hands over is secured.
#[derive(Debug, Clone, Copy)]
pub struct Securing<'a> {
    /// The cryptosuite.
    pub cryptosuite: Cryptosuite,
    /// The DID URL of the issuer's key.
    pub verification_method: &'a str,
    /// The moment of the proof.
    pub created: Timestamp,
}

impl Securing<'_> {
    /// Secures `credential` with the key of its issuer; proofs that it has already stay, and this one joins them. Whatever
    /// the cryptosuite, every term is one that its contexts define, and a verifier takes what comes out.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn secure(
        self,
        mut credential: Map<String, Value>,
        signer: &dyn Signer,
        contexts: &Arc<Contexts>,
    ) -> Result<Value, IssueError> {
        rules::check_credential(&credential)?;
        define_proof(&mut credential, self.cryptosuite);
        let options = ProofOptions {
            cryptosuite: self.cryptosuite,
            key_type: signer.public_key().key_type(),
            created: Some(self.created.to_rfc3339()),
            ..ProofOptions::new(self.verification_method, "assertionMethod")
        };
        let prepared = prepare(Value::Object(credential), &options, contexts)?;
        let secured = UnsignedDocument(prepared).sign_with(signer).await?;
        // As whoever gets it reads it. Other proofs are for those who made them to answer for.
        let mut own = secured.clone();
        if let Some(Value::Array(proofs)) = own.get_mut("proof") {
            proofs.drain(..proofs.len().saturating_sub(1));
        }
        LdpVc::read(own, contexts)?.verify(signer.public_key(), &Documents::new())?;
        Ok(secured)
    }
}

/// Adds the context that defines the terms of proofs where the credential's contexts do not: those of VCDM 1.1
/// (VC-DATA-INTEGRITY 1.0 §2.4.1, "Context Injection"). Nothing is added beside a proof that is there: it covers the contexts.
pub(super) fn define_proof(credential: &mut Map<String, Value>, cryptosuite: Cryptosuite) {
    let defining = if cryptosuite.name().is_some() { &PROOF_CONTEXTS[..] } else { &CONTEXT_OF_2020 };
    if first_context(credential) != Some(CONTEXT_V1) || credential.contains_key("proof") {
        return;
    }
    let Some(context) = credential.get_mut("@context") else { return };
    let mut all = match context.take() {
        Value::Array(all) => all,
        one => vec![one],
    };
    if !all.iter().any(|one| one.as_str().is_some_and(|url| defining.contains(&url))) {
        all.extend(defining.first().map(|url| Value::from(*url)));
    }
    *context = Value::Array(all);
}

/// Refuses a document that is not JSON-LD whose every term is defined by contexts that are known.
///
/// # Errors
/// [`IssueError::Document`].
pub fn check_terms(document: &Map<String, Value>, contexts: &Arc<Contexts>) -> Result<(), IssueError> {
    let options = ProofOptions::new("did:example:0#0", "assertionMethod");
    Ok(prepare(Value::Object(document.clone()), &options, contexts).map(drop)?)
}

/// Whom and what a presentation is made for, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct Presenting<'a> {
    /// The holder: whom the credential speaks about.
    pub holder: &'a str,
    /// The DID URL of the holder's key.
    pub verification_method: &'a str,
    /// The verifier's client identifier, the proof's `domain`.
    pub audience: &'a str,
    /// The request's nonce, the proof's `challenge`.
    pub nonce: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// Prepares a presentation of one credential for its holder to sign.
///
/// # Errors
/// [`IssueError::Document`].
pub fn present(
    credential: Value,
    presenting: Presenting<'_>,
    contexts: &Arc<Contexts>,
) -> Result<UnsignedDocument, IssueError> {
    let presentation = json!({
        "@context": [CONTEXT_V2],
        "type": ["VerifiablePresentation"],
        "holder": presenting.holder,
        "verifiableCredential": [credential],
    });
    let options = ProofOptions {
        created: Some(presenting.now.to_rfc3339()),
        challenge: Some(presenting.nonce.to_owned()),
        domain: Some(presenting.audience.to_owned()),
        ..ProofOptions::new(presenting.verification_method, "authentication")
    };
    Ok(UnsignedDocument(prepare(presentation, &options, contexts)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::did;
    use crate::ldp::LdpVp;
    use crate::sdjwt::KeyBindingRequest;
    use crate::testing::Repeatable;
    use crate::time::Seconds;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn contexts() -> Arc<Contexts> {
        Arc::new(Contexts::known().with_examples())
    }

    fn party(seed: u64) -> (PrivateKey, String) {
        let key = PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(seed));
        let did = did::jwk_did(key.public());
        (key, did)
    }

    fn credential(context: &str) -> Map<String, Value> {
        let document = json!({
            "@context": [CONTEXT_V2, context], "type": ["VerifiableCredential", "StudentCard"],
            "issuer": party(1).1, "credentialSubject": {"id": party(2).1, "name": "김지갑"},
        });
        document.as_object().cloned().unwrap()
    }

    /// By an Ed25519 key.
    fn by(contexts: &Arc<Contexts>) -> (KeyType, &Arc<Contexts>) {
        (KeyType::Ed25519, contexts)
    }

    const EXAMPLES: &str = "https://www.w3.org/ns/credentials/examples/v2";

    fn issued() -> Value {
        let (key, did) = party(1);
        issue(credential(EXAMPLES), &format!("{did}#0"), NOW, by(&contexts())).unwrap().sign(&key).unwrap()
    }

    #[test]
    fn keys_of_each_type_sign_in_their_cryptosuite() {
        for (key_type, suite) in [
            (KeyType::Ed25519, "eddsa-rdfc-2022"),
            (KeyType::P256, "ecdsa-rdfc-2019"),
            (KeyType::P384, "ecdsa-rdfc-2019"),
        ] {
            let key = PrivateKey::generate(key_type, &Repeatable::new(1));
            let did = did::jwk_did(key.public());
            let mut said = credential(EXAMPLES);
            said.insert("issuer".to_owned(), json!(did));
            let signed =
                issue(said, &format!("{did}#0"), NOW, (key_type, &contexts())).unwrap().sign(&key).unwrap();
            assert_eq!(signed["proof"]["cryptosuite"], suite);
            LdpVc::read(signed, &contexts()).unwrap().verify(key.public(), &Documents::new()).unwrap();
        }
        let agreement = (KeyType::X25519, &contexts());
        let refused = issue(credential(EXAMPLES), "did:example:1#0", NOW, agreement);
        assert_eq!(refused.err(), Some(IssueError::Document(ProofError::WrongKey)));
    }

    #[test]
    fn what_is_issued_and_presented_is_verified() {
        let (holder, did) = party(2);
        let method = format!("{did}#0");
        let presenting = Presenting {
            holder: &did,
            verification_method: &method,
            audience: "gate",
            nonce: "n-0S6",
            now: NOW,
        };
        let shown = present(issued(), presenting, &contexts()).unwrap().sign(&holder).unwrap();
        let (presentation, credential) = LdpVp::read(shown, &contexts()).unwrap();
        let verified = credential.verify(party(1).0.public(), &Documents::new()).unwrap();
        let kept = LdpVc::read(issued(), &contexts()).unwrap().dangerous_assume_verified().unwrap();
        assert_eq!((kept.types(), kept.period()), (verified.types(), verified.period()));
        let (kept, verified_claims) = (kept.credential(), verified.credential());
        assert_eq!(kept["credentialSubject"], verified_claims["credentialSubject"]);
        assert!(kept.get("@context").is_some() && verified_claims.get("@context").is_none());
        let request = |nonce| KeyBindingRequest {
            audience: "gate",
            nonce,
            now: NOW,
            max_age: Seconds(300),
            skew: Seconds(60),
        };
        presentation.verify(&verified, &request("n-0S6"), &Documents::new()).unwrap();
        assert!(presentation.verify(&verified, &request("n-0S7"), &Documents::new()).is_err());
    }

    #[test]
    fn what_a_signature_would_not_cover_is_not_signed() {
        let method = format!("{}#0", party(1).1);
        let unknown = issue(credential("https://types.example/c.jsonld"), &method, NOW, by(&contexts()));
        assert!(matches!(unknown, Err(IssueError::Document(_))));
        let mut undefined = credential(CONTEXT_V2);
        undefined.insert("type".to_owned(), json!(["VerifiableCredential"]));
        undefined.insert("nickname".to_owned(), json!("지갑이"));
        assert!(matches!(issue(undefined, &method, NOW, by(&contexts())), Err(IssueError::Document(_))));
    }

    #[test]
    fn a_key_of_another_type_signs_nothing() {
        let unsigned = issue(credential(EXAMPLES), "did:example:1#0", NOW, by(&contexts())).unwrap();
        let key = PrivateKey::generate(KeyType::P256, &Repeatable::new(1));
        assert_eq!(unsigned.sign(&key), Err(IssueError::WrongKey));
    }
}
