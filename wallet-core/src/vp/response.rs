//! The authorization response, both sides (OpenID4VP 1.0 §8).
//!
//! The wallet posts a form; what it answers to `direct_post.jwt` is encrypted, errors too. The verifier reads the form,
//! finds the request by `state` or by the `kid` of the key the response is encrypted to, and refuses a plain response
//! where it asked for an encrypted one, a response of another request, and a `vp_token` that is none.
//! `Debug` shows no presentation.

use std::collections::BTreeMap;
use std::fmt;

use jigap_keys::json::{self, Limits};
use jigap_keys::{Entropy, PrivateKey, constant_time_eq};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;

use super::client_metadata::{ENCRYPTION_KEY, EncryptionKey};
use super::error_code::ErrorCode;
use super::form;
use super::nonce::{fresh, is_url_safe};
use super::request::{AuthorizationRequest, ReplyTo, ResponseMode};
use crate::documents::is_fetchable;
use crate::jose::jwe::{self, ContentEncryption, Jwe, KeyManagement};
use crate::ports::{FetchLimits, HttpRequest, HttpResponse};
use crate::vci::OfferLink;
use crate::verdict::{Check, Reason, Refusal};

/// The response is a form that holds one answer.
pub const RESPONSE_FORM: Check = Check::new(
    "VP-24",
    "the response is a bounded form that holds a vp_token, an error or an encrypted response, and only one of them",
    "응답은 크기가 제한된 폼이며 vp_token, 오류, 암호화된 응답 중 하나만 담고 있습니다",
    "OpenID4VP 1.0 §8.2, §8.3.1, §8.5",
);
/// The response is to this request.
pub const RESPONSE_STATE: Check = Check::new(
    "VP-25",
    "the response repeats the state of the request",
    "응답이 요청의 state를 그대로 담고 있습니다",
    "OpenID4VP 1.0 §5.3, §14.4.2, RFC 6749 §4.1.2",
);
/// Encrypted, if that was asked for.
pub const ENCRYPTED_AS_ASKED: Check = Check::new(
    "VP-26",
    "the response is encrypted to the key of the request where that was asked for, and plain where it was not",
    "암호화를 요구한 요청에는 그 요청의 키로 암호화된 응답이, 요구하지 않은 요청에는 평문 응답이 옵니다",
    "OpenID4VP 1.0 §8.3, §8.3.1",
);
/// The VP Token is one.
pub const VP_TOKEN: Check = Check::new(
    "VP-27",
    "the vp_token is an object of non-empty arrays of strings and objects",
    "vp_token은 문자열과 객체로 된, 비어 있지 않은 배열들의 객체입니다",
    "OpenID4VP 1.0 §8.1",
);
/// The verifier took the response.
pub const POST_ANSWER: Check = Check::new(
    "VP-28",
    "the verifier answers 200 with a JSON object whose redirect_uri, if any, a browser may be sent to or a wallet offered a credential by",
    "검증자가 상태 200과 JSON 객체로 응답하며 redirect_uri가 있으면 브라우저로 열 수 있는 주소이거나 증명서 발급 제안입니다",
    "OpenID4VP 1.0 §8.2, §14.8",
);

const NOT_A_FORM: Reason = Reason::new("form-malformed", "it is not such a form", "올바른 폼이 아닙니다");
const NOT_ONE_ANSWER: Reason = Reason::new(
    "not-one-answer",
    "it holds none of vp_token, error and response, or more than one",
    "vp_token, error, response가 없거나 둘 이상입니다",
);
const NOT_JSON: Reason = Reason::new(
    "response-malformed",
    "the content is not a strict JSON object",
    "내용이 엄격한 JSON 객체가 아닙니다",
);
const OTHER_STATE: Reason =
    Reason::new("state-mismatch", "the state is missing or another one", "state가 없거나 다릅니다");
const PLAIN: Reason =
    Reason::new("not-encrypted", "the response is not encrypted", "응답이 암호화되어 있지 않습니다");
