//! Prices: the dated catalogue inside the binary, the user's own price table that overrides it, and services other than
//! machines.

mod book;
mod catalogue;
mod error;
mod groups;
mod import;
mod layout;
mod pricing;
mod services;
mod table;

pub use book::PriceBook;
pub use catalogue::Catalogue;
pub use error::PricesError;
pub use groups::price_groups;
pub use import::{ImportError, Imported, ImportedPrice, ListFormat};
pub use pricing::parse_pricing;
pub use services::service_prices;
pub use table::OwnTable;
