//! An index by its events: found, gone at once, the same for everybody who took the same.

use jigap_wallet_core::time::Seconds;

use super::*;
use crate::event::What;
use crate::facet::{Facet, Proved};
use crate::listing::tests::{cell, facet, fact, graded, listing, made};
use crate::listing::{Listing, Mode};
use crate::page::{ANSWER, Count, LIFETIME};
use crate::query::{MINIMUM, PAGING, Sort};
use crate::ranking::{Checked, Reputation};
use crate::week::{Part, Week};
use crate::words::titles::Titles;

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// Takes events one after another.
struct World {
    index: Index,
    events: Vec<IndexEvent>,
}

impl World {
    fn new() -> Self {
        Self { index: Index::new().unwrap(), events: Vec::new() }
    }

    fn happens(&mut self, what: What) {
        let event = IndexEvent { sequence: self.events.len() as u64 + 1, at: NOW, what };
        self.events.push(event.clone());
        assert_eq!(self.index.take(event).unwrap(), Taken::New);
    }

    fn lists(&mut self, listing: Listing) {
        self.happens(What::Listed(Box::new(listing.admit(&Titles::default()).unwrap())));
    }

    fn commits(&self) {
        self.index.commit(NOW).unwrap();
    }

    fn finds(&self, query: &Query) -> Vec<String> {
        let ranked = self.index.search(query, NOW).unwrap();
        ids(&ranked.page(&self.index, 0, 20, NOW).unwrap())
    }
}

fn ids(page: &crate::page::Page) -> Vec<String> {
    let mut ids: Vec<String> = page.hits.iter().map(|hit| hit.id.clone()).collect();
    ids.sort();
    ids
}

fn words(words: &str) -> Query {
    Query { words: words.to_owned(), ..Query::default() }
}

fn kind(kind: &str) -> Query {
    Query { kind: Some(kind.to_owned()), ..Query::default() }
}

/// A tax accountant of Mapo, a sommelier of Gangnam, an engineer of Busan.
fn three() -> World {
    let mut world = World::new();
    world.lists(listing(1, "tax-accountant"));
    world.lists(Listing {
        headline: "와인 페어링".to_owned(),
        text: "Natural wine too.".to_owned(),
        name: "푸른고래".to_owned(),
        region: "gangnam".to_owned(),
        cell: cell(37.517, 127.047),
        languages: vec!["ko".to_owned(), "en".to_owned()],
        week: Week::slot(2, Part::Evening),
        modes: vec![Mode::InPerson],
        price: 90_000,
        ..listing(2, "sommelier")
    });
    let engineer = made("electricity", Some("engineer"), 3, "한국산업인력공단", None, None);
    let craftsman = graded("welding", Some("craftsman"), 4);
    world.lists(Listing {
        headline: "누전 점검".to_owned(),
        text: String::new(),
        name: "든든한등대".to_owned(),
        region: "haeundae".to_owned(),
        cell: cell(35.163, 129.164),
        facets: vec![engineer, craftsman],
        ..listing(3, "electricity")
    });
    world.commits();
    world
}

#[test]
fn people_are_found_however_it_is_said() {
    let world = three();
    for (typed, expected) in [
        ("세무사", "listing-1"),
        ("ㅅㅁㅅ", "listing-1"),
        ("tpantk", "listing-1"),
        ("세뮤사를 찾아요", "listing-1"),
        ("tax accountants", "listing-1"),
        ("상속세 마포", "listing-1"),
        ("inheritance tax", "listing-1"),
        ("맑은하늘", "listing-1"),
        ("ㅁㅇㅎㄴ", "listing-1"),
        ("내추럴와인", "listing-2"),
        ("somelier Gangnam", "listing-2"),
        ("전기기사", "listing-3"),
        ("한국산업인력공단", "listing-3"),
    ] {
        assert_eq!(world.finds(&words(typed)), [expected], "{typed}");
    }
    assert!(world.finds(&words("변호사")).is_empty());
}

#[test]
fn se_01_words_that_people_do_not_differ_in_find_nobody() {
    let mut world = three();
    let everybody = Query { price_max: Some(u32::MAX), ..Query::default() };
    for typed in ["the", "찾아요", "마포", "마포 화상", "서울에서 저녁", "ㅁㅍ", "b"] {
        let asked = Query { words: typed.to_owned(), ..everybody.clone() };
        let refused = world.index.search(&asked, NOW);
        assert!(matches!(refused, Err(IndexError::Refused(refusal)) if refusal.check == MINIMUM), "{typed}");
    }
    let asked = Query { words: "강남현".to_owned(), ..everybody };
    assert!(world.finds(&asked).is_empty(), "a name, and no way to ask for a region");
    world.lists(Listing { name: "강남현".to_owned(), ..listing(4, "barista") });
    world.commits();
    assert_eq!(world.finds(&asked), ["listing-4"]);
}

