//! That `jigap serve` signs its trust list anew when it should, says when it cannot, and says when its store has stopped.

use jigap_platform::config::Config;
use jigap_platform::store::{Fault, Faults, in_memory};
use jigap_platform::testing::ManualClock;
use jigap_wallet_core::ports::{StoreError, transact};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::TrustListContent;
use tempfile::TempDir;

use super::*;

const HOUR: u32 = 3600;
const DAY: u32 = 86_400;

/// Two services' folder as `jigap init` makes it, at a clock that is turned.
struct Here {
    folder: TempDir,
    deployment: Deployment,
    talk: Talk,
    began: Timestamp,
}

impl Here {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (here, talk) = (folder.path().join("here"), Talk::new(Some(Lang::En)));
        let init = crate::args::Init {
            directory: here.clone(),
            public_url: "http://127.0.0.1:28080".parse().unwrap(),
            listen: None,
            with_people: false,
            people: None,
            verifier_id: None,
        };
        crate::init::run(&init, &talk).unwrap();
        let deployment = Deployment::open(&here.join("jigap.toml")).unwrap();
        let began = deployment.clock.now();
        Self { folder, deployment, talk, began }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("here").join(name)
    }

    /// So long after it began.
    fn at(&mut self, seconds: i64) {
        let now = Timestamp::from_unix(self.began.unix() + seconds);
        self.deployment.clock = Arc::new(ManualClock::at(now));
    }

    fn configured(&mut self, said: &str, instead: &str) {
        let path = self.file("jigap.toml");
        let text = String::from_utf8(files::read(&path).unwrap()).unwrap();
        assert!(text.contains(said));
        self.deployment.config = Config::parse(&path, text.replace(said, instead)).unwrap();
    }

    /// The list in the bundle's file.
    fn list(&self) -> TrustList {
        let bundle = TrustBundle::parse(&files::read(&self.file("trust.jigap")).unwrap()).unwrap();
        bundle.verify(self.deployment.clock.now()).unwrap()
    }

    fn sign(&self, days: u32) -> Result<PathBuf, Failure> {
        runtime().unwrap().block_on(trust::publish_from(&self.deployment, days, &self.talk))
    }

    /// Whether the list was signed anew.
    fn signs(&self, list: &TrustList) -> bool {
        let signed = trust::publish_when_due(&self.deployment, list, &self.talk);
        runtime().unwrap().block_on(signed).unwrap()
    }

    /// What a backup's store says of the version signed last.
    fn set_back(&self, version: u64) {
        let store = &*self.deployment.store;
        let restored = transact::<_, StoreError, _, _>(store, |tx| async move {
            tx.set("trust/version", version.to_be_bytes());
            Ok(())
        });
        runtime().unwrap().block_on(restored).unwrap();
    }
}

#[test]
fn the_trust_list_is_signed_anew_when_it_is_due_and_is_this_deployments_own() {
    let mut here = Here::new();
    let first = here.list();
    assert!(!here.signs(&first));
    here.at(i64::from(13 * HOUR));
    assert!(here.signs(&first));
    let second = here.list();
    let (before, after) = (first.content(), second.content());
    assert_eq!((after.version, after.issued_at), (before.version + 1, here.deployment.clock.now()));
    // But for their dates, which begin with the day.
    let undated = |list: &TrustListContent| -> Vec<TrustEntry> {
        let undated = |entry: &TrustEntry| TrustEntry {
            valid_from: here.began,
            valid_until: here.began.plus(Seconds(1)),
            ..entry.clone()
        };
        list.entries.iter().map(undated).collect()
    };
    assert_eq!(undated(after), undated(before));
    let lasts = |list: &TrustListContent| list.expires_at.unix() - list.issued_at.unix();
    assert_eq!(lasts(after), lasts(before));
    assert!(!here.signs(&second), "it is new");
    // Where the list is somebody else's.
    here.configured("public_url = \"http://127.0.0.1:28080\"", "public_url = \"http://127.0.0.1:28081\"");
    assert!(!here.signs(&first));
}

#[test]
fn the_trust_list_is_not_signed_anew_where_nobody_asked_for_it() {
    let mut here = Here::new();
    let first = here.list();
    here.at(i64::from(13 * HOUR));
    here.configured("publish_hours = 12", "# publish_hours = 12");
    assert!(!here.signs(&first));
}

