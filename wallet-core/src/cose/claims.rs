//! CWT Claims in the protected header (RFC 9597): what whoever signs says of the signature itself.
//!
//! Read are issuer, audience, moments and confirmation (RFC 8392 §3.1, RFC 8747 §3.1); others are ignored. Refused (CO-02): a claim of
//! the wrong type, and a status (Token Status List §6.3), which would have to be looked at and has its place in the payload. What stands in the unprotected header nobody vouches for: it is not read.

use jigap_keys::{PublicKey, Purpose};

use super::header::{HEADER, WRONG_PARAMETER};
use crate::cbor::{self, Item, Limits, Value};
use crate::time::Timestamp;
use crate::verdict::{Reason, Refusal};

/// The label of `CWT Claims` (RFC 9597 §2).
const LABEL_CWT_CLAIMS: i64 = 15;

const ISS: i64 = 1;
const AUD: i64 = 3;
const EXP: i64 = 4;
const NBF: i64 = 5;
const IAT: i64 = 6;
const CNF: i64 = 8;
const STATUS: i64 = 65_535;

const STATUS_IN_HEADER: Reason = Reason::new(
    "cose-status-in-header",
    "a status stands in the header, where none is looked for",
    "상태가 헤더에 있습니다. 헤더에서는 상태를 찾지 않습니다",
);
/// `COSE_Key` of a confirmation (RFC 8747 §3.2).
const COSE_KEY: i64 = 1;

/// The claims of a header that are acted on; each is absent where the header does not say it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CwtClaims {
    /// `iss`
    pub issuer: Option<String>,
    /// `aud`: everybody whom it is for.
    pub audience: Option<Vec<String>>,
    /// `iat`
    pub issued_at: Option<Timestamp>,
    /// `nbf`
    pub not_before: Option<Timestamp>,
    /// `exp`
    pub expires: Option<Timestamp>,
    /// `cnf`: the key that whoever presents must hold. `Some(None)`: one that is not supported.
    pub confirmation: Option<Option<PublicKey>>,
}

impl CwtClaims {
    /// Reads them out of the bytes of a protected header.
    pub(super) fn read(protected: &[u8]) -> Result<Self, Refusal> {
        let wrong = HEADER.refuse(WRONG_PARAMETER);
        if protected.is_empty() {
            return Ok(Self::default());
        }
        let header = cbor::parse(protected, Limits::HEADER).map_err(|_| wrong)?;
        let Some(claims) = header.at(LABEL_CWT_CLAIMS) else { return Ok(Self::default()) };
        claims.as_map().ok_or(wrong)?;
        if claims.at(STATUS).is_some() {
            return Err(HEADER.refuse(STATUS_IN_HEADER));
        }
        let moment = |label| claims.at(label).map(|value| numeric_date(value).ok_or(wrong)).transpose();
        let issuer = claims.at(ISS).map(|iss| iss.as_text().map(str::to_owned).ok_or(wrong)).transpose()?;
        let audience = claims.at(AUD).map(|aud| names(aud).ok_or(wrong)).transpose()?;
        let confirmation = match claims.at(CNF) {
            None => None,
            Some(cnf) => {
                cnf.as_map().ok_or(wrong)?;
                let key = cnf.at(COSE_KEY).map(Item::raw);
                Some(key.and_then(|key| PublicKey::from_cose_key_for(key, Purpose::Signature).ok()))
            }
        };
        Ok(Self {
            issuer,
            audience,
            issued_at: moment(IAT)?,
            not_before: moment(NBF)?,
            expires: moment(EXP)?,
            confirmation,
        })
    }
}

/// A text, or an array of texts (RFC 8392 §3.1.3).
fn names(value: &Item<'_>) -> Option<Vec<String>> {
    let name = |item: &Item<'_>| item.as_text().map(str::to_owned);
    match value.as_array() {
        Some(many) => many.iter().map(name).collect(),
        None => name(value).map(|one| vec![one]),
    }
}

/// A NumericDate (RFC 8392 §2): a number without a tag, its fractions cut off.
pub(crate) fn numeric_date(value: &Item<'_>) -> Option<Timestamp> {
    match value.value() {
        Value::Float(seconds) => {
            let seconds = seconds.value();
            // A float cast saturates: an absurd moment becomes the first or last there is.
            seconds.is_finite().then(|| Timestamp::from_unix(seconds as i64))
        }
        _ => value.as_i64().map(Timestamp::from_unix),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{15: {65535: {}}}`, and the same with `iss` alone.
    #[test]
    fn co_02_a_status_in_the_header_is_refused() {
        let refused = CwtClaims::read(&[0xa1, 0x0f, 0xa1, 0x19, 0xff, 0xff, 0xa0]);
        assert_eq!(refused, Err(HEADER.refuse(STATUS_IN_HEADER)));
        let read = CwtClaims::read(&[0xa1, 0x0f, 0xa1, 0x01, 0x61, b'a']).map(|claims| claims.issuer);
        assert_eq!(read, Ok(Some("a".to_owned())));
    }
}
