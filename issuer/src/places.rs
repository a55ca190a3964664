//! Where the issuer's records lie in the store: `issuer/{tenant}/{kind}/…`, so that a tenant or a kind is one range.
//!
//! | kind | key | value |
//! |---|---|---|
//! | offer | offer id | [`Offer`](crate::offer::Offer) |
//! | subject | offer id, number of the piece | whom the offer is about, sealed |
//! | code | fingerprint of the pre-authorized code | offer id |
//! | token | fingerprint of the access token | [`Grant`](crate::token::Grant) |
//! | proof | when it is too old (8 bytes), its id | empty: the DPoP proof was used |
//! | refresh | offer id | [`Refresh`](crate::refresh::Refresh) |
//! | nonce | expiry (8 bytes), nonce id | empty: the nonce was used |
//! | issuance | issuance id | [`Issuance`](crate::issuance::Issuance) |
//! | notification | notification id | issuance id |
//! | person | keyed hash of the registrar's reference, offer id | empty |
//! | shown | keyed hash of the digest of a credential | [`Shown`](crate::verdicts::Shown) |
//! | idempotency | keyed hash of caller and key | [`Answered`](crate::idempotency::Answered) |
//! | ending | moment (8 bytes), place of a record | empty: when [`crate::sweep`] looks at the record |
//! | did-log | number of the version | the entry of a did:webvh's log, one line ([`crate::assembly`]) |
//! | pass-version | kind of pass | the version that is issued, 4 bytes ([`crate::versions`]) |
//! | status | `lists/{list}`; list, then `taken/{index}`, `piece/{number}`, `version` | see [`crate::status`] |
//!
//! The lists of an instance of the VC API lie under `issuer/vc-api/{instance}/` in the same way ([`crate::vc_api`]).

use jigap_wallet_core::ports::KeyRange;
use jigap_wallet_core::time::Timestamp;

/// Names the places of one tenant's records.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    prefix: String,
}

impl Places {
    pub(crate) fn of(tenant: &str) -> Self {
        Self { prefix: format!("issuer/{tenant}/") }
    }

    pub(crate) fn offer(&self, id: &str) -> String {
        format!("{}offer/{id}", self.prefix)
    }

    pub(crate) fn subject(&self, offer: &str) -> String {
        format!("{}subject/{offer}", self.prefix)
    }

    pub(crate) fn code(&self, fingerprint: &str) -> String {
        format!("{}code/{fingerprint}", self.prefix)
    }

    pub(crate) fn token(&self, fingerprint: &str) -> String {
        format!("{}token/{fingerprint}", self.prefix)
    }

    pub(crate) fn used_nonce(&self, expires: Timestamp, id: &str) -> Vec<u8> {
        [self.used_nonces().as_bytes(), &expires.unix().to_be_bytes(), id.as_bytes()].concat()
    }

    /// The used nonces that expired before `now` and need not be remembered.
    pub(crate) fn forgettable_nonces(&self, now: Timestamp) -> KeyRange {
        let start = self.used_nonces().into_bytes();
        KeyRange::new(start.clone(), [&start[..], &now.unix().to_be_bytes()].concat())
    }

    pub(crate) fn used_proof(&self, until: Timestamp, id: &str) -> Vec<u8> {
        [self.used_proofs().as_bytes(), &until.unix().to_be_bytes(), id.as_bytes()].concat()
    }

    /// The used DPoP proofs that are refused for their age since before `now`.
    pub(crate) fn forgettable_proofs(&self, now: Timestamp) -> KeyRange {
        let start = self.used_proofs().into_bytes();
        KeyRange::new(start.clone(), [&start[..], &now.unix().to_be_bytes()].concat())
    }

    pub(crate) fn refresh(&self, offer: &str) -> String {
        format!("{}refresh/{offer}", self.prefix)
    }

    pub(crate) fn issuance(&self, id: &str) -> String {
        format!("{}issuance/{id}", self.prefix)
    }

    pub(crate) fn issuances(&self) -> KeyRange {
        KeyRange::prefix(format!("{}issuance/", self.prefix))
    }

    pub(crate) fn notification(&self, id: &str) -> String {
        format!("{}notification/{id}", self.prefix)
    }

