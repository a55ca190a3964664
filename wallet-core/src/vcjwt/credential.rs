//! A credential as JWT: parse, verify, read in the terms of its model.

use jigap_keys::PublicKey;
use serde_json::Value;

use super::context_begins_with;
use crate::jose::{Header, Jws, numeric_date};
use crate::redacted;
use crate::time::Timestamp;
use crate::vcdm::envelope::Held;
use crate::vcdm::{
    self, BAD_PERIOD, CONTEXT_V1, CONTEXT_V2, NO_ISSUER, NO_SUBJECT, OTHER_CONTEXT, OTHER_TYPE, Period,
    id_of, rules, subjects, types,
};
use crate::verdict::{Check, Reason, Refusal};

/// VJ-01: the token says that it is a credential.
pub const TYP: Check = Check::new(
    "VJ-01",
    "a credential's `typ` is `vc+jwt`, or `JWT` in the data model 1.1",
    "증명서의 `typ`는 `vc+jwt`이며, 데이터 모델 1.1에서는 `JWT`입니다",
    "VC-JOSE-COSE §3.1.1; VCDM 1.1 §6.3.1",
);
/// VJ-02: the credential stands where its model puts it.
pub const SHAPE: Check = Check::new(
    "VJ-02",
    "the payload is the credential and has no `vc` or `vp`; in the data model 1.1 it has the credential as `vc`",
    "페이로드가 곧 증명서이고 `vc`나 `vp`가 없습니다. 데이터 모델 1.1에서는 `vc`에 증명서가 있습니다",
    "VC-JOSE-COSE §3.1.1, §3.1.3; VCDM 1.1 §6.3.1",
);
/// VJ-03: the first context.
pub const CONTEXT: Check = Check::new(
    "VJ-03",
    "`@context` is an array that begins with the context of the data model",
    "`@context`는 데이터 모델의 컨텍스트로 시작하는 배열입니다",
    "VCDM 2.0 §4.3; VCDM 1.1 §4.1",
);
/// VJ-04: the type.
pub const TYPE: Check = Check::new(
    "VJ-04",
    "`type` has strings only, `VerifiableCredential` among them",
    "`type`은 문자열로만 되어 있고 `VerifiableCredential`을 포함합니다",
    "VCDM 2.0 §4.5; VCDM 1.1 §4.3",
);
/// VJ-05: one issuer.
pub const ISSUER: Check = Check::new(
    "VJ-05",
    "`issuer` is a URL or an object with one, and `iss`, if present, is the same",
    "`issuer`는 URL이거나 URL을 가진 객체이며, `iss`가 있으면 같은 값입니다",
    "VCDM 2.0 §4.7; VC-JOSE-COSE §3.1.3; VCDM 1.1 §4.5, §6.3.1",
);
/// VJ-06: about somebody.
pub const SUBJECT: Check = Check::new(
    "VJ-06",
    "`credentialSubject` is an object that says something, or a non-empty array of such objects",
    "`credentialSubject`는 내용이 있는 객체이거나 그런 객체의 비어 있지 않은 배열입니다",
    "VCDM 2.0 §4.8; VCDM 1.1 §4.4",
);
/// VJ-07: moments are moments.
pub const PERIOD: Check = Check::new(
    "VJ-07",
    "the beginning and end of validity are well-formed and in order; the data model 1.1 demands a beginning",
    "유효 기간의 시작과 끝은 올바른 형식이고 순서가 맞습니다. 데이터 모델 1.1에서는 시작이 꼭 있어야 합니다",
    "VCDM 2.0 §4.9; VCDM 1.1 §4.6, §4.8; RFC 7519 §4.1",
);
/// VJ-08: JWT claims do not contradict the credential.
pub const CLAIMS: Check = Check::new(
    "VJ-08",
    "`jti` and `sub`, if present, are the ids of the credential and its subject",
    "`jti`와 `sub`가 있으면 증명서와 주체의 식별자와 같습니다",
    "VC-JOSE-COSE §3.1.3; VCDM 1.1 §6.3.1",
);

