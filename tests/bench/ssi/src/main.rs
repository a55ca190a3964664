//! `jigap-bench-ssi`: see [`peer`].

mod peer;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    peer::run()
}
