//! Who the verifier is to wallets, from `[verifier.identity]`, its certificate and its key.
//!
//! Refused: a certificate that wallets would refuse, or that is for another key or name.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jigap_keys::{KeyType, PublicKey};
use jigap_platform::keyring::Keyring;
use jigap_platform::signer::LocalSigner;
use jigap_platform::{files, pem};
use jigap_wallet_core::did::jwk_did;
use jigap_wallet_core::ports::Signer as _;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::vp::{ClientId, Identification};
use jigap_wallet_core::x509::Leaf;
use url::Url;

use super::{AssemblyError, IdentityConfig, Prefix};
use crate::identity::{Identity, Signing};

/// Where the verifier's own signing key lies.
const SEALED_KEY: &str = "verifier/key/request";

/// Who it is.
pub(super) async fn identity(
    config: &IdentityConfig,
    base: &Url,
    keyring: &Keyring<'_>,
    now: Timestamp,
) -> Result<Identity, AssemblyError> {
    let IdentityConfig { prefix, certificate, key } = config;
    let signing = match (prefix, certificate) {
        (Prefix::X509Hash | Prefix::X509SanDns, Some(path)) => {
            certified(*prefix, (path, key.as_deref()), base, keyring, now).await?
        }
        (Prefix::X509Hash | Prefix::X509SanDns, None) => {
            return Err(AssemblyError::Identification("this prefix needs a certificate"));
        }
        _ if certificate.is_some() || key.is_some() => {
            return Err(AssemblyError::Identification("this prefix has no certificate and no key"));
        }
        (Prefix::RedirectUri, _) => return Ok(Identity::RedirectUri),
        (Prefix::DecentralizedIdentifier, _) => {
            let signer = keyring.signer(SEALED_KEY, KeyType::P256).await?;
            let did = jwk_did(signer.public_key());
            Signing {
                client_id: ClientId::parse(&format!("decentralized_identifier:{did}"))
                    .map_err(AssemblyError::Identity)?,
                signer: Arc::new(signer),
                identification: Identification::Kid(format!("{did}#0")),
            }
        }
    };
    Ok(Identity::Signing(Box::new(signing)))
}

/// Who has the certificate at `path`.
async fn certified(
    prefix: Prefix,
    (path, key): (&Path, Option<&Path>),
    base: &Url,
    keyring: &Keyring<'_>,
    now: Timestamp,
) -> Result<Signing, AssemblyError> {
    let read = files::read(path).map_err(|error| AssemblyError::Unreadable(path.into(), error.kind()))?;
    let chain = pem::certificates(&read).map_err(|error| AssemblyError::Pem(path.into(), error))?;
    let unfit = |error| AssemblyError::Certificate(path.into(), error);
    // Who is trusted is the wallets' affair; that the chain holds together today is ours.
    let leaf = Leaf::dangerous_without_anchor(&chain, now).map_err(unfit)?;
    let signer = match key {
        Some(key) => signer(key)?,
        None => keyring.signer(SEALED_KEY, leaf.key().key_type()).await?,
    };
    if signer.public_key() != leaf.key() {
        return Err(AssemblyError::OtherKey(path.into(), public_pem(signer.public_key())));
    }
    let client_id = match prefix {
        Prefix::X509SanDns => {
            let name = base.host_str().unwrap_or_default().to_owned();
            if !leaf.dns_names().contains(&name) {
                return Err(AssemblyError::OtherName(path.into(), name));
            }
            ClientId::parse(&format!("x509_san_dns:{name}")).map_err(AssemblyError::Identity)?
        }
        _ => ClientId::x509_hash(chain.first().map(Vec::as_slice).unwrap_or_default()),
    };
    Ok(Signing { client_id, signer: Arc::new(signer), identification: Identification::X5c(chain) })
}

fn signer(path: &Path) -> Result<LocalSigner, AssemblyError> {
    let key = files::read_private(path).map_err(|error| AssemblyError::Key(path.into(), error))?;
    pem::signer(&key).map_err(|error| AssemblyError::Pem(path.into(), error))
}

/// `BEGIN PUBLIC KEY`: what a certificate authority has to certify.
fn public_pem(key: &PublicKey) -> String {
    let mut text = STANDARD.encode(key.to_spki_der());
    for line in (1..=text.len() / 64).rev() {
        text.insert(line * 64, '\n');
    }
    format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----")
}

#[cfg(test)]
mod tests;
