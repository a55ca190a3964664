//! Copies for one directory each, which say by a pseudonym of it (`dsub`) on which record they stand.
//!
//! A directory that wants to know that two listings are not one person's asks for the pseudonym. The copy is asked for by the
//! refresh token of its credential ([`super::refresh`]); the issuer does not learn for which directory ([`crate::people::dsub`]). It is as
//! crash-safe as a refresh: key, blind and intent are durable before anybody is asked, and the copy with the end of the intent in one commit.
//! It is shown once, to that directory's verifier, and never offered to another: it lies apart from the credential's other copies. Its blind
//! stays when it was shown, for the listing that stands on it. Refused: what DS-01 to DS-06 say. In no backup: a restored wallet asks anew.

use jigap_keys::{PrivateKey, base64url};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::asking::{Asking, Candidacy};
use super::opened::{self, Opened};
use super::records::{self, Copy, Event, EventKind, Held, Intent, Notice};
use super::{Wallet, WalletError, renewal};
use crate::claims::{ClaimPath, PathStep};
use crate::people::dsub::{self, CLAIM, DirectoryBlind, Dsub, DsubClaim};
use crate::time::Timestamp;
use crate::vci::{CredentialResponse, DsubAnswer};
use crate::verdict::{Check, Reason, Refusal};
use crate::wallet_box::{BoxError, Records};

/// DS-06: it is one copy of what is held, with the pseudonym apart.
pub const COPY: Check = Check::new(
    "DS-06",
    "a copy for a directory is one that says what the credential says, and besides, to be disclosed alone, the pseudonym that was asked for",
    "디렉터리용 사본은 하나이며, 자격 증명이 말하는 것과 따로 공개하는 요청한 가명만을 말합니다",
    "docs/SPECS.md, People; RFC 9901 §4",
);

const WITHOUT: Reason = Reason::new(
    "dsub-missing",
    "the issuer sent a copy without the pseudonym or without its proof",
    "발급자가 가명이나 그 증명이 없는 사본을 보냈습니다",
);
const OPEN: Reason = Reason::new(
    "dsub-open",
    "everybody who is shown the copy would see the pseudonym",
    "이 사본은 누구에게 보이든 가명이 드러납니다",
);
const OTHER_CLAIMS: Reason = Reason::new(
    "dsub-claims",
    "the copy says something else than the credential",
    "사본이 자격 증명과 다른 것을 말합니다",
);

const VERSION: u8 = 1;

/// What a copy is asked for.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct ForDirectory {
    /// The credential of which it is one.
    pub(super) credential: String,
    directory: String,
    /// What hides the directory's name, in base64url.
    blind: String,
}

/// A copy for one directory, as it is kept. No `Debug`.
#[derive(Serialize, Deserialize)]
pub(super) struct Scoped {
    version: u8,
    directory: String,
    /// What hides the directory's name, in base64url.
    blind: String,
    copy: Copy,
}

/// The key of a record, as its issuer proved it first.
#[derive(Serialize, Deserialize)]
struct RecordKey {
    version: u8,
    key: String,
}

/// A copy for one directory. No `Debug`: it knows what hides the directory from the issuer.
#[derive(Clone)]
pub struct DirectoryCopy {
    place: String,
    credential: String,
    directory: String,
    blind: Zeroizing<String>,
    claim: String,
    shown: Option<Timestamp>,
}

impl DirectoryCopy {
    /// The credential of which it is a copy.
    pub fn credential(&self) -> &str {
        &self.credential
    }

    /// The directory's name.
    pub fn directory(&self) -> &str {
        &self.directory
    }

    /// When it was shown, if it was: it is shown once.
    pub const fn shown(&self) -> Option<Timestamp> {
        self.shown
    }

    /// What the directory opens the pseudonym by, 32 bytes in base64url: for its listing document, and for nobody else.
    pub fn blind(&self) -> &str {
        &self.blind
    }

