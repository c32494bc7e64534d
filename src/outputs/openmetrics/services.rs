//! The most expensive running services, in every style.

use std::cmp::Reverse;

use rust_decimal::Decimal;

use super::decimal;
use super::exposition::{Family, Label};
use crate::schema::report::{AtDemand, RunningService, SizedStyle, Style};

pub(super) fn families(services: &[RunningService], top: usize) -> Vec<Family> {
    let mut demand = Family::new(
        "capmodel_service_demand_requests_per_second",
        "requests_per_second",
        "Requests per second of a service in its busy period.",
    );
    let mut cost = Family::new(
        "capmodel_service_cost_usd",
        "usd",
        "Cost per month of what a service requests in its busy period, by style, at the cluster's own prices.",
    );
    let mut pods = Family::new("capmodel_service_pods", "", "Pods of a service in its busy period, by style.");
    for service in most_expensive(services, top) {
        if let Some(of) = &service.demand {
            demand.add(labels(service, None), &of.busy.mid);
        }
        let styles = &service.styles;
        let all = [
            ("as-is", &styles.as_is),
            ("right-sized", &styles.right_sized),
            ("python", &styles.python),
            ("go", &styles.go),
        ];
        for (name, style) in all {
            if let Some(sized) = at_busy(style) {
                cost.add(labels(service, Some(name)), &sized.share_cost_per_month.plan);
                pods.add(labels(service, Some(name)), &sized.pods.plan);
            }
        }
    }
    vec![demand, cost, pods]
}

/// Sorted by their current cost; unknown costs come last, and ties are in order of the name.
fn most_expensive(services: &[RunningService], top: usize) -> Vec<&RunningService> {
    let key = |service: &RunningService| -> (Reverse<Option<Decimal>>, [String; 3]) {
        let cost = at_busy(&service.styles.as_is).map(|sized| decimal(&sized.share_cost_per_month.plan));
        (Reverse(cost), [&service.namespace, &service.kind, &service.name].map(Clone::clone))
    };
    let mut all: Vec<&RunningService> = services.iter().collect();
    all.sort_by_cached_key(|service| key(service));
    all.truncate(top);
    all
}

fn at_busy(style: &Style) -> Option<&SizedStyle> {
    match &style.at.busy {
        AtDemand::Sized(sized) => Some(sized),
        AtDemand::NotSized(_) => None,
    }
}

fn labels(service: &RunningService, style: Option<&str>) -> Vec<Label> {
    let named = [("namespace", &service.namespace), ("kind", &service.kind), ("service", &service.name)];
    let named = named.into_iter().map(|(key, text)| (key, text.clone()));
    named.chain(style.map(|style| ("style", style.to_owned()))).collect()
}
