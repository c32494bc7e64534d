//! Machine output: types of their own, frozen by version, apart from the model's. v1 only grows.

pub(super) mod delivery;
mod forecast;
pub(super) mod report;
pub(super) mod v1;
