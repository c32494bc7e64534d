//! Commitments: savings plans, reserved instances and committed-use discounts, and how they are applied to machines.
//!
//! Commitments are applied hour by hour in a fixed order: reserved cores first, then shares, then spending, and those of
//! one kind in the order of their lines. Each goes to the machines with the greatest saving per dollar committed
//! first, then to the most expensive, then by name. A machine whose price paid is not above the committed price is left out.

use std::collections::BTreeSet;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::{BillLine, Negotiated, PriceRule};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::Provider;
use crate::units::{Date, Hours, Money, MoneyPerHour, Month};

/// What is bought in advance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volume {
    /// Cores of a family at a price per core-hour: reserved instances, or a committed-use discount.
    Cores {
        /// Number of cores.
        cores: Decimal,
        /// Price of a machine per core-hour.
        per_core: MoneyPerHour,
    },
    /// A share of the on-demand hours of each machine.
    Share {
        /// Share that is covered, 0 to 1.
        covered: Decimal,
        /// Share of the list price that is paid, 0 to 1.
        paid: Decimal,
    },
    /// Spending per hour: a savings plan.
    Spending {
        /// Amount per hour, at the committed prices.
        per_hour: MoneyPerHour,
        /// Share of the list price that is paid, 0 to 1.
        paid: Decimal,
    },
}

/// A commitment to a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// What is bought.
    pub volume: Volume,
    /// Only machines of this provider; `None` for all.
    pub provider: Option<Provider>,
    /// Only machines of this instance family; `None` for all.
    pub family: Option<String>,
    /// Only machines in this region; `None` for all.
    pub region: Option<String>,
    /// The first day on which it applies; `None` if it applies already.
    pub starts: Option<Date>,
    /// The last day on which it applies.
    pub expires: Date,
    /// Name of the commitment in bill lines.
    pub name: String,
    /// Location and text of the rule.
    pub rule: Arc<str>,
}

/// Machines of one type that are bought on demand at the list price or at a discount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold {
    /// Provider of the machines.
    pub provider: Provider,
    /// Region of the machines.
    pub region: String,
    /// Name of their type.
    pub name: String,
    /// Their instance family.
    pub family: String,
    /// Cores of one machine.
    pub cores: Decimal,
    /// On-demand list price of one machine per hour.
    pub list: MoneyPerHour,
    /// On-demand price that is paid for one machine per hour without a commitment.
    pub paid: MoneyPerHour,
}

/// A part of the period with the machines in it.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Day that it belongs to.
    pub day: Date,
    /// Length of the part.
    pub hours: Hours,
    /// Machine-hours of each kind of machine, in the order of the machines.
    pub machine_hours: Vec<Decimal>,
}

/// What commitments save on machines of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saving {
    /// Amount saved, over all hours.
    pub amount: Money,
    /// Location and text of the rules.
    pub rules: BTreeSet<Arc<str>>,
}

impl Saving {
    /// The price of machines that share this saving over `hours` machine-hours, and the rules that led to it; `None` if
    /// nothing is saved. `negotiated` is the rule of the price without commitments.
    pub fn lowered(
        &self,
        price: MoneyPerHour,
        negotiated: Option<&Negotiated>,
        hours: Decimal,
    ) -> Option<(MoneyPerHour, Negotiated)> {
        let lower = self.amount.amount().checked_div(hours).filter(|lower| *lower > Decimal::ZERO)?;
        let paid = price.amount();
        let list = negotiated.map_or(Some(paid), |negotiated| negotiated.list_price(paid));
        let rules = negotiated.map(|negotiated| &negotiated.rule).into_iter().chain(&self.rules);
        let rule: Arc<str> = rules.map(|rule| &**rule).collect::<Vec<_>>().join("; ").into();
        Some((MoneyPerHour::new(paid - lower), Negotiated::fixed(&rule, list.map(MoneyPerHour::new))))
    }
}

/// The result of applying commitments to machines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    /// Savings by kind of machine, in the order of the machines.
    pub savings: Vec<Saving>,
    /// What of each commitment is bought and not used, as bill lines; at most one for each commitment.
    pub unused: Vec<BillLine>,
}

