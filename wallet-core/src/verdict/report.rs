//! A verdict for machines (JSON) and for people (text). Neither holds a claim value.

use serde_json::{Value, json};

use super::{Finding, JudgedCredential, Outcome, Scope, Verdict};
use crate::status::Freshness;
use crate::text::{Lang, printable};

impl Verdict {
    /// The JSON form: `accepted`, `scope`, `judged_at`, `checks`, `credentials[]` with `format`, `types`, `issuer`,
    /// `status` and `checks`; each check with `id`, `result`, and where it did not pass `reason`, `en` and `ko`.
    pub fn to_json(&self) -> Value {
        let scope = match self.scope {
            Scope::Full => "full",
            Scope::ProofOnly => "proof-only",
        };
        json!({
            "accepted": self.accepted(),
            "scope": scope,
            "judged_at": self.judged_at.to_rfc3339(),
            "checks": self.findings.iter().map(finding_json).collect::<Vec<_>>(),
            "credentials": self.credentials.iter().map(credential_json).collect::<Vec<_>>(),
        })
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
        Outcome::Refused(reason) => ("✗", Some(reason)),
        Outcome::NotJudged(reason) => ("–", Some(reason)),
    };
    let line = format!("  {mark} {} {}", finding.check.id, finding.check.rule.get(lang));
    match reason {
        Some(reason) => format!("{line}: {}", reason.say(lang)),
        None => line,
    }
}

fn finding_json(finding: &Finding) -> Value {
    let id = finding.check.id;
    let (result, reason) = match finding.outcome {
        Outcome::Passed => return json!({"id": id, "result": "passed"}),
        Outcome::Refused(reason) => ("refused", reason),
        Outcome::NotJudged(reason) => ("not-judged", reason),
    };
    json!({"id": id, "result": result, "reason": reason.code, "en": reason.say(Lang::En), "ko": reason.say(Lang::Ko)})
}

fn credential_json(credential: &JudgedCredential) -> Value {
    let status = credential.freshness.map(|freshness| match freshness {
        Freshness::Fresh(moment) => json!({"freshness": "fresh", "as_of": moment.to_rfc3339()}),
        Freshness::Stale(moment) => json!({"freshness": "stale", "as_of": moment.to_rfc3339()}),
        Freshness::Unknown => json!({"freshness": "unknown"}),
    });
    let mut object = json!({
        "format": credential.format.identifier(),
        "types": credential.types,
        "checks": credential.findings.iter().map(finding_json).collect::<Vec<_>>(),
    });
    if let Value::Object(members) = &mut object {
        members.extend(credential.query_id.clone().map(|id| ("query_id".to_owned(), Value::from(id))));
        members.extend(credential.issuer.clone().map(|issuer| ("issuer".to_owned(), Value::from(issuer))));
        members.extend(status.map(|status| ("status".to_owned(), status)));
    }
    object
}
