//! Whether a credential is still good: V-08 and V-09, through the checks of [`crate::status`].

use jigap_keys::PublicKey;
use jigap_keys::json::Limits;
use serde_json::Value;

use super::format::Proven;
use super::{Evidence, Issuer, Policy};
use crate::documents::{KeptDocument, KeptStatusList, Need};
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

/// Judges the `status` claim of a credential that its issuer signed; notes V-08, V-09 and, where a status list is refused, its ST check.
pub(super) fn judge(
    credential: &dyn Proven,
    issuer: &Issuer<'_>,
    evidence: &Evidence<'_>,
    now: Timestamp,
    policy: &Policy,
    findings: &mut Findings,
) -> Option<Freshness> {
    let Some(claim) = credential.status() else {
        // The issuer publishes no status: there is none to be revoked.
        findings.pass(checks::STATUS);
        findings.pass(checks::STATUS_FRESHNESS);
        return None;
    };
    let signed = Signed { header: credential.header(), issuer };
    let answer = answer(claim, &signed, evidence, now);
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
pub(super) fn needs(claim: &Value, entry: &TrustEntry, evidence: &Evidence<'_>, now: Timestamp) -> Vec<Need> {
    let Ok(Some(reference)) = StatusReference::from_claim(claim) else { return Vec::new() };
    let Some(kept) = evidence.documents.kept(reference.url()) else {
        let need = Need {
            url: reference.url().clone(),
            accept: status::MEDIA_TYPE,
            limits: FetchLimits::STATUS_LIST,
        };
        return evidence.documents.unless_settled(need).into_iter().collect();
    };
    let of = |header: &Header| {
        let signers = signers(entry, evidence, now);
        signers.flat_map(|signer| trust::needs(signer, header, evidence.documents)).collect()
    };
    match kept.status_list() {
        Some(kept) => of(&kept.header),
        None => token(&kept.document().bytes).map(|(_, jws)| of(jws.header())).unwrap_or_default(),
    }
}

/// What was signed by whom: the header of the credential, and its issuer with the key that was found by that header.
struct Signed<'a> {
    header: Option<&'a Header>,
    issuer: &'a Issuer<'a>,
}

impl Signed<'_> {
    /// The key that verifies a status list which `signer` signed under `header`. Where the issuer names its key there as it
    /// does in the credential, it is the one that was found for the credential, unless it may have been retired since.
    fn status_key(
        &self,
        signer: &TrustEntry,
        header: &Header,
        evidence: &Evidence<'_>,
        now: Timestamp,
    ) -> Result<PublicKey, Refusal> {
        let Issuer { entry, key } = self.issuer;
        let same = std::ptr::eq(signer, *entry) && self.header.is_some_and(|it| it.names_the_key_of(header));
        if same && !signer.mechanism.knows_retired_keys() {
            trust::for_status_lists(signer, key.clone())
        } else {
            trust::status_key(signer, header, evidence.documents, now)
        }
    }
}

fn answer(
    claim: &Value,
    signed: &Signed<'_>,
    evidence: &Evidence<'_>,
    now: Timestamp,
) -> Result<StatusAnswer, Refusal> {
    let unknown = |reason| checks::STATUS_FRESHNESS.refuse(reason);
    let reference = StatusReference::from_claim(claim)?.ok_or(unknown(UNKNOWN_MECHANISM))?;
    let kept = evidence.documents.kept(reference.url()).ok_or(unknown(NO_LIST))?;
    let fetched_at = kept.document().fetched_at;
    if let Some(list) = verified_before(kept, signed, evidence, now) {
        return list.status(&reference, fetched_at, now);
    }
    let (text, jws) = token(&kept.document().bytes)?;
    // Two signers may name their keys alike: the one whose key verifies is meant; else the first refusal is told.
    let mut refused = None;
    for signer in signers(signed.issuer.entry, evidence, now) {
        let key = signed.status_key(signer, jws.header(), evidence, now).map_err(as_status);
        let list = key.and_then(|key| VerifiedStatusList::verify(text, reference.uri(), now, |_| Ok(key)));
        match list {
            Ok(list) => {
                let answer = list.status(&reference, fetched_at, now);
                kept.keep_status_list(KeptStatusList { header: jws.header().clone(), list });
                return answer;
            }
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    Err(refused.unwrap_or(unknown(NO_LIST)))
}

/// The list as an earlier judgement verified it, if it did so with the very key that a signer of this issuer has now.
fn verified_before<'k>(
    kept: &'k KeptDocument,
    signed: &Signed<'_>,
    evidence: &Evidence<'_>,
    now: Timestamp,
) -> Option<&'k VerifiedStatusList> {
    let KeptStatusList { header, list } = kept.status_list()?;
    let key = |signer| signed.status_key(signer, header, evidence, now);
    signers(signed.issuer.entry, evidence, now)
        .any(|signer| key(signer).is_ok_and(|key| key == *list.signed_by()))
        .then_some(list)
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

/// The signed list, not verified yet.
fn token(bytes: &[u8]) -> Result<(&str, Jws), Refusal> {
    let limits = Limits { bytes: FetchLimits::STATUS_LIST.max_bytes, depth: 8 };
    let text = std::str::from_utf8(bytes).map_err(|_| status::TOKEN_FORM.refuse(NO_LIST))?.trim();
    let jws = Jws::parse_within(text, limits).map_err(|refusal| status::TOKEN_FORM.refuse(refusal.reason))?;
    Ok((text, jws))
}

/// A key that cannot be found, told as what it means for the list.
fn as_status(refusal: Refusal) -> Refusal {
    status::SIGNATURE.refuse(refusal.reason)
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
