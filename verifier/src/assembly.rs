//! The verifier put together from its configuration: who asks, what can be asked, who it is to wallets, whom it trusts.
//!
//! Unless the configuration says otherwise it is a `decentralized_identifier`: a did:jwk of a key that is made on the
//! first start and sealed by the vault under `verifier/key/…`, as its record secret is. With a certificate it is
//! `x509_hash` or `x509_san_dns` (OpenID4VP 1.0 §5.9.3). Refused: a private key in a plain file; a certificate that wallets
//! would refuse, or that is for another key or name; a query that is not DCQL or asks what cannot be judged; token hashes that are none.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::Arc;

use jigap_keys::Entropy;
use jigap_keys::json::{self as strict, Limits};
use jigap_platform::csr::RequestError;
use jigap_platform::files::folders_in;
use jigap_platform::http::TokenHash;
use jigap_platform::keyring::{Keyring, KeyringError};
use jigap_platform::pem::PemError;
use jigap_platform::secrets::Vault;
use jigap_wallet_core::contexts::{Contexts, InvalidContext, SCHEMAS_BASE};
use jigap_wallet_core::judge::Policy;
use jigap_wallet_core::ports::{Clock, Fetch, Store};
use jigap_wallet_core::sealing::RecordKeys;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::TrustList;
use jigap_wallet_core::trust::seen::{self, SeenError};
use jigap_wallet_core::verdict::Refusal;
use jigap_wallet_core::x509::ChainError;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::evidence::Library;
use crate::http::{Bells, Hosted, VcApi};
use crate::trust::Trust;
use crate::verifier::{Template, Verifier, check_query};

mod feeds;
mod identity;
mod issues;
mod rotation;

pub use feeds::{FeedConfig, WatchConfig};
pub use identity::signer;
pub use issues::{ClaimConfig, IssuesConfig, SourceConfig};
pub use rotation::{Announcement, RequestKey};

/// `[verifier]` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifierConfig {
    /// Who may ask: name, and the SHA-256 of their token in base64url ([`TokenHash`]).
    #[serde(default)]
    pub askers: BTreeMap<String, String>,
    /// What can be asked, by name.
    #[serde(default)]
    pub templates: BTreeMap<String, TemplateConfig>,
    /// Whom it trusts.
    pub trust: TrustConfig,
    /// Where the identifiers of the credential types begin (`issuer.types_base` of whoever issues them): there the verifier
    /// knows the JSON-LD contexts by which it reads the types of W3C credentials. Unless it is said, the example base of
    /// `schemas/`.
    pub types_base: Option<Url>,
    /// A folder of credential types of one's own (schemas/README.md), whose contexts it knows besides those of the types
    /// that come with Jigap.
    pub types_folder: Option<PathBuf>,
    /// Who it is to wallets.
    #[serde(default)]
    pub identity: IdentityConfig,
    /// Whether askers may send DCQL queries of their own besides the templates.
    #[serde(default)]
    pub own_queries: bool,
    /// Instances of W3C-CCG's VC API, by name: whoever reaches one is told whether proof and status of what they hand over
    /// hold; trust is not asked. None unless it is said.
    #[serde(default)]
    pub vc_api: BTreeMap<String, VcApiConfig>,
    /// Whom facts are told for as long as they hold (docs/VERIFIER-API.md). Nobody unless it is said.
    #[serde(default)]
    pub feeds: Vec<FeedConfig>,
    /// How it is looked whether they still hold.
    #[serde(default)]
    pub watch: WatchConfig,
    /// How many tries of one client address (with wrong tokens, secrets, codes), and how many malformed responses to one
    /// request, may fail in a minute.
    #[serde(default = "default_failed_tries")]
    pub failed_tries: u32,
}

/// `[verifier.vc_api.{instance}]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VcApiConfig {
    /// How old a status may be, in seconds; 0: fetched for each answer. Unless it is said the issuer's `ttl` decides.
    pub max_status_age: Option<u32>,
}

/// `[verifier.identity]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityConfig {
    /// The Client Identifier Prefix.
    #[serde(default)]
    pub prefix: Prefix,
    /// `x509_hash`, `x509_san_dns`: the certificate chain, PEM, the verifier's first. Relative to the folder of the
    /// configuration.
    pub certificate: Option<PathBuf>,
    /// Refused: the private key of that certificate is not read from a file, which would be used plain for ever. It is made
    /// here, or brought once (`jigap verifier import-key`).
    pub key: Option<PathBuf>,
}

