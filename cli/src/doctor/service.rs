//! The configuration of `jigap serve`: what it names must be there, and be what it says.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use jigap_platform::config::Config;
use jigap_platform::entropy::OsEntropy;
use jigap_platform::store::StoreConfig;

use super::Finding;

pub(super) fn look(path: &Path) -> Vec<Finding> {
    let config = match Config::load(path) {
        Ok(config) => config,
        Err(error) => {
            return vec![Finding::fail("the configuration is wrong", "설정이 잘못되었습니다").detail(error)];
        }
    };
    vec![
        Finding::ok("the configuration is well-formed", "설정의 형식이 맞습니다").detail(path.display()),
        master_key(&config),
        tls(&config),
        listening(&config),
        store(&config),
    ]
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
        Ok(Some(store)) => {
            let path = config.resolve(&store.path);
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            match (path.exists(), folder) {
                (true, _) => super::wallet::private(&path),
                (false, Some(folder)) if !folder.is_dir() => {
                    Finding::warn("the store's folder is not there yet", "저장소의 폴더가 아직 없습니다")
                        .detail(folder.display())
                }
                (false, _) => {
                    Finding::ok("the store will be made", "저장소를 새로 만듭니다").detail(path.display())
                }
            }
        }
    }
}
