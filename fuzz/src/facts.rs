//! Targets of facts: batches, of which what a consumer takes was signed by its verifier, for it, now and where it asked; what holders
//! agree to; and hints.

use jigap_keys::base64url;
use jigap_wallet_core::dcql::Query;
use jigap_wallet_core::did::{self, Did};
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::facts::hint::{self, Hint};
use jigap_wallet_core::facts::signed::{MAX_EVENTS, MAX_LIFETIME, SignedBatch, TYP};
use jigap_wallet_core::jose::{self, Header};
use jigap_wallet_core::judge::ListName;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::{Mechanism, TrustEntry, TrustList, TrustListContent};
use jigap_wallet_core::vp::{Authorization, FEED_CONSENT};
use serde_json::{Value, json};

use crate::fixtures::{AUDIENCE, NOW, header, issuer, must, seeds, text, token};
use crate::trust;

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

/// A consent that is read is whole: what it says is written and read back the same, and each of its credentials signs one hash.
pub(crate) fn consent(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let element = if text.starts_with('{') { base64url::encode(text) } else { text.to_owned() };
    let Ok(read) = Authorization::read(&json!([element]), &asked()) else { return };
    let consent = read.consent();
    for id in consent.facts.keys() {
        assert!(read.authorized_by(id).is_some_and(|authorized| authorized.hashes.len() == 1));
    }
    let again = must(Authorization::read(&json!(consent.encode()), &asked()));
    assert_eq!(again.consent(), consent);
    assert!(read.require_persona(None).is_err() && read.require_persona(Some(&consent.bound_to)).is_ok());
}

fn asked() -> Query {
    must(Query::parse(&json!({"credentials": [{
        "id": "tax", "format": "dc+sd-jwt", "meta": {"vct_values": ["t"]}, "claims": [{"path": ["grade"]}],
    }]})))
}

pub(crate) fn consent_seeds() -> Vec<Vec<u8>> {
    let consent = json!({
        "type": FEED_CONSENT, "credential_ids": ["tax"], "consumer": "https://people.example",
        "purpose": {"en": "Listing", "ko": "등록"}, "bound_to": base64url::encode([7; 32]),
        "facts": [{"path": null}, {"path": ["grade"], "one_of": ["1", 2, true]}],
        "transaction_data_hashes_alg": ["sha-256"],
    });
    let other = json!({"type": "payment", "credential_ids": ["tax"]});
    seeds([base64url::encode(consent.to_string()), consent.to_string(), other.to_string()])
}

/// A hint that is taken was signed by the issuer that it names, and is for now.
pub(crate) fn hint(data: &[u8]) {
    let Some(token) = token(data, &hint_header(), issuer()) else { return };
    let Ok(hint) = Hint::parse(&token.text) else { return };
    let named = hint.unverified_list().clone();
    let current = hint.require_current(NOW).is_ok();
    let (trust, documents) = (trusting(), Documents::new());
    let Ok(list) = hint.verify(&trust, &documents, NOW) else { return };
    token.require_signed();
    assert!(list == named && trust.find(&list.issuer).is_some());
    let later = must(Hint::parse(&token.text));
    assert!(!current || later.require_current(NOW.plus(Seconds(331))).is_err(), "it is for now");
}

fn hint_header() -> Header {
    let did = did::key_did(issuer().public());
    header(hint::TYP).kid(format!("{did}#{}", did.trim_start_matches("did:key:")))
}

/// Our issuer by its DID.
fn trusting() -> TrustList {
    let did = did::key_did(issuer().public());
    let mechanism = Mechanism::Did(must(Did::parse(&did)).into());
    let entry = TrustEntry { issuer: did, mechanism, status_issuers: Vec::new(), ..trust::by_metadata() };
    let content = TrustListContent { entries: vec![entry], ..trust::content() };
    must(TrustList::verify(&must(content.issue(issuer(), None)), trust::LIST, issuer().public(), NOW))
}

pub(crate) fn hint_seeds() -> Vec<Vec<u8>> {
    let did = did::key_did(issuer().public());
    let list = ListName { issuer: did, uri: "https://issuer.example/status/1".to_owned() };
    let signed = must(hint::unsigned(&list, hint_header(), NOW).sign(issuer()));
    let claims = json!({"iss": list.issuer, "iat": NOW.unix(), "list": list.uri});
    seeds([signed, claims.to_string()])
}
