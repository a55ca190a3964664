//! What the holder lets be told on: shown before they agree, listed afterwards, taken back.

use clap::{Args, Subcommand};
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::vp::FeedConsent;
use jigap_wallet_core::wallet::{Asking, Consent, Consented, Disclosed, Wallet, WalletError};
use serde_json::{Value, json};

use super::ask;
use super::labels::Labels;
use super::words::wallet_failure;
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

/// List what you let verifiers tell on, and take it back
///
/// By some requests you agree that the verifier tells somebody what you proved, for as long as it holds. Each such consent is kept
/// with who is told what, and what for.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  jigap wallet consents
  jigap wallet consents --json
  jigap wallet consents withdraw Zk3xq0…

Exit codes: 0 done, 1 the wallet does not open, 2 wrong use, 3 the environment failed, 70 a bug of ours"
)]
pub(crate) struct Consents {
    #[command(subcommand)]
    action: Option<Action>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What is done with a consent.
#[derive(Debug, Subcommand)]
enum Action {
    Withdraw(Withdraw),
}

/// Take a consent back
///
/// The verifier is told, and tells on that what it told by it is so no more. What somebody noted meanwhile nobody takes back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  jigap wallet consents withdraw Zk3xq0…
  jigap wallet consents withdraw --yes Zk3xq0…

Exit codes: 0 taken back, 1 not taken back, 2 wrong use, 3 the environment failed, 70 a bug of ours")]
struct Withdraw {
    /// The consent's id, or the beginning of it, as `jigap wallet consents` prints it
    id: String,
    /// Take it back without asking
    #[arg(long)]
    yes: bool,
}

/// Does what the arguments say.
pub(super) async fn run(command: &Consents, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    match &command.action {
        None => list(command.json, wallet, talk).await,
        Some(Action::Withdraw(command)) => withdraw(command, wallet, talk).await,
    }
}

async fn list(as_json: bool, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let consents = wallet.consents().await.map_err(|error| wallet_failure(error, talk.lang()))?;
    if as_json {
        let said: Vec<Value> = consents.iter().map(to_json).collect();
        talk.data(&(json!(said).to_string() + "\n"))?;
        return Ok(Exit::Done);
    }
    let labels = Labels::load();
    let lines: Vec<String> =
        consents.iter().flat_map(|consent| lines(consent, &labels, talk.lang())).collect();
    talk.data(&lines.iter().map(|line| line.clone() + "\n").collect::<String>())?;
    Ok(Exit::Done)
}

/// What others may read of it: not what takes it back.
fn to_json(consent: &Consent) -> Value {
    json!({
        "id": consent.id, "at": consent.at.to_rfc3339(), "verifier": consent.verifier, "consumer": consent.consumer,
        "purpose": consent.purpose, "bound_to": consent.bound_to, "told": consent.told,
        "withdrawn": consent.withdrawn.map(jigap_wallet_core::time::Timestamp::to_rfc3339),
        "can_be_withdrawn": consent.can_be_withdrawn(),
    })
}

async fn withdraw(command: &Withdraw, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let failed = |error| wallet_failure(error, lang);
    let consents = wallet.consents().await.map_err(failed)?;
    let mut found =
        consents.iter().filter(|consent| !command.id.is_empty() && consent.id.starts_with(&command.id));
    let consent = match (found.next(), found.next()) {
        (Some(consent), None) => consent,
        (None, _) => return Err(failed(WalletError::NoSuchConsent)),
        (Some(_), Some(_)) => {
            let what =
                Text::new("more than one consent's id begins so", "그렇게 시작하는 동의가 둘 이상입니다");
            let hint = Text::new("give more of the id", "id를 더 길게 주십시오");
            return Err(Failure::new(Exit::Usage, what).hint(hint));
        }
    };
    lines(consent, &Labels::load(), lang).iter().for_each(|line| talk.say(line));
    let question = Text::new("Take it back?", "동의를 거두시겠습니까?");
    if !command.yes && !ask::consent(&question, talk)? {
        return Ok(Exit::No);
    }
    wallet.withdraw(&consent.id).await.map_err(failed)?;
    let said = Text::new("taken back; the verifier was told", "동의를 거두었으며 검증자에게 알렸습니다");
    talk.say(said.get(lang));
    Ok(Exit::Done)
}

/// A consent and what is told by it.
fn lines(consent: &Consent, labels: &Labels, lang: Lang) -> Vec<String> {
    let standing = match (consent.withdrawn, consent.can_be_withdrawn()) {
        (Some(at), _) => match lang {
            Lang::En => format!("taken back {}", at.to_civil(lang)),
            Lang::Ko => format!("{}에 거둠", at.to_civil(lang)),
        },
        (None, true) => Text::new("in force", "유효함").get(lang).to_owned(),
        (None, false) => Text::new(
            "in force; the verifier gave no way to take it back",
            "유효함. 검증자가 거두는 방법을 알려 주지 않았습니다",
        )
        .get(lang)
        .to_owned(),
    };
    let head = format!("{}  {}  {standing}", printable(&consent.id), consent.at.to_civil(lang));
    let who = told_to(&consent.consumer, consent.purpose.get(lang), &consent.verifier, lang);
    let told = consent.told.iter().flat_map(|told| told_of(told, &told.vct, labels, lang));
    [head, who].into_iter().chain(told).collect()
}

fn told_to(consumer: &str, purpose: &str, verifier: &str, lang: Lang) -> String {
    let (consumer, purpose, verifier) = (printable(consumer), printable(purpose), printable(verifier));
    match lang {
        Lang::En => format!("  {verifier} tells {consumer}, for: {purpose}"),
        Lang::Ko => format!("  {verifier}이(가) {consumer}에 알립니다. 목적: {purpose}"),
    }
}

/// What is told of one credential, claim by claim.
fn told_of(told: &Consented, name: &str, labels: &Labels, lang: Lang) -> Vec<String> {
    let claim = |path: &ClaimPath| labels.claim(&told.vct, path, lang);
    let held = match lang {
        Lang::En => format!("  - that you hold: {}", printable(name)),
        Lang::Ko => format!("  - 가지고 있다는 것: {}", printable(name)),
    };
    let value = told.claims.iter().map(|path| match lang {
        Lang::En => format!("    - its value: {}", claim(path)),
        Lang::Ko => format!("    - 그 값: {}", claim(path)),
    });
    let one_of = told.one_of.iter().map(|path| match lang {
        Lang::En => format!("    - only that it is one of some values: {}", claim(path)),
        Lang::Ko => format!("    - 정해진 값 가운데 하나라는 것만: {}", claim(path)),
    });
    std::iter::once(held).chain(value).chain(one_of).collect()
}

/// Shows what answering agrees to, if to anything; fails where it is bound to another persona than the holder's.
pub(super) fn show(asking: &Asking, options: &[Disclosed], talk: &Talk) -> Result<(), Failure> {
    let lang = talk.lang();
    let Some(consent) = asking.consent() else { return Ok(()) };
    asked(consent, asking.verifier(), options, lang).iter().for_each(|line| talk.say(line));
    asking.require_own_persona().map_err(|refusal| {
        wallet_failure(refusal.into(), lang).hint(Text::new(
            "--persona names yours, as whoever asked you to prove it says; if you do not know the one above, somebody else would be called what you are: do not answer",
            "--persona로 자신의 페르소나를 주십시오. 위에 적힌 것을 모른다면 다른 사람이 당신의 자격을 가진 것처럼 알려집니다. 답하지 마십시오",
        ))
    })
}

/// What answering agrees to, in words.
fn asked(consent: &FeedConsent, verifier: &str, options: &[Disclosed], lang: Lang) -> Vec<String> {
    let labels = Labels::load();
    let head = Text::new(
        "By answering you agree that this is told on, for as long as it holds and until you take it back:",
        "답하면 아래 사실을, 그것이 유효한 동안 그리고 동의를 거둘 때까지, 다른 곳에 알리는 데 동의하게 됩니다:",
    );
    let who = told_to(&consent.consumer, consent.purpose.get(lang), verifier, lang);
    let persona = match lang {
        Lang::En => format!("  of the persona {}", printable(&consent.bound_to)),
        Lang::Ko => format!("  페르소나: {}", printable(&consent.bound_to)),
    };
    let told = options.iter().filter_map(|one| {
        let kind = one.credential.credential_type();
        let told = Consented::of(kind, consent.facts.get(&one.query)?);
        Some(told_of(&told, &super::labels::name(&one.credential, lang), &labels, lang))
    });
    let back = Text::new(
        "  `jigap wallet consents withdraw` takes it back",
        "  `jigap wallet consents withdraw`로 거둘 수 있습니다",
    );
    let told: Vec<String> = told.flatten().collect();
    [head.get(lang).to_owned(), who, persona]
        .into_iter()
        .chain(told)
        .chain(std::iter::once(back.get(lang).to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use jigap_wallet_core::facts::{Scalar, Sought};

    use super::*;

    #[test]
    fn what_is_told_is_said_claim_by_claim_and_strangers_words_are_tamed() {
        let path = |name: &str| ClaimPath::from_json(&json!([name])).ok();
        let facts = [
            Sought { path: None, one_of: Vec::new() },
            Sought { path: path("name"), one_of: Vec::new() },
            Sought { path: path("enrolment_status"), one_of: vec![Scalar::Text("enrolled".to_owned())] },
        ];
        let vct = "https://univ.example/types/student-id/1";
        let told = told_of(&Consented::of(vct, &facts), "Student ID", &Labels::load(), Lang::En);
        assert_eq!(told.len(), 3);
        assert!(told[0].contains("that you hold: Student ID") && told[1].contains("Full name (name)"));
        assert!(told[2].contains("only that it is one of some values"), "{told:?}");
        let said =
            told_to("https://people.example/\u{202E}x", "\u{1b}[2J", "x509_san_dns:gate.example", Lang::Ko);
        assert!(!said.contains('\u{1b}') && !said.contains('\u{202E}'), "{said:?}");
    }
}
