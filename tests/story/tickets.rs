//! Used tickets: written down before the gate opens, whatever the store does; told to the venue's other gates; found out when one was
//! used at two gates that were apart.

use std::sync::Arc;

use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::entropy::OsEntropy;
use jigap_platform::store::{Fault, Faults, in_memory};
use jigap_wallet_core::pass::{
    Admitted, Gate, GateId, Heard, KEPT, Kind, MARKS_BOUND, Marks, Merged, ONCE, PassClaims, PassIssuer,
    PassIssuers, PassKey, Presence, Receipt, Register, RegisterError, Replay, ScreenSecret, SignedReceipt,
    TakeError, VenueId, Wants, Window, present,
};
use jigap_wallet_core::ports::Store;
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::Names;
use jigap_wallet_core::verdict::Refusal;

const NOW: Timestamp = Timestamp::from_unix(1_795_943_107);
const EVENT: &str = "음악회";
const ISSUER: &str = "https://pass.example";

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519, &OsEntropy)
}

/// A venue, and an issuer of tickets for its event.
struct Town {
    venue: Arc<PrivateKey>,
    issuer: PrivateKey,
}

/// A gate of the venue, with its register.
struct Hall {
    gate: Gate,
    replay: Replay,
    register: Register,
}

/// A ticket, with its key.
struct Ticket(Vec<u8>, PrivateKey);

impl Town {
    fn new() -> Self {
        Self { venue: Arc::new(key()), issuer: key() }
    }

    fn gate(&self) -> Gate {
        Gate {
            venue: VenueId::of(self.venue.public()),
            wants: Wants::new(Kind::Ticket, []).with("event", [EVENT]).unwrap(),
            issuers: vec![ISSUER.to_owned()],
            presence: Presence::Screen(ScreenSecret::generate(&OsEntropy)),
            max_trust_age: Gate::MAX_TRUST_AGE,
        }
    }

    async fn hall(&self, store: &Arc<dyn Store>, now: Timestamp) -> Result<Hall, RegisterError> {
        let gate = self.gate();
        let mut replay = Replay::starting(&gate, now);
        let of = (Arc::clone(&self.venue), "북문");
        let register = Register::open(Arc::clone(store), of, &OsEntropy, now).await?;
        register.remind(&mut replay).await?;
        Ok(Hall { gate, replay, register })
    }

    fn ticket(&self) -> Ticket {
        let holder = key();
        let claims = PassClaims {
            kind: Kind::Ticket,
            facts: Vec::new(),
            particulars: [EVENT, "R", "12", "34"].map(str::to_owned).to_vec(),
            expires: NOW.plus(Seconds(7200)),
            holder: holder.public().clone(),
            version: 0,
            status: None,
        };
        Ticket(claims.unsigned(self.issuer.public()).unwrap().sign(&self.issuer).unwrap(), holder)
    }

    fn issuers(&self, now: Timestamp) -> PassIssuers {
        PassIssuers::new([PassIssuer {
            key: PassKey::Traceable(self.issuer.public().clone()),
            issuer: ISSUER.to_owned(),
            names: Names { ko: "공연장".to_owned(), en: "Hall".to_owned() },
            kinds: vec![Kind::Ticket],
            min_versions: [].into(),
            statuses: Vec::new(),
            as_of: now,
            until: now.plus(Seconds(1_000_000)),
        }])
    }

    async fn scan(
        &self,
        hall: &mut Hall,
        Ticket(pass, holder): &Ticket,
        now: Timestamp,
    ) -> Result<(Admitted, SignedReceipt), Refusal> {
        let Presence::Screen(secret) = &hall.gate.presence else { unreachable!() };
        let window = Window::of(now);
        let heard = Heard::Screen(hall.gate.venue, secret.nonce(window));
        let code = present(pass, window, &heard, holder).unwrap();
        let checked = hall.gate.judge(&code, &self.issuers(now), now, Lang::En)?;
        let (admitted, receipt) = hall.register.admit(&mut hall.replay, checked, now).await?;
        Ok((admitted, receipt.unwrap()))
    }
}

fn store(faults: Faults) -> Arc<dyn Store> {
    in_memory(faults).unwrap()
}

