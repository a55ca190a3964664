//! The profile of ISO 18013-5 Annex B, rule by rule: what the standard's own example keeps, and what breaks each.

use rcgen::{DistinguishedName, SerialNumber};

use super::*;
use crate::testing::hex;

#[test]
fn each_rule_of_a_document_signers_profile_is_kept() {
    use DocumentSignerError as E;
    let iaca = Authority::iaca("KR");
    let outcome =
        |der: Vec<u8>, anchors: &Anchors| Leaf::verify_document_signer(&[der], anchors, NOW).map(drop);
    let of = |root: &Authority, change: fn(&mut CertificateParams)| {
        outcome(root.document_signer(change).0, &root.anchors())
    };
    assert_eq!(of(&iaca, |_| {}), Ok(()));
    let changes: [(fn(&mut CertificateParams), E); 8] = [
        (|it| it.extended_key_usages.clear(), E::ExtendedKeyUsage),
        (|it| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth], E::ExtendedKeyUsage),
        (|it| it.key_usages.push(KeyUsagePurpose::KeyAgreement), E::KeyUsage),
        (|it| it.key_usages.clear(), E::KeyUsage),
        (|it| it.distinguished_name.push(DnType::CountryName, printable("JP")), E::Country),
        (|it| assert!(it.distinguished_name.remove(DnType::CountryName)), E::Country),
        (|it| it.not_before = date_time_ymd(2019, 1, 1), E::Validity),
        (|it| it.not_after = date_time_ymd(2040, 1, 2), E::Validity),
    ];
    for (at, (change, error)) in changes.into_iter().enumerate() {
        assert_eq!(of(&iaca, change), Err(error), "{at}");
    }
    let signs_data = Authority::iaca_with("KR", |it| it.key_usages.push(KeyUsagePurpose::DigitalSignature));
    assert_eq!(of(&signs_data, |_| {}), Err(E::KeyUsage));
    assert_eq!(of(&Authority::iaca("JP"), |_| {}), Err(E::Country));
    let namesake = Authority::iaca("KR");
    let (der, _) = iaca.document_signer(|_| {});
    assert_eq!(outcome(der.clone(), &namesake.anchors()), Err(E::Chain(ChainError::NoPath)));
    // Nobody stands between root and signer, whatever the chain brings.
    let middle = Authority::root("root").below("iaca", |_| {});
    let chain = [middle.document_signer(|_| {}).0, middle.der()];
    let below = Leaf::verify_document_signer(&chain, &Authority::root("root").anchors(), NOW);
    assert_eq!(below.map(drop), Err(E::Chain(ChainError::NoPath)));
    assert_eq!(
        Leaf::verify_document_signer(&[], &iaca.anchors(), NOW).map(drop),
        Err(E::Chain(ChainError::Size))
    );
    // A signer that is an anchor itself, whoever its root is.
    let stranger = Authority::iaca_with("JP", |it| it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    let listed = |change: fn(&mut CertificateParams)| {
        let (der, _) = stranger.document_signer(change);
        outcome(der.clone(), &Anchors::new(vec![der]).unwrap())
    };
    assert_eq!(listed(|_| {}), Ok(()));
    assert_eq!(listed(|it| it.extended_key_usages.clear()), Err(E::ExtendedKeyUsage));
    assert_eq!(listed(|it| it.custom_extensions.clear()), Err(E::Signer(Rule::KeyIdentifier)));
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed[at] ^= 1;
        assert!(outcome(changed, &iaca.anchors()).is_err(), "byte {at}");
    }
}

/// A root that was issued anew for its key, its old certificate still listed: one of them that keeps the profile is enough.
#[test]
fn of_several_certificates_of_a_root_one_that_holds_is_enough() {
    use DocumentSignerError as E;
    let root = Authority::iaca("KR");
    let without_length = |it: &mut CertificateParams| it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let (old, new) = (root.iaca_anew("KR", without_length), root.iaca_anew("KR", |_| {}));
    let silent = root.iaca_anew("KR", |it| it.custom_extensions.clear());
    let (der, _) = root.document_signer(|_| {});
    let outcome = |anchors: [&Vec<u8>; 2]| {
        let anchors = Anchors::new(anchors.map(Vec::clone).to_vec()).unwrap();
        Leaf::verify_document_signer(std::slice::from_ref(&der), &anchors, NOW).map(drop)
    };
    assert_eq!(outcome([&old, &new]), Ok(()));
    assert_eq!(outcome([&new, &old]), Ok(()));
    assert_eq!(outcome([&silent, &old]), Err(E::Root(Rule::Root)), "the last refusal");
    assert_eq!(outcome([&old, &silent]), Err(E::Root(Rule::Contact)), "the last refusal");
    // Another of its name, without its key, vouches for nothing.
    assert_eq!(outcome([&old, &Authority::iaca("KR").der()]), Err(E::Root(Rule::Root)));
}

