//! What a certificate authority repeats of its own certificate in those it makes (RFC 5280 §4.1.2.4, §4.2.1.1; ISO 18013-5
//! Annex B): read here, so that whoever makes certificates need not parse any.

use jigap_keys::PublicKey;
use rustls_pki_types::CertificateDer;
use webpki::EndEntityCert;

use super::der::{self, Role};
use super::{ChainError, MAX_CERTIFICATE, chain_error};
use crate::time::Timestamp;

/// The certificate of an authority, as those below it speak of it. Nobody is asked who vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuing<'d> {
    /// Its subject, to the byte: what the `Name` holds.
    pub subject: &'d [u8],
    /// The one country of its subject.
    pub country: Option<&'d [u8]>,
    /// Its SubjectKeyIdentifier: which of its keys signs.
    pub key_identifier: Option<&'d [u8]>,
    /// The value of its IssuerAltName: how its people are reached.
    pub issuer_alt_name: Option<&'d [u8]>,
    /// The value of its CRLDistributionPoints.
    pub crl_distribution_points: Option<&'d [u8]>,
    /// The key that signs.
    pub key: PublicKey,
    /// When it begins and when it ends.
    pub validity: (Timestamp, Timestamp),
}

impl<'d> Issuing<'d> {
    /// Reads a certificate in DER that is an authority's.
    ///
    /// # Errors
    /// [`ChainError::Size`], [`ChainError::Malformed`], [`ChainError::UnsupportedKey`]; [`ChainError::KeyUsage`] if its key may
    /// not sign certificates.
    pub fn read(der: &'d [u8]) -> Result<Self, ChainError> {
        if der.len() > MAX_CERTIFICATE {
            return Err(ChainError::Size);
        }
        let role = Role::of_certificate(der).ok_or(ChainError::Malformed)?;
        let bytes = CertificateDer::from(der);
        let certificate = EndEntityCert::try_from(&bytes).map_err(chain_error)?;
        if !role.may_sign_certificates() {
            return Err(ChainError::KeyUsage);
        }
        let key = PublicKey::from_spki_der(&certificate.subject_public_key_info())
            .map_err(|_| ChainError::UnsupportedKey)?;
        let repeated = der::repeated(der).ok_or(ChainError::Malformed)?;
        let subject = der::fields(der).ok_or(ChainError::Malformed)?.subject;
        Ok(Self {
            subject,
            country: der::country(subject),
            key_identifier: repeated.key_identifier,
            issuer_alt_name: repeated.issuer_alt_name,
            crl_distribution_points: repeated.crl_distribution_points,
            key,
            validity: der::validity(der).ok_or(ChainError::Malformed)?,
        })
    }
}
