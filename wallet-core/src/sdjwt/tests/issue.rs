//! Issuing and presenting, there and back: a verifier sees exactly what was selected.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::claims::PathStep;

fn build(builder: SdJwtVcBuilder) -> Result<String, IssueError> {
    builder.build(header(), &Repeatable::new(4)).map(|unsigned| unsigned.sign(&issuer()).unwrap())
}

fn builder(claims: Value) -> SdJwtVcBuilder {
    let mut claims = object(claims);
    claims.entry("vct").or_insert(json!("urn:test"));
    SdJwtVcBuilder::new(claims)
}

fn student() -> Value {
    json!({
        "vct": "urn:test",
        "name": "홍길동",
        "address": {"city": "서울", "street": "세종대로 1", "geo": {"lat": 37.5, "lon": 127.0}},
        "degrees": [{"type": "BSc", "year": 2020}, {"type": "MSc", "year": 2022}, "honorary"],
        "nationalities": ["KR", "DE"]
    })
}

/// The student with much concealed, parts of it within each other.
fn issued() -> VerifiedSdJwtVc {
    let paths = [
        json!(["name"]),
        json!(["address"]),
        json!(["address", "city"]),
        json!(["address", "geo"]),
        json!(["address", "geo", "lat"]),
        json!(["degrees", null]),
        json!(["degrees", null, "year"]),
        json!(["nationalities"]),
        json!(["nationalities", null]),
    ];
    verify(&build(builder(student()).conceal_if_present(paths.map(path)).decoys(3)).unwrap()).unwrap()
}

/// What a verifier sees of [`issued`] when these paths are selected.
fn shown(paths: &[Value]) -> Value {
    let paths: Vec<_> = paths.iter().cloned().map(path).collect();
    verify(&issued().present(&paths).unwrap().into_sd_jwt()).unwrap().claims().clone()
}

#[test]
fn the_holder_sees_everything_and_decoys_leave_no_trace() {
    assert_eq!(issued().claims(), &student());
    assert_eq!(issued().disclosed().len(), 1 + 4 + 3 + 2 + 3);
}

#[test]
fn with_nothing_selected_only_what_is_open_is_shown() {
    assert_eq!(shown(&[]), json!({"vct": "urn:test", "degrees": []}));
}

#[test]
fn a_selected_claim_brings_what_is_above_and_below_it_and_nothing_beside() {
    assert_eq!(shown(&[json!(["name"])]), json!({"vct": "urn:test", "name": "홍길동", "degrees": []}));
    assert_eq!(
        shown(&[json!(["address", "city"])])["address"],
        json!({"city": "서울", "street": "세종대로 1"})
    );
    assert_eq!(
        shown(&[json!(["address", "geo", "lat"])])["address"]["geo"],
        json!({"lat": 37.5, "lon": 127.0})
    );
    assert_eq!(shown(&[json!(["address", "geo", "lon"])])["address"]["geo"], json!({"lon": 127.0}));
    assert_eq!(shown(&[json!(["address"])])["address"], student()["address"]);
    assert_eq!(shown(&[json!(["nationalities", 1])])["nationalities"], json!(["DE"]));
    assert_eq!(shown(&[json!(["nationalities"])])["nationalities"], json!(["KR", "DE"]));
    assert_eq!(shown(&[json!(["degrees", 1, "type"])])["degrees"], json!([{"type": "MSc"}]));
    assert_eq!(shown(&[json!(["degrees", 0])])["degrees"], json!([{"type": "BSc", "year": 2020}]));
    assert_eq!(shown(&[json!(["degrees", null])])["degrees"], student()["degrees"]);
    let two = shown(&[json!(["nationalities", 0]), json!(["degrees", 0, "year"])]);
    assert_eq!(
        (&two["nationalities"], &two["degrees"]),
        (&json!(["KR"]), &json!([{"type": "BSc", "year": 2020}]))
    );
}

#[test]
fn a_parent_is_not_revealed_for_a_child_that_is_not_there() {
    // The first degree has a minor, the second has not: its disclosure stays with the holder.
    let claims = json!({"degrees": [{"minor": "Art"}, {"major": "Law"}]});
    let text = build(builder(claims).conceal([path(json!(["degrees", null]))])).unwrap();
    let kept = verify(&text).unwrap();
    let shown = kept.present(&[path(json!(["degrees", null, "minor"]))]).unwrap();
    assert_eq!(shown.disclosed(), [path(json!(["degrees", 0]))]);
}

#[test]
fn a_path_that_leads_nowhere_cannot_be_presented() {
    for nowhere in [
        json!(["age"]),
        json!(["name", "first"]),
        json!(["nationalities", 2]),
        json!(["degrees", null, "type"]),
    ] {
        let refused = issued().present(&[path(json!(["name"])), path(nowhere.clone())]);
        assert_eq!(refused, Err(PresentationError::NoSuchClaim(path(nowhere))));
    }
}

