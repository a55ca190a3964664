//! What a gate asks for: a kind of pass, whether its issuer recognises it, facts, and of tickets and cards whose they are and for what.
//!
//! A ticket opens the gate of its event, a card the gate of its organisation or institution: whoever asks for one names that,
//! by one text, which the pass says letter for letter. Zones, rows, seats and levels may be named too, each by several texts of which
//! the pass says one. A gate that leaves out the event asks for nothing that means anything: it opens for no ticket.

use super::claims::is_particular;
use super::{Fact, Kind, PassError};
use crate::cbor::{Item, Writer};

/// Most texts that are asked of one particular.
const MAX_TEXTS: usize = 16;

/// Which passes a gate takes: those that their issuer recognises, those that it does not, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PassSort {
    /// Whichever it is.
    #[default]
    Either,
    /// One that its issuer recognises: with an entry log a person can be found.
    Traceable,
    /// One that its issuer does not recognise either.
    Blind,
}

impl PassSort {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Either, Self::Traceable, Self::Blind];

    /// Its name in configuration and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Either => "either",
            Self::Traceable => "traceable",
            Self::Blind => "blind",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.name() == name)
    }

    /// Its number in a venue's code.
    pub(super) const fn number(self) -> u64 {
        match self {
            Self::Either => 0,
            Self::Traceable => 1,
            Self::Blind => 2,
        }
    }

    pub(super) fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.number() == number)
    }

    /// Whether a pass that is blind, or is not, is among them.
    pub const fn takes(self, is_blind: bool) -> bool {
        match self {
            Self::Either => true,
            Self::Traceable => !is_blind,
            Self::Blind => is_blind,
        }
    }
}

/// What a gate asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wants {
    /// The kind of pass.
    pub kind: Kind,
    /// Whether its issuer may, must or must not recognise it.
    pub passes: PassSort,
    /// All of these, sorted.
    pub facts: Vec<Fact>,
    /// Of each of the kind's particulars ([`Kind::particulars`]) the texts one of which the pass must say, sorted; none: whatever
    /// it says.
    pub particulars: Vec<Vec<String>>,
}

impl Wants {
    /// A kind of pass and facts, in any order; of particulars nothing yet.
    pub fn new(kind: Kind, facts: impl IntoIterator<Item = Fact>) -> Self {
        let mut facts: Vec<Fact> = facts.into_iter().collect();
        facts.sort();
        facts.dedup();
        let particulars = vec![Vec::new(); kind.particulars().len()];
        Self { kind, passes: PassSort::Either, facts, particulars }
    }

    /// The same of passes of one sort.
    #[must_use]
    pub fn of(self, passes: PassSort) -> Self {
        Self { passes, ..self }
    }

    /// The same, asking that the particular of this name be one of `texts`, in any order.
    ///
    /// # Errors
    /// [`PassError::Particulars`] if the kind has no such particular, a text could not stand in a pass, or there are more than 16.
    pub fn with<'t>(
        mut self,
        name: &str,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Result<Self, PassError> {
        let place = self.kind.particulars().iter().position(|known| *known == name);
        let asked = place.and_then(|place| self.particulars.get_mut(place)).ok_or(PassError::Particulars)?;
        asked.extend(texts.into_iter().map(str::to_owned));
        asked.sort();
        asked.dedup();
        if asked.len() <= MAX_TEXTS && asked.iter().all(|text| is_asked(text)) {
            Ok(self)
        } else {
            Err(PassError::Particulars)
        }
    }

    /// Whether it says for what the pass must be: an entry pass is for any place, every other kind for one event, organisation or
    /// institution, and known to its issuer.
    pub fn says_for_what(&self) -> bool {
        if self.kind != Kind::Entry && self.passes == PassSort::Blind {
            return false;
        }
        match self.kind.particulars() {
            [] => self.particulars.is_empty(),
            names => {
                self.particulars.len() == names.len()
                    && self.particulars.first().is_some_and(|it| it.len() == 1)
            }
        }
    }

    /// Whether a pass that says this is enough.
    pub fn are_met_by(&self, kind: Kind, facts: &[Fact], particulars: &[String]) -> bool {
        self.kind == kind && self.lacks(facts).is_none() && self.takes(particulars)
    }

    /// The first fact that is wanted and not among these.
    pub(super) fn lacks(&self, facts: &[Fact]) -> Option<&Fact> {
        self.facts.iter().find(|wanted| !facts.iter().any(|fact| fact.implies(wanted)))
    }

    /// Whether these particulars are those that are asked for.
    pub(super) fn takes(&self, particulars: &[String]) -> bool {
        let one_of = |(asked, said): (&Vec<String>, &String)| asked.is_empty() || asked.contains(said);
        self.says_for_what()
            && self.particulars.len() == particulars.len()
            && self.particulars.iter().zip(particulars).all(one_of)
    }

    /// Writes the particulars: an array of arrays of texts.
    pub(super) fn write_particulars(&self, writer: &mut Writer) {
        writer.array(self.particulars.len());
        for asked in &self.particulars {
            writer.array(asked.len());
            asked.iter().for_each(|text| {
                writer.text(text);
            });
        }
    }

    /// Reads them for `kind`, sorted and each once; `None` unless they say for what the pass must be.
    pub(super) fn read(
        (kind, passes): (Kind, PassSort),
        facts: Vec<Fact>,
        particulars: Option<&Item<'_>>,
    ) -> Option<Self> {
        let particulars = match (kind.particulars().is_empty(), particulars) {
            (true, None) => Vec::new(),
            (false, Some(asked)) => asked.as_array()?.iter().map(texts).collect::<Option<_>>()?,
            _ => return None,
        };
        let wants = Self { kind, passes, facts, particulars };
        wants.says_for_what().then_some(wants)
    }
}

fn is_asked(text: &str) -> bool {
    !text.is_empty() && is_particular(text)
}

fn texts(item: &Item<'_>) -> Option<Vec<String>> {
    let texts = item.as_array().filter(|texts| texts.len() <= MAX_TEXTS)?;
    let text = |item: &Item<'_>| item.as_text().filter(|text| is_asked(text)).map(str::to_owned);
    let texts: Vec<String> = texts.iter().map(text).collect::<Option<_>>()?;
    texts.windows(2).all(|pair| matches!(pair, [one, next] if one < next)).then_some(texts)
}
