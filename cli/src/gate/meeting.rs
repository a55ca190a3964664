//! Where scanners in browsers meet: the used tickets of a gate while `jigap gate serve` keeps them, as `jigap scan` would. What a scanner
//! tells is judged as a file of marks is, written down, and told to the others.

use std::path::Path;

use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::pass::{
    Board, Marks, MarksHeard, MarksTold, Register, RegisterError, Replay, SignedReceipt,
};
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::verdict::Refusal;

use super::Door;
use super::marks::{self, Taken};
use crate::failure::Failure;

/// How often what ended is forgotten.
const FORGETS: Seconds = Seconds(3600);

/// Why nothing is answered: whoever told keeps what it said.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExchangeError {
    /// A receipt does not count here.
    #[error("{0}")]
    Refused(Refusal),
    /// The register cannot be used now.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

/// A gate's register, and the board on which stands what is in it.
pub(super) struct Meeting {
    register: Register,
    replay: Replay,
    board: Board,
    forgot: Timestamp,
}

impl Meeting {
    /// Of the gate in `folder`.
    pub(super) async fn open(folder: &Path, door: &Door, now: Timestamp) -> Result<Self, Failure> {
        let mut replay = Replay::starting(&door.gate, now);
        let register = marks::open(folder, door, &mut replay, now).await?;
        let mut board = Board::new(&OsEntropy);
        let each =
            register.each(|marks: &Marks| marks.receipts().iter().for_each(|signed| pin(&mut board, signed)));
        each.await.map_err(|error| marks::unusable(folder, error))?;
        board.clear(now);
        Ok(Self { register, replay, board, forgot: now })
    }

    /// Takes what is told, and says what was not heard; with it the receipts that show a ticket was used twice.
    pub(super) async fn exchange(
        &mut self,
        told: &MarksTold,
        now: Timestamp,
    ) -> Result<(MarksHeard, Vec<SignedReceipt>), ExchangeError> {
        if self.forgot.plus(FORGETS) <= now {
            self.forgot = now;
            self.register.forget(now).await?;
            self.replay.forget_ended(now);
            self.board.clear(now);
        }
        let mut twice = Vec::new();
        for line in &told.marks {
            // One by one: whatever becomes of the next, and of whoever waits for the answer, what was taken is told to the others; so is what
            // was known, since it may have been taken in an exchange that broke off.
            let taken = marks::take(&self.register, &mut self.replay, line, now).await?;
            let Taken { new, known, duplicates, broken } = taken;
            new.iter().chain(&known).chain(&duplicates).for_each(|signed| pin(&mut self.board, signed));
            twice.extend(duplicates);
            // Who says it keeps it, and says it again. What is over nobody needs any more.
            if let Some((_, refusal)) =
                broken.into_iter().find(|(_, refusal)| refusal.reason.code != "mark-over")
            {
                tracing::warn!(
                    reason = refusal.reason.code,
                    "a used ticket that a scanner told of was refused: look at both clocks"
                );
                return Err(ExchangeError::Refused(refusal));
            }
        }
        Ok((self.board.since(told.since.as_deref()), twice))
    }
}

/// Only tickets are told of: what counts again after its window is each gate's own.
fn pin(board: &mut Board, signed: &SignedReceipt) {
    if let Some(ends) = signed.receipt().ends {
        board.pin(ends, signed.to_line());
    }
}
