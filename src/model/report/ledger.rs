//! The ledger: the costs of each row, and how idle and shared costs are allocated.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::RowKey;
use super::pool::{Parts, Pool};
use super::rounding::{cent, round_to};
use crate::model::cluster::WorkloadId;
use crate::units::Money;

/// Costs of one row, by category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// Cost of requested or used CPU.
    pub cpu: Money,
    /// Cost of requested or used memory.
    pub memory: Money,
    /// Cost of requested accelerators.
    pub gpu: Money,
    /// Cost of its volumes.
    pub storage: Money,
    /// Cost of its load balancers.
    pub load_balancers: Money,
    /// Its part of the shared cost.
    pub shared: Money,
    /// Its part of the idle cost.
    pub idle: Money,
}

impl Costs {
    /// Direct cost: nodes, volumes and load balancers.
    pub fn direct(&self) -> Money {
        self.compute() + self.storage + self.load_balancers
    }

    /// Total cost.
    pub fn total(&self) -> Money {
        self.direct() + self.shared + self.idle
    }

    fn compute(&self) -> Money {
        self.cpu + self.memory + self.gpu
    }

    /// The amounts as far as they are known: an amount is `None`, not zero, if it is zero because prices are missing.
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

    /// Sum of both, category by category.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let (mut sum, mut other) = (*self, *other);
        for (own, more) in sum.all().into_iter().zip(other.all()) {
            *own = *own + *more;
        }
        sum
    }
}

/// How idle or shared cost is split between rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Split {
    /// The same amount for every group.
    Even,
    /// In proportion to the compute cost of each row: CPU, memory and accelerators.
    Proportional,
    /// By the weights in the owners file; unowned workloads get no part.
    Weighted,
    /// Not split: shown as a row of its own.
    #[default]
    None,
}

impl Split {
    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Even => "even",
            Self::Proportional => "proportional",
            Self::Weighted => "weighted",
            Self::None => "none",
        }
    }
}

/// Which costs of a row have no price, so that its amounts are too low.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unpriced {
    /// Nodes that its pods run on.
    pub nodes: bool,
    /// Its volumes.
    pub storage: bool,
    /// Its load balancers.
    pub load_balancers: bool,
}

impl Unpriced {
    pub(super) const NODES: Self = Self { nodes: true, storage: false, load_balancers: false };
    pub(super) const STORAGE: Self = Self { nodes: false, storage: true, load_balancers: false };
    pub(super) const LOAD_BALANCERS: Self = Self { nodes: false, storage: false, load_balancers: true };

    /// Whether any price is missing.
    pub const fn any(self) -> bool {
        self.nodes || self.storage || self.load_balancers
    }

    /// Union: what has no price in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self {
            nodes: self.nodes || other.nodes,
            storage: self.storage || other.storage,
            load_balancers: self.load_balancers || other.load_balancers,
        }
    }
}

/// Costs of one row as far as they are known; `None` if nothing in the category has a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownCosts {
    /// Cost of requested or used CPU.
    pub cpu: Option<Money>,
    /// Cost of requested or used memory.
    pub memory: Option<Money>,
    /// Cost of requested accelerators.
    pub gpu: Option<Money>,
    /// Cost of its volumes.
    pub storage: Option<Money>,
    /// Cost of its load balancers.
    pub load_balancers: Option<Money>,
    /// Direct cost: nodes, volumes and load balancers.
    pub direct: Option<Money>,
    /// Total cost.
    pub total: Option<Money>,
}

/// Idle capacity: neither requested nor used.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Idle {
    /// Cost by resource.
    pub(super) cost: Parts<Money>,
    /// Idle amount in core-hours, GiB-hours and accelerator-hours.
    pub(super) room: Parts<Decimal>,
}

/// Known and missing costs of one row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Account {
    /// Costs as far as prices are known.
    pub(super) costs: Costs,
    /// Which costs have no price.
    pub(super) unpriced: Unpriced,
}

/// All costs, by row.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) rows: BTreeMap<RowKey, Account>,
    /// Idle cost.
    pub(super) idle: Idle,
    /// Shared cost.
    pub(super) shared: Money,
}

