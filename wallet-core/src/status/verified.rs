//! Verifying a Status List Token and reading statuses from it (Token Status List §8.3).
//!
//! Refuses by ST-02 to ST-11. The order matters: nothing is decompressed before the signature verified.

use jigap_keys::PublicKey;
use jigap_keys::json::Limits;
use serde_json::Value;

use super::{
    Freshness, ListTimes, StatusBits, StatusList, StatusListError, StatusListToken, StatusReference,
    StatusValue, TYP,
};
use crate::jose::{Header, Jws, numeric_date};
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Check, Reason, Refusal};

/// ST-02: it is a Status List Token.
pub const TOKEN_FORM: Check = Check::new(
    "ST-02",
    "the status list is a signed JWT of type `statuslist+jwt`, or CWT of type `application/statuslist+cwt`, with the claims it needs",
    "상태 목록이 필요한 항목을 갖춘 `statuslist+jwt` 종류의 서명된 JWT이거나 `application/statuslist+cwt` 종류의 CWT입니다",
    "Token Status List §5.1, §5.2",
);
/// ST-03: the status issuer signed it.
pub const SIGNATURE: Check = Check::new(
    "ST-03",
    "the status list is signed with the status issuer's key",
    "상태 목록이 상태 발급자의 키로 서명되어 있습니다",
    "Token Status List §5.1, §11.3",
);
/// ST-04: it is the list the credential means.
pub const SUBJECT: Check = Check::new(
    "ST-04",
    "the status list is the one the credential refers to",
    "상태 목록이 증명서가 가리키는 바로 그 목록입니다",
    "Token Status List §5.1, §8.3",
);
/// ST-05: it has not expired.
pub const NOT_EXPIRED: Check = Check::new(
    "ST-05",
    "the status list has not expired",
    "상태 목록의 유효 기간이 남아 있습니다",
    "Token Status List §8.3, §13.7",
);
/// ST-06: it is valid already.
pub const NOT_FROM_THE_FUTURE: Check = Check::new(
    "ST-06",
    "the status list was not issued in the future",
    "상태 목록의 발급 시각이 미래가 아닙니다",
    "Token Status List §5.1; RFC 7519 §4.1.5, §4.1.6",
);
/// ST-07: its time to live makes sense.
pub const TTL: Check = Check::new(
    "ST-07",
    "the status list's `ttl` is a positive number",
    "상태 목록의 `ttl`이 양수입니다",
    "Token Status List §5.1",
);
/// ST-08: its bit size is one of the four.
pub const BITS: Check = Check::new(
    "ST-08",
    "the status list's `bits` is 1, 2, 4 or 8",
    "상태 목록의 `bits`가 1, 2, 4, 8 가운데 하나입니다",
    "Token Status List §4.1, §4.2",
);
/// ST-09: the packed list can be read.
pub const LIST_FORM: Check = Check::new(
    "ST-09",
    "the status list's `lst` is one complete ZLIB stream, in a JWT in base64url",
    "상태 목록의 `lst`가 온전한 ZLIB 스트림 하나이며, JWT에서는 base64url로 나타낸 것입니다",
    "Token Status List §4.1, §4.2",
);
/// ST-10: the packed list is no bomb.
pub const LIST_BOUND: Check = Check::new(
    "ST-10",
    "the status list's content stays under the size limit",
    "상태 목록의 압축을 푼 크기가 한도를 넘지 않습니다",
    "DESIGN, \"Bad input\"; Token Status List §11.1",
);
/// ST-11: the credential has a place in it.
pub const INDEX: Check = Check::new(
    "ST-11",
    "the credential's index lies inside the status list",
    "증명서의 색인이 상태 목록의 범위 안에 있습니다",
    "Token Status List §8.3",
);

pub(super) const CLAIM_MISSING: Reason = Reason::new(
    "status-claim-missing",
    "a required claim is missing or has the wrong type",
    "필수 항목이 없거나 자료형이 잘못되었습니다",
);
const OTHER_LIST: Reason = Reason::new(
    "status-list-other",
    "the token speaks for another URI than the credential refers to",
    "토큰이 증명서가 가리키는 주소가 아닌 다른 주소의 목록입니다",
);
const EXPIRED: Reason =
    Reason::new("status-list-expired", "it expired at {at}", "{at}에 유효 기간이 끝났습니다");
const FUTURE: Reason = Reason::new("status-list-future", "it is valid only from {at}", "{at}부터 유효합니다");
const BAD_TTL: Reason =
    Reason::new("status-ttl", "`ttl` is not a positive number", "`ttl`이 양수가 아닙니다");
