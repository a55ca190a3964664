//! Whom the verifier tells facts, from `[[verifier.feeds]]` and `[verifier.watch]`. Refused: a consumer that is no https URL or stands
//! twice, a token hash that is none, times that make no sense, and a verifier that does not sign.

use std::collections::BTreeMap;
use std::sync::Arc;

use jigap_platform::http::TokenHash;
use jigap_platform::keyring::Keyring;
use jigap_wallet_core::documents::is_fetchable;
use jigap_wallet_core::sealing::RecordKeys;
use jigap_wallet_core::time::Seconds;
use serde::Deserialize;
use url::Url;

use super::{AssemblyError, VerifierConfig, World};
use crate::feed::{Feed, Settings};
use crate::http::Bells;

/// Longest consumer in bytes: what a wallet takes.
const MAX_CONSUMER: usize = 512;

/// `[[verifier.feeds]]`: a consumer whom facts are told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedConfig {
    /// What they are called, to holders too: an https URL.
    pub consumer: String,
    /// The SHA-256 of their token in base64url ([`TokenHash`]).
    pub token: String,
}

/// `[verifier.watch]`: how it is looked whether facts still stand.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchConfig {
    /// How often each status list is looked at, in seconds: 60 unless it is said. Where an issuer sends hints, at once.
    pub check: Option<u32>,
    /// How many seconds one may not be seen until its facts are told to be unconfirmed: 3600 unless it is said.
    pub unconfirmed_after: Option<u32>,
    /// How many seconds a list may take to come: 10 unless it is said.
    pub fetch: Option<u32>,
}

impl WatchConfig {
    fn settings(self) -> Option<Settings> {
        let plain = Settings::default();
        let settings = Settings {
            check: self.check.map_or(plain.check, Seconds),
            unconfirmed_after: self.unconfirmed_after.map_or(plain.unconfirmed_after, Seconds),
            fetch: self.fetch.map_or(plain.fetch, Seconds),
        };
        let sound = (1..=86_400).contains(&settings.check.0)
            && (1..=60).contains(&settings.fetch.0)
            && settings.unconfirmed_after > settings.check;
        sound.then_some(settings)
    }
}

/// The tokens of consumers, by their names.
pub(super) fn tokens(feeds: &[FeedConfig]) -> Result<BTreeMap<String, TokenHash>, AssemblyError> {
    let mut tokens = BTreeMap::new();
    for FeedConfig { consumer, token } in feeds {
        let wrong = |what| AssemblyError::Feed(consumer.clone(), what);
        let is_url = Url::parse(consumer).is_ok_and(|url| is_fetchable(&url));
        if !is_url || consumer.len() > MAX_CONSUMER {
            return Err(wrong("a consumer is an https URL of at most 512 bytes"));
        }
        let hash =
            TokenHash::parse(token).ok_or_else(|| wrong("the token is the SHA-256 of one in base64url"))?;
        if tokens.insert(consumer.clone(), hash).is_some() {
            return Err(wrong("it stands there twice"));
        }
    }
    Ok(tokens)
}

/// The feed, if there is a consumer.
pub(super) async fn feed(
    config: &VerifierConfig,
    keyring: &Keyring<'_>,
    world: &World,
    (signs, bells): (bool, &Arc<Bells>),
) -> Result<Option<Arc<Feed>>, AssemblyError> {
    let Some(first) = config.feeds.first() else { return Ok(None) };
    let wrong = |what| AssemblyError::Feed(first.consumer.clone(), what);
    if !signs {
        return Err(wrong("the verifier's prefix has no key to sign facts with"));
    }
    let settings = config.watch.settings();
    let settings = settings.ok_or_else(|| {
        wrong("verifier.watch: check is 1 to 86400, fetch 1 to 60, and unconfirmed_after more than check")
    })?;
    let keys = RecordKeys::from_secret(&*keyring.secret("verifier/key/feed").await?);
    let consumers = config.feeds.iter().map(|feed| feed.consumer.clone());
    let ports = (Arc::clone(&world.store), Arc::clone(&world.entropy), Arc::clone(bells) as _);
    Ok(Some(Arc::new(Feed::new(consumers, settings, ports, keys))))
}
