//! Codes and tokens that open something for whoever has them.

use std::fmt;

use jigap_keys::constant_time_eq;
use zeroize::Zeroizing;

/// A bearer secret as text: a pre-authorized code, a transaction code, an access token. Wiped when dropped, redacted in
/// `Debug`, compared in constant time.
#[derive(Clone)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes a secret in.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(Zeroizing::new(secret.into()))
    }

    /// The secret, for the one message it is meant for: never for a log, an error or a URL.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl PartialEq for SecretText {
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq(self.0.as_bytes(), other.0.as_bytes())
    }
}
impl Eq for SecretText {}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let secret = SecretText::new("493536");
        assert!(!format!("{secret:?} {:?}", Some(&secret)).contains("493536"));
        assert_eq!(secret, SecretText::new("493536"));
        assert_ne!(secret, SecretText::new("493537"));
        assert_ne!(secret, SecretText::new("4935366"));
    }
}
