//! The settings of `capmodel stored`.

use super::{OutputSettings, SettingsError, today};
use crate::cli::StoredArgs;
use crate::delivery::{NoTarget, Target};
#[cfg(feature = "buckets")]
use crate::net::proxy::Proxies;
use crate::units::{Money, Month, Timestamp};

/// Where reports are stored, and which of them to show.
#[derive(Clone, Debug)]
pub struct StoredSettings {
    /// Folders and buckets.
    pub places: Vec<Target>,
    /// Proxies from the environment.
    #[cfg(feature = "buckets")]
    pub proxies: Proxies,
    /// The month to show.
    pub month: Month,
    /// Number of months to show by namespace; `None` for only the one.
    pub months: Option<usize>,
    /// Budget of a month.
    pub budget: Option<Money>,
    /// Rows that each table shows.
    pub rows: usize,
    /// Format and destination of the result.
    pub output: OutputSettings,
}

impl StoredSettings {
    /// Resolves the arguments with the environment; `now` is the time of the run.
    ///
    /// # Errors
    /// [`SettingsError`] if a place is neither a folder nor a bucket, or an option has no effect.
    pub fn resolve(args: StoredArgs, now: Timestamp) -> Result<Self, SettingsError> {
        let StoredArgs { places, month, months, budget, top, output } = args;
        let places = places
            .iter()
            .enumerate()
            .map(|(at, text)| place(text).map_err(|source| SettingsError::Place { number: at + 1, source }));
        let places = places.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            #[cfg(feature = "buckets")]
            proxies: if places.iter().any(|place| matches!(place, Target::Bucket(_))) {
                super::proxies()?
            } else {
                Proxies::default()
            },
            places,
            month: month.month(today(now)),
            months: months.map(usize::from),
            budget,
            rows: top.0,
            output: OutputSettings::resolve(output)?,
        })
    }
}

/// A folder, or a bucket by its address. A folder may have any name: nothing is sent to it.
fn place(text: &str) -> Result<Target, NoTarget> {
    if text.is_empty() || text.contains("://") {
        let target = Target::parse(text)?;
        return if target.is_store() { Ok(target) } else { Err(NoTarget::NotAStore) };
    }
    Ok(Target::Volume(text.into()))
}
