//! What wallets and those who ask do in the load: the requests of one credential, and of one presentation. Signatures
//! that need a fresh nonce are made here, on the same cores, and so slow the server: they are part of the figures.

use jigap_keys::{KeyType, PrivateKey, PublicKey, base64url, json as strict};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::jose::jwe::{ContentEncryption, KeyManagement, Recipient, encrypt};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::sdjwt::{Presentation, SdJwtVc};
use jigap_wallet_core::sealing::random_id;
use jigap_wallet_core::vci::{IssuerIdentifier, ProofClaims};
use serde_json::{Value, json};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::line::{Call, FORM, JSON, Line, text};
use crate::scene::student;
use crate::server::{TENANT, TOKEN};
use crate::{BenchError, broken, require};

/// One wallet on one connection.
pub(crate) struct Wallet {
    line: Line,
    issuer: IssuerIdentifier,
    key: PrivateKey,
    /// Bytes sent and received in the bodies of the last round, request by request.
    pub(crate) sizes: Vec<(usize, usize)>,
}

impl Wallet {
    pub(crate) async fn open(host: &str) -> Result<Self, BenchError> {
        let issuer = IssuerIdentifier::parse(&format!("http://{host}/{TENANT}"), "credential_issuer");
        Ok(Self {
            line: Line::open(host).await?,
            issuer: issuer.map_err(broken("an issuer"))?,
            key: PrivateKey::generate(KeyType::P256, &OsEntropy),
            sizes: Vec::new(),
        })
    }

    /// The code of a new offer: the registrar's doing, and the wallet's first look at it.
    pub(crate) async fn offered(&mut self) -> Result<String, BenchError> {
        let body = json!({
            "credential_configuration_id": "student-id", "claims": student(), "tx_code": false,
        });
        let path = format!("/{TENANT}/admin/offers");
        let mut call = Call::post(&path, JSON, body.to_string()).bearer(TOKEN);
        call.key = Some(random_id::<16>(&OsEntropy));
        let made = self.line.send(call).await?.json(201)?;
        let path = format!("/{TENANT}/offers/{}", text(&made, "id")?);
        let offer = self.line.send(Call::get(&path)).await?.json(200)?;
        let grant = offer.pointer("/grants/urn:ietf:params:oauth:grant-type:pre-authorized_code");
        text(grant.unwrap_or(&Value::Null), "pre-authorized_code")
    }

