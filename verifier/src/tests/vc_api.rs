//! Instances of the VC API and DID Resolution: what holds, what does not, and how it is told.

use jigap_platform::http::ClientAddress;
use jigap_platform::signer::LocalSigner;
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::did::key_did;
use jigap_wallet_core::ldp::{Cryptosuite, Securing};

use super::*;

const POLICY: &str = "proof and status; trust not asked";
const JSON: (&str, &str) = ("content-type", "application/json");

async fn lab() -> Lab {
    Lab::with(json!({"vc_api": {"all": {}, "fresh": {"max_status_age": 0}}}), Faults::none()).await
}

impl Lab {
    async fn verify(&self, what: &str, body: &Value, lang: &str) -> Answer {
        let path = format!("/vc-api/all/{what}/verify");
        let headers = [JSON, ("accept-language", lang)];
        self.send("POST", &path, &headers, body.to_string().as_bytes()).await
    }

    /// What is answered to one who asked too often.
    async fn slowed_down(&self) -> Answer {
        for _ in 0..1000 {
            let request = Request::post("/vc-api/all/credentials/verify");
            let request = request.extension(ClientAddress([192, 0, 2, 1].into()));
            let Ok(_) = self.app.clone().oneshot(request.body(Body::empty()).unwrap()).await;
        }
        let last = self.verify("credentials", &json!({}), "en").await;
        // A tenth of a second has passed where it was read: that was one more.
        if last.status == 400 { self.verify("credentials", &json!({}), "en").await } else { last }
    }

    async fn secured(&self, change: impl FnOnce(&mut Value)) -> Value {
        let did = key_did(self.issuer.public());
        let mut document = json!({
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiableCredential"],
            "issuer": did,
            "credentialSubject": {"id": "did:example:subject"},
        });
        change(&mut document);
        let method = format!("{did}#{}", self.issuer.public().to_multikey());
        let securing = Securing {
            cryptosuite: Cryptosuite::EcdsaRdfc2019,
            verification_method: &method,
            created: self.clock.now(),
        };
        let key = PrivateKey::from_pkcs8_der(&self.issuer.to_pkcs8_der()).unwrap();
        let signer = LocalSigner::new(key).unwrap();
        let members = document.as_object().unwrap().clone();
        securing.secure(members, &signer, Contexts::built_in().for_data_integrity()).await.unwrap()
    }
}

#[tokio::test]
async fn what_holds_is_200_and_what_does_not_is_400_with_problem_details() {
    let lab = lab().await;
    let credential = lab.secured(|_| ()).await;
    let body = json!({"verifiableCredential": credential, "options": {"checks": ["proof", "seal"]}});
    let answer = lab.verify("credentials", &body, "en").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let told = answer.json();
    assert_eq!(told["verified"], true);
    assert_eq!(told["policy"], "proof and status; trust not asked");
    assert_eq!(told["errors"], json!([]));
    assert_eq!(told["warnings"].as_array().unwrap().len(), 1);
    assert!(told["checks"].as_array().unwrap().contains(&json!("V-03")));

    let mut forged = credential.clone();
    forged["credentialSubject"]["id"] = json!("did:example:other");
    let ended = lab.secured(|document| document["validUntil"] = json!("2020-01-01T00:00:00Z")).await;
    let status = json!({"id": "https://school.example/1", "type": "https://school.example/#Seal"});
    let unknown_status = lab.secured(|document| document["credentialStatus"] = status).await;
    for (credential, problem) in [
        (forged, "CRYPTOGRAPHIC_SECURITY_ERROR"),
        (ended, "RANGE_ERROR"),
        (unknown_status, "STATUS_VERIFICATION_ERROR"),
        (json!({"type": ["NonconformingDocument"]}), "PARSING_ERROR"),
        (json!("text"), "PARSING_ERROR"),
        (json!(7), "PARSING_ERROR"),
        (json!(null), "PARSING_ERROR"),
    ] {
        for (lang, other) in [("en", "ko"), ("ko", "en")] {
            let body = json!({"verifiableCredential": credential});
            let answer = lab.verify("credentials", &body, lang).await;
            assert_eq!(answer.status, 400, "{credential}");
            let told = answer.json();
            assert_eq!(
                (&told["verified"], &told["policy"]),
                (&json!(false), &json!("proof and status; trust not asked"))
            );
            let errors = told["errors"].as_array().unwrap();
            let types = errors.iter().map(|error| error["type"].as_str().unwrap());
            assert!(types.clone().any(|name| name.ends_with(problem)), "{credential}: {errors:?}");
            let elsewhere = lab.verify("credentials", &body, other).await.json();
            assert_ne!(elsewhere["errors"][0]["detail"], errors[0]["detail"]);
        }
    }
}

