//! How fresh a status is, and what a policy makes of it (Token Status List §8.3 step 4, §13.7).

use super::{CLOCK_SKEW, ListTimes};
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
    /// Decides for the list with these `times` (`None`: no list) at `now`, the moment the judgement began.
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
    /// promised no new version: under such a policy its list counts from its `iat`; and a list that does not say when it
    /// was signed is never new enough.
    pub fn decide(times: Option<&ListTimes>, now: Timestamp, max_status_age: Option<Seconds>) -> Self {
        let Some(times) = times else { return Self::Unknown };
        let as_of = times.as_of;
        let relied_on_until = match (max_status_age.or(times.ttl), times.expires) {
            (Some(age), _) => as_of.plus(age),
            (None, Some(expires)) => expires,
            (None, None) => as_of,
        };
        let signed_anew_by = |issued_at: Timestamp, age: Seconds| {
            issued_at.plus(times.ttl.unwrap_or(Seconds(0))).plus(age.max(CLOCK_SKEW))
        };
        match (max_status_age, times.issued_at) {
            _ if now > relied_on_until => Self::Stale(as_of),
            (Some(_), None) => Self::Stale(as_of),
            (Some(age), Some(issued_at)) if now > signed_anew_by(issued_at, age) => Self::Stale(issued_at),
            _ => Self::Fresh(as_of),
        }
    }

    /// What is known of a credential by two lists: what the worse of both allows.
    pub fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Stale(one), Self::Stale(other)) => Self::Stale(one.min(other)),
            (Self::Stale(one), _) | (_, Self::Stale(one)) => Self::Stale(one),
            (Self::Fresh(one), Self::Fresh(other)) => Self::Fresh(one.min(other)),
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

    const FETCHED: Timestamp = Timestamp::from_unix(1000);

    const SIGNED: Timestamp = Timestamp::from_unix(900);

    fn times(expires: Option<i64>, ttl: Option<u32>) -> ListTimes {
        ListTimes {
            as_of: FETCHED,
            issued_at: Some(SIGNED),
            expires: expires.map(Timestamp::from_unix),
            ttl: ttl.map(Seconds),
        }
    }

    #[test]
    fn age_zero_accepts_only_a_list_fetched_for_this_judgement() {
        let times = times(Some(9000), Some(500));
        let decide = |now| Freshness::decide(Some(&times), Timestamp::from_unix(now), Some(Seconds(0)));
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
            let times = times(expires, ttl);
            let decide =
                |now| Freshness::decide(Some(&times), Timestamp::from_unix(now), policy.map(Seconds));
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
            let times = times(Some(9000), ttl);
            let decide =
                |now| Freshness::decide(Some(&times), Timestamp::from_unix(now), Some(Seconds(policy)));
            assert_eq!(decide(last), Freshness::Fresh(FETCHED), "{ttl:?} {policy}");
            let since = if last + 1 > 1000 + i64::from(policy) { FETCHED } else { SIGNED };
            assert_eq!(decide(last + 1), Freshness::Stale(since), "{ttl:?} {policy}");
        }
    }

    #[test]
    fn a_list_that_does_not_say_when_it_was_signed_is_too_old_for_every_policy() {
        let times = ListTimes { issued_at: None, ..times(Some(9000), Some(500)) };
        let decide = |policy| Freshness::decide(Some(&times), FETCHED, policy);
        assert_eq!(decide(None), Freshness::Fresh(FETCHED));
        for age in [0, 60, u32::MAX] {
            assert_eq!(decide(Some(Seconds(age))), Freshness::Stale(FETCHED), "{age}");
        }
    }

    #[test]
    fn of_two_lists_the_worse_counts() {
        let (early, late) = (Timestamp::from_unix(1), Timestamp::from_unix(2));
        for (one, other, both) in [
            (Freshness::Fresh(early), Freshness::Fresh(late), Freshness::Fresh(early)),
            (Freshness::Fresh(early), Freshness::Stale(late), Freshness::Stale(late)),
            (Freshness::Stale(early), Freshness::Stale(late), Freshness::Stale(early)),
            (Freshness::Stale(early), Freshness::Unknown, Freshness::Unknown),
            (Freshness::Fresh(early), Freshness::Unknown, Freshness::Unknown),
        ] {
            assert_eq!((one.worse(other), other.worse(one)), (both, both));
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
