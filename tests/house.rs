//! House rules, enforced.
