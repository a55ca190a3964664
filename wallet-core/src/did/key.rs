//! did:key (W3C CCG, v0.9): the key is the identifier. Ed25519, P-256, P-384, X25519; with feature `bbs` BLS12-381 in G2.
//!
//! The document is generated as the method's "Document Creation Algorithm" says, with Multikey methods: an Ed25519 key
//! also yields the X25519 key derived from it as `keyAgreement`; a NIST or BLS12-381 key only signs; an X25519 key only agrees.
//! Refused: any multibase but base58btc (`z`), as the algorithm demands, uncompressed points, other lengths.

#[cfg(feature = "bbs")]
use jigap_keys::{KeyError, bbs};
use jigap_keys::{KeyType, PublicKey};

use super::document::{Material, SIGNING, key_error};
use super::{Did, DidDocument, DidUrl, Purpose, ResolutionError};

/// The longest Multikey spoken here, a compressed point of G2, has some 136 characters; base58 takes quadratic time.
const MAX_MULTIBASE: usize = 140;

/// Forms that are known, and neither given nor in general use.
const OUT_OF_USE: [&str; 5] = [
    "Ed25519VerificationKey2018",
    "X25519KeyAgreementKey2019",
    "EcdsaSecp256k1VerificationKey2019",
    "Bls12381G1Key2020",
    "Bls12381G2Key2020",
];

pub(super) fn did(key: &PublicKey) -> String {
    format!("did:key:{}", key.to_multikey())
}

pub(super) fn document(did: &Did) -> Result<DidDocument, ResolutionError> {
    let multibase = did.identifier();
    if !multibase.starts_with('z') || multibase.len() > MAX_MULTIBASE || multibase.contains([':', '%']) {
        return Err(ResolutionError::InvalidDid);
    }
    #[cfg(feature = "bbs")]
    match bbs::PublicKey::from_multikey(multibase) {
        Ok(key) if key.to_multikey() == multibase => return with_bbs_key(did, multibase),
        Err(KeyError::Unsupported) => {}
        Err(KeyError::Length) => return Err(ResolutionError::InvalidPublicKeyLength),
        _ => return Err(ResolutionError::InvalidPublicKey),
    }
    let key = PublicKey::from_multikey(multibase).map_err(key_error)?;
    // One key has one DID: what is read is what would be written.
    if key.to_multikey() != multibase {
        return Err(ResolutionError::InvalidPublicKey);
    }
    let mut document = DidDocument::new(did.clone());
    let derived = key.to_x25519();
    let purposes: &[Purpose] =
        if key.key_type() == KeyType::X25519 { &[Purpose::KeyAgreement] } else { &SIGNING };
    add(&mut document, multibase, key, purposes)?;
    if let Some(derived) = derived {
        add(&mut document, &derived.to_multikey(), derived, &[Purpose::KeyAgreement])?;
    }
    Ok(document)
}

/// "Signature Method Creation Algorithm", "Encryption Method Creation Algorithm": which forms are invalid unless experiments
/// are enabled, and which are not known.
pub(super) fn require_format(format: &str, experimental: bool) -> Result<(), ResolutionError> {
    match format {
        "Multikey" => Ok(()),
        _ if OUT_OF_USE.contains(&format) && !experimental => Err(ResolutionError::InvalidPublicKeyType),
        _ => Err(ResolutionError::UnsupportedPublicKeyType),
    }
}

fn add(
    document: &mut DidDocument,
    multibase: &str,
    key: PublicKey,
    purposes: &[Purpose],
) -> Result<(), ResolutionError> {
    let id = DidUrl::parse(&format!("{}#{multibase}", document.id()))?;
    document.add(id, "Multikey", (Material::Multibase(multibase.to_owned()), Ok(key)), purposes);
    Ok(())
}

