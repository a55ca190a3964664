//! The registrar: a person of the university or agency who works with the admin API over HTTP, with a bearer token and
//! an idempotency key on everything.

use jigap_keys::json::{self, Limits};
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::ports::{Fetch, FetchLimits, HttpRequest};
use jigap_wallet_core::sealing::random_id;
use serde_json::{Value, json};
use url::Url;

use super::unexpected;
use super::world::LICENCE;
use crate::failure::Failure;
use jigap_wallet_core::text::Text;

/// What the registrar of the university exports from the register. The people are invented.
pub(super) const REGISTER: &str = "\
reference,name,family_name,given_name,birth_date,student_number,institution.id,institution.name,department,degree_level,enrolment_status,admission_date,issue_date,expiry_date
hb-0417,김하늘,김,하늘,2005-04-17,20260417,https://hanbit.example,한빛대학교,컴퓨터공학과,bachelor,enrolled,2026-03-02,2026-03-02,2030-02-28
hb-0512,이서준,이,서준,2004-11-30,20250512,https://hanbit.example,한빛대학교,국어국문학과,bachelor,enrolled,2025-03-03,2026-03-02,2029-02-28
hb-0093,남궁보라,남궁,보라,2001-07-08,20240093,https://hanbit.example,한빛대학교,산업디자인학과,master,enrolled,2024-09-02,2026-03-02,2027-02-28
";
/// The registrar's key of the person whose wallet this story follows: the first row.
pub(super) const PERSON: &str = "hb-0417";
/// What must never be readable where it does not belong: the person's name, number and birth date.
pub(super) const PRIVATE: [&str; 3] = ["김하늘", "20260417", "2005-04-17"];
/// What the verifiers ask for: the university's identifier in its student IDs.
pub(super) const INSTITUTION: &str = "https://hanbit.example";

/// Who works with the admin API of one tenant.
pub(super) struct Registrar<'a> {
    pub(super) fetch: &'a dyn Fetch,
    /// `{public_url}/{tenant}`.
    pub(super) tenant: &'a Url,
    pub(super) token: &'a str,
}

impl Registrar<'_> {
    /// A new idempotency key.
    pub(super) fn new_key(&self) -> String {
        random_id::<16>(&OsEntropy)
    }

    /// Imports `csv` as offers of student IDs; `dry_run` only checks it.
    pub(super) async fn import(&self, csv: &str, key: &str, dry_run: bool) -> Result<(u16, Value), Failure> {
        let query = if dry_run { "?dry_run=true" } else { "" };
        let path = format!("admin/imports/student-id{query}");
        self.post(&path, "text/csv", csv.as_bytes().to_vec(), key).await
    }

    /// Makes one offer of a technical qualification of this configuration to the person, without a transaction code.
    pub(super) async fn offer_qualification(&self, configuration: &str) -> Result<(u16, Value), Failure> {
        let body = json!({
            "credential_configuration_id": configuration,
            "reference": "q-2026-1180",
            "tx_code": false,
            "claims": {
                "name": "김하늘", "family_name": "김", "given_name": "하늘", "birth_date": "2005-04-17",
                "qualification": {"code": "1320", "name": "정보처리기사"}, "grade": "기사",
                "certificate_number": "26201180442K", "acquired_date": "2026-09-11",
                "issuing_agency": {"id": "https://nuri.example", "name": "누리자격관리원"}, "issue_date": "2026-09-18",
            },
        });
        self.post("admin/offers", "application/json", body.to_string().into_bytes(), &self.new_key()).await
    }

    /// Makes one offer of a driver licence as mdoc to the person, without a transaction code.
    pub(super) async fn offer_licence(&self) -> Result<(u16, Value), Failure> {
        let body = json!({
            "credential_configuration_id": LICENCE,
            "reference": "l-2026-0311",
            "tx_code": false,
            "claims": {
                "name": "김하늘", "family_name": "Kim", "given_name": "Haneul",
                "family_name_national_character": "김", "given_name_national_character": "하늘",
                "birth_date": "2005-04-17", "issue_date": "2026-03-11", "expiry_date": "2036-12-31",
                "issuing_country": "KR", "issuing_authority": "Nuri Licensing Agency", "document_number": "ML-2026-0000311",
                "un_distinguishing_sign": "ROK", "age_over_18": true, "age_over_19": true,
                "driving_privileges": [{"vehicle_category_code": "B", "issue_date": "2026-03-11", "expiry_date": "2036-12-31"}],
                "kr": {"licence_number": "11-26-000311-60", "licence_classes": ["2종보통"]},
            },
        });
        self.post("admin/offers", "application/json", body.to_string().into_bytes(), &self.new_key()).await
    }

    /// `suspend` or `reinstate` all that was issued to the person.
    pub(super) async fn change(&self, change: &str, reason: &str) -> Result<(u16, Value), Failure> {
        let body = json!({"reference": PERSON, "reason": reason}).to_string().into_bytes();
        let path = format!("admin/credentials/{change}");
        self.post(&path, "application/json", body, &self.new_key()).await
    }

    async fn post(
        &self,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
        key: &str,
    ) -> Result<(u16, Value), Failure> {
        let url = Url::parse(&format!("{}/{path}", self.tenant)).map_err(no_answer)?;
        let mut request =
            HttpRequest::post(url, content_type, body, FetchLimits::DOCUMENT).bearer(self.token);
        request.headers.push(("idempotency-key", key.to_owned()));
        send(self.fetch, request).await
    }
}

/// Sends a request of a service's own API; status and JSON of the answer.
pub(super) async fn send(fetch: &dyn Fetch, request: HttpRequest) -> Result<(u16, Value), Failure> {
    let answer = fetch.send(request).await.map_err(no_answer)?;
    let body = json::parse(&answer.body, Limits::MESSAGE).map_err(no_answer)?;
    Ok((answer.status, body))
}

/// The member of an answer that `pointer` (RFC 6901) names; null if it is not there.
pub(super) fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

fn no_answer(error: impl ToString) -> Failure {
    unexpected(Text::new("a service gave no answer", "서비스가 답하지 않았습니다")).detail(error)
}
