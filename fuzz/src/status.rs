//! Targets of `status`: compressed lists, status list tokens as JWT and as CWT, references.

use jigap_keys::base64url;
use jigap_wallet_core::status::{
    MEDIA_TYPE_CWT, StatusBits, StatusList, StatusListToken, StatusReference, StatusValue, TYP,
    VerifiedStatusList,
};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::{cbor, cose};
use serde_json::json;

use crate::fixtures::{NOW, header, issuer, must, object, seeds, text, token};

/// Where the list is.
pub(crate) const LIST: &str = "https://issuer.example/status/1";
/// Small, so that a bomb is refused early.
const LIMIT: usize = 64 * 1024;
const SIZES: [StatusBits; 4] = [StatusBits::One, StatusBits::Two, StatusBits::Four, StatusBits::Eight];

/// A list is as large as allowed, ends where it says, and comes back the same. Input that is not text is taken for the
/// compressed bytes themselves.
pub(crate) fn list(data: &[u8]) {
    let lst = match text(data) {
        Some(text) => text.to_owned(),
        None => base64url::encode(data),
    };
    for bits in SIZES {
        let Ok(list) = StatusList::decode(bits, &lst, LIMIT) else { return };
        assert!(list.as_bytes().len() <= LIMIT);
        assert_eq!(list.get(list.len()), None);
        if let Some(last) = list.len().checked_sub(1) {
            assert!(list.get(last).is_some_and(|value| value.0 <= bits.max()));
        }
        assert_eq!(StatusList::decode(bits, &list.encode(), LIMIT).as_ref(), Ok(&list));
    }
}

fn example(bits: StatusBits) -> StatusList {
    let mut list = StatusList::new(bits, 200);
    for index in [0, 7, 64, 199] {
        must(list.set(index, StatusValue(1)));
    }
    list
}

pub(crate) fn list_seeds() -> Vec<Vec<u8>> {
    let bomb = StatusList::new(StatusBits::One, 8 * 2 * LIMIT);
    let mut found = seeds(SIZES.map(|bits| example(bits).encode()));
    found.extend(seeds([bomb.encode()]));
    found.extend(base64url::decode(&example(StatusBits::Two).encode()));
    found
}

/// What verifies was signed, and answers for its own list alone. The payload is read as a reference too.
pub(crate) fn status_token(data: &[u8]) {
    if let Some(claim) = object(data)
        && let Ok(Some(reference)) = StatusReference::from_claim(&claim.into())
    {
        assert_eq!(StatusReference::from_claim(&reference.to_claim()), Ok(Some(reference)));
    }
    let Some(token) = token(data, &header(TYP), issuer()) else { return };
    let Ok(list) = VerifiedStatusList::verify(&token.text, LIST, NOW, |_| Ok(issuer().public().clone()))
    else {
        return;
    };
    token.require_signed();
    assert_eq!(list.token().uri, LIST);
    let ours = must(StatusReference::new(LIST, 3));
    let others = must(StatusReference::new("https://issuer.example/status/2", 3));
    let _ = list.status(&ours, NOW, NOW);
    assert!(list.status(&others, NOW, NOW).is_err(), "it answers for another list");
}

pub(crate) fn token_seeds() -> Vec<Vec<u8>> {
    let text = must(said().sign(header(TYP).kid("k1"), issuer()));
    let payload = must(jigap_wallet_core::jose::Jws::parse(&text)).unverified_payload().to_string();
    let reference = json!({"status_list": {"idx": 7, "uri": LIST}}).to_string();
    seeds([text, payload, reference])
}

fn cwt_header() -> cose::Header {
    cose::Header::new(cose::Algorithm::EdDsa)
}

fn said() -> StatusListToken {
    StatusListToken {
        uri: LIST.to_owned(),
        issued_at: NOW,
        expires: Some(NOW.plus(Seconds(3600))),
        ttl: Some(Seconds(300)),
        aggregation_uri: Some("https://issuer.example/status".to_owned()),
        list: example(StatusBits::Two),
    }
}

/// As [`status_token`], of a token as CWT. A map is signed by a key of our own, and read as a reference too.
pub(crate) fn status_cwt(data: &[u8]) {
    let map = data.first().is_some_and(|first| (0xA0..0xC0).contains(first));
    if let Ok(item) = cbor::parse(data, cbor::Limits::MESSAGE)
        && let Ok(Some(reference)) = StatusReference::from_cbor(&item)
    {
        let mut writer = cbor::Writer::new();
        reference.write_cbor(&mut writer);
        let written = writer.into_bytes();
        let again = must(cbor::parse(&written, cbor::Limits::MESSAGE));
        assert_eq!(StatusReference::from_cbor(&again), Ok(Some(reference)));
    }
    let token = if map {
        let unsigned = cose::UnsignedSign1::new(cwt_header().typ(MEDIA_TYPE_CWT), &[], data.to_vec());
        must(unsigned.sign(issuer()))
    } else {
        data.to_vec()
    };
    let Ok(list) = VerifiedStatusList::verify_cwt(&token, LIST, NOW, |_| Ok(issuer().public().clone()))
    else {
        return;
    };
    assert!(map || *list.token() == said(), "accepted, and nobody signed it");
    let others = must(StatusReference::new("https://issuer.example/status/2", 3));
    assert!(list.status(&others, NOW, NOW).is_err(), "it answers for another list");
}

pub(crate) fn cwt_seeds() -> Vec<Vec<u8>> {
    let token = must(said().unsigned_cwt(cwt_header().kid("k1")).sign(issuer()));
    let payload = must(cose::Sign1::parse(&token)).unverified_payload().unwrap_or_default().to_vec();
    let mut writer = cbor::Writer::new();
    must(StatusReference::new(LIST, 7)).write_cbor(&mut writer);
    vec![token, payload, writer.into_bytes()]
}
