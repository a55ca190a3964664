//! Finding an issuer's key: each mechanism, its forgeries, and every mechanism mistaken for every other.

use jigap_keys::PublicKey;

use super::*;
use crate::documents::{Document, Documents};
use crate::jose::{Algorithm, Header};
use crate::x509::Leaf;

const METADATA: &str = "https://univ.example/.well-known/jwt-vc-issuer/issuer";
const JWKS: &str = "https://keys.example/univ.jwks";

fn header() -> Header {
    Header::new(Algorithm::EdDsa)
}

fn find(entry: &TrustEntry, header: &Header, documents: &Documents) -> Result<PublicKey, Refusal> {
    issuer_key(entry, header, documents, NOW)
}

fn brought(documents: &[(&str, Value)]) -> Documents {
    let mut all = Documents::new();
    for (url, body) in documents {
        let document = Document { bytes: body.to_string().into_bytes(), fetched_at: NOW, max_age: None };
        all.insert(Url::parse(url).unwrap(), document);
    }
    all
}

fn jwk(seed: u64, kid: &str) -> Value {
    let mut jwk = key(seed).public().to_jwk();
    jwk["kid"] = json!(kid);
    jwk
}

fn metadata(keys: Value) -> Documents {
    brought(&[(METADATA, json!({"issuer": ISSUER, "jwks": {"keys": keys}}))])
}

fn needed(entry: &TrustEntry, header: &Header, documents: &Documents) -> Vec<String> {
    needs(entry, header, documents).into_iter().map(|need| need.url.to_string()).collect()
}

/// A chain whose leaf bears these names, and the leaf's key.
fn chain(root: &Authority, names: &[&str]) -> (Header, PublicKey) {
    let (der, pkcs8) = root.leaf(names);
    let key = PrivateKey::from_pkcs8_der(&pkcs8).unwrap().public().clone();
    (Header::new(Algorithm::Es256).x5c(vec![der]), key)
}

#[test]
fn each_mechanism_finds_its_key() {
    let none = Documents::new();
    let root = Authority::root("root");
    for names in [["univ.example"], [ISSUER]] {
        let (header, key) = chain(&root, &names);
        assert_eq!(find(&by_chain(&root, &[]), &header, &none), Ok(key.clone()));
        assert_eq!(
            find(&by_chain(&root, &[]), &header.kid("2026"), &none),
            Ok(key),
            "a plain kid says nothing"
        );
    }
    let method = did::resolve(&did_key(5), &none).unwrap();
    let method = method.methods(did::Purpose::AssertionMethod).next().unwrap().id().to_string();
    assert_eq!(find(&by_did(5), &header().kid(&method), &none).as_ref(), Ok(key(5).public()));
    assert_eq!(find(&by_did(5), &header(), &none).as_ref(), Ok(key(5).public()), "its only assertion method");
    assert_eq!(method_key(&by_did(5), &method, &none), Ok(key(5).public().clone().into()));
    let documents = metadata(json!([jwk(6, "a"), jwk(7, "b")]));
    assert_eq!(find(&by_metadata(), &header().kid("b"), &documents).as_ref(), Ok(key(7).public()));
    let documents = metadata(json!([jwk(6, "a")]));
    assert_eq!(find(&by_metadata(), &header(), &documents).as_ref(), Ok(key(6).public()), "its only key");
}

