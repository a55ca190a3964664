//! One issuer of a trust list: its names, the mechanism that finds its key, what it may issue and when.
//!
//! Read strictly (docs/TRUST-LIST.md): every member is known and typed, so that a restriction somebody wrote is never
//! skipped over. Refused: a mechanism that is not exactly one, `jwt_vc_issuer` of another issuer, an issuer without
//! an https identifier whose certificates are not named, one key for two purposes, empty validity, strings and lists over
//! their bounds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jigap_keys::{PublicKey, base64url};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::{IssuerDid, PassTerms};
use crate::did::Did;
use crate::documents::is_fetchable;
use crate::text::{Lang, is_deceptive};
use crate::time::Timestamp;
use crate::x509::{Anchors, Leaf, https_host};

/// Most characters of an identifier.
const MAX_IDENTIFIER: usize = 2048;
/// Most characters of a name people read.
const MAX_NAME: usize = 200;
/// Most types, alternative names and status issuers of one entry.
const MAX_LIST: usize = 256;
/// Bytes of a key's thumbprint.
const THUMBPRINT: usize = 32;

/// An issuer's name for people, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// In Korean.
    pub ko: String,
    /// In English.
    pub en: String,
}

impl Names {
    /// The name in `lang`.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ko => &self.ko,
            Lang::En => &self.en,
        }
    }
}

/// How an issuer's key is found: one way per issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mechanism {
    /// By the certificate chain in the `x5c` header (SD-JWT VC §2.5).
    X5c {
        /// What the chain must lead to.
        anchors: Anchors,
        /// Alternative names (DNS names, or URIs: those with a colon) one of which the leaf must bear. Empty: the leaf
        /// bears the issuer identifier as a URI, or its host as a DNS name.
        san: Vec<String>,
    },
    /// By the certificate chain in the `x5c` header, whatever names the leaf bears: what these anchors certify is this
    /// issuer's, as where a list of trusted entities says so ([`Lote`](crate::lote::Lote)).
    X5cAny(Anchors),
    /// By the assertion methods of this DID.
    Did(IssuerDid),
    /// By JWT VC Issuer Metadata (SD-JWT VC §4) at this URL, which is the issuer's identifier.
    JwtVcIssuer(Url),
}

impl Mechanism {
    /// Whether it also finds keys that the issuer uses no more, for what was signed with them before: a did:webvh does.
    pub(crate) fn knows_retired_keys(&self) -> bool {
        matches!(self, Self::Did(issuer) if issuer.did().method() == "webvh")
    }
}

/// The keys that an issuer may sign with, by what it signs: thumbprints (RFC 7638, SHA-256, base64url). No key has two
/// purposes, so that one that is stolen does the harm of one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PinnedKeys {
    /// Keys that sign credentials. `None`: every key that the mechanism finds, but those of status lists.
    pub credentials: Option<Vec<String>>,
    /// Keys that sign status lists. `None`: every key that the mechanism finds, but those of credentials. Empty: only others
    /// sign them, [`TrustEntry::status_issuers`].
    pub status_lists: Option<Vec<String>>,
}

impl PinnedKeys {
    /// Pins both purposes.
    pub const fn both(credentials: Vec<String>, status_lists: Vec<String>) -> Self {
        Self { credentials: Some(credentials), status_lists: Some(status_lists) }
    }

    /// Every key that is named, whatever it signs.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.credentials.iter().chain(&self.status_lists).flatten()
    }

    /// Whether each key that `other` names may sign here what it signs there.
    pub fn covers(&self, other: &Self) -> bool {
        other.credentials.iter().flatten().all(|key| self.lets_issue(key))
            && other.status_lists.iter().flatten().all(|key| self.lets_sign_status(key))
    }

    /// Whether the key with this thumbprint signs credentials, if the mechanism finds it.
    pub(super) fn lets_issue(&self, thumbprint: &str) -> bool {
        signs(&self.credentials, &self.status_lists, thumbprint)
    }

    /// Whether the key with this thumbprint signs status lists, if the mechanism finds it.
    pub(super) fn lets_sign_status(&self, thumbprint: &str) -> bool {
        signs(&self.status_lists, &self.credentials, thumbprint)
    }
}

