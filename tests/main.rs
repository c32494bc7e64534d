//! All integration tests in one binary: one link, one run.

mod latency;
mod queueing;
mod sim;
mod simulator;
