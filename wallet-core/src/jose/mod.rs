//! JOSE as Jigap uses it.

pub mod jwe;
