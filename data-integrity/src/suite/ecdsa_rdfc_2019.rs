//! `ecdsa-rdfc-2019` (VC-DI-ECDSA 1.0 §3.2): P-256 with SHA-256 or P-384 with SHA-384 over canonical statements. The hash of
//! the curve also names the blank nodes (§3, "Algorithms").

use jigap_keys::KeyType;
use jigap_keys::hash::HashAlgorithm;

use super::{DATA_INTEGRITY_PROOF, Suite, Transformation};

pub(super) const SUITE: Suite = Suite {
    proof_type: DATA_INTEGRITY_PROOF,
    cryptosuite: Some("ecdsa-rdfc-2019"),
    transformation: Transformation::Rdfc,
    keys: &[(KeyType::P256, HashAlgorithm::Sha256), (KeyType::P384, HashAlgorithm::Sha384)],
};
