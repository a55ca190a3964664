//! What is acknowledged stays.
