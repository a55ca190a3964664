//! `accept` and `resume`: taking credentials.

use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::vci::{InputMode, TxCodeSpec};
use jigap_wallet_core::wallet::{Held, Offered, Published, UnderWay, Wallet, WalletError};
use serde_json::json;
use zeroize::Zeroizing;

use super::args::{Accept, Resume, Trust};
use super::words::BLIND;
use super::words::wallet_failure;
use super::{ask, labels, show};
use crate::failure::{Exit, Failure};
use crate::talk::Talk;
use crate::{bundle, input};

const ACCEPT: Text = Text::new("Accept it?", "받으시겠습니까?");
const CAME: Text = Text::new("the answer comes with an offer", "응답과 함께 발급 제안이 왔습니다");
const LATER: Text = Text::new(
    "not accepted yet; for a short time `jigap wallet accept` takes it by this link, which is for you alone",
    "아직 받지 않았습니다. 잠시 동안 `jigap wallet accept`에 이 링크를 주어 받을 수 있으며, 링크는 본인만 써야 합니다",
);
const LEFT: Text = Text::new(
    "what may still be had is not given up; `jigap wallet resume` asks for it again",
    "아직 받을 수 있는 것은 그만두지 않습니다. `jigap wallet resume`으로 다시 요청하십시오",
);

pub(super) async fn accept(command: &Accept, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let failed = |error| wallet_failure(error, lang);
    let link = link(command, talk)?;
    let offered = wallet.look_at_offer(&link).await.map_err(failed)?;
    talk.say(&described(&offered, lang));
    if !command.yes && !ask::consent(&ACCEPT, talk)? {
        talk.say(
            Text::new("not accepted; nothing was sent", "받지 않았으며 아무것도 보내지 않았습니다").get(lang),
        );
        return Ok(Exit::No);
    }
    let held = take(&offered, command.tx_code.is_some(), wallet, talk).await?;
    print(&[held], command.json, talk)?;
    Ok(Exit::Done)
}

/// What came with the answer to a request, taken as its holder agreed beforehand.
pub(super) async fn taken(link: &str, wallet: &Wallet, talk: &Talk) -> Result<Held, Failure> {
    let offered = wallet.look_at_offer(link).await.map_err(|error| wallet_failure(error, talk.lang()))?;
    talk.say(&described(&offered, talk.lang()));
    take(&offered, false, wallet, talk).await
}

/// What came with the answer to a request: taken where its holder agrees, else its link is printed. It is for them alone, and not
/// for long.
pub(super) async fn that_came(
    link: &str,
    agreed: bool,
    wallet: &Wallet,
    talk: &Talk,
) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let offered = match wallet.look_at_offer(link).await {
        Ok(offered) => offered,
        Err(error) => {
            later(link, talk)?;
            return Err(wallet_failure(error, lang));
        }
    };
    talk.say(CAME.get(lang));
    talk.say(&described(&offered, lang));
    if agreed || (ask::is_terminal() && ask::consent(&ACCEPT, talk)?) {
        print(&[take(&offered, false, wallet, talk).await?], false, talk)?;
        return Ok(Exit::Done);
    }
    later(link, talk)?;
    Ok(Exit::Done)
}

fn later(link: &str, talk: &Talk) -> Result<(), Failure> {
    talk.say(LATER.get(talk.lang()));
    talk.data(&format!("{link}\n"))
}

/// Takes what is offered; the transaction code, where one is wanted, comes from stdin or is asked for.
async fn take(
    offered: &Offered,
    code_from_stdin: bool,
    wallet: &Wallet,
    talk: &Talk,
) -> Result<Held, Failure> {
    let code = offered.tx_code().map(|spec| tx_code(spec, code_from_stdin, talk)).transpose()?;
    let held = wallet.accept(offered, code.as_ref().map(|code| code.as_str())).await;
    held.map_err(|error| wallet_failure(error, talk.lang()))
}