    /// What the record is known by in this directory.
    ///
    /// # Errors
    /// [`WalletError::Refused`] does not occur: it was looked at when the copy came.
    pub fn dsub(&self) -> Result<Dsub, WalletError> {
        let blind = Zeroizing::new(base64url::decode(&self.blind).map_err(|_| BoxError::Damaged)?);
        Ok(Dsub::open(&self.claim, &blind, &self.directory)?)
    }
}

impl Wallet {
    /// A copy of `credential` for the directory of this name that was shown to nobody: the one there is, else a fresh one of the issuer.
    /// While the copy is there, no issuer is asked.
    ///
    /// # Errors
    /// [`WalletError::NoDirectoryCopies`] where the issuer gives none of this credential; [`WalletError::Refused`] for a name that is none
    /// (DS-02) and for an answer that does not hold; what a refresh may fail by.
    pub async fn directory_copy(
        &self,
        credential: &str,
        directory: &str,
    ) -> Result<DirectoryCopy, WalletError> {
        if let Some(copy) = self.unshown(credential, directory).await? {
            return Ok(copy);
        }
        let blind = DirectoryBlind::new(directory, &self.entropy)?;
        let renewal = self.wallet_box.transact(|records| async move {
            records::credential(&records, credential).await?.ok_or(WalletError::NoSuchCredential)?;
            let of = |one: &renewal::Renewal| one.credential.as_deref() == Some(credential);
            Ok::<_, WalletError>(renewal::all(&records).await?.into_iter().map(|(_, one)| one).find(of))
        });
        let renewal = renewal.await?.ok_or(WalletError::NoDirectoryCopies)?;
        let mut intent = renewal.intent();
        if !intent.scoped {
            return Err(WalletError::NoDirectoryCopies);
        }
        self.make_keys(&mut intent, 1);
        intent.directory = Some(ForDirectory {
            credential: credential.to_owned(),
            directory: directory.to_owned(),
            blind: base64url::encode(*blind.secret()),
        });
        let acceptance = self.fresh_id();
        self.keep_intent(&acceptance, &intent).await?;
        if let Err(error) = self.collect(&acceptance, intent).await {
            // Nothing is asked for twice: the next time begins anew.
            self.forget(&format!("intent/{acceptance}")).await?;
            return Err(error);
        }
        self.unshown(credential, directory).await?.ok_or(WalletError::NoCopyLeft)
    }

    /// All copies for directories, those that were shown among them: by their blinds listings are made anew.
    pub async fn directory_copies(&self) -> Result<Vec<DirectoryCopy>, WalletError> {
        self.wallet_box
            .transact(|records| async move {
                let mut all = Vec::new();
                for (place, scoped) in scoped_at(&records, PLACE).await? {
                    all.push(scoped.told(place)?);
                }
                Ok::<_, WalletError>(all)
            })
            .await
    }

    /// The same request, to be answered with these copies where it asks for their credentials: only those, each once. Whoever calls this has
    /// looked that it is their directory that asks, for the persona that it lists.
    ///
    /// # Errors
    /// [`WalletError::NoCopyLeft`] if one was shown meanwhile, has ended or is not there; [`WalletError::CannotAnswer`] for copies of two
    /// directories, since either would learn what the other knows.
    pub async fn with_directory_copies(
        &self,
        asking: Asking,
        copies: &[&DirectoryCopy],
    ) -> Result<Asking, WalletError> {
        let now = self.clock.now();
        if copies.iter().any(|one| copies.iter().any(|other| other.directory != one.directory)) {
            return Err(WalletError::CannotAnswer);
        }
        let (request, mut held) = asking.into_parts();
        held.retain(|one| copies.iter().all(|copy| copy.credential != one.held.id));
        let chosen = self.wallet_box.transact(|records| async move {
            let mut chosen: Vec<Candidacy> = Vec::new();
            for copy in copies {
                let scoped = Scoped::read(&records, &copy.place).await?.filter(|it| it.is_usable(now));
                let opened = scoped.ok_or(WalletError::NoCopyLeft)?.copy.open()?;
                let same = chosen.iter_mut().find(|one| one.held.id == copy.credential);
                match same {
                    Some(same) if same.copies.contains(&copy.place) => return Err(WalletError::NoCopyLeft),
                    // They say the same but for the pseudonym's hiding.
                    Some(same) => same.copies.push(copy.place.clone()),
                    None => {
                        let held = records::credential(&records, &copy.credential).await?;
                        let held = held.ok_or(WalletError::NoSuchCredential)?;
                        chosen.push(Candidacy::new(held, &opened, vec![copy.place.clone()]));
                    }
                }
            }
            Ok::<_, WalletError>(chosen)
        });
        held.extend(chosen.await?);
        held.sort_by_key(|one| (one.held.received, one.held.number));
        Ok(Asking::new(request, held))
    }

