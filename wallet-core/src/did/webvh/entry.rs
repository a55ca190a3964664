//! One line of a log (did:webvh 1.0 "The DID Log File"): a JSON object of `versionId`, `versionTime`, `parameters`, `state`
//! and `proof`.
//!
//! Refused (`WV-04`): other members, members of other types, more than 64 KiB, 20 levels or 16 proofs, numbers without
//! canonical form; a version id that is not number, dash and SHA-256 multihash (`WV-07`); a time that is not UTC
//! (`WV-10`).

use jigap_keys::json::{self, Limits};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::hash;
use super::parameters::Given;
use crate::verdict::{Check, Reason, Refusal};

/// The longest line and its deepest nesting.
const LINE: Limits = Limits { bytes: 64 * 1024, depth: 20 };
/// Most proofs of one entry.
const MAX_PROOFS: usize = 16;
/// Digits of a version number: more than a log may have entries.
const MAX_DIGITS: usize = 9;

/// WV-04: the log is what a log is.
pub const FORM: Check = Check::new(
    "WV-04",
    "a log is lines of JSON within its limits, each with the five members of a log entry and no others",
    "기록은 한도 안의 JSON 줄들이고, 각 줄에는 기록 항목의 다섯 구성원만 있습니다",
    "did:webvh 1.0, The DID Log File",
);
/// WV-07: versions are counted.
pub const NUMBER: Check = Check::new(
    "WV-07",
    "versions are numbered 1, 2, 3 … without a gap, each id a number, one dash and a SHA-256 multihash",
    "버전은 1부터 빠짐없이 세고, 버전 식별자는 번호, 붙임표 하나, SHA-256 다중 해시입니다",
    "did:webvh 1.0, Read (Resolve) 3",
);
/// WV-10: time goes on.
pub const TIME: Check = Check::new(
    "WV-10",
    "each version's time is in UTC, after its predecessor's and not in the future",
    "각 버전의 시각은 UTC이고, 앞 버전보다 뒤이며, 미래가 아닙니다",
    "did:webvh 1.0, Read (Resolve) 4",
);

pub(super) const MALFORMED: Reason = Reason::new(
    "webvh-log-malformed",
    "the log is too large, or a line of it is no log entry",
    "기록이 너무 크거나, 기록 항목이 아닌 줄이 있습니다",
);
pub(super) const BAD_NUMBER: Reason = Reason::new(
    "webvh-version-id",
    "a version's number is not the next one, or its id is malformed",
    "버전 번호가 다음 번호가 아니거나 버전 식별자의 형식이 잘못되었습니다",
);
const NOT_UTC: Reason = Reason::new(
    "webvh-version-time-malformed",
    "a version's time is not a moment in UTC",
    "버전의 시각이 UTC 시각이 아닙니다",
);

/// An entry that was read. Nothing in it is verified.
pub(super) struct Entry {
    /// Without its proofs.
    pub(super) unsecured: Value,
    pub(super) proofs: Vec<Value>,
    pub(super) version_id: String,
    pub(super) number: u32,
    pub(super) time: OffsetDateTime,
    pub(super) given: Given,
}

impl Entry {
    /// Reads a line. Refuses by WV-04, WV-05, WV-06, WV-07, WV-10 and WV-16.
    pub(super) fn read(line: &[u8]) -> Result<Self, Refusal> {
        let malformed = FORM.refuse(MALFORMED);
        let value = json::parse(line, LINE).map_err(|_| malformed)?;
        let Value::Object(mut members) = value else { return Err(malformed) };
        let proofs = match members.remove("proof") {
            Some(Value::Array(proofs)) if (1..=MAX_PROOFS).contains(&proofs.len()) => proofs,
            Some(proof @ Value::Object(_)) => vec![proof],
            _ => return Err(malformed),
        };
        if members.len() != 4 || !members.get("state").is_some_and(Value::is_object) {
            return Err(malformed);
        }
        let version_id = text(&members, "versionId").ok_or(malformed)?;
        let number = number(&version_id).ok_or(NUMBER.refuse(BAD_NUMBER))?;
        let time = text(&members, "versionTime").ok_or(malformed)?;
        let time = utc(&time).ok_or(TIME.refuse(NOT_UTC))?;
        let given = Given::from_json(members.get("parameters").ok_or(malformed)?)?;
        Ok(Self { unsecured: Value::Object(members), proofs, version_id, number, time, given })
    }

    /// The hash that the version id claims.
    pub(super) fn claimed_hash(&self) -> &str {
        self.version_id.split_once('-').map_or("", |(_, hash)| hash)
    }
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name)?.as_str().map(str::to_owned)
}

/// The number of a well-formed version id.
fn number(version_id: &str) -> Option<u32> {
    let (number, entry_hash) = version_id.split_once('-')?;
    let plain = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
    (plain && number.len() <= MAX_DIGITS && hash::is_multihash(entry_hash)).then(|| number.parse().ok())?
}

/// A moment with `Z` or `+00:00` (RFC 3339, which is the profile of ISO 8601 that everybody writes).
fn utc(text: &str) -> Option<OffsetDateTime> {
    let in_utc = text.ends_with('Z') || text.ends_with("+00:00");
    OffsetDateTime::parse(text, &Rfc3339).ok().filter(|_| in_utc)
}