/// Whether a key is among those of one purpose, or of none where that purpose is not pinned.
fn signs(pinned: &Option<Vec<String>>, otherwise: &Option<Vec<String>>, thumbprint: &str) -> bool {
    let among = |keys: &Vec<String>| keys.iter().any(|key| key == thumbprint);
    pinned.as_ref().map_or(!otherwise.as_ref().is_some_and(among), among)
}

/// The authorities and trust frameworks that certify an issuer, beside those that its certificates show (OpenID4VP 1.0
/// §6.1.1). The publisher of the list found out and vouches for it: nothing here reads an ETSI list or builds a trust path.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Authorities {
    /// Identifiers of the ETSI trusted lists (TS 119 612) that name it, or lead to one that does (§6.1.1.2).
    pub etsi_tl: Vec<String>,
    /// Entity Identifiers of OpenID Federation to which a trust path leads from it (§6.1.1.3).
    pub openid_federation: Vec<String>,
}

/// What a trust list says of one issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustEntry {
    /// The identifier, exactly as a credential's `iss` or `issuer` names it.
    pub issuer: String,
    /// For people.
    pub names: Names,
    /// How its key is found.
    pub mechanism: Mechanism,
    /// Which of the keys found may sign what. `None`: the mechanism alone decides, and each of its keys signs both.
    pub keys: Option<PinnedKeys>,
    /// The types it may issue: `vct` values or expanded type IRIs.
    pub types: Vec<String>,
    /// From when it may issue.
    pub valid_from: Timestamp,
    /// The moment when that ends.
    pub valid_until: Timestamp,
    /// Since when its trust is withdrawn, if it is: nothing it ever issued is accepted from then on.
    pub withdrawn_since: Option<Timestamp>,
    /// Issuers of the same list that may sign the status lists of its credentials, beside itself.
    pub status_issuers: Vec<String>,
    /// Who certifies it.
    pub authorities: Authorities,
    /// What holds for its entry passes.
    pub passes: PassTerms,
}

impl TrustEntry {
    /// Reads an entry; `None` if it breaks the format.
    pub(super) fn from_json(value: &Value) -> Option<Self> {
        let members = object(
            value,
            &["issuer", "names", "mechanism", "types", "valid_from", "valid_until", "status"],
            &["keys", "since", "status_issuers", "authorities", "passes"],
        )?;
        let types = identifiers(members.get("types")?)?;
        let entry = Self {
            issuer: identifier(members.get("issuer")?)?,
            names: names(members.get("names")?)?,
            mechanism: mechanism(members.get("mechanism")?)?,
            keys: match members.get("keys") {
                Some(keys) => Some(pinned(keys)?),
                None => None,
            },
            valid_from: moment(members.get("valid_from")?)?,
            valid_until: moment(members.get("valid_until")?)?,
            withdrawn_since: withdrawn_since(members)?,
            status_issuers: members.get("status_issuers").map_or(Some(Vec::new()), identifiers)?,
            authorities: members.get("authorities").map_or(Some(Authorities::default()), authorities)?,
            passes: match members.get("passes") {
                Some(terms) => PassTerms::from_json(terms, &types)?,
                None => PassTerms::default(),
            },
            types,
        };
        (entry.valid_from < entry.valid_until && entry.mechanism_fits()).then_some(entry)
    }

