//! Chains made with rcgen, good and bad.

mod profile;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
    PKCS_ECDSA_P521_SHA512, PKCS_ED25519, PublicKeyData, SanType, SignatureAlgorithm, date_time_ymd,
};

use super::*;

/// A certificate authority for tests.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// 2026-11-22, inside the validity of everything made here.
pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_795_305_600);

impl Authority {
    /// A self-signed root, P-256.
    pub(crate) fn root(name: &str) -> Self {
        Self::root_with(name, &PKCS_ECDSA_P256_SHA256, |_| {})
    }

    fn root_with(
        name: &str,
        algorithm: &'static SignatureAlgorithm,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Self {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let mut params = authority(name);
        change(&mut params);
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    pub(crate) fn below(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = authority(name);
        change(&mut params);
        Self(CertifiedIssuer::signed_by(params, key, &self.0).unwrap())
    }

    /// Its certificate.
    pub(crate) fn der(&self) -> Vec<u8> {
        self.0.der().to_vec()
    }

    /// What certificates that it signs say of its key.
    pub(crate) fn key_identifier(&self) -> Vec<u8> {
        CertificateParams::default().key_identifier(self.0.key())
    }

    /// A root for document signers of this country (ISO 18013-5 Annex B.1.2), valid from 2020 to 2040.
    pub(crate) fn iaca(country: &str) -> Self {
        Self::iaca_with(country, |_| {})
    }

    pub(crate) fn iaca_with(country: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        Self::iaca_by(&PKCS_ECDSA_P256_SHA256, country, change)
    }

    fn iaca_by(
        algorithm: &'static SignatureAlgorithm,
        country: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Self {
        Self::root_with("iaca", algorithm, |params| {
            of_country(params, country);
            change(params);
        })
    }

    /// Another certificate of this root, for the same name and key.
    pub(crate) fn iaca_anew(&self, country: &str, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let mut params = authority("iaca");
        of_country(&mut params, country);
        change(&mut params);
        params.self_signed(self.0.key()).unwrap().der().to_vec()
    }

    /// A document signer's certificate (Annex B.1.4), valid from 2026-06-01 to 2027-08-01, and its key in PKCS#8.
    pub(crate) fn document_signer(&self, change: impl FnOnce(&mut CertificateParams)) -> (Vec<u8>, Vec<u8>) {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        (self.sign(&document_signer(change), &key), key.serialize_der())
    }

    /// Anchors that are this one alone.
    pub(crate) fn anchors(&self) -> Anchors {
        Anchors::new(vec![self.der()]).unwrap()
    }

    /// A leaf with these alternative names, and its key in PKCS#8.
    pub(crate) fn leaf(&self, names: &[&str]) -> (Vec<u8>, Vec<u8>) {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        (self.sign(&leaf(names), &key), key.serialize_der())
    }

    /// A leaf whose subject is this organization of this country, and its key in PKCS#8.
    pub(crate) fn leaf_of(&self, organization: &str, country: &str) -> (Vec<u8>, Vec<u8>) {
        let mut params = leaf(&[]);
        params.distinguished_name.push(DnType::OrganizationName, organization);
        params.distinguished_name.push(DnType::CountryName, country);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        (self.sign(&params, &key), key.serialize_der())
    }

    /// A leaf with these extended key usages.
    pub(crate) fn leaf_for(&self, purposes: Vec<ExtendedKeyUsagePurpose>) -> Vec<u8> {
        self.leaf_with(|params| params.extended_key_usages = purposes)
    }

    fn leaf_with(&self, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let mut params = leaf(&["a.example"]);
        change(&mut params);
        self.sign(&params, &KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap())
    }

    fn sign(&self, params: &CertificateParams, key: &impl PublicKeyData) -> Vec<u8> {
        params.signed_by(key, &self.0).unwrap().der().to_vec()
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2027, 1, 1));
    params.use_authority_key_identifier_extension = true;
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// A root for document signers.
fn of_country(params: &mut CertificateParams, country: &str) {
    params.distinguished_name.push(DnType::CountryName, printable(country));
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2040, 1, 1));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.custom_extensions = vec![extension(CONTACT, false)];
}

/// Country names are no other text.
pub(crate) fn printable(text: &str) -> DnValue {
    DnValue::PrintableString(text.try_into().unwrap())
}

