//! OAuth 2.0 Authorization Server Metadata (RFC 8414; OpenID4VCI 1.0 §12.3), as far as the pre-authorized code flow
//! needs it. Refuses metadata of another server than was asked, and endpoints without https.

use serde_json::{Value, json};
use url::Url;

use super::read::{self, Members};
use super::write::{list, object, some};
use super::{IssuerIdentifier, MessageError, PRE_AUTHORIZED_CODE};

/// The metadata of an authorization server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationServerMetadata {
    /// The identifier, letter for letter.
    pub issuer: IssuerIdentifier,
    /// Where a code becomes an access token.
    pub token_endpoint: Url,
    /// Whether a token request with a pre-authorized code may come without `client_id`; absent: it may not.
    pub pre_authorized_grant_anonymous_access_supported: bool,
    /// The grants it processes; empty where the member is absent: then `authorization_code` and `implicit`.
    pub grant_types_supported: Vec<String>,
    /// The algorithms of DPoP proofs that it takes (RFC 9449 §5.1); empty: it binds no token to a key.
    pub dpop_signing_alg_values_supported: Vec<String>,
}

impl AuthorizationServerMetadata {
    /// Reads the document fetched from [`IssuerIdentifier::server_metadata_url`] of `expected`; refuses one that says it
    /// is another's (RFC 8414 §3.3).
    pub fn parse(json: &[u8], expected: &IssuerIdentifier) -> Result<Self, MessageError> {
        let message = read::object(json)?;
        let members = Members::new(&message);
        let issuer = members.issuer("issuer")?;
        if issuer != *expected {
            return Err(MessageError::invalid("issuer", "is not the server that was asked"));
        }
        let anonymous = members.optional_boolean("pre-authorized_grant_anonymous_access_supported")?;
        Ok(Self {
            issuer,
            token_endpoint: members.endpoint("token_endpoint")?,
            pre_authorized_grant_anonymous_access_supported: anonymous.unwrap_or(false),
            grant_types_supported: members.optional_texts("grant_types_supported")?,
            dpop_signing_alg_values_supported: members.optional_texts("dpop_signing_alg_values_supported")?,
        })
    }

    /// Whether it processes pre-authorized codes.
    pub fn supports_pre_authorized_code(&self) -> bool {
        self.grant_types_supported.iter().any(|grant| grant == PRE_AUTHORIZED_CODE)
    }

    /// The document to publish as `application/json`. `response_types_supported` is left out, as a server that only knows
    /// pre-authorized codes may (OpenID4VCI 1.0 §12.2.4).
    pub fn to_json(&self) -> Value {
        let anonymous = self.pre_authorized_grant_anonymous_access_supported;
        object([
            ("issuer", some(&self.issuer)),
            ("token_endpoint", some(self.token_endpoint.as_str())),
            ("grant_types_supported", list(&self.grant_types_supported)),
            ("dpop_signing_alg_values_supported", list(&self.dpop_signing_alg_values_supported)),
            ("token_endpoint_auth_methods_supported", anonymous.then(|| json!(["none"]))),
            ("pre-authorized_grant_anonymous_access_supported", anonymous.then_some(Value::Bool(true))),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer() -> IssuerIdentifier {
        IssuerIdentifier::parse("https://issuer.example.com/univ", "issuer").unwrap()
    }

    fn json() -> Value {
        json!({
            "issuer": "https://issuer.example.com/univ",
            "token_endpoint": "https://issuer.example.com/univ/token",
            "grant_types_supported": [PRE_AUTHORIZED_CODE],
            "dpop_signing_alg_values_supported": ["ES256", "EdDSA"],
            "token_endpoint_auth_methods_supported": ["none"],
            "pre-authorized_grant_anonymous_access_supported": true,
        })
    }

    fn parse(json: &Value) -> Result<AuthorizationServerMetadata, MessageError> {
        AuthorizationServerMetadata::parse(json.to_string().as_bytes(), &issuer())
    }

    #[test]
    fn metadata_goes_there_and_back() {
        let metadata = parse(&json()).unwrap();
        assert!(metadata.supports_pre_authorized_code());
        assert_eq!(metadata.to_json(), json());
    }

    #[test]
    fn anonymous_access_must_be_said() {
        let mut json = json();
        json.as_object_mut().unwrap().remove("pre-authorized_grant_anonymous_access_supported");
        assert!(!parse(&json).unwrap().pre_authorized_grant_anonymous_access_supported);
    }

    #[test]
    fn metadata_that_breaks_a_rule_is_refused() {
        for (member, value) in [
            ("issuer", json!("https://issuer.example.com")),
            ("issuer", json!("https://issuer.example.com/univ/")),
            ("issuer", json!("https://evil.example")),
            ("token_endpoint", Value::Null),
            ("token_endpoint", json!("http://issuer.example.com/token")),
            ("token_endpoint", json!("/token")),
            ("grant_types_supported", json!("code")),
            ("pre-authorized_grant_anonymous_access_supported", json!("true")),
        ] {
            let mut json = json();
            json[member] = value.clone();
            let broken =
                matches!(parse(&json), Err(MessageError::Invalid { member: found, .. }) if found == member);
            assert!(broken, "{member} {value}");
        }
        for member in ["issuer", "token_endpoint"] {
            let mut json = json();
            json.as_object_mut().unwrap().remove(member);
            assert_eq!(parse(&json), Err(MessageError::Missing(member)));
        }
    }
}
