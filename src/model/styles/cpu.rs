//! CPU per request of the same handler under another profile.
//!
//! The observed cost of a request is `c = s·f + h`: `f` is the framework's own cost on the benchmark's cores, `s` the
//! relative slowness of the actual cores, and `h` the handler's cost. Under another profile it is `s·f' + h·k`, with
//! `k` from the kind of work. A single observation only gives `c`: slower cores and more handler work are not
//! separable, but imply different costs in another language.
//!
//! A mostly idle core is woken for every request: the kernel receives the packet, a thread is scheduled, caches are
//! cold. If both profiles have this cost, `f` is the framework's cost at the rate of the observation,
//! `f_sat + W·√(100 ÷ rate of a process)`.
//! Otherwise between none and all of the cost that the framework does not explain may be wake-ups, in proportion to the
//! idle time, and this part is the same under the other profile: the article's endpoint costs 2.2 to 2.8 times
//! as much in FastAPI as in Gin at 50 to 800 requests per second and pod, and 7.6 times as much on busy cores
//! (docs/trust.md).

use super::{around, shares, values};
use crate::model::calibration::wakeup_share;
use crate::model::runtime::{CpuFactors, RuntimeProfile, Work};
use crate::model::uncertainty::Interval;

/// Upper bound of the slowness of cores of unknown speed: cost of the same instructions there ÷ on the profile's
/// benchmark cores.
///
/// The same FastAPI handler cost 0.12 ms per request on a saturated core and 0.34 ms on a partly idle one (this
/// project's own measurement), a factor of 2.8; a provider's slowest general-purpose cores differ from its fastest by a
/// similar factor.
const SLOWEST_CORE: f64 = 3.0;

/// The same if the profiles have a cost of waking, so that only the cores themselves differ. Assumed: a provider's
/// oldest general-purpose cores take about twice as long as its newest.
const SLOWEST_CORE_AWAKE: f64 = 2.0;

/// Factor of uncertainty in each direction of the CPU of the same service written by other developers.
///
/// HttpArena's FastAPI implementation answered its baseline on one machine with 139,815 req/s and, rewritten, with
/// 298,664: a factor of 2.1 between two implementations, or 1.46 from their geometric mean.
const BY_ANOTHER_HAND: f64 = 1.5;

/// Kind of work in a native library, which is the same in every language and is not rewritten.
const NATIVE: &str = "native";

/// CPU per request under a profile, by part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Parts {
    /// CPU seconds per request of the framework.
    pub(super) framework: f64,
    /// CPU seconds per request of the handler.
    pub(super) handler: f64,
}

impl Parts {
    pub(super) fn total(self) -> f64 {
        self.framework + self.handler
    }

    /// The same service in another implementation, which differs by the factor `hand`.
    fn rewritten(self, hand: f64, kind: Option<&str>) -> Self {
        let handler = if kind == Some(NATIVE) { self.handler } else { self.handler * hand };
        Self { framework: self.framework * hand, handler }
    }
}

/// Factor of another implementation, in each sample.
fn hands() -> Vec<f64> {
    Interval::new(1.0 / BY_ANOTHER_HAND, 1.0, BY_ANOTHER_HAND).map(|hand| values(&hand, "hand/cpu")).unwrap_or_default()
}

/// CPU per request under the two profiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cpu {
    /// CPU per request of the service's own profile ÷ that of the other.
    pub(super) ratio: Interval,
    /// Framework and handler under the own profile, at mid values.
    pub(super) own: Parts,
    /// Framework and handler under the other profile, at mid values.
    pub(super) other: Parts,
    /// The ratio if all of the difference to the profile is handler work, and if as much as possible is due to slower
    /// cores.
    pub(super) explanations: [f64; 2],
}

/// CPU seconds per request of the framework on the benchmark's cores at saturation.
fn framework(profile: &RuntimeProfile) -> Option<Interval> {
    let (cores, rate) = (f64::from(profile.values.benchmark.cores), profile.values.throughput.interval);
    Interval::new(cores / rate.high(), cores / rate.mid(), cores / rate.low())
}

