//! What a tenant gives copies for directories of, from its configuration. Refused: what is no SD-JWT VC of the tenant, and claims by which
//! records are told apart that the type has not, or that need not be there.

use std::collections::BTreeMap;

use jigap_platform::keyring::Keyring;
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::time::Seconds;

use super::config::DirectoryConfig;
use super::{AssemblyError, keys};
use crate::configuration::{Configuration, IssuedFormat};
use crate::dsub::{DirectoryRules, DsubSecret};

/// The rules, where such copies last as long as what they are copies of: `validity`.
pub(super) fn rules(
    DirectoryConfig { configurations, apart, copies_a_day }: &DirectoryConfig,
    issued: &BTreeMap<String, Configuration>,
    validity: Seconds,
) -> Result<DirectoryRules, &'static str> {
    if !apart.keys().all(|id| configurations.contains(id)) {
        return Err("directories.apart names a configuration that is not among directories.configurations");
    }
    let mut chosen = BTreeMap::new();
    for id in configurations {
        let found = issued.get(id).filter(|found| matches!(found.format, IssuedFormat::SdJwtVc));
        let found =
            found.ok_or("directories.configurations names none of its configurations as dc+sd-jwt")?;
        let paths: Vec<ClaimPath> = apart.get(id).cloned().unwrap_or_default();
        let is_there = |path: &ClaimPath| {
            found.credential_type.claims().iter().any(|rule| rule.mandatory && rule.path == *path)
        };
        if !paths.iter().all(is_there) {
            return Err("directories.apart names a claim that credentials of the type need not have");
        }
        chosen.insert(id.clone(), paths);
    }
    Ok(DirectoryRules {
        configurations: chosen,
        life: validity,
        copies_a_day: usize::from(copies_a_day.get()),
    })
}

/// The tenant's secret, made where there is none: once, since it stays when signing keys are replaced.
pub(super) async fn secret(
    id: &str,
    rules: &DirectoryRules,
    keyring: Keyring<'_>,
) -> Result<Option<DsubSecret>, AssemblyError> {
    if rules.configurations.is_empty() {
        return Ok(None);
    }
    Ok(Some(DsubSecret::new(keyring.secret(&keys::place(id, "dsub")).await?)))
}
