//! One hostile presentation, at least, for each KB check.

use jigap_keys::PublicKey;

use super::*;
use crate::time::{Seconds, Timestamp};

const NOW: Timestamp = Timestamp::from_unix(1_700_000_000);

fn request() -> KeyBindingRequest<'static> {
    KeyBindingRequest {
        audience: "x509_san_dns:verifier.example",
        nonce: "n-0S6_WzA2Mj",
        now: NOW,
        max_age: Seconds(300),
        skew: Seconds(60),
    }
}

fn credential_for(key: &PublicKey) -> String {
    SdJwtVcBuilder::new(object(json!({"vct": "urn:test", "name": "김민수", "age": 20})))
        .conceal([path(json!(["name"])), path(json!(["age"]))])
        .holder(key.clone())
        .build(header(), &Repeatable::new(3))
        .unwrap()
        .sign(&issuer())
        .unwrap()
}

/// The payload of an honest key binding of `sd_jwt`.
fn payload(sd_jwt: &str) -> Value {
    let request = request();
    json!({"iat": NOW, "aud": request.audience, "nonce": request.nonce, "sd_hash": digest_of(sd_jwt)})
}

fn bind(sd_jwt: &str, header: &Header, payload: &Value, key: &PrivateKey) -> String {
    sd_jwt.to_owned() + &jose::sign(header, payload, key).unwrap()
}

fn kb_header() -> Header {
    Header::new(Algorithm::Es256).typ("kb+jwt")
}

/// What comes of an otherwise honest key binding after `edit` of its payload.
fn edited(edit: impl FnOnce(&mut Value)) -> Result<KeyBinding, Refusal> {
    let sd_jwt = credential_for(holder().public());
    let mut payload = payload(&sd_jwt);
    edit(&mut payload);
    judge(&bind(&sd_jwt, &kb_header(), &payload, &holder()))
}

fn judge(text: &str) -> Result<KeyBinding, Refusal> {
    verify(text).unwrap().verify_key_binding(&request())
}

#[test]
fn an_honest_presentation_is_accepted() {
    let kept = verify(&credential_for(holder().public())).unwrap();
    let request = request();
    let text = kept
        .present(&[path(json!(["name"]))])
        .unwrap()
        .bind(request.audience, request.nonce, NOW, holder().public())
        .unwrap()
        .sign(&holder())
        .unwrap();
    let shown = verify(&text).unwrap();
    assert!(shown.has_key_binding());
    let bound = shown.verify_key_binding(&request).unwrap();
    assert_eq!((&bound.holder, bound.issued_at), (holder().public(), NOW));
    assert_eq!(bound.payload["nonce"], request.nonce);
    assert_eq!(shown.claims()["name"], "김민수");
    assert_eq!(shown.claims().get("age"), None);
}

#[test]
fn kb_01_a_required_key_binding_that_is_absent_is_refused() {
    assert_eq!(code(judge(&credential_for(holder().public()))), ("KB-01", "key-binding-absent"));
}

#[test]
fn kb_02_a_credential_bound_to_no_usable_key_is_refused() {
    for (payload, reason) in [
        (json!({}), "cnf-jwk-absent"),
        (json!({"cnf": {}}), "cnf-jwk-absent"),
        (json!({"cnf": {"kid": "did:example:1#0"}}), "cnf-jwk-absent"),
        (json!({"cnf": {"jwk": {"kty": "oct", "k": "AAAA"}}}), "cnf-jwk-unsupported"),
        (json!({"cnf": {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}}), "cnf-jwk-unsupported"),
        (
            json!({"cnf": {"jwk": serde_json::from_str::<Value>(&holder().to_jwk()).unwrap()}}),
            "cnf-jwk-unsupported",
        ),
    ] {
        let sd_jwt = signed(payload, &[]);
        let text = bind(&sd_jwt, &kb_header(), &self::payload(&sd_jwt), &holder());
        assert_eq!(code(judge(&text)), ("KB-02", reason));
    }
}

#[test]
fn kb_03_a_typ_other_than_kb_jwt_is_refused() {
    let sd_jwt = credential_for(holder().public());
    for typ in ["JWT", "KB+JWT", "application/kb+jwt", "dc+sd-jwt", "openid4vci-proof+jwt"] {
        let text = bind(&sd_jwt, &kb_header().typ(typ), &payload(&sd_jwt), &holder());
        assert_eq!(code(judge(&text)), ("KB-03", "kb-typ-mismatch"), "{typ}");
    }
    let text = bind(&sd_jwt, &Header::new(Algorithm::Es256), &payload(&sd_jwt), &holder());
    assert_eq!(code(judge(&text)), ("KB-03", "kb-typ-mismatch"));
}