    /// The JSON form, which [`Self::from_json`] reads.
    pub(super) fn to_json(&self) -> Value {
        let mechanism = match &self.mechanism {
            Mechanism::X5c { anchors, san } => match san.as_slice() {
                [] => json!({"x5c": {"anchors": encoded(anchors)}}),
                san => json!({"x5c": {"anchors": encoded(anchors), "san": san}}),
            },
            Mechanism::X5cAny(anchors) => json!({"x5c_any": {"anchors": encoded(anchors)}}),
            Mechanism::Did(issuer) => json!({"did": issuer.did().as_str()}),
            Mechanism::JwtVcIssuer(_) => json!({"jwt_vc_issuer": self.issuer}),
        };
        let mut entry = json!({
            "issuer": self.issuer,
            "names": {"ko": self.names.ko, "en": self.names.en},
            "mechanism": mechanism,
            "types": self.types,
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "status": if self.withdrawn_since.is_some() { "withdrawn" } else { "active" },
        });
        if let Some(members) = entry.as_object_mut() {
            if let Some(PinnedKeys { credentials, status_lists }) = &self.keys {
                let purposes = [("credentials", credentials), ("status_lists", status_lists)];
                let pinned = purposes
                    .into_iter()
                    .filter_map(|(name, keys)| Some((name.to_owned(), json!(keys.as_ref()?))));
                members.insert("keys".to_owned(), Value::Object(pinned.collect()));
            }
            if let Some(since) = self.withdrawn_since {
                members.insert("since".to_owned(), since.unix().into());
            }
            if !self.status_issuers.is_empty() {
                members.insert("status_issuers".to_owned(), json!(self.status_issuers));
            }
            let Authorities { etsi_tl, openid_federation } = &self.authorities;
            let authorities = [("etsi_tl", etsi_tl), ("openid_federation", openid_federation)];
            let named = authorities.into_iter().filter(|(_, identifiers)| !identifiers.is_empty());
            let named: Map<_, _> = named.map(|(kind, named)| (kind.to_owned(), json!(named))).collect();
            if !named.is_empty() {
                members.insert("authorities".to_owned(), Value::Object(named));
            }
            if !self.passes.is_empty() {
                members.insert("passes".to_owned(), self.passes.to_json());
            }
        }
        entry
    }

    /// What its chain must lead to, if its mechanism is a certificate chain.
    pub(crate) fn anchors(&self) -> Option<&Anchors> {
        match &self.mechanism {
            Mechanism::X5c { anchors, .. } | Mechanism::X5cAny(anchors) => Some(anchors),
            Mechanism::Did(_) | Mechanism::JwtVcIssuer(_) => None,
        }
    }

    /// The names one of which a certificate of its chains bears, if its mechanism wants any.
    pub(super) fn certificate_names(&self) -> Vec<String> {
        match &self.mechanism {
            Mechanism::X5c { san, .. } if san.is_empty() => {
                https_host(&self.issuer).into_iter().chain([self.issuer.clone()]).collect()
            }
            Mechanism::X5c { san, .. } => san.clone(),
            Mechanism::X5cAny(_) | Mechanism::Did(_) | Mechanism::JwtVcIssuer(_) => Vec::new(),
        }
    }

    /// Whether its mechanism is a certificate chain, and `leaf` bears a name that the entry wants.
    pub(super) fn is_named_by(&self, leaf: &Leaf) -> bool {
        self.certificate_names().iter().any(|name| leaf.bears(name))
    }

    /// Whether `leaf`, an mdoc's document signer, bears a name that the entry lists; any, where it lists none.
    pub(super) fn names_document_signer(&self, leaf: &Leaf) -> bool {
        match &self.mechanism {
            Mechanism::X5c { san, .. } => san.is_empty() || self.is_named_by(leaf),
            Mechanism::X5cAny(_) => true,
            Mechanism::Did(_) | Mechanism::JwtVcIssuer(_) => false,
        }
    }

    /// Whether the list lets `key` sign what the issuer issues.
    pub(super) fn pins(&self, key: &PublicKey) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.lets_issue(&key.thumbprint()))
    }

    /// Whether the mechanism can ever say something of this issuer.
    fn mechanism_fits(&self) -> bool {
        match &self.mechanism {
            Mechanism::X5c { san, .. } => !san.is_empty() || https_host(&self.issuer).is_some(),
            Mechanism::X5cAny(_) | Mechanism::Did(_) => true,
            Mechanism::JwtVcIssuer(url) => {
                Url::parse(&self.issuer).as_ref() == Ok(url)
                    && is_fetchable(url)
                    && url.query().is_none()
                    && url.fragment().is_none()
            }
        }
    }
}

fn mechanism(value: &Value) -> Option<Mechanism> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let (name, value) = members.iter().next()?;
    match name.as_str() {
        "x5c" => {
            let members = object(value, &["anchors"], &["san"])?;
            let san = members.get("san").map_or(Some(Vec::new()), identifiers)?;
            Some(Mechanism::X5c { anchors: anchors(members.get("anchors")?)?, san })
        }
        "x5c_any" => {
            let members = object(value, &["anchors"], &[])?;
            anchors(members.get("anchors")?).map(Mechanism::X5cAny)
        }
        "did" => Did::parse(value.as_str()?).ok().map(|did| Mechanism::Did(did.into())),
        "jwt_vc_issuer" => Url::parse(value.as_str()?).ok().map(Mechanism::JwtVcIssuer),
        _ => None,
    }
}