/// The credential carries what another mechanism would use, and that would even find a good key.
#[test]
fn v_05_each_mechanism_mistaken_for_each_other_is_refused() {
    let root = Authority::root("root");
    let (chained, _) = chain(&root, &["univ.example"]);
    let method = format!("{0}#{1}", did_key(5), did_key(5).identifier());
    let documents = metadata(json!([jwk(6, "a"), jwk(5, &method)]));
    let bare = header().jwk(key(6).public().clone());
    let headers = [
        ("x5c", chained.clone()),
        ("did", header().kid(&method)),
        ("metadata", header().kid("a")),
        ("jwk", bare.clone()),
        ("x5c and jwk", Header { jwk: bare.jwk.clone(), ..chained.clone() }),
        ("x5c and did", chained.kid(&method)),
        ("did and jwk", bare.kid(&method)),
    ];
    let entries = [("x5c", by_chain(&root, &[])), ("did", by_did(5)), ("metadata", by_metadata())];
    for (mechanism, entry) in &entries {
        for (carried, header) in &headers {
            let outcome = find(entry, header, &documents);
            let expected = match (mechanism, carried) {
                _ if mechanism == carried => ("", ""),
                (&"x5c", &"metadata") => ("V-05", "x5c-missing"),
                _ => ("V-05", "mechanism-mismatch"),
            };
            assert_eq!(code(outcome), expected, "{mechanism} fixed, {carried} carried");
            if expected.1 == "mechanism-mismatch" {
                assert_eq!(
                    needed(entry, header, &Documents::new()),
                    Vec::<String>::new(),
                    "nothing is fetched for it"
                );
            }
        }
    }
    for entry in [&entries[0].1, &entries[2].1] {
        assert_eq!(code(method_key(entry, &method, &documents)), ("V-05", "mechanism-mismatch"));
    }
}

#[test]
fn v_05_a_chain_to_no_anchor_of_the_list_is_refused() {
    let (root, other) = (Authority::root("root"), Authority::root("root"));
    let none = Documents::new();
    let (header, _) = chain(&other, &["univ.example"]);
    assert_eq!(code(find(&by_chain(&root, &[]), &header, &none)), ("V-05", "x5c-untrusted"));
    let (header, _) = chain(&root, &["univ.example"]);
    let late = issuer_key(&by_chain(&root, &[]), &header, &none, NOW.plus(YEAR));
    assert_eq!(code(late), ("V-05", "x5c-expired"));
    let early = issuer_key(&by_chain(&root, &[]), &header, &none, NOW.minus(YEAR));
    assert_eq!(code(early), ("V-05", "x5c-not-yet"));
    let anchor_alone = Header::new(Algorithm::Es256).x5c(vec![root.der()]);
    assert_eq!(code(find(&by_chain(&root, &[]), &anchor_alone, &none)), ("V-05", "x5c-unsuitable"));
    let rubbish = Header::new(Algorithm::Es256).x5c(vec![vec![1, 2, 3]]);
    assert_eq!(code(find(&by_chain(&root, &[]), &rubbish, &none)), ("V-05", "x5c-unsuitable"));
}

#[test]
fn v_04_a_leaf_without_the_issuers_name_is_refused() {
    let root = Authority::root("root");
    let none = Documents::new();
    let other = ("V-04", "x5c-other-name");
    for names in [
        &["mallory.example"][..],
        &["www.univ.example"],
        &["*.example"],
        &["univ.example.mallory.example"],
        &["https://univ.example"],
        &["https://univ.example/issuer/2"],
        &[],
    ] {
        let (header, _) = chain(&root, names);
        assert_eq!(code(find(&by_chain(&root, &[]), &header, &none)), other, "{names:?}");
    }
    let (header, key) = chain(&root, &["signer.univ.example"]);
    assert_eq!(find(&by_chain(&root, &["signer.univ.example"]), &header, &none), Ok(key), "the list says so");
    let (header, _) = chain(&root, &["univ.example", ISSUER]);
    let named = by_chain(&root, &["signer.univ.example", "urn:univ:signer"]);
    assert_eq!(code(find(&named, &header, &none)), other, "the list's names replace the issuer's");
}

#[test]
fn v_04_a_key_of_another_did_is_refused() {
    let none = Documents::new();
    let foreign = format!("{0}#{1}", did_key(6), did_key(6).identifier());
    assert_eq!(code(find(&by_did(5), &header().kid(&foreign), &none)), ("V-04", "did-other"));
    assert_eq!(code(method_key(&by_did(5), &foreign, &none)), ("V-04", "did-other"));
    let elsewhere = format!("{0}#{1}", did_key(5), did_key(6).identifier());
    assert_eq!(code(find(&by_did(5), &header().kid(&elsewhere), &none)), ("V-04", "did-method-unlisted"));
    let derived = did::resolve(&did_key(5), &none).unwrap();
    let derived = derived.methods(did::Purpose::KeyAgreement).next().unwrap().id().to_string();
    assert_eq!(code(find(&by_did(5), &header().kid(&derived), &none)), ("V-04", "did-method-unlisted"));
}

