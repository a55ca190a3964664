//! A proof's members (VC-DATA-INTEGRITY §2.1), as its author wrote them: nothing here is verified.

use std::sync::Arc;

use jigap_keys::KeyType;
use serde_json::{Map, Value};

use crate::{Cryptosuite, ProofError};

/// A proof of a secured document, well-formed and not verified. Its members are the document's own, shared.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    members: Arc<Map<String, Value>>,
    domain: Vec<String>,
    previous_proof: Vec<String>,
}

impl Proof {
    pub(crate) fn read(members: &Arc<Map<String, Value>>) -> Result<Self, ProofError> {
        let has_text = |name: &'static str| match members.get(name) {
            Some(Value::String(_)) => Ok(()),
            _ => Err(ProofError::MalformedProof(name)),
        };
        has_text("type")?;
        for name in ["id", "cryptosuite", "created", "expires", "challenge", "nonce"] {
            if members.contains_key(name) {
                has_text(name)?;
            }
        }
        has_text("verificationMethod")?;
        has_text("proofPurpose")?;
        let (domain, previous_proof) = (texts(members, "domain")?, texts(members, "previousProof")?);
        has_text("proofValue")?;
        Ok(Self { members: Arc::clone(members), domain, previous_proof })
    }

    /// Its own name, by which a later proof may refer to it.
    pub fn id(&self) -> Option<&str> {
        self.text("id")
    }

    /// The cryptosuite it is of, if that is one that is spoken here.
    pub fn suite(&self) -> Option<Cryptosuite> {
        Cryptosuite::of(self.proof_type(), self.cryptosuite())
    }

    /// `DataIntegrityProof`, or the name of an older suite.
    pub fn proof_type(&self) -> &str {
        self.text("type").unwrap_or_default()
    }

    /// How it was made: `eddsa-rdfc-2022`. Absent where `type` says it.
    pub fn cryptosuite(&self) -> Option<&str> {
        self.text("cryptosuite")
    }

    /// The URL of the key.
    pub fn verification_method(&self) -> &str {
        self.text("verificationMethod").unwrap_or_default()
    }

    /// What the proof was made for: `assertionMethod`, `authentication`.
    pub fn proof_purpose(&self) -> &str {
        self.text("proofPurpose").unwrap_or_default()
    }

    /// When it was made, in its author's words (XMLSCHEMA11-2 dateTimeStamp, if well-formed).
    pub fn created(&self) -> Option<&str> {
        self.text("created")
    }

    /// When it ends, in its author's words.
    pub fn expires(&self) -> Option<&str> {
        self.text("expires")
    }

    /// The request it answers.
    pub fn challenge(&self) -> Option<&str> {
        self.text("challenge")
    }

    /// Whom it was made for.
    pub fn domain(&self) -> &[String] {
        &self.domain
    }

    /// The proofs it builds on, by their ids.
    pub fn previous_proof(&self) -> &[String] {
        &self.previous_proof
    }

    /// `proofValue`.
    pub(crate) fn value(&self) -> &str {
        self.text("proofValue").unwrap_or_default()
    }

    /// All its members, `proofValue` among them.
    pub(crate) fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }
}

/// A string, or a list of strings that is not empty.
fn texts(members: &Map<String, Value>, name: &'static str) -> Result<Vec<String>, ProofError> {
    let malformed = ProofError::MalformedProof(name);
    match members.get(name) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text.clone()]),
        Some(Value::Array(items)) if !items.is_empty() => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or(malformed)).collect()
        }
        Some(_) => Err(malformed),
    }
}

/// What a proof to be made says. Moments are XMLSCHEMA11-2 dateTimeStamps: `2026-11-22T00:00:00Z`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofOptions {
    /// How it is made.
    pub cryptosuite: Cryptosuite,
    /// The type of the key that will sign.
    pub key_type: KeyType,
    /// The URL of the key.
    pub verification_method: String,
    /// What it is made for: `assertionMethod`, `authentication`.
    pub proof_purpose: String,
    /// Its own name, a URL; needed where a later proof builds on it.
    pub id: Option<String>,
    /// When it is made.
    pub created: Option<String>,
    /// When it ends.
    pub expires: Option<String>,
    /// The request it answers.
    pub challenge: Option<String>,
    /// Whom it is made for.
    pub domain: Option<String>,
    /// The proofs of the document that it builds on, by their ids.
    pub previous_proof: Vec<String>,
}

impl ProofOptions {
    /// By the Ed25519 key `verification_method`, for `proof_purpose`, with `eddsa-rdfc-2022`, and nothing else.
    pub fn new(verification_method: impl Into<String>, proof_purpose: impl Into<String>) -> Self {
        Self {
            cryptosuite: Cryptosuite::EddsaRdfc2022,
            key_type: KeyType::Ed25519,
            verification_method: verification_method.into(),
            proof_purpose: proof_purpose.into(),
            id: None,
            created: None,
            expires: None,
            challenge: None,
            domain: None,
            previous_proof: Vec::new(),
        }
    }

    /// The proof's members, but for its value.
    pub(crate) fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let mut put = |name: &str, text: &str| members.insert(name.to_owned(), Value::from(text));
        put("type", self.cryptosuite.proof_type());
        if let Some(cryptosuite) = self.cryptosuite.name() {
            put("cryptosuite", cryptosuite);
        }
        put("verificationMethod", &self.verification_method);
        put("proofPurpose", &self.proof_purpose);
        let optional = [
            ("id", &self.id),
            ("created", &self.created),
            ("expires", &self.expires),
            ("challenge", &self.challenge),
            ("domain", &self.domain),
        ];
        for (name, text) in optional {
            if let Some(text) = text {
                put(name, text);
            }
        }
        match self.previous_proof.as_slice() {
            [] => {}
            [one] => drop(put("previousProof", one)),
            several => drop(members.insert("previousProof".to_owned(), Value::from(several))),
        }
        members
    }
}
