//! Target of batches of facts: what a consumer takes was signed by its verifier, for it, now and where it asked.

use jigap_keys::base64url;
use jigap_wallet_core::facts::signed::{MAX_EVENTS, MAX_LIFETIME, SignedBatch, TYP};
use jigap_wallet_core::jose;
use jigap_wallet_core::time::Seconds;
use serde_json::{Value, json};

use crate::fixtures::{AUDIENCE, NOW, header, issuer, must, seeds, token};

const US: &str = "people.example";
const AFTER: u64 = 17;

/// A batch that is taken was signed by the pinned key, is for us, goes on where we asked, and is no longer good in five minutes.
pub(crate) fn batch(data: &[u8]) {
    let Some(token) = token(data, &header(TYP), issuer()) else { return };
    let pinned = |named: &str| (named == AUDIENCE).then_some(issuer().public());
    let verify = |us: (&str, u64), now| SignedBatch::parse(&token.text)?.verify(pinned, us, now);
    let Ok(batch) = verify((US, AFTER), NOW) else { return };
    token.require_signed();
    assert!(batch.events().len() <= MAX_EVENTS && batch.next() >= AFTER + batch.events().len() as u64);
    assert!(batch.events().iter().all(|event| event.sequence > 0));
    assert!(verify(("other.example", AFTER), NOW).is_err(), "it is for one consumer");
    assert!(verify((US, AFTER + 1), NOW).is_err(), "it goes on at one place");
    // Its maker's clock may be ahead.
    assert!(verify((US, AFTER), NOW.plus(MAX_LIFETIME).plus(Seconds(30))).is_err(), "it is for now");
}

pub(crate) fn batch_seeds() -> Vec<Vec<u8>> {
    let (subject, fact) = (base64url::encode([7; 32]), base64url::encode([8; 32]));
    let event = |sequence: u64, event: &str, mut said: Value| {
        let base =
            json!({"subject": subject, "sequence": sequence, "at": NOW.unix(), "event": event, "fact": fact});
        if let (Some(said), Value::Object(base)) = (said.as_object_mut(), base) {
            said.extend(base);
        }
        said
    };
    let asserted = json!({
        "type": "https://types.example/tax-accountant/1", "issuer": "https://issuer.example", "path": ["grade"],
        "one_of": ["기사", 1, true], "valid_until": NOW.unix() + 3600,
    });
    let events = [
        event(1, "asserted", asserted),
        event(2, "unconfirmed", json!({})),
        event(3, "confirmed", json!({})),
        event(4, "retracted", json!({"reason": "suspended"})),
    ];
    let claims = json!({
        "iss": AUDIENCE, "aud": US, "iat": NOW.unix(), "exp": NOW.unix() + 300, "after": AFTER, "next": AFTER + 4,
        "events": events,
    });
    seeds([must(jose::sign(&header(TYP), &claims, issuer())), claims.to_string()])
}
