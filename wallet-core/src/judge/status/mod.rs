//! Whether a credential is still good: V-08 and V-09, through the checks of [`crate::status`].
//!
//! A credential may name several statuses, by different mechanisms: every one is judged, and the worst counts. One that
//! is named in a way unknown here is an unknown status, never a good one.

mod bitstring;
pub(super) mod token;

use serde_json::Value;

use super::format::Proven;
use super::{Evidence, Issuer, Policy};
use crate::documents::Need;
use crate::status::bitstring::{EntryAnswer, StatusEntry, StatusPurpose};
use crate::status::{Freshness, ListTimes, StatusAnswer, StatusReference, StatusValue};
use crate::time::Timestamp;
use crate::trust::TrustEntry;
use crate::verdict::{Findings, Reason, Refusal, StatusMessage, checks};

const NO_LIST: Reason =
    Reason::new("status-unknown", "the status list could not be fetched", "상태 목록을 가져오지 못했습니다");
const UNKNOWN_MECHANISM: Reason = Reason::new(
    "status-mechanism-unknown",
    "the credential's status is published in a way unknown here",
    "증명서의 상태를 알려 주는 방법을 알지 못합니다",
);
const NOT_KNOWN: Reason = Reason::new(
    "status-not-known",
    "not judged: the status is not known",
    "판단하지 않음: 상태를 알 수 없습니다",
);
const STALE: Reason = Reason::new(
    "status-stale",
    "the status is known only as of {at}, which is too long ago for this policy",
    "상태가 {at} 기준이라 이 정책에는 너무 오래되었습니다",
);
const REVOKED: Reason = Reason::new("revoked", "it was revoked (as of {at})", "취소되었습니다({at} 기준)");
const SUSPENDED: Reason =
    Reason::new("suspended", "it is suspended (as of {at})", "정지되어 있습니다({at} 기준)");
const OTHER_STATUS: Reason = Reason::new(
    "status-not-valid",
    "its status is not valid (as of {at})",
    "상태가 유효가 아닙니다({at} 기준)",
);
const MESSAGE: Reason = Reason::new(
    "status-message",
    "its issuer has something to say about it (as of {at}), which this policy does not accept",
    "발급자가 이 증명서에 대해 알리는 것이 있어({at} 기준) 이 정책은 받아들이지 않습니다",
);

/// What is known of a credential's status.
pub(super) struct Standing {
    /// How far it can be relied on.
    pub(super) freshness: Freshness,
    /// What its issuer says of it without ending it.
    pub(super) messages: Vec<StatusMessage>,
}

/// Judges the statuses of a credential that its issuer signed; notes V-08, V-09 and, where a list is refused, its ST or BS
/// check. `None` if its issuer publishes none.
pub(super) fn judge(
    credential: &dyn Proven,
    issuer: &Issuer<'_>,
    evidence: &Evidence<'_>,
    now: Timestamp,
    policy: &Policy,
    findings: &mut Findings,
) -> Option<Standing> {
    let named = named(credential);
    if named.is_empty() {
        // The issuer publishes no status: there is none to be revoked.
        findings.pass(checks::STATUS);
        findings.pass(checks::STATUS_FRESHNESS);
        return None;
    }
    let (mut bad, mut unknown) = (None, Vec::new());
    let (mut freshness, mut messages) = (None, Vec::new());
    for status in named {
        let known = status.and_then(|status| match status {
            Status::Token(reference) => {
                let answer = token::answer(&reference, credential, issuer, evidence, now)?;
                Ok((valid(&answer), answer.times))
            }
            Status::Bitstring(entry) => {
                let answer = bitstring::answer(&entry, issuer, evidence, now)?;
                messages.extend(message(&entry, &answer));
                Ok((unset(&entry, &answer, policy), answer.times))
            }
        });
        let of_one = |times: Option<&ListTimes>| Freshness::decide(times, now, policy.max_status_age);
        let own = match known {
            Ok((valid, times)) => {
                bad = bad.or(valid.err());
                of_one(Some(&times))
            }
            Err(refusal) => {
                if !unknown.contains(&refusal) {
                    unknown.push(refusal);
                }
                of_one(None)
            }
        };
        freshness = Some(freshness.map_or(own, |worst: Freshness| worst.worse(own)));
    }
    let freshness = freshness?;
    match bad {
        Some(refusal) => findings.refuse(refusal),
        None if unknown.is_empty() => findings.pass(checks::STATUS),
        None => findings.skip(checks::STATUS, NOT_KNOWN),
    }
    if unknown.is_empty() {
        findings.record(checks::STATUS_FRESHNESS, fresh(freshness));
    }
    unknown.into_iter().for_each(|refusal| findings.refuse(refusal));
    Some(Standing { freshness, messages })
}

