//! The Credential Endpoint (OpenID4VCI 1.0 §8): request, response, errors by the names of §8.3.1.2.
//!
//! Refuses requests that name both or neither of configuration and identifier, proofs of more than one or another type
//! than `jwt`, and any wish for an encrypted response: better no answer than one in the clear. Responses are refused
//! that promise and deliver at once, or deliver more credentials than keys were proven.

use jigap_keys::base64url;
use jigap_keys::voprf::{Element, Proof};
use serde_json::{Value, json};

use super::read::{self, Members};
use super::write::{list, maybe, object, some};
use super::{MessageError, proof};
use crate::time::Seconds;
use crate::verdict::Refusal;

/// A credential request. Whether its proofs hold is [`super::verify_proofs`]'s question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRequest {
    /// What is asked for.
    pub credential: RequestedCredential,
    /// `proofs.jwt`: one proof for each key; empty if the request has no `proofs`.
    pub proofs: Vec<String>,
    /// `blinded`, of passes that are signed blindly: what is to be signed, in place of proofs, which would show the keys.
    pub blinded: Option<Blinded>,
    /// `dsub`, of directory-scoped copies: the name of the directory, blinded (docs/SPECS.md, "People").
    pub dsub: Option<Element>,
}

/// `dsub` of a response: that the key of a record evaluated what was blinded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DsubAnswer {
    /// The key of the record.
    pub key: Element,
    /// The proof.
    pub proof: Proof,
}

/// What is to be signed blindly (docs/SPECS.md, "Entry passes").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blinded {
    /// From the nonce endpoint: as in a proof, for one request.
    pub nonce: String,
    /// A point for each pass, in base64url; at least one.
    pub points: Vec<String>,
}

/// What a request asks for: exactly one of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestedCredential {
    /// `credential_configuration_id`: where the token response named no datasets.
    Configuration(String),
    /// `credential_identifier`: a dataset that the token response named.
    Identifier(String),
}

/// A credential response with status 200 or 202.
#[derive(Clone, PartialEq)]
pub enum CredentialResponse {
    /// The credentials.
    Issued {
        /// Each in the form of its format: a string, or an object for `ldp_vc`. At least one.
        credentials: Vec<Value>,
        /// What to say in a notification which credentials one speaks of.
        notification_id: Option<String>,
        /// Of a directory-scoped copy: what proves its pseudonym.
        dsub: Option<Box<DsubAnswer>>,
    },
    /// They will be ready later. Jigap's issuer never says so; its wallet can only report it.
    Deferred {
        /// What to ask again with.
        transaction_id: String,
        /// Least time before asking.
        interval: Seconds,
    },
}

/// Error codes of the credential endpoint (§8.3.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialErrorCode {
    /// The request is malformed.
    InvalidCredentialRequest,
    /// No such configuration.
    UnknownCredentialConfiguration,
    /// No such dataset.
    UnknownCredentialIdentifier,
    /// Proofs are missing, or one does not hold, or lacks a nonce.
    InvalidProof,
    /// A proof has a nonce that is not, or no longer, good: fetch a new one.
    InvalidNonce,
    /// Encryption is wanted that is not supported, or not wanted where it must be.
    InvalidEncryptionParameters,
    /// No, and asking again will not help.
    CredentialRequestDenied,
    /// A code this list does not have: only read, never sent.
    Other,
}

/// An error response of the credential endpoint: `application/json`, never encrypted, not cacheable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", .code.name(), .description)]
pub struct CredentialError {
    /// The code.
    pub code: CredentialErrorCode,
    /// A word for the developer on the other side.
    pub description: &'static str,
}

impl CredentialRequest {
    /// The body, `application/json`.
    pub fn to_json(&self) -> Value {
        let (name, id) = match &self.credential {
            RequestedCredential::Configuration(id) => ("credential_configuration_id", id),
            RequestedCredential::Identifier(id) => ("credential_identifier", id),
        };
        let blinded = self.blinded.as_ref();
        object([
            (name, some(id)),
            ("proofs", list(&self.proofs).map(|proofs| json!({"jwt": proofs}))),
            ("blinded", blinded.map(|of| json!({"nonce": of.nonce, "points": of.points}))),
            ("dsub", self.dsub.map(|name| json!({"blinded": base64url::encode(name.to_bytes())}))),
        ])
    }

