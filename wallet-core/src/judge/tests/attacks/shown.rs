//! The columns `vc+sd-jwt` in a `vp+sd-jwt` and `vc+cose` in a `vp+cose`.

use super::super::enclosed::scene;
use super::super::shown::FORMS;
use super::*;
use crate::vcdm::envelope::Securing;

const STUDENT: &str = super::super::jwt_vc::STUDENT;

fn listed(did: &str) -> TrustEntry {
    TrustEntry { types: vec![STUDENT.to_owned()], ..entry(did) }
}

pub(super) fn sd_jwt(attack: Option<Attack>) -> Cell {
    tried(Securing::SdJwt, attack)
}

pub(super) fn cose(attack: Option<Attack>) -> Cell {
    tried(Securing::Cose, attack)
}

/// One presentation and one credential secured so, attacked so.
fn tried(by: Securing, attack: Option<Attack>) -> Cell {
    let mut scene = scene();
    let thief = key(4, KeyType::P256);
    let nothing = json!({});
    let kid = format!("{}#0", scene.issuer_did);
    let honest = |scene: &Scene| scene.credential_as(by, json!({}));
    let shown = |scene: &Scene, changes: &Value| scene.shown_as(by, (by, &honest(scene)), changes);
    let text = match attack {
        None => shown(&scene, &nothing),
        Some(Attack::ForgedIssuer) => {
            let forged = scene.credential_by(by, json!({}), &kid, &thief);
            scene.shown_as(by, (by, &forged), &nothing)
        }
        Some(Attack::KeyOfAnother) => {
            let other = format!("{}#0", did::jwk_did(thief.public()));
            let forged = scene.credential_by(by, json!({}), &other, &thief);
            scene.shown_as(by, (by, &forged), &nothing)
        }
        Some(Attack::UntrustedIssuer) => {
            scene.trust = trust(listed(&did::jwk_did(thief.public())), NOW);
            shown(&scene, &nothing)
        }
        Some(Attack::WrongMechanism) => {
            let listed = TrustEntry { mechanism: by_certificate(), ..listed(&scene.issuer_did) };
            scene.trust = trust(listed, NOW);
            shown(&scene, &nothing)
        }
        Some(Attack::KeyNotForAssertion) => {
            scene.issuer_did = WEB_ISSUER.into();
            scene.trust = trust(listed(WEB_ISSUER), NOW);
            let document =
                did_document(WEB_ISSUER, &scene.issuer.public().to_multikey(), &["authentication"]);
            scene.documents.insert(did_url("uni.example"), document);
            shown(&scene, &nothing)
        }
        Some(Attack::ProofForAnotherPurpose) => return Cell::Cannot(NO_PURPOSE),
        Some(Attack::ProofEnded) => {
            let ended = json!({"exp": NOW.minus(Seconds(500))});
            scene.shown_as(by, (by, &scene.credential_as(by, ended)), &nothing)
        }
        Some(Attack::Expired) => {
            let expired = json!({"validUntil": NOW.minus(Seconds(500)).to_rfc3339()});
            scene.shown_as(by, (by, &scene.credential_as(by, expired)), &nothing)
        }
        Some(Attack::Revoked) => {
            scene.publish_status(StatusValue::INVALID, NOW);
            shown(&scene, &nothing)
        }
        Some(Attack::SignedClaimChanged) => {
            let longer = scene.credential_as(by, json!({"validUntil": "2100-01-01T00:00:00Z"}));
            scene.shown_as(by, (by, &swapped(by, &honest(&scene), &longer)), &nothing)
        }
        Some(Attack::DisclosedClaimChanged) if by == Securing::SdJwt => {
            let credential = honest(&scene);
            let disclosure = credential.split('~').nth(1).unwrap();
            let changed = jigap_keys::base64url::encode(r#"["salt","enrolment_status","graduated"]"#);
            let text = scene.shown_as(by, (by, &credential.replace(disclosure, &changed)), &nothing);
            return Cell::Otherwise("SD-05", sd_jwt_vc::BY_DIGEST, scene.judge(&text));
        }
        Some(Attack::DisclosedClaimChanged) => return Cell::Cannot(jwt_vc::NOTHING_DISCLOSED),
        Some(Attack::NoHolderBinding) => honest(&scene),
        Some(Attack::StrangersKey) => {
            let document = scene.presentation_of(&[scene.enveloped(by, &honest(&scene))], &nothing);
            scene.shown_by(by, document, (&format!("{}#0", scene.holder_did()), &thief))
        }
        Some(Attack::HoldersKeyForAnotherPurpose) => {
            let document =
                did_document(WEB_HOLDER, &scene.holder.public().to_multikey(), &["assertionMethod"]);
            scene.documents.insert(did_url("holder.example"), document);
            let subject = json!({"credentialSubject": {"id": WEB_HOLDER, "name": "김지갑", "enrolment_status": "enrolled"}});
            let entry = scene.enveloped(by, &scene.credential_as(by, subject));
            let document = scene.presentation_of(&[entry], &json!({"holder": WEB_HOLDER}));
            scene.shown_by(by, document, (&format!("{WEB_HOLDER}#0"), &scene.holder))
        }
        Some(Attack::Replay) => shown(&scene, &json!({"nonce": "another"})),
        Some(Attack::WrongAudience) => shown(&scene, &json!({"aud": "x509_san_dns:other.example"})),
        Some(Attack::MadeLongAgo) => shown(&scene, &json!({"iat": NOW.minus(too_long(&scene.policy))})),
        Some(Attack::WrongType) => {
            let other = FORMS.into_iter().find(|form| *form != by).unwrap();
            scene.shown_as(by, (by, &scene.credential_as(other, json!({}))), &nothing)
        }
    };
    Cell::Judged(scene.judge(&text))
}

/// What `other` says under the signature of `honest`.
fn swapped(by: Securing, honest: &str, other: &str) -> String {
    if by == Securing::SdJwt {
        let (jws, disclosures) = honest.split_once('~').unwrap();
        let longer = other.split_once('~').unwrap().0;
        let (signature, payload) = (jws.rsplit_once('.').unwrap().1, longer.rsplit_once('.').unwrap().0);
        return format!("{payload}.{signature}~{disclosures}");
    }
    // The signature of ES256 is the last of the message.
    let decode = |text| crate::vccose::decode_text(text).unwrap();
    let (honest, mut other) = (decode(honest), decode(other));
    let (from, to) = (honest.len() - 64, other.len() - 64);
    other[to..].copy_from_slice(&honest[from..]);
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, other)
}
