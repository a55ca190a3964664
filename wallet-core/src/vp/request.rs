//! The authorization request as a wallet judges it (OpenID4VP 1.0 §5, RFC 9101).
//!
//! Two steps: [`UnverifiedRequest::authenticate`] says who asks and where an answer may go, so that an error can be
//! answered at all; [`AuthenticatedRequest::validate`] says what is asked. Only the parameters of the request object
//! count; `iss`, `verifier_info` and every unknown parameter are ignored. Refused is what the checks below name.

use jigap_keys::json::{self, Limits};
use serde_json::{Map, Value};
use url::Url;

use super::authorization::Authorization;
use super::client_id::{Client, ClientId, VerifierTrust, receiving_url};
use super::client_metadata::ClientMetadata;
use super::nonce::is_url_safe;
use crate::dcql::Query;
use crate::documents::{Documents, Need};
use crate::jose::{Jws, numeric_date};
use crate::mdoc::SessionTranscript;
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Check, Reason, Refusal};

/// One client identifier inside and outside.
pub const CLIENT_ID_SAME: Check = Check::new(
    "VP-09",
    "the request object names the same client as the link that led to it",
    "요청 객체의 클라이언트가 링크의 클라이언트와 같습니다",
    "OpenID4VP 1.0 §5.10.1, RFC 9101 §5",
);
/// Meant for a wallet.
pub const AUDIENCE: Check = Check::new(
    "VP-10",
    "the audience of the request object is https://self-issued.me/v2",
    "요청 객체의 aud는 https://self-issued.me/v2입니다",
    "OpenID4VP 1.0 §5.8",
);
/// Valid now.
pub const VALIDITY: Check = Check::new(
    "VP-11",
    "the request object is within its validity",
    "요청 객체가 유효 기간 안에 있습니다",
    "RFC 7519 §4.1.4, §4.1.5",
);
/// Made for this wallet's fetch.
pub const WALLET_NONCE: Check = Check::new(
    "VP-12",
    "the request object repeats the wallet_nonce that was sent for it",
    "요청 객체에 지갑이 보낸 wallet_nonce가 들어 있습니다",
    "OpenID4VP 1.0 §5.10.1",
);
/// `response_type`.
pub const RESPONSE_TYPE: Check = Check::new(
    "VP-13",
    "the response type is vp_token, and the request holds no other request",
    "response_type은 vp_token이며 요청 안에 다른 요청이 없습니다",
    "OpenID4VP 1.0 §5.6, RFC 9101 §4",
);
/// `response_mode`.
pub const RESPONSE_MODE: Check = Check::new(
    "VP-14",
    "the response mode is direct_post or direct_post.jwt",
    "response_mode는 direct_post 또는 direct_post.jwt입니다",
    "OpenID4VP 1.0 §5.2, §8.2",
);
/// `response_uri`.
pub const RESPONSE_URI: Check = Check::new(
    "VP-15",
    "the response goes by https to a response_uri that is the client's, and there is no redirect_uri",
    "응답은 클라이언트의 response_uri에 https로 보내며 redirect_uri는 없습니다",
    "OpenID4VP 1.0 §5.9.3, §8.2, §14.4.1",
);
/// `nonce`.
pub const NONCE: Check = Check::new(
    "VP-16",
    "the request has a nonce of URL-safe characters",
    "요청에 URL에 안전한 문자로 된 nonce가 있습니다",
    "OpenID4VP 1.0 §5.2",
);
/// `state`.
pub const STATE: Check = Check::new(
    "VP-17",
    "state has URL-safe characters only and is there when a credential may come without holder binding",
    "state는 URL에 안전한 문자로만 되어 있고, 소지자 결합 없이 받는 증명서가 있으면 반드시 있습니다",
    "OpenID4VP 1.0 §5.2, §5.3",
);
/// `dcql_query`.
pub const DCQL_QUERY: Check = Check::new(
    "VP-18",
    "the request has a dcql_query and no scope",
    "요청에 dcql_query가 있고 scope는 없습니다",
    "OpenID4VP 1.0 §5.1, §5.5",
);
/// A format we speak.
pub const FORMATS: Check = Check::new(
    "VP-22",
    "at least one format that is asked for is supported by verifier and wallet",
    "요청한 형식 중 하나 이상을 검증자와 지갑이 지원합니다",
    "OpenID4VP 1.0 §8.5",
);

