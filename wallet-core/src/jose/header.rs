//! The protected header of a JWS (RFC 7515 §4), reduced to what Jigap acts on.
//!
//! Refuses: an `alg` that is `none`, symmetric or unknown; any `crit`, any `b64` (RFC 7797); a known member of the
//! wrong type; a `jwk` that is not a supported public key; an `x5c` that is not a short list of certificates.
//! Members that name a place to fetch keys from (`jku`, `x5u`) are ignored like every unknown member.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jigap_keys::{KeyType, PublicKey, Purpose};
use serde_json::{Map, Value, json};

use crate::verdict::{Check, Reason, Refusal};

/// JW-02: the protected header is well-formed.
pub const HEADER: Check = Check::new(
    "JW-02",
    "the header of a signed message is a bounded JSON object without repeated members, and its members have the right types",
    "서명된 메시지의 헤더는 크기가 제한된, 중복 항목 없는 JSON 객체이며 각 항목의 자료형이 올바릅니다",
    "RFC 7515 §4",
);
/// JW-03: the algorithm is one that Jigap trusts.
pub const ALGORITHM: Check = Check::new(
    "JW-03",
    "`alg` is EdDSA, Ed25519, ES256, ES384 or ES512; never `none` or a symmetric algorithm",
    "`alg`는 EdDSA, Ed25519, ES256, ES384, ES512 중 하나이며 `none`이나 대칭키 알고리즘은 쓸 수 없습니다",
    "RFC 8725 §3.1",
);
/// JW-04: nothing critical that Jigap does not understand.
pub const CRITICAL: Check = Check::new(
    "JW-04",
    "the header has no `crit` that is not understood, and no `b64`",
    "헤더에 이해하지 못하는 `crit`가 없고 `b64`가 없습니다",
    "RFC 7515 §4.1.11, RFC 7797 §3",
);
/// JW-08: the message is of the kind that was expected.
pub const TYPE: Check = Check::new(
    "JW-08",
    "`typ` names the kind of message that is expected",
    "`typ`가 기대한 메시지 종류와 일치합니다",
    "RFC 7515 §4.1.9, RFC 8725 §3.11",
);
/// JW-09: keys and certificates in the header are well-formed.
pub const KEY_MATERIAL: Check = Check::new(
    "JW-09",
    "`jwk` is a supported public key for signing, without its private part; `x5c` a list of at most ten base64 certificates",
    "`jwk`는 개인키가 섞이지 않은, 지원되는 서명용 공개키이고, `x5c`는 열 개 이하의 base64 인증서 목록입니다",
    "RFC 7515 §4.1.3, §4.1.6",
);

const NOT_AN_OBJECT: Reason =
    Reason::new("header-malformed", "the header is not a JSON object", "헤더가 JSON 객체가 아닙니다");
const WRONG_MEMBER: Reason = Reason::new(
    "header-member-type",
    "a member of the header has the wrong type",
    "헤더 항목의 자료형이 잘못되었습니다",
);
const NO_ALGORITHM: Reason =
    Reason::new("alg-missing", "the header names no algorithm", "헤더에 알고리즘이 없습니다");
const UNSIGNED: Reason = Reason::new("alg-none", "the message is not signed", "메시지에 서명이 없습니다");
const UNSUPPORTED: Reason = Reason::new(
    "alg-unsupported",
    "the algorithm is not one that is accepted",
    "허용되지 않는 알고리즘입니다",
);
const CRITICAL_MEMBER: Reason = Reason::new(
    "crit-present",
    "the header asks for an extension that is not supported",
    "헤더가 지원하지 않는 확장을 요구합니다",
);
const OTHER_TYPE: Reason =
    Reason::new("typ-mismatch", "the message is of another kind", "메시지의 종류가 기대한 것과 다릅니다");
const BAD_KEY: Reason =
    Reason::new("jwk-malformed", "`jwk` is not a supported public key", "`jwk`가 지원되는 공개키가 아닙니다");
const BAD_CHAIN: Reason = Reason::new(
    "x5c-malformed",
    "`x5c` is not a short list of certificates in base64",
    "`x5c`가 base64로 된 짧은 인증서 목록이 아닙니다",
);

/// Most certificates that `x5c` may hold: longer chains are not met in practice.
const MAX_CERTIFICATES: usize = 10;

