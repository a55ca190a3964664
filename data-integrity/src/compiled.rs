//! What contexts mean where others were applied before them: worked out once, and kept, so that a document's terms are
//! looked up in tables. Bounded in number, and by the size of the contexts that a document brings along; when it is full,
//! everything is forgotten.
//!
//! Kept under the addresses of what was applied to what. Each entry holds both, so that no other can come to stand there.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use jigap_keys::hash::sha256;
use jigap_keys::json;
use serde_json::Value;

use crate::ProofError;
use crate::active::{Active, Scope};

/// Meanings of all terms that are kept.
const MOST_MEANINGS: usize = 512;
/// Contexts by value that are kept.
const MOST_INLINE: usize = 64;
/// Bytes of a context by value, in canonical form.
const LARGEST_INLINE: usize = 16 * 1024;
/// Bytes of all contexts by value of one document: their terms, which its author chose, stand in one table.
pub(crate) const MOST_INLINE_BYTES: usize = 64 * 1024;
/// Terms that are defined or copied for one document, beyond what is kept already.
const MOST_WORK: usize = 1_000_000;

/// Contexts applied to each other, and those that documents brought along.
#[derive(Default)]
pub(crate) struct Compiled {
    meanings: RwLock<HashMap<Key, Kept>>,
    inline: RwLock<HashMap<[u8; 32], Arc<Value>>>,
}

/// A copy begins anew: its contexts may mean something else.
impl Clone for Compiled {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    before: usize,
    local: usize,
    scope: Scope,
}

struct Kept {
    after: Active,
    #[expect(dead_code, reason = "what is alive keeps its address")]
    of: (Active, Arc<Value>),
}

/// What may still be done for one document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    terms: usize,
    inline_bytes: usize,
}

impl Default for Work {
    fn default() -> Self {
        Self { terms: MOST_WORK, inline_bytes: MOST_INLINE_BYTES }
    }
}

impl Work {
    fn spend(&mut self, work: usize) -> Result<(), ProofError> {
        self.terms = self.terms.checked_sub(work).ok_or(ProofError::TooComplex)?;
        Ok(())
    }

    fn take_in(&mut self, bytes: usize) -> Result<(), ProofError> {
        self.inline_bytes = self.inline_bytes.checked_sub(bytes).ok_or(ProofError::TooComplex)?;
        Ok(())
    }
}

impl Compiled {
    /// What holds where `local` is applied to `before`: as it was kept, or made by `apply` now.
    ///
    /// # Errors
    /// Those of `apply`; [`ProofError::TooComplex`].
    pub(crate) fn meaning(
        &self,
        before: &Active,
        (local, scope): (&Arc<Value>, Scope),
        work: &mut Work,
        apply: impl FnOnce() -> Result<Active, ProofError>,
    ) -> Result<Active, ProofError> {
        let key = Key { before: before.address(), local: Arc::as_ptr(local).addr(), scope };
        if let Ok(kept) = self.meanings.read()
            && let Some(found) = kept.get(&key)
        {
            return Ok(found.after.clone());
        }
        let after = apply()?;
        work.spend(1 + after.count())?;
        let Ok(mut kept) = self.meanings.write() else { return Ok(after) };
        if kept.len() >= MOST_MEANINGS {
            kept.clear();
        }
        let of = (before.clone(), Arc::clone(local));
        Ok(kept.entry(key).or_insert(Kept { after, of }).after.clone())
    }

