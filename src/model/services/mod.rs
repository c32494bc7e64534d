//! Facts about a running service other than its usage: runtime, kind of software, image size and cold start. Each
//! comes with its evidence and may be unknown.

mod cold_start;
mod evidence;
mod facts;
mod kinds;
mod runtime;

pub use cold_start::{ColdStart, NoColdStart, cold_start};
pub use evidence::{Confidence, Evidence, Source};
pub use facts::{Reported, RuntimeRule, ServiceFacts, service_facts};
pub use kinds::kinds_of;
pub use runtime::{DetectedRuntime, RuntimeClues, detect_runtime};
