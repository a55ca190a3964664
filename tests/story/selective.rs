//! A technical qualification with an `ecdsa-sd-2023` proof, from the register to the verdict: its holder shows the claims
//! that are asked for and no other, and what must be seen of every credential whether or not it is asked for.

use jigap_wallet_core::dcql::Format;
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::wallet::{Held, Wallet};
use serde_json::{Value, json};

use crate::store;
use crate::w3c::payload;
use crate::world::{Question, World};

const CLASS: &str = "https://types.jigap.test/types/technical-qualification/1#TechnicalQualification";
const REFERENCE: &str = "q-1180";

/// An agency that issues qualifications of which claims are chosen.
async fn world() -> World {
    World::start_with(|_, _| {
        json!({
            "name": {"ko": "누리자격관리원", "en": "Nuri Qualifications Agency"},
            "types": ["technical-qualification"], "mechanism": "did",
            "formats": {"technical-qualification": ["ldp_vc"]},
            "cryptosuites": {"technical-qualification": "ecdsa-sd-2023"},
        })
    })
    .await
}

/// A wallet with a qualification.
async fn engineer(world: &World) -> (Wallet, Held) {
    let wallet = world.new_wallet(&store()).await;
    let offer = json!({
        "credential_configuration_id": "technical-qualification_ldp_vc", "reference": REFERENCE,
        "claims": {
            "name": "김하늘", "family_name": "김", "given_name": "하늘", "birth_date": "2005-04-17",
            "qualification": {"code": "1320", "name": "정보처리기사"}, "grade": "기사",
            "certificate_number": "26201180442K", "acquired_date": "2026-09-11",
            "issuing_agency": {"id": "https://nuri.example", "name": "누리자격관리원"}, "issue_date": "2026-09-18",
        },
    });
    let (link, tx_code) = world.offer_of(offer).await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    assert_eq!(offered.credential_name(Lang::Ko), Some("국가기술자격증"));
    let held = wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    (wallet, held)
}

/// Asks for the qualification and its grade.
async fn ask(world: &World) -> Question {
    world.ask_by("qualified-sd", false).await
}

/// Answers a new question with `shown`; says which checks refuse it.
async fn refused(world: &World, shown: &Value) -> Vec<String> {
    let question = ask(world).await;
    let asked = payload(&world.request_object(&question).await);
    let (state, answer) = (asked["state"].as_str().unwrap(), json!({"qualification": [shown]}));
    assert_eq!(world.respond(&question.id, state, &answer).await, 200);
    broken(&world.result(&question).await.1)
}

async fn present(world: &World, wallet: &Wallet) -> (Question, Value) {
    let question = ask(world).await;
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    wallet.present(asking).await.unwrap();
    let result = world.result(&question).await.1;
    (question, result)
}

