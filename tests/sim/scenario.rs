use capmodel::model::queueing::{Balancer, Discipline};

use super::draws::{Draws, Purpose};
use super::pod::Pod;

/// A CPU limit: `cores × period` of CPU time per period.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quota {
    pub(crate) cores: f64,
    pub(crate) period: f64,
}

/// A scenario to simulate. Times in any single unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    pub(crate) pods: usize,
    pub(crate) balancer: Balancer,
    pub(crate) discipline: Discipline,
    pub(crate) service_mean: f64,
    pub(crate) service_scv: f64,
    pub(crate) quota: Option<Quota>,
    /// Arrivals per pod and unit of time.
    pub(crate) rate: f64,
    /// Total number of counted arrivals; a tenth as many precede them to fill the pods.
    pub(crate) requests: usize,
    pub(crate) seed: u64,
}

/// Results of a simulation. Times from arrival to departure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) mean: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Standard error of `p99`, from [`BATCHES`] batches.
    pub(crate) p99_error: f64,
    /// Share of the periods in which a pod was throttled.
    pub(crate) throttled_fraction: f64,
    /// CPU used ÷ cores ÷ time.
    pub(crate) utilization: f64,
}

/// Number of batches for the standard error: enough that its own relative error is a sixth, few enough that each batch
/// is long.
const BATCHES: usize = 20;

impl Scenario {
    pub(crate) fn run(&self) -> Outcome {
        let mut arrivals = Draws::new(self.seed, Purpose::Arrivals);
        let mut demands = Draws::new(self.seed, Purpose::Demands);
        let mut choices = Draws::new(self.seed, Purpose::Balancer);
        let mut phases = Draws::new(self.seed, Purpose::Phases);
        let mut pods: Vec<Pod> =
            (0..self.pods).map(|_| Pod::new(self.discipline, self.quota, phases.uniform())).collect();
        let warm_up = self.requests / 10;
        let mut sojourns = Vec::with_capacity(self.requests);
        let gap = 1.0 / (self.rate * real(self.pods));
        let mut now = 0.0;
        let mut cpu = 0.0;
        for number in 0..warm_up + self.requests {
            now += gap * arrivals.exponential();
            let demand = self.service_mean * demands.gamma(self.service_scv);
            cpu += demand;
            // Pods whose state the balancer compares are advanced to the current time; the others can wait.
            let mut look = |pod: usize| {
                pods[pod].advance(now, |done| {
                    if done.number >= warm_up {
                        sojourns.push(done.sojourn);
                    }
                });
                pods[pod].in_flight()
            };
            let chosen = match self.balancer {
                Balancer::Random => choices.index(self.pods),
                Balancer::RoundRobin => number % self.pods,
                Balancer::PowerOfTwo => {
                    let one = choices.index(self.pods);
                    // Another pod, if there is one.
                    let step = if self.pods > 1 { 1 + choices.index(self.pods - 1) } else { 0 };
                    let other = (one + step) % self.pods;
                    if look(other) < look(one) { other } else { one }
                }
                Balancer::LeastRequest => {
                    // Starting at a random pod, so that no pod wins all ties.
                    let start = choices.index(self.pods);
                    let least = (0..self.pods).map(|i| (start + i) % self.pods).min_by_key(|&pod| look(pod));
                    least.unwrap()
                }
            };
            look(chosen);
            pods[chosen].arrive(number, now, demand);
        }
        for pod in &mut pods {
            pod.advance(f64::INFINITY, |done| {
                if done.number >= warm_up {
                    sojourns.push(done.sojourn);
                }
            });
        }
        let (periods, throttled) =
            pods.iter().map(Pod::periods).fold((0, 0), |(p, t), (periods, stopped)| (p + periods, t + stopped));
        let batch = sojourns.len() / BATCHES;
        let batches: Vec<f64> =
            sojourns.chunks_exact(batch).take(BATCHES).map(|batch| percentile(&mut batch.to_vec(), 99)).collect();
        let cores = f64::from(self.discipline.parallelism()) * real(self.pods);
        Outcome {
            mean: sojourns.iter().sum::<f64>() / real(sojourns.len()),
            p50: percentile(&mut sojourns, 50),
            p99: percentile(&mut sojourns, 99),
            p99_error: standard_error(&batches),
            throttled_fraction: if periods == 0 { 0.0 } else { real_u64(throttled) / real_u64(periods) },
            utilization: cpu / (cores * now),
        }
    }
}

/// The percentile of `values`, which are reordered.
fn percentile(values: &mut [f64], percent: usize) -> f64 {
    let rank = (values.len() * percent / 100).min(values.len() - 1);
    *values.select_nth_unstable_by(rank, f64::total_cmp).1
}

fn standard_error(batches: &[f64]) -> f64 {
    let n = real(batches.len());
    let mean = batches.iter().sum::<f64>() / n;
    let variance = batches.iter().map(|b| (b - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (variance / n).sqrt()
}

fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

fn real_u64(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}
