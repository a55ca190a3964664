//! What a gate's keeper writes of it: `gate.toml` in its folder, and what a scanner in a browser is given when it is paired.

use jigap_keys::{Entropy, PrivateKey};
use serde::{Deserialize, Serialize};

use super::{
    Asking, Fact, FactError, Gate, Kind, PassError, Presence, ScreenSecret, VenueCode, VenueId, Wants, Window,
};
use crate::time::Seconds;

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
}

/// A gate, as its keeper describes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateSettings {
    /// What visitors are told the venue is called.
    pub venue: String,
    /// What visitors are told the gate is called.
    pub gate: String,
    /// What the pass must say.
    pub facts: Vec<String>,
    /// `screen`, `poster` or `one-way`.
    pub presence: String,
    /// Whose passes open it, by identifiers of the trust list; none: those of every issuer of passes there.
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
    /// [`SettingsError::Fact`]
    pub fn wants(&self) -> Result<Wants, SettingsError> {
        let facts: Result<Vec<Fact>, _> = self.facts.iter().map(|name| Fact::parse(name)).collect();
        Ok(Wants::new(Kind::Entry, facts?))
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
        Ok(Gate {
            venue: VenueId::of(key.public()),
            wants: self.wants()?,
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
    }
}
