//! The same student ID as a W3C credential, presented whole: a `vc+jwt` in a `vp+jwt`, or both with Data Integrity proofs.

use jigap_data_integrity::{ProofOptions, prepare};
use jigap_keys::PrivateKey;
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::did;
use jigap_wallet_core::jose::{Header, sign};
use jigap_wallet_core::status::StatusReference;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::vcjwt;
use serde_json::{Value, json};

use super::{AUDIENCE, Issuer, NONCE, NOW, PRESENTED, STATUS_URI, student};
use crate::bare::Bare;
use crate::{BenchError, broken};

/// The type, expanded.
pub(super) const TYPE: &str = "https://jigap.example/types/student-id/1#StudentId";
/// The context of VCDM 2.0.
const CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";

pub(super) fn issue(issuer: &Issuer, holder: &PrivateKey) -> Result<String, BenchError> {
    let status = StatusReference::new(STATUS_URI, PRESENTED).map_err(broken("a status"))?.to_claim();
    let mut credential = credential(issuer, holder);
    credential.as_object_mut().map(|members| members.insert("status".to_owned(), status));
    sign(&issuer.header.clone().typ("vc+jwt"), &credential, &issuer.key).map_err(broken("signing"))
}

pub(super) fn present(credential: &str, holder: &PrivateKey) -> Result<String, BenchError> {
    let did = did::jwk_did(holder.public());
    let header = Header::for_key(holder.public()).map(|header| header.kid(format!("{did}#0")));
    let header = header.ok_or_else(|| BenchError::Broken("a key signs".into()))?;
    let unsigned = vcjwt::present(header, &did, credential, AUDIENCE, NONCE, NOW);
    unsigned.map_err(broken("presenting"))?.sign(holder).map_err(broken("signing"))
}

/// The presentation with the issuer's proof and the holder's, and both signatures by themselves.
pub(super) fn with_proofs(issuer: &Issuer, holder: &PrivateKey) -> Result<(Value, Vec<Bare>), BenchError> {
    let made = |did: &str, purpose: &str| ProofOptions {
        created: Some(NOW.to_rfc3339()),
        ..ProofOptions::new(format!("{did}#0"), purpose)
    };
    let (credential, issued) =
        secured(credential(issuer, holder), &made(&issuer.id, "assertionMethod"), &issuer.key)?;
    let did = did::jwk_did(holder.public());
    let presentation = json!({
        "@context": [CONTEXT], "type": ["VerifiablePresentation"], "holder": did,
        "verifiableCredential": [credential],
    });
    let options = ProofOptions {
        challenge: Some(NONCE.to_owned()),
        domain: Some(AUDIENCE.to_owned()),
        ..made(&did, "authentication")
    };
    let (presentation, shown) = secured(presentation, &options, holder)?;
    Ok((presentation, vec![issued, shown]))
}

pub(super) fn query(format: &str) -> Value {
    json!({
        "id": "student", "format": format, "meta": {"type_values": [[TYPE]]},
        "claims": [
            {"path": ["credentialSubject", "enrolment_status"], "values": ["enrolled"]},
            {"path": ["credentialSubject", "degree_level"]},
        ],
    })
}

fn credential(issuer: &Issuer, holder: &PrivateKey) -> Value {
    let mut subject = student();
    subject.insert("id".to_owned(), json!(did::jwk_did(holder.public())));
    json!({
        "@context": [CONTEXT, "https://jigap.example/types/student-id/1/context.jsonld"],
        "type": ["VerifiableCredential", "StudentId"],
        "issuer": issuer.id,
        "validFrom": NOW.minus(Seconds(86_400)).to_rfc3339(),
        "validUntil": NOW.plus(Seconds(86_400)).to_rfc3339(),
        "credentialSubject": subject,
    })
}

/// `document` with an `eddsa-rdfc-2022` proof, and the signature by itself.
fn secured(document: Value, options: &ProofOptions, key: &PrivateKey) -> Result<(Value, Bare), BenchError> {
    let contexts = Contexts::built_in().for_data_integrity();
    let prepared = prepare(document, options, contexts).map_err(broken("a proof"))?;
    let message = prepared.signing_input().to_vec();
    let signature = key.sign(&message).map_err(broken("a signature"))?;
    let secured = prepared.attach(&signature).map_err(broken("a proof"))?;
    Ok((secured, Bare::new(key.public(), message, signature)?))
}
