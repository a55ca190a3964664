//! mdoc as the judge sees it. Its own rules are the `MD-…` and `CO-…` checks of [`crate::mdoc`] and [`crate::cose`].
//!
//! A device's proof is over one transcript of key, verifier, nonce and response address: where it does not hold, nobody can say
//! which of them was another. It is refused as a proof (`V-11`). What the device signs says nothing of which elements are
//! disclosed: somebody between could withhold some, never add or change any.

use jigap_keys::{PublicKey, base64url};
use serde_json::Value;

use super::format::{ClaimedRequest, Described, KeyName, Proven, Unproven, signing};
use crate::cbor::{self, Limits};
use crate::cose;
use crate::dcql::Format;
use crate::did::ProofKey;
use crate::documents::Documents;
use crate::jose::Header;
use crate::mdoc::{self, DeviceResponse, DeviceSigned, IssuerSigned, Session, VerifiedMdoc};
use crate::sdjwt::KeyBindingRequest;
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal, checks};

const NOT_BASE64URL: Reason = Reason::new(
    "mdoc-base64url",
    "it is not base64url of CBOR within its limits",
    "제한을 지킨 CBOR의 base64url이 아닙니다",
);
const NO_SESSION: Reason = Reason::new(
    "mdoc-session-unknown",
    "the session that it must have been made in is not known here",
    "어느 세션에서 만들어야 했는지 알 수 없습니다",
);

/// The text of the largest message.
const MAX_TEXT: usize = Limits::MESSAGE.bytes / 3 * 4 + 4;

/// A document, in a response or as its issuer handed it out, that was parsed.
struct Parsed {
    issuer_signed: IssuerSigned,
    /// `None`: not a response.
    presented: Option<Option<DeviceSigned>>,
    described: Described,
}

/// One whose issuer's signature was verified, and whose elements are those signed.
struct Verified {
    mdoc: VerifiedMdoc,
    device: Option<DeviceSigned>,
}

/// Whether a text that is no other token can be an mdoc: base64url of a map, so beginning with `o` to `v`.
pub(super) fn is_one(text: &str) -> bool {
    text.starts_with(|first: char| ('o'..='v').contains(&first)) && !text.contains(['.', '~'])
}

/// Parses the base64url of a `DeviceResponse` (OpenID4VP 1.0 B.2.5) or of `IssuerSigned` (OpenID4VCI 1.0 A.2.4). Refuses by V-01,
/// V-02 and the checks of the module.
pub(super) fn read(text: &str) -> Result<Box<dyn Unproven>, Refusal> {
    let unread = checks::TOKEN_TYPE.refuse(NOT_BASE64URL);
    if text.len() > MAX_TEXT {
        return Err(unread);
    }
    let bytes = base64url::decode(text).map_err(|_| unread)?;
    let item = cbor::parse(&bytes, Limits::MESSAGE).map_err(|_| unread)?;
    let (issuer_signed, presented) = if DeviceResponse::is_one(&item) {
        let (issuer_signed, device) =
            DeviceResponse::read(&item).and_then(DeviceResponse::into_parts).map_err(common)?;
        (issuer_signed, Some(device))
    } else {
        (IssuerSigned::read(&item).map_err(common)?, None)
    };
    let doc_type = issuer_signed.unverified_mso().doc_type().to_owned();
    let described = Described::new(Format::MsoMdoc, None, vec![doc_type]);
    Ok(Box::new(Parsed { issuer_signed, presented, described }))
}

impl Unproven for Parsed {
    fn described(&self) -> &Described {
        &self.described
    }

    fn key_name(&self) -> KeyName<'_> {
        KeyName::Chain(self.issuer_signed.x5chain())
    }

    fn is_presented(&self) -> bool {
        self.presented.is_some()
    }

    fn prove(self: Box<Self>, key: &ProofKey, _: &Documents) -> Result<Box<dyn Proven>, Refusal> {
        let key = signing(key)?;
        let mdoc = self.issuer_signed.verify(key).map_err(common)?;
        Ok(Box::new(Verified { mdoc, device: self.presented.flatten() }))
    }
}

impl Proven for Verified {
    fn types(&self) -> Vec<&str> {
        vec![self.mdoc.mso().doc_type()]
    }

    fn period(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let validity = self.mdoc.mso().validity();
        (Some(validity.from), Some(validity.until))
    }

    fn status(&self) -> Option<&Value> {
        self.mdoc.mso().status()
    }

    fn prefers_cwt(&self) -> bool {
        true
    }

    fn header(&self) -> Option<&Header> {
        None
    }

    fn certificates(&self) -> &[Vec<u8>] {
        self.mdoc.x5chain()
    }

    fn holder(&self, _: &Documents) -> Option<PublicKey> {
        Some(self.mdoc.mso().device_key().clone())
    }

    /// What a device answers is hashed into what it signs: it can be compared, never read.
    fn claimed_request(&self) -> Option<ClaimedRequest> {
        None
    }

    fn needs_session(&self) -> bool {
        self.device.is_some()
    }

    fn require_holder(&self, _: &KeyBindingRequest<'_>, _: &Documents) -> Result<PublicKey, Refusal> {
        Err(if self.device.is_some() {
            checks::AUDIENCE.refuse(NO_SESSION)
        } else {
            common(mdoc::unproven())
        })
    }

    fn require_holder_in(
        &self,
        session: Option<Session<'_>>,
        request: &KeyBindingRequest<'_>,
        documents: &Documents,
    ) -> Result<PublicKey, Refusal> {
        match (&self.device, session) {
            (Some(device), Some(session)) => device.verify(self.mdoc.mso(), &session).map_err(common),
            _ => self.require_holder(request, documents),
        }
    }

    fn is_dated(&self) -> bool {
        false
    }

    fn into_claims(self: Box<Self>) -> Value {
        self.mdoc.into_claims()
    }
}

/// A refusal under its id common to all formats; what only an mdoc can be attacked by stays as it is.
fn common(refusal: Refusal) -> Refusal {
    const SAME: [(Check, Check); 7] = [
        (cose::ALGORITHM, checks::ALGORITHM),
        (cose::CRITICAL, checks::ALGORITHM),
        (cose::KEY, checks::ALGORITHM),
        (cose::SIGNATURE, checks::PROOF),
        (mdoc::checks::DOC_TYPE, checks::TOKEN_TYPE),
        (mdoc::checks::DEVICE_AUTHENTICATION, checks::HOLDER_BINDING),
        (mdoc::checks::DEVICE_PROOF, checks::HOLDER_PROOF),
    ];
    let same = SAME.iter().find(|(fine, _)| *fine == refusal.check);
    same.map_or(refusal, |(_, common)| common.refuse(refusal.reason))
}
