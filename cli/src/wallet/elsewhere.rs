//! `init`, `passphrase`, `export`, `backup`, `restore`: making wallets, and taking what is in one elsewhere.

use std::io::Read as _;
use std::path::Path;

use jigap_wallet_core::text::{Lang, Text};
use jigap_wallet_core::wallet::{MAX_BACKUP, Wallet};

use super::args::{Backup, BackupSecret, NewSecret, Opening, Restore};
use super::labels;
use super::open::Open;
use super::secret::{self, Source};
use super::words::{backup_failure, box_failure, wallet_failure};
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

pub(super) async fn init(opening: &Opening, talk: &Talk) -> Result<Exit, Failure> {
    opening.create(talk).await?;
    let folder = opening.folder()?;
    let said = match talk.lang() {
        Lang::En => format!("a new wallet is in {}", folder.display()),
        Lang::Ko => format!("새 지갑을 만들었습니다: {}", folder.display()),
    };
    talk.say(&said);
    Ok(Exit::Done)
}

pub(super) async fn passphrase(command: &NewSecret, open: &Open, talk: &Talk) -> Result<Exit, Failure> {
    let source = Source {
        passphrase_file: command.new_passphrase_file.as_deref(),
        key_file: command.new_key_file.as_deref(),
    };
    let new = source.new_one(talk)?;
    open.wallet_box.change_secret(&open.secret.unlock(), &new.unlock()).await.map_err(box_failure)?;
    talk.say(Text::new("changed", "바꾸었습니다").get(talk.lang()));
    Ok(Exit::Done)
}

pub(super) async fn export(wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let exported = wallet.export().await.map_err(|error| wallet_failure(error, talk.lang()))?;
    talk.data(&format!("{exported:#}\n"))?;
    Ok(Exit::Done)
}

pub(super) async fn backup(command: &Backup, wallet: &Wallet, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    if command.file.exists() {
        let what = Text::new("the file is there already", "파일이 이미 있습니다");
        return Err(Failure::new(Exit::Usage, what).detail(command.file.display()));
    }
    let secret = source(&command.secret).new_one(talk)?;
    let made = wallet.backup(&secret.unlock()).await.map_err(|error| backup_failure(error, lang))?;
    secret::write_private(&command.file, &made.file)?;
    for held in &made.name_only {
        let said = Text::new("only by name, no copy could be spared", "여분의 사본이 없어 이름만 담았습니다");
        talk.say(&format!("{}: {}", labels::name(held, lang), said.get(lang)));
    }
    talk.say(&counted(made.with_copy.len(), lang));
    Ok(Exit::Done)
}

pub(super) async fn restore(command: &Restore, opening: &Opening, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let file = read(&command.file)?;
    talk.say(Text::new("What opens the backup:", "백업을 여는 암호:").get(lang));
    let secret = source(&command.secret).existing(talk)?;
    // Judged before a wallet is made for it.
    jigap_wallet_core::wallet::canonical_form(&file, &secret.unlock())
        .map_err(|error| backup_failure(error, lang))?;
    talk.say(Text::new("What opens the new wallet:", "새 지갑을 여는 암호:").get(lang));
    let open = opening.create(talk).await?;
    let held = open.wallet.restore(&file, &secret.unlock()).await;
    let held = held.map_err(|error| backup_failure(error, lang))?;
    talk.say(&counted(held.iter().filter(|held| held.unused > 0).count(), lang));
    let alone = Text::new(
        "nothing is refreshed in this wallet: that stayed with the one that was backed up",
        "이 지갑은 스스로 더 받지 못합니다. 그 권리는 백업한 지갑에 남아 있습니다",
    );
    talk.say(alone.get(lang));
    Ok(Exit::Done)
}

fn counted(credentials: usize, lang: Lang) -> String {
    match lang {
        Lang::En => format!("credentials that can be presented from the backup: {credentials}"),
        Lang::Ko => format!("백업에서 제출할 수 있는 증명서: {credentials}개"),
    }
}

fn source(secret: &BackupSecret) -> Source<'_> {
    Source {
        passphrase_file: secret.backup_passphrase_file.as_deref(),
        key_file: secret.backup_key_file.as_deref(),
    }
}

/// At most one byte more than a backup may have: the wallet refuses it then.
#[expect(clippy::disallowed_methods, reason = "the command line reads the files a person names")]
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_BACKUP as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| {
            let what = Text::new("cannot read the backup", "백업을 읽을 수 없습니다");
            Failure::new(Exit::Environment, what).detail(format!("{}: {error}", path.display()))
        })?;
    Ok(bytes)
}
