//! COSE against RFC 9052's and isomdl's examples, forged messages, and `coset` as its oracle.

use coset::{AsCborValue as _, CborSerializable as _, TaggedCborSerializable as _, iana};
use jigap_keys::{KeyType, PrivateKey, PublicKey};
use proptest::prelude::*;

use super::*;
use crate::cbor::{Limits, Writer};
use crate::testing::{Repeatable, hex};
use crate::verdict::Refusal;

const PAYLOAD: &[u8] = b"This is the content.";

fn key(key_type: KeyType, seed: u64) -> PrivateKey {
    PrivateKey::generate(key_type, &Repeatable::new(seed))
}

fn signed(header: Header, signer: &PrivateKey) -> Vec<u8> {
    UnsignedSign1::new(header, b"", PAYLOAD.to_vec()).sign(signer).unwrap()
}

/// A message of these four elements, each CBOR already.
fn message(tag: Option<u64>, elements: &[&[u8]]) -> Vec<u8> {
    let mut writer = Writer::new();
    if let Some(tag) = tag {
        writer.tag(tag);
    }
    writer.array(elements.len());
    for element in elements {
        writer.raw(element);
    }
    writer.into_bytes()
}

/// A message with this protected map and this unprotected one, payload and signature of the right shape.
fn with_headers(protected: &str, unprotected: &str) -> Result<(), Refusal> {
    let mut bytes = Writer::new();
    bytes.bytes(&hex(protected));
    let elements =
        [&bytes.into_bytes()[..], &hex(unprotected), &[0x41, 0], &[&[0x58, 64][..], &[1; 64]].concat()];
    Sign1::parse(&message(None, &elements)).map(drop)
}

fn check(result: Result<(), Refusal>) -> Option<&'static str> {
    result.err().map(|refusal| refusal.check.id)
}

/// The key of kid `11` in RFC 9052 appendix C.7.1 and its signature in C.2.1.
#[test]
fn the_example_of_rfc_9052_verifies() {
    let public = PublicKey::from_cose_key(&hex(
        "a40102200121582065eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d2258201e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c",
    ))
    .unwrap();
    let key_11 = PublicKey::from_cose_key(&hex(
        "a401022001215820bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff22582020138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e",
    ))
    .unwrap();
    let bytes = hex(
        "d28443a10126a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36",
    );
    let message = Sign1::parse(&bytes).unwrap();
    assert_eq!(message.header().kid.as_deref(), Some(&b"11"[..]));
    assert_eq!(message.unverified_payload(), Some(PAYLOAD));
    assert_eq!(message.clone().verify(&key_11, b"").unwrap().payload(), PAYLOAD);
    assert_eq!(check(message.clone().verify(&public, b"").map(drop)), Some("CO-07"));
    assert_eq!(check(message.verify(&key_11, b"external").map(drop)), Some("CO-07"));
}

#[test]
fn the_vectors_of_isomdl_verify() {
    let Some(folder) = jigap_tests::vectors("iso-mdoc") else { return };
    let text = |path: &str| {
        #[expect(clippy::disallowed_methods, reason = "tests read the vectors")]
        std::fs::read_to_string(folder.join("test/definitions/cose").join(path)).unwrap()
    };
    let read = |path: &str| hex(text(path).trim());
    let secret = read("sign1/secret_key");
    let coordinate = |text: &str| jigap_keys::base64url::encode(hex(text));
    let jwk = serde_json::json!({
        "kty": "EC", "crv": "P-256", "d": jigap_keys::base64url::encode(&secret),
        "x": coordinate("bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff"),
        "y": coordinate("20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e"),
    });
    let signer = PrivateKey::from_jwk(jwk.to_string().as_bytes()).unwrap();
    let message = Sign1::parse(&read("sign1/serialized.cbor")).unwrap();
    assert_eq!(message.verify(signer.public(), b"").unwrap().payload(), PAYLOAD);
    // The key is the file's bytes themselves: a symmetric COSE_Key with labels of text, whose own `k` isomdl does not read.
    let secret = read("mac0/secret_key");
    let message = Mac0::parse(&read("mac0/serialized.cbor")).unwrap();
    assert_eq!(message.clone().verify(&secret, b"").unwrap(), PAYLOAD);
    assert_eq!(check(message.verify(b"this is the key", b"").map(drop)), Some("CO-10"));
}

