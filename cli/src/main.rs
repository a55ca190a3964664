//! `jigap`: see `jigap --help`.

fn main() {}