impl Ledger {
    pub(super) fn account(&mut self, key: impl Into<RowKey>) -> &mut Account {
        self.rows.entry(key.into()).or_default()
    }

    pub(super) fn row(&mut self, key: impl Into<RowKey>) -> &mut Costs {
        &mut self.account(key).costs
    }

    /// Costs of a workload as far as they are known.
    pub(super) fn known_costs(&self, id: &WorkloadId) -> KnownCosts {
        let account = self.rows.get(&RowKey::Workload(id.clone())).copied().unwrap_or_default();
        account.costs.known(account.unpriced)
    }

    /// Charges every claim and adds the rest to idle.
    pub(super) fn add_pool(&mut self, pool: &Pool) {
        let rest = self.pay_claims(pool);
        self.idle.cost = self.idle.cost.plus(rest.cost);
        self.idle.room = self.idle.room.plus(rest.capacity);
    }

    /// Charges every claim; returns the unclaimed capacity and its cost.
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

    /// Moves the costs of these namespaces' workloads to the shared cost, and clears their flags for missing prices.
    pub(super) fn share_namespaces(&mut self, namespaces: &BTreeSet<String>) {
        for (key, account) in &mut self.rows {
            if key.workload().is_some_and(|id| namespaces.contains(&id.namespace)) {
                self.shared = self.shared + account.costs.total();
                *account = Account::default();
            }
        }
    }

    /// Allocates the shared and the idle cost to the rows; `even` and `weighted` split by the groups of `group`
    /// first. A part that cannot be allocated becomes a row of its own. `takes` selects the rows that take part;
    /// `weights` gives the weight of each group.
    pub(super) fn give(
        &mut self,
        (split_shared, split_idle): (Split, Split),
        takes: impl Fn(&RowKey) -> bool,
        group: impl Fn(&RowKey) -> String,
        weights: &BTreeMap<String, Decimal>,
    ) {
        let shared = std::mem::take(&mut self.shared);
        let idle = std::mem::take(&mut self.idle).cost.sum();
        let parts = |ledger: &Self, split, amount| ledger.parts(split, amount, &takes, &group, weights);
        let (shared_parts, idle_parts) = (parts(self, split_shared, shared), parts(self, split_idle, idle));
        // Parts are in row order, so they are added before a row is inserted.
        let give = |ledger: &mut Self, parts: &Option<Vec<Money>>, slot: fn(&mut Costs) -> &mut Money| {
            for (account, part) in ledger.rows.values_mut().zip(parts.iter().flatten()) {
                let slot = slot(&mut account.costs);
                *slot = *slot + *part;
            }
        };
        give(self, &shared_parts, |costs| &mut costs.shared);
        give(self, &idle_parts, |costs| &mut costs.idle);
        if shared_parts.is_none() && shared > Money::default() {
            self.row(RowKey::Shared).shared = shared;
        }
        if idle_parts.is_none() && idle > Money::default() {
            self.row(RowKey::Idle).idle = idle;
        }
    }

    /// The part of each row in row order; `None` if no row can take a part.
    fn parts(
        &self,
        split: Split,
        amount: Money,
        takes: &impl Fn(&RowKey) -> bool,
        group: &impl Fn(&RowKey) -> String,
        of_group: &BTreeMap<String, Decimal>,
    ) -> Option<Vec<Money>> {
        let weight =
            |key: &RowKey, row: &Account| if takes(key) { row.costs.compute().amount() } else { Decimal::ZERO };
        let weights: Vec<Decimal> = match split {
            Split::None => return None,
            Split::Proportional => self.rows.iter().map(|(key, row)| weight(key, row)).collect(),
            Split::Even | Split::Weighted => {
                let mut groups: BTreeMap<String, (Decimal, u32)> = BTreeMap::new();
                for (key, row) in self.rows.iter().filter(|(key, _)| takes(key)) {
                    let (sum, rows) = groups.entry(group(key)).or_default();
                    *sum += weight(key, row);
                    *rows += 1;
                }
                let part = |key: &RowKey, row: &Account| {
                    let group = group(key);
                    let (sum, rows) = groups.get(&group).copied().filter(|_| takes(key))?;
                    let of_group = if split == Split::Even { Decimal::ONE } else { *of_group.get(&group)? };
                    // Within a group in proportion to compute cost, or equally if all of the group's compute cost is
                    // zero.
                    let part = weight(key, row).checked_div(sum).or_else(|| Decimal::ONE.checked_div(rows.into()))?;
                    Some(part.saturating_mul(of_group))
                };
                self.rows.iter().map(|(key, row)| part(key, row).unwrap_or_default()).collect()
            }
        };
        let sum: Decimal = weights.iter().copied().sum();
        if sum.is_zero() {
            return None;
        }
        weights.into_iter().map(|weight| Some(amount * weight.checked_div(sum)?)).collect()
    }

