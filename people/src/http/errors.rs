//! What the directory answers when it refuses.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jigap_platform::http::{Problem, RetryAfter};
use jigap_wallet_core::ports::StoreError;

use crate::directory::DirectoryError;
use crate::feed::FeedError;
use crate::index::IndexError;

pub(super) const REFUSED: Problem = Problem::new(
    StatusCode::UNPROCESSABLE_ENTITY,
    "refused",
    "What was handed in is refused.",
    "보내신 것을 받을 수 없습니다.",
);
pub(super) const BAD_SEARCH: Problem = Problem::new(
    StatusCode::BAD_REQUEST,
    "bad-search",
    "This cannot be searched for.",
    "이렇게는 검색할 수 없습니다.",
);
pub(super) const NO_CURSOR: Problem = Problem::new(
    StatusCode::GONE,
    "answer-ended",
    "This answer can be read no further. Search again.",
    "이 검색 결과는 더 볼 수 없습니다. 다시 검색해 주십시오.",
);
pub(super) const NOT_LISTED: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "not-listed",
    "There is nobody of that name to be found here.",
    "이곳에서 그런 사람을 찾을 수 없습니다.",
);
pub(super) const NO_LISTING: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-listing",
    "This persona has no listing here, or it did not ask for it itself.",
    "이 페르소나의 게시글이 이곳에 없거나, 그 페르소나가 요청한 것이 아닙니다.",
);
pub(super) const NO_KIND: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "no-such-kind",
    "This directory does not list people of that kind. `GET /v1/people/kinds` names those that it lists.",
    "이 인명부는 그 종류의 사람을 게시하지 않습니다. 게시하는 종류는 `GET /v1/people/kinds`에서 볼 수 있습니다.",
);
pub(super) const TOO_MANY: Problem = Problem::new(
    StatusCode::TOO_MANY_REQUESTS,
    "too-many-requests",
    "Too many requests from your address. Wait as long as `Retry-After` says.",
    "같은 주소에서 온 요청이 너무 많습니다. `Retry-After`가 말하는 만큼 기다리십시오.",
);
pub(super) const VERIFIER_AWAY: Problem = Problem::new(
    StatusCode::BAD_GATEWAY,
    "verifier-unavailable",
    "The verifier of this directory does not answer as it should. Try again later.",
    "이 인명부의 검증자가 제대로 응답하지 않습니다. 잠시 뒤에 다시 시도하십시오.",
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
    "It may have been done: the store broke off. The same may be sent again.",
    "저장소 연결이 끊겨 처리되었는지 알 수 없습니다. 같은 것을 다시 보내도 됩니다.",
);

/// An error as the outside is told; `unknown` is what is said of what there is not.
pub(super) fn told(error: DirectoryError, unknown: Problem) -> Response {
    match error {
        DirectoryError::Refused(refusal) => REFUSED.refusing(refusal),
        DirectoryError::Index(IndexError::Refused(refusal)) => BAD_SEARCH.refusing(refusal),
        DirectoryError::Unknown => unknown.into_response(),
        DirectoryError::Store(StoreError::Unknown) => OUTCOME_UNKNOWN.into_response(),
        DirectoryError::Store(error) => STORE_AWAY.because(&error).into_response(),
        DirectoryError::Seal(error) => Problem::internal(&error).into_response(),
        DirectoryError::Index(error) => Problem::internal(&error).into_response(),
    }
}

/// What is told of the verifier's failure.
pub(super) fn unverified(error: FeedError) -> Response {
    match error {
        FeedError::Directory(error) => told(error, NO_KIND),
        error => VERIFIER_AWAY.because(&error).into_response(),
    }
}

/// `answer`, with the time after which to try again.
pub(super) fn later(answer: Problem, RetryAfter(seconds): RetryAfter) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.0));
    response
}
