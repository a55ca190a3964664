//! What is judged: a student ID as our issuer makes it (ten claims concealed, decoys, a status), presented with two of
//! them disclosed and a holder's proof; its issuer in a trust list by one mechanism; its status list of a million.

use std::collections::BTreeMap;

use jigap_keys::{KeyType, PrivateKey, PublicKey};
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::dcql::Query;
use jigap_wallet_core::did::{self, Did};
use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::judge::{Asked, Judge, Policy, Response};
use jigap_wallet_core::mdoc::{Session, SessionTranscript};
use jigap_wallet_core::sdjwt::{SdJwtVc, SdJwtVcBuilder};
use jigap_wallet_core::status::{StatusBits, StatusList, StatusListToken, StatusReference, StatusValue, TYP};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{Authorities, Mechanism, Names, TrustEntry, TrustList, TrustListContent};
use jigap_wallet_core::verdict::Refusal;
use jigap_wallet_core::x509::Anchors;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose, SanType};
use serde_json::{Map, Value, json};
use url::Url;

use crate::bare::Bare;
use crate::{BenchError, broken};

mod mdoc;
mod w3c;

/// 2026-11-22.
pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_795_305_600);
/// Statuses of the list.
pub(crate) const STATUSES: u64 = 1_000_000;
/// The place in it of what is presented.
const PRESENTED: u64 = 777_777;
const ISSUER: &str = "https://uni.example";
pub(crate) const STATUS_URI: &str = "https://uni.example/status/1";
const LIST: &str = "https://trust.example/list";
const VCT: &str = "https://types.example/student-id/1";
pub(crate) const AUDIENCE: &str = "decentralized_identifier:did:web:gate.example";
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj-0123456789";

/// How the trust list finds the issuer's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    DidJwk,
    Metadata,
    /// A leaf signed by the anchor: one more signature to verify.
    Chain,
}

/// The credential's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dress {
    SdJwtVc,
    /// A `vc+jwt` in a `vp+jwt`: it goes whole.
    VcJwt,
    /// An `ldp_vc` with `eddsa-rdfc-2022` proofs, whole and without a status: Ed25519 and a DID alone.
    LdpVc,
    /// A driver licence as mdoc, six of ten elements shown: P-256 and a chain of one, whatever else is asked for.
    Mdoc,
}

/// Everything one judgement needs.
pub(crate) struct Scene {
    presented: BTreeMap<String, Vec<Value>>,
    /// Every signature that judging it verifies.
    pub(crate) signatures: Vec<Bare>,
    /// The signed trust list and the key that signed it.
    published: (String, PublicKey),
    trust: TrustList,
    documents: Documents,
    query: Query,
    /// What a device signs over.
    session: Option<SessionTranscript>,
}

/// The issuer: its key, and how others find it.
struct Issuer {
    key: PrivateKey,
    id: String,
    header: Header,
    mechanism: Mechanism,
}

impl Scene {
    pub(crate) fn new(key_type: KeyType, way: Way, dress: Dress) -> Result<Self, BenchError> {
        let issuer = Issuer::new(key_type, way)?;
        let holder = PrivateKey::generate(key_type, &OsEntropy);
        let of_both = |issued: &str, shown: &str| -> Result<_, BenchError> {
            Ok(vec![Bare::of_jws(issued, issuer.key.public())?, Bare::of_jws(shown, holder.public())?])
        };
        let mut listed = vec![entry(&issuer)];
        let mut session = None;
        let (presentation, mut signatures) = match dress {
            Dress::SdJwtVc => {
                let presentation = present(&issue(&issuer, &holder)?, &holder)?;
                let issued = presentation.split('~').next().unwrap_or_default();
                let shown = presentation.rsplit('~').next().unwrap_or_default();
                let signatures = of_both(issued, shown)?;
                (Value::String(presentation), signatures)
            }
            Dress::VcJwt => {
                let credential = w3c::issue(&issuer, &holder)?;
                let presentation = w3c::present(&credential, &holder)?;
                let signatures = of_both(&credential, &presentation)?;
                (Value::String(presentation), signatures)
            }
            Dress::LdpVc => w3c::with_proofs(&issuer, &holder)?,
            Dress::Mdoc => {
                let shown = mdoc::Shown::new(&holder)?;
                listed.push(shown.entry(&entry(&issuer)));
                session = Some(shown.transcript);
                (Value::String(shown.presentation), shown.signatures)
            }
        };
        if let Some(leaf) = issuer.header.x5c.first() {
            // The anchor's signature over the leaf: the same algorithm over as many bytes.
            let anchor = PrivateKey::generate(KeyType::P256, &OsEntropy);
            let signature = anchor.sign(leaf).map_err(broken("a signature"))?;
            signatures.push(Bare::new(anchor.public(), leaf.clone(), signature)?);
        }
        let mut documents = Documents::new();
        documents.insert(url(STATUS_URI)?, document(status_token(&issuer)?));
        if way == Way::Metadata {
            let mut jwk = issuer.key.public().to_jwk();
            jwk.as_object_mut().map(|jwk| jwk.insert("kid".to_owned(), json!(issuer.header.kid)));
            let metadata = json!({"issuer": ISSUER, "jwks": {"keys": [jwk]}}).to_string();
            documents.insert(url("https://uni.example/.well-known/jwt-vc-issuer")?, document(metadata));
        }
        let published = trust(listed)?;
        Ok(Self {
            presented: BTreeMap::from([("student".to_owned(), vec![presentation])]),
            signatures,
            trust: TrustList::verify(&published.0, LIST, &published.1, NOW)
                .map_err(broken("a trust list"))?,
            published,
            documents,
            query: query(dress)?,
            session,
        })
    }

