//! Passes that are signed blindly: what is asked, what is answered, and what is kept.

use jigap_keys::base64url;
use jigap_wallet_core::pass::{
    BlindRequest, BlindVerifier, Fact, Generation, HeldPass, Kind, PassIssuer, PassIssuers, PassKey,
};

use jigap_wallet_core::ports::KeyRange;
use jigap_wallet_core::time::Seconds;

use super::*;

const BLIND: &str = "check-in_jigap_pass_blind";

async fn lab() -> Lab {
    Lab::configured(Faults::none(), |config| {
        let tenant = &mut config["tenants"]["hanbit"];
        tenant["types"] = json!(["check-in"]);
        tenant["formats"] = json!({"check-in": ["jigap_pass", "jigap_pass_blind"]});
        (tenant["mechanism"], tenant["key_type"]) = (json!("did"), json!("Ed25519"));
        config["tenants"].as_object_mut().unwrap().remove("other");
    })
    .await
}

/// A wallet with passes that it asks for.
struct Asker(Vec<PrivateKey>, Vec<[u8; 32]>);

impl Asker {
    fn new(lab: &Lab, count: usize) -> Self {
        let keys: Vec<_> = (0..count).map(|_| lab.key()).collect();
        let fresh = |key: &PrivateKey| *BlindRequest::generate(key.public(), &*lab.entropy).kept();
        let kept = keys.iter().map(fresh).collect();
        Self(keys, kept)
    }

    fn requests(&self) -> impl Iterator<Item = BlindRequest> {
        let pairs = self.0.iter().zip(&self.1);
        pairs.map(|(key, kept)| BlindRequest::from_kept(key.public(), kept).unwrap())
    }

    fn points(&self) -> Vec<String> {
        self.requests().map(|request| base64url::encode(request.point())).collect()
    }

    fn finish(&self, answer: &Answer, trusted: &PassIssuers) -> Vec<HeldPass> {
        let answers = copies(answer);
        assert_eq!(answers.len(), self.0.len());
        let answers = answers.iter().map(|answer| base64url::decode(answer.as_str().unwrap()).unwrap());
        self.requests().zip(answers).map(|(asked, answer)| asked.finish(&answer, trusted).unwrap()).collect()
    }
}

impl Lab {
    async fn blind_token(&self, key: &str) -> String {
        let claims = json!({"student": true, "age_over_14": true, "age_over_19": false});
        let body = json!({"credential_configuration_id": BLIND, "claims": claims, "reference": "p-1", "tx_code": false});
        let made = self.admin("offers", key, &body.to_string()).await;
        assert_eq!(made.status, 201, "{made:?}");
        let code = self.code(&made.get("id")).await;
        self.redeem(&code, None).await.get("access_token")
    }

    async fn ask_blind(&self, token: &str, points: &[String]) -> Answer {
        let nonce = self.nonce().await;
        self.ask_blind_with(token, points, &nonce).await
    }

    async fn ask_blind_with(&self, token: &str, points: &[String], nonce: &str) -> Answer {
        let body = json!({
            "credential_configuration_id": BLIND, "blinded": {"nonce": nonce, "points": points},
        });
        self.post_with(token, "credential", &body).await
    }

    /// As a gate with the trust list knows them.
    fn trusted(&self) -> PassIssuers {
        let issuers = self.entries.iter().flat_map(|entry| {
            entry.passes.blind_keys.iter().map(|key| PassIssuer {
                key: PassKey::Blind(BlindVerifier::new(key.clone()).unwrap()),
                issuer: entry.issuer.clone(),
                names: entry.names.clone(),
                kinds: vec![Kind::Entry],
                min_versions: [].into(),
                statuses: Vec::new(),
                as_of: self.clock.now(),
                until: entry.valid_until,
            })
        });
        PassIssuers::new(issuers)
    }

    /// What stands for the keys of who is a student over 14.
    fn trusted_ids(&self) -> Vec<[u8; 8]> {
        let said = [Fact::AgeOver(14), Fact::parse("student").unwrap()];
        let keys = self.entries.iter().flat_map(|entry| &entry.passes.blind_keys);
        keys.filter(|key| key.facts == said).map(|key| *key.id().as_bytes()).collect()
    }