const NO_CLIENT: Reason =
    Reason::new("client-id-missing", "the request names no client", "요청에 클라이언트가 없습니다");
const OTHER_CLIENT: Reason = Reason::new(
    "client-id-mismatch",
    "the request object is another client's",
    "요청 객체가 다른 클라이언트의 것입니다",
);
const OTHER_AUDIENCE: Reason =
    Reason::new("audience-mismatch", "it is meant for somebody else", "다른 수신자를 위한 요청입니다");
const EXPIRED: Reason =
    Reason::new("request-expired", "the request ended at {at}", "요청이 {at}에 만료되었습니다");
const EARLY: Reason = Reason::new(
    "request-not-yet-valid",
    "the request begins at {at}",
    "요청의 유효 기간이 {at}에 시작합니다",
);
const NOT_A_DATE: Reason =
    Reason::new("date-malformed", "exp or nbf is no date", "exp나 nbf가 날짜가 아닙니다");
const OTHER_NONCE: Reason = Reason::new(
    "wallet-nonce-mismatch",
    "the wallet_nonce is missing or another one",
    "wallet_nonce가 없거나 다릅니다",
);
const MISSING: Reason = Reason::new("missing", "it is missing", "값이 없습니다");
const NOT_A_STRING: Reason = Reason::new("not-a-string", "it is not a string", "문자열이 아닙니다");
const UNSUPPORTED: Reason = Reason::new("not-supported", "it is not supported", "지원하지 않는 값입니다");
const NESTED: Reason = Reason::new(
    "request-within-request",
    "the request object holds request or request_uri",
    "요청 객체 안에 request나 request_uri가 있습니다",
);
const REDIRECT_URI: Reason =
    Reason::new("redirect-uri-present", "there is a redirect_uri", "redirect_uri가 있습니다");
const NOT_RECEIVING: Reason = Reason::new(
    "response-uri-malformed",
    "response_uri is no https URL without user name and fragment",
    "response_uri가 사용자 이름과 조각이 없는 https URL이 아닙니다",
);
const OTHER_RECEIVER: Reason = Reason::new(
    "response-uri-of-another",
    "response_uri does not belong to the client",
    "response_uri가 클라이언트의 것이 아닙니다",
);
const NOT_URL_SAFE: Reason = Reason::new(
    "not-url-safe",
    "it is empty, too long, or has characters other than letters, digits, hyphen, period, underscore and tilde",
    "비어 있거나 너무 길거나, 영문자, 숫자, 하이픈, 마침표, 밑줄, 물결표 이외의 문자가 있습니다",
);
const BOTH: Reason = Reason::new(
    "query-and-scope",
    "there are both dcql_query and scope",
    "dcql_query와 scope가 함께 있습니다",
);
/// `scope` without a query: names a query that nobody defined here.
pub(super) const SCOPE_UNKNOWN: Reason = Reason::new(
    "scope-not-supported",
    "the scope names no known query",
    "scope가 알려진 질의를 가리키지 않습니다",
);
const NO_FORMAT: Reason = Reason::new(
    "no-common-format",
    "no format that is asked for is supported by both sides",
    "양쪽이 모두 지원하는 형식이 없습니다",
);

/// The `aud` of request objects for wallets whose metadata is known without discovery (§5.8).
pub const STATIC_DISCOVERY_AUDIENCE: &str = "https://self-issued.me/v2";
/// How far the verifier's clock may be ahead or behind.
const CLOCK_SKEW: Seconds = Seconds(60);
/// What a parameter that is JSON within a URL may have.
const PARAMETER_LIMITS: Limits = Limits { bytes: 64 * 1024, depth: 32 };

/// How the response comes back (§8.2, §8.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResponseMode {
    /// `direct_post`: posted to the response URI.
    DirectPost,
    /// `direct_post.jwt`: posted there, encrypted.
    DirectPostJwt,
}

impl ResponseMode {
    /// The value of `response_mode`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DirectPost => "direct_post",
            Self::DirectPostJwt => "direct_post.jwt",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::DirectPost, Self::DirectPostJwt].into_iter().find(|mode| mode.name() == name)
    }
}

