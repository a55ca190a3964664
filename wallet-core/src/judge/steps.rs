//! The steps that all formats share, each noting its check: proof, period, status, the holder's proof, types.

use jigap_keys::PublicKey;

use super::backing::Backing;
use super::format::{ClaimedRequest, Described, Proven, Unproven};
use super::policy::Evidence;
use super::{Asked, Issuer, Judge, Subject, issuer, status};
use crate::contexts::VERIFIABLE_CREDENTIAL;
use crate::documents::Documents;
use crate::sdjwt::KeyBindingRequest;
use crate::time::{Seconds, Timestamp};
use crate::trust::TrustEntry;
use crate::verdict::{Check, Findings, Reason, Refusal, checks};
use crate::vp::Authorized;

const NO_KEY: Reason = Reason::new(
    "issuer-key-unknown",
    "not judged: the issuer's key is not known",
    "판단하지 않음: 발급자의 키를 알 수 없습니다",
);
const NO_KEY_IN_HEADER: Reason = Reason::new(
    "no-key-in-header",
    "the credential itself names no key that can be checked without a network",
    "네트워크 없이 확인할 수 있는 키가 증명서에 들어 있지 않습니다",
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
const NO_HOLDER_PROOF: Reason = Reason::new(
    "holder-proof-absent",
    "not judged: no holder's proof came with it",
    "판단하지 않음: 소지자의 증명이 함께 오지 않았습니다",
);
const NEEDS_SESSION: Reason = Reason::new(
    "holder-proof-session",
    "not judged: the device's proof needs its session, which was not told",
    "판단하지 않음: 기기의 증명을 확인하려면 그 세션이 있어야 하는데 주어지지 않았습니다",
);
const UNDATED: Reason = Reason::new(
    "moment-not-named",
    "it does not say when, but was made for this request's nonce and so no earlier",
    "언제 만들었는지는 적혀 있지 않지만, 이 요청의 nonce에 답한 것이므로 그 뒤에 만들었습니다",
);
const NOT_AUTHORIZED: Reason = Reason::new(
    "not-authorized",
    "the holder's proof does not sign the hash of what is to be authorized",
    "소지자 증명이 승인할 내용의 해시에 서명하지 않았습니다",
);
const OTHER_AUTHORIZED: Reason = Reason::new(
    "other-authorized",
    "the holder's proof signs the hash of something else",
    "소지자 증명이 다른 내용의 해시에 서명했습니다",
);
const NOT_YET: Reason = Reason::new("not-yet-valid", "it begins at {at}", "{at}부터 유효합니다");
const EXPIRED: Reason = Reason::new("expired", "it ended at {at}", "{at}에 끝났습니다");

/// The checks on a holder's proof that need no request, in the order they are made.
const PROOF_CHECKS: [Check; 4] =
    [checks::HOLDER_BINDING, checks::PURPOSE, checks::HOLDER_PROOF, checks::TRANSCRIPT];

/// Those that only the request can tell, made after the others.
const REQUEST_CHECKS: [Check; 3] = [checks::NONCE, checks::AUDIENCE, checks::PRESENTATION_TIME];

/// What one credential is judged by.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) judge: Judge<'a>,
    /// As a presentation that must answer this; without, as a credential alone.
    pub(super) asked: Option<&'a Asked<'a>>,
    /// What its holder has to authorize by presenting it, if anything.
    pub(super) authorized: Option<&'a Authorized>,
    pub(super) documents: &'a Documents,
}

