//! The issuer put together from its configuration: tenants, their keys, their types, and what a trust list says of them.
//!
//! Keys are made on the first start and read back afterwards, sealed by the vault, under `issuer/{tenant}/key/…`: one
//! that signs credentials, one that signs status lists, one that seals records, one that makes nonces. Refused: tenant
//! ids that are no path segment or one of our own paths, unknown types, token hashes that are none, a public URL with a
//! path (the well-known documents of its tenants would lie elsewhere).

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jigap_keys::KeyType;
use jigap_platform::files::folders_in;
use jigap_platform::http::{Rate, RateLimiter, TokenHash};
use jigap_platform::keyring::{Keyring, KeyringError};
use jigap_platform::secrets::Vault;
use jigap_platform::signer::LocalSigner;
use jigap_wallet_core::did::{Did, jwk_did};
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::ports::Signer as _;
use jigap_wallet_core::sealing::RecordKeys;
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{Mechanism, Names, PinnedKeys, TrustEntry};
use jigap_wallet_core::vci::{IssuerIdentifier, NonceKey};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::http::{Hosted, Issuer};
use crate::publish::SignedLists;
use crate::tenant::{Name, SigningKey, Tenant, World, day_of};
use crate::types::{CredentialType, CredentialTypes, EXAMPLE_BASE, TypeError};

/// First path segments that are not tenants.
const OUR_PATHS: [&str; 4] = ["types", "verifier", "healthz", "metrics"];
/// Longest tenant id.
const MAX_ID: usize = 64;
/// Client addresses whose tries at token endpoints are counted.
const COUNTED_ADDRESSES: usize = 100_000;
const DAY: u32 = 86_400;
/// How long a trust entry made here lasts.
const TRUSTED_FOR: Seconds = Seconds(365 * DAY);

/// `[issuer]` of the configuration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// What the identifiers of types begin with. Unless it is said: `{public_url}/types`, and in development over http
    /// [`EXAMPLE_BASE`], since identifiers are https.
    pub types_base: Option<Url>,
    /// A folder of credential types (schemas/README.md) instead of those that come with Jigap.
    pub types_folder: Option<PathBuf>,
    /// How often one client address may try at token endpoints, in a row and a minute: 60 unless it is said.
    pub token_tries: Option<u32>,
    /// The tenants, by id: 1 to 64 of `a-z`, `0-9` and `-`, the first segment of their paths.
    pub tenants: BTreeMap<String, TenantConfig>,
}

/// `[issuer.tenants.{id}]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantConfig {
    /// What people call it.
    pub name: Name,
    /// The types it issues, by the names of their folders: they are its credential configuration ids.
    pub types: Vec<String>,
    /// How its keys are found.
    #[serde(default)]
    pub mechanism: MechanismConfig,
    /// What kind of keys sign; cannot change once they are made.
    #[serde(default)]
    pub key_type: KeyTypeConfig,
    /// Days a credential is valid.
    #[serde(default = "a_year")]
    pub validity_days: u32,
    /// Who may administer it: name, and the SHA-256 of their token in base64url ([`TokenHash`]).
    #[serde(default)]
    pub admins: BTreeMap<String, String>,
}

/// How a tenant's keys are found, which the trust list fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MechanismConfig {
    /// In its JWT VC issuer metadata; `iss` is its credential issuer identifier.
    #[default]
    JwtVcIssuer,
    /// In a did:jwk, which is `iss`. Status lists are signed by a second did:jwk, a status issuer of the first.
    Did,
}

/// Kinds of signing keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum KeyTypeConfig {
    /// ES256: what every wallet verifies.
    #[default]
    #[serde(rename = "P-256")]
    P256,
    /// ES384.
    #[serde(rename = "P-384")]
    P384,
    /// EdDSA.
    Ed25519,
}

/// The issuer, put together.
pub struct Assembled {
    /// The service.
    pub issuer: Arc<Issuer>,
    /// What a trust list may say of its tenants: valid from today for a year. Whoever publishes the list decides.
    pub trust_entries: Vec<TrustEntry>,
}

