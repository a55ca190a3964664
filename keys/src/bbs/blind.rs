//! Signatures over what their signer does not see (draft-irtf-cfrg-bbs-blind-signatures, as of 2025-02): the holder
//! commits to its secrets and proves to know them, the signer signs the commitment with its own messages. With a
//! pseudonym (draft-kalos-bbs-per-verifier-linkability, as of 2024-11) the last of the secrets is the holder's part of
//! it, to which the signer adds its own, so that no holder can choose another's.

use std::fmt;

use blstrs::{G1Projective, Scalar};
use pairing::group::Group;
use zeroize::Zeroizing;

use super::core::{self, Signed, domain};
use super::curve::{self, G1_BYTES};
use super::generators::{self, Basis, Generator, Interface};
use super::key::{PublicKey, SecretKey};
use super::scalar::{self, SecretScalar};
use super::{BbsError, MAX_MESSAGES, SIGNATURE_BYTES, hash, sum};
use crate::{Entropy, constant_time_eq};

/// What blinds a commitment: the holder keeps it, for without it no proof can be made (`secret_prover_blind`).
pub type Blinding = SecretScalar;

/// What a holder committed to before the signature was made.
#[derive(Clone, Copy)]
pub struct HolderSecrets<'a> {
    /// The messages of its own (`committed_messages`).
    pub messages: &'a [&'a [u8]],
    /// What blinded the commitment.
    pub blinding: &'a Blinding,
    /// The secret of its pseudonyms: its own part and the signer's, added ([`SecretScalar::plus`]). When committing, its
    /// own part alone.
    pub pseudonym: Option<&'a SecretScalar>,
}

impl HolderSecrets<'_> {
    pub(super) fn interface(holder: Option<&Self>) -> Interface {
        match holder {
            None => Interface::Plain,
            Some(holder) if holder.pseudonym.is_some() => Interface::Pseudonym,
            Some(_) => Interface::Blind,
        }
    }

    /// How many numbers the commitment holds beside the blinding one.
    pub(super) fn count(&self) -> usize {
        self.messages.len() + usize::from(self.pseudonym.is_some())
    }

    pub(super) fn append(&self, numbers: &mut Vec<SecretScalar>) {
        let interface = Self::interface(Some(self));
        numbers.push(self.blinding.clone());
        numbers.extend(self.messages.iter().map(|it| SecretScalar::wrap(hash::message(interface, it))));
        numbers.extend(self.pseudonym.cloned());
    }
}

impl fmt::Debug for HolderSecrets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HolderSecrets").field("messages", &self.messages.len()).finish_non_exhaustive()
    }
}

/// Commits to `messages` and, if given, to the holder's part of a pseudonym, and proves to know them: what the signer
/// gets, and what the holder keeps.
///
/// # Errors
/// [`BbsError::TooManyMessages`].
pub fn commit(
    messages: &[&[u8]],
    pseudonym: Option<&SecretScalar>,
    entropy: &dyn Entropy,
) -> Result<(Vec<u8>, Blinding), BbsError> {
    let blinding = SecretScalar::random(entropy);
    let holder = HolderSecrets { messages, blinding: &blinding, pseudonym };
    let interface = HolderSecrets::interface(Some(&holder));
    if holder.count() >= MAX_MESSAGES {
        return Err(BbsError::TooManyMessages);
    }
    let generators = generators::holders(interface, holder.count())?;
    let mut numbers = Vec::with_capacity(holder.count() + 1);
    holder.append(&mut numbers);
    let random: Vec<_> = numbers.iter().map(|_| SecretScalar::random(entropy)).collect();
    let together = |factors: &[SecretScalar]| {
        sum::secret(generators.iter().map(|it| &it.point).zip(factors.iter().map(SecretScalar::get)))
    };
    let (commitment, bar) = (together(&numbers), together(&random));
    let challenge = challenge(interface, &generators, &commitment, &bar);
    let mut out = commitment.to_compressed().to_vec();
    for (number, random) in numbers.iter().zip(&random) {
        out.extend_from_slice(&(random.get() + number.get() * challenge).to_bytes_be());
    }
    out.extend_from_slice(&challenge.to_bytes_be());
    Ok((out, blinding))
}

/// `calculate_blind_challenge`.
fn challenge(
    interface: Interface,
    generators: &[&Generator],
    commitment: &G1Projective,
    bar: &G1Projective,
) -> Scalar {
    let mut input = (generators.len().saturating_sub(1) as u64).to_be_bytes().to_vec();
    generators.iter().for_each(|it| input.extend_from_slice(&it.octets));
    input.extend_from_slice(&curve::octets(&[*commitment, *bar]));
    hash::to_scalar(&input, &interface.tag("H2S_"))
}

