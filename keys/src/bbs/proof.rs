//! Proofs of knowing a signature, some of its messages shown (draft-irtf-cfrg-bbs-signatures §3.5.3, §3.5.4, §3.6.3,
//! §3.6.4, §3.7), bound to a pseudonym if asked (draft-kalos-bbs-per-verifier-linkability).

use std::fmt;

use blstrs::{G1Projective, Scalar};
use pairing::group::Group;
use pairing::group::ff::Field;

use super::blind::HolderSecrets;
use super::core::{self, Signed, domain};
use super::curve::{self, G1_BYTES};
use super::generators::{self, Basis, Interface};
use super::key::PublicKey;
use super::scalar::{self, SecretScalar};
use super::{BbsError, PSEUDONYM_BYTES, hash, sum};
use crate::{Entropy, constant_time_eq};

/// A name under which a holder is known in one context, and which nobody can connect with that of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pseudonym(pub [u8; PSEUDONYM_BYTES]);

/// What a holder's proof is made for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Presentation<'a> {
    /// What the signer bound the signature to.
    pub header: &'a [u8],
    /// What the holder binds the proof to: a verifier's nonce.
    pub presentation_header: &'a [u8],
    /// The context of the pseudonym, where there is one.
    pub context: Option<&'a [u8]>,
}

/// What a verifier is shown of a signature.
#[derive(Clone, Copy)]
pub struct Disclosed<'a> {
    /// The signer's messages that are shown, with their places, ascending.
    pub messages: &'a [(usize, &'a [u8])],
    /// How many messages the signer signed, where the holder committed to more of its own; `None` where it did not.
    pub signed: Option<usize>,
    /// How many messages the holder committed to, its part of the pseudonym not counted; all of them stay hidden.
    pub committed: usize,
    /// The pseudonym, where the proof is bound to one.
    pub pseudonym: Option<&'a Pseudonym>,
}

impl fmt::Debug for Disclosed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disclosed").field("messages", &self.messages.len()).finish_non_exhaustive()
    }
}

/// Proves to know `signature` over `messages`, of which those at `disclosed` (ascending) are shown. `holder` holds what
/// the holder committed to before, if the signature was made over a commitment.
///
/// A pseudonym is returned exactly if the presentation has a context and the holder a secret for it.
///
/// # Errors
/// [`BbsError::Invalid`] for a signature that does not verify or a context without a secret, and [`BbsError`].
pub fn prove(
    (key, signature): (&PublicKey, &[u8]),
    messages: &[&[u8]],
    disclosed: &[usize],
    presentation: &Presentation<'_>,
    holder: Option<&HolderSecrets<'_>>,
    entropy: &dyn Entropy,
) -> Result<(Vec<u8>, Option<Pseudonym>), BbsError> {
    let interface = HolderSecrets::interface(holder);
    let context = match (presentation.context, interface) {
        (Some(context), Interface::Pseudonym) => Some(context),
        (None, Interface::Plain | Interface::Blind) => None,
        _ => return Err(BbsError::Invalid),
    };
    // So many at once: a growing list would leave copies behind.
    let mut numbers = Vec::with_capacity(messages.len() + holder.map_or(0, |it| it.count() + 1));
    numbers.extend(messages.iter().map(|it| SecretScalar::wrap(hash::message(interface, it))));
    if let Some(holder) = holder {
        holder.append(&mut numbers);
    }
    let basis = Basis::new(interface, messages.len(), holder.map(HolderSecrets::count))?;
    let signed = Signed::parse(signature)?;
    let domain = domain(key, &basis, presentation.header);
    let bound = core::bound(&basis, &domain, numbers.iter().map(SecretScalar::get));
    signed.settle(key, &bound)?;
    let places = Places::new(disclosed.iter().copied(), messages.len(), numbers.len())?;
    let secrets = Random::new(&places, entropy);
    let points = initialize(&basis, domain, (&signed, &bound), (&places, &secrets));
    let shown = places.shown.iter().filter_map(|at| numbers.get(*at).map(|it| (*at, *it.get())));
    let shown: Vec<_> = shown.collect();
    let nym = match context {
        Some(context) => Some(nym(interface, context, &numbers, &secrets)?),
        None => None,
    };
    let challenge = challenge(&points, &shown, nym.as_ref(), presentation.presentation_header);
    let hidden = places.hidden.iter().filter_map(|at| numbers.get(*at)).map(SecretScalar::get);
    let proof = finalize(&points, &challenge, &signed.e, &secrets, hidden)?;
    Ok((proof, nym.map(|it| Pseudonym(it.pseudonym.to_compressed()))))
}

