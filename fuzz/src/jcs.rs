//! Target of canonical JSON (RFC 8785), against a second writer, the plainest there is: `serde_json` for strings, names sorted
//! as lists of UTF-16 code units, numbers put together from Rust's shortest digits as ECMAScript has them.

use jigap_keys::hash::{HashAlgorithm, sha256};
use jigap_keys::json::{JsonError, Limits, canonicalize, digest_object, parse};
use serde_json::{Number, Value};

use crate::fixtures::{WIDE, must, seeds};

/// The canonical form is that of the second writer, means the same, and is its own canonical form; its hash is the same
/// however it is reached.
pub(crate) fn jcs(data: &[u8]) {
    let Ok(value) = parse(data, Limits::MESSAGE) else { return };
    let canonical = canonicalize(&value);
    if let Value::Object(members) = &value {
        let members = members.iter().map(|(name, value)| (name.as_str(), value));
        let digest = canonical.as_ref().map(|text| sha256(text.as_bytes()).to_vec());
        assert_eq!(digest_object(members, HashAlgorithm::Sha256), digest.map_err(|error| *error));
    }
    match canonical {
        Ok(canonical) => {
            assert_eq!(canonical, plainly(&value));
            let again = must(parse(canonical.as_bytes(), WIDE));
            assert_eq!(canonicalize(&again), Ok(canonical));
        }
        Err(error) => assert_eq!(error, JsonError::InexactNumber),
    }
}

fn plainly(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => must(serde_json::to_string(value)),
        Value::Number(number) => plain_number(number),
        Value::Array(items) => format!("[{}]", items.iter().map(plainly).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.encode_utf16().collect::<Vec<_>>());
            let member = |(name, value): (&String, &Value)| {
                format!("{}:{}", must(serde_json::to_string(name)), plainly(value))
            };
            format!("{{{}}}", members.into_iter().map(member).collect::<Vec<_>>().join(","))
        }
    }
}

/// ECMA-262 §6.1.6.1.20: `digits` are all that are needed, the point stands behind the `point`-th of them.
fn plain_number(number: &Number) -> String {
    let value = number.as_f64().unwrap_or(f64::NAN);
    if value == 0.0 {
        return "0".to_owned();
    }
    let sign = if value < 0.0 { "-" } else { "" };
    // As many digits as Rust needs; of two numbers of so many that are as near, ECMAScript wants the even one.
    let shortest = format!("{:e}", value.abs());
    let more = shortest.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count() - 1;
    let even = format!("{:.more$e}", value.abs());
    let written = if even.parse() == Ok(value.abs()) { even } else { shortest };
    let (mantissa, exponent) = written.split_once('e').unwrap_or_default();
    let digits = mantissa.replace('.', "");
    let point = 1 + must(exponent.parse::<i32>());
    let text = match usize::try_from(point) {
        Ok(point) if digits.len() <= point && point <= 21 => format!("{digits:0<point$}"),
        Ok(point) if 0 < point && point <= 21 => {
            let (whole, rest) = digits.split_at(point);
            format!("{whole}.{rest}")
        }
        _ if -6 < point && point <= 0 => format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize)),
        _ => format!("{mantissa}e{}{}", if point > 0 { "+" } else { "-" }, (point - 1).abs()),
    };
    format!("{sign}{text}")
}

pub(crate) fn jcs_seeds() -> Vec<Vec<u8>> {
    seeds([
        r#"{"a":[1,-2.5e3,1e-7,0,-0,true,false,null,"\u20ac\n\u001f\u007f\ud83d\ude00"],"b":{"c":{}},"":[]}"#,
        r#"{"\ue000":1,"\ud83d\ude00":2,"가":3,"\r":4,"ö":5,"1":6,"a":{"\uffff":[],"\ud800\udc00":{}}}"#,
        "[1e20,1e21,123456789012345680000,1.5e-6,1.5e-7,0.000001,1e-6,5e-324,1.7976931348623157e308,-1e-9,333333333.33333329,-558.74029541015625]",
        "[9007199254740992,9007199254740993,18446744073709551615,-9223372036854775808]",
    ])
}
