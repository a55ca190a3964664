//! What the wallet keeps in its box, and under which ids.
//!
//! | id | record |
//! |---|---|
//! | `credential/{id}` | [`Held`] |
//! | `copy/{credential}/{number}` | [`Copy`] |
//! | `directory/{credential}/{number}` | a copy for one directory: [`Scoped`](super::directory::Scoped) |
//! | `record-key/{credential}` | the key by which the issuer made the pseudonyms of those, [`super::directory`] |
//! | `intent/{id}` | [`Intent`]: an acceptance under way |
//! | `trusted` | the trust list that the wallet has: [`Trusted`](super::trusted) |
//! | `renewal/{id}` | what gives more copies without a new offer: [`Renewal`](super::renewal::Renewal) |
//! | `notice/{id}` | [`Notice`]: what the issuer is to be told of copies, and has not got yet |
//! | `context/{credential}` | contexts of a credential that were fetched: [`Vocabulary`](super::vocabulary::Vocabulary) |
//! | `listing/{directory}` | the persona that is listed there, and its last document: [`OwnListing`](super::OwnListing) |
//! | `look/{credential}` | what its type says of itself: [`Look`](super::Look) |
//! | `consent/{id}` | [`Consent`](super::Consent): what its holder let be told on |
//! | `history/{moment}/{number}` | [`Event`]; the number counts those of one second |

use jigap_keys::PrivateKey;
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::WalletError;
use super::directory::ForDirectory;
use super::opened::{Opened, SUBJECT};
use crate::claims::ClaimPath;
use crate::contexts::VERIFIABLE_CREDENTIAL;
use crate::dcql::Format;
use crate::pass::{HeldPass, PassClaims};
use crate::time::Timestamp;
use crate::wallet_box::{BoxError, Records};

/// A credential that is held: what is shown of it without opening a copy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// The wallet's own id for it.
    pub id: String,
    /// Its format. The stored form does not name that of SD-JWT VC, which was the only one at first.
    #[serde(default = "sd_jwt_vc", skip_serializing_if = "is_sd_jwt_vc")]
    pub format: Format,
    /// The type of an SD-JWT VC; empty in other formats.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub vct: String,
    /// The types of a W3C credential as IRIs, but for what every credential is; those whose meaning is not known are left
    /// out. The document type of an mdoc. Empty for an SD-JWT VC.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Its issuer's identifier.
    pub issuer: String,
    /// Its name in Korean and English, as the issuer calls it.
    pub name: [Option<String>; 2],
    /// When it was received.
    pub received: Timestamp,
    /// When it ends, if it does.
    pub expires: Option<Timestamp>,
    /// How many copies were received.
    pub copies: usize,
    /// How many of them were shown to nobody yet.
    pub unused: usize,
    /// Its place among those held: credentials of one second keep the order they came in.
    #[serde(default)]
    pub number: u32,
    /// Of passes: whether their issuer does not recognise them, since it signed them blindly.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blind: bool,
}

/// One copy, with the key it is bound to. No `Debug`.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct Copy {
    #[zeroize(skip)]
    #[serde(default = "sd_jwt_vc", skip_serializing_if = "is_sd_jwt_vc")]
    format: Format,
    pub(super) credential: String,
    key: String,
    /// When it was shown, if it was. A copy is shown once.
    #[zeroize(skip)]
    pub(super) spent: Option<Timestamp>,
    /// When it was set aside for a backup, if it was: from then on it belongs to the wallet restored from that backup.
    #[zeroize(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reserved: Option<Timestamp>,
    /// What stands for the venue that a pass was shown to, its key and its name, in base64url: to no other it is ever shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) venue: Option<String>,
}

/// An acceptance under way. No `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Intent {
    pub(super) issuer: String,
    pub(super) configuration: String,
    #[serde(default = "sd_jwt_vc", skip_serializing_if = "is_sd_jwt_vc")]
    pub(super) format: Format,
    /// The type of an SD-JWT VC.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) vct: String,
    /// The types of a W3C credential or the document type of an mdoc, as the issuer's metadata names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) types: Vec<String>,
    pub(super) name: [Option<String>; 2],
    pub(super) credential_endpoint: Url,
    pub(super) nonce_endpoint: Option<Url>,
    pub(super) notification_endpoint: Option<Url>,
    pub(super) access_token: Option<String>,
    keys: Vec<String>,
    /// Whether passes are asked for that are signed blindly.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) blind: bool,
    /// What blinds each of them, in base64url, in the order of the keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    blindings: Vec<String>,
    /// Where tokens are given. Absent in acceptances from before there were refresh tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) token_endpoint: Option<Url>,
    /// The key that tokens are bound to; absent: bearer tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grant_key: Option<String>,
    /// The renewal that has its refresh token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) renewal: Option<String>,
    /// Whether its issuer gives copies for directories by its refresh token. The stored form names it since there are such.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) scoped: bool,
    /// Whether it gives those alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) scoped_only: bool,
    /// The directory that one copy is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) directory: Option<ForDirectory>,
}

