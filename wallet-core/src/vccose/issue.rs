//! Securing a credential or a presentation of VCDM 2.0 by COSE (VC-JOSE-COSE §3.3). Refuses what a verifier would refuse.

use serde_json::{Map, Value};

use super::credential::VerifiedVcCose;
use crate::cose::{CwtClaims, Header, UnsignedSign1};
use crate::vcdm::envelope::{Held, Securing};
use crate::vcjwt::{IssueError, Model, examine_presentation, require_presentation};

/// Encodes a credential for its issuer to sign: a COSE_Sign1 under its tag. `header` says algorithm, key and certificates;
/// `typ` and content type are set here.
///
/// # Errors
/// [`IssueError`].
pub fn issue(header: Header, credential: Map<String, Value>) -> Result<UnsignedSign1, IssueError> {
    let credential = Value::Object(credential);
    require_no_claims(&credential)?;
    VerifiedVcCose::read(header.clone(), CwtClaims::default(), credential.clone())?;
    Ok(unsigned(header, Held::Credential, &credential))
}

/// Encodes a presentation as its holder wrote it, for the holder to sign.
///
/// # Errors
/// [`IssueError`].
pub fn present_document(header: Header, document: Map<String, Value>) -> Result<UnsignedSign1, IssueError> {
    let document = Value::Object(document);
    require_no_claims(&document)?;
    require_presentation(&document, Model::V2)?;
    examine_presentation(&document, &document)?;
    Ok(unsigned(header, Held::Presentation, &document))
}

fn require_no_claims(document: &Value) -> Result<(), IssueError> {
    let within = ["vc", "vp"].iter().any(|name| document.get(name).is_some());
    if within { Err(IssueError::Misplaced) } else { Ok(()) }
}

fn unsigned(header: Header, held: Held, document: &Value) -> UnsignedSign1 {
    let header = header
        .typ(held.media_type(Securing::Cose))
        .content_type(format!("application/{}", held.content_type()));
    UnsignedSign1::new(header, b"", document.to_string().into_bytes()).tagged()
}
