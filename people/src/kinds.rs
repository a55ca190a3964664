//! Which credential proves which kind: what a directory asks a verifier for, and how it reads the claims that come back.
//!
//! A [`Facet`] of a kind needs every claim that proves it, of one credential: of one issuer and type, found in the same answer. Where two
//! credentials of a type were shown in one answer it cannot be told whose grade is whose: then there is no facet. A list is read by
//! [`Kinds::read`]; `kinds.tsv` says its form.

use std::collections::BTreeMap;

use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jigap_wallet_core::facts::{Says, Scalar, VerifiedClaim};
use jigap_wallet_core::time::Timestamp;
use serde_json::{Value, json};

use crate::facet::{Claims, Facet};
use crate::words::lexicon::LEXICON;

/// The list that this program was built with.
const DATA: &str = include_str!("kinds.tsv");
/// The version of every type: the last part of its identifier.
const VERSION: u32 = 1;
/// The one credential of a query.
pub const CREDENTIAL: &str = "proof";
/// The claim that names the holder's record at the issuer, to one directory (docs/decisions/0024-people-service.md).
pub(crate) const DSUB: &str = "dsub";

/// A kind, and what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// The kind, as the lexicon calls it.
    pub id: String,
    /// The type of the credential, a folder of `schemas/`.
    pub folder: String,
    proofs: Vec<(ClaimPath, Vec<Scalar>)>,
    grade: Option<(ClaimPath, BTreeMap<String, String>)>,
    issuer: Option<ClaimPath>,
    institution: Option<ClaimPath>,
    since: Option<ClaimPath>,
}

/// Whether a holder must show the name of their record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dsub {
    /// They must: nobody is listed twice for one kind.
    Required,
    /// Where the credential has one.
    #[default]
    WhereThere,
}

/// The kinds that a directory lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kinds {
    base: String,
    kinds: BTreeMap<String, Kind>,
}

/// A line of the list is not of its form; its number, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {0} is no kind")]
pub struct InvalidKind(pub usize);

/// A claim as the feed told it, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What is so.
    pub claim: VerifiedClaim,
    /// When the verifier found it: all claims of one answer have the same moment.
    pub asserted: Timestamp,
    /// When it was last found to hold.
    pub checked: Timestamp,
}

impl Kinds {
    /// The list that comes with the program, of types whose identifiers begin with `base`.
    ///
    /// # Errors
    /// [`InvalidKind`] does not occur.
    pub fn built_in(base: &str) -> Result<Self, InvalidKind> {
        Self::read(DATA, base)
    }

    /// Reads a list.
    ///
    /// # Errors
    /// [`InvalidKind`].
    pub fn read(list: &str, base: &str) -> Result<Self, InvalidKind> {
        let mut kinds = BTreeMap::new();
        for (at, line) in list.lines().enumerate() {
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let kind = kind(line).ok_or(InvalidKind(at + 1))?;
            kinds.insert(kind.id.clone(), kind);
        }
        Ok(Self { base: base.trim_end_matches('/').to_owned(), kinds })
    }

    /// The kind of this name.
    pub fn find(&self, id: &str) -> Option<&Kind> {
        self.kinds.get(id)
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.values()
    }

    /// The DCQL query that asks for the proof of a kind, as an SD-JWT VC.
    pub fn query(&self, kind: &Kind, dsub: Dsub) -> Value {
        let mut claims: Vec<Value> = kind
            .asked()
            .enumerate()
            .map(|(at, (path, values))| asked(&format!("c{at}"), path, values))
            .collect();
        let names: Vec<Value> = claims.iter().map(|claim| claim["id"].clone()).collect();
        claims.push(json!({"id": DSUB, "path": [DSUB]}));
        let with: Vec<Value> = names.iter().cloned().chain([json!(DSUB)]).collect();
        let sets = match dsub {
            Dsub::Required => json!([with]),
            Dsub::WhereThere => json!([with, names]),
        };
        json!({"credentials": [{
            "id": CREDENTIAL, "format": "dc+sd-jwt", "meta": {"vct_values": [self.type_of(kind)]},
            "claims": claims, "claim_sets": sets,
        }]})
    }

    /// What the verifier is to tell of it (`sought`).
    pub fn sought(&self, kind: &Kind) -> Value {
        let shown: Vec<&ClaimPath> = kind.said().collect();
        let proofs = kind.proofs.iter().filter(|(path, _)| !shown.contains(&path));
        let proofs =
            proofs.map(|(path, values)| json!({"credential": CREDENTIAL, "path": path, "one_of": values}));
        let said = kind.said().map(|path| json!({"credential": CREDENTIAL, "path": path}));
        let dsub = json!({"credential": CREDENTIAL, "path": [DSUB]});
        Value::Array(proofs.chain(said).chain([dsub]).collect())
    }

