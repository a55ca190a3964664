//! The key of a holder whom a W3C credential names by a DID: one that the DID's document lists for authentication.
//!
//! Refused: a key of another DID (`V-11`), one that is not for authentication (`V-16`), a DID without a usable key, or with
//! several where the presentation names none (`V-11`).

use jigap_keys::PublicKey;

use crate::did::{self, Did, DidUrl, Purpose, ResolutionError};
use crate::documents::Documents;
use crate::verdict::{Reason, Refusal, checks};

const OTHER_HOLDER: Reason = Reason::new(
    "vp-kid-other",
    "the presentation is signed by somebody other than the credential's subject",
    "제출물에 서명한 사람이 증명서의 주체가 아닙니다",
);
const UNRESOLVED: Reason = Reason::new(
    "holder-did-unresolved",
    "the holder's DID cannot be resolved to a usable key",
    "소지자의 DID에서 쓸 수 있는 키를 찾을 수 없습니다",
);
const NOT_FOR_AUTHENTICATION: Reason = Reason::new(
    "holder-key-purpose",
    "the holder's DID document does not list the key for authentication",
    "소지자의 DID 문서가 그 키를 인증용으로 두고 있지 않습니다",
);

/// The key of `subject` that `method`, a DID URL, names; without one, the only key that there is.
pub(super) fn key(subject: &Did, method: Option<&str>, documents: &Documents) -> Result<PublicKey, Refusal> {
    match method.map(DidUrl::parse) {
        Some(Ok(url)) if url.did() == subject => {
            did::method_key(&url, Purpose::Authentication, documents).map_err(of_did)
        }
        Some(_) => Err(checks::HOLDER_PROOF.refuse(OTHER_HOLDER)),
        None => only_key(subject, documents),
    }
}

/// The key of a DID that has one for authentication and no more.
fn only_key(did: &Did, documents: &Documents) -> Result<PublicKey, Refusal> {
    let document = did::resolve(did, documents).map_err(of_did)?;
    let mut methods = document.methods(Purpose::Authentication);
    match (methods.next(), methods.next()) {
        (Some(method), None) => {
            document.verification_key(method.id(), Purpose::Authentication).map_err(of_did)
        }
        _ => Err(checks::HOLDER_PROOF.refuse(UNRESOLVED)),
    }
}

fn of_did(error: ResolutionError) -> Refusal {
    match error {
        ResolutionError::InvalidRelationshipForVerificationMethod => {
            checks::PURPOSE.refuse(NOT_FOR_AUTHENTICATION)
        }
        _ => checks::HOLDER_PROOF.refuse(UNRESOLVED),
    }
}
