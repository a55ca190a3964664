//! What W3C's signed vectors are made of: the documents before they were signed, and the proofs before they had a value.

use jigap_keys::hash::HashAlgorithm;
use jigap_keys::json;
use serde_json::{Map, Value, json};

use super::vectors::{examples, text_in, value_in};
use crate::canonical::canonicalize;
use crate::json_ld;

const EDDSA: &str = "w3c-vc-di-eddsa";
const ECDSA: &str = "w3c-vc-di-ecdsa";
const BBS: &str = "w3c-vc-di-bbs";

fn without(mut document: Value, member: &str) -> (Value, Value) {
    let taken = document.as_object_mut().unwrap().remove(member).unwrap_or_default();
    (document, taken)
}

#[test]
fn what_was_signed_is_what_there_was_to_sign() {
    for (vectors, unsigned, signed) in [
        (EDDSA, "unsigned.json", "eddsa-rdfc-2022/signedDataInt.json"),
        (EDDSA, "unsigned.json", "eddsa-jcs-2022/signedJCS.json"),
        (EDDSA, "employmentAuth.json", "eddsa-rdfc-2022/employ/signedDataInt.json"),
        (ECDSA, "unsigned.json", "ecdsa-rdfc-2019-p256/signedECDSAP256.json"),
        (ECDSA, "employmentAuth.json", "ecdsa-rdfc-2019-p384/employ/signedECDSAP384.json"),
        (ECDSA, "employmentAuth.json", "ecdsa-sd-2023/employ/addSignedSDBase.json"),
        (BBS, "windDoc.json", "addSignedSDBase.json"),
        (BBS, "FeatureInputs/license.json", "HolderBinding/addSignedSDBase.json"),
        (BBS, "FeatureInputs/license.json", "Pseudonym/addSignedSDBase.json"),
        (BBS, "FeatureInputs/license.json", "PseudonymHB/addSignedSDBase.json"),
    ] {
        let Some(unsigned) = value_in(vectors, unsigned) else { return };
        let (said, proof) = without(value_in(vectors, signed).unwrap(), "proof");
        assert!(proof.is_object(), "{signed}");
        // `7` and `7.0` are one number.
        assert_eq!(json::canonicalize(&said), json::canonicalize(&unsigned), "{signed}");
    }
    // These two were signed in other words than they are shown in.
    for (vectors, signed) in
        [(ECDSA, "ecdsa-sd-2023/prc/addSignedSDBase.json"), (BBS, "prc/addSignedSDBase.json")]
    {
        let (said, _) = without(value_in(vectors, signed).unwrap(), "proof");
        let unsigned = value_in(vectors, "prCredUnsigned.json").unwrap();
        assert_eq!(without(said, "description").0, without(unsigned, "description").0, "{signed}");
    }
}

/// The configuration of a base proof, and its canonical statements.
#[test]
fn a_base_proof_says_what_it_was_told_to_say() {
    for (vectors, folder) in [
        (ECDSA, "ecdsa-sd-2023/employ/"),
        (ECDSA, "ecdsa-sd-2023/prc/"),
        (BBS, ""),
        (BBS, "prc/"),
        (BBS, "HolderBinding/"),
        (BBS, "Pseudonym/"),
        (BBS, "PseudonymHB/"),
    ] {
        let Some(config) = value_in(vectors, &format!("{folder}addProofConfig.json")) else { return };
        let (document, proof) =
            without(value_in(vectors, &format!("{folder}addSignedSDBase.json")).unwrap(), "proof");
        let (mut said, value) = without(proof, "proofValue");
        assert!(value.is_string(), "{folder}");
        said["@context"] = document["@context"].clone();
        assert_eq!(said, config, "{folder}");
        let members: &Map<String, Value> = config.as_object().unwrap();
        let statements = json_ld::statements(members, examples()).unwrap();
        let canonical = canonicalize(&statements.quads, HashAlgorithm::Sha256).unwrap();
        let expected = text_in(vectors, &format!("{folder}addProofConfigCanon.txt")).unwrap();
        assert_eq!(canonical.trim_end(), expected.trim_end(), "{folder}");
    }
}

/// Each proof of the sets and chains, with and without its value, and the document on its way.
#[test]
fn proofs_of_sets_and_chains_are_those_that_were_configured() {
    let file = |name: &str| value_in(EDDSA, &format!("proof-set-chain/{name}"));
    let Some(whole) = file("signedProofChain2.json") else { return };
    let proofs = whole["proof"].as_array().unwrap();
    let steps = [
        ("proofSetConfig1.json", "proofSetConfigSigned1.json"),
        ("proofSetConfig2.json", "proofSetConfigSigned2.json"),
        ("proofChainConfig1.json", "proofChainConfigSigned1.json"),
        ("proofChainConfig2.json", "proofChainConfigSigned2.json"),
    ];
    assert_eq!(proofs.len(), steps.len());
    for (proof, (configured, signed)) in proofs.iter().zip(steps) {
        assert_eq!(*proof, file(signed).unwrap(), "{signed}");
        assert_eq!(without(proof.clone(), "proofValue").0, file(configured).unwrap(), "{configured}");
    }
    let unsigned = file("unsigned.json").unwrap();
    let with = |proof: Value| {
        let mut document = unsigned.clone();
        document["proof"] = proof;
        document
    };
    assert_eq!(file("proofChainTempDoc1.json").unwrap(), with(json!(proofs[..2])));
    let before_the_last = file("proofChainTempDoc2.json").unwrap();
    assert!(before_the_last == with(json!([proofs[2]])) || before_the_last == with(proofs[2].clone()));
}
