//! Requests: what the authority asks of a venue and its issuers, signed, with a case and a scope, and numbered so that none goes
//! unseen.
//!
//! A request is the array `[circle, number, previous, case, purpose, from, to, at]`: `circle` is the digest of who the parties are
//! ([`Policy::circle`]), `number` counts their requests from 1 on, `previous` is the digest of the request before (of the first one 32
//! zeros), `from` and `to` are whole hours, `to` not included. Each party keeps all of them ([`Requests`]) and takes none but the next:
//! a request that one of them was not shown stops the one after it.
//!
//! Who the visitors were is asked in a second step, of the issuer ([`Asked`](super::Asked)).

use jigap_keys::PrivateKey;

use super::signed::{self, SMALL, array, digest, digest_of, is_shown, malformed, moment_of, text_of};
use super::{Day, Hour, LogError, Policy};
use crate::cbor::Writer;
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};

/// EL-08: a request is among these parties.
pub const CIRCLE: Check = Check::new(
    "EL-08",
    "a request or an answer is among the parties of this log",
    "요청과 답은 이 출입 기록의 당사자들 사이의 것입니다",
    "docs/SPECS.md, The entry log",
);
/// EL-09: none is left out.
pub const NUMBERED: Check = Check::new(
    "EL-09",
    "a request is the next one after those that the party has seen",
    "요청은 당사자가 본 요청들의 바로 다음 것입니다",
    "docs/SPECS.md, The entry log",
);
/// EL-10: it asks for what can be asked for.
pub const SCOPE: Check = Check::new(
    "EL-10",
    "a scope is hours of the last 28 days that are past, and what is answered lies within it",
    "범위는 지난 28일 안의 이미 지난 시간이며, 답은 그 범위 안에 있습니다",
    "docs/SPECS.md, The entry log",
);

const OTHERS: Reason =
    Reason::new("log-circle", "it is among other parties", "다른 당사자들 사이의 것입니다");
const NOT_NEXT: Reason = Reason::new(
    "log-number",
    "it is not the next request: one was not shown here, or two have one number",
    "다음 요청이 아닙니다. 여기에 보이지 않은 요청이 있거나 같은 번호의 요청이 둘입니다",
);
const NO_SCOPE: Reason = Reason::new(
    "log-scope",
    "its hours are none, not yet past, or older than 28 days",
    "시간 범위가 비었거나, 아직 지나지 않았거나, 28일보다 오래되었습니다",
);
const OUT_OF_SCOPE: Reason = Reason::new(
    "log-out-of-scope",
    "the answer holds what was not asked for",
    "답에 묻지 않은 것이 들어 있습니다",
);
const OTHER_REQUEST: Reason =
    Reason::new("log-other-request", "it answers another request", "다른 요청에 대한 답입니다");

const CONTEXT: &[u8] = b"JL1 request";
/// Longest case number and purpose, in bytes.
const MAX_CASE: usize = 60;
const MAX_PURPOSE: usize = 400;

/// Hours that are asked for: from the first to the last, which is not one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// The first.
    pub from: Hour,
    /// The one after the last.
    pub to: Hour,
}

/// Where an hour lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    Within,
    After,
}

impl Scope {
    /// Where `hour` lies.
    pub(super) fn side(&self, hour: Hour) -> Side {
        match hour {
            hour if hour < self.from => Side::Before,
            hour if hour < self.to => Side::Within,
            _ => Side::After,
        }
    }

    /// The days that they are of.
    pub fn days(&self) -> impl Iterator<Item = Day> + use<> {
        let last = Hour::from_number(self.to.number().saturating_sub(1)).day().number();
        let first = self.from.day().number();
        // Signed by the authority, and bounded where it is judged; whoever only lists the days is bounded here.
        (first..=last.min(first.saturating_add(i64::from(Day::KEPT)))).map(Day::from_number)
    }

    /// Refuses (EL-10) hours that cannot be asked for at `now`.
    ///
    /// # Errors
    /// EL-10
    pub fn require_open(&self, now: Timestamp) -> Result<(), Refusal> {
        let is_past = self.to.begins() <= now;
        let kept = !self.from.day().has_ended(Day::of(now));
        if self.from < self.to && is_past && kept { Ok(()) } else { Err(SCOPE.refuse(NO_SCOPE)) }
    }
}

/// The refusal of what does not follow.
pub(super) const fn not_next() -> Refusal {
    NUMBERED.refuse(NOT_NEXT)
}

