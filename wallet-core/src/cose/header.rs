//! The header parameters of a COSE message (RFC 9052 §3), reduced to what Jigap acts on.
//!
//! Refuses: a label in both maps; a known parameter of the wrong type; `alg` or `crit` outside the protected map; an `alg` that
//! is not on the list; a `crit` that is empty, or names what is absent or not understood; an `x5chain` (RFC 9360) that is not a
//! short list of certificates. Parameters that name a place to fetch keys from (`x5u`) are ignored like every unknown one.

use jigap_keys::KeyType;

use crate::cbor::{self, Item, Limits, Value, Writer};
use crate::verdict::{Check, Reason, Refusal};

/// CO-02: both header maps are well-formed.
pub const HEADER: Check = Check::new(
    "CO-02",
    "the protected and unprotected headers are bounded maps without a label twice in either or in both, and known parameters have the right types",
    "보호 헤더와 비보호 헤더는 크기가 제한된 맵이고, 어느 레이블도 두 번 나오지 않으며, 알려진 항목의 자료형이 올바릅니다",
    "RFC 9052 §3, §3.1",
);
/// CO-03: the algorithm is one that Jigap trusts.
pub const ALGORITHM: Check = Check::new(
    "CO-03",
    "`alg` stands in the protected header and is ES256, ES384, ES512 or EdDSA for a signature, HMAC 256/256 for a MAC",
    "`alg`는 보호 헤더에 있고, 서명은 ES256, ES384, ES512, EdDSA 중 하나, MAC은 HMAC 256/256입니다",
    "RFC 9052 §3.1; RFC 9053 §2, §3.1",
);
/// CO-04: nothing critical that Jigap does not understand.
pub const CRITICAL: Check = Check::new(
    "CO-04",
    "`crit` stands in the protected header and names only parameters that are there and understood",
    "`crit`는 보호 헤더에 있고, 그 안에 있으며 이해하는 항목만 가리킵니다",
    "RFC 9052 §3.1",
);
/// CO-08: the message is of the kind that was expected.
pub const TYPE: Check = Check::new(
    "CO-08",
    "`typ` in the protected header names the kind of message that is expected",
    "보호 헤더의 `typ`가 기대한 메시지 종류와 일치합니다",
    "RFC 9596 §2; RFC 8725 §3.11",
);
/// CO-09: certificates in a header are well-formed.
pub const CERTIFICATES: Check = Check::new(
    "CO-09",
    "`x5chain` is one certificate or a list of at most ten",
    "`x5chain`은 인증서 하나이거나 열 개 이하의 인증서 목록입니다",
    "RFC 9360 §2",
);

const MALFORMED: Reason = Reason::new(
    "cose-header-cbor",
    "a header is not a strict CBOR map within its limits",
    "헤더가 제한을 지킨 엄격한 CBOR 맵이 아닙니다",
);
const IN_BOTH: Reason = Reason::new(
    "cose-header-twice",
    "a parameter stands in both headers",
    "한 항목이 두 헤더에 모두 있습니다",
);
const WRONG_LABEL: Reason = Reason::new(
    "cose-header-label",
    "a label is neither an integer nor text",
    "레이블이 정수도 문자열도 아닙니다",
);
pub(super) const WRONG_PARAMETER: Reason = Reason::new(
    "cose-header-type",
    "a parameter of the header has the wrong type",
    "헤더 항목의 자료형이 잘못되었습니다",
);
const NO_ALGORITHM: Reason = Reason::new(
    "cose-alg-missing",
    "the protected header names no algorithm",
    "보호 헤더에 알고리즘이 없습니다",
);
const UNSUPPORTED: Reason = Reason::new(
    "cose-alg-unsupported",
    "the algorithm is not one that is accepted",
    "허용되지 않는 알고리즘입니다",
);
const CRITICAL_PARAMETER: Reason = Reason::new(
    "cose-crit",
    "the header asks for an extension that is not supported",
    "헤더가 지원하지 않는 확장을 요구합니다",
);
const OTHER_TYPE: Reason = Reason::new(
    "cose-typ-mismatch",
    "the message is of another kind",
    "메시지의 종류가 기대한 것과 다릅니다",
);
const BAD_CHAIN: Reason = Reason::new(
    "x5chain-malformed",
    "`x5chain` is not a certificate or a short list of them",
    "`x5chain`이 인증서나 짧은 인증서 목록이 아닙니다",
);

