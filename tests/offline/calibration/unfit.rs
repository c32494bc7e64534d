//! Services from which nothing can be learned, each for one reason.

use super::dice::{Dice, Drift};
use super::world::{self, World};
use capmodel::model::calibration::Step;

/// Why nothing can be learned from a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    NoRequests,
    TooShort,
    RateHardlyVaries,
    /// CPU varies independently of requests.
    Wanders,
    /// A batch job that runs for hours at irregular times.
    Batch,
    /// Work at night while requests arrive by day.
    Night,
    /// The same CPU curve every day, whatever the requests.
    Clock,
    /// Nearly all CPU is used without requests.
    AlwaysBusy,
    /// A deploy within the last two days, but not within the last 18 hours, where drifting noise could hide it.
    JustDeployed,
}

pub(crate) const ALL: [Why; 9] = [
    Why::NoRequests,
    Why::TooShort,
    Why::RateHardlyVaries,
    Why::Wanders,
    Why::Batch,
    Why::Night,
    Why::Clock,
    Why::AlwaysBusy,
    Why::JustDeployed,
];

impl Why {
    /// The acceptable reasons for refusing it.
    pub(crate) fn right(self) -> &'static [&'static str] {
        match self {
            Self::NoRequests => &["no-requests"],
            Self::TooShort => &["too-few-steps"],
            Self::RateHardlyVaries => &["rate-hardly-varies"],
            Self::JustDeployed => &["just-deployed"],
            _ => &["cpu-follows-something-else", "cpu-follows-the-clock", "other-work", "requests-cause-little"],
        }
    }
}

/// A service with hourly steps that is unfit for this reason.
pub(crate) fn unfit(why: Why, dice: &mut Dice) -> World {
    let mut world = world::fit_of(dice, &world::Kind { short: 0.0, deploys: 0.0, level: why == Why::RateHardlyVaries });
    let count = world.steps.len();
    let noise = dice.between(0.02, 0.12);
    let level = world.truth.cores_at_busy();
    let mut wander = Drift::new(dice.between(0.8, 0.97), dice);
    let (size, hour) = (dice.between(2.0, 6.0), dice.index(24));
    let mut running = false;
    let night = night(&world);
    // The other work must not be detectable because its CPU exceeds the capacity.
    world.steps.iter_mut().for_each(|step| step.cores_per_pod_at_most = None);
    let cut = match why {
        Why::TooShort => 10 + dice.index(35),
        _ => count,
    };
    let (since, factor) = (count - 18 - dice.index(28), dice.one_of(&[0.5, 1.6, 2.2, 3.0]));
    let extent = dice.between(0.35, 0.7);
    for (index, step) in world.steps.iter_mut().enumerate() {
        let shift = (noise * dice.normal()).exp();
        let own = |share: f64| move |cores: f64| cores * share;
        match why {
            Why::NoRequests => step.requests_per_second = None,
            Why::TooShort | Why::RateHardlyVaries => {}
            Why::Wanders => {
                let now = level * (extent * wander.next(dice)).exp();
                replace(step, |cores| own(0.05)(cores) + now);
            }
            Why::Batch => {
                running = if running { !dice.chance(0.15) } else { dice.chance(0.12) };
                let now = if running { size * level } else { 0.0 };
                replace(step, |cores| own(0.5)(cores) + now * shift);
            }
            Why::Night => {
                let now = level * size * night[index % 24];
                replace(step, |cores| own(0.15)(cores) + now * shift);
            }
            Why::Clock => {
                let turn = std::f64::consts::TAU * f64::from(u8::try_from((index + hour) % 24).unwrap_or(0)) / 24.0;
                replace(step, |_| level * (1.0 + 0.6 * turn.cos()) * shift);
            }
            Why::AlwaysBusy => replace(step, |cores| own(0.03)(cores) + level * shift),
            Why::JustDeployed => {
                let now = if index >= since { factor } else { 1.0 };
                replace(step, |cores| cores * now);
            }
        }
    }
    world.steps.truncate(cut);
    world
}

fn replace(step: &mut Step, cores: impl Fn(f64) -> f64) {
    step.cores = step.cores.map(|now| if now.is_finite() && now > 0.0 && now < 1e6 { cores(now) } else { now });
}

/// How quiet each hour of the day is: one for the quietest, zero for the busiest.
fn night(world: &World) -> [f64; 24] {
    let mut sums = [0.0_f64; 24];
    for (index, step) in world.steps.iter().enumerate() {
        sums[index % 24] += step.requests_per_second.unwrap_or(0.0);
    }
    let most = sums.iter().copied().fold(0.0, f64::max);
    let least = sums.iter().copied().fold(f64::INFINITY, f64::min);
    sums.map(|sum| (most - sum) / (most - least))
}
