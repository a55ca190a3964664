//! What is judged of form and proofs alone, for whomever a presentation was made.

use super::*;

#[test]
fn proof_only_judges_the_signature_and_opens_nothing() {
    let scene = Scene::new();
    let credential = scene.issue();
    let verdict = judge_proof(&credential, Contexts::built_in(), &scene.documents, NOW);
    assert!(verdict.proof_holds() && !verdict.accepted() && verdict.claims(0).is_none());
    let forged = scene.issue_with(|_| {}, scene.header("dc+sd-jwt"), &key(4, KeyType::P256));
    assert!(!judge_proof(&forged, Contexts::built_in(), &scene.documents, NOW).proof_holds());
}

/// The checks of a verdict on proofs alone that were refused.
pub(super) fn proof_refusals(text: &str) -> Vec<&'static str> {
    let verdict = judge_proof(text, Contexts::built_in(), &Documents::new(), NOW);
    verdict.refusals().map(|refusal| refusal.check.id).collect()
}

#[test]
fn proof_only_judges_the_holders_proof_too_whenever_and_whoever_it_was_made_for() {
    let scene = Scene::new();
    let credential = scene.issue();
    let long_ago = Timestamp::from_unix(NOW.unix() - 1_000_000_000);
    let presentation = scene.present_to(&credential, "https://elsewhere.example", "another-nonce", long_ago);
    assert_eq!(proof_refusals(&presentation), [""; 0]);
    let verdict = judge_proof(&presentation, Contexts::built_in(), &Documents::new(), NOW);
    let findings = &verdict.credentials()[0].findings;
    let outcome = |id: &str| &findings.iter().find(|finding| finding.check.id == id).unwrap().outcome;
    for id in ["V-10", "V-11", "V-15", "V-16"] {
        assert_eq!(*outcome(id), Outcome::Passed, "{id}");
    }
    for id in ["V-12", "V-13", "V-14"] {
        assert!(matches!(outcome(id), Outcome::NotJudged(_)), "{id}");
    }

    let (shown, binding) = presentation.rsplit_once('~').unwrap();
    let signed = binding.rsplit_once('.').unwrap().0;
    let thief = Scene { holder: key(7, KeyType::P256), ..Scene::new() };
    let theirs = thief.present(&thief.issue());
    let stranger = format!("{shown}~{}", theirs.rsplit_once('~').unwrap().1);
    let other_selection = shown.rsplit_once('~').unwrap().0;
    assert_eq!(proof_refusals(&format!("{shown}~x.y.z")), ["V-11"]);
    assert_eq!(proof_refusals(&format!("{shown}~{signed}.{}", "A".repeat(86))), ["V-11"]);
    assert_eq!(proof_refusals(&stranger), ["V-11"]);
    assert_eq!(proof_refusals(&format!("{other_selection}~{binding}")), ["V-15"]);
}
