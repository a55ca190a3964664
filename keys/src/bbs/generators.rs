//! The points that messages are bound to (draft-irtf-cfrg-bbs-signatures §4.1.1): made once, in blocks, as they are
//! asked for. Each keeps its odd multiples, so that verifying is a walk over tables.

use std::sync::OnceLock;

use blstrs::{G1Affine, G1Projective};
use pairing::group::Curve;

use super::hash::{self, EXPAND};
use super::sum::{self, TABLE};
use super::{BbsError, MAX_MESSAGES};

const SUITE: &str = "BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_";
/// Points that are made together.
const BLOCK: usize = 32;
/// With those that no message has: Q_1, Q_2 and the holder's.
const BLOCKS: usize = MAX_MESSAGES / BLOCK + 1;

/// Which rules a signature is made by: each has its own points and tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interface {
    /// draft-irtf-cfrg-bbs-signatures §3.4.
    Plain,
    /// draft-irtf-cfrg-bbs-blind-signatures.
    Blind,
    /// draft-kalos-bbs-per-verifier-linkability.
    Pseudonym,
}

impl Interface {
    const fn name(self) -> &'static str {
        match self {
            Self::Plain => "H2G_HM2S_",
            Self::Blind => "BLIND_H2G_HM2S_",
            Self::Pseudonym => "H2G_HM2S_PSEUDONYM_",
        }
    }

    /// `api_id` and what follows it.
    pub(super) fn tag(self, suffix: &str) -> Vec<u8> {
        [SUITE, self.name(), suffix].concat().into_bytes()
    }

    fn cache(self, blind: bool) -> &'static Cache {
        static CACHES: [Cache; 5] = [const { Cache::new() }; 5];
        let [plain, signer, holder, nym_signer, nym_holder] = &CACHES;
        match (self, blind) {
            (Self::Plain, _) => plain,
            (Self::Blind, false) => signer,
            (Self::Blind, true) => holder,
            (Self::Pseudonym, false) => nym_signer,
            (Self::Pseudonym, true) => nym_holder,
        }
    }
}

/// A fixed point of G1.
pub(super) struct Generator {
    pub(super) point: G1Projective,
    /// As it is hashed.
    pub(super) octets: [u8; 48],
    /// 1, 3, 5, … times the point.
    pub(super) odd: [G1Affine; TABLE],
}

impl Generator {
    fn new(point: G1Projective, odd: [G1Affine; TABLE]) -> Self {
        Self { point, octets: point.to_affine().to_compressed(), odd }
    }

    fn all(points: &[G1Projective]) -> Box<[Self]> {
        points.iter().zip(sum::odd_multiples(points)).map(|(point, odd)| Self::new(*point, odd)).collect()
    }
}

struct Cache([OnceLock<Block>; BLOCKS]);

struct Block {
    generators: Box<[Generator]>,
    /// `v` of the procedure after the last of them.
    seed: Vec<u8>,
}

impl Cache {
    const fn new() -> Self {
        Self([const { OnceLock::new() }; BLOCKS])
    }

    /// The first `count` points.
    fn first(&'static self, count: usize, api: &[u8]) -> Result<Vec<&'static Generator>, BbsError> {
        let mut found = Vec::with_capacity(count);
        let mut seed = None;
        for (at, slot) in self.0.iter().enumerate() {
            if found.len() >= count {
                break;
            }
            let block = slot.get_or_init(|| Block::make(at, seed, api));
            found.extend(block.generators.iter().take(count - found.len()));
            seed = Some(block.seed.as_slice());
        }
        if found.len() < count { Err(BbsError::TooManyMessages) } else { Ok(found) }
    }
}

impl Block {
    fn make(at: usize, seed: Option<&[u8]>, api: &[u8]) -> Self {
        let seed_tag = [api, b"SIG_GENERATOR_SEED_"].concat();
        let point_tag = [api, b"SIG_GENERATOR_DST_"].concat();
        let mut seed = seed.map_or_else(
            || hash::expand(&[api, b"MESSAGE_GENERATOR_SEED"].concat(), &seed_tag, EXPAND),
            <[u8]>::to_vec,
        );
        let points: Vec<_> = (at * BLOCK + 1..=(at + 1) * BLOCK)
            .map(|number| {
                seed = hash::expand(&[&seed[..], &(number as u64).to_be_bytes()].concat(), &seed_tag, EXPAND);
                hash::to_point(&seed, &point_tag)
            })
            .collect();
        Self { generators: Generator::all(&points), seed }
    }
}

/// The points of a signature: those of its signer, and those of what its holder committed to.
pub(super) struct Basis {
    pub(super) interface: Interface,
    /// Q_1.
    pub(super) first: &'static Generator,
    /// H_1, …, H_L, then Q_2, J_1, …, J_M where there is a commitment.
    pub(super) rest: Vec<&'static Generator>,
}

impl Basis {
    /// For `messages` of the signer and `committed` of the holder: `None` without any commitment, for it takes a point
    /// of its own.
    pub(super) fn new(
        interface: Interface,
        messages: usize,
        committed: Option<usize>,
    ) -> Result<Self, BbsError> {
        let total =
            messages.checked_add(committed.map_or(Some(0), |it| it.checked_add(1)).unwrap_or(usize::MAX));
        if total.is_none_or(|it| it > MAX_MESSAGES) {
            return Err(BbsError::TooManyMessages);
        }
        let mut signers = interface.cache(false).first(messages + 1, &interface.tag(""))?.into_iter();
        let first = signers.next().ok_or(BbsError::TooManyMessages)?;
        let mut rest: Vec<_> = signers.collect();
        if let Some(committed) = committed {
            rest.extend(holders(interface, committed)?);
        }
        Ok(Self { interface, first, rest })
    }
}

/// Q_2, J_1, …, J_M for `committed` messages.
pub(super) fn holders(interface: Interface, committed: usize) -> Result<Vec<&'static Generator>, BbsError> {
    let count = committed.checked_add(1).ok_or(BbsError::TooManyMessages)?;
    interface.cache(true).first(count, &[b"BLIND_", &interface.tag("")[..]].concat())
}

/// `P1` (§6.2): the point that every signature starts from.
pub(super) fn base() -> &'static Generator {
    static BASE: OnceLock<Generator> = OnceLock::new();
    BASE.get_or_init(|| {
        let api = Interface::Plain.tag("");
        let seed_tag = [&api[..], b"SIG_GENERATOR_SEED_"].concat();
        let seed = hash::expand(&[&api[..], b"BP_MESSAGE_GENERATOR_SEED"].concat(), &seed_tag, EXPAND);
        let seed = hash::expand(&[&seed[..], &1_u64.to_be_bytes()].concat(), &seed_tag, EXPAND);
        let point = hash::to_point(&seed, &[&api[..], b"SIG_GENERATOR_DST_"].concat());
        // One point, one table.
        let odd = sum::odd_multiples(&[point]).pop().unwrap_or([G1Affine::default(); TABLE]);
        Generator::new(point, odd)
    })
}
