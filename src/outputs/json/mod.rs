//! Machine output: types of their own, frozen by version, apart from the model's. v1 only grows.

mod recommended;
pub(super) mod report;
mod usage;
pub(super) mod v1;
