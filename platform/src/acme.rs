//! The certificate of a server that the world reaches by a name, from an authority that gives it by ACME (RFC 8555), by the crate
//! `instant-acme`. That we have the name is shown by TLS on the port that is served anyway (`tls-alpn-01`, RFC 8737): nothing else
//! has to be open.
//!
//! In a folder of its own lie `account-key.pem`, made durable before the authority hears of it, and `identity.pem`: the key of the
//! certificate and the chain in one file, written whole, so that they belong together after any crash. A certificate is
//! fetched anew with a new key when a third of its life is left. Until then, and where the authority cannot be reached, the old one
//! is served.
//!
//! Refused: a certificate that is not of the key and the names that were asked for. Requests go through the fetch guard.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, BodyWrapper, BytesResponse, ChallengeType, HttpClient, Identifier, Key,
    NewOrder, OrderStatus, RetryPolicy,
};
use jigap_keys::{Entropy, KeyType, PrivateKey};
use jigap_wallet_core::ports::{Clock, FetchError};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::x509::{self, Leaf};
use rustls_pki_types::PrivatePkcs8KeyDer;
use url::Url;
use zeroize::Zeroizing;

use crate::authority::{AuthorityError, proof_of_name};
use crate::csr::{self, AltName};
use crate::fetch::{FetchSettings, GuardedFetch};
use crate::files::{self, PrivateFileError};
use crate::http::{TlsIdentity, TlsIdentityError};
use crate::pem;

/// Let's Encrypt, which most of the web uses.
pub const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// Most names of one certificate.
pub const MAX_NAMES: usize = 32;

const ACCOUNT_KEY: &str = "account-key.pem";
const IDENTITY: &str = "identity.pem";

/// How often it is looked whether the certificate has to be fetched anew.
const LOOK: Duration = Duration::from_secs(3600);
/// How long is waited after a failure; twice as long after each further one, up to [`LOOK`]: an authority counts failures.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
/// How long is waited for the authority to look at a name, and to sign.
const PATIENCE: RetryPolicy = RetryPolicy::new().timeout(Duration::from_secs(120));

/// Which certificate is wanted, and of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcmeSettings {
    /// The directory of the authority (RFC 8555 §7.1.1), such as [`LETS_ENCRYPT`]. Asking it agrees to its terms of service.
    pub directory: Url,
    /// The names of this server in DNS, 1 to [`MAX_NAMES`].
    pub names: Vec<String>,
    /// Where account and certificate are kept; made when they are.
    pub folder: PathBuf,
}

