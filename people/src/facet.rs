//! A facet: what somebody was found to be. It comes from claims that a verifier vouches for and from nothing else: there is no other way to
//! make one, so that no word of a person ever stands among what was proved.
//!
//! Refused: claims of different people or issuers.

use std::ops::Deref;

use jigap_wallet_core::facts::{FactId, Says, Scalar, VerifiedClaim};
use jigap_wallet_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Most bytes of a name.
const MAX_NAME: usize = 200;

/// What a facet says. Nobody vouches for it: see [`Facet`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proved {
    /// The facts that it stands on. They stay with the index and are in no answer.
    pub facts: Vec<FactId>,
    /// A kind of the lexicon, `tax-accountant`.
    pub kind: String,
    /// A grade of the lexicon, `engineer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    /// Who issued the credential, by name.
    pub issuer: String,
    /// Where, of students.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution: Option<String>,
    /// Since which year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u16>,
    /// When the proof was last found to hold.
    pub checked: Timestamp,
    /// From when on it is so no more, whatever is heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// The claims of one credential, each by what it says of a facet.
#[derive(Debug, Clone, Copy)]
pub struct Claims<'c> {
    /// Those that prove the kind; the first names subject and issuer.
    pub kind: &'c [&'c VerifiedClaim],
    /// The grade of the lexicon, and the claim that says so in words of its own.
    pub grade: Option<(&'c str, &'c VerifiedClaim)>,
    /// What the issuer is called; its identifier where no claim says it.
    pub issuer: Option<&'c VerifiedClaim>,
    /// Where.
    pub institution: Option<&'c VerifiedClaim>,
    /// A date that begins with a year.
    pub since: Option<&'c VerifiedClaim>,
}

/// What was verified of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet(Proved);

impl Facet {
    /// What `claims` come to, as `kind` of the lexicon; they were last found to hold at `checked`. `None` where they are not of one subject
    /// and one issuer, or a name in them is too long.
    pub fn of(kind: &str, claims: Claims<'_>, checked: Timestamp) -> Option<Self> {
        let first = *claims.kind.first()?;
        let others = [claims.grade.map(|(_, claim)| claim), claims.issuer, claims.institution, claims.since];
        let all = || claims.kind.iter().copied().chain(others.into_iter().flatten());
        if all().any(|claim| claim.subject != first.subject || claim.issuer != first.issuer) {
            return None;
        }
        let mut facts: Vec<FactId> = all().map(|claim| claim.id.clone()).collect();
        facts.sort();
        facts.dedup();
        let facet = Self(Proved {
            facts,
            kind: kind.to_owned(),
            grade: claims.grade.map(|(grade, _)| grade.to_owned()),
            issuer: claims.issuer.and_then(text).unwrap_or(&first.issuer).to_owned(),
            institution: claims.institution.and_then(text).map(str::to_owned),
            since: claims.since.and_then(year),
            checked,
            until: all().filter_map(|claim| claim.valid_until).min(),
        });
        facet.is_whole().then_some(facet)
    }

    /// One that was kept sealed: whoever has the key made it by [`Facet::of`].
    pub(crate) const fn dangerous_assume_proved(proved: Proved) -> Self {
        Self(proved)
    }

    /// Its fact was found to hold at `at`.
    pub(crate) fn confirmed(&mut self, at: Timestamp) {
        self.0.checked = self.0.checked.max(at);
    }

    /// Whether all names in it could be terms of the index.
    pub(crate) fn is_whole(&self) -> bool {
        let short = |text: &Option<String>| text.as_deref().is_none_or(is_id);
        !self.facts.is_empty()
            && is_id(&self.kind)
            && is_id(&self.issuer)
            && short(&self.grade)
            && short(&self.institution)
    }
}

impl Deref for Facet {
    type Target = Proved;

    fn deref(&self) -> &Proved {
        &self.0
    }
}

/// The text that a claim says.
fn text(claim: &VerifiedClaim) -> Option<&str> {
    match &claim.says {
        Says::Value(Scalar::Text(text)) => Some(text),
        _ => None,
    }
}