/// What the issuer is to be told of the copies it sent. No `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Notice {
    pub(super) endpoint: Url,
    pub(super) access_token: String,
    pub(super) notification_id: String,
    /// The key that the token is bound to; absent: a bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grant_key: Option<String>,
    /// They were refused. The stored form names only this: at first there were none but acknowledgements.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) failed: bool,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// A credential was received.
    Received,
    /// A credential was shown.
    Presented,
    /// A credential was deleted.
    Deleted,
}

/// Something that was done: who, when, which claims; never a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// With whom: the issuer's or verifier's identifier.
    pub with: String,
    /// The credential's type: [`Held::credential_type`].
    pub vct: String,
    /// Which claims were shown.
    pub claims: Vec<ClaimPath>,
    /// Where a pass was shown, if it was shown to a venue. The stored form names it since there are entry logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<Visited>,
}

/// Where a pass was shown: what its holder needs to find the visit in the venue's entry log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visited {
    /// The venue, [`VenueId`](crate::pass::VenueId) in base64url.
    pub venue: String,
    /// What it calls itself.
    pub name: String,
    /// What it calls the gate.
    pub gate: String,
    /// What stands for the pass there, [`Pseudonym`](crate::pass::Pseudonym) in base64url.
    pub pass: String,
}

impl Held {
    /// What it is: the `vct` of an SD-JWT VC, the document type of an mdoc, the first type of a W3C credential that is not what
    /// every credential is.
    pub fn credential_type(&self) -> &str {
        match self.format {
            Format::DcSdJwt => &self.vct,
            _ => self.types.first().map_or(VERIFIABLE_CREDENTIAL, String::as_str),
        }
    }

    /// Where claims about the person stand: at the root of an SD-JWT VC and, by namespace, of an mdoc, below
    /// `credentialSubject` of a W3C credential.
    pub const fn subject(&self) -> Option<&'static str> {
        match self.format {
            Format::DcSdJwt | Format::MsoMdoc | Format::JigapPass => None,
            Format::JwtVcJson | Format::LdpVc | Format::VcCose | Format::VcSdJwt => Some(SUBJECT),
        }
    }
}

impl Event {
    pub(super) fn new(
        at: Timestamp,
        kind: EventKind,
        with: String,
        held: &Held,
        claims: Vec<ClaimPath>,
    ) -> Self {
        Self { at, kind, with, vct: held.credential_type().to_owned(), claims, visit: None }
    }
}

impl Copy {
    pub(super) fn new(format: Format, credential: String, key: &PrivateKey) -> Self {
        Self { format, credential, key: key.to_jwk().to_string(), spent: None, reserved: None, venue: None }
    }

    /// Whether it may be shown by this wallet: shown to nobody yet, and not set aside for another.
    pub(super) const fn is_unused(&self) -> bool {
        self.spent.is_none() && self.reserved.is_none()
    }

    pub(super) fn key(&self) -> Result<PrivateKey, WalletError> {
        private_key(&self.key)
    }

    /// Whether it is a copy of `held`, bound to its key.
    pub(super) fn is_of(&self, held: &Held) -> bool {
        let (Ok(opened), Ok(key)) = (self.open(), self.key()) else { return false };
        // The types of a W3C credential were expanded when it came, by contexts that need not be at hand any more.
        let is_of_type = match held.format {
            Format::DcSdJwt | Format::MsoMdoc | Format::JigapPass => opened.is_of(&held.vct, &held.types),
            Format::JwtVcJson | Format::LdpVc | Format::VcCose | Format::VcSdJwt => true,
        };
        self.format == held.format
            && is_of_type
            && opened.is_bound(key.public())
            && opened.is_blind() == held.blind
    }

    /// The pass; `None` for copies of other formats.
    pub(super) fn held_pass(&self) -> Option<HeldPass> {
        match self.open() {
            Ok(Opened::Pass { pass, .. }) => Some(*pass),
            _ => None,
        }
    }

    /// What a pass says; `None` for copies of other formats.
    pub(super) fn pass(&self) -> Option<PassClaims> {
        self.held_pass().map(|pass| pass.claims().clone())
    }

