//! What people write about themselves: Korean, English, or both; specialties in one of the words that people of the trade use, some
//! left unsaid, and other places and matters named in passing, as people do. No text says a title that its writer does not have.

use crate::person::Person;
use crate::random::Random;
use crate::regions::REGIONS;
use crate::trades::{Kind, Specialty};

/// How somebody writes.
#[derive(Clone, Copy, PartialEq)]
enum Tongue {
    Korean,
    English,
    Both,
}

/// The headline and the text of `person`.
pub(crate) fn write(random: &mut Random, person: &Person) -> (String, String) {
    let tongue = match random.below(100) {
        0..70 => Tongue::Korean,
        70..85 => Tongue::English,
        _ => Tongue::Both,
    };
    // Some of what they do, people forget to say.
    let said: Vec<&Specialty> = person.specialties.iter().copied().filter(|_| random.percent(88)).collect();
    let headline = match tongue {
        Tongue::English => headline_en(random, person, &said),
        _ => headline_ko(random, person, &said),
    };
    let text = match tongue {
        Tongue::Korean => text_ko(random, person, &said),
        Tongue::English => text_en(random, person, &said),
        Tongue::Both => {
            format!("{}\n{}", text_ko(random, person, &said), text_en(random, person, &said))
        }
    };
    (headline, text)
}

fn title_ko(person: &Person) -> &'static str {
    person.facts.first().map_or("", |fact| fact.kind.ko)
}

fn title_en(person: &Person) -> &'static str {
    person.facts.first().map_or("", |fact| fact.kind.en)
}

fn ko(random: &mut Random, specialty: &Specialty) -> &'static str {
    random.pick::<&str>(specialty.ko)
}

fn en(random: &mut Random, specialty: &Specialty) -> &'static str {
    random.pick::<&str>(specialty.en)
}

fn headline_ko(random: &mut Random, person: &Person, said: &[&Specialty]) -> String {
    let place = person.region.ko.trim_end_matches('구');
    match (said, random.below(5)) {
        ([first, ..], 0) => format!("{}, 차근차근 도와드립니다", ko(random, first)),
        ([first, second, ..], 1) => format!("{} / {}", ko(random, first), ko(random, second)),
        ([first, ..], 2) => format!("{place} {} {}", title_ko(person), ko(random, first)),
        (_, 3) => format!("{place}에서 만나요"),
        ([first, ..], _) => format!("{} 상담", ko(random, first)),
        _ => "편하게 물어보세요".to_owned(),
    }
}

fn headline_en(random: &mut Random, person: &Person, said: &[&Specialty]) -> String {
    match (said, random.below(3)) {
        ([first, ..], 0) => format!("{} made simple", en(random, first)),
        ([first, ..], 1) => format!("{} in {}", en(random, first), person.region.en),
        _ => format!("Your {}", title_en(person)),
    }
}

fn text_ko(random: &mut Random, person: &Person, said: &[&Specialty]) -> String {
    let mut lines = vec![opening_ko(random, person)];
    for specialty in said {
        let what = ko(random, specialty);
        lines.push(match random.below(5) {
            0 => format!("{what}{} 주로 맡습니다.", object(what)),
            1 => format!("{what} 경험이 많습니다."),
            2 => format!("{what}에 대해 물어보셔도 좋습니다."),
            3 => format!("{what} 전문입니다."),
            _ => format!("요즘은 {what} 문의가 많아요."),
        });
    }
    if random.percent(30) {
        let elsewhere = random.pick(REGIONS);
        lines.push(format!("예전에는 {}에서 일했습니다.", elsewhere.ko));
    }
    if random.percent(25) {
        lines.push(passing_ko(random));
    }
    let closing = [
        "첫 상담은 짧게라도 꼭 답을 드려요.",
        "어려운 말은 쓰지 않겠습니다.",
        "시간 약속을 지킵니다.",
        "부담 없이 연락 주세요.",
        "처음이신 분도 환영합니다.",
    ];
    lines.push((*random.pick(&closing)).to_owned());
    lines.join(" ")
}

