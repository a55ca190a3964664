//! JWE in compact serialization (RFC 7516 §3.1), encrypted to one key by ECDH-ES (RFC 7518 §4.6): what `direct_post.jwt`
//! of OpenID4VP 1.0 §8.3 sends. Direct key agreement with AES-GCM is our own; feature `josekit` adds key wrapping and two
//! more content encryptions ([`KeyManagement`], [`ContentEncryption`]).
//!
//! Refuses: anything but five parts of strict base64url; another `alg`; an `enc` that was not offered; `zip` (a small
//! message that grows when read) and `crit`; an encrypted key where none is wrapped, or of another length; an ephemeral
//! key that is private, off its curve or of another curve; a message that was changed or encrypted to somebody else.
//!
//! Everything in the protected header is chosen by the sender, who is anybody: being able to decrypt proves nothing.

mod algorithm;
#[cfg(feature = "josekit")]
mod by_josekit;

use jigap_keys::aead::{Aes128Key, Aes256Key};
use jigap_keys::json::{self, Limits};
use jigap_keys::{Entropy, KeyError, PrivateKey, PublicKey, Purpose, SharedSecret, base64url, hash};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::redacted;
use crate::verdict::{Check, Reason, Refusal};

pub use algorithm::{ContentEncryption, KeyManagement};

/// JE-01: the compact serialization is well-formed.
pub const FORM: Check = Check::new(
    "JE-01",
    "an encrypted message is five parts of strict base64url, within its size limit",
    "암호화된 메시지는 엄격한 base64url 다섯 부분으로 되어 있고 크기 제한을 지킵니다",
    "RFC 7516 §3.1, §5.2",
);
/// JE-02: the protected header is well-formed.
pub const HEADER: Check = Check::new(
    "JE-02",
    "the header of an encrypted message is a bounded JSON object without repeated members, and its members have the right types",
    "암호화된 메시지의 헤더는 크기가 제한된, 중복 항목 없는 JSON 객체이며 각 항목의 자료형이 올바릅니다",
    "RFC 7516 §4",
);
/// JE-03: the key is agreed on.
pub const ALGORITHM: Check = Check::new(
    "JE-03",
    "`alg` is ECDH-ES or, built with feature `josekit`, ECDH-ES with AES key wrap",
    "`alg`는 ECDH-ES이며 `josekit` 기능으로 빌드하면 AES 키 래핑을 더한 ECDH-ES도 됩니다",
    "RFC 7518 §4.6, OpenID4VP 1.0 §8.3",
);
/// JE-04: the content encryption is one that was offered.
pub const ENCRYPTION: Check = Check::new(
    "JE-04",
    "`enc` is A128GCM, A256GCM or, built with feature `josekit`, A192GCM or A128CBC-HS256, and one that the recipient offered",
    "`enc`는 A128GCM이나 A256GCM, 또는 `josekit` 기능으로 빌드하면 A192GCM이나 A128CBC-HS256이며 수신자가 제시한 값 중 하나입니다",
    "RFC 7518 §5, OpenID4VP 1.0 §8.3",
);
/// JE-05: nothing critical that Jigap does not understand.
pub const CRITICAL: Check =
    Check::new("JE-05", "the header has no `crit`", "헤더에 `crit`가 없습니다", "RFC 7516 §4.1.13");
/// JE-06: nothing compressed.
pub const COMPRESSION: Check = Check::new(
    "JE-06",
    "the content is not compressed: the header has no `zip`",
    "내용이 압축되어 있지 않습니다. 헤더에 `zip`이 없습니다",
    "RFC 7516 §4.1.3, RFC 8725 §3.6",
);
/// JE-07: direct agreement wraps no key.
pub const ENCRYPTED_KEY: Check = Check::new(
    "JE-07",
    "the encrypted key is empty, or exactly as long as `alg` and `enc` make a wrapped key",
    "암호화된 키 부분이 비어 있거나, 길이가 `alg`와 `enc`로 정해지는 래핑된 키의 길이와 같습니다",
    "RFC 7516 §5.2 step 10, RFC 7518 §4.6",
);
/// JE-08: the ephemeral key can be agreed with.
pub const EPHEMERAL_KEY: Check = Check::new(
    "JE-08",
    "`epk` is a public key on the curve of the recipient's key, without its private part",
    "`epk`는 개인키가 섞이지 않은, 수신자 키와 같은 곡선 위의 공개키입니다",
    "RFC 7518 §4.6.1.1, RFC 8725 §3.4",
);
/// JE-09: the message is whole and meant for this key.
pub const AUTHENTICITY: Check = Check::new(
    "JE-09",
    "the authentication tag is right for this key, this header and this ciphertext",
    "인증 태그가 이 키와 헤더, 암호문에 들어맞습니다",
    "RFC 7516 §5.2 step 16, RFC 7518 §5",
);

