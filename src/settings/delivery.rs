//! The settings for delivering a report.

use std::path::Path;

use crate::cli::DeliveryArgs;
use crate::delivery::{NoTarget, Target};
use crate::inputs::files::{FileError, label, read};
#[cfg(feature = "live")]
use crate::net::proxy::Proxies;
use crate::settings::SettingsError;

/// Targets of a delivery.
#[derive(Clone, Debug, Default)]
pub struct DeliverySettings {
    /// The targets. Stores come first, so that the message to a webhook can say whether the report was stored.
    pub targets: Vec<Target>,
    /// Web address of the first store's files; `None` if not given.
    pub link: Option<String>,
    /// Proxies from the environment.
    #[cfg(feature = "live")]
    pub proxies: Proxies,
}

impl DeliverySettings {
    /// Resolves the arguments and the files that they refer to. Errors do not repeat a target, because it may be a
    /// secret.
    ///
    /// # Errors
    /// [`SettingsError`] if a target is invalid or a file cannot be read.
    pub fn resolve(args: DeliveryArgs) -> Result<Self, SettingsError> {
        let DeliveryArgs { deliver, deliver_link: link } = args;
        let targets = deliver.iter().enumerate().map(|(i, text)| match text.strip_prefix('@') {
            Some("") => Err(SettingsError::Target { number: i + 1, source: NoTarget::NoFile }),
            Some(path) => Ok(from_file(Path::new(path)).map_err(|error| error.named_by("--deliver"))?),
            None => Target::parse(text).map_err(|source| SettingsError::Target { number: i + 1, source }),
        });
        let mut targets = targets.collect::<Result<Vec<_>, _>>()?;
        targets.sort_by_key(|target| !target.is_store());
        let (stores, messages) = (targets.iter().any(Target::is_store), targets.iter().any(Target::is_message));
        if link.is_some() && !(stores && messages) {
            let why = "only a message to a webhook or Slack about a report in a folder or bucket has a link";
            return Err(SettingsError::NoEffect { flag: "--deliver-link", why });
        }
        Ok(Self {
            targets,
            link,
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
