//! What time it is: asked by services and the wallet's box, never by what judges.

use crate::time::Timestamp;

/// A wall clock.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}
