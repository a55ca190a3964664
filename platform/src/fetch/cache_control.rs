//! How long an answer stays fresh, by its Cache-Control (RFC 9111 §5.2.2, §4.2.1), and how old it came (§5.1).

use ::http::HeaderMap;
use ::http::header::{AGE, CACHE_CONTROL};

/// `max-age` in seconds: 0 where the answer says `no-store` or `no-cache` or its `max-age` is malformed (RFC 9111 §4.2.1
/// encourages to treat it as stale), the smallest where there are several, `None` where it says nothing.
pub(super) fn max_age(headers: &HeaderMap) -> Option<u32> {
    headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(directive_age)
        .min()
}

/// `Age` in seconds, the largest where there are several. One that is malformed is ignored (RFC 9111 §5.1).
pub(super) fn age(headers: &HeaderMap) -> u32 {
    let digits = |value: &str| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let values = headers.get_all(AGE).iter().filter_map(|value| value.to_str().ok()).map(str::trim);
    values.filter(|value| digits(value)).map(delta_seconds).max().unwrap_or(0)
}

fn directive_age(directive: &str) -> Option<u32> {
    let (name, argument) = match directive.split_once('=') {
        Some((name, argument)) => (name.trim(), argument.trim()),
        None => (directive.trim(), ""),
    };
    if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
        Some(0)
    } else if name.eq_ignore_ascii_case("max-age") {
        Some(delta_seconds(argument.trim_matches('"')))
    } else {
        None
    }
}

/// RFC 9111 §1.2.2: digits only; what does not fit is as good as for ever.
fn delta_seconds(digits: &str) -> u32 {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    digits.parse().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(values: &[&'static str]) -> Option<u32> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CACHE_CONTROL, value.parse().unwrap());
        }
        max_age(&headers)
    }

    #[test]
    fn age_is_how_long_a_cache_had_it() {
        let came = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AGE, value.parse().unwrap());
            }
            age(&headers)
        };
        assert_eq!(
            [came(&[]), came(&["7"]), came(&["7", "90"]), came(&["99999999999"])],
            [0, 7, 90, u32::MAX]
        );
        for malformed in ["", "-1", "1.5", "a"] {
            assert_eq!(came(&[malformed]), 0, "{malformed}");
        }
    }

    #[test]
    fn max_age_is_read_as_rfc_9111_says() {
        assert_eq!(allowed(&[]), None);
        assert_eq!(allowed(&["public"]), None);
        assert_eq!(allowed(&["s-maxage=9"]), None);
        assert_eq!(allowed(&["public, max-age=300, must-revalidate"]), Some(300));
        assert_eq!(allowed(&["Max-Age=\"60\""]), Some(60));
        assert_eq!(allowed(&["max-age=99999999999999999999"]), Some(u32::MAX));
    }

    #[test]
    fn what_is_contradictory_or_malformed_is_stale_or_the_shortest() {
        assert_eq!(allowed(&["max-age=300", "max-age=5"]), Some(5));
        assert_eq!(allowed(&["no-store, max-age=300"]), Some(0));
        assert_eq!(allowed(&["no-cache"]), Some(0));
        for malformed in ["max-age", "max-age=", "max-age=-1", "max-age=1.5", "max-age=+1", "max-age=abc"] {
            assert_eq!(allowed(&[malformed]), Some(0), "{malformed}");
        }
    }
}
