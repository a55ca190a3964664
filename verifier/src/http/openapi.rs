//! The verifier's OpenAPI document: `/openapi/verifier.json`, checked in as docs/openapi/verifier.json. Errors are those
//! of `errors.rs`, so that the document cannot say others.

use jigap_platform::http::{ApiDescription, Problem};
use utoipa::Modify;
use utoipa::openapi::path::HttpMethod::{Delete, Get, Post};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::errors::{
    ALREADY_ANSWERED, ALREADY_READ, BAD_QUERY, BAD_REDIRECT, BAD_SOUGHT, EXPIRED, HINT_REFUSED,
    ISSUES_INSTEAD, LARGE_QUERY, NO_CONSENT, NO_CONSUMER, NO_INSTANCE, NO_REQUEST, NO_SESSION, NO_TEMPLATE,
    NOT_A_POSITION, NOT_AN_ASKER, NOT_SIGNING, ONE_AT_A_TIME, OUR_FAULT, OUTCOME_UNKNOWN, REFUSED,
    REQUEST_OVER, SLOW_DOWN, STORE_AWAY, TEMPLATE_OR_QUERY, TEMPLATES_ONLY, TOO_MANY_FAILURES,
    TOO_MANY_LISTENERS, TOO_MANY_REQUESTS, TRY_AGAIN, UNKNOWN_REQUEST, WRONG_MEDIA_TYPE,
};

/// The description of the service.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Jigap verifier",
        description = "Asks by OpenID4VP 1.0, judges what wallets present, tells whoever asked."
    ),
    paths(
        super::ask,
        super::result,
        super::redeem,
        super::events::events,
        super::request_object,
        super::request_object_with_nonce,
        super::respond,
        super::feed::ask,
        super::feed::standing,
        super::feed::events,
        super::feed::withdraw,
        super::feed::hinted,
        super::vc_api::verify_credential,
        super::vc_api::verify_presentation,
        super::vc_api::resolve
    ),
    tags(
        (name = "askers", description = "For whoever asks."),
        (name = "wallets", description = "For wallets: OpenID4VP 1.0 §5.10, §8.2."),
        (name = "consumers", description = "For whom facts are told, where consumers are configured."),
        (name = "issuers", description = "For issuers whose status lists are watched."),
        (name = "vc-api", description = "For whoever calls, where instances are configured: proof and status; trust not asked.")
    ),
    modifiers(&Authentication)
)]
struct Document;

struct Authentication;

impl Modify for Authentication {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = |says| {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(says)).build();
            SecurityScheme::Http(scheme)
        };
        let components = document.components.get_or_insert_default();
        let asker = bearer("A token of `[verifier.askers]`.");
        let session = bearer("The secret of one session, given to whoever opened it.");
        let consumer = bearer("A token of `[[verifier.feeds]]`.");
        let holder =
            bearer("The token of one consent, given to the wallet with the answer to its presentation.");
        components.security_schemes.insert("asker".to_owned(), asker.into());
        components.security_schemes.insert("consumer".to_owned(), consumer.into());
        components.security_schemes.insert("holder".to_owned(), holder.into());
        components.security_schemes.insert("session".to_owned(), session.into());
    }
}

