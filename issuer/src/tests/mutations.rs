//! Registrars' mutations and wallets' notices over a store that fails at the commit: asked again, each is done once.

use jigap_platform::store::Fault;

use super::*;

const FAULTS: [Fault; 4] =
    [Fault::Conflict, Fault::UnknownCommitted, Fault::UnknownNotCommitted, Fault::Unavailable];
const CSV: &str = "reference,name,family_name,given_name,student_number,institution.id,institution.name,degree_level,\
    enrolment_status,issue_date,expiry_date\n\
    a,홍길동,홍,길동,20210042,did:web:hanbit.example,한빛대학교,bachelor,enrolled,2026-03-02,2027-02-28\n\
    b,김하늘,김,하늘,20210043,did:web:hanbit.example,한빛대학교,bachelor,enrolled,2026-03-02,2027-02-28\n";

/// A lab whose `n`th commit after the start fails.
async fn failing(n: u64, fault: Fault) -> Lab {
    Lab::with(Faults::at([(COMMITS_AT_START + n, fault)])).await
}

/// Asks until it is answered: at most twice, and the first refusal says that it may be tried again.
async fn insist(mut ask: impl AsyncFnMut() -> Answer) -> Answer {
    let first = ask().await;
    if first.status != 503 {
        return first;
    }
    assert_eq!(first.headers["cache-control"], "no-store");
    ask().await
}

#[tokio::test]
async fn an_import_is_made_once_whatever_the_store_says() {
    for fault in FAULTS {
        let lab = failing(1, fault).await;
        let made = insist(async || lab.admin("imports/student-id", "1", CSV).await).await;
        assert_eq!(made.status, 201, "{fault:?} {made:?}");
        let offers = made.json()["offers"].as_array().unwrap().clone();
        assert_eq!(offers.len(), 2);
        assert_eq!(lab.admin("imports/student-id", "1", CSV).await.text, made.text, "{fault:?}");
        for offer in &offers {
            let code = lab.code(offer["id"].as_str().unwrap()).await;
            assert_eq!(lab.redeem(&code, offer["tx_code"].as_str()).await.status, 200);
        }
    }
}

#[tokio::test]
async fn a_change_is_published_once_it_was_acknowledged_and_done_once() {
    for fault in FAULTS {
        let lab = failing(4, fault).await;
        let copy = copies(&lab.issue(&lab.token("1").await).await).remove(0);
        let body = json!({"reference": "20210042", "reason": "left"}).to_string();
        let changed = insist(async || lab.admin("credentials/suspend", "s", &body).await).await;
        assert_eq!(changed.status, 200, "{fault:?} {changed:?}");
        assert_eq!(changed.json()["changed"].as_array().unwrap().len(), 1);
        assert_eq!(lab.status_of(&copy).await, 2, "{fault:?}");
        let lifted = lab.admin("credentials/reinstate", "r", &body).await;
        assert_eq!(lifted.status, 200);
        let again = lab.admin("credentials/suspend", "s", &body).await;
        assert_eq!(
            (again.text, lab.status_of(&copy).await),
            (changed.text, 0),
            "an old answer changes nothing"
        );
    }
}

#[tokio::test]
async fn a_notice_is_taken_once_it_was_acknowledged() {
    for fault in FAULTS {
        let lab = failing(4, fault).await;
        let token = lab.token("1").await;
        let issued = lab.issue(&token).await;
        let (id, copy) = (issued.get("notification_id"), copies(&issued).remove(0));
        let noted = insist(async || lab.notify(&token, &id, "credential_deleted").await).await;
        assert_eq!((noted.status, lab.status_of(&copy).await), (204, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_every_later_fault() {
    for n in 2..=5 {
        for fault in FAULTS {
            let lab = failing(n, fault).await;
            let made = lab.admin("offers", "1", &offer_body("20210042", false)).await;
            let code = lab.code(&made.get("id")).await;
            let mut redeemed = lab.redeem(&code, None).await;
            if redeemed.status == 503 {
                redeemed = lab.redeem(&code, None).await;
            }
            if redeemed.status == 400 {
                // It was committed and its answer lost: the code is used up, and never gives a second token.
                assert_eq!(fault, Fault::UnknownCommitted);
                continue;
            }
            let token = redeemed.get("access_token");
            let copy = copies(&insist(async || lab.issue(&token).await).await).remove(0);
            let body = json!({"reference": "20210042", "reason": "left"}).to_string();
            let changed = insist(async || lab.admin("credentials/revoke", "s", &body).await).await;
            assert_eq!((changed.status, lab.status_of(&copy).await), (200, 1), "{n} {fault:?}");
            let made_again = lab.admin("offers", "1", &offer_body("20210042", false)).await;
            assert_eq!(made_again.text, made.text, "{n} {fault:?}");
        }
    }
}
