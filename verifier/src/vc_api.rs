//! The verifying half of W3C-CCG's VC API 0.7, and DID Resolution: verdicts on what a caller hands over, of proof and status.
//! Whether an issuer may issue what it issued is not asked, and every answer says so; no gate opens by it.

use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::did::{self, Did, DidDocument, DidUrl, ResolutionError};
use jigap_wallet_core::judge::{Challenge, Policy, Unasked};
use jigap_wallet_core::text::{Lang, Text};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::verdict::{Finding, Refusal, Verdict};
use serde_json::{Map, Value, json};

use crate::evidence::Library;

/// What every answer says: what it is worth.
pub const POLICY: &str = "proof and status; trust not asked";

/// The problem types of the data model (VCDM 2.0 §7.2, "Problem Details") and of Bitstring Status List §3.5.
const PARSING: &str = "https://www.w3.org/TR/vc-data-model#PARSING_ERROR";
const CRYPTOGRAPHIC: &str = "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR";
const MALFORMED: &str = "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR";
const RANGE: &str = "https://www.w3.org/TR/vc-data-model#RANGE_ERROR";
const STATUS: &str = "https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR";
/// No type of its own (RFC 9457 §4.2.1): a status that is known, and is not good.
const NONE: &str = "about:blank";

const NO_CHOICE: Text = Text::new(
    "not a check that can be chosen: proof and status are always judged",
    "고를 수 있는 검사가 아닙니다. 증명과 상태는 언제나 판단합니다",
);
const SCHEMA_UNJUDGED: Text = Text::new(
    "the schema was not judged: no schema is fetched, and whether the claims follow it is not known",
    "스키마는 판단하지 않았습니다. 스키마를 가져오지 않으며, 내용이 스키마를 따르는지 알 수 없습니다",
);

/// What a resolver is asked beside a DID, of did:key alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// `publicKeyFormat`: the form of its keys.
    pub key_format: Option<&'a str>,
    /// `enableExperimentalPublicKeyTypes`.
    pub experimental: bool,
}

/// What judges here: moment, contexts, policy, documents.
#[derive(Clone, Copy)]
pub struct Bench<'a> {
    /// Where documents come from.
    pub library: &'a Library,
    /// The contexts that are known.
    pub contexts: &'a Contexts,
    /// What is put up with.
    pub policy: Policy,
    /// When.
    pub now: Timestamp,
}

impl Bench<'_> {
    /// Judges a credential, as an answer to what was asked: a document, an envelope, or a token.
    pub async fn credential(self, credential: Value, asked: Challenge<'_>) -> Verdict {
        let credential = self.unasked().credential(credential);
        let needs = |documents: &_| credential.needs(documents);
        let documents = self.library.gather_by(needs, &self.policy).await;
        credential.judge_for(asked, &documents)
    }

    /// Judges a presentation as the answer to what was asked.
    pub async fn presentation(self, presentation: &Value, asked: Challenge<'_>) -> Verdict {
        let presentation = self.unasked().presentation(presentation);
        let needs = |documents: &_| presentation.needs(documents);
        let documents = self.library.gather_by(needs, &self.policy).await;
        presentation.judge(asked, &documents)
    }

    /// Resolves a DID.
    ///
    /// # Errors
    /// As DID Resolution and the DID's method name them.
    pub async fn resolve(self, did: &str, asked: Asked<'_>) -> Result<DidDocument, ResolutionError> {
        self.document(Did::parse(did)?, asked).await
    }

    /// The verification method that a DID URL names, as JSON.
    ///
    /// # Errors
    /// As DID Resolution and the DID's method name them.
    pub async fn dereference(self, url: &str, asked: Asked<'_>) -> Result<Value, ResolutionError> {
        let url = DidUrl::parse(url)?;
        // Nothing else is found in a document here: no services, no versions.
        if !url.is_plain() {
            return Err(ResolutionError::InvalidDidUrl);
        }
        let document = self.document(url.did().clone(), asked).await?;
        document.method(&url).map(|method| method.to_json()).ok_or(ResolutionError::NotFound)
    }

    async fn document(self, did: Did, asked: Asked<'_>) -> Result<DidDocument, ResolutionError> {
        if let Some(format) = asked.key_format.filter(|_| did.method() == "key") {
            did::require_key_format(format, asked.experimental)?;
        }
        let needs = |documents: &_| did::needs(&did, documents).into_iter().collect();
        let documents = self.library.gather_by(needs, &self.policy).await;
        did::resolve(&did, &documents)
    }

    fn unasked(&self) -> Unasked<'_> {
        Unasked { contexts: self.contexts, now: self.now, policy: self.policy }
    }
}