#[test]
fn every_salt_is_of_128_bits_and_its_own() {
    let text =
        build(builder(student()).conceal([path(json!(["degrees", null])), path(json!(["name"]))])).unwrap();
    let salts: BTreeSet<_> = text
        .split('~')
        .skip(1)
        .filter(|encoded| !encoded.is_empty())
        .map(|encoded| {
            serde_json::from_slice::<Value>(&base64url::decode(encoded).unwrap()).unwrap()[0].clone()
        })
        .map(|salt| salt.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(salts.len(), 4);
    assert!(salts.iter().all(|salt| base64url::decode(salt).unwrap().len() == 16));
}

#[test]
fn digests_do_not_tell_the_order_of_the_claims() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let claims = Value::Object(names.iter().map(|name| ((*name).to_owned(), json!(1))).collect());
    let text = build(builder(claims).conceal(names.map(|name| path(json!([name]))))).unwrap();
    let payload = SdJwtVc::parse(&text).unwrap().unverified_payload().clone();
    let digests: Vec<_> =
        payload["_sd"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    assert!(digests.is_sorted());
    let in_order_of_claims: Vec<_> = text.split('~').skip(1).take(8).map(digest_of).collect();
    assert_ne!(digests, in_order_of_claims);
    assert_eq!(
        digests.iter().map(|one| (*one).to_owned()).collect::<BTreeSet<_>>(),
        in_order_of_claims.into_iter().collect()
    );
}

#[test]
fn decoys_hide_how_much_and_whether_anything_is_concealed() {
    let count = |claims: Value, seed: u64| {
        let builder = builder(claims)
            .conceal_if_present([path(json!(["member"])), path(json!(["list", null]))])
            .decoys(4);
        let text = builder.build(header(), &Repeatable::new(seed)).unwrap().sign(&issuer()).unwrap();
        verify(&text).unwrap();
        let payload = SdJwtVc::parse(&text).unwrap().unverified_payload().clone();
        let count = |value: &Value| value.as_array().map_or(0, Vec::len);
        (count(&payload["_sd"]), count(&payload["list"]))
    };
    let seen: BTreeSet<_> = (0..200).map(|seed| count(json!({"list": []}), seed)).collect();
    assert_eq!(seen, (0..=4).flat_map(|top| (0..=4).map(move |list| (top, list))).collect());
    let seen: BTreeSet<_> = (0..200).map(|seed| count(json!({"member": 1, "list": [1]}), seed)).collect();
    assert_eq!(seen, (1..=5).flat_map(|top| (1..=5).map(move |list| (top, list))).collect());
}

#[test]
fn other_hash_functions_are_issued_and_verified() {
    for hash in [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
        let builder = builder(student())
            .conceal([path(json!(["name"]))])
            .hash(hash)
            .decoys(2)
            .holder(holder().public().clone());
        let kept = verify(&build(builder).unwrap()).unwrap();
        assert_eq!(kept.claims()["name"], "홍길동");
        assert_eq!(kept.claims().get("_sd_alg"), None);
        assert_eq!(kept.holder_key().unwrap(), *holder().public());
    }
}

#[test]
fn what_must_stay_open_cannot_be_concealed() {
    let claims = json!({"iss": "https://a.example", "exp": 1, "status": {"status_list": {"idx": 1, "uri": "u"}}, "cnf": {"jwk": {}}});
    for (rule, name) in [
        (json!(["iss"]), "iss"),
        (json!(["exp"]), "exp"),
        (json!(["vct"]), "vct"),
        (json!(["status"]), "status"),
        (json!(["status", "status_list", "idx"]), "status"),
        (json!(["cnf", "jwk"]), "cnf"),
        (json!(["nbf"]), "nbf"),
        (json!(["aka_vcts", null]), "aka_vcts"),
        (json!(["vct#integrity"]), "vct#integrity"),
    ] {
        let refused = build(builder(claims.clone()).conceal_if_present([path(rule)]));
        assert_eq!(refused, Err(IssueError::StaysOpen(name)));
    }
}

#[test]
fn what_a_verifier_would_refuse_cannot_be_issued() {
    for claims in [json!({"_sd": []}), json!({"a": {"...": "x"}}), json!({"a": [{"_sd_alg": "sha-256"}]})] {
        assert_eq!(build(builder(claims)), Err(IssueError::ReservedName));
    }
    let refused = build(SdJwtVcBuilder::new(object(json!({"name": "x"})))).unwrap_err();
    assert!(matches!(refused, IssueError::Refused(refusal) if refusal.check == VCT));
    let refused = build(builder(json!({"exp": "tomorrow"}))).unwrap_err();
    assert!(matches!(refused, IssueError::Refused(refusal) if refusal.check == REGISTERED));
    let bound = builder(json!({"cnf": {}})).holder(holder().public().clone());
    assert_eq!(build(bound), Err(IssueError::TwoHolderKeys));
    let missing = path(json!(["age"]));
    assert_eq!(build(builder(student()).conceal([missing.clone()])), Err(IssueError::NoSuchClaim(missing)));
    let deep = (0..32).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(build(builder(json!({"a": deep}))), Err(IssueError::TooDeep));
    let many = builder(json!({"a": vec![1; 1025]})).conceal([path(json!(["a", null]))]);
    assert_eq!(build(many), Err(IssueError::TooLarge));
    assert_eq!(build(builder(json!({"a": "x".repeat(800_000)}))), Err(IssueError::TooLarge));
}

#[test]
fn a_signature_made_elsewhere_is_put_in_its_place() {
    let build =
        || builder(student()).conceal([path(json!(["name"]))]).build(header(), &Repeatable::new(4)).unwrap();
    let signature = issuer().sign(build().signing_input()).unwrap();
    assert_eq!(build().attach(&signature), build().sign(&issuer()));
    assert_eq!(build().attach(b"short"), Err(jose::SignError::WrongSignature));
    assert_eq!(build().sign(&holder()), Err(jose::SignError::WrongKey));
}

/// Any JSON that is not too large; numbers are such that text and value are one.
fn json_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-e가]{1,2}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The path of every value below `value`.
fn places(value: &Value, here: &[PathStep], all: &mut Vec<Vec<PathStep>>) {
    let children: Vec<(PathStep, &Value)> = match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (PathStep::Key(name.clone()), value)).collect()
        }
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(index, value)| (PathStep::Index(index), value)).collect()
        }
        _ => Vec::new(),
    };
    for (step, child) in children {
        let place = [here, &[step]].concat();
        all.push(place.clone());
        places(child, &place, all);
    }
}

