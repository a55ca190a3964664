//! Entries of a trust list, of the issuers that a list of trusted entities names.

use jigap_keys::{base64url, hash};

use super::profile::{NOTIFIED, WITHDRAWN};
use super::{Entity, Lote, Service};
use crate::text::is_deceptive;
use crate::time::Timestamp;
use crate::trust::{Authorities, Mechanism, Names, PinnedKeys, TrustEntry};
use crate::x509::{Anchors, MAX_ANCHORS};

/// Most characters of a name in a trust list.
const MAX_NAME: usize = 200;
/// How the types of services end that go together.
const ISSUANCE: &str = "/Issuance";
const REVOCATION: &str = "/Revocation";

/// Which services of a list issue what.
#[derive(Debug, Clone, Copy)]
pub struct Issuing<'a> {
    /// The `ServiceTypeIdentifier` of those who issue, as `http://uri.etsi.org/19602/SvcType/PID/Issuance`. The service that
    /// signs status lists has the same with `Revocation` at its end.
    pub service: &'a str,
    /// What they may issue: `vct` values, type IRIs, document types.
    pub types: &'a [String],
    /// Status URIs in force, beside those that the annexes define; a service without a status is in force.
    pub in_force: &'a [String],
}

impl Lote {
    /// An entry for each entity that issues, from when the list was issued until it is to be updated: whatever its certificates
    /// certify is its own ([`Mechanism::X5cAny`]). Its status lists are signed by its service for that, where it lists one.
    /// Withdrawn services make withdrawn entries; those of another status, or without a usable certificate, make none.
    pub fn entries(&self, issuing: &Issuing<'_>) -> Vec<TrustEntry> {
        let mut entries = Vec::new();
        for (at, entity) in self.entities.iter().enumerate() {
            // Entities of one name are still several.
            let before = self.entities.iter().take(at).filter(|other| other.names == entity.names).count();
            entries.extend(self.entries_of(entity, before, issuing));
        }
        entries
    }

    fn entries_of(&self, entity: &Entity, before: usize, issuing: &Issuing<'_>) -> Vec<TrustEntry> {
        let base = self.identifier(entity, before);
        let in_force = |service: &str| entity.certificates(service, |it| it.is_in_force(issuing.in_force));
        let ended = entity.certificates(issuing.service, Service::is_withdrawn);
        let lists = issuing.service.strip_suffix(ISSUANCE).map(|kind| format!("{kind}{REVOCATION}"));

        let lists = lists.map(|service| in_force(&service)).unwrap_or_default();
        let mut status = self.of_certificates(&format!("{base}/status"), entity, &lists);
        for entry in &mut status {
            entry.keys = Some(PinnedKeys { credentials: Some(Vec::new()), status_lists: None });
        }
        let mut issuers = self.of_certificates(&base, entity, &in_force(issuing.service));
        let mut ended = self.of_certificates(&format!("{base}/withdrawn"), entity, &ended);
        for entry in &mut ended {
            entry.withdrawn_since = entity.withdrawn_since(issuing.service).or(Some(self.scheme.issued_at));
        }
        issuers.append(&mut ended);
        if issuers.is_empty() {
            return issuers;
        }
        let apart = PinnedKeys { credentials: None, status_lists: Some(Vec::new()) };
        for entry in &mut issuers {
            entry.types = issuing.types.to_vec();
            entry.status_issuers = status.iter().map(|entry| entry.issuer.clone()).collect();
            entry.keys = (!status.is_empty()).then(|| apart.clone());
        }
        issuers.append(&mut status);
        issuers
    }

    /// Entries that are known by these certificates and may do nothing yet.
    fn of_certificates(&self, base: &str, entity: &Entity, certificates: &[Vec<u8>]) -> Vec<TrustEntry> {
        let names = Names { ko: name(&entity.names, "ko"), en: name(&entity.names, "en") };
        let entry = |(at, chunk): (usize, &[Vec<u8>])| {
            Some(TrustEntry {
                issuer: if at == 0 { base.to_owned() } else { format!("{base}/{at}") },
                names: names.clone(),
                mechanism: Mechanism::X5cAny(Anchors::new(chunk.to_vec()).ok()?),
                keys: None,
                types: Vec::new(),
                valid_from: self.scheme.issued_at,
                valid_until: self.scheme.next_update?,
                withdrawn_since: None,
                status_issuers: Vec::new(),
                authorities: Authorities::default(),
            })
        };
        certificates.chunks(MAX_ANCHORS).enumerate().filter_map(entry).collect()
    }

    /// A name for machines that stays the same from list to list: lists give none.
    fn identifier(&self, entity: &Entity, before: usize) -> String {
        let of = format!("{}|{}|{before}", self.id(), name(&entity.names, "en"));
        format!("urn:jigap:lote:{}", base64url::encode(hash::sha256(of.as_bytes())))
    }
}

impl Entity {
    /// The well-formed certificates of its services of this type that are `wanted`.
    fn certificates(&self, service_type: &str, wanted: impl Fn(&Service) -> bool) -> Vec<Vec<u8>> {
        let services = self.services.iter().filter(|it| it.provides(service_type) && wanted(it));
        let certificates = services.flat_map(|it| &it.certificates);
        certificates.filter(|der| Anchors::new(vec![(*der).clone()]).is_ok()).cloned().collect()
    }

    /// Since when the first of its withdrawn services of this type is.
    fn withdrawn_since(&self, service_type: &str) -> Option<Timestamp> {
        let ended = self.services.iter().filter(|it| it.provides(service_type) && it.is_withdrawn());
        ended.filter_map(|it| it.status_since).min()
    }
}

impl Service {
    fn provides(&self, service_type: &str) -> bool {
        self.service_type.as_deref() == Some(service_type)
    }

    fn is_withdrawn(&self) -> bool {
        self.status.as_deref() == Some(WITHDRAWN)
    }

    fn is_in_force(&self, in_force: &[String]) -> bool {
        self.status
            .as_deref()
            .is_none_or(|status| status == NOTIFIED || in_force.iter().any(|it| it == status))
    }
}

/// The name in this language, else in English, else the first: without what deceives the eye, and not too long.
pub(super) fn name(names: &[(String, String)], lang: &str) -> String {
    let of = |lang: &str| names.iter().find(|(it, _)| it.split('-').next() == Some(lang));
    let name = of(lang).or_else(|| of("en")).or_else(|| names.first()).map_or("", |(_, name)| name.as_str());
    let clean: String = name.chars().filter(|it| !is_deceptive(*it)).take(MAX_NAME).collect();
    if clean.trim().is_empty() { "?".to_owned() } else { clean }
}
