//! What is made is judged by the core; what no certificate can say is refused. What OpenSSL thinks of it is tested with
//! `jigap ca`.

use std::net::Ipv6Addr;

use jigap_wallet_core::x509::{Anchors, Leaf, Rule, validity};

use super::*;
use crate::testing::SeededEntropy;

/// 2026-11-22
const NOW: Timestamp = Timestamp::from_unix(1_795_305_600);
const URI: AltName<'static> = AltName::Uri("https://id.example/licensing");
const ROOT: Root<'static> = Root {
    country: "KR",
    name: "한빛 개발 IACA",
    contact: AltName::Mail("pki@id.example"),
    crl: "https://id.example/root.crl",
    days: 3650,
};

fn key(seed: u64) -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &SeededEntropy::new(seed))
}

fn root(change: impl FnOnce(&mut Root<'static>)) -> Result<Authority, AuthorityError> {
    let mut root = ROOT;
    change(&mut root);
    Authority::root(&root, key(1), NOW, &SeededEntropy::new(7))
}

fn certified(
    authority: &Authority,
    change: impl FnOnce(&mut Subject<'static>),
) -> Result<Vec<u8>, AuthorityError> {
    let mut subject =
        Subject { profile: Profile::DocumentSigner, name: "signer 1", names: &[URI], days: 457 };
    change(&mut subject);
    authority.certify(&subject, key(2).public(), NOW, &SeededEntropy::new(8))
}

fn later(days: i64) -> Timestamp {
    Timestamp::from_unix(NOW.unix() + days * 86_400)
}

#[test]
fn a_document_signer_passes_the_profile_of_mdocs_until_its_last_second() {
    let root = root(|_| {}).unwrap();
    let anchors = Anchors::new(vec![root.certificate().to_vec()]).unwrap();
    let chain = [certified(&root, |_| {}).unwrap()];
    let leaf = Leaf::verify_document_signer(&chain, &anchors, NOW).unwrap();
    assert_eq!(
        (leaf.key(), leaf.uris()),
        (key(2).public(), &["https://id.example/licensing".to_owned()][..])
    );
    assert_eq!(validity(&chain[0]), Some((NOW, Timestamp::from_unix(later(457).unix() - 1))));
    assert!(
        Leaf::verify_document_signer(&chain, &anchors, Timestamp::from_unix(later(457).unix() - 1)).is_ok()
    );
    assert!(Leaf::verify_document_signer(&chain, &anchors, later(457)).is_err());
    assert_eq!(root.ends(), Some(Timestamp::from_unix(later(3650).unix() - 1)));
}

#[test]
fn only_document_signers_sign_documents_and_no_certificate_certifies() {
    let root = root(|_| {}).unwrap();
    let anchors = Anchors::new(vec![root.certificate().to_vec()]).unwrap();
    for profile in [Profile::Reader, Profile::TlsServer] {
        let chain = [certified(&root, |it| {
            (it.profile, it.days) = (profile, 397);
            it.names =
                &[AltName::Dns("gate.example"), AltName::Ip(std::net::IpAddr::V6(Ipv6Addr::LOCALHOST))];
        })
        .unwrap()];
        assert_eq!(Leaf::verify(&chain, &anchors, NOW).unwrap().dns_names(), ["gate.example"]);
        assert!(Leaf::verify_document_signer(&chain, &anchors, NOW).is_err(), "{profile:?}");
        let [der] = chain;
        assert!(matches!(Authority::open(der, key(2)), Err(AuthorityError::NotAnAuthority)));
    }
}

#[test]
fn every_kind_of_key_is_certified_and_certifies() {
    for (seed, key_type) in [KeyType::P256, KeyType::P384, KeyType::P521].into_iter().enumerate() {
        let key = PrivateKey::generate(key_type, &SeededEntropy::new(seed as u64));
        let root = Authority::root(&ROOT, key, NOW, &SeededEntropy::new(7)).unwrap();
        let anchors = Anchors::new(vec![root.certificate().to_vec()]).unwrap();
        let subject =
            Subject { profile: Profile::DocumentSigner, name: "signer 1", names: &[URI], days: 457 };
        for of in [KeyType::P256, KeyType::P384, KeyType::P521, KeyType::Ed25519] {
            let key = PrivateKey::generate(of, &SeededEntropy::new(9));
            let leaf = root.certify(&subject, key.public(), NOW, &SeededEntropy::new(8)).unwrap();
            let leaf = Leaf::verify_document_signer(&[leaf], &anchors, NOW).map(|leaf| leaf.key().clone());
            assert_eq!(leaf.as_ref(), Ok(key.public()), "{key_type:?} certifies {of:?}");
        }
    }
    let agrees = PrivateKey::generate(KeyType::X25519, &SeededEntropy::new(1));
    let subject = Subject { profile: Profile::Reader, name: "reader", names: &[], days: 1 };
    let refused = root(|_| {}).unwrap().certify(&subject, agrees.public(), NOW, &SeededEntropy::new(1));
    assert_eq!(refused, Err(AuthorityError::CannotSign));
    let edwards = PrivateKey::generate(KeyType::Ed25519, &SeededEntropy::new(1));
    for key in [agrees, edwards] {
        let refused = Authority::root(&ROOT, key, NOW, &SeededEntropy::new(1));
        assert_eq!(refused.map(drop), Err(AuthorityError::RootKey));
    }
}

#[test]
fn a_root_is_opened_with_its_own_key_alone() {
    let made = root(|_| {}).unwrap();
    let der = made.certificate().to_vec();
    let opened = Authority::open(der.clone(), key(1)).unwrap();
    assert_eq!(opened.certificate(), der);
    assert!(matches!(Authority::open(der, key(2)), Err(AuthorityError::OtherKey)));
    assert!(matches!(Authority::open(vec![0x30, 0], key(1)), Err(AuthorityError::NotAnAuthority)));
    assert!(!format!("{opened:?}").contains("key"), "{opened:?}");
}

#[test]
fn a_root_from_elsewhere_makes_no_signer_that_every_verifier_refuses() {
    use rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, DnValue, IsCa,
    };
    let outcomes = |constraints: BasicConstraints| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "elsewhere");
        params
            .distinguished_name
            .push(DnType::CountryName, DnValue::PrintableString("KR".try_into().unwrap()));
        params.is_ca = IsCa::Ca(constraints);
        params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
        (params.not_before, params.not_after) =
            (rcgen::date_time_ymd(2026, 1, 1), rcgen::date_time_ymd(2036, 1, 1));
        let contact = CustomExtension::from_oid_content(&[2, 5, 29, 18], b"\x30\x03\x86\x01a".to_vec());
        let points = b"\x30\x09\x30\x07\xa0\x05\xa0\x03\x86\x01a";
        params.custom_extensions =
            vec![contact, CustomExtension::from_oid_content(&[2, 5, 29, 31], points.to_vec())];
        let root = CertifiedIssuer::self_signed(params, rcgen::KeyPair::generate().unwrap()).unwrap();
        let key = PrivateKey::from_pkcs8_der(&root.key().serialize_der()).unwrap();
        let opened = Authority::open(root.der().to_vec(), key).unwrap();
        [Profile::DocumentSigner, Profile::Reader]
            .map(|profile| certified(&opened, |it| it.profile = profile).map(drop))
    };
    assert_eq!(outcomes(BasicConstraints::Constrained(0)), [Ok(()), Ok(())]);
    let broken = AuthorityError::Profile(DocumentSignerError::Root(Rule::Root));
    assert_eq!(outcomes(BasicConstraints::Unconstrained), [Err(broken), Ok(())]);
}

