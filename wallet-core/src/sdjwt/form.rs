//! The compact serialization of SD-JWT and SD-JWT+KB (RFC 9901 §4).
//!
//! Refuses: a text without its tildes, an empty part in the middle, more than 1 MiB, more than 1024 disclosures; and,
//! when asked, a key binding JWT where an issuer hands out a credential.

use jigap_keys::{PrivateKey, PublicKey};
use serde_json::Value;

use super::process::{VerifiedSdJwt, disclosures};
use super::{MAX_BYTES, MAX_DISCLOSURES};
use crate::jose::{Header, Jws, SignError, UnsignedJws};
use crate::ports::Signer;
use crate::redacted;
use crate::verdict::{Check, Reason, Refusal};

/// SD-01: the compact serialization is well-formed.
pub const FORM: Check = Check::new(
    "SD-01",
    "an SD-JWT is a signed JWT, disclosures, and perhaps a key binding JWT, with a tilde after each but the last, within its limits",
    "SD-JWT는 서명된 JWT와 공개 항목들, 그리고 있을 경우 키 바인딩 JWT를 물결표로 이은 것이며 제한을 지킵니다",
    "RFC 9901 §4",
);
/// SD-11: what an issuer hands out has no key binding JWT.
pub const ISSUED_WITHOUT_KEY_BINDING: Check = Check::new(
    "SD-11",
    "a credential comes from its issuer without a key binding JWT",
    "발급자가 주는 증명서에는 키 바인딩 JWT가 없습니다",
    "RFC 9901 §7.2",
);

const TOO_LARGE: Reason =
    Reason::new("sd-jwt-too-large", "the credential is too large", "증명서가 너무 큽니다");
const TOO_MANY: Reason =
    Reason::new("sd-jwt-disclosures", "the credential has too many disclosures", "공개 항목이 너무 많습니다");
const NO_TILDE: Reason = Reason::new(
    "sd-jwt-parts",
    "the text is not a JWT followed by a tilde",
    "JWT 뒤에 물결표가 오는 형식이 아닙니다",
);
const EMPTY_PART: Reason =
    Reason::new("sd-jwt-empty-part", "there is nothing between two tildes", "물결표 사이가 비어 있습니다");
const KEY_BOUND: Reason = Reason::new(
    "key-binding-unexpected",
    "the credential already carries a key binding JWT",
    "증명서에 이미 키 바인딩 JWT가 붙어 있습니다",
);

const NO_JWT: Reason = Reason::new(
    "sd-jwt-tail",
    "what follows the last tilde is no JWT",
    "마지막 물결표 뒤의 글이 JWT가 아닙니다",
);

/// What refuses a credential that somebody bound already, where one is wanted as its issuer hands it out.
pub(crate) const fn key_bound() -> Refusal {
    ISSUED_WITHOUT_KEY_BINDING.refuse(KEY_BOUND)
}

/// Whether a text has the form of a compact JWS: nobody may look at it where no key binding is wanted (RFC 9901 §7.3).
fn looks_like_jws(text: &str) -> bool {
    let mut parts = text.split('.');
    let part = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    parts.by_ref().take(3).filter(|text| part(text)).count() == 3 && parts.next().is_none()
}

/// An SD-JWT or SD-JWT+KB that was parsed but not verified.
#[derive(Clone)]
pub struct SdJwt {
    /// Everything up to and with the last tilde: what `sd_hash` covers.
    sd_jwt: String,
    key_binding: Option<String>,
    jws: Jws,
}

impl std::fmt::Debug for SdJwt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "SdJwt", &[(disclosures(&self.sd_jwt).count(), "disclosures")])
    }
}