/// The same if one process serves this rate.
fn framework_at(profile: &RuntimeProfile, rate: f64) -> Option<Interval> {
    let (saturated, woken) = (framework(profile)?, profile.values.wakeup_cpu.interval);
    let share = wakeup_share(rate);
    let at = |edge: fn(&Interval) -> f64| edge(&saturated) + share * edge(&woken);
    Interval::new(at(Interval::low), at(Interval::mid), at(Interval::high))
}

/// Handler CPU under each of the two profiles, relative to the reference language.
#[derive(Clone, Copy, Debug)]
struct Factors {
    own: Interval,
    other: Interval,
}

impl Factors {
    /// Code in the same language has the same cost. An unknown kind spans all kinds that both profiles have.
    fn new(own: &RuntimeProfile, other: &RuntimeProfile, kind: Option<&str>) -> Option<Self> {
        if own.language == other.language {
            return Some(Self { own: Interval::ONE, other: Interval::ONE });
        }
        let (of_own, of_other) = (&own.values.cpu_factor, &other.values.cpu_factor);
        let known = kind.and_then(|kind| Some((of_own.get(kind)?, of_other.get(kind)?)));
        match known {
            Some((own, other)) => Some(Self { own: own.interval, other: other.interval }),
            None => Some(Self { own: Interval::ONE, other: span(of_own, of_other)? }),
        }
    }

    fn sampled(&self) -> impl Iterator<Item = (f64, f64)> {
        values(&self.own, "own/cpu_factor").into_iter().zip(values(&self.other, "other/cpu_factor"))
    }
}

