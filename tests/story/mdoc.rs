//! Driver licences as mdocs, from the register to the verdict and back: offered, held, asked for by their document type, shown
//! by their device in one session, element by element; suspended, revoked, replayed, stolen and shown elsewhere in vain.

use std::collections::BTreeMap;

use jigap_keys::{KeyType, PrivateKey, PublicKey, base64url, json as strict};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::cbor::{self, Limits, Writer};
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::cose;
use jigap_wallet_core::dcql::{Format, Obstacle};
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::mdoc::{IssuerSigned, SessionTranscript, VerifiedMdoc};
use jigap_wallet_core::ports::{Clock as _, Fetch as _, FetchLimits, HttpRequest};
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::vci::{OfferLink, ProofClaims, SecretText, TokenGrant, TokenRequest};
use jigap_wallet_core::vp::{
    AuthorizationRequest, AuthorizationResponse, Invitation, VerifierTrust, VpToken,
};
use jigap_wallet_core::wallet::{EventKind, Held, Wallet, WalletError};
use jigap_wallet_core::wallet_box::Unlock;
use serde_json::{Value, json};
use url::Url;

use crate::certificates::document_signer;
use crate::store;
use crate::world::{Question, World, student_claims};

const MDL: &str = "driver-licence_mso_mdoc";
const DOC_TYPE: &str = "org.iso.18013.5.1.mDL";
const LICENCE: &str = include_str!("../../schemas/driver-licence/examples/valid/full.json");
const EVERY_ELEMENT: &str = include_str!("../../schemas/driver-licence/examples/valid/every-element.json");
const NAMESPACE: &str = "org.iso.18013.5.1";
const DOMESTIC: &str = "org.iso.18013.5.1.KR";

async fn world() -> World {
    World::start_with(document_signer).await
}

/// A wallet with a driver licence.
async fn driver(world: &World) -> (Wallet, Held) {
    driver_with(world, LICENCE).await
}

/// The same with these claims.
async fn driver_with(world: &World, claims: &str) -> (Wallet, Held) {
    let wallet = world.new_wallet(&store()).await;
    let claims: Value = serde_json::from_str(claims).unwrap();
    let offer = json!({"credential_configuration_id": MDL, "reference": "L-1", "claims": claims});
    let (link, tx_code) = world.offer_of(offer).await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    assert_eq!((offered.format(), offered.credential_type()), (Format::MsoMdoc, DOC_TYPE));
    assert_eq!(offered.credential_name(Lang::Ko), Some("모바일 운전면허증"));
    let held = wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    (wallet, held)
}

/// The question and its result once `wallet` has answered.
async fn present(world: &World, wallet: &Wallet, encrypted: bool) -> (Question, Value) {
    let question = world.ask_by("adult", encrypted).await;
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    wallet.present(asking).await.unwrap();
    let result = world.result(&question).await.1;
    (question, result)
}