    fn type_of(&self, kind: &Kind) -> String {
        format!("{}/{}/{VERSION}", self.base, kind.folder)
    }

    /// The facets of `kind` that these claims of one subject prove, each with the claim that names the holder's record, if there is one.
    pub fn facets<'f>(&self, kind: &Kind, found: &'f [Found]) -> Vec<(Facet, Option<&'f VerifiedClaim>)> {
        let vct = self.type_of(kind);
        let mut answers: BTreeMap<(&str, Timestamp), Vec<&Found>> = BTreeMap::new();
        for one in found.iter().filter(|one| one.claim.kind == vct) {
            answers.entry((one.claim.issuer.as_str(), one.asserted)).or_default().push(one);
        }
        answers.into_values().filter_map(|answer| kind.facet(&answer)).collect()
    }
}

impl Kind {
    /// What it is called, in English and Korean.
    pub fn names(&self) -> (&str, &str) {
        let concept = LEXICON.concept(&format!("kind:{}", self.id));
        concept.map_or((self.id.as_str(), self.id.as_str()), |concept| (concept.names[1], concept.names[0]))
    }

    /// Every path that is asked for, once, with the values that are taken.
    fn asked(&self) -> impl Iterator<Item = (&ClaimPath, &[Scalar])> {
        let proofs = self.proofs.iter().map(|(path, values)| (path, values.as_slice()));
        let others = self.said().filter(|path| self.proofs.iter().all(|(proof, _)| proof != *path));
        proofs.chain(others.map(|path| (path, &[][..])))
    }

    /// Every path whose value is told.
    fn said(&self) -> impl Iterator<Item = &ClaimPath> {
        let grade = self.grade.as_ref().map(|(path, _)| path);
        let mut paths: Vec<&ClaimPath> =
            [grade, self.issuer.as_ref(), self.institution.as_ref(), self.since.as_ref()]
                .into_iter()
                .flatten()
                .collect();
        paths.sort();
        paths.dedup();
        paths.into_iter()
    }

    fn facet<'f>(&self, answer: &[&'f Found]) -> Option<(Facet, Option<&'f VerifiedClaim>)> {
        let proofs = self.proofs.iter().map(|(path, values)| {
            one(answer, |claim| claim.path.as_ref() == Some(path) && proves(&claim.says, values))
        });
        let proofs: Vec<&Found> = proofs.collect::<Option<_>>()?;
        let told = |path: Option<&ClaimPath>| {
            let path = path?;
            one(answer, |claim| claim.path.as_ref() == Some(path) && matches!(claim.says, Says::Value(_)))
        };
        let graded = self.grade.as_ref().and_then(|(path, grades)| {
            let found = told(Some(path))?;
            Some((grades.get(text(&found.claim)?)?.as_str(), found))
        });
        let [issuer, institution, since] =
            [&self.issuer, &self.institution, &self.since].map(|path| told(path.as_ref()));
        let used = proofs.iter().copied().chain(graded.map(|(_, found)| found));
        let used = used.chain([issuer, institution, since].into_iter().flatten());
        let checked = used.map(|found| found.checked).min()?;
        let kind: Vec<&VerifiedClaim> = proofs.iter().map(|found| &found.claim).collect();
        let claims = Claims {
            kind: &kind,
            grade: graded.map(|(grade, found)| (grade, &found.claim)),
            issuer: issuer.map(|found| &found.claim),
            institution: institution.map(|found| &found.claim),
            since: since.map(|found| &found.claim),
        };
        let facet = Facet::of(&self.id, claims, checked)?;
        let dsub = one(answer, |claim| claim.path.as_ref().is_some_and(is_dsub));
        Some((facet, dsub.map(|found| &found.claim)))
    }
}

/// The one claim of an answer that `is`; `None` where there are several.
fn one<'f>(answer: &[&'f Found], is: impl Fn(&VerifiedClaim) -> bool) -> Option<&'f Found> {
    let mut such = answer.iter().copied().filter(|found| is(&found.claim));
    such.next().filter(|_| such.next().is_none())
}

/// Whether what is said is that it is one of `values`.
fn proves(says: &Says, values: &[Scalar]) -> bool {
    match says {
        Says::Value(value) => values.contains(value),
        Says::OneOf(among) => !among.is_empty() && among.iter().all(|value| values.contains(value)),
        Says::Held => false,
    }
}

