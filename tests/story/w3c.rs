//! Student IDs as W3C credentials, from the register to the verdict and back: offered, held, asked for by their class,
//! shown whole, suspended, reinstated; replayed, stolen and shown elsewhere in vain.

use jigap_keys::{KeyType, PrivateKey, base64url, json as strict};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::dcql::Format;
use jigap_wallet_core::did::jwk_did;
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::ldp::{self, Presenting};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::vcjwt;
use jigap_wallet_core::wallet::{EventKind, Held, Wallet};
use jigap_wallet_core::wallet_box::Unlock;
use serde_json::{Value, json};

use crate::store;
use crate::world::{Question, World};

const CLASS: &str = "https://types.jigap.test/types/student-id/1#StudentId";
/// A configuration, and the template that asks for it.
const JWT: (&str, &str) = ("student-id_jwt_vc_json", "enrolled-jwt");

const DOCUMENT: (&str, &str) = ("student-id_ldp_vc", "enrolled-ldp");

/// With a university that signs documents.
async fn world_of_documents() -> World {
    World::start_with(|_, _| {
        json!({
            "mechanism": "did", "key_type": "Ed25519",
            "formats": {"student-id": ["dc+sd-jwt", "jwt_vc_json", "ldp_vc"]},
        })
    })
    .await
}

async fn world_of(mechanism: &str) -> World {
    World::start_with(
        |_, _| json!({"mechanism": mechanism, "formats": {"student-id": ["dc+sd-jwt", "jwt_vc_json"]}}),
    )
    .await
}

/// A wallet with a student ID of this configuration.
async fn student(world: &World, configuration: &str) -> (Wallet, Held) {
    let wallet = world.new_wallet(&store()).await;
    let (link, tx_code) = world.offer_as(configuration, "hb-1").await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    assert_eq!(offered.credential_name(Lang::Ko), Some("학생증"));
    let held = wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    (wallet, held)
}

async fn present(world: &World, wallet: &Wallet, template: &str) -> (Question, Value) {
    let question = world.ask_by(template, false).await;
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    wallet.present(asking).await.unwrap();
    let result = world.result(&question).await.1;
    (question, result)
}

/// The checks that a result's verdict refuses by, with their reasons.
fn broken(result: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let checks = result["verdict"]["credentials"][0]["checks"].as_array().unwrap();
    let refused = checks.iter().filter(|check| check["result"] == "refused");
    refused.map(|check| (text(&check["id"]), text(&check["reason"]))).collect()
}

fn refused(check: &str, reason: &str) -> Vec<(String, String)> {
    vec![(check.to_owned(), reason.to_owned())]
}

async fn carried_from_register_to_verdict(world: &World, (configuration, template): (&str, &str)) {
    let (wallet, held) = student(world, configuration).await;
    assert_eq!((held.copies, held.unused, held.credential_type()), (10, 10, CLASS));

    let (question, passed) = present(world, &wallet, template).await;
    assert_eq!(passed["verdict"]["accepted"], true, "{}", passed["verdict"]);
    let shown = &passed["claims"]["student"][0]["credentialSubject"];
    assert_eq!(
        shown,
        &json!({"enrolment_status": "enrolled"}),
        "it may go whole: what was asked for is told"
    );

    let replayed = world.replay(&question.id).await;
    assert_eq!(replayed, 400, "an answer is taken once");

    assert_eq!(world.suspend("hb-1").await, 1);
    let (_, suspended) = present(world, &wallet, template).await;
    assert_eq!(broken(&suspended), refused("V-08", "suspended"));
    assert_eq!(suspended["claims"], json!({}));
    assert_eq!(world.reinstate("hb-1").await, 1);
    let (_, again) = present(world, &wallet, template).await;
    assert_eq!(again["verdict"]["accepted"], true, "{}", again["verdict"]);

    assert_eq!(wallet.credentials().await.unwrap()[0].unused, 7, "each copy was shown once");
    let history = wallet.history().await.unwrap();
    let shown: Vec<_> = history.iter().filter(|event| event.kind == EventKind::Presented).collect();
    assert_eq!((shown.len(), shown[0].vct.as_str()), (3, CLASS));
    let name = ClaimPath::from_json(&json!(["credentialSubject", "name"])).unwrap();
    assert!(shown[0].claims.contains(&name), "it goes whole: {:?}", shown[0].claims);
}

