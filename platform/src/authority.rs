//! A small certificate authority for development: its root and what the root certifies, by the profiles of ISO 18013-5
//! Annex B (tables B.1 the issuing authority's root, B.3 document signers, B.6 reader authentication), and certificates of
//! TLS servers (RFC 5280, RFC 9525). `jigap ca` and the demo make theirs here, and so do the tests.
//!
//! One root signs all, so whoever trusts it for one thing trusts it for everything: not for production. It publishes no list
//! of revoked certificates. Refused: a period longer than its profile has, or beyond the root's; names that no certificate
//! can bear; a root whose key is another one's.

use aws_lc_rs::digest;
use jigap_keys::{Entropy, KeyType, PrivateKey, PublicKey};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::x509::{Anchors, ChainError, DocumentSignerError, Issuing, Leaf};
use rustls_pki_types::DnsName;
use url::Url;

use crate::der::{
    self, BIT_STRING, BOOLEAN, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, SUBJECT_ALT_NAME,
    element,
};

pub use crate::der::AltName;

/// Most days a root is valid: 20 years (table B.1).
pub const MAX_ROOT_DAYS: u16 = 7300;
/// Most characters of a name (`ub-common-name`, RFC 5280 appendix A.1).
pub const MAX_NAME: usize = 64;
/// Most alternative names of a certificate.
pub const MAX_ALT_NAMES: usize = 32;
const DAY: u32 = 86_400;

/// 2.5.4.6 and 2.5.4.3
const COUNTRY_NAME: &[u8] = &[0x55, 0x04, 0x06];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// 2.5.29.14, 15, 18, 19, 31, 35 and 37
const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x0e];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const ISSUER_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x12];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 0x1f];
const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x23];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
/// 1.0.18013.5.1.2, 1.0.18013.5.1.6 and 1.3.6.1.5.5.7.3.1
const MDL_DS: &[u8] = &[0x28, 0x81, 0x8c, 0x5d, 0x05, 0x01, 0x02];
const MDL_READER_AUTH: &[u8] = &[0x28, 0x81, 0x8c, 0x5d, 0x05, 0x01, 0x06];
/// 1.3.6.1.5.5.7.1.31 (RFC 8737 §6.1)
const ACME_IDENTIFIER: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x1f];
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
const PRINTABLE_STRING: u8 = 0x13;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// `[0]` with content: the version of a certificate, and a distribution point's name.
const EXPLICIT_0: u8 = 0xa0;
/// `[3]`: the extensions.
const EXPLICIT_3: u8 = 0xa3;
/// `[0]` without: the KeyIdentifier of an AuthorityKeyIdentifier.
const KEY_IDENTIFIER: u8 = 0x80;
/// `digitalSignature` alone; `keyCertSign` and `cRLSign`, as a `KeyUsage`.
const DIGITAL_SIGNATURE: &[u8] = &[BIT_STRING, 2, 7, 0b1000_0000];
const KEY_CERT_SIGN_AND_CRL_SIGN: &[u8] = &[BIT_STRING, 2, 1, 0b0000_0110];
/// An authority below which there is no other.
const LAST_AUTHORITY: &[u8] = &[SEQUENCE, 6, BOOLEAN, 1, 0xff, INTEGER, 1, 0];

/// Why there is no certificate. All but [`Self::NotAnAuthority`], [`Self::Profile`] and [`Self::OtherKey`] are the caller's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// A country is named by two capital letters (ISO 3166-1 alpha-2).
    #[error("the country is not two capital letters, as in KR")]
    Country,
    /// The name is empty, too long, or has control characters.
    #[error("the name is empty, longer than 64 characters, or has control characters")]
    Name,
    /// No host, identifier or mailbox, or too many of them.
    #[error(
        "a name is no host, address, URI or mailbox that a certificate can bear, or there are more than 32"
    )]
    AltName,
    /// A server without a name.
    #[error("a server's certificate bears at least one name")]
    Nameless,
    /// No day, or more than the profile has.
    #[error("such a certificate is valid for 1 to {0} days")]
    Days(u16),
    /// The root does not last as long, or has not begun.
    #[error("the root is not good for all of that time; it ends at {0}")]
    BeyondRoot(Timestamp),
    /// Such a key does not sign.
    #[error("this kind of key does not sign")]
    CannotSign,
    /// A root signs by ECDSA (table B.1).
    #[error("the key of such a root is on one of the curves P-256, P-384 and P-521")]
    RootKey,
    /// What should be the root's certificate is not that of an authority by the profile.
    #[error("this is not the certificate of such an authority")]
    NotAnAuthority,
    /// Every verifier would refuse a document signer below this root, which may be from elsewhere.
    #[error("every verifier would refuse a document signer of this root: {0}")]
    Profile(DocumentSignerError),
    /// Key and certificate do not belong together.
    #[error("the key is not that of the authority's certificate")]
    OtherKey,
}

