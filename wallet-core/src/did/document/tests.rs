//! Hostile DID documents.

use serde_json::{Value, json};

use super::*;

const DID: &str = "did:web:example.com";
const KEY: &str = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
const AGREES: &str = "z6LSj72tK8brWgZja8NLRwPigth2T9QRiG1uH9oKZuKjdh9p";

fn method(fragment: &str) -> Value {
    json!({"id": format!("{DID}#{fragment}"), "type": "Multikey", "controller": DID, "publicKeyMultibase": KEY})
}

/// A good document with `change` made to it.
fn read(change: impl FnOnce(&mut Value)) -> Result<DidDocument, ResolutionError> {
    let mut document = json!({
        "@context": "https://www.w3.org/ns/did/v1",
        "id": DID,
        "verificationMethod": [method("1")],
        "assertionMethod": [format!("{DID}#1")]
    });
    change(&mut document);
    DidDocument::parse(document.to_string().as_bytes())
}

fn key(document: &DidDocument, url: &str, purpose: Purpose) -> Result<PublicKey, ResolutionError> {
    document.verification_key(&DidUrl::parse(url).unwrap(), purpose)
}

#[test]
fn a_good_document_is_read_and_written() {
    let document = read(|_| {}).unwrap();
    assert!(key(&document, &format!("{DID}#1"), Purpose::AssertionMethod).is_ok());
    assert_eq!(DidDocument::parse(document.to_json().to_string().as_bytes()).unwrap(), document);
    assert!(read(|document| drop(document.as_object_mut().unwrap().remove("@context"))).is_ok());
    assert!(read(|document| document["service"] = json!([{"id": "#x", "type": "y"}])).is_ok());
}

#[test]
fn bytes_that_are_no_json_object_are_another_representation() {
    for bytes in [b"".as_slice(), b"<html>", b"\xa1\x62id", b"[]", b"\"did\"", b"null", b"  "] {
        assert_eq!(DidDocument::parse(bytes), Err(ResolutionError::RepresentationNotSupported));
    }
    for bytes in
        [b"{".as_slice(), b"{}", b"{\"id\":\"did:web:a\",\"id\":\"did:web:a\"}", b"{\"id\":\"did:web:a\"} x"]
    {
        assert_eq!(DidDocument::parse(bytes), Err(ResolutionError::InvalidDidDocument));
    }
}

