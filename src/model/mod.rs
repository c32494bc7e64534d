//! The capacity and cost model: values in, values out.
//!
//! Nothing here reads a clock, a file, the network or the environment; nothing logs, waits or keeps state. A fact that is
//! missing becomes a [`Finding`], never a guess. Inside, rates are requests a second, times are seconds, CPU is cores and
//! memory is bytes as `f64`; CPU and memory requests and money enter and leave as the exact types of [`crate::units`].

mod allocatable;
mod distribution;
mod family;
mod finding;
mod instance;
mod interval;
mod price_group;
mod price_origin;
mod services;
mod share_price;

pub use allocatable::{Allocatable, allocatable, eni_max_pods, gke_kernel_reserved, max_pods};
pub use distribution::Distribution;
pub use finding::{Finding, Severity};
pub use instance::{Arch, CapacityType, InstanceType, Offering, Provider};
pub use interval::Interval;
pub use price_group::{GroupPrice, PriceGroup, PriceGroups};
pub use price_origin::{PriceDates, PriceOrigin, PriceTable, SpotBasis};
pub use services::{
    BootDisk, ControlPlane, CrossZone, DiskPrice, Egress, EgressTier, LoadBalancer, PriceNote, ServicePrices,
};
pub use share_price::{NoFit, PricedShape, SharePrice, ShareRule};
