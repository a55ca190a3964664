//! Targets of `cbor`, `cose` and `mdoc`: items, signed messages, documents as they are issued and as they are presented.

use std::sync::LazyLock;

use jigap_keys::hash;
use jigap_wallet_core::cbor::{self, Limits, Writer};
use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jigap_wallet_core::cose::{Header, Mac0, Sign1, UnsignedSign1};
use jigap_wallet_core::mdoc::{
    DeviceResponse, ElementType, IssuerSigned, MdocBuilder, Session, SessionTranscript, Validity,
};
use jigap_wallet_core::status::StatusReference;
use jigap_wallet_core::time::Seconds;
use serde_json::{Value, json};

use crate::fixtures::{AUDIENCE, NONCE, NOW, Same, holder, issuer, must, reader};

const DOC_TYPE: &str = "org.iso.18013.5.1.mDL";
const NAMESPACE: &str = "org.iso.18013.5.1";
const MAC_KEY: [u8; 32] = [7; 32];

static TRANSCRIPT: LazyLock<SessionTranscript> =
    LazyLock::new(|| SessionTranscript::openid4vp(AUDIENCE, NONCE, None, "https://verifier.example/r"));
static CLAIMS: LazyLock<Value> = LazyLock::new(|| must(read(&issued())).claims());

/// An item is exactly the bytes that were given, and what it embeds is read within them.
pub(crate) fn item(data: &[u8]) {
    let Ok(item) = cbor::parse(data, Limits::MESSAGE) else { return };
    assert_eq!(item.raw(), data);
    assert_eq!(cbor::parse(data, Limits { bytes: data.len(), ..Limits::MESSAGE }).as_ref(), Ok(&item));
    if let Some(embedded) = item.embedded() {
        let mut again = Writer::new();
        again.embedded(embedded);
        assert!(again.into_bytes().len() <= data.len(), "no head is shorter than ours");
    }
}

pub(crate) fn item_seeds() -> Vec<Vec<u8>> {
    let mut streamed = vec![0xbf, 0x61, b'a', 0x9f, 0x01, 0xff, 0x61, b'b', 0x5f, 0x41, 0, 0xff, 0xff];
    let mut seeds = vec![issued(), presented(), holder().public().to_cose_key(), streamed.clone()];
    streamed.truncate(9);
    seeds.push(streamed);
    seeds
}

/// What verifies was signed.
pub(crate) fn message(data: &[u8]) {
    if let Ok(message) = Sign1::parse(data)
        && let Ok(verified) = message.verify(issuer().public(), b"")
    {
        assert!(signed().contains(&hash::sha256(verified.payload())), "verified, and nobody signed it");
    }
    if let Ok(message) = Mac0::parse(data)
        && let Ok(payload) = message.verify(&MAC_KEY, b"")
    {
        assert_eq!(payload, b"payload");
    }
}

pub(crate) fn message_seeds() -> Vec<Vec<u8>> {
    let unsigned = UnsignedSign1::new(header().kid(*b"1"), b"", b"payload".to_vec());
    let tagged = unsigned.clone().tagged();
    vec![
        must(unsigned.sign(issuer())),
        must(tagged.sign(issuer())),
        must(UnsignedSign1::detached(header(), b"", b"payload").sign(issuer())),
        Mac0::make(&MAC_KEY, b"", b"payload"),
    ]
}

/// Payloads that the issuer signed in the open: those of the seeds.
fn signed() -> Vec<[u8; 32]> {
    let payloads = message_seeds().into_iter().filter_map(|seed| Sign1::parse(&seed).ok());
    payloads.filter_map(|it| it.unverified_payload().map(hash::sha256)).collect()
}

/// Whatever our issuer's key vouches for says what our issuer said, element by element.
pub(crate) fn issuer_signed(data: &[u8]) {
    if let Ok(document) = IssuerSigned::parse(data)
        && let Ok(verified) = document.verify(issuer().public())
    {
        require_said(&verified.claims());
    }
}

pub(crate) fn issuer_signed_seeds() -> Vec<Vec<u8>> {
    vec![issued()]
}

/// The same as a device presents it; and what our device vouches for was presented in this session.
pub(crate) fn device_response(data: &[u8]) {
    let Ok((document, device)) = DeviceResponse::parse(data).and_then(DeviceResponse::into_parts) else {
        return;
    };
    let Ok(verified) = document.verify(issuer().public()) else { return };
    require_said(&verified.claims());
    let session = Session { transcript: &TRANSCRIPT, reader_key: Some(reader()) };
    if let Some(device) = device
        && let Ok(key) = device.verify(verified.mso(), &session)
    {
        assert_eq!(&key, holder().public());
    }
}

pub(crate) fn device_response_seeds() -> Vec<Vec<u8>> {
    vec![presented()]
}

fn require_said(claims: &Value) {
    for (namespace, elements) in claims.as_object().into_iter().flatten() {
        for (name, value) in elements.as_object().into_iter().flatten() {
            let said = CLAIMS.get(namespace).and_then(|elements| elements.get(name));
            assert_eq!(said, Some(value), "an element is accepted that our issuer did not sign");
        }
    }
}

fn header() -> Header {
    match Header::for_key(issuer().public().key_type()) {
        Some(header) => header,
        None => panic!("the issuer's key signs"),
    }
}

fn read(bytes: &[u8]) -> Result<jigap_wallet_core::mdoc::VerifiedMdoc, jigap_wallet_core::verdict::Refusal> {
    IssuerSigned::parse(bytes)?.verify(issuer().public())
}

fn issued() -> Vec<u8> {
    let validity =
        Validity { signed: NOW, from: NOW, until: NOW.plus(Seconds(3600)), expected_update: Some(NOW) };
    let elements = [
        ("family_name", ElementType::Text, json!("김")),
        ("birth_date", ElementType::FullDate, json!("2004-05-06")),
        ("portrait", ElementType::Bytes, json!("_9j_")),
        ("age_over_18", ElementType::Boolean, json!(true)),
        (
            "driving_privileges",
            ElementType::Any,
            json!([{"vehicle_category_code": "B", "codes": [1, -2, null]}]),
        ),
    ];
    let builder = MdocBuilder::new(DOC_TYPE, validity, holder().public().clone());
    let builder = builder.status(must(StatusReference::new("https://issuer.example/status/1", 7)));
    let builder = elements.into_iter().fold(builder.authorize("device"), |builder, (name, kind, value)| {
        builder.element(NAMESPACE, name, must(kind.encode(&value)))
    });
    must(builder.build(header().x5chain(vec![vec![0x30, 0]]), &Same::new(5)).sign(issuer()))
}

fn presented() -> Vec<u8> {
    let path = [NAMESPACE, "age_over_18"].map(|name| PathStep::Key(name.to_owned()));
    let presentation = must(must(read(&issued())).present(&[must(ClaimPath::new(path.to_vec()))]));
    must(presentation.sign(&TRANSCRIPT, holder()))
}
