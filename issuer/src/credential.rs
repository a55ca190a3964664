//! The credential endpoint (OpenID4VCI 1.0 §8): proofs judged, entries taken in one commit, copies signed after it.

use jigap_keys::voprf::Element;
use jigap_keys::{Entropy, PublicKey, base64url};
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::cose;
use jigap_wallet_core::did::{self, Purpose};
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::ldp::{self, Cryptosuite};
use jigap_wallet_core::mdoc::{MdocForm, Validity};
use jigap_wallet_core::pass::{Generation, PassStatus};
use jigap_wallet_core::sdjwt::SdJwtVcBuilder;
use jigap_wallet_core::status::StatusReference;
use jigap_wallet_core::status::bitstring::StatusEntry;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::vci::{
    Client, CredentialError, CredentialErrorCode, CredentialRequest, CredentialResponse, DsubAnswer,
    KEY_REFERENCE, LiveNonce, ProofRules, ProvenKey, RequestedCredential, VerifiedProofs, live_nonce,
    verify_proofs,
};
use jigap_wallet_core::vcjwt;
use jigap_wallet_core::verdict::{Reason, Refusal};
use jigap_wallet_core::x509;
use serde_json::{Map, Value, json};

use crate::blind::Points;
use crate::configuration::{Configuration, DocumentSuite, IssuedFormat, W3cType};
use crate::dpop::{self, Presented};
use crate::dsub::{self, Record};
use crate::issuance::{self, Allocated, IssuanceError, Request};
use crate::publish::Published;
use crate::refresh::SHARE;
use crate::register;
use crate::status;
use crate::tenant::{BATCH_SIZE, EndpointError, SigningKey, Tenant, World, day_of, issuance_fault, refused};
use crate::types::{CredentialType, Given, PassForm};
use crate::w3c::Statement;

/// The algorithms a key proof may use.
pub(crate) const PROOF_ALGORITHMS: [&str; 3] = ["ES256", "EdDSA", "ES384"];
const BY_REFERENCE: Reason = Reason::new(
    "proof-key-by-reference",
    "the key stands behind a reference; this issuer binds to keys given as `jwk`",
    "키가 참조로 주어졌습니다. 이 발급자는 `jwk`로 준 키에만 묶습니다",
);
const NO_DID: Reason = Reason::new(
    "proof-key-no-did",
    "the key is neither given as `jwk` nor by the key of a did:jwk or did:key",
    "키가 `jwk`로도, did:jwk나 did:key의 키로도 주어지지 않았습니다",
);
const NO_DOCUMENT: &str = "the claims cannot be made into a document";
const NO_SIGNER: &str = "the signing key is not available";
/// At most this many decoy digests in a credential: what it could disclose stays uncertain.
const DECOYS: u8 = 4;

/// What a request wants signed.
enum Asked {
    /// A credential for each of these keys.
    Keys(Vec<ProvenKey>),
    /// Each of these points, blindly.
    Points(Points),
    /// A copy for the directory whose name is hidden in this, for a key.
    Scoped(Box<(ProvenKey, Element)>),
}

impl Asked {
    fn count(&self) -> usize {
        match self {
            Self::Keys(keys) => keys.len(),
            Self::Points(points) => points.count(),
            Self::Scoped(..) => 1,
        }
    }
}