/// Each certificate of the pair that breaks a rule alone, by what was changed in an honest one.
#[test]
fn each_other_rule_of_annex_b_is_kept_by_signer_and_root() {
    use DocumentSignerError as E;
    let outcome =
        |root: &Authority, der: Vec<u8>| Leaf::verify_document_signer(&[der], &root.anchors(), NOW).map(drop);
    for (at, (rule, change)) in broken_by_both().into_iter().enumerate() {
        let iaca = Authority::iaca("KR");
        assert_eq!(outcome(&iaca, iaca.document_signer(change).0), Err(E::Signer(rule)), "signer {at}");
        let other = Authority::iaca_with("KR", change);
        assert_eq!(outcome(&other, other.document_signer(|_| {}).0), Err(E::Root(rule)), "root {at}");
    }
    for (at, (rule, change)) in broken_by_signers().into_iter().enumerate() {
        let iaca = Authority::iaca("KR");
        assert_eq!(outcome(&iaca, iaca.document_signer(change).0), Err(E::Signer(rule)), "{at}");
    }
    for (at, (rule, change)) in broken_by_roots().into_iter().enumerate() {
        let iaca = Authority::iaca_with("KR", change);
        assert_eq!(outcome(&iaca, iaca.document_signer(|_| {}).0), Err(E::Root(rule)), "{at}");
    }
    let small = Authority::iaca("kr");
    let (der, _) =
        small.document_signer(|it| it.distinguished_name.push(DnType::CountryName, printable("kr")));
    assert_eq!(outcome(&small, der), Err(E::Root(Rule::Subject)), "no capital letters");
    // By keys that are none of the profile.
    let edwards = Authority::iaca_by(&PKCS_ED25519, "KR", |_| {});
    assert_eq!(outcome(&edwards, edwards.document_signer(|_| {}).0), Err(E::Root(Rule::Form)));
    for algorithm in [&PKCS_ECDSA_P384_SHA384, &PKCS_ECDSA_P521_SHA512] {
        let iaca = Authority::iaca_by(algorithm, "KR", |_| {});
        assert_eq!(outcome(&iaca, iaca.document_signer(|_| {}).0), Ok(()), "{algorithm:?}");
    }
    // An authority below another, listed alone.
    let below = Authority::root("above").below("iaca", |params| {
        params.distinguished_name.push(DnType::CountryName, printable("KR"));
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2040, 1, 1));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.custom_extensions = vec![extension(CONTACT, false)];
    });
    assert_eq!(outcome(&below, below.document_signer(|_| {}).0), Err(E::Root(Rule::Root)));
}

type Broken = (Rule, fn(&mut CertificateParams));

fn broken_by_both() -> Vec<Broken> {
    vec![
        (Rule::Form, |it| it.serial_number = Some(SerialNumber::from_slice(&[0]))),
        (Rule::Form, |it| it.serial_number = Some(SerialNumber::from_slice(&[1; 21]))),
        (Rule::Subject, |it| {
            it.distinguished_name = DistinguishedName::new();
            it.distinguished_name.push(DnType::CountryName, printable("KR"));
        }),
        (Rule::Subject, |it| it.distinguished_name.push(DnType::CommonName, " ")),
        (Rule::Subject, |it| it.distinguished_name.push(DnType::CountryName, "KR")),
        (Rule::Subject, |it| {
            let latin = DnValue::TeletexString("org".try_into().unwrap());
            it.distinguished_name.push(DnType::OrganizationName, latin);
        }),
        // Name constraints, policy mappings, policy constraints, the freshest CRL, inhibitAnyPolicy.
        (Rule::Extensions, |it| {
            it.custom_extensions.push(extension((30, b"\x30\x07\xa0\x05\x30\x03\x82\x01a"), false))
        }),
        (Rule::Extensions, |it| it.custom_extensions.push(extension((33, &[0x30, 0]), false))),
        (Rule::Extensions, |it| it.custom_extensions.push(extension((36, &[0x30, 0]), false))),
        (Rule::Extensions, |it| it.custom_extensions.push(extension((46, POINTS.1), false))),
        (Rule::Extensions, |it| it.custom_extensions.push(extension((54, &[2, 1, 0]), false))),
        (Rule::Extensions, |it| it.custom_extensions.push(extension(CONTACT, false))),
        (Rule::Contact, |it| it.custom_extensions.retain(|own| own.content() != CONTACT.1)),
        // A DNS name is no way to reach anybody; nor is a mailbox without its list, nor an empty one.
        (Rule::Contact, |it| replace(it, CONTACT, b"\x30\x03\x82\x01a")),
        (Rule::Contact, |it| replace(it, CONTACT, b"\x81\x01a")),
        (Rule::Contact, |it| replace(it, CONTACT, b"\x30\x02\x81\x00")),
        // No point; without a name; with a name relative to the issuer; with reasons; with another issuer.
        (Rule::Revocation, |it| replace(it, POINTS, b"\x30\x00")),
        (Rule::Revocation, |it| replace(it, POINTS, b"\x30\x02\x30\x00")),
        (Rule::Revocation, |it| replace(it, POINTS, b"\x30\x06\x30\x04\xa0\x02\xa1\x00")),
        (Rule::Revocation, |it| {
            replace(it, POINTS, b"\x30\x0d\x30\x0b\xa0\x05\xa0\x03\x86\x01a\x81\x02\x06\x40");
        }),
        (Rule::Revocation, |it| {
            replace(it, POINTS, b"\x30\x0e\x30\x0c\xa0\x05\xa0\x03\x86\x01a\xa2\x03\x86\x01b");
        }),
    ]
}

