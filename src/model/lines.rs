//! The whole bill of a cluster that runs this service and nothing else, line by line.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::{Basis, NodePlan, PriceNote, Work};
use crate::units::{Bytes, Date, Hours, Money};

/// One priced line.
#[derive(Clone, Debug, PartialEq)]
pub struct CostLine {
    /// What is paid for.
    pub name: String,
    /// In what it is counted.
    pub unit: &'static str,
    /// How many of them in the month.
    pub quantity: Decimal,
    /// Price of one, at list.
    pub unit_price: Decimal,
    /// Price of all.
    pub cost: Money,
    /// Day of the price, where the source gives one.
    pub price_date: Option<Date>,
    /// What kind of price it is: `list`, `indicative`, `own-table`, `unconfirmed`.
    pub price_rule: &'static str,
    /// Who published it.
    pub source: String,
}

/// The lines of a month with so many node-hours of the plan's type, which serve `demand` requests a second on average, each
/// of which returns the work's response to the internet, through a balancer that does not look at zones.
///
/// Traffic is left out where the bytes are not known, everything but the nodes where the provider prices nothing of it.
pub fn cost_lines(basis: &Basis, plan: &NodePlan, node_hours: Decimal, demand: f64, work: &Work) -> Vec<CostLine> {
    let candidate = &basis.candidates[plan.candidate];
    let hours = basis.hours.amount();
    let mut lines = vec![CostLine {
        name: format!("nodes, {}", candidate.instance.name),
        unit: "hour",
        quantity: node_hours,
        unit_price: candidate.price.amount(),
        cost: Money::new(node_hours.saturating_mul(candidate.price.amount())),
        price_date: Some(candidate.origin.date(basis.capacity_type)),
        price_rule: candidate.origin.rule(basis.capacity_type),
        source: candidate.origin.dates.on_demand_source.to_string(),
    }];
    let Some(services) = &basis.services else { return lines };
    let mut push = |name: String, unit, quantity: Decimal, unit_price: Decimal, note: &PriceNote| {
        lines.push(CostLine {
            name,
            unit,
            quantity,
            unit_price,
            cost: Money::new(quantity.saturating_mul(unit_price)),
            price_date: note.date,
            price_rule: if note.confirmed { "list" } else { "unconfirmed" },
            source: format!("{}, {}", note.source, note.region),
        });
    };
    let control = &services.control_plane;
    push(format!("control plane, {}", control.name), "hour", hours, control.price.amount(), &control.note);
    // Disks are billed by the month; an exact calendar month is its share of the 730 hours.
    let months = node_hours / Hours::MONTH.amount();
    let disk = &services.boot_disk;
    push(
        format!("boot disks, {} {} GB", disk.name, disk.size_gb),
        "month",
        months,
        disk.per_month().amount(),
        &disk.note,
    );
    let balancer = &services.load_balancer;
    push(format!("load balancer, {}", balancer.name), "hour", hours, balancer.hourly().amount(), &balancer.note);
    let response = work.response_bytes.unwrap_or_default();
    if let (Some(cross), true) = (&services.cross_zone, plan.zones > 1 && work.response_bytes.is_some()) {
        // A balancer that does not look at zones sends all but one in Z requests to another one, and the answer back.
        let crossing = f64::from(plan.zones - 1) / f64::from(plan.zones);
        if let Some(gigabytes) = gigabytes(demand * crossing, work.request_bytes + response, basis.hours) {
            push("traffic between zones".to_owned(), "GB", gigabytes, cross.per_gb().amount(), &cross.note);
        }
    }
    if let Some(gigabytes) = gigabytes(demand, response, basis.hours) {
        push("traffic through the load balancer".to_owned(), "GB", gigabytes, balancer.per_gb.amount(), &balancer.note);
        let cost = services.egress.per_month(gigabytes).amount();
        // Tiers have no one price: the mean of this month's.
        let mean = cost.checked_div(gigabytes).unwrap_or_default().round_dp(9);
        push("traffic to the internet".to_owned(), "GB", gigabytes, mean, &services.egress.note);
        if let Some(line) = lines.last_mut() {
            line.cost = Money::new(cost);
        }
    }
    lines
}

/// A month's responses in GB of 10⁹ bytes; `None` when there are none.
fn gigabytes(demand: f64, bytes: Bytes, hours: Hours) -> Option<Decimal> {
    Decimal::from_f64(demand * bytes.as_f64() * hours.seconds() / 1e9).filter(|gb| !gb.is_zero())
}