fn opening_ko(random: &mut Random, person: &Person) -> String {
    let years = 2 + random.below(25);
    let place = person.region.ko;
    let city = person.region.its_city().map_or("", |city| city.ko);
    let title = title_ko(person);
    match random.below(5) {
        0 => format!("{city} {place}에서 {years}년째 일하고 있습니다."),
        1 => format!("{years}년 경력으로 정직하게 도와드리겠습니다."),
        2 => format!("{title} 일을 {years}년 했습니다."),
        3 => format!("안녕하세요, {place} 근처에 살아요."),
        _ => "안녕하세요. 사람 만나는 일을 좋아합니다.".to_owned(),
    }
}

/// Matters of other trades, named in passing.
fn passing_ko(random: &mut Random) -> String {
    const PASSING: &[&str] = &[
        "커피를 좋아해서 카페에서 뵙는 것도 좋습니다.",
        "주말에는 정원을 가꿉니다.",
        "요즘 파이썬을 배우고 있어요.",
        "와인 모임에도 나갑니다.",
        "수영으로 체력을 기릅니다.",
        "아이 둘을 키우며 일합니다.",
        "부동산 공부도 하고 있습니다.",
        "고양이 두 마리와 삽니다.",
        "대학에서 법을 공부했습니다.",
        "회계 사무실에서 첫 일을 시작했습니다.",
    ];
    (*random.pick(PASSING)).to_owned()
}

fn text_en(random: &mut Random, person: &Person, said: &[&Specialty]) -> String {
    let years = 2 + random.below(25);
    let mut lines = vec![match random.below(3) {
        0 => format!("{years} years of work as a {}.", title_en(person)),
        1 => format!("Based in {}.", person.region.en),
        _ => "I like to explain things in plain words.".to_owned(),
    }];
    for specialty in said {
        let what = en(random, specialty);
        lines.push(match random.below(4) {
            0 => format!("I mostly do {what}."),
            1 => format!("Ask me about {what}."),
            2 => format!("I can help with {what}."),
            _ => format!("Much experience with {what}."),
        });
    }
    if random.percent(20) {
        lines.push(format!("I used to work in {}.", random.pick(REGIONS).en));
    }
    if random.percent(20) {
        let passing =
            ["Coffee lover.", "I keep two cats.", "Weekend swimmer.", "Learning Python these days."];
        lines.push((*random.pick(&passing)).to_owned());
    }
    lines.join(" ")
}

/// 을 or 를, as the last syllable asks.
fn object(word: &str) -> &'static str {
    let closed = word.chars().last().is_some_and(|last| {
        (0xAC00..=0xD7A3).contains(&u32::from(last)) && (u32::from(last) - 0xAC00) % 28 != 0
    });
    if closed { "을" } else { "를" }
}

/// What a kind and a grade are called together: 정보처리기사, 한국어교원 2급.
pub(crate) fn full_title(kind: &Kind, grade: Option<&str>) -> String {
    let name = |id: &str| crate::GRADES.iter().find(|one| one.id == id).map_or("", |one| one.ko);
    match grade.map(name) {
        None => kind.ko.to_owned(),
        Some(grade) if grade.ends_with('사') => format!("{}{grade}", kind.ko),
        Some(grade) => format!("{} {grade}", kind.ko),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KINDS, People};

    #[test]
    fn particles_follow_the_last_syllable() {
        assert_eq!((object("상속세"), object("측량"), object("PT")), ("를", "을", "를"));
    }

    #[test]
    fn a_title_is_said_as_people_say_it() {
        let kind = |id: &str| KINDS.iter().find(|kind| kind.id == id).unwrap();
        assert_eq!(full_title(kind("information-processing"), Some("engineer")), "정보처리기사");
        assert_eq!(full_title(kind("korean-teacher"), Some("level-2")), "한국어교원 2급");
        assert_eq!(full_title(kind("lawyer"), None), "변호사");
    }

    #[test]
    fn texts_differ_in_tongue_and_stay_short() {
        let people: Vec<Person> = People::new(3).take(300).collect();
        let korean = |person: &&Person| person.text.chars().any(|c| ('가'..='힣').contains(&c));
        let count = people.iter().filter(korean).count();
        assert!((200..300).contains(&count), "{count}");
        assert!(
            people.iter().all(|person| person.text.chars().count() <= 1_000 && !person.headline.is_empty())
        );
    }
}
