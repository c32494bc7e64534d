//! Splits the price of a node between its resources and between the pods on it.

use rust_decimal::Decimal;

use crate::model::cluster::Resources;
use crate::model::cluster::WorkloadId;
use crate::model::pricing::MachinePrice;
use crate::units::{Bytes, CpuMillis, Hours, Money};

/// One value per resource that the price of a node covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts<T> {
    pub(super) cpu: T,
    pub(super) memory: T,
    pub(super) gpu: T,
}

impl<T: Copy> Parts<T> {
    fn zip<U: Copy, V>(self, other: Parts<U>, join: impl Fn(T, U) -> V) -> Parts<V> {
        Parts {
            cpu: join(self.cpu, other.cpu),
            memory: join(self.memory, other.memory),
            gpu: join(self.gpu, other.gpu),
        }
    }
}

impl Parts<Decimal> {
    /// Cores, GiB and accelerators; accelerators are given in sevenths (MIG slices).
    pub(super) fn amounts(cpu: CpuMillis, memory: Bytes, gpu_sevenths: u64) -> Self {
        Self { cpu: cpu.exact_cores(), memory: memory.exact_gib(), gpu: Decimal::from(gpu_sevenths) / Decimal::from(7) }
    }

    pub(super) fn of(resources: &Resources) -> Self {
        Self::amounts(resources.cpu(), resources.memory(), resources.gpu_sevenths())
    }

    pub(super) fn max(self, other: Self) -> Self {
        self.zip(other, Decimal::max)
    }

    pub(super) fn plus(self, other: Self) -> Self {
        self.zip(other, Decimal::saturating_add)
    }

    /// Difference per resource, at least zero.
    pub(super) fn less(self, other: Self) -> Self {
        self.zip(other, |own, other| (own - other).max(Decimal::ZERO))
    }

    pub(super) fn times(self, factor: Decimal) -> Self {
        self.zip(Self { cpu: factor, memory: factor, gpu: factor }, Decimal::saturating_mul)
    }
}

impl Parts<Money> {
    pub(super) fn plus(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    pub(super) fn sum(self) -> Money {
        self.cpu + self.memory + self.gpu
    }
}

/// OpenCost's price of an accelerator in core-hours: `0.95 ÷ 0.031611` from its `configs/default.json`. Fallback if a
/// machine with accelerators costs no more than its cores and memory alone.
const GPU_IN_CORES: Decimal = Decimal::from_parts(3005, 0, 0, false, 2);

/// Splits a node's price between its cores, memory and accelerators: cores and memory in the ratio of the price
/// group, and accelerators get what exceeds the price group's cost of the cores and memory.
pub(super) fn split(price: &MachinePrice, has: Parts<Decimal>, hours: Hours) -> Parts<Money> {
    let whole = price.per_hour * hours;
    let cpu = price.core_hour.amount().saturating_mul(has.cpu);
    let memory = price.gib_hour.amount().saturating_mul(has.memory);
    let beyond = price.on_demand.amount() - cpu - memory;
    let gpu = match () {
        () if has.gpu.is_zero() => Decimal::ZERO,
        () if beyond > Decimal::ZERO => beyond,
        () => price.core_hour.amount().saturating_mul(GPU_IN_CORES).saturating_mul(has.gpu),
    };
    let sum = cpu + memory + gpu;
    let share = |part: Decimal| part.checked_div(sum).map(|share| whole * share);
    // A machine of unknown size is attributed to CPU entirely, so that its price is not lost.
    let Some((memory, gpu)) = share(memory).zip(share(gpu)) else {
        return Parts { cpu: whole, ..Parts::default() };
    };
    Parts { cpu: whole - memory - gpu, memory, gpu }
}

/// Nodes whose price is allocated together: one node of a snapshot, or the remaining capacity of all nodes of a
/// period.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    /// Cost by resource.
    pub(super) cost: Parts<Money>,
    /// Capacity in core-hours, GiB-hours and accelerator-hours.
    pub(super) capacity: Parts<Decimal>,
    /// The larger of request and usage of each workload on the nodes, in the same units.
    pub(super) claims: Vec<(WorkloadId, Parts<Decimal>)>,
}

/// The cost of each claim, and the idle cost.
pub(super) struct Shares {
    /// Cost of each claim, in the order of [`Pool::claims`].
    pub(super) claims: Vec<Parts<Money>>,
    /// Cost of the remaining, idle capacity.
    pub(super) idle: Parts<Money>,
}

