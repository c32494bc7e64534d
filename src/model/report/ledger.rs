use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::cents::{cent, round_to};
use super::pool::{Parts, Pool};
use crate::model::usage::WorkloadId;
use crate::units::Money;

/// What one row pays, by what for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// Cores that it asked for or used.
    pub cpu: Money,
    /// Memory that it asked for or used.
    pub memory: Money,
    /// Accelerators that it asked for.
    pub gpu: Money,
    /// Its volumes.
    pub storage: Money,
    /// Its load balancers.
    pub load_balancers: Money,
    /// Its part of what is shared.
    pub shared: Money,
    /// Its part of what nobody asked for.
    pub idle: Money,
}

impl Costs {
    /// What is its own.
    pub fn direct(&self) -> Money {
        self.compute() + self.storage + self.load_balancers
    }

    /// Everything.
    pub fn total(&self) -> Money {
        self.direct() + self.shared + self.idle
    }

    fn compute(&self) -> Money {
        self.cpu + self.memory + self.gpu
    }

    /// The amounts as far as they are known: what has no price and no part with one is not nothing, it is not known.
    pub fn known(&self, unpriced: Unpriced) -> KnownCosts {
        let known = |amount: Money, lacks: bool, of: Money| (!lacks || of > Money::default()).then_some(amount);
        let of_nodes = |amount: Money| known(amount, unpriced.nodes, self.compute());
        KnownCosts {
            cpu: of_nodes(self.cpu),
            memory: of_nodes(self.memory),
            gpu: of_nodes(self.gpu),
            storage: known(self.storage, unpriced.storage, self.storage),
            load_balancers: known(self.load_balancers, unpriced.load_balancers, self.load_balancers),
            direct: known(self.direct(), unpriced.any(), self.direct()),
            total: known(self.total(), unpriced.any(), self.total()),
        }
    }

    fn all(&mut self) -> [&mut Money; 7] {
        let Self { cpu, memory, gpu, storage, load_balancers, shared, idle } = self;
        [cpu, memory, gpu, storage, load_balancers, shared, idle]
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let (mut sum, mut other) = (*self, *other);
        for (own, more) in sum.all().into_iter().zip(other.all()) {
            *own = *own + *more;
        }
        sum
    }
}

/// How something that is nobody's own is given to rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Split {
    /// The same to every row.
    Even,
    /// By what each row pays for cores, memory and accelerators.
    Proportional,
    /// By the weights that the file of owners gives; what belongs to nobody takes no part.
    Weighted,
    /// Not at all: it is a row of its own.
    #[default]
    None,
}

impl Split {
    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Even => "even",
            Self::Proportional => "proportional",
            Self::Weighted => "weighted",
            Self::None => "none",
        }
    }
}

/// What of a row's costs has no price, so that its amounts are less than what it costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unpriced {
    /// Nodes that its pods are on.
    pub nodes: bool,
    /// Its volumes.
    pub storage: bool,
    /// Its load balancers.
    pub load_balancers: bool,
}

impl Unpriced {
    /// Whether anything of it has no price.
    pub const fn any(self) -> bool {
        self.nodes || self.storage || self.load_balancers
    }

    /// What has no price in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self {
            nodes: self.nodes || other.nodes,
            storage: self.storage || other.storage,
            load_balancers: self.load_balancers || other.load_balancers,
        }
    }
}

/// What one row pays, as far as it is known; `None` where nothing of it has a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownCosts {
    /// Cores that it asked for or used.
    pub cpu: Option<Money>,
    /// Memory that it asked for or used.
    pub memory: Option<Money>,
    /// Accelerators that it asked for.
    pub gpu: Option<Money>,
    /// Its volumes.
    pub storage: Option<Money>,
    /// Its load balancers.
    pub load_balancers: Option<Money>,
    /// What is its own.
    pub direct: Option<Money>,
    /// Everything.
    pub total: Option<Money>,
}

/// Room that nobody asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Idle {
    /// What it costs.
    pub(super) cost: Parts<Money>,
    /// How much it is, in core-hours, GiB-hours and accelerator-hours.
    pub(super) room: Parts<Decimal>,
}

/// Everything that is paid, by workload.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) rows: BTreeMap<WorkloadId, Costs>,
    /// What nobody asked for.
    pub(super) idle: Idle,
    /// What is for everyone.
    pub(super) shared: Money,
    /// What of the rows has no price.
    pub(super) unpriced: BTreeMap<WorkloadId, Unpriced>,
}

impl Ledger {
    /// A row for what is known of a workload beside money.
    pub(super) fn add_unpriced(&mut self, id: WorkloadId, what: Unpriced) {
        self.row(id.clone());
        let known = self.unpriced.entry(id).or_default();
        *known = known.or(what);
    }

