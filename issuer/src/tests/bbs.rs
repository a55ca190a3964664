//! Keys of `bbs-2023`: what they signed stays valid, whatever its type is configured with later and whatever signs now.

use jigap_platform::keyring::KeyringError;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::trust::{Mechanism, TrustList};

use super::w3c::{LDP, documents_by};
use super::*;
use crate::assembly::{AssemblyError, CryptosuiteConfig, FormatConfig, unknown_to};

const CLASS: &str = "https://id.example/types/student-id/1#StudentId";
const VCT: &str = "https://id.example/types/student-id/1";

/// A university whose student IDs are documents by BBS, and SD-JWT VCs too.
async fn lab(mechanism: &str) -> Lab {
    let mut lab = documents_by(mechanism, ("P-256", "bbs-2023")).await;
    let formats = vec![FormatConfig::SdJwtVc, FormatConfig::LdpVc];
    lab.tenant().formats.insert("student-id".to_owned(), formats);
    lab.restart().await;
    lab
}

impl Lab {
    fn tenant(&mut self) -> &mut crate::assembly::TenantConfig {
        self.config.tenants.get_mut("hanbit").unwrap()
    }

    /// What a holder shows of a fresh student ID.
    async fn shown(&self, key: &str) -> Value {
        let (token, nonce) = (self.token_for(LDP, key).await, self.nonce().await);
        let holder = PrivateKey::generate(KeyType::Ed25519, &*self.entropy);
        let copy = copies(&self.ask(&token, LDP, &[self.proof(&holder, &nonce)]).await).remove(0);
        assert_eq!(copy["proof"]["cryptosuite"], "bbs-2023");
        self.disclosed(&copy, &["enrolment_status"]).await
    }

    /// The issuers of the first tenant that are a did:key.
    fn by_did_key(&self) -> Vec<&TrustEntry> {
        self.entries.iter().filter(|entry| entry.issuer.starts_with("did:key:")).collect()
    }

    /// Those that `list` does not know as they are.
    fn unknown_to(&self, list: &TrustList) -> usize {
        unknown_to(list, &self.entries).len()
    }

    async fn has_bbs_key(&self) -> bool {
        let place = "issuer/hanbit/key/bbs";
        self.world.store.begin().await.unwrap().get(place).await.unwrap().is_some()
    }
}

#[tokio::test]
async fn what_was_signed_by_bbs_stays_valid_when_its_type_gets_another_cryptosuite() {
    for mechanism in ["did", "did_web", "did_webvh"] {
        let mut lab = lab(mechanism).await;
        let (before, distributed) = (lab.shown("1").await, lab.list_of_entries());
        let entries = lab.entries.clone();
        lab.tenant().cryptosuites.insert("student-id".to_owned(), CryptosuiteConfig::EcdsaSd2023);
        lab.restart().await;
        assert_eq!(lab.refusals_of_by(&distributed, &before).await, [], "{mechanism}");
        assert_eq!(lab.refusals_of_by(&lab.list_of_entries(), &before).await, [], "{mechanism}");
        assert_eq!(lab.entries, entries, "{mechanism}: nothing that is trusted has changed");
        // A list that was signed without the key is told of.
        let mut without = distributed.content().clone();
        if mechanism == "did" {
            without.entries.retain(|entry| !entry.issuer.starts_with("did:key:"));
        } else {
            let keys = without.entries[0].keys.as_mut().unwrap();
            keys.credentials.as_mut().unwrap().truncate(1);
        }
        let publisher = lab.key();
        let signed = without.issue(&publisher, None).unwrap();
        let behind = TrustList::verify(&signed, &without.id, publisher.public(), lab.clock.now()).unwrap();
        assert_eq!((lab.unknown_to(&distributed), lab.unknown_to(&behind)), (0, 1), "{mechanism}");
        assert!(!lab.refusals_of_by(&behind, &before).await.is_empty(), "{mechanism}");
    }
}