/// Who a root is.
#[derive(Debug, Clone, Copy)]
pub struct Root<'a> {
    /// Its country, two capital letters: an mDL's `issuing_country`.
    pub country: &'a str,
    /// Its common name.
    pub name: &'a str,
    /// How its people are reached, a URI or a mailbox: the issuer's alternative name of all it certifies.
    pub contact: AltName<'a>,
    /// Where its list of revoked certificates would be.
    pub crl: &'a str,
    /// How long it is valid, at most [`MAX_ROOT_DAYS`].
    pub days: u16,
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Signs mdocs (table B.3).
    DocumentSigner,
    /// Signs a verifier's requests (table B.6).
    Reader,
    /// Serves TLS.
    TlsServer,
}

impl Profile {
    /// Most days it is valid: 457 and 1187 by Annex B; 397 is what browsers take of a server.
    pub const fn max_days(self) -> u16 {
        match self {
            Self::DocumentSigner => 457,
            Self::Reader => 1187,
            Self::TlsServer => 397,
        }
    }

    const fn purpose(self) -> &'static [u8] {
        match self {
            Self::DocumentSigner => MDL_DS,
            Self::Reader => MDL_READER_AUTH,
            Self::TlsServer => SERVER_AUTH,
        }
    }
}

/// Whom the root shall certify.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What for.
    pub profile: Profile,
    /// The common name.
    pub name: &'a str,
    /// The subject's alternative names.
    pub names: &'a [AltName<'a>],
    /// How long, at most [`Profile::max_days`].
    pub days: u16,
}

/// A root that certifies.
pub struct Authority {
    certificate: Vec<u8>,
    key: PrivateKey,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl Authority {
    /// A new root with `key`, which is on a curve of NIST, valid from `now`.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn root(
        root: &Root<'_>,
        key: PrivateKey,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Self, AuthorityError> {
        if root.country.len() != 2 || !root.country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(AuthorityError::Country);
        }
        if !matches!(key.public().key_type(), KeyType::P256 | KeyType::P384 | KeyType::P521) {
            return Err(AuthorityError::RootKey);
        }
        let contact = alt_names(&[root.contact])?;
        // DistributionPoint, its fullName alone: neither `reasons` nor `cRLIssuer`.
        let point = element(EXPLICIT_0, &element(EXPLICIT_0, &alt_names(&[AltName::Uri(root.crl)])?));
        let subject = name(root.country.as_bytes(), root.name)?;
        let extensions = [
            extension(KEY_USAGE, true, KEY_CERT_SIGN_AND_CRL_SIGN),
            extension(BASIC_CONSTRAINTS, true, LAST_AUTHORITY),
            subject_key_identifier(key.public()),
            extension(ISSUER_ALT_NAME, false, &element(SEQUENCE, &contact)),
            extension(CRL_DISTRIBUTION_POINTS, false, &element(SEQUENCE, &element(SEQUENCE, &point))),
        ];
        let period = (now, end(now, root.days, MAX_ROOT_DAYS)?);
        let certificate =
            sign(&key, &subject, (&subject, key.public()), period, &extensions.concat(), entropy)?;
        Ok(Self { certificate, key })
    }

    /// A root that was made before: its certificate in DER, and its key.
    ///
    /// # Errors
    /// [`AuthorityError::NotAnAuthority`], [`AuthorityError::OtherKey`].
    pub fn open(certificate: Vec<u8>, key: PrivateKey) -> Result<Self, AuthorityError> {
        let issuing = read(&certificate)?;
        if issuing.key != *key.public() {
            return Err(AuthorityError::OtherKey);
        }
        Ok(Self { certificate, key })
    }

    /// Its certificate in DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The last moment of its validity.
    pub fn ends(&self) -> Option<Timestamp> {
        Issuing::read(&self.certificate).ok().map(|issuing| issuing.validity.1)
    }