#[test]
fn a_name_buys_no_rank() {
    let mut world = three();
    for (number, name) in [(4, "강남"), (5, "최고의 김이안"), (6, "김이안")] {
        world.lists(Listing { name: name.to_owned(), ..listing(number, "tax-accountant") });
    }
    world.commits();
    let first = |typed: &str| {
        let query = Query { explain: true, ..words(typed) };
        let page = world.index.search(&query, NOW).unwrap().page(&world.index, 0, 20, NOW).unwrap();
        let worth = |hit: &Hit| hit.explained.clone().unwrap().words;
        page.hits.iter().map(|hit| (hit.id.clone(), worth(hit))).collect::<Vec<_>>()
    };
    let asked = first("강남 세무사");
    assert!(asked.iter().all(|(_, worth)| *worth == asked[0].1), "a region is no name: {asked:?}");
    let asked = first("김이안 세무사");
    assert_eq!(asked[0].0, "listing-6", "{asked:?}");
    let whole = |id: &str| asked.iter().find(|(one, _)| one == id).unwrap().1;
    assert!(whole("listing-5") < whole("listing-6") - 9.0, "the whole name alone: {asked:?}");
}

#[test]
fn words_that_say_nothing_leave_the_rank_to_the_rest() {
    let world = three();
    let explained = |words: &str| {
        let query = Query { words: words.to_owned(), explain: true, ..kind("tax-accountant") };
        let page = world.index.search(&query, NOW).unwrap().page(&world.index, 0, 20, NOW).unwrap();
        page.hits[0].explained.clone().unwrap()
    };
    assert!(explained("상담").total > 0.0);
    assert_eq!(explained("상담"), explained(""));
}

#[test]
fn a_title_in_a_text_finds_nobody() {
    let mut world = three();
    // A directory that protects no titles: what is said is still not what was verified.
    let says = Listing { text: "저는 변호사".to_owned(), ..listing(4, "barista") };
    world.happens(What::Listed(Box::new(says.admit(&Titles::read("")).unwrap())));
    world.commits();
    assert!(world.finds(&words("변호사")).is_empty());
    assert!(world.finds(&kind("lawyer")).is_empty());
}

#[test]
fn filters_are_of_facts_and_of_what_is_stated() {
    let world = three();
    let one = |query: Query| world.finds(&query);
    assert_eq!(one(kind("sommelier")), ["listing-2"]);
    let graded = |of: &str, grade: &str| Query { grade: Some(grade.to_owned()), ..kind(of) };
    assert_eq!(one(graded("electricity", "engineer")), ["listing-3"]);
    assert!(one(graded("electricity", "craftsman")).is_empty(), "that grade is of another fact");
    let issuer = |issuer: &str| Query { issuer: Some(issuer.to_owned()), ..Query::default() };
    assert_eq!(one(issuer("한국산업인력공단")), ["listing-3"]);
    let every = || Query { issuer: Some("한국세무사회".to_owned()), ..Query::default() };
    assert_eq!(one(every()).len(), 3, "the second fact of the engineer is of that issuer too");
    assert_eq!(one(Query { region: Some("seoul".to_owned()), ..every() }), ["listing-1", "listing-2"]);
    assert_eq!(one(Query { language: Some("en".to_owned()), ..every() }), ["listing-2"]);
    assert_eq!(one(Query { mode: Some(Mode::InPerson), ..every() }), ["listing-2"]);
    assert_eq!(one(Query { week: Week::slot(2, Part::Evening), ..every() }), ["listing-2"]);
    assert_eq!(one(Query { price_max: Some(50_000), ..every() }), ["listing-1", "listing-3"]);
    let near = Query { near: Near::new(cell(37.56, 126.91), 2), sort: Sort::Distance, ..every() };
    assert_eq!(one(near), ["listing-1"]);
}

