//! What a cloud bill says about one cluster: its charges, sorted by what they are for.
//!
//! A bill has two costs for each charge. The billed cost is what the invoice demands. The effective cost spreads
//! commitments that are paid upfront or by the month over the usage that they cover (the terms of FOCUS,
//! <https://focus.finops.org>). Charges are sorted by effective cost; what remains to the billed cost is a sum of its
//! own, so that all sums together are the billed total.

mod bill;
mod cause;
mod charge;
mod cluster;
mod resource;

pub use bill::{Bill, NodeBill, NodeCharges, UnknownUnit};
pub use cause::Cause;
pub use charge::{Charge, ChargeKind, Measure};
pub use cluster::{BilledCluster, tag_key};
pub use resource::{ResourceId, ResourceKind};
