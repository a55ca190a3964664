//! DPoP at our endpoints (RFC 9449): which key a request proves to have, that a proof is used once, and that a token is used
//! with the key it is bound to.
//!
//! A proof is remembered by the commit that gives something for it, until it is too old to be shown again: what gave nothing
//! may be tried again, and what is remembered is bounded by what is given. No nonces of the server's own are asked for: a key
//! proof of the credential endpoint carries a fresh one already, and a wallet may work ahead with its own key as it likes.

use jigap_wallet_core::ports::{StoreError, Tx};
use jigap_wallet_core::vci::dpop::{self, BOUND, Expected, ONCE, Proven};
use jigap_wallet_core::verdict::{Reason, Refusal};

use crate::places::Places;
use crate::tenant::{EndpointError, Tenant, World};

/// The algorithms of proofs.
pub(crate) const ALGORITHMS: [&str; 3] = ["ES256", "EdDSA", "ES384"];

const AGAIN: Reason = Reason::new(
    "dpop-replayed",
    "something was given for it already",
    "이 증명으로 이미 받아 간 것이 있습니다",
);
const NO_PROOF: Reason = Reason::new(
    "dpop-missing",
    "the token is bound to a key, and no proof by it came",
    "키에 묶인 토큰인데 그 키의 증명이 오지 않았습니다",
);
const UNBOUND: Reason = Reason::new(
    "dpop-unbound",
    "the token is bound to no key, and came as if it were",
    "키에 묶이지 않은 토큰을 묶인 것처럼 보냈습니다",
);
const OTHER_KEY: Reason =
    Reason::new("dpop-other-key", "the token is bound to another key", "다른 키에 묶인 토큰입니다");

/// An access token, as it came with a request.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    /// The token.
    pub token: &'a str,
    /// The proof beside it, where it came as a DPoP token; `None`: it came as a bearer token.
    pub proof: Option<&'a str>,
}

impl Tenant {
    /// Verifies the proof of a POST to `endpoint` of this tenant.
    pub(crate) fn proven<E: std::fmt::Debug>(
        &self,
        world: &World,
        endpoint: &str,
        (proof, access_token): (Option<&str>, Option<&str>),
    ) -> Result<Option<Proven>, EndpointError<E>> {
        let Some(proof) = proof else { return Ok(None) };
        let url = self.endpoint(endpoint).ok_or(EndpointError::Internal("the tenant has no usable URL"))?;
        let expected = Expected { method: "POST", url: &url, algorithms: &ALGORITHMS, access_token };
        let proven = dpop::verify(proof, &expected, world.clock.now());
        proven.map(Some).map_err(EndpointError::Proof)
    }
}

/// Refuses a token that is bound to `key` without a proof by it, and one that is bound to none with a proof.
pub(crate) fn require_bound(key: Option<&str>, proven: Option<&Proven>) -> Result<(), Refusal> {
    match (key, proven) {
        (None, None) => Ok(()),
        (Some(key), Some(proven)) if key == proven.thumbprint => Ok(()),
        (Some(_), Some(_)) => Err(BOUND.refuse(OTHER_KEY)),
        (Some(_), None) => Err(BOUND.refuse(NO_PROOF)),
        (None, Some(_)) => Err(BOUND.refuse(UNBOUND)),
    }
}

/// Remembers the proof as used, unless it was.
pub(crate) async fn use_up<E>(tx: &Tx, places: &Places, proven: Option<&Proven>) -> Result<(), E>
where
    E: From<Refusal> + From<StoreError>,
{
    let Some(proven) = proven else { return Ok(()) };
    let place = places.used_proof(proven.until, &proven.id);
    if tx.get(&place).await?.is_some() {
        return Err(ONCE.refuse(AGAIN).into());
    }
    tx.set(place, b"");
    Ok(())
}
