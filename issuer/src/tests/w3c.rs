//! Credentials of the formats of W3C: what the metadata says of them, whom they bind, where their status is, and which
//! configurations are refused.

use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::did::{Did, Purpose, jwk_did, key_did, verification_key, web_document_url, webvh};
use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::judge::{Judge, Policy};
use jigap_wallet_core::ldp::{self, LdpVc};
use jigap_wallet_core::status::bitstring::{Bitstring, StatusEntry};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::{TrustList, TrustListContent};
use jigap_wallet_core::vcjwt::VcJwt;

use super::*;

const JWT: &str = "student-id_jwt_vc_json";
const CLASS: &str = "https://id.example/types/student-id/1#StudentId";
const CONTEXT: &str = "https://id.example/types/student-id/1/context.jsonld";

async fn lab() -> Lab {
    Lab::configured(Faults::none(), |config| {
        config["tenants"]["hanbit"]["formats"] = json!({"student-id": ["dc+sd-jwt", "jwt_vc_json"]});
    })
    .await
}

impl Lab {
    /// An access token for a student ID of this configuration.
    pub(super) async fn token_for(&self, configuration: &str, key: &str) -> String {
        let mut offer: Value = serde_json::from_str(&offer_body("20210042", true)).unwrap();
        offer["credential_configuration_id"] = json!(configuration);
        let made = self.admin("offers", key, &offer.to_string()).await;
        assert_eq!(made.status, 201, "{made:?}");
        self.redeem(&self.code(&made.get("id")).await, Some(&made.get("tx_code"))).await.get("access_token")
    }

    /// A proof whose key is named by `kid`.
    fn proof_by_kid(&self, key: &PrivateKey, kid: &str, nonce: &str) -> String {
        let claims = json!({"aud": ISSUER, "iat": self.clock.now().unix(), "nonce": nonce});
        let header = Header::for_key(key.public()).unwrap().typ("openid4vci-proof+jwt").kid(kid);
        UnsignedJws::new(&header, &claims).sign(key).unwrap()
    }
}

#[tokio::test]
async fn each_format_of_a_type_is_a_configuration_of_its_own() {
    let lab = lab().await;
    let metadata = lab.get("/.well-known/openid-credential-issuer/hanbit").await.json();
    let configurations = metadata["credential_configurations_supported"].as_object().unwrap();
    assert_eq!(configurations.keys().collect::<Vec<_>>(), ["entry-pass", "student-id", JWT]);
    let jwt = &configurations[JWT];
    assert_eq!(
        (&jwt["format"], &jwt["credential_definition"], jwt.get("vct")),
        (&json!("jwt_vc_json"), &json!({"type": ["VerifiableCredential", "StudentId"]}), None)
    );
    assert_eq!(jwt["cryptographic_binding_methods_supported"], json!(["jwk", "did:jwk", "did:key"]));
    assert_eq!(jwt["credential_signing_alg_values_supported"], json!(["ES256"]));
    let sd_jwt = &configurations["student-id"];
    assert_eq!(sd_jwt["format"], "dc+sd-jwt");
    let claims = |of: &Value| of["credential_metadata"]["claims"].as_array().unwrap().clone();
    assert_eq!(claims(sd_jwt)[0]["path"], json!(["name"]));
    assert_eq!(claims(jwt)[0]["path"], json!(["credentialSubject", "name"]));
    assert_eq!(claims(jwt)[0]["display"], claims(sd_jwt)[0]["display"]);
    let mut types = lab.entries[0].types.clone();
    types.sort();
    assert!(
        types.contains(&CLASS.to_owned())
            && types.contains(&"https://id.example/types/student-id/1".to_owned())
    );
}