/// A document whose one method is a key of `bbs-2023`, which signs no bytes: it is had by [`DidDocument::proof_key`] alone.
#[cfg(feature = "bbs")]
fn with_bbs_key(did: &Did, multibase: &str) -> Result<DidDocument, ResolutionError> {
    let mut document = DidDocument::new(did.clone());
    let id = DidUrl::parse(&format!("{did}#{multibase}"))?;
    let material =
        (Material::Multibase(multibase.to_owned()), Err(ResolutionError::UnsupportedPublicKeyType));
    document.add(id, "Multikey", material, &SIGNING);
    Ok(document)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::documents::Documents;

    const ED25519: &str = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    const DERIVED: &str = "z6LSj72tK8brWgZja8NLRwPigth2T9QRiG1uH9oKZuKjdh9p";
    const P256: &str = "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv";
    const P384: &str = "z82LkvCwHNreneWpsgPEbV3gu1C6NFJEBg4srfJ5gdxEsMGRJUz2sG9FE42shbn2xkZJh54";

    fn resolve(multibase: &str) -> Result<DidDocument, ResolutionError> {
        super::super::resolve(&Did::parse(&format!("did:key:{multibase}")).unwrap(), &Documents::new())
    }

    fn fragments(document: &DidDocument, purpose: Purpose) -> Vec<String> {
        document.methods(purpose).map(|method| method.id().fragment().unwrap().to_owned()).collect()
    }

    /// The specification's example "Ed25519 with X25519".
    #[test]
    fn the_ed25519_example_of_the_specification() {
        let document = resolve(ED25519).unwrap();
        for purpose in SIGNING {
            assert_eq!(fragments(&document, purpose), [ED25519]);
        }
        assert_eq!(fragments(&document, Purpose::KeyAgreement), [DERIVED]);
        let method = document.methods(Purpose::KeyAgreement).next().unwrap();
        assert_eq!((method.kind(), method.controller()), ("Multikey", document.id()));
        assert_eq!(method.key().unwrap().key_type(), KeyType::X25519);
        let json = document.to_json();
        assert_eq!(json["verificationMethod"][0]["publicKeyMultibase"], ED25519);
        assert_eq!(json["verificationMethod"][1]["publicKeyMultibase"], DERIVED);
    }

    /// The specification's examples "P-256" and "P-384".
    #[test]
    fn the_nist_examples_of_the_specification_sign_and_do_not_agree() {
        for (multibase, key_type) in [(P256, KeyType::P256), (P384, KeyType::P384)] {
            let document = resolve(multibase).unwrap();
            for purpose in SIGNING {
                assert_eq!(fragments(&document, purpose), [multibase]);
            }
            assert_eq!(fragments(&document, Purpose::KeyAgreement), Vec::<String>::new());
            let key = document.methods(Purpose::AssertionMethod).next().unwrap().key().unwrap();
            assert_eq!(key.key_type(), key_type);
            assert_eq!(did(key), document.id().as_str());
        }
    }

    #[test]
    fn an_x25519_key_agrees_and_does_not_sign() {
        let document = resolve(DERIVED).unwrap();
        assert_eq!(fragments(&document, Purpose::KeyAgreement), [DERIVED]);
        assert!(SIGNING.into_iter().all(|purpose| fragments(&document, purpose).is_empty()));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let long = format!("z{}", "1".repeat(MAX_MULTIBASE));
        for (multibase, error) in [
            ("", ResolutionError::InvalidDid),
            ("u7QF29o-OY7pVHXZGZUUGyjSE_HgZyXLqPMqAGoNrrIxyxA", ResolutionError::InvalidDid),
            ("1:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", ResolutionError::InvalidDid),
            (long.as_str(), ResolutionError::InvalidDid),
            ("z", ResolutionError::InvalidPublicKey),
            ("z0OIl", ResolutionError::InvalidPublicKey),
            // The specification's test: Ed25519's prefix and three bytes.
            ("zTjsVPtY", ResolutionError::InvalidPublicKeyLength),
            ("z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2do", ResolutionError::UnsupportedPublicKeyType),
            ("z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doKK", ResolutionError::UnsupportedPublicKeyType),
            ("zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", ResolutionError::UnsupportedPublicKeyType),
        ] {
            let refused = Did::parse(&format!("did:key:{multibase}")).and_then(|did| document(&did));
            assert_eq!(refused, Err(error), "{multibase}");
        }
    }

    #[test]
    fn keys_are_given_as_multikeys_alone() {
        let of = |format, experimental| require_format(format, experimental).err();
        assert_eq!((of("Multikey", false), of("Multikey", true)), (None, None));
        let old = "Ed25519VerificationKey2018";
        assert_eq!(of(old, false), Some(ResolutionError::InvalidPublicKeyType));
        assert_eq!(of(old, true), Some(ResolutionError::UnsupportedPublicKeyType));
        for other in ["JsonWebKey", "unknown", ""] {
            assert_eq!(of(other, false), Some(ResolutionError::UnsupportedPublicKeyType), "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_key_becomes_a_did_and_comes_back(seed: u64) {
            for key in crate::did::tests::public_keys(seed) {
                let did = Did::parse(&did(&key)).unwrap();
                let document = document(&did).unwrap();
                let purpose = if key.key_type() == KeyType::X25519 { Purpose::KeyAgreement } else { Purpose::AssertionMethod };
                prop_assert_eq!(document.methods(purpose).next().unwrap().key().unwrap(), &key);
                let parsed = DidDocument::parse(document.to_json().to_string().as_bytes()).unwrap();
                prop_assert_eq!(parsed, document);
            }
        }

        #[test]
        fn any_identifier_is_a_key_or_refused(text in "z[1-9A-HJ-NP-Za-km-z]{0,90}") {
            if let Ok(document) = document(&Did::parse(&format!("did:key:{text}")).unwrap()) {
                let key = document.methods(Purpose::AssertionMethod).chain(document.methods(Purpose::KeyAgreement)).next().unwrap();
                prop_assert_eq!(key.key().unwrap().to_multikey(), text);
            }
        }
    }
}
