//! Showing an entry pass: which one, to whom, and for how long.
//!
//! A pass is bound to the first venue that it is shown to, and shown to no other: a venue that comes again sees the same pass,
//! two venues never do. It is bound in the box before its code is made, so that a crash shows no pass twice. Of the passes
//! that open a gate the one that says least is shown; an entry pass in its generation alone, since one of another would tell
//! its holder from everybody else. A ticket or card is one pass: the venue that saw it sees it again, as often as a scan fails,
//! until it ends; another venue only if its holder says so.

use jigap_keys::{PrivateKey, base64url, hash};

use super::opened;
use super::records::{self, Copy, Event, EventKind, Held, Visited};
use super::{Wallet, WalletError};
use crate::dcql::Format;
use crate::pass::{Fact, Generation, Heard, HeldPass, Kind, PassClaims, VenueCode, Wants, Window, present};
use crate::time::Timestamp;
use crate::wallet_box::Records;

/// What is to be done if every pass that would open the gate was shown elsewhere: as its holder said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoneLeft {
    /// No pass is shown.
    Refuse,
    /// One that another venue has seen is shown again: the two can find out that it was one person.
    Reuse,
}

/// Which pass is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassChoice {
    /// What is to be done if every pass was shown elsewhere.
    pub none_left: NoneLeft,
    /// One of this credential, by its id: of several tickets for one event the one that is meant. `None`: whichever fits.
    pub only: Option<String>,
}

impl From<NoneLeft> for PassChoice {
    fn from(none_left: NoneLeft) -> Self {
        Self { none_left, only: None }
    }
}

/// What a gate asks, as far as its visitor is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateAsks {
    /// The venue whose code was read.
    Venue(Box<VenueCode>),
    /// Nobody by name: the pass is for any gate that takes such codes.
    Anyone(Wants),
}

impl GateAsks {
    /// What is asked for.
    pub const fn wants(&self) -> &Wants {
        match self {
            Self::Venue(venue) => venue.wants(),
            Self::Anyone(wants) => wants,
        }
    }

    const fn venue(&self) -> Option<&VenueCode> {
        match self {
            Self::Venue(venue) => Some(venue),
            Self::Anyone(_) => None,
        }
    }

    /// What passes are bound to: the venue's key and its name. Venues that share a key in order to be shown one pass must share
    /// the name too, which people read.
    fn bound(&self) -> Option<String> {
        let of = |venue: &VenueCode| [venue.venue().as_bytes(), venue.name().as_bytes()].concat();
        self.venue().map(|venue| base64url::encode(hash::sha256(&of(venue))))
    }
}

/// A pass that was taken for a gate. No `Debug`.
pub struct Showing {
    pass: HeldPass,
    key: PrivateKey,
    asks: GateAsks,
    reused: bool,
    left: usize,
}

impl Showing {
    /// The text of the QR code at `now`. Of one that answers a screen it is the same until that changes.
    ///
    /// # Errors
    /// [`WalletError::CannotAnswer`] if the pass has ended; [`WalletError::Key`]
    pub fn code(&self, now: Timestamp) -> Result<String, WalletError> {
        if !is_shown_at(self.pass.claims(), now) {
            return Err(WalletError::CannotAnswer);
        }
        let window = Window::of(now);
        let (heard, window) = self.asks.venue().map_or((Heard::Anyone, window), |it| it.heard(window));
        present(self.pass.shown(), window, &heard, &self.key).map_err(|_| WalletError::Key)
    }

    /// The moment when the code that is made at `now` changes: where it answers a screen, when that has changed twice.
    pub fn changes(&self, now: Timestamp) -> Timestamp {
        match self.asks.venue().and_then(VenueCode::screen) {
            Some((window, _)) => window.ends().plus(Window::LENGTH),
            None => Window::of(now).ends(),
        }
    }

    /// Whether the code answers a screen: when that has changed, it is to be read again.
    pub fn answers_a_screen(&self) -> bool {
        self.asks.venue().is_some_and(|venue| venue.screen().is_some())
    }

    /// What the venue sees.
    pub const fn claims(&self) -> &PassClaims {
        self.pass.claims()
    }

    /// Whether its issuer does not recognise it.
    pub const fn is_blind(&self) -> bool {
        self.pass.is_blind()
    }

    /// Whether another venue has seen this pass.
    pub const fn reused(&self) -> bool {
        self.reused
    }

    /// How many passes as good as this one were shown to nobody yet.
    pub const fn left(&self) -> usize {
        self.left
    }
}

/// A copy that would open the gate.
struct Able {
    id: String,
    credential: String,
    copy: Copy,
    pass: HeldPass,
}

impl Wallet {
    /// What a gate would be shown, for its holder to agree to, and whether another venue has seen it. Nothing is bound.
    ///
    /// # Errors
    /// As [`Wallet::show_pass`].
    pub async fn would_show(
        &self,
        asks: &GateAsks,
        choice: impl Into<PassChoice>,
    ) -> Result<(HeldPass, bool), WalletError> {
        let PassChoice { none_left, only } = &choice.into();
        let (now, bound) = (self.clock.now(), &asks.bound());
        let chosen = self.wallet_box.transact(|records| async move {
            choose(able(&records, asks.wants(), only.as_deref(), now).await?, bound.as_deref(), *none_left)
        });
        let (able, reused) = chosen.await?;
        Ok((able.pass, reused))
    }

