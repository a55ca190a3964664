//! W3C credentials secured by COSE (`vc+cose`) and by SD-JWT (`vc+sd-jwt`) as the judge sees them. Their own rules are the
//! `VE-…`, `VJ-…`, `SD-…` and `CO-…` checks of [`crate::vccose`] and [`crate::vcsdjwt`].
//!
//! A `vc+sd-jwt` is presented with a key binding JWT, by the key in its `cnf`, or as a `vc+cose` is: in a presentation around it
//! ([`super::shown`]). Alone they are refused where a holder's proof is asked for (`V-10`). No query can ask for either (OpenID4VP
//! 1.0 Appendix B).

use jigap_keys::PublicKey;
use serde_json::Value;

use super::format::{Bound, ClaimedRequest, Described, KeyName, Proven, Unproven, signing};
use super::sd_jwt_vc;
use crate::claims::ThinnedArray;
use crate::contexts::{Contexts, VERIFIABLE_CREDENTIAL};
use crate::cose::{self, Sign1};
use crate::dcql::Format;
use crate::did::ProofKey;
use crate::documents::Documents;
use crate::jose::{self, Header, Jws};
use crate::sdjwt::{KeyBindingRequest, SdJwt};
use crate::status::cwt_key_name;
use crate::time::Timestamp;
use crate::vccose::{self, VcCose, VerifiedVcCose};
use crate::vcdm::envelope::{CONTENT, TYP};
use crate::vcdm::only_subject;
use crate::vcsdjwt::{VcSdJwt, VerifiedVcSdJwt};
use crate::verdict::{Check, Reason, Refusal, checks};

const NOT_BASE64: Reason = Reason::new(
    "vc-cose-base64",
    "it is not base64 of a message within its limits",
    "제한을 지킨 메시지의 base64가 아닙니다",
);
const ABSENT: Reason = Reason::new(
    "vp-absent",
    "the credential came alone, without a presentation by its holder",
    "소지자의 제출물 없이 증명서만 왔습니다",
);

/// One that was parsed.
struct Parsed {
    token: Token,
    /// How it names its issuer's key, in the words of JOSE.
    header: Header,
    described: Described,
    types: Vec<String>,
}

enum Token {
    Cose(Box<VcCose>),
    SdJwt(Box<VcSdJwt>),
}

/// One whose issuer's signature was verified.
struct Verified {
    credential: Proof,
    header: Header,
    types: Vec<String>,
}

enum Proof {
    Cose(Box<VerifiedVcCose>),
    SdJwt(Box<VerifiedVcSdJwt>),
}

/// Whether a text that is no other token can be a COSE_Sign1: base64 of an array of four, under tag 18 or not, that begins with a
/// byte string.
pub(super) fn is_cose(text: &str) -> bool {
    ["0oR", "hE", "hF"].iter().any(|head| text.starts_with(head)) && !text.contains(['.', '~'])
}

/// Reads the base64 of a COSE_Sign1. Refuses by V-01, V-02 and CO checks.
pub(super) fn message(text: &str) -> Result<Sign1, Refusal> {
    let bytes = vccose::decode_text(text).ok_or(checks::TOKEN_TYPE.refuse(NOT_BASE64))?;
    Sign1::parse(&bytes).map_err(common)
}

/// Reads a `vc+cose`. Refuses by V-01, VE-03 and VJ-02.
pub(super) fn of_cose(message: Sign1, contexts: &Contexts) -> Result<Box<dyn Unproven>, Refusal> {
    let token = VcCose::read(message).map_err(common)?;
    let header = cwt_key_name(token.message());
    let (credential, issuer) = (token.unverified_credential(), token.unverified_issuer());
    let (types, described) = describe(Format::VcCose, credential, issuer, contexts);
    Ok(Box::new(Parsed { token: Token::Cose(Box::new(token)), header, described, types }))
}

/// Reads a `vc+sd-jwt`. Refuses by V-01.
pub(super) fn of_sd_jwt(token: SdJwt, contexts: &Contexts) -> Result<Box<dyn Unproven>, Refusal> {
    let token = VcSdJwt::read(token).map_err(common)?;
    let header = token.header().clone();
    let (credential, issuer) = (token.unverified_credential(), token.unverified_issuer());
    let (types, described) = describe(Format::VcSdJwt, credential, issuer, contexts);
    Ok(Box::new(Parsed { token: Token::SdJwt(Box::new(token)), header, described, types }))
}

/// Its types, and what it calls itself.
fn describe(
    format: Format,
    credential: &Value,
    issuer: Option<&str>,
    contexts: &Contexts,
) -> (Vec<String>, Described) {
    let types = contexts.expanded_types(credential);
    let own = types.iter().filter(|name| *name != VERIFIABLE_CREDENTIAL).cloned().collect();
    (types, Described::new(format, issuer.map(str::to_owned), own))
}

