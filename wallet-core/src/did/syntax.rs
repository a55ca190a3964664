//! DIDs and DID URLs (DID 1.0 §3.1, §3.2), read strictly to the ABNF. Refused: other schemes, upper-case method names,
//! empty method-specific identifiers, characters and percent signs that the grammar does not have, and anything over
//! [`MAX_LENGTH`].

use std::fmt;

use super::ResolutionError;

/// Most characters of a DID URL; a did:jwk of a P-384 key with members to spare has some 600.
pub const MAX_LENGTH: usize = 4096;

/// A DID: `did:` method `:` method-specific identifier (DID 1.0 §3.1). Two DIDs are the same when their texts are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Did {
    text: String,
    /// Where the method-specific identifier begins.
    identifier: usize,
}

impl Did {
    /// Reads a DID.
    ///
    /// # Errors
    /// [`ResolutionError::InvalidDid`] if `text` is not one.
    pub fn parse(text: &str) -> Result<Self, ResolutionError> {
        let identifier = identifier_start(text).ok_or(ResolutionError::InvalidDid)?;
        Ok(Self { text: text.to_owned(), identifier })
    }

    /// The method name, as in `web`.
    pub fn method(&self) -> &str {
        self.text.get("did:".len()..self.identifier.saturating_sub(1)).unwrap_or_default()
    }

    /// The method-specific identifier: what follows `did:` method `:`.
    pub fn identifier(&self) -> &str {
        self.text.get(self.identifier..).unwrap_or_default()
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// An absolute DID URL (DID 1.0 §3.2). Two are the same when their texts are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DidUrl {
    text: String,
    did: Did,
    /// Where the fragment begins, after `#`.
    fragment: Option<usize>,
}

impl DidUrl {
    /// Reads an absolute DID URL; a DID is one.
    ///
    /// # Errors
    /// [`ResolutionError::InvalidDidUrl`] if `text` is not one.
    pub fn parse(text: &str) -> Result<Self, ResolutionError> {
        read_url(text).ok_or(ResolutionError::InvalidDidUrl)
    }

    /// The DID before path, query and fragment.
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// The fragment, without `#`.
    pub fn fragment(&self) -> Option<&str> {
        self.text.get(self.fragment?..)
    }

    /// Whether nothing stands between the DID and the fragment: the form of every verification method read here.
    pub fn is_plain(&self) -> bool {
        self.fragment.map_or(self.text.len(), |start| start.saturating_sub(1)) == self.did.text.len()
    }

    /// Refuses a URL that names no verification method: it lacks a fragment, or has more than that.
    pub(crate) fn require_method(&self) -> Result<(), ResolutionError> {
        if self.is_plain() && self.fragment.is_some() { Ok(()) } else { Err(ResolutionError::InvalidDidUrl) }
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for DidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn read_url(text: &str) -> Option<DidUrl> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let end = text.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(text.len());
    let did = Did::parse(text.get(..end)?).ok()?;
    let (before, fragment) = match text.split_once('#') {
        Some((before, fragment)) => (before, Some(fragment)),
        None => (text, None),
    };
    let rest = before.get(did.text.len()..)?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let well_formed = is_made_of(path, |byte| is_pchar(byte) || byte == b'/')
        && is_made_of(query, is_query_char)
        && is_made_of(fragment.unwrap_or_default(), is_query_char);
    let fragment = fragment.map(|fragment| text.len() - fragment.len());
    well_formed.then(|| DidUrl { text: text.to_owned(), did, fragment })
}

/// Where the method-specific identifier of a well-formed DID begins.
fn identifier_start(text: &str) -> Option<usize> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let (method, identifier) = text.strip_prefix("did:")?.split_once(':')?;
    let method_fits =
        !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let identifier_fits = !identifier.is_empty()
        && !identifier.ends_with(':')
        && is_made_of(identifier, |byte| is_idchar(byte) || byte == b':');
    (method_fits && identifier_fits).then(|| text.len() - identifier.len())
}

/// Whether `text` has only `allowed` characters and well-formed percent-encodings.
fn is_made_of(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    // Hardly any has an encoding.
    if text.bytes().all(&allowed) {
        return true;
    }
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let fits = match byte {
            b'%' => {
                [bytes.next(), bytes.next()].iter().flatten().filter(|hex| hex.is_ascii_hexdigit()).count()
                    == 2
            }
            _ => allowed(byte),
        };
        if !fits {
            return false;
        }
    }
    true
}

fn is_idchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}

/// `pchar` of RFC 3986 §3.3 without percent-encodings.
fn is_pchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte)
}

/// `query` and `fragment` of RFC 3986 §3.4 and §3.5 without percent-encodings.
fn is_query_char(byte: u8) -> bool {
    is_pchar(byte) || matches!(byte, b'/' | b'?')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_did_falls_into_method_and_identifier() {
        let did = Did::parse("did:web:example.com%3A3000:user:alice").unwrap();
        assert_eq!((did.method(), did.identifier()), ("web", "example.com%3A3000:user:alice"));
        assert!(Did::parse("did:example::x").is_ok(), "the grammar allows empty parts before the last");
    }

    #[test]
    fn what_the_grammar_does_not_have_is_no_did() {
        let long = format!("did:example:{}", "a".repeat(MAX_LENGTH));
        for text in [
            "",
            "did",
            "did:",
            "did:web",
            "did:web:",
            "did::x",
            "did:WEB:x",
            "DID:web:x",
            "did:we-b:x",
            "did:web:x:",
            "did:web:a b",
            "did:web:a/b",
            "did:web:a#b",
            "did:web:a?b",
            "did:web:%",
            "did:web:%4",
            "did:web:%4g",
            "did:web:한국",
            " did:web:x",
            "did:web:x\n",
            "https://x",
            long.as_str(),
        ] {
            assert_eq!(Did::parse(text), Err(ResolutionError::InvalidDid), "{text:?}");
        }
    }

    #[test]
    fn a_did_url_falls_into_did_and_fragment() {
        let url = DidUrl::parse("did:example:123/a/b?versionId=1#key-1").unwrap();
        assert_eq!(
            (url.did().as_str(), url.fragment(), url.is_plain()),
            ("did:example:123", Some("key-1"), false)
        );
        let url = DidUrl::parse("did:example:123#key?/1").unwrap();
        assert_eq!(
            (url.did().as_str(), url.fragment(), url.is_plain()),
            ("did:example:123", Some("key?/1"), true)
        );
        let url = DidUrl::parse("did:example:123").unwrap();
        assert_eq!((url.fragment(), url.is_plain()), (None, true));
        assert!(!DidUrl::parse("did:example:123/").unwrap().is_plain());
    }

    #[test]
    fn what_the_grammar_does_not_have_is_no_did_url() {
        for text in [
            "#key-1",
            "did:example:",
            "did:example:1#a#b",
            "did:example:1#a b",
            "did:example:1/[",
            "did:example:1?한",
            "did:example:1#%4",
            "/did:example:1",
            "did:example:1\\x",
        ] {
            assert_eq!(DidUrl::parse(text), Err(ResolutionError::InvalidDidUrl), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_whole_or_refused(text in "\\PC{0,60}") {
            for text in [text.clone(), format!("did:x:{text}")] {
                if let Ok(url) = DidUrl::parse(&text) {
                    prop_assert_eq!(url.as_str(), text.as_str());
                    prop_assert!(text.starts_with(url.did().as_str()));
                }
            }
        }
    }
}
