//! The same statements in other JSON: whoever shows a signed document may say it anew in any words that mean the same RDF.
//! The judge refuses, or reads exactly what it read of the original.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::dcql::{Candidate, Query, Selection, select};

const MORE: &str = "https://contexts.example/more";
const UNUSED: &str = "https://contexts.example/unused";
const OURS: &str = "https://jigap.example/types/student-id/1#";

/// The built-in contexts, one with a term of each kind, and one that nobody needs.
fn contexts() -> &'static crate::contexts::Contexts {
    static ALL: LazyLock<crate::contexts::Contexts> = LazyLock::new(make_contexts);
    &ALL
}

fn make_contexts() -> crate::contexts::Contexts {
    let more = json!({"@context": {
        "ex": {"@id": "urn:ex:", "@prefix": true}, "sid": {"@id": OURS, "@prefix": true},
        "tags": "ex:tags", "count": "ex:count", "ratio": "ex:ratio", "flags": "ex:flags", "words": "ex:words",
        "adult": {"@id": "ex:adult", "@type": "http://www.w3.org/2001/XMLSchema#boolean"},
        "score": {"@id": "ex:score", "@type": "http://www.w3.org/2001/XMLSchema#integer"},
        "home": "ex:home", "city": "ex:city", "friend": {"@id": "ex:friend", "@type": "@id"},
        "peer": {"@id": "ex:peer", "@type": "@id"}, "order": {"@id": "ex:order", "@container": "@list"},
        "any": {"@id": "ex:any", "@type": "@json"}
    }});
    let unused = json!({"@context": {"unused": "urn:ex:unused", "ex2": {"@id": "urn:ex:", "@prefix": true}}});
    let contexts = crate::contexts::Contexts::built_in().clone();
    let contexts = contexts.with(MORE, more.to_string().as_bytes()).unwrap();
    contexts.with(UNUSED, unused.to_string().as_bytes()).unwrap()
}

fn original(school: &School, status: bool) -> Value {
    let mut credential = school.credential();
    credential["@context"] = json!([V2, CONTEXT, MORE]);
    credential["id"] = json!("urn:ex:credential");
    credential["issuer"] = json!({"id": credential["issuer"], "name": "Hanbit"});
    let subject = credential["credentialSubject"].as_object_mut().unwrap();
    let more = json!({
        "tags": ["a", "b", "a b"], "count": 3, "ratio": 2.5, "flags": [true, false], "adult": false, "score": 7,
        "words": {"@value": "안녕", "@language": "ko"}, "home": {"city": "Seoul"},
        "friend": {"id": "urn:ex:p", "name": "P"}, "peer": "urn:ex:p", "order": ["x", "y", "x"], "any": {"k": [1, null]}
    });
    subject.extend(more.as_object().unwrap().clone());
    if status {
        credential["credentialStatus"] = json!({"type": "BitstringStatusListEntry", "statusPurpose": "revocation",
            "statusListIndex": "7", "statusListCredential": "https://uni.example/status/1"});
    }
    school.present_by(school.issue_by(credential, contexts()), contexts())
}

/// What the judge reads, and which of the queries it answers; `None` where it refuses.
fn judged(school: &School, document: &Value) -> Option<(String, Vec<Selection>)> {
    let judge = Judge::new(&school.trust, NOW, Policy::default()).with_contexts(contexts());
    let asked = Asked { audience: AUDIENCE, nonce: NONCE };
    let verdict = judge.read(&document.to_string()).judge_presentation(&asked, &Documents::new());
    if !verdict.accepted() {
        return None;
    }
    let judged = &verdict.credentials()[0];
    let claims = verdict.claims(0).unwrap();
    let candidate = Candidate {
        format: crate::dcql::Format::LdpVc,
        types: judged.types().iter().map(String::as_str).collect(),
        claims,
        authorities: Vec::new(),
        holder_bound: true,
        provable: true,
        selective: false,
        withheld: &[],
    };
    let answers = queries().iter().map(|query| select(query, std::slice::from_ref(&candidate))).collect();
    Some((format!("{:?} {:?} {:?} {claims}", judged.issuer(), judged.types(), judged.holder()), answers))
}

