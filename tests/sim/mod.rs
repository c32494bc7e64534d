//! A discrete-event simulator of pods behind a balancer: the slow, obvious checker of the queueing formulas, and the maker
//! of the tables where there is no formula.
//!
//! What it has: Poisson arrivals; gamma service times; random, round-robin, power-of-two and least-request balancing; pods
//! that serve first come first served or share their cores; a CPU quota for each 100 ms period with a random phase.
//! What it leaves out: the kernel's 5 ms slices of a quota (at most one slice a core, 5 % of a period, is lost to them),
//! other tenants of the node, context switches, and connections: each request is balanced by itself, and the workers of a
//! pod take from one queue, as processes do that accept from one socket. A balancer knows the pods' true state.
#![allow(dead_code, unused_imports, reason = "tests and benches take what they need")]
#![allow(clippy::unwrap_used, reason = "a simulator that cannot go on has nothing to say")]

mod draws;
mod pod;
mod point;
mod scenario;

pub(crate) use point::{Point, Regime};
pub(crate) use scenario::{Outcome, Quota, Scenario};
