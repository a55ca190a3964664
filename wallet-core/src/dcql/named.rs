//! What a query names of the claims that came: as much as whoever asked is told (OpenID4VP 1.0 §6.4.1).
//!
//! A wallet may show more than it was asked for, and some formats go whole. A query without `claims` asks for what the credential
//! shows to everybody, so of that nothing is left out.

use serde_json::{Map, Value};

use super::format::Format;
use super::matching::nearest_age;
use super::query::CredentialQuery;
use crate::claims::{ClaimPath, PathStep};

/// What an SD-JWT VC says of itself: what it is, of whom, and for how long.
const OF_SD_JWT: &[&str] = &["iss", "iat", "nbf", "exp", "vct", "vct#integrity", "aka_vcts"];
/// What a W3C credential says of itself.
const OF_W3C: &[&str] = &[
    "@context",
    "type",
    "issuer",
    "validFrom",
    "validUntil",
    "issuanceDate",
    "expirationDate",
    "credentialSchema",
    "iss",
    "iat",
    "nbf",
    "exp",
];

impl CredentialQuery {
    /// Of `claims`, those of a credential that answers this query, what the query names, and what the credential says of itself;
    /// all where it names none. Of an age the element that tells it. Where elements can be withheld, an index is taken for those
    /// up to it: what was withheld moved later ones up.
    pub fn named(&self, claims: &Value) -> Value {
        let (Some(format), Value::Object(members)) = (self.format, claims) else { return claims.clone() };
        if self.claims.is_empty() {
            return claims.clone();
        }
        let told = |path: &ClaimPath| nearest_age(path, format, claims).map(|(path, _)| path);
        let paths: Vec<ClaimPath> =
            self.claims.iter().map(|claim| told(&claim.path).unwrap_or_else(|| claim.path.clone())).collect();
        let paths: Vec<&[PathStep]> = paths.iter().map(ClaimPath::steps).collect();
        let moved = withholds_elements(format);
        let mut named = match keep(claims, &paths, moved) {
            Some(Value::Object(named)) => named,
            _ => Map::new(),
        };
        let own = match format {
            Format::DcSdJwt => OF_SD_JWT,
            Format::MsoMdoc => &[],
            _ => OF_W3C,
        };
        for (name, value) in members.iter().filter(|(name, _)| own.contains(&name.as_str())) {
            named.insert(name.clone(), value.clone());
        }
        Value::Object(named)
    }
}

/// Whether a holder may withhold elements of an array, so that others stand where they did not.
const fn withholds_elements(format: Format) -> bool {
    match format {
        Format::DcSdJwt | Format::VcSdJwt | Format::LdpVc => true,
        Format::JwtVcJson | Format::VcCose | Format::MsoMdoc | Format::JigapPass => false,
    }
}

/// What `paths` lead to in `value`; `None` where they lead nowhere. Whether elements may have `moved` up decides what an index
/// leads to.
fn keep(value: &Value, paths: &[&[PathStep]], moved: bool) -> Option<Value> {
    // Where arrays are sets, a value alone is a set of one.
    let alone = |path: &&'_ [PathStep]| !value.is_array() && path.first() == Some(&PathStep::All);
    let paths: Vec<&[PathStep]> =
        paths.iter().map(|path| if alone(path) { path.get(1..).unwrap_or_default() } else { path }).collect();
    if paths.iter().any(|path| path.is_empty()) {
        return Some(value.clone());
    }
    let behind = |leads: &dyn Fn(&PathStep) -> bool| -> Vec<&[PathStep]> {
        let split = paths.iter().filter_map(|path| path.split_first());
        split.filter(|(step, _)| leads(step)).map(|(_, rest)| rest).collect()
    };
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter_map(|(name, member)| {
                let inner = behind(&|step| matches!(step, PathStep::Key(key) if key == name));
                Some((name.clone(), keep(member, &inner, moved)?))
            });
            let kept: Map<String, Value> = kept.collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        Value::Array(elements) => {
            let kept = elements.iter().enumerate().map(|(position, element)| {
                let leads = |step: &PathStep| match step {
                    PathStep::All => true,
                    PathStep::Index(index) if moved => position <= *index,
                    PathStep::Index(index) => position == *index,
                    PathStep::Key(_) => false,
                };
                keep(element, &behind(&leads), moved)
            });
            let kept: Vec<Option<Value>> = kept.collect();
            let last = kept.iter().rposition(Option::is_some)?;
            let kept = kept.into_iter().zip(elements).take(last.saturating_add(1));
            Some(kept.map(|(kept, element)| kept.unwrap_or_else(|| emptied(element))).collect())
        }
        _ => None,
    }
}

