//! The wallet's side.

use serde_json::{Value, json};

use super::*;
use crate::claims::ClaimPath;
use crate::text::Lang;

fn path(path: Value) -> ClaimPath {
    ClaimPath::from_json(&path).unwrap()
}

fn claims_disclosed(selection: &Selection) -> Vec<Value> {
    match &selection.credentials[0].matches.as_ref().unwrap()[0].disclosure {
        Disclosure::Claims(paths) => paths.iter().map(|path| serde_json::to_value(path).unwrap()).collect(),
        Disclosure::Whole => panic!("whole"),
    }
}

fn obstacle(query: &Query, candidates: &[Candidate<'_>]) -> Obstacle {
    let selection = select(query, candidates);
    assert!(!selection.is_satisfiable() && selection.preferred().is_none());
    selection.credentials[0].matches.clone().unwrap_err()
}

#[test]
fn without_claims_nothing_that_can_be_withheld_is_disclosed() {
    let held = json!({"a": 1});
    assert_eq!(claims_disclosed(&select(&query(json!({})), &[candidate(&held)])), Vec::<Value>::new());
}

#[test]
fn a_credential_that_discloses_all_or_nothing_is_said_to_go_whole() {
    let held = json!({"a": 1});
    let whole = Candidate { selective: false, ..candidate(&held) };
    let selection = select(&query(json!({"claims": [{"path": ["a"]}]})), &[whole]);
    assert_eq!(selection.credentials[0].matches.as_ref().unwrap()[0].disclosure, Disclosure::Whole);
}

#[test]
fn the_first_claim_set_that_the_credential_has_is_taken() {
    let query = query(json!({
        "claims": [{"id": "a", "path": ["a"]}, {"id": "b", "path": ["b"]}, {"id": "c", "path": ["c"]}],
        "claim_sets": [["a", "b"], ["c", "b"], ["b"]]
    }));
    let held = json!({"b": 1, "c": 2});
    let selection = select(&query, &[candidate(&held)]);
    assert_eq!(selection.credentials[0].matches.as_ref().unwrap()[0].claim_set, Some(1));
    assert_eq!(claims_disclosed(&selection), [json!(["c"]), json!(["b"])]);
}

#[test]
fn a_claim_with_another_value_is_as_if_it_did_not_exist() {
    let query = query(json!({
        "claims": [{"id": "v", "path": ["level"], "values": [1, 2]}, {"id": "n", "path": ["name"]}],
        "claim_sets": [["v"], ["n"]]
    }));
    let held = json!({"level": 3, "name": "x"});
    assert_eq!(claims_disclosed(&select(&query, &[candidate(&held)])), [json!(["name"])]);
}

#[test]
fn a_value_matches_only_with_its_type() {
    let query = query(json!({"claims": [{"path": ["a"], "values": [1, "x", true]}]}));
    for (value, matches) in [
        (json!(1), true),
        (json!("x"), true),
        (json!(true), true),
        (json!("1"), false),
        (json!("true"), false),
        (json!(1.0), false),
        (json!("X"), false),
        (json!(false), false),
        (json!(["x"]), false),
        (json!(null), false),
    ] {
        let held = json!({"a": value});
        assert_eq!(select(&query, &[candidate(&held)]).is_satisfiable(), matches, "{value}");
    }
}

#[test]
fn of_an_array_only_the_elements_with_a_value_asked_for_are_disclosed() {
    let query = query(json!({"claims": [{"path": ["degrees", null, "type"], "values": ["MSc", "PhD"]}]}));
    let held = json!({"degrees": [{"type": "BSc"}, {"type": "MSc"}, {"name": "x"}, {"type": "PhD"}]});
    assert_eq!(
        claims_disclosed(&select(&query, &[candidate(&held)])),
        [json!(["degrees", 1, "type"]), json!(["degrees", 3, "type"])]
    );
}

#[test]
fn a_claim_pointed_at_twice_counts_once() {
    let query = query(json!({"claims": [{"path": ["a"]}, {"path": ["a"], "values": ["other"]}]}));
    let held = json!({"a": 1});
    assert_eq!(claims_disclosed(&select(&query, &[candidate(&held)])), [json!(["a"])]);
}

#[test]
fn an_array_in_which_a_step_fails_aborts() {
    let held = json!({"list": [{"a": 1}, "text"]});
    assert_eq!(
        obstacle(&query(json!({"claims": [{"path": ["list", null, "a"]}]})), &[candidate(&held)]),
        Obstacle::Claims(vec![LackingClaim { path: path(json!(["list", null, "a"])), differs: false }])
    );
}

#[test]
fn type_values_are_alternatives_of_sets() {
    let held = json!({});
    for (types, matches) in [
        (vec!["https://e/#VC", "https://e/#Student", "https://e/#More"], true),
        (vec!["Plain"], true),
        (vec!["https://e/#VC"], false),
        (vec!["Student"], false),
        (vec![], false),
    ] {
        let meta = json!({"type_values": [["https://e/#Student", "https://e/#VC"], ["Plain"]]});
        for format in [Format::JwtVcJson, Format::LdpVc] {
            let query = query(json!({"format": format.identifier(), "meta": meta}));
            let candidate = Candidate { format, types: types.clone(), ..candidate(&held) };
            assert_eq!(select(&query, &[candidate]).is_satisfiable(), matches, "{types:?}");
        }
    }
}

#[test]
fn a_type_that_is_inherited_from_matches() {
    let held = json!({});
    let heir = Candidate { types: vec!["urn:t:special", "urn:t"], ..candidate(&held) };
    assert!(select(&query(json!({})), &[heir]).is_satisfiable());
}

#[test]
fn one_of_the_authorities_has_to_certify_the_issuer() {
    let entries =
        json!([{"type": "aki", "values": ["AQ", "Ag"]}, {"type": "etsi_tl", "values": ["https://tl"]}]);
    let query = query(json!({"trusted_authorities": entries}));
    let held = json!({});
    let by = |authorities| Candidate { authorities, ..candidate(&held) };
    assert!(select(&query, &[by(vec![Authority::aki("Ag".into())])]).is_satisfiable());
    assert!(
        select(&query, &[by(vec![Authority { kind: "etsi_tl", value: "https://tl".into() }])])
            .is_satisfiable()
    );
    for others in [
        vec![],
        vec![Authority::aki("https://tl".into())],
        vec![Authority { kind: "openid_federation", value: "AQ".into() }],
    ] {
        assert_eq!(obstacle(&query, &[by(others)]), Obstacle::OtherAuthority);
    }
}

#[test]
fn holder_binding_is_required_unless_the_verifier_does_without() {
    let held = json!({});
    let bearer = Candidate { holder_bound: false, ..candidate(&held) };
    assert_eq!(obstacle(&query(json!({})), std::slice::from_ref(&bearer)), Obstacle::NotHolderBound);
    let lenient = query(json!({"require_cryptographic_holder_binding": false}));
    assert!(select(&lenient, &[bearer]).is_satisfiable());
}

#[test]
fn formats_that_cannot_be_presented_say_so() {
    let held = json!({"n": {"e": 1}});
    let query = query(json!({"format": "vc+cose", "meta": {"any": [1]}, "claims": [{"path": ["n", "e"]}]}));
    let mdoc = Candidate { format: Format::MsoMdoc, types: vec!["d"], ..candidate(&held) };
    assert_eq!(obstacle(&query, &[mdoc]), Obstacle::FormatNotSupported);
    assert_eq!(obstacle(&query, &[]), Obstacle::FormatNotSupported);
}

const MDL: &str = "org.iso.18013.5.1";

fn mdoc_query(claims: Value) -> Query {
    query(json!({"format": "mso_mdoc", "meta": {"doctype_value": "org.iso.18013.5.1.mDL"}, "claims": claims}))
}

fn mdoc(held: &Value) -> Candidate<'_> {
    Candidate { format: Format::MsoMdoc, types: vec!["org.iso.18013.5.1.mDL"], ..candidate(held) }
}