/// What the request object of a question says.
async fn asked(world: &World, question: &Question) -> Value {
    let object = world.request_object(question).await;
    let payload = base64url::decode(object.split('.').nth(1).unwrap()).unwrap();
    strict::parse(&payload, strict::Limits::MESSAGE).unwrap()
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

/// A licence or student ID that was issued to `device`, by the protocol and without a wallet.
#[expect(clippy::panic, reason = "a helper of tests")]
async fn issued(world: &World, configuration: &str, claims: Value, device: &PrivateKey) -> VerifiedMdoc {
    let offer = json!({"credential_configuration_id": configuration, "claims": claims, "by_value": true});
    let (link, tx_code) = world.offer_of(offer).await;
    let OfferLink::Value(offer) = OfferLink::parse(&link).unwrap() else { panic!("by value") };
    let at = |path: &str| Url::parse(&format!("{}/{path}", offer.credential_issuer.as_str())).unwrap();
    let post = |path: &str, kind: &str, body: String| {
        HttpRequest::post(at(path), kind, body.into_bytes(), FetchLimits::DOCUMENT)
    };
    let code = offer.pre_authorized_code.clone().unwrap().pre_authorized_code;
    let tx_code = Some(SecretText::new(&tx_code));
    let request = TokenRequest { grant: TokenGrant::PreAuthorizedCode { code, tx_code }, client_id: None };
    let form = request.to_form().to_string();
    let (_, token) = world.send(post("token", "application/x-www-form-urlencoded", form)).await;
    let (_, nonce) = world.send(post("nonce", "application/json", String::new())).await;
    let claims = ProofClaims {
        credential_issuer: &offer.credential_issuer,
        issued_at: SystemClock.now(),
        nonce: nonce["c_nonce"].as_str(),
        client_id: None,
    };
    let header = Header::for_key(device.public()).unwrap().jwk(device.public().clone());
    let proof = claims.unsigned(header).sign(device).unwrap();
    let body = json!({"credential_configuration_id": configuration, "proofs": {"jwt": [proof]}}).to_string();
    let bearer = token["access_token"].as_str().unwrap();
    let (_, answer) = world.send(post("credential", "application/json", body).bearer(bearer)).await;
    let copy = base64url::decode(answer["credentials"][0]["credential"].as_str().unwrap()).unwrap();
    IssuerSigned::parse(&copy).unwrap().dangerous_assume_verified().unwrap()
}

/// What a verifier that turned thief makes of a presentation that it was shown: the same elements, with the proof of `stranger`'s
/// device over the session with `transcript`.
fn stolen(world: &World, seen: &Question, stranger: &PrivateKey, transcript: &SessionTranscript) -> Vec<u8> {
    let shown = base64url::decode(world.posted(&seen.id)["licence"][0].as_str().unwrap()).unwrap();
    let shown = cbor::parse(&shown, Limits::MESSAGE).unwrap();
    let issuer_signed = shown.get("documents").unwrap().as_array().unwrap()[0].get("issuerSigned").unwrap();
    let nothing = [0xd8, 24, 0x41, 0xa0];
    let mut authentication = Writer::new();
    authentication.array(4).text("DeviceAuthentication").raw(transcript.as_bytes());
    authentication.text(DOC_TYPE).raw(&nothing);
    let mut message = Writer::new();
    message.embedded(&authentication.into_bytes());
    let header = cose::Header::for_key(KeyType::P256).unwrap();
    let signature = cose::UnsignedSign1::detached(header, b"", &message.into_bytes()).sign(stranger).unwrap();
    let mut response = Writer::new();
    response.map(3).text("version").text("1.0").text("documents").array(1);
    response.map(3).text("docType").text(DOC_TYPE).text("issuerSigned").raw(issuer_signed.raw());
    response.text("deviceSigned").map(2).text("nameSpaces").raw(&nothing);
    response.text("deviceAuth").map(1).text("deviceSignature").raw(&signature);
    response.text("status").unsigned(0);
    response.into_bytes()
}

/// What `response` to a question, with its state, is refused by.
async fn answer(
    world: &World,
    question: &Question,
    (response, state): (Vec<u8>, &str),
) -> Vec<(String, String)> {
    let token = json!({"licence": [base64url::encode(response)]});
    assert_eq!(world.respond(&question.id, state, &token).await, 200);
    let (_, result) = world.result(question).await;
    assert_eq!((&result["verdict"]["accepted"], &result["claims"]), (&json!(false), &json!({})));
    broken(&result)
}

fn shown_paths() -> Vec<ClaimPath> {
    let paths = [[NAMESPACE, "age_over_19"], [DOMESTIC, "licence_classes"]];
    paths.iter().map(|path| ClaimPath::from_json(&json!(path)).unwrap()).collect()
}

#[tokio::test]
async fn an_mdoc_is_carried_from_the_register_to_the_verdict() {
    let world = world().await;
    let (wallet, held) = driver(&world).await;
    assert_eq!((held.format, held.copies, held.credential_type()), (Format::MsoMdoc, 10, DOC_TYPE));
    let (_, claims) = wallet.claims(&held.id).await.unwrap();
    assert_eq!(claims[NAMESPACE]["family_name"], "Hong", "its holder sees all of it");

    for encrypted in [false, true] {
        let (question, passed) = present(&world, &wallet, encrypted).await;
        assert_eq!(passed["verdict"]["accepted"], true, "{}", passed["verdict"]);
        let expected =
            json!([{NAMESPACE: {"age_over_19": true}, DOMESTIC: {"licence_classes": ["1종보통"]}}]);
        assert_eq!(passed["claims"]["licence"], expected, "what was asked for, by namespace, and no more");
        assert_eq!(world.replay(&question.id).await, 400, "an answer is taken once");
    }
    assert_eq!(wallet.credentials().await.unwrap()[0].unused, 8, "each copy was shown once");
    let history = wallet.history().await.unwrap();
    let event = history.iter().find(|event| event.kind == EventKind::Presented).unwrap();
    assert_eq!((event.vct.as_str(), &event.claims), (DOC_TYPE, &shown_paths()));
}

/// All of `org.iso.18013.5.1`, which the verifier reads as the register wrote it; pictures as the bytes they are.
#[tokio::test]
async fn every_element_of_a_licence_is_issued_shown_and_judged() {
    let world = world().await;
    let (wallet, _) = driver_with(&world, EVERY_ELEMENT).await;
    let mut written: Value = serde_json::from_str(EVERY_ELEMENT).unwrap();
    let elements = written.as_object_mut().unwrap();
    assert!(elements.remove("kr").is_some() && elements.remove("name").is_some(), "of another namespace");
    for picture in ["portrait", "signature_usual_mark"] {
        use base64::Engine as _;
        let (_, data) = elements[picture].as_str().unwrap().split_once(',').unwrap();
        let bytes = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
        elements[picture] = json!(base64url::encode(bytes));
    }
    assert_eq!(elements.len(), 41);
    let claims: Vec<Value> = elements.keys().map(|name| json!({"path": [NAMESPACE, name]})).collect();
    let question = world
        .ask_own(json!({"credentials": [{
            "id": "licence", "format": "mso_mdoc", "meta": {"doctype_value": DOC_TYPE}, "claims": claims,
        }]}))
        .await;
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    wallet.present(asking).await.unwrap();
    let (_, result) = world.result(&question).await;
    assert_eq!(result["verdict"]["accepted"], true, "{}", result["verdict"]);
    assert_eq!(result["claims"]["licence"], json!([{NAMESPACE: written}]));
}

#[tokio::test]
async fn an_mdoc_is_suspended_refused_reinstated_and_revoked_for_good() {
    let world = world().await;
    let (wallet, _) = driver(&world).await;
    assert_eq!(world.suspend("L-1").await, 1);
    let (_, suspended) = present(&world, &wallet, true).await;
    assert_eq!(broken(&suspended), refused("V-08", "suspended"));
    assert_eq!(suspended["claims"], json!({}));
    assert_eq!(world.reinstate("L-1").await, 1);
    let (_, again) = present(&world, &wallet, true).await;
    assert_eq!(again["verdict"]["accepted"], true, "{}", again["verdict"]);
    assert_eq!(world.change("revoke", "L-1").await.len(), 1);
    let (_, revoked) = present(&world, &wallet, true).await;
    assert_eq!(broken(&revoked), refused("V-08", "revoked"));
}

#[tokio::test]
async fn an_mdoc_that_was_stolen_is_refused_to_a_strangers_device() {
    let world = world().await;
    let (wallet, _) = driver(&world).await;
    let (seen, _) = present(&world, &wallet, false).await;
    let stranger = PrivateKey::generate(KeyType::P256, &OsEntropy);
    let question = world.ask_by("adult", false).await;
    let asked = asked(&world, &question).await;
    let text = |name: &str| asked[name].as_str().unwrap();
    let transcript =
        SessionTranscript::openid4vp(text("client_id"), text("nonce"), None, text("response_uri"));
    let response = stolen(&world, &seen, &stranger, &transcript);
    let found = answer(&world, &question, (response, text("state"))).await;
    assert_eq!(found, refused("V-11", "device-authentication-mismatch"));
}

#[tokio::test]
async fn an_mdoc_shown_in_one_session_is_refused_in_another() {
    let world = world().await;
    let (wallet, _) = driver(&world).await;
    let (seen, _) = present(&world, &wallet, false).await;
    let shown = world.posted(&seen.id);
    let question = world.ask_by("adult", false).await;
    let asked = asked(&world, &question).await;
    let response = base64url::decode(shown["licence"][0].as_str().unwrap()).unwrap();
    let found = answer(&world, &question, (response, asked["state"].as_str().unwrap())).await;
    assert_eq!(found, refused("V-11", "device-authentication-mismatch"));
}

#[tokio::test]
async fn what_a_device_authenticates_is_the_whole_session() {
    let world = world().await;
    let claims: Value = serde_json::from_str(LICENCE).unwrap();
    let device = PrivateKey::generate(KeyType::P256, &OsEntropy);
    let held = issued(&world, MDL, claims, &device).await;
    let other: PublicKey = PrivateKey::generate(KeyType::P256, &OsEntropy).public().clone();
    for wrong in ["client_id", "nonce", "response_uri", "key", ""] {
        let question = world.ask_by("adult", false).await;
        let asked = asked(&world, &question).await;
        let text = |name: &str| match asked[name].as_str().unwrap() {
            text if name == wrong => format!("{text}x"),
            text => text.to_owned(),
        };
        let key = (wrong == "key").then_some(&other);
        let transcript =
            SessionTranscript::openid4vp(&text("client_id"), &text("nonce"), key, &text("response_uri"));
        let response = held.present(&shown_paths()).unwrap().sign(&transcript, &device).unwrap();
        if wrong.is_empty() {
            let token = json!({"licence": [base64url::encode(response)]});
            assert_eq!(world.respond(&question.id, &text("state"), &token).await, 200);
            let (_, result) = world.result(&question).await;
            assert_eq!(result["verdict"]["accepted"], true, "{}", result["verdict"]);
        } else {
            let found = answer(&world, &question, (response, &text("state"))).await;
            assert_eq!(found, refused("V-11", "device-authentication-mismatch"), "{wrong}");
        }
    }
}

/// The request of a question as a wallet reads it.
#[expect(clippy::panic, reason = "a helper of tests")]
async fn read(world: &World, question: &Question) -> AuthorizationRequest {
    let Ok(Invitation::ByReference(reference)) = Invitation::parse(&question.link) else { panic!("link") };
    let pending = reference.start(&OsEntropy);
    let answer = world.wire.send(pending.request().clone()).await.unwrap();
    let documents = Documents::new();
    let trust = VerifierTrust { anchors: None, documents: &documents, now: SystemClock.now() };
    pending.read(&answer).unwrap().authenticate(trust).unwrap().validate().unwrap()
}

/// What comes of a question that `response` answers, encrypted if it asks for that.
async fn judged(
    world: &World,
    question: &Question,
    request: &AuthorizationRequest,
    response: Vec<u8>,
) -> Value {
    let token = BTreeMap::from([("licence".to_owned(), vec![json!(base64url::encode(response))])]);
    let response = AuthorizationResponse::Presented(VpToken::new(token).unwrap());
    let post = response.post(request, &OsEntropy).unwrap();
    assert_eq!(world.wire.send(post).await.unwrap().status, 200);
    world.result(question).await.1
}

/// ISO 18013-5 §9.1.3.5, by the key of OpenID4VP 1.0 B.2.6: the device authenticates by a MAC that the verifier could have made too,
/// over a session that names that key by its thumbprint.
#[tokio::test]
async fn v_11_a_device_mac_convinces_the_verifier_that_offered_its_key_in_this_session_alone() {
    let world = world().await;
    let claims: Value = serde_json::from_str(LICENCE).unwrap();
    let device = PrivateKey::generate(KeyType::P256, &OsEntropy);
    let held = issued(&world, MDL, claims, &device).await;
    let other: PublicKey = PrivateKey::generate(KeyType::P256, &OsEntropy).public().clone();
    // Which key the MAC is for, and which the transcript names; "": none.
    for (mac_for, named, accepted) in [
        ("offered", "offered", true),
        ("other", "offered", false),
        ("offered", "", false),
        ("offered", "other", false),
        ("other", "other", false),
    ] {
        let question = world.ask_by("adult", true).await;
        let request = read(&world, &question).await;
        assert_eq!(request.client_metadata.encryption_keys().len(), 1);
        let offered = &request.client_metadata.encryption_keys()[0];
        let key = |name: &str| if name == "other" { &other } else { &offered.key };
        let transcript = SessionTranscript::openid4vp(
            request.client_id.as_str(),
            &request.nonce,
            (!named.is_empty()).then(|| key(named)),
            &request.response_uri,
        );
        if accepted {
            let whole = request.session_transcript().unwrap();
            assert_eq!(transcript.as_bytes(), whole.as_bytes(), "what our wallet takes the session to be");
        }
        let shown = held.present(&shown_paths()).unwrap();
        let response = shown.authenticate(&transcript, &device, key(mac_for)).unwrap();
        let result = judged(&world, &question, &request, response).await;
        assert_eq!(result["verdict"]["accepted"], accepted, "{mac_for} {named}: {}", result["verdict"]);
        if accepted {
            assert_eq!(result["claims"]["licence"][0][NAMESPACE]["age_over_19"], true);
            continue;
        }
        assert_eq!(result["claims"], json!({}));
        assert_eq!(broken(&result), refused("V-11", "device-authentication-mismatch"), "{mac_for} {named}");
    }
    // No key was offered: nobody can tell whose MAC it is.
    let question = world.ask_by("adult", false).await;
    let request = read(&world, &question).await;
    let transcript = request.session_transcript().unwrap();
    let response = held.present(&shown_paths()).unwrap().authenticate(&transcript, &device, &other).unwrap();
    let result = judged(&world, &question, &request, response).await;
    assert_eq!(broken(&result), refused("V-11", "device-mac-key"));
}

/// The link of a request that nobody signed, with `client_metadata` changed on its way to the wallet.
fn changed(link: &str, change: impl Fn(&mut Value)) -> String {
    let url = Url::parse(link).unwrap();
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear().extend_pairs(pairs.iter().map(|(name, value)| {
        let mut value = value.clone();
        if name == "client_metadata" {
            let mut metadata = strict::parse(value.as_bytes(), strict::Limits::MESSAGE).unwrap();
            change(&mut metadata);
            value = metadata.to_string();
        }
        (name.clone(), value)
    }));
    changed.into()
}

/// A licence's device auth in the response that was posted: `deviceSignature` or `deviceMac`.
fn proof_of(response: &Value) -> &'static str {
    let response = base64url::decode(response["licence"][0].as_str().unwrap()).unwrap();
    let response = cbor::parse(&response, Limits::MESSAGE).unwrap();
    let document = &response.get("documents").unwrap().as_array().unwrap()[0];
    let auth = document.get("deviceSigned").unwrap().get("deviceAuth").unwrap();
    if auth.get("deviceMac").is_some() { "deviceMac" } else { "deviceSignature" }
}

