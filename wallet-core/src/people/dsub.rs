//! Directory-scoped pseudonyms: what tells a directory that two listings stand on one record, and nobody anything else.
//!
//! A wallet asks the issuer of its credential for a copy with the claim `dsub`: the directory's name as the wallet blinded it and as the key of
//! the record evaluated that (VOPRF, RFC 9497; [`jigap_keys::voprf`]), in base64url with a point between. The copy is signed, so who is shown it
//! needs no proof of the evaluation. The wallet tells the directory the blind; [`Dsub::open`] looks whether it is this directory's name that was
//! blinded, and finishes: every copy of one record gives one pseudonym here, and another in every other directory. Why so:
//! docs/decisions/0025. Refused: what DS-01 to DS-05 say. Texts are bounded, and nothing here is printed.

use std::fmt;

use jigap_keys::voprf::{self, BYTES, Blinding, Element, Proof};
use jigap_keys::{Entropy, base64url, constant_time_eq};
use zeroize::Zeroizing;

use crate::text::Text;
use crate::verdict::{Check, Reason, Refusal};

/// The claim, at the root of a credential.
pub const CLAIM: &str = "dsub";
/// What people call it.
pub const LABEL: Text = Text::new("Pseudonym in one directory", "한 디렉터리 안의 가명");
/// The one suite (RFC 9497 §4.1), as metadata name it.
pub const SUITE: &str = "ristretto255-SHA512";
/// Longest name of a directory in bytes.
pub const MAX_DIRECTORY: usize = 255;

/// DS-01: it is a claim.
pub const FORM: Check = Check::new(
    "DS-01",
    "the claim of a directory-scoped pseudonym is two elements of ristretto255 in base64url with a point between",
    "디렉터리 가명의 클레임은 점으로 이은, base64url로 적은 ristretto255 원소 둘입니다",
    "RFC 9497 §4.1; docs/SPECS.md, People",
);
/// DS-02: there is a name, and a number that hid it.
pub const BLIND: Check = Check::new(
    "DS-02",
    "a directory has a name of 1 to 255 bytes, and what hid it is a number of 32 bytes below the order of the group",
    "디렉터리의 이름은 1~255바이트이고, 이름을 가린 것은 군의 위수보다 작은 32바이트 수입니다",
    "RFC 9497 §3.3.2, §4.1; docs/SPECS.md, People",
);
/// DS-03: it is of this directory.
pub const DIRECTORY: Check = Check::new(
    "DS-03",
    "what the issuer evaluated is the name of this directory, hidden by the number that came",
    "발급자가 계산한 것은, 함께 온 수로 가린 이 디렉터리의 이름입니다",
    "docs/SPECS.md, People; docs/decisions/0025-directory-pseudonyms.md",
);
/// DS-04: the key that came did it.
pub const PROVEN: Check = Check::new(
    "DS-04",
    "an issuer proves that the key of the record evaluated what the wallet asked",
    "발급자는 지갑이 물은 것을 그 기록의 키로 계산했음을 증명합니다",
    "RFC 9497 §2.2.2",
);
/// DS-05: and it is the record's.
pub const KEY: Check = Check::new(
    "DS-05",
    "a record has one key: the wallet takes no other than the first it was shown",
    "기록의 키는 하나입니다. 지갑은 처음 받은 키만 받아들입니다",
    "docs/SPECS.md, People; docs/decisions/0025-directory-pseudonyms.md",
);