/// A request of which nothing is believed.
#[derive(Debug, Clone)]
pub struct UnverifiedRequest {
    client_id: ClientId,
    wallet_nonce: Option<String>,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    /// A request object.
    Object(Box<Jws>),
    /// The parameters of a link.
    Parameters(Map<String, Value>),
}

impl UnverifiedRequest {
    /// A request object (RFC 9101 §4) for the client that the link named. Refuses what is no JWS, a `typ` other than
    /// `oauth-authz-req+jwt` (`JW-08`), another client's object (`VP-09`), and as [`ClientId::parse`].
    pub(super) fn from_object(
        object: &str,
        client_id: &str,
        wallet_nonce: Option<String>,
    ) -> Result<Self, Refusal> {
        let client_id = ClientId::parse(client_id)?;
        client_id.require_signed(true)?;
        let object = Jws::parse(object)?;
        object.header().require_typ("oauth-authz-req+jwt")?;
        match object.unverified_payload().get("client_id").map(Value::as_str) {
            Some(Some(inner)) if inner == client_id.as_str() => {}
            Some(_) => return Err(CLIENT_ID_SAME.refuse(OTHER_CLIENT)),
            None => return Err(CLIENT_ID_SAME.refuse(NO_CLIENT)),
        }
        Ok(Self { client_id, wallet_nonce, form: Form::Object(Box::new(object)) })
    }

    /// The parameters of an unsigned request, as they stand in a link (RFC 6749 §4.1.1).
    pub(super) fn from_parameters(
        parameters: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Refusal> {
        let mut members = Map::new();
        for (name, value) in parameters {
            let value = match name.as_str() {
                "dcql_query" => parameter(&value).ok_or(DCQL_QUERY.refuse(UNSUPPORTED))?,
                "client_metadata" | "transaction_data" => parameter(&value).unwrap_or(Value::Null),
                _ => Value::String(value),
            };
            members.insert(name, value);
        }
        let client_id = members.get("client_id").and_then(Value::as_str);
        let client_id = ClientId::parse(client_id.ok_or(CLIENT_ID_SAME.refuse(NO_CLIENT))?)?;
        client_id.require_signed(false)?;
        Ok(Self { client_id, wallet_nonce: None, form: Form::Parameters(members) })
    }

    /// Who says to ask.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The document that [`UnverifiedRequest::authenticate`] needs and `documents` does not settle.
    pub fn needs(&self, documents: &Documents) -> Option<Need> {
        self.client_id.needs(documents)
    }

    /// Verifies who asks, for whom and when, and where the answer goes. Refuses `VP-07`, `VP-08`, `VP-10` to `VP-12`,
    /// `VP-15`, `VP-17` and wrong signatures (`JW-05`, `JW-07`).
    pub fn authenticate(self, trust: VerifierTrust<'_>) -> Result<AuthenticatedRequest, Refusal> {
        let Self { client_id, wallet_nonce, form } = self;
        let (parameters, names) = match form {
            Form::Parameters(parameters) => (parameters, Vec::new()),
            Form::Object(object) => {
                let (key, names) = client_id.vouched(object.header(), trust)?;
                let (_, payload) = object.verify(&key)?.into_parts();
                let Value::Object(payload) = payload else { return Err(CLIENT_ID_SAME.refuse(NO_CLIENT)) };
                check_object(&payload, wallet_nonce.as_deref(), trust.now)?;
                (payload, names)
            }
        };
        Ok(AuthenticatedRequest {
            certified_names: names,
            ..AuthenticatedRequest::new(client_id, parameters)?
        })
    }
}

/// A request whose client is known.
#[derive(Debug, Clone)]
pub struct AuthenticatedRequest {
    client_id: ClientId,
    certified_names: Vec<String>,
    reply_to: ReplyTo,
    parameters: Map<String, Value>,
}

/// Where an answer goes, be it an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyTo {
    /// The address to post to.
    pub response_uri: Url,
    /// To be repeated there.
    pub state: Option<String>,
}

impl AuthenticatedRequest {
    fn new(client_id: ClientId, parameters: Map<String, Value>) -> Result<Self, Refusal> {
        let reply_to =
            ReplyTo { response_uri: response_uri(&client_id, &parameters)?, state: state(&parameters)? };
        Ok(Self { client_id, certified_names: Vec::new(), reply_to, parameters })
    }

    /// Who asks.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Where an error may be answered if [`AuthenticatedRequest::validate`] refuses.
    pub fn reply_to(&self) -> &ReplyTo {
        &self.reply_to
    }