/// What a document signer's certificate says. Its extended key usages are made critical, which rcgen does not.
fn document_signer(change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut params = leaf(&[]);
    params.is_ca = IsCa::NoCa;
    params.distinguished_name.push(DnType::CountryName, printable("KR"));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(vec![1, 0, 18013, 5, 1, 2])];
    (params.not_before, params.not_after) = (date_time_ymd(2026, 6, 1), date_time_ymd(2027, 8, 1));
    params.custom_extensions = [SUBJECT_KEY, CONTACT, POINTS].map(|it| extension(it, false)).to_vec();
    change(&mut params);
    let purposes: Vec<u8> = params
        .extended_key_usages
        .drain(..)
        .flat_map(|purpose| match purpose {
            ExtendedKeyUsagePurpose::ServerAuth => [&[6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1][..]].concat(),
            ExtendedKeyUsagePurpose::Other(_) => [&[6, 7, 0x28, 0x81, 0x8c, 0x5d, 5, 1, 2][..]].concat(),
            other => panic!("not written here: {other:?}"),
        })
        .collect();
    if let Ok(length @ 1..) = u8::try_from(purposes.len()) {
        let purposes = [&[0x30, length][..], &purposes].concat();
        params.custom_extensions.push(extension((37, &purposes), true));
    }
    params
}

/// An extension below 2.5.29 (RFC 5280 §4.2.1), by its last number.
type Written<'b> = (u64, &'b [u8]);

const SUBJECT_KEY: Written<'static> = (14, &[4, 4, 1, 2, 3, 4]);
const CONTACT: Written<'static> = (18, b"\x30\x0a\x81\x08pki@a.kr");
const POINTS: Written<'static> = (31, b"\x30\x0f\x30\x0d\xa0\x0b\xa0\x09\x86\x07http://");

fn extension((last, value): Written<'_>, critical: bool) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, last], value.to_vec());
    extension.set_criticality(critical);
    extension
}

/// Names with a scheme become URIs, others DNS names.
fn leaf(names: &[&str]) -> CertificateParams {
    let mut params = named("signer");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.subject_alt_names = names
        .iter()
        .map(|name| match name.contains(':') {
            true => SanType::URI((*name).try_into().unwrap()),
            false => SanType::DnsName((*name).try_into().unwrap()),
        })
        .collect();
    params
}

fn outcome(chain: &[Vec<u8>], anchors: &Anchors) -> Result<(), ChainError> {
    Leaf::verify(chain, anchors, NOW).map(drop)
}

#[test]
fn a_chain_to_an_anchor_gives_the_leaf() {
    let root = Authority::root("root");
    let middle = root.below("middle", |_| {});
    let (der, pkcs8) = middle.leaf(&["A.example", "https://a.example/issuer", "*.b.example"]);
    let leaf = Leaf::verify(&[der.clone(), middle.der()], &root.anchors(), NOW).unwrap();
    assert_eq!(leaf.dns_names(), ["a.example", "*.b.example"]);
    assert_eq!(leaf.uris(), ["https://a.example/issuer"]);
    assert_eq!(*leaf.sha256(), hash::sha256(&der));
    let key = jigap_keys::PrivateKey::from_pkcs8_der(&pkcs8).unwrap();
    assert_eq!(leaf.key(), key.public());
    // The anchor may stand in the chain, and any CA of it may be the anchor.
    assert_eq!(outcome(&[der.clone(), middle.der(), root.der()], &root.anchors()), Ok(()));
    assert_eq!(outcome(&[der], &middle.anchors()), Ok(()));
}

#[test]
fn a_chain_holds_together_up_to_its_own_last_certificate() {
    let (root, stranger) = (Authority::root("root"), Authority::root("stranger"));
    let middle = root.below("middle", |_| {});
    let (leaf, _) = middle.leaf(&["a.example"]);
    let judged = |chain: &[&Vec<u8>], at: i64| {
        let chain: Vec<Vec<u8>> = chain.iter().map(|der| (*der).clone()).collect();
        Leaf::dangerous_without_anchor(&chain, Timestamp::from_unix(at)).map(drop)
    };
    let (begins, ends) = (1_767_225_600, 1_798_761_600);
    for chain in [&[&leaf][..], &[&leaf, &middle.der()], &[&leaf, &middle.der(), &root.der()]] {
        assert_eq!(judged(chain, begins), Ok(()));
        assert_eq!(judged(chain, begins - 1), Err(ChainError::NotYetValid(Timestamp::from_unix(begins))));
        assert_eq!(judged(chain, ends), Err(ChainError::Expired(Timestamp::from_unix(ends))));
    }
    assert_eq!(judged(&[], begins), Err(ChainError::Size));
    assert_eq!(judged(&[&leaf, &stranger.der()], begins), Err(ChainError::NoPath));
    assert_eq!(judged(&[&leaf, &middle.der(), &stranger.der()], begins), Err(ChainError::NoPath));
    assert_eq!(judged(&[&leaf, &leaf], begins), Err(ChainError::NoPath));
    assert_eq!(judged(&[&middle.der()], begins), Err(ChainError::LeafIsCa));
}

