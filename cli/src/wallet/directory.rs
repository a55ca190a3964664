//! `directory-copy`: a copy of a credential for one directory of people, fetched before its holder is listed there.
//!
//! What is printed is the pseudonym, which the directory will know too. The number that opens it stays in the wallet.

use jigap_wallet_core::text::Text;
use jigap_wallet_core::wallet::Wallet;
use serde_json::json;

use super::args::DirectoryCopy;
use super::show;
use super::words::wallet_failure;
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

pub(super) async fn copy(command: &DirectoryCopy, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let held = show::find(wallet, &command.id, lang).await?;
    let copy = wallet.directory_copy(&held.id, &command.directory).await;
    let copy = copy.map_err(|error| wallet_failure(error, lang))?;
    let dsub = copy.dsub().map_err(|error| wallet_failure(error, lang))?;
    talk.say(&show::line(&held, lang));
    let ready = Text::new("a copy for this directory is ready", "이 디렉터리용 사본이 준비되었습니다");
    talk.say(ready.get(lang));
    let line = if command.json {
        json!({"credential": held.id, "directory": copy.directory(), "dsub": dsub.as_str()}).to_string()
    } else {
        dsub.as_str().to_owned()
    };
    talk.data(&(line + "\n"))?;
    Ok(Exit::Done)
}
