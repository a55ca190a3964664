//! `jigap people find`: who was found, as a person reads it.

use jigap_people::named;
use jigap_wallet_core::text::{Lang, Text, printable};
use serde_json::{Map, Value, json};

use super::args::Find;
use super::directory::Directory;
use crate::failure::{Exit, Failure};
use crate::talk::Talk;

pub(super) async fn find(command: &Find, dev: bool, talk: &Talk) -> Result<Exit, Failure> {
    let lang = talk.lang();
    let directory = Directory::new(&command.directory, dev, lang)?;
    let mut page = directory.search(&query(command)).await?;
    let mut hits = taken(&mut page);
    for _ in 1..command.pages {
        let Some(cursor) = page.get("next").and_then(Value::as_str).map(str::to_owned) else { break };
        let mut next = directory.more(&cursor).await?;
        hits.append(&mut taken(&mut next));
        page = next;
    }
    let found = !hits.is_empty();
    if command.json {
        if let Some(members) = page.as_object_mut() {
            members.insert("hits".to_owned(), Value::Array(hits));
        }
        talk.data(&(page.to_string() + "\n"))?;
    } else {
        let shown: Vec<String> = (1..).zip(&hits).map(|(place, hit)| shown(place, hit, lang)).collect();
        if found {
            talk.data(&(shown.join("\n\n") + "\n"))?;
        }
        talk.say(&summary(hits.len(), &page, lang));
    }
    Ok(if found { Exit::Done } else { Exit::No })
}

/// The hits of a page, taken out of it.
fn taken(page: &mut Value) -> Vec<Value> {
    match page.get_mut("hits").map(Value::take) {
        Some(Value::Array(hits)) => hits,
        _ => Vec::new(),
    }
}

fn query(command: &Find) -> Value {
    let mut query = Map::new();
    let mut says = |name: &str, value: Value| {
        query.insert(name.to_owned(), value);
    };
    says("words", json!(command.words));
    let names = [
        ("kind", &command.kind),
        ("grade", &command.grade),
        ("issuer", &command.issuer),
        ("institution", &command.institution),
        ("region", &command.region),
        ("language", &command.language),
        ("mode", &command.mode),
    ];
    for (name, value) in names {
        if let Some(value) = value {
            says(name, json!(value));
        }
    }
    if let Some(price) = command.price_max {
        says("price_max", json!(price));
    }
    if let Some(cell) = &command.near {
        says("near", json!({"cell": cell, "rings": command.rings}));
    }
    if !command.week.is_empty() {
        says("week", json!(command.week));
    }
    says("sort", json!(command.sort));
    says("explain", json!(command.explain));
    Value::Object(query)
}

/// Somebody, in some lines. Their words are a stranger's.
fn shown(place: usize, hit: &Value, lang: Lang) -> String {
    let text = |name: &str| hit.get(name).and_then(Value::as_str).map(|text| printable(text).to_string());
    let list = |name: &str, group: &str| {
        let values = hit.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        values.map(|value| called(group, value, lang)).collect::<Vec<_>>().join(", ")
    };
    let facets = hit.get("facets").and_then(Value::as_array).into_iter().flatten();
    let facets: Vec<String> = facets.map(|facet| proved(facet, lang)).collect();
    let mut where_and_how = vec![called("region", &text("region").unwrap_or_default(), lang)];
    where_and_how.extend(hit.get("rings").and_then(Value::as_u64).map(|rings| distance(rings, lang)));
    where_and_how.push(list("modes", "mode"));
    where_and_how.push(list("languages", "language"));
    where_and_how.push(list("week", "week"));
    let price = hit.get("price").and_then(Value::as_u64).unwrap_or_default();
    where_and_how.push(match lang {
        Lang::En => format!("{} KRW an hour", thousands(price)),
        Lang::Ko => format!("시간당 {}원", thousands(price)),
    });
    let mut lines = vec![format!("{place:>3}. {}", text("name").unwrap_or_default())];
    lines.extend(facets.into_iter().map(|facet| format!("     ✓ {facet}")));
    lines.extend(text("headline").filter(|line| !line.is_empty()).map(|line| format!("     {line}")));
    lines.push(format!("     {}", where_and_how.join(" · ")));
    lines.extend(hit.get("explained").map(|why| format!("     {}", explained(why, lang))));
    lines.extend(text("id").map(|id| format!("     {id}")));
    lines.join("\n")
}

