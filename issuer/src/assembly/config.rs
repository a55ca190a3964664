//! `[issuer]` of the configuration: what an operator decides about tenants. No secret stands in it.

use std::collections::{BTreeMap, BTreeSet};
use std::num::{NonZeroU8, NonZeroU16};
use std::path::{Path, PathBuf};

use jigap_keys::{KeyType, PublicKey};
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::ldp::Cryptosuite;
use jigap_wallet_core::trust::Authorities;
use serde::Deserialize;
use url::Url;

use super::vc_api::VcApiConfig;
use crate::configuration::DocumentSuite;
use crate::tenant::Name;

/// `[issuer]` of the configuration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// What the identifiers of types begin with. Unless it is said: `{public_url}/types`, and in development over http
    /// [`EXAMPLE_BASE`](crate::types::EXAMPLE_BASE), since identifiers are https.
    pub types_base: Option<Url>,
    /// A folder of credential types (schemas/README.md) instead of those that come with Jigap.
    pub types_folder: Option<PathBuf>,
    /// How often one client address may try at token endpoints, in a row and a minute: 60 unless it is said.
    pub token_tries: Option<u32>,
    /// How many verdicts of one verifier a tenant takes, in a row and a minute: 120 unless it is said.
    pub verdicts_a_minute: Option<u32>,
    /// The tenants, by id: 1 to 64 of `a-z`, `0-9` and `-`, the first segment of their paths.
    #[serde(default)]
    pub tenants: BTreeMap<String, TenantConfig>,
    /// Instances of W3C-CCG's VC API, by name: whoever reaches one has whatever they hand over signed by its key, which no
    /// trust list names. None unless it is said.
    #[serde(default)]
    pub vc_api: BTreeMap<String, VcApiConfig>,
}

/// `[issuer.tenants.{id}]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantConfig {
    /// What people call it.
    pub name: Name,
    /// The types it issues, by the names of their folders: as SD-JWT VC these are the credential configuration ids.
    pub types: Vec<String>,
    /// The formats of a type that is not issued as SD-JWT VC alone, by the name of its folder.
    #[serde(default)]
    pub formats: BTreeMap<String, Vec<FormatConfig>>,
    /// The cryptosuite of a type that is issued as `ldp_vc`, by the name of its folder: `eddsa-rdfc-2022` unless it is said.
    #[serde(default)]
    pub cryptosuites: BTreeMap<String, CryptosuiteConfig>,
    /// How its keys are found.
    #[serde(default)]
    pub mechanism: MechanismConfig,
    /// Certificate and key, for the mechanism `x5c` and no other.
    #[serde(default)]
    pub x5c: Option<X5cConfig>,
    /// The ETSI trusted lists and the federations that it stands in, which the trust list is to say
    /// (`[issuer.tenants.{id}.authorities]`, OpenID4VP 1.0 §6.1.1). Whoever signs the list vouches for them.
    #[serde(default)]
    pub authorities: Authorities,
    /// What kind of keys sign; cannot change once they are made. With `x5c` it is that of keys made here; a key that was
    /// brought (`jigap issuer import-key`) may be another.
    #[serde(default)]
    pub key_type: KeyTypeConfig,
    /// Days a credential is valid.
    #[serde(default = "a_year")]
    pub validity_days: u32,
    /// Days after which credentials are revoked that their wallet never acknowledged at the notification endpoint. Unless
    /// it is said they stay: for wallets of others, which need not notify (OpenID4VCI 1.0 §11).
    #[serde(default)]
    pub revoke_unacknowledged_days: Option<NonZeroU16>,
    /// What its wallets may have anew without an offer: entry passes unless it is said.
    #[serde(default)]
    pub refresh: RefreshConfig,
    /// What wallets may have copies of for directories of people. Nothing unless it is said.
    #[serde(default)]
    pub directories: DirectoryConfig,
    /// Who may administer it: name, and the SHA-256 of their token in base64url
    /// ([`TokenHash`](jigap_platform::http::TokenHash)).
    #[serde(default)]
    pub admins: BTreeMap<String, String>,
    /// What it issues for credentials that were shown to verifiers. Nothing unless it is said.
    #[serde(default)]
    pub from_verdicts: Option<FromVerdictsConfig>,
    /// Where it is told at once that a status list changed: addresses of verifiers that tell facts on
    /// (`https://verifier.example/v1/feed/hints`), at most 16. Nowhere unless it is said.
    #[serde(default)]
    pub hints: Vec<Url>,
    /// Its part in a venue's entry log, for which whom its passes are of is noted, sealed. None unless it is said.
    #[serde(default)]
    pub entry_log: Option<EntryLogConfig>,
}

