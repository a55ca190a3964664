//! Certificate chains as `x5c` carries them (RFC 7515 §4.1.6), verified to given anchors (RFC 5280 §6) by webpki with
//! the cryptography of `jigap_keys`.
//!
//! Beyond webpki, refused: more than [`MAX_CHAIN`] certificates or [`MAX_CERTIFICATE`] bytes in one, a leaf whose key
//! usage lacks `digitalSignature`, a CA whose key usage lacks `keyCertSign`, and an anchor that is no CA for anything
//! but itself. Extended key usages are read but not restricted, but for document signers of mdocs
//! ([`Leaf::verify_document_signer`]): no other specification used here names one. Revocation of
//! certificates is not checked: credentials have their own status, and the trust list withdraws an issuer.

mod der;
mod document_signer;
mod issuing;
mod profile;
mod signature;

use std::time::Duration;

use jigap_keys::{PublicKey, hash};
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use url::Url;
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter};

use crate::time::Timestamp;
use der::Role;
pub use document_signer::DocumentSignerError;
pub use issuing::Issuing;
pub use profile::Rule;

/// Most certificates of a chain, the leaf included.
pub const MAX_CHAIN: usize = 5;
/// Most bytes of one certificate.
pub const MAX_CERTIFICATE: usize = 8 * 1024;
/// Most anchors of one set.
pub const MAX_ANCHORS: usize = 32;

/// Why a chain was refused. All are the peer's fault but [`Self::InvalidAnchor`], which is that of who chose the anchors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// No certificate, or more than [`MAX_CHAIN`], or one over [`MAX_CERTIFICATE`].
    #[error("the certificate chain is empty or too large")]
    Size,
    /// A certificate is not well-formed X.509 v3.
    #[error("a certificate is malformed")]
    Malformed,
    /// The leaf is a CA's certificate.
    #[error("the signer's certificate is that of a certificate authority")]
    LeafIsCa,
    /// The leaf's key usage does not allow signatures, or a CA's does not allow certificates.
    #[error("a certificate's key usage does not allow this use")]
    KeyUsage,
    /// A certificate ended at this moment.
    #[error("a certificate has expired")]
    Expired(Timestamp),
    /// A certificate begins at this moment.
    #[error("a certificate is not valid yet")]
    NotYetValid(Timestamp),
    /// A critical extension that is not understood.
    #[error("a certificate has a critical extension that is not supported")]
    UnsupportedExtension,
    /// No path to an anchor: another issuer, a bad signature, a constraint or an algorithm that is not accepted.
    #[error("no certificate path leads to a trusted anchor")]
    NoPath,
    /// The leaf's key is none of Ed25519, P-256, P-384.
    #[error("the type of the signer's key is not supported")]
    UnsupportedKey,
    /// The anchors are none, too many, or one is no certificate.
    #[error("the trust anchors are malformed")]
    InvalidAnchor,
}

/// Certificates that are trusted because somebody listed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchors(Vec<Anchor>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Anchor {
    certificate: CertificateDer<'static>,
    /// `None`: it stands only for itself.
    authority: Option<TrustAnchor<'static>>,
}

impl Anchors {
    /// Anchors from certificates in DER. A CA's certificate vouches for what it signed, and its own validity is not checked
    /// (RFC 5280 §6.1.1 d): who lists it says how long it counts. Another one stands for itself alone, as long as it is valid.
    ///
    /// # Errors
    /// [`ChainError::InvalidAnchor`].
    pub fn new(certificates: Vec<Vec<u8>>) -> Result<Self, ChainError> {
        if certificates.is_empty() || certificates.len() > MAX_ANCHORS {
            return Err(ChainError::InvalidAnchor);
        }
        let anchors = certificates.into_iter().map(Anchor::new).collect::<Option<_>>();
        anchors.map(Self).ok_or(ChainError::InvalidAnchor)
    }

    /// The certificates in DER.
    pub fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|anchor| anchor.certificate.as_ref())
    }

    /// Whether this certificate is one of them, which then stands for itself, whoever signed it.
    pub(crate) fn contains(&self, leaf: &[u8]) -> bool {
        self.0.iter().any(|anchor| anchor.certificate.as_ref() == leaf)
    }

    /// The subjects of those that may vouch for others, as the certificates below them name their issuer.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter_map(|anchor| anchor.authority.as_ref().map(|it| it.subject.as_ref()))
    }

    /// What may vouch for others.
    fn authorities(&self) -> Vec<TrustAnchor<'_>> {
        self.0.iter().filter_map(|anchor| anchor.authority.clone()).collect()
    }
}

