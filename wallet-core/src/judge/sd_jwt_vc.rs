//! Judging an SD-JWT VC.

use serde_json::Value;

use super::{Asked, Evidence, Policy, Subject, issuer, status};
use crate::dcql::Format;
use crate::documents::{Documents, Need};
use crate::jose;
use crate::sdjwt::{self, KeyBindingRequest, SdJwtVc, VerifiedSdJwtVc, key_binding};
use crate::time::Timestamp;
use crate::trust::{self, TrustEntry};
use crate::verdict::{Check, Finding, Findings, JudgedCredential, Outcome, Reason, Refusal, checks};

const NO_KEY: Reason = Reason::new(
    "issuer-key-unknown",
    "not judged: the issuer's key is not known",
    "판단하지 않음: 발급자의 열쇠를 알 수 없습니다",
);
const NO_KEY_IN_HEADER: Reason = Reason::new(
    "no-key-in-header",
    "the credential itself names no key that can be checked without a network",
    "네트워크 없이 확인할 수 있는 열쇠가 증명서에 들어 있지 않습니다",
);
const NOT_ASKED: Reason = Reason::new(
    "not-asked",
    "not judged: only the proof was asked for",
    "판단하지 않음: 서명만 확인했습니다",
);
const UNPROVEN: Reason = Reason::new(
    "proof-refused",
    "not judged: the issuer's signature is not verified",
    "판단하지 않음: 발급자의 서명이 확인되지 않았습니다",
);
const NOT_YET: Reason = Reason::new("not-yet-valid", "it begins at {at}", "{at}부터 유효합니다");
const EXPIRED: Reason = Reason::new("expired", "it ended at {at}", "{at}에 끝났습니다");

/// The checks on a holder's proof, in the order they are made.
const HOLDER_CHECKS: [Check; 7] = [
    checks::HOLDER_BINDING,
    checks::PURPOSE,
    checks::HOLDER_PROOF,
    checks::TRANSCRIPT,
    checks::NONCE,
    checks::AUDIENCE,
    checks::PRESENTATION_TIME,
];

/// What must be fetched before `text` can be judged.
pub(super) fn needs(text: &str, evidence: &Evidence<'_>, now: Timestamp) -> Vec<Need> {
    let Ok(parsed) = SdJwtVc::parse(text) else { return Vec::new() };
    let payload = parsed.unverified_payload();
    let named = named(payload);
    let mut needs = issuer::needs(named, parsed.header(), evidence, now);
    let entry = issuer::entry(named, parsed.header(), evidence, now).ok();
    let (Some(entry), Some(claim)) = (entry, payload.get("status").cloned()) else { return needs };
    // The list is the issuer's word only once its signature verifies: nobody else makes us fetch.
    let key = trust::issuer_key(entry, parsed.header(), evidence.documents, now);
    if key.is_ok_and(|key| parsed.verify(&key).is_ok()) {
        needs.extend(status::needs(&claim, entry, evidence, now));
    }
    needs
}

/// Judges `text`; with `asked`, as a presentation that must answer it.
pub(super) fn judge(
    text: &str,
    asked: Option<&Asked<'_>>,
    evidence: &Evidence<'_>,
    now: Timestamp,
    policy: &Policy,
) -> Subject {
    let mut findings = Findings::default();
    let Some(parsed) = parse(text, &mut findings) else { return refused(findings) };
    let payload = parsed.unverified_payload();
    let named = named(payload);
    let found = issuer::find(named, parsed.header(), evidence, now, &mut findings);
    let key = match &found {
        Some((_, key)) => Some(key.clone()),
        None => issuer::key_in_header(parsed.header(), evidence.documents),
    };
    let mut credential = described(payload);
    let Some(key) = key else {
        findings.skip(checks::PROOF, NO_KEY);
        return Subject::refused(credential, findings);
    };
    let Some(verified) = verify(parsed, &key, &mut findings) else {
        return Subject::refused(credential, findings);
    };
    findings.record(checks::VALIDITY, within_period(&verified, now, policy));
    if let Some((entry, _)) = &found {
        credential.issuer.get_or_insert_with(|| entry.issuer.clone());
        credential.freshness = status::judge(verified.status(), entry, evidence, now, policy, &mut findings);
    }
    let holder_bound = match asked {
        Some(asked) => holder(&verified, asked, now, policy, &mut findings),
        None => false,
    };
    credential.types = trusted_types(&verified, found.as_ref().map(|(entry, _)| *entry));
    credential.holder = verified.holder_key().ok().map(|key| key.thumbprint());
    credential.claims = verified.claims().clone();
    Subject::new(credential, findings, holder_bound)
}

/// Judges form and proof alone, with the key the credential itself names.
pub(super) fn judge_proof(text: &str, documents: &Documents) -> JudgedCredential {
    let mut findings = Findings::default();
    let Some(parsed) = parse(text, &mut findings) else { return refused(findings).credential };
    let mut credential = described(parsed.unverified_payload());
    match issuer::key_in_header(parsed.header(), documents) {
        Some(key) => {
            verify(parsed, &key, &mut findings);
        }
        None => findings.refuse(checks::PROOF.refuse(NO_KEY_IN_HEADER)),
    }
    for check in [checks::ISSUER_BINDING, checks::MECHANISM, checks::TRUSTED, checks::STATUS] {
        findings.skip(check, NOT_ASKED);
    }
    credential.findings = findings.into_vec();
    credential
}

