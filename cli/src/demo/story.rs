//! The story itself, scene by scene. Each scene says what happens, does it over HTTP, and checks what came of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::ports::{Fetch, FetchLimits, HttpRequest};
use jigap_wallet_core::sealing::random_id;
use jigap_wallet_core::text::{Lang, Text};
use jigap_wallet_core::wallet::{Asking, Held, Wallet};
use jigap_wallet_core::wallet_box::{Unlock, WalletBox};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::registrar::{self, PRIVATE, REGISTER, Registrar, at};
use super::stage::Stage;
use super::unexpected;
use super::world::{CACHED, Gate, Office, QUALIFIED, QUESTION, W3C, World, open_store};
use crate::failure::Failure;

mod chosen;
mod licence;
mod told;

use told::Told;

/// The stage, the world, and the person's wallet.
pub(super) struct Story<'a, 's> {
    world: &'a World,
    stage: &'a mut Stage<'s>,
    folder: &'a Path,
    wallet: Wallet,
    passphrase: Zeroizing<String>,
    credentials: usize,
    checks: usize,
    shown: Option<Shown>,
}

/// What is left when the story has ended.
pub(super) struct Ending {
    /// For the table.
    pub(super) counts: [(Text, usize); 3],
    /// What opens the wallet.
    pub(super) passphrase: Zeroizing<String>,
    /// The presentation that the library saw.
    pub(super) shown: Option<Shown>,
}

/// A presentation and what it was asked for with.
pub(super) struct Shown {
    pub(super) response: HttpRequest,
    pub(super) audience: String,
}

/// What whoever asks holds: the request's link for the wallet, and what opens the result.
struct Question {
    id: String,
    secret: String,
    link: String,
}

impl<'a, 's> Story<'a, 's> {
    /// The person gets a wallet: a random passphrase, since nobody types here.
    pub(super) async fn open(
        world: &'a World,
        folder: &'a Path,
        stage: &'a mut Stage<'s>,
    ) -> Result<Self, Failure> {
        let passphrase = Zeroizing::new(random_id::<16>(&OsEntropy));
        let store = open_store(folder, "wallet")?;
        let opened = WalletBox::create(store, &Unlock::Passphrase(&passphrase), Arc::new(OsEntropy)).await;
        let wallet_box = opened.map_err(|error| {
            unexpected(Text::new("the wallet cannot be made", "지갑을 만들 수 없습니다")).detail(error)
        })?;
        let fetch: Arc<dyn Fetch> = Arc::clone(&world.wire) as Arc<dyn Fetch>;
        let wallet = Wallet::new(wallet_box, fetch, Arc::new(SystemClock), Arc::new(OsEntropy));
        Ok(Self { world, stage, folder, wallet, passphrase, credentials: 0, checks: 0, shown: None })
    }

    /// All scenes.
    pub(super) async fn tell(&mut self) -> Result<(), Failure> {
        let (link, tx_code) = self.register_becomes_offers().await?;
        self.student_id_is_accepted(&link, &tx_code).await?;
        self.qualification_is_accepted().await?;
        self.gate_opens().await?;
        self.replay_is_refused().await?;
        let known = self.library_opens().await?;
        self.student_is_suspended().await?;
        self.gate_stays_shut().await?;
        self.cached_status_still_opens(&known).await?;
        self.suspension_is_lifted().await?;
        self.w3c_credential_is_shown().await?;
        self.claims_are_chosen().await?;
        self.licence_is_shown().await
    }

    /// What is left.
    pub(super) fn ending(self) -> Ending {
        Ending {
            counts: [
                (Text::new("credentials", "증명서(사본)"), self.credentials),
                (Text::new("checks", "확인한 규칙"), self.checks),
                (Text::new("HTTP requests", "HTTP 요청"), self.world.wire.requests()),
            ],
            passphrase: self.passphrase,
            shown: self.shown,
        }
    }

