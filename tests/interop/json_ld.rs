//! Canonical statements against `jsonld` and `rdf-canonize`: whatever document both take is the same N-Quads to both, written
//! by hand or generated.
//!
//! Ours are seen by what is signed: the digest of the document in the signing input (VC-DI-EDDSA 1.0 §3.2.4).

use std::cell::RefCell;

use jigap_data_integrity::{Contexts, ProofError, ProofOptions, prepare};
use jigap_keys::hash::sha256;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::peers::Peer;

const PEER: &str = "jsonld.mjs";
const V2: &str = "https://www.w3.org/ns/credentials/v2";
const WORDS: &str = "https://words.example/context";
/// Documents made by chance, the same in every run.
const GENERATED: u32 = 400;

/// A word of each kind that we understand.
fn words() -> Value {
    json!({"@context": {
        "id": "@id", "type": "@type", "ex": {"@id": "urn:ex:", "@prefix": true},
        "Thing": "ex:Thing", "Other": {"@id": "ex:Other", "@context": {"own": "ex:own"}},
        "name": "ex:name", "count": "ex:count", "part": "ex:part", "own": "ex:outer",
        "who": {"@id": "ex:who", "@type": "@id"}, "kind": {"@id": "ex:kind", "@type": "@vocab"},
        "day": {"@id": "ex:day", "@type": "http://www.w3.org/2001/XMLSchema#date"},
        "double": {"@id": "ex:double", "@type": "http://www.w3.org/2001/XMLSchema#double"},
        "title": {"@id": "ex:title", "@language": "ko"}, "plain": {"@id": "ex:plain", "@language": null},
        "order": {"@id": "ex:order", "@container": "@list"}, "set": {"@id": "ex:set", "@container": "@set"},
        "any": {"@id": "ex:any", "@type": "@json"}, "graph": {"@id": "ex:graph", "@container": "@graph"},
        "inside": {"@id": "ex:inside", "@context": {"name": "ex:inner-name"}}
    }})
}

fn contexts() -> Contexts {
    let mut contexts = Contexts::known().clone();
    contexts.insert(WORDS, words().to_string().as_bytes()).unwrap();
    contexts
}

/// The SHA-256 of our canonical N-Quads of `document`.
fn digest(document: &Value, contexts: &Contexts) -> Result<Vec<u8>, ProofError> {
    let mut document = document.clone();
    // Words for the proof's configuration, which is no concern here.
    let own = json!("https://w3id.org/security/data-integrity/v2");
    let all = match document["@context"].take() {
        Value::Array(several) => several,
        one => vec![one],
    };
    let protects_the_proof = all.iter().any(|context| context == V2);
    let own = (!protects_the_proof).then_some(own);
    document["@context"] = all.into_iter().chain(own).collect();
    let prepared = prepare(document, &ProofOptions::new("urn:ex:key", "assertionMethod"), contexts)?;
    Ok(prepared.signing_input()[32..].to_vec())
}

/// The canonical N-Quads of the peer.
fn canonize(peer: &mut Peer, document: &Value) -> String {
    let request = json!({"op": "canonize", "document": document, "contexts": {WORDS: words()}});
    peer.ask(&request).unwrap().as_str().unwrap().to_owned()
}

#[track_caller]
fn assert_same(peer: &mut Peer, document: &Value, contexts: &Contexts) {
    let theirs = canonize(peer, document);
    let ours = digest(document, contexts);
    assert_eq!(ours, Ok(sha256(theirs.as_bytes()).to_vec()), "{document} is to the peer\n{theirs}");
}

/// With the context of [`words`].
fn said(mut document: Value) -> Value {
    document["@context"] = json!(WORDS);
    document
}

