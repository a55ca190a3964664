//! `jigap trust bundle`: a trust bundle for gates, with all that they need where there is no network: the keys of issuers of passes,
//! and the status lists of tickets and cards.
//!
//! Nothing is written unless all of it was fetched: a gate that lacked a list would refuse tickets without saying why.

use jigap_platform::clock::SystemClock;
use jigap_platform::fetch::{FetchSettings, GuardedFetch};
use jigap_platform::files;
use jigap_wallet_core::bundle::TrustBundle;
use jigap_wallet_core::documents::{Document, Documents, Need};
use jigap_wallet_core::pass::PassIssuers;
use jigap_wallet_core::ports::{Clock as _, Fetch as _, HttpRequest};
use jigap_wallet_core::text::Text;
use jigap_wallet_core::time::Timestamp;
use jigap_wallet_core::trust::TrustList;

use crate::args::BundleFor;
use crate::bundle;
use crate::deployment::runtime;
use crate::failure::{Exit, Failure};
use crate::input::MAX_INPUT;
use crate::talk::Talk;

/// Most documents that are fetched.
const MOST: usize = 500;

/// Fetches what gates need, and writes the bundle.
pub(crate) fn run(command: &BundleFor, talk: &Talk) -> Result<Exit, Failure> {
    let now = SystemClock.now();
    let (old, list) = bundle::trusted(&command.bundle, now)?;
    let settings = if command.dev { FetchSettings::dev() } else { FetchSettings::public() };
    let fetch = GuardedFetch::new(&settings).map_err(|error| unfetched(error.to_string()))?;
    let documents = runtime()?.block_on(fetched(&fetch, &list, now))?;
    let of = (old.list.as_str(), old.trust_list.as_str());
    let written = TrustBundle::write(of, &old.signer, documents.each()).to_string();
    if written.len() as u64 > MAX_INPUT {
        let what = Text::new("the trust bundle is larger than 4 MiB", "신뢰 묶음이 4 MiB보다 큽니다");
        return Err(Failure::new(Exit::No, what));
    }
    files::replace(&command.out, written.as_bytes()).map_err(|error| {
        let what = Text::new("the trust bundle cannot be written", "신뢰 묶음을 쓸 수 없습니다");
        Failure::new(Exit::Environment, what).detail(format!("{}: {error}", command.out.display()))
    })?;
    talk.say(&command.out.display().to_string());
    Ok(Exit::Done)
}

async fn fetched(fetch: &GuardedFetch, list: &TrustList, now: Timestamp) -> Result<Documents, Failure> {
    let mut documents = Documents::new();
    for _ in 0..MOST {
        let Some(need) = PassIssuers::needs(list, &documents, now).into_iter().next() else {
            return Ok(documents);
        };
        let Need { url, accept, limits } = need;
        let answer = fetch.send(HttpRequest::get(url.clone(), accept, limits)).await;
        let answer = answer.map_err(|error| unfetched(format!("{url}: {error}")))?;
        if answer.status != 200 {
            return Err(unfetched(format!("{url}: status {}", answer.status)));
        }
        // As it came: the gate verifies what it reads.
        let document = Document { bytes: answer.body, fetched_at: SystemClock.now(), max_age: None };
        documents.insert(url, document);
    }
    Err(unfetched(format!("more than {MOST} documents")))
}

fn unfetched(detail: String) -> Failure {
    let what = Text::new(
        "what gates need could not be fetched: nothing was written",
        "문에 필요한 문서를 가져오지 못해 아무것도 쓰지 않았습니다",
    );
    Failure::new(Exit::Environment, what).detail(detail)
}
