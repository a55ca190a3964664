//! mdocs made here, ISO 18013-5's examples, and everything that can be wrong with a document.

use ciborium::Value as Cbor;
use jigap_keys::{KeyType, PrivateKey, PublicKey};
use serde_json::{Value, json};

use super::*;
use crate::claims::ClaimPath;
use crate::cose::{Header, UnsignedSign1};
use crate::status::StatusReference;
use crate::testing::Repeatable;
use crate::time::{Seconds, Timestamp};
use crate::verdict::Refusal;

mod forms;
mod vectors;

pub(crate) const MDL: &str = "org.iso.18013.5.1.mDL";
pub(crate) const NAMESPACE: &str = "org.iso.18013.5.1";
/// 2027-01-15.
const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

pub(crate) fn key(seed: u64) -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &Repeatable::new(seed))
}

pub(crate) fn element(kind: &str, value: Value) -> Vec<u8> {
    ElementType::from_json(&json!(kind)).unwrap().encode(&value).unwrap()
}

/// A driver licence of ten elements, signed at `signed`, valid for a thousand seconds.
pub(crate) fn licence(device: &PublicKey, signed: Timestamp) -> MdocBuilder {
    let validity =
        Validity { signed, from: signed, until: signed.plus(Seconds(2000)), expected_update: None };
    [
        ("family_name", "tstr", json!("김")),
        ("given_name", "tstr", json!("지갑")),
        ("birth_date", "full-date", json!("2004-05-06")),
        ("issue_date", "full-date", json!("2026-01-02")),
        ("expiry_date", "full-date", json!("2036-01-01")),
        ("document_number", "tstr", json!("11-26-123456-78")),
        ("portrait", "bstr", json!("_9j_4AAQ")),
        ("sex", "int", json!(2)),
        ("age_over_18", "bool", json!(true)),
    ]
    .into_iter()
    .fold(MdocBuilder::new(MDL, validity, device.clone()), |builder, (name, kind, value)| {
        builder.element(NAMESPACE, name, element(kind, value))
    })
    .element("kr", "licence_class", element("tstr", json!("1종 보통")))
}

fn issued(issuer: &PrivateKey, device: &PrivateKey) -> Vec<u8> {
    let header = Header::for_key(issuer.public().key_type()).unwrap();
    licence(device.public(), NOW).build(header, &Repeatable::new(7)).sign(issuer).unwrap()
}

fn verified(bytes: &[u8], issuer: &PrivateKey) -> Result<VerifiedMdoc, Refusal> {
    IssuerSigned::parse(bytes)?.verify(issuer.public())
}

pub(crate) fn paths(elements: &[&str]) -> Vec<ClaimPath> {
    elements.iter().map(|name| ClaimPath::from_json(&json!([NAMESPACE, name])).unwrap()).collect()
}

fn transcript() -> SessionTranscript {
    SessionTranscript::openid4vp("x509_san_dns:gate.example", "nonce", None, "https://gate.example/r")
}

fn check<T>(result: Result<T, Refusal>) -> Option<&'static str> {
    result.err().map(|refusal| refusal.check.id)
}

fn code<T>(result: Result<T, Refusal>) -> Option<(&'static str, &'static str)> {
    result.err().map(|refusal| (refusal.check.id, refusal.reason.code))
}

fn decode(bytes: &[u8]) -> Cbor {
    ciborium::from_reader(bytes).unwrap()
}

fn encode(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

fn member<'v>(value: &'v mut Cbor, name: &str) -> &'v mut Cbor {
    let entries = value.as_map_mut().unwrap();
    &mut entries.iter_mut().find(|(key, _)| key.as_text() == Some(name)).unwrap().1
}

fn remove(value: &mut Cbor, name: &str) {
    value.as_map_mut().unwrap().retain(|(key, _)| key.as_text() != Some(name));
}

fn insert(value: &mut Cbor, name: &str, to: Cbor) {
    value.as_map_mut().unwrap().push((Cbor::Text(name.into()), to));
}

/// Changes what is embedded in a tagged byte string.
fn in_embedded(value: &mut Cbor, change: impl FnOnce(&mut Cbor)) {
    let Cbor::Tag(24, inner) = value else { panic!("no embedded CBOR") };
    let mut item = decode(inner.as_bytes().unwrap());
    change(&mut item);
    **inner = Cbor::Bytes(encode(&item));
}

