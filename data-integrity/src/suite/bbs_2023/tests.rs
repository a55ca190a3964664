//! W3C's vectors, from the key to the derived proof to the byte; and what must be refused.

use std::sync::Mutex;

use jigap_keys::json::{self, Limits};
use serde_json::json;

use super::*;

const VERIFIER: &str = "https://car.rental.verifier.example/";
const PRESENTATION: [u8; 4] = [0x11, 0x33, 0x77, 0xaa];
const SEED: &[u8] = b"3.141592653589793238462643383279";

fn contexts() -> Contexts {
    Contexts::known().with_examples()
}

fn file(path: &str) -> Option<Value> {
    let file = jigap_tests::vectors("w3c-vc-di-bbs")?.join("TestVectors").join(path);
    #[expect(clippy::disallowed_methods, reason = "a test reads its vectors")]
    let bytes = std::fs::read(file).unwrap();
    Some(json::parse(&bytes, Limits::MESSAGE).unwrap())
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn pointers(file: &Value) -> Vec<Pointer> {
    file.as_array().unwrap().iter().map(|it| Pointer::parse(it.as_str().unwrap()).unwrap()).collect()
}

/// Gives out these bytes, and no more.
struct Given(Mutex<Vec<u8>>);

impl Given {
    fn bytes(bytes: &[u8]) -> Self {
        Self(Mutex::new(bytes.to_vec()))
    }

    /// The mocked random numbers of the vectors: RFC 9380 §5.3.1 with the name of the interface as tag.
    fn mocked(interface: &str, count: usize) -> Self {
        let tag = format!("BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_{interface}");
        let tag = [tag.as_bytes(), &[u8::try_from(tag.len()).unwrap()]].concat();
        let length = u16::try_from(48 * count).unwrap().to_be_bytes();
        let first = sha256(&[&[0; 64][..], SEED, &length, &[0], &tag].concat());
        let (mut out, mut block) = (Vec::new(), [0; 32]);
        for counter in 1..=u8::try_from((48 * count).div_ceil(32)).unwrap() {
            let mixed: Vec<u8> = first.iter().zip(block).map(|(one, other)| one ^ other).collect();
            block = sha256(&[&mixed[..], &[counter], &tag].concat());
            out.extend_from_slice(&block);
        }
        Self(Mutex::new(out))
    }
}

impl Entropy for Given {
    fn fill(&self, out: &mut [u8]) {
        let mut left = self.0.lock().unwrap();
        let rest = left.split_off(out.len());
        out.copy_from_slice(&left);
        *left = rest;
    }
}

/// A counter, hashed: for proofs that need not be those of a vector.
struct Counted(Mutex<u64>);

impl Entropy for Counted {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let mut count = self.0.lock().unwrap();
            *count += 1;
            chunk.copy_from_slice(&sha256(&count.to_be_bytes())[..chunk.len()]);
        }
    }
}

fn counted() -> Counted {
    Counted(Mutex::new(0))
}

/// One of the five credentials of the vectors.
struct Vector {
    folder: &'static str,
    mandatory: &'static str,
    selective: &'static str,
    interface: &'static str,
    holder: bool,
    pseudonym: bool,
}

const fn vector(folder: &'static str, interface: &'static str, holder: bool, pseudonym: bool) -> Vector {
    let (mandatory, selective) =
        ("FeatureInputs/licenseMandatory.json", "FeatureInputs/licenseSelective.json");
    Vector { folder, mandatory, selective, interface, holder, pseudonym }
}

const VECTORS: [Vector; 5] = [
    Vector {
        mandatory: "windMandatory.json",
        selective: "windSelective.json",
        ..vector("", "H2G_HM2S_", false, false)
    },
    Vector {
        mandatory: "prCredMandatory.json",
        selective: "prCredSelective.json",
        ..vector("prc/", "H2G_HM2S_", false, false)
    },
    vector("HolderBinding/", "BLIND_H2G_HM2S_", true, false),
    vector("Pseudonym/", "H2G_HM2S_PSEUDONYM_", false, true),
    vector("PseudonymHB/", "H2G_HM2S_PSEUDONYM_", true, true),
];