impl Commitment {
    /// The same in a currency of which one US dollar buys `factor`.
    #[must_use]
    pub fn scaled(mut self, factor: Decimal) -> Self {
        match &mut self.volume {
            Volume::Cores { per_core: price, .. } | Volume::Spending { per_hour: price, .. } => {
                *price = *price * factor
            }
            Volume::Share { .. } => {}
        }
        self
    }

    fn is_for(&self, machine: &Sold) -> bool {
        self.provider.is_none_or(|provider| provider == machine.provider)
            && self.family.as_ref().is_none_or(|family| *family == machine.family)
            && self.region.as_ref().is_none_or(|region| *region == machine.region)
    }

    /// Whether the day is in its term.
    fn applies_on(&self, day: Date) -> bool {
        self.starts.is_none_or(|starts| starts <= day) && day <= self.expires
    }

    /// Committed price of one machine per hour.
    fn price(&self, machine: &Sold) -> MoneyPerHour {
        match self.volume {
            Volume::Cores { per_core, .. } => per_core * machine.cores,
            Volume::Share { paid, .. } | Volume::Spending { paid, .. } => machine.list * paid,
        }
    }

    const fn rank(&self) -> u8 {
        match self.volume {
            Volume::Cores { .. } => 0,
            Volume::Share { .. } => 1,
            Volume::Spending { .. } => 2,
        }
    }

    /// The machines that it can save money on, those with the greatest saving first.
    fn wanted(&self, machines: &[Sold]) -> Vec<usize> {
        let saving = |machine: &Sold| machine.paid.amount() - self.price(machine).amount();
        let ratio = |machine: &Sold| saving(machine).checked_div(self.price(machine).amount()).unwrap_or_default();
        let mut wanted: Vec<usize> = (0..machines.len())
            .filter(|at| self.is_for(&machines[*at]) && saving(&machines[*at]) > Decimal::ZERO)
            .collect();
        wanted.sort_by(|a, b| {
            let (a, b) = (&machines[*a], &machines[*b]);
            ratio(b)
                .cmp(&ratio(a))
                .then_with(|| b.paid.cmp(&a.paid))
                .then_with(|| (a.provider, &a.region, &a.name).cmp(&(b.provider, &b.region, &b.name)))
        });
        wanted
    }
}

/// Applies commitments to machines; a commitment applies from its first day to its last, both included.
pub fn cover(commitments: &[Commitment], machines: &[Sold], slices: &[Slice]) -> Covered {
    let mut order: Vec<(&Commitment, Vec<usize>)> =
        commitments.iter().map(|commitment| (commitment, commitment.wanted(machines))).collect();
    order.sort_by_key(|(commitment, _)| commitment.rank());
    let mut covered = Covered { savings: vec![Saving::default(); machines.len()], unused: Vec::new() };
    let mut unused = vec![(Decimal::ZERO, Money::default()); order.len()];
    for slice in slices {
        let mut left = slice.machine_hours.clone();
        for ((commitment, wanted), unused) in order.iter().zip(&mut unused) {
            if !commitment.applies_on(slice.day) {
                continue;
            }
            // What one machine-hour takes of the commitment, and how much of it there is.
            let (takes, mut available): (fn(&Sold, MoneyPerHour) -> Decimal, _) = match commitment.volume {
                Volume::Cores { cores, .. } => (|machine, _| machine.cores, Some(cores * slice.hours.amount())),
                Volume::Spending { per_hour, .. } => {
                    (|_, price| price.amount(), Some(per_hour.amount() * slice.hours.amount()))
                }
                Volume::Share { .. } => (|_, _| Decimal::ZERO, None),
            };
            for at in wanted {
                let machine = &machines[*at];
                let price = commitment.price(machine);
                let most = match (commitment.volume, available) {
                    (Volume::Share { covered, .. }, _) => slice.machine_hours[*at] * covered,
                    (_, Some(available)) => available.checked_div(takes(machine, price)).unwrap_or_default(),
                    (_, None) => Decimal::ZERO,
                };
                let hours = left[*at].min(most);
                if hours <= Decimal::ZERO {
                    continue;
                }
                left[*at] -= hours;
                // The last machine takes the rest: a quotient may be a trace too small.
                available = available.map(|available| {
                    if hours == most { Decimal::ZERO } else { available - takes(machine, price) * hours }
                });
                let saving = &mut covered.savings[*at];
                saving.amount = saving.amount + Money::new((machine.paid.amount() - price.amount()) * hours);
                saving.rules.insert(Arc::clone(&commitment.rule));
            }
            unused.0 += slice.hours.amount();
            unused.1 = unused.1
                + match commitment.volume {
                    Volume::Cores { per_core, .. } => Money::new(available.unwrap_or_default() * per_core.amount()),
                    Volume::Share { .. } | Volume::Spending { .. } => Money::new(available.unwrap_or_default()),
                };
        }
    }
    for ((commitment, _), (hours, cost)) in order.iter().zip(unused) {
        if cost > Money::default() {
            covered.unused.push(commitment.unused_line(hours, cost));
        }
    }
    covered
}

