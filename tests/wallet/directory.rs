//! Copies for directories: an issuer that gives them and does it wrong in every way, one that knows nothing of them, and a wallet that is
//! cut off at every step.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jigap_keys::base64url;
use jigap_keys::voprf::{Element, ServerKey};
use jigap_keys::{KeyType, PrivateKey, PublicKey};
use jigap_platform::entropy::OsEntropy;
use jigap_platform::store::{Fault, Faults};
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::people::DsubClaim;
use jigap_wallet_core::people::dsub::{BLIND, DIRECTORY, FORM, PROVEN};
use jigap_wallet_core::ports::{Clock, Fetch, FetchError, HttpRequest, HttpResponse, Store};
use jigap_wallet_core::sdjwt::SdJwtVcBuilder;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::vci::MessageError;
use jigap_wallet_core::wallet::{COPY, DirectoryCopy, Held, RefreshWhen, Wallet, WalletError};
use jigap_wallet_core::wallet_box::{Unlock, WalletBox};
use serde_json::{Value, json};

use super::refreshing::{Binding, Lost};
use super::world::{KEY, NOW, VCT, answer, store};

const JSON: &str = "application/json";
const METADATA: &str = "/.well-known/openid-credential-issuer";
const HERE: &str = "people.example";
const THERE: &str = "experts.example";

/// What the issuer does with a request for a copy for a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Right,
    /// It does not know what is asked: an ordinary copy comes.
    Ignores,
    /// The copy has no pseudonym, but there is a proof.
    NoClaim,
    NoProof,
    /// The pseudonym stands open: every verifier would see it.
    Open,
    /// The copy says something else than the credential.
    OtherClaims,
    OtherHolder,
    OtherType,
    Two,
    /// The pseudonym is no pair of elements.
    NoElements,
    /// It answers what somebody else asked.
    OtherName,
    /// The answer was changed.
    OtherAnswer,
    /// Another record's key, with its own proof.
    OtherRecord,
}

/// An issuer that binds tokens to keys, whose refresh tokens give copies for directories.
struct Directed {
    binding: Arc<Binding>,
    does: Mutex<Does>,
    /// Whether its metadata say that there are such copies.
    announces: AtomicBool,
    record: AtomicU8,
    /// How many of them were issued.
    issued: AtomicUsize,
    /// What it was asked to evaluate.
    seen: Mutex<Vec<String>>,
    /// Whether its next answer with a copy never comes.
    hangs: AtomicBool,
}

impl Clock for Directed {
    fn now(&self) -> Timestamp {
        self.binding.now()
    }
}

fn record(number: u8) -> ServerKey {
    ServerKey::derive(&[number; 32], b"test").unwrap()
}

