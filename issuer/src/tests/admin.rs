//! The registrar's API: who may, idempotency, imports all or nothing, and suspending, reinstating, revoking.

use jigap_wallet_core::vci::OfferLink;

use super::*;

const CSV: &str = "reference,name,family_name,given_name,student_number,institution.id,institution.name,degree_level,\
    enrolment_status,issue_date,expiry_date\n";
const ROW: &str =
    "r,홍길동,홍,길동,20210042,did:web:hanbit.example,한빛대학교,bachelor,enrolled,2026-03-02,2027-02-28\n";

async fn change(lab: &Lab, key: &str, change: &str, reason: &str) -> Answer {
    let body = json!({"reference": "20210042", "reason": reason}).to_string();
    lab.admin(&format!("credentials/{change}"), key, &body).await
}

#[tokio::test]
async fn a_suspension_is_published_at_once_lifted_again_and_a_revocation_is_for_good() {
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    let copy = copies(&lab.issue(&token).await).remove(0);
    for (number, (what, status, value)) in
        [("suspend", 200, 2), ("reinstate", 200, 0), ("suspend", 200, 2), ("revoke", 200, 1)]
            .iter()
            .enumerate()
    {
        let answer = change(&lab, &format!("c{number}"), what, "leave-of-absence").await;
        assert_eq!(answer.status, *status, "{answer:?}");
        assert_eq!(lab.status_of(&copy).await, *value, "{what}");
    }
    let refused = change(&lab, "c9", "reinstate", "back").await;
    assert_eq!(refused.refusal(), (409, "revoked-for-good".to_owned()));
    assert_eq!(lab.status_of(&copy).await, 1);
}

#[tokio::test]
async fn one_of_many_that_cannot_be_changed_leaves_all_as_they_were() {
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    let copy = copies(&lab.issue(&token).await).remove(0);
    let body = json!({"offers": ["unknown"], "reference": "20210042", "reason": "left"}).to_string();
    let refused = lab.admin("credentials/revoke", "c2", &body).await;
    assert_eq!(refused.refusal(), (404, "no-such-issuance".to_owned()));
    assert_eq!(lab.status_of(&copy).await, 0);
}

/// A name that no record here has: longer than any key of a store may be, or of another form than ours.
#[tokio::test]
async fn what_nobody_here_could_have_named_so_is_not_there() {
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    copies(&lab.issue(&token).await);
    for name in ["x".repeat(15_000), "x".repeat(9_990), "%00".to_owned(), "..".to_owned()] {
        for (path, code) in [
            (format!("/hanbit/offers/{name}"), "no-such-offer"),
            (format!("/hanbit/status/{name}"), "no-such-status-list"),
            (format!("/hanbit/status/{name}/revocation"), "no-such-status-list"),
        ] {
            assert_eq!(lab.get(&path).await.refusal(), (404, code.to_owned()), "{} characters", name.len());
        }
        let body = json!({"offers": [name], "reason": "left"}).to_string();
        for change in ["suspend", "revoke", "reinstate"] {
            let answer = lab.admin(&format!("credentials/{change}"), "2", &body).await;
            assert_eq!(answer.refusal(), (404, "no-such-issuance".to_owned()));
        }
        let notified = lab.notify(&token, &name, "credential_accepted").await;
        assert_eq!(notified.refusal(), (400, "invalid_notification_id".to_owned()));
        let unauthorized = (401, "invalid_token".to_owned());
        assert_eq!(
            lab.notify(&"x".repeat(15_000), &name, "credential_accepted").await.refusal(),
            unauthorized
        );
        assert_eq!(lab.redeem(&name, None).await.refusal(), (400, "invalid_grant".to_owned()));
        let person = json!({"reference": name, "reason": "left"}).to_string();
        let answer = lab.admin("credentials/revoke", "3", &person).await;
        assert_eq!(answer.refusal(), (404, "no-such-issuance".to_owned()));
    }
}

