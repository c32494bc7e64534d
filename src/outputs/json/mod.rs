//! Machine output: types of their own, frozen by version, apart from the model's. v1 only grows.

pub(super) mod delivery;
mod forecast;
mod recommended;
pub(super) mod report;
mod scraped;
mod usage;
pub(super) mod v1;
