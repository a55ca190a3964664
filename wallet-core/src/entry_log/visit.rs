//! A visit: who came in, and when, to five minutes.
//!
//! It is 192 bytes, whatever it says: kind (0 pass, 1 paper), slot of five minutes (4 bytes), salt (16), length, and the pass's
//! pseudonym or what a paper visitor wrote, filled up with zeros. The salt hides whom the row's commitment is of: SHA-256 of salt,
//! kind and what was said.

use std::fmt;

use zeroize::Zeroizing;

use super::signed::{digest, is_shown};
use super::{LogError, Slot};
use crate::pass::Pseudonym;

/// Bytes of a visit before it is sealed.
pub(super) const VISIT: usize = 192;
/// Bytes of a visit that say something of its own.
const SAID: usize = VISIT - 6 - SALT;
/// Bytes of a salt, which hides whom a commitment is of.
pub(super) const SALT: usize = 16;

/// Whoever came in.
#[derive(Clone, PartialEq, Eq)]
pub enum Guest {
    /// Who showed the pass of this pseudonym.
    Pass(Pseudonym),
    /// Who wrote a name and how to be reached, of at most 170 bytes.
    Paper(Zeroizing<String>),
}

/// Without whom.
impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Pass(_)) { "Pass" } else { "Paper" })
    }
}

/// Who came in, and when, to five minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Who.
    pub guest: Guest,
    /// When.
    pub slot: Slot,
}

impl Guest {
    const fn kind(&self) -> u8 {
        match self {
            Self::Pass(_) => 0,
            Self::Paper(_) => 1,
        }
    }

    /// What a row says of them.
    fn said(&self) -> &[u8] {
        match self {
            Self::Pass(pseudonym) => pseudonym.as_bytes(),
            Self::Paper(text) => text.as_bytes(),
        }
    }

    /// What the venue releases of them to the issuer: nobody finds out whom it is of without the salt, and nobody else fits it.
    pub(super) fn commitment(&self, salt: &[u8; SALT]) -> [u8; 32] {
        digest(&Zeroizing::new([salt.as_slice(), &[self.kind()], self.said()].concat()))
    }
}

impl Visit {
    pub(super) fn to_bytes(&self, salt: &[u8; SALT]) -> Result<Zeroizing<Vec<u8>>, LogError> {
        if matches!(&self.guest, Guest::Paper(text) if !is_shown(text, SAID)) {
            return Err(LogError::Text);
        }
        let said = self.guest.said();
        let mut bytes = Zeroizing::new(Vec::with_capacity(VISIT));
        bytes.push(self.guest.kind());
        bytes.extend_from_slice(&self.slot.number().to_be_bytes());
        bytes.extend_from_slice(salt);
        bytes.push(u8::try_from(said.len()).map_err(|_| LogError::Text)?);
        bytes.extend_from_slice(said);
        bytes.resize(VISIT, 0);
        Ok(bytes)
    }

    /// The visit, and its salt.
    pub(super) fn of(bytes: &[u8]) -> Option<(Self, [u8; SALT])> {
        let (kind, rest) = bytes.split_first()?;
        let (slot, rest) = rest.split_first_chunk::<4>()?;
        let (salt, rest) = rest.split_first_chunk::<SALT>()?;
        let (length, rest) = rest.split_first()?;
        let (said, filling) = rest.split_at_checked(usize::from(*length))?;
        let guest = match kind {
            0 => Guest::Pass(Pseudonym::from_bytes(said.try_into().ok()?)),
            1 => {
                let text = std::str::from_utf8(said).ok().filter(|text| is_shown(text, SAID))?;
                Guest::Paper(Zeroizing::new(text.to_owned()))
            }
            _ => return None,
        };
        let sound = rest.len() == SAID && filling.iter().all(|byte| *byte == 0);
        sound.then_some((Self { guest, slot: Slot::from_number(u32::from_be_bytes(*slot)) }, *salt))
    }
}