#[tokio::test]
async fn a_jwt_vc_speaks_about_the_holder_of_each_key_and_has_a_status_of_its_own() {
    let lab = lab().await;
    let (token, nonce) = (lab.token_for(JWT, "1").await, lab.nonce().await);
    let keys = [lab.key(), lab.key(), lab.key()];
    let dids = [jwk_did(keys[0].public()), jwk_did(keys[1].public()), key_did(keys[2].public())];
    let proofs = [
        lab.proof(&keys[0], &nonce),
        lab.proof_by_kid(&keys[1], &format!("{}#0", dids[1]), &nonce),
        lab.proof_by_kid(&keys[2], &format!("{0}#{1}", dids[2], &dids[2]["did:key:".len()..]), &nonce),
    ];
    let answer = lab.ask(&token, JWT, &proofs).await;
    let copies = copies(&answer);
    let contexts = Contexts::built_in().clone();
    let context = lab.get("/types/student-id/1/context.jsonld").await.text;
    let contexts = contexts.with(CONTEXT, context.as_bytes()).unwrap();
    let mut places = std::collections::BTreeSet::new();
    for (copy, did) in copies.iter().zip(&dids) {
        let parsed = VcJwt::parse(copy.as_str().unwrap()).unwrap();
        assert!(parsed.header().kid.is_some());
        let vc = parsed.dangerous_assume_verified().unwrap();
        assert_eq!((vc.issuer(), vc.subjects().collect::<Vec<_>>()), (ISSUER, vec![did.as_str()]));
        assert_eq!(contexts.expanded_types(vc.credential())[1..], [CLASS]);
        let student: Value = serde_json::from_str(STUDENT).unwrap();
        assert_eq!(vc.credential()["credentialSubject"]["name"], student["name"]);
        assert!(vc.not_before().unwrap() <= lab.clock.now() && vc.expires_at().is_some());
        assert!(places.insert(vc.token_status().unwrap().to_string()));
        for member in ["id", "jti", "sub", "cnf", "iat", "credentialStatus"] {
            assert_eq!(vc.credential().get(member), None, "{member}");
        }
        assert_eq!(lab.status_of(copy).await, 0);
    }
    let revoked = r#"{"reference": "20210042", "reason": "left"}"#;
    assert_eq!(lab.admin("credentials/revoke", "2", revoked).await.status, 200);
    for copy in &copies {
        assert_eq!(lab.status_of(copy).await, 1);
    }
}

#[tokio::test]
async fn a_key_behind_a_reference_that_is_no_did_of_it_is_refused() {
    let lab = lab().await;
    let (key, other) = (lab.key(), lab.key());
    let (token, did) = (lab.token_for(JWT, "1").await, jwk_did(key.public()));
    let nonce = lab.nonce().await;
    for kid in [
        "did:web:holder.example#0".to_owned(),
        "key-1".to_owned(),
        did.clone(),
        format!("{did}#1"),
        format!("{}#0", jwk_did(other.public())),
    ] {
        let proof = lab.proof_by_kid(&key, &kid, &nonce);
        assert_eq!(
            lab.ask(&token, JWT, &[proof]).await.refusal(),
            (400, "invalid_proof".to_owned()),
            "{kid}"
        );
    }
    // An SD-JWT VC is bound to a JWK alone.
    let sd_jwt = lab.token("2").await;
    let proof = lab.proof_by_kid(&key, &format!("{did}#0"), &nonce);
    assert_eq!(lab.ask(&sd_jwt, "student-id", &[proof]).await.refusal(), (400, "invalid_proof".to_owned()));
}

#[tokio::test]
async fn an_offer_of_one_format_gives_no_other() {
    let lab = lab().await;
    for (offered, asked) in [(JWT, "student-id"), ("student-id", JWT)] {
        let token = lab.token_for(offered, offered).await;
        let proof = lab.proof(&lab.key(), &lab.nonce().await);
        let refused = lab.ask(&token, asked, &[proof]).await.refusal();
        assert_eq!(refused, (400, "credential_request_denied".to_owned()));
    }
}

#[tokio::test]
async fn claims_of_a_jwt_vc_follow_the_type_like_all_others() {
    let lab = lab().await;
    let mut offer: Value = serde_json::from_str(&offer_body("1", true)).unwrap();
    offer["credential_configuration_id"] = json!(JWT);
    offer["claims"]["id"] = json!("did:example:1");
    assert_eq!(lab.admin("offers", "1", &offer.to_string()).await.status, 422);
}

pub(super) const LDP: &str = "student-id_ldp_vc";

/// With a university that signs documents, its DID by `mechanism`.
async fn documents(mechanism: &str) -> Lab {
    documents_by(mechanism, ("Ed25519", "eddsa-rdfc-2022")).await
}

