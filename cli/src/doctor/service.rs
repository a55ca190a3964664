//! The configuration of `jigap serve`: what it names must be there, and be what it says.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use jigap_issuer::assembly::{IssuerConfig, MechanismConfig, TenantConfig};
use jigap_platform::clock::SystemClock;
use jigap_platform::config::Config;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::store::{StoreConfig, StoreEngine};
use jigap_platform::{files, pem};
use jigap_verifier::assembly::VerifierConfig;
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::ports::Clock as _;
use jigap_wallet_core::text::Lang;
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::TrustList;
use jigap_wallet_core::x509;

use super::{Finding, start};
use crate::input;

/// A certificate that ends this soon is told, and a trust list, which is signed anew more often.
const SOON: Seconds = Seconds(30 * 86_400);
const LIST_SOON: Seconds = Seconds(14 * 86_400);

pub(super) fn look(path: &Path, lang: Lang) -> Vec<Finding> {
    let config = match Config::load(path) {
        Ok(config) => config,
        Err(error) => {
            return vec![Finding::fail("the configuration is wrong", "설정이 잘못되었습니다").detail(error)];
        }
    };
    let mut findings = vec![
        Finding::ok("the configuration is well-formed", "설정의 형식이 맞습니다").detail(path.display()),
        master_key(&config),
        tls(&config),
        listening(&config),
        store(&config),
    ];
    let now = SystemClock.now();
    let tls = config.server.tls.iter().map(|tls| certificate(&config.resolve(&tls.certificate), now));
    findings.extend(tls);
    match config.section::<IssuerConfig>("issuer") {
        Ok(issuer) => {
            let tenants = issuer.iter().flat_map(|issuer| issuer.tenants.values());
            let own = tenants.filter_map(|tenant| tenant.x5c.as_ref());
            findings.extend(own.flat_map(|files| {
                let plain = files.key.as_ref().map(|key| plain(&config.resolve(key), IMPORT));
                std::iter::once(certificate(&config.resolve(&files.chain), now)).chain(plain)
            }));
        }
        Err(error) => {
            findings.push(Finding::fail("[issuer] is wrong", "[issuer]가 잘못되었습니다").detail(error));
        }
    }
    let mut list = None;
    match config.section::<VerifierConfig>("verifier") {
        Ok(None) => {}
        Ok(Some(verifier)) => {
            let own = verifier.identity.certificate.iter();
            findings.extend(own.map(|path| certificate(&config.resolve(path), now)));
            let own = verifier.identity.key.iter();
            findings.extend(own.map(|path| plain(&config.resolve(path), IMPORT_REQUEST_KEY)));
            match trust(&config.resolve(&verifier.trust.bundle), now) {
                Ok(found) => {
                    findings.push(lifetime(&found, now));
                    list = Some(found);
                }
                Err(finding) => findings.push(finding),
            }
        }
        Err(error) => {
            findings.push(Finding::fail("[verifier] is wrong", "[verifier]가 잘못되었습니다").detail(error));
        }
    }
    let unlisted = list.as_ref().map(|list| unlisted(list, &config)).unwrap_or_default();
    let told: Vec<String> = unlisted.iter().filter_map(|finding| finding.detail.clone()).collect();
    findings.extend(unlisted);
    findings.extend(start::look(config, list.as_ref(), &told, lang));
    findings
}

const IMPORT: [&str; 2] = [
    "`jigap issuer import-key --tenant ID FILE` seals it; then take the line out and delete the file",
    "`jigap issuer import-key --tenant ID FILE`로 봉인한 뒤 이 줄과 파일을 지우십시오",
];
const IMPORT_REQUEST_KEY: [&str; 2] = [
    "`jigap verifier import-key FILE` seals it; then take the line out and delete the file",
    "`jigap verifier import-key FILE`로 봉인한 뒤 이 줄과 파일을 지우십시오",
];

