//! The settings for scraping processes directly.

use crate::cli::ScrapeArg;
#[cfg(feature = "live")]
use crate::net::proxy::Proxies;
use crate::settings::SettingsError;
use crate::units::Timestamp;

/// Processes to scrape, and how to reach them.
#[derive(Clone, Debug)]
pub struct ScrapeSettings {
    /// Workload and source of each process.
    pub asked: Vec<ScrapeArg>,
    /// Current time, used as the time of a scrape.
    pub now: Timestamp,
    /// Proxies from the environment.
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
