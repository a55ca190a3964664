//! `jigap ca`: a certificate authority for development in a folder, by `jigap_platform::authority`.
//!
//! A key is durable before its certificate is made, each file is written whole or not at all, and none is overwritten: after a crash
//! the same command goes on with the key that is there.

use std::path::{Path, PathBuf};

use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::authority::{AltName, Authority, AuthorityError, Profile, Root, Subject};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::{files, pem};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::text::Text;

use crate::args::{Ca, CaInit, CaLeaf};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::talk::Talk;

const ROOT: &str = "root";
const KEPT_KEY: Text = Text::new(
    "There was a key without a certificate: it is that key which was certified.",
    "인증서 없이 남아 있던 키가 있어, 그 키에 인증서를 만들었습니다.",
);
const DOCUMENT_SIGNER: Text = Text::new(
    "For a tenant of jigap.toml with mechanism = \"x5c\":",
    "jigap.toml에서 mechanism = \"x5c\"인 기관에 이렇게 씁니다.",
);
const READER: Text = Text::new(
    "For the verifier of jigap.toml (x509_san_dns wants its host among the names):",
    "jigap.toml의 검증자에 이렇게 씁니다(x509_san_dns에는 호스트 이름이 인증서에 있어야 합니다).",
);
const TLS: Text = Text::new(
    "For [server] of jigap.toml; whoever connects has to trust the root:",
    "jigap.toml의 [server]에 이렇게 씁니다. 접속하는 쪽은 루트를 신뢰해야 합니다.",
);

/// Makes the root, or what it certifies.
pub(crate) fn run(command: &Ca, talk: &Talk) -> Result<Exit, Failure> {
    match command {
        Ca::Init(command) => init(command, talk),
        Ca::DocumentSigner(it) => {
            let files =
                certify(&it.leaf, Profile::DocumentSigner, &it.common_name, (&it.file, it.days), talk)?;
            let ([certificate, key], root) = (files.shown(), it.leaf.directory.join("root.pem"));
            talk.say(DOCUMENT_SIGNER.get(talk.lang()));
            talk.say(&format!(
                "  [issuer.tenants.ID.x5c]\n  chain = \"{certificate}\"\n  anchors = \"{}\"",
                absolute(&root).display()
            ));
            talk.say(&format!("jigap issuer import-key --tenant ID {key}"));
            Ok(Exit::Done)
        }
        Ca::Reader(it) => {
            let files = certify(&it.leaf, Profile::Reader, &it.common_name, (&it.file, it.days), talk)?;
            let [certificate, key] = files.shown();
            talk.say(READER.get(talk.lang()));
            talk.say(&format!(
                "  [verifier.identity]\n  prefix = \"x509_hash\"\n  certificate = \"{certificate}\""
            ));
            talk.say(&format!("jigap verifier import-key {key}"));
            Ok(Exit::Done)
        }
        Ca::Tls(it) => {
            // The names decide; the subject only repeats one of them.
            let first = it.leaf.names.first().filter(|name| name.len() <= 64);
            let name = first.map_or("TLS server", String::as_str);
            let files = certify(&it.leaf, Profile::TlsServer, name, (&it.file, it.days), talk)?;
            let [certificate, key] = files.shown();
            talk.say(TLS.get(talk.lang()));
            talk.say(&format!("  tls = {{ certificate = \"{certificate}\", key = \"{key}\" }}"));
            Ok(Exit::Done)
        }
    }
}

fn init(command: &CaInit, talk: &Talk) -> Result<Exit, Failure> {
    let folder = &command.directory;
    std::fs::create_dir_all(folder).map_err(|error| unwritten(folder, &error))?;
    let root = Root {
        country: &command.country,
        name: &command.name,
        contact: if command.contact.contains(':') {
            AltName::Uri(&command.contact)
        } else {
            AltName::Mail(&command.contact)
        },
        crl: &command.crl,
        days: command.days,
    };
    let made = |key: PrivateKey| {
        let authority = Authority::root(&root, key, SystemClock.now(), &OsEntropy)?;
        Ok(authority.certificate().to_vec())
    };
    Files::new(folder, ROOT).make(made, talk)?;
    Ok(Exit::Done)
}

/// Certifies a key that was made for it, below the root of the folder.
fn certify(
    leaf: &CaLeaf,
    profile: Profile,
    name: &str,
    (file, days): (&str, u16),
    talk: &Talk,
) -> Result<Files, Failure> {
    let authority = open(&leaf.directory)?;
    let names: Vec<AltName<'_>> = leaf.names.iter().map(|name| alt_name(name)).collect();
    let subject = Subject { profile, name, names: &names, days };
    let files = Files::new(&leaf.directory, file);
    let certified =
        |key: PrivateKey| authority.certify(&subject, key.public(), SystemClock.now(), &OsEntropy);
    files.make(certified, talk)?;
    Ok(files)
}

