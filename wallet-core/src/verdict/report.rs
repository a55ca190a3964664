//! A verdict for machines (JSON) and for people (text). Neither holds a claim value.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Finding, JudgedCredential, Outcome, Scope, StatusMessage, Verdict};
use crate::status::Freshness;
use crate::text::{Lang, printable};
use crate::time::Timestamp;

impl Verdict {
    /// The JSON form: `accepted`, `scope`, `judged_at`, `checks`, `credentials[]` with `format`, `types`, `issuer`,
    /// `status` (`freshness`, `as_of`, `messages`) and `checks`; each check with `id`, `result`, and where it did not pass `reason`, `en` and `ko`. The
    /// same that it serializes as.
    pub fn to_json(&self) -> Value {
        // Texts, booleans, lists and objects: nothing in it can fail.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The text form in `lang`: a line a check, `✓` passed, `✗` refused, `–` not judged, and the verdict last.
    pub fn to_text(&self, lang: Lang) -> String {
        let mut lines = Vec::new();
        for credential in &self.credentials {
            lines.push(heading(credential, lang));
            lines.extend(credential.findings.iter().map(|finding| finding_line(finding, lang)));
        }
        lines.extend(self.findings.iter().map(|finding| finding_line(finding, lang)));
        lines.push(self.conclusion(lang).to_owned());
        lines.join("\n") + "\n"
    }

    fn conclusion(&self, lang: Lang) -> &'static str {
        match (self.scope, self.accepted(), self.proof_holds(), lang) {
            (Scope::Full, true, _, Lang::En) => "accepted",
            (Scope::Full, true, _, Lang::Ko) => "통과했습니다",
            (Scope::ProofAndStatus, _, _, Lang::En) if self.holds() => {
                "proof and status hold; trust not asked"
            }
            (Scope::ProofAndStatus, _, _, Lang::Ko) if self.holds() => {
                "서명과 상태가 맞습니다. 신뢰는 묻지 않았습니다"
            }
            (Scope::ProofOnly, _, true, Lang::En) => "the proof holds; issuer and trust not judged",
            (Scope::ProofOnly, _, true, Lang::Ko) => "서명이 맞습니다. 발급자와 신뢰는 판단하지 않았습니다",
            (_, _, _, Lang::En) => "refused",
            (_, _, _, Lang::Ko) => "거절했습니다",
        }
    }
}

impl Freshness {
    /// `fresh(as of 2026-11-22 00:00:00 UTC)`, `stale(as of …)` or `unknown`, in `lang`.
    pub fn say(self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Fresh(moment), Lang::En) => format!("fresh(as of {})", moment.to_civil(lang)),
            (Self::Fresh(moment), Lang::Ko) => format!("최신({} 기준)", moment.to_civil(lang)),
            (Self::Stale(moment), Lang::En) => format!("stale(as of {})", moment.to_civil(lang)),
            (Self::Stale(moment), Lang::Ko) => format!("오래됨({} 기준)", moment.to_civil(lang)),
            (Self::Unknown, Lang::En) => "unknown".to_owned(),
            (Self::Unknown, Lang::Ko) => "알 수 없음".to_owned(),
        }
    }
}

fn heading(credential: &JudgedCredential, lang: Lang) -> String {
    let mut line = format!("{} {}", credential.format.identifier(), printable(&credential.types.join(" ")));
    if let Some(issuer) = &credential.issuer {
        let issuer = printable(issuer);
        line += &match lang {
            Lang::En => format!(" from {issuer}"),
            Lang::Ko => format!(" (발급: {issuer})"),
        };
    }
    if let Some(freshness) = credential.freshness {
        line += &match lang {
            Lang::En => format!("; status {}", freshness.say(lang)),
            Lang::Ko => format!("; 상태 {}", freshness.say(lang)),
        };
    }
    line
}

fn finding_line(finding: &Finding, lang: Lang) -> String {
    let (mark, reason) = match finding.outcome {
        Outcome::Passed => ("✓", None),
        Outcome::Implied(reason) => ("✓", Some(reason)),
        Outcome::Refused(reason) => ("✗", Some(reason)),
        Outcome::NotJudged(reason) => ("–", Some(reason)),
    };
    let line = format!("  {mark} {} {}", finding.check.id, finding.check.rule.get(lang));
    match reason {
        Some(reason) => format!("{line}: {}", reason.say(lang)),
        None => line,
    }
}

/// The members stand in the order of their names, as in every JSON text made here.
impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        VerdictJson {
            accepted: self.accepted(),
            checks: self.findings.iter().map(FindingJson::new).collect(),
            credentials: self.credentials.iter().map(CredentialJson::new).collect(),
            judged_at: self.judged_at.to_rfc3339(),
            scope: match self.scope {
                Scope::Full => "full",
                Scope::ProofAndStatus => "proof-and-status",
                Scope::ProofOnly => "proof-only",
            },
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct VerdictJson<'v> {
    accepted: bool,
    checks: Vec<FindingJson>,
    credentials: Vec<CredentialJson<'v>>,
    judged_at: String,
    scope: &'static str,
}

#[derive(Serialize)]
struct CredentialJson<'v> {
    checks: Vec<FindingJson>,
    format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'v str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_id: Option<&'v str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<StatusJson<'v>>,
    types: &'v [String],
}

#[derive(Serialize)]
struct StatusJson<'v> {
    #[serde(skip_serializing_if = "Option::is_none")]
    as_of: Option<String>,
    freshness: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<MessageJson<'v>>,
}

#[derive(Serialize)]
struct MessageJson<'v> {
    message: &'v str,
    purpose: &'v str,
    status: String,
}

#[derive(Serialize)]
struct FindingJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    en: Option<String>,
    id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ko: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    result: &'static str,
}

impl<'v> CredentialJson<'v> {
    fn new(credential: &'v JudgedCredential) -> Self {
        Self {
            checks: credential.findings.iter().map(FindingJson::new).collect(),
            format: credential.format.identifier(),
            issuer: credential.issuer.as_deref(),
            query_id: credential.query_id.as_deref(),
            status: credential.freshness.map(|freshness| StatusJson::new(freshness, &credential.messages)),
            types: &credential.types,
        }
    }
}

impl<'v> StatusJson<'v> {
    fn new(freshness: Freshness, messages: &'v [StatusMessage]) -> Self {
        let (freshness, moment) = match freshness {
            Freshness::Fresh(moment) => ("fresh", Some(moment)),
            Freshness::Stale(moment) => ("stale", Some(moment)),
            Freshness::Unknown => ("unknown", None),
        };
        let said = |said: &'v StatusMessage| MessageJson {
            message: &said.message,
            purpose: &said.purpose,
            status: format!("{:#x}", said.value),
        };
        let messages = messages.iter().map(said).collect();
        Self { as_of: moment.map(Timestamp::to_rfc3339), freshness, messages }
    }
}

impl FindingJson {
    fn new(finding: &Finding) -> Self {
        let (result, reason) = match finding.outcome {
            Outcome::Passed => ("passed", None),
            Outcome::Implied(reason) => ("passed", Some(reason)),
            Outcome::Refused(reason) => ("refused", Some(reason)),
            Outcome::NotJudged(reason) => ("not-judged", Some(reason)),
        };
        Self {
            en: reason.map(|reason| reason.say(Lang::En)),
            id: finding.check.id,
            ko: reason.map(|reason| reason.say(Lang::Ko)),
            reason: reason.map(|reason| reason.code),
            result,
        }
    }
}
