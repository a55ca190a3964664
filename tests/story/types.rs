//! A type that Jigap does not know: a folder of data is all it takes, from the register to the verdict.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::store;
use crate::world::World;

/// The student ID under another name, as schemas/README.md tells an operator to make a type.
#[expect(clippy::disallowed_methods, reason = "a helper of tests, which copies a folder")]
fn library_card(types: &Path) {
    let made = types.join("library-card");
    fs::create_dir_all(&made).unwrap();
    for file in ["card.svg", "context.jsonld", "schema.json", "type-metadata.json"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/student-id").join(file);
        let text = fs::read_to_string(from).unwrap();
        fs::write(
            made.join(file),
            text.replace("student-id", "library-card").replace("StudentId", "LibraryCard"),
        )
        .unwrap();
    }
}

#[tokio::test]
async fn a_folder_makes_a_type_that_is_issued_shown_and_judged() {
    let world = World::start_with(|folder, _| {
        library_card(&folder.join("types"));
        json!({
            "mechanism": "jwt_vc_issuer", "types": ["library-card"],
            "formats": {"library-card": ["dc+sd-jwt", "jwt_vc_json"]},
        })
    })
    .await;
    for (configuration, template) in
        [("library-card", "library"), ("library-card_jwt_vc_json", "library-jwt")]
    {
        let wallet = world.new_wallet(&store()).await;
        let (link, tx_code) = world.offer_as(configuration, "hb-1").await;
        let offered = wallet.look_at_offer(&link).await.unwrap();
        let held = wallet.accept(&offered, Some(&tx_code)).await.unwrap();
        assert!(held.credential_type().contains("/types/library-card/1"), "{}", held.credential_type());
        let question = world.ask_by(template, false).await;
        let asking = wallet.look_at_request(&question.link, None).await.unwrap();
        wallet.present(asking).await.unwrap();
        let (_, result) = world.result(&question).await;
        assert_eq!(result["verdict"]["accepted"], true, "{configuration}: {}", result["verdict"]);
        assert_ne!(result["claims"], json!({}), "{configuration}");
        // A question for the built-in type is none for this one.
        let other = world.ask_by("enrolled", false).await;
        let asking = wallet.look_at_request(&other.link, None).await;
        assert!(asking.is_err() || wallet.present(asking.unwrap()).await.is_err(), "{configuration}");
    }
}
