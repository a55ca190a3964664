//! Entries of a trust list, of the issuers that a list of trusted entities names.

use std::collections::BTreeSet;

use jigap_keys::{base64url, hash};

use super::profile::NOTIFIED;
use super::{Entity, Lote, Scheme, Service};
use crate::text::is_deceptive;
use crate::time::Timestamp;
use crate::trust::{Authorities, Mechanism, Names, PinnedKeys, TrustEntry};
use crate::x509::{Anchors, Leaf, MAX_ANCHORS};

/// Most characters of a name, and most pinned keys and status issuers of an entry, in a trust list.
const MAX_NAME: usize = 200;
const MAX_KEYS: usize = 256;
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
    /// An entry for each entity that issues, from when the list was issued, or its service began, until it is to be updated:
    /// whatever its certificates certify is its own ([`Mechanism::X5cAny`]). Its status lists are signed by its service for that,
    /// where it lists one. A service that is not in force makes a withdrawn entry; one without a usable certificate none.
    pub fn entries(&self, issuing: &Issuing<'_>) -> Vec<TrustEntry> {
        let mut entries = Vec::new();
        for (at, entity) in self.entities.iter().enumerate() {
            // Entities of one name are still several.
            let is_named_as_before = self.entities.iter().take(at).any(|other| other.names == entity.names);
            entries.extend(self.entries_of(entity, is_named_as_before, issuing));
        }
        // One that is listed twice with the same names and certificate is one.
        let mut seen = BTreeSet::new();
        entries.retain(|entry: &TrustEntry| seen.insert(entry.issuer.clone()));
        entries
    }

    fn entries_of(&self, entity: &Entity, again: bool, issuing: &Issuing<'_>) -> Vec<TrustEntry> {
        let base = self.identifier(entity, again, issuing.service);
        let lists = issuing.service.strip_suffix(ISSUANCE).map(|kind| format!("{kind}{REVOCATION}"));
        let lists = lists.unwrap_or_default();
        let of = |service: &str, in_force: bool| {
            entity.certificates(service, |it| it.is_in_force(issuing.in_force) == in_force)
        };

        let mut status = self.of_certificates(&format!("{base}/status"), entity, &of(&lists, true));
        for entry in &mut status {
            entry.keys = Some(PinnedKeys { credentials: Some(Vec::new()), status_lists: None });
        }
        let mut issuers = self.of_certificates(&base, entity, &of(issuing.service, true));
        for entry in &mut issuers {
            entry.valid_from = entry.valid_from.max(entity.since(issuing, true).unwrap_or(entry.valid_from));
        }
        let mut ended =
            self.of_certificates(&format!("{base}/withdrawn"), entity, &of(issuing.service, false));
        for entry in &mut ended {
            let since = entity.since(issuing, false).unwrap_or(self.scheme.issued_at);
            entry.withdrawn_since = Some(since.min(self.scheme.issued_at));
        }
        issuers.append(&mut ended);
        issuers.retain(|entry| entry.valid_from < entry.valid_until);
        if issuers.is_empty() {
            return issuers;
        }
        let apart = entity.services.iter().any(|it| it.provides(&lists)).then(|| entity.keys_apart(&lists));
        for entry in &mut issuers {
            entry.types = issuing.types.to_vec();
            entry.status_issuers = status.iter().map(|entry| entry.issuer.clone()).collect();
            entry.keys.clone_from(&apart);
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
                passes: crate::trust::PassTerms::default(),
                authorities: Authorities::default(),
            })
        };
        certificates.chunks(MAX_ANCHORS).enumerate().take(MAX_KEYS).filter_map(entry).collect()
    }

    /// A name for machines that stays the same from list to list as long as list, service and entity keep their names: lists give
    /// none. Entities of one name are told apart by a certificate.
    fn identifier(&self, entity: &Entity, again: bool, service: &str) -> String {
        let Scheme { list_type, territory, operator, .. } = &self.scheme;
        let certificate = entity.certificates(service, |_| true).into_iter().next().filter(|_| again);
        let certificate = certificate.map(|der| base64url::encode(hash::sha256(&der)));
        let of = format!("{:?}", (list_type, territory, operator, service, &entity.names, certificate));
        format!("urn:jigap:lote:{}", base64url::encode(hash::sha256(of.as_bytes())))
    }
}

impl Entity {
    /// The well-formed certificates of its services of this type that are `wanted`, each once.
    fn certificates(&self, service_type: &str, wanted: impl Fn(&Service) -> bool) -> Vec<Vec<u8>> {
        let services = self.services.iter().filter(|it| it.provides(service_type) && wanted(it));
        let mut seen = BTreeSet::new();
        let certificates = services.flat_map(|it| &it.certificates).filter(|der| seen.insert(*der));
        certificates.filter(|der| Anchors::new(vec![(*der).clone()]).is_ok()).cloned().collect()
    }

    /// Since when the first of its issuing services that are in force is, or of those that are not.
    fn since(&self, issuing: &Issuing<'_>, in_force: bool) -> Option<Timestamp> {
        let services = self.services.iter().filter(|it| it.provides(issuing.service));
        let services = services.filter(|it| it.is_in_force(issuing.in_force) == in_force);
        services.filter_map(|it| it.status_since).min()
    }

    /// The listed keys of its services for status lists sign no credentials, and keys of others no status lists. What an
    /// authority certifies that is listed for both is told apart by nothing.
    fn keys_apart(&self, lists: &str) -> PinnedKeys {
        let leaves = self.certificates(lists, |_| true);
        let leaves = leaves.iter().filter_map(|der| Leaf::dangerous_without_path(der).ok());
        let keys: BTreeSet<String> = leaves.map(|leaf| leaf.key().thumbprint()).take(MAX_KEYS).collect();
        PinnedKeys { credentials: None, status_lists: Some(keys.into_iter().collect()) }
    }
}

impl Service {
    fn provides(&self, service_type: &str) -> bool {
        self.service_type.as_deref() == Some(service_type)
    }

    /// A service without a status is; of the others those whose status the annexes or the reader say is.
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
