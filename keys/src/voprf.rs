//! VOPRF(ristretto255, SHA-512) of RFC 9497: a function of a key and a text, evaluated by who has the key without seeing the text.
//!
//! | who | does |
//! |---|---|
//! | client | [`Blinding::new`]: hashes its text to the group and multiplies it by a number that only it knows |
//! | server | [`ServerKey::evaluate`]: multiplies what comes by its key, and proves that it was this key |
//! | client | [`Blinding::finish`]: checks the proof, divides by its number, and has the [`Output`] |
//! | server | [`ServerKey::output`]: the same output of a text that it sees |
//!
//! The server does not learn the text nor recognises the output; the client learns the output of what it asked and nothing of the key. One
//! mode and one suite: `VOPRF` and `ristretto255-SHA512` (§3.2, §4.1). Why it is our own on `curve25519-dalek`: docs/decisions/0022.
//!
//! Refused (§4.1, §5.1, §2.1): elements that are no canonical encoding or the identity, scalars that are not below the order, proofs that do not verify,
//! batches that are empty or longer than [`MAX_BATCH`], texts longer than [`MAX_INPUT`].

use std::fmt;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as GENERATOR;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity, MultiscalarMul, VartimeMultiscalarMul};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{Entropy, constant_time_eq, hash};

/// Bytes of an element (`Ne`), of a scalar (`Ns`) and of a seed.
pub const BYTES: usize = 32;
/// Bytes of a proof: two scalars.
pub const PROOF_BYTES: usize = 2 * BYTES;
/// Bytes of an output (`Nh`).
pub const OUTPUT_BYTES: usize = 64;
/// Longest text: its length is written in two bytes.
pub const MAX_INPUT: usize = 65_535;
/// Most elements that one proof is for.
pub const MAX_BATCH: usize = 256;

/// `CreateContextString(0x01, "ristretto255-SHA512")` (§3.1).
const CONTEXT: &[u8] = b"OPRFV1-\x01-ristretto255-SHA512";
/// Bytes of a block of SHA-512.
const HASH_BLOCK: usize = 128;

/// Why something was refused. No variant carries a byte of what was hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VoprfError {
    /// The named part is of the wrong length, not canonical, or the identity.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// The caller's fault: a text is too long, or a batch empty or too long.
    #[error("a text or a batch is beyond its bounds")]
    Bounds,
    /// The server's fault: this key did not evaluate it.
    #[error("the proof does not verify")]
    Invalid,
    /// There is no such thing, once in 2^252: another text or seed has one.
    #[error("the text has no element")]
    NoElement,
}

/// An element that travels: a blinded text, its evaluation, or a server's public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Element {
    point: RistrettoPoint,
    encoded: [u8; BYTES],
}

impl Element {
    /// Reads the 32 bytes of one.
    ///
    /// # Errors
    /// [`VoprfError::Malformed`] for another length, another encoding, and the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VoprfError> {
        const MALFORMED: VoprfError = VoprfError::Malformed("element");
        let encoded: [u8; BYTES] = bytes.try_into().map_err(|_| MALFORMED)?;
        let point = CompressedRistretto(encoded).decompress().ok_or(MALFORMED)?;
        if is_identity(&point) { Err(MALFORMED) } else { Ok(Self { point, encoded }) }
    }

    /// Its 32 bytes.
    pub const fn to_bytes(&self) -> [u8; BYTES] {
        self.encoded
    }

    fn of(point: RistrettoPoint) -> Self {
        Self { point, encoded: point.compress().to_bytes() }
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Element(…)")
    }
}

/// That one key evaluated a batch (§2.2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    challenge: Scalar,
    response: Scalar,
}

