//! `jigap trust publish`: a signed trust list of the tenants of a configuration and of the issuers that others' lists name, as
//! a bundle. `jigap trust bundle` ([`bundle`]): the same for gates, with what they need. `jigap trust rotate-key`: its signing key is replaced.
//!
//! The list's signing key is made on the first use and sealed in the store under `trust/key/list`; its version grows by
//! one each time, under `trust/version`, and is higher than that of the list that is replaced: a store that was restored from a
//! backup forgot some. What former keys signed when they handed the list over lies under
//! `trust/handed-over/…`; it is written before the key is replaced, and counts only if it leads to the key that signs.

pub(crate) mod bundle;
pub(crate) mod lote;

use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use jigap_keys::KeyType;
use jigap_platform::clock::SystemClock;
use jigap_platform::files;
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::ports::{Clock as _, KeyRange, Signer as _, Store, StoreError, transact};
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::{TrustEntry, TrustList, TrustListContent, succession};

use crate::args::{Publish, RotateListKey, TrustShow};
use crate::bundle as bundle_of;
use crate::deployment::{Deployment, misconfigured, runtime};
use crate::failure::{Exit, Failure};
use crate::input::{self, MAX_INPUT};
use crate::talk::Talk;

const DAY: u32 = 86_400;
const HOUR: u32 = 3600;
/// How far clocks may differ.
const CLOCK_SKEW: i64 = 60;
/// Longest validity of a list in days.
pub(crate) const MAX_DAYS: u32 = 3650;
const VERSION: &str = "trust/version";
const KEY: &str = "trust/key/list";
const KEY_TYPE: KeyType = KeyType::P256;
const HANDED_OVER: &str = "trust/handed-over/";
/// Most statements that are kept: more than a list carries.
const MAX_KEPT: usize = 1000;

const REPLACED: Text = Text::new(
    "The key was replaced and handed the list over. Sign a list with the new one: jigap trust publish. Verifiers who trust the old key follow.",
    "키를 바꾸었고, 옛 키가 목록을 넘겨주었습니다. 새 키로 목록에 서명하십시오: jigap trust publish. 옛 키를 신뢰하는 검증자도 새 목록을 받아들입니다.",
);
const REPLACED_AT_ONCE: Text = Text::new(
    "The key was replaced. Sign a list with the new one: jigap trust publish. Hand the new bundle to every verifier: until then they refuse the new list and believe whoever has the old key.",
    "키를 바꾸었습니다. 새 키로 목록에 서명하십시오: jigap trust publish. 모든 검증자에게 새 묶음을 건네십시오. 그때까지 검증자는 새 목록을 거절하고, 옛 키로 서명한 목록을 믿습니다.",
);

const ENDS_BEFORE: Text = Text::new(
    "the list would end before `publish_hours` in [verifier.trust] are over: give more --days, or fewer hours",
    "[verifier.trust]의 `publish_hours`가 지나기 전에 목록이 끝납니다. --days를 늘리거나 시간을 줄이십시오",
);

/// Signs the list and writes the bundle.
pub(crate) fn publish(command: &Publish, talk: &Talk) -> Result<Exit, Failure> {
    let deployment = Deployment::open(&command.config)?;
    let path = runtime()?.block_on(publish_from(&deployment, command.days, talk))?;
    talk.say(&path.display().to_string());
    Ok(Exit::Done)
}

/// Says who may issue what.
pub(crate) fn show(command: &TrustShow, talk: &Talk) -> Result<Exit, Failure> {
    let (now, lang) = (SystemClock.now(), talk.lang());
    let (_, list) = bundle_of::trusted(&command.bundle, now)?;
    let content = list.content();
    let (id, version, ends) = (printable(&content.id), content.version, content.expires_at.to_civil(lang));
    talk.say(&match lang {
        Lang::En => format!("{id}, version {version}, until {ends}"),
        Lang::Ko => format!("{id} {version}판, {ends}까지"),
    });
    let mut shown = String::new();
    // Without types there are those who only sign status lists.
    let issues = |entry: &&TrustEntry| entry.withdrawn_since.is_none() && !entry.types.is_empty();
    for entry in content.entries.iter().filter(issues) {
        let name = if lang == Lang::Ko { &entry.names.ko } else { &entry.names.en };
        shown += &format!("{}\n  {}\n", printable(name), printable(&entry.issuer));
        entry.types.iter().for_each(|one| shown += &format!("  - {}\n", printable(one)));
    }
    talk.data(&shown)?;
    Ok(Exit::Done)
}

