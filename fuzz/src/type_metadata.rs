//! Target of `type_metadata`: SD-JWT VC type metadata, and cards drawn from a stranger's template.

use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::type_metadata::{TypeMetadata, draw};
use serde_json::{Value, json};

use crate::fixtures::{must, seeds, text};

const VCT: &str = "https://jigap.example/types/student-id/1";

/// Metadata is of the type that was asked for. A card holds nothing that was not allowed, and is its own drawing: it stays as
/// it is when drawn again.
pub(crate) fn type_metadata(data: &[u8]) {
    let path = must(ClaimPath::from_json(&json!(["roles", 1])));
    if let Ok(metadata) = TypeMetadata::read(data, VCT, None) {
        for lang in [Lang::En, Lang::Ko] {
            let _ = (metadata.display(lang), metadata.label(&path, lang));
        }
        let _ = draw(
            "<svg xmlns=\"http://www.w3.org/2000/svg\"><text>{{name}}</text></svg>",
            &metadata,
            &claims(),
        );
    }
    let Some(template) = text(data) else { return };
    let metadata = must(TypeMetadata::read(document().to_string().as_bytes(), VCT, None));
    let Ok(card) = draw(template, &metadata, &claims()) else { return };
    let lower = card.to_ascii_lowercase();
    for forbidden in
        ["<script", "<style", "<image", "<foreignobject", "<a ", "<use", "<!", "<?", " href", " style="]
    {
        assert!(!lower.contains(forbidden), "a card with {forbidden}");
    }
    assert!(!card.contains("<b>"), "a claim is not escaped");
    if let Ok(again) = draw(&card, &metadata, &claims()) {
        assert_eq!(again, card, "a card is not its own drawing");
    }
}

fn claims() -> Value {
    json!({"name": "김<b>하늘&\"'", "roles": ["student", "tutor"]})
}

fn document() -> Value {
    json!({
        "vct": VCT,
        "display": [{"locale": "ko-KR", "name": "학생증", "rendering": {"svg_templates": [
            {"uri": "https://issuer.example/card.svg", "uri#integrity": "sha256-AAAA"}]}}],
        "claims": [
            {"path": ["name"], "svg_id": "name", "display": [{"locale": "ko-KR", "label": "이름"}]},
            {"path": ["roles", null], "display": [{"locale": "en-US", "label": "Role"}]},
            {"path": ["roles", 1], "svg_id": "role"},
        ],
    })
}

pub(crate) fn type_metadata_seeds() -> Vec<Vec<u8>> {
    let card = concat!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 5\" role=\"img\"><defs><clipPath id=\"edge\">",
        "<rect width=\"8\" height=\"5\" rx=\"1\"/></clipPath></defs><g clip-path=\"url(#edge)\" fill='#FFF'>",
        "<text x=\"1\" y=\"2\">{{name}} &amp; {{role}}</text></g></svg>"
    );
    seeds([document().to_string(), card.to_owned()])
}
