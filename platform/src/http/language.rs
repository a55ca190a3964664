//! Which language a client reads: Accept-Language (RFC 9110 §12.5.4), between the two that Jigap speaks.

use ::http::HeaderMap;
use ::http::header::ACCEPT_LANGUAGE;
use jigap_wallet_core::text::Lang;

/// Most ranges that are looked at.
const MAX_RANGES: usize = 16;

/// The language of the heaviest range that names Korean or English, the first of equals; English if there is none.
pub fn preferred_language(headers: &HeaderMap) -> Lang {
    let value = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut best = (0, Lang::En);
    for (lang, weight) in value.split(',').take(MAX_RANGES).filter_map(range) {
        if weight > best.0 {
            best = (weight, lang);
        }
    }
    best.1
}

/// A language range and its weight in thousandths.
fn range(text: &str) -> Option<(Lang, u32)> {
    let (tag, parameters) = text.split_once(';').unwrap_or((text, ""));
    let primary = tag.trim().split('-').next().unwrap_or_default();
    let lang = [Lang::Ko, Lang::En].into_iter().find(|lang| primary.eq_ignore_ascii_case(lang.tag()))?;
    let weight = match parameters.trim().strip_prefix("q=") {
        Some(weight) => thousandths(weight)?,
        None => 1000,
    };
    Some((lang, weight))
}

/// `0`, `0.5`, `1.000`: RFC 9110 §12.4.2.
fn thousandths(weight: &str) -> Option<u32> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match whole {
        "0" => format!("{fraction:0<3}").parse().ok(),
        "1" => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_language_that_jigap_speaks_is_taken() {
        for (value, lang) in [
            ("", Lang::En),
            ("ko", Lang::Ko),
            ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", Lang::Ko),
            ("en-US,en;q=0.9,ko;q=0.8", Lang::En),
            ("en;q=0.3, KO;q=0.31", Lang::Ko),
            ("fr, de;q=0.9, ko;q=0.1", Lang::Ko),
            ("fr", Lang::En),
            ("ko;q=0", Lang::En),
            ("ko;q=nonsense, en;q=0.1", Lang::En),
            ("ko;q=0.1234", Lang::En),
            ("kok", Lang::En),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, value.parse().unwrap());
            assert_eq!(preferred_language(&headers), lang, "{value}");
        }
    }
}
