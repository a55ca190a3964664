//! Driver licences as mdocs: what the metadata says of them, whose device they are bound to, where their status is, and whose
//! certificates sign none.

use jigap_keys::base64url;
use jigap_platform::files;
use jigap_wallet_core::documents::{Document, Documents};
use jigap_wallet_core::judge::{Judge, Policy};
use jigap_wallet_core::mdoc::{IssuerSigned, VerifiedMdoc};
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::{Mechanism, PinnedKeys, TrustList, TrustListContent};
use jigap_wallet_core::verdict::Verdict;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, DnValue, IsCa, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};

use super::*;

const MDL: &str = "driver-licence_mso_mdoc";
const DOC_TYPE: &str = "org.iso.18013.5.1.mDL";
const LICENCE: &str = include_str!("../../../schemas/driver-licence/examples/valid/full.json");

/// The root of a country, and a document signer below it.
struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    signer: CertificateParams,
    key: KeyPair,
    folder: tempfile::TempDir,
}

/// Extensions of ISO 18013-5 Annex B by their last numbers below 2.5.29: how the issuer is reached; where its list of revoked
/// certificates is; the signer's key; and, critical, that it signs mdocs.
const CONTACT: (u64, &[u8]) = (18, b"\x30\x0a\x81\x08pki@a.kr");
const POINTS: (u64, &[u8]) = (31, b"\x30\x0f\x30\x0d\xa0\x0b\xa0\x09\x86\x07http://");
const SUBJECT_KEY: (u64, &[u8]) = (14, &[4, 4, 1, 2, 3, 4]);
const PURPOSE: (u64, &[u8]) = (37, &[0x30, 9, 6, 7, 0x28, 0x81, 0x8c, 0x5d, 5, 1, 2]);

fn certified(name: &str, extensions: &[(u64, &[u8])]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::CountryName, DnValue::PrintableString("KR".try_into().unwrap()));
    params.use_authority_key_identifier_extension = true;
    let written = |&(last, value): &(u64, &[u8])| {
        let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, last], value.to_vec());
        extension.set_criticality(last == PURPOSE.0);
        extension
    };
    params.custom_extensions = extensions.iter().map(written).collect();
    params
}

impl Authority {
    fn new() -> Self {
        let mut root = certified("root", &[CONTACT]);
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        (root.not_before, root.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2040, 1, 1));
        let mut signer = certified("signer", &[CONTACT, POINTS, SUBJECT_KEY, PURPOSE]);
        signer.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        (signer.not_before, signer.not_after) = (date_time_ymd(2026, 6, 1), date_time_ymd(2027, 8, 1));
        let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
        let (key, folder) = (KeyPair::generate().unwrap(), tempfile::tempdir().unwrap());
        Self { root, signer, key, folder }
    }

    fn key(&self) -> PrivateKey {
        PrivateKey::from_pkcs8_der(&self.key.serialize_der()).unwrap()
    }

    /// What the configuration of the first tenant says, which issues its licences as mdocs and in `others`.
    fn configure(&self, config: &mut Value, others: &[&str]) {
        let chain = self.signer.signed_by(&self.key, &self.root).unwrap().pem();
        for (name, pem) in [("chain.pem", chain), ("root.pem", self.root.pem())] {
            files::write_new(&self.folder.path().join(name), pem.as_bytes()).unwrap();
        }
        let tenant = &mut config["tenants"]["hanbit"];
        let formats = [&["mso_mdoc"], others].concat();
        (tenant["types"], tenant["formats"]) =
            (json!(["driver-licence"]), json!({"driver-licence": formats}));
        (tenant["mechanism"], tenant["x5c"]) =
            (json!("x5c"), json!({"chain": "chain.pem", "anchors": "root.pem"}));
        for file in ["chain", "anchors"] {
            let path = self.folder.path().join(tenant["x5c"][file].as_str().unwrap());
            tenant["x5c"][file] = json!(path);
        }
    }

    async fn lab(&self, others: &[&str]) -> Lab {
        Lab::with_key(Faults::none(), |config| self.configure(config, others), Some(self.key())).await
    }

    /// Why no issuer can be put together.
    async fn refused(&self, others: &[&str], change: impl FnOnce(&mut Value)) -> String {
        let mut lab = Lab::new().await;
        let mut config = serde_json::to_value(json!({"tenants": {"hanbit": {
            "name": {"ko": "경찰청", "en": "Police"}, "types": [],
        }}}))
        .unwrap();
        self.configure(&mut config, others);
        change(&mut config);
        lab.config = serde_json::from_value(config).unwrap();
        let keyring = Keyring { store: &*lab.world.store, vault: &lab.vault, entropy: &*lab.world.entropy };
        let tenant = ("police", &lab.config.tenants["hanbit"]);
        if tenant.1.x5c.is_some() {
            Rotation::new(tenant, KeyPurpose::Credential, keyring).import(&self.key()).await.unwrap();
        }
        let tenant = lab.config.tenants.remove("hanbit").unwrap();
        lab.config.tenants.insert("police".to_owned(), tenant);
        let base = Url::parse(BASE).unwrap();
        let opened = assembly::open(&lab.config, &base, &lab.vault, lab.world.clone()).await;
        opened.err().unwrap().to_string()
    }
}

