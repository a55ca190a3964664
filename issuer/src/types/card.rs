//! The card of a type: an SVG template ("SVG Rendering" of draft-ietf-oauth-sd-jwt-vc), safe to fill in and to draw.
//!
//! Refused: placeholders outside text or unknown to the metadata, and whatever runs or loads (scripts, event handlers,
//! references).

use std::collections::BTreeSet;

use super::metadata::{Metadata, is_svg_id};

/// What could run, load or hide in a drawing. A reference inside the file is spelled `url(#…)` and needs none of them.
const DANGEROUS: [&str; 9] =
    ["<script", "<foreignobject", "<!doctype", "<!--", "<![cdata[", "<?", "href", "javascript:", "data:"];

pub(super) fn check(card: &str, metadata: &Metadata) -> Result<(), &'static str> {
    let lower = card.to_ascii_lowercase();
    if !lower.starts_with("<svg ") || !lower.trim_end().ends_with("</svg>") {
        return Err("is no SVG document");
    }
    if DANGEROUS.iter().any(|word| lower.contains(word)) || has_event_handler(&lower) || loads(&lower) {
        return Err("could run or load something");
    }
    let used = placeholders(card)?;
    let known: BTreeSet<&str> = metadata.claims.iter().filter_map(|rule| rule.svg_id.as_deref()).collect();
    if used == known { Ok(()) } else { Err("does not show exactly the claims that have an svg_id") }
}

/// The ids between `{{` and `}}` in the text of the template; an error for one that stands in a tag.
fn placeholders(card: &str) -> Result<BTreeSet<&str>, &'static str> {
    let mut used = BTreeSet::new();
    for piece in card.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').ok_or("has an open tag")?;
        if tag.contains("{{") {
            return Err("has a placeholder outside text");
        }
        for rest in text.split("{{").skip(1) {
            let (id, _) =
                rest.split_once("}}").filter(|(id, _)| is_svg_id(id)).ok_or("has a malformed placeholder")?;
            used.insert(id);
        }
    }
    Ok(used)
}

/// Attributes whose name begins with `on`, such as `onload`.
fn has_event_handler(lower: &str) -> bool {
    let names = lower.split('=').filter_map(|before| before.rsplit([' ', '\n', '\t', '\'', '"', '/']).next());
    names.into_iter().any(|name| name.starts_with("on"))
}

fn loads(lower: &str) -> bool {
    lower.contains("@import") || lower.split("url(").skip(1).any(|target| !target.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_in_text_only() {
        assert_eq!(
            placeholders("<svg a='1'><text>{{a}} and {{b_2}}</text></svg>"),
            Ok(BTreeSet::from(["a", "b_2"]))
        );
        assert!(placeholders("<svg><text x='{{a}}'/></svg>").is_err());
        assert!(placeholders("<svg><text>{{1a}}</text></svg>").is_err());
        assert!(placeholders("<svg><text>{{a</text></svg>").is_err());
    }

    #[test]
    fn event_handlers_and_outside_references_are_seen() {
        for bad in [
            "<svg onload=\"x\">",
            "<rect a='b'onclick='x'>",
            "<a\nonclick = 'x'>".replace(" =", "=").as_str(),
        ] {
            assert!(has_event_handler(bad), "{bad}");
        }
        assert!(!has_event_handler("<rect opacity='1' font-size='2'>"));
        assert!(loads("<rect fill='url(https://x)'>"));
        assert!(!loads("<rect fill='url(#ground)'>"));
    }
}
