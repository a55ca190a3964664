//! A presentation as JWT: parse, verify against one request, and take the credentials out.

use jigap_keys::PublicKey;
use serde_json::Value;

use super::context_begins_with;
use super::credential::{Model, VerifiedVc};
use crate::jose::{Header, Jws, numeric_date};
use crate::redacted;
use crate::sdjwt::KeyBindingRequest;
use crate::time::Timestamp;
use crate::vcdm::envelope::{Enclosed, Envelope, Held, Securing};
use crate::vcdm::{id_of, rules, types};
use crate::verdict::{Check, Reason, Refusal};

/// VJ-09: the token is a presentation.
pub const PRESENTATION: Check = Check::new(
    "VJ-09",
    "a presentation's `typ` is `vp+jwt`, or `JWT` with a `vp` in the data model 1.1; its context and type are the model's",
    "제출물의 `typ`는 `vp+jwt`이며, 데이터 모델 1.1에서는 `vp`가 있는 `JWT`입니다. 컨텍스트와 종류도 모델을 따릅니다",
    "VC-JOSE-COSE §3.1.2; VCDM 2.0 §4.13; VCDM 1.1 §6.3.1",
);
/// VJ-10: it answers this request.
pub const NONCE: Check = Check::new(
    "VJ-10",
    "`nonce` of the presentation is the request's",
    "제출물의 `nonce`가 요청의 값과 같습니다",
    "OpenID4VP 1.0 appendix B.1.3.1.5, §14.2",
);
/// VJ-11: it is meant for this verifier.
pub const AUDIENCE: Check = Check::new(
    "VJ-11",
    "`aud` of the presentation is this verifier's identifier and nobody else's",
    "제출물의 `aud`는 이 확인자의 식별자뿐입니다",
    "OpenID4VP 1.0 appendix B.1.3.1.5, §14.2",
);
/// VJ-12: it was made just now.
pub const TIME: Check = Check::new(
    "VJ-12",
    "`iat`, `nbf` and `exp` of the presentation, if present, admit this moment",
    "제출물에 `iat`, `nbf`, `exp`가 있으면 지금 시각을 허용합니다",
    "RFC 7519 §4.1; VCDM 1.1 §6.3.1",
);
/// VJ-13: it carries credentials.
pub const CREDENTIALS: Check = Check::new(
    "VJ-13",
    "the presentation holds at least one credential, each a JWT or an EnvelopedVerifiableCredential",
    "제출물에 증명서가 하나 이상 있고, 각각 JWT이거나 EnvelopedVerifiableCredential입니다",
    "VCDM 2.0 §4.13; VCDM 1.1 §4.10, §6.3.1",
);
/// VJ-14: one holder, and the credential is about that holder.
pub const HOLDER: Check = Check::new(
    "VJ-14",
    "the presentation names one holder, and the credential speaks about that holder only",
    "제출물의 소지자는 하나이고, 증명서는 그 소지자에 대해서만 말합니다",
    "VCDM 2.0 §4.13; VCDM 1.1 §6.3.1; OpenID4VP 1.0 §8.6",
);

const NOT_A_PRESENTATION: Reason =
    Reason::new("vp-shape", "the token is not a presentation", "이 토큰은 제출물이 아닙니다");
const BAD_TIME: Reason = Reason::new(
    "vp-time-malformed",
    "a moment in the presentation is malformed",
    "제출물의 시각 형식이 잘못되었습니다",
);
const NO_CREDENTIAL: Reason = Reason::new(
    "vp-credentials",
    "the presentation holds no credential, or one in no envelope that is known",
    "제출물에 증명서가 없거나 알려진 봉투에 들지 않은 것이 있습니다",
);
const NOT_ONE_CREDENTIAL: Reason = Reason::new(
    "vp-not-one-credential",
    "the presentation does not hold exactly one credential",
    "제출물에 증명서가 정확히 하나 들어 있지 않습니다",
);
const TWO_HOLDERS: Reason =
    Reason::new("vp-holder-contradiction", "two holders are named", "소지자가 둘로 적혀 있습니다");