impl Anchor {
    fn new(der: Vec<u8>) -> Option<Self> {
        let certificate = CertificateDer::from(der);
        let role = Role::of_certificate(&certificate).filter(|_| certificate.len() <= MAX_CERTIFICATE)?;
        let itself = webpki::anchor_from_trusted_cert(&certificate).ok()?.to_owned();
        let authority = role.may_sign_certificates().then_some(itself);
        Some(Self { certificate, authority })
    }
}

/// The certificate of who signed: its key and the names it bears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    key: PublicKey,
    dns_names: Vec<String>,
    uris: Vec<String>,
    sha256: [u8; 32],
    authorities: Vec<Vec<u8>>,
    for_another_purpose: bool,
}

impl Leaf {
    /// Verifies `chain` (DER, the leaf first) at `now` up to one of `anchors`.
    ///
    /// # Errors
    /// [`ChainError`], as the module says.
    pub fn verify(chain: &[Vec<u8>], anchors: &Anchors, now: Timestamp) -> Result<Self, ChainError> {
        let (leaf, intermediates) = chain.split_first().ok_or(ChainError::Size)?;
        if chain.len() > MAX_CHAIN || chain.iter().any(|der| der.len() > MAX_CERTIFICATE) {
            return Err(ChainError::Size);
        }
        let mut this = Self::dangerous_without_path(leaf)?;
        if anchors.contains(leaf) {
            der::require_current(leaf, now)?;
            // Nobody verified who certified it: it may say what it likes.
            this.authorities.clear();
            return Ok(this);
        }
        let leaf_der = CertificateDer::from(leaf.as_slice());
        let certificate = EndEntityCert::try_from(&leaf_der).map_err(chain_error)?;
        let intermediates: Vec<_> =
            intermediates.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let seconds = u64::try_from(now.unix()).map_err(|_| ChainError::NotYetValid(now))?;
        let path = certificate
            .verify_for_usage(
                signature::ALGORITHMS,
                &anchors.authorities(),
                &intermediates,
                UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
                AnyUsage,
                None,
                None,
            )
            .map_err(chain_error)
            .map(|path| {
                path.intermediate_certificates().all(|authority| {
                    this.authorities.extend(authority_key_identifier(&authority.der()));
                    Role::of_certificate(&authority.der()).is_some_and(Role::may_sign_certificates)
                })
            })?;
        if path { Ok(this) } else { Err(ChainError::KeyUsage) }
    }

    /// Reads a leaf without verifying who vouches for it, nor its validity: for `x509_hash` of OpenID4VP, where the
    /// hash alone is compared, and for showing what a certificate says.
    ///
    /// # Errors
    /// [`ChainError`] if it could never be a leaf.
    pub fn dangerous_without_path(der: &[u8]) -> Result<Self, ChainError> {
        if der.len() > MAX_CERTIFICATE {
            return Err(ChainError::Size);
        }
        let sha256 = hash::sha256(der);
        let role = Role::of_certificate(der).ok_or(ChainError::Malformed)?;
        let der = CertificateDer::from(der);
        let certificate = EndEntityCert::try_from(&der).map_err(chain_error)?;
        if role.is_ca {
            return Err(ChainError::LeafIsCa);
        }
        if !role.may_sign_data() {
            return Err(ChainError::KeyUsage);
        }
        let spki = certificate.subject_public_key_info();
        let key = PublicKey::from_spki_der(&spki).map_err(|_| ChainError::UnsupportedKey)?;
        if key.key_type().jose_alg().is_none() {
            return Err(ChainError::UnsupportedKey);
        }
        Ok(Self {
            key,
            dns_names: certificate.valid_dns_names().map(str::to_ascii_lowercase).collect(),
            uris: certificate.valid_uri_names().map(str::to_owned).collect(),
            sha256,
            authorities: authority_key_identifier(&der).into_iter().collect(),
            for_another_purpose: der::usages(&der).is_some_and(|usages| usages.are_foreign()),
        })
    }

    /// Verifies that `chain` (DER, the leaf first) holds together at `now` up to its own last certificate, which nobody
    /// vouches for: for who presents it, so that a chain that everybody would refuse is noticed before.
    ///
    /// # Errors
    /// [`ChainError`], as [`Self::verify`].
    pub fn dangerous_without_anchor(chain: &[Vec<u8>], now: Timestamp) -> Result<Self, ChainError> {
        if chain.len() > MAX_CHAIN {
            return Err(ChainError::Size);
        }
        chain.iter().try_for_each(|der| der::require_current(der, now))?;
        match chain {
            [] => Err(ChainError::Size),
            [leaf] => Self::dangerous_without_path(leaf),
            // One that is listed stands for itself, and is no path from itself to itself.
            [leaf, .., last] if leaf == last => Err(ChainError::NoPath),
            [below @ .., last] => Self::verify(below, &Anchors::new(vec![last.clone()])?, now),
        }
    }

    /// Its public key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The DNS names of its subject alternative name, in lower case. A wildcard stands there as it is written and is
    /// never expanded here.
    pub fn dns_names(&self) -> &[String] {
        &self.dns_names
    }