    /// Where an answer goes, letter for letter: `response_uri`, or the identifier of a client that is known by it.
    fn response_uri_text(&self) -> &str {
        let given = self.parameters.get("response_uri").and_then(Value::as_str);
        given.unwrap_or(self.client_id.original())
    }

    /// What is asked. Refuses `VP-13`, `VP-14`, `VP-16` to `VP-22` and the checks of the query (`DQ-…`).
    pub fn validate(&self) -> Result<AuthorizationRequest, Refusal> {
        let parameters = &self.parameters;
        if parameters.contains_key("request") || parameters.contains_key("request_uri") {
            return Err(RESPONSE_TYPE.refuse(NESTED));
        }
        if text(parameters, "response_type", RESPONSE_TYPE)? != "vp_token" {
            return Err(RESPONSE_TYPE.refuse(UNSUPPORTED));
        }
        let response_mode = ResponseMode::from_name(text(parameters, "response_mode", RESPONSE_MODE)?)
            .ok_or(RESPONSE_MODE.refuse(UNSUPPORTED))?;
        let nonce = text(parameters, "nonce", NONCE)?;
        if !is_url_safe(nonce) {
            return Err(NONCE.refuse(NOT_URL_SAFE));
        }
        let query = query(parameters)?;
        let authorization = parameters.get("transaction_data");
        let authorization = authorization.map(|data| Authorization::read(data, &query)).transpose()?;
        if self.reply_to.state.is_none()
            && query.credentials().iter().any(|one| !one.requires_holder_binding())
        {
            return Err(STATE.refuse(MISSING));
        }
        let client_metadata = ClientMetadata::read(parameters.get("client_metadata"))?;
        if response_mode == ResponseMode::DirectPostJwt {
            client_metadata.recipient()?;
        }
        let speaks = |format| client_metadata.supports(format);
        if !query.credentials().iter().any(|one| one.is_supported() && one.format().is_some_and(speaks)) {
            return Err(FORMATS.refuse(NO_FORMAT));
        }
        Ok(AuthorizationRequest {
            client_id: self.client_id.clone(),
            certified_names: self.certified_names.clone(),
            reply_to: self.reply_to.clone(),
            response_mode,
            nonce: nonce.to_owned(),
            response_uri: self.response_uri_text().to_owned(),
            query,
            authorization,
            client_metadata,
            // A link's own parameters have no dates: there `exp` is an unknown parameter, and a text.
            expires: date(parameters, "exp").unwrap_or_default(),
        })
    }
}

/// A request that a wallet may answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AuthorizationRequest {
    /// Who asks; its text is the audience (`aud`, `domain`) of every presentation.
    pub client_id: ClientId,
    /// The names (DNS names, URIs) that its certificate bears, if it has one: an authority trusted for verifiers
    /// certified them.
    pub certified_names: Vec<String>,
    /// Where the answer goes.
    pub reply_to: ReplyTo,
    /// How it goes there.
    pub response_mode: ResponseMode,
    /// The nonce (`nonce`, `challenge`) of every presentation.
    pub nonce: String,
    /// Where the answer goes, letter for letter: what devices authenticate.
    pub response_uri: String,
    /// What is asked for.
    pub query: Query,
    /// What its holder authorizes by presenting it, if anything.
    pub authorization: Option<Authorization>,
    /// What the verifier speaks.
    pub client_metadata: ClientMetadata,
    /// `exp` of the request object, if it has one.
    pub expires: Option<Timestamp>,
}

impl AuthorizationRequest {
    /// What a device that answers it authenticates (OpenID4VP 1.0 B.2.6.1): who asks, the nonce, the key that the response is
    /// encrypted to, where it goes. Refuses (`VP-20`) where it is to be encrypted and no key is known.
    pub fn session_transcript(&self) -> Result<SessionTranscript, Refusal> {
        let encrypted = self.response_mode == ResponseMode::DirectPostJwt;
        let recipient = encrypted.then(|| self.client_metadata.recipient()).transpose()?;
        let key = recipient.map(|recipient| recipient.key);
        Ok(SessionTranscript::openid4vp(self.client_id.as_str(), &self.nonce, key, &self.response_uri))
    }