impl Directed {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            binding: Binding::new(),
            does: Mutex::new(Does::Right),
            announces: AtomicBool::new(true),
            record: AtomicU8::new(1),
            issued: AtomicUsize::new(0),
            seen: Mutex::default(),
            hangs: AtomicBool::new(false),
        })
    }

    fn will_do(&self, does: Does) {
        *self.does.lock().unwrap() = does;
    }

    fn issue(&self, asked: &Value) -> HttpResponse {
        self.issued.fetch_add(1, Ordering::SeqCst);
        let text = asked["dsub"]["blinded"].as_str().unwrap().to_owned();
        let blinded = Element::from_bytes(&base64url::decode(&text).unwrap()).unwrap();
        self.seen.lock().unwrap().push(text);
        let proofs = asked["proofs"]["jwt"].as_array().unwrap();
        assert_eq!(proofs.len(), 1);
        let header = base64url::decode(proofs[0].as_str().unwrap().split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        let holder = PublicKey::from_jwk(&header["jwk"]).unwrap();
        let does = *self.does.lock().unwrap();
        let key = record(match does {
            Does::OtherRecord => 99,
            _ => self.record.load(Ordering::SeqCst),
        });
        let asked = if does == Does::OtherName { *record(3).public() } else { blinded };
        let (evaluated, proof) = key.evaluate(&[asked], &OsEntropy).unwrap();
        let evaluated = if does == Does::OtherAnswer { *record(4).public() } else { evaluated[0] };
        let claim = match does {
            Does::NoElements => format!("{}.{}", "A".repeat(43), "A".repeat(43)),
            _ => DsubClaim::new(asked, evaluated).to_text(),
        };
        let copy = copy(does, (!matches!(does, Does::Ignores | Does::NoClaim)).then_some(&claim), &holder);
        let mut credentials = vec![json!({"credential": copy})];
        if does == Does::Two {
            credentials.push(credentials[0].clone());
        }
        let mut response = json!({"credentials": credentials, "notification_id": "n1"});
        if !matches!(does, Does::Ignores | Does::NoProof) {
            response["dsub"] = json!({
                "key": base64url::encode(key.public().to_bytes()), "proof": base64url::encode(proof.to_bytes()),
            });
        }
        answer(200, JSON, response.to_string())
    }

    async fn reply(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let path = request.url.path().to_owned();
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if path == "/credential" && body.get("dsub").is_some() {
            let refused = self.binding.resource(&request);
            let reply = refused.unwrap_or_else(|| self.issue(&body));
            if self.hangs.swap(false, Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            return Ok(reply);
        }
        let mut honest = self.binding.reply(request).await?;
        if path == METADATA && self.announces.load(Ordering::SeqCst) {
            let mut metadata: Value = serde_json::from_slice(&honest.body).unwrap();
            metadata["credential_configurations_supported"]["student"]["dsub"] =
                json!({"suite": "ristretto255-SHA512", "refresh_only": true});
            honest.body = metadata.to_string().into_bytes();
        }
        Ok(honest)
    }
}

#[async_trait]
impl Fetch for Directed {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let path = request.url.path().to_owned();
        match self.binding.losing(&path) {
            Some(Lost::Request(_)) => Err(FetchError::Unreachable),
            Some(Lost::Answer(_)) => {
                self.reply(request).await?;
                Err(FetchError::TimedOut)
            }
            None => self.reply(request).await,
        }
    }
}

/// A copy of the student ID that the world issues, with this pseudonym.
fn copy(does: Does, claim: Option<&str>, holder: &PublicKey) -> String {
    let mut claims = json!({
        "iss": "https://univ.example", "vct": VCT, "exp": NOW.unix() + 86_400, "name": "김지갑", "enrolled": true, "note": "",
    });
    if let Some(claim) = claim {
        claims["dsub"] = json!(claim);
    }
    match does {
        Does::OtherClaims => claims["note"] = json!("for you alone"),
        Does::OtherType => claims["vct"] = json!("https://types.example/other"),
        _ => {}
    }
    let names = if does == Does::Open { &["name", "enrolled"][..] } else { &["name", "enrolled", "dsub"] };
    let conceal = names.iter().map(|name| ClaimPath::from_json(&json!([name])).unwrap());
    let signer = PrivateKey::generate(KeyType::P256, &OsEntropy);
    let holder = if does == Does::OtherHolder { signer.public() } else { holder };
    let builder = SdJwtVcBuilder::new(claims.as_object().unwrap().clone()).conceal_if_present(conceal);
    let header = Header::for_key(signer.public()).unwrap();
    builder.holder(holder.clone()).build(header, &OsEntropy).unwrap().sign(&signer).unwrap()
}

async fn open(store: &Arc<dyn Store>, issuer: &Arc<Directed>, new: bool) -> Wallet {
    let (store, entropy) = (Arc::clone(store), Arc::new(OsEntropy));
    let unlock = &Unlock::KeyFile(&KEY);
    let opened = match new {
        true => WalletBox::create(store, unlock, entropy).await,
        false => WalletBox::open(store, unlock, entropy).await,
    };
    Wallet::new(opened.unwrap(), Arc::clone(issuer) as _, Arc::clone(issuer) as _, Arc::new(OsEntropy))
}

async fn accept(wallet: &Wallet, issuer: &Directed) -> Result<Held, WalletError> {
    let offered = wallet.look_at_offer(&issuer.binding.world.offer()).await?;
    wallet.accept(&offered, None).await
}

