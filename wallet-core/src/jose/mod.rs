//! JOSE as Jigap uses it: JWS in compact serialization (RFC 7515), signed by EdDSA, ES256 or ES384 and nothing else;
//! and [`jwe`] for what is encrypted.
//!
//! Everything signed that is not Data Integrity or COSE passes here: issuer-signed JWTs, key binding JWTs, proofs,
//! request objects, status and trust lists. A [`Jws`] is foreign until [`Jws::verify`] makes it a [`VerifiedJws`].

mod header;
pub mod jwe;
mod jws;

use serde_json::Value;

use crate::time::Timestamp;

pub use header::{ALGORITHM, Algorithm, CRITICAL, HEADER, Header, KEY_MATERIAL, TYPE};
pub use jws::{FORM, Jws, KEY, PAYLOAD, SIGNATURE, SignError, UnsignedJws, VerifiedJws, sign};

/// Reads a NumericDate (RFC 7519 §2): a JSON number of seconds since the epoch, fractions cut off towards the past.
pub fn numeric_date(value: &Value) -> Option<Timestamp> {
    if let Some(seconds) = value.as_i64() {
        return Some(Timestamp::from_unix(seconds));
    }
    let seconds = value.as_f64()?.floor();
    // Beyond ±2^53 a float no longer counts seconds; nothing real is dated there.
    (seconds.abs() < 9_007_199_254_740_992.0).then_some(Timestamp::from_unix(seconds as i64))
}

#[cfg(test)]
mod tests;
