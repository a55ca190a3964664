//! One table: every attack against every format that the judge knows, each refused under the check of its row.
//!
//! A format is a [`Column`]; its function makes one honest presentation, or one with the attack that it is told, and has it
//! judged. A match over [`Attack`] leaves none out. Where a format answers with another check, or where an attack cannot be
//! made against it, the cell says why; docs/CHECKS.md shows the table, reasons included, and is compared with it.

use super::*;

mod jwt_vc;
#[cfg(feature = "ldp")]
mod ldp_vc;
mod mso_mdoc;
mod sd_jwt_vc;
mod shown;

/// What is done to an honest presentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attack {
    ForgedIssuer,
    KeyOfAnother,
    UntrustedIssuer,
    WrongMechanism,
    KeyNotForAssertion,
    ProofForAnotherPurpose,
    Expired,
    ProofEnded,
    Revoked,
    SignedClaimChanged,
    DisclosedClaimChanged,
    NoHolderBinding,
    StrangersKey,
    HoldersKeyForAnotherPurpose,
    Replay,
    WrongAudience,
    MadeLongAgo,
    WrongType,
}

/// The rows: an attack, in words, and the check that refuses it.
const ROWS: [(Attack, &str, &str); 18] = [
    (Attack::ForgedIssuer, "signed by somebody else under the name of the issuer's key", "V-03"),
    (Attack::KeyOfAnother, "signed by the key of another, who is named", "V-04"),
    (Attack::UntrustedIssuer, "an issuer that nobody trusts", "V-06"),
    (Attack::WrongMechanism, "the trust list fixes another mechanism for the issuer's key", "V-05"),
    (Attack::KeyNotForAssertion, "the issuer's key is not for assertions", "V-04"),
    (Attack::ProofForAnotherPurpose, "the issuer's proof was made for another purpose", "V-16"),
    (Attack::Expired, "expired", "V-07"),
    (Attack::ProofEnded, "the issuer's proof has ended, the credential has not", "V-07"),
    (Attack::Revoked, "revoked", "V-08"),
    (Attack::SignedClaimChanged, "a signed claim changed", "V-03"),
    (Attack::DisclosedClaimChanged, "a selectively disclosed claim changed", "V-03"),
    (Attack::NoHolderBinding, "shown without the holder's proof", "V-10"),
    (Attack::StrangersKey, "presented with a stranger's key", "V-11"),
    (Attack::HoldersKeyForAnotherPurpose, "the holder's proof or key is for another purpose", "V-16"),
    (Attack::Replay, "replayed: made for another nonce", "V-13"),
    (Attack::WrongAudience, "made for another verifier", "V-12"),
    (Attack::MadeLongAgo, "made long ago", "V-14"),
    (Attack::WrongType, "another type of token", "V-01"),
];

