//! The issuer put together from its configuration: tenants, their keys, their types, and what a trust list says of them.
//!
//! Keys are made on the first start and read back afterwards, sealed by the vault, under `issuer/{tenant}/key/…`: one
//! that signs credentials, one that signs status lists, one that seals records, one that makes nonces, for types in
//! `bbs-2023` one of that cryptosuite, and for passes that are signed blindly and for pseudonyms in directories what their keys are derived from. A tenant by
//! certificate may bring the first ([`Rotation::import`]). Refused: private keys in plain files, tenant ids that are no path segment or one of our own paths, unknown types, token hashes that are none, a public URL with a
//! path (the well-known documents of its tenants would lie elsewhere), certificates that no verifier would accept.

mod bbs;
mod config;
mod did_log;
mod dsub;
mod keys;
mod register;
mod rotation;
mod vc_api;
mod verdicts;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use config::{
    CryptosuiteConfig, DirectoryConfig, EntryLogConfig, FormatConfig, FromTemplateConfig, FromVerdictsConfig,
    IssuerConfig, KeyTypeConfig, MechanismConfig, PinnedVerifierConfig, RefreshConfig, TenantConfig,
    X5cConfig,
};
use did_log::DidLog;
pub use did_log::DidLogError;
use jigap_platform::csr::RequestError;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::files::folders_in;
use jigap_platform::http::{Rate, RateLimiter, TokenHash};
use jigap_platform::keyring::{Keyring, KeyringError};
use jigap_platform::pem::PemError;
use jigap_platform::secrets::Vault;
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::documents::is_fetchable;
use jigap_wallet_core::pass::{BlindKey, Kind};
use jigap_wallet_core::sealing::RecordKeys;
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{PassTerms, TrustEntry};
use jigap_wallet_core::vci::{IssuerIdentifier, NonceKey};
use jigap_wallet_core::x509::{ChainError, DocumentSignerError};
use keys::{Described, TenantKeys};
pub use rotation::{KeyPurpose, Rotation, unknown_to};
use url::Url;
pub use vc_api::{SuiteConfig, VcApiConfig};

use crate::blind::BlindSecret;
use crate::configuration::{Configuration, DocumentSuite, IssuedFormat, W3cType};
use crate::dsub::DirectoryRules;
use crate::hints::{HintRules, MAX_ADDRESSES};
use crate::http::{Hosted, Issuer};
use crate::issuance::IssuanceError;
use crate::places::Places;
use crate::publish::SignedLists;
use crate::refresh::RefreshRules;
use crate::register::PassRegister;
use crate::tenant::{Tenant, World};
use crate::types::{CredentialTypes, EXAMPLE_BASE, TypeError};
use crate::versions;
pub use crate::versions::end as end_passes;

/// First path segments that are not tenants.
const OUR_PATHS: [&str; 9] =
    ["types", "verifier", "openapi", "healthz", "metrics", "vc-api", "ids", "1.0", "v1"];
/// Longest tenant id.
const MAX_ID: usize = 64;
/// Client addresses whose tries at token endpoints are counted.
const COUNTED_ADDRESSES: usize = 100_000;
const DAY: u32 = 86_400;
const NO_CLASS: &str =
    "a type is no W3C credential: its context defines no class under its name, or it has a claim id or type";
