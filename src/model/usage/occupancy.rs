//! What the pods of a workload requested and used, node by node.

use std::collections::BTreeMap;

use super::{NodeHistory, Series};

/// What a workload requested and used on one node in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Occupancy {
    /// Hours that its pods ran, added up over the pods.
    pub pod_hours: f64,
    /// Requested CPU × time, in core-hours.
    pub requested_core_hours: f64,
    /// Requested memory × time, in byte-hours.
    pub requested_byte_hours: f64,
    /// Requested accelerators × time, in accelerator-hours.
    pub requested_gpu_hours: f64,
    /// Core-hours that containers used beyond their requests.
    pub excess_core_hours: f64,
    /// Byte-hours that containers used beyond their requests.
    pub excess_byte_hours: f64,
}

/// The nodes of a history by name.
pub(super) struct Places<'a> {
    nodes: &'a [NodeHistory],
    by_name: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Places<'a> {
    pub(super) fn new(nodes: &'a [NodeHistory]) -> Self {
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, node) in nodes.iter().enumerate() {
            by_name.entry(&node.id.name).or_default().push(index);
        }
        Self { nodes, by_name }
    }

    /// Assigns an amount under a node name to the machine that had the name in that step, or proportionally if the
    /// name passed to another machine within the step. `None` stands for an unknown node.
    pub(super) fn spread(&self, name: &str, hourly: &Series, mut give: impl FnMut(Option<usize>, f64)) {
        if hourly.count() == 0 {
            return;
        }
        match self.by_name.get(name).map(Vec::as_slice) {
            None => give(None, hourly.sum()),
            Some([one]) => give(Some(*one), hourly.sum()),
            Some(several) => {
                for (step, value) in hourly.iter() {
                    let there = |index: &usize| self.nodes[*index].hours.get(step).unwrap_or(0.0);
                    let all: f64 = several.iter().map(there).sum();
                    if all > 0.0 {
                        several.iter().for_each(|index| give(Some(*index), value * there(index) / all));
                    } else {
                        give(several.last().copied(), value);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::usage::{NodeFacts, NodeId};

    #[test]
    fn a_reused_node_name_is_another_node() {
        let node = |id: &str, hours: &[(usize, f64)]| {
            let mut series = Series::default();
            hours.iter().for_each(|(step, hours)| series.add(*step, *hours));
            let id = NodeId { name: "ip-10-0-0-1".to_owned(), provider_id: id.to_owned() };
            NodeHistory { id, hours: series, facts: NodeFacts::default() }
        };
        let nodes = [node("i-1", &[(0, 1.0), (1, 0.25)]), node("i-2", &[(1, 0.75), (2, 1.0)])];
        let mut held = Series::default();
        [(0, 2.0), (1, 2.0), (2, 2.0), (9, 1.0)].iter().for_each(|(step, value)| held.add(*step, *value));
        let given = |name: &str| {
            let mut given: BTreeMap<Option<usize>, f64> = BTreeMap::new();
            Places::new(&nodes).spread(name, &held, |node, value| *given.entry(node).or_default() += value);
            given
        };
        assert_eq!(given("ip-10-0-0-1"), [(Some(0), 2.5), (Some(1), 4.5)].into());
        assert_eq!(given("elsewhere"), [(None, 7.0)].into());
    }
}
