//! Target of the judge, whole: a presentation and a credential against a trust list, keys and a status list.

use std::sync::LazyLock;

use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::judge::{self, Asked, Evidence, Policy};
use jigap_wallet_core::status::{StatusBits, StatusList, StatusListToken, TYP};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::TrustList;
use serde_json::json;
use url::Url;

use crate::fixtures::{AUDIENCE, NONCE, NOW, header, issuer, must};
use crate::{sdjwt, status, trust};

struct Scene {
    trust: TrustList,
    documents: Documents,
    credential: String,
    presentation: String,
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
    let scene = Scene {
        trust: trust::trust_list(),
        documents,
        credential: sdjwt::credential(),
        presentation: sdjwt::presentation(),
    };
    assert!(scene.accepts_presentation(&scene.presentation), "what is honest is accepted");
    assert!(scene.accepts_credential(&scene.credential), "what is honest is accepted");
    scene
});

impl Scene {
    fn accepts_presentation(&self, text: &str) -> bool {
        let asked = Asked { audience: AUDIENCE, nonce: NONCE };
        judge::judge_presentation(text, &asked, &self.evidence(), NOW, &Policy::default()).accepted()
    }

    fn accepts_credential(&self, text: &str) -> bool {
        judge::judge_credential(text, &self.evidence(), NOW, &Policy::default()).accepted()
    }

    fn evidence(&self) -> Evidence<'_> {
        Evidence { trust: &self.trust, documents: &self.documents }
    }
}

/// Only our presentation is accepted, letter by letter; only what our issuer signed, with its own disclosures, is.
pub(crate) fn judge(data: &[u8]) {
    let scene = &*SCENE;
    let Some(token) = sdjwt::assembled(data) else { return };
    let _ = judge::needs(&token.text, &scene.evidence(), NOW);
    let _ = judge::judge_proof(&token.text, &scene.documents, NOW);
    if scene.accepts_presentation(&token.text) {
        assert_eq!(token.text, scene.presentation, "another presentation is accepted");
    }
    if scene.accepts_credential(&token.text) && !token.ours {
        let ours: Vec<&str> = scene.credential.split('~').collect();
        // What stands behind the last tilde is a holder's proof, which nobody asked about here.
        let (credential, _) = token.text.rsplit_once('~').unwrap_or_default();
        assert!(credential.split('~').all(|part| ours.contains(&part)), "another credential is accepted");
    }
}

pub(crate) fn judge_seeds() -> Vec<Vec<u8>> {
    let mut found = vec![sdjwt::credential().into_bytes(), sdjwt::presentation().into_bytes()];
    let payload = json!({
        "payload": {"iss": trust::ISSUER, "vct": "https://jigap.example/types/student-id/1", "iat": NOW, "_sd": ["#0"],
            "exp": NOW.unix() + 300, "status": {"status_list": {"idx": 7, "uri": status::LIST}}},
        "disclosures": [["salt", "name", "김하늘"]],
    });
    found.push(payload.to_string().into_bytes());
    found
}
