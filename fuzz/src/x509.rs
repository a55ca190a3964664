//! Target of `x509`: certificates, chains and anchors.

use std::sync::LazyLock;

use jigap_wallet_core::x509::{Anchors, Issuing, Leaf};

use crate::fixtures::{NOW, must};

/// Made once with OpenSSL (fuzz/README.md): an authority, an authority below it, and a leaf of that.
const ROOT: &[u8] = include_bytes!("../certificates/root.der");
const AUTHORITY: &[u8] = include_bytes!("../certificates/authority.der");
const LEAF: &[u8] = include_bytes!("../certificates/leaf.der");

static ANCHORS: LazyLock<Anchors> = LazyLock::new(|| must(Anchors::new(vec![ROOT.to_vec()])));

/// Only our leaf's key comes out of a chain that holds; whatever can be an anchor vouches for itself at most.
pub(crate) fn chain(data: &[u8]) {
    let _ = Leaf::dangerous_without_path(data);
    let anchors = Anchors::new(vec![data.to_vec()]);
    if let Ok(issuing) = Issuing::read(data) {
        assert!(anchors.is_ok(), "who signs certificates can be an anchor");
        assert!(issuing.country.is_none_or(|country| country.len() <= issuing.subject.len()));
    }
    let chain = certificates(data);
    if let Ok(leaf) = Leaf::verify(&chain, &ANCHORS, NOW) {
        assert_eq!(
            leaf.key(),
            must(Leaf::dangerous_without_path(LEAF)).key(),
            "a stranger's leaf is trusted"
        );
        let _ = (leaf.dns_names(), leaf.uris(), leaf.sha256());
    }
    if let Ok(anchors) = anchors {
        assert_eq!(anchors.certificates().count(), 1);
        let _ = Leaf::verify(&[data.to_vec()], &anchors, NOW);
        let _ = Leaf::verify_document_signer(&[data.to_vec()], &anchors, NOW);
        let _ = Leaf::verify(&[LEAF.to_vec(), AUTHORITY.to_vec()], &anchors, NOW);
    }
}

/// Certificates with two bytes of length before each; the rest is one too.
fn certificates(mut data: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some((length, rest)) = data.split_first_chunk::<2>() {
        let Some((one, rest)) = rest.split_at_checked(u16::from_be_bytes(*length).into()) else { break };
        found.push(one.to_vec());
        data = rest;
    }
    if !data.is_empty() {
        found.push(data.to_vec());
    }
    found
}

pub(crate) fn chain_seeds() -> Vec<Vec<u8>> {
    let long = [LEAF, AUTHORITY].map(|der| {
        let length = u16::try_from(der.len()).unwrap_or_default();
        [&length.to_be_bytes(), der].concat()
    });
    vec![ROOT.to_vec(), AUTHORITY.to_vec(), LEAF.to_vec(), long.concat()]
}
