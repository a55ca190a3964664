//! The scene of the driver licence: issued as an mdoc by a licensing agency, shown by the wallet's device as one element.

use jigap_wallet_core::text::Text;
use serde_json::json;

use super::{Story, text};
use crate::demo::registrar::at;
use crate::demo::unexpected;
use crate::demo::world::ADULT;
use crate::failure::Failure;

const NAMESPACE: &str = "org.iso.18013.5.1";
const ELEMENT: &str = "age_over_19";

impl Story<'_, '_> {
    pub(super) async fn licence_is_shown(&mut self) -> Result<(), Failure> {
        self.stage.step(Text::new("The driver licence as an mdoc", "운전면허증을 mdoc으로 주고받습니다"))?;
        let (status, made) = self.registrar(&self.world.licensing).offer_licence().await?;
        self.expect(
            status == 201,
            Text::new("the licensing agency makes an offer", "면허관리원이 제안을 만들어야 합니다"),
        )?;
        self.stage.line(Text::new("format", "형식"), "mso_mdoc (ISO 18013-5, org.iso.18013.5.1.mDL)")?;
        let held = self.accept(&text(at(&made, "/offer"))?, None).await?;
        let failed = |error| {
            unexpected(Text::new("the licence cannot be read", "면허증을 읽을 수 없습니다")).detail(error)
        };
        let (_, claims) = self.wallet.claims(&held.id).await.map_err(failed)?;
        let elements: usize = claims
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(_, of_it)| Some(of_it.as_object()?.len()))
            .sum();

        let gate = &self.world.venue;
        let question = self.ask(gate, ADULT, true).await?;
        self.stage.line(Text::new("asks", "묻는 곳"), gate.name.get(self.stage.lang()))?;
        let asking = self.look(&question).await?;
        let disclosed = asking.would_disclose().unwrap_or_default();
        let shown: Vec<String> =
            disclosed.iter().flat_map(|one| one.claims.iter().map(ToString::to_string)).collect();
        self.expect(
            shown == [format!("{NAMESPACE}.{ELEMENT}")] && elements > 10,
            Text::new("the wallet discloses one element alone", "지갑은 한 항목만 보여야 합니다"),
        )?;
        self.stage.line(
            Text::new("would show", "보일 것"),
            self.pick("19 or older, yes or no", "19세 이상인지 아닌지"),
        )?;
        let hidden = self.number(
            elements - 1,
            "개 항목. 생년월일도 감춥니다",
            " elements, the date of birth among them",
        );
        self.stage.line(Text::new("stays hidden", "감출 것"), &hidden)?;
        self.present(asking).await?;
        let told = self.result(gate, &question).await?;
        self.show_verdict(&told)?;
        self.expect(
            told.accepted(),
            Text::new("the venue accepts the mdoc", "공연장이 mdoc을 받아들여야 합니다"),
        )?;
        self.expect(
            *at(&told.0, "/claims/licence") == json!([{NAMESPACE: {ELEMENT: true}}]),
            Text::new("the venue learns only the age", "공연장은 나이 확인만 알아야 합니다"),
        )?;
        self.done_with(&told);
        Ok(())
    }
}
