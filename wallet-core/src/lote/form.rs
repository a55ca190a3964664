//! The JSON of a list of trusted entities, read strictly (ETSI TS 119 602 V1.1.1 clause 6 and its JSON schema).
//!
//! Refused by `LT-01`: members that the schema does not have, those that it requires missing, wrong types, empty arrays,
//! moments in another form than that of clause 6.1.3, more than [`MAX_ENTITIES`] and the other bounds here. By `LT-06`: an
//! extension that says it is critical, for none is known here (clauses 6.3.17, 6.6.9). Addresses, notices and what
//! else informs people is looked at for its type and passed over.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::{EXTENSIONS, Entity, FORM, Lote, Scheme, Service};
use crate::time::Timestamp;
use crate::trust::object;
use crate::verdict::{Reason, Refusal};

/// Most trusted entities of a list.
pub(super) const MAX_ENTITIES: usize = 10_000;
/// Most items of every other array.
const MAX_ITEMS: usize = 256;

const MALFORMED: Reason = Reason::new(
    "lote-malformed",
    "a member of the list is missing, unknown or of the wrong type",
    "목록에 빠졌거나 알 수 없거나 자료형이 잘못된 항목이 있습니다",
);
const CRITICAL: Reason = Reason::new(
    "lote-extension-critical",
    "the list has a critical extension that is not understood",
    "목록에 이해하지 못하는 필수 확장이 있습니다",
);

/// Reads the payload of a list.
pub(super) fn read(payload: &Value) -> Result<Lote, Refusal> {
    if has_critical_extension(payload) {
        return Err(EXTENSIONS.refuse(CRITICAL));
    }
    lote(payload).ok_or(FORM.refuse(MALFORMED))
}

/// Looks at every extension, wherever the schema has some.
fn has_critical_extension(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_critical_extension),
        Value::Object(members) => members.iter().any(|(name, value)| {
            name.ends_with("Extensions") && is_critical(value) || has_critical_extension(value)
        }),
        _ => false,
    }
}

/// The form of an extension is left open: the flag of TS 119 612 in both spellings, at any depth.
fn is_critical(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(is_critical),
        Value::Object(members) => members.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("critical") && *value != Value::Bool(false) || is_critical(value)
        }),
        _ => false,
    }
}

fn lote(payload: &Value) -> Option<Lote> {
    let lote = object(payload, &["LoTE"], &[])?.get("LoTE")?;
    let members = object(lote, &["ListAndSchemeInformation"], &["TrustedEntitiesList"])?;
    let entities = match members.get("TrustedEntitiesList") {
        None => Vec::new(),
        Some(list) => items(list, MAX_ENTITIES)?.iter().map(entity).collect::<Option<_>>()?,
    };
    Some(Lote { scheme: scheme(members.get("ListAndSchemeInformation")?)?, entities })
}

