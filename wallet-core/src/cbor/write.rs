//! The writer: heads in their shortest form and definite lengths (RFC 8949 §4.2.1), in the order the caller says.

/// Bytes of CBOR in the making. Who begins an array or a map of `n` writes its `n` elements or entries next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// With nothing written.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The same, with room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// An unsigned integer.
    pub fn unsigned(&mut self, number: u64) -> &mut Self {
        self.head(0, number)
    }

    /// An integer.
    pub fn integer(&mut self, number: i64) -> &mut Self {
        match u64::try_from(number) {
            Ok(number) => self.head(0, number),
            // -1 - n, which is the complement of n.
            Err(_) => self.head(1, !(number as u64)),
        }
    }

    /// A byte string.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(2, bytes.len() as u64).raw(bytes)
    }

    /// A text string.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.head(3, text.len() as u64).raw(text.as_bytes())
    }

    /// The head of an array of `length` elements.
    pub fn array(&mut self, length: usize) -> &mut Self {
        self.head(4, length as u64)
    }

    /// The head of a map of `length` entries.
    pub fn map(&mut self, length: usize) -> &mut Self {
        self.head(5, length as u64)
    }

    /// A tag: the tagged item comes next.
    pub fn tag(&mut self, tag: u64) -> &mut Self {
        self.head(6, tag)
    }

    /// An embedded item (`#6.24(bstr)`) from its bytes.
    pub fn embedded(&mut self, item: &[u8]) -> &mut Self {
        self.tag(super::TAG_ENCODED_CBOR).bytes(item)
    }

    /// `false` or `true`.
    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.raw(&[0xf4 | u8::from(value)])
    }

    /// `null`.
    pub fn null(&mut self) -> &mut Self {
        self.raw(&[0xf6])
    }

    /// A floating-point number, in the shortest of single and double width that keeps it.
    pub fn float(&mut self, number: f64) -> &mut Self {
        let single = number as f32;
        if f64::from(single) == number {
            return self.raw(&[0xfa]).raw(&single.to_be_bytes());
        }
        self.raw(&[0xfb]).raw(&number.to_be_bytes())
    }

    /// What is CBOR already, as it is.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn head(&mut self, major: u8, argument: u64) -> &mut Self {
        let major = major << 5;
        match argument {
            0..=23 => self.raw(&[major | argument as u8]),
            24..=0xff => self.raw(&[major | 24, argument as u8]),
            0x100..=0xffff => self.raw(&[major | 25]).raw(&(argument as u16).to_be_bytes()),
            0x1_0000..=0xffff_ffff => self.raw(&[major | 26]).raw(&(argument as u32).to_be_bytes()),
            _ => self.raw(&[major | 27]).raw(&argument.to_be_bytes()),
        }
    }
}