    async fn unshown(&self, credential: &str, directory: &str) -> Result<Option<DirectoryCopy>, WalletError> {
        let now = self.clock.now();
        self.wallet_box
            .transact(|records| async move {
                let all = scoped_at(&records, &format!("{PLACE}{credential}/")).await?;
                let found = all.into_iter().find(|(_, it)| it.directory == directory && it.is_usable(now));
                found.map(|(place, scoped)| scoped.told(place)).transpose()
            })
            .await
    }

    /// Asks for the copy of `intent`, and keeps and acknowledges it, or refuses it and says so.
    pub(super) async fn collect_scoped(&self, id: &str, mut intent: Intent) -> Result<Held, WalletError> {
        let (body, keys) = self.asked_for(id, &mut intent).await?;
        let response = match CredentialResponse::parse(&body, keys.len()) {
            Ok(response) => response,
            Err(error) => {
                self.refuse(&intent, CredentialResponse::notification_id(&body)).await;
                return Err(error.into());
            }
        };
        let CredentialResponse::Issued { credentials, notification_id, dsub } = response else {
            return Err(WalletError::Deferred);
        };
        let received = self.received_scoped(&intent, (&keys, &credentials), dsub).await;
        match received {
            Ok((scoped, key)) => {
                let notice = intent.notice(notification_id, false);
                let held = self.keep_scoped((id, &intent), (&scoped, &key), notice.as_ref()).await?;
                if notice.is_some() {
                    // The copy is kept already: a notice that cannot be settled now waits for [`Wallet::resume`].
                    self.notify(&format!("notice/{id}")).await.ok();
                }
                Ok(held)
            }
            Err(error) => {
                self.refuse(&intent, notification_id).await;
                Err(error)
            }
        }
    }

    /// Checks that it is one copy of what is held, for its key, with the pseudonym that was asked for; says the record's key.
    async fn received_scoped(
        &self,
        intent: &Intent,
        (keys, credentials): (&[PrivateKey], &[Value]),
        answer: Option<Box<DsubAnswer>>,
    ) -> Result<(Scoped, RecordKey), WalletError> {
        let wanted = intent.directory.as_ref().ok_or(WalletError::Key)?;
        let ([key], [credential]) = (keys, credentials) else { return Err(WalletError::OtherCredential) };
        let text = opened::text(intent.format, credential).ok_or(WalletError::OtherCredential)?;
        let opened = Opened::open(intent.format, &text)?;
        if !opened.is_of(&intent.vct, &intent.types) || !opened.is_bound(key.public()) {
            return Err(WalletError::OtherCredential);
        }
        let claim = opened.claims().get(CLAIM).and_then(Value::as_str);
        let (Some(claim), Some(answer)) = (claim, answer) else { return Err(COPY.refuse(WITHOUT).into()) };
        let claim = DsubClaim::parse(claim)?;
        wanted.blind()?.finish(&claim)?;
        let (before, other) = self.known_of(&wanted.credential).await?;
        dsub::require_key(&claim, (&answer.key, &answer.proof), before.as_deref())?;
        require_said(&opened, other.map(|copy| copy.open()).transpose()?.as_ref())?;
        let copy = Copy::new(intent.format, text.into_owned(), key);
        let (directory, blind) = (wanted.directory.clone(), wanted.blind.clone());
        let key = base64url::encode(answer.key.to_bytes());
        let scoped = Scoped { version: VERSION, directory, blind, copy };
        Ok((scoped, RecordKey { version: VERSION, key }))
    }

