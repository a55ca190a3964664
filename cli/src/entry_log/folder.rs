//! A party's folder: who it is (party.toml, identity-key.pem), its private keys of days (day-keys), the latest moment that was seen (clock),
//! its log of requests (requests), the deletions it stated (erased), and an
//! issuer's register, one file for each generation. One command at a time works on it (lock): another waits.
//!
//! Whenever a folder is opened, the clock must not have gone back, and the keys that have ended are destroyed first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jigap_keys::{KeyType, PrivateKey, PublicKey, base64url};
use jigap_platform::day_keys::{DayKeys, KeySlot};
use jigap_platform::entropy::OsEntropy;
use jigap_platform::{entry_log, files, journal, pem};
use jigap_wallet_core::entry_log::{Day, Door, Erased, Ledger, Party, Policy, Role, Run, require_forward};
use jigap_wallet_core::pass::Generation;
use jigap_wallet_core::text::{Lang, Text};
use jigap_wallet_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{refused, unmade, unread};
use crate::args::{LogErase, LogInit, LogKeys};
use crate::failure::{Exit, Failure};
use crate::talk::Talk;
use crate::{gate, input};

const SETTINGS: &str = "party.toml";
const IDENTITY: &str = "identity-key.pem";
const KEYS: &str = "day-keys";
const CLOCK: &str = "clock";
const REQUESTS: &str = "requests";
const LOCK: &str = "lock";
const ERASED: &str = "erased";
const STATEMENT: &str = "statement.jigap";

const WRAPPED: Text = Text::new(
    "The keys are sealed by keys in the kernel's memory alone, which it drops on their 29th day. A restart of this machine ends all of them at\n\
     once, and so does the end of this user's last process: nothing that was sealed until then opens any more. Keep them on a server that stays\n\
     up, under a user of which something always runs (loginctl enable-linger), and make keys and the policy anew after a restart.",
    "키를 커널 메모리에만 있는 키로 봉합니다. 커널은 29일째에 그 키를 버립니다. 이 컴퓨터를 다시 시작하거나 이 사용자의 마지막 프로세스가 끝나면\n\
     모두 한꺼번에 사라지고, 그때까지 봉한 것은 더는 열리지 않습니다. 꺼지지 않는 서버에서, 언제나 무언가가 실행 중인 사용자로 두고\n\
     (loginctl enable-linger), 다시 시작한 뒤에는 키와 정책을 새로 만드십시오.",
);

/// `party.toml`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `authority`, `venue` or `issuer`.
    role: String,
    /// What people call it.
    name: String,
    /// Who runs it.
    operator: String,
    /// Of a venue: the word of the key that its gates ask by, in base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    door: Option<String>,
}

/// A party's folder, opened.
pub(super) struct Folder {
    path: PathBuf,
    role: Role,
    settings: Settings,
    door: Option<Door>,
    pub(super) identity: PrivateKey,
    keys: DayKeys,
    /// Held as long as the command works on the folder.
    _lock: std::fs::File,
}

impl Folder {
    /// Opens the folder at `now`. Refuses (EL-13) a clock that went back; destroys what has ended.
    pub(super) fn open(path: &Path, now: Timestamp, lang: Lang) -> Result<Self, Failure> {
        let place = path.join(SETTINGS);
        let lock = lock(path)?;
        let text = files::read(&place).map_err(|error| unread(&place, &error))?;
        let unfit = |why: &str| unread(&place, &why);
        let text = String::from_utf8(text).map_err(|_| unfit("it is not UTF-8"))?;
        let settings: Settings = toml::from_str(&text).map_err(|error| unfit(error.message()))?;
        let role = Role::ALL.into_iter().find(|role| role.name() == settings.role);
        let role = role.ok_or_else(|| unfit("role is authority, venue or issuer"))?;
        let identity = input::private_key(&path.join(IDENTITY).to_string_lossy())?;
        let door = settings.door.as_deref().map(|word| {
            let word =
                base64url::decode(word).ok().and_then(|word| Door::read(&word, identity.public()).ok());
            word.ok_or_else(|| unfit("door is not the word of a gate for this party"))
        });
        let door = door.transpose()?;
        let keys = DayKeys::at(&path.join(KEYS));
        let folder = Self { path: path.to_owned(), role, settings, door, identity, keys, _lock: lock };
        folder.keep_clock(now, lang)?;
        folder.destroy_ended(now, lang)?;
        Ok(folder)
    }

    fn keep_clock(&self, now: Timestamp, lang: Lang) -> Result<(), Failure> {
        let place = self.path.join(CLOCK);
        let latest = match files::read(&place) {
            Ok(text) => {
                let moment = std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse().ok());
                Some(moment.map(Timestamp::from_unix).ok_or_else(|| unread(&place, &"it is no moment"))?)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(unread(&place, &error)),
        };
        let latest = require_forward(latest, now).map_err(|refusal| refused(refusal, lang))?;
        files::replace_private(&place, format!("{}\n", latest.unix()).as_bytes())
            .map_err(|error| unread(&place, &error))
    }

