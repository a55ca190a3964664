//! What a tenant tells wallets about itself (OpenID4VCI 1.0 §12.2, RFC 8414), made from its types' own metadata.

use std::collections::BTreeMap;

use jigap_wallet_core::claims::{ClaimPath, PathStep};
use jigap_wallet_core::cose;
use jigap_wallet_core::pass::BLIND_ALGORITHM;
use jigap_wallet_core::people::dsub::{CLAIM, LABEL};
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::vci::{
    AuthorizationServerMetadata, ClaimDescription, CredentialConfiguration, Display, DsubSupport,
    IssuerMetadata, MessageError, PRE_AUTHORIZED_CODE, ProofType, REFRESH_TOKEN,
};
use serde_json::Value;

use crate::configuration::{Configuration, IssuedFormat};
use crate::dpop;
use crate::tenant::{BATCH_SIZE, Name, Tenant};
use crate::types::{ClaimRule, CredentialType};

const MISSING: MessageError = MessageError::Missing("credential_issuer");

pub(crate) fn issuer(tenant: &Tenant) -> Result<IssuerMetadata, MessageError> {
    Ok(IssuerMetadata {
        credential_issuer: tenant.identifier.clone(),
        authorization_servers: Vec::new(),
        credential_endpoint: tenant.endpoint("credential").ok_or(MISSING)?,
        nonce_endpoint: Some(tenant.endpoint("nonce").ok_or(MISSING)?),
        notification_endpoint: Some(tenant.endpoint("notification").ok_or(MISSING)?),
        batch_size: Some(BATCH_SIZE),
        encryption_required: false,
        display: displays(&tenant.name),
        credential_configurations_supported: tenant
            .configurations
            .iter()
            .map(|(id, issued)| (id.clone(), configuration(tenant, (id, issued))))
            .collect(),
    })
}

pub(crate) fn server(tenant: &Tenant) -> Result<AuthorizationServerMetadata, MessageError> {
    let refreshes = tenant.refresh.has_any();
    let grants = std::iter::once(PRE_AUTHORIZED_CODE).chain(refreshes.then_some(REFRESH_TOKEN));
    Ok(AuthorizationServerMetadata {
        issuer: tenant.identifier.clone(),
        token_endpoint: tenant.endpoint("token").ok_or(MISSING)?,
        pre_authorized_grant_anonymous_access_supported: true,
        grant_types_supported: grants.map(str::to_owned).collect(),
        dpop_signing_alg_values_supported: dpop::ALGORITHMS.map(str::to_owned).to_vec(),
    })
}

fn configuration(tenant: &Tenant, (id, issued): (&str, &Configuration)) -> CredentialConfiguration {
    let credential_type = &issued.credential_type;
    let proof = ProofType {
        proof_signing_alg_values_supported: issued.format.proof_algorithms(),
        key_attestations_required: false,
    };
    let whole = tenant.refresh.configurations.contains(id);
    let dsub = tenant.refresh.is_scoped(id).then_some(DsubSupport { refresh_only: !whole });
    CredentialConfiguration {
        format: issued.described(),
        scope: None,
        cryptographic_binding_methods_supported: issued.format.binding_methods(),
        credential_signing_alg_values_supported: algorithm(tenant, &issued.format).into_iter().collect(),
        proof_types_supported: if issued.is_blind() {
            BTreeMap::new()
        } else {
            BTreeMap::from([("jwt".to_owned(), proof)])
        },
        display: [Lang::Ko, Lang::En].map(|lang| face(credential_type, lang)).to_vec(),
        claims: credential_type
            .claims()
            .iter()
            .filter_map(|rule| claim(issued, rule))
            .chain(dsub.and_then(|_| pseudonym()))
            .collect(),
        dsub,
    }
}

/// What the issuer signs with, by the name or number that the format has for it.
fn algorithm(tenant: &Tenant, format: &IssuedFormat) -> Option<Value> {
    let key = &tenant.credential_key;
    match format {
        IssuedFormat::MsoMdoc(_) | IssuedFormat::JigapPass(_) => {
            let algorithm = cose::Algorithm::for_key(key.signer.public_key().key_type())?;
            Some(algorithm.number().into())
        }
        IssuedFormat::BlindPass(_) => Some(BLIND_ALGORITHM.into()),
        _ => Some(format.signing_algorithm(key.header.alg.name()).into()),
    }
}

fn face(credential_type: &CredentialType, lang: Lang) -> Display {
    let face = credential_type.face(lang);
    Display {
        name: Some(face.name.clone()),
        locale: Some(lang.tag().to_owned()),
        description: Some(face.description.clone()),
        background_color: Some(face.background_color.clone()),
        text_color: Some(face.text_color.clone()),
        ..Display::default()
    }
}

fn claim(issued: &Configuration, rule: &ClaimRule) -> Option<ClaimDescription> {
    let label = |lang: Lang| Display {
        name: Some(rule.label(lang).to_owned()),
        locale: Some(lang.tag().to_owned()),
        ..Display::default()
    };
    Some(ClaimDescription {
        path: issued.path(&rule.path)?,
        mandatory: rule.mandatory,
        display: [Lang::Ko, Lang::En].map(label).to_vec(),
    })
}

/// The claim that copies for directories have besides.
fn pseudonym() -> Option<ClaimDescription> {
    let label = |(locale, name): (&str, &str)| Display {
        name: Some(name.to_owned()),
        locale: Some(locale.to_owned()),
        ..Display::default()
    };
    Some(ClaimDescription {
        path: ClaimPath::new(vec![PathStep::Key(CLAIM.to_owned())]).ok()?,
        mandatory: false,
        display: [("ko", LABEL.ko), ("en", LABEL.en)].map(label).to_vec(),
    })
}

fn displays(name: &Name) -> Vec<Display> {
    let display = |locale: &str, name: &str| Display {
        name: Some(name.to_owned()),
        locale: Some(locale.to_owned()),
        ..Display::default()
    };
    vec![display("ko", &name.ko), display("en", &name.en)]
}