#[test]
fn what_is_near_comes_first_and_says_how_near() {
    let world = three();
    let near = Near::new(cell(37.566, 126.902), 12);
    let query =
        Query {
            near, sort: Sort::Distance, issuer: Some("한국세무사회".to_owned()), ..Query::default()
        };
    let page = world.index.search(&query, NOW).unwrap().page(&world.index, 0, 20, NOW).unwrap();
    let rings: Vec<Option<u32>> = page.hits.iter().map(|hit| hit.rings).collect();
    assert_eq!(rings[0], Some(0));
    assert!(rings[1] > Some(3) && rings.len() == 2);
}

#[test]
fn who_must_be_gone_is_gone_at_once_also_from_answers_that_are_kept() {
    let gone: [What; 4] = [
        What::Retracted(fact(1)),
        What::Withdrawn("listing-1".to_owned()),
        What::Paused("listing-1".to_owned()),
        What::Unconfirmed(fact(1)),
    ];
    for what in gone {
        let mut world = three();
        let kept = world.index.search(&words("세무사"), NOW).unwrap();
        assert_eq!(kept.page(&world.index, 0, 20, NOW).unwrap().hits.len(), 1);
        world.happens(what.clone());
        let page = |ranked: &Ranked| ranked.page(&world.index, 0, 20, NOW).unwrap();
        assert!(page(&kept).hits.is_empty(), "{what:?}: a cursor that was open");
        let found = world.index.search(&words("세무사"), NOW).unwrap();
        assert!(page(&found).hits.is_empty() && found.total == 0 && found.kinds.is_empty(), "{what:?}");
        world.commits();
        assert!(world.finds(&words("세무사")).is_empty(), "{what:?}");
        assert!(page(&kept).hits.is_empty(), "{what:?}: and stays so");
    }
}

#[test]
fn an_event_of_long_ago_hides_somebody_from_answers_of_now() {
    let world = three();
    let kept = world.index.search(&words("세무사"), NOW).unwrap();
    let at = NOW.minus(Seconds(3_600));
    world.index.take(IndexEvent { sequence: 4, at, what: What::Paused("listing-1".to_owned()) }).unwrap();
    world.index.take(IndexEvent { sequence: 5, at, what: world.events[0].what.clone() }).unwrap();
    world.commits();
    let page = |now| kept.page(&world.index, 0, 20, now).unwrap().hits.len();
    assert_eq!((page(NOW), page(NOW.plus(ANSWER))), (0, 0), "what was found is not what is listed");
    world.index.commit(NOW.plus(Seconds(2 * ANSWER.0 - 1))).unwrap();
    assert_eq!(world.index.book().hidden(3).len(), 1);
    world.index.commit(NOW.plus(Seconds(2 * ANSWER.0))).unwrap();
    assert!(world.index.book().hidden(3).is_empty(), "no answer needs it any more");
}

#[test]
fn a_name_of_an_institution_makes_nobody_a_nurse() {
    let mut world = three();
    let student = made("student", None, 4, "서울대학교", Some("서울대학교 간호대학"), None);
    world.lists(Listing { facets: vec![student], ..listing(4, "student") });
    world.commits();
    assert!(world.finds(&words("간호사")).is_empty());
    assert_eq!(world.finds(&words("서울대")), ["listing-4"]);
}

#[test]
fn a_retracted_fact_backs_nothing_again() {
    let mut world = three();
    world.happens(What::Retracted(fact(1)));
    world.lists(listing(1, "tax-accountant"));
    world.commits();
    assert!(world.finds(&words("세무사")).is_empty());
    world.lists(Listing { facets: vec![facet("tax-accountant", 99)], ..listing(1, "tax-accountant") });
    world.commits();
    assert_eq!(world.finds(&words("세무사")), ["listing-1"], "another proof");
}

#[test]
fn an_unconfirmed_fact_answers_no_filter_and_the_others_do() {
    let mut world = three();
    world.happens(What::Unconfirmed(fact(3)));
    world.commits();
    assert!(world.finds(&kind("electricity")).is_empty() && world.finds(&words("전기기사")).is_empty());
    assert_eq!(world.finds(&kind("welding")), ["listing-3"]);
    world.happens(What::Confirmed(fact(3)));
    world.commits();
    assert_eq!(world.finds(&kind("electricity")), ["listing-3"]);
}

