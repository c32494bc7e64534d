//! Prices: the dated catalogue inside the binary, the user's own table laid over it, and what is bought beside machines.

mod book;
mod catalogue;
mod error;
mod groups;
mod layout;
mod services;
mod table;

pub use book::PriceBook;
pub use catalogue::Catalogue;
pub use error::PricesError;
pub use groups::price_groups;
pub use services::service_prices;
pub use table::OwnTable;
