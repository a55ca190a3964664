//! Accepting W3C credentials, as JWT and as documents: what an issuer may do wrong, and that nothing of it is kept.

use jigap_wallet_core::dcql::Format;
use jigap_wallet_core::ports::FetchError;
use jigap_wallet_core::wallet::WalletError;
use serde_json::{Value, json};

use super::world::{CONTEXT, Trick, World, accept, answer, fresh};

/// The tricks that make a W3C credential, as JWT or as document, another than was asked for.
const OTHER_THAN_ASKED: [Trick; 6] = [
    Trick::OtherType,
    Trick::OtherKey,
    Trick::NoKey,
    Trick::OneKeyTwice,
    Trick::OneTooMany,
    Trick::NotACredential,
];

#[tokio::test]
async fn a_w3c_credential_is_held_by_its_class() {
    let world = World::of_w3c(Trick::Honest);
    let wallet = fresh(&world).await;
    let held = accept(&wallet, &world).await.unwrap();
    assert_eq!((held.format, held.copies, held.vct.as_str()), (Format::JwtVcJson, 5, ""));
    assert_eq!(held.types, ["https://jigap.example/types/student-id/1#StudentId"]);
    let (_, claims) = wallet.claims(&held.id).await.unwrap();
    assert_eq!(claims["credentialSubject"]["name"], "김지갑");
    let listed = serde_json::to_value(&held).unwrap();
    assert_eq!((&listed["format"], listed.get("vct")), (&json!("jwt_vc_json"), None));
}

#[tokio::test]
async fn w3c_credentials_other_than_asked_for_are_not_kept() {
    for trick in OTHER_THAN_ASKED {
        let world = World::of_w3c(trick);
        let wallet = fresh(&world).await;
        let error = accept(&wallet, &world).await.unwrap_err();
        let expected = match trick {
            Trick::OneTooMany => matches!(error, WalletError::Message(_)),
            _ => error == WalletError::OtherCredential,
        };
        assert!(expected, "{trick:?}: {error:?}");
        assert!(wallet.credentials().await.unwrap().is_empty(), "{trick:?}");
        assert_eq!(world.told(), ["credential_failure"], "{trick:?}");
        world.repent();
        let resumed = wallet.resume().await.unwrap();
        assert!(matches!(&resumed[..], [Ok(held)] if held.unused == 5), "{trick:?}");
    }
}

