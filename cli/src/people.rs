//! `jigap people`: finds people in a directory, and keeps the wallet's own listings there.

pub(crate) mod args;
mod directory;
mod find;
mod listed;
mod prove;

use jigap_wallet_core::text::Text;

use self::args::{Action, People};
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

/// Does what the arguments say.
pub(crate) fn run(command: &People, talk: &Talk) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        let what = Text::new("cannot start", "시작할 수 없습니다");
        Failure::new(Exit::Environment, what).detail(error)
    })?;
    runtime.block_on(act(command, talk))
}

async fn act(People { opening, action }: &People, talk: &Talk) -> Result<Exit, Failure> {
    if let Action::Find(command) = action {
        return find::find(command, opening.dev, talk).await;
    }
    let open = opening.open(talk).await?;
    listed::act(action, &open, opening.dev, talk).await
}
