//! Attributes the difference between the costs of two reports to reasons.
//!
//! The cost of a resource is hours × quantity × price, and the CPU that a service requests is its demand × CPU per
//! request × (requested ÷ used). The change of a product `a × b` is `Δa × mean(b) + mean(a) × Δb`: there is no
//! remainder, and swapping the two reports negates every part (and swaps `new` and `gone`). This is the additive form
//! of the Marshall–Edgeworth decomposition, applied from the outermost factor inwards.
//!
//! The parts are rounded to the cent; the difference that they add up to is exact, and what no fact explains is a
//! separate part.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::units::Money;

/// A reason for a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The number of hours.
    Days,
    /// The number of requests per second.
    Demand,
    /// CPU per request.
    CpuPerRequest,
    /// CPU and memory requests, beyond the change that CPU usage explains.
    Requests,
    /// Idle CPU and memory.
    Idle,
    /// The quantities of disks, load balancers and other bill lines.
    Services,
    /// The unit price of a core, a GiB or another unit, including the choice of machine types.
    Price,
    /// The shares of nodes bought on demand, as spot or under a commitment.
    Commitment,
    /// Workloads that exist only in the second report.
    New,
    /// Workloads that exist only in the first report.
    Gone,
    /// Differences for which the reports contain no facts.
    NotExplained,
}

impl Reason {
    /// In display order.
    pub const ALL: [Self; 11] = [
        Self::Days,
        Self::Demand,
        Self::CpuPerRequest,
        Self::Requests,
        Self::Idle,
        Self::Services,
        Self::Price,
        Self::Commitment,
        Self::New,
        Self::Gone,
        Self::NotExplained,
    ];

    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Demand => "demand",
            Self::CpuPerRequest => "cpu-per-request",
            Self::Requests => "requests",
            Self::Idle => "idle",
            Self::Services => "services",
            Self::Price => "price",
            Self::Commitment => "commitment",
            Self::New => "new",
            Self::Gone => "gone",
            Self::NotExplained => "not-explained",
        }
    }

    /// Description for readers.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Days => "length of the period",
            Self::Demand => "requests per second",
            Self::CpuPerRequest => "CPU per request",
            Self::Requests => "CPU and memory requests",
            Self::Idle => "idle CPU and memory",
            Self::Services => "disks, load balancers and other services",
            Self::Price => "unit prices and machine types",
            Self::Commitment => "on-demand, spot or committed",
            Self::New => "new workloads",
            Self::Gone => "workloads that are gone",
            Self::NotExplained => "not explained",
        }
    }
}

/// The part of a difference that is due to one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Reason.
    pub reason: Reason,
    /// Amount.
    pub amount: Money,
}

/// A mean quantity and its cost in the period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Resource {
    /// Mean number of cores, GiB or units.
    pub quantity: f64,
    /// Cost in the period.
    pub cost: f64,
}

/// Facts that explain the cost of a workload.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WorkloadFacts {
    /// Requested CPU.
    pub cpu: Resource,
    /// Requested memory.
    pub memory: Resource,
    /// Cost of its accelerators.
    pub gpu_cost: f64,
    /// Mean CPU usage in cores.
    pub used_cores: Option<f64>,
    /// Mean requests per second.
    pub demand: Option<f64>,
}

/// Idle capacity, which no workload requested.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct IdleFacts {
    /// Idle CPU.
    pub cpu: Resource,
    /// Idle memory.
    pub memory: Resource,
    /// Idle accelerators.
    pub gpu: Resource,
}

/// A bill line other than nodes: its quantity per hour, and its cost.
pub type LineFacts = Resource;

/// Nodes of one machine type with the same purchase option.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MachineFacts {
    /// Mean number of nodes.
    pub count: f64,
    /// Price of one node per hour.
    pub price_per_hour: f64,
}

/// Facts that explain the cost of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportFacts {
    /// Number of hours that its amounts cover.
    pub hours: f64,
    /// Workloads by name.
    pub workloads: BTreeMap<String, WorkloadFacts>,
    /// Idle capacity.
    pub idle: IdleFacts,
    /// Bill lines other than nodes.
    pub lines: BTreeMap<String, LineFacts>,
    /// Nodes, by machine type and purchase option.
    pub machines: BTreeMap<String, BTreeMap<String, MachineFacts>>,
}