/// What a caller is told of a verdict: whether it holds, the checks that passed wherever they were made, what was passed over,
/// and what was refused as problem details.
pub fn told(verdict: &Verdict, unknown_checks: &[&str], lang: Lang) -> Value {
    let findings = verdict.findings().iter();
    let all = findings.chain(verdict.credentials().iter().flat_map(|credential| credential.findings()));
    let (passed, others): (Vec<&Finding>, Vec<&Finding>) = all.partition(|finding| finding.outcome.holds());
    let mut checks: Vec<&str> = Vec::new();
    for check in passed.into_iter().map(|finding| finding.check) {
        let broken = others.iter().any(|finding| finding.check == check);
        if !broken && !checks.contains(&check.id) {
            checks.push(check.id);
        }
    }
    let mut errors: Vec<Value> = Vec::new();
    for refusal in verdict.refusals() {
        let problem = problem(&refusal, lang);
        if !errors.contains(&problem) {
            errors.push(problem);
        }
    }
    let warn =
        |title: String, detail: Text| json!({"type": NONE, "title": title, "detail": detail.get(lang)});
    let unknown = unknown_checks.iter().map(|name| warn(format!("options.checks: {name}"), NO_CHOICE));
    let of_schema = verdict.credentials().iter().any(|credential| credential.names_schema());
    let of_schema = of_schema.then(|| warn("credentialSchema".to_owned(), SCHEMA_UNJUDGED));
    json!({
        "verified": verdict.holds(),
        "policy": POLICY,
        "checks": checks,
        "warnings": unknown.chain(of_schema).collect::<Vec<_>>(),
        "errors": errors,
    })
}

/// The members of a verdict where a request was refused before anything could be judged: by a problem with this code and hint.
pub fn unread(malformed: bool, (code, hint): (&str, Text), lang: Lang) -> Map<String, Value> {
    let kind = if malformed { PARSING } else { NONE };
    let error = json!({"type": kind, "title": hint.get(lang), "code": code});
    Map::from_iter([
        ("verified".to_owned(), false.into()),
        ("checks".to_owned(), json!([])),
        ("warnings".to_owned(), json!([])),
        ("errors".to_owned(), json!([error])),
    ])
}

/// A refusal as problem details (RFC 9457).
fn problem(refusal: &Refusal, lang: Lang) -> Value {
    json!({
        "type": problem_type(refusal.check.id),
        "title": refusal.check.rule.get(lang),
        "detail": refusal.reason.say(lang),
        "check": refusal.check.id,
        "code": refusal.reason.code,
    })
}

/// The type of problem that breaking a check is.
fn problem_type(check: &str) -> &'static str {
    match check {
        "V-01" | "JW-01" => PARSING,
        "V-07" | "V-14" => RANGE,
        "V-08" => NONE,
        "V-09" => STATUS,
        _ => match check.split_once('-').map(|(family, _)| family) {
            Some("V" | "JW") => CRYPTOGRAPHIC,
            Some("BS" | "ST") => STATUS,
            _ => MALFORMED,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_of_checks_is_one_type_of_problem() {
        for (check, wanted) in [
            ("V-01", PARSING),
            ("JW-01", PARSING),
            ("V-03", CRYPTOGRAPHIC),
            ("JW-05", CRYPTOGRAPHIC),
            ("V-07", RANGE),
            ("V-08", NONE),
            ("V-09", STATUS),
            ("BS-04", STATUS),
            ("DM-02", MALFORMED),
            ("LD-01", MALFORMED),
        ] {
            assert_eq!(problem_type(check), wanted, "{check}");
        }
    }
}
