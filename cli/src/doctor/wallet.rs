//! The wallet's folder and file, and whether it opens.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use jigap_platform::clock::SystemClock;
use jigap_wallet_core::ports::Clock as _;

use super::{Finding, machine};
use crate::failure::Failure;
use crate::talk::Talk;
use crate::wallet::args::Opening;
use crate::wallet::opens;

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
    findings.push(opened(opening, talk));
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

fn opened(opening: &Opening, talk: &Talk) -> Finding {
    if opening.passphrase_file.is_none() && opening.key_file.is_none() {
        return Finding::ok(
            "whether the wallet opens was not tried",
            "지갑이 열리는지는 확인하지 않았습니다",
        )
        .hint(
            "--passphrase-file or --key-file opens it",
            "--passphrase-file이나 --key-file을 주면 열어 봅니다",
        );
    }
    match opens(opening, talk) {
        Ok(()) => Finding::ok("the wallet opens", "지갑이 열립니다"),
        Err(failure) => Finding::fail("the wallet does not open", "지갑이 열리지 않습니다")
            .detail(failure.say(talk.lang())),
    }
}
