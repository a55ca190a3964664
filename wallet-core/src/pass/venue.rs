//! The code a venue shows: who asks, what for, and at a screen also a nonce that changes with the window.
//!
//! `JV1:` and base45 (RFC 9285) of a COSE_Sign1 without its tag, signed by the venue's key, with external data `JV1`. Its payload is the
//! array `[key, name, gate, kind, sort, facts, window, nonce]`, and for tickets and cards a ninth, what is asked of particulars: the venue's public key as COSE_Key, its name and the gate's for
//! people, the kind of pass, its sort (0: either, 1: its issuer recognises it, 2: its issuer does not), the facts that it wants (as in a pass, or an empty array), the number of the window and 16 bytes of nonce,
//! both `null` on a poster. What is asked of particulars is an array of arrays of texts, one for each particular of the kind, in their
//! order: the pass says one of the texts; an empty array asks nothing, but for what it must be is always said. A venue is its key: [`VenueId`] is what passes are bound to. The name is what the venue calls itself.

use std::fmt;

use jigap_keys::{Entropy, PrivateKey, PublicKey, Purpose, hash, mac};
use zeroize::Zeroizing;

use super::{Fact, Kind, PassError, PassSort, Wants, Window};
use crate::cbor::{self, Item, Limits, Writer};
use crate::cose::{self, Sign1, UnsignedSign1};
use crate::text::is_deceptive;
use crate::text_form;
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};

/// VN-01: what was read is the code of a venue.
pub const VENUE: Check = Check::new(
    "VN-01",
    "the code is `JV1:` and base45 of a signed array that says who asks for what, within its size",
    "코드는 `JV1:`과 정해진 크기 안의 base45이며, 누가 무엇을 묻는지 말하는 서명된 배열입니다",
    "docs/SPECS.md, Entry passes; RFC 9285 §4",
);
/// VN-02: the venue signed it.
pub const VENUE_SIGNATURE: Check = Check::new(
    "VN-02",
    "the key that the code names signed it",
    "코드에 적힌 키가 코드에 서명했습니다",
    "docs/SPECS.md, Entry passes; RFC 9052 §4.4",
);
/// VN-03: the screen shows it now.
pub const VENUE_NOW: Check = Check::new(
    "VN-03",
    "the window of a screen's code is this one, the one before or the one after",
    "화면 코드의 시간창은 지금이거나 바로 앞뒤입니다",
    "docs/SPECS.md, Entry passes",
);

const NOT_A_CODE: Reason =
    Reason::new("venue-code", "it is not the code of a venue", "장소의 코드가 아닙니다");
const NOT_SIGNED: Reason = Reason::new(
    "venue-signature",
    "the venue did not sign this code",
    "장소가 이 코드에 서명하지 않았습니다",
);
const ANOTHER_TIME: Reason = Reason::new(
    "venue-window",
    "the screen's code is of another time; look at the clocks of both",
    "화면의 코드가 지금 것이 아닙니다. 두 기기의 시계를 확인하세요",
);

const PREFIX: &str = "JV1:";
/// Characters that a QR of 77 by 77 modules holds at level M.
const MAX_CHARACTERS: usize = 600;
const LIMITS: Limits = Limits { bytes: 400, depth: 5, items: 64 };
/// Longest name, in bytes.
const MAX_NAME: usize = 60;
const CONTEXT: &[u8] = b"JV1";

/// Bytes of a screen's nonce.
pub const NONCE_BYTES: usize = 16;

/// A venue, to those who sign for it: SHA-256 of its key as COSE_Key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VenueId([u8; 32]);

impl VenueId {
    /// The venue with this key.
    pub fn of(key: &PublicKey) -> Self {
        Self(hash::sha256(&key.to_compressed_cose_key()))
    }

    /// Reads the bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What a screen's nonces are made of: one secret for as long as its process runs. One that starts again has another, so
/// that no code which was shown before counts any more.
pub struct ScreenSecret(Zeroizing<[u8; 32]>);

impl fmt::Debug for ScreenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScreenSecret")
    }
}

impl ScreenSecret {
    /// A fresh one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        entropy.fill(secret.as_mut());
        Self(secret)
    }

    /// The nonce that this screen shows in `window`.
    pub fn nonce(&self, window: Window) -> [u8; NONCE_BYTES] {
        let tag = mac::hmac_sha256(self.0.as_ref(), &window.number().to_be_bytes());
        tag.first_chunk().copied().unwrap_or_default()
    }
}

/// A venue's code, verified: the venue of this key says this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueCode {
    key: PublicKey,
    name: String,
    gate: String,
    wants: Wants,
    screen: Option<(Window, [u8; NONCE_BYTES])>,
}

impl VenueCode {
    /// What the screen of a gate shows in `window`.
    ///
    /// # Errors
    /// [`PassError`] if a name cannot be shown, or the key cannot sign.
    pub fn on_screen(
        (name, gate): (&str, &str),
        wants: &Wants,
        (window, secret): (Window, &ScreenSecret),
        key: &PrivateKey,
    ) -> Result<String, PassError> {
        Self::sign((name, gate), wants, Some((window, secret.nonce(window))), key)
    }

