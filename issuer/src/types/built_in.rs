//! The files of the built-in types: all folders of `schemas/`, as the build script found them.

pub(super) const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/built_in.rs"));
