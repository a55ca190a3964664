//! When a status list is signed: after every change, and again before those who keep it must look anew.

use jigap_wallet_core::status::{MEDIA_TYPE, MEDIA_TYPE_CWT, VerifiedStatusList};
use jigap_wallet_core::time::Seconds;

use super::*;

impl Lab {
    /// The token of the list that `copy` stands in, and its payload.
    async fn list_of(&self, copy: &Value) -> (String, Value) {
        let uri = claims(copy)["status"]["status_list"]["uri"].as_str().unwrap().to_owned();
        let token = self.get(uri.strip_prefix(BASE).unwrap()).await.text;
        let payload = payload(&token);
        (token, payload)
    }
}

#[tokio::test]
async fn an_unchanged_list_is_signed_again_after_half_its_ttl_and_outlives_its_exp() {
    let lab = Lab::new().await;
    let copy = copies(&lab.issue(&lab.token("1").await).await).remove(0);
    let (first, signed) = lab.list_of(&copy).await;
    let at = lab.clock.now().unix();
    let times = |list: &Value| ["iat", "exp", "ttl"].map(|name| list[name].as_i64().unwrap());
    assert_eq!(times(&signed), [at, at + 86_400, 300]);
    lab.clock.advance(Seconds(149));
    assert_eq!(lab.list_of(&copy).await.0, first, "served from memory");
    lab.clock.advance(Seconds(1));
    let (second, signed) = lab.list_of(&copy).await;
    assert_ne!(second, first);
    assert_eq!(times(&signed), [at + 150, at + 150 + 86_400, 300]);
    lab.clock.advance(Seconds(86_400));
    assert_eq!(times(&lab.list_of(&copy).await.1), [at + 86_550, at + 2 * 86_400 + 150, 300]);
}

#[tokio::test]
async fn a_changed_list_is_signed_at_once() {
    let lab = Lab::new().await;
    let copy = copies(&lab.issue(&lab.token("1").await).await).remove(0);
    let (first, _) = lab.list_of(&copy).await;
    let body = json!({"reference": "20210042", "reason": "left"}).to_string();
    assert_eq!(lab.admin("credentials/revoke", "9", &body).await.status, 200);
    assert_ne!(lab.list_of(&copy).await.0, first, "in the same second");
}

#[tokio::test]
async fn a_list_is_a_cwt_where_that_form_alone_is_asked_for() {
    let lab = Lab::new().await;
    let copy = copies(&lab.issue(&lab.token("1").await).await).remove(0);
    let uri = claims(&copy)["status"]["status_list"]["uri"].as_str().unwrap().to_owned();
    let path = uri.strip_prefix(BASE).unwrap();
    let ask = async |accept: &str| {
        let answer = lab.send("GET", path, &[("accept", accept)], "").await;
        assert_eq!((answer.status, answer.headers["vary"].as_bytes()), (200, &b"accept"[..]));
        (answer.headers["content-type"].to_str().unwrap().to_owned(), answer.bytes)
    };
    for accept in ["*/*", MEDIA_TYPE, "application/statuslist+cwt;q=0.5, application/statuslist+jwt"] {
        assert_eq!(ask(accept).await.0, MEDIA_TYPE, "{accept}");
    }
    let (kind, token) = ask(MEDIA_TYPE_CWT).await;
    assert_eq!(kind, MEDIA_TYPE_CWT);
    let keys = lab.get("/.well-known/jwt-vc-issuer/hanbit").await.json()["jwks"]["keys"].clone();
    let find = |header: &Header| {
        let named = |jwk: &&Value| jwk["kid"].as_str() == header.kid.as_deref();
        let jwk = keys.as_array().unwrap().iter().find(named).unwrap();
        Ok(jigap_keys::PublicKey::from_jwk(jwk).unwrap())
    };
    let list = VerifiedStatusList::verify_cwt(&token, &uri, lab.clock.now(), find).unwrap();
    assert_eq!((list.token().ttl, list.token().issued_at), (Some(Seconds(300)), lab.clock.now()));
}
