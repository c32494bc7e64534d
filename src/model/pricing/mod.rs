//! Prices of machines and services, and their sources.

mod basis;
mod bill;
mod caveats;
mod commitment;
mod converted;
mod custom_type;
mod fixed_price;
mod group;
mod machine;
mod machine_price;
mod negotiated;
mod node_rule;
mod offering;
mod origin;
mod pod_platform;
mod price_list;
mod region;
mod services;
mod share_price;

pub use basis::{Basis, Candidate, Excluded};
pub use bill::{BillLine, PriceRule};
pub use caveats::superseded;
pub use commitment::{Commitment, Covered, Saving, Slice, Sold, Volume, about_term, about_unused, cover};
pub use custom_type::CustomType;
pub use fixed_price::{Billed, FixedPrice, PriceScope, Rate, UnitRates, is_implausible};
pub use group::{GroupPrice, PriceGroup, PriceGroups};
pub use machine::{MachineKey, MachinePrice, MachinePrices, Shape};
pub use machine_price::machine_prices;
pub use negotiated::{Discount, DiscountScope, LineKind, Match, Negotiated, Pricing};
pub use node_rule::Overlap;
pub use offering::Offering;
pub use origin::{PriceDates, PriceOrigin, PriceTable, SpotBasis};
pub use pod_platform::PodPlatform;
pub use price_list::PriceList;
pub use region::{BasisError, BasisQuestion, RegionPrices};
pub use services::{
    AutoModeFee, BootDisk, ControlPlane, CrossZone, DiskPrice, Egress, EgressTier, LoadBalancer, MinorVersion,
    PerformancePrice, PodPrice, PriceNote, ServicePrices, SupportDates, VolumePrice,
};
pub use share_price::{PricedShape, SharePrice, ShareRule, SplitError, opencost_default};