#[test]
fn what_no_root_can_say_is_refused() {
    use AuthorityError as E;
    let cases: [(fn(&mut Root<'static>), E); 11] = [
        (|it| it.country = "kr", E::Country),
        (|it| it.country = "KOR", E::Country),
        (|it| it.country = "한", E::Country),
        (|it| it.name = " ", E::Name),
        (|it| it.name = "a\nb", E::Name),
        (
            |it| it.name = "일이삼사오육칠팔구십일이삼사오육칠팔구십일이삼사오육칠팔구십일이삼사오육칠팔구십일이삼사오육칠팔구십일이삼사오육칠팔구십일이삼사오",
            E::Name,
        ),
        (|it| it.contact = AltName::Mail("@id.example"), E::AltName),
        (|it| it.contact = AltName::Uri("nowhere"), E::AltName),
        (|it| it.crl = "https://한빛.example/crl", E::AltName),
        (|it| it.days = 0, E::Days(7300)),
        (|it| it.days = 7301, E::Days(7300)),
    ];
    for (at, (change, error)) in cases.into_iter().enumerate() {
        assert_eq!(root(change).map(drop), Err(error), "{at}");
    }
}

#[test]
fn what_no_subject_can_say_is_refused() {
    use AuthorityError as E;
    let short = root(|it| it.days = 30).unwrap();
    let root = root(|_| {}).unwrap();
    let cases: [(fn(&mut Subject<'static>), E); 9] = [
        (|it| it.name = "", E::Name),
        (|it| it.names = &[AltName::Dns("한빛.example")], E::AltName),
        (|it| it.names = &[AltName::Dns("-a.example")], E::AltName),
        (|it| it.names = &[AltName::Dns("*.*.example")], E::AltName),
        (|it| it.names = &[URI; MAX_ALT_NAMES + 1], E::AltName),
        (|it| it.days = 458, E::Days(457)),
        (|it| (it.profile, it.days) = (Profile::Reader, 1188), E::Days(1187)),
        (|it| (it.profile, it.days) = (Profile::TlsServer, 398), E::Days(397)),
        (|it| (it.profile, it.days, it.names) = (Profile::TlsServer, 397, &[]), E::Nameless),
    ];
    for (at, (change, error)) in cases.into_iter().enumerate() {
        assert_eq!(certified(&root, change), Err(error), "{at}");
    }
    assert_eq!(certified(&short, |it| it.days = 31), Err(E::BeyondRoot(short.ends().unwrap())));
    assert!(certified(&short, |it| it.days = 30).is_ok());
    let early = Timestamp::from_unix(NOW.unix() - 1);
    let subject = Subject { profile: Profile::Reader, name: "reader", names: &[], days: 1 };
    let refused = root.certify(&subject, key(2).public(), early, &SeededEntropy::new(1));
    assert_eq!(refused, Err(E::BeyondRoot(root.ends().unwrap())));
}

#[test]
fn each_certificate_has_a_number_of_its_own() {
    let entropy = SeededEntropy::new(7);
    let numbers: Vec<_> = (0..64).map(|_| serial_number(&entropy)).collect();
    for number in &numbers {
        assert!(matches!(number[..], [INTEGER, 16, 0x40..=0x7f, ..]), "{number:?}");
    }
    assert!(numbers.windows(2).all(|two| two[0] != two[1]));
}

#[test]
fn time_is_written_in_both_forms() {
    let at = |text| moment(Timestamp::parse_rfc3339(text).unwrap());
    assert_eq!(at("2049-12-31T23:59:59Z")[2..], *b"491231235959Z");
    assert_eq!(at("2050-01-01T00:00:00Z")[2..], *b"20500101000000Z");
    assert_eq!(at("1949-12-31T00:00:00Z")[0], GENERALIZED_TIME);
    let root = Authority::root(
        &Root { days: 7300, ..ROOT },
        key(1),
        Timestamp::parse_rfc3339("2035-01-01T00:00:00Z").unwrap(),
        &SeededEntropy::new(1),
    );
    assert_eq!(root.unwrap().ends(), Timestamp::parse_rfc3339("2054-12-26T23:59:59Z"));
}
