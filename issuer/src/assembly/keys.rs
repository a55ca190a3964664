//! A tenant's signing keys, and what its mechanism makes of them: headers, published documents, trust entries.
//!
//! Keys that were replaced stay known by their public halves until what they signed has ended, and keys that will sign next
//! are known before they do: published where keys are published, and on the trust list as issuers of their own where the
//! identifier is the key (did:jwk). Refused: a chain
//! that does not lead to the anchors now, a certificate of another key or without a name, a private key in a plain file, a
//! did:web without a domain.

use std::path::Path;

use jigap_keys::PublicKey;
use jigap_platform::files;
use jigap_platform::keyring::{Keyring, Retired};
use jigap_platform::pem;
use jigap_platform::signer::LocalSigner;
use jigap_wallet_core::did::{Did, jwk_did};
use jigap_wallet_core::jose::Header;
use jigap_wallet_core::ports::Signer as _;
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{Mechanism, Names, PinnedKeys, TrustEntry};
use jigap_wallet_core::vci::IssuerIdentifier;
use jigap_wallet_core::x509::{Anchors, Leaf};
use serde_json::{Value, json};
use url::Url;

use super::bbs::BbsLine;
use super::config::{FormatConfig, MechanismConfig, TenantConfig, X5cConfig};
use super::{AssemblyError, CertificateKey, DAY};
use crate::tenant::{BbsKey, Name, SigningKey, day_of};

/// How long a trust entry made here lasts.
const TRUSTED_FOR: Seconds = Seconds(365 * DAY);

pub(super) const NO_FILES: &str = "mechanism x5c wants its files under x5c";

/// What signs for a tenant now, and what signed before.
pub(super) struct TenantKeys {
    credential: Line,
    status: Line,
    certified: Option<Certified>,
    bbs: Option<BbsLine>,
}

/// Keys of one purpose.
struct Line {
    signer: LocalSigner,
    /// What is prepared to replace it.
    next: Option<PublicKey>,
    retired: Vec<Retired>,
}

/// What `x5c` makes of its files.
struct Certified {
    chain: Vec<Vec<u8>>,
    anchors: Anchors,
    leaf: Leaf,
    /// Other certificates of this tenant.
    others: Vec<Leaf>,
    iss: bool,
}

/// Keys as credentials, status lists and the trust list name them.
pub(super) struct NamedKeys {
    /// `iss`; `None`: the certificate names the issuer.
    pub(super) issuer: Option<String>,
    pub(super) credential: SigningKey,
    pub(super) status: SigningKey,
    pub(super) bbs: Option<BbsKey>,
    /// Keys of the JWT VC issuer metadata.
    pub(super) published: Vec<Value>,
    /// The document of a did:web or did:webvh.
    pub(super) did_document: Option<Value>,
    pub(super) entries: Vec<TrustEntry>,
}

/// Where the key that signs `what` (`credential`, `status`, `bbs`, `log`) for `tenant` lies.
pub(super) fn place(tenant: &str, what: &str) -> String {
    format!("issuer/{tenant}/key/{what}")
}

impl TenantKeys {
    /// Reads the keys, making those that are not there yet.
    pub(super) async fn open(
        id: &str,
        config: &TenantConfig,
        keyring: Keyring<'_>,
        now: Timestamp,
    ) -> Result<Self, AssemblyError> {
        let wrong = |what| AssemblyError::Tenant(id.to_owned(), what);
        let line = async |what| {
            let place = place(id, what);
            let key_type = config.key_type.into();
            Ok::<_, AssemblyError>(Line {
                signer: keyring.signer(&place, key_type).await?,
                next: keyring.prepared(&place, key_type).await?,
                retired: keyring.retired(&place, now).await?,
            })
        };
        let (credential, certified) = match (config.mechanism, &config.x5c) {
            (MechanismConfig::X5c, Some(files)) => {
                let certified = certified(id, config, files, now)?;
                (certified_line(id, certified.leaf.key(), keyring, now).await?, Some(certified))
            }
            (MechanismConfig::X5c, None) => return Err(wrong(NO_FILES)),
            (_, Some(_)) => return Err(wrong("x5c is for mechanism x5c alone")),
            (_, None) => (line("credential").await?, None),
        };
        let bbs = BbsLine::open(id, config, keyring, now).await?;
        Ok(Self { credential, status: line("status").await?, certified, bbs })
    }

