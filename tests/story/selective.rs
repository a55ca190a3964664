//! A technical qualification with an `ecdsa-sd-2023` or `bbs-2023` proof, from the register to the verdict: its holder shows the
//! claims that are asked for and no other, and what must be seen of every credential whether or not it is asked for.

use std::collections::BTreeSet;

use jigap_wallet_core::dcql::Format;
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::wallet::{Held, Wallet};
use serde_json::{Value, json};

use crate::store;
use crate::w3c::payload;
use crate::world::{Question, World};

const CLASS: &str = "https://types.jigap.test/types/technical-qualification/1#TechnicalQualification";
const REFERENCE: &str = "q-1180";
/// Every story is told with each.
const SUITES: [&str; 2] = ["ecdsa-sd-2023", "bbs-2023"];

/// An agency that issues qualifications of which claims are chosen.
async fn world(suite: &str) -> World {
    World::start_with(|_, _| {
        json!({
            "name": {"ko": "누리자격관리원", "en": "Nuri Qualifications Agency"},
            "types": ["technical-qualification"], "mechanism": "did",
            "formats": {"technical-qualification": ["ldp_vc"]},
            "cryptosuites": {"technical-qualification": suite},
        })
    })
    .await
}

/// A wallet with a qualification.
async fn engineer(world: &World) -> (Wallet, Held) {
    qualified(world, REFERENCE, ["김", "하늘", "2005-04-17", "26201180442K"]).await
}

/// A wallet with the qualification of somebody with this family name, given name, date of birth and certificate number.
async fn qualified(
    world: &World,
    reference: &str,
    [family, given, born, number]: [&str; 4],
) -> (Wallet, Held) {
    let wallet = world.new_wallet(&store()).await;
    let offer = json!({
        "credential_configuration_id": "technical-qualification_ldp_vc", "reference": reference,
        "claims": {
            "name": format!("{family}{given}"), "family_name": family, "given_name": given, "birth_date": born,
            "qualification": {"code": "1320", "name": "정보처리기사"}, "grade": "기사",
            "certificate_number": number, "acquired_date": "2026-09-11",
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
    for suite in SUITES {
        let world = world(suite).await;
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
        for withheld in [
            "김하늘",
            "하늘",
            "2005-04-17",
            "26201180442K",
            "1320",
            "nuri.example",
            "2026-09-11",
            "birth_date",
        ] {
            assert!(!posted.to_string().contains(withheld), "{withheld}");
        }
        assert_eq!(shown["proof"]["cryptosuite"], suite);
        assert_eq!(world.replay(&question.id).await, 400, "an answer is taken once");
    }
}

/// Where two shows say the same, and what.
fn common(one: &Value, other: &Value) -> BTreeSet<(String, String)> {
    fn leaves(at: &str, value: &Value, found: &mut BTreeSet<(String, String)>) {
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(name, value)| leaves(&format!("{at}/{name}"), value, found));
            }
            Value::Array(elements) => {
                elements.iter().enumerate().for_each(|(i, value)| leaves(&format!("{at}/{i}"), value, found));
            }
            leaf => drop(found.insert((at.to_owned(), leaf.to_string()))),
        }
    }
    let [mut first, mut second] = [BTreeSet::new(), BTreeSet::new()];
    leaves("", one, &mut first);
    leaves("", other, &mut second);
    first.intersection(&second).cloned().collect()
}

/// The copies of one qualification say the same of who holds them as that of anybody else with the same grade, of that day: two
/// shows are two copies, and none of their members tells them from two people's. (Who shows the same copy twice is known again
/// by its holder's identifier, with either suite: the wallet shows each once.)
#[tokio::test]
async fn two_shows_of_a_qualification_cannot_be_told_to_be_of_one_holder() {
    for suite in SUITES {
        let world = world(suite).await;
        let (wallet, _) = engineer(&world).await;
        let (another, _) = qualified(&world, "q-1181", ["박", "바다", "1999-01-30", "26201180443K"]).await;
        let mut shows = Vec::new();
        for wallet in [&wallet, &wallet, &another] {
            let (question, passed) = present(&world, wallet).await;
            assert_eq!(passed["verdict"]["accepted"], true);
            shows.push(world.posted(&question.id)["qualification"][0]["verifiableCredential"][0].clone());
        }
        let of_one_holder = common(&shows[0], &shows[1]);
        assert_eq!(of_one_holder, common(&shows[0], &shows[2]), "{suite}");
        let says = |what: &str| of_one_holder.iter().any(|(at, _)| at == what);
        assert!(says("/validUntil") && says("/credentialSubject/grade"), "{suite}: {of_one_holder:?}");
        let of_a_copy = ["/credentialSubject/id", "/proof/proofValue", "/credentialStatus/0/statusListIndex"];
        for place in of_a_copy {
            assert!(shows[0].pointer(place).is_some() && !says(place), "{suite}: {place}");
        }
    }
}

#[tokio::test]
async fn a_qualification_is_suspended_reinstated_and_revoked_whatever_is_shown_of_it() {
    for suite in SUITES {
        let world = world(suite).await;
        let (wallet, _) = engineer(&world).await;
        for (change, accepted) in [("suspend", false), ("reinstate", true), ("revoke", false)] {
            assert_eq!(world.change(change, REFERENCE).await.len(), 1);
            let (_, result) = present(&world, &wallet).await;
            assert_eq!(result["verdict"]["accepted"], accepted, "{suite}: {change}");
            if !accepted {
                assert_eq!(
                    (broken(&result), &result["claims"]),
                    (vec!["V-08".to_owned()], &json!({})),
                    "{change}"
                );
            }
        }
    }
}

/// What a holder would rather not show: that the credential ends, that it has a status, whom it is about.
#[tokio::test]
async fn a_show_that_leaves_out_what_every_verifier_must_see_is_refused() {
    for suite in SUITES {
        let world = world(suite).await;
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
            assert_eq!(refused(&world, &forged).await, ["V-03"], "{suite}: {number}");
        }
    }
}

/// Whoever saw a show cannot make another of it, with what was withheld or for somebody else.
#[tokio::test]
async fn a_show_that_says_more_or_something_else_is_refused() {
    for suite in SUITES {
        let world = world(suite).await;
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
            assert_eq!(refused(&world, &forged).await, ["V-03"], "{suite}: {number}");
        }
        assert_eq!(refused(&world, &honest).await, ["V-13"], "it answers another request");
    }
}
