//! Issuers known by what their anchors certify, whatever names it bears.

use super::*;
use crate::documents::Documents;
use crate::jose::{Algorithm, Header};

const ANY: &str = "urn:example:list:a";
const HOST: &str = "pid.example";

fn any(issuer: &str, root: &Authority) -> TrustEntry {
    entry(issuer, Mechanism::X5cAny(root.anchors()))
}

fn listed(entries: Vec<TrustEntry>) -> TrustList {
    let jwt = content(entries).issue(&key(1), None).unwrap();
    TrustList::verify(&jwt, LIST, key(1).public(), NOW).unwrap()
}

fn found<'l>(list: &'l TrustList, named: Option<&str>, chain: &[Vec<u8>]) -> Result<&'l str, Refusal> {
    list.entry_of_chain(named, chain, VCT, NOW).map(|entry| entry.issuer.as_str())
}

#[test]
fn whatever_leads_to_an_anchor_is_the_issuers() {
    let (root, middle_root) = (Authority::root("root"), Authority::root("other root"));
    let middle = middle_root.below("middle", |_| {});
    let list = listed(vec![any(ANY, &root), any("urn:example:list:b", &middle_root)]);
    let chain = |names: &[&str]| vec![root.leaf(names).0];
    assert_eq!(found(&list, None, &chain(&[])), Ok(ANY), "a leaf without a name");
    assert_eq!(found(&list, None, &[middle.leaf(&[]).0, middle.der()]), Ok("urn:example:list:b"));
    for named in ["https://pid.example", "https://pid.example/issuer"] {
        assert_eq!(found(&list, Some(named), &chain(&[HOST])), Ok(ANY), "{named}");
    }
    assert_eq!(found(&list, Some("urn:pid"), &chain(&["urn:pid"])), Ok(ANY));
    let refused = |named, chain: &[Vec<u8>]| code(found(&list, named, chain));
    let unknown = ("V-06", "issuer-unknown");
    assert_eq!(refused(Some("https://bank.example"), &chain(&[HOST])), unknown, "a name of somebody else");
    assert_eq!(refused(Some("https://pid.example"), &chain(&[])), unknown, "a name that nobody vouches for");
    assert_eq!(refused(None, &[Authority::root("stranger").leaf(&[]).0]), unknown);
    assert_eq!(refused(None, &[]), unknown);
    assert_eq!(refused(None, &[vec![0x30]]), unknown);
    let other_type = list.entry_of_chain(None, &chain(&[]), "urn:other", NOW);
    assert_eq!(code(other_type), ("V-06", "type-not-allowed"));
}

/// What is found by the names is verified by the key: a stranger's root of the same name signs nothing.
#[test]
fn names_alone_convince_nobody() {
    let (root, forged) = (Authority::root("root"), Authority::root("root"));
    let list = listed(vec![any(ANY, &root)]);
    let (der, _) = forged.leaf(&[HOST]);
    assert_eq!(found(&list, None, std::slice::from_ref(&der)), Ok(ANY), "by the names");
    let entry = list.find(ANY).unwrap();
    let header = Header::new(Algorithm::Es256).x5c(vec![der]);
    assert_eq!(code(issuer_key(entry, &header, &Documents::new(), NOW)), ("V-05", "x5c-untrusted"));
    let header = Header::new(Algorithm::Es256).x5c(vec![root.leaf(&[]).0]);
    assert!(issuer_key(entry, &header, &Documents::new(), NOW).is_ok());
    assert_eq!(code(issuer_key(entry, &header.kid("did:key:z6Mk#a"), &Documents::new(), NOW)).0, "V-05");
}

#[test]
fn roots_of_one_name_are_told_apart_by_their_signatures() {
    let roots = [Authority::root("root"), Authority::root("root")];
    let list = listed(vec![any(ANY, &roots[0]), any("urn:example:list:b", &roots[1])]);
    assert_eq!(found(&list, None, &[roots[1].leaf(&[]).0]), Ok("urn:example:list:b"));
    let shared = listed(vec![any(ANY, &roots[0]), any("urn:example:list:b", &roots[0])]);
    let ambiguous = found(&shared, None, &[roots[0].leaf(&[]).0]);
    assert_eq!(code(ambiguous), ("V-06", "issuer-ambiguous"), "of one root, it is nobody's");
}

#[test]
fn a_document_signer_is_found_as_well() {
    let iaca = Authority::iaca("KR");
    let list = listed(vec![any(ANY, &iaca)]);
    let (der, _) = iaca.document_signer(|_| {});
    let chain = [der];
    let entry = list.entry_of_document_signer(&chain, VCT, NOW).unwrap();
    assert_eq!(entry.issuer, ANY);
    assert!(document_signer_key(entry, &chain, NOW).is_ok());
}

#[test]
fn anchors_are_all_that_the_mechanism_has() {
    let root = Authority::root("root");
    let good = content(vec![any(ANY, &root)]);
    let jwt = good.issue(&key(1), None).unwrap();
    assert_eq!(TrustList::verify(&jwt, LIST, key(1).public(), NOW).unwrap().content(), &good);
    let written = any(ANY, &root).to_json();
    for wrong in [json!({}), json!({"anchors": []}), json!({"anchors": ["AA=="]})] {
        let mut entry = written.clone();
        entry["mechanism"]["x5c_any"] = wrong;
        assert_eq!(TrustEntry::from_json(&entry), None, "{entry}");
    }
    let mut named = written;
    named["mechanism"]["x5c_any"]["san"] = json!(["a.example"]);
    assert_eq!(TrustEntry::from_json(&named), None);
}
