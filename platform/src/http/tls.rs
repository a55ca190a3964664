//! The server's side of TLS: rustls with aws-lc, TLS 1.2 and 1.3, HTTP/1.1 only.
//!
//! A certificate may change while it is served; and where an authority of ACME looks whether a name is ours, by a connection that speaks
//! `acme-tls/1` and nothing else (RFC 8737), it is shown the proof for that name, and no service.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// What a connection speaks (RFC 7301).
const HTTP_1_1: &[u8] = b"http/1.1";
/// RFC 8737 §6.2.
pub(super) const ACME_TLS_1: &[u8] = b"acme-tls/1";

/// A certificate chain and its key, ready to serve. All clones are one.
#[derive(Clone)]
pub struct TlsIdentity {
    config: Arc<ServerConfig>,
    shown: Arc<Shown>,
}

/// The certificate or key given in the configuration cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlsIdentityError {
    /// No certificate in the PEM.
    #[error("the certificate file holds no PEM certificate")]
    Certificate,
    /// No private key in the PEM.
    #[error("the key file holds no PEM private key")]
    Key,
    /// Key and certificate do not belong together, or their kind is not supported.
    #[error("the key does not fit the certificate")]
    Mismatch,
}

impl TlsIdentity {
    /// Reads a PEM chain, the server's certificate first, and the PEM key of that certificate.
    ///
    /// # Errors
    /// [`TlsIdentityError`].
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsIdentityError> {
        let identity = Self::new(&[HTTP_1_1])?;
        identity.change(chain, key)?;
        Ok(identity)
    }

    /// One that has no certificate yet, and shows proofs for ACME.
    ///
    /// # Errors
    /// [`TlsIdentityError::Mismatch`] if TLS cannot be served at all.
    pub(crate) fn by_acme() -> Result<Self, TlsIdentityError> {
        Self::new(&[HTTP_1_1, ACME_TLS_1])
    }

    fn new(protocols: &[&[u8]]) -> Result<Self, TlsIdentityError> {
        let shown = Arc::new(Shown::default());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|_| TlsIdentityError::Mismatch)?.with_no_client_auth();
        let mut config = builder.with_cert_resolver(Arc::<Shown>::clone(&shown));
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(Self { config: Arc::new(config), shown })
    }

    /// Serves this chain and key from the next connection on.
    ///
    /// # Errors
    /// [`TlsIdentityError`]; then what was served is.
    pub(crate) fn change(&self, chain: &[u8], key: &[u8]) -> Result<(), TlsIdentityError> {
        let certified = read(chain, key)?;
        // One that it does not understand it cannot compare; no client would take such a certificate.
        certified.keys_match().map_err(|_| TlsIdentityError::Mismatch)?;
        let certified = Arc::new(certified);
        *self.shown.certificate.write().unwrap_or_else(PoisonError::into_inner) = Some(certified);
        Ok(())
    }

    /// Shows this certificate to whoever asks for a proof that `name` is ours.
    ///
    /// # Errors
    /// [`TlsIdentityError`].
    pub(crate) fn prove(&self, name: &str, chain: &[u8], key: &[u8]) -> Result<(), TlsIdentityError> {
        // Its one extension is of ACME and critical (RFC 8737 §3): nobody else can read it.
        let certified = Arc::new(read(chain, key)?);
        let mut proofs = self.shown.proofs.write().unwrap_or_else(PoisonError::into_inner);
        proofs.insert(name.to_ascii_lowercase(), certified);
        Ok(())
    }

    /// Shows no proof any more.
    pub(crate) fn forget_proofs(&self) {
        self.shown.proofs.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.config).into()
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsIdentity(…)")
    }
}

fn read(chain: &[u8], key: &[u8]) -> Result<CertifiedKey, TlsIdentityError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .map_err(|_| TlsIdentityError::Certificate)?;
    if chain.is_empty() {
        return Err(TlsIdentityError::Certificate);
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsIdentityError::Key)?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let key = provider.key_provider.load_private_key(key).map_err(|_| TlsIdentityError::Mismatch)?;
    Ok(CertifiedKey::new(chain, key))
}

/// What whoever connects is shown.
#[derive(Default)]
struct Shown {
    certificate: RwLock<Option<Arc<CertifiedKey>>>,
    /// Proofs of names for ACME.
    proofs: RwLock<BTreeMap<String, Arc<CertifiedKey>>>,
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown(…)")
    }
}

impl ResolvesServerCert for Shown {
    /// RFC 8737 §3: a client that looks for a proof offers `acme-tls/1` alone, and names whom it looks for.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let looks_for_proof = hello.alpn().is_some_and(|offered| offered.eq([ACME_TLS_1]));
        if looks_for_proof {
            let proofs = self.proofs.read().unwrap_or_else(PoisonError::into_inner);
            return proofs.get(&hello.server_name()?.to_ascii_lowercase()).cloned();
        }
        self.certificate.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
