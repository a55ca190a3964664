//! W3C credentials and presentations secured by Data Integrity (`ldp_vc`): VCDM 2.0 and 1.1 with `eddsa-rdfc-2022`
//! proofs. The crate `jigap-data-integrity` says whether a proof holds; here is what the documents must look like.
//!
//! A credential may carry several proofs, a set or a chain: all must verify, whoever made them, and all must have been
//! made for assertions. The one whose key is the issuer's stands for the issuer.
//!
//! What a document says is read back from the statements that its proofs cover, never from the JSON it came in, which its
//! holder can write in many ways. Of that JSON only `@context`, `proof` and the place of the credential in a presentation
//! are looked at.
//!
//! Refused by V-01: what is no document with proofs; by V-02 and V-03: proofs that do not hold; by V-16: proofs made
//! for another purpose; by LD checks: what the data model does not allow. Contexts are never fetched.

mod credential;
mod issue;
mod presentation;
mod selective;
mod shown;

pub use credential::{CONTEXT, ISSUER, LdpVc, PERIOD, READING, SUBJECT, TYPE, VerifiedLdpVc};
pub use issue::{IssueError, Presenting, Securing, UnsignedDocument, check_terms, issue, present};
pub use presentation::{LdpVp, PRESENTATION};
pub use selective::{always_shown, disclose, disclose_at, is_selective, issue_selectively};
#[cfg(feature = "bbs")]
pub use selective::{disclose_by_bbs_at, issue_by_bbs};
pub use shown::ShownDocuments;

pub use jigap_data_integrity::Cryptosuite;
use jigap_data_integrity::ProofError;
use serde_json::{Map, Value};

use crate::vcdm::{CONTEXT_V1, CONTEXT_V2};
use crate::verdict::{Reason, Refusal, checks};

const NO_DOCUMENT: Reason = Reason::new(
    "ldp-no-document",
    "it is not a JSON-LD document with proofs",
    "증명이 붙은 JSON-LD 문서가 아닙니다",
);
const OTHER_KEY: Reason = Reason::new(
    "ldp-key-type",
    "the key does not fit the proof's cryptosuite",
    "키가 증명의 암호 방식에 맞지 않습니다",
);
const MALFORMED: Reason =
    Reason::new("ldp-proof-malformed", "the proof is malformed", "증명의 형식이 잘못되었습니다");
const UNSUPPORTED: Reason = Reason::new(
    "ldp-suite-unsupported",
    "the proof is of a cryptosuite that is not supported",
    "지원하지 않는 암호 방식으로 만든 증명입니다",
);
const PREVIOUS: Reason = Reason::new(
    "ldp-previous-proof",
    "the proof builds on a proof that is not there",
    "증명이 딛고 있는 앞선 증명이 없습니다",
);
/// A context that whoever judges would have to be given.
pub const UNKNOWN_CONTEXT: Reason = Reason::new(
    "ldp-context-unknown",
    "the document uses a context that is not known here",
    "문서가 이곳에서 모르는 컨텍스트를 씁니다",
);
const UNCOVERED: Reason = Reason::new(
    "ldp-uncovered",
    "the document says something that no signature would cover",
    "문서에 서명이 미치지 않는 내용이 있습니다",
);
const NO_JSON_LD: Reason = Reason::new(
    "ldp-undefined",
    "the document is not JSON-LD whose every term is defined",
    "문서가 모든 용어가 정의된 JSON-LD가 아닙니다",
);
const UNREADABLE: Reason = Reason::new(
    "ldp-unreadable",
    "what is signed cannot be read by the names that are known here",
    "서명된 내용을 이곳에서 아는 이름으로 읽을 수 없습니다",
);
const TOO_HARD: Reason = Reason::new(
    "ldp-too-complex",
    "the document is too deep or too hard to put in canonical form",
    "문서가 너무 깊거나 정규형으로 만들기에 너무 어렵습니다",
);
const MISMATCH: Reason =
    Reason::new("signature-mismatch", "the signature does not match", "서명이 맞지 않습니다");

/// A proof that does not hold, under the id common to all formats.
fn refuse(error: ProofError) -> Refusal {
    let reason = match error {
        ProofError::NotAnObject | ProofError::NoProof | ProofError::TooManyProofs => {
            return checks::TOKEN_TYPE.refuse(NO_DOCUMENT);
        }
        ProofError::WrongKey => return checks::ALGORITHM.refuse(OTHER_KEY),
        ProofError::MalformedProof(_) | ProofError::Pointer => MALFORMED,
        ProofError::UnsupportedSuite => UNSUPPORTED,
        ProofError::PreviousProof => PREVIOUS,
        ProofError::Context | ProofError::UnknownContext => UNKNOWN_CONTEXT,
        ProofError::Uncovered => UNCOVERED,
        ProofError::JsonLd => NO_JSON_LD,
        ProofError::Unreadable => return READING.refuse(UNREADABLE),
        ProofError::Json(_) | ProofError::TooComplex => TOO_HARD,
        ProofError::BadSignature | ProofError::Key(_) => MISMATCH,
    };
    checks::PROOF.refuse(reason)
}

/// The first context, if it is the data model's.
fn first_context(document: &Map<String, Value>) -> Option<&'static str> {
    let contexts = document.get("@context")?;
    let first = contexts.get(0).unwrap_or(contexts).as_str()?;
    [CONTEXT_V1, CONTEXT_V2].into_iter().find(|context| *context == first)
}

/// Whether `name` is among the types as they are written: only for telling documents apart.
fn has_type(document: &Value, name: &str) -> bool {
    match document.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(all)) => all.iter().any(|one| one == name),
        _ => false,
    }
}

/// The DID that a verification method is of.
fn controller(verification_method: &str) -> &str {
    verification_method.split_once('#').map_or(verification_method, |(did, _)| did)
}

#[cfg(test)]
mod tests;
