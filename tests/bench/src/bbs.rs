//! A credential with a `bbs-2023` proof signed, shown and verified, against the bare BBS operations over as many messages
//! and against `ssi`.

use std::fmt::Write as _;

use jigap_data_integrity::{
    BbsBinding, BbsDisclosure, Contexts, Pointer, ProofOptions, SecuredDocument, derive_bbs, sign_bbs,
};
use jigap_keys::Entropy;
use jigap_keys::bbs::{Disclosed, Presentation, SecretKey, prove};
use jigap_keys::hash::sha256;
use serde_json::{Map, Value, json};

use crate::measure::{Case, Typical, in_turns};
use crate::ssi::Ssi;
use crate::{BenchError, broken};

/// Of the credential's contexts the one that `ssi` has not.
pub(crate) fn contexts_for_ssi() -> Map<String, Value> {
    let citizenship = include_str!("../../../data-integrity/contexts/citizenship-v4rc1.jsonld");
    Map::from_iter([("https://w3id.org/citizenship/v4rc1".to_owned(), json!(citizenship))])
}

/// What is shown beside what is mandatory: four claims of ten.
pub(crate) const SHOWN: [&str; 4] = ["givenName", "familyName", "birthCountry", "lprCategory"];
const CLAIMS: [(&str, &str); 10] = [
    ("givenName", "Gildong"),
    ("familyName", "Hong"),
    ("birthCountry", "Korea"),
    ("lprCategory", "C09"),
    ("additionalName", "Ui"),
    ("gender", "Male"),
    ("birthDate", "1999-07-17T00:00:00Z"),
    ("lprNumber", "999-999-999"),
    ("residentSince", "2015-01-01T00:00:00Z"),
    ("image", "https://issuer.example/portrait.png"),
];

/// Numbers that differ from call to call; how long they take to come by is not what is measured.
struct Counted(std::sync::atomic::AtomicU64);

impl Entropy for Counted {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let count = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            chunk.iter_mut().zip(sha256(&count.to_be_bytes())).for_each(|(to, from)| *to = from);
        }
    }
}

/// Of an employed person, with ten claims.
pub(crate) fn credential() -> Value {
    let mut subject = json!({"type": ["EmployablePerson"], "id": "did:example:subject"});
    for (name, value) in CLAIMS {
        if let Some(members) = subject.as_object_mut() {
            members.insert(name.to_owned(), json!(value));
        }
    }
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/citizenship/v4rc1"],
        "type": ["VerifiableCredential", "EmploymentAuthorizationDocumentCredential"],
        "issuer": "did:example:issuer", "validFrom": "2026-01-01T00:00:00Z", "credentialSubject": subject,
    })
}

pub(crate) fn run(seconds: f64) -> Result<String, BenchError> {
    let entropy = Counted(std::sync::atomic::AtomicU64::new(0));
    let (key, contexts) = (SecretKey::generate(&entropy), &Contexts::known().with_examples());
    let pointer = |text: &str| Pointer::parse(text).map_err(broken("pointer"));
    let mandatory = [pointer("/issuer")?, pointer("/validFrom")?];
    let selective = SHOWN.map(|name| pointer(&format!("/credentialSubject/{name}")));
    let selective = selective.into_iter().collect::<Result<Vec<_>, _>>()?;
    let did_key = key.public().to_multikey();
    let options = ProofOptions::new(format!("did:key:{did_key}#{did_key}"), "assertionMethod");
    let document = credential();
    let issue = || {
        let binding = (&mandatory[..], BbsBinding::None);
        sign_bbs(document.clone(), &options, binding, &key, contexts, &entropy)
    };
    let base = SecuredDocument::from_value(issue().map_err(broken("sign"))?).map_err(broken("base"))?;
    let disclosure =
        BbsDisclosure { selective: &selective, presentation_header: b"nonce", ..BbsDisclosure::default() };
    let derived = derive_bbs(&base, &disclosure, contexts, &entropy).map_err(broken("derive"))?.to_string();

    // As many messages as the credential has statements that are not mandatory: type and ten claims of the subject, and
    // the statement that it is one.
    let messages: Vec<Vec<u8>> =
        (0..12).map(|at| format!("_:b0 <https://schema.org/n{at}> \"value\" .\n").into_bytes()).collect();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let shown: Vec<(usize, &[u8])> = messages.iter().copied().enumerate().take(6).collect();
    let places: Vec<usize> = shown.iter().map(|(at, _)| *at).collect();
    let (header, disclosed) =
        ([7; 64], Disclosed { messages: &shown, signed: None, committed: 0, pseudonym: None });
    let presentation = Presentation { header: &header, presentation_header: b"nonce", context: None };
    let signature = key.sign(&header, &messages).map_err(broken("bare signature"))?;
    let public = key.public();
    let show = || prove((public, &signature), &messages, &places, &presentation, None, &entropy);
    let (proof, _) = show().map_err(broken("bare proof"))?;
    let peer = Ssi::start(&[&derived], contexts_for_ssi())?;
    let mut cases = vec![
        Case::new("bare signature", || key.sign(&header, &messages).is_ok()),
        Case::new("sign", || issue().is_ok()),
        Case::new("bare proof", || show().is_ok()),
        Case::new("derive", || derive_bbs(&base, &disclosure, contexts, &entropy).is_ok()),
        Case::new("bare verification", || public.verify_proof(&proof, &disclosed, &presentation).is_ok()),
        Case::new("verify", || {
            let Ok(document) = SecuredDocument::parse(derived.as_bytes()) else { return false };
            let Ok(proofs) = document.proofs() else { return false };
            let expanded = document.expand(contexts);
            proofs.iter().all(|proof| expanded.verify_bbs(proof, public, None).is_ok())
        }),
    ];
    cases.extend(Ssi::case(peer.as_ref(), 0)?);
    let figures = in_turns(&mut cases, seconds)?;
    let mut table = String::from(
        "| `bbs-2023`, four of ten claims shown | bare BBS, µs | whole, µs | ratio, undisturbed | ratio | `ssi`, µs (× whole) |\n|---|---|---|---|---|---|\n",
    );
    let names = ["sign", "derive", "verify (target ≤ 4,000 µs)"];
    for (place, (name, pair)) in names.iter().zip(figures.chunks(2)).enumerate() {
        let [bare, whole] = pair else { return Err(BenchError::Broken("cases come in pairs".into())) };
        let by_ssi = match place {
            2 => Ssi::cell(peer.as_ref(), figures.get(6), whole),
            _ => String::new(),
        };
        let _ = writeln!(
            table,
            "| {name} | {} | {} | {:.2} | {} | {by_ssi} |",
            Typical::of(bare).say(1),
            Typical::of(whole).say(1),
            Typical::undisturbed_ratio(whole, bare),
            Typical::ratio(whole, bare).say(2),
        );
    }
    Ok(table)
}