#[test]
fn who_certifies_a_leaf_is_who_signed_on_its_path() {
    let (root, stranger) = (Authority::root("root"), Authority::root("stranger"));
    let (middle, beside) = (root.below("middle", |_| {}), stranger.below("beside", |_| {}));
    let (der, _) = middle.leaf(&["a.example"]);
    let chain = [der.clone(), middle.der(), beside.der(), stranger.der()];
    let by = |leaf: &Leaf| leaf.authority_key_identifiers().to_vec();
    let leaf = Leaf::verify(&chain, &root.anchors(), NOW).unwrap();
    assert_eq!(by(&leaf), [middle.key_identifier(), root.key_identifier()], "and nobody beside the path");
    assert_eq!(by(&Leaf::dangerous_without_path(&der).unwrap()), [middle.key_identifier()]);

    let silent = middle.leaf_with(|params| params.use_authority_key_identifier_extension = false);
    let leaf = Leaf::verify(&[silent.clone(), middle.der()], &root.anchors(), NOW).unwrap();
    assert_eq!(by(&leaf), [root.key_identifier()]);
    assert_eq!(authority_key_identifier(&silent), None);
    assert_eq!(authority_key_identifier(&der), Some(middle.key_identifier()));
    for length in 0..der.len() {
        assert_eq!(authority_key_identifier(&der[..length]), None);
    }
}

#[test]
fn the_end_of_a_certificate_is_read_in_both_forms_of_time() {
    let root = Authority::root("root");
    let (der, _) = root.leaf(&[]);
    assert_eq!(not_after(&der), Some(Timestamp::from_unix(1_798_761_600)));
    let late = root.leaf_with(|params| params.not_after = date_time_ymd(2051, 2, 3));
    assert_eq!(not_after(&late), Timestamp::parse_rfc3339("2051-02-03T00:00:00Z"));
    for length in 0..120 {
        assert_eq!(not_after(&der[..length]), None);
    }
}

#[test]
fn every_algorithm_signs_chains() {
    for algorithm in
        [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384, &PKCS_ECDSA_P521_SHA512, &PKCS_ED25519]
    {
        let root = Authority::root_with("root", algorithm, |_| {});
        let key = KeyPair::generate_for(algorithm).unwrap();
        let good = root.sign(&leaf(&["a.example"]), &key);
        assert_eq!(outcome(std::slice::from_ref(&good), &root.anchors()), Ok(()), "{algorithm:?}");
        let mut forged = good;
        *forged.last_mut().unwrap() ^= 1;
        assert_eq!(outcome(&[forged], &root.anchors()), Err(ChainError::NoPath), "{algorithm:?}");
    }
}

#[test]
fn a_chain_to_somebody_else_is_refused() {
    let root = Authority::root("root");
    let namesake = Authority::root("root");
    let middle = root.below("middle", |_| {});
    let (der, _) = middle.leaf(&[]);
    assert_eq!(outcome(&[der.clone(), middle.der()], &namesake.anchors()), Err(ChainError::NoPath));
    assert_eq!(outcome(&[der], &root.anchors()), Err(ChainError::NoPath), "a link is missing");
    let (other, _) = namesake.leaf(&[]);
    assert_eq!(outcome(&[other, middle.der(), root.der()], &root.anchors()), Err(ChainError::NoPath));
}

