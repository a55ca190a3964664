//! The entry pass: what a person shows at a door, and how a gate judges it without a network.
//!
//! A pass is a CWT (RFC 8392) that an issuer signed in COSE_Sign1 ([`PassClaims`]): what its holder may enter as, when it
//! ends, and the holder's key, which no other pass has. It says nothing else, so that two passes of one person have nothing
//! in common: all passes of one time end together ([`Generation`]).
//!
//! It is shown as a QR code that changes every 15 seconds ([`Window`]): [`PassCode`], the issuer's part, the window, and the
//! holder's signature over both. By default it also signs who asks: the gate's screen shows a [`VenueCode`] with a nonce, the
//! holder signs venue and nonce too, and the code opens no other door. [`Gate::judge`] says whether it opens this one, and
//! [`Replay`] that it opens it once. Used tickets are written down ([`Register`]), and told to the other gates of the venue ([`Receipt`]).
//!
//! ```text
//! issuer   PassClaims ─► issue ─► pass                      holder   VenueCode ─► present ─► PassCode
//! holder   BlindRequest ─► point ─► issuer ─► answer ─► BlindRequest::finish ─► HeldPass, by a BlindKey of the trust list
//! gate     VenueCode (screen, poster) … PassCode ─► Gate::judge ─► Checked ─► Replay::admit ─► Admitted
//!          of tickets Register::admit: Replay::admit ─► the mark is durable ─► Admitted, Receipt
//! ```
//! The form is Jigap's own (docs/SPECS.md, "Entry passes"). Refused: what is not in it to the letter, so that no restriction
//! somebody wrote is ever skipped over.

mod blind;
mod claims;
mod code;
mod gate;
mod held;
mod issuers;
mod marks;
mod moments;
mod package;
mod register;
mod replay;
mod settings;
mod sharing;
mod snapshots;
mod venue;
mod wants;
mod window;

use std::fmt;

pub use blind::{BLIND_ALGORITHM, BLIND_KEY_BYTES, BLIND_POINT_BYTES, BlindKey, BlindVerifier};
#[cfg(feature = "bbs")]
pub use blind::{BLIND_ANSWER_BYTES, BlindRequest};
pub use claims::{CLAIMS, Fact, FactError, Kind, PassClaims, PassStatus, UnsignedPass};
pub use code::{FORM, HOLDER, Heard, PassCode, Pseudonym, present};
pub use gate::{
    AUTHENTIC, Asking, Checked, FRESH_TRUST, Gate, ISSUER, NOT_ENDED, NOT_REVOKED, Presence, VERSION, WANTED,
    WINDOW,
};
pub use held::HeldPass;
pub use issuers::{KeyId, ONE_KEY, PassIssuer, PassIssuers, PassKey, Snapshot};
pub use marks::{
    GateId, MARKS_BOUND, Marks, Merged, RECEIPT, RECEIPT_SIGNATURE, RECEIPT_TIME, RECEIPT_VENUE, Receipt,
    SignedReceipt,
};
pub use moments::{Moments, Older};
pub use package::{PackageError, read_package, write_package};
pub use register::{KEPT, Register, RegisterError, TakeError};
pub use replay::{Admitted, ONCE, Replay};
pub use settings::{GateSettings, SettingsError};
pub use sharing::{Board, MOST_TOLD, MarksHeard, MarksTold};
pub use venue::{NONCE_BYTES, ScreenSecret, VENUE, VENUE_NOW, VENUE_SIGNATURE, VenueCode, VenueId};
pub use wants::{PassSort, Wants};
pub use window::{Generation, Window};

/// Why something cannot be made: the fault of whoever makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassError {
    /// The key signs by neither Ed25519 nor P-256.
    #[error("passes are signed by Ed25519 or P-256")]
    KeyType,
    /// The key is not the one that the pass was made for.
    #[error("the key is not the pass's")]
    OtherKey,
    /// It does not end with a generation: it could be told from others.
    #[error("a pass ends when its generation ends")]
    Expiry,
    /// The particulars are not those of its kind, or are too long.
    #[error("the particulars are not those of this kind of pass")]
    Particulars,
    /// Its code would be larger than a phone shows well.
    #[error("the pass does not fit its code")]
    TooLarge,
    /// A name is empty, too long, or deceives the eye.
    #[error("the name cannot be shown")]
    Name,
    /// The bytes are no pass.
    #[error("the bytes are no pass")]
    NotAPass,
    /// The key could not sign.
    #[error("the key could not sign")]
    Signer,
}

/// Prints what is nobody's business as its length.
fn hidden(f: &mut fmt::Formatter<'_>, name: &str, bytes: usize) -> fmt::Result {
    write!(f, "{name}({bytes} bytes)")
}

#[cfg(test)]
mod tests;