impl Tenant {
    /// Answers one credential request.
    pub async fn credential(
        &self,
        world: &World,
        presented: Presented<'_>,
        body: &[u8],
    ) -> Result<CredentialResponse, EndpointError<CredentialError>> {
        let request = CredentialRequest::parse(body).map_err(refused)?;
        let RequestedCredential::Configuration(configuration) = &request.credential else {
            return Err(refused(
                CredentialErrorCode::UnknownCredentialIdentifier.because("none was given out"),
            ));
        };
        let issued = self.configurations.get(configuration).ok_or_else(|| {
            refused(CredentialErrorCode::UnknownCredentialConfiguration.because("no such configuration"))
        })?;
        // Before any signature is verified: a stranger without a token costs one read.
        let access_token = presented.token;
        let grant = self.require_grant(world, access_token).await?;
        let proven = self.proven(world, "credential", (presented.proof, Some(access_token)))?;
        dpop::require_bound(grant.key.as_deref(), proven.as_ref()).map_err(EndpointError::Proof)?;
        if self.credential_key.ends().is_some_and(|ends| ends <= world.clock.now()) {
            return Err(EndpointError::Internal(
                "the tenant's certificate has ended: nobody would accept what it signs",
            ));
        }
        let scoped = self.refresh.directories.asked(&request, configuration)?;
        let (asked, nonce) = self.asked(world, &request, &issued.format)?;
        let only_key = match (issued.pass(), &asked) {
            (Some(form), Asked::Keys(keys)) if !form.is_many() => {
                keys.first().map(|one| one.key.thumbprint())
            }
            _ => None,
        };
        let points = match &asked {
            Asked::Keys(_) | Asked::Scoped(..) => None,
            Asked::Points(points) => Some(points.digest()),
        };
        let nonce_id = base64url::encode(nonce.id);
        let wanted = Request {
            access_token,
            proven: proven.as_ref(),
            configuration,
            nonce: (&nonce_id, nonce.expires),
            copies: asked.count(),
            has_status: issued.has_status(),
            ends: issued.ends(world.clock.now(), self.validity),
            refresh: &self.refresh,
            only: issued.pass().zip(only_key.as_deref()),
            points: points.as_deref(),
            scoped,
        };
        let allocated = self.allocate(world, &wanted).await?;
        let (credentials, dsub) = self.signed(world, issued, &allocated, (asked, scoped)).await?;
        // Entry passes alone say nothing of their holder that leads to a person; of those that are signed blindly nothing could
        // be noted.
        let noted = issued.is_entry_pass() && !issued.is_blind();
        if let (true, Some(register)) = (noted, &self.register) {
            let person = register::person(allocated.subject.reference.as_deref(), &allocated.offer);
            register::note(&**register, &credentials, &person)
                .map_err(|_| EndpointError::Internal("the register of passes cannot be written"))?;
        }
        if let Some(crowded) = &allocated.crowded {
            status::replace(&*world.store, &self.places(), crowded, &world.entropy).await?;
        }
        let notification_id = Some(allocated.notification);
        Ok(CredentialResponse::Issued { credentials, notification_id, dsub: dsub.map(Box::new) })
    }

    /// What is to be signed, and under which nonce.
    fn asked(
        &self,
        world: &World,
        request: &CredentialRequest,
        format: &IssuedFormat,
    ) -> Result<(Asked, LiveNonce), EndpointError<CredentialError>> {
        match (&request.blinded, format) {
            (Some(blinded), IssuedFormat::BlindPass(_)) => {
                let nonce = live_nonce(&self.nonce_key, &self.identifier, &blinded.nonce, world.clock.now());
                Ok((Asked::Points(Points::read(blinded)?), nonce.map_err(refused)?))
            }
            (None, IssuedFormat::BlindPass(_)) | (Some(_), _) => Err(refused(
                CredentialErrorCode::InvalidProof
                    .because("blinded is for jigap_pass_blind, and for it alone"),
            )),
            (None, _) => {
                let (mut keys, nonce) = self.proven_keys(world, request, format)?;
                let asked = match (request.dsub, keys.pop()) {
                    (Some(name), Some(key)) => Asked::Scoped(Box::new((key, name))),
                    (_, last) => Asked::Keys(keys.into_iter().chain(last).collect()),
                };
                Ok((asked, nonce))
            }
        }
    }

    /// Signs all that is asked for.
    async fn signed(
        &self,
        world: &World,
        issued: &Configuration,
        allocated: &Allocated,
        (asked, scoped): (Asked, Option<&[ClaimPath]>),
    ) -> Result<(Vec<Value>, Option<DsubAnswer>), EndpointError<CredentialError>> {
        match (asked, issued.pass(), &self.blind_secret) {
            (Asked::Scoped(asked), ..) => {
                let apart = scoped.unwrap_or_default();
                let (copy, answer) = self.sign_scoped(world, issued, (allocated, apart), *asked).await?;
                Ok((vec![copy], Some(answer)))
            }
            (Asked::Keys(keys), ..) => {
                let mut credentials = Vec::with_capacity(keys.len());
                for (number, key) in keys.into_iter().enumerate() {
                    credentials.push(self.sign(world, issued, allocated, (number, key)).await?);
                }
                Ok((credentials, None))
            }
            (Asked::Points(points), Some(form), Some(secret)) => {
                let said = (form, &allocated.subject.claims);
                Ok((secret.answers(said, &points, world.clock.now())?, None))
            }
            (Asked::Points(_), ..) => Err(EndpointError::Internal(NO_SIGNER)),
        }
    }