const UNEXPECTEDLY_ENCRYPTED: Reason = Reason::new(
    "encrypted-unasked",
    "the response is encrypted though no key was offered",
    "키를 제시하지 않았는데 응답이 암호화되어 있습니다",
);
const OTHER_KEY: Reason = Reason::new(
    "kid-mismatch",
    "the response is encrypted to a key that was not offered",
    "제시하지 않은 키로 암호화된 응답입니다",
);
const NOT_A_TOKEN: Reason =
    Reason::new("vp-token-malformed", "it is not such an object", "그런 객체가 아닙니다");
const CANNOT_ENCRYPT: Reason = Reason::new(
    "cannot-encrypt",
    "the verifier's key cannot be encrypted to",
    "검증자의 키로 암호화할 수 없습니다",
);
const STATUS: Reason = Reason::new(
    "response-uri-status",
    "the verifier did not answer with 200",
    "검증자가 상태 200으로 응답하지 않았습니다",
);
const NOT_JSON_ANSWER: Reason =
    Reason::new("response-uri-body", "the answer is not a JSON object", "응답이 JSON 객체가 아닙니다");
const BAD_REDIRECT: Reason = Reason::new(
    "redirect-uri-malformed",
    "redirect_uri is no address that a browser may be sent to, and no offer",
    "redirect_uri가 브라우저로 열 수 있는 주소도 발급 제안도 아닙니다",
);

/// Longest form: a message of 1 MiB, some of its characters escaped.
const MAX_FORM: usize = 2 << 20;
/// Most presentations for one credential query.
const MAX_PRESENTATIONS: usize = 64;
/// What the verifier's answer to a response may have.
const ANSWER_LIMITS: Limits = Limits { bytes: 64 * 1024, depth: 16 };

/// The presentations, by credential query id (§8.1).
#[derive(Clone, PartialEq)]
pub struct VpToken(BTreeMap<String, Vec<Value>>);

impl VpToken {
    /// A VP Token. Refuses (`VP-27`) empty arrays, arrays of more than 64, and presentations that are neither string nor
    /// object.
    pub fn new(presentations: BTreeMap<String, Vec<Value>>) -> Result<Self, Refusal> {
        let is_presentation = |value: &Value| value.is_string() || value.is_object();
        let well_formed = presentations
            .values()
            .all(|entry| (1..=MAX_PRESENTATIONS).contains(&entry.len()) && entry.iter().all(is_presentation));
        if well_formed { Ok(Self(presentations)) } else { Err(VP_TOKEN.refuse(NOT_A_TOKEN)) }
    }

    /// The presentations, by credential query id.
    pub fn presentations(&self) -> &BTreeMap<String, Vec<Value>> {
        &self.0
    }

    fn read(value: Value) -> Result<Self, Refusal> {
        Self::new(serde_json::from_value(value).map_err(|_| VP_TOKEN.refuse(NOT_A_TOKEN))?)
    }
}

impl fmt::Debug for VpToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// What a wallet answers.
#[derive(Debug, Clone, PartialEq)]
pub enum AuthorizationResponse {
    /// What was asked for.
    Presented(VpToken),
    /// Why not.
    Error(ErrorCode),
}

impl AuthorizationResponse {
    /// The HTTP request that answers `request`, encrypted if it asks for that. Refuses (`VP-20`) a key that cannot be
    /// encrypted to.
    pub fn post(
        &self,
        request: &AuthorizationRequest,
        entropy: &dyn Entropy,
    ) -> Result<HttpRequest, Refusal> {
        let state = request.reply_to.state.as_deref();
        let body = match request.response_mode {
            ResponseMode::DirectPost => self.form(state),
            ResponseMode::DirectPostJwt => {
                let recipient = request.client_metadata.recipient()?;
                let payload = self.members(state).to_string();
                let response = jwe::encrypt(payload.as_bytes(), &recipient, entropy)
                    .map_err(|_| ENCRYPTION_KEY.refuse(CANNOT_ENCRYPT))?;
                form::encode([("response", response.as_str())])
            }
        };
        Ok(post(&request.reply_to.response_uri, body))
    }