    /// The URIs of its subject alternative name, as they are written.
    pub fn uris(&self) -> &[String] {
        &self.uris
    }

    /// The names by which it is looked for: URIs, which have a colon, and DNS names, which have none.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let uris = self.uris.iter().filter(|uri| uri.contains(':'));
        uris.chain(self.dns_names.iter().filter(|dns| !dns.contains(':'))).map(String::as_str)
    }

    /// Whether it bears `name`: with a colon a URI, else a DNS name.
    pub(crate) fn bears(&self, name: &str) -> bool {
        if name.contains(':') {
            self.uris.iter().any(|uri| uri == name)
        } else {
            self.dns_names.iter().any(|dns| dns.eq_ignore_ascii_case(name))
        }
    }

    /// Whether it has extended key usages, and each is one of those that sign no credentials: TLS servers and clients, code, mail,
    /// time stamps, OCSP, mdoc readers.
    pub(crate) fn is_for_another_purpose(&self) -> bool {
        self.for_another_purpose
    }

    /// The AuthorityKeyIdentifiers of the certificates on its path, its own first: who certifies it, in the terms of
    /// `aki` (OpenID4VP 1.0 §6.1.1.1). Certificates of the chain that are on no path to an anchor say nothing. Without a
    /// path, its own.
    pub fn authority_key_identifiers(&self) -> &[Vec<u8>] {
        &self.authorities
    }

    /// SHA-256 of its DER: what `x509_hash` (OpenID4VP 1.0 §5.9.3) and thumbprints compare.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

/// The content of the `Name` of who issued the certificate `der`, as it says.
pub(crate) fn issuer_name(der: &[u8]) -> Option<&[u8]> {
    der::fields(der).map(|fields| fields.issuer)
}

/// The organization and the country that a certificate in DER names as its subject, of each if it names exactly one, in UTF-8.
/// Nothing vouches for it.
pub(crate) fn subject(der: &[u8]) -> Option<(&str, &str)> {
    let subject = der::fields(der)?.subject;
    let text = |value| std::str::from_utf8(value).ok();
    Some((text(der::organization(subject)?)?, text(der::country(subject)?)?))
}

/// The host of an https URL.
pub(crate) fn https_host(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| url.scheme() == "https")?;
    url.host_str().map(str::to_owned)
}

/// The KeyIdentifier in the AuthorityKeyIdentifier of a certificate in DER (RFC 5280 §4.2.1.1): the key that signed it, as
/// the certificate says. `None` if it says nothing or is malformed.
pub fn authority_key_identifier(der: &[u8]) -> Option<Vec<u8>> {
    der::authority_key_identifier(der).map(<[u8]>::to_vec)
}

/// From when until when the certificate `der` is valid, whoever vouches for it. `None` if it is malformed.
pub fn validity(der: &[u8]) -> Option<(Timestamp, Timestamp)> {
    der::validity(der)
}

/// The extended key usages of the certificate `der`, each the content of an object identifier. `None` if it is malformed.
pub(crate) fn extended_key_usages(der: &[u8]) -> Option<Vec<Vec<u8>>> {
    der::usages(der).map(|usages| usages.extended.into_iter().map(<[u8]>::to_vec).collect())
}

/// When the certificate `der` ends, whoever vouches for it and whatever its key: for saying in time that it has to be
/// renewed. `None` if it is malformed.
pub fn not_after(der: &[u8]) -> Option<Timestamp> {
    der::validity(der).map(|(_, end)| end)
}

/// Accepts every extended key usage that is well-formed.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, mut usages: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        usages.try_for_each(|usage| usage.map(drop))
    }
}

fn chain_error(error: webpki::Error) -> ChainError {
    use webpki::Error;
    match error {
        Error::CertExpired { not_after, .. } => ChainError::Expired(moment(not_after)),
        Error::CertNotValidYet { not_before, .. } => ChainError::NotYetValid(moment(not_before)),
        Error::CaUsedAsEndEntity => ChainError::LeafIsCa,
        Error::UnsupportedCriticalExtension => ChainError::UnsupportedExtension,
        Error::BadDer
        | Error::BadDerTime
        | Error::ExtensionValueInvalid
        | Error::InvalidCertValidity
        | Error::InvalidSerialNumber
        | Error::MalformedDnsIdentifier
        | Error::MalformedExtensions
        | Error::MalformedNameConstraint
        | Error::EmptyEkuExtension
        | Error::SignatureAlgorithmMismatch
        | Error::TrailingData(_)
        | Error::UnsupportedCertVersion => ChainError::Malformed,
        _ => ChainError::NoPath,
    }
}

fn moment(time: UnixTime) -> Timestamp {
    Timestamp::from_unix(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
pub(crate) mod tests;
