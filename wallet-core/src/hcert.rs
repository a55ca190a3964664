//! EU Digital COVID Certificates as QR codes (eHealth Network, "Technical Specifications", volumes 1 and 3; hcert_spec 1.0.8):
//! `HC1:`, base45 (RFC 9285), zlib (RFC 1950), COSE_Sign1 (RFC 9052) of a CWT (RFC 8392) with the claim -260.
//!
//! A frame that others made, read by the reader that reads our own. Refused: another prefix, more than a QR code or 12 KiB
//! hold, bytes after the stream or the message (HC-01), claims that are missing or of another type (HC-02), a signer that
//! is not on the list or not for this kind (HC-03), moments (HC-04), whatever `cose` refuses (CO-…).
//! Left out: PS256, the specification's second algorithm, as RSA everywhere in this toolkit; revocation lists; what a state
//! makes of the medical facts. Nothing binds such a certificate to whoever shows it but a look at their papers.

use std::fmt;

use flate2::Decompress;
use jigap_keys::PublicKey;

use crate::cbor::{self, Item, Limits};
use crate::cose::{Sign1, numeric_date};
use crate::redacted;
use crate::status::inflate::inflate;
use crate::text_form;
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};
use crate::x509::{self, ChainError, Leaf};

/// HC-01: what was read is such a code.
pub const FORM: Check = Check::new(
    "HC-01",
    "the code is `HC1:` and base45 of one zlib stream of a signed message, within its size",
    "코드는 `HC1:`과 base45이며, 정해진 크기 안의 서명된 메시지를 zlib으로 압축한 것입니다",
    "hcert_spec §4.2; RFC 9285 §4; RFC 1950",
);
/// HC-02: it says what such a certificate says.
pub const CLAIMS: Check = Check::new(
    "HC-02",
    "it says when it was issued and ends, whose it is, and one vaccination, test or recovery",
    "발급 시각과 끝나는 시각, 누구의 것인지, 그리고 접종, 검사, 완치 중 하나를 말합니다",
    "hcert_spec §3.3; DCC JSON schema 1.3",
);
/// HC-03: a listed signer made it.
pub const SIGNER: Check = Check::new(
    "HC-03",
    "a signer of the list, whose certificate is for this kind, signed it",
    "목록에 있는, 이 종류를 위한 인증서를 가진 서명자가 서명했습니다",
    "hcert_spec §3.3.2, §5.1",
);
/// HC-04: it and its signer's certificate have begun and not ended.
pub const TIME: Check = Check::new(
    "HC-04",
    "it and its signer's certificate have begun and not ended",
    "이 증명과 서명자 인증서가 시작되었고 끝나지 않았습니다",
    "hcert_spec §3.3.4, §3.3.5",
);

const NOT_A_CODE: Reason = Reason::new("hcert-code", "it is not such a code", "이런 코드가 아닙니다");
const NOT_ITS_CLAIMS: Reason = Reason::new(
    "hcert-claims",
    "what it says is incomplete or of another form",
    "내용이 빠졌거나 형식이 다릅니다",
);
const NOT_LISTED: Reason = Reason::new(
    "hcert-signer",
    "no signer of the list made it",
    "목록에 있는 어느 서명자도 서명하지 않았습니다",
);
const OTHER_KIND: Reason = Reason::new(
    "hcert-signer-kind",
    "its signer's certificate is not for this kind",
    "서명자의 인증서가 이 종류를 위한 것이 아닙니다",
);
const SIGNER_ENDED: Reason = Reason::new(
    "hcert-signer-ended",
    "its signer's certificate has ended or not begun",
    "서명자의 인증서가 끝났거나 아직 시작되지 않았습니다",
);
const ENDED: Reason = Reason::new("hcert-ended", "it ended at {at}", "{at}에 끝났습니다");
const NOT_BEGUN: Reason = Reason::new("hcert-not-begun", "it begins at {at}", "{at}에 시작됩니다");

