//! Target of verdicts between processes: what an issuer takes was signed by its verifier, for it and now.

use std::collections::BTreeMap;

use jigap_wallet_core::jose;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::verdict::signed::{Fact, MAX_FACTS, MAX_LIFETIME, SignedVerdict, TYP, is_fact};
use serde_json::json;

use crate::fixtures::{AUDIENCE, NOW, header, issuer, must, seeds, token};

const US: &str = "https://issuer.example/passes";

/// A verdict that is taken was signed by the pinned key, says facts alone, is for us, and no longer good in five minutes.
pub(crate) fn signed(data: &[u8]) {
    let Some(token) = token(data, &header(TYP), issuer()) else { return };
    let pinned = |named: &str| (named == AUDIENCE).then_some(issuer().public());
    let verify = |us: &str, now| SignedVerdict::parse(&token.text)?.verify(pinned, us, now);
    let Ok(verdict) = verify(US, NOW) else { return };
    token.require_signed();
    let facts: &BTreeMap<String, Fact> = verdict.facts();
    assert!(facts.len() <= MAX_FACTS && facts.iter().all(|(name, fact)| is_fact(name, fact)));
    assert!(verdict.verifier() == AUDIENCE && verdict.id().len() >= 22 && !verdict.shown().is_empty());
    assert!(verify("https://issuer.example/other", NOW).is_err(), "it is for one issuer");
    // Its maker's clock may be ahead.
    assert!(verify(US, NOW.plus(MAX_LIFETIME).plus(Seconds(30))).is_err(), "it is for now");
}

pub(crate) fn signed_seeds() -> Vec<Vec<u8>> {
    let claims = json!({
        "iss": AUDIENCE, "aud": US, "iat": NOW.unix(), "exp": NOW.unix() + 300, "jti": "AAECAwQFBgcICQoLDA0ODw",
        "template": "entry-pass", "facts": {"age_over_19": true, "level": "석사"},
        "shown": ["AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8"],
    });
    seeds([must(jose::sign(&header(TYP), &claims, issuer())), claims.to_string()])
}
