//! What a gate learns from a trust bundle: versions that were ended, keys that were withdrawn, status lists.

use url::Url;

use super::*;
use crate::did::{self, Did};
use crate::documents::{Document, Documents};
use crate::jose::Header;
use crate::status::StatusListToken;
use crate::trust::{Authorities, Mechanism, PassTerms, PinnedKeys, TrustEntry, TrustList, TrustListContent};

const TRUST: &str = "https://trust.example/list";
const NAMED_AT: &str = "https://pass.example/status";

/// A trust list of the scene's issuer, and of the key that signs its status lists.
struct Town {
    scene: Scene,
    status: PrivateKey,
    entries: Vec<TrustEntry>,
    documents: Documents,
}

fn did_of(key: &PrivateKey) -> String {
    did::key_did(key.public())
}

impl Town {
    fn new() -> Self {
        let (mut scene, status) = (Scene::of_tickets(), key(KeyType::Ed25519, 40));
        let entry = |key: &PrivateKey, types: &[&str]| TrustEntry {
            issuer: did_of(key),
            names: Names { ko: "패스".to_owned(), en: "Pass".to_owned() },
            mechanism: Mechanism::Did(Did::parse(&did_of(key)).unwrap().into()),
            keys: None,
            types: types.iter().map(|name| (*name).to_owned()).collect(),
            valid_from: NOW.minus(Seconds(100)),
            valid_until: NOW.plus(Seconds(1_000_000)),
            withdrawn_since: None,
            status_issuers: Vec::new(),
            authorities: Authorities::default(),
            passes: PassTerms::default(),
        };
        let mut issuer = entry(&scene.issuer, &[Kind::Ticket.trusted_type(), Kind::Entry.trusted_type()]);
        issuer.status_issuers = vec![did_of(&status)];
        issuer.passes.status_lists = Some(Url::parse(NAMED_AT).unwrap());
        scene.gate.issuers = vec![issuer.issuer.clone()];
        let entries = vec![issuer, entry(&status, &[])];
        Self { scene, status, entries, documents: Documents::new() }
    }

    fn put(&mut self, url: &str, bytes: Vec<u8>) {
        self.documents.insert(Url::parse(url).unwrap(), Document { bytes, fetched_at: NOW, max_age: None });
    }

    fn token(&self, uri: &str, key: &PrivateKey, expires: Timestamp) -> Vec<u8> {
        let token = StatusListToken {
            uri: uri.to_owned(),
            issued_at: NOW.minus(Seconds(10)),
            expires: Some(expires),
            ttl: None,
            aggregation_uri: None,
            list: self.scene.statuses.clone(),
        };
        let method = did::key_did(key.public());
        let header = Header::for_key(key.public()).unwrap();
        let kid = format!("{method}#{}", method.trim_start_matches("did:key:"));
        token.sign(Header { kid: Some(kid), ..header }, key).unwrap().into_bytes()
    }

    fn list(&self) -> TrustList {
        let publisher = key(KeyType::Ed25519, 41);
        let content = TrustListContent {
            publisher: "https://trust.example".to_owned(),
            id: TRUST.to_owned(),
            version: 1,
            issued_at: NOW,
            expires_at: NOW.plus(Seconds(1_000_000)),
            entries: self.entries.clone(),
        };
        let signed = content.issue(&publisher, None).unwrap();
        TrustList::verify(&signed, TRUST, publisher.public(), NOW).unwrap()
    }

    fn issuers(&self) -> PassIssuers {
        PassIssuers::of(&self.list(), &self.documents, NOW)
    }

    fn outcome(&self) -> Result<(), (Check, &'static str)> {
        let judged = self.scene.gate.judge(&self.scene.code(NOW), &self.issuers(), NOW, Lang::En);
        judged.map(|_| ()).map_err(|refusal| (refusal.check, refusal.reason.code))
    }
}