const PREFIX: &str = "HC1:";
/// Most characters of a QR code in alphanumeric mode (ISO/IEC 18004, version 40-L).
const MAX_CHARACTERS: usize = 4296;
/// Most bytes of the message: twenty times what such certificates have.
const LIMITS: Limits = Limits { bytes: 12 * 1024, depth: 10, items: 512 };
/// Most signers of a list; a country has tens.
const MAX_SIGNERS: usize = 4096;
/// Most signers of one key identifier whose keys are tried ("a verifier MUST check all DSCs with that KID").
const MAX_OF_ONE_KID: usize = 8;
const KID_BYTES: usize = 8;

const ISS: i64 = 1;
const EXP: i64 = 4;
const IAT: i64 = 6;
const HCERT: i64 = -260;
const EU_HCERT_V1: i64 = 1;

/// 1.3.6.1.4.1.1847.2021.1: what purposes of signers begin with; their last number is the kind's.
const PURPOSES: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x8e, 0x37, 0x8f, 0x65, 0x01];

/// What a certificate is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `v`
    Vaccination,
    /// `t`
    Test,
    /// `r`
    Recovery,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Vaccination, Self::Test, Self::Recovery];

    const fn member(self) -> &'static str {
        match self {
            Self::Vaccination => "v",
            Self::Test => "t",
            Self::Recovery => "r",
        }
    }

    /// The last number of the extended key usage of its signers (volume 3, "Extended Key Usage").
    const fn purpose(self) -> u8 {
        match self {
            Self::Test => 1,
            Self::Vaccination => 2,
            Self::Recovery => 3,
        }
    }
}

/// What a certificate says that was judged and held. Personal: it is shown to whoever compares it with papers, and to nobody else.
#[derive(Clone, PartialEq, Eq)]
pub struct HealthCertificate {
    /// What it is about.
    pub kind: Kind,
    /// `iss`: the country, two letters, if it says so.
    pub country: Option<String>,
    /// `fn` and `gn`: surnames and forenames, of which one may be absent, or their transliterations where it is.
    pub surname: Option<String>,
    /// As [`Self::surname`].
    pub forename: Option<String>,
    /// `dob`: a date, a year and a month, a year, or nothing.
    pub born: String,
    /// `iat`
    pub issued: Timestamp,
    /// `exp`
    pub ends: Timestamp,
}

impl fmt::Debug for HealthCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redacted::debug(f, "HealthCertificate", &[])
    }
}

/// Document signers that are trusted because they are listed: nothing else says so ("the primary validity mechanism is presence
/// of the certificate on the most recent version of that certificate list").
#[derive(Debug, Clone)]
pub struct Signers(Vec<Signer>);

#[derive(Debug, Clone)]
struct Signer {
    /// The first bytes of SHA-256 of its certificate (hcert_spec §3.3.2).
    kid: [u8; KID_BYTES],
    key: PublicKey,
    validity: (Timestamp, Timestamp),
    /// Extended key usages, as the content of an object identifier each.
    purposes: Vec<Vec<u8>>,
}

