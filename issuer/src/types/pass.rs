//! What entry passes say of a credential type: the file `pass.json` in its folder (schemas/README.md).
//!
//! ```json
//! { "kind": "entry", "facts": ["age_over_19", "student"] }
//! { "kind": "ticket", "ends": "ends" }
//! ```
//! `facts` are claims of the type that are booleans: a pass says those that are `true`. Tickets and cards say their particulars too,
//! claims of the names that [`Kind::particulars`] has, texts, the first of which the type demands; and `ends` is the claim, a moment (RFC 3339), that
//! says when one ends. Refused: a claim that the type has not, and more than fits a pass.

use std::collections::BTreeSet;

use jigap_keys::json::{self, Limits};
use jigap_keys::{KeyType, PublicKey};
use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jigap_wallet_core::pass::{Fact, Generation, Kind, PassClaims, PassStatus};
use jigap_wallet_core::time::Timestamp;
use serde_json::{Map, Value};

use crate::blind::MAX_FACTS;
use crate::versions;

/// The generator of P-256 (SEC 2 §2.4.2), compressed: a key whose pass is as large as passes are.
const SOME_KEY: [u8; 33] = [
    0x03, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
];

/// The form of a type's passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassForm {
    kind: Kind,
    facts: Vec<Fact>,
    /// The claim that says when a pass ends; none of entry passes, which end with their generation.
    ends: Option<String>,
}

/// What a pass gets that its claims do not say.
pub(crate) struct Given {
    /// The key that shows it.
    pub(crate) holder: PublicKey,
    /// The generation that an entry pass is of.
    pub(crate) generation: Generation,
    /// Which version of its kind is issued.
    pub(crate) version: u32,
    /// Its place in a status list; none of entry passes.
    pub(crate) status: Option<PassStatus>,
}

impl PassForm {
    /// Reads the file; `None` if it is not in the form, leads to no claim that the type `has`, or says more than fits. `has` says of a
    /// claim whether it is mandatory.
    pub fn parse(file: &[u8], has: impl Fn(&ClaimPath) -> Option<bool>) -> Option<Self> {
        let value = json::parse(file, Limits::MESSAGE).ok()?;
        let members = value.as_object()?;
        let known = members.keys().all(|name| ["kind", "facts", "ends"].contains(&name.as_str()));
        let kind = Kind::from_name(members.get("kind")?.as_str()?)?;
        let names =
            members.get("facts").map_or(Some(&[][..]), |value| value.as_array().map(Vec::as_slice))?;
        let facts: Vec<Fact> =
            names.iter().map(|name| Fact::parse(name.as_str()?).ok()).collect::<Option<_>>()?;
        let ends = match members.get("ends") {
            None => None,
            Some(name) => Some(name.as_str()?.to_owned()),
        };
        let form = Self { kind, facts, ends };
        let is_there = |name: &str| claim(name).and_then(|path| has(&path)).is_some();
        let is_mandatory = |name: &str| claim(name).and_then(|path| has(&path)) == Some(true);
        let names = kind.particulars();
        // What a gate asks for has to be said; and only an entry pass ends by itself.
        let ends = match (&form.ends, names.first()) {
            (None, None) => true,
            (Some(ends), Some(first)) => is_mandatory(ends) && is_mandatory(first),
            _ => false,
        };
        let sound = known
            && ends
            && names.iter().all(|name| is_there(name))
            && form.facts.iter().all(|fact| is_there(&fact.to_string()));
        (sound && form.fits()?).then_some(form)
    }