    /// What the mechanism makes of the keys.
    pub(super) fn named(
        self,
        identifier: &IssuerIdentifier,
        did: Option<&Did>,
        tenant: &Described<'_>,
        now: Timestamp,
    ) -> Result<NamedKeys, AssemblyError> {
        if let Some(did) = did {
            return self.named_by(did, tenant, now);
        }
        let named = match (tenant.config.mechanism, self.certified) {
            (MechanismConfig::X5c, Some(certified)) => {
                by_certificate(certified, (self.credential, self.status), identifier, tenant, now)
            }
            (MechanismConfig::Did, _) => by_did_jwk((self.credential, self.status), tenant, now),
            (_, _) => by_metadata((self.credential, self.status), identifier, tenant, now),
        }?;
        match self.bbs {
            Some(line) => line.named_apart(named, tenant, now),
            None => Ok(named),
        }
    }

    /// The document of `did`, whose keys these are (DID 1.0 §5). Those that were replaced are listed until they have ended:
    /// credentials say the day that they were signed at, and no moment.
    pub(super) fn did_document(&self, did: &str) -> Value {
        let lines = self.credential.all().chain(self.status.all());
        let methods: Vec<Value> = lines.map(|(key, _)| method(did, key)).collect();
        let ids: Vec<_> = methods.iter().filter_map(|method| method.get("id")).collect();
        let mut document = json!({
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
            "id": did,
            "verificationMethod": methods,
            "assertionMethod": ids,
        });
        if let Some(line) = &self.bbs {
            line.add_to(&mut document, did);
        }
        document
    }

    /// As keys of `did`, in its document.
    fn named_by(self, did: &Did, tenant: &Described<'_>, now: Timestamp) -> Result<NamedKeys, AssemblyError> {
        let document = self.did_document(did.as_str());
        let mut pinned = pinned(&self.credential, &self.status);
        if let (Some(line), Some(credentials)) = (&self.bbs, &mut pinned.credentials) {
            credentials.extend(line.thumbprints());
        }
        let mut entry = tenant.entry(did.as_str(), Mechanism::Did(did.clone().into()), now);
        entry.keys = Some(pinned);
        let kid = |signer: &LocalSigner| format!("{did}#{}", signer.public_key().thumbprint());
        let (credential_kid, status_kid) = (kid(&self.credential.signer), kid(&self.status.signer));
        Ok(NamedKeys {
            credential: by_kid(self.credential.signer, credential_kid)?,
            status: by_kid(self.status.signer, status_kid)?,
            bbs: self.bbs.map(|line| line.key_of(did.as_str())),
            issuer: Some(did.to_string()),
            published: Vec::new(),
            did_document: Some(document),
            entries: vec![entry],
        })
    }
}

/// What trust entries say of a tenant.
pub(super) struct Described<'a> {
    pub(super) id: &'a str,
    pub(super) config: &'a TenantConfig,
    pub(super) types: Vec<String>,
    /// Those of them that W3C credentials have.
    pub(super) w3c_types: Vec<String>,
}