const NO_MDOC: &str = "a type is no mdoc: its folder has no mdoc.json";
const NOT_BLIND: &str = "jigap_pass_blind wants a type whose passes are entry passes with four facts at most, and a mechanism other than x5c";
const NO_PASS: &str = "a type has no passes: its folder has no pass.json";

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
    /// The operator's fault.
    #[error("issuer.vc_api.{0}: {1}")]
    VcApi(String, &'static str),
    /// The folder of types cannot be read.
    #[error("issuer.types_folder: {0}")]
    Folder(#[from] io::Error),
    /// A folder is no credential type.
    #[error("issuer.types_folder: {0}")]
    Types(#[from] TypeError),
    /// A file of a tenant cannot be read.
    #[error("{path}: {1}", path = .0.display())]
    File(PathBuf, io::Error),
    /// The configuration names a plain file for the key of a tenant's certificate: the operator's fault.
    #[error("issuer.tenants.{0}.x5c.key: a plain key file is not used")]
    PlainKey(String),
    /// There is no key yet for a tenant's certificate, or the one that signs is another's: the operator's fault.
    #[error("issuer.tenants.{0}: {1}")]
    CertificateKey(String, CertificateKey),
    /// A file of a tenant is not what it should be.
    #[error("{path} {1}", path = .0.display())]
    Pem(PathBuf, PemError),
    /// A tenant's certificates are not good now.
    #[error("issuer.tenants.{0}: {1}")]
    Chain(String, ChainError),
    /// A tenant's certificate is not that of a document signer, which its mdocs want.
    #[error("issuer.tenants.{0}: mso_mdoc wants the certificate of a document signer: {1}")]
    DocumentSigner(String, DocumentSignerError),
    /// The log of a tenant's did:webvh cannot be had.
    #[error("issuer.tenants.{0}: {1}")]
    DidLog(String, DidLogError),
    /// No certificate can be asked for.
    #[error("no certificate can be asked for: {0}")]
    Request(#[from] RequestError),
    /// What a tenant issued cannot be read, so that it is not known how long its key is needed.
    #[error("issuer.tenants.{0}: what it issued cannot be read: {1}")]
    Issued(String, IssuanceError),
    /// A key cannot be had.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

/// How the key of a tenant does not fit the first certificate of its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateKey {
    /// None was made or brought.
    #[error("there is no key for its certificate yet")]
    None,
    /// The certificate is for the key that is prepared, and does not sign yet.
    #[error("the first certificate of x5c.chain is for the prepared key, which does not sign yet")]
    NotPromoted,
    /// The certificate is for the key that signs, not for the prepared one that shall.
    #[error("the first certificate of x5c.chain is not for the prepared key")]
    NotPrepared,
    /// The certificate is for another key.
    #[error("the key that signs for it is not the key of the first certificate of x5c.chain")]
    Other,
    /// Its key cannot be replaced before there is a certificate for the next one.
    #[error("a key without a certificate signs nothing: prepare it, have it certified, promote it")]
    AtOnce,
}

/// What an issuer is put together for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// To serve: logs are continued.
    Serving,
    /// To be looked at.
    Looking,
}

/// What a trust list would say of the tenants now, with no log continued: for whoever looks at an issuer and drops what is
/// written.
///
/// # Errors
/// [`AssemblyError`].
pub async fn look(
    config: &IssuerConfig,
    base: &Url,
    vault: &Vault,
    world: World,
) -> Result<Vec<TrustEntry>, AssemblyError> {
    Ok(open_for(Start::Looking, config, base, vault, world).await?.trust_entries)
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
    open_for(Start::Serving, config, base, vault, world).await
}

async fn open_for(
    start: Start,
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
        let opened = Opened { start, id, config: tenant, configurations: chosen(id, tenant, &types)? };
        let (one, entries) = opened.tenant(base, keyring, world.clock.now()).await?;
        hosted.push(one);
        trust_entries.extend(entries);
    }
    let a_minute = |tries: u32| Rate { burst: tries.max(1), refill: Duration::from_secs(60) / tries.max(1) };
    let limited = |tries| RateLimiter::new(a_minute(tries), COUNTED_ADDRESSES);
    let rates = (limited(config.token_tries.unwrap_or(60)), limited(config.verdicts_a_minute.unwrap_or(120)));
    let contexts = Contexts::with_types_at(
        types_base_of(config.types_base.as_ref(), base)?.as_str().trim_end_matches('/'),
    )
    .with_examples();
    let vc_api = vc_api::open(&config.vc_api, keyring, &contexts, base).await?;
    let issuer = Issuer::new(world, hosted, rates);
    let issuer = Arc::new(issuer.publishing(&types).signing_for_callers(vc_api));
    Ok(Assembled { issuer, trust_entries })
}

fn load_types(
    folder: Option<&Path>,
    types_base: Option<&Url>,
    base: &str,
) -> Result<CredentialTypes, AssemblyError> {
    let types_base = types_base_of(types_base, base)?;
    Ok(match folder {
        Some(folder) => CredentialTypes::load(&folders_in(folder)?, &types_base)?,
        None => CredentialTypes::built_in(&types_base)?,
    })
}

fn types_base_of(configured: Option<&Url>, base: &str) -> Result<Url, AssemblyError> {
    match configured {
        Some(url) => Ok(url.clone()),
        None if base.starts_with("http:") => {
            Url::parse(EXAMPLE_BASE).map_err(|_| AssemblyError::Issuer("types_base"))
        }
        None => Url::parse(&format!("{base}/types")).map_err(|_| AssemblyError::Issuer("public_url")),
    }
}

/// The configurations of a tenant: each of its types in each of its formats.
fn chosen(
    id: &str,
    tenant: &TenantConfig,
    types: &CredentialTypes,
) -> Result<BTreeMap<String, Configuration>, AssemblyError> {
    let wrong = |what| AssemblyError::Tenant(id.to_owned(), what);
    if tenant.formats.keys().any(|name| !tenant.types.contains(name)) {
        return Err(wrong("formats names a type that is not among types"));
    }
    let as_document =
        |name| tenant.formats.get(name).is_some_and(|formats| formats.contains(&FormatConfig::LdpVc));
    if !tenant.cryptosuites.keys().all(as_document) {
        return Err(wrong("cryptosuites names a type that is not issued as ldp_vc"));
    }
    let mut chosen = BTreeMap::new();
    for name in &tenant.types {
        let found = types.get(name).ok_or_else(|| AssemblyError::UnknownType(id.to_owned(), name.clone()))?;
        let formats = tenant.formats_of(name);
        if formats.is_empty() {
            return Err(wrong("formats leaves a type without a format"));
        }
        for format in formats {
            let (configuration, format) = match format {
                FormatConfig::SdJwtVc => (name.clone(), IssuedFormat::SdJwtVc),
                FormatConfig::JwtVcJson => {
                    let of = W3cType::of(found).ok_or_else(|| wrong(NO_CLASS))?;
                    (format!("{name}_jwt_vc_json"), IssuedFormat::JwtVcJson(of))
                }
                FormatConfig::LdpVc => {
                    let cryptosuite = document_suite(tenant, name).map_err(wrong)?;
                    let of = W3cType::of(found).ok_or_else(|| wrong(NO_CLASS))?;
                    (format!("{name}_ldp_vc"), IssuedFormat::LdpVc(of, cryptosuite))
                }
                FormatConfig::MsoMdoc => {
                    if tenant.mechanism != MechanismConfig::X5c {
                        return Err(wrong("mso_mdoc wants the mechanism x5c"));
                    }
                    let form = found.mdoc().ok_or_else(|| wrong(NO_MDOC))?;
                    (format!("{name}_mso_mdoc"), IssuedFormat::MsoMdoc(form.clone()))
                }
                FormatConfig::JigapPass => {
                    if tenant.mechanism == MechanismConfig::X5c || tenant.key_type == KeyTypeConfig::P384 {
                        return Err(wrong(
                            "jigap_pass wants keys of Ed25519 or P-256, and a mechanism other than x5c",
                        ));
                    }
                    let form = found.pass().ok_or_else(|| wrong(NO_PASS))?;
                    (format!("{name}_jigap_pass"), IssuedFormat::JigapPass(form.clone()))
                }
                FormatConfig::BlindPass => {
                    let named = tenant.mechanism != MechanismConfig::X5c;
                    let form = found.pass().filter(|form| named && form.can_be_blind());
                    let form = form.ok_or_else(|| wrong(NOT_BLIND))?;
                    (format!("{name}_jigap_pass_blind"), IssuedFormat::BlindPass(form.clone()))
                }
            };
            let issued = Configuration { credential_type: Arc::clone(found), format };
            if chosen.insert(configuration, issued).is_some() {
                return Err(wrong("two configurations have one id: a type or a format stands twice"));
            }
        }
    }
    Ok(chosen)
}

/// What is refreshed of the `chosen` configurations; refuses one that is not there, and passes that are for one entry.
fn refreshed(
    tenant: &TenantConfig,
    chosen: &BTreeMap<String, Configuration>,
    directories: DirectoryRules,
) -> Result<RefreshRules, &'static str> {
    let RefreshConfig { configurations, days, batches_a_day } = &tenant.refresh;
    for id in configurations.iter().flatten() {
        let found = chosen.get(id).ok_or("refresh.configurations names none of its configurations")?;
        if found.pass().is_some() && !found.is_entry_pass() {
            return Err("refresh.configurations names passes that are no entry passes: each of those is one");
        }
    }
    let entry_passes = chosen.iter().filter(|(_, found)| found.is_entry_pass()).map(|(id, _)| id.clone());
    Ok(RefreshRules {
        configurations: match configurations {
            Some(named) => named.iter().cloned().collect(),
            None => entry_passes.collect(),
        },
        life: Seconds(u32::from(days.get()) * DAY),
        batches_a_day: usize::from(batches_a_day.get()),
        directories,
    })
}

