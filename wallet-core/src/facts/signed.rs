//! Events that leave the verifier: a JWT for one consumer, of those that come after the one it asked after.
//!
//! Refused: what FA-01 to FA-06 say. That an event is taken once and in order is [`super::follow`]'s (FA-07, FA-08).
//!
//! ```json
//! {"iss": "decentralized_identifier:did:jwk:…", "aud": "people.example", "iat": 1800000000, "exp": 1800000300,
//!  "after": 17, "next": 19, "events": [{…}, {…}]}
//! ```

use jigap_keys::PublicKey;
use jigap_keys::json::Limits;
use serde_json::{Value, json};

use super::FactEvent;
use super::written::Written;
use crate::jose::{Algorithm, Header, Jws, UnsignedJws, numeric_date};
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Check, Reason, Refusal};

/// The `typ`.
pub const TYP: &str = "jigap-facts+jwt";
/// The media type.
pub const MEDIA_TYPE: &str = "application/jigap-facts+jwt";
/// Longest time between `iat` and `exp`.
pub const MAX_LIFETIME: Seconds = Seconds(300);
/// Most events of one batch.
pub const MAX_EVENTS: usize = 100;

/// FA-01: it is one.
pub const FORM: Check = Check::new(
    "FA-01",
    "a batch of facts is a JWT of type `jigap-facts+jwt` within its size limit, signed with EdDSA, ES256 or ES384",
    "사실 묶음은 크기 제한을 지킨 `jigap-facts+jwt` 종류의 JWT이며 EdDSA, ES256, ES384 중 하나로 서명되어 있습니다",
    "RFC 8725 §3.1, §3.11; docs/decisions/0021-feed-of-facts.md",
);
/// FA-02: a verifier that is known here signed it.
pub const SIGNER: Check = Check::new(
    "FA-02",
    "a batch of facts is signed by the key that is pinned for the verifier it names",
    "사실 묶음은 그것이 밝힌 검증자에게 고정된 키로 서명되어 있습니다",
    "RFC 7519 §4.1.1; RFC 8725 §3.8",
);
/// FA-03: it is for this consumer.
pub const AUDIENCE: Check = Check::new(
    "FA-03",
    "a batch of facts is for this consumer and for nobody else",
    "사실 묶음은 이 구독자만을 위한 것입니다",
    "RFC 7519 §4.1.3; RFC 8725 §3.9",
);
/// FA-04: it is of now.
pub const MOMENT: Check = Check::new(
    "FA-04",
    "a batch of facts was made just now, has not ended, and lasts at most five minutes",
    "사실 묶음은 방금 만든, 끝나지 않은 것이며 길어야 5분 동안 유효합니다",
    "RFC 7519 §4.1.4, §4.1.6; DESIGN, \"Trust is a type\"",
);
/// FA-05: it holds events.
pub const CONTENT: Check = Check::new(
    "FA-05",
    "a batch of facts holds at most 100 events, each in its form, and one at each position",
    "사실 묶음에는 형식에 맞는 사건이 위치마다 하나씩, 100개 이하로 들어 있습니다",
    "docs/decisions/0021-feed-of-facts.md",
);
/// FA-06: it goes on where the consumer asked.
pub const GOES_ON: Check = Check::new(
    "FA-06",
    "a batch of facts begins after the position that was asked after",
    "사실 묶음은 요청한 위치의 바로 다음에서 시작합니다",
    "docs/decisions/0021-feed-of-facts.md",
);

const OTHER_ALGORITHM: Reason =
    Reason::new("facts-alg", "the algorithm is not one of those", "허용된 알고리즘이 아닙니다");
const NO_SIGNER: Reason =
    Reason::new("facts-iss", "`iss` is missing or no text", "`iss`가 없거나 문자열이 아닙니다");
const STRANGER: Reason =
    Reason::new("facts-verifier", "no such verifier is known here", "이곳에서 알지 못하는 검증자입니다");
const OTHER_AUDIENCE: Reason = Reason::new(
    "facts-aud",
    "it is for another consumer, or for several",
    "다른 구독자를 위한 것이거나 여럿을 위한 것입니다",
);
const NO_TIME: Reason = Reason::new(
    "facts-time",
    "`iat` or `exp` is missing or no number",
    "`iat`나 `exp`가 없거나 숫자가 아닙니다",
);
const NOT_YET: Reason = Reason::new("facts-early", "it was made at {at}", "{at}에 만든 것입니다");
const ENDED: Reason = Reason::new("facts-ended", "it ended at {at}", "{at}에 끝났습니다");
const TOO_LONG: Reason =
    Reason::new("facts-lifetime", "it lasts longer than that", "유효 기간이 너무 깁니다");
const NOT_SUCH: Reason = Reason::new(
    "facts-content",
    "`events` or `next` is missing or not of its form",
    "`events`나 `next`가 없거나 형식이 맞지 않습니다",
);
const ELSEWHERE: Reason = Reason::new("facts-after", "it begins somewhere else", "다른 위치에서 시작합니다");

/// [`MAX_EVENTS`] events with the longest identifiers and values.
const LIMITS: Limits = Limits { bytes: 2 << 20, depth: 6 };
/// How far the verifier's clock may be ahead.
const CLOCK_SKEW: Seconds = Seconds(30);