#[test]
fn who_writes_a_title_is_gone_while_its_fact_is_unconfirmed() {
    let mut world = three();
    let both = vec![facet("lawyer", 4), facet("barista", 5)];
    world.lists(Listing { facets: both, headline: "변호사".to_owned(), ..listing(4, "lawyer") });
    world.commits();
    let kept = world.index.search(&kind("barista"), NOW).unwrap();
    world.happens(What::Unconfirmed(fact(5)));
    world.happens(What::Confirmed(fact(5)));
    world.happens(What::Unconfirmed(fact(4)));
    world.commits();
    assert!(world.finds(&kind("barista")).is_empty());
    assert!(kept.page(&world.index, 0, 20, NOW).unwrap().hits.is_empty());
    world.happens(What::Confirmed(fact(4)));
    world.commits();
    assert_eq!(world.finds(&kind("barista")), ["listing-4"]);
}

#[test]
fn ratings_stay_with_who_goes_and_comes_back() {
    let mut world = three();
    let bad = Reputation { ratings: 50, stars: 50, response: Some(100) };
    world.happens(What::Rated("listing-1".to_owned(), bad));
    world.happens(What::Withdrawn("listing-1".to_owned()));
    world.commits();
    world.lists(listing(1, "tax-accountant"));
    world.commits();
    let query = Query { explain: true, ..kind("tax-accountant") };
    let page = world.index.search(&query, NOW).unwrap().page(&world.index, 0, 20, NOW).unwrap();
    assert!(page.hits[0].explained.clone().unwrap().response < 0.2);
}

#[test]
fn what_is_explained_tells_no_day() {
    let freshness = |days: u32| {
        let mut world = World::new();
        let checked = NOW.minus(Seconds(days * 86_400));
        let lawyer = Facet::dangerous_assume_proved(Proved { checked, ..(*facet("lawyer", 1)).clone() });
        world.lists(Listing { facets: vec![lawyer], ..listing(1, "lawyer") });
        world.commits();
        let query = Query { explain: true, ..kind("lawyer") };
        let page = world.index.search(&query, NOW).unwrap().page(&world.index, 0, 20, NOW).unwrap();
        let explained = page.hits[0].explained.clone().unwrap();
        (page.hits[0].facets[0].checked, explained.freshness.to_bits(), explained.total.to_bits())
    };
    for days in [1..=7, 8..=30, 31..=40] {
        let first = freshness(*days.start());
        assert!(days.into_iter().all(|day| freshness(day) == first));
    }
    assert!(
        freshness(0).1 > freshness(1).1
            && freshness(7).1 > freshness(8).1
            && freshness(30).1 > freshness(31).1
    );
}

#[test]
fn a_fact_that_ended_is_gone_whatever_is_heard() {
    let mut world = World::new();
    let until = Some(NOW.plus(Seconds(60)));
    world.lists(Listing {
        facets: vec![made("lawyer", None, 1, "대한변호사협회", None, until)],
        ..listing(1, "lawyer")
    });
    world.commits();
    let kept = world.index.search(&kind("lawyer"), NOW).unwrap();
    assert_eq!(kept.page(&world.index, 0, 20, NOW).unwrap().hits.len(), 1);
    let later = NOW.plus(Seconds(60));
    assert!(kept.page(&world.index, 0, 20, later).unwrap().hits.is_empty());
    assert_eq!(world.index.search(&kind("lawyer"), later).unwrap().total, 0);
}

#[test]
fn an_edit_is_seen_and_the_old_words_are_not() {
    let mut world = three();
    let kept = world.index.search(&words("상속세"), NOW).unwrap();
    world.lists(Listing { text: "양도세".to_owned(), ..listing(1, "tax-accountant") });
    assert!(kept.page(&world.index, 0, 20, NOW).unwrap().hits.is_empty());
    world.commits();
    assert_eq!(world.finds(&words("양도세")), ["listing-1"]);
    assert!(world.finds(&words("상속세")).is_empty());
}

#[test]
fn an_index_is_a_function_of_its_events() {
    let mut world = three();
    world.happens(What::Rated(
        "listing-2".to_owned(),
        Reputation { ratings: 3, stars: 15, response: Some(900) },
    ));
    world.happens(What::Unconfirmed(fact(4)));
    world.commits();
    world.happens(What::Paused("listing-1".to_owned()));
    world.commits();
    let rebuilt = Index::new().unwrap();
    for event in &world.events {
        rebuilt.take(event.clone()).unwrap();
    }
    assert_ne!(rebuilt.digest().unwrap(), world.index.digest().unwrap(), "it has not caught up");
    rebuilt.commit(NOW).unwrap();
    assert_eq!(rebuilt.digest().unwrap(), world.index.digest().unwrap());
    let other = Index::new().unwrap();
    for event in world.events.iter().take(5) {
        other.take(event.clone()).unwrap();
    }
    other.commit(NOW).unwrap();
    assert_ne!(other.digest().unwrap(), world.index.digest().unwrap(), "one event less");
    let other = Index::new().unwrap();
    for mut event in world.events.clone() {
        if let What::Listed(admitted) = &mut event.what {
            let name = admitted.listing().name.replace("푸른고래", "푸른 고래");
            let changed = Listing { name, ..admitted.listing().clone() };
            **admitted = changed.admit(&Titles::default()).unwrap();
        }
        other.take(event).unwrap();
    }
    other.commit(NOW).unwrap();
    assert_ne!(other.digest().unwrap(), world.index.digest().unwrap(), "what is shown and not indexed");
}

