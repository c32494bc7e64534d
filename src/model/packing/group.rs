//! New nodes in groups: a million equal nodes with equal pods are one group.

use super::problem::{Item, Kind, Problem, fit};

/// Equal nodes with equal pods.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) kind: usize,
    /// Zone of the nodes; set by the first pods that require one.
    pub(super) zone: Option<usize>,
    pub(super) nodes: u64,
    /// Free capacity of each node.
    pub(super) free: Vec<u64>,
    /// Item index and number of its pods on each node.
    pub(super) pods: Vec<(usize, u64)>,
}

/// A set of new nodes that holds all items.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) groups: Vec<Group>,
}

impl Group {
    pub(super) fn empty(kind: usize, nodes: u64, room: &[u64]) -> Self {
        Self { kind, zone: None, nodes, free: room.to_vec(), pods: Vec::new() }
    }

    /// Number of further pods of an item that each node can take.
    pub(super) fn fit(&self, problem: &Problem, item: usize, of: &Item) -> u64 {
        let load = &problem.loads[of.load];
        // Cheap check first: most groups are full.
        if self.free.iter().zip(&load.need).any(|(free, need)| free < need) || !load.kinds[self.kind] {
            return 0;
        }
        if let Some(zone) = of.zone
            && self.zone != Some(zone)
            && (self.zone.is_some() || !problem.kinds[self.kind].zones.contains(&zone))
        {
            return 0;
        }
        let held = self.pods.iter().find(|(other, _)| *other == item).map_or(0, |(_, pods)| *pods);
        fit(&self.free, &load.need).min(load.per_node.saturating_sub(held))
    }

    /// Adds `pods` pods to each node; they must fit.
    pub(super) fn add(&mut self, problem: &Problem, item: usize, of: &Item, pods: u64) {
        for (free, need) in self.free.iter_mut().zip(&problem.loads[of.load].need) {
            *free -= need * pods;
        }
        match self.pods.iter_mut().find(|(other, _)| *other == item) {
            Some((_, held)) => *held += pods,
            None => self.pods.push((item, pods)),
        }
        self.zone = self.zone.or(of.zone);
    }

    fn split(&self, nodes: u64) -> Self {
        Self { nodes, ..self.clone() }
    }
}

impl Plan {
    /// Places pods of an item on the existing groups in order; returns the number of pods left.
    ///
    /// A group is split into the nodes that are filled, the node that gets the last pods, and the rest, which is
    /// equivalent to first fit node by node.
    pub(super) fn first_fit(&mut self, problem: &Problem, item: usize, of: &Item, mut left: u64) -> u64 {
        let mut position = 0;
        while position < self.groups.len() && left > 0 {
            let group = &mut self.groups[position];
            let each = group.fit(problem, item, of);
            if each == 0 {
                position += 1;
                continue;
            }
            let (full, last) = (left / each, left % each);
            if full >= group.nodes {
                left -= each * group.nodes;
                group.add(problem, item, of, each);
                position += 1;
                continue;
            }
            let untouched = group.nodes - full - u64::from(last > 0);
            let original = group.clone();
            let mut parts = Vec::with_capacity(3);
            for (nodes, pods) in [(full, each), (u64::from(last > 0), last), (untouched, 0)] {
                if nodes > 0 {
                    let mut part = original.split(nodes);
                    if pods > 0 {
                        part.add(problem, item, of, pods);
                    }
                    parts.push(part);
                }
            }
            self.groups.splice(position..=position, parts);
            left = 0;
        }
        left
    }

    /// Price of all nodes per hour as a floating-point number, for comparing plans.
    pub(super) fn price(&self, kinds: &[Kind]) -> f64 {
        self.groups.iter().map(|group| kinds[group.kind].price * super::problem::real(group.nodes)).sum()
    }

    /// Changes each group to the cheapest kind that can hold its pods; ties go to the first kind.
    pub(super) fn downsize(&mut self, problem: &Problem, items: &[Item]) {
        let mut cheapest: Vec<usize> = (0..problem.kinds.len()).collect();
        cheapest.sort_by(|a, b| problem.kinds[*a].price.total_cmp(&problem.kinds[*b].price).then(a.cmp(b)));
        for group in &mut self.groups {
            let room = &problem.kinds[group.kind].room;
            let used: Vec<u64> = room.iter().zip(&group.free).map(|(room, free)| room - free).collect();
            let better = cheapest.iter().copied().find(|&kind| {
                let kind_of = &problem.kinds[kind];
                kind_of.room.iter().zip(&used).all(|(room, used)| used <= room)
                    && group.zone.is_none_or(|zone| kind_of.zones.contains(&zone))
                    && group.pods.iter().all(|(item, _)| problem.loads[items[*item].load].kinds[kind])
            });
            if let Some(kind) = better.filter(|kind| problem.kinds[*kind].price < problem.kinds[group.kind].price) {
                group.free = problem.kinds[kind].room.iter().zip(&used).map(|(room, used)| room - used).collect();
                group.kind = kind;
            }
        }
    }
}
