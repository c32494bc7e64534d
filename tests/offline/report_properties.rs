//! Properties of whole reports from generated histories: the parts add up to the cost of the cluster to the cent, and
//! following the advice leads to no further advice.

#[path = "../fleet/mod.rs"]
pub(crate) mod fleet;

use std::collections::BTreeMap;
use std::sync::Arc;

use capmodel::inputs::prices::{PriceBook, price_groups, service_prices};
use capmodel::model::cluster::{MetricTarget, Owners, Resources, Snapshot, WorkloadId};
use capmodel::model::pricing::{AutoModeFee, machine_prices};
use capmodel::model::report::{
    Grouping, Measure, Report, ReportBuilder, ReportInput, RowKey, Split, machines_of, machines_of_history, next_steps,
};
use capmodel::model::rightsizing::{NoRecommendation, Recommendation};
use capmodel::model::usage::History;
use capmodel::units::{Bytes, CpuMillis, Money};
use fleet::{Fleet, Kind, fleet};
use proptest::prelude::*;

fn report(Fleet { snapshot, history, .. }: &Fleet, idle: Split) -> Report {
    let services = service_prices().unwrap();
    let (book, groups) = (PriceBook::embedded(), price_groups().unwrap());
    let auto_mode = AutoModeFee::of(&services);
    let today = snapshot.taken_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let price = |machines| machine_prices(&book, &groups, auto_mode.as_ref(), machines, today).0;
    let period = history.grid.period();
    let input = ReportInput {
        currency: capmodel::units::Currency::USD,
        services,
        without_nodes: None,
        period: Some(period),
        month: None,
        hours: period.hours(),
        grouping: Grouping::Namespace,
        shared_namespaces: std::iter::once("team-03".to_owned()).collect(),
        split_shared: Split::Proportional,
        split_idle: idle,
    };
    let mut builder = ReportBuilder::new(&input);
    builder.add_history(history, snapshot, &price(machines_of_history(history, snapshot)));
    builder.finish(snapshot, &price(machines_of(snapshot)))
}

fn recommended_request(report: &Report) -> BTreeMap<WorkloadId, Recommendation> {
    let rows = report.workloads.iter();
    rows.filter_map(|row| Some((row.key.workload()?.clone(), row.recommended.as_ref()?.outcome.as_ref().ok()?.clone())))
        .collect()
}

fn quantities(cpu: CpuMillis, memory: Bytes) -> Resources {
    let cpu = format!("{}m", cpu.millis()).parse().unwrap();
    Resources::new([("cpu", cpu), ("memory", memory.bytes().to_string().parse().unwrap())])
}