/// The same by a key of this type in this cryptosuite.
pub(super) async fn documents_by(mechanism: &str, (key_type, cryptosuite): (&str, &str)) -> Lab {
    Lab::configured(Faults::none(), |config| {
        let tenant = &mut config["tenants"]["hanbit"];
        (tenant["mechanism"], tenant["key_type"]) = (json!(mechanism), json!(key_type));
        tenant["cryptosuites"] = json!({"student-id": cryptosuite});
        (tenant["validity_days"], tenant["formats"]) = (json!(365), json!({"student-id": ["ldp_vc"]}));
    })
    .await
}

#[tokio::test]
async fn a_document_is_signed_by_a_key_of_the_issuers_did_and_speaks_about_the_holder() {
    for mechanism in ["did", "did_web", "did_webvh"] {
        let lab = documents(mechanism).await;
        let metadata = lab.get("/.well-known/openid-credential-issuer/hanbit").await.json();
        let configuration = &metadata["credential_configurations_supported"][LDP];
        assert_eq!((&configuration["format"], configuration.get("vct")), (&json!("ldp_vc"), None));
        assert_eq!(
            configuration["credential_definition"],
            json!({"@context": ["https://www.w3.org/ns/credentials/v2", CONTEXT], "type": ["VerifiableCredential", "StudentId"]})
        );
        assert_eq!(configuration["credential_signing_alg_values_supported"], json!(["eddsa-rdfc-2022"]));
        let algorithms = &configuration["proof_types_supported"]["jwt"]["proof_signing_alg_values_supported"];
        assert_eq!(algorithms, &json!(["EdDSA"]));

        let (token, nonce) = (lab.token_for(LDP, "1").await, lab.nonce().await);
        let key = PrivateKey::generate(KeyType::Ed25519, &*lab.entropy);
        let document = copies(&lab.ask(&token, LDP, &[lab.proof(&key, &nonce)]).await).remove(0);
        assert!(document.get("id").is_none());
        let issuer = document["issuer"].as_str().unwrap();
        let method = document["proof"]["verificationMethod"].as_str().unwrap();
        assert!(method.starts_with(&format!("{issuer}#")) && lab.entries[0].issuer == issuer);
        assert_eq!(
            document["proof"]["created"], document["validFrom"],
            "copies do not stand out by their second"
        );

        let mut known = Documents::new();
        if mechanism == "did_web" {
            let body = lab.get("/hanbit/did.json").await.text.into_bytes();
            let url = web_document_url(&Did::parse(issuer).unwrap()).unwrap();
            known.insert(url, Document { bytes: body, fetched_at: lab.clock.now(), max_age: None });
        }
        if mechanism == "did_webvh" {
            let body = lab.get("/hanbit/did.jsonl").await.text.into_bytes();
            let url = webvh::log_url(&Did::parse(issuer).unwrap()).unwrap();
            known.insert(url, Document { bytes: body, fetched_at: lab.clock.now(), max_age: None });
        }
        let issuer_key = verification_key(method, Purpose::AssertionMethod, &known).unwrap();
        let context = lab.get("/types/student-id/1/context.jsonld").await.text;
        let contexts = Contexts::built_in().clone().with(CONTEXT, context.as_bytes()).unwrap();
        let read = LdpVc::read(document, contexts.for_data_integrity()).unwrap();
        let verified = read.verify(&issuer_key, &known).unwrap();
        assert!(verified.types().iter().any(|name| name == CLASS));
        assert_eq!(verified.subject(), Some(jwk_did(key.public()).as_str()));
        let days = (verified.period().1.unwrap().unix() - lab.clock.now().unix()) / 86_400;
        assert!((364..=365).contains(&days), "{days}");
    }
}

