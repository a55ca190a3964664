//! The description of a service's HTTP API (OpenAPI 3.1): served by the service, and checked in under docs/openapi.
//!
//! A service derives [`utoipa::OpenApi`] for its paths and says by [`ApiDescription::problems`] and
//! [`ApiDescription::oauth_errors`] which errors each answers: from the very constants its handlers return, so that the
//! description cannot say otherwise. What [`super::Assembly`] answers for every service is added to every operation.
//! `platform::testing::openapi` compares the checked-in file, and every answer of a test, with the description.

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Serialize;
use utoipa::openapi::path::{HttpMethod, Operation, PathItem};
use utoipa::openapi::{Components, Content, OpenApi, Ref, RefOr, Response as Described};
use utoipa::{PartialSchema as _, ToSchema};

use super::problem::{
    BAD_FORM, BAD_JSON, BODY_BROKEN, BODY_TOO_LARGE, INTERNAL, OAuthError, Problem, TOOK_TOO_LONG,
    UNEXPECTED_JSON, WRONG_CONTENT_TYPE,
};
use super::reply::with_type;

const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// An error (RFC 9457), as [`Problem`] is written.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// A stable code for machines, in kebab case.
    #[schema(example = "not-found")]
    pub code: String,
    /// What happened and what to do, in the language that `Accept-Language` asks for: English or Korean. Of what does not pass a
    /// numbered check (docs/CHECKS.md), its id and why.
    pub detail: String,
    /// What to quote when asking the operator; also the header `x-request-id`.
    pub request_id: Option<String>,
    /// What the answer is worth, where the address is one of the VC API; also the header `jigap-policy`.
    pub policy: Option<String>,
}

/// An error whose form a specification fixes (RFC 6749 §5.2), as [`OAuthError`] is written.
#[derive(Serialize, ToSchema)]
#[schema(as = OAuthError)]
pub struct OAuthErrorBody {
    /// The specification's error code.
    #[schema(example = "invalid_request")]
    pub error: String,
    /// What happened, in English.
    pub error_description: Option<String>,
}

/// The description of one service's API.
#[derive(Clone)]
pub struct ApiDescription(OpenApi);

impl ApiDescription {
    /// What [`super::StrictJson`] refuses.
    pub const JSON_PROBLEMS: [Problem; 4] = [BAD_JSON, UNEXPECTED_JSON, WRONG_CONTENT_TYPE, BODY_BROKEN];

    /// What [`super::StrictQuery`], those who read it, and [`super::NoQuery`] refuse.
    pub const QUERY_PROBLEMS: [Problem; 1] = [BAD_FORM];

    /// What `D` describes, and what the frame answers.
    pub fn of<D: utoipa::OpenApi>() -> Self {
        let mut document = D::openapi();
        let components = document.components.get_or_insert_with(Components::new);
        components.schemas.insert("Problem".to_owned(), ProblemBody::schema());
        components.schemas.insert("OAuthError".to_owned(), OAuthErrorBody::schema());
        for operation in document.paths.paths.values_mut().flat_map(operations) {
            let body = operation.request_body.is_some().then_some(BODY_TOO_LARGE);
            for problem in [INTERNAL, TOOK_TOO_LONG].into_iter().chain(body) {
                answers_problem(operation, problem);
            }
        }
        Self(document)
    }

    /// The same where `method path` answers `problems` too.
    #[must_use]
    pub fn problems(mut self, method: HttpMethod, path: &str, problems: &[Problem]) -> Self {
        let operation = self.operation(method, path);
        problems.iter().for_each(|problem| answers_problem(operation, *problem));
        self
    }

    /// The same where `method path` answers `errors` too.
    #[must_use]
    pub fn oauth_errors(mut self, method: HttpMethod, path: &str, errors: &[OAuthError]) -> Self {
        let operation = self.operation(method, path);
        for error in errors {
            let (status, code, description) = error.parts();
            let line = format!("`{code}`: {}.", description.unwrap_or("as the specification says"));
            answers(operation, status, &line, ("application/json", "OAuthError"));
        }
        self
    }