#[test]
fn events_are_taken_once_and_in_order() {
    let world = three();
    assert_eq!(world.index.take(world.events[0].clone()).unwrap(), Taken::Again);
    let gap = IndexEvent { sequence: 9, ..world.events[0].clone() };
    assert!(matches!(world.index.take(gap), Err(IndexError::Gap { expected: 4 })));
    assert_eq!((world.index.applied(), world.index.listings()), (3, 3));
}

#[test]
fn small_counts_are_not_told_and_nothing_of_a_credential_is() {
    let mut world = World::new();
    for number in 1..=6 {
        let kind = if number < 6 { "lawyer" } else { "sommelier" };
        world.lists(listing(number, kind));
    }
    world.commits();
    let ranked = world.index.search(&words("종합소득세"), NOW).unwrap();
    let page = ranked.page(&world.index, 0, 20, NOW).unwrap();
    assert_eq!(page.kinds, [("lawyer".to_owned(), Count::Many(5)), ("sommelier".to_owned(), Count::Few)]);
    assert_eq!(page.total, Count::Many(5), "or six less five would be told");
    assert_eq!(page.hits[0].facets[0].checked, Checked::Today);
    let told = serde_json::to_string(&page).unwrap();
    assert!(told.contains(r#"["sommelier","<5"]"#), "{told}");
    assert!(
        !told.contains(fact(1).as_str()) && !told.contains("1800000000") && !told.contains("8730"),
        "{told}"
    );
}

#[test]
fn se_01_and_paging_hold_for_queries_that_were_not_read() {
    let world = three();
    let refused = world.index.search(&Query::default(), NOW);
    assert!(matches!(refused, Err(IndexError::Refused(refusal)) if refusal.check == MINIMUM));
    let ranked = world.index.search(&words("세무사"), NOW).unwrap();
    assert_eq!(ranked.page(&world.index, 190, 20, NOW).unwrap_err().check, PAGING);
}

#[test]
fn se_06_an_answer_that_is_kept_too_long_is_refused() {
    let world = three();
    let ranked = world.index.search(&words("세무사"), NOW).unwrap();
    let after = |seconds| NOW.plus(Seconds(seconds));
    assert!(ranked.page(&world.index, 0, 20, after(600)).is_ok());
    assert_eq!(ranked.page(&world.index, 0, 20, after(601)).unwrap_err().check, LIFETIME);
}

#[test]
fn nobody_is_found_beyond_two_hundred_and_equals_take_turns() {
    let mut world = World::new();
    for number in 0..230 {
        world.lists(listing(number, "lawyer"));
    }
    world.commits();
    let order = |days: i64| {
        let now = Timestamp::from_unix(NOW.unix() + days * 86_400);
        let ranked = world.index.search(&kind("lawyer"), now).unwrap();
        assert_eq!((ranked.places.len(), ranked.total), (200, 230));
        ranked.places.into_iter().map(|place| place.key).collect::<Vec<_>>()
    };
    assert_eq!(order(0), order(0));
    assert_ne!(order(0)[..20], order(1)[..20]);
}

#[test]
fn each_hit_says_why_it_stands_there() {
    let world = three();
    let query = Query { explain: true, ..words("세무사 마포 상속세") };
    let page = world.index.search(&query, NOW).unwrap().page(&world.index, 0, 1, NOW).unwrap();
    let explained = page.hits[0].explained.clone().unwrap();
    let parts: f32 = explained.parts.iter().map(|(_, worth)| worth).sum();
    assert!((parts - explained.words).abs() < 1e-3, "{explained:?}");
    let named = |part: &str| explained.parts.iter().any(|(what, _)| what == part);
    assert!(named("kind:tax-accountant") && named("region:mapo") && named("does:inheritance-tax"));
    assert_eq!((explained.version, explained.freshness), (VERSION, 1.0));
}
