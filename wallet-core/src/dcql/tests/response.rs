//! The verifier's side: each way in which a response falls short.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::claims::{ClaimPath, ThinnedArray};

fn answers<'a>(entries: &[(&str, Vec<Candidate<'a>>)]) -> BTreeMap<String, Vec<Candidate<'a>>> {
    entries.iter().map(|(id, credentials)| ((*id).to_owned(), credentials.clone())).collect()
}

#[track_caller]
fn refused(query: &Query, presented: &[(&str, Vec<Candidate<'_>>)], code: &str) {
    let refusal = check_response(query, &answers(presented)).unwrap_err();
    assert_eq!((refusal.check.id, refusal.reason.code), ("V-18", code));
}

#[test]
fn v_18_a_presentation_nobody_asked_for_is_refused() {
    let claims = json!({});
    let one = candidate(&claims);
    refused(&query(json!({})), &[("c", vec![one.clone()]), ("d", vec![one])], "not-requested");
}

#[test]
fn v_18_an_answer_with_no_or_too_many_presentations_is_refused() {
    let claims = json!({});
    let one = candidate(&claims);
    refused(&query(json!({})), &[("c", vec![])], "none-presented");
    refused(&query(json!({})), &[("c", vec![one.clone(), one.clone()])], "more-than-one");
    assert_eq!(
        check_response(&query(json!({"multiple": true})), &answers(&[("c", vec![one.clone(), one])])),
        Ok(())
    );
}

#[test]
fn v_18_a_credential_that_was_asked_for_and_is_not_there_is_refused() {
    refused(&query(json!({})), &[], "credential-not-presented");
}

#[test]
fn v_18_each_mismatch_is_refused_by_name() {
    let claims = json!({"a": 1});
    let one = candidate(&claims);
    let plain = query(json!({}));
    refused(&plain, &[("c", vec![Candidate { format: Format::LdpVc, ..one.clone() }])], "other-format");
    refused(&plain, &[("c", vec![Candidate { types: vec!["urn:u"], ..one.clone() }])], "other-type");
    refused(&plain, &[("c", vec![Candidate { holder_bound: false, ..one.clone() }])], "not-holder-bound");
    let certified = query(json!({"trusted_authorities": [{"type": "aki", "values": ["AQ"]}]}));
    refused(&certified, &[("c", vec![one.clone()])], "other-authority");
    let absent = query(json!({"claims": [{"path": ["a"]}, {"path": ["b"]}]}));
    refused(&absent, &[("c", vec![one.clone()])], "claim-not-presented");
    let differing = query(json!({"claims": [{"path": ["a"], "values": [2]}]}));
    refused(&differing, &[("c", vec![one.clone()])], "claim-differs");
    let unknown = query(json!({"format": "vc+cose", "meta": {}}));
    refused(&unknown, &[("c", vec![Candidate { format: Format::MsoMdoc, ..one }])], "format-not-supported");
}

#[test]
fn v_18_one_bad_presentation_among_good_ones_refuses_all() {
    let (good, bad) = (json!({"a": 1}), json!({}));
    let query = query(json!({"multiple": true, "claims": [{"path": ["a"]}]}));
    refused(&query, &[("c", vec![candidate(&good), candidate(&bad)])], "claim-not-presented");
}

#[test]
fn v_18_no_claim_set_satisfied_is_refused() {
    let query = query(json!({
        "claims": [{"id": "a", "path": ["a"]}, {"id": "b", "path": ["b"]}, {"id": "d", "path": ["d"]}],
        "claim_sets": [["a", "b"], ["d"]]
    }));
    for (claims, satisfied) in [
        (json!({"a": 1, "b": 1}), Ok(())),
        (json!({"d": 1}), Ok(())),
        (json!({"a": 1}), Err("V-18")),
        (json!({}), Err("V-18")),
    ] {
        let outcome = check_response(&query, &answers(&[("c", vec![candidate(&claims)])]));
        assert_eq!(outcome.map_err(|refusal| refusal.check.id), satisfied, "{claims}");
    }
}

#[test]
fn v_18_a_required_set_that_is_not_satisfied_is_refused() {
    let one = |id: &str| credential_query(json!({"id": id}));
    let query = Query::parse(&json!({
        "credentials": [one("a"), one("b"), one("c"), one("d")],
        "credential_sets": [
            {"options": [["a"], ["b", "c"]]},
            {"options": [["d"]], "required": false}
        ]
    }))
    .unwrap();
    let claims = json!({});
    let present = |ids: &[&'static str]| -> Vec<(&'static str, Vec<Candidate<'_>>)> {
        ids.iter().map(|id| (*id, vec![candidate(&claims)])).collect()
    };
    for short in [&[][..], &["b"], &["c"], &["d"], &["b", "d"]] {
        refused(&query, &present(short), "set-not-satisfied");
    }
    for enough in [&["a"][..], &["b", "c"], &["a", "d"], &["a", "b"]] {
        assert_eq!(check_response(&query, &answers(&present(enough))), Ok(()), "{enough:?}");
    }
}

#[test]
fn an_index_into_a_thinned_array_means_what_may_have_stood_there() {
    let query = query(json!({"claims": [{"path": ["list", 2], "values": ["x"]}]}));
    let judge = |claims: Value, withheld: &[ThinnedArray]| {
        let presented = Candidate { withheld, ..candidate(&claims) };
        check_response(&query, &answers(&[("c", vec![presented])])).is_ok()
    };
    let list = |signed_at: &[usize]| [thinned(json!(["list"]), signed_at)];
    let other = [thinned(json!(["other"]), &[]), thinned(json!(["list", 2]), &[])];
    assert!(judge(json!({"list": ["x"]}), &list(&[2])));
    assert!(judge(json!({"list": ["x"]}), &list(&[3])), "one of the three before it may be a decoy");
    assert!(!judge(json!({"list": ["x"]}), &list(&[1])), "at most one stood before it");
    assert!(!judge(json!({"list": ["x"]}), &[]));
    assert!(!judge(json!({"list": ["x"]}), &other), "elements of another array were withheld");
    assert!(!judge(json!({"list": ["a", "b", "c", "x"]}), &list(&[0, 1, 3, 4])));
    assert!(!judge(json!({"list": ["a", "b", "c", "x"]}), &list(&[0, 1, 2, 4])));
    assert!(judge(json!({"list": ["a", "b", "x"]}), &other));
}

#[test]
fn an_array_in_which_a_step_fails_aborts_whatever_was_withheld_elsewhere() {
    let query = query(json!({"claims": [{"path": ["a", null, "b"]}]}));
    let withheld = [thinned(json!(["other"]), &[1])];
    for (claims, satisfied) in [
        (json!({"a": [{"b": 1}, 5], "other": ["x"]}), false),
        (json!({"a": [{"b": 1}, {"c": 5}], "other": ["x"]}), true),
    ] {
        for withheld in [&[], &withheld[..]] {
            let presented = Candidate { withheld, ..candidate(&claims) };
            let judged = check_response(&query, &answers(&[("c", vec![presented])]));
            assert_eq!(judged.is_ok(), satisfied, "{claims}, withheld: {withheld:?}");
        }
    }
}

fn thinned(array: Value, signed_at: &[usize]) -> ThinnedArray {
    ThinnedArray { array: ClaimPath::from_json(&array).unwrap(), signed_at: signed_at.to_vec() }
}
