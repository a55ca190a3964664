//! Integrity metadata ("Integrity of Referenced Documents"; the string is that of W3C SRI §3): whether a fetched document
//! is the one that was meant.
//!
//! Of several expressions those with the strongest hash that is known count, and one of them must fit. Refused: no
//! expression with a known hash, digests of another length or not base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jigap_keys::hash::HashAlgorithm;

/// The document is not the one that was meant, or nothing says in a known way which one was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the document's digest is not the one that was stated")]
pub struct BrokenIntegrity;

/// Most expressions that are looked at.
const MAX_EXPRESSIONS: usize = 16;

/// Checks `document` against the integrity metadata `stated`.
///
/// # Errors
/// [`BrokenIntegrity`].
pub fn verify(stated: &str, document: &[u8]) -> Result<(), BrokenIntegrity> {
    let expressions: Vec<(HashAlgorithm, &str)> =
        stated.split_ascii_whitespace().take(MAX_EXPRESSIONS).filter_map(expression).collect();
    let strongest = expressions.iter().map(|(hash, _)| strength(*hash)).max().ok_or(BrokenIntegrity)?;
    let mut counting = expressions.iter().filter(|(hash, _)| strength(*hash) == strongest);
    let fits = counting
        .any(|(hash, digest)| STANDARD.decode(digest).is_ok_and(|digest| digest == hash.digest(document)));
    if fits { Ok(()) } else { Err(BrokenIntegrity) }
}

/// Hash and digest of an expression; what stands behind `?` are options, which say nothing about the digest.
fn expression(text: &str) -> Option<(HashAlgorithm, &str)> {
    let (hash, digest) = text.split_once('-')?;
    let digest = digest.split('?').next().unwrap_or_default();
    let hash = match hash.to_ascii_lowercase().as_str() {
        "sha256" => HashAlgorithm::Sha256,
        "sha384" => HashAlgorithm::Sha384,
        "sha512" => HashAlgorithm::Sha512,
        _ => return None,
    };
    Some((hash, digest))
}

const fn strength(hash: HashAlgorithm) -> u8 {
    match hash {
        HashAlgorithm::Sha256 => 0,
        HashAlgorithm::Sha384 => 1,
        HashAlgorithm::Sha512 => 2,
    }
}

#[cfg(test)]
mod tests {
    use jigap_keys::hash::{sha256, sha384, sha512};

    use super::*;

    #[test]
    fn the_strongest_known_expression_decides() {
        let document = b"a document";
        let right = |name: &str, digest: &[u8]| format!("{name}-{}", STANDARD.encode(digest));
        let good = [
            right("sha256", &sha256(document)),
            right("sha384", &sha384(document)),
            right("sha512", &sha512(document)),
        ];
        for one in &good {
            assert_eq!(verify(one, document), Ok(()));
            assert_eq!(verify(&format!("{one}?option"), document), Ok(()));
            assert_eq!(verify(one, b"another document"), Err(BrokenIntegrity));
        }
        let wrong = right("sha512", &sha512(b"other"));
        assert_eq!(
            verify(&format!("{} {wrong}", good[0]), document),
            Err(BrokenIntegrity),
            "the stronger is wrong"
        );
        assert_eq!(verify(&format!("{wrong} {}", good[2]), document), Ok(()), "one of the strongest fits");
        let weak = right("sha256", &sha256(b"other"));
        assert_eq!(verify(&format!("{weak} {}", good[1]), document), Ok(()));
        assert_eq!(
            verify(&format!("md5-AAAA {}", good[0]), document),
            Ok(()),
            "an unknown hash does not count"
        );
        for nothing in ["", "md5-AAAA", "sha256", "sha256-", "sha256-%%%", &right("sha256", b"short")] {
            assert_eq!(verify(nothing, document), Err(BrokenIntegrity), "{nothing}");
        }
    }
}