async fn holding(issuer: &Arc<Directed>) -> (Wallet, Held) {
    let wallet = open(&store(Faults::none()), issuer, true).await;
    let held = accept(&wallet, issuer).await.unwrap();
    (wallet, held)
}

fn dsub(copy: &DirectoryCopy) -> String {
    copy.dsub().unwrap().as_str().to_owned()
}

#[tokio::test]
async fn a_copy_for_a_directory_is_asked_for_once_and_stays_apart() {
    let issuer = Directed::new();
    let (wallet, held) = holding(&issuer).await;
    let first = wallet.directory_copy(&held.id, HERE).await.unwrap();
    assert_eq!((first.credential(), first.directory(), first.shown()), (held.id.as_str(), HERE, None));
    assert_eq!(first.blind().len(), 43);
    let again = wallet.directory_copy(&held.id, HERE).await.unwrap();
    assert_eq!((again.blind(), issuer.issued.load(Ordering::SeqCst)), (first.blind(), 1));
    let other = wallet.directory_copy(&held.id, THERE).await.unwrap();
    assert_ne!(dsub(&other), dsub(&first));
    assert_eq!(wallet.directory_copies().await.unwrap().len(), 2);
    // The credential's own copies are what they were, and no more of them come by such tokens.
    let supply = wallet.supplies().await.unwrap().remove(0);
    assert_eq!((supply.held.copies, supply.left, supply.renewed), (5, 5, false));
    assert!(wallet.refresh(RefreshWhen::All).await.unwrap().is_empty());
    assert_eq!(issuer.binding.world.told(), ["credential_accepted"; 3]);
    let seen = issuer.seen.lock().unwrap().clone();
    assert!(seen.len() == 2 && seen[0] != seen[1]);
    drop(seen);
    wallet.delete(&held.id).await.unwrap();
    assert!(wallet.directory_copies().await.unwrap().is_empty());
    assert_eq!(wallet.directory_copy(&held.id, HERE).await.err(), Some(WalletError::NoSuchCredential));
}

#[tokio::test]
async fn a_copy_for_a_directory_is_shown_to_whoever_is_meant_and_to_nobody_else() {
    let issuer = Directed::new();
    let (wallet, held) = holding(&issuer).await;
    let (here, there) = (
        wallet.directory_copy(&held.id, HERE).await.unwrap(),
        wallet.directory_copy(&held.id, THERE).await.unwrap(),
    );
    let query = json!({"credentials": [{
        "id": "student", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]},
        "claims": [{"path": ["dsub"]}, {"path": ["enrolled"]}],
    }]});
    let link = issuer.binding.world.request_for(&query);
    let asking = wallet.look_at_request(&link, None).await.unwrap();
    assert!(asking.would_disclose().is_none(), "an ordinary verifier gets no pseudonym");
    let both = wallet.with_directory_copies(asking, &[&here, &there]).await;
    assert_eq!(both.err(), Some(WalletError::CannotAnswer), "one directory would see what the other does");
    let asking = wallet.look_at_request(&link, None).await.unwrap();
    let asking = wallet.with_directory_copies(asking, &[&here]).await.unwrap();
    let disclosed = asking.would_disclose().unwrap();
    let shown: Vec<String> = disclosed[0].claims.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["dsub", "enrolled"]);
    wallet.present(asking).await.unwrap();
    assert_eq!(issuer.binding.world.shown().len(), 1);
    // It is spent; its blind stays for the listing. The credential's own copies were not touched.
    let kept = wallet.directory_copies().await.unwrap();
    let shown = kept.iter().find(|copy| copy.directory() == HERE).unwrap();
    assert_eq!((shown.shown(), shown.blind()), (Some(NOW), here.blind()));
    assert_eq!(wallet.supplies().await.unwrap()[0].left, 5);
    let asking = wallet.look_at_request(&link, None).await.unwrap();
    let again = wallet.with_directory_copies(asking, &[&here]).await;
    assert_eq!(again.err(), Some(WalletError::NoCopyLeft));
    let next = wallet.directory_copy(&held.id, HERE).await.unwrap();
    assert!(next.blind() != here.blind() && dsub(&next) == dsub(&here));
    // Who asks for nothing of a directory is shown an ordinary copy, also while one for a directory is there.
    super::world::present(&wallet, &issuer.binding.world).await.unwrap();
    assert_eq!(wallet.supplies().await.unwrap()[0].left, 4);
}