/// What a holder has.
struct Kept {
    secret: Option<Vec<u8>>,
    blinding: SecretScalar,
    part: Option<SecretScalar>,
}

impl Kept {
    fn holder(&self) -> BbsHolder<'_> {
        BbsHolder { secret: self.secret.as_deref(), blinding: &self.blinding, pseudonym: self.part.as_ref() }
    }
}

impl Vector {
    fn file(&self, name: &str) -> Option<Value> {
        file(&format!("{}{name}", self.folder))
    }

    fn kept(&self) -> Option<Kept> {
        if !self.holder && !self.pseudonym {
            return None;
        }
        let info = self.file("commitmentInfo.json").unwrap();
        let number = |value: &Value| SecretScalar::from_bytes(&hex(value)).unwrap();
        let secret = &file("FeatureInputs/holderSecret.json").unwrap()["holderSecretHex"];
        let part = &file("FeatureInputs/proverNym.json").unwrap()["proverNymHex"];
        Some(Kept {
            secret: self.holder.then(|| hex(secret)),
            blinding: number(&info["secretProverBlind"]),
            part: self.pseudonym.then(|| number(part)),
        })
    }

    fn domain(&self) -> Option<&'static str> {
        self.pseudonym.then_some(VERIFIER)
    }

    fn base(&self) -> Option<Value> {
        self.file("addSignedSDBase.json")
    }

    fn derived(&self) -> Option<Value> {
        self.file("derivedRevealDocument.json")
    }
}

fn key() -> Option<SecretKey> {
    let material = file("BBSKeyMaterial.json")?;
    let key = SecretKey::from_bytes(&hex(&material["privateKeyHex"])).unwrap();
    assert_eq!(key.public().as_bytes().to_vec(), hex(&material["publicKeyHex"]));
    Some(key)
}

/// The values of both proofs, part by part, and what the mocked random numbers of the vectors are made of.
#[test]
fn the_parts_of_the_vectors_proofs_are_read() {
    let Some(material) = file("BBSDeriveMaterial.json") else { return };
    assert_eq!(hex(&material["presentationHeaderHex"]), PRESENTATION);
    assert_eq!(hex(&material["pseudoRandSeedHex"]), SEED);
    for vector in VECTORS {
        let value = |document: &Value| document["proof"]["proofValue"].as_str().unwrap().to_owned();
        let base = Base::read(&value(&vector.base().unwrap())).unwrap();
        let recovered = vector.file("derivedRecoveredBaseData.json").unwrap();
        assert_eq!(base.signature.to_vec(), hex(&recovered["bbsSignature"]), "{}", vector.folder);
        assert_eq!(base.hmac_key.to_vec(), hex(&recovered["hmacKey"]), "{}", vector.folder);
        assert_eq!(base.mandatory, pointers(&recovered["mandatoryPointers"]), "{}", vector.folder);
        let derived = Derived::read(&value(&vector.derived().unwrap())).unwrap();
        let adjusted = vector.file("derivedAdjIndexes.json").unwrap();
        assert_eq!(json!(derived.mandatory), adjusted["adjMandatoryIndexes"], "{}", vector.folder);
        assert_eq!(json!(derived.selective), adjusted["adjSelectiveIndexes"], "{}", vector.folder);
        // The first credential has no such file.
        if !vector.folder.is_empty() {
            let read = vector.file("verifyDerivedProofValue.json").unwrap();
            assert_eq!(derived.proof, hex(&read["bbsProof"]), "{}", vector.folder);
            assert_eq!(json!(derived.mandatory), read["mandatoryIndexes"], "{}", vector.folder);
        }
    }
}