const OTHER_TYP: Reason =
    Reason::new("vc-typ-mismatch", "the token is not a credential", "이 토큰은 증명서가 아닙니다");
const MISPLACED: Reason = Reason::new(
    "vc-misplaced",
    "the credential does not stand where its data model puts it",
    "증명서가 데이터 모델이 정한 자리에 있지 않습니다",
);
const TWO_ISSUERS: Reason =
    Reason::new("vc-issuer-contradiction", "two issuers are named", "발급자가 둘로 적혀 있습니다");
const CONTRADICTION: Reason = Reason::new(
    "vc-claims-contradiction",
    "the token and the credential in it name different things",
    "토큰과 그 안의 증명서가 서로 다른 것을 가리킵니다",
);

/// Which version of the W3C data model a document follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Model {
    /// VCDM 1.1, secured by VC-JWT.
    V1,
    /// VCDM 2.0, secured by VC-JOSE-COSE.
    V2,
}

impl Model {
    /// The model that a `typ` stands for, `v2` being the type of the newer model.
    pub(super) fn of(header: &Header, v2: &str) -> Option<Self> {
        if header.typ_is(v2) {
            Some(Self::V2)
        } else if header.typ_is("JWT") {
            Some(Self::V1)
        } else {
            None
        }
    }

    pub(super) const fn context(self) -> &'static str {
        match self {
            Self::V1 => CONTEXT_V1,
            Self::V2 => CONTEXT_V2,
        }
    }

    /// Refuses (VE-02) a `cty` of something else, in the model 2.0.
    pub(super) fn require_content(self, held: Held, header: &Header) -> Result<(), Refusal> {
        match self {
            Self::V1 => Ok(()),
            Self::V2 => held.require_content(header.cty.as_deref()),
        }
    }

    /// The document within the claims: all of them, or the member `name` in the older model. `None` if misplaced.
    pub(super) fn document<'c>(self, claims: &'c Value, name: &str) -> Option<&'c Value> {
        match self {
            Self::V1 => claims.get(name).filter(|document| document.is_object()),
            Self::V2 => (claims.get("vc").is_none() && claims.get("vp").is_none()).then_some(claims),
        }
    }
}

/// A credential as JWT that was parsed but not verified.
#[derive(Debug, Clone)]
pub struct VcJwt {
    jws: Jws,
    model: Model,
}

impl VcJwt {
    /// Parses the compact serialization. Refuses by VJ-01, VJ-02, VE-02, and by JW checks.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Self::read(Jws::parse(text)?)
    }

    /// As [`VcJwt::parse`], of a token that was parsed already.
    pub(crate) fn read(jws: Jws) -> Result<Self, Refusal> {
        let model = Model::of(jws.header(), "vc+jwt").ok_or(TYP.refuse(OTHER_TYP))?;
        model.require_content(Held::Credential, jws.header())?;
        match model.document(jws.unverified_payload(), "vc") {
            Some(_) => Ok(Self { jws, model }),
            None => Err(SHAPE.refuse(MISPLACED)),
        }
    }

    /// The issuer's header; it is not verified.
    pub const fn header(&self) -> &Header {
        self.jws.header()
    }

    /// The version of the data model, by `typ`.
    pub const fn model(&self) -> Model {
        self.model
    }

    /// The JWT claims, before anybody vouches for them: only for finding the issuer's key.
    pub const fn unverified_payload(&self) -> &Value {
        self.jws.unverified_payload()
    }

    /// The credential in the terms of its model, the JWT claims of 1.1 not folded in, before anybody vouches for it.
    pub(crate) fn unverified_credential(&self) -> Option<&Value> {
        self.model.document(self.unverified_payload(), "vc")
    }

    /// The issuer the credential names, before anybody vouches for it: only for finding the issuer's key.
    pub fn unverified_issuer(&self) -> Option<&str> {
        let named = self.unverified_credential().and_then(|credential| id_of(credential.get("issuer")?));
        named.or_else(|| self.unverified_payload().get("iss")?.as_str())
    }

    /// Verifies the issuer's signature and reads the credential. Refuses by JW-05, JW-07, VJ-03 to VJ-08.
    pub fn verify(self, issuer_key: &PublicKey) -> Result<VerifiedVc, Refusal> {
        let (header, claims) = self.jws.verify(issuer_key)?.into_parts();
        VerifiedVc::read(header, claims, self.model)
    }

    /// As [`VcJwt::verify`] without looking at the signature: only for a credential that the caller verified before
    /// and kept where nobody else writes.
    pub fn dangerous_assume_verified(self) -> Result<VerifiedVc, Refusal> {
        let (header, claims) = self.jws.dangerous_assume_verified().into_parts();
        VerifiedVc::read(header, claims, self.model)
    }
}