    async fn register_becomes_offers(&mut self) -> Result<(String, String), Failure> {
        self.stage.step(Text::new("A register (CSV) becomes offers", "학적부(CSV)가 발급 제안이 됩니다"))?;
        let registrar = self.registrar(&self.world.university);
        self.stage.line(Text::new("issuer", "발급 기관"), self.world.university.name(self.stage.lang()))?;

        let wrong = REGISTER.replacen(",enrolled,", ",재학,", 1);
        let (status, refused) = registrar.import(&wrong, &registrar.new_key(), true).await?;
        let line = at(&refused, "/lines/0/line").as_u64();
        self.expect(
            status == 422 && line == Some(2),
            Text::new("a wrong line is found", "틀린 줄을 찾아야 합니다"),
        )?;
        let column = at(&refused, "/lines/0/column").as_str().unwrap_or_default();
        let found = match self.stage.lang() {
            Lang::Ko => format!("2행 {column} 열이 틀렸습니다. 아무것도 만들지 않았습니다"),
            Lang::En => format!("line 2, column {column} is wrong; nothing was made"),
        };
        self.stage.line(Text::new("dry run", "미리 검사"), &found)?;

        let key = registrar.new_key();
        let (status, made) = registrar.import(REGISTER, &key, false).await?;
        let offers = at(&made, "/offers").as_array().map_or(0, Vec::len);
        self.expect(
            status == 201 && offers == 3,
            Text::new("every row becomes an offer", "모든 행이 제안이 되어야 합니다"),
        )?;
        let (_, again) = registrar.import(REGISTER, &key, false).await?;
        self.expect(
            again == made,
            Text::new(
                "the same request twice makes offers once",
                "같은 요청을 두 번 보내도 한 번만 만들어야 합니다",
            ),
        )?;
        let count = self.number(offers, "개, 두 번 보내도 한 번만 만듭니다", " made; sent twice, made once");
        self.stage.line(Text::new("offers", "제안"), &count)?;

        let link = text(at(&made, "/offers/0/offer"))?;
        let tx_code = text(at(&made, "/offers/0/tx_code"))?;
        self.stage.line(Text::new("link", "링크"), &link)?;
        self.stage.qr(&link)?;
        self.stage.say(Text::new(
            "The link holds no secret: it only says where the offer lies. The code goes another way, by text message say.",
            "링크에는 비밀이 없습니다. 제안이 있는 곳만 알려 줍니다. 번호는 문자 메시지처럼 다른 길로 전합니다.",
        ))?;
        self.stage.line(Text::new("code", "번호"), &tx_code)?;
        let outcome = self.number(offers, "개 제안", " offers");
        self.stage.done(outcome);
        Ok((link, tx_code))
    }

    async fn student_id_is_accepted(&mut self, link: &str, tx_code: &str) -> Result<(), Failure> {
        self.stage.step(Text::new("The wallet accepts the student ID", "지갑이 학생증을 받습니다"))?;
        let held = self.accept(link, Some(tx_code)).await?;
        let file = read_file(&self.folder.join("wallet.redb"))?;
        let issuer = self.world.university.url.as_str();
        let leaks = PRIVATE.iter().chain([&issuer, &"student-id"]).any(|word| contains(&file, word));
        self.expect(
            !leaks,
            Text::new("nothing of it is readable on disk", "디스크에서 아무것도 읽을 수 없어야 합니다"),
        )?;
        self.stage.line(
            Text::new("on disk", "저장"),
            self.pick(
                "encrypted; neither name nor issuer nor type can be read in the file",
                "암호화했습니다. 파일에서 이름도 발급 기관도 종류도 읽을 수 없습니다",
            ),
        )?;
        let outcome = self.number(held.copies, "장 보관", " copies held");
        self.stage.done(outcome);
        Ok(())
    }

    async fn qualification_is_accepted(&mut self) -> Result<(), Failure> {
        self.stage.step(Text::new("And a technical qualification", "국가기술자격증도 받습니다"))?;
        let (status, made) =
            self.registrar(&self.world.agency).offer_qualification("technical-qualification").await?;
        self.expect(
            status == 201,
            Text::new("the agency makes an offer", "자격관리원이 제안을 만들어야 합니다"),
        )?;
        let held = self.accept(&text(at(&made, "/offer"))?, None).await?;
        let outcome = self.number(held.copies, "장 보관", " copies held");
        self.stage.done(outcome);
        Ok(())
    }