/// The refusal of an answer that goes beyond its scope.
pub(super) const fn out_of_scope() -> Refusal {
    SCOPE.refuse(OUT_OF_SCOPE)
}

/// The refusal of what is among others.
pub(super) const fn others() -> Refusal {
    CIRCLE.refuse(OTHERS)
}

/// The refusal of an answer to something else.
pub(super) const fn other_request() -> Refusal {
    CIRCLE.refuse(OTHER_REQUEST)
}

/// A request, verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its number among the requests of these parties, from 1 on.
    pub number: u64,
    /// Digest of the request before.
    pub previous: [u8; 32],
    /// The case that it is for.
    pub case: String,
    /// What for.
    pub purpose: String,
    /// Which hours.
    pub scope: Scope,
    /// When it was signed.
    pub at: Timestamp,
    /// What answers refer to it by.
    pub digest: [u8; 32],
}

/// What the authority asks.
#[derive(Debug, Clone, Copy)]
pub struct NewRequest<'a> {
    /// The case, of at most 60 bytes.
    pub case: &'a str,
    /// What for, of at most 400 bytes.
    pub purpose: &'a str,
    /// Which hours.
    pub scope: Scope,
}

impl Request {
    fn read(bytes: &[u8], policy: &Policy) -> Result<Self, Refusal> {
        let payload = signed::verified(CONTEXT, bytes, &policy.authority.identity, SMALL)?;
        let [circle, number, previous, case, purpose, from, to, at] = array(&payload, SMALL)?;
        let hour = |item: &crate::cbor::Item<'_>| item.as_i64().map(Hour::from_number);
        let request = || {
            Some(Self {
                number: number.as_u64()?,
                previous: digest_of(&previous)?,
                case: text_of(&case, MAX_CASE)?,
                purpose: text_of(&purpose, MAX_PURPOSE)?,
                scope: Scope { from: hour(&from)?, to: hour(&to)? },
                at: moment_of(&at)?,
                digest: digest(bytes),
            })
        };
        let request = request().ok_or_else(malformed)?;
        let is_ours = digest_of(&circle) == Some(policy.circle());
        if is_ours { Ok(request) } else { Err(others()) }
    }
}

/// All requests that a party has seen of one log, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requests(Vec<Request>);

impl Requests {
    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// They.
    pub fn all(&self) -> &[Request] {
        &self.0
    }

    /// The one that `digest` is of.
    pub fn find(&self, digest: &[u8; 32]) -> Option<&Request> {
        self.0.iter().find(|request| request.digest == *digest)
    }

    /// Makes the next request, and takes it. Refuses by EL-10.
    ///
    /// # Errors
    /// [`LogError::Refused`] for a scope that cannot be asked for; [`LogError`]
    pub fn make(
        &mut self,
        new: &NewRequest<'_>,
        policy: &Policy,
        now: Timestamp,
        key: &PrivateKey,
    ) -> Result<Vec<u8>, LogError> {
        new.scope.require_open(now)?;
        if !is_shown(new.case, MAX_CASE) || !is_shown(new.purpose, MAX_PURPOSE) {
            return Err(LogError::Text);
        }
        let (number, previous) = self.next();
        let mut payload = Writer::new();
        payload.array(8).bytes(&policy.circle()).unsigned(number).bytes(&previous);
        payload.text(new.case).text(new.purpose);
        payload.integer(new.scope.from.number()).integer(new.scope.to.number()).integer(now.unix());
        let bytes = signed::sign(CONTEXT, payload, key)?;
        self.take(&bytes, policy)?;
        Ok(bytes)
    }

    /// Takes a request that was shown: the next, or one that was taken before; says which it is, and whether it is new. Refuses
    /// by EL-01, EL-02, EL-08 and EL-09.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn take(&mut self, bytes: &[u8], policy: &Policy) -> Result<(Request, bool), Refusal> {
        let request = Request::read(bytes, policy)?;
        if self.find(&request.digest).is_some() {
            return Ok((request, false));
        }
        if (request.number, request.previous) != self.next() {
            return Err(NUMBERED.refuse(NOT_NEXT));
        }
        self.0.push(request.clone());
        Ok((request, true))
    }

    /// Number and `previous` of the next one.
    fn next(&self) -> (u64, [u8; 32]) {
        self.0.last().map_or((1, [0; 32]), |last| (last.number.saturating_add(1), last.digest))
    }
}
