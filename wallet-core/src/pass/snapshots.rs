//! The status lists of issuers of tickets and cards, as a trust bundle holds them: Status List Tokens, each signed by its issuer or by
//! whoever the trust list lets sign for it.
//!
//! Where they are an issuer says in one document (Token Status List §9.2), whose place stands in the trust list. A list counts by when
//! it was signed, not by when somebody says to have fetched it, and until it ends.

use jigap_keys::json::{self, Limits};
use url::Url;

use super::{PassStatus, Snapshot};
use crate::documents::{Documents, Need, is_fetchable};
use crate::ports::FetchLimits;
use crate::status::{self, VerifiedStatusList};
use crate::time::Timestamp;
use crate::trust::{TrustEntry, TrustList, key_needs, status_key};

/// Most status lists of one issuer: two million tickets and more.
const MAX_LISTS: usize = 64;

/// The documents that look like Status List Tokens (JWT).
pub(super) fn tokens(documents: &Documents) -> Vec<(&Url, &str)> {
    let tokens = documents.each().filter(|(_, document)| document.bytes.starts_with(b"ey"));
    tokens.filter_map(|(url, document)| Some((url, std::str::from_utf8(&document.bytes).ok()?))).collect()
}

/// Those of the issuer of `entry`, verified at `now`.
pub(super) fn of(
    list: &TrustList,
    entry: &TrustEntry,
    (tokens, documents): (&[(&Url, &str)], &Documents),
    now: Timestamp,
) -> Vec<Snapshot> {
    let signers = signers(list, entry, now);
    let verified = |(url, token): &(&Url, &str)| {
        let by = |signer: &&TrustEntry| {
            VerifiedStatusList::verify(token, url.as_str(), now, |header| {
                status_key(signer, header, documents, now)
            })
            .ok()
        };
        signers.iter().find_map(by)
    };
    tokens.iter().filter_map(verified).map(|list| Snapshot::from(&list)).collect()
}

/// What must be fetched before [`of`] knows all of them.
pub(super) fn needs(
    list: &TrustList,
    entry: &TrustEntry,
    documents: &Documents,
    now: Timestamp,
) -> Vec<Need> {
    let Some(named_at) = &entry.passes.status_lists else { return Vec::new() };
    let keys = signers(list, entry, now).into_iter().flat_map(|signer| key_needs(signer, documents));
    let lists = match documents.get(named_at) {
        None => vec![Need::json(named_at.clone())],
        Some(named) => named_lists(named_at, &named.bytes).into_iter().map(of_list).collect(),
    };
    keys.chain(lists.into_iter().filter_map(|need| documents.unless_settled(need))).collect()
}

fn of_list(url: Url) -> Need {
    Need { url, accept: status::MEDIA_TYPE, limits: FetchLimits::STATUS_LIST }
}

/// Who may sign the lists: the issuer, and those that its entry names.
fn signers<'l>(list: &'l TrustList, entry: &'l TrustEntry, now: Timestamp) -> Vec<&'l TrustEntry> {
    let named = std::iter::once(&entry.issuer).chain(&entry.status_issuers);
    named.filter_map(|signer| list.status_entry(&entry.issuer, signer, now).ok()).collect()
}

/// The lists that the document at `place` names: of the same server, and not more than are plausible.
fn named_lists(place: &Url, document: &[u8]) -> Vec<Url> {
    let Ok(value) = json::parse(document, Limits::MESSAGE) else { return Vec::new() };
    let lists = value.get("status_lists").and_then(|lists| lists.as_array()).map(Vec::as_slice);
    let lists = lists.unwrap_or_default().iter().filter_map(|url| Url::parse(url.as_str()?).ok());
    lists.filter(|url| is_fetchable(url) && url.origin() == place.origin()).take(MAX_LISTS).collect()
}

impl From<&VerifiedStatusList> for Snapshot {
    fn from(verified: &VerifiedStatusList) -> Self {
        let token = verified.token();
        Self {
            tag: PassStatus::tag(&token.uri),
            list: token.list.clone(),
            as_of: token.issued_at,
            until: token.expires.unwrap_or(Timestamp::from_unix(i64::MAX)),
        }
    }
}
