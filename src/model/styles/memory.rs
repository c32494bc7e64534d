//! Memory of one pod of the same service under another profile.
//!
//! A working set consists of the framework and the service's own state, which are not separable with a single figure.
//! At one extreme, the framework takes as much as possible, which is small in the other language; at the other
//! extreme, all of it is state, which shrinks less.

use super::{SAMPLES, around, shares, values};
use crate::model::runtime::{Kind, RuntimeProfile};
use crate::model::uncertainty::Interval;

/// Kinds of work whose state is proportional to requests in flight: connections, buffers, rows. Processes divide this
/// state between them, while each process has its own copy of other state (modules, tables, models).
const IN_FLIGHT_KINDS: [&str; 3] = ["database", "http-client", "orm"];

/// Factor of uncertainty in each direction of the memory of the same service written by other developers.
///
/// Go services under load used 6.5 to 120 MiB in the collection behind `fixtures/migrations.csv`, a factor of 4.3 in
/// each direction from the geometric mean. State and load, which are known here, explain a part of it; half of it
/// (logarithmically) remains.
const BY_ANOTHER_HAND: f64 = 2.1;

/// The working set of one pod under the other profile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Memory {
    /// Working set of a pod in bytes.
    pub(super) pod: Interval,
    /// Number of processes of the pod under the other profile: one, or the observed number.
    pub(super) processes: u32,
    /// Working set if the framework takes as much as possible, and if all of it is state.
    pub(super) explanations: [f64; 2],
}

/// One value for each uncertain property of the two runtimes.
#[derive(Clone, Copy, Debug)]
struct Inputs {
    own_idle: f64,
    own_loaded: f64,
    other_loaded: f64,
    other_idle: f64,
    /// Memory of the same state under the other profile ÷ under the service's own profile.
    state: f64,
    /// 1: each process has a copy of the state; 0: the processes divide the state between them.
    copied: f64,
    /// 1: a framework below its profile's idle size is proportionally smaller in the other language; 0: not smaller.
    lean: f64,
}

/// An observed pod.
#[derive(Clone, Copy, Debug)]
struct Pod<'a> {
    own: &'a RuntimeProfile,
    other: &'a RuntimeProfile,
    seen: f64,
    processes: u32,
    copies: u32,
}

impl Pod<'_> {
    /// Bytes under the other profile if the framework takes as much as possible, and if all of it is state.
    fn explanations(&self, inputs: &Inputs) -> [f64; 2] {
        let own = Framework::new(self.own, self.processes, inputs.own_idle, inputs.own_loaded);
        let other = Framework::new(self.other, self.copies, inputs.other_idle, inputs.other_loaded);
        // A working set below the framework's loaded size means partial load, which applies to the other framework
        // too.
        let load = ((self.seen - own.idle) / (own.loaded - own.idle).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        let least = other.idle * (self.seen / own.idle).min(1.0).powf(inputs.lean);
        let kept = inputs.state * (f64::from(self.copies) / f64::from(self.processes)).powf(inputs.copied);
        let state = (self.seen - own.loaded).max(0.0) * kept;
        [least + load * (other.loaded - other.idle) + state, (self.seen * kept).max(least)]
    }
}

/// Idle and loaded working set of a framework with a number of processes.
#[derive(Clone, Copy, Debug)]
struct Framework {
    idle: f64,
    loaded: f64,
}

impl Framework {
    fn new(profile: &RuntimeProfile, processes: u32, idle: f64, loaded: f64) -> Self {
        let all = loaded + f64::from(processes - 1) * profile.values.memory_per_worker.interval.mid();
        // An additional idle process is smaller in the same proportion as the first one.
        Self { idle: (idle * all / loaded).min(all), loaded: all }
    }
}

/// Memory of the same state under both profiles, relative to the reference language.
fn state_factors(own: &RuntimeProfile, other: &RuntimeProfile) -> [Interval; 2] {
    if own.language == other.language {
        return [Interval::ONE; 2];
    }
    [own, other].map(|profile| profile.values.state_factor.as_ref().map_or(Interval::ONE, |factor| factor.interval))
}

/// Without an observation: the memory of the other framework according to its profile.
pub(super) fn assumed(other: &RuntimeProfile) -> Memory {
    let pod = other.values.memory_loaded.interval;
    Memory { pod, processes: 1, explanations: [pod.mid(); 2] }
}

/// The observed memory of one pod, translated to the other profile.
pub(super) fn observed(
    own: &RuntimeProfile,
    other: &RuntimeProfile,
    seen: f64,
    processes: u32,
    kind: Option<&str>,
) -> Option<Memory> {
    let copies = if other.kind == Kind::Threads { 1 } else { processes };
    let pod = Pod { own, other, seen, processes, copies };
    let [state_own, state_other] = state_factors(own, other);
    let [own_loaded, other_loaded] = [own, other].map(|profile| profile.values.memory_loaded.interval);
    let [own_idle, other_idle] = [own, other].map(|profile| profile.values.memory_idle.interval);
    let mid = Inputs {
        own_idle: own_idle.mid(),
        own_loaded: own_loaded.mid(),
        other_loaded: other_loaded.mid(),
        other_idle: other_idle.mid(),
        state: state_other.mid() / state_own.mid(),
        copied: match kind {
            Some(kind) if IN_FLIGHT_KINDS.contains(&kind) => 0.0,
            Some(_) => 1.0,
            None => 0.5,
        },
        lean: 0.5,
    };
    let explanations = pod.explanations(&mid);
    let columns = [
        values(&own_idle, "own/idle"),
        values(&own_loaded, "own/memory"),
        values(&other_loaded, "other/memory"),
        values(&other_idle, "other/idle"),
        values(&state_own, "own/state"),
        values(&state_other, "other/state"),
        shares("copied"),
        shares("lean"),
        shares("memory"),
        values(&Interval::new(1.0 / BY_ANOTHER_HAND, 1.0, BY_ANOTHER_HAND)?, "hand/memory"),
    ];
    let samples = (0..SAMPLES as usize).map(|n| {
        let [own_idle, own_loaded, other_loaded, other_idle, state_own, state_other, copied, lean, share, hand] =
            columns.each_ref().map(|column| column[n]);
        let inputs =
            Inputs { own_idle, own_loaded, other_loaded, other_idle, state: state_other / state_own, copied, lean };
        let [framework, state] = pod.explanations(&inputs);
        hand * framework * (state / framework).powf(share)
    });
    let pod = around((explanations[0] * explanations[1]).sqrt(), samples.collect(), explanations)?;
    Some(Memory { pod, processes: copies, explanations })
}
