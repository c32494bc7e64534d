//! Checks of the article's claims.

use super::{Check, CheckInputs, Claim, Figure, JudgedClaim, UnknownReference, Verdict};
use crate::model::runtime::{PodShape, Service};
use crate::model::sizing::{Policy, Sizer, Sizing};
use crate::model::uncertainty::{Input, Interval};
use crate::units::{Bytes, Money, Utilization, grouped};

/// Checks every claim that has a check, in the order of the file.
///
/// # Errors
/// [`UnknownReference`] if a claim names an unknown claim, profile or key.
pub fn judge(claims: &[Claim], bench: &CheckInputs<'_>) -> Result<Vec<JudgedClaim>, UnknownReference> {
    claims
        .iter()
        .filter_map(|claim| claim.check.as_ref().map(|check| (claim, check)))
        .map(|(claim, check)| {
            let judge = Judge { claims, claim, bench };
            let (computed, verdict, note) = judge.verdict(check)?;
            Ok(JudgedClaim { claim: claim.clone(), computed, computed_unit: check.unit(), verdict, note })
        })
        .collect()
}

struct Judge<'a> {
    claims: &'a [Claim],
    claim: &'a Claim,
    bench: &'a CheckInputs<'a>,
}

type Outcome = ((f64, f64), Verdict, String);