/// Which of the messages are shown, and which are not.
struct Places {
    shown: Vec<usize>,
    hidden: Vec<usize>,
}

impl Places {
    /// Only messages of the signer are ever shown: the first `signers` of `total`.
    fn new(shown: impl Iterator<Item = usize>, signers: usize, total: usize) -> Result<Self, BbsError> {
        let shown: Vec<_> = shown.collect();
        let ascending = shown.is_sorted_by(|earlier, later| earlier < later);
        if !ascending || shown.last().is_some_and(|last| *last >= signers) {
            return Err(BbsError::Indexes);
        }
        let mut next = shown.iter().copied().peekable();
        let hidden = (0..total).filter(|at| next.next_if_eq(at).is_none()).collect();
        Ok(Self { shown, hidden })
    }
}

/// `calculate_random_scalars` (§4.2.1), by what each blinds.
struct Random {
    r1: SecretScalar,
    r2: SecretScalar,
    e: SecretScalar,
    r1_tilde: SecretScalar,
    r3_tilde: SecretScalar,
    messages: Vec<SecretScalar>,
}

impl Random {
    fn new(places: &Places, entropy: &dyn Entropy) -> Self {
        let next = || SecretScalar::random(entropy);
        Self {
            r1: next(),
            r2: next(),
            e: next(),
            r1_tilde: next(),
            r3_tilde: next(),
            messages: places.hidden.iter().map(|_| next()).collect(),
        }
    }
}

/// What the challenge is computed from: `init_res`.
struct Points {
    interface: Interface,
    a_bar: G1Projective,
    b_bar: G1Projective,
    d: G1Projective,
    t1: G1Projective,
    t2: G1Projective,
    domain: Scalar,
}

/// `ProofInit` (§3.7.1).
fn initialize(
    basis: &Basis,
    domain: Scalar,
    (signed, bound): (&Signed, &G1Projective),
    (places, random): (&Places, &Random),
) -> Points {
    let d = bound * random.r2.get();
    let r12 = SecretScalar::wrap(random.r1.get() * random.r2.get());
    let a_bar = signed.point * r12.get();
    let b_bar = d * random.r1.get() - a_bar * signed.e;
    let t1 = sum::secret([(&a_bar, random.e.get()), (&d, random.r1_tilde.get())]);
    let hidden = places.hidden.iter().filter_map(|at| basis.rest.get(*at)).map(|it| &it.point);
    let blinded = hidden.zip(random.messages.iter().map(SecretScalar::get));
    let t2 = sum::secret(std::iter::once((&d, random.r3_tilde.get())).chain(blinded));
    Points { interface: basis.interface, a_bar, b_bar, d, t1, t2, domain }
}

/// `ProofFinalize` (§3.7.2).
fn finalize<'a>(
    points: &Points,
    challenge: &Scalar,
    e: &Scalar,
    random: &Random,
    hidden: impl Iterator<Item = &'a Scalar>,
) -> Result<Vec<u8>, BbsError> {
    let r3: Option<Scalar> = random.r2.get().invert().into();
    let r3 = SecretScalar::wrap(r3.ok_or(BbsError::Invalid)?);
    let mut proof = curve::octets(&[points.a_bar, points.b_bar, points.d]);
    let mut put = |number: Scalar| proof.extend_from_slice(&number.to_bytes_be());
    put(random.e.get() + *e * challenge);
    put(random.r1_tilde.get() - random.r1.get() * challenge);
    put(random.r3_tilde.get() - r3.get() * challenge);
    for (message, blinding) in hidden.zip(&random.messages) {
        put(blinding.get() + message * challenge);
    }
    put(*challenge);
    Ok(proof)
}