/// Replaces the key that signs the list.
pub(crate) fn rotate_key(command: &RotateListKey, talk: &Talk) -> Result<Exit, Failure> {
    let deployment = Deployment::open(&command.config)?;
    let said = runtime()?.block_on(rotated(&deployment, command.at_once))?;
    talk.say(said.get(talk.lang()));
    Ok(Exit::Done)
}

async fn rotated(deployment: &Deployment, at_once: bool) -> Result<Text, Failure> {
    let (keyring, now) = (deployment.keyring(), deployment.clock.now());
    // A list in somebody's hands needs no key of ours: nothing is kept of the old one.
    let times = (now, now);
    if at_once {
        keyring.rotate(KEY, KEY_TYPE, times).await.map_err(unreplaced)?;
        return Ok(REPLACED_AT_ONCE);
    }
    let old = keyring.signer(KEY, KEY_TYPE).await.map_err(unreplaced)?;
    let next = keyring.prepare(KEY, KEY_TYPE).await.map_err(unreplaced)?;
    let statement = succession::hand_over(&list_id(deployment), old.public_key(), &next, now);
    let statement = statement.map_err(unreplaced)?.sign_with(&old).await.map_err(unreplaced)?;
    let place = format!("{HANDED_OVER}{:020}-{}", now.unix(), next.thumbprint());
    let kept = transact(&*deployment.store, |tx| {
        tx.set(&*place, &*statement);
        async { Ok::<_, StoreError>(()) }
    });
    kept.await.map_err(unreplaced)?;
    keyring.promote(KEY, KEY_TYPE, times).await.map_err(unreplaced)?;
    Ok(REPLACED)
}

/// What former keys signed when they handed the list over, the latest first.
async fn handed_over(store: &dyn Store) -> Result<Vec<String>, StoreError> {
    let kept = store.begin().await?.range_reverse(&KeyRange::prefix(HANDED_OVER), MAX_KEPT).await?;
    let text = |(_, bytes): (_, Vec<u8>)| String::from_utf8(bytes).map_err(|_| StoreError::Unavailable);
    kept.into_iter().map(text).collect()
}

fn list_id(deployment: &Deployment) -> String {
    format!("{}/trust", deployment.config.server.public_base())
}

/// The same from an open deployment, for `jigap init`: the bundle's file.
pub(crate) async fn publish_from(
    deployment: &Deployment,
    days: u32,
    talk: &Talk,
) -> Result<PathBuf, Failure> {
    let hours = deployment.verifier()?.and_then(|verifier| verifier.trust.publish_hours);
    if hours.is_some_and(|hours| days * DAY < u32::from(hours.get()) * HOUR) {
        return Err(Failure::new(Exit::Usage, ENDS_BEFORE));
    }
    let issuer = deployment.issuer().await?;
    publish_of(deployment, issuer.map(|issuer| issuer.trust_entries), (0, days), talk).await
}

/// The same beside a running issuer: where `list` is this deployment's own and due, says whether one was signed.
pub(crate) async fn publish_when_due(
    deployment: &Deployment,
    list: &TrustList,
    talk: &Talk,
) -> Result<bool, Failure> {
    let Some(verifier) = deployment.verifier()? else { return Ok(false) };
    let Some(hours) = verifier.trust.publish_hours else { return Ok(false) };
    let (list, now) = (list.content(), deployment.clock.now());
    if list.id != list_id(deployment) || !is_due(list, hours, now) {
        return Ok(false);
    }
    // As long as before: whoever runs it chose that.
    let days = (list.expires_at.unix() - list.issued_at.unix()) / i64::from(DAY);
    let days = u32::try_from(days).unwrap_or_default().clamp(1, MAX_DAYS);
    publish_of(deployment, deployment.trust_entries().await?, (list.version, days), talk).await.map(|_| true)
}