#[tokio::test]
async fn a_jwt_vc_is_carried_from_the_register_to_the_verdict() {
    for mechanism in ["jwt_vc_issuer", "did"] {
        carried_from_register_to_verdict(&world_of(mechanism).await, JWT).await;
    }
}

#[tokio::test]
async fn a_document_is_carried_from_the_register_to_the_verdict() {
    let world = world_of_documents().await;
    let (wallet, held) = student(&world, DOCUMENT.0).await;
    assert_eq!((held.format, held.copies, held.credential_type()), (Format::LdpVc, 10, CLASS));
    let (question, passed) = present(&world, &wallet, DOCUMENT.1).await;
    assert_eq!(passed["verdict"]["accepted"], true, "{}", passed["verdict"]);
    let shown = &passed["claims"]["student"][0]["credentialSubject"];
    assert_eq!((&shown["enrolment_status"], shown.get("id")), (&json!("enrolled"), None));
    assert_eq!(world.replay(&question.id).await, 400, "an answer is taken once");
    assert_eq!(wallet.credentials().await.unwrap()[0].unused, 9);

    let unlock = Unlock::KeyFile(&[3; 32]);
    let file = wallet.backup(&unlock).await.unwrap().file;
    let restored = world.new_wallet(&store()).await;
    restored.restore(&file, &unlock).await.unwrap();
    let fetched = world.wire.arrived("/context.jsonld");
    let (_, passed) = present(&world, &restored, DOCUMENT.1).await;
    assert_eq!(passed["verdict"]["accepted"], true, "{}", passed["verdict"]);
    assert_eq!((fetched, world.wire.arrived("/context.jsonld")), (1, 1), "showing tells nobody else");
    let exported = restored.export().await.unwrap();
    let claims = &exported["credentials"][0]["claims"];
    assert_eq!((claims.get("proof"), claims["credentialSubject"].get("id")), (None, None));
    assert_eq!(claims["credentialSubject"]["name"], "김하늘");
    let name = ClaimPath::from_json(&json!(["credentialSubject", "name"])).unwrap();
    let look = wallet.look(&held.id).await.unwrap().unwrap();
    assert_eq!(look.label(&name, Lang::En), Some("Full name"));
}

#[tokio::test]
async fn a_document_is_suspended_refused_reinstated_and_revoked_for_good() {
    let world = world_of_documents().await;
    let (wallet, held) = student(&world, DOCUMENT.0).await;
    let ends = held.expires.unwrap();
    assert!(
        ends > SystemClock.now().plus(jigap_wallet_core::time::Seconds(300 * 86_400)),
        "as long as others"
    );

    assert_eq!(world.suspend("hb-1").await, 1);
    let (_, suspended) = present(&world, &wallet, DOCUMENT.1).await;
    assert_eq!(broken(&suspended), refused("V-08", "suspended"));
    assert_eq!(suspended["claims"], json!({}));
    assert_eq!(world.reinstate("hb-1").await, 1);
    let (_, again) = present(&world, &wallet, DOCUMENT.1).await;
    assert_eq!(again["verdict"]["accepted"], true, "{}", again["verdict"]);
    assert_eq!(again["verdict"]["credentials"][0]["status"]["freshness"], "fresh");

    let changed = world.change("revoke", "hb-1").await;
    assert_eq!((changed.len(), &changed[0]["state"]), (1, &json!("revoked")));
    assert_eq!(changed[0]["published"], true);
    let (_, revoked) = present(&world, &wallet, DOCUMENT.1).await;
    assert_eq!(broken(&revoked), refused("V-08", "revoked"));
    // Both lists, of the revoked and of the suspended, were asked for.
    assert!(world.wire.arrived("/revocation") > 0 && world.wire.arrived("/suspension") > 0);
}

