//! `jigap gate` and `jigap scan`: a door that opens for entry passes. What is judged is `jigap_wallet_core::pass`'s; here are the
//! gate's folder and its posters, in [`sources`] where codes come from, in [`scan`] how they are judged, in [`serve`] the
//! scanner for browsers, in [`marks`] the tickets that were used, and in [`meeting`] and [`joined`] how scanners tell each other of them.

mod joined;
mod marks;
mod meeting;
mod pairing;
mod scan;
mod serve;
pub(crate) mod sources;
mod trusted;
mod welcome;

use std::path::Path;
use std::sync::Arc;

use jigap_keys::{KeyType, PrivateKey, PublicKey};
use jigap_platform::entropy::OsEntropy;
use jigap_platform::entry_log::{EntryLogError, GateLog};
use jigap_platform::{files, pem};
use jigap_wallet_core::entry_log::{self as log, Day, LogError, Policy};
use jigap_wallet_core::pass::{
    Asking, Fact, Gate, GateSettings, Kind, PassError, PassIssuers, PassSort, SettingsError, VenueCode,
};
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::time::Timestamp;
use qrcode::QrCode;

use crate::args::{self, GateInit, Poster};
use crate::failure::{Exit, Failure};
use crate::talk::Talk;
use crate::{entry_log, input, qr};

pub(crate) use scan::scan;

const SETTINGS: &str = "gate.toml";
const KEY: &str = "venue-key.pem";
const LOG: &str = "entry-log";

const NAME_ISSUERS: Text = Text::new(
    "add --issuer for each: `jigap trust show` says who issues tickets and cards, by a trust bundle",
    "발급자마다 --issuer를 쓰십시오. 입장권과 카드를 발급하는 곳은 `jigap trust show`로 볼 수 있습니다",
);

/// A gate's folder, read.
struct Door {
    settings: GateSettings,
    key: Arc<PrivateKey>,
    gate: Gate,
}

/// Makes a gate, draws its poster, or serves its scanner.
pub(crate) fn run(command: &args::Gate, talk: &Talk) -> Result<Exit, Failure> {
    match command {
        args::Gate::Init(command) => init(command, talk),
        args::Gate::Poster(command) => poster(command, talk),
        args::Gate::Serve(command) => serve::serve(command, talk),
        args::Gate::Pair(command) => serve::pair(command, talk),
        args::Gate::Join(command) => joined::join(command, talk),
        args::Gate::Marks(command) => marks::run(command, talk),
    }
}

fn init(command: &GateInit, talk: &Talk) -> Result<Exit, Failure> {
    let folder = &command.directory;
    let settings = GateSettings {
        venue: command.venue.clone(),
        gate: command.gate.clone(),
        kind: Some(command.kind.name().to_owned()),
        event: command.event.clone(),
        zones: command.zones.clone(),
        organisation: command.organisation.clone(),
        institution: command.institution.clone(),
        levels: command.levels.clone(),
        passes: (command.passes != PassSort::Either).then(|| command.passes.name().to_owned()),
        facts: command.facts.iter().map(Fact::to_string).collect(),
        presence: command.presence.name().to_owned(),
        issuers: command.issuers.clone(),
        max_trust_age_hours: (Gate::MAX_TRUST_AGE.0 / 3600) as u16,
    };
    let key = PrivateKey::generate(KeyType::Ed25519, &OsEntropy);
    // A name that cannot be shown is refused before anything is written.
    let gate = settings.gate(&key, &OsEntropy);
    let gate = gate.map_err(|error| {
        let failure = unusable(&folder.join(SETTINGS), &error.to_string());
        if error == SettingsError::Issuers { failure.hint(NAME_ISSUERS) } else { failure }
    })?;
    VenueCode::on_poster((&settings.venue, &settings.gate), &gate.wants, &key).map_err(unshown)?;
    std::fs::create_dir_all(folder).map_err(|error| unwritten(folder, &error))?;
    let (place, key_place) = (folder.join(SETTINGS), folder.join(KEY));
    let text = toml::to_string(&settings).map_err(|error| unusable(&place, &error.to_string()))?;
    if !key_place.exists() {
        files::write_new_private(&key_place, pem::private_key_text(&key).as_bytes())
            .map_err(|error| unwritten(&key_place, &error))?;
    }
    files::write_new(&place, text.as_bytes()).map_err(|error| unwritten(&place, &error))?;
    let next = Text::new(
        "The gate is ready. Open it with a trust bundle:",
        "문이 준비되었습니다. 신뢰 묶음을 주어 여십시오.",
    );
    talk.say(&opens_for(&settings, talk.lang()));
    talk.say(next.get(talk.lang()));
    talk.say(&format!("  jigap scan {} --trust trust.jigap", folder.display()));
    Ok(Exit::Done)
}