const OTHER_HOLDER: Reason = Reason::new(
    "vp-holder-mismatch",
    "the credential is not about the one who presents it",
    "증명서가 제출한 사람에 대한 것이 아닙니다",
);

/// Most credentials in one presentation.
const MAX_CREDENTIALS: usize = 32;

/// A presentation as JWT that was parsed but not verified.
#[derive(Debug, Clone)]
pub struct VpJwt {
    jws: Jws,
    model: Model,
}

impl VpJwt {
    /// Parses the compact serialization. Refuses by VJ-09, and by JW checks.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Self::read(Jws::parse(text)?)
    }

    /// Whether a token calls itself a presentation: by `typ`, or in the data model 1.1 by its `vp`.
    pub(crate) fn is_one(jws: &Jws) -> bool {
        match Model::of(jws.header(), "vp+jwt") {
            Some(Model::V2) => true,
            Some(Model::V1) => jws.unverified_payload().get("vp").is_some(),
            None => false,
        }
    }

    /// As [`VpJwt::parse`], of a token that was parsed already.
    pub(crate) fn read(jws: Jws) -> Result<Self, Refusal> {
        let refused = PRESENTATION.refuse(NOT_A_PRESENTATION);
        let model = Model::of(jws.header(), "vp+jwt").ok_or(refused)?;
        model.require_content(Held::Presentation, jws.header())?;
        let presentation = model.document(jws.unverified_payload(), "vp").ok_or(refused)?;
        require_presentation(presentation, model)?;
        Ok(Self { jws, model })
    }

    /// The holder's header; it is not verified.
    pub const fn header(&self) -> &Header {
        self.jws.header()
    }

    /// The JWT claims, before anybody vouches for them.
    pub const fn unverified_payload(&self) -> &Value {
        self.jws.unverified_payload()
    }

    /// The presentation, before anybody vouches for it.
    pub(crate) fn unverified_presentation(&self) -> Option<&Value> {
        self.model.document(self.unverified_payload(), "vp")
    }

    /// The holder the presentation names, before anybody vouches for it: only for finding the holder's key, which must
    /// be one that this identifier controls.
    pub fn unverified_holder(&self) -> Option<&str> {
        let named =
            self.unverified_presentation().and_then(|presentation| id_of(presentation.get("holder")?));
        named.or_else(|| self.unverified_payload().get("iss")?.as_str())
    }

    /// Verifies the holder's signature and what the presentation was made for.
    /// Refuses by JW-05, JW-07, VJ-10 to VJ-14, and as [`rules::check_presentation`].
    pub fn verify(
        &self,
        holder_key: &PublicKey,
        request: &KeyBindingRequest<'_>,
    ) -> Result<VerifiedVp, Refusal> {
        let (holder, credentials) = self.check(holder_key, request, (true, true))?;
        let credentials = credentials.into_iter().map(Kept::from).collect();
        Ok(VerifiedVp { header: self.header().clone(), holder: holder.map(str::to_owned), credentials })
    }

    /// Verifies it, its form before what it answers, and answers the holder it names and its credentials. Said is whether the nonce and the audience of
    /// `request` are asked for.
    pub(crate) fn check(
        &self,
        holder_key: &PublicKey,
        request: &KeyBindingRequest<'_>,
        (for_nonce, for_audience): (bool, bool),
    ) -> Result<(Option<&str>, Vec<Enclosed<'_>>), Refusal> {
        self.jws.check(holder_key)?;
        let claims = self.jws.unverified_payload();
        let presentation =
            self.model.document(claims, "vp").ok_or(PRESENTATION.refuse(NOT_A_PRESENTATION))?;
        let examined = examine_presentation(claims, presentation)?;
        answers(claims, request, (for_nonce, for_audience))?;
        Ok(examined)
    }

    /// Verifies the holder's signature and the form alone, whatever it was made for and whenever; answers the presentation.
    /// Refuses by JW-05, JW-07, VJ-12 (a malformed moment), VJ-13, VJ-14, and as [`rules::check_presentation`].
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn verify_form(&self, holder_key: &PublicKey) -> Result<&Value, Refusal> {
        self.jws.check(holder_key)?;
        let claims = self.jws.unverified_payload();
        moments(claims)?;
        let presentation =
            self.model.document(claims, "vp").ok_or(PRESENTATION.refuse(NOT_A_PRESENTATION))?;
        examine_presentation(claims, presentation)?;
        Ok(presentation)
    }
}

