//! `ssi` verifying credentials as its users do: parsed from the text, the key resolved from a did:key, the contexts at hand.
//! The first line on stdin is `{"documents": [text, …], "contexts": {IRI: text}}` and is answered by `ready`; each later
//! line is the place of a document, a secured one or a `vc+jwt`, which is verified once and answered by `verified` or by what was wrong.

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead as _, Write as _};

use futures::executor::block_on;
use serde_json::Value;
use ssi::claims::VerificationParameters;
use ssi::claims::data_integrity::{AnySuite, DataIntegrity};
use ssi::claims::jws::JwsStr;
use ssi::claims::vc::v2::JsonCredential;
use ssi::claims::vc_jose_cose::JoseVc;
use ssi::dids::{AnyDidMethod, DIDResolver as _, VerificationMethodDIDResolver};
use ssi::json_ld::ContextLoader;
use ssi::verification_methods::{AnyJwkMethod, AnyMethod};

/// Keys by DID: as verification methods of `M`, or as JWK; contexts by the list that came.
type Parameters<M> = VerificationParameters<VerificationMethodDIDResolver<AnyDidMethod, M>, ContextLoader>;

/// What both forms are verified by.
struct Peer {
    proofs: Parameters<AnyMethod>,
    tokens: Parameters<AnyJwkMethod>,
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
        } else {
            let token = JwsStr::new(document).map_err(|_| "this is no JWS")?;
            block_on(JoseVc::decode_any(token)?.verify(&self.tokens))??;
        }
        Ok(())
    }
}
