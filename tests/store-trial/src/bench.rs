//! Durable commits per second: each caller reads one record and writes it back, over and over.

use std::sync::Arc;
use std::time::Duration;

use jigap_platform::store::{StoreConfig, open};
use jigap_wallet_core::ports::{StoreError, transact};

use crate::{Engine, TrialError, runtime};

/// Prints how many commits `callers` at once are answered in `seconds`.
pub(crate) fn run(engine: Engine, callers: usize, seconds: u64) -> Result<(), TrialError> {
    let folder = tempfile::tempdir()?;
    let config = StoreConfig { engine: engine.of_store(), path: folder.path().join("store") };
    let store = open(&config).map_err(|error| TrialError::Machine(error.to_string()))?;
    let commits = runtime()?.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for caller in 0..callers {
            let store = Arc::clone(&store);
            tasks.spawn(async move {
                let mut commits = 0_u64;
                let key = format!("record/{caller}");
                let end = tokio::time::Instant::now() + Duration::from_secs(seconds);
                while tokio::time::Instant::now() < end {
                    let key = &key;
                    let body = |tx: jigap_wallet_core::ports::Tx| async move {
                        let mut value = tx.get(key).await?.unwrap_or_else(|| vec![0; 200]);
                        value.rotate_left(1);
                        tx.set(key, value);
                        Ok::<_, StoreError>(())
                    };
                    if transact(store.as_ref(), body).await.is_ok() {
                        commits += 1;
                    }
                }
                commits
            });
        }
        tasks.join_all().await.into_iter().sum::<u64>()
    });
    println!("{}: {callers} callers, {} durable commits/s", engine.name(), commits / seconds.max(1));
    Ok(())
}