/// By a DID of their own they issue documents and nothing else; none is made before a type wants one.
#[tokio::test]
async fn a_bbs_key_issues_documents_alone_and_is_made_when_it_is_wanted() {
    let mut lab = lab("did").await;
    let [entry] = lab.by_did_key()[..] else { panic!("{:?}", lab.entries) };
    assert_eq!(entry.types, [CLASS]);
    assert!(matches!(entry.mechanism, Mechanism::Did(_)));
    assert!(lab.entries[0].types.contains(&VCT.to_owned()), "the tenant issues more");
    // A class that the tenant issues no more is vouched for by no key of it.
    let shown = lab.shown("1").await;
    lab.tenant().cryptosuites.clear();
    lab.tenant().formats.clear();
    lab.restart().await;
    assert!(lab.by_did_key().is_empty() && lab.has_bbs_key().await);
    assert_eq!(lab.refusals_of_by(&lab.list_of_entries(), &shown).await[0].0, "V-06");

    let mut never = documents_by("did", ("P-256", "ecdsa-sd-2023")).await;
    assert!(never.by_did_key().is_empty());
    for refused in [
        never.rotation(KeyPurpose::Bbs).prepare().await.map(drop),
        never.rotation(KeyPurpose::Bbs).at_once(never.clock.now()).await,
    ] {
        assert!(matches!(refused, Err(AssemblyError::Tenant(..))), "{refused:?}");
    }
    never.restart().await;
    assert!(!never.has_bbs_key().await, "none is made that nothing wants");
    assert_eq!(never.rotation(KeyPurpose::Bbs).prepared().await.unwrap(), None);
}

#[tokio::test]
async fn a_prepared_bbs_key_signs_when_the_verifiers_know_it() {
    for mechanism in ["did", "did_web", "did_webvh"] {
        let mut lab = lab(mechanism).await;
        let old_list = lab.list_of_entries();
        let before = lab.shown("1").await;
        let next = lab.rotation(KeyPurpose::Bbs).prepare().await.unwrap();
        assert_eq!(lab.rotation(KeyPurpose::Bbs).prepared().await.unwrap(), Some(next));
        lab.restart().await;
        assert!(lab.unknown_to(&old_list) > 0, "{mechanism}: the list has to be renewed");
        let meanwhile = lab.shown("2").await;
        assert_eq!(lab.refusals_of_by(&old_list, &meanwhile).await, [], "the old key signs on");
        let distributed = lab.list_of_entries();
        assert_eq!(lab.unknown_to(&distributed), 0);
        lab.rotation(KeyPurpose::Bbs).promote(lab.clock.now()).await.unwrap();
        lab.restart().await;
        let after = lab.shown("3").await;
        assert_ne!(before["proof"]["verificationMethod"], after["proof"]["verificationMethod"]);
        for (shown, what) in [(&before, "before"), (&meanwhile, "meanwhile"), (&after, "after")] {
            assert_eq!(lab.refusals_of_by(&distributed, shown).await, [], "{mechanism} {what}");
            assert_eq!(lab.refusals_of_by(&lab.list_of_entries(), shown).await, [], "{mechanism} {what}");
        }
        assert!(!lab.refusals_of_by(&old_list, &after).await.is_empty(), "{mechanism}");
        let again = lab.rotation(KeyPurpose::Bbs).promote(lab.clock.now()).await;
        assert!(matches!(again, Err(AssemblyError::Keyring(KeyringError::NotPrepared(_)))));
    }
}

#[tokio::test]
async fn a_replaced_bbs_key_is_believed_no_longer_than_what_it_signed_lasts() {
    for (mechanism, check) in [("did", "V-06"), ("did_web", "V-04")] {
        let mut lab = lab(mechanism).await;
        let signed = lab.shown("1").await;
        // Who stole the key before it was replaced signs on with it.
        let thief = lab.app.clone();
        lab.rotate(KeyPurpose::Bbs).await;
        assert_eq!(lab.refusals_of_by(&lab.list_of_entries(), &signed).await, [], "{mechanism}");
        lab.clock.advance(Seconds(366 * 86_400));
        lab.restart().await;
        let honest = std::mem::replace(&mut lab.app, thief);
        let forged = lab.shown("2").await;
        lab.app = honest;
        let refusals = lab.refusals_of_by(&lab.list_of_entries(), &forged).await;
        assert_eq!(refusals.first().map(|refusal| refusal.0), Some(check), "{mechanism}");
        let honest = lab.shown("3").await;
        assert_eq!(lab.refusals_of_by(&lab.list_of_entries(), &honest).await, [], "{mechanism}");
    }
}