impl Lab {
    /// An access token for a driver licence.
    async fn licence_token(&self, key: &str) -> String {
        let claims: Value = serde_json::from_str(LICENCE).unwrap();
        let offer = json!({"credential_configuration_id": MDL, "claims": claims, "reference": "L-1", "tx_code": true});
        let made = self.admin("offers", key, &offer.to_string()).await;
        assert_eq!(made.status, 201, "{made:?}");
        self.redeem(&self.code(&made.get("id")).await, Some(&made.get("tx_code"))).await.get("access_token")
    }

    /// The verdict on a copy as it was issued, with the status list that is published now, as CWT.
    async fn verdict(&self, copy: &str, uri: &str) -> Verdict {
        let now = self.clock.now();
        let publisher = PrivateKey::generate(KeyType::Ed25519, &*self.entropy);
        let content = TrustListContent {
            publisher: "https://trust.example".into(),
            id: "https://trust.example/list".into(),
            version: 1,
            issued_at: now,
            expires_at: now.plus(Seconds(1_000)),
            entries: self.entries.clone(),
        };
        let jwt = content.issue(&publisher, None).unwrap();
        let trust = TrustList::verify(&jwt, "https://trust.example/list", publisher.public(), now).unwrap();
        let mut documents = Documents::new();
        let path = uri.strip_prefix(BASE).unwrap();
        let list = self.get(path).await.text.into_bytes();
        documents.insert(Url::parse(uri).unwrap(), Document { bytes: list, fetched_at: now, max_age: None });
        Judge::new(&trust, now, Policy::default()).read(copy).judge_credential(&documents)
    }
}

fn verified(copy: &Value, key: &PrivateKey) -> VerifiedMdoc {
    let bytes = base64url::decode(copy.as_str().unwrap()).unwrap();
    IssuerSigned::parse(&bytes).unwrap().verify(key.public()).unwrap()
}