/// `[issuer.tenants.{id}.entry_log]`: what `jigap entry-log` made.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryLogConfig {
    /// The issuer's folder (`jigap entry-log init`), for its statement and its register; its private keys are not read.
    pub folder: PathBuf,
    /// The log's policy (`jigap entry-log policy`). Read when the server starts: start it again when keys were made ahead.
    pub policy: PathBuf,
}

/// `[issuer.tenants.{id}.from_verdicts]`: offers for whoever showed a credential to one of these verifiers, with no registrar.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FromVerdictsConfig {
    /// Whether the verifier of this very configuration is one of them, by whatever key it has: told by
    /// [`IssuerConfig::beside_verifier`], or not known.
    #[serde(default)]
    pub own_verifier: bool,
    /// Verifiers elsewhere.
    #[serde(default)]
    pub verifiers: Vec<PinnedVerifierConfig>,
    /// What is issued, by the verifiers' names of templates.
    pub templates: BTreeMap<String, FromTemplateConfig>,
    /// How many offers one credential gives in 28 days; taking one ends the one before.
    #[serde(default = "two")]
    pub grants: NonZeroU8,
    /// Days after an offer was taken in which it is refreshed, instead of `refresh.days`: nobody looks meanwhile whether the credential
    /// still stands. 0: it is not refreshed.
    #[serde(default = "a_generation")]
    pub refresh_days: u16,
}

/// A verifier whose verdicts are taken.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedVerifierConfig {
    /// Its client identifier, prefix included.
    pub id: String,
    /// The key that it signs by, as JWK: its members, texts; may be left out where the identifier is a did:jwk.
    #[serde(default)]
    pub key: Option<BTreeMap<String, String>>,
}

impl PinnedVerifierConfig {
    fn of(id: &str, key: &PublicKey) -> Self {
        Self { id: id.to_owned(), key: serde_json::from_value(key.to_jwk()).ok() }
    }
}

/// `[issuer.tenants.{id}.from_verdicts.templates.{name}]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FromTemplateConfig {
    /// The credential configuration that is offered.
    pub configuration: String,
    /// The facts of a verdict that are claims of the same name; a verdict that says another is refused.
    pub claims: BTreeSet<String>,
    /// The fact that is the issuer's own key for the person, as a registrar's `reference` is. None unless it is said: then nobody here
    /// knows who they are.
    #[serde(default)]
    pub reference: Option<String>,
}

/// `[issuer.tenants.{id}.refresh]`: what is issued again to whoever holds a refresh token, which wallets get that use DPoP.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RefreshConfig {
    /// The credential configurations, by id; `[]`: none. Unless it is said: every entry pass. Other kinds of passes are
    /// refused: one ticket is one.
    pub configurations: Option<Vec<String>>,
    /// Days after an offer was taken in which it is refreshed: from then on the person needs a new offer.
    pub days: NonZeroU16,
    /// How many batches an offer gives in 24 hours.
    pub batches_a_day: NonZeroU8,
}

/// `[issuer.tenants.{id}.directories]`: copies that say by a pseudonym, in one directory and no other, on which record they stand
/// (docs/decisions/0025-directory-pseudonyms.md). Who takes an offer of such a configuration with DPoP gets a refresh token for them, as long
/// as the credential lasts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DirectoryConfig {
    /// The credential configurations, by id: of SD-JWT VC, the names of types.
    pub configurations: BTreeSet<String>,
    /// The claims that tell records of one person apart, by configuration: where somebody may hold several of a type. Each of them is
    /// mandatory in it. Unless it is said, the registrar's reference alone names a record.
    pub apart: BTreeMap<String, Vec<ClaimPath>>,
    /// How many of them a grant gives in 24 hours.
    pub copies_a_day: NonZeroU8,
}

