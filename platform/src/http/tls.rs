//! The server's side of TLS: rustls with aws-lc, TLS 1.2 and 1.3, HTTP/1.1 only.

use std::fmt;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// A certificate chain and its key, ready to serve.
#[derive(Clone)]
pub struct TlsIdentity(Arc<ServerConfig>);

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
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsIdentityError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsIdentityError::Certificate)?;
        if chain.is_empty() {
            return Err(TlsIdentityError::Certificate);
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsIdentityError::Key)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|_| TlsIdentityError::Mismatch)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.0).into()
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsIdentity(…)")
    }
}
