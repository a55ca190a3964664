//! `jigap.toml`: what an operator decides. Read once at the start; every mistake is reported with its line and what to
//! do. No secret stands in it: it names files and credentials that hold them.
//!
//! Platform knows `[server]`, `[secrets]` and `[log]`. The other sections (`[store]`, `[issuer]`, `[verifier]`, `[people]`) are read
//! by whom they belong to, through [`Config::section`]. A section or key that nobody knows is refused.

use std::fmt;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, io};

use jigap_keys::Entropy;
use serde::de::{DeserializeOwned, Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};
use toml::de::{DeTable, ValueDeserializer};
use url::{Host, Url};

use crate::acme::{Acme, AcmeSettings, LETS_ENCRYPT};
use crate::clock::SystemClock;
use crate::entropy::OsEntropy;
use crate::fetch::FetchSettings;
use crate::files::{PrivateFileError, read_private};
use crate::http::{HttpLimits, MetricsAccess, ServerSettings, Tls, TlsIdentity, TlsIdentityError, TokenHash};
use crate::secrets::{SecretsError, Vault};
use crate::telemetry::LogConfig;

/// A configuration, read and checked.
pub struct Config {
    /// `[server]`.
    pub server: ServerConfig,
    /// `[secrets]`.
    pub secrets: SecretsConfig,
    /// `[log]`.
    pub log: LogConfig,
    path: PathBuf,
    text: String,
}

/// `[server]`: the one port of all services.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port, `127.0.0.1:8080` if nothing is said.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// What clients call the server: `https://id.example.ac.kr`. http only in development, on loopback. Ends without
    /// `/` when it is shown ([`ServerConfig::public_base`]).
    #[serde(deserialize_with = "public_url")]
    pub public_url: Url,
    /// Certificate and key, if this process speaks https itself.
    pub tls: Option<TlsConfig>,
    /// A certificate by ACME, if this process speaks https itself and the world reaches it by its names.
    pub acme: Option<AcmeConfig>,
    /// A proxy that ends TLS stands in front.
    #[serde(default)]
    pub behind_proxy: bool,
    /// Development: plain http to and from loopback. Never in production.
    #[serde(default)]
    pub dev: bool,
    /// SHA-256 in base64url of the bearer token that opens `/metrics`.
    #[serde(default, deserialize_with = "token_hash")]
    pub metrics_token_hash: Option<TokenHash>,
}

/// `[server.tls]`: PEM files; relative to the folder of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The chain, the server's certificate first.
    pub certificate: PathBuf,
    /// The key of that certificate.
    pub key: PathBuf,
}

/// `[server.acme]`: an authority gives the certificate by ACME, whose terms of service whoever configures it agrees to. The port must be
/// what the world reaches as 443.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcmeConfig {
    /// The names of the server in DNS.
    pub names: Vec<String>,
    /// Where account and certificate are kept, relative to the folder of the configuration.
    pub folder: PathBuf,
    /// The authority's directory; Let's Encrypt's if nothing is said.
    #[serde(default = "lets_encrypt")]
    pub directory: Url,
    /// Certificates (PEM) by which the authority itself is known, besides the machine's.
    pub root: Option<PathBuf>,
}

/// `[secrets]`: where the master key is. Exactly one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum SecretsConfig {
    /// A file, relative to the folder of the configuration: `master_key = "master.key"`.
    MasterKey(PathBuf),
    /// A systemd credential: `credential = "jigap-master-key"`.
    Credential(String),
}

/// What is wrong with a configuration: the operator's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{path}: {}", unread(*kind))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        kind: io::ErrorKind,
    },
    /// A line is wrong.
    #[error("{path}:{line}: {message}")]
    Invalid {
        /// The configuration.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what is expected.
        message: String,
    },
    /// The file of the certificate's key cannot be used.
    #[error("{path}: {error}")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        error: PrivateFileError,
    },
    /// The certificate or its key cannot be used.
    #[error("{path}: {error}")]
    Tls {
        /// The certificate.
        path: PathBuf,
        /// Why.
        error: TlsIdentityError,
    },
}

/// The whole document. What others read is only looked at here so that a misspelt section is noticed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    server: ServerConfig,
    secrets: SecretsConfig,
    #[serde(default)]
    log: LogConfig,
    #[serde(rename = "store")]
    _store: Option<IgnoredAny>,
    #[serde(rename = "issuer")]
    _issuer: Option<IgnoredAny>,
    #[serde(rename = "verifier")]
    _verifier: Option<IgnoredAny>,
    #[serde(rename = "people")]
    _people: Option<IgnoredAny>,
}