    /// The members of the response as JSON, as they are encrypted (§8.3).
    fn members(&self, state: Option<&str>) -> Value {
        let (name, value) = match self {
            Self::Presented(VpToken(presentations)) => ("vp_token", json!(presentations)),
            Self::Error(code) => ("error", json!(code.code())),
        };
        let state = state.map(|state| ("state", json!(state)));
        [(name, value)].into_iter().chain(state).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The parameters of the response as a form (§8.2).
    fn form(&self, state: Option<&str>) -> String {
        let (name, value) = match self {
            Self::Presented(VpToken(presentations)) => ("vp_token", json!(presentations).to_string()),
            Self::Error(code) => ("error", code.code().to_owned()),
        };
        let state = state.map(|state| ("state", state));
        form::encode([(name, value.as_str())].into_iter().chain(state))
    }

    fn read(mut members: Map<String, Value>) -> Result<Self, Refusal> {
        match (members.remove("vp_token"), members.remove("error")) {
            (Some(token), None) => VpToken::read(token).map(Self::Presented),
            (None, Some(Value::String(code))) => Ok(Self::Error(ErrorCode::from_code(&code))),
            _ => Err(RESPONSE_FORM.refuse(NOT_ONE_ANSWER)),
        }
    }
}

impl ErrorCode {
    /// The HTTP request that tells this error to a verifier whose request was refused before it said how to encrypt.
    pub fn post(self, reply_to: &ReplyTo) -> HttpRequest {
        let form = AuthorizationResponse::Error(self).form(reply_to.state.as_deref());
        post(&reply_to.response_uri, form)
    }
}

/// A response as it was posted.
#[derive(Debug, Clone)]
pub struct PostedResponse(Posted);

#[derive(Clone)]
enum Posted {
    Plain(Map<String, Value>),
    Encrypted(Box<Jwe>),
}

impl fmt::Debug for Posted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain",
            Self::Encrypted(_) => "Encrypted",
        })
    }
}

/// What a verifier knows of the request that a response answers.
#[derive(Debug, Clone, Copy)]
pub struct ResponseExpectation<'a> {
    /// The request's `state`.
    pub state: &'a str,
    /// The key that the request offered, if it asked for an encrypted response.
    pub decryption: Option<Decryption<'a>>,
}

/// A key that a request offered for its response.
#[derive(Debug, Clone, Copy)]
pub struct Decryption<'a> {
    /// Its name in the request, as [`EncryptionKey::offered`] was told it.
    pub kid: &'a str,
    /// The private key.
    pub key: &'a PrivateKey,
    /// The content encryptions the request offered.
    pub offered: &'a [ContentEncryption],
}

