//! What an accepted verdict leads to, where its template says so: an issuer is told of it, signed, and makes an offer for the wallet
//! that answered (docs/decisions/0018-issuing-from-a-shown-credential.md).
//!
//! The issuer learns which question was answered, the facts that the template chose, and digests by which it knows a credential again
//! and nobody else does. The offer goes to the wallet as the `redirect_uri` of its answer (OpenID4VP 1.0 §8.2), on the connection on
//! which it showed the credential: whoever asked does not get it, and there is no redirect to another place besides (§14.3). Whatever
//! comes of it, the verdict stands.

use std::collections::BTreeMap;

use jigap_keys::json::{self as strict, Limits};
use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jigap_wallet_core::ports::{FetchLimits, HttpRequest, HttpResponse};
use jigap_wallet_core::vci::{IssuerIdentifier, OfferLink};
use jigap_wallet_core::verdict::signed::{Attestation, Fact, MEDIA_TYPE, is_fact};
use jigap_wallet_core::verdict::{JudgedCredential, Verdict};
use jigap_wallet_core::vp::{OfferError, is_offer};
use serde_json::{Value, json};
use url::Url;

use crate::verifier::Verifier;

/// The wallet waits meanwhile: a try takes at most so long, and there are so many.
const LIMITS: FetchLimits = FetchLimits { max_bytes: 64 * 1024, timeout_ms: 3_000 };
const TRIES: usize = 2;
/// What an issuer says that takes no more verdicts for now, whoever was shown.
const BUSY: &str = "too-many-verdicts";
/// What an issuer's answer may have.
const ANSWER: Limits = Limits { bytes: LIMITS.max_bytes, depth: 8 };

/// What a template leads to.
#[derive(Debug, Clone)]
pub struct Issues {
    /// Who issues.
    pub issuer: IssuerIdentifier,
    /// By the id of a credential query, what is so where it was answered.
    pub facts: BTreeMap<String, BTreeMap<String, Source>>,
    /// By the id of a credential query, the claims that tell one credential from all others of its issuer; where there are none, the
    /// key tells apart what was shown.
    pub once_by: BTreeMap<String, Vec<ClaimPath>>,
}

/// Where a fact comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// It is so because the query was answered.
    Said(Fact),
    /// From this claim, where that is a boolean or a text.
    Claim(ClaimPath),
}

impl Issues {
    /// What is so by the credentials of a verdict. `None` where one of them lacks a claim that the template says, or has there what is
    /// no fact: an issuer is not told less than it counts on.
    fn facts(&self, verdict: &Verdict) -> Option<BTreeMap<String, Fact>> {
        let mut facts = BTreeMap::new();
        for (position, credential) in verdict.credentials().iter().enumerate() {
            let sources = credential.query_id().and_then(|id| self.facts.get(id));
            for (name, source) in sources.into_iter().flatten() {
                let fact = match source {
                    Source::Said(fact) => Some(fact.clone()),
                    Source::Claim(path) => verdict.claims(position).and_then(|claims| fact_at(path, claims)),
                };
                facts.insert(name.clone(), fact.filter(|fact| is_fact(name, fact))?);
            }
        }
        Some(facts)
    }

    /// What tells the credential at `position` from all others; `None` where nothing does.
    fn told_apart(&self, verdict: &Verdict, position: usize, credential: &JudgedCredential) -> Option<Value> {
        let paths =
            credential.query_id().and_then(|id| self.once_by.get(id)).filter(|paths| !paths.is_empty());
        let Some(paths) = paths else { return Some(json!(["key", credential.holder()?])) };
        let claims = verdict.claims(position)?;
        let values: Option<Vec<&Value>> =
            paths.iter().map(|path| path.select(claims).first().copied()).collect();
        Some(json!(["claims", credential.issuer(), credential.types(), values?]))
    }

    /// Takes out of `claims`, by query id, what was only asked to tell credentials apart: whoever asked is not told.
    pub(crate) fn leave_out(&self, claims: &mut Value) {
        for (id, paths) in &self.once_by {
            let shown = claims.get_mut(id).and_then(Value::as_array_mut).into_iter().flatten();
            shown.for_each(|one| paths.iter().for_each(|path| remove(one, path.steps())));
        }
    }
}

impl Verifier {
    /// The offer for the wallet that answered session `id` so that `verdict` accepts.
    pub(crate) async fn offer(
        &self,
        id: &str,
        (template, issues): (&str, &Issues),
        verdict: &Verdict,
    ) -> Result<Url, OfferError> {
        let signed = self.attested(id, (template, issues), verdict).await.map_err(|what| {
            tracing::error!(what, template, "no verdict was signed");
            OfferError::Refused
        })?;
        let endpoint = Url::parse(&format!("{}/verdicts", issues.issuer)).map_err(|_| OfferError::Refused)?;
        // The same verdict gives the same offer: an answer that was lost is asked for again.
        for _ in 0..TRIES {
            let post = HttpRequest::post(endpoint.clone(), MEDIA_TYPE, signed.clone().into_bytes(), LIMITS);
            match self.library.fetch().send(post).await {
                Ok(answer) if answer.status >= 500 => {
                    tracing::warn!(status = answer.status, template, "the issuer makes no offer now");
                }
                Ok(answer) => return offered(&answer, template, &issues.issuer),
                Err(error) => tracing::warn!(%error, template, "the issuer cannot be reached"),
            }
        }
        Err(OfferError::Unavailable)
    }

