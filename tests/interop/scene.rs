//! An issuer that a trust list names, a holder, a status list: what judging a peer's credential takes.

use jigap_keys::hash::HashAlgorithm;
use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::did::{Did, jwk_did};
use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::judge::{Asked, Judge, Policy};
use jigap_wallet_core::ports::Clock;
use jigap_wallet_core::sdjwt::{SdJwtVc, SdJwtVcBuilder};
use jigap_wallet_core::status::{StatusBits, StatusList, StatusListToken, StatusReference, StatusValue, TYP};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{Authorities, Mechanism, Names, TrustEntry, TrustList, TrustListContent};
use jigap_wallet_core::verdict::Verdict;
use serde_json::{Value, json};
use url::Url;

pub(crate) const AUDIENCE: &str = "x509_san_dns:gate.example";
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj-0123456789";
pub(crate) const STATUS_URI: &str = "https://uni.example/status/1";
pub(crate) const STATUS_INDEX: u64 = 7;
pub(crate) const VCT: &str = "https://types.example/student-id/1";
const LIST_ID: &str = "https://trust.example/list";

/// An issuer known by its DID, a holder, and who may issue.
pub(crate) struct Scene {
    pub(crate) issuer: PrivateKey,
    pub(crate) issuer_did: String,
    pub(crate) holder: PrivateKey,
    pub(crate) now: Timestamp,
    hash: HashAlgorithm,
    trust: TrustList,
}

impl Scene {
    pub(crate) fn new(issuer: KeyType, holder: KeyType, hash: HashAlgorithm) -> Self {
        let now = SystemClock.now();
        let issuer = PrivateKey::generate(issuer, &OsEntropy);
        let issuer_did = jwk_did(issuer.public());
        let holder = PrivateKey::generate(holder, &OsEntropy);
        Self { trust: trust(&issuer_did, now), issuer, issuer_did, holder, now, hash }
    }

    /// Claims with objects in arrays in objects, and a status.
    pub(crate) fn claims(&self) -> Value {
        json!({
            "iss": self.issuer_did, "vct": VCT, "iat": self.now.unix(), "exp": self.now.plus(Seconds(3600)).unix(),
            "status": StatusReference::new(STATUS_URI, STATUS_INDEX).unwrap().to_claim(),
            "name": "김하늘", "enrolment_status": "enrolled",
            "address": {"street": "한빛로 1", "locality": "서울", "country": {"code": "KR", "name": "대한민국"}},
            "degrees": ["bachelor", "master", {"name": "doctor", "year": 2026}],
        })
    }

    /// What of the claims is concealed: members, members of what is concealed itself, elements, and members of those.
    pub(crate) fn concealed() -> Value {
        json!([
            ["name"],
            ["address"],
            ["address", "street"],
            ["address", "country", "code"],
            ["degrees", 0],
            ["degrees", 1],
            ["degrees", 2],
            ["degrees", 2, "year"],
        ])
    }

    /// What a presentation discloses.
    pub(crate) fn disclosed() -> Value {
        json!([["name"], ["address", "street"], ["degrees", 1], ["degrees", 2, "year"]])
    }

    /// A credential of ours, with decoys.
    pub(crate) fn issue(&self) -> String {
        let claims = self.claims().as_object().unwrap().clone();
        let builder = SdJwtVcBuilder::new(claims)
            .conceal(paths(&Self::concealed()))
            .hash(self.hash)
            .decoys(3)
            .holder(self.holder.public().clone());
        builder.build(self.header("dc+sd-jwt"), &OsEntropy).unwrap().sign(&self.issuer).unwrap()
    }

    /// A presentation of ours.
    pub(crate) fn present(&self, credential: &str) -> String {
        let held = SdJwtVc::parse(credential).unwrap().verify(self.issuer.public()).unwrap();
        let presentation = held.present(&paths(&Self::disclosed())).unwrap();
        let unsigned = presentation.bind(AUDIENCE, NONCE, self.now, self.holder.public()).unwrap();
        unsigned.sign(&self.holder).unwrap()
    }