    /// What a poster of a gate shows, always.
    ///
    /// # Errors
    /// As [`VenueCode::on_screen`].
    pub fn on_poster(
        (name, gate): (&str, &str),
        wants: &Wants,
        key: &PrivateKey,
    ) -> Result<String, PassError> {
        Self::sign((name, gate), wants, None, key)
    }

    fn sign(
        (name, gate): (&str, &str),
        wants: &Wants,
        screen: Option<(Window, [u8; NONCE_BYTES])>,
        key: &PrivateKey,
    ) -> Result<String, PassError> {
        if !is_name(name) || !is_name(gate) {
            return Err(PassError::Name);
        }
        if !wants.says_for_what() {
            return Err(PassError::Particulars);
        }
        let header = cose::Header::for_key(key.public().key_type()).ok_or(PassError::KeyType)?;
        let mut payload = Writer::new();
        let asks_particulars = !wants.particulars.is_empty();
        payload
            .array(8 + usize::from(asks_particulars))
            .raw(&key.public().to_compressed_cose_key())
            .text(name)
            .text(gate);
        payload.unsigned(wants.kind.number()).unsigned(wants.passes.number()).array(wants.facts.len());
        wants.facts.iter().for_each(|fact| fact.write(&mut payload));
        match screen {
            Some((window, nonce)) => payload.unsigned(u64::from(window.number())).bytes(&nonce),
            None => payload.null().null(),
        };
        if asks_particulars {
            wants.write_particulars(&mut payload);
        }
        let message = UnsignedSign1::new(header, CONTEXT, payload.into_bytes());
        let text = text_form::write(PREFIX, &message.sign(key).map_err(|_| PassError::Signer)?);
        if text.len() <= MAX_CHARACTERS { Ok(text) } else { Err(PassError::TooLarge) }
    }

    /// Reads what a camera saw, and verifies it at `now`. Refuses by VN-01, VN-02 and VN-03, and by the checks of COSE.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(text: &str, now: Timestamp) -> Result<Self, Refusal> {
        let malformed = VENUE.refuse(NOT_A_CODE);
        let bytes = text_form::read(PREFIX, text, MAX_CHARACTERS).ok_or(malformed)?;
        let message = Sign1::parse_within(&bytes, LIMITS)?;
        let payload = message.unverified_payload().ok_or(malformed)?;
        let said = cbor::parse(payload, LIMITS).ok();
        let code = said.as_ref().and_then(Self::of).ok_or(malformed)?;
        message.verify(&code.key, CONTEXT).map_err(|_| VENUE_SIGNATURE.refuse(NOT_SIGNED))?;
        match code.screen {
            Some((window, _)) if !window.counts_at(now) => Err(VENUE_NOW.refuse(ANOTHER_TIME)),
            _ => Ok(code),
        }
    }

    fn of(item: &Item<'_>) -> Option<Self> {
        let Some([key, name, gate, kind, passes, facts, window, nonce, rest @ ..]) = item.as_array() else {
            return None;
        };
        let particulars = match rest {
            [] => None,
            [particulars] => Some(particulars),
            _ => return None,
        };
        let named = |item: &Item<'_>| item.as_text().filter(|name| is_name(name)).map(str::to_owned);
        let facts = if facts.as_array()?.is_empty() { Vec::new() } else { Fact::read_all(facts)? };
        let of = (Kind::from_number(kind.as_u64()?)?, PassSort::from_number(passes.as_u64()?)?);
        let screen = match (window.value(), nonce.value()) {
            (cbor::Value::Null, cbor::Value::Null) => None,
            (cbor::Value::Unsigned(number), cbor::Value::Bytes(nonce)) => {
                let window = Window::from_number(u32::try_from(*number).ok()?);
                Some((window, nonce.as_ref().try_into().ok()?))
            }
            _ => return None,
        };
        Some(Self {
            key: PublicKey::from_cose_key_for(key.raw(), Purpose::Signature).ok()?,
            name: named(name)?,
            gate: named(gate)?,
            wants: Wants::read(of, facts, particulars)?,
            screen,
        })
    }

    /// Who asks: passes are bound to it.
    pub fn venue(&self) -> VenueId {
        VenueId::of(&self.key)
    }

    /// What the venue calls itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the venue calls this gate.
    pub fn gate(&self) -> &str {
        &self.gate
    }

    /// What it asks for.
    pub const fn wants(&self) -> &Wants {
        &self.wants
    }

    /// The window and nonce of a screen; `None`: it is a poster.
    pub const fn screen(&self) -> Option<(Window, &[u8; NONCE_BYTES])> {
        match &self.screen {
            Some((window, nonce)) => Some((*window, nonce)),
            None => None,
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= MAX_NAME && !name.contains(is_deceptive)
}
