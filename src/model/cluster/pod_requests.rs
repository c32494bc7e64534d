//! The effective requests and limits of a pod, as the scheduler computes them.

use super::{Container, ContainerRole, Pod, Resources, Sizes};

/// What a pod reserves on its node, exactly as the scheduler counts it.
///
/// The rules are those of `PodRequests` in
/// <https://github.com/kubernetes/component-helpers/blob/v0.36.3/resource/helpers.go> with the options that the
/// scheduler passes. A terminated pod reserves nothing.
pub fn pod_requests(pod: &Pod) -> Resources {
    if pod.is_terminated() {
        return Resources::default();
    }
    let effective = |sizes: &Sizes| effective_requests(sizes, pod.resize_infeasible);
    let mut total = over_containers(pod, |container| {
        // Init containers end before anything is resized; the scheduler only considers their spec.
        if container.role == ContainerRole::Init {
            container.sizes.requests.clone()
        } else {
            effective(&container.sizes)
        }
    });
    if let Some(whole) = &pod.whole {
        let requests = effective(whole);
        for (name, _) in whole.requests.iter().filter(|(name, _)| holds_for_the_pod(name)) {
            if let Some(amount) = requests.get(name) {
                total.set(name, amount);
            }
        }
    }
    total.add(&pod.overhead);
    total
}

/// The limits of a pod, as `PodLimits` in the same source computes them: for each resource, the sum over the containers
/// that have a limit. Resources that a container leaves unlimited are omitted.
pub fn pod_limits(pod: &Pod) -> Resources {
    if pod.is_terminated() {
        return Resources::default();
    }
    let mut total = over_containers(pod, |container| match &container.sizes.granted {
        Some(granted) if container.role != ContainerRole::Init => {
            effective_limits(&container.sizes.limits, &granted.limits, pod.resize_infeasible)
        }
        _ => container.sizes.limits.clone(),
    });
    if let Some(whole) = &pod.whole {
        let limits = match &whole.granted {
            Some(granted) => effective_limits(&whole.limits, &granted.limits, pod.resize_infeasible),
            None => whole.limits.clone(),
        };
        for (name, amount) in limits.iter().filter(|(name, _)| holds_for_the_pod(name)) {
            total.set(name, amount);
        }
    }
    for (name, amount) in pod.overhead.iter() {
        if let Some(own) = total.get(name).filter(|own| own.nanos() != 0) {
            total.set(name, own.plus(amount));
        }
    }
    total
}

/// Main containers and sidecars run together; an init container runs with the sidecars started before it. The larger
/// sum counts.
fn over_containers(pod: &Pod, amounts: impl Fn(&Container) -> Resources) -> Resources {
    let mut together = Resources::default();
    let mut sidecars = Resources::default();
    let mut start = Resources::default();
    for container in pod.containers.iter() {
        let own = amounts(container);
        match container.role {
            ContainerRole::Main => together.add(&own),
            ContainerRole::Sidecar => {
                together.add(&own);
                sidecars.add(&own);
                start.raise_to(&sidecars);
            }
            ContainerRole::Init => {
                let mut during = own;
                during.add(&sidecars);
                start.raise_to(&during);
            }
        }
    }
    together.raise_to(&start);
    together
}

/// During a resize, the larger of the old and the new request counts; if it can never be done, the new one does not
/// count.
fn effective_requests(sizes: &Sizes, infeasible: bool) -> Resources {
    let Some(granted) = &sizes.granted else { return sizes.requests.clone() };
    let mut requests = if infeasible { Resources::default() } else { sizes.requests.clone() };
    requests.raise_to(&granted.actuated);
    requests.raise_to(&granted.allocated);
    requests
}

fn effective_limits(asked: &Resources, actuated: &Resources, infeasible: bool) -> Resources {
    let mut limits = actuated.clone();
    if !infeasible {
        limits.raise_to(asked);
    }
    limits
}

/// Whether a resource can be requested at pod level; any other is requested by containers only.
fn holds_for_the_pod(name: &str) -> bool {
    matches!(name, "cpu" | "memory") || name.starts_with("hugepages-")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Granted, PodPhase};
    use super::*;

    fn cpu(text: &str) -> Resources {
        Resources::new([("cpu", text.parse().unwrap())])
    }

    fn container(role: ContainerRole, requests: &str) -> Container {
        let sizes = Sizes { requests: cpu(requests), ..Sizes::default() };
        Container { name: "c".to_owned(), role, sizes, ..Container::default() }
    }

    fn pod(containers: Vec<Container>) -> Pod {
        Pod { containers: Arc::new(containers), ..Pod::default() }
    }

    fn requested(pod: &Pod) -> String {
        pod_requests(pod).cpu().to_string()
    }

    use ContainerRole::{Init, Main, Sidecar};

    #[test]
    fn init_containers_and_sidecars_count_as_in_the_scheduler() {
        for (shape, want) in [
            (vec![(Main, "100m"), (Main, "200m")], "300m"),
            (vec![(Init, "1"), (Main, "100m"), (Main, "200m")], "1"),
            (vec![(Init, "100m"), (Init, "200m"), (Main, "250m")], "250m"),
            (vec![(Sidecar, "100m"), (Main, "200m")], "300m"),
            // The sidecar runs while the later init container does, but not while the earlier one does.
            (vec![(Sidecar, "100m"), (Init, "1"), (Main, "200m")], "1100m"),
            (vec![(Init, "1"), (Sidecar, "100m"), (Main, "200m")], "1"),
            (vec![(Sidecar, "100m"), (Init, "300m"), (Sidecar, "400m"), (Main, "1m")], "501m"),
            (vec![], "0"),
        ] {
            let containers = shape.iter().map(|(role, text)| container(*role, text)).collect();
            assert_eq!(requested(&pod(containers)), want, "{shape:?}");
        }
    }

    #[test]
    fn pod_level_requests_and_overhead_are_included() {
        let mut pod = pod(vec![container(Main, "100m"), container(Init, "900m")]);
        pod.overhead = cpu("50m");
        assert_eq!(requested(&pod), "950m");
        let requests = Resources::new([("cpu", "400m".parse().unwrap()), ("example.com/x", "1".parse().unwrap())]);
        pod.whole = Some(Box::new(Sizes { requests, ..Sizes::default() }));
        assert_eq!(requested(&pod), "450m");
        assert_eq!(pod_requests(&pod).get("example.com/x"), None, "no such resource for a pod");
    }

    #[test]
    fn a_resized_pod_counts_with_its_larger_request() {
        let granted = |actuated, allocated| {
            let mut pod = pod(vec![container(Main, "300m")]);
            let granted = Granted { actuated: cpu(actuated), allocated: cpu(allocated), ..Granted::default() };
            Arc::make_mut(&mut pod.containers)[0].sizes.granted = Some(Box::new(granted));
            pod
        };
        assert_eq!(requested(&granted("100m", "100m")), "300m", "growing");
        assert_eq!(requested(&granted("500m", "300m")), "500m", "shrinking");
        assert_eq!(requested(&granted("100m", "400m")), "400m", "set aside");
        let mut pod = granted("100m", "200m");
        pod.resize_infeasible = true;
        assert_eq!(requested(&pod), "200m", "never to be done");
        Arc::make_mut(&mut pod.containers)[0].role = Init;
        assert_eq!(requested(&pod), "300m", "an init container is not resized");
        pod.phase = PodPhase::Succeeded;
        assert_eq!(requested(&pod), "0");
    }
}
