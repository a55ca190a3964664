//! The parameters of log entries (did:webvh 1.0 "DID Method Parameters"): what an entry sets, and what is in force after it.
//!
//! Refused: another `method` than `did:webvh:1.0` (`WV-06`), members that this version does not define, values of other
//! types, lists over their bounds, `scid` anywhere but in the first entry (`WV-05`), witnesses that could never be, or a
//! threshold that they could not, or need not, meet (`WV-16`). Where `null` stands for a value that is switched off it is
//! read as that value, as the specification asks of resolvers; never for the witnesses' threshold and never in `method`,
//! `scid`, `portable` and `deactivated`.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::proof;
use crate::verdict::{Check, Reason, Refusal};

/// The one version spoken.
pub(super) const METHOD: &str = "did:webvh:1.0";
/// Most keys, key hashes, witnesses and watchers of one list.
const MAX_LIST: usize = 64;
/// Most characters of one of them.
const MAX_TEXT: usize = 2048;
/// Default of `ttl` in seconds.
const DEFAULT_TTL: u32 = 3600;

/// WV-05: parameters are what this version defines.
pub const PARAMETERS: Check = Check::new(
    "WV-05",
    "the parameters of a log entry are those of did:webvh 1.0, each of its type and in its place",
    "기록 항목의 매개변수는 did:webvh 1.0이 정한 것이고, 형식과 자리가 맞습니다",
    "did:webvh 1.0, DID Method Parameters",
);
/// WV-06: the version is known.
pub const VERSION: Check = Check::new(
    "WV-06",
    "`method` is exactly `did:webvh:1.0`",
    "`method`가 정확히 `did:webvh:1.0`입니다",
    "did:webvh 1.0, DID Method Parameters",
);
/// WV-16: the witnesses can do what they are for.
pub const WITNESSES: Check = Check::new(
    "WV-16",
    "witnesses are distinct did:key of Ed25519, and their threshold is between one and their number",
    "증인은 서로 다른 Ed25519 did:key이고, 정족수는 하나 이상 증인 수 이하입니다",
    "did:webvh 1.0, The witness Parameter",
);

const MALFORMED: Reason = Reason::new(
    "webvh-parameters",
    "a parameter is unknown, of another type, too large or out of place",
    "매개변수가 정의되지 않았거나 형식이 다르거나 너무 크거나 제자리에 있지 않습니다",
);
const OTHER_VERSION: Reason = Reason::new(
    "webvh-version",
    "the log follows a version of did:webvh that is not spoken here",
    "기록이 이곳에서 쓰지 않는 did:webvh 버전을 따릅니다",
);
const BAD_WITNESSES: Reason = Reason::new(
    "webvh-witness-parameter",
    "the list of witnesses or their threshold is malformed",
    "증인 목록이나 정족수의 형식이 잘못되었습니다",
);

/// Who must approve entries, and how many of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnesses {
    threshold: usize,
    /// The Multikeys of their did:key.
    keys: Vec<String>,
}

impl Witnesses {
    /// Of the Multikeys of Ed25519 keys. Refuses by WV-16.
    pub fn new(threshold: usize, keys: Vec<String>) -> Result<Self, Refusal> {
        let distinct = keys.iter().collect::<HashSet<_>>().len() == keys.len();
        let usable = keys.iter().all(|key| proof::ed25519(key).is_some());
        if !distinct || !usable || keys.len() > MAX_LIST || !(1..=keys.len()).contains(&threshold) {
            return Err(WITNESSES.refuse(BAD_WITNESSES));
        }
        Ok(Self { threshold, keys })
    }

    /// How many approvals an entry needs.
    pub fn threshold(&self) -> usize {
        self.threshold
    }

    /// The Multikeys of the witnesses.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// `None` for `{}`: no witnesses.
    fn from_json(value: &Value) -> Result<Option<Self>, Refusal> {
        let refused = WITNESSES.refuse(BAD_WITNESSES);
        let members = match value {
            Value::Null => return Ok(None),
            Value::Object(members) if members.is_empty() => return Ok(None),
            Value::Object(members) if members.len() == 2 => members,
            _ => return Err(refused),
        };
        let threshold =
            members.get("threshold").and_then(Value::as_u64).and_then(|it| usize::try_from(it).ok());
        let witnesses = members.get("witnesses").and_then(Value::as_array).ok_or(refused)?;
        let key = |witness: &Value| {
            let witness = witness.as_object().filter(|witness| witness.len() == 1)?;
            witness.get("id")?.as_str()?.strip_prefix("did:key:").map(str::to_owned)
        };
        let keys = witnesses.iter().take(MAX_LIST + 1).map(key).collect::<Option<Vec<_>>>().ok_or(refused)?;
        Self::new(threshold.ok_or(refused)?, keys).map(Some)
    }

    /// The parameter, its threshold as a number, or as a text where numbers are not allowed.
    pub(super) fn to_json(&self, threshold: impl FnOnce(usize) -> Value) -> Value {
        let witnesses: Vec<Value> =
            self.keys.iter().map(|key| json!({"id": format!("did:key:{key}")})).collect();
        json!({"threshold": threshold(self.threshold), "witnesses": witnesses})
    }
}