    /// Refuses (`VP-11`) a request that has ended: to be asked again when it is answered, a person took their time.
    pub fn require_current(&self, now: Timestamp) -> Result<(), Refusal> {
        require_unexpired(self.expires, now)
    }
}

/// A verifier's own parameters, judged as a wallet judges them once it knows who asks.
pub(super) fn check_own(
    client_id: &ClientId,
    parameters: Map<String, Value>,
) -> Result<AuthorizationRequest, Refusal> {
    AuthenticatedRequest::new(client_id.clone(), parameters)?.validate()
}

/// What RFC 9101 and §5.8, §5.10.1 demand of a request object beyond its parameters.
fn check_object(
    payload: &Map<String, Value>,
    wallet_nonce: Option<&str>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let is_us = |audience: &Value| audience.as_str() == Some(STATIC_DISCOVERY_AUDIENCE);
    match payload.get("aud") {
        None => return Err(AUDIENCE.refuse(MISSING)),
        Some(Value::Array(audiences)) if audiences.iter().any(is_us) => {}
        Some(audience) if is_us(audience) => {}
        Some(_) => return Err(AUDIENCE.refuse(OTHER_AUDIENCE)),
    }
    require_unexpired(date(payload, "exp")?, now)?;
    if let Some(begin) = date(payload, "nbf")?.filter(|begin| now < begin.minus(CLOCK_SKEW)) {
        return Err(VALIDITY.refuse(EARLY.at(begin)));
    }
    let repeated = payload.get("wallet_nonce").and_then(Value::as_str);
    if wallet_nonce.is_some() && repeated != wallet_nonce {
        return Err(WALLET_NONCE.refuse(OTHER_NONCE));
    }
    Ok(())
}

fn require_unexpired(end: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    match end {
        Some(end) if now >= end.plus(CLOCK_SKEW) => Err(VALIDITY.refuse(EXPIRED.at(end))),
        _ => Ok(()),
    }
}

fn date(payload: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    payload.get(name).map(|value| numeric_date(value).ok_or(VALIDITY.refuse(NOT_A_DATE))).transpose()
}

/// `response_uri`, if it is the client's (§5.9.3). The client of `redirect_uri` may leave it out.
fn response_uri(client_id: &ClientId, parameters: &Map<String, Value>) -> Result<Url, Refusal> {
    if parameters.contains_key("redirect_uri") {
        return Err(RESPONSE_URI.refuse(REDIRECT_URI));
    }
    let given = match (client_id.client(), parameters.get("response_uri")) {
        (Client::RedirectUri(url), None) => return Ok(url.clone()),
        _ => text(parameters, "response_uri", RESPONSE_URI)?,
    };
    let url = receiving_url(given).ok_or(RESPONSE_URI.refuse(NOT_RECEIVING))?;
    let is_the_clients = match client_id.client() {
        Client::RedirectUri(_) => given == client_id.original(),
        Client::X509SanDns(name) => url.host_str() == Some(name.as_str()),
        Client::X509Hash(_) | Client::DecentralizedIdentifier(_) => true,
    };
    if is_the_clients { Ok(url) } else { Err(RESPONSE_URI.refuse(OTHER_RECEIVER)) }
}

fn state(parameters: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    if !parameters.contains_key("state") {
        return Ok(None);
    }
    let state = text(parameters, "state", STATE)?;
    if is_url_safe(state) { Ok(Some(state.to_owned())) } else { Err(STATE.refuse(NOT_URL_SAFE)) }
}

fn query(parameters: &Map<String, Value>) -> Result<Query, Refusal> {
    match (parameters.get("dcql_query"), parameters.contains_key("scope")) {
        (Some(_), true) => Err(DCQL_QUERY.refuse(BOTH)),
        (None, true) => Err(DCQL_QUERY.refuse(SCOPE_UNKNOWN)),
        (None, false) => Err(DCQL_QUERY.refuse(MISSING)),
        (Some(query), false) => Query::parse(query),
    }
}

fn text<'p>(parameters: &'p Map<String, Value>, name: &str, check: Check) -> Result<&'p str, Refusal> {
    parameters.get(name).ok_or(check.refuse(MISSING))?.as_str().ok_or(check.refuse(NOT_A_STRING))
}

fn parameter(text: &str) -> Option<Value> {
    json::parse(text.as_bytes(), PARAMETER_LIMITS).ok()
}