#[test]
fn an_mdoc_answers_by_namespace_and_element() {
    let held = json!({MDL: {"family_name": "Kim", "sex": 2, "portrait": "_9j_"}, "kr": {"sex": 1}});
    let query = mdoc_query(json!([
        {"path": [MDL, "family_name"], "intent_to_retain": true},
        {"path": [MDL, "sex"], "values": [1, 2]},
    ]));
    assert_eq!(query.credentials()[0].claims()[0].intent_to_retain, Some(true));
    assert_eq!(
        claims_disclosed(&select(&query, &[mdoc(&held)])),
        [json!([MDL, "family_name"]), json!([MDL, "sex"])]
    );
    let other = mdoc_query(json!([{"path": ["kr", "sex"], "values": ["1"]}]));
    assert!(matches!(obstacle(&other, &[mdoc(&held)]), Obstacle::Claims(lacking) if lacking[0].differs));
    let other_type = Candidate { types: vec!["org.iso.23220.photoid.1"], ..mdoc(&held) };
    assert_eq!(obstacle(&query, &[other_type]), Obstacle::OtherType);
}

/// ISO 18013-5 §7.2.5: the nearest age that can tell is disclosed, and no other.
#[test]
fn an_age_that_is_not_attested_is_told_by_the_nearest_that_is() {
    let held = json!({MDL: {"age_over_18": true, "age_over_25": true, "age_over_65": false}});
    let asks = |age: &str, values: Value| mdoc_query(json!([{"path": [MDL, age], "values": values}]));
    for (age, values, told) in [
        ("age_over_18", json!([true]), "age_over_18"),
        ("age_over_21", json!([true]), "age_over_25"),
        ("age_over_16", json!([true]), "age_over_18"),
        ("age_over_70", json!([false]), "age_over_65"),
    ] {
        let selection = select(&asks(age, values), &[mdoc(&held)]);
        assert_eq!(claims_disclosed(&selection), [json!([MDL, told])], "{age}");
    }
    for (age, values) in [("age_over_70", json!([true])), ("age_over_21", json!([false]))] {
        let obstacle = obstacle(&asks(age, values), &[mdoc(&held)]);
        assert!(matches!(obstacle, Obstacle::Claims(lacking) if lacking[0].differs), "{age}");
    }
    let between = asks("age_over_40", json!([true]));
    assert!(matches!(obstacle(&between, &[mdoc(&held)]), Obstacle::Claims(lacking) if !lacking[0].differs));
    // In no other format: there an element of this name is one like others.
    let sd_jwt = query(json!({"claims": [{"path": [MDL, "age_over_21"]}]}));
    assert!(matches!(obstacle(&sd_jwt, &[candidate(&held)]), Obstacle::Claims(_)));
}