/// OpenID4VP 1.0 B.2.2: a wallet signs where that is taken, makes a MAC where that alone is, and else discloses nothing.
#[tokio::test]
async fn a_wallet_proves_itself_as_the_verifier_says_it_takes_it() {
    let world = World::start_of(document_signer, json!({"prefix": "redirect_uri"})).await;
    let (wallet, held) = driver(&world).await;
    let take = |numbers: Value| {
        move |metadata: &mut Value| {
            metadata["vp_formats_supported"]["mso_mdoc"]["deviceauth_alg_values"] = numbers.clone();
        }
    };
    // The service offers a key for its encrypted responses, and says that a MAC for it will do.
    let question = world.ask_by("adult", true).await;
    changed(&question.link, |metadata| {
        let taken = &metadata["vp_formats_supported"]["mso_mdoc"]["deviceauth_alg_values"];
        assert_eq!(*taken, json!([-7, -8, -35, -65_537]));
    });
    let link = changed(&question.link, take(json!([-65_537])));
    let asking = wallet.look_at_request(&link, None).await.unwrap();
    wallet.present(asking).await.unwrap();
    let (_, result) = world.result(&question).await;
    assert_eq!(result["verdict"]["accepted"], true, "{}", result["verdict"]);
    assert_eq!(result["claims"]["licence"][0][NAMESPACE]["age_over_19"], true);

    // A plain response has no key, and a MAC is not spoken of.
    let plain = world.ask_by("adult", false).await;
    changed(&plain.link, |metadata| {
        let taken = &metadata["vp_formats_supported"]["mso_mdoc"]["deviceauth_alg_values"];
        assert_eq!(*taken, json!([-7, -8, -35]));
    });
    let asking = wallet.look_at_request(&plain.link, None).await.unwrap();
    wallet.present(asking).await.unwrap();
    assert_eq!(proof_of(&world.posted(&plain.id)), "deviceSignature");
    assert_eq!(world.result(&plain).await.1["verdict"]["accepted"], true);

    // A key that is not the verifier's: the wallet cannot know, and the verifier refuses its MAC.
    let key = |key_type| {
        let mut jwk = PrivateKey::generate(key_type, &OsEntropy).public().to_jwk();
        jwk["kid"] = json!("other");
        json!({"keys": [jwk]})
    };
    let other = world.ask_by("adult", false).await;
    let link = changed(&other.link, |metadata| {
        take(json!([-65_537]))(metadata);
        metadata["jwks"] = key(KeyType::P256);
    });
    let asking = wallet.look_at_request(&link, None).await.unwrap();
    wallet.present(asking).await.unwrap();
    assert_eq!(proof_of(&world.posted(&other.id)), "deviceMac");
    assert_eq!(broken(&world.result(&other).await.1), refused("V-11", "device-mac-key"));

    // Nothing that the device can make is taken, or there is no key for it: nothing is disclosed, no copy is shown.
    let before = wallet.credentials().await.unwrap()[0].unused;
    assert_eq!(before, held.copies - 3);
    let unanswerable: [(Value, Option<Value>); 4] = [
        (json!([-35, -65_538]), Some(key(KeyType::P384))),
        (json!([-65_537]), None),
        (json!([-65_537]), Some(key(KeyType::P384))),
        (json!([]), Some(key(KeyType::P256))),
    ];
    for (numbers, keys) in unanswerable {
        let question = world.ask_by("adult", false).await;
        let link = changed(&question.link, |metadata| {
            take(numbers.clone())(metadata);
            if let Some(keys) = &keys {
                metadata["jwks"] = keys.clone();
            }
        });
        let asking = wallet.look_at_request(&link, None).await.unwrap();
        let obstacles: Vec<_> =
            asking.obstacles().map(|(query, obstacle)| (query, obstacle.clone())).collect();
        assert_eq!(obstacles, [("licence", Obstacle::NoProof)], "{numbers}");
        assert_eq!((asking.options().len(), asking.would_disclose()), (0, None));
        assert_eq!(wallet.present(asking).await.unwrap_err(), WalletError::CannotAnswer);
        assert_eq!(world.wire.arrived(&format!("/verifier/response/{}", question.id)), 0);
    }
    assert_eq!(wallet.credentials().await.unwrap()[0].unused, before);
}

