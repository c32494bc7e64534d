//! Behaviour of one pod at a given rate, for one draw of the inputs.

use super::{Kind, PodShape};
use crate::model::calibration::{LEAST_WAKEUP_RATE, WAKEUP_RATE, wakeup_share};
use crate::model::queueing::{
    Balancer, Discipline, Latency, PodQueue, QUOTA_SLICE, QueueingTables, latency, p99, p99_within,
};
use crate::model::uncertainty::{Draw, Input};

/// Squared coefficient of variation of the handler's CPU time. 0.5 agrees with measurements of Gin with 0.6 ms of
/// work under a limit.
const HANDLER_SCV: f64 = 0.5;

/// Seconds for which a scheduler lets a request compute before others get a turn: Go preempts a goroutine after 10 ms
/// (`forcePreemptNS` of its `runtime/proc.go`). Shorter requests are served one after the other: the p99 of Gin with 1 and
/// 5 ms of work was that of first come, first served, half of that of processor sharing (`just measured`).
const TIME_SLICE: f64 = 0.01;

/// One pod under one draw. Times in seconds, CPU in cores, memory in bytes, rates in requests per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Replica {
    shape: PodShape,
    /// Relative speed of a core: every CPU cost below is already divided by it.
    speed: f64,
    /// CPU seconds per request of the framework at saturation, `D_sat`.
    pub framework_cpu: f64,
    /// CPU seconds per request of the handler.
    pub handler_cpu: f64,
    /// Additional CPU seconds per request at [`WAKEUP_RATE`], `W`.
    pub wakeup_cpu: f64,
    /// CPU usage without requests, in cores.
    pub idle_cpu: f64,
    /// Squared coefficient of variation of the CPU time of framework and handler together.
    pub service_scv: f64,
    /// Seconds per request of waiting for downstream services.
    pub wait: f64,
    /// Working set without requests in flight, including the sidecar.
    pub memory_base: f64,
    /// Working set of a request in flight, including its payload twice: as received and as sent.
    pub memory_per_in_flight: f64,
    /// Size of the images to pull, including the sidecar's.
    pub image_size: f64,
    /// Start time of the sidecar plus that of the application.
    pub cold_start: f64,
}

impl Replica {
    /// A pod of this shape with the values of a draw.
    pub fn new(shape: &PodShape, draw: &Draw) -> Self {
        let extra_workers = f64::from(shape.workers - 1);
        let sidecar = shape.sidecar.as_ref();
        // More threads than the limit is appropriate for waste CPU time on contention.
        let kept = shape.kept_throughput();
        let speed = draw.get(Input::CpuSpeed);
        let framework_cpu = f64::from(shape.benchmark_cores) / draw.get(Input::Throughput) / kept / speed;
        let handler_cpu = draw.get(Input::HandlerCpu) * draw.get(Input::CpuFactor) / kept / speed;
        // Variances of independent parts add up; the variance of the framework (pauses, garbage collection) is
        // independent of the handler.
        let variance = draw.get(Input::ServiceScv) * framework_cpu.powi(2) + HANDLER_SCV * handler_cpu.powi(2);
        Self {
            shape: *shape,
            speed,
            framework_cpu,
            handler_cpu,
            wakeup_cpu: draw.get(Input::WakeupCpu) / speed,
            idle_cpu: draw.get(Input::IdleCpu) / speed,
            service_scv: variance / (framework_cpu + handler_cpu).powi(2),
            wait: draw.get(Input::Wait),
            memory_base: draw.get(Input::MemoryLoaded)
                + extra_workers * draw.get(Input::MemoryPerWorker)
                + sidecar.map_or(0.0, |s| s.memory),
            memory_per_in_flight: draw.get(Input::MemoryPerInFlight) + 2.0 * shape.payload_bytes,
            image_size: draw.get(Input::ImageSize) + sidecar.map_or(0.0, |s| s.image_size),
            cold_start: draw.get(Input::ColdStart) + sidecar.map_or(0.0, |s| s.start),
        }
    }

    /// CPU seconds per request of the application if every usable core is busy.
    pub fn saturated_cpu(&self) -> f64 {
        self.framework_cpu + self.handler_cpu
    }

