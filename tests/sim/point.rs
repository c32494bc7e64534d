use capmodel::model::queueing::{Balancer, Discipline, Latency, PodQueue, QUOTA_PERIOD, QueueingTables, latency};

use super::draws::{Draws, Purpose};
use super::scenario::{Outcome, Quota, Scenario};

/// A pod in normalized units: a point of a table, and of the model's evaluation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    pub(crate) discipline: Discipline,
    pub(crate) balancer: Balancer,
    pub(crate) pods: u32,
    pub(crate) scv: f64,
    /// Servers per core of the quota, and service time ÷ quota. With a quota, times are in periods, otherwise in
    /// service times.
    pub(crate) quota: Option<(f64, f64)>,
}

impl Point {
    fn cores(&self) -> f64 {
        f64::from(self.discipline.parallelism()) / self.quota.map_or(1.0, |(per_core, _)| per_core)
    }

    fn service_mean(&self) -> f64 {
        self.quota.map_or(1.0, |(_, service)| service * self.cores())
    }

    /// The pods at this load of their cores or of their quota.
    pub(crate) fn scenario(&self, load: f64, requests: usize, seed: u64) -> Scenario {
        Scenario {
            pods: usize::try_from(self.pods).unwrap(),
            balancer: self.balancer,
            discipline: self.discipline,
            service_mean: self.service_mean(),
            service_scv: self.scv,
            quota: self.quota.map(|_| Quota { cores: self.cores(), period: 1.0 }),
            rate: load * self.cores() / self.service_mean(),
            requests,
            seed,
        }
    }

    /// Simulates until p99 is known to 2 % or `most` requests were simulated.
    pub(crate) fn settle(&self, load: f64, most: usize, seed: u64) -> Outcome {
        let mut requests = 200_000.min(most);
        loop {
            let outcome = self.scenario(load, requests, seed).run();
            if requests >= most || outcome.p99_error <= 0.02 * outcome.p99 && !self.is_short(load, requests) {
                return outcome;
            }
            requests *= 2;
        }
    }

    /// Thousands of short services fit into a period, so that the number of periods matters instead of that of
    /// requests. Twenty batches of fewer than 25 periods would not show effects that last for several periods.
    fn is_short(&self, load: f64, requests: usize) -> bool {
        let periods = 500.0;
        self.quota.is_some_and(|(_, service)| f64::from(u32::try_from(requests).unwrap()) * service / load < periods)
    }

    /// The result of the model, in the same unit.
    pub(crate) fn model(&self, load: f64, tables: &QueueingTables) -> Latency {
        let unit = if self.quota.is_some() { QUOTA_PERIOD } else { 1.0 };
        let queue = PodQueue {
            discipline: self.discipline,
            service_mean: self.service_mean() * unit,
            service_scv: self.scv,
            // The simulator's quota is exact.
            quota_slice: 0.0,
            quota_cores: self.quota.map(|_| self.cores()),
            balancer: self.balancer,
            pods: u64::from(self.pods),
        };
        let rate = load * self.cores() / queue.service_mean;
        let latency = latency(&queue, rate, tables);
        Latency { mean: latency.mean / unit, p99: latency.p99 / unit, ..latency }
    }
}

/// Which pods are evaluated together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Regime {
    pub(crate) name: &'static str,
    pub(crate) sharing: bool,
    pub(crate) balancer: Balancer,
    pub(crate) quota: bool,
    /// Smallest and largest squared coefficient of variation of the service times.
    pub(crate) scv: (f64, f64),
}

impl Regime {
    /// Points and loads between those of the tables, up to the largest planned load.
    pub(crate) fn draw(&self, count: usize, seed: u64) -> Vec<(Point, f64)> {
        const LOWEST: f64 = 0.1;
        const HIGHEST: f64 = 0.85;
        let mut draws = Draws::new(seed, Purpose::Points);
        let one = || {
            let servers = if self.quota { [1, 2, 3, 4, 6][draws.index(5)] } else { [1, 2, 3, 6, 12][draws.index(5)] };
            let mut between = |low: f64, high: f64| low * (high / low).powf(draws.uniform());
            let scv = between(self.scv.0, self.scv.1);
            let quota = self.quota.then(|| (between(1.1, 12.0), between(0.0007, 1.5)));
            let load = LOWEST + (HIGHEST - LOWEST) * draws.uniform();
            let looks = self.balancer != Balancer::Random;
            let pods = if looks { [2, 3, 5, 12, 50][draws.index(5)] } else { 1 };
            let discipline =
                if self.sharing { Discipline::Sharing { threads: servers } } else { Discipline::Fcfs { servers } };
            (Point { discipline, balancer: self.balancer, pods, scv, quota }, load)
        };
        std::iter::repeat_with(one).take(count).collect()
    }
}