/// What a verifier says to one consumer.
#[derive(Debug, Clone, Copy)]
pub struct NewBatch<'a> {
    /// The verifier's client identifier.
    pub verifier: &'a str,
    /// The consumer.
    pub audience: &'a str,
    /// The position that was asked after.
    pub after: u64,
    /// The position of the last event of these; `after` where there are none.
    pub next: u64,
    /// What happened, at most [`MAX_EVENTS`].
    pub events: &'a [FactEvent],
}

/// Why nothing is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// The caller's fault: too many events, or positions that do not fit them.
    #[error("the batch is not in its form")]
    Form,
    /// The key signs no batches.
    #[error("the key is not of Ed25519, P-256 or P-384")]
    Key,
}

impl NewBatch<'_> {
    /// The JWT by `key`, still to be signed; good from `now` on for [`MAX_LIFETIME`].
    ///
    /// # Errors
    /// [`NotSigned`].
    pub fn unsigned(&self, key: &PublicKey, now: Timestamp) -> Result<UnsignedJws, NotSigned> {
        if !fits((self.after, self.next), self.events.len()) {
            return Err(NotSigned::Form);
        }
        let header = Header::for_key(key).filter(|header| is_taken(header.alg)).ok_or(NotSigned::Key)?;
        let events: Vec<Written> = self.events.iter().map(Written::from).collect();
        let claims = json!({
            "iss": self.verifier, "aud": self.audience, "iat": now.unix(), "exp": now.plus(MAX_LIFETIME).unix(),
            "after": self.after, "next": self.next, "events": events,
        });
        Ok(UnsignedJws::new(&header.typ(TYP), &claims))
    }
}

/// A batch that was parsed and not verified.
#[derive(Debug)]
pub struct SignedBatch(Jws);

/// A batch that a verifier vouches for: only made by verifying one that it signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedBatch {
    next: u64,
    events: Vec<FactEvent>,
}

impl VerifiedBatch {
    /// The position to ask after next; the one that was asked after where there is nothing new.
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// What happened, in order.
    pub fn events(&self) -> &[FactEvent] {
        &self.events
    }
}

impl SignedBatch {
    /// Parses one. Refuses by FA-01.
    pub fn parse(compact: &str) -> Result<Self, Refusal> {
        let jws = Jws::parse_within(compact, LIMITS).map_err(|refusal| FORM.refuse(refusal.reason))?;
        jws.header().require_typ(TYP).map_err(|refusal| FORM.refuse(refusal.reason))?;
        if is_taken(jws.header().alg) { Ok(Self(jws)) } else { Err(FORM.refuse(OTHER_ALGORITHM)) }
    }

    /// Verifies it at `now` for the consumer `audience`, who asked for what comes after `after`; `pinned` knows the keys of verifiers by
    /// their client identifiers. Refuses by FA-02 to FA-06.
    pub fn verify<'k>(
        self,
        pinned: impl FnOnce(&str) -> Option<&'k PublicKey>,
        (audience, after): (&str, u64),
        now: Timestamp,
    ) -> Result<VerifiedBatch, Refusal> {
        let named = self.0.unverified_payload().get("iss").and_then(Value::as_str);
        let key = pinned(named.ok_or(SIGNER.refuse(NO_SIGNER))?).ok_or(SIGNER.refuse(STRANGER))?;
        let verified = self.0.verify(key).map_err(|refusal| SIGNER.refuse(refusal.reason))?;
        let (_, mut claims) = verified.into_parts();
        if claims.get("aud").and_then(Value::as_str) != Some(audience) {
            return Err(AUDIENCE.refuse(OTHER_AUDIENCE));
        }
        within(&claims, now)?;
        if claims.get("after").and_then(Value::as_u64) != Some(after) {
            return Err(GOES_ON.refuse(ELSEWHERE));
        }
        content(&mut claims, after).ok_or(CONTENT.refuse(NOT_SUCH))
    }
}

fn is_taken(algorithm: Algorithm) -> bool {
    algorithm != Algorithm::Es512
}

/// Whether so many events stand between these positions: one at each, so that none can be left out unseen. Events that a verifier forgot
/// it could not pass over like this; there is no way yet to say that it did.
fn fits((after, next): (u64, u64), events: usize) -> bool {
    events <= MAX_EVENTS && next.checked_sub(after) == Some(events as u64)
}

/// Refuses what is not of now, or would be for too long.
fn within(claims: &Value, now: Timestamp) -> Result<(), Refusal> {
    let moment = |name| claims.get(name).and_then(numeric_date).ok_or(MOMENT.refuse(NO_TIME));
    let (made, ends) = (moment("iat")?, moment("exp")?);
    if made > now.plus(CLOCK_SKEW) {
        return Err(MOMENT.refuse(NOT_YET.at(made)));
    }
    if now >= ends {
        return Err(MOMENT.refuse(ENDED.at(ends)));
    }
    if ends > made.plus(MAX_LIFETIME) { Err(MOMENT.refuse(TOO_LONG)) } else { Ok(()) }
}

/// The events (FA-05).
fn content(claims: &mut Value, after: u64) -> Option<VerifiedBatch> {
    let next = claims.get("next").and_then(Value::as_u64)?;
    let events = claims.get_mut("events")?.as_array_mut()?;
    if !fits((after, next), events.len()) {
        return None;
    }
    let read = |event: &mut Value| serde_json::from_value::<Written>(event.take()).ok()?.read();
    Some(VerifiedBatch { next, events: events.iter_mut().map(read).collect::<Option<_>>()? })
}
