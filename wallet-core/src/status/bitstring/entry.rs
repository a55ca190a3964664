//! Where a W3C credential says its status can be found: `credentialStatus` of type `BitstringStatusListEntry` (Bitstring
//! Status List 1.0 §2.1).
//!
//! Refused by BS-01: an entry that lacks something or has it malformed; by BS-13: statuses of several bits whose values
//! are not all explained. What `statusReference` leads to is never fetched.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use url::Url;

use super::{StatusPurpose, StatusSize};
use crate::vcdm::{id_of, types};
use crate::verdict::{Check, Reason, Refusal};

/// The type of an entry.
pub const ENTRY_TYPE: &str = "BitstringStatusListEntry";

/// BS-01: the entry is well formed.
pub const ENTRY: Check = Check::new(
    "BS-01",
    "the credential's status entry has a purpose, an index in base 10 and the URL of a list, well formed",
    "증명서의 상태 항목에 목적, 십진수 색인, 목록의 URL이 올바른 형식으로 있습니다",
    "VC-BITSTRING-STATUS-LIST §2.1",
);
/// BS-13: every value of a status is explained.
pub const MESSAGES: Check = Check::new(
    "BS-13",
    "a status of several bits comes with a message for each of its values, and a `statusMessage` has no others",
    "여러 비트로 된 상태에는 값마다 메시지가 있고, `statusMessage`에 다른 값은 없습니다",
    "VC-BITSTRING-STATUS-LIST §2.1",
);

const MALFORMED: Reason = Reason::new(
    "status-entry-malformed",
    "the status entry lacks something or has it malformed",
    "상태 항목에 빠졌거나 형식이 잘못된 것이 있습니다",
);
const NONE: Reason = Reason::new(
    "status-entries-none",
    "`credentialStatus` has no entry, or too many",
    "`credentialStatus`에 항목이 없거나 너무 많습니다",
);
const BAD_MESSAGES: Reason = Reason::new(
    "status-messages",
    "the messages are not those of the status size",
    "메시지가 상태의 크기와 맞지 않습니다",
);

/// Most entries of one credential: each may make us fetch a list.
const MOST_ENTRIES: usize = 16;

/// A place in a status list, and what its values mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusEntry {
    purpose: StatusPurpose,
    index: u64,
    list: String,
    url: Url,
    size: StatusSize,
    messages: BTreeMap<u64, String>,
}

impl StatusEntry {
    /// An entry of one bit at `index` of the list at `list`, an absolute URL.
    ///
    /// # Errors
    /// BS-01 if `list` is no URL.
    pub fn new(purpose: StatusPurpose, index: u64, list: &str) -> Result<Self, Refusal> {
        let url = Url::parse(list).map_err(|_| ENTRY.refuse(MALFORMED))?;
        Ok(Self {
            purpose,
            index,
            list: list.to_owned(),
            url,
            size: StatusSize::ONE,
            messages: BTreeMap::new(),
        })
    }

    /// The same whose status has `size`, and a message for each of its values, from 0.
    ///
    /// # Errors
    /// BS-13 unless there are just as many.
    pub fn with_messages(self, size: StatusSize, messages: Vec<String>) -> Result<Self, Refusal> {
        let messages = (0..).zip(messages).collect();
        require_all(&messages, size)?;
        Ok(Self { size, messages, ..self })
    }

    /// The entries of a `credentialStatus`, one or several, each not read yet.
    ///
    /// # Errors
    /// BS-01 if there is none, or there are more than 16.
    pub fn all(credential_status: &Value) -> Result<&[Value], Refusal> {
        let entries = match credential_status {
            Value::Array(entries) => entries.as_slice(),
            one => std::slice::from_ref(one),
        };
        if (1..=MOST_ENTRIES).contains(&entries.len()) { Ok(entries) } else { Err(ENTRY.refuse(NONE)) }
    }

    /// Reads one entry. `None` if it is of another type: then the status is *unknown*, and whoever asks must not take it
    /// for valid.
    ///
    /// # Errors
    /// BS-01, BS-13.
    pub fn read(entry: &Value) -> Result<Option<Self>, Refusal> {
        let malformed = ENTRY.refuse(MALFORMED);
        if !types(entry).is_some_and(|types| types.contains(&ENTRY_TYPE)) {
            return Ok(None);
        }
        let purpose = entry.get("statusPurpose").and_then(Value::as_str).ok_or(malformed)?;
        let index = entry.get("statusListIndex").and_then(Value::as_str).and_then(index).ok_or(malformed)?;
        let list = entry.get("statusListCredential").and_then(id_of).ok_or(malformed)?;
        let url = Url::parse(list).map_err(|_| malformed)?;
        match entry.get("id") {
            None => {}
            // §2.1: it "MUST NOT be the URL for the status list".
            Some(Value::String(id)) if id != list && Url::parse(id).is_ok() => {}
            Some(_) => return Err(malformed),
        }
        let size = match entry.get("statusSize") {
            None => StatusSize::ONE,
            Some(size) => size.as_u64().and_then(StatusSize::new).ok_or(malformed)?,
        };
        let messages = match entry.get("statusMessage") {
            None => BTreeMap::new(),
            Some(messages) => read_messages(messages).ok_or(MESSAGES.refuse(BAD_MESSAGES))?,
        };
        if size != StatusSize::ONE || entry.get("statusMessage").is_some() {
            require_all(&messages, size)?;
        }
        Ok(Some(Self {
            purpose: StatusPurpose::of(purpose),
            index,
            list: list.to_owned(),
            url,
            size,
            messages,
        }))
    }

