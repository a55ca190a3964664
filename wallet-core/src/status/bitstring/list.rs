//! The bitstring itself (Bitstring Status List 1.0 §2.2, §3.3, §3.4): statuses of one size, the first in the leftmost
//! bits. A Token Status List counts the other way round: from the least significant bit of each byte.
//!
//! Decoding refuses everything but whole GZIP members in unpadded base64url with the multibase prefix `u` whose content
//! stays under the caller's bound.

use jigap_keys::base64url;

use super::gzip::{gunzip, gzip};
use crate::status::{StatusList, StatusValue};

/// Fewest entries of a list (§3.2): what one credential's status is hidden among.
pub const MIN_ENTRIES: u64 = 131_072;
/// Fewest bytes of a list, before compression (§2.2).
const MIN_BYTES: usize = 16 * 1024;

/// How many bits one status takes: `statusSize`, 1 to 64 here. The specification sets no upper bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusSize(u8);

/// The statuses of many credentials. What size they have is known to who refers to them.
#[derive(Clone, PartialEq, Eq)]
pub struct Bitstring {
    bytes: Vec<u8>,
}

/// Why a bitstring could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BitstringError {
    /// `encodedList` is not unpadded base64url with the prefix `u`: the status issuer's fault.
    #[error("the list is not base64url in multibase")]
    NotMultibase,
    /// `encodedList` is not made of whole GZIP members: the status issuer's fault.
    #[error("the list is not GZIP")]
    NotGzip,
    /// The list decompresses to more bytes than allowed: the status issuer's fault.
    #[error("the decompressed list is larger than allowed")]
    TooLarge,
    /// The index lies outside the list: the caller's fault.
    #[error("the index lies outside the list")]
    OutOfRange,
    /// The value does not fit the size: the caller's fault.
    #[error("the value does not fit the status size")]
    ValueTooWide,
}

impl StatusSize {
    /// What a status has that is only set or unset.
    pub const ONE: Self = Self(1);

    /// The size of `bits`; `None` unless that is 1 to 64.
    pub const fn new(bits: u64) -> Option<Self> {
        if bits >= 1 && bits <= 64 { Some(Self(bits as u8)) } else { None }
    }

    /// 1 to 64.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The largest value that fits.
    pub const fn max(self) -> u64 {
        u64::MAX >> (64 - self.0)
    }
}

impl Bitstring {
    /// The bound we decode foreign lists under: 4 MiB, which is 33 million one-bit statuses.
    pub const MAX_BYTES: usize = 4 * 1024 * 1024;

    /// A list for `entries` statuses of `size`, all 0: at least the fewest that the specification allows.
    pub fn new(entries: usize, size: StatusSize) -> Self {
        let bits = entries.max(MIN_ENTRIES as usize).saturating_mul(usize::from(size.0));
        Self { bytes: vec![0; bits.div_ceil(8)] }
    }

    /// A list over bytes that are packed already, filled up to the fewest that the specification allows.
    pub fn from_bytes(mut bytes: Vec<u8>) -> Self {
        bytes.resize(bytes.len().max(MIN_BYTES), 0);
        Self { bytes }
    }

    /// The one-bit list of the places where `statuses` say `value`: what a list of one purpose (`revocation`) makes of a
    /// list of several values.
    pub fn marking(statuses: &StatusList, value: StatusValue) -> Self {
        let marked = |index| u8::from(statuses.get(index) == Some(value));
        let byte = |first: u64| (first..first + 8).fold(0, |byte, index| byte << 1 | marked(index));
        Self::from_bytes((0..statuses.len().div_ceil(8)).map(|number| byte(number * 8)).collect())
    }

    /// The list of the same statuses, each with all of its bits.
    pub fn holding(statuses: &StatusList) -> Self {
        let size = StatusSize(statuses.bits().get());
        let mut list = Self::from_bytes(vec![0; statuses.as_bytes().len()]);
        for (index, value) in (0..statuses.len()).filter_map(|index| Some((index, statuses.get(index)?))) {
            // It lies inside, and fits: the lists are of one length and one size.
            let _ = list.set(index, size, value.0.into());
        }
        list
    }

    /// Decodes `encodedList`, whose content is at most `max_bytes` bytes.
    pub fn decode(encoded: &str, max_bytes: usize) -> Result<Self, BitstringError> {
        let compressed = encoded.strip_prefix('u').and_then(|text| base64url::decode(text).ok());
        let compressed = compressed.ok_or(BitstringError::NotMultibase)?;
        Ok(Self { bytes: gunzip(&compressed, max_bytes)? })
    }

    /// `encodedList`: the list compressed at the best level, as multibase.
    pub fn encode(&self) -> String {
        format!("u{}", base64url::encode(gzip(&self.bytes)))
    }

    /// The packed bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many statuses of `size` the list holds.
    pub const fn entries(&self, size: StatusSize) -> u64 {
        (self.bytes.len() as u64).saturating_mul(8) / size.0 as u64
    }

