//! What an operator's configuration becomes, and what of it is refused.

use jigap_keys::KeyType;
use jigap_platform::files;
use jigap_platform::keyring::Imported;
use jigap_platform::store::{Faults, in_memory};
use jigap_platform::testing::{ManualClock, SeededEntropy};
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::trust::{Mechanism, PinnedKeys, TrustList, TrustListContent, issuer_key};
use jigap_wallet_core::x509::Leaf;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use serde_json::json;

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

    fn keyring(&self) -> Keyring<'_> {
        Keyring { store: &*self.world.store, vault: &self.vault, entropy: &*self.world.entropy }
    }

    /// The credential key of the tenant `id` is `pair` from now on.
    async fn hold(&self, id: &str, pair: &KeyPair) {
        let key = jigap_platform::pem::private_key(pair.serialize_pem().as_bytes()).unwrap();
        let (place, now) = (keys::place(id, "credential"), self.world.clock.now());
        if self.keyring().import(&place, &key).await.unwrap() == Imported::Next {
            self.keyring().promote(&place, key.public().key_type(), (now, now)).await.unwrap();
        }
    }
}

const BASE: &str = "https://id.example";

#[tokio::test]
async fn keys_are_made_once_and_the_same_at_the_next_start() {
    let place = Place::new();
    for mechanism in ["jwt_vc_issuer", "did", "did_web", "did_webvh"] {
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
    for (mechanism, entries) in [("jwt_vc_issuer", 1), ("did", 2), ("did_web", 1), ("did_webvh", 1)] {
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

/// Student IDs in this cryptosuite, by keys of this type.
fn suite(tenant: &mut TenantConfig, suite: CryptosuiteConfig, key_type: KeyTypeConfig) {
    tenant.cryptosuites.insert("student-id".to_owned(), suite);
    tenant.key_type = key_type;
}

#[tokio::test]
async fn keys_of_each_type_sign_documents_in_their_cryptosuites() {
    for (cryptosuite, key_type) in [
        (CryptosuiteConfig::EddsaRdfc2022, KeyTypeConfig::Ed25519),
        (CryptosuiteConfig::EcdsaRdfc2019, KeyTypeConfig::P256),
        (CryptosuiteConfig::EcdsaRdfc2019, KeyTypeConfig::P384),
        (CryptosuiteConfig::EcdsaSd2023, KeyTypeConfig::P256),
        (CryptosuiteConfig::Bbs2023, KeyTypeConfig::P384),
    ] {
        let mut config = config("did_web");
        let tenant = config.tenants.get_mut("hanbit").unwrap();
        tenant.formats = serde_json::from_str(r#"{"student-id": ["ldp_vc"]}"#).unwrap();
        suite(tenant, cryptosuite, key_type);
        let place = Place::new();
        let first = place.open(&config, BASE).await.unwrap().trust_entries;
        assert_eq!(
            place.open(&config, BASE).await.unwrap().trust_entries,
            first,
            "{cryptosuite:?} {key_type:?}"
        );
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
    let formats = |text: &str| -> BTreeMap<String, Vec<FormatConfig>> { serde_json::from_str(text).unwrap() };
    for (text, what) in [
        (r#"{"entry-pass": ["jwt_vc_json"]}"#, "not among types"),
        (r#"{"student-id": []}"#, "without a format"),
        (r#"{"student-id": ["jwt_vc_json", "jwt_vc_json"]}"#, "twice"),
    ] {
        let mut config = config("did");
        tenant(&mut config).formats = formats(text);
        let refused = place.open(&config, BASE).await.err().unwrap().to_string();
        assert!(refused.contains(what), "{refused}");
    }
    let bad_hash = |config: &mut IssuerConfig| drop(tenant(config).admins.insert("x".into(), "token".into()));
    assert!(refused(bad_hash, BASE).await.contains("SHA-256"));
    assert!(refused(|_| {}, "https://id.example/path").await.contains("path"));
    assert!(refused(|_| {}, "http://id.example").await.contains("https"));
    assert!(
        refused(|config| config.types_folder = Some("/nonexistent".into()), BASE).await.contains("folder")
    );
    let documents = |config: &mut IssuerConfig| {
        let tenant = tenant(config);
        tenant.formats = formats(r#"{"student-id": ["ldp_vc"]}"#);
        (tenant.mechanism, tenant.key_type) = (MechanismConfig::DidWeb, KeyTypeConfig::Ed25519);
    };
    let breaches: [(fn(&mut TenantConfig), &str); 8] = [
        (|tenant| tenant.mechanism = MechanismConfig::JwtVcIssuer, "did_web"),
        (|tenant| tenant.mechanism = MechanismConfig::X5c, "did_web"),
        (|tenant| tenant.key_type = KeyTypeConfig::P256, "Ed25519"),
        (|tenant| suite(tenant, CryptosuiteConfig::EcdsaRdfc2019, KeyTypeConfig::Ed25519), "P-384"),
        (|tenant| suite(tenant, CryptosuiteConfig::EcdsaSd2023, KeyTypeConfig::Ed25519), "P-256"),
        (|tenant| suite(tenant, CryptosuiteConfig::EcdsaSd2023, KeyTypeConfig::P384), "P-256"),
        (|tenant| suite(tenant, CryptosuiteConfig::EddsaRdfc2022, KeyTypeConfig::P256), "Ed25519"),
        (
            |tenant| tenant.cryptosuites = [("entry-pass".to_owned(), CryptosuiteConfig::default())].into(),
            "not issued as ldp_vc",
        ),
    ];
    for (breach, what) in breaches {
        let mut config = config("did");
        documents(&mut config);
        breach(tenant(&mut config));
        let refused = place.open(&config, BASE).await.err().unwrap().to_string();
        assert!(refused.contains(what), "{refused}");
    }
    let other = Place::new();
    let mut config = config("did");
    documents(&mut config);
    assert!(other.open(&config, BASE).await.is_ok());
    assert!(serde_json::from_str::<FormatConfig>(r#""ac_vp""#).is_err());
    let unknown = json!({"tenants": {}, "tenant": {}});
    assert!(serde_json::from_value::<IssuerConfig>(unknown).is_err());
}

#[tokio::test]
async fn an_operators_folder_of_types_is_loaded() {
    let place = Place::new();
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("library-card");
    std::fs::create_dir(&made).unwrap();
    for (name, text) in files::folders_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas")).unwrap()
    {
        if let Some(name) = name.strip_prefix("student-id/") {
            let text = String::from_utf8(text).unwrap().replace("student-id", "library-card");
            files::write_new(&made.join(name), text.as_bytes()).unwrap();
        }
    }
    let mut config = config("jwt_vc_issuer");
    config.types_folder = Some(folder.path().to_owned());
    config.types_base = Some(Url::parse("https://types.example").unwrap());
    assert!(place.open(&config, BASE).await.is_err(), "the built-in types are not there");
    config.tenants.get_mut("hanbit").unwrap().types = vec!["library-card".to_owned()];
    let assembled = place.open(&config, BASE).await.unwrap();
    assert_eq!(assembled.trust_entries[0].types[0], "https://types.example/library-card/1");
}

/// Certificate, key and root of a tenant by `x5c`.
struct Certificates {
    root: CertifiedIssuer<'static, KeyPair>,
    leaf: CertificateParams,
    key: KeyPair,
}

impl Certificates {
    fn new(names: &[&str]) -> Self {
        let mut root = CertificateParams::default();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let mut leaf = CertificateParams::default();
        let name = |name: &&str| match name.contains(':') {
            true => SanType::URI((*name).try_into().unwrap()),
            false => SanType::DnsName((*name).try_into().unwrap()),
        };
        leaf.subject_alt_names = names.iter().map(name).collect();
        let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
        Self { root, leaf, key: KeyPair::generate().unwrap() }
    }

    fn chain(&self) -> String {
        self.leaf.signed_by(&self.key, &self.root).unwrap().pem()
    }

    /// A configuration whose files hold these.
    fn config(&self, folder: &Path, chain: &str, anchors: &str) -> IssuerConfig {
        let mut configured = config("x5c");
        let folder = tempfile::tempdir_in(folder).unwrap().keep();
        for (name, pem) in [("chain.pem", chain), ("root.pem", anchors)] {
            files::write_new(&folder.join(name), pem.as_bytes()).unwrap();
        }
        let [chain, anchors] = ["chain.pem", "root.pem"].map(PathBuf::from);
        let files = X5cConfig { chain, key: None, anchors, also_pinned: Vec::new(), iss: true };
        configured.tenants.get_mut("hanbit").unwrap().x5c = Some(files);
        configured.resolved(|path| folder.join(path))
    }
}

#[tokio::test]
async fn a_tenant_by_certificate_is_trusted_by_its_anchor_and_its_own_name() {
    let place = Place::new();
    let names = ["https://id.example/hanbit", "id.example"];
    let made = Certificates::new(&names);
    place.hold("hanbit", &made.key).await;
    let good = made.config(place._folder.path(), &made.chain(), &made.root.pem());
    let entries = place.open(&good, BASE).await.unwrap().trust_entries;
    assert_eq!(entries.len(), 2, "the tenant, and who signs its status lists");
    let Mechanism::X5c { san, .. } = &entries[0].mechanism else { panic!("{:?}", entries[0].mechanism) };
    assert_eq!(*san, ["https://id.example/hanbit"], "a DNS name would be every tenant's");
    assert_eq!(entries[0].status_issuers, [entries[1].issuer.clone()]);
    assert!(entries[1].types.is_empty());
    let pinned = PinnedKeys { credentials: None, status_lists: Some(Vec::new()) };
    assert_eq!(
        entries[0].keys,
        Some(pinned),
        "whoever certifies this name certifies this tenant, for credentials alone"
    );
}

/// Two tenants whose certificates have one CA and bear the name of their host alone.
#[tokio::test]
async fn a_tenant_does_not_issue_as_another_of_its_host() {
    let place = Place::new();
    let folder = place._folder.path();
    let made = Certificates::new(&["id.example"]);
    let of_tenant = |tenant: &KeyPair| made.leaf.signed_by(tenant, &made.root).unwrap();
    let (key, neighbour) = (&made.key, KeyPair::generate().unwrap());
    place.hold("hanbit", key).await;
    place.hold("neighbour", &neighbour).await;
    let mut both = made.config(folder, &of_tenant(key).pem(), &made.root.pem());
    let mut other = made.config(folder, &of_tenant(&neighbour).pem(), &made.root.pem());
    both.tenants.insert("neighbour".to_owned(), other.tenants.remove("hanbit").unwrap());
    let entries = place.open(&both, BASE).await.unwrap().trust_entries;
    let entry = |id: &str| {
        let issuer = format!("{BASE}/{id}");
        entries.iter().find(|entry| entry.issuer == issuer).unwrap()
    };
    let now = place.world.clock.now();
    let judged = |id: &str, certificate: &rcgen::Certificate| {
        let leaf = Leaf::dangerous_without_path(certificate.der()).unwrap();
        let header = Header::for_key(leaf.key()).unwrap().x5c(vec![certificate.der().to_vec()]);
        let found = issuer_key(entry(id), &header, &Documents::new(), now);
        found.map(|_| ()).map_err(|refusal| refusal.check.id)
    };
    for (id, own, foreign) in [("hanbit", key, &neighbour), ("neighbour", &neighbour, key)] {
        assert_eq!(judged(id, &of_tenant(own)), Ok(()), "renewed for the same key, it counts");
        assert_eq!(judged(id, &of_tenant(foreign)), Err("TL-08"), "{id}");
    }
    // Without `iss` too each certificate is that of one tenant.
    let list = TrustListContent {
        publisher: BASE.to_owned(),
        id: format!("{BASE}/trust"),
        version: 1,
        issued_at: now,
        expires_at: now.plus(Seconds(60)),
        entries: entries.clone(),
    };
    let publisher = jigap_keys::PrivateKey::generate(KeyType::P256, &*place.world.entropy);
    let signed = list.issue(&publisher, None).unwrap();
    let list = TrustList::verify(&signed, &list.id, publisher.public(), now).unwrap();
    let vct = &entries[0].types[0];
    for (id, tenant) in [("hanbit", key), ("neighbour", &neighbour)] {
        let leaf = Leaf::dangerous_without_path(of_tenant(tenant).der()).unwrap();
        assert_eq!(list.entry_of_certificate(&leaf, vct, now).unwrap().issuer, format!("{BASE}/{id}"));
    }
    let stranger = Leaf::dangerous_without_path(of_tenant(&KeyPair::generate().unwrap()).der()).unwrap();
    assert_eq!(list.entry_of_certificate(&stranger, vct, now).unwrap_err().check.id, "V-06");
    // A list from before certificates were pinned does not hold neighbours apart: a new one is asked for.
    assert_eq!(unknown_to(&list, &entries), [""; 0]);
    let mut older = list.content().clone();
    older.entries.iter_mut().for_each(|entry| entry.keys = None);
    let signed = older.issue(&publisher, None).unwrap();
    let older = TrustList::verify(&signed, &older.id, publisher.public(), now).unwrap();
    assert_eq!(unknown_to(&older, &entries).len(), 2);
}

/// A tenant that moves from a certificate with a DNS name to one with its identifier keeps what it issued.
#[tokio::test]
async fn certificates_of_other_names_are_pinned_with_their_names() {
    let place = Place::new();
    let folder = place._folder.path();
    let (made, former) =
        (Certificates::new(&[&format!("{BASE}/hanbit")]), Certificates::new(&["id.example"]));
    place.hold("hanbit", &made.key).await;
    let mut configured = made.config(folder, &made.chain(), &made.root.pem());
    let keys = place.open(&configured, BASE).await.unwrap().trust_entries[0].keys.clone();
    assert_eq!(keys.unwrap().credentials, None);
    let path = folder.join("former.pem");
    files::write_new(&path, former.chain().as_bytes()).unwrap();
    configured.tenants.get_mut("hanbit").unwrap().x5c.as_mut().unwrap().also_pinned = vec![path];
    let entries = place.open(&configured, BASE).await.unwrap().trust_entries;
    assert_eq!(entries[0].keys.as_ref().unwrap().all().count(), 2);
    let Mechanism::X5c { san, .. } = &entries[0].mechanism else { panic!("by certificate") };
    assert_eq!(*san, [format!("{BASE}/hanbit"), "id.example".to_owned()]);
}

#[tokio::test]
async fn the_next_certificate_is_pinned_before_it_is_used() {
    let place = Place::new();
    let folder = place._folder.path();
    let made = Certificates::new(&["id.example"]);
    place.hold("hanbit", &made.key).await;
    let mut configured = made.config(folder, &made.chain(), &made.root.pem());
    let next = KeyPair::generate().unwrap();
    let path = folder.join("next.pem");
    files::write_new(&path, made.leaf.signed_by(&next, &made.root).unwrap().pem().as_bytes()).unwrap();
    let files = configured.tenants.get_mut("hanbit").unwrap().x5c.as_mut().unwrap();
    files.also_pinned = vec![path.clone(), files.chain.clone()];
    let entries = place.open(&configured, BASE).await.unwrap().trust_entries;
    let thumbprint = |key: &KeyPair| {
        let key = jigap_keys::PrivateKey::from_pkcs8_der(&key.serialize_der()).unwrap();
        key.public().thumbprint()
    };
    let keys = entries[0].keys.clone().unwrap();
    let credentials = vec![thumbprint(&made.key), thumbprint(&next)];
    assert_eq!(
        keys,
        PinnedKeys::both(credentials, Vec::new()),
        "each once, and its lists are signed by another"
    );
    files::replace(&path, b"nonsense").unwrap();
    assert!(matches!(place.open(&configured, BASE).await.err(), Some(AssemblyError::Pem(..))));
}

/// What is brought is sealed; a file that would be used plain for ever is refused, whatever is in it.
#[tokio::test]
async fn a_private_key_in_a_plain_file_signs_nothing() {
    let place = Place::new();
    let made = Certificates::new(&["id.example"]);
    place.hold("hanbit", &made.key).await;
    let mut plain = made.config(place._folder.path(), &made.chain(), &made.root.pem());
    assert!(place.open(&plain, BASE).await.is_ok());
    let path = place._folder.path().join("key.pem");
    files::write_new_private(&path, made.key.serialize_pem().as_bytes()).unwrap();
    plain.tenants.get_mut("hanbit").unwrap().x5c.as_mut().unwrap().key = Some(path);
    let refused = place.open(&plain, BASE).await.err().unwrap();
    assert!(matches!(&refused, AssemblyError::PlainKey(tenant) if tenant == "hanbit"), "{refused}");
}

/// From no key at all to the second certificate: each is asked for, certified and put in its place before it signs.
#[tokio::test]
async fn a_certified_key_is_made_here_and_replaced_in_two_steps() {
    let place = Place::new();
    let folder = place._folder.path();
    let made = Certificates::new(&["id.example"]);
    let now = place.world.clock.now();
    let config = made.config(folder, &made.chain(), &made.root.pem());
    let tenant = &config.tenants["hanbit"];
    let files = tenant.x5c.clone().unwrap();
    let rotation = Rotation::new(("hanbit", tenant), KeyPurpose::Credential, place.keyring());
    let why = async || match place.open(&config, BASE).await.err().unwrap() {
        AssemblyError::CertificateKey(_, how) => how,
        other => panic!("{other}"),
    };
    assert_eq!(why().await, CertificateKey::None);
    let base = Url::parse(BASE).unwrap();
    assert_eq!(rotation.request(&base).await.unwrap(), None, "there is no key");
    let mut pinned: Vec<String> = Vec::new();
    for round in 0..2 {
        let next = rotation.prepare().await.unwrap();
        assert_eq!(rotation.prepare().await.unwrap(), next, "there is one already");
        let request = rotation.request(&base).await.unwrap().unwrap();
        assert!(request.starts_with("-----BEGIN CERTIFICATE REQUEST-----"), "{request}");
        let early = rotation.promote(now).await.err().unwrap();
        assert!(matches!(early, AssemblyError::CertificateKey(_, CertificateKey::NotPrepared)), "{early}");
        if round == 1 {
            // The next one is pinned beside the one that signs, before it does.
            let keys = place.open(&config, BASE).await.unwrap().trust_entries[0].keys.clone().unwrap();
            assert_eq!(keys.credentials.unwrap(), [pinned[0].clone(), next.thumbprint()]);
        }
        let certificate =
            made.leaf.signed_by(&Shown(next.signing().unwrap().to_bytes()), &made.root).unwrap().pem();
        files::replace(&files.chain, certificate.as_bytes()).unwrap();
        assert_eq!(why().await, CertificateKey::NotPromoted);
        rotation.promote(now).await.unwrap();
        let keys = place.open(&config, BASE).await.unwrap().trust_entries[0].keys.clone().unwrap();
        assert_eq!(keys.credentials.unwrap(), [next.thumbprint()], "the former one has issued nothing");
        pinned.insert(0, next.thumbprint());
    }
    let at_once = rotation.at_once(now).await.err().unwrap();
    assert!(matches!(at_once, AssemblyError::CertificateKey(_, CertificateKey::AtOnce)), "{at_once}");
    files::replace(&files.chain, made.chain().as_bytes()).unwrap();
    assert_eq!(why().await, CertificateKey::Other);
}

/// What a certificate authority is shown of a key.
struct Shown(Vec<u8>);

impl rcgen::PublicKeyData for Shown {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

/// A key of another kind than the configuration's is brought, and the next one too.
#[tokio::test]
async fn a_key_that_is_brought_signs_and_the_next_waits_for_its_certificate() {
    let place = Place::new();
    let mut made = Certificates::new(&["id.example"]);
    let folder = place._folder.path();
    made.key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let config = made.config(folder, &made.chain(), &made.root.pem());
    let tenant = &config.tenants["hanbit"];
    let rotation = Rotation::new(("hanbit", tenant), KeyPurpose::Credential, place.keyring());
    let key = |pair: &KeyPair| jigap_platform::pem::private_key(pair.serialize_pem().as_bytes()).unwrap();
    assert_eq!(rotation.import(&key(&made.key)).await.unwrap(), Imported::Signs);
    assert!(place.open(&config, BASE).await.is_ok());
    let next = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    assert_eq!(rotation.import(&key(&next)).await.unwrap(), Imported::Next);
    assert_eq!(
        rotation.prepare().await.unwrap().signing(),
        Some(key(&next).public()),
        "none is made beside it"
    );
    made.key = next;
    files::replace(&tenant.x5c.as_ref().unwrap().chain, made.chain().as_bytes()).unwrap();
    rotation.promote(place.world.clock.now()).await.unwrap();
    let keys = place.open(&config, BASE).await.unwrap().trust_entries[0].keys.clone().unwrap();
    assert_eq!(keys.credentials.unwrap(), [key(&made.key).public().thumbprint()]);
    // Keys that need no certificate are made here.
    for (mechanism, purpose) in [("did", KeyPurpose::Credential), ("x5c", KeyPurpose::Status)] {
        let mut tenant = tenant.clone();
        tenant.mechanism = serde_json::from_value(json!(mechanism)).unwrap();
        let rotation = Rotation::new(("hanbit", &tenant), purpose, place.keyring());
        assert!(matches!(rotation.import(&key(&made.key)).await, Err(AssemblyError::Tenant(..))));
    }
}

#[tokio::test]
async fn the_end_of_a_certificate_is_told_in_time() {
    let place = Place::new();
    let mut made = Certificates::new(&["id.example"]);
    for (ends, told) in [((2027, 2, 15), None), ((2027, 2, 14), Some("issuer-certificate-ends-soon"))] {
        made.leaf.not_after = rcgen::date_time_ymd(ends.0, ends.1, ends.2);
        place.hold("hanbit", &made.key).await;
        let config = made.config(place._folder.path(), &made.chain(), &made.root.pem());
        let issuer = place.open(&config, BASE).await.unwrap().issuer;
        assert_eq!(issuer.ailments().first().map(|ailment| ailment.code), told, "{ends:?}");
    }
}

#[tokio::test]
async fn certificates_that_no_verifier_would_accept_are_refused_at_the_start() {
    let place = Place::new();
    let folder = place._folder.path();
    let (made, stranger) = (Certificates::new(&["id.example"]), Certificates::new(&["id.example"]));
    let (chain, key, root) = (made.chain(), made.key.serialize_pem(), made.root.pem());
    let nameless = Certificates::new(&[]);
    for (holder, chain, anchors, word) in [
        (&stranger, &chain, &root, "is not the key"),
        (&made, &chain, &stranger.root.pem(), "no certificate path"),
        (&made, &key, &root, "holds no PEM certificate"),
        (&made, &chain, &key, "holds no PEM certificate"),
        (&nameless, &nameless.chain(), &nameless.root.pem(), "bears no alternative name"),
    ] {
        place.hold("hanbit", &holder.key).await;
        let refused = place.open(&made.config(folder, chain, anchors), BASE).await.err().unwrap();
        assert!(refused.to_string().contains(word), "{refused}");
    }
    let mut expired = Certificates::new(&["id.example"]);
    expired.leaf.not_after = rcgen::date_time_ymd(2020, 1, 1);
    place.hold("hanbit", &expired.key).await;
    let config_of = made.config(folder, &expired.chain(), &expired.root.pem());
    let expired = place.open(&config_of, BASE).await.err().unwrap();
    assert!(expired.to_string().contains("expired"), "{expired}");
    let refused = async |mechanism: &str, files: Option<X5cConfig>| {
        let mut config = config(mechanism);
        config.tenants.get_mut("hanbit").unwrap().x5c = files;
        place.open(&config, BASE).await.err().unwrap().to_string()
    };
    assert!(refused("x5c", None).await.contains("files"));
    let [chain, anchors] = ["a", "c"].map(PathBuf::from);
    let absent = X5cConfig { chain, key: None, anchors, also_pinned: Vec::new(), iss: true };
    assert!(refused("did", Some(absent.clone())).await.contains("alone"));
    assert!(refused("x5c", Some(absent)).await.starts_with("a: "), "the file is named");
}

#[tokio::test]
async fn a_did_web_wants_a_domain() {
    let place = Place::new();
    let refused = place.open(&config("did_web"), "http://127.0.0.1:8080").await.err().unwrap();
    assert!(refused.to_string().contains("domain"), "{refused}");
    let entries = place.open(&config("did_web"), "https://id.example:8443").await.unwrap().trust_entries;
    assert_eq!(entries[0].issuer, "did:web:id.example%3A8443:hanbit");
}
