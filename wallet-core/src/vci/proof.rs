//! Key proofs of type `jwt` (OpenID4VCI 1.0 appendix F.1, F.4): the wallet shows that it holds the keys its credentials
//! will be bound to, for this issuer and now.
//!
//! Refuses by CI-01 to CI-12. A proof speaks only for its own key; nothing else in its header is trusted.

use std::collections::BTreeSet;

use jigap_keys::PublicKey;
use jigap_keys::json::Limits;
use serde_json::Value;

use super::write::{maybe, object, some};
use super::{IssuerIdentifier, LiveNonce, NonceKey, OpenedNonce};
use crate::jose::{self, Header, Jws, UnsignedJws, numeric_date};
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Check, Reason, Refusal};

/// The `typ` of a key proof.
pub const TYP: &str = "openid4vci-proof+jwt";

/// CI-01: it is a key proof.
pub const FORM: Check = Check::new(
    "CI-01",
    "each key proof is a signed JWT of type `openid4vci-proof+jwt`",
    "키 증명이 모두 `openid4vci-proof+jwt` 종류의 서명된 JWT입니다",
    "OpenID4VCI 1.0 F.1, F.4",
);
/// CI-02: its algorithm is one of those the issuer announced.
pub const ALGORITHM: Check = Check::new(
    "CI-02",
    "each key proof is signed with an algorithm the issuer supports, never with none or a shared secret",
    "키 증명이 모두 발급자가 지원하는 알고리즘으로 서명되어 있으며, 무서명이나 공유 비밀은 쓰지 않습니다",
    "OpenID4VCI 1.0 F.1, F.4",
);
/// CI-03: it says whose it is in one way.
pub const KEY_REFERENCE: Check = Check::new(
    "CI-03",
    "each key proof names its key by exactly one of kid, jwk and x5c, and shows no private key",
    "키 증명이 모두 kid, jwk, x5c 가운데 하나로만 키를 가리키고 비밀 키를 드러내지 않습니다",
    "OpenID4VCI 1.0 F.1, F.4",
);
/// CI-04: the key signed it.
pub const SIGNATURE: Check = Check::new(
    "CI-04",
    "each key proof is signed with the key it names",
    "키 증명이 모두 스스로 가리키는 키로 서명되어 있습니다",
    "OpenID4VCI 1.0 F.1, F.4",
);
/// CI-05: it was made for this issuer.
pub const AUDIENCE: Check = Check::new(
    "CI-05",
    "each key proof is made for this credential issuer",
    "키 증명이 모두 이 발급자에게 내려고 만든 것입니다",
    "OpenID4VCI 1.0 F.1",
);
/// CI-06: it was made now.
pub const ISSUED_AT: Check = Check::new(
    "CI-06",
    "each key proof was made just now",
    "키 증명이 모두 방금 만든 것입니다",
    "OpenID4VCI 1.0 F.1, F.4, 13.8",
);
/// CI-07: it carries a nonce where the issuer gives them out.
pub const NONCE_PRESENT: Check = Check::new(
    "CI-07",
    "each key proof carries a nonce as a string",
    "키 증명에 모두 문자열 nonce가 있습니다",
    "OpenID4VCI 1.0 F.1, 8.3.1.2",
);
/// CI-08: that nonce is the issuer's, and in time.
pub const NONCE_LIVE: Check = Check::new(
    "CI-08",
    "the nonce of the key proofs comes from this issuer and has not expired",
    "키 증명의 nonce는 이 발급자가 준 것이고 유효 기간이 남아 있습니다",
    "OpenID4VCI 1.0 F.4, 8.3.1.2",
);
/// CI-09: it says `iss` exactly as the client is known.
pub const ISSUER: Check = Check::new(
    "CI-09",
    "the iss of a key proof is the client id, and absent for anonymous clients",
    "키 증명의 iss는 클라이언트 식별자이며, 익명 클라이언트라면 없습니다",
    "OpenID4VCI 1.0 F.1",
);
/// CI-10: no two credentials on one key.
pub const DISTINCT_KEYS: Check = Check::new(
    "CI-10",
    "all key proofs of a request are for different keys",
    "한 요청의 키 증명이 모두 서로 다른 키에 대한 것입니다",
    "OpenID4VCI 1.0 8, 8.3",
);
/// CI-11: one nonce for one request.
pub const ONE_NONCE: Check = Check::new(
    "CI-11",
    "all key proofs of a request carry the same nonce",
    "한 요청의 키 증명이 모두 같은 nonce를 담고 있습니다",
    "DESIGN, Trust is a type (a nonce is consumed once); OpenID4VCI 1.0 13.8",
);
/// CI-12: as many as the issuer announced.
pub const BATCH: Check = Check::new(
    "CI-12",
    "a request has at least one key proof and no more than the announced batch size",
    "한 요청에 키 증명이 하나 이상, 공지된 묶음 크기 이하로 있습니다",
    "OpenID4VCI 1.0 8.2, 12.2.4",
);