/// The year that a date begins with.
fn year(claim: &VerifiedClaim) -> Option<u16> {
    text(claim)?.get(..4)?.parse().ok()
}

/// Whether it could be the name of something: short, and without characters that separate terms of the index.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_NAME && !text.contains(char::is_control)
}

#[cfg(test)]
pub(crate) mod tests {
    use jigap_wallet_core::claims::ClaimPath;
    use jigap_wallet_core::facts::{Claim, Subject};
    use serde_json::json;

    use super::*;

    pub(crate) const CHECKED: Timestamp = Timestamp::from_unix(1_800_000_000);

    pub(crate) fn fact(number: u16) -> FactId {
        let mut bytes = [0; 32];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        FactId::new(jigap_keys::base64url::encode(bytes)).unwrap()
    }

    pub(crate) fn claim(number: u16, issuer: &str, path: &str, value: &str) -> VerifiedClaim {
        VerifiedClaim::dangerous_assume_verified(Claim {
            id: fact(number),
            subject: Subject::new(jigap_keys::base64url::encode([7; 32])).unwrap(),
            kind: "https://types.example/registration/1".to_owned(),
            issuer: issuer.to_owned(),
            path: Some(ClaimPath::from_json(&json!([path])).unwrap()),
            says: Says::Value(Scalar::Text(value.to_owned())),
            valid_until: None,
        })
    }

    /// A facet of one fact.
    pub(crate) fn facet(kind: &str, number: u16) -> Facet {
        graded(kind, None, number)
    }

    pub(crate) fn graded(kind: &str, grade: Option<&str>, number: u16) -> Facet {
        made(kind, grade, number, "한국세무사회", None, None)
    }

    pub(crate) fn made(
        kind: &str,
        grade: Option<&str>,
        number: u16,
        issuer: &str,
        institution: Option<&str>,
        until: Option<Timestamp>,
    ) -> Facet {
        let of = |path, value: &str| {
            let claim = claim(number, issuer, path, value);
            VerifiedClaim::dangerous_assume_verified(Claim { valid_until: until, ..(*claim).clone() })
        };
        let (proof, since) = (of("kind", kind), of("since", "2015-03-02"));
        let graded = of("grade", "x");
        let at = institution.map(|name| of("institution", name));
        let claims = Claims {
            kind: &[&proof],
            grade: grade.map(|grade| (grade, &graded)),
            issuer: None,
            institution: at.as_ref(),
            since: Some(&since),
        };
        Facet::of(kind, claims, CHECKED).unwrap()
    }

    #[test]
    fn a_facet_says_what_its_claims_say() {
        let (kind, issuer) = (
            claim(1, "https://tax.example", "code", "x"),
            claim(2, "https://tax.example", "body", "한국세무사회"),
        );
        let since = claim(3, "https://tax.example", "date", "2019-03-04");
        let claims = Claims {
            kind: &[&kind],
            grade: None,
            issuer: Some(&issuer),
            institution: None,
            since: Some(&since),
        };
        let facet = Facet::of("tax-accountant", claims, CHECKED).unwrap();
        assert_eq!((facet.issuer.as_str(), facet.since, facet.facts.len()), ("한국세무사회", Some(2019), 3));
        let bare = Claims { issuer: None, since: None, ..claims };
        assert_eq!(Facet::of("tax-accountant", bare, CHECKED).unwrap().issuer, "https://tax.example");
    }

    #[test]
    fn claims_of_several_issuers_or_none_are_no_facet() {
        let (one, other) =
            (claim(1, "https://tax.example", "code", "x"), claim(2, "https://other.example", "grade", "y"));
        let claims = Claims {
            kind: &[&one],
            grade: Some(("engineer", &other)),
            issuer: None,
            institution: None,
            since: None,
        };
        assert_eq!(Facet::of("tax-accountant", claims, CHECKED), None);
        assert_eq!(Facet::of("tax-accountant", Claims { kind: &[], grade: None, ..claims }, CHECKED), None);
        assert_eq!(Facet::of("", Claims { grade: None, ..claims }, CHECKED), None);
    }
}