fn queries() -> Vec<Query> {
    let claims = [
        json!({"path": ["credentialSubject", "enrolment_status"], "values": ["enrolled"]}),
        json!({"path": ["credentialSubject", "tags", 0]}),
        json!({"path": ["credentialSubject", "tags", null], "values": ["b"]}),
        json!({"path": ["credentialSubject", "tags"], "values": ["b"]}),
        json!({"path": ["credentialSubject", "count"], "values": [3]}),
        json!({"path": ["credentialSubject", "count"], "values": ["3"]}),
        json!({"path": ["credentialSubject", "count", null], "values": [3]}),
        json!({"path": ["credentialSubject", "adult"], "values": [false]}),
        json!({"path": ["credentialSubject", "adult"], "values": ["false"]}),
        json!({"path": ["credentialSubject", "score"], "values": [7]}),
        json!({"path": ["credentialSubject", "home", "city"], "values": ["Seoul"]}),
        json!({"path": ["credentialSubject", "home", null, "city"], "values": ["Seoul"]}),
        json!({"path": ["credentialSubject", "friend", "name"], "values": ["P"]}),
        json!({"path": ["credentialSubject", "peer", "name"], "values": ["P"]}),
        json!({"path": ["credentialSubject", "peer"], "values": ["urn:ex:p"]}),
        json!({"path": ["issuer", "name"]}),
        json!({"path": ["issuer"]}),
        json!({"path": ["type", null], "values": ["StudentId"]}),
        json!({"path": ["validUntil"]}),
        json!({"path": ["validFrom"]}),
    ];
    let query = |claim: &Value| {
        let query = json!({"credentials": [{"id": "q", "format": "ldp_vc",
            "meta": {"type_values": [[STUDENT]]}, "claims": [claim]}]});
        Query::parse(&query).unwrap()
    };
    claims.iter().map(query).collect()
}

/// Chooses by a seed.
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Says a node anew.
fn node(members: &serde_json::Map<String, Value>, dice: &mut Dice) -> Value {
    let mut said = serde_json::Map::new();
    for (name, value) in members {
        let value = match (name.as_str(), value) {
            ("@context", value) => context(value, dice),
            ("proof" | "id", value) if dice.roll(20) > 0 => value.clone(),
            ("type", value) => property("type", value, dice),
            (name, value) => property(name, value, dice),
        };
        said.insert(renamed(name, dice), value);
    }
    Value::Object(said)
}

fn context(value: &Value, dice: &mut Dice) -> Value {
    let mut urls: Vec<Value> = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    match dice.roll(12) {
        0 => urls.push(json!(UNUSED)),
        1 => urls.push(json!(V2)),
        2 => urls.insert(0, json!(UNUSED)),
        3 => drop(urls.pop()),
        4 => urls.push(json!(MORE)),
        5 => urls.push(json!({"degree_level": "urn:ex:tags"})),
        _ => {}
    }
    Value::Array(urls)
}

fn renamed(name: &str, dice: &mut Dice) -> String {
    match (dice.roll(40), name) {
        (0, "enrolment_status") => format!("{OURS}enrolment_status"),
        (1, "enrolment_status") => "sid:enrolment_status".to_owned(),
        (0, "tags" | "count" | "adult") => format!("ex:{name}"),
        (0, "validUntil") => "https://www.w3.org/2018/credentials#validUntil".to_owned(),
        (1, "validUntil") => "expirationDate".to_owned(),
        (0, "id" | "type") => format!("@{name}"),
        _ => name.to_owned(),
    }
}

/// Says a property's value anew.
fn property(name: &str, value: &Value, dice: &mut Dice) -> Value {
    let mut said = match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| property(name, item, dice)).collect();
            if items.len() > 1 {
                let by = dice.roll(items.len() as u64) as usize;
                items.rotate_left(by);
            }
            if dice.roll(4) == 0 {
                items.push(items[0].clone());
            }
            Value::Array(items)
        }
        Value::Object(members) if members.contains_key("@value") || name == "any" => value.clone(),
        Value::Object(members) => node(members, dice),
        scalar => self::scalar(name, scalar, dice),
    };
    for _ in 0..2 {
        said = match (dice.roll(10), &said) {
            (0, _) => json!([said]),
            (1, Value::Array(items)) if items.len() == 1 => items[0].clone(),
            (2, _) if dice.roll(8) == 0 => json!({"@set": [said]}),
            (3, _) if dice.roll(8) == 0 => json!({"@list": [said]}),
            _ => said,
        };
    }
    said
}

