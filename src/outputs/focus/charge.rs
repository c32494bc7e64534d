//! The charges of a report: one for each row of its ledger and each part of that row's cost.

use super::ChargePeriods;
use crate::model::report::{Costs, Report, WorkloadRow};
use crate::units::Money;

/// One part of the cost of a workload, of the idle cost or of the shared cost.
pub(super) struct Charge<'a> {
    pub(super) report: &'a Report,
    pub(super) periods: ChargePeriods,
    pub(super) row: &'a WorkloadRow,
    pub(super) part: Part,
    pub(super) cost: Money,
}

/// The part of the cost that a charge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Cpu,
    Memory,
    Gpu,
    Storage,
    LoadBalancers,
    Shared,
    Idle,
}

/// A service with its category and subcategory from the lists of FOCUS 1.2.
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) category: &'static str,
    pub(super) subcategory: &'static str,
}

/// All charges with a cost, in the order of the report's rows.
pub(super) fn charges(report: &Report, periods: ChargePeriods) -> impl Iterator<Item = Charge<'_>> {
    report.workloads.iter().flat_map(move |row| {
        let Costs { cpu, memory, gpu, storage, load_balancers, shared, idle } = row.costs;
        let parts = [
            (Part::Cpu, cpu),
            (Part::Memory, memory),
            (Part::Gpu, gpu),
            (Part::Storage, storage),
            (Part::LoadBalancers, load_balancers),
            (Part::Shared, shared),
            (Part::Idle, idle),
        ];
        let costly = parts.into_iter().filter(|(_, cost)| *cost > Money::default());
        costly.map(move |(part, cost)| Charge { report, periods, row, part, cost })
    })
}

impl Part {
    /// Stable name in documents, also used for the label `part` of the metrics.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Gpu => "gpu",
            Self::Storage => "storage",
            Self::LoadBalancers => "load-balancers",
            Self::Shared => "shared",
            Self::Idle => "idle",
        }
    }

    /// Description of the charge.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::Memory => "memory",
            Self::Gpu => "accelerators",
            Self::Storage => "volumes",
            Self::LoadBalancers => "load balancers",
            Self::Shared => "shared cost",
            Self::Idle => "idle cost",
        }
    }

    /// The service of the charge; FOCUS requires one category per service.
    pub(super) const fn service(self) -> Service {
        match self {
            Self::Cpu | Self::Memory | Self::Gpu | Self::Shared | Self::Idle => {
                Service { name: "Kubernetes", category: "Compute", subcategory: "Containers" }
            }
            Self::Storage => Service { name: "Kubernetes Volumes", category: "Storage", subcategory: "Block Storage" },
            Self::LoadBalancers => Service {
                name: "Kubernetes Load Balancers",
                category: "Networking",
                subcategory: "Application Networking",
            },
        }
    }
}
