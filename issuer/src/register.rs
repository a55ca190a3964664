//! Whom passes are of, for a venue's entry log (`jigap_wallet_core::entry_log`): noted sealed, before a pass is handed out.
//!
//! What is noted can be read by the log's authority and this issuer together. Nothing else that an issuer keeps leads from a pass to a
//! person: the keys of passes are not stored.

use jigap_keys::base64url;
use jigap_wallet_core::pass::{Generation, PassClaims, Pseudonym};
use serde_json::Value;

/// Longest text that a person is found by, in bytes.
const MAX_PERSON: usize = 127;

/// It could not be noted: the pass must not be handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the register of passes cannot be written, or has no key for this generation")]
pub struct NotNoted;

/// Where passes are noted.
pub trait PassRegister: Send + Sync {
    /// Notes whom passes are of; durable when it returns.
    ///
    /// # Errors
    /// [`NotNoted`]
    fn note(&self, passes: &[(Pseudonym, Generation)], person: &str) -> Result<(), NotNoted>;
}

/// Notes the passes that were just signed for somebody.
///
/// # Errors
/// [`NotNoted`]
pub(crate) fn note(register: &dyn PassRegister, credentials: &[Value], person: &str) -> Result<(), NotNoted> {
    let pass = |credential: &Value| {
        let bytes = base64url::decode(credential.as_str()?).ok()?;
        let (claims, _) = PassClaims::dangerous_assume_verified(&bytes).ok()?;
        Some((claims.pseudonym(), Generation::ending_at(claims.expires)?))
    };
    let passes: Option<Vec<_>> = credentials.iter().map(pass).collect();
    register.note(&passes.ok_or(NotNoted)?, person)
}

/// What the issuer's people find somebody by: the registrar's own reference, else the offer.
pub(crate) fn person(reference: Option<&str>, offer: &str) -> String {
    match reference.filter(|text| text.len() <= MAX_PERSON && !text.contains(char::is_control)) {
        Some(reference) => reference.to_owned(),
        None => format!("offer {offer}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Full;
    impl PassRegister for Full {
        fn note(&self, _: &[(Pseudonym, Generation)], _: &str) -> Result<(), NotNoted> {
            Err(NotNoted)
        }
    }

    #[test]
    fn what_cannot_be_noted_or_is_no_pass_is_not_handed_out() {
        assert_eq!(note(&Full, &[], "student 7"), Err(NotNoted));
        for credential in [Value::Null, Value::from("AAAA"), Value::from("!")] {
            assert_eq!(note(&Full, &[credential], "student 7"), Err(NotNoted));
        }
    }

    #[test]
    fn somebody_is_found_by_the_registrars_reference_or_by_the_offer() {
        assert_eq!(person(Some("student 7"), "o1"), "student 7");
        for unfit in [None, Some("a\nb"), Some("x".repeat(128).as_str())] {
            assert_eq!(person(unfit, "o1"), "offer o1");
        }
    }
}