#[test]
fn time_ends_a_chain_on_both_sides() {
    let root = Authority::root("root");
    let (der, _) = root.leaf(&[]);
    let (begins, ends) = (1_767_225_600, 1_798_761_600); // 2026-01-01, 2027-01-01
    let at = |seconds| {
        Leaf::verify(std::slice::from_ref(&der), &root.anchors(), Timestamp::from_unix(seconds)).map(drop)
    };
    assert_eq!(at(begins - 1), Err(ChainError::NotYetValid(Timestamp::from_unix(begins))));
    assert_eq!(at(begins), Ok(()));
    assert_eq!(at(ends), Ok(()));
    assert_eq!(at(ends + 1), Err(ChainError::Expired(Timestamp::from_unix(ends))));
    assert!(matches!(at(-1), Err(ChainError::NotYetValid(_))));
    let old = root.below("old", |params| params.not_after = date_time_ymd(2026, 6, 1));
    let (below, _) = old.leaf(&[]);
    assert!(matches!(outcome(&[below, old.der()], &root.anchors()), Err(ChainError::Expired(_))));
}

#[test]
fn a_ca_is_no_leaf_and_a_leaf_is_no_ca() {
    let root = Authority::root("root");
    let middle = root.below("middle", |_| {});
    assert_eq!(outcome(&[middle.der()], &root.anchors()), Err(ChainError::LeafIsCa));
    assert_eq!(outcome(&[root.der()], &root.anchors()), Err(ChainError::LeafIsCa), "the anchor alone");
    let no_ca = root.below("no ca", |params| {
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    });
    let (below, _) = no_ca.leaf(&[]);
    assert_eq!(outcome(&[below, no_ca.der()], &root.anchors()), Err(ChainError::NoPath));
}

#[test]
fn a_listed_certificate_that_is_no_ca_stands_for_itself_alone() {
    let itself = Authority::root_with("itself", &PKCS_ECDSA_P256_SHA256, |params| {
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    });
    assert_eq!(outcome(&[itself.der()], &itself.anchors()), Ok(()), "listed");
    assert_eq!(
        outcome(&[itself.der()], &Authority::root("root").anchors()),
        Err(ChainError::NoPath),
        "not listed"
    );
    let (below, _) = itself.leaf(&[]);
    assert_eq!(outcome(&[below.clone(), itself.der()], &itself.anchors()), Err(ChainError::NoPath));
    let listed = Anchors::new(vec![below.clone()]).unwrap();
    assert_eq!(outcome(std::slice::from_ref(&below), &listed), Ok(()), "whoever signed it");
    assert_eq!(outcome(&[itself.leaf(&[]).0], &listed), Err(ChainError::NoPath), "another of that signer");
    let (begins, ends) = validity(&below).unwrap();
    let at = |now| Leaf::verify(std::slice::from_ref(&below), &listed, now).map(drop);
    assert_eq!(at(ends), Err(ChainError::Expired(ends)));
    assert_eq!(at(Timestamp::from_unix(begins.unix() - 1)), Err(ChainError::NotYetValid(begins)));
    assert_eq!(outcome(&[below], &itself.anchors()), Err(ChainError::NoPath));
}

#[test]
fn key_usage_is_honoured() {
    let root = Authority::root("root");
    let without = root.leaf_with(|params| params.key_usages = vec![KeyUsagePurpose::KeyAgreement]);
    assert_eq!(outcome(&[without], &root.anchors()), Err(ChainError::KeyUsage));
    let absent = root.leaf_with(|params| params.key_usages.clear());
    assert_eq!(outcome(&[absent], &root.anchors()), Ok(()));
    let no_signer = root.below("no signer", |params| params.key_usages = vec![KeyUsagePurpose::CrlSign]);
    let (below, _) = no_signer.leaf(&[]);
    assert_eq!(outcome(&[below.clone(), no_signer.der()], &root.anchors()), Err(ChainError::KeyUsage));
    assert_eq!(
        outcome(&[below], &no_signer.anchors()),
        Err(ChainError::NoPath),
        "such a CA is no anchor either"
    );
}

#[test]
fn critical_extensions_nobody_understands_are_refused() {
    let root = Authority::root("root");
    let with = |critical: bool| {
        root.leaf_with(|params| {
            let mut extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
            extension.set_criticality(critical);
            params.custom_extensions = vec![extension];
        })
    };
    assert_eq!(outcome(&[with(true)], &root.anchors()), Err(ChainError::UnsupportedExtension));
    assert_eq!(outcome(&[with(false)], &root.anchors()), Ok(()));
}

