//! The key binding JWT (RFC 9901 §4.3): what a holder signs, and how a verifier checks it (§7.3).
//!
//! Refuses: none where one is required; a type, algorithm or signature that is not the bound key's; an `sd_hash` of
//! another selection; another request's `nonce`, another verifier's `aud`; an `iat` outside its window.

use jigap_keys::{PublicKey, Purpose, constant_time_eq};
use serde_json::{Value, json};

use super::disclosure::digest;
use super::process::VerifiedSdJwt;
use super::request::KeyBindingRequest;
use crate::jose::{self, Header, Jws, UnsignedJws, numeric_date};
use crate::redacted;
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};
use crate::vp::{Authorized, SHA_256};

/// KB-01: key binding is there where it is required.
pub const REQUIRED: Check = Check::new(
    "KB-01",
    "a presentation that must be bound to its holder carries a key binding JWT",
    "소지자에게 묶여야 하는 제출물에는 키 바인딩 JWT가 있습니다",
    "RFC 9901 §7.3",
);
/// KB-02: the issuer bound the credential to a key.
pub const HOLDER_KEY: Check = Check::new(
    "KB-02",
    "the issuer bound the credential to a public key by `cnf.jwk`",
    "발급자가 `cnf.jwk`로 증명서를 공개키에 묶었습니다",
    "RFC 9901 §4.1.2, §7.3; RFC 7800 §3.2",
);
/// KB-03: the type of a key binding JWT.
pub const TYPE: Check = Check::new(
    "KB-03",
    "the key binding JWT's `typ` is exactly `kb+jwt`",
    "키 바인딩 JWT의 `typ`는 정확히 `kb+jwt`입니다",
    "RFC 9901 §4.3, §7.3",
);
/// KB-04: its form and algorithm.
pub const ALGORITHM: Check = Check::new(
    "KB-04",
    "the key binding JWT is a well-formed JWT whose algorithm is accepted and fits the holder's key",
    "키 바인딩 JWT는 올바른 형식의 JWT이며, 알고리즘이 허용되고 소지자의 키에 맞습니다",
    "RFC 9901 §7.3; RFC 8725 §3.1",
);
/// KB-05: its signature.
pub const SIGNATURE: Check = Check::new(
    "KB-05",
    "the key binding JWT is signed by the key the issuer bound",
    "키 바인딩 JWT는 발급자가 묶어 준 키로 서명되었습니다",
    "RFC 9901 §7.3",
);
/// KB-06: it covers exactly what is presented.
pub const TRANSCRIPT: Check = Check::new(
    "KB-06",
    "`sd_hash` is the digest of the presented JWT and disclosures",
    "`sd_hash`는 제출된 JWT와 공개 항목들의 다이제스트입니다",
    "RFC 9901 §4.3.1, §7.3",
);
/// KB-07: it answers this request.
pub const NONCE: Check = Check::new(
    "KB-07",
    "`nonce` is the request's",
    "`nonce`가 요청의 값과 같습니다",
    "RFC 9901 §7.3; OpenID4VP 1.0 §14.2.2",
);
/// KB-08: it is meant for this verifier.
pub const AUDIENCE: Check = Check::new(
    "KB-08",
    "`aud` is one string, this verifier's identifier",
    "`aud`는 문자열 하나이며 이 확인자의 식별자입니다",
    "RFC 9901 §4.3, §7.3",
);
/// KB-09: it was made just now.
pub const ISSUED_AT: Check = Check::new(
    "KB-09",
    "`iat` lies within the accepted window",
    "`iat`가 허용된 시간 범위 안에 있습니다",
    "RFC 9901 §7.3",
);
/// KB-10: it holds as a JWT in all other respects.
pub const VALIDITY: Check = Check::new(
    "KB-10",
    "`exp` and `nbf` of the key binding JWT, if present, admit this moment",
    "키 바인딩 JWT에 `exp`와 `nbf`가 있으면 지금 시각을 허용합니다",
    "RFC 9901 §7.3; RFC 7519 §4.1.4, §4.1.5",
);

const ABSENT: Reason = Reason::new(
    "key-binding-absent",
    "the presentation is not bound to its holder",
    "제출물이 소지자에게 묶여 있지 않습니다",
);
const NO_KEY: Reason =
    Reason::new("cnf-jwk-absent", "the credential names no holder's key", "증명서에 소지자의 키가 없습니다");
const BAD_KEY: Reason = Reason::new(
    "cnf-jwk-unsupported",
    "the holder's key in the credential is not a supported public key",
    "증명서에 적힌 소지자의 키가 지원되는 공개키가 아닙니다",
);
const OTHER_TYPE: Reason = Reason::new(
    "kb-typ-mismatch",
    "what is attached is not a key binding JWT",
    "붙어 있는 것이 키 바인딩 JWT가 아닙니다",
);
const OTHER_SELECTION: Reason = Reason::new(
    "sd-hash-mismatch",
    "the holder signed another selection of disclosures",
    "소지자가 서명한 공개 항목과 제출된 공개 항목이 다릅니다",
);
const NO_ISSUED_AT: Reason = Reason::new(
    "iat-malformed",
    "the presentation does not say when it was made",
    "제출물에 만든 시각이 없습니다",
);
const MALFORMED_PERIOD: Reason =
    Reason::new("kb-period-malformed", "`exp` or `nbf` is not a moment", "`exp`나 `nbf`가 시각이 아닙니다");
