//! Layout of the packed catalogue, shared by the build script that writes it and `catalogue.rs` that reads it.
//!
//! Little-endian, fixed width. A *text* is the position of its first byte in the text section (`u32`) and its length
//! (`u8`); a date is `year × 10,000 + month × 100 + day`; a price is micro-dollars per hour, exact because no list
//! price here has more than six decimals.
//!
//! | section | record |
//! |---|---|
//! | header | newest date, then position and count of: texts (bytes), regions, types, ENI limits (`u32` each) |
//! | region | provider `u8`, name text, on-demand date `u32`, source text, spot basis `u8` (0 none, 1 list, 2 derived), spot date `u32`, position and count of its offerings `u32` |
//! | type | provider `u8`, name text, arch `u8`, vCPU `u16`, memory MiB `u32`, GPUs `u8`, GPU name text, ENIs `u8`, addresses per ENI `u8` (0 = unknown) |
//! | ENI limit | name text, ENIs `u8`, addresses per ENI `u8` |
//! | offering | type `u16`, on-demand `u32`, and in a region with spot prices also spot `u32` (0 = none) |
//!
//! Regions and types are sorted by provider and name, ENI limits by name, offerings by type: every look-up is a binary
//! search. Types are numbered over all providers.

/// Length of the header in bytes.
pub(crate) const HEADER: usize = 4 + 4 * 8;
/// Length of a region record in bytes.
pub(crate) const REGION: usize = 28;
/// Length of an instance-type record in bytes.
pub(crate) const TYPE: usize = 21;
/// Length of an ENI limit in bytes.
pub(crate) const ENI: usize = 7;
/// Length of an offering in bytes in a region without spot prices.
pub(crate) const OFFERING: usize = 6;
/// Length of an offering in bytes in a region with spot prices.
pub(crate) const OFFERING_WITH_SPOT: usize = 10;

/// The providers of the catalogue, in the order of their numbers.
pub(crate) const PROVIDERS: [&str; 3] = ["aws", "gcp", "azure"];
