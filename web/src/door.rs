//! A gate at work in a page: what it was given, what it shows, what it lets in.

use jigap_keys::{Entropy, PrivateKey};
use jigap_wallet_core::bundle::{BundleError, TrustBundle};
use jigap_wallet_core::pass::{
    Admitted, Fact, Gate, GateSettings, PackageError, PassError, PassIssuers, Replay, SettingsError, Window,
    read_package,
};
use jigap_wallet_core::text::{Lang, printable};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::trust::TrustList;
use jigap_wallet_core::verdict::Refusal;
use serde_json::{Value, json};

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
    #[error("the trust bundle is older than the one in use")]
    Older,
    /// Its own code cannot be made.
    #[error("the gate's code: {0}")]
    Screen(#[from] PassError),
}

/// A gate, and what it knows.
pub struct Door {
    settings: GateSettings,
    key: PrivateKey,
    gate: Gate,
    trust: Trust,
    replay: Replay,
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

    /// What is newer is greater.
    fn age(&self) -> (u64, Option<Timestamp>) {
        (self.list.content().version, self.issuers.as_of())
    }
}

impl Door {
    /// The gate of `package` that judges by `bundle`. It remembers nobody: its screen's secret is new.
    ///
    /// # Errors
    /// [`DoorError`], of what it was given.
    pub fn open(
        package: &[u8],
        bundle: &[u8],
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Self, DoorError> {
        let (settings, key) = read_package(package)?;
        let gate = settings.gate(&key, entropy)?;
        settings.screen_code(&gate, Window::of(now), &key)?;
        let trust = Trust::read(bundle, now)?;
        let replay = Replay::starting(&gate, now);
        Ok(Self { settings, key, gate, trust, replay })
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
        if newer.age() < self.trust.age() {
            return Err(DoorError::Older);
        }
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
    pub fn judge(&mut self, code: &str, now: Timestamp, lang: Lang) -> Value {
        let judged = self.gate.judge(code, &self.trust.issuers, now, lang);
        match judged.and_then(|checked| self.replay.admit(checked, now)) {
            Ok(admitted) => opened(&admitted, &self.gate.wants.facts),
            Err(refusal) => shut(&refusal),
        }
    }

    /// Forgets passes whose codes count no more: what nobody needs stands in no memory.
    pub fn forget(&mut self, now: Timestamp) {
        self.replay.forget_ended(now);
    }

    /// What the page says of the gate, and how old what it knows is, as JSON.
    pub fn standing(&self, now: Timestamp) -> Value {
        let content = self.trust.list.content();
        let as_of = self.trust.issuers.as_of_for(&self.gate).unwrap_or(content.issued_at);
        json!({
            "venue": printable(&self.settings.venue), "gate": printable(&self.settings.gate),
            "facts": self.gate.wants.facts.iter().map(Fact::to_string).collect::<Vec<_>>(),
            "presence": self.gate.presence.asking().name(),
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
        "open": true, "weaker": admitted.asked.is_weaker(), "issuer": printable(&admitted.issuer_name),
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
#[path = "door_tests.rs"]
mod tests;
