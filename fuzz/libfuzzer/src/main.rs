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

/// libFuzzer's hook ends the process at the first panic. What panics in the decoders of codes is caught by the scanner, which has then read
/// nothing: it is no finding, while every other panic is.
fn forgive_decoders() {
    const DECODERS: [&str; 2] = ["/rxing-", "/rqrr-"];
    let ends = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let decoder = |at: &std::panic::Location<'_>| DECODERS.iter().any(|it| at.file().contains(it));
        if !info.location().is_some_and(decoder) {
            ends(info);
        }
    }));
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| (TARGET.run)(data));
