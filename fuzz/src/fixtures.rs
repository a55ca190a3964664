//! Keys, moments and messages that are the same in every run, and the question whether something was signed by us.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use jigap_keys::json::{self, Limits};
use jigap_keys::{Entropy, KeyType, PrivateKey, hash};
use jigap_wallet_core::jose::{self, Algorithm, Header};
use jigap_wallet_core::sdjwt::KeyBindingRequest;
use jigap_wallet_core::time::{Seconds, Timestamp};
use serde_json::{Map, Value};

/// Now: 2026-11-24.
pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_795_478_400);
/// Room for everything that was read within [`Limits::MESSAGE`] and printed.
pub(crate) const WIDE: Limits = Limits { bytes: 16 << 20, depth: 126 };
/// Who verifies.
pub(crate) const AUDIENCE: &str = "https://verifier.example";
/// The nonce of its request.
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj";

static ISSUER: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate(KeyType::Ed25519, &Same::new(1)));
static HOLDER: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate(KeyType::Ed25519, &Same::new(2)));
static READER: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate(KeyType::P256, &Same::new(3)));
static SIGNED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let texts = crate::seeds().filter_map(|seed| String::from_utf8(seed).ok());
    texts
        .flat_map(|text| {
            text.split(['~', '"']).map(|part| signing_input(part).to_owned()).collect::<Vec<_>>()
        })
        .collect()
});

/// Who signs credentials, lists and requests.
pub(crate) fn issuer() -> &'static PrivateKey {
    &ISSUER
}

/// Who holds credentials.
pub(crate) fn holder() -> &'static PrivateKey {
    &HOLDER
}

/// To whom responses are encrypted.
pub(crate) fn reader() -> &'static PrivateKey {
    &READER
}

/// Bytes that are the same in every run.
pub(crate) struct Same {
    seed: u64,
    drawn: AtomicU64,
}

impl Same {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }
}

impl Entropy for Same {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
            let block = hash::sha256(&[self.seed.to_be_bytes(), drawn.to_be_bytes()].concat());
            chunk.iter_mut().zip(block).for_each(|(to, from)| *to = from);
        }
    }
}

/// What must have succeeded.
pub(crate) fn must<T, E: Debug>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error:?}"),
    }
}

/// The bytes as text.
pub(crate) fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// The bytes as a JSON object, strictly.
pub(crate) fn object(data: &[u8]) -> Option<Map<String, Value>> {
    match json::parse(data, Limits::MESSAGE) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

/// A compact JWS.
pub(crate) struct Token {
    /// The text.
    pub(crate) text: String,
    /// Whether [`token`] signed it: then it says nothing about forgery.
    pub(crate) ours: bool,
}

impl Token {
    /// Called where the token was accepted: it must have been signed by us.
    pub(crate) fn require_signed(&self) {
        assert!(self.ours || was_signed(&self.text), "accepted, and nobody signed it");
    }
}

/// A header of `typ` for the issuer's key.
pub(crate) fn header(typ: &str) -> Header {
    Header::new(Algorithm::EdDsa).typ(typ)
}

/// The bytes as a signed message: a JSON object is signed by `key` under `header`, everything else is taken as it is.
pub(crate) fn token(data: &[u8], header: &Header, key: &PrivateKey) -> Option<Token> {
    if data.first() == Some(&b'{') {
        let payload = Value::Object(object(data)?);
        return Some(Token { text: must(jose::sign(header, &payload, key)), ours: true });
    }
    Some(Token { text: text(data)?.to_owned(), ours: false })
}

/// Whether the compact JWS `text` is, up to its signature, one that a seed holds.
pub(crate) fn was_signed(text: &str) -> bool {
    SIGNED.contains(signing_input(text))
}

fn signing_input(text: &str) -> &str {
    text.rsplit_once('.').map_or("", |(input, _)| input)
}

/// What a presentation must be made for.
pub(crate) fn request() -> KeyBindingRequest<'static> {
    KeyBindingRequest { audience: AUDIENCE, nonce: NONCE, now: NOW, max_age: Seconds(300), skew: Seconds(60) }
}

/// Seeds from texts.
pub(crate) fn seeds<T: ToString>(texts: impl IntoIterator<Item = T>) -> Vec<Vec<u8>> {
    texts.into_iter().map(|text| text.to_string().into_bytes()).collect()
}
