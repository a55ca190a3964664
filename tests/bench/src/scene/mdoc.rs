//! A driver licence as an ISO 18013-5 mdoc with ten elements, of which a device shows six: the document signer's certificate
//! below the root of its country, the issuer's signature, the device's signature over the session.

use jigap_keys::{KeyType, PrivateKey, base64url};
use jigap_platform::authority::{AltName, Authority, AuthorityError, Profile, Root, Subject};
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::cose;
use jigap_wallet_core::mdoc::{ElementType, IssuerSigned, MdocBuilder, SessionTranscript, Validity};
use jigap_wallet_core::status::StatusReference;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::{Mechanism, TrustEntry};
use jigap_wallet_core::x509::Anchors;
use serde_json::{Value, json};

use super::{AUDIENCE, NONCE, NOW, PRESENTED, STATUS_URI};
use crate::bare::Bare;
use crate::{BenchError, broken};

pub(super) const MDL: &str = "org.iso.18013.5.1.mDL";
const NAMESPACE: &str = "org.iso.18013.5.1";
const SHOWN: [&str; 6] =
    ["family_name", "given_name", "birth_date", "document_number", "expiry_date", "age_over_19"];

/// What is presented, in which session, and who stands for it.
pub(super) struct Shown {
    pub(super) presentation: String,
    pub(super) transcript: SessionTranscript,
    pub(super) signatures: Vec<Bare>,
    anchors: Anchors,
}

impl Shown {
    pub(super) fn new(holder: &PrivateKey) -> Result<Self, BenchError> {
        let (root, leaf, signer) = chain().map_err(broken("a chain"))?;
        let header = cose::Header::for_key(signer.public().key_type())
            .ok_or_else(|| BenchError::Broken("a key signs".into()))?;
        let unsigned = licence(holder)?.build(header.x5chain(vec![leaf.clone()]), &OsEntropy);
        let issued = unsigned.sign(&signer).map_err(broken("issuing"))?;
        let held = IssuerSigned::parse(&issued).and_then(|it| it.verify(signer.public()));
        let shown = SHOWN.iter().map(|name| ClaimPath::from_json(&json!([NAMESPACE, name])));
        let shown = shown.collect::<Result<Vec<_>, _>>().map_err(broken("a path"))?;
        let transcript = SessionTranscript::openid4vp(AUDIENCE, NONCE, None, "https://gate.example/response");
        let presentation =
            held.map_err(broken("a licence"))?.present(&shown).map_err(broken("a selection"))?;
        let presentation = presentation.sign(&transcript, holder).map_err(broken("signing"))?;
        // The same keys over as many bytes as certificate, security object and session have.
        let object = issued.len();
        let of = |key: &PrivateKey, length: usize| {
            let message = vec![b'x'; length];
            let signature = key.sign(&message).map_err(broken("a signature"))?;
            Bare::new(key.public(), message, signature)
        };
        let signatures = vec![of(&signer, leaf.len())?, of(&signer, object)?, of(holder, 200)?];
        let presentation = base64url::encode(presentation);
        let anchors = Anchors::new(vec![root]).map_err(broken("an anchor"))?;
        Ok(Self { presentation, transcript, signatures, anchors })
    }

    /// The licensing authority, as `other` is listed: its root, its type, and `other` as who signs its status lists.
    pub(super) fn entry(&self, other: &TrustEntry) -> TrustEntry {
        TrustEntry {
            issuer: "https://dmv.example".to_owned(),
            mechanism: Mechanism::X5c { anchors: self.anchors.clone(), san: Vec::new() },
            types: vec![MDL.to_owned()],
            status_issuers: vec![other.issuer.clone()],
            ..other.clone()
        }
    }
}

pub(super) fn query() -> Value {
    let claims: Vec<Value> = SHOWN.iter().map(|name| json!({"path": [NAMESPACE, name]})).collect();
    json!({"id": "student", "format": "mso_mdoc", "meta": {"doctype_value": MDL}, "claims": claims})
}

fn licence(holder: &PrivateKey) -> Result<MdocBuilder, BenchError> {
    let signed = NOW.minus(Seconds(86_400));
    let validity = Validity { signed, from: signed, until: NOW.plus(Seconds(86_400)), expected_update: None };
    let status = StatusReference::new(STATUS_URI, PRESENTED).map_err(broken("a status"))?;
    let mut builder = MdocBuilder::new(MDL, validity, holder.public().clone()).status(status);
    for (name, element, value) in [
        ("family_name", ElementType::Text, json!("김")),
        ("given_name", ElementType::Text, json!("하늘")),
        ("birth_date", ElementType::FullDate, json!("2004-05-06")),
        ("issue_date", ElementType::FullDate, json!("2026-01-02")),
        ("expiry_date", ElementType::FullDate, json!("2036-01-01")),
        ("document_number", ElementType::Text, json!("11-26-123456-78")),
        ("issuing_country", ElementType::Text, json!("KR")),
        ("sex", ElementType::Integer, json!(2)),
        ("age_over_14", ElementType::Boolean, json!(true)),
        ("age_over_19", ElementType::Boolean, json!(true)),
    ] {
        builder = builder.element(NAMESPACE, name, element.encode(&value).map_err(broken("an element"))?);
    }
    Ok(builder)
}

/// Root and document signer by the profiles of ISO 18013-5 Annex B, in DER, and the signer's key.
fn chain() -> Result<(Vec<u8>, Vec<u8>, PrivateKey), AuthorityError> {
    let root = Root {
        country: "KR",
        name: "iaca",
        contact: AltName::Uri("https://bench.invalid/"),
        crl: "https://bench.invalid/root.crl",
        days: 3650,
    };
    let key = || PrivateKey::generate(KeyType::P256, &OsEntropy);
    let begins = NOW.minus(Seconds(180 * 86_400));
    let root = Authority::root(&root, key(), begins, &OsEntropy)?;
    let (signer, profile) = (key(), Profile::DocumentSigner);
    let subject = Subject { profile, name: "signer", names: &[], days: profile.max_days() };
    let leaf = root.certify(&subject, signer.public(), begins, &OsEntropy)?;
    Ok((root.certificate().to_vec(), leaf, signer))
}