/// Most certificates that `x5chain` may hold.
const MAX_CERTIFICATES: usize = 10;

const LABEL_ALG: i64 = 1;
const LABEL_CRIT: i64 = 2;
const LABEL_CONTENT_TYPE: i64 = 3;
const LABEL_KID: i64 = 4;
/// The label of `typ` (RFC 9596).
pub const LABEL_TYP: i64 = 16;
/// The label of `x5chain` (RFC 9360).
pub const LABEL_X5CHAIN: i64 = 33;

/// What [`Header`] holds, so what `crit` may name.
const UNDERSTOOD: [i64; 5] = [LABEL_ALG, LABEL_CONTENT_TYPE, LABEL_KID, LABEL_TYP, LABEL_X5CHAIN];

/// An algorithm of a COSE message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// `ES256`: ECDSA with SHA-256, here with P-256 only.
    Es256,
    /// `ES384`: ECDSA with SHA-384, here with P-384 only.
    Es384,
    /// `ES512`: ECDSA with SHA-512, here with P-521 only.
    Es512,
    /// `EdDSA`, with Ed25519 only.
    EdDsa,
    /// `HMAC 256/256`: HMAC-SHA-256 with the whole tag.
    Hmac256,
}

impl Algorithm {
    /// The algorithm that keys of this type sign with; `None` where they do not sign.
    pub const fn for_key(key: KeyType) -> Option<Self> {
        match key {
            KeyType::P256 => Some(Self::Es256),
            KeyType::P384 => Some(Self::Es384),
            KeyType::P521 => Some(Self::Es512),
            KeyType::Ed25519 => Some(Self::EdDsa),
            _ => None,
        }
    }

    /// Its number in the registry of COSE algorithms.
    pub const fn number(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::Es384 => -35,
            Self::Es512 => -36,
            Self::EdDsa => -8,
            Self::Hmac256 => 5,
        }
    }

    /// The algorithm of this number; `None` for everything Jigap does not accept.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            -7 => Some(Self::Es256),
            -35 => Some(Self::Es384),
            -36 => Some(Self::Es512),
            -8 => Some(Self::EdDsa),
            5 => Some(Self::Hmac256),
            _ => None,
        }
    }

    /// Whether keys of this type make and check signatures of this algorithm.
    pub fn fits(self, key: KeyType) -> bool {
        Self::for_key(key) == Some(self)
    }

    /// Bytes of a signature or tag.
    pub const fn signature_length(self) -> usize {
        match self {
            Self::Es256 | Self::EdDsa => 64,
            Self::Es384 => 96,
            Self::Es512 => 132,
            Self::Hmac256 => 32,
        }
    }
}

/// A media type as COSE writes it: its name, or its number among the CoAP content formats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaType {
    /// `application/statuslist+cwt`
    Name(String),
    /// 65535 at most.
    Number(u16),
}

impl MediaType {
    fn read(item: &Item<'_>) -> Option<Self> {
        match item.value() {
            Value::Text(name) => Some(Self::Name(name.to_string())),
            Value::Unsigned(number) => u16::try_from(*number).ok().map(Self::Number),
            _ => None,
        }
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Name(name) => writer.text(name),
            Self::Number(number) => writer.unsigned(u64::from(*number)),
        };
    }
}

