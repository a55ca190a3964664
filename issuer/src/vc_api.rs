//! The issuing half of W3C-CCG's VC API 0.7: instances that sign whatever credential their caller hands over, each with a
//! key and a cryptosuite of its own. For whoever asks for that in the configuration; no trust list names them.
//!
//! Refused: what no verifier would take (the rules of the data model, terms that no known context defines, a period in the
//! wrong order, a wrong digest of a resource that is known), an issuer who is somebody else or not named, options that are not understood;
//! credentials of VCDM 2.0 where the instance signs with `Ed25519Signature2020`.

mod lists;

use std::sync::Arc;

use jigap_keys::KeyType;
use jigap_keys::bbs::SecretKey;
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::did::{bbs_key_did, key_did};
use jigap_wallet_core::jose::{Header, SignError};
use jigap_wallet_core::ldp::{self, Cryptosuite, Securing};
use jigap_wallet_core::ports::{Signer, StoreError, transact};
use jigap_wallet_core::status::bitstring;
use jigap_wallet_core::vcdm::CONTEXT_V2;
use jigap_wallet_core::vcdm::rules::ENVELOPED_CREDENTIAL;
use jigap_wallet_core::vcjwt;
use jigap_wallet_core::verdict::Refusal;
use serde_json::{Map, Value, json};

pub use self::lists::{Change, ChangeError};
pub(crate) use self::lists::{Lists, MESSAGES};
use crate::publish::SignedList;
use crate::status::AllocateError;
use crate::tenant::World;

/// How an instance whose key signs secures credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// With a Data Integrity proof.
    Proof(Cryptosuite),
    /// As `vc+jwt`, in an envelope.
    Jwt,
}

/// What signs for whoever calls it.
pub struct Instance {
    by: By,
    did: String,
    method: String,
    contexts: Contexts,
    /// Where its credentials have a status, if they have one.
    lists: Option<Lists>,
}

/// What an instance secures credentials by.
enum By {
    Proof(Cryptosuite, Arc<dyn Signer>),
    Jwt(Arc<dyn Signer>),
    Bbs(SecretKey),
}

/// Why a credential is not issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// It names another issuer or none: the caller's fault.
    #[error("the credential is of another issuer or of none")]
    OtherIssuer,
    /// Every claim is signed by the one signature of this instance: the caller's fault.
    #[error("this instance does not disclose selectively")]
    NotSelective,
    /// No verifier would take it: the caller's fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It is not JSON-LD whose every term is defined by contexts that are known here, or not a form of credential that this
    /// mechanism secures: the caller's fault.
    #[error("the document cannot be secured: {0}")]
    Document(String),
    /// No place in a list was to be had.
    #[error(transparent)]
    Status(#[from] AllocateError),
    /// The key does not sign.
    #[error("the instance's key does not sign")]
    Key,
}

impl Instance {
    /// An instance that signs with `signer`, whose did:key it is. `None` where keys of this type do not sign so.
    pub fn new(mechanism: Mechanism, signer: Arc<dyn Signer>, contexts: Contexts) -> Option<Self> {
        let key = signer.public_key();
        let fits = match mechanism {
            Mechanism::Proof(suite) => suite.takes(key.key_type()),
            Mechanism::Jwt => Header::for_key(key).is_some(),
        };
        let did = key_did(key);
        let method = format!("{did}#{}", key.to_multikey());
        let by = match mechanism {
            Mechanism::Proof(suite) => By::Proof(suite, signer),
            Mechanism::Jwt => By::Jwt(signer),
        };
        fits.then_some(Self { by, did, method, contexts, lists: None })
    }

    /// An instance of `bbs-2023`, with the did:key of `key`. Its key signs no lists.
    pub fn by_bbs(key: SecretKey, contexts: Contexts) -> Self {
        let did = bbs_key_did(key.public());
        let method = format!("{did}#{}", key.public().to_multikey());
        Self { by: By::Bbs(key), did, method, contexts, lists: None }
    }

    /// The same with these lists: where they give statuses, each credential of VCDM 2.0 without one gets it.
    #[must_use]
    pub(crate) fn with_lists(self, lists: Lists) -> Self {
        Self { lists: Some(lists), ..self }
    }

    /// Its did:key.
    pub fn did(&self) -> &str {
        &self.did
    }

    /// The DID URL of its key.
    pub fn verification_method(&self) -> &str {
        &self.method
    }

