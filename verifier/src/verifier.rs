//! The verifier: asks by OpenID4VP 1.0, judges what comes back, tells whoever asked.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jigap_keys::{Entropy, KeyType, PrivateKey, PublicKey};
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::dcql::{QUERY_SATISFIED, Query};
use jigap_wallet_core::documents::is_fetchable;
use jigap_wallet_core::jose::jwe::ContentEncryption;
use jigap_wallet_core::judge::{Asked, Judge, Policy};
use jigap_wallet_core::ldp::Cryptosuite;
use jigap_wallet_core::mdoc::Session as InSession;
use jigap_wallet_core::ports::{Clock, Store, StoreError};
use jigap_wallet_core::sealing::{RecordKeys, SealBroken};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::seen::{self, SeenError};
use jigap_wallet_core::verdict::{Reason, Refusal, Verdict};
use jigap_wallet_core::vp::{
    AuthorizationResponse, ClientMetadata, Decryption, EncryptionKey, ErrorCode, FeedConsent, NewRequest,
    OfferError, PostAnswer, PostedResponse, RequestReference, RequestUriMethod, ResponseExpectation,
    SentRequest, VpToken, device_mac_number,
};
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};
use url::Url;
use zeroize::Zeroizing;

use crate::disclosed::claims;
use crate::evidence::Library;
use crate::feed::{Feed, FeedError, NotAsked};
use crate::identity::Identity;
use crate::issues::Issues;
use crate::session::{
    self, Answer, Flow, LIFETIME, NewSession, OfferOutcome, PolicyOf, Progressed, Question, Session,
    SessionError,
};
use crate::trust::Trust;

/// COSE algorithms of signatures: ES256, EdDSA, ES384.
const COSE_ALGORITHMS: [i64; 3] = [-7, -8, -35];
const OTHER_FORMAT: Reason = Reason::new(
    "format-not-judged",
    "the query asks for a format that is not judged here",
    "이곳에서 판단하지 않는 형식을 요구하는 질의입니다",
);
const NOTHING_REQUIRED: Reason =
    Reason::new("nothing-required", "the query requires no credential", "질의가 요구하는 증명서가 없습니다");
/// Most bytes of the JSON of an asker's own query: it is stored, signed, sent, and matched with each answer.
pub const MAX_OWN_QUERY: usize = 16 << 10;
/// Most bytes of a `redirect_uri`: it is stored, and the wallet sends its browser there.
pub const MAX_REDIRECT_URI: usize = 2048;

/// A question that can be asked by name.
#[derive(Debug, Clone)]
pub struct Template {
    /// The DCQL query, as sent.
    pub query: Value,
    /// The policy it is judged by.
    pub policy: Policy,
    /// What is offered to whoever answers it so that the verdict accepts.
    pub issues: Option<Issues>,
}

/// The verifier's fixed part.
pub struct Verifier {
    /// The URL its paths stand below, without a slash at the end.
    pub public_url: Url,
    /// Who it is.
    pub identity: Identity,
    /// What can be asked, by name.
    pub templates: BTreeMap<String, Template>,
    /// Whom it trusts.
    pub trust: Trust,
    /// The contexts by which types of W3C credentials are read.
    pub contexts: Contexts,
    /// Documents fetched for judging.
    pub library: Library,
    /// Where sessions lie.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Seals what sessions hold.
    pub record_keys: RecordKeys,
    /// Whom is told on what was found, if anybody is.
    pub feed: Option<Arc<Feed>>,
}

/// What is asked.
pub enum What {
    /// The question of this name.
    Template(String),
    /// A DCQL query of the asker's own.
    Own {
        /// The query.
        query: Value,
        /// How old a status may be, in seconds; `None`: the issuer's `ttl` decides.
        max_status_age: Option<u32>,
    },
}

/// A response that was taken.
pub struct Taken {
    /// What the wallet is answered.
    pub post: PostAnswer,
    /// What the response was.
    pub outcome: Outcome,
    /// What came of the offer, where the template makes one and the verdict accepts.
    pub offer: Option<OfferOutcome>,
}

/// What a response was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A presentation that the verdict accepts.
    Accepted,
    /// A presentation that the verdict refuses.
    Refused,
    /// An error.
    Declined,
}

/// What whoever asks gets.
pub struct Opened {
    /// The session's id.
    pub id: String,
    /// What opens the result: for the asker only.
    pub secret: Zeroizing<String>,
    /// The link for the wallet, to be shown as a QR code or followed on the same device.
    pub link: String,
    /// Seconds it can be answered.
    pub expires_in: u32,
}

