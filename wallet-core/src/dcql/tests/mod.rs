//! Hostile queries, the examples of the specification, and the property that the wallet's selection satisfies the
//! verifier.

mod property;
mod refusals;
mod response;
mod select;

use serde_json::{Value, json};

use super::*;

/// A query for one SD-JWT VC of type `urn:t`, with more members of the credential query.
fn credential_query(members: Value) -> Value {
    let mut credential = json!({"id": "c", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:t"]}});
    for (name, value) in members.as_object().unwrap() {
        credential[name] = value.clone();
    }
    credential
}

fn query(members: Value) -> Query {
    Query::parse(&json!({"credentials": [credential_query(members)]})).unwrap()
}

fn candidate(claims: &Value) -> Candidate<'_> {
    Candidate {
        format: Format::DcSdJwt,
        types: vec!["urn:t"],
        claims,
        authorities: Vec::new(),
        holder_bound: true,
        provable: true,
        selective: true,
        withheld: &[],
    }
}

/// The official example `name` of OpenID4VP 1.0, or `None` where the vectors are not on this machine.
pub(crate) fn vector(name: &str) -> Option<Value> {
    let path = jigap_tests::vectors("openid4vp-1.0/1.0/examples")?.join(name);
    #[expect(clippy::disallowed_methods, reason = "a test reads its vectors")]
    let bytes = std::fs::read(path).unwrap();
    Some(serde_json::from_slice(&bytes).unwrap())
}
