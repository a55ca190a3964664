//! JSON that holds a secret: what was read of it is overwritten when it is dropped.

use std::fmt;
use std::ops::Deref;

use serde_json::Value;
use zeroize::Zeroize as _;

use super::{JsonError, Limits, parse};

/// A value whose texts are overwritten when it is dropped. Names and numbers are not: no secret is one. Nor are those of a
/// text that was refused.
pub struct Wiped(Value);

impl Wiped {
    /// Reads one JSON value, as [`parse`]. The bytes are the caller's to wipe.
    ///
    /// # Errors
    /// [`JsonError`] for the first thing refused.
    pub fn parse(bytes: &[u8], limits: Limits) -> Result<Self, JsonError> {
        parse(bytes, limits).map(Self)
    }

    /// Takes the member `name` out of an object.
    pub fn take(&mut self, name: &str) -> Option<Self> {
        self.0.as_object_mut()?.remove(name).map(Self)
    }
}

impl Deref for Wiped {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl fmt::Debug for Wiped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wiped(redacted)")
    }
}

/// As deep as the value was read, which is bounded.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(elements) => elements.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_text_is_wiped_however_deep() {
        let mut value = json!({"d": "secret", "n": 1, "in": [["deep"], {"er": "still"}, null, true]});
        wipe(&mut value);
        assert_eq!(value, json!({"d": "", "n": 1, "in": [[""], {"er": ""}, null, true]}));
    }

    #[test]
    fn a_member_is_taken_out_and_nothing_is_printed() {
        let mut value = Wiped::parse(br#"{"key":{"d":"secret"},"id":"k"}"#, Limits::MESSAGE).unwrap();
        let key = value.take("key").unwrap();
        assert_eq!((key["d"].as_str(), value["id"].as_str()), (Some("secret"), Some("k")));
        assert!(value.take("key").is_none() && value.get("key").is_none());
        assert_eq!(format!("{key:?}"), "Wiped(redacted)");
        assert_eq!(Wiped::parse(b"{", Limits::MESSAGE).unwrap_err(), JsonError::Syntax);
    }
}
