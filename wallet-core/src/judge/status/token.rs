//! What a Token Status List says of a credential, as JWT or as CWT: whichever was fetched.

use jigap_keys::PublicKey;
use jigap_keys::json::Limits;
use url::Url;

use super::{NO_LIST, signers};
use crate::documents::{KeptDocument, Need};
use crate::jose::{Header, Jws};
use crate::judge::format::Proven;
use crate::judge::{Evidence, Issuer};
use crate::ports::FetchLimits;
use crate::status::{self, KeptList, StatusAnswer, StatusReference, VerifiedStatusList};
use crate::time::Timestamp;
use crate::trust::{self, TrustEntry};
use crate::verdict::{Refusal, checks};

/// The list, and then what its signer's key wants.
pub(super) fn needs(
    reference: &StatusReference,
    credential: &dyn Proven,
    entry: &TrustEntry,
    evidence: &Evidence<'_>,
    now: Timestamp,
) -> Vec<Need> {
    let Some(kept) = evidence.documents.kept(reference.url()) else {
        let need = Need {
            url: reference.url().clone(),
            accept: if credential.prefers_cwt() { status::MEDIA_TYPE_CWT } else { status::MEDIA_TYPE },
            limits: FetchLimits::STATUS_LIST,
        };
        return evidence.documents.unless_settled(need).into_iter().collect();
    };
    let of = |header: &Header| {
        let signers = signers(entry, evidence, now);
        signers.flat_map(|signer| trust::needs(signer, header, evidence.documents)).collect()
    };
    match kept.verified_status_list() {
        Some(KeptList::Token(header, _)) => of(header),
        _ => Token::read(&kept.document().bytes).map(|token| of(token.header())).unwrap_or_default(),
    }
}

/// What the list says of the credential at `reference`. Refuses by V-09 where there is none, and by ST checks.
pub(super) fn answer(
    reference: &StatusReference,
    credential: &dyn Proven,
    issuer: &Issuer<'_>,
    evidence: &Evidence<'_>,
    now: Timestamp,
) -> Result<StatusAnswer, Refusal> {
    let unknown = checks::STATUS_FRESHNESS.refuse(NO_LIST);
    let signed = Signed { header: credential.header(), issuer };
    let kept = evidence.documents.kept(reference.url()).ok_or(unknown)?;
    let fetched_at = kept.document().fetched_at;
    if let Some(list) = verified_before(kept, &signed, evidence, now) {
        return list.status(reference, fetched_at, now);
    }
    let token = Token::read(&kept.document().bytes)?;
    // Two signers may name their keys alike: the one whose key verifies is meant; else the first refusal is told.
    let mut refused = None;
    for signer in signers(issuer.entry, evidence, now) {
        let key = signed.status_key(signer, token.header(), evidence, now).map_err(as_status);
        let list = key.and_then(|key| token.verify(reference.uri(), now, key));
        match list {
            Ok(list) => {
                let answer = list.status(reference, fetched_at, now);
                kept.keep_status_list(KeptList::Token(Box::new(token.header().clone()), list));
                return answer;
            }
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    Err(refused.unwrap_or(unknown))
}

/// What is wanted to verify the list at `uri` of the issuer of `entry`, without any credential; the list itself was brought.
pub(in crate::judge) fn signer_needs(
    (uri, entry): (&Url, &TrustEntry),
    evidence: &Evidence<'_>,
    now: Timestamp,
) -> Vec<Need> {
    let Some(kept) = evidence.documents.kept(uri) else { return Vec::new() };
    let Ok(token) = Token::read(&kept.document().bytes) else { return Vec::new() };
    let signers = signers(entry, evidence, now);
    signers.flat_map(|signer| trust::needs(signer, token.header(), evidence.documents)).collect()
}

/// The same list, verified by the key of one who may sign it. Refuses by V-09 where it was not brought, and by ST checks.
pub(in crate::judge) fn verified(
    reference: &StatusReference,
    entry: &TrustEntry,
    evidence: &Evidence<'_>,
    now: Timestamp,
) -> Result<VerifiedStatusList, Refusal> {
    let mut refused = checks::STATUS_FRESHNESS.refuse(NO_LIST);
    let kept = evidence.documents.kept(reference.url()).ok_or(refused)?;
    let token = Token::read(&kept.document().bytes)?;
    for signer in signers(entry, evidence, now) {
        let key = trust::status_key(signer, token.header(), evidence.documents, now).map_err(as_status);
        match key.and_then(|key| token.verify(reference.uri(), now, key)) {
            Ok(list) => return Ok(list),
            Err(refusal) => refused = refusal,
        }
    }
    Err(refused)
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
        match key.signing().filter(|_| same && !signer.mechanism.knows_retired_keys()) {
            Some(key) => trust::for_status_lists(signer, key.clone()),
            None => trust::status_key(signer, header, evidence.documents, now),
        }
    }
}

/// The list as an earlier judgement verified it, if it did so with the very key that a signer of this issuer has now.
fn verified_before<'k>(
    kept: &'k KeptDocument,
    signed: &Signed<'_>,
    evidence: &Evidence<'_>,
    now: Timestamp,
) -> Option<&'k VerifiedStatusList> {
    let KeptList::Token(header, list) = kept.verified_status_list()? else { return None };
    let key = |signer| signed.status_key(signer, header, evidence, now);
    signers(signed.issuer.entry, evidence, now)
        .any(|signer| key(signer).is_ok_and(|key| key == *list.signed_by()))
        .then_some(list)
}

/// The signed list, not verified yet.
enum Token<'b> {
    Jwt(&'b str, Jws),
    Cwt(&'b [u8], Header),
}

impl<'b> Token<'b> {
    /// Reads what was fetched. No text begins as CBOR's arrays and tags do.
    fn read(bytes: &'b [u8]) -> Result<Self, Refusal> {
        if bytes.first().is_some_and(|first| *first >= 0x80) {
            let message = status::cwt_message(bytes)?;
            return Ok(Self::Cwt(bytes, status::cwt_key_name(&message)));
        }
        let limits = Limits { bytes: FetchLimits::STATUS_LIST.max_bytes, depth: 8 };
        let text = std::str::from_utf8(bytes).map_err(|_| status::TOKEN_FORM.refuse(NO_LIST))?.trim();
        let jws =
            Jws::parse_within(text, limits).map_err(|refusal| status::TOKEN_FORM.refuse(refusal.reason))?;
        Ok(Self::Jwt(text, jws))
    }

    /// How it names its key.
    const fn header(&self) -> &Header {
        match self {
            Self::Jwt(_, jws) => jws.header(),
            Self::Cwt(_, header) => header,
        }
    }

    fn verify(&self, uri: &str, now: Timestamp, key: PublicKey) -> Result<VerifiedStatusList, Refusal> {
        match self {
            Self::Jwt(text, _) => VerifiedStatusList::verify(text, uri, now, |_| Ok(key)),
            Self::Cwt(bytes, _) => VerifiedStatusList::verify_cwt(bytes, uri, now, |_| Ok(key)),
        }
    }
}

/// A key that cannot be found, told as what it means for the list.
fn as_status(refusal: Refusal) -> Refusal {
    status::SIGNATURE.refuse(refusal.reason)
}
