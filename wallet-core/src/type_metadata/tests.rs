//! Type metadata and cards: the house's own, and what a hostile publisher or a hostile claim could try.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const VCT: &str = "https://types.example/pass/1";

fn document() -> Value {
    json!({
        "vct": VCT,
        "display": [
            {"locale": "en", "name": "Pass", "rendering": {
                "simple": {"background_color": "#102030", "text_color": "red"},
                "svg_templates": [{"uri": "https://types.example/pass/1/card.svg", "uri#integrity": "sha256-x"}]}},
            {"locale": "ko-KR", "name": "출입증"}
        ],
        "claims": [
            {"path": ["name"], "svg_id": "name", "display": [
                {"locale": "ko", "label": "성명"}, {"locale": "en", "label": "Name"}]},
            {"path": ["zones", null], "svg_id": "zones", "display": [{"locale": "ko", "label": "구역"}]},
            {"path": ["age"], "svg_id": "age"}
        ]
    })
}

fn read(document: &Value) -> Result<TypeMetadata, TypeMetadataError> {
    TypeMetadata::read(document.to_string().as_bytes(), VCT, None)
}

fn path(json: Value) -> ClaimPath {
    ClaimPath::from_json(&json).unwrap()
}

#[test]
fn names_labels_colours_and_the_card_are_read() {
    let metadata = read(&document()).unwrap();
    let name = |lang| metadata.display(lang).map(|display| display.name.as_str());
    assert_eq!((name(Lang::Ko), name(Lang::En)), (Some("출입증"), Some("Pass")));
    let display = metadata.display(Lang::En).unwrap();
    assert_eq!(display.background_color.as_deref(), Some("#102030"));
    assert_eq!(display.text_color, None, "no colour by name");
    assert_eq!(display.card.as_ref().unwrap().uri.as_str(), "https://types.example/pass/1/card.svg");
    assert_eq!(metadata.label(&path(json!(["name"])), Lang::Ko), Some("성명"));
    assert_eq!(
        metadata.label(&path(json!(["zones", 3])), Lang::En),
        Some("구역"),
        "the first language stands in"
    );
    assert_eq!(metadata.label(&path(json!(["age"])), Lang::En), None);
    assert_eq!(metadata.label(&path(json!(["other"])), Lang::En), None);
}

#[test]
fn what_is_not_the_metadata_that_was_meant_is_refused() {
    let bytes = document().to_string().into_bytes();
    let other = TypeMetadata::read(&bytes, "https://types.example/other/1", None);
    assert_eq!(other, Err(TypeMetadataError::OtherType));
    let broken = TypeMetadata::read(&bytes, VCT, Some("sha256-AAAA"));
    assert_eq!(broken, Err(TypeMetadataError::Integrity(BrokenIntegrity)));
    let mut extends = document();
    extends["extends"] = json!("https://types.example/other/1");
    assert_eq!(read(&extends), Err(TypeMetadataError::Extends));
    for (member, wrong) in [
        ("display", json!({})),
        ("display", json!([{"locale": "en"}])),
        ("display", json!([{"locale": "en", "name": "x".repeat(201)}])),
        ("claims", json!([{"path": []}])),
        ("claims", json!([{"path": ["a"], "svg_id": "1\"><script>"}])),
        ("claims", json!([{"path": ["a"], "display": [{"label": 1}]}])),
        ("claims", json!(vec![json!({"path": ["a"]}); 501])),
    ] {
        let mut document = document();
        document[member] = wrong.clone();
        assert_eq!(read(&document), Err(TypeMetadataError::Malformed), "{wrong}");
    }
    for wrong in
        ["", "[]", "{", r#"{"vct": "a", "vct": "b"}"#, &format!("{{\"vct\":\"{}\"}}", "x".repeat(50_000))]
    {
        assert!(TypeMetadata::read(wrong.as_bytes(), VCT, None).is_err());
    }
    let mut elsewhere = document();
    elsewhere["display"][0]["rendering"]["svg_templates"][0]["uri"] = json!("http://10.0.0.1/card.svg");
    assert_eq!(read(&elsewhere).unwrap().display[0].card, None, "no card but by https");
    for vct in ["urn:x", "http://a.example/t", "https://user@a.example/t", "student"] {
        assert_eq!(TypeMetadata::url(vct), None, "{vct}");
    }
}

fn drawn(template: &str, claims: Value) -> Result<String, CardError> {
    draw(template, &read(&document()).unwrap(), &claims)
}

fn svg(inner: &str) -> String {
    format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 5\">{inner}</svg>")
}

#[test]
fn claims_are_escaped_and_absent_ones_leave_nothing() {
    let template = svg("<text x='1'>{{name}} ({{age}}) {{zones}} &amp; co</text>");
    let claims =
        json!({"name": "<script>alert('1')</script> & \"김\"\u{202E}\u{0}", "zones": ["A", 2, {"b": 1}]});
    assert_eq!(
        drawn(&template, claims).unwrap(),
        svg(
            "<text x=\"1\">&lt;script&gt;alert(&apos;1&apos;)&lt;/script&gt; &amp; &quot;김&quot;\u{FFFD}\u{FFFD} () A, 2 &amp; co</text>"
        )
    );
    let again = json!({"name": "{{age}}", "age": 7});
    assert!(drawn(&template, again).unwrap().contains("{{age}} (7)"), "a value is not a template");
}