    /// A status list token of ours that says `value` of the credential.
    pub(crate) fn status_list(&self, value: StatusValue) -> String {
        let mut list = StatusList::new(StatusBits::new(2).unwrap(), 1000);
        list.set(STATUS_INDEX, value).unwrap();
        let token = StatusListToken {
            uri: STATUS_URI.to_owned(),
            issued_at: self.now,
            expires: Some(self.now.plus(Seconds(1000))),
            ttl: Some(Seconds(300)),
            aggregation_uri: None,
            list,
        };
        token.sign(self.header(TYP), &self.issuer).unwrap()
    }

    /// Judges a presentation, with all that a verifier looks at.
    pub(crate) fn judge(
        &self,
        presentation: &str,
        audience: &str,
        nonce: &str,
        status_list: &str,
    ) -> Verdict {
        let mut documents = Documents::new();
        let list = Document { bytes: status_list.into(), fetched_at: self.now, max_age: None };
        documents.insert(Url::parse(STATUS_URI).unwrap(), list);
        judge(presentation, &self.trust, &documents, &Asked { audience, nonce })
    }

    /// What a presentation shows, once processed.
    pub(crate) fn shown(&self, presentation: &str) -> Value {
        SdJwtVc::parse(presentation).unwrap().verify(self.issuer.public()).unwrap().claims().clone()
    }

    /// The digests' function, by its IANA name.
    pub(crate) fn hash_name(&self) -> &'static str {
        match self.hash {
            HashAlgorithm::Sha256 => "sha-256",
            HashAlgorithm::Sha384 => "sha-384",
            HashAlgorithm::Sha512 => "sha-512",
        }
    }

    /// The DID URL of the issuer's key.
    pub(crate) fn kid(&self) -> String {
        format!("{}#0", self.issuer_did)
    }

    fn header(&self, typ: &str) -> Header {
        Header::for_key(self.issuer.public()).unwrap().typ(typ).kid(self.kid())
    }
}

/// Judges a presentation of a credential by an issuer known by `did`, without a status.
pub(crate) fn judge_foreign(presentation: &str, did: &str, audience: &str, nonce: &str) -> Verdict {
    let trust = trust(did, SystemClock.now());
    judge(presentation, &trust, &Documents::new(), &Asked { audience, nonce })
}

fn judge(presentation: &str, trust: &TrustList, documents: &Documents, asked: &Asked<'_>) -> Verdict {
    let judge = Judge::new(trust, SystemClock.now(), Policy::default());
    judge.read(presentation).judge_presentation(asked, documents)
}

/// A private key as the peers take it.
pub(crate) fn private_jwk(key: &PrivateKey) -> Value {
    serde_json::from_str(&key.to_jwk()).unwrap()
}

fn paths(json: &Value) -> Vec<ClaimPath> {
    json.as_array().unwrap().iter().map(|path| ClaimPath::from_json(path).unwrap()).collect()
}

fn trust(issuer: &str, now: Timestamp) -> TrustList {
    trust_in(issuer, VCT, now)
}

/// A trust list that lets the issuer known by the DID `issuer` issue one type.
pub(crate) fn trust_in(issuer: &str, issues: &str, now: Timestamp) -> TrustList {
    trust_by(issuer, issues, Mechanism::Did(Did::parse(issuer).unwrap().into()), now)
}

/// A trust list that lets the issuer known by `mechanism` issue one type.
pub(crate) fn trust_by(issuer: &str, issues: &str, mechanism: Mechanism, now: Timestamp) -> TrustList {
    let entry = TrustEntry {
        issuer: issuer.to_owned(),
        names: Names { ko: "한빛대학교".into(), en: "Hanbit University".into() },
        mechanism,
        keys: None,
        types: vec![issues.to_owned()],
        valid_from: now.minus(Seconds(100_000)),
        valid_until: now.plus(Seconds(100_000)),
        withdrawn_since: None,
        passes: jigap_wallet_core::trust::PassTerms::default(),
        authorities: Authorities::default(),
        status_issuers: Vec::new(),
    };
    let content = TrustListContent {
        publisher: "https://trust.example".into(),
        id: LIST_ID.into(),
        version: 1,
        issued_at: now.minus(Seconds(10)),
        expires_at: now.plus(Seconds(10_000)),
        entries: vec![entry],
    };
    let signer = PrivateKey::generate(KeyType::Ed25519, &OsEntropy);
    TrustList::verify(&content.issue(&signer, None).unwrap(), LIST_ID, signer.public(), now).unwrap()
}
