//! What a Bitstring Status List says of a credential.
//!
//! The list is a credential of its own, and is believed like one: its issuer is the credential's, or one that the trust
//! list names for its statuses, and the key is found by that issuer's mechanism and may sign status lists.

use jigap_keys::PublicKey;

use super::{NO_LIST, signers};
use crate::documents::Need;
use crate::judge::{Evidence, Issuer};
use crate::ports::FetchLimits;
use crate::status::KeptList;
use crate::status::bitstring::{self, EntryAnswer, SignerName, StatusEntry, UnverifiedList};
use crate::time::Timestamp;
use crate::trust::{self, TrustEntry};
use crate::verdict::{Reason, Refusal, checks};

const STRANGER: Reason = Reason::new(
    "status-list-stranger",
    "the list's issuer is neither the credential's nor one that the trust list names for its statuses",
    "목록의 발급자가 증명서의 발급자도, 신뢰 목록이 상태를 맡긴 발급자도 아닙니다",
);

/// The list, then what its signer's key wants, and then what other proofs of it do.
pub(super) fn needs(
    status: &StatusEntry,
    entry: &TrustEntry,
    evidence: &Evidence<'_>,
    now: Timestamp,
) -> Vec<Need> {
    let documents = evidence.documents;
    let Some(kept) = documents.kept(status.url()) else {
        let need =
            Need { url: status.url().clone(), accept: bitstring::ACCEPT, limits: FetchLimits::STATUS_LIST };
        return documents.unless_settled(need).into_iter().collect();
    };
    if let Some(KeptList::Bitstring(list)) = kept.verified_status_list() {
        return signer(entry, list.issuer(), evidence, now)
            .map_or_else(Vec::new, |signer| key_needs(signer, list.signer(), evidence));
    }
    let Ok(list) = UnverifiedList::read(&kept.document().bytes, evidence.contexts) else { return Vec::new() };
    let issuer = list.unverified_issuer();
    let Some(signer) = issuer.and_then(|issuer| signer(entry, issuer, evidence, now)) else {
        return Vec::new();
    };
    let needs = key_needs(signer, &list.signer(), evidence);
    match key(signer, &list.signer(), evidence, now) {
        Ok(key) if needs.is_empty() => list.needs(&key, documents),
        _ => needs,
    }
}

/// What the list says of the credential that has `status`. Refuses by V-09 where there is none, and by BS checks.
pub(super) fn answer(
    status: &StatusEntry,
    issuer: &Issuer<'_>,
    evidence: &Evidence<'_>,
    now: Timestamp,
) -> Result<EntryAnswer, Refusal> {
    let documents = evidence.documents;
    let kept = documents.kept(status.url()).ok_or(checks::STATUS_FRESHNESS.refuse(NO_LIST))?;
    let fetched_at = kept.document().fetched_at;
    if let Some(KeptList::Bitstring(list)) = kept.verified_status_list() {
        let signer = signer(issuer.entry, list.issuer(), evidence, now);
        let key = signer.and_then(|signer| key(signer, list.signer(), evidence, now).ok());
        if key.as_ref() == Some(list.signed_by()) {
            return list.status(status, fetched_at, now);
        }
    }
    let list = UnverifiedList::read(&kept.document().bytes, evidence.contexts)?;
    let named = list.unverified_issuer();
    let signer = named.and_then(|named| signer(issuer.entry, named, evidence, now));
    let signer = signer.ok_or(bitstring::SIGNATURE.refuse(STRANGER))?;
    let key = key(signer, &list.signer(), evidence, now)?;
    let list = list.verify((&signer.issuer, key), status.list(), documents, now)?;
    let answer = list.status(status, fetched_at, now);
    kept.keep_status_list(KeptList::Bitstring(list));
    answer
}

/// Who may have signed a list that names `issuer`.
fn signer<'a>(
    entry: &'a TrustEntry,
    issuer: &str,
    evidence: &Evidence<'a>,
    now: Timestamp,
) -> Option<&'a TrustEntry> {
    signers(entry, evidence, now).find(|signer| signer.issuer == issuer)
}

fn key_needs(signer: &TrustEntry, name: &SignerName, evidence: &Evidence<'_>) -> Vec<Need> {
    match name {
        SignerName::Header(header) => trust::needs(signer, header, evidence.documents),
        SignerName::Method(_) => trust::method_needs(signer, evidence.documents),
    }
}

/// The key of `signer` for status lists that `name` names, told as what it means for the list where there is none.
fn key(
    signer: &TrustEntry,
    name: &SignerName,
    evidence: &Evidence<'_>,
    now: Timestamp,
) -> Result<PublicKey, Refusal> {
    let found = match name {
        SignerName::Header(header) => trust::status_key(signer, header, evidence.documents, now),
        SignerName::Method(method) => trust::status_method_key(signer, method, evidence.documents),
    };
    found.map_err(|refusal| bitstring::SIGNATURE.refuse(refusal.reason))
}
