//! Whether a credential is still good: V-08 and V-09, through the checks of [`crate::status`].

use jigap_keys::PublicKey;
use serde_json::Value;

use super::{Evidence, Policy};
use crate::documents::Need;
use crate::jose::{Header, Jws};
use crate::ports::FetchLimits;
use crate::status::{self, Freshness, StatusAnswer, StatusReference, StatusValue, VerifiedStatusList};
use crate::time::Timestamp;
use crate::trust::{self, TrustEntry};
use crate::verdict::{Findings, Reason, Refusal, checks};

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

/// Judges the `status` claim; notes V-08, V-09 and, where a status list is refused, its ST check.
pub(super) fn judge(
    claim: Option<&Value>,
    entry: &TrustEntry,
    evidence: &Evidence<'_>,
    now: Timestamp,
    policy: &Policy,
    findings: &mut Findings,
) -> Option<Freshness> {
    let Some(claim) = claim else {
        // The issuer publishes no status: there is none to be revoked.
        findings.pass(checks::STATUS);
        findings.pass(checks::STATUS_FRESHNESS);
        return None;
    };
    let answer = answer(claim, entry, evidence, now);
    let freshness = Freshness::decide(answer.as_ref().ok(), now, policy.max_status_age);
    match answer {
        Ok(answer) => {
            findings.record(checks::STATUS, valid(&answer));
            findings.record(checks::STATUS_FRESHNESS, fresh(freshness));
        }
        Err(refusal) => {
            findings.skip(checks::STATUS, NOT_KNOWN);
            findings.refuse(refusal);
        }
    }
    Some(freshness)
}

/// The status list that `claim` refers to, and then what its signer's key wants.
pub(super) fn needs(claim: &Value, entry: &TrustEntry, evidence: &Evidence<'_>) -> Vec<Need> {
    let Ok(Some(reference)) = StatusReference::from_claim(claim) else { return Vec::new() };
    let Some(document) = evidence.documents.get(reference.url()) else {
        let need = Need {
            url: reference.url().clone(),
            accept: status::MEDIA_TYPE,
            limits: FetchLimits::STATUS_LIST,
        };
        return evidence.documents.unless_settled(need).into_iter().collect();
    };
    let header = std::str::from_utf8(&document.bytes).ok().and_then(|token| Jws::parse(token.trim()).ok());
    header.map(|jws| trust::needs(entry, jws.header(), evidence.documents)).unwrap_or_default()
}

fn answer(
    claim: &Value,
    entry: &TrustEntry,
    evidence: &Evidence<'_>,
    now: Timestamp,
) -> Result<StatusAnswer, Refusal> {
    let unknown = |reason| checks::STATUS_FRESHNESS.refuse(reason);
    let reference = StatusReference::from_claim(claim)?.ok_or(unknown(UNKNOWN_MECHANISM))?;
    let document = evidence.documents.get(reference.url()).ok_or(unknown(NO_LIST))?;
    let token = std::str::from_utf8(&document.bytes).map_err(|_| unknown(NO_LIST))?;
    let key = |header: &Header| status_key(header, entry, evidence, now);
    let list = VerifiedStatusList::verify(token.trim(), reference.uri(), now, key).map_err(|refusal| {
        if refusal.check == checks::ISSUER_BINDING {
            status::SIGNATURE.refuse(refusal.reason)
        } else {
            refusal
        }
    })?;
    list.status(&reference, document.fetched_at, now)
}

/// The key of the issuer itself, or of one that the trust list lets sign status lists for it.
fn status_key(
    header: &Header,
    entry: &TrustEntry,
    evidence: &Evidence<'_>,
    now: Timestamp,
) -> Result<PublicKey, Refusal> {
    let own = trust::issuer_key(entry, header, evidence.documents, now);
    let others = entry.status_issuers.iter().filter_map(|signer| {
        let signer = evidence.trust.status_entry(&entry.issuer, signer, now).ok()?;
        trust::issuer_key(signer, header, evidence.documents, now).ok()
    });
    own.or_else(|refusal| others.into_iter().next().ok_or(refusal))
}

fn valid(answer: &StatusAnswer) -> Result<(), Refusal> {
    let reason = match answer.value {
        StatusValue::VALID => return Ok(()),
        StatusValue::INVALID => REVOKED,
        StatusValue::SUSPENDED => SUSPENDED,
        _ => OTHER_STATUS,
    };
    Err(checks::STATUS.refuse(reason.at(answer.as_of)))
}

fn fresh(freshness: Freshness) -> Result<(), Refusal> {
    match freshness {
        Freshness::Fresh(_) => Ok(()),
        Freshness::Stale(as_of) => Err(checks::STATUS_FRESHNESS.refuse(STALE.at(as_of))),
        Freshness::Unknown => Err(checks::STATUS_FRESHNESS.refuse(NO_LIST)),
    }
}
