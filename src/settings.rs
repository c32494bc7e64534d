//! Flags, environment and defaults → one complete typed value for each command.
//!
//! Nothing after this file sees clap, and nothing after it reads the environment or the clock.

#[cfg(feature = "live")]
mod snapshot;

#[cfg(feature = "live")]
pub use snapshot::SnapshotSettings;

use std::path::PathBuf;
use std::str::FromStr;

use jiff::civil::Date;

use crate::cli::{ArchArg, CapacityTypeArg, EstimateArgs, EvidenceArg, Format, OutputArgs};
use crate::model::{Arch, CapacityType, DaemonSetOverhead, Distribution, Evidence, Interval, Provider, Workers};
use crate::units::{Bytes, CpuMillis, Hours, RequestsPerSecond};

/// `N` or `LOW:MID:HIGH`.
#[derive(Clone, Copy, Debug)]
pub struct DemandText(Interval);

impl FromStr for DemandText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let rates: Vec<f64> = text
            .split(':')
            .map(|part| part.parse().map(RequestsPerSecond::per_second))
            .collect::<Result<_, _>>()
            .map_err(|e| e.to_string())?;
        let interval = match rates.as_slice() {
            [rate] => Interval::exact(*rate),
            [low, mid, high] if low <= mid && mid <= high => Interval::new(*low, *mid, *high),
            [_, _, _] => return Err("low, mid and high must be in order, like 4000:5000:9000".to_owned()),
            _ => None,
        };
        interval.map(Self).ok_or_else(|| "write one rate, or LOW:MID:HIGH like 4000:5000:9000".to_owned())
    }
}

/// `CPU/MEMORY/PODS`.
#[derive(Clone, Copy, Debug)]
pub struct OverheadText(DaemonSetOverhead);

impl FromStr for OverheadText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').collect();
        let [cpu, memory, pods] = parts.as_slice() else {
            return Err("write CPU/MEMORY/PODS, like 150m/150Mi/3".to_owned());
        };
        let pods = pods.parse().map_err(|_| format!("`{pods}` is not a number of pods"))?;
        let cpu = cpu.parse::<CpuMillis>().map_err(|e| e.to_string())?;
        let memory = memory.parse::<Bytes>().map_err(|e| e.to_string())?;
        Ok(Self(DaemonSetOverhead { cpu, memory, pods }))
    }
}

/// `VALUE` for every profile, or `PROFILE=VALUE` for one.
#[derive(Clone, Debug)]
pub struct PerProfile<T> {
    profile: Option<String>,
    value: T,
}

impl<T: FromStr<Err = crate::units::ParseError>> FromStr for PerProfile<T> {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (profile, value) = match text.split_once('=') {
            Some((profile, value)) => (Some(profile.to_owned()), value),
            None => (None, text),
        };
        Ok(Self { profile, value: value.parse().map_err(|e: crate::units::ParseError| e.to_string())? })
    }
}

/// What was given for one profile: its own value before the one for all; the last of each.
#[derive(Clone, Debug)]
pub struct Overrides<T>(Vec<PerProfile<T>>);

impl<T: Copy> Overrides<T> {
    /// The value for a profile.
    pub fn for_profile(&self, name: &str) -> Option<T> {
        let last = |wanted: Option<&str>| self.0.iter().rev().find(|o| o.profile.as_deref() == wanted).map(|o| o.value);
        last(Some(name)).or_else(|| last(None))
    }

    /// Profiles that were named.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|o| o.profile.as_deref())
    }
}

/// A calendar month.
#[derive(Clone, Copy, Debug)]
pub struct Month(Date);

impl FromStr for Month {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a month; write for example 2026-12");
        let (year, month) = text.split_once('-').filter(|(y, m)| y.len() == 4 && m.len() == 2).ok_or_else(wrong)?;
        let date = Date::new(year.parse().map_err(|_| wrong())?, month.parse().map_err(|_| wrong())?, 1);
        date.map(Self).map_err(|_| wrong())
    }
}

impl Month {
    /// Its hours: 24 for each of its days.
    pub fn hours(self) -> Hours {
        Hours::from_hours(u32::from(self.0.days_in_month().unsigned_abs()) * 24)
    }
}