fn verify(document: &Value, key: &PublicKey, domain: Option<&str>) -> Result<BbsShown, ProofError> {
    let document = SecuredDocument::from_value(document.clone())?;
    let proofs = document.proofs()?;
    document.expand(&contexts()).verify_bbs(&proofs[0], key, domain)
}

#[test]
fn issuing_gives_the_vectors_base_proofs() {
    let Some(key) = key() else { return };
    let hmac_key = hex(&file("BBSKeyMaterial.json").unwrap()["hmacKeyString"]);
    let part = hex(&file("FeatureInputs/signerNymEntropy.json").unwrap()["signerNymEntropyHex"]);
    let part = SecretScalar::from_bytes(&part).unwrap();
    for vector in &VECTORS {
        let expected = vector.base().unwrap();
        let mut document = expected.clone();
        let proof = document.as_object_mut().unwrap().remove("proof").unwrap();
        let options = ProofOptions {
            created: Some(proof["created"].as_str().unwrap().to_owned()),
            ..ProofOptions::new(proof["verificationMethod"].as_str().unwrap(), "assertionMethod")
        };
        let commitment =
            vector.kept().map(|_| hex(&vector.file("commitmentInfo.json").unwrap()["commitmentWithProof"]));
        let binding = match (&commitment, vector.pseudonym) {
            (None, _) => BbsBinding::None,
            (Some(commitment), false) => BbsBinding::Holder(commitment),
            (Some(commitment), true) => {
                BbsBinding::Pseudonym { commitment, holder: vector.holder, part: &part }
            }
        };
        let mandatory = pointers(&file(vector.mandatory).unwrap());
        let signed = sign_bbs(
            document.clone(),
            &options,
            (&mandatory, binding),
            &key,
            &contexts(),
            &Given::bytes(&hmac_key),
        );
        assert_eq!(signed.unwrap(), expected, "{}", vector.folder);
        let chained = ProofOptions { previous_proof: vec!["urn:x".into()], ..options };
        let refused = sign_bbs(document, &chained, (&mandatory, binding), &key, &contexts(), &counted());
        assert_eq!(refused, Err(ProofError::PreviousProof));
    }
}

#[test]
fn deriving_gives_the_vectors_derived_proofs_and_they_verify() {
    let Some(key) = key() else { return };
    for vector in &VECTORS {
        let base = SecuredDocument::from_value(vector.base().unwrap()).unwrap();
        let expected = vector.derived().unwrap();
        let selective = pointers(&file(vector.selective).unwrap());
        let kept = vector.kept();
        let disclosure = BbsDisclosure {
            selective: &selective,
            presentation_header: &PRESENTATION,
            nym_domain: vector.domain(),
            holder: kept.as_ref().map(Kept::holder),
        };
        let scalars = expected["proof"]["proofValue"].as_str().and_then(Derived::read).unwrap().proof.len();
        let mocked = Given::mocked(vector.interface, (scalars - 144) / 32 + 1);
        let derived = derive_bbs(&base, &disclosure, &contexts(), &mocked).unwrap();
        assert_eq!(derived, expected, "{}", vector.folder);

        let shown = verify(&derived, key.public(), vector.domain()).unwrap();
        assert_eq!((&shown.presentation_header[..], shown.holder_bound), (&PRESENTATION[..], vector.holder));
        let pseudonym = vector.pseudonym.then(|| {
            let said = &vector.file("derivedDisclosureData.json").unwrap()["pseudonym"];
            Pseudonym(hex(said).try_into().unwrap())
        });
        assert_eq!(shown.pseudonym, pseudonym);
        let again = derive_bbs(&base, &disclosure, &contexts(), &counted()).unwrap();
        assert_ne!(again, derived);
        assert_eq!(verify(&again, key.public(), vector.domain()).unwrap(), shown);
    }
}