#[test]
fn ep_10_a_ticket_is_judged_by_the_status_list_of_the_bundle() {
    let mut town = Town::new();
    let needs: Vec<String> = PassIssuers::needs(&town.list(), &town.documents, NOW)
        .iter()
        .map(|need| need.url.to_string())
        .collect();
    assert_eq!(needs, [NAMED_AT]);
    let unknown = Err((NOT_REVOKED, "pass-status-unknown"));
    assert_eq!(town.outcome(), unknown);
    // Lists of another server are not asked for.
    let named = format!(r#"{{"status_lists": ["{LIST}", "https://elsewhere.example/1", 7, "no url"]}}"#);
    town.put(NAMED_AT, named.into_bytes());
    let needs = PassIssuers::needs(&town.list(), &town.documents, NOW);
    assert_eq!(needs.iter().map(|need| need.url.as_str()).collect::<Vec<_>>(), [LIST]);
    assert!(needs[0].is_status_list());
    let later = NOW.plus(Seconds(600));
    town.put(LIST, town.token(LIST, &town.status, later));
    assert!(PassIssuers::needs(&town.list(), &town.documents, NOW).is_empty());
    assert_eq!(town.outcome(), Ok(()));
    assert_eq!(town.issuers().as_of(), Some(NOW.minus(Seconds(10))), "as old as the list");
    town.scene.statuses.set(70_000, StatusValue::INVALID).unwrap();
    town.put(LIST, town.token(LIST, &town.status, later));
    assert_eq!(town.outcome(), Err((NOT_REVOKED, "pass-revoked")));
    // What somebody else signed, what is of another place, and what ended says nothing.
    let thief = key(KeyType::Ed25519, 66);
    town.put(LIST, town.token(LIST, &thief, later));
    assert_eq!(town.outcome(), unknown);
    town.put(LIST, town.token("https://pass.example/status/2", &town.status, later));
    assert_eq!(town.outcome(), unknown);
    town.put(LIST, town.token(LIST, &town.status, NOW));
    assert_eq!(town.outcome(), unknown);
    town.put(LIST, b"eyJ.e30.AA".to_vec());
    assert_eq!(town.outcome(), unknown);
}

#[test]
fn ep_06_a_trust_list_ends_all_tickets_before_a_version() {
    let mut town = Town::new();
    town.put(LIST, town.token(LIST, &town.status, NOW.plus(Seconds(600))));
    let ended = |town: &mut Town, kind: Kind, version: u32| {
        town.entries[0].passes.min_versions = BTreeMap::from([(kind.trusted_type().to_owned(), version)]);
    };
    ended(&mut town, Kind::Ticket, 3);
    assert_eq!(town.outcome(), Err((VERSION, "pass-version")));
    town.scene.claims.version = 3;
    assert_eq!(town.outcome(), Ok(()));
    town.scene.claims.version = 0;
    ended(&mut town, Kind::Entry, 3);
    assert_eq!(town.outcome(), Ok(()), "of another kind");
}

/// A key that the list pins no more signs nothing that counts, whenever it did.
#[test]
fn ep_03_tickets_of_a_key_that_was_withdrawn_are_refused() {
    let mut town = Town::new();
    town.put(LIST, town.token(LIST, &town.status, NOW.plus(Seconds(600))));
    let own = town.scene.issuer.public().thumbprint();
    town.entries[0].keys = Some(PinnedKeys { credentials: Some(vec![own]), status_lists: Some(Vec::new()) });
    assert_eq!(town.outcome(), Ok(()));
    let next = key(KeyType::Ed25519, 42).public().thumbprint();
    town.entries[0].keys = Some(PinnedKeys { credentials: Some(vec![next]), status_lists: Some(Vec::new()) });
    assert_eq!(town.outcome(), Err((ISSUER, "pass-issuer")));
    town.entries[0].keys = None;
    town.entries[0].withdrawn_since = Some(NOW.minus(Seconds(1)));
    assert_eq!(town.outcome(), Err((ISSUER, "pass-issuer")));
}