/// A credential whose issuer's signature was verified. Its period and status are not judged yet.
#[derive(Clone, PartialEq)]
pub struct VerifiedVc {
    header: Header,
    model: Model,
    credential: Value,
    issuer: String,
    confirmation: Option<Value>,
    token_status: Option<Value>,
    period: Period,
}

impl std::fmt::Debug for VerifiedVc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "VerifiedVc", &[(redacted::members(&self.credential), "members")])
    }
}

impl VerifiedVc {
    /// The issuer's header.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The version of the data model.
    pub const fn model(&self) -> Model {
        self.model
    }

    /// The credential in the terms of its model: an object. Claims of the token itself (`iss`, `exp` …) stand in it
    /// only in the model 2.0, where the credential is the payload.
    pub const fn credential(&self) -> &Value {
        &self.credential
    }

    /// The issuer's identifier.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The types as written; DCQL compares them after expanding them by the contexts.
    pub fn types(&self) -> Vec<&str> {
        types(&self.credential).unwrap_or_default()
    }

    /// The identifiers of those the credential speaks about.
    pub fn subjects(&self) -> impl Iterator<Item = &str> {
        subjects(&self.credential).filter_map(|subject| subject.get("id")?.as_str())
    }

    /// Whether every subject is the one with this identifier.
    pub(crate) fn is_only_about(&self, id: &str) -> bool {
        vcdm::is_only_about(&self.credential, id)
    }

    /// The claim `cnf` of the token (RFC 7800; VC-JOSE-COSE §4.1.3) as it stands: the holder's key, if it is named there.
    pub const fn confirmation(&self) -> Option<&Value> {
        self.confirmation.as_ref()
    }

    /// The claim `status` of the token (Token Status List §6) as it stands.
    pub const fn token_status(&self) -> Option<&Value> {
        self.token_status.as_ref()
    }

    /// The credential, owned; see [`Self::credential`].
    pub fn into_credential(self) -> Value {
        self.credential
    }

    /// `credentialStatus` as it stands.
    pub fn status(&self) -> Option<&Value> {
        self.credential.get("credentialStatus")
    }

    /// The moment from which both credential and signature are valid, if either says.
    pub const fn not_before(&self) -> Option<Timestamp> {
        self.period.begins
    }

    /// The moment from which credential or signature is no longer valid, if either says.
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.period.ends
    }

    /// Reads verified claims, and holds them to the data model.
    pub(super) fn read(header: Header, mut claims: Value, model: Model) -> Result<Self, Refusal> {
        let apart = match model {
            Model::V1 => Some(take_credential(&mut claims)?),
            Model::V2 => None,
        };
        let credential = apart.as_ref().unwrap_or(&claims);
        let (issuer, period) = examine(&claims, credential, model)?;
        let claim = |name: &str| claims.get(name).cloned();
        let (confirmation, token_status) = (claim("cnf"), claim("status"));
        let credential = apart.unwrap_or(claims);
        Ok(Self { header, model, credential, issuer, confirmation, token_status, period })
    }
}