#[test]
fn kb_04_a_form_or_algorithm_that_is_not_accepted_is_refused() {
    let sd_jwt = credential_for(holder().public());
    let none = base64url::encode(r#"{"alg":"none","typ":"kb+jwt"}"#);
    let body = base64url::encode(payload(&sd_jwt).to_string());
    for (jwt, reason) in [
        (format!("{none}.{body}.AAAA"), "alg-none"),
        (
            format!("{}.{body}.AAAA", base64url::encode(r#"{"alg":"HS256","typ":"kb+jwt"}"#)),
            "alg-unsupported",
        ),
        (
            format!(
                "{}.{}.AAAA",
                base64url::encode(r#"{"alg":"ES256","typ":"kb+jwt"}"#),
                base64url::encode("[]")
            ),
            "payload-object",
        ),
    ] {
        assert_eq!(code(judge(&format!("{sd_jwt}{jwt}"))), ("KB-04", reason), "{jwt}");
    }
    // Another type of key than the bound one.
    let text = bind(&sd_jwt, &header().typ("kb+jwt"), &payload(&sd_jwt), &issuer());
    assert_eq!(code(judge(&text)), ("KB-04", "key-type-mismatch"));
}

#[test]
fn kb_05_a_strangers_signature_is_refused() {
    let sd_jwt = credential_for(holder().public());
    let stranger = PrivateKey::generate(KeyType::P256, &Repeatable::new(77));
    let text = bind(&sd_jwt, &kb_header(), &payload(&sd_jwt), &stranger);
    assert_eq!(code(judge(&text)), ("KB-05", "signature-mismatch"));
    // A key in the header changes nothing.
    let text = bind(&sd_jwt, &kb_header().jwk(stranger.public().clone()), &payload(&sd_jwt), &stranger);
    assert_eq!(code(judge(&text)), ("KB-05", "signature-mismatch"));
}

#[test]
fn kb_06_a_key_binding_of_another_selection_is_refused() {
    let sd_jwt = credential_for(holder().public());
    let fewer = verify(&sd_jwt).unwrap().present(&[path(json!(["age"]))]).unwrap().into_sd_jwt();
    for (shown, bound) in [(&sd_jwt, &fewer), (&fewer, &sd_jwt)] {
        let text = bind(shown, &kb_header(), &payload(bound), &holder());
        assert_eq!(code(judge(&text)), ("KB-06", "sd-hash-mismatch"));
    }
    // The same disclosures in another order are another text.
    let mut parts: Vec<_> = sd_jwt.split('~').collect();
    parts.swap(1, 2);
    let text = bind(&parts.join("~"), &kb_header(), &payload(&sd_jwt), &holder());
    assert_eq!(code(judge(&text)), ("KB-06", "sd-hash-mismatch"));
    for value in [json!(""), json!(null), json!(1)] {
        assert_eq!(code(edited(|payload| payload["sd_hash"] = value)).0, "KB-06");
    }
    assert_eq!(code(edited(|payload| drop(payload.as_object_mut().unwrap().remove("sd_hash")))).0, "KB-06");
}

#[test]
fn kb_07_another_nonce_is_refused() {
    for value in [json!("n-0S6_WzA2Mk"), json!(""), json!(null), json!(["n-0S6_WzA2Mj"]), json!(1)] {
        assert_eq!(code(edited(|payload| payload["nonce"] = value)), ("KB-07", "nonce-mismatch"));
    }
    assert_eq!(code(edited(|payload| drop(payload.as_object_mut().unwrap().remove("nonce")))).0, "KB-07");
    // An empty nonce asked for protects nobody.
    let sd_jwt = credential_for(holder().public());
    let mut payload = payload(&sd_jwt);
    payload["nonce"] = json!("");
    let shown = verify(&bind(&sd_jwt, &kb_header(), &payload, &holder())).unwrap();
    assert_eq!(code(shown.verify_key_binding(&KeyBindingRequest { nonce: "", ..request() })).0, "KB-07");
}

#[test]
fn kb_08_another_audience_is_refused() {
    for value in [
        json!("x509_san_dns:other.example"),
        json!("X509_san_dns:verifier.example"),
        json!(["x509_san_dns:verifier.example"]),
        json!(null),
        json!(""),
    ] {
        assert_eq!(code(edited(|payload| payload["aud"] = value)), ("KB-08", "aud-mismatch"));
    }
    assert_eq!(code(edited(|payload| drop(payload.as_object_mut().unwrap().remove("aud")))).0, "KB-08");
}

#[test]
fn kb_09_an_iat_outside_its_window_is_refused() {
    let at = |offset: i64| edited(|payload| payload["iat"] = json!(NOW.unix() + offset));
    for offset in [60, 59, 0, -1, -359, -360] {
        at(offset).unwrap();
    }
    for (offset, reason) in [
        (61, "iat-in-future"),
        (100_000, "iat-in-future"),
        (-361, "iat-too-old"),
        (-NOW.unix(), "iat-too-old"),
    ] {
        let refusal = at(offset).unwrap_err();
        assert_eq!((refusal.check.id, refusal.reason.code), ("KB-09", reason), "{offset}");
        assert_eq!(refusal.reason.moment().unwrap().unix(), NOW.unix() + offset);
    }
    for value in [json!("1700000000"), json!(null), json!(1e300)] {
        assert_eq!(code(edited(|payload| payload["iat"] = value)), ("KB-09", "iat-malformed"));
    }
}

#[test]
fn kb_10_a_key_binding_outside_its_own_period_is_refused() {
    let now = NOW.unix();
    for (name, value, reason) in [
        ("exp", json!(now - 60), "kb-expired"),
        ("nbf", json!(now + 61), "kb-not-yet"),
        ("exp", json!("soon"), "kb-period-malformed"),
        ("nbf", json!(null), "kb-period-malformed"),
    ] {
        assert_eq!(code(edited(|payload| payload[name] = value)), ("KB-10", reason), "{name}");
    }
    edited(|payload| {
        payload["exp"] = json!(now - 59);
        payload["nbf"] = json!(now + 60);
    })
    .unwrap();
}

#[test]
fn only_the_bound_key_can_be_asked_to_sign() {
    let kept = verify(&credential_for(holder().public())).unwrap();
    for key in [
        issuer(),
        PrivateKey::generate(KeyType::P256, &Repeatable::new(77)),
        PrivateKey::generate(KeyType::X25519, &Repeatable::new(5)),
    ] {
        let refused = kept.present(&[]).unwrap().bind("aud", "nonce", NOW, key.public());
        assert_eq!(refused, Err(PresentationError::NotTheHolder));
    }
}
