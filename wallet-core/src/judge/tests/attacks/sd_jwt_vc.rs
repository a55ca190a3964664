//! The column `dc+sd-jwt`.

use super::*;

const TYP: &str = "dc+sd-jwt";
pub(super) const BY_DIGEST: &str =
    "the signature covers the claim's digest: the claim no longer has it, and the signature still holds";

/// One presentation, attacked so.
pub(super) fn tried(attack: Option<Attack>) -> Cell {
    let mut scene = Scene::new();
    let thief = key(4, KeyType::P256);
    let text = match attack {
        None => scene.present(&scene.issue()),
        Some(Attack::ForgedIssuer) => scene.present(&scene.issue_with(|_| {}, scene.header(TYP), &thief)),
        Some(Attack::KeyOfAnother) => {
            let header = scene.header(TYP).kid(format!("{}#0", did::jwk_did(thief.public())));
            scene.present(&scene.issue_with(|_| {}, header, &thief))
        }
        Some(Attack::UntrustedIssuer) => {
            scene.trust = trust(entry(&did::jwk_did(thief.public())), NOW);
            scene.present(&scene.issue())
        }
        Some(Attack::WrongMechanism) => {
            let listed = TrustEntry { mechanism: by_certificate(), ..entry(&scene.issuer_did) };
            scene.trust = trust(listed, NOW);
            scene.present(&scene.issue())
        }
        Some(Attack::KeyNotForAssertion) => {
            scene.issuer_did = WEB_ISSUER.into();
            scene.trust = trust(entry(WEB_ISSUER), NOW);
            let document =
                did_document(WEB_ISSUER, &scene.issuer.public().to_multikey(), &["authentication"]);
            scene.documents.insert(did_url("uni.example"), document);
            scene.present(&scene.issue())
        }
        Some(Attack::ProofForAnotherPurpose) => return Cell::Cannot(NO_PURPOSE),
        Some(Attack::ProofEnded) => return Cell::Cannot(NO_END),
        Some(Attack::Expired) => {
            let end = |claims: &mut Map<String, Value>| {
                claims.insert("exp".into(), json!(NOW.minus(Seconds(500))));
            };
            scene.present(&scene.issue_with(end, scene.header(TYP), &scene.issuer))
        }
        Some(Attack::Revoked) => {
            scene.publish_status(StatusValue::INVALID, NOW);
            scene.present(&scene.issue())
        }
        Some(Attack::SignedClaimChanged) => scene.present(&longer(&scene.issue())),
        Some(Attack::DisclosedClaimChanged) => {
            let shown = scene.present(&scene.issue());
            let disclosure = shown.split('~').nth(1).unwrap();
            let changed = jigap_keys::base64url::encode(r#"["salt","enrolment_status","graduated"]"#);
            let verdict = scene.judge(&shown.replace(disclosure, &changed));
            return Cell::Otherwise("SD-05", BY_DIGEST, verdict);
        }
        Some(Attack::NoHolderBinding) => scene.issue(),
        Some(Attack::StrangersKey) => {
            let mine = scene.present(&scene.issue());
            let robber = Scene { holder: key(7, KeyType::P256), ..Scene::new() };
            let theirs = robber.present(&robber.issue());
            let (shown, stolen) = (mine.rsplit_once('~').unwrap().0, theirs.rsplit_once('~').unwrap().1);
            format!("{shown}~{stolen}")
        }
        Some(Attack::HoldersKeyForAnotherPurpose) => {
            let mine = scene.present(&scene.issue());
            let header = Header::for_key(scene.holder.public()).unwrap().typ("openid4vci-proof+jwt");
            let claims = json!({"aud": AUDIENCE, "nonce": NONCE, "iat": NOW});
            let proof = sign(&header, &claims, &scene.holder).unwrap();
            format!("{}~{proof}", mine.rsplit_once('~').unwrap().0)
        }
        Some(Attack::Replay) => scene.present_to(&scene.issue(), AUDIENCE, "another", NOW),
        Some(Attack::WrongAudience) => {
            scene.present_to(&scene.issue(), "x509_san_dns:other.example", NONCE, NOW)
        }
        Some(Attack::MadeLongAgo) => {
            let then = NOW.minus(too_long(&scene.policy));
            scene.present_to(&scene.issue(), AUDIENCE, NONCE, then)
        }
        Some(Attack::WrongType) => {
            let jwt = sign(&scene.header("JWT"), &Value::Object(scene.claims()), &scene.issuer).unwrap();
            format!("{jwt}~")
        }
    };
    Cell::Judged(scene.judge(&text))
}

/// The credential with a later end, which its issuer did not sign.
fn longer(credential: &str) -> String {
    let mut parts: Vec<String> = credential.splitn(3, '.').map(str::to_owned).collect();
    let mut claims: Value =
        serde_json::from_slice(&jigap_keys::base64url::decode(&parts[1]).unwrap()).unwrap();
    claims["exp"] = json!(NOW.plus(Seconds(1_000_000)));
    parts[1] = jigap_keys::base64url::encode(claims.to_string());
    parts.join(".")
}
