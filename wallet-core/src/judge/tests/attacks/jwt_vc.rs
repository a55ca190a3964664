//! The column `jwt_vc_json`.

use super::super::jwt_vc::STUDENT;
use super::*;

const TYP: &str = "vc+jwt";
pub(super) const NOTHING_DISCLOSED: &str = "nothing is disclosed selectively: the whole credential is signed";

fn listed(did: &str) -> TrustEntry {
    TrustEntry { types: vec![STUDENT.to_owned()], ..entry(did) }
}

/// One presentation, attacked so.
pub(super) fn tried(attack: Option<Attack>) -> Cell {
    let mut scene = Scene::w3c();
    let thief = key(4, KeyType::P256);
    let text = match attack {
        None => scene.vp(&scene.vc(json!({}))),
        Some(Attack::ForgedIssuer) => scene.vp(&scene.vc_with(json!({}), scene.header(TYP), &thief)),
        Some(Attack::KeyOfAnother) => {
            let header = scene.header(TYP).kid(format!("{}#0", did::jwk_did(thief.public())));
            scene.vp(&scene.vc_with(json!({}), header, &thief))
        }
        Some(Attack::UntrustedIssuer) => {
            scene.trust = trust(listed(&did::jwk_did(thief.public())), NOW);
            scene.vp(&scene.vc(json!({})))
        }
        Some(Attack::WrongMechanism) => {
            let listed = TrustEntry { mechanism: by_certificate(), ..listed(&scene.issuer_did) };
            scene.trust = trust(listed, NOW);
            scene.vp(&scene.vc(json!({})))
        }
        Some(Attack::KeyNotForAssertion) => {
            scene.issuer_did = WEB_ISSUER.into();
            scene.trust = trust(listed(WEB_ISSUER), NOW);
            let document = did_document(WEB_ISSUER, scene.issuer.public(), &["authentication"]);
            scene.documents.insert(did_url("uni.example"), document);
            scene.vp(&scene.vc(json!({})))
        }
        Some(Attack::ProofForAnotherPurpose) => return Cell::Cannot(NO_PURPOSE),
        Some(Attack::Expired) => {
            scene.vp(&scene.vc(json!({"validUntil": NOW.minus(Seconds(500)).to_rfc3339()})))
        }
        Some(Attack::Revoked) => {
            scene.publish_status(StatusValue::INVALID, NOW);
            scene.vp(&scene.vc(json!({})))
        }
        Some(Attack::SignedClaimChanged) => {
            let (honest, longer) = (scene.vc(json!({})), scene.vc(json!({"validUntil": null})));
            let (mut parts, other): (Vec<_>, Vec<_>) =
                (honest.split('.').collect(), longer.split('.').collect());
            parts[1] = other[1];
            scene.vp(&parts.join("."))
        }
        Some(Attack::DisclosedClaimChanged) => return Cell::Cannot(NOTHING_DISCLOSED),
        Some(Attack::NoHolderBinding) => scene.vc(json!({})),
        Some(Attack::StrangersKey) => {
            scene.vp_by(&scene.vc(json!({})), json!({}), scene.holder_header(), &thief)
        }
        Some(Attack::HoldersKeyForAnotherPurpose) => {
            let document = did_document(WEB_HOLDER, scene.holder.public(), &["assertionMethod"]);
            scene.documents.insert(did_url("holder.example"), document);
            let subject = json!({"credentialSubject": {"id": WEB_HOLDER, "enrolment_status": "enrolled"}});
            let header = Header::for_key(scene.holder.public()).unwrap().kid(format!("{WEB_HOLDER}#0"));
            scene.vp_by(&scene.vc(subject), json!({"holder": WEB_HOLDER}), header, &scene.holder)
        }
        Some(Attack::Replay) => scene.vp_with(&scene.vc(json!({})), json!({"nonce": "another"})),
        Some(Attack::WrongAudience) => {
            scene.vp_with(&scene.vc(json!({})), json!({"aud": "x509_san_dns:other.example"}))
        }
        Some(Attack::MadeLongAgo) => {
            let then = NOW.minus(too_long(&scene.policy));
            scene.vp_with(&scene.vc(json!({})), json!({"iat": then}))
        }
        Some(Attack::WrongType) => {
            scene.vp_with(&scene.vc_with(json!({}), scene.header("at+jwt"), &scene.issuer), json!({}))
        }
    };
    Cell::Judged(scene.judge(&text))
}
