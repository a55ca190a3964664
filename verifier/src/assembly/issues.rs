//! What a template leads to, from `[verifier.templates.{name}.issues]`. Refused: facts and distinctions of what the query does not
//! ask for, more facts than are said, and queries that somebody else than the holder could answer.

use std::collections::BTreeMap;

use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jigap_wallet_core::dcql::{CredentialQuery, Query};
use jigap_wallet_core::vci::IssuerIdentifier;
use jigap_wallet_core::verdict::signed::{Fact, MAX_FACTS, MAX_TEXT, is_fact};
use serde::Deserialize;
use serde_json::Value;

use crate::issues::{Issues, Source};

/// `[verifier.templates.{name}.issues]`: an offer for whoever answers, by an issuer that takes this verifier's verdicts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuesConfig {
    /// The issuer's identifier: its tenant's URL.
    pub issuer: String,
    /// What the issuer is told, by the id of a credential query and the name of the fact: said where that query was answered.
    #[serde(default)]
    pub facts: BTreeMap<String, BTreeMap<String, SourceConfig>>,
    /// By the id of a credential query, claims that the query names and that tell a credential from all others of its issuer, such as
    /// its number. The issuer gets a digest of them that only this verifier makes, and whoever asked is not told them. Without, the key
    /// tells what was shown apart: then each copy in a wallet counts as a credential.
    #[serde(default)]
    pub once_by: BTreeMap<String, Vec<ClaimPath>>,
}

/// Where a fact comes from.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum SourceConfig {
    /// `true`, or a text.
    Said(Fact),
    /// A claim that the query names.
    Claim(ClaimConfig),
}

/// `{ claim = ["path"] }`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimConfig {
    /// A claims path pointer (OpenID4VP 1.0 §7).
    pub claim: ClaimPath,
}

pub(super) fn issues(name: &str, config: &IssuesConfig, query: &Value) -> Result<Issues, &'static str> {
    let issuer = IssuerIdentifier::parse(&config.issuer, "issuer");
    let issuer = issuer.map_err(|_| "issuer is no identifier of a credential issuer")?;
    if name.is_empty() || name.len() > MAX_TEXT || name.contains(char::is_control) {
        return Err("the template's name has 1 to 200 bytes and no control characters");
    }
    let query = Query::parse(query).map_err(|_| "the query cannot be read")?;
    if !query.credentials().iter().all(CredentialQuery::requires_holder_binding) {
        return Err(
            "whoever copied a credential could answer: the query does not require its holder's proof",
        );
    }
    if config.facts.values().map(BTreeMap::len).sum::<usize>() > MAX_FACTS {
        return Err("there are more than 16 facts");
    }
    let mut issues = Issues { issuer, facts: BTreeMap::new(), once_by: BTreeMap::new() };
    for (id, facts) in &config.facts {
        let asked = asked(&query, id)?;
        let sources = facts.iter().map(|(name, config)| Ok((name.clone(), source(name, config, asked)?)));
        issues.facts.insert(id.clone(), sources.collect::<Result<_, &'static str>>()?);
    }
    for (id, paths) in &config.once_by {
        let asked = asked(&query, id)?;
        let paths = paths.iter().map(|path| named(asked, path));
        issues.once_by.insert(id.clone(), paths.collect::<Result<_, _>>()?);
    }
    let by_keys = |path: &ClaimPath| path.steps().iter().all(|step| matches!(step, PathStep::Key(_)));
    if !issues.once_by.values().flatten().all(by_keys) {
        return Err("once_by names an element of an array");
    }
    Ok(issues)
}

fn source(name: &str, config: &SourceConfig, asked: &CredentialQuery) -> Result<Source, &'static str> {
    let (source, example) = match config {
        SourceConfig::Said(fact) => (Source::Said(fact.clone()), fact.clone()),
        SourceConfig::Claim(ClaimConfig { claim }) => (Source::Claim(named(asked, claim)?), Fact::Is(true)),
    };
    if is_fact(name, &example) {
        Ok(source)
    } else {
        Err("a fact is named by a-z, 0-9 and _, and a text has at most 200 bytes")
    }
}

fn asked<'q>(query: &'q Query, id: &str) -> Result<&'q CredentialQuery, &'static str> {
    let asked = query.credentials().iter().find(|asked| asked.id() == id);
    asked.ok_or("facts and once_by name a credential that the query does not ask for")
}

/// The claim at this path, which the query names.
fn named(asked: &CredentialQuery, path: &ClaimPath) -> Result<ClaimPath, &'static str> {
    let is_named = asked.claims().iter().any(|claim| claim.path == *path);
    if is_named {
        Ok(path.clone())
    } else {
        Err("facts and once_by name a claim that the query does not ask for")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(issues: Value, query: &Value) -> Result<Issues, &'static str> {
        let config: IssuesConfig = serde_json::from_value(issues).unwrap();
        super::issues("entry-pass", &config, query)
    }

    fn query() -> Value {
        json!({"credentials": [{
            "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": ["https://types.example/student-id/1"]},
            "claims": [{"path": ["student_number"]}, {"path": ["degrees", 0]}, {"path": ["enrolled"], "values": [true]}],
        }]})
    }

    #[test]
    fn facts_are_said_or_taken_from_what_the_query_names() {
        let issues = of(
            json!({
                "issuer": "https://id.example/passes",
                "facts": {"student": {"student": true, "kind": "day", "enrolled": {"claim": ["enrolled"]}}},
                "once_by": {"student": [["student_number"]]},
            }),
            &query(),
        )
        .unwrap();
        let facts = &issues.facts["student"];
        assert_eq!(facts["student"], Source::Said(Fact::Is(true)));
        assert_eq!(facts["kind"], Source::Said(Fact::Says("day".to_owned())));
        assert!(matches!(facts["enrolled"], Source::Claim(_)) && issues.once_by["student"].len() == 1);
    }

    #[test]
    fn what_could_not_be_said_is_refused_before_it_is_asked() {
        let issuer = "https://id.example/passes";
        for wrong in [
            json!({"issuer": "id.example"}),
            json!({"issuer": issuer, "facts": {"licence": {"student": true}}}),
            json!({"issuer": issuer, "facts": {"student": {"Student": true}}}),
            json!({"issuer": issuer, "facts": {"student": {"name": "x".repeat(201)}}}),
            json!({"issuer": issuer, "facts": {"student": {"name": {"claim": ["name"]}}}}),
            json!({"issuer": issuer, "once_by": {"student": [["name"]]}}),
            json!({"issuer": issuer, "once_by": {"student": [["degrees", 0]]}}),
            json!({"issuer": issuer, "once_by": {"licence": []}}),
        ] {
            assert!(of(wrong.clone(), &query()).is_err(), "{wrong}");
        }
        let mut bearer = query();
        bearer["credentials"][0]["require_cryptographic_holder_binding"] = json!(false);
        assert!(of(json!({"issuer": issuer}), &bearer).unwrap_err().contains("holder's proof"));
        let many: serde_json::Map<_, _> = (0..17).map(|at| (format!("f{at}"), json!(true))).collect();
        assert!(
            of(json!({"issuer": issuer, "facts": {"student": many}}), &query()).unwrap_err().contains("16")
        );
    }
}