/// A presentation whose holder's signature, nonce and audience were verified. Its credentials are not verified.
#[derive(Clone, PartialEq)]
pub struct VerifiedVp {
    header: Header,
    holder: Option<String>,
    credentials: Vec<Kept>,
}

/// What [`Enclosed`] borrows.
#[derive(Clone, PartialEq)]
struct Kept {
    /// `None`: a JWT as a string.
    enveloped: Option<Securing>,
    text: String,
}

impl From<Enclosed<'_>> for Kept {
    fn from(credential: Enclosed<'_>) -> Self {
        let enveloped = matches!(credential, Enclosed::Enveloped(_)).then(|| credential.securing());
        Self { enveloped, text: credential.text().to_owned() }
    }
}

impl std::fmt::Debug for VerifiedVp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "VerifiedVp", &[(self.credentials.len(), "credentials")])
    }
}

impl VerifiedVp {
    /// The holder's header.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The holder's identifier, if the presentation names one.
    pub fn holder(&self) -> Option<&str> {
        self.holder.as_deref()
    }

    /// The credentials, each to be parsed and verified for itself.
    pub fn credentials(&self) -> impl ExactSizeIterator<Item = Enclosed<'_>> {
        self.credentials.iter().map(|Kept { enveloped, text }| match *enveloped {
            None => Enclosed::Jwt(text),
            Some(securing) => Enclosed::Enveloped(Envelope { held: Held::Credential, securing, text }),
        })
    }

    /// Refuses (VJ-14) a credential that is not about the holder who presents it, and about nobody else. That the key
    /// which signed the presentation is the holder's is for the caller to find out from the holder's DID document.
    pub fn require_holder(&self, credential: &VerifiedVc) -> Result<(), Refusal> {
        require_about(credential, self.holder())
    }
}

/// Refuses (VJ-09) a document that is no presentation of its model.
pub(crate) fn require_presentation(document: &Value, model: Model) -> Result<(), Refusal> {
    let is_presentation = types(document).is_some_and(|types| types.contains(&"VerifiablePresentation"));
    if is_presentation && context_begins_with(document, model.context()) {
        Ok(())
    } else {
        Err(PRESENTATION.refuse(NOT_A_PRESENTATION))
    }
}

/// Holds a presentation to its data model, and the claims beside it or in it to the presentation; answers the holder it names
/// and its credentials. Refuses by VJ-13, VJ-14 and by DM checks.
pub(crate) fn examine_presentation<'p>(
    claims: &'p Value,
    presentation: &'p Value,
) -> Result<(Option<&'p str>, Vec<Enclosed<'p>>), Refusal> {
    let credentials = credentials(presentation).ok_or(CREDENTIALS.refuse(NO_CREDENTIAL))?;
    let holder = holder(claims, presentation)?;
    presentation.as_object().map_or(Ok(()), rules::check_presentation)?;
    Ok((holder, credentials))
}

