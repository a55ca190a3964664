//! DPoP proofs (RFC 9449): whoever uses a token shows that it has the key that the token is bound to.
//!
//! One request, one proof: a JWT in the header `DPoP`, signed by the key that stands in it, for this method, this address and
//! this moment, and with an access token for that token. Refuses by DP-01 to DP-09; that a proof is used once, and that its key
//! is the token's (DP-10), is for whoever keeps the tokens. Servers' nonces (§8) are answered by the wallet and not given out by
//! the issuer (docs/decisions/0017-refresh.md).

use std::fmt;

use jigap_keys::json::Limits;
use jigap_keys::{PublicKey, base64url, hash};
use serde_json::Value;
use url::Url;

use super::write::{maybe, object, some};
use crate::jose::{self, Header, Jws, UnsignedJws, numeric_date};
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Check, Reason, Refusal};

/// The `typ` of a proof.
pub const TYP: &str = "dpop+jwt";
/// The header that carries it.
pub const HEADER: &str = "dpop";
/// The header in which a server gives a nonce (§8).
pub const NONCE_HEADER: &str = "dpop-nonce";

/// DP-01: there is one, and it is a DPoP proof.
pub const FORM: Check = Check::new(
    "DP-01",
    "a request carries one DPoP proof, a signed JWT of type `dpop+jwt` within its size limit",
    "요청에 DPoP 증명이 하나 있으며, 크기 제한을 지킨 `dpop+jwt` 종류의 서명된 JWT입니다",
    "RFC 9449 §4.2, §4.3",
);
/// DP-02: its algorithm is one of those the server announced.
pub const ALGORITHM: Check = Check::new(
    "DP-02",
    "a DPoP proof is signed with an algorithm that the server announced, never with none or a shared secret",
    "DPoP 증명은 서버가 공지한 알고리즘으로 서명되어 있으며, 무서명이나 공유 비밀은 쓰지 않습니다",
    "RFC 9449 §4.3, §5.1",
);
/// DP-03: its key stands in it.
pub const KEY: Check = Check::new(
    "DP-03",
    "a DPoP proof holds its public key as `jwk`, and no private one",
    "DPoP 증명은 공개키를 `jwk`로 담고 있으며 개인키는 담지 않습니다",
    "RFC 9449 §4.2, §4.3",
);
/// DP-04: that key signed it.
pub const SIGNATURE: Check = Check::new(
    "DP-04",
    "a DPoP proof is signed with the key it holds",
    "DPoP 증명은 스스로 담은 키로 서명되어 있습니다",
    "RFC 9449 §4.3",
);
/// DP-05: it is for this method.
pub const METHOD: Check = Check::new(
    "DP-05",
    "a DPoP proof is made for the method of its request",
    "DPoP 증명은 요청의 메서드에 맞춰 만든 것입니다",
    "RFC 9449 §4.3",
);
/// DP-06: it is for this address.
pub const ADDRESS: Check = Check::new(
    "DP-06",
    "a DPoP proof is made for the address of its request, query and fragment aside",
    "DPoP 증명은 쿼리와 프래그먼트를 뺀 요청의 주소에 맞춰 만든 것입니다",
    "RFC 9449 §4.3",
);
/// DP-07: it was made now.
pub const MOMENT: Check =
    Check::new("DP-07", "a DPoP proof was made just now", "DPoP 증명은 방금 만든 것입니다", "RFC 9449 §4.3");
/// DP-08: it is used once.
pub const ONCE: Check = Check::new(
    "DP-08",
    "a DPoP proof has a `jti`, and what is given for it is given once",
    "DPoP 증명에는 `jti`가 있으며, 증명 하나로는 한 번만 받을 수 있습니다",
    "RFC 9449 §4.2, §11.1",
);
/// DP-09: it is for this access token.
pub const ACCESS_TOKEN: Check = Check::new(
    "DP-09",
    "a DPoP proof that comes with an access token holds the digest of that token",
    "액세스 토큰과 함께 온 DPoP 증명은 그 토큰의 다이제스트를 담고 있습니다",
    "RFC 9449 §4.3, §7.1",
);
/// DP-10: its key is the token's.
pub const BOUND: Check = Check::new(
    "DP-10",
    "a token that is bound to a key is used with a DPoP proof by that key, and one that is bound to none as a bearer token",
    "키에 묶인 토큰은 그 키의 DPoP 증명과 함께 쓰고, 묶이지 않은 토큰은 소지자 토큰으로 씁니다",
    "RFC 9449 §5, §7.1, §7.2",
);

const OTHER_ALGORITHM: Reason =
    Reason::new("dpop-alg", "the algorithm is not among those announced", "공지된 알고리즘이 아닙니다");
const NO_KEY: Reason = Reason::new("dpop-jwk", "the header has no `jwk`", "헤더에 `jwk`가 없습니다");
const OTHER_METHOD: Reason =
    Reason::new("dpop-htm", "it is made for another method", "다른 메서드에 쓰려고 만든 증명입니다");
const OTHER_ADDRESS: Reason =
    Reason::new("dpop-htu", "it is made for another address", "다른 주소에 쓰려고 만든 증명입니다");
const NO_TIME: Reason =
    Reason::new("dpop-iat", "`iat` is missing or no number", "`iat`가 없거나 숫자가 아닙니다");
