//! What the feed keeps, and a trial of watching.

mod stored;
mod trial;
