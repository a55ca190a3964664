//! The code a pass is shown as: `JG1:` and base45 (RFC 9285) of the CBOR array `[pass, window, holder's signature]`.
//!
//! The holder signs by COSE_Sign1 with a detached payload (RFC 9052 §4.1), of which only the signature is shown: protected is
//! `alg`, which the type of the key says, external data is `JG1 holder`, and the payload is the array `[pass, window, venue,
//! nonce]`: the pass as a byte string, the number of the window, and what was asked by: 32 bytes of the venue and 16 of its
//! nonce at a gate with a screen, the venue and `null` at a poster, twice `null` where nobody asked.

use std::fmt;

use jigap_keys::{PrivateKey, PublicKey, hash};

use super::blind::{self, BlindPass, FORGED};
use super::claims::{ISSUER_CONTEXT, LIMITS, Message, NOT_A_PASS};
use super::{
    AUTHENTIC, CLAIMS, KeyId, NONCE_BYTES, PassClaims, PassError, PassKey, VenueCode, VenueId, Window, hidden,
};
use crate::cbor::{self, Item, Writer};
use crate::cose::{self, Sign1, UnsignedSign1};
use crate::text_form;
use crate::verdict::{Check, Reason, Refusal};

/// EP-01: what was read is the code of a pass.
pub const FORM: Check = Check::new(
    "EP-01",
    "the code is `JG1:` and base45 of an array of a pass, a window and a signature, within its size",
    "코드는 `JG1:`과 정해진 크기 안의 base45이며, 패스, 시간창, 서명의 배열입니다",
    "docs/SPECS.md, Entry passes; RFC 9285 §4",
);
/// EP-08: its holder shows it, here.
pub const HOLDER: Check = Check::new(
    "EP-08",
    "the pass's own key signed this pass, this window, and the venue and nonce that asked",
    "패스의 키가 바로 이 패스와 시간창, 물어본 장소와 난수에 서명했습니다",
    "docs/SPECS.md, Entry passes; RFC 9052 §4.4",
);

const NOT_A_CODE: Reason = Reason::new("pass-code", "it is not the code of a pass", "패스의 코드가 아닙니다");
const NOT_FOR_THIS: Reason = Reason::new(
    "pass-holder",
    "its holder did not sign it for this door and moment",
    "소지자가 이 문과 이 순간을 위해 서명하지 않았습니다",
);

/// What every code begins with.
const PREFIX: &str = "JG1:";
/// Characters of the largest code that a QR of 69 by 69 modules holds at level M.
const MAX_CHARACTERS: usize = 483;
/// Bytes of a signature by Ed25519 or ECDSA with P-256.
pub(super) const SIGNATURE_BYTES: usize = 64;
/// What binds the holder's signature to this use of the key (RFC 9052 §4.3).
const HOLDER_CONTEXT: &[u8] = b"JG1 holder";

/// Bytes of the frame around a pass of so many.
pub(super) const fn frame_bytes(pass: usize) -> usize {
    // The array's head, the window's five at most, and the signature with its head.
    1 + pass + 5 + 2 + SIGNATURE_BYTES
}

/// Who is meant by a holder's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Whoever asks by this venue's screen, which shows this nonce.
    Screen(VenueId, [u8; NONCE_BYTES]),
    /// Whoever asks by a poster of this venue.
    Poster(VenueId),
    /// Anybody: the code opens every door that takes such codes while its window counts.
    Anyone,
}

/// What stands for a pass where it was shown: a digest of its key, the same whenever this pass is shown, and of no other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym([u8; 16]);

impl Pseudonym {
    /// That of the pass with this holder's key.
    pub fn of(holder: &PublicKey) -> Self {
        let digest = hash::sha256(&[b"JG1 pseudonym", &holder.to_compressed_cose_key()[..]].concat());
        Self(digest.first_chunk().copied().unwrap_or_default())
    }

    /// Reads the bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Not shown: whoever pools logs could follow it.
impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hidden(f, "Pseudonym", self.0.len())
    }
}

/// Shows `pass` in `window` with its own `key`: the text of the QR code.
///
/// # Errors
/// [`PassError`] if the bytes are no pass, the key is another's, or it cannot sign.
pub fn present(pass: &[u8], window: Window, to: &Heard, key: &PrivateKey) -> Result<String, PassError> {
    let item = cbor::parse(pass, LIMITS).map_err(|_| PassError::NotAPass)?;
    let holder = match Part::read(&item) {
        Some(Part::Blind(blind)) => blind.holder,
        _ => PassClaims::dangerous_assume_verified(pass)?.0.holder,
    };
    if holder != *key.public() {
        return Err(PassError::OtherKey);
    }
    let signed = holder_input(pass, window, to, key.public()).ok_or(PassError::KeyType)?;
    let signature = key.sign(&signed).map_err(|_| PassError::Signer)?;
    Ok(text_form::write(PREFIX, &frame(pass, window, &signature)))
}

fn frame(pass: &[u8], window: Window, signature: &[u8]) -> Vec<u8> {
    let mut frame = Writer::with_capacity(frame_bytes(pass.len()));
    frame.array(3).raw(pass).unsigned(u64::from(window.number())).bytes(signature);
    frame.into_bytes()
}