fn by_hand() -> Vec<Value> {
    let escapes: String = (0..0x21)
        .chain([0x7f, 0x80, 0x85, 0xa0, 0x2028, 0xfeff, 0x1f600])
        .filter_map(char::from_u32)
        .collect();
    let ring =
        |names: [&str; 3]| json!({"part": names.map(|name| json!({"part": {"part": {"name": name}}}))});
    vec![
        said(json!({"name": "하나"})),
        said(
            json!({"id": "urn:ex:s", "type": ["Thing", "Other", "ex:More", "https://e.example/T"], "own": "o"}),
        ),
        // Texts and their escapes; a text that begins another.
        said(json!({"name": [escapes, "", "\"", "\\", "a", "a!", "a\"", "a#", "ab", "a b", "\u{10ffff}"]})),
        // IRIs of which one begins another.
        said(
            json!({"who": ["urn:a", "urn:a/b", "urn:a#b", "urn:a-b", "urn:ab", "urn:a:b", "https://한글.example/길"]}),
        ),
        said(json!({"kind": ["Thing", "ex:Other", "urn:k"]})),
        // Numbers, each as it is and as a double.
        said(
            json!({"count": [0, -0.0, 1, -1, 1.0, 1e2, 0.1, -2.5, 1.5e-7, 1.5e300, 1e20, 1e21, -1e21, 9_007_199_254_740_992_i64]}),
        ),
        said(
            json!({"double": [0, 1, 1.0, -2.5, 1e2, 1e21, -1e21, 1e-7, 5e-324, 123_456_789, 0.333_333_333_333_333_3]}),
        ),
        said(json!({"count": [true, false], "day": ["2026-01-01", true, 5]})),
        // Languages: of the term, of none, of the value; tags that differ.
        said(
            json!({"title": ["제목", {"@value": "title", "@language": "en"}, {"@value": "x"}], "plain": "p"}),
        ),
        said(
            json!({"name": [{"@value": "a", "@language": "en"}, {"@value": "a", "@language": "en-gb"}, "a"]}),
        ),
        json!({"@context": [WORDS, {"@language": "ko"}], "name": ["이름", {"@value": "name"}], "plain": "p"}),
        said(
            json!({"name": [{"@value": "a", "@type": "ex:t"}, {"@value": "a", "@type": "urn:u"}, {"@value": 1, "@type": "ex:t"}]}),
        ),
        // Any JSON.
        said(
            json!({"any": {"b": [1.0, null, "\u{1}\u{20ac}"], "a": {"\u{e000}": 1, "\u{1f600}": 2, "가": 3}}}),
        ),
        said(json!({"any": [null, true, 1e21, -0.0]})),
        // Lists: of one, of several, of nodes.
        said(json!({"order": ["b", "a", "b"]})),
        said(json!({"order": "alone", "set": ["a", "a"]})),
        said(json!({"order": [{"name": "n"}, {"id": "urn:ex:x", "order": [1, 2]}]})),
        // Graphs of their own.
        said(json!({"graph": [{"name": "a"}, {"id": "urn:ex:g", "name": "b", "part": {"name": "c"}}]})),
        said(json!({"graph": {"graph": {"name": "deep"}}, "name": "deep"})),
        // Contexts of terms and of types.
        said(json!({"name": "n", "inside": {"name": "m", "part": {"name": "l"}}})),
        said(
            json!({"type": "Other", "own": "a", "part": {"own": "b", "part": {"type": "Other", "own": "c"}}}),
        ),
        json!({"@context": [WORDS, {"ex2": "urn:two:", "extra": "ex2:extra", "name": "ex2:name"}], "name": "n", "extra": "e"}),
        json!({"@context": [WORDS, {"@vocab": "urn:vocab#"}], "whatever": {"Type": "x", "kind": "Undefined"}, "type": "Undefined"}),
        // Blank nodes that look alike: by themselves, until further on, for ever.
        said(json!({"part": [{"name": "a"}, {"name": "b"}, {"count": 1}]})),
        said(
            json!({"part": [{"part": {"name": "a"}}, {"part": {"name": "b"}}, {"part": {"part": {"name": "a"}}}]}),
        ),
        said(json!({"part": [{"name": "same"}, {"name": "same"}, {"name": "same"}]})),
        said(
            json!({"part": [{"part": {"name": "same"}}, {"part": {"name": "same"}}], "own": {"part": {"name": "same"}}}),
        ),
        said(ring(["a", "b", "c"])),
        said(ring(["a", "a", "b"])),
        said(ring(["a", "a", "a"])),
        // More than ten names: `c14n10` comes before `c14n2`.
        said(json!({"part": (0..25).map(|number| json!({"count": number})).collect::<Vec<_>>()})),
        json!({
            "@context": [V2], "type": ["VerifiableCredential"],
            "issuer": {"id": "did:example:university", "name": [{"@value": "한빛대학교", "@language": "ko"}, {"@value": "Hanbit", "@language": "en"}]},
            "validFrom": "2026-01-01T00:00:00Z", "credentialSubject": [{"id": "did:example:a"}, {"id": "did:example:b"}],
            "credentialStatus": {"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "5", "statusListCredential": "https://e.example/list"},
            "credentialSchema": {"id": "https://e.example/schema", "type": "JsonSchema"},
        }),
        json!({
            "@context": [V2], "type": "VerifiablePresentation", "holder": "did:example:a",
            "verifiableCredential": [
                {"@context": [V2], "type": "VerifiableCredential", "issuer": "did:example:u", "credentialSubject": {"id": "did:example:a"}},
                {"@context": [V2], "id": "urn:uuid:1", "type": "VerifiableCredential", "issuer": "did:example:u", "credentialSubject": {"name": "b"}},
            ],
        }),
    ]
}

#[test]
fn json_ld_written_by_hand_is_the_same_to_the_peer() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    let contexts = contexts();
    for document in by_hand() {
        assert_same(&mut peer, &document, &contexts);
    }
    // The peer does tell documents apart.
    assert_ne!(
        canonize(&mut peer, &said(json!({"name": "a"}))),
        canonize(&mut peer, &said(json!({"name": "b"})))
    );
}