    /// What the issuer is told, signed.
    async fn attested(
        &self,
        id: &str,
        (template, issues): (&str, &Issues),
        verdict: &Verdict,
    ) -> Result<String, &'static str> {
        let signing = self.identity.signing().ok_or("the verifier does not sign")?;
        let audience = issues.issuer.as_str();
        let digest = |(position, credential)| {
            let apart = issues.told_apart(verdict, position, credential)?;
            // A key for each issuer: two of them cannot compare what was shown.
            Some(self.record_keys.derive(&format!("shown to {audience}"), &apart.to_string()))
        };
        let facts = issues.facts(verdict).ok_or("a credential lacks a claim that the template says")?;
        let shown: Option<Vec<String>> = verdict.credentials().iter().enumerate().map(digest).collect();
        let attestation = Attestation {
            verifier: signing.client_id.as_str(),
            audience,
            id,
            template,
            facts: &facts,
            shown: &shown.ok_or("nothing tells the credential that was shown from others")?,
        };
        let unsigned = attestation.unsigned(verdict, signing.signer.public_key(), self.clock.now());
        let unsigned = unsigned.map_err(|_| "what is to be said is not in its form")?;
        unsigned.sign_with(&*signing.signer).await.map_err(|_| "the signing key is not available")
    }
}

/// The offer in the issuer's answer: by reference, to a place of its own.
fn offered(answer: &HttpResponse, template: &str, issuer: &IssuerIdentifier) -> Result<Url, OfferError> {
    let body = strict::parse(&answer.body, ANSWER).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if answer.status != 201 {
        let code = text("code").filter(|code| code.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
        tracing::warn!(status = answer.status, code, template, "the issuer makes no offer");
        let busy = answer.status == 429 && code == Some(BUSY);
        return Err(if busy { OfferError::Unavailable } else { OfferError::Refused });
    }
    let own = |link: &Url| match OfferLink::parse(link.as_str()) {
        Ok(OfferLink::Reference(place)) => place.as_str().starts_with(&format!("{issuer}/")),
        _ => false,
    };
    let link =
        text("offer").and_then(|link| Url::parse(link).ok()).filter(|link| is_offer(link) && own(link));
    link.ok_or(OfferError::Unavailable)
}

fn fact_at(path: &ClaimPath, claims: &Value) -> Option<Fact> {
    match path.select(claims).first()? {
        Value::Bool(is) => Some(Fact::Is(*is)),
        Value::String(text) => Some(Fact::Says(text.clone())),
        _ => None,
    }
}

/// Takes out what keys alone lead to.
fn remove(value: &mut Value, steps: &[PathStep]) {
    match (value, steps) {
        (Value::Object(members), [PathStep::Key(name)]) => {
            members.remove(name);
        }
        (Value::Object(members), [PathStep::Key(name), rest @ ..]) => {
            if let Some(below) = members.get_mut(name) {
                remove(below, rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(json: Value) -> ClaimPath {
        ClaimPath::from_json(&json).unwrap()
    }

    #[test]
    fn facts_are_booleans_and_texts_and_nothing_else() {
        let claims = json!({"adult": true, "level": "석사", "age": 19, "many": ["a"], "of": {"x": "y"}});
        let fact = |json| fact_at(&path(json), &claims);
        assert_eq!(fact(json!(["adult"])), Some(Fact::Is(true)));
        assert_eq!(fact(json!(["of", "x"])), Some(Fact::Says("y".to_owned())));
        for other in [json!(["age"]), json!(["many"]), json!(["of"]), json!(["no"])] {
            assert_eq!(fact(other), None);
        }
    }

    #[test]
    fn what_tells_apart_is_told_to_nobody() {
        let issues = Issues {
            issuer: IssuerIdentifier::parse("https://id.example/passes", "issuer").unwrap(),
            facts: BTreeMap::new(),
            once_by: BTreeMap::from([(
                "s".to_owned(),
                vec![path(json!(["number"])), path(json!(["org.example", "document_number"]))],
            )]),
        };
        let mut claims = json!({
            "s": [{"number": "7", "a": 1, "org.example": {"document_number": "9", "b": 2}}, {"a": 3}],
            "t": [{"number": "8"}],
        });
        issues.leave_out(&mut claims);
        assert_eq!(
            claims,
            json!({"s": [{"a": 1, "org.example": {"b": 2}}, {"a": 3}], "t": [{"number": "8"}]})
        );
    }
}
