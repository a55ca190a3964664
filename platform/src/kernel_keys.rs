//! Keys that stand in the kernel's memory alone: in the user's keyring (user-keyring(7)), each with a time after which the kernel drops it by
//! itself. They are on no disk, in no swap and in no backup; a restart of the machine ends all of them, and so does the end of the last
//! process of their user.
//!
//! Not the session's keyring, which ends with a login, and not the persistent one (persistent-keyring(7)), which the kernel drops when
//! nobody asked for it for three days. Refused: other systems than Linux, and kernels and containers that refuse the calls.

use std::io;

use zeroize::Zeroizing;

/// Bytes of a key.
pub(crate) const KEY: usize = 32;

/// The keyring of the user that this process runs as.
pub(crate) struct KernelKeys(#[cfg(target_os = "linux")] linux_keyutils::KeyRing);

#[cfg(target_os = "linux")]
impl KernelKeys {
    /// Opens it.
    ///
    /// # Errors
    /// What the kernel says.
    pub(crate) fn open() -> io::Result<Self> {
        use linux_keyutils::{KeyRing, KeyRingIdentifier};
        // A session need not have the user's keyring in it, and what a thread does not possess it cannot read.
        let thread = KeyRing::from_special_id(KeyRingIdentifier::Thread, true).map_err(refused)?;
        thread.link_keyring_id(KeyRingIdentifier::User).map_err(refused)?;
        KeyRing::from_special_id(KeyRingIdentifier::User, true).map(Self).map_err(refused)
    }

    /// Keeps a key under `name` for so many seconds.
    ///
    /// # Errors
    /// What the kernel says; then nothing is kept.
    pub(crate) fn put(&self, name: &str, key: &[u8; KEY], seconds: u32) -> io::Result<()> {
        let kept = self.0.add_key(name, key).map_err(refused)?;
        kept.set_timeout(seconds.max(1) as usize).map_err(|error| {
            // Without an end it is not to be kept.
            let _ = kept.invalidate();
            refused(error)
        })
    }

    /// The key under `name`; `None` where there is none any more.
    ///
    /// # Errors
    /// What the kernel says.
    pub(crate) fn get(&self, name: &str) -> io::Result<Option<Zeroizing<[u8; KEY]>>> {
        let Some(found) = gone(self.0.search(name))? else { return Ok(None) };
        let mut key = Zeroizing::new([0; KEY]);
        let read = gone(found.read(&mut *key))?;
        Ok(read.filter(|length| *length == KEY).map(|_| key))
    }

    /// Ends the key under `name`: from here on the kernel hands it to nobody.
    ///
    /// # Errors
    /// What the kernel says.
    pub(crate) fn end(&self, name: &str) -> io::Result<()> {
        match gone(self.0.search(name))? {
            Some(found) => gone(found.invalidate()).map(drop),
            None => Ok(()),
        }
    }
}

#[cfg(target_os = "linux")]
fn gone<T>(outcome: Result<T, linux_keyutils::KeyError>) -> io::Result<Option<T>> {
    use linux_keyutils::KeyError;
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(KeyError::KeyDoesNotExist | KeyError::KeyExpired | KeyError::KeyRevoked) => Ok(None),
        Err(error) => Err(refused(error)),
    }
}

#[cfg(target_os = "linux")]
fn refused(error: linux_keyutils::KeyError) -> io::Error {
    let what = match error {
        linux_keyutils::KeyError::QuotaExceeded => {
            "the user has too many keys in it (/proc/sys/kernel/keys/maxkeys)".to_owned()
        }
        other => other.to_string(),
    };
    io::Error::other(format!("the kernel's keyring cannot be used: {what}"))
}

#[cfg(not(target_os = "linux"))]
impl KernelKeys {
    pub(crate) fn open() -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "only Linux has a keyring in its kernel"))
    }

    pub(crate) fn put(&self, _: &str, _: &[u8; KEY], _: u32) -> io::Result<()> {
        Self::open().map(drop)
    }

    pub(crate) fn get(&self, _: &str) -> io::Result<Option<Zeroizing<[u8; KEY]>>> {
        Self::open().map(|_| None)
    }

    pub(crate) fn end(&self, _: &str) -> io::Result<()> {
        Self::open().map(drop)
    }
}

/// Whether this process can use the kernel's keyring. Where it must (`JIGAP_REQUIRE_PEERS=1`), that it cannot is a failure.
#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tells a test what it may leave out")]
pub(crate) fn usable() -> bool {
    let Err(error) = KernelKeys::open() else { return true };
    assert!(std::env::var("JIGAP_REQUIRE_PEERS").is_err(), "{error}");
    eprintln!("skipped: no keyring: {error}");
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_in_the_kernel_until_it_is_ended_or_its_time_is_over() {
        if !usable() {
            return;
        }
        let keys = KernelKeys::open().unwrap();
        let name = format!("jigap-test:{}", std::process::id());
        assert!(keys.get(&name).unwrap().is_none());
        keys.put(&name, &[7; KEY], 600).unwrap();
        assert_eq!(keys.get(&name).unwrap().as_deref(), Some(&[7; KEY]));
        // Another thread, which possesses nothing yet.
        let found = || KernelKeys::open().unwrap().get(&name).unwrap().is_some();
        assert!(std::thread::scope(|scope| scope.spawn(found).join().unwrap()));
        keys.end(&name).unwrap();
        assert!(keys.get(&name).unwrap().is_none());
        keys.end(&name).unwrap();
        keys.put(&name, &[8; KEY], 1).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1_500));
        assert!(keys.get(&name).unwrap().is_none(), "the kernel dropped it");
    }
}