#[test]
fn co_01_what_is_not_four_elements_of_strict_cbor_is_refused() {
    let signer = key(KeyType::P256, 1);
    let good = signed(Header::new(Algorithm::Es256), &signer);
    assert!(Sign1::parse(&good).is_ok());
    assert!(Sign1::parse(&[&[0xd2], &good[..]].concat()).is_ok());
    let headers: [&[u8]; 2] = [&hex("43a10126"), &[0xa0]];
    let [protected, unprotected] = headers;
    let (payload, proof) = (&[0x41, 0][..], &[&[0x58, 64][..], &[1; 64]].concat()[..]);
    assert!(Sign1::parse(&message(None, &[protected, unprotected, payload, proof])).is_ok());
    for (name, bytes) in [
        ("nothing", vec![]),
        ("another tag", message(Some(98), &[protected, unprotected, payload, proof])),
        ("the tag of a MAC", message(Some(17), &[protected, unprotected, payload, proof])),
        ("its tag twice", [&[0xd2, 0xd2], &good[..]].concat()),
        ("three elements", message(None, &[protected, unprotected, payload])),
        ("five elements", message(None, &[protected, unprotected, payload, proof, proof])),
        ("a protected map", message(None, &[&hex("a10126"), unprotected, payload, proof])),
        ("a payload of text", message(None, &[protected, unprotected, &[0x61, 0x61], proof])),
        ("an undefined payload", message(None, &[protected, unprotected, &[0xf7], proof])),
        ("a signature of text", message(None, &[protected, unprotected, payload, &[0x61, 0x61]])),
        ("trailing bytes", [&good[..], &[0]].concat()),
        ("cut off", good[..good.len() - 1].to_vec()),
        ("a map", hex("a0")),
    ] {
        assert_eq!(check(Sign1::parse(&bytes).map(drop)), Some("CO-01"), "{name}");
    }
    let small = Limits { bytes: good.len() - 1, ..Limits::MESSAGE };
    assert_eq!(check(Sign1::parse_within(&good, small).map(drop)), Some("CO-01"));
}

#[test]
fn co_02_malformed_headers_are_refused() {
    assert_eq!(check(with_headers("a10126", "a0")), None);
    assert_eq!(check(with_headers("bf0126ff", "bfff")), None);
    for (name, protected, unprotected) in [
        ("not CBOR", "a101", "a0"),
        ("no map", "80", "a0"),
        ("a label twice", "a201260126", "a0"),
        ("a label in both", "a2012604413a", "a104413a"),
        ("an unknown label in both", "a2012618640a", "a118640a"),
        ("trailing bytes", "a1012600", "a0"),
        ("an array", "a10126", "80"),
        ("a label of bytes", "a10126", "a1413a00"),
        ("alg of another type", "a1014126", "a0"),
        ("alg too large", "a1011bffffffffffffffff", "a0"),
        ("kid as text", "a10126", "a104613a"),
        ("a content type of bytes", "a2012603413a", "a0"),
        ("a content type too large", "a20126031a00010000", "a0"),
        ("typ of another type", "a20126104100", "a0"),
    ] {
        assert_eq!(check(with_headers(protected, unprotected)), Some("CO-02"), "{name}");
    }
}