/// The header of a COSE message: the parameters Jigap acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `alg`, required; always protected.
    pub alg: Algorithm,
    /// `content type` (3): the media type of the payload.
    pub content_type: Option<MediaType>,
    /// `typ` (16): the kind of message. Read from the protected map alone; one that is unprotected says nothing.
    pub typ: Option<MediaType>,
    /// `kid` (4): which of the signer's keys.
    pub kid: Option<Vec<u8>>,
    /// `x5chain` (33): the signer's certificate and those above it, each in DER; empty where it is absent.
    pub x5chain: Vec<Vec<u8>>,
}

impl Header {
    /// A header for `alg`, everything else absent.
    pub const fn new(alg: Algorithm) -> Self {
        Self { alg, content_type: None, typ: None, kid: None, x5chain: Vec::new() }
    }

    /// A header for signing with keys of this type; `None` where they do not sign.
    pub fn for_key(key: KeyType) -> Option<Self> {
        Algorithm::for_key(key).map(Self::new)
    }

    /// With `typ` by its name.
    #[must_use]
    pub fn typ(self, typ: impl Into<String>) -> Self {
        Self { typ: Some(MediaType::Name(typ.into())), ..self }
    }

    /// With `content type` by its name.
    #[must_use]
    pub fn content_type(self, content_type: impl Into<String>) -> Self {
        Self { content_type: Some(MediaType::Name(content_type.into())), ..self }
    }

    /// With `kid`.
    #[must_use]
    pub fn kid(self, kid: impl Into<Vec<u8>>) -> Self {
        Self { kid: Some(kid.into()), ..self }
    }

    /// With `x5chain`: certificates in DER, the signer's first.
    #[must_use]
    pub fn x5chain(self, certificates: Vec<Vec<u8>>) -> Self {
        Self { x5chain: certificates, ..self }
    }

    /// Refuses (CO-08) a message whose protected `typ` is not this media type, `application/` and all, regardless of case.
    /// A number among the CoAP content formats names none of those that are asked for here.
    pub fn require_typ(&self, media_type: &str) -> Result<(), Refusal> {
        match &self.typ {
            Some(MediaType::Name(name)) if name.eq_ignore_ascii_case(media_type) => Ok(()),
            _ => Err(TYPE.refuse(OTHER_TYPE)),
        }
    }