#[tokio::test]
async fn an_mdoc_is_described_by_its_document_type_and_data_elements() {
    let authority = Authority::new();
    let lab = authority.lab(&[]).await;
    let metadata = lab.get("/.well-known/openid-credential-issuer/hanbit").await.json();
    let described = &metadata["credential_configurations_supported"][MDL];
    assert_eq!((&described["format"], &described["doctype"]), (&json!("mso_mdoc"), &json!(DOC_TYPE)));
    assert_eq!(described["credential_signing_alg_values_supported"], json!([-7]), "numbers of COSE");
    assert_eq!(described["cryptographic_binding_methods_supported"], json!(["cose_key"]));
    let claims = described["credential_metadata"]["claims"].as_array().unwrap();
    let paths: Vec<&Value> = claims.iter().map(|claim| &claim["path"]).collect();
    assert!(paths.contains(&&json!(["org.iso.18013.5.1", "birth_date"])));
    assert!(paths.contains(&&json!(["org.iso.18013.5.1.KR", "licence_number"])));
    assert!(paths.iter().all(|path| path.as_array().unwrap().len() == 2), "{paths:?}");
    assert_eq!(lab.entries[0].types, [DOC_TYPE]);
    // Its certificate has no name: root and key tell whose it is.
    let Mechanism::X5c { san, .. } = &lab.entries[0].mechanism else { panic!("by certificate") };
    assert!(san.is_empty());
    let pinned = PinnedKeys::both(vec![authority.key().public().thumbprint()], Vec::new());
    assert_eq!(lab.entries[0].keys, Some(pinned));
    assert_eq!(lab.entries[0].status_issuers, [lab.entries[1].issuer.clone()]);
}

#[tokio::test]
async fn each_mdoc_is_bound_to_a_device_and_has_a_status_of_its_own() {
    let authority = Authority::new();
    let lab = authority.lab(&[]).await;
    let (token, nonce) = (lab.licence_token("1").await, lab.nonce().await);
    let keys = [lab.key(), lab.key(), lab.key()];
    let proofs: Vec<String> = keys.iter().map(|key| lab.proof(key, &nonce)).collect();
    let copies = copies(&lab.ask(&token, MDL, &proofs).await);
    let mut places = std::collections::BTreeSet::new();
    let mut uris = Vec::new();
    for (copy, key) in copies.iter().zip(&keys) {
        let mdoc = verified(copy, &authority.key());
        assert_eq!((mdoc.mso().doc_type(), mdoc.mso().device_key()), (DOC_TYPE, key.public()));
        let claims = mdoc.claims();
        assert_eq!(claims["org.iso.18013.5.1"]["age_over_19"], true);
        assert_eq!(claims["org.iso.18013.5.1.KR"]["licence_number"], "11-21-012345-60");
        assert_eq!(mdoc.x5chain().len(), 1, "the root stays out");
        let validity = mdoc.mso().validity();
        assert_eq!(validity.signed.unix() % 86_400, 0, "copies do not stand out by their second");
        assert_eq!(
            validity.until,
            Timestamp::parse_rfc3339("2027-08-01T00:00:00Z").unwrap(),
            "no longer than the certificate"
        );
        let status = mdoc.mso().status().unwrap();
        assert!(places.insert(status.to_string()));
        uris.push(status["status_list"]["uri"].as_str().unwrap().to_owned());
        let verdict = lab.verdict(copy.as_str().unwrap(), &uris[0]).await;
        assert_eq!(verdict.refusals().collect::<Vec<_>>(), []);
    }
    let revoked = r#"{"reference": "L-1", "reason": "lost"}"#;
    assert_eq!(lab.admin("credentials/revoke", "2", revoked).await.status, 200);
    for copy in &copies {
        let verdict = lab.verdict(copy.as_str().unwrap(), &uris[0]).await;
        let refused: Vec<_> =
            verdict.refusals().map(|refusal| (refusal.check.id, refusal.reason.code)).collect();
        assert_eq!(refused, [("V-08", "revoked")]);
    }
}

#[tokio::test]
async fn a_signer_certified_today_signs_nothing_before() {
    let mut authority = Authority::new();
    // Noon of the day on which the clock stands.
    authority.signer.not_before = date_time_ymd(2027, 1, 15);
    let lab = authority.lab(&[]).await;
    let begins = date_time_ymd(2027, 1, 15).unix_timestamp();
    assert_eq!(lab.clock.now().unix() - begins, 28_800);
    let (token, nonce) = (lab.licence_token("1").await, lab.nonce().await);
    let key = lab.key();
    let copy = copies(&lab.ask(&token, MDL, &[lab.proof(&key, &nonce)]).await).remove(0);
    assert_eq!(verified(&copy, &authority.key()).mso().validity().signed.unix(), begins);
}