#[test]
fn the_key_of_a_did_that_holds_it_stays_the_same_and_any_other_is_looked_up_each_time() {
    let none = Documents::new();
    let (own, copy) = (by_did(5), by_did(5));
    for _ in 0..2 {
        assert_eq!(find(&own, &header(), &none).as_ref(), Ok(key(5).public()));
    }
    assert_eq!(own, copy, "what was read of the DID is no part of the entry");
    let web = entry(ISSUER, Mechanism::Did(Did::parse("did:web:univ.example").unwrap().into()));
    for seed in [1, 2] {
        let method = json!({"id": "did:web:univ.example#1", "type": "JsonWebKey", "controller": "did:web:univ.example",
                            "publicKeyJwk": key(seed).public().to_jwk()});
        let document = json!({"id": "did:web:univ.example", "assertionMethod": [method]});
        let documents = brought(&[("https://univ.example/.well-known/did.json", document)]);
        assert_eq!(find(&web, &header(), &documents).as_ref(), Ok(key(seed).public()));
    }
}

#[test]
fn v_05_a_did_without_a_usable_key_is_refused() {
    let web = entry(ISSUER, Mechanism::Did(Did::parse("did:web:univ.example").unwrap().into()));
    let url = "https://univ.example/.well-known/did.json";
    assert_eq!(needed(&web, &header(), &Documents::new()), [url]);
    assert_eq!(code(find(&web, &header(), &Documents::new())), ("V-05", "key-document-missing"));
    let method = |fragment: &str, seed| {
        json!({"id": format!("did:web:univ.example#{fragment}"), "type": "JsonWebKey", "controller": "did:web:univ.example",
               "publicKeyJwk": key(seed).public().to_jwk()})
    };
    let two = json!({"id": "did:web:univ.example", "assertionMethod": [method("1", 1), method("2", 2)],
                     "authentication": [method("3", 3)]});
    let documents = brought(&[(url, two)]);
    assert_eq!(needed(&web, &header(), &documents), Vec::<String>::new());
    assert_eq!(code(find(&web, &header(), &documents)), ("V-05", "key-unknown"), "which of two");
    let kid = |fragment: &str| header().kid(format!("did:web:univ.example#{fragment}"));
    assert_eq!(find(&web, &kid("2"), &documents).as_ref(), Ok(key(2).public()));
    assert_eq!(
        code(find(&web, &kid("3"), &documents)),
        ("V-04", "did-method-unlisted"),
        "not for assertions"
    );
    for broken in [
        json!([]),
        json!({"id": "did:web:mallory.example"}),
        json!({"id": "did:web:univ.example", "assertionMethod": [1]}),
    ] {
        assert_eq!(code(find(&web, &header(), &brought(&[(url, broken)]))), ("V-05", "did-unresolved"));
    }
    let unknown = entry(ISSUER, Mechanism::Did(Did::parse("did:example:1").unwrap().into()));
    assert_eq!(code(find(&unknown, &header(), &documents)), ("V-05", "did-unresolved"));
    let malformed = header().kid("did:web:univ.example#a#b");
    assert_eq!(code(find(&web, &malformed, &documents)), ("V-05", "did-unresolved"));
}

#[test]
fn metadata_is_looked_for_before_the_path_and_then_its_keys() {
    let entry = by_metadata();
    let mut documents = Documents::new();
    assert_eq!(needed(&entry, &header(), &documents), [METADATA]);
    let body = json!({"issuer": ISSUER, "jwks_uri": JWKS});
    documents = brought(&[(METADATA, body.clone())]);
    assert_eq!(needed(&entry, &header(), &documents), [JWKS]);
    assert_eq!(code(find(&entry, &header(), &documents)), ("V-05", "key-document-missing"));
    documents = brought(&[(METADATA, body), (JWKS, json!({"keys": [jwk(6, "a")]}))]);
    assert_eq!(needed(&entry, &header(), &documents), Vec::<String>::new());
    assert_eq!(find(&entry, &header().kid("a"), &documents).as_ref(), Ok(key(6).public()));
    for (issuer, url) in [
        ("https://a.example", "https://a.example/.well-known/jwt-vc-issuer"),
        ("https://a.example/", "https://a.example/.well-known/jwt-vc-issuer"),
        (
            "https://a.example:8443/tenant/1234",
            "https://a.example:8443/.well-known/jwt-vc-issuer/tenant/1234",
        ),
        ("https://a.example/tenant/", "https://a.example/.well-known/jwt-vc-issuer/tenant"),
    ] {
        let entry = super::entry(issuer, Mechanism::JwtVcIssuer(Url::parse(issuer).unwrap()));
        assert_eq!(needed(&entry, &header(), &Documents::new()), [url]);
    }
    let mut missing = Documents::new();
    missing.insert_missing(Url::parse(METADATA).unwrap());
    assert_eq!(needed(&entry, &header(), &missing), Vec::<String>::new());
    assert_eq!(code(find(&entry, &header(), &missing)), ("V-05", "key-document-missing"));
}

