//! A credential alone, as its issuer hands it out.

use super::*;

#[test]
fn sd_11_a_key_binding_that_nobody_looks_at_is_refused() {
    let scene = Scene::new();
    let credential = scene.issue();
    let alone = |text: &str| {
        let verdict = scene.bench().read(text).judge_credential(&scene.documents);
        let refusals: Vec<_> = verdict.refusals().map(|refusal| refusal.check.id).collect();
        (verdict.accepted(), refusals)
    };
    assert_eq!(alone(&credential), (true, vec![]));
    assert_eq!(alone(&scene.present(&credential)), (false, vec!["SD-11"]));
    assert_eq!(alone(&format!("{credential}a.b.c")), (false, vec!["SD-11"]));
    assert_eq!(alone(&format!("{credential}garbage")), (false, vec!["SD-01"]));
}
