//! The description of the issuer's API: served at `/openapi/issuer.json`, checked in at docs/openapi/issuer.json.
//!
//! Each error comes from the constant that the handler returns; the bodies of protocol messages are described by the
//! specifications, so they stand here as objects.

use jigap_platform::http::{ApiDescription, Problem};
use serde::Serialize;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};

use super::{admin, authorized, vc_api, verdicts};

/// An offer that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct OfferAnswer {
    /// The offer's id.
    id: String,
    /// The link, `openid-credential-offer://…`.
    offer: String,
    /// To be told to the person on another way than the link.
    tx_code: Option<String>,
    /// RFC 3339.
    expires: String,
    /// The link as a QR code (SVG), if it was asked for.
    qr: Option<String>,
}

/// The offers of a register.
#[derive(Serialize, ToSchema)]
pub(super) struct OffersAnswer {
    offers: Vec<OfferAnswer>,
}

/// What a dry run found.
#[derive(Serialize, ToSchema)]
pub(super) struct DryRunAnswer {
    /// Always true.
    dry_run: bool,
    /// How many offers would be made.
    rows: u32,
}

/// What a verifier hands on to the wallet that showed the credential.
#[derive(Serialize, ToSchema)]
pub(super) struct VerdictAnswer {
    /// The link, `openid-credential-offer://…`: a secret of that wallet.
    offer: String,
    /// RFC 3339.
    expires: String,
}

/// One person of a register in JSON.
#[derive(Serialize, ToSchema)]
pub(super) struct Person {
    /// The claims, by the type's schema.
    #[schema(value_type = Object)]
    claims: serde_json::Value,
    /// The registrar's own key for the person.
    reference: Option<String>,
}

/// The Type Metadata of a credential type (SD-JWT VC), under its `vct`.
#[utoipa::path(
    get,
    path = "/types/{name}/{version}",
    tag = "wallets",
    params(
        ("name" = String, Path, description = "The type's name."),
        ("version" = String, Path, description = "The type's version.")
    ),
    responses((status = 200, description = "The metadata.", body = serde_json::Value))
)]
#[expect(dead_code, reason = "one handler answers for every document of a type")]
fn type_metadata() {}

/// What belongs to a credential type: its card, JSON-LD context, JSON Schema.
#[utoipa::path(
    get,
    path = "/types/{name}/{version}/{file}",
    tag = "wallets",
    params(
        ("name" = String, Path, description = "The type's name."),
        ("version" = String, Path, description = "The type's version."),
        ("file" = String, Path, description = "`card.svg`, `context.jsonld` or `schema.json`.")
    ),
    responses((
        status = 200,
        description = "The document.",
        content(
            (String = "image/svg+xml"),
            (serde_json::Value = "application/ld+json"),
            (serde_json::Value = "application/schema+json")
        )
    ))
)]
#[expect(dead_code, reason = "one handler answers for every document of a type")]
fn type_file() {}

#[derive(OpenApi)]
#[openapi(
    info(title = "Jigap issuer", description = "OpenID4VCI 1.0 for many tenants, and the API of their registrars."),
    paths(
        super::issuer_metadata, super::server_metadata, super::jwt_vc_issuer, super::did_document, super::did_log, type_metadata,
        type_file, super::offer, super::token, super::nonce, super::credential, super::notification,
        verdicts::take, super::status_lists,
        super::status_list, super::status_of_purpose, admin::make_offer, admin::import, admin::change,
        vc_api::ids, vc_api::issue, vc_api::derive,
        vc_api::change_status, vc_api::status_list
    ),
    modifiers(&Tokens)
)]
struct Paths;

/// How callers authenticate.
struct Tokens;

impl Modify for Tokens {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let access = "The access token of the token endpoint (RFC 6750).";
        let admin = "An admin token of the tenant, whose SHA-256 stands in the configuration.";
        for (name, description) in [("access_token", access), ("admin_token", admin)] {
            let mut scheme = Http::new(HttpAuthScheme::Bearer);
            scheme.description = Some(description.to_owned());
            components.security_schemes.insert(name.to_owned(), SecurityScheme::Http(scheme).into());
        }
    }
}