/// What stands where nothing was named, so that what comes after keeps its place.
fn emptied(element: &Value) -> Value {
    match element {
        Value::Object(_) => Value::Object(Map::new()),
        Value::Array(_) => Value::Array(Vec::new()),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::query::Query;
    use super::*;

    fn named(format: &str, paths: &Value, claims: &Value) -> Value {
        let meta = match format {
            "dc+sd-jwt" => json!({"vct_values": ["https://types.example/a"]}),
            "mso_mdoc" => json!({"doctype_value": "org.iso.18013.5.1.mDL"}),
            _ => json!({"type_values": [["https://types.example/a"]]}),
        };
        let mut query = json!({"id": "a", "format": format, "meta": meta});
        let paths: Vec<Value> = paths.as_array().unwrap().iter().map(|path| json!({"path": path})).collect();
        if !paths.is_empty() {
            query["claims"] = json!(paths);
        }
        let query = Query::parse(&json!({"credentials": [query]})).unwrap();
        query.credentials()[0].named(claims)
    }

    #[test]
    fn what_nobody_asked_for_is_left_out() {
        let claims = json!({
            "vct": "https://types.example/a", "iss": "https://a.example", "exp": 1, "sub": "x", "birth_date": "2005-04-17",
            "address": {"city": "서울", "street": "세종대로"}, "nationalities": ["KR", "US"],
            "degrees": [{"type": "BS", "year": 1}, "x", {"year": 2}, {"type": "MS", "year": 3}],
        });
        let own = json!({"vct": "https://types.example/a", "iss": "https://a.example", "exp": 1});
        for (paths, more) in [
            (json!([["birth_date"]]), json!({"birth_date": "2005-04-17"})),
            (json!([["address", "city"], ["sub"]]), json!({"address": {"city": "서울"}, "sub": "x"})),
            (json!([["address"], ["address", "city"]]), json!({"address": claims["address"]})),
            (json!([["nationalities", null]]), json!({"nationalities": ["KR", "US"]})),
            (json!([["nationalities", 0]]), json!({"nationalities": ["KR"]})),
            (
                json!([["degrees", null, "type"]]),
                json!({"degrees": [{"type": "BS"}, null, {}, {"type": "MS"}]}),
            ),
            (json!([["degrees", 2, "type"]]), json!({"degrees": [{"type": "BS"}]})),
            (json!([["absent"], ["address", "absent"], ["sub", "x"]]), json!({})),
        ] {
            let mut expected = own.clone();
            expected.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            assert_eq!(named("dc+sd-jwt", &paths, &claims), expected, "{paths}");
        }
        assert_eq!(
            named("dc+sd-jwt", &json!([]), &claims),
            claims,
            "who names no claims gets all that is shown"
        );
    }

    #[test]
    fn a_w3c_credential_keeps_what_it_says_of_itself() {
        let claims = json!({
            "@context": ["c"], "type": ["T"], "issuer": "did:key:a", "validFrom": "2026-01-01T00:00:00Z", "evidence": {"x": 1},
            "credentialSubject": {"name": "김하늘", "degree": {"name": "BS", "year": 1}},
        });
        let told = |subject: Value| {
            json!({
                "@context": ["c"], "type": ["T"], "issuer": "did:key:a", "validFrom": "2026-01-01T00:00:00Z",
                "credentialSubject": subject,
            })
        };
        for format in ["jwt_vc_json", "ldp_vc"] {
            let path = json!([["credentialSubject", "degree", "name"]]);
            assert_eq!(named(format, &path, &claims), told(json!({"degree": {"name": "BS"}})));
        }
        let alone = json!([["credentialSubject", null, "name"]]);
        assert_eq!(named("ldp_vc", &alone, &claims), told(json!({"name": "김하늘"})), "a set of one");
    }

    /// Of a JWT no element is withheld: what stands at an index is what was meant.
    #[test]
    fn of_what_goes_whole_an_index_keeps_one_element() {
        let claims = json!({
            "credentialSubject": {"languages": ["ko", "en", "fr"], "degrees": [{"year": 1}, {"year": 2}, {"year": 3}]},
        });
        let told =
            |format: &str, path: Value| named(format, &json!([path]), &claims)["credentialSubject"].take();
        for (path, exact, up_to) in [
            (json!(["languages", 0]), json!({"languages": ["ko"]}), json!({"languages": ["ko"]})),
            (json!(["languages", 1]), json!({"languages": [null, "en"]}), json!({"languages": ["ko", "en"]})),
            (
                json!(["degrees", 1, "year"]),
                json!({"degrees": [{}, {"year": 2}]}),
                json!({"degrees": [{"year": 1}, {"year": 2}]}),
            ),
            (
                json!(["languages", null]),
                json!({"languages": ["ko", "en", "fr"]}),
                json!({"languages": ["ko", "en", "fr"]}),
            ),
            (json!(["languages", 3]), json!(null), json!({"languages": ["ko", "en", "fr"]})),
        ] {
            let mut whole = vec![json!("credentialSubject")];
            whole.extend(path.as_array().unwrap().clone());
            assert_eq!(told("jwt_vc_json", Value::from(whole.clone())), exact, "{path}");
            assert_eq!(told("dc+sd-jwt", Value::from(whole)), up_to, "{path}");
        }
    }

    #[test]
    fn an_mdoc_keeps_the_elements_that_are_named_and_the_one_that_tells_an_age() {
        let claims = json!({
            "org.iso.18013.5.1": {"age_over_21": true, "age_over_65": false, "family_name": "Kim", "given_name": "H"},
            "other": {"family_name": "Kim"},
        });
        let path = |element: &str| json!([["org.iso.18013.5.1", element]]);
        let told = |elements: Value| json!({"org.iso.18013.5.1": elements});
        assert_eq!(named("mso_mdoc", &path("family_name"), &claims), told(json!({"family_name": "Kim"})));
        assert_eq!(named("mso_mdoc", &path("age_over_19"), &claims), told(json!({"age_over_21": true})));
        assert_eq!(named("mso_mdoc", &path("age_over_65"), &claims), told(json!({"age_over_65": false})));
    }
}