#[tokio::test]
async fn presentations_answer_what_was_asked_or_are_refused() {
    let lab = lab().await;
    let presentation = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [lab.secured(|_| ()).await],
    });
    let unasked = json!({"verifiablePresentation": presentation});
    assert_eq!(lab.verify("presentations", &unasked, "en").await.status, 200);
    let asked = json!({"verifiablePresentation": presentation, "options": {"challenge": "c", "domain": "d"}});
    assert_eq!(lab.verify("presentations", &asked, "en").await.status, 400);
    let mut forged = unasked.clone();
    forged["verifiablePresentation"]["verifiableCredential"][0]["issuer"] = json!("did:example:other");
    assert_eq!(lab.verify("presentations", &forged, "en").await.status, 400);
}

#[tokio::test]
async fn a_credential_for_everybody_answers_no_challenge_and_no_domain() {
    let lab = lab().await;
    let credential = lab.secured(|_| ()).await;
    for (options, checks) in [
        (json!({}), vec![]),
        (json!({"challenge": "c"}), vec!["V-13"]),
        (json!({"domain": "gate.example"}), vec!["V-12"]),
        (json!({"challenge": "c", "domain": "gate.example"}), vec!["V-13", "V-12"]),
    ] {
        let body = json!({"verifiableCredential": credential, "options": options});
        let answer = lab.verify("credentials", &body, "en").await;
        assert_eq!(answer.status, if checks.is_empty() { 200 } else { 400 }, "{answer:?}");
        let errors = answer.json()["errors"].as_array().unwrap().clone();
        let told: Vec<&str> = errors.iter().map(|error| error["check"].as_str().unwrap()).collect();
        assert_eq!(told, checks, "{options}");
    }
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let lab = lab().await;
    for body in [
        json!({}),
        json!([]),
        json!({"verifiablePresentation": {}}),
        json!({"verifiableCredential": {}, "options": {"surprise": 1}}),
        json!({"verifiableCredential": {}, "options": {"checks": "proof"}}),
        json!({"verifiableCredential": {}, "more": 1}),
    ] {
        let refused = lab.verify("credentials", &body, "en").await;
        assert_eq!(refused.refusal(), (400, "unexpected-json".to_owned()), "{body}");
        unverified(&refused, "PARSING_ERROR");
    }
    for what in ["credentials", "presentations"] {
        let path = format!("/vc-api/all/{what}/verify");
        let broken = lab.send("POST", &path, &[JSON, ("accept-language", "ko")], b"{").await;
        assert_eq!(broken.refusal(), (400, "bad-json".to_owned()));
        unverified(&broken, "PARSING_ERROR");
        assert_eq!(broken.json()["errors"][0]["title"], broken.json()["detail"]);
    }
    let nobody = lab
        .send("POST", "/vc-api/nobody/credentials/verify", &[JSON], br#"{"verifiableCredential":{}}"#)
        .await;
    assert_eq!(nobody.refusal(), (404, "no-such-instance".to_owned()));
    unverified(&nobody, "about:blank");
    let off = Lab::new().await;
    let body = json!({"verifiableCredential": {}});
    assert_eq!(off.verify("credentials", &body, "en").await.status, 404);
}

/// A problem with the members of a verdict.
fn unverified(answer: &Answer, kind: &str) {
    let told = answer.json();
    assert_eq!((&told["verified"], &told["policy"]), (&json!(false), &json!(POLICY)));
    assert_eq!((&told["checks"], &told["warnings"]), (&json!([]), &json!([])));
    let [error] = told["errors"].as_array().unwrap().as_slice() else { panic!("{answer:?}") };
    assert!(error["type"].as_str().unwrap().ends_with(kind), "{error}");
    assert_eq!(error["code"], told["code"]);
}

/// One answer of each status, and of each form.
#[tokio::test]
async fn every_answer_says_what_it_is_worth() {
    let lab = lab().await;
    let good = json!({"verifiableCredential": lab.secured(|_| ()).await});
    let bad = json!({"verifiableCredential": {}});
    let (path, resolver) = ("/vc-api/all/credentials/verify", "/1.0/identifiers");
    let did = key_did(lab.issuer.public());
    let text = [("content-type", "text/plain")];
    let long = format!("[{}]", "0,".repeat(1 << 20));
    let get = async |path: &str| lab.send("GET", path, &[], b"").await;
    let mut answers = vec![
        (200, lab.verify("credentials", &good, "en").await),
        (400, lab.verify("credentials", &bad, "en").await),
        (400, lab.verify("credentials", &json!({}), "en").await),
        (400, lab.verify("presentations", &json!({"verifiablePresentation": 1}), "ko").await),
        (200, get(&format!("{resolver}/{did}")).await),
        (400, get(&format!("{resolver}/nonsense")).await),
        (404, get(&format!("{resolver}/did:web:school.example")).await),
        (501, get(&format!("{resolver}/did:example:1")).await),
        (404, lab.send("POST", "/vc-api/nobody/credentials/verify", &[JSON], b"{}").await),
        (405, get(path).await),
        (405, lab.send("POST", &format!("{resolver}/{did}"), &[], b"").await),
        (413, lab.send("POST", path, &[JSON], long.as_bytes()).await),
        (415, lab.send("POST", path, &text, b"{}").await),
    ];
    answers.push((429, lab.slowed_down().await));
    for (status, answer) in answers {
        assert_eq!(
            (answer.status, answer.headers["jigap-policy"].to_str().unwrap()),
            (status, POLICY),
            "{answer:?}"
        );
        let body = answer.json();
        // What a resolver found has the form of its specification.
        let is_resolution = body.get("didResolutionMetadata").is_some();
        assert!(is_resolution || body["policy"] == POLICY, "{body}");
    }
    let elsewhere = lab.send("GET", "/verifier/requests/1", &[], b"").await;
    assert!(!elsewhere.headers.contains_key("jigap-policy"), "no other address says it");
}

#[tokio::test]
async fn what_was_not_judged_is_warned_about_and_not_said_to_hold() {
    let lab = lab().await;
    let schema = json!({"id": "https://school.example/schema.json", "type": "JsonSchema"});
    let with_schema = lab.secured(|document| document["credentialSchema"] = schema).await;
    let without = lab.secured(|_| ()).await;
    for (credential, warned) in [(&with_schema, true), (&without, false)] {
        let answer = lab.verify("credentials", &json!({"verifiableCredential": credential}), "en").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let told = answer.json();
        assert_eq!(told["warnings"][0]["title"] == "credentialSchema", warned, "{told}");
        assert_eq!(told["warnings"].as_array().unwrap().len(), usize::from(warned));
        let checks = told["checks"].as_array().unwrap();
        assert!(checks.contains(&json!("V-03")) && checks.contains(&json!("V-04")), "{checks:?}");
        assert!(!checks.contains(&json!("V-05")) && !checks.contains(&json!("V-06")), "{checks:?}");
    }
    let mut forged = without.clone();
    forged["credentialSubject"]["id"] = json!("did:example:other");
    let presentation = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [without, forged],
    });
    let told =
        lab.verify("presentations", &json!({"verifiablePresentation": presentation}), "en").await.json();
    let checks = told["checks"].as_array().unwrap();
    assert!(checks.contains(&json!("V-02")), "{checks:?}");
    assert!(!checks.contains(&json!("V-03")), "it holds of one of them alone: {checks:?}");
    assert!(!checks.contains(&json!("V-11")), "nobody signed it: {checks:?}");
}