    async fn gate_opens(&mut self) -> Result<(), Failure> {
        self.stage.step(Text::new("A venue asks, the wallet shows", "공연장이 묻고 지갑이 답합니다"))?;
        let gate = &self.world.venue;
        let question = self.ask(gate, QUESTION, true).await?;
        self.stage.line(Text::new("asks", "묻는 곳"), gate.name.get(self.stage.lang()))?;
        self.stage.line(
            Text::new("for", "묻는 것"),
            self.pick(
                "student of this university, now enrolled; nothing else",
                "이 대학의 재학생인지. 그 밖에는 묻지 않습니다",
            ),
        )?;
        self.stage.qr(&question.link)?;
        let asking = self.look(&question).await?;
        self.show_disclosure(&asking, self.world.university.of_type)?;
        self.present(asking).await?;
        let told = self.result(gate, &question).await?;
        self.show_verdict(&told)?;
        self.expect(told.accepted(), Text::new("the venue accepts", "공연장이 통과시켜야 합니다"))?;
        self.expect(
            told.claims_are(&["enrolment_status", "institution"])
                && !PRIVATE.iter().any(|word| told.says(word)),
            Text::new("the venue learns only what it asked", "공연장은 물은 것만 알아야 합니다"),
        )?;
        self.done_with(&told);
        Ok(())
    }

    async fn replay_is_refused(&mut self) -> Result<(), Failure> {
        self.stage.step(Text::new("The same response again", "같은 답을 다시 보냅니다"))?;
        let stolen = self
            .world
            .wire
            .last_response()
            .ok_or_else(|| unexpected(Text::new("no response was sent", "보낸 답이 없습니다")))?;
        self.stage.say(Text::new(
            "A thief recorded the response and sends it once more, byte for byte.",
            "누군가 답을 엿들었다가 그대로 한 번 더 보냅니다.",
        ))?;
        let (status, answer) = registrar::send(&*self.world.wire, stolen).await?;
        let error = at(&answer, "/error").as_str().unwrap_or_default();
        self.expect(
            status == 400 && error == "invalid_request",
            Text::new("a replay is refused", "다시 보낸 답은 거절해야 합니다"),
        )?;
        self.stage.check(
            false,
            self.pick("refused: this request was answered already", "거절: 이미 답한 요청입니다"),
        )?;
        let outcome = self.pick("refused, as it should be", "거절(바라던 결과)").to_owned();
        self.stage.done(outcome);
        Ok(())
    }

    async fn library_opens(&mut self) -> Result<Told, Failure> {
        self.stage.step(Text::new(
            "A library that keeps status lists",
            "상태 목록을 보관하는 도서관도 통과합니다",
        ))?;
        let (told, question) = self.visit(&self.world.library, false).await?;
        let response = self.world.wire.last_response();
        self.shown = response.map(|response| Shown { response, audience: question });
        let minutes = CACHED.0 / 60;
        let takes = match self.stage.lang() {
            Lang::Ko => format!("{minutes}분 전까지의 상태를 받아들입니다"),
            Lang::En => format!("takes a status of up to {minutes} minutes ago"),
        };
        self.stage.line(Text::new("policy", "정책"), &takes)?;
        self.status_line(&told)?;
        self.expect(told.accepted(), Text::new("the library accepts", "도서관이 통과시켜야 합니다"))?;
        self.done_with(&told);
        Ok(told)
    }

    async fn student_is_suspended(&mut self) -> Result<(), Failure> {
        // A second later at least, so that the moments in the verdicts tell before from after.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        self.stage
            .step(Text::new("The registrar suspends the student", "학적 담당자가 학생증을 정지합니다"))?;
        self.change("suspend", "tuition-unpaid", "suspended").await
    }

    async fn gate_stays_shut(&mut self) -> Result<(), Failure> {
        self.stage.step(Text::new("The venue refuses, and says why", "공연장이 까닭을 밝히며 거절합니다"))?;
        let (told, _) = self.visit(&self.world.venue, true).await?;
        self.show_verdict(&told)?;
        self.expect(
            !told.accepted() && told.refused_by() == [("V-08".to_owned(), "suspended".to_owned())],
            Text::new("the venue refuses the suspended student ID", "정지된 학생증은 거절해야 합니다"),
        )?;
        let outcome = self.pick("refused, as it should be", "거절(바라던 결과)").to_owned();
        self.stage.done(outcome);
        Ok(())
    }

