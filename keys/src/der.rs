//! Reading DER (X.690 §10), as much of it as PKCS#8 needs: definite lengths in their shortest form, single-byte tags.

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;

/// What is left to read.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The content of the next element, if its tag is `tag`. `None` leaves the reader where it was.
    pub(crate) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match *first {
            short @ 0..=0x7f => (usize::from(short), rest),
            0x81 => {
                let (length, rest) = rest.split_first()?;
                (usize::from(*length), rest)
            }
            0x82 => {
                let (length, rest) = rest.split_first_chunk()?;
                (usize::from(u16::from_be_bytes(*length)), rest)
            }
            _ => return None,
        };
        let shortest = match *first {
            0x81 => length > 0x7f,
            0x82 => length > 0xff,
            _ => true,
        };
        if *found != tag || !shortest {
            return None;
        }
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(content)
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_definite_and_shortest() {
        let long = [&[4, 0x81, 0x80], &[7; 128][..]].concat();
        assert_eq!(Reader::new(&long).take(OCTET_STRING), Some(&[7; 128][..]));
        let longer = [&[4, 0x82, 1, 0], &[7; 256][..]].concat();
        assert_eq!(Reader::new(&longer).take(OCTET_STRING), Some(&[7; 256][..]));
        for bad in [
            &[4, 0x80, 0, 0][..],
            &[4, 0x81, 1, 7],
            &[4, 0x82, 0, 1, 7],
            &[4, 0x84, 0, 0, 0, 1, 7],
            &[4, 2, 7],
            &[4],
            &[],
            &[2, 1, 7],
        ] {
            assert_eq!(Reader::new(bad).take(OCTET_STRING), None, "{bad:?}");
        }
    }
}