#[tokio::test]
async fn an_mdoc_of_another_document_type_answers_nothing() {
    let world = world().await;
    let wallet = world.new_wallet(&store()).await;
    let (link, tx_code) = world.offer_as("student-id_mso_mdoc", "hb-1").await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    let held = wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    assert_eq!(held.credential_type(), "example.jigap.student-id.1");
    let question = world.ask_by("adult", false).await;
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    assert_eq!(asking.would_disclose(), None);
    // Nor if a device sends it all the same.
    let device = PrivateKey::generate(KeyType::P256, &OsEntropy);
    let mdoc = issued(&world, "student-id_mso_mdoc", student_claims(), &device).await;
    let asked = asked(&world, &question).await;
    let text = |name: &str| asked[name].as_str().unwrap();
    let transcript =
        SessionTranscript::openid4vp(text("client_id"), text("nonce"), None, text("response_uri"));
    let name = ClaimPath::from_json(&json!(["example.jigap.student-id.1", "name"])).unwrap();
    let response = mdoc.present(&[name]).unwrap().sign(&transcript, &device).unwrap();
    let token = json!({"licence": [base64url::encode(response)]});
    assert_eq!(world.respond(&question.id, text("state"), &token).await, 200);
    let (_, result) = world.result(&question).await;
    assert_eq!((&result["verdict"]["accepted"], &result["claims"]), (&json!(false), &json!({})));
    let checks = result["verdict"]["checks"].as_array().unwrap();
    assert!(checks.iter().any(|check| check["id"] == "V-18" && check["result"] == "refused"), "{result}");
}

