//! Full bill of a cluster that runs only this service, line by line.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use crate::model::packing::NodePlan;
use crate::model::pricing::{Basis, BillLine, PriceNote};
use crate::model::runtime::Work;
use crate::units::{Bytes, Hours, Money};

/// Bill line of `node_hours` node-hours of the plan's type, without commitments.
pub(super) fn nodes_line(basis: &Basis, plan: &NodePlan, node_hours: Decimal) -> BillLine {
    let candidate = &basis.candidates[plan.candidate];
    BillLine {
        name: format!("nodes, {}", candidate.instance.name),
        unit: "hour",
        quantity: node_hours,
        unit_price: Some(candidate.price.amount()),
        cost: Some(Money::new(node_hours.saturating_mul(candidate.price.amount()))),
        price_date: Some(candidate.origin.date(basis.capacity_type)),
        price_rule: candidate.origin.rule(basis.capacity_type),
        source: candidate.origin.dates.on_demand_source.to_string(),
        negotiated: candidate.origin.negotiated(basis.capacity_type).cloned(),
    }
}

/// Bill lines of everything except nodes or pods: control plane, boot disks of the nodes, load balancer and traffic, in a
/// month with `demand` requests per second on average. Every response goes to the internet, through a load balancer that
/// is not zone-aware.
///
/// Traffic is left out if the bytes per response are unknown; everything is left out if the basis has no prices of the
/// provider except those of nodes.
pub(super) fn besides_compute(
    basis: &Basis,
    node_hours: Decimal,
    zones: u32,
    demand: f64,
    work: &Work,
) -> Vec<BillLine> {
    let hours = basis.hours.amount();
    let mut lines = Vec::new();
    let Some(services) = &basis.services else { return lines };
    let mut push = |name: String, unit, quantity: Decimal, unit_price: Decimal, note: &PriceNote| {
        let mut line = BillLine::new(name, unit, Some((unit_price, note)));
        line.add(quantity, Some(unit_price));
        lines.push(line);
    };
    let control = &services.control_plane;
    push(format!("control plane, {}", control.name), "hour", hours, control.price.amount(), &control.note);
    // Disks are billed per month of 730 hours, also in calendar months.
    if !node_hours.is_zero() {
        let (months, disk) = (node_hours / Hours::MONTH.amount(), &services.boot_disk);
        let name = format!("boot disks, {} {} GB", disk.name, disk.size_gb);
        push(name, "month", months, disk.per_month().amount(), &disk.note);
    }
    let balancer = &services.load_balancer;
    push(format!("load balancer, {}", balancer.name), "hour", hours, balancer.hourly().amount(), &balancer.note);
    let response = work.response_bytes.unwrap_or_default();
    if let (Some(cross), true) = (&services.cross_zone, zones > 1 && work.response_bytes.is_some()) {
        // A load balancer that is not zone-aware sends (Z − 1)/Z of the requests to another zone, and the responses
        // back.
        let crossing = f64::from(zones - 1) / f64::from(zones);
        if let Some(gigabytes) = gigabytes(demand * crossing, work.request_bytes + response, basis.hours) {
            push("traffic between zones".to_owned(), "GB", gigabytes, cross.per_gb().amount(), &cross.note);
        }
    }
    if let Some(gigabytes) = gigabytes(demand, response, basis.hours) {
        push("traffic through the load balancer".to_owned(), "GB", gigabytes, balancer.per_gb.amount(), &balancer.note);
        let cost = services.egress.per_month(gigabytes).amount();
        // Tiered prices have no single unit price: the mean of this month is shown.
        let mean = cost.checked_div(gigabytes).unwrap_or_default().round_dp(9);
        push("traffic to the internet".to_owned(), "GB", gigabytes, mean, &services.egress.note);
        if let Some(line) = lines.last_mut() {
            line.cost = Some(Money::new(cost));
        }
    }
    lines
}

/// Monthly traffic in GB of 10⁹ bytes; `None` if it is zero.
fn gigabytes(demand: f64, bytes: Bytes, hours: Hours) -> Option<Decimal> {
    Decimal::from_f64(demand * bytes.as_f64() * hours.seconds() / 1e9).filter(|gb| !gb.is_zero())
}
