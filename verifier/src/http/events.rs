//! `GET /verifier/requests/{id}/events`: the result as it comes, by server-sent events (docs/VERIFIER-API.md).
//!
//! What is told is read from the store each time: at once when this process took the response, every few seconds in case
//! another did. So who reconnects, also to a restarted server, misses nothing. The number of listeners is bounded, and a
//! stream ends with its session, with the server, and when it said how the session went.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use jigap_platform::http::{ClientAddress, Gauge, ServerEvent, Shutdown, event_stream};
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::errors::TOO_MANY_LISTENERS;
use super::{Hosted, ResultBody, Service};
use crate::session::{Progressed, SessionError};
use crate::verifier::VerifierError;

/// Most listeners, in all and for one session.
const MOST: usize = 1024;
const MOST_OF_ONE: usize = 4;
/// How often the store is read, and a sign of life given.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(5);

/// Who listens, by session.
#[derive(Default)]
pub(super) struct Listeners {
    sessions: Mutex<HashMap<String, watch::Sender<usize>>>,
    /// How many there are.
    pub(super) count: Gauge,
}

/// One who listens; leaves when dropped.
struct Listening {
    hosted: Arc<Hosted>,
    id: String,
    told: watch::Receiver<usize>,
}

impl Listeners {
    /// Wakes who listens to session `id`.
    pub(super) fn tell(&self, id: &str) {
        if let Some(session) = self.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
            session.send_modify(|times| *times += 1);
        }
    }

    fn join(hosted: &Arc<Hosted>, id: &str) -> Option<Listening> {
        let listeners = &hosted.listeners;
        let mut sessions = listeners.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let room = usize::try_from(listeners.count.value()).is_ok_and(|count| count < MOST);
        let session = sessions.get(id);
        if !room || session.is_some_and(|session| session.receiver_count() >= MOST_OF_ONE) {
            return None;
        }
        let session = sessions.entry(id.to_owned()).or_insert_with(|| watch::Sender::new(0));
        let told = session.subscribe();
        listeners.count.up();
        Some(Listening { hosted: Arc::clone(hosted), id: id.to_owned(), told })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let listeners = &self.hosted.listeners;
        let mut sessions = listeners.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        // This one's receiver still counts.
        if sessions.get(&self.id).is_some_and(|session| session.receiver_count() <= 1) {
            sessions.remove(&self.id);
        }
        listeners.count.down();
    }
}

/// Follow what comes of a question
///
/// Events of the name `state`; each one's data is what a GET of the result answers: first `waiting`, then `answered`,
/// `declined` or `expired`, which ends the stream. Comments in between are signs of life. Who reconnects is told the
/// state of then. In the same-device flow the stream ends without the answer, which needs the response code.
#[utoipa::path(
    get, path = "/verifier/requests/{id}/events", tag = "askers", operation_id = "events",
    params(("id" = String, Path, description = "The session's id.")),
    security(("session" = [])),
    responses((status = 200, description = "The events.", body = ResultBody, content_type = "text/event-stream")),
)]
pub(super) async fn events(
    State(hosted): Service,
    Path(id): Path<String>,
    Extension(client): Extension<ClientAddress>,
    Extension(shutdown): Extension<Shutdown>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let secret = hosted.session_secret(&headers, client)?;
    let looked =
        async || hosted.verifier.result(&id, secret).await.map_err(|error| hosted.refused(error, client));
    // A stranger takes no listener's place.
    looked().await?;
    // Before what is told first, so that nothing happens unnoticed between the two.
    let listening = Listeners::join(&hosted, &id).ok_or_else(|| TOO_MANY_LISTENERS.into_response())?;
    let first = looked().await?;
    let watch = Watch {
        secret: Zeroizing::new(secret.to_owned()),
        over: !matches!(first, Progressed::Waiting),
        next: Some(state(first.into())),
        listening,
        shutdown,
    };
    Ok(event_stream(watch, Watch::step))
}

/// A stream of one listener.
struct Watch {
    listening: Listening,
    secret: Zeroizing<String>,
    shutdown: Shutdown,
    next: Option<ServerEvent>,
    over: bool,
}

impl Watch {
    async fn step(mut self) -> Option<(ServerEvent, Self)> {
        if let Some(event) = self.next.take() {
            return Some((event, self));
        }
        if self.over {
            return None;
        }
        let heartbeat = self.listening.hosted.heartbeat;
        tokio::select! {
            () = self.shutdown.begun() => return None,
            _ = self.listening.told.changed() => {}
            () = tokio::time::sleep(heartbeat) => {}
        }
        let Listening { hosted, id, .. } = &self.listening;
        let event = match hosted.verifier.result(id, &self.secret).await {
            Ok(Progressed::Waiting) => ServerEvent::heartbeat(),
            Ok(progressed) => {
                self.over = true;
                state(progressed.into())
            }
            Err(VerifierError::Session(SessionError::Expired)) => {
                self.over = true;
                state(ResultBody::Expired)
            }
            // Gone, or the store is away: who reconnects will be told.
            Err(_) => return None,
        };
        Some((event, self))
    }
}

fn state(body: ResultBody) -> ServerEvent {
    ServerEvent::json("state", &body)
}