/// What a pseudonym adds to the challenge.
struct Nym {
    pseudonym: G1Projective,
    base: G1Projective,
    commitment: G1Projective,
}

fn nym_base(interface: Interface, context: &[u8]) -> G1Projective {
    hash::to_point(context, &interface.tag(""))
}

/// The last number is the secret of the pseudonym, the last random one blinds it.
fn nym(
    interface: Interface,
    context: &[u8],
    numbers: &[SecretScalar],
    random: &Random,
) -> Result<Nym, BbsError> {
    let base = nym_base(interface, context);
    let secret = numbers.last().ok_or(BbsError::Invalid)?;
    let blinding = random.messages.last().ok_or(BbsError::Invalid)?;
    Ok(Nym { pseudonym: base * secret.get(), base, commitment: base * blinding.get() })
}

/// `ProofChallengeCalculate` (§3.7.4).
fn challenge(
    points: &Points,
    shown: &[(usize, Scalar)],
    nym: Option<&Nym>,
    presentation_header: &[u8],
) -> Scalar {
    let mut input = Vec::with_capacity(512 + 40 * shown.len() + presentation_header.len());
    input.extend_from_slice(&(shown.len() as u64).to_be_bytes());
    for (at, number) in shown {
        input.extend_from_slice(&(*at as u64).to_be_bytes());
        input.extend_from_slice(&number.to_bytes_be());
    }
    let mut all = vec![points.a_bar, points.b_bar, points.d, points.t1, points.t2];
    if let Some(nym) = nym {
        all.extend([nym.pseudonym, nym.base, nym.commitment]);
    }
    input.extend_from_slice(&curve::octets(&all));
    input.extend_from_slice(&points.domain.to_bytes_be());
    input.extend_from_slice(&(presentation_header.len() as u64).to_be_bytes());
    input.extend_from_slice(presentation_header);
    hash::to_scalar(&input, &points.interface.tag("H2S_"))
}

/// A proof, well-formed and not verified.
struct Parsed {
    a_bar: G1Projective,
    b_bar: G1Projective,
    d: G1Projective,
    e: Scalar,
    r1: Scalar,
    r3: Scalar,
    messages: Vec<Scalar>,
    challenge: Scalar,
}

impl Parsed {
    /// `octets_to_proof` (§4.2.4.5).
    fn parse(octets: &[u8]) -> Result<Self, BbsError> {
        const MALFORMED: BbsError = BbsError::Malformed("proof");
        let (points, numbers) = octets.split_at_checked(3 * G1_BYTES).ok_or(MALFORMED)?;
        if numbers.len() % scalar::BYTES != 0 {
            return Err(MALFORMED);
        }
        if numbers.len() / scalar::BYTES > super::MAX_MESSAGES + 4 {
            return Err(BbsError::TooManyMessages);
        }
        let mut numbers = numbers.chunks_exact(scalar::BYTES).map(scalar::parse);
        let mut next = || numbers.next().flatten().ok_or(MALFORMED);
        let (e, r1, r3) = (next()?, next()?, next()?);
        let mut messages = numbers.collect::<Option<Vec<_>>>().ok_or(MALFORMED)?;
        let challenge = messages.pop().ok_or(MALFORMED)?;
        let mut points = points.chunks_exact(G1_BYTES).map(curve::g1);
        let mut next = || points.next().flatten().ok_or(MALFORMED);
        Ok(Self { a_bar: next()?, b_bar: next()?, d: next()?, e, r1, r3, messages, challenge })
    }