const NOT_ONE_KEY: Reason = Reason::new(
    "proof-key-reference",
    "the header has none or several of `kid`, `jwk` and `x5c`",
    "헤더에 `kid`, `jwk`, `x5c`가 하나도 없거나 여럿 있습니다",
);
const OTHER_ALGORITHM: Reason =
    Reason::new("proof-alg", "the algorithm is not among those announced", "공지된 알고리즘이 아닙니다");
const OTHER_AUDIENCE: Reason =
    Reason::new("proof-aud", "it is made for somebody else", "다른 곳에 내려고 만든 증명입니다");
const NO_TIME: Reason =
    Reason::new("proof-iat", "`iat` is missing or no number", "`iat`가 없거나 숫자가 아닙니다");
const OTHER_TIME: Reason = Reason::new("proof-time", "it was made at {at}", "{at}에 만든 증명입니다");
const ENDED: Reason = Reason::new("proof-expired", "it ended at {at}", "{at}에 끝난 증명입니다");
const NO_NONCE: Reason = Reason::new("proof-nonce-missing", "the nonce is missing", "nonce가 없습니다");
const FOREIGN_NONCE: Reason =
    Reason::new("proof-nonce-foreign", "the nonce is not this issuer's", "이 발급자가 준 nonce가 아닙니다");
const OLD_NONCE: Reason =
    Reason::new("proof-nonce-expired", "the nonce has expired", "nonce의 유효 기간이 끝났습니다");
const OTHER_CLIENT: Reason =
    Reason::new("proof-iss", "`iss` is not who asks", "`iss`가 요청한 클라이언트와 다릅니다");
const SAME_KEY: Reason =
    Reason::new("proof-key-repeated", "two proofs are for one key", "같은 키에 대한 증명이 둘 있습니다");
const TWO_NONCES: Reason =
    Reason::new("proof-nonces-differ", "the proofs carry different nonces", "증명들의 nonce가 서로 다릅니다");
const WRONG_NUMBER: Reason = Reason::new(
    "proof-count",
    "there are no proofs, or more than announced",
    "키 증명이 없거나 공지된 수보다 많습니다",
);

/// How far the wallet's clock may be off, in both directions. Freshness itself comes from the nonce.
const CLOCK_WINDOW: Seconds = Seconds(300);
/// A proof is a key, two names and a time; `x5c` may add certificates.
const PROOF_LIMITS: Limits = Limits { bytes: 64 * 1024, depth: 8 };

/// What a wallet writes into a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofClaims<'a> {
    /// `aud`.
    pub credential_issuer: &'a IssuerIdentifier,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `nonce`: from the nonce endpoint, if the issuer has one.
    pub nonce: Option<&'a str>,
    /// `iss`: the client id, absent for anonymous clients.
    pub client_id: Option<&'a str>,
}

/// What the issuer demands of the proofs of one request.
pub struct ProofRules<'a> {
    /// Who we are.
    pub credential_issuer: &'a IssuerIdentifier,
    /// Who asks, as the access token knows it.
    pub client: Client<'a>,
    /// `proof_signing_alg_values_supported` of the configuration asked for.
    pub algorithms: &'a [String],
    /// Most proofs in one request.
    pub max_proofs: usize,
    /// The key of our nonces; `None` only if we have no nonce endpoint.
    pub nonces: Option<&'a NonceKey>,
    /// Finds the key that `kid` or `x5c` names. It must trust nothing in the header that it did not check.
    pub find_key: &'a dyn Fn(&Header) -> Result<PublicKey, Refusal>,
}

/// Who asks for credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client<'a> {
    /// Nobody known: the access token came from an anonymous token request.
    Anonymous,
    /// The client with this id.
    Id(&'a str),
}

/// What the proofs of one request proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedProofs {
    /// The keys to bind credentials to, in the order of the proofs; all different.
    pub keys: Vec<ProvenKey>,
    /// Their one nonce, to be consumed in the transaction that issues. `None` only without nonce endpoint.
    pub nonce: Option<LiveNonce>,
}

/// A key that somebody proved to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenKey {
    /// The key.
    pub key: PublicKey,
    /// The `kid` that named it, a DID URL where the credential is to be bound to a DID.
    pub kid: Option<String>,
}

impl ProofClaims<'_> {
    /// The proof still to be signed. `header` names the key by one of `jwk`, `kid`, `x5c`; its `typ` is set here.
    pub fn unsigned(&self, header: Header) -> UnsignedJws {
        let claims = object([
            ("iss", maybe(self.client_id)),
            ("aud", some(self.credential_issuer)),
            ("iat", some(self.issued_at)),
            ("nonce", maybe(self.nonce)),
        ]);
        UnsignedJws::new(&header.typ(TYP), &claims)
    }
}