    /// The record's key as it was proved before, and any copy of the credential.
    async fn known_of(&self, credential: &str) -> Result<(Option<Vec<u8>>, Option<Copy>), WalletError> {
        self.wallet_box
            .transact(|records| async move {
                let known = RecordKey::read(&records, credential).await?;
                let known = known.map(|known| base64url::decode(&known.key)).transpose();
                let known = known.map_err(|_| BoxError::Damaged)?;
                Ok::<_, WalletError>((known, records::any_copy(&records, credential).await?))
            })
            .await
    }

    /// One commit: the copy and the record's key are kept, the intent is done, the acknowledgement is owed.
    async fn keep_scoped(
        &self,
        (id, intent): (&str, &Intent),
        (scoped, key): (&Scoped, &RecordKey),
        notice: Option<&Notice>,
    ) -> Result<Held, WalletError> {
        let now = self.clock.now();
        let credential = intent.directory.as_ref().ok_or(WalletError::Key)?.credential.as_str();
        self.wallet_box
            .transact(|records| async move {
                // Somebody else finished this acceptance meanwhile, and the issuer revoked what it gave us.
                if !records.delete(&format!("intent/{id}")).await? {
                    return Err(WalletError::FinishedElsewhere);
                }
                let held = records::credential(&records, credential).await?;
                let held = held.ok_or(WalletError::NoSuchCredential)?;
                match RecordKey::read(&records, credential).await? {
                    Some(known) if known.key != key.key => return Err(WalletError::FinishedElsewhere),
                    Some(_) => {}
                    None => records.write(&key_place(credential), key).await?,
                }
                let shelf = format!("{PLACE}{credential}/");
                let last = records.list(&shelf).await?.last().and_then(|place| number(place));
                let place = format!("{shelf}{:06}", last.map_or(0, |last| last + 1));
                records.write(&place, scoped).await?;
                let event = Event::new(now, EventKind::Received, held.issuer.clone(), &held, Vec::new());
                records::remember(&records, &event).await?;
                if let Some(notice) = notice {
                    records.write(&format!("notice/{id}"), notice).await?;
                }
                Ok(held)
            })
            .await
    }
}

impl ForDirectory {
    /// What the issuer is asked by.
    pub(super) fn blind(&self) -> Result<DirectoryBlind, WalletError> {
        let blind = Zeroizing::new(base64url::decode(&self.blind).map_err(|_| BoxError::Damaged)?);
        Ok(DirectoryBlind::again(&self.directory, &blind)?)
    }
}

impl Scoped {
    async fn read(records: &Records, place: &str) -> Result<Option<Self>, WalletError> {
        let kept: Option<Self> = records.read(place).await?;
        match kept {
            Some(kept) if kept.version != VERSION => Err(BoxError::UnknownVersion.into()),
            kept => Ok(kept),
        }
    }

    fn is_usable(&self, now: Timestamp) -> bool {
        let ends = self.copy.open().ok().and_then(|opened| opened.expires_at());
        self.copy.is_unused() && ends.is_none_or(|ends| now < ends)
    }

    fn told(self, place: String) -> Result<DirectoryCopy, WalletError> {
        let opened = self.copy.open()?;
        let claim = opened.claims().get(CLAIM).and_then(Value::as_str).ok_or(BoxError::Damaged)?;
        let credential = place.trim_start_matches(PLACE).split('/').next().unwrap_or_default();
        Ok(DirectoryCopy {
            credential: credential.to_owned(),
            directory: self.directory.clone(),
            blind: Zeroizing::new(self.blind.clone()),
            claim: claim.to_owned(),
            shown: self.copy.spent,
            place,
        })
    }
}

impl Drop for Scoped {
    fn drop(&mut self) {
        self.blind.zeroize();
    }
}

impl RecordKey {
    async fn read(records: &Records, credential: &str) -> Result<Option<Self>, WalletError> {
        let kept: Option<Self> = records.read(&key_place(credential)).await?;
        match kept {
            Some(kept) if kept.version != VERSION => Err(BoxError::UnknownVersion.into()),
            kept => Ok(kept),
        }
    }
}

