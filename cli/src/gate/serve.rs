//! `jigap gate serve` and `jigap gate pair`: a gate's scanner for browsers. The page comes from here once; then it judges by
//! itself, without a network. The routes are the verifier's.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use jigap_keys::base64url;
use jigap_platform::acme::{Acme, AcmeSettings};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::entry_log::{EntryLogError, ScannerLogs};
use jigap_platform::http::{Assembly, HttpLimits, Metrics, Server, ServerSettings, Shutdown, Tls};
use jigap_platform::telemetry::{self, LogConfig};
use jigap_verifier::http::scanner::{self, Keeper, Paired, RowsError};
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::entry_log::{Day, Policy, Rows, RowsHeard};
use jigap_wallet_core::pass::{Asking, MarksHeard, MarksTold, PassSort, Window, write_package};
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::text::Text;
use jigap_wallet_core::time::Timestamp;
use tokio::sync::Mutex;

use super::meeting::Meeting;
use super::pairing::Pairing;
use super::{Door, marks, trusted, unshown, unwritten, welcome};
use crate::args::{GatePair, GateServe};
use crate::deployment::runtime;
use crate::failure::{Exit, Failure};
use crate::served::{identity, pages, unbound, unserved};
use crate::talk::Talk;
use crate::{entry_log, input, qr};

const EACH_LETS_IN: Text = Text::new(
    "Careful: without a screen each device that is paired with this gate lets the same pass in once.",
    "주의: 화면이 없는 출입문에서는 연결한 기기마다 같은 패스를 한 번씩 들여보냅니다.",
);
/// The folder, in the gate's, of its scanners' entry logs.
const LOGS: &str = "scanner-logs";
/// Longest body in bytes: as many used tickets, or rows, as a message holds.
const BODY: usize = 64 * 1024;
/// A venue has a few devices: more connections at a time wait.
const CONNECTIONS: usize = 200;

/// Where the account with an authority of ACME and its certificate lie, in the gate's folder.
const ACME: &str = "acme";

/// Serves until SIGINT or SIGTERM.
pub(super) fn serve(command: &GateServe, talk: &Talk) -> Result<Exit, Failure> {
    telemetry::init(&LogConfig { filter: "warn".to_owned(), ..LogConfig::default() }).map_err(unserved)?;
    let pages = pages(&command.pages)?;
    let tls = tls(command)?;
    let welcome = command.welcome.as_ref().map(|welcome| welcome::routes(welcome, talk)).transpose()?;
    let secure = tls.is_some();
    let limits = HttpLimits { body_bytes: BODY, connections: CONNECTIONS, ..HttpLimits::default() };
    let settings = ServerSettings { listen: command.listen, tls, behind_proxy: false, public: false, limits };
    runtime()?.block_on(async {
        let keeper = GateKeeper::open(command, talk).await?;
        let shutdown = Shutdown::on_signals().map_err(unserved)?;
        let server = Server::bind(settings).await.map_err(unbound)?;
        let scheme = if secure { "https" } else { "http" };
        let at = server.address();
        match &command.welcome {
            Some(welcome) => talk.say(&format!(
                "{} ({at})",
                welcome.url.join("/scan/").unwrap_or_else(|_| welcome.url.clone())
            )),
            None => talk.say(&format!("{scheme}://{at}/scan/")),
        }
        let frame = || Assembly::new(Arc::new(OsEntropy), Metrics::new(), shutdown.clone());
        let served = server.serve(scanner::routes(pages, Box::new(keeper)), frame(), shutdown.clone());
        let beside = async {
            let Some((listen, routes)) = welcome else { return std::future::pending().await };
            let settings = ServerSettings { public: true, listen, limits, ..ServerSettings::loopback() };
            let server = Server::bind(settings).await.map_err(unbound)?;
            talk.say(&format!("http://{}/", server.address()));
            Ok::<_, Failure>(server.serve(routes, frame(), shutdown.clone()).await)
        };
        // If the other cannot start, neither goes on.
        tokio::select! {
            _ = served => Ok(Exit::Done),
            Err(failure) = beside => Err(failure),
        }
    })
}