#[tokio::test]
async fn ds_06_a_copy_without_the_pseudonym_or_with_something_else_is_refused() {
    let issuer = Directed::new();
    let (wallet, held) = holding(&issuer).await;
    let cases = [
        (Does::Ignores, COPY.id),
        (Does::NoClaim, COPY.id),
        (Does::NoProof, COPY.id),
        (Does::Open, COPY.id),
        (Does::OtherClaims, COPY.id),
        (Does::OtherHolder, "another credential"),
        (Does::OtherType, "another credential"),
        (Does::Two, "malformed"),
        (Does::NoElements, FORM.id),
        (Does::OtherName, DIRECTORY.id),
        (Does::OtherAnswer, PROVEN.id),
    ];
    for (does, expected) in cases {
        issuer.will_do(does);
        let told = issuer.binding.world.told().len();
        let found = match wallet.directory_copy(&held.id, HERE).await.err() {
            Some(WalletError::Refused(refusal)) => refusal.check.id,
            Some(WalletError::OtherCredential) => "another credential",
            Some(WalletError::Message(MessageError::Invalid { .. })) => "malformed",
            _ => "kept",
        };
        assert_eq!(found, expected, "{does:?}");
        assert!(wallet.under_way().await.unwrap().is_empty(), "{does:?}");
        assert!(wallet.directory_copies().await.unwrap().is_empty(), "{does:?}");
        let told = issuer.binding.world.told().split_off(told);
        assert_eq!(told, ["credential_failure"], "{does:?}: its issuer may revoke what nobody keeps");
    }
    issuer.will_do(Does::Right);
    wallet.directory_copy(&held.id, HERE).await.unwrap();
}

#[tokio::test]
async fn ds_05_a_record_that_has_another_key_later_is_refused() {
    let issuer = Directed::new();
    let (wallet, held) = holding(&issuer).await;
    wallet.directory_copy(&held.id, HERE).await.unwrap();
    for does in [Does::OtherRecord, Does::Right] {
        issuer.will_do(does);
        issuer.record.store(2, Ordering::SeqCst);
        let refused = wallet.directory_copy(&held.id, THERE).await.err();
        assert!(matches!(refused, Some(WalletError::Refused(it)) if it.check.id == "DS-05"), "{refused:?}");
    }
    issuer.record.store(1, Ordering::SeqCst);
    wallet.directory_copy(&held.id, THERE).await.unwrap();
    // A new offer is a new credential: whose issuer lost its secret is not stuck with the old key.
    issuer.record.store(2, Ordering::SeqCst);
    let (wallet, held) = holding(&Directed::new()).await;
    wallet.directory_copy(&held.id, HERE).await.unwrap();
}

#[tokio::test]
async fn an_issuer_without_such_copies_is_not_asked() {
    let issuer = Directed::new();
    issuer.announces.store(false, Ordering::SeqCst);
    let (wallet, held) = holding(&issuer).await;
    let asked = issuer.binding.asked("/token");
    assert_eq!(wallet.directory_copy(&held.id, HERE).await.err(), Some(WalletError::NoDirectoryCopies));
    assert_eq!(issuer.binding.asked("/token"), asked);
    // Its refresh tokens give what they always did.
    assert!(matches!(&wallet.refresh(RefreshWhen::All).await.unwrap()[..], [Ok(_)]));
    for name in ["", &"d".repeat(256)] {
        let refused = wallet.directory_copy(&held.id, name).await.err();
        assert!(matches!(refused, Some(WalletError::Refused(it)) if it.check == BLIND), "{refused:?}");
    }
}