const BAD_BITS: Reason =
    Reason::new("status-bits", "`bits` is another value", "`bits`가 허용되지 않는 값입니다");
const BAD_LIST: Reason = Reason::new("status-lst", "`lst` cannot be decoded", "`lst`를 해독할 수 없습니다");
const BOMB: Reason = Reason::new(
    "status-lst-too-large",
    "the list decompresses to more than the limit",
    "압축을 푼 목록이 한도보다 큽니다",
);
const OUTSIDE: Reason =
    Reason::new("status-index", "the list is shorter than that", "목록이 색인보다 짧습니다");

/// How far ahead of ours the status issuer's clock may run.
pub const CLOCK_SKEW: Seconds = Seconds(60);

/// A token text, as long as the fetch limit for status lists allows; it nests two levels.
const TOKEN_LIMITS: Limits = Limits { bytes: crate::ports::FetchLimits::STATUS_LIST.max_bytes, depth: 8 };

/// A Status List Token whose signature and claims were verified and whose list is decoded: keep it, and every further
/// status costs less than a microsecond.
///
/// Its period is looked at again for every answer. It speaks for the key that signed it: whoever shares it between
/// credentials of several issuers compares [`signed_by`](Self::signed_by) with the key each of them trusts.
#[derive(Debug, Clone)]
pub struct VerifiedStatusList {
    token: StatusListToken,
    /// The later of `iat` and `nbf`.
    begins: Timestamp,
    signed_by: PublicKey,
}

/// What a status list says about one credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusAnswer {
    /// The status.
    pub value: StatusValue,
    /// When the list was signed and fetched, and how long it may be relied on.
    pub times: ListTimes,
}

impl VerifiedStatusList {
    /// Verifies `token`, the text fetched from `uri`, at `now`; refuses by ST-02 to ST-10.
    ///
    /// `issuer_key` finds the status issuer's key from the header (`kid`, `x5c`), which is not verified yet: it must trust
    /// nothing there that it did not check.
    pub fn verify(
        token: &str,
        uri: &str,
        now: Timestamp,
        issuer_key: impl FnOnce(&Header) -> Result<PublicKey, Refusal>,
    ) -> Result<Self, Refusal> {
        let form = |refusal: Refusal| TOKEN_FORM.refuse(refusal.reason);
        let jws = Jws::parse_within(token, TOKEN_LIMITS).map_err(form)?;
        jws.header().require_typ(TYP).map_err(form)?;
        let signed_by = issuer_key(jws.header())?;
        let verified = jws.verify(&signed_by).map_err(|refusal| SIGNATURE.refuse(refusal.reason))?;
        let (token, begins) = read_claims(verified.payload(), uri, now)?;
        Ok(Self::new(token, begins, signed_by))
    }

    pub(super) const fn new(token: StatusListToken, begins: Timestamp, signed_by: PublicKey) -> Self {
        Self { token, begins, signed_by }
    }

    /// What the list says about `reference` at `now`, given when the list was fetched. Refuses a list that is not the
    /// one referred to (ST-04), from the future (ST-06) or expired (ST-05), and an index outside (ST-11).
    pub fn status(
        &self,
        reference: &StatusReference,
        fetched_at: Timestamp,
        now: Timestamp,
    ) -> Result<StatusAnswer, Refusal> {
        let StatusListToken { uri, expires, list, .. } = &self.token;
        if reference.uri() != uri {
            return Err(SUBJECT.refuse(OTHER_LIST));
        }
        require_begun(self.begins, now)?;
        require_unexpired(*expires, now)?;
        let value = list.get(reference.idx()).ok_or(INDEX.refuse(OUTSIDE))?;
        Ok(StatusAnswer { value, times: self.times(fetched_at) })
    }

    /// Whether a status that this list gives, fetched at `fetched_at`, is fresh at `now` for a policy with that
    /// `max_status_age`. If not, it is to be fetched again.
    pub fn is_fresh(&self, fetched_at: Timestamp, now: Timestamp, max_status_age: Option<Seconds>) -> bool {
        let freshness = Freshness::decide(Some(&self.times(fetched_at)), now, max_status_age);
        matches!(freshness, Freshness::Fresh(_)) && require_unexpired(self.token.expires, now).is_ok()
    }

    const fn times(&self, as_of: Timestamp) -> ListTimes {
        let StatusListToken { issued_at, expires, ttl, .. } = self.token;
        ListTimes { as_of, issued_at: Some(issued_at), expires, ttl }
    }

    /// The verified claims and the decoded list.
    pub const fn token(&self) -> &StatusListToken {
        &self.token
    }

