//! The planned pods on a platform without nodes, which bills each pod by its own size.

use rust_decimal::Decimal;

use super::Spread;
use super::case::Case;
use super::lines::besides_compute;
use super::month::{MonthPods, Samples};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::PodRequest;
use crate::model::pricing::{BillLine, PodPlatform, PodPrice};
use crate::units::{Money, grouped};

/// Pods on a platform that bills each of them by its size.
#[derive(Clone, Debug, PartialEq)]
pub struct BilledPods {
    /// Platform that runs the pods.
    pub platform: PodPlatform,
    /// Size that each pod is billed for: its request, rounded up to a size that the platform sells.
    pub size: PodRequest,
    /// Monthly cost of the pods.
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
    /// The requested platform, its price, and the billed size of one pod; `None` if no platform was requested, it has
    /// no price, or the pod exceeds its largest size.
    fn billed_pod(&self) -> Option<(PodPlatform, &PodPrice, PodRequest)> {
        let platform = self.question.platform?;
        let price = self.question.basis.services.as_ref()?.pods.as_ref()?;
        Some((platform, price, platform.billed(self.shape.requested())?))
    }

    /// Cost of one such pod that runs for the whole month.
    pub(super) fn billed_pod_month(&self) -> Option<Money> {
        let (_, price, size) = self.billed_pod()?;
        let per_hour = price.core_hour * size.cpu.exact_cores() + price.gib_hour * size.memory.exact_gib();
        Some(per_hour * self.question.basis.hours)
    }

    /// The month's pods on the requested platform; `None` as for [`Self::billed_pod`].
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

    /// Finding about the limitations of the platform's cost.
    pub(super) fn platform_findings(&self) -> Option<Finding> {
        let platform = self.question.platform?;
        let name = self.service.profile.name.as_str();
        let Some((_, price, _)) = self.billed_pod() else {
            let request = self.shape.requested();
            let message = format!(
                "{} has no pod size of {} cores and {} MiB or more, so there is no price",
                platform.name(),
                request.cpu.cores(),
                grouped(request.memory.bytes().div_ceil(1 << 20))
            );
            return Some(Finding::warning(Code::PodTooLargeForPlatform, name, message));
        };
        (price.note.region != self.question.basis.region).then(|| {
            let message = format!("{} is priced as in {}", price.name, price.note.region);
            Finding::info(Code::NonNodePricesOtherRegion, &price.name, message)
        })
    }
}
