//! What is said when the wallet cannot do something: what happened, what to do, and whose fault it is by the exit code.

use jigap_wallet_core::ports::FetchError;
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::wallet::{BackupError, WalletError};
use jigap_wallet_core::wallet_box::BoxError;

use crate::failure::{Exit, Failure};

/// What is said of passes that were signed blindly, and of the others.
pub(super) const BLIND: Text =
    Text::new("its issuer cannot tell whose it is", "발급자도 누구의 패스인지 알 수 없습니다");
pub(super) const TRACEABLE: Text =
    Text::new("its issuer can tell whose it is", "발급자는 누구의 패스인지 알 수 있습니다");

/// The failure of `error`, its detail in `lang` where it has words of its own.
pub(crate) fn wallet_failure(error: WalletError, lang: Lang) -> Failure {
    let no = |en, ko| Failure::new(Exit::No, Text::new(en, ko));
    match error {
        WalletError::Message(error) => {
            no("the other side's message breaks the specification", "상대의 메시지가 규격에 어긋납니다")
                .detail(error)
        }
        WalletError::Refused(refusal) => {
            no("refused", "거절했습니다").detail(format!("{} {}", refusal.check.id, refusal.reason.say(lang)))
        }
        WalletError::NothingToTake => no(
            "the offer holds no credential that this wallet can take",
            "이 지갑이 받을 수 있는 증명서가 제안에 없습니다",
        ),
        WalletError::NoPreAuthorizedCode => {
            no("the offer has no pre-authorized code", "제안에 사전 승인 코드가 없습니다")
        }
        WalletError::TxCodeWanted => Failure::new(
            Exit::Usage,
            Text::new("a transaction code of another form is wanted", "거래 코드의 형식이 다릅니다"),
        )
        .hint(Text::new(
            "the issuer sent it to you another way, such as by mail",
            "발급자가 우편 같은 다른 길로 보낸 코드입니다",
        )),
        WalletError::Token(code) => no("the issuer refused the code", "발급자가 코드를 거절했습니다")
            .detail(code.name())
            .hint(WRONG_CODE),
        WalletError::Credential(code) => no("the issuer refused to issue", "발급자가 발급을 거절했습니다")
            .detail(code.name())
            .hint(NEW_OFFER),
        WalletError::Deferred => no("the issuer will issue later", "발급자가 나중에 발급한다고 합니다")
            .hint(Text::new("try `jigap wallet resume` then", "나중에 `jigap wallet resume`을 해 보십시오")),
        WalletError::OtherCredential => no(
            "the issuer sent another credential than was asked for; it was not kept",
            "발급자가 요청과 다른 증명서를 보내 보관하지 않았습니다",
        )
        .hint(GO_ON),
        WalletError::ContextNotHad(iri) => no(
            "a JSON-LD context of the credential cannot be had now, and without it nobody could show the credential; it was not kept yet",
            "증명서의 JSON-LD 컨텍스트를 지금 가져올 수 없습니다. 그것 없이는 증명서를 제출할 수 없어 아직 보관하지 않았습니다",
        )
        .detail(printable(&iri))
        .hint(GO_ON),
        WalletError::ContextNeverFetched(iri) => no(
            "the credential has a JSON-LD context that this wallet never fetches; it was not kept",
            "증명서의 JSON-LD 컨텍스트는 이 지갑이 가져오지 않는 것이어서 보관하지 않았습니다",
        )
        .detail(printable(&iri))
        .hint(Text::new(
            "contexts are fetched by https from where their IRIs lead, at most four; tell the issuer",
            "컨텍스트는 IRI가 가리키는 곳에서 https로 넷까지 가져옵니다. 발급자에게 알리십시오",
        )),
        WalletError::TokenEnded => no(
            "the time to collect the credential is over; nothing was received",
            "증명서를 받을 수 있는 시간이 지났습니다. 받은 것이 없습니다",
        )
        .hint(Text::new("ask the issuer for a new offer", "발급 기관에 새 제안을 요청하십시오")),
        WalletError::FinishedElsewhere => no(
            "another run of this wallet finished the same acceptance",
            "같은 받기를 이 지갑의 다른 실행이 이미 끝냈습니다",
        )
        .hint(Text::new("see `jigap wallet list`", "`jigap wallet list`로 확인하십시오")),
        WalletError::Status(what, status) => {
            environment("a server did not do what was asked", "서버가 요청을 처리하지 않았습니다")
                .detail(format!("{what}: {status}"))
        }
        WalletError::ContentType(what) => {
            no("a server sent something else than JSON", "서버가 JSON이 아닌 것을 보냈습니다").detail(what)
        }
        WalletError::Fetch(error) => fetch_failure(error),
        WalletError::CannotAnswer => {
            no("no credential held answers the request", "요청에 답할 수 있는 증명서가 없습니다")
        }
        WalletError::NoCopyLeft => {
            no("every copy of the credential was shown already", "이 증명서의 사본을 모두 제출했습니다")
                .hint(Text::new("ask its issuer for a new offer", "발급자에게 새 제안을 요청하십시오"))
        }
        WalletError::NoSuchCredential => no("there is no such credential", "그런 증명서가 없습니다")
            .hint(Text::new("`jigap wallet list` lists them", "`jigap wallet list`로 볼 수 있습니다")),
        other @ (WalletError::NoDirectoryCopies | WalletError::NoSuchConsent | WalletError::NoWithdrawal) => {
            directory_failure(&other)
        }
        other @ (WalletError::NoTrust | WalletError::OlderTrust | WalletError::TwoTrusts) => {
            trust_failure(&other)
        }
        WalletError::Key => Failure::new(
            Exit::Bug,
            Text::new("a key of the wallet cannot sign", "지갑의 키로 서명할 수 없습니다"),
        ),
        WalletError::Box(error) => box_failure(error),
    }
}

