//! How much of each step has data.

use super::{History, Series};

impl History {
    /// Hours of each step in which nodes (or pods, if nodes may not be read) were seen: something that existed
    /// throughout the step has this many hours.
    pub fn known_hours(&self) -> Series {
        let mut known = Series::default();
        for node in &self.nodes {
            node.hours.iter().filter(|(_, hours)| *hours > 0.0).for_each(|(step, hours)| known.raise(step, hours));
        }
        if known.count() == 0 {
            let step_hours = self.grid.step().hours();
            let pods = self.workloads.iter().flat_map(|workload| workload.pod_hours.iter());
            pods.filter(|(_, hours)| *hours > 0.0).for_each(|(step, _)| known.raise(step, step_hours));
        }
        known
    }
}