    /// The status of `size` at `index`; `None` outside the list.
    pub fn get(&self, index: u64, size: StatusSize) -> Option<u64> {
        let place = Place::of(index, size)?;
        let bytes = self.bytes.get(place.first..=place.last)?;
        // At most nine bytes: a status of 64 bits that begins within the first.
        let word = bytes.iter().fold(0_u128, |word, byte| word << 8 | u128::from(*byte));
        u64::try_from((word >> place.after) & u128::from(size.max())).ok()
    }

    /// Writes the status of `size` at `index`.
    pub fn set(&mut self, index: u64, size: StatusSize, value: u64) -> Result<(), BitstringError> {
        if value > size.max() {
            return Err(BitstringError::ValueTooWide);
        }
        let place = Place::of(index, size).ok_or(BitstringError::OutOfRange)?;
        let bytes = self.bytes.get_mut(place.first..=place.last).ok_or(BitstringError::OutOfRange)?;
        let (mut mask, mut bits) = (u128::from(size.max()) << place.after, u128::from(value) << place.after);
        for byte in bytes.iter_mut().rev() {
            let [low, ..] = mask.to_le_bytes();
            let [new, ..] = bits.to_le_bytes();
            *byte = *byte & !low | new;
            (mask, bits) = (mask >> 8, bits >> 8);
        }
        Ok(())
    }
}

/// The bytes a status lies in, and how many bits come after it in the last.
struct Place {
    first: usize,
    last: usize,
    after: u32,
}

impl Place {
    fn of(index: u64, size: StatusSize) -> Option<Self> {
        let begins = index.checked_mul(u64::from(size.0))?;
        let last_bit = begins.checked_add(u64::from(size.0) - 1)?;
        Some(Self {
            first: usize::try_from(begins / 8).ok()?,
            last: usize::try_from(last_bit / 8).ok()?,
            after: u32::try_from(7 - last_bit % 8).ok()?,
        })
    }
}

