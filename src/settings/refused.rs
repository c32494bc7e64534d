//! Refuses options that would have no effect, each with the reason.
//!
//! Every argument struct is destructured here without `..`, so that a new option does not compile until it is handled:
//! `_` marks an option that always has an effect, or that clap itself refuses. The arguments of `prices`, `profiles`
//! and `rbac` are destructured where the commands run, because all of them always have an effect.

use super::{EstimateSettings, Overrides, PerProfile, ReportArtifact, ReportSettings, SettingsError};
use crate::cli::{
    ArchArg, CapacityTypeArg, CurrencyArgs, DeliveryArgs, EmitArg, EstimateArgs, KubeletArgs, OnArg, OutputArgs,
    ReportArgs, ReportFormat, ReportOutputArgs, SortArg, Top,
};
#[cfg(feature = "live")]
use crate::cli::{CheckArgs, ClusterArgs, PrometheusArgs, SnapshotArgs};
use crate::inputs::files::WorkloadService;
use crate::model::forecast::Growth;
use crate::model::runtime::{Kind, RuntimeProfile};
use crate::outputs::Format;

/// Why options about running services have no effect.
const OF_SERVICES: &str = "it applies to running services, which are only known with --prometheus, a snapshot that was taken with it, or --scrape";

/// Name of an option, and whether it was given.
type Given = (&'static str, bool);

/// Refuses the first given option, with the reason why it has no effect.
fn refuse(given: &[Given], why: &'static str) -> Result<(), SettingsError> {
    match given.iter().find(|(_, is_given)| *is_given) {
        Some((flag, _)) => Err(SettingsError::NoEffect { flag, why }),
        None => Ok(()),
    }
}

/// As [`refuse`], if the condition holds.
fn refuse_if(holds: bool, given: &[Given], why: &'static str) -> Result<(), SettingsError> {
    if holds { refuse(given, why) } else { Ok(()) }
}

pub(super) fn estimate(args: &EstimateArgs) -> Result<(), SettingsError> {
    let EstimateArgs {
        rps: _,
        workload,
        // Handled by [`running`].
        service: _,
        sweep: _,
        profile,
        evidence,
        workers,
        cpu_request,
        cpu_limit,
        memory_request,
        memory_limit,
        work,
        handler_cpu,
        wait,
        response_bytes,
        observed,
        sidecar,
        max_rps_per_pod,
        cpu_speed,
        policy,
        slo_p99,
        target_utilization,
        zones,
        survive_zones,
        min_replicas,
        max_unavailable,
        ramp,
        balancer,
        replicas,
        load,
        // Handled by [`without_nodes`].
        on: _,
        provider: _,
        region: _,
        instance_type,
        arch: _,
        capacity_type: _,
        kubelet: KubeletArgs { distribution, max_pods, node_reserved },
        daemonset_overhead,
        prices: _,
        pricing: _,
        currency: CurrencyArgs { currency, exchange_rate },
        month,
        cluster,
        #[cfg(feature = "live")]
        live,
        #[cfg(feature = "live")]
        access,
        #[cfg(feature = "live")]
            prometheus: _,
        scrape: _,
        samples,
        seed,
        verbose,
        #[cfg(feature = "live")]
        quiet,
        explain: _,
        article,
        emit,
        output: OutputArgs { format, output: _, width, color: _ },
    } = args;
    let of_text = [("--verbose", *verbose)];
    refuse_if(
        matches!(format, Format::Json | Format::Csv | Format::Html),
        &of_text,
        "json, csv and html have every number",
    )?;
    let of_table = [("--verbose", *verbose), ("--width", width.is_some())];
    refuse_if(emit.is_some(), &of_table, "a manifest has one form")?;
    refuse_if(workload.is_some() || *article, &of_text, "this screen is always complete")?;
    without_nodes(args)?;
    #[cfg(feature = "live")]
    let is_live = *live;
    #[cfg(not(feature = "live"))]
    let is_live = false;
    #[cfg(feature = "live")]
    {
        let ClusterArgs { kubeconfig, context, namespace, spot_label } = access;
        let reached = [
            ("--kubeconfig", kubeconfig.is_some()),
            ("--context", context.is_some()),
            ("--namespace", !namespace.is_empty()),
        ];
        refuse_if(!is_live, &reached, "it selects what is read from a live cluster, so it requires --live")?;
        let part = [("--namespace", !namespace.is_empty())];
        refuse(&part, "free capacity can only be computed from the pods of all namespaces")?;
        let prints = is_live || args.prometheus.prometheus.is_some();
        refuse_if(!prints, &[("--quiet", *quiet)], "only reading a live cluster or Prometheus prints progress")?;
        let labels = [("--spot-label", !spot_label.is_empty())];
        let no_cluster = !is_live && cluster.is_none();
        refuse_if(no_cluster, &labels, "it selects nodes of a cluster, so it requires --live or --cluster")?;
    }
    running(args, is_live)?;
    let of_the_service = [
        ("--profile", !profile.is_empty()),
        ("--evidence", evidence.is_some()),
        ("--workers", workers.is_some()),
        ("--cpu-request", !cpu_request.is_empty()),
        ("--cpu-limit", !cpu_limit.is_empty()),
        ("--memory-request", !memory_request.is_empty()),
        ("--memory-limit", !memory_limit.is_empty()),
        ("--work", work.is_some()),
        ("--handler-cpu", handler_cpu.is_some()),
        ("--wait", wait.is_some()),
        ("--response-bytes", response_bytes.is_some()),
        ("--observed", observed.is_some()),
        ("--sidecar", sidecar.is_some()),
        ("--max-rps-per-pod", !max_rps_per_pod.is_empty()),
    ];
    let why = "the article's claims are checked with its own pods, as in the built-in profiles";
    refuse_if(*article, &of_the_service, why)?;
    let of_the_policy = [
        ("--policy", !policy.is_empty()),
        ("--slo-p99", slo_p99.is_some()),
        ("--target-utilization", target_utilization.is_some()),
        ("--zones", zones.is_some()),
        ("--survive-zones", survive_zones.is_some()),
        ("--min-replicas", min_replicas.is_some()),
        ("--max-unavailable", max_unavailable.is_some()),
        ("--ramp", ramp.is_some()),
        ("--balancer", balancer.is_some()),
        ("--replicas", replicas.is_some()),
        ("--load", load.is_some()),
    ];
    refuse_if(*article, &of_the_policy, "the article's claims are checked under its own policy and at its own demand")?;
    let of_the_nodes = [
        ("--instance-type", !instance_type.is_empty()),
        ("--distribution", distribution.is_some()),
        ("--max-pods", max_pods.is_some()),
        ("--node-reserved", node_reserved.is_some()),
        ("--daemonset-overhead", daemonset_overhead.is_some()),
        ("--cpu-speed", cpu_speed.is_some()),
        ("--cluster", cluster.is_some()),
        ("--live", is_live),
    ];
    let why = "the article's claims are about resource requests, priced as a share of a cluster: no nodes are planned";
    refuse_if(*article, &of_the_nodes, why)?;
    let of_the_samples = [("--samples", samples.is_some()), ("--seed", seed.is_some())];
    refuse_if(*article, &of_the_samples, "the article's claims are checked at the values that it states")?;
    refuse_if(emit.is_some(), &of_the_samples, "a manifest contains the plan, which does not depend on samples")?;
    let of_money = [("--currency", currency.is_some()), ("--exchange-rate", exchange_rate.is_some())];
    refuse_if(emit.is_some(), &[("--month", month.is_some())], "a manifest contains no prices")?;
    refuse_if(emit.is_some(), &of_money, "a manifest contains no prices")?;
    refuse_if(
        *article,
        &of_money,
        "the article's claims are about ratios of costs, which are the same in every currency",
    )?;
    let is_deployment = *emit == Some(EmitArg::Deployment);
    let curve = [("--load", load.is_some())];
    refuse_if(is_deployment, &curve, "a Deployment has the pods of the peak; --emit hpa follows the load profile")?;
    refuse_if(*samples == Some(0), &[("--seed", seed.is_some())], "--samples 0 draws no samples")?;
    let zero = [("--min-replicas 0", *min_replicas == Some(0))];
    refuse_if(replicas.is_some(), &zero, "--replicas sets a fixed number of pods for every hour")?;
    let handler = [("--handler-cpu", handler_cpu.is_some())];
    refuse_if(observed.is_some(), &handler, "--observed replaces it, because the observed CPU includes the handler's")?;
    let second = [("a second --policy", policy.len() > 1)];
    refuse_if(
        workload.is_some(),
        &second,
        "--workload takes at most one policy; set `policy` per service in the file instead",
    )?;
    let several = instance_type.len() > 1 && instance_type.iter().any(|name| name == "auto");
    refuse(&[("--instance-type auto", several)], "another --instance-type is given, and only that one would be used")?;
    refuse(
        &[
            ("a second --cpu-request", is_given_twice(cpu_request)),
            ("a second --cpu-limit", is_given_twice(cpu_limit)),
            ("a second --memory-request", is_given_twice(memory_request)),
            ("a second --memory-limit", is_given_twice(memory_limit)),
            ("a second --max-rps-per-pod", is_given_twice(max_rps_per_pod)),
        ],
        "a value for the same profile was already given",
    )
}

/// Refuses options that need `--service` without it, and options that the metrics of the service replace.
fn running(args: &EstimateArgs, is_live: bool) -> Result<(), SettingsError> {
    let named = args.service.is_some();
    let scraped = [("--scrape", !args.scrape.is_empty())];
    let why = "it applies to a running service, so it requires --service";
    refuse_if(!named, &scraped, why)?;
    #[cfg(feature = "live")]
    {
        let (has_url, window) = asked(&args.prometheus);
        refuse_if(!named, &[("--prometheus", has_url), window], why)?;
        refuse_window(&args.prometheus)?;
        refuse_if(has_url, &scraped, "--prometheus already has more data about the service than a single scrape")?;
    }
    let service = [("--service", named)];
    let no_cluster = !is_live && args.cluster.is_none();
    refuse_if(no_cluster, &service, "it selects a service of a cluster, so it requires --live or --cluster")?;
    // `--work` and `--response-bytes` are not refused, because no metric measures the kind of work or the size of a
    // response.
    let of_its_own = [
        ("--handler-cpu", args.handler_cpu.is_some()),
        ("--wait", args.wait.is_some()),
        ("--sidecar", args.sidecar.is_some()),
        ("--workers", args.workers.is_some()),
    ];
    refuse_if(named, &of_its_own, "the work of a running service is learned from its metrics")
}

/// Whether one profile has two values, or two values apply to all profiles.
fn is_given_twice<T: Copy>(given: &[PerProfile<T>]) -> bool {
    let names: Vec<Option<&str>> = given.iter().map(PerProfile::profile).collect();
    names.iter().enumerate().any(|(at, name)| names[..at].contains(name))
}

pub(super) fn report(args: &ReportArgs) -> Result<(), SettingsError> {
    let ReportArgs {
        snapshots,
        by: _,
        shared_namespace: _,
        // A weighted split without weights has its own error.
        split_shared: _,
        split_idle: _,
        // Depends on the cluster: see [`ReportSettings::refuse_with_nodes`].
        provider: _,
        region: _,
        prices: _,
        pricing: _,
        bill,
        // Metrics can also be delivered, so they are handled elsewhere.
        currency: CurrencyArgs { currency, exchange_rate },
        month,
        // The time zone also determines the month that a report is stored under.
        timezone: _,
        cluster_name: _,
        history,
        scrape,
        slo_p99,
        team,
        rewrite_cost,
        evidence,
        cpu_speed,
        growth,
        top,
        sort,
        verbose,
        #[cfg(feature = "live")]
        quiet,
        #[cfg(feature = "live")]
        cluster,
        #[cfg(feature = "live")]
        prometheus,
        // Depends on the targets: see [`crate::settings::DeliverySettings`].
        delivery: DeliveryArgs { deliver: _, deliver_link: _ },
        output: ReportOutputArgs { format, output: _, width: _, color: _ },
    } = args;
    let of_text = [("--top", *top != Top::default()), ("--sort", *sort != SortArg::default()), ("--verbose", *verbose)];
    let all_rows = match format {
        ReportFormat::Json
        | ReportFormat::Csv
        | ReportFormat::Html
        | ReportFormat::Workload
        | ReportFormat::Focus
        | ReportFormat::Parquet => true,
        ReportFormat::Table | ReportFormat::Markdown | ReportFormat::OpenMetrics => false,
    };
    refuse_if(all_rows, &of_text, "json, csv, html, workload, focus and parquet have every row")?;
    let [_, of_rows @ ..] = of_text;
    refuse_if(*format == ReportFormat::OpenMetrics, &of_rows, "metrics have no order and no notes")?;
    let has_no_reconciliation = matches!(
        format,
        ReportFormat::Csv
            | ReportFormat::Workload
            | ReportFormat::OpenMetrics
            | ReportFormat::Focus
            | ReportFormat::Parquet
    );
    let of_bill = [("--bill", !bill.is_empty())];
    refuse_if(has_no_reconciliation, &of_bill, "only table, markdown, html and json have the reconciliation")?;
    let of_money = [("--currency", currency.is_some()), ("--exchange-rate", exchange_rate.is_some())];
    refuse_if(*format == ReportFormat::Workload, &of_money, "a workload file contains no prices")?;
    #[cfg(feature = "live")]
    let has_metrics = {
        let ClusterArgs { kubeconfig, context, namespace, spot_label: _ } = cluster;
        let reached = [
            ("--kubeconfig", kubeconfig.is_some()),
            ("--context", context.is_some()),
            ("--namespace", !namespace.is_empty()),
        ];
        refuse_if(!snapshots.is_empty(), &reached, "the cluster is read from a snapshot file")?;
        let (has_url, window) = asked(prometheus);
        refuse_if(month.is_some(), &[window], "--month already sets the period")?;
        let no_past = !has_url && history.is_none();
        refuse_if(no_past, &[window], "without --prometheus or --history there is no past usage to read")?;
        let prints = snapshots.is_empty() || has_url;
        refuse_if(!prints, &[("--quiet", *quiet)], "only reading a live cluster or Prometheus prints progress")?;
        has_url
    };
    #[cfg(not(feature = "live"))]
    let has_metrics = {
        let _ = month;
        false
    };
    let of_services = [
        ("--slo-p99", slo_p99.is_some()),
        ("--team", team.is_some()),
        ("--rewrite-cost", rewrite_cost.is_some()),
        ("--evidence", evidence.is_some()),
        ("--cpu-speed", cpu_speed.is_some()),
        ("--format workload", *format == ReportFormat::Workload),
        ("--growth", growth.is_some()),
    ];
    // A snapshot may contain usage: see [`ReportSettings::refuse_without_services`].
    let has_none = !has_metrics && snapshots.is_empty() && scrape.is_empty();
    refuse_if(has_none, &of_services, OF_SERVICES)?;
    let several = [("a second snapshot", snapshots.len() > 1)];
    refuse_if(
        has_metrics,
        &several,
        "the past is read from --prometheus, and only the last snapshot is used for the current state",
    )?;
    let why = "the past is read from --history, and only the last snapshot is used for the current state; put the others into that folder";
    refuse_if(history.is_some(), &several, why)
}

#[cfg(feature = "live")]
pub(super) fn check(args: &CheckArgs) -> Result<(), SettingsError> {
    let CheckArgs {
        verbose,
        // Depends on the cluster: see [`super::CheckSettings::refuse_without_cluster`].
        prices: _,
        cluster: ClusterArgs { kubeconfig: _, context: _, namespace: _, spot_label: _ },
        prometheus,
        output: OutputArgs { format, output: _, width: _, color: _ },
    } = args;
    let is_table = *format == Format::Table;
    refuse_if(!is_table, &[("--verbose", *verbose)], "every other format has every check")?;
    refuse_window(prometheus)
}

#[cfg(feature = "live")]
pub(super) fn snapshot(args: &SnapshotArgs) -> Result<(), SettingsError> {
    let SnapshotArgs {
        output: _,
        cluster_name: _,
        redact: _,
        redact_map: _,
        label: _,
        annotation: _,
        quiet: _,
        cluster: ClusterArgs { kubeconfig: _, context: _, namespace: _, spot_label: _ },
        prometheus,
    } = args;
    refuse_window(prometheus)
}

/// Whether `--prometheus` and `--window` were given. Clap refuses the other Prometheus options without `--prometheus`.
#[cfg(feature = "live")]
fn asked(args: &PrometheusArgs) -> (bool, Given) {
    let PrometheusArgs {
        prometheus: url,
        prometheus_auth_file: _,
        prometheus_matcher: _,
        tenant: _,
        window,
        requests_query: _,
    } = args;
    (url.is_some(), ("--window", window.is_some()))
}

/// Refuses `--window` without a source of past usage.
#[cfg(feature = "live")]
fn refuse_window(args: &PrometheusArgs) -> Result<(), SettingsError> {
    let (has_url, window) = asked(args);
    refuse_if(!has_url, &[window], "without --prometheus there is no past usage to read")
}

#[cfg(feature = "live")]
impl super::CheckSettings {
    /// Refuses options about a cluster if none could be read.
    ///
    /// # Errors
    /// [`SettingsError::NoEffect`] with the option and the reason.
    pub fn refuse_without_cluster(&self) -> Result<(), SettingsError> {
        let of_the_cluster = [
            ("--prices", self.prices.is_some()),
            ("--namespace", !self.namespaces.is_empty()),
            ("--spot-label", !self.spot_labels.is_empty()),
        ];
        refuse(&of_the_cluster, "no cluster was found; give --kubeconfig")
    }
}

impl ReportSettings {
    /// Refuses `--provider` and `--region` if nodes were read, because nodes state their own.
    ///
    /// # Errors
    /// [`SettingsError::NoEffect`] with the option and the reason.
    pub fn refuse_with_nodes(&self) -> Result<(), SettingsError> {
        // The region is checked first: without its provider it may be invalid.
        let whose = [("--region", self.asked_region.is_some()), ("--provider", self.asked_provider.is_some())];
        refuse(&whose, "the nodes of the cluster were read, and their labels determine the prices")
    }
}

impl ReportSettings {
    /// Refuses options about running services if none were found.
    ///
    /// # Errors
    /// [`SettingsError::NoEffect`] with the option and the reason.
    pub fn refuse_without_services(&self) -> Result<(), SettingsError> {
        let given = &self.service_options;
        let of_services = [
            ("--slo-p99", given.objective.is_some()),
            ("--team", given.team.is_some()),
            ("--rewrite-cost", given.rewrite_cost.is_some()),
            ("--evidence", self.evidence.is_some()),
            ("--cpu-speed", given.cpu_speed.is_some()),
            ("--format workload", self.artifact == ReportArtifact::Workload),
        ];
        refuse(&of_services, OF_SERVICES)
    }

    /// Refuses options that change a forecast if there is no past usage.
    ///
    /// # Errors
    /// [`SettingsError::NoEffect`] with the option and the reason.
    pub fn refuse_without_history(&self) -> Result<(), SettingsError> {
        let of_the_forecast = [("--growth", self.growth != Growth::NONE)];
        refuse(
            &of_the_forecast,
            "the forecast needs past usage: give --prometheus, or a snapshot that was taken with it",
        )
    }
}

impl EstimateSettings {
    /// Refuses options whose values every service of a workload file gives itself.
    ///
    /// # Errors
    /// [`SettingsError::NoEffect`] with the option and the reason.
    pub fn refuse_with_services(&self, services: &[WorkloadService]) -> Result<(), SettingsError> {
        let all = |has: fn(&WorkloadService) -> bool| services.iter().all(has);
        let policies = &self.policies;
        let said = [
            ("--policy", policies.is_named() && all(|service| service.policy.is_some())),
            ("--work", self.work_given && all(|service| service.work.is_some())),
            ("--handler-cpu", self.handler_cpu.is_some() && all(|service| service.handler_cpu.is_some())),
            ("--min-replicas", policies.min_replicas.is_some() && all(|service| service.min_replicas.is_some())),
            ("--zones", policies.zones.is_some() && all(|service| service.zones.is_some())),
            ("--survive-zones", policies.survive_zones.is_some() && all(|service| service.survive_zones.is_some())),
        ];
        refuse(&said, "every service in the file sets its own")
    }

    /// Refuses options that have no effect on any of these profiles.
    ///
    /// # Errors
    /// [`SettingsError::NoEffect`] with the option and the reason.
    pub fn refuse_with_profiles(&self, profiles: &[RuntimeProfile]) -> Result<(), SettingsError> {
        let threaded = !profiles.is_empty() && profiles.iter().all(|profile| profile.kind == Kind::Threads);
        let why = "it applies to event-loop and sync servers, and every profile here is one multi-threaded process";
        refuse_if(threaded, &[("--workers", self.workers.is_some())], why)?;
        let names: Vec<&str> = profiles.iter().map(|profile| profile.name.as_str()).collect();
        let shadowed = [
            ("--cpu-request for every profile", is_shadowed(&self.pod.cpu_request, &names)),
            ("--cpu-limit for every profile", is_shadowed(&self.pod.cpu_limit, &names)),
            ("--memory-request for every profile", is_shadowed(&self.pod.memory_request, &names)),
            ("--memory-limit for every profile", is_shadowed(&self.pod.memory_limit, &names)),
            ("--max-rps-per-pod for every profile", is_shadowed(&self.max_rps_per_pod, &names)),
        ];
        refuse(&shadowed, "each profile has its own value")
    }
}

/// Whether the value for all profiles is unused because each profile has its own.
fn is_shadowed<T: Copy>(given: &Overrides<T>, profiles: &[&str]) -> bool {
    given.for_all().is_some() && profiles.iter().all(|name| given.named().any(|named| named == *name))
}

/// Refuses options that do not apply to a platform that bills each pod.
fn without_nodes(args: &EstimateArgs) -> Result<(), SettingsError> {
    if args.on == OnArg::Nodes {
        return Ok(());
    }
    let on = [("--on", true)];
    refuse_if(args.workload.is_some(), &on, "a workload file is packed onto nodes")?;
    refuse_if(args.article, &on, "the article compares deployments on nodes")?;
    refuse_if(args.emit.is_some(), &on, "a manifest is the same on every platform")?;
    refuse_if(
        args.service.is_some() || args.cluster.is_some(),
        &on,
        "pods of a given cluster are priced on the nodes of that cluster",
    )?;
    #[cfg(feature = "live")]
    refuse_if(args.live, &on, "pods of a given cluster are priced on the nodes of that cluster")?;
    let spot = [("--capacity-type spot", matches!(args.capacity_type, CapacityTypeArg::Spot))];
    match args.on {
        OnArg::Fargate => refuse(&spot, "Amazon EKS does not run pods on Fargate Spot: compare with --on nodes")?,
        OnArg::Nodes | OnArg::Autopilot => {
            refuse(&spot, "the prices of Autopilot Spot Pods are not known here: compare with --on nodes")?;
        }
    }
    let arm = [("--arch arm64", matches!(args.arch, Some(ArchArg::Arm64)))];
    refuse(&arm, "pods on this platform are priced as x86-64")
}