/// Both pseudonym vectors have the same pseudonym: one holder, one issuer's part, one verifier.
#[test]
fn a_pseudonym_is_the_same_for_one_verifier_and_another_for_another() {
    let Some(key) = key() else { return };
    let vector = &VECTORS[4];
    let base = SecuredDocument::from_value(vector.base().unwrap()).unwrap();
    let kept = vector.kept().unwrap();
    let at = |domain| {
        let disclosure = BbsDisclosure {
            nym_domain: Some(domain),
            holder: Some(kept.holder()),
            ..BbsDisclosure::default()
        };
        let derived = derive_bbs(&base, &disclosure, &contexts(), &counted()).unwrap();
        verify(&derived, key.public(), Some(domain)).unwrap().pseudonym.unwrap()
    };
    let of_vector = &vector.file("derivedDisclosureData.json").unwrap()["pseudonym"];
    assert_eq!(at(VERIFIER).0.to_vec(), hex(of_vector));
    assert_ne!(at("https://other.example/"), at(VERIFIER));
}

/// Every string of the document changed, one at a time.
#[test]
fn a_forged_document_fails() {
    let Some(key) = key() else { return };
    for vector in &VECTORS {
        let derived = vector.derived().unwrap();
        let mut tried = 0;
        let mut paths = Vec::new();
        strings(&derived, &mut Vec::new(), &mut paths);
        for path in paths {
            let mut forged = derived.clone();
            let place = path.iter().fold(&mut forged, |value, step| match step.parse::<usize>() {
                Ok(index) if value.is_array() => &mut value[index],
                _ => &mut value[step.as_str()],
            });
            let text = place.as_str().unwrap().to_owned();
            *place = json!(format!("{text}x"));
            assert!(verify(&forged, key.public(), vector.domain()).is_err(), "{path:?}");
            tried += 1;
        }
        assert!(tried > 8, "{tried}");
        let stranger = SecretKey::generate(&counted());
        let verdict = verify(&derived, stranger.public(), vector.domain());
        assert_eq!(verdict, Err(ProofError::BadSignature));
    }
}

fn strings(value: &Value, path: &mut Vec<String>, out: &mut Vec<Vec<String>>) {
    let mut within = |step: String, value: &Value| {
        path.push(step);
        strings(value, path, out);
        path.pop();
    };
    match value {
        Value::String(_) => out.push(path.clone()),
        Value::Object(members) => members.iter().for_each(|(name, it)| within(name.clone(), it)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, it)| within(at.to_string(), it)),
        _ => {}
    }
}

#[test]
fn statements_added_withheld_or_moved_fail() {
    let Some(key) = key() else { return };
    let derived = VECTORS[0].derived().unwrap();
    let fails = |forged: &Value| assert!(verify(forged, key.public(), None).is_err());
    let mut added = derived.clone();
    added["credentialSubject"]["winner"] = json!("me");
    fails(&added);
    for withheld in ["sailNumber", "sails", "boards"] {
        let mut forged = derived.clone();
        forged["credentialSubject"].as_object_mut().unwrap().remove(withheld).unwrap();
        fails(&forged);
    }
    let said = derived["proof"]["proofValue"].as_str().unwrap();
    let changes: [fn(&mut Derived); 12] = [
        |it| it.labels.swap(0, 1),
        |it| it.labels[0] = 9,
        |it| it.labels.truncate(it.labels.len() - 1),
        |it| it.labels.push(17),
        |it| it.mandatory.truncate(it.mandatory.len() - 1),
        |it| it.mandatory.push(40),
        |it| it.mandatory[0] = 3,
        |it| it.selective.truncate(it.selective.len() - 1),
        |it| it.selective[0] += 1,
        |it| it.presentation_header.push(0),
        |it| it.proof[150] ^= 1,
        |it| it.proof.truncate(it.proof.len() - 32),
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut value = Derived::read(said).unwrap();
        change(&mut value);
        let mut forged = derived.clone();
        forged["proof"]["proofValue"] = json!(value.write());
        assert!(verify(&forged, key.public(), None).is_err(), "{at}");
    }
    let mut chained = derived.clone();
    chained["proof"]["previousProof"] = json!("urn:x");
    assert_eq!(verify(&chained, key.public(), None), Err(ProofError::PreviousProof));
    let mut other = derived;
    other["proof"]["cryptosuite"] = json!("ecdsa-sd-2023");
    assert_eq!(verify(&other, key.public(), None), Err(ProofError::UnsupportedSuite));
    let base = VECTORS[0].base().unwrap();
    assert_eq!(verify(&base, key.public(), None), Err(MALFORMED));
}

