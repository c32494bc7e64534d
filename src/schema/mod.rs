//! Wire types of all JSON documents that capmodel writes; they are both serialized and deserialized.
//!
//! Version 1 is only extended. A new key has a default (`Option`, or `#[serde(default)]`), so that documents of
//! earlier releases remain readable; a key is never renamed or removed. `docs/schema` has the JSON Schema of each
//! document, generated from these types and their comments. A snapshot is written with the types of `model::cluster`,
//! which are its wire types.

pub mod check;
pub mod claims;
pub mod compare;
pub mod currency;
pub mod delivery;
pub mod estimate;
pub mod finding;
pub mod number;
pub mod prices;
pub mod profiles;
pub mod report;
pub mod stored;
pub mod workload;
