//! The columns `ldp_vc`, one for each cryptosuite.

use jigap_data_integrity::{
    Cryptosuite, Pointer, ProofOptions, derive_ecdsa_sd, sign as secure, sign_ecdsa_sd,
};

use super::super::ldp_vc::{CONTEXT, STUDENT, V2};
use super::*;
use crate::did::key_did;
use crate::status::bitstring::{Bitstring, ListCredential, StatusEntry, StatusPurpose, StatusSize};

const ALL_SIGNED: &str = "nothing is disclosed selectively: the whole credential is signed";
const INDEX: u64 = 94_567;

/// One presentation in `eddsa-rdfc-2022`, attacked so.
pub(super) fn eddsa_rdfc(attack: Option<Attack>) -> Cell {
    School::new(Cryptosuite::EddsaRdfc2022, KeyType::Ed25519).tried(attack)
}

/// One presentation in `ecdsa-rdfc-2019`, attacked so.
pub(super) fn ecdsa_rdfc(attack: Option<Attack>) -> Cell {
    School::new(Cryptosuite::EcdsaRdfc2019, KeyType::P384).tried(attack)
}

/// One presentation in `ecdsa-sd-2023`, attacked so.
pub(super) fn ecdsa_sd(attack: Option<Attack>) -> Cell {
    School::new(Cryptosuite::EcdsaSd2023, KeyType::P256).tried(attack)
}

/// A key, its DID, and what its proofs say.
struct Party {
    key: PrivateKey,
    did: String,
    method: String,
}

impl Party {
    fn new(seed: u64, key_type: KeyType) -> Self {
        let key = key(seed, key_type);
        let did = key_did(key.public());
        let method = format!("{did}#{}", did.trim_start_matches("did:key:"));
        Self { key, did, method }
    }

    fn web(self, did: &str) -> Self {
        Self { did: did.to_owned(), method: format!("{did}#0"), ..self }
    }
}

/// An issuer with one cryptosuite, its list of statuses, and a holder.
struct School {
    suite: Cryptosuite,
    issuer: Party,
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
    fn new(suite: Cryptosuite, key_type: KeyType) -> Self {
        let issuer = Party::new(1, key_type);
        let trust = trust(listed(&issuer.did), NOW);
        let holder = Party::new(2, KeyType::Ed25519);
        let mut school = Self { suite, issuer, holder, trust, documents: Documents::new() };
        school.publish(0);
        school
    }

    /// The list of the school, with `value` at the credential's place.
    fn publish(&mut self, value: u64) {
        let mut list = Bitstring::new(0, StatusSize::ONE);
        list.set(INDEX, StatusSize::ONE, value).unwrap();
        let list = ListCredential {
            uri: STATUS_URI.to_owned(),
            issuer: self.issuer.did.clone(),
            purposes: vec![StatusPurpose::Revocation],
            issued_at: NOW.minus(Seconds(100)),
            expires: Some(NOW.plus(Seconds(1000))),
            ttl: Some(Seconds(300)),
            list,
        };
        let suite = match self.suite {
            Cryptosuite::EcdsaSd2023 => Cryptosuite::EcdsaRdfc2019,
            suite => suite,
        };
        let options = ProofOptions { cryptosuite: suite, ..self.options(&self.issuer, "assertionMethod") };
        let signed = secure(Value::Object(list.document()), &options, &self.issuer.key, contexts()).unwrap();
        let bytes = signed.to_string().into_bytes();
        let document = Document { bytes, fetched_at: NOW, max_age: None };
        self.documents.insert(Url::parse(STATUS_URI).unwrap(), document);
    }

    fn options(&self, party: &Party, purpose: &str) -> ProofOptions {
        ProofOptions {
            cryptosuite: self.suite,
            key_type: party.key.public().key_type(),
            created: Some(NOW.to_rfc3339()),
            ..ProofOptions::new(party.method.clone(), purpose)
        }
    }

