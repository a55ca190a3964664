//! The gate: judges a code by what it asks for, and by what it knows of issuers, without a network.

use super::blind::FORGED;
use super::code::AuthenticPass;
use super::{
    CLAIMS, FORM, Heard, Kind, PassClaims, PassCode, PassIssuer, PassIssuers, PassStatus, Pseudonym,
    ScreenSecret, VenueId, Wants, Window, hidden,
};
use crate::status::StatusValue;
use crate::text::Lang;
use crate::time::{Seconds, Timestamp};
use crate::verdict::{Check, Reason, Refusal};

/// EP-03: its issuer may issue it.
pub const ISSUER: Check = Check::new(
    "EP-03",
    "the key that signed the pass is one issuer's that may issue this kind",
    "패스에 서명한 키는 이런 패스를 발급할 수 있는 한 발급자의 것입니다",
    "docs/SPECS.md, Entry passes; docs/TRUST-LIST.md §3",
);
/// EP-04: its issuer made it.
pub const AUTHENTIC: Check = Check::new(
    "EP-04",
    "the issuer's signature over the pass verifies",
    "패스에 대한 발급자 서명이 맞습니다",
    "RFC 9052 §4.4; RFC 8392 §7.2",
);
/// EP-05: it has not ended.
pub const NOT_ENDED: Check =
    Check::new("EP-05", "the pass has not ended", "패스가 끝나지 않았습니다", "RFC 8392 §3.1.4");
/// EP-06: it is not of a version that was ended.
pub const VERSION: Check = Check::new(
    "EP-06",
    "the pass is not of a version that its issuer ended",
    "발급자가 끝낸 버전의 패스가 아닙니다",
    "docs/SPECS.md, Entry passes",
);
/// EP-07: it is shown now.
pub const WINDOW: Check = Check::new(
    "EP-07",
    "the code is of this window, the one before or the one after",
    "코드의 시간창은 지금이거나 바로 앞뒤입니다",
    "docs/SPECS.md, Entry passes",
);
/// EP-09: it is what the gate wants.
pub const WANTED: Check = Check::new(
    "EP-09",
    "the pass is of the kind and sort that the gate takes, for what it takes it, and says each fact that it wants",
    "패스가 이 문이 받는 종류와 방식이고, 문이 정한 행사나 기관의 것이며, 문이 묻는 사실을 모두 말합니다",
    "docs/SPECS.md, Entry passes",
);
/// EP-10: it was not revoked.
pub const NOT_REVOKED: Check = Check::new(
    "EP-10",
    "the pass is neither revoked nor suspended, as far as the gate's snapshot of its issuer's list says",
    "문이 가진 발급자 목록에 따르면 패스는 폐기되거나 정지되지 않았습니다",
    "Token Status List §8.3",
);
/// EP-12: what the gate knows is not too old.
pub const FRESH_TRUST: Check = Check::new(
    "EP-12",
    "what the gate knows of issuers is not of the future, and no older than its policy takes",
    "문이 아는 발급자 정보가 미래의 것이 아니고, 정책이 정한 나이를 넘지 않습니다",
    "docs/SPECS.md, Entry passes",
);

pub(super) const UNKNOWN_ISSUER: Reason = Reason::new(
    "pass-issuer",
    "nobody whom this gate trusts issues such passes with this key",
    "이 문이 믿는 발급자의 패스가 아닙니다",
);
const ENDED: Reason = Reason::new("pass-ended", "the pass ended at {at}", "패스가 {at}에 끝났습니다");
const OLD_VERSION: Reason = Reason::new(
    "pass-version",
    "the issuer ended all passes of this version; the wallet gets new ones",
    "발급자가 이 버전의 패스를 모두 끝냈습니다. 지갑에서 새 패스를 받으세요",
);
const ANOTHER_TIME: Reason = Reason::new(
    "pass-window",
    "the code is of another time: show it live; look at the clocks",
    "지금 만든 코드가 아닙니다. 지갑에서 바로 보여 주고, 시계를 확인하세요",
);
const OTHER_KIND: Reason =
    Reason::new("pass-kind", "this gate takes another kind of pass", "이 문에서 받지 않는 종류의 패스입니다");
