//! Moments as the data model has them written: `dateTimeStamp` of XML Schema (XSD 1.1 part 2 §3.4.28), which is neither all of
//! RFC 3339 (no lower-case `t` and `z`, no leap second, no offset past 14 hours) nor part of it.

use std::ops::RangeInclusive;

use crate::time::Timestamp;

/// Reads such a moment. `None` also for one that has no number of seconds here: years of other than four digits, and the
/// hour 24.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    if is_date_time_stamp(text) { Timestamp::parse_rfc3339(text) } else { None }
}

/// Whether a text has the lexical form of a `dateTimeStamp`. Whether its month has such a day is not asked.
pub(super) fn is_date_time_stamp(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else { return false };
    let clock = match rest.strip_suffix('Z') {
        Some(clock) => Some(clock),
        None => rest.rsplit_once(['+', '-']).filter(|(_, offset)| is_offset(offset)).map(|(clock, _)| clock),
    };
    is_date(date) && clock.is_some_and(is_clock)
}

fn is_date(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let is_year = is_number(year) && (year.len() == 4 || (year.len() > 4 && !year.starts_with('0')));
    is_year && is_within(month, 1..=12) && is_within(day, 1..=31)
}

fn is_clock(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let parts: Vec<&str> = whole.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return false };
    let end_of_day = whole == "24:00:00" && fraction.bytes().all(|digit| digit == b'0');
    let in_day = is_within(hour, 0..=23) && is_within(minute, 0..=59) && is_within(second, 0..=59);
    is_number(fraction) && (in_day || end_of_day)
}

fn is_offset(text: &str) -> bool {
    let parts = text.split_once(':');
    text == "14:00"
        || parts.is_some_and(|(hour, minute)| is_within(hour, 0..=13) && is_within(minute, 0..=59))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// Whether it is a number of two digits within these.
fn is_within(text: &str, range: RangeInclusive<u8>) -> bool {
    text.len() == 2 && is_number(text) && text.parse().is_ok_and(|number| range.contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_schema_has_is_a_moment() {
        for text in [
            "2026-01-01T00:00:00Z",
            "2026-12-31T23:59:59.123456789Z",
            "2026-01-01T00:00:00+09:00",
            "2026-01-01T00:00:00-13:59",
            "2026-01-01T00:00:00+14:00",
            "2024-02-29T00:00:00-00:00",
            "0001-01-01T00:00:00Z",
        ] {
            assert!(is_date_time_stamp(text) && read(text).is_some(), "{text}");
        }
        for text in ["12026-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "2026-01-01T24:00:00.0Z"] {
            assert!(is_date_time_stamp(text) && read(text).is_none(), "{text}");
        }
        assert_eq!(read("2026-01-01T09:00:00+09:00"), read("2026-01-01T00:00:00Z"));
        assert_eq!(read("2026-02-30T00:00:00Z"), None);
    }

    #[test]
    fn what_is_another_writing_is_none() {
        for text in [
            "",
            "T",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00Z",
            "2026-01-01 00:00:00Z",
            "2026-01-01t00:00:00Z",
            "2026-01-01T00:00:00z",
            "2026-01-01T00:00:00+23:59",
            "2026-01-01T00:00:00+14:01",
            "2026-01-01T00:00:00+0900",
            "2026-01-01T00:00:00+9:00",
            "2026-01-01T00:00:60Z",
            "2026-01-01T24:00:01Z",
            "2026-01-01T24:00:00.1Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00Z+00:00",
            "2026-1-01T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-32T00:00:00Z",
            "02026-01-01T00:00:00Z",
            "226-01-01T00:00:00Z",
            "+2026-01-01T00:00:00Z",
            "２026-01-01T00:00:00Z",
            " 2026-01-01T00:00:00Z",
        ] {
            assert!(!is_date_time_stamp(text) && read(text).is_none(), "{text}");
        }
    }
}