/// The description, errors included.
pub fn description() -> ApiDescription {
    const REQUESTS: &str = "/verifier/requests";
    const RESULT: &str = "/verifier/requests/{id}";
    const EVENTS: &str = "/verifier/requests/{id}/events";
    const OBJECT: &str = "/verifier/request/{id}";
    const RESPONSE: &str = "/verifier/response/{id}";
    const CREDENTIAL: &str = "/vc-api/{instance}/credentials/verify";
    const PRESENTATION: &str = "/vc-api/{instance}/presentations/verify";
    const RESOLUTION: &str = "/1.0/identifiers/{did}";
    const BAD_JSON: [Problem; 4] = ApiDescription::JSON_PROBLEMS;
    let asked = [
        NOT_AN_ASKER,
        NO_TEMPLATE,
        TEMPLATE_OR_QUERY,
        TEMPLATES_ONLY,
        BAD_QUERY,
        LARGE_QUERY,
        BAD_REDIRECT,
        ISSUES_INSTEAD,
        TOO_MANY_FAILURES,
        STORE_AWAY,
        OUTCOME_UNKNOWN,
    ];
    let read = [NO_SESSION, EXPIRED, TOO_MANY_FAILURES, STORE_AWAY];
    let object = [REQUEST_OVER, ALREADY_ANSWERED, UNKNOWN_REQUEST, TRY_AGAIN, OUR_FAULT];
    feed(ApiDescription::of::<Document>())
        .problems(Post, REQUESTS, &asked)
        .problems(Post, REQUESTS, &BAD_JSON)
        .problems(Get, RESULT, &read)
        .problems(Post, RESULT, &[NO_SESSION, ALREADY_READ, TOO_MANY_FAILURES, STORE_AWAY, OUTCOME_UNKNOWN])
        .problems(Post, RESULT, &BAD_JSON)
        .problems(Get, EVENTS, &read)
        .problems(Get, EVENTS, &[TOO_MANY_LISTENERS])
        .oauth_errors(Get, OBJECT, &object)
        .oauth_errors(Post, OBJECT, &object)
        .oauth_errors(Post, OBJECT, &[REFUSED])
        .problems(Post, CREDENTIAL, &[NO_INSTANCE, TOO_MANY_REQUESTS])
        .problems(Post, CREDENTIAL, &BAD_JSON)
        .problems(Post, PRESENTATION, &[NO_INSTANCE, TOO_MANY_REQUESTS])
        .problems(Post, PRESENTATION, &BAD_JSON)
        .problems(Get, RESOLUTION, &[NO_INSTANCE, TOO_MANY_REQUESTS])
        .problems(Get, RESOLUTION, &ApiDescription::QUERY_PROBLEMS)
        .oauth_errors(Post, RESPONSE, &object)
        .oauth_errors(Post, RESPONSE, &[REFUSED, SLOW_DOWN, ONE_AT_A_TIME])
}

/// What the feed's paths answer.
fn feed(described: ApiDescription) -> ApiDescription {
    const REQUESTS: &str = "/v1/feed/requests";
    const STANDING: &str = "/v1/feed/requests/{id}";
    const EVENTS: &str = "/v1/feed/events";
    const CONSENT: &str = "/v1/feed/consents/{id}";
    const HINTS: &str = "/v1/feed/hints";
    let kept = [TOO_MANY_FAILURES, STORE_AWAY, OUTCOME_UNKNOWN];
    described
        .problems(Post, REQUESTS, &[NO_CONSUMER, BAD_SOUGHT, BAD_QUERY, LARGE_QUERY, TOO_MANY_REQUESTS])
        .problems(Post, REQUESTS, &kept)
        .problems(Post, REQUESTS, &ApiDescription::JSON_PROBLEMS)
        .problems(Get, STANDING, &[NO_CONSUMER, NO_REQUEST])
        .problems(Get, STANDING, &kept)
        .problems(Get, EVENTS, &[NO_CONSUMER, NOT_A_POSITION, NOT_SIGNING, TOO_MANY_LISTENERS])
        .problems(Get, EVENTS, &kept)
        .problems(Get, EVENTS, &ApiDescription::QUERY_PROBLEMS)
        .problems(Delete, CONSENT, &[NO_CONSENT])
        .problems(Delete, CONSENT, &kept)
        .problems(
            Post,
            HINTS,
            &[HINT_REFUSED, WRONG_MEDIA_TYPE, TOO_MANY_REQUESTS, STORE_AWAY, OUTCOME_UNKNOWN],
        )
        .problems(Post, HINTS, &ApiDescription::QUERY_PROBLEMS)
}
