//! `[issuer.vc_api.{instance}]`: which instances of W3C-CCG's VC API there are, none unless the operator wants them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jigap_keys::bbs::SecretKey;
use jigap_platform::http::{Rate, RateLimiter};
use jigap_platform::keyring::Keyring;
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::ldp::Cryptosuite;
use serde::Deserialize;

use super::config::KeyTypeConfig;
use super::{AssemblyError, COUNTED_ADDRESSES, MAX_ID};
use crate::http::VcApi;
use crate::publish::Published;
use crate::vc_api::{Instance, Lists, MESSAGES, Mechanism};

/// `[issuer.vc_api.{instance}]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VcApiConfig {
    /// How it secures credentials.
    pub cryptosuite: SuiteConfig,
    /// What kind of key signs, unless the cryptosuite leaves no choice; cannot change once it is made.
    pub key_type: Option<KeyTypeConfig>,
    /// Whether what it signs can be revoked: it publishes Bitstring Status Lists, and puts a place in them into credentials
    /// of VCDM 2.0 that have no status. Or what else their statuses are for.
    #[serde(default)]
    pub status: StatusConfig,
    /// What the four values of a status for messages say, from 0.
    #[serde(default)]
    pub status_messages: Vec<String>,
}

/// What credentials have statuses for: `true` is revocation alone.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum StatusConfig {
    /// Revocation, or nothing.
    Revocation(bool),
    /// Each of these.
    Purposes(BTreeSet<PurposeConfig>),
}

/// A purpose of a status (VC-BITSTRING-STATUS-LIST §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PurposeConfig {
    /// Revoked for good.
    Revocation,
    /// Suspended for now.
    Suspension,
    /// Something to be said about it.
    Message,
}

/// Cryptosuites by the names of their specifications, and `vc+jwt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum SuiteConfig {
    /// VC-DI-EDDSA §3.2.
    #[serde(rename = "eddsa-rdfc-2022")]
    EddsaRdfc2022,
    /// VC-DI-EDDSA §3.3.
    #[serde(rename = "eddsa-jcs-2022")]
    EddsaJcs2022,
    /// VC-DI-ECDSA §3.2.
    #[serde(rename = "ecdsa-rdfc-2019")]
    EcdsaRdfc2019,
    /// VC-DI-ECDSA §3.3.
    #[serde(rename = "ecdsa-jcs-2019")]
    EcdsaJcs2019,
    /// VC-DI-ECDSA §3.6: its holder shows some of the claims.
    #[serde(rename = "ecdsa-sd-2023")]
    EcdsaSd2023,
    /// VC-DI-BBS §3.4: as that, and no two shows have a signature in common.
    #[serde(rename = "bbs-2023")]
    Bbs2023,
    /// VC-DI-EDDSA Appendix: for credentials of VCDM 1.1.
    Ed25519Signature2020,
    /// VC-JOSE-COSE §3.1.1.
    #[serde(rename = "vc+jwt")]
    VcJwt,
}

/// How many credentials one client address gets in a row and a minute, of all instances.
const A_MINUTE: u32 = 600;

/// Puts the instances of the service at `base` together. Their keys lie under `issuer/vc-api/{instance}/key`, what keys of
/// `bbs-2023` are made of under `…/bbs`.
pub(super) async fn open(
    instances: &BTreeMap<String, VcApiConfig>,
    keyring: Keyring<'_>,
    contexts: &Contexts,
    base: &str,
) -> Result<Option<VcApi>, AssemblyError> {
    if instances.is_empty() {
        return Ok(None);
    }
    let mut opened = BTreeMap::new();
    for (name, config) in instances {
        let wrong = |what| AssemblyError::VcApi(name.clone(), what);
        let segment = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > MAX_ID || !name.chars().all(segment) {
            return Err(wrong("the name is 1 to 64 of a-z, 0-9 and -"));
        }
        let instance = config.instance(name, keyring, contexts).await?;
        let instance = match config.lists(name, base).map_err(wrong)? {
            Some(lists) => instance.with_lists(lists),
            None => instance,
        };
        opened.insert(name.clone(), instance);
    }
    let rate = Rate { burst: A_MINUTE, refill: Duration::from_secs(60) / A_MINUTE };
    Ok(Some(VcApi::new(opened, RateLimiter::new(rate, COUNTED_ADDRESSES))))
}