impl Proof {
    /// Reads the 64 bytes of one.
    ///
    /// # Errors
    /// [`VoprfError::Malformed`] for another length and for numbers that are not below the order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VoprfError> {
        const MALFORMED: VoprfError = VoprfError::Malformed("proof");
        let (challenge, response) = bytes.split_first_chunk::<BYTES>().ok_or(MALFORMED)?;
        let response: &[u8; BYTES] = response.try_into().map_err(|_| MALFORMED)?;
        let read = |bytes: &[u8; BYTES]| canonical(bytes).ok_or(MALFORMED);
        Ok(Self { challenge: read(challenge)?, response: read(response)? })
    }

    /// Its 64 bytes: challenge, response.
    pub fn to_bytes(&self) -> [u8; PROOF_BYTES] {
        let mut bytes = [0; PROOF_BYTES];
        let parts = self.challenge.as_bytes().iter().chain(self.response.as_bytes());
        bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        bytes
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof(…)")
    }
}

/// The function's value: 64 bytes that nobody can tell from random ones without the key. Wiped when dropped, never printed.
#[derive(Clone, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
pub struct Output([u8; OUTPUT_BYTES]);

impl Output {
    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; OUTPUT_BYTES] {
        &self.0
    }
}

impl PartialEq for Output {
    /// In constant time.
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq(&self.0, &other.0)
    }
}

impl Eq for Output {}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output(redacted)")
    }
}

/// A server's key. Wiped when dropped, never printed.
pub struct ServerKey {
    secret: Scalar,
    public: Element,
}

impl ServerKey {
    /// `DeriveKeyPair` (§3.2.1): the key that a secret seed gives for what `info` says.
    ///
    /// # Errors
    /// [`VoprfError::Bounds`] if `info` is too long, [`VoprfError::NoElement`] where no key comes of it.
    pub fn derive(seed: &[u8; BYTES], info: &[u8]) -> Result<Self, VoprfError> {
        let length = length(info)?;
        for counter in 0..=u8::MAX {
            let secret = Zeroizing::new(to_scalar(&[&seed[..], &length, info, &[counter]], b"DeriveKeyPair"));
            if *secret != Scalar::ZERO {
                return Ok(Self { secret: *secret, public: Element::of(GENERATOR * *secret) });
            }
        }
        Err(VoprfError::NoElement)
    }

    /// What says of evaluations whose they are.
    pub const fn public(&self) -> &Element {
        &self.public
    }

    /// `BlindEvaluate` (§3.3.2) of a batch, with one proof for all of it.
    ///
    /// # Errors
    /// [`VoprfError::Bounds`] if the batch is empty or longer than [`MAX_BATCH`].
    pub fn evaluate(
        &self,
        blinded: &[Element],
        entropy: &dyn Entropy,
    ) -> Result<(Vec<Element>, Proof), VoprfError> {
        self.evaluate_with(blinded, &random(entropy))
    }

    /// The output of a text that the server sees: `Evaluate` (§3.3.1), as [`Blinding::finish`] gives it to clients.
    ///
    /// # Errors
    /// [`VoprfError::Bounds`] and [`VoprfError::NoElement`] for a text that nobody can ask for.
    pub fn output(&self, input: &[u8]) -> Result<Output, VoprfError> {
        let element = Zeroizing::new(to_element(input)?);
        Ok(finalize(input, &Zeroizing::new(*element * self.secret)))
    }

    fn evaluate_with(
        &self,
        blinded: &[Element],
        nonce: &Scalar,
    ) -> Result<(Vec<Element>, Proof), VoprfError> {
        within_bounds(blinded.len())?;
        let evaluated: Vec<Element> =
            blinded.iter().map(|element| Element::of(element.point * self.secret)).collect();
        // `GenerateProof` (§2.2.1), with `ComputeCompositesFast`.
        let weights = weights(&self.public, blinded, &evaluated)?;
        let sent = RistrettoPoint::vartime_multiscalar_mul(&weights, blinded.iter().map(|it| it.point));
        let answered = sent * self.secret;
        let challenge = challenge(&self.public, [&sent, &answered, &(GENERATOR * nonce), &(sent * nonce)]);
        Ok((evaluated, Proof { challenge, response: nonce - challenge * self.secret }))
    }
}

impl Drop for ServerKey {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKey(redacted)")
    }
}

/// What hides one text: kept until the answer came. Wiped when dropped, never printed.
pub struct Blinding {
    blind: Scalar,
    blinded: Element,
}