    async fn cached_status_still_opens(&mut self, before: &Told) -> Result<(), Failure> {
        self.stage
            .step(Text::new("The library knows only what it kept", "도서관은 보관한 상태까지만 압니다"))?;
        let (told, _) = self.visit(&self.world.library, false).await?;
        self.status_line(&told)?;
        self.expect(
            told.accepted() && told.status() == before.status() && told.status().is_some(),
            Text::new(
                "the library answers by its kept list and says so",
                "도서관은 보관한 목록으로 답하고 그 시점을 밝혀야 합니다",
            ),
        )?;
        self.stage.say(Text::new(
            "Its policy takes that, so it opens, and says as of when: works offline, and says so.",
            "정책이 받아들이므로 통과하되, 언제의 상태인지 밝힙니다. 네트워크가 없어도 판단하고, 그 사실을 숨기지 않습니다.",
        ))?;
        self.done_with(&told);
        Ok(())
    }

    async fn suspension_is_lifted(&mut self) -> Result<(), Failure> {
        self.stage.step(Text::new("The suspension is lifted", "정지가 풀리면 다시 통과합니다"))?;
        self.change("reinstate", "tuition-paid", "accepted").await?;
        let (told, _) = self.visit(&self.world.venue, true).await?;
        self.status_line(&told)?;
        self.expect(
            told.accepted(),
            Text::new("the venue accepts again", "공연장이 다시 통과시켜야 합니다"),
        )?;
        let unused = self.student_id().await?.unused;
        let left = self.number(
            unused,
            "장 (보일 때마다 한 장씩 쓰고 다시 쓰지 않습니다)",
            " (each is shown once and never again)",
        );
        self.stage.line(Text::new("copies left", "남은 사본"), &left)?;
        self.done_with(&told);
        Ok(())
    }

    async fn w3c_credential_is_shown(&mut self) -> Result<(), Failure> {
        self.stage.step(Text::new(
            "The qualification as a W3C credential",
            "자격증을 W3C 증명서로도 주고받습니다",
        ))?;
        let registrar = self.registrar(&self.world.agency);
        let (status, made) = registrar.offer_qualification(W3C).await?;
        self.expect(
            status == 201,
            Text::new("the agency makes an offer", "자격관리원이 제안을 만들어야 합니다"),
        )?;
        self.stage.line(Text::new("format", "형식"), "jwt_vc_json (vc+jwt, VCDM 2.0)")?;
        self.accept(&text(at(&made, "/offer"))?, None).await?;
        let gate = &self.world.venue;
        let question = self.ask(gate, QUALIFIED, true).await?;
        self.stage.line(Text::new("asks", "묻는 곳"), gate.name.get(self.stage.lang()))?;
        let asking = self.look(&question).await?;
        let disclosed = asking.would_disclose().unwrap_or_default();
        let claims: usize = disclosed.iter().map(|one| one.always_shown.len()).sum();
        let whole = self.number(
            claims,
            "항목 모두. 이 형식은 골라서 보일 수 없습니다",
            " claims, all of them: this format goes whole",
        );
        self.stage.line(Text::new("would show", "보일 것"), &whole)?;
        self.present(asking).await?;
        let told = self.result(gate, &question).await?;
        self.show_verdict(&told)?;
        self.expect(
            told.accepted(),
            Text::new("the venue accepts the W3C credential", "공연장이 W3C 증명서를 받아들여야 합니다"),
        )?;
        self.done_with(&told);
        Ok(())
    }

    async fn change(&mut self, change: &str, reason: &str, state: &str) -> Result<(), Failure> {
        let (status, changed) = self.registrar(&self.world.university).change(change, reason).await?;
        self.expect(
            status == 200 && at(&changed, "/changed/0/state") == state,
            Text::new("the registrar's change is made", "학적 담당자의 변경이 이루어져야 합니다"),
        )?;
        self.stage.line(Text::new("request", "요청"), &format!("POST …/admin/credentials/{change}"))?;
        self.stage.line(Text::new("reason", "사유"), reason)?;
        self.stage.done(self.pick("done", "처리했습니다"));
        Ok(())
    }

