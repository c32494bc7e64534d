//! A discrete-event simulator of pods behind a balancer: the slow but obvious check of the queueing formulas, and the
//! source of the tables where no formula exists.
//!
//! It simulates Poisson arrivals; gamma service times; random, round-robin, power-of-two and least-request balancing;
//! pods that serve first come, first served or share their cores; and a CPU quota for each 100 ms period with a random
//! phase. It does not simulate the kernel's 5 ms slices of a quota (they lose at most one slice per core, 5 % of a
//! period), other tenants of the node, context switches, and connections: each request is balanced separately, and the
//! workers of a pod take requests from one queue, like processes that accept from one socket. A balancer sees the true
//! state of the pods.
#![allow(dead_code, unused_imports, reason = "tests and benches take what they need")]
#![allow(clippy::unwrap_used, reason = "a simulator that cannot go on has nothing to say")]

mod draws;
mod pod;
mod point;
mod scenario;

pub(crate) use point::{Point, Regime};
pub(crate) use scenario::{Outcome, Quota, Scenario};
