//! The people service put together from its configuration, and what runs beside its requests: it follows its verifier's feed, and lets searches
//! find what was taken.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jigap_keys::json::{self as strict, Limits};
use jigap_keys::{Entropy, PublicKey, base64url};
use jigap_platform::files;
use jigap_platform::http::Shutdown;
use jigap_platform::keyring::{Keyring, KeyringError};
use jigap_platform::secrets::Vault;
use jigap_wallet_core::contexts::SCHEMAS_BASE;
use jigap_wallet_core::ports::{Clock, Fetch, Store};
use jigap_wallet_core::sealing::RecordKeys;
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use crate::directory::{Directory, DirectoryError, Parts};
use crate::feed::Feed;
use crate::http::{Budgets, Hosted};
use crate::kinds::{Dsub, InvalidKind, Kinds};
use crate::words::titles::Titles;

/// How often searches are let find what was taken.
const REFRESH: Duration = Duration::from_millis(500);
/// How long the verifier is left alone after it could not be heard; doubled each time, up to the second.
const BACKOFF: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];
/// Longest token in bytes.
const MAX_TOKEN: usize = 512;

/// `[people]` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeopleConfig {
    /// Who verifies.
    pub verifier: VerifierConfig,
    /// Whether holders must show the name of their record at the issuer, by which nobody is listed twice for a kind.
    #[serde(default)]
    pub dsub: Dsub,
    /// Where the identifiers of the credential types begin; unless it is said, the example base of `schemas/`.
    pub types_base: Option<Url>,
    /// A list of kinds of one's own (people/src/kinds.tsv says its form). Relative to the folder of the configuration.
    pub kinds: Option<PathBuf>,
    /// A list of protected titles of one's own (people/src/words/titles.tsv). Relative to the folder of the configuration.
    pub titles: Option<PathBuf>,
    /// Searches of one client address in a minute.
    #[serde(default = "searches")]
    pub searches_a_minute: u32,
    /// Pages and profiles that one client address is shown in an hour.
    #[serde(default = "pages")]
    pub pages_an_hour: u32,
    /// What one client address, and one persona, hands in or asks to be verified in an hour.
    #[serde(default = "writes")]
    pub writes_an_hour: u32,
}

/// `[people.verifier]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifierConfig {
    /// Its public URL; unless it is said, the verifier in this configuration.
    pub url: Option<Url>,
    /// Its client identifier; where it is left out, that of the verifier in this configuration.
    pub client_id: Option<String>,
    /// Its key as a JWK; it need not be said of a did:jwk.
    pub key: Option<String>,
    /// A file of mode 600 with the token that opens the feed. Relative to the folder of the configuration.
    pub token_file: PathBuf,
    /// What the verifier calls this directory; unless it is said, its public URL.
    pub consumer: Option<String>,
}

/// What a directory works with.
#[derive(Clone)]
pub struct World {
    /// Where it is kept.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Reaches the verifier.
    pub fetch: Arc<dyn Fetch>,
}

