//! What the verifier answers when it refuses: to whoever asks ([`Problem`]), and to wallets ([`OAuthError`]).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jigap_platform::http::{OAuthError, Problem, RetryAfter};
use jigap_wallet_core::ports::StoreError;

use crate::feed::FeedError;
use crate::session::SessionError;
use crate::verifier::VerifierError;

pub(super) const NOT_AN_ASKER: Problem = Problem::new(
    StatusCode::UNAUTHORIZED,
    "not-an-asker",
    "Send a token of this verifier as `Authorization: Bearer …`.",
    "이 검증자의 토큰을 `Authorization: Bearer …`로 보내십시오.",
);
pub(super) const NO_TEMPLATE: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-template",
    "There is no such question here; the operator's configuration names them.",
    "그런 질의가 없습니다. 운영자의 설정에 있는 이름을 쓰십시오.",
);
pub(super) const TEMPLATE_OR_QUERY: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "template-or-query",
    "Name a template, or send a query of your own (with `max_status_age`, if you like); not both.",
    "템플릿 이름이나 직접 쓴 질의 중 하나만 보내십시오. `max_status_age`는 직접 쓴 질의에만 붙일 수 있습니다.",
);
pub(super) const TEMPLATES_ONLY: Problem = Problem::new(
    StatusCode::FORBIDDEN,
    "templates-only",
    "Only the operator's templates are asked here.",
    "이곳에서는 운영자가 정한 템플릿만 쓸 수 있습니다.",
);
pub(super) const BAD_QUERY: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "bad-query",
    "The query is no DCQL query that is judged here, or requires no credential.",
    "질의가 이곳에서 판단하는 DCQL 질의가 아니거나, 요구하는 증명서가 없습니다.",
);
pub(super) const LARGE_QUERY: Problem = Problem::new(
    StatusCode::PAYLOAD_TOO_LARGE,
    "query-too-large",
    "A query has at most 16 KiB of JSON.",
    "질의는 JSON으로 16KiB 이하여야 합니다.",
);
pub(super) const BAD_REDIRECT: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "bad-redirect-uri",
    "`redirect_uri` must be https, or http on loopback, and have at most 2,048 bytes.",
    "`redirect_uri`는 https이거나 루프백의 http여야 하고, 2,048바이트 이하여야 합니다.",
);
pub(super) const ISSUES_INSTEAD: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "issues-instead",
    "Whoever answers this template is sent to an offer: ask it without `redirect_uri`.",
    "이 템플릿에 답한 지갑은 발급 제안으로 보냅니다. `redirect_uri` 없이 요청하십시오.",
);
pub(super) const NO_SESSION: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-session",
    "There is no such request, or you may not see it.",
    "그런 요청이 없거나 볼 수 없습니다.",
);
pub(super) const EXPIRED: Problem = Problem::new(
    StatusCode::GONE,
    "expired",
    "The request has expired. Ask again.",
    "요청의 기한이 지났습니다. 다시 요청하십시오.",
);
pub(super) const ALREADY_READ: Problem = Problem::new(
    StatusCode::GONE,
    "already-read",
    "The answer was read with this response code already. Was it not you? Then ask again.",
    "이 응답 코드로 이미 결과를 읽었습니다. 직접 읽은 것이 아니라면 다시 요청하십시오.",
);
pub(super) const TOO_MANY_FAILURES: Problem = Problem::new(
    StatusCode::TOO_MANY_REQUESTS,
    "too-many-failures",
    "Too many tries from your address failed. Wait as long as `Retry-After` says.",
    "같은 주소에서 실패한 시도가 너무 많습니다. `Retry-After`가 말하는 만큼 기다리십시오.",
);
pub(super) const TOO_MANY_LISTENERS: Problem = Problem::new(
    StatusCode::SERVICE_UNAVAILABLE,
    "too-many-listeners",
    "Too many listen already. Ask for the result now and then instead.",
    "이벤트를 기다리는 연결이 너무 많습니다. 대신 결과를 가끔 조회하십시오.",
);
pub(super) const NO_INSTANCE: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-instance",
    "There is no such instance; the operator's configuration names them.",
    "그런 인스턴스가 없습니다. 운영자의 설정에 있는 이름을 쓰십시오.",
);
pub(super) const NO_CONSUMER: Problem = Problem::new(
    StatusCode::UNAUTHORIZED,
    "not-a-consumer",
    "Send a consumer's token as `Authorization: Bearer …`; `[[verifier.feeds]]` names them.",
    "구독자의 토큰을 `Authorization: Bearer …`로 보내십시오. 구독자는 `[[verifier.feeds]]`에 있습니다.",
);
pub(super) const BAD_SOUGHT: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "bad-sought",
    "No facts are told of that: 1 to 16 claims that the query names, of credentials in dc+sd-jwt with their holder's proof, one at a time; a purpose of 1 to 400 bytes in both languages; `bound_to` a SHA-256 thumbprint.",
    "그런 사실은 알리지 않습니다. 소지자 증명이 있는 dc+sd-jwt 증명서에서 질의가 가리키는 항목을 1~16개, 한 번에 한 장씩, 목적은 두 언어로 각각 1~400바이트, `bound_to`는 SHA-256 지문이어야 합니다.",
);
pub(super) const NO_REQUEST: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-request",
    "There is no such request of yours, or it was forgotten.",
    "그런 요청이 없거나 이미 지워졌습니다.",
);
pub(super) const NOT_A_POSITION: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "not-a-position",
    "`after` and `wait` are whole numbers.",
    "`after`와 `wait`는 0 이상의 정수입니다.",
);
pub(super) const NO_CONSENT: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-consent",
    "There is no such consent, or nothing is told by it any more, or the token is another's.",
    "그런 동의가 없거나, 그 동의로 알리는 것이 더 없거나, 토큰이 다릅니다.",
);
pub(super) const HINT_REFUSED: Problem =
    Problem::new(StatusCode::FORBIDDEN, "hint-refused", "The hint is not taken.", "힌트를 받지 않습니다.");
