//! GZIP (RFC 1952), as status lists are compressed by it.
//!
//! Read is a series of one or more whole members (§2.2), each with its header, checksum and length as they must be;
//! anything before, between or after them is refused, and content beyond the caller's bound.

use std::io::Write as _;

use flate2::write::GzEncoder;
use flate2::{Compression, Crc, Decompress};

use super::BitstringError;
use crate::status::inflate::{InflateError, inflate};

/// Flags of a member's header (§2.3.1).
const HEADER_CHECKSUM: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

/// The content of `compressed`, at most `limit` bytes.
pub(super) fn gunzip(compressed: &[u8], limit: usize) -> Result<Vec<u8>, BitstringError> {
    let mut content = Vec::new();
    let mut rest = compressed;
    loop {
        rest = member(rest, &mut content, limit)?;
        if rest.is_empty() {
            content.shrink_to_fit();
            return Ok(content);
        }
    }
}

#[expect(clippy::expect_used, reason = "writing to a Vec cannot fail")]
pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).and_then(|()| encoder.finish()).expect("a Vec takes every byte")
}

/// Appends the content of the member that `bytes` begin with; answers what comes after it.
fn member<'b>(bytes: &'b [u8], content: &mut Vec<u8>, limit: usize) -> Result<&'b [u8], BitstringError> {
    let malformed = BitstringError::NotGzip;
    let stream = header(bytes).and_then(|end| bytes.get(end..)).ok_or(malformed)?;
    let begins = content.len();
    let read = inflate(Decompress::new(false), stream, content, limit).map_err(|error| match error {
        InflateError::Malformed => malformed,
        InflateError::TooLarge => BitstringError::TooLarge,
    })?;
    let own = content.get(begins..).ok_or(malformed)?;
    let mut checksum = Crc::new();
    checksum.update(own);
    let (trailer, after) = stream.get(read..).and_then(|rest| rest.split_at_checked(8)).ok_or(malformed)?;
    let length = u32::try_from(own.len()).map_err(|_| malformed)?;
    if trailer == [checksum.sum().to_le_bytes(), length.to_le_bytes()].concat() {
        Ok(after)
    } else {
        Err(malformed)
    }
}

/// Where a member's header ends (§2.3).
fn header(bytes: &[u8]) -> Option<usize> {
    let &[0x1F, 0x8B, 8, flags, ..] = bytes else { return None };
    if flags & RESERVED != 0 {
        return None;
    }
    let mut end = 10;
    if flags & EXTRA != 0 {
        let length = bytes.get(end..end + 2)?.try_into().ok().map(u16::from_le_bytes)?;
        end += 2 + usize::from(length);
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            end += 1 + bytes.get(end..)?.iter().position(|byte| *byte == 0)?;
        }
    }
    if flags & HEADER_CHECKSUM != 0 {
        let mut checksum = Crc::new();
        checksum.update(bytes.get(..end)?);
        let [low, high, ..] = checksum.sum().to_le_bytes();
        if bytes.get(end..end + 2)? != [low, high] {
            return None;
        }
        end += 2;
    }
    (end <= bytes.len()).then_some(end)
}

#[cfg(test)]
mod tests {
    use flate2::GzBuilder;

    use super::*;

    const LIMIT: usize = 1 << 20;

    fn zipped(builder: GzBuilder, content: &[u8]) -> Vec<u8> {
        let mut encoder = builder.write(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_others_may_write_is_read() {
        let content = b"status".repeat(100);
        let named = GzBuilder::new().filename("list").comment("of today").extra([1, 2, 3]).mtime(5);
        for compressed in [gzip(&content), zipped(named, &content)] {
            assert_eq!(gunzip(&compressed, LIMIT).unwrap(), content);
            let twice = [compressed.as_slice(), &gzip(b"more")].concat();
            assert_eq!(gunzip(&twice, LIMIT).unwrap(), [content.as_slice(), b"more"].concat());
        }
        assert_eq!(gunzip(&gzip(b""), LIMIT).unwrap(), b"");
        // A header with its own checksum, which flate2 does not write.
        let plain = gzip(&content);
        let mut checked = plain[..10].to_vec();
        checked[3] = HEADER_CHECKSUM;
        let mut checksum = Crc::new();
        checksum.update(&checked);
        let sum = checksum.sum().to_le_bytes();
        let good = [&checked[..], &sum[..2], &plain[10..]].concat();
        assert_eq!(gunzip(&good, LIMIT).unwrap(), content);
        let bad = [&checked[..], &[sum[0] ^ 1, sum[1]], &plain[10..]].concat();
        assert_eq!(gunzip(&bad, LIMIT), Err(BitstringError::NotGzip));
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let whole = zipped(GzBuilder::new().filename("list").extra([1, 2]), &b"status".repeat(100));
        for end in 0..whole.len() {
            assert_eq!(gunzip(&whole[..end], LIMIT), Err(BitstringError::NotGzip), "cut at {end}");
        }
        for trailing in [&[0][..], &whole[..5], b"garbage garbage garbage"] {
            let longer = [whole.as_slice(), trailing].concat();
            assert_eq!(gunzip(&longer, LIMIT), Err(BitstringError::NotGzip));
        }
        for position in (0..4).chain(whole.len() - 8..whole.len()) {
            let mut broken = whole.clone();
            broken[position] ^= if position == 3 { RESERVED } else { 1 };
            assert_eq!(gunzip(&broken, LIMIT), Err(BitstringError::NotGzip), "byte {position}");
        }
    }

    #[test]
    fn the_bound_is_on_all_members_together() {
        let one = gzip(&[0; 600]);
        assert!(gunzip(&one, 600).is_ok());
        assert_eq!(gunzip(&one, 599), Err(BitstringError::TooLarge));
        let two = [one.as_slice(), &one].concat();
        assert!(gunzip(&two, 1200).is_ok());
        assert_eq!(gunzip(&two, 1199), Err(BitstringError::TooLarge));
    }
}
