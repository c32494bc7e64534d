//! What processes are asked at their `/metrics`, and how.

use crate::cli::ScrapeArg;
#[cfg(feature = "live")]
use crate::net::proxy::Proxies;
use crate::settings::SettingsError;
use crate::units::Timestamp;

/// What processes say of themselves.
#[derive(Clone, Debug)]
pub struct ScrapeSettings {
    /// Whose, and where.
    pub asked: Vec<ScrapeArg>,
    /// When an address is asked.
    pub now: Timestamp,
    /// The proxies on the way there.
    #[cfg(feature = "live")]
    pub proxies: Proxies,
}

impl ScrapeSettings {
    /// Flags and environment in one value.
    ///
    /// # Errors
    /// An environment that cannot be used.
    pub fn resolve(asked: Vec<ScrapeArg>, now: Timestamp) -> Result<Self, SettingsError> {
        Ok(Self {
            now,
            #[cfg(feature = "live")]
            proxies: if asked.is_empty() { Proxies::default() } else { super::proxies()? },
            asked,
        })
    }
}