/// Clause 6.3.
fn scheme(value: &Value) -> Option<Scheme> {
    let members = object(
        value,
        &[
            "LoTEVersionIdentifier",
            "LoTESequenceNumber",
            "SchemeOperatorName",
            "ListIssueDateTime",
            "NextUpdate",
        ],
        &[
            "LoTEType",
            "SchemeOperatorAddress",
            "SchemeName",
            "SchemeInformationURI",
            "StatusDeterminationApproach",
            "SchemeTypeCommunityRules",
            "SchemeTerritory",
            "PolicyOrLegalNotice",
            "HistoricalInformationPeriod",
            "PointersToOtherLoTE",
            "DistributionPoints",
            "SchemeExtensions",
        ],
    )?;
    optional(members, "SchemeOperatorAddress", |it| it.is_object().then_some(()))?;
    optional(members, "SchemeName", texts)?;
    optional(members, "SchemeInformationURI", uris)?;
    optional(members, "PolicyOrLegalNotice", some_items)?;
    optional(members, "PointersToOtherLoTE", |it| items(it, MAX_ITEMS)?.iter().try_for_each(pointer))?;
    optional(members, "DistributionPoints", |it| items(it, MAX_ITEMS)?.iter().try_for_each(is_text))?;
    optional(members, "SchemeExtensions", some_items)?;
    let territory = optional(members, "SchemeTerritory", |it| it.as_str().map(str::to_owned))?;
    if territory.as_ref().is_some_and(|territory| territory.chars().count() != 2) {
        return None;
    }
    Some(Scheme {
        version: members.get("LoTEVersionIdentifier")?.as_i64()?,
        sequence: members.get("LoTESequenceNumber")?.as_u64()?,
        list_type: optional(members, "LoTEType", text)?,
        operator: texts(members.get("SchemeOperatorName")?)?,
        status_determination: optional(members, "StatusDeterminationApproach", text)?,
        community_rules: optional(members, "SchemeTypeCommunityRules", uris)?.unwrap_or_default(),
        territory,
        keeps_history: optional(members, "HistoricalInformationPeriod", Value::as_i64)?.is_some(),
        issued_at: moment(members.get("ListIssueDateTime")?)?,
        next_update: match members.get("NextUpdate")? {
            Value::Null => None,
            next => Some(moment(next)?),
        },
    })
}

/// Clause 6.3.13.
fn pointer(value: &Value) -> Option<()> {
    let members = object(value, &["LoTELocation", "ServiceDigitalIdentities", "LoTEQualifiers"], &[])?;
    members.get("LoTELocation").and_then(text)?;
    for identity in items(members.get("ServiceDigitalIdentities")?, MAX_ITEMS)? {
        certificates(identity)?;
    }
    items(members.get("LoTEQualifiers")?, MAX_ITEMS)?.iter().try_for_each(|qualifier| {
        let qualifier = object(
            qualifier,
            &["LoTEType", "SchemeOperatorName", "MimeType"],
            &["SchemeTypeCommunityRules", "SchemeTerritory"],
        )?;
        qualifier.get("LoTEType").and_then(text)?;
        qualifier.get("MimeType").and_then(text)?;
        qualifier.get("SchemeOperatorName").and_then(texts).map(drop)
    })
}

/// Clauses 6.4, 6.5.
fn entity(value: &Value) -> Option<Entity> {
    let members = object(value, &["TrustedEntityInformation", "TrustedEntityServices"], &[])?;
    let information = object(
        members.get("TrustedEntityInformation")?,
        &["TEName", "TEAddress", "TEInformationURI"],
        &["TETradeName", "TEInformationExtensions"],
    )?;
    information.get("TEAddress").filter(|it| it.is_object())?;
    information.get("TEInformationURI").and_then(uris)?;
    optional(information, "TETradeName", texts)?;
    optional(information, "TEInformationExtensions", some_items)?;
    let services = items(members.get("TrustedEntityServices")?, MAX_ITEMS)?.iter();
    Some(Entity {
        names: information.get("TEName").and_then(texts)?,
        services: services.map(service).collect::<Option<_>>()?,
    })
}

/// Clause 6.6. What a service was before (clause 6.7) says nothing about now.
fn service(value: &Value) -> Option<Service> {
    let members = object(value, &["ServiceInformation"], &["ServiceHistory"])?;
    optional(members, "ServiceHistory", |it| items(it, MAX_ITEMS)?.iter().try_for_each(former))?;
    let information = object(
        members.get("ServiceInformation")?,
        &["ServiceName", "ServiceDigitalIdentity"],
        &[
            "ServiceTypeIdentifier",
            "ServiceStatus",
            "StatusStartingTime",
            "SchemeServiceDefinitionURI",
            "ServiceSupplyPoints",
            "ServiceDefinitionURI",
            "ServiceInformationExtensions",
        ],
    )?;
    optional(information, "SchemeServiceDefinitionURI", uris)?;
    optional(information, "ServiceSupplyPoints", some_items)?;
    optional(information, "ServiceDefinitionURI", uris)?;
    optional(information, "ServiceInformationExtensions", some_items)?;
    Some(Service {
        names: information.get("ServiceName").and_then(texts)?,
        service_type: optional(information, "ServiceTypeIdentifier", text)?,
        status: optional(information, "ServiceStatus", text)?,
        status_since: optional(information, "StatusStartingTime", moment)?,
        certificates: certificates(information.get("ServiceDigitalIdentity")?)?,
    })
}

