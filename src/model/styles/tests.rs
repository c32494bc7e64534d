//! Tests of the translation of an observed service to another runtime.

use super::*;
use crate::inputs::files::{parse_profile, parse_work, profile_names, profile_source, work_source};
use crate::model::finding::Code;
use crate::model::runtime::{Evidence, RuntimeProfile, Work};
use proptest::prelude::*;

fn profile(name: &str) -> RuntimeProfile {
    let values = |evidence| parse_profile(&profile_source(name).unwrap(), evidence);
    values(Evidence::Article).or_else(|_| values(Evidence::Measured)).unwrap()
}

fn work(name: &str) -> Work {
    parse_work(&work_source(name).unwrap()).unwrap()
}

fn seen(milliseconds: f64, kind: Option<&str>) -> Observed {
    Observed {
        cpu_per_request: Interval::exact(milliseconds / 1e3),
        busy_share: 1.0,
        rate_per_process: f64::INFINITY,
        memory: None,
        processes: 1,
        core_speed: None,
        kind: kind.map(str::to_owned),
    }
}

fn between(own: &str, other: &str, observed: &Observed) -> Translated {
    translate(&profile(own), &profile(other), observed, &work("json"), None).unwrap()
}

/// 5 ms in a native library remain 5 ms: another language only saves the difference between the frameworks.
#[test]
fn native_work_is_not_cheaper_in_another_language() {
    let ratio = between("python-fastapi", "go-gin", &seen(5.0, Some("native"))).cpu_ratio;
    assert!(ratio.mid() < 1.3 && ratio.low() < 1.0, "{ratio:?}");
}

/// The frameworks alone differ by a factor of 22.6; attributing the effect of a slower core to the handler gives 7.9,
/// and 24 was measured.
#[test]
fn a_slower_core_is_not_attributed_to_handler_work_only() {
    let observed = seen(1.66, Some("serialization"));
    let unknown = between("python-flask", "go-gin", &observed);
    assert!(unknown.cpu_ratio.low() < 6.9 && unknown.cpu_ratio.high() > 22.6, "{:?}", unknown.cpu_ratio);
    assert!(unknown.findings.iter().any(|finding| finding.code == Code::CoreSpeedUnknown));
    // If the cores are known to be that slow, the framework explains the whole cost.
    let known = Observed { core_speed: Interval::exact(1.66 / (4.0 / 4.2)), ..observed };
    let known = between("python-flask", "go-gin", &known);
    assert!((known.cpu_ratio.mid() - 95.0 / 4.2).abs() < 0.01, "{:?}", known.cpu_ratio);
    assert!(known.findings.is_empty() && known.service.work.handler.is_none());
}

/// A request that costs less than the profile's framework still has a handler cost.
#[test]
fn a_faster_core_does_not_make_the_handler_vanish() {
    for milliseconds in [0.05, 0.2, 0.32, 0.4] {
        let go = between("python-fastapi", "go-gin", &seen(milliseconds, Some("compute")));
        let handler = go.service.work.handler.clone().unwrap().seconds.interval;
        assert!(handler.mid() > 0.2 * milliseconds / 1e3, "{milliseconds}: {handler:?}");
    }
}

/// Another language does not make waking a core 7.6 times cheaper: if the core is woken for every request in both,
/// the ratio is that of the total costs.
#[test]
fn wake_ups_of_an_idle_core_cost_the_same_in_every_language() {
    let woken = |name: &str, milliseconds: f64| {
        let mut profile = profile(name);
        profile.values.wakeup_cpu.interval = Interval::exact(milliseconds / 1e3).unwrap();
        profile
    };
    let (python, go) = (woken("python-fastapi", 0.3), woken("go-gin", 0.2));
    let ratio = |rate_per_process: f64, milliseconds: f64| {
        let core_speed = Some(Interval::ONE);
        let observed = Observed { rate_per_process, core_speed, ..seen(milliseconds, Some("serialization")) };
        translate(&python, &go, &observed, &work("json"), None).unwrap().cpu_ratio.mid()
    };
    assert!((ratio(f64::INFINITY, 0.32) - 95.0 / 12.5).abs() < 1e-9, "saturated");
    assert!((ratio(100.0, 0.62) - 0.62 / (4.0 / 95.0 + 0.2)).abs() < 1e-9, "at 100 requests per second");
}