    /// Takes a pass for a gate, and binds it to the venue. The same venue gets the pass that it saw before, while that lasts and
    /// says what is asked.
    ///
    /// # Errors
    /// [`WalletError::CannotAnswer`] if no pass would open the gate; [`WalletError::NoCopyLeft`] if each was shown elsewhere and
    /// `choice` says to refuse then.
    pub async fn show_pass(
        &self,
        asks: GateAsks,
        choice: impl Into<PassChoice>,
    ) -> Result<Showing, WalletError> {
        let PassChoice { none_left, only } = &choice.into();
        let (now, bound) = (self.clock.now(), &asks.bound());
        let with = &asks.venue().map_or_else(String::new, |it| format!("{} · {}", it.name(), it.gate()));
        let (wants, venue) = (asks.wants(), asks.venue());
        let taken = self.wallet_box.transact(|records| async move {
            let able = able(&records, wants, only.as_deref(), now).await?;
            let left = able.iter().filter(|able| able.copy.is_unused()).count();
            let (mut able, reused) = choose(able, bound.as_deref(), *none_left)?;
            let left = left - usize::from(able.copy.is_unused());
            let held = take(&records, &mut able, bound.clone(), now).await?;
            let shown = opened::paths(&able.pass.claims().said());
            let mut event = Event::new(now, EventKind::Presented, with.clone(), &held, shown);
            event.visit = venue.map(|venue| visited(venue, able.pass.claims()));
            records::remember(&records, &event).await?;
            Ok::<_, WalletError>((able, reused, left))
        });
        let (able, reused, left) = taken.await?;
        Ok(Showing { key: able.copy.key()?, pass: able.pass, asks, reused, left })
    }
}

/// What the holder's history says of a visit.
fn visited(venue: &VenueCode, claims: &PassClaims) -> Visited {
    Visited {
        venue: base64url::encode(venue.venue().as_bytes()),
        name: venue.name().to_owned(),
        gate: venue.gate().to_owned(),
        pass: base64url::encode(claims.pseudonym().as_bytes()),
    }
}

/// Every copy that would open the gate at `now`, of the credential `only` if one is named, those first that say least.
async fn able(
    records: &Records,
    wants: &Wants,
    only: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Able>, WalletError> {
    let mut found = Vec::new();
    for held in records::held(records).await? {
        if only.is_some_and(|only| only != held.id) {
            continue;
        }
        if held.format != Format::JigapPass || held.types != [wants.kind.trusted_type()] {
            continue;
        }
        for id in records.list(&format!("copy/{}/", held.id)).await? {
            let Some(copy) = records.read::<Copy>(&id).await? else { continue };
            let Some(pass) = copy.held_pass() else { continue };
            let claims = pass.claims();
            let set_aside = copy.reserved.is_some() && copy.spent.is_none();
            let opens = wants.passes.takes(pass.is_blind())
                && wants.are_met_by(claims.kind, &claims.facts, &claims.particulars);
            if !set_aside && is_shown_at(claims, now) && opens {
                found.push(Able { id, credential: held.id.clone(), copy, pass });
            }
        }
    }
    found.sort_by_key(|able| how_much(&able.pass));
    Ok(found)
}

/// How much a pass says: of two with as many facts, the one with the lower ages says less; of two that say the same, the one that
/// its issuer does not recognise.
fn how_much(pass: &HeldPass) -> (usize, u32, bool, Timestamp) {
    let claims = pass.claims();
    let years = |fact: &Fact| if let Fact::AgeOver(years) = fact { u32::from(*years) } else { 0 };
    (claims.facts.len(), claims.facts.iter().map(years).sum(), !pass.is_blind(), claims.expires)
}

/// Whether a pass is shown at `now`: it has not ended, and an entry pass is of this generation.
fn is_shown_at(claims: &PassClaims, now: Timestamp) -> bool {
    let in_time = Generation::ending_at(claims.expires) == Some(Generation::of(now));
    now < claims.expires && (claims.kind != Kind::Entry || in_time)
}

/// The pass that the venue saw before, else one that nobody saw, else as `none_left` says. With it, whether another venue saw it.
fn choose(able: Vec<Able>, venue: Option<&str>, none_left: NoneLeft) -> Result<(Able, bool), WalletError> {
    if able.is_empty() {
        return Err(WalletError::CannotAnswer);
    }
    let again = |able: &Able| venue.is_some() && able.copy.venue.as_deref() == venue;
    let place = able.iter().position(again);
    let place = place.or_else(|| able.iter().position(|able| able.copy.is_unused()));
    let (place, reused) = match (place, none_left) {
        (Some(place), _) => (place, false),
        (None, NoneLeft::Reuse) => (0, true),
        (None, NoneLeft::Refuse) => return Err(WalletError::NoCopyLeft),
    };
    able.into_iter().nth(place).map(|able| (able, reused)).ok_or(WalletError::CannotAnswer)
}

/// Binds the pass to the venue, before any code is made.
async fn take(
    records: &Records,
    able: &mut Able,
    venue: Option<String>,
    now: Timestamp,
) -> Result<Held, WalletError> {
    let Able { id, credential, copy, .. } = able;
    if copy.is_unused() {
        copy.venue = venue;
        return records::spend(records, (id, copy), credential, now).await;
    }
    records::credential(records, credential).await?.ok_or(WalletError::NoSuchCredential)
}