const TOO_LARGE: Reason = Reason::new("jwe-too-large", "the message is too large", "메시지가 너무 큽니다");
const NOT_FIVE_PARTS: Reason = Reason::new(
    "jwe-parts",
    "the message does not have five parts",
    "메시지가 다섯 부분으로 되어 있지 않습니다",
);
const NOT_BASE64URL: Reason =
    Reason::new("jwe-base64url", "a part is not strict base64url", "base64url 형식이 잘못된 부분이 있습니다");
const BAD_HEADER: Reason = Reason::new(
    "header-json",
    "the header is not a strict JSON object within its limits",
    "헤더가 제한을 지킨 엄격한 JSON 객체가 아닙니다",
);
const WRONG_MEMBER: Reason = Reason::new(
    "header-member-type",
    "a member of the header has the wrong type",
    "헤더 항목의 자료형이 잘못되었습니다",
);
const OTHER_ALG: Reason =
    Reason::new("alg-unsupported", "the algorithm is not supported", "지원하지 않는 알고리즘입니다");
const OTHER_ENC: Reason = Reason::new(
    "enc-unsupported",
    "the content encryption is not one that was offered",
    "제시되지 않은 콘텐츠 암호화 방식입니다",
);
const CRITICAL_MEMBER: Reason = Reason::new(
    "crit-present",
    "the header asks for an extension that is not supported",
    "헤더가 지원하지 않는 확장을 요구합니다",
);
const COMPRESSED: Reason =
    Reason::new("zip-present", "the content is compressed", "내용이 압축되어 있습니다");
const WRAPPED_KEY: Reason = Reason::new(
    "encrypted-key-length",
    "there is an encrypted key where none belongs, or one of another length",
    "있어서는 안 될 암호화된 키가 있거나 그 길이가 다릅니다",
);
const BAD_EPHEMERAL_KEY: Reason =
    Reason::new("epk-invalid", "the ephemeral key is not usable", "임시 키를 사용할 수 없습니다");
const NOT_OPENED: Reason = Reason::new(
    "decryption-failed",
    "the message was changed or encrypted to another key",
    "메시지가 변경되었거나 다른 키로 암호화되었습니다",
);

const MAX_BYTES: usize = 1 << 20;
/// Bytes of the tag, of each content encryption.
const TAG_LENGTH: usize = 16;
const HEADER_LIMITS: Limits = Limits { bytes: 16 * 1024, depth: 8 };

/// To whom a message is encrypted, and how.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    /// The recipient's public key, of any type that agrees.
    pub key: &'a PublicKey,
    /// The `kid` of that key; the recipient's JWK had it, so the header must.
    pub kid: Option<&'a str>,
    /// How the key is found: the `alg` of the recipient's JWK.
    pub alg: KeyManagement,
    /// How the content is encrypted: one of what the recipient offers.
    pub enc: ContentEncryption,
    /// Agreement PartyUInfo, before encoding; empty: not sent.
    pub apu: &'a [u8],
    /// Agreement PartyVInfo, before encoding; empty: not sent.
    pub apv: &'a [u8],
}

