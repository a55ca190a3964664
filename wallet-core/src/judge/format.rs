//! What a credential format does in its own way, and the one place that recognises formats.
//!
//! A format is a module with two types: one for a credential that was parsed ([`Unproven`]) and one for a credential
//! whose issuer's proof holds ([`Proven`]). All that formats have in common is judged by [`super::steps`]. A format maps
//! its refusals to the checks of [`checks`] where the same attack is known to other formats, and keeps its finer ids
//! where only it can be attacked so.
//!
//! Refused here: what is of no format known, and what is another than the envelope says that it stands in (`V-01`).

use jigap_keys::PublicKey;
use jigap_keys::json::{self, Limits};
use serde_json::Value;

use super::shown::{self, Shown};
use super::{Subject, enclosed, jwt_vc, mso_mdoc, sd_jwt_vc};
use crate::claims::ThinnedArray;
use crate::contexts::Contexts;
use crate::dcql::Format;
use crate::did::{Did, ProofKey};
use crate::documents::{Documents, Need};
use crate::jose::Header;
use crate::mdoc::Session;
use crate::sdjwt::{KeyBindingRequest, SdJwt};
use crate::time::Timestamp;
use crate::vccose::VpCose;
use crate::vcdm::envelope::{Enclosed, Envelope, Held, Securing};
use crate::vcjwt::VpJwt;
use crate::verdict::{Findings, JudgedCredential, Reason, Refusal, checks};

const UNKNOWN_FORMAT: Reason = Reason::new(
    "format-not-judged",
    "it is a credential of a format that is not judged here",
    "이곳에서 판단하지 않는 형식의 증명서입니다",
);

const OTHER_FORM: Reason = Reason::new(
    "envelope-other",
    "it is another kind of token than the envelope around it says",
    "봉투에 적힌 것과 다른 종류의 토큰입니다",
);
const NOT_JSON: Reason = Reason::new(
    "not-json",
    "it is not one JSON document within the limits",
    "한도 안의 JSON 문서 하나가 아닙니다",
);

/// A credential as it calls itself, before anybody vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Described {
    pub(super) format: Format,
    /// By which format a query can ask for it: another, where it is presented as no protocol presents its own.
    pub(super) asked_as: Format,
    /// Who it says issued it.
    pub(super) issuer: Option<String>,
    /// What it says it is: its issuer must be trusted for one of these.
    pub(super) types: Vec<String>,
}

impl Described {
    /// A credential that comes as its format does.
    pub(super) const fn new(format: Format, issuer: Option<String>, types: Vec<String>) -> Self {
        Self { format, asked_as: format, issuer, types }
    }

    /// Nothing but the format is known.
    pub(super) const fn nothing(format: Format) -> Self {
        Self::new(format, None, Vec::new())
    }

    /// The credential of a verdict, with nothing found yet.
    pub(super) fn into_judged(self) -> JudgedCredential {
        JudgedCredential {
            query_id: None,
            format: self.format,
            types: self.types,
            issuer: self.issuer,
            freshness: None,
            messages: Vec::new(),
            holder: None,
            findings: Vec::new(),
            backing: None,
            claims: Value::Null,
        }
    }
}