const NO_CLAIM: Reason = Reason::new(
    "dsub-form",
    "it is not two elements in base64url with a point between",
    "점으로 이은, base64url로 적은 원소 둘이 아닙니다",
);
const NO_NAME: Reason = Reason::new(
    "dsub-directory",
    "the name of the directory is empty or too long",
    "디렉터리의 이름이 비었거나 너무 깁니다",
);
const NO_NUMBER: Reason = Reason::new(
    "dsub-blind",
    "the blind is no number below the order of the group, or is 0",
    "가린 수가 군의 위수보다 작은 수가 아니거나 0입니다",
);
const OTHER_NAME: Reason = Reason::new(
    "dsub-other",
    "the blind does not hide the name of this directory in what the issuer evaluated",
    "이 수로 이 디렉터리의 이름을 가려도 발급자가 계산한 것이 되지 않습니다",
);
const NOT_PROVEN: Reason = Reason::new(
    "dsub-proof",
    "the proof does not hold for the key and what it evaluated",
    "증명이 그 키와 계산한 값에 맞지 않습니다",
);
const OTHER_KEY: Reason = Reason::new(
    "dsub-key",
    "the issuer evaluated with another key than it did before: it lost its secret, or wants to tell this wallet from others",
    "발급자가 전과 다른 키로 계산했습니다. 비밀을 잃었거나, 이 지갑을 다른 지갑과 구별하려는 것입니다",
);

/// Characters of an element in base64url.
const ELEMENT: usize = 43;

/// What the claim says: a name as a wallet blinded it, and what the key of a record made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DsubClaim {
    blinded: Element,
    evaluated: Element,
}

impl DsubClaim {
    /// The claim of what was asked and answered.
    pub const fn new(blinded: Element, evaluated: Element) -> Self {
        Self { blinded, evaluated }
    }

    /// Reads one. Refuses by DS-01.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let refused = FORM.refuse(NO_CLAIM);
        let element = |text: &str| {
            let bytes = if text.len() == ELEMENT { base64url::decode(text).ok() } else { None };
            Element::from_bytes(&bytes?).ok()
        };
        let (blinded, evaluated) = text.split_once('.').ok_or(refused)?;
        let (blinded, evaluated) = (element(blinded).ok_or(refused)?, element(evaluated).ok_or(refused)?);
        Ok(Self { blinded, evaluated })
    }

    /// The claim as it stands in a credential.
    pub fn to_text(&self) -> String {
        let text = |element: &Element| base64url::encode(element.to_bytes());
        format!("{}.{}", text(&self.blinded), text(&self.evaluated))
    }
}

/// The pseudonym of one record in one directory: 256 bits in base64url. Compared in constant time, never printed.
#[derive(Clone)]
pub struct Dsub(String);

impl Dsub {
    /// What the `claim` of a credential that was verified is in `directory`, whose name `blind` hid. Refuses by DS-01 to DS-03.
    pub fn open(claim: &str, blind: &[u8], directory: &str) -> Result<Self, Refusal> {
        let claim = DsubClaim::parse(claim)?;
        DirectoryBlind::again(directory, blind)?.finish(&claim)
    }

    /// Its text: what a directory keeps.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Dsub {
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl Eq for Dsub {}

impl fmt::Debug for Dsub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dsub(redacted)")
    }
}

/// A directory's name and what hides it from an issuer: a wallet's, and for one copy alone.
#[derive(Debug)]
pub struct DirectoryBlind {
    directory: String,
    blinding: Blinding,
}

impl DirectoryBlind {
    /// Hides the name of `directory` by a fresh number. Refuses by DS-02.
    pub fn new(directory: &str, entropy: &dyn Entropy) -> Result<Self, Refusal> {
        require_name(directory)?;
        let blinding = Blinding::new(directory.as_bytes(), entropy);
        let blinding = blinding.map_err(|_| BLIND.refuse(NO_NAME))?;
        Ok(Self { directory: directory.to_owned(), blinding })
    }

    /// As it was hidden by the number that [`secret`](Self::secret) told. Refuses by DS-02.
    pub fn again(directory: &str, secret: &[u8]) -> Result<Self, Refusal> {
        require_name(directory)?;
        let blinding = Blinding::again(directory.as_bytes(), secret);
        let blinding = blinding.map_err(|_| BLIND.refuse(NO_NUMBER))?;
        Ok(Self { directory: directory.to_owned(), blinding })
    }

    /// What the issuer is asked for: as good as random to whoever does not have the number.
    pub const fn blinded(&self) -> &Element {
        self.blinding.blinded()
    }

