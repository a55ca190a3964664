//! What a pass says, as a CWT (RFC 8392): when it ends (`exp`, 4), whose it is (`cnf`, 8, RFC 8747), and one claim of
//! Jigap's own, a map by small numbers:
//!
//! | key | what | form |
//! |---|---|---|
//! | 0 | kind | unsigned: 0 entry, 1 ticket, 2 membership, 3 student card |
//! | 1 | facts, where there are some | array, sorted: an unsigned `n` says `age_over_n`, a text names another |
//! | 2 | particulars, of every kind but entry | array of texts, as [`Kind::particulars`] names them |
//! | 3 | version, where it is not 0 | unsigned |
//! | 4 | place in a status list, where it has one | array of four bytes and an unsigned ([`PassStatus`]) |
//!
//! There is no issuer, no moment of issuing and no identifier: the key that signed says the first, and the others would tell
//! passes apart. Refused: every other claim, and every other form of these.

use jigap_keys::{KeyType, PrivateKey, PublicKey, Purpose, hash};

use super::code::{SIGNATURE_BYTES, frame_bytes};
use super::{Generation, KeyId, PassError, Pseudonym, hidden};
use crate::cbor::{self, Item, Limits, Value, Writer};
use crate::cose::{self, UnsignedSign1};
use crate::ports::Signer;
use crate::text::is_deceptive;
use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};

/// EP-02: the issuer's part is a pass.
pub const CLAIMS: Check = Check::new(
    "EP-02",
    "the issuer's part is a COSE_Sign1 with a key id, and a pass says its kind, facts, end and holder's key in their forms and nothing else",
    "발급자 부분은 키 식별자가 있는 COSE_Sign1이며, 패스는 종류, 사실, 끝나는 때, 소지자 키를 정해진 형식으로만 말합니다",
    "docs/SPECS.md, Entry passes; RFC 8392 §3, RFC 8747 §3.2",
);

pub(super) const NOT_A_PASS: Reason = Reason::new(
    "pass-claims",
    "it is no pass, or says what is not understood",
    "패스가 아니거나 이해할 수 없는 내용이 있습니다",
);

const EXP: i64 = 4;
pub(super) const CNF: i64 = 8;
/// Of the private use range (RFC 8392 §9.1).
const PASS: i64 = -65_537;
/// `COSE_Key` of a confirmation (RFC 8747 §3.2).
pub(super) const COSE_KEY: i64 = 1;

/// Longest name of a fact.
const MAX_FACT: usize = 24;
/// Most facts of a pass.
const MAX_FACTS: usize = 8;
/// Longest text among the particulars, in bytes.
const MAX_PARTICULAR: usize = 40;

/// What binds the issuer's signature to this use of its key (RFC 9052 §4.3).
pub(super) const ISSUER_CONTEXT: &[u8] = b"JG1 issuer";

pub(super) const LIMITS: Limits = Limits { bytes: 400, depth: 6, items: 64 };

/// What a pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Entry to any place: the check-in at a door. Says facts alone.
    Entry,
    /// A ticket for one entry.
    Ticket,
    /// Membership of a club or a shop.
    Membership,
    /// A student card.
    StudentCard,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Entry, Self::Ticket, Self::Membership, Self::StudentCard];

    /// Its number in a pass.
    pub const fn number(self) -> u64 {
        match self {
            Self::Entry => 0,
            Self::Ticket => 1,
            Self::Membership => 2,
            Self::StudentCard => 3,
        }
    }

    /// The kind of this number.
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// Its name, as configuration and reports write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Ticket => "ticket",
            Self::Membership => "membership",
            Self::StudentCard => "student-card",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What its particulars are, in their order. A place that says nothing holds an empty text.
    pub const fn particulars(self) -> &'static [&'static str] {
        match self {
            Self::Entry => &[],
            Self::Ticket => &["event", "zone", "row", "seat"],
            Self::Membership => &["organisation", "level"],
            Self::StudentCard => &["institution", "level"],
        }
    }

    /// What a trust list calls it among the types that an issuer may issue.
    pub const fn trusted_type(self) -> &'static str {
        match self {
            Self::Entry => "urn:jigap:pass:entry",
            Self::Ticket => "urn:jigap:pass:ticket",
            Self::Membership => "urn:jigap:pass:membership",
            Self::StudentCard => "urn:jigap:pass:student-card",
        }
    }

    /// Whether one opens a door once in its whole life.
    pub const fn is_single_entry(self) -> bool {
        matches!(self, Self::Ticket)
    }

    /// Most bytes of a code: an entry pass fits 61 by 61 modules at level M, the others 69 by 69 (ISO/IEC 18004: versions
    /// 11 and 13 hold 366 and 483 alphanumeric characters).
    pub const fn max_bytes(self) -> usize {
        match self {
            Self::Entry => 240,
            Self::Ticket | Self::Membership | Self::StudentCard => 319,
        }
    }
}