/// Why a request is refused. What the outside sees is decided by `http.rs`.
#[derive(Debug, thiserror::Error)]
pub enum VerifierError {
    /// No such template: the asker's fault.
    #[error("there is no such template")]
    UnknownTemplate,
    /// The query is no DCQL that is judged here, or gates nothing: the asker's fault.
    #[error(transparent)]
    Query(Refusal),
    /// The query is over [`MAX_OWN_QUERY`]: the asker's fault.
    #[error("the query is too large")]
    LargeQuery,
    /// A browser may not be sent there, or it is over [`MAX_REDIRECT_URI`]: the asker's fault.
    #[error("redirect_uri is neither https nor http on loopback, or too long")]
    RedirectUri,
    /// Whoever answers is sent to an offer, and cannot be sent elsewhere too: the asker's fault.
    #[error("a template that issues takes no redirect_uri")]
    IssuesInstead,
    /// No facts are told of that: the consumer's fault.
    #[error(transparent)]
    NotAsked(NotAsked),
    /// The session is unknown, ended or answered: the wallet's or asker's fault.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The message breaks a rule: the wallet's fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Our key or configuration failed.
    #[error("{0}")]
    Internal(&'static str),
}

impl From<FeedError> for VerifierError {
    fn from(error: FeedError) -> Self {
        Self::Session(match error {
            FeedError::Store(error) => error.into(),
            FeedError::Seal(error) => error.into(),
            FeedError::Session(error) => error,
        })
    }
}

impl From<SealBroken> for VerifierError {
    fn from(error: SealBroken) -> Self {
        Self::Session(error.into())
    }
}

impl From<StoreError> for VerifierError {
    fn from(error: StoreError) -> Self {
        Self::Session(error.into())
    }
}

impl Verifier {
    /// Asks `what`: one session, one nonce, and for an encrypted response one key.
    pub async fn ask(&self, what: What, flow: Flow, encrypted: bool) -> Result<Opened, VerifierError> {
        let (query, policy) = match what {
            What::Template(name) => {
                let asked = self.templates.get(&name).ok_or(VerifierError::UnknownTemplate)?;
                if asked.issues.is_some() && flow != Flow::CrossDevice {
                    return Err(VerifierError::IssuesInstead);
                }
                (Cow::Borrowed(&asked.query), PolicyOf::Template(name))
            }
            What::Own { query, max_status_age } => {
                if query.to_string().len() > MAX_OWN_QUERY {
                    return Err(VerifierError::LargeQuery);
                }
                check_query(&query).map_err(VerifierError::Query)?;
                (Cow::Owned(query), PolicyOf::MaxStatusAge(max_status_age))
            }
        };
        if let Flow::SameDevice { redirect_uri } = &flow
            && (redirect_uri.len() > MAX_REDIRECT_URI
                || !Url::parse(redirect_uri).is_ok_and(|url| is_fetchable(&url)))
        {
            return Err(VerifierError::RedirectUri);
        }
        self.opened(&query, (policy, flow, encrypted), None, async |_| Ok(())).await
    }

    /// Asks for a consent across devices, after `note` noted whose session it is.
    pub(crate) async fn open(
        &self,
        query: &Value,
        (policy, consent): (PolicyOf, Option<&FeedConsent>),
        note: impl AsyncFnOnce(&str) -> Result<(), FeedError>,
    ) -> Result<Opened, VerifierError> {
        self.opened(query, (policy, Flow::CrossDevice, true), consent, note).await
    }

    async fn opened(
        &self,
        query: &Value,
        (policy, flow, encrypted): (PolicyOf, Flow, bool),
        consent: Option<&FeedConsent>,
        note: impl AsyncFnOnce(&str) -> Result<(), FeedError>,
    ) -> Result<Opened, VerifierError> {
        let (id, now) = (session::new_id(&self.entropy), self.clock.now());
        let key = encrypted.then(|| PrivateKey::generate(KeyType::P256, &self.entropy));
        let offered = key.as_ref().map(PrivateKey::public);
        let keys = offered.iter().flat_map(|key| EncryptionKey::offered(&id, key)).collect();
        let metadata = ClientMetadata::new(formats(offered), keys, ContentEncryption::ALL.to_vec());
        let response_uri = self.endpoint(&format!("response/{id}"))?;
        let client_id = self.identity.client_id(&response_uri)?;
        let request = NewRequest {
            client_id: &client_id,
            response_uri: &response_uri,
            query,
            consent,
            client_metadata: &metadata,
            lifetime: LIFETIME,
        };
        let sent = request.build(&self.entropy, now)?;
        let link = self.link(&id, &sent)?;
        let question = Question { sent, policy, flow };
        let jwk = key.map(|key| key.to_jwk());
        let jwk = jwk.as_ref().map(|jwk| jwk.as_str());
        let new: NewSession = Session::prepare(id, &question, jwk, &self.record_keys, now, &self.entropy)?;
        note(&new.id).await?;
        session::open(&*self.store, &new).await?;
        Ok(Opened { id: new.id, secret: new.secret, link, expires_in: LIFETIME.0 })
    }