#[tokio::test]
async fn a_document_that_was_stolen_is_refused_to_the_thief() {
    let world = world_of_documents().await;
    let (wallet, _) = student(&world, DOCUMENT.0).await;
    let (seen, _) = present(&world, &wallet, DOCUMENT.1).await;
    let presentation = world.posted(&seen.id)["student"][0].clone();
    let credential = presentation["verifiableCredential"][0].clone();
    let victim = credential["credentialSubject"]["id"].as_str().unwrap().to_owned();
    let thief = PrivateKey::generate(KeyType::Ed25519, &OsEntropy);
    let own = jwk_did(thief.public());
    let context = world.fetched("types/student-id/1/context.jsonld").await;
    let iri = credential["@context"][1].as_str().unwrap();
    let contexts = Contexts::built_in().clone().with(iri, &context).unwrap();
    for (holder, method) in [(&own, &own), (&victim, &victim), (&victim, &own)] {
        let question = world.ask_by(DOCUMENT.1, false).await;
        let asked = payload(&world.request_object(&question).await);
        let text = |name: &str| asked[name].as_str().unwrap();
        let (verification_method, now) = (&format!("{method}#0"), SystemClock.now());
        let (audience, nonce) = (text("client_id"), text("nonce"));
        let presenting = Presenting { holder, verification_method, audience, nonce, now };
        let made = ldp::present(credential.clone(), presenting, contexts.for_data_integrity()).unwrap();
        let shown = json!({"student": [made.sign(&thief).unwrap()]});
        assert_eq!(world.respond(&question.id, text("state"), &shown).await, 200);
        let (_, result) = world.result(&question).await;
        let broken = broken(&result);
        assert_eq!((broken.len(), broken[0].0.as_str()), (1, "V-11"), "{result}");
    }
    let question = world.ask_by(DOCUMENT.1, false).await;
    let asked = payload(&world.request_object(&question).await);
    let shown = json!({"student": [presentation]});
    assert_eq!(world.respond(&question.id, asked["state"].as_str().unwrap(), &shown).await, 200);
    assert_eq!(broken(&world.result(&question).await.1)[0].0, "V-13");
}

#[tokio::test]
async fn each_format_of_a_student_id_answers_its_own_question() {
    let world = world_of_documents().await;
    let wallet = world.new_wallet(&store()).await;
    for configuration in ["student-id", JWT.0, DOCUMENT.0] {
        let (link, tx_code) = world.offer_as(configuration, "hb-1").await;
        let offered = wallet.look_at_offer(&link).await.unwrap();
        wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    }
    for (template, format) in
        [("enrolled", Format::DcSdJwt), (JWT.1, Format::JwtVcJson), (DOCUMENT.1, Format::LdpVc)]
    {
        let question = world.ask_by(template, true).await;
        let asking = wallet.look_at_request(&question.link, None).await.unwrap();
        assert_eq!(asking.would_disclose().unwrap()[0].credential.format, format);
        wallet.present(asking).await.unwrap();
        assert_eq!(world.result(&question).await.1["verdict"]["accepted"], true, "{template}");
    }
}

#[tokio::test]
async fn a_jwt_vc_is_asked_for_by_its_format_and_class_alone() {
    let world = world_of("did").await;
    let (wallet, held) = student(&world, JWT.0).await;
    assert_eq!(held.format, Format::JwtVcJson);
    for template in ["enrolled", "licence-jwt"] {
        let question = world.ask_by(template, false).await;
        let asking = wallet.look_at_request(&question.link, None).await.unwrap();
        assert_eq!(asking.would_disclose(), None, "{template}");
    }
    let question = world.ask_by(JWT.1, false).await;
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    let disclosed = asking.would_disclose().unwrap();
    assert_eq!((disclosed.len(), &disclosed[0].claims), (1, &Vec::new()));
    let shown: Vec<String> = disclosed[0].always_shown.iter().map(ToString::to_string).collect();
    for claim in ["name", "birth_date", "enrolment_status"] {
        assert!(shown.contains(&format!("credentialSubject.{claim}")), "consent is to all of it: {shown:?}");
    }
    assert!(!shown.contains(&"credentialSubject.id".to_owned()));
    wallet.decline(asking).await.unwrap();
    assert_eq!(world.result(&question).await.1["state"], "declined");
    assert_eq!(wallet.credentials().await.unwrap()[0].unused, 10);
}