/// The document with another mobile security object, signed anew.
fn with_mso(bytes: &[u8], issuer: &PrivateKey, change: impl FnOnce(&mut Cbor)) -> Vec<u8> {
    let mut document = decode(bytes);
    let payload = member(&mut document, "issuerAuth").as_array().unwrap()[2].as_bytes().unwrap();
    let mut payload = decode(payload);
    in_embedded(&mut payload, change);
    let header = Header::for_key(issuer.public().key_type()).unwrap();
    let auth = UnsignedSign1::new(header, b"", encode(&payload)).sign(issuer).unwrap();
    *member(&mut document, "issuerAuth") = decode(&auth);
    encode(&document)
}

fn with(bytes: &[u8], change: impl FnOnce(&mut Cbor)) -> Vec<u8> {
    let mut document = decode(bytes);
    change(&mut document);
    encode(&document)
}

/// The first element of the first namespace.
fn first_item(document: &mut Cbor) -> &mut Cbor {
    let namespaces = member(document, "nameSpaces").as_map_mut().unwrap();
    &mut namespaces[0].1.as_array_mut().unwrap()[0]
}

#[test]
fn what_is_issued_is_presented_in_part_and_verified() {
    let (issuer, device) = (key(1), key(2));
    let held = verified(&issued(&issuer, &device), &issuer).unwrap();
    assert_eq!(held.mso().doc_type(), MDL);
    assert_eq!(held.mso().device_key(), device.public());
    let claims = held.claims();
    assert_eq!(claims[NAMESPACE]["birth_date"], "2004-05-06");
    assert_eq!(claims[NAMESPACE]["portrait"], "_9j_4AAQ");
    assert_eq!(claims[NAMESPACE]["sex"], 2);
    assert_eq!(claims["kr"]["licence_class"], "1종 보통");
    let presentation = held.present(&paths(&["age_over_18", "sex", "sex"])).unwrap();
    let response = presentation.sign(&transcript(), &device).unwrap();
    let (issuer_signed, device_signed) = DeviceResponse::parse(&response).unwrap().into_parts().unwrap();
    let shown = issuer_signed.verify(issuer.public()).unwrap();
    assert_eq!(shown.claims(), json!({NAMESPACE: {"age_over_18": true, "sex": 2}}));
    let transcript = transcript();
    let session = Session { transcript: &transcript, reader_key: None };
    assert_eq!(device_signed.unwrap().verify(shown.mso(), &session).as_ref(), Ok(device.public()));
    assert_eq!(shown.clone().into_claims(), shown.claims());
    assert_eq!(held.present(&paths(&["weight"])).map(drop), Err(NoSuchElement));
    let nothing = held.present(&[]).unwrap().sign(&transcript, &device).unwrap();
    let (nothing, _) = DeviceResponse::parse(&nothing).unwrap().into_parts().unwrap();
    assert_eq!(nothing.verify(issuer.public()).unwrap().claims(), json!({}));
}

#[test]
fn salts_and_orders_differ_from_document_to_document() {
    let (issuer, device) = (key(1), key(2));
    let items = |seed: u64| -> Vec<(u64, Vec<u8>)> {
        let header = Header::for_key(KeyType::P256).unwrap();
        let bytes =
            licence(device.public(), NOW).build(header, &Repeatable::new(seed)).sign(&issuer).unwrap();
        let mut document = decode(&bytes);
        let namespaces = member(&mut document, "nameSpaces").as_map().unwrap().clone();
        let items = namespaces[0].1.as_array().unwrap().iter();
        items
            .map(|item| {
                let mut item = decode(item.as_tag().unwrap().1.as_bytes().unwrap());
                let id = member(&mut item, "digestID").as_integer().unwrap().try_into().unwrap();
                (id, member(&mut item, "random").as_bytes().unwrap().clone())
            })
            .collect()
    };
    let (one, two) = (items(1), items(2));
    assert_ne!(one.iter().map(|it| it.0).collect::<Vec<_>>(), two.iter().map(|it| it.0).collect::<Vec<_>>());
    for items in [&one, &two] {
        let mut ids: Vec<u64> = items.iter().map(|it| it.0).collect();
        ids.sort_unstable();
        assert_eq!(ids, (0..9).collect::<Vec<_>>());
        let mut salts: Vec<_> = items.iter().map(|it| &it.1).collect();
        salts.sort_unstable();
        salts.dedup();
        assert!(salts.len() == 9 && salts.iter().all(|salt| salt.len() == 32));
    }
    assert!(one.iter().all(|(_, salt)| two.iter().all(|(_, other)| salt != other)));
}

