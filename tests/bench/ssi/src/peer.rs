//! `ssi` verifying credentials as its users do: parsed from the text, the key resolved from a did:key, the contexts at hand.
//! The first line on stdin is `{"documents": [text, …], "contexts": {IRI: text}}` and is answered by `ready`; each later
//! line is the place of a document, a secured one, a `vc+jwt` or the base64url of a `vc+cose`, which is verified once and answered by
//! `verified` or by what was wrong.
//!
//! `ssi` asks for the key of a COSE message by its `kid` and resolves no DID for it: it is read from the did:key by `ssi`'s own
//! resolver of JWKs, and written as a COSE_Key here.

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead as _, Write as _};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures::executor::block_on;
use serde_json::Value;
use ssi::JWK;
use ssi::claims::cose::coset::{CoseKey, CoseKeyBuilder, KeyType, Label, iana};
use ssi::claims::cose::key::CoseKeyResolver;
use ssi::claims::cose::{CborValue, CoseSign1Bytes};
use ssi::claims::data_integrity::{AnySuite, DataIntegrity};
use ssi::claims::jws::JwsStr;
use ssi::claims::vc::v2::JsonCredential;
use ssi::claims::vc_jose_cose::{CoseVc, JoseVc};
use ssi::claims::{ProofValidationError, VerificationParameters};
use ssi::dids::{AnyDidMethod, DIDResolver as _, VerificationMethodDIDResolver};
use ssi::json_ld::ContextLoader;
use ssi::jwk::{JWKResolver, Params};
use ssi::verification_methods::{AnyJwkMethod, AnyMethod};

/// Keys by DID: as verification methods of `M`, or as JWK; contexts by the list that came.
type Parameters<M> = VerificationParameters<VerificationMethodDIDResolver<AnyDidMethod, M>, ContextLoader>;

/// What each form is verified by.
struct Peer {
    proofs: Parameters<AnyMethod>,
    tokens: Parameters<AnyJwkMethod>,
    messages: VerificationParameters<CoseKeys>,
}

/// COSE keys by DID.
struct CoseKeys(VerificationMethodDIDResolver<AnyDidMethod, AnyJwkMethod>);

impl CoseKeyResolver for CoseKeys {
    async fn fetch_public_cose_key(
        &'_ self,
        id: Option<&[u8]>,
    ) -> Result<Cow<'_, CoseKey>, ProofValidationError> {
        let id = id.and_then(|id| std::str::from_utf8(id).ok());
        let jwk = self.0.fetch_public_jwk(id).await?;
        cose_key(&jwk).map(Cow::Owned).ok_or(ProofValidationError::InvalidKey)
    }
}

/// A key of Ed25519 or P-256.
fn cose_key(jwk: &JWK) -> Option<CoseKey> {
    match &jwk.params {
        Params::OKP(key) => Some(CoseKey {
            kty: KeyType::Assigned(iana::KeyType::OKP),
            params: vec![
                (Label::Int(-1), CborValue::from(iana::EllipticCurve::Ed25519 as i64)),
                (Label::Int(-2), CborValue::Bytes(key.public_key.0.clone())),
            ],
            ..CoseKey::default()
        }),
        Params::EC(key) => {
            let (x, y) = (key.x_coordinate.clone()?.0, key.y_coordinate.clone()?.0);
            Some(CoseKeyBuilder::new_ec2_pub_key(iana::EllipticCurve::P_256, x, y).build())
        }
        _ => None,
    }
}

/// Answers until its input ends.
pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let (mut lines, mut out) = (std::io::stdin().lock().lines(), std::io::stdout().lock());
    let told: Value = serde_json::from_str(&lines.next().ok_or("nothing was told")??)?;
    let texts = told.get("documents").and_then(Value::as_array).ok_or("no documents")?;
    let documents: Vec<&str> = texts.iter().filter_map(Value::as_str).collect();
    let contexts: HashMap<String, String> =
        serde_json::from_value(told.get("contexts").ok_or("no contexts")?.clone())?;
    let loader = ContextLoader::default().with_context_map_from(contexts)?;
    let resolver = AnyDidMethod::default;
    let peer = Peer {
        proofs: Parameters::from_resolver(resolver().into_vm_resolver()).with_json_ld_loader(loader.clone()),
        tokens: Parameters::from_resolver(resolver().into_vm_resolver()).with_json_ld_loader(loader),
        messages: VerificationParameters::from_resolver(CoseKeys(resolver().into_vm_resolver())),
    };
    writeln!(out, "ready")?;
    out.flush()?;
    for line in lines {
        let document = documents.get(line?.trim().parse::<usize>()?).ok_or("there is no such document")?;
        match peer.verified(document) {
            Ok(()) => writeln!(out, "verified")?,
            Err(error) => writeln!(out, "{}", error.to_string().replace('\n', " "))?,
        }
        out.flush()?;
    }
    Ok(())
}

impl Peer {
    fn verified(&self, document: &str) -> Result<(), Box<dyn Error>> {
        if document.starts_with('{') {
            let credential: DataIntegrity<JsonCredential, AnySuite> = serde_json::from_str(document)?;
            block_on(credential.verify(&self.proofs))??;
        } else if !document.contains('.') {
            let message = BASE64_URL_SAFE_NO_PAD.decode(document)?;
            let message = CoseVc::decode_any(CoseSign1Bytes::new(&message), true)?;
            block_on(message.verify(&self.messages))??;
        } else {
            let token = JwsStr::new(document).map_err(|_| "this is no JWS")?;
            block_on(JoseVc::decode_any(token)?.verify(&self.tokens))??;
        }
        Ok(())
    }
}
