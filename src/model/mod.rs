//! The capacity and cost model: values in, values out.
//!
//! Nothing here reads a clock, a file, the network or the environment; nothing logs, waits or keeps state. A fact that is
//! missing becomes a [`Finding`], never a guess. Inside, rates are requests a second, times are seconds, CPU is cores and
//! memory is bytes as `f64`; CPU and memory requests and money enter and leave as the exact types of [`crate::units`].

mod finding;
mod instance;
mod interval;
pub mod queueing;

pub use finding::{Finding, Severity};
pub use instance::{Arch, InstanceType, Offering};
pub use interval::Interval;