pub(super) const WRONG_MEDIA_TYPE: Problem = Problem::new(
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "not-a-hint",
    "This address takes `application/jigap-status-hint+jwt`.",
    "이 주소에서는 `application/jigap-status-hint+jwt`를 받습니다.",
);
pub(super) const NOT_SIGNING: Problem = Problem::new(
    StatusCode::SERVICE_UNAVAILABLE,
    "key-unavailable",
    "The verifier's key does not sign now. Try again.",
    "지금은 검증자의 키로 서명할 수 없습니다. 다시 시도하십시오.",
);
pub(super) const TOO_MANY_REQUESTS: Problem = Problem::new(
    StatusCode::TOO_MANY_REQUESTS,
    "too-many-requests",
    "Too many requests from your address. Wait as long as `Retry-After` says.",
    "같은 주소에서 온 요청이 너무 많습니다. `Retry-After`가 말하는 만큼 기다리십시오.",
);
pub(super) const STORE_AWAY: Problem = Problem::new(
    StatusCode::SERVICE_UNAVAILABLE,
    "store-unavailable",
    "It was not done: the store does not answer. Try again.",
    "저장소가 응답하지 않아 처리하지 못했습니다. 다시 시도하십시오.",
);
pub(super) const OUTCOME_UNKNOWN: Problem = Problem::new(
    StatusCode::SERVICE_UNAVAILABLE,
    "outcome-unknown",
    "It may have been done: the store broke off. Look before you try again.",
    "저장소 연결이 끊겨 처리되었는지 알 수 없습니다. 다시 시도하기 전에 상태를 확인하십시오.",
);

pub(super) const ALREADY_ANSWERED: OAuthError =
    OAuthError::new("invalid_request").describe("this request was answered already");
