//! The same student ID as a W3C credential: a `vc+jwt`, presented whole in a `vp+jwt`.

use jigap_keys::PrivateKey;
use jigap_wallet_core::did;
use jigap_wallet_core::jose::{Header, sign};
use jigap_wallet_core::status::StatusReference;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::vcjwt;
use serde_json::{Value, json};

use super::{AUDIENCE, Issuer, NONCE, NOW, PRESENTED, STATUS_URI, student};
use crate::{BenchError, broken};

/// The type, expanded.
pub(super) const TYPE: &str = "https://jigap.example/types/student-id/1#StudentId";

pub(super) fn issue(issuer: &Issuer, holder: &PrivateKey) -> Result<String, BenchError> {
    let status = StatusReference::new(STATUS_URI, PRESENTED).map_err(broken("a status"))?.to_claim();
    let mut subject = student();
    subject.insert("id".to_owned(), json!(did::jwk_did(holder.public())));
    let credential = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://jigap.example/types/student-id/1/context.jsonld"],
        "type": ["VerifiableCredential", "StudentId"],
        "issuer": issuer.id,
        "validFrom": NOW.minus(Seconds(86_400)).to_rfc3339(),
        "validUntil": NOW.plus(Seconds(86_400)).to_rfc3339(),
        "credentialSubject": subject,
        "status": status,
    });
    sign(&issuer.header.clone().typ("vc+jwt"), &credential, &issuer.key).map_err(broken("signing"))
}

pub(super) fn present(credential: &str, holder: &PrivateKey) -> Result<String, BenchError> {
    let did = did::jwk_did(holder.public());
    let header = Header::for_key(holder.public()).map(|header| header.kid(format!("{did}#0")));
    let header = header.ok_or_else(|| BenchError::Broken("a key signs".into()))?;
    let unsigned = vcjwt::present(header, &did, credential, AUDIENCE, NONCE, NOW);
    unsigned.map_err(broken("presenting"))?.sign(holder).map_err(broken("signing"))
}

pub(super) fn query() -> Value {
    json!({
        "id": "student", "format": "jwt_vc_json", "meta": {"type_values": [[TYPE]]},
        "claims": [
            {"path": ["credentialSubject", "enrolment_status"], "values": ["enrolled"]},
            {"path": ["credentialSubject", "degree_level"]},
        ],
    })
}