/// Where the result goes and in what form.
#[derive(Clone, Debug)]
pub struct OutputSettings {
    /// Form.
    pub format: Format,
    /// A file, or stdout.
    pub file: Option<PathBuf>,
    /// Columns that running text is wrapped to.
    pub width: usize,
}

impl OutputSettings {
    /// From the flags; the width is the terminal's, or 110 where there is none.
    pub fn resolve(args: OutputArgs) -> Self {
        let OutputArgs { format, output } = args;
        // A pipe gets the same width on every machine.
        let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        Self { format, file: output, width: terminal.unwrap_or(110).clamp(60, 140) }
    }
}

/// What a pod reserves and may use, where it is not the profile's.
#[derive(Clone, Debug)]
pub struct PodOverrides {
    /// CPU requests.
    pub cpu_request: Overrides<CpuMillis>,
    /// CPU limits.
    pub cpu_limit: Overrides<CpuMillis>,
    /// Memory requests.
    pub memory_request: Overrides<Bytes>,
    /// Memory limits.
    pub memory_limit: Overrides<Bytes>,
}

/// Which nodes, whose prices.
#[derive(Clone, Debug)]
pub struct BasisSettings {
    /// Whose.
    pub provider: Provider,
    /// Where; `None` takes the only region of an own table.
    pub region: Option<String>,
    /// Types by name; empty for every general one.
    pub instance_types: Vec<String>,
    /// Instruction set.
    pub arch: Arch,
    /// How nodes are bought.
    pub capacity_type: CapacityType,
    /// Reservation formulas.
    pub distribution: Distribution,
    /// What every node gives away.
    pub daemonsets: DaemonSetOverhead,
    /// Whether that is the assumption and not a flag.
    pub daemonsets_assumed: bool,
    /// Own price table.
    pub prices: Option<PathBuf>,
    /// Hours that are priced.
    pub hours: Hours,
    /// The day from which prices have an age.
    pub today: Date,
}

/// Everything `capmodel estimate` needs.
#[derive(Clone, Debug)]
pub struct EstimateSettings {
    /// Requests a second at the busy period.
    pub demand: Interval,
    /// Profiles by name or file.
    pub profiles: Vec<String>,
    /// Their value set.
    pub evidence: Evidence,
    /// Processes of one pod.
    pub workers: Option<Workers>,
    /// Pod sizes that are not the profile's.
    pub pod: PodOverrides,
    /// Policies by name or file.
    pub policies: Vec<String>,
    /// Nodes and prices.
    pub basis: BasisSettings,
    /// Bytes a response sends to the internet.
    pub response_bytes: Option<Bytes>,
    /// Samples for the intervals.
    pub samples: u32,
    /// Seed of the samples.
    pub seed: u64,
    /// Print every step.
    pub explain: bool,
    /// Print the article's claims.
    pub article: bool,
    /// Form and place of the result.
    pub output: OutputSettings,
}

impl EstimateSettings {
    /// Flags, environment and defaults in one value.
    ///
    /// # Errors
    /// A value of the environment that cannot be used.
    pub fn resolve(args: EstimateArgs) -> Result<Self, SettingsError> {
        let EstimateArgs {
            rps,
            profile,
            evidence,
            workers,
            cpu_request,
            cpu_limit,
            memory_request,
            memory_limit,
            policy,
            provider,
            region,
            instance_type,
            arch,
            capacity_type,
            distribution,
            daemonset_overhead,
            response_bytes,
            prices,
            month,
            samples,
            seed,
            explain,
            article,
            output,
        } = args;
        let or_default = |given: Vec<String>, default: &[&str]| {
            if given.is_empty() { default.iter().map(|s| (*s).to_owned()).collect() } else { given }
        };
        Ok(Self {
            demand: rps.0,
            profiles: or_default(profile, &["python-fastapi", "go-gin"]),
            evidence: evidence.into(),
            workers,
            pod: PodOverrides {
                cpu_request: Overrides(cpu_request),
                cpu_limit: Overrides(cpu_limit),
                memory_request: Overrides(memory_request),
                memory_limit: Overrides(memory_limit),
            },
            policies: or_default(policy, &["steady"]),
            basis: BasisSettings {
                provider,
                region: region.or_else(|| default_region(provider).map(ToOwned::to_owned)),
                instance_types: instance_type.into_iter().filter(|t| t != "auto").collect(),
                arch: arch.into(),
                capacity_type: capacity_type.into(),
                distribution: distribution.unwrap_or_else(|| Distribution::of(provider)),
                daemonsets_assumed: daemonset_overhead.is_none(),
                daemonsets: daemonset_overhead.unwrap_or(DEFAULT_OVERHEAD).0,
                prices,
                hours: month.map_or(Hours::MONTH, Month::hours),
                today: today()?,
            },
            response_bytes,
            samples,
            seed,
            explain,
            article,
            output: OutputSettings::resolve(output),
        })
    }
}