const FACT_MISSING: Reason = Reason::new(
    "pass-fact",
    "the pass does not say what this gate asks",
    "패스에 이 문이 묻는 사실이 없습니다",
);
const NOT_TRACEABLE: Reason = Reason::new(
    "pass-blind",
    "this gate wants a pass that its issuer recognises",
    "발급자가 알아볼 수 있는 패스를 받는 문입니다",
);
const NOT_BLIND: Reason = Reason::new(
    "pass-traceable",
    "this gate wants a pass that its issuer does not recognise",
    "발급자도 누구의 것인지 모르는 패스를 받는 문입니다",
);
const FOR_ANOTHER: Reason = Reason::new(
    "pass-particular",
    "the pass is for another event, zone or organisation than this gate's",
    "이 문의 행사, 구역, 단체의 것이 아닌 패스입니다",
);
const ASKS_NOTHING: Reason = Reason::new(
    "gate-unspecific",
    "this gate does not say for which event or organisation, and by which issuers: it opens for no ticket and no card",
    "이 문에 어느 행사나 단체의 것인지, 어느 발급자의 것인지 정해져 있지 않아 입장권과 카드를 받을 수 없습니다",
);
const REVOKED: Reason =
    Reason::new("pass-revoked", "the pass was revoked or suspended", "패스가 폐기되거나 정지되었습니다");
const NO_STATUS: Reason = Reason::new(
    "pass-status-unknown",
    "the gate does not know the status of this pass",
    "문이 이 패스의 상태를 모릅니다",
);
const OLD_TRUST: Reason = Reason::new(
    "trust-old",
    "what this gate knows of issuers is of {at}: connect it",
    "이 문의 발급자 정보는 {at}의 것입니다. 네트워크에 연결하세요",
);

/// How whoever shows a pass is told who asks: a gate has one way, so that nobody can choose a weaker one.
#[derive(Debug)]
pub enum Presence {
    /// By a screen whose code changes: the strongest.
    Screen(ScreenSecret),
    /// By a poster: a code made for this venue, which a photograph of it shows too while its window counts.
    Poster,
    /// Not at all: a code opens every door of this kind while its window counts. The weakest.
    OneWay,
}

impl Presence {
    /// Which of the ways it is.
    pub const fn asking(&self) -> Asking {
        match self {
            Self::Screen(_) => Asking::Screen,
            Self::Poster => Asking::Poster,
            Self::OneWay => Asking::OneWay,
        }
    }
}

/// How a gate asks, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// By a screen.
    Screen,
    /// By a poster.
    Poster,
    /// Not at all.
    OneWay,
}

impl Asking {
    /// All of them, the strongest first.
    pub const ALL: [Self; 3] = [Self::Screen, Self::Poster, Self::OneWay];

    /// Its name in configuration and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Screen => "screen",
            Self::Poster => "poster",
            Self::OneWay => "one-way",
        }
    }

    /// Whether a code proves less than that its holder read this gate's screen just now.
    pub const fn is_weaker(self) -> bool {
        !matches!(self, Self::Screen)
    }
}

/// A gate of a venue.
#[derive(Debug)]
pub struct Gate {
    /// Whose it is.
    pub venue: VenueId,
    /// What it asks for.
    pub wants: Wants,
    /// Whose passes it takes, by their identifiers in the trust list. Empty: entry passes of every issuer there that may issue
    /// them; of tickets and cards none.
    pub issuers: Vec<String>,
    /// How it asks.
    pub presence: Presence,
    /// How old what it knows of issuers may be; their status lists too.
    pub max_trust_age: Seconds,
}

/// A code that opens a gate, if it did not already. Only [`Gate::judge`] makes one; [`Replay::admit`](super::Replay::admit) takes it.
#[must_use = "a pass that was judged opens nothing until `Replay::admit` has marked it"]
pub struct Checked {
    pub(super) claims: PassClaims,
    pub(super) window: Window,
    pub(super) pseudonym: Pseudonym,
    pub(super) issuer: String,
    pub(super) issuer_name: String,
    pub(super) asked: Asking,
    pub(super) is_blind: bool,
}

impl std::fmt::Debug for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        hidden(f, "Checked", 0)
    }
}

impl Gate {
    /// How old what a gate knows of issuers may be where no policy says so.
    pub const MAX_TRUST_AGE: Seconds = Seconds(72 * 60 * 60);
    /// How far in the future what a gate knows may seem to be, since clocks differ.
    const CLOCK_SKEW: Seconds = Seconds(60);