    /// The number: for the directory alone, and for nobody before the copy is shown to it.
    pub fn secret(&self) -> Zeroizing<[u8; BYTES]> {
        self.blinding.secret()
    }

    /// The pseudonym, where `claim` is the answer to this. Refuses by DS-03.
    pub fn finish(&self, claim: &DsubClaim) -> Result<Dsub, Refusal> {
        if !constant_time_eq(&claim.blinded.to_bytes(), &self.blinded().to_bytes()) {
            return Err(DIRECTORY.refuse(OTHER_NAME));
        }
        let output = self.blinding.finish_vouched(self.directory.as_bytes(), &claim.evaluated);
        let output = output.map_err(|_| BLIND.refuse(NO_NAME))?;
        let (pseudonym, _) = output.as_bytes().split_at(BYTES);
        Ok(Dsub(base64url::encode(pseudonym)))
    }
}

/// That `key` evaluated `claim`, and is the one that the wallet was shown `before`, if it was. Refuses by DS-04 and DS-05.
pub fn require_key(
    claim: &DsubClaim,
    (key, proof): (&Element, &Proof),
    before: Option<&[u8]>,
) -> Result<(), Refusal> {
    voprf::verify(key, &[claim.blinded], &[claim.evaluated], proof).map_err(|_| PROVEN.refuse(NOT_PROVEN))?;
    match before {
        Some(before) if before != key.to_bytes() => Err(KEY.refuse(OTHER_KEY)),
        _ => Ok(()),
    }
}