/// Client Identifier Prefixes (OpenID4VP 1.0 §5.9.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prefix {
    /// A did:jwk of the key sealed in the vault.
    #[default]
    DecentralizedIdentifier,
    /// The hash of the certificate.
    #[serde(rename = "x509_hash")]
    X509Hash,
    /// The DNS name of the certificate, which is the host of the public URL.
    #[serde(rename = "x509_san_dns")]
    X509SanDns,
    /// Nobody but who receives at this URL: requests are not signed.
    RedirectUri,
}

/// `[verifier.templates.{name}]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateConfig {
    /// A DCQL query: a table, or its JSON as a string (TOML has no `null`, which a claim path may need).
    pub query: Value,
    /// How old a status may be, in seconds; 0: fetched for each answer. Unless it is said the issuer's `ttl` decides.
    pub max_status_age: Option<u32>,
    /// Whether credentials are refused about which their issuer has something to say in a status for messages (Bitstring
    /// Status List §2.1). Otherwise the verdict tells it.
    #[serde(default)]
    pub refuse_status_messages: bool,
    /// What is offered to whoever answers it so that the verdict accepts. Nothing unless it is said.
    #[serde(default)]
    pub issues: Option<IssuesConfig>,
}

/// `[verifier.trust]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustConfig {
    /// A trust bundle: the signed list, its id and its signer's key. Relative to the folder of the configuration.
    pub bundle: PathBuf,
    /// Where newer versions of the list are published.
    pub url: Option<Url>,
    /// How often, in hours, `jigap serve` signs a list of the tenants beside the verifier anew; not where it is left out.
    pub publish_hours: Option<NonZeroU16>,
    /// Lists of others whose issuers `jigap trust publish` takes into the bundle.
    #[serde(default)]
    pub lote: Vec<LoteConfig>,
}

/// `[[verifier.trust.lote]]`: a list of trusted entities (ETSI TS 119 602). Paths are relative to the folder of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoteConfig {
    /// The list as it was fetched: a compact JWS.
    pub file: PathBuf,
    /// PEM certificates: who signs the list, or the authorities that certify its operator.
    pub signers: PathBuf,
    /// The organization that runs the list, as its certificate names it; needed where `signers` are authorities.
    pub operator: Option<String>,
    /// The `LoTEType` that the list must have.
    #[serde(rename = "type")]
    pub list_type: String,
    /// The `ServiceTypeIdentifier` of those who issue.
    pub service: String,
    /// What they may issue: `vct` values, type IRIs, document types.
    pub types: Vec<String>,
    /// Status URIs in force, where the list has some that no annex of the standard defines.
    #[serde(default)]
    pub in_force: Vec<String>,
}

/// What a verifier works with.
#[derive(Clone)]
pub struct World {
    /// Where sessions lie.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Fetches issuers' keys and status lists.
    pub fetch: Arc<dyn Fetch>,
}

