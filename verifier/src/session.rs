//! Sessions: one question, asked once, answered once.
//!
//! The wallet knows the session's id, `state` and `nonce`; whoever asked knows the session's secret. The result is given only to the
//! secret, and in the same-device flow only with the response code that the wallet's redirect carried as well, once
//! (OpenID4VP 1.0 §14.3, "Session Fixation"). Keys, verdicts and claims are sealed at rest; a session is forgotten
//! [`KEPT`] after it ended.

use std::sync::atomic::{AtomicUsize, Ordering};

use jigap_keys::{Entropy, constant_time_eq};
use jigap_wallet_core::pieces;
use jigap_wallet_core::ports::{Store, StoreError, StoreLimits, Tx, transact};
use jigap_wallet_core::sealing::{RecordKeys, SealBroken, fingerprint, is_random_id, random_id};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::vp::{OfferError, SentRequest};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use zeroize::Zeroizing;

use crate::places;

/// How long a question stands.
pub const LIFETIME: Seconds = Seconds(300);
/// How long an ended session is kept for whoever asked.
pub const KEPT: Seconds = Seconds(3600);
/// Version 1 kept the question of an ended session too.
const VERSION: u8 = 2;
const READ: std::ops::RangeInclusive<u8> = 1..=VERSION;
/// What the value of a session begins with that is longer than a value may be: how many pieces hold it follows.
const IN_PIECES: &str = "in pieces: ";
/// How often a mutation is tried whose outcome the store does not know.
const TRIES: usize = 3;

/// How the wallet is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "flow")]
pub enum Flow {
    /// The request is shown as a QR code to another device.
    CrossDevice,
    /// The wallet is on the same device: its browser comes back to `redirect_uri` with a fresh response code.
    SameDevice {
        /// Where the wallet's browser is sent.
        redirect_uri: String,
    },
}

/// What was asked, and how.
#[derive(Clone, Serialize, Deserialize)]
pub struct Question {
    /// The request, with its nonce and state.
    pub sent: SentRequest,
    /// The policy it is judged by.
    pub policy: PolicyOf,
    /// How the wallet is reached.
    pub flow: Flow,
}

/// Where the policy of a question stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyOf {
    /// In the configuration, under this name.
    Template(String),
    /// Here: how old a status may be, in seconds.
    MaxStatusAge(Option<u32>),
    /// It is the default, and what is found is told to this consumer.
    Feed(String),
}

/// What came of a question: JSON texts, handed on as they were stored.
#[derive(Clone, Serialize, Deserialize)]
pub struct Answer {
    /// The verdict's JSON form.
    pub verdict: Box<RawValue>,
    /// The disclosed claims by credential query id, if the verdict accepts.
    pub claims: Box<RawValue>,
    /// What came of the offer to the wallet, where the template makes one and the verdict accepts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<OfferOutcome>,
}

/// What came of an offer, for whoever asked: not the offer, which is the wallet's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OfferOutcome {
    /// The wallet got one.
    Made,
    /// The issuer did not answer.
    Unavailable,
    /// The issuer gives none for this credential, or none now.
    Refused,
}

impl From<Option<OfferError>> for OfferOutcome {
    fn from(error: Option<OfferError>) -> Self {
        match error {
            None => Self::Made,
            Some(OfferError::Unavailable) => Self::Unavailable,
            Some(OfferError::Refused) => Self::Refused,
        }
    }
}

/// The stored form of a session.
#[derive(Clone, Serialize, Deserialize)]
pub struct Session {
    version: u8,
    /// A [`Question`], until it is answered: left as text by who does not ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    question: Option<Box<RawValue>>,
    /// When the question ends.
    pub expires: Timestamp,
    secret: String,
    progress: Progress,
    /// Sealed JWK of the key that decrypts the response.
    sealed_key: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "progress")]
enum Progress {
    Open,
    Answered {
        sealed_answer: String,
        response_code: Option<String>,
        /// By which reading the response code was used up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        redeemed: Option<String>,
    },
    Declined {
        error: String,
    },
}