    /// Reads both maps: `protected` as the bytes that were signed, `unprotected` as an item of the message.
    pub(super) fn read(protected: &[u8], unprotected: &Item<'_>) -> Result<Self, Refusal> {
        let malformed = HEADER.refuse(MALFORMED);
        let protected = match protected {
            // A map without entries is written as no bytes (RFC 9052 §3).
            [] => None,
            bytes => Some(cbor::parse(bytes, Limits::HEADER).map_err(|_| malformed)?),
        };
        let protected = match &protected {
            Some(item) => item.as_map().ok_or(malformed)?,
            None => &[],
        };
        let unprotected = unprotected.as_map().ok_or(malformed)?;
        let labels = || protected.iter().chain(unprotected).map(|(label, _)| label);
        if !labels().all(|label| label.as_i64().is_some() || label.as_text().is_some()) {
            return Err(HEADER.refuse(WRONG_LABEL));
        }
        if protected.iter().any(|(label, _)| unprotected.iter().any(|(other, _)| other == label)) {
            return Err(HEADER.refuse(IN_BOTH));
        }
        let find = |map: &'_ [(Item<'_>, Item<'_>)], label| {
            map.iter().position(|(found, _)| found.as_i64() == Some(label))
        };
        if find(unprotected, LABEL_CRIT).is_some() {
            return Err(CRITICAL.refuse(CRITICAL_PARAMETER));
        }
        let mut header = Self::new(algorithm(protected)?);
        for (label, value) in protected {
            if label.as_i64() == Some(LABEL_CRIT) {
                require_understood(value, protected)?;
            }
            header.take(label, value)?;
            if label.as_i64() == Some(LABEL_TYP) {
                header.typ = Some(MediaType::read(value).ok_or(HEADER.refuse(WRONG_PARAMETER))?);
            }
        }
        for (label, value) in unprotected {
            header.take(label, value)?;
        }
        Ok(header)
    }

    fn take(&mut self, label: &Item<'_>, value: &Item<'_>) -> Result<(), Refusal> {
        let wrong = HEADER.refuse(WRONG_PARAMETER);
        match label.as_i64() {
            Some(LABEL_CONTENT_TYPE) => self.content_type = Some(MediaType::read(value).ok_or(wrong)?),
            Some(LABEL_KID) => self.kid = Some(value.as_bytes().ok_or(wrong)?.to_vec()),
            Some(LABEL_X5CHAIN) => {
                self.x5chain = certificates(value).ok_or(CERTIFICATES.refuse(BAD_CHAIN))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The protected map as it is signed: everything but `x5chain`, which ISO 18013-5 §9.1.2.4 wants unprotected.
    pub(super) fn protected(&self) -> Vec<u8> {
        let parameters = [self.content_type.is_some(), self.kid.is_some(), self.typ.is_some()];
        let mut writer = Writer::new();
        writer.map(1 + parameters.into_iter().filter(|it| *it).count());
        writer.integer(LABEL_ALG).integer(self.alg.number());
        if let Some(content_type) = &self.content_type {
            content_type.write(writer.integer(LABEL_CONTENT_TYPE));
        }
        if let Some(kid) = &self.kid {
            writer.integer(LABEL_KID).bytes(kid);
        }
        if let Some(typ) = &self.typ {
            typ.write(writer.integer(LABEL_TYP));
        }
        writer.into_bytes()
    }

    /// Writes the unprotected map.
    pub(super) fn write_unprotected(&self, writer: &mut Writer) {
        match self.x5chain.as_slice() {
            [] => writer.map(0),
            [one] => writer.map(1).integer(LABEL_X5CHAIN).bytes(one),
            several => {
                writer.map(1).integer(LABEL_X5CHAIN).array(several.len());
                several.iter().for_each(|certificate| {
                    writer.bytes(certificate);
                });
                writer
            }
        };
    }
}

fn algorithm(protected: &[(Item<'_>, Item<'_>)]) -> Result<Algorithm, Refusal> {
    let alg = protected.iter().find(|(label, _)| label.as_i64() == Some(LABEL_ALG));
    let (_, alg) = alg.ok_or(ALGORITHM.refuse(NO_ALGORITHM))?;
    if alg.as_i64().is_none() && alg.as_text().is_none() {
        return Err(HEADER.refuse(WRONG_PARAMETER));
    }
    alg.as_i64().and_then(Algorithm::from_number).ok_or(ALGORITHM.refuse(UNSUPPORTED))
}

/// RFC 9052 §3.1: `crit` is a list of labels of the protected map, at least one.
fn require_understood(crit: &Item<'_>, protected: &[(Item<'_>, Item<'_>)]) -> Result<(), Refusal> {
    let labels = crit.as_array().filter(|labels| !labels.is_empty());
    let understood = |label: &Item<'_>| {
        label.as_i64().is_some_and(|label| UNDERSTOOD.contains(&label))
            && protected.iter().any(|(found, _)| found == label)
    };
    match labels {
        Some(labels) if labels.iter().all(understood) => Ok(()),
        _ => Err(CRITICAL.refuse(CRITICAL_PARAMETER)),
    }
}

/// One certificate, or a list of them. A list of one is not what RFC 9360 has, but many write it, and nothing else can be meant.
fn certificates(value: &Item<'_>) -> Option<Vec<Vec<u8>>> {
    if let Some(one) = value.as_bytes() {
        return Some(vec![one.to_vec()]);
    }
    let list = value.as_array().filter(|list| !list.is_empty() && list.len() <= MAX_CERTIFICATES)?;
    list.iter().map(|certificate| certificate.as_bytes().map(<[u8]>::to_vec)).collect()
}
