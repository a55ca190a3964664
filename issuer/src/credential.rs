//! The credential endpoint (OpenID4VCI 1.0 §8): proofs judged, entries taken in one commit, copies signed after it.

use jigap_keys::base64url;
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::sdjwt::SdJwtVcBuilder;
use jigap_wallet_core::status::StatusReference;
use jigap_wallet_core::vci::{
    Client, CredentialError, CredentialErrorCode, CredentialRequest, CredentialResponse, KEY_REFERENCE,
    LiveNonce, ProofRules, ProvenKey, RequestedCredential, VerifiedProofs, verify_proofs,
};
use jigap_wallet_core::verdict::{Reason, Refusal};
use serde_json::{Map, Value, json};

use crate::issuance::{self, Allocated, IssuanceError, Request};
use crate::status;
use crate::tenant::{BATCH_SIZE, EndpointError, Tenant, World, day_of, issuance_fault, refused};
use crate::types::CredentialType;

/// The algorithms a key proof may use.
pub(crate) const PROOF_ALGORITHMS: [&str; 3] = ["ES256", "EdDSA", "ES384"];
const BY_REFERENCE: Reason = Reason::new(
    "proof-key-by-reference",
    "the key stands behind a reference; this issuer binds to keys given as `jwk`",
    "키가 참조로 주어졌습니다. 이 발급자는 `jwk`로 준 키에만 묶습니다",
);
/// At most this many decoy digests in a credential: what it could disclose stays uncertain.
const DECOYS: u8 = 4;

impl Tenant {
    /// Answers one credential request.
    pub async fn credential(
        &self,
        world: &World,
        access_token: &str,
        body: &[u8],
    ) -> Result<CredentialResponse, EndpointError<CredentialError>> {
        let request = CredentialRequest::parse(body).map_err(refused)?;
        let RequestedCredential::Configuration(configuration) = &request.credential else {
            return Err(refused(
                CredentialErrorCode::UnknownCredentialIdentifier.because("none was given out"),
            ));
        };
        let credential_type = self.types.get(configuration).ok_or_else(|| {
            refused(CredentialErrorCode::UnknownCredentialConfiguration.because("no such configuration"))
        })?;
        // Before any signature is verified: a stranger without a token costs one read.
        self.require_grant(world, access_token).await?;
        let (keys, nonce) = self.proven_keys(world, &request)?;
        let nonce_id = base64url::encode(nonce.id);
        let wanted = Request {
            access_token,
            configuration,
            nonce: (&nonce_id, nonce.expires),
            copies: keys.len(),
            validity: self.validity,
        };
        let allocated = self.allocate(world, &wanted).await?;
        let mut credentials = Vec::with_capacity(keys.len());
        for (key, entry) in keys.into_iter().zip(&allocated.entries) {
            credentials.push(self.sign(world, credential_type, &allocated, key, entry).await?);
        }
        if let Some(crowded) = &allocated.crowded {
            status::replace(&*world.store, &self.places(), crowded, &world.entropy).await?;
        }
        Ok(CredentialResponse::Issued { credentials, notification_id: Some(allocated.notification) })
    }

    fn proven_keys(
        &self,
        world: &World,
        request: &CredentialRequest,
    ) -> Result<(Vec<ProvenKey>, LiveNonce), EndpointError<CredentialError>> {
        let algorithms = PROOF_ALGORITHMS.map(str::to_owned);
        let rules = ProofRules {
            credential_issuer: &self.identifier,
            client: Client::Anonymous,
            algorithms: &algorithms,
            max_proofs: BATCH_SIZE as usize,
            nonces: Some(&self.nonce_key),
            find_key: &key_in_jwk,
        };
        let VerifiedProofs { keys, nonce } =
            verify_proofs(&request.proofs, &rules, world.clock.now()).map_err(refused)?;
        let nonce = nonce.ok_or_else(|| refused(CredentialErrorCode::InvalidNonce.because("no nonce")))?;
        Ok((keys, nonce))
    }

    async fn allocate(
        &self,
        world: &World,
        request: &Request<'_>,
    ) -> Result<Allocated, EndpointError<CredentialError>> {
        let now = world.clock.now();
        issuance::allocate(&*world.store, &self.places(), &self.record_keys, request, now, &world.entropy)
            .await
            .map_err(|error| match error {
                IssuanceError::UsedNonce => {
                    refused(CredentialErrorCode::InvalidNonce.because("the nonce was used already"))
                }
                IssuanceError::UsedUp => refused(
                    CredentialErrorCode::CredentialRequestDenied
                        .because("nothing more is issued under this grant"),
                ),
                IssuanceError::OtherConfiguration => refused(
                    CredentialErrorCode::CredentialRequestDenied
                        .because("the offer is for another configuration"),
                ),
                other => issuance_fault(other),
            })
    }

    /// Signs one copy for one key and one status entry.
    async fn sign(
        &self,
        world: &World,
        credential_type: &CredentialType,
        allocated: &Allocated,
        key: ProvenKey,
        entry: &status::Place,
    ) -> Result<Value, EndpointError<CredentialError>> {
        let claims = self.claims(world, credential_type, &allocated.subject.claims, entry)?;
        let header = Header { typ: Some("dc+sd-jwt".to_owned()), ..self.credential_key.header.clone() };
        let unsigned = SdJwtVcBuilder::new(claims)
            .conceal_if_present(credential_type.concealable().iter().cloned())
            .decoys(DECOYS)
            .holder(key.key)
            .build(header, &world.entropy)
            .map_err(|_| EndpointError::Internal("the claims cannot be made into an SD-JWT"))?;
        let compact = unsigned
            .sign_with(&*self.credential_key.signer)
            .await
            .map_err(|_| EndpointError::Internal("the signing key is not available"))?;
        Ok(Value::from(compact))
    }

    fn claims(
        &self,
        world: &World,
        credential_type: &CredentialType,
        subject: &Map<String, Value>,
        entry: &status::Place,
    ) -> Result<Map<String, Value>, EndpointError<CredentialError>> {
        let issued = day_of(world.clock.now());
        let reference = StatusReference::new(&self.status_uri(&entry.list), entry.index)
            .map_err(|_| EndpointError::Internal("the status list has no usable URI"))?;
        let mut claims = subject.clone();
        for (name, value) in [
            ("iat", json!(issued)),
            ("exp", json!(issued.plus(self.validity))),
            ("vct", json!(credential_type.vct())),
            ("vct#integrity", json!(credential_type.vct_integrity())),
            ("status", reference.to_claim()),
        ] {
            claims.insert(name.to_owned(), value);
        }
        if let Some(issuer) = &self.issuer {
            claims.insert("iss".to_owned(), json!(issuer));
        }
        Ok(claims)
    }
}

/// The holder's key stands in the proof itself, as a JWK: the only binding method offered.
fn key_in_jwk(header: &Header) -> Result<jigap_keys::PublicKey, Refusal> {
    header.jwk.clone().ok_or(KEY_REFERENCE.refuse(BY_REFERENCE))
}