#[test]
fn a_bound_credential_is_shown_by_its_holder_alone_and_to_its_verifier() {
    let Some(key) = key() else { return };
    let stranger = SecretScalar::random(&counted());
    for vector in VECTORS.iter().filter(|it| it.holder || it.pseudonym) {
        let base = SecuredDocument::from_value(vector.base().unwrap()).unwrap();
        let kept = vector.kept().unwrap();
        let right = kept.holder();
        let derive = |holder, nym_domain| {
            let disclosure = BbsDisclosure { holder, nym_domain, ..BbsDisclosure::default() };
            derive_bbs(&base, &disclosure, &contexts(), &counted()).map(|_| ())
        };
        let domain = vector.domain();
        assert_eq!(derive(Some(right), domain), Ok(()));
        let mut wrong = vec![
            (None, domain),
            (Some(BbsHolder { blinding: &stranger, ..right }), domain),
            (Some(BbsHolder { secret: Some(b"another secret"), ..right }), domain),
            (Some(right), if domain.is_some() { None } else { Some(VERIFIER) }),
        ];
        if vector.pseudonym {
            wrong.push((Some(BbsHolder { pseudonym: Some(&stranger), ..right }), domain));
            wrong.push((Some(BbsHolder { pseudonym: None, ..right }), domain));
        }
        if vector.holder {
            wrong.push((Some(BbsHolder { secret: None, ..right }), domain));
        }
        for (at, (holder, domain)) in wrong.into_iter().enumerate() {
            assert_eq!(derive(holder, domain), Err(ProofError::BadSignature), "{} {at}", vector.folder);
        }
        if vector.pseudonym {
            let derived = vector.derived().unwrap();
            for domain in [None, Some("https://other.example/")] {
                assert_eq!(verify(&derived, key.public(), domain), Err(ProofError::BadSignature));
            }
        }
    }
    let plain = SecuredDocument::from_value(VECTORS[1].base().unwrap()).unwrap();
    let unasked = BbsDisclosure { nym_domain: Some(VERIFIER), ..BbsDisclosure::default() };
    let refused = derive_bbs(&plain, &unasked, &contexts(), &counted());
    assert_eq!(refused, Err(ProofError::BadSignature));
}

#[test]
fn a_base_proof_of_another_document_derives_nothing() {
    let Some(_) = key() else { return };
    let mut forged = VECTORS[1].base().unwrap();
    forged["credentialSubject"]["givenName"] = json!("SOMEBODY");
    let derive = |document: Value, selective: &[Pointer]| {
        let disclosure = BbsDisclosure { selective, ..BbsDisclosure::default() };
        derive_bbs(&SecuredDocument::from_value(document).unwrap(), &disclosure, &contexts(), &counted())
    };
    assert_eq!(derive(forged, &[]), Err(ProofError::BadSignature));
    let mut expires = VECTORS[1].base().unwrap();
    expires["proof"]["expires"] = json!("2099-01-01T00:00:00Z");
    assert_eq!(derive(expires, &[]), Err(ProofError::BadSignature));
    let nowhere = [Pointer::parse("/credentialSubject/nothing").unwrap()];
    assert_eq!(derive(VECTORS[1].base().unwrap(), &nowhere), Err(ProofError::Pointer));
    assert_eq!(derive(VECTORS[1].derived().unwrap(), &[]), Err(MALFORMED));
}