/// An address, a URI, else a host.
fn alt_name(name: &str) -> AltName<'_> {
    match name.parse() {
        Ok(address) => AltName::Ip(address),
        Err(_) if name.contains(':') => AltName::Uri(name),
        Err(_) => AltName::Dns(name),
    }
}

/// The root of a folder.
fn open(folder: &Path) -> Result<Authority, Failure> {
    let root = Files::new(folder, ROOT);
    let unusable = |path: &Path, error: &dyn std::fmt::Display| {
        let what = Text::new("the root cannot be used", "루트를 쓸 수 없습니다");
        Failure::new(Exit::Environment, what)
            .detail(format!("{}: {error}", path.display()))
            .hint(Text::new("`jigap ca init` makes one", "`jigap ca init`이 만듭니다"))
    };
    let text = files::read(&root.certificate).map_err(|error| unusable(&root.certificate, &error))?;
    let chain = pem::certificates(&text).map_err(|error| unusable(&root.certificate, &error))?;
    let certificate = chain.into_iter().next().unwrap_or_default();
    let key = input::private_key(&root.key.to_string_lossy())?;
    Authority::open(certificate, key).map_err(|error| unusable(&root.certificate, &error))
}

/// A certificate and its key in a folder.
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    fn new(folder: &Path, stem: &str) -> Self {
        Self { certificate: folder.join(format!("{stem}.pem")), key: folder.join(format!("{stem}-key.pem")) }
    }

    fn shown(&self) -> [String; 2] {
        [&self.certificate, &self.key].map(|path| absolute(path).display().to_string())
    }

    /// Writes the certificate that `certified` makes of the key that is there, or of a new one, which is written first.
    fn make(
        &self,
        certified: impl Fn(PrivateKey) -> Result<Vec<u8>, AuthorityError>,
        talk: &Talk,
    ) -> Result<(), Failure> {
        if self.certificate.exists() {
            return Err(unwritten(
                &self.certificate,
                &std::io::Error::from(std::io::ErrorKind::AlreadyExists),
            ));
        }
        let kept = self.key.exists();
        let key = if kept {
            input::private_key(&self.key.to_string_lossy())?
        } else {
            PrivateKey::generate(KeyType::P256, &OsEntropy)
        };
        let key_text = pem::private_key_text(&key);
        let certificate = certified(key).map_err(|error| refused(&error))?;
        if !kept {
            files::write_new_private(&self.key, key_text.as_bytes())
                .map_err(|error| unwritten(&self.key, &error))?;
        }
        files::write_new(&self.certificate, pem::certificate_text(&certificate).as_bytes())
            .map_err(|error| unwritten(&self.certificate, &error))?;
        if kept {
            talk.say(KEPT_KEY.get(talk.lang()));
        }
        let [certificate, key] = self.shown();
        talk.data(&format!("{certificate}\n{key}\n"))
    }
}

fn refused(error: &AuthorityError) -> Failure {
    let what = Text::new("the certificate cannot be made", "인증서를 만들 수 없습니다");
    let failure = Failure::new(Exit::Usage, what).detail(error);
    match error {
        AuthorityError::BeyondRoot(_) => failure.hint(Text::new(
            "fewer --days, or a new root in another folder",
            "--days를 줄이거나 다른 폴더에 새 루트를 만드십시오",
        )),
        AuthorityError::AltName => failure.hint(Text::new(
            "write hosts and URIs in ASCII, as in xn--p39a.example",
            "호스트 이름과 URI는 xn--p39a.example처럼 ASCII로 쓰십시오",
        )),
        AuthorityError::Nameless => failure.hint(Text::new(
            "--name says what it is called by, as in --name localhost --name 127.0.0.1",
            "--name으로 불리는 이름을 주십시오(보기: --name localhost --name 127.0.0.1)",
        )),
        AuthorityError::Profile(_) => failure.hint(Text::new(
            "this root does not keep ISO 18013-5 Annex B; `jigap ca init` makes one that does",
            "이 루트는 ISO 18013-5 Annex B를 지키지 않습니다. `jigap ca init`이 지키는 루트를 만듭니다",
        )),
        _ => failure,
    }
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    let what = Text::new("the certificate cannot be written", "인증서를 쓸 수 없습니다");
    let failure = Failure::new(Exit::Environment, what).detail(format!("{}: {error}", path.display()));
    if error.kind() == std::io::ErrorKind::AlreadyExists {
        return failure.hint(Text::new(
            "nothing is overwritten: give another name or folder, or remove the certificate to renew it with its key",
            "있는 파일은 덮어쓰지 않습니다. 다른 이름이나 폴더를 주거나, 같은 키로 새로 만들려면 인증서를 지우십시오",
        ));
    }
    failure
}

/// Where `path` is, whoever reads of it from another folder.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