/// Applies the recommended requests to every pod, and the matching target to every autoscaler.
fn apply(snapshot: &mut Snapshot, history: &mut History, recommended_request: &BTreeMap<WorkloadId, Recommendation>) {
    let owners = Owners::new(&snapshot.workloads);
    for pod in &mut snapshot.pods {
        if let Some(advice) = recommended_request.get(&owners.workload(pod)) {
            let container = &mut Arc::make_mut(&mut pod.containers)[0];
            container.sizes.requests = quantities(advice.request.cpu, advice.request.memory);
        }
    }
    for scaler in &mut snapshot.autoscalers {
        let advice = recommended_request
            .iter()
            .find(|(id, _)| scaler.scales(id))
            .and_then(|(_, advice)| advice.autoscaler.as_ref());
        if let Some(advice) = advice {
            assert_eq!(advice.targets.len(), 1);
            scaler.metrics[0].target = Some(MetricTarget::UtilizationPercent(advice.targets[0].target));
        }
    }
    // Requests change from then on; usage stays the same.
    for workload in &mut history.workloads {
        if let Some(advice) = recommended_request.get(&workload.id) {
            let (cores, bytes) = (advice.request.cpu.cores(), advice.request.memory.as_f64());
            workload.requested_core_hours = workload.pod_hours.map(|_, pods| pods * cores);
            workload.requested_byte_hours = workload.pod_hours.map(|_, pods| pods * bytes);
            for held in workload.held.values_mut() {
                held.requested_core_hours = held.pod_hours * cores;
                held.requested_byte_hours = held.pod_hours * bytes;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Services, other workloads, idle and shared cost add up to the cost of the cluster to the cent, by row, by
    /// namespace and by bill line.
    #[test]
    fn the_parts_add_up_to_the_total_to_the_cent(
        seed in any::<u64>(), services in 1_usize..40, days in 2_usize..5, spot in any::<bool>(),
        idle in prop::sample::select(vec![Split::None, Split::Even, Split::Proportional]),
    ) {
        let report = report(&fleet(Kind { seed, services, days, spot }), idle);
        let total = report.total;
        let sum = |costs: &mut dyn Iterator<Item = Money>| costs.sum::<Money>();
        prop_assert_eq!(sum(&mut report.workloads.iter().map(|row| row.costs.total())), total);
        prop_assert_eq!(sum(&mut report.namespaces.iter().map(|row| row.costs.total())), total);
        let bill = report.nodes.iter().filter_map(|line| line.cost).chain(report.services.iter().filter_map(|l| l.cost));
        prop_assert_eq!(sum(&mut { bill }), total);
        let of = |wanted: fn(&RowKey) -> bool| {
            sum(&mut report.workloads.iter().filter(|row| wanted(&row.key)).map(|row| row.costs.total()))
        };
        let (workloads, of_idle) = (of(|key| key.workload().is_some()), of(|key| *key == RowKey::Idle));
        prop_assert_eq!(workloads + of_idle + of(|key| *key == RowKey::Shared) + of(|key| *key == RowKey::Unclaimed), total);
        prop_assert!(idle == Split::None || of_idle == Money::default());
        prop_assert!(total > Money::default());
    }

    /// Known savings come first, the largest one at the top. What a recommendation saves in nodes is unknown without the
    /// nodes that the present requests need.
    #[test]
    fn the_next_steps_are_ranked_by_their_savings(seed in any::<u64>(), services in 1_usize..40) {
        let mut report = report(&fleet(Kind { seed, services, days: 3, spot: true }), Split::None);
        report.support_surcharge = Some(Money::new(365.into()));
        let steps = next_steps(&report, None, |measure| measure.name().to_owned());
        prop_assert!(steps.is_sorted_by(|a, b| a.saving >= b.saving), "{:?}", &steps);
        prop_assert!(steps.iter().all(|step| step.saving.is_none_or(|saving| saving > Money::default())));
        prop_assert!(steps.iter().any(|step| step.measure == Measure::Upgrade && step.saving == report.support_surcharge));
        prop_assert!(steps.iter().all(|step| step.command == step.measure.name()));
        report.consolidation = None;
        let steps = next_steps(&report, None, |_| String::new());
        let unknown: Vec<&str> = steps.iter().filter(|step| step.saving.is_none()).map(|step| step.measure.name()).collect();
        prop_assert_eq!(unknown, if report.rightsizing.is_some() { vec!["right-size"] } else { Vec::new() });
        prop_assert_eq!(&steps[0].measure, &Measure::Upgrade);
    }

    /// The same history with the recommended requests: nothing is recommended again, and every row has the status
    /// `keep`.
    #[test]
    fn following_the_advice_gives_no_further_advice(seed in any::<u64>(), services in 1_usize..40) {
        let mut fleet = fleet(Kind { seed, services, days: 3, spot: false });
        let first = recommended_request(&report(&fleet, Split::None));
        apply(&mut fleet.snapshot, &mut fleet.history, &first);
        let again = report(&fleet, Split::None);
        prop_assert_eq!(recommended_request(&again), BTreeMap::new());
        for row in again.workloads.iter().filter(|row| row.key.workload().is_some_and(|id| first.contains_key(id))) {
            let outcome = row.recommended.as_ref().map(|recommended| recommended.outcome.clone());
            prop_assert_eq!(outcome, Some(Err(NoRecommendation::Fits)), "{:?}", &row.key);
        }
        prop_assert!(again.rightsizing.is_none());
    }
}