    /// Rounds every amount to whole cents; together they equal `total` rounded to the cent.
    pub(super) fn round(&mut self, total: Money) {
        let mut amounts: Vec<Money> =
            self.rows.values_mut().flat_map(|row| row.costs.all().map(|amount| *amount)).collect();
        round_to(&mut amounts, cent(total));
        let slots = self.rows.values_mut().flat_map(|row| row.costs.all());
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

    fn by_namespace(key: &RowKey) -> String {
        key.workload().map_or_else(|| key.to_string(), |id| id.namespace.clone())
    }

    fn splits() -> impl Strategy<Value = Split> {
        prop_oneof![Just(Split::Even), Just(Split::Proportional), Just(Split::Weighted), Just(Split::None)]
    }

    #[test]
    fn even_splits_are_over_groups() {
        let mut ledger = Ledger { idle: all_cores(Money::new(90.into())), ..Ledger::default() };
        for (namespace, name, cpu) in [(0, 0, 10), (0, 1, 20), (1, 2, 1), (2, 3, 0)] {
            ledger.row(id(namespace, name)).cpu = Money::new(cpu.into());
        }
        ledger.give((Split::None, Split::Even), |_| true, by_namespace, &BTreeMap::new());
        let idle: Vec<String> =
            ledger.rows.values().map(|row| row.costs.idle.amount().round_dp(6).normalize().to_string()).collect();
        assert_eq!(idle, ["10", "20", "30", "30"]);
    }

    #[test]
    fn weights_apply_to_groups() {
        let mut ledger = Ledger { idle: all_cores(Money::new(90.into())), ..Ledger::default() };
        for (namespace, name, cpu) in [(0, 0, 10), (0, 1, 20), (1, 2, 1), (2, 3, 0)] {
            ledger.row(id(namespace, name)).cpu = Money::new(cpu.into());
        }
        let weights = BTreeMap::from([("n0".to_owned(), Decimal::TWO), ("n1".to_owned(), Decimal::ONE)]);
        ledger.give((Split::None, Split::Weighted), |_| true, by_namespace, &weights);
        let idle: Vec<String> =
            ledger.rows.values().map(|row| row.costs.idle.amount().round_dp(6).normalize().to_string()).collect();
        assert_eq!(idle, ["20", "40", "30", "0"], "a group without a weight gets no part");
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
            let total = ledger.rows.values().map(|row| row.costs.total()).sum::<Money>() + ledger.idle.cost.sum() + ledger.shared;
            let namespaces: BTreeSet<String> = share_first.then(|| "n0".to_owned()).into_iter().collect();
            ledger.share_namespaces(&namespaces);
            ledger.give(
                (split_shared, split_idle),
                |key| !namespaces.contains(&by_namespace(key)),
                by_namespace,
                &BTreeMap::from([("n1".to_owned(), Decimal::ONE), ("n3".to_owned(), Decimal::TWO)]),
            );
            ledger.round(total);
            prop_assert_eq!(ledger.rows.values().map(|row| row.costs.total()).sum::<Money>(), cent(total));
            for row in ledger.rows.values_mut() {
                prop_assert!(row.costs.all().iter().all(|amount| **amount >= Money::default()));
            }
        }
    }
}
