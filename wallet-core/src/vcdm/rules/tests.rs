//! Each rule with what breaks it and what keeps it, by the words of the data model 2.0.

use serde_json::{Value, json};

use super::{
    CONTEXTS, Check, ENVELOPED_CREDENTIAL, HOLDER, IDENTIFIER, ISSUER, MOMENT_MEMBERS, MOMENTS, NAMED,
    PRESENTED, RELATED, Refusal, SCHEMA, TOLD, TYPED, TYPED_MEMBERS, TYPES,
};
use crate::vcdm::{CONTEXT_V1, CONTEXT_V2};

/// Holds a credential, which is an object, to the rules.
fn check_credential(document: &Value) -> Result<(), Refusal> {
    document.as_object().map_or(Ok(()), super::check_credential)
}

fn check_presentation(document: &Value) -> Result<(), Refusal> {
    document.as_object().map_or(Ok(()), super::check_presentation)
}

/// A credential that keeps every rule, with `change` put over it.
fn credential(change: Value) -> Value {
    let mut document = json!({
        "@context": [CONTEXT_V2, {"Seal": "https://school.example/#Seal"}],
        "id": "urn:uuid:6f1d6a52-0b0f-4b5c-9c57-0a9a1f3b2a01",
        "type": ["VerifiableCredential"],
        "issuer": {"id": "did:example:school", "name": "한빛대학교"},
        "credentialSubject": {"id": "did:example:student", "name": "Hong Gildong"},
    });
    if let (Some(members), Value::Object(change)) = (document.as_object_mut(), change) {
        members.extend(change);
    }
    document
}

fn presentation(change: Value) -> Value {
    let mut document = json!({
        "@context": [CONTEXT_V2],
        "type": "VerifiablePresentation",
        "holder": "did:example:student",
        "verifiableCredential": [credential(json!({}))],
    });
    if let (Some(members), Value::Object(change)) = (document.as_object_mut(), change) {
        members.extend(change);
    }
    document
}

#[track_caller]
fn refused(check: Check, changes: &[Value]) {
    for change in changes {
        let broken = check_credential(&credential(change.clone())).map_err(|refusal| refusal.check);
        assert_eq!(broken, Err(check), "{change}");
    }
}

#[track_caller]
fn accepted(changes: &[Value]) {
    for change in changes {
        assert_eq!(check_credential(&credential(change.clone())), Ok(()), "{change}");
    }
}

#[test]
fn dm_01_what_is_not_named_by_one_url_is_refused() {
    refused(
        IDENTIFIER,
        &[
            json!({"id": null}),
            json!({"id": ["urn:uuid:a", "urn:uuid:b"]}),
            json!({"id": "not-a-url"}),
            json!({"id": "https ://school.example"}),
            json!({"issuer": {"id": "school"}}),
            json!({"credentialSubject": {"id": ["did:example:a", "did:example:b"]}}),
            json!({"credentialSubject": [{"name": "A"}, {"id": 7}]}),
            json!({"credentialStatus": {"id": "nowhere", "type": "Seal"}}),
            json!({"evidence": [{"id": {}, "type": "Seal"}]}),
        ],
    );
    accepted(&[
        json!({"id": "https://school.example/credentials/1"}),
        json!({"credentialSubject": [{"name": "A"}, {"id": "did:example:b"}]}),
        json!({"credentialStatus": {"type": "Seal"}}),
    ]);
}

#[test]
fn dm_02_types_that_are_neither_terms_nor_urls_are_refused() {
    refused(
        TYPES,
        &[
            json!({"type": ["VerifiableCredential", 2]}),
            json!({"type": []}),
            json!({"type": ["VerifiableCredential", ""]}),
            json!({"type": ["VerifiableCredential", "a term"]}),
            json!({"type": ["VerifiableCredential", "https ://school.example#Card"]}),
            json!({"credentialStatus": {"type": 2}}),
        ],
    );
    accepted(&[
        json!({"type": "VerifiableCredential"}),
        json!({"type": ["VerifiableCredential", "https://school.example/#Card", "Seal"]}),
    ]);
}

#[test]
fn dm_03_what_must_say_its_type_and_does_not_is_refused() {
    for name in TYPED_MEMBERS {
        refused(
            TYPED,
            &[
                json!({name: {"id": "did:example:it"}}),
                json!({name: [{"id": "did:example:it", "type": "Seal"}, {"id": "did:example:other"}]}),
                json!({name: "did:example:it"}),
            ],
        );
        accepted(&[json!({name: {"id": "did:example:it", "type": "Seal"}})]);
    }
}

