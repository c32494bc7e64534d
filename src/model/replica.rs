//! What one pod does at a given rate, for one draw of the inputs.

use super::queueing::{Balancer, Discipline, Latency, PodQueue, QueueingTables, latency};
use super::{Draw, Input, Kind, PodShape};

/// Squared coefficient of variation of the handler's CPU time. Gin with 0.6 ms of work under a limit shows what 0.5 gives.
const HANDLER_SCV: f64 = 0.5;

/// One pod under one draw. Times in seconds, CPU in cores, memory in bytes, rates in requests a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Replica {
    shape: PodShape,
    /// CPU a request costs the framework at saturation, `D_sat`.
    pub framework_cpu: f64,
    /// CPU a request costs the handler.
    pub handler_cpu: f64,
    /// What a request costs more on an idle server, `W`.
    pub wakeup_cpu: f64,
    /// Cores used without requests.
    pub idle_cpu: f64,
    /// Squared coefficient of variation of the CPU time of both together.
    pub service_scv: f64,
    /// Time a request spends waiting downstream.
    pub wait: f64,
    /// Working set without requests in flight, the sidecar's included.
    pub memory_base: f64,
    /// Working set of a request in flight, its payload twice: as it came and as it goes.
    pub memory_per_in_flight: f64,
    /// Image to pull, the sidecar's included.
    pub image_size: f64,
    /// Start of the sidecar and of the application after it.
    pub cold_start: f64,
}

