//! SD-JWT VC (RFC 9901, draft-ietf-oauth-sd-jwt-vc) against `@sd-jwt/sd-jwt-vc` and Python `sd-jwt`: each verifies what
//! we issue and present, we judge what each issues and presents, and both sides refuse what was tampered with.

use jigap_keys::KeyType::{self, Ed25519, P256, P384};
use jigap_keys::base64url;
use jigap_keys::hash::HashAlgorithm::{self, Sha256, Sha384, Sha512};
use jigap_wallet_core::status::StatusValue;
use jigap_wallet_core::verdict::{Check, checks};
use serde_json::{Value, json};

use crate::peers::{Peer, Refused};
use crate::scene::{AUDIENCE, NONCE, STATUS_INDEX, STATUS_URI, Scene, private_jwk};

const JAVASCRIPT: &str = "sd-jwt-vc.mjs";
const PYTHON: &str = "sd-jwt.py";
/// Issuer's and holder's keys, and the digests. Python `sd-jwt` verifies key binding by ES256 only, and knows sha-256 only.
const WAYS: &[(&str, KeyType, KeyType, HashAlgorithm)] = &[
    (JAVASCRIPT, Ed25519, P256, Sha256),
    (JAVASCRIPT, P256, Ed25519, Sha512),
    (JAVASCRIPT, P384, P384, Sha384),
    (PYTHON, Ed25519, P256, Sha256),
    (PYTHON, P256, P256, Sha256),
];

/// Has the peer verify a presentation against our status list.
fn verify(
    peer: &mut Peer,
    scene: &Scene,
    presentation: &str,
    audience: &str,
    nonce: &str,
) -> Result<Value, Refused> {
    peer.ask(&json!({
        "op": "verify", "presentation": presentation, "key": scene.issuer.public().to_jwk(),
        "nonce": nonce, "audience": audience, "statusList": scene.status_list(StatusValue::VALID),
    }))
}

/// Has the peer issue a credential and present it.
fn issue_and_present(peer: &mut Peer, scene: &Scene, claims: &Value) -> String {
    let credential = peer.ask(&json!({
        "op": "issue", "claims": claims, "conceal": Scene::concealed(), "decoys": 2, "hashAlg": scene.hash_name(),
        "key": private_jwk(&scene.issuer), "kid": scene.kid(), "holder": scene.holder.public().to_jwk(),
    }));
    present(peer, scene, &credential.unwrap())
}

/// Has the peer present a credential.
fn present(peer: &mut Peer, scene: &Scene, credential: &Value) -> String {
    let presentation = peer.ask(&json!({
        "op": "present", "credential": credential, "disclose": Scene::disclosed(),
        "key": private_jwk(&scene.holder), "nonce": NONCE, "audience": AUDIENCE, "now": scene.now.unix(),
    }));
    presentation.unwrap().as_str().unwrap().to_owned()
}

/// What [`Scene::disclosed`] leaves of the claims.
fn expected(scene: &Scene) -> Value {
    let mut claims = scene.claims();
    claims["address"] = json!({"street": "한빛로 1", "locality": "서울", "country": {"name": "대한민국"}});
    claims["degrees"] = json!(["master", {"name": "doctor", "year": 2026}]);
    claims["cnf"] = json!({"jwk": scene.holder.public().to_jwk()});
    claims
}

#[test]
fn what_we_issue_and_present_is_understood_alike() {
    for &(program, issuer, holder, hash) in WAYS {
        let Some(mut peer) = Peer::start(program) else { continue };
        let scene = Scene::new(issuer, holder, hash);
        let presentation = scene.present(&scene.issue());
        let understood = verify(&mut peer, &scene, &presentation, AUDIENCE, NONCE);
        assert_eq!(understood, Ok(expected(&scene)), "{program}");
        assert_eq!(scene.shown(&presentation), expected(&scene));
    }
}

#[test]
fn what_was_tampered_with_is_refused_by_the_peer() {
    for &(program, issuer, holder, hash) in WAYS {
        let Some(mut peer) = Peer::start(program) else { continue };
        let scene = Scene::new(issuer, holder, hash);
        let presentation = scene.present(&scene.issue());
        for (tampered, words) in tampered(&presentation, program) {
            let refused = verify(&mut peer, &scene, &tampered, AUDIENCE, NONCE).unwrap_err();
            refused.assert_says(words);
        }
        let other_audience = verify(&mut peer, &scene, &presentation, "x509_san_dns:other.example", NONCE);
        other_audience.unwrap_err().assert_says(if program == PYTHON { "audience" } else { "somebody else" });
        let other_nonce = verify(&mut peer, &scene, &presentation, AUDIENCE, "another-nonce-0123456789");
        other_nonce.unwrap_err().assert_says(if program == PYTHON { "nonce" } else { "Nonce" });
    }
}