impl Judge<'_> {
    fn missing(&self, what: impl Into<String>) -> UnknownReference {
        UnknownReference { claim: self.claim.id.clone(), missing: what.into() }
    }

    fn figure(&self, id: &str) -> Result<Figure, UnknownReference> {
        self.claims.iter().find(|c| c.id == id).map(|c| c.figure).ok_or_else(|| self.missing(format!("claim {id}")))
    }

    fn service(&self, name: &str) -> Result<&Service, UnknownReference> {
        self.bench.services.get(name).ok_or_else(|| self.missing(format!("profile {name}")))
    }

    fn verdict(&self, check: &Check) -> Result<Outcome, UnknownReference> {
        Ok(match check {
            Check::Agreement(id) => {
                let other = self.figure(id)?;
                let fits = holds(&self.claim.figure, &other) || holds(&other, &self.claim.figure);
                let verdict = if fits { Verdict::Agrees } else { Verdict::Contradicts };
                ((other.low, other.high), verdict, format!("the article's {}", self.title(id)))
            }
            Check::Profile { name, key } => {
                let (low, high) = self.profile_value(name, key)?;
                let (computed, verdict) = self.against((low, high));
                let taken = if verdict == Verdict::Agrees { Verdict::Input } else { verdict };
                (computed, taken, format!("{key} of profile {name}"))
            }
            Check::Quotient { of, by } => {
                let value = self.figure(of)?.low / self.figure(by)?.low;
                outcome(self.against((value, value)), format!("{} ÷ {}", self.title(of), self.title(by)))
            }
            Check::Multiple { of, times } => {
                let value = self.figure(of)?.low * times;
                let verdict =
                    if rounds_within(&self.claim.figure, value) { Verdict::Agrees } else { Verdict::Contradicts };
                ((value, value), verdict, format!("{times} × the article's {}", self.title(of)))
            }
            Check::Little { throughput, connections } => {
                let value = connections / self.figure(throughput)?.low * 1e3;
                let note = format!("Little's law: {connections} connections ÷ {}", self.title(throughput));
                outcome(self.against((value, value)), note)
            }
            Check::Pods(name) => {
                let (few, many) = self.pods_over_band(name)?;
                outcome(self.against((few, many)), "the plan, at the measured and at the low throughput".to_owned())
            }
            Check::CpuRequested(name) => {
                let (few, many) = self.pods_over_band(name)?;
                let cores = self.service(name)?.resources.cpu_request.cores();
                outcome(self.against((few * cores, many * cores)), "pods × CPU request".to_owned())
            }
            Check::MemoryRequested(name) => {
                let (few, many) = self.pods_over_band(name)?;
                let memory = self.service(name)?.resources.memory_request.as_f64() / self.unit_bytes();
                let note = "pods × memory request; MB and GB read as MiB and GiB".to_owned();
                outcome(self.against((few * memory, many * memory)), note)
            }
            Check::ShareCostRatio { numerator, denominator } => self.share_cost_ratio(numerator, denominator)?,
            Check::Objective { profile, against } => self.objective(profile, against)?,
            Check::OnePodEach(names) => {
                let limits: Vec<f64> = names.iter().map(|n| self.one_pod_up_to(n)).collect::<Result<_, _>>()?;
                let least = limits.iter().copied().fold(f64::INFINITY, f64::min);
                let verdict = if least >= self.claim.figure.high {
                    Verdict::Agrees
                } else {
                    Verdict::Differs(least / self.claim.figure.high - 1.0)
                };
                ((0.0, least), verdict, "the demand up to which each needs one pod".to_owned())
            }
            Check::PodsOverRange(name) => {
                let Figure { low, high, .. } = self.claim.figure;
                let pods = (self.pods(name, low)?, self.pods(name, high)?);
                let up_to = self.one_pod_up_to(name)?;
                // "A single pod" must be true up to the upper end; "more instances" must need several there.
                let single = self.claim.quantity.contains("single");
                let verdict = match (single, pods.1 > 1.0) {
                    (true, true) => Verdict::Differs(up_to / high - 1.0),
                    (false, false) => Verdict::Differs(-1.0),
                    _ => Verdict::Agrees,
                };
                let [low, high, up_to] = [low, high, up_to].map(grouped);
                let note = format!("pods at {low} and at {high} req/s; one is enough up to {up_to} req/s");
                (pods, verdict, note)
            }
            Check::CheaperAbove { numerator, denominator } => {
                let (least, at) = self.least_ratio(numerator, denominator)?;
                let verdict = if least > 1.0 { Verdict::Agrees } else { Verdict::Differs(least - 1.0) };
                (
                    (least, least),
                    verdict,
                    format!("smallest share-cost ratio from there up to 10 million req/s, at {} req/s", grouped(at)),
                )
            }
        })
    }

    fn title(&self, id: &str) -> String {
        self.claims
            .iter()
            .find(|c| c.id == id)
            .map_or_else(String::new, |c| format!("{} ({}, {})", c.quantity, c.section, c.subject))
    }

    /// The verdict on a computed range: each end must round to the printed end.
    fn against(&self, computed: (f64, f64)) -> ((f64, f64), Verdict) {
        let figure = &self.claim.figure;
        let verdict = if (computed.0 - figure.low).abs() <= figure.rounding
            && (computed.1 - figure.high).abs() <= figure.rounding
        {
            Verdict::Agrees
        } else {
            let off = |value: f64, stated: f64| if stated == 0.0 { value } else { value / stated - 1.0 };
            let (low, high) = (off(computed.0, figure.low), off(computed.1, figure.high));
            Verdict::Differs(if low.abs() > high.abs() { low } else { high })
        };
        (computed, verdict)
    }

    /// Bytes of the claim's unit; the article writes requests in MB and GB but means Kubernetes' Mi and Gi.
    fn unit_bytes(&self) -> f64 {
        if self.claim.unit == "GB" { Bytes::from_gib(1).as_f64() } else { Bytes::from_mib(1).as_f64() }
    }

    fn profile_value(&self, name: &str, key: &str) -> Result<(f64, f64), UnknownReference> {
        let v = &self.service(name)?.profile.values;
        let ends = |interval: &Interval, scale: f64| (interval.low() / scale, interval.high() / scale);
        let time = if self.claim.unit == "ms" { 1e-3 } else { 1.0 };
        let size = if self.claim.unit == "KB" { 1e3 } else { 1e6 };
        Ok(match key {
            // A single figure is compared with the mid value of the profile.
            "throughput" if self.claim.figure.low == self.claim.figure.high => {
                (v.throughput.interval.mid(), v.throughput.interval.mid())
            }
            "throughput" => ends(&v.throughput.interval, 1.0),
            "image_size" => ends(&v.image_size.interval, size),
            "cold_start" => ends(&v.cold_start.interval, time),
            "memory.idle" => ends(&v.memory_idle.interval, size),
            "memory.loaded" => ends(&v.memory_loaded.interval, size),
            "memory.per_worker" => ends(&v.memory_per_worker.interval, size),
            "memory.per_in_flight" => ends(&v.memory_per_in_flight.interval, size),
            "pod.cpu" => (v.pod.cpu_request.cores() * 1e3, v.pod.cpu_request.cores() * 1e3),
            "pod.memory" => {
                let mib = v.pod.memory_request.as_f64() / self.unit_bytes();
                (mib, mib)
            }
            _ => return Err(self.missing(format!("profile key {key}"))),
        })
    }

    fn size_at(
        &self,
        name: &str,
        demand: f64,
        policy: &Policy,
        throughput: fn(&Interval) -> f64,
    ) -> Result<Option<Sizing>, UnknownReference> {
        Ok(self.sizer(name, demand, policy, throughput)?.and_then(|sizer| sizer.size(demand).ok()))
    }

    fn sizer<'p>(
        &'p self,
        name: &str,
        demand: f64,
        policy: &'p Policy,
        throughput: fn(&Interval) -> f64,
    ) -> Result<Option<Sizer<'p>>, UnknownReference> {
        let service = self.service(name)?;
        let exact = Interval::exact(demand).ok_or_else(|| self.missing(format!("a demand of {demand}")))?;
        let inputs = service.uncertain_inputs(exact);
        let mid = inputs.mid();
        let draw = inputs
            .draw(|input, interval| if input == Input::Throughput { throughput(interval) } else { interval.mid() });
        let shape = PodShape::new(service, service.resources, None, policy.target_utilization.fraction(), &mid);
        Ok(Sizer::new(&shape, &draw, policy, self.bench.tables).ok())
    }

    fn sizing(&self, name: &str, demand: f64) -> Result<Sizing, UnknownReference> {
        self.size_at(name, demand, self.bench.policy, Interval::mid)?
            .ok_or_else(|| self.missing(format!("a plan for {name}")))
    }

    fn pods(&self, name: &str, demand: f64) -> Result<f64, UnknownReference> {
        Ok(count(self.sizing(name, demand)?.pods))
    }

    fn pods_over_band(&self, name: &str) -> Result<(f64, f64), UnknownReference> {
        let low = self
            .size_at(name, self.bench.demand, self.bench.policy, Interval::low)?
            .ok_or_else(|| self.missing(format!("a plan for {name}")))?;
        // A claim of one figure is compared at the measured throughput.
        let few = self.pods(name, self.bench.demand)?;
        let single = self.claim.figure.low == self.claim.figure.high;
        Ok((few, if single { few } else { count(low.pods) }))
    }

    fn one_pod_up_to(&self, name: &str) -> Result<f64, UnknownReference> {
        Ok(count(self.sizing(name, 1.0)?.next_pod_at - 1))
    }

    fn ratio(
        &self,
        numerator: &str,
        denominator: &str,
        demand: f64,
        policy: &Policy,
    ) -> Result<Option<f64>, UnknownReference> {
        let cost = |name: &str| -> Result<Option<Money>, UnknownReference> {
            let pod = self.service(name)?.resources;
            let price = self.bench.basis.share.price.cost_per_hour(pod.cpu_request, pod.memory_request);
            Ok(self.size_at(name, demand, policy, Interval::mid)?.map(|s| price * s.pods * self.bench.basis.hours))
        };
        let (above, below) = (cost(numerator)?, cost(denominator)?);
        Ok(above.zip(below).and_then(|(a, b)| a.ratio(b)))
    }

    /// Checks a step of the article's framework that claims that only the other runtime meets an objective.
    fn objective(&self, profile: &str, against: &str) -> Result<Outcome, UnknownReference> {
        let Figure { low: demand, high: p99_ms, .. } = self.claim.figure;
        let policy = Policy { slo_p99: Some(p99_ms / 1e3), ..self.bench.production.clone() };
        let Some(sizing) = self.size_at(profile, demand, &policy, Interval::mid)? else {
            let note = format!("no number of {profile} pods holds p99 ≤ {p99_ms} ms");
            return Ok(((f64::INFINITY, f64::INFINITY), Verdict::Agrees, note));
        };
        let sizer = self.sizer(profile, demand, &policy, Interval::mid)?;
        let p99 = sizer.map_or(f64::INFINITY, |s| s.latency(demand / count(sizing.pods), sizing.pods).p99) * 1e3;
        let ratio = self.ratio(profile, against, demand, &policy)?.unwrap_or(f64::INFINITY);
        let note = format!(
            "{} {profile} pods hold p99 ≤ {p99_ms} ms at {} req/s under policy {} for a constant answer, at {ratio:.1} times the share cost of {against}: so the question is cost, not feasibility",
            grouped(sizing.pods),
            grouped(demand),
            policy.name
        );
        Ok(((p99, p99), Verdict::Differs(p99 / p99_ms - 1.0), note))
    }

    fn share_cost_ratio(&self, numerator: &str, denominator: &str) -> Result<Outcome, UnknownReference> {
        let Figure { low, high, .. } = self.claim.figure;
        let policy = self.bench.policy;
        let ratio = self
            .ratio(numerator, denominator, self.bench.demand, policy)?
            .ok_or_else(|| self.missing("a share cost"))?;
        let inside = |ratio: Option<f64>| ratio.is_some_and(|r| (low..=high).contains(&r));
        let at_target = |percent: u32| {
            let target = Utilization::from_fraction(f64::from(percent) / 100.0).unwrap_or(policy.target_utilization);
            let policy = Policy { target_utilization: target, ..policy.clone() };
            self.ratio(numerator, denominator, self.bench.demand, &policy).map(|ratio| inside(ratio).then_some(percent))
        };
        let targets: Vec<u32> =
            (30..=100).map(at_target).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        // Demands in steps of 1/100 of a decade, from a tenth to a hundred times the scenario's demand.
        let at_demand = |step: i32| {
            let demand = (self.bench.demand * 10_f64.powf(f64::from(step) / 100.0)).round();
            self.ratio(numerator, denominator, demand, policy).map(|ratio| (demand, inside(ratio)))
        };
        let demands: Vec<(f64, bool)> = (-100..=200).map(at_demand).collect::<Result<_, _>>()?;
        let share = count(demands.iter().filter(|d| d.1).count() as u64) / count(demands.len() as u64);
        let note = format!(
            "at {} req/s it holds for target utilizations of {}; at {} it holds for {} of the demands from {} to {} req/s, and for all of them above {}",
            grouped(self.bench.demand),
            ranges(&targets),
            policy.target_utilization,
            format_args!("{:.0}%", 100.0 * share),
            grouped(demands.first().map_or(0.0, |d| d.0)),
            grouped(demands.last().map_or(0.0, |d| d.0)),
            grouped(demands.iter().rev().find(|d| !d.1).map_or(0.0, |d| d.0)),
        );
        let verdict = if inside(Some(ratio)) {
            Verdict::Agrees
        } else {
            Verdict::Differs(if ratio < low { ratio / low - 1.0 } else { ratio / high - 1.0 })
        };
        Ok(((ratio, ratio), verdict, note))
    }

    /// The smallest ratio for demands from the claim's lower end to ten million, in steps of 1 %.
    fn least_ratio(&self, numerator: &str, denominator: &str) -> Result<(f64, f64), UnknownReference> {
        let mut least = (f64::INFINITY, 0.0);
        let mut demand = self.claim.figure.low;
        while demand <= 1e7 {
            if let Some(ratio) = self.ratio(numerator, denominator, demand, self.bench.policy)?
                && ratio < least.0
            {
                least = (ratio, demand);
            }
            demand = (demand * 1.01).ceil();
        }
        Ok(least)
    }
}

fn outcome(judged: ((f64, f64), Verdict), note: String) -> Outcome {
    (judged.0, judged.1, note)
}

/// Whether `outer` contains `inner`; for a range with an open upper end, only its lower end must be inside.
fn holds(outer: &Figure, inner: &Figure) -> bool {
    let above = inner.high.is_infinite() || inner.high <= outer.high + outer.rounding;
    outer.low - outer.rounding <= inner.low && inner.low <= outer.high + outer.rounding && above
}

fn rounds_within(figure: &Figure, value: f64) -> bool {
    figure.low - figure.rounding <= value && value <= figure.high + figure.rounding
}

#[expect(clippy::cast_precision_loss, reason = "a pod count far below 2^53")]
fn count(pods: u64) -> f64 {
    pods as f64
}

/// Formats consecutive whole percents as ranges, for example `40–47 % and 50–85 %`.
fn ranges(percents: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &percent in percents {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == percent => *last = percent,
            _ => runs.push((percent, percent)),
        }
    }
    let text: Vec<String> =
        runs.iter().map(|(a, b)| if a == b { format!("{a}%") } else { format!("{a}–{b}%") }).collect();
    if text.is_empty() { "none".to_owned() } else { text.join(", ") }
}