impl Blinding {
    /// `Blind` (§3.3.2) by a fresh number.
    ///
    /// # Errors
    /// [`VoprfError::Bounds`] if the text is too long, [`VoprfError::NoElement`] if it has no element.
    pub fn new(input: &[u8], entropy: &dyn Entropy) -> Result<Self, VoprfError> {
        Self::by(input, *random(entropy))
    }

    /// `Blind` by the number that [`secret`](Self::secret) told: what was asked then, and nothing else, is [`blinded`](Self::blinded).
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`VoprfError::Malformed`] for what is no such number.
    pub fn again(input: &[u8], secret: &[u8]) -> Result<Self, VoprfError> {
        const MALFORMED: VoprfError = VoprfError::Malformed("blind");
        let bytes: &[u8; BYTES] = secret.try_into().map_err(|_| MALFORMED)?;
        let blind = canonical(bytes).filter(|blind| *blind != Scalar::ZERO).ok_or(MALFORMED)?;
        Self::by(input, blind)
    }

    /// What the server is asked for.
    pub const fn blinded(&self) -> &Element {
        &self.blinded
    }

    /// The number, 32 bytes: who has it and the text knows that they were asked for.
    pub fn secret(&self) -> Zeroizing<[u8; BYTES]> {
        Zeroizing::new(self.blind.to_bytes())
    }

    /// `Finalize` (§3.3.2): the output of `input`, which is the one text of a batch of one.
    ///
    /// # Errors
    /// [`VoprfError::Invalid`] if `server` did not evaluate what was asked.
    pub fn finish(
        &self,
        input: &[u8],
        evaluated: &Element,
        proof: &Proof,
        server: &Element,
    ) -> Result<Output, VoprfError> {
        verify(server, &[self.blinded], &[*evaluated], proof)?;
        self.finish_vouched(input, evaluated)
    }

    /// `Finalize` where the evaluation is vouched for otherwise: by a proof over the batch ([`verify`]), or by a signature.
    ///
    /// # Errors
    /// [`VoprfError::Bounds`] if the text is too long.
    pub fn finish_vouched(&self, input: &[u8], evaluated: &Element) -> Result<Output, VoprfError> {
        length(input)?;
        let inverse = Zeroizing::new(self.blind.invert());
        Ok(finalize(input, &Zeroizing::new(evaluated.point * *inverse)))
    }

    fn by(input: &[u8], blind: Scalar) -> Result<Self, VoprfError> {
        Ok(Self { blind, blinded: Element::of(to_element(input)? * blind) })
    }
}

impl Drop for Blinding {
    fn drop(&mut self) {
        self.blind.zeroize();
    }
}

impl fmt::Debug for Blinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blinding(redacted)")
    }
}

/// `VerifyProof` (§2.2.2): that the key of `server` evaluated each of `blinded` to its place in `evaluated`.
///
/// # Errors
/// [`VoprfError::Bounds`] if the batch is empty or too long, [`VoprfError::Invalid`] if it did not.
pub fn verify(
    server: &Element,
    blinded: &[Element],
    evaluated: &[Element],
    proof: &Proof,
) -> Result<(), VoprfError> {
    within_bounds(blinded.len())?;
    if blinded.len() != evaluated.len() {
        return Err(VoprfError::Invalid);
    }
    let weights = weights(server, blinded, evaluated)?;
    let sent = RistrettoPoint::vartime_multiscalar_mul(&weights, blinded.iter().map(|it| it.point));
    let answered = RistrettoPoint::vartime_multiscalar_mul(&weights, evaluated.iter().map(|it| it.point));
    let by = |base, image| RistrettoPoint::multiscalar_mul([proof.response, proof.challenge], [base, image]);
    let expected = challenge(server, [&sent, &answered, &by(GENERATOR, server.point), &by(sent, answered)]);
    if expected == proof.challenge { Ok(()) } else { Err(VoprfError::Invalid) }
}

