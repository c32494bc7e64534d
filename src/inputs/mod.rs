//! The world as plain values: everything that reads a file lives here.

pub mod files;
pub mod kube;
pub mod nearest;
pub mod prices;
pub mod prometheus;
