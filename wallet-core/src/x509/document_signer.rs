//! The certificate of an mdoc's document signer, by the profile of ISO 18013-5 (§9.3.3, Annex B.1.2 and B.1.4).
//!
//! Refused beyond a bad path: a signer that the root did not sign itself, key usages other than `digitalSignature` for the signer
//! and `keyCertSign` with `cRLSign` for the root, a signer without the extended key usage `mdlDS`, a signer without the
//! root's country, one that is valid before or after its root, and whatever else breaks the [`profile`](super::profile). A signer that
//! is itself an anchor needs no root; of several roots with one name and key one that holds is enough. CRLs are not fetched: the trust list withdraws an issuer.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::EndEntityCert;

use super::profile::{Profile, Rule};
use super::{Anchors, AnyUsage, ChainError, Leaf, MAX_CERTIFICATE, MAX_CHAIN, chain_error, der, signature};
use crate::time::Timestamp;

/// The extended key usage of document signers, 1.0.18013.5.1.2, without tag and length.
const MDL_DS: &[u8] = &[0x28, 0x81, 0x8c, 0x5d, 0x05, 0x01, 0x02];
/// Key usages by their bits from the left.
const DIGITAL_SIGNATURE: u16 = 0x8000;
const KEY_CERT_SIGN_AND_CRL_SIGN: u16 = 0x0600;

/// Why a document signer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentSignerError {
    /// No path leads to an anchor.
    #[error(transparent)]
    Chain(ChainError),
    /// The signer's key is not for signatures alone, or the root's not for certificates and CRLs alone.
    #[error("a certificate's key usage is not that of its role")]
    KeyUsage,
    /// The signer's key is not for mdocs.
    #[error("the certificate's key is not for signing mdocs")]
    ExtendedKeyUsage,
    /// Signer and root do not name the same country.
    #[error("the certificate does not name the country of its root")]
    Country,
    /// The signer is valid before or after its root.
    #[error("the certificate's validity is not within that of its root")]
    Validity,
    /// The signer's certificate breaks another rule of the profile.
    #[error("the document signer's certificate does not keep its profile: {0}")]
    Signer(Rule),
    /// The root's does.
    #[error("the certificate of the document signer's root does not keep its profile: {0}")]
    Root(Rule),
}

impl Leaf {
    /// Verifies that the first certificate of `chain` is a document signer's, signed by one of `anchors`, at `now`. The others
    /// of the chain are not looked at: ISO 18013-5 has no authority between root and signer.
    ///
    /// # Errors
    /// [`DocumentSignerError`].
    pub fn verify_document_signer(
        chain: &[Vec<u8>],
        anchors: &Anchors,
        now: Timestamp,
    ) -> Result<Self, DocumentSignerError> {
        let signer = chain.first().ok_or(DocumentSignerError::Chain(ChainError::Size))?;
        if chain.len() > MAX_CHAIN || chain.iter().any(|der| der.len() > MAX_CERTIFICATE) {
            return Err(DocumentSignerError::Chain(ChainError::Size));
        }
        let leaf = Self::dangerous_without_path(signer).map_err(DocumentSignerError::Chain)?;
        let roots = if anchors.contains(signer) {
            der::require_current(signer, now).map(|()| vec![signer.as_slice()])
        } else {
            roots_of(signer, anchors, now)
        };
        let mut judged = Err(DocumentSignerError::Chain(ChainError::NoPath));
        for root in roots.map_err(DocumentSignerError::Chain)? {
            judged = require_profile(signer, root);
            if judged.is_ok() {
                break;
            }
        }
        judged.map(|()| leaf)
    }
}

/// The anchors of the name and key that signed a certificate: several where a root was issued anew for its key.
fn roots_of<'a>(signer: &[u8], anchors: &'a Anchors, now: Timestamp) -> Result<Vec<&'a [u8]>, ChainError> {
    let der = CertificateDer::from(signer);
    let certificate = EndEntityCert::try_from(&der).map_err(chain_error)?;
    let seconds = u64::try_from(now.unix()).map_err(|_| ChainError::NotYetValid(now))?;
    let trusted = anchors.authorities();
    let path = certificate
        .verify_for_usage(
            signature::ALGORITHMS,
            &trusted,
            &[],
            UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
            AnyUsage,
            None,
            None,
        )
        .map_err(chain_error)?;
    let by = path.anchor();
    let roots = anchors.0.iter().filter(|anchor| {
        anchor.authority.as_ref().is_some_and(|authority| {
            authority.subject == by.subject && authority.subject_public_key_info == by.subject_public_key_info
        })
    });
    Ok(roots.map(|anchor| anchor.certificate.as_ref()).collect())
}

fn require_profile(signer: &[u8], root: &[u8]) -> Result<(), DocumentSignerError> {
    use DocumentSignerError as E;
    let malformed = E::Chain(ChainError::Malformed);
    let usages = der::usages(signer).ok_or(malformed)?;
    if usages.key_usage != Some(DIGITAL_SIGNATURE) {
        return Err(E::KeyUsage);
    }
    if !usages.extended.contains(&MDL_DS) {
        return Err(E::ExtendedKeyUsage);
    }
    let profile = Profile::read(signer).ok_or(malformed)?;
    if signer != root {
        let root = Profile::read(root).ok_or(malformed)?;
        require_root(&profile, &root)?;
        root.require_root().map_err(E::Root)?;
        profile.require_below(&root).map_err(E::Signer)?;
    }
    profile.require_signer().map_err(E::Signer)?;
    if usages.extended.len() > 1 { Err(E::Signer(Rule::Purposes)) } else { Ok(()) }
}

/// Refuses a root that may sign more than certificates and their list, or whose country or time the signer leaves.
fn require_root(signer: &Profile<'_>, root: &Profile<'_>) -> Result<(), DocumentSignerError> {
    let ((begins, ends), (first, last)) = (signer.validity, root.validity);
    match () {
        () if root.key_usage() != Some(KEY_CERT_SIGN_AND_CRL_SIGN) => Err(DocumentSignerError::KeyUsage),
        () if signer.country().is_none() || signer.country() != root.country() => {
            Err(DocumentSignerError::Country)
        }
        () if begins < first || last < ends => Err(DocumentSignerError::Validity),
        () => Ok(()),
    }
}