/// Why a verifier cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// The query is not JSON, or no DCQL that is judged here: the operator's fault.
    #[error("verifier.templates.{0}: {1}")]
    Query(String, Refusal),
    /// The operator's fault.
    #[error("verifier.templates.{0}: the query is not JSON")]
    NotJson(String),
    /// The operator's fault.
    #[error("verifier.templates.{0}.issues: {1}")]
    Issues(String, &'static str),
    /// The operator's fault.
    #[error("verifier.vc_api.{0}: the name is 1 to 64 of a-z, 0-9 and -")]
    VcApi(String),
    /// The operator's fault.
    #[error("verifier.feeds, {0}: {1}")]
    Feed(String, &'static str),
    /// The operator's fault.
    #[error("verifier.askers.{0}: an asker is a name and the SHA-256 of a token in base64url")]
    Asker(String),
    /// The operator's fault.
    #[error("verifier.identity: {0}")]
    Identification(&'static str),
    /// The certificate's file, and what is wrong with it: the operator's fault.
    #[error("{0}: {1}")]
    Pem(PathBuf, PemError),
    /// The file cannot be read.
    #[error("{0}: cannot be read: {1}")]
    Unreadable(PathBuf, std::io::ErrorKind),
    /// The configuration names a plain file for the certificate's key: the operator's fault.
    #[error("verifier.identity.key: a plain key file is not used")]
    PlainKey,
    /// The certificate is for the prepared key: the operator's fault.
    #[error("{0}: the certificate is for the prepared key, which does not sign yet")]
    NotPromoted(PathBuf),
    /// No certificate can be asked for.
    #[error("no certificate can be asked for: {0}")]
    Request(#[from] RequestError),
    /// The file of a type is no JSON-LD context: the operator's fault.
    #[error("{0}: {1}")]
    Context(PathBuf, InvalidContext),
    /// The certificate would be refused by wallets: the operator's fault.
    #[error("{0}: {1}")]
    Certificate(PathBuf, ChainError),
    /// The certificate does not bear the host of the public URL: the operator's fault.
    #[error("{0}: the certificate is not for {1}, the host of server.public_url")]
    OtherName(PathBuf, String),
    /// The certificate is for another key. Shows the one it has to be for.
    #[error("{0}: the certificate is for another key; it has to be for this one:\n{1}")]
    OtherKey(PathBuf, String),
    /// The key makes no client identifier: our bug.
    #[error(transparent)]
    Identity(Refusal),
    /// The trust list is older than one seen before (`TL-09`), or the store cannot say.
    #[error("the trust list: {0}")]
    Trust(#[from] SeenError),
    /// A key cannot be had.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

/// Puts the verifier together; `base` is what clients call the server.
///
/// # Errors
/// [`AssemblyError`].
pub async fn open(
    config: &VerifierConfig,
    base: &Url,
    vault: &Vault,
    world: World,
    trust: TrustList,
) -> Result<Arc<Hosted>, AssemblyError> {
    let here = world.clone();
    let World { store, clock, entropy, fetch } = world;
    seen::take(&*store, &trust).await?;
    let keyring = Keyring { store: &*store, vault, entropy: &*entropy };
    let record_keys = RecordKeys::from_secret(&*keyring.secret("verifier/key/record").await?);
    let identity = identity::identity(&config.identity, base, &keyring, clock.now()).await?;
    let unsigned = identity.signing().is_none();
    if let Some((name, _)) = config.templates.iter().find(|(_, config)| unsigned && config.issues.is_some()) {
        return Err(AssemblyError::Issues(
            name.clone(),
            "the verifier's prefix has no key to sign verdicts with",
        ));
    }
    let consumers = feeds::tokens(&config.feeds)?;
    let bells = Arc::new(Bells::default());
    let feed = feeds::feed(config, &keyring, &here, (!unsigned, &bells)).await?;
    let templates = config.templates.iter().map(|(name, config)| template(name, config));
    let verifier = Verifier {
        public_url: base.clone(),
        identity,
        templates: templates.collect::<Result<_, _>>()?,
        trust: Trust::new(trust),
        contexts: contexts(config)?,
        library: Library::new(fetch, Arc::clone(&clock)),
        store,
        clock,
        entropy,
        record_keys,
        feed,
    };
    let askers = config.askers.iter().map(|(name, text)| {
        let hash = TokenHash::parse(text).ok_or_else(|| AssemblyError::Asker(name.clone()))?;
        Ok((name.clone(), hash))
    });
    let askers = askers.collect::<Result<_, AssemblyError>>()?;
    let hosted = Hosted::new(verifier, askers, config.own_queries, config.failed_tries);
    Ok(Arc::new(hosted.judging_for_callers(vc_api(config)?).telling(consumers, bells)))
}

/// The instances of the VC API, if there are any. They read W3C's examples too: no gate opens by what they say.
fn vc_api(config: &VerifierConfig) -> Result<Option<VcApi>, AssemblyError> {
    if config.vc_api.is_empty() {
        return Ok(None);
    }
    let segment = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let mut policies = BTreeMap::new();
    for (name, instance) in &config.vc_api {
        if name.is_empty() || name.len() > 64 || !name.chars().all(segment) {
            return Err(AssemblyError::VcApi(name.clone()));
        }
        let policy = Policy { max_status_age: instance.max_status_age.map(Seconds), ..Policy::default() };
        policies.insert(name.clone(), policy);
    }
    Ok(Some(VcApi::new(policies, contexts(config)?.with_examples())))
}

/// The contexts of the built-in types, and of the operator's own.
fn contexts(config: &VerifierConfig) -> Result<Contexts, AssemblyError> {
    let base = config.types_base.as_ref().map_or(SCHEMAS_BASE, |base| base.as_str().trim_end_matches('/'));
    let mut contexts = Contexts::with_types_at(base);
    let Some(folder) = &config.types_folder else { return Ok(contexts) };
    let files =
        folders_in(folder).map_err(|error| AssemblyError::Unreadable(folder.clone(), error.kind()))?;
    for (path, document) in files {
        if let Some(name) = path.strip_suffix("/context.jsonld") {
            let refused = |error| AssemblyError::Context(folder.join(&path), error);
            contexts = contexts.with_type_at(base, name, &document).map_err(refused)?;
        }
    }
    Ok(contexts)
}

const fn default_failed_tries() -> u32 {
    20
}

fn template(name: &str, config: &TemplateConfig) -> Result<(String, Template), AssemblyError> {
    let query = match &config.query {
        Value::String(text) => strict::parse(text.as_bytes(), Limits::MESSAGE)
            .map_err(|_| AssemblyError::NotJson(name.to_owned()))?,
        table => table.clone(),
    };
    check_query(&query).map_err(|refusal| AssemblyError::Query(name.to_owned(), refusal))?;
    let policy = Policy {
        max_status_age: config.max_status_age.map(Seconds),
        refuse_status_messages: config.refuse_status_messages,
        ..Policy::default()
    };
    let issues = config.issues.as_ref().map(|config| issues::issues(name, config, &query)).transpose();
    let issues = issues.map_err(|what| AssemblyError::Issues(name.to_owned(), what))?;
    Ok((name.to_owned(), Template { query, policy, issues }))
}

#[cfg(test)]
mod tests {
    use jigap_keys::{KeyType, PrivateKey};
    use jigap_platform::store::{Faults, in_memory};
    use jigap_platform::testing::{LoopbackFetch, ManualClock, SeededEntropy};
    use jigap_wallet_core::time::Timestamp;
    use jigap_wallet_core::trust::TrustListContent;
    use serde_json::json;

    use super::*;

    fn list(id: &str, version: u64, now: Timestamp) -> TrustList {
        let key = PrivateKey::generate(KeyType::Ed25519, &SeededEntropy::new(1));
        let content = TrustListContent {
            publisher: "https://trust.example".to_owned(),
            id: id.to_owned(),
            version,
            issued_at: now,
            expires_at: now.plus(Seconds(100)),
            entries: Vec::new(),
        };
        TrustList::verify(&content.issue(&key, None).unwrap(), id, key.public(), now).unwrap()
    }

    #[tokio::test]
    async fn tl_09_an_older_trust_list_than_one_seen_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, entropy) = (folder.path().join("master.key"), Arc::new(SeededEntropy::new(1)));
        Vault::init(&path, &*entropy).unwrap();
        let vault = Vault::open_file(&path, Arc::clone(&entropy) as _).unwrap();
        let now = Timestamp::from_unix(1_800_000_000);
        let world = World {
            store: in_memory(Faults::none()).unwrap(),
            clock: Arc::new(ManualClock::at(now)),
            entropy,
            fetch: Arc::new(LoopbackFetch::default()),
        };
        let config: VerifierConfig = serde_json::from_value(json!({"trust": {"bundle": "unused"}})).unwrap();
        let base = Url::parse("https://gate.example").unwrap();
        let start = async |id: &str, version| {
            let opened = open(&config, &base, &vault, world.clone(), list(id, version, now)).await;
            opened.map(|_| ()).map_err(|error| error.to_string())
        };
        for version in [7, 7, 9] {
            assert_eq!(start("https://trust.example/a", version).await, Ok(()), "{version}");
        }
        let refused = start("https://trust.example/a", 8).await.unwrap_err();
        assert!(refused.contains("TL-09"), "{refused}");
        assert_eq!(start("https://trust.example/b", 1).await, Ok(()), "each list counts for itself");
        assert_eq!(start("https://trust.example/a", 9).await, Ok(()), "what was refused changed nothing");
    }

    fn refused(query: Value) -> String {
        let config =
            TemplateConfig { query, max_status_age: Some(0), refuse_status_messages: false, issues: None };
        template("x", &config).err().unwrap().to_string()
    }

    #[test]
    fn a_query_is_a_table_or_its_json_and_judged_before_it_is_asked() {
        let query = json!({"credentials": [{
            "id": "s", "format": "dc+sd-jwt", "meta": {"vct_values": ["https://id.example/types/student-id/1"]},
            "claims": [{"path": ["enrolled", null]}],
        }]});
        for form in [query.clone(), Value::String(query.to_string())] {
            let config = TemplateConfig {
                query: form,
                max_status_age: Some(0),
                refuse_status_messages: true,
                issues: None,
            };
            let (_, template) = template("x", &config).unwrap();
            assert!(template.policy.refuse_status_messages);
            assert_eq!((template.query, template.policy.max_status_age), (query.clone(), Some(Seconds(0))));
        }
        assert!(refused(json!({"credentials": []})).contains("verifier.templates.x"));
        assert!(refused(json!("{")).contains("not JSON"));
    }
}
