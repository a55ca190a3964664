//! How new a gate's trust data is, part by part: with an older part something that was revoked would count again.

use std::collections::BTreeMap;

use super::PassIssuers;
use crate::time::Timestamp;
use crate::trust::TrustListContent;

/// When the parts of what a gate knows were signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moments {
    /// The version of the trust list.
    version: u64,
    /// When that was signed.
    signed: Timestamp,
    /// When each status list was, by what stands for it in a pass.
    statuses: BTreeMap<[u8; 4], Timestamp>,
}

impl Moments {
    /// Of a trust list, and what is known of its issuers.
    pub fn of(list: &TrustListContent, issuers: &PassIssuers) -> Self {
        Self { version: list.version, signed: list.issued_at, statuses: issuers.status_moments() }
    }

    /// When the trust list was signed.
    pub const fn signed(&self) -> Timestamp {
        self.signed
    }

    /// Takes these in the place of `self`. Refuses what is older in any part. Status lists that are missing are remembered: they do not come
    /// back older.
    ///
    /// # Errors
    /// [`Older`]; then `self` is what it was.
    pub fn advance(&mut self, newer: Self) -> Result<(), Older> {
        let before =
            |(list, known): (&[u8; 4], &Timestamp)| newer.statuses.get(list).is_some_and(|it| it < known);
        if newer.version < self.version || newer.signed < self.signed || self.statuses.iter().any(before) {
            return Err(Older);
        }
        self.statuses.extend(newer.statuses);
        (self.version, self.signed) = (newer.version, newer.signed);
        Ok(())
    }
}

/// Trust data that is older than what is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the trust data is older than what is in use")]
pub struct Older;

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(version: u64, signed: i64, statuses: &[(u8, i64)]) -> Moments {
        let statuses = statuses.iter().map(|(list, at)| ([*list; 4], Timestamp::from_unix(*at)));
        Moments { version, signed: Timestamp::from_unix(signed), statuses: statuses.collect() }
    }

    #[test]
    fn an_older_part_is_refused_even_where_another_is_newer() {
        let mut known = moments(2, 100, &[(1, 50), (2, 60)]);
        let before = known.clone();
        for older in [
            moments(1, 200, &[(1, 70), (2, 70)]),
            moments(2, 99, &[(1, 70), (2, 70)]),
            moments(3, 200, &[(1, 49), (2, 90)]),
            moments(3, 200, &[(2, 59)]),
        ] {
            assert_eq!(known.advance(older), Err(Older));
            assert_eq!(known, before);
        }
        assert_eq!(known.advance(before.clone()), Ok(()), "the same again");
        assert_eq!(known.advance(moments(3, 200, &[(1, 50), (3, 10)])), Ok(()));
        // A list that was left out for a while.
        assert_eq!(known.advance(moments(3, 200, &[(2, 59)])), Err(Older));
        assert_eq!(known.advance(moments(3, 200, &[(2, 61)])), Ok(()));
        assert_eq!(known.signed(), Timestamp::from_unix(200));
    }
}
