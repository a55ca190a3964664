//! Hints of issuers: a look now, and nothing else.

use jigap_wallet_core::facts::hint;
use jigap_wallet_core::judge::ListName;

use super::*;

impl Fair {
    fn hint_of(&self, uri: &str, key: &PrivateKey, at: Timestamp) -> String {
        let did = jwk_did(self.lab.issuer.public());
        let header = Header::for_key(key.public()).unwrap().kid(format!("{did}#0"));
        let list = ListName { issuer: did, uri: uri.to_owned() };
        hint::unsigned(&list, header, at).sign(key).unwrap()
    }

    async fn send_hint(&self, text: &str) -> Answer {
        let headers = [("content-type", hint::MEDIA_TYPE)];
        self.lab.send("POST", "/v1/feed/hints", &headers, text.as_bytes()).await
    }

    /// Which check refuses it.
    async fn refused(&self, text: &str) -> String {
        let answer = self.send_hint(text).await;
        assert_eq!(answer.refusal(), (403, "hint-refused".to_owned()));
        let detail = answer.get("detail");
        detail.split(' ').find(|word| word.starts_with("HI-")).unwrap().trim_end_matches(':').to_owned()
    }
}

#[tokio::test]
async fn a_hint_makes_a_list_be_looked_at_before_it_is_due() {
    let fair = Fair::new().await;
    fair.agreed(1, (LIST, PLACE)).await;
    fair.look_after(0).await;
    fair.serve(LIST, &[(PLACE, StatusValue::INVALID)]);
    fair.look_after(1).await;
    assert_eq!(fair.told().await.len(), 2, "it is not due");
    let text = fair.hint_of(LIST, &fair.lab.issuer, fair.lab.clock.now());
    assert_eq!(fair.send_hint(&text).await.status, 202);
    fair.look_after(0).await;
    assert_eq!(fair.told().await[2..], ["Revoked", "Revoked"]);
}

#[tokio::test]
async fn a_hint_is_never_believed_and_however_often_it_comes_it_is_one_look() {
    let fair = Fair::new().await;
    fair.agreed(1, (LIST, PLACE)).await;
    fair.look_after(0).await;
    fair.look_after(2).await;
    let text = fair.hint_of(LIST, &fair.lab.issuer, fair.lab.clock.now());
    fair.lab.fetch.take_requests();
    for _ in 0..20 {
        assert_eq!(fair.send_hint(&text).await.status, 202);
    }
    fair.look_after(0).await;
    assert_eq!(fair.lab.fetch.take_requests().len(), 1);
    // Just seen: again a moment later, and once.
    for _ in 0..20 {
        assert_eq!(fair.send_hint(&text).await.status, 202);
    }
    fair.look_after(0).await;
    assert_eq!(fair.lab.fetch.take_requests().len(), 0);
    fair.look_after(1).await;
    assert_eq!(fair.lab.fetch.take_requests().len(), 1);
    assert_eq!(fair.told().await.len(), 2, "the list says nothing new");
}

#[tokio::test]
async fn hi_01_what_is_no_hint_is_refused() {
    let fair = Fair::new().await;
    for text in
        ["", "a.b.c", &"x".repeat(40_000), &fair.signed(LIST, &[], fair.lab.clock.now(), &fair.lab.issuer)]
    {
        assert_eq!(fair.refused(text).await, "HI-01");
    }
    let plain = [("content-type", "text/plain")];
    let answer = fair.lab.send("POST", "/v1/feed/hints", &plain, b"x").await;
    assert_eq!(answer.refusal(), (415, "not-a-hint".to_owned()));
}

#[tokio::test]
async fn hi_02_a_hint_of_a_stranger_is_refused() {
    let fair = Fair::new().await;
    fair.agreed(1, (LIST, PLACE)).await;
    let stranger = PrivateKey::generate(KeyType::P256, &*fair.lab.entropy);
    assert_eq!(fair.refused(&fair.hint_of(LIST, &stranger, fair.lab.clock.now())).await, "HI-02");
    // A stranger does not learn what is watched.
    assert_eq!(fair.refused(&fair.hint_of(SECOND, &stranger, fair.lab.clock.now())).await, "HI-02");
}

#[tokio::test]
async fn hi_03_a_hint_of_another_time_is_refused() {
    let fair = Fair::new().await;
    fair.agreed(1, (LIST, PLACE)).await;
    let now = fair.lab.clock.now();
    for at in [now.minus(Seconds(300)), now.plus(Seconds(31))] {
        assert_eq!(fair.refused(&fair.hint_of(LIST, &fair.lab.issuer, at)).await, "HI-03");
    }
    for at in [now.minus(Seconds(299)), now.plus(Seconds(30))] {
        assert_eq!(fair.send_hint(&fair.hint_of(LIST, &fair.lab.issuer, at)).await.status, 202);
    }
}

#[tokio::test]
async fn hi_04_a_hint_about_a_list_that_is_not_watched_is_refused() {
    let fair = Fair::new().await;
    fair.agreed(1, (LIST, PLACE)).await;
    assert_eq!(fair.refused(&fair.hint_of(SECOND, &fair.lab.issuer, fair.lab.clock.now())).await, "HI-04");
}
