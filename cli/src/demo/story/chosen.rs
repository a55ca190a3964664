//! The scene with the qualification as a document: its holder shows two claims of it and no other.

use jigap_wallet_core::text::Text;

use super::{Story, text};
use crate::demo::registrar::{PRIVATE, at};
use crate::demo::world::{CHOSEN, DOCUMENT, SUITE};
use crate::failure::Failure;

impl Story<'_, '_> {
    pub(super) async fn claims_are_chosen(&mut self) -> Result<(), Failure> {
        self.stage.step(Text::new(
            "Two claims of it, by Data Integrity",
            "자격증에서 두 항목만 골라 보입니다(Data Integrity)",
        ))?;
        let (status, made) = self.registrar(&self.world.agency).offer_qualification(DOCUMENT).await?;
        self.expect(
            status == 201,
            Text::new("the agency makes an offer", "자격관리원이 제안을 만들어야 합니다"),
        )?;
        self.stage.line(Text::new("format", "형식"), &format!("ldp_vc ({SUITE}, VCDM 2.0)"))?;
        self.accept(&text(at(&made, "/offer"))?, None).await?;
        let gate = &self.world.venue;
        let question = self.ask(gate, CHOSEN, false).await?;
        self.stage.line(Text::new("asks", "묻는 곳"), gate.name.get(self.stage.lang()))?;
        let asking = self.look(&question).await?;
        self.show_disclosure(&asking, self.world.agency.of_type)?;
        self.present(asking).await?;
        let sent = self.world.wire.last_response().map(|response| response.body).unwrap_or_default();
        let told = self.result(gate, &question).await?;
        self.show_verdict(&told)?;
        self.expect(
            told.accepted(),
            Text::new("the venue accepts the two claims", "공연장이 두 항목을 받아들여야 합니다"),
        )?;
        let shown = told.subject("qualification");
        self.expect(
            shown == ["grade", "qualification"] && !PRIVATE.iter().any(|word| told.says(word)),
            Text::new("the venue learns only what it asked", "공연장은 물은 것만 알아야 합니다"),
        )?;
        let sent: String = url::form_urlencoded::parse(&sent).map(|(_, value)| value).collect();
        let whole = ["birth_date", "certificate_number", "family_name"].iter().chain(&PRIVATE);
        self.expect(
            sent.contains(SUITE) && !whole.into_iter().any(|word| sent.contains(word)),
            Text::new("nothing else leaves the wallet", "그 밖의 것은 지갑을 떠나지 않아야 합니다"),
        )?;
        self.done_with(&told);
        Ok(())
    }
}
