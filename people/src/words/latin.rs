//! English words by their stem: plurals, `-ing`, `-ed`; no more than that, since the lexicon says what belongs together.

/// Letters that must stay.
const STEM: usize = 4;

/// The stem of a word in lower case.
pub(super) fn stem(word: &str) -> String {
    if !word.is_ascii() || word.len() <= 3 {
        return word.to_owned();
    }
    let singular = match word {
        _ if word.ends_with("ies") => return format!("{}y", word.trim_end_matches("ies")),
        _ if word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") => word,
        _ => word.strip_suffix('s').unwrap_or(word),
    };
    let bare = singular.strip_suffix("ing").or_else(|| singular.strip_suffix("ed"));
    let Some(bare) = bare.filter(|bare| bare.len() >= STEM) else { return singular.to_owned() };
    let mut last = bare.chars().rev();
    let doubled = last.next().filter(|c| !"aeiouls".contains(*c)) == last.next();
    if doubled { bare.get(..bare.len() - 1).unwrap_or(bare).to_owned() } else { bare.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_belong_together_have_one_stem() {
        for (word, expected) in [
            ("lawyers", "lawyer"),
            ("attorneys", "attorney"),
            ("swimming", "swim"),
            ("swim", "swim"),
            ("tutoring", "tutor"),
            ("business", "business"),
            ("bodies", "body"),
            ("tax", "tax"),
            ("visa", "visa"),
            ("naïvety", "naïvety"),
        ] {
            assert_eq!(stem(word), expected);
        }
    }
}