/// The text that a claim says.
pub(crate) fn text(claim: &VerifiedClaim) -> Option<&str> {
    match &claim.says {
        Says::Value(Scalar::Text(text)) => Some(text),
        _ => None,
    }
}

fn is_dsub(path: &ClaimPath) -> bool {
    matches!(path.steps(), [PathStep::Key(key)] if key == DSUB)
}

/// A claim of a DCQL query.
fn asked(id: &str, path: &ClaimPath, values: &[Scalar]) -> Value {
    let mut claim = json!({"id": id, "path": path});
    if let (false, Some(members)) = (values.is_empty(), claim.as_object_mut()) {
        members.insert("values".to_owned(), json!(values));
    }
    claim
}

fn kind(line: &str) -> Option<Kind> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [id, folder, proofs, grade, issuer, institution, since] = cells.as_slice() else { return None };
    let optional = |cell: &str| if cell == "-" { Some(None) } else { path(cell).map(Some) };
    let proof = |text: &str| {
        let (at, values) = text.split_once('=')?;
        let values = values.split('|').map(|value| Scalar::Text(value.to_owned())).collect();
        Some((path(at)?, values))
    };
    let grade = match *grade {
        "-" => None,
        text => {
            let (at, grades) = text.split_once(':')?;
            let of = |pair: &str| pair.split_once('=').map(|(it, is)| (it.to_owned(), is.to_owned()));
            Some((path(at)?, grades.split('|').map(of).collect::<Option<_>>()?))
        }
    };
    Some(Kind {
        id: (*id).to_owned(),
        folder: (*folder).to_owned(),
        proofs: proofs.split(';').map(proof).collect::<Option<_>>()?,
        grade,
        issuer: optional(issuer)?,
        institution: optional(institution)?,
        since: optional(since)?,
    })
}

