//! Certificates that fit, and those that do not.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jigap_keys::PublicKey;
use jigap_platform::keyring::{Imported, KeyringError};
use jigap_platform::secrets::Vault;
use jigap_platform::store::{Faults, in_memory};
use jigap_platform::testing::SeededEntropy;
use rcgen::{CertificateParams, IsCa, KeyPair, KeyUsagePurpose, PublicKeyData};

use super::super::{Announcement, RequestKey};
use super::*;

const BASE: &str = "https://gate.example";
/// 2027-01-15.
const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

struct Files {
    folder: tempfile::TempDir,
    vault: Vault,
    entropy: Arc<SeededEntropy>,
}

impl Files {
    fn new() -> Self {
        let (folder, entropy) = (tempfile::tempdir().unwrap(), Arc::new(SeededEntropy::new(3)));
        let master = folder.path().join("master.key");
        Vault::init(&master, &*entropy).unwrap();
        let vault = Vault::open_file(&master, Arc::clone(&entropy) as _).unwrap();
        Self { folder, vault, entropy }
    }

    /// A file of its own each time.
    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = tempfile::tempdir_in(self.folder.path()).unwrap().keep().join(name);
        files::write_new_private(&path, text.as_bytes()).unwrap();
        path
    }

    async fn identity(
        &self,
        prefix: Prefix,
        certificate: Option<&str>,
        key: Option<&str>,
    ) -> Result<Identity, AssemblyError> {
        let store = in_memory(Faults::none()).unwrap();
        let keyring = Keyring { store: &*store, vault: &self.vault, entropy: &*self.entropy };
        if let Some(pem) = key {
            keyring.import(SEALED_KEY, &pem::private_key(pem.as_bytes()).unwrap()).await.unwrap();
        }
        let certificate = certificate.map(|text| self.put("chain.pem", text));
        let config = IdentityConfig { prefix, certificate, key: None };
        identity(&config, &Url::parse(BASE).unwrap(), &keyring, NOW).await
    }

    async fn client_id(&self, prefix: Prefix, certificate: Option<&str>, key: Option<&str>) -> String {
        let identity = self.identity(prefix, certificate, key).await;
        identity.unwrap_or_else(|error| panic!("{error}")).signing().unwrap().client_id.as_str().to_owned()
    }

    async fn refusal(&self, prefix: Prefix, certificate: Option<&str>, key: Option<&str>) -> String {
        self.identity(prefix, certificate, key).await.err().unwrap().to_string()
    }
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

fn certified(name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    (params(name).self_signed(&key).unwrap().pem(), key.serialize_pem())
}

#[tokio::test]
async fn each_prefix_makes_its_client_identifier() {
    let files = Files::new();
    let (chain, key) = certified("gate.example");
    let (chain, key) = (Some(chain.as_str()), Some(key.as_str()));
    assert_eq!(files.client_id(Prefix::X509SanDns, chain, key).await, "x509_san_dns:gate.example");
    let der = pem::certificates(chain.unwrap().as_bytes()).unwrap();
    assert_eq!(files.client_id(Prefix::X509Hash, chain, key).await, ClientId::x509_hash(&der[0]).as_str());
    let did = files.client_id(Prefix::DecentralizedIdentifier, None, None).await;
    assert!(did.starts_with("decentralized_identifier:did:jwk:"));
    assert!(files.identity(Prefix::RedirectUri, None, None).await.unwrap().signing().is_none());
}

/// What a certificate authority is shown of a key.
struct Shown(Vec<u8>);