    /// What its passes are for.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What a trust list calls its passes.
    pub const fn trusted_type(&self) -> &'static str {
        self.kind.trusted_type()
    }

    /// Whether somebody gets many of them, which nothing connects: entry passes. Of a ticket or card there is one, which can be
    /// revoked.
    pub const fn is_many(&self) -> bool {
        matches!(self.kind, Kind::Entry)
    }

    /// Whether a pass says what stands at `path`.
    pub(crate) fn says(&self, path: &ClaimPath) -> bool {
        let facts = self.facts.iter().map(Fact::to_string);
        let particulars = self.kind.particulars().iter().map(|name| (*name).to_owned());
        facts.chain(particulars).filter_map(|name| claim(&name)).any(|said| said == *path)
    }

    /// When a pass of whom `claims` are so ends; `None`: with its generation.
    pub(crate) fn ends(&self, claims: &Map<String, Value>) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(claims.get(self.ends.as_deref()?)?.as_str()?)
    }

    /// Whether a pass can say `claims`, whoever signs it: texts may be too long for one.
    pub(crate) fn can_say(&self, claims: &Map<String, Value>) -> bool {
        let key = PublicKey::from_bytes(KeyType::P256, &SOME_KEY);
        let named = self.kind.particulars().first().is_none_or(|first| !said(claims, first).is_empty());
        named && key.is_ok_and(|key| self.filled(claims, &key))
    }

    /// The facts that are so of whom `claims` are, sorted.
    pub(crate) fn facts_of(&self, claims: &Map<String, Value>) -> Vec<Fact> {
        let is_so = |fact: &&Fact| claims.get(&fact.to_string()) == Some(&Value::Bool(true));
        let facts: BTreeSet<Fact> = self.facts.iter().filter(is_so).cloned().collect();
        facts.into_iter().collect()
    }

    /// Whether there are so few facts that there can be a key for each set of them.
    pub(crate) fn can_be_blind(&self) -> bool {
        self.is_many() && self.facts.len() <= MAX_FACTS
    }

    /// Every set of facts that passes may say, each sorted.
    pub(crate) fn sets_of_facts(&self) -> Vec<Vec<Fact>> {
        let facts: BTreeSet<&Fact> = self.facts.iter().collect();
        facts.into_iter().fold(vec![Vec::new()], |mut sets, fact| {
            let with = sets.iter().map(|set| [&set[..], std::slice::from_ref(fact)].concat());
            let with: Vec<_> = with.collect();
            sets.extend(with);
            sets
        })
    }

    /// What the pass of somebody says, of whom `claims` are so.
    pub(crate) fn fill(&self, claims: &Map<String, Value>, given: Given) -> PassClaims {
        let facts = self.facts_of(claims);
        let Given { holder, generation, version, status } = given;
        let particulars = self.kind.particulars().iter().map(|name| said(claims, name).to_owned()).collect();
        let expires = self.ends(claims).unwrap_or(generation.ends());
        PassClaims { kind: self.kind, facts, particulars, expires, holder, version, status }
    }

    /// Whether somebody of whom all facts are so has a pass, if it says little else.
    fn fits(&self) -> Option<bool> {
        let key = PublicKey::from_bytes(KeyType::P256, &SOME_KEY).ok()?;
        let facts = self.facts.iter().map(|fact| (fact.to_string(), Value::Bool(true)));
        let ends = self.ends.iter().map(|name| (name.clone(), Value::from("2099-12-31T23:59:59Z")));
        Some(self.filled(&facts.chain(ends).collect(), &key))
    }

    fn filled(&self, claims: &Map<String, Value>, key: &PublicKey) -> bool {
        let status = (!self.is_many()).then_some(PassStatus { list: [0; 4], index: u64::from(u32::MAX) });
        // The last whose end has four bytes.
        let last = Timestamp::from_unix(i64::from(u32::MAX)).minus(Generation::LENGTH);
        let generation = Generation::of(last);
        let given = Given { holder: key.clone(), generation, version: versions::LAST, status };
        self.fill(claims, given).unsigned(key).is_ok()
    }
}

/// What `claims` say of the particular of this name; nothing is an empty text.
fn said<'c>(claims: &'c Map<String, Value>, name: &str) -> &'c str {
    claims.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Where the claim of this name stands.
