//! How fresh a status is, and what a policy makes of it (Token Status List §8.3 step 4, §13.7).

use super::{CLOCK_SKEW, StatusAnswer};
use crate::time::{Seconds, Timestamp};

/// How far a status can be relied on at the moment of judging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Known as of this moment, and new enough.
    Fresh(Timestamp),
    /// Known as of this moment, which is longer ago than allowed.
    Stale(Timestamp),
    /// No status list could be had, or the credential names a mechanism unknown here.
    Unknown,
}

impl Freshness {
    /// Decides for `answer` (`None`: no list) at `now`, the moment the judgement began.
    ///
    /// Age is counted from when the list was fetched, as §13.7 counts `ttl`. `max_status_age` is the policy's word and
    /// goes before the issuer's `ttl`: 0 asks for a list fetched for this very judgement. Without it the list is fresh
    /// for its `ttl`, else until its `exp`; a list with neither is fresh only for the judgement it was fetched for. What
    /// is past its `exp` gives no answer at all.
    ///
    /// When it was fetched is what a host and every cache on the way say; `iat` is what the issuer signed. A host that
    /// hands out an old list until its `exp` hides each change since. `ttl` is the issuer's update interval (§13.7), so a
    /// policy that bounds the age also wants the list signed no longer ago than that interval and the age together
    /// (with [`CLOCK_SKEW`] for signing and distribution, where the age is less). An issuer that names no interval has
    /// promised no new version: under such a policy its list counts from its `iat`.
    pub fn decide(answer: Option<&StatusAnswer>, now: Timestamp, max_status_age: Option<Seconds>) -> Self {
        let Some(answer) = answer else { return Self::Unknown };
        let as_of = answer.as_of;
        let relied_on_until = match (max_status_age.or(answer.ttl), answer.expires) {
            (Some(age), _) => as_of.plus(age),
            (None, Some(expires)) => expires,
            (None, None) => as_of,
        };
        let signed_anew_by = max_status_age.map(|age| {
            let interval = answer.ttl.unwrap_or(Seconds(0));
            answer.issued_at.plus(interval).plus(age.max(CLOCK_SKEW))
        });
        match signed_anew_by {
            _ if now > relied_on_until => Self::Stale(as_of),
            Some(last) if now > last => Self::Stale(answer.issued_at),
            _ => Self::Fresh(as_of),
        }
    }

    /// The moment the status was known, if it was.
    pub const fn as_of(self) -> Option<Timestamp> {
        match self {
            Self::Fresh(moment) | Self::Stale(moment) => Some(moment),
            Self::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::StatusValue;

    const FETCHED: Timestamp = Timestamp::from_unix(1000);

    fn answer(expires: Option<i64>, ttl: Option<u32>) -> StatusAnswer {
        StatusAnswer {
            value: StatusValue::VALID,
            as_of: FETCHED,
            issued_at: Timestamp::from_unix(900),
            expires: expires.map(Timestamp::from_unix),
            ttl: ttl.map(Seconds),
        }
    }

    #[test]
    fn age_zero_accepts_only_a_list_fetched_for_this_judgement() {
        let answer = answer(Some(9000), Some(500));
        let decide = |now| Freshness::decide(Some(&answer), Timestamp::from_unix(now), Some(Seconds(0)));
        assert_eq!(decide(999), Freshness::Fresh(FETCHED));
        assert_eq!(decide(1000), Freshness::Fresh(FETCHED));
        assert_eq!(decide(1001), Freshness::Stale(FETCHED));
    }

    #[test]
    fn policy_then_ttl_then_exp_says_how_long() {
        for (expires, ttl, policy, last) in [
            (Some(9000), Some(500), Some(20), 1020),
            (Some(9000), Some(200), Some(500), 1500),
            (Some(9000), Some(500), None, 1500),
            (Some(9000), None, None, 9000),
            (None, None, None, 1000),
        ] {
            let answer = answer(expires, ttl);
            let decide =
                |now| Freshness::decide(Some(&answer), Timestamp::from_unix(now), policy.map(Seconds));
            assert_eq!(decide(last), Freshness::Fresh(FETCHED), "{last}");
            assert_eq!(decide(last + 1), Freshness::Stale(FETCHED), "{last}");
        }
    }

    /// Fetched at 1000 and signed at 900: a policy wants it signed within the issuer's interval and its own age.
    #[test]
    fn a_list_that_its_issuer_should_have_signed_again_is_stale_as_of_its_signature() {
        for (ttl, policy, last) in [
            (Some(500), 0, 1000),
            (Some(50), 0, 1000),
            (Some(39), 0, 999),
            (Some(20), 500, 1420),
            (None, 7, 960),
            (None, 500, 1400),
        ] {
            let answer = answer(Some(9000), ttl);
            let decide =
                |now| Freshness::decide(Some(&answer), Timestamp::from_unix(now), Some(Seconds(policy)));
            assert_eq!(decide(last), Freshness::Fresh(FETCHED), "{ttl:?} {policy}");
            let since = if last + 1 > 1000 + i64::from(policy) { FETCHED } else { answer.issued_at };
            assert_eq!(decide(last + 1), Freshness::Stale(since), "{ttl:?} {policy}");
        }
    }

    #[test]
    fn no_list_is_unknown_whatever_the_policy() {
        for policy in [None, Some(Seconds(0)), Some(Seconds(u32::MAX))] {
            let freshness = Freshness::decide(None, FETCHED, policy);
            assert_eq!((freshness, freshness.as_of()), (Freshness::Unknown, None));
        }
    }
}
