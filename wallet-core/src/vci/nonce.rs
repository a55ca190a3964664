//! The Nonce Endpoint (OpenID4VCI 1.0 §7) without a memory: a `c_nonce` that carries its own end and is signed.
//!
//! Form: unpadded base64url of `expires (8 bytes, big-endian seconds) | id (16 random bytes) | tag (32 bytes)`, where the
//! tag is HMAC-SHA-256 over a fixed label, the Credential Issuer Identifier and the first 24 bytes. Opening one says
//! whether we made it for this issuer and whether it still lives; that each is used once is the service's store's
//! matter: it keeps the ids of used nonces until they expire.

use jigap_keys::{Entropy, base64url, mac};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::read::{self, Members};
use super::{IssuerIdentifier, MessageError};
use crate::time::{Seconds, Timestamp};

/// What the tag covers first, so that the key could serve nothing else by accident.
const LABEL: &[u8] = b"jigap c_nonce 1\0";
const EXPIRES: usize = 8;
const ID: usize = 16;

/// The key that signs nonces.
pub struct NonceKey(Zeroizing<[u8; 32]>);

/// A nonce we made that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveNonce {
    /// What to remember it by once it is used.
    pub id: [u8; ID],
    /// From when on it need not be remembered any more.
    pub expires: Timestamp,
}

/// What a nonce turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenedNonce {
    /// Ours, and in time. Not yet known: whether it was used.
    Live(LiveNonce),
    /// Ours, and too late.
    Expired,
    /// Not ours, or for another issuer.
    Forged,
}

impl NonceKey {
    /// Takes 32 random bytes for a key.
    pub fn new(key: [u8; 32]) -> Self {
        Self(Zeroizing::new(key))
    }

    /// A new nonce of `issuer` that lives from `now` for `lifetime`.
    pub fn issue(
        &self,
        issuer: &IssuerIdentifier,
        now: Timestamp,
        lifetime: Seconds,
        entropy: &dyn Entropy,
    ) -> String {
        let mut id = [0; ID];
        entropy.fill(&mut id);
        let mut nonce = now.plus(lifetime).unix().to_be_bytes().to_vec();
        nonce.extend(id);
        nonce.extend(mac::hmac_sha256(&*self.0, &covered(issuer, &nonce)));
        base64url::encode(nonce)
    }

    /// Reads a nonce that a proof to `issuer` carries.
    pub fn open(&self, issuer: &IssuerIdentifier, nonce: &str, now: Timestamp) -> OpenedNonce {
        match self.expiry(issuer, nonce) {
            None => OpenedNonce::Forged,
            Some(live) if now < live.expires => OpenedNonce::Live(live),
            Some(_) => OpenedNonce::Expired,
        }
    }

    /// The nonce, if we made it.
    fn expiry(&self, issuer: &IssuerIdentifier, nonce: &str) -> Option<LiveNonce> {
        let bytes = base64url::decode(nonce).ok()?;
        let (body, tag) = bytes.split_at_checked(EXPIRES + ID)?;
        if !mac::verify_hmac_sha256(&*self.0, &covered(issuer, body), tag) {
            return None;
        }
        let (expires, id) = body.split_first_chunk::<EXPIRES>()?;
        Some(LiveNonce {
            id: id.try_into().ok()?,
            expires: Timestamp::from_unix(i64::from_be_bytes(*expires)),
        })
    }
}

impl std::fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NonceKey(redacted)")
    }
}

/// The body of the nonce response, to be sent with `Cache-Control: no-store` (§7.2).
pub fn nonce_response(c_nonce: &str) -> Value {
    json!({"c_nonce": c_nonce})
}

/// Reads the body of a nonce response.
pub fn parse_nonce_response(json: &[u8]) -> Result<String, MessageError> {
    let message = read::object(json)?;
    Members::new(&message).text("c_nonce").map(str::to_owned)
}

/// What the tag covers. The body has one length, so that issuer and body cannot be shifted against each other.
fn covered(issuer: &IssuerIdentifier, body: &[u8]) -> Vec<u8> {
    [LABEL, body, issuer.as_str().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Repeatable;

    const NOW: Timestamp = Timestamp::from_unix(1_700_000_000);

    fn issuer(text: &str) -> IssuerIdentifier {
        IssuerIdentifier::parse(text, "").unwrap()
    }

    fn key() -> NonceKey {
        NonceKey::new([7; 32])
    }

    #[test]
    fn a_nonce_lives_until_it_expires() {
        let (issuer, entropy) = (issuer("https://a.example/t"), Repeatable::new(1));
        let nonce = key().issue(&issuer, NOW, Seconds(60), &entropy);
        let open = |seconds| key().open(&issuer, &nonce, Timestamp::from_unix(NOW.unix() + seconds));
        let OpenedNonce::Live(live) = open(59) else { panic!("not live") };
        assert_eq!(live.expires, NOW.plus(Seconds(60)));
        assert_eq!(open(0), OpenedNonce::Live(live));
        assert_eq!((open(60), open(i64::from(u32::MAX))), (OpenedNonce::Expired, OpenedNonce::Expired));
        let second = key().issue(&issuer, NOW, Seconds(60), &entropy);
        assert_ne!(nonce, second);
        assert!(matches!(key().open(&issuer, &second, NOW), OpenedNonce::Live(other) if other.id != live.id));
    }

    #[test]
    fn a_nonce_we_did_not_make_for_this_issuer_is_forged() {
        let (ours, entropy) = (issuer("https://a.example/t"), Repeatable::new(1));
        let nonce = key().issue(&ours, NOW, Seconds(60), &entropy);
        assert_eq!(key().open(&issuer("https://a.example/u"), &nonce, NOW), OpenedNonce::Forged);
        assert_eq!(NonceKey::new([8; 32]).open(&ours, &nonce, NOW), OpenedNonce::Forged);
        let bytes = base64url::decode(&nonce).unwrap();
        assert_eq!(bytes.len(), EXPIRES + ID + 32);
        for position in 0..bytes.len() {
            let mut tampered = bytes.clone();
            tampered[position] ^= 1;
            assert_eq!(
                key().open(&ours, &base64url::encode(tampered), NOW),
                OpenedNonce::Forged,
                "{position}"
            );
            let cut = base64url::encode(&bytes[..position]);
            assert_eq!(key().open(&ours, &cut, NOW), OpenedNonce::Forged, "{position}");
        }
        for foreign in
            ["", "=", "tZignsnFbp", &format!("{nonce}A"), &format!("{nonce}="), &format!(" {nonce}")]
        {
            assert_eq!(key().open(&ours, foreign, NOW), OpenedNonce::Forged, "{foreign}");
        }
        assert!(!format!("{:?}", key()).contains('7'));
    }

    #[test]
    fn the_response_goes_there_and_back() {
        let json = nonce_response("wKI4LT17ac15ES9bw8ac4").to_string();
        assert_eq!(parse_nonce_response(json.as_bytes()).as_deref(), Ok("wKI4LT17ac15ES9bw8ac4"));
        for bad in ["{}", r#"{"c_nonce":""}"#, r#"{"c_nonce":1}"#, r#"{"c_nonce":"a","c_nonce":"b"}"#, "x"] {
            assert!(parse_nonce_response(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