fn scalar() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        "[a-c \"\\\\가-나\u{1}\u{7f}\u{1f600}]{0,4}".prop_map(|text| ("name", json!(text))),
        "[a-c]{0,2}".prop_map(|text| ("title", json!(text))),
        (-3..3_i64).prop_map(|number| ("count", json!(number))),
        (-1e300..1e300_f64).prop_map(|number| ("count", json!(number))),
        (-1e9..1e9_f64).prop_map(|number| ("double", json!(number))),
        any::<bool>().prop_map(|flag| ("count", json!(flag))),
        "[a-c/#:-]{0,3}".prop_map(|end| ("who", json!(format!("urn:w:{end}")))),
        (1..4_u8).prop_map(|day| ("day", json!(format!("2026-01-0{day}")))),
        ("[ab]{1,2}", "(ko|en|en-gb)")
            .prop_map(|(text, tag)| ("name", json!({"@value": text, "@language": tag}))),
        prop::collection::vec("[ab]{0,2}", 1..4).prop_map(|items| ("order", json!(items))),
        prop::collection::btree_map("[a-c가\u{e000}\u{1f600}]{0,2}", any::<Option<i32>>(), 0..3)
            .prop_map(|members| ("any", json!(members))),
    ]
}

/// A node with values and nodes in it; few names and values, so that many look alike.
fn node() -> impl Strategy<Value = Value> {
    let made = |members: Vec<(&'static str, Value)>, class: Option<&'static str>| {
        let mut node = json!({});
        for (name, value) in members {
            match node.get_mut(name).and_then(Value::as_array_mut) {
                Some(values) if !["order", "any"].contains(&name) => values.push(value),
                Some(_) => {}
                None if ["order", "any"].contains(&name) => node[name] = value,
                None => node[name] = json!([value]),
            }
        }
        if let Some(class) = class {
            node["type"] = json!(class);
        }
        node
    };
    let class = || prop_oneof![Just(None), Just(Some("Thing")), Just(Some("Other"))];
    let leaf =
        (prop::collection::vec(scalar(), 1..3), class()).prop_map(move |(all, class)| made(all, class));
    leaf.prop_recursive(3, 12, 3, move |inner| {
        let name = prop_oneof![3 => Just("part"), 1 => Just("inside"), 1 => Just("graph"), 1 => Just("own")];
        let nodes = prop::collection::vec((name, inner), 1..4);
        (prop::collection::vec(scalar(), 0..3), nodes, class())
            .prop_map(move |(leaves, nodes, class)| made(leaves.into_iter().chain(nodes).collect(), class))
    })
}

#[test]
fn json_ld_made_by_chance_is_the_same_to_the_peer() {
    let Some(peer) = Peer::start(PEER) else { return };
    let (peer, contexts) = (RefCell::new(peer), contexts());
    let config = Config { cases: GENERATED, failure_persistence: None, ..Config::default() };
    let same_in_every_run = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let same = |document| {
        let document = said(document);
        let theirs = canonize(&mut peer.borrow_mut(), &document);
        let ours = digest(&document, &contexts);
        prop_assert_eq!(
            ours,
            Ok(sha256(theirs.as_bytes()).to_vec()),
            "{} is to the peer\n{}",
            document,
            theirs
        );
        Ok(())
    };
    let found = TestRunner::new_with_rng(config, same_in_every_run).run(&node(), same);
    found.unwrap_or_else(|found| panic!("{found}"));
}

/// Where the peer does otherwise (README.md): each would show if it were mended.
#[test]
fn json_ld_of_the_peer_differs_where_we_know_it() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    let contexts = contexts();
    for (value, theirs, ours) in [
        // JSON-LD 1.1 API §5.1.2: a processor may.
        (json!({"@value": "a", "@language": "en-GB"}), "\"a\"@en-gb", "\"a\"@en-GB"),
        // §8.6: a number with a fraction is a double.
        (
            json!(1e-7),
            "\"0\"^^<http://www.w3.org/2001/XMLSchema#integer>",
            "\"1.0E-7\"^^<http://www.w3.org/2001/XMLSchema#double>",
        ),
        // §8.6: `printf("%1.15E")`, which takes the even one of two digits that are as near.
        (
            json!(f64::from(-558.7403_f32)),
            "\"-5.587402954101563E2\"^^<http://www.w3.org/2001/XMLSchema#double>",
            "\"-5.587402954101562E2\"^^<http://www.w3.org/2001/XMLSchema#double>",
        ),
        // RDFC-1.0 §5: in the order of code points.
        (
            json!(["\u{e000}", "\u{10ffff}"]),
            "\"\u{10ffff}\" .\n_:c14n0 <urn:ex:name> \"\u{e000}\"",
            "\"\u{e000}\" .\n_:c14n0 <urn:ex:name> \"\u{10ffff}\"",
        ),
    ] {
        let document = said(json!({"name": value}));
        let line = |object: &str| format!("_:c14n0 <urn:ex:name> {object} .\n");
        assert_eq!(canonize(&mut peer, &document), line(theirs));
        assert_eq!(digest(&document, &contexts), Ok(sha256(line(ours).as_bytes()).to_vec()));
    }
}

/// What we refuse, and say so: the peer takes it.
#[test]
fn json_ld_that_we_leave_out_is_refused() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    let languages = json!({"label": {"@id": "urn:ex:label", "@container": "@language"}});
    let document = json!({"@context": languages, "label": {"ko": "이름", "en": "name"}});
    assert_eq!(canonize(&mut peer, &document).lines().count(), 2);
    assert_eq!(digest(&document, &contexts()), Err(ProofError::JsonLd));
    let named = said(json!({"part": {"id": "_:b", "name": "n"}}));
    assert_eq!(canonize(&mut peer, &named).lines().count(), 2);
    assert_eq!(digest(&named, &contexts()), Err(ProofError::Uncovered));
}
