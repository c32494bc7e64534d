//! `capmodel estimate --workload`.

use std::path::Path;
use std::sync::Arc;

use super::estimate::question;
use super::{Failure, INFEASIBLE, Outcome, basis, deliver};
use crate::inputs::files::{WorkloadService, read_workload};
use crate::model::queueing::{QueueingTables, SHIPPED_TABLES};
use crate::model::{Arch, SizedService, estimate, plan_workload};
use crate::outputs;
use crate::settings::{EstimateSettings, Overrides, PerProfile, PodOverrides};

pub(super) fn run(settings: &EstimateSettings, file: &Path) -> Result<Outcome, Failure> {
    let services = read_workload(file)?;
    let mut archs: Vec<Arch> = services.iter().map(|s| s.arch.unwrap_or(settings.basis.arch)).collect();
    archs.sort_unstable();
    archs.dedup();
    let basis = Arc::new(basis::basis(&settings.basis, &archs)?);
    let tables = Arc::new(QueueingTables::parse(SHIPPED_TABLES)?);
    let mut zones = 1;
    let mut sized = Vec::with_capacity(services.len());
    for service in services {
        let settings = settings_of(settings, &service)?;
        let question = question(&settings, service.demand, Arc::clone(&basis), Arc::clone(&tables))?;
        let spread = question.policies.iter().filter_map(|p| p.zones).map(|z| z.count).max().unwrap_or(1);
        zones = zones.max(spread);
        for estimate in estimate(&question).estimates {
            sized.push(SizedService {
                name: service.name.clone(),
                estimate,
                arch: service.arch.unwrap_or(settings.basis.arch),
                selector: service.selector.clone(),
                tolerations: service.tolerations.clone(),
                max_zone_skew: service.max_zone_skew.or_else(|| (spread > 1).then_some(1)),
                max_per_node: service.max_per_node,
            });
        }
    }
    let plan = plan_workload(sized, &basis, zones);
    let code = if plan.any_placed() { 0 } else { INFEASIBLE };
    deliver(outputs::workload(&basis, &plan, &settings.output)?, code, &settings.output)
}

/// The settings with what the file says of one service.
fn settings_of(settings: &EstimateSettings, service: &WorkloadService) -> Result<EstimateSettings, Failure> {
    fn one<T: Copy>(value: Option<T>) -> Overrides<T> {
        Overrides::new(value.map(PerProfile::for_all).into_iter().collect())
    }
    let small = |count: Option<u64>| {
        count
            .map(u32::try_from)
            .transpose()
            .map_err(|_| Failure::Value(format!("service {}: too many zones", service.name)))
    };
    Ok(EstimateSettings {
        profiles: vec![service.profile.clone()],
        work: service.work.clone().unwrap_or_else(|| settings.work.clone()),
        pod: PodOverrides {
            cpu_request: one(service.cpu_request),
            cpu_limit: one(service.cpu_limit),
            memory_request: one(service.memory_request),
            memory_limit: one(service.memory_limit),
        },
        policies: settings.policies.for_service(
            service.policy.clone(),
            service.min_replicas,
            small(service.zones)?,
            small(service.survive_zones)?,
        ),
        ..settings.clone()
    })
}
