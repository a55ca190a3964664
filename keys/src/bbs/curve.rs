//! Points read from bytes, and the pairing that settles a signature.

use std::sync::OnceLock;

use blstrs::{Bls12, G1Affine, G1Projective, G2Affine, G2Prepared, G2Projective};
use pairing::group::{Curve, Group, prime::PrimeCurveAffine};
use pairing::{MillerLoopResult, MultiMillerLoop};

/// Bytes of a point of G1.
pub(crate) const G1_BYTES: usize = 48;

/// A point of G1's subgroup of prime order, not the one at infinity (§4.2.4.3 and §4.2.4.5 of the draft).
pub(crate) fn g1(bytes: &[u8]) -> Option<G1Projective> {
    let point: G1Affine = Option::from(G1Affine::from_compressed(bytes.try_into().ok()?))?;
    if bool::from(point.is_identity()) { None } else { Some(point.into()) }
}

/// The same for G2 (§4.2.4.6, `octets_to_pubkey`).
pub(crate) fn g2(bytes: &[u8]) -> Option<G2Affine> {
    let point: G2Affine = Option::from(G2Affine::from_compressed(bytes.try_into().ok()?))?;
    if bool::from(point.is_identity()) { None } else { Some(point) }
}

/// The bytes of points, one after the other.
pub(super) fn octets(points: &[G1Projective]) -> Vec<u8> {
    let mut affine = vec![G1Affine::default(); points.len()];
    G1Projective::batch_normalize(points, &mut affine);
    affine.iter().flat_map(G1Affine::to_compressed).collect()
}

/// Whether `left` paired with `key` equals `right` paired with the base point of G2.
pub(crate) fn pairs(left: &G1Projective, key: &G2Prepared, right: &G1Projective) -> bool {
    static MINUS_BASE: OnceLock<G2Prepared> = OnceLock::new();
    let minus_base = MINUS_BASE.get_or_init(|| G2Prepared::from(-G2Projective::generator().to_affine()));
    let (left, right) = (left.to_affine(), right.to_affine());
    let product = Bls12::multi_miller_loop(&[(&left, key), (&right, minus_base)]).final_exponentiation();
    product.is_identity().into()
}