/// A holder's commitment, its proof verified: what a signer may sign.
pub struct Commitment {
    interface: Interface,
    point: G1Projective,
    committed: usize,
}

impl Commitment {
    /// Reads and verifies what [`commit`] made, of `messages` messages and, if `pseudonym`, the holder's part of one.
    ///
    /// # Errors
    /// [`BbsError::Malformed`], also for another number of messages, [`BbsError::Invalid`] for a proof that does not
    /// hold.
    pub fn verify(octets: &[u8], messages: usize, pseudonym: bool) -> Result<Self, BbsError> {
        const MALFORMED: BbsError = BbsError::Malformed("commitment");
        let interface = if pseudonym { Interface::Pseudonym } else { Interface::Blind };
        let committed = messages.saturating_add(usize::from(pseudonym));
        if committed >= MAX_MESSAGES {
            return Err(BbsError::TooManyMessages);
        }
        if octets.len() != G1_BYTES + (committed + 2) * scalar::BYTES {
            return Err(MALFORMED);
        }
        let (point, numbers) = octets.split_at(G1_BYTES);
        let point = curve::g1(point).ok_or(MALFORMED)?;
        let numbers = numbers.chunks_exact(scalar::BYTES).map(scalar::parse);
        let mut numbers = numbers.collect::<Option<Vec<_>>>().ok_or(MALFORMED)?;
        let claimed = numbers.pop().ok_or(MALFORMED)?;
        let generators = generators::holders(interface, committed)?;
        let fixed: Vec<_> = generators.iter().copied().zip(numbers).collect();
        let bar = sum::public(&fixed, &[(point, -claimed)]);
        let challenge = challenge(interface, &generators, &point, &bar);
        if constant_time_eq(&challenge.to_bytes_be(), &claimed.to_bytes_be()) {
            Ok(Self { interface, point, committed })
        } else {
            Err(BbsError::Invalid)
        }
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commitment").field("committed", &self.committed).finish_non_exhaustive()
    }
}

impl SecretKey {
    /// Signs `header`, `messages` and what a holder committed to (`BlindSign`). `pseudonym` is the signer's part of the
    /// holder's pseudonyms, to be told to the holder: given exactly if the commitment holds the holder's part.
    ///
    /// # Errors
    /// [`BbsError::TooManyMessages`]; [`BbsError::Invalid`] where `pseudonym` is missing or out of place.
    pub fn sign_blind(
        &self,
        commitment: &Commitment,
        header: &[u8],
        messages: &[&[u8]],
        pseudonym: Option<&SecretScalar>,
    ) -> Result<[u8; SIGNATURE_BYTES], BbsError> {
        if pseudonym.is_some() != (commitment.interface == Interface::Pseudonym) {
            return Err(BbsError::Invalid);
        }
        let basis = Basis::new(commitment.interface, messages.len(), Some(commitment.committed))?;
        let domain = domain(self.public(), &basis, header);
        let numbers: Vec<_> = messages.iter().map(|it| hash::message(commitment.interface, it)).collect();
        let mut bound = core::bound(&basis, &domain, &numbers) + commitment.point;
        if let (Some(part), Some(last)) = (pseudonym, basis.rest.last()) {
            bound += last.point * part.get();
        }
        if bool::from(bound.is_identity()) {
            return Err(BbsError::Invalid);
        }
        let input = Zeroizing::new([&self.to_bytes()[..], &bound.to_compressed()].concat());
        let e = hash::to_scalar(&input, &commitment.interface.tag("H2S_"));
        core::finish(self, &bound, &e)
    }
}

impl PublicKey {
    /// Verifies a signature over a commitment, as its holder can.
    ///
    /// # Errors
    /// [`BbsError`].
    pub fn verify_blind(
        &self,
        signature: &[u8],
        header: &[u8],
        messages: &[&[u8]],
        holder: &HolderSecrets<'_>,
    ) -> Result<(), BbsError> {
        let interface = HolderSecrets::interface(Some(holder));
        let basis = Basis::new(interface, messages.len(), Some(holder.count()))?;
        let mut numbers = Vec::with_capacity(messages.len() + holder.count() + 1);
        numbers.extend(messages.iter().map(|it| SecretScalar::wrap(hash::message(interface, it))));
        holder.append(&mut numbers);
        Signed::parse(signature)?.verify(self, &basis, header, numbers.iter().map(SecretScalar::get))
    }
}
