//! All integration tests in one binary: one link, one run.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod allocatable;
mod own_prices;
mod prices;
#[cfg(feature = "live")]
mod prometheus;
