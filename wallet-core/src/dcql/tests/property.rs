//! What the wallet selects and discloses always satisfies the verifier.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{select as pick, subsequence};
use serde_json::{Map, Value, json};

use super::*;
use crate::claims::{ClaimPath, PathStep, ThinnedArray};

const PATHS: &str = r#"[["a"],["b"],["o"],["o","a"],["o","b"],["l"],["l",null],["l",0],["l",1],["l",2],
    ["p",null,"a"],["p",null,"b"],["p",1,"a"],["p",2,"b"],["p",0],["p",null,"l",null],["p",null,"l",1]]"#;

fn scalar() -> impl Strategy<Value = Value> {
    pick(vec![json!("x"), json!("y"), json!(1), json!(2), json!(true), json!(null)])
}

fn person() -> impl Strategy<Value = Value> {
    let members = (scalar(), scalar(), prop::collection::vec(scalar(), 0..4));
    (members, subsequence(vec!["a", "b", "l"], 0..=3)).prop_map(|((a, b, l), kept)| {
        let all = [("a", a), ("b", b), ("l", json!(l))].into_iter().filter(|(key, _)| kept.contains(key));
        Value::Object(all.map(|(key, value)| (key.to_owned(), value)).collect())
    })
}

fn claims() -> impl Strategy<Value = Value> {
    let people = prop::collection::vec(prop_oneof![8 => person(), 1 => scalar()], 0..4);
    (person(), person(), people).prop_map(|(mut root, o, p)| {
        root["o"] = o;
        root["p"] = json!(p);
        root
    })
}

fn claim_query() -> impl Strategy<Value = Value> {
    let paths: Vec<Value> = serde_json::from_str(PATHS).unwrap();
    let values = prop::option::of(subsequence(vec![json!("x"), json!("y"), json!(1), json!(true)], 1..=4));
    (pick(paths), values).prop_map(|(path, values)| match values {
        Some(values) => json!({"path": path, "values": values}),
        None => json!({"path": path}),
    })
}

fn credential(id: usize) -> impl Strategy<Value = Value> {
    let claims = prop::collection::vec(claim_query(), 0..4);
    let sets = prop::collection::vec(subsequence(vec![0usize, 1, 2, 3], 0..=3), 0..3);
    (claims, sets, any::<bool>(), any::<bool>()).prop_map(move |(mut claims, sets, bound, multiple)| {
        let count = claims.len();
        for (position, claim) in claims.iter_mut().enumerate() {
            claim["id"] = json!(format!("k{position}"));
        }
        let mut credential = credential_query(json!({
            "id": id.to_string(), "multiple": multiple, "require_cryptographic_holder_binding": bound
        }));
        if count > 0 {
            credential["claims"] = json!(claims);
            let name = |set: Vec<usize>| {
                set.into_iter().filter(|k| *k < count).map(|k| format!("k{k}")).collect::<Vec<_>>()
            };
            let sets: Vec<_> = sets.into_iter().map(name).collect();
            if !sets.is_empty() {
                credential["claim_sets"] = json!(sets);
            }
        }
        credential
    })
}

fn any_query() -> impl Strategy<Value = Value> {
    let option = subsequence(vec!["0", "1", "2"], 1..=3);
    let set = (prop::collection::vec(option, 1..3), any::<bool>())
        .prop_map(|(options, required)| json!({"options": options, "required": required}));
    let sets = prop::collection::vec(set, 0..3);
    (credential(0), credential(1), credential(2), sets).prop_map(|(a, b, c, sets)| {
        let mut query = json!({"credentials": [a, b, c]});
        if !sets.is_empty() {
            query["credential_sets"] = json!(sets);
        }
        query
    })
}

/// What is shown of a credential, and what was lost with the rest.
#[derive(Default)]
struct Showing {
    trail: Vec<PathStep>,
    thinned: Vec<ThinnedArray>,
}

