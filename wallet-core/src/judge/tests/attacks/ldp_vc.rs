//! The columns `ldp_vc`, one for each cryptosuite.

use jigap_data_integrity::{
    Cryptosuite, Pointer, ProofOptions, derive_ecdsa_sd, sign as secure, sign_ecdsa_sd,
};

use super::super::ldp_vc::{CONTEXT, STUDENT, V1, V2};
use super::*;
use crate::did::key_did;
use crate::status::bitstring::{Bitstring, ListCredential, StatusEntry, StatusPurpose, StatusSize};

const ALL_SIGNED: &str = "nothing is disclosed selectively: the whole credential is signed";
const INDEX: u64 = 94_567;
const ED25519_2020: &str = "https://w3id.org/security/suites/ed25519-2020/v1";

/// One presentation in `eddsa-rdfc-2022`, attacked so.
pub(super) fn eddsa_rdfc(attack: Option<Attack>) -> Cell {
    School::new(Suite::Of(Cryptosuite::EddsaRdfc2022, KeyType::Ed25519)).tried(attack)
}

/// One presentation in `eddsa-jcs-2022`, attacked so.
pub(super) fn eddsa_jcs(attack: Option<Attack>) -> Cell {
    School::new(Suite::Of(Cryptosuite::EddsaJcs2022, KeyType::Ed25519)).tried(attack)
}

/// One presentation in `ecdsa-rdfc-2019`, attacked so.
pub(super) fn ecdsa_rdfc(attack: Option<Attack>) -> Cell {
    School::new(Suite::Of(Cryptosuite::EcdsaRdfc2019, KeyType::P384)).tried(attack)
}

/// One presentation in `ecdsa-jcs-2019` by P-256, attacked so.
pub(super) fn ecdsa_jcs_p256(attack: Option<Attack>) -> Cell {
    School::new(Suite::Of(Cryptosuite::EcdsaJcs2019, KeyType::P256)).tried(attack)
}

/// One presentation in `ecdsa-jcs-2019` by P-384, attacked so.
pub(super) fn ecdsa_jcs_p384(attack: Option<Attack>) -> Cell {
    School::new(Suite::Of(Cryptosuite::EcdsaJcs2019, KeyType::P384)).tried(attack)
}

/// One presentation in `ecdsa-sd-2023`, attacked so.
pub(super) fn ecdsa_sd(attack: Option<Attack>) -> Cell {
    School::new(Suite::Of(Cryptosuite::EcdsaSd2023, KeyType::P256)).tried(attack)
}

/// One presentation in `bbs-2023`, attacked so.
#[cfg(feature = "bbs")]
pub(super) fn bbs(attack: Option<Attack>) -> Cell {
    School::new(Suite::Bbs).tried(attack)
}

/// One presentation of VCDM 1.1 with `Ed25519Signature2020`, attacked so.
pub(super) fn ed25519_2020(attack: Option<Attack>) -> Cell {
    School::new(Suite::Of(Cryptosuite::Ed25519Signature2020, KeyType::Ed25519)).tried(attack)
}

/// How the credentials of a column are secured.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Suite {
    Of(Cryptosuite, KeyType),
    #[cfg(feature = "bbs")]
    Bbs,
}

impl Suite {
    /// By which what cannot be shown in parts is secured: the holder's presentations.
    const fn of_holder(self) -> (Cryptosuite, KeyType) {
        match self {
            Self::Of(Cryptosuite::EcdsaSd2023, key_type) => (Cryptosuite::EcdsaRdfc2019, key_type),
            Self::Of(suite, key_type) => (suite, key_type),
            #[cfg(feature = "bbs")]
            Self::Bbs => (Cryptosuite::EddsaRdfc2022, KeyType::Ed25519),
        }
    }

    /// The same of status lists, which are of VCDM 2.0.
    fn of_lists(self) -> (Cryptosuite, KeyType) {
        match self.of_holder() {
            (suite, key_type) if suite.name().is_none() => (Cryptosuite::EddsaRdfc2022, key_type),
            of_holder => of_holder,
        }
    }

    fn is_selective(self) -> bool {
        !matches!(self, Self::Of(suite, _) if suite != Cryptosuite::EcdsaSd2023)
    }

    fn is_of_1_1(self) -> bool {
        matches!(self, Self::Of(Cryptosuite::Ed25519Signature2020, _))
    }
}

/// A key of either kind.
enum Key {
    Signing(Box<PrivateKey>),
    #[cfg(feature = "bbs")]
    Bbs(jigap_keys::bbs::SecretKey),
}

