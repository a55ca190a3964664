//! Passes that their issuer does not recognise: it signs them blindly, by a key that says all that they say (docs/SPECS.md, "Blind
//! signatures"; docs/decisions/0014).
//!
//! Such a pass says whose it is and nothing else. Of what kind it is, which facts it says and when it ends stand with the key in
//! the trust list ([`BlindKey`]), where holders and gates read the same. So nothing is left that whoever asks for a pass could choose
//! but its own key, and nothing that the issuer could say to one holder alone.
//!
//! A COSE_Sign1 without its tag, as other passes: protected is `alg`, -65537 of the private use range; unprotected the key's id,
//! so that what is signed is known before who signs it; the payload is a CWT of `cnf` alone; external data is `JG1 issuer`. The
//! signature is one for message and key: with another id it is none. Refused: what is not so to the byte.

use jigap_keys::{KeyType, PublicKey, Purpose};

use super::claims::{CNF, COSE_KEY, LIMITS};
use super::gate::AUTHENTIC;
use super::{Fact, Generation, KeyId, Kind, PassClaims};
use crate::cbor::{self, Item, Writer};
use crate::time::Timestamp;
use crate::verdict::{Reason, Refusal};

/// Bytes of a key that signs blindly: a compressed point of G2 of BLS12-381.
pub const BLIND_KEY_BYTES: usize = 96;
/// Bytes of what it answers, and of a signature: a compressed point of G1.
pub const BLIND_POINT_BYTES: usize = 48;
/// What COSE calls the algorithm, of its private use range.
pub const BLIND_ALGORITHM: i64 = -65_537;
/// `{1: -65537}`, the protected header.
pub(super) const PROTECTED: &[u8] = &[0xa1, 0x01, 0x3a, 0x00, 0x01, 0x00, 0x00];
const KID: i64 = 4;

#[cfg(not(feature = "bbs"))]
const NOT_HERE: Reason = Reason::new(
    "pass-blind-unreadable",
    "this scanner cannot judge passes whose issuer does not recognise them: `jigap scan` does",
    "이 스캐너는 발급자도 알아보지 못하는 패스를 판정하지 못합니다. `jigap scan`을 쓰세요",
);
pub(super) const FORGED: Reason =
    Reason::new("pass-forged", "the issuer did not sign this pass", "발급자가 이 패스에 서명하지 않았습니다");

/// A key that signs passes blindly, and what all of them say: as a trust list names it. Of one issuer there is one for a kind, facts and an
/// end (EP-14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlindKey {
    /// What they are for: entry, since of every other pass there is one of its own.
    pub kind: Kind,
    /// What they say of their holders, sorted.
    pub facts: Vec<Fact>,
    /// When they end: with a generation.
    pub expires: Timestamp,
    /// The key.
    pub key: [u8; BLIND_KEY_BYTES],
}

impl BlindKey {
    /// What stands for it in passes.
    pub fn id(&self) -> KeyId {
        KeyId::of_bytes(&self.key)
    }

    /// What a pass of this key says, if it is of this holder.
    pub(super) fn claims(&self, holder: PublicKey) -> PassClaims {
        PassClaims {
            kind: self.kind,
            facts: self.facts.clone(),
            particulars: Vec::new(),
            expires: self.expires,
            holder,
            version: 0,
            status: None,
        }
    }

    /// Whether passes of one kind, facts and end are signed by both.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        (self.kind, &self.facts, self.expires) == (other.kind, &other.facts, other.expires)
    }

    /// Whether passes that nobody can tell from each other may be signed by it.
    fn is_sound(&self) -> bool {
        let sorted = self.facts.windows(2).all(|pair| matches!(pair, [one, next] if one < next));
        self.kind == Kind::Entry && sorted && Generation::ending_at(self.expires).is_some()
    }
}

/// The issuer's part of a code: what stands in it of a blind pass.
#[derive(Clone)]
pub(super) struct BlindPass {
    pub(super) holder: PublicKey,
    pub(super) signed_by: KeyId,
    signature: [u8; BLIND_POINT_BYTES],
}

impl BlindPass {
    /// Reads one, which nobody vouches for yet; `None` if it is not in the form, to the byte.
    pub(super) fn read(item: &Item<'_>) -> Option<Self> {
        let Some([_, unprotected, payload, signature]) = item.as_array() else { return None };
        let signed_by = KeyId::from_bytes(unprotected.at(KID)?.as_bytes()?)?;
        let payload = cbor::parse(payload.as_bytes()?, LIMITS).ok()?;
        let holder = payload.at(CNF)?.at(COSE_KEY)?;
        let holder = PublicKey::from_cose_key_for(holder.raw(), Purpose::Signature).ok()?;
        let read = Self { holder, signed_by, signature: signature.as_bytes()?.try_into().ok()? };
        (signs(&read.holder) && read.to_bytes() == item.raw()).then_some(read)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(128);
        writer.array(4).bytes(PROTECTED);
        writer.map(1).integer(KID).bytes(self.signed_by.as_bytes());
        writer.bytes(&payload(&self.holder)).bytes(&self.signature);
        writer.into_bytes()
    }
}