/// What one entry sets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Given {
    pub(super) method: bool,
    pub(super) scid: Option<String>,
    pub(super) update_keys: Option<Vec<String>>,
    pub(super) next_key_hashes: Option<Vec<String>>,
    pub(super) witness: Option<Option<Witnesses>>,
    pub(super) watchers: Option<Vec<String>>,
    pub(super) portable: Option<bool>,
    pub(super) deactivated: Option<bool>,
    pub(super) ttl: Option<u32>,
}

impl Given {
    /// Reads the `parameters` of an entry. Refuses by WV-05, WV-06 and WV-16.
    pub(super) fn from_json(value: &Value) -> Result<Self, Refusal> {
        let refused = PARAMETERS.refuse(MALFORMED);
        let members = value.as_object().ok_or(refused)?;
        if members.get("method").is_some_and(|method| method != METHOD) {
            return Err(VERSION.refuse(OTHER_VERSION));
        }
        let mut given = Self::default();
        for (name, value) in members {
            match name.as_str() {
                "method" => given.method = true,
                "scid" => given.scid = Some(value.as_str().ok_or(refused)?.to_owned()),
                "updateKeys" => given.update_keys = Some(texts(value).ok_or(refused)?),
                "nextKeyHashes" => given.next_key_hashes = Some(texts(value).ok_or(refused)?),
                "witness" => given.witness = Some(Witnesses::from_json(value)?),
                "watchers" => given.watchers = Some(texts(value).ok_or(refused)?),
                "portable" => given.portable = Some(value.as_bool().ok_or(refused)?),
                "deactivated" => given.deactivated = Some(value.as_bool().ok_or(refused)?),
                "ttl" => given.ttl = Some(ttl(value).ok_or(refused)?),
                _ => return Err(refused),
            }
        }
        Ok(given)
    }

    /// The `parameters` of an entry.
    pub(super) fn to_json(&self) -> Value {
        let mut members = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                members.insert(name.to_owned(), value);
            }
        };
        put("method", self.method.then(|| METHOD.into()));
        put("scid", self.scid.clone().map(Value::from));
        put("updateKeys", self.update_keys.clone().map(Value::from));
        put("nextKeyHashes", self.next_key_hashes.clone().map(Value::from));
        let witness = |witnesses: &Option<Witnesses>| {
            witnesses.as_ref().map_or_else(|| json!({}), |witnesses| witnesses.to_json(Value::from))
        };
        put("witness", self.witness.as_ref().map(witness));
        put("watchers", self.watchers.clone().map(Value::from));
        put("portable", self.portable.map(Value::from));
        put("deactivated", self.deactivated.map(Value::from));
        put("ttl", self.ttl.map(Value::from));
        Value::Object(members)
    }
}

/// What is in force after an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Active {
    pub(super) update_keys: Vec<String>,
    pub(super) next_key_hashes: Vec<String>,
    pub(super) witness: Option<Witnesses>,
    pub(super) watchers: Vec<String>,
    pub(super) portable: bool,
    pub(super) deactivated: bool,
    pub(super) ttl: u32,
}

impl Active {
    /// After the first entry, which must say its version, its SCID and its keys. Refuses by WV-05 and WV-06.
    pub(super) fn first(given: Given) -> Result<(Self, String), Refusal> {
        let refused = PARAMETERS.refuse(MALFORMED);
        if !given.method {
            return Err(VERSION.refuse(OTHER_VERSION));
        }
        let scid = given.scid.ok_or(refused)?;
        let active = Self {
            update_keys: given.update_keys.ok_or(refused)?,
            next_key_hashes: given.next_key_hashes.unwrap_or_default(),
            witness: given.witness.flatten(),
            watchers: given.watchers.unwrap_or_default(),
            portable: given.portable.unwrap_or_default(),
            deactivated: given.deactivated.unwrap_or_default(),
            ttl: given.ttl.unwrap_or(DEFAULT_TTL),
        };
        Ok((active, scid))
    }

    /// After a later entry: what it does not set stays. Refuses by WV-05.
    pub(super) fn next(&self, given: Given) -> Result<Self, Refusal> {
        if given.scid.is_some() {
            return Err(PARAMETERS.refuse(MALFORMED));
        }
        Ok(Self {
            update_keys: given.update_keys.unwrap_or_else(|| self.update_keys.clone()),
            next_key_hashes: given.next_key_hashes.unwrap_or_else(|| self.next_key_hashes.clone()),
            witness: given.witness.unwrap_or_else(|| self.witness.clone()),
            watchers: given.watchers.unwrap_or_else(|| self.watchers.clone()),
            portable: given.portable.unwrap_or(self.portable),
            deactivated: given.deactivated.unwrap_or(self.deactivated),
            ttl: given.ttl.unwrap_or(self.ttl),
        })
    }
}

/// A list of texts; `null` stands for none.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::Array(elements) if elements.len() <= MAX_LIST => elements
            .iter()
            .map(|element| element.as_str().filter(|text| text.len() <= MAX_TEXT).map(str::to_owned))
            .collect(),
        _ => None,
    }
}

/// Seconds, at most 2^31; `null` stands for the default.
fn ttl(value: &Value) -> Option<u32> {
    match value {
        Value::Null => Some(DEFAULT_TTL),
        value => value.as_u64().and_then(|ttl| u32::try_from(ttl).ok()).filter(|ttl| *ttl <= 1 << 31),
    }
}
