use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::cli::{ByArg, ReportArgs, SplitArg};
use crate::model::report::Split;
use crate::settings::{DeliverySettings, OutputSettings, SettingsError, today};
use crate::units::{Date, Hours, Month};

/// Everything `capmodel report` needs.
#[derive(Clone, Debug)]
pub struct ReportSettings {
    /// Where the cluster is read from.
    pub source: ClusterSource,
    /// What makes a row.
    pub by: ByArg,
    /// Namespaces that everyone pays for.
    pub shared_namespaces: BTreeSet<String>,
    /// How what is shared is given to rows.
    pub split_shared: Split,
    /// How what is idle is given to rows.
    pub split_idle: Split,
    /// Own price table.
    pub prices: Option<PathBuf>,
    /// Hours that are priced.
    pub hours: Hours,
    /// The day from which prices have an age.
    pub today: Date,
    /// The month that is reported.
    pub month: Month,
    /// Where the result goes as well.
    pub delivery: DeliverySettings,
    /// Form and place of the result.
    pub output: OutputSettings,
}

/// Where a cluster is read from.
#[derive(Clone, Debug)]
pub enum ClusterSource {
    /// Snapshots.
    Files(Vec<PathBuf>),
    /// The cluster itself.
    #[cfg(feature = "live")]
    Live(Box<LiveCluster>),
}

/// How a cluster is reached, and what is read of it.
#[cfg(feature = "live")]
#[derive(Clone, Debug)]
pub struct LiveCluster {
    /// How it is reached.
    pub access: crate::inputs::kube::Access,
    /// What is read of it.
    pub wanted: crate::inputs::kube::Wanted,
}

#[cfg(feature = "live")]
impl LiveCluster {
    /// Flags and the clock in one value; of labels and annotations only `label` is kept.
    ///
    /// # Errors
    /// A clock that cannot be used.
    pub fn resolve(args: crate::cli::ClusterArgs, label: Option<String>) -> Result<Self, SettingsError> {
        let crate::cli::ClusterArgs { kubeconfig, context, mut namespace } = args;
        namespace.sort();
        namespace.dedup();
        Ok(Self {
            access: crate::inputs::kube::Access { kubeconfig, context },
            wanted: crate::inputs::kube::Wanted {
                namespaces: namespace,
                keep: crate::inputs::kube::Keep { labels: label.into_iter().collect(), annotations: Vec::new() },
                cluster_name: None,
                taken_at: super::now()?,
            },
        })
    }
}

impl ReportSettings {
    /// Flags, clock and defaults in one value.
    ///
    /// # Errors
    /// A value of the environment that cannot be used.
    pub fn resolve(args: ReportArgs) -> Result<Self, SettingsError> {
        #[cfg(feature = "live")]
        let source = if args.snapshots.is_empty() {
            let label = if let ByArg::Label(key) = &args.by { Some(key.clone()) } else { None };
            ClusterSource::Live(Box::new(LiveCluster::resolve(args.cluster, label)?))
        } else {
            ClusterSource::Files(args.snapshots)
        };
        #[cfg(not(feature = "live"))]
        let source = ClusterSource::Files(args.snapshots);
        let today = today()?;
        Ok(Self {
            source,
            by: args.by,
            shared_namespaces: args.shared_namespace.into_iter().collect(),
            split_shared: args.split_shared.into(),
            split_idle: args.split_idle.into(),
            prices: args.prices,
            hours: args.month.map_or(Hours::MONTH, Month::hours),
            today,
            month: args.month.unwrap_or(Month::of(today)),
            delivery: DeliverySettings::resolve(args.delivery)?,
            output: OutputSettings::resolve(args.output),
        })
    }
}

impl From<SplitArg> for Split {
    fn from(arg: SplitArg) -> Self {
        match arg {
            SplitArg::Even => Self::Even,
            SplitArg::Proportional => Self::Proportional,
            SplitArg::None => Self::None,
        }
    }
}