    /// Saturation rate of a pod that has this many cores: the tightest of CPU, threads and workers.
    pub fn saturation_rate_of_pod(&self, cores: f64) -> f64 {
        let by_workers = if self.shape.kind == Kind::Sync { self.rate_at_workers(1.0) } else { f64::INFINITY };
        self.rate_at_cpu(cores).min(self.rate_at_threads(1.0)).min(by_workers)
    }

    /// The rate at which every usable core is busy.
    pub fn saturation_rate(&self) -> f64 {
        self.shape.usable_cores() / self.saturated_cpu()
    }

    /// CPU seconds per request of the application at a rate: `D(x) = D_sat + W·√(100 ÷ x)`, where `x` is the rate of
    /// one process; see [`wakeup_share`]. With a backlog a pod serves faster, at `D_sat`:
    /// [`Self::saturation_rate`].
    pub fn cpu_per_request(&self, rate: f64) -> f64 {
        self.saturated_cpu() + self.wakeup_cpu * wakeup_share(rate / self.processes())
    }

    /// Processes, or cores of one process with several threads, that requests are distributed over. A threaded process
    /// that is sized for a part of a core keeps one core awake, however many the node has.
    pub fn processes(&self) -> f64 {
        if self.shape.kind == Kind::Threads {
            self.shape.usable_cores().min(self.shape.resources.cpu_request.cores()).max(1.0)
        } else {
            f64::from(self.shape.workers)
        }
    }

    fn sidecar_cpu(&self) -> f64 {
        self.shape.sidecar.map_or(0.0, |s| s.cpu_per_request / self.speed)
    }

    /// CPU seconds per request of the whole pod, including the sidecar.
    pub fn pod_cpu_per_request(&self, rate: f64) -> f64 {
        self.cpu_per_request(rate) + self.sidecar_cpu()
    }

    /// CPU usage of the pod in cores at a rate, including idle usage and the sidecar.
    pub fn cpu_used(&self, rate: f64) -> f64 {
        self.idle_cpu + rate * self.pod_cpu_per_request(rate)
    }

    /// The largest rate whose CPU usage is within `cores`; zero if idle usage alone exceeds it.
    pub fn rate_at_cpu(&self, cores: f64) -> f64 {
        self.rate_at(cores - self.idle_cpu, self.sidecar_cpu())
    }

    /// The largest rate at which the threads are busy for at most `share` of their time.
    pub fn rate_at_threads(&self, share: f64) -> f64 {
        self.rate_at(share * f64::from(self.shape.threads), 0.0)
    }

    /// The largest rate at which the workers of a sync server are occupied for at most `share` of their time,
    /// including the time in which they wait for downstream services.
    pub fn rate_at_workers(&self, share: f64) -> f64 {
        self.rate_at(share * f64::from(self.shape.workers), self.wait)
    }

    /// Solves `rate·(D(rate) + more) = budget`.
    ///
    /// With y = √rate this is `(D_sat + more)·y² + W·√(100·processes)·y = budget`; the root is computed in the form
    /// without cancellation. Below the rate from which on a request costs no more, the equation is linear.
    fn rate_at(&self, budget: f64, more: f64) -> f64 {
        if budget <= 0.0 {
            return 0.0;
        }
        let constant = self.saturated_cpu() + more;
        let quiet = LEAST_WAKEUP_RATE * self.processes();
        let at_quiet = constant + self.wakeup_cpu * wakeup_share(LEAST_WAKEUP_RATE);
        if self.wakeup_cpu == 0.0 || budget <= quiet * at_quiet {
            return budget / at_quiet;
        }
        let root = self.wakeup_cpu * (WAKEUP_RATE * self.processes()).sqrt();
        (2.0 * budget / (root + (root * root + 4.0 * constant * budget).sqrt())).powi(2)
    }

    /// Number of requests in flight at a rate that is not exceeded for 99 % of the time; at least one at a positive
    /// rate.
    ///
    /// On the CPU: as many requests as cores run and the others wait; their number is geometric with the utilization
    /// ρ (M/M/c and M/G/1-PS; Kleinrock, *Queueing Systems* I §3.5), so that more than n wait with probability
    /// `ρⁿ⁺¹`. Waiting for downstream services: a Poisson number with mean rate × wait (M/G/∞), combined with the
    /// running ones; its quantile is approximated by mean + 2.33 standard deviations.
    pub fn in_flight(&self, rate: f64) -> f64 {
        /// The 99th percentile of the standard normal distribution.
        const Z99: f64 = 2.326_347_9;
        if rate <= 0.0 {
            return 0.0;
        }
        let busy = rate * self.cpu_per_request(rate) / self.shape.usable_cores();
        if busy >= 1.0 {
            return f64::INFINITY;
        }
        let waiting = (0.01_f64.ln() / busy.ln() - 1.0).max(0.0);
        let independent = rate * self.wait + busy * (self.shape.usable_cores() - 1.0).max(0.0);
        (waiting + independent + Z99 * independent.sqrt()).max(1.0)
    }