impl PublicKeyData for Shown {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

#[tokio::test]
async fn the_sealed_key_is_certified_as_the_error_shows_it() {
    let files = Files::new();
    let store = in_memory(Faults::none()).unwrap();
    let keyring = Keyring { store: &*store, vault: &files.vault, entropy: &*files.entropy };
    let base = Url::parse(BASE).unwrap();
    let config = |chain: &str| IdentityConfig {
        prefix: Prefix::X509SanDns,
        certificate: Some(files.put("chain.pem", chain)),
        key: None,
    };
    let (of_another_key, _) = certified("gate.example");
    let error = identity(&config(&of_another_key), &base, &keyring, NOW).await.err().unwrap();
    let AssemblyError::OtherKey(_, shown) = error else { panic!("{error}") };
    let lines: Vec<&str> = shown.lines().collect();
    let [begin, body @ .., end] = &lines[..] else { panic!("{shown}") };
    assert_eq!((*begin, *end), ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"));
    assert!(body.iter().all(|line| (1..=64).contains(&line.len())));
    let public = PublicKey::from_spki_der(&STANDARD.decode(body.concat()).unwrap()).unwrap();
    let authority = KeyPair::generate().unwrap();
    let root = rcgen::CertifiedIssuer::self_signed(params("root.example"), authority).unwrap();
    let chain = params("gate.example").signed_by(&Shown(public.to_bytes()), &root).unwrap().pem();
    let made = identity(&config(&chain), &base, &keyring, NOW).await.unwrap();
    assert_eq!(made.signing().unwrap().client_id.as_str(), "x509_san_dns:gate.example");
    assert!(made.can_sign().await);
}

#[tokio::test]
async fn what_wallets_would_refuse_or_nobody_meant_is_refused_at_the_start() {
    let files = Files::new();
    let (chain, key) = certified("gate.example");
    let (other, _) = certified("other.example");
    let authority = {
        let key = KeyPair::generate().unwrap();
        let mut params = params("gate.example");
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.self_signed(&key).unwrap().pem()
    };
    let long = chain.repeat(jigap_wallet_core::x509::MAX_CHAIN + 1);
    let dated = |from: (i32, u8, u8), until: (i32, u8, u8)| {
        let mut params = params("gate.example");
        params.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
        params.not_after = rcgen::date_time_ymd(until.0, until.1, until.2);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
    };
    let (over, early) = (dated((2025, 1, 1), (2027, 1, 1)), dated((2027, 2, 1), (2028, 1, 1)));
    let torn = format!("{chain}{authority}");
    for (prefix, certificate, key, says) in [
        (Prefix::X509Hash, None, None, "needs a certificate"),
        (Prefix::DecentralizedIdentifier, Some(&chain), None, "has no certificate"),
        (Prefix::RedirectUri, Some(&chain), None, "has no certificate"),
        (Prefix::X509Hash, Some(&key), Some(&key), "no PEM certificate"),
        (Prefix::X509Hash, Some(&long), Some(&key), "too large"),
        (Prefix::X509Hash, Some(&authority), Some(&key), "certificate authority"),
        (Prefix::X509Hash, Some(&over), Some(&key), "has expired"),
        (Prefix::X509Hash, Some(&early), Some(&key), "not valid yet"),
        (Prefix::X509Hash, Some(&torn), Some(&key), "no certificate path"),
        (Prefix::X509SanDns, Some(&other), Some(&key), "another key"),
    ] {
        let refusal = files.refusal(prefix, certificate.map(String::as_str), key.map(String::as_str)).await;
        assert!(refusal.contains(says), "{refusal}");
    }
    let config = IdentityConfig {
        prefix: Prefix::X509Hash,
        certificate: Some(files.put("chain.pem", &chain)),
        key: Some(files.put("key.pem", &key)),
    };
    let store = in_memory(Faults::none()).unwrap();
    let keyring = Keyring { store: &*store, vault: &files.vault, entropy: &*files.entropy };
    let plain = identity(&config, &Url::parse(BASE).unwrap(), &keyring, NOW).await.err().unwrap();
    assert!(matches!(plain, AssemblyError::PlainKey), "{plain}");
    let (elsewhere, key) = certified("elsewhere.example");
    let refusal = files.refusal(Prefix::X509SanDns, Some(&elsewhere), Some(&key)).await;
    assert!(refusal.contains("gate.example"), "{refusal}");
}

/// The key is replaced in two steps: the certificate of the next one is asked for, put in its place, and then it signs.
#[tokio::test]
async fn a_certified_key_is_replaced_when_its_certificate_is_there() {
    let files = Files::new();
    let store = in_memory(Faults::none()).unwrap();
    let keyring = Keyring { store: &*store, vault: &files.vault, entropy: &*files.entropy };
    let base = Url::parse(BASE).unwrap();
    let (chain, key) = certified("gate.example");
    let path = files.put("chain.pem", &chain);
    let config = IdentityConfig { prefix: Prefix::X509SanDns, certificate: Some(path.clone()), key: None };
    let rotation = RequestKey::new(&config, &base, keyring).unwrap();
    let key = pem::private_key(key.as_bytes()).unwrap();
    assert_eq!(rotation.import(&key).await.unwrap(), Imported::Signs);
    let signs = async || identity(&config, &base, &keyring, NOW).await.map(|made| made.ends());
    assert!(signs().await.is_ok());
    let refused = rotation.promote(NOW).await.err().unwrap();
    assert!(matches!(refused, AssemblyError::Keyring(KeyringError::NotPrepared(_))), "{refused}");
    let Announcement::Request(request) = rotation.prepare().await.unwrap() else { panic!("certified") };
    assert!(request.starts_with("-----BEGIN CERTIFICATE REQUEST-----"), "{request}");
    let refused = rotation.promote(NOW).await.err().unwrap();
    assert!(matches!(refused, AssemblyError::OtherKey(..)), "{refused}");
    let next = keyring.held_next(SEALED_KEY).await.unwrap().unwrap();
    let authority = KeyPair::generate().unwrap();
    let root = rcgen::CertifiedIssuer::self_signed(params("root.example"), authority).unwrap();
    let shown = Shown(next.public_key().to_bytes());
    let chain = params("gate.example").signed_by(&shown, &root).unwrap().pem();
    jigap_platform::files::replace(&path, chain.as_bytes()).unwrap();
    let refused = signs().await.err().unwrap();
    assert!(matches!(refused, AssemblyError::NotPromoted(_)), "{refused}");
    rotation.promote(NOW).await.unwrap();
    assert!(signs().await.is_ok());
    assert!(rotation.at_once(NOW).await.is_err(), "a key without a certificate signs nothing");
}

/// Whose name is its key is another client afterwards, and says before which one.
#[tokio::test]
async fn a_did_is_replaced_by_the_one_that_was_announced() {
    let files = Files::new();
    let store = in_memory(Faults::none()).unwrap();
    let keyring = Keyring { store: &*store, vault: &files.vault, entropy: &*files.entropy };
    let base = Url::parse(BASE).unwrap();
    let config = IdentityConfig::default();
    let rotation = RequestKey::new(&config, &base, keyring).unwrap();
    let name = async || {
        let identity = identity(&config, &base, &keyring, NOW).await.unwrap();
        identity.signing().unwrap().client_id.as_str().to_owned()
    };
    let before = name().await;
    let Announcement::ClientId(next) = rotation.prepare().await.unwrap() else { panic!("a DID") };
    assert_eq!(rotation.prepare().await.unwrap(), Announcement::ClientId(next.clone()));
    assert_eq!(name().await, before, "it does not sign yet");
    rotation.promote(NOW).await.unwrap();
    assert_eq!(name().await, next);
    rotation.at_once(NOW).await.unwrap();
    let at_once = name().await;
    assert!(at_once != next && at_once != before);
    let (_, key) = certified("gate.example");
    assert!(rotation.import(&pem::private_key(key.as_bytes()).unwrap()).await.is_err());
    let unsigned = IdentityConfig { prefix: Prefix::RedirectUri, ..IdentityConfig::default() };
    assert!(RequestKey::new(&unsigned, &base, keyring).is_err());
}
