//! The service from the outside.