#[test]
fn dm_04_names_that_are_no_text_in_a_language_are_refused() {
    for name in ["name", "description"] {
        let of_issuer = |text: Value| json!({"issuer": {"id": "did:example:school", name: text}});
        let wrong = [
            json!({"@value": "Card", "url": "did:example:it"}),
            json!({"@language": "ko"}),
            json!({"@value": "Card", "@direction": "up"}),
            json!(["Card"]),
            json!([]),
            json!(7),
        ];
        for text in wrong {
            refused(NAMED, &[json!({name: text}), of_issuer(text.clone())]);
        }
        let right = [
            json!("학생증"),
            json!({"@value": "학생증", "@language": "ko"}),
            json!({"@value": "Card", "@language": "en", "@direction": "ltr"}),
            json!([{"@value": "Card", "@language": "en"}, {"@value": "학생증", "@language": "ko"}]),
        ];
        for text in right {
            accepted(&[json!({name: text}), of_issuer(text.clone())]);
        }
    }
}

#[test]
fn dm_05_a_schema_that_cannot_be_found_is_refused() {
    refused(
        SCHEMA,
        &[
            json!({"credentialSchema": {"type": "JsonSchema"}}),
            json!({"credentialSchema": [{"id": "https://school.example/s", "type": "JsonSchema"}, {"type": "JsonSchema"}]}),
        ],
    );
    accepted(&[json!({"credentialSchema": {"id": "https://school.example/s", "type": "JsonSchema"}})]);
}

#[test]
fn dm_06_related_resources_that_cannot_be_checked_are_refused() {
    let id = "https://school.example/seal.png";
    let sri = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    refused(
        RELATED,
        &[
            json!({"relatedResource": [id]}),
            json!({"relatedResource": {"digestSRI": sri}}),
            json!({"relatedResource": {"id": "seal", "digestSRI": sri}}),
            json!({"relatedResource": {"id": id}}),
            json!({"relatedResource": {"id": id, "digestSRI": "sha1-abc"}}),
            json!({"relatedResource": {"id": id, "digestSRI": ""}}),
            json!({"relatedResource": {"id": id, "digestSRI": sri, "digestMultibase": 7}}),
            json!({"relatedResource": [{"id": id, "digestSRI": sri}, {"id": id, "digestMultibase": "zQm"}]}),
        ],
    );
    accepted(&[
        json!({"relatedResource": {"id": id, "digestSRI": sri, "mediaType": "image/png"}}),
        json!({"relatedResource": [{"id": id, "digestMultibase": "zQmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"}]}),
    ]);
}

#[test]
fn dm_07_contexts_that_are_neither_urls_nor_objects_are_refused() {
    refused(
        CONTEXTS,
        &[
            json!({"@context": [CONTEXT_V2, 7]}),
            json!({"@context": [CONTEXT_V2, "https ://school.example/context"]}),
            json!({"@context": [CONTEXT_V2, null]}),
        ],
    );
    accepted(&[
        json!({"@context": CONTEXT_V2}),
        json!({"@context": [CONTEXT_V2, "https://school.example/c"]}),
    ]);
}

#[test]
fn dm_08_a_presentation_of_what_is_no_credential_is_refused() {
    let enveloped = |context: &str, id: &str| json!({"verifiableCredential": {"@context": context, "id": id, "type": ENVELOPED_CREDENTIAL}});
    let broken = [
        json!({"verifiableCredential": ["https://school.example/credentials/1"]}),
        json!({"verifiableCredential": {"type": ["Seal"]}}),
        json!({"verifiableCredential": [credential(json!({})), {"id": "urn:uuid:a"}]}),
        enveloped(CONTEXT_V2, "https://school.example/credentials/1"),
        enveloped("https://school.example/context", "data:application/vc+jwt,eyJh"),
    ];
    for change in broken {
        let refused = check_presentation(&presentation(change.clone())).map_err(|refusal| refusal.check);
        assert_eq!(refused, Err(PRESENTED), "{change}");
    }
    for change in [json!({}), enveloped(CONTEXT_V2, "data:application/vc+jwt,eyJh")] {
        assert_eq!(check_presentation(&presentation(change)), Ok(()));
    }
}

#[test]
fn dm_09_a_holder_without_a_url_is_refused() {
    for holder in [json!("z6Mk"), json!({"id": "z6Mk"}), json!({"name": "Hong"}), json!(7), json!(null)] {
        let refused = check_presentation(&presentation(json!({"holder": holder})));
        assert_eq!(refused.map_err(|refusal| refusal.check), Err(HOLDER), "{holder}");
    }
    let object = json!({"holder": {"id": "did:example:student", "name": "Hong"}});
    assert_eq!(check_presentation(&presentation(object)), Ok(()));
}