/// Something that is so of a pass's holder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// `age_over_n`
    AgeOver(u8),
    /// Another, by its name: `student`.
    Named(String),
}

/// The text names no fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a fact is `age_over_` and a number from 1 to 99, or 1 to 24 of a-z, 0-9 and _, beginning with a letter"
)]
pub struct FactError;

impl Fact {
    /// Reads `age_over_19`, `student`.
    ///
    /// # Errors
    /// [`FactError`]
    pub fn parse(text: &str) -> Result<Self, FactError> {
        if let Some(years) = text.strip_prefix("age_over_") {
            let plain = !years.starts_with('0') && years.bytes().all(|byte| byte.is_ascii_digit());
            let years = years.parse().ok().filter(|_| plain);
            return years.and_then(Self::age_over).ok_or(FactError);
        }
        let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let begins = text.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
        let named = begins && text.len() <= MAX_FACT && text.bytes().all(sound);
        if named { Ok(Self::Named(text.to_owned())) } else { Err(FactError) }
    }

    fn age_over(years: u8) -> Option<Self> {
        (1..=99).contains(&years).then_some(Self::AgeOver(years))
    }

    /// Whether whoever this is so of is also what `wanted` says: who is over 19 is over 14.
    pub fn implies(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::AgeOver(years), Self::AgeOver(wanted)) => years >= wanted,
            (said, wanted) => said == wanted,
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        match self {
            Self::AgeOver(years) => writer.unsigned(u64::from(*years)),
            Self::Named(name) => writer.text(name),
        };
    }

    fn read(item: &Item<'_>) -> Option<Self> {
        match item.value() {
            Value::Unsigned(years) => u8::try_from(*years).ok().and_then(Self::age_over),
            Value::Text(name) => {
                Self::parse(name).ok().filter(|fact| matches!(fact, Self::Named(said) if said == name))
            }
            _ => None,
        }
    }

    /// Reads 1 to 8 of them, sorted and each once.
    pub(super) fn read_all(item: &Item<'_>) -> Option<Vec<Self>> {
        let facts = item.as_array().filter(|facts| (1..=MAX_FACTS).contains(&facts.len()))?;
        let facts: Vec<Self> = facts.iter().map(Self::read).collect::<Option<_>>()?;
        facts.windows(2).all(|pair| matches!(pair, [one, next] if one < next)).then_some(facts)
    }
}

impl std::fmt::Display for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AgeOver(years) => write!(f, "age_over_{years}"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// What a pass says.
#[derive(Clone, PartialEq, Eq)]
pub struct PassClaims {
    /// What it is for.
    pub kind: Kind,
    /// What is so of its holder; in any order, each once is written.
    pub facts: Vec<Fact>,
    /// As [`Kind::particulars`] names them.
    pub particulars: Vec<String>,
    /// When it ends: an entry pass with a generation, a ticket with its event, a card when its issuer says.
    pub expires: Timestamp,
    /// The key that shows it: of Ed25519 or P-256, and of no other pass.
    pub holder: PublicKey,
    /// Grows when an issuer wants to end all passes before.
    pub version: u32,
    /// Its place in a status list. For tickets and the like: lists come one after another, so that a place says when a pass was
    /// issued, and entry passes have none.
    pub status: Option<PassStatus>,
}

/// A place in one of the issuer's status lists, in few bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassStatus {
    /// Which list: [`PassStatus::tag`] of its URI.
    pub list: [u8; 4],
    /// The index in it.
    pub index: u64,
}

impl PassStatus {
    /// What stands for the list at `uri`: the first four bytes of its SHA-256. A gate knows the lists of its issuers, and takes two
    /// of one tag for none.
    pub fn tag(uri: &str) -> [u8; 4] {
        hash::sha256(uri.as_bytes()).first_chunk().copied().unwrap_or_default()
    }

    fn read(item: &Item<'_>) -> Option<Self> {
        let Some([list, index]) = item.as_array() else { return None };
        Some(Self { list: list.as_bytes()?.try_into().ok()?, index: index.as_u64()? })
    }
}

