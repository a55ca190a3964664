//! The columns `jwt_vc_json`, one for each data model.

use super::super::jwt_vc::STUDENT;
use super::*;

pub(super) const NOTHING_DISCLOSED: &str = "nothing is disclosed selectively: the whole credential is signed";

/// One presentation in VCDM 2.0, attacked so.
pub(super) fn of_2_0(attack: Option<Attack>) -> Cell {
    School { scene: Scene::w3c(), model: Model::V2 }.tried(attack)
}

/// One presentation in VCDM 1.1, attacked so.
pub(super) fn of_1_1(attack: Option<Attack>) -> Cell {
    School { scene: Scene::w3c(), model: Model::V1 }.tried(attack)
}

/// The data models, which put things in different places of a JWT.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Model {
    V1,
    V2,
}

impl Model {
    const fn typ(self) -> &'static str {
        match self {
            Self::V1 => "JWT",
            Self::V2 => "vc+jwt",
        }
    }

    /// What says that a credential ends then.
    fn end(self, at: Timestamp) -> Value {
        match self {
            Self::V1 => json!({"exp": at}),
            Self::V2 => json!({"validUntil": at.to_rfc3339()}),
        }
    }
}

/// The scene of all formats, and the data model of its credentials and presentations.
struct School {
    scene: Scene,
    model: Model,
}

fn listed(did: &str) -> TrustEntry {
    TrustEntry { types: vec![STUDENT.to_owned()], ..entry(did) }
}

impl School {
    fn header(&self) -> Header {
        self.scene.header(self.model.typ())
    }

    fn issue_by(&self, changes: Value, header: Header, key: &PrivateKey) -> String {
        match self.model {
            Model::V1 => self.scene.older_with(changes, header, key),
            Model::V2 => self.scene.vc_with(changes, header, key),
        }
    }

    fn issue_with(&self, changes: Value) -> String {
        self.issue_by(changes, self.header(), &self.scene.issuer)
    }

    fn issue(&self) -> String {
        self.issue_with(json!({}))
    }

    fn present_by(&self, credential: &str, changes: Value, header: Header, key: &PrivateKey) -> String {
        match self.model {
            Model::V1 => self.scene.older_vp_by(credential, changes, header, key),
            Model::V2 => self.scene.vp_by(credential, changes, header, key),
        }
    }

    fn present_with(&self, changes: Value) -> String {
        self.present_by(&self.issue(), changes, self.scene.holder_header(), &self.scene.holder)
    }

    /// One presentation, attacked so.
    fn tried(mut self, attack: Option<Attack>) -> Cell {
        let thief = key(4, KeyType::P256);
        let text = match attack {
            None => self.scene.vp(&self.issue()),
            Some(Attack::ForgedIssuer) => self.scene.vp(&self.issue_by(json!({}), self.header(), &thief)),
            Some(Attack::KeyOfAnother) => {
                let header = self.header().kid(format!("{}#0", did::jwk_did(thief.public())));
                self.scene.vp(&self.issue_by(json!({}), header, &thief))
            }
            Some(Attack::UntrustedIssuer) => {
                self.scene.trust = trust(listed(&did::jwk_did(thief.public())), NOW);
                self.scene.vp(&self.issue())
            }
            Some(Attack::WrongMechanism) => {
                let listed = TrustEntry { mechanism: by_certificate(), ..listed(&self.scene.issuer_did) };
                self.scene.trust = trust(listed, NOW);
                self.scene.vp(&self.issue())
            }
            Some(Attack::KeyNotForAssertion) => {
                self.scene.issuer_did = WEB_ISSUER.into();
                self.scene.trust = trust(listed(WEB_ISSUER), NOW);
                let multikey = self.scene.issuer.public().to_multikey();
                let document = did_document(WEB_ISSUER, &multikey, &["authentication"]);
                self.scene.documents.insert(did_url("uni.example"), document);
                self.scene.vp(&self.issue())
            }
            Some(Attack::ProofForAnotherPurpose) => return Cell::Cannot(NO_PURPOSE),
            Some(Attack::ProofEnded) if self.model == Model::V1 => return Cell::Cannot(NO_END),
            Some(Attack::ProofEnded) => {
                self.scene.vp(&self.issue_with(json!({"exp": NOW.minus(Seconds(500))})))
            }
            Some(Attack::Expired) => self.scene.vp(&self.issue_with(self.model.end(NOW.minus(Seconds(500))))),
            Some(Attack::Revoked) => {
                self.scene.publish_status(StatusValue::INVALID, NOW);
                self.scene.vp(&self.issue())
            }
            Some(Attack::SignedClaimChanged) => {
                let honest = self.issue();
                let longer = self.issue_with(self.model.end(NOW.plus(Seconds(1_000_000))));
                let (mut parts, other): (Vec<_>, Vec<_>) =
                    (honest.split('.').collect(), longer.split('.').collect());
                parts[1] = other[1];
                self.scene.vp(&parts.join("."))
            }
            Some(Attack::DisclosedClaimChanged) => return Cell::Cannot(NOTHING_DISCLOSED),
            other => return self.tried_holder(other),
        };
        Cell::Judged(self.scene.judge(&text))
    }

    /// The attacks on the holder's part.
    fn tried_holder(mut self, attack: Option<Attack>) -> Cell {
        let text = match attack {
            Some(Attack::NoHolderBinding) => self.issue(),
            Some(Attack::StrangersKey) => {
                let thief = key(4, KeyType::P256);
                self.present_by(&self.issue(), json!({}), self.scene.holder_header(), &thief)
            }
            Some(Attack::HoldersKeyForAnotherPurpose) => {
                let multikey = self.scene.holder.public().to_multikey();
                let document = did_document(WEB_HOLDER, &multikey, &["assertionMethod"]);
                self.scene.documents.insert(did_url("holder.example"), document);
                let holder = &self.scene.holder;
                let header = Header::for_key(holder.public()).unwrap().kid(format!("{WEB_HOLDER}#0"));
                let (about, by) = match self.model {
                    Model::V1 => (json!({"sub": WEB_HOLDER}), json!({"iss": WEB_HOLDER})),
                    Model::V2 => (
                        json!({"credentialSubject": {"id": WEB_HOLDER, "enrolment_status": "enrolled"}}),
                        json!({"holder": WEB_HOLDER}),
                    ),
                };
                self.present_by(&self.issue_with(about), by, header, holder)
            }
            Some(Attack::Replay) => self.present_with(json!({"nonce": "another"})),
            Some(Attack::WrongAudience) => self.present_with(json!({"aud": "x509_san_dns:other.example"})),
            Some(Attack::MadeLongAgo) => {
                self.present_with(json!({"iat": NOW.minus(too_long(&self.scene.policy))}))
            }
            Some(Attack::WrongType) => {
                let header = self.scene.header("at+jwt");
                let credential = self.issue_by(json!({}), header, &self.scene.issuer);
                self.present_by(&credential, json!({}), self.scene.holder_header(), &self.scene.holder)
            }
            other => panic!("{other:?} is not about the holder"),
        };
        Cell::Judged(self.scene.judge(&text))
    }
}