impl Key {
    fn did(&self) -> String {
        match self {
            Self::Signing(key) => key_did(key.public()),
            #[cfg(feature = "bbs")]
            Self::Bbs(key) => crate::did::bbs_key_did(key.public()),
        }
    }

    fn signing(&self) -> &PrivateKey {
        match self {
            Self::Signing(key) => key,
            #[cfg(feature = "bbs")]
            Self::Bbs(_) => panic!("a key of bbs-2023 signs no bytes"),
        }
    }
}

/// A key, its DID, and what its proofs say.
struct Party {
    key: Key,
    did: String,
    multikey: String,
    method: String,
}

impl Party {
    fn new(seed: u64, key_type: KeyType) -> Self {
        Self::with(Key::Signing(key(seed, key_type).into()))
    }

    fn issuer(seed: u64, suite: Suite) -> Self {
        match suite {
            Suite::Of(_, key_type) => Self::new(seed, key_type),
            #[cfg(feature = "bbs")]
            Suite::Bbs => Self::with(Key::Bbs(jigap_keys::bbs::SecretKey::generate(&Repeatable::new(seed)))),
        }
    }

    fn with(key: Key) -> Self {
        let did = key.did();
        let multikey = did.trim_start_matches("did:key:").to_owned();
        let method = format!("{did}#{multikey}");
        Self { key, did, multikey, method }
    }

    fn web(self, did: &str) -> Self {
        Self { did: did.to_owned(), method: format!("{did}#0"), ..self }
    }
}

/// An issuer with one cryptosuite, who signs its list of statuses, and a holder.
struct School {
    suite: Suite,
    issuer: Party,
    lists: Party,
    holder: Party,
    trust: TrustList,
    documents: Documents,
}

fn listed(did: &str) -> TrustEntry {
    TrustEntry { types: vec![STUDENT.to_owned()], ..entry(did) }
}

fn contexts() -> &'static std::sync::Arc<jigap_data_integrity::Contexts> {
    Contexts::built_in().for_data_integrity()
}

impl School {
    fn new(suite: Suite) -> Self {
        let (issuer, lists) = (Party::issuer(1, suite), Party::new(1, suite.of_lists().1));
        let mut entries = vec![TrustEntry { status_issuers: vec![lists.did.clone()], ..listed(&issuer.did) }];
        if lists.did != issuer.did {
            entries.push(TrustEntry { types: Vec::new(), ..entry(&lists.did) });
        }
        let trust = trust_of(entries, NOW);
        let holder = Party::new(2, suite.of_holder().1);
        let mut school = Self { suite, issuer, lists, holder, trust, documents: Documents::new() };
        school.publish(0);
        school
    }

    /// The list of the school, with `value` at the credential's place.
    fn publish(&mut self, value: u64) {
        let mut list = Bitstring::new(0, StatusSize::ONE);
        list.set(INDEX, StatusSize::ONE, value).unwrap();
        let list = ListCredential {
            uri: STATUS_URI.to_owned(),
            issuer: self.lists.did.clone(),
            purposes: vec![StatusPurpose::Revocation],
            issued_at: NOW.minus(Seconds(100)),
            expires: Some(NOW.plus(Seconds(1000))),
            ttl: Some(Seconds(300)),
            list,
        };
        let options = options(self.suite.of_lists().0, &self.lists, "assertionMethod");
        let signer = self.lists.key.signing();
        let signed = secure(Value::Object(list.document()), &options, signer, contexts()).unwrap();
        let bytes = signed.to_string().into_bytes();
        let document = Document { bytes, fetched_at: NOW, max_age: None };
        self.documents.insert(Url::parse(STATUS_URI).unwrap(), document);
    }

    /// What a proof of this party says of a credential.
    fn asserted(&self, party: &Party) -> ProofOptions {
        options(self.suite.of_holder().0, party, "assertionMethod")
    }

