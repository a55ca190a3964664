//! Personas: who somebody is in one place. Two personas of one person share nothing.

use std::fmt;

use jigap_keys::aead::OpenError;
use jigap_keys::json::Wiped;
use jigap_keys::{Entropy, KeyError, KeyType, PrivateKey, PublicKey, base64url, hpke};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::sealing::is_random_id;

/// A persona, to those who name it: the thumbprint of its signing key (RFC 7638), 43 characters of base64url.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonaId(String);

/// The text names no persona, or its keys are none of a persona.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no persona")]
pub struct InvalidPersona;

impl PersonaId {
    /// Reads one.
    ///
    /// # Errors
    /// [`InvalidPersona`]
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidPersona> {
        let text = text.into();
        if is_random_id::<32>(&text) { Ok(Self(text)) } else { Err(InvalidPersona) }
    }

    /// The persona with this signing key.
    pub fn of(signs: &PublicKey) -> Self {
        Self(signs.thumbprint())
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PersonaId {
    type Error = InvalidPersona;

    fn try_from(text: String) -> Result<Self, InvalidPersona> {
        Self::new(text)
    }
}

impl From<PersonaId> for String {
    fn from(id: PersonaId) -> Self {
        id.0
    }
}

impl fmt::Display for PersonaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A persona's own keys: Ed25519 to sign, X25519 to be sealed to. Wiped when dropped, never printed.
pub struct Persona {
    signs: PrivateKey,
    opens: PrivateKey,
}

impl Persona {
    /// A fresh one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self {
            signs: PrivateKey::generate(KeyType::Ed25519, entropy),
            opens: PrivateKey::generate(KeyType::X25519, entropy),
        }
    }

    /// What others know it by.
    pub fn id(&self) -> PersonaId {
        PersonaId::of(self.signs.public())
    }

    /// Its public half.
    pub fn public(&self) -> PublicPersona {
        PublicPersona { signs: self.signs.public().clone(), opens: self.opens.public().clone() }
    }

    /// The key that signs.
    pub const fn signing_key(&self) -> &PrivateKey {
        &self.signs
    }

    /// Opens what was [sealed](PublicPersona::seal) to it.
    ///
    /// # Errors
    /// [`OpenError`] when the persona, `info`, `aad` or one bit of it is not what was sealed.
    pub fn open(&self, info: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        hpke::open(&self.opens, info, aad, sealed)
    }

    /// Its two keys as JWK: `{"signs": …, "opens": …}`, for where secrets are kept sealed.
    pub fn to_json(&self) -> Zeroizing<String> {
        // With room from the start: a text that grows leaves what it was behind.
        let mut json = Zeroizing::new(String::with_capacity(1_024));
        let (signs, opens) = (self.signs.to_jwk(), self.opens.to_jwk());
        for part in [r#"{"signs":"#, &signs, r#","opens":"#, &opens, "}"] {
            json.push_str(part);
        }
        json
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// [`InvalidPersona`]
    pub fn from_json(mut json: Wiped) -> Result<Self, InvalidPersona> {
        let mut key = |name, key_type| {
            let jwk = json.take(name).ok_or(InvalidPersona)?;
            let key = PrivateKey::from_jwk_value(&jwk).map_err(|_| InvalidPersona)?;
            if key.public().key_type() == key_type { Ok(key) } else { Err(InvalidPersona) }
        };
        Ok(Self { signs: key("signs", KeyType::Ed25519)?, opens: key("opens", KeyType::X25519)? })
    }
}

impl fmt::Debug for Persona {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Persona(redacted)")
    }
}

/// A persona as others see it.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicPersona {
    signs: PublicKey,
    opens: PublicKey,
}

impl PublicPersona {
    /// The persona that signs by `signs` and is sealed to by `opens`, 32 bytes in base64url: who has signed the two together said so.
    ///
    /// # Errors
    /// [`InvalidPersona`] for keys of other types.
    pub fn new(signs: PublicKey, opens: &str) -> Result<Self, InvalidPersona> {
        let opens = base64url::decode(opens).map_err(|_| InvalidPersona)?;
        let opens = PublicKey::from_bytes(KeyType::X25519, &opens).map_err(|_| InvalidPersona)?;
        if signs.key_type() == KeyType::Ed25519 { Ok(Self { signs, opens }) } else { Err(InvalidPersona) }
    }

    /// What it is known by.
    pub fn id(&self) -> PersonaId {
        PersonaId::of(&self.signs)
    }

    /// The key that signs.
    pub const fn signing_key(&self) -> &PublicKey {
        &self.signs
    }

    /// The key that is sealed to, as [`new`](Self::new) takes it.
    pub fn sealing_key(&self) -> String {
        base64url::encode(self.opens.to_bytes())
    }

    /// Seals `plaintext` to it (HPKE, RFC 9180). `info` and `aad` are authenticated, not hidden.
    ///
    /// # Errors
    /// [`KeyError::ForcedSecret`] where the key is of small order.
    pub fn seal(
        &self,
        info: &[u8],
        aad: &[u8],
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KeyError> {
        hpke::seal(&self.opens, info, aad, plaintext, entropy)
    }
}

impl fmt::Debug for PublicPersona {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicPersona({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use jigap_keys::json::Limits;

    use super::*;
    use crate::testing::Repeatable;

    #[test]
    fn a_persona_comes_back_from_where_it_is_kept_and_opens_what_is_sealed_to_it() {
        let persona = Persona::generate(&Repeatable::new(1));
        let kept = Wiped::parse(persona.to_json().as_bytes(), Limits::MESSAGE).unwrap();
        let again = Persona::from_json(kept).unwrap();
        assert_eq!(again.id(), persona.id());
        let public =
            PublicPersona::new(persona.public().signing_key().clone(), &persona.public().sealing_key());
        let sealed = public.unwrap().seal(b"info", b"aad", b"hello", &Repeatable::new(2)).unwrap();
        assert_eq!(**again.open(b"info", b"aad", &sealed).unwrap(), *b"hello");
        assert!(Persona::generate(&Repeatable::new(3)).open(b"info", b"aad", &sealed).is_err());
        assert!(!format!("{persona:?}").contains(persona.id().as_str()));
    }

    #[test]
    fn keys_of_other_types_are_no_persona() {
        let (one, other) = (
            Persona::generate(&Repeatable::new(1)),
            PrivateKey::generate(KeyType::P256, &Repeatable::new(2)),
        );
        let opens = one.public().sealing_key();
        assert_eq!(PublicPersona::new(other.public().clone(), &opens), Err(InvalidPersona));
        assert_eq!(PublicPersona::new(one.public().signing_key().clone(), "AAAA"), Err(InvalidPersona));
        let swapped = format!(r#"{{"signs":{},"opens":{}}}"#, *one.opens.to_jwk(), *one.signs.to_jwk());
        let swapped = Wiped::parse(swapped.as_bytes(), Limits::MESSAGE).unwrap();
        assert!(Persona::from_json(swapped).is_err());
        assert!(PersonaId::new("short").is_err());
    }
}
