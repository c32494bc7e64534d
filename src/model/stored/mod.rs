//! Stored reports of many clusters and months: their sum, its change, and what is missing from it.

mod fleet;
mod known_cost;
mod month_report;
mod months;
mod refusal;

pub use fleet::{Before, ClusterMonth, Fleet, Missing, fleet};
pub use known_cost::KnownCost;
pub use month_report::{CostLine, Covers, MonthReport};
pub use months::{Months, NamespaceMonths, OneMonth};
pub use refusal::Refusal;