    async fn accept(&mut self, link: &str, tx_code: Option<&str>) -> Result<Held, Failure> {
        let lang = self.stage.lang();
        let failed = |error| {
            unexpected(Text::new("the wallet cannot accept the offer", "지갑이 제안을 받지 못했습니다"))
                .detail(error)
        };
        let offered = self.wallet.look_at_offer(link).await.map_err(failed)?;
        self.expect(
            offered.tx_code().is_some() == tx_code.is_some(),
            Text::new("the offer wants a code or not", "번호가 필요한지 제안에 적혀 있어야 합니다"),
        )?;
        self.stage.line(Text::new("issuer", "발급 기관"), offered.issuer_name(lang).unwrap_or_default())?;
        self.stage
            .line(Text::new("credential", "증명서"), offered.credential_name(lang).unwrap_or_default())?;
        let held = self.wallet.accept(&offered, tx_code).await.map_err(failed)?;
        let copies = self.number(
            held.copies,
            "장, 저마다 다른 키에 묶여 있습니다",
            ", each bound to a key of its own",
        );
        self.stage.line(Text::new("copies", "사본"), &copies)?;
        self.credentials += held.copies;
        Ok(held)
    }

    /// Asks, looks and presents without many words.
    async fn visit(&mut self, gate: &Gate, encrypted: bool) -> Result<(Told, String), Failure> {
        let question = self.ask(gate, QUESTION, encrypted).await?;
        self.stage.line(Text::new("asks", "묻는 곳"), gate.name.get(self.stage.lang()))?;
        let asking = self.look(&question).await?;
        let audience = asking.verifier().to_owned();
        self.present(asking).await?;
        Ok((self.result(gate, &question).await?, audience))
    }

    async fn ask(&self, gate: &Gate, template: &str, encrypted: bool) -> Result<Question, Failure> {
        let url = gate.url.join("verifier/requests").map_err(bad_answer)?;
        let body = json!({"template": template, "encrypted": encrypted}).to_string().into_bytes();
        let post =
            HttpRequest::post(url, "application/json", body, FetchLimits::DOCUMENT).bearer(&gate.token);
        let (status, opened) = registrar::send(&*self.world.wire, post).await?;
        self.expect(
            status == 201,
            Text::new("the verifier opens a request", "검증자가 요청을 만들어야 합니다"),
        )?;
        Ok(Question {
            id: text(at(&opened, "/id"))?,
            secret: text(at(&opened, "/secret"))?,
            link: text(at(&opened, "/link"))?,
        })
    }

    async fn look(&self, question: &Question) -> Result<Asking, Failure> {
        self.wallet.look_at_request(&question.link, None).await.map_err(|error| {
            unexpected(Text::new("the wallet refuses the request", "지갑이 요청을 거절했습니다"))
                .detail(error)
        })
    }

    async fn present(&self, asking: Asking) -> Result<(), Failure> {
        self.wallet.present(asking).await.map(|_| ()).map_err(|error| {
            unexpected(Text::new("the wallet cannot present", "지갑이 제출하지 못했습니다")).detail(error)
        })
    }

    async fn result(&mut self, gate: &Gate, question: &Question) -> Result<Told, Failure> {
        let url = gate.url.join(&format!("verifier/requests/{}", question.id)).map_err(bad_answer)?;
        let get = HttpRequest::get(url, "application/json", FetchLimits::DOCUMENT).bearer(&question.secret);
        let (status, result) = registrar::send(&*self.world.wire, get).await?;
        self.expect(
            status == 200 && at(&result, "/state") == "answered",
            Text::new("the verifier has a verdict", "검증자가 판정을 내려야 합니다"),
        )?;
        let told = Told(result);
        self.checks += told.checks().len();
        Ok(told)
    }

    async fn student_id(&self) -> Result<Held, Failure> {
        let held = self.wallet.credentials().await.map_err(bad_answer)?;
        let issuer = self.world.university.url.as_str();
        held.into_iter()
            .find(|held| held.issuer == issuer)
            .ok_or_else(|| unexpected(Text::new("the student ID is gone", "학생증이 없어졌습니다")))
    }