/// What the holder authorizes (OpenID4VP 1.0 B.3.3.1).
const TRANSACTION_HASHES: &str = "transaction_data_hashes";
const TRANSACTION_HASHES_ALG: &str = "transaction_data_hashes_alg";
/// `typ` of a key binding JWT.
const KB_JWT: &str = "kb+jwt";

/// A key binding JWT that was verified: whoever presents holds the key.
#[derive(Clone, PartialEq)]
pub struct KeyBinding {
    /// The key the issuer bound the credential to.
    pub holder: PublicKey,
    /// When the holder made the presentation.
    pub issued_at: Timestamp,
    /// The whole payload, for members that a protocol adds.
    pub payload: Value,
}

impl std::fmt::Debug for KeyBinding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "KeyBinding", &[(redacted::members(&self.payload), "members")])
    }
}

impl VerifiedSdJwt {
    /// Whether a key binding JWT is attached. Whether one is required is never decided by this (RFC 9901 §7.3).
    pub fn has_key_binding(&self) -> bool {
        self.key_binding_jwt().is_some()
    }

    /// The key the issuer bound the credential to (`cnf.jwk`). Refuses by KB-02.
    pub fn holder_key(&self) -> Result<PublicKey, Refusal> {
        let jwk = self.claims().get("cnf").and_then(|cnf| cnf.get("jwk")).ok_or(HOLDER_KEY.refuse(NO_KEY))?;
        PublicKey::from_jwk_for(jwk, Purpose::Signature).map_err(|_| HOLDER_KEY.refuse(BAD_KEY))
    }

    /// Verifies the key binding (RFC 9901 §7.3). Refuses by the KB checks, in their order.
    pub fn verify_key_binding(&self, request: &KeyBindingRequest<'_>) -> Result<KeyBinding, Refusal> {
        let jwt = self.key_binding_jwt().ok_or(REQUIRED.refuse(ABSENT))?;
        let holder = self.holder_key()?;
        let jws = Jws::parse(jwt).map_err(|refusal| ALGORITHM.refuse(refusal.reason))?;
        if jws.header().typ.as_deref() != Some(KB_JWT) {
            return Err(TYPE.refuse(OTHER_TYPE));
        }
        let (_, payload) = jws.verify(&holder).map_err(of_key_binding)?.into_parts();
        let text = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default();
        if !constant_time_eq(text("sd_hash").as_bytes(), digest(self.hash(), self.as_sd_jwt()).as_bytes()) {
            return Err(TRANSCRIPT.refuse(OTHER_SELECTION));
        }
        request.require_nonce(Some(text("nonce"))).map_err(|reason| NONCE.refuse(reason))?;
        request.require_audience(Some(text("aud"))).map_err(|reason| AUDIENCE.refuse(reason))?;
        let issued_at = issued_within(&payload, request)?;
        Ok(KeyBinding { holder, issued_at, payload })
    }
}

/// What the payload of a key binding JWT says that its holder authorizes; empty where it says nothing, or uses another hash.
pub(crate) fn authorized(payload: &Value) -> Vec<&str> {
    let other = payload.get(TRANSACTION_HASHES_ALG).is_some_and(|name| name != SHA_256);
    let hashes = payload.get(TRANSACTION_HASHES).and_then(Value::as_array).filter(|_| !other);
    let texts: Option<Vec<&str>> =
        hashes.map(|hashes| hashes.iter().map(Value::as_str).collect()).unwrap_or_default();
    texts.unwrap_or_default()
}

/// The JWT that binds `sd_jwt`, whose digest is `sd_hash`, to one request. The header's `alg` is the holder's key's.
pub(super) fn unsigned(
    alg: jose::Algorithm,
    sd_hash: &str,
    audience: &str,
    nonce: &str,
    issued_at: Timestamp,
    authorized: Option<&Authorized>,
) -> UnsignedJws {
    let mut payload = json!({"iat": issued_at, "aud": audience, "nonce": nonce, "sd_hash": sd_hash});
    if let (Some(authorized), Some(members)) = (authorized, payload.as_object_mut()) {
        members.insert(TRANSACTION_HASHES.to_owned(), json!(authorized.hashes));
        if authorized.names_hash {
            members.insert(TRANSACTION_HASHES_ALG.to_owned(), SHA_256.into());
        }
    }
    UnsignedJws::new(&Header::new(alg).typ(KB_JWT), &payload)
}

/// A JWS refusal, told as what it means for a key binding.
fn of_key_binding(refusal: Refusal) -> Refusal {
    let check = if refusal.check == jose::SIGNATURE { SIGNATURE } else { ALGORITHM };
    check.refuse(refusal.reason)
}

fn issued_within(payload: &Value, request: &KeyBindingRequest<'_>) -> Result<Timestamp, Refusal> {
    let issued_at = payload.get("iat").and_then(numeric_date).ok_or(ISSUED_AT.refuse(NO_ISSUED_AT))?;
    request.require_made(issued_at).map_err(|reason| ISSUED_AT.refuse(reason))?;
    let moment = |name| match payload.get(name) {
        None => Ok(None),
        Some(value) => numeric_date(value).map(Some).ok_or(VALIDITY.refuse(MALFORMED_PERIOD)),
    };
    let (begins, ends) = (moment("nbf")?, moment("exp")?);
    request.require_within(begins, ends).map_err(|reason| VALIDITY.refuse(reason))?;
    Ok(issued_at)
}