/// Refuses (VJ-10 to VJ-12) claims that were not made as the answer to `request`. Said is whether its nonce and its audience
/// are asked for.
pub(crate) fn answers(
    claims: &Value,
    request: &KeyBindingRequest<'_>,
    (for_nonce, for_audience): (bool, bool),
) -> Result<(), Refusal> {
    if for_nonce {
        let nonce = claims.get("nonce").and_then(Value::as_str);
        request.require_nonce(nonce).map_err(|reason| NONCE.refuse(reason))?;
    }
    if for_audience {
        request.require_audience(audience(claims)).map_err(|reason| AUDIENCE.refuse(reason))?;
    }
    admits(claims, request)
}

fn require_about(credential: &VerifiedVc, holder: Option<&str>) -> Result<(), Refusal> {
    let is_about = holder.is_some_and(|holder| credential.is_only_about(holder));
    if is_about { Ok(()) } else { Err(other_holder()) }
}

/// VJ-14: the credential is not about the one who presents it.
pub(crate) const fn other_holder() -> Refusal {
    HOLDER.refuse(OTHER_HOLDER)
}

/// `aud`, alone: a string, or an array with nothing else in it.
fn audience(claims: &Value) -> Option<&str> {
    match claims.get("aud")? {
        Value::Array(many) => match many.as_slice() {
            [one] => one.as_str(),
            _ => None,
        },
        one => one.as_str(),
    }
}

/// When it was made, from when and until when it holds.
pub(crate) fn moments(claims: &Value) -> Result<[Option<Timestamp>; 3], Refusal> {
    let moment = |name| match claims.get(name) {
        None => Ok(None),
        Some(value) => numeric_date(value).map(Some).ok_or(TIME.refuse(BAD_TIME)),
    };
    Ok([moment("iat")?, moment("nbf")?, moment("exp")?])
}

fn admits(claims: &Value, request: &KeyBindingRequest<'_>) -> Result<(), Refusal> {
    let [issued_at, begins, ends] = moments(claims)?;
    let within = request.require_within(begins, ends);
    within
        .and_then(|()| issued_at.map_or(Ok(()), |at| request.require_made(at)))
        .map_err(|reason| TIME.refuse(reason))
}

/// The one credential of a presentation. Refuses (VJ-13) none and several: in OpenID4VP each credential has a presentation of its
/// own (§8.1).
pub(crate) fn only_credential(presentation: &Value) -> Result<Enclosed<'_>, Refusal> {
    let [one] = entries(presentation).unwrap_or_default() else {
        return Err(CREDENTIALS.refuse(NOT_ONE_CREDENTIAL));
    };
    Enclosed::read(one).ok_or(CREDENTIALS.refuse(NO_CREDENTIAL))
}

/// The credentials of a presentation. `None` where there are none, too many, or others than [`Enclosed`] knows.
fn credentials(presentation: &Value) -> Option<Vec<Enclosed<'_>>> {
    let entries = entries(presentation)?;
    if entries.is_empty() || entries.len() > MAX_CREDENTIALS {
        return None;
    }
    entries.iter().map(Enclosed::read).collect()
}

/// What a presentation holds: one or an array.
pub(crate) fn entries(presentation: &Value) -> Option<&[Value]> {
    Some(match presentation.get("verifiableCredential")? {
        Value::Array(many) => many.as_slice(),
        one => std::slice::from_ref(one),
    })
}

/// The holder that a presentation and the claims around it name. Refuses (VJ-14) two.
fn holder<'p>(claims: &'p Value, presentation: &'p Value) -> Result<Option<&'p str>, Refusal> {
    let iss = claims.get("iss").map(|iss| iss.as_str().ok_or(HOLDER.refuse(TWO_HOLDERS))).transpose()?;
    let named = match presentation.get("holder") {
        None => None,
        Some(holder) => Some(id_of(holder).ok_or(HOLDER.refuse(TWO_HOLDERS))?),
    };
    match (named, iss) {
        (Some(named), Some(iss)) if named != iss => Err(HOLDER.refuse(TWO_HOLDERS)),
        (named, iss) => Ok(named.or(iss)),
    }
}