/// The cryptosuite of the type `name` as `ldp_vc`; refuses a tenant whose proofs would not name a key of a DID, or whose
/// keys do not sign in it.
fn document_suite(tenant: &TenantConfig, name: &str) -> Result<DocumentSuite, &'static str> {
    if !matches!(tenant.mechanism, MechanismConfig::Did | MechanismConfig::DidWeb | MechanismConfig::DidWebvh)
    {
        return Err("ldp_vc wants the mechanism did, did_web or did_webvh");
    }
    let cryptosuite = DocumentSuite::from(tenant.cryptosuites.get(name).copied().unwrap_or_default());
    if !cryptosuite.takes(tenant.key_type.into()) {
        return Err(
            "the key_type does not sign in the cryptosuite of a type's ldp_vc: eddsa-rdfc-2022, unless cryptosuites names \
             another, wants Ed25519; ecdsa-rdfc-2019 P-256 or P-384; ecdsa-sd-2023 P-256",
        );
    }
    Ok(cryptosuite)
}

/// What a trust list says of the passes among `types`: which versions were ended, and where status lists are.
fn pass_terms(types: &[String], versions: &BTreeMap<Kind, u32>, identifier: &IssuerIdentifier) -> PassTerms {
    let kinds = Kind::ALL.into_iter().filter(|kind| types.iter().any(|name| name == kind.trusted_type()));
    let kinds: Vec<Kind> = kinds.collect();
    let version = |kind: &Kind| Some((kind.trusted_type().to_owned(), *versions.get(kind)?));
    let status_lists = kinds.iter().any(|kind| *kind != Kind::Entry);
    PassTerms {
        min_versions: kinds.iter().filter_map(version).collect(),
        blind_keys: Vec::new(),
        status_lists: status_lists.then(|| Url::parse(&format!("{identifier}/status")).ok()).flatten(),
    }
}