pub(super) const REQUEST_OVER: OAuthError =
    OAuthError::new("invalid_request").describe("this request has expired");
pub(super) const UNKNOWN_REQUEST: OAuthError =
    OAuthError::new("invalid_request").describe("there is no such request").status(StatusCode::NOT_FOUND);
pub(super) const REFUSED: OAuthError =
    OAuthError::new("invalid_request").describe("the message breaks the protocol");
pub(super) const SLOW_DOWN: OAuthError = OAuthError::new("slow_down")
    .describe("too many messages that break the protocol; wait as long as Retry-After says")
    .status(StatusCode::TOO_MANY_REQUESTS);
pub(super) const ONE_AT_A_TIME: OAuthError = OAuthError::new("slow_down")
    .describe("another response to this request is being judged")
    .status(StatusCode::TOO_MANY_REQUESTS);
pub(super) const TRY_AGAIN: OAuthError = OAuthError::new("temporarily_unavailable")
    .describe("it was not done, or it is not known whether it was; try again")
    .status(StatusCode::SERVICE_UNAVAILABLE);
pub(super) const OUR_FAULT: OAuthError = OAuthError::new("server_error")
    .describe("the verifier has a problem")
    .status(StatusCode::INTERNAL_SERVER_ERROR);

/// An error as the wallet is told.
pub(super) fn told(error: VerifierError) -> Response {
    match error {
        VerifierError::Session(SessionError::AlreadyAnswered) => ALREADY_ANSWERED.into_response(),
        VerifierError::Session(SessionError::Expired) => REQUEST_OVER.into_response(),
        VerifierError::Session(SessionError::Unknown) => UNKNOWN_REQUEST.into_response(),
        VerifierError::Session(SessionError::Store(error)) => TRY_AGAIN.because(&error).into_response(),
        VerifierError::Refused(refusal) => REFUSED.because(&refusal).into_response(),
        VerifierError::Session(
            SessionError::OtherCode
            | SessionError::AlreadyRead
            | SessionError::OtherVersion
            | SessionError::Seal(_),
        )
        | VerifierError::UnknownTemplate
        | VerifierError::Query(_)
        | VerifierError::LargeQuery
        | VerifierError::NotAsked(_)
        | VerifierError::RedirectUri
        | VerifierError::IssuesInstead
        | VerifierError::Internal(_) => {
            tracing::error!(%error, "internal error");
            OUR_FAULT.into_response()
        }
    }
}

/// An error as whoever asks is told.
pub(super) fn answered(error: VerifierError) -> Response {
    match error {
        VerifierError::Query(refusal) => BAD_QUERY.refusing(refusal),
        error => problem(error).into_response(),
    }
}

fn problem(error: VerifierError) -> Problem {
    match error {
        VerifierError::UnknownTemplate => NO_TEMPLATE,
        VerifierError::RedirectUri => BAD_REDIRECT,
        VerifierError::IssuesInstead => ISSUES_INSTEAD,
        VerifierError::LargeQuery => LARGE_QUERY,
        VerifierError::NotAsked(why) => BAD_SOUGHT.because(&why),
        VerifierError::Session(
            SessionError::Unknown | SessionError::OtherCode | SessionError::AlreadyAnswered,
        ) => NO_SESSION,
        VerifierError::Session(SessionError::Expired) => EXPIRED,
        VerifierError::Session(SessionError::AlreadyRead) => ALREADY_READ,
        VerifierError::Session(SessionError::Store(StoreError::Unknown)) => OUTCOME_UNKNOWN,
        VerifierError::Session(SessionError::Store(error)) => STORE_AWAY.because(&error),
        error => Problem::internal(&error),
    }
}

/// What the feed could not do, as whoever asked is told.
pub(super) fn unkept(error: FeedError) -> Response {
    problem(error.into()).into_response()
}

/// `answer`, with the time after which to try again.
pub(super) fn later(answer: impl IntoResponse, RetryAfter(seconds): RetryAfter) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.0));
    response
}
