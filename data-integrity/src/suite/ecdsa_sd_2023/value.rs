//! Proof values of `ecdsa-sd-2023` (VC-DI-ECDSA 1.0 §3.5.2, §3.5.3, §3.5.5 to §3.5.8): three bytes of header and an array of
//! five in CBOR (RFC 8949), as base64url.
//!
//! Read strictly: definite lengths in their shortest form, no tags, nothing behind the array. Refused too: labels that are
//! not those of `c14n0` to the last without a gap, a label twice (one blank node could be shown as two), indexes that do not
//! ascend, more signatures than [`MOST_SIGNATURES`].

use jigap_keys::base64url;

use crate::ProofError;
use crate::selective::pointer::{MOST_POINTERS, Pointer};

const BASE: [u8; 3] = [0xd9, 0x5d, 0x00];
const DERIVED: [u8; 3] = [0xd9, 0x5d, 0x01];

pub(super) const SIGNATURE: usize = 64;
/// A Multikey's prefix of two bytes and a compressed point.
pub(super) const KEY: usize = 35;
pub(super) const LABEL: usize = 32;
/// How many statements can be disclosed one by one.
pub(super) const MOST_SIGNATURES: usize = 4096;
/// The longest text of a proof value: as many signatures, labels and indexes, and some pointers.
const MOST_TEXT: usize = 1 << 20;

const MALFORMED: ProofError = ProofError::MalformedProof("proofValue");

/// What the issuer hands to the holder.
#[derive(Clone, PartialEq)]
pub(in crate::suite) struct Base {
    pub(super) signature: [u8; SIGNATURE],
    pub(super) public_key: [u8; KEY],
    pub(super) hmac_key: [u8; 32],
    pub(super) signatures: Vec<[u8; SIGNATURE]>,
    pub(super) mandatory: Vec<Pointer>,
}

impl Base {
    pub(super) fn read(text: &str) -> Result<Self, ProofError> {
        let bytes = decode(text, BASE)?;
        let mut reader = Reader(&bytes);
        reader.five()?;
        let signature = reader.bytes()?;
        let public_key = reader.bytes()?;
        let hmac_key = reader.bytes()?;
        let signatures = reader.array(MOST_SIGNATURES, Reader::bytes)?;
        let mandatory = reader.array(MOST_POINTERS, |reader| Pointer::parse(reader.text()?))?;
        reader.end()?;
        Ok(Self { signature, public_key, hmac_key, signatures, mandatory })
    }

    /// The proof value with the issuer's signature.
    pub(in crate::suite) fn signed(mut self, signature: &[u8]) -> Result<String, ProofError> {
        self.signature = signature.try_into().map_err(|_| MALFORMED)?;
        Ok(self.write())
    }

    pub(super) fn write(&self) -> String {
        let mut writer = Writer::new(BASE);
        writer.bytes(&self.signature);
        writer.bytes(&self.public_key);
        writer.bytes(&self.hmac_key);
        writer.head(ARRAY, self.signatures.len());
        self.signatures.iter().for_each(|signature| writer.bytes(signature));
        writer.head(ARRAY, self.mandatory.len());
        for pointer in &self.mandatory {
            let text = pointer.to_string();
            writer.head(TEXT, text.len());
            writer.0.extend_from_slice(text.as_bytes());
        }
        writer.finish()
    }
}

/// What the holder shows to a verifier.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Derived {
    pub(super) signature: [u8; SIGNATURE],
    pub(super) public_key: [u8; KEY],
    pub(super) signatures: Vec<[u8; SIGNATURE]>,
    /// The label at `n` is that of `c14n` and `n`.
    pub(super) labels: Vec<[u8; LABEL]>,
    /// Ascending.
    pub(super) mandatory: Vec<usize>,
}

impl Derived {
    pub(super) fn read(text: &str) -> Result<Self, ProofError> {
        let bytes = decode(text, DERIVED)?;
        let mut reader = Reader(&bytes);
        reader.five()?;
        let signature = reader.bytes()?;
        let public_key = reader.bytes()?;
        let signatures = reader.array(MOST_SIGNATURES, Reader::bytes)?;
        let labels = reader.labels()?;
        let mandatory = reader.array(MOST_TEXT, |reader| reader.number(UNSIGNED))?;
        reader.end()?;
        if !mandatory.is_sorted_by(|one, next| one < next) {
            return Err(MALFORMED);
        }
        Ok(Self { signature, public_key, signatures, labels, mandatory })
    }

