//! The HTTP kit that Jigap's services share, on axum: one way to listen, to bound, to answer, to fail and to count.
//!
//! - [`Server`] binds one port, speaks https (rustls) or plain http on loopback or behind a stated proxy, bounds
//!   connections, heads and time, and ends without losing a request in flight.
//! - [`Assembly`] puts around a service's routes what every service has: request ids, a span, metrics, security
//!   headers, time and body limits, `/healthz`, `/readyz`, `/metrics`.
//! - [`StrictJson`], [`StrictForm`], [`StrictQuery`] read foreign bytes within bounds and refuse duplicates, and an array
//!   where an object is meant; [`NoQuery`] refuses any query. axum's own `Json`, `Form` and `Query` are not compiled in.
//! - [`ApiDescription`] is the service's OpenAPI document, its errors taken from the constants that handlers return.
//! - [`Statement`] is a sentence that every answer of some routes says, whatever becomes of the request.
//! - [`Problem`] and [`OAuthError`] are what the outside sees; the log keeps the cause, under the same request id.
//!
//! No URI, header or body is ever logged: they hold codes, tokens and personal data. The log names the route pattern.

mod assembly;
mod authorization;
mod events;
mod extract;
mod form;
mod forwarded;
mod language;
mod metrics;
mod openapi;
mod problem;
mod rate;
mod reply;
mod request;
mod server;
mod shutdown;
mod statement;
mod strict;
mod tls;

pub use assembly::{Ailment, Assembly, MetricsAccess, Probe};
pub use authorization::{MalformedAuthorization, TokenHash, credentials};
pub use events::{ServerEvent, event_stream};
pub use extract::{NoQuery, StrictBytes, StrictForm, StrictJson, StrictQuery};
pub use form::{Form, FormError};
pub use language::preferred_language;
pub use metrics::{Counter, Gauge, Metrics};
pub use openapi::{ApiDescription, OAuthErrorBody, ProblemBody};
pub use problem::{OAuthError, Problem};
pub use rate::{Rate, RateLimiter, RetryAfter};
pub use reply::{json, no_store};
pub use request::{ClientAddress, RequestId};
pub use server::{HttpLimits, ServeError, Server, ServerSettings, Tls};
pub use shutdown::Shutdown;
pub use statement::{Beside, Statement};
pub use strict::read_json;
pub use tls::{TlsIdentity, TlsIdentityError};