impl std::fmt::Debug for Bitstring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bitstring({} bytes)", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::status::StatusBits;

    const LIMIT: usize = Bitstring::MAX_BYTES;
    /// §2.2, the example: 131,072 entries, none set.
    const EXAMPLE: &str = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA";

    fn size(bits: u64) -> StatusSize {
        StatusSize::new(bits).unwrap()
    }

    #[test]
    fn the_example_of_the_specification_is_a_list_of_the_fewest_entries() {
        let list = Bitstring::decode(EXAMPLE, LIMIT).unwrap();
        assert_eq!(list, Bitstring::new(0, StatusSize::ONE));
        assert_eq!(list.entries(StatusSize::ONE), MIN_ENTRIES);
        assert_eq!(list.as_bytes().len(), MIN_BYTES);
        assert_eq!(Bitstring::decode(&list.encode(), LIMIT).unwrap(), list);
    }

    /// §2.2: index 0 is the leftmost bit, the last index the rightmost; Token Status List §4.1 has it the other way.
    #[test]
    fn the_first_index_is_the_leftmost_bit() {
        let mut list = Bitstring::new(0, StatusSize::ONE);
        for index in [0, 9, MIN_ENTRIES - 1] {
            list.set(index, StatusSize::ONE, 1).unwrap();
        }
        let bytes = list.as_bytes();
        assert_eq!((bytes[0], bytes[1], bytes[MIN_BYTES - 1]), (0b1000_0000, 0b0100_0000, 0b0000_0001));
        let mut other = StatusList::new(StatusBits::One, 131_072);
        other.set(0, StatusValue::INVALID).unwrap();
        assert_eq!(other.as_bytes()[0], 0b0000_0001);
        let two = size(2);
        let mut list = Bitstring::new(0, two);
        list.set(0, two, 0b10).unwrap();
        list.set(3, two, 0b01).unwrap();
        assert_eq!(list.as_bytes()[0], 0b1000_0001);
        assert_eq!((list.get(0, two), list.get(1, two), list.get(3, two)), (Some(2), Some(0), Some(1)));
    }

    #[test]
    fn a_list_of_one_value_marks_just_the_places_that_have_it() {
        for bits in [StatusBits::One, StatusBits::Two, StatusBits::Four, StatusBits::Eight] {
            let mut statuses = StatusList::new(bits, 200_000);
            for index in [0, 1, 5, 131_073, 199_999] {
                statuses.set(index, StatusValue::INVALID).unwrap();
            }
            if bits != StatusBits::One {
                statuses.set(2, StatusValue::SUSPENDED).unwrap();
            }
            let revoked = Bitstring::marking(&statuses, StatusValue::INVALID);
            assert_eq!(revoked.entries(StatusSize::ONE), 200_000);
            let set: Vec<u64> =
                (0..200_000).filter(|index| revoked.get(*index, StatusSize::ONE) == Some(1)).collect();
            assert_eq!(set, [0, 1, 5, 131_073, 199_999]);
        }
        let short = Bitstring::marking(&StatusList::new(StatusBits::Two, 8), StatusValue::INVALID);
        assert_eq!(short.entries(StatusSize::ONE), MIN_ENTRIES);
    }

    #[test]
    fn a_list_of_all_bits_says_of_each_place_what_the_other_order_says() {
        for bits in [StatusBits::One, StatusBits::Two, StatusBits::Four, StatusBits::Eight] {
            let mut statuses = StatusList::new(bits, 200_000);
            for (index, value) in [(0, 1), (1, bits.max()), (5, bits.max() - 1), (199_999, 1)] {
                statuses.set(index, StatusValue(value)).unwrap();
            }
            let list = Bitstring::holding(&statuses);
            let size = size(bits.get().into());
            assert_eq!(list.entries(size), 200_000);
            for index in 0..200_000 {
                let value = statuses.get(index).map(|value| u64::from(value.0));
                assert_eq!(list.get(index, size), value, "{index} of {bits:?}");
            }
        }
        assert_eq!(Bitstring::holding(&StatusList::new(StatusBits::Two, 8)).as_bytes().len(), MIN_BYTES);
    }

    #[test]
    fn what_is_not_gzip_in_multibase_is_refused() {
        let encoded = Bitstring::new(0, StatusSize::ONE).encode();
        let body = &encoded[1..];
        for wrong in [
            String::new(),
            "u".repeat(2),
            body.to_owned(),
            format!("m{body}"),
            format!("U{body}"),
            format!("{encoded}="),
            format!("u{body}\n"),
            format!("u {body}"),
            "u+/+/".to_owned(),
        ] {
            assert_eq!(Bitstring::decode(&wrong, LIMIT), Err(BitstringError::NotMultibase), "{wrong}");
        }
        let zlib = StatusList::new(StatusBits::One, 131_072).encode();
        for wrong in ["u".to_owned(), format!("u{zlib}"), format!("u{}", base64url::encode([0; 16384]))] {
            assert_eq!(Bitstring::decode(&wrong, LIMIT), Err(BitstringError::NotGzip));
        }
    }

    #[test]
    fn a_decompression_bomb_stops_at_the_bound() {
        let bomb = format!("u{}", base64url::encode(gzip(&vec![0; 64 * 1024 * 1024])));
        assert!(bomb.len() < 100_000);
        assert_eq!(Bitstring::decode(&bomb, LIMIT), Err(BitstringError::TooLarge));
        // In many small members, too.
        let members = gzip(&[0; 100]).repeat(1000);
        let bomb = format!("u{}", base64url::encode(members));
        assert_eq!(Bitstring::decode(&bomb, 50_000), Err(BitstringError::TooLarge));
    }

    #[test]
    fn what_does_not_fit_is_neither_read_nor_written() {
        let mut list = Bitstring::new(0, StatusSize::ONE);
        let one = StatusSize::ONE;
        assert_eq!(list.set(0, one, 2), Err(BitstringError::ValueTooWide));
        assert_eq!(list.set(MIN_ENTRIES, one, 1), Err(BitstringError::OutOfRange));
        assert_eq!(list.set(u64::MAX, one, 1), Err(BitstringError::OutOfRange));
        assert_eq!((list.get(MIN_ENTRIES, one), list.get(u64::MAX, one)), (None, None));
        // 131,072 bits hold 43,690 statuses of three bits, and two bits more.
        assert_eq!(list.entries(size(3)), 43_690);
        assert!(list.get(43_689, size(3)).is_some());
        assert_eq!(
            (list.get(43_690, size(3)), list.set(43_690, size(3), 0)),
            (None, Err(BitstringError::OutOfRange))
        );
        for bits in [0, 65, u64::MAX] {
            assert_eq!(StatusSize::new(bits), None, "{bits}");
        }
        assert_eq!((size(1).max(), size(8).max(), size(64).max()), (1, 255, u64::MAX));
    }

    proptest! {
        /// Against a model that knows bits alone.
        #[test]
        fn statuses_of_every_size_lie_side_by_side(bits in 1_u64..=64, writes in proptest::collection::vec((0_u64..40, any::<u64>()), 1..40)) {
            let size = size(bits);
            let mut list = Bitstring { bytes: vec![0; 400] };
            let mut model = vec![false; 3200];
            for (index, value) in writes {
                let value = value & size.max();
                list.set(index, size, value).unwrap();
                for bit in 0..bits {
                    let place = usize::try_from(index * bits + bit).unwrap();
                    model[place] = value >> (bits - 1 - bit) & 1 == 1;
                }
            }
            for index in 0..40 {
                let first = usize::try_from(index * bits).unwrap();
                let width = usize::try_from(bits).unwrap();
                let expected = model[first..first + width].iter().fold(0_u64, |value, bit| value << 1 | u64::from(*bit));
                prop_assert_eq!(list.get(index, size), Some(expected));
            }
            let decoded = Bitstring::decode(&list.encode(), LIMIT).unwrap();
            prop_assert_eq!(decoded, list);
        }
    }
}