impl VenueCode {
    /// What a holder who read this signs, and the window that the code is for: the screen's own, or `now`'s at a poster.
    pub fn heard(&self, now: Window) -> (Heard, Window) {
        match self.screen() {
            Some((window, nonce)) => (Heard::Screen(self.venue(), *nonce), window),
            None => (Heard::Poster(self.venue()), now),
        }
    }
}

/// What the holder signs; `None`: the key is of a type that does not sign.
fn holder_input(pass: &[u8], window: Window, to: &Heard, key: &PublicKey) -> Option<Vec<u8>> {
    let mut payload = Writer::with_capacity(pass.len() + 64);
    payload.array(4).bytes(pass).unsigned(u64::from(window.number()));
    match to {
        Heard::Screen(venue, nonce) => payload.bytes(venue.as_bytes()).bytes(nonce),
        Heard::Poster(venue) => payload.bytes(venue.as_bytes()).null(),
        Heard::Anyone => payload.null().null(),
    };
    let header = cose::Header::for_key(key.key_type())?;
    let message = UnsignedSign1::detached(header, HOLDER_CONTEXT, &payload.into_bytes());
    Some(message.signing_input().to_vec())
}

/// What the issuer signed.
#[derive(Clone)]
enum Part {
    Traceable(Sign1, KeyId),
    Blind(BlindPass),
}

impl Part {
    fn read(item: &Item<'_>) -> Option<Self> {
        match item.as_array() {
            Some([protected, ..]) if protected.as_bytes() == Some(blind::PROTECTED) => {
                BlindPass::read(item).map(Self::Blind)
            }
            _ => Message::read(item).map(|(message, issuer)| Self::Traceable(message, issuer)),
        }
    }

    const fn signed_by(&self) -> KeyId {
        match self {
            Self::Traceable(_, id) => *id,
            Self::Blind(pass) => pass.signed_by,
        }
    }

    /// Verifies the issuer's signature and reads what was signed. A key of the other sort signed nothing of it.
    fn verify(self, issuer: &PassKey) -> Result<PassClaims, Refusal> {
        match (self, issuer) {
            (Self::Traceable(message, _), PassKey::Traceable(key)) => {
                PassClaims::read(message.verify(key, ISSUER_CONTEXT)?.payload())
            }
            (Self::Blind(pass), PassKey::Blind(verifier)) => verifier.verify(&pass),
            _ => Err(AUTHENTIC.refuse(FORGED)),
        }
    }
}

/// A code that was read and says what it says, which nobody vouches for yet.
#[derive(Clone)]
pub struct PassCode {
    pass: Vec<u8>,
    part: Part,
    window: Window,
    signature: Vec<u8>,
}

impl fmt::Debug for PassCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hidden(f, "PassCode", self.pass.len())
    }
}

impl PassCode {
    /// Reads the text of a QR code. Refuses by EP-01 and EP-02.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let malformed = FORM.refuse(NOT_A_CODE);
        let bytes = text_form::read(PREFIX, text, MAX_CHARACTERS).ok_or(malformed)?;
        let read = cbor::parse(&bytes, LIMITS).map_err(|_| malformed)?;
        let Some([pass, window, signature]) = read.as_array() else { return Err(malformed) };
        let window = window.as_u64().and_then(|number| u32::try_from(number).ok()).ok_or(malformed)?;
        let window = Window::from_number(window);
        let signature = signature.as_bytes().filter(|it| it.len() == SIGNATURE_BYTES).ok_or(malformed)?;
        pass.as_array().ok_or(malformed)?;
        // One code, one text: what nobody signed, the frame's own heads, says nothing in another form.
        if frame(pass.raw(), window, signature) != bytes {
            return Err(malformed);
        }
        let part = Part::read(pass).ok_or(CLAIMS.refuse(NOT_A_PASS))?;
        Ok(Self { pass: pass.raw().to_vec(), part, window, signature: signature.to_vec() })
    }

    /// Which key it says it was issued by.
    pub const fn issuer(&self) -> KeyId {
        self.part.signed_by()
    }

    /// The window it says it was made in.
    pub const fn window(&self) -> Window {
        self.window
    }

    /// Verifies the issuer's signature and reads what was signed. Refuses by CO-05, CO-06, CO-07, EP-02 and EP-04.
    pub(super) fn verify(self, issuer: &PassKey) -> Result<AuthenticPass, Refusal> {
        let Self { pass, part, window, signature } = self;
        let claims = part.verify(issuer)?;
        if frame_bytes(pass.len()) > claims.kind.max_bytes() {
            return Err(FORM.refuse(NOT_A_CODE));
        }
        Ok(AuthenticPass { claims, pass, window, signature })
    }
}

/// A pass that its issuer signed, and a holder's signature which is still to be verified.
pub(super) struct AuthenticPass {
    pub(super) claims: PassClaims,
    pass: Vec<u8>,
    pub(super) window: Window,
    signature: Vec<u8>,
}

impl AuthenticPass {
    /// Refuses (EP-08) what the pass's key did not sign for this.
    pub(super) fn require_holder(&self, asked: &Heard) -> Result<(), Refusal> {
        let refused = HOLDER.refuse(NOT_FOR_THIS);
        let holder = &self.claims.holder;
        let signed = holder_input(&self.pass, self.window, asked, holder).ok_or(refused)?;
        holder.verify(&signed, &self.signature).map_err(|_| refused)
    }
}
