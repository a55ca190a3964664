//! `jigap wallet`: the person's wallet in one encrypted folder. What happens is `jigap_wallet_core::wallet`'s; here are the
//! words, the consent and the passphrase. Nothing is sent or accepted without a yes; names of strangers are made fit for the
//! terminal before they are shown.

pub(crate) mod args;
mod ask;
mod choose;
mod consents;
mod directory;
mod elsewhere;
mod labels;
mod offer;
mod open;
mod page;
mod pass;
mod refresh;
mod request;
mod secret;
mod show;
mod words;

use jigap_wallet_core::text::Text;
use jigap_wallet_core::wallet::Wallet;

use self::args::{Action, Delete, Opening, WalletArgs};
pub(crate) use self::directory::{Question, agreed};
pub(crate) use self::open::{Open, store_of};
pub(crate) use self::words::wallet_failure;
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

/// Does what the arguments say.
pub(crate) fn run(command: &WalletArgs, talk: &Talk) -> Result<Exit, Failure> {
    runtime()?.block_on(act(command, talk))
}

/// Opens the wallet with what is given and reads all of it, for `jigap doctor`; says how many records there are.
pub(crate) fn checked(opening: &Opening, talk: &Talk) -> Result<usize, Failure> {
    runtime()?.block_on(async {
        let open = opening.open(talk).await?;
        open.wallet_box.check().await.map_err(words::box_failure)
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        let what = Text::new("cannot start", "시작할 수 없습니다");
        Failure::new(Exit::Environment, what).detail(error)
    })
}

async fn act(WalletArgs { opening, action }: &WalletArgs, talk: &Talk) -> Result<Exit, Failure> {
    match action {
        Action::Init(_) => return elsewhere::init(opening, talk).await,
        Action::Restore(command) => return elsewhere::restore(command, opening, talk).await,
        _ => {}
    }
    let open = opening.open(talk).await?;
    let wallet = &open.wallet;
    match action {
        Action::Init(_) | Action::Restore(_) => Ok(Exit::Done),
        Action::Accept(command) => {
            then_refresh(offer::accept(command, wallet, talk).await, wallet, talk).await
        }
        Action::List(command) => show::list(command, wallet, talk).await,
        Action::Show(command) => show::show(command, wallet, talk).await,
        Action::Card(command) => show::card(command, wallet, talk).await,
        Action::Trust(command) => offer::trust(command, wallet, talk).await,
        Action::Present(command) => {
            let anchors = open.anchors(command.verifiers.as_deref())?;
            let outcome = request::present(command, anchors.as_ref(), wallet, talk).await;
            then_refresh(outcome, wallet, talk).await
        }
        Action::Pass(command) => pass::run(command, wallet, talk).await,
        Action::Page(command) => page::serve(command, wallet, talk).await,
        Action::Consents(command) => consents::run(command, wallet, talk).await,
        Action::History(command) => show::history(command, wallet, talk).await,
        Action::Delete(command) => delete(command, &open, talk).await,
        Action::Resume(command) => {
            then_refresh(offer::resume(command, wallet, talk).await, wallet, talk).await
        }
        Action::Refresh(command) => refresh::refresh(command, wallet, talk).await,
        Action::DirectoryCopy(command) => directory::copy(command, wallet, talk).await,
        Action::Passphrase(command) => elsewhere::passphrase(command, &open, talk).await,
        Action::Export(_) => elsewhere::export(wallet, talk).await,
        Action::Backup(command) => elsewhere::backup(command, wallet, talk).await,
    }
}

/// Ends a command that was online anyway: what is running out is fetched, if it is time.
async fn then_refresh(outcome: Result<Exit, Failure>, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    if outcome.is_ok() {
        refresh::quietly(wallet, talk).await;
    }
    outcome
}

async fn delete(command: &Delete, open: &Open, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let held = show::find(&open.wallet, &command.id, lang).await?;
    talk.say(&show::line(&held, lang));
    let question = Text::new("Delete it for good?", "완전히 삭제하시겠습니까?");
    if !command.yes && !ask::consent(&question, talk)? {
        return Ok(Exit::No);
    }
    open.wallet.delete(&held.id).await.map_err(|error| words::wallet_failure(error, lang))?;
    talk.say(Text::new("deleted", "삭제했습니다").get(lang));
    Ok(Exit::Done)
}