    /// Reads the body of a request.
    pub fn parse(json: &[u8]) -> Result<Self, CredentialError> {
        use CredentialErrorCode::{InvalidCredentialRequest, InvalidEncryptionParameters};
        let malformed = |_| InvalidCredentialRequest.because("the request is malformed");
        let message = read::object(json).map_err(malformed)?;
        let members = Members::new(&message);
        if members.value("credential_response_encryption").is_some() {
            return Err(InvalidEncryptionParameters.because("encrypted responses are not supported"));
        }
        let id = |member| match members.value(member) {
            Some(_) => members.text(member).map(|id| Some(id.to_owned())).map_err(malformed),
            None => Ok(None),
        };
        let credential = match (id("credential_configuration_id")?, id("credential_identifier")?) {
            (Some(id), None) => RequestedCredential::Configuration(id),
            (None, Some(id)) => RequestedCredential::Identifier(id),
            _ => {
                return Err(InvalidCredentialRequest.because(
                    "exactly one of credential_configuration_id and credential_identifier must be present",
                ));
            }
        };
        let (proofs, blinded, dsub) = (proofs(members)?, blinded(members)?, dsub(members)?);
        if blinded.is_some() && (!proofs.is_empty() || dsub.is_some()) {
            return Err(InvalidCredentialRequest.because("proofs or dsub and blinded exclude each other"));
        }
        Ok(Self { credential, proofs, blinded, dsub })
    }
}

impl CredentialResponse {
    /// The body, `application/json`, to be sent with `Cache-Control: no-store`.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Issued { credentials, notification_id, dsub } => {
                let credentials: Vec<Value> =
                    credentials.iter().map(|credential| json!({"credential": credential})).collect();
                object([
                    ("credentials", some(credentials)),
                    ("notification_id", maybe(notification_id.as_deref())),
                    ("dsub", dsub.as_deref().map(DsubAnswer::to_json)),
                ])
            }
            Self::Deferred { transaction_id, interval } => {
                json!({"transaction_id": transaction_id, "interval": interval})
            }
        }
    }

    /// The HTTP status: 200, or 202 where the credentials come later.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Issued { .. } => 200,
            Self::Deferred { .. } => 202,
        }
    }

    /// Reads the body of a response to a request with `keys` proofs (0 counts as 1: a credential without key).
    pub fn parse(json: &[u8], keys: usize) -> Result<Self, MessageError> {
        let message = read::batch(json)?;
        let members = Members::new(&message);
        let elements = members.optional_array("credentials")?;
        if let Some(transaction_id) = members.optional_string("transaction_id")? {
            if !elements.is_empty() || members.value("notification_id").is_some() {
                return Err(MessageError::invalid("transaction_id", "stands beside `credentials`"));
            }
            return match members.optional_unsigned("interval")? {
                None => Err(MessageError::Missing("interval")),
                Some(0) => Err(MessageError::invalid("interval", "is not positive")),
                Some(span) => {
                    let interval = Seconds(u32::try_from(span).unwrap_or(u32::MAX));
                    Ok(Self::Deferred { transaction_id, interval })
                }
            };
        }
        if elements.is_empty() {
            return Err(MessageError::Missing("credentials"));
        }
        if elements.len() > keys.max(1) {
            return Err(MessageError::invalid("credentials", "are more than the keys that were proven"));
        }
        if members.value("interval").is_some() {
            return Err(MessageError::invalid("interval", "stands beside `credentials`"));
        }
        let credentials = elements.iter().map(credential).collect::<Result<_, _>>()?;
        let notification_id = members.optional_string("notification_id")?;
        // Of somebody who means something else by it there is none: who asked for one notices.
        let dsub = members.optional_object("dsub").ok().flatten().and_then(DsubAnswer::read).map(Box::new);
        Ok(Self::Issued { credentials, notification_id, dsub })
    }

    /// The `notification_id` of a response that [`parse`](Self::parse) refuses for the rest of it, if it has one.
    pub fn notification_id(json: &[u8]) -> Option<String> {
        Members::new(&read::batch(json).ok()?).optional_string("notification_id").ok()?
    }
}

impl DsubAnswer {
    fn to_json(&self) -> Value {
        json!({"key": base64url::encode(self.key.to_bytes()), "proof": base64url::encode(self.proof.to_bytes())})
    }

    fn read(members: Members<'_>) -> Option<Self> {
        let bytes = |member| base64url::decode(members.text(member).ok()?).ok();
        let (key, proof) = (Element::from_bytes(&bytes("key")?), Proof::from_bytes(&bytes("proof")?));
        Some(Self { key: key.ok()?, proof: proof.ok()? })
    }
}

impl std::fmt::Debug for CredentialResponse {
    /// Credentials are personal data: only their number is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Issued { credentials, .. } => write!(f, "Issued({} credentials)", credentials.len()),
            Self::Deferred { interval, .. } => write!(f, "Deferred({} s)", interval.0),
        }
    }
}

