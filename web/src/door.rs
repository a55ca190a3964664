//! A gate at work in a page: what it was given and kept, what it shows, what it lets in.
//!
//! What has to be written down before somebody is let in (a ticket's mark, a row of the entry log) is handed to the page ([`Door::changes`]), and they
//! are let in when the page says that it is durable ([`Door::settle`]). Once it could not be kept, nobody is let in for whom something is to be
//! written, until the gate is opened anew by what was kept.

use std::sync::Arc;

use jigap_keys::{Entropy, PrivateKey};
use jigap_wallet_core::bundle::{BundleError, TrustBundle};
use jigap_wallet_core::entry_log::{Day, LOGGED};
use jigap_wallet_core::pass::{
    Admitted, Fact, Gate, GateSettings, KEPT, Moments, Older, PackageError, PassError, PassIssuers, Register,
    RegisterError, Replay, SettingsError, Window, read_package,
};
use jigap_wallet_core::ports::StoreError;
use jigap_wallet_core::text::{Lang, printable};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::trust::TrustList;
use jigap_wallet_core::verdict::{Reason, Refusal};
use serde_json::{Value, json};

use crate::log::{PageLog, PageLogError};
use crate::sharing::{HearError, Sharing};
use crate::store::{Damaged, PageStore, at_once};

const NOT_KEPT: Reason = Reason::new(
    "page-keeps-nothing",
    "this device cannot write down whom it lets in: look at its storage",
    "이 기기에 입장 기록을 남길 수 없어 들이지 않습니다. 저장 공간을 확인하세요",
);
const NOT_MET: Reason = Reason::new(
    "page-not-met",
    "this device has not heard yet which tickets were used: connect it to the computer that keeps the gate",
    "이 기기가 사용한 입장권을 아직 받지 못했습니다. 출입문을 관리하는 컴퓨터에 연결하세요",
);