/// The description, complete.
pub fn description() -> ApiDescription {
    let mut described = ApiDescription::of::<Paths>();
    for (method, path, problems) in problems() {
        described = described.problems(method, path, problems);
    }
    let token = "/{tenant}/token";
    described = described.oauth_errors(HttpMethod::Post, token, &[super::TOO_MANY_TRIES, super::ENOUGH]);
    for path in [token, "/{tenant}/credential", "/{tenant}/notification"] {
        described = described.oauth_errors(HttpMethod::Post, path, &[super::TRY_AGAIN, super::OUR_FAULT]);
    }
    for path in ["/{tenant}/credential", "/{tenant}/notification"] {
        let errors = &[authorized::INVALID_TOKEN, authorized::INVALID_PROOF];
        described = described.oauth_errors(HttpMethod::Post, path, errors);
    }
    described
}

fn problems() -> [(HttpMethod, &'static str, &'static [Problem]); 30] {
    use super::{NO_LIST, NO_OFFER, NO_TENANT, NO_TYPE};
    use HttpMethod::{Get, Post};
    use vc_api::{
        FOR_GOOD, NO_INSTANCE, NOT_SELECTIVE, OTHER_ISSUER, OTHER_STATUS, REFUSED, SLOW_DOWN, WRONG_STATUS,
    };
    const OFFERS: &str = "/{tenant}/admin/offers";
    const IMPORTS: &str = "/{tenant}/admin/imports/{configuration}";
    const CHANGES: &str = "/{tenant}/admin/credentials/{change}";
    const ISSUE: &str = "/vc-api/{instance}/credentials/issue";
    const DERIVE: &str = "/vc-api/{instance}/credentials/derive";
    const STATUS: &str = "/vc-api/{instance}/credentials/status";
    [
        (Get, "/.well-known/openid-credential-issuer/{tenant}", &[NO_TENANT]),
        (Get, "/.well-known/oauth-authorization-server/{tenant}", &[NO_TENANT]),
        (Get, "/.well-known/jwt-vc-issuer/{tenant}", &[NO_TENANT]),
        (Get, "/{tenant}/did.json", &[NO_TENANT]),
        (Get, "/{tenant}/did.jsonl", &[NO_TENANT]),
        (Get, "/types/{name}/{version}", &[NO_TYPE]),
        (Get, "/types/{name}/{version}/{file}", &[NO_TYPE]),
        (Get, "/{tenant}/offers/{id}", &[NO_TENANT, NO_OFFER]),
        (Get, "/{tenant}/status", &[NO_TENANT]),
        (Get, "/{tenant}/status/{list}", &[NO_TENANT, NO_LIST]),
        (Get, "/{tenant}/status/{list}/{purpose}", &[NO_TENANT, NO_LIST]),
        (Post, "/{tenant}/token", &[NO_TENANT]),
        (Post, "/{tenant}/nonce", &[NO_TENANT]),
        (Post, "/{tenant}/credential", &[NO_TENANT]),
        (Post, "/{tenant}/notification", &[NO_TENANT]),
        (Post, "/{tenant}/verdicts", verdicts::PROBLEMS),
        (Post, OFFERS, admin::OFFER_PROBLEMS),
        (Post, OFFERS, &ApiDescription::QUERY_PROBLEMS),
        (Post, IMPORTS, admin::IMPORT_PROBLEMS),
        (Post, IMPORTS, &ApiDescription::QUERY_PROBLEMS),
        (Post, CHANGES, admin::CHANGE_PROBLEMS),
        (Post, CHANGES, &ApiDescription::QUERY_PROBLEMS),
        (Get, "/ids", &[NO_INSTANCE]),
        (Post, ISSUE, &[NO_INSTANCE, OTHER_ISSUER, NOT_SELECTIVE, REFUSED, SLOW_DOWN]),
        (Post, ISSUE, &ApiDescription::JSON_PROBLEMS),
        (Post, DERIVE, &[NO_INSTANCE, NOT_SELECTIVE, REFUSED, SLOW_DOWN]),
        (Post, DERIVE, &ApiDescription::JSON_PROBLEMS),
        (Post, STATUS, &[NO_INSTANCE, OTHER_STATUS, WRONG_STATUS, FOR_GOOD, SLOW_DOWN]),
        (Post, STATUS, &ApiDescription::JSON_PROBLEMS),
        (Get, "/vc-api/{instance}/status-lists/{list}", &[NO_INSTANCE, NO_LIST]),
    ]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jigap_platform::testing::openapi::{assert_checked_in, assert_complete};

    use super::*;

    #[test]
    fn the_description_is_complete_and_checked_in() {
        assert_complete(&description());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi/issuer.json");
        assert_checked_in(&description(), &path);
    }
}