    /// The context that a document brings along, under one address whenever it comes.
    ///
    /// # Errors
    /// [`ProofError::Context`] for a large one, and for what `refuse` finds in a new one; [`ProofError::TooComplex`] for too
    /// many in one document.
    pub(crate) fn inline(
        &self,
        context: &Value,
        work: &mut Work,
        refuse: impl FnOnce(&Value) -> Result<(), ProofError>,
    ) -> Result<Arc<Value>, ProofError> {
        let text = json::canonicalize(context)?;
        if text.len() > LARGEST_INLINE {
            return Err(ProofError::Context);
        }
        work.take_in(text.len())?;
        let digest = sha256(text.as_bytes());
        if let Ok(kept) = self.inline.read()
            && let Some(found) = kept.get(&digest)
        {
            return Ok(Arc::clone(found));
        }
        refuse(context)?;
        let context = Arc::new(context.clone());
        let Ok(mut kept) = self.inline.write() else { return Ok(context) };
        if kept.len() >= MOST_INLINE {
            kept.clear();
        }
        Ok(Arc::clone(kept.entry(digest).or_insert(context)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn applied(compiled: &Compiled, before: &Active, local: &Arc<Value>, work: &mut Work) -> Active {
        let made = || before.with(local, Scope::Document, &crate::Contexts::default());
        compiled.meaning(before, (local, Scope::Document), work, made).unwrap()
    }

    #[test]
    fn what_was_worked_out_is_not_worked_out_again() {
        let (compiled, mut work) = (Compiled::default(), Work::default());
        let local = Arc::new(json!({"a": "urn:a", "b": "urn:b"}));
        let first = applied(&compiled, Active::initial(), &local, &mut work);
        assert_eq!(work.terms, MOST_WORK - 3);
        let again = applied(&compiled, Active::initial(), &local, &mut work);
        assert_eq!((first.address(), work.terms), (again.address(), MOST_WORK - 3));
        // On top of itself it is something else.
        let twice = applied(&compiled, &first, &local, &mut work);
        assert_ne!(twice.address(), first.address());
    }

    #[test]
    fn what_is_kept_is_bounded_and_right_when_it_was_forgotten() {
        let (compiled, mut work) = (Compiled::default(), Work::default());
        for number in 0..3 * MOST_MEANINGS {
            let local = Arc::new(json!({"a": format!("urn:{number}")}));
            let after = applied(&compiled, Active::initial(), &local, &mut work);
            let expected = Active::initial().with(&local, Scope::Document, &crate::Contexts::default());
            assert_eq!(after.term("a"), expected.unwrap().term("a"));
            assert!(compiled.meanings.read().unwrap().len() <= MOST_MEANINGS);
        }
        for number in 0..3 * MOST_INLINE {
            let context = json!({"a": format!("urn:{number}")});
            assert_eq!(*compiled.inline(&context, &mut Work::default(), |_| Ok(())).unwrap(), context);
            assert!(compiled.inline.read().unwrap().len() <= MOST_INLINE);
        }
    }

    #[test]
    fn work_and_size_have_a_limit() {
        let (compiled, mut work) = (Compiled::default(), Work { terms: 2, ..Work::default() });
        let local = Arc::new(json!({"a": "urn:a", "b": "urn:b"}));
        let made = || Active::initial().with(&local, Scope::Document, &crate::Contexts::default());
        let refused = compiled.meaning(Active::initial(), (&local, Scope::Document), &mut work, made);
        assert_eq!(refused.map(drop), Err(ProofError::TooComplex));
        let large = json!({"a": "urn:".to_owned() + &"x".repeat(LARGEST_INLINE)});
        let mut work = Work::default();
        assert_eq!(compiled.inline(&large, &mut work, |_| Ok(())), Err(ProofError::Context));
        let hiding = compiled.inline(&json!({"a": null}), &mut work, |_| Err(ProofError::Context));
        assert_eq!(hiding, Err(ProofError::Context));
        let mut work = Work::default();
        let many = json!({"a": "urn:".to_owned() + &"x".repeat(LARGEST_INLINE - 12)});
        let taken = (0..9).map(|_| compiled.inline(&many, &mut work, |_| Ok(())).map(drop));
        let taken: Vec<_> = taken.skip_while(Result::is_ok).collect();
        assert_eq!(taken, vec![Err(ProofError::TooComplex); 9 - MOST_INLINE_BYTES / LARGEST_INLINE]);
    }
}
