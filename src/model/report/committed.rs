//! Commitments in a report: they lower the prices of its machines, and what is not used is a line of its own.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Report;
use super::history::{decimal, machines_of_history, node_hours};
use crate::model::cluster::Snapshot;
use crate::model::finding::{Code, Finding};
use crate::model::pricing::{BillLine, Commitment, Covered, MachineKey, MachinePrices, Slice, Sold, cover};
use crate::model::usage::History;
use crate::units::{Date, Hours, Timestamp};

/// How many hours each kind of machine existed, in each part of the period.
#[derive(Clone, Debug)]
pub struct MachineHours {
    keys: Vec<MachineKey>,
    /// The hours are in the order of the keys.
    parts: Vec<Slice>,
}

impl MachineHours {
    /// The machines of a snapshot that represents `hours` hours.
    pub fn of_snapshot(snapshot: &Snapshot, hours: Hours) -> Self {
        let mut by_key: BTreeMap<MachineKey, Decimal> = BTreeMap::new();
        for node in snapshot.nodes.iter().filter(|node| node.machine.kind.is_machine()) {
            *by_key.entry(node.into()).or_default() += hours.amount();
        }
        let (keys, machine_hours) = by_key.into_iter().unzip();
        Self { keys, parts: vec![Slice { day: day(snapshot.taken_at), hours, machine_hours }] }
    }

    /// The machines of a history, in each of its steps with data.
    pub fn of_history(history: &History, snapshot: &Snapshot) -> Self {
        let keys: Vec<MachineKey> = machines_of_history(history, snapshot).into_iter().collect();
        let grid = history.grid;
        let begin = |step: usize| Timestamp::from_second(grid.end_of(step) - grid.step().seconds()).unwrap_or_default();
        let part = |(step, hours): (usize, f64)| {
            let machine_hours = vec![Decimal::ZERO; keys.len()];
            (step, Slice { day: day(begin(step)), hours: Hours::of(decimal(hours)), machine_hours })
        };
        let mut parts: BTreeMap<usize, Slice> = history.known_hours().iter().map(part).collect();
        for (key, hours) in node_hours(history, snapshot) {
            let Ok(at) = keys.binary_search(&key) else { continue };
            for (step, hours) in hours.iter() {
                if let Some(part) = parts.get_mut(&step) {
                    part.machine_hours[at] += decimal(hours);
                }
            }
        }
        Self { keys, parts: parts.into_values().collect() }
    }

    /// The last day with machines; `None` without any.
    pub fn last_day(&self) -> Option<Date> {
        self.parts.iter().map(|part| part.day).max()
    }
}

fn day(moment: Timestamp) -> Date {
    moment.to_zoned(jiff::tz::TimeZone::UTC).date()
}

impl Report {
    /// Finding about savings on machines that a commitment covers.
    pub fn committed_savings(&self) -> Option<Finding> {
        let has_saving = self.consolidation.is_some() || self.rightsizing.is_some();
        let is_committed = self.nodes.iter().any(|line| line.negotiated.is_some() && line.is_committed);
        (has_saving && is_committed).then(|| {
            let message = "some machines are covered by a commitment, which is paid until it expires: a saving on them is only real if other \
                           machines use the commitment instead";
            Finding::info(Code::CommitmentBindsSaving, "nodes", message)
        })
    }
}

/// Applies commitments to the prices of machines: machines of one kind share what is saved on them. Returns the lines of
/// what is not used; none if no machine is known, because then it is unknown what is used.
pub fn commit(commitments: &[Commitment], hours: &MachineHours, machines: &mut MachinePrices) -> Vec<BillLine> {
    if hours.keys.is_empty() {
        return Vec::new();
    }
    let sold = |(at, key): (usize, &MachineKey)| Some((at, machines.get(key)?.sold.clone()?));
    let (columns, sold): (Vec<usize>, Vec<Sold>) = hours.keys.iter().enumerate().filter_map(sold).unzip();
    let slice = |part: &Slice| Slice {
        machine_hours: columns.iter().map(|at| part.machine_hours[*at]).collect(),
        ..part.clone()
    };
    let slices: Vec<Slice> = hours.parts.iter().map(slice).collect();
    let Covered { savings, unused } = cover(commitments, &sold, &slices);
    for ((at, column), saving) in columns.iter().enumerate().zip(savings) {
        let all: Decimal = slices.iter().map(|slice| slice.machine_hours[at]).sum();
        let Some(price) = machines.get_mut(&hours.keys[*column]) else { continue };
        let Some((lowered, rules)) = saving.lowered(price.per_hour, price.negotiated.as_ref(), all) else { continue };
        price.uncommitted = Some(price.per_hour);
        price.negotiated = Some(rules);
        price.per_hour = lowered;
    }
    unused
}
