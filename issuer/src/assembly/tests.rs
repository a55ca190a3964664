//! What an operator's configuration becomes, and what of it is refused.

use jigap_platform::store::{Faults, in_memory};
use jigap_platform::testing::{ManualClock, SeededEntropy};
use jigap_wallet_core::trust::TrustListContent;

use super::*;

fn config(mechanism: &str) -> IssuerConfig {
    let tenant = json!({
        "name": {"ko": "한빛대학교", "en": "Hanbit University"},
        "types": ["student-id"],
        "mechanism": mechanism,
        "admins": {"registrar": TokenHash::of("token").to_text()},
    });
    serde_json::from_value(json!({"tenants": {"hanbit": tenant}})).unwrap()
}

struct Place {
    vault: Vault,
    world: World,
    _folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let entropy = Arc::new(SeededEntropy::new(1));
        Vault::init(&path, &*entropy).unwrap();
        let vault = Vault::open_file(&path, Arc::clone(&entropy) as _).unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix(1_800_000_000)));
        let world = World { store: in_memory(Faults::none()).unwrap(), clock, entropy };
        Self { vault, world, _folder: folder }
    }

    async fn open(&self, config: &IssuerConfig, base: &str) -> Result<Assembled, AssemblyError> {
        open(config, &Url::parse(base).unwrap(), &self.vault, self.world.clone()).await
    }
}

const BASE: &str = "https://id.example";

#[tokio::test]
async fn keys_are_made_once_and_the_same_at_the_next_start() {
    let place = Place::new();
    for mechanism in ["jwt_vc_issuer", "did"] {
        let first = place.open(&config(mechanism), BASE).await.unwrap().trust_entries;
        let second = place.open(&config(mechanism), BASE).await.unwrap().trust_entries;
        assert_eq!(first, second);
    }
    let mut other = config("did");
    other.tenants.get_mut("hanbit").unwrap().key_type = KeyTypeConfig::Ed25519;
    let refused = place.open(&other, BASE).await.err().unwrap();
    assert!(matches!(refused, AssemblyError::Keyring(KeyringError::OtherType(_))), "{refused}");
}

#[tokio::test]
async fn the_trust_entries_make_a_trust_list() {
    let place = Place::new();
    for (mechanism, entries) in [("jwt_vc_issuer", 1), ("did", 2)] {
        let assembled = place.open(&config(mechanism), &format!("{BASE}/")).await.unwrap();
        assert_eq!(assembled.trust_entries.len(), entries);
        assert_eq!(assembled.trust_entries[0].types, ["https://id.example/types/student-id/1"]);
        let now = place.world.clock.now();
        let list = TrustListContent {
            publisher: BASE.to_owned(),
            id: format!("{BASE}/trust"),
            version: 1,
            issued_at: now,
            expires_at: now.plus(Seconds(60)),
            entries: assembled.trust_entries,
        };
        let key = jigap_keys::PrivateKey::generate(KeyType::P256, &*place.world.entropy);
        assert!(list.issue(&key, None).is_ok(), "{mechanism}");
    }
}

#[tokio::test]
async fn a_configuration_that_cannot_be_true_is_refused() {
    let place = Place::new();
    let refused = async |change: fn(&mut IssuerConfig), base: &str| {
        let mut config = config("did");
        change(&mut config);
        place.open(&config, base).await.err().unwrap().to_string()
    };
    let renamed = |config: &mut IssuerConfig, id: &str| {
        let tenant = config.tenants.remove("hanbit").unwrap();
        config.tenants.insert(id.to_owned(), tenant);
    };
    fn tenant(config: &mut IssuerConfig) -> &mut TenantConfig {
        config.tenants.get_mut("hanbit").unwrap()
    }
    for id in ["", "Hanbit", "a/b", "types", "verifier", &"a".repeat(65)] {
        let mut config = config("did");
        renamed(&mut config, id);
        assert!(place.open(&config, BASE).await.is_err(), "{id}");
    }
    assert!(
        refused(|config| tenant(config).types = vec!["passport".into()], BASE).await.contains("passport")
    );
    assert!(refused(|config| tenant(config).validity_days = 0, BASE).await.contains("validity_days"));
    assert!(refused(|config| tenant(config).validity_days = u32::MAX, BASE).await.contains("validity_days"));
    let bad_hash = |config: &mut IssuerConfig| drop(tenant(config).admins.insert("x".into(), "token".into()));
    assert!(refused(bad_hash, BASE).await.contains("SHA-256"));
    assert!(refused(|_| {}, "https://id.example/path").await.contains("path"));
    assert!(refused(|_| {}, "http://id.example").await.contains("https"));
    assert!(
        refused(|config| config.types_folder = Some("/nonexistent".into()), BASE).await.contains("folder")
    );
    let unknown = json!({"tenants": {}, "tenant": {}});
    assert!(serde_json::from_value::<IssuerConfig>(unknown).is_err());
}

#[tokio::test]
async fn an_operators_folder_of_types_is_loaded() {
    let place = Place::new();
    let mut config = config("jwt_vc_issuer");
    config.types_folder = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas"));
    config.types_base = Some(Url::parse("https://types.example").unwrap());
    let assembled = place.open(&config, BASE).await.unwrap();
    assert_eq!(assembled.trust_entries[0].types, ["https://types.example/student-id/1"]);
}