impl PostedResponse {
    /// Reads the body of a POST to the response URI. Refuses `VP-24` and, encrypted, `JE-…`.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let mut parameters = form::parse(body, MAX_FORM).ok_or(RESPONSE_FORM.refuse(NOT_A_FORM))?;
        let answers = ["response", "vp_token", "error"];
        if answers.into_iter().filter(|name| parameters.contains_key(*name)).count() != 1 {
            return Err(RESPONSE_FORM.refuse(NOT_ONE_ANSWER));
        }
        if let Some(response) = parameters.remove("response") {
            return Ok(Self(Posted::Encrypted(Box::new(Jwe::parse(&response)?))));
        }
        let mut members = Map::new();
        for name in ["error", "state"] {
            members.extend(parameters.remove(name).map(|value| (name.to_owned(), Value::String(value))));
        }
        if let Some(token) = parameters.remove("vp_token") {
            members.insert("vp_token".to_owned(), object(token.as_bytes())?);
        }
        Ok(Self(Posted::Plain(members)))
    }

    /// The `kid` that an encrypted response names: which request's key it is encrypted to. Nothing vouches for it yet.
    pub fn kid(&self) -> Option<&str> {
        match &self.0 {
            Posted::Encrypted(jwe) => jwe.header().kid.as_deref(),
            Posted::Plain(_) => None,
        }
    }

    /// The `state` that a plain response repeats: which request it answers. Nothing vouches for it yet.
    pub fn state(&self) -> Option<&str> {
        match &self.0 {
            Posted::Encrypted(_) => None,
            Posted::Plain(members) => members.get("state").and_then(Value::as_str),
        }
    }

    /// The answer to the request of `expected`. Refuses `VP-24` to `VP-27` and, encrypted, `JE-…`. An error may come
    /// plain even where encryption was asked for (§8.3.1).
    pub fn open(self, expected: ResponseExpectation<'_>) -> Result<AuthorizationResponse, Refusal> {
        let members = match (self.0, expected.decryption) {
            (Posted::Plain(members), None) => members,
            (Posted::Plain(members), Some(_)) if members.contains_key("error") => members,
            (Posted::Plain(_), Some(_)) => return Err(ENCRYPTED_AS_ASKED.refuse(PLAIN)),
            (Posted::Encrypted(_), None) => return Err(ENCRYPTED_AS_ASKED.refuse(UNEXPECTEDLY_ENCRYPTED)),
            (Posted::Encrypted(jwe), Some(decryption)) => decryption.open(&jwe)?,
        };
        let state = members.get("state").and_then(Value::as_str).unwrap_or_default();
        if !constant_time_eq(state.as_bytes(), expected.state.as_bytes()) {
            return Err(RESPONSE_STATE.refuse(OTHER_STATE));
        }
        AuthorizationResponse::read(members)
    }
}

impl Decryption<'_> {
    fn open(&self, jwe: &Jwe) -> Result<Map<String, Value>, Refusal> {
        // The algorithm is that of the JWK with this `kid` (§8.3).
        let (alg, kid) = (jwe.header().alg, jwe.header().kid.as_deref());
        if !KeyManagement::OFFERED.contains(&alg) || kid != Some(&*EncryptionKey::kid(self.kid, alg)) {
            return Err(ENCRYPTED_AS_ASKED.refuse(OTHER_KEY));
        }
        let payload = jwe.decrypt(self.key, self.offered)?;
        match object(&payload)? {
            Value::Object(members) => Ok(members),
            _ => Err(RESPONSE_FORM.refuse(NOT_JSON)),
        }
    }
}

/// What the verifier answers to a response it took (§8.2).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PostAnswer {
    /// Where the holder's browser goes on; or what the wallet is offered for what it showed, a link
    /// `openid-credential-offer://…` that is for it alone.
    pub redirect_uri: Option<Url>,
    /// Why it is offered nothing where it should be: `offer_error`, a parameter of ours, which other wallets pass over.
    pub offer_error: Option<OfferError>,
    /// How the holder takes back what they agreed to: `feed_consent`, a parameter of ours. What is not in its form counts as none.
    pub withdrawal: Option<Withdrawal>,
}

/// How a holder takes back what they agreed to by presenting: `DELETE` of the address, with the token as bearer token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Where: at the verifier's.
    pub uri: Url,
    /// What opens it: for the holder alone.
    pub token: String,
}

impl fmt::Debug for Withdrawal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Withdrawal").finish_non_exhaustive()
    }
}

impl Withdrawal {
    /// Longest token in bytes.
    const MAX_TOKEN: usize = 200;

    fn read(value: &Value) -> Option<Self> {
        let read: Self = serde_json::from_value(value.clone()).ok()?;
        let is_token = (1..=Self::MAX_TOKEN).contains(&read.token.len()) && is_url_safe(&read.token);
        (is_token && is_fetchable(&read.uri)).then_some(read)
    }
}

impl fmt::Debug for PostAnswer {
    /// A redirect may hold a response code or an offer: secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redirects = self.redirect_uri.is_some();
        f.debug_struct("PostAnswer")
            .field("redirects", &redirects)
            .field("offer_error", &self.offer_error)
            .finish()
    }
}