#[tokio::test]
async fn a_jwt_vc_looks_as_its_type_says() {
    let world = world_of("did").await;
    let (wallet, held) = student(&world, JWT.0).await;
    let look = wallet.look(&held.id).await.unwrap().unwrap();
    let name = ClaimPath::from_json(&json!(["credentialSubject", "name"])).unwrap();
    assert_eq!(look.label(&name, Lang::Ko), Some("성명"));
    let (_, claims) = wallet.claims(&held.id).await.unwrap();
    assert!(look.draw(&claims).unwrap().unwrap().contains("김하늘"));
}

#[tokio::test]
async fn a_jwt_vc_is_shown_by_the_wallet_it_was_restored_into() {
    let world = world_of("did").await;
    let (wallet, held) = student(&world, JWT.0).await;
    let unlock = Unlock::KeyFile(&[3; 32]);
    let file = wallet.backup(&unlock).await.unwrap().file;
    let restored = world.new_wallet(&store()).await;
    let kept = restored.restore(&file, &unlock).await.unwrap();
    assert_eq!((kept[0].format, &kept[0].types), (held.format, &held.types));
    let (_, passed) = present(&world, &restored, JWT.1).await;
    assert_eq!(passed["verdict"]["accepted"], true, "{}", passed["verdict"]);
    let exported = restored.export().await.unwrap();
    let claims = &exported["credentials"][0]["claims"];
    assert_eq!(claims["credentialSubject"]["name"], "김하늘");
    assert_eq!((claims.get("status"), claims["credentialSubject"].get("id")), (None, None));
}

/// What a verifier that turned thief can make of a presentation it was shown.
#[tokio::test]
async fn a_jwt_vc_that_was_stolen_is_refused_to_the_thief() {
    let world = world_of("did").await;
    let (wallet, _) = student(&world, JWT.0).await;
    let (seen, _) = present(&world, &wallet, JWT.1).await;
    let presentation = world.posted(&seen.id)["student"][0].as_str().unwrap().to_owned();
    let enveloped = payload(&presentation)["verifiableCredential"][0]["id"].as_str().unwrap().to_owned();
    let credential = enveloped.strip_prefix("data:application/vc+jwt,").unwrap();
    let victim = payload(credential)["credentialSubject"]["id"].as_str().unwrap().to_owned();
    let thief = PrivateKey::generate(KeyType::P256, &OsEntropy);
    let own = jwk_did(thief.public());
    for (holder, kid, check) in [
        (&own, format!("{own}#0"), "V-11"),
        (&victim, format!("{victim}#0"), "V-11"),
        (&victim, format!("{own}#0"), "V-11"),
    ] {
        let question = world.ask_by(JWT.1, false).await;
        let asked = payload(&world.request_object(&question).await);
        let text = |name: &str| asked[name].as_str().unwrap();
        let header = Header::for_key(thief.public()).unwrap().kid(kid);
        let now = SystemClock.now();
        let (audience, nonce) = (text("client_id"), text("nonce"));
        let made = vcjwt::present(header, holder, credential, audience, nonce, now).unwrap();
        let shown = json!({"student": [made.sign(&thief).unwrap()]});
        assert_eq!(world.respond(&question.id, text("state"), &shown).await, 200);
        let (_, result) = world.result(&question).await;
        assert_eq!(result["verdict"]["accepted"], false);
        let broken = broken(&result);
        assert_eq!((broken.len(), broken[0].0.as_str()), (1, check), "{result}");
    }
    // And what was shown once, sent to another question.
    let question = world.ask_by(JWT.1, false).await;
    let asked = payload(&world.request_object(&question).await);
    let shown = json!({"student": [presentation]});
    assert_eq!(world.respond(&question.id, asked["state"].as_str().unwrap(), &shown).await, 200);
    assert_eq!(broken(&world.result(&question).await.1)[0].0, "V-13");
}

pub(crate) fn payload(jwt: &str) -> Value {
    let payload = base64url::decode(jwt.split('.').nth(1).unwrap()).unwrap();
    strict::parse(&payload, strict::Limits::MESSAGE).unwrap()
}
