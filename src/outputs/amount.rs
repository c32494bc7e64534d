//! Formats amounts in a readable unit, and pairs of amounts with enough digits to distinguish them.

use super::number::{count, cpu, distinguishable, distinguishable_bytes, trimmed};
use crate::model::packing::NodeResource;
use crate::model::sizing::Constraint;
use crate::units::{Bytes, CpuMillis};

/// Needed and available amount in the unit of the constraint, with enough digits to distinguish them.
pub(super) fn amounts(constraint: Constraint, needed: f64, available: f64) -> (String, String) {
    match constraint {
        Constraint::Memory => {
            distinguishable_bytes(Bytes::from_bytes(round(needed)), Bytes::from_bytes(round(available)))
        }
        Constraint::Latency | Constraint::Throttling | Constraint::Zones | Constraint::Ramp => {
            distinguishable((needed, available), 3..=12, seconds_to)
        }
        _ => distinguishable((needed, available), 0..=6, |cores, decimals| match decimals {
            0 => cpu(CpuMillis::from_millis(round(cores * 1e3))),
            more => format!("{:.*} millicores", more as usize, cores * 1e3),
        }),
    }
}

/// A duration in a readable unit.
pub(super) fn seconds(value: f64) -> String {
    seconds_to(value, 3)
}

/// The same with this many significant figures.
fn seconds_to(value: f64, figures: u32) -> String {
    let figures = i32::try_from(figures).unwrap_or(i32::MAX);
    match value {
        v if !v.is_finite() => "∞".to_owned(),
        v if v < 1e-3 => format!("{} µs", trimmed(v * 1e6, figures)),
        v if v < 1.0 => format!("{} ms", trimmed(v * 1e3, figures)),
        v => format!("{} s", trimmed(v, figures)),
    }
}

/// The amount of a node's resource that a pod needs, and the available amount.
pub(super) fn resource_amounts(resource: NodeResource, needed: u64, available: u64) -> (String, String) {
    match resource {
        NodeResource::Cpu => (cpu(CpuMillis::from_millis(needed)), cpu(CpuMillis::from_millis(available))),
        NodeResource::Memory => distinguishable_bytes(Bytes::from_bytes(needed), Bytes::from_bytes(available)),
        NodeResource::Pods => (count(needed), count(available)),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounding for display; `as` saturates")]
pub(super) fn round(value: f64) -> u64 {
    value.round() as u64
}