impl Commitment {
    /// The line of what is bought and not used in these hours.
    fn unused_line(&self, hours: Decimal, cost: Money) -> BillLine {
        BillLine {
            name: format!("unused commitment, {}", self.name),
            unit: "hour",
            quantity: hours,
            unit_price: cost.amount().checked_div(hours).map(|mean| mean.round_dp(9)),
            cost: Some(cost),
            price_date: None,
            price_rule: PriceRule::PricingFile,
            source: "pricing file".to_owned(),
            negotiated: Some(Negotiated::fixed(&self.rule, None)),
        }
    }

    /// What it costs in these hours; `None` if that depends on the machines.
    fn cost(&self, hours: Decimal) -> Option<Money> {
        let per_hour = match self.volume {
            Volume::Cores { cores, per_core } => per_core.amount() * cores,
            Volume::Spending { per_hour, .. } => per_hour.amount(),
            Volume::Share { .. } => return None,
        };
        Some(Money::new(per_hour * hours))
    }
}

/// Findings about commitments that have not started or are expired on `last`, the last day with data, or that expire by
/// the end of the month after it.
pub fn about_term(commitments: &[Commitment], last: Date) -> Vec<Finding> {
    let horizon = Month::of(last).next();
    let finding = |commitment: &Commitment| {
        let Commitment { starts, expires, rule, .. } = commitment;
        if let Some(starts) = starts.filter(|starts| *starts > last) {
            let message = format!(
                "it starts on {starts} and is not applied before that day: its machines cost the price without it until then; if it already \
                 applies, correct the date or remove it"
            );
            return Some(Finding::warning(Code::CommitmentNotStarted, &**rule, message));
        }
        if *expires < last {
            let message = format!(
                "it expired on {expires} and is not applied after that day: renew it, or remove it from the file"
            );
            return Some(Finding::warning(Code::CommitmentExpired, &**rule, message));
        }
        (Month::of(*expires) <= horizon).then(|| {
            let message = format!(
                "it expires on {expires}: from the next day its machines cost the price without it; renew it, and give the new date here"
            );
            Finding::warning(Code::CommitmentExpires, &**rule, message)
        })
    };
    commitments.iter().filter_map(finding).collect()
}

/// Findings about the parts of commitments that are not used; `unused` are their bill lines.
pub fn about_unused(commitments: &[Commitment], unused: &[BillLine], currency: &str) -> Vec<Finding> {
    let finding = |line: &BillLine| {
        let rule = &line.negotiated.as_ref()?.rule;
        let commitment = commitments.iter().find(|commitment| commitment.rule == *rule)?;
        let (cost, whole) = (line.cost?, commitment.cost(line.quantity)?);
        let percent = cost.amount().checked_div(whole.amount())? * Decimal::ONE_HUNDRED;
        let message = format!(
            "{:.2} {currency} of {:.2} are not used ({}%): nothing on demand is left that it saves money on; check that the amount is per hour, and \
             that family and region are right",
            cost.amount().round_dp(2),
            whole.amount().round_dp(2),
            percent.round_dp(1).normalize()
        );
        Some(Finding::warning(Code::CommitmentUnused, &**rule, message))
    };
    unused.iter().filter_map(finding).collect()
}

#[cfg(test)]
#[path = "commitment_tests.rs"]
mod tests;