/// Encrypts `payload` with an ephemeral key of its own, and writes the compact serialization.
///
/// # Errors
/// [`KeyError::CannotAgree`] for a recipient's key that only signs, [`KeyError::ForcedSecret`] for one of small order,
/// [`KeyError::Library`] when `josekit` fails.
pub fn encrypt(payload: &[u8], to: &Recipient<'_>, entropy: &dyn Entropy) -> Result<String, KeyError> {
    let ephemeral = PrivateKey::generate(to.key.key_type(), entropy);
    let agreed = Agreed { secret: ephemeral.agree(to.key)?, apu: to.apu, apv: to.apv };
    let (content_key, encrypted_key) = agreed.new_key(to.alg, to.enc, entropy).ok_or(KeyError::Library)?;
    let mut iv = vec![0; to.enc.iv_length()];
    entropy.fill(&mut iv);
    let mut compact = base64url::encode(protected_header(to, ephemeral.public()).to_string());
    let sealed =
        ContentKey::new(to.enc, content_key).and_then(|key| key.seal(&iv, compact.as_bytes(), payload));
    let sealed = sealed.ok_or(KeyError::Library)?;
    let (ciphertext, tag) = sealed
        .split_last_chunk::<TAG_LENGTH>()
        .map_or((&sealed[..], &[][..]), |(text, tag)| (text, &tag[..]));
    for part in [&encrypted_key[..], &iv, ciphertext, tag] {
        compact.push('.');
        compact.push_str(&base64url::encode(part));
    }
    Ok(compact)
}

/// Parses and decrypts: [`Jwe::parse`] and [`Jwe::decrypt`] where the key is known beforehand.
///
/// # Errors
/// What those refuse.
pub fn decrypt(
    compact: &str,
    key: &PrivateKey,
    offered: &[ContentEncryption],
) -> Result<(Header, Zeroizing<Vec<u8>>), Refusal> {
    let jwe = Jwe::parse(compact)?;
    let payload = jwe.decrypt(key, offered)?;
    Ok((jwe.header, payload))
}

/// What the protected header of a message says, besides the ephemeral key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Which of the recipient's keys the message is for.
    pub kid: Option<String>,
    /// How the key is found.
    pub alg: KeyManagement,
    /// How the content is encrypted.
    pub enc: ContentEncryption,
    /// Agreement PartyUInfo, decoded; empty when absent.
    pub apu: Vec<u8>,
    /// Agreement PartyVInfo, decoded; empty when absent.
    pub apv: Vec<u8>,
}

/// An encrypted message that was parsed and not decrypted.
#[derive(Clone)]
pub struct Jwe {
    header: Header,
    ephemeral: PublicKey,
    /// The header as it was sent: what the tag authenticates.
    aad: String,
    /// Empty where none is wrapped; else as long as a wrapped key for `enc`.
    encrypted_key: Vec<u8>,
    /// As long as `enc` wants it.
    iv: Vec<u8>,
    /// The ciphertext with its tag behind it.
    sealed: Vec<u8>,
}

impl std::fmt::Debug for Jwe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        redacted::debug(f, "Jwe", &[(self.sealed.len(), "bytes")])
    }
}