/// What whoever asks gets, once. Holds the secret: no `Debug`.
pub struct NewSession {
    /// The session's id, in its URLs.
    pub id: String,
    /// What opens the result.
    pub secret: Zeroizing<String>,
    /// The session.
    pub session: Session,
}

/// An id for a session: 128 random bits. It stands in the response URI, so it comes before the question.
pub fn new_id(entropy: &dyn Entropy) -> String {
    random_id::<16>(entropy)
}

/// What whoever asked is told.
pub enum Progressed {
    /// No answer yet.
    Waiting,
    /// The wallet declined, with OpenID4VP's error code.
    Declined(String),
    /// Judged.
    Answered(Box<Answer>),
}

/// Why a session is not found, answered or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// No such session or state, or not this secret.
    #[error("there is no such session")]
    Unknown,
    /// The secret is right, and the answer wants a response code or another one. Told like [`Unknown`](Self::Unknown), but no
    /// guess at a secret: whoever asks has many visitors, and one who brings wrong codes must not shut out the rest.
    #[error("the answer wants its response code")]
    OtherCode,
    /// The question ended.
    #[error("the request has expired")]
    Expired,
    /// The question was answered already: a replay.
    #[error("the request was answered already")]
    AlreadyAnswered,
    /// The answer was read already, and could be read once.
    #[error("the answer was read already")]
    AlreadyRead,
    /// Another version of this program stored the session.
    #[error("the session was stored in a form that this version does not know")]
    OtherVersion,
    /// Our own record cannot be opened.
    #[error(transparent)]
    Seal(#[from] SealBroken),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Session {
    /// Prepares the session `id`; `private_key` is the JWK text that decrypts the response.
    pub fn prepare(
        id: String,
        question: &Question,
        private_key: Option<&str>,
        keys: &RecordKeys,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<NewSession, SealBroken> {
        let secret = Zeroizing::new(random_id::<32>(entropy));
        let sealed_key = private_key.map(|key| keys.seal(&key_place(&id), &key, entropy)).transpose()?;
        let session = Self {
            version: VERSION,
            question: Some(to_raw_value(question).map_err(|_| SealBroken)?),
            expires: now.plus(LIFETIME),
            secret: fingerprint(&secret),
            progress: Progress::Open,
            sealed_key,
        };
        Ok(NewSession { id, secret, session })
    }

    /// What was asked. Whether it still stands is to be asked before: an ended session keeps no question.
    pub fn question(&self) -> Result<Question, SealBroken> {
        let question = self.question.as_ref().ok_or(SealBroken)?;
        serde_json::from_str(question.get()).map_err(|_| SealBroken)
    }

    /// The JWK text that decrypts the response.
    pub fn private_key(&self, id: &str, keys: &RecordKeys) -> Result<Option<Zeroizing<String>>, SealBroken> {
        self.sealed_key
            .as_ref()
            .map(|sealed| keys.open(&key_place(id), sealed).map(Zeroizing::new))
            .transpose()
    }

    /// Whether the question still stands at `now`.
    pub fn standing(&self, now: Timestamp) -> Result<(), SessionError> {
        match self.progress {
            Progress::Open if now < self.expires => Ok(()),
            Progress::Open => Err(SessionError::Expired),
            Progress::Answered { .. } | Progress::Declined { .. } => Err(SessionError::AlreadyAnswered),
        }
    }

    /// Takes what came of it. What decrypted the response, and what was asked, is of no more use to anybody.
    fn end(&mut self, progress: Progress) {
        (self.version, self.progress, self.question, self.sealed_key) = (VERSION, progress, None, None);
    }

    async fn read(tx: &Tx, id: &str) -> Result<Option<Self>, SessionError> {
        if !is_random_id::<16>(id) {
            return Ok(None);
        }
        let Some(mut stored) = tx.get(places::session(id)).await? else { return Ok(None) };
        if let Some(count) = pieces_of(&stored) {
            stored = pieces::read(tx, places::session_pieces(id), count).await?.ok_or(SealBroken)?;
        }
        Self::from_stored(&stored).map(Some)
    }

    fn from_stored(stored: &[u8]) -> Result<Self, SessionError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }
        match serde_json::from_slice::<Self>(stored) {
            Ok(session) if READ.contains(&session.version) => Ok(session),
            Ok(_) => Err(SessionError::OtherVersion),
            Err(_) => match serde_json::from_slice(stored) {
                Ok(Versioned { version }) if !READ.map(u64::from).any(|known| known == version) => {
                    Err(SessionError::OtherVersion)
                }
                _ => Err(SealBroken.into()),
            },
        }
    }

    fn write(&self, tx: &Tx, id: &str) -> Result<(), SealBroken> {
        let mut stored = serde_json::to_vec(self).map_err(|_| SealBroken)?;
        if stored.len() > StoreLimits::VALUE {
            let count = pieces::write(tx, places::session_pieces(id), &stored);
            stored = format!("{IN_PIECES}{count}").into_bytes();
        }
        tx.set(places::session(id), stored);
        Ok(())
    }
}

