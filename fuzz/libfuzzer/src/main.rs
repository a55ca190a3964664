//! libFuzzer over the target that `JIGAP_FUZZ_TARGET` names. It refuses a name that no target has.
#![no_main]

use std::sync::LazyLock;

use jigap_fuzz::Target;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    forgive_decoders();
    let name = std::env::var("JIGAP_FUZZ_TARGET").unwrap_or_default();
    match jigap_fuzz::find(&name) {
        Some(target) => target,
        None => panic!("JIGAP_FUZZ_TARGET names no target"),
    }
});

/// The decoders of codes are not ours: where one of them panics, `jigap-scanner` goes on without it, and so does the fuzzer.
fn forgive_decoders() {
    let end = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let of_decoder = |at: &std::panic::Location<'_>| ["/rqrr-", "/rxing-"].iter().any(|name| at.file().contains(name));
        if !panic.location().is_some_and(of_decoder) {
            end(panic);
        }
    }));
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| (TARGET.run)(data));
