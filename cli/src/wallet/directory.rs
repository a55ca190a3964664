//! Copies of credentials for one directory of people each: `directory-copy`, which fetches one before its holder is listed there, and the
//! questions of a directory's verifier, answered with exactly such a copy (`jigap people list`).
//!
//! What `directory-copy` prints is the pseudonym, which the directory will know too. The number that opens it stays in the wallet, and in the listing.
//! A question is refused that would have it told to somebody else than the directory, or of another persona (`VP-29`).

use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::wallet::{self, Asking, Held, Wallet, WalletError};
use serde_json::json;

use super::args::DirectoryCopy;
use super::open::Open;
use super::words::wallet_failure;
use super::{ask, consents, request, show};
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

/// What a directory's verifier asks, and what answers it.
pub(crate) struct Question {
    asking: Asking,
    /// What opens the pseudonym of the copy that answers it, where that has one.
    pub(crate) blind: Option<String>,
}

impl Question {
    /// Reads what the directory had its verifier ask, and gets what answers it: a copy for the directory where it asks for a pseudonym and the
    /// credential's issuer gives such copies, else an ordinary one. `named` says by which credential.
    pub(crate) async fn read(
        link: &str,
        (directory, persona): (&str, &str),
        named: Option<&str>,
        open: &Open,
        lang: Lang,
    ) -> Result<Self, Failure> {
        let (wallet, failed) = (&open.wallet, |error| wallet_failure(error, lang));
        let anchors = open.anchors(None)?;
        let asking = wallet.look_at_request(link, anchors.as_ref()).await.map_err(failed)?;
        if asking.consent().is_none_or(|consent| consent.consumer != directory) {
            return Err(other_consumer(asking.consent().map(|consent| consent.consumer.as_str())));
        }
        let named = match named {
            Some(id) => Some(show::find(wallet, id, lang).await?.id),
            None => None,
        };
        let is_meant = |held: &Held| named.as_ref().is_none_or(|id| *id == held.id);
        let held = asking.answered_by_pseudonym().into_iter().filter(is_meant).collect();
        let copy = match one_of(held, lang)? {
            Some(held) => match wallet.directory_copy(&held.id, directory).await {
                Ok(copy) => Some(copy),
                Err(WalletError::NoDirectoryCopies) => None,
                Err(error) => return Err(failed(error)),
            },
            None => None,
        };
        let mut asking = match &copy {
            Some(copy) => wallet.with_directory_copies(asking, &[copy]).await.map_err(failed)?,
            None => asking,
        };
        let by = copy.as_ref().map_or(named.as_deref(), |copy| Some(copy.credential()));
        choose(&mut asking, by, lang)?;
        asking.for_persona(persona);
        Ok(Self { asking, blind: copy.as_ref().map(wallet::DirectoryCopy::blind).map(str::to_owned) })
    }

    /// Says who asks, what would be disclosed, and what is agreed to.
    async fn show(&self, wallet: &Wallet, talk: &Talk) -> Result<(), Failure> {
        let (asking, lang) = (&self.asking, talk.lang());
        let failed = |error| wallet_failure(error, lang);
        let Some(disclosed) = asking.would_disclose() else { return Err(failed(WalletError::NoCopyLeft)) };
        let mut looks = Vec::with_capacity(disclosed.len());
        for one in &disclosed {
            looks.push(wallet.look(&one.credential.id).await.map_err(failed)?);
        }
        talk.say(&request::asker(asking.verifier(), asking.certified_names(), lang));
        talk.say(&request::described(&disclosed, &looks, false, lang));
        consents::show(asking, &disclosed, talk)
    }

    /// Answers it.
    pub(crate) async fn answer(self, wallet: &Wallet, lang: Lang) -> Result<(), Failure> {
        wallet.present(self.asking).await.map_err(|error| wallet_failure(error, lang))?;
        Ok(())
    }
}

/// Shows the questions of one directory and asks once whether all are to be answered.
pub(crate) async fn agreed(
    questions: &[Question],
    yes: bool,
    wallet: &Wallet,
    talk: &Talk,
) -> Result<bool, Failure> {
    for question in questions {
        question.show(wallet, talk).await?;
    }
    let question = Text::new("Disclose this, and have it told?", "이 내용을 제출하고 알리게 하시겠습니까?");
    Ok(yes || ask::consent(&question, talk)?)
}

/// Has the question answered by this credential, or by the one that there is.
fn choose(asking: &mut Asking, by: Option<&str>, lang: Lang) -> Result<(), Failure> {
    let options = asking.options();
    let held: Vec<Held> = options.iter().map(|one| one.credential.clone()).collect();
    let is_meant = |held: &Held| by.is_none_or(|id| id == held.id);
    let Some(meant) = one_of(held.iter().filter(|held| is_meant(held)).cloned().collect(), lang)? else {
        let obstacles = asking.obstacles();
        let why: Vec<String> =
            obstacles.map(|(_, obstacle)| printable(&obstacle.say(lang)).to_string()).collect();
        return Err(wallet_failure(WalletError::CannotAnswer, lang).detail(why.join("; ")));
    };
    let at: Vec<usize> = held.iter().position(|one| one.id == meant.id).into_iter().collect();
    asking.choose(&at).map_err(|_| wallet_failure(WalletError::CannotAnswer, lang))
}

/// The one credential there is; several have to be told apart by whoever holds them.
fn one_of(mut held: Vec<Held>, lang: Lang) -> Result<Option<Held>, Failure> {
    if held.len() < 2 {
        return Ok(held.pop());
    }
    let what = Text::new("more than one credential would prove it", "이것을 증명할 증명서가 둘 이상입니다");
    let lines: Vec<String> = held.iter().map(|held| show::line(held, lang)).collect();
    Err(Failure::new(Exit::Usage, what).detail(lines.join("\n")).hint(Text::new(
        "--credential names one by its id, as `jigap wallet list` prints it",
        "`jigap wallet list`에 나오는 id를 --credential에 주십시오",
    )))
}

fn other_consumer(consumer: Option<&str>) -> Failure {
    let what = Text::new(
        "what the directory had asked is not for the directory: nothing was shown",
        "인명부를 통해 온 요청이 그 인명부를 위한 것이 아닙니다. 아무것도 제출하지 않았습니다",
    );
    Failure::new(Exit::No, what).detail(printable(consumer.unwrap_or("-")))
}