/// The forms of the text beside those of the vectors: `nym_domain` in the value, headers 06 and 07.
#[test]
fn the_texts_forms_with_pseudonyms_are_read() {
    let Some(key) = key() else { return };
    let derived = VECTORS[3].derived().unwrap();
    let said = jigap_keys::base64url::decode(&derived["proof"]["proofValue"].as_str().unwrap()[1..]).unwrap();
    let tail = 2 + 48 + 1;
    let with_domain = |last: u8, domain: &str| {
        let mut bytes = said[..said.len() - tail].to_vec();
        (bytes[2], bytes[3]) = (last, 0x88);
        bytes.extend([0x78, u8::try_from(domain.len()).unwrap()]);
        bytes.extend_from_slice(domain.as_bytes());
        bytes.extend_from_slice(&said[said.len() - tail..]);
        let mut document = derived.clone();
        document["proof"]["proofValue"] = json!(format!("u{}", jigap_keys::base64url::encode(&bytes)));
        document
    };
    assert!(verify(&with_domain(0x07, VERIFIER), key.public(), Some(VERIFIER)).is_ok());
    // 09 says that a holder's secret is bound too, and none is.
    assert!(verify(&with_domain(0x09, VERIFIER), key.public(), Some(VERIFIER)).is_err());
    let other = "https://other.example/of/the/same";
    let verdict = verify(&with_domain(0x07, other), key.public(), Some(VERIFIER));
    assert_eq!(verdict, Err(ProofError::BadSignature));
    let base = VECTORS[3].base().unwrap();
    let mut said =
        jigap_keys::base64url::decode(&base["proof"]["proofValue"].as_str().unwrap()[1..]).unwrap();
    said[2] = 0x06;
    let tag = said.len() - 35;
    assert_eq!(said[tag..tag + 3], [0xc2, 0x58, 32]);
    said.remove(tag);
    assert!(Base::read(&format!("u{}", jigap_keys::base64url::encode(&said))).is_some());
}

#[test]
fn proof_values_that_are_not_exactly_so_are_refused() {
    let Some(_) = key() else { return };
    let texts: Vec<String> = VECTORS
        .iter()
        .flat_map(|it| [it.base().unwrap(), it.derived().unwrap()])
        .map(|it| it["proof"]["proofValue"].as_str().unwrap().to_owned())
        .collect();
    for text in &texts {
        let (base, derived) = (Base::read(text), Derived::read(text));
        assert!(base.is_some() != derived.is_some());
        let written = base.map(|it| it.write()).or(derived.map(|it| it.write()));
        assert_eq!(written.as_ref(), Some(text));
        let bytes = jigap_keys::base64url::decode(&text[1..]).unwrap();
        let read = |bytes: &[u8]| {
            let text = format!("u{}", jigap_keys::base64url::encode(bytes));
            Base::read(&text).is_some() || Derived::read(&text).is_some()
        };
        assert!(read(&bytes));
        for length in 0..bytes.len() {
            assert!(!read(&bytes[..length]), "{length}");
        }
        assert!(!read(&[&bytes[..], &[0]].concat()));
        // Another header, another count, an indefinite array, a count in a longer form than it needs.
        for (at, byte) in [(0, 0xd8), (2, 0x01), (2, 0x0a), (3, 0x84), (3, 0x89), (3, 0x9f)] {
            let mut changed = bytes.clone();
            changed[at] = byte;
            assert!(!read(&changed), "{at} {byte:x}");
        }
        assert!(!read(&[&bytes[..3], &[0x98, bytes[3] & 0x1f], &bytes[4..]].concat()));
        assert!(Base::read(&text[1..]).is_none() && Derived::read(&text[1..]).is_none());
        assert!(Base::read(&format!("z{}", &text[1..])).is_none());
    }
    let long = format!("u{}", "A".repeat(1 << 18));
    assert!(Base::read(&long).is_none() && Derived::read(&long).is_none());
}