    /// The document: JSON in lines, as it is served and checked in.
    pub fn to_json(&self) -> String {
        // The document is made of strings and maps with string keys: it always has a JSON form.
        self.0.to_pretty_json().unwrap_or_default() + "\n"
    }

    /// A route that serves it at `path`, to everybody.
    pub fn route(&self, path: &str) -> Router {
        let text = self.to_json();
        Router::new().route(path, get(async move || served(text)))
    }

    /// The operation; an empty one, which the tests find, where the service described none.
    fn operation(&mut self, method: HttpMethod, path: &str) -> &mut Operation {
        let item = self.0.paths.paths.entry(path.to_owned()).or_default();
        let place = match method {
            HttpMethod::Get => &mut item.get,
            HttpMethod::Put => &mut item.put,
            HttpMethod::Post => &mut item.post,
            HttpMethod::Delete => &mut item.delete,
            HttpMethod::Options => &mut item.options,
            HttpMethod::Head => &mut item.head,
            HttpMethod::Patch => &mut item.patch,
            HttpMethod::Trace => &mut item.trace,
        };
        place.get_or_insert_with(Operation::new)
    }
}

fn served(text: String) -> Response {
    with_type(StatusCode::OK, "application/json", text)
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

fn answers_problem(operation: &mut Operation, problem: Problem) {
    let line = format!("`{}`: {}", problem.code, problem.hint.en);
    answers(operation, problem.status, &line, (PROBLEM_MEDIA_TYPE, "Problem"));
}

/// Adds `line` to what `operation` says of `status`, and the body of `media_type` with its schema.
fn answers(operation: &mut Operation, status: StatusCode, line: &str, (media_type, schema): (&str, &str)) {
    let responses = &mut operation.responses.responses;
    let response = responses.entry(status.as_str().to_owned()).or_insert_with(|| Described::new("").into());
    let RefOr::T(response) = response else { return };
    if !response.description.is_empty() {
        response.description.push('\n');
    }
    response.description.push_str(line);
    let content = Content::new(Some(Ref::from_schema_name(schema)));
    response.content.entry(media_type.to_owned()).or_insert_with(|| content.into());
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use serde_json::{Value, json};
    use tower::ServiceExt as _;

    use super::*;

    /// Adds one.
    #[utoipa::path(post, path = "/sum", request_body = u32, responses((status = 200, description = "The sum.")))]
    #[expect(dead_code, reason = "described only")]
    fn sum() {}

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(sum))]
    struct Doc;

    #[tokio::test]
    async fn errors_are_described_by_the_constants_that_handlers_return() {
        const TEAPOT: Problem =
            Problem::new(StatusCode::IM_A_TEAPOT, "teapot", "No coffee.", "커피가 없습니다.");
        const BAD: OAuthError = OAuthError::new("invalid_request").describe("two numbers");
        const WORSE: OAuthError = OAuthError::new("invalid_scope");
        let described = ApiDescription::of::<Doc>()
            .problems(HttpMethod::Post, "/sum", &[TEAPOT])
            .oauth_errors(HttpMethod::Post, "/sum", &[BAD, WORSE]);
        let app = described.route("/openapi.json");
        let request = Request::get("/openapi.json").body(Body::empty()).unwrap();
        let body = to_bytes(app.oneshot(request).await.unwrap().into_body(), 1 << 20).await.unwrap();
        let document: Value = serde_json::from_slice(&body).unwrap();
        let responses = &document["paths"]["/sum"]["post"]["responses"];
        assert_eq!(responses["200"]["description"], "The sum.");
        assert_eq!(
            responses["418"],
            json!({
                "description": "`teapot`: No coffee.",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            })
        );
        assert_eq!(
            responses["400"]["description"],
            "`invalid_request`: two numbers.\n`invalid_scope`: as the specification says."
        );
        for status in ["413", "500", "503"] {
            assert!(responses[status]["content"]["application/problem+json"].is_object(), "{status}");
        }
        let problem = &document["components"]["schemas"]["Problem"]["properties"];
        assert!(problem["detail"].is_object() && problem["request_id"].is_object());
    }
}