    /// The member that says when a credential ends.
    fn end(&self) -> &'static str {
        if self.suite.is_of_1_1() { "expirationDate" } else { "validUntil" }
    }

    fn credential(&self) -> Value {
        let status = StatusEntry::new(StatusPurpose::Revocation, INDEX, STATUS_URI).unwrap();
        let mut credential = json!({
            "@context": [V2, CONTEXT],
            "type": ["VerifiableCredential", "StudentId"],
            "issuer": self.issuer.did,
            self.end(): NOW.plus(Seconds(1000)).to_rfc3339(),
            "credentialStatus": status.to_json(),
            "credentialSubject": {
                "id": self.holder.did, "enrolment_status": "enrolled", "family_name": "김",
            },
        });
        if self.suite.is_of_1_1() {
            credential["@context"] = json!([V1, ED25519_2020, CONTEXT, words_of_status()]);
            credential["issuanceDate"] = json!(NOW.minus(Seconds(1000)).to_rfc3339());
        }
        credential
    }

    /// Issues as `options` say, and shows all of it but the name where that can be chosen.
    fn issue_with(&self, credential: Value, options: &ProofOptions, signer: &Party) -> Value {
        let pointers =
            |texts: &[&str]| texts.iter().map(|it| Pointer::parse(it).unwrap()).collect::<Vec<_>>();
        let mandatory = pointers(&["/issuer", "/validUntil", "/credentialStatus", "/credentialSubject/id"]);
        let shown = "/credentialSubject/enrolment_status";
        let entropy = Repeatable::new(11);
        match &signer.key {
            Key::Signing(key) if !self.suite.is_selective() => {
                secure(credential, options, key, contexts()).unwrap()
            }
            Key::Signing(key) => {
                let options = ProofOptions { cryptosuite: Cryptosuite::EcdsaSd2023, ..options.clone() };
                let around = (contexts().as_ref(), &entropy as &dyn jigap_keys::Entropy);
                let base = sign_ecdsa_sd(credential, &options, &mandatory, key, around).unwrap();
                derive_ecdsa_sd(base, &pointers(&[shown]), contexts()).unwrap()
            }
            #[cfg(feature = "bbs")]
            Key::Bbs(key) => {
                let signed = (&mandatory[..], jigap_data_integrity::BbsBinding::None);
                let base =
                    jigap_data_integrity::sign_bbs(credential, options, signed, key, contexts(), &entropy);
                let around = (contexts(), &entropy as &dyn jigap_keys::Entropy);
                crate::ldp::disclose_by_bbs_at(base.unwrap(), &[shown.to_owned()], around).unwrap()
            }
        }
    }

    fn issue(&self, credential: Value) -> Value {
        self.issue_with(credential, &self.asserted(&self.issuer), &self.issuer)
    }

    fn present(&self, credential: &Value) -> Value {
        self.present_by(credential, &self.holder, |_| {})
    }

    /// The presentation of `by`, with other options.
    fn present_by(&self, credential: &Value, by: &Party, change: impl FnOnce(&mut ProofOptions)) -> Value {
        let context = if self.suite.is_of_1_1() { json!([V1, ED25519_2020]) } else { json!([V2]) };
        let presentation = json!({
            "@context": context, "type": "VerifiablePresentation", "verifiableCredential": [credential],
            "holder": by.did,
        });
        let mut options = ProofOptions {
            challenge: Some(NONCE.to_owned()),
            domain: Some(AUDIENCE.to_owned()),
            ..options(self.suite.of_holder().0, by, "authentication")
        };
        change(&mut options);
        secure(presentation, &options, by.key.signing(), contexts()).unwrap()
    }

    fn tried(mut self, attack: Option<Attack>) -> Cell {
        let thief = Party::issuer(4, self.suite);
        let document = match attack {
            None => self.present(&self.issue(self.credential())),
            Some(Attack::ForgedIssuer) => {
                let options = self.asserted(&self.issuer);
                self.present(&self.issue_with(self.credential(), &options, &thief))
            }
            Some(Attack::KeyOfAnother) => {
                self.present(&self.issue_with(self.credential(), &self.asserted(&thief), &thief))
            }
            Some(Attack::UntrustedIssuer) => {
                self.trust = trust(listed(&thief.did), NOW);
                self.present(&self.issue(self.credential()))
            }
            Some(Attack::WrongMechanism) => {
                let listed = TrustEntry { mechanism: by_certificate(), ..listed(&self.issuer.did) };
                self.trust = trust(listed, NOW);
                self.present(&self.issue(self.credential()))
            }
            Some(Attack::KeyNotForAssertion) => {
                self.issuer = self.issuer.web(WEB_ISSUER);
                self.trust = trust(listed(WEB_ISSUER), NOW);
                let document = did_document(WEB_ISSUER, &self.issuer.multikey, &["authentication"]);
                self.documents.insert(did_url("uni.example"), document);
                self.present(&self.issue(self.credential()))
            }
            Some(Attack::ProofForAnotherPurpose) => {
                let options =
                    ProofOptions { proof_purpose: "authentication".into(), ..self.asserted(&self.issuer) };
                self.present(&self.issue_with(self.credential(), &options, &self.issuer))
            }
            Some(Attack::Expired) => {
                let mut credential = self.credential();
                credential[self.end()] = json!(NOW.minus(Seconds(500)).to_rfc3339());
                self.present(&self.issue(credential))
            }
            Some(Attack::ProofEnded) => {
                let options = ProofOptions {
                    created: Some(NOW.minus(Seconds(1000)).to_rfc3339()),
                    expires: Some(NOW.minus(Seconds(500)).to_rfc3339()),
                    ..self.asserted(&self.issuer)
                };
                self.present(&self.issue_with(self.credential(), &options, &self.issuer))
            }
            Some(Attack::Revoked) => {
                self.publish(1);
                self.present(&self.issue(self.credential()))
            }
            Some(Attack::SignedClaimChanged) => {
                let mut credential = self.issue(self.credential());
                credential[self.end()] = json!(NOW.plus(Seconds(1_000_000)).to_rfc3339());
                self.present(&credential)
            }
            Some(Attack::DisclosedClaimChanged) => {
                if !self.suite.is_selective() {
                    return Cell::Cannot(ALL_SIGNED);
                }
                let mut credential = self.issue(self.credential());
                credential["credentialSubject"]["enrolment_status"] = json!("graduated");
                self.present(&credential)
            }
            other => return self.tried_holder(other),
        };
        Cell::Judged(self.judge(&document))
    }

    /// The attacks on the holder's part.
    fn tried_holder(mut self, attack: Option<Attack>) -> Cell {
        let credential = self.issue(self.credential());
        let document = match attack {
            Some(Attack::NoHolderBinding) => credential,
            Some(Attack::StrangersKey) => {
                let stranger = Party::new(7, self.suite.of_holder().1);
                self.present_by(&credential, &stranger, |_| {})
            }
            Some(Attack::HoldersKeyForAnotherPurpose) => {
                self.holder = self.holder.web(WEB_HOLDER);
                let document = did_document(WEB_HOLDER, &self.holder.multikey, &["assertionMethod"]);
                self.documents.insert(did_url("holder.example"), document);
                self.present(&self.issue(self.credential()))
            }
            Some(Attack::Replay) => {
                let other = |options: &mut ProofOptions| options.challenge = Some("another".into());
                self.present_by(&credential, &self.holder, other)
            }
            Some(Attack::WrongAudience) => {
                let other = |it: &mut ProofOptions| it.domain = Some("x509_san_dns:other.example".into());
                self.present_by(&credential, &self.holder, other)
            }
            Some(Attack::MadeLongAgo) => {
                let then = NOW.minus(too_long(&Policy::default())).to_rfc3339();
                self.present_by(&credential, &self.holder, |options| options.created = Some(then))
            }
            Some(Attack::WrongType) => {
                let mut unsecured = credential;
                unsecured.as_object_mut().unwrap().remove("proof");
                self.present(&unsecured)
            }
            other => panic!("{other:?} is not about the holder"),
        };
        Cell::Judged(self.judge(&document))
    }

    fn judge(&self, document: &Value) -> Verdict {
        let judge = Judge::new(&self.trust, NOW, Policy::default());
        judge.read(&document.to_string()).judge_presentation(&ASKED, &self.documents)
    }
}

/// What a proof of this party says, made now by this cryptosuite.
fn options(cryptosuite: Cryptosuite, party: &Party, purpose: &str) -> ProofOptions {
    let key_type = match &party.key {
        Key::Signing(key) => key.public().key_type(),
        #[cfg(feature = "bbs")]
        Key::Bbs(_) => KeyType::Ed25519,
    };
    ProofOptions {
        cryptosuite,
        key_type,
        created: Some(NOW.to_rfc3339()),
        ..ProofOptions::new(party.method.clone(), purpose)
    }
}

/// The words of a Bitstring Status List's entry, which VCDM 1.1 lacks.
fn words_of_status() -> Value {
    let word = |name: &str| format!("https://www.w3.org/ns/credentials/status#{name}");
    json!({
        "BitstringStatusListEntry": word("BitstringStatusListEntry"),
        "statusPurpose": word("statusPurpose"),
        "statusListIndex": word("statusListIndex"),
        "statusListCredential": {"@id": word("statusListCredential"), "@type": "@id"},
    })
}
