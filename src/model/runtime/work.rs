//! Work of the handler in addition to the framework: CPU, waiting and payload.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::{RuntimeProfile, Sourced};
use crate::model::uncertainty::Interval;
use crate::units::{Bytes, RequestTime};

/// CPU time of the handler alone.
#[derive(Clone, Debug, PartialEq)]
pub struct HandlerCpu {
    /// Language that the time was measured in.
    pub language: String,
    /// CPU seconds per request, with their source.
    pub seconds: Sourced,
}

/// CPU time of the handler as people write it: `TIME` in Go, or `LANGUAGE=TIME`.
#[derive(Clone, Debug, PartialEq)]
pub struct HandlerTime {
    language: String,
    seconds: f64,
}

impl FromStr for HandlerTime {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (language, time) = text.split_once('=').unwrap_or(("go", text));
        let time: RequestTime = time.parse()?;
        if language.is_empty() {
            return Err("the language is empty; expected for example python=5ms".to_owned());
        }
        Ok(Self { language: language.to_owned(), seconds: time.seconds() })
    }
}

impl HandlerTime {
    /// The language, and the CPU time in seconds.
    pub fn into_parts(self) -> (String, f64) {
        (self.language, self.seconds)
    }
}

/// Resources that a request needs in addition to the framework.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// Name of the file without its extension.
    pub name: String,
    /// Title for screens.
    pub title: String,
    /// Kind of computation, a key of the profiles' `cpu_factor`; `None` if unknown.
    pub kind: Option<String>,
    /// CPU time of the handler; `None` adds nothing.
    pub handler: Option<HandlerCpu>,
    /// Seconds of waiting for downstream services, without CPU usage.
    pub wait: Sourced,
    /// Size of a request in bytes.
    pub request_bytes: Bytes,
    /// Size of a response in bytes; `None` if unknown.
    pub response_bytes: Option<Bytes>,
    /// Whether `response_bytes` is the work's default rather than given by the user.
    pub response_assumed: bool,
}

/// CPU time of the same work relative to Go, by kind of work.
pub type CpuFactors = BTreeMap<String, Sourced>;

impl Work {
    /// No work in addition to the framework, for a profile that includes all of it.
    pub fn none(source: &str) -> Self {
        Self {
            name: "none".to_owned(),
            title: "the framework only".to_owned(),
            kind: None,
            handler: None,
            wait: Sourced { interval: Interval::ZERO, source: source.to_owned() },
            request_bytes: Bytes::default(),
            response_bytes: None,
            response_assumed: false,
        }
    }

    /// Factor from the handler time as given to the handler time in `profile`:
    /// `factor(its language) ÷ factor(given language)`.
    ///
    /// `given` are the factors of the language that the time was given in; `None` for Go, whose factors are all one.
    /// An unknown kind spans the factors of all kinds.
    pub fn factor(&self, profile: &RuntimeProfile, given: Option<&CpuFactors>) -> Option<Interval> {
        let Some(handler) = &self.handler else { return Interval::exact(1.0) };
        if handler.language == profile.language {
            return Interval::exact(1.0);
        }
        let of = |factors: &CpuFactors| match self.kind.as_ref().and_then(|kind| factors.get(kind)) {
            Some(factor) => Some(factor.interval),
            None => span(factors),
        };
        let one = Interval::exact(1.0)?;
        let own = of(&profile.values.cpu_factor).unwrap_or(one);
        let other = given.and_then(of).unwrap_or(one);
        Interval::new(own.low() / other.high(), own.mid() / other.mid(), own.high() / other.low())
    }

    /// Whether the profile has a CPU factor for the kind of work.
    pub fn kind_known(&self, profile: &RuntimeProfile) -> bool {
        self.kind.as_ref().is_some_and(|kind| profile.values.cpu_factor.contains_key(kind))
    }
}

/// An interval from the smallest to the largest factor, with their geometric mean as the mid value.
fn span(factors: &CpuFactors) -> Option<Interval> {
    let intervals = || factors.values().map(|f| f.interval);
    let low = intervals().map(|i| i.low()).reduce(f64::min)?;
    let high = intervals().map(|i| i.high()).reduce(f64::max)?;
    #[expect(clippy::cast_precision_loss, reason = "a handful of kinds")]
    let mean = intervals().map(|i| i.mid().ln()).sum::<f64>() / factors.len() as f64;
    Interval::new(low, mean.exp(), high)
}
