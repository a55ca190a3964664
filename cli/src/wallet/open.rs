//! The wallet's folder, and opening what is in it. The folder is made for its owner alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::fetch::{FetchSettings, GuardedFetch};
use jigap_platform::pem;
use jigap_platform::store::{self, OpenError, StoreConfig, StoreEngine};
use jigap_wallet_core::ports::Store;
use jigap_wallet_core::text::Text;
use jigap_wallet_core::wallet::Wallet;
use jigap_wallet_core::wallet_box::{BoxError, WalletBox};
use jigap_wallet_core::x509::Anchors;

use super::args::Opening;
use super::secret::{Secret, Source};
use super::words;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::talk::Talk;

/// What the wallet holds, in its folder.
const FILE: &str = "wallet.redb";
/// The certificate authorities trusted for verifiers, if the person put them there.
const VERIFIERS: &str = "verifiers.pem";

/// An open wallet and its box.
pub(crate) struct Open {
    pub(crate) wallet: Wallet,
    pub(super) wallet_box: WalletBox,
    /// What opened it.
    pub(super) secret: Secret,
    folder: PathBuf,
}

impl Open {
    /// The certificate authorities trusted for verifiers: those of `named`, or of the wallet's folder.
    pub(crate) fn anchors(&self, named: Option<&Path>) -> Result<Option<Anchors>, Failure> {
        let own = self.folder.join(VERIFIERS);
        let path = named.or_else(|| own.exists().then_some(own.as_path()));
        path.map(read_anchors).transpose()
    }
}

fn read_anchors(path: &Path) -> Result<Anchors, Failure> {
    let unfit = |error: &dyn std::fmt::Display| {
        let what = Text::new(
            "the certificate authorities for verifiers cannot be used",
            "검증자용 인증 기관 파일을 쓸 수 없습니다",
        );
        Failure::new(Exit::Usage, what).detail(format!("{}: {error}", path.display()))
    };
    let certificates = pem::certificates(&input::read(&path.to_string_lossy())?);
    Anchors::new(certificates.map_err(|error| unfit(&error))?).map_err(|error| unfit(&error))
}

impl Opening {
    /// The wallet's folder.
    pub(crate) fn folder(&self) -> Result<PathBuf, Failure> {
        self.wallet.clone().or_else(default_folder).ok_or_else(|| {
            let what =
                Text::new("there is no home folder to keep the wallet in", "지갑을 둘 홈 폴더가 없습니다");
            Failure::new(Exit::Usage, what).hint(Text::new("give --wallet DIR", "--wallet DIR을 주십시오"))
        })
    }

    /// Where the store of the wallet in `folder` is.
    pub(crate) fn file(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }

    pub(super) fn source(&self) -> Source<'_> {
        Source { passphrase_file: self.passphrase_file.as_deref(), key_file: self.key_file.as_deref() }
    }

    /// Opens the wallet that is there.
    pub(crate) async fn open(&self, talk: &Talk) -> Result<Open, Failure> {
        let file = Self::file(&self.folder()?);
        if !file.exists() {
            return Err(words::box_failure(BoxError::Absent).detail(file.display()));
        }
        let secret = self.source().existing(talk)?;
        let wallet_box = WalletBox::open(open_store(file)?, &secret.unlock(), Arc::new(OsEntropy)).await;
        self.wallet(wallet_box.map_err(words::box_failure)?, secret)
    }

    /// Makes a new, empty wallet.
    pub(super) async fn create(&self, talk: &Talk) -> Result<Open, Failure> {
        let file = Self::file(&self.folder()?);
        let secret = self.source().new_one(talk)?;
        let wallet_box = WalletBox::create(open_store(file)?, &secret.unlock(), Arc::new(OsEntropy)).await;
        self.wallet(wallet_box.map_err(words::box_failure)?, secret)
    }

    fn wallet(&self, wallet_box: WalletBox, secret: Secret) -> Result<Open, Failure> {
        let settings = if self.dev { FetchSettings::dev() } else { FetchSettings::public() };
        let fetch = GuardedFetch::new(&settings).map_err(|error| {
            let what = Text::new("no outgoing https", "https로 나갈 수 없습니다");
            Failure::new(Exit::Environment, what).detail(error)
        })?;
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
        let wallet = Wallet::new(wallet_box.clone(), Arc::new(fetch), clock, entropy);
        Ok(Open { wallet, wallet_box, secret, folder: self.folder()? })
    }
}

/// The store in `file`, for `jigap doctor`, which opens it also where nothing opens the wallet in it.
pub(crate) fn store_of(file: PathBuf) -> Result<Arc<dyn Store>, OpenError> {
    store::open(&StoreConfig { engine: StoreEngine::Redb, path: file })
}

fn open_store(path: PathBuf) -> Result<Arc<dyn Store>, Failure> {
    let shown = path.display().to_string();
    store_of(path).map_err(|error| match error {
        OpenError::InUse => {
            let what =
                Text::new("the wallet is in use by another process", "다른 프로세스가 지갑을 쓰고 있습니다");
            Failure::new(Exit::Environment, what)
                .detail(shown)
                .hint(Text::new("wait until it has ended", "그 프로세스가 끝난 뒤에 다시 하십시오"))
        }
        OpenError::Damaged(error) => {
            words::box_failure(BoxError::Damaged).detail(format!("{shown}: {error}"))
        }
        error => {
            let what = Text::new("the wallet's store cannot be opened", "지갑 저장소를 열 수 없습니다");
            Failure::new(Exit::Environment, what)
                .detail(format!("{shown}: {error}"))
                .hint(Text::new("`jigap doctor` looks what is wrong", "`jigap doctor`로 점검하십시오"))
        }
    })
}

/// XDG Base Directory Specification; on macOS the folder for applications' data.
fn default_folder() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let data = if cfg!(target_os = "macos") {
        home()?.join("Library/Application Support")
    } else {
        let named = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        named.or_else(|| home().map(|home| home.join(".local/share")))?
    };
    Some(data.join("jigap").join("wallet"))
}

#[cfg(test)]
mod tests {
    use jigap_platform::files;

    use super::*;

    #[test]
    fn authorities_for_verifiers_are_certificates_in_pem() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(VERIFIERS);
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let root = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        files::replace(&path, root.pem().as_bytes()).unwrap();
        assert!(read_anchors(&path).unwrap().certificates().eq([root.der().as_ref()]));
        files::replace(&path, b"nonsense").unwrap();
        assert_eq!(read_anchors(&path).unwrap_err().exit, Exit::Usage);
        assert_eq!(read_anchors(&folder.path().join("absent")).unwrap_err().exit, Exit::Environment);
    }
}
