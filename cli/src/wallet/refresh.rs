//! `refresh`, and what other commands fetch at their end without a word: more copies of what is running out.
//!
//! A door waits for no network: `pass` fetches once its code is there to be seen, and mostly not even then, for the moment of
//! fetching is put off at random (docs/THREATS.md). What could not be fetched is no failure of the command that tried.

use std::time::Duration;

use jigap_wallet_core::dcql::Format;
use jigap_wallet_core::text::{Lang, Text};
use jigap_wallet_core::vci::TokenErrorCode;
use jigap_wallet_core::wallet::{RefreshWhen, Supply, Wallet, WalletError};
use serde_json::json;

use super::args::Refresh;
use super::labels;
use super::words::wallet_failure;
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

/// How long a command that is done waits for new copies. What is cut off then goes on the next time.
const PATIENCE: Duration = Duration::from_secs(10);

const NO_MORE: Text = Text::new("the issuer renews it no more", "발급자가 더는 갱신해 주지 않습니다");
const NEW_OFFER: Text = Text::new("ask the issuer for a new offer", "발급자에게 새 제안을 요청하십시오");

pub(super) async fn refresh(command: &Refresh, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let when = if command.all { RefreshWhen::All } else { RefreshWhen::Few };
    let outcomes = wallet.refresh(when).await.map_err(|error| wallet_failure(error, lang))?;
    let mut exit = Exit::Done;
    for error in outcomes.into_iter().filter_map(Result::err) {
        exit = talk.fail(&failure(error, lang));
    }
    let supplies = wallet.supplies().await.map_err(|error| wallet_failure(error, lang))?;
    let counted = supplies.iter().filter(|supply| supply.renewed || is_pass(supply));
    let lines: String = if command.json {
        let one = |supply: &Supply| {
            let Supply { held, left, few, renewed } = supply;
            json!({"credential": held.id, "left": left, "few": few, "renewed": renewed})
        };
        counted.map(|supply| one(supply).to_string() + "\n").collect()
    } else {
        counted.map(|supply| line(supply, lang) + "\n").collect()
    };
    talk.data(&lines)?;
    Ok(exit)
}

/// Fetches what is due, and says how many passes are left where these are few.
pub(super) async fn quietly(wallet: &Wallet, talk: &Talk) {
    for line in due(wallet, talk.lang()).await {
        talk.say(&line);
    }
}

/// What there is to say once what is due was fetched.
pub(super) async fn due(wallet: &Wallet, lang: Lang) -> Vec<String> {
    // Whether it came in time or not, the count says what there is.
    let outcomes = tokio::time::timeout(PATIENCE, wallet.refresh(RefreshWhen::Planned)).await;
    let ended = outcomes
        .is_ok_and(|outcomes| outcomes.is_ok_and(|all| all.iter().any(|one| is_end(one.as_ref().err()))));
    let Ok(supplies) = wallet.supplies().await else { return Vec::new() };
    // Of a ticket there is one, and there will be no other.
    let few = supplies.iter().filter(|supply| supply.few && is_pass(supply) && supply.held.copies > 1);
    let mut lines: Vec<String> = few.map(|supply| line(supply, lang)).collect();
    if ended {
        lines.push(format!("{}: {}", NO_MORE.get(lang), NEW_OFFER.get(lang)));
    }
    lines
}

fn is_pass(supply: &Supply) -> bool {
    supply.held.format == Format::JigapPass
}

fn is_end(error: Option<&WalletError>) -> bool {
    matches!(error, Some(WalletError::Token(TokenErrorCode::InvalidGrant)))
}

fn failure(error: WalletError, lang: Lang) -> Failure {
    if is_end(Some(&error)) {
        return Failure::new(Exit::No, NO_MORE).hint(NEW_OFFER);
    }
    wallet_failure(error, lang)
}

/// How many are left, and whether more come by themselves.
fn line(supply: &Supply, lang: Lang) -> String {
    let (name, left) = (labels::name(&supply.held, lang), supply.left);
    let more = if supply.renewed {
        Text::new("more are fetched by themselves", "스스로 더 받습니다")
    } else {
        Text::new("no more come by themselves", "스스로 더 받지 못합니다")
    };
    match lang {
        Lang::En => format!("{name}: {left} left; {}", more.get(lang)),
        Lang::Ko => format!("{name}: {left}개 남음. {}", more.get(lang)),
    }
}