    /// The name of its cryptosuite, or `vc+jwt`.
    pub fn cryptosuite(&self) -> &'static str {
        match &self.by {
            By::Proof(suite, _) => suite.name().unwrap_or(suite.proof_type()),
            By::Jwt(_) => "vc+jwt",
            By::Bbs(_) => "bbs-2023",
        }
    }

    /// What kind of key it has: the name of the curve.
    pub fn key_type(&self) -> &'static str {
        match &self.by {
            By::Proof(_, signer) | By::Jwt(signer) => match signer.public_key().key_type() {
                KeyType::Ed25519 => "Ed25519",
                KeyType::X25519 => "X25519",
                KeyType::P256 => "P-256",
                KeyType::P384 => "P-384",
                KeyType::P521 => "P-521",
            },
            By::Bbs(_) => "Bls12381G2",
        }
    }

    /// Secures `credential`: as a document with a proof, or as an envelope. `mandatory_pointers`: JSON pointers to what every
    /// derived proof discloses, for instances of selective disclosure; without any, what a verifier must see.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn issue(
        &self,
        credential: Map<String, Value>,
        mandatory_pointers: &[String],
        world: &World,
    ) -> Result<Value, IssueError> {
        if !mandatory_pointers.is_empty() && !self.is_selective() {
            return Err(IssueError::NotSelective);
        }
        self.require_own(&credential)?;
        let first = credential.get("@context").map(|context| context.get(0).unwrap_or(context));
        if self.is_of_1_1() && first.is_some_and(|first| first == CONTEXT_V2) {
            return Err(IssueError::Document(
                "Ed25519Signature2020 is for credentials of VCDM 1.1".to_owned(),
            ));
        }
        let may_have_one = first.is_some_and(|first| first == CONTEXT_V2)
            && !credential.contains_key("credentialStatus")
            && !credential.contains_key("proof");
        let Some(lists) = self.lists.as_ref().filter(|lists| may_have_one && lists.gives()) else {
            return self.sign(credential, mandatory_pointers, world).await;
        };
        let mut mandatory = mandatory_pointers.to_vec();
        // Without any pointers, what a verifier must see is mandatory anyway.
        if !mandatory.is_empty() {
            mandatory.push("/credentialStatus".to_owned());
        }
        let (credential, mandatory) = (&credential, &mandatory);
        // What is refused takes no place: signing is part of what commits.
        transact(&*world.store, |tx| async move {
            let mut credential = credential.clone();
            credential.insert("credentialStatus".to_owned(), lists.give(&tx, &*world.entropy).await?);
            self.sign(credential, mandatory, world).await
        })
        .await
    }

    async fn sign(
        &self,
        credential: Map<String, Value>,
        mandatory: &[String],
        world: &World,
    ) -> Result<Value, IssueError> {
        let around = (self.contexts.for_data_integrity(), &*world.entropy);
        match &self.by {
            By::Proof(suite @ Cryptosuite::EcdsaSd2023, signer) => {
                let securing = self.securing(*suite, world);
                Ok(securing.secure_selectively(credential, mandatory, &**signer, around).await?)
            }
            By::Bbs(key) => {
                // Which names another suite than this one: it is not asked for.
                let securing = self.securing(Cryptosuite::EcdsaSd2023, world);
                Ok(securing.secure_by_bbs(credential, mandatory, key, around)?)
            }
            By::Proof(suite, signer) => self.secure((*suite, &**signer), credential, world).await,
            By::Jwt(signer) => self.envelope(&**signer, credential).await,
        }
    }

    /// Shows of a credential with a base proof of this instance's cryptosuite, whoever made it, what is mandatory and what
    /// these JSON pointers point at.
    ///
    /// # Errors
    /// [`IssueError::NotSelective`] for an instance whose cryptosuite shows all or nothing, [`IssueError::Document`].
    pub fn derive(
        &self,
        credential: Value,
        selective_pointers: &[String],
        world: &World,
    ) -> Result<Value, IssueError> {
        let contexts = self.contexts.for_data_integrity();
        match &self.by {
            By::Proof(Cryptosuite::EcdsaSd2023, _) => {
                Ok(ldp::disclose_at(credential, selective_pointers, contexts)?)
            }
            By::Bbs(_) => {
                let around = (contexts, &*world.entropy as _);
                Ok(ldp::disclose_by_bbs_at(credential, selective_pointers, around)?)
            }
            By::Proof(..) | By::Jwt(_) => Err(IssueError::NotSelective),
        }
    }

    const fn is_selective(&self) -> bool {
        matches!(self.by, By::Proof(Cryptosuite::EcdsaSd2023, _) | By::Bbs(_))
    }

    const fn is_of_1_1(&self) -> bool {
        matches!(self.by, By::Proof(Cryptosuite::Ed25519Signature2020, _))
    }

    /// Refuses a credential whose issuer is not this instance. None is filled in: a credential names its issuer (VCDM 2.0 §4.7).
    fn require_own(&self, credential: &Map<String, Value>) -> Result<(), IssueError> {
        let named = match credential.get("issuer") {
            Some(Value::Object(issuer)) => issuer.get("id"),
            other => other,
        };
        if named.and_then(Value::as_str) == Some(&self.did) { Ok(()) } else { Err(IssueError::OtherIssuer) }
    }

    fn securing(&self, cryptosuite: Cryptosuite, world: &World) -> Securing<'_> {
        Securing { cryptosuite, verification_method: &self.method, created: world.clock.now() }
    }

    async fn secure(
        &self,
        (suite, signer): (Cryptosuite, &dyn Signer),
        credential: Map<String, Value>,
        world: &World,
    ) -> Result<Value, IssueError> {
        let contexts = self.contexts.for_data_integrity();
        Ok(self.securing(suite, world).secure(credential, signer, contexts).await?)
    }

    /// The status list with this id, signed; `None` if the instance has none such.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn list(&self, world: &World, list: &str) -> Result<Option<SignedList>, IssueError> {
        let Some(lists) = &self.lists else { return Ok(None) };
        let (tx, now) = (world.store.begin().await?, world.clock.now());
        let Some((kind, version)) = lists.find(&tx, list).await? else { return Ok(None) };
        let signing = async {
            let credential = lists.document((&tx, now), (kind, list), &self.did).await?;
            self.sign_list(credential, world).await
        };
        lists.signed.signed((list, kind.way), (version, now), signing).await.map(Some)
    }

    async fn sign_list(
        &self,
        credential: Map<String, Value>,
        world: &World,
    ) -> Result<SignedList, IssueError> {
        let (suite, signer) = match &self.by {
            By::Jwt(signer) => {
                let bytes = self.token(&**signer, credential).await?.into_bytes().into();
                return Ok(SignedList { bytes, media_type: bitstring::MEDIA_TYPE_JWT });
            }
            // A list is shown whole.
            By::Proof(Cryptosuite::EcdsaSd2023, signer) => (Cryptosuite::EcdsaRdfc2019, signer),
            // One of before, when the instance had another cryptosuite: lists are of VCDM 2.0.
            By::Proof(Cryptosuite::Ed25519Signature2020, signer) => (Cryptosuite::EddsaRdfc2022, signer),
            By::Proof(suite, signer) => (*suite, signer),
            By::Bbs(_) => return Err(IssueError::Key),
        };
        let document = self.secure((suite, &**signer), credential, world).await?;
        let bytes = document.to_string().into_bytes().into();
        Ok(SignedList { bytes, media_type: bitstring::MEDIA_TYPE })
    }

    /// Changes the status of the credential with this `credentialStatus`, one of those that it was given.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn change_status(
        &self,
        world: &World,
        status: &Map<String, Value>,
        change: Change,
    ) -> Result<(), ChangeError> {
        let lists = self.lists.as_ref().ok_or(ChangeError::NotOurs)?;
        lists.change(world, status, change).await
    }

    async fn envelope(
        &self,
        signer: &dyn Signer,
        credential: Map<String, Value>,
    ) -> Result<Value, IssueError> {
        let token = self.token(signer, credential).await?;
        Ok(json!({
            "@context": CONTEXT_V2,
            "type": ENVELOPED_CREDENTIAL,
            "id": format!("data:application/vc+jwt,{token}"),
        }))
    }

    async fn token(&self, signer: &dyn Signer, credential: Map<String, Value>) -> Result<String, IssueError> {
        ldp::check_terms(&credential, self.contexts.for_data_integrity())?;
        let header = Header::for_key(signer.public_key()).ok_or(IssueError::Key)?.kid(&self.method);
        Ok(vcjwt::issue(header, credential)?.sign_with(signer).await?)
    }
}

impl From<ldp::IssueError> for IssueError {
    fn from(error: ldp::IssueError) -> Self {
        match error {
            ldp::IssueError::Document(error) => Self::Document(error.to_string()),
            ldp::IssueError::Refused(refusal) => Self::Refused(refusal),
            ldp::IssueError::WrongKey | ldp::IssueError::Signer(_) => Self::Key,
        }
    }
}

impl From<vcjwt::IssueError> for IssueError {
    fn from(error: vcjwt::IssueError) -> Self {
        match error {
            vcjwt::IssueError::Refused(refusal) => Self::Refused(refusal),
            vcjwt::IssueError::Misplaced => Self::Document(error.to_string()),
        }
    }
}

impl From<StoreError> for IssueError {
    fn from(error: StoreError) -> Self {
        Self::Status(error.into())
    }
}

impl From<SignError> for IssueError {
    fn from(_: SignError) -> Self {
        Self::Key
    }
}
