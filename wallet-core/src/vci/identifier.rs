//! The Credential Issuer Identifier (OpenID4VCI 1.0 §12.2.1) and the authorization server's issuer identifier
//! (RFC 8414 §2): where their metadata lies, and that they are compared letter for letter.

use std::fmt;

use serde::{Serialize, Serializer};
use url::Url;

use super::MessageError;
use super::read::endpoint;

/// A case-sensitive https URL without query and fragment, kept as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IssuerIdentifier {
    text: String,
    url: Url,
}

impl IssuerIdentifier {
    /// Reads an identifier that stands under `member`. Plain http is read for loopback hosts only (development).
    pub fn parse(text: &str, member: &'static str) -> Result<Self, MessageError> {
        let url = endpoint(text, member)?;
        if url.query().is_some() {
            return Err(MessageError::invalid(member, "has a query"));
        }
        // A URL parser forgives what a letter-by-letter comparison does not: backslashes, blanks, `https:host`.
        let origin_is_plain = text.strip_prefix(url.scheme()).is_some_and(|rest| rest.starts_with("://"));
        if !origin_is_plain || text.contains(|c: char| !c.is_ascii_graphic() || c == '\\') {
            return Err(MessageError::invalid(member, "is not a plain URL"));
        }
        Ok(Self { text: text.to_owned(), url })
    }

    /// The identifier as written: what `aud`, `credential_issuer` and `issuer` repeat.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where the credential issuer's metadata lies: `/.well-known/openid-credential-issuer` inserted between host and path
    /// (OpenID4VCI 1.0 §12.2.2).
    pub fn issuer_metadata_url(&self) -> Url {
        self.well_known("openid-credential-issuer")
    }

    /// Where the authorization server's metadata lies: `/.well-known/oauth-authorization-server` inserted between host
    /// and path (RFC 8414 §3.1).
    pub fn server_metadata_url(&self) -> Url {
        self.well_known("oauth-authorization-server")
    }

    /// A terminating `/` is dropped, as RFC 8414 §3.1 demands and OpenID4VCI leaves open.
    fn well_known(&self, suffix: &str) -> Url {
        let mut url = self.url.clone();
        let path = self.url.path();
        url.set_path(&format!("/.well-known/{suffix}{}", path.strip_suffix('/').unwrap_or(path)));
        url
    }
}

impl fmt::Display for IssuerIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for IssuerIdentifier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<IssuerIdentifier, MessageError> {
        IssuerIdentifier::parse(text, "credential_issuer")
    }

    /// The examples of §12.2.2.
    #[test]
    fn well_known_is_inserted_before_the_path() {
        for (issuer, metadata) in [
            (
                "https://issuer.example.com/tenant",
                "https://issuer.example.com/.well-known/openid-credential-issuer/tenant",
            ),
            (
                "https://tenant.issuer.example.com",
                "https://tenant.issuer.example.com/.well-known/openid-credential-issuer",
            ),
            ("https://a.example:8443/", "https://a.example:8443/.well-known/openid-credential-issuer"),
            ("https://a.example/b/c/", "https://a.example/.well-known/openid-credential-issuer/b/c"),
            ("http://127.0.0.1:8080/t/u", "http://127.0.0.1:8080/.well-known/openid-credential-issuer/t/u"),
        ] {
            let issuer = parse(issuer).unwrap();
            assert_eq!(issuer.issuer_metadata_url().as_str(), metadata);
            let server = metadata.replace("openid-credential-issuer", "oauth-authorization-server");
            assert_eq!(issuer.server_metadata_url().as_str(), server);
        }
    }

    #[test]
    fn an_identifier_that_is_no_plain_https_url_is_refused() {
        for text in [
            "",
            "issuer.example.com",
            "http://issuer.example.com",
            "http://10.0.0.1",
            "http://localhost.example.com",
            "ftp://issuer.example.com",
            "https://issuer.example.com?x=1",
            "https://issuer.example.com?",
            "https://issuer.example.com#x",
            "https://user@issuer.example.com",
            "https://:secret@issuer.example.com",
            " https://issuer.example.com",
            "https:issuer.example.com",
            "https:\\\\issuer.example.com",
            "https://issuer.example.com/a b",
            "https://대학.example",
            "javascript:alert(1)",
            "openid-credential-offer://issuer",
        ] {
            assert!(matches!(parse(text), Err(MessageError::Invalid { .. })), "{text}");
        }
    }

    #[test]
    fn identifiers_are_compared_as_written() {
        assert_ne!(
            parse("https://issuer.example.com").unwrap(),
            parse("https://issuer.example.com/").unwrap()
        );
        assert_ne!(
            parse("https://issuer.example.com").unwrap(),
            parse("https://ISSUER.example.com").unwrap()
        );
    }
}