/// The weights of `ComputeComposites` (§2.2.1).
fn weights(server: &Element, blinded: &[Element], evaluated: &[Element]) -> Result<Vec<Scalar>, VoprfError> {
    let tag = [b"Seed-", CONTEXT].concat();
    let seed = hash::sha512(&framed(&[&server.encoded, &tag]));
    let weight = |(index, (sent, answered)): (usize, (&Element, &Element))| {
        let index = u16::try_from(index).map_err(|_| VoprfError::Bounds)?.to_be_bytes();
        let elements = framed(&[&sent.encoded, &answered.encoded]);
        Ok(to_scalar(&[&framed(&[&seed]), &index, &elements, b"Composite"], b"HashToScalar-"))
    };
    blinded.iter().zip(evaluated).enumerate().map(weight).collect()
}

/// The challenge of a proof (§2.2.1).
fn challenge(server: &Element, points: [&RistrettoPoint; 4]) -> Scalar {
    let encoded = points.map(|point| point.compress().to_bytes());
    let [sent, answered, first, second] = &encoded;
    let transcript = framed(&[&server.encoded, sent, answered, first, second]);
    to_scalar(&[&transcript, b"Challenge"], b"HashToScalar-")
}

fn finalize(input: &[u8], element: &RistrettoPoint) -> Output {
    const LENGTH: [u8; 2] = (BYTES as u16).to_be_bytes();
    let element = Zeroizing::new(element.compress().to_bytes());
    // `concat` makes room once: nothing of it is left behind.
    let parts: [&[u8]; 5] = [&length(input).unwrap_or_default(), input, &LENGTH, &*element, b"Finalize"];
    let message = Zeroizing::new(parts.concat());
    Output(hash::sha512(&message))
}

/// `HashToGroup` (§4.1).
fn to_element(input: &[u8]) -> Result<RistrettoPoint, VoprfError> {
    length(input)?;
    let point = RistrettoPoint::from_uniform_bytes(&expand(&[input], b"HashToGroup-"));
    if is_identity(&point) { Err(VoprfError::NoElement) } else { Ok(point) }
}

/// `HashToScalar` (§4.1), also under the tag of keys.
fn to_scalar(message: &[&[u8]], tag: &[u8]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&expand(message, tag))
}

/// `expand_message_xmd` of RFC 9380 §5.3.1 with SHA-512, to one block of it, under the tag of this context.
fn expand(message: &[&[u8]], tag: &[u8]) -> Zeroizing<[u8; OUTPUT_BYTES]> {
    const LENGTH: [u8; 2] = (OUTPUT_BYTES as u16).to_be_bytes();
    let tag = [tag, CONTEXT].concat();
    let tag_length = [u8::try_from(tag.len()).unwrap_or(u8::MAX)];
    let message = Zeroizing::new(message.concat());
    let first = Zeroizing::new([&[0; HASH_BLOCK], &message[..], &LENGTH, &[0], &tag, &tag_length].concat());
    let first = Zeroizing::new(hash::sha512(&first));
    let second = Zeroizing::new([&first[..], &[1], &tag, &tag_length].concat());
    Zeroizing::new(hash::sha512(&second))
}

/// Each of them behind its length in two bytes; none is longer than [`MAX_INPUT`].
fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let frame = |part: &&[u8]| [&length(part).unwrap_or_default(), *part].concat();
    parts.iter().flat_map(frame).collect()
}

fn length(text: &[u8]) -> Result<[u8; 2], VoprfError> {
    u16::try_from(text.len()).map(u16::to_be_bytes).map_err(|_| VoprfError::Bounds)
}

fn within_bounds(batch: usize) -> Result<(), VoprfError> {
    if (1..=MAX_BATCH).contains(&batch) { Ok(()) } else { Err(VoprfError::Bounds) }
}

fn canonical(bytes: &[u8; BYTES]) -> Option<Scalar> {
    Option::from(Scalar::from_canonical_bytes(*bytes))
}

fn is_identity(point: &RistrettoPoint) -> bool {
    *point == RistrettoPoint::identity()
}

/// A number that is not zero.
fn random(entropy: &dyn Entropy) -> Zeroizing<Scalar> {
    loop {
        let mut bytes = Zeroizing::new([0; OUTPUT_BYTES]);
        entropy.fill(&mut *bytes);
        let number = Zeroizing::new(Scalar::from_bytes_mod_order_wide(&bytes));
        if *number != Scalar::ZERO {
            return number;
        }
    }
}

#[cfg(test)]
mod tests;