/// The certificate that is given, or fetched by ACME.
fn tls(command: &GateServe) -> Result<Option<Tls>, Failure> {
    let by = &command.certified;
    if by.acme.is_empty() {
        return command.tls.as_deref().map(identity).transpose();
    }
    let settings = AcmeSettings {
        directory: by.acme_directory.clone(),
        names: by.acme.clone(),
        folder: command.directory.join(ACME),
    };
    let roots = by.acme_root.as_deref().map(input::read).transpose()?.unwrap_or_default();
    let acme = Acme::open(settings, &roots, Arc::new(SystemClock), Arc::new(OsEntropy)).map_err(unserved)?;
    Ok(Some(Tls::Acme(Arc::new(acme))))
}

/// Makes a code that pairs one scanner, and draws its link.
pub(super) fn pair(command: &GatePair, talk: &Talk) -> Result<Exit, Failure> {
    let door = Door::open(&command.directory)?;
    if door.gate.presence.asking() != Asking::Screen {
        talk.say(EACH_LETS_IN.get(talk.lang()));
    }
    refuse_blind(&door)?;
    let pairing = Pairing::in_folder(&command.directory);
    let unkept = |error| unwritten(&command.directory, &error);
    if command.forget {
        let count = pairing.forget().map_err(unkept)?;
        let said = Text::new("Scanners forgotten:", "연결을 끊은 스캐너 수:");
        talk.say(&format!("{} {count}", said.get(talk.lang())));
    }
    let code = pairing.make_code(SystemClock.now(), &OsEntropy).map_err(unkept)?;
    let mut link = command.url.clone();
    link.set_path("/scan/");
    // A browser sends no fragment to anybody.
    link.set_fragment(Some(&format!("pair={}", code.as_str())));
    if let Some(drawn) = qr::code(link.as_str()) {
        for line in qr::half_blocks(&drawn) {
            talk.say(&format!("\u{1b}[{}m{line}\u{1b}[0m", qr::COLOURS));
        }
    }
    let said = Text::new(
        "Open this on the device that scans; it counts once, for ten minutes.",
        "스캔할 기기에서 이 링크를 여십시오. 한 번만, 10분 안에 쓸 수 있습니다.",
    );
    talk.say(said.get(talk.lang()));
    talk.data(&format!("{link}\n"))?;
    Ok(Exit::Done)
}

/// Blind passes are judged too slowly in a page (docs/decisions/0014).
fn refuse_blind(door: &Door) -> Result<(), Failure> {
    if door.gate.wants.passes != PassSort::Blind {
        return Ok(());
    }
    let what = Text::new(
        "no page judges passes that their issuer does not recognise, and this gate takes no others",
        "발급자도 알아보지 못하는 패스는 페이지가 판정하지 못하는데, 이 문은 그 패스만 받습니다",
    );
    let hint = Text::new(
        "`jigap scan` does; or passes = \"either\" in gate.toml",
        "`jigap scan`을 쓰거나 gate.toml에 passes = \"either\"라고 쓰십시오",
    );
    Err(Failure::new(Exit::Usage, what).hint(hint))
}

/// The gate in a folder.
struct GateKeeper {
    folder: PathBuf,
    trust: String,
    pairing: Pairing,
    /// At a gate that takes tickets.
    meeting: Option<Mutex<Meeting>>,
    /// Where scanners keep entry logs.
    log: Option<KeptLogs>,
    talk: Talk,
}

/// The entry logs of scanners.
struct KeptLogs {
    /// The file of the policy.
    policy: String,
    circle: [u8; 32],
    logs: ScannerLogs,
    /// One hands over at a time; the day when what had ended was last deleted.
    swept: std::sync::Mutex<Day>,
}

impl KeptLogs {
    fn open(door: &Door, folder: &Path, policy: &str, now: Timestamp, talk: &Talk) -> Result<Self, Failure> {
        let read = door.log_policy(policy, now, talk)?;
        let (circle, today) = (read.circle(), Day::of(now));
        let logs = ScannerLogs::at(&folder.join(LOGS), &door.settings.gate, read);
        logs.delete_ended(today).map_err(|error| entry_log::unusable(error, talk.lang()))?;
        Ok(Self { policy: policy.to_owned(), circle, logs, swept: std::sync::Mutex::new(today) })
    }

    /// The policy as it is in the file now, if it is among the same parties.
    fn policy(&self) -> Option<String> {
        let bytes = input::read(&self.policy).ok()?;
        let policy = Policy::read(&bytes).ok()?;
        (policy.circle() == self.circle).then(|| base64url::encode(bytes))
    }

