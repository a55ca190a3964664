//! Values that make a message unique: `nonce`, `state`, `wallet_nonce`, `response_code` (OpenID4VP 1.0 §5.2, §13.3).

use jigap_keys::{Entropy, base64url};

/// Longest `nonce`, `state` or `wallet_nonce` that is taken for one, in bytes.
const MAX_LENGTH: usize = 2048;

/// A fresh value of 192 bits in 32 URL-safe characters.
pub(super) fn fresh(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 24];
    entropy.fill(&mut bytes);
    base64url::encode(bytes)
}

/// Whether `value` has only the characters §5.2 allows: letters, digits, hyphen, period, underscore, tilde.
pub(super) fn is_url_safe(value: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    !value.is_empty() && value.len() <= MAX_LENGTH && value.bytes().all(allowed)
}
