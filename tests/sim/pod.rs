use std::collections::VecDeque;

use capmodel::model::queueing::Discipline;

use super::scenario::Quota;

/// A request inside a pod.
struct Job {
    number: usize,
    arrived: f64,
    /// Remaining CPU time.
    remaining: f64,
}

/// A completed request.
pub(super) struct Done {
    pub(super) number: usize,
    pub(super) sojourn: f64,
}

/// One pod: a number of cores, a scheduling discipline, and possibly a quota.
pub(super) struct Pod {
    cores: f64,
    /// Maximum number of requests that run at a time; the others wait in order.
    slots: usize,
    running: Vec<Job>,
    waiting: VecDeque<Job>,
    now: f64,
    quota: Option<Meter>,
}

/// The quota of the current period.
struct Meter {
    quota: Quota,
    /// Remaining CPU time in this period.
    left: f64,
    period_ends: f64,
    throttled: bool,
    periods: u64,
    throttled_periods: u64,
}

impl Pod {
    /// `phase` in (0, 1] is the remaining share of the first period.
    pub(super) fn new(discipline: Discipline, quota: Option<Quota>, phase: f64) -> Self {
        let (cores, slots) = match discipline {
            Discipline::Fcfs { servers } => (servers, usize::try_from(servers).unwrap()),
            Discipline::Sharing { threads } => (threads, usize::MAX),
        };
        let meter = |quota: Quota| Meter {
            quota,
            left: quota.cores * quota.period,
            period_ends: quota.period * phase,
            throttled: false,
            periods: 0,
            throttled_periods: 0,
        };
        Self {
            cores: f64::from(cores),
            slots,
            running: Vec::new(),
            waiting: VecDeque::new(),
            now: 0.0,
            quota: quota.map(meter),
        }
    }

    pub(super) fn in_flight(&self) -> usize {
        self.running.len() + self.waiting.len()
    }

    /// Number of periods, and number of those in which the pod was throttled.
    pub(super) fn periods(&self) -> (u64, u64) {
        self.quota.as_ref().map_or((0, 0), |meter| (meter.periods, meter.throttled_periods))
    }

    /// Adds an arriving request; the pod must have been advanced to `now`.
    pub(super) fn arrive(&mut self, number: usize, now: f64, demand: f64) {
        let job = Job { number, arrived: now, remaining: demand };
        if self.running.len() < self.slots { self.running.push(job) } else { self.waiting.push_back(job) }
    }

    /// Advances time until `until` (or, if that is infinite, until nothing is left to do) and returns the completed
    /// requests.
    pub(super) fn advance(&mut self, until: f64, mut report: impl FnMut(Done)) {
        while self.now < until {
            let stopped = self.quota.as_ref().is_some_and(|meter| meter.throttled);
            let jobs = f64::from(u32::try_from(self.running.len()).unwrap());
            let busy = if stopped { 0.0 } else { jobs.min(self.cores) };
            // Speed of each running request: one core, or an equal share of the cores.
            let speed = if busy == 0.0 { 0.0 } else { busy / jobs };
            let shortest = self.shortest();
            let finish = match shortest {
                Some(at) if speed > 0.0 => self.now + self.running[at].remaining / speed,
                _ => f64::INFINITY,
            };
            let (exhausted, period_ends) = self.quota.as_ref().map_or((f64::INFINITY, f64::INFINITY), |meter| {
                (if busy > 0.0 { self.now + meter.left / busy } else { f64::INFINITY }, meter.period_ends)
            });
            if until == f64::INFINITY && self.in_flight() == 0 {
                return;
            }
            let next = until.min(finish).min(exhausted).min(period_ends);
            let elapsed = next - self.now;
            self.now = next;
            for job in &mut self.running {
                job.remaining -= elapsed * speed;
            }
            if let Some(meter) = &mut self.quota {
                meter.left -= elapsed * busy;
                if next == period_ends {
                    meter.renew();
                } else if next == exhausted && next < finish {
                    meter.throttled = true;
                }
            }
            if next == finish
                && let Some(at) = shortest
            {
                let job = self.running.swap_remove(at);
                report(Done { number: job.number, sojourn: next - job.arrived });
                self.running.extend(self.waiting.pop_front());
            }
        }
    }

    fn shortest(&self) -> Option<usize> {
        (0..self.running.len()).min_by(|&a, &b| self.running[a].remaining.total_cmp(&self.running[b].remaining))
    }
}

impl Meter {
    fn renew(&mut self) {
        self.periods += 1;
        self.throttled_periods += u64::from(self.throttled);
        self.throttled = false;
        self.left = self.quota.cores * self.quota.period;
        self.period_ends += self.quota.period;
    }
}