/// Without what it says.
impl std::fmt::Debug for PassClaims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        hidden(f, "PassClaims", self.to_cwt().len())
    }
}

impl PassClaims {
    /// The pass, still to be signed by the issuer's key.
    ///
    /// # Errors
    /// [`PassError`] where a key is of another type, the end could tell it from others, particulars are not those of the
    /// kind, or its code would be too large.
    pub fn unsigned(&self, issuer: &PublicKey) -> Result<UnsignedPass, PassError> {
        let signs = |key: &PublicKey| matches!(key.key_type(), KeyType::Ed25519 | KeyType::P256);
        if !signs(issuer) || !signs(&self.holder) {
            return Err(PassError::KeyType);
        }
        if !self.ends_as_others_do() {
            return Err(PassError::Expiry);
        }
        if !self.has_its_particulars() || self.facts.len() > MAX_FACTS || self.tells_when_it_was_issued() {
            return Err(PassError::Particulars);
        }
        let header = cose::Header::for_key(issuer.key_type()).ok_or(PassError::KeyType)?;
        let header = header.kid(*KeyId::of(issuer).as_bytes());
        let message = UnsignedSign1::new(header, ISSUER_CONTEXT, self.to_cwt());
        // Whatever the signature, it is as long.
        let signed = message.clone().attach(&[0; SIGNATURE_BYTES]).map_err(|_| PassError::KeyType)?;
        if frame_bytes(signed.len()) > self.kind.max_bytes() {
            return Err(PassError::TooLarge);
        }
        Ok(UnsignedPass(message))
    }

    /// What stands for this pass wherever it is shown.
    pub fn pseudonym(&self) -> Pseudonym {
        Pseudonym::of(&self.holder)
    }

    /// What it says of its holder, by the names that people know: facts that are so, and particulars.
    pub fn said(&self) -> serde_json::Value {
        let facts = self.facts.iter().map(|fact| (fact.to_string(), serde_json::Value::from(true)));
        let names = self.kind.particulars().iter().zip(&self.particulars);
        let named = names.filter(|(_, text)| !text.is_empty());
        facts.chain(named.map(|(name, text)| ((*name).to_owned(), text.as_str().into()))).collect()
    }

    /// Whether an entry pass refers to a status list.
    fn tells_when_it_was_issued(&self) -> bool {
        self.kind == Kind::Entry && self.status.is_some()
    }

    fn has_its_particulars(&self) -> bool {
        self.particulars.len() == self.kind.particulars().len()
            && self.particulars.iter().all(|text| is_particular(text))
    }

    fn to_cwt(&self) -> Vec<u8> {
        let mut facts = self.facts.clone();
        facts.sort();
        facts.dedup();
        let optional =
            [!facts.is_empty(), !self.particulars.is_empty(), self.version > 0, self.status.is_some()];
        let mut writer = Writer::with_capacity(160);
        writer.map(3);
        writer.integer(EXP).integer(self.expires.unix());
        writer.integer(CNF).map(1).integer(COSE_KEY).raw(&self.holder.to_compressed_cose_key());
        writer.integer(PASS).map(1 + optional.into_iter().filter(|it| *it).count());
        writer.unsigned(0).unsigned(self.kind.number());
        if !facts.is_empty() {
            writer.unsigned(1).array(facts.len());
            facts.iter().for_each(|fact| fact.write(&mut writer));
        }
        if !self.particulars.is_empty() {
            writer.unsigned(2).array(self.particulars.len());
            self.particulars.iter().for_each(|text| {
                writer.text(text);
            });
        }
        if self.version > 0 {
            writer.unsigned(3).unsigned(u64::from(self.version));
        }
        if let Some(PassStatus { list, index }) = &self.status {
            writer.unsigned(4).array(2).bytes(list).unsigned(*index);
        }
        writer.into_bytes()
    }

    /// Reads a pass without verifying it, and which key says to have signed it: for whoever got it from its issuer.
    ///
    /// # Errors
    /// [`PassError::NotAPass`]
    pub fn dangerous_assume_verified(pass: &[u8]) -> Result<(Self, KeyId), PassError> {
        let item = cbor::parse(pass, LIMITS).map_err(|_| PassError::NotAPass)?;
        let (message, id) = Message::read(&item).ok_or(PassError::NotAPass)?;
        let payload = message.unverified_payload().ok_or(PassError::NotAPass)?;
        Self::read(payload).map(|claims| (claims, id)).map_err(|_| PassError::NotAPass)
    }

