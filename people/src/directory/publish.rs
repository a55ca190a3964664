//! What is published of a listing: its document, backed by the facets that are proved now, while its person wants to be found. It is
//! brought in line in the same commit with whatever changes one of the three.

use std::collections::BTreeSet;

use jigap_keys::base64url;
use jigap_wallet_core::facts::{FactId, VerifiedClaim};
use jigap_wallet_core::people::listing::{ListingDocument, State};
use jigap_wallet_core::people::{self, PersonaId};
use jigap_wallet_core::verdict::Refusal;

use super::stored::{self, ListingRecord};
use super::take::Work;
use super::{DirectoryError, ONE_LISTING, SECOND, places};
use crate::event::What;
use crate::facet::Facet;
use crate::kinds::{Dsub, text};
use crate::listing::{Admitted, Listing};

/// What a document and what is proved come to.
#[derive(Default)]
struct Backed {
    facets: Vec<Facet>,
    /// Where it says that this person is listed.
    held: BTreeSet<String>,
    /// Somebody else holds one of these places: the same person under another persona.
    second: bool,
    /// Why nothing backs a kind whose proof names the holder's record: the document's blind does not open it.
    unopened: Option<Refusal>,
}

impl Work<'_> {
    /// Brings what is published of a persona in line, if it has a listing.
    pub(super) async fn publish_again(&mut self, persona: &PersonaId) -> Result<(), DirectoryError> {
        match self.listing(persona).await? {
            Some(mut record) => self.publish(persona, &mut record, false).await,
            None => Ok(()),
        }
    }

    /// Brings what is published in line with `record`. A document that was just handed in (`strict`) is refused where it cannot be published as
    /// it is, by SE-04, SE-05, LI-04 and DS-01 to DS-03; later, what is proved may change so: then it is hidden and its person can read why.
    pub(super) async fn publish(
        &mut self,
        persona: &PersonaId,
        record: &mut ListingRecord,
        strict: bool,
    ) -> Result<(), DirectoryError> {
        let document = record.document()?;
        let backed = match &document {
            Some(document) => self.backed(persona, document).await?,
            None => Backed::default(),
        };
        for place in record.held.difference(&backed.held) {
            self.clear_holder(place);
        }
        for place in &backed.held {
            self.put_holder(place, persona);
        }
        let (admitted, refusal) = admit(document.as_ref(), &backed, &self.directory.parts.titles);
        if let (true, Some(refusal)) = (strict, refusal) {
            return Err(refusal.into());
        }
        record.held = backed.held;
        record.refused = refusal.map(|refusal| refusal.check.id.to_owned());
        match admitted {
            Some(admitted) => self.show(record, admitted)?,
            None => self.hide(persona, record)?,
        }
        self.put_listing(persona, record)
    }

    fn show(&mut self, record: &mut ListingRecord, admitted: Admitted) -> Result<(), DirectoryError> {
        let shown = stored::shown(&admitted)?;
        if record.published && record.shown == shown {
            return Ok(());
        }
        let facets = &admitted.listing().facets;
        let facts: BTreeSet<FactId> = facets.iter().flat_map(|facet| facet.facts.iter().cloned()).collect();
        let kinds = facets.iter().map(|facet| facet.kind.clone()).collect();
        // It is known to hold, whatever the index was told before.
        for fact in &facts {
            if record.doubted.remove(fact) {
                self.log(&What::Confirmed(fact.clone()))?;
            }
        }
        self.log(&What::Listed(Box::new(admitted)))?;
        (record.published, record.known, record.shown) = (true, true, shown);
        (record.facts, record.kinds) = (facts, kinds);
        Ok(())
    }

    fn hide(&mut self, persona: &PersonaId, record: &mut ListingRecord) -> Result<(), DirectoryError> {
        if record.state == State::Withdrawn && record.known {
            self.log(&What::Withdrawn(persona.to_string()))?;
            record.known = false;
        } else if record.published {
            self.log(&What::Paused(persona.to_string()))?;
        }
        (record.published, record.shown) = (false, [0; 32]);
        record.kinds.clear();
        record.facts.clear();
        Ok(())
    }

    /// The facets that back a document now, and where they say that its person is listed.
    async fn backed(
        &self,
        persona: &PersonaId,
        document: &ListingDocument,
    ) -> Result<Backed, DirectoryError> {
        let parts = &self.directory.parts;
        let mut backed = Backed::default();
        let subject = self.persona(persona).await?.and_then(|known| known.subject);
        let Some(subject) = subject else { return Ok(backed) };
        let found = self.found(&subject).await?;
        for backing in &document.backings {
            let Some(kind) = parts.kinds.find(&backing.kind) else { continue };
            let (before, mut unopened) = (backed.facets.len(), None);
            for (facet, claim) in parts.kinds.facets(kind, &found) {
                match (claim, backing.blind.as_deref()) {
                    (Some(claim), Some(blind)) => {
                        let dsub = match named(&parts.audience, claim, blind) {
                            Ok(dsub) => dsub,
                            Err(refusal) => {
                                unopened = Some(refusal);
                                continue;
                            }
                        };
                        let place = places::holder(&kind.id, dsub.as_str());
                        if self.holder(&place).await?.is_some_and(|holder| holder != persona.as_str()) {
                            backed.second = true;
                            continue;
                        }
                        backed.held.insert(place);
                    }
                    // Whose record it is was shown, and the document keeps it back; or it has to be shown.
                    (Some(_), None) => continue,
                    (None, _) if parts.dsub == Dsub::Required => continue,
                    (None, _) => {}
                }
                backed.facets.push(facet);
            }
            // Of two proofs the one that the document was not made for is left out.
            let unopened = unopened.filter(|_| backed.facets.len() == before);
            backed.unopened = backed.unopened.or(unopened);
        }
        Ok(backed)
    }
}

/// What the holder's record is called here. Refuses by DS-01 to DS-03 a blind that does not hide this directory's name in what the issuer signed.
fn named(directory: &str, claim: &VerifiedClaim, blind: &str) -> Result<people::Dsub, Refusal> {
    let blind = base64url::decode(blind).unwrap_or_default();
    people::Dsub::open(text(claim).unwrap_or_default(), &blind, directory)
}

/// What may be published; why not, where a document that wants to be is refused.
fn admit(
    document: Option<&ListingDocument>,
    backed: &Backed,
    titles: &crate::words::titles::Titles,
) -> (Option<Admitted>, Option<Refusal>) {
    let Some(document) = document.filter(|document| document.state == State::Listed) else {
        return (None, None);
    };
    if backed.second {
        return (None, Some(ONE_LISTING.refuse(SECOND)));
    }
    if let Some(refusal) = backed.unopened {
        return (None, Some(refusal));
    }
    let listing = match Listing::written(document, backed.facets.clone()) {
        Ok(listing) => listing,
        Err(refusal) => return (None, Some(refusal)),
    };
    if listing.facets.is_empty() {
        // Nothing proves it yet: it is looked at as it will be, but for what is missing.
        return (None, listing.look().err());
    }
    match listing.admit(titles) {
        Ok(admitted) => (Some(admitted), None),
        Err(refusal) => (None, Some(refusal)),
    }
}