fn claim(name: &str) -> Option<ClaimPath> {
    ClaimPath::new(vec![PathStep::Key(name.to_owned())]).ok()
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
            PassForm::parse(br#"{"kind": "entry", "facts": ["student", "age_over_19"]}"#, |_| Some(false))
                .unwrap();
        let holder = PrivateKey::generate(KeyType::Ed25519, &SeededEntropy::new(1)).public().clone();
        let of = |claims: Value| {
            let generation = Generation::of(Timestamp::from_unix(1_900_000_000));
            let given = Given { holder: holder.clone(), generation, version: 0, status: None };
            form.fill(claims.as_object().unwrap(), given).facts
        };
        let student = Fact::parse("student").unwrap();
        assert_eq!(of(json!({"student": true, "age_over_19": false, "name": "홍길동"})), [student]);
        assert!(of(json!({"student": "true", "age_over_19": 1, "member": true})).is_empty());
        let sets: BTreeSet<String> = form.sets_of_facts().iter().map(|set| format!("{set:?}")).collect();
        let expected = ["[AgeOver(19), Named(\"student\")]", "[AgeOver(19)]", "[Named(\"student\")]", "[]"];
        assert_eq!(sets.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_no_form_is_refused() {
        let has = |path: &ClaimPath| (path.to_string() != "absent").then(|| path.to_string() != "optional");
        let parse = |text: &str| PassForm::parse(text.as_bytes(), has);
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
            r#"{"kind": "entry", "ends": "ends"}"#,
            r#"{"kind": "ticket", "ends": "optional"}"#,
            r#"{"kind": "ticket", "ends": "absent"}"#,
            r#"{"kind": "ticket", "ends": 7}"#,
            r#"{"kind": "entry", "facts": ["a", "b", "c", "d", "e", "f", "g", "h", "i"]}"#,
            r#"{"kind": "entry", "facts": ["a_name_of_fifteen", "and_another_of_them", "student"]}"#,
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(parse(r#"{"kind": "entry"}"#).is_some());
        assert!(parse(r#"{"kind": "ticket", "ends": "ends"}"#).is_some());
        let without = |name: &'static str| {
            let has = move |path: &ClaimPath| (path.to_string() != name).then_some(true);
            PassForm::parse(br#"{"kind": "membership", "ends": "ends"}"#, has).is_some()
        };
        assert!(without("seat") && !without("organisation") && !without("level") && !without("ends"));
        assert!(
            parse(r#"{"kind": "entry", "facts": ["age_over_14", "age_over_19", "student", "member"]}"#)
                .is_some()
        );
    }

    #[test]
    fn a_ticket_says_where_it_is_for_and_when_it_ends() {
        let form = PassForm::parse(br#"{"kind": "ticket", "ends": "ends"}"#, |_| Some(true)).unwrap();
        let holder = PrivateKey::generate(KeyType::Ed25519, &SeededEntropy::new(1)).public().clone();
        let claims = json!({"event": "음악회", "seat": "34", "ends": "2026-12-31T22:00:00+09:00"});
        let generation = Generation::of(Timestamp::from_unix(1_900_000_000));
        let given = Given { holder, generation, version: 2, status: None };
        let pass = form.fill(claims.as_object().unwrap(), given);
        assert_eq!(pass.particulars, ["음악회", "", "", "34"]);
        assert_eq!((pass.expires.to_rfc3339().as_str(), pass.version), ("2026-12-31T13:00:00Z", 2));
        let can_say = |claims: Value| form.can_say(claims.as_object().unwrap());
        assert!(can_say(claims.clone()));
        for event in ["", "가나다라마바사아자차카타파하", "a\u{202E}"] {
            let mut claims = claims.clone();
            claims["event"] = event.into();
            assert!(!can_say(claims), "{event}");
        }
        let long = "가".repeat(13);
        assert!(!can_say(
            json!({"event": long, "zone": long, "row": long, "seat": long, "ends": "2026-12-31T22:00:00Z"})
        ));
    }
}