#[test]
fn a_list_is_signed_anew_before_it_ends_and_where_it_is_of_the_future() {
    let mut here = Here::new();
    here.configured("publish_hours = 12", "publish_hours = 24");
    here.sign(1).unwrap();
    let short = here.list();
    here.at(i64::from(11 * HOUR));
    assert!(!here.signs(&short));
    here.at(i64::from(13 * HOUR));
    assert!(here.signs(&short), "half of its day is over");
    // One that has ended is no reason to sign none.
    here.at(i64::from(2 * DAY));
    assert!(here.signs(&short));
    let of_the_future = here.list();
    here.at(-i64::from(DAY));
    assert!(here.signs(&of_the_future), "a clock was wrong");
    assert!(here.list().content().version > of_the_future.content().version);
    here.at(-i64::from(DAY) - 30);
    assert!(!here.signs(&here.list()), "clocks differ by as much");
}

#[test]
fn a_list_is_not_published_that_ends_before_it_is_due() {
    let mut here = Here::new();
    here.configured("publish_hours = 12", "publish_hours = 48");
    assert_eq!(here.sign(1).unwrap_err().exit, Exit::Usage);
    here.sign(2).unwrap();
}

/// A store that was restored from a backup has forgotten some versions; verifiers have not.
#[test]
fn a_lists_version_never_goes_back() {
    let mut here = Here::new();
    for _ in 0..3 {
        here.sign(90).unwrap();
    }
    let newest = here.list();
    here.set_back(1);
    here.at(i64::from(13 * HOUR));
    assert!(here.signs(&newest));
    let version = newest.content().version;
    assert_eq!(here.list().content().version, version + 1);
    // Nor where nothing is left of the file: what is in use is newer.
    here.set_back(1);
    std::fs::remove_file(here.file("trust.jigap")).unwrap();
    assert!(here.signs(&newest));
    assert_eq!(here.list().content().version, version + 1);
    // By hand, also after the one that was there has ended.
    here.set_back(1);
    here.at(i64::from(100 * DAY));
    here.sign(90).unwrap();
    assert_eq!(here.list().content().version, version + 2);
    // One of another name says nothing of ours.
    here.configured("public_url = \"http://127.0.0.1:28080\"", "public_url = \"http://127.0.0.1:28081\"");
    here.set_back(1);
    here.sign(90).unwrap();
    assert_eq!(here.list().content().version, 2);
}

/// As long as it fails.
#[test]
fn a_trust_list_that_cannot_be_signed_anew_is_said() {
    let mut here = Here::new();
    let (first, file) = (here.list(), here.file("trust.jigap"));
    runtime().unwrap().block_on(async {
        let mut services = Services::open(&here.deployment).await.unwrap();
        let probe = services.readiness(&here.deployment);
        here.at(i64::from(13 * HOUR));
        services.publish_due(&here.deployment, &first, &here.talk).await;
        assert_eq!(probe.ailments().await, []);
        // Nobody can write there.
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        services.publish_due(&here.deployment, &first, &here.talk).await;
        let ailments = probe.ailments().await;
        assert!(ailments == [UNSIGNED] && ailments.iter().all(|ailment| !ailment.stops), "{ailments:?}");
        std::fs::remove_dir(&file).unwrap();
        services.publish_due(&here.deployment, &first, &here.talk).await;
        assert_eq!(probe.ailments().await, []);
    });
}

#[tokio::test]
async fn a_store_whose_writer_has_ended_is_not_ready() {
    let store = in_memory(Faults::at([(2, Fault::Panic)])).unwrap();
    let probe = Readiness {
        store: Arc::clone(&store),
        issuer: None,
        entries: Vec::new(),
        verifier: None,
        people: None,
        unsigned: Arc::default(),
    };
    let write = async || {
        transact::<_, StoreError, _, _>(&*store, |tx| async move {
            tx.set("k", "v");
            Ok(())
        })
        .await
    };
    assert_eq!(write().await, Ok(()));
    assert_eq!(probe.ailments().await, []);
    assert_eq!(write().await, Err(StoreError::Unknown));
    let ailments = probe.ailments().await;
    assert!(ailments == [STORE_STOPPED] && ailments.iter().all(|ailment| ailment.stops), "{ailments:?}");
    assert_eq!(write().await, Err(StoreError::Unavailable));
}