    /// Every record of the tenant.
    async fn stored(&self) -> Vec<u8> {
        let tx = self.world.store.begin().await.unwrap();
        let all = tx.range(&KeyRange::prefix("issuer/hanbit/"), 100_000).await.unwrap();
        all.into_iter().flat_map(|(key, value)| [key, value].concat()).collect()
    }
}

#[tokio::test]
async fn passes_are_signed_by_the_keys_that_the_trust_list_names() {
    let lab = lab().await;
    let metadata = lab.get("/.well-known/openid-credential-issuer/hanbit").await.json();
    let described = &metadata["credential_configurations_supported"][BLIND];
    assert_eq!(
        (&described["format"], &described["pass_type"]),
        (&json!("jigap_pass_blind"), &json!("urn:jigap:pass:entry"))
    );
    assert_eq!(described.get("proof_types_supported"), None);
    // Eight sets of three facts, in this generation and the next, under one name.
    let listed: Vec<usize> = lab.entries.iter().map(|entry| entry.passes.blind_keys.len()).collect();
    assert_eq!(listed.iter().sum::<usize>(), 16);
    assert_eq!(listed.iter().filter(|count| **count > 0).count(), 1);
    let (asker, trusted) = (Asker::new(&lab, 28), lab.trusted());
    let token = lab.blind_token("1").await;
    let passes = asker.finish(&lab.ask_blind(&token, &asker.points()).await, &trusted);
    // The clock stands in the last week of a generation: every second pass is of the next.
    let (this, next) = Generation::issued_at(lab.clock.now());
    assert_ne!(this, next);
    for (number, (pass, key)) in passes.iter().zip(&asker.0).enumerate() {
        assert_eq!(pass.claims().facts, [Fact::AgeOver(14), Fact::parse("student").unwrap()]);
        assert_eq!(pass.claims().holder, *key.public());
        assert_eq!(pass.claims().expires, if number % 2 == 1 { next.ends() } else { this.ends() });
    }
    // When it has begun, all are; the list of the week before names their key.
    lab.clock.advance(Seconds(7 * 86_400));
    let (asker, token) = (Asker::new(&lab, 2), lab.blind_token("2").await);
    let passes = asker.finish(&lab.ask_blind(&token, &asker.points()).await, &trusted);
    assert!(passes.iter().all(|pass| pass.claims().expires == next.ends()));
}

/// Who lost the answer asks for the same again: it is the same, and counts once however often.
#[tokio::test]
async fn the_same_points_are_answered_the_same_and_counted_once() {
    let lab = lab().await;
    let (asker, token) = (Asker::new(&lab, 3), lab.blind_token("1").await);
    let first = lab.ask_blind(&token, &asker.points()).await;
    for _ in 0..20 {
        let again = lab.ask_blind(&token, &asker.points()).await;
        assert_eq!(copies(&again), copies(&first));
        assert_ne!(again.get("notification_id"), first.get("notification_id"));
    }
    let issuances = |stored: Vec<u8>| String::from_utf8_lossy(&stored).matches("\"points\":").count();
    assert_eq!(issuances(lab.stored().await), 1);
    // Others are others; what the wallet has acknowledged was the last.
    let other = Asker::new(&lab, 3);
    let second = lab.ask_blind(&token, &other.points()).await;
    assert_eq!((second.status, issuances(lab.stored().await)), (200, 2));
    let notice = json!({"notification_id": second.get("notification_id"), "event": "credential_accepted"});
    assert_eq!(lab.post_with(&token, "notification", &notice).await.status, 204);
    let refused = lab.ask_blind(&token, &other.points()).await.refusal();
    assert_eq!(refused, (400, "credential_request_denied".to_owned()));
}

