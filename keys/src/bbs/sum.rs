//! Sums of multiples of points of G1: one for secrets, in constant time, one for what everybody may know, by tables
//! (Straus with signed windows).

use blstrs::{G1Affine, G1Projective, Scalar};
use pairing::group::{Curve, Group};

use super::generators::Generator;

/// Odd multiples that a fixed point keeps: windows of six bits.
pub(super) const TABLE: usize = 16;
/// Of a point that is used once: windows of five bits.
const SMALL_TABLE: usize = 8;
const BITS: usize = 256;

/// `factors` times `points`, added: in a time that depends on how many there are alone.
pub(super) fn secret<'a>(terms: impl IntoIterator<Item = (&'a G1Projective, &'a Scalar)>) -> G1Projective {
    terms.into_iter().fold(G1Projective::identity(), |sum, (point, factor)| sum + point * factor)
}

/// The same for factors that are no secret: `fixed` points with their tables, and `free` ones.
pub(super) fn public(fixed: &[(&Generator, Scalar)], free: &[(G1Projective, Scalar)]) -> G1Projective {
    let points: Vec<_> = free.iter().map(|(point, _)| *point).collect();
    let tables = odd_multiples::<SMALL_TABLE>(&points);
    let fixed = fixed.iter().map(|(it, factor)| (&it.odd[..], digits(factor, TABLE)));
    let free = tables.iter().zip(free).map(|(odd, (_, factor))| (&odd[..], digits(factor, SMALL_TABLE)));
    let terms: Vec<_> = fixed.chain(free).collect();
    let mut sum = G1Projective::identity();
    for bit in (0..BITS).rev() {
        sum = sum.double();
        for (odd, digits) in &terms {
            let digit = digits.get(bit).copied().unwrap_or_default();
            let Some(multiple) = odd.get(usize::from(digit.unsigned_abs() / 2)) else { continue };
            match digit {
                0 => {}
                1.. => sum += multiple,
                _ => sum -= multiple,
            }
        }
    }
    sum
}

/// 1, 3, 5, … times each point.
pub(super) fn odd_multiples<const N: usize>(points: &[G1Projective]) -> Vec<[G1Affine; N]> {
    let mut all = Vec::with_capacity(points.len() * N);
    for point in points {
        let twice = point.double();
        all.extend(std::iter::successors(Some(*point), |last| Some(last + twice)).take(N));
    }
    let mut affine = vec![G1Affine::default(); all.len()];
    G1Projective::batch_normalize(&all, &mut affine);
    affine
        .chunks_exact(N)
        .map(|chunk| std::array::from_fn(|at| chunk.get(at).copied().unwrap_or_default()))
        .collect()
}

/// The number as a sum of powers of two, each times zero or an odd digit below `2 * table` in size, any of which at
/// least `log2(4 * table) - 1` zeros follow.
fn digits(factor: &Scalar, table: usize) -> [i8; BITS] {
    let width = table.trailing_zeros() as usize + 2;
    let mut limbs = [0_u64; BITS / 64 + 1];
    for (limb, bytes) in limbs.iter_mut().zip(factor.to_bytes_le().chunks_exact(8)) {
        *limb = bytes.iter().rev().fold(0, |all, byte| (all << 8) | u64::from(*byte));
    }
    let window = |at: usize| {
        let limb = |which: usize| limbs.get(which).copied().unwrap_or_default();
        let (index, offset) = (at / 64, at % 64);
        let high = if offset == 0 { 0 } else { limb(index + 1) << (64 - offset) };
        ((limb(index) >> offset) | high) & ((1 << width) - 1)
    };
    let mut out = [0_i8; BITS];
    let (mut at, mut carry) = (0, 0);
    while let Some(slot) = out.get_mut(at) {
        let value = carry + window(at);
        if value & 1 == 0 {
            at += 1;
            continue;
        }
        let low = i16::try_from(value).unwrap_or_default();
        carry = u64::from(value >= 1 << (width - 1));
        *slot = i8::try_from(low - if carry == 1 { 1 << width } else { 0 }).unwrap_or_default();
        at += width;
    }
    out
}
