//! What the W3C data model (VCDM 2.0, 1.1) says of a credential, whatever secures it: what both [`crate::vcjwt`] and
//! [`crate::ldp`] read, and the words they refuse with.

use serde_json::Value;

use crate::time::Timestamp;
use crate::verdict::Reason;

pub mod envelope;
pub(crate) mod moments;
pub mod related;
pub mod rules;

/// The first context of VCDM 2.0.
pub const CONTEXT_V2: &str = "https://www.w3.org/ns/credentials/v2";
/// The first context of VCDM 1.1.
pub(crate) const CONTEXT_V1: &str = "https://www.w3.org/2018/credentials/v1";

pub(crate) const OTHER_CONTEXT: Reason = Reason::new(
    "vc-context",
    "the first context is not the data model's",
    "첫 컨텍스트가 데이터 모델의 것이 아닙니다",
);
pub(crate) const OTHER_TYPE: Reason = Reason::new(
    "vc-type",
    "the document is not of type VerifiableCredential",
    "VerifiableCredential 종류가 아닙니다",
);
pub(crate) const NO_ISSUER: Reason =
    Reason::new("vc-issuer-missing", "no issuer is named", "발급자가 적혀 있지 않습니다");
pub(crate) const NO_SUBJECT: Reason = Reason::new(
    "vc-subject-missing",
    "the credential says nothing about anybody",
    "증명서가 아무 내용도 말하지 않습니다",
);
pub(crate) const BAD_PERIOD: Reason = Reason::new(
    "vc-period-malformed",
    "the period of validity is missing or malformed",
    "유효 기간이 없거나 형식이 잘못되었습니다",
);

/// From when until when something holds, where it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) begins: Option<Timestamp>,
    pub(crate) ends: Option<Timestamp>,
}

impl Period {
    /// What a credential says of itself, by the members of either model: whichever stand there count, the narrowest. Where
    /// `dated`, there must be an `issuanceDate` (VCDM 1.1 §4.6). `None` where a moment is missing or malformed, or the
    /// order wrong.
    pub(crate) fn of(credential: &Value, dated: bool) -> Option<Self> {
        let written = |name| match credential.get(name) {
            None => Some(None),
            Some(value) => moments::read(value.as_str()?).map(Some),
        };
        let issued = written("issuanceDate")?;
        if dated && issued.is_none() {
            return None;
        }
        let mut period = Self { begins: issued, ends: written("expirationDate")? };
        period.narrow(written("validFrom")?, written("validUntil")?);
        let in_order = period.begins.zip(period.ends).is_none_or(|(begins, ends)| begins <= ends);
        in_order.then_some(period)
    }

    /// Lets it begin at `begins` and end at `ends`, where it did not begin later or end earlier.
    pub(crate) fn narrow(&mut self, begins: Option<Timestamp>, ends: Option<Timestamp>) {
        self.begins = self.begins.max(begins);
        self.ends = self.ends.into_iter().chain(ends).min();
    }
}

/// The identifier of something that is named by a string or by an object with an `id`.
pub(crate) fn id_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(id) => Some(id),
        other => other.get("id")?.as_str(),
    }
}

/// The types of a credential or presentation: one string or an array of strings.
pub(crate) fn types(document: &Value) -> Option<Vec<&str>> {
    match document.get("type")? {
        Value::String(one) => Some(vec![one]),
        Value::Array(all) => all.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// The URL of a credential's issuer.
pub(crate) fn issuer(credential: &Value) -> Option<&str> {
    credential.get("issuer").and_then(id_of).filter(|id| id.contains(':'))
}

/// Whom the credential speaks about.
pub(crate) fn subjects(credential: &Value) -> impl Iterator<Item = &Value> {
    let (one, many) = match credential.get("credentialSubject") {
        Some(Value::Array(many)) => (None, Some(many)),
        one => (one, None),
    };
    one.into_iter().chain(many.into_iter().flatten())
}

/// Whether it speaks about somebody, and says something about each.
pub(crate) fn says_something(credential: &Value) -> bool {
    credential.get("credentialSubject").is_some_and(tells_something)
}

/// The same of the value of `credentialSubject`.
pub(crate) fn tells_something(subjects: &Value) -> bool {
    match subjects {
        Value::Array(many) => !many.is_empty() && many.iter().all(is_told),
        one => is_told(one),
    }
}

/// The same of what signed statements read as: of a subject that is named and nothing more, an IRI is left.
#[cfg(feature = "ldp")]
pub(crate) fn reads_as_something(reading: &Value) -> bool {
    let named = |subject: &Value| subject.as_str().is_some_and(|id| !id.is_empty());
    subjects(reading).count() > 0 && subjects(reading).all(|subject| is_told(subject) || named(subject))
}

fn is_told(subject: &Value) -> bool {
    subject.as_object().is_some_and(|members| !members.is_empty())
}

/// The identifier of the only one that a credential speaks about.
pub(crate) fn only_subject(credential: &Value) -> Option<&str> {
    let id = id_of(subjects(credential).next()?)?;
    is_only_about(credential, id).then_some(id)
}

/// Whether every subject is the one with this identifier.
pub(crate) fn is_only_about(credential: &Value, id: &str) -> bool {
    subjects(credential).all(|subject| id_of(subject) == Some(id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn moment(year: u32) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(&format!("{year}-01-01T00:00:00Z"))
    }

    /// The members of the other data model count too: what a holder's reader would overlook is judged.
    #[test]
    fn each_moment_counts_whichever_model_it_is_of() {
        let at = |year: u32| json!(format!("{year}-01-01T00:00:00Z"));
        let of = |document: Value, dated| Period::of(&document, dated).map(|it| (it.begins, it.ends));
        let both = json!({"issuanceDate": at(2020), "expirationDate": at(2030), "validFrom": at(2021), "validUntil": at(2025)});
        assert_eq!(of(both, true), Some((moment(2021), moment(2025))));
        assert_eq!(
            of(json!({"issuanceDate": at(2020), "validUntil": at(2025)}), true),
            Some((moment(2020), moment(2025)))
        );
        assert_eq!(of(json!({"expirationDate": at(2025)}), false), Some((None, moment(2025))));
        assert_eq!(of(json!({"validFrom": at(2020)}), true), None);
        assert_eq!(of(json!({"issuanceDate": at(2026), "validUntil": at(2025)}), false), None);
        for name in ["issuanceDate", "expirationDate", "validFrom", "validUntil"] {
            assert_eq!(of(json!({name: "soon"}), false), None, "{name}");
            assert_eq!(of(json!({name: [at(2020), at(2021)]}), false), None, "{name}");
        }
    }
}