    /// The presentation.
    pub(crate) fn presentation(&self) -> &str {
        self.presented.values().flatten().find_map(Value::as_str).unwrap_or_default()
    }

    /// The trust bundle that it can be judged by offline.
    pub(crate) fn bundle(&self) -> String {
        let (list, signer) = &self.published;
        let documents = Url::parse(STATUS_URI).ok();
        let documents = documents.iter().filter_map(|url| Some((url, self.documents.get(url)?)));
        TrustBundle::write((LIST, list), signer, documents).to_string()
    }

    /// Whether the presentation is accepted, judged by all there is.
    pub(crate) fn judge(&self) -> bool {
        self.read().is_ok_and(|response| self.accepts(response))
    }

    /// The same, asking first what is needed: as whoever drives the judge does it.
    pub(crate) fn gather_and_judge(&self) -> bool {
        self.read()
            .is_ok_and(|mut response| response.needs(&self.documents).is_empty() && self.accepts(response))
    }

    fn read(&self) -> Result<Response<'_, '_>, Refusal> {
        let judge = Judge::new(&self.trust, NOW, Policy::default());
        let judge = match &self.session {
            Some(transcript) => judge.in_session(Session { transcript, reader_key: None }),
            None => judge,
        };
        judge.read_response(&self.presented, &self.query)
    }

    fn accepts(&self, response: Response<'_, '_>) -> bool {
        response.judge(&Asked { audience: AUDIENCE, nonce: NONCE }, &self.documents).accepted()
    }
}

impl Issuer {
    fn new(key_type: KeyType, way: Way) -> Result<Self, BenchError> {
        let key = PrivateKey::generate(key_type, &OsEntropy);
        let header = |key: &PrivateKey| {
            Header::for_key(key.public()).ok_or_else(|| BenchError::Broken("a key signs".into()))
        };
        Ok(match way {
            Way::DidJwk => {
                let id = did::jwk_did(key.public());
                let mechanism = Mechanism::Did(Did::parse(&id).map_err(broken("a DID"))?.into());
                Self { header: header(&key)?.kid(format!("{id}#0")), key, id, mechanism }
            }
            Way::Metadata => {
                let header = header(&key)?.kid(key.public().thumbprint());
                Self { header, key, id: ISSUER.to_owned(), mechanism: Mechanism::JwtVcIssuer(url(ISSUER)?) }
            }
            Way::Chain => {
                let (root, leaf, key) = chain().map_err(broken("a chain"))?;
                let key = PrivateKey::from_pkcs8_der(&key).map_err(broken("a key"))?;
                let anchors = Anchors::new(vec![root]).map_err(broken("an anchor"))?;
                let mechanism = Mechanism::X5c { anchors, san: Vec::new() };
                Self { header: header(&key)?.x5c(vec![leaf]), key, id: ISSUER.to_owned(), mechanism }
            }
        })
    }
}

/// Anchor, leaf and the leaf's key in PKCS#8, all DER.
fn chain() -> Result<(Vec<u8>, Vec<u8>, Vec<u8>), rcgen::Error> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.subject_alt_names = vec![SanType::URI(ISSUER.try_into()?)];
    let key = KeyPair::generate()?;
    let leaf = params.signed_by(&key, &root)?;
    Ok((root.der().to_vec(), leaf.der().to_vec(), key.serialize_der()))
}

fn issue(issuer: &Issuer, holder: &PrivateKey) -> Result<String, BenchError> {
    let status = StatusReference::new(STATUS_URI, PRESENTED).map_err(broken("a status"))?.to_claim();
    let open = json!({
        "iss": issuer.id, "vct": VCT, "iat": NOW.minus(Seconds(86_400)), "exp": NOW.plus(Seconds(86_400)),
        "status": status,
    });
    let concealed = json!({
        "name": "김하늘", "family_name": "김", "given_name": "하늘", "student_number": "20260417",
        "birth_date": "2004-05-06", "degree_level": "bachelor", "enrolment_status": "enrolled",
        "issue_date": "2026-03-02", "expiry_date": "2030-02-28",
        "institution": {"id": "https://hanbit.example", "name": "한빛대학교"},
    });
    let (Value::Object(mut claims), Value::Object(concealed)) = (open, concealed) else {
        return Err(BenchError::Broken("claims are objects".into()));
    };
    let paths = concealed.keys().map(|name| path(name)).collect::<Result<Vec<_>, _>>()?;
    claims.extend(concealed);
    let builder = SdJwtVcBuilder::new(claims).conceal(paths).decoys(4).holder(holder.public().clone());
    let unsigned = builder.build(issuer.header.clone().typ("dc+sd-jwt"), &OsEntropy);
    unsigned.map_err(broken("issuing"))?.sign(&issuer.key).map_err(broken("signing"))
}