/// Whatever signs it: the metadata names the cryptosuite (OpenID4VCI 1.0 Appendix A.1.2), and a copy is judged and revoked
/// like every other. What can be shown by choice is judged as its holder shows it.
#[tokio::test]
async fn a_document_is_signed_in_the_cryptosuite_that_its_type_is_configured_with() {
    for (mechanism, key_type, cryptosuite) in [
        ("did", "P-256", "ecdsa-rdfc-2019"),
        ("did_web", "P-384", "ecdsa-rdfc-2019"),
        ("did", "P-256", "ecdsa-sd-2023"),
        ("did_web", "P-256", "ecdsa-sd-2023"),
        ("did", "P-256", "bbs-2023"),
        ("did_web", "Ed25519", "bbs-2023"),
    ] {
        let lab = documents_by(mechanism, (key_type, cryptosuite)).await;
        let metadata = lab.get("/.well-known/openid-credential-issuer/hanbit").await.json();
        let configuration = &metadata["credential_configurations_supported"][LDP];
        assert_eq!(configuration["credential_signing_alg_values_supported"], json!([cryptosuite]));
        let algorithms = &configuration["proof_types_supported"]["jwt"]["proof_signing_alg_values_supported"];
        assert_eq!(algorithms, &json!(["EdDSA"]), "what the holder signs presentations by");

        let (token, nonce) = (lab.token_for(LDP, "1").await, lab.nonce().await);
        let keys = [0; 2].map(|_| PrivateKey::generate(KeyType::Ed25519, &*lab.entropy));
        let proofs = keys.each_ref().map(|key| lab.proof(key, &nonce));
        let issued = copies(&lab.ask(&token, LDP, &proofs).await);
        assert!(issued.iter().all(|copy| copy["proof"]["cryptosuite"] == cryptosuite));
        assert_ne!(issued[0]["proof"]["proofValue"], issued[1]["proof"]["proofValue"]);
        let shown = if ["ecdsa-sd-2023", "bbs-2023"].contains(&cryptosuite) {
            assert_eq!(lab.refusals_of(&issued[0]).await, [("V-03", "ldp-proof-malformed")], "a base proof");
            lab.disclosed(&issued[0], &["enrolment_status"]).await
        } else {
            issued[0].clone()
        };
        assert_eq!(lab.refusals_of(&shown).await, [], "{mechanism} {cryptosuite}");
        lab.change_all("revoke", "2").await;
        assert_eq!(lab.refusals_of(&shown).await, [("V-08", "revoked")], "{mechanism} {cryptosuite}");
    }
}

#[tokio::test]
async fn what_a_holder_may_never_withhold_of_a_document_is_in_every_show_of_it() {
    let lab = documents_by("did", ("P-256", "ecdsa-sd-2023")).await;
    let (token, nonce) = (lab.token_for(LDP, "1").await, lab.nonce().await);
    let key = PrivateKey::generate(KeyType::Ed25519, &*lab.entropy);
    let document = copies(&lab.ask(&token, LDP, &[lab.proof(&key, &nonce)]).await).remove(0);
    let shown = lab.disclosed(&document, &[]).await;
    let members: Vec<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    let always = [
        "@context",
        "credentialStatus",
        "credentialSubject",
        "issuer",
        "proof",
        "type",
        "validFrom",
        "validUntil",
    ];
    assert_eq!(members, always);
    assert_eq!(shown["credentialSubject"], json!({"id": jwk_did(key.public())}));
    assert_eq!(lab.refusals_of(&shown).await, []);
    for member in ["credentialStatus", "issuer", "validFrom", "validUntil"] {
        let mut less = shown.clone();
        less.as_object_mut().unwrap().remove(member);
        let refused = lab.refusals_of(&less).await;
        assert!(!refused.is_empty(), "without {member}");
        assert!(member == "issuer" || refused[0].0 == "V-03", "without {member}: {refused:?}");
    }
    let mut without_one = shown.clone();
    without_one["credentialStatus"].as_array_mut().unwrap().remove(0);
    assert_eq!(lab.refusals_of(&without_one).await[0].0, "V-03", "one of its two status entries");
}

#[tokio::test]
async fn a_document_is_for_a_holder_who_can_sign_documents() {
    let lab = documents("did").await;
    let (token, nonce) = (lab.token_for(LDP, "1").await, lab.nonce().await);
    let proof = lab.proof(&lab.key(), &nonce);
    assert_eq!(lab.ask(&token, LDP, &[proof]).await.refusal(), (400, "invalid_proof".to_owned()));
}

