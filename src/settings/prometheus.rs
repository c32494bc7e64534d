//! The settings of the connection to Prometheus, and of `capmodel check`.

use std::path::PathBuf;

use jiff::SignedDuration;

use crate::cli::{CheckArgs, ClusterArgs, PrometheusArgs};
use crate::inputs::kube;
use crate::inputs::prometheus::{Access, Matcher, check_address};
use crate::model::cluster::SpotLabel;
use crate::model::usage::{Period, StepSeconds};
use crate::net::proxy::Proxies;
use crate::settings::{DEFAULT_WINDOW, OutputSettings, SettingsError, today};
use crate::units::{Date, Timestamp};

/// Connection to Prometheus, and what to read from it.
#[derive(Clone, Debug)]
pub struct PrometheusSettings {
    /// Base URL; `None` without Prometheus.
    pub url: Option<String>,
    /// Credentials and TLS settings.
    pub access: Access,
    /// Label matchers that are added to every selector.
    pub matchers: Vec<Matcher>,
    /// Tenant ID for multi-tenant backends.
    pub tenant: Option<String>,
    /// Length of the period that is read.
    pub window: SignedDuration,
    /// User-defined query for requests per second.
    pub requests_query: Option<String>,
    /// Proxies from the environment.
    pub proxies: Proxies,
    /// Current time.
    pub now: Timestamp,
    /// Whether progress messages are suppressed.
    pub quiet: bool,
}

impl PrometheusSettings {
    /// Flags, the auth file and defaults in one value.
    ///
    /// # Errors
    /// An address that is none, or an auth file that cannot be used.
    pub fn resolve(args: PrometheusArgs, quiet: bool, now: Timestamp) -> Result<Self, SettingsError> {
        let PrometheusArgs { prometheus, prometheus_auth_file, prometheus_matcher, tenant, window, requests_query } =
            args;
        let access = prometheus_auth_file.map(|path| Access::from_file(&path)).transpose();
        let access = access.map_err(|error| error.named_by("--prometheus-auth-file"))?.unwrap_or_default();
        prometheus.as_deref().map(check_address).transpose()?;
        let proxies = if prometheus.is_some() { super::proxies()? } else { Proxies::default() };
        Ok(Self {
            url: prometheus,
            access,
            matchers: prometheus_matcher,
            tenant,
            window: window.unwrap_or(DEFAULT_WINDOW),
            requests_query,
            proxies,
            now,
            quiet,
        })
    }

    /// The window that ends now; `None` if it exceeds the calendar.
    pub fn period(&self) -> Option<Period> {
        Period::last(self.now, self.window, StepSeconds::fitting(self.window))
    }
}

/// The complete settings of `capmodel check`.
#[derive(Clone, Debug)]
pub struct CheckSettings {
    /// Access to the cluster.
    pub access: kube::Access,
    /// Namespaces to check; empty for all.
    pub namespaces: Vec<String>,
    /// User-defined labels that mark spot nodes.
    pub spot_labels: Vec<SpotLabel>,
    /// Path of a price table (CSV) that overrides the built-in prices.
    pub prices: Option<PathBuf>,
    /// Today's date, which the age of prices is relative to.
    pub today: Date,
    /// Whether every check is shown.
    pub verbose: bool,
    /// Access to Prometheus.
    pub prometheus: PrometheusSettings,
    /// Format and destination of the result.
    pub output: OutputSettings,
}

impl CheckSettings {
    /// Resolves the arguments with the defaults.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn resolve(args: CheckArgs, now: Timestamp) -> Result<Self, SettingsError> {
        super::refused::check(&args)?;
        let CheckArgs { verbose, prices, cluster, prometheus, output } = args;
        let ClusterArgs { kubeconfig, context, mut namespace, spot_label } = cluster;
        namespace.sort();
        namespace.dedup();
        Ok(Self {
            access: super::access(kubeconfig, context)?,
            namespaces: namespace,
            spot_labels: spot_label,
            prices,
            verbose,
            today: today(now),
            prometheus: PrometheusSettings::resolve(prometheus, true, now)?,
            output: OutputSettings::resolve(output)?,
        })
    }
}