/// What came of one attack against one format.
enum Cell {
    /// It is refused by the check of the row.
    Judged(Verdict),
    /// It is refused by this check instead.
    Otherwise(&'static str, &'static str, Verdict),
    /// It cannot be made.
    Cannot(&'static str),
}

/// A format: its name, and how an attack on it fares. `None`: nothing is wrong.
struct Column {
    name: &'static str,
    tried: fn(Option<Attack>) -> Cell,
}

const COLUMNS: &[Column] = &[
    Column { name: "`dc+sd-jwt`", tried: sd_jwt_vc::tried },
    Column { name: "`jwt_vc_json`", tried: jwt_vc::of_2_0 },
    Column { name: "`jwt_vc_json` of VCDM 1.1", tried: jwt_vc::of_1_1 },
    #[cfg(feature = "ldp")]
    Column { name: "`ldp_vc` eddsa-rdfc-2022", tried: ldp_vc::eddsa_rdfc },
    #[cfg(feature = "ldp")]
    Column { name: "`ldp_vc` eddsa-jcs-2022", tried: ldp_vc::eddsa_jcs },
    #[cfg(feature = "ldp")]
    Column { name: "`ldp_vc` ecdsa-rdfc-2019, P-384", tried: ldp_vc::ecdsa_rdfc },
    #[cfg(feature = "ldp")]
    Column { name: "`ldp_vc` ecdsa-jcs-2019, P-256", tried: ldp_vc::ecdsa_jcs_p256 },
    #[cfg(feature = "ldp")]
    Column { name: "`ldp_vc` ecdsa-jcs-2019, P-384", tried: ldp_vc::ecdsa_jcs_p384 },
    #[cfg(feature = "ldp")]
    Column { name: "`ldp_vc` ecdsa-sd-2023", tried: ldp_vc::ecdsa_sd },
    #[cfg(feature = "bbs")]
    Column { name: "`ldp_vc` bbs-2023", tried: ldp_vc::bbs },
    #[cfg(feature = "ldp")]
    Column { name: "`ldp_vc` Ed25519Signature2020 of VCDM 1.1", tried: ldp_vc::ed25519_2020 },
    Column { name: "`mso_mdoc`, device signature", tried: mso_mdoc::by_signature },
    Column { name: "`mso_mdoc`, device MAC", tried: mso_mdoc::by_mac },
    Column { name: "`vc+sd-jwt` in `vp+sd-jwt`", tried: shown::sd_jwt },
    Column { name: "`vc+cose` in `vp+cose`", tried: shown::cose },
];

/// Makes the attack of a row; the check that refused it, or that it cannot be made, and why where that is not as the row says.
fn try_it(
    column: &Column,
    (attack, check): (Attack, &'static str),
    wrong: &mut Vec<String>,
) -> (&'static str, Option<&'static str>) {
    let (expected, why, verdict) = match (column.tried)(Some(attack)) {
        Cell::Judged(verdict) => (check, None, verdict),
        Cell::Otherwise(other, why, verdict) => {
            assert_ne!(other, check, "{} {attack:?}", column.name);
            (other, Some(why), verdict)
        }
        Cell::Cannot(why) => return ("–", Some(why)),
    };
    let refusals: Vec<_> = verdict.refusals().map(|refusal| refusal.check.id).collect();
    assert!(!verdict.accepted() && verdict.claims(0).is_none(), "{} {attack:?}", column.name);
    if refusals != [expected] {
        wrong.push(format!("{} {attack:?}: refused by {refusals:?}, not by {expected}", column.name));
    }
    (expected, why)
}

#[test]
fn what_is_attacked_is_honest_and_accepted_otherwise() {
    for column in COLUMNS {
        let Cell::Judged(verdict) = (column.tried)(None) else { panic!("{}", column.name) };
        assert_eq!(verdict.refusals().collect::<Vec<_>>(), [], "{}", column.name);
        assert!(verdict.accepted() && verdict.claims(0).is_some(), "{}", column.name);
    }
}

#[test]
fn every_attack_is_refused_in_every_format_as_the_table_says() {
    for (at, (attack, ..)) in ROWS.iter().enumerate() {
        assert_eq!(*attack as usize, at, "each attack has its row");
    }
    assert_eq!(Attack::WrongType as usize + 1, ROWS.len());
    let mut notes: Vec<&str> = Vec::new();
    let mut lines = Vec::new();
    let mut wrong = Vec::new();
    for (attack, words, check) in ROWS {
        let mut cells = Vec::new();
        for column in COLUMNS {
            let (id, why) = try_it(column, (attack, check), &mut wrong);
            let note = why.map(|why| {
                let known = notes.iter().position(|note| *note == why);
                let at = known.unwrap_or_else(|| {
                    notes.push(why);
                    notes.len() - 1
                });
                format!(" ({})", at + 1)
            });
            cells.push(format!("{id}{}", note.unwrap_or_default()));
        }
        let as_the_row_says = cells.iter().any(|cell| *cell == check);
        assert!(as_the_row_says || cfg!(not(feature = "ldp")), "{attack:?}: no format is refused so");
        lines.push(format!("| {words} | {check} | {} |", cells.join(" | ")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    if cfg!(feature = "bbs") {
        let names: Vec<_> = COLUMNS.iter().map(|column| column.name).collect();
        let head = format!("| attack | check | {} |", names.join(" | "));
        let rule = format!("|{}", "---|".repeat(COLUMNS.len() + 2));
        let notes: Vec<_> = notes.iter().enumerate().map(|(at, why)| format!("{}. {why}", at + 1)).collect();
        let table = [vec![head, rule], lines, vec![String::new()], notes].concat().join("\n");
        let page = include_str!("../../../../docs/CHECKS.md");
        assert!(page.contains(&table), "docs/CHECKS.md shows another table than this one:\n{table}\n");
    }
}

/// The document of a did:web with one key, for these purposes.
fn did_document(did: &str, multikey: &str, purposes: &[&str]) -> Document {
    let method = format!("{did}#0");
    let mut document = json!({
        "@context": "https://www.w3.org/ns/did/v1", "id": did,
        "verificationMethod": [
            {"id": method, "type": "Multikey", "controller": did, "publicKeyMultibase": multikey}
        ],
    });
    for purpose in purposes {
        document[*purpose] = json!([method]);
    }
    Document { bytes: document.to_string().into_bytes(), fetched_at: NOW, max_age: None }
}

/// Where the document of the did:web of a host is.
fn did_url(host: &str) -> Url {
    Url::parse(&format!("https://{host}/.well-known/did.json")).unwrap()
}

/// Seconds after which no presentation is taken any more.
fn too_long(policy: &Policy) -> Seconds {
    Seconds(policy.max_presentation_age.0 + policy.clock_skew.0 + 1)
}

const WEB_ISSUER: &str = "did:web:uni.example";
const WEB_HOLDER: &str = "did:web:holder.example";

/// A mechanism that no one's DID is.
fn by_certificate() -> Mechanism {
    Mechanism::X5c {
        anchors: crate::x509::tests::Authority::root("root").anchors(),
        san: vec!["uni.example".into()],
    }
}

const NO_PURPOSE: &str =
    "a signature of this format names no purpose: what it was made for is the token's type";
const NO_END: &str = "the signature of this format ends with what it covers, and has no end of its own";