/// Why a directory cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// The operator's fault.
    #[error("people.verifier: {0}")]
    Verifier(&'static str),
    /// The file of the token cannot be used: the operator's fault.
    #[error("people.verifier.token_file: {0}: {1}")]
    Token(PathBuf, String),
    /// A list cannot be read.
    #[error("{0}: cannot be read: {1}")]
    Unreadable(PathBuf, std::io::ErrorKind),
    /// A list is not of its form: the operator's fault.
    #[error("people.kinds: {0}")]
    Kinds(#[from] InvalidKind),
    /// A key cannot be had.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// What is stored cannot be read.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

impl PeopleConfig {
    /// The same, with `path` for each file that it names.
    #[must_use]
    pub fn resolved(mut self, path: impl Fn(&std::path::Path) -> PathBuf) -> Self {
        self.verifier.token_file = path(&self.verifier.token_file);
        self.kinds = self.kinds.as_deref().map(&path);
        self.titles = self.titles.as_deref().map(&path);
        self
    }

    /// Whether its verifier is the one in the same configuration.
    pub const fn has_own_verifier(&self) -> bool {
        self.verifier.client_id.is_none() && self.verifier.key.is_none()
    }
}

/// Puts the directory together; `base` is what clients call the server. `beside` is the verifier in the same configuration, by client identifier
/// and key, if there is one.
///
/// # Errors
/// [`AssemblyError`].
pub async fn open(
    config: &PeopleConfig,
    base: &Url,
    vault: &Vault,
    world: World,
    beside: Option<(String, PublicKey)>,
) -> Result<Arc<Hosted>, AssemblyError> {
    let World { store, clock, entropy, fetch } = world;
    let keyring = Keyring { store: &*store, vault, entropy: &*entropy };
    let keys = RecordKeys::from_secret(&*keyring.secret("people/key/record").await?);
    let audience = base.as_str().trim_end_matches('/').to_owned();
    let feed = feed(config, base, (&audience, beside), fetch)?;
    let types = config.types_base.as_ref().map_or(SCHEMAS_BASE, Url::as_str);
    let kinds = match &config.kinds {
        Some(path) => Kinds::read(&list(path)?, types)?,
        None => Kinds::built_in(types)?,
    };
    let titles = match &config.titles {
        Some(path) => Titles::read(&list(path)?),
        None => Titles::default(),
    };
    let dsub = config.dsub;
    let directory =
        Directory::open(Parts { audience, kinds, titles, dsub, store, clock, entropy, keys }).await?;
    let budgets = Budgets {
        searches_a_minute: config.searches_a_minute,
        pages_an_hour: config.pages_an_hour,
        writes_an_hour: config.writes_an_hour,
        ..Budgets::default()
    };
    Ok(Arc::new(Hosted::new(directory, feed, budgets)))
}

fn feed(
    config: &PeopleConfig,
    base: &Url,
    (audience, beside): (&str, Option<(String, PublicKey)>),
    fetch: Arc<dyn Fetch>,
) -> Result<Feed, AssemblyError> {
    let VerifierConfig { url, client_id, key, token_file, consumer } = &config.verifier;
    let (client_id, key) = match (client_id, key) {
        (Some(client_id), Some(key)) => {
            let jwk = strict::parse(key.as_bytes(), Limits::MESSAGE).ok();
            let key = jwk.and_then(|jwk| PublicKey::from_jwk(&jwk).ok());
            (client_id.clone(), key.ok_or(AssemblyError::Verifier("the key is no public JWK"))?)
        }
        (Some(client_id), None) => {
            let key = key_of(client_id);
            (
                client_id.clone(),
                key.ok_or(AssemblyError::Verifier("the key of that client_id has to be said"))?,
            )
        }
        (None, None) => beside.ok_or(AssemblyError::Verifier(
            "there is no [verifier] in this configuration that signs: name url, client_id and key of one",
        ))?,
        (None, Some(_)) => return Err(AssemblyError::Verifier("a key belongs to a client_id")),
    };
    let unusable = |why: String| AssemblyError::Token(token_file.clone(), why);
    let token = files::read_private(token_file).map_err(|error| unusable(error.to_string()))?;
    let token = std::str::from_utf8(&token).map_err(|_| unusable("it is no text".to_owned()))?.trim();
    if token.is_empty() || token.len() > MAX_TOKEN {
        return Err(unusable(format!("a token has 1 to {MAX_TOKEN} bytes")));
    }
    let consumer = consumer.clone().unwrap_or_else(|| audience.to_owned());
    let (verifier, token) = (url.clone().unwrap_or_else(|| base.clone()), Zeroizing::new(token.to_owned()));
    Ok(Feed { verifier, client_id, key, token, consumer, fetch })
}

/// The key that a client identifier holds by itself: a did:jwk.
fn key_of(client_id: &str) -> Option<PublicKey> {
    let jwk = base64url::decode(client_id.strip_prefix("decentralized_identifier:did:jwk:")?).ok()?;
    PublicKey::from_jwk(&strict::parse(&jwk, Limits::MESSAGE).ok()?).ok()
}

fn list(path: &std::path::Path) -> Result<String, AssemblyError> {
    let unreadable = |kind| AssemblyError::Unreadable(path.to_owned(), kind);
    let bytes = files::read(path).map_err(|error| unreadable(error.kind()))?;
    String::from_utf8(bytes).map_err(|_| unreadable(std::io::ErrorKind::InvalidData))
}

/// Follows the feed until the end begins; a batch that is being taken is taken whole.
pub async fn follow(hosted: &Hosted, shutdown: &Shutdown) {
    let [first, longest] = BACKOFF;
    let mut backoff = first;
    loop {
        let heard = tokio::select! {
            // Left in the middle, a batch was taken whole or not at all: the store decides.
            heard = hosted.listen() => heard,
            () = shutdown.begun() => return,
        };
        let pause = match heard {
            Some(true) => continue,
            // The verifier waited already, or it does not wait at all.
            Some(false) => first,
            None => backoff,
        };
        backoff = if heard.is_none() { (backoff * 2).min(longest) } else { first };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shutdown.begun() => return,
        }
    }
}

/// Lets searches find what was taken, now and then, until the end begins.
pub async fn refresh(hosted: &Hosted, shutdown: &Shutdown) {
    let mut applied = 0;
    loop {
        let taken = hosted.directory.index().applied();
        if taken != applied {
            hosted.refresh();
            applied = taken;
        }
        tokio::select! {
            () = tokio::time::sleep(REFRESH) => {}
            () = shutdown.begun() => return,
        }
    }
}

const fn searches() -> u32 {
    30
}

const fn pages() -> u32 {
    240
}

const fn writes() -> u32 {
    60
}