/// The failure of `error` of copies for directories, and of consents that facts be told to them.
fn directory_failure(error: &WalletError) -> Failure {
    let (what, hint) = match error {
        WalletError::NoDirectoryCopies => (
            Text::new(
                "no copies of the credential for directories can be had",
                "이 증명서는 디렉터리용 사본을 받을 수 없습니다",
            ),
            Text::new(
                "where its issuer gives such copies, ask it for a new offer in your name",
                "발급자가 그런 사본을 준다면, 본인 앞으로 된 새 제안을 요청하십시오",
            ),
        ),
        WalletError::NoSuchConsent => (
            Text::new("there is no such consent", "그런 동의가 없습니다"),
            Text::new("`jigap wallet consents` lists them", "`jigap wallet consents`로 볼 수 있습니다"),
        ),
        _ => (
            Text::new(
                "the verifier did not say how the consent is taken back, or its answer was lost",
                "검증자가 동의를 거두는 방법을 알려 주지 않았거나, 그 답이 도착하지 않았습니다",
            ),
            Text::new("ask the verifier's operator", "검증자의 운영자에게 요청하십시오"),
        ),
    };
    Failure::new(Exit::No, what).hint(hint)
}

/// The failure of `error` of the trust list that the wallet has, or was given.
fn trust_failure(error: &WalletError) -> Failure {
    let (exit, what, hint) = match error {
        WalletError::OlderTrust => (
            Exit::No,
            Text::new(
                "the trust list is older than the one that the wallet has",
                "지갑에 있는 것보다 오래된 신뢰 목록입니다",
            ),
            Text::new("take the bundle that the gates have", "문이 쓰는 묶음을 받으십시오"),
        ),
        WalletError::TwoTrusts => (
            Exit::No,
            Text::new(
                "the trust list differs from the one of the same version that the wallet has: whoever signs it shows two people two lists",
                "같은 판인데 지갑에 있는 것과 다른 신뢰 목록입니다. 서명한 곳이 사람마다 다른 목록을 보여 주고 있습니다",
            ),
            Text::new("keep both bundles, and show them", "두 묶음을 보관했다가 보여 주십시오"),
        ),
        _ => (
            Exit::Usage,
            Text::new(
                "the wallet knows no key by which such passes are signed",
                "지갑이 이런 패스에 서명하는 키를 모릅니다",
            ),
            Text::new(
                "give it the trust list that gates have: jigap wallet trust BUNDLE",
                "문이 쓰는 신뢰 목록을 주십시오: jigap wallet trust BUNDLE",
            ),
        ),
    };
    Failure::new(exit, what).hint(hint)
}

