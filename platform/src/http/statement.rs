//! What every answer of some routes says, whatever becomes of the request: also a refusal, a wrong method, an answer that took
//! too long, a handler that panicked.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use serde_json::{Map, Value};

use super::problem::METHOD_NOT_ALLOWED;

/// One sentence: a header of every answer, and a member of every [`Problem`](super::Problem).
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    /// The header's name, in lower case.
    pub header: &'static str,
    /// The member's name.
    pub member: &'static str,
    /// The sentence, in ASCII.
    pub text: &'static str,
}

impl Statement {
    /// `routes`, each of whose answers says this, once they are within [`super::Assembly`].
    pub fn of(self, routes: Router) -> Router {
        let say = move |request: Request, next: Next| {
            if let Some(stated) = request.extensions().get::<Stated>() {
                // Where such routes stand within others, the outer ones have said theirs.
                let _ = stated.0.set(self);
            }
            next.run(request)
        };
        routes.method_not_allowed_fallback(async || METHOD_NOT_ALLOWED).layer(from_fn(say))
    }

    /// Puts it into the headers of an answer.
    pub(super) fn write(self, response: &mut Response) {
        let name = HeaderName::from_static(self.header);
        response.headers_mut().insert(name, HeaderValue::from_static(self.text));
    }
}

/// Where routes leave their statement for the frame around them, which answers when they do not.
#[derive(Clone, Default)]
pub(super) struct Stated(Arc<OnceLock<Statement>>);

impl Stated {
    pub(super) fn get(&self) -> Option<Statement> {
        self.0.get().copied()
    }
}

/// Members that the body of a [`Problem`](super::Problem) has beside its own: among the extensions of its response.
#[derive(Clone, Default)]
pub struct Beside(pub Map<String, Value>);
