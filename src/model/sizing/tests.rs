//! Tests of the number of pods.

use proptest::prelude::*;

use super::*;
use crate::inputs::files::{parse_policy, parse_profile, parse_work, policy_source, profile_source, work_source};
use crate::model::queueing::SHIPPED_TABLES;
use crate::model::runtime::{Evidence, Service};
use crate::model::uncertainty::Interval;

fn service(profile: &str, work: &str) -> Service {
    let profile = parse_profile(&profile_source(profile).unwrap(), Evidence::Article).unwrap();
    Service::with_work(profile, parse_work(&work_source(work).unwrap()).unwrap())
}

fn policy(name: &str) -> Policy {
    parse_policy(&policy_source(name).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The result violates nothing, one pod less violates something, and more demand never needs fewer pods.
    #[test]
    fn size_finds_the_smallest_number_of_pods_that_satisfies_the_policy(
        demand in 1.0_f64..3e5, more in 1.0_f64..2.0,
        profile in prop::sample::select(vec!["python-fastapi", "python-flask", "go-gin", "python-fastapi-free-threaded"]),
        work in prop::sample::select(vec!["json", "crud", "fanout"]),
        name in prop::sample::select(vec!["steady", "production"]),
    ) {
        let tables = QueueingTables::parse(SHIPPED_TABLES).unwrap();
        let (service, policy) = (service(profile, work), Policy { slo_p99: Some(0.4), ..policy(name) });
        let mid = service.uncertain_inputs(Interval::exact(demand).unwrap()).mid();
        let shape = PodShape::new(&service, service.resources, None, policy.target_utilization.fraction(), &mid);
        let sizer = Sizer::new(&shape, &mid, &policy, &tables).unwrap();
        if let Ok(sizing) = sizer.size(demand) {
            prop_assert_eq!(sizer.violated(demand, sizing.pods), None);
            if sizing.pods > 1 {
                prop_assert_eq!(sizer.violated(demand, sizing.pods - 1).is_some(), true);
                prop_assert_eq!(sizer.violated(demand, sizing.pods - 1), Some(sizing.binding));
            }
            #[expect(clippy::cast_precision_loss, reason = "a rate below 2^53")]
            let next = sizing.next_pod_at as f64;
            prop_assert!(sizer.pods(next).map_or(true, |pods| pods > sizing.pods));
            prop_assert!(sizer.pods((next - 1.0).max(demand)).unwrap() <= sizing.pods);
            prop_assert!(sizer.pods(demand * more).map_or(true, |pods| pods >= sizing.pods));
        }
    }
}

/// 0.85 × 250m ÷ (4 ÷ 95,000) = 5,046.875 req/s for one Go pod, and four Python pods take exactly 5,312.5 req/s.
#[test]
fn demand_for_exactly_whole_pods_needs_no_more_pods() {
    let tables = QueueingTables::parse(SHIPPED_TABLES).unwrap();
    let steady = policy("steady");
    for (profile, demand, pods) in [
        ("go-gin", 5046.0, 1),
        ("go-gin", 5047.0, 2),
        ("go-gin", 5046.875, 1),
        ("python-fastapi", 5312.5, 4),
        ("python-fastapi", 5313.0, 5),
    ] {
        let service = service(profile, "json");
        let mid = service.uncertain_inputs(Interval::exact(demand).unwrap()).mid();
        let shape = PodShape::new(&service, service.resources, None, 0.85, &mid);
        assert_eq!(Sizer::new(&shape, &mid, &steady, &tables).unwrap().pods(demand), Ok(pods), "{profile} {demand}");
    }
}