    fn take(&self, rows: &Rows, today: Day) -> Result<u64, EntryLogError> {
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        if *swept < today {
            self.logs.delete_ended(today)?;
            *swept = today;
        }
        self.logs.take(rows, today)
    }
}

impl GateKeeper {
    /// What cannot be used is said before anything is served.
    async fn open(command: &GateServe, talk: &Talk) -> Result<Self, Failure> {
        let (folder, trust) = (command.directory.as_path(), command.trust.as_str());
        let mut door = Door::open(folder)?;
        if command.log.is_some() {
            door = door.logging(folder)?;
        }
        let now = SystemClock.now();
        door.settings.screen_code(&door.gate, Window::of(now), &door.key).map_err(unshown)?;
        if trust == "-" {
            let what = Text::new(
                "the trust bundle is read again and again: it has to be a file",
                "신뢰 묶음은 거듭 읽으므로 파일이어야 합니다",
            );
            return Err(Failure::new(Exit::Usage, what));
        }
        refuse_blind(&door)?;
        let issuers = trusted::issuers(trust, now)?;
        door.shut_by(&issuers, talk.lang()).iter().for_each(|warning| talk.say(warning));
        let log = command
            .log
            .as_ref()
            .map(|policy| KeptLogs::open(&door, folder, policy, now, talk))
            .transpose()?;
        let (pairing, talk) = (Pairing::in_folder(folder), Talk::new(Some(talk.lang())));
        let meeting = if door.gate.wants.kind.is_single_entry() {
            Some(Mutex::new(Meeting::open(folder, &door, now).await?))
        } else {
            None
        };
        Ok(Self { folder: folder.to_owned(), trust: trust.to_owned(), pairing, meeting, log, talk })
    }
}

#[async_trait]
impl Keeper for GateKeeper {
    fn pair(&self, code: &str) -> std::io::Result<Option<Paired>> {
        let door =
            Door::open(&self.folder).map_err(|_| std::io::Error::other("the gate cannot be opened"))?;
        // Without a bundle the device could do nothing, and the code would be gone.
        let bundle = self.bundle().ok_or_else(|| std::io::Error::other("the trust bundle cannot be used"))?;
        let token = self.pairing.redeem(code, SystemClock.now(), &OsEntropy)?;
        let package = || write_package(&door.settings, &door.key);
        let log = || self.log.as_ref().and_then(KeptLogs::policy);
        Ok(token.map(|token| Paired { token, package: package(), bundle, log: log() }))
    }

    fn knows(&self, token: &str) -> bool {
        self.pairing.knows(token)
    }

    /// As it is in the file now, if its list holds.
    fn bundle(&self) -> Option<Vec<u8>> {
        let bytes = input::read(&self.trust).ok()?;
        let bundle = TrustBundle::parse(&bytes).ok()?;
        bundle.verify(SystemClock.now()).ok().map(|_| bytes)
    }

    fn log(&self) -> Option<String> {
        self.log.as_ref()?.policy()
    }

    fn rows(&self, rows: Rows) -> Result<Option<RowsHeard>, RowsError> {
        let Some(log) = &self.log else { return Ok(None) };
        match log.take(&rows, Day::of(SystemClock.now())) {
            Ok(count) => Ok(Some(RowsHeard { count })),
            Err(EntryLogError::File(error)) => Err(error.into()),
            Err(EntryLogError::InUse) => Err(std::io::Error::from(std::io::ErrorKind::WouldBlock).into()),
            Err(error) => {
                // Nobody is let in there until somebody has looked.
                let refusal = error.refusal();
                let lang = self.talk.lang();
                self.talk.say(&entry_log::unusable(error, lang).say(lang));
                Err(refusal.into())
            }
        }
    }

    async fn marks(&self, told: MarksTold) -> std::io::Result<Option<MarksHeard>> {
        let Some(meeting) = &self.meeting else { return Ok(None) };
        let exchanged = meeting.lock().await.exchange(&told, SystemClock.now()).await;
        let (heard, duplicates) = exchanged.map_err(std::io::Error::other)?;
        for signed in &duplicates {
            self.talk.say(&marks::twice(signed.receipt(), self.talk.lang()));
        }
        Ok(Some(heard))
    }
}