    /// The certificate of `subject`, who holds `key`, in DER, valid from `now`.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn certify(
        &self,
        subject: &Subject<'_>,
        key: &PublicKey,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, AuthorityError> {
        let root = read(&self.certificate)?;
        let (Some(country), Some(identifier)) = (root.country, root.key_identifier) else {
            return Err(AuthorityError::NotAnAuthority);
        };
        if key.key_type().jose_alg().is_none() {
            return Err(AuthorityError::CannotSign);
        }
        let names = alt_names(subject.names)?;
        let ends = end(now, subject.days, subject.profile.max_days())?;
        if now < root.validity.0 || root.validity.1 < ends {
            return Err(AuthorityError::BeyondRoot(root.validity.1));
        }
        let tls = subject.profile == Profile::TlsServer;
        if tls && names.is_empty() {
            return Err(AuthorityError::Nameless);
        }
        let purpose = element(SEQUENCE, &element(OBJECT_IDENTIFIER, subject.profile.purpose()));
        let authority = element(SEQUENCE, &element(KEY_IDENTIFIER, identifier));
        let mut extensions = [
            extension(AUTHORITY_KEY_IDENTIFIER, false, &authority),
            subject_key_identifier(key),
            extension(KEY_USAGE, true, DIGITAL_SIGNATURE),
            extension(EXTENDED_KEY_USAGE, !tls, &purpose),
        ]
        .concat();
        if !names.is_empty() {
            extensions.extend(extension(SUBJECT_ALT_NAME, false, &element(SEQUENCE, &names)));
        }
        // Some clients of TLS refuse a server whose list of revoked certificates they cannot fetch.
        if !tls {
            let repeated = [
                (ISSUER_ALT_NAME, root.issuer_alt_name),
                (CRL_DISTRIBUTION_POINTS, root.crl_distribution_points),
            ];
            for (identifier, value) in repeated {
                let value = value.ok_or(AuthorityError::NotAnAuthority)?;
                extensions.extend(extension(identifier, false, value));
            }
        }
        let issuer = element(SEQUENCE, root.subject);
        let holder = (&name(country, subject.name)?[..], key);
        let made = sign(&self.key, &issuer, holder, (now, ends), &extensions, entropy)?;
        if subject.profile == Profile::DocumentSigner {
            self.require_signer(&made, now)?;
        }
        Ok(made)
    }

    /// Refuses a document signer whom every verifier would: this root, which may be from elsewhere, does not keep the profile.
    fn require_signer(&self, made: &[u8], now: Timestamp) -> Result<(), AuthorityError> {
        let anchors = Anchors::new(vec![self.certificate.clone()]);
        let anchors = anchors.map_err(|_: ChainError| AuthorityError::NotAnAuthority)?;
        let signer = Leaf::verify_document_signer(&[made.to_vec()], &anchors, now);
        signer.map(drop).map_err(|error| match error {
            DocumentSignerError::Chain(_) => AuthorityError::NotAnAuthority,
            error => AuthorityError::Profile(error),
        })
    }
}

/// A certificate that shows an authority of ACME that `name` is ours: `digest` is SHA-256 of its key authorization (RFC 8737 §3).
/// Self-signed by `key`, for this and nothing else.
pub(crate) fn proof_of_name(
    host: &str,
    digest: &[u8],
    key: &PrivateKey,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, AuthorityError> {
    let extensions = [
        extension(SUBJECT_ALT_NAME, true, &element(SEQUENCE, &alt_names(&[AltName::Dns(host)])?)),
        extension(ACME_IDENTIFIER, true, &element(OCTET_STRING, digest)),
    ];
    let (nobody, ends) = (element(SEQUENCE, &[]), end(now, 1, 1)?);
    sign(key, &nobody, (&nobody, key.public()), (now, ends), &extensions.concat(), entropy)
}

fn read(certificate: &[u8]) -> Result<Issuing<'_>, AuthorityError> {
    Issuing::read(certificate).map_err(|_: ChainError| AuthorityError::NotAnAuthority)
}

/// The last second of `days` days that begin `now`: both ends count (RFC 5280 §4.1.2.5).
fn end(now: Timestamp, days: u16, most: u16) -> Result<Timestamp, AuthorityError> {
    if days == 0 || days > most {
        return Err(AuthorityError::Days(most));
    }
    Ok(now.plus(Seconds(u32::from(days) * DAY - 1)))
}