#[tokio::test]
async fn a_w3c_credential_that_its_holder_could_not_show_is_not_kept() {
    let changes: [fn(&mut Value); 6] = [
        // About somebody whose keys stand elsewhere, about two, about nobody.
        |claims| claims["credentialSubject"]["id"] = json!("did:web:holder.example"),
        |claims| claims["credentialSubject"] = json!([claims["credentialSubject"], {"id": "did:example:1"}]),
        |claims| claims["credentialSubject"] = json!({"name": "김지갑"}),
        // Bound to another key than the subject's.
        |claims| claims["cnf"] = json!({"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}),
        |claims| claims["cnf"] = json!({"kid": "did:example:1#0"}),
        // All copies in one place of the status list.
        |claims| claims["status"] = json!({"status_list": {"idx": 1, "uri": "https://univ.example/s"}}),
    ];
    for change in changes {
        let world = World::of_w3c(Trick::Honest);
        world.change.set(change).unwrap();
        let wallet = fresh(&world).await;
        assert_eq!(accept(&wallet, &world).await.unwrap_err(), WalletError::OtherCredential);
        assert!(wallet.credentials().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_w3c_credential_that_breaks_its_data_model_is_refused_by_its_rule() {
    let changes: [(fn(&mut Value), &str); 5] = [
        (|claims| claims["vc"] = json!({}), "VJ-02"),
        (|claims| claims["@context"] = json!(["https://univ.example/context"]), "VJ-03"),
        (|claims| claims["issuer"] = json!(null), "VJ-05"),
        (|claims| claims["validUntil"] = json!("2030-02-30T00:00:00Z"), "VJ-07"),
        (|claims| claims["validUntil"] = json!("tomorrow"), "DM-12"),
    ];
    for (change, check) in changes {
        let world = World::of_w3c(Trick::Honest);
        world.change.set(change).unwrap();
        let error = accept(&fresh(&world).await, &world).await.unwrap_err();
        assert!(matches!(&error, WalletError::Refused(refusal) if refusal.check.id == check), "{error:?}");
    }
}

#[tokio::test]
async fn a_type_whose_context_cannot_be_had_answers_no_query_by_type() {
    let world = World::of_w3c(Trick::Honest);
    let other = |claims: &mut Value| {
        claims["@context"] =
            json!(["https://www.w3.org/ns/credentials/v2", "https://types.univ.test/c.jsonld"]);
    };
    world.change.set(other).unwrap();
    let held = accept(&fresh(&world).await, &world).await.unwrap();
    assert_eq!((held.copies, held.types.len()), (5, 0));
    assert_eq!(world.times_asked("/c.jsonld"), 1, "it was asked for once");
}

/// Nothing is wrong with it: the issuer is not told to revoke what the wallet asks for again.
#[tokio::test]
async fn a_document_whose_context_cannot_be_had_now_is_asked_for_again_and_not_refused() {
    let world = World::of_documents(Trick::Honest);
    let wallet = fresh(&world).await;
    world.instead("/c.jsonld", Err(FetchError::Unreachable));
    let not_had = WalletError::ContextNotHad(CONTEXT.0.to_owned());
    assert_eq!(accept(&wallet, &world).await.unwrap_err(), not_had);
    world.instead("/c.jsonld", Ok(answer(503, "", "")));
    assert_eq!(wallet.resume().await.unwrap(), [Err(not_had)]);
    assert!(wallet.credentials().await.unwrap().is_empty() && world.told().is_empty());
    world.instead("/c.jsonld", Ok(answer(200, "application/ld+json", CONTEXT.1)));
    let resumed = wallet.resume().await.unwrap();
    assert!(matches!(&resumed[..], [Ok(held)] if (held.format, held.unused) == (Format::LdpVc, 5)));
    assert_eq!((world.told(), world.times_asked("/token")), (vec!["credential_accepted".to_owned()], 1));
}

/// Whoever does not want to wait ends it: nothing is left of it, and nothing else is touched.
#[tokio::test]
async fn a_document_whose_context_is_never_had_is_given_up_by_its_holder_alone() {
    let world = World::of_documents(Trick::Honest);
    let wallet = fresh(&world).await;
    world.instead("/c.jsonld", Ok(answer(200, "application/ld+json", CONTEXT.1)));
    accept(&wallet, &world).await.unwrap();
    world.instead("/c.jsonld", Ok(answer(404, "", "")));
    for _ in 0..2 {
        accept(&wallet, &world).await.unwrap_err();
    }
    for _ in 0..3 {
        assert_eq!(wallet.resume().await.unwrap().len(), 2, "it is asked for again, how often it may be");
    }
    let left = wallet.under_way().await.unwrap();
    assert_eq!(left.len(), 2);
    assert_eq!(left[0].issuer, wallet.credentials().await.unwrap()[0].issuer);
    assert!(!left[0].credential_type.is_empty() && left[0].id != left[1].id);
    wallet.give_up(&left[0]).await.unwrap();
    assert_eq!(wallet.under_way().await.unwrap(), left[1..]);
    wallet.give_up(&left[0]).await.unwrap();
    world.repent();
    world.instead("/c.jsonld", Ok(answer(200, "application/ld+json", CONTEXT.1)));
    let resumed = wallet.resume().await.unwrap();
    assert!(matches!(&resumed[..], [Ok(held)] if held.unused == 5), "what can be had is had");
    assert!(wallet.under_way().await.unwrap().is_empty() && wallet.resume().await.unwrap().is_empty());
    assert_eq!(wallet.credentials().await.unwrap().len(), 2);
}

/// However often a document names a context, it is one, and fetched once.
#[tokio::test]
async fn a_context_that_is_named_again_and_again_is_one() {
    let world = World::of_documents(Trick::Honest);
    let again = |claims: &mut Value| {
        claims["@context"].as_array_mut().unwrap().extend([(); 5].map(|()| json!(CONTEXT.0)));
    };
    world.change.set(again).unwrap();
    let wallet = fresh(&world).await;
    world.instead("/c.jsonld", Err(FetchError::Unreachable));
    let not_had = WalletError::ContextNotHad(CONTEXT.0.to_owned());
    assert_eq!(accept(&wallet, &world).await.unwrap_err(), not_had, "not too many");
    assert_eq!(world.times_asked("/c.jsonld"), 1);
}

/// What this wallet never fetches it will not have tomorrow: the issuer is told, and nothing is asked for again.
#[tokio::test]
async fn a_document_with_a_context_that_is_never_fetched_is_refused_at_once() {
    fn with(claims: &mut Value, iris: &[&str]) {
        let contexts = claims["@context"].as_array_mut().unwrap();
        contexts.extend(iris.iter().map(|iri| json!(iri)));
    }
    let changes: [(fn(&mut Value), &str); 4] = [
        (|claims| with(claims, &["http://types.univ.test/c.jsonld"]), "http://types.univ.test/c.jsonld"),
        (|claims| with(claims, &["urn:uuid:1"]), "urn:uuid:1"),
        (|claims| with(claims, &["https://types.example/c.jsonld"]), "https://types.example/c.jsonld"),
        (
            |claims| {
                with(claims, &["https://a.test/", "https://b.test/", "https://c.test/", "https://d.test/"])
            },
            "https://a.test/",
        ),
    ];
    for (change, never) in changes {
        let world = World::of_documents(Trick::Honest);
        world.change.set(change).unwrap();
        let wallet = fresh(&world).await;
        let error = accept(&wallet, &world).await.unwrap_err();
        assert_eq!(error, WalletError::ContextNeverFetched(never.to_owned()));
        assert_eq!(world.told(), ["credential_failure"]);
        assert!(wallet.under_way().await.unwrap().is_empty() && wallet.resume().await.unwrap().is_empty());
        assert_eq!(world.times_asked("/credential"), 1);
    }
}

#[tokio::test]
async fn documents_other_than_asked_for_are_refused_whether_their_context_can_be_had_or_not() {
    for trick in OTHER_THAN_ASKED {
        for context in [Err(FetchError::Unreachable), Ok(answer(200, "application/ld+json", CONTEXT.1))] {
            let world = World::of_documents(trick);
            world.instead("/c.jsonld", context);
            let wallet = fresh(&world).await;
            accept(&wallet, &world).await.unwrap_err();
            assert!(wallet.credentials().await.unwrap().is_empty(), "{trick:?}");
            assert_eq!(world.told(), ["credential_failure"], "{trick:?}");
        }
    }
}

/// A context is a stranger's document: it may give its own names a meaning, and nobody else's.
#[tokio::test]
async fn a_context_that_redefines_what_every_credential_is_gives_no_type() {
    let world = World::of_w3c(Trick::Honest);
    let other = |claims: &mut Value| {
        claims["@context"] =
            json!(["https://www.w3.org/ns/credentials/v2", "https://types.univ.test/c.jsonld"]);
    };
    world.change.set(other).unwrap();
    for (context, types) in [
        (json!({"StudentId": "https://univ.test/c#StudentId"}), 1),
        (
            json!({"StudentId": "https://univ.test/c#StudentId", "VerifiableCredential": "https://univ.test/c#V"}),
            0,
        ),
        (json!([1]), 0),
    ] {
        let document = json!({"@context": context}).to_string();
        world.instead("/c.jsonld", Ok(answer(200, "application/ld+json", document)));
        let held = accept(&fresh(&world).await, &world).await.unwrap();
        assert_eq!(held.types.len(), types, "{context}");
    }
}

#[tokio::test]
async fn an_offer_of_a_format_that_nobody_holds_is_refused_before_anything_is_asked() {
    let world = World::of_w3c(Trick::Honest);
    let mut metadata: Value = serde_json::from_slice(&world.metadata_document()).unwrap();
    for (format, definition) in [
        (
            "jwt_vc_json-ld",
            json!({"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"]}),
        ),
        ("ac_vp", json!({})),
    ] {
        let student = &mut metadata["credential_configurations_supported"]["student"];
        (student["format"], student["doctype"]) = (json!(format), json!("org.iso.18013.5.1.mDL"));
        student["credential_definition"] = definition;
        let path = "/.well-known/openid-credential-issuer";
        world.instead(path, Ok(answer(200, "application/json", metadata.to_string())));
        let error = accept(&fresh(&world).await, &world).await.unwrap_err();
        assert_eq!(error, WalletError::NothingToTake, "{format}");
        assert_eq!(world.times_asked("/token"), 0);
    }
}

#[tokio::test]
async fn metadata_that_does_not_say_what_the_format_demands_is_refused() {
    let world = World::of_w3c(Trick::Honest);
    for definition in [json!(null), json!({}), json!({"type": []}), json!({"type": "StudentId"}), json!([])] {
        let mut metadata: Value = serde_json::from_slice(&world.metadata_document()).unwrap();
        metadata["credential_configurations_supported"]["student"]["credential_definition"] =
            definition.clone();
        let path = "/.well-known/openid-credential-issuer";
        world.instead(path, Ok(answer(200, "application/json", metadata.to_string())));
        let error = accept(&fresh(&world).await, &world).await.unwrap_err();
        assert!(matches!(error, WalletError::Message(_)), "{definition}: {error:?}");
        assert_eq!(world.times_asked("/token"), 0);
    }
}
