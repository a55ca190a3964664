//! What entry passes make of a credential type: the file `pass.json` in its folder (schemas/README.md).
//!
//! ```json
//! { "kind": "ticket", "facts": ["age_over_19"], "particulars": [["event", "name"], ["zone"], ["row"], ["seat"]] }
//! ```
//! `facts` are claims of the type that are booleans: a pass says those that are `true`. `particulars` are paths of claims that
//! are texts, as many as the kind has, in its order; one that a person has not is left empty. Refused: a claim that the type has
//! not, and another number of particulars.

use jigap_keys::PublicKey;
use jigap_keys::json::{self, Limits};
use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jigap_wallet_core::pass::{Fact, Kind, PassClaims, PassStatus};
use jigap_wallet_core::time::Timestamp;
use serde_json::{Map, Value};

/// The form of a type's passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassForm {
    kind: Kind,
    facts: Vec<Fact>,
    particulars: Vec<ClaimPath>,
}

impl PassForm {
    /// Reads the file; `None` if it is not in the form, or leads to no claim of `claims`.
    pub fn parse(file: &[u8], has: impl Fn(&ClaimPath) -> bool) -> Option<Self> {
        let value = json::parse(file, Limits::MESSAGE).ok()?;
        let members = value.as_object()?;
        if !members.keys().all(|name| ["kind", "facts", "particulars"].contains(&name.as_str())) {
            return None;
        }
        let list =
            |name: &str| members.get(name).map_or(Some(&[][..]), |value| value.as_array().map(Vec::as_slice));
        let kind = Kind::from_name(members.get("kind")?.as_str()?)?;
        let facts: Vec<Fact> =
            list("facts")?.iter().map(|name| Fact::parse(name.as_str()?).ok()).collect::<Option<_>>()?;
        let particulars: Vec<ClaimPath> =
            list("particulars")?.iter().map(|path| ClaimPath::from_json(path).ok()).collect::<Option<_>>()?;
        let claims = facts.iter().filter_map(claim).chain(particulars.iter().cloned());
        let sound = particulars.len() == kind.particulars().len() && claims.clone().all(|path| has(&path));
        sound.then_some(Self { kind, facts, particulars })
    }

    /// The kind of pass.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether a pass says what stands at `path`.
    pub(crate) fn says(&self, path: &ClaimPath) -> bool {
        self.particulars.contains(path) || self.facts.iter().filter_map(claim).any(|fact| fact == *path)
    }

    /// What the pass of somebody says, of whom `claims` are so.
    pub(crate) fn fill(
        &self,
        claims: &Map<String, Value>,
        (holder, status): (PublicKey, Option<PassStatus>),
        expires: Timestamp,
    ) -> PassClaims {
        let is_so = |fact: &&Fact| claims.get(&fact.to_string()) == Some(&Value::Bool(true));
        let root = Value::Object(claims.clone());
        let text = |path: &ClaimPath| match path.select(&root).as_slice() {
            [Value::String(text)] => text.clone(),
            [Value::Number(number)] => number.to_string(),
            _ => String::new(),
        };
        PassClaims {
            kind: self.kind,
            facts: self.facts.iter().filter(is_so).cloned().collect(),
            particulars: self.particulars.iter().map(text).collect(),
            expires,
            holder,
            version: 0,
            status,
        }
    }
}

/// Where the claim stands that a fact is.
fn claim(fact: &Fact) -> Option<ClaimPath> {
    ClaimPath::new(vec![PathStep::Key(fact.to_string())]).ok()
}

#[cfg(test)]
mod tests {
    use jigap_keys::{KeyType, PrivateKey};
    use jigap_platform::testing::SeededEntropy;
    use serde_json::json;

    use super::*;

    const TICKET: &str = r#"{"kind": "ticket", "facts": ["vip"], "particulars": [["event", "name"], ["zone"], ["row"], ["seat"]]}"#;

    #[test]
    fn a_pass_says_what_is_so() {
        let form = PassForm::parse(TICKET.as_bytes(), |_| true).unwrap();
        let holder = PrivateKey::generate(KeyType::Ed25519, &SeededEntropy::new(1)).public().clone();
        let claims =
            json!({"event": {"name": "음악회"}, "zone": "R", "row": 12, "vip": true, "name": "홍길동"});
        let pass =
            form.fill(claims.as_object().unwrap(), (holder, None), Timestamp::from_unix(1_900_000_000));
        assert_eq!(pass.particulars, ["음악회", "R", "12", ""]);
        assert_eq!(pass.facts, [Fact::parse("vip").unwrap()]);
        let holder = pass.holder.clone();
        let not = json!({"vip": "true"});
        let pass = form.fill(not.as_object().unwrap(), (holder, None), Timestamp::from_unix(1_900_000_000));
        assert_eq!((pass.facts.len(), pass.particulars.concat().len()), (0, 0));
    }

    #[test]
    fn what_is_no_form_is_refused() {
        let parse = |text: &str| PassForm::parse(text.as_bytes(), |_| true);
        for text in [
            "",
            "[]",
            "{}",
            r#"{"kind": "pass"}"#,
            r#"{"kind": "entry", "facts": "student"}"#,
            r#"{"kind": "entry", "facts": ["Student"]}"#,
            r#"{"kind": "entry", "particulars": [["zone"]]}"#,
            r#"{"kind": "ticket", "particulars": [["zone"]]}"#,
            r#"{"kind": "entry", "more": 1}"#,
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(parse(r#"{"kind": "entry"}"#).is_some());
        assert_eq!(PassForm::parse(TICKET.as_bytes(), |path| path.to_string() != "zone"), None);
    }
}