/// A certificate (RFC 5280 §4.1): the `Name` of who signs, that of who holds the key, and its extensions.
fn sign(
    signer: &PrivateKey,
    issuer: &[u8],
    (subject, key): (&[u8], &PublicKey),
    (begins, ends): (Timestamp, Timestamp),
    extensions: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, AuthorityError> {
    let signs: KeyType = signer.public().key_type();
    let tbs = [
        element(EXPLICIT_0, &[INTEGER, 1, 2]),
        serial_number(entropy),
        der::algorithm(signs).ok_or(AuthorityError::CannotSign)?,
        issuer.to_vec(),
        element(SEQUENCE, &[moment(begins), moment(ends)].concat()),
        subject.to_vec(),
        key.to_spki_der(),
        element(EXPLICIT_3, &element(SEQUENCE, extensions)),
    ];
    let tbs = element(SEQUENCE, &tbs.concat());
    let signature = signer.sign(&tbs).map_err(|_| AuthorityError::CannotSign)?;
    der::signed(tbs, signs, &signature).ok_or(AuthorityError::CannotSign)
}

/// A positive number of 16 bytes, 126 bits of it drawn (Annex B: at least 71, and at most 20 bytes).
fn serial_number(entropy: &dyn Entropy) -> Vec<u8> {
    let mut serial = [0; 16];
    entropy.fill(&mut serial);
    let [first, ..] = &mut serial;
    *first = (*first & 0x3f) | 0x40;
    element(INTEGER, &serial)
}

/// `Name` of a country and a common name.
fn name(country: &[u8], common: &str) -> Result<Vec<u8>, AuthorityError> {
    if common.trim().is_empty() || common.chars().count() > MAX_NAME || common.contains(char::is_control) {
        return Err(AuthorityError::Name);
    }
    let attribute = |identifier: &[u8], tag: u8, value: &[u8]| {
        let attribute = [element(OBJECT_IDENTIFIER, identifier), element(tag, value)].concat();
        element(SET, &element(SEQUENCE, &attribute))
    };
    let country = attribute(COUNTRY_NAME, PRINTABLE_STRING, country);
    let common = attribute(COMMON_NAME, UTF8_STRING, common.as_bytes());
    Ok(element(SEQUENCE, &[country, common].concat()))
}

/// `GeneralNames` without its head, each of its kind.
fn alt_names(names: &[AltName<'_>]) -> Result<Vec<u8>, AuthorityError> {
    let fits = |name: &AltName<'_>| match name {
        AltName::Dns(name) => DnsName::try_from(name.strip_prefix("*.").unwrap_or(name)).is_ok(),
        AltName::Uri(uri) => Url::parse(uri).is_ok() && uri.bytes().all(|byte| byte.is_ascii_graphic()),
        AltName::Mail(mail) => {
            let host = mail.rsplit_once('@').filter(|(mailbox, _)| !mailbox.is_empty());
            host.is_some_and(|(_, host)| DnsName::try_from(host).is_ok())
                && mail.bytes().all(|byte| byte.is_ascii_graphic())
        }
        AltName::Ip(_) => true,
    };
    if names.len() > MAX_ALT_NAMES || !names.iter().all(fits) {
        return Err(AuthorityError::AltName);
    }
    der::general_names(names).ok_or(AuthorityError::AltName)
}

/// SHA-1 of the key, as Annex B has it and RFC 5280 §4.2.1.2 (1): an identifier, nothing rests on it.
fn subject_key_identifier(key: &PublicKey) -> Vec<u8> {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &key_bits(key));
    extension(SUBJECT_KEY_IDENTIFIER, false, &element(OCTET_STRING, digest.as_ref()))
}

/// The key as the BIT STRING of its SubjectPublicKeyInfo has it: points uncompressed.
fn key_bits(key: &PublicKey) -> Vec<u8> {
    let spki = key.to_spki_der();
    let size = match key.key_type() {
        KeyType::Ed25519 | KeyType::X25519 => 32,
        KeyType::P256 => 65,
        KeyType::P384 => 97,
        KeyType::P521 => 133,
    };
    spki.get(spki.len().saturating_sub(size)..).unwrap_or_default().to_vec()
}

/// `Extension` (RFC 5280 §4.1). `critical` is left out where it is false, as DER has it.
fn extension(identifier: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { element(BOOLEAN, &[0xff]) } else { Vec::new() };
    let parts = [element(OBJECT_IDENTIFIER, identifier), critical, element(OCTET_STRING, value)];
    element(SEQUENCE, &parts.concat())
}

/// `Time`: until 2049 with two digits of the year (RFC 5280 §4.1.2.5).
fn moment(at: Timestamp) -> Vec<u8> {
    let text: String = at.to_rfc3339().chars().filter(char::is_ascii_digit).collect::<String>() + "Z";
    match text.get(..4) {
        Some(year) if ("1950".."2050").contains(&year) => {
            element(UTC_TIME, text.get(2..).unwrap_or_default().as_bytes())
        }
        _ => element(GENERALIZED_TIME, text.as_bytes()),
    }
}

#[cfg(test)]
mod tests;
