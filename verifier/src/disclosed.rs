//! What whoever asked is told of an accepted verdict: the claims that the query names, and nothing that tells one copy or person from
//! all others but what was asked for.

use jigap_wallet_core::claims::PathStep;
use jigap_wallet_core::dcql::{CredentialQuery, Format, Query};
use jigap_wallet_core::verdict::Verdict;
use serde_json::{Map, Value, json};

/// The disclosed claims by query id; empty unless the verdict accepts.
pub(crate) fn claims(verdict: &Verdict, query: &Query) -> Value {
    let mut by_query = Map::new();
    for (position, credential) in verdict.credentials().iter().enumerate() {
        if let (Some(id), Some(claims)) = (credential.query_id(), verdict.claims(position)) {
            let shown = by_query.entry(id).or_insert_with(|| json!([]));
            if let Value::Array(shown) = shown {
                let asked = query.credentials().iter().find(|asked| asked.id() == id);
                shown.push(without_correlators(credential.format(), claims, asked));
            }
        }
    }
    Value::Object(by_query)
}

/// The claims that the query names ([`CredentialQuery::named`]), without the holder's key and the status reference, which served their purpose in the verdict, and without
/// the identifiers that nobody asked for: of an SD-JWT VC and its subject (`jti`, `sub`, which an issuer may leave open), of a
/// W3C credential and its subjects. They tell one copy or person from all others, wherever it is shown.
fn without_correlators(format: Format, claims: &Value, asked: Option<&CredentialQuery>) -> Value {
    let mut claims = asked.map_or_else(|| claims.clone(), |asked| asked.named(claims));
    let Value::Object(members) = &mut claims else { return claims };
    if format == Format::MsoMdoc {
        // Key and status stand beside its elements, not among them.
        return claims;
    }
    for name in ["cnf", "status"] {
        members.remove(name);
    }
    let asked = |name: &str| {
        let mut claims = asked.into_iter().flat_map(CredentialQuery::claims);
        claims.any(|claim| claim.path.steps().first() == Some(&PathStep::Key(name.to_owned())))
    };
    for name in ["jti", "sub"] {
        if format != Format::DcSdJwt || !asked(name) {
            members.remove(name);
        }
    }
    if format != Format::DcSdJwt {
        for name in ["id", "credentialStatus"] {
            members.remove(name);
        }
        match members.get_mut("credentialSubject") {
            Some(Value::Array(subjects)) => subjects.iter_mut().for_each(without_id),
            Some(subject) => without_id(subject),
            None => {}
        }
    }
    claims
}

fn without_id(subject: &mut Value) {
    if let Value::Object(members) = subject {
        members.remove("id");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asked_gets_no_key_and_no_status_reference() {
        let claims =
            json!({"enrolment_status": "enrolled", "cnf": {"jwk": {}}, "status": {"status_list": {}}});
        let shown = without_correlators(Format::DcSdJwt, &claims, None);
        assert_eq!(shown, json!({"enrolment_status": "enrolled"}));
        let claims = json!({"sub": "urn:person:1", "jti": "urn:copy:1", "enrolment_status": "enrolled"});
        for (paths, left) in [
            (json!([["enrolment_status"]]), json!({"enrolment_status": "enrolled"})),
            (json!([["sub"]]), json!({"sub": "urn:person:1"})),
            (json!([["x", "sub"]]), json!({})),
        ] {
            let paths: Vec<_> = paths.as_array().unwrap().iter().map(|path| json!({"path": path})).collect();
            let query = json!({"credentials": [{
                "id": "s", "format": "dc+sd-jwt", "meta": {"vct_values": ["https://types.example/a"]}, "claims": paths,
            }]});
            let query = Query::parse(&query).unwrap();
            assert_eq!(without_correlators(Format::DcSdJwt, &claims, query.credentials().first()), left);
        }
        let credential = json!({
            "id": "urn:uuid:1", "jti": "urn:uuid:1", "sub": "did:jwk:1", "cnf": {}, "status": {}, "credentialStatus": {},
            "credentialSubject": {"id": "did:jwk:1", "name": "김지갑"}
        });
        let shown = without_correlators(Format::JwtVcJson, &credential, None);
        assert_eq!(shown, json!({"credentialSubject": {"name": "김지갑"}}));
        let elements = json!({"example.ns": {"id": 1, "status": "valid"}, "status": {"x": 1}});
        assert_eq!(without_correlators(Format::MsoMdoc, &elements, None), elements);
        let several =
            json!({"credentialSubject": [{"id": "did:jwk:1"}, {"id": "did:jwk:2", "name": "김지갑"}]});
        let shown = without_correlators(Format::JwtVcJson, &several, None);
        assert_eq!(shown, json!({"credentialSubject": [{}, {"name": "김지갑"}]}));
    }
}
