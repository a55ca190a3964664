//! The algorithms of JWE that are spoken: how the key is agreed on (RFC 7518 §4.6), how the content is encrypted (§5).
//!
//! Feature `josekit` adds those that need OpenSSL. Never spoken, whatever the features: RSA, passwords (PBES2), symmetric
//! keys (`dir`, `A128KW` and the like by themselves).

/// How the key that encrypts the content is found (RFC 7518 §4.6). In this order they are preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyManagement {
    /// `ECDH-ES`: the key agreed on encrypts the content.
    EcdhEs,
    /// `ECDH-ES+A128KW`: the key agreed on wraps the one that does.
    #[cfg(feature = "josekit")]
    EcdhEsA128Kw,
    /// `ECDH-ES+A192KW`.
    #[cfg(feature = "josekit")]
    EcdhEsA192Kw,
    /// `ECDH-ES+A256KW`.
    #[cfg(feature = "josekit")]
    EcdhEsA256Kw,
}

impl KeyManagement {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::EcdhEs,
        #[cfg(feature = "josekit")]
        Self::EcdhEsA128Kw,
        #[cfg(feature = "josekit")]
        Self::EcdhEsA192Kw,
        #[cfg(feature = "josekit")]
        Self::EcdhEsA256Kw,
    ];

    /// Those that a verifier of ours offers a key for. Each is a JWK more in a request that may have to fit a QR code.
    pub const OFFERED: &'static [Self] = &[
        Self::EcdhEs,
        #[cfg(feature = "josekit")]
        Self::EcdhEsA256Kw,
    ];

    /// Reads an `alg` value (case-sensitive); `None` for everything that is not spoken.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|alg| alg.name() == name)
    }

    /// The `alg` value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EcdhEs => "ECDH-ES",
            #[cfg(feature = "josekit")]
            Self::EcdhEsA128Kw => "ECDH-ES+A128KW",
            #[cfg(feature = "josekit")]
            Self::EcdhEsA192Kw => "ECDH-ES+A192KW",
            #[cfg(feature = "josekit")]
            Self::EcdhEsA256Kw => "ECDH-ES+A256KW",
        }
    }

    /// Bytes of the encrypted key of a message whose content has a key of `content_key` bytes (RFC 3394 §2.2.1: eight
    /// more than what is wrapped).
    pub(super) fn encrypted_key_length(self, content_key: usize) -> usize {
        if self == Self::EcdhEs { 0 } else { content_key + 8 }
    }
}

/// How content is encrypted (RFC 7518 §5). In this order a verifier of ours offers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentEncryption {
    /// `A256GCM`.
    A256Gcm,
    /// `A128GCM`: what OpenID4VP assumes where nothing is said.
    A128Gcm,
    /// `A192GCM`.
    #[cfg(feature = "josekit")]
    A192Gcm,
    /// `A128CBC-HS256`: what JARM assumed.
    #[cfg(feature = "josekit")]
    A128CbcHs256,
}

impl ContentEncryption {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::A256Gcm,
        Self::A128Gcm,
        #[cfg(feature = "josekit")]
        Self::A192Gcm,
        #[cfg(feature = "josekit")]
        Self::A128CbcHs256,
    ];

    /// Reads an `enc` value (case-sensitive); `None` for everything that is not spoken.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|enc| enc.name() == name)
    }

    /// The `enc` value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A128Gcm => "A128GCM",
            Self::A256Gcm => "A256GCM",
            #[cfg(feature = "josekit")]
            Self::A192Gcm => "A192GCM",
            #[cfg(feature = "josekit")]
            Self::A128CbcHs256 => "A128CBC-HS256",
        }
    }

    /// Bytes of the key; of A128CBC-HS256 both halves (§5.2.3).
    pub(super) const fn key_length(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A256Gcm => 32,
            #[cfg(feature = "josekit")]
            Self::A192Gcm => 24,
            #[cfg(feature = "josekit")]
            Self::A128CbcHs256 => 32,
        }
    }

    /// Bytes of the initialization vector.
    pub(super) const fn iv_length(self) -> usize {
        match self {
            Self::A128Gcm | Self::A256Gcm => 12,
            #[cfg(feature = "josekit")]
            Self::A192Gcm => 12,
            #[cfg(feature = "josekit")]
            Self::A128CbcHs256 => 16,
        }
    }
}
