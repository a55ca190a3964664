//! `eddsa-rdfc-2022` (VC-DI-EDDSA 1.0 §3.2): Ed25519 over canonical statements.

use jigap_keys::KeyType;
use jigap_keys::hash::HashAlgorithm;

use super::{DATA_INTEGRITY_PROOF, Suite, Transformation};

pub(super) const SUITE: Suite = Suite {
    proof_type: DATA_INTEGRITY_PROOF,
    cryptosuite: Some("eddsa-rdfc-2022"),
    transformation: Transformation::Rdfc,
    keys: &[(KeyType::Ed25519, HashAlgorithm::Sha256)],
};
