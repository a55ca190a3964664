//! SD-JWT VC (draft-ietf-oauth-sd-jwt-vc-19 §2): what the credential format adds to SD-JWT.
//!
//! Refuses: any `typ` but `dc+sd-jwt`; a missing `vct`; registered claims of the wrong type; and, while processing,
//! a concealed claim of those that decide about validity (SD-14). Whether the moment is right, and what the status
//! says, is judged elsewhere.

use std::ops::Deref;

use jigap_keys::PublicKey;
use serde_json::Value;

use super::form::SdJwt;
use super::process::VerifiedSdJwt;
use crate::jose::{Header, numeric_date};
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};

/// SD-12: the type of an SD-JWT VC.
pub const TYPE: Check = Check::new(
    "SD-12",
    "an SD-JWT VC's `typ` is exactly `dc+sd-jwt`",
    "SD-JWT VC의 `typ`는 정확히 `dc+sd-jwt`입니다",
    "SD-JWT VC §2.2.1",
);
/// SD-13: the credential says what it is.
pub const VCT: Check = Check::new(
    "SD-13",
    "`vct` is there and a string that is not empty",
    "`vct`가 있으며 비어 있지 않은 문자열입니다",
    "SD-JWT VC §2.2.2.1",
);
/// SD-15: registered claims have their types.
pub const REGISTERED: Check = Check::new(
    "SD-15",
    "iss, sub and vct#integrity are strings, iat, nbf and exp numbers, cnf and status objects, aka_vcts other types",
    "iss, sub, vct#integrity는 문자열, iat, nbf, exp는 숫자, cnf와 status는 객체, aka_vcts는 다른 종류의 목록입니다",
    "SD-JWT VC §2.2.2.2, §2.2.2.3; RFC 7519 §4.1",
);

const OTHER_TYPE: Reason =
    Reason::new("sd-jwt-vc-typ", "the token is not an SD-JWT VC", "이 토큰은 SD-JWT VC가 아닙니다");
const NO_VCT: Reason = Reason::new("vct-missing", "the credential has no type", "증명서에 종류가 없습니다");
const WRONG_CLAIM: Reason = Reason::new(
    "registered-claim-type",
    "a registered claim has the wrong type",
    "등록된 항목의 자료형이 잘못되었습니다",
);

/// `typ` of an SD-JWT VC.
pub(super) const DC_SD_JWT: &str = "dc+sd-jwt";

/// Claims that must not be concealed, nor anything inside them (SD-JWT VC §2.2.2.3).
pub(super) const ALWAYS_OPEN: [&str; 8] =
    ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"];

/// An SD-JWT VC that was parsed but not verified.
#[derive(Debug, Clone)]
pub struct SdJwtVc(SdJwt);

impl SdJwtVc {
    /// Parses the compact serialization. Refuses by SD-01, SD-12, and by JW checks.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Self::read(SdJwt::parse(text)?)
    }

    /// As [`SdJwtVc::parse`], of a token that was parsed already.
    pub(crate) fn read(sd_jwt: SdJwt) -> Result<Self, Refusal> {
        match sd_jwt.header().typ.as_deref() {
            Some(DC_SD_JWT) => Ok(Self(sd_jwt)),
            _ => Err(TYPE.refuse(OTHER_TYPE)),
        }
    }

    /// The issuer's header; it is not verified.
    pub const fn header(&self) -> &Header {
        self.0.header()
    }

    /// The issuer-signed payload with its digests, before anybody vouches for it: only for finding the issuer's key
    /// and naming the documents that judging needs.
    pub const fn unverified_payload(&self) -> &Value {
        self.0.unverified_payload()
    }

    /// Whether a key binding JWT is attached.
    pub const fn has_key_binding(&self) -> bool {
        self.0.has_key_binding()
    }

    /// Refuses (SD-11) a credential that an issuer hands out with a key binding JWT.
    pub fn require_no_key_binding(&self) -> Result<(), Refusal> {
        self.0.require_no_key_binding()
    }

    /// Verifies the issuer's signature, processes the disclosures, and reads the registered claims.
    /// Refuses by JW-05, JW-07, SD-02 to SD-10, SD-13, SD-14, SD-15.
    pub fn verify(self, issuer_key: &PublicKey) -> Result<VerifiedSdJwtVc, Refusal> {
        VerifiedSdJwtVc::read(self.0.verify_keeping_open(issuer_key, &ALWAYS_OPEN)?)
    }

    /// As [`SdJwtVc::verify`] without looking at the issuer's signature: only for a credential that the caller
    /// verified before and kept where nobody else writes.
    pub fn dangerous_assume_verified(self) -> Result<VerifiedSdJwtVc, Refusal> {
        VerifiedSdJwtVc::read(self.0.dangerous_assume_verified_keeping_open(&ALWAYS_OPEN)?)
    }
}

