//! A credential as SD-JWT: parse, verify, read.

use std::ops::Deref;

use jigap_keys::PublicKey;
use serde_json::Value;

use crate::jose::Header;
use crate::sdjwt::{SdJwt, VerifiedSdJwt};
use crate::time::Timestamp;
use crate::vcdm::envelope::{Held, TYP};
use crate::vcdm::{Period, id_of, subjects, types};
use crate::vcjwt::{Model, SHAPE, examine};
use crate::verdict::{Reason, Refusal};

const OTHER_TYP: Reason = Reason::new(
    "vc-sd-jwt-typ",
    "the token is not what its kind of document demands",
    "이 토큰은 이 종류의 문서에 맞지 않습니다",
);
const MISPLACED: Reason = Reason::new(
    "vc-misplaced",
    "the credential does not stand where its data model puts it",
    "증명서가 데이터 모델이 정한 자리에 있지 않습니다",
);

/// Members that must not be concealed, nor anything inside them: what says whether the credential is valid (RFC 9901 §9.7;
/// VC-JOSE-COSE §3.2.1).
pub const ALWAYS_OPEN: [&str; 11] = [
    "iss",
    "nbf",
    "exp",
    "cnf",
    "status",
    "issuer",
    "credentialStatus",
    "validFrom",
    "validUntil",
    "issuanceDate",
    "expirationDate",
];

/// Refuses (VE-01, VE-02) an SD-JWT that says it is something else.
pub(super) fn require_held(sd_jwt: &SdJwt, held: Held) -> Result<(), Refusal> {
    let typ = match held {
        Held::Credential => "vc+sd-jwt",
        Held::Presentation => "vp+sd-jwt",
    };
    if !sd_jwt.header().typ_is(typ) {
        return Err(TYP.refuse(OTHER_TYP));
    }
    held.require_content(sd_jwt.header().cty.as_deref())
}

/// A credential as SD-JWT that was parsed but not verified.
#[derive(Debug, Clone)]
pub struct VcSdJwt(SdJwt);

impl VcSdJwt {
    /// Parses the compact serialization. Refuses by VE-01, VE-02, SD-01, and by JW checks.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Self::read(SdJwt::parse(text)?)
    }

    pub(crate) fn read(sd_jwt: SdJwt) -> Result<Self, Refusal> {
        require_held(&sd_jwt, Held::Credential)?;
        Ok(Self(sd_jwt))
    }

    /// The issuer's header; it is not verified.
    pub const fn header(&self) -> &Header {
        self.0.header()
    }

    /// The credential with its digests, before anybody vouches for it: only for finding the issuer's key.
    pub const fn unverified_credential(&self) -> &Value {
        self.0.unverified_payload()
    }

    /// The issuer the credential names, before anybody vouches for it: only for finding the issuer's key.
    pub fn unverified_issuer(&self) -> Option<&str> {
        let payload = self.0.unverified_payload();
        payload.get("issuer").and_then(id_of).or_else(|| payload.get("iss")?.as_str())
    }

    /// Whether a key binding JWT is attached.
    pub const fn has_key_binding(&self) -> bool {
        self.0.has_key_binding()
    }

    /// Verifies the issuer's signature, processes the disclosures, and reads the credential.
    /// Refuses by JW-05, JW-07, SD-02 to SD-10, SD-14, VJ-02 to VJ-08 and by DM checks.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn verify(self, issuer_key: &PublicKey) -> Result<VerifiedVcSdJwt, Refusal> {
        VerifiedVcSdJwt::read(self.0.verify_keeping_open(issuer_key, &ALWAYS_OPEN)?)
    }
}

/// A credential whose issuer's signature was verified and whose disclosures were processed. Its period and status are not judged
/// yet.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedVcSdJwt {
    sd_jwt: VerifiedSdJwt,
    issuer: String,
    period: Period,
}

impl VerifiedVcSdJwt {
    fn read(sd_jwt: VerifiedSdJwt) -> Result<Self, Refusal> {
        let (issuer, period) = read(sd_jwt.claims())?;
        Ok(Self { sd_jwt, issuer, period })
    }

    /// The credential with what was disclosed: an object.
    pub const fn credential(&self) -> &Value {
        self.sd_jwt.claims()
    }

    /// The issuer's identifier.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The types as written.
    pub fn types(&self) -> Vec<&str> {
        types(self.credential()).unwrap_or_default()
    }

    /// The identifiers of those the credential speaks about.
    pub fn subjects(&self) -> impl Iterator<Item = &str> {
        subjects(self.credential()).filter_map(|subject| subject.get("id")?.as_str())
    }

    /// The claim `status` of the token (Token Status List §6) as it stands.
    pub fn token_status(&self) -> Option<&Value> {
        self.credential().get("status")
    }

    /// `credentialStatus` as it stands.
    pub fn status(&self) -> Option<&Value> {
        self.credential().get("credentialStatus")
    }

    /// The moment from which both credential and signature are valid, if either says.
    pub const fn not_before(&self) -> Option<Timestamp> {
        self.period.begins
    }

    /// The moment from which credential or signature is no longer valid, if either says.
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.period.ends
    }

    /// The credential, owned.
    pub fn into_credential(self) -> Value {
        self.sd_jwt.into_claims()
    }
}

/// It is a verified SD-JWT: presented and bound as one.
impl Deref for VerifiedVcSdJwt {
    type Target = VerifiedSdJwt;

    fn deref(&self) -> &VerifiedSdJwt {
        &self.sd_jwt
    }
}

/// Issuer and period of a credential. Refuses by VJ-02 to VJ-08 and by DM checks.
pub(super) fn read(credential: &Value) -> Result<(String, Period), Refusal> {
    if ["vc", "vp"].iter().any(|name| credential.get(name).is_some()) {
        return Err(SHAPE.refuse(MISPLACED));
    }
    examine(credential, credential, Model::V2)
}
