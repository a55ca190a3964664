//! Securing a credential or a presentation of VCDM 2.0 by SD-JWT (VC-JOSE-COSE §3.2).
//!
//! Refuses to conceal what must stay open or is not there, and to issue what a verifier would refuse.

use jigap_keys::hash::HashAlgorithm;
use jigap_keys::{Entropy, PublicKey};
use serde_json::{Map, Value, json};

use super::credential::read;
use crate::claims::ClaimPath;
use crate::jose::Header;
use crate::redacted;
use crate::sdjwt::{self, Plan, UnsignedSdJwt};
use crate::vcdm::envelope::Held;
use crate::vcjwt::{self, Model, examine_presentation, require_presentation};
use crate::verdict::Refusal;

/// What an issuer conceals nothing of: [`super::ALWAYS_OPEN`], and without what nobody knows what the rest means or how to check
/// it (VC-JOSE-COSE §3.2.1).
pub const OPEN_AT_ISSUE: [&str; 15] = [
    "@context",
    "type",
    "issuer",
    "credentialSchema",
    "relatedResource",
    "iss",
    "nbf",
    "exp",
    "cnf",
    "status",
    "credentialStatus",
    "validFrom",
    "validUntil",
    "issuanceDate",
    "expirationDate",
];

/// The same of a presentation.
const OPEN_IN_PRESENTATION: [&str; 8] = ["@context", "type", "iss", "aud", "nonce", "iat", "nbf", "exp"];

/// Why nothing was issued: the caller's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// What should be concealed cannot be.
    #[error(transparent)]
    Concealing(#[from] sdjwt::IssueError),
    /// A verifier would refuse the document.
    #[error(transparent)]
    Document(#[from] vcjwt::IssueError),
}

impl From<Refusal> for IssueError {
    fn from(refusal: Refusal) -> Self {
        Self::Document(vcjwt::IssueError::Refused(refusal))
    }
}

/// Builds a `vc+sd-jwt`: the credential first, then what is concealed, then the header and randomness.
#[derive(Clone)]
pub struct VcSdJwtBuilder {
    credential: Map<String, Value>,
    conceal: Vec<ClaimPath>,
    decoys: u8,
    hash: HashAlgorithm,
}

impl std::fmt::Debug for VcSdJwtBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "VcSdJwtBuilder", &[(self.credential.len(), "members")])
    }
}

impl VcSdJwtBuilder {
    /// This credential, all of it in the open.
    pub const fn new(credential: Map<String, Value>) -> Self {
        Self { credential, conceal: Vec::new(), decoys: 0, hash: HashAlgorithm::Sha256 }
    }

    /// Conceals each value at these paths by a disclosure of its own; [`VcSdJwtBuilder::build`] fails where there is none.
    #[must_use]
    pub fn conceal(mut self, paths: impl IntoIterator<Item = ClaimPath>) -> Self {
        self.conceal.extend(paths);
        self
    }

    /// Adds a random number of decoy digests, at most `at_most`, wherever something is concealed.
    #[must_use]
    pub const fn decoys(mut self, at_most: u8) -> Self {
        self.decoys = at_most;
        self
    }

    /// Uses another hash function than sha-256, which all verifiers know.
    #[must_use]
    pub const fn hash(mut self, hash: HashAlgorithm) -> Self {
        self.hash = hash;
        self
    }

    /// Binds the credential to the holder's key, as `cnf.jwk` (RFC 7800 §3.2; VC-JOSE-COSE §4.1).
    #[must_use]
    pub fn holder(mut self, key: &PublicKey) -> Self {
        self.credential.insert("cnf".to_owned(), json!({"jwk": key.to_jwk()}));
        self
    }

    /// Conceals, and encodes what the issuer signs. `header` says algorithm, key and certificates; `typ` and `cty` are set here.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn build(self, header: Header, entropy: &dyn Entropy) -> Result<UnsignedSdJwt, IssueError> {
        let credential = Value::Object(self.credential);
        read(&credential)?;
        let plan = Plan {
            required: &self.conceal,
            optional: &[],
            open: &OPEN_AT_ISSUE,
            decoys: self.decoys,
            hash: self.hash,
        };
        let header = held(header, Held::Credential);
        Ok(plan.carry_out(&header, credential, entropy)?)
    }
}

/// Encodes a presentation as its holder wrote it, for the holder to sign; the values at the paths `conceal` become disclosures.
///
/// # Errors
/// [`IssueError`].
pub fn present_document(
    header: Header,
    document: Map<String, Value>,
    conceal: &[ClaimPath],
    entropy: &dyn Entropy,
) -> Result<UnsignedSdJwt, IssueError> {
    let document = Value::Object(document);
    if ["vc", "vp"].iter().any(|name| document.get(name).is_some()) {
        return Err(vcjwt::IssueError::Misplaced.into());
    }
    require_presentation(&document, Model::V2)?;
    examine_presentation(&document, &document)?;
    let plan = Plan {
        required: conceal,
        optional: &[],
        open: &OPEN_IN_PRESENTATION,
        decoys: 0,
        hash: HashAlgorithm::Sha256,
    };
    Ok(plan.carry_out(&held(header, Held::Presentation), document, entropy)?)
}

fn held(header: Header, held: Held) -> Header {
    let typ = match held {
        Held::Credential => "vc+sd-jwt",
        Held::Presentation => "vp+sd-jwt",
    };
    Header { cty: Some(held.content_type().to_owned()), ..header.typ(typ) }
}
