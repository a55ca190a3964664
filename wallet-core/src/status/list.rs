//! The Status List itself: a packed array of small numbers (Token Status List §4.1) and its JSON form (§4.2).
//!
//! Decoding refuses everything but exactly one complete ZLIB stream (RFC 1950) in unpadded base64url whose content
//! stays under the caller's bound: truncated streams, trailing bytes, wrong checksums and decompression bombs.

use std::io::Write as _;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Decompress};
use jigap_keys::base64url;

use super::StatusValue;
use super::inflate::{InflateError, inflate};

/// How many bits one status takes: `bits` (Token Status List §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusBits {
    /// VALID and INVALID only.
    One,
    /// Also SUSPENDED and one application-specific value.
    Two,
    /// Values up to 15.
    Four,
    /// Values up to 255.
    Eight,
}

/// The statuses of many credentials, one per index, packed from the least significant bit of each byte.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: StatusBits,
    bytes: Vec<u8>,
}

/// Why a list could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatusListError {
    /// `lst` is not unpadded base64url: the status issuer's fault.
    #[error("the list is not base64url")]
    NotBase64,
    /// `lst` is not exactly one complete ZLIB stream: the status issuer's fault.
    #[error("the list is not one complete ZLIB stream")]
    NotZlib,
    /// The list decompresses to more bytes than allowed: the status issuer's fault.
    #[error("the decompressed list is larger than allowed")]
    TooLarge,
    /// The index lies outside the list: the caller's fault.
    #[error("the index lies outside the list")]
    OutOfRange,
    /// The value does not fit the list's bits: the caller's fault.
    #[error("the value does not fit the list's bits")]
    ValueTooWide,
}

impl StatusBits {
    /// The bit size for the JSON integer `bits`; `None` unless it is 1, 2, 4 or 8.
    pub const fn new(bits: u64) -> Option<Self> {
        match bits {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            4 => Some(Self::Four),
            8 => Some(Self::Eight),
            _ => None,
        }
    }

    /// 1, 2, 4 or 8.
    pub const fn get(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    /// Statuses in one byte: 8, 4, 2 or 1.
    pub const fn per_byte(self) -> u64 {
        match self {
            Self::One => 8,
            Self::Two => 4,
            Self::Four => 2,
            Self::Eight => 1,
        }
    }

    /// The largest value that fits, which is also the mask of one status.
    pub const fn max(self) -> u8 {
        match self {
            Self::One => 0b1,
            Self::Two => 0b11,
            Self::Four => 0b1111,
            Self::Eight => 0xFF,
        }
    }
}

impl StatusList {
    /// The bound we decode foreign lists under: 4 MiB, which is 33 million one-bit or 4 million eight-bit statuses.
    pub const MAX_BYTES: usize = 4 * 1024 * 1024;

    /// A list of `entries` statuses, rounded up to whole bytes, all VALID (§13.3: the most common value, so that an
    /// index nobody uses looks like any other).
    pub fn new(bits: StatusBits, entries: usize) -> Self {
        let per_byte = usize::from(8 / bits.get());
        Self { bits, bytes: vec![0; entries.div_ceil(per_byte)] }
    }

    /// A list over bytes that are packed already.
    pub const fn from_bytes(bits: StatusBits, bytes: Vec<u8>) -> Self {
        Self { bits, bytes }
    }

    /// Decodes `lst`: unpadded base64url of one ZLIB stream of at most `max_bytes` bytes of content.
    pub fn decode(bits: StatusBits, lst: &str, max_bytes: usize) -> Result<Self, StatusListError> {
        let compressed = base64url::decode(lst).map_err(|_| StatusListError::NotBase64)?;
        Self::from_zlib(bits, &compressed, max_bytes)
    }

    /// `lst`: the list compressed at the best level, in unpadded base64url (§4.2).
    pub fn encode(&self) -> String {
        base64url::encode(self.to_zlib())
    }

