//! `jigap trust lote`: shows a list of trusted entities (ETSI TS 119 602). For `jigap trust publish`: the entries of those it names.
//!
//! Number and moment of the newest list that was read for each entry of the configuration lie under `trust/lote/…`: an older one
//! is refused (`LT-08`), so that a list from which an issuer was taken out cannot be passed off again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jigap_keys::{base64url, hash};
use jigap_platform::clock::SystemClock;
use jigap_platform::pem;
use jigap_verifier::assembly::LoteConfig;
use jigap_wallet_core::lote::{Issuing, Lote, Service, Signers};
use jigap_wallet_core::ports::{Clock as _, Store, StoreError, transact};
use jigap_wallet_core::text::{Lang, Text, printable};
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::trust::TrustEntry;
use jigap_wallet_core::verdict::Refusal;
use jigap_wallet_core::x509::{self, Anchors};
use serde_json::{Value, json};

use crate::args;
use crate::deployment::Deployment;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::talk::Talk;

const REFUSED: Text = Text::new("the list is refused", "목록을 받아들일 수 없습니다");
const NOBODY: Text = Text::new(
    "the list names nobody in force for this service with a usable certificate",
    "이 서비스를 제공하며 쓸 수 있는 인증서가 있는 곳이 목록에 없습니다",
);

/// Shows the list.
pub(crate) fn show(command: &args::Lote, talk: &Talk) -> Result<Exit, Failure> {
    let text = input::read_text(&command.file)?;
    let pinned = signers(&command.signers, &input::read(&command.signers)?)?;
    let signers = Signers { pinned: &pinned, operator: command.operator.as_deref() };
    let now = command.at.unwrap_or_else(|| SystemClock.now());
    let list = Lote::verify(&text, signers, now).map_err(|refusal| refused(&command.file, refusal, talk))?;
    let shown = if command.json { to_json(&list).to_string() + "\n" } else { to_text(&list, talk.lang()) };
    talk.data(&shown)?;
    Ok(Exit::Done)
}

/// The entries of those whom the list names, if it is not older than one that was read before.
pub(super) async fn entries(
    config: &LoteConfig,
    deployment: &Deployment,
    talk: &Talk,
) -> Result<Vec<TrustEntry>, Failure> {
    let path = |path| deployment.config.resolve(path).display().to_string();
    let (file, pem) = (path(&config.file), path(&config.signers));
    let pinned = signers(&pem, &input::read(&pem)?)?;
    let signers = Signers { pinned: &pinned, operator: config.operator.as_deref() };
    let text = input::read_text(&file)?;
    let refused = |refusal| refused(&file, refusal, talk);
    let list = Lote::verify(&text, signers, deployment.clock.now()).map_err(refused)?;
    list.require_type(&config.list_type).map_err(refused)?;
    remember(&*deployment.store, config, &list).await.map_err(unkept)?.map_err(refused)?;
    let issuing = Issuing { service: &config.service, types: &config.types, in_force: &config.in_force };
    let entries = list.entries(&issuing);
    let count = entries.iter().filter(|it| !it.types.is_empty() && it.withdrawn_since.is_none()).count();
    if count == 0 {
        return Err(Failure::new(Exit::No, NOBODY).detail(format!("{file}: {}", config.service)));
    }
    talk.say(&match talk.lang() {
        Lang::En => format!("{file}: issuers taken in: {count}"),
        Lang::Ko => format!("{file}: 가져온 발급자 {count}곳"),
    });
    Ok(entries)
}

fn signers(path: &str, bytes: &[u8]) -> Result<Anchors, Failure> {
    let anchors = pem::certificates(bytes).ok().and_then(|certificates| Anchors::new(certificates).ok());
    anchors.ok_or_else(|| {
        let what = Text::new("the signers' certificates cannot be used", "서명자의 인증서를 쓸 수 없습니다");
        Failure::new(Exit::Usage, what).detail(path).hint(Text::new(
            "a PEM file with 1 to 32 certificates",
            "인증서 1~32개가 든 PEM 파일이어야 합니다",
        ))
    })
}

