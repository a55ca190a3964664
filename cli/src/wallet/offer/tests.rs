//! Giving acceptances up: what cannot go on, once its holder agrees, and never what may still be had.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::store::{Faults, in_memory};
use jigap_wallet_core::ports::{Fetch, FetchError, HttpRequest, HttpResponse};
use jigap_wallet_core::wallet_box::{Unlock, WalletBox};

use super::*;

const ISSUER: &str = "https://univ.example";

/// An issuer that answers requests for credentials with these statuses, the last of them for ever; `None`: with nothing.
struct Issuer(Mutex<Vec<Option<u16>>>);

impl Issuer {
    fn answers(&self, statuses: &[Option<u16>]) {
        *self.0.lock().unwrap() = statuses.to_vec();
    }
}

#[async_trait]
impl Fetch for Issuer {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let (status, body) = match request.url.path() {
            "/.well-known/openid-credential-issuer" => (200, metadata()),
            "/.well-known/oauth-authorization-server" => {
                (200, json!({"issuer": ISSUER, "token_endpoint": format!("{ISSUER}/token")}))
            }
            "/token" => (200, json!({"access_token": "token-1", "token_type": "Bearer"})),
            _ => {
                let mut statuses = self.0.lock().unwrap();
                let next = if statuses.len() > 1 { statuses.remove(0) } else { statuses[0] };
                (next.ok_or(FetchError::Unreachable)?, json!({}))
            }
        };
        let (content_type, body) = ("application/json".to_owned(), body.to_string().into_bytes());
        Ok(HttpResponse { status, content_type, max_age: None, age: 0, dpop_nonce: None, body })
    }
}

fn metadata() -> serde_json::Value {
    json!({
        "credential_issuer": ISSUER,
        "credential_endpoint": format!("{ISSUER}/credential"),
        "credential_configurations_supported": {"student": {
            "format": "dc+sd-jwt", "vct": "https://types.example/student-id/1",
            "cryptographic_binding_methods_supported": ["jwk"],
            "credential_signing_alg_values_supported": ["ES256"],
            "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}},
        }},
    })
}

/// A wallet with as many acceptances under way.
async fn wallet(under_way: usize) -> (Wallet, Arc<Issuer>) {
    let issuer = Arc::new(Issuer(Mutex::new(vec![Some(404)])));
    let opened = WalletBox::create(
        in_memory(Faults::none()).unwrap(),
        &Unlock::KeyFile(&[7; 32]),
        Arc::new(OsEntropy),
    );
    let fetch = Arc::clone(&issuer) as Arc<dyn Fetch>;
    let wallet = Wallet::new(opened.await.unwrap(), fetch, Arc::new(SystemClock), Arc::new(OsEntropy));
    let offer = json!({
        "credential_issuer": ISSUER,
        "credential_configuration_ids": ["student"],
        "grants": {"urn:ietf:params:oauth:grant-type:pre-authorized_code": {"pre-authorized_code": "code-1"}}
    });
    let offer: String = url::form_urlencoded::byte_serialize(offer.to_string().as_bytes()).collect();
    let link = format!("openid-credential-offer://?credential_offer={offer}");
    for _ in 0..under_way {
        let offered = wallet.look_at_offer(&link).await.unwrap();
        wallet.accept(&offered, None).await.unwrap_err();
    }
    assert_eq!(left(&wallet).await.len(), under_way);
    (wallet, issuer)
}

async fn left(wallet: &Wallet) -> Vec<String> {
    wallet.under_way().await.unwrap().into_iter().map(|one| one.id).collect()
}

fn english() -> Talk {
    Talk::new(Some(Lang::En))
}

/// What `resume --give-up` comes to where it may ask nobody.
async fn given_up_without_asking(wallet: &Wallet) -> Exit {
    resume(&Resume { give_up: true, yes: true, json: false }, wallet, &english()).await.unwrap()
}

#[tokio::test]
async fn nothing_ends_that_its_holder_does_not_give_up() {
    let (wallet, _) = wallet(2).await;
    let failed: Vec<(String, WalletError)> =
        wallet.resume_each().await.unwrap().into_iter().map(|(id, it)| (id, it.unwrap_err())).collect();
    let consent =
        async |agreed| give_up(&wallet, (&failed, Exit::No), |_| Ok(agreed), &english()).await.unwrap();
    assert_eq!((consent(false).await, left(&wallet).await.len()), (Exit::No, 2));
    assert_eq!((consent(true).await, left(&wallet).await.len()), (Exit::Done, 0));
    // Nothing is left to ask about.
    let unasked = give_up(&wallet, (&failed, Exit::No), |_| unreachable!(), &english()).await;
    assert_eq!(unasked.unwrap(), Exit::No);
}

#[tokio::test]
async fn what_may_still_be_had_is_not_given_up() {
    let (wallet, issuer) = wallet(2).await;
    for (passing, exit) in [(Some(202), Exit::No), (Some(503), Exit::Environment), (None, Exit::Environment)]
    {
        issuer.answers(&[passing]);
        assert_eq!(given_up_without_asking(&wallet).await, exit, "{passing:?}");
        assert_eq!(left(&wallet).await.len(), 2, "{passing:?}");
    }
    // One of two: the other, and it alone, ends.
    let before = left(&wallet).await;
    issuer.answers(&[Some(503), Some(404)]);
    assert_eq!(given_up_without_asking(&wallet).await, Exit::Environment);
    assert_eq!(left(&wallet).await, before[..1]);
    issuer.answers(&[Some(404)]);
    assert_eq!((given_up_without_asking(&wallet).await, left(&wallet).await.len()), (Exit::Done, 0));
}

#[tokio::test]
async fn each_is_listed_with_its_reason() {
    let (wallet, _) = wallet(1).await;
    let outcomes = wallet.resume_each().await.unwrap();
    let one = &wallet.under_way().await.unwrap()[0];
    let why = outcomes[0].1.as_ref().unwrap_err();
    let [english, korean] = [Lang::En, Lang::Ko].map(|lang| ended(one, why, lang));
    assert!(
        english.contains(ISSUER)
            && english.ends_with("did not do what was asked: the credential endpoint: 404"),
        "{english}"
    );
    assert!(korean.contains("서버가 요청을 처리하지 않았습니다"), "{korean}");
}
