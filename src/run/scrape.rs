//! What services say at `/metrics`, for clusters without Prometheus.

use std::collections::BTreeMap;
use std::path::Path;

use super::Failure;
use crate::cli::ScrapeArg;
use crate::inputs::files::read_exposition;
use crate::inputs::prometheus::{Exposition, without_secrets};
use crate::model::report::ScrapeTarget;
use crate::model::usage::Scrape;
use crate::settings::ReportSettings;

/// All that is asked for, by workload. A service that is not there is told before a large cluster is read.
pub(super) fn read(settings: &ReportSettings) -> Result<BTreeMap<ScrapeTarget, Vec<Scrape>>, Failure> {
    let mut all: BTreeMap<ScrapeTarget, Vec<Scrape>> = BTreeMap::new();
    for ScrapeArg { target, source } in &settings.scrapes {
        let (exposition, at, shown) = match source.contains("://") {
            true => (fetch(source, settings)?, settings.now, without_secrets(source)),
            false => {
                let (exposition, saved) = read_exposition(Path::new(source))?;
                (exposition, saved, source.clone())
            }
        };
        let scrape = Scrape { source: shown, at, service: exposition.service() };
        all.entry(target.clone()).or_default().push(scrape);
    }
    Ok(all)
}

#[cfg(feature = "live")]
fn fetch(url: &str, settings: &ReportSettings) -> Result<Exposition, Failure> {
    use crate::inputs::prometheus::{Access, Endpoint, Patience, scrape};
    // Prometheus gives a scrape ten seconds too.
    let patience = Patience { timeout: std::time::Duration::from_secs(10), ..Patience::default() };
    let proxies = settings.proxies.clone();
    let endpoint = Endpoint { url: url.to_owned(), access: Access::default(), tenant: None, patience, proxies };
    Ok(super::runtime()?.block_on(scrape(&endpoint))?)
}

#[cfg(not(feature = "live"))]
fn fetch(url: &str, _settings: &ReportSettings) -> Result<Exposition, Failure> {
    Err(Failure::Value(format!(
        "cannot ask {}: this build opens no connections; save what it says to a file",
        without_secrets(url)
    )))
}