impl Jwe {
    /// Parses the compact serialization, at most 1 MiB. Refuses by JE-01 to JE-08, and by JE-09 an initialization vector
    /// or a tag of another length.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn parse(compact: &str) -> Result<Self, Refusal> {
        if compact.len() > MAX_BYTES {
            return Err(FORM.refuse(TOO_LARGE));
        }
        let parts: Vec<&str> = compact.splitn(6, '.').collect();
        let [aad, encrypted_key, iv, ciphertext, tag] = parts[..] else {
            return Err(FORM.refuse(NOT_FIVE_PARTS));
        };
        let (header, ephemeral) = read_header(&decode(aad)?)?;
        let encrypted_key = decode(encrypted_key)?;
        if encrypted_key.len() != header.alg.encrypted_key_length(header.enc.key_length()) {
            return Err(ENCRYPTED_KEY.refuse(WRAPPED_KEY));
        }
        let (iv, mut sealed, tag) = (decode(iv)?, decode(ciphertext)?, decode(tag)?);
        if iv.len() != header.enc.iv_length() || tag.len() != TAG_LENGTH {
            return Err(AUTHENTICITY.refuse(NOT_OPENED));
        }
        sealed.extend_from_slice(&tag);
        Ok(Self { header, ephemeral, aad: aad.to_owned(), encrypted_key, iv, sealed })
    }

    /// The header, before anybody vouches for it: for finding the key to decrypt with.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Decrypts with `key`, if `enc` is among those `offered`. Refuses by JE-04, JE-08 (another curve, a forced secret)
    /// and JE-09.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn decrypt(
        &self,
        key: &PrivateKey,
        offered: &[ContentEncryption],
    ) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let Header { alg, enc, apu, apv, .. } = &self.header;
        if !offered.contains(enc) {
            return Err(ENCRYPTION.refuse(OTHER_ENC));
        }
        let secret = key.agree(&self.ephemeral).map_err(|_| EPHEMERAL_KEY.refuse(BAD_EPHEMERAL_KEY))?;
        Agreed { secret, apu, apv }
            .key(*alg, *enc, &self.encrypted_key)
            .and_then(|key| ContentKey::new(*enc, key))
            .and_then(|key| key.open(&self.iv, self.aad.as_bytes(), &self.sealed))
            .ok_or(AUTHENTICITY.refuse(NOT_OPENED))
    }
}

/// What sender and recipient agreed on, with their names.
struct Agreed<'a> {
    secret: SharedSecret,
    apu: &'a [u8],
    apv: &'a [u8],
}

impl Agreed<'_> {
    /// A key for the content of a new message, and the encrypted key that tells it. `None`: the library failed.
    fn new_key(
        &self,
        alg: KeyManagement,
        enc: ContentEncryption,
        entropy: &dyn Entropy,
    ) -> Option<(Zeroizing<Vec<u8>>, Vec<u8>)> {
        #[cfg(feature = "josekit")]
        if let Some(wrap) = by_josekit::KeyWrap::of(alg) {
            let mut key = Zeroizing::new(vec![0; enc.key_length()]);
            entropy.fill(&mut key);
            let wrapped = wrap.wrap(&self.derive(alg.name(), wrap.key_length()), &key)?;
            return Some((key, wrapped));
        }
        let _ = (alg, entropy);
        Some((self.derive(enc.name(), enc.key_length()), Vec::new()))
    }

    /// The key for the content of a message with this encrypted key. `None`: it was changed, or is for another.
    fn key(
        &self,
        alg: KeyManagement,
        enc: ContentEncryption,
        encrypted_key: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        #[cfg(feature = "josekit")]
        if let Some(wrap) = by_josekit::KeyWrap::of(alg) {
            return wrap.unwrap(&self.derive(alg.name(), wrap.key_length()), encrypted_key);
        }
        let _ = (alg, encrypted_key);
        Some(self.derive(enc.name(), enc.key_length()))
    }

    /// The Concat KDF (NIST SP 800-56A §5.8.1) as RFC 7518 §4.6.2 fills it: SHA-256, one round, so at most 32 bytes.
    /// `purpose` is `enc` in direct agreement, else `alg`.
    fn derive(&self, purpose: &str, length: usize) -> Zeroizing<Vec<u8>> {
        // Room for all of it, so that no copy of the secret is left behind by growing.
        let secret = self.secret.as_bytes();
        let capacity = 4 * 5 + secret.len() + purpose.len() + self.apu.len() + self.apv.len();
        let mut input = Zeroizing::new(Vec::with_capacity(capacity));
        input.extend_from_slice(&1_u32.to_be_bytes());
        input.extend_from_slice(secret);
        for datum in [purpose.as_bytes(), self.apu, self.apv] {
            // Texts of messages within their limits are far below 4 GiB.
            input.extend_from_slice(&u32::try_from(datum.len()).unwrap_or(u32::MAX).to_be_bytes());
            input.extend_from_slice(datum);
        }
        let bits = u32::try_from(8 * length).unwrap_or(u32::MAX);
        input.extend_from_slice(&bits.to_be_bytes());
        let digest = Zeroizing::new(hash::sha256(&input));
        Zeroizing::new(digest.iter().copied().take(length).collect())
    }
}

