//! Where reports are delivered.

use std::path::Path;

use crate::cli::DeliveryArgs;
use crate::delivery::{NoTarget, Target};
use crate::inputs::files::{FileError, label, read};
#[cfg(feature = "live")]
use crate::net::proxy::Proxies;
use crate::settings::SettingsError;

/// Where a report is delivered.
#[derive(Clone, Debug, Default)]
pub struct DeliverySettings {
    /// Where; stores first, so that a webhook can be told what became of them.
    pub targets: Vec<Target>,
    /// The proxies of the environment.
    #[cfg(feature = "live")]
    pub proxies: Proxies,
}

impl DeliverySettings {
    /// Flags and the files that they name in one value. What is wrong with a target is said without the target: it may be
    /// a secret.
    ///
    /// # Errors
    /// A target that is none, or a file that cannot be used.
    pub fn resolve(args: DeliveryArgs) -> Result<Self, SettingsError> {
        let DeliveryArgs { deliver } = args;
        let targets = deliver.iter().enumerate().map(|(i, text)| match text.strip_prefix('@') {
            Some("") => Err(SettingsError::Target { number: i + 1, source: NoTarget::NoFile }),
            Some(path) => Ok(from_file(Path::new(path)).map_err(|error| error.named_by("--deliver"))?),
            None => Target::parse(text).map_err(|source| SettingsError::Target { number: i + 1, source }),
        });
        let mut targets = targets.collect::<Result<Vec<_>, _>>()?;
        targets.sort_by_key(|target| !target.is_store());
        Ok(Self {
            targets,
            #[cfg(feature = "live")]
            proxies: if deliver.is_empty() { Proxies::default() } else { super::proxies()? },
        })
    }
}

fn from_file(path: &Path) -> Result<Target, FileError> {
    let text = read(path)?;
    Target::parse_stored(text.lines().next().unwrap_or_default()).map_err(|error: NoTarget| FileError::Invalid {
        label: label(path),
        wanted: "delivery target",
        message: format!("line 1: {error}"),
    })
}