impl VcApiConfig {
    async fn instance(
        &self,
        name: &str,
        keyring: Keyring<'_>,
        contexts: &Contexts,
    ) -> Result<Instance, AssemblyError> {
        let wrong = |what| AssemblyError::VcApi(name.to_owned(), what);
        let Some(mechanism) = self.cryptosuite.mechanism() else {
            if self.key_type.is_some() {
                return Err(wrong("keys of bbs-2023 are of one type: key_type is left out"));
            }
            if !self.given().is_empty() {
                return Err(wrong("keys of bbs-2023 sign no status lists: status is left out"));
            }
            let secret = keyring.secret(&format!("issuer/vc-api/{name}/bbs")).await?;
            let key = SecretKey::derive(&*secret, &[]).map_err(|_| wrong("no key can be made"))?;
            return Ok(Instance::by_bbs(key, contexts.clone()));
        };
        let key_type = self.key_type.unwrap_or_default().into();
        if let Mechanism::Proof(suite) = mechanism
            && !suite.takes(key_type)
        {
            return Err(wrong("keys of this key_type do not sign in this cryptosuite"));
        }
        if self.cryptosuite == SuiteConfig::Ed25519Signature2020 && !self.given().is_empty() {
            return Err(wrong("credentials of VCDM 1.1 get no status from an instance: status is left out"));
        }
        let signer = Arc::new(keyring.signer(&format!("issuer/vc-api/{name}/key"), key_type).await?);
        let instance = Instance::new(mechanism, signer, contexts.clone());
        instance.ok_or_else(|| wrong("the key does not sign in this cryptosuite"))
    }

    /// What its credentials have statuses for.
    fn given(&self) -> Vec<Published> {
        match &self.status {
            StatusConfig::Revocation(true) => vec![Published::Revoked],
            StatusConfig::Revocation(false) => Vec::new(),
            StatusConfig::Purposes(purposes) => purposes.iter().map(|purpose| purpose.published()).collect(),
        }
    }

    /// The lists of the instance `name`, if its key signs any: those that it gave places in once stay, whatever it gives now.
    fn lists(&self, name: &str, base: &str) -> Result<Option<Lists>, &'static str> {
        let given = self.given();
        let messages = if given.contains(&Published::Messages) { MESSAGES } else { 0 };
        if self.status_messages.len() != messages {
            return Err("status_messages are four where status names message, and none elsewhere");
        }
        let lists = |_| Lists::of(name, base, &given, self.status_messages.clone());
        Ok(self.cryptosuite.mechanism().map(lists))
    }
}

impl Default for StatusConfig {
    fn default() -> Self {
        Self::Revocation(false)
    }
}

impl PurposeConfig {
    const fn published(self) -> Published {
        match self {
            Self::Revocation => Published::Revoked,
            Self::Suspension => Published::Suspended,
            Self::Message => Published::Messages,
        }
    }
}

impl SuiteConfig {
    /// How keys that sign secure by it; `None` for `bbs-2023`, whose keys are others.
    const fn mechanism(self) -> Option<Mechanism> {
        Some(match self {
            Self::EddsaRdfc2022 => Mechanism::Proof(Cryptosuite::EddsaRdfc2022),
            Self::EddsaJcs2022 => Mechanism::Proof(Cryptosuite::EddsaJcs2022),
            Self::EcdsaRdfc2019 => Mechanism::Proof(Cryptosuite::EcdsaRdfc2019),
            Self::EcdsaJcs2019 => Mechanism::Proof(Cryptosuite::EcdsaJcs2019),
            Self::EcdsaSd2023 => Mechanism::Proof(Cryptosuite::EcdsaSd2023),
            Self::Bbs2023 => return None,
            Self::Ed25519Signature2020 => Mechanism::Proof(Cryptosuite::Ed25519Signature2020),
            Self::VcJwt => Mechanism::Jwt,
        })
    }
}
