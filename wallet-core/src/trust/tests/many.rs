//! A list of ten thousand authorities: whom a certificate leads to is looked up, and nobody else is looked at.

use super::*;
use crate::trust::index::Index;
use crate::x509::{Anchors, Leaf};

const OTHERS: usize = 9_999;
const NEEDLE: &str = "https://needle.example";

/// Others of every kind that are found by certificates, and one in their middle.
fn crowd(needle: TrustEntry) -> Vec<TrustEntry> {
    let other = |at: usize| {
        let anchors = Authority::root(&format!("root {at}")).anchors();
        let mechanism = match at % 3 {
            0 => Mechanism::X5cAny(anchors),
            1 => Mechanism::X5c { anchors, san: Vec::new() },
            _ => Mechanism::X5c { anchors, san: vec![format!("dns{at}.example"), format!("urn:other:{at}")] },
        };
        TrustEntry { issuer: format!("https://other{at}.example"), ..entry(ISSUER, mechanism) }
    };
    let mut entries: Vec<TrustEntry> = (0..OTHERS).map(other).collect();
    entries.insert(OTHERS / 2, TrustEntry { issuer: NEEDLE.to_owned(), ..needle });
    entries
}

#[test]
fn whom_a_certificate_leads_to_is_looked_up_however_long_the_list() {
    let (root, iaca) = (Authority::root("needle"), Authority::iaca("KR"));
    let named = Mechanism::X5c { anchors: root.anchors(), san: vec!["needle.example".to_owned()] };
    let anchors = Anchors::new(vec![root.der(), iaca.der()]).unwrap();
    let mut entries = crowd(entry(NEEDLE, named));
    let place = [OTHERS / 2];
    let find = |entries: &[TrustEntry], chain: &[Vec<u8>]| {
        let index = Index::new(entries).unwrap();
        let leaf = Leaf::dangerous_without_path(&chain[0]).unwrap();
        let naming: Vec<usize> = index.naming(&leaf).into_iter().collect();
        (naming, index.anchoring(chain.iter()).into_iter().collect::<Vec<usize>>())
    };
    // By the name that a certificate bears, and by who signed it.
    let chain = [root.leaf(&["Needle.example"]).0];
    assert_eq!(find(&entries, &chain), (place.to_vec(), place.to_vec()));
    let leaf = Leaf::dangerous_without_path(&chain[0]).unwrap();
    let list = TrustList::dangerous_unsigned(content(entries.clone()));
    assert_eq!(list.entry_of_certificate(&leaf, VCT, NOW).unwrap().issuer, NEEDLE);
    // Whatever the anchors certify.
    entries[place[0]].mechanism = Mechanism::X5cAny(anchors);
    let list = TrustList::dangerous_unsigned(content(entries.clone()));
    let middle = root.below("middle", |_| {});
    for chain in [vec![root.leaf(&[]).0], vec![middle.leaf(&[]).0, middle.der()]] {
        assert_eq!(find(&entries, &chain), (Vec::new(), place.to_vec()));
        assert_eq!(list.entry_of_chain(&chain, VCT, NOW).unwrap().issuer, NEEDLE);
    }
    let chain = [iaca.document_signer(|_| {}).0];
    assert_eq!(find(&entries, &chain).1, place);
    assert_eq!(list.entry_of_document_signer(&chain, VCT, NOW).unwrap().issuer, NEEDLE);
    // And whom nobody listed leads to nobody.
    let chain = [Authority::root("stranger").leaf(&["stranger.example"]).0];
    assert_eq!(find(&entries, &chain), (Vec::new(), Vec::new()));
}
