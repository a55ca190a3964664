//! What a holder's proof must have been made for, in whatever format it comes: this request, this verifier, now (RFC 9901 §7.3;
//! OpenID4VP 1.0 §14.1; RFC 7519 §4.1).
//!
//! Each rule answers why the proof breaks it; the format says under which check. An empty nonce or audience fits nothing.

use jigap_keys::constant_time_eq;

use crate::time::{Seconds, Timestamp};
use crate::verdict::Reason;

const OTHER_NONCE: Reason = Reason::new(
    "nonce-mismatch",
    "the presentation answers another request",
    "다른 요청에 답한 제출물입니다",
);
const OTHER_AUDIENCE: Reason = Reason::new(
    "aud-mismatch",
    "the presentation was made for another verifier",
    "다른 확인자에게 낸 제출물입니다",
);
const TOO_OLD: Reason = Reason::new(
    "iat-too-old",
    "the presentation was made at {at}, too long ago",
    "제출물이 {at}에 만들어져 너무 오래되었습니다",
);
const IN_FUTURE: Reason = Reason::new(
    "iat-in-future",
    "the presentation was made at {at}, in the future",
    "제출물이 만들어진 시각 {at}이 미래입니다",
);
const EXPIRED: Reason =
    Reason::new("kb-expired", "the holder's proof ended at {at}", "소지자의 증명이 {at}에 끝났습니다");
const NOT_YET: Reason =
    Reason::new("kb-not-yet", "the holder's proof begins at {at}", "소지자의 증명이 {at}부터 유효합니다");

/// What a holder's proof must be made for: all of it is required, nothing has a default.
#[derive(Debug, Clone, Copy)]
pub struct KeyBindingRequest<'a> {
    /// The verifier's identifier, compared byte by byte.
    pub audience: &'a str,
    /// The request's nonce.
    pub nonce: &'a str,
    /// Now.
    pub now: Timestamp,
    /// How old a holder's proof may be.
    pub max_age: Seconds,
    /// How far the holder's clock may be off.
    pub skew: Seconds,
}

impl KeyBindingRequest<'_> {
    /// Whether the proof answers this request.
    pub(crate) fn require_nonce(&self, nonce: Option<&str>) -> Result<(), Reason> {
        let same = constant_time_eq(nonce.unwrap_or_default().as_bytes(), self.nonce.as_bytes());
        if same && !self.nonce.is_empty() { Ok(()) } else { Err(OTHER_NONCE) }
    }

    /// Whether the proof was made for this verifier.
    pub(crate) fn require_audience(&self, audience: Option<&str>) -> Result<(), Reason> {
        let same = audience == Some(self.audience);
        if same && !self.audience.is_empty() { Ok(()) } else { Err(OTHER_AUDIENCE) }
    }

    /// Whether it was made just now.
    pub(crate) fn require_made(&self, made_at: Timestamp) -> Result<(), Reason> {
        if made_at > self.now.plus(self.skew) {
            return Err(IN_FUTURE.at(made_at));
        }
        if made_at < self.now.minus(self.skew).minus(self.max_age) {
            return Err(TOO_OLD.at(made_at));
        }
        Ok(())
    }

    /// Whether it begins and ends around now, where it says so.
    pub(crate) fn require_within(
        &self,
        begins: Option<Timestamp>,
        ends: Option<Timestamp>,
    ) -> Result<(), Reason> {
        match (begins, ends) {
            (_, Some(ends)) if ends <= self.now.minus(self.skew) => Err(EXPIRED.at(ends)),
            (Some(begins), _) if begins > self.now.plus(self.skew) => Err(NOT_YET.at(begins)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No format is safe where the verifier itself forgot to ask.
    #[test]
    fn a_request_for_nothing_fits_nothing() {
        let nothing = KeyBindingRequest {
            audience: "",
            nonce: "",
            now: Timestamp::from_unix(0),
            max_age: Seconds(0),
            skew: Seconds(0),
        };
        for said in [None, Some(""), Some("x")] {
            assert_eq!(nothing.require_nonce(said), Err(OTHER_NONCE));
            assert_eq!(nothing.require_audience(said), Err(OTHER_AUDIENCE));
        }
        let asked = KeyBindingRequest { audience: "a", nonce: "n", ..nothing };
        assert_eq!((asked.require_nonce(Some("n")), asked.require_audience(Some("a"))), (Ok(()), Ok(())));
        assert_eq!(asked.require_nonce(None), Err(OTHER_NONCE));
    }
}