/// The status lists that a credential refers to, and then what their signers' keys want.
pub(super) fn needs(
    credential: &dyn Proven,
    entry: &TrustEntry,
    evidence: &Evidence<'_>,
    now: Timestamp,
) -> Vec<Need> {
    let known = named(credential).into_iter().filter_map(Result::ok);
    known
        .flat_map(|status| match status {
            Status::Token(reference) => token::needs(&reference, credential, entry, evidence, now),
            Status::Bitstring(status) => bitstring::needs(&status, entry, evidence, now),
        })
        .collect()
}

/// One status of a credential: where to find it.
enum Status {
    Token(StatusReference),
    Bitstring(StatusEntry),
}

/// Every status that a credential names: in its `status`, and in its `credentialStatus`. Those that cannot be read are
/// refused by ST-01, BS-01 and BS-13, and those of mechanisms unknown here by V-09.
fn named(credential: &dyn Proven) -> Vec<Result<Status, Refusal>> {
    let unknown = || checks::STATUS_FRESHNESS.refuse(UNKNOWN_MECHANISM);
    let of_token = |claim: &Value| StatusReference::from_claim(claim)?.map(Status::Token).ok_or_else(unknown);
    let of_entry = |entry: &Value| StatusEntry::read(entry)?.map(Status::Bitstring).ok_or_else(unknown);
    let claim = credential.status();
    let beside = claim.filter(|claim| StatusReference::has_others_beside(claim)).map(|_| Err(unknown()));
    let mut all: Vec<_> = claim.map(of_token).into_iter().chain(beside).collect();
    match credential.credential_status().map(StatusEntry::all) {
        None => {}
        Some(Ok(entries)) => all.extend(entries.iter().map(of_entry)),
        Some(Err(refusal)) => all.push(Err(refusal)),
    }
    all
}

/// The issuer itself, then those that the trust list lets sign its status lists.
fn signers<'a>(
    entry: &'a TrustEntry,
    evidence: &Evidence<'a>,
    now: Timestamp,
) -> impl Iterator<Item = &'a TrustEntry> {
    let trust = evidence.trust;
    let others = entry.status_issuers.iter();
    std::iter::once(entry)
        .chain(others.filter_map(move |signer| trust.status_entry(&entry.issuer, signer, now).ok()))
}

fn valid(answer: &StatusAnswer) -> Result<(), Refusal> {
    let reason = match answer.value {
        StatusValue::VALID => return Ok(()),
        StatusValue::INVALID => REVOKED,
        StatusValue::SUSPENDED => SUSPENDED,
        _ => OTHER_STATUS,
    };
    Err(checks::STATUS.refuse(reason.at(answer.times.as_of)))
}

/// Refuses (V-08) a status that is set, unless its purpose is to say something and not to end the credential. What a
/// purpose unknown here means, when set, nobody can know: it refuses.
fn unset(entry: &StatusEntry, answer: &EntryAnswer, policy: &Policy) -> Result<(), Refusal> {
    let reason = match entry.purpose() {
        _ if answer.value == 0 => return Ok(()),
        StatusPurpose::Revocation => REVOKED,
        StatusPurpose::Suspension => SUSPENDED,
        StatusPurpose::Message if policy.refuse_status_messages => MESSAGE,
        StatusPurpose::Message | StatusPurpose::Refresh => return Ok(()),
        StatusPurpose::Other(_) => OTHER_STATUS,
    };
    Err(checks::STATUS.refuse(reason.at(answer.times.as_of)))
}

/// What a status says that does not end the credential.
fn message(entry: &StatusEntry, answer: &EntryAnswer) -> Option<StatusMessage> {
    let says = match entry.purpose() {
        StatusPurpose::Message => true,
        StatusPurpose::Refresh => answer.value != 0,
        _ => false,
    };
    says.then(|| StatusMessage {
        purpose: entry.purpose().as_str().to_owned(),
        value: answer.value,
        message: entry.message(answer.value).to_owned(),
    })
}

fn fresh(freshness: Freshness) -> Result<(), Refusal> {
    match freshness {
        Freshness::Fresh(_) => Ok(()),
        Freshness::Stale(as_of) => Err(checks::STATUS_FRESHNESS.refuse(STALE.at(as_of))),
        Freshness::Unknown => Err(checks::STATUS_FRESHNESS.refuse(NO_LIST)),
    }
}