impl CredentialErrorCode {
    /// The `error` value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidCredentialRequest => "invalid_credential_request",
            Self::UnknownCredentialConfiguration => "unknown_credential_configuration",
            Self::UnknownCredentialIdentifier => "unknown_credential_identifier",
            Self::InvalidProof => "invalid_proof",
            Self::InvalidNonce => "invalid_nonce",
            Self::InvalidEncryptionParameters => "invalid_encryption_parameters",
            Self::CredentialRequestDenied => "credential_request_denied",
            Self::Other => "other",
        }
    }

    /// This error with a word for the developer on the other side, in [`super::DESCRIPTION_CHARACTERS`].
    pub const fn because(self, description: &'static str) -> CredentialError {
        CredentialError { code: self, description }
    }

    /// Reads the body of a response with status 400.
    pub fn parse(json: &[u8]) -> Result<Self, MessageError> {
        let message = read::object(json)?;
        let name = Members::new(&message).text("error")?;
        let known = [
            Self::InvalidCredentialRequest,
            Self::UnknownCredentialConfiguration,
            Self::UnknownCredentialIdentifier,
            Self::InvalidProof,
            Self::InvalidNonce,
            Self::InvalidEncryptionParameters,
            Self::CredentialRequestDenied,
        ];
        Ok(known.into_iter().find(|code| code.name() == name).unwrap_or(Self::Other))
    }
}

impl CredentialError {
    /// The HTTP status: 400 for all (§8.3.1.2). What is wrong with the access token is said by RFC 6750 §3, not here.
    pub const fn status(self) -> u16 {
        400
    }

    /// The body.
    pub fn to_json(self) -> Value {
        json!({"error": self.code.name(), "error_description": self.description})
    }
}

impl From<Refusal> for CredentialError {
    /// What is said of proofs that [`super::verify_proofs`] refused: a nonce that is not good any more is
    /// `invalid_nonce`, everything else `invalid_proof`. The check's rule is told, the reason stays in the log.
    fn from(refusal: Refusal) -> Self {
        let code = if refusal.check == proof::NONCE_LIVE {
            CredentialErrorCode::InvalidNonce
        } else {
            CredentialErrorCode::InvalidProof
        };
        code.because(refusal.check.rule.en)
    }
}

/// `proofs`: one member, `jwt`, a non-empty array of strings.
fn proofs(members: Members<'_>) -> Result<Vec<String>, CredentialError> {
    let invalid = |description| CredentialErrorCode::InvalidProof.because(description);
    let malformed = |_| invalid("proofs is malformed");
    let Some(proofs) = members.optional_object("proofs").map_err(malformed)? else { return Ok(Vec::new()) };
    if proofs.names().count() != 1 {
        return Err(invalid("proofs must have exactly one proof type"));
    }
    match proofs.optional_texts("jwt").map_err(malformed)? {
        texts if texts.is_empty() => Err(invalid("only proofs of type jwt are supported")),
        texts => Ok(texts),
    }
}

/// `blinded`: a nonce, and a non-empty array of strings.
fn blinded(members: Members<'_>) -> Result<Option<Blinded>, CredentialError> {
    let malformed = |_| CredentialErrorCode::InvalidProof.because("blinded is malformed");
    let Some(blinded) = members.optional_object("blinded").map_err(malformed)? else { return Ok(None) };
    let nonce = blinded.text("nonce").map_err(malformed)?.to_owned();
    match blinded.optional_texts("points").map_err(malformed)? {
        points if points.is_empty() => Err(CredentialErrorCode::InvalidProof.because("blinded has no point")),
        points => Ok(Some(Blinded { nonce, points })),
    }
}

/// `dsub`: an element.
fn dsub(members: Members<'_>) -> Result<Option<Element>, CredentialError> {
    let malformed = CredentialErrorCode::InvalidCredentialRequest.because("dsub is malformed");
    let Some(dsub) = members.optional_object("dsub").map_err(|_| malformed)? else { return Ok(None) };
    let blinded = dsub.text("blinded").map_err(|_| malformed)?;
    let blinded = base64url::decode(blinded).map_err(|_| malformed)?;
    Element::from_bytes(&blinded).map(Some).map_err(|_| malformed)
}

/// One element of `credentials`.
fn credential(element: &Value) -> Result<Value, MessageError> {
    match Members::of(element, "credentials")?.value("credential") {
        None => Err(MessageError::Missing("credential")),
        Some(Value::String(text)) if text.is_empty() => Err(MessageError::invalid("credential", "is empty")),
        Some(credential @ (Value::String(_) | Value::Object(_))) => Ok(credential.clone()),
        Some(_) => Err(MessageError::invalid("credential", "is neither a string nor an object")),
    }
}

#[cfg(test)]
mod tests;