    /// Working set in bytes at a rate, with the 99th percentile of requests in flight.
    pub fn working_set(&self, rate: f64) -> f64 {
        if self.memory_per_in_flight == 0.0 || rate == 0.0 {
            return self.memory_base;
        }
        self.memory_base + self.in_flight(rate) * self.memory_per_in_flight
    }

    /// Working set in bytes with one request in flight, the minimum for any pod.
    pub fn least_memory(&self) -> f64 {
        self.memory_base + self.memory_per_in_flight
    }

    /// Response time at a rate, including downstream wait and the sidecar.
    ///
    /// `quota` is the number of cores that the pod may use per CFS period: its limit, or its request on a busy node.
    pub fn latency(
        &self,
        rate: f64,
        pods: u64,
        balancer: Balancer,
        quota: Option<f64>,
        tables: &QueueingTables,
    ) -> Latency {
        let queues = self.queues(rate, pods, balancer, quota);
        let on_cpu = latency(&queues.on_cpu, rate, tables);
        let for_workers = queues.for_workers.map_or(0.0, |queue| latency(&queue, rate, tables).mean);
        let sidecar = self.shape.sidecar.map_or(0.0, |sidecar| sidecar.latency_mean);
        Latency {
            mean: (on_cpu.mean + self.wait).max(for_workers) + sidecar,
            p99: self.p99_of(&queues, on_cpu.p99, rate, tables),
            throttled_fraction: on_cpu.throttled_fraction,
        }
    }

    /// The 99th percentile of [`Self::latency`] alone, which takes less time.
    pub fn p99(&self, rate: f64, pods: u64, balancer: Balancer, quota: Option<f64>, tables: &QueueingTables) -> f64 {
        let queues = self.queues(rate, pods, balancer, quota);
        self.p99_of(&queues, p99(&queues.on_cpu, rate, tables), rate, tables)
    }

    /// Whether [`Self::p99`] is at most `objective` seconds, which takes less time again.
    pub fn p99_within(
        &self,
        objective: f64,
        (rate, pods): (f64, u64),
        balancer: Balancer,
        quota: Option<f64>,
        tables: &QueueingTables,
    ) -> bool {
        let queues = self.queues(rate, pods, balancer, quota);
        let total = objective - self.shape.sidecar.map_or(0.0, |sidecar| sidecar.latency_p99);
        let on_cpu = total - self.wait;
        let within = |queue: &PodQueue, objective| p99_within(queue, rate, objective, tables);
        within(&queues.on_cpu, on_cpu)
            && queues.worth.is_none_or(|queue| within(&queue, on_cpu / self.shape.longer_tail()))
            && queues.for_workers.is_none_or(|queue| within(&queue, total))
    }

    fn p99_of(&self, queues: &Queues, on_cpu: f64, rate: f64, tables: &QueueingTables) -> f64 {
        let longer_tail = |queue| p99(&queue, rate, tables) * self.shape.longer_tail();
        let on_cpu = queues.worth.map_or(on_cpu, |queue| on_cpu.max(longer_tail(queue))) + self.wait;
        let total = queues.for_workers.map_or(on_cpu, |queue| on_cpu.max(p99(&queue, rate, tables)));
        total + self.shape.sidecar.map_or(0.0, |sidecar| sidecar.latency_p99)
    }

