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

/// Which Prometheus, and what of it.
#[derive(Clone, Debug)]
pub struct PrometheusSettings {
    /// Its address; `None` where there is none.
    pub url: Option<String>,
    /// Credentials and TLS settings.
    pub access: Access,
    /// What goes into every selector.
    pub matchers: Vec<Matcher>,
    /// Tenant ID for multi-tenant backends.
    pub tenant: Option<String>,
    /// How far back usage is read.
    pub window: SignedDuration,
    /// One's own query of requests per second.
    pub requests_query: Option<String>,
    /// The proxies of the environment.
    pub proxies: Proxies,
    /// Current time.
    pub now: Timestamp,
    /// Whether progress is not printed.
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

    /// The window up to now; `None` where it reaches beyond the calendar.
    pub fn period(&self) -> Option<Period> {
        Period::last(self.now, self.window, StepSeconds::fitting(self.window))
    }
}

/// The complete settings of `capmodel check`.
#[derive(Clone, Debug)]
pub struct CheckSettings {
    /// How the cluster is reached.
    pub access: kube::Access,
    /// These namespaces alone; empty for all.
    pub namespaces: Vec<String>,
    /// Labels of one's own that spot machines have.
    pub spot_labels: Vec<SpotLabel>,
    /// Path of a price table (CSV) that overrides the built-in prices.
    pub prices: Option<PathBuf>,
    /// The day from which prices have an age.
    pub today: Date,
    /// Whether the screen shows every check.
    pub verbose: bool,
    /// Access to Prometheus.
    pub prometheus: PrometheusSettings,
    /// Form and place of the result.
    pub output: OutputSettings,
}

impl CheckSettings {
    /// Flags and defaults in one value.
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