#[tokio::test]
async fn claims_that_no_mdoc_can_say_are_refused_when_they_are_offered() {
    let authority = Authority::new();
    let lab = authority.lab(&[]).await;
    let mut claims: Value = serde_json::from_str(LICENCE).unwrap();
    // Right by the schema, and no picture.
    claims["portrait"] = json!("data:image/jpeg;base64,AAAAA");
    let offer = json!({"credential_configuration_id": MDL, "claims": claims});
    let refused = lab.admin("offers", "1", &offer.to_string()).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("portrait") && !refused.text.contains("AAAAA"), "{}", refused.text);
}

#[tokio::test]
async fn who_is_no_document_signer_issues_no_mdoc() {
    let refused = async |change: fn(&mut CertificateParams)| {
        let mut authority = Authority::new();
        change(&mut authority.signer);
        authority.refused(&[], |_| {}).await
    };
    for (change, said) in [
        ((|signer| signer.custom_extensions.clear()) as fn(&mut CertificateParams), "not for signing mdocs"),
        (|signer| drop(signer.custom_extensions.remove(0)), "how its issuer is reached"),
        (|signer| signer.distinguished_name.push(DnType::CountryName, "JP"), "the country of its root"),
        (|signer| signer.not_after = date_time_ymd(2041, 1, 1), "within that of its root"),
    ] {
        let refused = refused(change).await;
        assert!(refused.contains(said) && refused.contains("issuer.tenants.police"), "{refused}");
    }
    let authority = Authority::new();
    let by_did = authority.refused(&[], |config| {
        let tenant = config["tenants"]["hanbit"].as_object_mut().unwrap();
        tenant.remove("x5c");
        tenant.insert("mechanism".to_owned(), json!("did"));
    });
    assert!(by_did.await.contains("mso_mdoc wants the mechanism x5c"));
    // What names its issuer wants a name in the certificate.
    let authority = Authority::new();
    assert!(authority.refused(&["dc+sd-jwt"], |_| {}).await.contains("bears no alternative name"));
    let authority = Authority::new();
    let pass = authority.refused(&[], |config| {
        let tenant = &mut config["tenants"]["hanbit"];
        (tenant["types"], tenant["formats"]) = (json!(["entry-pass"]), json!({"entry-pass": ["mso_mdoc"]}));
    });
    assert!(pass.await.contains("no mdoc.json"));
}

#[tokio::test]
async fn a_named_signer_issues_both_kinds_that_disclose_by_choice() {
    let mut authority = Authority::new();
    authority.signer.subject_alt_names = vec![SanType::URI(ISSUER.try_into().unwrap())];
    let lab = authority.lab(&["dc+sd-jwt"]).await;
    let Mechanism::X5c { san, .. } = &lab.entries[0].mechanism else { panic!("by certificate") };
    assert_eq!(*san, [ISSUER]);
    let mut types = lab.entries[0].types.clone();
    types.sort();
    assert_eq!(types, ["https://id.example/types/driver-licence/1", DOC_TYPE]);
    let (token, nonce) = (lab.licence_token("1").await, lab.nonce().await);
    let copy = copies(&lab.ask(&token, MDL, &[lab.proof(&lab.key(), &nonce)]).await).remove(0);
    let mdoc = verified(&copy, &authority.key());
    let uri = mdoc.mso().status().unwrap()["status_list"]["uri"].as_str().unwrap().to_owned();
    let verdict = lab.verdict(copy.as_str().unwrap(), &uri).await;
    assert_eq!(verdict.refusals().collect::<Vec<_>>(), []);
}