/// Whom the wallet believes about the keys of passes that are signed blindly.
pub(super) async fn trust(command: &Trust, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let bundle = bundle::parsed(&input::read(&command.bundle)?)?;
    let published = match &command.url {
        Some(url) => Published::At(url.clone()),
        None if command.no_url => Published::Nowhere,
        None => Published::AsBefore,
    };
    let list = wallet.trust(&bundle, published).await.map_err(|error| wallet_failure(error, lang))?;
    let (version, ends) = (list.content().version, list.content().expires_at.to_civil(lang));
    let list = printable(&bundle.list);
    talk.say(&match lang {
        Lang::En => format!("{list}, version {version}, is believed until {ends}"),
        Lang::Ko => format!("{list} {version}판을 {ends}까지 믿습니다"),
    });
    Ok(Exit::Done)
}

pub(super) async fn resume(command: &Resume, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let outcomes = wallet.resume_each().await.map_err(|error| wallet_failure(error, lang))?;
    let (mut held, mut failed, mut exit) = (Vec::new(), Vec::new(), Exit::Done);
    for (id, outcome) in outcomes {
        match outcome {
            Ok(one) => held.push(one),
            Err(error) => {
                exit = talk.fail(&wallet_failure(error.clone(), lang));
                failed.push((id, error));
            }
        }
    }
    print(&held, command.json, talk)?;
    if !command.give_up {
        return Ok(exit);
    }
    let agreed = |question: &Text| if command.yes { Ok(true) } else { ask::consent(question, talk) };
    give_up(wallet, (&failed, exit), agreed, talk).await
}

/// Ends those of the acceptances that failed so which cannot go on, once their holder has `agreed`. What may still be had is left.
/// `exit`: what going on came to.
async fn give_up(
    wallet: &Wallet,
    (failed, exit): (&[(String, WalletError)], Exit),
    agreed: impl FnOnce(&Text) -> Result<bool, Failure>,
    talk: &Talk,
) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let of_wallet = |error| wallet_failure(error, lang);
    let (passing, hopeless): (Vec<_>, Vec<_>) = failed.iter().partition(|(_, error)| error.may_pass());
    if !passing.is_empty() {
        talk.say(LEFT.get(lang));
    }
    let mut ending = Vec::new();
    for one in wallet.under_way().await.map_err(of_wallet)? {
        let why = hopeless.iter().find(|(id, _)| *id == one.id).map(|(_, error)| error);
        ending.extend(why.map(|why| (one, why)));
    }
    if ending.is_empty() {
        return Ok(exit);
    }
    ending.iter().for_each(|(one, why)| talk.say(&ended(one, why, lang)));
    let question = Text::new("Give up what is listed, for good?", "위의 받기를 완전히 그만두시겠습니까?");
    if !agreed(&question)? {
        return Ok(Exit::No);
    }
    for (one, _) in &ending {
        wallet.give_up(one).await.map_err(of_wallet)?;
    }
    talk.say(
        Text::new(
            "given up; its issuer can make a new offer",
            "그만두었습니다. 발급자에게 새 제안을 요청할 수 있습니다",
        )
        .get(lang),
    );
    Ok(passing.last().map_or(Exit::Done, |(_, error)| of_wallet(error.clone()).exit))
}

/// What is ended, whose it is, and why it cannot go on.
fn ended(one: &UnderWay, why: &WalletError, lang: Lang) -> String {
    let (name, reason) = (labels::name_under_way(one, lang), wallet_failure(why.clone(), lang).reason(lang));
    format!("{name} — {}\n  {reason}", printable(&one.issuer))
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
    let blind = if offered.is_blind() { format!("\n  {}", BLIND.get(lang)) } else { String::new() };
    match lang {
        Lang::En => format!("{issuer}{id} offers\n  {credential}{vct}{blind}"),
        Lang::Ko => format!("{issuer}{id}에서 다음을 드립니다\n  {credential}{vct}{blind}"),
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

fn tx_code(spec: &TxCodeSpec, from_stdin: bool, talk: &Talk) -> Result<Zeroizing<String>, Failure> {
    if from_stdin {
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

#[cfg(test)]
mod tests;