/// A copy to be shown, wherever it lies.
pub(super) enum Shelved {
    /// Among the credential's own.
    Plain(Box<Copy>),
    /// For one directory.
    Scoped(Box<Scoped>),
}

impl Shelved {
    pub(super) async fn read(records: &Records, place: &str) -> Result<Option<Self>, WalletError> {
        if place.starts_with(PLACE) {
            return Ok(Scoped::read(records, place).await?.map(|scoped| Self::Scoped(Box::new(scoped))));
        }
        let copy: Option<Copy> = records.read(place).await?;
        Ok(copy.map(|copy| Self::Plain(Box::new(copy))))
    }

    pub(super) const fn copy(&self) -> &Copy {
        match self {
            Self::Plain(copy) => copy,
            Self::Scoped(scoped) => &scoped.copy,
        }
    }

    /// Notes that it is shown, before it is.
    pub(super) async fn spend(
        self,
        records: &Records,
        (place, credential): (&str, &str),
        now: Timestamp,
    ) -> Result<Held, WalletError> {
        match self {
            Self::Plain(mut copy) => records::spend(records, (place, &mut copy), credential, now).await,
            Self::Scoped(mut scoped) => {
                scoped.copy.spent = Some(now);
                records.write(place, &*scoped).await?;
                records::credential(records, credential).await?.ok_or(WalletError::NoSuchCredential)
            }
        }
    }
}

/// Deletes the copies for directories of `credential`, and what is known of its record.
pub(super) async fn delete(records: &Records, credential: &str) -> Result<(), WalletError> {
    for place in records.list(&format!("{PLACE}{credential}/")).await? {
        records.delete(&place).await?;
    }
    records.delete(&key_place(credential)).await?;
    Ok(())
}

/// Where the copies for directories lie: `directory/{credential}/{number}`.
const PLACE: &str = "directory/";

fn key_place(credential: &str) -> String {
    format!("record-key/{credential}")
}

async fn scoped_at(records: &Records, shelf: &str) -> Result<Vec<(String, Scoped)>, WalletError> {
    let mut all = Vec::new();
    for place in records.list(shelf).await? {
        let scoped = Scoped::read(records, &place).await?.ok_or(BoxError::Damaged)?;
        all.push((place, scoped));
    }
    Ok(all)
}

fn number(place: &str) -> Option<u32> {
    place.rsplit('/').next()?.parse().ok()
}

/// Refuses by DS-06 a copy that says something else than `other` of its credential, or whose pseudonym cannot be withheld. Its issuer may have
/// another name meanwhile: one that is made of its key.
fn require_said(copy: &Opened, other: Option<&Opened>) -> Result<(), Refusal> {
    let said = |opened: &Opened| {
        let (mut claims, alone) = opened.said();
        if let Value::Object(members) = &mut claims {
            [CLAIM, "iss"].into_iter().for_each(|name| drop(members.remove(name)));
        }
        (claims, alone)
    };
    let (claims, mut alone) = said(copy);
    let pseudonym = ClaimPath::new(vec![PathStep::Key(CLAIM.to_owned())]).ok();
    let count = alone.len();
    alone.retain(|path| Some(path) != pseudonym.as_ref());
    if alone.len() == count {
        return Err(COPY.refuse(OPEN));
    }
    match other.map(said) {
        Some(before) if before != (claims, alone) => Err(COPY.refuse(OTHER_CLAIMS)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The stored forms, word for word.
    #[test]
    fn a_copy_for_a_directory_and_its_records_key_of_version_1() {
        let stored = json!({
            "version": 1, "directory": "people.example", "blind": "AAAA",
            "copy": {"credential": "a.b.c~", "key": "{}", "spent": 1_800_000_000},
        });
        let scoped: Scoped = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&scoped).unwrap(), stored);
        let stored = json!({"version": 1, "key": "AAAA"});
        let key: RecordKey = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&key).unwrap(), stored);
        let stored = json!({"credential": "c1", "directory": "people.example", "blind": "AAAA"});
        let asked: ForDirectory = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&asked).unwrap(), stored);
    }
}