impl Signers {
    /// Reads certificates in DER. Of them those whose keys are not supported here (RSA) verify nothing and are passed over.
    ///
    /// # Errors
    /// [`ChainError`] if one is no certificate of a signer, or there are more than 4096.
    pub fn new(certificates: Vec<Vec<u8>>) -> Result<Self, ChainError> {
        if certificates.len() > MAX_SIGNERS {
            return Err(ChainError::Size);
        }
        let mut signers = Vec::new();
        for der in certificates {
            match Signer::new(&der) {
                Ok(signer) => signers.push(signer),
                Err(ChainError::UnsupportedKey) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self(signers))
    }

    /// How many of them verify anything.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Reads the text of a code and judges it at `now`.
///
/// # Errors
/// [`Refusal`] by HC-01 to HC-04, or as [`Sign1`].
pub fn read(text: &str, signers: &Signers, now: Timestamp) -> Result<HealthCertificate, Refusal> {
    let message = Sign1::parse_within(&unpack(text).ok_or(FORM.refuse(NOT_A_CODE))?, LIMITS)?;
    let (signer, payload) = authenticate(message, signers)?;
    let certificate = certificate(&payload).ok_or(CLAIMS.refuse(NOT_ITS_CLAIMS))?;
    if now < certificate.issued {
        return Err(TIME.refuse(NOT_BEGUN.at(certificate.issued)));
    }
    if certificate.ends <= now {
        return Err(TIME.refuse(ENDED.at(certificate.ends)));
    }
    signer.require(certificate.kind, now)?;
    Ok(certificate)
}

fn unpack(text: &str) -> Option<Vec<u8>> {
    let compressed = text_form::read(PREFIX, text, MAX_CHARACTERS)?;
    let mut message = Vec::new();
    let read = inflate(Decompress::new(true), &compressed, &mut message, LIMITS.bytes).ok()?;
    (read == compressed.len()).then_some(message)
}

/// Whose signature it is, and what was signed. `kid` may stand in either header, and only says whose keys are tried.
fn authenticate(message: Sign1, signers: &Signers) -> Result<(&Signer, Vec<u8>), Refusal> {
    let mut refusal = SIGNER.refuse(NOT_LISTED);
    let kid = message.header().kid.clone().unwrap_or_default();
    for signer in signers.0.iter().filter(|signer| signer.kid[..] == kid[..]).take(MAX_OF_ONE_KID) {
        match message.clone().verify(&signer.key, &[]) {
            Ok(verified) => return Ok((signer, verified.into_parts().1)),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

/// The claims, all of the right types.
fn certificate(payload: &[u8]) -> Option<HealthCertificate> {
    let claims = cbor::parse(payload, LIMITS).ok()?;
    let moment = |label| claims.at(label).and_then(numeric_date);
    let text = |item: &Item<'_>| item.as_text().map(str::to_owned);
    let country = match claims.at(ISS) {
        Some(country) => Some(text(country)?),
        None => None,
    };
    let said = claims.at(HCERT)?.at(EU_HCERT_V1)?;
    let name = said.get("nam")?;
    let named = |own, transliterated| name.get(own).or_else(|| name.get(transliterated)).and_then(text);
    let (surname, forename) = (named("fn", "fnt"), named("gn", "gnt"));
    if surname.is_none() && forename.is_none() {
        return None;
    }
    Some(HealthCertificate {
        kind: kind(said)?,
        country,
        surname,
        forename,
        born: text(said.get("dob")?)?,
        issued: moment(IAT)?,
        ends: moment(EXP)?,
    })
}

/// Of `v`, `t` and `r` one is there, with one entry.
fn kind(said: &Item<'_>) -> Option<Kind> {
    let mut about = Kind::ALL.into_iter().filter_map(|kind| Some((kind, said.get(kind.member())?)));
    let (kind, entries) = about.next()?;
    (about.next().is_none() && entries.as_array()?.len() == 1).then_some(kind)
}

impl Signer {
    fn new(der: &[u8]) -> Result<Self, ChainError> {
        let leaf = Leaf::dangerous_without_path(der)?;
        let malformed = ChainError::Malformed;
        Ok(Self {
            kid: leaf.sha256().first_chunk().copied().unwrap_or_default(),
            key: leaf.key().clone(),
            validity: x509::validity(der).ok_or(malformed)?,
            purposes: x509::extended_key_usages(der).ok_or(malformed)?,
        })
    }

    /// One without purposes of these signs all three kinds (volume 3: "in absence of any key usage extension").
    fn require(&self, kind: Kind, now: Timestamp) -> Result<(), Refusal> {
        let (begins, ends) = self.validity;
        if now < begins || ends < now {
            return Err(TIME.refuse(SIGNER_ENDED));
        }
        let mut kinds = self.purposes.iter().filter_map(|purpose| purpose.strip_prefix(PURPOSES)).peekable();
        let fits = kinds.peek().is_none() || kinds.any(|last| last == [kind.purpose()]);
        if fits { Ok(()) } else { Err(SIGNER.refuse(OTHER_KIND)) }
    }
}

#[cfg(test)]
mod tests;