#[test]
fn co_03_algorithms_beyond_the_list_are_refused() {
    for (name, protected, unprotected) in [
        ("none named", "a0", "a0"),
        ("none named, as no bytes", "", "a0"),
        ("unprotected alone", "a0", "a10126"),
        ("PS256", "a1013824", "a0"),
        ("ES256K", "a101382e", "a0"),
        ("RS256", "a101390100", "a0"),
        ("HMAC 256/256 for a signature", "a10105", "a0"),
        ("a direct key", "a10125", "a0"),
        ("a name", "a101654553323536", "a0"),
    ] {
        assert_eq!(check(with_headers(protected, unprotected)), Some("CO-03"), "{name}");
    }
    let mac = |alg: &str| {
        let elements = [
            &[&[0x43], &hex(alg)[..]].concat()[..],
            &[0xa0],
            &[0x41, 0],
            &[&[0x58, 32][..], &[1; 32]].concat(),
        ];
        check(Mac0::parse(&message(None, &elements)).map(drop))
    };
    assert_eq!(mac("a10105"), None);
    // HMAC 256/64, HMAC 384/384, a signature's.
    assert_eq!([mac("a10104"), mac("a10106"), mac("a10126")], [Some("CO-03"); 3]);
}

#[test]
fn co_04_critical_parameters_that_are_not_understood_are_refused() {
    assert_eq!(check(with_headers("a30126028104044131", "a0")), None);
    assert_eq!(check(with_headers("a30126028101044131", "a0")), None);
    for (name, protected, unprotected) in [
        ("unknown", "a301260281186418640a", "a0"),
        ("a name", "a3012602816161616101", "a0"),
        ("one known, one unknown", "a40126028204186404413118640a", "a0"),
        ("not there", "a20126028104", "a0"),
        ("there, but unprotected", "a20126028104", "a1044131"),
        ("empty", "a201260280", "a0"),
        ("no list", "a201260204", "a0"),
        ("itself", "a20126028102", "a0"),
        ("unprotected", "a10126", "a1028101"),
    ] {
        assert_eq!(check(with_headers(protected, unprotected)), Some("CO-04"), "{name}");
    }
}

#[test]
fn co_05_a_key_of_another_type_is_refused() {
    let types = [KeyType::P256, KeyType::P384, KeyType::P521, KeyType::Ed25519];
    for signer in types {
        let signed = signed(Header::for_key(signer).unwrap(), &key(signer, 1));
        for other in types.into_iter().chain([KeyType::X25519]) {
            let found = check(Sign1::parse(&signed).unwrap().verify(key(other, 1).public(), b"").map(drop));
            assert_eq!(found, (signer != other).then_some("CO-05"), "{signer:?} {other:?}");
        }
    }
    assert_eq!(Header::for_key(KeyType::X25519), None);
    let unsigned = UnsignedSign1::new(Header::new(Algorithm::Es384), b"", vec![]);
    assert_eq!(unsigned.clone().sign(&key(KeyType::P256, 1)), Err(SignError::WrongKey));
    assert_eq!(unsigned.attach(&[0; 64]), Err(SignError::WrongSignature));
}

#[test]
fn co_06_a_payload_that_is_not_where_it_should_be_is_refused() {
    let signer = key(KeyType::P256, 1);
    let header = Header::new(Algorithm::Es256);
    let attached = Sign1::parse(&signed(header.clone(), &signer)).unwrap();
    let detached = UnsignedSign1::detached(header, b"aad", PAYLOAD).sign(&signer).unwrap();
    let detached = Sign1::parse(&detached).unwrap();
    assert_eq!(detached.unverified_payload(), None);
    assert_eq!(detached.verify_detached(signer.public(), b"aad", PAYLOAD), Ok(()));
    assert_eq!(check(detached.verify_detached(signer.public(), b"", PAYLOAD)), Some("CO-07"));
    assert_eq!(check(detached.verify_detached(signer.public(), b"aad", b"other")), Some("CO-07"));
    assert_eq!(check(detached.verify(signer.public(), b"aad").map(drop)), Some("CO-06"));
    assert_eq!(check(attached.verify_detached(signer.public(), b"", PAYLOAD)), Some("CO-06"));
    let attached = Mac0::parse(&Mac0::make(&[1; 32], b"", PAYLOAD)).unwrap();
    assert_eq!(check(attached.verify_detached(&[1; 32], b"", PAYLOAD)), Some("CO-06"));
    let detached = Mac0::parse(&Mac0::make_detached(&[1; 32], b"", PAYLOAD)).unwrap();
    assert_eq!(detached.verify_detached(&[1; 32], b"", PAYLOAD), Ok(()));
    assert_eq!(check(detached.verify(&[1; 32], b"").map(drop)), Some("CO-06"));
}