/// Why a page cannot keep a door.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DoorError {
    /// What it was given at its pairing cannot be used: pair it again.
    #[error("the gate's package: {0}")]
    Package(#[from] PackageError),
    /// Its settings make no gate.
    #[error("the gate's settings: {0}")]
    Settings(#[from] SettingsError),
    /// The trust bundle cannot be read.
    #[error("the trust bundle: {0}")]
    Bundle(#[from] BundleError),
    /// The trust list is refused.
    #[error("the trust list: {0}")]
    List(Refusal),
    /// The bundle is older than the one in use.
    #[error(transparent)]
    Older(#[from] Older),
    /// Its own code cannot be made.
    #[error("the gate's code: {0}")]
    Screen(#[from] PassError),
    /// What the page kept cannot be read.
    #[error("what this device kept: {0}")]
    Kept(#[from] Damaged),
    /// Its used tickets cannot be read.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// Its entry log cannot be kept.
    #[error(transparent)]
    Log(#[from] PageLogError),
}

impl From<StoreError> for DoorError {
    fn from(error: StoreError) -> Self {
        Self::Register(error.into())
    }
}

/// A gate, and what it knows.
pub struct Door {
    settings: GateSettings,
    key: Arc<PrivateKey>,
    gate: Gate,
    trust: Trust,
    moments: Moments,
    replay: Replay,
    store: PageStore,
    register: Register,
    sharing: Sharing,
    /// Where it keeps an entry log.
    log: Option<PageLog>,
    entropy: Box<dyn Entropy>,
    /// Who is let in when it is written down.
    waiting: Option<Admitted>,
    /// Whether the page could not keep something.
    failed: bool,
}

/// Whose passes count, by which list.
struct Trust {
    bundle: TrustBundle,
    list: TrustList,
    issuers: PassIssuers,
}

impl Trust {
    fn read(bundle: &[u8], now: Timestamp) -> Result<Self, DoorError> {
        let bundle = TrustBundle::parse(bundle)?;
        let list = bundle.verify(now).map_err(DoorError::List)?;
        let issuers = PassIssuers::of(&list, &bundle.documents, now);
        Ok(Self { bundle, list, issuers })
    }

    fn moments(&self) -> Moments {
        Moments::of(self.list.content(), &self.issuers)
    }
}

/// Refuses a bundle that does not follow `before`, which may have ended: of another list, of somebody who was not handed it over, or of a
/// lower version. For a page that has no gate that it could [renew](Door::renew).
///
/// # Errors
/// [`DoorError`], of either.
pub fn succeeds(before: &[u8], bundle: &[u8], now: Timestamp) -> Result<(), DoorError> {
    let TrustBundle { list, signer, trust_list, .. } = TrustBundle::parse(before)?;
    let newer = TrustBundle::parse(bundle)?;
    let newer = TrustList::verify(&newer.trust_list, &list, &signer, now).map_err(DoorError::List)?;
    match TrustList::unverified_version(&trust_list, &list) {
        Some(seen) if newer.content().version < seen => Err(Older.into()),
        _ => Ok(()),
    }
}

impl Door {
    /// The gate of `package` that judges by `bundle`, and knows what the page `kept` ([`PageStore::of_kept`]); with the policy of its entry log in
    /// base64url, if it keeps one. Its screen's secret is new.
    ///
    /// # Errors
    /// [`DoorError`], of what it was given.
    pub fn open(
        (package, bundle): (&[u8], &[u8]),
        (kept, policy): (&str, Option<&str>),
        now: Timestamp,
        entropy: Box<dyn Entropy>,
    ) -> Result<Self, DoorError> {
        let (settings, key) = read_package(package)?;
        let (gate, key) = (settings.gate(&key, &*entropy)?, Arc::new(key));
        settings.screen_code(&gate, Window::of(now), &key)?;
        let trust = Trust::read(bundle, now)?;
        let mut replay = Replay::starting(&gate, now);
        let store = PageStore::of_kept(kept)?;
        let of = (Arc::clone(&key), settings.gate.as_str());
        let register = at_once(Register::open(Arc::new(store.clone()), of, &*entropy, now))??;
        at_once(register.remind(&mut replay))??;
        let sharing = Sharing::open(&store, &register)?;
        let (waiting, failed, moments) = (None, false, trust.moments());
        let mut door = Self {
            settings,
            key,
            gate,
            trust,
            moments,
            replay,
            store,
            register,
            sharing,
            log: None,
            entropy,
            waiting,
            failed,
        };
        if let Some(policy) = policy {
            door.keep_log(policy)?;
        }
        door.forget_ended(now);
        Ok(door)
    }

    /// Keeps an entry log by this policy (base64url) from now on.
    ///
    /// # Errors
    /// [`DoorError::Log`]; then what was kept before goes on.
    pub fn keep_log(&mut self, policy: &str) -> Result<(), DoorError> {
        match &mut self.log {
            Some(log) => log.renew(policy, &self.key)?,
            None => {
                let of = (self.register.gate(), self.settings.gate.as_str());
                self.log = Some(PageLog::open(policy, of, &self.key, &self.store)?);
            }
        }
        Ok(())
    }

    /// Judges by `bundle` from now on.
    ///
    /// # Errors
    /// [`DoorError::Older`] and what else is wrong with it; then the bundle in use stays.
    pub fn renew(&mut self, bundle: &[u8], now: Timestamp) -> Result<(), DoorError> {
        let newer = Trust::read(bundle, now)?;
        // Whoever signed the list in use signed this one, or handed over to who did.
        let TrustBundle { list, signer, .. } = &self.trust.bundle;
        TrustList::verify(&newer.bundle.trust_list, list, signer, now).map_err(DoorError::List)?;
        self.moments.advance(newer.moments())?;
        self.trust = newer;
        Ok(())
    }

    /// What its screen shows in the window of `now`; `None`: it has no screen.
    ///
    /// # Errors
    /// [`DoorError::Screen`]
    pub fn screen(&self, now: Timestamp) -> Result<Option<String>, DoorError> {
        Ok(self.settings.screen_code(&self.gate, Window::of(now), &self.key)?)
    }

    /// Judges a code, once: what to show, as JSON. Of what the pass says it tells what the gate asks, since others see the screen.
    /// `{"waits": true}`: they are let in when what changed is kept, as [`Door::settle`] says.
    pub fn judge(&mut self, code: &str, now: Timestamp, lang: Lang) -> Value {
        match self.admit(code, now, lang) {
            Err(refusal) => shut(&refusal),
            Ok(admitted) if self.must_keep() => {
                self.waiting = Some(admitted);
                json!({ "waits": true })
            }
            Ok(admitted) => opened(&admitted, &self.gate.wants.facts),
        }
    }

    /// What the page has to keep, as [`PageStore::changes`] says.
    pub fn changes(&self) -> String {
        self.store.changes()
    }

    /// That what changed is durable, or could not be kept: what to show of whoever waited for it, as JSON; `null` if nobody did.
    pub fn settle(&mut self, kept: bool) -> Value {
        self.failed |= !kept;
        match self.waiting.take() {
            None => Value::Null,
            Some(admitted) if kept => opened(&admitted, &self.gate.wants.facts),
            Some(_) => shut(&self.not_kept()),
        }
    }

    /// Whether something is written down of whoever is let in.
    fn must_keep(&self) -> bool {
        self.takes_tickets() || self.log.is_some()
    }

    /// The refusal where something cannot be written down.
    fn not_kept(&self) -> Refusal {
        if self.takes_tickets() { KEPT.refuse(NOT_KEPT) } else { LOGGED.refuse(NOT_KEPT) }
    }

    fn takes_tickets(&self) -> bool {
        self.gate.wants.kind.is_single_entry()
    }

    fn admit(&mut self, code: &str, now: Timestamp, lang: Lang) -> Result<Admitted, Refusal> {
        let checked = self.gate.judge(code, &self.trust.issuers, now, lang)?;
        if self.must_keep() && self.failed {
            return Err(self.not_kept());
        }
        if let Some(log) = &self.log {
            // Before a ticket is used up for somebody whom the log could not take.
            log.ready(now)?;
        }
        if self.takes_tickets() && !self.sharing.has_met() {
            return Err(KEPT.refuse(NOT_MET));
        }
        let admitted = at_once(self.register.admit(&mut self.replay, checked, now));
        let (admitted, receipt) = admitted.map_err(|_| KEPT.refuse(NOT_KEPT))??;
        let told =
            receipt.map_or(Ok(()), |receipt| self.sharing.tell(&receipt).map_err(|_| KEPT.refuse(NOT_KEPT)));
        let logged = told.and_then(|()| match &mut self.log {
            Some(log) => log.append(admitted.pseudonym, now, (&self.key, &*self.entropy)),
            None => Ok(()),
        });
        // What was begun is not kept: the gate is opened anew without it.
        self.failed |= logged.is_err();
        logged.map(|()| admitted)
    }

    /// What to tell the venue's other gates, as JSON; `None` at a gate that takes no tickets, or keeps nothing any more.
    pub fn tell(&mut self) -> Option<String> {
        if !self.takes_tickets() || self.failed {
            return None;
        }
        serde_json::to_string(&self.sharing.offer().ok()?).ok()
    }

    /// Hears what they answered: whether there is more to tell or to hear.
    ///
    /// # Errors
    /// [`HearError`]
    pub fn hear(&mut self, answer: &str, now: Timestamp) -> Result<bool, HearError> {
        self.sharing.hear(answer, (&self.register, &mut self.replay), now)
    }

    /// What to hand over of the entry log, as JSON; `None`: nothing now.
    ///
    /// # Errors
    /// [`PageLogError`]
    pub fn tell_log(&mut self, now: Timestamp) -> Result<Option<String>, PageLogError> {
        let Some(log) = self.log.as_mut().filter(|_| !self.failed) else { return Ok(None) };
        let told = log.tell(now, &self.key)?;
        Ok(told.and_then(|told| serde_json::to_string(&told).ok()))
    }

    /// Hears the answer: whether there is more to hand over. `None`: it was refused.
    ///
    /// # Errors
    /// [`PageLogError`]
    pub fn hear_log(&mut self, answer: Option<&str>, now: Timestamp) -> Result<bool, PageLogError> {
        let Some(log) = &mut self.log else { return Ok(false) };
        match answer {
            Some(answer) => log.hear(answer, now),
            None => log.refuse().map(|()| false),
        }
    }

    /// Forgets passes whose codes count no more: what nobody needs stands in no memory.
    pub fn forget(&mut self, now: Timestamp) {
        self.replay.forget_ended(now);
    }

    /// Forgets the marks of tickets that ended, and rows of days whose keys did. What cannot be forgotten now is forgotten later.
    pub fn forget_ended(&mut self, now: Timestamp) {
        let _ = at_once(self.register.forget(now));
        let _ = self.log.as_mut().map(|log| log.delete_ended(Day::of(now)));
    }

    /// What the page says of the gate, and how old what it knows is, as JSON.
    pub fn standing(&self, now: Timestamp, lang: Lang) -> Value {
        let content = self.trust.list.content();
        let as_of = self.trust.issuers.as_of_for(&self.gate).unwrap_or(content.issued_at);
        json!({
            "venue": printable(&self.settings.venue), "gate": printable(&self.settings.gate),
            "kind": self.gate.wants.kind.name(),
            "particulars": self.gate.wants.particulars.iter().flatten().map(|text| printable(text)).collect::<Vec<_>>(),
            "facts": self.gate.wants.facts.iter().map(Fact::to_string).collect::<Vec<_>>(),
            "presence": self.gate.presence.asking().name(),
            "keeps": !self.failed,
            "log": self.log.as_ref().map(PageLog::standing),
            "tickets": self.takes_tickets().then(|| self.sharing.standing(lang)),
            "trust": {
                "issuers": self.trust.issuers.count(),
                "age": now.unix().saturating_sub(as_of.unix()),
                "max_age": self.gate.max_trust_age.0,
                "ends_in": content.expires_at.unix().saturating_sub(now.unix()),
            },
        })
    }
}

fn opened(admitted: &Admitted, wanted: &[Fact]) -> Value {
    json!({
        "open": true, "weaker": admitted.asked.is_weaker(), "issuer": printable(&admitted.issuer_name), "kind": admitted.kind.name(),
        "particulars": admitted.particulars.iter().filter(|text| !text.is_empty()).map(|text| printable(text)).collect::<Vec<_>>(),
        "facts": wanted.iter().map(Fact::to_string).collect::<Vec<_>>(),
    })
}

fn shut(refusal: &Refusal) -> Value {
    json!({
        "open": false, "check": refusal.check.id, "reason": refusal.reason.code,
        "said": { "en": refusal.reason.say(Lang::En), "ko": refusal.reason.say(Lang::Ko) },
    })
}

#[cfg(test)]
mod tests;
