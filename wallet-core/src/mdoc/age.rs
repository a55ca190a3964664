//! `age_over_NN` by the nearest rule (ISO 18013-5 §7.2.5): who asks for an age that is not attested may be told the nearest
//! age that is, and can draw the conclusion.

use serde_json::{Map, Value};

const PREFIX: &str = "age_over_";

/// The age of an element named `age_over_NN`, two digits.
pub fn age_of(element: &str) -> Option<u8> {
    let digits = element.strip_prefix(PREFIX)?;
    let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}

/// Which of `elements`, those of one namespace, says whether its subject is `age` years old or older, and what it says: that
/// age itself; else the nearest at or above it that is true; else the nearest below it that is false. `None`: none can tell.
pub fn attestation(elements: &Map<String, Value>, age: u8) -> Option<(&str, bool)> {
    let attested =
        || elements.iter().filter_map(|(name, value)| Some((age_of(name)?, name.as_str(), value.as_bool()?)));
    if let Some((_, name, value)) = attested().find(|(attested, ..)| *attested == age) {
        return Some((name, value));
    }
    let above =
        attested().filter(|(attested, _, value)| *attested > age && *value).min_by_key(|(age, ..)| *age);
    let below =
        || attested().filter(|(attested, _, value)| *attested < age && !*value).max_by_key(|(age, ..)| *age);
    above.or_else(below).map(|(_, name, value)| (name, value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_nearest_age_that_can_tell_tells() {
        let elements = json!({
            "age_over_16": true, "age_over_18": true, "age_over_25": false, "age_over_65": false, "age_over_1": true,
            "age_over_021": true, "age_over_+9": true, "age_over_30": "true",
        });
        let elements = elements.as_object().unwrap();
        for (age, told) in [
            (16, Some(("age_over_16", true))),
            (18, Some(("age_over_18", true))),
            (12, Some(("age_over_16", true))),
            (17, Some(("age_over_18", true))),
            (21, None),
            (25, Some(("age_over_25", false))),
            (30, Some(("age_over_25", false))),
            (64, Some(("age_over_25", false))),
            (70, Some(("age_over_65", false))),
        ] {
            assert_eq!(attestation(elements, age), told, "{age}");
        }
        assert_eq!(attestation(&Map::new(), 18), None);
    }
}