fn present(credential: &str, holder: &PrivateKey) -> Result<String, BenchError> {
    let held = SdJwtVc::parse(credential).and_then(SdJwtVc::dangerous_assume_verified);
    let held = held.map_err(broken("a credential"))?;
    let chosen = held.present(&[path("enrolment_status")?, path("degree_level")?]);
    let unsigned = chosen.map_err(broken("a selection"))?.bind(AUDIENCE, NONCE, NOW, holder.public());
    unsigned.map_err(broken("a binding"))?.sign(holder).map_err(broken("signing"))
}

/// A list of which one in a hundred is revoked, scattered as if by chance, but not the one that is presented.
fn status_token(issuer: &Issuer) -> Result<String, BenchError> {
    let mut list = StatusList::new(StatusBits::One, STATUSES as usize);
    for index in revoked() {
        list.set(index, StatusValue::INVALID).map_err(broken("a status"))?;
    }
    let token = StatusListToken {
        uri: STATUS_URI.to_owned(),
        issued_at: NOW.minus(Seconds(100)),
        expires: Some(NOW.plus(Seconds(1000))),
        ttl: Some(Seconds(300)),
        aggregation_uri: None,
        list,
    };
    token.sign(issuer.header.clone().typ(TYP), &issuer.key).map_err(broken("a status list"))
}

/// The places that are revoked.
pub(crate) fn revoked() -> impl Iterator<Item = u64> {
    let by_chance = |index: &u64| (index.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32).is_multiple_of(100);
    (0..STATUSES).filter(move |index| by_chance(index) && *index != PRESENTED)
}

/// Who signs status lists of all kinds: key, DID and header.
pub(crate) fn status_issuer() -> Result<(PrivateKey, String, Header), BenchError> {
    let issuer = Issuer::new(KeyType::Ed25519, Way::DidJwk)?;
    Ok((issuer.key, issuer.id, issuer.header))
}

/// The signed trust list and the key that signed it.
fn trust(entries: Vec<TrustEntry>) -> Result<(String, PublicKey), BenchError> {
    let signer = PrivateKey::generate(KeyType::Ed25519, &OsEntropy);
    let content = TrustListContent {
        publisher: "https://trust.example".to_owned(),
        id: LIST.to_owned(),
        version: 1,
        issued_at: NOW,
        expires_at: NOW.plus(Seconds(1000)),
        entries,
    };
    Ok((content.issue(&signer, None).map_err(broken("a trust list"))?, signer.public().clone()))
}

/// The issuer as it is listed.
fn entry(issuer: &Issuer) -> TrustEntry {
    TrustEntry {
        issuer: issuer.id.clone(),
        names: Names { ko: "한빛대학교".to_owned(), en: "Hanbit University".to_owned() },
        mechanism: issuer.mechanism.clone(),
        keys: None,
        types: vec![VCT.to_owned(), w3c::TYPE.to_owned()],
        valid_from: NOW.minus(Seconds(1000)),
        valid_until: NOW.plus(Seconds(1000)),
        withdrawn_since: None,
        passes: jigap_wallet_core::trust::PassTerms::default(),
        authorities: Authorities::default(),
        status_issuers: Vec::new(),
    }
}

fn query(dress: Dress) -> Result<Query, BenchError> {
    let query = match dress {
        Dress::SdJwtVc => json!({
            "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]},
            "claims": [{"path": ["enrolment_status"], "values": ["enrolled"]}, {"path": ["degree_level"]}],
        }),
        Dress::VcJwt => w3c::query("jwt_vc_json"),
        Dress::LdpVc => w3c::query("ldp_vc"),
        Dress::Mdoc => mdoc::query(),
    };
    Query::parse(&json!({"credentials": [query]})).map_err(broken("a query"))
}

fn document(text: String) -> Document {
    Document { bytes: text.into_bytes(), fetched_at: NOW, max_age: Some(Seconds(300)) }
}

fn path(name: &str) -> Result<ClaimPath, BenchError> {
    ClaimPath::from_json(&json!([name])).map_err(broken("a path"))
}

fn url(text: &str) -> Result<Url, BenchError> {
    Url::parse(text).map_err(broken("a URL"))
}

/// The claims of an offer that are not concealed by any rule of the type, for the services under load.
pub(crate) fn student() -> Map<String, Value> {
    let claims = json!({
        "name": "김하늘", "family_name": "김", "given_name": "하늘", "student_number": "20260417",
        "institution": {"id": "https://hanbit.example", "name": "한빛대학교"}, "degree_level": "bachelor",
        "enrolment_status": "enrolled", "issue_date": "2026-03-02", "expiry_date": "2030-02-28",
    });
    claims.as_object().cloned().unwrap_or_default()
}
