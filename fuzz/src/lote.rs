//! Target of `lote`: lists of trusted entities.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::lote::{Issuing, Lote, Signers};
use jigap_wallet_core::trust::TrustListContent;
use jigap_wallet_core::x509::Anchors;
use serde_json::{Value, json};

use crate::fixtures::{NOW, header, issuer, must, seeds, token};
use crate::trust;

/// Of the issuer's key (fuzz/README.md).
const OPERATOR: &[u8] = include_bytes!("../certificates/operator.der");
const PROVIDER: &[u8] = include_bytes!("../certificates/root.der");
const ISSUANCE: &str = "http://uri.etsi.org/19602/SvcType/PID/Issuance";

static SIGNERS: LazyLock<Anchors> = LazyLock::new(|| must(Anchors::new(vec![OPERATOR.to_vec()])));

/// What is read was signed; every entry that is made of it belongs to a listed service, and is over when the list is.
pub(crate) fn list(data: &[u8]) {
    let Some(token) = token(data, &signed(), issuer()) else { return };
    let Ok(list) = Lote::verify(&token.text, signers(), NOW) else { return };
    token.require_signed();
    let types = ["urn:eudi:pid:1".to_owned()];
    let entries = list.entries(&Issuing { service: ISSUANCE, types: &types, in_force: &[] });
    let content = TrustListContent { entries: entries.clone(), ..trust::content() };
    must(content.issue(issuer(), None));
    for entry in entries {
        assert_eq!(Some(entry.valid_until), list.scheme.next_update);
        assert!(entry.types.is_empty() || entry.types == types);
        assert!(!entry.names.en.trim().is_empty());
    }
}

fn signers() -> Signers<'static> {
    Signers { pinned: &SIGNERS, operator: None }
}

fn signed() -> Header {
    header("JOSE").x5c(vec![OPERATOR.to_vec()])
}

fn payload(list_type: &str, status: &Value) -> Value {
    let en = |value: &str| json!([{"lang": "en", "value": value}]);
    let uri = |value: &str| json!([{"lang": "en", "uriValue": value}]);
    let identity = json!({"X509Certificates": [{"val": STANDARD.encode(PROVIDER)}], "OtherIds": ["a"]});
    let mut service = json!({
        "ServiceName": en("PID"), "ServiceTypeIdentifier": ISSUANCE, "ServiceDigitalIdentity": identity,
    });
    if let (Some(service), Some(status)) = (service.as_object_mut(), status.as_object()) {
        service.extend(status.clone());
    }
    json!({"LoTE": {
        "ListAndSchemeInformation": {
            "LoTEVersionIdentifier": 1,
            "LoTESequenceNumber": 7,
            "LoTEType": list_type,
            "SchemeOperatorName": en("Operator"),
            "StatusDeterminationApproach": "http://uri.etsi.org/19602/PIDProvidersList/StatusDetn/EU",
            "SchemeTypeCommunityRules": uri("http://uri.etsi.org/19602/PIDProviders/schemerules/EU"),
            "SchemeTerritory": "EU",
            "ListIssueDateTime": "2026-11-01T00:00:00Z",
            "NextUpdate": "2027-05-01T00:00:00Z",
        },
        "TrustedEntitiesList": [{
            "TrustedEntityInformation": {"TEName": en("Office"), "TEAddress": {}, "TEInformationURI": uri("https://a.example")},
            "TrustedEntityServices": [{"ServiceInformation": service}],
        }],
    }})
}

pub(crate) fn list_seeds() -> Vec<Vec<u8>> {
    let pid = payload("http://uri.etsi.org/19602/LoTEType/EUPIDProvidersList", &json!({}));
    let status = json!({
        "ServiceStatus": "http://uri.etsi.org/19602/PubEAAProvidersList/SvcStatus/withdrawn",
        "StatusStartingTime": "2026-10-01T00:00:00Z",
    });
    let other = payload("https://own.example/list", &status);
    let text = must(jigap_wallet_core::jose::sign(&signed(), &pid, issuer()));
    must(Lote::verify(&text, signers(), NOW));
    seeds([text, pid.to_string(), other.to_string()])
}