#[test]
fn v_04_metadata_of_another_issuer_is_refused() {
    for issuer in ["https://mallory.example", "https://univ.example/issuer/", "https://univ.example"] {
        let body = json!({"issuer": issuer, "jwks": {"keys": [jwk(6, "a")]}});
        let outcome = find(&by_metadata(), &header(), &brought(&[(METADATA, body)]));
        assert_eq!(code(outcome), ("V-04", "issuer-metadata-other"), "{issuer}");
    }
}

#[test]
fn v_05_malformed_metadata_is_refused() {
    let good = json!({"keys": [jwk(6, "a")]});
    for body in [
        json!([]),
        json!({"jwks": good}),
        json!({"issuer": 7, "jwks": good}),
        json!({"issuer": ISSUER}),
        json!({"issuer": ISSUER, "jwks": good, "jwks_uri": JWKS}),
        json!({"issuer": ISSUER, "jwks": []}),
        json!({"issuer": ISSUER, "jwks": {"keys": {}}}),
        json!({"issuer": ISSUER, "jwks": {"keys": vec![jwk(6, "b"); 65]}}),
        json!({"issuer": ISSUER, "jwks_uri": "/keys"}),
        json!({"issuer": ISSUER, "jwks_uri": "http://keys.example"}),
        json!({"issuer": ISSUER, "jwks_uri": "http://localhost:8080/keys"}),
        json!({"issuer": ISSUER, "jwks_uri": "file:///keys"}),
        json!({"issuer": ISSUER, "jwks_uri": "https://keys.example/#a"}),
        json!({"issuer": ISSUER, "jwks_uri": 7}),
    ] {
        let documents = brought(&[(METADATA, body.clone())]);
        assert_eq!(
            code(find(&by_metadata(), &header().kid("a"), &documents)),
            ("V-05", "issuer-metadata-malformed"),
            "{body}"
        );
        assert_eq!(needed(&by_metadata(), &header(), &documents), Vec::<String>::new(), "{body}");
    }
    let mut twice = Documents::new();
    let bytes = format!(r#"{{"issuer":"{ISSUER}","issuer":"{ISSUER}","jwks":{good}}}"#).into_bytes();
    twice.insert(Url::parse(METADATA).unwrap(), Document { bytes, fetched_at: NOW, max_age: None });
    assert_eq!(code(find(&by_metadata(), &header(), &twice)), ("V-05", "issuer-metadata-malformed"));
}

#[test]
fn v_05_a_key_set_without_the_one_key_is_refused() {
    let with = |keys: Value, kid: Option<&str>| {
        let header = kid.map_or_else(header, |kid| header().kid(kid));
        code(find(&by_metadata(), &header, &metadata(keys)))
    };
    assert_eq!(with(json!([]), None), ("V-05", "key-unknown"));
    assert_eq!(with(json!([jwk(6, "a"), jwk(7, "b")]), None), ("V-05", "key-unknown"), "which of two");
    assert_eq!(with(json!([jwk(6, "a")]), Some("b")), ("V-05", "key-unknown"), "never another key");
    assert_eq!(with(json!([key(6).public().to_jwk()]), Some("a")), ("V-05", "key-unknown"));
    assert_eq!(with(json!([jwk(6, "a"), jwk(7, "a")]), Some("a")), ("V-05", "key-ambiguous"));
    let changed = |member: &str, value: Value| {
        let mut jwk = jwk(6, "a");
        jwk[member] = value;
        with(json!([jwk]), Some("a"))
    };
    for (member, value) in [
        ("use", json!("enc")),
        ("alg", json!("ES256")),
        ("crv", json!("X25519")),
        ("crv", json!("secp256k1")),
        ("x", json!("AAAA")),
        ("d", json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")),
        ("key_ops", json!(["encrypt"])),
    ] {
        assert_eq!(changed(member, value), ("V-05", "key-unusable"), "{member}");
    }
    assert_eq!(changed("use", json!("sig")), ("", ""));
    let symmetric = json!([{"kty": "oct", "kid": "s", "k": "AAAA"}, jwk(6, "a")]);
    assert_eq!(with(symmetric.clone(), Some("a")), ("", ""), "what is not asked for does not harm");
    assert_eq!(with(symmetric, Some("s")), ("V-05", "key-unusable"));
}

/// A list of these entries, and the leaf of `root` with these names.
fn listed(entries: Vec<TrustEntry>) -> TrustList {
    let jwt = content(entries).issue(&key(1), None).unwrap();
    TrustList::verify(&jwt, LIST, key(1).public(), NOW).unwrap()
}

#[test]
fn a_credential_without_issuer_is_that_of_its_certificate() {
    let root = Authority::root("root");
    let leaf = |names: &[&str]| Leaf::dangerous_without_path(&root.leaf(names).0).unwrap();
    let other = "https://other.example/issuer";
    let mut second = by_chain(&root, &["https://univ.example/b", "b.example"]);
    second.issuer = other.to_owned();
    let list = listed(vec![by_chain(&root, &[]), second.clone()]);
    let find = |names: &[&str], vct: &str| {
        list.entry_of_certificate(&leaf(names), vct, NOW).map(|e| e.issuer.as_str())
    };
    assert_eq!(find(&[ISSUER], VCT), Ok(ISSUER));
    assert_eq!(find(&["univ.example"], VCT), Ok(ISSUER), "the identifier's host, where no name is listed");
    assert_eq!(find(&["https://univ.example/b"], VCT), Ok(other));
    assert_eq!(find(&["B.example"], VCT), Ok(other));
    assert_eq!(code(find(&["stranger.example"], VCT)), ("V-06", "issuer-unknown"));
    assert_eq!(code(find(&[], VCT)), ("V-06", "issuer-unknown"));
    assert_eq!(code(find(&[ISSUER], "urn:other")), ("V-06", "type-not-allowed"));
    assert_eq!(code(find(&[ISSUER, "b.example"], VCT)), ("V-06", "issuer-ambiguous"), "two may be meant");
    second.types = vec!["urn:other".to_owned()];
    let list = listed(vec![by_chain(&root, &[]), second, by_did_of("did")]);
    let find = |names: &[&str], vct: &str| {
        list.entry_of_certificate(&leaf(names), vct, NOW).map(|e| e.issuer.as_str())
    };
    assert_eq!(find(&[ISSUER, "b.example"], VCT), Ok(ISSUER), "the type decides");
    assert_eq!(find(&[ISSUER, "b.example"], "urn:other"), Ok(other));
    let withdrawn = TrustEntry { withdrawn_since: Some(NOW), ..by_chain(&root, &[]) };
    let list = listed(vec![withdrawn]);
    let found = list.entry_of_certificate(&leaf(&[ISSUER]), VCT, NOW);
    assert_eq!(code(found), ("V-06", "issuer-withdrawn"));
    // One that was withdrawn is not meant any more, and makes nobody else doubtful.
    let withdrawn = TrustEntry { withdrawn_since: Some(NOW), ..by_chain(&root, &[]) };
    let active = TrustEntry { issuer: other.to_owned(), ..by_chain(&root, &["b.example"]) };
    let list = listed(vec![withdrawn, active]);
    let found = list.entry_of_certificate(&leaf(&[ISSUER, "b.example"]), VCT, NOW);
    assert_eq!(found.map(|entry| entry.issuer.as_str()), Ok(other));
}

/// An entry by another mechanism, whose identifier a certificate may bear all the same.
fn by_did_of(issuer: &str) -> TrustEntry {
    TrustEntry { issuer: issuer.to_owned(), ..by_did(5) }
}
