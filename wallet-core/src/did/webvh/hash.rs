//! The hashes of did:webvh 1.0: `base58btc(multihash(…, SHA-256))`, of a log entry ("Entry Hash Generation and
//! Verification"), of the first one with its SCID taken out ("SCID Generation and Verification"), and of a key that comes
//! next ("Pre-Rotation Key Hash Generation and Verification").
//!
//! SHA-256 is the one hash function of this version: other multihashes are none here.

use jigap_keys::{base58, hash, json};
use serde_json::Value;

/// What stands in the first entry where its hash will stand.
pub(super) const PLACEHOLDER: &str = "{SCID}";
/// The multihash prefix of SHA-256: code and length.
const SHA2_256: [u8; 2] = [0x12, 0x20];
/// Characters of a SHA-256 multihash in base58btc; a smaller number cannot begin with the prefix.
const LENGTH: usize = 46;

/// The multihash of `message`.
pub(super) fn multihash(message: &[u8]) -> String {
    base58::encode([&SHA2_256[..], &hash::sha256(message)].concat())
}

/// Whether `text` is a SHA-256 multihash in base58btc.
pub(super) fn is_multihash(text: &str) -> bool {
    text.len() == LENGTH
        && base58::decode(text, LENGTH).is_ok_and(|bytes| bytes.len() == 34 && bytes.starts_with(&SHA2_256))
}

/// The hash of an entry without its proof, whose predecessor is `predecessor`; `None` where it has no canonical form.
pub(super) fn of_entry(mut entry: Value, predecessor: &str) -> Option<String> {
    *entry.get_mut("versionId")? = predecessor.into();
    Some(multihash(json::canonicalize(&entry).ok()?.as_bytes()))
}

/// The SCID of a first entry without its proof that says it is `scid`; `None` where the placeholder still stands in it,
/// which no published entry has.
pub(super) fn scid_of(entry: &Value, scid: &str) -> Option<String> {
    let published = !json::canonicalize(entry).ok()?.contains(PLACEHOLDER);
    published.then(|| of_entry(replaced(entry, scid, PLACEHOLDER), PLACEHOLDER))?
}

/// `value` with `from` replaced by `to` in all its texts, member names among them: a SCID and its placeholder have no
/// character that JSON escapes, so that this is the replacement in the text that the specification speaks of.
pub(super) fn replaced(value: &Value, from: &str, to: &str) -> Value {
    match value {
        Value::String(text) => text.replace(from, to).into(),
        Value::Array(elements) => elements.iter().map(|element| replaced(element, from, to)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.replace(from, to), replaced(member, from, to)))
            .collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The example of the specification, "Generate Entry Hash".
    #[test]
    fn the_entry_hash_of_the_specification() {
        let scid = "QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE";
        let entry = json!({"versionId": scid, "versionTime": "2025-04-01T17:39:50Z", "parameters": {"witness": {"threshold": 2,
            "witnesses": [{"id": "did:key:z6Mkkc51mg2vpQzKWAbWQZupeGYhowaBjYkmvcKMTqteqHB4", "weight": 1},
            {"id": "did:key:z6MkuDdJdKLCgwZuQuEi9xG6LVgJJ9Tebr74CXPYPSumqgJs", "weight": 1},
            {"id": "did:key:z6MkoSWmQyp4fTk4ZQy4KUsss9dFX51XfEUzKKKj1J1JUsrF", "weight": 1}]},
            "updateKeys": ["z6MkgzBDcBFV3sk4ypPE5YXMZHmS213A3HpYY2LmcVKV15jr"],
            "nextKeyHashes": ["QmZreDcjvWEpyRFznQeExWNCsvMLk5i59AcRJJuQC8UodJ"], "method": "did:webvh:0.5", "scid": scid},
            "state": {"@context": ["https://www.w3.org/ns/did/v1"], "id": format!("did:webvh:{scid}:domain.example")}});
        assert_eq!(of_entry(entry, scid).as_deref(), Some("QmQ6FJ4fk2xheSSQoEjVpTgx9AQPKhJgtR9hn1nr4EeCrZ"));
    }

    #[test]
    fn names_and_values_are_replaced_everywhere() {
        let value = json!({"a": ["x{SCID}y{SCID}", {"{SCID}": null}], "b": 1});
        assert_eq!(replaced(&value, PLACEHOLDER, "Qm"), json!({"a": ["xQmyQm", {"Qm": null}], "b": 1}));
    }
}
