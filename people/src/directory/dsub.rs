//! Who holds a listing for a kind: the name of the holder's record at its issuer, to this directory alone (docs/decisions/0024-people-service.md).
//!
//! A copy for this directory says `<B>.<E>`: the directory's name blinded by the wallet, and what the issuer made of it with the secret of
//! the holder's record. The wallet tells the directory what it blinded with. The same person comes to the same name however often they blind, and
//! two directories see names that have nothing to do with each other. Refused: a claim that was blinded for another directory.

use jigap_keys::base64url;
use jigap_keys::hash::sha256;
use jigap_keys::voprf::{Blinding, Element};
use jigap_wallet_core::facts::VerifiedClaim;

use crate::kinds::text;

/// What the holder's record is called here; `None` where the claim and the blind do not fit each other and this directory.
pub(super) fn dsub(directory: &str, claim: &VerifiedClaim, blind: &str) -> Option<String> {
    let (blinded, evaluated) = text(claim)?.split_once('.')?;
    let decoded = |text: &str| base64url::decode(text).ok();
    let blinding = Blinding::again(directory.as_bytes(), &decoded(blind)?).ok()?;
    if blinding.blinded().to_bytes().as_slice() != decoded(blinded)?.as_slice() {
        return None;
    }
    let evaluated = Element::from_bytes(&decoded(evaluated)?).ok()?;
    // The issuer vouches for the evaluation: it signed the claim.
    let output = blinding.finish_vouched(directory.as_bytes(), &evaluated).ok()?;
    // The issuer's kind of record is a part of the name: what one issuer evaluates for two of its types is two names.
    let named =
        [claim.kind.as_bytes(), b"\0", claim.issuer.as_bytes(), b"\0", output.as_bytes().as_slice()].concat();
    Some(base64url::encode(sha256(&named)))
}

#[cfg(test)]
pub(super) mod tests {
    use jigap_keys::voprf::ServerKey;
    use jigap_platform::testing::SeededEntropy;

    use super::*;
    use crate::kinds::tests::{found, says};

    /// What the wallet blinded with, and the claim of a copy that the record of `secret` gives for `directory`.
    pub(in crate::directory) fn claimed(
        directory: &str,
        secret: u8,
        entropy: &SeededEntropy,
    ) -> (String, String) {
        let key = ServerKey::derive(&[secret; 32], b"record").unwrap();
        let blinding = Blinding::new(directory.as_bytes(), entropy).unwrap();
        let (evaluated, _) = key.evaluate(&[*blinding.blinded()], entropy).unwrap();
        let text = [blinding.blinded(), &evaluated[0]].map(|it| base64url::encode(it.to_bytes())).join(".");
        (base64url::encode(*blinding.secret()), text)
    }

    #[test]
    fn one_record_has_one_name_here_and_another_elsewhere() {
        let entropy = SeededEntropy::new(1);
        let name = |directory: &str, secret| {
            let (blind, text) = claimed(directory, secret, &entropy);
            dsub(directory, &found(1, "student-id", "dsub", says(&text)).claim, &blind).unwrap()
        };
        assert_eq!(name("https://a.example", 1), name("https://a.example", 1), "however often it is blinded");
        assert_ne!(name("https://a.example", 1), name("https://b.example", 1));
        assert_ne!(name("https://a.example", 1), name("https://a.example", 2));
    }

    #[test]
    fn what_was_blinded_otherwise_is_no_name() {
        let entropy = SeededEntropy::new(1);
        let ((blind, text), (other, _)) =
            (claimed("https://a.example", 1, &entropy), claimed("https://a.example", 1, &entropy));
        let name = |directory: &str, text: &str, blind: &str| {
            dsub(directory, &found(1, "student-id", "dsub", says(text)).claim, blind)
        };
        assert!(name("https://a.example", &text, &blind).is_some());
        assert_eq!(name("https://b.example", &text, &blind), None, "a copy for another directory");
        assert_eq!(name("https://a.example", &text, &other), None);
        for (text, blind) in [("", blind.as_str()), ("AAAA.AAAA", &blind), (&text, ""), (&text[1..], &blind)]
        {
            assert_eq!(name("https://a.example", text, blind), None);
        }
    }
}
