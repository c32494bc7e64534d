//! Changes of list prices that older rows of the catalogue do not have.

use super::{Finding, InstanceType, PriceOrigin, PriceTable, Provider};
use crate::units::Date;

/// AWS families with NVIDIA accelerators whose on-demand prices fell on [`AWS_GPU_DAY`], with the percentage
/// (<https://aws.amazon.com/blogs/aws/announcing-up-to-45-price-reduction-for-amazon-ec2-nvidia-gpu-accelerated-instances/>,
/// 2025-06-05); in us-east-1 the catalogue has prices of both days, and they differ by as much.
const AWS_GPU_CUTS: [(&str, u32); 4] = [("p4d", 33), ("p4de", 33), ("p5", 44), ("p5en", 25)];
const AWS_GPU_DAY: Date = Date::constant(2025, 6, 1);

/// What a reader must know of a price of the catalogue that its provider has changed since.
pub fn superseded(provider: Provider, instance: &InstanceType, origin: &PriceOrigin) -> Option<Finding> {
    let day = origin.dates.on_demand_date;
    if provider != Provider::Aws || origin.table != PriceTable::Catalogue || day >= AWS_GPU_DAY {
        return None;
    }
    let family = instance.family(provider);
    let (_, percent) = AWS_GPU_CUTS.iter().find(|(cut, _)| *cut == family)?;
    let message = format!(
        "its price is of {day}; AWS lowered the on-demand price by up to {percent} % on {AWS_GPU_DAY}, so that it is too high by \
         as much: give the price of your region with --prices"
    );
    Some(Finding::warning("price-superseded", &instance.name, message))
}