    fn destroy_ended(&self, now: Timestamp, lang: Lang) -> Result<(), Failure> {
        let place = self.path.join(KEYS);
        let ended = self.keys.destroy_ended(Day::of(now), &OsEntropy);
        let ended = ended.map_err(|error| unread(&place, &error))?;
        entry_log::end_register(&self.path, Day::of(now)).map_err(|error| unread(&self.path, &error))?;
        if ended.is_empty() {
            return Ok(());
        }
        let days =
            ended.iter().filter_map(|slot| if let KeySlot::Day(day) = slot { Some(*day) } else { None });
        let generations = ended.iter().filter_map(|slot| match slot {
            KeySlot::Generation(generation) => Some(*generation),
            KeySlot::Day(_) => None,
        });
        let erased = Erased { days: days.collect(), generations: generations.collect(), at: now };
        let signed = erased.sign(&self.party(now), &self.identity).map_err(|error| unmade(error, lang))?;
        let place = self.path.join(ERASED);
        journal::add(&place, &signed).map_err(|error| unread(&place, &error))
    }

    /// What it says of itself, without keys.
    fn party(&self, now: Timestamp) -> Party {
        Party {
            role: self.role,
            name: self.settings.name.clone(),
            operator: self.settings.operator.clone(),
            identity: self.identity.public().clone(),
            door: self.door.clone(),
            at: now,
            days: Run::default(),
            generations: Run::default(),
        }
    }

    /// Its statement in the policy. Refuses a policy in which it has no part in the role `role`.
    pub(super) fn part<'p>(&self, policy: &'p Policy, role: Role) -> Result<&'p Party, Failure> {
        let part = policy.parties().find(|party| party.identity == *self.identity.public());
        part.filter(|party| party.role == role && self.role == role).ok_or_else(|| {
            let what = Text::new(
                "this folder is not of a party that does this, or has no part in the policy",
                "이 일을 하는 당사자의 폴더가 아니거나 정책의 당사자가 아닙니다",
            );
            Failure::new(Exit::Usage, what)
        })
    }

    /// What it is.
    pub(super) const fn role(&self) -> Role {
        self.role
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Its private keys of these days, as far as they are there.
    pub(super) fn days(&self, days: impl Iterator<Item = Day>) -> Result<BTreeMap<Day, PrivateKey>, Failure> {
        let keys = days.filter_map(|day| match self.keys.get(KeySlot::Day(day)) {
            Ok(key) => key.map(|key| Ok((day, key))),
            Err(error) => Some(Err(unread(&self.path.join(KEYS), &error))),
        });
        keys.collect()
    }

    /// All its private keys of generations.
    pub(super) fn generations(&self) -> Result<BTreeMap<Generation, PrivateKey>, Failure> {
        let place = self.path.join(KEYS);
        let mut keys = BTreeMap::new();
        for slot in self.keys.slots().map_err(|error| unread(&place, &error))? {
            if let KeySlot::Generation(generation) = slot {
                let key = self.keys.get(slot).map_err(|error| unread(&place, &error))?;
                keys.extend(key.map(|key| (generation, key)));
            }
        }
        Ok(keys)
    }

    /// Its log of requests among the parties of `policy`.
    pub(super) fn ledger(&self, policy: &Policy, lang: Lang) -> Result<Ledger, Failure> {
        let place = self.requests(policy);
        let entries = journal::read(&place).map_err(|error| unread(&place, &error))?;
        let read = Ledger::read(entries.iter().map(Vec::as_slice), policy);
        read.map_err(|refusal| refused(refusal, lang))
    }

    /// Keeps an entry of that log.
    pub(super) fn keep(&self, policy: &Policy, entry: Option<Vec<u8>>) -> Result<(), Failure> {
        let place = self.requests(policy);
        match entry {
            Some(entry) => journal::add(&place, &entry).map_err(|error| unread(&place, &error)),
            None => Ok(()),
        }
    }

    /// One file for each circle.
    fn requests(&self, policy: &Policy) -> PathBuf {
        self.path.join(format!("{REQUESTS}-{}", base64url::encode(policy.circle())))
    }
}

fn lock(path: &Path) -> Result<std::fs::File, Failure> {
    let place = path.join(LOCK);
    files::lock(&place).map_err(|error| unread(&place, &error))
}