#[tokio::test]
async fn a_request_that_is_not_an_admins_is_refused() {
    let lab = Lab::new().await;
    let body = offer_body("1", true);
    for headers in [
        &[("idempotency-key", "1")][..],
        &[("authorization", "Bearer wrong"), ("idempotency-key", "1")],
        &[("authorization", "Basic YTpi"), ("idempotency-key", "1")],
    ] {
        let answer = lab.send("POST", "/hanbit/admin/offers", headers, &body).await;
        assert_eq!(answer.refusal(), (401, "not-an-admin".to_owned()));
    }
    let bearer = [("authorization", "Bearer admin-token")];
    let answer = lab.send("POST", "/hanbit/admin/offers", &bearer, &body).await;
    assert_eq!(answer.refusal(), (400, "idempotency-key-missing".to_owned()));
    assert_eq!(lab.admin("offers", &"k".repeat(129), &body).await.status, 400);
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer_and_with_another_request_none() {
    let lab = Lab::new().await;
    let (first, again) = (
        lab.admin("offers", "1", &offer_body("1", true)).await,
        lab.admin("offers", "1", &offer_body("1", true)).await,
    );
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    let other = lab.admin("offers", "1", &offer_body("2", true)).await;
    assert_eq!(other.refusal(), (422, "idempotency-key-reused".to_owned()));
    let two = lab.admin("offers", "2", &offer_body("1", true)).await;
    assert_ne!(first.get("id"), two.get("id"));
    let body = offer_body("1", true);
    let (one, two) = tokio::join!(lab.admin("offers", "3", &body), lab.admin("offers", "3", &body));
    assert_eq!((one.status, one.text), (two.status, two.text));
}

#[tokio::test]
async fn an_import_is_tried_first_and_makes_all_offers_or_none() {
    let lab = Lab::new().await;
    let other = ROW.replacen('r', "s", 1);
    let good = format!("{CSV}{ROW}{other}");
    let dry = lab.admin("imports/student-id?dry_run=true", "1", &good).await;
    assert_eq!((dry.status, dry.json()), (200, json!({"dry_run": true, "rows": 2})));
    let bad = format!("{CSV}{ROW}{}", other.replace("2026-03-02", "2026-02-30"));
    for path in ["imports/student-id?dry_run=true", "imports/student-id"] {
        let refused = lab.admin(path, "2", &bad).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        assert_eq!(refused.json()["lines"][0]["line"], 3);
        assert!(!refused.text.contains("홍길동") && !refused.text.contains("2026-02-30"), "{refused:?}");
    }
    // A row that is too short hides no fault of the others.
    let short = lab.admin("imports/student-id", "2", &format!("{bad}홍길동,1\n")).await;
    let lines = short.json()["lines"].as_array().unwrap().clone();
    assert_eq!(
        (short.status, lines.len(), &lines[0]["line"], &lines[1]["line"]),
        (422, 2, &json!(3), &json!(4))
    );
    let headless = lab.admin("imports/student-id", "2", ROW).await;
    assert_eq!((headless.status, &headless.json()["lines"][0]["column"]), (422, &Value::Null));
    assert!(!headless.text.contains("길동"), "{headless:?}");
    let made = lab.admin("imports/student-id", "2", &good).await;
    assert_eq!((made.status, made.json()["offers"].as_array().unwrap().len()), (201, 2), "nothing was kept");
    let again = lab.admin("imports/student-id", "2", &good).await;
    assert_eq!(made.text, again.text);
}

#[tokio::test]
async fn a_parameter_that_is_not_understood_imports_offers_and_revokes_nothing() {
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    let copy = copies(&lab.issue(&token).await).remove(0);
    let register = format!("{CSV}{ROW}");
    let left = json!({"reference": "20210042", "reason": "left"}).to_string();
    for query in
        ["dry_run=1", "dry_run=True", "dry_run", "dry_run=", "dry-run=true", "dry_run=true&tx_code=no", "x"]
    {
        let imported = lab.admin(&format!("imports/student-id?{query}"), "2", &register).await;
        assert_eq!(imported.refusal(), (400, "bad-parameters".to_owned()), "{query}");
    }
    for (path, body) in [("offers", &offer_body("2", true)), ("credentials/revoke", &left)] {
        let refused = lab.admin(&format!("{path}?dry_run=true"), "3", body).await;
        assert_eq!(refused.refusal(), (400, "bad-parameters".to_owned()), "{path}");
    }
    assert_eq!(lab.status_of(&copy).await, 0);
    // Nothing was done under these keys.
    assert_eq!(lab.admin("imports/student-id?dry_run=false", "2", &register).await.status, 201);
    assert_eq!(lab.admin("offers", "3", &offer_body("2", true)).await.status, 201);
}

#[tokio::test]
async fn offers_that_cannot_be_are_refused_without_a_word_of_a_person() {
    let lab = Lab::new().await;
    let offer = |change: fn(&mut Value)| {
        let mut body: Value = serde_json::from_str(&offer_body("20210042", true)).unwrap();
        change(&mut body);
        body.to_string()
    };
    for (body, status) in [
        (offer(|body| body["claims"]["name"] = json!(7)), 422),
        (offer(|body| body["claims"]["extra"] = json!("홍길동")), 422),
        (offer(|body| body["credential_configuration_id"] = json!("passport")), 404),
        (offer(|body| body["lifetime"] = json!(0)), 400),
        (offer(|body| body["reference"] = json!("")), 400),
        (offer(|body| body["reference"] = json!("x".repeat(257))), 400),
        (offer(|body| body["unknown"] = json!("홍길동")), 400),
        ("{".to_owned(), 400),
        ("{\"a\":1,\"a\":2}".to_owned(), 400),
    ] {
        let answer = lab.admin("offers", "1", &body).await;
        assert_eq!(answer.status, status, "{answer:?}");
        for personal in ["홍길동", "20210042", "길동"] {
            assert!(!answer.text.contains(personal), "{answer:?}");
        }
    }
    for reason in ["", "because 홍길동", &"a".repeat(65)] {
        assert_eq!(change(&lab, "9", "revoke", reason).await.status, 400);
    }
    assert_eq!(change(&lab, "10", "destroy", "x").await.refusal(), (404, "no-such-change".to_owned()));
    assert_eq!(change(&lab, "11", "revoke", "x").await.refusal(), (404, "no-such-issuance".to_owned()));
}

#[tokio::test]
async fn a_withdrawn_offer_brings_nothing_back() {
    let lab = Lab::new().await;
    let (code, tx_code) = lab.offer("1").await;
    assert_eq!(change(&lab, "c1", "revoke", "left").await.status, 200);
    let refused = lab.redeem(&code, Some(&tx_code)).await.refusal();
    assert_eq!(refused, (400, "invalid_grant".to_owned()));
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    let copy = copies(&lab.issue(&token).await).remove(0);
    assert_eq!(change(&lab, "c1", "suspend", "left").await.status, 200);
    let refused = lab.issue(&token).await.refusal();
    assert_eq!(refused, (400, "credential_request_denied".to_owned()));
    assert_eq!(lab.status_of(&copy).await, 2);
}

/// The states of the offers that a change tells.
fn told(answer: &Answer) -> Value {
    answer.json()["offers"].as_array().unwrap().iter().map(|offer| offer["state"].clone()).collect()
}

#[tokio::test]
async fn a_suspended_offer_that_nobody_took_comes_back_and_a_revoked_one_does_not() {
    let lab = Lab::new().await;
    let made = lab.admin("offers", "1", &offer_body("20210042", true)).await;
    let (id, tx_code) = (made.get("id"), made.get("tx_code"));
    let code = lab.code(&id).await;
    let suspended = change(&lab, "c1", "suspend", "leave").await;
    assert_eq!(
        (suspended.status, suspended.json()),
        (200, json!({"changed": [], "offers": [{"offer": id, "state": "suspended"}]}))
    );
    assert_eq!(lab.get(&format!("/hanbit/offers/{id}")).await.status, 404);
    assert_eq!(lab.redeem(&code, Some(&tx_code)).await.refusal().1, "invalid_grant");
    assert_eq!(told(&change(&lab, "c2", "suspend", "leave").await), json!(["suspended"]));
    let back = change(&lab, "c3", "reinstate", "back").await;
    assert_eq!((back.status, told(&back)), (200, json!(["open"])));
    assert_eq!(lab.code(&id).await, code, "the link of before leads to it again");
    let token = lab.redeem(&code, Some(&tx_code)).await.get("access_token");
    // Taken, and nothing issued yet.
    assert_eq!(told(&change(&lab, "c4", "suspend", "leave").await), json!(["suspended"]));
    assert_eq!(lab.issue(&token).await.refusal().1, "credential_request_denied");
    assert_eq!(told(&change(&lab, "c5", "reinstate", "back").await), json!(["redeemed"]));
    let copy = copies(&lab.issue(&token).await).remove(0);
    // Issued: the token gives nothing more, neither while it is suspended nor after.
    for (key, what, value) in [("c6", "suspend", 2), ("c7", "reinstate", 0)] {
        assert_eq!(change(&lab, key, what, "leave").await.status, 200);
        assert_eq!(lab.issue(&token).await.refusal().1, "credential_request_denied");
        assert_eq!(lab.status_of(&copy).await, value);
    }
    assert_eq!(told(&change(&lab, "c8", "revoke", "left").await), json!(["withdrawn"]));
    for (number, (what, status)) in
        [("reinstate", 409), ("suspend", 200), ("reinstate", 409)].iter().enumerate()
    {
        let answer = change(&lab, &format!("c9{number}"), what, "back").await;
        assert_eq!(answer.status, *status, "{answer:?}");
    }
}

#[tokio::test]
async fn an_offer_that_was_revoked_is_not_reinstated_though_it_was_suspended_before() {
    let lab = Lab::new().await;
    let made = lab.admin("offers", "1", &offer_body("20210042", false)).await;
    let code = lab.code(&made.get("id")).await;
    for (key, what, state) in
        [("c1", "suspend", "suspended"), ("c2", "revoke", "withdrawn"), ("c3", "suspend", "withdrawn")]
    {
        assert_eq!(told(&change(&lab, key, what, "left").await), json!([state]));
    }
    let refused = change(&lab, "c4", "reinstate", "back").await.refusal();
    assert_eq!(refused, (409, "revoked-for-good".to_owned()));
    assert_eq!(lab.redeem(&code, None).await.refusal().1, "invalid_grant");
    // A new offer for the same person: it is what is reinstated, and stands as it did.
    lab.admin("offers", "2", &offer_body("20210042", false)).await;
    let back = change(&lab, "c5", "reinstate", "back").await;
    let mut states: Vec<Value> = serde_json::from_value(told(&back)).unwrap();
    states.sort_by_key(Value::to_string);
    assert_eq!((back.status, states), (200, vec![json!("open"), json!("withdrawn")]));
}

#[tokio::test]
async fn copies_that_their_wallet_deleted_are_not_reinstated() {
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    let issued = lab.issue(&token).await;
    assert_eq!(lab.notify(&token, &issued.get("notification_id"), "credential_deleted").await.status, 204);
    let refused = change(&lab, "c1", "reinstate", "back").await.refusal();
    assert_eq!(refused, (409, "revoked-for-good".to_owned()));
}

/// Nothing of it can be reinstated but the offer, of which the suspension is lifted.
#[tokio::test]
async fn a_suspension_is_lifted_of_an_offer_whose_copies_are_all_revoked() {
    let lab = Lab::new().await;
    let token = lab.token("1").await;
    let issued = lab.issue(&token).await;
    let copy = copies(&issued).remove(0);
    assert_eq!(lab.notify(&token, &issued.get("notification_id"), "credential_deleted").await.status, 204);
    assert_eq!(told(&change(&lab, "c1", "suspend", "leave").await), json!(["suspended"]));
    let back = change(&lab, "c2", "reinstate", "back").await;
    assert_eq!((back.status, told(&back)), (200, json!(["redeemed"])));
    assert_eq!(back.json()["changed"], json!([]));
    assert_eq!(lab.status_of(&copy).await, 1, "what was revoked stays so");
    let refused = change(&lab, "c3", "reinstate", "back").await.refusal();
    assert_eq!(refused, (409, "revoked-for-good".to_owned()), "there is nothing more to lift");
}

#[tokio::test]
async fn more_offers_than_one_change_may_touch_are_refused() {
    let lab = Lab::new().await;
    let offers: Vec<String> = (0..1001).map(|number| number.to_string()).collect();
    let body = json!({"offers": offers, "reason": "left"}).to_string();
    assert_eq!(lab.admin("credentials/revoke", "1", &body).await.refusal(), (422, "too-many".to_owned()));
}

#[tokio::test]
async fn a_register_in_json_makes_the_same_offers() {
    let lab = Lab::new().await;
    let claims: Value = serde_json::from_str(STUDENT).unwrap();
    let good =
        json!([{"claims": claims, "reference": "a"}, {"claims": claims, "reference": "b"}]).to_string();
    let (bearer, kind) = (("authorization", "Bearer admin-token"), ("content-type", "application/json"));
    let send = async |path: &str, key: &str, body: &str| {
        let headers = [bearer, kind, ("idempotency-key", key)];
        lab.send("POST", &format!("/hanbit/admin/imports/{path}"), &headers, body).await
    };
    let dry = send("student-id?dry_run=true", "1", &good).await;
    assert_eq!((dry.status, dry.json()), (200, json!({"dry_run": true, "rows": 2})));
    let bad = json!([{"claims": {"name": "홍길동"}}]).to_string();
    let refused = send("student-id", "1", &bad).await;
    assert_eq!((refused.status, &refused.json()["lines"][0]["line"]), (422, &json!(1)));
    assert!(!refused.text.contains("홍길동"));
    let made = send("student-id?tx_code=false", "1", &good).await;
    let offers = made.json()["offers"].as_array().unwrap().clone();
    assert_eq!((made.status, offers.len()), (201, 2));
    let code = lab.code(offers[1]["id"].as_str().unwrap()).await;
    assert_eq!(lab.redeem(&code, None).await.status, 200);
}

#[tokio::test]
async fn an_offer_by_value_holds_what_the_reference_leads_to_and_is_drawn_on_request() {
    let lab = Lab::new().await;
    let mut body: Value = serde_json::from_str(&offer_body("1", true)).unwrap();
    body["by_value"] = json!(true);
    body["qr"] = json!(true);
    let made = lab.admin("offers", "1", &body.to_string()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let link = made.get("offer");
    let OfferLink::Value(offer) = OfferLink::parse(&link).unwrap() else { panic!("{link}") };
    let referred = lab.get(&format!("/hanbit/offers/{}", made.get("id"))).await.json();
    assert_eq!(offer.to_json(), referred);
    assert!(made.get("qr").contains("<svg") && made.get("qr").len() > 1000);
    let code = lab.code(&made.get("id")).await;
    assert_eq!(lab.redeem(&code, Some(&made.get("tx_code"))).await.status, 200);
    let again = lab.admin("offers", "1", &body.to_string()).await;
    assert_eq!(again.text, made.text);
    let plain = lab.admin("offers", "2", &offer_body("1", true)).await.json();
    assert!(plain.get("qr").is_none() && plain["offer"].as_str().unwrap().contains("credential_offer_uri"));
}