impl Lab {
    /// What the published lists say of a document, revoked and suspended, and their texts.
    async fn statuses(&self, document: &Value) -> ([u64; 2], Vec<Value>) {
        let (mut values, mut lists) = ([0; 2], Vec::new());
        for (number, entry) in document["credentialStatus"].as_array().unwrap().iter().enumerate() {
            let entry = StatusEntry::read(entry).unwrap().unwrap();
            let answer = self.get(entry.list().strip_prefix(BASE).unwrap()).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.headers["content-type"], "application/vc");
            let text: Value = answer.json();
            let encoded = text["credentialSubject"]["encodedList"].as_str().unwrap();
            let list = Bitstring::decode(encoded, Bitstring::MAX_BYTES).unwrap();
            values[number] = list.get(entry.index(), entry.size()).unwrap();
            lists.push(text);
        }
        (values, lists)
    }

    /// The checks that refuse `document`, judged with what is published now.
    async fn refusals_of(&self, document: &Value) -> Vec<(&'static str, &'static str)> {
        self.refusals_of_by(&self.list_of_entries(), document).await
    }

    /// A trust list as it would be published now.
    pub(super) fn list_of_entries(&self) -> TrustList {
        let now = self.clock.now();
        let publisher = PrivateKey::generate(KeyType::Ed25519, &*self.entropy);
        let content = TrustListContent {
            publisher: "https://trust.example".into(),
            id: "https://trust.example/list".into(),
            version: 1,
            issued_at: now,
            expires_at: now.plus(Seconds(400 * 86_400)),
            entries: self.entries.clone(),
        };
        let jwt = content.issue(&publisher, None).unwrap();
        TrustList::verify(&jwt, &content.id, publisher.public(), now).unwrap()
    }

    /// The checks that refuse `document` for who has the list `trust`.
    pub(super) async fn refusals_of_by(
        &self,
        trust: &TrustList,
        document: &Value,
    ) -> Vec<(&'static str, &'static str)> {
        let now = self.clock.now();
        let context = self.get("/types/student-id/1/context.jsonld").await.text;
        let contexts = Contexts::built_in().clone().with(CONTEXT, context.as_bytes()).unwrap();
        let policy = Policy { max_status_age: Some(Seconds(0)), ..Policy::default() };
        let judge = Judge::new(trust, now, policy).with_contexts(&contexts);
        let mut presented = judge.read(&document.to_string());
        let mut known = Documents::new();
        loop {
            let needs = presented.needs(&known);
            if needs.is_empty() {
                break;
            }
            for need in needs {
                let answer = self.get(need.url.path()).await;
                assert_eq!(answer.status, 200, "{}", need.url);
                known.insert(
                    need.url,
                    Document { bytes: answer.text.into_bytes(), fetched_at: now, max_age: None },
                );
            }
        }
        let verdict = presented.judge_credential(&known);
        verdict.refusals().map(|refusal| (refusal.check.id, refusal.reason.code)).collect()
    }

    /// What a holder shows of a student ID when asked for these claims.
    pub(super) async fn disclosed(&self, document: &Value, claims: &[&str]) -> Value {
        let path = |claim: &&str| ClaimPath::from_json(&json!(["credentialSubject", claim])).unwrap();
        let claims: Vec<ClaimPath> = claims.iter().map(path).collect();
        let context = self.get("/types/student-id/1/context.jsonld").await.text;
        let contexts = Contexts::built_in().clone().with(CONTEXT, context.as_bytes()).unwrap();
        ldp::disclose(document.clone(), &claims, (contexts.for_data_integrity(), &*self.entropy)).unwrap()
    }

    async fn change_all(&self, change: &str, key: &str) {
        let body = json!({"reference": "20210042", "reason": "left"}).to_string();
        let answer = self.admin(&format!("credentials/{change}"), key, &body).await;
        assert_eq!((answer.status, &answer.json()["changed"][0]["published"]), (200, &json!(true)));
    }
}

