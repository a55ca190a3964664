//! The verifier put together from its configuration: who asks, what can be asked, who it is to wallets, whom it trusts.
//!
//! It is a `decentralized_identifier`: a did:jwk of a key that is made on the first start and sealed by the vault under
//! `verifier/key/…`, as its record secret is. Refused: a query that is not DCQL or asks what cannot be judged, token
//! hashes that are none.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jigap_keys::json::{self as strict, Limits};
use jigap_keys::{Entropy, KeyType};
use jigap_platform::http::TokenHash;
use jigap_platform::keyring::{Keyring, KeyringError};
use jigap_platform::secrets::Vault;
use jigap_wallet_core::did::jwk_did;
use jigap_wallet_core::judge::Policy;
use jigap_wallet_core::ports::{Clock, Fetch, Signer as _, Store};
use jigap_wallet_core::sealing::RecordKeys;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::TrustList;
use jigap_wallet_core::verdict::Refusal;
use jigap_wallet_core::vp::{ClientId, Identification};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::evidence::Library;
use crate::http::Hosted;
use crate::verifier::{Identity, Template, Verifier, check_query};

/// `[verifier]` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifierConfig {
    /// Who may ask: name, and the SHA-256 of their token in base64url ([`TokenHash`]).
    #[serde(default)]
    pub askers: BTreeMap<String, String>,
    /// What can be asked, by name.
    #[serde(default)]
    pub templates: BTreeMap<String, TemplateConfig>,
    /// Whom it trusts.
    pub trust: TrustConfig,
}

/// `[verifier.templates.{name}]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateConfig {
    /// A DCQL query: a table, or its JSON as a string (TOML has no `null`, which a claim path may need).
    pub query: Value,
    /// How old a status may be, in seconds; 0: fetched for each answer. Unless it is said the issuer's `ttl` decides.
    pub max_status_age: Option<u32>,
}

/// `[verifier.trust]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustConfig {
    /// A trust bundle: the signed list, its id and its signer's key. Relative to the folder of the configuration.
    pub bundle: PathBuf,
}

/// What a verifier works with.
#[derive(Clone)]
pub struct World {
    /// Where sessions lie.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Fetches issuers' keys and status lists.
    pub fetch: Arc<dyn Fetch>,
}

/// Why a verifier cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// The query is not JSON, or no DCQL that is judged here: the operator's fault.
    #[error("verifier.templates.{0}: {1}")]
    Query(String, Refusal),
    /// The operator's fault.
    #[error("verifier.templates.{0}: the query is not JSON")]
    NotJson(String),
    /// The operator's fault.
    #[error("verifier.askers.{0}: an asker is a name and the SHA-256 of a token in base64url")]
    Asker(String),
    /// The key makes no client identifier: our bug.
    #[error(transparent)]
    Identity(Refusal),
    /// A key cannot be had.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

/// Puts the verifier together; `base` is what clients call the server.
///
/// # Errors
/// [`AssemblyError`].
pub async fn open(
    config: &VerifierConfig,
    base: &Url,
    vault: &Vault,
    world: World,
    trust: TrustList,
) -> Result<Arc<Hosted>, AssemblyError> {
    let World { store, clock, entropy, fetch } = world;
    let keyring = Keyring { store: &*store, vault, entropy: &*entropy };
    let signer = keyring.signer("verifier/key/request", KeyType::P256).await?;
    let record_keys = RecordKeys::from_secret(&*keyring.secret("verifier/key/record").await?);
    let did = jwk_did(signer.public_key());
    let identity = Identity {
        client_id: ClientId::parse(&format!("decentralized_identifier:{did}"))
            .map_err(AssemblyError::Identity)?,
        signer: Arc::new(signer),
        identification: Identification::Kid(format!("{did}#0")),
    };
    let templates = config.templates.iter().map(|(name, config)| template(name, config));
    let verifier = Verifier {
        public_url: base.clone(),
        identity,
        templates: templates.collect::<Result<_, _>>()?,
        trust,
        library: Library::new(fetch, Arc::clone(&clock)),
        store,
        clock,
        entropy,
        record_keys,
    };
    let askers = config.askers.iter().map(|(name, text)| {
        let hash = TokenHash::parse(text).ok_or_else(|| AssemblyError::Asker(name.clone()))?;
        Ok((name.clone(), hash))
    });
    let askers = askers.collect::<Result<_, AssemblyError>>()?;
    Ok(Arc::new(Hosted { verifier, askers }))
}

fn template(name: &str, config: &TemplateConfig) -> Result<(String, Template), AssemblyError> {
    let query = match &config.query {
        Value::String(text) => strict::parse(text.as_bytes(), Limits::MESSAGE)
            .map_err(|_| AssemblyError::NotJson(name.to_owned()))?,
        table => table.clone(),
    };
    check_query(&query).map_err(|refusal| AssemblyError::Query(name.to_owned(), refusal))?;
    let policy = Policy { max_status_age: config.max_status_age.map(Seconds), ..Policy::default() };
    Ok((name.to_owned(), Template { query, policy }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(query: Value) -> String {
        template("x", &TemplateConfig { query, max_status_age: Some(0) }).err().unwrap().to_string()
    }

    #[test]
    fn a_query_is_a_table_or_its_json_and_judged_before_it_is_asked() {
        let query = json!({"credentials": [{
            "id": "s", "format": "dc+sd-jwt", "meta": {"vct_values": ["https://id.example/types/student-id/1"]},
            "claims": [{"path": ["enrolled", null]}],
        }]});
        for form in [query.clone(), Value::String(query.to_string())] {
            let config = TemplateConfig { query: form, max_status_age: Some(0) };
            let (_, template) = template("x", &config).unwrap();
            assert_eq!((template.query, template.policy.max_status_age), (query.clone(), Some(Seconds(0))));
        }
        assert!(refused(json!({"credentials": []})).contains("verifier.templates.x"));
        assert!(refused(json!("{")).contains("not JSON"));
    }
}
