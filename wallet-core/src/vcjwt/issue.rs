//! Issuing a credential of VCDM 2.0 as `vc+jwt`, and presenting such credentials as `vp+jwt` (VC-JOSE-COSE §3.1).
//!
//! Refuses to issue what a verifier would refuse.

use serde_json::{Map, Value, json};

use super::VcJwt;
use super::credential::{Model, SHAPE, VerifiedVc};
use super::presentation::{examine_presentation, require_presentation};
use crate::jose::{Header, UnsignedJws};
use crate::time::Timestamp;
use crate::vcdm::envelope::{Envelope, Held, Securing};
use crate::verdict::Refusal;

/// Why a credential cannot be issued: the caller's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// `vc` and `vp` are not members of a credential of VCDM 2.0.
    #[error("`{}`: a credential of VCDM 2.0 has no `vc` and no `vp`", SHAPE.id)]
    Misplaced,
    /// A verifier would refuse the credential.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Encodes a credential of VCDM 2.0 for its issuer to sign. `header` says algorithm, key and certificates; `typ` and
/// `cty` are set here.
pub fn issue(header: Header, credential: Map<String, Value>) -> Result<UnsignedJws, IssueError> {
    let header = Header { cty: Some("vc".to_owned()), ..header.typ("vc+jwt") };
    let credential = Value::Object(credential);
    if Model::V2.document(&credential, "vc").is_none() {
        return Err(IssueError::Misplaced);
    }
    let unsigned = UnsignedJws::new(&header, &credential);
    VerifiedVc::read(header, credential, Model::V2)?;
    Ok(unsigned)
}

/// Encodes a presentation of VCDM 2.0 as its holder wrote it, for the holder to sign. `header` says algorithm and key; `typ`
/// and `cty` are set here. Refuses by VJ-09, VJ-13, VJ-14 and by DM checks.
///
/// # Errors
/// [`IssueError`].
pub fn present_document(header: Header, document: Map<String, Value>) -> Result<UnsignedJws, IssueError> {
    let header = Header { cty: Some("vp".to_owned()), ..header.typ("vp+jwt") };
    let document = Value::Object(document);
    if Model::V2.document(&document, "vp").is_none() {
        return Err(IssueError::Misplaced);
    }
    require_presentation(&document, Model::V2)?;
    examine_presentation(&document, &document)?;
    Ok(UnsignedJws::new(&header, &document))
}

/// Encodes a presentation of one credential for its holder to sign, made for one verifier (`audience`) and one request
/// (`nonce`): `vp+jwt` for a credential of VCDM 2.0, `JWT` with a `vp` for one of 1.1. `header` says the holder's
/// algorithm and key; `typ` and `cty` are set here. Refuses a text that is no credential.
pub fn present(
    header: Header,
    holder: &str,
    credential: &str,
    audience: &str,
    nonce: &str,
    issued_at: Timestamp,
) -> Result<UnsignedJws, Refusal> {
    let model = VcJwt::parse(credential)?.model();
    let (header, enclosed) = match model {
        Model::V1 => (header.typ("JWT"), json!(credential)),
        Model::V2 => (
            Header { cty: Some("vp".to_owned()), ..header.typ("vp+jwt") },
            Envelope::object(Held::Credential, Securing::Jwt, credential),
        ),
    };
    let presentation = Map::from_iter([
        ("@context".to_owned(), json!([model.context()])),
        ("type".to_owned(), json!(["VerifiablePresentation"])),
        ("holder".to_owned(), json!(holder)),
        ("verifiableCredential".to_owned(), json!([enclosed])),
    ]);
    let mut claims = match model {
        Model::V1 => Map::from_iter([("vp".to_owned(), Value::Object(presentation))]),
        Model::V2 => presentation,
    };
    claims.insert("iss".to_owned(), json!(holder));
    claims.insert("aud".to_owned(), json!(audience));
    claims.insert("nonce".to_owned(), json!(nonce));
    claims.insert("iat".to_owned(), json!(issued_at));
    Ok(UnsignedJws::new(&header, &Value::Object(claims)))
}