#[tokio::test]
async fn dids_are_resolved_or_refused_by_the_names_of_did_resolution() {
    let lab = lab().await;
    let did = key_did(lab.issuer.public());
    let resolved = lab.send("GET", &format!("/1.0/identifiers/{did}"), &[], b"").await;
    assert_eq!(resolved.status, 200);
    assert_eq!(resolved.headers["content-type"], "application/did-resolution");
    assert_eq!(resolved.json()["didDocument"]["id"], json!(did));
    assert_eq!(resolved.json()["didDocumentMetadata"], json!({}));
    for (did, status, error) in [
        ("did:example:1", 501, "methodNotSupported"),
        ("did:key:zz", 400, "invalidPublicKey"),
        ("did:key:zTjsVPtY", 400, "invalidPublicKeyLength"),
        ("did:key:-4:zTjsVPtY", 400, "invalidDid"),
        ("nonsense", 400, "invalidDid"),
        ("did:web:school.example", 404, "notFound"),
    ] {
        let answer = lab.send("GET", &format!("/1.0/identifiers/{did}"), &[], b"").await;
        let metadata = &answer.json()["didResolutionMetadata"];
        assert_eq!((answer.status, metadata["error"].as_str()), (status, Some(error)), "{did}");
    }
}

#[tokio::test]
async fn did_urls_are_dereferenced_to_the_method_that_they_name() {
    let lab = lab().await;
    let did = key_did(lab.issuer.public());
    let multikey = lab.issuer.public().to_multikey();
    let path = |url: &str| format!("/1.0/identifiers/{}", url.replace('#', "%23").replace('/', "%2F"));
    let found = lab.send("GET", &path(&format!("{did}#{multikey}")), &[], b"").await;
    assert_eq!((found.status, &found.headers["vary"]), (200, &"accept".parse().unwrap()));
    assert_eq!(found.headers["content-type"], "application/did-url-dereferencing");
    let method = json!({
        "id": format!("{did}#{multikey}"), "type": "Multikey", "controller": did, "publicKeyMultibase": multikey,
    });
    assert_eq!(found.json()["content"], method);
    assert_eq!(found.json()["dereferencingMetadata"], json!({"contentType": "application/did"}));
    for (url, status, error) in [
        (format!("{did}#elsewhere"), 404, "notFound"),
        (format!("{did}/path"), 400, "invalidDidUrl"),
        (format!("{did}/path#{multikey}"), 400, "invalidDidUrl"),
        (format!("{did}/^"), 400, "invalidDidUrl"),
        ("did:example:1#1".to_owned(), 501, "methodNotSupported"),
        ("#1".to_owned(), 400, "invalidDidUrl"),
    ] {
        let answer = lab.send("GET", &path(&url), &[], b"").await;
        let result = answer.json();
        assert_eq!((answer.status, &result["content"]), (status, &Value::Null), "{url}");
        assert_eq!(result["dereferencingMetadata"], json!({"error": error}), "{url}");
    }
}