/// A signature algorithm of JWS (RFC 7518 §3.1, RFC 8037, RFC 9864).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// `EdDSA` (RFC 8037), with Ed25519 only.
    EdDsa,
    /// `Ed25519`, the same under its fully-specified name (RFC 9864).
    Ed25519,
    /// `ES256`: ECDSA with P-256 and SHA-256.
    Es256,
    /// `ES384`: ECDSA with P-384 and SHA-384.
    Es384,
    /// `ES512`: ECDSA with P-521 and SHA-512.
    Es512,
}

impl Algorithm {
    /// The algorithm that keys of this type sign with; `None` where they do not sign.
    pub fn for_key(key: KeyType) -> Option<Self> {
        match key {
            KeyType::Ed25519 => Some(Self::EdDsa),
            KeyType::P256 => Some(Self::Es256),
            KeyType::P384 => Some(Self::Es384),
            KeyType::P521 => Some(Self::Es512),
            KeyType::X25519 => None,
        }
    }

    /// Reads an `alg` value (case-sensitive); `None` for everything Jigap does not accept.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "EdDSA" => Some(Self::EdDsa),
            "Ed25519" => Some(Self::Ed25519),
            "ES256" => Some(Self::Es256),
            "ES384" => Some(Self::Es384),
            "ES512" => Some(Self::Es512),
            _ => None,
        }
    }

    /// The `alg` value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
        }
    }

    /// Whether keys of this type make and check signatures of this algorithm.
    pub const fn fits(self, key: KeyType) -> bool {
        matches!(
            (self, key),
            (Self::EdDsa | Self::Ed25519, KeyType::Ed25519)
                | (Self::Es256, KeyType::P256)
                | (Self::Es384, KeyType::P384)
                | (Self::Es512, KeyType::P521)
        )
    }

    /// Bytes of a signature.
    pub const fn signature_length(self) -> usize {
        match self {
            Self::EdDsa | Self::Ed25519 | Self::Es256 => 64,
            Self::Es384 => 96,
            Self::Es512 => 132,
        }
    }
}

/// The protected header of a JWS: the members Jigap acts on.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// `alg`, required.
    pub alg: Algorithm,
    /// `typ`: the kind of message, a media type usually without `application/`.
    pub typ: Option<String>,
    /// `cty`: the media type of the payload.
    pub cty: Option<String>,
    /// `kid`: which of the signer's keys, often a DID URL.
    pub kid: Option<String>,
    /// `x5c`: the signer's certificate and those above it, each in DER; empty where the member is absent.
    pub x5c: Vec<Vec<u8>>,
    /// `jwk`: the signer's key itself. It proves possession, never identity.
    pub jwk: Option<PublicKey>,
}

impl Header {
    /// A header for signing with `alg`, everything else absent.
    pub const fn new(alg: Algorithm) -> Self {
        Self { alg, typ: None, cty: None, kid: None, x5c: Vec::new(), jwk: None }
    }

    /// A header for signing with this key; `None` where keys of its type do not sign.
    pub fn for_key(key: &PublicKey) -> Option<Self> {
        Algorithm::for_key(key.key_type()).map(Self::new)
    }

    /// With `typ`.
    #[must_use]
    pub fn typ(self, typ: impl Into<String>) -> Self {
        Self { typ: Some(typ.into()), ..self }
    }

    /// With `kid`.
    #[must_use]
    pub fn kid(self, kid: impl Into<String>) -> Self {
        Self { kid: Some(kid.into()), ..self }
    }

    /// With `x5c`: certificates in DER, the signer's first.
    #[must_use]
    pub fn x5c(self, certificates: Vec<Vec<u8>>) -> Self {
        Self { x5c: certificates, ..self }
    }

    /// With `jwk`.
    #[must_use]
    pub fn jwk(self, key: PublicKey) -> Self {
        Self { jwk: Some(key), ..self }
    }

    /// Whether `typ` is this media type, as RFC 7515 §4.1.9 compares: regardless of case, `application/` implied.
    pub fn typ_is(&self, media_type: &str) -> bool {
        self.typ.as_deref().is_some_and(|typ| subtype(typ).eq_ignore_ascii_case(subtype(media_type)))
    }