/// Whether `list` is so many hours old, or half of its time is over, or it is of the future: a clock was wrong when it was signed.
fn is_due(list: &TrustListContent, hours: NonZeroU16, now: Timestamp) -> bool {
    let (age, lasts) = (now.unix() - list.issued_at.unix(), list.expires_at.unix() - list.issued_at.unix());
    age < -CLOCK_SKEW || age >= (lasts / 2).min(i64::from(hours.get()) * i64::from(HOUR))
}

/// Signs a list that is valid so many `days`, with a higher version than `seen`, than the last and than the one that it replaces.
async fn publish_of(
    deployment: &Deployment,
    entries: Option<Vec<TrustEntry>>,
    (seen, days): (u64, u32),
    talk: &Talk,
) -> Result<PathBuf, Failure> {
    let verifier = deployment.verifier()?.ok_or_else(|| misconfigured("[verifier.trust] bundle"))?;
    let mut entries = match entries {
        Some(entries) => entries,
        None if verifier.trust.lote.is_empty() => return Err(misconfigured("[issuer]")),
        None => Vec::new(),
    };
    let store = &deployment.store;
    for list in &verifier.trust.lote {
        entries.extend(lote::entries(list, deployment, talk).await?);
    }
    let signer = deployment.keyring().signer(KEY, KEY_TYPE).await.map_err(unsigned)?;
    let base = deployment.config.server.public_base();
    let now = deployment.clock.now();
    let (id, path) = (list_id(deployment), deployment.config.resolve(&verifier.trust.bundle));
    let seen = seen.max(version_in(&path, &id).unwrap_or_default());
    let content = TrustListContent {
        publisher: base.to_owned(),
        id,
        version: next_version(&**store, seen).await.map_err(unsigned)?,
        issued_at: now,
        expires_at: now.plus(Seconds(days * DAY)),
        entries,
    };
    let kept = handed_over(&**store).await.map_err(unsigned)?;
    let statements = succession::leading_to(signer.public_key(), &kept);
    let list = content.unsigned_after(&statements, signer.public_key(), None).map_err(unsigned)?;
    let list = list.sign_with(&signer).await.map_err(unsigned)?;
    let bundle = TrustBundle::write((&content.id, &list), signer.public_key(), []);
    // What nobody could read takes no place.
    TrustList::verify(&list, &content.id, signer.public_key(), now).map_err(unsigned)?;
    if bundle.to_string().len() as u64 > MAX_INPUT {
        let what = Text::new("the trust list is larger than 4 MiB", "신뢰 목록이 4 MiB보다 큽니다");
        return Err(Failure::new(Exit::No, what));
    }
    files::replace(&path, bundle.to_string().as_bytes()).map_err(|error| {
        let what = Text::new("the trust bundle cannot be written", "신뢰 묶음을 쓸 수 없습니다");
        Failure::new(Exit::Environment, what).detail(format!("{}: {error}", path.display()))
    })?;
    Ok(path)
}

/// The version of the list `id` in the bundle at `path`, if it is there: also of one that has ended.
fn version_in(path: &Path, id: &str) -> Option<u64> {
    let bundle = TrustBundle::parse(&input::read(&path.to_string_lossy()).ok()?).ok()?;
    TrustList::unverified_version(&bundle.trust_list, id)
}

/// The version after the one published last and after `seen`. A version that was taken and not published is only a gap.
async fn next_version(store: &dyn Store, seen: u64) -> Result<u64, StoreError> {
    transact(store, |tx| async move {
        let last = tx.get(VERSION).await?.and_then(|bytes| bytes.try_into().ok());
        let next = last.map_or(0, u64::from_be_bytes).max(seen).checked_add(1);
        let next = next.ok_or(StoreError::Unavailable)?;
        tx.set(VERSION, next.to_be_bytes());
        Ok(next)
    })
    .await
}

fn unreplaced(error: impl ToString) -> Failure {
    let what = Text::new("the key cannot be replaced", "키를 바꿀 수 없습니다");
    Failure::new(Exit::Environment, what).detail(error)
}

fn unsigned(error: impl ToString) -> Failure {
    let what = Text::new("the trust list cannot be signed", "신뢰 목록에 서명할 수 없습니다");
    Failure::new(Exit::Environment, what).detail(error)
}