    pub(super) fn write(&self) -> String {
        let mut writer = Writer::new(DERIVED);
        writer.bytes(&self.signature);
        writer.bytes(&self.public_key);
        writer.head(ARRAY, self.signatures.len());
        self.signatures.iter().for_each(|signature| writer.bytes(signature));
        writer.head(MAP, self.labels.len());
        for (number, label) in self.labels.iter().enumerate() {
            writer.head(UNSIGNED, number);
            writer.bytes(label);
        }
        writer.head(ARRAY, self.mandatory.len());
        self.mandatory.iter().for_each(|index| writer.head(UNSIGNED, *index));
        writer.finish()
    }
}

fn decode(text: &str, header: [u8; 3]) -> Result<Vec<u8>, ProofError> {
    let text = text.strip_prefix('u').filter(|text| text.len() <= MOST_TEXT).ok_or(MALFORMED)?;
    let bytes = base64url::decode(text).map_err(|_| MALFORMED)?;
    bytes.strip_prefix(&header).map(<[u8]>::to_vec).ok_or(MALFORMED)
}

const UNSIGNED: u8 = 0;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;

/// What is left to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ProofError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(MALFORMED)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The number in the head of an item of type `major` (RFC 8949 §3), which is its value or its length.
    fn number(&mut self, major: u8) -> Result<usize, ProofError> {
        let [first] = self.take(1)? else { return Err(MALFORMED) };
        if first >> 5 != major {
            return Err(MALFORMED);
        }
        let (width, least) = match first & 0x1f {
            small @ 0..24 => return Ok(usize::from(small)),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            _ => return Err(MALFORMED),
        };
        let number = self.take(width)?.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        if number < least {
            return Err(MALFORMED);
        }
        usize::try_from(number).map_err(|_| MALFORMED)
    }

    fn five(&mut self) -> Result<(), ProofError> {
        if self.number(ARRAY)? == 5 { Ok(()) } else { Err(MALFORMED) }
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], ProofError> {
        if self.number(BYTES)? != N {
            return Err(MALFORMED);
        }
        self.take(N)?.try_into().map_err(|_| MALFORMED)
    }

    fn text(&mut self) -> Result<&'a str, ProofError> {
        let length = self.number(TEXT)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| MALFORMED)
    }

    fn array<T>(
        &mut self,
        most: usize,
        item: impl Fn(&mut Self) -> Result<T, ProofError>,
    ) -> Result<Vec<T>, ProofError> {
        let count = self.number(ARRAY)?;
        // Each item takes a byte at least.
        if count > most || count > self.0.len() {
            return Err(MALFORMED);
        }
        (0..count).map(|_| item(self)).collect()
    }

    fn labels(&mut self) -> Result<Vec<[u8; LABEL]>, ProofError> {
        let count = self.number(MAP)?;
        if count > self.0.len() / LABEL {
            return Err(MALFORMED);
        }
        let mut labels = vec![None; count];
        for _ in 0..count {
            // In any order: RFC 8949 gives maps none.
            let slot =
                labels.get_mut(self.number(UNSIGNED)?).filter(|slot| slot.is_none()).ok_or(MALFORMED)?;
            *slot = Some(self.bytes()?);
        }
        let labels: Vec<[u8; LABEL]> = labels.into_iter().flatten().collect();
        let distinct: std::collections::BTreeSet<_> = labels.iter().collect();
        if distinct.len() == labels.len() { Ok(labels) } else { Err(MALFORMED) }
    }

    fn end(&self) -> Result<(), ProofError> {
        if self.0.is_empty() { Ok(()) } else { Err(MALFORMED) }
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn new(header: [u8; 3]) -> Self {
        let mut writer = Self(header.to_vec());
        writer.head(ARRAY, 5);
        writer
    }

    /// Shortest form; whatever is written here is shorter than 4 GiB.
    fn head(&mut self, major: u8, number: usize) {
        let major = major << 5;
        let bytes = u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
        let [.., high, low] = bytes;
        match number {
            0..24 => self.0.push(major | low),
            24..0x100 => self.0.extend_from_slice(&[major | 24, low]),
            0x100..0x1_0000 => self.0.extend_from_slice(&[major | 25, high, low]),
            _ => {
                self.0.push(major | 26);
                self.0.extend_from_slice(&bytes);
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.head(BYTES, bytes.len());
        self.0.extend_from_slice(bytes);
    }

    fn finish(self) -> String {
        format!("u{}", base64url::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived() -> Derived {
        Derived {
            signature: [1; SIGNATURE],
            public_key: [2; KEY],
            signatures: vec![[3; SIGNATURE]; 300],
            labels: (0..30).map(|number| [number; LABEL]).collect(),
            mandatory: vec![0, 23, 24, 255, 256, 65_535, 65_536],
        }
    }

    fn base() -> Base {
        Base {
            signature: [1; SIGNATURE],
            public_key: [2; KEY],
            hmac_key: [4; 32],
            signatures: vec![[3; SIGNATURE]; 2],
            mandatory: vec![Pointer::parse("/issuer").unwrap(), Pointer::parse("/a~1b/0").unwrap()],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(Derived::read(&derived().write()), Ok(derived()));
        assert!(Base::read(&base().write()) == Ok(base()));
    }

    #[test]
    fn a_base_proof_is_no_derived_one() {
        assert_eq!(Derived::read(&base().write()), Err(MALFORMED));
        assert!(Base::read(&derived().write()) == Err(MALFORMED));
    }

    #[test]
    fn malformed_values_are_refused() {
        let bytes = base64url::decode(derived().write().strip_prefix('u').unwrap()).unwrap();
        let read = |bytes: &[u8]| Derived::read(&format!("u{}", base64url::encode(bytes)));
        assert!(read(&bytes).is_ok());
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), Err(MALFORMED), "{length}");
        }
        assert_eq!(read(&[&bytes[..], &[0]].concat()), Err(MALFORMED));
        // Another header, another count, a tag, an indefinite length, a length in a longer form than it needs.
        for (at, with) in [
            (1, vec![0x5c]),
            (2, vec![0x02]),
            (3, vec![0x84]),
            (3, vec![0x9f]),
            (3, vec![0x98, 5]),
            (3, vec![0xc0, 0x85]),
            (4, vec![0x59, 0]),
            (4, vec![0x78]),
        ] {
            let changed = [&bytes[..at], &with, &bytes[at + 1..]].concat();
            assert_eq!(read(&changed), Err(MALFORMED), "{at} {with:?}");
        }
        let text = derived().write();
        for text in ["", "u", "z", &text[1..], &format!("{text}="), &format!("m{}", &text[1..])] {
            assert_eq!(Derived::read(text), Err(MALFORMED));
        }
        assert_eq!(Derived::read(&format!("u{}", "A".repeat(MOST_TEXT + 1))), Err(MALFORMED));
    }

    #[test]
    fn indexes_that_do_not_ascend_and_labels_twice_are_refused() {
        for mandatory in [vec![0, 0], vec![1, 0], vec![0, 2, 2]] {
            assert_eq!(Derived::read(&Derived { mandatory, ..derived() }.write()), Err(MALFORMED));
        }
        let labels = vec![[7; LABEL]; 2];
        assert_eq!(Derived::read(&Derived { labels, ..derived() }.write()), Err(MALFORMED));
        let signatures = vec![[3; SIGNATURE]; MOST_SIGNATURES + 1];
        assert_eq!(Derived::read(&Derived { signatures, ..derived() }.write()), Err(MALFORMED));
    }

    #[test]
    fn a_label_map_has_every_number_once() {
        let written = Derived { labels: vec![[1; LABEL], [2; LABEL]], ..derived() };
        let bytes = base64url::decode(written.write().strip_prefix('u').unwrap()).unwrap();
        let map = bytes.windows(4).position(|window| window == [0xa2, 0x00, 0x58, 0x20]).unwrap();
        let read = |first: u8, second: u8| {
            let mut bytes = bytes.clone();
            (bytes[map + 1], bytes[map + 2 + 34]) = (first, second);
            Derived::read(&format!("u{}", base64url::encode(bytes)))
        };
        assert_eq!(read(0, 1), Ok(written.clone()));
        assert_eq!(read(1, 0).map(|read| read.labels), Ok(vec![[2; LABEL], [1; LABEL]]));
        for (first, second) in [(0, 0), (1, 1), (0, 2), (1, 2), (0x20, 1)] {
            assert_eq!(read(first, second), Err(MALFORMED), "{first} {second}");
        }
    }
}