    /// Token, nonce, credential request: one copy.
    pub(crate) async fn accept(&mut self, code: &str) -> Result<String, BenchError> {
        self.sizes.clear();
        let form = form(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:pre-authorized_code"),
            ("pre-authorized_code", code),
        ]);
        let path = format!("/{TENANT}/token");
        let token = text(&self.send(Call::post(&path, FORM, form), 200).await?, "access_token")?;
        let path = format!("/{TENANT}/nonce");
        let nonce = text(&self.send(Call::post(&path, JSON, String::new()), 200).await?, "c_nonce")?;
        let body = json!({
            "credential_configuration_id": "student-id", "proofs": {"jwt": [self.proof(&nonce)?]},
        });
        let path = format!("/{TENANT}/credential");
        let issued = self.send(Call::post(&path, JSON, body.to_string()).bearer(&token), 200).await?;
        text(issued.pointer("/credentials/0").unwrap_or(&Value::Null), "credential")
    }

    fn proof(&self, nonce: &str) -> Result<String, BenchError> {
        let claims = ProofClaims {
            credential_issuer: &self.issuer,
            issued_at: SystemClock.now(),
            nonce: Some(nonce),
            client_id: None,
        };
        let header = Header::for_key(self.key.public()).map(|header| header.jwk(self.key.public().clone()));
        let header = header.ok_or_else(|| BenchError::Broken("a key signs".into()))?;
        claims.unsigned(header).sign(&self.key).map_err(broken("a proof"))
    }

    /// What is shown of the credential `text`, not yet bound to a request.
    pub(crate) fn selection(text: &str) -> Result<Presentation, BenchError> {
        let held = SdJwtVc::parse(text).and_then(SdJwtVc::dangerous_assume_verified);
        let paths = ["enrolment_status", "degree_level"].map(|name| ClaimPath::from_json(&json!([name])));
        let [first, second] = paths.map(|path| path.map_err(broken("a path")));
        held.map_err(broken("a credential"))?.present(&[first?, second?]).map_err(broken("a selection"))
    }

    /// Question, signed request object, response, result: one accepted presentation.
    pub(crate) async fn present(
        &mut self,
        selection: &Presentation,
        encrypted: bool,
    ) -> Result<(), BenchError> {
        self.sizes.clear();
        let body = json!({"template": "enrolled", "encrypted": encrypted}).to_string();
        let asked = self.send(Call::post("/verifier/requests", JSON, body).bearer(TOKEN), 201).await?;
        let (id, secret) = (text(&asked, "id")?, text(&asked, "secret")?);
        let object = self.line.send(Call::get(&format!("/verifier/request/{id}"))).await?.expect(200)?;
        self.sizes.push((0, object.len()));
        let request = claims_of(&object)?;
        let path = Url::parse(&text(&request, "response_uri")?).map_err(broken("a response_uri"))?;
        let form = self.respond(selection, &request, encrypted)?;
        self.send(Call::post(path.path(), FORM, form), 200).await?;
        let path = format!("/verifier/requests/{id}");
        let result = self.line.send(Call::get(&path).bearer(&secret)).await?.expect(200)?;
        self.sizes.push((0, result.len()));
        // Found, not parsed: what an asker does with a verdict is its own affair.
        let accepted = result.starts_with(br#"{"state":"answered","verdict":{"accepted":true,"#);
        require(accepted, "the presentation is accepted")
    }

    fn respond(
        &self,
        selection: &Presentation,
        request: &Value,
        encrypted: bool,
    ) -> Result<String, BenchError> {
        let (audience, nonce) = (text(request, "client_id")?, text(request, "nonce")?);
        let bound = selection.clone().bind(&audience, &nonce, SystemClock.now(), self.key.public());
        let shown = bound.map_err(broken("a binding"))?.sign(&self.key).map_err(broken("a signature"))?;
        let (token, state) = (json!({"student": [shown]}), text(request, "state")?);
        if !encrypted {
            return Ok(form(&[("vp_token", &token.to_string()), ("state", &state)]));
        }
        let jwk = request.pointer("/client_metadata/jwks/keys/0").unwrap_or(&Value::Null);
        let key = PublicKey::from_jwk(jwk).map_err(broken("an encryption key"))?;
        let kid = text(jwk, "kid")?;
        let to = Recipient {
            key: &key,
            kid: Some(&kid),
            alg: KeyManagement::EcdhEs,
            enc: ContentEncryption::A256Gcm,
            apu: &[],
            apv: &[],
        };
        let payload = json!({"vp_token": token, "state": state}).to_string();
        let response = encrypt(payload.as_bytes(), &to, &OsEntropy).map_err(broken("encryption"))?;
        // Base64url and dots: nothing in it is escaped.
        Ok(format!("response={response}"))
    }

    /// As many signatures as the real requests have, and bodies as long.
    pub(crate) async fn baseline(&mut self, steps: &[Step]) -> Result<(), BenchError> {
        for step in steps {
            let path = format!("/baseline/{}/{}/{}", step.verified, step.made, step.received);
            self.line.send(Call::post(&path, JSON, "x".repeat(step.sent))).await?.expect(200)?;
        }
        Ok(())
    }

    async fn send(&mut self, call: Call<'_>, status: u16) -> Result<Value, BenchError> {
        let sent = call.content.as_ref().map_or(0, |(_, body)| body.len());
        let answer = self.line.send(call).await?;
        self.sizes.push((sent, answer.body.len()));
        answer.json(status)
    }
}

/// One request of the baseline.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Step {
    /// Signatures the server verifies.
    pub(crate) verified: usize,
    /// Signatures the server makes.
    pub(crate) made: usize,
    /// Bytes of the body there.
    pub(crate) sent: usize,
    /// Bytes of the body back.
    pub(crate) received: usize,
}

/// The claims of a request object. The load does not verify it: that is the wallets' work, on their own machines.
fn claims_of(object: &[u8]) -> Result<Value, BenchError> {
    let payload = object.split(|byte| *byte == b'.').nth(1).unwrap_or_default();
    let payload = base64url::decode(&String::from_utf8_lossy(payload)).map_err(broken("a request object"))?;
    strict::parse(&payload, strict::Limits::MESSAGE).map_err(broken("a request object"))
}

fn form(parameters: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(parameters).finish()
}