    /// The value of `credentialStatus` that makes this entry, or one of several there. It has no `id`: nothing but the
    /// index ties it to the list.
    pub fn to_json(&self) -> Value {
        let mut entry = Map::from_iter([
            ("type".to_owned(), json!(ENTRY_TYPE)),
            ("statusPurpose".to_owned(), json!(self.purpose.as_str())),
            ("statusListIndex".to_owned(), json!(self.index.to_string())),
            ("statusListCredential".to_owned(), json!(self.list)),
        ]);
        if !self.messages.is_empty() {
            let message = |(value, message): (&u64, &String)| json!({"status": format!("{value:#x}"), "message": message});
            let messages: Vec<Value> = self.messages.iter().map(message).collect();
            entry.insert("statusMessage".to_owned(), messages.into());
            entry.insert("statusSize".to_owned(), self.size.get().into());
        }
        Value::Object(entry)
    }

    /// What the status is for.
    pub const fn purpose(&self) -> &StatusPurpose {
        &self.purpose
    }

    /// The place in the list. One beyond all lists is `u64::MAX`.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The list's URL as written.
    pub fn list(&self) -> &str {
        &self.list
    }

    /// The same, to fetch from.
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// How many bits the status has.
    pub const fn size(&self) -> StatusSize {
        self.size
    }

    /// What the status `value` says, for developers. Without a `statusMessage` it is `set` or `unset`.
    pub fn message(&self, value: u64) -> &str {
        match (self.messages.get(&value), value) {
            (Some(message), _) => message,
            (None, 0) => "unset",
            (None, _) => "set",
        }
    }
}