    /// Judges the text of a code at `now` by all but whether it was shown before. Refuses by EP-01 to EP-10 and EP-12; names for
    /// people are in `lang`.
    ///
    /// # Errors
    /// The first rule that it breaks: form, moment, issuer, signatures, then what the pass says.
    pub fn judge(
        &self,
        text: &str,
        issuers: &PassIssuers,
        now: Timestamp,
        lang: Lang,
    ) -> Result<Checked, Refusal> {
        let code = PassCode::parse(text)?;
        if !code.window().counts_at(now) {
            return Err(WINDOW.refuse(ANOTHER_TIME));
        }
        let issuer = issuers.find(code.issuer())?;
        self.require_fresh(issuer.as_of, now)?;
        let pass = code.verify(&issuer.key).map_err(|refusal| {
            let told = [CLAIMS, FORM, AUTHENTIC].contains(&refusal.check);
            if told { refusal } else { AUTHENTIC.refuse(FORGED) }
        })?;
        pass.require_holder(&self.asked(pass.window))?;
        self.require_valid(&pass, issuer, now)?;
        let AuthenticPass { claims, window, .. } = pass;
        Ok(Checked {
            pseudonym: Pseudonym::of(&claims.holder),
            claims,
            window,
            issuer: issuer.issuer.clone(),
            issuer_name: issuer.names.get(lang).to_owned(),
            asked: self.presence.asking(),
            is_blind: issuer.key.is_blind(),
        })
    }

    /// Whether it says enough of what it takes: of tickets and cards for what, and by whom issued. Anybody on a trust list may
    /// issue a ticket for an event of that name.
    pub fn is_specific(&self) -> bool {
        self.wants.says_for_what() && (self.wants.kind == Kind::Entry || !self.issuers.is_empty())
    }

    fn asked(&self, window: Window) -> Heard {
        match &self.presence {
            Presence::Screen(secret) => Heard::Screen(self.venue, secret.nonce(window)),
            Presence::Poster => Heard::Poster(self.venue),
            Presence::OneWay => Heard::Anyone,
        }
    }

    fn require_valid(
        &self,
        pass: &AuthenticPass,
        issuer: &PassIssuer,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let claims = &pass.claims;
        let is_taken = self.issuers.is_empty() || self.issuers.contains(&issuer.issuer);
        if !issuer.kinds.contains(&claims.kind) || !is_taken || issuer.until <= now {
            return Err(ISSUER.refuse(UNKNOWN_ISSUER));
        }
        if claims.expires <= now {
            return Err(NOT_ENDED.refuse(ENDED.at(claims.expires)));
        }
        if claims.version < issuer.min_version(claims.kind) {
            return Err(VERSION.refuse(OLD_VERSION));
        }
        if claims.kind != self.wants.kind {
            return Err(WANTED.refuse(OTHER_KIND));
        }
        if !self.wants.passes.takes(issuer.key.is_blind()) {
            return Err(WANTED.refuse(if issuer.key.is_blind() { NOT_TRACEABLE } else { NOT_BLIND }));
        }
        if self.wants.lacks(&claims.facts).is_some() {
            return Err(WANTED.refuse(FACT_MISSING));
        }
        if !self.is_specific() {
            return Err(WANTED.refuse(ASKS_NOTHING));
        }
        if !self.wants.takes(&claims.particulars) {
            return Err(WANTED.refuse(FOR_ANOTHER));
        }
        claims.status.map_or(Ok(()), |place| self.require_status(place, issuer, now))
    }

    fn require_status(&self, place: PassStatus, issuer: &PassIssuer, now: Timestamp) -> Result<(), Refusal> {
        let unknown = NOT_REVOKED.refuse(NO_STATUS);
        let mut lists = issuer.statuses.iter().filter(|snapshot| snapshot.tag == place.list);
        let (Some(snapshot), None) = (lists.next(), lists.next()) else { return Err(unknown) };
        self.require_fresh(snapshot.as_of, now)?;
        if snapshot.until <= now {
            return Err(unknown);
        }
        match snapshot.list.get(place.index) {
            Some(StatusValue::VALID) => Ok(()),
            Some(_) => Err(NOT_REVOKED.refuse(REVOKED)),
            None => Err(unknown),
        }
    }

    fn require_fresh(&self, as_of: Timestamp, now: Timestamp) -> Result<(), Refusal> {
        let fresh = now.minus(self.max_trust_age) <= as_of && as_of <= now.plus(Self::CLOCK_SKEW);
        if fresh { Ok(()) } else { Err(FRESH_TRUST.refuse(OLD_TRUST.at(as_of))) }
    }
}
