//! The profiles of lists in Annexes D to H, and that of the Commission's list of providers of mobile driving licences, which has
//! their shape. A list of another type has no profile here (of registrars, Annex I, no more than the URIs is known to us).

use super::{Lote, PROFILE, Scheme, Service};
use crate::time::Seconds;
use crate::verdict::{Reason, Refusal};

const BROKEN: Reason = Reason::new(
    "lote-profile",
    "the list does not keep the profile of its type",
    "목록이 그 유형의 프로필을 지키지 않습니다",
);

/// The longest that six months are.
const SIX_MONTHS: Seconds = Seconds(184 * 86_400);

/// What the tables of an annex fix.
struct Profile {
    list_type: &'static str,
    /// One of them.
    status_determination: &'static [&'static str],
    community_rules: &'static str,
    /// All that may be listed.
    services: &'static [&'static str],
    /// One of them for each service, with its starting time; none: a service has neither.
    statuses: &'static [&'static str],
    /// Whether each service is known by certificates.
    by_certificates: bool,
}

/// Annex H. The one that is in force.
pub(super) const NOTIFIED: &str = "http://uri.etsi.org/19602/PubEAAProvidersList/SvcStatus/notified";
/// Annex H. The one that is not.
const WITHDRAWN: &str = "http://uri.etsi.org/19602/PubEAAProvidersList/SvcStatus/withdrawn";

const PROFILES: [Profile; 6] = [
    Profile {
        list_type: "http://uri.etsi.org/19602/LoTEType/EUPIDProvidersList",
        status_determination: &["http://uri.etsi.org/19602/PIDProvidersList/StatusDetn/EU"],
        community_rules: "http://uri.etsi.org/19602/PIDProviders/schemerules/EU",
        services: &[
            "http://uri.etsi.org/19602/SvcType/PID/Issuance",
            "http://uri.etsi.org/19602/SvcType/PID/Revocation",
        ],
        statuses: &[],
        by_certificates: true,
    },
    Profile {
        list_type: "http://uri.etsi.org/19602/LoTEType/EUWalletProvidersList",
        status_determination: &["http://uri.etsi.org/19602/WalletProvidersList/StatusDetn/EU"],
        community_rules: "http://uri.etsi.org/19602/WalletProvidersList/schemerules/EU",
        services: &[
            "http://uri.etsi.org/19602/SvcType/WalletSolution/Issuance",
            "http://uri.etsi.org/19602/SvcType/WalletSolution/Revocation",
        ],
        statuses: &[],
        by_certificates: true,
    },
    Profile {
        list_type: "http://uri.etsi.org/19602/LoTEType/EUWRPACProvidersList",
        status_determination: &["http://uri.etsi.org/19602/WRPACProvidersList/StatusDetn/EU"],
        community_rules: "http://uri.etsi.org/19602/WRPACProvidersList/schemerules/EU",
        services: &[
            "http://uri.etsi.org/19602/SvcType/WRPAC/Issuance",
            "http://uri.etsi.org/19602/SvcType/WRPAC/Revocation",
        ],
        statuses: &[],
        by_certificates: true,
    },
    Profile {
        list_type: "http://uri.etsi.org/19602/LoTEType/EUWRPRCProvidersList",
        // Table G.1 leaves a letter out; both spellings are in use.
        status_determination: &[
            "http://uri.etsi.org/19602/WRPRCrovidersList/StatusDetn/EU",
            "http://uri.etsi.org/19602/WRPRCProvidersList/StatusDetn/EU",
        ],
        community_rules: "http://uri.etsi.org/19602/WRPRCProvidersList/schemerules/EU",
        services: &[
            "http://uri.etsi.org/19602/SvcType/WRPRC/Issuance",
            "http://uri.etsi.org/19602/SvcType/WRPRC/Revocation",
        ],
        statuses: &[],
        by_certificates: true,
    },
    Profile {
        list_type: "http://uri.etsi.org/19602/LoTEType/EUPubEAAProvidersList",
        status_determination: &["http://uri.etsi.org/19602/PubEAAProvidersList/StatusDetn/EU"],
        community_rules: "http://uri.etsi.org/19602/PubEAAProvidersList/schemerules/EU",
        services: &[
            "http://uri.etsi.org/19602/SvcType/PubEAA/Issuance",
            "http://uri.etsi.org/19602/SvcType/PubEAA/Revocation",
        ],
        statuses: &[NOTIFIED, WITHDRAWN],
        by_certificates: false,
    },
    Profile {
        list_type: "http://trust.ec.europa.eu/lists/mDL/mDLProvidersListType",
        status_determination: &["http://trust.ec.europa.eu/lists/mDL/mDLProvidersListStatusDetn"],
        community_rules: "http://trust.ec.europa.eu/lists/mDL/schemerules",
        services: &[
            "http://trust.ec.europa.eu/lists/mDL/SvcType/Issuance",
            "http://trust.ec.europa.eu/lists/mDL/SvcType/Revocation",
        ],
        statuses: &[],
        by_certificates: true,
    },
];

/// Refuses a list whose type has a profile that it does not keep.
pub(super) fn require(list: &Lote) -> Result<(), Refusal> {
    let profile = PROFILES.iter().find(|profile| list.scheme.list_type.as_deref() == Some(profile.list_type));
    let Some(profile) = profile else { return Ok(()) };
    let mut services = list.entities.iter().flat_map(|entity| &entity.services);
    if profile.allows(&list.scheme) && services.all(|service| profile.lists(service)) {
        Ok(())
    } else {
        Err(PROFILE.refuse(BROKEN))
    }
}

impl Profile {
    fn allows(&self, scheme: &Scheme) -> bool {
        let determined = scheme.status_determination.as_deref();
        let in_time = scheme.next_update.is_none_or(|next| next <= scheme.issued_at.plus(SIX_MONTHS));
        scheme.version == 1
            && determined.is_some_and(|by| self.status_determination.contains(&by))
            && scheme.community_rules.iter().any(|rules| rules == self.community_rules)
            && scheme.territory.as_deref() == Some("EU")
            && !scheme.keeps_history
            && in_time
    }

    fn lists(&self, service: &Service) -> bool {
        let of_type = service.service_type.as_deref().is_some_and(|it| self.services.contains(&it));
        let status = match (service.status.as_deref(), service.status_since) {
            (None, None) => self.statuses.is_empty(),
            (Some(status), Some(_)) => self.statuses.contains(&status),
            _ => false,
        };
        of_type && status && (!self.by_certificates || !service.certificates.is_empty())
    }
}
