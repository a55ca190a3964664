//! How a request reaches the wallet: the `openid4vp:` link, and the request object behind `request_uri`
//! (OpenID4VP 1.0 §5.4, §5.10, §9, §13.1.2; RFC 9101 §5).
//!
//! Refused: another scheme, a parameter twice, more than one way to the request, a `request_uri` that is not https, a
//! method other than `get` and `post`, and an answer that is not a request object. Redirects are not followed (§14.8).

use std::collections::BTreeMap;

use jigap_keys::Entropy;
use url::Url;

use super::form;
use super::nonce::{fresh, is_url_safe};
use super::request::{CLIENT_ID_SAME, UnverifiedRequest};
use crate::documents::is_fetchable;
use crate::ports::{FetchLimits, HttpRequest, HttpResponse, Method};
use crate::verdict::{Check, Reason, Refusal};

/// The link is one of ours.
pub const LINK: Check = Check::new(
    "VP-01",
    "the link has the scheme openid4vp and names each parameter once",
    "링크의 스킴은 openid4vp이고 각 매개변수는 한 번만 나옵니다",
    "OpenID4VP 1.0 §9, §13.1.2, RFC 6749 §3.1",
);
/// One way to the request.
pub const ONE_REQUEST: Check = Check::new(
    "VP-02",
    "the link leads to one request, by https where it has to be fetched",
    "링크는 하나의 요청으로 이어지며, 가져와야 할 때는 https를 씁니다",
    "RFC 9101 §5, §5.2",
);
/// `request_uri_method`.
pub const REQUEST_URI_METHOD: Check = Check::new(
    "VP-03",
    "request_uri_method is get or post and stands beside a request_uri",
    "request_uri_method는 get 또는 post이며 request_uri와 함께 있습니다",
    "OpenID4VP 1.0 §5.1, §8.5",
);
/// What the request URI answers.
pub const REQUEST_URI_ANSWER: Check = Check::new(
    "VP-04",
    "the request URI answers 200 with a request object",
    "request_uri가 요청 객체를 상태 200으로 돌려줍니다",
    "OpenID4VP 1.0 §5.10.1, §5.10.2, §14.8",
);
/// What a wallet posts to the request URI; a verifier's check.
pub const REQUEST_URI_POST: Check = Check::new(
    "VP-23",
    "a POST to the request URI is a form whose wallet_nonce, if any, is a URL-safe string",
    "request_uri로 온 POST는 폼이며 wallet_nonce가 있으면 URL에 안전한 문자열입니다",
    "OpenID4VP 1.0 §5.10",
);

const NOT_A_LINK: Reason = Reason::new("link-malformed", "it is not such a link", "그런 링크가 아닙니다");
const NO_CLIENT: Reason =
    Reason::new("client-id-missing", "the link names no client", "링크에 클라이언트가 없습니다");
const TWO_REQUESTS: Reason = Reason::new(
    "two-requests",
    "there are both request and request_uri",
    "request와 request_uri가 함께 있습니다",
);
const NOT_FETCHABLE: Reason = Reason::new(
    "request-uri-malformed",
    "request_uri is not an https URL",
    "request_uri가 https URL이 아닙니다",
);
const OTHER_METHOD: Reason =
    Reason::new("method-unknown", "it is neither get nor post", "get도 post도 아닙니다");
const METHOD_ALONE: Reason =
    Reason::new("method-without-uri", "there is no request_uri", "request_uri가 없습니다");
const STATUS: Reason = Reason::new(
    "request-uri-status",
    "the server did not answer with 200",
    "서버가 상태 200으로 응답하지 않았습니다",
);
const OTHER_TYPE: Reason = Reason::new(
    "request-uri-content-type",
    "the answer is not of the type of request objects",
    "응답의 형식이 요청 객체가 아닙니다",
);
const NOT_TEXT: Reason =
    Reason::new("request-uri-body", "the answer is not text", "응답이 텍스트가 아닙니다");
const NOT_A_FORM: Reason = Reason::new("form-malformed", "it is not such a form", "올바른 폼이 아닙니다");
const BAD_NONCE: Reason = Reason::new(
    "wallet-nonce-malformed",
    "the wallet_nonce is malformed",
    "wallet_nonce의 형식이 잘못되었습니다",
);

/// The media type of request objects (RFC 9101 §9.4.1).
pub const REQUEST_OBJECT_MEDIA_TYPE: &str = "application/oauth-authz-req+jwt";
/// Longest link, and longest form posted to a request URI, in bytes.
const MAX_LINK: usize = 64 * 1024;

/// What a link invites the wallet to.
#[derive(Debug, Clone)]
pub enum Invitation {
    /// To fetch a request object.
    ByReference(RequestReference),
    /// To a request that the link itself holds: a request object, or the parameters of an unsigned request.
    ByValue(UnverifiedRequest),
}

/// How to fetch the request object (§5.1 `request_uri_method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestUriMethod {
    /// `get`, the default.
    Get,
    /// `post`, with a `wallet_nonce`.
    Post,
}

/// A link to a request object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestReference {
    /// The client that the object has to name; not yet believed, nor even well-formed.
    pub client_id: String,
    /// Where the object is.
    pub request_uri: Url,
    /// How it is fetched.
    pub method: RequestUriMethod,
}

/// A request object that is being fetched.
#[derive(Clone)]
pub struct PendingRequest {
    client_id: String,
    wallet_nonce: Option<String>,
    request: HttpRequest,
}