fn require_name(directory: &str) -> Result<(), Refusal> {
    if directory.is_empty() || directory.len() > MAX_DIRECTORY {
        return Err(BLIND.refuse(NO_NAME));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jigap_keys::voprf::ServerKey;

    use super::*;
    use crate::testing::Repeatable;

    const HERE: &str = "people.example";
    const THERE: &str = "experts.example";

    fn record(seed: u8) -> ServerKey {
        ServerKey::derive(&[seed; BYTES], b"test").unwrap()
    }

    /// What a wallet with this randomness gets of `record` for `directory`, and by which blind.
    fn asked(record: &ServerKey, directory: &str, seed: u64) -> (DirectoryBlind, DsubClaim, Proof) {
        let blind = DirectoryBlind::new(directory, &Repeatable::new(seed)).unwrap();
        let (evaluated, proof) = record.evaluate(&[*blind.blinded()], &Repeatable::new(seed + 1000)).unwrap();
        let claim = DsubClaim::new(*blind.blinded(), evaluated[0]);
        (blind, claim, proof)
    }

    fn opened(record: &ServerKey, directory: &str, seed: u64) -> Dsub {
        let (blind, claim, _) = asked(record, directory, seed);
        Dsub::open(&claim.to_text(), &*blind.secret(), directory).unwrap()
    }

    fn refused(claim: &str, blind: &[u8], directory: &str) -> &'static str {
        Dsub::open(claim, blind, directory).unwrap_err().check.id
    }

    #[test]
    fn every_copy_of_a_record_gives_one_pseudonym_in_a_directory_and_another_in_each_other() {
        let (one, other) = (record(1), record(2));
        let here = opened(&one, HERE, 1);
        assert!((2..12).all(|seed| opened(&one, HERE, seed) == here));
        assert_ne!(opened(&one, THERE, 1), here);
        assert_ne!(opened(&other, HERE, 1), here);
        assert_eq!((here.as_str().len(), format!("{here:?}").as_str()), (43, "Dsub(redacted)"));
        // Who has the key can compute it: decision 0025 says what follows.
        let computed = one.output(HERE.as_bytes()).unwrap();
        assert_eq!(here.as_str(), base64url::encode(&computed.as_bytes()[..32]));
    }

    #[test]
    fn what_an_issuer_sees_of_two_requests_has_nothing_in_common() {
        let asked: Vec<_> = (0..50).map(|seed| asked(&record(1), HERE, seed).1.to_text()).collect();
        for (at, one) in asked.iter().enumerate() {
            let (blinded, evaluated) = one.split_once('.').unwrap();
            assert!(asked.iter().skip(at + 1).all(|other| !other.contains(blinded)));
            assert!(asked.iter().skip(at + 1).all(|other| !other.contains(evaluated)));
        }
    }

    #[test]
    fn ds_01_what_is_not_two_elements_is_refused() {
        let (blind, claim, _) = asked(&record(1), HERE, 1);
        let (text, secret) = (claim.to_text(), blind.secret());
        assert_eq!(DsubClaim::parse(&text).unwrap(), claim);
        assert_eq!(text.len(), 87);
        let (first, second) = text.split_once('.').unwrap();
        let identity = base64url::encode([0; 32]);
        let no_element = base64url::encode([0xff; 32]);
        for wrong in [
            "",
            ".",
            first,
            &text[..86],
            &format!("{text}="),
            &format!("{text}.{second}"),
            &format!("{first}..{second}"),
            &format!("{identity}.{second}"),
            &format!("{first}.{identity}"),
            &format!("{first}.{no_element}"),
            &format!("{first}.{}", &second[1..]),
            &"A".repeat(100_000),
        ] {
            assert_eq!(refused(wrong, &*secret, HERE), "DS-01", "{:.90}", wrong);
        }
    }

    #[test]
    fn ds_02_what_is_no_number_or_no_name_is_refused() {
        let (blind, claim, _) = asked(&record(1), HERE, 1);
        let (text, secret) = (claim.to_text(), blind.secret());
        for wrong in [&[][..], &[0; 32], &[0xff; 32], &secret[..31], &[&secret[..], &[0]].concat()] {
            assert_eq!(refused(&text, wrong, HERE), "DS-02");
        }
        for wrong in ["", &"d".repeat(MAX_DIRECTORY + 1)] {
            assert_eq!(refused(&text, &*secret, wrong), "DS-02");
            assert_eq!(DirectoryBlind::new(wrong, &Repeatable::new(1)).unwrap_err().check, BLIND);
        }
    }

    #[test]
    fn ds_03_the_blind_of_another_directory_or_another_copy_is_refused() {
        let (blind, claim, _) = asked(&record(1), HERE, 1);
        let (other, other_claim, _) = asked(&record(1), HERE, 2);
        let text = claim.to_text();
        assert_eq!(refused(&text, &*blind.secret(), THERE), "DS-03");
        assert_eq!(refused(&text, &*other.secret(), HERE), "DS-03");
        let mixed = DsubClaim::new(other_claim.blinded, claim.evaluated);
        assert_eq!(refused(&mixed.to_text(), &*blind.secret(), HERE), "DS-03");
    }

    #[test]
    fn ds_04_what_another_key_evaluated_and_what_was_changed_is_refused() {
        let (one, other) = (record(1), record(2));
        let (_, claim, proof) = asked(&one, HERE, 1);
        let refused = |claim: &DsubClaim, key: &Element| {
            require_key(claim, (key, &proof), None).map_err(|refusal| refusal.check)
        };
        assert_eq!(refused(&claim, one.public()), Ok(()));
        assert_eq!(refused(&claim, other.public()), Err(PROVEN));
        let (_, of_other, _) = asked(&other, HERE, 1);
        let changed = DsubClaim::new(claim.blinded, of_other.evaluated);
        assert_eq!(refused(&changed, one.public()), Err(PROVEN));
        let changed = DsubClaim::new(of_other.evaluated, claim.evaluated);
        assert_eq!(refused(&changed, one.public()), Err(PROVEN));
    }

    #[test]
    fn ds_05_another_key_than_the_first_is_refused() {
        let (one, other) = (record(1), record(2));
        let (_, claim, proof) = asked(&other, HERE, 1);
        let before = |key: &ServerKey| {
            let before = key.public().to_bytes();
            require_key(&claim, (other.public(), &proof), Some(&before)).map_err(|refusal| refusal.check)
        };
        assert_eq!((before(&other), before(&one)), (Ok(()), Err(KEY)));
    }
}
