//! Showing an entry pass: which one, to whom, and for how long.
//!
//! A pass is bound to the first venue that it is shown to, and shown to no other: a venue that comes again sees the same pass,
//! two venues never do. It is bound in the box before its code is made, so that a crash shows no pass twice. Of the passes
//! that open a gate the one that says least is shown; an entry pass in its generation alone, since one of another would tell
//! its holder from everybody else.

use jigap_keys::{PrivateKey, base64url};

use super::opened;
use super::records::{self, Copy, Event, EventKind, Held};
use super::{Wallet, WalletError};
use crate::dcql::Format;
use crate::pass::{Generation, Heard, PassClaims, VenueCode, Wants, Window, present};
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

/// A pass that was taken for a gate. No `Debug`.
pub struct Showing {
    pass: Vec<u8>,
    key: PrivateKey,
    venue: Option<VenueCode>,
    claims: PassClaims,
    reused: bool,
    left: usize,
}

impl Showing {
    /// The text of the QR code at `now`. Of one that answers a screen it is the same until that changes.
    ///
    /// # Errors
    /// [`WalletError::Key`]
    pub fn code(&self, now: Timestamp) -> Result<String, WalletError> {
        let window = Window::of(now);
        let (heard, window) = self.venue.as_ref().map_or((Heard::Anyone, window), |it| it.heard(window));
        present(&self.pass, window, &heard, &self.key).map_err(|_| WalletError::Key)
    }

    /// The moment when the code that is made at `now` changes: where it answers a screen, when that has changed twice.
    pub fn changes(&self, now: Timestamp) -> Timestamp {
        match self.venue.as_ref().and_then(VenueCode::screen) {
            Some((window, _)) => window.ends().plus(Window::LENGTH),
            None => Window::of(now).ends(),
        }
    }

    /// What the venue sees.
    pub const fn claims(&self) -> &PassClaims {
        &self.claims
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
    claims: PassClaims,
}

impl Wallet {
    /// Takes a pass for a gate: what `venue` asks for by its code, or `wants` where nobody shows one. The same venue gets the pass that it saw
    /// before, while that lasts.
    ///
    /// # Errors
    /// [`WalletError::CannotAnswer`] if no pass would open the gate; [`WalletError::NoCopyLeft`] if each was shown elsewhere and
    /// `none_left` says to refuse then.
    pub async fn show_pass(
        &self,
        venue: Option<VenueCode>,
        wants: &Wants,
        none_left: NoneLeft,
    ) -> Result<Showing, WalletError> {
        let now = self.clock.now();
        let asked = venue.as_ref().map_or(wants, VenueCode::wants);
        let bound = &venue.as_ref().map(|venue| base64url::encode(venue.venue().as_bytes()));
        let with = &venue.as_ref().map_or_else(String::new, |it| format!("{} · {}", it.name(), it.gate()));
        let taken = self.wallet_box.transact(|records| async move {
            let able = able(&records, asked, now).await?;
            let left = able.iter().filter(|able| able.copy.is_unused()).count();
            let (mut able, reused) = choose(able, bound.as_deref(), none_left)?;
            let left = left - usize::from(able.copy.is_unused());
            let held = take(&records, &mut able, bound.clone(), now).await?;
            let shown = opened::paths(&able.claims.said());
            let event = Event::new(now, EventKind::Presented, with.clone(), &held, shown);
            records::remember(&records, &event).await?;
            Ok::<_, WalletError>((able, reused, left))
        });
        let (able, reused, left) = taken.await?;
        let pass = base64url::decode(&able.copy.credential).map_err(|_| WalletError::OtherCredential)?;
        Ok(Showing { pass, key: able.copy.key()?, venue, claims: able.claims, reused, left })
    }
}

/// Every copy that would open the gate at `now`, those first that say least.
async fn able(records: &Records, wants: &Wants, now: Timestamp) -> Result<Vec<Able>, WalletError> {
    let mut found = Vec::new();
    for held in records::held(records).await? {
        if held.format != Format::JigapPass || held.types != [wants.kind.trusted_type()] {
            continue;
        }
        for id in records.list(&format!("copy/{}/", held.id)).await? {
            let Some(copy) = records.read::<Copy>(&id).await? else { continue };
            let Some(claims) = copy.pass() else { continue };
            let set_aside = copy.reserved.is_some() && copy.spent.is_none();
            if !set_aside && is_shown_at(&claims, now) && wants.are_met_by(claims.kind, &claims.facts) {
                found.push(Able { id, credential: held.id.clone(), copy, claims });
            }
        }
    }
    found.sort_by_key(|able| (able.claims.facts.len(), able.claims.expires));
    Ok(found)
}

/// Whether a pass is shown at `now`: it has not ended, and is of this generation if it is of one.
fn is_shown_at(claims: &PassClaims, now: Timestamp) -> bool {
    let in_time = Generation::ending_at(claims.expires).is_none_or(|it| it == Generation::of(now));
    now < claims.expires && (claims.kind.is_single_entry() || in_time)
}

/// The pass that the venue saw before, else one that nobody saw, else as `none_left` says. With it, whether another venue saw it.
fn choose(able: Vec<Able>, venue: Option<&str>, none_left: NoneLeft) -> Result<(Able, bool), WalletError> {
    if able.is_empty() {
        return Err(WalletError::CannotAnswer);
    }
    let again = |able: &Able| venue.is_some() && able.copy.venue.as_deref() == venue;
    let fresh = |able: &Able| able.copy.is_unused();
    let single = |able: &Able| able.claims.kind.is_single_entry();
    let place = able.iter().position(again).or_else(|| able.iter().position(fresh));
    // A ticket is for one entry: whoever shows it again shows the same.
    let place = place.or_else(|| able.iter().position(single));
    let reused = place.is_none();
    let place = match (place, none_left) {
        (Some(place), _) => place,
        (None, NoneLeft::Reuse) => 0,
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