    /// The signed request object of session `id`, with the wallet's nonce in it if it sent one.
    pub async fn request_object(
        &self,
        id: &str,
        wallet_nonce: Option<&str>,
    ) -> Result<String, VerifierError> {
        let session = session::find(&*self.store, id).await?;
        session.standing(self.clock.now())?;
        // Who does not sign has no request objects: its link holds the request.
        let signing = self.identity.signing().ok_or(SessionError::Unknown)?;
        let sent = session.question()?.sent;
        // Asked before the key was replaced: no wallet would believe the new key that it is that client.
        if sent.client_id() != signing.client_id.as_str() {
            return Err(SessionError::Unknown.into());
        }
        let unsigned = sent
            .request_object(signing.signer.public_key(), signing.identification.clone(), wallet_nonce)
            .ok_or(VerifierError::Internal("the verifier's key does not sign"))?;
        let signed = unsigned.sign_with(&*signing.signer).await;
        signed.map_err(|_| VerifierError::Internal("the signing key is not available"))
    }

    /// Takes the wallet's response to session `id`: judged, stored once, answered. A refused verdict is an answer too:
    /// it is for whoever asked, so the wallet learns only that its response was taken.
    pub async fn respond(&self, id: &str, body: &[u8]) -> Result<Taken, VerifierError> {
        let session = session::find(&*self.store, id).await?;
        session.standing(self.clock.now())?;
        let key = self.decryption_key(id, &session)?;
        let question = session.question()?;
        let decryption = key.as_ref().map(|key| Decryption { kid: id, key, offered: ContentEncryption::ALL });
        let expected = ResponseExpectation { state: question.sent.state(), decryption };
        match PostedResponse::parse(body)?.open(expected)? {
            AuthorizationResponse::Error(code) => self.decline(id, &code).await.map(|post| Taken {
                post,
                outcome: Outcome::Declined,
                offer: None,
            }),
            AuthorizationResponse::Presented(token) => {
                let (verdict, mut answer) = self.judge(&question, &token, key.as_ref()).await?;
                if matches!(question.policy, PolicyOf::Feed(_)) {
                    return self.take_facts(id, &question, (&verdict, answer)).await;
                }
                let offer = match self.issuing(&question.policy) {
                    // Asked before the template said what it says now: nothing follows from the answer.
                    Some(_) if verdict.accepted() && !self.asks_still(&question)? => {
                        Some(Err(OfferError::Refused))
                    }
                    Some(issuing) if verdict.accepted() => Some(self.offer(id, issuing, &verdict).await),
                    _ => None,
                };
                answer.offer = offer.as_ref().map(|offer| offer.as_ref().err().copied().into());
                let outcome = if verdict.accepted() { Outcome::Accepted } else { Outcome::Refused };
                self.take(id, &question.flow, (&answer, offer)).await.map(|post| Taken {
                    post,
                    outcome,
                    offer: answer.offer,
                })
            }
        }
    }

    /// What came of session `id`, for whoever has its secret. In the same-device flow an answer needs
    /// [`Self::redeem`].
    pub async fn result(&self, id: &str, secret: &str) -> Result<Progressed, VerifierError> {
        Ok(session::result(&*self.store, id, secret, &self.record_keys, self.clock.now()).await?)
    }

    /// The answer of session `id` of the same-device flow, for whoever has its secret and the response code; once.
    pub async fn redeem(&self, id: &str, secret: &str, response_code: &str) -> Result<Answer, VerifierError> {
        let proof = (secret, response_code);
        Ok(session::redeem(&*self.store, id, proof, &self.record_keys, &self.entropy).await?)
    }

    /// Forgets the sessions whose time to be kept is over; to be called now and then.
    pub async fn sweep(&self) -> Result<(), SessionError> {
        const AT_ONCE: usize = 500;
        while session::forget(&*self.store, self.clock.now(), AT_ONCE).await? == AT_ONCE {}
        // A list that came while we ran is the oldest that the next start takes.
        match seen::take(&*self.store, &self.trust.list()).await {
            Err(SeenError::Store(error)) => Err(error.into()),
            Ok(()) | Err(SeenError::Refused(_)) => Ok(()),
        }
    }

