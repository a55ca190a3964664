//! Proof values (VC-DI-BBS §3.3.1, §3.3.2, §3.3.6, §3.3.7): a header of three bytes and one CBOR array, in base64url.
//!
//! Refused: other headers, indefinite lengths, lengths that are not in their shortest form, trailing bytes, indexes that
//! do not ascend, label maps with gaps or out of order, tags. One tag is read: the vectors write the signer's part of a pseudonym as a
//! bignum (RFC 8949 §3.4.3), although the specification forbids tags.
//!
//! With a pseudonym the specification and its vectors differ: `0x06` and `0x07`, and a `nym_domain`, stand in the text
//! alone. Both are read; what is written is what the vectors have.

use jigap_keys::base64url;
use jigap_keys::bbs::{
    PSEUDONYM_BYTES, PUBLIC_KEY_BYTES, Pseudonym, PublicKey, SIGNATURE_BYTES, SecretScalar,
};
use zeroize::Zeroizing;

use crate::selective::Pointer;
use crate::selective::pointer::MOST_POINTERS;

/// The longest proof value: room for a proof of as many messages as one signature has.
const MOST_TEXT: usize = 128 * 1024;
/// Labels in a label map, and indexes of lines: more than a document of 1 MiB has.
const MOST_ITEMS: u64 = 1 << 17;
/// The longest context of a pseudonym.
const MOST_DOMAIN: usize = 1024;
const POINT: usize = 48;
const NUMBER: usize = 32;

/// What beyond the signature binds a credential to its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feature {
    /// `baseline`.
    Baseline,
    /// `anonymous_holder_binding`.
    HolderBinding,
    /// `pseudonym` and `holder_binding_pseudonym`, told apart by what is bound.
    Pseudonym,
}

/// What an issuer makes and a holder keeps.
pub(super) struct Base {
    pub(super) feature: Feature,
    pub(super) signature: [u8; SIGNATURE_BYTES],
    pub(super) header: [u8; 64],
    pub(super) key: PublicKey,
    pub(super) hmac_key: Zeroizing<[u8; 32]>,
    pub(super) mandatory: Vec<Pointer>,
    /// The issuer's part of the holder's pseudonyms.
    pub(super) part: Option<SecretScalar>,
}

/// What a holder makes and a verifier sees.
pub(super) struct Derived {
    pub(super) feature: Feature,
    pub(super) proof: Vec<u8>,
    /// The label at `n` is that of the blank node `c14n` and `n`.
    pub(super) labels: Vec<u64>,
    pub(super) mandatory: Vec<usize>,
    pub(super) selective: Vec<usize>,
    pub(super) presentation_header: Vec<u8>,
    pub(super) domain: Option<String>,
    pub(super) pseudonym: Option<Pseudonym>,
    /// How many messages the issuer signed, where the holder committed to more.
    pub(super) signed: Option<usize>,
    /// How many messages of its own, and parts of pseudonyms not counted, the holder committed to.
    pub(super) committed: usize,
}