impl Pool {
    /// Each claim pays its share of the capacity, or of all claims if they exceed the capacity.
    pub(super) fn shares(&self) -> Shares {
        let claimed = self.claims.iter().fold(Parts::default(), |sum, (_, claim)| claim.plus(sum));
        let whole = self.capacity.max(claimed);
        let pay = |cost: Money, claim: Decimal, whole: Decimal| {
            claim.checked_div(whole).map_or_else(Money::default, |share| cost * share)
        };
        let claims: Vec<Parts<Money>> = self
            .claims
            .iter()
            .map(|(_, claim)| Parts {
                cpu: pay(self.cost.cpu, claim.cpu, whole.cpu),
                memory: pay(self.cost.memory, claim.memory, whole.memory),
                gpu: pay(self.cost.gpu, claim.gpu, whole.gpu),
            })
            .collect();
        let paid = claims.iter().fold(Parts::<Money>::default(), |sum, part| sum.plus(*part));
        // Division rounds the 28th digit, so the rest may be negative by that amount.
        let idle = self.cost.zip(paid, |cost, paid| (cost - paid).max(Money::default()));
        Shares { claims, idle }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(name: &str) -> WorkloadId {
        WorkloadId { namespace: "n".to_owned(), kind: "Deployment".to_owned(), name: name.to_owned() }
    }

    fn parts(cpu: u32, memory: u32, gpu: u32) -> Parts<Decimal> {
        Parts { cpu: cpu.into(), memory: memory.into(), gpu: gpu.into() }
    }

    fn price(per_hour: &str, core: &str, gib: &str) -> MachinePrice {
        let an_hour = |text: &str| crate::units::MoneyPerHour::new(text.parse().unwrap());
        MachinePrice {
            per_hour: an_hour(per_hour),
            on_demand: an_hour(per_hour),
            core_hour: an_hour(core),
            gib_hour: an_hour(gib),
            rule: crate::model::pricing::PriceRule::List,
            date: "2026-07-01".parse().ok(),
            source: "test".to_owned(),
            lacks: None,
            negotiated: None,
            sold: None,
            uncommitted: None,
        }
    }

    #[test]
    fn a_node_price_is_split_in_the_ratio_of_its_price_group() {
        // 2 cores × 0.03 + 8 GiB × 0.005 = 0.10: 60 % of 0.20 is the cores'.
        let split = split(&price("0.20", "0.03", "0.005"), parts(2, 8, 0), Hours::from_hours(10));
        assert_eq!((split.cpu, split.memory), (Money::new(Decimal::new(12, 1)), Money::new(Decimal::new(8, 1))));
    }

    #[test]
    fn accelerators_cost_what_exceeds_cores_and_memory() {
        let split = split(&price("1.10", "0.03", "0.005"), parts(2, 8, 1), Hours::from_hours(1));
        assert_eq!(split.gpu, Money::new(Decimal::ONE));
        assert_eq!(split.sum(), Money::new(Decimal::new(11, 1)));
    }

    /// A pod that holds all slices of a node's device pays for the whole device, whatever the slices are called.
    #[test]
    fn a_pod_with_all_slices_pays_for_the_whole_device() {
        for (has, asks) in [
            (r#"{"nvidia.com/gpu":"0","nvidia.com/gpu.shared":"4"}"#, r#"{"nvidia.com/gpu.shared":"4"}"#),
            (r#"{"nvidia.com/mig-1g.5gb":"7"}"#, r#"{"nvidia.com/mig-1g.5gb":"7"}"#),
            (
                r#"{"nvidia.com/mig-1g.5gb":"1","nvidia.com/mig-3g.20gb":"2"}"#,
                r#"{"nvidia.com/mig-1g.5gb":"1","nvidia.com/mig-3g.20gb":"2"}"#,
            ),
        ] {
            let [has, asks]: [Resources; 2] = [has, asks].map(|text| serde_json::from_str(text).unwrap());
            let (has, asks) = (Parts { cpu: 2.into(), memory: 8.into(), ..Parts::of(&has) }, Parts::of(&asks));
            let cost = split(&price("1.10", "0.03", "0.005"), has, Hours::from_hours(1));
            let pool = Pool { cost, capacity: has, claims: vec![(id("a"), asks)] };
            assert_eq!(pool.shares().claims[0].gpu, Money::new(Decimal::ONE));
        }
    }

    #[test]
    fn the_remainder_is_idle_and_excess_claims_are_scaled_down() {
        let dollar = |n: i64| Money::new(n.into());
        let pool = |a, b| Pool {
            cost: Parts { cpu: dollar(100), memory: dollar(60), gpu: dollar(0) },
            capacity: parts(10, 10, 0),
            claims: vec![(id("a"), parts(a, 1, 0)), (id("b"), parts(b, 2, 0))],
        };
        let shares = pool(2, 3).shares();
        assert_eq!(shares.claims[0].cpu, dollar(20));
        assert_eq!((shares.idle.cpu, shares.idle.memory), (dollar(50), dollar(42)));
        let shares = pool(5, 15).shares();
        assert_eq!((shares.claims[0].cpu, shares.claims[1].cpu, shares.idle.cpu), (dollar(25), dollar(75), dollar(0)));
    }

    proptest! {
        #[test]
        fn shares_add_up_and_are_not_negative(
            cost in (0_u32..1_000_000, 0_u32..1_000_000, 0_u32..1_000_000),
            capacity in (0_u32..1000, 0_u32..1000, 0_u32..8),
            claims in proptest::collection::vec((0_u32..500, 0_u32..500, 0_u32..4), 0..12),
        ) {
            let money = |n: u32| Money::new(Decimal::new(n.into(), 2));
            let pool = Pool {
                cost: Parts { cpu: money(cost.0), memory: money(cost.1), gpu: money(cost.2) },
                capacity: parts(capacity.0, capacity.1, capacity.2),
                claims: claims.iter().map(|(c, m, g)| (id("w"), parts(*c, *m, *g))).collect(),
            };
            let shares = pool.shares();
            let sum = shares.claims.iter().map(|p| p.sum()).sum::<Money>() + shares.idle.sum();
            prop_assert!((sum.amount() - pool.cost.sum().amount()).abs() < Decimal::new(1, 15));
            for part in shares.claims.iter().chain([&shares.idle]) {
                prop_assert!([part.cpu, part.memory, part.gpu].iter().all(|m| *m >= Money::default()));
            }
        }
    }
}