    pub(super) fn row(&mut self, id: WorkloadId) -> &mut Costs {
        self.rows.entry(id).or_default()
    }

    /// Lets every claim pay, and the rest be idle.
    pub(super) fn add_pool(&mut self, pool: &Pool) {
        let rest = self.pay_claims(pool);
        self.idle.cost = self.idle.cost.plus(rest.cost);
        self.idle.room = self.idle.room.plus(rest.capacity);
    }

    /// Lets every claim pay; what nobody claimed is left, with what it cost.
    pub(super) fn pay_claims(&mut self, pool: &Pool) -> Pool {
        let shares = pool.shares();
        for ((id, _), part) in pool.claims.iter().zip(shares.claims) {
            let row = self.row(id.clone());
            row.cpu = row.cpu + part.cpu;
            row.memory = row.memory + part.memory;
            row.gpu = row.gpu + part.gpu;
        }
        let claimed = pool.claims.iter().fold(Parts::default(), |sum, (_, claim)| claim.plus(sum));
        Pool { cost: shares.idle, capacity: pool.capacity.less(claimed), claims: Vec::new() }
    }

    /// Takes what the workloads of these namespaces pay for everyone.
    pub(super) fn share_namespaces(&mut self, namespaces: &BTreeSet<String>) {
        for (id, costs) in &mut self.rows {
            if namespaces.contains(&id.namespace) {
                self.shared = self.shared + costs.total();
                *costs = Costs::default();
            }
        }
    }

    /// Gives what is shared and what is idle to the rows, `even` and `weighted` over the groups of `group`; what cannot be
    /// given is a row of its own. `takes` says which workloads take part, `weights` how much of it a group.
    pub(super) fn give(
        &mut self,
        (split_shared, shared_row): (Split, WorkloadId),
        (split_idle, idle_row): (Split, WorkloadId),
        takes: impl Fn(&WorkloadId) -> bool,
        group: impl Fn(&WorkloadId) -> String,
        weights: &BTreeMap<String, Decimal>,
    ) {
        let shared = std::mem::take(&mut self.shared);
        let idle = std::mem::take(&mut self.idle).cost.sum();
        let parts = |ledger: &Self, split, amount| ledger.parts(split, amount, &takes, &group, weights);
        let (shared_parts, idle_parts) = (parts(self, split_shared, shared), parts(self, split_idle, idle));
        // Parts are in the order of the rows, so they are given before a row is added.
        let give = |ledger: &mut Self, parts: &Option<Vec<Money>>, slot: fn(&mut Costs) -> &mut Money| {
            for (costs, part) in ledger.rows.values_mut().zip(parts.iter().flatten()) {
                let slot = slot(costs);
                *slot = *slot + *part;
            }
        };
        give(self, &shared_parts, |costs| &mut costs.shared);
        give(self, &idle_parts, |costs| &mut costs.idle);
        if shared_parts.is_none() && shared > Money::default() {
            self.row(shared_row).shared = shared;
        }
        if idle_parts.is_none() && idle > Money::default() {
            self.row(idle_row).idle = idle;
        }
    }

    /// The part of each row, in the order of the rows; `None` where nobody can be given anything.
    fn parts(
        &self,
        split: Split,
        amount: Money,
        takes: &impl Fn(&WorkloadId) -> bool,
        group: &impl Fn(&WorkloadId) -> String,
        of_group: &BTreeMap<String, Decimal>,
    ) -> Option<Vec<Money>> {
        let weight = |id: &WorkloadId, costs: &Costs| if takes(id) { costs.compute().amount() } else { Decimal::ZERO };
        let weights: Vec<Decimal> = match split {
            Split::None => return None,
            Split::Proportional => self.rows.iter().map(|(id, costs)| weight(id, costs)).collect(),
            Split::Even | Split::Weighted => {
                let mut groups: BTreeMap<String, (Decimal, u32)> = BTreeMap::new();
                for (id, costs) in self.rows.iter().filter(|(id, _)| takes(id)) {
                    let (sum, rows) = groups.entry(group(id)).or_default();
                    *sum += weight(id, costs);
                    *rows += 1;
                }
                let part = |id: &WorkloadId, costs: &Costs| {
                    let group = group(id);
                    let (sum, rows) = groups.get(&group).copied().filter(|_| takes(id))?;
                    let of_group = if split == Split::Even { Decimal::ONE } else { *of_group.get(&group)? };
                    // Within a group by what each pays, and where none pays anything the same to each.
                    let part = weight(id, costs).checked_div(sum).or_else(|| Decimal::ONE.checked_div(rows.into()))?;
                    Some(part.saturating_mul(of_group))
                };
                self.rows.iter().map(|(id, costs)| part(id, costs).unwrap_or_default()).collect()
            }
        };
        let sum: Decimal = weights.iter().copied().sum();
        if sum.is_zero() {
            return None;
        }
        weights.into_iter().map(|weight| Some(amount * weight.checked_div(sum)?)).collect()
    }