    /// `ProofVerifyInit` (§3.7.3), with `Bv` spread over its terms: one sum less.
    fn initialize(
        &self,
        basis: &Basis,
        domain: Scalar,
        places: &Places,
        shown: &[(usize, Scalar)],
    ) -> Points {
        let c = self.challenge;
        let t1 = sum::public(&[], &[(self.b_bar, c), (self.a_bar, self.e), (self.d, self.r1)]);
        let point = |at: &usize| basis.rest.get(*at).copied();
        let mut fixed = vec![(generators::base(), c), (basis.first, c * domain)];
        fixed.extend(shown.iter().filter_map(|(at, number)| Some((point(at)?, c * number))));
        let hidden = places.hidden.iter().zip(&self.messages);
        fixed.extend(hidden.filter_map(|(at, number)| Some((point(at)?, *number))));
        let t2 = sum::public(&fixed, &[(self.d, self.r3)]);
        let (a_bar, b_bar, d) = (self.a_bar, self.b_bar, self.d);
        Points { interface: basis.interface, a_bar, b_bar, d, t1, t2, domain }
    }
}

impl PublicKey {
    /// Verifies that whoever made `proof` knows a signature of this key over the header and messages, those that are
    /// shown being what `disclosed` says (§3.5.4).
    ///
    /// # Errors
    /// [`BbsError::Invalid`] when it does not hold, [`BbsError`] when it cannot.
    pub fn verify_proof(
        &self,
        proof: &[u8],
        disclosed: &Disclosed<'_>,
        presentation: &Presentation<'_>,
    ) -> Result<(), BbsError> {
        let interface = match (disclosed.pseudonym, disclosed.signed) {
            (None, None) => Interface::Plain,
            (None, Some(_)) => Interface::Blind,
            (Some(_), Some(_)) => Interface::Pseudonym,
            (Some(_), None) => return Err(BbsError::Indexes),
        };
        if disclosed.pseudonym.is_some() != presentation.context.is_some() {
            return Err(BbsError::Invalid);
        }
        let parsed = Parsed::parse(proof)?;
        let total = parsed.messages.len().checked_add(disclosed.messages.len()).ok_or(BbsError::Indexes)?;
        let committed = disclosed.committed.saturating_add(usize::from(disclosed.pseudonym.is_some()));
        let signers = match disclosed.signed {
            None => total,
            // With the number that blinds the commitment: exactly what a conforming holder hides.
            Some(signers) if signers.checked_add(committed.saturating_add(1)) == Some(total) => signers,
            Some(_) => return Err(BbsError::Indexes),
        };
        let places = Places::new(disclosed.messages.iter().map(|(at, _)| *at), signers, total)?;
        let basis = Basis::new(interface, signers, disclosed.signed.map(|_| committed))?;
        let shown: Vec<_> =
            disclosed.messages.iter().map(|(at, it)| (*at, hash::message(interface, it))).collect();
        let domain = domain(self, &basis, presentation.header);
        let points = parsed.initialize(&basis, domain, &places, &shown);
        let nym = match (disclosed.pseudonym, presentation.context) {
            (Some(pseudonym), Some(context)) => Some(parsed.nym(pseudonym, interface, context)?),
            _ => None,
        };
        let challenge = challenge(&points, &shown, nym.as_ref(), presentation.presentation_header);
        let same = constant_time_eq(&challenge.to_bytes_be(), &parsed.challenge.to_bytes_be());
        if same && curve::pairs(&parsed.a_bar, self.prepared(), &parsed.b_bar) {
            Ok(())
        } else {
            Err(BbsError::Invalid)
        }
    }
}

impl Parsed {
    fn nym(&self, pseudonym: &Pseudonym, interface: Interface, context: &[u8]) -> Result<Nym, BbsError> {
        let pseudonym = curve::g1(&pseudonym.0).ok_or(BbsError::Malformed("pseudonym"))?;
        let base = nym_base(interface, context);
        let secret = self.messages.last().ok_or(BbsError::Invalid)?;
        let commitment = sum::public(&[], &[(base, *secret), (pseudonym, -self.challenge)]);
        if bool::from(commitment.is_identity()) {
            return Err(BbsError::Invalid);
        }
        Ok(Nym { pseudonym, base, commitment })
    }
}