/// An integer of any size in base 10. One that fits no list is the largest there is.
fn index(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Messages by their values, each of which stands once.
fn read_messages(messages: &Value) -> Option<BTreeMap<u64, String>> {
    let mut found = BTreeMap::new();
    for message in messages.as_array()? {
        let digits = message.get("status")?.as_str()?.strip_prefix("0x")?;
        let value = digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(digits)?;
        let value = u64::from_str_radix(value, 16).ok()?;
        let text = message.get("message")?.as_str()?.to_owned();
        if found.insert(value, text).is_some() {
            return None;
        }
    }
    Some(found)
}

/// Refuses (BS-13) anything but one message for each value of a status of `size`.
fn require_all(messages: &BTreeMap<u64, String>, size: StatusSize) -> Result<(), Refusal> {
    let largest = messages.last_key_value().map(|(value, _)| *value);
    let complete = largest == Some(size.max()) && messages.len() as u64 == size.max().wrapping_add(1);
    if complete { Ok(()) } else { Err(MESSAGES.refuse(BAD_MESSAGES)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "https://example.com/credentials/status/3";

    /// §2.1, the example.
    fn entry() -> Value {
        json!({
            "id": "https://example.com/credentials/status/3#94567",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "94567",
            "statusListCredential": LIST,
        })
    }

    fn with(name: &str, value: Value) -> Value {
        let mut entry = entry();
        match value {
            Value::Null => drop(entry.as_object_mut().unwrap().remove(name)),
            value => entry[name] = value,
        }
        entry
    }

    fn messages(count: u64) -> Vec<Value> {
        (0..count).map(|value| json!({"status": format!("{value:#x}"), "message": "m"})).collect()
    }

    #[test]
    fn an_entry_goes_there_and_back() {
        let read = StatusEntry::read(&entry()).unwrap().unwrap();
        assert_eq!((read.purpose(), read.index(), read.list()), (&StatusPurpose::Revocation, 94567, LIST));
        assert_eq!((read.size(), read.message(0), read.message(1)), (StatusSize::ONE, "unset", "set"));
        assert_eq!(read.to_json(), with("id", Value::Null));
        let made = StatusEntry::new(StatusPurpose::of("revocation"), 94567, LIST).unwrap();
        assert_eq!(made, read);
        let words = ["pending_review", "accepted", "rejected", "undefined"].map(str::to_owned).to_vec();
        let made = StatusEntry::new(StatusPurpose::Message, 5, LIST).unwrap();
        let made = made.with_messages(StatusSize::new(2).unwrap(), words).unwrap();
        let json = made.to_json();
        assert_eq!(json["statusMessage"][2], json!({"status": "0x2", "message": "rejected"}));
        assert_eq!(StatusEntry::read(&json).unwrap(), Some(made));
    }

    #[test]
    fn another_mechanism_is_no_entry() {
        for other in [
            json!({"type": "StatusList2021Entry"}),
            json!({"type": ["RevocationList2020Status"]}),
            json!({"status_list": {"uri": LIST, "idx": 1}}),
            json!("https://example.com/status"),
            json!(null),
        ] {
            assert_eq!(StatusEntry::read(&other), Ok(None), "{other}");
        }
    }

    #[test]
    fn one_entry_or_several_are_found() {
        let (one, two) = (entry(), json!([entry(), entry()]));
        assert_eq!((StatusEntry::all(&one).unwrap().len(), StatusEntry::all(&two).unwrap().len()), (1, 2));
    }

    #[test]
    fn bs_01_a_malformed_entry_is_refused() {
        for broken in [
            with("statusPurpose", json!(null)),
            with("statusPurpose", json!(["revocation"])),
            with("statusPurpose", json!(1)),
            with("statusListIndex", json!(null)),
            with("statusListIndex", json!(94567)),
            with("statusListIndex", json!("")),
            with("statusListIndex", json!("-1")),
            with("statusListIndex", json!("+1")),
            with("statusListIndex", json!("1.0")),
            with("statusListIndex", json!("0x1")),
            with("statusListIndex", json!(" 1")),
            with("statusListIndex", json!("１")),
            with("statusListCredential", json!(null)),
            with("statusListCredential", json!("/status/3")),
            with("statusListCredential", json!(3)),
            with("id", json!(LIST)),
            with("id", json!("94567")),
            with("id", json!(94567)),
            with("statusSize", json!(0)),
            with("statusSize", json!(-1)),
            with("statusSize", json!(1.5)),
            with("statusSize", json!("1")),
            with("statusSize", json!(65)),
        ] {
            assert_eq!(StatusEntry::read(&broken).unwrap_err().check, ENTRY, "{broken}");
        }
        for none in [json!([]), vec![entry(); 17].into()] {
            assert_eq!(StatusEntry::all(&none).unwrap_err().check, ENTRY);
        }
        assert_eq!(StatusEntry::new(StatusPurpose::Refresh, 1, "list").unwrap_err().check, ENTRY);
        // However large: an index outside of every list is no malformed one.
        let read = StatusEntry::read(&with("statusListIndex", json!("9".repeat(40)))).unwrap().unwrap();
        assert_eq!(read.index(), u64::MAX);
    }

    #[test]
    fn bs_13_messages_that_do_not_explain_each_value_are_refused() {
        let sized = |size: u64, messages: Value| {
            let mut entry = with("statusSize", json!(size));
            if !messages.is_null() {
                entry["statusMessage"] = messages;
            }
            entry
        };
        for (size, count) in [(1, 2), (2, 4), (3, 8), (10, 1024)] {
            assert!(StatusEntry::read(&sized(size, messages(count).into())).is_ok(), "{size}");
            for wrong in [count - 1, count + 1, 0] {
                let broken = sized(size, messages(wrong).into());
                assert_eq!(StatusEntry::read(&broken).unwrap_err().check, MESSAGES, "{size} {wrong}");
            }
        }
        let mut twice = messages(4);
        twice[3] = twice[0].clone();
        let odd = |message: Value| {
            let mut all = messages(4);
            all[3] = message;
            json!(all)
        };
        for broken in [
            json!(null),
            json!(twice),
            json!({"status": "0x0", "message": "m"}),
            json!("0x0"),
            odd(json!({"status": "3", "message": "m"})),
            odd(json!({"status": "0x", "message": "m"})),
            odd(json!({"status": "0x+3", "message": "m"})),
            odd(json!({"status": 3, "message": "m"})),
            odd(json!({"status": "0x4", "message": "m"})),
            odd(json!({"status": "0x3"})),
            odd(json!({"status": "0x3", "message": 3})),
        ] {
            assert_eq!(StatusEntry::read(&sized(2, broken.clone())).unwrap_err().check, MESSAGES, "{broken}");
        }
        assert_eq!(StatusEntry::read(&sized(64, json!(messages(4)))).unwrap_err().check, MESSAGES);
        let made = StatusEntry::new(StatusPurpose::Message, 1, LIST).unwrap();
        assert!(made.with_messages(StatusSize::ONE, vec!["one".to_owned()]).is_err());
    }
}