/// Stores a new session.
pub async fn open(store: &dyn Store, new: &NewSession) -> Result<(), SessionError> {
    settled(|| {
        transact(store, |tx| async move {
            new.session.write(&tx, &new.id)?;
            tx.set(places::ending(new.session.expires.plus(KEPT), &new.id), b"");
            Ok(())
        })
    })
    .await
}

/// Runs a mutation that recognizes its own work, again where the store does not know whether it was committed.
pub(crate) async fn settled<T, E, F>(run: impl Fn() -> F) -> Result<T, E>
where
    E: PartialEq + From<StoreError>,
    F: Future<Output = Result<T, E>>,
{
    for _ in 1..TRIES {
        match run().await {
            Err(error) if error == StoreError::Unknown.into() => {}
            outcome => return outcome,
        }
    }
    run().await
}

/// The session `id`.
pub async fn find(store: &dyn Store, id: &str) -> Result<Session, SessionError> {
    let tx = store.begin().await?;
    Session::read(&tx, id).await?.ok_or(SessionError::Unknown)
}

/// Stores the answer, once: of two responses to one question the second is refused. With a `response_code`, only who
/// brings that gets the result.
pub async fn answer(
    store: &dyn Store,
    id: &str,
    (answer, response_code): (&Answer, Option<&str>),
    keys: &RecordKeys,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(), SessionError> {
    let sealed = &seal_answer(id, answer, keys, entropy)?;
    settled(|| {
        transact(
            store,
            |tx| async move { record_answer(&tx, id, (sealed, response_code), now).await.map(|_| ()) },
        )
    })
    .await
}

/// Seals an answer for session `id`.
pub(crate) fn seal_answer(
    id: &str,
    answer: &Answer,
    keys: &RecordKeys,
    entropy: &dyn Entropy,
) -> Result<String, SealBroken> {
    keys.seal(&answer_place(id), answer, entropy)
}

/// Stores a sealed answer, once; says whether it was not there yet, from a try before.
pub(crate) async fn record_answer(
    tx: &Tx,
    id: &str,
    (sealed, response_code): (&str, Option<&str>),
    now: Timestamp,
) -> Result<bool, SessionError> {
    let mut session = Session::read(tx, id).await?.ok_or(SessionError::Unknown)?;
    // Sealed with fresh randomness: what is the same is ours.
    if matches!(&session.progress, Progress::Answered { sealed_answer: there, .. } if there == sealed) {
        return Ok(false);
    }
    session.standing(now)?;
    session.end(Progress::Answered {
        sealed_answer: sealed.to_owned(),
        response_code: response_code.map(fingerprint),
        redeemed: None,
    });
    session.write(tx, id)?;
    Ok(true)
}

/// Stores that the wallet declined, with its error code.
pub async fn decline(store: &dyn Store, id: &str, error: &str, now: Timestamp) -> Result<(), SessionError> {
    let tries = AtomicUsize::new(0);
    settled(|| {
        let tries = tries.fetch_add(1, Ordering::Relaxed) + 1;
        transact(store, move |tx| async move {
            let mut session = Session::read(&tx, id).await?.ok_or(SessionError::Unknown)?;
            // Whether a try before did it or somebody else: what was to be said stands there.
            if tries > 1 && matches!(&session.progress, Progress::Declined { error: there } if there == error)
            {
                return Ok(());
            }
            session.standing(now)?;
            session.end(Progress::Declined { error: error.to_owned() });
            Ok(session.write(&tx, id)?)
        })
    })
    .await
}

/// What came of the session, for whoever has its secret. A wrong one, an unknown session, and an answer that needs a
/// response code look the same.
pub async fn result(
    store: &dyn Store,
    id: &str,
    secret: &str,
    keys: &RecordKeys,
    now: Timestamp,
) -> Result<Progressed, SessionError> {
    let session = find(store, id).await?;
    if !is_fingerprint(secret, &session.secret) {
        return Err(SessionError::Unknown);
    }
    match &session.progress {
        Progress::Open if now >= session.expires => Err(SessionError::Expired),
        Progress::Open => Ok(Progressed::Waiting),
        Progress::Declined { error } => Ok(Progressed::Declined(error.clone())),
        Progress::Answered { response_code: Some(_), .. } => Err(SessionError::OtherCode),
        Progress::Answered { sealed_answer, .. } => {
            Ok(Progressed::Answered(Box::new(keys.open(&answer_place(id), sealed_answer)?)))
        }
    }
}

/// The answer of a session of the same-device flow, for whoever has its secret and the response code: of two readings one
/// gets it. A wrong secret or code, an unknown session and one without an answer look the same, and use up nothing.
pub async fn redeem(
    store: &dyn Store,
    id: &str,
    (secret, response_code): (&str, &str),
    keys: &RecordKeys,
    entropy: &dyn Entropy,
) -> Result<Answer, SessionError> {
    // Tells this reading from all others, for a try whose outcome the store does not know.
    let reading = &fingerprint(&random_id::<16>(entropy));
    settled(|| {
        transact(store, |tx| async move {
            let mut session = Session::read(&tx, id).await?.ok_or(SessionError::Unknown)?;
            if !is_fingerprint(secret, &session.secret) {
                return Err(SessionError::Unknown);
            }
            let Progress::Answered { sealed_answer, response_code: Some(expected), redeemed } =
                &mut session.progress
            else {
                return Err(SessionError::OtherCode);
            };
            if !is_fingerprint(response_code, expected) {
                return Err(SessionError::OtherCode);
            }
            let answer = keys.open(&answer_place(id), sealed_answer)?;
            match redeemed {
                Some(by) if by == reading => return Ok(answer),
                Some(_) => return Err(SessionError::AlreadyRead),
                None => *redeemed = Some(reading.clone()),
            }
            session.write(&tx, id)?;
            Ok(answer)
        })
    })
    .await
}

/// Forgets up to `limit` sessions whose time to be kept is over; says how many.
pub async fn forget(store: &dyn Store, now: Timestamp, limit: usize) -> Result<usize, SessionError> {
    transact(store, |tx| async move {
        let endings = tx.range(&places::ended(now), limit).await?;
        for (key, _) in &endings {
            if let Some(id) = places::id_of_ending(key) {
                tx.clear(places::session(id));
                tx.clear_range(&places::all_session_pieces(id));
            }
            tx.clear(key);
        }
        Ok(endings.len())
    })
    .await
}

/// In how many pieces the session of this value is; `None` if the value is the session itself.
fn pieces_of(stored: &[u8]) -> Option<usize> {
    str::from_utf8(stored).ok()?.strip_prefix(IN_PIECES)?.parse().ok()
}

fn is_fingerprint(secret: &str, expected: &str) -> bool {
    constant_time_eq(fingerprint(secret).as_bytes(), expected.as_bytes())
}

fn key_place(id: &str) -> String {
    format!("session/{id}/key")
}

fn answer_place(id: &str) -> String {
    format!("session/{id}/answer")
}

#[cfg(test)]
mod tests;
