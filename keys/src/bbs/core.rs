//! Signing and verifying over numbers (draft-irtf-cfrg-bbs-signatures §3.6.1, §3.6.2, §4.2.3).

use blstrs::{G1Projective, Scalar};
use pairing::group::Group;
use pairing::group::ff::Field;
use zeroize::Zeroizing;

use super::curve::{self, G1_BYTES};
use super::generators::{self, Basis};
use super::key::{PublicKey, SecretKey};
use super::scalar::{self, SecretScalar};
use super::{BbsError, SIGNATURE_BYTES, hash, sum};

/// `calculate_domain`: all that signer, holder and verifier must have in common.
pub(super) fn domain(key: &PublicKey, basis: &Basis, header: &[u8]) -> Scalar {
    let mut input = Vec::with_capacity(256 + G1_BYTES * (basis.rest.len() + 1) + header.len());
    input.extend_from_slice(key.as_bytes());
    input.extend_from_slice(&(basis.rest.len() as u64).to_be_bytes());
    input.extend_from_slice(&basis.first.octets);
    basis.rest.iter().for_each(|it| input.extend_from_slice(&it.octets));
    input.extend_from_slice(&basis.interface.tag(""));
    input.extend_from_slice(&(header.len() as u64).to_be_bytes());
    input.extend_from_slice(header);
    hash::to_scalar(&input, &basis.interface.tag("H2S_"))
}

/// `B`: the point that is signed, in constant time.
pub(super) fn bound<'a>(
    basis: &Basis,
    domain: &Scalar,
    messages: impl IntoIterator<Item = &'a Scalar>,
) -> G1Projective {
    let each = basis.rest.iter().map(|it| &it.point).zip(messages);
    generators::base().point + basis.first.point * domain + sum::secret(each)
}

/// `CoreSign`.
pub(super) fn sign(
    key: &SecretKey,
    basis: &Basis,
    header: &[u8],
    messages: &[Scalar],
) -> Result<[u8; SIGNATURE_BYTES], BbsError> {
    let domain = domain(key.public(), basis, header);
    let mut input = Zeroizing::new(Vec::with_capacity(32 * (messages.len() + 2)));
    input.extend_from_slice(&*key.to_bytes());
    for number in messages.iter().chain([&domain]) {
        input.extend_from_slice(&number.to_bytes_be());
    }
    let e = hash::to_scalar(&input, &basis.interface.tag("H2S_"));
    finish(key, &bound(basis, &domain, messages), &e)
}

/// `A = B / (SK + e)` and `e`.
pub(super) fn finish(
    key: &SecretKey,
    bound: &G1Projective,
    e: &Scalar,
) -> Result<[u8; SIGNATURE_BYTES], BbsError> {
    let denominator = SecretScalar::wrap(key.number().get() + e);
    let inverse: Option<Scalar> = denominator.get().invert().into();
    let inverse = SecretScalar::wrap(inverse.ok_or(BbsError::Invalid)?);
    let point = bound * inverse.get();
    if bool::from(point.is_identity()) {
        return Err(BbsError::Invalid);
    }
    let mut out = [0; SIGNATURE_BYTES];
    let (first, second) = out.split_at_mut(G1_BYTES);
    first.copy_from_slice(&point.to_compressed());
    second.copy_from_slice(&e.to_bytes_be());
    Ok(out)
}

/// A signature, well-formed and not verified.
pub(super) struct Signed {
    pub(super) point: G1Projective,
    pub(super) e: Scalar,
}

impl Signed {
    /// `octets_to_signature` (§4.2.4.3).
    pub(super) fn parse(octets: &[u8]) -> Result<Self, BbsError> {
        const MALFORMED: BbsError = BbsError::Malformed("signature");
        if octets.len() != SIGNATURE_BYTES {
            return Err(MALFORMED);
        }
        let (point, e) = octets.split_at(G1_BYTES);
        Ok(Self { point: curve::g1(point).ok_or(MALFORMED)?, e: scalar::parse(e).ok_or(MALFORMED)? })
    }

    /// `CoreVerify`. The messages may be a holder's secrets: summed up in constant time.
    pub(super) fn verify<'a>(
        &self,
        key: &PublicKey,
        basis: &Basis,
        header: &[u8],
        messages: impl IntoIterator<Item = &'a Scalar>,
    ) -> Result<(), BbsError> {
        self.settle(key, &bound(basis, &domain(key, basis, header), messages))
    }

    /// e(A, W) = e(B - A * e, BP2).
    pub(super) fn settle(&self, key: &PublicKey, bound: &G1Projective) -> Result<(), BbsError> {
        if curve::pairs(&self.point, key.prepared(), &(bound - self.point * self.e)) {
            Ok(())
        } else {
            Err(BbsError::Invalid)
        }
    }
}