#[tokio::test]
async fn an_mdoc_is_shown_by_the_wallet_it_was_restored_into() {
    let world = world().await;
    let (wallet, held) = driver(&world).await;
    let unlock = Unlock::KeyFile(&[3; 32]);
    let file = wallet.backup(&unlock).await.unwrap().file;
    let restored = world.new_wallet(&store()).await;
    let kept = restored.restore(&file, &unlock).await.unwrap();
    assert_eq!((kept[0].format, &kept[0].types), (held.format, &held.types));
    let (_, passed) = present(&world, &restored, true).await;
    assert_eq!(passed["verdict"]["accepted"], true, "{}", passed["verdict"]);
    let exported = restored.export().await.unwrap();
    assert_eq!(exported["credentials"][0]["claims"][NAMESPACE]["given_name"], "Gildong");
}

#[tokio::test]
async fn both_formats_of_a_licence_answer_their_own_questions() {
    let world = world().await;
    let (wallet, _) = driver(&world).await;
    let claims: Value = serde_json::from_str(LICENCE).unwrap();
    let offer = json!({"credential_configuration_id": "driver-licence", "claims": claims});
    let (link, tx_code) = world.offer_of(offer).await;
    let offered = wallet.look_at_offer(&link).await.unwrap();
    wallet.accept(&offered, Some(&tx_code)).await.unwrap();
    let question = world.ask_by("adult", true).await;
    let asking = wallet.look_at_request(&question.link, None).await.unwrap();
    assert_eq!((asking.options().len(), asking.options()[0].credential.format), (1, Format::MsoMdoc));
    wallet.present(asking).await.unwrap();
    assert_eq!(world.result(&question).await.1["verdict"]["accepted"], true);
}
