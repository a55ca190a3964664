//! One disclosure (RFC 9901 §4.2): salt, claim name unless it is an array element, value.
//!
//! Refuses what is not strict base64url of a strict JSON array of that shape.

use jigap_keys::hash::HashAlgorithm;
use jigap_keys::json::{self, Limits};
use jigap_keys::{Entropy, base64url};
use serde_json::{Value, json};

use super::MAX_DEPTH;
use crate::verdict::{Check, Reason, Refusal};

/// SD-04: each disclosure is well-formed and of the kind that its digest's place wants.
pub const DISCLOSURE: Check = Check::new(
    "SD-04",
    "a disclosure is base64url of a JSON array: salt, name and value for a member; salt and value for an array element",
    "공개 항목은 JSON 배열의 base64url입니다. 객체 항목이면 솔트·이름·값, 배열 원소이면 솔트·값으로 되어 있습니다",
    "RFC 9901 §4.2, §7.1",
);

const NOT_BASE64URL: Reason = Reason::new(
    "disclosure-base64url",
    "a disclosure is not strict base64url",
    "공개 항목이 엄격한 base64url이 아닙니다",
);
const NOT_JSON: Reason = Reason::new(
    "disclosure-json",
    "a disclosure is not strict JSON within its limits",
    "공개 항목이 제한을 지킨 엄격한 JSON이 아닙니다",
);
const SHAPE: Reason = Reason::new(
    "disclosure-shape",
    "a disclosure does not hold what its place wants",
    "공개 항목의 내용이 그 자리에 맞지 않습니다",
);

/// Every disclosure together is bounded by the SD-JWT's size; the array itself takes one level.
const LIMITS: Limits = Limits { bytes: super::MAX_BYTES, depth: MAX_DEPTH + 1 };

/// A decoded disclosure, its salt forgotten.
pub(super) struct Disclosure {
    name: Option<String>,
    value: Value,
}

impl Disclosure {
    /// Decodes a disclosure.
    pub(super) fn read(encoded: &str) -> Result<Self, Refusal> {
        let bytes = base64url::decode(encoded).map_err(|_| DISCLOSURE.refuse(NOT_BASE64URL))?;
        let decoded = json::parse(&bytes, LIMITS).map_err(|_| DISCLOSURE.refuse(NOT_JSON))?;
        let Value::Array(mut elements) = decoded else { return Err(DISCLOSURE.refuse(SHAPE)) };
        let value = elements.pop().unwrap_or_default();
        match elements.as_mut_slice() {
            [Value::String(_)] => Ok(Self { name: None, value }),
            [Value::String(_), Value::String(name)] => Ok(Self { name: Some(std::mem::take(name)), value }),
            _ => Err(DISCLOSURE.refuse(SHAPE)),
        }
    }

    /// Name and value, where an object member is wanted.
    pub(super) fn into_member(self) -> Result<(String, Value), Refusal> {
        self.name.map(|name| (name, self.value)).ok_or(DISCLOSURE.refuse(SHAPE))
    }

    /// The value, where an array element is wanted.
    pub(super) fn into_element(self) -> Result<Value, Refusal> {
        if self.name.is_none() { Ok(self.value) } else { Err(DISCLOSURE.refuse(SHAPE)) }
    }
}

/// Encodes a disclosure with a fresh salt of 128 bits.
pub(super) fn write(name: Option<&str>, value: &Value, entropy: &dyn Entropy) -> String {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    let salt = base64url::encode(salt);
    let array = match name {
        Some(name) => json!([salt, name, value]),
        None => json!([salt, value]),
    };
    base64url::encode(array.to_string())
}

/// The digest by which the payload refers to an encoded disclosure, and by which a key binding JWT refers to an SD-JWT.
pub(super) fn digest(hash: HashAlgorithm, text: &str) -> String {
    base64url::encode(hash.digest(text.as_bytes()))
}
