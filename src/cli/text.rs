//! Types of option values, each of which parses the text of one option.

use std::str::FromStr;

use jiff::civil::Date;

use crate::model::nodes::DaemonSetOverhead;
use crate::model::uncertainty::Interval;
use crate::units::{Bytes, CpuMillis, Month, Quantity, RequestsPerSecond, Seconds};

/// Value of `--rps`: `N` or `LOW:MID:HIGH`.
#[derive(Clone, Copy, Debug)]
pub struct DemandText(Interval);

impl FromStr for DemandText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Interval::parse_demand(text).map(Self)
    }
}

impl DemandText {
    /// The interval in requests per second.
    pub const fn interval(self) -> Interval {
        self.0
    }
}

/// Value of `--sweep`: `LOW:HIGH`.
#[derive(Clone, Copy, Debug)]
pub struct SweepText {
    low: f64,
    high: f64,
}

impl FromStr for SweepText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        const HOW: &str = "write two rates, LOW:HIGH, like 500:50k";
        let (low, high) = text.split_once(':').ok_or(HOW)?;
        let rate = |text: &str| text.parse().map(RequestsPerSecond::per_second).map_err(|e| e.to_string());
        let (low, high) = (rate(low)?, rate(high)?);
        if low < high { Ok(Self { low, high }) } else { Err(format!("the second rate must be higher; {HOW}")) }
    }
}

impl SweepText {
    /// The lowest and the highest rate, in requests per second.
    pub const fn ends(self) -> (f64, f64) {
        (self.low, self.high)
    }
}

/// Value of `--cpu-speed`: a factor, or `LOW:MID:HIGH`.
#[derive(Clone, Copy, Debug)]
pub struct SpeedText(Interval);

/// Largest accepted factor. No core is this much faster than the reference; a larger number was meant as a percentage
/// or a clock rate.
const MAX_SPEED: f64 = 20.0;

impl FromStr for SpeedText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        const WANTED: &str = "a factor such as 0.5 (half as fast)";
        const EXAMPLE: &str = "0.4:0.5:0.7";
        let speeds = 1.0 / MAX_SPEED..=MAX_SPEED;
        let factor = |text: &str| match text.parse() {
            Ok(factor) if speeds.contains(&factor) => Ok(factor),
            Ok(_) => Err(format!("a factor must be between {} and {MAX_SPEED}, for example {EXAMPLE}", speeds.start())),
            Err(_) => Err(format!("expected {WANTED}, or LOW:MID:HIGH, for example {EXAMPLE}")),
        };
        Interval::parse(text, factor, WANTED, EXAMPLE).map(Self)
    }
}

impl SpeedText {
    /// The factor relative to the reference core.
    pub const fn interval(self) -> Interval {
        self.0
    }
}

/// Value of `--daemonset-overhead`: `CPU/MEMORY/PODS`.
#[derive(Clone, Copy, Debug)]
pub struct OverheadText(DaemonSetOverhead);

impl OverheadText {
    /// This amount on every node.
    pub const fn new(cpu: CpuMillis, memory: Bytes, pods: u32) -> Self {
        Self(DaemonSetOverhead { cpu, memory, pods })
    }

    /// The overhead per node.
    pub const fn overhead(self) -> DaemonSetOverhead {
        self.0
    }
}

impl FromStr for OverheadText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').collect();
        let [cpu, memory, pods] = parts.as_slice() else {
            return Err("expected CPU/MEMORY/PODS, for example 150m/150Mi/3".to_owned());
        };
        let pods = pods.parse().map_err(|_| format!("`{pods}` is not a number of pods"))?;
        let cpu = cpu.parse::<CpuMillis>().map_err(|e| e.to_string())?;
        let memory = memory.parse::<Bytes>().map_err(|e| e.to_string())?;
        Ok(Self(DaemonSetOverhead { cpu, memory, pods }))
    }
}

/// A value for all profiles, or `PROFILE=VALUE` for one of them.
#[derive(Clone, Debug)]
pub struct PerProfile<T> {
    profile: Option<String>,
    value: T,
}