#[test]
fn what_could_run_load_or_hide_is_refused() {
    for inner in [
        "<script>alert(1)</script>",
        "<SCRIPT>alert(1)</SCRIPT>",
        "<svg:script>alert(1)</svg:script>",
        "<foreignObject><p>x</p></foreignObject>",
        "<image x=\"1\"/>",
        "<use x=\"1\"/>",
        "<a><text>x</text></a>",
        "<style>*{fill:url(https://x)}</style>",
        "<animate x=\"1\"/>",
        "<set x=\"1\"/>",
        "<svg><rect/></svg>",
        "<rect onload=\"alert(1)\"/>",
        "<rect ONCLICK=\"alert(1)\"/>",
        "<rect style=\"fill:red\"/>",
        "<rect href=\"x\"/>",
        "<rect xlink:href=\"x\"/>",
        "<rect class=\"x\"/>",
        "<rect fill=\"url(https://x.example/a)\"/>",
        "<rect fill=\"url(//x.example/a)\"/>",
        "<rect fill=\"URL( #a)\"/>",
        "<rect fill=\"url('#a')\"/>",
        "<rect fill=\"u\\72l(x)\"/>",
        "<rect fill=\"javascript:alert(1)\"/>",
        "<rect fill=\"&#117;rl(x)\"/>",
        "<rect fill=\"image-set(x)\"/>",
        "<rect fill=\"src(x)\"/>",
        "<rect fill=\"Src('//x.example/a')\"/>",
        "<path d=\"//x.example/a\"/>",
        "<title><text>x</text></title>",
        "<desc>x<desc>y</desc></desc>",
        "<g xmlns=\"http://www.w3.org/1999/xhtml\"><text>x</text></g>",
    ] {
        assert_eq!(drawn(&svg(inner), json!({})), Err(CardError::Forbidden), "{inner}");
    }
    for inner in ["<!-- x -->", "<?xml version=\"1.0\"?>", "<![CDATA[x]]>", "<!DOCTYPE svg>"] {
        assert_eq!(drawn(&svg(inner), json!({})), Err(CardError::Forbidden), "{inner}");
    }
}

/// A template of 32 KiB can name one claim of half a megabyte four thousand times.
#[test]
fn the_work_and_length_of_a_card_are_bounded() {
    let claims = json!({"name": "<".repeat(500_000)});
    let of = |placeholders: usize| svg(&format!("<text>{}</text>", "{{name}}".repeat(placeholders)));
    assert!(drawn(&of(128), claims.clone()).unwrap().len() < 128 * 200 * 4 + 200);
    assert_eq!(drawn(&of(129), claims), Err(CardError::TooLarge));
}

#[test]
fn what_is_not_plain_xml_is_refused() {
    for template in [
        "".to_owned(),
        "text".to_owned(),
        "<g></g>".replace('g', "svg") + "<svg></svg>",
        svg("<g>"),
        svg("</g>"),
        svg("<g></text>"),
        svg("<rect x=1/>"),
        svg("<rect x/>"),
        svg("<rect x=\"1\"y=\"2\"/>"),
        svg("<rect x=\"1\" x=\"2\"/>"),
        svg("<rect x=\"1"),
        svg("<rect <g>"),
        svg("<text>&nbsp;</text>"),
        svg("<text>&#60;</text>"),
        svg("<text>& x</text>"),
        svg("<text>]]></text>"),
        format!("{} x", svg("")),
        svg("").replace("</svg>", ""),
    ] {
        assert_eq!(drawn(&template, json!({})), Err(CardError::Malformed), "{template}");
    }
    assert_eq!(drawn(&svg(&"<g>".repeat(40)), json!({})), Err(CardError::TooLarge));
    assert_eq!(drawn(&svg(&" ".repeat(40_000)), json!({})), Err(CardError::TooLarge));
    for inner in ["<text>{{stranger}}</text>", "<text>{{name</text>", "<rect x=\"{{age}}\"/>"] {
        assert_eq!(drawn(&svg(inner), json!({})), Err(CardError::Placeholder), "{inner}");
    }
}

/// Words a card is made of, and words that must not pass.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "<svg xmlns=\"http://www.w3.org/2000/svg\">",
        "</svg>",
        "<g>",
        "</g>",
        "<text x='1'>",
        "</text>",
        "<rect ",
        "/>",
        "fill=\"url(#a)\"",
        "fill=\"url(x)\"",
        "onload=\"x\"",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "&amp;",
        "&",
        "{{name}}",
        "{{",
        "}}",
        "\"",
        "'",
        ">",
        "<",
        "/",
        "=",
        " ",
        "김",
        "\u{202E}",
        "\u{0}",
        "<style>",
        "href=\"x\"",
        "<![CDATA[",
        "]]>",
    ]);
    prop::collection::vec(word, 0..24).prop_map(|words| words.concat())
}

proptest! {
    /// Whatever is drawn is drawn again as it is: nothing passes that was not understood.
    #[test]
    fn what_is_drawn_is_a_card_again(inner in words(), name in ".*") {
        let metadata = read(&document()).unwrap();
        for template in [inner.clone(), svg(&inner)] {
            let Ok(drawn) = draw(&template, &metadata, &json!({"name": name})) else { continue };
            for evil in ["<script", "<style", "<!", "\u{202E}", "\u{0}"] {
                prop_assert!(!drawn.contains(evil), "{}", drawn);
            }
            let plain = drawn.replace("{{", "").replace("}}", "");
            if plain.len() <= MAX_CARD {
                prop_assert_eq!(draw(&plain, &metadata, &Value::Null), Ok(plain.clone()));
            }
        }
    }
}
