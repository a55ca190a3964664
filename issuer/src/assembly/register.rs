//! The register of a tenant's passes: files in the folder of its part in an entry log.

use std::path::Path;
use std::sync::Arc;

use jigap_keys::Entropy;
use jigap_platform::entry_log::RegisterFiles;
use jigap_platform::files;
use jigap_wallet_core::entry_log::{Party, Policy};
use jigap_wallet_core::pass::{Generation, Pseudonym};

use super::AssemblyError;
use super::config::EntryLogConfig;
use crate::register::{NotNoted, PassRegister};

/// Largest policy in bytes.
const MAX_POLICY: u64 = 4 << 20;

struct OnDisk(RegisterFiles);

impl PassRegister for OnDisk {
    fn note(&self, passes: &[(Pseudonym, Generation)], person: &str) -> Result<(), NotNoted> {
        self.0.note(passes, person).map_err(|_| NotNoted)
    }
}

/// Whether it could be opened, as far as the files of the log say.
pub(super) fn look(id: &str, config: &EntryLogConfig) -> Result<(), AssemblyError> {
    parties(id, config).map(|_| ())
}

pub(super) fn open(
    id: &str,
    config: &EntryLogConfig,
    entropy: Arc<dyn Entropy>,
) -> Result<Arc<dyn PassRegister>, AssemblyError> {
    let (policy, party) = parties(id, config)?;
    let files = RegisterFiles::open(&config.folder, (policy, &party.identity), entropy);
    let no_part = "entry_log: this issuer takes no part in the policy";
    let files = files.map_err(|_| AssemblyError::Tenant(id.to_owned(), no_part))?;
    Ok(Arc::new(OnDisk(files)))
}

fn parties(id: &str, config: &EntryLogConfig) -> Result<(Policy, Party), AssemblyError> {
    let wrong = |what| AssemblyError::Tenant(id.to_owned(), what);
    let read = |path: &Path| {
        files::read_within(path, MAX_POLICY).map_err(|error| AssemblyError::File(path.to_owned(), error))
    };
    let policy = Policy::read(&read(&config.policy)?);
    let policy =
        policy.map_err(|_| wrong("entry_log.policy is none, or one of its parties has not agreed to it"))?;
    let party = Party::read(&read(&config.folder.join("statement.jigap"))?);
    let party =
        party.map_err(|_| wrong("entry_log.folder has no statement: jigap entry-log keys makes it"))?;
    Ok((policy, party))
}
