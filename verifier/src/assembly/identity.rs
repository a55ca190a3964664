//! Who the verifier is to wallets, from `[verifier.identity]`, its certificate and its key.
//!
//! Refused: a certificate that wallets would refuse, or that is for another key or name; a private key in a plain file.

use std::path::Path;
use std::sync::Arc;

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
pub(super) const SEALED_KEY: &str = "verifier/key/request";

/// Who it is.
pub(super) async fn identity(
    config: &IdentityConfig,
    base: &Url,
    keyring: &Keyring<'_>,
    now: Timestamp,
) -> Result<Identity, AssemblyError> {
    let IdentityConfig { prefix, certificate, key } = config;
    let signing = match (prefix, certificate) {
        (Prefix::X509Hash | Prefix::X509SanDns, Some(_)) if key.is_some() => {
            return Err(AssemblyError::PlainKey);
        }
        (Prefix::X509Hash | Prefix::X509SanDns, Some(path)) => {
            certified(*prefix, path, base, keyring, now).await?
        }
        (Prefix::X509Hash | Prefix::X509SanDns, None) => {
            return Err(AssemblyError::Identification("this prefix needs a certificate"));
        }
        _ if certificate.is_some() || key.is_some() => {
            return Err(AssemblyError::Identification("this prefix has no certificate and no key"));
        }
        (Prefix::RedirectUri, _) => return Ok(Identity::RedirectUri),
        (Prefix::DecentralizedIdentifier, _) => {
            let signer = own(keyring, KeyType::P256).await?;
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

/// The client identifier and the key of a verifier that signs, for whoever is to know it beforehand; `None` if it does not sign. The
/// key is made if there is none yet.
///
/// # Errors
/// [`AssemblyError`].
pub async fn signer(
    config: &IdentityConfig,
    base: &Url,
    keyring: &Keyring<'_>,
    now: Timestamp,
) -> Result<Option<(String, PublicKey)>, AssemblyError> {
    let identity = identity(config, base, keyring, now).await?;
    let signing = identity.signing();
    Ok(signing.map(|signing| (signing.client_id.as_str().to_owned(), signing.signer.public_key().clone())))
}

/// Who has the certificate at `path`.
async fn certified(
    prefix: Prefix,
    path: &Path,
    base: &Url,
    keyring: &Keyring<'_>,
    now: Timestamp,
) -> Result<Signing, AssemblyError> {
    let chain = certificates(path)?;
    let unfit = |error| AssemblyError::Certificate(path.into(), error);
    // Who is trusted is the wallets' affair; that the chain holds together today is ours.
    let leaf = Leaf::dangerous_without_anchor(&chain, now).map_err(unfit)?;
    let signer = own(keyring, leaf.key().key_type()).await?;
    if signer.public_key() != leaf.key() {
        let next = keyring.held_next(SEALED_KEY).await?;
        return Err(match next.is_some_and(|next| next.public_key() == leaf.key()) {
            true => AssemblyError::NotPromoted(path.into()),
            false => AssemblyError::OtherKey(path.into(), pem::public_key(signer.public_key())),
        });
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

/// The key that signs; one of `key_type` is made if there is none.
async fn own(keyring: &Keyring<'_>, key_type: KeyType) -> Result<LocalSigner, AssemblyError> {
    match keyring.held(SEALED_KEY).await? {
        Some(signer) => Ok(signer),
        None => Ok(keyring.signer(SEALED_KEY, key_type).await?),
    }
}

fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, AssemblyError> {
    let read = files::read(path).map_err(|error| AssemblyError::Unreadable(path.into(), error.kind()))?;
    pem::certificates(&read).map_err(|error| AssemblyError::Pem(path.into(), error))
}

/// The key that the first certificate of the file is for, whoever certified it.
pub(super) fn certified_key(path: &Path) -> Result<PublicKey, AssemblyError> {
    let first = certificates(path)?.into_iter().next().unwrap_or_default();
    let leaf = Leaf::dangerous_without_path(&first);
    leaf.map(|leaf| leaf.key().clone()).map_err(|error| AssemblyError::Certificate(path.into(), error))
}

#[cfg(test)]
mod tests;