async fn duplicates(register: &Register) -> Vec<Marks> {
    let mut found = Vec::new();
    register.each(|marks| found.extend(Some(marks.clone()).filter(Marks::is_duplicate))).await.unwrap();
    found
}

fn reason(outcome: Result<(Admitted, SignedReceipt), Refusal>) -> &'static str {
    outcome.err().map_or("", |refusal| refusal.reason.code)
}

#[tokio::test]
async fn a_used_ticket_stays_used_when_the_gate_starts_again() {
    let (town, store) = (Town::new(), store(Faults::none()));
    let (one, two) = (town.ticket(), town.ticket());
    let mut hall = town.hall(&store, NOW).await.unwrap();
    let id = hall.register.gate();
    assert!(town.scan(&mut hall, &one, NOW).await.is_ok());
    drop(hall);
    let later = NOW.plus(Seconds(60));
    let mut hall = town.hall(&store, later).await.unwrap();
    assert_eq!(hall.register.gate(), id, "it is the same gate");
    assert_eq!(reason(town.scan(&mut hall, &one, later).await), "ticket-used");
    assert!(town.scan(&mut hall, &two, later).await.is_ok());
    // Also where its memory was not told.
    hall.replay = Replay::starting(&hall.gate, later);
    let refused = town.scan(&mut hall, &one, later).await.unwrap_err();
    assert_eq!((refused.check, refused.reason.code), (ONCE, "ticket-used"));
}

/// Commits: 1 opens the register, 2 forgets what ended, 3 and on are marks.
#[tokio::test]
async fn ep_13_a_gate_that_cannot_write_opens_for_no_ticket() {
    for (faults, said) in [
        (vec![(3, Fault::Unavailable)], "mark-not-written"),
        (vec![(3, Fault::UnknownCommitted)], ""),
        (vec![(3, Fault::UnknownNotCommitted)], ""),
        (vec![(3, Fault::UnknownNotCommitted), (4, Fault::Unavailable)], "mark-unknown"),
        (vec![(3, Fault::UnknownNotCommitted), (4, Fault::UnknownNotCommitted)], "mark-unknown"),
    ] {
        let (town, shown) = (Town::new(), format!("{faults:?}"));
        let store = store(Faults::at(faults));
        let (ticket, mut hall) = (town.ticket(), town.hall(&store, NOW).await.unwrap());
        let first = town.scan(&mut hall, &ticket, NOW).await;
        if let Err(refusal) = &first {
            assert_eq!(refusal.check, KEPT, "{shown}");
        }
        assert_eq!(reason(first), said, "{shown}");
        let again = reason(town.scan(&mut hall, &ticket, NOW).await);
        // What was surely not written is not used; what may have been, is, as long as the gate lives.
        let expected = if said == "mark-not-written" { "" } else { "ticket-used" };
        assert_eq!(again, expected, "{shown}");
        let mut used = 0;
        hall.register.each(|_| used += 1).await.unwrap();
        assert_eq!(used, usize::from(said != "mark-unknown"), "{shown}");
    }
}

#[tokio::test]
async fn a_ticket_used_at_two_gates_that_were_apart_is_found_out_at_both() {
    let town = Town::new();
    let (north, south) = (store(Faults::none()), store(Faults::none()));
    let (mut north, mut south) =
        (town.hall(&north, NOW).await.unwrap(), town.hall(&south, NOW).await.unwrap());
    let (twice, once) = (town.ticket(), town.ticket());
    let later = NOW.plus(Seconds(30));
    let (_, at_north) = town.scan(&mut north, &twice, NOW).await.unwrap();
    let (_, at_south) = town.scan(&mut south, &twice, later).await.unwrap();
    let (_, only) = town.scan(&mut north, &once, later).await.unwrap();
    for (to_south, other, outcome) in [
        (true, &at_north, Merged::Duplicate),
        (false, &at_south, Merged::Duplicate),
        (true, &only, Merged::New),
        (true, &at_north, Merged::Same),
    ] {
        let hall = if to_south { &mut south } else { &mut north };
        let read = SignedReceipt::read(other.bytes(), town.venue.public(), later).unwrap();
        assert_eq!(hall.register.take(&mut hall.replay, &read, later).await, Ok(outcome));
    }
    // Whoever was let in at the other gate is not let in here.
    assert_eq!(reason(town.scan(&mut south, &once, later).await), "ticket-used");
    for hall in [&north, &south] {
        let found = duplicates(&hall.register).await;
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].receipts(),
            [at_north.clone(), at_south.clone()],
            "both receipts, the earliest first"
        );
    }
}