#[test]
fn a_status_reference_and_the_next_update_are_signed() {
    let (issuer, device) = (key(1), key(2));
    let reference = StatusReference::new("https://dmv.example/status/1", 7).unwrap();
    let header = Header::for_key(KeyType::P256).unwrap();
    let builder = licence(device.public(), NOW).status(reference.clone()).authorize("kr.device");
    let bytes = builder.build(header, &Repeatable::new(7)).sign(&issuer).unwrap();
    let held = verified(&bytes, &issuer).unwrap();
    assert_eq!(held.mso().status(), Some(&reference.to_claim()));
    assert!(held.mso().authorizes("kr.device", "anything") && !held.mso().authorizes("kr", "anything"));
}

#[test]
fn a_device_mac_convinces_the_verifier_it_was_made_for_alone() {
    let (issuer, device, reader, stranger) = (key(1), key(2), key(3), key(4));
    let (transcript, other) = (transcript(), SessionTranscript::digital_credentials("o", "n", None));
    let held = verified(&issued(&issuer, &device), &issuer).unwrap();
    let presentation = held.present(&paths(&["sex"])).unwrap();
    let response = presentation.clone().authenticate(&transcript, &device, reader.public()).unwrap();
    let (document, signed) = DeviceResponse::parse(&response).unwrap().into_parts().unwrap();
    let (mso, signed) = (document.verify(issuer.public()).unwrap().mso().clone(), signed.unwrap());
    let verify = |transcript, reader_key| signed.verify(&mso, &Session { transcript, reader_key });
    assert_eq!(verify(&transcript, Some(&reader)).as_ref(), Ok(device.public()));
    let mismatch = Some(("MD-13", "device-authentication-mismatch"));
    assert_eq!(code(verify(&transcript, Some(&stranger))), mismatch);
    assert_eq!(code(verify(&other, Some(&reader))), mismatch);
    let no_key = Some(("MD-13", "device-mac-key"));
    assert_eq!(code(verify(&transcript, None)), no_key);
    let p384 = PrivateKey::generate(KeyType::P384, &Repeatable::new(1));
    assert_eq!(code(verify(&transcript, Some(&p384))), no_key);
    assert!(presentation.clone().authenticate(&transcript, &device, p384.public()).is_err());
    assert!(presentation.clone().authenticate(&transcript, &reader, reader.public()).is_err());
    assert!(presentation.sign(&transcript, &reader).is_err(), "not the device's key");
}

#[test]
fn md_01_what_is_not_of_its_shape_is_refused() {
    let (issuer, device) = (key(1), key(2));
    let good = issued(&issuer, &device);
    let refused = |bytes: &[u8]| check(IssuerSigned::parse(bytes));
    assert_eq!(refused(&good), None);
    assert_eq!(refused(&[&good[..], &[0]].concat()), Some("MD-01"));
    assert_eq!(refused(&[0x80]), Some("MD-01"));
    assert_eq!(refused(&with(&good, |it| remove(it, "issuerAuth"))), Some("MD-01"));
    assert_eq!(refused(&with(&good, |it| *member(it, "nameSpaces") = Cbor::Null)), Some("MD-01"));
    assert_eq!(refused(&with(&good, |it| *first_item(it) = Cbor::Null)), Some("MD-01"));
    for name in ["digestID", "random", "elementIdentifier", "elementValue"] {
        let without = with(&good, |it| in_embedded(first_item(it), |item| remove(item, name)));
        assert_eq!(refused(&without), Some("MD-01"), "{name}");
        if name != "elementValue" {
            let other =
                with(&good, |it| in_embedded(first_item(it), |item| *member(item, name) = Cbor::Null));
            assert_eq!(refused(&other), Some("MD-01"), "{name}");
        }
    }
    let held = verified(&good, &issuer).unwrap();
    let response = held.present(&[]).unwrap().sign(&transcript(), &device).unwrap();
    let refused = |change: fn(&mut Cbor)| check(DeviceResponse::parse(&with(&response, change)));
    assert_eq!(refused(|_| {}), None);
    assert_eq!(refused(|it| *member(it, "version") = Cbor::Text("2.0".into())), Some("MD-01"));
    assert_eq!(refused(|it| *member(it, "version") = Cbor::Text("1.1".into())), None);
    assert_eq!(refused(|it| remove(it, "version")), Some("MD-01"));
    assert_eq!(refused(|it| remove(it, "status")), Some("MD-01"));
    fn document(response: &mut Cbor) -> &mut Cbor {
        &mut member(response, "documents").as_array_mut().unwrap()[0]
    }
    assert_eq!(refused(|it| remove(document(it), "docType")), Some("MD-01"));
    assert_eq!(refused(|it| remove(document(it), "issuerSigned")), Some("MD-01"));
    fn signed(response: &mut Cbor) -> &mut Cbor {
        member(document(response), "deviceSigned")
    }
    assert_eq!(refused(|it| remove(signed(it), "nameSpaces")), Some("MD-01"));
    assert_eq!(refused(|it| remove(signed(it), "deviceAuth")), Some("MD-01"));
    assert_eq!(refused(|it| *member(signed(it), "deviceAuth") = Cbor::Map(vec![])), Some("MD-01"));
    let both = |it: &mut Cbor| insert(member(signed(it), "deviceAuth"), "deviceMac", Cbor::Null);
    assert_eq!(check(DeviceResponse::parse(&with(&response, both))), Some("MD-01"));
}

