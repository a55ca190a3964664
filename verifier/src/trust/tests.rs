//! Lists that come, change, break and end.

use std::sync::Mutex;

use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::testing::{LoopbackFetch, SeededEntropy};
use jigap_wallet_core::trust::{TrustListContent, succession};

use super::*;

const ID: &str = "https://trust.example/list";
const URL: &str = "https://trust.example/list.jwt";
const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

struct Lab {
    signer: PrivateKey,
    file: Arc<Mutex<Option<Vec<u8>>>>,
    fetch: Arc<LoopbackFetch>,
    trust: Trust,
    renewal: Renewal,
}

impl Lab {
    fn new(url: Option<&str>) -> Self {
        let signer = PrivateKey::generate(KeyType::P256, &SeededEntropy::new(7));
        let bundle = bundle(&signer, 5, 10_000);
        let file = Arc::new(Mutex::new(Some(bundle.clone())));
        let fetch = Arc::new(LoopbackFetch::new());
        let trust = Trust::new(TrustBundle::parse(&bundle).unwrap().verify(NOW).unwrap());
        let read = {
            let file = Arc::clone(&file);
            move || file.lock().unwrap().clone()
        };
        let url = url.map(|url| Url::parse(url).unwrap());
        let renewal = Renewal::new(&bundle, read, url, Arc::clone(&fetch) as _).unwrap();
        Self { signer, file, fetch, trust, renewal }
    }

    async fn look(&mut self, after: u32) -> u64 {
        self.renewal.look(&self.trust, NOW.plus(Seconds(after))).await
    }

    fn version(&self) -> u64 {
        self.trust.list().content().version
    }

    fn standing(&self, after: u32) -> Standing {
        self.trust.standing(NOW.plus(Seconds(after)))
    }

    fn put(&self, file: impl Into<Option<Vec<u8>>>) {
        *self.file.lock().unwrap() = file.into();
    }
}

fn content(lives: u32) -> TrustListContent {
    TrustListContent {
        publisher: "https://trust.example".into(),
        id: ID.into(),
        version: 1,
        issued_at: NOW,
        expires_at: NOW.plus(Seconds(lives)),
        entries: Vec::new(),
    }
}

fn list(signer: &PrivateKey, version: u64, lives: u32) -> String {
    TrustListContent { version, ..content(lives) }.issue(signer, None).unwrap()
}

fn bundle(signer: &PrivateKey, version: u64, lives: u32) -> Vec<u8> {
    TrustBundle::write((ID, &list(signer, version, lives)), signer.public(), []).to_string().into_bytes()
}

#[tokio::test]
async fn a_changed_file_is_taken_and_an_older_or_broken_one_is_not() {
    let mut lab = Lab::new(None);
    assert_eq!((lab.look(0).await, lab.version()), (0, 5));
    lab.put(bundle(&lab.signer, 6, 10_000));
    assert_eq!((lab.look(1).await, lab.version()), (0, 6));
    let signer = PrivateKey::generate(KeyType::Ed25519, &SeededEntropy::new(8));
    for bad in [bundle(&lab.signer, 4, 10_000), b"{}".to_vec(), bundle(&lab.signer, 7, 1)] {
        lab.put(bad);
        assert_eq!((lab.look(10).await, lab.version()), (1, 6));
        assert_eq!(lab.look(11).await, 0, "a bad file is told once");
        assert!(matches!(lab.standing(11), Standing::NotRenewed(_)));
    }
    lab.put(None);
    assert_eq!((lab.look(12).await, lab.look(13).await), (1, 0));
    assert_eq!(lab.standing(13), Standing::NotRenewed(NOW.plus(Seconds(10))));
    lab.put(bundle(&signer, 7, 10_000));
    assert_eq!((lab.look(14).await, lab.version()), (0, 7), "another signer, put there by the operator");
    assert_eq!(lab.standing(14), Standing::Sound);
    assert_eq!(lab.standing(10_000), Standing::Ended);
}

#[tokio::test]
async fn a_file_from_the_future_is_taken_when_its_time_has_come() {
    let mut lab = Lab::new(None);
    let later = NOW.plus(Seconds(300));
    let content = TrustListContent { version: 6, issued_at: later, ..content(10_000) };
    let list = content.issue(&lab.signer, None).unwrap();
    lab.put(TrustBundle::write((ID, &list), lab.signer.public(), []).to_string().into_bytes());
    assert_eq!((lab.look(0).await, lab.version()), (1, 5));
    assert_eq!((lab.look(10).await, lab.version()), (0, 5), "told once");
    assert!(matches!(lab.standing(10), Standing::NotRenewed(_)));
    assert_eq!((lab.look(240).await, lab.version()), (0, 6), "tried again");
    assert_eq!(lab.standing(240), Standing::Sound);
}

