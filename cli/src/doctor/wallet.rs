//! The wallet's folder and file, and whether it opens and is whole.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jigap_platform::clock::SystemClock;
use jigap_platform::store::OpenError;
use jigap_wallet_core::ports::Clock as _;

use super::{Finding, machine};
use crate::failure::Failure;
use crate::talk::Talk;
use crate::wallet::args::Opening;
use crate::wallet::{checked, store_of};

pub(super) fn look(opening: &Opening, talk: &Talk) -> Result<Vec<Finding>, Failure> {
    let folder = opening.folder()?;
    let file = Opening::file(&folder);
    let Ok(metadata) = std::fs::metadata(&file) else {
        return Ok(vec![
            Finding::warn("there is no wallet", "지갑이 없습니다").detail(folder.display()).hint(
                "`jigap wallet init` makes one; --wallet DIR names another folder",
                "`jigap wallet init`으로 만드십시오. 다른 폴더는 --wallet DIR로 지정합니다",
            ),
        ]);
    };
    let mut findings = vec![private(&folder), private(&file)];
    let clock = machine::clock(SystemClock.now(), Some(metadata.mtime()));
    if clock.grade == super::Grade::Fail {
        findings.push(clock);
    }
    findings.push(opened(opening, file, talk));
    Ok(findings)
}

/// Whether only its owner can enter or read it.
pub(super) fn private(path: &Path) -> Finding {
    let shown = path.display();
    match std::fs::metadata(path) {
        Err(error) => {
            Finding::fail("cannot be looked at", "살펴볼 수 없습니다").detail(format!("{shown}: {error}"))
        }
        Ok(metadata) if metadata.mode() & 0o077 == 0 => {
            Finding::ok("for its owner alone", "소유자만 쓸 수 있습니다").detail(shown)
        }
        Ok(metadata) => {
            Finding::fail("others can read or enter it", "다른 사용자가 읽거나 들어갈 수 있습니다")
                .detail(format!("{shown}: {:o}", metadata.mode() & 0o777))
                .hint("chmod go-rwx it", "chmod go-rwx로 권한을 고치십시오")
        }
    }
}

const RESTORE: [&str; 2] = [
    "`jigap wallet restore` puts a backup into a new folder",
    "`jigap wallet restore`로 백업을 새 폴더에 복원하십시오",
];

fn opened(opening: &Opening, file: PathBuf, talk: &Talk) -> Finding {
    if opening.passphrase_file.is_none() && opening.key_file.is_none() {
        return unopened(file);
    }
    match checked(opening, talk) {
        Ok(count) => Finding::ok(
            "the wallet opens, and every record of it can be read",
            "지갑이 열리고, 모든 기록을 읽을 수 있습니다",
        )
        .detail(count),
        Err(failure) => {
            Finding::fail("the wallet does not open", "지갑이 열리지 않습니다").because(failure, talk.lang())
        }
    }
}

/// Of a wallet that nothing opens, whether its store can be read.
fn unopened(file: PathBuf) -> Finding {
    let shown = file.display().to_string();
    match store_of(file) {
        Ok(_) => Finding::ok(
            "the wallet's store can be read; whether the wallet opens was not tried",
            "지갑 저장소를 읽을 수 있습니다. 지갑이 열리는지는 확인하지 않았습니다",
        )
        .hint(
            "--passphrase-file or --key-file opens it",
            "--passphrase-file이나 --key-file을 주면 열어 봅니다",
        ),
        Err(OpenError::InUse) => {
            Finding::warn("the wallet is in use by another process", "다른 프로세스가 지갑을 쓰고 있습니다")
                .detail(shown)
        }
        Err(error) => Finding::fail("the wallet's store cannot be read", "지갑 저장소를 읽을 수 없습니다")
            .detail(format!("{shown}: {error}"))
            .hint(RESTORE[0], RESTORE[1]),
    }
}
