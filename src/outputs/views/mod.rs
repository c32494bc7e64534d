//! One file per screen: converts values to a document, and to the flat records of a spreadsheet.

#[cfg(feature = "live")]
pub(super) mod check;
pub(super) mod claims;
pub(super) mod compare;
pub(super) mod estimate;
mod explain;
pub(super) mod finding;
pub(super) mod prices;
pub(super) mod profiles;
pub(super) mod report;
pub(super) mod stored;
pub(super) mod workload;