fn path(text: &str) -> Option<ClaimPath> {
    let step = |step: &str| match step.parse() {
        Ok(index) => PathStep::Index(index),
        Err(_) => PathStep::Key(step.to_owned()),
    };
    ClaimPath::new(text.split('.').map(step).collect()).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use jigap_wallet_core::facts::{Claim, Subject};

    use super::*;
    use crate::facet::tests::{CHECKED, fact};

    pub(crate) const BASE: &str = "https://types.example";

    pub(crate) fn kinds() -> Kinds {
        Kinds::built_in(BASE).unwrap()
    }

    /// A claim of a credential of `folder`, as the feed would tell it.
    pub(crate) fn found(number: u16, folder: &str, at: &str, says: Says) -> Found {
        let claim = VerifiedClaim::dangerous_assume_verified(Claim {
            id: fact(number),
            subject: Subject::new(jigap_keys::base64url::encode([7; 32])).unwrap(),
            kind: format!("{BASE}/{folder}/1"),
            issuer: "https://issuer.example".to_owned(),
            path: Some(path(at).unwrap()),
            says,
            valid_until: None,
        });
        Found { claim, asserted: CHECKED, checked: CHECKED }
    }

    pub(crate) fn says(value: &str) -> Says {
        Says::Value(Scalar::Text(value.to_owned()))
    }

    #[test]
    fn every_kind_and_grade_is_of_the_lexicon_and_every_path_of_its_type() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas");
        for kind in kinds().all() {
            assert!(LEXICON.concept(&format!("kind:{}", kind.id)).is_some(), "{}", kind.id);
            for grade in kind.grade.iter().flat_map(|(_, grades)| grades.values()) {
                assert!(LEXICON.concept(&format!("grade:{grade}")).is_some(), "{grade}");
            }
            let path = format!("{root}/{}/schema.json", kind.folder);
            let schema = jigap_platform::files::read(std::path::Path::new(&path)).unwrap();
            let schema: Value = serde_json::from_slice(&schema).unwrap();
            for (path, values) in kind.asked() {
                let at = path.steps().iter().fold(&schema, |at, step| match step {
                    PathStep::Key(key) => &at["properties"][key],
                    PathStep::Index(_) | PathStep::All => &at["items"],
                });
                assert!(at.is_object(), "{}: {path}", kind.id);
                let known = at["enum"].as_array();
                let known = |value: &Scalar| known.is_none_or(|known| known.contains(&json!(value)));
                assert!(values.iter().all(known), "{}: {path}", kind.id);
            }
        }
    }

    #[test]
    fn a_query_asks_for_what_proves_the_kind() {
        let kinds = kinds();
        let kind = kinds.find("tax-accountant").unwrap();
        let query = kinds.query(kind, Dsub::WhereThere);
        let asked = &query["credentials"][0];
        assert_eq!(asked["meta"]["vct_values"], json!(["https://types.example/professional-registration/1"]));
        assert_eq!(
            asked["claims"][0],
            json!({"id": "c0", "path": ["profession", "code"], "values": ["tax_accountant"]})
        );
        assert_eq!(asked["claim_sets"].as_array().unwrap().len(), 2);
        assert_eq!(
            kinds.query(kind, Dsub::Required)["credentials"][0]["claim_sets"].as_array().unwrap().len(),
            1
        );
        let sought = kinds.sought(kind);
        assert_eq!(
            sought[0],
            json!({"credential": "proof", "path": ["profession", "code"], "one_of": ["tax_accountant"]})
        );
        assert_eq!(sought.as_array().unwrap().last().unwrap()["path"], json!(["dsub"]));
        let read = jigap_wallet_core::dcql::Query::parse(&query);
        assert!(read.is_ok(), "{read:?}");
    }

    #[test]
    fn claims_of_one_answer_are_a_facet() {
        let kinds = kinds();
        let kind = kinds.find("information-processing").unwrap();
        let folder = "technical-qualification";
        let one_of = Says::OneOf(vec![
            Scalar::Text("정보처리기사".to_owned()),
            Scalar::Text("정보처리산업기사".to_owned()),
        ]);
        let answer = vec![
            found(1, folder, "qualification.name", one_of),
            found(2, folder, "grade", says("기사")),
            found(3, folder, "issuing_agency.name", says("한국산업인력공단")),
            found(4, folder, "acquired_date", says("2023-06-09")),
            found(5, folder, DSUB, says("B.E")),
        ];
        let facets = kinds.facets(kind, &answer);
        let [(facet, Some(dsub))] = facets.as_slice() else { panic!("{facets:?}") };
        assert_eq!((facet.grade.as_deref(), facet.since), (Some("engineer"), Some(2023)));
        assert_eq!((facet.issuer.as_str(), text(dsub)), ("한국산업인력공단", Some("B.E")));
        assert!(!facet.facts.contains(&dsub.id) && facet.facts.len() == 4);
    }

    #[test]
    fn a_licence_is_proved_by_the_class_that_is_shown() {
        let kinds = kinds();
        let kind = kinds.find("driver-licence").unwrap();
        assert_eq!(kinds.sought(kind)[0], json!({"credential": "proof", "path": ["issuing_authority"]}));
        let classes = |value| found(1, "driver-licence", "kr.licence_classes.0", says(value));
        let grades = |value| {
            let found = [classes(value)];
            let facets = kinds.facets(kind, &found);
            facets.into_iter().map(|(facet, _)| facet.grade.clone()).collect::<Vec<_>>()
        };
        assert_eq!(grades("1종보통"), [Some("class-1-ordinary".to_owned())]);
        assert!(grades("원동기").is_empty());
    }

    #[test]
    fn claims_that_do_not_prove_the_kind_or_of_several_answers_are_none() {
        let kinds = kinds();
        let kind = kinds.find("tax-accountant").unwrap();
        let folder = "professional-registration";
        let code = || found(1, folder, "profession.code", says("tax_accountant"));
        let status = || found(2, folder, "registration_status", says("registered"));
        assert_eq!(kinds.facets(kind, &[code(), status()]).len(), 1);
        let later = Found { asserted: CHECKED.plus(jigap_wallet_core::time::Seconds(1)), ..status() };
        let other =
            Says::OneOf(vec![Scalar::Text("tax_accountant".to_owned()), Scalar::Text("clerk".to_owned())]);
        for offence in [
            vec![code()],
            vec![code(), later],
            vec![code(), found(2, folder, "registration_status", says("cancelled"))],
            vec![found(1, folder, "profession.code", other), status()],
            vec![found(1, "student-id", "profession.code", says("tax_accountant")), status()],
            vec![code(), found(3, folder, "profession.code", says("tax_accountant")), status()],
            vec![found(1, folder, "profession.code", Says::Held), status()],
        ] {
            assert!(kinds.facets(kind, &offence).is_empty());
        }
    }

    #[test]
    fn a_line_that_is_no_kind_is_refused() {
        for line in ["lawyer", "a\tb\tc\t-\t-\t-\t-", "a\tb\tc=d\te\t-\t-\t-", "a\tb\tc=d\te:f\t-\t-\t-"] {
            assert_eq!(Kinds::read(&format!("# x\n{line}"), BASE), Err(InvalidKind(2)), "{line}");
        }
    }
}