    /// The key whose signature was verified.
    pub const fn signed_by(&self) -> &PublicKey {
        &self.signed_by
    }
}

/// Reads the claims of §5.1 for the list at `uri`, and from when on it is valid.
fn read_claims(claims: &Value, uri: &str, now: Timestamp) -> Result<(StatusListToken, Timestamp), Refusal> {
    let missing = TOKEN_FORM.refuse(CLAIM_MISSING);
    let moment = |name| claims.get(name).map(|value| numeric_date(value).ok_or(missing)).transpose();
    let list = claims.get("status_list").filter(|value| value.is_object());
    let aggregation_uri = match list.and_then(|list| list.get("aggregation_uri")) {
        None => None,
        Some(Value::String(uri)) => Some(uri.clone()),
        Some(_) => return Err(missing),
    };
    let said = Claims {
        subject: claims.get("sub").and_then(Value::as_str),
        issued_at: moment("iat")?,
        not_before: moment("nbf")?,
        expires: moment("exp")?,
        ttl: claims.get("ttl").map(positive_seconds),
        has_list: list.is_some(),
        bits: list.and_then(|list| list.get("bits")).and_then(Value::as_u64),
        aggregation_uri,
    };
    let lst = list.and_then(|list| list.get("lst")).and_then(Value::as_str);
    said.read(uri, now, |bits| lst.map(|lst| StatusList::decode(bits, lst, StatusList::MAX_BYTES)))
}

/// The claims of a token, whatever it is written in, each where it is there.
pub(super) struct Claims<'c> {
    pub(super) subject: Option<&'c str>,
    pub(super) issued_at: Option<Timestamp>,
    pub(super) not_before: Option<Timestamp>,
    pub(super) expires: Option<Timestamp>,
    /// The inner `None`: it is not positive.
    pub(super) ttl: Option<Option<Seconds>>,
    pub(super) has_list: bool,
    pub(super) bits: Option<u64>,
    pub(super) aggregation_uri: Option<String>,
}

impl Claims<'_> {
    /// Holds the claims to the rules for the list at `uri`; `decode` decompresses it, if there is one, after all else.
    pub(super) fn read(
        self,
        uri: &str,
        now: Timestamp,
        decode: impl FnOnce(StatusBits) -> Option<Result<StatusList, StatusListError>>,
    ) -> Result<(StatusListToken, Timestamp), Refusal> {
        let missing = TOKEN_FORM.refuse(CLAIM_MISSING);
        if self.subject.ok_or(missing)? != uri {
            return Err(SUBJECT.refuse(OTHER_LIST));
        }
        let issued_at = self.issued_at.ok_or(missing)?;
        let begins = self.not_before.map_or(issued_at, |not_before| issued_at.max(not_before));
        require_begun(begins, now)?;
        require_unexpired(self.expires, now)?;
        let ttl = self.ttl.map(|ttl| ttl.ok_or(TTL.refuse(BAD_TTL))).transpose()?;
        if !self.has_list {
            return Err(missing);
        }
        let bits = self.bits.and_then(StatusBits::new).ok_or(BITS.refuse(BAD_BITS))?;
        let list = decode(bits).ok_or(LIST_FORM.refuse(BAD_LIST))?.map_err(|error| match error {
            StatusListError::TooLarge => LIST_BOUND.refuse(BOMB),
            _ => LIST_FORM.refuse(BAD_LIST),
        })?;
        let Self { expires, aggregation_uri, .. } = self;
        let uri = uri.to_owned();
        Ok((StatusListToken { uri, issued_at, expires, ttl, aggregation_uri, list }, begins))
    }
}

/// Its clock may run a little ahead of ours, no more.
fn require_begun(begins: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if begins > now.plus(CLOCK_SKEW) { Err(NOT_FROM_THE_FUTURE.refuse(FUTURE.at(begins))) } else { Ok(()) }
}

/// `exp` names the first moment the token must not be used any more (RFC 7519 §4.1.4). No leeway: it is the issuer's
/// last word on how long an old list can hide a revocation.
fn require_unexpired(expires: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    match expires {
        Some(end) if now >= end => Err(NOT_EXPIRED.refuse(EXPIRED.at(end))),
        _ => Ok(()),
    }
}

/// A positive JSON number of seconds, fractions cut off, at most what [`Seconds`] holds.
fn positive_seconds(value: &Value) -> Option<Seconds> {
    let seconds = value.as_f64().filter(|seconds| *seconds > 0.0)?;
    // A float cast saturates, so that an absurd `ttl` becomes the longest span there is.
    Some(Seconds(seconds as u32))
}

#[cfg(test)]
mod tests;
