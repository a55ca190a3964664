//! COSE as Jigap uses it (RFC 9052): [`Sign1`] signed by ES256, ES384, ES512 or EdDSA, [`Mac0`] by HMAC 256/256, and nothing else.
//!
//! Everything signed in CBOR passes here: mdocs (ISO 18013-5), status lists as CWT, credentials secured by COSE. No format is
//! known here: a message has a [`Header`], a payload of bytes that may be [detached](Sign1::verify_detached), and external
//! data. A [`Sign1`] is foreign until its signature is verified; what is signed is the bytes as they came.
//!
//! Refused beyond bad signatures: what is not strict CBOR within its limits ([`crate::cbor`]), a header with a label twice,
//! also over both of its maps; an `alg` outside the protected header or not on the list; `crit` with anything that is not
//! understood.

mod claims;
mod header;
mod mac0;
mod sign1;

pub use claims::CwtClaims;
pub(crate) use claims::numeric_date;
pub use header::{
    ALGORITHM, Algorithm, CERTIFICATES, CRITICAL, HEADER, Header, LABEL_TYP, LABEL_X5CHAIN, MediaType, TYPE,
};
pub use mac0::{Mac0, TAG};
pub use sign1::{FORM, KEY, PAYLOAD, SIGNATURE, Sign1, SignError, UnsignedSign1, VerifiedSign1};

#[cfg(test)]
mod tests;
