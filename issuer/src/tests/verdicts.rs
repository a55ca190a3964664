//! Verdicts that verifiers hand in: which of them give an offer, how often, and what comes of it.

use jigap_platform::store::Fault;
use jigap_wallet_core::ports::KeyRange;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::verdict::Check;
use jigap_wallet_core::verdict::signed::{AUDIENCE, CONTENT, FORM, MOMENT, ONCE, SIGNER, TYP};

use super::*;
use crate::verdicts::{PERIOD, SHARE};

const PASS: &str = "check-in_jigap_pass";
const VERIFIER: &str = "x509_san_dns:gate.example";
const PATH: &str = "/hanbit/verdicts";
const KIND: (&str, &str) = ("content-type", "application/jigap-verdict+jwt");

/// The key of the verifier that is known.
fn verifier() -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &SeededEntropy::new(77))
}

/// A digest of the credential with this number.
fn digest(number: u8) -> String {
    jigap_keys::base64url::encode([number; 32])
}

fn from_verdicts(more: Value) -> Value {
    let mut taken = json!({
        "verifiers": [{"id": VERIFIER, "key": verifier().public().to_jwk()}],
        "templates": {
            "entry-pass": {"configuration": PASS, "claims": ["age_over_19", "student"]},
            "named": {"configuration": PASS, "claims": ["student"], "reference": "number"},
            "id": {"configuration": "student-id", "claims": ["name"]},
            "unrecognised": {"configuration": "check-in_jigap_pass_blind", "claims": ["student"]},
        },
    });
    taken.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    taken
}

async fn lab_with(faults: Faults, more: Value) -> Lab {
    Lab::configured(faults, |config| {
        let tenant = &mut config["tenants"]["hanbit"];
        tenant["types"] = json!(["check-in", "student-id"]);
        tenant["formats"] = json!({"check-in": ["jigap_pass", "jigap_pass_blind"]});
        tenant["mechanism"] = json!("did");
        tenant["key_type"] = json!("Ed25519");
        tenant["from_verdicts"] = from_verdicts(more);
    })
    .await
}

async fn lab() -> Lab {
    lab_with(Faults::none(), json!({})).await
}

impl Lab {
    /// What the verifier says, under an id that ends so, of the credential with this number.
    fn said(&self, id: u8, number: u8) -> Value {
        let now = self.clock.now().unix();
        json!({
            "iss": VERIFIER, "aud": ISSUER, "iat": now, "exp": now + 300,
            "jti": jigap_keys::base64url::encode([id; 16]), "template": "entry-pass", "facts": {"student": true},
            "shown": [digest(number)],
        })
    }

    async fn hand_in_by(&self, claims: &Value, key: &PrivateKey, typ: &str) -> Answer {
        let header = Header::for_key(key.public()).unwrap().typ(typ);
        self.hand_in_text(&UnsignedJws::new(&header, claims).sign(key).unwrap()).await
    }

    async fn hand_in_text(&self, text: &str) -> Answer {
        self.send("POST", PATH, &[KIND], text).await
    }

    async fn hand_in(&self, claims: &Value) -> Answer {
        self.hand_in_by(claims, &verifier(), TYP).await
    }

    /// The id of the offer that is made for `claims`.
    async fn made(&self, claims: &Value) -> String {
        let answer = self.hand_in(claims).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(answer.headers["cache-control"], "no-store");
        offer_id(&answer)
    }

