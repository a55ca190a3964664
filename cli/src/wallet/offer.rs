//! `accept` and `resume`: taking credentials.

use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::vci::{InputMode, TxCodeSpec};
use jigap_wallet_core::wallet::{Held, Offered, Wallet};
use serde_json::json;
use zeroize::Zeroizing;

use super::args::{Accept, Resume};
use super::words::wallet_failure;
use super::{ask, labels, show};
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

pub(super) async fn accept(command: &Accept, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let failed = |error| wallet_failure(error, lang);
    let link = link(command, talk)?;
    let offered = wallet.look_at_offer(&link).await.map_err(failed)?;
    talk.say(&described(&offered, lang));
    let question = Text::new("Accept it?", "받으시겠습니까?");
    if !command.yes && !ask::consent(&question, talk)? {
        talk.say(
            Text::new("not accepted; nothing was sent", "받지 않았으며 아무것도 보내지 않았습니다").get(lang),
        );
        return Ok(Exit::No);
    }
    let code = offered.tx_code().map(|spec| tx_code(spec, command, talk)).transpose()?;
    let held = wallet.accept(&offered, code.as_ref().map(|code| code.as_str())).await.map_err(failed)?;
    print(&[held], command.json, talk)?;
    Ok(Exit::Done)
}

pub(super) async fn resume(command: &Resume, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let outcomes = wallet.resume().await.map_err(|error| wallet_failure(error, talk.lang()))?;
    let (mut held, mut exit) = (Vec::new(), Exit::Done);
    for outcome in outcomes {
        match outcome {
            Ok(one) => held.push(one),
            Err(error) => exit = talk.fail(&wallet_failure(error, talk.lang())),
        }
    }
    print(&held, command.json, talk)?;
    if command.give_up { give_up(command, wallet, talk, exit).await } else { Ok(exit) }
}

/// Ends what could not go on, once its holder agrees. `exit`: what going on came to.
async fn give_up(command: &Resume, wallet: &Wallet, talk: &Talk, exit: Exit) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let failed = |error| wallet_failure(error, lang);
    let left = wallet.under_way().await.map_err(failed)?;
    if left.is_empty() {
        return Ok(exit);
    }
    for one in &left {
        talk.say(&format!("{} — {}", labels::name_under_way(one, lang), printable(&one.issuer)));
    }
    let question = Text::new("Give up what is listed, for good?", "위의 받기를 완전히 그만두시겠습니까?");
    if !command.yes && !ask::consent(&question, talk)? {
        return Ok(Exit::No);
    }
    for one in &left {
        wallet.give_up(one).await.map_err(failed)?;
    }
    talk.say(
        Text::new(
            "given up; its issuer can make a new offer",
            "그만두었습니다. 발급자에게 새 제안을 요청할 수 있습니다",
        )
        .get(lang),
    );
    Ok(Exit::Done)
}

fn print(held: &[Held], as_json: bool, talk: &Talk) -> Result<(), Failure> {
    let lines =
        held.iter().map(|held| if as_json { json!(held).to_string() } else { show::line(held, talk.lang()) });
    talk.data(&lines.map(|line| line + "\n").collect::<String>())
}

/// Who offers what. The names are the issuer's own words; the identifier is what the connection was authenticated by.
fn described(offered: &Offered, lang: Lang) -> String {
    let name = |name: Option<&str>| name.map(|name| format!("“{}” ", printable(name))).unwrap_or_default();
    let (issuer, credential) = (name(offered.issuer_name(lang)), name(offered.credential_name(lang)));
    let (id, vct) = (printable(offered.issuer()), printable(offered.credential_type()));
    match lang {
        Lang::En => format!("{issuer}{id} offers\n  {credential}{vct}"),
        Lang::Ko => format!("{issuer}{id}에서 다음을 드립니다\n  {credential}{vct}"),
    }
}

/// The offer's link. It may hold the code that gives the credential: a terminal does not show it again.
fn link(command: &Accept, talk: &Talk) -> Result<Zeroizing<String>, Failure> {
    match command.link.as_deref() {
        Some("-") => ask::line(),
        Some(link) => Ok(Zeroizing::new(link.to_owned())),
        None => {
            let prompt = Text::new("The offer's link", "제안 링크");
            let otherwise = Text::new("`-` reads it from stdin", "`-`를 주면 표준 입력에서 읽습니다");
            ask::hidden(&prompt, otherwise, talk)
        }
    }
}

fn tx_code(spec: &TxCodeSpec, command: &Accept, talk: &Talk) -> Result<Zeroizing<String>, Failure> {
    if command.tx_code.is_some() {
        return ask::line();
    }
    if let Some(description) = &spec.description {
        talk.say(&format!("  {}", printable(description)));
    }
    let prompt = match spec.input_mode {
        InputMode::Numeric => Text::new("Transaction code (digits)", "거래 코드(숫자)"),
        InputMode::Text => Text::new("Transaction code", "거래 코드"),
    };
    let otherwise = Text::new("--tx-code - reads it from stdin", "--tx-code -를 주면 표준 입력에서 읽습니다");
    ask::hidden(&prompt, otherwise, talk)
}
