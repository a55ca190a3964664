//! One response of a session is judged at a time, so that who posts many at once does not have all of them judged: a
//! session takes one answer anyway. Refused: a second one while the first is judged.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The sessions whose response is being judged in this process.
#[derive(Default, Clone)]
pub(crate) struct Turns(Arc<Mutex<HashSet<String>>>);

/// The turn of one session; over when dropped, also when the request is given up.
pub(crate) struct Turn {
    turns: Turns,
    id: String,
}

impl Turns {
    /// The turn of session `id`, unless another request has it.
    pub(crate) fn take(&self, id: &str) -> Option<Turn> {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
        free.then(|| Turn { turns: self.clone(), id: id.to_owned() })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_one_turn_at_a_time() {
        let turns = Turns::default();
        let turn = turns.take("a");
        assert!(turn.is_some() && turns.take("a").is_none() && turns.take("b").is_some());
        drop(turn);
        assert!(turns.take("a").is_some());
        assert!(turns.0.lock().unwrap().is_empty(), "nothing is kept");
    }
}