/// What must be seen: a value is gone when it is concealed and lies neither above, at nor below a selected one.
fn expected(
    value: &Value,
    here: &[PathStep],
    concealed: &BTreeSet<Vec<PathStep>>,
    selected: &[Vec<PathStep>],
) -> Option<Value> {
    let related = |path: &Vec<PathStep>| path.iter().zip(here).all(|(one, other)| one == other);
    if concealed.contains(here) && !selected.iter().any(related) {
        return None;
    }
    let below = |step: PathStep, child| expected(child, &[here, &[step]].concat(), concealed, selected);
    Some(match value {
        Value::Object(members) => members
            .iter()
            .filter_map(|(name, child)| Some((name.clone(), below(PathStep::Key(name.clone()), child)?)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .filter_map(|(index, child)| below(PathStep::Index(index), child))
            .collect(),
        scalar => scalar.clone(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_verifier_sees_exactly_what_was_selected(
        members in prop::collection::btree_map("[a-e가]{1,2}", json_value(), 1..6),
        concealed in prop::collection::vec(any::<Index>(), 0..16),
        selected in prop::collection::vec(any::<Index>(), 0..5),
        decoys in 0_u8..4,
        seed: u64,
    ) {
        let mut claims = Value::Object(members.into_iter().collect());
        let mut all = Vec::new();
        places(&claims, &[], &mut all);
        claims["vct"] = json!("urn:test");
        let concealed: BTreeSet<_> = concealed.iter().map(|index| index.get(&all).clone()).collect();
        let selected: Vec<_> = selected.iter().map(|index| index.get(&all).clone()).collect();

        let text = SdJwtVcBuilder::new(object(claims.clone()))
            .conceal(concealed.iter().map(|steps| ClaimPath::new(steps.clone()).unwrap()))
            .decoys(decoys)
            .build(header(), &Repeatable::new(seed))
            .unwrap()
            .sign(&issuer())
            .unwrap();
        let kept = verify(&text).unwrap();
        prop_assert_eq!(kept.claims(), &claims);
        let places: BTreeSet<_> = kept.disclosed().iter().map(|path| path.steps().to_vec()).collect();
        prop_assert_eq!(&places, &concealed);

        let paths: Vec<_> = selected.iter().map(|steps| ClaimPath::new(steps.clone()).unwrap()).collect();
        let presentation = kept.present(&paths).unwrap();
        let shown = verify(&presentation.into_sd_jwt()).unwrap();
        prop_assert_eq!(Some(shown.claims().clone()), expected(&claims, &[], &concealed, &selected));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,100}", payload in json_value(), one in json_value()) {
        let _ = SdJwtVc::parse(&text);
        let one = disclosure(one);
        let payload = json!({"a": payload, "_sd": [digest_of(&one)]});
        let _ = verify(&signed(payload, &[&one]));
    }
}