#[test]
fn co_07_a_wrong_signature_is_refused() {
    for key_type in [KeyType::P256, KeyType::P384, KeyType::P521, KeyType::Ed25519] {
        let signer = key(key_type, 1);
        let good = signed(Header::for_key(key_type).unwrap().kid(*b"1"), &signer);
        let verify = |bytes: &[u8], key: &PrivateKey| Sign1::parse(bytes)?.verify(key.public(), b"");
        assert_eq!(verify(&good, &signer).unwrap().payload(), PAYLOAD);
        assert_eq!(check(verify(&good, &key(key_type, 2)).map(drop)), Some("CO-07"));
        for at in 0..good.len() {
            let mut forged = good.clone();
            forged[at] ^= 1;
            assert!(verify(&forged, &signer).is_err(), "{key_type:?} byte {at}");
        }
    }
}

#[test]
fn co_08_another_typ_is_refused() {
    const TYP: &str = "application/statuslist+cwt";
    let signer = key(KeyType::P256, 1);
    let header = Header::new(Algorithm::Es256).typ(TYP).content_type("application/cbor");
    let message = Sign1::parse(&signed(header.clone(), &signer)).unwrap();
    assert_eq!(message.header(), &header);
    assert_eq!(message.header().require_typ("application/StatusList+CWT"), Ok(()));
    for other in ["statuslist+cwt", "application/cwt", ""] {
        assert_eq!(check(message.header().require_typ(other)), Some("CO-08"));
    }
    for (name, protected, unprotected) in [
        ("unprotected", "43a10126", "a1106161"),
        ("a number", "46a2012610183d", "a0"),
        ("absent", "43a10126", "a0"),
    ] {
        let elements =
            [&hex(protected)[..], &hex(unprotected), &[0x41, 0], &[&[0x58, 64][..], &[1; 64]].concat()];
        let message = Sign1::parse(&self::message(None, &elements)).unwrap();
        assert_eq!(check(message.header().require_typ("a")), Some("CO-08"), "{name}");
    }
}

#[test]
fn co_09_certificates_are_one_or_a_short_list() {
    let signer = key(KeyType::P256, 1);
    for count in [0, 1, 2, 10] {
        let chain: Vec<Vec<u8>> = (0..count).map(|it| vec![it; 3]).collect();
        let header = Header::new(Algorithm::Es256).x5chain(chain.clone());
        let bytes = signed(header, &signer);
        assert_eq!(Sign1::parse(&bytes).unwrap().header().x5chain, chain);
        // RFC 9360 §2: one certificate is no list.
        let one = coset::CoseSign1::from_slice(&bytes).unwrap().unprotected.rest;
        assert_eq!(one.first().is_some_and(|(_, value)| value.is_bytes()), count == 1);
    }
    assert_eq!(check(with_headers("a20126182141aa", "a0")), None, "protected");
    assert_eq!(check(with_headers("a10126", "a118218141aa")), None, "a list of one");
    for chain in [
        "80",
        "61aa".replace("aa", "61").as_str(),
        "816161",
        "01",
        "8b41aa41aa41aa41aa41aa41aa41aa41aa41aa41aa41aa",
    ] {
        assert_eq!(check(with_headers("a10126", &format!("a11821{chain}"))), Some("CO-09"), "{chain}");
    }
}