/// Why an issuer cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// The operator's fault.
    #[error("issuer.tenants.{0}: {1}")]
    Tenant(String, &'static str),
    /// The operator's fault.
    #[error("issuer.tenants.{0}: there is no credential type {1}")]
    UnknownType(String, String),
    /// The operator's fault.
    #[error("issuer: {0}")]
    Issuer(&'static str),
    /// The folder of types cannot be read.
    #[error("issuer.types_folder: {0}")]
    Folder(#[from] io::Error),
    /// A folder is no credential type.
    #[error("issuer.types_folder: {0}")]
    Types(#[from] TypeError),
    /// A key cannot be had.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

/// Puts the issuer together; `base` is what clients call the server, `types_folder` of `config` is used as it is.
///
/// # Errors
/// [`AssemblyError`].
pub async fn open(
    config: &IssuerConfig,
    base: &Url,
    vault: &Vault,
    world: World,
) -> Result<Assembled, AssemblyError> {
    if base.path() != "/" {
        return Err(AssemblyError::Issuer("public_url may not have a path where there are tenants"));
    }
    let base = base.as_str().trim_end_matches('/');
    let types = load_types(config.types_folder.as_deref(), config.types_base.as_ref(), base)?;
    let keyring = Keyring { store: &*world.store, vault, entropy: &*world.entropy };
    let (mut hosted, mut trust_entries) = (Vec::new(), Vec::new());
    for (id, tenant) in &config.tenants {
        let opened = Opened { id, config: tenant, types: chosen(id, tenant, &types)? };
        let (one, entries) = opened.tenant(base, keyring, world.clock.now()).await?;
        hosted.push(one);
        trust_entries.extend(entries);
    }
    let tries = config.token_tries.unwrap_or(60).max(1);
    let rate = Rate { burst: tries, refill: Duration::from_secs(60) / tries };
    let issuer = Arc::new(Issuer::new(world, hosted, RateLimiter::new(rate, COUNTED_ADDRESSES)));
    Ok(Assembled { issuer, trust_entries })
}

fn load_types(
    folder: Option<&Path>,
    types_base: Option<&Url>,
    base: &str,
) -> Result<CredentialTypes, AssemblyError> {
    let types_base = match types_base {
        Some(url) => url.clone(),
        None if base.starts_with("http:") => {
            Url::parse(EXAMPLE_BASE).map_err(|_| AssemblyError::Issuer("types_base"))?
        }
        None => Url::parse(&format!("{base}/types")).map_err(|_| AssemblyError::Issuer("public_url"))?,
    };
    Ok(match folder {
        Some(folder) => CredentialTypes::load(&folders_in(folder)?, &types_base)?,
        None => CredentialTypes::built_in(&types_base)?,
    })
}

fn chosen(
    id: &str,
    tenant: &TenantConfig,
    types: &CredentialTypes,
) -> Result<BTreeMap<String, Arc<CredentialType>>, AssemblyError> {
    let find = |name: &String| {
        let found = types.get(name).ok_or_else(|| AssemblyError::UnknownType(id.to_owned(), name.clone()))?;
        Ok((name.clone(), Arc::clone(found)))
    };
    tenant.types.iter().map(find).collect()
}

/// A tenant whose configuration is being made true.
struct Opened<'a> {
    id: &'a str,
    config: &'a TenantConfig,
    types: BTreeMap<String, Arc<CredentialType>>,
}

impl Opened<'_> {
    async fn tenant(
        self,
        base: &str,
        keyring: Keyring<'_>,
        now: Timestamp,
    ) -> Result<(Hosted, Vec<TrustEntry>), AssemblyError> {
        let segment = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.id.is_empty() || self.id.len() > MAX_ID || !self.id.chars().all(segment) {
            return Err(self.wrong("the id is 1 to 64 of a-z, 0-9 and -"));
        }
        if OUR_PATHS.contains(&self.id) {
            return Err(self.wrong("the id is the name of another path"));
        }
        let validity = self.config.validity_days.checked_mul(DAY).filter(|seconds| *seconds > 0);
        let validity = Seconds(validity.ok_or_else(|| self.wrong("validity_days is 1 to 49710"))?);
        let admins = self.admins()?;
        let identifier = IssuerIdentifier::parse(&format!("{base}/{}", self.id), "public_url");
        let identifier = identifier.map_err(|_| AssemblyError::Issuer("public_url must be https"))?;
        let place = |what: &str| format!("issuer/{}/key/{what}", self.id);
        let key_type = self.config.key_type.into();
        let credential = keyring.signer(&place("credential"), key_type).await?;
        let status = keyring.signer(&place("status"), key_type).await?;
        let named = self.named(&identifier, &credential, &status, now)?;
        let tenant = Tenant {
            id: self.id.to_owned(),
            identifier,
            issuer: named.issuer,
            name: self.config.name.clone(),
            types: self.types,
            credential_key: signing_key(credential, named.credential_kid)?,
            status_key: signing_key(status, named.status_kid)?,
            published_keys: named.published,
            validity,
            record_keys: RecordKeys::from_secret(&*keyring.secret(&place("record")).await?),
            nonce_key: NonceKey::new(*keyring.secret(&place("nonce")).await?),
            signed_lists: SignedLists::default(),
        };
        Ok((Hosted { tenant, admins }, named.entries))
    }

    /// What the mechanism makes of the two signing keys.
    fn named(
        &self,
        identifier: &IssuerIdentifier,
        credential: &LocalSigner,
        status: &LocalSigner,
        now: Timestamp,
    ) -> Result<NamedKeys, AssemblyError> {
        let (credential, status) = (credential.public_key(), status.public_key());
        match self.config.mechanism {
            MechanismConfig::JwtVcIssuer => {
                let url = Url::parse(identifier.as_str()).map_err(|_| AssemblyError::Issuer("public_url"))?;
                let issuer = identifier.as_str().to_owned();
                let mut entry = self.entry(&issuer, Mechanism::JwtVcIssuer(url), now);
                entry.keys = Some(PinnedKeys {
                    credentials: vec![credential.thumbprint()],
                    status_lists: vec![status.thumbprint()],
                });
                Ok(NamedKeys {
                    issuer,
                    credential_kid: credential.thumbprint(),
                    status_kid: status.thumbprint(),
                    published: [credential, status].map(published).to_vec(),
                    entries: vec![entry],
                })
            }
            MechanismConfig::Did => {
                let (issuer, status_issuer) = (jwk_did(credential), jwk_did(status));
                let did = |text: &str| Did::parse(text).map_err(|_| self.wrong("its key makes no did:jwk"));
                let mut entry = self.entry(&issuer, Mechanism::Did(did(&issuer)?), now);
                entry.status_issuers = vec![status_issuer.clone()];
                // What the credential key signs is no status list, and what the status key signs nothing else.
                let credentials = vec![credential.thumbprint()];
                entry.keys = Some(PinnedKeys { credentials, status_lists: Vec::new() });
                let mut signer = self.entry(&status_issuer, Mechanism::Did(did(&status_issuer)?), now);
                signer.types = Vec::new();
                let status_lists = vec![status.thumbprint()];
                signer.keys = Some(PinnedKeys { credentials: Vec::new(), status_lists });
                Ok(NamedKeys {
                    credential_kid: format!("{issuer}#0"),
                    status_kid: format!("{status_issuer}#0"),
                    issuer,
                    published: Vec::new(),
                    entries: vec![entry, signer],
                })
            }
        }
    }

    fn entry(&self, issuer: &str, mechanism: Mechanism, now: Timestamp) -> TrustEntry {
        let Name { ko, en } = self.config.name.clone();
        TrustEntry {
            issuer: issuer.to_owned(),
            names: Names { ko, en },
            mechanism,
            keys: None,
            types: self.types.values().map(|found| found.vct().to_owned()).collect(),
            valid_from: day_of(now),
            valid_until: day_of(now).plus(TRUSTED_FOR),
            withdrawn_since: None,
            status_issuers: Vec::new(),
        }
    }

    fn admins(&self) -> Result<BTreeMap<String, TokenHash>, AssemblyError> {
        let read = |(name, text): (&String, &String)| {
            let hash = TokenHash::parse(text);
            let wrong = || self.wrong("an admin is a name and the SHA-256 of a token in base64url");
            Ok((name.clone(), hash.ok_or_else(wrong)?))
        };
        self.config.admins.iter().map(read).collect()
    }

    fn wrong(&self, what: &'static str) -> AssemblyError {
        AssemblyError::Tenant(self.id.to_owned(), what)
    }
}

/// Keys as credentials, status lists and the trust list name them.
struct NamedKeys {
    issuer: String,
    credential_kid: String,
    status_kid: String,
    published: Vec<Value>,
    entries: Vec<TrustEntry>,
}

fn signing_key(signer: LocalSigner, kid: String) -> Result<SigningKey, AssemblyError> {
    let header = Header::for_key(signer.public_key()).ok_or(AssemblyError::Issuer("a key does not sign"))?;
    Ok(SigningKey { header: header.kid(kid), signer: Arc::new(signer) })
}

/// A key of the JWKS, with its thumbprint (RFC 7638) as `kid`.
fn published(key: &jigap_keys::PublicKey) -> Value {
    let mut jwk = key.to_jwk();
    if let Some(members) = jwk.as_object_mut() {
        members.insert("kid".to_owned(), json!(key.thumbprint()));
        members.insert("use".to_owned(), json!("sig"));
    }
    jwk
}

impl From<KeyTypeConfig> for KeyType {
    fn from(config: KeyTypeConfig) -> Self {
        match config {
            KeyTypeConfig::P256 => Self::P256,
            KeyTypeConfig::P384 => Self::P384,
            KeyTypeConfig::Ed25519 => Self::Ed25519,
        }
    }
}

const fn a_year() -> u32 {
    365
}

#[cfg(test)]
mod tests;
