//! Where scanners in browsers meet: the used tickets of a gate while `jigap gate serve` keeps them, as `jigap scan` would. What a scanner
//! tells is judged as a file of marks is, written down, and told to the others.

use std::path::Path;

use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::pass::{
    Board, Marks, MarksHeard, MarksTold, Register, RegisterError, Replay, SignedReceipt,
};
use jigap_wallet_core::time::{Seconds, Timestamp};

use super::Door;
use super::marks::{self, Taken};
use crate::failure::Failure;

/// How often what ended is forgotten.
const FORGETS: Seconds = Seconds(3600);

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
        board.clear(now, &OsEntropy);
        Ok(Self { register, replay, board, forgot: now })
    }

    /// Takes what is told, and says what was not heard; with it the receipts that show a ticket was used twice.
    pub(super) async fn exchange(
        &mut self,
        told: &MarksTold,
        now: Timestamp,
    ) -> Result<(MarksHeard, Vec<SignedReceipt>), RegisterError> {
        if self.forgot.plus(FORGETS) <= now {
            self.forgot = now;
            self.register.forget(now).await?;
            self.replay.forget_ended(now);
            self.board.clear(now, &OsEntropy);
        }
        let taken = marks::take(&self.register, &mut self.replay, &told.marks.join("\n"), now).await?;
        let Taken { new, duplicates, .. } = taken;
        new.iter().chain(&duplicates).for_each(|signed| pin(&mut self.board, signed));
        Ok((self.board.since(told.since.as_deref()), duplicates))
    }
}

/// Only tickets are told of: what counts again after its window is each gate's own.
fn pin(board: &mut Board, signed: &SignedReceipt) {
    if let Some(ends) = signed.receipt().ends {
        board.pin(ends, signed.to_line());
    }
}