const OTHER_TIME: Reason = Reason::new("dpop-time", "it was made at {at}", "{at}에 만든 증명입니다");
const NO_ID: Reason = Reason::new(
    "dpop-jti",
    "`jti` is missing, no string, empty or too long",
    "`jti`가 없거나, 문자열이 아니거나, 비어 있거나, 너무 깁니다",
);
const OTHER_TOKEN: Reason = Reason::new(
    "dpop-ath",
    "it is made for no access token or another one",
    "액세스 토큰 없이, 또는 다른 토큰에 쓰려고 만든 증명입니다",
);

/// How far the wallet's clock may be off, in both directions.
pub const CLOCK_WINDOW: Seconds = Seconds(300);
/// A proof is a key, a digest, an address and a few names.
const LIMITS: Limits = Limits { bytes: 16 * 1024, depth: 8 };
/// Longest `jti`.
const MAX_ID: usize = 256;

/// What a wallet writes into a proof.
#[derive(Clone, Copy)]
pub struct ProofClaims<'a> {
    /// `htm`.
    pub method: &'a str,
    /// `htu`; its query and fragment are left out.
    pub url: &'a Url,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `jti`: at least 96 random bits.
    pub id: &'a str,
    /// The access token that comes with it.
    pub access_token: Option<&'a str>,
    /// `nonce`: what the server gave last, if it gives any.
    pub nonce: Option<&'a str>,
}

/// What a server demands of a proof.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// Its address, as clients know it.
    pub url: &'a Url,
    /// `dpop_signing_alg_values_supported`.
    pub algorithms: &'a [&'a str],
    /// The access token that came with it; `None` at a token endpoint.
    pub access_token: Option<&'a str>,
}

/// A proof that holds, and was perhaps used before.
#[derive(Clone, PartialEq, Eq)]
pub struct Proven {
    /// The JWK thumbprint (RFC 7638) of its key: what tokens are bound to.
    pub thumbprint: String,
    /// What to remember it by: of fixed length, in base64url.
    pub id: String,
    /// From when on it is refused for its age, and need not be remembered.
    pub until: Timestamp,
}

impl fmt::Debug for Proven {
    /// Which key asks is nobody's business but the token's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proven(…)")
    }
}

impl ProofClaims<'_> {
    /// The proof by `key`, still to be signed; `None` where keys of its type do not sign.
    pub fn unsigned(&self, key: &PublicKey) -> Option<UnsignedJws> {
        let header = Header::for_key(key)?.typ(TYP).jwk(key.clone());
        let claims = object([
            ("jti", some(self.id)),
            ("htm", some(self.method)),
            ("htu", some(bare(self.url).as_str())),
            ("iat", some(self.issued_at)),
            ("ath", maybe(self.access_token.map(digest))),
            ("nonce", maybe(self.nonce)),
        ]);
        Some(UnsignedJws::new(&header, &claims))
    }
}

/// Verifies a proof at `now`. Refuses by DP-01 to DP-07 and DP-09, and by DP-08 one that could not be remembered.
pub fn verify(proof: &str, expected: &Expected<'_>, now: Timestamp) -> Result<Proven, Refusal> {
    let jws = Jws::parse_within(proof, LIMITS).map_err(attribute)?;
    jws.header().require_typ(TYP).map_err(attribute)?;
    if !expected.algorithms.contains(&jws.header().alg.name()) {
        return Err(ALGORITHM.refuse(OTHER_ALGORITHM));
    }
    let key = jws.header().jwk.clone().ok_or(KEY.refuse(NO_KEY))?;
    let verified = jws.verify(&key).map_err(|refusal| SIGNATURE.refuse(refusal.reason))?;
    let claims = verified.payload();
    let text = |name| claims.get(name).and_then(Value::as_str);
    if text("htm") != Some(expected.method) {
        return Err(METHOD.refuse(OTHER_METHOD));
    }
    let address = text("htu").and_then(|text| Url::parse(text).ok()).map(|url| bare(&url));
    if address != Some(bare(expected.url)) {
        return Err(ADDRESS.refuse(OTHER_ADDRESS));
    }
    let issued_at = claims.get("iat").and_then(numeric_date).ok_or(MOMENT.refuse(NO_TIME))?;
    if issued_at < now.minus(CLOCK_WINDOW) || issued_at > now.plus(CLOCK_WINDOW) {
        return Err(MOMENT.refuse(OTHER_TIME.at(issued_at)));
    }
    if expected.access_token.is_some_and(|token| text("ath") != Some(digest(token).as_str())) {
        return Err(ACCESS_TOKEN.refuse(OTHER_TOKEN));
    }
    let id = text("jti").filter(|id| (1..=MAX_ID).contains(&id.len())).ok_or(ONCE.refuse(NO_ID))?;
    let thumbprint = key.thumbprint();
    let id = base64url::encode(hash::sha256(format!("{thumbprint}|{id}").as_bytes()));
    Ok(Proven { thumbprint, id, until: issued_at.plus(CLOCK_WINDOW).plus(Seconds(1)) })
}

/// The rule behind what the JWS layer refused.
fn attribute(refusal: Refusal) -> Refusal {
    let check = if refusal.check == jose::ALGORITHM {
        ALGORITHM
    } else if refusal.check == jose::KEY_MATERIAL {
        KEY
    } else {
        FORM
    };
    check.refuse(refusal.reason)
}

/// `ath`: SHA-256 of the access token, in base64url.
fn digest(access_token: &str) -> String {
    base64url::encode(hash::sha256(access_token.as_bytes()))
}

/// The address as it is compared: normalized (RFC 3986 §6.2.2, §6.2.3), without query and fragment.
fn bare(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests;