/// `mdlDS`.
const PURPOSE: &[u8] = &[0x30, 9, 6, 7, 0x28, 0x81, 0x8c, 0x5d, 5, 1, 2];

fn broken_by_signers() -> Vec<Broken> {
    vec![
        (Rule::Lifetime, |it| it.not_after = date_time_ymd(2027, 9, 2)),
        (Rule::Extensions, |it| it.is_ca = IsCa::ExplicitNoCa),
        (Rule::Extensions, |it| {
            it.extended_key_usages.clear();
            it.custom_extensions.push(extension((37, PURPOSE), false));
        }),
        (Rule::Purposes, |it| it.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth)),
        (Rule::KeyIdentifier, |it| it.use_authority_key_identifier_extension = false),
        (Rule::KeyIdentifier, |it| it.custom_extensions.retain(|own| own.content() != SUBJECT_KEY.1)),
        (Rule::KeyIdentifier, |it| {
            it.use_authority_key_identifier_extension = false;
            it.custom_extensions.push(extension((35, b"\x30\x06\x80\x04none"), false));
        }),
        (Rule::Revocation, |it| it.custom_extensions.retain(|own| own.content() != POINTS.1)),
    ]
}

fn broken_by_roots() -> Vec<Broken> {
    vec![
        (Rule::Lifetime, |it| it.not_after = date_time_ymd(2040, 1, 2)),
        (Rule::Root, |it| it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
        (Rule::Root, |it| it.is_ca = IsCa::Ca(BasicConstraints::Constrained(1))),
    ]
}

/// Writes the extension with this value differently, or adds it.
fn replace(params: &mut CertificateParams, (last, old): Written<'_>, new: &[u8]) {
    params.custom_extensions.retain(|own| own.content() != old);
    params.custom_extensions.push(extension((last, new), false));
}

/// A root that names its state is one of signers that name it too.
#[test]
fn the_state_is_the_roots() {
    let of = |states: &[&str]| {
        let states: Vec<String> = states.iter().map(|state| (*state).to_owned()).collect();
        move |it: &mut CertificateParams| {
            for state in states {
                it.distinguished_name.push(DnType::StateOrProvinceName, state);
            }
        }
    };
    let subject = Err(DocumentSignerError::Signer(Rule::Subject));
    for (root, signer, expected) in [
        (&["Seoul"][..], &["Seoul"][..], Ok(())),
        (&["Seoul"], &["Busan"], subject),
        (&["Seoul"], &[], subject),
        (&[], &["Seoul"], Ok(())),
    ] {
        let iaca = Authority::iaca_with("KR", of(root));
        let (der, _) = iaca.document_signer(of(signer));
        assert_eq!(Leaf::verify_document_signer(&[der], &iaca.anchors(), NOW).map(drop), expected);
    }
}

/// The document signer of ISO 18013-5 Annex D, whose root is not at hand, keeps every rule of a signer.
#[test]
#[expect(clippy::disallowed_methods, reason = "tests read the vectors")]
fn the_signer_of_the_standards_example_keeps_the_profile() {
    let Some(folder) = jigap_tests::vectors("iso-mdoc") else { return };
    let text = std::fs::read_to_string(folder.join("test/definitions/issuer_signed.cbor")).unwrap();
    let document = crate::mdoc::IssuerSigned::parse(&hex(text.trim())).unwrap();
    let [signer] = document.x5chain() else { panic!("one certificate") };
    let anchors = Anchors::new(vec![signer.clone()]).unwrap();
    let then = Timestamp::parse_rfc3339("2020-10-01T13:30:02Z").unwrap();
    assert_eq!(Leaf::verify_document_signer(document.x5chain(), &anchors, then).map(drop), Ok(()));
}