#[test]
fn md_02_a_malformed_mobile_security_object_is_refused() {
    let (issuer, device) = (key(1), key(2));
    let good = issued(&issuer, &device);
    let refused = |change: &dyn Fn(&mut Cbor)| check(IssuerSigned::parse(&with_mso(&good, &issuer, change)));
    assert_eq!(refused(&|_| {}), None);
    assert_eq!(refused(&|it| insert(it, "unknown", Cbor::Null)), None);
    for name in ["version", "digestAlgorithm", "valueDigests", "deviceKeyInfo", "docType", "validityInfo"] {
        assert_eq!(refused(&|it| remove(it, name)), Some("MD-02"), "{name}");
        assert_eq!(
            refused(&|it| *member(it, name) = Cbor::Text("x".into())),
            if name == "docType" { None } else { Some("MD-02") },
            "{name}"
        );
    }
    assert_eq!(refused(&|it| *member(it, "version") = Cbor::Text("1.1".into())), Some("MD-02"));
    assert_eq!(refused(&|it| *member(it, "digestAlgorithm") = Cbor::Text("SHA-1".into())), Some("MD-02"));
    assert_eq!(refused(&|it| *member(it, "valueDigests") = Cbor::Map(vec![])), Some("MD-02"));
    let device_key =
        |key: Vec<u8>| move |it: &mut Cbor| *member(member(it, "deviceKeyInfo"), "deviceKey") = decode(&key);
    let ed25519 = PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(1));
    assert_eq!(refused(&device_key(ed25519.public().to_cose_key())), None);
    assert_eq!(refused(&device_key(encode(&Cbor::Map(vec![])))), Some("MD-02"));
    let time = |name: &'static str, text: &'static str| {
        move |it: &mut Cbor| {
            *member(member(it, "validityInfo"), name) = Cbor::Tag(0, Box::new(Cbor::Text(text.into())));
        }
    };
    for text in
        ["2027-01-15T08:00:00.000Z", "2027-01-15T08:00:00+00:00", "2027-13-15T08:00:00Z", "2027-01-15", ""]
    {
        assert_eq!(refused(&time("signed", text)), Some("MD-02"), "{text}");
    }
    let number = |it: &mut Cbor| *member(member(it, "validityInfo"), "signed") = Cbor::Integer(1.into());
    assert_eq!(refused(&number), Some("MD-02"));
}

