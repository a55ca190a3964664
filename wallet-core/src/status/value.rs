//! Status Types (Token Status List §7): what one number in a list says.

use std::fmt;

/// The status of one credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusValue(pub u8);

impl StatusValue {
    /// 0x00: valid, correct or legal.
    pub const VALID: Self = Self(0);
    /// 0x01: revoked, annulled, taken back, recalled or cancelled; for good.
    pub const INVALID: Self = Self(1);
    /// 0x02: temporarily invalid, hanging or debarred from privilege.
    pub const SUSPENDED: Self = Self(2);

    /// Whether the value's meaning is left to the application: 0x03 and 0x0C to 0x0F (§7.1).
    pub const fn is_application_specific(self) -> bool {
        matches!(self.0, 0x03 | 0x0C..=0x0F)
    }
}

impl fmt::Display for StatusValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::VALID => f.write_str("VALID"),
            Self::INVALID => f.write_str("INVALID"),
            Self::SUSPENDED => f.write_str("SUSPENDED"),
            Self(value) => write!(f, "0x{value:02X}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserved_values_are_the_specifications() {
        let specific: Vec<u8> =
            (0..=255).filter(|value| StatusValue(*value).is_application_specific()).collect();
        assert_eq!(specific, [3, 12, 13, 14, 15]);
        assert_eq!(
            [StatusValue::VALID, StatusValue::INVALID, StatusValue::SUSPENDED, StatusValue(11)]
                .map(|v| v.to_string()),
            ["VALID", "INVALID", "SUSPENDED", "0x0B"]
        );
    }
}