    fn credential(&self) -> Value {
        let status = StatusEntry::new(StatusPurpose::Revocation, INDEX, STATUS_URI).unwrap();
        json!({
            "@context": [V2, CONTEXT],
            "type": ["VerifiableCredential", "StudentId"],
            "issuer": self.issuer.did,
            "validUntil": NOW.plus(Seconds(1000)).to_rfc3339(),
            "credentialStatus": status.to_json(),
            "credentialSubject": {
                "id": self.holder.did, "enrolment_status": "enrolled", "family_name": "김",
            },
        })
    }

    /// Issues as `options` say, and shows all of it but the name where that can be chosen.
    fn issue_with(&self, credential: Value, options: &ProofOptions, signer: &PrivateKey) -> Value {
        if self.suite != Cryptosuite::EcdsaSd2023 {
            return secure(credential, options, signer, contexts()).unwrap();
        }
        let pointers =
            |texts: &[&str]| texts.iter().map(|it| Pointer::parse(it).unwrap()).collect::<Vec<_>>();
        let mandatory = pointers(&["/issuer", "/validUntil", "/credentialStatus", "/credentialSubject/id"]);
        let entropy = Repeatable::new(11);
        let base = sign_ecdsa_sd(credential, options, &mandatory, signer, (contexts(), &entropy)).unwrap();
        derive_ecdsa_sd(base, &pointers(&["/credentialSubject/enrolment_status"]), contexts()).unwrap()
    }

    fn issue(&self, credential: Value) -> Value {
        self.issue_with(credential, &self.options(&self.issuer, "assertionMethod"), &self.issuer.key)
    }

    fn present(&self, credential: &Value) -> Value {
        self.present_by(credential, &self.holder, |_| {})
    }

    /// The presentation of `by`, with other options.
    fn present_by(&self, credential: &Value, by: &Party, change: impl FnOnce(&mut ProofOptions)) -> Value {
        let presentation = json!({
            "@context": [V2], "type": "VerifiablePresentation", "verifiableCredential": [credential],
            "holder": by.did,
        });
        let mut options = ProofOptions {
            cryptosuite: Cryptosuite::EddsaRdfc2022,
            challenge: Some(NONCE.to_owned()),
            domain: Some(AUDIENCE.to_owned()),
            ..self.options(by, "authentication")
        };
        change(&mut options);
        secure(presentation, &options, &by.key, contexts()).unwrap()
    }

    fn tried(mut self, attack: Option<Attack>) -> Cell {
        let thief = Party::new(4, self.issuer.key.public().key_type());
        let document = match attack {
            None => self.present(&self.issue(self.credential())),
            Some(Attack::ForgedIssuer) => {
                let options = self.options(&self.issuer, "assertionMethod");
                self.present(&self.issue_with(self.credential(), &options, &thief.key))
            }
            Some(Attack::KeyOfAnother) => {
                let options = self.options(&thief, "assertionMethod");
                self.present(&self.issue_with(self.credential(), &options, &thief.key))
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
                let document = did_document(WEB_ISSUER, self.issuer.key.public(), &["authentication"]);
                self.documents.insert(did_url("uni.example"), document);
                self.present(&self.issue(self.credential()))
            }
            Some(Attack::ProofForAnotherPurpose) => {
                let options = self.options(&self.issuer, "authentication");
                self.present(&self.issue_with(self.credential(), &options, &self.issuer.key))
            }
            Some(Attack::Expired) => {
                let mut credential = self.credential();
                credential["validUntil"] = json!(NOW.minus(Seconds(500)).to_rfc3339());
                self.present(&self.issue(credential))
            }
            Some(Attack::Revoked) => {
                self.publish(1);
                self.present(&self.issue(self.credential()))
            }
            Some(Attack::SignedClaimChanged) => {
                let mut credential = self.issue(self.credential());
                credential["validUntil"] = json!(NOW.plus(Seconds(1_000_000)).to_rfc3339());
                self.present(&credential)
            }
            Some(Attack::DisclosedClaimChanged) => {
                if self.suite != Cryptosuite::EcdsaSd2023 {
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
                self.present_by(&credential, &Party::new(7, KeyType::Ed25519), |_| {})
            }
            Some(Attack::HoldersKeyForAnotherPurpose) => {
                self.holder = self.holder.web(WEB_HOLDER);
                let document = did_document(WEB_HOLDER, self.holder.key.public(), &["assertionMethod"]);
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