/// Measured CPU of FastAPI and Gin with the same endpoint at 120 requests per second and pod, on a real node
/// (docs/trust.md): the article's profiles have no wake-up cost, so the interval covers the case that all of the
/// difference is wake-ups.
#[test]
fn the_interval_of_a_quiet_service_includes_the_measured_saving() {
    let quiet = between("python-fastapi", "go-gin", &Observed { busy_share: 0.07, ..seen(0.56, None) }).cpu_ratio;
    let busy = between("python-fastapi", "go-gin", &seen(0.56, None)).cpu_ratio;
    assert!(quiet.low() < 0.56 / 0.23 && quiet.mid() < busy.mid(), "{quiet:?} {busy:?}");
}

/// Without an observation, the result equals that of the estimate.
#[test]
fn without_an_observation_the_work_s_values_are_used() {
    let nothing = Observed { cpu_per_request: None, ..seen(1.0, Some("database")) };
    let (own, other, work) = (profile("python-fastapi"), profile("go-gin"), work("crud"));
    let got = translate(&own, &other, &nothing, &work, None).unwrap();
    assert!((got.cpu_ratio.mid() - (0.32 + 0.2) / (4.0 / 95.0 + 0.1)).abs() < 1e-9);
    assert_eq!((got.memory, got.memory_ratio), (other.values.memory_loaded.interval, None));
}

/// A threaded runtime has one copy of the state that each process of a sync server keeps.
#[test]
fn a_threaded_runtime_does_not_keep_a_copy_per_process() {
    let memory = |processes| Observed { memory: Interval::exact(2e9), processes, ..seen(20.0, Some("compute")) };
    let one = between("python-django", "go-gin", &memory(1));
    let eight = between("python-django", "go-gin", &memory(8));
    assert!(one.memory.mid() > 5.0 * eight.memory.mid(), "{:?} {:?}", one.memory, eight.memory);
    let flask = between("python-django", "python-flask", &memory(8));
    assert!(flask.memory.mid() > 1e9, "the memory is unchanged in the same language and server: {:?}", flask.memory);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// For any observation: intervals are ordered, the own profile is unchanged, and the parts of the service add up
    /// to its total cost.
    #[test]
    fn the_service_has_the_translated_values(
        milliseconds in 0.005_f64..5e3, spread in 1.0_f64..3.0, memory in 1e6_f64..1e12, processes in 1_u32..64,
        share in 0.0_f64..2.0,
        speed in prop::option::of(0.1_f64..10.0),
        kind in prop::option::of(prop::sample::select(vec!["compute", "database", "native", "serialization", "no such"])),
        own in prop::sample::select(profile_names().collect::<Vec<_>>()),
        other in prop::sample::select(profile_names().collect::<Vec<_>>()),
    ) {
        let around = |mid: f64| Interval::new(mid / spread, mid, mid * spread);
        let observed = Observed {
            cpu_per_request: around(milliseconds / 1e3),
            busy_share: share,
            rate_per_process: f64::INFINITY,
            memory: around(memory),
            processes,
            core_speed: speed.and_then(Interval::exact),
            kind: kind.map(str::to_owned),
        };
        let got = between(own, other, &observed);
        let v = &got.service.profile.values;
        let handler = got.service.work.handler.as_ref().map_or(0.0, |handler| handler.seconds.interval.mid());
        let whole = f64::from(v.benchmark.cores) / v.throughput.interval.mid() + handler * got.service.handler_factor.mid();
        prop_assert!((whole / got.cpu_per_request.mid() - 1.0).abs() < 1e-9, "{} {}", whole, got.cpu_per_request.mid());
        prop_assert!((got.cpu_per_request.mid() * got.cpu_ratio.mid() * 1e3 / milliseconds - 1.0).abs() < 1e-9);
        prop_assert!(got.memory.low() > 0.0);
        if own == other {
            prop_assert_eq!(got.cpu_ratio, Interval::ONE);
            prop_assert_eq!(got.memory.mid(), memory);
            prop_assert!(got.findings.iter().all(|finding| finding.code == Code::MemoryRequestRaised));
        }
        prop_assert!(got.service.resources.memory_request.as_f64() >= v.memory_loaded.interval.mid());
    }
}