    /// Whether it ends with a generation, as entry passes do: they must not be told apart. Others are known at their doors anyway.
    pub fn ends_as_others_do(&self) -> bool {
        self.kind != Kind::Entry || Generation::ending_at(self.expires).is_some()
    }

    /// Reads what an issuer signed. Refuses by EP-02.
    pub(super) fn read(payload: &[u8]) -> Result<Self, Refusal> {
        let item = cbor::parse(payload, LIMITS).map_err(|_| CLAIMS.refuse(NOT_A_PASS))?;
        let read = Self::of(&item).filter(|claims| claims.to_cwt() == payload);
        read.ok_or(CLAIMS.refuse(NOT_A_PASS))
    }

    fn of(item: &Item<'_>) -> Option<Self> {
        let confirmation = only(item, &[EXP, CNF, PASS])?.at(CNF)?;
        let key = only(confirmation, &[COSE_KEY])?.at(COSE_KEY)?;
        let holder = PublicKey::from_cose_key_for(key.raw(), Purpose::Signature).ok()?;
        let said = only(item.at(PASS)?, &[0, 1, 2, 3, 4])?;
        let claims = Self {
            kind: Kind::from_number(said.at(0)?.as_u64()?)?,
            facts: said.at(1).map_or(Some(Vec::new()), Fact::read_all)?,
            particulars: said.at(2).map_or(Some(Vec::new()), texts)?,
            expires: Timestamp::from_unix(item.at(EXP)?.as_i64()?),
            holder,
            version: said
                .at(3)
                .map_or(Some(0), |it| u32::try_from(it.as_u64()?).ok().filter(|it| *it > 0))?,
            status: match said.at(4) {
                None => None,
                Some(place) => Some(PassStatus::read(place)?),
            },
        };
        let signs = matches!(claims.holder.key_type(), KeyType::Ed25519 | KeyType::P256);
        let sound = claims.has_its_particulars() && !claims.tells_when_it_was_issued();
        (signs && sound).then_some(claims)
    }
}

/// The message around a pass.
pub(super) struct Message;

impl Message {
    /// Reads it, and which key it names; `None` unless it is to the byte as one is written: what else may stand in a header
    /// could tell passes apart.
    pub(super) fn read(item: &Item<'_>) -> Option<(cose::Sign1, KeyId)> {
        let message = cose::Sign1::from_item(item).ok()?;
        let header = message.header();
        let id = header.kid.as_deref().and_then(KeyId::from_bytes)?;
        let Some([_, _, _, signature]) = item.as_array() else { return None };
        let plain = cose::Header::new(header.alg).kid(*id.as_bytes());
        let payload = message.unverified_payload()?.to_vec();
        let written =
            UnsignedSign1::new(plain, ISSUER_CONTEXT, payload).attach(signature.as_bytes()?).ok()?;
        let signs = matches!(header.alg, cose::Algorithm::EdDsa | cose::Algorithm::Es256);
        (signs && written == item.raw()).then_some((message, id))
    }
}

/// Whether a pass can say this text among its particulars.
pub(super) fn is_particular(text: &str) -> bool {
    text.len() <= MAX_PARTICULAR && !text.contains(is_deceptive)
}

/// The map, if it has none but these keys.
fn only<'i, 'b>(item: &'i Item<'b>, keys: &[i64]) -> Option<&'i Item<'b>> {
    let known = |(key, _): &(Item<'_>, Item<'_>)| key.as_i64().is_some_and(|key| keys.contains(&key));
    item.as_map()?.iter().all(known).then_some(item)
}

fn texts(item: &Item<'_>) -> Option<Vec<String>> {
    item.as_array()?.iter().map(|text| text.as_text().map(str::to_owned)).collect()
}

/// A pass that its issuer still has to sign.
#[derive(Debug, Clone)]
pub struct UnsignedPass(UnsignedSign1);

impl UnsignedPass {
    /// Signs with a key at hand. The pass is the issuer's part of every code that shows it: a COSE_Sign1 without its tag.
    ///
    /// # Errors
    /// [`PassError::Signer`]
    pub fn sign(self, key: &PrivateKey) -> Result<Vec<u8>, PassError> {
        self.0.sign(key).map_err(|_| PassError::Signer)
    }

    /// Signs with a key behind the [`Signer`] port.
    ///
    /// # Errors
    /// As [`UnsignedPass::sign`].
    pub async fn sign_with(self, signer: &dyn Signer) -> Result<Vec<u8>, PassError> {
        self.0.sign_with(signer).await.map_err(|_| PassError::Signer)
    }
}