/// An SD-JWT VC whose issuer's signature was verified. Its period and status are not judged yet.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedSdJwtVc {
    sd_jwt: VerifiedSdJwt,
    registered: Registered,
}

impl VerifiedSdJwtVc {
    fn read(sd_jwt: VerifiedSdJwt) -> Result<Self, Refusal> {
        let registered = Registered::read(sd_jwt.claims())?;
        Ok(Self { sd_jwt, registered })
    }

    /// The credential's type, `vct`.
    pub fn vct(&self) -> &str {
        self.text("vct").unwrap_or_default()
    }

    /// All types of the credential: `vct`, then `aka_vcts`.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        let others = self.claims().get("aka_vcts").and_then(Value::as_array);
        std::iter::once(self.vct()).chain(others.into_iter().flatten().filter_map(Value::as_str))
    }

    /// The issuer as the credential names it (`iss`); absent where a certificate in `x5c` does.
    pub fn issuer(&self) -> Option<&str> {
        self.text("iss")
    }

    /// The digest that pins the type metadata (`vct#integrity`).
    pub fn vct_integrity(&self) -> Option<&str> {
        self.text("vct#integrity")
    }

    /// When it was issued, if it says.
    pub const fn issued_at(&self) -> Option<Timestamp> {
        self.registered.iat
    }

    /// The moment from which it is valid, if it says.
    pub const fn not_before(&self) -> Option<Timestamp> {
        self.registered.nbf
    }

    /// The moment at which it is no longer valid, if it says.
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.registered.exp
    }

    /// The `status` claim as it stands: an object.
    pub fn status(&self) -> Option<&Value> {
        self.claims().get("status")
    }

    /// The Processed SD-JWT Payload, owned.
    pub fn into_claims(self) -> Value {
        self.sd_jwt.into_claims()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.claims().get(name).and_then(Value::as_str)
    }
}

/// A verified SD-JWT VC is a verified SD-JWT.
impl Deref for VerifiedSdJwtVc {
    type Target = VerifiedSdJwt;

    fn deref(&self) -> &VerifiedSdJwt {
        &self.sd_jwt
    }
}

/// The moments among the registered claims, once the types of all of them are known to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Registered {
    iat: Option<Timestamp>,
    nbf: Option<Timestamp>,
    exp: Option<Timestamp>,
}

impl Registered {
    /// Reads the claims of an SD-JWT VC. Refuses by SD-13 and SD-15.
    pub(super) fn read(claims: &Value) -> Result<Self, Refusal> {
        let vct = claims.get("vct").and_then(Value::as_str).unwrap_or_default();
        if vct.is_empty() {
            return Err(VCT.refuse(NO_VCT));
        }
        let is = |name: &str, of_type: fn(&Value) -> bool| claims.get(name).is_none_or(of_type);
        let types_are_right =
            ["iss", "sub", "vct#integrity"].into_iter().all(|name| is(name, Value::is_string))
                && ["cnf", "status"].into_iter().all(|name| is(name, Value::is_object))
                && claims.get("aka_vcts").is_none_or(|types| are_other_types(types, vct));
        if !types_are_right {
            return Err(REGISTERED.refuse(WRONG_CLAIM));
        }
        let moment = |name| match claims.get(name) {
            None => Ok(None),
            Some(value) => numeric_date(value).map(Some).ok_or(REGISTERED.refuse(WRONG_CLAIM)),
        };
        Ok(Self { iat: moment("iat")?, nbf: moment("nbf")?, exp: moment("exp")? })
    }
}

/// `aka_vcts` is an array, not empty, of strings other than `vct` (SD-JWT VC §2.2.2.2).
fn are_other_types(types: &Value, vct: &str) -> bool {
    types.as_array().is_some_and(|types| {
        !types.is_empty() && types.iter().all(|other| other.as_str().is_some_and(|other| other != vct))
    })
}