type Amounts = BTreeMap<Reason, f64>;

/// The parts of a difference in the order of [`Reason::ALL`]; they add up to it.
pub(super) fn split(before: &ReportFacts, after: &ReportFacts, difference: Money) -> Vec<Part> {
    let mut amounts = Amounts::new();
    let hours = (before.hours, after.hours);
    let names: BTreeSet<&String> = before.workloads.keys().chain(after.workloads.keys()).collect();
    for name in names {
        match (before.workloads.get(name), after.workloads.get(name)) {
            (Some(first), Some(second)) => workload(&mut amounts, hours, first, second),
            (None, Some(new)) => add(&mut amounts, Reason::New, all(new)),
            (Some(gone), None) => add(&mut amounts, Reason::Gone, -all(gone)),
            (None, None) => {}
        }
    }
    for of in [|idle: &IdleFacts| idle.cpu, |idle: &IdleFacts| idle.memory, |idle: &IdleFacts| idle.gpu] {
        let change = resource(hours, of(&before.idle), of(&after.idle));
        add(&mut amounts, Reason::Idle, change.quantity);
        change.add_others(&mut amounts);
    }
    let names: BTreeSet<&String> = before.lines.keys().chain(after.lines.keys()).collect();
    for name in names {
        let line = |report: &ReportFacts| report.lines.get(name).copied().unwrap_or_default();
        let change = resource(hours, line(before), line(after));
        add(&mut amounts, Reason::Services, change.quantity);
        change.add_others(&mut amounts);
    }
    // The purchase option affects the price of a core, so its effect is subtracted from the price.
    let commitment = commitment(before, after);
    add(&mut amounts, Reason::Commitment, commitment);
    add(&mut amounts, Reason::Price, -commitment);
    rounded(&amounts, difference)
}

fn add(amounts: &mut Amounts, reason: Reason, amount: f64) {
    *amounts.entry(reason).or_default() += amount;
}

fn all(workload: &WorkloadFacts) -> f64 {
    workload.cpu.cost + workload.memory.cost + workload.gpu_cost
}

fn mean(pair: (f64, f64)) -> f64 {
    f64::midpoint(pair.0, pair.1)
}

/// The change of one resource's cost, by the factors of the cost.
struct ResourceChange {
    days: f64,
    quantity: f64,
    price: f64,
    /// The mean of the prices of one unit for the whole period in both reports.
    unit_cost: f64,
}

impl ResourceChange {
    fn add_others(&self, amounts: &mut Amounts) {
        add(amounts, Reason::Days, self.days);
        add(amounts, Reason::Price, self.price);
    }
}

fn resource(hours: (f64, f64), before: Resource, after: Resource) -> ResourceChange {
    let ratio = |above: f64, below: f64| (below > 0.0).then(|| above / below);
    let per_hour = (ratio(before.cost, hours.0).unwrap_or(0.0), ratio(after.cost, hours.1).unwrap_or(0.0));
    let known = (ratio(per_hour.0, before.quantity), ratio(per_hour.1, after.quantity));
    // A resource that one report lacks is valued at the price in the other report.
    let price = (known.0.or(known.1).unwrap_or(0.0), known.1.or(known.0).unwrap_or(0.0));
    let unit_cost = mean(hours) * mean(price);
    ResourceChange {
        days: (hours.1 - hours.0) * mean(per_hour),
        quantity: (after.quantity - before.quantity) * unit_cost,
        price: (price.1 - price.0) * mean((before.quantity, after.quantity)) * mean(hours),
        unit_cost,
    }
}

