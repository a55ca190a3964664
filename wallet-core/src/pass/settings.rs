//! What a gate's keeper writes of it: `gate.toml` in its folder, and what a scanner in a browser is given when it is paired.

use jigap_keys::{Entropy, PrivateKey};
use serde::{Deserialize, Serialize};

use super::{
    Asking, Fact, FactError, Gate, Kind, PassError, PassSort, Presence, ScreenSecret, VenueCode, VenueId,
    Wants, Window,
};
use crate::time::Seconds;

/// Whether this build can judge passes that are signed blindly (feature `bbs`): a page in a browser cannot.
const JUDGES_BLIND: bool = cfg!(feature = "bbs");

/// Why settings make no gate: its keeper's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A fact's name is none.
    #[error("facts: {0}")]
    Fact(#[from] FactError),
    /// The age is not among those that may be.
    #[error("max_trust_age_hours is 1 to 168")]
    Age,
    /// There is no such way of asking.
    #[error("presence is screen, poster or one-way")]
    Presence,
    /// There is no such kind of pass.
    #[error("kind is entry, ticket, membership or student-card")]
    Kind,
    /// There is no such sort of passes.
    #[error("passes is either, traceable or blind")]
    Passes,
    /// A scanner without a C compiler's curve cannot judge them.
    #[error("this scanner cannot judge passes that are blind: jigap scan does")]
    BlindHere,
    /// Of tickets and cards their issuer knows whose they are.
    #[error("passes that are blind are entry passes")]
    NotEntry,
    /// The kind of pass says nothing of the sort, or no such text.
    #[error("a pass of this kind cannot say this {0}")]
    Particular(&'static str),
    /// It is left out for what the pass must be.
    #[error("a gate of this kind says for which {0}")]
    ForWhat(&'static str),
    /// It is left out whose passes open it: anybody on a trust list may issue a ticket of that name.
    #[error("a gate of tickets or cards names its issuers")]
    Issuers,
    /// Visitors could not be told which ticket is meant.
    #[error("a gate of tickets or cards asks by a screen or a poster")]
    OneWay,
}

/// A gate, as its keeper describes it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateSettings {
    /// What visitors are told the venue is called.
    pub venue: String,
    /// What visitors are told the gate is called.
    pub gate: String,
    /// `entry`, `ticket`, `membership` or `student-card`; none: `entry`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Of a ticket, the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Of a ticket, the zones; none: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<String>,
    /// Of a membership, the organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// Of a student card, the institution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution: Option<String>,
    /// Of a membership or student card, the levels; none: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<String>,
    /// `traceable`: passes that their issuer recognises; `blind`: those that it does not; none: either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passes: Option<String>,
    /// What the pass must say.
    pub facts: Vec<String>,
    /// `screen`, `poster` or `one-way`.
    pub presence: String,
    /// Whose passes open it, by identifiers of the trust list; none: entry passes of every issuer there.
    #[serde(default)]
    pub issuers: Vec<String>,
    /// How old what is known of issuers may be, in hours: a week at most.
    pub max_trust_age_hours: u16,
}

impl GateSettings {
    /// Most hours that what is known of issuers may be old.
    pub const MAX_TRUST_AGE_HOURS: u16 = 7 * 24;

    /// What the gate asks for.
    ///
    /// # Errors
    /// [`SettingsError`], of kind, facts and particulars.
    pub fn wants(&self) -> Result<Wants, SettingsError> {
        let facts: Result<Vec<Fact>, _> = self.facts.iter().map(|name| Fact::parse(name)).collect();
        let kind = self.kind.as_deref().map_or(Some(Kind::Entry), Kind::from_name);
        let kind = kind.ok_or(SettingsError::Kind)?;
        let asked: [(&'static str, Vec<&str>); 5] = [
            ("event", self.event.as_deref().into_iter().collect()),
            ("organisation", self.organisation.as_deref().into_iter().collect()),
            ("institution", self.institution.as_deref().into_iter().collect()),
            ("zone", self.zones.iter().map(String::as_str).collect()),
            ("level", self.levels.iter().map(String::as_str).collect()),
        ];
        let passes = self.passes.as_deref().map_or(Some(PassSort::Either), PassSort::from_name);
        let passes = passes.ok_or(SettingsError::Passes)?;
        if kind != Kind::Entry && passes == PassSort::Blind {
            return Err(SettingsError::NotEntry);
        }
        let mut wants = Wants::new(kind, facts?).of(passes);
        for (name, texts) in asked.into_iter().filter(|(_, texts)| !texts.is_empty()) {
            wants = wants.with(name, texts).map_err(|_| SettingsError::Particular(name))?;
        }
        let first = kind.particulars().first();
        if wants.says_for_what() { Ok(wants) } else { Err(SettingsError::ForWhat(first.unwrap_or(&""))) }
    }

    /// How it asks.
    ///
    /// # Errors
    /// [`SettingsError::Presence`]
    pub fn asking(&self) -> Result<Asking, SettingsError> {
        let named = Asking::ALL.into_iter().find(|asking| asking.name() == self.presence);
        named.ok_or(SettingsError::Presence)
    }

    /// The gate of the venue with this `key`; a screen gets a fresh secret.
    ///
    /// # Errors
    /// [`SettingsError`], of what is written wrong.
    pub fn gate(&self, key: &PrivateKey, entropy: &dyn Entropy) -> Result<Gate, SettingsError> {
        if !(1..=Self::MAX_TRUST_AGE_HOURS).contains(&self.max_trust_age_hours) {
            return Err(SettingsError::Age);
        }
        let mut wants = self.wants()?;
        if !JUDGES_BLIND {
            // Its screen asks for what it can judge.
            match wants.passes {
                PassSort::Blind => return Err(SettingsError::BlindHere),
                PassSort::Either | PassSort::Traceable => wants.passes = PassSort::Traceable,
            }
        }
        if wants.kind != Kind::Entry && self.issuers.is_empty() {
            return Err(SettingsError::Issuers);
        }
        if wants.kind != Kind::Entry && self.asking()? == Asking::OneWay {
            return Err(SettingsError::OneWay);
        }
        Ok(Gate {
            venue: VenueId::of(key.public()),
            wants,
            issuers: self.issuers.clone(),
            presence: match self.asking()? {
                Asking::Screen => Presence::Screen(ScreenSecret::generate(entropy)),
                Asking::Poster => Presence::Poster,
                Asking::OneWay => Presence::OneWay,
            },
            max_trust_age: Seconds(u32::from(self.max_trust_age_hours) * 3600),
        })
    }

    /// What the screen of `gate`, which these settings made, shows in `window`; `None`: it has none.
    ///
    /// # Errors
    /// [`PassError`] if a name cannot be shown, or the key cannot sign.
    pub fn screen_code(
        &self,
        gate: &Gate,
        window: Window,
        key: &PrivateKey,
    ) -> Result<Option<String>, PassError> {
        let Presence::Screen(secret) = &gate.presence else { return Ok(None) };
        VenueCode::on_screen((&self.venue, &self.gate), &gate.wants, (window, secret), key).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use jigap_keys::KeyType;

    use super::*;
    use crate::testing::Repeatable;

    fn settings() -> GateSettings {
        GateSettings {
            venue: "Hanbit".to_owned(),
            gate: "North".to_owned(),
            facts: vec!["student".to_owned(), "age_over_19".to_owned()],
            presence: "screen".to_owned(),
            issuers: Vec::new(),
            max_trust_age_hours: 72,
            ..GateSettings::default()
        }
    }

    fn concert() -> GateSettings {
        GateSettings {
            kind: Some("ticket".to_owned()),
            event: Some("음악회".to_owned()),
            zones: vec!["S".to_owned(), "R".to_owned()],
            facts: Vec::new(),
            issuers: vec!["https://pass.example".to_owned()],
            ..settings()
        }
    }

    #[test]
    fn settings_make_the_gate_that_they_describe() {
        let entropy = Repeatable::new(1);
        let key = PrivateKey::generate(KeyType::Ed25519, &entropy);
        let gate = settings().gate(&key, &entropy).unwrap();
        assert_eq!((gate.venue, gate.max_trust_age), (VenueId::of(key.public()), Gate::MAX_TRUST_AGE));
        assert_eq!(gate.wants.facts, [Fact::AgeOver(19), Fact::Named("student".to_owned())]);
        let window = Window::from_number(7);
        let shown = settings().screen_code(&gate, window, &key).unwrap().unwrap();
        let read = VenueCode::read(&shown, window.begins()).unwrap();
        assert_eq!((read.name(), read.gate(), read.wants()), ("Hanbit", "North", &gate.wants));
        let poster = GateSettings { presence: "poster".to_owned(), ..settings() };
        let gate = poster.gate(&key, &entropy).unwrap();
        assert_eq!(poster.screen_code(&gate, window, &key), Ok(None));
    }

    #[test]
    fn settings_that_make_no_gate_are_refused() {
        let entropy = Repeatable::new(1);
        let key = PrivateKey::generate(KeyType::Ed25519, &entropy);
        let refused = |change: fn(&mut GateSettings)| {
            let mut settings = settings();
            change(&mut settings);
            settings.gate(&key, &entropy).err()
        };
        assert_eq!(refused(|it| it.max_trust_age_hours = 0), Some(SettingsError::Age));
        assert_eq!(refused(|it| it.max_trust_age_hours = 169), Some(SettingsError::Age));
        assert_eq!(refused(|it| it.presence = "door".to_owned()), Some(SettingsError::Presence));
        let fact = |it: &mut GateSettings| it.facts = vec!["Age".to_owned()];
        assert_eq!(refused(fact), Some(SettingsError::Fact(FactError)));
        assert_eq!(refused(|it| it.kind = Some("door".to_owned())), Some(SettingsError::Kind));
        assert_eq!(refused(|it| it.passes = Some("any".to_owned())), Some(SettingsError::Passes));
        assert_eq!(refused(|it| it.event = Some("a".to_owned())), Some(SettingsError::Particular("event")));
    }

    /// A gate of tickets that left out the event or the issuers would open for tickets that mean nothing.
    #[test]
    fn a_gate_of_tickets_says_for_what_and_whose() {
        let entropy = Repeatable::new(1);
        let key = PrivateKey::generate(KeyType::Ed25519, &entropy);
        let gate = concert().gate(&key, &entropy).unwrap();
        assert!(gate.is_specific() && gate.wants.particulars[1] == ["R", "S"]);
        let refused = |change: fn(&mut GateSettings)| {
            let mut settings = concert();
            change(&mut settings);
            settings.gate(&key, &entropy).err()
        };
        assert_eq!(refused(|it| it.event = None), Some(SettingsError::ForWhat("event")));
        assert_eq!(refused(|it| it.issuers.clear()), Some(SettingsError::Issuers));
        assert_eq!(refused(|it| it.presence = "one-way".to_owned()), Some(SettingsError::OneWay));
        assert_eq!(refused(|it| it.passes = Some("blind".to_owned())), Some(SettingsError::NotEntry));
        let card = |it: &mut GateSettings| it.kind = Some("student-card".to_owned());
        assert_eq!(refused(card), Some(SettingsError::Particular("event")));
    }
}