impl SdJwt {
    /// Parses the compact serialization. Refuses by SD-01, and by JW checks where the issuer-signed JWT is malformed.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.len() > MAX_BYTES {
            return Err(FORM.refuse(TOO_LARGE));
        }
        let (front, key_binding) = text.rsplit_once('~').ok_or(FORM.refuse(NO_TILDE))?;
        if !key_binding.is_empty() && !looks_like_jws(key_binding) {
            return Err(FORM.refuse(NO_JWT));
        }
        let mut parts = front.split('~');
        let jws = parts.next().unwrap_or_default();
        let mut count = 0;
        for part in parts {
            count += 1;
            if part.is_empty() {
                return Err(FORM.refuse(EMPTY_PART));
            }
            if count > MAX_DISCLOSURES {
                return Err(FORM.refuse(TOO_MANY));
            }
        }
        Ok(Self {
            sd_jwt: format!("{front}~"),
            key_binding: Some(key_binding.to_owned()).filter(|jwt| !jwt.is_empty()),
            jws: Jws::parse(jws)?,
        })
    }

    /// The issuer's header; it is not verified.
    pub const fn header(&self) -> &Header {
        self.jws.header()
    }

    /// The issuer-signed payload with its digests, before anybody vouches for it: only for finding the issuer's key.
    pub const fn unverified_payload(&self) -> &Value {
        self.jws.unverified_payload()
    }

    /// Whether a key binding JWT is attached.
    pub const fn has_key_binding(&self) -> bool {
        self.key_binding.is_some()
    }

    /// Refuses (SD-11) a credential that an issuer hands out with a key binding JWT.
    pub fn require_no_key_binding(&self) -> Result<(), Refusal> {
        if self.has_key_binding() { Err(key_bound()) } else { Ok(()) }
    }

    /// Verifies the issuer's signature, then processes the disclosures (RFC 9901 §7.1). The key binding JWT, if any,
    /// is not looked at yet: [`VerifiedSdJwt::verify_key_binding`].
    pub fn verify(self, issuer_key: &PublicKey) -> Result<VerifiedSdJwt, Refusal> {
        self.verify_keeping_open(issuer_key, &[])
    }

    /// Processes the disclosures without looking at the issuer's signature: only for a credential that the caller
    /// verified before and kept where nobody else writes.
    pub fn dangerous_assume_verified(self) -> Result<VerifiedSdJwt, Refusal> {
        self.dangerous_assume_verified_keeping_open(&[])
    }

    /// Verifies as [`SdJwt::verify`]; the claims named in `open` must not be concealed, nor anything inside them.
    pub(crate) fn verify_keeping_open(
        self,
        issuer_key: &PublicKey,
        open: &[&str],
    ) -> Result<VerifiedSdJwt, Refusal> {
        let (header, payload) = self.jws.verify(issuer_key)?.into_parts();
        VerifiedSdJwt::process(header, payload, self.sd_jwt, self.key_binding, open)
    }

    /// [`SdJwt::dangerous_assume_verified`] with claims that must not be concealed.
    pub(crate) fn dangerous_assume_verified_keeping_open(
        self,
        open: &[&str],
    ) -> Result<VerifiedSdJwt, Refusal> {
        let (header, payload) = self.jws.dangerous_assume_verified().into_parts();
        VerifiedSdJwt::process(header, payload, self.sd_jwt, self.key_binding, open)
    }
}

/// An SD-JWT that waits for its issuer's signature, or an SD-JWT+KB that waits for its holder's.
#[derive(Clone, PartialEq, Eq)]
pub struct UnsignedSdJwt {
    before: String,
    jws: UnsignedJws,
    after: String,
}

impl std::fmt::Debug for UnsignedSdJwt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "UnsignedSdJwt", &[(self.before.len() + self.after.len(), "bytes")])
    }
}

impl UnsignedSdJwt {
    /// The JWT to sign with what stands before and after it in the text.
    pub(super) const fn new(before: String, jws: UnsignedJws, after: String) -> Self {
        Self { before, jws, after }
    }

    /// The bytes to sign.
    pub const fn signing_input(&self) -> &[u8] {
        self.jws.signing_input()
    }

    /// Puts in the signature over [`UnsignedSdJwt::signing_input`].
    pub fn attach(self, signature: &[u8]) -> Result<String, SignError> {
        Ok(self.before + &self.jws.attach(signature)? + &self.after)
    }

    /// Signs with a key at hand.
    pub fn sign(self, key: &PrivateKey) -> Result<String, SignError> {
        Ok(self.before + &self.jws.sign(key)? + &self.after)
    }

    /// Signs with a key behind the [`Signer`] port.
    pub async fn sign_with(self, signer: &dyn Signer) -> Result<String, SignError> {
        Ok(self.before + &self.jws.sign_with(signer).await? + &self.after)
    }
}
