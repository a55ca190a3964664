//! A tenant's keys of `bbs-2023`: which sign, which will and did, and how they are published.
//!
//! They sign documents and nothing else. In a did:web or did:webvh they are methods beside the others; elsewhere each is a did:key and an
//! issuer of its own on the trust list. Once there is such a key it stays known, whatever the types are configured with
//! later: what it signed before stays valid. None is made that no type wants.

use jigap_keys::bbs::{PublicKey, SecretKey};
use jigap_platform::keyring::{Keyring, Retired};
use jigap_wallet_core::did::{ProofKey, bbs_key_did};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::trust::{Mechanism, PinnedKeys};
use serde_json::{Value, json};

use super::AssemblyError;
use super::config::TenantConfig;
use super::keys::{Described, NamedKeys, place};
use crate::tenant::BbsKey;

/// The BBS key of a tenant, what shall replace it, and what it replaced.
pub(super) struct BbsLine {
    secret: SecretKey,
    next: Option<PublicKey>,
    retired: Vec<Retired<PublicKey>>,
}

impl BbsLine {
    /// Reads the keys, making the first where a type wants one; `None` where there is none and no type does.
    pub(super) async fn open(
        id: &str,
        config: &TenantConfig,
        keyring: Keyring<'_>,
        now: Timestamp,
    ) -> Result<Option<Self>, AssemblyError> {
        let place = place(id, "bbs");
        let secret = match keyring.held_bbs(&place).await? {
            Some(secret) => secret,
            None if config.signs_by_bbs() => keyring.bbs(&place).await?,
            None => return Ok(None),
        };
        let next = keyring.prepared_bbs(&place).await?;
        Ok(Some(Self { secret, next, retired: keyring.retired_bbs(&place, now).await? }))
    }

    /// `named` with these keys too, each a did:key.
    pub(super) fn named_apart(
        self,
        mut named: NamedKeys,
        tenant: &Described<'_>,
        now: Timestamp,
    ) -> Result<NamedKeys, AssemblyError> {
        self.add_entries(&mut named, tenant, now)?;
        let did = bbs_key_did(self.secret.public());
        named.bbs = Some(self.key_of(&did));
        Ok(named)
    }

    /// The key that signs, as a method of `did`.
    pub(super) fn key_of(self, did: &str) -> BbsKey {
        let method = format!("{did}#{}", self.secret.public().to_multikey());
        BbsKey { method, did: did.to_owned(), secret: self.secret }
    }

    /// Lists the keys in the document of `did`.
    pub(super) fn add_to(&self, document: &mut Value, did: &str) {
        append(document, "@context", json!("https://w3id.org/security/multikey/v1"));
        self.all().for_each(|(key, _)| add_method(document, did, key));
    }

    /// What a trust list pins the keys by.
    pub(super) fn thumbprints(&self) -> impl Iterator<Item = String> {
        self.all().map(|(key, _)| thumbprint(key))
    }

    /// An entry for every key, as a did:key; those that were replaced until they have ended. Each may issue the types that the
    /// tenant's W3C credentials have now: which of them were once in `bbs-2023` is not recorded. None where there is no such
    /// type, as the tenant vouches for nothing that it issues no more.
    fn add_entries(
        &self,
        named: &mut NamedKeys,
        tenant: &Described<'_>,
        now: Timestamp,
    ) -> Result<(), AssemblyError> {
        if tenant.w3c_types.is_empty() {
            return Ok(());
        }
        let status_issuers = named.entries.first().map(|own| own.status_issuers.clone()).unwrap_or_default();
        for (key, until) in self.all() {
            let did = bbs_key_did(key);
            let mut entry = tenant.entry(&did, Mechanism::Did(tenant.did(&did)?.into()), now);
            entry.types.clone_from(&tenant.w3c_types);
            entry.valid_until = until.map_or(entry.valid_until, |until| entry.valid_until.min(until));
            entry.keys = Some(PinnedKeys::both(vec![thumbprint(key)], Vec::new()));
            entry.status_issuers.clone_from(&status_issuers);
            named.entries.push(entry);
        }
        Ok(())
    }

    /// The key that signs, the one that will, then those that signed, with the moment when what they signed has ended.
    fn all(&self) -> impl Iterator<Item = (&PublicKey, Option<Timestamp>)> {
        let retired = self.retired.iter().map(|key| (&key.key, Some(key.until)));
        let next = self.next.iter().map(|key| (key, None));
        std::iter::once((self.secret.public(), None)).chain(next).chain(retired)
    }
}

/// What a trust list pins `key` by.
fn thumbprint(key: &PublicKey) -> String {
    ProofKey::from(key.clone()).thumbprint()
}

/// Lists `key` in the document of `did`, for assertions.
fn add_method(document: &mut Value, did: &str, key: &PublicKey) {
    let multikey = key.to_multikey();
    let id = format!("{did}#{multikey}");
    append(document, "assertionMethod", json!(id));
    let method = json!({"id": id, "type": "Multikey", "controller": did, "publicKeyMultibase": multikey});
    append(document, "verificationMethod", method);
}

/// Adds an item to a list of a document.
fn append(document: &mut Value, list: &str, item: Value) {
    if let Some(items) = document.get_mut(list).and_then(Value::as_array_mut) {
        items.push(item);
    }
}
