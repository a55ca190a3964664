//! A student ID as `jwt_vc_json`, from the question to the result.

use jigap_wallet_core::vcjwt;

use super::*;

const TYPES: &str = "https://uni.example/types";
pub(super) const STUDENT: &str = "https://uni.example/types/student-id/1#StudentId";

impl Lab {
    /// A presentation of a W3C student ID that says `word`, answering `request`.
    fn w3c(&self, word: &str, request: &AuthorizationRequest) -> AuthorizationResponse {
        let (did, holder) = (jwk_did(self.issuer.public()), jwk_did(self.holder.public()));
        let header = Header::for_key(self.issuer.public()).unwrap().kid(format!("{did}#0"));
        let credential = json!({
            "@context": ["https://www.w3.org/ns/credentials/v2", format!("{TYPES}/student-id/1/context.jsonld")],
            "type": ["VerifiableCredential", "StudentId"],
            "id": "urn:uuid:6b0c6c8e-9a3f-4d3c-8b51-0f5f4e2f7a11",
            "issuer": did,
            "validUntil": self.clock.now().plus(Seconds(1000)).to_rfc3339(),
            "credentialSubject": {"id": holder, "status_word": word},
        });
        let credential = vcjwt::issue(header, credential.as_object().unwrap().clone()).unwrap();
        let credential = credential.sign(&self.issuer).unwrap();
        let header = Header::for_key(self.holder.public()).unwrap().kid(format!("{holder}#0"));
        let (audience, now) = (request.client_id.as_str(), self.clock.now());
        let unsigned = vcjwt::present(header, &holder, &credential, audience, &request.nonce, now).unwrap();
        let presented = json!(unsigned.sign(&self.holder).unwrap());
        AuthorizationResponse::Presented(
            VpToken::new(BTreeMap::from([("student".to_owned(), vec![presented])])).unwrap(),
        )
    }
}

fn query() -> Value {
    json!({"credentials": [{
        "id": "student", "format": "jwt_vc_json", "meta": {"type_values": [[STUDENT]]},
        "claims": [{"path": ["credentialSubject", "status_word"], "values": ["enrolled"]}],
    }]})
}

#[tokio::test]
async fn a_jwt_vc_is_asked_for_judged_and_told_without_what_tells_it_from_others() {
    let lab = Lab::with(json!({"own_queries": true, "types_base": TYPES}), Faults::none()).await;
    let (opened, request) = lab.read_as_wallet(lab.ask(&json!({"query": query()})).await).await;
    assert_eq!(lab.post(&lab.w3c("enrolled", &request), &request).await.status, 200);
    let result = lab.result(&opened, &opened.get("secret"), None).await;
    let shown = &result.json()["claims"]["student"][0];
    assert_eq!(shown["credentialSubject"], json!({"status_word": "enrolled"}), "{result:?}");
    assert!(shown.get("id").is_none() && !result.text.contains(&jwk_did(lab.holder.public())));
}

#[tokio::test]
async fn a_jwt_vc_that_says_otherwise_or_is_of_a_type_unknown_here_shows_no_claim() {
    for (config, word) in [
        (json!({"own_queries": true, "types_base": TYPES}), "on-leave"),
        (json!({"own_queries": true}), "enrolled"),
    ] {
        let lab = Lab::with(config, Faults::none()).await;
        let (opened, request) = lab.read_as_wallet(lab.ask(&json!({"query": query()})).await).await;
        assert_eq!(lab.post(&lab.w3c(word, &request), &request).await.status, 200);
        let result = lab.result(&opened, &opened.get("secret"), None).await.json();
        assert_eq!((&result["state"], &result["claims"]), (&json!("answered"), &json!({})));
    }
}
