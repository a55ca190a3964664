//! Instances of the VC API: what they sign, what they refuse, and that there are none unless an operator wants them.

use axum::body::Body;
use jigap_platform::http::ClientAddress;
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::judge::{Policy, Unasked};

use tower::ServiceExt as _;

use super::*;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];
const POLICY: &str = "proof and status; trust not asked";
const SELECTIVE: [&str; 2] = ["sd", "bbs"];

async fn lab() -> Lab {
    Lab::configured(Faults::none(), |config| {
        config["vc_api"] = json!({
            "eddsa": {"cryptosuite": "eddsa-rdfc-2022", "key_type": "Ed25519"},
            "eddsa-jcs": {"cryptosuite": "eddsa-jcs-2022", "key_type": "Ed25519"},
            "p256": {"cryptosuite": "ecdsa-rdfc-2019", "key_type": "P-256"},
            "p384-jcs": {"cryptosuite": "ecdsa-jcs-2019", "key_type": "P-384"},
            "jwt": {"cryptosuite": "vc+jwt"},
            "sd": {"cryptosuite": "ecdsa-sd-2023", "key_type": "P-256"},
            "bbs": {"cryptosuite": "bbs-2023"},
        });
    })
    .await
}

impl Lab {
    async fn show(&self, instance: &str, credential: &Value, pointers: &[&str]) -> Answer {
        let body = json!({"verifiableCredential": credential, "options": {"selectivePointers": pointers}});
        self.send("POST", &format!("/vc-api/{instance}/credentials/derive"), &JSON, &body.to_string()).await
    }

    async fn sign(&self, instance: &str, body: &Value) -> Answer {
        self.sign_as_written(instance, &self.as_own(instance, body).await).await
    }

    /// What is answered to one who asked for too many.
    async fn slowed_down(&self) -> Answer {
        for _ in 0..1000 {
            let request = axum::http::Request::post("/vc-api/eddsa/credentials/issue");
            let request = request.extension(ClientAddress([192, 0, 2, 1].into()));
            let Ok(_) = self.app.clone().oneshot(request.body(Body::empty()).unwrap()).await;
        }
        let asked = json!({"credential": credential()});
        let last = self.sign("eddsa", &asked).await;
        // A tenth of a second has passed where one was issued: that was one more.
        if last.status == 201 { self.sign("eddsa", &asked).await } else { last }
    }

    async fn sign_as_written(&self, instance: &str, body: &Value) -> Answer {
        self.send("POST", &format!("/vc-api/{instance}/credentials/issue"), &JSON, &body.to_string()).await
    }
}

fn credential() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "credentialSubject": {"id": "did:example:subject", "name": "Kim Jigap"},
    })
}

fn changed(name: &str, value: Value) -> Value {
    let mut credential = credential();
    credential[name] = value;
    credential
}

#[tokio::test]
async fn each_instance_signs_what_holds_and_says_what_that_is_worth() {
    let lab = lab().await;
    let instances = lab.get("/ids").await.json();
    assert_eq!(instances.as_array().unwrap().len(), 7);
    let bbs = instances.as_array().unwrap().iter().find(|one| one["instance"] == "bbs").unwrap();
    assert_eq!(bbs["keyType"], "Bls12381G2");
    assert!(bbs["id"].as_str().unwrap().starts_with("did:key:zUC7"));
    let how = || Unasked { contexts: Contexts::built_in(), now: lab.clock.now(), policy: Policy::default() };
    for instance in instances.as_array().unwrap() {
        assert_eq!(instance["policy"], POLICY);
        let name = instance["instance"].as_str().unwrap();
        let answer = lab.sign(name, &json!({"credential": credential(), "options": {}})).await;
        assert_eq!(answer.status, 201, "{name}: {answer:?}");
        assert_eq!(answer.get("policy"), POLICY);
        let mut secured = answer.json()["verifiableCredential"].clone();
        if SELECTIVE.contains(&name) {
            // A base proof is for its holder alone.
            assert!(!how().credential(secured.clone()).judge(&Documents::new()).holds());
            secured =
                lab.show(name, &secured, &["/credentialSubject/name"]).await.json()["verifiableCredential"]
                    .clone();
        }
        assert!(how().credential(secured.clone()).judge(&Documents::new()).holds(), "{name}: {secured}");
        if name != "jwt" {
            assert_eq!(secured["issuer"], instance["id"]);
            assert_eq!(secured["proof"]["cryptosuite"], instance["cryptosuite"]);
            assert_eq!(secured["proof"]["verificationMethod"], instance["verificationMethod"]);
        }
        // Its own issuer may be said, and more of it than its name.
        let named = changed("issuer", json!({"id": instance["id"], "name": "Hanbit University"}));
        assert_eq!(lab.sign(name, &json!({"credential": named})).await.status, 201, "{name}");
    }
}

