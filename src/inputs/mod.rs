//! The world as plain values: everything that reads a file or opens a connection lives here.

pub mod files;
pub mod kube;
pub mod nearest;
pub mod prices;
pub mod prometheus;
