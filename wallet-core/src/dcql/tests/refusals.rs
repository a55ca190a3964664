//! One offence for each rule of a query.

use serde_json::{Value, json};

use super::super::checks::*;
use super::*;
use crate::verdict::Check;

#[track_caller]
fn refused(query: Value, check: Check) {
    let outcome = Query::parse(&query);
    assert_eq!(outcome.as_ref().map_err(|refusal| refusal.check.id), Err(check.id), "{query}");
}

#[track_caller]
fn credential_refused(members: Value, check: Check) {
    refused(json!({"credentials": [credential_query(members)]}), check);
}

/// The credential query without `member`.
fn without(member: &str) -> Value {
    let mut credential = credential_query(json!({}));
    credential.as_object_mut().unwrap().remove(member);
    json!({"credentials": [credential]})
}

#[test]
fn dq_01_a_query_without_credentials_is_refused() {
    for query in [
        json!({}),
        json!([]),
        json!("credentials"),
        json!(null),
        json!({"credentials": []}),
        json!({"credentials": {}}),
        json!({"credentials": null}),
        json!({"credentials": ["c"]}),
    ] {
        refused(query, CREDENTIALS);
    }
}

#[test]
fn dq_02_a_missing_malformed_or_repeated_credential_id_is_refused() {
    refused(without("id"), CREDENTIAL_ID);
    for id in [json!(""), json!("a b"), json!("a.b"), json!("이름"), json!("a\u{0}"), json!(1), json!(null)]
    {
        credential_refused(json!({"id": id}), CREDENTIAL_ID);
    }
    let twice =
        json!({"credentials": [credential_query(json!({})), credential_query(json!({"multiple": true}))]});
    refused(twice, CREDENTIAL_ID);
}

#[test]
fn dq_03_a_missing_format_or_a_switch_that_is_no_boolean_is_refused() {
    refused(without("format"), CREDENTIAL);
    for members in [
        json!({"format": ""}),
        json!({"format": 1}),
        json!({"multiple": "true"}),
        json!({"multiple": null}),
        json!({"require_cryptographic_holder_binding": 0}),
    ] {
        credential_refused(members, CREDENTIAL);
    }
}

#[test]
fn dq_04_a_meta_that_its_format_does_not_allow_is_refused() {
    refused(without("meta"), META);
    for (format, meta) in [
        ("dc+sd-jwt", json!(null)),
        ("dc+sd-jwt", json!([])),
        ("unknown", json!("x")),
        ("dc+sd-jwt", json!({"type_values": [["a"]]})),
        ("dc+sd-jwt", json!({"vct_values": []})),
        ("dc+sd-jwt", json!({"vct_values": "urn:t"})),
        ("dc+sd-jwt", json!({"vct_values": [1]})),
        ("dc+sd-jwt", json!({"vct_values": [""]})),
        ("jwt_vc_json", json!({"type_values": ["a"]})),
        ("jwt_vc_json", json!({"type_values": [[]]})),
        ("ldp_vc", json!({"type_values": []})),
        ("ldp_vc", json!({"type_values": [[1]]})),
        ("ldp_vc", json!({"vct_values": ["a"]})),
        ("mso_mdoc", json!({"doctype_value": ["a"]})),
        ("mso_mdoc", json!({"doctype_values": "a"})),
    ] {
        credential_refused(json!({"format": format, "meta": meta}), META);
    }
}

#[test]
fn dq_05_malformed_trusted_authorities_are_refused() {
    for entries in [
        json!([]),
        json!({}),
        json!(["aki"]),
        json!([{"type": "aki"}]),
        json!([{"values": ["a"]}]),
        json!([{"type": "aki", "values": []}]),
        json!([{"type": "aki", "values": "a"}]),
        json!([{"type": "aki", "values": [1]}]),
        json!([{"type": 1, "values": ["a"]}]),
    ] {
        credential_refused(json!({"trusted_authorities": entries}), AUTHORITIES);
    }
}

#[test]
fn dq_06_claims_that_are_no_array_of_objects_are_refused() {
    for claims in [json!([]), json!({}), json!(null), json!(["name"]), json!([["name"]])] {
        credential_refused(json!({"claims": claims}), CLAIMS);
    }
    let mdoc =
        json!({"format": "mso_mdoc", "meta": {}, "claims": [{"path": ["n", "e"], "intent_to_retain": 1}]});
    credential_refused(mdoc, CLAIMS);
}

#[test]
fn dq_07_a_malformed_or_repeated_claim_id_is_refused() {
    for id in [json!(""), json!("a/b"), json!(null), json!(7)] {
        credential_refused(json!({"claims": [{"id": id, "path": ["a"]}]}), CLAIM_ID);
    }
    credential_refused(json!({"claims": [{"id": "a", "path": ["a"]}, {"id": "a", "path": ["b"]}]}), CLAIM_ID);
}