/// How a credential names the key that its issuer signed it with.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeyName<'c> {
    /// By a JOSE header: `kid`, `x5c`.
    Header(&'c Header),
    /// By the chain of an mdoc's document signer, in DER.
    Chain(&'c [Vec<u8>]),
    /// By the verification method of a Data Integrity proof.
    #[cfg_attr(not(feature = "ldp"), expect(dead_code, reason = "only ldp_vc names its key so"))]
    Method(&'c str),
}

const NO_SIGNATURE_KEY: Reason = Reason::new(
    "key-signs-no-tokens",
    "the issuer's key is not one that signs credentials of this format",
    "발급자의 키가 이 형식의 증명서에 서명하는 키가 아닙니다",
);

/// The key that signs bytes, as every format but documents has it; refuses another by V-02.
pub(super) fn signing(key: &ProofKey) -> Result<&PublicKey, Refusal> {
    key.signing().ok_or(checks::ALGORITHM.refuse(NO_SIGNATURE_KEY))
}

/// A credential, alone or in a presentation, that was parsed and of which nothing is verified.
pub(super) trait Unproven: Send + Sync {
    /// What it calls itself.
    fn described(&self) -> &Described;

    /// How it names its issuer's key.
    fn key_name(&self) -> KeyName<'_>;

    /// When it says that its issuer signed it. Nothing vouches for that: see [`trust::issuer_key_at`].
    ///
    /// [`trust::issuer_key_at`]: crate::trust::issuer_key_at
    fn says_signed_at(&self) -> Option<Timestamp> {
        None
    }

    /// Whether it came as a presentation. Whether a holder's proof is required is never decided by this.
    fn is_presented(&self) -> bool;

    /// Whether it is an SD-JWT that a key binding JWT is attached to.
    fn has_key_binding(&self) -> bool {
        false
    }

    /// What is wanted to verify proofs beside the issuer's, whose key is `key`: nothing, unless the issuer's holds.
    fn proof_needs(&self, _key: &ProofKey, _: &Documents) -> Vec<Need> {
        Vec::new()
    }

    /// Verifies the issuer's proof with `key`, and the rules that the format has for what was signed. `documents` are for
    /// proofs beside the issuer's. A refusal other than V-02 and V-03 means that the issuer's proof holds.
    fn prove(self: Box<Self>, key: &ProofKey, documents: &Documents) -> Result<Box<dyn Proven>, Refusal>;
}

/// Whom a credential binds that is shown in a presentation around it.
pub(super) enum Bound {
    /// Who has this key.
    Key(PublicKey),
    /// Who has a key that is not supported.
    Unsupported,
    /// Who controls this DID.
    Subject(Did),
    /// It does not say.
    Nobody,
}

/// A credential whose issuer's proof holds.
pub(super) trait Proven: Send + Sync {
    /// All types it claims.
    fn types(&self) -> Vec<&str>;

    /// From when until when it is valid, where it says so.
    fn period(&self) -> (Option<Timestamp>, Option<Timestamp>);

    /// Its `status` (Token Status List §6), if it has one.
    fn status(&self) -> Option<&Value>;

    /// Whether its status list is rather asked for as CWT than as JWT: what is CBOR itself (Token Status List §8.1).
    fn prefers_cwt(&self) -> bool {
        false
    }

    /// Its `credentialStatus`, if it is a W3C credential and has one. Whatever stands there is judged too.
    fn credential_status(&self) -> Option<&Value> {
        None
    }

    /// What is wanted to find the key of the holder, whom the issuer named.
    fn holder_needs(&self, _: &Documents) -> Vec<Need> {
        Vec::new()
    }

    /// The header that names the key it was signed with; `None` where no JOSE header does.
    fn header(&self) -> Option<&Header>;

    /// The certificates of who signed it, where it has some.
    fn certificates(&self) -> &[Vec<u8>] {
        self.header().map_or(&[], |header| header.x5c.as_slice())
    }

    /// Whom it binds, where a presentation around it proves that: nobody, unless the format is one that stands in such.
    fn binds(&self) -> Bound {
        Bound::Nobody
    }

    /// The key it is bound to, if any.
    fn holder(&self, documents: &Documents) -> Option<PublicKey>;

    /// What the holder's proof says it answers, if one came with it: only for judging its form and signature alone.
    fn claimed_request(&self) -> Option<ClaimedRequest>;

    /// Whether the holder's proof that came with it is over a session, and cannot be verified without.
    fn needs_session(&self) -> bool {
        false
    }

    /// Verifies the holder's proof, and answers the key it was made with. Refuses by V-10 to V-16.
    fn require_holder(
        &self,
        request: &KeyBindingRequest<'_>,
        documents: &Documents,
    ) -> Result<PublicKey, Refusal>;

    /// The same where the proof is made in a session, which tells more of the request than [`KeyBindingRequest`].
    fn require_holder_in(
        &self,
        _: Option<Session<'_>>,
        request: &KeyBindingRequest<'_>,
        documents: &Documents,
    ) -> Result<PublicKey, Refusal> {
        self.require_holder(request, documents)
    }

    /// The hashes of what the holder's proof, once it was verified, authorizes (OpenID4VP 1.0 §8.4); `None` where the format carries none.
    fn authorized(&self) -> Option<Vec<String>> {
        None
    }

    /// Whether the holder's proof says when it was made.
    fn is_dated(&self) -> bool {
        true
    }

    /// The arrays among its claims out of which elements were withheld.
    fn withheld(&self) -> &[ThinnedArray] {
        &[]
    }

    /// Its claims as a query sees them.
    fn into_claims(self: Box<Self>) -> Value;
}

/// The request that a holder's proof says it answers; empty where it does not say.
#[derive(Default)]
pub(super) struct ClaimedRequest {
    pub(super) audience: String,
    pub(super) nonce: String,
}

impl ClaimedRequest {
    /// Out of the claims of a JWT.
    pub(super) fn of_jwt(claims: &Value) -> Self {
        let audience = match claims.get("aud") {
            Some(Value::Array(many)) => many.first(),
            other => other,
        };
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { audience: text(audience), nonce: text(claims.get("nonce")) }
    }
}

/// What cannot be read: of what format it seems to be, and why it is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Malformed {
    pub(super) format: Format,
    pub(super) refusal: Refusal,
}

/// Nothing was read: refused.
pub(super) const UNREAD: Malformed =
    Malformed { format: Format::DcSdJwt, refusal: checks::TOKEN_TYPE.refuse(UNKNOWN_FORMAT) };

impl Malformed {
    /// Refused, and nothing else is known.
    pub(super) fn into_subject(self) -> Subject {
        let mut findings = Findings::default();
        findings.refuse(self.refusal);
        Subject::refused(Described::nothing(self.format), findings)
    }
}

/// The signed token or document that a value is: a string, an envelope (VCDM 2.0 §4.13.1, §4.13.2; VC-JOSE-COSE §3.1), or neither.
pub(super) enum Token<'v> {
    Text(&'v str),
    Enveloped(Envelope<'v>),
}

impl<'v> Token<'v> {
    pub(super) fn of(value: &'v Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text)),
            object => Envelope::read(object)?.ok().map(Self::Enveloped),
        }
    }
}

/// Reads an entry of a VP Token (OpenID4VP 1.0 §8.1): a string, an envelope around one, or a JSON-LD document as an object.
pub(super) fn of_value(value: &Value, contexts: &Contexts) -> Result<Box<dyn Unproven>, Malformed> {
    match Token::of(value) {
        Some(Token::Text(text)) => compact(text, contexts),
        Some(Token::Enveloped(envelope)) => of_envelope(&envelope, contexts).map_err(|refusal| {
            let format = match envelope.securing {
                Securing::Jwt => Format::JwtVcJson,
                Securing::SdJwt => Format::VcSdJwt,
                Securing::Cose => Format::VcCose,
            };
            Malformed { format, refusal }
        }),
        None => document(value, contexts),
    }
}

/// Reads a credential out of a presentation.
pub(super) fn of_enclosed(
    credential: Enclosed<'_>,
    contexts: &Contexts,
) -> Result<Box<dyn Unproven>, Refusal> {
    match credential {
        Enclosed::Jwt(text) => jwt_vc::read(jwt_vc::parse(text)?, contexts),
        Enclosed::Enveloped(envelope) => of_envelope(&envelope, contexts),
    }
}

/// Reads what stands in an envelope as what its media type says, and as nothing else (V-01; VC-JOSE-COSE §6.1, RFC 8725 §3.11).
fn of_envelope(envelope: &Envelope<'_>, contexts: &Contexts) -> Result<Box<dyn Unproven>, Refusal> {
    let Envelope { held, securing, text } = *envelope;
    if form(text) != securing {
        return Err(checks::TOKEN_TYPE.refuse(OTHER_FORM));
    }
    if held == Held::Presentation {
        return shown::read(presentation(envelope)?, contexts);
    }
    match securing {
        Securing::Jwt => {
            let jws = jwt_vc::parse(text)?;
            require_typ(jws.header(), envelope)?;
            jwt_vc::read(jws, contexts)
        }
        Securing::SdJwt => {
            let token = SdJwt::parse(text).map_err(sd_jwt_vc::common)?;
            require_typ(token.header(), envelope)?;
            enclosed::of_sd_jwt(token, contexts)
        }
        Securing::Cose => enclosed::of_cose(enclosed::message(text)?, contexts),
    }
}

/// Reads the presentation in an envelope as what its media type says.
pub(super) fn presentation(envelope: &Envelope<'_>) -> Result<Shown, Refusal> {
    let Envelope { held, securing, text } = *envelope;
    if held != Held::Presentation || form(text) != securing {
        return Err(checks::TOKEN_TYPE.refuse(OTHER_FORM));
    }
    match securing {
        Securing::Jwt => {
            let jws = jwt_vc::parse(text)?;
            require_typ(jws.header(), envelope)?;
            Shown::of_jws(jws)
        }
        Securing::SdJwt => {
            let token = SdJwt::parse(text).map_err(sd_jwt_vc::common)?;
            require_typ(token.header(), envelope)?;
            Shown::of_sd_jwt(token)
        }
        Securing::Cose => Shown::of_message(enclosed::message(text)?),
    }
}

/// Reads a presentation that is a text.
pub(super) fn presentation_text(text: &str) -> Result<Shown, Refusal> {
    match form(text) {
        Securing::SdJwt => SdJwt::parse(text).map_err(sd_jwt_vc::common).and_then(Shown::of_sd_jwt),
        Securing::Cose if enclosed::is_cose(text) => Shown::of_message(enclosed::message(text)?),
        Securing::Cose | Securing::Jwt => jwt_vc::parse(text).and_then(Shown::of_jws),
    }
}

/// By what a text is secured, as it looks: an SD-JWT has a tilde, and no other token may (RFC 9901 §4); a JWT has dots.
fn form(text: &str) -> Securing {
    if text.contains('~') {
        Securing::SdJwt
    } else if text.contains('.') {
        Securing::Jwt
    } else {
        Securing::Cose
    }
}

/// Refuses (V-01) a token whose `typ` is not the media type of the envelope around it.
fn require_typ(header: &Header, envelope: &Envelope<'_>) -> Result<(), Refusal> {
    let media_type = envelope.held.media_type(envelope.securing);
    let typ = media_type.strip_prefix("application/").unwrap_or(media_type);
    if header.typ_is(typ) { Ok(()) } else { Err(checks::TOKEN_TYPE.refuse(OTHER_FORM)) }
}

/// Reads the text of a file: a compact serialization, or a JSON-LD document.
pub(super) fn of_text(text: &str, contexts: &Contexts) -> Result<Box<dyn Unproven>, Malformed> {
    if !text.trim_start().starts_with('{') {
        return compact(text, contexts);
    }
    match json::parse(text.trim().as_bytes(), Limits::MESSAGE) {
        Ok(value) => of_value(&value, contexts),
        Err(_) => Err(Malformed { format: Format::LdpVc, refusal: checks::TOKEN_TYPE.refuse(NOT_JSON) }),
    }
}

/// Which SD-JWT, COSE_Sign1 or JWT it is, its `typ` says. An mdoc has neither dots nor tildes, and begins otherwise than a
/// COSE_Sign1.
fn compact(text: &str, contexts: &Contexts) -> Result<Box<dyn Unproven>, Malformed> {
    let of = |format| move |refusal| Malformed { format, refusal };
    match form(text) {
        Securing::SdJwt => match SdJwt::parse(text).map_err(sd_jwt_vc::common) {
            Ok(token) if token.header().typ_is("vc+sd-jwt") => {
                enclosed::of_sd_jwt(token, contexts).map_err(of(Format::VcSdJwt))
            }
            Ok(token) if token.header().typ_is("vp+sd-jwt") => Shown::of_sd_jwt(token)
                .and_then(|shown| shown::read(shown, contexts))
                .map_err(of(Format::VcSdJwt)),
            token => token.and_then(sd_jwt_vc::read).map_err(of(Format::DcSdJwt)),
        },
        Securing::Cose if enclosed::is_cose(text) => enclosed::message(text)
            .and_then(|message| {
                if VpCose::is_one(&message) {
                    Shown::of_message(message).and_then(|shown| shown::read(shown, contexts))
                } else {
                    enclosed::of_cose(message, contexts)
                }
            })
            .map_err(of(Format::VcCose)),
        Securing::Cose if mso_mdoc::is_one(text) => mso_mdoc::read(text).map_err(of(Format::MsoMdoc)),
        Securing::Cose | Securing::Jwt => jwt_vc::parse(text)
            .and_then(|jws| {
                if VpJwt::is_one(&jws) {
                    Shown::of_jws(jws).and_then(|shown| shown::read(shown, contexts))
                } else {
                    jwt_vc::read(jws, contexts)
                }
            })
            .map_err(of(Format::JwtVcJson)),
    }
}

#[cfg(feature = "ldp")]
fn document(value: &Value, contexts: &Contexts) -> Result<Box<dyn Unproven>, Malformed> {
    super::ldp_vc::read(value, contexts).map_err(|refusal| Malformed { format: Format::LdpVc, refusal })
}

#[cfg(not(feature = "ldp"))]
fn document(_: &Value, _: &Contexts) -> Result<Box<dyn Unproven>, Malformed> {
    Err(Malformed { format: Format::LdpVc, refusal: checks::TOKEN_TYPE.refuse(UNKNOWN_FORMAT) })
}