impl Described<'_> {
    pub(super) fn entry(&self, issuer: &str, mechanism: Mechanism, now: Timestamp) -> TrustEntry {
        let Name { ko, en } = self.config.name.clone();
        TrustEntry {
            issuer: issuer.to_owned(),
            names: Names { ko, en },
            mechanism,
            types: self.types.clone(),
            valid_from: day_of(now),
            valid_until: day_of(now).plus(TRUSTED_FOR),
            withdrawn_since: None,
            passes: jigap_wallet_core::trust::PassTerms::default(),
            authorities: self.config.authorities.clone(),
            status_issuers: Vec::new(),
            keys: None,
        }
    }

    pub(super) fn did(&self, text: &str) -> Result<Did, AssemblyError> {
        Did::parse(text).map_err(|_| self.wrong("its key or URL makes no DID"))
    }

    fn wrong(&self, what: &'static str) -> AssemblyError {
        AssemblyError::Tenant(self.id.to_owned(), what)
    }

    /// An entry for every key of a line whose DID is the key; those that were replaced until they have ended.
    fn entries_by_did_jwk(&self, line: &Line, now: Timestamp) -> Result<Vec<TrustEntry>, AssemblyError> {
        line.all()
            .map(|(key, until)| {
                let did = jwk_did(key);
                let mut entry = self.entry(&did, Mechanism::Did(self.did(&did)?.into()), now);
                entry.valid_until = until.map_or(entry.valid_until, |until| entry.valid_until.min(until));
                Ok(entry)
            })
            .collect()
    }

    /// Status issuers of their own, which may issue no credential.
    fn status_entries(&self, line: &Line, now: Timestamp) -> Result<Vec<TrustEntry>, AssemblyError> {
        let mut entries = self.entries_by_did_jwk(line, now)?;
        for entry in &mut entries {
            entry.types.clear();
            entry.keys = Some(PinnedKeys::both(Vec::new(), line.thumbprints()));
        }
        Ok(entries)
    }
}

impl Line {
    /// The key that signs, the one that will, then those that signed, with the moment when what they signed has ended.
    fn all(&self) -> impl Iterator<Item = (&PublicKey, Option<Timestamp>)> {
        let retired = self.retired.iter().map(|key| (&key.key, Some(key.until)));
        let next = self.next.iter().map(|key| (key, None));
        std::iter::once((self.signer.public_key(), None)).chain(next).chain(retired)
    }

    fn thumbprints(&self) -> Vec<String> {
        self.all().map(|(key, _)| key.thumbprint()).collect()
    }
}

/// The keys of both purposes, so that the trust list can tell them apart.
fn pinned(credential: &Line, status: &Line) -> PinnedKeys {
    PinnedKeys::both(credential.thumbprints(), status.thumbprints())
}

fn by_metadata(
    (credential, status): (Line, Line),
    identifier: &IssuerIdentifier,
    tenant: &Described<'_>,
    now: Timestamp,
) -> Result<NamedKeys, AssemblyError> {
    let url = Url::parse(identifier.as_str()).map_err(|_| AssemblyError::Issuer("public_url"))?;
    let mut entry = tenant.entry(identifier.as_str(), Mechanism::JwtVcIssuer(url), now);
    entry.keys = Some(pinned(&credential, &status));
    let published = credential.all().chain(status.all()).map(|(key, _)| published(key)).collect();
    let (credential_kid, status_kid) =
        (credential.signer.public_key().thumbprint(), status.signer.public_key().thumbprint());
    Ok(NamedKeys {
        issuer: Some(identifier.as_str().to_owned()),
        entries: vec![entry],
        credential: by_kid(credential.signer, credential_kid)?,
        status: by_kid(status.signer, status_kid)?,
        bbs: None,
        published,
        did_document: None,
    })
}

fn by_did_jwk(
    (credential, status): (Line, Line),
    tenant: &Described<'_>,
    now: Timestamp,
) -> Result<NamedKeys, AssemblyError> {
    let mut entries = tenant.entries_by_did_jwk(&credential, now)?;
    let signers = tenant.status_entries(&status, now)?;
    for entry in &mut entries {
        entry.status_issuers = signers.iter().map(|signer| signer.issuer.clone()).collect();
        // What a credential key signs is no status list, and what a status key signs nothing else.
        entry.keys = Some(PinnedKeys::both(credential.thumbprints(), Vec::new()));
    }
    entries.extend(signers);
    let issuer = jwk_did(credential.signer.public_key());
    let kid = format!("{issuer}#0");
    Ok(NamedKeys {
        issuer: Some(issuer),
        credential: by_kid(credential.signer, kid)?,
        status: by_did_jwk_kid(status.signer)?,
        bbs: None,
        published: Vec::new(),
        did_document: None,
        entries,
    })
}

