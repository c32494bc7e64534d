//! Findings about prices that are old, indicative or superseded.

use super::{PriceOrigin, PriceRule, PriceTable};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::{CapacityType, InstanceType, Provider};
use crate::units::Date;

/// Age in days from which a list price is reported as old. Providers change most prices less often than once a year (0
/// of 557 AWS prices in 15 months, 29 % of Google's in two years), so a younger price is probably still valid.
const OLD_AFTER_DAYS: i32 = 365;

/// AWS families with NVIDIA accelerators whose on-demand prices fell on [`AWS_GPU_DAY`], with the reduction in percent
/// (<https://aws.amazon.com/blogs/aws/announcing-up-to-45-price-reduction-for-amazon-ec2-nvidia-gpu-accelerated-instances/>,
/// 2025-06-05). The catalogue has prices from before and after that day for us-east-1, which confirm the percentages.
const AWS_GPU_CUTS: [(&str, u32); 4] = [("p4d", 33), ("p4de", 33), ("p5", 44), ("p5en", 25)];
const AWS_GPU_DAY: Date = Date::constant(2025, 6, 1);

/// Finding about a catalogue price that the provider has changed since.
pub fn superseded(provider: Provider, instance: &InstanceType, origin: &PriceOrigin) -> Option<Finding> {
    let day = origin.dates.on_demand_date;
    if provider != Provider::Aws || origin.table != PriceTable::Catalogue || day >= AWS_GPU_DAY {
        return None;
    }
    let family = instance.family(provider);
    let (_, percent) = AWS_GPU_CUTS.iter().find(|(cut, _)| *cut == family)?;
    let message = format!(
        "its price is of {day}; AWS lowered the on-demand price by up to {percent}% on {AWS_GPU_DAY}, so it may be up to that much too high: give \
         the price of your region with --prices"
    );
    Some(Finding::warning(Code::PriceSuperseded, &instance.name, message))
}

/// Finding about prices older than [`OLD_AFTER_DAYS`].
pub(super) fn old_price(region: &str, date: Date, today: Date) -> Option<Finding> {
    ((today - date).get_days() > OLD_AFTER_DAYS).then(|| {
        Finding::warning(
            Code::PriceStale,
            region,
            format!("prices are from {date}, more than a year old: check them against a bill, or override them with --prices"),
        )
    })
}

/// Finding about spot prices that were derived from a published average saving.
pub(super) fn indicative_price(region: &str, origin: &PriceOrigin, capacity_type: CapacityType) -> Option<Finding> {
    (origin.rule(capacity_type) == PriceRule::Indicative).then(|| {
        let date = origin.date(capacity_type);
        Finding::warning(
            Code::SpotPriceIndicative,
            region,
            format!("spot prices are indicative: on-demand prices minus the average saving published on {date}, in whole percent"),
        )
    })
}
