//! `capmodel estimate --workload`.

use std::sync::Arc;

use super::estimate::{OfCluster, of_cluster, question, whole_cluster};
use super::service::check_flags;
use super::{Failure, INFEASIBLE, Outcome, basis, deliver};
use crate::inputs::files::WorkloadService;
use crate::model::estimate::{SizedService, estimate, plan_workload};
use crate::model::nodes::Arch;
use crate::model::queueing::{QueueingTables, SHIPPED_TABLES};
use crate::outputs;
use crate::settings::{EstimateSettings, Overrides, PerProfile, PodOverrides};

pub(super) fn run(settings: &EstimateSettings, services: Vec<WorkloadService>) -> Result<Outcome, Failure> {
    settings.refuse_with_services(&services)?;
    let named: Vec<Arch> = services.iter().filter_map(|service| service.arch).collect();
    let (basis, room) = match &settings.cluster {
        Some(source) => {
            let snapshot = whole_cluster(source, settings)?;
            let OfCluster { basis, room, .. } = of_cluster(settings, &snapshot, &named)?;
            (basis, Some(room))
        }
        None => {
            let unnamed = services.iter().any(|service| service.arch.is_none());
            let mut archs: Vec<Arch> = named.into_iter().chain(unnamed.then_some(settings.basis.arch)).collect();
            archs.sort_unstable();
            archs.dedup();
            (basis::basis_without_cluster(&settings.basis, &archs)?, None)
        }
    };
    let basis = Arc::new(basis);
    let own_arch = room.as_ref().map_or(settings.basis.arch, |room| room.arch);
    let tables = Arc::new(QueueingTables::parse(SHIPPED_TABLES)?);
    let mut zones = 1;
    let mut sized = Vec::with_capacity(services.len());
    let mut profiles = Vec::with_capacity(services.len());
    for service in services {
        let settings = settings_of(settings, &service)?;
        let question = question(&settings, service.demand, Arc::clone(&basis), Arc::clone(&tables))?;
        let spread =
            question.sections.iter().filter_map(|section| section.policy.zones).map(|z| z.count).max().unwrap_or(1);
        zones = zones.max(spread);
        profiles.extend(question.services().iter().map(|service| service.profile.clone()));
        for estimate in estimate(&question).estimates {
            sized.push(SizedService {
                name: service.name.clone(),
                estimate,
                arch: service.arch.unwrap_or(own_arch),
                selector: service.selector.clone(),
                tolerations: service.tolerations.clone(),
                max_zone_skew: service.max_zone_skew.or_else(|| (spread > 1).then_some(1)),
                max_per_node: service.max_per_node,
            });
        }
    }
    check_flags(&profiles, settings)?;
    let plan = plan_workload(sized, &basis, zones, room.as_ref());
    let code = if plan.any_placed() { 0 } else { INFEASIBLE };
    deliver(outputs::workload(&basis, &plan, settings.output.layout)?, code, &settings.output)
}

/// The settings with the values that the file gives for one service.
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
        work_given: service.work.is_some() || settings.work_given,
        work: service.work.clone().unwrap_or_else(|| settings.work.clone()),
        handler_cpu: service.handler_cpu.clone().or_else(|| settings.handler_cpu.clone()),
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