fn by_certificate(
    certified: Certified,
    (credential, status): (Line, Line),
    identifier: &IssuerIdentifier,
    tenant: &Described<'_>,
    now: Timestamp,
) -> Result<NamedKeys, AssemblyError> {
    let keys = certified.pinned(identifier, &credential);
    let alone = certified.names_alone(identifier);
    let san = if alone { vec![identifier.as_str().to_owned()] } else { certified.names() };
    if san.is_empty() && !identifier.as_str().starts_with("https:") {
        return Err(tenant.wrong("a certificate without an alternative name wants an https public_url"));
    }
    let Certified { chain, anchors, iss, .. } = certified;
    let mut entry = tenant.entry(identifier.as_str(), Mechanism::X5c { anchors, san }, now);
    entry.keys = Some(keys);
    let signers = tenant.status_entries(&status, now)?;
    entry.status_issuers = signers.iter().map(|signer| signer.issuer.clone()).collect();
    let header = header(&credential.signer)?.x5c(chain);
    Ok(NamedKeys {
        issuer: iss.then(|| identifier.as_str().to_owned()),
        credential: SigningKey { header, signer: std::sync::Arc::new(credential.signer) },
        status: by_did_jwk_kid(status.signer)?,
        bbs: None,
        published: Vec::new(),
        did_document: None,
        entries: std::iter::once(entry).chain(signers).collect(),
    })
}

/// The keys of a tenant whose certificate is for `key`.
async fn certified_line(
    id: &str,
    key: &PublicKey,
    keyring: Keyring<'_>,
    now: Timestamp,
) -> Result<Line, AssemblyError> {
    let place = place(id, "credential");
    let next = keyring.held_next(&place).await?.map(|next| next.public_key().clone());
    let unfit = |how| Err(AssemblyError::CertificateKey(id.to_owned(), how));
    match keyring.held(&place).await? {
        Some(signer) if signer.public_key() == key => {
            Ok(Line { signer, next, retired: keyring.retired(&place, now).await? })
        }
        _ if next.as_ref() == Some(key) => unfit(CertificateKey::NotPromoted),
        Some(_) => unfit(CertificateKey::Other),
        None => unfit(CertificateKey::None),
    }
}

fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, AssemblyError> {
    let read = files::read(path).map_err(|error| AssemblyError::File(path.to_owned(), error))?;
    pem::certificates(&read).map_err(|error| AssemblyError::Pem(path.to_owned(), error))
}

/// The key that the first certificate of the chain is for, whoever certified it.
pub(super) fn certified_key(id: &str, files: &X5cConfig) -> Result<PublicKey, AssemblyError> {
    let first = certificates(&files.chain)?.into_iter().next().unwrap_or_default();
    let leaf = Leaf::dangerous_without_path(&first);
    leaf.map(|leaf| leaf.key().clone()).map_err(|error| AssemblyError::Chain(id.to_owned(), error))
}