/// Why there is no certificate, or no newer one.
#[derive(Debug, thiserror::Error)]
pub enum AcmeError {
    /// The operator's fault: no names, too many, or what is none.
    #[error("a certificate by ACME is for 1 to 32 names of hosts in DNS")]
    Names,
    /// The authority cannot be known by these certificates, or by the machine's.
    #[error("the certificates by which the authority is known cannot be used")]
    Roots,
    /// The folder or a file in it.
    #[error("{0}: {1}")]
    Folder(PathBuf, std::io::Error),
    /// A private file that others can read, or that is none.
    #[error("{0}: {1}")]
    Private(PathBuf, PrivateFileError),
    /// What stands in a file is none of ours.
    #[error("{0} does not hold what it should")]
    Damaged(PathBuf),
    /// The authority, or the way to it.
    #[error("the authority: {0}")]
    Authority(#[from] instant_acme::Error),
    /// The authority does not look at names by TLS.
    #[error("the authority does not offer tls-alpn-01")]
    NoChallenge,
    /// The authority looked, and did not find this server under its name.
    #[error("the authority did not find this server by all of its names on port 443")]
    NotFound,
    /// What came back is not what was asked for.
    #[error("the authority certified something else than was asked for")]
    OtherCertificate,
    /// TLS cannot be served by it.
    #[error(transparent)]
    Tls(#[from] TlsIdentityError),
    /// This key signs nothing.
    #[error(transparent)]
    Request(#[from] csr::RequestError),
    /// No proof can be made for such a name.
    #[error(transparent)]
    Proof(#[from] AuthorityError),
}

/// A server's certificate that is kept current.
pub struct Acme {
    settings: AcmeSettings,
    fetch: GuardedFetch,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    identity: TlsIdentity,
}

impl fmt::Debug for Acme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acme").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Acme {
    /// Reads what is kept of an earlier run. What it serves by then is [`Self::identity`]; [`Self::keep`] fetches. `roots`: certificates in
    /// PEM by which the authority is known besides the machine's. An authority on this machine, for trying, may be asked too.
    ///
    /// # Errors
    /// [`AcmeError`] of names, roots, folder and files.
    pub fn open(
        settings: AcmeSettings,
        roots: &[u8],
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, AcmeError> {
        let is_host = |name: &String| {
            rustls_pki_types::DnsName::try_from(name.as_str()).is_ok()
                && name.contains('.')
                && !name.contains('*')
        };
        if settings.names.is_empty()
            || settings.names.len() > MAX_NAMES
            || !settings.names.iter().all(is_host)
        {
            return Err(AcmeError::Names);
        }
        let extra_roots = if roots.is_empty() {
            Vec::new()
        } else {
            pem::certificates(roots).map_err(|_| AcmeError::Roots)?
        };
        let dev = matches!(settings.directory.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let fetch = FetchSettings { dev, extra_roots, ..FetchSettings::public() };
        let fetch = GuardedFetch::new(&fetch).map_err(|_| AcmeError::Roots)?;
        let acme = Self { settings, fetch, clock, entropy, identity: TlsIdentity::by_acme()? };
        // One for other names, or whose time has passed, is replaced and not served.
        if let Some(kept) = acme.kept()?.filter(|kept| kept.ends > acme.clock.now()) {
            kept.serve(&acme.identity)?;
        }
        Ok(acme)
    }

    /// What is served: the certificate that there is, and the proofs of names that an authority asks for.
    pub fn identity(&self) -> &TlsIdentity {
        &self.identity
    }

    /// Fetches the certificate when it is due, for ever; what fails is logged, and tried again.
    pub async fn keep(&self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let wait = match self.look().await {
                Ok(fetched) => {
                    if fetched {
                        tracing::info!("a new certificate is served");
                    }
                    pause = FIRST_PAUSE;
                    LOOK
                }
                Err(error) => {
                    tracing::warn!(%error, "no new certificate; trying again");
                    let now = pause;
                    pause = (pause * 2).min(LOOK);
                    now
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Fetches the certificate if it is due; whether it did.
    async fn look(&self) -> Result<bool, AcmeError> {
        let now = self.clock.now();
        if self.kept()?.is_some_and(|kept| now < kept.due()) {
            return Ok(false);
        }
        let fetched = self.obtain().await?;
        let path = self.settings.folder.join(IDENTITY);
        files::replace_private(&path, fetched.text().as_bytes())
            .map_err(|error| AcmeError::Folder(path, error))?;
        fetched.serve(&self.identity)?;
        Ok(true)
    }

    /// One order, from the account to the chain.
    async fn obtain(&self) -> Result<Certified, AcmeError> {
        let key = self.account_key()?.to_pkcs8_der();
        let key = PrivatePkcs8KeyDer::from(&key[..]);
        let account = Account::builder_with_http(Box::new(Guarded(self.fetch.clone())));
        let account_key = (Key::from_pkcs8_der(key.clone_key())?, key.clone_key().into());
        let (account, _) = account.create_from_key(account_key, self.settings.directory.to_string()).await?;
        let names: Vec<_> = self.settings.names.iter().cloned().map(Identifier::Dns).collect();
        let mut order = account.new_order(&NewOrder::new(&names)).await?;
        let proven = self.prove(&mut order).await;
        let ready = match proven {
            Ok(()) => order.poll_ready(&PATIENCE).await.map_err(AcmeError::from),
            Err(error) => Err(error),
        };
        self.identity.forget_proofs();
        if ready? != OrderStatus::Ready {
            return Err(AcmeError::NotFound);
        }
        let key = PrivateKey::generate(KeyType::P256, &*self.entropy);
        let names: Vec<_> = self.settings.names.iter().map(|name| AltName::Dns(name)).collect();
        order.finalize_csr(&csr::request_der(&key, &names)?).await?;
        let chain = order.poll_certificate(&PATIENCE).await?;
        let chain = pem::certificates(chain.as_bytes()).map_err(|_| AcmeError::OtherCertificate)?;
        Certified::new(key, chain, &self.settings.names).ok_or(AcmeError::OtherCertificate)
    }

    /// Shows for each name that is not known to be ours that it is (RFC 8737 §3).
    async fn prove(&self, order: &mut instant_acme::Order) -> Result<(), AcmeError> {
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            match authorization.status {
                AuthorizationStatus::Valid => continue,
                AuthorizationStatus::Pending => {}
                _ => return Err(AcmeError::NotFound),
            }
            let mut challenge =
                authorization.challenge(ChallengeType::TlsAlpn01).ok_or(AcmeError::NoChallenge)?;
            let Identifier::Dns(name) = challenge.identifier().identifier.clone() else {
                return Err(AcmeError::OtherCertificate);
            };
            if !self.settings.names.contains(&name) {
                return Err(AcmeError::OtherCertificate);
            }
            let key = PrivateKey::generate(KeyType::P256, &*self.entropy);
            let digest = challenge.key_authorization().digest();
            let certificate = proof_of_name(&name, digest.as_ref(), &key, self.clock.now(), &*self.entropy)?;
            let text = pem::certificate_text(&certificate);
            self.identity.prove(&name, text.as_bytes(), pem::private_key_text(&key).as_bytes())?;
            challenge.set_ready().await?;
        }
        Ok(())
    }

    /// The account's key, durable before it is used.
    fn account_key(&self) -> Result<PrivateKey, AcmeError> {
        let path = self.settings.folder.join(ACCOUNT_KEY);
        match private(&path)? {
            Some(text) => pem::private_key(&text).map_err(|_| AcmeError::Damaged(path)),
            None => {
                let folder = &self.settings.folder;
                std::fs::create_dir_all(folder).map_err(|error| AcmeError::Folder(folder.clone(), error))?;
                let key = PrivateKey::generate(KeyType::P256, &*self.entropy);
                let text = pem::private_key_text(&key);
                files::write_new_private(&path, text.as_bytes())
                    .map_err(|error| AcmeError::Folder(path, error))?;
                Ok(key)
            }
        }
    }

    /// The certificate that is kept, if it is for these names.
    fn kept(&self) -> Result<Option<Certified>, AcmeError> {
        let path = self.settings.folder.join(IDENTITY);
        let Some(text) = private(&path)? else { return Ok(None) };
        let (key, chain) = (pem::private_key(&text), pem::certificates(&text));
        let (Ok(key), Ok(chain)) = (key, chain) else { return Err(AcmeError::Damaged(path)) };
        Ok(Certified::new(key, chain, &self.settings.names))
    }
}

/// A private file of the folder; `None` where there is none.
fn private(path: &std::path::Path) -> Result<Option<Zeroizing<Vec<u8>>>, AcmeError> {
    match files::read_private(path) {
        Ok(text) => Ok(Some(text)),
        Err(PrivateFileError::Io(std::io::ErrorKind::NotFound)) => Ok(None),
        Err(error) => Err(AcmeError::Private(path.to_owned(), error)),
    }
}

/// A key, and the chain that certifies it.
struct Certified {
    key: PrivateKey,
    chain: Vec<Vec<u8>>,
    begins: Timestamp,
    ends: Timestamp,
}

impl Certified {
    /// `None` where the chain is not this key's, or not for these names.
    fn new(key: PrivateKey, chain: Vec<Vec<u8>>, names: &[String]) -> Option<Self> {
        let first = chain.first()?;
        let leaf = Leaf::dangerous_without_path(first).ok()?;
        let bears = |name: &String| leaf.dns_names().contains(&name.to_ascii_lowercase());
        if leaf.key() != key.public() || !names.iter().all(bears) {
            return None;
        }
        let (begins, ends) = x509::validity(first)?;
        Some(Self { key, chain, begins, ends })
    }

    /// When a third of its life is left.
    fn due(&self) -> Timestamp {
        let life = self.ends.unix().saturating_sub(self.begins.unix());
        Timestamp::from_unix(self.ends.unix().saturating_sub(life / 3))
    }

    fn text(&self) -> Zeroizing<String> {
        let mut text = pem::private_key_text(&self.key);
        let chain: String = self.chain.iter().map(|der| pem::certificate_text(der)).collect();
        // In one piece, so that no copy of the key is left behind by growing.
        let mut whole = Zeroizing::new(String::with_capacity(text.len() + chain.len()));
        whole.push_str(&text);
        whole.push_str(&chain);
        text.clear();
        whole
    }

    fn serve(&self, identity: &TlsIdentity) -> Result<(), AcmeError> {
        let text = self.text();
        Ok(identity.change(text.as_bytes(), text.as_bytes())?)
    }
}

/// The fetch guard, as the crate wants a client.
struct Guarded(GuardedFetch);

impl HttpClient for Guarded {
    fn request(
        &self,
        request: http::Request<BodyWrapper<bytes::Bytes>>,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<BytesResponse, instant_acme::Error>> + Send>> {
        use http_body_util::{BodyExt as _, Full};
        let fetch = self.0.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let unsent = |error: FetchError| instant_acme::Error::Other(Box::new(error));
            let body = body.collect().await.map_err(|_| unsent(FetchError::Unreachable))?.to_bytes();
            let response = fetch.relay(http::Request::from_parts(parts, body)).await.map_err(unsent)?;
            Ok(response.map(Full::new).into())
        })
    }
}

#[cfg(test)]
mod tests;