fn scalar(name: &str, value: &Value, dice: &mut Dice) -> Value {
    const XSD: &str = "http://www.w3.org/2001/XMLSchema#";
    match (dice.roll(8), value) {
        (0, Value::Bool(_)) => json!({"@value": value.to_string(), "@type": format!("{XSD}boolean")}),
        (1, Value::Bool(_) | Value::Number(_)) => json!(value.to_string()),
        (2, Value::Bool(_) | Value::Number(_)) => json!({"@value": value}),
        (0, Value::Number(_)) => json!({"@value": value.to_string(), "@type": format!("{XSD}integer")}),
        (3, Value::Number(_)) => json!(value.as_f64().unwrap()),
        (0, Value::String(_)) => json!({"@value": value}),
        (1, Value::String(_)) => json!({"@value": value, "@type": format!("{XSD}string")}),
        (2, Value::String(_)) if name == "validUntil" => {
            json!({"@value": value, "@type": format!("{XSD}dateTime")})
        }
        (2, Value::String(id)) if id.contains(':') => json!({"id": id}),
        (3, Value::String(id)) if id == "urn:ex:p" => json!({"id": id, "name": "P"}),
        (4, Value::String(name)) if name == "StudentId" => json!(format!("{OURS}StudentId")),
        (5, Value::String(name)) if name == "StudentId" => json!("sid:StudentId"),
        (6, Value::String(id)) if id.starts_with("urn:ex:") => json!(id.replace("urn:ex:", "ex:")),
        _ => value.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_signed_document_said_anew_is_refused_or_read_the_same(seed: u64) {
        let school = School::new();
        let document = original(&school, false);
        let first = judged(&school, &document);
        prop_assert!(first.is_some());
        let anew = node(document.as_object().unwrap(), &mut Dice(seed));
        if let Some(second) = judged(&school, &anew) {
            prop_assert_eq!(Some(second), first, "{}", anew);
        }
    }

    #[test]
    fn a_status_cannot_be_said_away(seed: u64) {
        let school = School::new();
        let document = original(&school, true);
        let anew = node(document.as_object().unwrap(), &mut Dice(seed));
        prop_assert_eq!(judged(&school, &anew), None, "{}", anew);
    }
}

/// That the trial above tries something: these are other JSON for the same statements, and are read.
#[test]
fn other_words_for_the_same_statements_are_read_the_same() {
    let school = School::new();
    let document = original(&school, false);
    let first = judged(&school, &document);
    let said = |pointer: &str, value: Value| {
        let mut document = document.clone();
        *document.pointer_mut(pointer).unwrap() = value;
        document
    };
    let subject = |name: &str| format!("/verifiableCredential/0/credentialSubject/{name}");
    let contexts = json!([V2, CONTEXT, MORE, UNUSED]);
    let mut moved = said(&subject("peer"), json!({"id": "urn:ex:p", "name": "P"}));
    *moved.pointer_mut(&subject("friend")).unwrap() = json!("urn:ex:p");
    for anew in [
        said(&subject("tags"), json!(["a b", ["b", "a"], "a"])),
        said(&subject("count"), json!([3.0])),
        said(&subject("adult"), json!("false")),
        said(&subject("score"), json!({"@value": "7", "@type": "http://www.w3.org/2001/XMLSchema#integer"})),
        said(&subject("flags"), json!([false, true])),
        said(&subject("home"), json!([{"city": ["Seoul"]}])),
        said(&subject("peer"), json!({"id": "urn:ex:p"})),
        said("/verifiableCredential/0/@context", contexts),
        said("/verifiableCredential/0/type", json!(["VerifiableCredential", format!("{OURS}StudentId")])),
        said("/verifiableCredential/0/type", json!(["sid:StudentId", "VerifiableCredential"])),
        moved,
    ] {
        assert_eq!(judged(&school, &anew), first, "{anew}");
    }
    let refused = said(&subject("order"), json!(["y", "x", "x"]));
    assert_eq!(judged(&school, &refused), None);
}

#[test]
fn an_array_that_is_no_list_has_no_first_element() {
    let school = School::new();
    let (_, answers) = judged(&school, &original(&school, false)).unwrap();
    let answered: Vec<bool> = answers.iter().map(Selection::is_satisfiable).collect();
    let t = true;
    let expected = [t, false, t, false, t, false, t, t, false, t, t, t, t, t, false, t, t, t, t, false];
    assert_eq!(answered, expected);
}