#[test]
fn constraints_of_a_ca_bind() {
    let root = Authority::root("root");
    let last = root.below("last", |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let below = last.below("below", |_| {});
    let (der, _) = below.leaf(&[]);
    assert_eq!(outcome(&[der, below.der(), last.der()], &root.anchors()), Err(ChainError::NoPath));
}

#[test]
fn long_chains_and_large_certificates_are_refused() {
    let root = Authority::root("root");
    let mut chain = Vec::new();
    let mut last = root.below("0", |_| {});
    for depth in 1..MAX_CHAIN {
        chain.insert(0, last.der());
        last = last.below(&depth.to_string(), |_| {});
    }
    let (der, _) = last.leaf(&[]);
    chain.insert(0, last.der());
    chain.insert(0, der);
    assert_eq!(chain.len(), MAX_CHAIN + 1);
    assert_eq!(outcome(&chain, &root.anchors()), Err(ChainError::Size));
    assert_eq!(outcome(&[], &root.anchors()), Err(ChainError::Size));
    let large = root.leaf_with(|params| {
        params.custom_extensions =
            vec![CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![0; MAX_CERTIFICATE])];
    });
    assert_eq!(outcome(std::slice::from_ref(&large), &root.anchors()), Err(ChainError::Size));
    let (small, _) = root.leaf(&[]);
    assert_eq!(outcome(&[small, large], &root.anchors()), Err(ChainError::Size));
}

/// A key of RSA, whose numbers nobody looks at.
struct Rsa;

impl PublicKeyData for Rsa {
    fn der_bytes(&self) -> &[u8] {
        b"\x30\x06\x02\x01\x23\x02\x01\x03"
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

#[test]
fn a_leaf_with_a_key_nobody_speaks_is_refused() {
    let root = Authority::root("root");
    let der = root.sign(&leaf(&[]), &Rsa);
    assert_eq!(outcome(&[der], &root.anchors()), Err(ChainError::UnsupportedKey));
}

#[test]
fn what_is_no_certificate_is_refused() {
    let root = Authority::root("root");
    let (der, _) = root.leaf(&[]);
    for bytes in [&b""[..], b"0", b"\x30\x00", &der[1..], &der[..der.len() - 1], &[&der[..], &[0]].concat()] {
        assert_eq!(outcome(&[bytes.to_vec()], &root.anchors()), Err(ChainError::Malformed));
        assert_eq!(Anchors::new(vec![bytes.to_vec()]), Err(ChainError::InvalidAnchor));
    }
    assert_eq!(Anchors::new(vec![]), Err(ChainError::InvalidAnchor));
    assert_eq!(Anchors::new(vec![root.der(); MAX_ANCHORS + 1]), Err(ChainError::InvalidAnchor));
    assert_eq!(root.anchors().certificates().collect::<Vec<_>>(), [root.der()]);
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    let root = Authority::root("root");
    let (der, _) = root.leaf(&["a.example"]);
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed[at] ^= 1;
        assert!(outcome(&[changed], &root.anchors()).is_err(), "byte {at}");
    }
}

#[test]
fn what_an_authority_repeats_of_itself_is_read() {
    let iaca = Authority::iaca_with("KR", |params| {
        let alt_name = CustomExtension::from_oid_content(&[2, 5, 29, 18], vec![0x30, 3, 0x86, 1, b'a']);
        params.custom_extensions = vec![alt_name];
    });
    let der = iaca.der();
    let read = Issuing::read(&der).unwrap();
    assert_eq!(read.country, Some(&b"KR"[..]));
    assert_eq!(read.key_identifier, Some(&iaca.key_identifier()[..]));
    assert_eq!(read.issuer_alt_name, Some(&[0x30, 3, 0x86, 1, b'a'][..]));
    assert_eq!(read.crl_distribution_points, None);
    assert_eq!(read.validity, validity(&der).unwrap());
    let (signer, _) = iaca.document_signer(|_| {});
    assert_eq!(read.subject, der::fields(&signer).unwrap().issuer);
    assert_eq!(Issuing::read(&signer), Err(ChainError::KeyUsage));
    for length in 0..der.len() {
        assert_eq!(Issuing::read(&der[..length]), Err(ChainError::Malformed));
    }
    assert_eq!(Issuing::read(&vec![0; MAX_CERTIFICATE + 1]), Err(ChainError::Size));
}