#[tokio::test]
async fn a_document_is_suspended_reinstated_and_revoked_like_every_other_credential() {
    for mechanism in ["did", "did_web", "did_webvh"] {
        let lab = documents(mechanism).await;
        let (token, nonce) = (lab.token_for(LDP, "1").await, lab.nonce().await);
        let keys = [0; 3].map(|_| PrivateKey::generate(KeyType::Ed25519, &*lab.entropy));
        let proofs = keys.each_ref().map(|key| lab.proof(key, &nonce));
        let issued = copies(&lab.ask(&token, LDP, &proofs).await);
        let mut places: Vec<String> = Vec::new();
        for copy in &issued {
            let entries = copy["credentialStatus"].as_array().unwrap();
            assert_eq!(entries.len(), 2);
            let index = entries[0]["statusListIndex"].as_str().unwrap();
            assert_eq!(entries[1]["statusListIndex"], index, "one place for each copy");
            assert!(entries.iter().all(|entry| entry.get("id").is_none()));
            places.push(index.to_owned());
            assert_eq!(lab.refusals_of(copy).await, []);
        }
        places.sort();
        places.dedup();
        assert_eq!(places.len(), 3);

        let at = lab.clock.now();
        let (values, lists) = lab.statuses(&issued[0]).await;
        assert_eq!(values, [0, 0]);
        for (list, purpose) in lists.iter().zip(["revocation", "suspension"]) {
            let subject = &list["credentialSubject"];
            assert_eq!((&subject["statusPurpose"], &subject["ttl"]), (&json!(purpose), &json!(300_000)));
            let until = at.plus(Seconds(86_400)).to_rfc3339();
            assert_eq!((&list["validFrom"], &list["validUntil"]), (&json!(at.to_rfc3339()), &json!(until)));
            assert_eq!(list["type"], json!(["VerifiableCredential", "BitstringStatusListCredential"]));
        }
        let again = lab.statuses(&issued[1]).await.1;
        assert_eq!(again, lists, "served from memory");

        for (change, key, values, refusals) in [
            ("suspend", "2", [0, 1], vec![("V-08", "suspended")]),
            ("reinstate", "3", [0, 0], vec![]),
            ("suspend", "4", [0, 1], vec![("V-08", "suspended")]),
            ("revoke", "5", [1, 0], vec![("V-08", "revoked")]),
        ] {
            lab.change_all(change, key).await;
            for copy in &issued {
                assert_eq!(lab.statuses(copy).await.0, values, "{change}");
                assert_eq!(lab.refusals_of(copy).await, refusals, "{change}");
            }
        }
        lab.clock.advance(Seconds(150));
        let signed_again = lab.statuses(&issued[0]).await.1;
        assert_eq!(signed_again[0]["validFrom"], lab.clock.now().to_rfc3339(), "before its `ttl` is over");
    }
}

#[tokio::test]
async fn a_list_for_documents_is_a_jwt_where_its_key_signs_no_documents() {
    let lab = Lab::new().await;
    let copy = copies(&lab.issue(&lab.token("1").await).await).remove(0);
    let uri = claims(&copy)["status"]["status_list"]["uri"].as_str().unwrap().to_owned();
    let path = uri.strip_prefix(BASE).unwrap();
    let answer = lab.get(&format!("{path}/suspension")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/vc+jwt");
    let list = VcJwt::parse(&answer.text).unwrap();
    assert_eq!(list.unverified_payload()["id"], format!("{uri}/suspension"));
    for wrong in ["message", "Revocation", "x"] {
        assert_eq!(lab.get(&format!("{path}/{wrong}")).await.status, 404, "{wrong}");
    }
    assert_eq!(lab.get("/hanbit/status/nobody/revocation").await.status, 404);
}

/// Whoever lost the answer asks again: what was sent and never acknowledged is revoked, of documents too.
#[tokio::test]
async fn a_wallet_that_lost_its_documents_gets_others_and_the_lost_ones_are_revoked() {
    let lab = documents("did").await;
    let token = lab.token_for(LDP, "1").await;
    let mut ask = Vec::new();
    for _ in 0..2 {
        let key = PrivateKey::generate(KeyType::Ed25519, &*lab.entropy);
        let nonce = lab.nonce().await;
        ask.push(copies(&lab.ask(&token, LDP, &[lab.proof(&key, &nonce)]).await).remove(0));
    }
    assert_eq!(lab.refusals_of(&ask[0]).await, [("V-08", "revoked")]);
    assert_eq!(lab.refusals_of(&ask[1]).await, []);
}