/// What a pass has to say to open the gate.
fn opens_for(settings: &GateSettings, lang: Lang) -> String {
    let kind = settings.kind.as_deref().unwrap_or_default();
    let one = [&settings.event, &settings.organisation, &settings.institution].into_iter().flatten();
    let said = one.chain(&settings.zones).chain(&settings.levels).chain(&settings.facts);
    let said = said.map(|text| printable(text)).collect::<Vec<_>>().join(", ");
    match (lang, said.is_empty()) {
        (Lang::En, true) => {
            format!("It opens for every pass of the kind `{kind}`, whatever the pass says of its holder.")
        }
        (Lang::En, false) => format!(
            "It opens for passes of the kind `{kind}` that say: {said}. Passes say what their issuer puts in, spelled like this."
        ),
        (Lang::Ko, true) => format!("`{kind}` 종류의 패스라면 소지자에 대해 무엇을 말하든 열립니다."),
        (Lang::Ko, false) => format!(
            "다음이 적힌 `{kind}` 종류의 패스로 열립니다: {said}. 발급자가 패스에 적는 것과 같아야 합니다."
        ),
    }
}

fn poster(command: &Poster, talk: &Talk) -> Result<Exit, Failure> {
    let door = Door::open(&command.directory)?;
    if door.gate.presence.asking() != Asking::Poster {
        let what = Text::new("this gate has no poster", "이 문에는 포스터가 없습니다");
        let hint = Text::new(
            "presence = \"poster\" in gate.toml gives it one",
            "gate.toml에 presence = \"poster\"라고 쓰십시오",
        );
        return Err(Failure::new(Exit::No, what).hint(hint));
    }
    let names = (door.settings.venue.as_str(), door.settings.gate.as_str());
    let code = VenueCode::on_poster(names, &door.gate.wants, &door.key).map_err(unshown)?;
    match &command.output {
        Some(file) => {
            let shown = if command.text { code.into_bytes() } else { picture(&code, file)? };
            files::write_new(file, &shown).map_err(|error| unwritten(file, &error))?;
        }
        None => {
            let shown = if command.text { code } else { qr::svg(&drawn(&code)?) };
            talk.data(&(shown + "\n"))?;
        }
    }
    Ok(Exit::Done)
}

impl Door {
    fn open(folder: &Path) -> Result<Self, Failure> {
        let (place, key_place) = (folder.join(SETTINGS), folder.join(KEY));
        let text = files::read(&place).map_err(|error| unread(&place, &error))?;
        let text = String::from_utf8(text).map_err(|_| unusable(&place, "it is not UTF-8"))?;
        let settings: GateSettings =
            toml::from_str(&text).map_err(|error| unusable(&place, error.message()))?;
        let key = input::private_key(&key_place.to_string_lossy())?;
        let gate = settings.gate(&key, &OsEntropy).map_err(|error| unusable(&place, &error.to_string()))?;
        Ok(Self { settings, key: Arc::new(key), gate })
    }

    /// What keeps the gate shut whoever comes, by what its bundle says of issuers; each with what to do.
    fn shut_by(&self, issuers: &PassIssuers, lang: Lang) -> Option<String> {
        let kind = self.gate.wants.kind;
        let known = issuers.issuing(kind);
        let wanted = &self.gate.issuers;
        if known.is_empty()
            || (!wanted.is_empty() && !wanted.iter().any(|issuer| known.contains(issuer.as_str())))
        {
            let (kind, known) = (kind.name(), known.into_iter().collect::<Vec<_>>().join(", "));
            return Some(match (lang, known.is_empty()) {
                (Lang::En, true) => format!(
                    "warning: nobody in the trust bundle issues passes of the kind `{kind}`: the gate opens for nobody"
                ),
                (Lang::En, false) => format!(
                    "warning: the trust bundle knows none of the gate's issuers: it opens for nobody. Passes of the kind `{kind}` are issued by: {known}"
                ),
                (Lang::Ko, true) => format!(
                    "주의: 신뢰 묶음에 `{kind}` 종류의 패스를 발급하는 기관이 없어 아무에게도 열리지 않습니다"
                ),
                (Lang::Ko, false) => format!(
                    "주의: 이 문의 발급자가 신뢰 묶음에 없어 아무에게도 열리지 않습니다. `{kind}` 종류의 패스를 발급하는 기관: {known}"
                ),
            });
        }
        let warning = Text::new(
            "warning: the trust bundle has no status lists: tickets and cards that have a status are refused; `jigap trust bundle` fetches them",
            "주의: 신뢰 묶음에 상태 목록이 없어, 상태가 있는 입장권과 카드는 거절됩니다. `jigap trust bundle`로 받으십시오",
        );
        (kind != Kind::Entry && !issuers.has_status_for(&self.gate)).then(|| warning.get(lang).to_owned())
    }