    async fn judge(
        &self,
        Question { sent, policy: of, .. }: &Question,
        token: &VpToken,
        key: Option<&PrivateKey>,
    ) -> Result<(Verdict, Answer), VerifierError> {
        let (policy, query) = (self.policy(of)?, sent.query()?);
        // The moment of judging comes before the fetching, so that `max_status_age` 0 means "fetched for this".
        let trust = self.trust.list();
        // Devices authenticate the key that the response is encrypted to, and may do so by a MAC for it.
        let transcript = sent.session_transcript(key.map(PrivateKey::public));
        let session = InSession { transcript: &transcript, reader_key: key };
        let judge = Judge::new(&trust, self.clock.now(), policy);
        let authorization = sent.authorization()?;
        let judge =
            judge.with_contexts(&self.contexts).in_session(session).authorizing(authorization.as_ref());
        let mut response = judge.read_response(token.presentations(), &query)?;
        let documents = self.library.gather(&mut response, &policy).await;
        let asked = Asked { audience: sent.client_id(), nonce: sent.nonce() };
        let verdict = response.judge(&asked, &documents);
        let not_json = |_| VerifierError::Internal("a verdict is JSON");
        let mut claims = claims(&verdict, &query);
        if let Some((_, issues)) = self.issuing(of) {
            issues.leave_out(&mut claims);
        }
        let claims = to_raw_value(&claims).map_err(not_json)?;
        let answer = Answer { verdict: to_raw_value(&verdict).map_err(not_json)?, claims, offer: None };
        Ok((verdict, answer))
    }

    async fn take(
        &self,
        id: &str,
        flow: &Flow,
        (answer, offer): (&Answer, Option<Result<Url, OfferError>>),
    ) -> Result<PostAnswer, VerifierError> {
        let (post, code) = match (flow, offer) {
            (Flow::CrossDevice, None) => (PostAnswer::default(), None),
            (Flow::CrossDevice, Some(offer)) => (PostAnswer::offering(offer), None),
            (Flow::SameDevice { redirect_uri }, _) => {
                let frontend =
                    Url::parse(redirect_uri).map_err(|_| VerifierError::Internal("redirect_uri"))?;
                let (post, code) = PostAnswer::redirecting(&frontend, &self.entropy);
                (post, Some(code))
            }
        };
        let now = self.clock.now();
        let taken = (answer, code.as_deref());
        session::answer(&*self.store, id, taken, &self.record_keys, now, &self.entropy).await?;
        Ok(post)
    }

    async fn decline(&self, id: &str, code: &ErrorCode) -> Result<PostAnswer, VerifierError> {
        session::decline(&*self.store, id, code.code(), self.clock.now()).await?;
        Ok(PostAnswer::default())
    }

    fn decryption_key(&self, id: &str, session: &Session) -> Result<Option<PrivateKey>, VerifierError> {
        let Some(jwk) = session.private_key(id, &self.record_keys)? else { return Ok(None) };
        Ok(Some(PrivateKey::from_jwk(jwk.as_bytes()).map_err(|_| SealBroken)?))
    }

    /// The template of a question, and what it leads to, if to anything.
    fn issuing<'q>(&'q self, of: &'q PolicyOf) -> Option<(&'q str, &'q Issues)> {
        let PolicyOf::Template(name) = of else { return None };
        Some((name, self.templates.get(name)?.issues.as_ref()?))
    }

    /// Whether the template of a question asks what was asked, as it was: a template may have changed, or begun to issue, meanwhile.
    fn asks_still(&self, Question { sent, policy, flow }: &Question) -> Result<bool, VerifierError> {
        let PolicyOf::Template(name) = policy else { return Ok(true) };
        let now = self.templates.get(name).map(|template| Query::parse(&template.query)).transpose()?;
        Ok(*flow == Flow::CrossDevice && now.as_ref() == Some(&sent.query()?))
    }

    fn policy(&self, of: &PolicyOf) -> Result<Policy, VerifierError> {
        match of {
            PolicyOf::Template(name) => {
                self.templates.get(name).map(|template| template.policy).ok_or(VerifierError::UnknownTemplate)
            }
            PolicyOf::Feed(_) => Ok(Policy::default()),
            PolicyOf::MaxStatusAge(age) => {
                Ok(Policy { max_status_age: age.map(Seconds), ..Policy::default() })
            }
        }
    }