pub(super) fn init(command: &LogInit, now: Timestamp, talk: &Talk) -> Result<Exit, Failure> {
    let (folder, lang) = (&command.directory, talk.lang());
    let identity = PrivateKey::generate(KeyType::Ed25519, &OsEntropy);
    let door = match (&command.door, command.role) {
        (Some(door), Role::Venue) => Some(gate::word_of(door, identity.public(), lang)?),
        (None, Role::Authority | Role::Issuer) => None,
        _ => {
            let what = Text::new("a venue, and nobody else, has a gate", "장소에만 문이 있습니다");
            return Err(Failure::new(Exit::Usage, what));
        }
    };
    let settings = Settings {
        role: command.role.name().to_owned(),
        name: command.name.clone(),
        operator: command.operator.clone(),
        door: door.as_ref().map(|door| base64url::encode(door.as_bytes())),
    };
    let [place, key_place, keys] = [SETTINGS, IDENTITY, KEYS].map(|name| folder.join(name));
    let text = toml::to_string(&settings).map_err(|error| unread(&place, &error))?;
    std::fs::create_dir_all(folder).map_err(|error| unread(folder, &error))?;
    files::write_new_private(&key_place, pem::private_key_text(&identity).as_bytes())
        .map_err(|error| unread(&key_place, &error))?;
    let made = Folder {
        path: folder.clone(),
        role: command.role,
        settings,
        door,
        identity,
        keys: DayKeys::at(&keys),
        _lock: lock(folder)?,
    };
    // A name that cannot be shown is refused before the folder counts as a party's.
    made.party(now).sign(&made.identity).map_err(|error| {
        // Nobody has seen that key.
        let _ = std::fs::remove_file(&key_place);
        unmade(error, lang)
    })?;
    DayKeys::make(&keys).map_err(|error| unread(&keys, &error))?;
    files::write_new(&place, text.as_bytes()).map_err(|error| unread(&place, &error))?;
    let limits = Text::new(
        "The private keys in day-keys are destroyed after 28 days: leave that folder out of backups and snapshots. On flash, and on file\nsystems that copy on write, what is overwritten may stay readable for whoever takes the disk apart: encrypt the disk.",
        "day-keys의 개인 키는 28일 뒤에 없앱니다. 이 폴더를 백업과 스냅숏에서 빼십시오. 플래시 저장 장치나 쓸 때 복사하는 파일 시스템에서는\n덮어쓴 내용이 디스크를 분해하는 사람에게 읽힐 수 있습니다. 디스크를 암호화하십시오.",
    );
    talk.say(limits.get(lang));
    talk.say(&format!("  jigap entry-log keys {}", folder.display()));
    Ok(Exit::Done)
}

pub(super) fn keys(command: &LogKeys, now: Timestamp, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let folder = Folder::open(&command.directory, now, lang)?;
    let failed = |error: &dyn std::fmt::Display| unread(&folder.path.join(KEYS), &error.to_string());
    if command.wrap.is_some() {
        folder.keys.wrap(&OsEntropy).map_err(|error| failed(&error))?;
        talk.say(WRAPPED.get(lang));
    }
    let ensure = |slot| -> Result<PublicKey, Failure> {
        let key = folder.keys.ensure(slot, now, &OsEntropy);
        Ok(key.map_err(|error| failed(&error))?.public().clone())
    };
    let mut party = folder.party(now);
    let (today, days) = (Day::of(now), i64::from(command.days));
    if folder.role.has_days() {
        let keys = (0..days).map(|day| ensure(KeySlot::Day(today.plus(day))));
        party.days = Run { first: today.number(), keys: keys.collect::<Result<_, _>>()? };
    }
    if folder.role.has_generations() {
        let first = Generation::of(now).number();
        // Passes of the next one are issued before it begins.
        let last = Generation::of(today.plus(days).begins().plus(Generation::AHEAD)).number();
        let keys = (first..=last).map(|it| ensure(KeySlot::Generation(Generation::from_number(it))));
        party.generations = Run { first, keys: keys.collect::<Result<_, _>>()? };
    }
    let statement = party.sign(&folder.identity).map_err(|error| unmade(error, lang))?;
    let place = folder.path.join(STATEMENT);
    files::replace(&place, &statement).map_err(|error| unread(&place, &error))?;
    let last = today.plus(days - 1);
    talk.say(&match lang {
        Lang::En => format!("keys up to {last}; {} is for the policy", place.display()),
        Lang::Ko => format!("{last}까지의 키가 있습니다. 정책에는 {}을(를) 씁니다", place.display()),
    });
    Ok(Exit::Done)
}

pub(super) fn erase(command: &LogErase, now: Timestamp, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let folder = Folder::open(&command.directory, now, lang)?;
    let place = folder.path.join(ERASED);
    let party = folder.party(now);
    for statement in journal::read(&place).map_err(|error| unread(&place, &error))? {
        let erased = Erased::read(&statement, &party).map_err(|refusal| refused(refusal, lang))?;
        let days = erased.days.iter().map(|day| format!("{day}\n"));
        let generations = erased.generations.iter().map(|it| format!("generation {}\n", it.number()));
        talk.data(&days.chain(generations).collect::<String>())?;
    }
    Ok(Exit::Done)
}