#[tokio::test]
async fn a_copy_for_a_directory_that_is_cut_off_anywhere_on_the_way_is_had_the_next_time() {
    for path in ["/token", "/nonce", "/credential", "/notification"] {
        for lost in [Lost::Request(path), Lost::Answer(path)] {
            let (issuer, store) = (Directed::new(), store(Faults::none()));
            let wallet = open(&store, &issuer, true).await;
            let held = accept(&wallet, &issuer).await.unwrap();
            issuer.binding.lose(lost);
            let outcome = wallet.directory_copy(&held.id, HERE).await;
            assert_eq!(outcome.is_err(), path != "/notification", "{lost:?}");
            drop(wallet);
            let wallet = open(&store, &issuer, false).await;
            assert!(wallet.resume().await.unwrap().is_empty(), "{lost:?}");
            let copy = wallet.directory_copy(&held.id, HERE).await.unwrap();
            assert_eq!(dsub(&copy), computed(1), "{lost:?}");
            assert_eq!(wallet.directory_copies().await.unwrap().len(), 1, "{lost:?}");
            wallet.directory_copy(&held.id, THERE).await.unwrap();
        }
    }
}

/// What the record of this number is known by here.
fn computed(number: u8) -> String {
    base64url::encode(&record(number).output(HERE.as_bytes()).unwrap().as_bytes()[..32])
}

/// The commits of it: the intent, the tokens, the copy, the notice. Killed at each, between request and answer too.
#[tokio::test]
async fn a_copy_for_a_directory_interrupted_at_any_commit_loses_no_token_and_is_kept_once() {
    // The box, and an acceptance: the intent, the token, the copies, the notice.
    const BEFORE: u64 = 5;
    for failing in 1..=4 {
        for fault in [Fault::Unavailable, Fault::UnknownCommitted, Fault::UnknownNotCommitted] {
            let store = store(Faults::at([(BEFORE + failing, fault)]));
            let issuer = Directed::new();
            let wallet = open(&store, &issuer, true).await;
            let held = accept(&wallet, &issuer).await.unwrap();
            let outcome = wallet.directory_copy(&held.id, HERE).await.map(|copy| dsub(&copy));
            // Killed: nothing but what lies in its store is left.
            drop(wallet);
            let wallet = open(&store, &issuer, false).await;
            let resumed = wallet.resume().await.unwrap();
            assert!(resumed.iter().all(Result::is_ok), "{failing} {fault:?}: {resumed:?}");
            assert!(wallet.under_way().await.unwrap().is_empty(), "{failing} {fault:?}");
            let copy = wallet.directory_copy(&held.id, HERE).await.unwrap();
            assert_eq!(dsub(&copy), computed(1), "{failing} {fault:?}: {outcome:?}");
            assert_eq!(wallet.directory_copies().await.unwrap().len(), 1, "{failing} {fault:?}");
            wallet.directory_copy(&held.id, THERE).await.unwrap();
        }
    }
}

/// A wallet that stops while the issuer answers: the next run asks for the same, for the same key and by the same blind.
#[tokio::test]
async fn what_was_under_way_when_the_wallet_stopped_goes_on_with_the_same_blind() {
    let (issuer, store) = (Directed::new(), store(Faults::none()));
    let wallet = open(&store, &issuer, true).await;
    let held = accept(&wallet, &issuer).await.unwrap();
    issuer.hangs.store(true, Ordering::SeqCst);
    let asked = wallet.directory_copy(&held.id, HERE);
    assert!(tokio::time::timeout(std::time::Duration::from_millis(200), asked).await.is_err());
    drop(wallet);
    assert_eq!(issuer.issued.load(Ordering::SeqCst), 1);
    issuer.binding.forget_tokens();
    let wallet = open(&store, &issuer, false).await;
    let resumed = wallet.resume().await.unwrap();
    assert!(matches!(&resumed[..], [Ok(again)] if again.id == held.id), "{resumed:?}");
    let seen = issuer.seen.lock().unwrap().clone();
    assert!(seen.len() == 2 && seen[0] == seen[1]);
    let copies = wallet.directory_copies().await.unwrap();
    assert!(copies.len() == 1 && dsub(&copies[0]) == computed(1));
    assert_eq!(wallet.supplies().await.unwrap()[0].left, 5);
}
