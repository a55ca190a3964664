//! Trust lists, good and bad.

use jigap_keys::base64url;

use super::*;
use crate::jose::{self, Header};

fn signed(payload: &Value, typ: &str) -> String {
    let header = Header::for_key(key(1).public()).unwrap().typ(typ);
    jose::sign(&header, payload, &key(1)).unwrap()
}

fn verify(jwt: &str) -> Result<TrustList, Refusal> {
    TrustList::verify(jwt, LIST, key(1).public(), NOW)
}

/// The payload of a list with one issuer of each mechanism.
fn good() -> Value {
    let root = Authority::root("root");
    let mut other = by_chain(&root, &["ca.example"]);
    other.issuer = "urn:example:agency".to_owned();
    let mut third = by_did(2);
    third.issuer = did_key(2).to_string();
    third.withdrawn_since = Some(NOW);
    let mut first = by_metadata();
    first.status_issuers = vec![other.issuer.clone()];
    first.keys =
        Some(PinnedKeys::both(vec![key(5).public().thumbprint()], vec![key(6).public().thumbprint()]));
    other.keys = Some(PinnedKeys { status_lists: Some(Vec::new()), ..PinnedKeys::default() });
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    third.authorities = Authorities {
        etsi_tl: named(&["https://lists.example/kr.xml", "https://lists.example/eu.xml"]),
        openid_federation: named(&["https://federation.example"]),
    };
    other.authorities.etsi_tl = named(&["https://lists.example/kr.xml"]);
    let jwt = content(vec![first, other, third]).issue(&key(1), Some("2026")).unwrap();
    serde_json::from_slice(&base64url::decode(jwt.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// The refusal of a good list to which something was done.
fn after(change: impl FnOnce(&mut Value)) -> (&'static str, &'static str) {
    let mut payload = good();
    change(&mut payload);
    code(verify(&signed(&payload, TYP)))
}

/// Puts `value` in, in place of what stands there or as a new member.
fn put(list: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match list.pointer_mut(parent).unwrap() {
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        Value::Array(elements) => elements[name.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer} leads nowhere"),
    }
}

fn remove(value: &mut Value, member: &str) {
    value.as_object_mut().unwrap().remove(member).unwrap();
}

#[test]
fn a_list_is_issued_and_verified() {
    let list = verify(&signed(&good(), TYP)).unwrap();
    let content = list.content();
    assert_eq!((content.version, content.id.as_str(), content.entries.len()), (7, LIST, 3));
    let again = content.issue(&key(1), None).unwrap();
    assert_eq!(verify(&again).unwrap().content(), content);
    let by_another = content.unsigned(key(1).public(), None).unwrap();
    let signature = key(1).sign(by_another.signing_input()).unwrap();
    assert_eq!(verify(&by_another.attach(&signature).unwrap()), Ok(list));
}

#[test]
fn the_example_of_the_page_is_a_trust_list() {
    let page = include_str!("../../../../docs/TRUST-LIST.md");
    let example = page.split("```json").nth(1).unwrap().split("```").next().unwrap();
    let payload: Value = serde_json::from_str(example).unwrap();
    let id = payload["sub"].as_str().unwrap();
    let list = TrustList::verify(&signed(&payload, TYP), id, key(1).public(), NOW).unwrap();
    assert_eq!(list.content().entries.len(), 4);
    assert!(list.entry("https://hrdk.example", "urn:jigap:technical-qualification:1", NOW).is_ok());
    assert!(list.status_entry("https://univ.example/issuer", "https://status.example", NOW).is_ok());
    assert_eq!(code(list.entry("https://closed.example", VCT, NOW)), ("V-06", "issuer-withdrawn"));
}

#[test]
fn what_nobody_would_accept_is_not_issued() {
    let twice = content(vec![by_did(1), by_did(2)]).issue(&key(1), None);
    assert!(matches!(twice, Err(IssueError::Refused(refusal)) if refusal.check == UNIQUE));
    let mut nameless = by_did(1);
    nameless.names.en.clear();
    let nameless = content(vec![nameless]).issue(&key(1), None);
    assert!(matches!(nameless, Err(IssueError::Refused(refusal)) if refusal.check == ENTRY));
    let agrees = PrivateKey::generate(KeyType::X25519, &Repeatable::new(1));
    assert!(matches!(content(vec![]).issue(&agrees, None), Err(IssueError::Sign(_))));
}

#[test]
fn tl_01_a_malformed_list_is_refused() {
    for member in ["iss", "sub", "version", "iat", "exp", "entries"] {
        assert_eq!(after(|list| remove(list, member)), ("TL-01", "trust-list-malformed"), "{member}");
        for wrong in [json!(null), json!({}), json!(""), json!(-1), json!(1.5), json!("a b")] {
            assert_eq!(after(|list| list[member] = wrong.clone()).0, "TL-01", "{member}: {wrong}");
        }
    }
    for (member, wrong) in [
        ("version", json!(0)),
        ("nbf", json!(0)),
        ("crit", json!(["x"])),
        ("exp", json!(NOW)),
        ("iat", json!(NOW.plus(YEAR))),
        ("entries", json!(vec![json!(0); 10_001])),
    ] {
        assert_eq!(after(|list| list[member] = wrong).0, "TL-01", "{member}");
    }
}

#[test]
fn tl_02_another_kind_of_message_is_refused() {
    for typ in ["JWT", "dc+sd-jwt", "jigap-trust-list", "statuslist+jwt", ""] {
        assert_eq!(code(verify(&signed(&good(), typ))), ("TL-02", "trust-list-typ"), "{typ}");
    }
    let untyped = jose::sign(&Header::for_key(key(1).public()).unwrap(), &good(), &key(1)).unwrap();
    assert_eq!(code(verify(&untyped)), ("TL-02", "trust-list-typ"));
    assert!(verify(&signed(&good(), MEDIA_TYPE)).is_ok());
}

#[test]
fn tl_03_a_list_that_its_publisher_did_not_sign_is_refused() {
    let jwt = signed(&good(), TYP);
    for other in
        [key(2).public().clone(), PrivateKey::generate(KeyType::P256, &Repeatable::new(1)).public().clone()]
    {
        assert_eq!(code(TrustList::verify(&jwt, LIST, &other, NOW)).0, "TL-03");
    }
    let mut changed = good();
    changed["version"] = json!(8);
    let other = signed(&changed, TYP);
    let parts = |jwt: &str| jwt.split('.').map(str::to_owned).collect::<Vec<_>>();
    let mixed = [&parts(&jwt)[0], &parts(&other)[1], &parts(&jwt)[2]].map(String::as_str).join(".");
    assert_eq!(code(verify(&mixed)).0, "TL-03");
    let unsigned = format!(
        "{}.{}.AA",
        base64url::encode(r#"{"alg":"none","typ":"jigap-trust-list+jwt"}"#),
        parts(&jwt)[1]
    );
    assert!(verify(&unsigned).is_err());
}

#[test]
fn tl_04_a_list_from_the_future_or_over_is_refused() {
    let jwt = signed(&good(), TYP);
    let at = |now: Timestamp| code(TrustList::verify(&jwt, LIST, key(1).public(), now));
    assert_eq!(at(NOW.minus(Seconds(61))), ("TL-04", "trust-list-future"));
    assert_eq!(at(NOW.minus(Seconds(60))), ("", ""));
    assert_eq!(at(NOW.plus(Seconds(YEAR.0 - 1))), ("", ""));
    assert_eq!(at(NOW.plus(YEAR)), ("TL-04", "trust-list-expired"));
    let kept = verify(&jwt).unwrap();
    assert_eq!(code(kept.entry(ISSUER, VCT, NOW.plus(YEAR))), ("TL-04", "trust-list-expired"));
}

#[test]
fn tl_05_an_issuer_with_two_entries_is_refused() {
    let twice = after(|list| {
        let mut other = list["entries"][2].clone();
        other["issuer"] = list["entries"][0]["issuer"].clone();
        list["entries"][2] = other;
    });
    assert_eq!(twice, ("TL-05", "trust-list-duplicate"));
}

#[test]
fn tl_06_an_entry_without_exactly_one_mechanism_is_refused() {
    let malformed = ("TL-06", "trust-entry-malformed");
    let with = |value: Value| after(|list| list["entries"][0]["mechanism"] = value);
    let anchor = good()["entries"][1]["mechanism"]["x5c"]["anchors"][0].clone();
    assert_eq!(with(json!({"x5c": {"anchors": [anchor]}})), ("", ""));
    for value in [
        json!({}),
        json!("did"),
        json!({"did": "did:web:a.example", "jwt_vc_issuer": ISSUER}),
        json!({"jwks": {"keys": []}}),
        json!({"did": "https://a.example"}),
        json!({"did": "did:web:a.example#1"}),
        json!({"did": ["did:web:a.example"]}),
        json!({"jwt_vc_issuer": "https://other.example/issuer"}),
        json!({"jwt_vc_issuer": "https://univ.example/issuer/"}),
        json!({"jwt_vc_issuer": true}),
        json!({"x5c": {"anchors": []}}),
        json!({"x5c": {"anchors": ["AAAA"]}}),
        json!({"x5c": {"anchors": ["?"]}}),
        json!({"x5c": {"anchors": [7]}}),
        json!({"x5c": {"anchors": anchor}}),
        json!({"x5c": {"anchors": [anchor], "san": "a.example"}}),
        json!({"x5c": {"anchors": [anchor], "revocation": "ignored"}}),
    ] {
        assert_eq!(with(value.clone()), malformed, "{value}");
    }
    for issuer in
        ["http://univ.example", "https://univ.example?x", "https://univ.example#x", "https://u@univ.example"]
    {
        let outcome = after(|list| {
            list["entries"][0]["issuer"] = json!(issuer);
            list["entries"][0]["mechanism"] = json!({"jwt_vc_issuer": issuer});
        });
        assert_eq!(outcome, malformed, "{issuer}");
    }
    let unnamed = after(|list| remove(&mut list["entries"][1]["mechanism"]["x5c"], "san"));
    assert_eq!(unnamed, malformed, "no https issuer and no names in the leaf");
}

#[test]
fn tl_06_a_malformed_entry_is_refused() {
    for member in ["issuer", "names", "mechanism", "types", "valid_from", "valid_until", "status"] {
        assert_eq!(after(|list| remove(&mut list["entries"][0], member)).0, "TL-06", "{member}");
        for wrong in [json!(null), json!(-1), json!(true), json!([""]), json!(["a", "a"])] {
            assert_eq!(
                after(|list| list["entries"][0][member] = wrong.clone()).0,
                "TL-06",
                "{member}: {wrong}"
            );
        }
    }
    for (pointer, wrong) in [
        ("/entries/0", json!([])),
        ("/entries/0/issuer", json!("a b")),
        ("/entries/0/issuer", json!("a".repeat(2049))),
        ("/entries/0/names", json!({"ko": "가"})),
        ("/entries/0/names", json!({"ko": "가", "en": "a", "fr": "a"})),
        ("/entries/0/names/ko", json!(" ")),
        ("/entries/0/names/ko", json!("가".repeat(201))),
        ("/entries/0/names/en", json!("a\u{1b}[2J")),
        ("/entries/0/types", json!(vec!["a"; 257])),
        ("/entries/0/valid_until", json!(NOW.minus(YEAR))),
        ("/entries/0/status", json!("suspended")),
        ("/entries/0/status", json!("withdrawn")),
        ("/entries/2/status", json!("active")),
        ("/entries/2/since", json!("2026-11-22")),
        ("/entries/0/status_issuers", json!(["https://stranger.example"])),
        ("/entries/0/keys", json!([])),
        ("/entries/0/keys", json!({})),
        ("/entries/0/keys", json!({"credentials": null})),
        ("/entries/0/keys/request_objects", json!([])),
        ("/entries/0/keys/credentials", json!(["2026"])),
        ("/entries/0/keys/credentials", json!([key(6).public().thumbprint()])),
        ("/entries/0/passes", json!({})),
        ("/entries/0/passes", json!({"min_versions": {}})),
        ("/entries/0/passes", json!({"min_versions": {VCT: 0}})),
        ("/entries/0/passes", json!({"min_versions": {VCT: 4_294_967_296_u64}})),
        ("/entries/0/passes", json!({"min_versions": {"urn:of-nobody": 1}})),
        ("/entries/0/passes", json!({"status_lists": "http://univ.example/status"})),
        ("/entries/0/passes", json!({"status_lists": ["https://univ.example/status"]})),
        ("/entries/0/passes", json!({"status_lists": "https://univ.example/status", "more": 1})),
        ("/entries/0/passes", json!({"blind_keys": []})),
        ("/entries/0/passes", json!({"blind_keys": [{"type": VCT, "facts": [], "ends": 0, "key": "AA"}]})),
        ("/entries/0/authorities", json!({})),
        ("/entries/0/authorities", json!(["https://lists.example/kr.xml"])),
        ("/entries/0/authorities", json!({"etsi_tl": []})),
        ("/entries/0/authorities", json!({"etsi_tl": "https://lists.example/kr.xml"})),
        ("/entries/0/authorities", json!({"openid_federation": ["a", "a"]})),
        ("/entries/0/authorities", json!({"openid_federation": ["a b"]})),
        ("/entries/0/authorities", json!({"openid_federation": vec!["a"; 257]})),
        // Only a certificate shows it.
        ("/entries/0/authorities", json!({"aki": ["AQ"]})),
    ] {
        let outcome = after(|list| put(list, pointer, wrong.clone()));
        assert_eq!(outcome.0, "TL-06", "{pointer}: {wrong}");
    }
    assert_eq!(
        after(|list| list["entries"][0]["only_if"] = json!("sunny")).0,
        "TL-06",
        "an unknown restriction"
    );
}

#[test]
fn tl_07_another_list_of_the_publisher_is_refused() {
    let other = after(|list| list["sub"] = json!("https://trust.example/test"));
    assert_eq!(other, ("TL-07", "trust-list-other"));
}

#[test]
fn a_list_over_its_bounds_is_refused() {
    let deep = after(|list| list["entries"][0]["types"] = json!([[[[[[[[[[[["deep"]]]]]]]]]]]]));
    assert_eq!(deep.0, "JW-06");
    assert_eq!(code(verify(&"a".repeat((4 << 20) + 1))).0, "JW-01");
    assert_eq!(code(verify("")).0, "JW-01");
}

#[test]
fn v_06_only_a_listed_issuer_issues_its_types_in_its_time() {
    let mut short = by_did(2);
    (short.valid_from, short.valid_until) = (NOW, NOW.plus(Seconds(10)));
    let mut gone = entry("https://gone.example", Mechanism::Did(did_key(3).into()));
    gone.withdrawn_since = Some(NOW.plus(Seconds(5)));
    let list = verify(&content(vec![short, gone]).issue(&key(1), None).unwrap()).unwrap();
    let at =
        |issuer, vct, seconds: i64| code(list.entry(issuer, vct, Timestamp::from_unix(NOW.unix() + seconds)));
    assert_eq!(at(ISSUER, VCT, 0), ("", ""));
    assert_eq!(at("https://stranger.example", VCT, 0), ("V-06", "issuer-unknown"));
    assert_eq!(at("https://univ.example/issuer/", VCT, 0), ("V-06", "issuer-unknown"), "compared as text");
    assert_eq!(at("https://UNIV.example/issuer", VCT, 0), ("V-06", "issuer-unknown"));
    assert_eq!(at(ISSUER, "urn:jigap:driver-licence:1", 0), ("V-06", "type-not-allowed"));
    assert_eq!(at(ISSUER, "urn:jigap:student-id:1.1", 0), ("V-06", "type-not-allowed"), "no prefix counts");
    assert_eq!(at(ISSUER, VCT, -1), ("V-06", "issuer-not-yet"));
    assert_eq!(at(ISSUER, VCT, 9), ("", ""));
    assert_eq!(at(ISSUER, VCT, 10), ("V-06", "issuer-ended"));
    assert_eq!(at("https://gone.example", VCT, 4), ("", ""));
    assert_eq!(at("https://gone.example", VCT, 5), ("V-06", "issuer-withdrawn"));
    assert_eq!(list.find("https://gone.example").unwrap().names.get(crate::text::Lang::Ko), "지갑대학교");
}

#[test]
fn v_06_only_the_issuer_or_one_it_names_signs_its_status() {
    let mut issuer = by_did(2);
    issuer.status_issuers = vec!["https://status.example".to_owned()];
    let mut status = entry("https://status.example", Mechanism::Did(did_key(3).into()));
    status.types.clear();
    status.valid_until = NOW.plus(Seconds(10));
    let stranger = entry("https://stranger.example", Mechanism::Did(did_key(4).into()));
    let list = content(vec![issuer, status, stranger]).issue(&key(1), None).unwrap();
    let list = verify(&list).unwrap();
    let signer = |signer, now| list.status_entry(ISSUER, signer, now).map(|entry| entry.issuer.as_str());
    assert_eq!(signer(ISSUER, NOW), Ok(ISSUER));
    assert_eq!(signer("https://status.example", NOW), Ok("https://status.example"));
    assert_eq!(code(signer("https://stranger.example", NOW)), ("V-06", "status-issuer-unknown"));
    assert_eq!(code(signer("https://status.example", NOW.plus(Seconds(10)))), ("V-06", "issuer-ended"));
    assert_eq!(code(list.entry("https://status.example", VCT, NOW)), ("V-06", "type-not-allowed"));
}
