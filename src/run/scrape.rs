//! Scrapes the `/metrics` of services, for clusters without Prometheus.

use std::collections::BTreeMap;
use std::path::Path;

use super::Failure;
use crate::cli::ScrapeArg;
use crate::inputs::files::read_exposition;
use crate::inputs::prometheus::Exposition;
use crate::model::report::ScrapeTarget;
use crate::model::usage::Scrape;
use crate::net::address::without_secrets;
use crate::settings::ScrapeSettings;

/// Everything that was requested, by workload. An unreachable service is reported before a large cluster is read.
pub(super) fn read(settings: &ScrapeSettings) -> Result<BTreeMap<ScrapeTarget, Vec<Scrape>>, Failure> {
    let mut all: BTreeMap<ScrapeTarget, Vec<Scrape>> = BTreeMap::new();
    for ScrapeArg { target, source } in &settings.asked {
        let (exposition, at, shown) = match source.contains("://") {
            true => (fetch(source, settings)?, settings.now, without_secrets(source)),
            false => {
                let (exposition, saved) =
                    read_exposition(Path::new(source), settings.now).map_err(|error| error.named_by("--scrape"))?;
                (exposition, saved, source.clone())
            }
        };
        let scrape = Scrape { source: shown, at, service: exposition.service() };
        all.entry(target.clone()).or_default().push(scrape);
    }
    Ok(all)
}

#[cfg(feature = "live")]
fn fetch(url: &str, settings: &ScrapeSettings) -> Result<Exposition, Failure> {
    use crate::inputs::prometheus::{Access, Endpoint, RETRY, scrape};
    use crate::net::RetryPolicy;
    // The default scrape timeout of Prometheus is ten seconds too.
    let retry = RetryPolicy { timeout: std::time::Duration::from_secs(10), ..RETRY };
    let proxies = settings.proxies.clone();
    let endpoint = Endpoint { url: url.to_owned(), access: Access::default(), tenant: None, retry, proxies };
    Ok(super::runtime()?.block_on(scrape(&endpoint))?)
}

#[cfg(not(feature = "live"))]
fn fetch(url: &str, _settings: &ScrapeSettings) -> Result<Exposition, Failure> {
    Err(Failure::Value(format!(
        "cannot scrape {}: this build has no network support; save the exposition to a file",
        without_secrets(url)
    )))
}