/// Why there is no offer for what was shown, though it was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OfferError {
    /// The issuer did not answer: later, perhaps.
    Unavailable,
    /// The issuer gives none for it, or none now.
    Refused,
}

impl OfferError {
    /// The value of `offer_error`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Refused => "refused",
        }
    }

    /// What the value says, if it is known.
    fn from_code(code: &str) -> Option<Self> {
        [Self::Unavailable, Self::Refused].into_iter().find(|error| error.code() == code)
    }
}

impl PostAnswer {
    /// The answer that has an offer in it, or why there is none.
    pub fn offering(offer: Result<Url, OfferError>) -> Self {
        let offer_error = offer.as_ref().err().copied();
        Self { redirect_uri: offer.ok(), offer_error, withdrawal: None }
    }

    /// Sends the browser to `frontend` with a fresh `response_code` of 192 bits, which is returned besides: only who
    /// brings it gets the result (§14.3). It stands in the fragment, which no server logs; one that `frontend` has is
    /// replaced.
    pub fn redirecting(frontend: &Url, entropy: &dyn Entropy) -> (Self, String) {
        let response_code = fresh(entropy);
        let mut redirect_uri = frontend.clone();
        redirect_uri.set_fragment(Some(&format!("response_code={response_code}")));
        (Self { redirect_uri: Some(redirect_uri), ..Self::default() }, response_code)
    }

    /// The body, `application/json`; to be sent with `Cache-Control: no-store`.
    pub fn to_value(&self) -> Value {
        let uri = self.redirect_uri.as_ref().map(|uri| ("redirect_uri", uri.as_str()));
        let error = self.offer_error.map(|error| ("offer_error", error.code()));
        let plain = uri.into_iter().chain(error).map(|(name, value)| (name.to_owned(), json!(value)));
        plain.chain(self.withdrawal.as_ref().map(|it| ("feed_consent".to_owned(), json!(it)))).collect()
    }

    /// Reads the answer. Refuses `VP-28`. A browser may be sent to https, to http on loopback, and to an app by a scheme
    /// that is a reversed domain name (RFC 8252 §7.1); an offer is a link that [`OfferLink`] reads.
    pub fn read(answer: &HttpResponse) -> Result<Self, Refusal> {
        if answer.status != 200 {
            return Err(POST_ANSWER.refuse(STATUS));
        }
        let body = json::parse(&answer.body, ANSWER_LIMITS)
            .ok()
            .filter(|_| answer.content_type == "application/json");
        let Some(Value::Object(members)) = body else { return Err(POST_ANSWER.refuse(NOT_JSON_ANSWER)) };
        let redirect_uri = match members.get("redirect_uri") {
            None => None,
            Some(uri) => {
                let uri = uri.as_str().and_then(|uri| Url::parse(uri).ok());
                let opens = |uri: &Url| is_fetchable(uri) || uri.scheme().contains('.') || is_offer(uri);
                Some(uri.filter(opens).ok_or(POST_ANSWER.refuse(BAD_REDIRECT))?)
            }
        };
        let offer_error = members.get("offer_error").and_then(Value::as_str).and_then(OfferError::from_code);
        let withdrawal = members.get("feed_consent").and_then(Withdrawal::read);
        Ok(Self { redirect_uri, offer_error, withdrawal })
    }
}

/// Whether it offers a credential (OpenID4VCI 1.0 §4.1).
pub fn is_offer(uri: &Url) -> bool {
    OfferLink::parse(uri.as_str()).is_ok()
}

fn object(bytes: &[u8]) -> Result<Value, Refusal> {
    json::parse(bytes, Limits::MESSAGE).ok().filter(Value::is_object).ok_or(RESPONSE_FORM.refuse(NOT_JSON))
}

fn post(response_uri: &Url, form: String) -> HttpRequest {
    let media_type = "application/x-www-form-urlencoded";
    HttpRequest::post(response_uri.clone(), media_type, form.into_bytes(), FetchLimits::DOCUMENT)
}
