//! Tickets: one for a key, until its event ends, issued again for no other key; revoked singly, and all at once by their version.

use jigap_keys::base64url;
use jigap_wallet_core::pass::{Kind, PassClaims, PassStatus};
use jigap_wallet_core::status::StatusBits;
use jigap_wallet_core::time::Seconds;

use super::*;

const TICKET: &str = "ticket_jigap_pass";

async fn lab() -> Lab {
    Lab::configured(Faults::none(), |config| {
        let tenant = &mut config["tenants"]["hanbit"];
        tenant["types"] = json!(["ticket", "student-card"]);
        tenant["formats"] = json!({"ticket": ["jigap_pass"], "student-card": ["jigap_pass"]});
        (tenant["mechanism"], tenant["key_type"]) = (json!("did"), json!("Ed25519"));
    })
    .await
}

fn concert() -> Value {
    json!({"event": "음악회", "zone": "R", "row": "12", "seat": "34", "ends": "2027-01-20T22:00:00+09:00"})
}

impl Lab {
    async fn offer_ticket(&self, key: &str, claims: &Value) -> Answer {
        let body = json!({"credential_configuration_id": TICKET, "claims": claims, "reference": key, "tx_code": false});
        self.admin("offers", key, &body.to_string()).await
    }

    async fn ticket_token(&self, key: &str) -> String {
        let made = self.offer_ticket(key, &concert()).await;
        assert_eq!(made.status, 201, "{made:?}");
        let code = self.code(&made.get("id")).await;
        self.redeem(&code, None).await.get("access_token")
    }

    async fn ask_ticket(&self, token: &str, keys: &[&PrivateKey]) -> Answer {
        let nonce = self.nonce().await;
        let proofs: Vec<String> = keys.iter().map(|key| self.proof(key, &nonce)).collect();
        self.ask(token, TICKET, &proofs).await
    }

    /// What the list that `place` is in says of it.
    async fn says_of(&self, place: PassStatus) -> u8 {
        let named = self.get("/hanbit/status").await.json();
        let mut lists = named["status_lists"].as_array().unwrap().iter().map(|uri| uri.as_str().unwrap());
        let uri = lists.find(|uri| PassStatus::tag(uri) == place.list).unwrap();
        let answer = self.get(uri.strip_prefix(BASE).unwrap()).await;
        let list = &payload(&answer.text)["status_list"];
        let bits = StatusBits::new(2).unwrap();
        let list = StatusList::decode(bits, list["lst"].as_str().unwrap(), 1 << 20).unwrap();
        list.get(place.index).unwrap().0
    }
}

fn pass_of(answer: &Answer) -> PassClaims {
    let copies = copies(answer);
    assert_eq!(copies.len(), 1);
    let bytes = base64url::decode(copies[0].as_str().unwrap()).unwrap();
    PassClaims::dangerous_assume_verified(&bytes).unwrap().0
}

#[tokio::test]
async fn a_ticket_is_one_copy_that_ends_with_its_event() {
    let lab = lab().await;
    let token = lab.ticket_token("1").await;
    let (one, two) = (lab.key(), lab.key());
    let twice = lab.ask_ticket(&token, &[&one, &two]).await;
    assert_eq!(twice.refusal(), (400, "invalid_proof".to_owned()), "two copies are two entries");
    let pass = pass_of(&lab.ask_ticket(&token, &[&one]).await);
    assert_eq!((pass.kind, pass.version), (Kind::Ticket, 0));
    assert_eq!(pass.particulars, ["음악회", "R", "12", "34"]);
    assert_eq!(pass.expires.to_rfc3339(), "2027-01-20T13:00:00Z");
    assert_eq!(lab.says_of(pass.status.unwrap()).await, 0);
}