impl Invitation {
    /// Reads a link. Refuses `VP-01` to `VP-03`; a request within the link is refused as [`PendingRequest::read`] refuses.
    pub fn parse(link: &str) -> Result<Self, Refusal> {
        let mut parameters = parameters(link).ok_or(LINK.refuse(NOT_A_LINK))?;
        let method = parameters.remove("request_uri_method");
        match (parameters.remove("request"), parameters.remove("request_uri")) {
            (Some(_), Some(_)) => Err(ONE_REQUEST.refuse(TWO_REQUESTS)),
            (_, None) if method.is_some() => Err(REQUEST_URI_METHOD.refuse(METHOD_ALONE)),
            (None, None) => UnverifiedRequest::from_parameters(parameters).map(Self::ByValue),
            (Some(object), None) => {
                UnverifiedRequest::from_object(&object, &client_id(parameters)?, None).map(Self::ByValue)
            }
            (None, Some(request_uri)) => {
                let request_uri = Url::parse(&request_uri).ok().filter(is_fetchable);
                Ok(Self::ByReference(RequestReference {
                    client_id: client_id(parameters)?,
                    request_uri: request_uri.ok_or(ONE_REQUEST.refuse(NOT_FETCHABLE))?,
                    method: RequestUriMethod::from_name(method.as_deref())?,
                }))
            }
        }
    }
}

impl RequestUriMethod {
    fn from_name(name: Option<&str>) -> Result<Self, Refusal> {
        match name {
            None | Some("get") => Ok(Self::Get),
            Some("post") => Ok(Self::Post),
            Some(_) => Err(REQUEST_URI_METHOD.refuse(OTHER_METHOD)),
        }
    }
}

impl RequestReference {
    /// The link, for a button or a QR code.
    pub fn link(&self) -> String {
        let mut parameters =
            vec![("client_id", self.client_id.as_str()), ("request_uri", self.request_uri.as_str())];
        if self.method == RequestUriMethod::Post {
            parameters.push(("request_uri_method", "post"));
        }
        link(parameters)
    }

    /// The HTTP request for the object. A POST carries a fresh `wallet_nonce`, and nothing that tells wallets apart.
    pub fn start(self, entropy: &dyn Entropy) -> PendingRequest {
        let Self { client_id, request_uri, method } = self;
        let limits = FetchLimits::DOCUMENT;
        match method {
            RequestUriMethod::Get => PendingRequest {
                client_id,
                wallet_nonce: None,
                request: HttpRequest::get(request_uri, REQUEST_OBJECT_MEDIA_TYPE, limits).without_redirects(),
            },
            RequestUriMethod::Post => {
                let wallet_nonce = fresh(entropy);
                let request = HttpRequest {
                    method: Method::Post,
                    url: request_uri,
                    headers: vec![
                        ("accept", REQUEST_OBJECT_MEDIA_TYPE.to_owned()),
                        ("content-type", "application/x-www-form-urlencoded".to_owned()),
                    ],
                    body: form::encode([("wallet_nonce", wallet_nonce.as_str())]).into_bytes(),
                    limits,
                    redirects: 0,
                };
                PendingRequest { client_id, wallet_nonce: Some(wallet_nonce), request }
            }
        }
    }
}

impl PendingRequest {
    /// What to send.
    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// Reads the answer. Refuses `VP-04`, and the object as `JW-…`, `VP-05` to `VP-07` and `VP-09` say.
    pub fn read(self, answer: &HttpResponse) -> Result<UnverifiedRequest, Refusal> {
        if answer.status != 200 {
            return Err(REQUEST_URI_ANSWER.refuse(STATUS));
        }
        if answer.content_type != REQUEST_OBJECT_MEDIA_TYPE {
            return Err(REQUEST_URI_ANSWER.refuse(OTHER_TYPE));
        }
        let object = std::str::from_utf8(&answer.body).map_err(|_| REQUEST_URI_ANSWER.refuse(NOT_TEXT))?;
        UnverifiedRequest::from_object(object, &self.client_id, self.wallet_nonce)
    }
}

/// The `wallet_nonce` in the body of a POST to the request URI, to be put into the request object. Other parameters,
/// `wallet_metadata` too, are ignored. Refuses `VP-23`.
pub fn wallet_nonce_of_post(body: &[u8]) -> Result<Option<String>, Refusal> {
    let mut parameters = form::parse(body, MAX_LINK).ok_or(REQUEST_URI_POST.refuse(NOT_A_FORM))?;
    let nonce = parameters.remove("wallet_nonce");
    match nonce {
        Some(nonce) if !is_url_safe(&nonce) => Err(REQUEST_URI_POST.refuse(BAD_NONCE)),
        nonce => Ok(nonce),
    }
}

/// An `openid4vp:` link with these parameters.
pub(super) fn link<'p>(parameters: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    format!("openid4vp://?{}", form::encode(parameters))
}

fn parameters(link: &str) -> Option<BTreeMap<String, String>> {
    let (scheme, rest) = link.split_once(':')?;
    let (_, query) = rest.split_once('?').filter(|_| scheme.eq_ignore_ascii_case("openid4vp"))?;
    form::parse(query.split_once('#').map_or(query, |(query, _)| query).as_bytes(), MAX_LINK)
}

fn client_id(mut parameters: BTreeMap<String, String>) -> Result<String, Refusal> {
    parameters.remove("client_id").ok_or(CLIENT_ID_SAME.refuse(NO_CLIENT))
}
