//! Target of `dcql` and of claim paths: queries, and selecting by them.

use jigap_keys::json::{Limits, parse};
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::dcql::{Authority, Candidate, Disclosure, Format, Query, select};
use serde_json::{Value, json};

use crate::fixtures::seeds;

/// A query that is read can be selected by; what a match discloses is there; preference is consistent.
pub(crate) fn query(data: &[u8]) {
    let Ok(value) = parse(data, Limits::MESSAGE) else { return };
    if let Ok(path) = ClaimPath::from_json(&value) {
        let _ = (path.select(&claims()).len(), path.to_string());
    }
    let Ok(query) = Query::parse(&value) else { return };
    let _ = query.validate();
    assert!(!query.credentials().is_empty());
    let claims = claims();
    let candidate = |format, types, selective| Candidate {
        format,
        types,
        claims: &claims,
        authorities: vec![Authority::aki("aki".to_owned())],
        holder_bound: selective,
        provable: true,
        selective,
        withheld: &[],
    };
    let candidates = [
        candidate(Format::DcSdJwt, vec!["https://jigap.example/types/student-id/1"], true),
        candidate(Format::JwtVcJson, vec!["https://jigap.example/types#StudentCard"], false),
    ];
    let selection = select(&query, &candidates);
    assert_eq!(selection.credentials.len(), query.credentials().len());
    assert_eq!(selection.is_satisfiable(), selection.preferred().is_some());
    for found in selection.credentials.iter().filter_map(|one| one.matches.as_ref().ok()).flatten() {
        assert!(found.candidate < candidates.len());
        if let Disclosure::Claims(paths) = &found.disclosure {
            assert!(
                paths.iter().all(|path| !path.select(&claims).is_empty()),
                "it would disclose what is not there"
            );
        }
    }
}

fn claims() -> Value {
    json!({"name": "김하늘", "age": {"over_18": true}, "roles": ["student", "tutor"], "degrees": [{"type": "B"}, {"type": "M"}]})
}

pub(crate) fn query_seeds() -> Vec<Vec<u8>> {
    let sd_jwt = json!({
        "id": "card", "format": "dc+sd-jwt", "meta": {"vct_values": ["https://jigap.example/types/student-id/1"]},
        "claims": [{"id": "a", "path": ["name"]}, {"id": "b", "path": ["age", "over_18"], "values": [true]},
            {"id": "c", "path": ["degrees", null, "type"]}, {"path": ["roles", 1], "id": "d"}],
        "claim_sets": [["a", "b"], ["c"]], "trusted_authorities": [{"type": "aki", "values": ["aki", "other"]}],
        "multiple": true, "require_cryptographic_holder_binding": false,
    });
    let jwt = json!({
        "id": "w3c", "format": "jwt_vc_json",
        "meta": {"type_values": [["https://jigap.example/types#StudentCard"]]},
    });
    let mdoc = json!({
        "id": "mdl", "format": "mso_mdoc", "meta": {"doctype_value": "org.iso.18013.5.1.mDL"},
        "claims": [{"path": ["org.iso.18013.5.1", "family_name"], "intent_to_retain": true}],
    });
    seeds([
        json!({"credentials": [sd_jwt, jwt, mdoc], "credential_sets": [
            {"options": [["card"], ["w3c", "mdl"]]}, {"options": [["mdl"]], "required": false}]}),
        json!({"credentials": [{"id": "x", "format": "dc+sd-jwt", "meta": {"vct_values": ["t"]}}]}),
        json!(["degrees", null, "type"]),
    ])
}