#[tokio::test]
async fn a_published_list_is_fetched_as_its_validity_runs_down() {
    let mut lab = Lab::new(Some(URL));
    lab.fetch.serve(URL, MEDIA_TYPE, list(&lab.signer, 6, 10_000));
    assert_eq!((lab.look(0).await, lab.version()), (0, 6));
    lab.fetch.serve(URL, MEDIA_TYPE, list(&lab.signer, 7, 10_000));
    assert_eq!((lab.look(999).await, lab.version()), (0, 6), "a tenth of 10,000 seconds has not passed");
    assert_eq!((lab.look(1000).await, lab.version()), (0, 7));
    assert_eq!(lab.fetch.take_requests().len(), 2);
}

#[tokio::test]
async fn a_fetch_that_fails_keeps_the_list_until_it_ends_and_is_tried_again_soon() {
    let mut lab = Lab::new(Some(URL));
    let stranger = PrivateKey::generate(KeyType::P256, &SeededEntropy::new(9));
    lab.fetch.answer(URL, Err(FetchError::Unreachable));
    assert_eq!((lab.look(0).await, lab.version(), lab.standing(0)), (1, 5, Standing::NotRenewed(NOW)));
    assert_eq!(lab.look(59).await, 0, "not yet again");
    for bad in [list(&stranger, 9, 10_000), list(&lab.signer, 4, 10_000), "x".to_owned()] {
        lab.renewal.next_fetch = NOW;
        lab.fetch.serve(URL, MEDIA_TYPE, bad);
        assert_eq!((lab.look(60).await, lab.version(), lab.standing(60)), (1, 5, Standing::NotRenewed(NOW)));
    }
    assert_eq!(lab.standing(10_000), Standing::Ended);
    lab.fetch.serve(URL, MEDIA_TYPE, list(&lab.signer, 8, 20_000));
    assert_eq!((lab.look(10_000).await, lab.version(), lab.standing(10_001)), (0, 8, Standing::Sound));
}

fn signers() -> [PrivateKey; 3] {
    [1, 2, 3].map(|seed| PrivateKey::generate(KeyType::P256, &SeededEntropy::new(seed)))
}

/// A list of the later key with the statement of the earlier.
fn handed_over(from: &PrivateKey, to: &PrivateKey, version: u64) -> String {
    let statement = succession::hand_over(ID, from.public(), to.public(), NOW).unwrap().sign(from).unwrap();
    let content = TrustListContent { version, ..content(10_000) };
    content.unsigned_after(&[statement], to.public(), None).unwrap().sign(to).unwrap()
}

/// The signer is replaced while the verifier has the bundle of before: nothing is refused in between.
#[tokio::test]
async fn a_list_that_was_handed_over_is_taken_and_its_former_signer_no_more() {
    let mut lab = Lab::new(Some(URL));
    let [next, thief, _] = signers();
    let fetched = async |lab: &mut Lab, served: String| {
        lab.fetch.serve(URL, MEDIA_TYPE, served);
        lab.renewal.next_fetch = NOW;
        (lab.look(60).await, lab.version())
    };
    let old = list(&lab.signer, 6, 10_000);
    assert_eq!(fetched(&mut lab, old).await, (0, 6), "by the signer of the bundle");
    let moved = handed_over(&lab.signer, &next, 7);
    assert_eq!(fetched(&mut lab, moved).await, (0, 7), "by the one it handed over to");
    assert_eq!(lab.standing(60), Standing::Sound);
    assert_eq!(fetched(&mut lab, list(&next, 8, 10_000)).await, (0, 8), "who is trusted by now");
    let stolen = list(&lab.signer, 9, 10_000);
    assert_eq!(fetched(&mut lab, stolen).await, (1, 8), "the former key signs nothing any more");
    let stolen = handed_over(&lab.signer, &thief, 9);
    assert_eq!(fetched(&mut lab, stolen).await, (1, 8), "and hands over nothing");
    // A bundle of the former key with a list of the next is as good as one of the next.
    lab.put(
        TrustBundle::write((ID, &handed_over(&lab.signer, &next, 9)), lab.signer.public(), [])
            .to_string()
            .into_bytes(),
    );
    assert_eq!(fetched(&mut lab, list(&next, 10, 10_000)).await, (0, 10));
}

/// The signer was stolen and replaced at once: nobody follows by itself, a new bundle says whom to trust, and from then on the
/// stolen key is refused.
#[tokio::test]
async fn a_stolen_signer_is_refused_when_the_new_bundle_is_there() {
    let mut lab = Lab::new(Some(URL));
    let [fresh, thief, _] = signers();
    let fetched = async |lab: &mut Lab, served: String| {
        lab.fetch.serve(URL, MEDIA_TYPE, served);
        lab.renewal.next_fetch = NOW;
        (lab.look(60).await, lab.version())
    };
    assert_eq!(fetched(&mut lab, list(&fresh, 6, 10_000)).await, (1, 5), "nobody vouches for the fresh key");
    lab.put(bundle(&fresh, 6, 10_000));
    assert_eq!(fetched(&mut lab, list(&fresh, 6, 10_000)).await, (0, 6));
    for stolen in [list(&lab.signer, 7, 10_000), handed_over(&lab.signer, &thief, 7)] {
        assert_eq!(fetched(&mut lab, stolen).await, (1, 6));
    }
}
