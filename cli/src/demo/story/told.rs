//! What a verifier told whoever asked: the verdict's JSON form and the disclosed claims (docs/VERIFIER-API.md).

use jigap_wallet_core::status::Freshness;
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::verdict::checks;
use serde_json::Value;

use crate::demo::registrar::at;

/// A verifier's result.
pub(super) struct Told(pub(super) Value);

/// One check of a verdict.
pub(super) struct Finding<'t> {
    id: &'t str,
    pub(super) result: &'t str,
    finding: &'t Value,
}

impl Told {
    pub(super) fn accepted(&self) -> bool {
        at(&self.0, "/verdict/accepted") == true
    }

    /// All checks: those of the credentials, then those of the whole.
    pub(super) fn checks(&self) -> Vec<Finding<'_>> {
        let verdict = at(&self.0, "/verdict");
        let credentials = at(verdict, "/credentials").as_array().into_iter().flatten();
        let lists = credentials.map(|credential| at(credential, "/checks")).chain([at(verdict, "/checks")]);
        let findings = lists.filter_map(Value::as_array).flatten();
        findings
            .map(|finding| Finding {
                id: at(finding, "/id").as_str().unwrap_or_default(),
                result: at(finding, "/result").as_str().unwrap_or_default(),
                finding,
            })
            .collect()
    }

    /// Ids and reason codes of the refused checks.
    pub(super) fn refused_by(&self) -> Vec<(String, String)> {
        let reason =
            |check: &Finding<'_>| at(check.finding, "/reason").as_str().unwrap_or_default().to_owned();
        let refused = self.checks().into_iter().filter(|check| check.result == "refused");
        refused.map(|check| (check.id.to_owned(), reason(&check))).collect()
    }

    /// How fresh the status of the (only) credential is.
    pub(super) fn status(&self) -> Option<Freshness> {
        let status = at(&self.0, "/verdict/credentials/0/status");
        let as_of = at(status, "/as_of").as_str().and_then(Timestamp::parse_rfc3339);
        match (at(status, "/freshness").as_str()?, as_of) {
            ("fresh", Some(moment)) => Some(Freshness::Fresh(moment)),
            ("stale", Some(moment)) => Some(Freshness::Stale(moment)),
            _ => Some(Freshness::Unknown),
        }
    }

    /// Whether the disclosed claims, apart from the protocol's own, are exactly `names` (in alphabetical order).
    pub(super) fn claims_are(&self, names: &[&str]) -> bool {
        const PROTOCOL: [&str; 8] = ["iss", "iat", "nbf", "exp", "vct", "vct#integrity", "status", "cnf"];
        let Some(claims) = at(&self.0, "/claims/student/0").as_object() else { return false };
        let mut disclosed: Vec<&str> =
            claims.keys().map(String::as_str).filter(|name| !PROTOCOL.contains(name)).collect();
        disclosed.sort_unstable();
        disclosed == names
    }

    /// The names of what the one W3C credential that answers the query `id` says of its subject.
    pub(super) fn subject(&self, id: &str) -> Vec<&str> {
        let subject = at(&self.0, &format!("/claims/{id}/0/credentialSubject"));
        subject.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
    }

    /// Whether `word` stands anywhere in what was told.
    pub(super) fn says(&self, word: &str) -> bool {
        self.0.to_string().contains(word)
    }
}

impl Finding<'_> {
    /// The id, the rule where this program knows it, and why it did not pass.
    pub(super) fn say(&self, lang: Lang) -> String {
        let known = checks::ALL.iter().find(|check| check.id == self.id);
        let rule = known.map(|check| check.rule.get(lang)).unwrap_or_default();
        let tag = match lang {
            Lang::Ko => "ko",
            Lang::En => "en",
        };
        match self.finding[tag].as_str() {
            Some(reason) => format!("{} {rule}: {reason}", self.id),
            None => format!("{} {rule}", self.id),
        }
    }
}