impl Base {
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(decode(text)?);
        let (feature, items, mut reader) = match bytes.split_first_chunk()? {
            ([0xd9, 0x5d, 0x02], rest) => (Feature::Baseline, 5, Reader(rest)),
            ([0xd9, 0x5d, 0x04], rest) => (Feature::HolderBinding, 5, Reader(rest)),
            ([0xd9, 0x5d, 0x06 | 0x08], rest) => (Feature::Pseudonym, 6, Reader(rest)),
            _ => return None,
        };
        (reader.count(ARRAY)? == items).then_some(())?;
        let signature = reader.bytes()?.try_into().ok()?;
        let header = reader.bytes()?.try_into().ok()?;
        let key: &[u8; PUBLIC_KEY_BYTES] = reader.bytes()?.try_into().ok()?;
        let hmac_key = Zeroizing::new(reader.bytes()?.try_into().ok()?);
        let count = usize::try_from(reader.count(ARRAY)?).ok().filter(|it| *it <= MOST_POINTERS)?;
        let mandatory = (0..count).map(|_| Pointer::parse(reader.text()?).ok()).collect::<Option<_>>()?;
        let part = if feature == Feature::Pseudonym { Some(reader.number()?) } else { None };
        reader.end()?;
        Some(Self {
            feature,
            signature,
            header,
            key: PublicKey::from_bytes(key).ok()?,
            hmac_key,
            mandatory,
            part,
        })
    }

    pub(super) fn write(&self) -> String {
        let (last, items) = match self.feature {
            Feature::Baseline => (0x02, 5),
            Feature::HolderBinding => (0x04, 5),
            Feature::Pseudonym => (0x08, 6),
        };
        let mut out = Writer(vec![0xd9, 0x5d, last]);
        out.head(ARRAY, items);
        out.bytes(&self.signature);
        out.bytes(&self.header);
        out.bytes(self.key.as_bytes());
        out.bytes(&*self.hmac_key);
        out.head(ARRAY, self.mandatory.len() as u64);
        for pointer in &self.mandatory {
            let text = pointer.to_string();
            out.head(TEXT, text.len() as u64);
            out.0.extend_from_slice(text.as_bytes());
        }
        if let Some(part) = &self.part {
            out.head(TAG, BIGNUM);
            let bytes = part.to_bytes();
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            out.bytes(bytes.get(zeros..).unwrap_or_default());
        }
        out.encode()
    }
}

impl Derived {
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = decode(text)?;
        let (last, mut reader) = match bytes.split_first_chunk()? {
            ([0xd9, 0x5d, last], rest) => (*last, Reader(rest)),
            _ => return None,
        };
        let items = reader.count(ARRAY)?;
        let feature = match (last, items) {
            (0x03, 5) => Feature::Baseline,
            (0x05, 6) => Feature::HolderBinding,
            (0x07, 8) | (0x09, 7 | 8) => Feature::Pseudonym,
            _ => return None,
        };
        let proof = reader.bytes()?.to_vec();
        let labels = reader.labels()?;
        let (mandatory, selective) = (reader.indexes()?, reader.indexes()?);
        let presentation_header = reader.bytes()?.to_vec();
        let domain = match items {
            8 => Some(reader.text().filter(|it| it.len() <= MOST_DOMAIN)?.to_owned()),
            _ => None,
        };
        let pseudonym = match feature {
            Feature::Pseudonym => Some(Pseudonym(reader.bytes()?.try_into().ok()?)),
            _ => None,
        };
        let signed = match feature {
            Feature::Baseline => None,
            _ => Some(usize::try_from(reader.count(UNSIGNED)?).ok()?),
        };
        reader.end()?;
        let committed = match (last, items) {
            (0x05, _) | (0x09, 8) => 1,
            (0x09, 7) => {
                // What is hidden beyond the issuer's messages: the blinding number, the pseudonym's secret, and perhaps
                // the holder's.
                let hidden = proof.len().checked_sub(3 * POINT)? / NUMBER;
                let total = hidden.checked_sub(4)?.checked_add(selective.len())?;
                total.checked_sub(signed?.checked_add(2)?).filter(|it| *it <= 1)?
            }
            _ => 0,
        };
        Some(Self {
            feature,
            proof,
            labels,
            mandatory,
            selective,
            presentation_header,
            domain,
            pseudonym,
            signed,
            committed,
        })
    }

    pub(super) fn write(&self) -> String {
        let (last, items) = match self.feature {
            Feature::Baseline => (0x03, 5),
            Feature::HolderBinding => (0x05, 6),
            Feature::Pseudonym => (0x09, 7),
        };
        let mut out = Writer(vec![0xd9, 0x5d, last]);
        out.head(ARRAY, items);
        out.bytes(&self.proof);
        out.head(MAP, self.labels.len() as u64);
        for (key, label) in self.labels.iter().enumerate() {
            out.head(UNSIGNED, key as u64);
            out.head(UNSIGNED, *label);
        }
        for indexes in [&self.mandatory, &self.selective] {
            out.head(ARRAY, indexes.len() as u64);
            indexes.iter().for_each(|it| out.head(UNSIGNED, *it as u64));
        }
        out.bytes(&self.presentation_header);
        if let Some(pseudonym) = &self.pseudonym {
            out.bytes(&pseudonym.0);
        }
        if let Some(signed) = self.signed {
            out.head(UNSIGNED, signed as u64);
        }
        out.encode()
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix('u').filter(|it| it.len() <= MOST_TEXT)?;
    base64url::decode(text).ok()
}

