//! Converts the outside world to plain values: everything that reads a file or opens a connection is here.

pub mod bill;
pub mod files;
pub mod kube;
pub mod nearest;
pub mod prices;
pub mod prometheus;