/// Holds a credential to its data model, and the claims beside it (or, in the model 2.0, in it) to the credential; answers
/// the issuer, and when both hold. Refuses by VJ-03 to VJ-08 and by DM checks.
pub(crate) fn examine(claims: &Value, credential: &Value, model: Model) -> Result<(String, Period), Refusal> {
    if !context_begins_with(credential, model.context()) {
        return Err(CONTEXT.refuse(OTHER_CONTEXT));
    }
    if !types(credential).is_some_and(|types| types.contains(&"VerifiableCredential")) {
        return Err(TYPE.refuse(OTHER_TYPE));
    }
    let issuer = issuer(claims, credential)?;
    if !vcdm::says_something(credential) {
        return Err(SUBJECT.refuse(NO_SUBJECT));
    }
    credential.as_object().map_or(Ok(()), rules::check_credential)?;
    agrees(claims, "jti", credential.get("id"))?;
    if let Some(Value::Object(subject)) = credential.get("credentialSubject") {
        agrees(claims, "sub", subject.get("id"))?;
    }
    let period = period(claims, credential, model).ok_or(PERIOD.refuse(BAD_PERIOD))?;
    Ok((issuer, period))
}

/// Takes a credential of VCDM 1.1 out of its token, and adds what the token says instead of it (§6.3.1, JWT decoding).
fn take_credential(claims: &mut Value) -> Result<Value, Refusal> {
    let mut credential = claims.as_object_mut().and_then(|members| members.remove("vc")).unwrap_or_default();
    let Some(members) = credential.as_object_mut() else { return Err(SHAPE.refuse(MISPLACED)) };
    for (claim, name) in [("iss", "issuer"), ("jti", "id")] {
        if let (Some(value), false) = (claims.get(claim), members.contains_key(name)) {
            members.insert(name.to_owned(), value.clone());
        }
    }
    for (claim, name) in [("nbf", "issuanceDate"), ("exp", "expirationDate")] {
        if let (Some(value), false) = (claims.get(claim), members.contains_key(name)) {
            let moment = numeric_date(value).ok_or(PERIOD.refuse(BAD_PERIOD))?;
            members.insert(name.to_owned(), moment.to_rfc3339().into());
        }
    }
    if let (Some(id), Some(Value::Object(subject))) =
        (claims.get("sub"), members.get_mut("credentialSubject"))
    {
        subject.entry("id").or_insert_with(|| id.clone());
    }
    Ok(credential)
}

fn issuer(claims: &Value, credential: &Value) -> Result<String, Refusal> {
    let issuer = vcdm::issuer(credential).ok_or(ISSUER.refuse(NO_ISSUER))?;
    match claims.get("iss") {
        Some(iss) if iss != issuer => Err(ISSUER.refuse(TWO_ISSUERS)),
        _ => Ok(issuer.to_owned()),
    }
}

/// Whether a claim of the token, if it is there, is what the credential says.
fn agrees(claims: &Value, name: &str, said: Option<&Value>) -> Result<(), Refusal> {
    match claims.get(name) {
        Some(claim) if Some(claim) != said => Err(CLAIMS.refuse(CONTRADICTION)),
        _ => Ok(()),
    }
}

/// From when until when both token and credential hold; `None` where a moment is malformed or the order wrong.
fn period(claims: &Value, credential: &Value, model: Model) -> Option<Period> {
    let claimed = |name| match claims.get(name) {
        None => Some(None),
        Some(value) => numeric_date(value).map(Some),
    };
    let mut period = Period::of(credential, model == Model::V1)?;
    // It ends nothing, and some issuers of the model 2.0 (the W3C's own test vectors too) write it as VCDM writes moments.
    let written = |at: &Value| at.as_str().and_then(Timestamp::parse_rfc3339).is_some();
    if model == Model::V1 || !claims.get("iat").is_some_and(written) {
        claimed("iat")?;
    }
    period.narrow(claimed("nbf")?, claimed("exp")?);
    Some(period)
}
