//! Whom a gate trusts, and how old that is: read from its bundle, and again when the file has changed.
//!
//! A gate without a network judges by what it was handed. Its keeper sees how old that is, is warned when two thirds of what the
//! policy takes have passed, and hands it a newer bundle while it works. One that is broken, or older than what the gate has, is refused:
//! the old one stays.

use jigap_keys::hash;
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::pass::{Gate, Moments, PassIssuers};
use jigap_wallet_core::text::{Lang, Text};
use jigap_wallet_core::time::{Seconds, Timestamp};

use crate::failure::{Exit, Failure};
use crate::{bundle, input};

/// How often the file is looked at.
const LOOKED_AT: Seconds = Seconds(3);
/// How often its keeper is told that it ages.
const TOLD: Seconds = Seconds(3600);

/// What a gate knows of issuers, and how old it is.
pub(super) struct Trusted {
    path: String,
    /// What was last found in the file, whether it was taken or not.
    seen: [u8; 32],
    taken: Moments,
    looked: Timestamp,
    told: Option<Timestamp>,
    pub(super) issuers: PassIssuers,
    as_of: Timestamp,
}

impl Trusted {
    /// Reads the bundle at `path` for `gate`.
    pub(super) fn open(path: &str, gate: &Gate, now: Timestamp) -> Result<Self, Failure> {
        let bytes = input::read(path)?;
        let (issuers, taken) = read(&bytes, now)?;
        let as_of = issuers.as_of_for(gate).unwrap_or(taken.signed());
        let (path, seen) = (path.to_owned(), hash::sha256(&bytes));
        Ok(Self { path, seen, taken, looked: now, told: None, issuers, as_of })
    }

    /// Looks at the file again, now and then: `true` if there was a newer bundle in it, which was taken.
    ///
    /// # Errors
    /// Why what is there now is not taken; told once.
    pub(super) fn look_again(&mut self, gate: &Gate, now: Timestamp) -> Result<bool, Failure> {
        if self.path == "-" || (self.looked <= now && now < self.looked.plus(LOOKED_AT)) {
            return Ok(false);
        }
        self.looked = now;
        // A file that is being replaced may not be there for a moment.
        let Ok(bytes) = input::read(&self.path) else { return Ok(false) };
        let found = hash::sha256(&bytes);
        if found == self.seen {
            return Ok(false);
        }
        self.seen = found;
        let (issuers, taken) = read(&bytes, now)?;
        self.taken.advance(taken).map_err(|_| Failure::new(Exit::Usage, OLDER))?;
        let as_of = issuers.as_of_for(gate).unwrap_or(self.taken.signed());
        (self.issuers, self.as_of, self.told) = (issuers, as_of, None);
        Ok(true)
    }

    /// The moment of what is known: the oldest of list, keys and status lists that count at this gate.
    pub(super) const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// How old that is.
    pub(super) fn age(&self, now: Timestamp) -> Seconds {
        Seconds(u32::try_from((now.unix() - self.as_of.unix()).max(0)).unwrap_or(u32::MAX))
    }

    /// Whether two thirds of what the policy takes have passed.
    pub(super) fn is_ageing(&self, gate: &Gate, now: Timestamp) -> bool {
        self.age(now).0 >= gate.max_trust_age.0 / 3 * 2
    }

    /// What its keeper is told: always at first, and while it ages every hour.
    pub(super) fn notice(&mut self, gate: &Gate, now: Timestamp, lang: Lang) -> Option<String> {
        let ageing = self.is_ageing(gate, now);
        let due = self.told.is_none_or(|told| now < told || (ageing && told.plus(TOLD) <= now));
        if !due {
            return None;
        }
        self.told = Some(now);
        let line = self.line(gate, now, lang);
        let warning = Text::new("warning: get a newer bundle", "주의: 새 묶음을 받으십시오");
        Some(if ageing { format!("{line}\n{}", warning.get(lang)) } else { line })
    }

    /// How old it is, in a line.
    pub(super) fn line(&self, gate: &Gate, now: Timestamp, lang: Lang) -> String {
        let (age, most) = (self.age(now).0 / 3600, gate.max_trust_age.0 / 3600);
        let of = self.as_of.to_civil(lang);
        match lang {
            Lang::En => format!("trust data of {of}: {age} h old, {most} h at most"),
            Lang::Ko => format!("{of}의 신뢰 정보: {age}시간 지남, 최대 {most}시간"),
        }
    }
}

const OLDER: Text = Text::new(
    "the new trust bundle is older than what the gate knows: it goes on with that",
    "새 신뢰 묶음이 문이 가진 것보다 오래되어 쓰지 않습니다",
);

/// Those whose passes count, by the bundle in the file.
pub(super) fn issuers(path: &str, now: Timestamp) -> Result<PassIssuers, Failure> {
    read(&input::read(path)?, now).map(|(issuers, _)| issuers)
}

/// Those whose passes count by this bundle, and how new it is.
fn read(bytes: &[u8], now: Timestamp) -> Result<(PassIssuers, Moments), Failure> {
    let (TrustBundle { documents, .. }, list) = bundle::trusted_bytes(bytes, now)?;
    let issuers = PassIssuers::of(&list, &documents, now);
    if issuers.count() == 0 {
        let what = Text::new(
            "the trust bundle names no issuer of entry passes whose keys are known",
            "신뢰 묶음에 키를 아는 출입 패스 발급자가 없습니다",
        );
        return Err(Failure::new(Exit::Usage, what).hint(Text::new(
            "an issuer with mechanism did needs no other document; of others the bundle must hold the keys: `jigap trust bundle`",
            "발급자의 mechanism이 did이면 다른 문서가 필요 없습니다. 그 밖에는 `jigap trust bundle`로 키 문서를 담으십시오",
        )));
    }
    let moments = Moments::of(list.content(), &issuers);
    Ok((issuers, moments))
}