    /// The same, keeping an entry log: of passes that their issuer recognises, since a row of another would join nobody.
    fn logging(mut self, folder: &Path) -> Result<Self, Failure> {
        if self.settings.passes.is_some() && self.gate.wants.passes != PassSort::Traceable {
            let what = Text::new(
                "an entry log wants passes that their issuer recognises: through it alone a visit leads to a person",
                "출입 기록에는 발급자가 알아보는 패스가 필요합니다. 방문에서 사람에 이르는 길은 발급자뿐입니다",
            );
            let hint = Text::new(
                "passes = \"traceable\" in gate.toml, or no --log",
                "gate.toml에 passes = \"traceable\"이라고 쓰거나 --log를 빼십시오",
            );
            let place = folder.join(SETTINGS);
            return Err(Failure::new(Exit::Usage, what).detail(place.display()).hint(hint));
        }
        self.gate.wants.passes = PassSort::Traceable;
        Ok(self)
    }

    /// The policy of the gate's entry log in a file; what its keeper has to know is said.
    fn log_policy(&self, policy: &str, now: Timestamp, talk: &Talk) -> Result<Policy, Failure> {
        let lang = talk.lang();
        let policy = entry_log::policy(policy, lang)?;
        if let Some(warning) = entry_log::not_separated(policy.separation(), lang) {
            talk.say(&warning);
        }
        let soon = Day::of(now).plus(7);
        if [&policy.authority, &policy.venue].iter().any(|party| party.day_key(soon).is_err()) {
            let ends = Text::new(
                "warning: in a week a party has no key left, and the gate lets nobody in: `jigap entry-log keys`, then a new policy",
                "주의: 일주일 안에 키가 없는 당사자가 생겨 문이 아무도 들이지 않게 됩니다. `jigap entry-log keys`를 실행하고 정책을 새로 만드십시오",
            );
            talk.say(ends.get(lang));
        }
        if policy.door() != self.gate.venue {
            return Err(entry_log::unusable(EntryLogError::Log(LogError::Place), lang));
        }
        Ok(policy)
    }

    /// The entry log in the gate's folder, by the policy in a file.
    fn log(&self, folder: &Path, policy: &str, now: Timestamp, talk: &Talk) -> Result<GateLog, Failure> {
        let policy = self.log_policy(policy, now, talk)?;
        // The log signs by the key that the gate asks by.
        let door = input::private_key(&folder.join(KEY).to_string_lossy())?;
        let (place, gate) = (folder.join(LOG), &self.settings.gate);
        GateLog::open(&place, gate, (policy, door), now, Arc::new(OsEntropy))
            .map_err(|error| entry_log::unusable(error, talk.lang()))
    }
}

/// The entry log of the gate in `folder`.
pub(crate) fn entry_log(
    folder: &Path,
    policy: &str,
    now: Timestamp,
    talk: &Talk,
) -> Result<GateLog, Failure> {
    Door::open(folder)?.log(folder, policy, now, talk)
}

/// The word of the gate in `folder` that it is of the party with this identity key.
pub(crate) fn word_of(folder: &Path, identity: &PublicKey, lang: Lang) -> Result<log::Door, Failure> {
    log::Door::sign(&Door::open(folder)?.key, identity).map_err(|error| entry_log::unmade(error, lang))
}

fn drawn(code: &str) -> Result<QrCode, Failure> {
    qr::code(code).ok_or_else(|| unshown(PassError::TooLarge))
}

/// The code as the name of its file says: PNG or SVG.
fn picture(code: &str, file: &Path) -> Result<Vec<u8>, Failure> {
    Ok(qr::picture(&drawn(code)?, file))
}

fn unshown(error: PassError) -> Failure {
    let what = Text::new("the gate's code cannot be made", "문의 코드를 만들 수 없습니다");
    let hint =
        Text::new("names have 1 to 60 bytes that can be seen", "이름은 보이는 글자로 1~60바이트입니다");
    Failure::new(Exit::Usage, what).detail(error).hint(hint)
}

fn unusable(path: &Path, why: &str) -> Failure {
    let what = Text::new("the gate's settings cannot be used", "문의 설정을 쓸 수 없습니다");
    let hint = Text::new(
        "`jigap gate init` makes a folder with them",
        "`jigap gate init`이 설정을 담은 폴더를 만듭니다",
    );
    Failure::new(Exit::Usage, what).detail(format!("{}: {why}", path.display())).hint(hint)
}

fn unread(path: &Path, error: &std::io::Error) -> Failure {
    unusable(path, &error.to_string())
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    let what = Text::new("the file cannot be written", "파일을 쓸 수 없습니다");
    Failure::new(Exit::Environment, what).detail(format!("{}: {error}", path.display()))
}
