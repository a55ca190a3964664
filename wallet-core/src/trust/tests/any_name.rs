//! Issuers known by what their anchors certify, whatever names it bears.

use super::*;
use crate::documents::Documents;
use crate::jose::{Algorithm, Header};

const ANY: &str = "urn:example:list:a";
const OTHER: &str = "urn:example:list:b";

fn any(issuer: &str, root: &Authority) -> TrustEntry {
    entry(issuer, Mechanism::X5cAny(root.anchors()))
}

fn listed(entries: Vec<TrustEntry>) -> TrustList {
    let jwt = content(entries).issue(&key(1), None).unwrap();
    TrustList::verify(&jwt, LIST, key(1).public(), NOW).unwrap()
}

fn found<'l>(list: &'l TrustList, chain: &[Vec<u8>]) -> Result<&'l str, Refusal> {
    list.entry_of_chain(chain, VCT, NOW).map(|entry| entry.issuer.as_str())
}

#[test]
fn whatever_leads_to_an_anchor_is_the_issuers() {
    let (root, middle_root) = (Authority::root("root"), Authority::root("other root"));
    let middle = middle_root.below("middle", |_| {});
    let list = listed(vec![any(ANY, &root), any(OTHER, &middle_root)]);
    for names in [&[][..], &["pid.example"]] {
        assert_eq!(found(&list, &[root.leaf(names).0]), Ok(ANY), "{names:?}");
    }
    assert_eq!(found(&list, &[middle.leaf(&[]).0, middle.der()]), Ok(OTHER));
    let unknown = ("V-06", "issuer-unknown");
    assert_eq!(code(found(&list, &[Authority::root("stranger").leaf(&[]).0])), unknown);
    assert_eq!(code(found(&list, &[])), unknown);
    assert_eq!(code(found(&list, &[vec![0x30]])), unknown);
    let long = vec![root.leaf(&[]).0; 6];
    assert_eq!(code(found(&list, &long)), unknown, "longer than any chain that is verified");
    let other_type = list.entry_of_chain(&[root.leaf(&[]).0], "urn:other", NOW);
    assert_eq!(code(other_type), ("V-06", "type-not-allowed"));
}

/// Two issuers of one authority: what it certifies is nobody's, and does not become the other's when one is withdrawn.
#[test]
fn nobody_inherits_what_another_signed() {
    let root = Authority::root("root");
    let middle = root.below("middle", |_| {});
    let chain = [middle.leaf(&[]).0, middle.der()];
    for withdrawn in [None, Some(NOW)] {
        let own = TrustEntry { withdrawn_since: withdrawn, ..any(ANY, &middle) };
        let alone = listed(vec![own.clone()]);
        let expected = if withdrawn.is_some() { ("V-06", "issuer-withdrawn") } else { ("", "") };
        assert_eq!(code(found(&alone, &chain)), expected);
        let beside = listed(vec![own, any(OTHER, &root)]);
        assert_eq!(code(found(&beside, &chain)), ("V-06", "issuer-ambiguous"), "{withdrawn:?}");
    }
}

/// Those who sign status lists alone are nobody's issuers, whoever shares their authority.
#[test]
fn a_status_service_makes_nothing_doubtful() {
    let root = Authority::root("root");
    let status = TrustEntry { types: Vec::new(), ..any(OTHER, &root) };
    let list = listed(vec![any(ANY, &root), status]);
    assert_eq!(found(&list, &[root.leaf(&[]).0]), Ok(ANY));
}

#[test]
fn certificates_for_other_purposes_sign_no_credentials() {
    use rcgen::ExtendedKeyUsagePurpose as Purpose;
    let root = Authority::root("root");
    let entry = any(ANY, &root);
    let outcome = |purposes: Vec<Purpose>| {
        let der = root.leaf_for(purposes);
        code(issuer_key(&entry, &Header::new(Algorithm::Es256).x5c(vec![der]), &Documents::new(), NOW))
    };
    let mdl = |last: u64| Purpose::Other(vec![1, 0, 18013, 5, 1, last]);
    for foreign in [vec![Purpose::ServerAuth], vec![Purpose::ClientAuth, Purpose::OcspSigning], vec![mdl(6)]]
    {
        assert_eq!(outcome(foreign), ("V-05", "x5c-other-purpose"));
    }
    for fit in [vec![], vec![mdl(2)], vec![Purpose::ServerAuth, mdl(2)]] {
        assert_eq!(outcome(fit), ("", ""));
    }
}

/// What is found by the names is verified by the key: a stranger's root of the same name signs nothing.
#[test]
fn names_alone_convince_nobody() {
    let (root, forged) = (Authority::root("root"), Authority::root("root"));
    let list = listed(vec![any(ANY, &root)]);
    let (der, _) = forged.leaf(&[]);
    assert_eq!(found(&list, std::slice::from_ref(&der)), Ok(ANY), "by the names");
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
    let list = listed(vec![any(ANY, &roots[0]), any(OTHER, &roots[1])]);
    assert_eq!(found(&list, &[roots[1].leaf(&[]).0]), Ok(OTHER));
    let shared = listed(vec![any(ANY, &roots[0]), any(OTHER, &roots[0])]);
    let ambiguous = found(&shared, &[roots[0].leaf(&[]).0]);
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

/// Of several entries of one root, what is told is why one that may issue does not certify it, and not that another is withdrawn.
#[test]
fn a_breach_of_the_profile_is_not_told_as_another_entrys() {
    let iaca = Authority::iaca("KR");
    let former = TrustEntry { withdrawn_since: Some(NOW), ..any("urn:example:list:0", &iaca) };
    let list = listed(vec![former, any(ANY, &iaca), any(OTHER, &iaca)]);
    let chain = [iaca.document_signer(|it| it.extended_key_usages.clear()).0];
    let entry = list.entry_of_document_signer(&chain, VCT, NOW).unwrap();
    assert_eq!(entry.issuer, ANY);
    assert_eq!(code(document_signer_key(entry, &chain, NOW)), ("MD-06", "signer-purpose"));
    let honest = [iaca.document_signer(|_| {}).0];
    let nobodys = list.entry_of_document_signer(&honest, VCT, NOW);
    assert_eq!(code(nobodys), ("V-06", "issuer-ambiguous"));
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
