//! Hashing to scalars and to points (draft-irtf-cfrg-bbs-signatures §4.2, RFC 9380 §5.3.1, §8.8.1).

use blstrs::{G1Projective, Scalar};

use super::generators::Interface;
use crate::hash::sha256;

/// `expand_len`: bytes that give a number without bias.
pub(super) const EXPAND: usize = 48;

/// RFC 9380 §5.3.1 with SHA-256. `length` is at most 255 blocks and `tag` at most 255 bytes: all of ours are.
pub(super) fn expand(message: &[u8], tag: &[u8], length: usize) -> Vec<u8> {
    let tag_prime = [tag, &[u8::try_from(tag.len()).unwrap_or(u8::MAX)]].concat();
    let asked = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    let first = sha256(&[&[0; 64][..], message, &asked, &[0], &tag_prime].concat());
    let mut out = Vec::with_capacity(length.next_multiple_of(32));
    let mut block = [0; 32];
    for counter in 1..=u8::MAX {
        if out.len() >= length {
            break;
        }
        let mut mixed = first;
        mixed.iter_mut().zip(block).for_each(|(byte, previous)| *byte ^= previous);
        block = sha256(&[&mixed[..], &[counter], &tag_prime].concat());
        out.extend_from_slice(&block);
    }
    out.truncate(length);
    out
}

/// The number that 48 bytes stand for, modulo the order (RFC 9380 §5): in constant time.
pub(super) fn reduce(bytes: &[u8; EXPAND]) -> Scalar {
    let half = |part: &[u8]| {
        let mut whole = [0; 32];
        whole.iter_mut().skip(8).zip(part).for_each(|(to, from)| *to = *from);
        // Always below the order: its first eight bytes are zero.
        Option::<Scalar>::from(Scalar::from_bytes_be(&whole)).unwrap_or_default()
    };
    let (high, low) = bytes.split_at(EXPAND / 2);
    let mut shift = [0; 32];
    if let Some(byte) = shift.get_mut(7) {
        *byte = 1;
    }
    let shift = Option::<Scalar>::from(Scalar::from_bytes_be(&shift)).unwrap_or_default();
    half(high) * shift + half(low)
}

/// `hash_to_scalar` (§4.2.2).
pub(crate) fn to_scalar(message: &[u8], tag: &[u8]) -> Scalar {
    let mut bytes = [0; EXPAND];
    bytes.copy_from_slice(&expand(message, tag, EXPAND));
    reduce(&bytes)
}

/// `messages_to_scalars` (§4.1.2) of one message.
pub(super) fn message(interface: Interface, octets: &[u8]) -> Scalar {
    to_scalar(octets, &interface.tag("MAP_MSG_TO_SCALAR_AS_HASH_"))
}

/// `hash_to_curve_g1`.
pub(crate) fn to_point(message: &[u8], tag: &[u8]) -> G1Projective {
    G1Projective::hash_to_curve(message, tag, &[])
}