    fn proven_keys(
        &self,
        world: &World,
        request: &CredentialRequest,
        format: &IssuedFormat,
    ) -> Result<(Vec<ProvenKey>, LiveNonce), EndpointError<CredentialError>> {
        let algorithms = format.proof_algorithms();
        let rules = ProofRules {
            credential_issuer: &self.identifier,
            client: Client::Anonymous,
            algorithms: &algorithms,
            // A second copy of a ticket would be a second entry.
            max_proofs: match format {
                _ if request.dsub.is_some() => 1,
                IssuedFormat::JigapPass(form) if !form.is_many() => 1,
                _ => BATCH_SIZE as usize,
            },
            nonces: Some(&self.nonce_key),
            find_key: match format {
                IssuedFormat::SdJwtVc
                | IssuedFormat::MsoMdoc(_)
                | IssuedFormat::JigapPass(_)
                | IssuedFormat::BlindPass(_) => &no_key,
                IssuedFormat::JwtVcJson(_) | IssuedFormat::LdpVc(..) => &key_of_did,
            },
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
                IssuanceError::Share => {
                    refused(CredentialErrorCode::CredentialRequestDenied.because(SHARE.rule.en))
                }
                IssuanceError::NotGranted => dsub::denied(dsub::ASKED),
                IssuanceError::NoRecord => dsub::denied(dsub::RECORD),
                IssuanceError::OtherConfiguration => refused(
                    CredentialErrorCode::CredentialRequestDenied
                        .because("the offer is for another configuration"),
                ),
                other => issuance_fault(other),
            })
    }

    /// Signs the copy of this number for one key, with its status entry.
    async fn sign(
        &self,
        world: &World,
        issued: &Configuration,
        allocated: &Allocated,
        (number, key): (usize, ProvenKey),
    ) -> Result<Value, EndpointError<CredentialError>> {
        let said = &allocated.subject.claims;
        let entry =
            || allocated.entries.get(number).ok_or(EndpointError::Internal("a copy has no status entry"));
        match &issued.format {
            IssuedFormat::SdJwtVc => {
                let claims =
                    self.claims(world, &issued.credential_type, allocated, &self.reference(entry()?)?);
                self.sign_sd_jwt(world, &issued.credential_type, claims, key).await
            }
            IssuedFormat::JwtVcJson(of) => {
                let mut credential = self.statement(world, of, said, &holder(&key)).document();
                credential.insert("status".to_owned(), self.reference(entry()?)?.to_claim());
                self.sign_jwt(credential).await
            }
            IssuedFormat::LdpVc(of, cryptosuite) => {
                let holder = holder(&key);
                let statement = self.statement(world, of, said, &holder);
                let mut credential = statement.document();
                credential.insert("credentialStatus".to_owned(), self.status_entries(entry()?)?);
                if let (DocumentSuite::Bbs, Some(key)) = (cryptosuite, &self.bbs_key) {
                    credential.insert("issuer".to_owned(), json!(key.did));
                }
                let always = issued.always_shown();
                self.sign_document(world, credential, (of, statement.begins), (*cryptosuite, &always)).await
            }
            IssuedFormat::MsoMdoc(form) => {
                self.sign_mdoc(world, (form, said), key, self.reference(entry()?)?).await
            }
            IssuedFormat::JigapPass(form) => {
                let entry = if form.is_many() { None } else { Some(entry()?) };
                self.sign_pass(world, (form, said), (number, key.key), entry).await
            }
            // It is never asked for by its key.
            IssuedFormat::BlindPass(_) => Err(EndpointError::Internal(NO_SIGNER)),
        }
    }

    /// Signs a copy for the directory whose name is hidden in `name`.
    async fn sign_scoped(
        &self,
        world: &World,
        issued: &Configuration,
        (allocated, apart): (&Allocated, &[ClaimPath]),
        (key, name): (ProvenKey, Element),
    ) -> Result<(Value, DsubAnswer), EndpointError<CredentialError>> {
        let secret = self.dsub_secret.as_ref().ok_or(EndpointError::Internal(NO_SIGNER))?;
        let record = Record::of(&allocated.subject, apart);
        let record = record.map_err(|refusal| dsub::denied(refusal.check))?;
        let of = (self.id.as_str(), issued.credential_type.name());
        let (claim, answer) = secret.evaluate(of, &record, (&name, &*world.entropy))?;
        let entry = allocated.entries.first().ok_or(EndpointError::Internal("a copy has no status entry"))?;
        let claims = self.claims(world, &issued.credential_type, allocated, &self.reference(entry)?);
        let claims = dsub::with_claim(claims, claim);
        Ok((self.sign_sd_jwt(world, &issued.credential_type, claims, key).await?, answer))
    }

    /// Signs a W3C credential as JWT.
    async fn sign_jwt(
        &self,
        credential: Map<String, Value>,
    ) -> Result<Value, EndpointError<CredentialError>> {
        let unsigned = vcjwt::issue(self.credential_key.header.clone(), credential)
            .map_err(|_| EndpointError::Internal("the claims cannot be made into a JWT"))?;
        let signed = unsigned.sign_with(&*self.credential_key.signer).await;
        signed.map(Value::from).map_err(|_| EndpointError::Internal(NO_SIGNER))
    }

    /// Signs a W3C credential as a document, by the cryptosuite beside those claims that it always shows.
    async fn sign_document(
        &self,
        world: &World,
        credential: Map<String, Value>,
        (of, begins): (&W3cType, Timestamp),
        (cryptosuite, always): (DocumentSuite, &[ClaimPath]),
    ) -> Result<Value, EndpointError<CredentialError>> {
        let method = self.credential_key.header.kid.as_deref().unwrap_or_default();
        let contexts = of.known().for_data_integrity();
        let by = (contexts, &*world.entropy as &dyn Entropy);
        let unsigned = match cryptosuite {
            DocumentSuite::Bbs => {
                let key = self.bbs_key.as_ref().ok_or(EndpointError::Internal(NO_SIGNER))?;
                let signer = (key.method.as_str(), &key.secret);
                return ldp::issue_by_bbs(credential, always, signer, begins, by)
                    .map_err(|_| EndpointError::Internal(NO_DOCUMENT));
            }
            DocumentSuite::Signed(Cryptosuite::EcdsaSd2023) => {
                ldp::issue_selectively(credential, always, method, begins, by)
            }
            DocumentSuite::Signed(_) => {
                ldp::issue(credential, method, begins, (self.credential_key.key_type(), contexts))
            }
        };
        let unsigned = unsigned.map_err(|_| EndpointError::Internal(NO_DOCUMENT))?;
        let signed = unsigned.sign_with(&*self.credential_key.signer).await;
        signed.map_err(|_| EndpointError::Internal(NO_SIGNER))
    }

    /// Signs an mdoc: `IssuerSigned` in base64url (OpenID4VCI 1.0 A.2.4).
    async fn sign_mdoc(
        &self,
        world: &World,
        (form, claims): (&MdocForm, &Map<String, Value>),
        key: ProvenKey,
        status: StatusReference,
    ) -> Result<Value, EndpointError<CredentialError>> {
        const NO_MDOC: EndpointError<CredentialError> =
            EndpointError::Internal("the claims cannot be made into an mdoc");
        let SigningKey { signer, header } = &self.credential_key;
        let validity = self.mdoc_validity(world.clock.now());
        let builder = form.fill(claims, validity, key.key).map_err(|_| NO_MDOC)?.status(status);
        let algorithm = cose::Header::for_key(signer.public_key().key_type()).ok_or(NO_MDOC)?;
        let unsigned = builder.build(algorithm.x5chain(header.x5c.clone()), &world.entropy);
        let signed = unsigned.sign_with(&**signer).await;
        signed.map(|bytes| base64url::encode(bytes).into()).map_err(|_| EndpointError::Internal(NO_SIGNER))
    }

    /// Signs a pass, in base64url. Entry passes of a generation that is about to end are followed by as many of the next.
    async fn sign_pass(
        &self,
        world: &World,
        (form, said): (&PassForm, &Map<String, Value>),
        (number, holder): (usize, PublicKey),
        entry: Option<&status::Place>,
    ) -> Result<Value, EndpointError<CredentialError>> {
        let (now, signer) = (world.clock.now(), &self.credential_key.signer);
        let (this, next) = Generation::issued_at(now);
        let shown = if number % 2 == 1 { next } else { this };
        let given = Given {
            holder,
            generation: shown,
            version: self.pass_versions.get(&form.kind()).copied().unwrap_or_default(),
            status: entry.map(|place| PassStatus {
                list: PassStatus::tag(&self.status_uri(&place.list)),
                index: place.index,
            }),
        };
        let unsigned = form.fill(said, given).unsigned(signer.public_key());
        let unsigned =
            unsigned.map_err(|_| EndpointError::Internal("the claims cannot be made into a pass"))?;
        let pass = unsigned.sign_with(&**signer).await;
        pass.map(|bytes| base64url::encode(bytes).into()).map_err(|_| EndpointError::Internal(NO_SIGNER))
    }

    /// From the beginning of the day, as all that is issued, but within the validity of the certificate: verifiers refuse what
    /// was signed outside it (ISO 18013-5 §9.1.2.4, §9.3.1).
    fn mdoc_validity(&self, now: Timestamp) -> Validity {
        let (mut from, mut until) = (day_of(now), day_of(now).plus(self.validity));
        if let Some((begins, ends)) =
            self.credential_key.header.x5c.first().and_then(|der| x509::validity(der))
        {
            (from, until) = (from.max(begins), until.min(ends));
        }
        Validity { signed: from, from, until, expected_update: None }
    }

    async fn sign_sd_jwt(
        &self,
        world: &World,
        credential_type: &CredentialType,
        claims: Map<String, Value>,
        key: ProvenKey,
    ) -> Result<Value, EndpointError<CredentialError>> {
        let header = Header { typ: Some("dc+sd-jwt".to_owned()), ..self.credential_key.header.clone() };
        let unsigned = SdJwtVcBuilder::new(claims)
            .conceal_if_present(credential_type.concealable().iter().cloned().chain(dsub::path()))
            .decoys(DECOYS)
            .holder(key.key)
            .build(header, &world.entropy)
            .map_err(|_| EndpointError::Internal("the claims cannot be made into an SD-JWT"))?;
        let compact = unsigned
            .sign_with(&*self.credential_key.signer)
            .await
            .map_err(|_| EndpointError::Internal(NO_SIGNER))?;
        Ok(Value::from(compact))
    }

    /// What a W3C credential says of `claims`, whose subject is `holder`.
    fn statement<'a>(
        &'a self,
        world: &World,
        of: &'a W3cType,
        claims: &'a Map<String, Value>,
        holder: &'a str,
    ) -> Statement<'a> {
        let (begins, validity) = (day_of(world.clock.now()), self.validity);
        // A W3C credential always names its issuer, also where the certificate would do.
        let issuer = self.issuer.as_deref().unwrap_or(self.identifier.as_str());
        Statement { of, issuer, holder, claims, begins, validity }
    }

    fn reference(&self, entry: &status::Place) -> Result<StatusReference, EndpointError<CredentialError>> {
        StatusReference::new(&self.status_uri(&entry.list), entry.index)
            .map_err(|_| EndpointError::Internal("the status list has no usable URI"))
    }

    /// `credentialStatus` of a document: whether it was revoked, and whether it is suspended. Both at the one index that
    /// the copy has.
    fn status_entries(&self, entry: &status::Place) -> Result<Value, EndpointError<CredentialError>> {
        let in_list = |way: Published| {
            let purpose = way.purpose()?;
            let uri = self.published_uri(&entry.list, way);
            Some(StatusEntry::new(purpose, entry.index, &uri).ok()?.to_json())
        };
        let entries: Option<Vec<Value>> = Published::BITSTRINGS.into_iter().map(in_list).collect();
        entries.map(Value::from).ok_or(EndpointError::Internal("the status list has no usable URI"))
    }

    /// What an SD-JWT VC says.
    fn claims(
        &self,
        world: &World,
        credential_type: &CredentialType,
        allocated: &Allocated,
        status: &StatusReference,
    ) -> Map<String, Value> {
        let issued = day_of(world.clock.now());
        let ends = issued.plus(self.validity);
        let ends = allocated.until.map_or(ends, |until| until.min(ends));
        let mut claims = allocated.subject.claims.clone();
        for (name, value) in [
            ("iat", json!(issued)),
            ("exp", json!(ends)),
            ("vct", json!(credential_type.vct())),
            ("vct#integrity", json!(credential_type.vct_integrity())),
            ("status", status.to_claim()),
        ] {
            claims.insert(name.to_owned(), value);
        }
        if let Some(issuer) = &self.issuer {
            claims.insert("iss".to_owned(), json!(issuer));
        }
        claims
    }
}

/// An SD-JWT VC or an mdoc is bound to a key that stands in the proof itself, as a JWK.
fn no_key(_: &Header) -> Result<PublicKey, Refusal> {
    Err(KEY_REFERENCE.refuse(BY_REFERENCE))
}

/// The key that a DID of the holder's is made of: no document is fetched for a proof.
fn key_of_did(header: &Header) -> Result<PublicKey, Refusal> {
    let method = header.kid.as_deref().unwrap_or_default();
    let key = did::verification_key(method, Purpose::Authentication, &Documents::new());
    key.map_err(|_| KEY_REFERENCE.refuse(NO_DID))
}

/// The DID of a proven key: the one that named it, else its did:jwk.
fn holder(key: &ProvenKey) -> String {
    let named = key.kid.as_deref().and_then(|kid| kid.split('#').next());
    named.map_or_else(|| did::jwk_did(&key.key), str::to_owned)
}