impl Replica {
    /// A pod of this shape with the inputs of a draw.
    pub fn new(shape: &PodShape, draw: &Draw) -> Self {
        let extra_workers = f64::from(shape.workers - 1);
        let sidecar = shape.sidecar.as_ref();
        // More threads than the limit is good for burn its time on each other.
        let kept = shape.kept_throughput();
        let framework_cpu = f64::from(shape.benchmark_cores) / draw.get(Input::Throughput) / kept;
        let handler_cpu = draw.get(Input::HandlerCpu) * draw.get(Input::CpuFactor) / kept;
        // Variances of independent parts add; what varies in a framework (pauses, collection) does not grow with the handler.
        let variance = draw.get(Input::ServiceScv) * framework_cpu.powi(2) + HANDLER_SCV * handler_cpu.powi(2);
        Self {
            shape: *shape,
            framework_cpu,
            handler_cpu,
            wakeup_cpu: draw.get(Input::WakeupCpu),
            idle_cpu: draw.get(Input::IdleCpu),
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

    /// CPU a request costs the application when every usable core is busy.
    pub fn saturated_cpu(&self) -> f64 {
        self.framework_cpu + self.handler_cpu
    }

    /// The rate at which a pod that gets so many cores is at the end of them, of its threads or of its workers.
    pub fn most_rate(&self, cores: f64) -> f64 {
        let by_workers = if self.shape.kind == Kind::Sync { self.rate_at_workers(1.0) } else { f64::INFINITY };
        self.rate_at_cpu(cores).min(self.rate_at_threads(1.0)).min(by_workers)
    }

    /// The rate at which every usable core is busy.
    pub fn saturation_rate(&self) -> f64 {
        self.shape.usable_cores() / self.saturated_cpu()
    }

    /// CPU seconds a request costs the application at a rate: `D(x) = D_sat + W·(1 − x)`, `x = rate ÷ saturation rate`.
    pub fn cpu_per_request(&self, rate: f64) -> f64 {
        self.saturated_cpu() + self.wakeup_cpu * (1.0 - (rate / self.saturation_rate()).min(1.0))
    }

    fn sidecar_cpu(&self) -> f64 {
        self.shape.sidecar.map_or(0.0, |s| s.cpu_per_request)
    }

    /// The same for the whole pod, the sidecar included.
    pub fn pod_cpu_per_request(&self, rate: f64) -> f64 {
        self.cpu_per_request(rate) + self.sidecar_cpu()
    }

    /// Cores that the pod uses at a rate, idle use and sidecar included.
    pub fn cpu_used(&self, rate: f64) -> f64 {
        self.idle_cpu + rate * self.pod_cpu_per_request(rate)
    }

    /// The largest rate whose CPU use stays within `cores`; zero when idle use alone exceeds it.
    pub fn rate_at_cpu(&self, cores: f64) -> f64 {
        self.rate_at(cores - self.idle_cpu, self.sidecar_cpu())
    }

    /// The largest rate that keeps the threads busy for `share` of their time.
    pub fn rate_at_threads(&self, share: f64) -> f64 {
        self.rate_at(share * f64::from(self.shape.threads), 0.0)
    }

    /// The largest rate at which the workers of a sync server are occupied for `share` of their time: one that waits
    /// downstream serves nobody else.
    pub fn rate_at_workers(&self, share: f64) -> f64 {
        self.rate_at(share * f64::from(self.shape.workers), self.wait)
    }

    /// Solves `rate·(D(rate) + more) = budget` for the smallest rate.
    ///
    /// With x = rate ÷ saturation this is `rate·(D_sat + W + more) − rate²·W ÷ saturation = budget`; the root is taken in
    /// the form that does not cancel. Without a root even saturation stays within the budget: no bound.
    fn rate_at(&self, budget: f64, more: f64) -> f64 {
        if budget <= 0.0 {
            return 0.0;
        }
        let linear = self.saturated_cpu() + self.wakeup_cpu + more;
        let curve = self.wakeup_cpu / self.saturation_rate();
        let discriminant = linear * linear - 4.0 * curve * budget;
        if discriminant < 0.0 {
            return f64::INFINITY;
        }
        2.0 * budget / (linear + discriminant.sqrt())
    }

    /// Requests in the pod at a rate that are not exceeded for 99 % of the time; at least one where there are requests.
    ///
    /// On the CPU: as many as there are cores run and the rest waits, in number geometric with the busy share ρ (M/M/c and
    /// M/G/1-PS; Kleinrock, *Queueing Systems* I §3.5), so that more than n are there with probability `ρⁿ⁺¹`. Downstream: a
    /// Poisson number of rate × wait (M/G/∞), with the running ones, whose quantile is taken as mean + 2.33 deviations.
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

    /// Bytes of working set at a rate, with as many requests in flight as there are at times.
    pub fn working_set(&self, rate: f64) -> f64 {
        if self.memory_per_in_flight == 0.0 || rate == 0.0 {
            return self.memory_base;
        }
        self.memory_base + self.in_flight(rate) * self.memory_per_in_flight
    }

    /// Bytes of working set that one request needs: no pod gets by with less.
    pub fn least_memory(&self) -> f64 {
        self.memory_base + self.memory_per_in_flight
    }

    /// Time from arrival to answer at a rate, waiting downstream and the sidecar included.
    ///
    /// `quota` is the number of cores that the pod may use in a period: its limit, or its request where the node is busy.
    pub fn latency(
        &self,
        rate: f64,
        pods: u64,
        balancer: Balancer,
        quota: Option<f64>,
        tables: &QueueingTables,
    ) -> Latency {
        let queue = |discipline, service_mean, service_scv, quota_cores| {
            let queue = PodQueue { discipline, service_mean, service_scv, quota_cores, balancer, pods };
            latency(&queue, rate, tables)
        };
        let cpu = self.cpu_per_request(rate);
        let on_cpu = match self.shape.kind {
            Kind::Threads => {
                let with = |threads, cpu| queue(Discipline::Sharing { threads }, cpu, self.service_scv, quota);
                let mut all = with(self.shape.threads, cpu);
                if let Some(worth) = self.shape.threads_worth().filter(|_| quota.is_some()) {
                    // In a queue more threads are faster; measured, they spend the limit's time early and then stand still.
                    let measured = with(worth, cpu * self.shape.kept_throughput()).p99 * self.shape.longer_tail();
                    all.p99 = all.p99.max(measured);
                }
                all
            }
            Kind::EventLoop | Kind::Sync => {
                queue(Discipline::Fcfs { servers: self.shape.workers }, cpu, self.service_scv, quota)
            }
        };
        let mut total = Latency {
            mean: on_cpu.mean + self.wait,
            p99: on_cpu.p99 + self.wait,
            throttled_fraction: on_cpu.throttled_fraction,
        };
        if self.shape.kind == Kind::Sync && self.wait > 0.0 {
            // A worker is held while it waits, and the queue for workers counts as well as the one for the CPU. The wait is
            // taken as constant, so that only the CPU's part of the occupied time varies.
            let held = cpu + self.wait;
            let scv = self.service_scv * (cpu / held).powi(2);
            let for_workers = queue(Discipline::Fcfs { servers: self.shape.workers }, held, scv, None);
            total.mean = total.mean.max(for_workers.mean);
            total.p99 = total.p99.max(for_workers.p99);
        }
        if let Some(sidecar) = &self.shape.sidecar {
            total.mean += sidecar.latency_mean;
            total.p99 += sidecar.latency_p99;
        }
        total
    }
}