/// Interval from the smallest to the largest quotient over all kinds, with the geometric mean as the mid value.
fn span(own: &CpuFactors, other: &CpuFactors) -> Option<Interval> {
    let both = || own.iter().filter_map(|(kind, own)| Some((own.interval, other.get(kind)?.interval)));
    let kinds: Vec<f64> = both().map(|(own, other)| (other.mid() / own.mid()).ln()).collect();
    if kinds.is_empty() {
        return Some(Interval::ONE);
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful of kinds")]
    let mid = (kinds.iter().sum::<f64>() / kinds.len() as f64).exp();
    let low = both().map(|(own, other)| other.low() / own.high()).reduce(f64::min)?;
    let high = both().map(|(own, other)| other.high() / own.low()).reduce(f64::max)?;
    Interval::new(low.min(mid), mid, high.max(mid))
}

/// Range of core slowness that explains an observed cost: from "as fast as the benchmark's, the rest is the handler"
/// to "as slow as possible".
///
/// At the fast end at least half of what the framework could explain alone is attributed to the handler, so that the
/// handler's cost does not vanish if a request costs less than the profile's framework.
fn speeds(seen: f64, framework: f64, most: f64) -> [f64; 2] {
    let slowest = (seen / framework).min(most);
    [(slowest / 2.0).min(1.0), slowest]
}

/// Splits an observed cost under the own profile, given the slowness of the cores.
fn apart(seen: f64, framework: f64, speed: f64) -> Parts {
    let framework = (speed * framework).min(seen);
    Parts { framework, handler: seen - framework }
}

/// An observed cost on cores that were busy for a share of the time, at a rate of one process, translated to the other
/// profile.
pub(super) fn observed(
    own: &RuntimeProfile,
    other: &RuntimeProfile,
    (seen, busy_share, rate): (f64, f64, f64),
    core_speed: Option<&Interval>,
    kind: Option<&str>,
) -> Option<Cpu> {
    // The other language's processes are taken to serve the same rate.
    let (of_own, of_other) = (framework_at(own, rate)?, framework_at(other, rate)?);
    let factors = Factors::new(own, other, kind)?;
    let wakes = |profile: &RuntimeProfile| profile.values.wakeup_cpu.interval.mid() > 0.0;
    let counted = wakes(own) && wakes(other);
    let slowest = if counted { SLOWEST_CORE_AWAKE } else { SLOWEST_CORE };
    // In another language the core is woken as often; in the same language the handler is unchanged anyway.
    let unchanged = counted || own.language == other.language;
    let most_woken = if unchanged { 0.0 } else { 1.0 - busy_share.clamp(0.0, 1.0) };
    let carried = |own: Parts, f: f64, f_other: f64, k: f64, woken: f64| Parts {
        framework: own.framework / f * f_other,
        handler: own.handler * (woken + (1.0 - woken) * k),
    };
    let k = factors.other.mid() / factors.own.mid();
    let at = |speed: f64, woken: f64| {
        let own = apart(seen, of_own.mid(), speed);
        (own, carried(own, of_own.mid(), of_other.mid(), k, woken))
    };
    let ratio = |(own, other): (Parts, Parts)| own.total() / other.total();
    let ends = core_speed.map_or_else(|| speeds(seen, of_own.mid(), slowest), |known| [known.mid(), known.mid()]);
    let (own_parts, other_parts) = at((ends[0] * ends[1]).sqrt(), most_woken / 2.0);
    let explanations = ends.map(|speed| ratio(at(speed, most_woken / 2.0)));
    let all_woken = ratio(at(ends[0], most_woken));
    let mid = (explanations[0] * explanations[1]).sqrt();
    let speed_samples = core_speed.map(|known| values(known, "core_speed"));
    let (shares, woken) = (shares("core_speed"), shares("woken"));
    let frameworks = values(&of_own, "own/framework").into_iter().zip(values(&of_other, "other/framework"));
    let samples = frameworks.zip(factors.sampled()).zip(hands()).enumerate();
    let samples = samples.map(|(n, (((f, f_other), (k_own, k_other)), hand))| {
        let speed = match &speed_samples {
            Some(known) => known.get(n).copied().unwrap_or(ends[0]),
            None => {
                let [fast, slow] = speeds(seen, f, slowest);
                fast * (slow / fast).powf(shares.get(n).copied().unwrap_or(0.5))
            }
        };
        let own = apart(seen, f, speed);
        let woken = most_woken * woken.get(n).copied().unwrap_or(0.5);
        ratio((own, carried(own, f, f_other, k_other / k_own, woken).rewritten(hand, kind)))
    });
    let around = around(mid, samples.collect(), explanations)?;
    let ratio = Interval::new(around.low().min(all_woken), mid, around.high().max(all_woken))?;
    Some(Cpu { ratio, own: own_parts, other: other_parts, explanations })
}

/// Without an observation: the cost of the work's handler under both profiles, on the benchmark's cores. `given` are
/// the CPU factors of the language that its CPU is given in; `None` for the reference language.
pub(super) fn assumed(
    own: &RuntimeProfile,
    other: &RuntimeProfile,
    work: &Work,
    given: Option<&CpuFactors>,
) -> Option<Cpu> {
    let (of_own, of_other) = (framework(own)?, framework(other)?);
    let factors = Factors::new(own, other, work.kind.as_deref())?;
    let of_given = given.and_then(|given| Some(given.get(work.kind.as_ref()?)?.interval)).unwrap_or(Interval::ONE);
    // CPU that is given in one of the two languages is not converted for that language.
    let handler = work.handler.as_ref();
    let in_own = handler.is_some_and(|handler| handler.language == own.language);
    let seconds = handler.map_or(Interval::ZERO, |handler| handler.seconds.interval);
    let parts = |h: f64, g: f64, f: f64, f_other: f64, k_own: f64, k_other: f64| {
        let handler = if in_own { h } else { h * k_own / g };
        let own = Parts { framework: f, handler };
        (own, Parts { framework: f_other, handler: handler * k_other / k_own })
    };
    let (k_own, k_other) = (factors.own.mid(), factors.other.mid());
    let mid = parts(seconds.mid(), of_given.mid(), of_own.mid(), of_other.mid(), k_own, k_other);
    let ratio = |(own, other): (Parts, Parts)| own.total() / other.total();
    let frameworks = values(&of_own, "own/framework").into_iter().zip(values(&of_other, "other/framework"));
    let handlers = values(&seconds, "handler_cpu").into_iter().zip(values(&of_given, "own/cpu_factor"));
    let samples = frameworks.zip(handlers).zip(factors.sampled()).zip(hands()).map(
        |((((f, f_other), (h, g)), (k_own, k_other)), hand)| {
            let (own, other) = parts(h, g, f, f_other, k_own, k_other);
            ratio((own, other.rewritten(hand, work.kind.as_deref())))
        },
    );
    let explanations = [ratio(mid); 2];
    Some(Cpu { ratio: around(ratio(mid), samples.collect(), explanations)?, own: mid.0, other: mid.1, explanations })
}
