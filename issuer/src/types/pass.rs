//! What entry passes say of a credential type: the file `pass.json` in its folder (schemas/README.md).
//!
//! ```json
//! { "kind": "entry", "facts": ["age_over_19", "student"] }
//! ```
//! `facts` are claims of the type that are booleans: a pass says those that are `true`. Refused: a claim that the type has not,
//! more than fits a pass, and other kinds: what those want beside a signature (one copy, an end of its own, a mark when it is
//! used) is not made yet.

use jigap_keys::json::{self, Limits};
use jigap_keys::{KeyType, PublicKey};
use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jigap_wallet_core::pass::{Fact, Generation, Kind, PassClaims};
use jigap_wallet_core::time::Timestamp;
use serde_json::{Map, Value};

/// The generator of P-256 (SEC 2 §2.4.2), compressed: a key whose pass is as large as passes are.
const SOME_KEY: [u8; 33] = [
    0x03, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
];

/// The form of a type's passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassForm {
    facts: Vec<Fact>,
}

impl PassForm {
    /// Reads the file; `None` if it is not in the form, leads to no claim that the type `has`, or says more than fits.
    pub fn parse(file: &[u8], has: impl Fn(&ClaimPath) -> bool) -> Option<Self> {
        let value = json::parse(file, Limits::MESSAGE).ok()?;
        let members = value.as_object()?;
        let known = members.keys().all(|name| ["kind", "facts"].contains(&name.as_str()));
        let kind = Kind::from_name(members.get("kind")?.as_str()?)?;
        let names =
            members.get("facts").map_or(Some(&[][..]), |value| value.as_array().map(Vec::as_slice))?;
        let facts: Vec<Fact> =
            names.iter().map(|name| Fact::parse(name.as_str()?).ok()).collect::<Option<_>>()?;
        let form = Self { facts };
        let sound =
            known && kind == Kind::Entry && form.facts.iter().filter_map(claim).all(|path| has(&path));
        (sound && form.fits()?).then_some(form)
    }

    /// What a trust list calls its passes.
    pub const fn trusted_type(&self) -> &'static str {
        Kind::Entry.trusted_type()
    }

    /// Whether a pass says what stands at `path`.
    pub(crate) fn says(&self, path: &ClaimPath) -> bool {
        self.facts.iter().filter_map(claim).any(|fact| fact == *path)
    }

    /// What the pass of somebody says, of whom `claims` are so.
    pub(crate) fn fill(
        &self,
        claims: &Map<String, Value>,
        holder: PublicKey,
        generation: Generation,
    ) -> PassClaims {
        let is_so = |fact: &&Fact| claims.get(&fact.to_string()) == Some(&Value::Bool(true));
        let facts = self.facts.iter().filter(is_so).cloned().collect();
        PassClaims {
            kind: Kind::Entry,
            facts,
            particulars: Vec::new(),
            expires: generation.ends(),
            holder,
            version: 0,
            status: None,
        }
    }

    /// Whether somebody of whom all of it is so has a pass.
    fn fits(&self) -> Option<bool> {
        let key = PublicKey::from_bytes(KeyType::P256, &SOME_KEY).ok()?;
        let all = self.facts.iter().map(|fact| (fact.to_string(), Value::Bool(true))).collect();
        let pass = self.fill(&all, key.clone(), Generation::of(Timestamp::from_unix(i64::from(u32::MAX))));
        Some(pass.unsigned(&key).is_ok())
    }
}

/// Where the claim stands that a fact is.
fn claim(fact: &Fact) -> Option<ClaimPath> {
    ClaimPath::new(vec![PathStep::Key(fact.to_string())]).ok()
}

#[cfg(test)]
mod tests {
    use jigap_keys::PrivateKey;
    use jigap_platform::testing::SeededEntropy;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pass_says_what_is_so_and_nothing_else() {
        let form =
            PassForm::parse(br#"{"kind": "entry", "facts": ["student", "age_over_19"]}"#, |_| true).unwrap();
        let holder = PrivateKey::generate(KeyType::Ed25519, &SeededEntropy::new(1)).public().clone();
        let of = |claims: Value| {
            let generation = Generation::of(Timestamp::from_unix(1_900_000_000));
            form.fill(claims.as_object().unwrap(), holder.clone(), generation).facts
        };
        let student = Fact::parse("student").unwrap();
        assert_eq!(of(json!({"student": true, "age_over_19": false, "name": "홍길동"})), [student]);
        assert!(of(json!({"student": "true", "age_over_19": 1, "member": true})).is_empty());
    }

    #[test]
    fn what_is_no_form_is_refused() {
        let parse = |text: &str| PassForm::parse(text.as_bytes(), |path| path.to_string() != "absent");
        for text in [
            "",
            "[]",
            "{}",
            r#"{"kind": "pass"}"#,
            r#"{"kind": "ticket"}"#,
            r#"{"kind": "entry", "facts": "student"}"#,
            r#"{"kind": "entry", "facts": ["Student"]}"#,
            r#"{"kind": "entry", "facts": ["absent"]}"#,
            r#"{"kind": "entry", "more": 1}"#,
            r#"{"kind": "entry", "facts": ["a", "b", "c", "d", "e", "f", "g", "h", "i"]}"#,
            r#"{"kind": "entry", "facts": ["a_name_of_fifteen", "and_another_of_them", "student"]}"#,
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(parse(r#"{"kind": "entry"}"#).is_some());
        assert!(
            parse(r#"{"kind": "entry", "facts": ["age_over_14", "age_over_19", "student", "member"]}"#)
                .is_some()
        );
    }
}