/// A private key that the configuration wants to be read from a plain file.
fn plain(path: &Path, [en, ko]: [&'static str; 2]) -> Finding {
    Finding::fail("a plain key file is not used", "봉인되지 않은 키 파일은 쓰지 않습니다")
        .detail(path.display())
        .hint(en, ko)
}

/// Whether the certificates of a chain go on for a while.
pub(super) fn certificate(path: &Path, now: Timestamp) -> Finding {
    let chain = files::read(path).ok().and_then(|bytes| pem::certificates(&bytes).ok());
    let ends = chain.iter().flatten().map(|der| x509::not_after(der)).min().flatten();
    let Some(ends) = ends else {
        return Finding::fail("a certificate cannot be read", "인증서를 읽을 수 없습니다")
            .detail(path.display());
    };
    let detail = format!("{}: {}", path.display(), ends.to_civil(Lang::En));
    if ends <= now {
        Finding::fail("a certificate has expired", "인증서가 만료되었습니다")
            .detail(detail)
            .hint("renew it and restart `jigap serve`", "인증서를 갱신하고 `jigap serve`를 다시 시작하십시오")
    } else if ends <= now.plus(SOON) {
        Finding::warn("a certificate expires within 30 days", "인증서가 30일 안에 만료됩니다")
            .detail(detail)
            .hint("renew it and restart `jigap serve`", "인증서를 갱신하고 `jigap serve`를 다시 시작하십시오")
    } else {
        Finding::ok("a certificate is valid for a while", "인증서의 유효 기간이 넉넉합니다").detail(detail)
    }
}

pub(super) const PUBLISH: [&str; 2] = [
    "`jigap trust publish` signs a new one while `jigap serve` is stopped; with `publish_hours` in [verifier.trust] a running server does",
    "`jigap serve`를 멈추고 `jigap trust publish`로 새로 서명하십시오. [verifier.trust]에 `publish_hours`가 있으면 실행 중인 서버가 스스로 합니다",
];

/// The verifier's trust list, or what is wrong with it.
fn trust(path: &Path, now: Timestamp) -> Result<TrustList, Finding> {
    let bundle = input::read(&path.to_string_lossy()).ok().and_then(|bytes| TrustBundle::parse(&bytes).ok());
    let Some(bundle) = bundle else {
        return Err(Finding::fail("the trust bundle cannot be read", "신뢰 묶음을 읽을 수 없습니다")
            .detail(path.display())
            .hint(PUBLISH[0], PUBLISH[1]));
    };
    bundle.verify(now).map_err(|refusal| {
        Finding::fail("the trust list cannot be used", "신뢰 목록을 쓸 수 없습니다")
            .detail(refusal)
            .hint(PUBLISH[0], PUBLISH[1])
    })
}

/// Whether the trust list goes on for a while.
fn lifetime(list: &TrustList, now: Timestamp) -> Finding {
    let ends = list.content().expires_at;
    if ends <= now.plus(LIST_SOON) {
        Finding::warn("the trust list ends within 14 days", "신뢰 목록이 14일 안에 만료됩니다")
            .detail(ends.to_civil(Lang::En))
            .hint(PUBLISH[0], PUBLISH[1])
    } else {
        Finding::ok("the trust list is valid for a while", "신뢰 목록의 유효 기간이 넉넉합니다")
            .detail(ends.to_civil(Lang::En))
    }
}

/// The tenants of this configuration that the list does not name: what they issue is refused here. Those whose name is
/// a DID of their key are not looked for. After a change of `public_url` all tenants have other names.
pub(super) fn unlisted(list: &TrustList, config: &Config) -> Vec<Finding> {
    let Ok(Some(issuer)) = config.section::<IssuerConfig>("issuer") else { return Vec::new() };
    let base = config.server.public_base();
    let by_url = |tenant: &TenantConfig| {
        matches!(tenant.mechanism, MechanismConfig::JwtVcIssuer | MechanismConfig::X5c)
    };
    let names =
        issuer.tenants.iter().filter(|(_, tenant)| by_url(tenant)).map(|(id, _)| format!("{base}/{id}"));
    names
        .filter(|name| list.find(name).is_none())
        .map(|name| {
            Finding::warn(
                "the trust list does not name a tenant of this configuration",
                "이 설정에 있는 발급자가 신뢰 목록에 없습니다",
            )
            .detail(name)
            .hint(PUBLISH[0], PUBLISH[1])
        })
        .collect()
}

fn master_key(config: &Config) -> Finding {
    match config.vault(Arc::new(OsEntropy)) {
        Ok(_) => Finding::ok("the master key opens", "마스터 키를 쓸 수 있습니다"),
        Err(error) => {
            Finding::fail("the master key cannot be used", "마스터 키를 쓸 수 없습니다").detail(error)
        }
    }
}

fn tls(config: &Config) -> Finding {
    let server = &config.server;
    match config.server_settings() {
        Err(error) => {
            Finding::fail("the certificate cannot be used", "인증서를 쓸 수 없습니다").detail(error)
        }
        Ok(_) if server.tls.is_some() => {
            Finding::ok("certificate and key can be read", "인증서와 키를 읽을 수 있습니다")
        }
        Ok(_) if server.acme.is_some() => Finding::ok(
            "the certificate is asked for by ACME when the server runs",
            "서버가 실행되면 ACME로 인증서를 받습니다",
        ),
        Ok(_) if server.behind_proxy || server.listen.ip().is_loopback() => Finding::ok(
            "plain http, behind a proxy or on this machine",
            "프록시 뒤나 이 컴퓨터에서만 http를 씁니다",
        ),
        Ok(_) => Finding::fail("plain http on a public address", "공개 주소에서 http를 씁니다")
            .detail(server.listen)
            .hint(
                "give [server.tls] a certificate, or say behind_proxy = true",
                "[server.tls]에 인증서를 지정하거나 behind_proxy = true로 밝히십시오",
            ),
    }
}

fn listening(config: &Config) -> Finding {
    let address = config.server.listen;
    match TcpListener::bind(address) {
        Ok(_) => Finding::ok("the address can be listened at", "이 주소에서 접속을 받을 수 있습니다")
            .detail(address),
        Err(error) => Finding::warn(
            "the address cannot be listened at now",
            "지금은 이 주소에서 접속을 받을 수 없습니다",
        )
        .detail(format!("{address}: {error}"))
        .hint("is `jigap serve` running already?", "`jigap serve`가 이미 실행 중인지 보십시오"),
    }
}

fn store(config: &Config) -> Finding {
    match config.section::<StoreConfig>("store") {
        Err(error) => Finding::fail("[store] is wrong", "[store]가 잘못되었습니다").detail(error),
        Ok(None) => Finding::fail("there is no [store]", "[store]가 없습니다")
            .hint("[store]\n      path = \"jigap.redb\"", "[store]\n      path = \"jigap.redb\""),
        Ok(Some(store)) if store.engine == StoreEngine::Memory => Finding::warn(
            "the store is in memory: nothing is kept",
            "저장소가 메모리에 있어 아무것도 남지 않습니다",
        ),
        Ok(Some(store)) => {
            let path = config.resolve(&store.path);
            if path.exists() { super::wallet::private(&path) } else { to_be_made(&path) }
        }
    }
}

/// Whether the store can be made at `path`: the folder that would hold it, or the nearest one above it that is there, takes a
/// file. (One without a name, or removed at once.)
fn to_be_made(path: &Path) -> Finding {
    let folder = path
        .ancestors()
        .skip(1)
        .map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let there = folder.into_iter().find(|folder| folder.exists());
    match there.map(tempfile::tempfile_in) {
        Some(Ok(_)) => Finding::ok("the store will be made", "저장소를 새로 만듭니다").detail(path.display()),
        Some(Err(error)) => Finding::fail("the store cannot be made", "저장소를 만들 수 없습니다")
            .detail(format!("{}: {error}", path.display()))
            .hint(
                "let [store] path be in a folder of the service's user",
                "[store] path를 서비스 사용자의 폴더로 지정하십시오",
            ),
        None => Finding::fail("the store cannot be made", "저장소를 만들 수 없습니다").detail(path.display()),
    }
}
