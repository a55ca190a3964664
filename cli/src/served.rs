//! What `jigap` serves to browsers: pages of a folder, over https.

use std::path::{Path, PathBuf};

use jigap_platform::files;
use jigap_platform::http::{ServeError, Tls, TlsIdentity};
use jigap_verifier::http::scanner::Pages;
use jigap_wallet_core::text::Text;

use crate::failure::{Exit, Failure};
use crate::input;

/// The pages of a folder that `cargo xtask web` made.
pub(crate) fn pages(folder: &Path) -> Result<Pages, Failure> {
    let unmade = |detail: String| {
        let what = Text::new("there are no pages", "페이지가 없습니다");
        let hint = Text::new(
            "`cargo xtask web` makes them, in target/web; --pages names another folder",
            "`cargo xtask web`이 target/web에 만듭니다. 다른 폴더는 --pages로 지정하십시오",
        );
        Failure::new(Exit::Environment, what).detail(detail).hint(hint)
    };
    let found =
        std::fs::read_dir(folder).map_err(|error| unmade(format!("{}: {error}", folder.display())))?;
    let read = |entry: std::fs::DirEntry| {
        let bytes = input::read(&entry.path().to_string_lossy())?;
        Ok((entry.file_name().to_string_lossy().into_owned(), bytes))
    };
    let files: Result<Vec<_>, Failure> = found.flatten().map(read).collect();
    let files = files?;
    Pages::new(files).map_err(|name| unmade(format!("{}: {name}", folder.display())))
}

/// The certificate and key of two files.
pub(crate) fn identity(names: &[PathBuf]) -> Result<Tls, Failure> {
    let [certificate, key] = names else { return Err(unserved("--tls takes two files")) };
    let chain = input::read(&certificate.to_string_lossy())?;
    let key = files::read_private(key).map_err(unserved)?;
    TlsIdentity::from_pem(&chain, &key).map(Tls::Given).map_err(unserved)
}

/// Why nothing is served there.
pub(crate) fn unbound(error: ServeError) -> Failure {
    let failure = unserved(error);
    match error {
        ServeError::Listen(..) => failure.hint(Text::new(
            "another process may have that port: end it, or name another address by --listen",
            "다른 프로세스가 그 포트를 쓰고 있을 수 있습니다. 멈추거나 --listen으로 다른 주소를 쓰십시오",
        )),
        ServeError::PlainHttp => failure,
    }
}

/// Why nothing is served.
pub(crate) fn unserved(error: impl ToString) -> Failure {
    let what = Text::new("the pages cannot be served", "페이지를 제공할 수 없습니다");
    let hint = Text::new(
        "browsers give the camera to https alone: `jigap ca tls` makes a certificate for --tls; plain http is for loopback",
        "브라우저는 https에서만 카메라를 씁니다. `jigap ca tls`로 --tls에 쓸 인증서를 만드십시오. http는 루프백에서만 됩니다",
    );
    Failure::new(Exit::Environment, what).detail(error).hint(hint)
}