impl<T> PerProfile<T> {
    /// A value for all profiles.
    pub const fn for_all(value: T) -> Self {
        Self { profile: None, value }
    }

    /// Name of its profile; `None` for all profiles.
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }
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

/// The given values of one option. A value for a profile takes precedence over the value for all profiles.
#[derive(Clone, Debug)]
pub struct Overrides<T>(Vec<PerProfile<T>>);

impl<T: Copy> Overrides<T> {
    /// Creates it from the values in the order in which they were given.
    pub const fn new(given: Vec<PerProfile<T>>) -> Self {
        Self(given)
    }

    /// The value for a profile.
    pub fn for_profile(&self, name: &str) -> Option<T> {
        self.given(Some(name)).or_else(|| self.for_all())
    }

    /// The value for the profiles without one of their own.
    pub fn for_all(&self) -> Option<T> {
        self.given(None)
    }

    fn given(&self, profile: Option<&str>) -> Option<T> {
        self.0.iter().find(|o| o.profile() == profile).map(|o| o.value)
    }

    /// Names of the profiles that have a value of their own.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|o| o.profile.as_deref())
    }
}

/// Value of `--month`: `last` or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonthText {
    /// The previous month.
    Last,
    /// The given month.
    Of(Month),
}

impl FromStr for MonthText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "last" { Ok(Self::Last) } else { Ok(Self::Of(text.parse()?)) }
    }
}

impl MonthText {
    /// The first day of the month, relative to `today`.
    pub fn first_day(self, today: Date) -> Date {
        match self {
            Self::Of(month) => month.first(),
            Self::Last => Month::of(today).previous().first(),
        }
    }
}

/// Value of `--observed`: `[PROFILE=]RATE:CORES[:MEMORY[:PROCESSES]]` of one pod.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservedText {
    /// Name of the profile; `None` for the first one.
    pub profile: Option<String>,
    /// Rate of the pod in requests per second.
    pub rate: f64,
    /// CPU usage of the pod in cores.
    pub cores: f64,
    /// Memory usage of the pod in bytes; `None` if not given.
    pub memory: Option<Bytes>,
    /// Number of worker processes; `None` if not given.
    pub processes: Option<u32>,
}

impl FromStr for ObservedText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        const HOW: &str = "expected RATE:CORES[:MEMORY[:PROCESSES]] of one pod, for example 400rps:3.2cores:6GiB:4";
        let (profile, point) = match text.split_once('=') {
            Some((profile, point)) => (Some(profile.to_owned()), point),
            None => (None, text),
        };
        let parts: Vec<&str> = point.split(':').collect();
        let [rate, cores, rest @ ..] = parts.as_slice() else { return Err(HOW.to_owned()) };
        let (memory, processes) = match rest {
            [] => (None, None),
            [memory] => (Some(memory), None),
            [memory, processes] => (Some(memory), Some(processes)),
            _ => return Err(HOW.to_owned()),
        };
        let rate: RequestsPerSecond = rate.parse().map_err(|e: crate::units::ParseError| e.to_string())?;
        let memory = memory.map(|m| m.parse::<Bytes>()).transpose().map_err(|e| e.to_string())?;
        let processes = processes.map(|count| match count.parse() {
            Ok(count @ 1..=1024) => Ok(count),
            _ => Err(format!("`{count}` is not a number of processes; {HOW}")),
        });
        let (cores, processes) = (used_cores(cores, HOW)?, processes.transpose()?);
        Ok(Self { profile, rate: rate.per_second(), cores, memory, processes })
    }
}

/// Parses CPU usage in cores. A measurement is not rounded to millicores, unlike a request.
fn used_cores(text: &str, how: &str) -> Result<f64, String> {
    let number = text.strip_suffix("cores").or_else(|| text.strip_suffix("core")).unwrap_or(text);
    // Usage has the same range as an amount of CPU.
    number.parse::<CpuMillis>().map_err(|e| e.to_string())?;
    let exact: Quantity = number.parse().map_err(|e: crate::units::ParseError| e.to_string())?;
    if exact.nanos() <= 0 {
        return Err(format!("the CPU usage must be above zero; {how}"));
    }
    #[expect(clippy::cast_precision_loss, reason = "a measurement has fewer than 53 bits")]
    Ok(exact.nanos() as f64 / 1e9)
}