fn parse(text: &str, findings: &mut Findings) -> Option<SdJwtVc> {
    match SdJwtVc::parse(text) {
        Ok(parsed) => {
            findings.pass(checks::TOKEN_TYPE);
            findings.pass(checks::ALGORITHM);
            Some(parsed)
        }
        Err(refusal) => {
            findings.refuse(common(refusal));
            None
        }
    }
}

/// Verifies the issuer's signature, then the disclosures: notes V-03 and, where one breaks a rule, the SD check.
fn verify(parsed: SdJwtVc, key: &jigap_keys::PublicKey, findings: &mut Findings) -> Option<VerifiedSdJwtVc> {
    match parsed.verify(key) {
        Ok(verified) => {
            findings.pass(checks::PROOF);
            Some(verified)
        }
        Err(refusal) => {
            let refusal = common(refusal);
            if refusal.check.id.starts_with("SD-") {
                findings.pass(checks::PROOF);
            }
            findings.refuse(refusal);
            findings.skip(checks::VALIDITY, UNPROVEN);
            None
        }
    }
}

/// A refusal of the JOSE layer or of key binding under its id common to all formats; SD refusals stay as they are.
fn common(refusal: Refusal) -> Refusal {
    const SAME: [(Check, Check); 15] = [
        (sdjwt::TYPE, checks::TOKEN_TYPE),
        (jose::ALGORITHM, checks::ALGORITHM),
        (jose::CRITICAL, checks::ALGORITHM),
        (jose::KEY, checks::ALGORITHM),
        (jose::SIGNATURE, checks::PROOF),
        (key_binding::REQUIRED, checks::HOLDER_BINDING),
        (key_binding::HOLDER_KEY, checks::HOLDER_BINDING),
        (key_binding::TYPE, checks::PURPOSE),
        (key_binding::ALGORITHM, checks::HOLDER_PROOF),
        (key_binding::SIGNATURE, checks::HOLDER_PROOF),
        (key_binding::TRANSCRIPT, checks::TRANSCRIPT),
        (key_binding::NONCE, checks::NONCE),
        (key_binding::AUDIENCE, checks::AUDIENCE),
        (key_binding::ISSUED_AT, checks::PRESENTATION_TIME),
        (key_binding::VALIDITY, checks::PRESENTATION_TIME),
    ];
    let same = SAME.iter().find(|(fine, _)| *fine == refusal.check);
    same.map_or(refusal, |(_, common)| common.refuse(refusal.reason))
}

fn within_period(verified: &VerifiedSdJwtVc, now: Timestamp, policy: &Policy) -> Result<(), Refusal> {
    let (earliest, latest) = (now.minus(policy.clock_skew), now.plus(policy.clock_skew));
    match (verified.not_before(), verified.expires_at()) {
        (Some(begins), _) if latest < begins => Err(checks::VALIDITY.refuse(NOT_YET.at(begins))),
        (_, Some(ends)) if ends <= earliest => Err(checks::VALIDITY.refuse(EXPIRED.at(ends))),
        _ => Ok(()),
    }
}

/// Judges the key binding; notes each holder check up to the first that is broken. Says whether all hold.
fn holder(
    verified: &VerifiedSdJwtVc,
    asked: &Asked<'_>,
    now: Timestamp,
    policy: &Policy,
    findings: &mut Findings,
) -> bool {
    let request = KeyBindingRequest {
        audience: asked.audience,
        nonce: asked.nonce,
        now,
        max_age: policy.max_presentation_age,
        skew: policy.clock_skew,
    };
    let broken = verified.verify_key_binding(&request).err().map(common);
    for check in HOLDER_CHECKS {
        match broken {
            Some(refusal) if refusal.check == check => {
                findings.refuse(refusal);
                return false;
            }
            _ => findings.pass(check),
        }
    }
    // A refusal under an id that is not in the table still refuses.
    broken.inspect(|refusal| findings.refuse(*refusal)).is_none()
}

/// The type, and of the further types the credential claims (`aka_vcts`) those its issuer may issue: V-06 spoke of the
/// first alone, and a credential must not open a gate by a type nobody trusts its issuer with.
fn trusted_types(verified: &VerifiedSdJwtVc, entry: Option<&TrustEntry>) -> Vec<String> {
    let may_issue =
        |other: &&str| entry.is_some_and(|entry| entry.types.iter().any(|allowed| allowed == other));
    let others = verified.types().skip(1).filter(may_issue);
    std::iter::once(verified.vct()).chain(others).map(str::to_owned).collect()
}

/// Issuer and type as the credential names them, before anybody vouches for it.
fn named(payload: &Value) -> (Option<&str>, &str) {
    let text = |name: &str| payload.get(name).and_then(Value::as_str);
    (text("iss"), text("vct").unwrap_or_default())
}

fn described(payload: &Value) -> JudgedCredential {
    let (issuer, vct) = named(payload);
    JudgedCredential {
        query_id: None,
        format: Format::DcSdJwt,
        types: vec![vct.to_owned()],
        issuer: issuer.map(str::to_owned),
        freshness: None,
        holder: None,
        findings: Vec::new(),
        claims: Value::Null,
    }
}

fn refused(findings: Findings) -> Subject {
    Subject::refused(described(&Value::Null), findings)
}

impl Subject {
    fn new(mut credential: JudgedCredential, findings: Findings, holder_bound: bool) -> Self {
        credential.findings = findings.into_vec();
        let passed = |finding: &Finding| finding.outcome == Outcome::Passed;
        let accepted = credential.findings.iter().all(passed);
        Self { credential, accepted, holder_bound }
    }

    fn refused(credential: JudgedCredential, findings: Findings) -> Self {
        let mut subject = Self::new(credential, findings, false);
        subject.accepted = false;
        subject
    }
}