    pub(crate) fn person_offer(&self, reference: &str, offer: &str) -> String {
        format!("{}person/{reference}/{offer}", self.prefix)
    }

    pub(crate) fn offers_of(&self, reference: &str) -> KeyRange {
        KeyRange::prefix(format!("{}person/{reference}/", self.prefix))
    }

    pub(crate) fn shown(&self, digest: &str) -> String {
        format!("{}shown/{digest}", self.prefix)
    }

    pub(crate) fn idempotency(&self, hash: &str) -> String {
        format!("{}idempotency/{hash}", self.prefix)
    }

    /// Notes that the record at `place` ends at `moment`.
    pub(crate) fn ending(&self, moment: Timestamp, place: &str) -> Vec<u8> {
        [self.endings().as_bytes(), &moment.unix().to_be_bytes(), place.as_bytes()].concat()
    }

    /// The endings before `now`.
    pub(crate) fn ended(&self, now: Timestamp) -> KeyRange {
        let start = self.endings().into_bytes();
        KeyRange::new(start.clone(), [&start[..], &now.unix().to_be_bytes()].concat())
    }

    /// What ended by the key of an ending: the place of the record, its kind, its id.
    pub(crate) fn ended_record<'k>(&self, key: &'k [u8]) -> Option<(&'k str, &'k str, &'k str)> {
        let place = std::str::from_utf8(key.get(self.endings().len() + 8..)?).ok()?;
        let (kind, id) = place.strip_prefix(&self.prefix)?.split_once('/')?;
        Some((place, kind, id))
    }

    /// The entry of the log of a did:webvh with this number.
    pub(crate) fn log_entry(&self, number: usize) -> String {
        format!("{}{number:06}", self.log())
    }

    /// The entries from this number on.
    pub(crate) fn log_entries(&self, number: usize) -> KeyRange {
        KeyRange::new(self.log_entry(number), format!("{}~", self.log()))
    }

    pub(crate) fn pass_version(&self, kind: &str) -> String {
        format!("{}pass-version/{kind}", self.prefix)
    }

    /// That there is such a list.
    pub(crate) fn named_list(&self, list: &str) -> String {
        format!("{}{list}", self.list_names())
    }

    pub(crate) fn named_lists(&self) -> KeyRange {
        KeyRange::prefix(self.list_names())
    }

    /// The list's id in the key that [`Places::named_list`] makes.
    pub(crate) fn list_of<'k>(&self, key: &'k [u8]) -> Option<&'k str> {
        std::str::from_utf8(key.get(self.list_names().len()..)?).ok()
    }

    fn list_names(&self) -> String {
        format!("{}status/lists/", self.prefix)
    }

    pub(crate) fn current_list(&self) -> String {
        format!("{}status/current", self.prefix)
    }

    pub(crate) fn taken(&self, list: &str, index: u64) -> String {
        format!("{}status/list/{list}/taken/{index:08}", self.prefix)
    }

    pub(crate) fn piece(&self, list: &str, number: u64) -> String {
        format!("{}status/list/{list}/piece/{number:05}", self.prefix)
    }

    pub(crate) fn list_version(&self, list: &str) -> String {
        format!("{}status/list/{list}/version", self.prefix)
    }

    fn log(&self) -> String {
        format!("{}did-log/", self.prefix)
    }

    fn endings(&self) -> String {
        format!("{}ending/", self.prefix)
    }

    fn used_proofs(&self) -> String {
        format!("{}proof/", self.prefix)
    }

    fn used_nonces(&self) -> String {
        format!("{}nonce/", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expired_nonces_are_forgettable_and_live_ones_are_not() {
        let places = Places::of("hanbit");
        let range = places.forgettable_nonces(Timestamp::from_unix(1_000));
        assert!(range.contains(&places.used_nonce(Timestamp::from_unix(999), "a")));
        assert!(!range.contains(&places.used_nonce(Timestamp::from_unix(1_000), "a")));
        assert!(
            !Places::of("hanbit2")
                .forgettable_nonces(Timestamp::from_unix(1_000))
                .contains(&places.used_nonce(Timestamp::from_unix(999), "a"))
        );
    }
}