/// Keeps number and moment of the list, unless a newer one was kept before (LT-08): of each list that is configured, whatever it
/// calls itself.
async fn remember(
    store: &dyn Store,
    config: &LoteConfig,
    list: &Lote,
) -> Result<Result<(), Refusal>, StoreError> {
    let of = format!("{}|{}|{}", config.list_type, config.service, config.file.display());
    let place = &format!("trust/lote/{}", base64url::encode(hash::sha256(of.as_bytes())));
    let this = &json!([list.scheme.sequence, list.scheme.issued_at]).to_string();
    transact(store, |tx| async move {
        let seen = match tx.get(place.as_str()).await? {
            // What was kept and cannot be read may have been newer.
            Some(kept) => serde_json::from_slice(&kept).map_err(|_| StoreError::Unavailable)?,
            None => (0, Timestamp::from_unix(0)),
        };
        let judged = list.require_not_before(seen);
        if judged.is_ok() {
            tx.set(place.as_str(), this.as_str());
        }
        Ok(judged)
    })
    .await
}

fn refused(file: &str, refusal: Refusal, talk: &Talk) -> Failure {
    let why = refusal.reason.say(talk.lang());
    Failure::new(Exit::No, REFUSED).detail(format!("{file}: {}: {why}", refusal.check.id))
}

fn unkept(error: StoreError) -> Failure {
    let what = Text::new("the list's number cannot be kept", "목록의 일련번호를 저장할 수 없습니다");
    Failure::new(Exit::Environment, what).detail(error)
}

fn to_text(list: &Lote, lang: Lang) -> String {
    let say = |en, ko| Text::new(en, ko).get(lang);
    let scheme = &list.scheme;
    let operator = scheme.operator.first().map_or("", |(_, name)| name);
    let mut lines = vec![
        format!("{} ({})", printable(operator), scheme.territory.as_deref().map_or("-".into(), printable)),
        format!("{}: {}", say("type", "유형"), scheme.list_type.as_deref().map_or("-".into(), printable)),
        format!("{}: {}", say("number", "일련번호"), scheme.sequence),
        format!("{}: {}", say("issued", "발행"), scheme.issued_at.to_civil(lang)),
    ];
    lines.extend(
        scheme
            .next_update
            .map(|next| format!("{}: {}", say("next update", "다음 갱신"), next.to_civil(lang))),
    );
    for entity in &list.entities {
        let name = entity.names.first().map_or("", |(_, name)| name);
        lines.push(format!("\n{}", printable(name)));
        for service in &entity.services {
            lines.push(format!("  {}", heading(service)));
            lines.extend(service.certificates.iter().map(|der| format!("    {}", certificate(der, lang))));
        }
    }
    lines.join("\n") + "\n"
}

fn heading(service: &Service) -> String {
    let name = service.service_type.as_deref().or(service.names.first().map(|(_, name)| name.as_str()));
    let status = service.status.as_deref().map(|status| format!(" [{}]", printable(status)));
    format!("{}{}", printable(name.unwrap_or("-")), status.unwrap_or_default())
}

/// Its SHA-256 and when it ends.
fn certificate(der: &[u8], lang: Lang) -> String {
    let digest: String = hash::sha256(der).iter().map(|byte| format!("{byte:02x}")).collect();
    let until = x509::not_after(der).map(|end: Timestamp| end.to_civil(lang));
    let until = until.unwrap_or_else(|| Text::new("malformed", "형식 오류").get(lang).to_owned());
    format!("sha256 {digest} {} {until}", Text::new("until", "만료").get(lang))
}

fn to_json(list: &Lote) -> Value {
    let names = |names: &[(String, String)]| -> Vec<Value> {
        names.iter().map(|(lang, name)| json!({"lang": lang, "value": name})).collect()
    };
    let service = |service: &Service| {
        json!({
            "names": names(&service.names),
            "type": service.service_type,
            "status": service.status,
            "status_since": service.status_since.map(Timestamp::to_rfc3339),
            "certificates": service.certificates.iter().map(|der| STANDARD.encode(der)).collect::<Vec<_>>(),
        })
    };
    let entities = list.entities.iter().map(|entity| {
        json!({
            "names": names(&entity.names),
            "services": entity.services.iter().map(service).collect::<Vec<_>>(),
        })
    });
    json!({
        "type": list.scheme.list_type,
        "operator": names(&list.scheme.operator),
        "territory": list.scheme.territory,
        "sequence": list.scheme.sequence,
        "issued_at": list.scheme.issued_at.to_rfc3339(),
        "next_update": list.scheme.next_update.map(Timestamp::to_rfc3339),
        "entities": entities.collect::<Vec<_>>(),
    })
}
