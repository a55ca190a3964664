//! W3C's vectors of bbs-2023, as far as they are BBS: signatures and proofs, holder binding, pseudonyms.

use std::path::{Path, PathBuf};

use jigap_tests::vectors;
use serde_json::Value;

use super::tests::{Mocked, plain, slices};
use super::*;
use crate::json::{Limits, parse};
use crate::testing::{Seeded, hex};

fn json(path: &Path) -> Value {
    #[expect(clippy::disallowed_methods, reason = "a test reads its vectors")]
    let bytes = std::fs::read(path).unwrap();
    parse(&bytes, Limits { bytes: 1 << 20, depth: 32 }).unwrap()
}

fn w3c() -> Option<PathBuf> {
    Some(vectors("w3c-vc-di-bbs")?.join("TestVectors"))
}

fn hex_of(value: &Value) -> Vec<u8> {
    hex(value.as_str().unwrap())
}

/// What W3C's vectors say of one signature.
struct Signature {
    header: Vec<u8>,
    messages: Vec<Vec<u8>>,
    signature: Vec<u8>,
    shown: Vec<usize>,
    disclosure: Value,
    folder: PathBuf,
}

impl Signature {
    fn read(folder: PathBuf) -> Self {
        let hashes = json(&folder.join("addHashData.json"));
        let transformed = json(&folder.join("addBaseTransform.json"));
        let lines = transformed["nonMandatory"]["value"].as_array().unwrap();
        let disclosure = json(&folder.join("derivedDisclosureData.json"));
        let indexes = disclosure["adjSelectiveIndexes"].as_array().unwrap();
        Self {
            header: [hex_of(&hashes["proofHash"]), hex_of(&hashes["mandatoryHash"])].concat(),
            messages: lines.iter().map(|it| it[1].as_str().unwrap().as_bytes().to_vec()).collect(),
            signature: hex_of(&json(&folder.join("addRawBaseSignatureInfo.json"))["bbsSignature"]),
            shown: indexes.iter().map(|it| usize::try_from(it.as_u64().unwrap()).unwrap()).collect(),
            disclosure,
            folder,
        }
    }

    fn presentation<'a>(&'a self, context: Option<&'a [u8]>) -> Presentation<'a> {
        Presentation { header: &self.header, presentation_header: b"\x11\x33\x77\xaa", context }
    }

    fn shown(&self) -> Vec<(usize, &[u8])> {
        self.shown.iter().map(|at| (*at, &self.messages[*at][..])).collect()
    }
}

fn w3c_key(folder: &Path) -> SecretKey {
    let material = json(&folder.join("BBSKeyMaterial.json"));
    let key = SecretKey::from_bytes(&hex_of(&material["privateKeyHex"])).unwrap();
    assert_eq!(key.public().as_bytes().to_vec(), hex_of(&material["publicKeyHex"]));
    key
}

#[test]
fn w3c_signatures_and_proofs() {
    let Some(folder) = w3c() else { return };
    let key = w3c_key(&folder);
    for folder in [folder.clone(), folder.join("prc")] {
        let it = Signature::read(folder);
        let messages = slices(&it.messages);
        assert_eq!(key.sign(&it.header, &messages).unwrap().to_vec(), it.signature);
        let (shown, presentation) = (it.shown(), it.presentation(None));
        let proof = hex_of(&it.disclosure["bbsProof"]);
        assert_eq!(key.public().verify_proof(&proof, &plain(&shown), &presentation), Ok(()));
        let count = 5 + messages.len() - it.shown.len();
        let (own, _) = prove(
            (key.public(), &it.signature),
            &messages,
            &it.shown,
            &presentation,
            None,
            &Mocked::new("H2G_HM2S_", count),
        )
        .unwrap();
        assert_eq!(own, proof);
    }
}

