//! The Authorization header (RFC 9110 §11.6.2, RFC 6750 §2.1) and tokens that are stored as their hashes.

use std::fmt;

use ::http::HeaderMap;
use ::http::header::AUTHORIZATION;
use jigap_keys::{base64url, constant_time_eq, hash};

/// Longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 8192;

/// More than one Authorization header, or one that is not `scheme token68`: the client's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the Authorization header is malformed")]
pub struct MalformedAuthorization;

/// The token that `headers` carry for `scheme` (`Bearer`, `DPoP`); `None` where there is no Authorization or one of
/// another scheme.
pub fn credentials<'h>(
    headers: &'h HeaderMap,
    scheme: &str,
) -> Result<Option<&'h str>, MalformedAuthorization> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(MalformedAuthorization);
    }
    let value = value.to_str().map_err(|_| MalformedAuthorization)?;
    let (stated, token) = value.split_once(' ').ok_or(MalformedAuthorization)?;
    if !stated.eq_ignore_ascii_case(scheme) {
        return Ok(None);
    }
    let token = token.trim_matches(' ');
    if is_token68(token) { Ok(Some(token)) } else { Err(MalformedAuthorization) }
}

/// RFC 9110 §11.2: letters, digits and `-._~+/`, then any number of `=`.
fn is_token68(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    !body.is_empty()
        && token.len() <= MAX_TOKEN
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

/// What is stored of a token: its SHA-256. A token is random (at least 128 bits), so it needs no salt.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of `token`.
    pub fn of(token: &str) -> Self {
        Self(hash::sha256(token.as_bytes()))
    }

    /// Reads what [`Self::to_text`] wrote; `None` where it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        base64url::decode(text).ok()?.try_into().ok().map(Self)
    }

    /// base64url, 43 characters: for configuration and the store.
    pub fn to_text(self) -> String {
        base64url::encode(self.0)
    }

    /// Whether this is the hash of `token`, in constant time.
    pub fn matches(&self, token: &str) -> bool {
        constant_time_eq(&self.0, &hash::sha256(token.as_bytes()))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(values: &[&'static str]) -> Result<Option<String>, MalformedAuthorization> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        credentials(&headers, "Bearer").map(|token| token.map(str::to_owned))
    }

    #[test]
    fn a_bearer_token_is_found() {
        assert_eq!(bearer(&["Bearer abc.DEF-_~+/9=="]), Ok(Some("abc.DEF-_~+/9==".to_owned())));
        assert_eq!(bearer(&["bearer  abc"]), Ok(Some("abc".to_owned())));
        assert_eq!(bearer(&[]), Ok(None));
        assert_eq!(bearer(&["DPoP abc"]), Ok(None));
    }

    #[test]
    fn what_is_malformed_or_ambiguous_is_refused() {
        for values in [
            &["Bearer a", "Bearer b"][..],
            &["Bearer"],
            &["Bearer "],
            &["Bearer a b"],
            &["Bearer a,b"],
            &["Bearer ="],
            &["Bearer a=b"],
            &["Bearer \"a\""],
        ] {
            assert_eq!(bearer(values), Err(MalformedAuthorization), "{values:?}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, format!("Bearer {}", "a".repeat(MAX_TOKEN + 1)).parse().unwrap());
        assert_eq!(credentials(&headers, "Bearer"), Err(MalformedAuthorization));
    }

    #[test]
    fn a_token_is_known_by_its_hash_alone() {
        let hash = TokenHash::of("token");
        assert!(hash.matches("token") && !hash.matches("Token") && !hash.matches(""));
        assert_eq!(TokenHash::parse(&hash.to_text()), Some(hash));
        for text in ["", "short", &format!("{}=", hash.to_text())] {
            assert_eq!(TokenHash::parse(text), None, "{text}");
        }
        assert_eq!(format!("{hash:?}"), "TokenHash(…)");
    }
}
