//! libFuzzer over the target that `JIGAP_FUZZ_TARGET` names. It refuses a name that no target has.
#![no_main]

use std::sync::LazyLock;

use jigap_fuzz::Target;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("JIGAP_FUZZ_TARGET").unwrap_or_default();
    match jigap_fuzz::find(&name) {
        Some(target) => target,
        None => panic!("JIGAP_FUZZ_TARGET names no target"),
    }
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| (TARGET.run)(data));