/// VC-DATA-INTEGRITY 1.0 §2.4.1: the contexts of VCDM 1.1 know nothing of such proofs.
#[tokio::test]
async fn a_credential_of_the_older_data_model_gets_the_context_of_its_proof() {
    let lab = lab().await;
    let (v1, terms) =
        ("https://www.w3.org/2018/credentials/v1", "https://w3id.org/security/data-integrity/v2");
    let older = |contexts: Value| {
        json!({
            "@context": contexts, "type": ["VerifiableCredential"], "issuanceDate": "2026-01-01T00:00:00Z",
            "credentialSubject": {"id": "did:example:subject"},
        })
    };
    for name in ["eddsa", "p256", "p384-jcs", "sd", "bbs"] {
        for contexts in [json!(v1), json!([v1]), json!([v1, terms])] {
            let signed = lab.sign(name, &json!({"credential": older(contexts)})).await;
            assert_eq!(signed.status, 201, "{name}: {signed:?}");
            let mut signed = signed.json()["verifiableCredential"].clone();
            assert_eq!(signed["@context"], json!([v1, terms]));
            if SELECTIVE.contains(&name) {
                signed =
                    lab.show(name, &signed, &["/credentialSubject"]).await.json()["verifiableCredential"]
                        .clone();
            }
            let how =
                Unasked { contexts: Contexts::built_in(), now: lab.clock.now(), policy: Policy::default() };
            assert!(how.credential(signed.clone()).judge(&Documents::new()).holds(), "{name}: {signed}");
        }
    }
}

/// `Ed25519Signature2020`: the contexts of VCDM 1.1 know nothing of it either, and newer credentials have newer suites.
#[tokio::test]
async fn an_instance_of_the_older_suite_signs_credentials_of_the_older_data_model_alone() {
    let lab = Lab::configured(Faults::none(), |config| {
        config["vc_api"] = json!({"older": {"cryptosuite": "Ed25519Signature2020", "key_type": "Ed25519"}});
    })
    .await;
    let instance = lab.get("/ids").await.json()[0].clone();
    assert_eq!(
        (&instance["cryptosuite"], &instance["keyType"]),
        (&json!("Ed25519Signature2020"), &json!("Ed25519"))
    );
    let (v1, terms) =
        ("https://www.w3.org/2018/credentials/v1", "https://w3id.org/security/suites/ed25519-2020/v1");
    for contexts in [json!(v1), json!([v1]), json!([v1, terms])] {
        let older = json!({
            "@context": contexts, "type": ["VerifiableCredential"], "issuanceDate": "2026-01-01T00:00:00Z",
            "credentialSubject": {"id": "did:example:subject"},
        });
        let answer = lab.sign("older", &json!({"credential": older})).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let signed = answer.json()["verifiableCredential"].clone();
        assert_eq!(signed["@context"], json!([v1, terms]));
        assert_eq!(signed["proof"]["type"], "Ed25519Signature2020");
        assert_eq!((signed["proof"].get("cryptosuite"), signed.get("credentialStatus")), (None, None));
        let holds = |credential: Value| {
            let how =
                Unasked { contexts: Contexts::built_in(), now: lab.clock.now(), policy: Policy::default() };
            how.credential(credential).judge(&Documents::new()).holds()
        };
        assert!(holds(signed.clone()), "{signed}");
        let mut forged = signed;
        forged["credentialSubject"]["id"] = json!("did:example:another");
        assert!(!holds(forged));
    }
    let newer = changed("@context", json!(["https://www.w3.org/ns/credentials/v2", terms]));
    for newer in [credential(), newer] {
        let refused = lab.sign("older", &json!({"credential": newer})).await;
        assert_eq!(refused.refusal(), (400, "credential-refused".to_owned()));
    }
}

