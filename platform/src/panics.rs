//! Panics of other people's code that are not bugs of ours: redb and sled panic over files that somebody damaged.
//!
//! [`caught`] turns one into a value, and keeps its words from stderr: they would tell a person of a bug where a file is
//! damaged. What is printed is decided by a hook of the whole process, so there is one, set at the first call, which passes every
//! other panic on to the hook that was there. Whoever sets a hook later asks [`are_caught`] first.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

thread_local! {
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
    /// Where the last one was caught.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What `act` gives, or where it panicked (file and line; never its words, which may quote data). What `act` has touched is
/// in no known state then: the caller must not use it again.
pub(crate) fn caught<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    keep_quiet();
    let before = CAUGHT.replace(true);
    // Unwind safe because of what callers promise: what was touched is not used again.
    let outcome = panic::catch_unwind(AssertUnwindSafe(act));
    CAUGHT.set(before);
    outcome.map_err(|_| PLACE.take())
}

/// Whether a panic of this thread is one that [`caught`] catches, and a hook should say nothing of it.
pub(crate) fn are_caught() -> bool {
    CAUGHT.get()
}

/// Notes where a panic that is caught happened.
pub(crate) fn note(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(|place| {
        let file = place.file().rsplit('/').next().unwrap_or_default();
        format!("{file}:{}", place.line())
    });
    PLACE.set(place.unwrap_or_default());
}

fn keep_quiet() {
    static ONCE: Once = Once::new();
    // A hook cannot be set while this thread unwinds: then its panic is told already.
    if std::thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        let earlier = panic::take_hook();
        panic::set_hook(Box::new(move |panic| if are_caught() { note(panic) } else { earlier(panic) }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_by_its_place_and_no_other_is_held_back() {
        assert_eq!(caught(|| 7), Ok(7));
        let place = caught(|| panic!("홍길동")).unwrap_err();
        assert!(place.starts_with("panics.rs:") && !place.contains("홍길동"), "{place}");
        assert!(!are_caught());
        let inner = caught(|| {
            let inner = caught(|| panic!("inner"));
            (inner, are_caught())
        });
        assert!(matches!(inner, Ok((Err(_), true))), "a nested one does not end the outer's quiet");
    }
}
