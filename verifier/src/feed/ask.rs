//! What a consumer asks: which credentials a person is to show, what of them is told on, what for, and of whose persona.
//!
//! Refused: what no wallet could agree to, and what could not be told: claims that the query does not name, credentials in a format that
//! carries no consent (every one but `dc+sd-jwt`), or that come several at once.

use std::collections::BTreeMap;

use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::dcql::{CredentialQuery, Format, Query};
use jigap_wallet_core::facts::{Scalar, Sought, Subject};
use jigap_wallet_core::sealing::is_random_id;
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::vp::{FeedConsent, Purpose, TRANSACTION_DATA};
use serde_json::Value;

use super::records::Request;
use super::{Consumer, Feed, FeedError, places};
use crate::feed::places::Due;
use crate::session::{LIFETIME, PolicyOf};
use crate::verifier::{MAX_OWN_QUERY, Opened, Verifier, VerifierError, check_query};

/// Most things that one request seeks.
pub const MAX_SOUGHT: usize = 16;
/// How long after it ended it is told what came of a request.
const KEPT: Seconds = Seconds(86_400);

/// What a consumer wants to be told.
pub(crate) struct Wish {
    /// The DCQL query.
    pub(crate) query: Value,
    /// By the id of a credential query, which claim (`None`: that it is held), and of which values it is only told that it is one.
    pub(crate) sought: Vec<(String, Option<ClaimPath>, Vec<Scalar>)>,
    /// What for.
    pub(crate) purpose: Purpose,
    /// The thumbprint of the persona's key.
    pub(crate) bound_to: String,
}

/// Why it is not asked: the consumer's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing is sought, or too much.
    #[error("1 to 16 things are sought")]
    Count,
    /// A credential that the query does not ask for.
    #[error("a credential is sought that the query does not ask for")]
    Credential,
    /// Its format carries no consent, or it may come without its holder's proof.
    #[error("facts are told of dc+sd-jwt with its holder's proof alone: no other format carries a consent")]
    Format,
    /// Several may come.
    #[error("a credential of which several may come is sought")]
    Several,
    /// A claim that the query does not name.
    #[error("a claim is sought that the query does not name")]
    Claim,
    /// `one_of` without a claim.
    #[error("values are sought of no claim")]
    Values,
    /// `bound_to` is no thumbprint.
    #[error("bound_to is no SHA-256 thumbprint in base64url")]
    Persona,
    /// The purpose, or what else a wallet would refuse.
    #[error(
        "the purpose has 1 to 400 bytes in each language and nothing unseen, and nothing is sought twice"
    )]
    Consent,
}

/// A request that was made.
pub(crate) struct Made {
    pub(crate) opened: Opened,
    pub(crate) subject: Subject,
    pub(crate) expires: Timestamp,
}

impl Wish {
    /// What its holder is asked to agree to.
    fn consent(self, consumer: &Consumer, query: &Query) -> Result<FeedConsent, Refused> {
        if !(1..=MAX_SOUGHT).contains(&self.sought.len()) {
            return Err(Refused::Count);
        }
        if !is_random_id::<32>(&self.bound_to) {
            return Err(Refused::Persona);
        }
        let mut facts: BTreeMap<String, Vec<Sought>> = BTreeMap::new();
        for (id, path, one_of) in self.sought {
            let asked = query.credentials().iter().find(|asked| asked.id() == id);
            can_be_told(asked.ok_or(Refused::Credential)?, path.as_ref(), &one_of)?;
            facts.entry(id).or_default().push(Sought { path, one_of });
        }
        let (consumer, purpose) = (consumer.name.clone(), self.purpose);
        Ok(FeedConsent { consumer, purpose, bound_to: self.bound_to, facts })
    }
}

fn can_be_told(asked: &CredentialQuery, path: Option<&ClaimPath>, one_of: &[Scalar]) -> Result<(), Refused> {
    if asked.format() != Some(Format::DcSdJwt) || !asked.requires_holder_binding() {
        return Err(Refused::Format);
    }
    if asked.multiple() {
        return Err(Refused::Several);
    }
    match path {
        None if !one_of.is_empty() => Err(Refused::Values),
        Some(path) if !asked.claims().iter().any(|claim| claim.path == *path) => Err(Refused::Claim),
        _ => Ok(()),
    }
}

impl Verifier {
    /// Asks for what `consumer` wants to be told.
    pub(crate) async fn ask_for_facts(
        &self,
        (feed, consumer): (&Feed, &Consumer),
        wish: Wish,
    ) -> Result<Made, VerifierError> {
        let query = wish.query.clone();
        if query.to_string().len() > MAX_OWN_QUERY {
            return Err(VerifierError::LargeQuery);
        }
        check_query(&query).map_err(VerifierError::Query)?;
        let read = Query::parse(&query).map_err(VerifierError::Query)?;
        let consent = wish.consent(consumer, &read).map_err(VerifierError::NotAsked)?;
        let subject = feed.subject(&consumer.name, &consent.bound_to)?;
        let policy = PolicyOf::Feed(consumer.name.clone());
        let expires = self.clock.now().plus(LIFETIME);
        let opened = self.open(&query, (policy, Some(&consent)), async |id| {
            let request = Request {
                consumer: consumer.name.clone(),
                subject: subject.clone(),
                expires,
                accepted: false,
            };
            feed.note(id, &request).await
        });
        let opened = opened.await.map_err(|error| match error {
            // What a wallet would refuse of what is ours is what the consumer said.
            VerifierError::Refused(refusal) if refusal.check == TRANSACTION_DATA => {
                VerifierError::NotAsked(Refused::Consent)
            }
            error => error,
        })?;
        Ok(Made { opened, subject, expires })
    }
}

impl Feed {
    /// Notes what was asked, until nobody is told any more what came of it.
    pub(super) async fn note(&self, id: &str, request: &Request) -> Result<(), FeedError> {
        jigap_wallet_core::ports::transact(&*self.store, |tx| async move {
            tx.set(Due::Forget.at(request.expires.plus(KEPT), id), b"");
            self.books().write(&tx, &places::request(id), request)
        })
        .await
    }
}