    /// Decodes one ZLIB stream of at most `max_bytes` bytes of content: `lst` in CBOR (§4.3).
    pub fn from_zlib(bits: StatusBits, compressed: &[u8], max_bytes: usize) -> Result<Self, StatusListError> {
        Ok(Self { bits, bytes: unzlib(compressed, max_bytes)? })
    }

    /// `lst` in CBOR: the list compressed at the best level (§4.3).
    pub fn to_zlib(&self) -> Vec<u8> {
        deflate(&self.bytes)
    }

    /// Bits per status.
    pub const fn bits(&self) -> StatusBits {
        self.bits
    }

    /// The packed bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many statuses the list holds: whole bytes, so possibly some more than it was made for.
    pub const fn len(&self) -> u64 {
        (self.bytes.len() as u64).saturating_mul(self.bits.per_byte())
    }

    /// Whether the list holds no status at all.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The status at `index`; `None` outside the list.
    pub fn get(&self, index: u64) -> Option<StatusValue> {
        let (position, shift) = self.locate(index)?;
        self.bytes.get(position).map(|byte| StatusValue((byte >> shift) & self.bits.max()))
    }

    /// Writes `value` at `index`.
    pub fn set(&mut self, index: u64, value: StatusValue) -> Result<(), StatusListError> {
        let mask = self.bits.max();
        if value.0 > mask {
            return Err(StatusListError::ValueTooWide);
        }
        let (position, shift) = self.locate(index).ok_or(StatusListError::OutOfRange)?;
        let byte = self.bytes.get_mut(position).ok_or(StatusListError::OutOfRange)?;
        *byte = (*byte & !(mask << shift)) | (value.0 << shift);
        Ok(())
    }

    /// The byte that holds `index` and the place of its lowest bit in it.
    fn locate(&self, index: u64) -> Option<(usize, u8)> {
        let position = usize::try_from(index / self.bits.per_byte()).ok()?;
        let slot = u8::try_from(index % self.bits.per_byte()).ok()?;
        Some((position, slot * self.bits.get()))
    }
}

impl std::fmt::Debug for StatusList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StatusList({} statuses of {} bits)", self.len(), self.bits.get())
    }
}

/// Content of exactly one ZLIB stream, at most `limit` bytes of it.
fn unzlib(compressed: &[u8], limit: usize) -> Result<Vec<u8>, StatusListError> {
    let mut content = Vec::new();
    let read =
        inflate(Decompress::new(true), compressed, &mut content, limit).map_err(|error| match error {
            InflateError::Malformed => StatusListError::NotZlib,
            InflateError::TooLarge => StatusListError::TooLarge,
        })?;
    if read != compressed.len() {
        return Err(StatusListError::NotZlib);
    }
    content.shrink_to_fit();
    Ok(content)
}