/// The key that content is encrypted with.
enum ContentKey {
    A128Gcm(Aes128Key),
    A256Gcm(Aes256Key),
    #[cfg(feature = "josekit")]
    Foreign(by_josekit::ForeignKey),
}

impl ContentKey {
    /// `None`: a key of another length than that of `enc`.
    fn new(enc: ContentEncryption, key: Zeroizing<Vec<u8>>) -> Option<Self> {
        Some(match enc {
            ContentEncryption::A128Gcm => Self::A128Gcm(Aes128Key::from(*key.as_array()?)),
            ContentEncryption::A256Gcm => Self::A256Gcm(Aes256Key::from(*key.as_array()?)),
            #[cfg(feature = "josekit")]
            _ => Self::Foreign(by_josekit::ForeignKey::new(enc, key)),
        })
    }

    /// The ciphertext with its tag behind it; `None`: a vector of another length, or the library failed.
    fn seal(&self, iv: &[u8], aad: &[u8], plaintext: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::A128Gcm(key) => Some(key.seal(iv.try_into().ok()?, aad, plaintext)),
            Self::A256Gcm(key) => Some(key.seal(iv.try_into().ok()?, aad, plaintext)),
            #[cfg(feature = "josekit")]
            Self::Foreign(key) => key.seal(iv, aad, plaintext),
        }
    }

    fn open(&self, iv: &[u8], aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::A128Gcm(key) => key.open(iv.try_into().ok()?, aad, sealed).ok(),
            Self::A256Gcm(key) => key.open(iv.try_into().ok()?, aad, sealed).ok(),
            #[cfg(feature = "josekit")]
            Self::Foreign(key) => key.open(iv, aad, sealed),
        }
    }
}

fn protected_header(to: &Recipient<'_>, ephemeral: &PublicKey) -> Value {
    let mut header = json!({"alg": to.alg.name(), "enc": to.enc.name(), "epk": ephemeral.to_jwk()});
    let members = [
        ("kid", to.kid.map(str::to_owned)),
        ("apu", (!to.apu.is_empty()).then(|| base64url::encode(to.apu))),
        ("apv", (!to.apv.is_empty()).then(|| base64url::encode(to.apv))),
    ];
    if let Value::Object(header) = &mut header {
        header.extend(members.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into()))));
    }
    header
}

fn read_header(bytes: &[u8]) -> Result<(Header, PublicKey), Refusal> {
    let Ok(Value::Object(header)) = json::parse(bytes, HEADER_LIMITS) else {
        return Err(HEADER.refuse(BAD_HEADER));
    };
    if header.contains_key("crit") {
        return Err(CRITICAL.refuse(CRITICAL_MEMBER));
    }
    if header.contains_key("zip") {
        return Err(COMPRESSION.refuse(COMPRESSED));
    }
    let alg = text(&header, "alg")?.and_then(KeyManagement::from_name).ok_or(ALGORITHM.refuse(OTHER_ALG))?;
    let enc =
        text(&header, "enc")?.and_then(ContentEncryption::from_name).ok_or(ENCRYPTION.refuse(OTHER_ENC))?;
    let kid = text(&header, "kid")?.map(str::to_owned);
    let (apu, apv) = (party(&header, "apu")?, party(&header, "apv")?);
    let ephemeral = header
        .get("epk")
        .and_then(|epk| PublicKey::from_jwk_for(epk, Purpose::Agreement).ok())
        .ok_or(EPHEMERAL_KEY.refuse(BAD_EPHEMERAL_KEY))?;
    Ok((Header { kid, alg, enc, apu, apv }, ephemeral))
}

fn party(header: &Map<String, Value>, name: &str) -> Result<Vec<u8>, Refusal> {
    base64url::decode(text(header, name)?.unwrap_or_default()).map_err(|_| HEADER.refuse(WRONG_MEMBER))
}

fn text<'a>(header: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Refusal> {
    match header.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(HEADER.refuse(WRONG_MEMBER)),
    }
}

fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    base64url::decode(part).map_err(|_| FORM.refuse(NOT_BASE64URL))
}

#[cfg(test)]
mod tests;