#[tokio::test]
async fn what_no_ticket_could_say_is_not_offered() {
    let lab = lab().await;
    let long = "가".repeat(14);
    for (number, (name, value)) in
        [("event", json!(long)), ("seat", json!("\u{202E}")), ("ends", json!("tomorrow"))]
            .into_iter()
            .enumerate()
    {
        let mut claims = concert();
        claims[name] = value;
        let made = lab.offer_ticket(&number.to_string(), &claims).await;
        assert_eq!(made.status, 422, "{name}: {made:?}");
        assert!(!made.text.contains(&long), "no value is told");
    }
}

/// A wallet that lost the answer asks again for the same key: gates take both for one ticket, whatever they know of the list.
#[tokio::test]
async fn a_ticket_that_was_lost_on_the_way_is_issued_again_for_its_own_key_alone() {
    let lab = lab().await;
    let token = lab.ticket_token("1").await;
    let (own, other) = (lab.key(), lab.key());
    let first = pass_of(&lab.ask_ticket(&token, &[&own]).await);
    let denied = (400, "credential_request_denied".to_owned());
    assert_eq!(lab.ask_ticket(&token, &[&other]).await.refusal(), denied);
    let answer = lab.ask_ticket(&token, &[&own]).await;
    let second = pass_of(&answer);
    assert_eq!(first.holder, second.holder);
    assert_ne!(first.status, second.status);
    let (before, after) = (first.status.unwrap(), second.status.unwrap());
    assert_eq!((lab.says_of(before).await, lab.says_of(after).await), (1, 0));
    let noted = lab.notify(&token, &answer.get("notification_id"), "credential_accepted").await;
    assert_eq!(noted.status, 204);
    assert_eq!(lab.ask_ticket(&token, &[&own]).await.refusal(), denied, "it was its last");
}

#[tokio::test]
async fn a_ticket_of_an_event_that_is_over_is_not_issued() {
    let lab = lab().await;
    let mut claims = concert();
    let ends = lab.clock.now().plus(Seconds(100));
    claims["ends"] = json!(ends.to_rfc3339());
    let made = lab.offer_ticket("1", &claims).await;
    let code = lab.code(&made.get("id")).await;
    let token = lab.redeem(&code, None).await.get("access_token");
    lab.clock.advance(Seconds(100));
    let asked = lab.ask_ticket(&token, &[&lab.key()]).await;
    assert_eq!(asked.refusal(), (400, "credential_request_denied".to_owned()));
}

#[tokio::test]
async fn one_ticket_is_revoked() {
    let lab = lab().await;
    let token = lab.ticket_token("7").await;
    let place = pass_of(&lab.ask_ticket(&token, &[&lab.key()]).await).status.unwrap();
    let body = json!({"reference": "7", "reason": "refunded"});
    let revoked = lab.admin("credentials/revoke", "r", &body.to_string()).await;
    assert_eq!(revoked.status, 200, "{revoked:?}");
    assert_eq!(lab.says_of(place).await, 1);
}

/// All tickets before a version end by the trust list; what is issued from then on is of the next.
#[tokio::test]
async fn all_tickets_before_a_version_are_ended() {
    let mut lab = lab().await;
    let min = |lab: &Lab| {
        let issues = |entry: &&TrustEntry| entry.types.iter().any(|name| name == Kind::Ticket.trusted_type());
        let entry = lab.entries.iter().find(issues).unwrap();
        assert_eq!(entry.passes.status_lists.as_ref().unwrap().as_str(), "https://id.example/hanbit/status");
        entry.passes.min_versions.clone()
    };
    assert!(min(&lab).is_empty());
    let ended = assembly::end_passes(&*lab.world.store, "hanbit", Kind::Ticket).await.unwrap();
    assert_eq!(ended, 1);
    lab.restart().await;
    assert_eq!(min(&lab).into_iter().collect::<Vec<_>>(), [("urn:jigap:pass:ticket".to_owned(), 1)]);
    let token = lab.ticket_token("1").await;
    assert_eq!(pass_of(&lab.ask_ticket(&token, &[&lab.key()]).await).version, 1);
    assert_eq!(assembly::end_passes(&*lab.world.store, "hanbit", Kind::Ticket).await.unwrap(), 2);
}
