//! A credential with an `ecdsa-sd-2023` proof signed, shown and verified, against the bare ECDSA signatures of it and
//! against `ssi`.

use std::fmt::Write as _;

use jigap_data_integrity::{
    Contexts, Pointer, ProofOptions, SecuredDocument, derive_ecdsa_sd, sign_ecdsa_sd,
};
use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::entropy::OsEntropy;

use crate::bbs::{SHOWN, contexts_for_ssi, credential};
use crate::measure::{Case, Typical, in_turns};
use crate::ssi::Ssi;
use crate::{BenchError, broken};

/// What is signed by itself, the statements that are not mandatory: type and ten claims of the subject, and the statement
/// that it is one.
const SIGNED: usize = 12;
/// Those of them that are shown.
const TOLD: usize = 6;

pub(crate) fn run(seconds: f64) -> Result<String, BenchError> {
    let key = PrivateKey::generate(KeyType::P256, &OsEntropy);
    let contexts = &Contexts::known().with_examples();
    let pointer = |text: &str| Pointer::parse(text).map_err(broken("pointer"));
    let mandatory = [pointer("/issuer")?, pointer("/validFrom")?];
    let selective = SHOWN.map(|name| pointer(&format!("/credentialSubject/{name}")));
    let selective = selective.into_iter().collect::<Result<Vec<_>, _>>()?;
    let did_key = key.public().to_multikey();
    let options = ProofOptions::new(format!("did:key:{did_key}#{did_key}"), "assertionMethod");
    let document = credential();
    let issue = || sign_ecdsa_sd(document.clone(), &options, &mandatory, &key, (contexts, &OsEntropy));
    let base = issue().map_err(broken("sign"))?;
    let derived = derive_ecdsa_sd(base.clone(), &selective, contexts).map_err(broken("derive"))?.to_string();
    let line = b"_:b0 <https://schema.org/givenName> \"Gildong\" .\n";
    let signature = key.sign(line).map_err(broken("a signature"))?;
    let peer = Ssi::start(&[&derived], contexts_for_ssi())?;
    let mut cases = vec![
        Case::new("bare signatures", || (0..=SIGNED).all(|_| key.sign(line).is_ok())),
        Case::new("sign", || issue().is_ok()),
        Case::new("bare verifications", || (0..=TOLD).all(|_| key.public().verify(line, &signature).is_ok())),
        Case::new("verify", || {
            let Ok(document) = SecuredDocument::parse(derived.as_bytes()) else { return false };
            let Ok(proofs) = document.proofs() else { return false };
            proofs.iter().all(|proof| document.verify(proof, key.public(), contexts).is_ok())
        }),
        Case::new("derive", || derive_ecdsa_sd(base.clone(), &selective, contexts).is_ok()),
    ];
    cases.extend(Ssi::case(peer.as_ref(), 0)?);
    let figures = in_turns(&mut cases, seconds)?;
    let [bare_signing, signed, bare_verifying, verified, derived, others @ ..] = figures.as_slice() else {
        return Err(BenchError::Broken("five cases give five figures".into()));
    };
    let mut table = String::from(
        "| `ecdsa-sd-2023`, four of ten claims shown | bare ECDSA, µs | whole, µs | ratio, undisturbed | ratio | `ssi`, µs (× whole) |\n|---|---|---|---|---|---|\n",
    );
    let by_ssi = Ssi::cell(peer.as_ref(), others.first(), verified);
    let pairs = [
        (format!("sign, {} signatures", SIGNED + 1), bare_signing, signed, ""),
        (format!("verify, {} signatures (target ≤ 600 µs)", TOLD + 1), bare_verifying, verified, &by_ssi),
    ];
    for (name, bare, whole, by_ssi) in pairs {
        let undisturbed = Typical::undisturbed_ratio(whole, bare);
        let ratio = Typical::ratio(whole, bare).say(2);
        let (bare, whole) = (Typical::of(bare).say(1), Typical::of(whole).say(1));
        let _ = writeln!(table, "| {name} | {bare} | {whole} | {undisturbed:.2} | {ratio} | {by_ssi} |");
    }
    let _ = writeln!(table, "| derive | no signature | {} | | | |", Typical::of(derived).say(1));
    Ok(table)
}