fn workload(amounts: &mut Amounts, hours: (f64, f64), before: &WorkloadFacts, after: &WorkloadFacts) {
    let memory = resource(hours, before.memory, after.memory);
    add(amounts, Reason::Requests, memory.quantity);
    memory.add_others(amounts);
    let cpu = resource(hours, before.cpu, after.cpu);
    cpu.add_others(amounts);
    match (CpuFactors::of(before), CpuFactors::of(after)) {
        (Some(first), Some(second)) => {
            let demand = (first.demand, second.demand);
            let cost = (first.per_request, second.per_request);
            let requested = (first.requested_by_used, second.requested_by_used);
            let per_demand = mean((cost.0 * requested.0, cost.1 * requested.1));
            add(amounts, Reason::Demand, (demand.1 - demand.0) * per_demand * cpu.unit_cost);
            let factor = mean(demand) * cpu.unit_cost;
            add(amounts, Reason::CpuPerRequest, (cost.1 - cost.0) * mean(requested) * factor);
            add(amounts, Reason::Requests, (requested.1 - requested.0) * mean(cost) * factor);
        }
        // Without a request counter, more traffic and more CPU per request are not separable.
        _ => add(amounts, Reason::Requests, cpu.quantity),
    }
}

/// The CPU that a service requests, as a product of its factors.
struct CpuFactors {
    demand: f64,
    per_request: f64,
    requested_by_used: f64,
}

impl CpuFactors {
    fn of(workload: &WorkloadFacts) -> Option<Self> {
        let demand = workload.demand.filter(|demand| *demand > 0.0)?;
        let used = workload.used_cores.filter(|cores| *cores > 0.0)?;
        Some(Self { demand, per_request: used / demand, requested_by_used: workload.cpu.quantity / used })
    }
}

/// The change because nodes of a type have other purchase options: hours × nodes × change of the shares × their
/// prices.
fn commitment(before: &ReportFacts, after: &ReportFacts) -> f64 {
    let hours = mean((before.hours, after.hours));
    let mut sum = 0.0;
    for (name, first) in &before.machines {
        let Some(second) = after.machines.get(name) else { continue };
        let count = |ways: &BTreeMap<String, MachineFacts>| ways.values().map(|way| way.count).sum::<f64>();
        let counts = (count(first), count(second));
        if counts.0 <= 0.0 || counts.1 <= 0.0 {
            continue;
        }
        let ways: BTreeSet<&String> = first.keys().chain(second.keys()).collect();
        for way in ways {
            let (one, other) = (first.get(way), second.get(way));
            let share = |way: Option<&MachineFacts>, count: f64| way.map_or(0.0, |way| way.count / count);
            let price = |way: Option<&MachineFacts>, or: Option<&MachineFacts>| {
                way.or(or).map_or(0.0, |way| way.price_per_hour)
            };
            let prices = (price(one, other), price(other, one));
            sum += (share(other, counts.1) - share(one, counts.0)) * mean(prices) * mean(counts) * hours;
        }
    }
    sum
}

/// Rounds to the cent. The rounding remainder goes to the largest part, so that it does not look like an unexplained
/// difference. `New` and `Gone` are sums of amounts in the reports and are not adjusted.
fn rounded(amounts: &Amounts, difference: Money) -> Vec<Part> {
    let cents = |reason: Reason| {
        let amount = amounts.get(&reason).and_then(|amount| Money::from_f64(*amount)).unwrap_or_default();
        amount.amount().round_dp(2)
    };
    let explained = Reason::ALL.into_iter().filter(|reason| *reason != Reason::NotExplained);
    let mut parts: BTreeMap<Reason, Decimal> = explained.map(|reason| (reason, cents(reason))).collect();
    let rest = difference.amount() - parts.values().sum::<Decimal>();
    // Half a cent for each of the ten parts and for each of the two totals.
    let by_rounding = Decimal::new(6, 2);
    let largest = parts
        .iter_mut()
        .filter(|(reason, amount)| !matches!(reason, Reason::New | Reason::Gone) && !amount.is_zero())
        .max_by_key(|(reason, amount)| (amount.abs(), std::cmp::Reverse(**reason)));
    let unexplained = match largest {
        Some((_, amount)) if rest.abs() <= by_rounding => {
            *amount += rest;
            Decimal::ZERO
        }
        _ => rest,
    };
    parts.insert(Reason::NotExplained, unexplained);
    parts.into_iter().map(|(reason, amount)| Part { reason, amount: Money::new(amount) }).collect()
}