    fn queues(&self, rate: f64, pods: u64, balancer: Balancer, quota: Option<f64>) -> Queues {
        let queue = |discipline, service_mean, service_scv, quota_cores| PodQueue {
            discipline,
            service_mean,
            service_scv,
            quota_slice: QUOTA_SLICE,
            quota_cores,
            balancer,
            pods,
        };
        let (shape, scv, cpu) = (&self.shape, self.service_scv, self.cpu_per_request(rate));
        if shape.kind == Kind::Threads {
            let with = |threads, cpu| {
                let discipline = match cpu <= TIME_SLICE {
                    true => Discipline::Fcfs { servers: threads },
                    false => Discipline::Sharing { threads },
                };
                queue(discipline, cpu, scv, quota)
            };
            let worth = shape.threads_worth().filter(|_| quota.is_some());
            return Queues {
                on_cpu: with(shape.threads, cpu),
                worth: worth.map(|worth| with(worth, cpu * shape.kept_throughput())),
                for_workers: None,
            };
        }
        let workers = Discipline::Fcfs { servers: shape.workers };
        // The wait is assumed to be constant, so only the CPU part of the occupied time varies.
        let held = cpu + self.wait;
        let for_workers = queue(workers, held, scv * (cpu / held).powi(2), None);
        Queues {
            on_cpu: queue(workers, cpu, scv, quota),
            worth: None,
            for_workers: (shape.kind == Kind::Sync && self.wait > 0.0).then_some(for_workers),
        }
    }
}

/// The queues that a request joins in one pod.
struct Queues {
    /// For the CPU, with as many servers as the pod has threads or workers.
    on_cpu: PodQueue,
    /// For the CPU with as many threads as the quota is worth, where there are more. A queueing model favours more
    /// threads; measurements show that they use up the quota early in the period and are then throttled.
    worth: Option<PodQueue>,
    /// For a worker, which is occupied while it waits for downstream services, so that this queue matters as well as
    /// the one for the CPU.
    for_workers: Option<PodQueue>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::files::{find_sidecar, parse_profile, parse_work, profile_source, work_source};
    use crate::model::runtime::{Evidence, HandlerCpu, Service, Sourced};
    use crate::model::uncertainty::Interval;

    /// The article's Gin profile with 0.6 ms of Go handler CPU and Istio, on cores of a relative speed.
    fn at_speed(speed: f64) -> Replica {
        let profile = parse_profile(&profile_source("go-gin").unwrap(), Evidence::Article).unwrap();
        let mut work = parse_work(&work_source("json").unwrap()).unwrap();
        let seconds = Sourced { interval: Interval::exact(0.0006).unwrap(), source: String::new() };
        work.handler = Some(HandlerCpu { language: "go".to_owned(), seconds });
        let mut service = Service::with_work(profile, work);
        service.sidecar = Some(find_sidecar("istio").unwrap());
        service.cpu_speed = Interval::exact(speed).unwrap();
        let mid = service.uncertain_inputs(Interval::exact(100.0).unwrap()).mid();
        Replica::new(&PodShape::new(&service, service.resources, None, 0.7, &mid), &mid)
    }

    /// 0.6 ms on the measured core are 1.2 ms on a core of half the speed, and 0.4 ms on one of 1.5 times the speed.
    #[test]
    fn a_slower_core_takes_as_much_longer_for_everything_on_it() {
        let measured = at_speed(1.0);
        assert!((measured.handler_cpu - 0.0006).abs() < 1e-15);
        for (speed, handler) in [(0.5, 0.0012), (1.5, 0.0004)] {
            let other = at_speed(speed);
            assert!((other.handler_cpu - handler).abs() < 1e-15, "{speed}");
            for (name, cost) in [
                ("framework", |r: &Replica| r.framework_cpu),
                ("wake-ups", |r: &Replica| r.wakeup_cpu),
                ("idle", |r: &Replica| r.idle_cpu),
                ("sidecar", Replica::sidecar_cpu),
                ("one request", |r: &Replica| r.pod_cpu_per_request(0.0)),
            ] as [(&str, fn(&Replica) -> f64); 5]
            {
                let (own, all) = (cost(&measured), cost(&other));
                assert!((own - all * speed).abs() <= 1e-12 * own, "{name} at {speed}: {own} and {all}");
            }
            // The saturation rate is proportional to the core speed.
            assert!((other.saturation_rate() / measured.saturation_rate() - speed).abs() < 1e-12);
            // Everything other than CPU is unchanged.
            assert_eq!(
                (other.wait, other.memory_base, other.cold_start),
                (measured.wait, measured.memory_base, measured.cold_start)
            );
        }
        assert!(measured.sidecar_cpu() > 0.0 && measured.framework_cpu > 0.0);
    }
}