    /// The link for the wallet: to the signed request object, or with the unsigned request in it.
    fn link(&self, id: &str, sent: &SentRequest) -> Result<String, VerifierError> {
        let Some(signing) = self.identity.signing() else { return Ok(sent.link()) };
        let reference = RequestReference {
            client_id: signing.client_id.as_str().to_owned(),
            request_uri: self.endpoint(&format!("request/{id}"))?,
            method: RequestUriMethod::Post,
        };
        Ok(reference.link())
    }

    fn endpoint(&self, path: &str) -> Result<Url, VerifierError> {
        self.address(&format!("verifier/{path}"))
    }

    /// The address of a path of this server.
    pub(crate) fn address(&self, path: &str) -> Result<Url, VerifierError> {
        let base = self.public_url.as_str().trim_end_matches('/');
        Url::parse(&format!("{base}/{path}")).map_err(|_| VerifierError::Internal("public_url"))
    }
}

/// `vp_formats_supported`: what the judge judges. A device MAC only where the key is offered that it can be for.
fn formats(offered: Option<&PublicKey>) -> Map<String, Value> {
    let algorithms = json!(["ES256", "EdDSA", "ES384"]);
    let sd_jwt = json!({"sd-jwt_alg_values": algorithms, "kb-jwt_alg_values": algorithms});
    let jwt_vc = json!({"alg_values": algorithms});
    let suites = Cryptosuite::ALL.into_iter().filter_map(Cryptosuite::name);
    let suites: Vec<&str> = suites.chain(["bbs-2023"]).collect();
    let proof_types: BTreeSet<&str> = Cryptosuite::ALL.into_iter().map(Cryptosuite::proof_type).collect();
    let ldp_vc = json!({"proof_type_values": proof_types, "cryptosuite_values": suites});
    let mac = offered.and_then(|key| device_mac_number(key.key_type()));
    let by_device: Vec<i64> = COSE_ALGORITHMS.into_iter().chain(mac).collect();
    let mso_mdoc = json!({"issuerauth_alg_values": COSE_ALGORITHMS, "deviceauth_alg_values": by_device});
    Map::from_iter([
        ("dc+sd-jwt".to_owned(), sd_jwt),
        ("jwt_vc_json".to_owned(), jwt_vc),
        ("ldp_vc".to_owned(), ldp_vc),
        ("mso_mdoc".to_owned(), mso_mdoc),
    ])
}

/// Refuses a query that may not be a template's: one that breaks a rule, asks for a format not judged here, or requires
/// nothing and so would gate nothing.
pub fn check_query(query: &Value) -> Result<(), Refusal> {
    let query = Query::parse(query)?;
    query.validate()?;
    if query.credentials().iter().any(|credential| credential.format().is_none()) {
        return Err(QUERY_SATISFIED.refuse(OTHER_FORMAT));
    }
    let sets = query.credential_sets();
    if !sets.is_empty() && sets.iter().all(|set| !set.required()) {
        return Err(QUERY_SATISFIED.refuse(NOTHING_REQUIRED));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OpenID4VP 1.0 Appendix B.1.3.2.2: every suite that is judged is asked for, also the one that its type alone names.
    #[test]
    fn proofs_of_every_suite_are_asked_for() {
        let ldp_vc = &formats(None)["ldp_vc"];
        assert_eq!(ldp_vc["proof_type_values"], json!(["DataIntegrityProof", "Ed25519Signature2020"]));
        let suites = ldp_vc["cryptosuite_values"].as_array().unwrap();
        for suite in Cryptosuite::ALL {
            let by_name = suite.name().is_some_and(|name| suites.contains(&name.into()));
            assert!(by_name || suite.proof_type() == "Ed25519Signature2020", "{suite:?}");
        }
        assert!(suites.contains(&"bbs-2023".into()) && suites.len() == Cryptosuite::ALL.len());
    }

    #[test]
    fn v_18_a_template_that_gates_nothing_or_cannot_be_judged_is_refused() {
        let student =
            json!({"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": ["https://types.example/a"]}});
        let licence =
            json!({"id": "b", "format": "mso_mdoc", "meta": {"doctype_value": "org.iso.18013.5.1.mDL"}});
        let pass = json!({"id": "c", "format": "ac_vp", "meta": {}});
        assert_eq!(check_query(&json!({"credentials": [student, licence]})), Ok(()));
        for (query, code) in [
            (json!({"credentials": [pass]}), "format-not-judged"),
            (
                json!({"credentials": [student], "credential_sets": [{"options": [["a"]], "required": false}]}),
                "nothing-required",
            ),
        ] {
            let refused = check_query(&query).map_err(|refusal| (refusal.check.id, refusal.reason.code));
            assert_eq!(refused, Err(("V-18", code)));
        }
    }
}