    /// The credential as it was checked when it was received; the box authenticates that it is that one.
    pub(super) fn open(&self) -> Result<Opened, WalletError> {
        Opened::open(self.format, &self.credential)
    }
}

impl Intent {
    pub(super) fn new(
        issuer: String,
        configuration: String,
        (format, vct, types): (Format, String, Vec<String>),
        endpoints: [Option<Url>; 3],
    ) -> Option<Self> {
        let [credential_endpoint, nonce_endpoint, notification_endpoint] = endpoints;
        Some(Self {
            issuer,
            configuration,
            format,
            vct,
            types,
            name: [None, None],
            credential_endpoint: credential_endpoint?,
            nonce_endpoint,
            notification_endpoint,
            access_token: None,
            keys: Vec::new(),
            blind: false,
            blindings: Vec::new(),
            token_endpoint: None,
            grant_key: None,
            renewal: None,
            scoped: false,
            scoped_only: false,
            directory: None,
        })
    }

    /// The same as it began: without keys and access token.
    pub(super) fn beginning(&self) -> Self {
        let mut beginning = self.clone();
        beginning.keys.zeroize();
        beginning.blindings.zeroize();
        beginning.access_token.zeroize();
        (beginning.keys, beginning.blindings, beginning.access_token) = (Vec::new(), Vec::new(), None);
        beginning.directory = None;
        beginning
    }

    /// How many copies are asked for.
    pub(super) fn copies(&self) -> usize {
        self.keys.len()
    }

    /// Where tokens are given, and the key they are bound to, if one is.
    pub(super) fn set_grant(&mut self, token_endpoint: Url, key: Option<&PrivateKey>) {
        self.token_endpoint = Some(token_endpoint);
        self.grant_key = key.map(|key| key.to_jwk().to_string());
    }

    /// The server gave a bearer token, although a key was shown.
    pub(super) fn unbind(&mut self) {
        self.grant_key.zeroize();
        self.grant_key = None;
    }

    /// The key that tokens are bound to.
    pub(super) fn grant_key(&self) -> Result<Option<PrivateKey>, WalletError> {
        self.grant_key.as_deref().map(private_key).transpose()
    }

    pub(super) fn set_keys(&mut self, keys: &[PrivateKey]) {
        self.keys = keys.iter().map(|key| key.to_jwk().to_string()).collect();
    }

    #[cfg(feature = "bbs")]
    pub(super) fn set_blindings(&mut self, fresh: impl Iterator<Item = zeroize::Zeroizing<[u8; 32]>>) {
        self.blindings = fresh.map(|number| jigap_keys::base64url::encode(*number)).collect();
    }

    #[cfg(feature = "bbs")]
    pub(super) fn blindings(&self) -> &[String] {
        &self.blindings
    }

    pub(super) fn keys(&self) -> Result<Vec<PrivateKey>, WalletError> {
        self.keys.iter().map(|jwk| private_key(jwk)).collect()
    }

    /// What is told of the copies that the issuer calls `notification_id`, if it wants to be told.
    pub(super) fn notice(&self, notification_id: Option<String>, failed: bool) -> Option<Notice> {
        let (endpoint, access_token) = (self.notification_endpoint.clone()?, self.access_token.clone()?);
        let grant_key = self.grant_key.clone();
        Some(Notice { endpoint, access_token, notification_id: notification_id?, grant_key, failed })
    }
}

impl Notice {
    /// The key that the token is bound to.
    pub(super) fn grant_key(&self) -> Result<Option<PrivateKey>, WalletError> {
        self.grant_key.as_deref().map(private_key).transpose()
    }
}

impl Drop for Intent {
    fn drop(&mut self) {
        self.keys.zeroize();
        self.blindings.zeroize();
        self.access_token.zeroize();
        self.grant_key.zeroize();
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        self.access_token.zeroize();
        self.grant_key.zeroize();
    }
}

/// The place of a renewal.
pub(super) fn renewal(id: &str) -> String {
    format!("renewal/{id}")
}

/// All credentials held, with their unused copies counted.
pub(super) async fn held(records: &Records) -> Result<Vec<Held>, WalletError> {
    let mut all = Vec::new();
    for id in records.list("credential/").await? {
        all.extend(records.read::<Held>(&id).await?);
    }
    Ok(all)
}

/// The place behind all that are held.
pub(super) async fn next_number(records: &Records) -> Result<u32, WalletError> {
    let last = held(records).await?.iter().map(|held| held.number).max();
    Ok(last.map_or(0, |last| last.saturating_add(1)))
}

