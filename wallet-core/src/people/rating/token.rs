//! Tokens to rate with: asked for in a consultation, issued unseen, spent later on one rating (VOPRF, RFC 9497).
//!
//! | who | when | does |
//! |---|---|---|
//! | seeker | what is owed stands | [`Asked::new`], and says [`What::Rate`](crate::people::consultation::What::Rate) with its blinded element |
//! | directory | it took that | [`Receipt::of`], [`Receipt::issue`] |
//! | seeker | at once | [`Asked::finish`]: checks that it was the key that everybody has |
//! | seeker | next month or later, from another connection | [`Token::rate`] |
//! | directory | then | [`Rating::parse`], [`Rating::verify`], [`VerifiedRating::spend`] |
//!
//! The token is no part of what is sent: it authenticates the rating (HMAC), so that who sees a rating pass by cannot make another of it.

use std::fmt;

use jigap_keys::json::{self, Limits};
use jigap_keys::voprf::{Blinding, Element, Output, Proof, VoprfError};
use jigap_keys::{Entropy, base64url, hash, mac};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::batch::{Batch, BatchKey, Period, TokenSecret};
use super::checks::{
    EVALUATED, FORM, KEY, NO_RECEIPT, NO_TOKEN, NOT_EVALUATED, NOT_SUCH, NOT_YET, ONCE, OTHER_BATCH, RECEIPT,
    SPENT, TOKEN, TOO_LATE, WHEN,
};
use crate::people::consultation::signed::Between;
use crate::people::consultation::{Consultation, State};
use crate::people::names::{Bytes32, Digest};
use crate::time::Timestamp;
use crate::verdict::Refusal;

const VERSION: u32 = 1;
const LIMITS: Limits = Limits { bytes: 1_024, depth: 3 };
const LABEL: &str = "jigap rating 1";

/// A token that was asked for: kept until the answer came. Wiped when dropped, never printed.
pub struct Asked {
    input: Zeroizing<[u8; 32]>,
    blinding: Blinding,
}

impl Asked {
    /// A fresh one.
    ///
    /// # Errors
    /// [`VoprfError`] does not occur but once in 2^252.
    pub fn new(entropy: &dyn Entropy) -> Result<Self, VoprfError> {
        let mut input = Zeroizing::new([0; 32]);
        entropy.fill(input.as_mut());
        let blinding = Blinding::new(&*input, entropy)?;
        Ok(Self { input, blinding })
    }

    /// The one that [`secret`](Self::secret) told.
    ///
    /// # Errors
    /// [`VoprfError::Malformed`] for what is none.
    pub fn again(secret: &[u8; 64]) -> Result<Self, VoprfError> {
        let (input, blind) = secret.split_first_chunk::<32>().ok_or(VoprfError::Malformed("input"))?;
        let input = Zeroizing::new(*input);
        let blinding = Blinding::again(&*input, blind)?;
        Ok(Self { input, blinding })
    }

    /// What is kept of it, as secret as the rating is to be.
    pub fn secret(&self) -> Zeroizing<[u8; 64]> {
        let mut secret = Zeroizing::new([0; 64]);
        let blind = self.blinding.secret();
        let parts = self.input.iter().chain(blind.iter());
        secret.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        secret
    }

    /// What is asked with.
    pub const fn blinded(&self) -> Bytes32 {
        Bytes32(self.blinding.blinded().to_bytes())
    }

    /// The token, by what the directory answered for `batch`. Refuses by RA-02 and RA-03.
    pub fn finish(&self, issued: &Issued, batch: &Batch, key: &BatchKey) -> Result<Token, Refusal> {
        if key.batch() != batch {
            return Err(KEY.refuse(OTHER_BATCH));
        }
        let refused = EVALUATED.refuse(NOT_EVALUATED);
        let proof = base64url::decode(&issued.proof).map_err(|_| refused)?;
        let proof = Proof::from_bytes(&proof).map_err(|_| refused)?;
        let evaluated = Element::from_bytes(issued.evaluated.as_bytes()).map_err(|_| refused)?;
        let output = self.blinding.finish(&*self.input, &evaluated, &proof, &key.key).map_err(|_| refused)?;
        Ok(Token { batch: batch.clone(), input: self.input.clone(), output })
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked(redacted)")
    }
}

/// That a seeker asked for their one token in a confirmed consultation. Only made of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    batch: Batch,
    blinded: Bytes32,
}

impl Receipt {
    /// The receipt of a consultation. Refuses by RA-01. The same again whenever it is asked for: one consultation has one.
    pub fn of(consultation: &Consultation, between: &Between) -> Result<Self, Refusal> {
        let refused = RECEIPT.refuse(NO_RECEIPT);
        let State::Rated { blinded, at } = *consultation.state() else { return Err(refused) };
        if consultation.between() != Some(between.digest()) {
            return Err(refused);
        }
        // By when it was asked for and not by when it was confirmed: nobody can ask for one of a batch that is being redeemed. Whether
        // the directory answered all who asked, it alone knows.
        let month = Period::of(at).ok_or(refused)?;
        Ok(Self { batch: Batch { listing: between.listed.clone(), month }, blinded })
    }

