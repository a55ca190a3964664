//! Choosing among what could be disclosed: the options with their numbers, what is needed of them, and the numbers that a
//! person gives back, on the command line or when asked.

use jigap_wallet_core::dcql::ChoiceError;
use jigap_wallet_core::text::{Lang, Text};
use jigap_wallet_core::wallet::{Asking, OneOf, Wanted};

use super::ask;
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

const NO_NUMBERS: Text = Text::new("this is no list of numbers", "번호를 쉼표로 이은 것이 아닙니다");

/// Whether there is anything to choose: more than the least that has to be disclosed.
pub(super) fn is_open(asking: &Asking, options: usize) -> bool {
    let least = asking.would_disclose().map_or(0, |least| least.len());
    asking.must_be_chosen() || options > least
}

/// Chooses by the numbers on the command line.
pub(super) fn by_numbers(asking: &mut Asking, typed: &str) -> Result<(), Failure> {
    try_numbers(asking, typed).map_err(|what| Failure::new(Exit::Usage, what))
}

/// Asks for numbers until they are an answer. `false`: nothing was chosen, and nothing may be sent.
pub(super) fn by_asking(asking: &mut Asking, talk: &Talk) -> Result<bool, Failure> {
    if !ask::is_terminal() {
        return if asking.must_be_chosen() {
            let what = Text::new(
                "there is a choice to make, and no terminal to ask on",
                "골라야 할 것이 있는데 물어볼 터미널이 없습니다",
            );
            let hint =
                Text::new("--choose takes the numbers, such as --choose 1", "--choose 1처럼 번호를 주십시오");
            Err(Failure::new(Exit::Usage, what).hint(hint))
        } else {
            Ok(true)
        };
    }
    let prompt = if asking.must_be_chosen() {
        Text::new(
            "Which? Numbers with commas; nothing: send nothing",
            "번호를 쉼표로 이어 고르십시오(없으면 보내지 않음)",
        )
    } else {
        Text::new(
            "Which? Numbers with commas; nothing: only what is needed",
            "번호를 쉼표로 이어 고르십시오(없으면 꼭 필요한 것만)",
        )
    };
    loop {
        let typed = ask::visible(&prompt, talk)?;
        if typed.trim().is_empty() {
            return Ok(!asking.must_be_chosen());
        }
        match try_numbers(asking, &typed) {
            Ok(()) => return Ok(true),
            Err(what) => talk.say(what.get(talk.lang())),
        }
    }
}

fn try_numbers(asking: &mut Asking, typed: &str) -> Result<(), Text> {
    asking.choose(&numbers(typed).ok_or(NO_NUMBERS)?).map_err(say)
}

/// Positions from the numbers that people count by, with commas or spaces between them.
fn numbers(typed: &str) -> Option<Vec<usize>> {
    let words = typed.split([',', ' ']).filter(|word| !word.is_empty());
    // A zero is the number of nothing: a position that no option has.
    words.map(|word| word.parse::<usize>().ok().map(|number| number.wrapping_sub(1))).collect()
}

/// What is needed and what is not, a line for each thing that is asked for.
pub(super) fn rules(wanted: &[Wanted], lang: Lang) -> String {
    let (needed, optional) = match lang {
        Lang::En => ("needed", "only if you like"),
        Lang::Ko => ("꼭 필요함", "원할 때만"),
    };
    let lines = wanted.iter().map(|wanted| {
        let ways: Vec<String> = wanted.ways.iter().map(|way| all_of(way, lang)).collect();
        let or = match lang {
            Lang::En => "; or ",
            Lang::Ko => "; 또는 ",
        };
        format!("{}: {}", if wanted.required { needed } else { optional }, ways.join(or))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn all_of(way: &[OneOf], lang: Lang) -> String {
    way.iter().map(|one| one_of(one, lang)).collect::<Vec<_>>().join(" + ")
}

fn one_of(one: &OneOf, lang: Lang) -> String {
    let numbers: Vec<String> = one.options.iter().map(|option| (option + 1).to_string()).collect();
    let list = numbers.join(", ");
    match (numbers.len(), one.multiple, lang) {
        (1, ..) => list,
        (_, false, Lang::En) => format!("one of {list}"),
        (_, true, Lang::En) => format!("one or more of {list}"),
        (_, false, Lang::Ko) => format!("{list} 가운데 하나"),
        (_, true, Lang::Ko) => format!("{list} 가운데 하나 이상"),
    }
}

const fn say(error: ChoiceError) -> Text {
    match error {
        ChoiceError::Unknown => Text::new("there is no option of that number", "그런 번호가 없습니다"),
        ChoiceError::Repeated => Text::new("a number is given twice", "같은 번호를 두 번 썼습니다"),
        ChoiceError::OneOnly => Text::new(
            "more than one is chosen where one is asked for",
            "하나만 요청한 곳에서 둘 이상을 골랐습니다",
        ),
        ChoiceError::Lacking => {
            Text::new("something that is needed is not chosen", "꼭 필요한 것을 고르지 않았습니다")
        }
        ChoiceError::Half => Text::new(
            "something is chosen that is of no use without another",
            "다른 것과 함께 골라야 하는 것만 골랐습니다",
        ),
        ChoiceError::TooMany => {
            Text::new("that is more than one answer may hold", "한 번에 보낼 수 있는 수를 넘었습니다")
        }
        ChoiceError::NoCopyLeft => Text::new(
            "a credential has too few unused copies for this choice",
            "이렇게 고르기에는 쓰지 않은 사본이 모자란 증명서가 있습니다",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counted_from_one() {
        assert_eq!(numbers("1,3"), Some(vec![0, 2]));
        assert_eq!(numbers(" 2, 1 "), Some(vec![1, 0]));
        assert_eq!(numbers("0"), Some(vec![usize::MAX]), "the number of no option");
        for other in ["one", "1;2", "-1", "1.5", "99999999999999999999"] {
            assert_eq!(numbers(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_needed_is_told_in_numbers() {
        let one_of = |options: &[usize], multiple| OneOf { options: options.to_vec(), multiple };
        let wanted = [
            Wanted {
                required: true,
                ways: vec![vec![one_of(&[0, 1], false)], vec![one_of(&[2], false), one_of(&[3, 4], true)]],
            },
            Wanted { required: false, ways: vec![vec![one_of(&[5], true)]] },
        ];
        assert_eq!(
            rules(&wanted, Lang::En),
            "needed: one of 1, 2; or 3 + one or more of 4, 5\nonly if you like: 6"
        );
        assert_eq!(
            rules(&wanted, Lang::Ko),
            "꼭 필요함: 1, 2 가운데 하나; 또는 3 + 4, 5 가운데 하나 이상\n원할 때만: 6"
        );
    }
}