/// Value of `--ramp`: `FACTORx/TIME`, or `none`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RampText {
    /// The policy has no ramp.
    None,
    /// Demand grows by `factor` within `over` seconds.
    Rise {
        /// Factor by which demand rises, above one.
        factor: f64,
        /// Duration of the rise in seconds; zero is a step.
        over: f64,
    },
}

impl FromStr for RampText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        const HOW: &str = "expected FACTORx/TIME, for example 2x/10m (3x/0s is a step), or none";
        if text == "none" {
            return Ok(Self::None);
        }
        let (factor, over) = text.split_once("x/").ok_or(HOW)?;
        let factor: f64 = factor.parse().map_err(|_| HOW)?;
        if !(factor > 1.0 && factor <= 1e6) {
            return Err(format!("the factor must be above 1; {HOW}"));
        }
        let over: Seconds = over.parse().map_err(|e: crate::units::ParseError| e.to_string())?;
        Ok(Self::Rise { factor, over: over.seconds() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_parsed() {
        let interval = |text: &str| text.parse::<SpeedText>().map(|s| (s.0.low(), s.0.mid(), s.0.high()));
        assert_eq!(interval("0.5"), Ok((0.5, 0.5, 0.5)));
        assert_eq!(interval("0.4:0.5:0.7"), Ok((0.4, 0.5, 0.7)));
        for text in ["", "0", "-1", "50%", "50", "0.7:0.5:0.4", "0.4:0.5", "nan", "inf", "2GHz"] {
            assert!(interval(text).is_err(), "{text}");
        }
    }

    #[test]
    fn observations_and_ramps_are_parsed() {
        let observed: ObservedText = "go-gin=400rps:3.2cores:6GiB".parse().unwrap();
        assert_eq!((observed.profile.as_deref(), observed.rate, observed.cores), (Some("go-gin"), 400.0, 3.2));
        assert_eq!(observed.memory, Some(Bytes::from_gib(6)));
        assert_eq!("1k:500m".parse::<ObservedText>().unwrap().cores, 0.5);
        assert_eq!("22:0.0394".parse::<ObservedText>().unwrap().cores, 0.0394, "a measurement is not rounded");
        let megabytes: ObservedText = "22:1:372MB:4".parse().unwrap();
        assert_eq!((megabytes.memory, megabytes.processes), (Some(Bytes::from_bytes(372_000_000)), Some(4)));
        for text in ["400rps", "400rps:0cores", "x:1cores", "1:1:1:1:1", "1:1:1:0", "400rps:-1cores", "1:1e30"] {
            assert!(text.parse::<ObservedText>().is_err(), "{text}");
        }
        assert_eq!("2x/10m".parse(), Ok(RampText::Rise { factor: 2.0, over: 600.0 }));
        assert_eq!("none".parse(), Ok(RampText::None));
        for text in ["1x/10m", "2/10m", "x/10m", "2x", "2x/10", "infx/1m", "nanx/1m"] {
            assert!(text.parse::<RampText>().is_err(), "{text}");
        }
    }

    #[test]
    fn months_are_parsed() {
        let hours = |text: &str| text.parse::<Month>().map(|m| m.hours().amount().to_string());
        assert_eq!(hours("2026-02"), Ok("672".to_owned()));
        assert_eq!(hours("2028-02"), Ok("696".to_owned()));
        assert_eq!(hours("2026-12"), Ok("744".to_owned()));
        for text in ["2026-13", "2026-1", "12-2026", "2026", "2026-12-01"] {
            assert!(hours(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_value_for_one_profile_takes_precedence() {
        let parse = |text: &str| text.parse::<PerProfile<CpuMillis>>().unwrap();
        let overrides = Overrides(vec![parse("go-gin=300m"), parse("2")]);
        assert_eq!(overrides.for_profile("go-gin"), Some(CpuMillis::from_millis(300)));
        assert_eq!(overrides.for_profile("x"), Some(CpuMillis::from_cores(2)));
    }
}