/// The checks that a result's verdict refuses by.
fn broken(result: &Value) -> Vec<String> {
    let checks = result["verdict"]["credentials"][0]["checks"].as_array().unwrap();
    let refused = checks.iter().filter(|check| check["result"] == "refused");
    refused.map(|check| check["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn two_claims_are_asked_for_and_nothing_else_leaves_the_wallet() {
    let world = world().await;
    let (wallet, held) = engineer(&world).await;
    assert_eq!((held.format, held.copies, held.credential_type()), (Format::LdpVc, 10, CLASS));

    let question = ask(&world).await;
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    let would = asking.would_disclose().unwrap();
    let claims: Vec<String> = would[0].claims.iter().map(ToString::to_string).collect();
    assert_eq!(claims, ["credentialSubject.qualification.name", "credentialSubject.grade"]);
    assert!(would[0].always_shown.is_empty(), "consent is to two claims: {:?}", would[0].always_shown);
    wallet.present(asking).await.unwrap();
    let passed = world.result(&question).await.1;
    assert_eq!(passed["verdict"]["accepted"], true, "{}", passed["verdict"]);
    assert_eq!(passed["verdict"]["credentials"][0]["status"]["freshness"], "fresh");
    let told = &passed["claims"]["qualification"][0]["credentialSubject"];
    assert_eq!(told, &json!({"grade": "기사", "qualification": {"name": "정보처리기사"}}));

    let posted = world.posted(&question.id)["qualification"][0].clone();
    let shown = &posted["verifiableCredential"][0];
    let members: Vec<&String> = shown["credentialSubject"].as_object().unwrap().keys().collect();
    assert_eq!(members, ["grade", "id", "qualification"]);
    for withheld in
        ["김하늘", "하늘", "2005-04-17", "26201180442K", "1320", "nuri.example", "2026-09-11", "birth_date"]
    {
        assert!(!posted.to_string().contains(withheld), "{withheld}");
    }
    assert_eq!(shown["proof"]["cryptosuite"], "ecdsa-sd-2023");
    assert_eq!(world.replay(&question.id).await, 400, "an answer is taken once");
}

/// Two shows of one credential have nothing in common that its holder did not choose to say.
#[tokio::test]
async fn two_shows_of_a_qualification_cannot_be_told_to_be_of_one_holder() {
    let world = world().await;
    let (wallet, _) = engineer(&world).await;
    let mut shows = Vec::new();
    for _ in 0..2 {
        let (question, passed) = present(&world, &wallet).await;
        assert_eq!(passed["verdict"]["accepted"], true);
        shows.push(world.posted(&question.id)["qualification"][0]["verifiableCredential"][0].clone());
    }
    assert_ne!(shows[0]["credentialSubject"]["id"], shows[1]["credentialSubject"]["id"]);
    assert_ne!(shows[0]["proof"]["proofValue"], shows[1]["proof"]["proofValue"]);
    let index = |show: &Value| show["credentialStatus"][0]["statusListIndex"].clone();
    assert_ne!(index(&shows[0]), index(&shows[1]));
}

#[tokio::test]
async fn a_qualification_is_suspended_reinstated_and_revoked_whatever_is_shown_of_it() {
    let world = world().await;
    let (wallet, _) = engineer(&world).await;
    for (change, accepted) in [("suspend", false), ("reinstate", true), ("revoke", false)] {
        assert_eq!(world.change(change, REFERENCE).await.len(), 1);
        let (_, result) = present(&world, &wallet).await;
        assert_eq!(result["verdict"]["accepted"], accepted, "{change}");
        if !accepted {
            assert_eq!(
                (broken(&result), &result["claims"]),
                (vec!["V-08".to_owned()], &json!({})),
                "{change}"
            );
        }
    }
}

/// What a holder would rather not show: that the credential ends, that it has a status, whom it is about.
#[tokio::test]
async fn a_show_that_leaves_out_what_every_verifier_must_see_is_refused() {
    let world = world().await;
    let (wallet, _) = engineer(&world).await;
    let (seen, _) = present(&world, &wallet).await;
    let honest = world.posted(&seen.id)["qualification"][0].clone();
    let changes: [fn(&mut Value); 5] = [
        |shown| drop(shown.as_object_mut().unwrap().remove("validUntil")),
        |shown| shown["validUntil"] = json!("2100-01-01T00:00:00Z"),
        |shown| drop(shown.as_object_mut().unwrap().remove("credentialStatus")),
        |shown| drop(shown["credentialStatus"].as_array_mut().unwrap().remove(0)),
        |shown| drop(shown["credentialSubject"].as_object_mut().unwrap().remove("id")),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut forged = honest.clone();
        change(&mut forged["verifiableCredential"][0]);
        assert_eq!(refused(&world, &forged).await, ["V-03"], "{number}");
    }
}

/// Whoever saw a show cannot make another of it, with what was withheld or for somebody else.
#[tokio::test]
async fn a_show_that_says_more_or_something_else_is_refused() {
    let world = world().await;
    let (wallet, _) = engineer(&world).await;
    let (seen, _) = present(&world, &wallet).await;
    let honest = world.posted(&seen.id)["qualification"][0].clone();
    let changes: [fn(&mut Value); 3] = [
        |shown| shown["credentialSubject"]["grade"] = json!("기술사"),
        |shown| shown["credentialSubject"]["name"] = json!("다른이"),
        |shown| shown["credentialSubject"]["id"] = json!("did:example:somebody"),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut forged = honest.clone();
        change(&mut forged["verifiableCredential"][0]);
        assert_eq!(refused(&world, &forged).await, ["V-03"], "{number}");
    }
    assert_eq!(refused(&world, &honest).await, ["V-13"], "it answers another request");
}