/// Judges a credential of a trusted issuer whose key was found and tried.
pub(super) fn of_trusted(
    case: Case<'_>,
    (described, issuer): (Described, &Issuer<'_>),
    tried: Result<Box<dyn Proven>, Refusal>,
) -> Subject {
    let mut findings = well_formed();
    if case.judge.asks_for_trust() {
        findings.pass(checks::TRUSTED);
        findings.pass(checks::MECHANISM);
    }
    findings.pass(checks::ISSUER_BINDING);
    case.proven((described, Some(issuer)), tried, findings)
}

/// Judges what can be judged of a credential whose issuer is not trusted for it, or whose issuer's key is not found: all
/// else, with the key that it names itself, if it does.
pub(super) fn of_stranger(case: Case<'_>, credential: Box<dyn Unproven>) -> Subject {
    let mut findings = well_formed();
    let described = credential.described().clone();
    issuer::find(case.judge, &*credential, case.documents).note(case.judge, &mut findings);
    match issuer::own_key(credential.key_name(), case.documents) {
        Some(key) => {
            let tried = credential.prove(&key, case.documents);
            case.proven((described, None), tried, findings)
        }
        None => {
            findings.skip(checks::PROOF, NO_KEY);
            Subject::refused(described, findings)
        }
    }
}

/// Judges form and proofs alone, the issuer's with the key the credential itself names, the holder's with the key that the
/// issuer named.
pub(super) fn of_proof(credential: Box<dyn Unproven>, documents: &Documents, now: Timestamp) -> Subject {
    let mut findings = well_formed();
    let described = credential.described().clone();
    let is_presented = credential.is_presented();
    match issuer::own_key(credential.key_name(), documents) {
        Some(key) => {
            let proven = note_proof(credential.prove(&key, documents), &mut findings);
            if let Some(proven) = proven.filter(|_| is_presented) {
                note_holder_proof(&*proven, documents, now, &mut findings);
            }
        }
        None => findings.refuse(checks::PROOF.refuse(NO_KEY_IN_HEADER)),
    }
    let others =
        [checks::ISSUER_BINDING, checks::MECHANISM, checks::TRUSTED, checks::VALIDITY, checks::STATUS];
    for check in others {
        if !findings.noted(check) {
            findings.skip(check, NOT_ASKED);
        }
    }
    Subject::refused(described, findings)
}

/// Notes the checks on the holder's proof that need no request: it is judged as the answer to the request that it names
/// itself, whenever it was made.
fn note_holder_proof(proven: &dyn Proven, documents: &Documents, now: Timestamp, findings: &mut Findings) {
    let Some(claimed) = proven.claimed_request() else {
        let reason = if proven.needs_session() { NEEDS_SESSION } else { NO_HOLDER_PROOF };
        return holder_checks().for_each(|check| findings.skip(check, reason));
    };
    let always = Seconds(u32::MAX);
    let ClaimedRequest { audience, nonce } = &claimed;
    let request = KeyBindingRequest { audience, nonce, now, max_age: always, skew: always };
    let broken = proven.require_holder(&request, documents).err();
    let broken = broken.filter(|refusal| !REQUEST_CHECKS.contains(&refusal.check));
    note_holder_checks(PROOF_CHECKS, broken, findings);
    REQUEST_CHECKS.iter().for_each(|check| findings.skip(*check, NOT_ASKED));
}

fn holder_checks() -> impl Iterator<Item = Check> {
    PROOF_CHECKS.into_iter().chain(REQUEST_CHECKS)
}

/// Notes the checks on the holder's proof, up to the `broken` one.
fn note_holder_checks(
    checks: impl IntoIterator<Item = Check>,
    broken: Option<Refusal>,
    findings: &mut Findings,
) {
    for check in checks {
        match broken {
            Some(refusal) if refusal.check == check => {
                findings.refuse(refusal);
                return;
            }
            _ => findings.pass(check),
        }
    }
    // A refusal under an id that is not in the table still refuses.
    if let Some(refusal) = broken {
        findings.refuse(refusal);
    }
}

impl Case<'_> {
    /// Judges what comes after the issuer's key was found: proof, period, status, the holder's proof, types.
    fn proven(
        self,
        (described, issuer): (Described, Option<&Issuer<'_>>),
        tried: Result<Box<dyn Proven>, Refusal>,
        mut findings: Findings,
    ) -> Subject {
        let Judge { trust, contexts, now, policy, .. } = self.judge;
        let Some(proven) = note_proof(tried, &mut findings) else {
            return Subject::refused(described, findings);
        };
        findings.record(checks::VALIDITY, within_period(self.judge, proven.period()));
        let asked_as = described.asked_as;
        let mut credential = described.into_judged();
        if let Some(issuer) = issuer {
            let entry = issuer.entry;
            credential.issuer.get_or_insert_with(|| entry.issuer.clone());
            let evidence = Evidence { trust, documents: self.documents, contexts };
            if let Some(standing) = status::judge(&*proven, issuer, &evidence, now, &policy, &mut findings) {
                credential.freshness = Some(standing.freshness);
                credential.messages = standing.messages;
            }
            credential.types = trusted_types(&proven.types(), entry);
        }
        let holder = self.asked.and_then(|asked| self.holder(&*proven, asked, &mut findings));
        let holder_bound = holder.is_some();
        if let Some(wanted) = self.authorized {
            let said = proven.authorized().filter(|_| holder_bound);
            findings.record(checks::AUTHORIZED, authorizes(said, wanted));
        }
        let holder = holder.or_else(|| proven.holder(self.documents));
        credential.holder = holder.map(|key| key.thumbprint());
        let withheld = proven.withheld().to_vec();
        let backing = issuer.and_then(|issuer| Backing::of(&*proven, issuer, &credential));
        credential.claims = proven.into_claims();
        credential.backing = backing.map(|backing| Box::new(backing.signed_as(&credential.claims)));
        Subject { withheld, asked_as, ..Subject::new(credential, findings, holder_bound) }
    }

    /// Judges the holder's proof; notes each holder check up to the first that is broken. Answers the key, if all hold.
    fn holder(self, proven: &dyn Proven, asked: &Asked<'_>, findings: &mut Findings) -> Option<PublicKey> {
        let Judge { now, policy, .. } = self.judge;
        let request = KeyBindingRequest {
            audience: asked.audience,
            nonce: asked.nonce,
            now,
            max_age: policy.max_presentation_age,
            skew: policy.clock_skew,
        };
        let holder = proven.require_holder_in(self.judge.session, &request, self.documents);
        let is_dated = proven.is_dated();
        let noted = holder_checks().filter(|check| is_dated || *check != checks::PRESENTATION_TIME);
        note_holder_checks(noted, holder.as_ref().err().copied(), findings);
        if holder.is_ok() && !is_dated {
            findings.imply(checks::PRESENTATION_TIME, UNDATED);
        }
        holder.ok()
    }
}

/// V-01 and V-02, which hold of all that could be read.
fn well_formed() -> Findings {
    let mut findings = Findings::default();
    findings.pass(checks::TOKEN_TYPE);
    findings.pass(checks::ALGORITHM);
    findings
}

/// Notes V-03 and, where what was signed breaks a rule of its format, that rule's check.
fn note_proof(tried: Result<Box<dyn Proven>, Refusal>, findings: &mut Findings) -> Option<Box<dyn Proven>> {
    match tried {
        Ok(proven) => {
            findings.pass(checks::PROOF);
            Some(proven)
        }
        Err(refusal) => {
            if refusal.check != checks::PROOF && refusal.check != checks::ALGORITHM {
                findings.pass(checks::PROOF);
            }
            findings.refuse(refusal);
            findings.skip(checks::VALIDITY, UNPROVEN);
            None
        }
    }
}

/// Whether the hashes that a holder signed are those that were wanted. None at all: the format has no place for them.
fn authorizes(said: Option<Vec<String>>, wanted: &Authorized) -> Result<(), Refusal> {
    match said {
        Some(said) if said == wanted.hashes => Ok(()),
        Some(said) if !said.is_empty() => Err(checks::AUTHORIZED.refuse(OTHER_AUTHORIZED)),
        _ => Err(checks::AUTHORIZED.refuse(NOT_AUTHORIZED)),
    }
}

fn within_period(
    judge: Judge<'_>,
    (begins, ends): (Option<Timestamp>, Option<Timestamp>),
) -> Result<(), Refusal> {
    let skew = judge.policy.clock_skew;
    let (earliest, latest) = (judge.now.minus(skew), judge.now.plus(skew));
    match (begins, ends) {
        (Some(begins), _) if latest < begins => Err(checks::VALIDITY.refuse(NOT_YET.at(begins))),
        (_, Some(ends)) if ends <= earliest => Err(checks::VALIDITY.refuse(EXPIRED.at(ends))),
        _ => Ok(()),
    }
}

/// Of the types a credential claims those its issuer may issue, and that it is a credential: V-06 found one of them, and a
/// credential must not open a gate by another that nobody trusts its issuer with.
fn trusted_types(claimed: &[&str], entry: &TrustEntry) -> Vec<String> {
    let may_issue = |claimed: &str| entry.types.iter().any(|allowed| allowed == claimed);
    let kept = claimed.iter().filter(|claimed| **claimed == VERIFIABLE_CREDENTIAL || may_issue(claimed));
    kept.map(|claimed| (*claimed).to_owned()).collect()
}