impl Config {
    /// Reads and checks the file at `path`.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = String::from_utf8(read(path)?)
            .map_err(|_| ConfigError::Read { path: path.to_owned(), kind: io::ErrorKind::InvalidData })?;
        Self::parse(path, text)
    }

    /// The same from `text`, as if it stood at `path`.
    pub fn parse(path: &Path, text: String) -> Result<Self, ConfigError> {
        let document: Document = toml::from_str(&text).map_err(|error| invalid(path, &text, &error))?;
        let Document { server, secrets, log, .. } = document;
        let config = Self { server, secrets, log, path: path.to_owned(), text };
        config.server.check().map_err(|message| config.wrong("public_url", message))?;
        Ok(config)
    }

    /// The section `name` as its owner's type; `None` if it is not there.
    pub fn section<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ConfigError> {
        let wrong = |error: toml::de::Error| invalid(&self.path, &self.text, &error);
        let mut document = DeTable::parse(&self.text).map_err(wrong)?.into_inner();
        let Some(section) = document.remove(name) else { return Ok(None) };
        T::deserialize(ValueDeserializer::from(section)).map(Some).map_err(wrong)
    }

    /// `path` as the configuration means it: relative to its own folder.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    /// How to listen; reads the certificate and its key.
    pub fn server_settings(&self) -> Result<ServerSettings, ConfigError> {
        let tls = match (&self.server.tls, &self.server.acme) {
            (None, None) => None,
            (Some(files), None) => Some(Tls::Given(self.tls_identity(files)?)),
            (None, Some(acme)) => Some(Tls::Acme(Arc::new(self.acme(acme)?))),
            (Some(_), Some(_)) => {
                return Err(self.wrong("[server.acme]", "`tls` and `acme` exclude each other: take one away"));
            }
        };
        let ServerConfig { listen, behind_proxy, .. } = self.server;
        Ok(ServerSettings { listen, tls, behind_proxy, public: false, limits: HttpLimits::default() })
    }

    /// How to fetch.
    pub fn fetch_settings(&self) -> FetchSettings {
        if self.server.dev { FetchSettings::dev() } else { FetchSettings::public() }
    }

    /// The vault that `[secrets]` names.
    pub fn vault(&self, entropy: Arc<dyn Entropy>) -> Result<Vault, SecretsError> {
        match &self.secrets {
            SecretsConfig::MasterKey(path) => Vault::open_file(&self.resolve(path), entropy),
            SecretsConfig::Credential(name) => {
                let folder = env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
                Vault::open_credential(folder.as_deref(), name, entropy)
            }
        }
    }

    fn tls_identity(&self, files: &TlsConfig) -> Result<TlsIdentity, ConfigError> {
        let path = self.resolve(&files.certificate);
        let key = self.resolve(&files.key);
        let key = read_private(&key).map_err(|error| ConfigError::Key { path: key, error })?;
        TlsIdentity::from_pem(&read(&path)?, &key).map_err(|error| ConfigError::Tls { path, error })
    }

    fn acme(&self, acme: &AcmeConfig) -> Result<Acme, ConfigError> {
        let host = self.server.public_url.host_str().unwrap_or_default();
        if !acme.names.iter().any(|name| name.eq_ignore_ascii_case(host)) {
            return Err(self.wrong("[server.acme]", "the host of `public_url` is not among the names"));
        }
        let roots = match &acme.root {
            Some(root) => read(&self.resolve(root))?,
            None => Vec::new(),
        };
        let settings = AcmeSettings {
            directory: acme.directory.clone(),
            names: acme.names.clone(),
            folder: self.resolve(&acme.folder),
        };
        Acme::open(settings, &roots, Arc::new(SystemClock), Arc::new(OsEntropy))
            .map_err(|error| self.wrong("[server.acme]", &error.to_string()))
    }

    /// An error at the first line that sets `key`.
    fn wrong(&self, key: &str, message: &str) -> ConfigError {
        let line = self.text.lines().position(|line| line.trim_start().starts_with(key)).unwrap_or(0) + 1;
        ConfigError::Invalid { path: self.path.clone(), line, message: message.to_owned() }
    }
}

impl ServerConfig {
    /// The public URL without a `/` at its end, for identifiers such as `credential_issuer`.
    pub fn public_base(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }

    /// `/metrics` for the holder of the token; without one for everybody, if only this machine reaches the port.
    pub fn metrics_access(&self) -> MetricsAccess {
        match self.metrics_token_hash {
            Some(hash) => MetricsAccess::Bearer(hash),
            None if self.listen.ip().is_loopback() && !self.behind_proxy => MetricsAccess::Everybody,
            None => MetricsAccess::Nobody,
        }
    }

    /// Wallets refuse http, so it is only right on this machine.
    fn check(&self) -> Result<(), &'static str> {
        let loopback = match self.public_url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match self.public_url.scheme() {
            "https" => Ok(()),
            "http" if self.dev && loopback => Ok(()),
            _ => Err("public_url must be https (http only on loopback with dev = true)"),
        }
    }
}

fn lets_encrypt() -> Url {
    #[expect(clippy::expect_used, reason = "a constant")]
    Url::parse(LETS_ENCRYPT).expect("it is a URL")
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

/// Why a file cannot be read, in words for its operator.
fn unread(kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        other => format!("cannot be read: {other}"),
    }
}

fn public_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    let url = Url::parse(&text).map_err(|_| D::Error::custom("not a URL; expected https://your.host"))?;
    let plain = url.host().is_some()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if plain {
        Ok(url)
    } else {
        Err(D::Error::custom("expected a scheme, a host and at most a port and path"))
    }
}

fn token_hash<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TokenHash>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let hash = TokenHash::parse(&text);
    hash.map(Some).ok_or_else(|| D::Error::custom("expected a SHA-256 in base64url, 43 characters"))
}

#[expect(clippy::disallowed_methods, reason = "the configuration and the files it names are read here")]
fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path).map_err(|error| ConfigError::Read { path: path.to_owned(), kind: error.kind() })
}

fn invalid(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let Range { start, .. } = error.span().unwrap_or_default();
    let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
    ConfigError::Invalid { path: path.to_owned(), line, message: error.message().to_owned() }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
