//! Helpers that both test binaries share; each uses some of them.
#![allow(dead_code, reason = "each binary uses its part of it")]

#[cfg(feature = "live")]
pub(crate) mod api;
pub(crate) mod binary;
pub(crate) mod delivery;
#[cfg(feature = "live")]
pub(crate) mod demo;
pub(crate) mod kit;
#[cfg(feature = "live")]
pub(crate) mod prometheus;
#[cfg(feature = "live")]
pub(crate) mod proxy;
#[cfg(feature = "live")]
pub(crate) mod server;
#[cfg(feature = "live")]
pub(crate) mod tls;