impl Default for DirectoryConfig {
    fn default() -> Self {
        let RefreshConfig { batches_a_day, .. } = RefreshConfig::default();
        Self { configurations: BTreeSet::new(), apart: BTreeMap::new(), copies_a_day: batches_a_day }
    }
}

impl Default for RefreshConfig {
    fn default() -> Self {
        const DAYS: NonZeroU16 = NonZeroU16::MIN.saturating_add(179);
        const BATCHES: NonZeroU8 = NonZeroU8::MIN.saturating_add(2);
        Self { configurations: None, days: DAYS, batches_a_day: BATCHES }
    }
}

/// Credential Format Identifiers (OpenID4VCI 1.0 Appendix A) of what can be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum FormatConfig {
    /// SD-JWT VC: its holder chooses what to disclose.
    #[serde(rename = "dc+sd-jwt")]
    SdJwtVc,
    /// A W3C credential as JWT: shown whole.
    #[serde(rename = "jwt_vc_json")]
    JwtVcJson,
    /// A W3C credential with a Data Integrity proof. The tenant's keys are found by a DID and fit the cryptosuite.
    #[serde(rename = "ldp_vc")]
    LdpVc,
    /// An mdoc (ISO 18013-5): its holder chooses what to disclose. The tenant is known by the certificate of a document signer,
    /// and the type has an `mdoc.json`.
    #[serde(rename = "mso_mdoc")]
    MsoMdoc,
    /// An entry pass (docs/SPECS.md), shown as a code at a gate. The tenant's keys are of Ed25519 or P-256 and found by anything but
    /// certificates, and the type has a `pass.json`.
    #[serde(rename = "jigap_pass")]
    JigapPass,
    /// An entry pass that is signed blindly: its issuer does not recognise it, and no entry log leads from it to a person. As before,
    /// and the type's passes say four facts at most: the trust list names a key for each set of them.
    #[serde(rename = "jigap_pass_blind")]
    BlindPass,
}

/// Cryptosuites of `ldp_vc`, by the names of their specifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum CryptosuiteConfig {
    /// Ed25519; shown whole.
    #[default]
    #[serde(rename = "eddsa-rdfc-2022")]
    EddsaRdfc2022,
    /// P-256 or P-384; shown whole.
    #[serde(rename = "ecdsa-rdfc-2019")]
    EcdsaRdfc2019,
    /// P-256; its holder chooses what to disclose beside what the type leaves open.
    #[serde(rename = "ecdsa-sd-2023")]
    EcdsaSd2023,
    /// By a key of its own, whatever the `key_type`; its holder chooses, and no two shows have a signature in common.
    #[serde(rename = "bbs-2023")]
    Bbs2023,
}

/// `[issuer.tenants.{id}.x5c]`: PEM files. The key of the certificate is none of them: it is kept sealed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct X5cConfig {
    /// The chain that credentials carry: the tenant's certificate first, then those above it, the anchor left out.
    pub chain: PathBuf,
    /// Refused: the private key of that certificate is not read from a file, which would be used plain for ever. It is
    /// made here, or brought once (`jigap issuer import-key`).
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// The certificates that the trust list names: what the chain must lead to.
    pub anchors: PathBuf,
    /// Certificates before and after this one, whose keys the trust list pins beside its own: without a URI that is the
    /// tenant's identifier the certificate counts only with a key that the list pins (docs/TRUST-LIST.md §3).
    #[serde(default)]
    pub also_pinned: Vec<PathBuf>,
    /// Whether credentials name their issuer (`iss`), as most verifiers expect; without it the certificate alone does
    /// (SD-JWT VC §2.2.2.2).
    #[serde(default = "yes")]
    pub iss: bool,
}

/// How a tenant's keys are found, which the trust list fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MechanismConfig {
    /// In its JWT VC issuer metadata; `iss` is its credential issuer identifier.
    #[default]
    JwtVcIssuer,
    /// In a did:jwk, which is `iss`. Status lists are signed by a second did:jwk, a status issuer of the first.
    Did,
    /// In the document of did:web:{host}:{tenant}, which is `iss`; it stays the same when keys are replaced.
    DidWeb,
    /// In the log of did:webvh:{SCID}:{host}:{tenant}, which is `iss`: as did_web, and nobody who gets hold of the host or of a
    /// key that was replaced can rewrite which keys it had.
    DidWebvh,
    /// By the certificate chain in the `x5c` header; `iss`, if it is there, is its credential issuer identifier. Status
    /// lists are signed by a did:jwk, its status issuer.
    X5c,
}