#[test]
fn deep_and_large_documents_are_refused() {
    let deep = format!(r#"{{"id":"{DID}","x":{}1{}}}"#, "[".repeat(40), "]".repeat(40));
    assert_eq!(DidDocument::parse(deep.as_bytes()), Err(ResolutionError::InvalidDidDocument));
    let large = format!(r#"{{"id":"{DID}","x":"{}"}}"#, "a".repeat(LIMITS.bytes));
    assert_eq!(DidDocument::parse(large.as_bytes()), Err(ResolutionError::InvalidDidDocument));
    let many = |count: usize| (0..count).map(|number| method(&number.to_string())).collect::<Vec<_>>();
    assert!(read(|document| document["verificationMethod"] = json!(many(MAX_METHODS))).is_ok());
    let refused = [
        read(|document| document["verificationMethod"] = json!(many(MAX_METHODS + 1))),
        read(|document| document["authentication"] = json!(vec![format!("{DID}#1"); MAX_METHODS + 1])),
        read(|document| {
            document["verificationMethod"] = json!(many(MAX_METHODS));
            document["authentication"] = json!([method("embedded")]);
        }),
    ];
    assert!(refused.iter().all(|outcome| *outcome == Err(ResolutionError::InvalidDidDocument)));
}

/// What is done to a good document, and how it is called.
struct Change(&'static str, fn(&mut Value));

#[test]
fn what_breaks_did_1_0_is_refused() {
    let changes = [
        Change("no id", |d| drop(d.as_object_mut().unwrap().remove("id"))),
        Change("id is no DID", |d| d["id"] = json!("https://example.com")),
        Change("id is a DID URL", |d| d["id"] = json!("did:web:example.com#1")),
        Change("another context", |d| d["@context"] = json!("https://www.w3.org/ns/credentials/v2")),
        Change("context not first", |d| d["@context"] = json!(["https://x.example", CONTEXTS[0]])),
        Change("empty contexts", |d| d["@context"] = json!([])),
        Change("methods no array", |d| d["verificationMethod"] = method("1")),
        Change("method a string", |d| d["verificationMethod"] = json!(["did:web:example.com#1"])),
        Change("relationship no array", |d| d["authentication"] = json!("did:web:example.com#1")),
        Change("relationship of numbers", |d| d["authentication"] = json!([1])),
        Change("relative reference", |d| d["assertionMethod"] = json!(["#1"])),
        Change("reference without fragment", |d| d["assertionMethod"] = json!([DID])),
        Change("relative id", |d| d["verificationMethod"][0]["id"] = json!("#1")),
        Change("id without fragment", |d| d["verificationMethod"][0]["id"] = json!(DID)),
        Change("no type", |d| d["verificationMethod"][0]["type"] = Value::Null),
        Change("no controller", |d| d["verificationMethod"][0]["controller"] = Value::Null),
        Change("one id twice", |d| d["verificationMethod"] = json!([method("1"), method("1")])),
        Change("one id twice, embedded", |d| d["authentication"] = json!([method("1")])),
        Change("two materials", |d| d["verificationMethod"][0]["publicKeyJwk"] = json!({"kty": "OKP"})),
        Change("material no string", |d| d["verificationMethod"][0]["publicKeyMultibase"] = json!(1)),
        Change("a secret key", |d| d["verificationMethod"][0]["secretKeyMultibase"] = json!("z3u2")),
        Change("a private JWK", |d| {
            d["verificationMethod"][0] = json!({
                "id": "did:web:example.com#1", "type": "JsonWebKey", "controller": DID,
                "publicKeyJwk": {"kty": "OKP", "crv": "Ed25519", "x": "0-e2i2_Ua1S5HbTYnVB0lj2Z2ytXu2-tYmDFf8f5NjU",
                                 "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}
            });
        }),
        Change("a private JWK of a strange type", |d| {
            d["verificationMethod"][0] = json!({
                "id": "did:web:example.com#1", "type": "Strange2030", "controller": DID, "publicKeyJwk": {"d": "AA"}
            });
        }),
    ];
    for Change(name, change) in changes {
        assert_eq!(read(change), Err(ResolutionError::InvalidDidDocument), "{name}");
    }
}

#[test]
fn a_key_nobody_speaks_does_not_spoil_the_others() {
    let document = read(|document| {
        document["verificationMethod"] = json!([
            method("1"),
            {"id": format!("{DID}#2"), "type": "EcdsaSecp256k1RecoveryMethod2020", "controller": DID,
             "blockchainAccountId": "eip155:1:0x89a932207c485f85226d86f7cd486a89a24fcc12"},
            {"id": format!("{DID}#3"), "type": "Multikey", "controller": DID,
             "publicKeyMultibase": "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"},
            {"id": format!("{DID}#4"), "type": "Ed25519VerificationKey2020", "controller": DID,
             "publicKeyMultibase": AGREES},
            {"id": format!("{DID}#5"), "type": "JsonWebKey", "controller": DID, "publicKeyMultibase": KEY},
        ]);
        let all: Vec<String> = (1..=5).map(|number| format!("{DID}#{number}")).collect();
        document["assertionMethod"] = json!(all);
    })
    .unwrap();
    let outcome = |number: u8| key(&document, &format!("{DID}#{number}"), Purpose::AssertionMethod).map(drop);
    assert_eq!(outcome(1), Ok(()));
    assert_eq!(outcome(2), Err(ResolutionError::UnsupportedPublicKeyType));
    assert_eq!(outcome(3), Err(ResolutionError::UnsupportedPublicKeyType));
    assert_eq!(outcome(4), Err(ResolutionError::InvalidPublicKey));
    assert_eq!(outcome(5), Err(ResolutionError::UnsupportedPublicKeyType));
}

#[test]
fn an_embedded_method_serves_its_relationship_alone() {
    let document = read(|document| document["authentication"] = json!([method("2")])).unwrap();
    let url = format!("{DID}#2");
    assert!(key(&document, &url, Purpose::Authentication).is_ok());
    let unlisted = Err(ResolutionError::InvalidRelationshipForVerificationMethod);
    assert_eq!(key(&document, &url, Purpose::AssertionMethod), unlisted);
    let also_referred = read(|document| {
        document["authentication"] = json!([method("2")]);
        document["assertionMethod"] = json!([format!("{DID}#2")]);
    })
    .unwrap();
    assert_eq!(key(&also_referred, &url, Purpose::AssertionMethod), unlisted);
}

#[test]
fn a_method_of_another_controller_gives_no_key() {
    let document =
        read(|d| d["verificationMethod"][0]["controller"] = json!("did:web:mallory.example")).unwrap();
    let refused = Err(ResolutionError::InvalidVerificationMethod);
    assert_eq!(key(&document, &format!("{DID}#1"), Purpose::AssertionMethod), refused);
    let dangling = read(|d| d["assertionMethod"] = json!(["did:web:mallory.example#1"])).unwrap();
    assert_eq!(key(&dangling, "did:web:mallory.example#1", Purpose::AssertionMethod), refused);
}

#[test]
fn a_key_of_the_wrong_kind_serves_no_purpose() {
    let agrees = read(|d| d["verificationMethod"][0]["publicKeyMultibase"] = json!(AGREES)).unwrap();
    let refused = Err(ResolutionError::UnsupportedPublicKeyType);
    assert_eq!(key(&agrees, &format!("{DID}#1"), Purpose::AssertionMethod), refused);
    let signs = read(|d| d["keyAgreement"] = json!([format!("{DID}#1")])).unwrap();
    assert_eq!(key(&signs, &format!("{DID}#1"), Purpose::KeyAgreement), refused);
}

#[test]
fn a_document_is_built_key_by_key() {
    let signs = PublicKey::from_multikey(KEY).unwrap();
    let new = || DidDocument::new(Did::parse(DID).unwrap());
    let document = new().with_key("1", &signs, &[Purpose::AssertionMethod]).unwrap();
    assert_eq!(key(&document, &format!("{DID}#1"), Purpose::AssertionMethod), Ok(signs.clone()));
    assert_eq!(DidDocument::parse(document.to_json().to_string().as_bytes()).unwrap(), document);
    let both = [Purpose::AssertionMethod, Purpose::Authentication];
    let document = document.with_key("2", &signs, &both).unwrap();
    assert_eq!(DidDocument::parse(document.to_json().to_string().as_bytes()).unwrap(), document);
    let taken = document.with_key("1", &signs, &[]);
    assert_eq!(taken, Err(ResolutionError::InvalidDidDocument));
    let no_fragment = new().with_key("a b", &signs, &[]);
    assert_eq!(no_fragment, Err(ResolutionError::InvalidDidUrl));
    let wrong_kind = new().with_key("1", &signs, &[Purpose::KeyAgreement]);
    assert_eq!(wrong_kind, Err(ResolutionError::UnsupportedPublicKeyType));
}