/// A log agent, a CNI agent and kube-proxy with the requests that EKS, GKE and AKS commonly give them; an assumption,
/// so a finding says it.
const DEFAULT_OVERHEAD: OverheadText =
    OverheadText(DaemonSetOverhead { cpu: CpuMillis::from_millis(150), memory: Bytes::from_mib(150), pods: 3 });

/// The region of each provider with the most types in the catalogue.
pub fn default_region(provider: Provider) -> Option<&'static str> {
    match provider {
        Provider::Aws => Some("us-east-1"),
        Provider::Gcp => Some("us-central1"),
        Provider::Azure => Some("eastus"),
        Provider::OnPrem => None,
    }
}

/// The environment holds something that cannot be used: the fault of whoever set it.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Not a number of seconds.
    #[error("SOURCE_DATE_EPOCH is `{0}`, not a number of seconds since 1970")]
    SourceDateEpoch(String),
}

/// The time: from `SOURCE_DATE_EPOCH` where that is set (<https://reproducible-builds.org/specs/source-date-epoch/>),
/// so that a result can be made again byte by byte.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock and the environment")]
fn now() -> Result<jiff::Timestamp, SettingsError> {
    Ok(match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text
            .parse()
            .ok()
            .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
            .ok_or(SettingsError::SourceDateEpoch(text))?,
        Err(_) => jiff::Timestamp::now(),
    })
}

/// Today in UTC.
fn today() -> Result<Date, SettingsError> {
    Ok(now()?.to_zoned(jiff::tz::TimeZone::UTC).date())
}

impl From<EvidenceArg> for Evidence {
    fn from(arg: EvidenceArg) -> Self {
        match arg {
            EvidenceArg::Article => Self::Article,
            EvidenceArg::Measured => Self::Measured,
        }
    }
}

impl From<ArchArg> for Arch {
    fn from(arg: ArchArg) -> Self {
        match arg {
            ArchArg::Amd64 => Self::Amd64,
            ArchArg::Arm64 => Self::Arm64,
        }
    }
}

impl From<CapacityTypeArg> for CapacityType {
    fn from(arg: CapacityTypeArg) -> Self {
        match arg {
            CapacityTypeArg::OnDemand => Self::OnDemand,
            CapacityTypeArg::Spot => Self::Spot,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demand() {
        let interval = |text: &str| text.parse::<DemandText>().map(|d| (d.0.low(), d.0.mid(), d.0.high()));
        assert_eq!(interval("5k"), Ok((5e3, 5e3, 5e3)));
        assert_eq!(interval("4k:5000:9e3"), Ok((4e3, 5e3, 9e3)));
        for text in ["5000:4000:9000", "1:2", "1:2:3:4", "0", "-5", "nan", "1e400", "", ":", "1::2"] {
            assert!(interval(text).is_err(), "{text}");
        }
    }

    #[test]
    fn months() {
        let hours = |text: &str| text.parse::<Month>().map(|m| m.hours().amount().to_string());
        assert_eq!(hours("2026-02"), Ok("672".to_owned()));
        assert_eq!(hours("2028-02"), Ok("696".to_owned()));
        assert_eq!(hours("2026-12"), Ok("744".to_owned()));
        for text in ["2026-13", "2026-1", "12-2026", "2026", "2026-12-01"] {
            assert!(hours(text).is_err(), "{text}");
        }
    }

    #[test]
    fn own_value_before_the_one_for_all() {
        let parse = |text: &str| text.parse::<PerProfile<CpuMillis>>().unwrap();
        let overrides = Overrides(vec![parse("go-gin=300m"), parse("1"), parse("2")]);
        assert_eq!(overrides.for_profile("go-gin"), Some(CpuMillis::from_millis(300)));
        assert_eq!(overrides.for_profile("x"), Some(CpuMillis::from_cores(2)));
    }
}