/// Kinds of signing keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum KeyTypeConfig {
    /// ES256: what every wallet verifies.
    #[default]
    #[serde(rename = "P-256")]
    P256,
    /// ES384.
    #[serde(rename = "P-384")]
    P384,
    /// EdDSA.
    Ed25519,
}

impl TenantConfig {
    /// The formats of the type of this name.
    pub(super) fn formats_of(&self, name: &str) -> &[FormatConfig] {
        self.formats.get(name).map_or(&[FormatConfig::SdJwtVc][..], Vec::as_slice)
    }

    /// Whether a type is issued in `bbs-2023`, which wants a key of its own.
    pub(super) fn signs_by_bbs(&self) -> bool {
        self.cryptosuites.values().any(|suite| *suite == CryptosuiteConfig::Bbs2023)
    }

    /// Whether it issues something of a format that `is` so.
    pub(super) fn issues(&self, is: impl Fn(&FormatConfig) -> bool) -> bool {
        self.types.iter().flat_map(|name| self.formats_of(name)).any(is)
    }
}

impl IssuerConfig {
    /// The same, and the verifier of this configuration is the one of this client identifier, which signs by this key.
    #[must_use]
    pub fn beside_verifier(mut self, id: &str, key: &PublicKey) -> Self {
        for taken in self.tenants.values_mut().filter_map(|tenant| tenant.from_verdicts.as_mut()) {
            if std::mem::take(&mut taken.own_verifier) {
                taken.verifiers.push(PinnedVerifierConfig::of(id, key));
            }
        }
        self
    }

    /// Whether a tenant takes verdicts of the verifier of this configuration.
    pub fn takes_own_verdicts(&self) -> bool {
        self.tenants
            .values()
            .filter_map(|tenant| tenant.from_verdicts.as_ref())
            .any(|taken| taken.own_verifier)
    }

    /// Every path as `resolve` means it: relative ones to the folder of the configuration.
    #[must_use]
    pub fn resolved(mut self, resolve: impl Fn(&Path) -> PathBuf) -> Self {
        self.types_folder = self.types_folder.map(|folder| resolve(&folder));
        for files in self.tenants.values_mut().filter_map(|tenant| tenant.x5c.as_mut()) {
            let own = [&mut files.chain, &mut files.anchors];
            for path in own.into_iter().chain(&mut files.also_pinned) {
                *path = resolve(path);
            }
        }
        for log in self.tenants.values_mut().filter_map(|tenant| tenant.entry_log.as_mut()) {
            (log.folder, log.policy) = (resolve(&log.folder), resolve(&log.policy));
        }
        self
    }
}

impl From<CryptosuiteConfig> for DocumentSuite {
    fn from(config: CryptosuiteConfig) -> Self {
        match config {
            CryptosuiteConfig::EddsaRdfc2022 => Self::Signed(Cryptosuite::EddsaRdfc2022),
            CryptosuiteConfig::EcdsaRdfc2019 => Self::Signed(Cryptosuite::EcdsaRdfc2019),
            CryptosuiteConfig::EcdsaSd2023 => Self::Signed(Cryptosuite::EcdsaSd2023),
            CryptosuiteConfig::Bbs2023 => Self::Bbs,
        }
    }
}

impl From<KeyTypeConfig> for KeyType {
    fn from(config: KeyTypeConfig) -> Self {
        match config {
            KeyTypeConfig::P256 => Self::P256,
            KeyTypeConfig::P384 => Self::P384,
            KeyTypeConfig::Ed25519 => Self::Ed25519,
        }
    }
}

const fn two() -> NonZeroU8 {
    NonZeroU8::MIN.saturating_add(1)
}

const fn a_generation() -> u16 {
    28
}

const fn a_year() -> u32 {
    365
}

const fn yes() -> bool {
    true
}