    /// Every amount in whole cents, together the whole to the cent.
    pub(super) fn round(&mut self, total: Money) {
        let mut amounts: Vec<Money> =
            self.rows.values_mut().flat_map(|costs| costs.all().map(|amount| *amount)).collect();
        round_to(&mut amounts, cent(total));
        let slots = self.rows.values_mut().flat_map(Costs::all);
        for (slot, amount) in slots.zip(amounts) {
            *slot = amount;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(namespace: u8, name: usize) -> WorkloadId {
        WorkloadId { namespace: format!("n{namespace}"), kind: "Deployment".to_owned(), name: format!("w{name}") }
    }

    fn all_cores(cpu: Money) -> Idle {
        Idle { cost: Parts { cpu, ..Parts::default() }, ..Idle::default() }
    }

    fn own(name: &str) -> WorkloadId {
        WorkloadId { namespace: String::new(), kind: "Cluster".to_owned(), name: name.to_owned() }
    }

    fn splits() -> impl Strategy<Value = Split> {
        prop_oneof![Just(Split::Even), Just(Split::Proportional), Just(Split::Weighted), Just(Split::None)]
    }

    #[test]
    fn even_is_over_groups() {
        let mut ledger = Ledger { idle: all_cores(Money::new(90.into())), ..Ledger::default() };
        for (namespace, name, cpu) in [(0, 0, 10), (0, 1, 20), (1, 2, 1), (2, 3, 0)] {
            ledger.row(id(namespace, name)).cpu = Money::new(cpu.into());
        }
        let by = |id: &WorkloadId| id.namespace.clone();
        ledger.give((Split::None, own("shared")), (Split::Even, own("idle")), |_| true, by, &BTreeMap::new());
        let idle: Vec<String> =
            ledger.rows.values().map(|c| c.idle.amount().round_dp(6).normalize().to_string()).collect();
        assert_eq!(idle, ["10", "20", "30", "30"]);
    }

    #[test]
    fn weights_are_of_groups() {
        let mut ledger = Ledger { idle: all_cores(Money::new(90.into())), ..Ledger::default() };
        for (namespace, name, cpu) in [(0, 0, 10), (0, 1, 20), (1, 2, 1), (2, 3, 0)] {
            ledger.row(id(namespace, name)).cpu = Money::new(cpu.into());
        }
        let weights = BTreeMap::from([("n0".to_owned(), Decimal::TWO), ("n1".to_owned(), Decimal::ONE)]);
        let by = |id: &WorkloadId| id.namespace.clone();
        ledger.give((Split::None, own("shared")), (Split::Weighted, own("idle")), |_| true, by, &weights);
        let idle: Vec<String> =
            ledger.rows.values().map(|c| c.idle.amount().round_dp(6).normalize().to_string()).collect();
        assert_eq!(idle, ["20", "40", "30", "0"], "who has no weight takes no part");
    }

    proptest! {
        #[test]
        fn the_sum_is_unchanged_by_sharing_and_splitting(
            rows in proptest::collection::vec((0_u8..4, 0_u32..1_000_000, 0_u32..1_000_000), 0..20),
            idle in 0_u32..10_000_000,
            shared in 0_u32..10_000_000,
            share_first in any::<bool>(),
            split_shared in splits(),
            split_idle in splits(),
        ) {
            let money = |n: u32| Money::new(Decimal::new(n.into(), 4));
            let mut ledger = Ledger { idle: all_cores(money(idle)), shared: money(shared), ..Ledger::default() };
            for (name, (namespace, cpu, storage)) in rows.iter().enumerate() {
                *ledger.row(id(*namespace, name)) =
                    Costs { cpu: money(*cpu), storage: money(*storage), ..Costs::default() };
            }
            let total = ledger.rows.values().map(Costs::total).sum::<Money>() + ledger.idle.cost.sum() + ledger.shared;
            let namespaces: BTreeSet<String> = share_first.then(|| "n0".to_owned()).into_iter().collect();
            ledger.share_namespaces(&namespaces);
            ledger.give(
                (split_shared, own("shared")),
                (split_idle, own("idle")),
                |id| !namespaces.contains(&id.namespace),
                |id| id.namespace.clone(),
                &BTreeMap::from([("n1".to_owned(), Decimal::ONE), ("n3".to_owned(), Decimal::TWO)]),
            );
            ledger.round(total);
            prop_assert_eq!(ledger.rows.values().map(Costs::total).sum::<Money>(), cent(total));
            for costs in ledger.rows.values_mut() {
                prop_assert!(costs.all().iter().all(|amount| **amount >= Money::default()));
            }
        }
    }
}