/// The failure of `error` of the box.
pub(super) fn box_failure(error: BoxError) -> Failure {
    let no = |en, ko| Failure::new(Exit::No, Text::new(en, ko));
    let usage = |en, ko| Failure::new(Exit::Usage, Text::new(en, ko));
    match error {
        BoxError::WrongSecret => no("the passphrase or key file is wrong", "암호나 키 파일이 맞지 않습니다"),
        BoxError::WantsPassphrase => {
            usage("this is opened by a passphrase, not by a key file", "키 파일이 아니라 암호로 엽니다")
        }
        BoxError::WantsKeyFile => {
            usage("this is opened by a key file, not by a passphrase", "암호가 아니라 키 파일로 엽니다")
                .hint(Text::new("give --key-file FILE", "--key-file FILE을 주십시오"))
        }
        BoxError::Absent => environment("there is no wallet", "지갑이 없습니다").hint(Text::new(
            "`jigap wallet init` makes one; --wallet DIR names another folder",
            "`jigap wallet init`으로 만드십시오. 다른 폴더는 --wallet DIR로 지정합니다",
        )),
        BoxError::Exists => no("there is a wallet already", "지갑이 이미 있습니다")
            .hint(Text::new("--wallet DIR names another folder", "다른 폴더는 --wallet DIR로 지정합니다")),
        BoxError::RefusedParameters => environment(
            "its key parameters are weaker than allowed, or absurd",
            "키 도출 매개변수가 허용보다 약하거나 터무니없습니다",
        ),
        BoxError::UnknownVersion => {
            environment("it was written by a newer version", "더 새로운 판이 쓴 것입니다")
                .hint(Text::new("update jigap", "jigap을 갱신하십시오"))
        }
        BoxError::Damaged | BoxError::Unreadable => environment(
            "the wallet is damaged: something was removed, changed or rolled back",
            "지갑이 손상되었습니다. 무언가 지워지거나 바뀌거나 되돌려졌습니다",
        )
        .hint(Text::new("restore a backup into a new folder", "백업을 새 폴더에 복원하십시오")),
        BoxError::TooLarge => no("it is too large for the wallet", "지갑에 넣기에 너무 큽니다"),
        BoxError::Store(error) => {
            environment("the wallet's store failed", "지갑 저장소에 문제가 생겼습니다").detail(error)
        }
    }
}

/// The failure of `error` of a backup.
pub(super) fn backup_failure(error: BackupError, lang: Lang) -> Failure {
    let no = |en, ko| Failure::new(Exit::No, Text::new(en, ko));
    match error {
        BackupError::Form => no("the file is not a backup of this version", "이 판의 백업 파일이 아닙니다"),
        BackupError::TooLarge => no("the backup is too large", "백업이 너무 큽니다"),
        BackupError::Damaged => {
            no("the backup was changed or cut after it was made", "백업이 만들어진 뒤에 바뀌거나 잘렸습니다")
        }
        BackupError::Secret(error) => box_failure(error),
        BackupError::WalletInUse => {
            no("only a new wallet takes a backup", "백업은 새 지갑에만 복원할 수 있습니다")
                .hint(Text::new("--wallet DIR names a new folder", "새 폴더를 --wallet DIR로 지정하십시오"))
        }
        BackupError::Wallet(error) => wallet_failure(error, lang),
    }
}

const WRONG_CODE: Text = Text::new(
    "is the transaction code right? An offer is used once and ends soon: else ask the issuer for a new one",
    "거래 코드가 맞는지 확인하십시오. 제안은 한 번만 쓸 수 있고 곧 만료됩니다. 맞다면 발급자에게 새 제안을 요청하십시오",
);
const NEW_OFFER: Text = Text::new(
    "codes are used once and end soon: ask the issuer for a new offer",
    "코드는 한 번만 쓸 수 있고 곧 만료됩니다. 발급자에게 새 제안을 요청하십시오",
);

fn fetch_failure(error: FetchError) -> Failure {
    match error {
        FetchError::Forbidden(why) => {
            let what = Text::new("the address may not be fetched", "가져올 수 없는 주소입니다");
            Failure::new(Exit::No, what).detail(why).hint(Text::new(
                "only https to public addresses is fetched; --dev allows this machine",
                "공개 주소의 https만 가져옵니다. 이 컴퓨터의 주소는 --dev로 허용합니다",
            ))
        }
        FetchError::TooLarge => {
            Failure::new(Exit::No, Text::new("the answer is too large", "응답이 너무 큽니다"))
        }
        FetchError::TimedOut => environment("no answer in time", "제시간에 응답이 없습니다").hint(LATER),
        FetchError::Unreachable => {
            environment("the server cannot be reached", "서버에 연결할 수 없습니다").hint(LATER)
        }
    }
}

const GO_ON: Text = Text::new(
    "`jigap wallet resume` asks for it again, as long as the issuer lets it; with --give-up it ends",
    "`jigap wallet resume`이 발급자가 허용하는 동안 다시 요청합니다. --give-up을 주면 끝냅니다",
);

const LATER: Text = Text::new(
    "try again later; an acceptance that was begun goes on with `jigap wallet resume`",
    "나중에 다시 하십시오. 시작한 수령은 `jigap wallet resume`으로 이어집니다",
);

const fn environment(en: &'static str, ko: &'static str) -> Failure {
    Failure::new(Exit::Environment, Text::new(en, ko))
}