/// A presentation changed in each of its parts, and what the peer says of it.
fn tampered(presentation: &str, program: &str) -> [(String, &'static str); 3] {
    let parts: Vec<&str> = presentation.split('~').collect();
    // Another disclosure might hold the digest of a third.
    let name = parts.iter().position(|part| {
        let decoded = base64url::decode(part).unwrap_or_default();
        serde_json::from_slice(&decoded).is_ok_and(|disclosure: Value| disclosure[1] == "name")
    });
    let name = name.unwrap();
    let without_disclosure = [&parts[..name], &parts[name + 1..]].concat().join("~");
    let other_signature = |jwt: &str| {
        let (signed, signature) = jwt.rsplit_once('.').unwrap();
        let other = if signature.starts_with('A') { "B" } else { "A" };
        format!("{signed}.{other}{}", &signature[1..])
    };
    let (issued, bound) = (other_signature(parts[0]), other_signature(parts[parts.len() - 1]));
    let other_issuer = [&[issued.as_str()], &parts[1..]].concat().join("~");
    let other_holder = [&parts[..parts.len() - 1], &[bound.as_str()]].concat().join("~");
    let (transcript, signature) = if program == PYTHON {
        ("Invalid digest in KB-JWT", "InvalidJWSSignature")
    } else {
        ("Invalid sd_hash in Key Binding JWT", "Invalid JWT Signature")
    };
    [(without_disclosure, transcript), (other_issuer, signature), (other_holder, signature)]
}

#[test]
fn what_the_peer_issues_and_presents_is_accepted() {
    for &(program, issuer, holder, hash) in WAYS {
        let Some(mut peer) = Peer::start(program) else { continue };
        let scene = Scene::new(issuer, holder, hash);
        let (mut claims, mut expected) = (scene.claims(), expected(&scene));
        for with_status in [true, false] {
            if !with_status {
                // Python `sd-jwt` adds decoys only here.
                claims.as_object_mut().unwrap().remove("status");
                expected.as_object_mut().unwrap().remove("status");
            }
            let presentation = issue_and_present(&mut peer, &scene, &claims);
            let verdict = scene.judge(&presentation, AUDIENCE, NONCE, &scene.status_list(StatusValue::VALID));
            assert_eq!(verdict.refusals().collect::<Vec<_>>(), [], "{program}");
            assert_eq!(verdict.claims(0), Some(&expected), "{program}");
        }
    }
}

#[test]
fn what_we_issue_is_presented_by_the_peer() {
    for &(program, issuer, holder, hash) in WAYS {
        let Some(mut peer) = Peer::start(program) else { continue };
        let scene = Scene::new(issuer, holder, hash);
        let presentation = present(&mut peer, &scene, &scene.issue().into());
        let verdict = scene.judge(&presentation, AUDIENCE, NONCE, &scene.status_list(StatusValue::VALID));
        assert_eq!(verdict.refusals().collect::<Vec<_>>(), [], "{program}");
        assert_eq!(verdict.claims(0), Some(&expected(&scene)), "{program}");
    }
}

#[test]
fn what_the_peer_presents_to_somebody_else_is_refused() {
    for &(program, issuer, holder, hash) in WAYS {
        let Some(mut peer) = Peer::start(program) else { continue };
        let scene = Scene::new(issuer, holder, hash);
        let presentation = issue_and_present(&mut peer, &scene, &scene.claims());
        let assert_refused = |presentation: &str, audience, nonce, status, check: Check| {
            let verdict = scene.judge(presentation, audience, nonce, &scene.status_list(status));
            let broken: Vec<_> = verdict.refusals().map(|refusal| refusal.check.id).collect();
            assert_eq!(broken, [check.id], "{program}");
        };
        let (valid, invalid) = (StatusValue::VALID, StatusValue::INVALID);
        assert_refused(&presentation, "x509_san_dns:other.example", NONCE, valid, checks::AUDIENCE);
        assert_refused(&presentation, AUDIENCE, "another-nonce-0123456789", valid, checks::NONCE);
        assert_refused(&presentation, AUDIENCE, NONCE, invalid, checks::STATUS);
        let [(without_disclosure, _), (other_issuer, _), (other_holder, _)] =
            tampered(&presentation, program);
        assert_refused(&without_disclosure, AUDIENCE, NONCE, valid, checks::TRANSCRIPT);
        assert_refused(&other_issuer, AUDIENCE, NONCE, valid, checks::PROOF);
        assert_refused(&other_holder, AUDIENCE, NONCE, valid, checks::HOLDER_PROOF);
    }
}

#[test]
fn status_lists_are_read_alike() {
    for key_type in [Ed25519, P256] {
        let Some(mut peer) = Peer::start(JAVASCRIPT) else { continue };
        let scene = Scene::new(key_type, P256, Sha256);
        let presentation = scene.present(&scene.issue());
        for (value, says) in [(StatusValue::INVALID, "V-08"), (StatusValue::SUSPENDED, "V-08")] {
            // Ours, read by the peer.
            let refused = peer.ask(&json!({
                "op": "verify", "presentation": presentation, "key": scene.issuer.public().to_jwk(),
                "nonce": NONCE, "audience": AUDIENCE, "statusList": scene.status_list(value),
            }));
            refused.unwrap_err().assert_says("Status is not valid");
            // The peer's, read by us.
            let verdict =
                scene.judge(&presentation, AUDIENCE, NONCE, &foreign_list(&mut peer, &scene, value));
            assert_eq!(verdict.refusals().map(|refusal| refusal.check.id).collect::<Vec<_>>(), [says]);
        }
        let list = foreign_list(&mut peer, &scene, StatusValue::VALID);
        assert!(scene.judge(&presentation, AUDIENCE, NONCE, &list).accepted());
    }
}

/// A status list token by the peer.
fn foreign_list(peer: &mut Peer, scene: &Scene, value: StatusValue) -> String {
    let mut values = vec![0; 1000];
    values[usize::try_from(STATUS_INDEX).unwrap()] = value.0;
    let token = peer.ask(&json!({
        "op": "statusList", "uri": STATUS_URI, "values": values, "now": scene.now.unix(),
        "key": private_jwk(&scene.issuer), "kid": scene.kid(),
    }));
    token.unwrap().as_str().unwrap().to_owned()
}