#[test]
fn the_obstacle_is_that_of_the_nearest_credential() {
    let query = query(json!({"claims": [{"path": ["a"]}, {"path": ["b"], "values": ["secret"]}]}));
    let (near, far) = (json!({"a": 1, "b": "mine"}), json!({}));
    assert_eq!(obstacle(&query, &[]), Obstacle::OtherFormat);
    let other_type = Candidate { types: vec!["urn:u"], ..candidate(&near) };
    assert_eq!(obstacle(&query, std::slice::from_ref(&other_type)), Obstacle::OtherType);
    let nearest = obstacle(&query, &[candidate(&far), candidate(&near), other_type]);
    assert_eq!(nearest, Obstacle::Claims(vec![LackingClaim { path: path(json!(["b"])), differs: true }]));
    assert_eq!(nearest.say(Lang::En), "the value is not one of those asked for: b");
    assert_eq!(nearest.say(Lang::Ko), "다음 항목의 값이 요청한 값과 다릅니다: b");
    assert_eq!(obstacle(&query, &[candidate(&far)]).say(Lang::En), "the credential lacks: a, b",);
}

#[test]
fn all_that_match_are_listed() {
    let (one, two, three) = (json!({"a": 1}), json!({}), json!({"a": 2}));
    let query = query(json!({"multiple": true, "claims": [{"path": ["a"]}]}));
    let selection = select(&query, &[candidate(&one), candidate(&two), candidate(&three)]);
    let positions: Vec<_> =
        selection.credentials[0].matches.as_ref().unwrap().iter().map(|found| found.candidate).collect();
    assert_eq!(positions, [0, 2]);
    assert!(selection.credentials[0].multiple);
}

#[test]
fn no_more_is_chosen_than_one_answer_may_hold() {
    let held = json!({});
    let many = vec![candidate(&held); MAX_PRESENTATIONS + 1];
    let selection = select(&query(json!({"multiple": true})), &many);
    let all = selection.choices();
    assert_eq!(all.len(), MAX_PRESENTATIONS + 1);
    assert_eq!(selection.require_answer(&all), Err(ChoiceError::TooMany));
    assert_eq!(selection.require_answer(&all[1..]), Ok(()));
    let beyond = Choice { query: 0, found: all.len() };
    assert_eq!(selection.require_answer(&[beyond]), Err(ChoiceError::Unknown));
}