    fn registrar(&self, office: &'a Office) -> Registrar<'a> {
        Registrar { fetch: &*self.world.wire, tenant: &office.url, token: &office.token }
    }

    /// What would be disclosed and what stays hidden, as the holder calls it.
    fn show_disclosure(&self, asking: &Asking, of_type: &str) -> Result<(), Failure> {
        let lang = self.stage.lang();
        let disclosed = asking.would_disclose().unwrap_or_default();
        let [one] = disclosed.as_slice() else {
            return Err(unexpected(Text::new("the wallet cannot answer", "지갑이 답할 수 없습니다")));
        };
        let named = self.world.types.get(of_type);
        let rules = named.map(|found| found.claims()).unwrap_or_default();
        let claims = one.claims.iter().map(ToString::to_string);
        // W3C credentials say what they say below their subject.
        let shown: Vec<String> =
            claims.map(|claim| claim.trim_start_matches("credentialSubject.").to_owned()).collect();
        let shows =
            |path: &str| shown.iter().any(|claim| claim == path || claim.starts_with(&format!("{path}.")));
        let (mut would, mut hidden) = (Vec::new(), Vec::new());
        for rule in rules.iter().filter(|rule| rule.concealable) {
            let list = if shows(&rule.path.to_string()) { &mut would } else { &mut hidden };
            list.push(rule.label(lang));
        }
        self.expect(
            would.len() == 2 && hidden.len() > 5,
            Text::new(
                "the wallet discloses two claims and hides the others",
                "지갑은 두 항목만 보이고 나머지는 감춰야 합니다",
            ),
        )?;
        self.stage.line(Text::new("would show", "보일 것"), &would.join(" · "))?;
        self.stage.line(Text::new("stays hidden", "감출 것"), &hidden.join(" · "))
    }

    fn show_verdict(&self, told: &Told) -> Result<(), Failure> {
        self.stage.line(
            Text::new("verdict", "판정"),
            if told.accepted() {
                self.pick("accepted", "통과했습니다")
            } else {
                self.pick("refused", "거절했습니다")
            },
        )?;
        for check in told.checks() {
            match check.result {
                "passed" => self.stage.check(true, &check.say(self.stage.lang()))?,
                "refused" => self.stage.check(false, &check.say(self.stage.lang()))?,
                _ => self.stage.unjudged(&check.say(self.stage.lang()))?,
            }
        }
        self.status_line(told)
    }

    fn status_line(&self, told: &Told) -> Result<(), Failure> {
        let status = told.status().map(|freshness| freshness.say(self.stage.lang())).unwrap_or_default();
        self.stage.line(Text::new("status", "상태"), &status)
    }

    fn done_with(&mut self, told: &Told) {
        let checks = told.checks().len();
        let outcome = self.number(checks, "가지 규칙을 모두 통과", " checks passed");
        self.stage.done(outcome);
    }

    fn number(&self, number: usize, ko: &str, en: &str) -> String {
        match self.stage.lang() {
            Lang::Ko => format!("{number}{ko}"),
            Lang::En => format!("{number}{en}"),
        }
    }

    fn pick(&self, en: &'static str, ko: &'static str) -> &'static str {
        Text::new(en, ko).get(self.stage.lang())
    }

    /// Ends the story unless `holds`; `what` is what should have come out.
    fn expect(&self, holds: bool, what: Text) -> Result<(), Failure> {
        let failed = Text::new("not as the story says", "이야기대로 되지 않았습니다");
        if holds { Ok(()) } else { Err(unexpected(failed).detail(what.get(self.stage.lang()))) }
    }
}

fn text(value: &Value) -> Result<String, Failure> {
    value.as_str().map(str::to_owned).ok_or_else(|| bad_answer("a member is missing"))
}

fn bad_answer(error: impl ToString) -> Failure {
    unexpected(Text::new("a service answered something else", "서비스의 답이 다릅니다")).detail(error)
}

#[expect(clippy::disallowed_methods, reason = "the story looks at the wallet's file as a thief would")]
fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(bad_answer)
}

fn contains(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}
