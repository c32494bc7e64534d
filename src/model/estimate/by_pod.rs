//! The same pods on a platform that bills each by its own size, without nodes.

use rust_decimal::Decimal;

use super::Spread;
use super::case::Case;
use super::lines::besides_compute;
use super::month::{MonthPods, Samples};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::PodRequest;
use crate::model::pricing::{BillLine, PodPlatform, PodPrice};
use crate::units::Money;

/// Pods that are billed by their size.
#[derive(Clone, Debug, PartialEq)]
pub struct BilledPods {
    /// Where they run.
    pub platform: PodPlatform,
    /// The size that one pod is billed for.
    pub size: PodRequest,
    /// Cost of the pods per month.
    pub cost: Spread<Money>,
    /// Full bill of a cluster that runs only these pods, line by line.
    pub lines: Vec<BillLine>,
}

impl BilledPods {
    /// Sum of the bill lines with a known cost.
    pub fn total_cost(&self) -> Money {
        BillLine::total(&self.lines)
    }
}

impl Case<'_> {
    /// The platform that is asked about, its price, and the billed size of one pod; `None` if there is none.
    fn billed_pod(&self) -> Option<(PodPlatform, &PodPrice, PodRequest)> {
        let platform = self.question.platform?;
        let price = self.question.basis.services.as_ref()?.pods.as_ref()?;
        Some((platform, price, platform.billed(self.shape.requested())?))
    }

    /// Cost of one such pod for the whole month.
    pub(super) fn billed_pod_month(&self) -> Option<Money> {
        let (_, price, size) = self.billed_pod()?;
        let per_hour = price.core_hour * size.cpu.exact_cores() + price.gib_hour * size.memory.exact_gib();
        Some(per_hour * self.question.basis.hours)
    }

    /// The pods of a month on the platform that is asked about.
    pub(super) fn billed_pods(&self, month: &MonthPods, samples: &Samples) -> Option<BilledPods> {
        let (platform, price, size) = self.billed_pod()?;
        let pod_month = self.billed_pod_month()?;
        let basis = &self.question.basis;
        let pod_hours = month.mean() * basis.hours.amount();
        let line = |what: &str, unit, amount: Decimal, price_per_hour: Decimal| {
            let name = format!("{} pods, {what}", platform.name());
            let mut line = BillLine::new(name, unit, Some((price_per_hour, &price.note)));
            line.add(pod_hours * amount, Some(price_per_hour));
            line
        };
        let mut lines = vec![
            line("CPU", "vCPU-hour", size.cpu.exact_cores(), price.core_hour.amount()),
            line("memory", "GiB-hour", size.memory.exact_gib(), price.gib_hour.amount()),
        ];
        lines.extend(besides_compute(basis, Decimal::ZERO, self.zones(), self.mean_demand(), &self.service.work));
        let percentiles = samples.months(|month| Some(pod_month * month.mean()));
        Some(BilledPods { platform, size, cost: Spread { plan: pod_month * month.mean(), percentiles }, lines })
    }

    /// What a reader of the platform's cost must know.
    pub(super) fn platform_findings(&self) -> Option<Finding> {
        let platform = self.question.platform?;
        let name = self.service.profile.name.as_str();
        let Some((_, price, _)) = self.billed_pod() else {
            let request = self.shape.requested();
            let message = format!(
                "no pod of {} is as large as {} cores and {} MiB: it has no cost there",
                platform.name(),
                request.cpu.cores(),
                request.memory.bytes().div_ceil(1 << 20)
            );
            return Some(Finding::warning(Code::PodTooLargeForPlatform, name, message));
        };
        (price.note.region != self.question.basis.region).then(|| {
            let message = format!("{} is priced as in {}", price.name, price.note.region);
            Finding::info(Code::NonNodePricesOtherRegion, &price.name, message)
        })
    }
}
