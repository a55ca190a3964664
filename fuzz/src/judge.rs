//! Target of the judge, whole: presentations and credentials of every format against a trust list, keys and a status list.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jigap_keys::json::canonicalize;
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::did::{self, Did};
use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::judge::{Asked, Judge, Policy, judge_proof};
use jigap_wallet_core::status::{StatusBits, StatusList, StatusListToken, TYP};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::{Mechanism, TrustEntry, TrustList, TrustListContent};
use jigap_wallet_core::verdict::Verdict;
use serde_json::{Value, json};
use url::Url;

use crate::fixtures::{AUDIENCE, NONCE, NOW, Token, header, issuer, must, text};
use crate::{ldp, sdjwt, status, trust};

struct Scene {
    trust: TrustList,
    contexts: Contexts,
    documents: Documents,
    /// What our issuer's document reads, claim by claim.
    said: BTreeSet<String>,
    /// The parts of our SD-JWT and of its presentation.
    parts: BTreeSet<String>,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let mut jwk = issuer().public().to_jwk();
    jwk.as_object_mut().map(|members| members.insert("kid".to_owned(), json!("k1")));
    let metadata = json!({"issuer": trust::ISSUER, "jwks": {"keys": [jwk]}}).to_string();
    let statuses = StatusListToken {
        uri: status::LIST.to_owned(),
        issued_at: NOW,
        expires: Some(NOW.plus(Seconds(3600))),
        ttl: Some(Seconds(300)),
        aggregation_uri: None,
        list: StatusList::new(StatusBits::One, 100),
    };
    let statuses = must(statuses.sign(header(TYP).kid("k1"), issuer()));
    let mut documents = Documents::new();
    for (url, body) in [(trust::METADATA, metadata), (status::LIST, statuses)] {
        let document = Document { bytes: body.into_bytes(), fetched_at: NOW, max_age: None };
        documents.insert(must(Url::parse(url)), document);
    }
    let contexts = must(Contexts::built_in().clone().with(ldp::MORE_CONTEXT, &ldp::more_context()));
    let (said, parts) = (BTreeSet::new(), BTreeSet::new());
    let mut scene = Scene { trust: trust_list(), contexts, documents, said, parts };
    for honest in
        [sdjwt::credential(), sdjwt::presentation(), ldp::signed().to_string(), ldp::shown().to_string()]
    {
        let (credential, presentation) = (scene.credential(&honest), scene.presentation(&honest));
        assert!(
            credential.accepted() || presentation.accepted(),
            "what is honest is accepted: {credential:?}"
        );
        scene.said.extend(self::said(&credential).into_iter().chain(self::said(&presentation)));
        scene.parts.extend(honest.split('~').map(str::to_owned));
    }
    scene
});

/// Our issuer by its metadata, and by its DID for JSON-LD.
fn trust_list() -> TrustList {
    let by_metadata = trust::by_metadata();
    let did = did::key_did(issuer().public());
    let by_did = TrustEntry {
        issuer: did.clone(),
        mechanism: Mechanism::Did(must(Did::parse(&did)).into()),
        types: vec![ldp::TYPE.to_owned()],
        ..by_metadata.clone()
    };
    let content = TrustListContent { entries: vec![by_metadata, by_did], ..trust::content() };
    must(TrustList::verify(&must(content.issue(issuer(), None)), trust::LIST, issuer().public(), NOW))
}

impl Scene {
    fn judge(&self) -> Judge<'_> {
        Judge::new(&self.trust, NOW, Policy::default()).with_contexts(&self.contexts)
    }

    fn credential(&self, text: &str) -> Verdict {
        self.judge().read(text).judge_credential(&self.documents)
    }

    fn presentation(&self, text: &str) -> Verdict {
        let asked = Asked { audience: AUDIENCE, nonce: NONCE };
        self.judge().read(text).judge_presentation(&asked, &self.documents)
    }
}

/// What an accepted credential says, each claim of it for itself.
fn said(verdict: &Verdict) -> Vec<String> {
    let claims = verdict.claims(0).and_then(Value::as_object).into_iter().flatten();
    claims.map(|(name, value)| format!("{name}={}", must(canonicalize(value)))).collect()
}

/// Whatever is accepted says what our issuer said, claim by claim; nothing that it names to be fetched is another's.
pub(crate) fn judge(data: &[u8]) {
    let scene = &*SCENE;
    let token = match text(data) {
        Some(text) if is_document(text) => Some(Token { text: text.to_owned(), ours: false }),
        _ => sdjwt::assembled(data),
    };
    let Some(token) = token else { return };
    let mut presented = scene.judge().read(&token.text);
    for need in presented.needs(&scene.documents) {
        assert!(
            need.url.as_str().starts_with(trust::ISSUER) || token.ours,
            "another's address would be fetched"
        );
    }
    let _ = judge_proof(&token.text, &scene.contexts, &scene.documents, NOW);
    for verdict in [scene.presentation(&token.text), scene.credential(&token.text)] {
        if verdict.accepted() && !token.ours {
            let known = if is_document(&token.text) {
                said(&verdict).iter().all(|claim| scene.said.contains(claim))
            } else {
                // What stands behind the last tilde is a holder's proof, which a credential alone is not asked for.
                let (credential, _) = token.text.rsplit_once('~').unwrap_or_default();
                credential.split('~').all(|part| scene.parts.contains(part))
            };
            assert!(known, "something is accepted that our issuer did not say");
        }
    }
}

/// An object with a payload is signed as an SD-JWT; any other is a document as it is.
fn is_document(text: &str) -> bool {
    text.trim_start().starts_with('{') && !text.contains("\"payload\"")
}

pub(crate) fn judge_seeds() -> Vec<Vec<u8>> {
    let payload = json!({
        "payload": {"iss": trust::ISSUER, "vct": "https://jigap.example/types/student-id/1", "iat": NOW, "_sd": ["#0"],
            "exp": NOW.unix() + 300, "status": {"status_list": {"idx": 7, "uri": status::LIST}}},
        "disclosures": [["salt", "name", "김하늘"]],
    });
    let texts = [ldp::signed(), ldp::shown(), payload].map(|value| value.to_string());
    crate::fixtures::seeds(texts.into_iter().chain([sdjwt::credential(), sdjwt::presentation()]))
}
