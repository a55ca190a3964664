//! What is wrong with a message, without repeating it.

/// A peer sent a message that breaks the specification: the peer's fault. Names members and rules, never values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The bytes are not one strict JSON object within the limits.
    #[error("the message is not a strict JSON object within its limits")]
    NotJson,
    /// A required member is absent.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A member breaks a rule.
    #[error("`{member}` {rule}")]
    Invalid {
        /// The member.
        member: &'static str,
        /// What it is or does that it must not.
        rule: &'static str,
    },
}

impl MessageError {
    pub(super) const fn invalid(member: &'static str, rule: &'static str) -> Self {
        Self::Invalid { member, rule }
    }
}

/// The characters of `error_description` and `event_description`, as a rule (OpenID4VCI 1.0 §8.3.1.2, §11.1;
/// RFC 6749 §5.2).
pub const DESCRIPTION_CHARACTERS: &str = "%x20-21 / %x23-5B / %x5D-7E";

/// Whether `text` has only [`DESCRIPTION_CHARACTERS`].
pub fn is_description(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}