/// What was verified, by whom, and when that was last looked at.
fn proved(facet: &Value, lang: Lang) -> String {
    let text = |name: &str| facet.get(name).and_then(Value::as_str);
    let mut line = called("kind", text("kind").unwrap_or_default(), lang);
    if let Some(grade) = text("grade") {
        line += &format!(" {}", called("grade", grade, lang));
    }
    let mut beside = vec![printable(text("issuer").unwrap_or_default()).to_string()];
    if let Some(year) = facet.get("since").and_then(Value::as_u64) {
        beside.push(match lang {
            Lang::En => format!("since {year}"),
            Lang::Ko => format!("{year}년부터"),
        });
    }
    let checked = match text("checked") {
        Some("today") => Some(Text::new("checked today", "오늘 확인")),
        Some("this-week") => Some(Text::new("checked this week", "이번 주 확인")),
        Some("this-month") => Some(Text::new("checked this month", "한 달 안에 확인")),
        _ => None,
    };
    beside.extend(checked.map(|checked| checked.get(lang).to_owned()));
    format!("{line} ({})", beside.join(", "))
}

/// Why somebody stands where they stand.
fn explained(why: &Value, lang: Lang) -> String {
    let number = |name: &str| why.get(name).and_then(Value::as_f64).unwrap_or_default();
    let labels = match lang {
        Lang::En => ["total", "words", "freshness", "answers", "ratings"],
        Lang::Ko => ["합계", "말", "최근 확인", "응답", "평가"],
    };
    let names = ["total", "words", "freshness", "response", "rating"];
    let parts: Vec<String> =
        labels.iter().zip(names).map(|(label, name)| format!("{label} {:.2}", number(name))).collect();
    parts.join(", ")
}

/// What the lexicon calls it; itself where it is not there.
fn called(group: &str, id: &str, lang: Lang) -> String {
    match (named(&format!("{group}:{id}")), lang) {
        (Some((en, _)), Lang::En) => en.to_owned(),
        (Some((_, ko)), Lang::Ko) => ko.to_owned(),
        (None, _) => printable(id).to_string(),
    }
}

/// About how far: a ring of cells is two kilometres wide.
fn distance(rings: u64, lang: Lang) -> String {
    match (rings, lang) {
        (0, Lang::En) => "close by".to_owned(),
        (0, Lang::Ko) => "아주 가까움".to_owned(),
        (_, Lang::En) => format!("about {} km", rings * 2),
        (_, Lang::Ko) => format!("약 {}km", rings * 2),
    }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let parts: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|it| std::str::from_utf8(it).ok()).collect();
    parts.join(",")
}

/// How many there are.
fn summary(shown: usize, page: &Value, lang: Lang) -> String {
    let total = match page.get("total") {
        // Counts are told down to a multiple of five.
        Some(Value::Number(total)) => format!("{total}+"),
        Some(Value::String(few)) => printable(few).to_string(),
        _ => "?".to_owned(),
    };
    match (shown, lang) {
        (0, Lang::En) => "nobody was found".to_owned(),
        (0, Lang::Ko) => "찾은 사람이 없습니다".to_owned(),
        (_, Lang::En) => format!("{shown} of {total}"),
        (_, Lang::Ko) => format!("{total}명 가운데 {shown}명"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit() -> Value {
        json!({
            "id": "AAAA", "name": "맑은\u{1b}하늘", "headline": "종합소득세 상담", "text": "", "region": "mapo", "rings": 2,
            "facets": [{"kind": "tax-accountant", "issuer": "한국세무사회", "since": 2019, "checked": "today"}],
            "languages": ["ko"], "week": ["sat-morning"], "modes": ["video"], "price": 50_000,
        })
    }

    #[test]
    fn somebody_is_shown_with_what_was_verified_in_the_readers_language() {
        let en = shown(1, &hit(), Lang::En);
        assert!(en.contains("✓ tax accountant (한국세무사회, since 2019, checked today)"), "{en}");
        assert!(en.contains("about 4 km") && en.contains("50,000 KRW an hour"), "{en}");
        let ko = shown(1, &hit(), Lang::Ko);
        assert!(
            ko.contains("✓ 세무사 (한국세무사회, 2019년부터, 오늘 확인)") && ko.contains("시간당 50,000원"),
            "{ko}"
        );
        assert!(!ko.contains('\u{1b}'), "a stranger's words are made fit for the terminal");
    }

    #[test]
    fn few_are_not_counted() {
        assert_eq!(summary(2, &json!({"total": "<5"}), Lang::En), "2 of <5");
        assert_eq!(summary(0, &json!({"total": "<5"}), Lang::Ko), "찾은 사람이 없습니다");
        assert_eq!((thousands(0), thousands(1_234_567)), ("0".to_owned(), "1,234,567".to_owned()));
    }
}