#[tokio::test]
async fn what_ended_is_forgotten_and_what_was_used_twice_later() {
    let (town, store) = (Town::new(), store(Faults::none()));
    let mut hall = town.hall(&store, NOW).await.unwrap();
    let (twice, once) = (town.ticket(), town.ticket());
    let (admitted, _) = town.scan(&mut hall, &twice, NOW).await.unwrap();
    assert!(town.scan(&mut hall, &once, NOW).await.is_ok());
    let elsewhere = Receipt::of(&admitted, (GateId([9; 8]), "남문"), NOW).sign(&town.venue).unwrap();
    assert_eq!(hall.register.take(&mut hall.replay, &elsewhere, NOW).await, Ok(Merged::Duplicate));
    let count = async |hall: &Hall| {
        let mut count = 0;
        hall.register.each(|_| count += 1).await.unwrap();
        count
    };
    for (seconds, left) in
        [(7200 + 86_400, 2), (7200 + 86_400 + 1, 1), (7200 + 91 * 86_400, 1), (7202 + 91 * 86_400, 0)]
    {
        hall.register.forget(NOW.plus(Seconds(seconds))).await.unwrap();
        assert_eq!(count(&hall).await, left, "{seconds}");
    }
    // A clock that is behind what was forgotten would let them in again, whether or not it is looked at meanwhile.
    assert!(matches!(hall.register.forget(NOW).await, Err(RegisterError::Clock(_))));
    drop(hall);
    assert!(matches!(town.hall(&store, NOW).await, Err(RegisterError::Clock(_))));
}

/// At a million used tickets a gate takes no more marks, and lets nobody in whom it could not remember.
#[tokio::test]
async fn mk_05_marks_beyond_what_a_gate_can_remember_are_refused() {
    let (town, store) = (Town::new(), store(Faults::none()));
    let mut hall = town.hall(&store, NOW).await.unwrap();
    let (admitted, _) = town.scan(&mut hall, &town.ticket(), NOW).await.unwrap();
    let receipt = Receipt::of(&admitted, (GateId([9; 8]), "남문"), NOW);
    for number in 0..1_000_000_u32 {
        let mut pass = [0; 16];
        pass[..4].copy_from_slice(&number.to_be_bytes());
        let pass = jigap_wallet_core::pass::Pseudonym::from_bytes(pass);
        if !hall.replay.remember_ticket(pass, NOW.plus(Seconds(7200))) {
            break;
        }
    }
    let pass = jigap_wallet_core::pass::Pseudonym::from_bytes([255; 16]);
    let another = Receipt { pass, ..receipt }.sign(&town.venue).unwrap();
    let refused = hall.register.take(&mut hall.replay, &another, NOW).await;
    assert!(matches!(refused, Err(TakeError::Refused(refusal)) if refusal.check == MARKS_BOUND));
    // Nor is anybody let in whom the gate could not remember.
    assert_eq!(reason(town.scan(&mut hall, &town.ticket(), NOW).await), "gate-full");
}

#[tokio::test]
async fn a_mark_of_a_window_is_kept_in_memory_alone() {
    let (town, store) = (Town::new(), store(Faults::none()));
    let mut hall = town.hall(&store, NOW).await.unwrap();
    let (admitted, _) = town.scan(&mut hall, &town.ticket(), NOW).await.unwrap();
    let pass = jigap_wallet_core::pass::Pseudonym::from_bytes([7; 16]);
    let receipt = Receipt { pass, ends: None, ..Receipt::of(&admitted, (GateId([9; 8]), "남문"), NOW) };
    let receipt = receipt.sign(&town.venue).unwrap();
    assert_eq!(hall.register.take(&mut hall.replay, &receipt, NOW).await, Ok(Merged::New));
    let mut count = 0;
    hall.register.each(|_| count += 1).await.unwrap();
    assert_eq!(count, 1);
}