#[tokio::test]
async fn what_is_mandatory_is_shown_and_what_is_not_asked_for_is_withheld() {
    let lab = lab().await;
    for instance in SELECTIVE {
        shown_and_withheld(&lab, instance).await;
    }
    let by_bbs = lab.sign("bbs", &json!({"credential": credential()})).await.json();
    let by_bbs = &by_bbs["verifiableCredential"];
    assert_eq!(lab.show("sd", by_bbs, &["/issuer"]).await.refusal().0, 400, "a proof of the other suite");
    assert_eq!(lab.show("eddsa", by_bbs, &[]).await.refusal(), (400, "not-selective".to_owned()));
    assert_eq!(lab.show("nobody", by_bbs, &[]).await.refusal(), (404, "no-such-instance".to_owned()));
    let show = async || lab.show("bbs", by_bbs, &["/issuer"]).await.json()["verifiableCredential"].clone();
    assert_ne!(show().await["proof"]["proofValue"], show().await["proof"]["proofValue"], "no two are alike");
}

async fn shown_and_withheld(lab: &Lab, instance: &str) {
    let mut credential = changed("validUntil", json!("2040-01-01T00:00:00Z"));
    credential["credentialSubject"]["alumniOf"] = json!({"id": "urn:uni", "name": "Hanbit"});
    credential["@context"] = json!([
        "https://www.w3.org/ns/credentials/v2",
        {"alumniOf": "https://schema.org/alumniOf"}
    ]);
    let issue = |pointers: Value| {
        let options = json!({"mandatoryPointers": pointers});
        let body = json!({"credential": credential, "options": options});
        async move { lab.sign(instance, &body).await }
    };
    let by_default = issue(json!([])).await.json()["verifiableCredential"].clone();
    let chosen = issue(json!(["/issuer", "/credentialSubject/name"])).await;
    let chosen = chosen.json()["verifiableCredential"].clone();
    for (base, pointers, shown) in [
        (&by_default, &[][..], json!({"id": "did:example:subject"})),
        (
            &by_default,
            &["/credentialSubject/name"],
            json!({"id": "did:example:subject", "name": "Kim Jigap"}),
        ),
        (&chosen, &[], json!({"id": "did:example:subject", "name": "Kim Jigap"})),
    ] {
        let derived = lab.show(instance, base, pointers).await;
        assert_eq!(derived.status, 201, "{derived:?}");
        let derived = derived.json()["verifiableCredential"].clone();
        assert_eq!(derived["credentialSubject"], shown, "{pointers:?}");
        assert_eq!(derived.get("validUntil").is_some(), base == &by_default);
        let how = Unasked { contexts: Contexts::built_in(), now: lab.clock.now(), policy: Policy::default() };
        assert!(how.credential(derived.clone()).judge(&Documents::new()).holds(), "{derived}");
        // What was derived shows no more, and nothing else than it does.
        assert_eq!(lab.show(instance, &derived, &["/issuer"]).await.refusal().0, 400);
    }
    for wrong in [json!(["/nowhere"]), json!(["issuer"]), json!(vec!["/issuer"; 257])] {
        assert_eq!(issue(wrong).await.refusal(), (400, "credential-refused".to_owned()));
    }
    for wrong in [&["/nowhere"][..], &["name"], &["/issuer"; 257]] {
        let refused = lab.show(instance, &by_default, wrong).await;
        assert_eq!(refused.refusal(), (400, "credential-refused".to_owned()), "{wrong:?}");
    }
    assert_eq!(lab.show(instance, &credential, &["/issuer"]).await.refusal().0, 400, "no proof");
}

