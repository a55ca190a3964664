//! The directory's OpenAPI document: `/openapi/people.json`, checked in as docs/openapi/people.json.

use jigap_platform::http::{ApiDescription, Problem};
use utoipa::Modify;
use utoipa::openapi::path::HttpMethod::{Get, Post, Put};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::errors::{
    BAD_SEARCH, NO_CURSOR, NO_KIND, NO_LISTING, NOT_LISTED, OUTCOME_UNKNOWN, REFUSED, STORE_AWAY, TOO_MANY,
    VERIFIER_AWAY,
};

/// The description of the service.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Jigap people",
        description = "A directory of qualified people: who is found was verified, and is gone when that no longer holds."
    ),
    paths(
        super::search,
        super::more,
        super::profile,
        super::suggestions,
        super::kinds,
        super::page::names,
        super::backings,
        super::put_listing,
        super::own_listing
    ),
    tags(
        (name = "seekers", description = "For who seeks somebody: nobody says who they are."),
        (name = "listed", description = "For personas that are listed: what they say is signed.")
    ),
    modifiers(&Authentication)
)]
struct Document;

struct Authentication;

impl Modify for Authentication {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let says = "A statement `jigap-persona-asks+jwt` that asks for `listing`, signed by the persona.";
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(says)).build();
        let components = document.components.get_or_insert_default();
        components.security_schemes.insert("persona".to_owned(), SecurityScheme::Http(scheme).into());
    }
}

/// The description, errors included.
pub fn description() -> ApiDescription {
    const SEARCH: &str = "/v1/people/search";
    const MORE: &str = "/v1/people/search/more";
    const SUGGEST: &str = "/v1/people/suggest";
    const BACKINGS: &str = "/v1/people/backings";
    const LISTINGS: &str = "/v1/people/listings";
    const BAD_JSON: [Problem; 4] = ApiDescription::JSON_PROBLEMS;
    ApiDescription::of::<Document>()
        .problems(Post, SEARCH, &[BAD_SEARCH, TOO_MANY])
        .problems(Post, SEARCH, &BAD_JSON[3..])
        .problems(Post, MORE, &[NO_CURSOR, BAD_SEARCH, TOO_MANY])
        .problems(Post, MORE, &BAD_JSON)
        .problems(Post, SUGGEST, &[TOO_MANY])
        .problems(Post, SUGGEST, &BAD_JSON)
        .problems(Get, "/v1/people/{id}", &[NOT_LISTED, TOO_MANY, STORE_AWAY])
        .problems(Post, BACKINGS, &[REFUSED, NO_KIND, TOO_MANY, VERIFIER_AWAY, STORE_AWAY, OUTCOME_UNKNOWN])
        .problems(Post, BACKINGS, &BAD_JSON[3..])
        .problems(Put, LISTINGS, &[REFUSED, TOO_MANY, STORE_AWAY, OUTCOME_UNKNOWN])
        .problems(Put, LISTINGS, &BAD_JSON[3..])
        .problems(Get, "/v1/people/listings/{persona}", &[REFUSED, NO_LISTING, TOO_MANY, STORE_AWAY])
}
