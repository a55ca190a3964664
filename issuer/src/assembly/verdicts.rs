//! Which verifiers' verdicts a tenant takes, from its configuration. Refused: a verifier without a key that signs verdicts, one that
//! stands twice, a template of nothing that is issued here, and claims that the type has not.

use std::collections::BTreeMap;

use jigap_keys::PublicKey;
use jigap_wallet_core::did::{Purpose, verification_key};
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::time::Seconds;
use serde_json::json;

use super::DAY;
use super::config::{FromTemplateConfig, FromVerdictsConfig, PinnedVerifierConfig};
use crate::configuration::Configuration;
use crate::verdicts::{TakenTemplate, VerdictRules};

/// What OpenID4VP's Client Identifier Prefix of a DID is.
const DID_PREFIX: &str = "decentralized_identifier:";

pub(super) fn rules(
    config: &FromVerdictsConfig,
    issued: &BTreeMap<String, Configuration>,
) -> Result<VerdictRules, &'static str> {
    let mut verifiers = BTreeMap::new();
    for verifier in &config.verifiers {
        if verifiers.insert(verifier.id.clone(), key(verifier)?).is_some() {
            return Err("from_verdicts.verifiers: a verifier stands there twice");
        }
    }
    let templates =
        config.templates.iter().map(|(name, config)| Ok((name.clone(), template(config, issued)?)));
    Ok(VerdictRules {
        verifiers,
        templates: templates.collect::<Result<_, &'static str>>()?,
        grants: usize::from(config.grants.get()),
        refresh: Seconds(u32::from(config.refresh_days) * DAY),
    })
}

fn key(PinnedVerifierConfig { id, key }: &PinnedVerifierConfig) -> Result<PublicKey, &'static str> {
    if let Some(jwk) = key {
        return PublicKey::from_jwk(&json!(jwk))
            .map_err(|_| "from_verdicts.verifiers: a key is no public JWK");
    }
    let did = id.strip_prefix(DID_PREFIX).filter(|did| did.starts_with("did:jwk:"));
    let named =
        did.map(|did| verification_key(&format!("{did}#0"), Purpose::AssertionMethod, &Documents::new()));
    named
        .and_then(Result::ok)
        .ok_or("from_verdicts.verifiers: the key of a verifier is to be said, unless its id is a did:jwk")
}

fn template(
    config: &FromTemplateConfig,
    issued: &BTreeMap<String, Configuration>,
) -> Result<TakenTemplate, &'static str> {
    let FromTemplateConfig { configuration, claims, reference } = config;
    let chosen = issued.get(configuration);
    let chosen = chosen.ok_or("from_verdicts.templates: its configuration is none of the tenant's")?;
    let properties = chosen.credential_type.schema().get("properties");
    if !claims.iter().all(|name| properties.is_some_and(|properties| properties.get(name).is_some())) {
        return Err("from_verdicts.templates: its claims are not all claims of the type");
    }
    Ok(TakenTemplate {
        configuration: configuration.clone(),
        claims: claims.clone(),
        reference: reference.clone(),
    })
}
