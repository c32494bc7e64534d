//! JSON output: converts values to the wire types of `schema`.

#[cfg(feature = "live")]
pub(super) mod check;
pub(super) mod claims;
pub(super) mod compare;
pub(super) mod convert;
pub(super) mod delivery;
pub(super) mod estimate;
mod forecast;
pub(super) mod prices;
pub(super) mod profiles;
mod recommended;
mod reconciliation;
pub(super) mod report;
mod running;
mod scraped;
mod service_forecast;
pub(super) mod stored;
mod usage;
pub(super) mod workload;