#[expect(clippy::expect_used, reason = "writing to a Vec cannot fail")]
fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).and_then(|()| encoder.finish()).expect("a Vec takes every byte")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::status::vectors;

    const LIMIT: usize = StatusList::MAX_BYTES;

    /// §4.1: one status per row of the specification's two worked examples.
    #[test]
    fn the_examples_of_the_specification_are_packed_and_read_as_it_draws_them() {
        let one = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
        let two = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3];
        for (bits, statuses, bytes, lst) in [
            (StatusBits::One, &one[..], &[0xB9, 0xA3][..], "eNrbuRgAAhcBXQ"),
            (StatusBits::Two, &two[..], &[0xC9, 0x44, 0xF9][..], "eNo76fITAAPfAgc"),
        ] {
            let mut list = StatusList::new(bits, statuses.len());
            for (index, status) in (0..).zip(statuses) {
                list.set(index, StatusValue(*status)).unwrap();
            }
            assert_eq!(list.as_bytes(), bytes);
            assert_eq!(list.encode(), lst);
            let decoded = StatusList::decode(bits, lst, LIMIT).unwrap();
            assert_eq!(decoded, list);
            for (index, status) in (0..).zip(statuses) {
                assert_eq!(decoded.get(index), Some(StatusValue(*status)), "{index}");
            }
            assert_eq!(decoded.get(decoded.len()), None);
        }
    }

    /// §4.2: the same two, as the specification writes them in JSON.
    #[test]
    fn the_short_official_examples_decode_to_the_bytes_they_name() {
        for (file, bytes) in [
            ("status_list_encoding_json.md", &[0xB9, 0xA3][..]),
            ("status_list_encoding2_json.md", &[0xC9, 0x44, 0xF9]),
        ] {
            let (Some(text), Some(list)) = (vectors::read(file), vector(file)) else { return };
            let named: Vec<String> = bytes.iter().map(|byte| format!("{byte:#04x}")).collect();
            assert!(text.contains(&format!("[{}]", named.join(", "))), "{file}");
            assert_eq!(list.as_bytes(), bytes, "{file}");
        }
    }

    /// Appendix "Test vectors for Status List encoding": 2^20 statuses, those named set, all others VALID.
    #[test]
    fn the_official_vectors_decode_to_the_statuses_they_name() {
        let one: Vec<(u64, u8)> =
            [0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345]
                .map(|index| (index, 1))
                .into();
        let two = vec![
            (0, 1),
            (1993, 2),
            (25460, 1),
            (159495, 3),
            (495669, 1),
            (554353, 1),
            (645645, 2),
            (723232, 1),
            (854545, 1),
            (934534, 2),
            (1000345, 3),
        ];
        let four = vec![
            (0, 1),
            (1993, 2),
            (35460, 3),
            (459495, 4),
            (595669, 5),
            (754353, 6),
            (845645, 7),
            (923232, 8),
            (924445, 9),
            (934534, 10),
            (1004534, 11),
            (1000345, 12),
            (1030203, 13),
            (1030204, 14),
            (1030205, 15),
        ];
        for (file, expected) in [
            ("status_list_encoding1_long_json.md", one),
            ("status_list_encoding2_long_json.md", two),
            ("status_list_encoding4_json.md", four),
        ] {
            let Some(list) = vector(file) else { return };
            assert_eq!(list.len(), 1 << 20, "{file}");
            let set: Vec<(u64, u8)> = (0..list.len())
                .filter_map(|index| list.get(index).map(|value| (index, value.0)))
                .filter(|(_, value)| *value != 0)
                .collect();
            let mut expected = expected;
            expected.sort_unstable();
            assert_eq!(set, expected, "{file}");
            assert_eq!(StatusList::decode(list.bits(), &list.encode(), LIMIT).unwrap(), list, "{file}");
        }
    }

    /// The 8-bit vector sets every value from 1 to 255 once.
    #[test]
    fn the_official_eight_bit_vector_holds_every_value() {
        let Some(list) = vector("status_list_encoding8_json.md") else { return };
        for (index, value) in
            [(233_478, 0), (52_451, 1), (576_778, 2), (513_575, 3), (884_834, 8), (55_649, 14)]
        {
            assert_eq!(list.get(index), Some(StatusValue(value)), "{index}");
        }
        let mut seen: Vec<u8> =
            (0..list.len()).filter_map(|index| list.get(index)).map(|v| v.0).filter(|v| *v != 0).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, (1..=255).collect::<Vec<u8>>());
    }

    #[test]
    fn what_is_not_one_zlib_stream_in_base64url_is_refused() {
        let whole = deflate(&[0xB9, 0xA3]);
        let mut checksum = whole.clone();
        *checksum.last_mut().unwrap() ^= 1;
        let mut trailing = whole.clone();
        trailing.push(0);
        let doubled = [whole.clone(), whole.clone()].concat();
        let raw_deflate = whole[2..whole.len() - 4].to_vec();
        for (name, bytes) in [
            ("empty", Vec::new()),
            ("checksum", checksum),
            ("trailing", trailing),
            ("doubled", doubled),
            ("raw deflate", raw_deflate),
            ("gzip", vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            ("preset dictionary", vec![0x78, 0xBB, 0, 0, 0, 1, 3, 0, 0, 0, 0, 1]),
        ] {
            let lst = base64url::encode(bytes);
            assert_eq!(
                StatusList::decode(StatusBits::One, &lst, LIMIT),
                Err(StatusListError::NotZlib),
                "{name}"
            );
        }
        for end in 0..whole.len() {
            let lst = base64url::encode(&whole[..end]);
            assert_eq!(
                StatusList::decode(StatusBits::One, &lst, LIMIT),
                Err(StatusListError::NotZlib),
                "{end}"
            );
        }
        for lst in ["eNrbuRgAAhcBXQ==", "eNrbuRgAAhcBXR", "eNrbuRgA AhcBXQ", "eNrb+RgAAhcBXQ", "é"] {
            assert_eq!(
                StatusList::decode(StatusBits::One, lst, LIMIT),
                Err(StatusListError::NotBase64),
                "{lst}"
            );
        }
    }

    #[test]
    fn a_decompression_bomb_stops_at_the_bound() {
        let lst = base64url::encode(deflate(&vec![0; 64 * 1024 * 1024]));
        assert!(lst.len() < 100_000);
        assert_eq!(StatusList::decode(StatusBits::One, &lst, LIMIT), Err(StatusListError::TooLarge));
        let exact = StatusList::new(StatusBits::Eight, 5000).encode();
        assert!(StatusList::decode(StatusBits::Eight, &exact, 5000).is_ok());
        assert_eq!(StatusList::decode(StatusBits::Eight, &exact, 4999), Err(StatusListError::TooLarge));
    }

    #[test]
    fn a_value_that_does_not_fit_and_an_index_outside_are_refused() {
        let mut list = StatusList::new(StatusBits::One, 8);
        assert_eq!(list.set(0, StatusValue::SUSPENDED), Err(StatusListError::ValueTooWide));
        assert_eq!(list.set(8, StatusValue::INVALID), Err(StatusListError::OutOfRange));
        assert_eq!(list.set(u64::MAX, StatusValue::INVALID), Err(StatusListError::OutOfRange));
        assert_eq!((list.get(8), list.get(u64::MAX)), (None, None));
        for bits in [0, 3, 5, 7, 9, 16, u64::MAX] {
            assert_eq!(StatusBits::new(bits), None, "{bits}");
        }
    }

    proptest! {
        #[test]
        fn writing_one_status_leaves_its_neighbours(size in 1_usize..200, width in 0_usize..4, writes in proptest::collection::vec((0_u64..200, any::<u8>()), 0..50)) {
            let bits = [StatusBits::One, StatusBits::Two, StatusBits::Four, StatusBits::Eight][width];
            let mut list = StatusList::new(bits, size);
            let mut model = vec![0_u8; usize::try_from(list.len()).unwrap()];
            for (index, value) in writes {
                let (index, value) = (index % list.len(), value & bits.max());
                list.set(index, StatusValue(value)).unwrap();
                model[usize::try_from(index).unwrap()] = value;
            }
            let decoded = StatusList::decode(bits, &list.encode(), LIMIT).unwrap();
            for (index, value) in (0..).zip(model) {
                prop_assert_eq!(decoded.get(index), Some(StatusValue(value)));
            }
        }
    }

    /// The list of one JSON vector, whose `lst` is folded over lines, and before which its bytes may be named.
    fn vector(file: &str) -> Option<StatusList> {
        let text = vectors::read(file)?;
        let unfolded: String = text[text.find('{')?..].split_whitespace().collect();
        let json: Value = serde_json::from_str(&unfolded).unwrap();
        let bits = StatusBits::new(json["bits"].as_u64().unwrap()).unwrap();
        Some(StatusList::decode(bits, json["lst"].as_str().unwrap(), LIMIT).unwrap())
    }
}
