//! Message franking: a sealed text to which its sender is committed in the open.
//!
//! The sender draws a key, the *opening*, and seals it with the text. In the open stands `HMAC(opening, contact, text)`, the
//! *commitment*: it says nothing of the text to whoever lacks the opening, and nobody has a second text for it. The directory sees the
//! commitment and puts its own MAC on it ([`super::report`]). Who opens the message compares: a text that its sender could later deny is
//! never shown (PC-04), and whoever reports reveals the opening, with which no other text passes.
//!
//! What is sealed has one length whatever the text.

use std::borrow::Cow;
use std::fmt;

use jigap_keys::json::{self, Limits};
use jigap_keys::{Entropy, mac};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::checks::{COMMITTED, NO_TEXT, OPENS, OTHER_TEXT};
use crate::people::names::Bytes32;
use crate::text::is_deceptive;
use crate::verdict::Refusal;

/// Longest text in characters.
pub const MAX_CHARACTERS: usize = 1_000;

/// Bytes of a text before it is sealed: the longest, four bytes a character, with its opening and JSON around it.
const PADDED: usize = 4_224;
const LIMITS: Limits = Limits { bytes: PADDED, depth: 2 };
const LABEL: &[u8] = b"jigap contact commitment 1";

/// A text and what opens the commitment to it. Wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    text: String,
    opening: Bytes32,
}

/// As it is sealed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed<'a> {
    text: Cow<'a, str>,
    opening: Bytes32,
}

impl Message {
    /// A text of 1 to [`MAX_CHARACTERS`] characters, of the control characters the line feed alone, that can be seen and in
    /// the order they are in. `None` for any other.
    pub fn new(text: impl Into<String>, entropy: &dyn Entropy) -> Option<Self> {
        let mut opening = [0; 32];
        entropy.fill(&mut opening);
        Self::opened(text.into(), Bytes32(opening))
    }

    /// The text with the opening that a report reveals.
    pub(super) fn opened(text: String, opening: Bytes32) -> Option<Self> {
        is_text(&text).then_some(Self { text, opening })
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What opens the commitment.
    pub const fn opening(&self) -> &Bytes32 {
        &self.opening
    }

    /// The commitment to it as the message of this contact.
    pub fn commitment(&self, contact: &Bytes32) -> Bytes32 {
        let message = Zeroizing::new([LABEL, contact.as_bytes(), self.text.as_bytes()].concat());
        Bytes32(mac::hmac_sha256(self.opening.as_bytes(), &message))
    }

    /// Refuses by PC-04 a text that is not the one that was committed to.
    pub fn require(&self, contact: &Bytes32, commitment: &Bytes32) -> Result<(), Refusal> {
        let same = jigap_keys::constant_time_eq(self.commitment(contact).as_bytes(), commitment.as_bytes());
        if same { Ok(()) } else { Err(COMMITTED.refuse(OTHER_TEXT)) }
    }

    /// What is sealed.
    pub(super) fn padded(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(PADDED));
        // Two texts: it has a form.
        let sealed = Sealed { text: Cow::Borrowed(&self.text), opening: self.opening };
        serde_json::to_writer(&mut *bytes, &sealed).unwrap_or_default();
        let length = bytes.len().max(PADDED);
        bytes.resize(length, b' ');
        bytes
    }

    /// Reads what [`padded`](Self::padded) wrote. Refuses by PC-03.
    pub(super) fn read(plain: &[u8]) -> Result<Self, Refusal> {
        let malformed = OPENS.refuse(NO_TEXT);
        if plain.len() != PADDED {
            return Err(malformed);
        }
        let value = json::parse(plain, LIMITS).map_err(|_| malformed)?;
        let Sealed { text, opening } = serde_json::from_value(value).map_err(|_| malformed)?;
        Self::opened(text.into_owned(), opening).ok_or(malformed)
    }
}

fn is_text(text: &str) -> bool {
    let printable = |c: char| c == '\n' || !(c.is_control() || reorders(c));
    let seen = |c: char| !c.is_whitespace() && !is_deceptive(c);
    text.chars().all(printable) && (1..=MAX_CHARACTERS).contains(&text.chars().count()) && text.contains(seen)
}

/// What shows the characters after it in another order than they are in. Joiners stay: emoji and some scripts need them.
const fn reorders(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

impl Zeroize for Message {
    fn zeroize(&mut self) {
        self.text.zeroize();
        self.opening.0.zeroize();
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for Message {}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Message(…)")
    }
}
