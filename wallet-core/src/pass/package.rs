//! What a scanner elsewhere (an old phone's browser) is given when it is paired: its gate's settings and the venue's key.
//!
//! ```json
//! { "format": "jigap-gate/1", "settings": { "venue": "…", … }, "key": { "kty": "OKP", … , "d": "…" } }
//! ```
//! Whoever has it can ask in the venue's name; it holds nothing about any visitor.

use jigap_keys::PrivateKey;
use jigap_keys::json::{Limits, Wiped};
use serde::Deserialize as _;
use zeroize::Zeroizing;

use super::GateSettings;

const FORMAT: &str = "jigap-gate/1";
const LIMITS: Limits = Limits { bytes: 64 * 1024, depth: 4 };

/// Why bytes are no package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// Not JSON of the form above.
    #[error("the bytes are not a gate's package")]
    Form,
    /// Another version of the format.
    #[error("the gate's package is of an unknown format")]
    UnknownFormat,
    /// The key is none.
    #[error("the gate's package holds no private key")]
    Key,
}

/// Writes the package of a gate.
pub fn write_package(settings: &GateSettings, key: &PrivateKey) -> Zeroizing<String> {
    let settings = serde_json::to_string(settings).unwrap_or_default();
    let key = key.to_jwk();
    let mut text = Zeroizing::new(String::with_capacity(settings.len() + key.len() + 64));
    for part in [r#"{"format":""#, FORMAT, r#"","settings":"#, &settings, r#","key":"#, &key, "}"] {
        text.push_str(part);
    }
    text
}

/// Reads what [`write_package`] wrote. The bytes are the caller's to wipe.
///
/// # Errors
/// [`PackageError`]
pub fn read_package(bytes: &[u8]) -> Result<(GateSettings, PrivateKey), PackageError> {
    let mut package = Wiped::parse(bytes, LIMITS).map_err(|_| PackageError::Form)?;
    let format = package.take("format").ok_or(PackageError::Form)?;
    if format.as_str() != Some(FORMAT) {
        return Err(PackageError::UnknownFormat);
    }
    let key = package.take("key").ok_or(PackageError::Key)?;
    let settings = package.take("settings").ok_or(PackageError::Form)?;
    if package.as_object().is_none_or(|rest| !rest.is_empty()) {
        return Err(PackageError::Form);
    }
    let settings = GateSettings::deserialize(&*settings).map_err(|_| PackageError::Form)?;
    Ok((settings, PrivateKey::from_jwk_value(&key).map_err(|_| PackageError::Key)?))
}

#[cfg(test)]
mod tests {
    use jigap_keys::KeyType;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::Repeatable;

    fn package() -> (String, PrivateKey) {
        let settings = json!({
            "venue": "Hanbit", "gate": "North", "facts": ["student"], "presence": "screen", "issuers": [],
            "max_trust_age_hours": 72,
        });
        let key = PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(1));
        let settings: GateSettings = serde_json::from_value(settings).unwrap();
        (write_package(&settings, &key).to_string(), key)
    }

    #[test]
    fn a_package_goes_there_and_back() {
        let (text, key) = package();
        let (settings, read) = read_package(text.as_bytes()).unwrap();
        assert_eq!((settings.venue.as_str(), settings.max_trust_age_hours), ("Hanbit", 72));
        assert_eq!(read.public(), key.public());
    }

    #[test]
    fn what_is_no_package_is_refused() {
        let refused = |change: fn(&mut Value)| {
            let mut value: Value = serde_json::from_str(&package().0).unwrap();
            change(&mut value);
            read_package(value.to_string().as_bytes()).err()
        };
        assert_eq!(refused(|it| it["format"] = json!("jigap-gate/2")), Some(PackageError::UnknownFormat));
        assert_eq!(refused(|it| it["key"]["d"] = json!("AA")), Some(PackageError::Key));
        assert_eq!(refused(|it| it["settings"]["more"] = json!(1)), Some(PackageError::Form));
        assert_eq!(refused(|it| it["more"] = json!(1)), Some(PackageError::Form));
        assert_eq!(refused(|it| *it = json!([])), Some(PackageError::Form));
        assert_eq!(read_package(b"").err(), Some(PackageError::Form));
        assert_eq!(read_package(&[b' '; 70_000]).err(), Some(PackageError::Form));
    }
}