#[test]
fn dq_08_a_malformed_path_is_refused() {
    credential_refused(json!({"claims": [{"id": "a"}]}), PATH);
    for path in [json!([]), json!("a"), json!([-1]), json!([1.5]), json!([{}]), json!([true]), json!(null)] {
        credential_refused(json!({"claims": [{"path": path}]}), PATH);
    }
    for path in [json!(["n"]), json!(["n", null]), json!(["n", 0]), json!(["n", "e", "x"])] {
        credential_refused(json!({"format": "mso_mdoc", "meta": {}, "claims": [{"path": path}]}), PATH);
    }
}

#[test]
fn dq_09_values_other_than_strings_integers_and_booleans_are_refused() {
    for values in [
        json!([]),
        json!("a"),
        json!(null),
        json!([null]),
        json!([1.5]),
        json!([["a"]]),
        json!([{}]),
        json!({}),
    ] {
        credential_refused(json!({"claims": [{"path": ["a"], "values": values}]}), VALUES);
    }
}

#[test]
fn dq_10_claim_sets_that_name_no_claims_are_refused() {
    credential_refused(json!({"claim_sets": [["a"]]}), CLAIM_SETS);
    let claims = json!([{"id": "a", "path": ["a"]}, {"id": "b", "path": ["b"]}]);
    for sets in [json!([]), json!({}), json!(["a"]), json!([["a", "c"]]), json!([[0]]), json!([["a"], "b"])] {
        credential_refused(json!({"claims": claims, "claim_sets": sets}), CLAIM_SETS);
    }
    let one_without_id = json!([{"id": "a", "path": ["a"]}, {"path": ["b"]}]);
    credential_refused(json!({"claims": one_without_id, "claim_sets": [["a"]]}), CLAIM_SETS);
}

#[test]
fn dq_11_credential_sets_that_name_no_credentials_are_refused() {
    for sets in [
        json!([]),
        json!({}),
        json!(["c"]),
        json!([{}]),
        json!([{"options": []}]),
        json!([{"options": ["c"]}]),
        json!([{"options": [[]]}]),
        json!([{"options": [["c"], ["d"]]}]),
        json!([{"options": [["c"]], "required": "no"}]),
    ] {
        refused(
            json!({"credentials": [credential_query(json!({}))], "credential_sets": sets}),
            CREDENTIAL_SETS,
        );
    }
}

#[test]
fn dq_12_a_query_beyond_the_bounds_is_refused() {
    let many =
        |most: usize, entry: &dyn Fn(usize) -> Value| Value::from((0..=most).map(entry).collect::<Vec<_>>());
    refused(json!({"credentials": many(64, &|n| credential_query(json!({"id": n.to_string()})))}), BOUNDS);
    credential_refused(json!({"claims": many(128, &|n| json!({"path": [n.to_string()]}))}), BOUNDS);
    credential_refused(json!({"claims": [{"path": ["a"], "values": many(256, &|n| json!(n))}]}), BOUNDS);
    let claims = json!([{"id": "a", "path": ["a"]}]);
    credential_refused(json!({"claims": claims, "claim_sets": many(64, &|_| json!(["a"]))}), BOUNDS);
    credential_refused(json!({"claims": claims, "claim_sets": [many(128, &|_| json!("a"))]}), BOUNDS);
    let set = json!({"options": [["c"]]});
    let credentials = json!([credential_query(json!({}))]);
    refused(json!({"credentials": credentials, "credential_sets": many(64, &|_| set.clone())}), BOUNDS);
    let options = many(64, &|_| json!(["c"]));
    refused(json!({"credentials": credentials, "credential_sets": [{"options": options}]}), BOUNDS);
}

#[test]
fn dq_13_a_verifier_that_points_at_a_claim_twice_is_refused() {
    let twice = query(json!({"claims": [{"path": ["a"]}, {"path": ["a"], "values": [1]}]}));
    assert_eq!(twice.validate().map_err(|refusal| refusal.check), Err(CLAIM_ONCE));
    assert_eq!(query(json!({"claims": [{"path": ["a"]}, {"path": ["a", "b"]}]})).validate(), Ok(()));
}

#[test]
fn unknown_members_are_ignored_everywhere() {
    let query = json!({
        "x": 1,
        "credentials": [{
            "id": "c", "format": "dc+sd-jwt", "x": {}, "meta": {"vct_values": ["urn:t"], "x": null},
            "claims": [{"id": "a", "path": ["a"], "x": []}],
            "trusted_authorities": [{"type": "aki", "values": ["a"], "x": 1}]
        }],
        "credential_sets": [{"options": [["c"]], "purpose": 7}]
    });
    assert!(Query::parse(&query).is_ok());
}

#[test]
fn what_is_left_out_has_the_defaults_of_the_specification() {
    let query = query(json!({"meta": {}}));
    let credential = &query.credentials()[0];
    assert!(!credential.multiple() && credential.requires_holder_binding() && credential.claims().is_empty());
    assert_eq!(credential.meta(), &Meta::Any);
    let set =
        json!({"credentials": [credential_query(json!({}))], "credential_sets": [{"options": [["c"]]}]});
    assert!(Query::parse(&set).unwrap().credential_sets()[0].required());
}
