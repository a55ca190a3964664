//! What a holder may choose of what a wallet can answer (OpenID4VP 1.0 §6.1 `multiple`, §6.4.2).
//!
//! Refused: a choice that leaves out what the verifier requires, that shows more credentials for a query than it takes,
//! or that shows a part of an option, which would disclose something and satisfy nothing.

use super::response::MAX_PRESENTATIONS;
use super::select::{CredentialSelection, Match, Selection};

/// One match, to be chosen or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The position of its credential query in [`Selection::credentials`].
    pub query: usize,
    /// Its position among the query's matches.
    pub found: usize,
}

/// Why a choice is no answer. All are the caller's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// There is no such option.
    #[error("there is no such option")]
    Unknown,
    /// An option is named twice.
    #[error("an option is named twice")]
    Repeated,
    /// More than one credential for a query that takes one.
    #[error("more than one credential is chosen where one is asked for")]
    OneOnly,
    /// Something that the verifier requires is not chosen.
    #[error("something that is required is not chosen")]
    Lacking,
    /// Something is chosen that answers nothing without something else.
    #[error("something is chosen that answers nothing without something else")]
    Half,
    /// More than [`MAX_PRESENTATIONS`].
    #[error("more is chosen than one answer may hold")]
    TooMany,
    /// A credential is chosen more often than it has copies that nobody saw.
    #[error("a credential has too few unused copies for this choice")]
    NoCopyLeft,
}

impl Selection {
    /// Everything there is to choose from, in the query's order: nothing where what is required cannot be delivered, and
    /// of the credential sets only what belongs to an option that can be satisfied.
    pub fn choices(&self) -> Vec<Choice> {
        if !self.is_satisfiable() {
            return Vec::new();
        }
        let is_asked = |query: &usize| {
            self.sets.is_empty()
                || self.sets.iter().flat_map(|set| &set.options).flatten().any(|at| at == query)
        };
        let found = |query: usize| (0..self.matches(query).len()).map(move |found| Choice { query, found });
        (0..self.credentials.len()).filter(is_asked).flat_map(found).collect()
    }

    /// The match that a choice names.
    pub fn chosen(&self, choice: Choice) -> Option<&Match> {
        self.matches(choice.query).get(choice.found)
    }

    /// Whether what is required can be answered in more than one way, or nothing is required: then the holder has to say.
    pub fn must_be_chosen(&self) -> bool {
        let several = |query: &usize| self.matches(*query).len() > 1;
        if self.sets.is_empty() {
            return (0..self.credentials.len()).any(|query| several(&query));
        }
        let mut required = self.sets.iter().filter(|set| set.required).peekable();
        required.peek().is_none()
            || required.any(|set| set.options.len() > 1 || set.options.iter().flatten().any(several))
    }

    /// Whether presenting `chosen` answers the query.
    ///
    /// # Errors
    /// [`ChoiceError`], as the module says.
    pub fn require_answer(&self, chosen: &[Choice]) -> Result<(), ChoiceError> {
        if chosen.len() > MAX_PRESENTATIONS {
            return Err(ChoiceError::TooMany);
        }
        let mut count = vec![0_usize; self.credentials.len()];
        for (position, choice) in chosen.iter().enumerate() {
            self.chosen(*choice).ok_or(ChoiceError::Unknown)?;
            if chosen.iter().take(position).any(|before| before == choice) {
                return Err(ChoiceError::Repeated);
            }
            if let Some(count) = count.get_mut(choice.query) {
                *count += 1;
            }
        }
        let takes = |(credential, count): (&CredentialSelection, &usize)| *count <= 1 || credential.multiple;
        if !self.credentials.iter().zip(&count).all(takes) {
            return Err(ChoiceError::OneOnly);
        }
        let is_shown = |query: &usize| count.get(*query).is_some_and(|count| *count > 0);
        self.require_whole(is_shown)?;
        if chosen.is_empty() { Err(ChoiceError::Lacking) } else { Ok(()) }
    }

    /// Whether all that is required is shown, and nothing that is a part of an option only.
    fn require_whole(&self, is_shown: impl Fn(&usize) -> bool) -> Result<(), ChoiceError> {
        let mut queries = 0..self.credentials.len();
        if self.sets.is_empty() {
            return if queries.all(|query| is_shown(&query)) { Ok(()) } else { Err(ChoiceError::Lacking) };
        }
        let is_whole = |option: &&Vec<usize>| option.iter().all(&is_shown);
        if !self.sets.iter().all(|set| !set.required || set.options.iter().any(|option| is_whole(&option))) {
            return Err(ChoiceError::Lacking);
        }
        let whole: Vec<_> =
            self.sets.iter().flat_map(|set| &set.options).filter(is_whole).flatten().collect();
        let is_part = |query: usize| is_shown(&query) && !whole.contains(&&query);
        if queries.any(is_part) { Err(ChoiceError::Half) } else { Ok(()) }
    }

    fn matches(&self, query: usize) -> &[Match] {
        let found = self.credentials.get(query).map(|credential| credential.matches.as_deref());
        found.and_then(Result::ok).unwrap_or_default()
    }
}