#[tokio::test]
async fn results_have_the_form_that_is_accepted() {
    let lab = lab().await;
    let did = key_did(lab.issuer.public());
    let former = r#"application/ld+json;profile="https://w3id.org/did-resolution""#;
    let (resolved, dereferenced) = ("didResolutionMetadata", "didDereferencingMetadata");
    for (url, accept, kind, member) in [
        (did.clone(), "application/did-resolution", "application/did-resolution", resolved),
        (did.clone(), "text/html", "application/did-resolution", resolved),
        (did.clone(), former, former, resolved),
        (did.clone(), "application/ld+json, */*", "application/did-resolution", resolved),
        (format!("{did}%23{}", lab.issuer.public().to_multikey()), former, former, dereferenced),
    ] {
        let answer = lab.send("GET", &format!("/1.0/identifiers/{url}"), &[("accept", accept)], b"").await;
        assert_eq!((answer.status, answer.headers["content-type"].to_str().unwrap()), (200, kind));
        assert!(answer.json()[member].is_object() && answer.json()["didDocument"].is_object());
    }
}

/// did:key v0.9, "Signature Method Creation Algorithm".
#[tokio::test]
async fn the_keys_of_a_did_key_are_given_in_no_form_but_multikey() {
    let lab = lab().await;
    let did = key_did(lab.issuer.public());
    for (query, status, error) in [
        ("publicKeyFormat=Multikey", 200, Value::Null),
        ("other=1", 200, Value::Null),
        ("publicKeyFormat=unknown", 400, json!("unsupportedPublicKeyType")),
        ("publicKeyFormat=Ed25519VerificationKey2018", 400, json!("invalidPublicKeyType")),
        (
            "publicKeyFormat=Ed25519VerificationKey2018&enableExperimentalPublicKeyTypes=true",
            400,
            json!("unsupportedPublicKeyType"),
        ),
    ] {
        let answer = lab.send("GET", &format!("/1.0/identifiers/{did}?{query}"), &[], b"").await;
        assert_eq!(
            (answer.status, &answer.json()["didResolutionMetadata"]["error"]),
            (status, &error),
            "{query}"
        );
    }
    for flag in ["True", "1", ""] {
        let query = format!("enableExperimentalPublicKeyTypes={flag}");
        let answer = lab.send("GET", &format!("/1.0/identifiers/{did}?{query}"), &[], b"").await;
        assert_eq!(answer.refusal(), (400, "bad-parameters".to_owned()), "{query}");
    }
    let twice = "publicKeyFormat=unknown&publicKeyFormat=Multikey";
    let answer = lab.send("GET", &format!("/1.0/identifiers/{did}?{twice}"), &[], b"").await;
    assert_eq!(answer.refusal(), (400, "bad-parameters".to_owned()));
}

#[tokio::test]
async fn who_asks_too_often_is_slowed_down() {
    let last = lab().await.slowed_down().await;
    assert_eq!(last.refusal(), (429, "too-many-requests".to_owned()));
}