    /// The same, taken by a wallet.
    async fn accepted(&self, claims: &Value) -> String {
        let id = self.made(claims).await;
        let answer = self.redeem(&self.code(&id).await, None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        id
    }

    async fn is_open(&self, id: &str) -> bool {
        self.get(&format!("/hanbit/offers/{id}")).await.status == 200
    }
}

fn offer_id(answer: &Answer) -> String {
    let link = Url::parse(&answer.get("offer")).unwrap();
    let uri = link.query_pairs().find(|(name, _)| name == "credential_offer_uri").unwrap().1.into_owned();
    uri.strip_prefix(&format!("{ISSUER}/offers/")).unwrap().to_owned()
}

#[track_caller]
fn refused_by(answer: &Answer, check: Check) {
    assert_eq!((answer.status, answer.get("code").as_str()), (400, "verdict-refused"), "{answer:?}");
    assert!(answer.get("detail").contains(&format!(" {}: ", check.id)), "{answer:?}");
}

/// Refused by VS-07.
#[track_caller]
fn denied(answer: &Answer, as_what: (u16, &str)) {
    assert_eq!((answer.status, answer.get("code").as_str()), as_what, "{answer:?}");
    assert!(answer.get("detail").contains(&format!(" {}: ", SHARE.id)), "{answer:?}");
}

/// The claims of the pass that an offer gives, by a wallet without DPoP.
async fn pass_of(lab: &Lab, offer: &str) -> jigap_wallet_core::pass::PassClaims {
    let token = lab.redeem(&lab.code(offer).await, None).await;
    assert!(token.json()["refresh_token"].is_null(), "it is bound to no key");
    let proof = lab.proof(&lab.key(), &lab.nonce().await);
    let issued = lab.ask(&token.get("access_token"), PASS, &[proof]).await;
    let pass = jigap_keys::base64url::decode(copies(&issued)[0].as_str().unwrap()).unwrap();
    jigap_wallet_core::pass::PassClaims::dangerous_assume_verified(&pass).unwrap().0
}

#[tokio::test]
async fn a_verdict_gives_an_offer_of_what_it_says_and_of_nothing_else() {
    let lab = lab().await;
    let mut said = lab.said(1, 1);
    said["facts"] = json!({"student": true, "age_over_19": false});
    let answer = lab.hand_in(&said).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let id = offer_id(&answer);
    let offer = lab.get(&format!("/hanbit/offers/{id}")).await.json();
    assert_eq!(offer["credential_configuration_ids"], json!([PASS]));
    let grant = &offer["grants"]["urn:ietf:params:oauth:grant-type:pre-authorized_code"];
    assert!(grant["tx_code"].is_null(), "the link goes to the wallet that answered, and to nobody else");
    let mut blind = lab.said(2, 2);
    blind["template"] = json!("unrecognised");
    let offer = lab.get(&format!("/hanbit/offers/{}", lab.made(&blind).await)).await.json();
    assert_eq!(offer["credential_configuration_ids"], json!(["check-in_jigap_pass_blind"]));
    let facts: Vec<String> = pass_of(&lab, &id).await.facts.iter().map(ToString::to_string).collect();
    assert_eq!(facts, ["student"]);
}

#[tokio::test]
async fn vs_01_to_04_what_is_nobodys_for_others_or_of_another_time_gives_nothing() {
    let lab = lab().await;
    let right = lab.said(1, 1);
    let with = |member: &str, value: Value| {
        let mut said = right.clone();
        said[member] = value;
        said
    };
    refused_by(&lab.hand_in_text("not a verdict").await, FORM);
    refused_by(&lab.hand_in_by(&right, &verifier(), "JWT").await, FORM);
    refused_by(&lab.hand_in_by(&right, &lab.key(), TYP).await, SIGNER);
    refused_by(&lab.hand_in(&with("iss", json!("x509_san_dns:other.example"))).await, SIGNER);
    refused_by(&lab.hand_in(&with("aud", json!(format!("{BASE}/other")))).await, AUDIENCE);
    refused_by(&lab.hand_in(&with("exp", json!(lab.clock.now().unix() + 600))).await, MOMENT);
    let other = lab.send("POST", "/other/verdicts", &[KIND], "x").await;
    assert_eq!((other.status, other.get("code").as_str()), (404, "takes-no-verdicts"));
    lab.clock.advance(Seconds(300));
    refused_by(&lab.hand_in(&right).await, MOMENT);
    let tx = lab.world.store.begin().await.unwrap();
    let offers = tx.range(&KeyRange::prefix("issuer/hanbit/offer/"), 10).await.unwrap();
    assert!(offers.is_empty(), "nothing was offered");
}

#[tokio::test]
async fn vs_05_a_verdict_gives_one_offer_and_its_id_no_other() {
    let lab = lab().await;
    let said = lab.said(1, 1);
    let first = lab.made(&said).await;
    // Its answer was lost, and the verifier says it again, signed anew.
    lab.clock.advance(Seconds(60));
    assert_eq!(lab.made(&said).await, first);
    let again = lab.said(1, 1);
    assert_ne!(again["iat"], said["iat"]);
    assert_eq!(lab.made(&again).await, first);
    let mut other_copy = said.clone();
    other_copy["shown"] = json!([digest(2)]);
    assert_eq!(lab.made(&other_copy).await, first, "a wallet whose answer was lost shows another copy");
    for (template, facts) in [
        ("entry-pass", json!({"age_over_19": true})),
        ("named", json!({"student": true, "number": "20210042"})),
    ] {
        let mut other = said.clone();
        (other["template"], other["facts"]) = (json!(template), facts);
        refused_by(&lab.hand_in(&other).await, ONCE);
    }
    let answer = lab.redeem(&lab.code(&first).await, None).await;
    assert_eq!(answer.status, 200);
    assert_eq!(lab.made(&said).await, first, "the same, though it was taken");
    assert!(!lab.is_open(&first).await);
}

#[tokio::test]
async fn of_two_at_once_one_offer_comes() {
    let lab = lab().await;
    let said = lab.said(1, 1);
    let (one, other) = tokio::join!(lab.made(&said), lab.made(&said));
    assert_eq!(one, other);
    let tx = lab.world.store.begin().await.unwrap();
    assert_eq!(tx.range(&KeyRange::prefix("issuer/hanbit/offer/"), 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_that_the_store_lost_is_the_same_the_next_time() {
    for fault in [Fault::UnknownCommitted, Fault::UnknownNotCommitted] {
        // Two tenants' keys, what the keys of blind passes are derived from, then the offer.
        let lab = lab_with(Faults::at([(COMMITS_AT_START + 2, fault)]), json!({})).await;
        let said = lab.said(1, 1);
        let first = lab.hand_in(&said).await;
        assert_eq!((first.status, first.get("code").as_str()), (503, "try-again"), "{first:?}");
        let made = lab.made(&said).await;
        assert_eq!(lab.made(&said).await, made);
        let tx = lab.world.store.begin().await.unwrap();
        assert_eq!(tx.range(&KeyRange::prefix("issuer/hanbit/offer/"), 10).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn vs_06_a_template_or_fact_that_is_not_taken_is_refused() {
    let lab = lab().await;
    for (template, facts) in [
        ("enrolled", json!({"student": true})),
        ("entry-pass", json!({"student": true, "age_over_14": true})),
        ("entry-pass", json!({"student": "yes"})),
        ("named", json!({"student": true, "number": true})),
        ("named", json!({"student": true})),
        // The type of student IDs demands more than a name.
        ("id", json!({"name": "김하늘"})),
    ] {
        let mut said = lab.said(1, 1);
        (said["template"], said["facts"]) = (json!(template), facts);
        refused_by(&lab.hand_in(&said).await, CONTENT);
    }
    assert!(lab.is_open(&lab.made(&lab.said(1, 1)).await).await, "none of them used the id up");
}

#[tokio::test]
async fn vs_07_a_credential_gives_its_share_and_one_grant_at_a_time() {
    let lab = lab().await;
    // What nobody takes is replaced, and does not count.
    let unused = lab.made(&lab.said(1, 1)).await;
    let first = lab.accepted(&lab.said(2, 1)).await;
    assert!(!lab.is_open(&unused).await);
    assert_ne!(unused, first);
    let second = lab.accepted(&lab.said(3, 1)).await;
    assert_ne!(first, second);
    let third = lab.hand_in(&lab.said(4, 1)).await;
    denied(&third, (429, "enough-offered"));
    assert_eq!(third.headers["retry-after"], PERIOD.0.to_string());
    assert!(lab.is_open(&lab.made(&lab.said(5, 2)).await).await, "another credential has its own");
    lab.clock.advance(PERIOD);
    lab.made(&lab.said(6, 1)).await;
}

#[tokio::test]
async fn vs_07_several_credentials_shown_together_count_each() {
    let lab = lab_with(Faults::none(), json!({"grants": 1})).await;
    let mut both = lab.said(1, 1);
    both["shown"] = json!([digest(1), digest(2)]);
    lab.accepted(&both).await;
    for (id, number) in [(2, 1), (3, 2)] {
        denied(&lab.hand_in(&lab.said(id, number)).await, (429, "enough-offered"));
    }
    // What took the place of another is no revocation of the person.
    lab.clock.advance(PERIOD);
    lab.accepted(&lab.said(4, 1)).await;
    lab.made(&lab.said(5, 2)).await;
}

#[tokio::test]
async fn vs_07_whom_the_registrar_shut_out_gets_no_other_by_showing_again() {
    let lab = lab_with(Faults::none(), json!({"grants": 9})).await;
    let offer = lab.accepted(&lab.said(1, 1)).await;
    let change = json!({"offers": [offer], "reason": "test"}).to_string();
    assert_eq!(lab.admin("credentials/suspend", "s1", &change).await.status, 200);
    denied(&lab.hand_in(&lab.said(2, 1)).await, (403, "offer-denied"));
    assert_eq!(lab.admin("credentials/reinstate", "r1", &change).await.status, 200);
    let offer = lab.accepted(&lab.said(3, 1)).await;
    let change = json!({"offers": [offer], "reason": "test"}).to_string();
    // Nor by an offer that was made meanwhile and is not taken.
    lab.made(&lab.said(4, 1)).await;
    assert_eq!(lab.admin("credentials/revoke", "v1", &change).await.status, 200);
    for id in 5..=6 {
        denied(&lab.hand_in(&lab.said(id, 1)).await, (403, "offer-denied"));
    }
}

/// Nothing is left of what was issued after some days, or nothing ever was: that it was taken, and what the registrar did, counts on.
#[tokio::test]
async fn vs_07_what_was_taken_and_who_was_shut_out_is_known_for_28_days() {
    const DAY: Seconds = Seconds(86_400);
    let lab = lab_with(Faults::none(), json!({"grants": 1, "refresh_days": 0})).await;
    // Before anybody took it.
    let shut_out = lab.made(&lab.said(1, 1)).await;
    let change = json!({"offers": [shut_out], "reason": "test"}).to_string();
    assert_eq!(lab.admin("credentials/revoke", "v1", &change).await.status, 200);
    let suspended = lab.accepted(&lab.said(2, 2)).await;
    let change = json!({"offers": [suspended], "reason": "test"}).to_string();
    assert_eq!(lab.admin("credentials/suspend", "s1", &change).await.status, 200);
    lab.accepted(&lab.said(3, 3)).await;
    lab.made(&lab.said(4, 4)).await;
    for day in 1..28 {
        lab.sweep_after(DAY.0).await;
        denied(&lab.hand_in(&lab.said(10 + day, 1)).await, (403, "offer-denied"));
        denied(&lab.hand_in(&lab.said(50 + day, 2)).await, (403, "offer-denied"));
        denied(&lab.hand_in(&lab.said(90 + day, 3)).await, (429, "enough-offered"));
    }
    lab.made(&lab.said(5, 4)).await;
    lab.sweep_after(DAY.0 + 1).await;
    for number in 1..=3 {
        lab.made(&lab.said(5 + number, number)).await;
    }
    lab.sweep_after(DAY.0).await;
    let tx = lab.world.store.begin().await.unwrap();
    let offers = tx.range(&KeyRange::prefix("issuer/hanbit/offer/"), 10).await.unwrap();
    assert!(offers.is_empty(), "then nothing is left of them");
}

#[tokio::test]
async fn a_grant_is_refreshed_as_long_as_the_configuration_says_and_not_after_another_took_its_place() {
    let lab = lab_with(Faults::none(), json!({"refresh_days": 7})).await;
    let bound = async |said: &Value| {
        let (code, key) = (lab.code(&lab.made(said).await).await, Arc::new(lab.key()));
        let answer = lab.redeem_with(&code, &[&lab.dpop(&key, "token", None)]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        (key, answer.get("refresh_token"))
    };
    let refresh = async |(key, token): &(Arc<PrivateKey>, String)| {
        lab.refresh_with(token, &[&lab.dpop(key, "token", None)]).await
    };
    let first = bound(&lab.said(1, 1)).await;
    let answer = refresh(&first).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    // What is offered and not taken takes nothing away.
    lab.made(&lab.said(9, 1)).await;
    let answer = refresh(&(Arc::clone(&first.0), answer.get("refresh_token"))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let second = bound(&lab.said(2, 1)).await;
    let ended = refresh(&(Arc::clone(&first.0), answer.get("refresh_token"))).await;
    assert_eq!((ended.status, ended.get("error").as_str()), (400, "invalid_grant"));
    lab.clock.advance(Seconds(7 * 86_400 - 1));
    assert_eq!(refresh(&second).await.status, 200);
    lab.clock.advance(Seconds(1));
    assert_eq!(refresh(&second).await.status, 400);
    let never = lab_with(Faults::none(), json!({"refresh_days": 0})).await;
    let code = never.code(&never.made(&never.said(1, 1)).await).await;
    let answer = never.redeem_with(&code, &[&never.dpop(&never.key(), "token", None)]).await;
    assert!(answer.status == 200 && answer.json()["refresh_token"].is_null(), "{answer:?}");
}

#[tokio::test]
async fn a_template_may_name_the_person_for_whoever_revokes() {
    let lab = lab().await;
    let mut said = lab.said(1, 1);
    (said["template"], said["facts"]) = (json!("named"), json!({"student": true, "number": "20210042"}));
    let offer = lab.made(&said).await;
    let change = json!({"reference": "20210042", "reason": "left"}).to_string();
    let changed = lab.admin("credentials/revoke", "v1", &change).await.json();
    assert_eq!(changed["offers"], json!([{"offer": offer, "state": "withdrawn"}]));
}

#[tokio::test]
async fn many_verdicts_and_many_that_are_refused_are_slowed_down() {
    let lab = Lab::configured(Faults::none(), |config| {
        let tenant = &mut config["tenants"]["hanbit"];
        tenant["types"] = json!(["check-in", "student-id"]);
        tenant["formats"] = json!({"check-in": ["jigap_pass", "jigap_pass_blind"]});
        tenant["mechanism"] = json!("did");
        tenant["key_type"] = json!("Ed25519");
        tenant["from_verdicts"] = from_verdicts(json!({}));
        (config["verdicts_a_minute"], config["token_tries"]) = (json!(2), json!(3));
    })
    .await;
    for id in 1..=2 {
        lab.made(&lab.said(id, id)).await;
    }
    let slowed = lab.hand_in(&lab.said(3, 3)).await;
    assert_eq!((slowed.status, slowed.get("code").as_str()), (429, "too-many-verdicts"));
    assert!(slowed.headers.contains_key("retry-after"));
    for _ in 0..3 {
        refused_by(&lab.hand_in_text("not a verdict").await, FORM);
    }
    assert_eq!(lab.hand_in_text("not a verdict").await.status, 429);
    assert_eq!(lab.send_from([192, 0, 2, 9], "POST", PATH, &[KIND], "x").await.status, 400, "others are not");
}

#[tokio::test]
async fn what_was_shown_is_forgotten_when_it_counts_no_more() {
    let lab = lab().await;
    lab.accepted(&lab.said(1, 1)).await;
    let kept = async || {
        let tx = lab.world.store.begin().await.unwrap();
        let shown = tx.range(&KeyRange::prefix("issuer/hanbit/shown/"), 10).await.unwrap();
        shown.into_iter().map(|(key, _)| String::from_utf8(key).unwrap()).collect::<Vec<_>>()
    };
    let there = kept().await;
    assert!(there.len() == 1 && !there[0].contains(&digest(1)), "not by what the verifier calls it");
    lab.later(PERIOD.0 - 1).await;
    assert_eq!(kept().await, there);
    lab.later(2).await;
    assert!(kept().await.is_empty());
}

#[tokio::test]
async fn a_verifier_known_by_its_did_needs_no_key_beside_it_and_what_cannot_be_taken_is_refused_at_the_start()
{
    let mut lab = lab().await;
    let configured = |config: &IssuerConfig, taken: Value| {
        let mut config = config.clone();
        let tenant = config.tenants.get_mut("hanbit").unwrap();
        tenant.from_verdicts = Some(serde_json::from_value(from_verdicts(taken)).unwrap());
        config
    };
    let id = format!("decentralized_identifier:{}", jigap_wallet_core::did::jwk_did(verifier().public()));
    let by_did = json!({"verifiers": [{"id": id}]});
    lab.config = configured(&lab.config, by_did);
    lab.restart().await;
    let mut said = lab.said(1, 1);
    said["iss"] = json!(id);
    lab.made(&said).await;
    refused_by(&lab.hand_in(&lab.said(2, 1)).await, SIGNER);
    let known = json!({"id": VERIFIER, "key": verifier().public().to_jwk()});
    for wrong in [
        json!({"verifiers": [{"id": VERIFIER}]}),
        json!({"verifiers": [{"id": "decentralized_identifier:did:web:gate.example"}]}),
        json!({"verifiers": [{"id": VERIFIER, "key": {"kty": "oct", "k": "AA"}}]}),
        json!({"verifiers": [known, known]}),
        json!({"templates": {"x": {"configuration": "check-in", "claims": []}}}),
        json!({"templates": {"x": {"configuration": PASS, "claims": ["name"]}}}),
    ] {
        let config = configured(&lab.config, wrong.clone());
        let opened = assembly::open(&config, &Url::parse(BASE).unwrap(), &lab.vault, lab.world.clone()).await;
        let error = opened.err().unwrap().to_string();
        assert!(error.contains("issuer.tenants.hanbit: from_verdicts."), "{wrong}: {error}");
    }
    // A key that is made elsewhere is told by whoever puts both together.
    let own = configured(&lab.config, json!({"verifiers": [], "own_verifier": true}));
    assert!(own.takes_own_verdicts());
    lab.config = own.beside_verifier(VERIFIER, verifier().public());
    assert!(!lab.config.takes_own_verdicts());
    lab.restart().await;
    lab.made(&lab.said(3, 3)).await;
}