/// Holder binding, pseudonyms, and both: the commitment, the signature over it, and the proof, as the vectors have them.
#[test]
fn w3c_blind_signatures_and_pseudonyms() {
    let Some(root) = w3c() else { return };
    let key = w3c_key(&root);
    let input = |file: &str, name: &str| hex_of(&json(&root.join("FeatureInputs").join(file))[name]);
    let (holder_secret, prover) =
        (input("holderSecret.json", "holderSecretHex"), input("proverNym.json", "proverNymHex"));
    let signers = SecretScalar::from_bytes(&input("signerNymEntropy.json", "signerNymEntropyHex")).unwrap();
    let prover = SecretScalar::from_bytes(&prover).unwrap();
    let context =
        json(&root.join("FeatureInputs/verifierInfo.json"))["verifierId"].as_str().unwrap().to_owned();
    let holders = [&holder_secret[..]];
    for (name, tag, committed, with_nym) in [
        ("HolderBinding", "BLIND_H2G_HM2S_", &holders[..], false),
        ("Pseudonym", "H2G_HM2S_PSEUDONYM_", &[], true),
        ("PseudonymHB", "H2G_HM2S_PSEUDONYM_", &holders, true),
    ] {
        let it = Signature::read(root.join(name));
        let messages = slices(&it.messages);
        let info = json(&it.folder.join("commitmentInfo.json"));
        let blinding = SecretScalar::from_bytes(&hex_of(&info["secretProverBlind"])).unwrap();
        let octets = hex_of(&info["commitmentWithProof"]);
        let commitment = Commitment::verify(&octets, committed.len(), with_nym).unwrap();
        let part = with_nym.then_some(&signers);
        let signature = key.sign_blind(&commitment, &it.header, &messages, part).unwrap();
        assert_eq!(signature.to_vec(), it.signature, "{name}");

        let secret = prover.plus(&signers);
        if with_nym {
            let said = json(&it.folder.join("nymSecret.json"));
            let said = format!("{:0>64}", said["nymSecretHex"].as_str().unwrap());
            assert_eq!(secret.to_bytes().to_vec(), hex(&said));
        }
        let holder = HolderSecrets {
            messages: committed,
            blinding: &blinding,
            pseudonym: with_nym.then_some(&secret),
        };
        assert_eq!(key.public().verify_blind(&signature, &it.header, &messages, &holder), Ok(()));

        let presentation = it.presentation(with_nym.then_some(context.as_bytes()));
        let pseudonym = with_nym.then(|| Pseudonym(hex_of(&it.disclosure["pseudonym"]).try_into().unwrap()));
        let shown = it.shown();
        let disclosed = Disclosed {
            messages: &shown,
            signed: Some(messages.len()),
            committed: committed.len(),
            pseudonym: pseudonym.as_ref(),
        };
        let proof = hex_of(&it.disclosure["bbsProof"]);
        assert_eq!(key.public().verify_proof(&proof, &disclosed, &presentation), Ok(()), "{name}");
        let count = 6 + messages.len() - shown.len() + committed.len() + usize::from(with_nym);
        let made = prove(
            (key.public(), &signature),
            &messages,
            &it.shown,
            &presentation,
            Some(&holder),
            &Mocked::new(tag, count),
        );
        let (own, of_own) = made.unwrap();
        assert_eq!((&own, of_own), (&proof, pseudonym), "{name}");
        refused(&key, (&own, &disclosed, &presentation), (&signature, &messages, &holder), &it.shown);
    }
}

/// What must not verify of a proof by a holder.
fn refused(
    key: &SecretKey,
    (proof, disclosed, presentation): (&[u8], &Disclosed<'_>, &Presentation<'_>),
    (signature, messages, holder): (&[u8], &[&[u8]], &HolderSecrets<'_>),
    indexes: &[usize],
) {
    let public = key.public();
    let stranger = SecretScalar::random(&Seeded::new(9));
    let wrong_blinding = HolderSecrets { blinding: &stranger, ..*holder };
    let wrong_nym = HolderSecrets { pseudonym: holder.pseudonym.map(|_| &stranger), ..*holder };
    let wrong_messages = HolderSecrets { messages: &[b"another's secret"], ..*holder };
    for (at, wrong) in [wrong_blinding, wrong_nym, wrong_messages].iter().enumerate() {
        if at == 1 && holder.pseudonym.is_none() {
            continue;
        }
        let made = prove((public, signature), messages, indexes, presentation, Some(wrong), &Seeded::new(1));
        assert_eq!(made.err(), Some(BbsError::Invalid), "{at}");
    }
    let none = prove((public, signature), messages, indexes, presentation, None, &Seeded::new(1));
    assert_eq!(none.err(), Some(BbsError::Invalid));

    let other_nym = Pseudonym(generators::base().octets);
    let mut infinity = Pseudonym([0; 48]);
    infinity.0[0] = 0xc0;
    let mut changed = vec![
        (Disclosed { signed: disclosed.signed.map(|it| it + 1), ..*disclosed }, *presentation),
        (Disclosed { signed: None, ..*disclosed }, *presentation),
        (Disclosed { committed: disclosed.committed + 1, ..*disclosed }, *presentation),
        (*disclosed, Presentation { presentation_header: b"another nonce", ..*presentation }),
    ];
    if disclosed.pseudonym.is_some() {
        changed.push((Disclosed { pseudonym: Some(&other_nym), ..*disclosed }, *presentation));
        changed.push((Disclosed { pseudonym: Some(&infinity), ..*disclosed }, *presentation));
        changed.push((Disclosed { pseudonym: None, ..*disclosed }, *presentation));
        changed.push((*disclosed, Presentation { context: Some(b"another.example"), ..*presentation }));
        changed.push((*disclosed, Presentation { context: None, ..*presentation }));
    }
    for (at, (disclosed, presentation)) in changed.iter().enumerate() {
        assert!(public.verify_proof(proof, disclosed, presentation).is_err(), "{at}");
    }
}