fn anchors(value: &Value) -> Option<Anchors> {
    let certificates = value.as_array()?.iter();
    let certificates: Option<_> = certificates.map(|text| STANDARD.decode(text.as_str()?).ok()).collect();
    Anchors::new(certificates?).ok()
}

fn encoded(anchors: &Anchors) -> Vec<String> {
    anchors.certificates().map(|der| STANDARD.encode(der)).collect()
}

fn pinned(value: &Value) -> Option<PinnedKeys> {
    let members =
        object(value, &[], &["credentials", "status_lists"]).filter(|members| !members.is_empty())?;
    let thumbprints = |name: &str| match members.get(name) {
        None => Some(None),
        Some(keys) => {
            let thumbprints = identifiers(keys)?;
            let sound = |text: &String| base64url::decode(text).is_ok_and(|bytes| bytes.len() == THUMBPRINT);
            thumbprints.iter().all(sound).then_some(Some(thumbprints))
        }
    };
    let keys =
        PinnedKeys { credentials: thumbprints("credentials")?, status_lists: thumbprints("status_lists")? };
    let mut credentials = keys.credentials.iter().flatten();
    let apart = !credentials.any(|key| keys.status_lists.iter().flatten().any(|other| other == key));
    apart.then_some(keys)
}

/// By kind, none of them empty.
fn authorities(value: &Value) -> Option<Authorities> {
    let members =
        object(value, &[], &["etsi_tl", "openid_federation"]).filter(|members| !members.is_empty())?;
    let named = |kind: &str| match members.get(kind) {
        None => Some(Vec::new()),
        Some(named) => identifiers(named).filter(|named| !named.is_empty()),
    };
    Some(Authorities { etsi_tl: named("etsi_tl")?, openid_federation: named("openid_federation")? })
}

/// `Some(None)`: active.
fn withdrawn_since(members: &Map<String, Value>) -> Option<Option<Timestamp>> {
    match (members.get("status")?.as_str()?, members.get("since")) {
        ("active", None) => Some(None),
        ("withdrawn", Some(since)) => moment(since).map(Some),
        _ => None,
    }
}

fn names(value: &Value) -> Option<Names> {
    let members = object(value, &["ko", "en"], &[])?;
    let name = |lang: &str| {
        let name = members.get(lang)?.as_str()?;
        let fits =
            !name.trim().is_empty() && name.chars().count() <= MAX_NAME && !name.contains(is_deceptive);
        fits.then(|| name.to_owned())
    };
    Some(Names { ko: name("ko")?, en: name("en")? })
}

/// The members of an object that has all of `required`, some of `optional` and no other.
pub(crate) fn object<'v>(
    value: &'v Value,
    required: &[&str],
    optional: &[&str],
) -> Option<&'v Map<String, Value>> {
    let members = value.as_object()?;
    let complete = required.iter().all(|name| members.contains_key(*name));
    let known =
        members.keys().all(|name| required.contains(&name.as_str()) || optional.contains(&name.as_str()));
    (complete && known).then_some(members)
}

/// A non-empty string without white space and control characters.
pub(super) fn identifier(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let fits = !text.is_empty()
        && text.len() <= MAX_IDENTIFIER
        && !text.contains(|character: char| character.is_whitespace() || is_deceptive(character));
    fits.then(|| text.to_owned())
}

/// A list of distinct identifiers.
fn identifiers(value: &Value) -> Option<Vec<String>> {
    let list = value.as_array().filter(|list| list.len() <= MAX_LIST)?;
    let list = list.iter().map(identifier).collect::<Option<Vec<_>>>()?;
    let distinct = list.iter().enumerate().all(|(at, one)| !list.iter().take(at).any(|other| other == one));
    distinct.then_some(list)
}

/// A whole number of seconds since the epoch, not before it.
pub(super) fn moment(value: &Value) -> Option<Timestamp> {
    value.as_i64().filter(|seconds| *seconds >= 0).map(Timestamp::from_unix)
}