const UNSIGNED: u8 = 0;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
/// The tag of a number that takes more than eight bytes.
const BIGNUM: u64 = 2;

/// CBOR (RFC 8949) of definite length, each head in its shortest form.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn head(&mut self) -> Option<(u8, u64)> {
        let first = *self.take(1)?.first()?;
        let (major, short) = (first >> 5, first & 0x1f);
        let long = |bytes: &[u8]| bytes.iter().fold(0, |all, byte| (all << 8) | u64::from(*byte));
        let (value, least) = match short {
            0..24 => (u64::from(short), 0),
            24 => (long(self.take(1)?), 24),
            25 => (long(self.take(2)?), 1 << 8),
            26 => (long(self.take(4)?), 1 << 16),
            27 => (long(self.take(8)?), 1 << 32),
            _ => return None,
        };
        (value >= least).then_some((major, value))
    }

    /// A number, or how long or how many of the major type `major`.
    fn count(&mut self, major: u8) -> Option<u64> {
        self.head().filter(|(it, _)| *it == major).map(|(_, value)| value)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.count(BYTES)?;
        self.take(usize::try_from(length).ok()?)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.count(TEXT)?;
        std::str::from_utf8(self.take(usize::try_from(length).ok()?)?).ok()
    }

    /// 32 bytes, or a bignum of at most as many.
    fn number(&mut self) -> Option<SecretScalar> {
        let mut after = Self(self.0);
        let tagged = after.head()? == (TAG, BIGNUM);
        if tagged {
            self.0 = after.0;
        }
        let bytes = self.bytes()?;
        let mut whole = Zeroizing::new([0; NUMBER]);
        let start = NUMBER.checked_sub(bytes.len())?;
        if (tagged && bytes.first() == Some(&0)) || (!tagged && start > 0) {
            return None;
        }
        whole.get_mut(start..)?.copy_from_slice(bytes);
        SecretScalar::from_bytes(&*whole).ok()
    }

    /// Ascending numbers.
    fn indexes(&mut self) -> Option<Vec<usize>> {
        let count = self.count(ARRAY).filter(|it| *it <= MOST_ITEMS)?;
        let mut indexes: Vec<usize> = Vec::new();
        for _ in 0..count {
            let index = usize::try_from(self.count(UNSIGNED)?).ok()?;
            if indexes.last().is_some_and(|last| *last >= index) {
                return None;
            }
            indexes.push(index);
        }
        Some(indexes)
    }

    /// A map of 0, 1, 2 and so on, in this order, to different numbers.
    fn labels(&mut self) -> Option<Vec<u64>> {
        let count = self.count(MAP).filter(|it| *it <= MOST_ITEMS)?;
        let mut labels = Vec::new();
        for expected in 0..count {
            self.count(UNSIGNED).filter(|it| *it == expected)?;
            labels.push(self.count(UNSIGNED).filter(|it| *it <= MOST_ITEMS)?);
        }
        let mut different = labels.clone();
        different.sort_unstable();
        different.dedup();
        (different.len() == labels.len()).then_some(labels)
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn head(&mut self, major: u8, value: u64) {
        let bytes = value.to_be_bytes();
        let (short, length) = match value {
            0..24 => (bytes.last().copied().unwrap_or_default(), 0),
            24..0x100 => (24, 1),
            0x100..0x1_0000 => (25, 2),
            0x1_0000..0x1_0000_0000 => (26, 4),
            _ => (27, 8),
        };
        self.0.push((major << 5) | short);
        self.0.extend(bytes.iter().skip(8 - length));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.head(BYTES, bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn encode(self) -> String {
        let bytes = Zeroizing::new(self.0);
        format!("u{}", base64url::encode(&bytes))
    }
}

const _: () = assert!(PSEUDONYM_BYTES == POINT, "a pseudonym is a point");