    /// Which batch the token is of.
    pub const fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Issues the token, unseen. Refuses by RA-01 what is no element.
    pub fn issue(&self, secret: &TokenSecret, entropy: &dyn Entropy) -> Result<Issued, Refusal> {
        let refused = |_| RECEIPT.refuse(NO_RECEIPT);
        let blinded = Element::from_bytes(self.blinded.as_bytes()).map_err(refused)?;
        let key = secret.key(&self.batch).map_err(refused)?;
        let (evaluated, proof) = key.evaluate(&[blinded], entropy).map_err(refused)?;
        let [evaluated] = evaluated.as_slice() else { return Err(RECEIPT.refuse(NO_RECEIPT)) };
        Ok(Issued { evaluated: Bytes32(evaluated.to_bytes()), proof: base64url::encode(proof.to_bytes()) })
    }
}

/// What the directory answers to who asked for a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// The evaluated element.
    pub evaluated: Bytes32,
    /// That it was this batch's key: 64 bytes in base64url.
    pub proof: String,
}

impl Issued {
    /// Reads its JSON. Refuses by RA-04.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let malformed = |_| FORM.refuse(NOT_SUCH);
        let value = json::parse(bytes, LIMITS).map_err(malformed)?;
        serde_json::from_value(value).map_err(|_| FORM.refuse(NOT_SUCH))
    }
}

/// One to five.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Stars(u8);

impl Stars {
    /// So many; `None` unless one to five.
    pub const fn new(stars: u8) -> Option<Self> {
        if matches!(stars, 1..=5) { Some(Self(stars)) } else { None }
    }

    /// How many.
    pub const fn count(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Stars {
    type Error = &'static str;

    fn try_from(stars: u8) -> Result<Self, Self::Error> {
        Self::new(stars).ok_or("one to five stars")
    }
}

impl From<Stars> for u8 {
    fn from(stars: Stars) -> Self {
        stars.0
    }
}

/// A token that can be spent. Wiped when dropped, never printed.
pub struct Token {
    batch: Batch,
    input: Zeroizing<[u8; 32]>,
    output: Output,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

impl Token {
    /// The rating that the token is spent on. It is refused before the month has ended and what was under way has come.
    pub fn rate(&self, stars: Stars) -> Rating {
        let (batch, token) = (self.batch.clone(), Bytes32(*self.input));
        let mac = authenticate(&self.output, &batch, stars, &token);
        Rating { version: VERSION, batch, stars, token, mac }
    }

    /// From when on it can be spent, and from when on no more.
    pub fn spendable(&self) -> (Timestamp, Timestamp) {
        (self.batch.month.opens(), self.batch.month.closes())
    }
}

/// A rating, as it is sent: by nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    #[serde(deserialize_with = "crate::people::names::version::<1, _>")]
    version: u32,
    batch: Batch,
    stars: Stars,
    token: Bytes32,
    mac: Bytes32,
}

impl Rating {
    /// Reads its JSON. Refuses by RA-04.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let value = json::parse(bytes, LIMITS).map_err(|_| FORM.refuse(NOT_SUCH))?;
        serde_json::from_value(value).map_err(|_| FORM.refuse(NOT_SUCH))
    }

    /// Verifies it at `now`. Refuses by RA-05 and RA-06.
    pub fn verify(&self, secret: &TokenSecret, now: Timestamp) -> Result<VerifiedRating, Refusal> {
        let (opens, closes) = (self.batch.month.opens(), self.batch.month.closes());
        if now < opens {
            return Err(WHEN.refuse(NOT_YET.at(opens)));
        }
        if closes <= now {
            return Err(WHEN.refuse(TOO_LATE.at(closes)));
        }
        let refused = |_| TOKEN.refuse(NO_TOKEN);
        let key = secret.key(&self.batch).map_err(refused)?;
        let output = key.output(self.token.as_bytes()).map_err(refused)?;
        let mac = authenticate(&output, &self.batch, self.stars, &self.token);
        if !jigap_keys::constant_time_eq(mac.as_bytes(), self.mac.as_bytes()) {
            return Err(TOKEN.refuse(NO_TOKEN));
        }
        Ok(VerifiedRating(self.clone()))
    }
}

/// A rating that is authenticated by a token of this directory. Whether the token was spent before is still to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRating(Rating);

impl VerifiedRating {
    /// Under which its token is kept as spent.
    pub fn token(&self) -> Digest {
        let Rating { batch, token, .. } = &self.0;
        Digest(Bytes32(hash::sha256(format!("{} {} {token}", batch.listing, batch.month).as_bytes())))
    }

    /// What is kept under [`token`](Self::token).
    pub const fn content(&self) -> &Bytes32 {
        &self.0.mac
    }

    /// Whether it counts: not where this very rating was `kept`. Refuses by RA-07 where another was.
    pub fn spend(&self, kept: Option<&Bytes32>) -> Result<bool, Refusal> {
        match kept {
            None => Ok(true),
            Some(kept) if kept == self.content() => Ok(false),
            Some(_) => Err(ONCE.refuse(SPENT)),
        }
    }

    /// Whom it is about, and of when.
    pub const fn batch(&self) -> &Batch {
        &self.0.batch
    }

    /// How many stars.
    pub const fn stars(&self) -> Stars {
        self.0.stars
    }
}

fn authenticate(output: &Output, batch: &Batch, stars: Stars, token: &Bytes32) -> Bytes32 {
    let content = format!("{LABEL} {} {} {token} {}", batch.listing, batch.month, stars.count());
    Bytes32(mac::hmac_sha256(output.as_bytes(), content.as_bytes()))
}