/// A tenant whose configuration is being made true.
struct Opened<'a> {
    start: Start,
    id: &'a str,
    config: &'a TenantConfig,
    configurations: BTreeMap<String, Configuration>,
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
        let described = Described {
            id: self.id,
            config: self.config,
            types: self.types(|_| true),
            w3c_types: self.types(Configuration::is_w3c),
        };
        let keys = TenantKeys::open(self.id, self.config, keyring, now).await?;
        let log = match self.config.mechanism {
            MechanismConfig::DidWebvh => {
                Some(DidLog::open((self.id, &self.host(base)?), &keys, keyring, (self.start, now)).await?)
            }
            _ => None,
        };
        let did = match &log {
            Some(log) => Some(log.did().clone()),
            None if self.config.mechanism == MechanismConfig::DidWeb => {
                Some(described.did(&format!("did:web:{}:{}", self.host(base)?, self.id))?)
            }
            None => None,
        };
        let mut named = keys.named(&identifier, did.as_ref(), &described, now)?;
        let pass_versions = versions::read(keyring.store, &Places::of(self.id)).await;
        let pass_versions = pass_versions.map_err(KeyringError::Store)?;
        let blind_secret = self.blind_secret(keyring, &pass_versions).await?;
        for entry in &mut named.entries {
            entry.passes = pass_terms(&entry.types, &pass_versions, &identifier);
            // Under the name that signs now alone: one key has one owner.
            if let Some(secret) =
                blind_secret.as_ref().filter(|_| named.issuer.as_deref() == Some(&*entry.issuer))
            {
                entry.passes.blind_keys = self.blind_keys(secret, now);
            }
        }
        let place = |what: &str| keys::place(self.id, what);
        let directories = dsub::rules(&self.config.directories, &self.configurations, validity);
        let directories = directories.map_err(|what| self.wrong(what))?;
        let dsub_secret = dsub::secret(self.id, &directories, keyring).await?;
        let refresh = refreshed(self.config, &self.configurations, directories);
        let refresh = refresh.map_err(|what| self.wrong(what))?;
        let verdicts = self.config.from_verdicts.as_ref();
        let verdicts = verdicts.map(|taken| verdicts::rules(taken, &self.configurations)).transpose();
        let verdicts = verdicts.map_err(|what| self.wrong(what))?;
        let register = self.register()?;
        let hints =
            self.hints(named.issuer.as_deref().or(named.entries.first().map(|entry| &*entry.issuer)))?;
        let tenant = Tenant {
            id: self.id.to_owned(),
            identifier,
            issuer: named.issuer,
            name: self.config.name.clone(),
            configurations: self.configurations,
            credential_key: named.credential,
            bbs_key: named.bbs,
            blind_secret,
            dsub_secret,
            status_key: named.status,
            published_keys: named.published,
            did_document: log.is_none().then_some(named.did_document).flatten(),
            did_log: log.map(DidLog::into_lines),
            validity,
            unacknowledged: self
                .config
                .revoke_unacknowledged_days
                .map(|days| Seconds(u32::from(days.get()) * DAY)),
            refresh,
            verdicts,
            record_keys: RecordKeys::from_secret(&*keyring.secret(&place("record")).await?),
            nonce_key: NonceKey::new(*keyring.secret(&place("nonce")).await?),
            pass_versions,
            register,
            hints,
            signed_lists: SignedLists::default(),
        };
        Ok((Hosted { tenant, admins }, named.entries))
    }

    /// What passes are signed blindly by: another whenever all passes were ended.
    async fn blind_secret(
        &self,
        keyring: Keyring<'_>,
        versions: &BTreeMap<Kind, u32>,
    ) -> Result<Option<BlindSecret>, AssemblyError> {
        if !self.configurations.values().any(Configuration::is_blind) {
            return Ok(None);
        }
        let version = versions.get(&Kind::Entry).copied().unwrap_or_default();
        let place = keys::place(self.id, &format!("blind/{version}"));
        Ok(Some(BlindSecret::new(keyring.secret(&place).await?)))
    }

    /// The keys that the trust list is to name. Two types of one kind may share some.
    fn blind_keys(&self, secret: &BlindSecret, now: Timestamp) -> Vec<BlindKey> {
        let forms = self.configurations.values().filter(|one| one.is_blind()).filter_map(Configuration::pass);
        let mut keys: Vec<BlindKey> = Vec::new();
        for key in forms.flat_map(|form| secret.keys(form, now)) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    /// Whom it hints that its lists changed.
    fn hints(&self, issuer: Option<&str>) -> Result<Option<HintRules>, AssemblyError> {
        let addresses = &self.config.hints;
        if addresses.len() > MAX_ADDRESSES || !addresses.iter().all(is_fetchable) {
            return Err(self.wrong("hints: at most 16 https URLs"));
        }
        let issuer = issuer.filter(|_| !addresses.is_empty());
        Ok(issuer.map(|issuer| HintRules { issuer: issuer.to_owned(), addresses: addresses.clone() }))
    }

    /// Where its passes are noted; one process at a time has it open.
    fn register(&self) -> Result<Option<Arc<dyn PassRegister>>, AssemblyError> {
        let Some(config) = &self.config.entry_log else { return Ok(None) };
        match self.start {
            Start::Serving => register::open(self.id, config, Arc::new(OsEntropy)).map(Some),
            Start::Looking => register::look(self.id, config).map(|()| None),
        }
    }

    /// The host of `base` as DIDs spell it.
    fn host(&self, base: &str) -> Result<String, AssemblyError> {
        let url = Url::parse(base).map_err(|_| AssemblyError::Issuer("public_url"))?;
        let domain = url.domain();
        let domain =
            domain.ok_or_else(|| self.wrong("did_web and did_webvh want a public_url with a domain name"))?;
        Ok(format!("{domain}{}", url.port().map(|port| format!("%3A{port}")).unwrap_or_default()))
    }

    /// What trust lists call the types of the configurations that are `such`.
    fn types(&self, such: impl Fn(&Configuration) -> bool) -> Vec<String> {
        let chosen = self.configurations.values().filter(|one| such(one));
        let types: BTreeSet<_> = chosen.map(|one| one.trusted_type().to_owned()).collect();
        types.into_iter().collect()
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

#[cfg(test)]
mod tests;