pub(super) async fn credential(records: &Records, id: &str) -> Result<Option<Held>, WalletError> {
    Ok(records.read(&format!("credential/{id}")).await?)
}

/// The first copy that was shown to nobody and is not set aside, with its id.
pub(super) async fn unused_copy(records: &Records, credential: &str) -> Result<(String, Copy), WalletError> {
    unused_copies(records, credential, 1).await?.pop().ok_or(WalletError::NoCopyLeft)
}

/// The first copies, at most so many, that were shown to nobody and are not set aside, with their ids.
pub(super) async fn unused_copies(
    records: &Records,
    credential: &str,
    at_most: usize,
) -> Result<Vec<(String, Copy)>, WalletError> {
    let mut unused = Vec::new();
    for id in records.list(&format!("copy/{credential}/")).await? {
        if unused.len() == at_most {
            break;
        }
        let copy: Copy = records.read(&id).await?.ok_or(BoxError::Damaged)?;
        if copy.is_unused() {
            unused.push((id, copy));
        }
    }
    Ok(unused)
}

/// Any copy: all of a credential say the same, which was checked when they came.
pub(super) async fn any_copy(records: &Records, credential: &str) -> Result<Option<Copy>, WalletError> {
    match records.list(&format!("copy/{credential}/")).await?.first() {
        Some(id) => Ok(records.read(id).await?),
        None => Ok(None),
    }
}

/// Notes that a copy is shown, before it is.
pub(super) async fn spend(
    records: &Records,
    (id, copy): (&str, &mut Copy),
    credential: &str,
    now: Timestamp,
) -> Result<Held, WalletError> {
    copy.spent = Some(now);
    records.write(id, copy).await?;
    one_less(records, credential).await
}

/// Sets a copy aside for a backup.
pub(super) async fn reserve(
    records: &Records,
    (id, copy): (&str, &mut Copy),
    credential: &str,
    now: Timestamp,
) -> Result<Held, WalletError> {
    copy.reserved = Some(now);
    records.write(id, copy).await?;
    one_less(records, credential).await
}

/// Counts one copy less as unused. The count is read here: what the caller saw may be from before another commit.
async fn one_less(records: &Records, id: &str) -> Result<Held, WalletError> {
    let mut held = credential(records, id).await?.ok_or(WalletError::NoSuchCredential)?;
    held.unused = held.unused.saturating_sub(1);
    records.write(&format!("credential/{id}"), &held).await?;
    Ok(held)
}

/// Writes a received credential and its copies.
pub(super) async fn keep(records: &Records, held: &Held, copies: &[Copy]) -> Result<(), WalletError> {
    records.write(&format!("credential/{}", held.id), held).await?;
    for (number, copy) in copies.iter().enumerate() {
        records.write(&format!("copy/{}/{number:03}", held.id), copy).await?;
    }
    Ok(())
}

pub(super) async fn delete(records: &Records, credential: &str) -> Result<(), WalletError> {
    super::renewal::delete(records, credential).await?;
    super::directory::delete(records, credential).await?;
    for id in records.list(&format!("copy/{credential}/")).await? {
        records.delete(&id).await?;
    }
    records.delete(&super::looks::place(credential)).await?;
    records.delete(&super::vocabulary::place(credential)).await?;
    records.delete(&format!("credential/{credential}")).await?;
    Ok(())
}

pub(super) async fn remember(records: &Records, event: &Event) -> Result<(), WalletError> {
    // No event is ever deleted, so that counting those of the second numbers the next one.
    let moment = format!("history/{:020}/", event.at.unix());
    let number = records.list(&moment).await?.len();
    Ok(records.write(&format!("{moment}{number:06}"), event).await?)
}

pub(super) async fn history(records: &Records) -> Result<Vec<Event>, WalletError> {
    Ok(numbered_history(records).await?.into_iter().map(|(_, event)| event).collect())
}

/// The events with the ids they lie under, oldest first.
pub(super) async fn numbered_history(records: &Records) -> Result<Vec<(String, Event)>, WalletError> {
    let mut events = Vec::new();
    for id in records.list("history/").await? {
        if let Some(event) = records.read::<Event>(&id).await? {
            events.push((id, event));
        }
    }
    Ok(events)
}

const fn sd_jwt_vc() -> Format {
    Format::DcSdJwt
}

fn is_sd_jwt_vc(format: &Format) -> bool {
    *format == Format::DcSdJwt
}

fn private_key(jwk: &str) -> Result<PrivateKey, WalletError> {
    PrivateKey::from_jwk(jwk.as_bytes()).map_err(|_| WalletError::Key)
}

#[cfg(test)]
mod tests;