/// The alternatives of §6.4.2 on the official example.
#[test]
fn credential_sets_offer_the_options_that_can_be_satisfied_in_order() {
    let Some(example) = vector("query_lang/credentials_alternatives.json") else { return };
    let query = Query::parse(&example).unwrap();
    let person = json!({"given_name": "g", "family_name": "f", "address": {"street_address": "s"}});
    let (residence, rewards) =
        (json!({"postal_code": "p", "locality": "l", "region": "r"}), json!({"rewards_number": 1}));
    let of = |vct: &'static str, claims| Candidate { types: vec![vct], ..candidate(claims) };
    let other = of("https://othercredentials.example/pid", &person);
    let reduced = of("https://credentials.example.com/reduced_identity_credential", &person);
    let home = of("https://cred.example/residence_credential", &residence);
    let shop = of("https://company.example/company_rewards", &rewards);

    let selection = select(&query, &[shop.clone(), home, reduced.clone(), other]);
    assert_eq!(selection.sets[0].options, [vec![1], vec![2, 3]]);
    assert_eq!(selection.sets[1], SetSelection { required: false, options: vec![vec![4]] });
    let ids: Vec<_> = selection.preferred().unwrap().iter().map(|answer| answer.id.as_str()).collect();
    assert_eq!(ids, ["other_pid"]);

    let half = select(&query, &[shop, reduced]);
    assert!(half.sets[0].options.is_empty() && !half.is_satisfiable());
}

#[test]
fn the_official_queries_are_read_and_answered() {
    for (name, claims, expected) in [
        (
            "simple",
            json!({"family_name": "f", "given_name": "g", "address": {"street_address": "s"}, "birthdate": "b"}),
            json!([["family_name"], ["given_name"], ["address", "street_address"]]),
        ),
        (
            "claims_alternatives",
            json!({"family_name": "f", "postal_code": "p", "locality": "l", "date_of_birth": "d"}),
            json!([["family_name"], ["postal_code"], ["date_of_birth"]]),
        ),
        (
            "value_matching_simple",
            json!({"family_name": "Doe", "given_name": "g", "address": {"street_address": "s"}, "postal_code": "90211"}),
            json!([["family_name"], ["given_name"], ["address", "street_address"], ["postal_code"]]),
        ),
    ] {
        let Some(example) = vector(&format!("query_lang/{name}.json")) else { return };
        let query = Query::parse(&example).unwrap();
        query.validate().unwrap();
        let held = Candidate {
            types: vec!["https://credentials.example.com/identity_credential"],
            ..candidate(&claims)
        };
        assert_eq!(Value::from(claims_disclosed(&select(&query, &[held]))), expected, "{name}");
    }
    let vehicle = json!({"org.iso.7367.1": {"vehicle_holder": "v"}, MDL: {"given_name": "g"}});
    let vehicle = Candidate { types: vec!["org.iso.7367.1.mVRC"], ..mdoc(&vehicle) };
    let Some(example) = vector("query_lang/simple_mdoc.json") else { return };
    let disclosed =
        claims_disclosed(&select(&Query::parse(&example).unwrap(), std::slice::from_ref(&vehicle)));
    assert_eq!(disclosed, [json!(["org.iso.7367.1", "vehicle_holder"]), json!([MDL, "given_name"])]);
    let Some(example) = vector("query_lang/multi_credentials.json") else { return };
    let identity = json!({"family_name": "f", "given_name": "g", "address": {"street_address": "s"}});
    let person = Candidate {
        types: vec!["https://credentials.example.com/identity_credential"],
        ..candidate(&identity)
    };
    assert!(select(&Query::parse(&example).unwrap(), &[person, vehicle]).is_satisfiable());
    let photo = json!({MDL: {"given_name": "g", "family_name": "f", "portrait": "_9j_"}});
    let photo = Candidate { types: vec!["org.iso.23220.photoid.1"], ..mdoc(&photo) };
    let Some(example) = vector("query_lang/complex_mdoc.json") else { return };
    let selection = select(&Query::parse(&example).unwrap(), &[photo]);
    assert_eq!((&selection.sets[0].options, selection.sets[1].options.len()), (&vec![vec![2]], 0));
}

#[test]
fn the_official_w3c_queries_match_the_official_credentials() {
    let (Some(jwt), Some(jwt_query)) =
        (vector("credentials/jwt_vc.json"), vector("request/dcql_jwt_vc.json"))
    else {
        return;
    };
    let held = Candidate {
        format: Format::JwtVcJson,
        types: vec!["https://www.w3.org/2018/credentials#VerifiableCredential", "IDCredential"],
        selective: false,
        ..candidate(&jwt["vc"])
    };
    assert!(select(&Query::parse(&jwt_query).unwrap(), std::slice::from_ref(&held)).is_satisfiable());
    let (Some(ldp), Some(ldp_query)) =
        (vector("credentials/ldp_vc.json"), vector("request/dcql_ldp_vc.json"))
    else {
        return;
    };
    let ldp_query = Query::parse(&ldp_query).unwrap();
    assert_eq!(obstacle(&ldp_query, std::slice::from_ref(&held)), Obstacle::OtherFormat);
    let held = Candidate { format: Format::LdpVc, claims: &ldp, ..held };
    assert!(select(&ldp_query, &[held]).is_satisfiable());
}