    /// Whether `other` names the signer's key by the very same members.
    pub(crate) fn names_the_key_of(&self, other: &Self) -> bool {
        self.kid == other.kid && self.x5c == other.x5c && self.jwk == other.jwk
    }

    /// Refuses (JW-08) a message whose `typ` is not this media type; see [`Header::typ_is`].
    pub fn require_typ(&self, media_type: &str) -> Result<(), Refusal> {
        if self.typ_is(media_type) { Ok(()) } else { Err(TYPE.refuse(OTHER_TYPE)) }
    }

    /// Reads the decoded header, whose `crit` may name no member but those `understood`. Refuses as the module says.
    pub(crate) fn from_value(value: Value, understood: &[&str]) -> Result<Self, Refusal> {
        let Value::Object(members) = value else { return Err(HEADER.refuse(NOT_AN_OBJECT)) };
        if members.contains_key("b64") || !is_understood(&members, understood) {
            return Err(CRITICAL.refuse(CRITICAL_MEMBER));
        }
        let mut header = Self::new(algorithm(members.get("alg"))?);
        for (name, value) in members {
            match name.as_str() {
                "typ" => header.typ = Some(string(value)?),
                "cty" => header.cty = Some(string(value)?),
                "kid" => header.kid = Some(string(value)?),
                "x5c" => header.x5c = certificates(&value).ok_or(KEY_MATERIAL.refuse(BAD_CHAIN))?,
                "jwk" => {
                    let key = PublicKey::from_jwk_for(&value, Purpose::Signature);
                    header.jwk = Some(key.map_err(|_| KEY_MATERIAL.refuse(BAD_KEY))?);
                }
                _ => {}
            }
        }
        Ok(header)
    }

    /// The JSON form, members that are absent left out.
    pub(crate) fn to_value(&self) -> Value {
        let mut members = Map::new();
        members.insert("alg".into(), self.alg.name().into());
        for (name, value) in [("typ", &self.typ), ("cty", &self.cty), ("kid", &self.kid)] {
            if let Some(value) = value {
                members.insert(name.into(), value.as_str().into());
            }
        }
        if !self.x5c.is_empty() {
            members.insert("x5c".into(), self.x5c.iter().map(|der| json!(STANDARD.encode(der))).collect());
        }
        if let Some(key) = &self.jwk {
            members.insert("jwk".into(), key.to_jwk());
        }
        Value::Object(members)
    }
}

/// A media type without the `application/` that RFC 7515 §4.1.9 lets a sender leave out.
fn subtype(media_type: &str) -> &str {
    const PREFIX: &str = "application/";
    match media_type.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) && !rest.contains('/') => rest,
        _ => media_type,
    }
}

fn algorithm(value: Option<&Value>) -> Result<Algorithm, Refusal> {
    match value {
        None => Err(ALGORITHM.refuse(NO_ALGORITHM)),
        Some(Value::String(name)) if name.eq_ignore_ascii_case("none") => Err(ALGORITHM.refuse(UNSIGNED)),
        Some(Value::String(name)) => Algorithm::from_name(name).ok_or(ALGORITHM.refuse(UNSUPPORTED)),
        Some(_) => Err(HEADER.refuse(WRONG_MEMBER)),
    }
}

/// Whether there is no `crit`, or one that names members which are there and `understood`, each once (RFC 7515 §4.1.11).
fn is_understood(members: &Map<String, Value>, understood: &[&str]) -> bool {
    let Some(critical) = members.get("crit") else { return true };
    let names = critical.as_array().filter(|names| !names.is_empty());
    names.is_some_and(|names| {
        names.iter().enumerate().all(|(at, name)| {
            let once = !names.iter().take(at).any(|other| other == name);
            let known = |name: &str| understood.contains(&name) && members.contains_key(name);
            once && name.as_str().is_some_and(known)
        })
    })
}

fn string(value: Value) -> Result<String, Refusal> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(HEADER.refuse(WRONG_MEMBER)),
    }
}

/// Certificates in standard base64 (RFC 7515 §4.1.6), not yet parsed.
fn certificates(value: &Value) -> Option<Vec<Vec<u8>>> {
    let list = value.as_array().filter(|list| !list.is_empty() && list.len() <= MAX_CERTIFICATES)?;
    list.iter().map(|entry| STANDARD.decode(entry.as_str()?).ok()).collect()
}