/// Reads chain and anchors, and judges them as every verifier will.
fn certified(
    id: &str,
    config: &TenantConfig,
    files: &X5cConfig,
    now: Timestamp,
) -> Result<Certified, AssemblyError> {
    let wrong = |what| AssemblyError::Tenant(id.to_owned(), what);
    if files.key.is_some() {
        return Err(AssemblyError::PlainKey(id.to_owned()));
    }
    let (chain, anchors) = (certificates(&files.chain)?, certificates(&files.anchors)?);
    let anchors = Anchors::new(anchors).map_err(|error| AssemblyError::Chain(id.to_owned(), error))?;
    let leaf =
        Leaf::verify(&chain, &anchors, now).map_err(|error| AssemblyError::Chain(id.to_owned(), error))?;
    let is_mdoc = |format: &FormatConfig| matches!(format, FormatConfig::MsoMdoc);
    if config.issues(is_mdoc) {
        let signer = Leaf::verify_document_signer(&chain, &anchors, now);
        signer.map_err(|error| AssemblyError::DocumentSigner(id.to_owned(), error))?;
    }
    // A document signer need bear no name: its mdocs are told by root and key.
    if leaf.uris().is_empty() && leaf.dns_names().is_empty() && config.issues(|format| !is_mdoc(format)) {
        return Err(wrong(
            "the first certificate of x5c.chain bears no alternative name, neither URI nor DNS name",
        ));
    }
    let others = files.also_pinned.iter().map(|path| {
        let first = certificates(path)?.into_iter().next().unwrap_or_default();
        let other = Leaf::dangerous_without_path(&first);
        other.map_err(|error| AssemblyError::Chain(id.to_owned(), error))
    });
    let others = others.collect::<Result<_, AssemblyError>>()?;
    Ok(Certified { chain, anchors, leaf, others, iss: files.iss })
}

impl Certified {
    /// Whether its one certificate names this tenant and no other: by a URI that is its identifier. A DNS name is every
    /// tenant's of its host, so that it vouches for one together with its key alone.
    fn names_alone(&self, identifier: &IssuerIdentifier) -> bool {
        self.others.is_empty() && self.leaf.uris().iter().any(|uri| uri == identifier.as_str())
    }

    /// The keys that the trust entry pins: none for status lists, which are signed by another; for credentials those of its
    /// line and its certificates, unless their name alone says whose they are.
    fn pinned(&self, identifier: &IssuerIdentifier, line: &Line) -> PinnedKeys {
        if self.names_alone(identifier) {
            return PinnedKeys { credentials: None, status_lists: Some(Vec::new()) };
        }
        let mut credentials = line.thumbprints();
        for other in self.others.iter().map(|other| other.key().thumbprint()) {
            if !credentials.contains(&other) {
                credentials.push(other);
            }
        }
        PinnedKeys::both(credentials, Vec::new())
    }

    /// The names that its certificates bear: URIs, or DNS names where one has no URI.
    fn names(&self) -> Vec<String> {
        let names =
            |leaf: &Leaf| if leaf.uris().is_empty() { leaf.dns_names() } else { leaf.uris() }.to_vec();
        let mut all: Vec<String> = names(&self.leaf);
        for name in self.others.iter().flat_map(names) {
            if !all.contains(&name) {
                all.push(name);
            }
        }
        all
    }
}

fn by_kid(signer: LocalSigner, kid: String) -> Result<SigningKey, AssemblyError> {
    Ok(SigningKey { header: header(&signer)?.kid(kid), signer: std::sync::Arc::new(signer) })
}

fn by_did_jwk_kid(signer: LocalSigner) -> Result<SigningKey, AssemblyError> {
    let kid = format!("{}#0", jwk_did(signer.public_key()));
    by_kid(signer, kid)
}

fn header(signer: &LocalSigner) -> Result<Header, AssemblyError> {
    Header::for_key(signer.public_key()).ok_or(AssemblyError::Issuer("a key does not sign"))
}

/// A key of the JWKS, with its thumbprint (RFC 7638) as `kid`.
fn published(key: &PublicKey) -> Value {
    let mut jwk = key.to_jwk();
    if let Some(members) = jwk.as_object_mut() {
        members.insert("kid".to_owned(), json!(key.thumbprint()));
        members.insert("use".to_owned(), json!("sig"));
    }
    jwk
}

/// A verification method of a did:web document (DID 1.0 §5.2).
fn method(did: &str, key: &PublicKey) -> Value {
    json!({
        "id": format!("{did}#{}", key.thumbprint()),
        "type": "JsonWebKey",
        "controller": did,
        "publicKeyJwk": key.to_jwk(),
    })
}
