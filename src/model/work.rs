//! What the handler does beside the framework: CPU, waiting, payload.

use std::collections::BTreeMap;

use super::{Interval, RuntimeProfile, Sourced};
use crate::units::Bytes;

/// CPU time of the handler alone.
#[derive(Clone, Debug, PartialEq)]
pub struct HandlerCpu {
    /// In whose seconds it is given.
    pub language: String,
    /// Seconds a request, with its source.
    pub seconds: Sourced,
}

/// What a request needs beside the framework.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// Name of the file without its ending.
    pub name: String,
    /// For people.
    pub title: String,
    /// What kind of computing it is: a key of the profiles' `cpu_factor`; `None` when nobody said.
    pub kind: Option<String>,
    /// CPU of the handler; `None` adds exactly nothing.
    pub handler: Option<HandlerCpu>,
    /// Seconds spent waiting downstream, without CPU.
    pub wait: Sourced,
    /// Bytes of a request.
    pub request_bytes: Bytes,
    /// Bytes of a response, where they are known.
    pub response_bytes: Option<Bytes>,
    /// Whether that is the work's assumption and not what a person said.
    pub response_assumed: bool,
}

/// How much CPU time the same work takes in a language, relative to Go, by kind of work.
pub type CpuFactors = BTreeMap<String, Sourced>;

impl Work {
    /// Handler seconds in `profile` ÷ handler seconds as they were given: `factor(its language) ÷ factor(given language)`.
    ///
    /// `given` are the factors of the language that the time was given in; `None` for Go, whose factors are all one. A kind
    /// that is not known spans all kinds.
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

    /// Whether the kind of work is one that the profile knows.
    pub fn kind_known(&self, profile: &RuntimeProfile) -> bool {
        self.kind.as_ref().is_some_and(|kind| profile.values.cpu_factor.contains_key(kind))
    }
}

/// From the least of the factors to the greatest, with their geometric mean between.
fn span(factors: &CpuFactors) -> Option<Interval> {
    let intervals = || factors.values().map(|f| f.interval);
    let low = intervals().map(|i| i.low()).reduce(f64::min)?;
    let high = intervals().map(|i| i.high()).reduce(f64::max)?;
    #[expect(clippy::cast_precision_loss, reason = "a handful of kinds")]
    let mean = intervals().map(|i| i.mid().ln()).sum::<f64>() / factors.len() as f64;
    Interval::new(low, mean.exp(), high)
}