#[test]
fn md_03_an_element_that_was_not_issued_is_refused() {
    let (issuer, device) = (key(1), key(2));
    let good = issued(&issuer, &device);
    let other = |name: &'static str, to: Cbor| {
        let bytes = with(&good, |it| in_embedded(first_item(it), |item| *member(item, name) = to));
        code(verified(&bytes, &issuer))
    };
    let mismatch = Some(("MD-03", "mdoc-digest-mismatch"));
    assert_eq!(other("elementValue", Cbor::Text("박".into())), mismatch);
    assert_eq!(other("elementIdentifier", Cbor::Text("given_name".into())), mismatch);
    assert_eq!(other("random", Cbor::Bytes(vec![0; 32])), mismatch);
    assert_eq!(other("digestID", Cbor::Integer(99.into())), Some(("MD-03", "mdoc-digest-unknown")));
    let moved = with(&good, |it| {
        let namespaces = member(it, "nameSpaces").as_map_mut().unwrap();
        let stolen = namespaces[0].1.as_array_mut().unwrap().remove(0);
        namespaces[1].1 = Cbor::Array(vec![stolen]);
    });
    assert_eq!(check(verified(&moved, &issuer)), Some("MD-03"), "in another namespace");
    let unknown = with(&good, |it| {
        let namespaces = member(it, "nameSpaces").as_map_mut().unwrap();
        namespaces[1].0 = Cbor::Text("other".into());
    });
    assert_eq!(code(verified(&unknown, &issuer)), Some(("MD-03", "mdoc-digest-unknown")));
    let undigested = with_mso(&good, &issuer, |mso| {
        let digests = member(member(mso, "valueDigests"), NAMESPACE).as_map_mut().unwrap();
        digests.pop();
    });
    assert_eq!(code(verified(&undigested, &issuer)), Some(("MD-03", "mdoc-digest-unknown")));
    // A forger without the issuer's key learns only that the signature is not the issuer's.
    let forged = with(&good, |it| {
        in_embedded(first_item(it), |item| *member(item, "digestID") = Cbor::Integer(99.into()))
    });
    assert_eq!(check(IssuerSigned::parse(&forged).unwrap().verify(key(9).public())), Some("CO-07"));
}

#[test]
fn md_04_what_is_disclosed_twice_is_refused() {
    let (issuer, device) = (key(1), key(2));
    let good = issued(&issuer, &device);
    let twice = with(&good, |it| {
        let items = member(it, "nameSpaces").as_map_mut().unwrap()[0].1.as_array_mut().unwrap();
        items.push(items[0].clone());
    });
    assert_eq!(check(verified(&twice, &issuer)), Some("MD-04"));
    let namespaces = with(&good, |it| {
        let namespaces = member(it, "nameSpaces").as_map_mut().unwrap();
        namespaces.push(namespaces[0].clone());
    });
    assert_eq!(check(IssuerSigned::parse(&namespaces)), Some("MD-01"), "a key twice is no CBOR");
}

#[test]
fn md_05_another_document_type_than_was_issued_is_refused() {
    let (issuer, device) = (key(1), key(2));
    let held = verified(&issued(&issuer, &device), &issuer).unwrap();
    let response = held.present(&[]).unwrap().sign(&transcript(), &device).unwrap();
    let other = with(&response, |it| {
        let document = &mut member(it, "documents").as_array_mut().unwrap()[0];
        *member(document, "docType") = Cbor::Text("org.iso.23220.photoid.1".into());
    });
    assert_eq!(check(DeviceResponse::parse(&other).unwrap().into_parts()), Some("MD-05"));
}

#[test]
fn md_07_what_was_signed_outside_its_time_is_refused() {
    let (issuer, device) = (key(1), key(2));
    let good = issued(&issuer, &device);
    let with_time = |name: &'static str, text: &'static str| {
        let bytes = with_mso(&good, &issuer, |it| {
            *member(member(it, "validityInfo"), name) = Cbor::Tag(0, Box::new(Cbor::Text(text.into())));
        });
        check(verified(&bytes, &issuer))
    };
    assert_eq!(with_time("validFrom", "2027-01-15T07:59:59Z"), Some("MD-07"));
    assert_eq!(with_time("validUntil", "2027-01-15T08:00:00Z"), Some("MD-07"));
    assert_eq!(with_time("validUntil", "2027-01-15T08:00:01Z"), None);
    let iaca = crate::x509::tests::Authority::iaca("KR");
    let (der, pkcs8) = iaca.document_signer(|_| {});
    let signer = PrivateKey::from_pkcs8_der(&pkcs8).unwrap();
    for (signed, refused) in [
        ("2026-05-31T23:59:59Z", Some("MD-07")),
        ("2026-06-01T00:00:00Z", None),
        ("2027-08-01T00:00:00Z", None),
        ("2027-08-01T00:00:01Z", Some("MD-07")),
    ] {
        let header = Header::for_key(KeyType::P256).unwrap().x5chain(vec![der.clone()]);
        let signed = Timestamp::parse_rfc3339(signed).unwrap();
        let bytes =
            licence(device.public(), signed).build(header, &Repeatable::new(7)).sign(&signer).unwrap();
        assert_eq!(check(verified(&bytes, &signer)), refused, "{signed:?}");
    }
}

