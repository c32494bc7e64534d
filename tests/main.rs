//! All integration tests in one binary: one link, one run.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed; tests make files"
)]

mod allocatable;
mod article;
mod capmodel;
mod estimate;
mod latency;
mod own_prices;
mod packing_check;
mod prices;
mod production;
mod queueing;
mod readme;
mod sim;
mod simulator;
