//! Batches of tokens: those of one listing and one month. Within a batch nobody can tell one token from another.
//!
//! Each batch has a key of its own, derived from the directory's secret, so that a token says its batch and nothing else. A directory
//! that gave one seeker a key of their own would know their rating: so it names the key of each batch in a statement ([`BatchKey`]),
//! which wallets compare with what others were shown; two that differ are evidence.

use std::fmt;

use jigap_keys::json::Limits;
use jigap_keys::voprf::{Element, ServerKey, VoprfError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{Date, Month, OffsetDateTime};
use zeroize::Zeroizing;

use super::checks::{FORM, KEY, NOT_DIRECTORY, NOT_SUCH, OTHER_BATCH, TWO_KEYS};
use crate::jose::SignError;
use crate::people::consultation::LATE;
use crate::people::names::{Bytes32, claims_of};
use crate::people::{Kind, Persona, PersonaId};
use crate::time::Timestamp;
use crate::verdict::Refusal;

/// The kind of statement that names a key.
pub const KIND: Kind = Kind { typ: "jigap-rating-key+jwt", limits: Limits { bytes: 2_048, depth: 3 } };
/// How many months after its own a batch can be redeemed.
const MONTHS: u32 = 3;

/// A calendar month in UTC, as `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    /// Months since January of the year 0.
    months: u32,
}

/// The text is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no month such as 2026-11")]
pub struct NoMonth;

impl Period {
    /// The month of a moment; `None` outside the years 1970 to 9999.
    pub fn of(moment: Timestamp) -> Option<Self> {
        let date = OffsetDateTime::from_unix_timestamp(moment.unix()).ok()?;
        let year = u32::try_from(date.year()).ok().filter(|year| *year >= 1970)?;
        Some(Self { months: year * 12 + u32::from(u8::from(date.month())) - 1 })
    }

    /// When it began.
    pub fn begins(self) -> Timestamp {
        self.first_of(0)
    }

    /// When it is over.
    pub fn ends(self) -> Timestamp {
        self.first_of(1)
    }

    /// From when on its tokens are redeemed: what was said at its very end may be under way for [`LATE`].
    pub fn opens(self) -> Timestamp {
        self.ends().plus(LATE)
    }

    /// From when on its tokens are redeemed no more.
    pub fn closes(self) -> Timestamp {
        self.first_of(1 + MONTHS)
    }

    /// The first moment of the month so many later; the end of time where there is no such month.
    fn first_of(self, later: u32) -> Timestamp {
        let months = self.months + later;
        let month = u8::try_from(months % 12 + 1).ok().and_then(|month| Month::try_from(month).ok());
        let year = i32::try_from(months / 12).ok();
        let date = year.zip(month).and_then(|(year, month)| Date::from_calendar_date(year, month, 1).ok());
        date.map_or(Timestamp::from_unix(i64::MAX), |date| {
            Timestamp::from_unix(date.midnight().assume_utc().unix_timestamp())
        })
    }
}

impl TryFrom<String> for Period {
    type Error = NoMonth;

    fn try_from(text: String) -> Result<Self, NoMonth> {
        let digits = |text: &str, length: usize| {
            let all = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
            if all { text.parse::<u32>().map_err(|_| NoMonth) } else { Err(NoMonth) }
        };
        let (year, month) = text.split_once('-').ok_or(NoMonth)?;
        let (year, month) = (digits(year, 4)?, digits(month, 2)?);
        let real = year >= 1970 && (1..=12).contains(&month);
        if real { Ok(Self { months: year * 12 + month - 1 }) } else { Err(NoMonth) }
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.months / 12, self.months % 12 + 1)
    }
}

/// Which tokens nobody can tell from each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Who is rated.
    pub listing: PersonaId,
    /// When the tokens were issued.
    pub month: Period,
}

/// The directory's secret of tokens. Wiped when dropped, never printed.
pub struct TokenSecret(Zeroizing<[u8; 32]>);

impl TokenSecret {
    /// The secret of these 32 random bytes.
    pub fn new(seed: [u8; 32]) -> Self {
        Self(Zeroizing::new(seed))
    }

    /// The key of a batch.
    ///
    /// # Errors
    /// [`VoprfError`] does not occur but once in 2^252.
    pub(super) fn key(&self, batch: &Batch) -> Result<ServerKey, VoprfError> {
        ServerKey::derive(&self.0, format!("jigap rating 1 {} {}", batch.listing, batch.month).as_bytes())
    }

    /// Signs as `directory` which key a batch has.
    ///
    /// # Errors
    /// [`SignError`] does not occur with keys of personas.
    pub fn name_key(
        &self,
        directory: &Persona,
        audience: &str,
        batch: &Batch,
        now: Timestamp,
    ) -> Result<String, SignError> {
        let key = self.key(batch).map_err(|_| SignError::WrongKey)?;
        let claims = Claims { batch: batch.clone(), key: Bytes32(key.public().to_bytes()) };
        let Ok(Value::Object(claims)) = serde_json::to_value(&claims) else {
            return Err(SignError::WrongKey);
        };
        KIND.sign(directory, audience, now, claims)
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(redacted)")
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    batch: Batch,
    key: Bytes32,
}

/// The key of a batch, as its directory named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchKey {
    batch: Batch,
    pub(super) key: Element,
}

impl BatchKey {
    /// Reads and verifies what `directory` says. Refuses by PE-01 to PE-05, RA-02 and RA-04.
    pub fn read(text: &str, audience: &str, directory: &PersonaId) -> Result<Self, Refusal> {
        let statement = KIND.read(text, audience)?;
        if statement.by() != directory {
            return Err(KEY.refuse(NOT_DIRECTORY));
        }
        let malformed = FORM.refuse(NOT_SUCH);
        let Claims { batch, key } = claims_of(&statement).ok_or(malformed)?;
        let key = Element::from_bytes(key.as_bytes()).map_err(|_| malformed)?;
        Ok(Self { batch, key })
    }

    /// Refuses by RA-02 where the directory named another key to somebody else: the two statements prove it.
    pub fn require_same(&self, other: &Self) -> Result<(), Refusal> {
        match (self.batch == other.batch, self.key == other.key) {
            (true, true) => Ok(()),
            (true, false) => Err(KEY.refuse(TWO_KEYS)),
            (false, _) => Err(KEY.refuse(OTHER_BATCH)),
        }
    }

    /// Of which batch.
    pub const fn batch(&self) -> &Batch {
        &self.batch
    }
}