#[test]
fn md_08_a_short_random_value_is_refused() {
    let (issuer, device) = (key(1), key(2));
    for (length, refused) in [(15, Some("MD-08")), (16, None)] {
        let mut bytes = issued(&issuer, &device);
        let mut digest = None;
        bytes = with(&bytes, |it| {
            let item = first_item(it);
            in_embedded(item, |item| *member(item, "random") = Cbor::Bytes(vec![1; length]));
            let mut inner = decode(item.as_tag().unwrap().1.as_bytes().unwrap());
            let id = member(&mut inner, "digestID").clone();
            digest = Some((id, jigap_keys::hash::sha256(&encode(item)).to_vec()));
        });
        let (id, digest) = digest.unwrap();
        let bytes = with_mso(&bytes, &issuer, |mso| {
            let digests = member(member(mso, "valueDigests"), NAMESPACE).as_map_mut().unwrap();
            digests.iter_mut().find(|(key, _)| *key == id).unwrap().1 = Cbor::Bytes(digest);
        });
        assert_eq!(check(verified(&bytes, &issuer)), refused, "{length}");
    }
}

#[test]
fn md_09_a_response_with_an_error_or_another_number_of_documents_is_refused() {
    let (issuer, device) = (key(1), key(2));
    let held = verified(&issued(&issuer, &device), &issuer).unwrap();
    let response = held.present(&[]).unwrap().sign(&transcript(), &device).unwrap();
    let refused = |change: fn(&mut Cbor)| check(DeviceResponse::parse(&with(&response, change)));
    assert_eq!(refused(|it| *member(it, "status") = Cbor::Integer(10.into())), Some("MD-09"));
    assert_eq!(refused(|it| remove(it, "documents")), Some("MD-09"));
    assert_eq!(refused(|it| *member(it, "documents") = Cbor::Array(vec![])), Some("MD-09"));
    assert_eq!(
        refused(|it| {
            let documents = member(it, "documents").as_array_mut().unwrap();
            documents.push(documents[0].clone());
        }),
        Some("MD-09")
    );
}

#[test]
fn md_10_elements_that_the_device_may_not_sign_are_refused() {
    let (issuer, device) = (key(1), key(2));
    let header = Header::for_key(KeyType::P256).unwrap();
    let builder = licence(device.public(), NOW).authorize("kr.device");
    let held = verified(&builder.build(header, &Repeatable::new(7)).sign(&issuer).unwrap(), &issuer).unwrap();
    let response = held.present(&[]).unwrap().sign(&transcript(), &device).unwrap();
    let transcript = transcript();
    for (namespace, refused) in [("kr.device", Some("MD-13")), (NAMESPACE, Some("MD-10"))] {
        let bytes = with(&response, |it| {
            let document = &mut member(it, "documents").as_array_mut().unwrap()[0];
            in_embedded(member(member(document, "deviceSigned"), "nameSpaces"), |namespaces| {
                let element = Cbor::Map(vec![(Cbor::Text("sex".into()), Cbor::Integer(1.into()))]);
                insert(namespaces, namespace, element);
            });
        });
        let (_, signed) = DeviceResponse::parse(&bytes).unwrap().into_parts().unwrap();
        let session = Session { transcript: &transcript, reader_key: None };
        // What was added after the device signed breaks its signature where it would be allowed.
        assert_eq!(check(signed.unwrap().verify(held.mso(), &session)), refused, "{namespace}");
    }
}