#[tokio::test]
async fn a_proof_that_is_there_stays() {
    let lab = lab().await;
    let first = lab.sign("eddsa", &json!({"credential": credential()})).await.json();
    let again = lab.sign("eddsa", &json!({"credential": first["verifiableCredential"]})).await;
    assert_eq!(again.status, 201, "{again:?}");
    let proofs = again.json()["verifiableCredential"]["proof"].clone();
    assert_eq!(proofs[0], first["verifiableCredential"]["proof"]);
    assert_eq!(proofs.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn keys_stay_when_the_service_starts_again() {
    let mut lab = lab().await;
    let before = lab.get("/ids").await.json();
    lab.restart().await;
    assert_eq!(lab.get("/ids").await.json(), before);
}

#[tokio::test]
async fn what_no_verifier_would_take_is_not_signed() {
    let lab = lab().await;
    let context = "https://www.w3.org/ns/credentials/v2";
    let unknown = json!([context, "https://school.example/context"]);
    let bad = [
        changed("@context", json!([])),
        changed("@context", json!(["https://www.w3.org/ns/credentials/examples/v2", context])),
        changed("@context", unknown),
        changed("@context", json!([context, 7])),
        changed("type", json!(["Seal"])),
        changed("type", json!(["VerifiableCredential", "UndefinedType"])),
        changed("type", json!([])),
        changed("id", json!("not a url")),
        changed("id", json!(null)),
        changed("credentialSubject", json!({})),
        changed("credentialSubject", json!([])),
        changed("credentialSubject", json!("did:example:subject")),
        changed("credentialSubject", json!({"id": "did:example:subject", "undefined": 1})),
        changed("validFrom", json!("yesterday")),
        changed("validUntil", json!("2026-01-01")),
        changed("validFrom", json!(["2026-01-01T00:00:00Z"])),
        changed("validUntil", json!({"@value": "2040-01-01T00:00:00Z"})),
        changed("validFrom", json!("2026-01-01T00:00:00+23:59")),
        changed("validFrom", json!("2026-01-01t00:00:00z")),
        changed("credentialStatus", json!({"id": "https://school.example/status/1"})),
        changed("credentialSchema", json!({"type": "JsonSchema"})),
        changed("evidence", json!([{"id": "https://school.example/evidence"}])),
        changed("relatedResource", json!([{"id": context}])),
        changed(
            "relatedResource",
            json!([{"id": context, "digestMultibase": "uM4RgWQc3RUDtjJCSgTJtTfvpZ7SPEg_LNO0ESlovQC0"}]),
        ),
        changed("proof", json!({"cryptosuite": "eddsa-rdfc-2022"})),
        changed("name", json!({"@value": "A", "@id": "urn:a"})),
    ];
    for instance in ["eddsa", "eddsa-jcs", "p256", "p384-jcs", "jwt", "sd", "bbs"] {
        for credential in &bad {
            let refused = lab.sign(instance, &json!({"credential": credential})).await;
            assert_eq!(refused.refusal(), (400, "credential-refused".to_owned()), "{instance}: {credential}");
        }
        let (from, until) = ("2028-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let mut backwards = changed("validFrom", json!(from));
        backwards["validUntil"] = json!(until);
        assert_eq!(lab.sign(instance, &json!({"credential": backwards})).await.status, 400);
    }
    let other =
        lab.sign("eddsa", &json!({"credential": changed("issuer", json!("did:example:other"))})).await;
    assert_eq!(other.refusal(), (400, "other-issuer".to_owned()));
    let did = lab.get("/ids").await.json()[0]["id"].clone();
    for issuer in [
        json!(null),
        json!({"id": null}),
        json!({}),
        json!({"name": "Hanbit University"}),
        json!("school"),
        json!([]),
        json!([did]),
        json!([{"id": did}]),
    ] {
        let nobody = lab.sign("eddsa", &json!({"credential": changed("issuer", issuer)})).await;
        assert_eq!(nobody.refusal(), (400, "other-issuer".to_owned()));
    }
    for instance in ["eddsa", "eddsa-jcs", "p256", "p384-jcs", "jwt", "sd", "bbs"] {
        let nobody = lab.sign_as_written(instance, &json!({"credential": credential()})).await;
        assert_eq!(
            nobody.refusal(),
            (400, "other-issuer".to_owned()),
            "{instance}: an issuer is not filled in"
        );
    }
}

/// One answer of each status, and of each form.
#[tokio::test]
async fn every_answer_says_what_it_is_worth() {
    let lab = Lab::configured(Faults::none(), |config| {
        let instance = json!({"cryptosuite": "eddsa-rdfc-2022", "key_type": "Ed25519", "status": true});
        config["vc_api"] = json!({"eddsa": instance});
    })
    .await;
    let path = |what: &str| format!("/vc-api/eddsa/credentials/{what}");
    let issued = lab.sign("eddsa", &json!({"credential": credential()})).await;
    let status = issued.json()["verifiableCredential"]["credentialStatus"].clone();
    let list = status["statusListCredential"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
    let change = json!({"credentialStatus": status, "status": true}).to_string();
    let text = [("content-type", "text/plain")];
    let long = format!("[{}]", "0,".repeat(1 << 20));
    let mut answers = vec![
        (201, issued),
        (200, lab.get("/ids").await),
        (200, lab.get(&list).await),
        (200, lab.send("POST", &path("status"), &JSON, &change).await),
        (400, lab.send("POST", &path("status"), &JSON, &change.replace("true", "false")).await),
        (400, lab.send("POST", &path("issue"), &JSON, "{").await),
        (400, lab.send("POST", &path("issue"), &JSON, "{}").await),
        (400, lab.send("POST", &path("derive"), &JSON, r#"{"verifiableCredential": {}}"#).await),
        (400, lab.sign("eddsa", &json!({"credential": changed("issuer", json!("did:example:other"))})).await),
        (400, lab.sign("eddsa", &json!({"credential": changed("undefined", json!(1))})).await),
        (404, lab.sign("nobody", &json!({"credential": credential()})).await),
        (404, lab.get("/vc-api/eddsa/status-lists/none").await),
        (405, lab.get(&path("issue")).await),
        (405, lab.send("DELETE", "/ids", &[], "").await),
        (413, lab.send("POST", &path("issue"), &JSON, &long).await),
        (415, lab.send("POST", &path("issue"), &text, "{}").await),
    ];
    answers.push((429, lab.slowed_down().await));
    for (status, answer) in answers {
        assert_eq!(
            (answer.status, answer.headers["jigap-policy"].to_str().unwrap()),
            (status, POLICY),
            "{answer:?}"
        );
        // A list has the form of a credential; of a list, each entry says it.
        match answer.json() {
            Value::Array(all) => assert!(all.iter().all(|one| one["policy"] == POLICY)),
            body if body.get("@context").is_some() => assert!(body.get("policy").is_none()),
            body => assert_eq!(body["policy"], POLICY, "{status}"),
        }
    }
    let elsewhere = lab.get("/.well-known/openid-credential-issuer/hanbit").await;
    assert!(!elsewhere.headers.contains_key("jigap-policy"), "no other address says it");
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let lab = lab().await;
    for body in [
        json!({}),
        json!([]),
        json!({"credential": "text"}),
        json!({"credential": credential(), "more": 1}),
        json!({"credential": credential(), "options": {"surprise": true}}),
        json!({"credential": credential(), "options": {"mandatoryPointers": "/issuer"}}),
    ] {
        assert_eq!(lab.sign("eddsa", &body).await.status, 400, "{body}");
    }
    let pointers = json!({"credential": credential(), "options": {"mandatoryPointers": ["/issuer"]}});
    assert_eq!(lab.sign("eddsa", &pointers).await.refusal(), (400, "not-selective".to_owned()));
    let twice = r#"{"credential": {}, "credential": {}}"#;
    assert_eq!(lab.send("POST", "/vc-api/eddsa/credentials/issue", &JSON, twice).await.status, 400);
    let nobody = lab.sign("nobody", &json!({"credential": credential()})).await;
    assert_eq!(nobody.refusal(), (404, "no-such-instance".to_owned()));
}

#[tokio::test]
async fn who_asks_for_too_many_is_slowed_down() {
    let lab = lab().await;
    let last = lab.slowed_down().await;
    assert_eq!(last.refusal(), (429, "too-many-credentials".to_owned()));
    assert!(last.headers.contains_key("retry-after"));
    let body = lab.as_own("eddsa", &json!({"credential": credential()})).await.to_string();
    let path = "/vc-api/eddsa/credentials/issue";
    assert_eq!(lab.send_from([192, 0, 2, 2], "POST", path, &JSON, &body).await.status, 201);
}

#[tokio::test]
async fn there_is_no_instance_unless_an_operator_wants_one() {
    let lab = Lab::new().await;
    let none = (404, "no-such-instance".to_owned());
    assert_eq!(lab.sign("eddsa", &json!({"credential": credential()})).await.refusal(), none);
    assert_eq!(lab.get("/ids").await.refusal(), none);
    for (name, wrong) in [
        ("eddsa", json!({"cryptosuite": "eddsa-rdfc-2022", "key_type": "P-256"})),
        ("p256", json!({"cryptosuite": "ecdsa-jcs-2019", "key_type": "Ed25519"})),
        ("A/B", json!({"cryptosuite": "vc+jwt"})),
        ("bbs", json!({"cryptosuite": "bbs-2023", "key_type": "P-256"})),
        ("bbs-listed", json!({"cryptosuite": "bbs-2023", "status": true})),
        ("older", json!({"cryptosuite": "Ed25519Signature2020", "key_type": "P-256"})),
        (
            "older-listed",
            json!({"cryptosuite": "Ed25519Signature2020", "key_type": "Ed25519", "status": true}),
        ),
    ] {
        let config = serde_json::from_value(json!({"vc_api": {name: wrong}})).unwrap();
        let base = Url::parse(BASE).unwrap();
        let refused = assembly::open(&config, &base, &lab.vault, lab.world.clone()).await;
        assert!(refused.err().unwrap().to_string().starts_with("issuer.vc_api."), "{name}");
    }
    let config: Result<IssuerConfig, _> =
        serde_json::from_value(json!({"vc_api": {"one": {"cryptosuite": "none"}}}));
    assert!(config.unwrap_err().to_string().contains("unknown variant"));
}