fn former(value: &Value) -> Option<()> {
    let members = object(
        value,
        &["ServiceName", "ServiceDigitalIdentity", "ServiceStatus", "StatusStartingTime"],
        &["ServiceTypeIdentifier", "ServiceInformationExtensions"],
    )?;
    members.get("ServiceName").and_then(texts)?;
    certificates(members.get("ServiceDigitalIdentity")?)?;
    members.get("ServiceStatus").and_then(text)?;
    members.get("StatusStartingTime").and_then(moment).map(drop)
}

/// The certificates of a `ServiceDigitalIdentity` (clause 6.6.3) in DER, not parsed. Keys, names and other identifiers in it
/// lead to no certificate and are passed over.
fn certificates(value: &Value) -> Option<Vec<Vec<u8>>> {
    let others = ["X509SubjectNames", "PublicKeyValues", "X509SKIs", "OtherIds"];
    let members = object(value, &[], &["X509Certificates", others[0], others[1], others[2], others[3]])?;
    for name in others {
        optional(members, name, some_items)?;
    }
    let certificates = optional(members, "X509Certificates", |list| {
        items(list, MAX_ITEMS)?.iter().map(certificate).collect::<Option<Vec<_>>>()
    })?;
    Some(certificates.unwrap_or_default())
}

/// The `pkiOb` of a certificate.
fn certificate(value: &Value) -> Option<Vec<u8>> {
    let members = object(value, &["val"], &["encoding", "specRef"])?;
    STANDARD.decode(members.get("val")?.as_str()?).ok()
}

/// `Some(None)` where the member is absent; `None` where it is there and `read` refuses it.
fn optional<'v, T>(
    members: &'v Map<String, Value>,
    name: &str,
    read: impl FnOnce(&'v Value) -> Option<T>,
) -> Option<Option<T>> {
    members.get(name).map_or(Some(None), |value| read(value).map(Some))
}

/// A non-empty array of at most `most`.
fn items(value: &Value, most: usize) -> Option<&[Value]> {
    let items = value.as_array()?;
    (!items.is_empty() && items.len() <= most).then_some(items.as_slice())
}

fn some_items(value: &Value) -> Option<()> {
    items(value, MAX_ITEMS).map(drop)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn is_text(value: &Value) -> Option<()> {
    text(value).map(drop)
}

/// Texts by their language (clause 6.1.4).
fn texts(value: &Value) -> Option<Vec<(String, String)>> {
    in_languages(value, "value")
}

/// URIs, whatever their languages.
fn uris(value: &Value) -> Option<Vec<String>> {
    Some(in_languages(value, "uriValue")?.into_iter().map(|(_, uri)| uri).collect())
}

fn in_languages(value: &Value, member: &str) -> Option<Vec<(String, String)>> {
    let of = |item: &Value| {
        let members = object(item, &["lang", member], &[])?;
        Some((text(members.get("lang")?)?, text(members.get(member)?)?))
    };
    items(value, MAX_ITEMS)?.iter().map(of).collect()
}

/// `YYYY-MM-DDThh:mm:ssZ`, in UTC and without fractions (clause 6.1.3), and not before 1970, when there were no lists.
fn moment(value: &Value) -> Option<Timestamp> {
    let text = value.as_str().filter(|text| text.len() == 20 && text.ends_with('Z') && text.contains('T'))?;
    Timestamp::parse_rfc3339(text).filter(|moment| moment.unix() >= 0)
}