#[test]
fn md_11_a_value_that_is_no_claim_is_refused() {
    let (issuer, device) = (key(1), key(2));
    let validity = Validity { signed: NOW, from: NOW, until: NOW.plus(Seconds(1)), expected_update: None };
    let parse = |value: &str| {
        let builder = MdocBuilder::new(MDL, validity, device.public().clone());
        let builder = builder.element(NAMESPACE, "x", crate::testing::hex(value));
        let header = Header::for_key(KeyType::P256).unwrap();
        let bytes = builder.build(header, &Repeatable::new(7)).sign(&issuer).unwrap();
        IssuerSigned::parse(&bytes)?.verify(issuer.public()).map(|it| it.claims()[NAMESPACE]["x"].clone())
    };
    for (value, claim) in [
        ("d903ec6a323030342d30352d3036", json!("2004-05-06")),
        ("c074323032372d30312d31355430383a30303a30305a", json!("2027-01-15T08:00:00Z")),
        ("43ffd8ff", json!("_9j_")),
        ("20", json!(-1)),
        ("1bffffffffffffffff", json!(u64::MAX)),
        ("f93e00", json!(1.5)),
        ("f97c00", json!(null)),
        ("f7", json!(null)),
        ("a1616182f5f4", json!({"a": [true, false]})),
    ] {
        assert_eq!(parse(value).unwrap(), claim, "{value}");
    }
    for value in ["a10102", "3bffffffffffffffff", "81a1f501"] {
        assert_eq!(check(parse(value)), Some("MD-11"), "{value}");
    }
}

#[test]
fn md_12_a_response_without_device_authentication_is_refused() {
    let (issuer, device) = (key(1), key(2));
    let held = verified(&issued(&issuer, &device), &issuer).unwrap();
    let response = held.present(&[]).unwrap().sign(&transcript(), &device).unwrap();
    let bytes = with(&response, |it| {
        remove(&mut member(it, "documents").as_array_mut().unwrap()[0], "deviceSigned");
    });
    let (_, signed) = DeviceResponse::parse(&bytes).unwrap().into_parts().unwrap();
    assert!(signed.is_none());
    assert_eq!(unproven().check, checks::DEVICE_AUTHENTICATION);
}

#[test]
fn md_13_device_authentication_of_another_session_or_key_is_refused() {
    let (issuer, device) = (key(1), key(2));
    let held = verified(&issued(&issuer, &device), &issuer).unwrap();
    let transcript = |client: &str, nonce: &str, key: Option<&PublicKey>, uri: &str| {
        SessionTranscript::openid4vp(client, nonce, key, uri)
    };
    let made = transcript("c", "n", None, "u");
    let response = held.present(&[]).unwrap().sign(&made, &device).unwrap();
    let (_, signed) = DeviceResponse::parse(&response).unwrap().into_parts().unwrap();
    let signed = signed.unwrap();
    let refused = |transcript: &SessionTranscript| {
        check(signed.verify(held.mso(), &Session { transcript, reader_key: None }))
    };
    assert_eq!(refused(&made), None);
    for other in [
        transcript("d", "n", None, "u"),
        transcript("c", "m", None, "u"),
        transcript("c", "n", Some(issuer.public()), "u"),
        transcript("c", "n", None, "v"),
        SessionTranscript::digital_credentials("c", "n", None),
        SessionTranscript::proximity(b"", b"", Engagement::Qr),
        SessionTranscript::proximity(b"", b"", Engagement::Nfc { select: b"s", request: None }),
    ] {
        assert_eq!(refused(&other), Some("MD-13"));
    }
    let stranger = key(5);
    let theirs = verified(&issued(&issuer, &stranger), &issuer).unwrap();
    let session = Session { transcript: &made, reader_key: None };
    assert_eq!(check(signed.verify(theirs.mso(), &session)), Some("MD-13"));
}

#[test]
fn documents_are_counted_not_shown() {
    let (issuer, device) = (key(1), key(2));
    let bytes = issued(&issuer, &device);
    let parsed = IssuerSigned::parse(&bytes).unwrap();
    let held = verified(&bytes, &issuer).unwrap();
    let presentation = held.present(&paths(&["sex"])).unwrap();
    let response =
        DeviceResponse::parse(&presentation.clone().sign(&transcript(), &device).unwrap()).unwrap();
    for printed in [
        format!("{parsed:?}"),
        format!("{held:?}"),
        format!("{presentation:?}"),
        format!("{response:?}"),
        format!("{:?}", licence(device.public(), NOW)),
    ] {
        assert!(!printed.contains("김") && !printed.contains("sex") && printed.len() < 60, "{printed}");
    }
}