#[tokio::test]
async fn what_breaks_the_rules_is_refused_and_uses_nothing_up() {
    let lab = lab().await;
    let (asker, token) = (Asker::new(&lab, 2), lab.blind_token("1").await);
    let points = asker.points();
    let invalid = (400, "invalid_proof".to_owned());
    let many: Vec<String> = points.iter().cycle().take(29).cloned().collect();
    let infinity = base64url::encode([&[0xc0][..], &[0; 47]].concat());
    for wrong in [
        many,
        vec![infinity],
        vec!["AAAA".to_owned()],
        vec!["=".to_owned()],
        vec![points[0].clone(), "A".to_owned()],
    ] {
        assert_eq!(lab.ask_blind(&token, &wrong).await.refusal(), invalid, "{wrong:?}");
    }
    // Keys prove nothing here, and points are for no other configuration.
    let proof = lab.proof(&asker.0[0], &lab.nonce().await);
    assert_eq!(lab.ask(&token, BLIND, &[proof]).await.refusal(), invalid);
    let body = json!({
        "credential_configuration_id": "check-in_jigap_pass",
        "blinded": {"nonce": lab.nonce().await, "points": points},
    });
    assert_eq!(lab.post_with(&token, "credential", &body).await.refusal(), invalid);
    // A nonce is ours, and for one request.
    let stale = (400, "invalid_nonce".to_owned());
    assert_eq!(lab.ask_blind_with(&token, &points, "foreign").await.refusal(), stale);
    let nonce = lab.nonce().await;
    assert_eq!(lab.ask_blind_with(&token, &points, &nonce).await.status, 200);
    assert_eq!(
        lab.ask_blind_with(&token, &points, &nonce).await.refusal(),
        stale,
        "also for the same points"
    );
    let late = lab.nonce().await;
    lab.clock.advance(Seconds(301));
    let token = lab.blind_token("2").await;
    assert_eq!(lab.ask_blind_with(&token, &points, &late).await.refusal(), stale);
    assert_eq!(lab.ask_blind("stranger", &points).await.status, 401);
}

/// What the issuer was sent, answered and keeps has nothing in common with what a gate is shown.
#[tokio::test]
async fn nothing_that_the_issuer_has_is_in_a_pass() {
    let lab = lab().await;
    let (asker, token) = (Asker::new(&lab, 8), lab.blind_token("1").await);
    let points = asker.points();
    let answer = lab.ask_blind(&token, &points).await;
    let mut saw = lab.stored().await;
    let answers = copies(&answer).into_iter().map(|one| one.as_str().unwrap().to_owned());
    for text in points.into_iter().chain(answers) {
        saw.extend(base64url::decode(&text).unwrap());
        saw.extend(text.into_bytes());
    }
    let has = |part: &[u8]| saw.windows(part.len()).any(|found| found == part);
    assert!(has(&lab.trusted_ids()[0]), "the key's id is in what it answered: this is how it would be found");
    for pass in asker.finish(&answer, &lab.trusted()) {
        let shown = pass.shown();
        // All but what stands in every pass of its meaning.
        let (signature, key) = (&shown[shown.len() - 48..], pass.claims().holder.to_bytes());
        let pseudonym = pass.claims().pseudonym();
        for part in [signature, &key[1..], pseudonym.as_bytes()] {
            for window in part.windows(12) {
                assert!(!has(window) && !has(base64url::encode(window).as_bytes()), "a part of a pass");
            }
        }
    }
}

#[tokio::test]
async fn passes_that_were_ended_have_other_keys() {
    let mut lab = lab().await;
    let before = lab.entries.clone();
    let keys = |entries: &[TrustEntry]| -> Vec<_> {
        entries.iter().flat_map(|entry| entry.passes.blind_keys.clone()).map(|key| key.key).collect()
    };
    lab.restart().await;
    assert_eq!(keys(&lab.entries), keys(&before), "a restart changes nothing");
    assembly::end_passes(&*lab.world.store, "hanbit", Kind::Entry).await.unwrap();
    lab.restart().await;
    assert_eq!(keys(&lab.entries).len(), keys(&before).len());
    assert!(keys(&lab.entries).iter().all(|key| !keys(&before).contains(key)));
    let (asker, token) = (Asker::new(&lab, 1), lab.blind_token("1").await);
    let answer = lab.ask_blind(&token, &asker.points()).await;
    assert_eq!(asker.finish(&answer, &lab.trusted()).len(), 1);
}