/// VCDM 1.1 has rules of its own.
#[test]
fn documents_of_another_model_are_not_held_to_these_rules() {
    let document = credential(json!({"@context": ["https://www.w3.org/2018/credentials/v1"], "id": null}));
    assert_eq!(check_credential(&document), Ok(()));
    assert_eq!(check_presentation(&document), Ok(()));
}

#[test]
fn dm_10_a_credential_that_tells_nothing_is_refused() {
    refused(
        TOLD,
        &[
            json!({"credentialSubject": null}),
            json!({"credentialSubject": {}}),
            json!({"credentialSubject": "did:example:student"}),
            json!({"credentialSubject": [{"name": "A"}, {}]}),
            json!({"credentialSubject": ["did:example:student"]}),
        ],
    );
    accepted(&[
        json!({"credentialSubject": {"id": "did:example:student"}}),
        json!({"credentialSubject": [{"name": "A"}, {"id": "did:example:student"}]}),
    ]);
}

proptest::proptest! {
    /// What is told to be a URL at a glance is one to the parser too.
    #[test]
    fn plain_urls_are_urls(text in "(https://|did:|urn:|https:)?[a-z0-9.:@/?#%\\[\\]é-]{0,24}") {
        proptest::prop_assert!(!super::is_plain_url(&text) || url::Url::parse(&text).is_ok(), "{text}");
    }
}

#[test]
fn the_usual_urls_are_plain() {
    for url in [CONTEXT_V2, "did:jwk:eyJ9", "did:example:a/b?c#d", "urn:uuid:6f1d", "https://school.example"]
    {
        assert!(super::is_plain_url(url), "{url}");
    }
    for other in [
        "https://",
        "https:///a",
        "https://a..b",
        "https://1.2.3.400",
        "https://xn--a/",
        "https://a:b/",
        "did://[",
    ] {
        assert!(!super::is_plain_url(other), "{other}");
    }
}

/// Of both data models.
fn of_either(change: &Value) -> [Value; 2] {
    [CONTEXT_V2, CONTEXT_V1].map(|context| {
        let mut credential = credential(change.clone());
        credential["@context"][0] = json!(context);
        credential
    })
}

#[test]
fn dm_12_moments_that_are_not_one_string_each_are_refused() {
    let at = "2026-01-01T00:00:00Z";
    for name in MOMENT_MEMBERS {
        for value in [
            json!([at]),
            json!([at, at]),
            json!({"@value": at}),
            json!({"@value": at, "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}),
            json!([]),
            json!(null),
            json!(1_767_225_600),
            json!(""),
            json!("2026-01-01"),
            json!("2026-01-01T00:00:00"),
            json!("2026-01-01t00:00:00z"),
            json!("2026-01-01T00:00:00+23:59"),
        ] {
            for document in of_either(&json!({name: value})) {
                let broken = check_credential(&document).map_err(|refusal| refusal.check);
                assert_eq!(broken, Err(MOMENTS), "{document}");
            }
        }
        for value in [at, "2026-01-01T00:00:00.5+09:00", "2026-01-01T00:00:00-14:00"] {
            for document in of_either(&json!({name: value})) {
                assert_eq!(check_credential(&document), Ok(()), "{document}");
            }
        }
    }
}

#[test]
fn dm_13_an_issuer_that_is_not_one_url_is_refused() {
    let did = "did:example:school";
    for issuer in [
        json!([did]),
        json!([{"id": did}]),
        json!([]),
        json!(null),
        json!(7),
        json!("school"),
        json!({}),
        json!({"name": "한빛대학교"}),
        json!({"@id": did}),
    ] {
        for document in of_either(&json!({"issuer": issuer})) {
            let broken = check_credential(&document).map_err(|refusal| refusal.check);
            assert_eq!(broken, Err(ISSUER), "{document}");
        }
    }
    let [newer, older] = of_either(&json!({"issuer": {"id": [did]}}));
    assert_eq!(check_credential(&newer).map_err(|refusal| refusal.check), Err(IDENTIFIER));
    assert_eq!(check_credential(&older).map_err(|refusal| refusal.check), Err(ISSUER));
    for issuer in [json!(did), json!({"id": did}), json!("https://school.example/"), json!("urn:x:1")] {
        for document in of_either(&json!({"issuer": issuer})) {
            assert_eq!(check_credential(&document), Ok(()), "{document}");
        }
    }
}