impl Unproven for Parsed {
    fn described(&self) -> &Described {
        &self.described
    }

    fn key_name(&self) -> KeyName<'_> {
        KeyName::Header(&self.header)
    }

    fn says_signed_at(&self) -> Option<Timestamp> {
        match &self.token {
            Token::Cose(token) => token.message().unverified_claims().ok()?.issued_at,
            Token::SdJwt(token) => token.unverified_credential().get("iat").and_then(jose::numeric_date),
        }
    }

    fn is_presented(&self) -> bool {
        self.has_key_binding()
    }

    fn has_key_binding(&self) -> bool {
        matches!(&self.token, Token::SdJwt(token) if token.has_key_binding())
    }

    fn prove(self: Box<Self>, key: &ProofKey, _: &Documents) -> Result<Box<dyn Proven>, Refusal> {
        let key = signing(key)?;
        let Self { token, header, types, .. } = *self;
        let credential = match token {
            Token::Cose(token) => Proof::Cose(Box::new(token.verify(key).map_err(common)?)),
            Token::SdJwt(token) => Proof::SdJwt(Box::new(token.verify(key).map_err(common)?)),
        };
        Ok(Box::new(Verified { credential, header, types }))
    }
}

impl Proven for Verified {
    fn types(&self) -> Vec<&str> {
        self.types.iter().map(String::as_str).collect()
    }

    fn period(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        match &self.credential {
            Proof::Cose(it) => (it.not_before(), it.expires_at()),
            Proof::SdJwt(it) => (it.not_before(), it.expires_at()),
        }
    }

    fn status(&self) -> Option<&Value> {
        self.credential().get("status")
    }

    fn prefers_cwt(&self) -> bool {
        matches!(self.credential, Proof::Cose(_))
    }

    fn credential_status(&self) -> Option<&Value> {
        self.credential().get("credentialStatus")
    }

    fn header(&self) -> Option<&Header> {
        Some(&self.header)
    }

    fn claimed_request(&self) -> Option<ClaimedRequest> {
        let Proof::SdJwt(it) = &self.credential else { return None };
        let claims = |jws: Jws| ClaimedRequest::of_jwt(jws.unverified_payload());
        it.key_binding_jwt().map(|jwt| Jws::parse(jwt).map(claims).unwrap_or_default())
    }

    fn binds(&self) -> Bound {
        let subject = only_subject(self.credential());
        match &self.credential {
            Proof::Cose(it) => match it.confirmation() {
                Some(Some(key)) => Bound::Key(key.clone()),
                Some(None) => Bound::Unsupported,
                None => Bound::of(None, subject),
            },
            Proof::SdJwt(it) => Bound::of(it.credential().get("cnf"), subject),
        }
    }

    fn holder(&self, _: &Documents) -> Option<PublicKey> {
        match &self.credential {
            Proof::Cose(it) => it.confirmation().cloned().flatten(),
            Proof::SdJwt(it) => it.holder_key().ok(),
        }
    }

    fn require_holder(&self, request: &KeyBindingRequest<'_>, _: &Documents) -> Result<PublicKey, Refusal> {
        match &self.credential {
            Proof::Cose(_) => Err(checks::HOLDER_BINDING.refuse(ABSENT)),
            Proof::SdJwt(it) => it.verify_key_binding(request).map(|binding| binding.holder).map_err(common),
        }
    }

    fn withheld(&self) -> &[ThinnedArray] {
        match &self.credential {
            Proof::Cose(_) => &[],
            Proof::SdJwt(it) => it.withheld(),
        }
    }

    fn into_claims(self: Box<Self>) -> Value {
        match self.credential {
            Proof::Cose(it) => it.into_credential(),
            Proof::SdJwt(it) => it.into_credential(),
        }
    }
}

impl Verified {
    fn credential(&self) -> &Value {
        match &self.credential {
            Proof::Cose(it) => it.credential(),
            Proof::SdJwt(it) => it.credential(),
        }
    }
}

/// A refusal under its id common to all formats; what only these can be attacked by stays as it is.
pub(super) fn common(refusal: Refusal) -> Refusal {
    const SAME: [(Check, Check); 6] = [
        (TYP, checks::TOKEN_TYPE),
        (CONTENT, checks::TOKEN_TYPE),
        (cose::ALGORITHM, checks::ALGORITHM),
        (cose::CRITICAL, checks::ALGORITHM),
        (cose::KEY, checks::ALGORITHM),
        (cose::SIGNATURE, checks::PROOF),
    ];
    let same = SAME.iter().find(|(fine, _)| *fine == refusal.check);
    same.map_or_else(|| sd_jwt_vc::common(refusal), |(_, common)| common.refuse(refusal.reason))
}