impl Showing {
    /// The credential with everything withheld that `paths` do not select: members and array elements alike.
    fn disclose(&mut self, value: &Value, paths: &[&[PathStep]]) -> Value {
        if paths.iter().any(|path| path.is_empty()) {
            return value.clone();
        }
        let below = |fits: &dyn Fn(&PathStep) -> bool| -> Vec<&[PathStep]> {
            let below = paths.iter().filter_map(|path| path.split_first());
            below.filter(|(step, _)| fits(step)).map(|(_, rest)| rest).collect()
        };
        match value {
            Value::Object(members) => {
                let kept = members.iter().filter_map(|(key, member)| {
                    let below = below(&|step| *step == PathStep::Key(key.clone()));
                    let step = PathStep::Key(key.clone());
                    (!below.is_empty()).then(|| (key.clone(), self.step(step, member, &below)))
                });
                Value::Object(kept.collect::<Map<_, _>>())
            }
            Value::Array(elements) => {
                let (mut kept, mut signed_at) = (Vec::new(), Vec::new());
                for (index, element) in elements.iter().enumerate() {
                    let below =
                        below(&|step| matches!(step, PathStep::All) || *step == PathStep::Index(index));
                    if !below.is_empty() {
                        kept.push(self.step(PathStep::Index(kept.len()), element, &below));
                        signed_at.push(index);
                    }
                }
                if kept.len() < elements.len() {
                    let array = ClaimPath::new(self.trail.clone()).unwrap();
                    self.thinned.push(ThinnedArray { array, signed_at });
                }
                Value::Array(kept)
            }
            scalar => scalar.clone(),
        }
    }

    fn step(&mut self, step: PathStep, value: &Value, paths: &[&[PathStep]]) -> Value {
        self.trail.push(step);
        let shown = self.disclose(value, paths);
        self.trail.pop();
        shown
    }
}

fn presented(claims: &Value, disclosure: &Disclosure) -> (Value, Vec<ThinnedArray>) {
    match disclosure {
        Disclosure::Whole => (claims.clone(), Vec::new()),
        Disclosure::Claims(paths) => {
            let mut showing = Showing::default();
            let shown = showing.disclose(claims, &paths.iter().map(ClaimPath::steps).collect::<Vec<_>>());
            (shown, showing.thinned)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_wallet_selects_satisfies_the_verifier(
        query in any_query(),
        picked: u32,
        held in prop::collection::vec((claims(), any::<bool>(), any::<bool>()), 1..5),
    ) {
        let query = Query::parse(&query).unwrap();
        let candidates: Vec<_> = held
            .iter()
            .map(|(claims, holder_bound, selective)| Candidate {
                holder_bound: *holder_bound, selective: *selective, ..candidate(claims)
            })
            .collect();
        let selection = select(&query, &candidates);
        let choices = selection.choices();
        prop_assert!(selection.is_satisfiable() || choices.is_empty(), "half an answer is none");
        let Some(answers) = selection.preferred() else { return Ok(()) };
        let least = answers.iter().filter_map(|answer| {
            choices.iter().find(|choice| selection.credentials[choice.query].id == answer.id).copied()
        });
        let least: Vec<_> = least.collect();
        let empty = if least.is_empty() { Err(ChoiceError::Lacking) } else { Ok(()) };
        prop_assert_eq!(selection.require_answer(&least), empty, "the least is an answer");
        let some = choices.iter().enumerate().filter(|(at, _)| picked >> (at % 32) & 1 == 1);
        let some: Vec<_> = some.map(|(_, choice)| *choice).collect();
        for chosen in [least, some] {
            let response = shown(&selection, &candidates, &chosen);
            let response = response.iter().map(|(id, shown)| (id.clone(), shown.iter().map(Shown::candidate).collect()));
            let judged = check_response(&query, &response.collect());
            match selection.require_answer(&chosen) {
                Ok(()) => prop_assert_eq!(judged, Ok(())),
                Err(ChoiceError::Lacking) if chosen.is_empty() => {}
                Err(ChoiceError::Lacking | ChoiceError::OneOnly) => prop_assert!(judged.is_err()),
                // More than is needed: the verifier would take it.
                Err(error) => prop_assert_eq!(error, ChoiceError::Half),
            }
        }
    }
}

/// A candidate as it arrives at the verifier.
struct Shown<'a> {
    held: Candidate<'a>,
    claims: Value,
    withheld: Vec<ThinnedArray>,
}

impl Shown<'_> {
    fn candidate(&self) -> Candidate<'_> {
        Candidate { claims: &self.claims, withheld: &self.withheld, ..self.held.clone() }
    }
}

/// What arrives of `chosen`, by query id.
fn shown<'a>(
    selection: &Selection,
    candidates: &[Candidate<'a>],
    chosen: &[Choice],
) -> BTreeMap<String, Vec<Shown<'a>>> {
    let mut response = BTreeMap::<String, Vec<Shown<'a>>>::new();
    for choice in chosen {
        let found = selection.chosen(*choice).unwrap();
        let held = candidates[found.candidate].clone();
        let (claims, withheld) = presented(held.claims, &found.disclosure);
        let id = selection.credentials[choice.query].id.clone();
        response.entry(id).or_default().push(Shown { held, claims, withheld });
    }
    response
}
