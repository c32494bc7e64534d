//! What flags say, as values: each type is the text of one flag.

use std::str::FromStr;

use jiff::civil::Date;

use crate::model::{DaemonSetOverhead, Interval};
use crate::units::{Bytes, CpuMillis, Month, RequestsPerSecond, Seconds};

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

impl DemandText {
    /// The rates.
    pub const fn interval(self) -> Interval {
        self.0
    }
}

/// `CPU/MEMORY/PODS`.
#[derive(Clone, Copy, Debug)]
pub struct OverheadText(DaemonSetOverhead);

impl OverheadText {
    /// So much on every node.
    pub const fn new(cpu: CpuMillis, memory: Bytes, pods: u32) -> Self {
        Self(DaemonSetOverhead { cpu, memory, pods })
    }

    /// The overhead.
    pub const fn overhead(self) -> DaemonSetOverhead {
        self.0
    }
}

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

impl<T> PerProfile<T> {
    /// A value for every profile.
    pub const fn for_all(value: T) -> Self {
        Self { profile: None, value }
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

/// What was given for one profile: its own value before the one for all; the last of each.
#[derive(Clone, Debug)]
pub struct Overrides<T>(Vec<PerProfile<T>>);

impl<T: Copy> Overrides<T> {
    /// In the order given.
    pub const fn new(given: Vec<PerProfile<T>>) -> Self {
        Self(given)
    }

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

/// `last` or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonthText {
    /// The one before the month that it is.
    Last,
    /// This one.
    Of(Month),
}

impl FromStr for MonthText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "last" { Ok(Self::Last) } else { Ok(Self::Of(text.parse()?)) }
    }
}

impl MonthText {
    /// The first day of the month, for someone whose day is `today`.
    pub fn first_day(self, today: Date) -> Date {
        match self {
            Self::Of(month) => month.first(),
            Self::Last => Month::of(today).previous().first(),
        }
    }
}

/// `TIME` in Go's seconds, or `LANGUAGE=TIME`.
#[derive(Clone, Debug)]
pub struct HandlerCpuText {
    language: String,
    seconds: f64,
}

impl FromStr for HandlerCpuText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (language, time) = text.split_once('=').unwrap_or(("go", text));
        // Millicores come to mind, and minutes would be taken.
        if time.ends_with('m') {
            return Err(format!("`{time}` would be minutes of CPU per request; write {time}s for milliseconds"));
        }
        let time: Seconds = time.parse().map_err(|e: crate::units::ParseError| e.to_string())?;
        if language.is_empty() {
            return Err("the language is empty; write for example python=5ms".to_owned());
        }
        Ok(Self { language: language.to_owned(), seconds: time.seconds() })
    }
}

impl HandlerCpuText {
    /// Language and seconds.
    pub fn into_parts(self) -> (String, f64) {
        (self.language, self.seconds)
    }
}

/// `[PROFILE=]RATE:CORES[:MEMORY]` of one pod.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservedText {
    /// Which profile; the first where none is named.
    pub profile: Option<String>,
    /// Requests a second.
    pub rate: f64,
    /// Cores in use.
    pub cores: f64,
    /// Working set.
    pub memory: Option<Bytes>,
}

impl FromStr for ObservedText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        const HOW: &str = "write RATE:CORES[:MEMORY] of one pod, like 400rps:3.2cores:6GiB";
        let (profile, point) = match text.split_once('=') {
            Some((profile, point)) => (Some(profile.to_owned()), point),
            None => (None, text),
        };
        let parts: Vec<&str> = point.split(':').collect();
        let (rate, cores, memory) = match parts.as_slice() {
            [rate, cores] => (rate, cores, None),
            [rate, cores, memory] => (rate, cores, Some(memory)),
            _ => return Err(HOW.to_owned()),
        };
        let rate: RequestsPerSecond = rate.parse().map_err(|e: crate::units::ParseError| e.to_string())?;
        let cores = cores.strip_suffix("cores").or_else(|| cores.strip_suffix("core")).unwrap_or(cores);
        let cores: CpuMillis = cores.parse().map_err(|e: crate::units::ParseError| e.to_string())?;
        if cores == CpuMillis::default() {
            return Err(format!("no CPU is in use; {HOW}"));
        }
        // Dashboards write GiB where Kubernetes writes Gi.
        let memory = memory.map(|m| m.strip_suffix('B').unwrap_or(m).parse::<Bytes>());
        let memory = memory.transpose().map_err(|e| e.to_string())?;
        Ok(Self { profile, rate: rate.per_second(), cores: cores.cores(), memory })
    }
}

/// `FACTORx/TIME`, or `none`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RampText {
    /// No ramp.
    None,
    /// Demand times `factor` in `over` seconds.
    Rise {
        /// Above one.
        factor: f64,
        /// Zero is a step.
        over: f64,
    },
}

impl FromStr for RampText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        const HOW: &str = "write FACTORx/TIME, like 2x/10m; 3x/0s is a step; or none";
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
    fn demand() {
        let interval = |text: &str| text.parse::<DemandText>().map(|d| (d.0.low(), d.0.mid(), d.0.high()));
        assert_eq!(interval("5k"), Ok((5e3, 5e3, 5e3)));
        assert_eq!(interval("4k:5000:9e3"), Ok((4e3, 5e3, 9e3)));
        for text in ["5000:4000:9000", "1:2", "1:2:3:4", "0", "-5", "nan", "1e400", "", ":", "1::2"] {
            assert!(interval(text).is_err(), "{text}");
        }
    }

    #[test]
    fn observed_and_ramps() {
        let observed: ObservedText = "go-gin=400rps:3.2cores:6GiB".parse().unwrap();
        assert_eq!((observed.profile.as_deref(), observed.rate, observed.cores), (Some("go-gin"), 400.0, 3.2));
        assert_eq!(observed.memory, Some(Bytes::from_gib(6)));
        assert_eq!("1k:500m".parse::<ObservedText>().unwrap().cores, 0.5);
        for text in ["400rps", "400rps:0cores", "x:1cores", "1:1:1:1", "400rps:-1cores"] {
            assert!(text.parse::<ObservedText>().is_err(), "{text}");
        }
        assert_eq!("2x/10m".parse(), Ok(RampText::Rise { factor: 2.0, over: 600.0 }));
        assert_eq!("none".parse(), Ok(RampText::None));
        for text in ["1x/10m", "2/10m", "x/10m", "2x", "2x/10", "infx/1m", "nanx/1m"] {
            assert!(text.parse::<RampText>().is_err(), "{text}");
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