/// Verifies `proofs.jwt` of one request at `now`. Refuses by CI-01 to CI-12; the first that does not hold refuses all.
pub fn verify_proofs(
    proofs: &[String],
    rules: &ProofRules<'_>,
    now: Timestamp,
) -> Result<VerifiedProofs, Refusal> {
    if proofs.is_empty() || proofs.len() > rules.max_proofs {
        return Err(BATCH.refuse(WRONG_NUMBER));
    }
    let mut keys = Vec::with_capacity(proofs.len());
    let mut thumbprints = BTreeSet::new();
    let mut common_nonce: Option<Option<String>> = None;
    for proof in proofs {
        let (key, nonce) = verify_proof(proof, rules, now)?;
        if !thumbprints.insert(key.key.thumbprint()) {
            return Err(DISTINCT_KEYS.refuse(SAME_KEY));
        }
        if common_nonce.get_or_insert_with(|| nonce.clone()) != &nonce {
            return Err(ONE_NONCE.refuse(TWO_NONCES));
        }
        keys.push(key);
    }
    let nonce = match (rules.nonces, common_nonce.flatten()) {
        (Some(nonces), Some(nonce)) => Some(live_nonce(nonces, rules.credential_issuer, &nonce, now)?),
        _ => None,
    };
    Ok(VerifiedProofs { keys, nonce })
}

/// Verifies one proof; its nonce is not opened yet.
fn verify_proof(
    proof: &str,
    rules: &ProofRules<'_>,
    now: Timestamp,
) -> Result<(ProvenKey, Option<String>), Refusal> {
    let jws = Jws::parse_within(proof, PROOF_LIMITS).map_err(attribute)?;
    jws.header().require_typ(TYP).map_err(attribute)?;
    if !rules.algorithms.iter().any(|name| name == jws.header().alg.name()) {
        return Err(ALGORITHM.refuse(OTHER_ALGORITHM));
    }
    let key = proven_key(jws.header(), rules)?;
    let verified = jws.verify(&key.key).map_err(|refusal| SIGNATURE.refuse(refusal.reason))?;
    let nonce = check_claims(verified.payload(), rules, now)?;
    Ok((key, nonce))
}

/// The rule behind what the JWS layer refused.
fn attribute(refusal: Refusal) -> Refusal {
    let check = if refusal.check == jose::ALGORITHM {
        ALGORITHM
    } else if refusal.check == jose::KEY_MATERIAL {
        KEY_REFERENCE
    } else {
        FORM
    };
    check.refuse(refusal.reason)
}

/// The key the header names, by exactly one of the three ways.
fn proven_key(header: &Header, rules: &ProofRules<'_>) -> Result<ProvenKey, Refusal> {
    let key = match (&header.kid, &header.jwk, header.x5c.is_empty()) {
        (None, Some(key), true) => key.clone(),
        (Some(_), None, true) | (None, None, false) => (rules.find_key)(header)?,
        _ => return Err(KEY_REFERENCE.refuse(NOT_ONE_KEY)),
    };
    Ok(ProvenKey { key, kid: header.kid.clone() })
}

/// Checks the claims of F.1; returns the nonce.
fn check_claims(claims: &Value, rules: &ProofRules<'_>, now: Timestamp) -> Result<Option<String>, Refusal> {
    if claims.get("aud").and_then(Value::as_str) != Some(rules.credential_issuer.as_str()) {
        return Err(AUDIENCE.refuse(OTHER_AUDIENCE));
    }
    let moment = |name| claims.get(name).map(|value| numeric_date(value).ok_or(ISSUED_AT.refuse(NO_TIME)));
    let issued_at = moment("iat").ok_or(ISSUED_AT.refuse(NO_TIME))??;
    if issued_at < now.minus(CLOCK_WINDOW) || issued_at > now.plus(CLOCK_WINDOW) {
        return Err(ISSUED_AT.refuse(OTHER_TIME.at(issued_at)));
    }
    if let Some(end) = moment("exp").transpose()?.filter(|end| now >= *end) {
        return Err(ISSUED_AT.refuse(ENDED.at(end)));
    }
    let said = claims.get("iss");
    let issuer_holds = match rules.client {
        Client::Anonymous => said.is_none(),
        Client::Id(id) => said.is_none_or(|said| said.as_str() == Some(id)),
    };
    if !issuer_holds {
        return Err(ISSUER.refuse(OTHER_CLIENT));
    }
    match claims.get("nonce") {
        Some(Value::String(nonce)) => Ok(Some(nonce.clone())),
        None if rules.nonces.is_none() => Ok(None),
        _ => Err(NONCE_PRESENT.refuse(NO_NONCE)),
    }
}

/// A nonce that is ours and in time. Refuses by CI-08.
///
/// # Errors
/// That rule.
pub fn live_nonce(
    nonces: &NonceKey,
    issuer: &IssuerIdentifier,
    nonce: &str,
    now: Timestamp,
) -> Result<LiveNonce, Refusal> {
    match nonces.open(issuer, nonce, now) {
        OpenedNonce::Live(live) => Ok(live),
        OpenedNonce::Expired => Err(NONCE_LIVE.refuse(OLD_NONCE)),
        OpenedNonce::Forged => Err(NONCE_LIVE.refuse(FOREIGN_NONCE)),
    }
}

#[cfg(test)]
mod tests;