#[test]
fn co_10_a_wrong_tag_is_refused() {
    let good = Mac0::make(&[7; 32], b"aad", PAYLOAD);
    let verify = |bytes: &[u8], key: u8, external: &[u8]| Mac0::parse(bytes)?.verify(&[key; 32], external);
    assert_eq!(verify(&good, 7, b"aad").unwrap(), PAYLOAD);
    assert_eq!(verify(&[&[0xd1], &good[..]].concat(), 7, b"aad").unwrap(), PAYLOAD);
    assert_eq!(check(verify(&good, 8, b"aad").map(drop)), Some("CO-10"));
    assert_eq!(check(verify(&good, 7, b"").map(drop)), Some("CO-10"));
    for at in 0..good.len() {
        let mut forged = good.clone();
        forged[at] ^= 1;
        assert!(verify(&forged, 7, b"aad").is_err(), "byte {at}");
    }
    let short = [&good[..good.len() - 34], &[0x50], &good[good.len() - 32..good.len() - 16]].concat();
    assert_eq!(check(verify(&short, 7, b"aad").map(drop)), Some("CO-10"), "half a tag");
}

/// Both ways: what we write `coset` reads, and the reverse.
#[test]
fn coset_agrees() {
    let signer = key(KeyType::P256, 1);
    let header =
        Header::new(Algorithm::Es256).kid(*b"kid").typ("application/x").x5chain(vec![vec![1], vec![2]]);
    let ours = UnsignedSign1::new(header.clone(), b"aad", PAYLOAD.to_vec()).tagged().sign(&signer).unwrap();
    let theirs = coset::CoseSign1::from_tagged_slice(&ours).unwrap();
    assert_eq!(theirs.protected.header.key_id, b"kid");
    assert!(
        theirs.verify_signature(b"aad", |signature, data| signer.public().verify(data, signature)).is_ok()
    );
    let protected = coset::HeaderBuilder::new().algorithm(iana::Algorithm::ES256).build();
    let unprotected = coset::HeaderBuilder::new().key_id(b"kid".to_vec()).build();
    let theirs = coset::CoseSign1Builder::new()
        .protected(protected)
        .unprotected(unprotected)
        .payload(PAYLOAD.to_vec())
        .create_signature(b"aad", |data| signer.sign(data).unwrap())
        .build();
    let bytes = theirs.to_vec().unwrap();
    assert_eq!(Sign1::parse(&bytes).unwrap().verify(signer.public(), b"aad").unwrap().payload(), PAYLOAD);
    let ours = coset::CoseMac0::from_slice(&Mac0::make(&[1; 32], b"", PAYLOAD)).unwrap();
    let tag = |tag: &[u8], data: &[u8]| {
        jigap_keys::mac::verify_hmac_sha256(&[1; 32], data, tag).then_some(()).ok_or("a wrong tag")
    };
    assert_eq!(ours.verify_payload_tag(b"", || "no payload", tag), Ok(()));
    assert!(ours.to_cbor_value().is_ok());
}

proptest! {
    /// Whatever we take, `coset` takes too.
    #[test]
    fn nothing_is_read_that_coset_refuses(at in 0_usize..120, byte: u8) {
        let mut bytes = signed(Header::new(Algorithm::Es256).kid(*b"k").x5chain(vec![vec![0; 9]]), &key(KeyType::P256, 1));
        let at = at % bytes.len();
        bytes[at] = byte;
        // Label 7, a countersignature, is one that coset reads and nobody here: it is ignored as what is not understood.
        if Sign1::parse(&bytes).is_ok() && bytes[0] != 0xd2 && byte != 7 {
            prop_assert!(coset::CoseSign1::from_slice(&bytes).is_ok());
        }
    }

    #[test]
    fn any_bytes_are_parsed_or_refused(bytes: Vec<u8>) {
        let _ = (Sign1::parse(&bytes), Mac0::parse(&bytes));
    }
}
