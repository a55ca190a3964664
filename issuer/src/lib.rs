//! The issuer service: OpenID4VCI 1.0 for many tenants, and the admin API their registrars use.

pub mod types;