/// Whether passes are made for keys of this type.
fn signs(key: &PublicKey) -> bool {
    matches!(key.key_type(), KeyType::Ed25519 | KeyType::P256)
}

fn payload(holder: &PublicKey) -> Vec<u8> {
    let mut writer = Writer::with_capacity(64);
    writer.map(1).integer(CNF).map(1).integer(COSE_KEY).raw(&holder.to_compressed_cose_key());
    writer.into_bytes()
}

/// What is signed: `Sig_structure` (RFC 9052 §4.4).
#[cfg(feature = "bbs")]
fn message(holder: &PublicKey) -> Vec<u8> {
    let mut writer = Writer::with_capacity(128);
    writer
        .array(4)
        .text("Signature1")
        .bytes(PROTECTED)
        .bytes(super::claims::ISSUER_CONTEXT)
        .bytes(&payload(holder));
    writer.into_bytes()
}

/// A [`BlindKey`] that passes are judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlindVerifier {
    key: BlindKey,
    #[cfg(feature = "bbs")]
    point: jigap_keys::blind::PublicKey,
}

impl BlindVerifier {
    /// Takes a key; `None` if it is none, or could tell its passes from those of others: not of entry, or of no generation.
    pub fn new(key: BlindKey) -> Option<Self> {
        let key = Some(key).filter(BlindKey::is_sound)?;
        Some(Self {
            #[cfg(feature = "bbs")]
            point: jigap_keys::blind::PublicKey::from_bytes(&key.key).ok()?,
            key,
        })
    }

    /// The key, and what its passes say.
    pub const fn key(&self) -> &BlindKey {
        &self.key
    }

    /// Refuses (EP-04) what the key did not sign; answers what the pass says.
    #[cfg(feature = "bbs")]
    pub(super) fn verify(&self, pass: &BlindPass) -> Result<PassClaims, Refusal> {
        let verified = self.point.verify(&pass.signature, &message(&pass.holder));
        verified.map_err(|_| AUTHENTIC.refuse(FORGED))?;
        Ok(self.key.claims(pass.holder.clone()))
    }

    #[cfg(not(feature = "bbs"))]
    pub(super) fn verify(&self, _: &BlindPass) -> Result<PassClaims, Refusal> {
        Err(AUTHENTIC.refuse(NOT_HERE))
    }
}

#[cfg(feature = "bbs")]
pub use request::{BLIND_ANSWER_BYTES, BlindRequest};

#[cfg(feature = "bbs")]
mod request {
    use jigap_keys::blind::Blinding;
    use jigap_keys::{Entropy, PublicKey};
    use zeroize::Zeroizing;

    use super::super::gate::UNKNOWN_ISSUER;
    use super::super::{HeldPass, ISSUER, PassError, PassIssuers, PassKey};
    use super::*;

    /// Bytes of what is answered: the key's id, and the point.
    pub const BLIND_ANSWER_BYTES: usize = 8 + BLIND_POINT_BYTES;

    /// A pass that is asked for: what its holder keeps until it came.
    pub struct BlindRequest {
        holder: PublicKey,
        blinding: Blinding,
    }

    impl BlindRequest {
        /// One for the pass of this key, which no other pass has.
        pub fn generate(holder: &PublicKey, entropy: &dyn Entropy) -> Self {
            Self { holder: holder.clone(), blinding: Blinding::generate(entropy) }
        }

        /// The same as before, by what [`BlindRequest::kept`] gave.
        ///
        /// # Errors
        /// [`PassError::NotAPass`] if that are not its 32 bytes.
        pub fn from_kept(holder: &PublicKey, kept: &[u8]) -> Result<Self, PassError> {
            let blinding = Blinding::from_bytes(kept).map_err(|_| PassError::NotAPass)?;
            Ok(Self { holder: holder.clone(), blinding })
        }

        /// 32 bytes, to be kept as secret as the key, and durably before anybody is asked.
        pub fn kept(&self) -> Zeroizing<[u8; 32]> {
            self.blinding.to_bytes()
        }

        /// What the issuer is sent: the same each time. It says nothing of the pass.
        pub fn point(&self) -> [u8; BLIND_POINT_BYTES] {
            self.blinding.blind(&message(&self.holder))
        }

        /// The pass, from what the issuer answered: the id of one of `trusted`'s keys and what that signed.
        ///
        /// # Errors
        /// EP-03 or EP-14 where the key is not one that is trusted, EP-04 where it did not sign this.
        pub fn finish(self, answer: &[u8], trusted: &PassIssuers) -> Result<HeldPass, Refusal> {
            let (id, point) = answer.split_first_chunk::<8>().ok_or(AUTHENTIC.refuse(FORGED))?;
            let signed_by = KeyId::from_bytes(id).ok_or(AUTHENTIC.refuse(FORGED))?;
            let PassKey::Blind(verifier) = &trusted.find(signed_by)?.key else {
                return Err(ISSUER.refuse(UNKNOWN_ISSUER));
            };
            let signature = self.blinding.finish(point, &message(&self.holder), &verifier.point);
            let signature = signature.map_err(|_| AUTHENTIC.refuse(FORGED))?;
            Ok(HeldPass::blind(&verifier.key, BlindPass { holder: self.holder, signed_by, signature }))
        }
    }
}
