//! `jigap hcert`: EU Digital COVID Certificates, judged offline by `jigap_wallet_core::hcert`.

use jigap_platform::clock::SystemClock;
use jigap_platform::pem;
use jigap_wallet_core::hcert::{self, HealthCertificate, Kind, Signers};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::verdict::Refusal;
use serde_json::{Value, json};

use crate::args::Hcert;
use crate::failure::{Exit, Failure};
use crate::gate::sources::{self, Came};
use crate::input;
use crate::talk::Talk;

/// Judges what its source reads until that ends.
pub(crate) fn run(command: &Hcert, talk: &Talk) -> Result<Exit, Failure> {
    let signers = signers(&command.signers)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| {
        Failure::new(Exit::Environment, Text::new("cannot start", "시작할 수 없습니다")).detail(error)
    })?;
    let judged = runtime.block_on(judge_all(command, &signers, talk));
    // Whoever still waits for a line of stdin must not keep the process.
    runtime.shutdown_background();
    judged
}

async fn judge_all(command: &Hcert, signers: &Signers, talk: &Talk) -> Result<Exit, Failure> {
    let mut source = sources::start(&command.source)?;
    let mut refused = false;
    while let Some(came) = source.recv().await {
        match came? {
            Came::Code(code, file) => {
                let now = command.at.unwrap_or_else(|| SystemClock.now());
                let judged = hcert::read(&code, signers, now);
                refused |= judged.is_err();
                let line = if command.json {
                    told(&judged, file).to_string()
                } else {
                    said(&judged, file, talk.lang())
                };
                talk.data(&(line + "\n"))?;
            }
            Came::Unread(file, why) => {
                refused = true;
                talk.say(&format!("{}: {}", printable(&file), why.get(talk.lang())));
            }
        }
    }
    Ok(if refused { Exit::No } else { Exit::Done })
}

fn signers(file: &str) -> Result<Signers, Failure> {
    let unusable = |why: &dyn std::fmt::Display| {
        let what = Text::new("the signers cannot be read", "서명자 목록을 읽을 수 없습니다");
        Failure::new(Exit::Usage, what).detail(format!("{file}: {why}"))
    };
    let certificates = pem::certificates(&input::read(file)?).map_err(|error| unusable(&error))?;
    let signers = Signers::new(certificates).map_err(|error| unusable(&error))?;
    if signers.is_empty() {
        return Err(unusable(&"none of them has a key on P-256, P-384 or P-521, or Ed25519"));
    }
    Ok(signers)
}

/// What it is about, for people.
const fn about(kind: Kind) -> Text {
    match kind {
        Kind::Vaccination => Text::new("vaccination", "접종"),
        Kind::Test => Text::new("test", "검사"),
        Kind::Recovery => Text::new("recovery", "완치"),
    }
}

/// A line for people, who compare it with papers.
fn said(judged: &Result<HealthCertificate, Refusal>, file: Option<String>, lang: Lang) -> String {
    let file = file.map(|file| format!("{}: ", printable(&file))).unwrap_or_default();
    match judged {
        Ok(it) => {
            let holds = Text::new("✓ holds", "✓ 유효").get(lang);
            let names = [&it.surname, &it.forename].into_iter().flatten().map(|name| printable(name));
            let name = names.collect::<Vec<_>>().join(", ");
            let (kind, born) = (about(it.kind).get(lang), printable(&it.born));
            let country = it.country.as_deref().map(printable).unwrap_or_default();
            format!("{file}{holds}: {kind} {country} — {name} ({born})")
        }
        Err(refusal) => {
            let fails = Text::new("✗ does not hold", "✗ 무효").get(lang);
            format!("{file}{fails} ({}): {}", refusal.check.id, refusal.reason.say(lang))
        }
    }
}

fn told(judged: &Result<HealthCertificate, Refusal>, file: Option<String>) -> Value {
    let mut line = match judged {
        Ok(it) => json!({
            "holds": true, "kind": about(it.kind).get(Lang::En), "country": it.country, "surname": it.surname,
            "forename": it.forename, "born": it.born, "issued": it.issued, "ends": it.ends,
        }),
        Err(refusal) => json!({
            "holds": false, "check": refusal.check.id, "reason": refusal.reason.code,
            "said": {"en": refusal.reason.say(Lang::En), "ko": refusal.reason.say(Lang::Ko)},
        }),
    };
    if let Some((line, file)) = line.as_object_mut().zip(file) {
        line.insert("source".to_owned(), json!(file));
    }
    line
}
