//! The codes of findings: what each means and what to do about it. `docs/findings.md` is generated from this table, and
//! `capmodel explain` answers from it.

use std::fmt;
use std::str::FromStr;

use super::Severity;

/// Generates the enum and its table from one list, sorted by name: name, maximum severity, area, meaning, remedy.
macro_rules! codes {
    ($($variant:ident = $name:literal, $severity:ident, $area:literal, $meaning:literal, $remedy:literal;)*) => {
        /// A kind of finding. Ordered by its name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(
                #[doc = $meaning]
                $variant,
            )*
        }

        impl Code {
            /// Every code, sorted by name.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable name in kebab-case, as in every output.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The maximum severity of a finding with this code.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),* }
            }

            /// Which part of the tool reports it.
            pub const fn area(self) -> &'static str {
                match self { $(Self::$variant => $area),* }
            }

            /// What it says and why it matters for the numbers.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),* }
            }

            /// What the reader can do about it.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy),* }
            }
        }
    };
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(name: &str) -> Result<Self, UnknownCode> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name).ok_or(UnknownCode)
    }
}

/// Error: no finding has this code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no finding has this code")]
pub struct UnknownCode;

codes! {
    AcceleratorsUnpriced = "accelerators-unpriced", Warning, "prices",
        "Nodes of this type have GPUs or other accelerators, but the price that was found is that of a machine \
         without them. Accelerators usually make up most of the price of such a node, so the cost is far too low \
         and the total is marked as partial.",
        "Add the price of the machine with its accelerators to a price table, in a row that fills in gpu_count, \
         and pass the table with --prices.";
    AccessRefused = "access-refused", Warning, "cluster",
        "The account that reads the cluster is not allowed to read this kind of object, or one of the namespaces. \
         Whatever depends on it, which the message names, is missing from the report.",
        "Grant the permission, for which `capmodel rbac` prints the role, and run the command again.";
    AllocatableFromNodes = "allocatable-from-nodes", Info, "nodes",
        "For instance types that the cluster already has, the capacity for pods is what its own nodes report, \
         instead of the figure from the distribution's formula. New nodes of these types are assumed to offer the \
         same.",
        "Set --max-pods or --node-reserved if new nodes will be configured differently.";
    AutoscalerAbovePlan = "autoscaler-above-plan", Warning, "estimate",
        "The HorizontalPodAutoscaler target that never settles below the plan settles well above it instead, \
         because of the controller's rounding and its 10 % tolerance. The estimate prices the plan, so with that \
         autoscaler the cost would be higher.",
        "Use `--emit deployment` to run exactly the planned number of pods, or budget for the larger number that \
         the message states.";
    BacktestPoor = "backtest-poor", Warning, "services",
        "Every report with a history learns from the first two thirds of the window and predicts the rest. Here \
         the prediction missed: either its sum is off by more than the headroom of right-sizing, or far more \
         values than stated were outside the 90 % interval. The forecast and the comparison of runtimes are then \
         less certain than their intervals say.",
        "Look for launches, outages or deployments within the window, and choose a window without them, or a \
         longer one. Growth that you know of can be declared with --growth.";
    BalancerP99UpperBound = "balancer-p99-upper-bound", Info, "estimate",
        "On a busy node, where a pod gets no more CPU than its limit or request, a load balancer that takes the \
         load of the pods into account is modelled as one that does not. The 99th percentile of the latency is \
         therefore an upper bound, and fewer pods may be enough.",
        "Run a load test with your own balancer if the number of pods is decided by the latency objective.";
    BenchmarkCoresAssumed = "benchmark-cores-assumed", Warning, "profile",
        "The published benchmark of this framework does not state how many CPU cores it ran on, so four cores are \
         assumed, as in the benchmark of FastAPI and Gin. CPU per request, and with it the number of pods, is \
         proportional to that assumption.",
        "Measure the framework on known hardware and pass your own profile with --profile FILE, or calibrate this \
         one with --observed.";
    BeyondOneCluster = "beyond-one-cluster", Warning, "estimate",
        "The plan needs more pods or nodes than Kubernetes is tested for in a single cluster, which is 150,000 \
         pods and 5,000 nodes. It is beyond what one cluster is known to handle, and further clusters add the \
         cost of their control planes.",
        "Divide the demand among several clusters, or choose larger pods and larger instance types.";
    BillMachinesUnknown = "bill-machines-unknown", Warning, "report",
        "The bill has machines whose tags assign them to this cluster, but that are not among the nodes of the report. \
         They are nodes that existed at another time than the report saw, machines that never joined the cluster, or \
         machines that nobody deleted. They have a row of their own in the reconciliation.",
        "Report the month from metrics with --prometheus, which also know deleted nodes, and look for the machine that \
         the message names in the console of the provider.";
    BillNodesMissing = "bill-nodes-missing", Warning, "report",
        "Nodes of the cluster have no charge in the bill. The bill is of another account or incomplete, the nodes have \
         no provider ID, or the snapshot was redacted, so that its provider IDs are not those of the bill. The modelled \
         cost of these nodes has a row of its own in the reconciliation.",
        "Give the bills of all accounts that the cluster runs in with --bill, and make the snapshot without --redact.";
    BudgetExceeded = "budget-exceeded", Warning, "delivery",
        "The known cost of a stored month is higher than the budget that was given. What is missing from an incomplete \
         total would come on top.",
        "Find the namespaces that grew with capmodel stored --months 6, and the reasons with capmodel compare.";
    BurstableType = "burstable-type", Warning, "nodes",
        "The instance type is burstable: each of its vCPUs may be used only up to a baseline for long, and load \
         above that spends credits, costs extra or is throttled. The plan counts whole vCPUs, so at steady load \
         it needs more nodes or costs more than stated.",
        "Choose an instance type that is not burstable with --instance-type.";
    CalibrationSinglePoint = "calibration-single-point", Warning, "estimate",
        "The profile was calibrated from a single observation, or from a few at one demand, which could have been \
         taken at an unusual moment. Unless several agree, its CPU per request and memory are given an interval of \
         a factor of 1.5 in either direction.",
        "Measure the service at several request rates and put the result into a profile for --profile FILE.";
    CapacityTypeAssumed = "capacity-type-assumed", Info, "nodes",
        "No label says whether some of the nodes are spot or on-demand, so they are priced as on-demand. If they \
         are in fact spot instances, their cost is too high.",
        "Name the label that your spot nodes carry with --spot-label KEY=VALUE.";
    ClusterNodeTypesUnpriced = "cluster-node-types-unpriced", Warning, "cluster",
        "None of the cluster's nodes has an instance type with a known price, so no new nodes can be planned. \
         Pods that do not fit into the free capacity of the cluster have no node cost.",
        "Give the prices of your instance types with --prices.";
    ClusterNodesMixed = "cluster-nodes-mixed", Warning, "cluster",
        "The nodes of the cluster differ in provider, region or instruction set, and the most common value is \
         used for all of them. Anything that would run on the other nodes is priced as if it ran on the most \
         common kind.",
        "Set the option that the message names (--provider, --region or --arch) to choose another value.";
    ClusterPricedElsewhere = "cluster-priced-elsewhere", Warning, "cluster",
        "The prices belong to another place than the cluster: its nodes are in another region than the one that \
         is priced, or they are your own machines for which no prices were given. Cost shares and new nodes are \
         therefore priced as if they were in that other region or at that provider.",
        "Set --provider and --region to those of the cluster, or pass your own prices with --prices.";
    ClusterUidUnknown = "cluster-uid-unknown", Info, "cluster",
        "The namespace kube-system may not be read, so the UID that identifies the cluster is unknown. Two \
         clusters of the same name cannot be told apart when snapshots or monthly reports are matched.",
        "Allow reading the namespace kube-system, or give each cluster a distinct name with --cluster-name.";
    CommitmentBindsSaving = "commitment-binds-saving", Info, "report",
        "Some machines are covered by a commitment, which is paid until it expires even if the machines are removed. Savings \
         are computed at the prices with the commitment.",
        "Count a saving on these machines only if other machines use the commitment instead, or when it expires.";
    CommitmentExpired = "commitment-expired", Warning, "prices",
        "A commitment of the pricing file has expired. It is not applied after its last day, so the machines cost more.",
        "Renew the commitment and give the new date in the line that the message names, or remove it.";
    CommitmentExpires = "commitment-expires", Warning, "prices",
        "A commitment of the pricing file expires in the month of the report or in the next one. From then on the machines \
         cost more than shown.",
        "Decide on the renewal, and give the new date in the line that the message names.";
    CommitmentNotApplied = "commitment-not-applied", Info, "estimate",
        "The pricing file has commitments, which this estimate does not apply: how much of them the present machines \
         already use is unknown. An estimate of one service without a cluster applies them to the nodes of that service.",
        "See the cost with commitments in a report, or give the committed price of a type as a [[price]].";
    CommitmentNotStarted = "commitment-not-started", Warning, "prices",
        "A commitment of the pricing file starts after the last day of the report. It is not applied before its first day, so the \
         machines cost more.",
        "Nothing if the date is right. Otherwise correct `starts` at the line that the message names, or remove it.";
    CommitmentUnused = "commitment-unused", Warning, "prices",
        "A part of a commitment is paid for and not used, because no machine that it applies to is left. It is a line of its \
         own in the bill and belongs to the shared cost.",
        "Check the unit, the family and the region of the line that the message names, and commit to less at the next \
         renewal.";
    ConsolidationIncomplete = "consolidation-incomplete", Info, "report",
        "For some of the nodes no cheaper set could be computed, because a pod would not fit even on an empty \
         node of their types. These nodes are counted as they are, so the saving from consolidation may be larger \
         than stated.",
        "Check the workload and the constraint that the message names, because its requests or placement rules do \
         not fit the node it runs on.";
    ControlPlaneSelfManaged = "control-plane-self-managed", Info, "prices",
        "Nothing about the nodes shows that the provider runs the control plane, so it is assumed to run on the \
         cluster's own machines and no fee is charged for it. If the control plane is in fact managed, its hourly \
         fee is missing from the cost.",
        "Add the provider's fee for the control plane to the total if the cluster is a managed one.";
    ControlPlaneTierAssumed = "control-plane-tier-assumed", Info, "prices",
        "The control plane is priced as the paid tier, although the provider also offers a free one. If the \
         cluster uses the free tier, the cost is too high by that fee.",
        "Subtract the line of the control plane if your cluster uses the free tier.";
    CoreSpeedUnknown = "core-speed-unknown", Warning, "estimate",
        "From a single observation it cannot be told whether the cores are slower than those of the benchmark or \
         the handler does more work. CPU per request in the other runtime depends on which of the two it is, so \
         its interval covers both.",
        "Measure the service on cores of known speed, or at least test the other runtime on the same kind of node \
         before relying on the ratio.";
    CpuLimitCostsPods = "cpu-limit-costs-pods", Warning, "estimate",
        "The CPU limit makes more pods necessary than would be needed without it on nodes that have cores to \
         spare. The cost of the additional pods is the price of the limit.",
        "Raise the CPU limit or remove it, unless you need it to protect other workloads.";
    CpuRequestLarge = "cpu-request-large", Warning, "estimate",
        "A pod requests 64 cores or more, which is more than most nodes offer. It was probably meant in \
         thousandths of a core, in which case the cost is about a thousand times too high.",
        "Write the CPU request with the suffix m, such as --cpu-request 500m, if thousandths of a core were \
         meant.";
    CpuSpeed = "cpu-speed", Info, "estimate",
        "A core of the nodes was given as faster or slower than those that the CPU costs were measured on, and \
         every CPU cost was divided by that speed. The cold start was not, because its CPU part is not modelled.",
        "Leave out --cpu-speed to see the estimate for the cores of the benchmark.";
    CpuUsageImplausible = "cpu-usage-implausible", Warning, "history",
        "Prometheus reports more CPU for a pod than the largest node of the cluster has, which is a faulty \
         sample. These samples are left out, because a single one of them could otherwise dominate the cost.",
        "Check which source of container metrics is wrong (usually a fault in cAdvisor) if many samples are left \
         out.";
    DaemonsetOverheadAssumed = "daemonset-overhead-assumed", Info, "nodes",
        "The CPU, memory and pod slots that DaemonSets take on every node are an assumption. If yours take more, \
         fewer pods fit on a node and more nodes are needed.",
        "Set the overhead of your own DaemonSets with --daemonset-overhead.";
    DownstreamLatencyConstant = "downstream-latency-constant", Info, "estimate",
        "The time that a request waits for other services is treated as constant. If those services are sometimes \
         slow, the 99th percentile of the latency is higher than stated and the objective may be missed although \
         the plan holds it.",
        "Lower --slo-p99 by the time that slow downstream calls add, if their tail is long.";
    EksAutoModeFee = "eks-auto-mode-fee", Info, "prices",
        "The nodes are managed by EKS Auto Mode, and its management fee is included in their price as a fixed \
         percentage of the on-demand price. AWS lists the fee for each instance type, so it may differ slightly \
         from this percentage.",
        "Compare the fee with your invoice if the difference matters, because it cannot be set separately.";
    EvidenceMixed = "evidence-mixed", Warning, "estimate",
        "The two profiles of a comparison have values from different sources: one was taken from the article and the \
         other was measured by this project, or a file has values of its own. Each was measured on another machine, \
         so the ratio of the two contains the difference between the machines.",
        "Use one set for both with --evidence, or measure both services on the same machine.";
    ExchangeRateChanged = "exchange-rate-changed", Info, "delivery",
        "The stored report of the previous month was converted from US dollars at another exchange rate than this one. \
         The difference between predicted and modelled therefore includes the change of the rate.",
        "Give both months the same --exchange-rate to see the change in usage and prices alone.";
    ExtendedSupport = "extended-support", Info, "prices",
        "Standard support for this Kubernetes version has ended, so the provider charges the higher fee of \
         extended support for the control plane. The cost includes the higher fee.",
        "Upgrade the cluster to a supported version to return to the standard price.";
    ExtendedSupportUnpriced = "extended-support-unpriced", Warning, "prices",
        "Standard support for this Kubernetes version has ended, and the provider charges extra for extended \
         support at a price that is not known here. The cost is too low by that charge, and the total is marked \
         as partial.",
        "Upgrade the cluster to a supported version, or add the charge from your invoice.";
    FindingUnknown = "finding-unknown", Warning, "cluster",
        "The snapshot holds a finding that this version of capmodel does not know, because a later version wrote it. \
         Its message is shown as it was written, after its code.",
        "Read the snapshot with the version of capmodel that wrote it, or with a later one.";
    ForecastExceedsPods = "forecast-exceeds-pods", Warning, "services",
        "The busy hour of next month is expected to need more pods than the service can have by itself: more than \
         its fixed number of replicas, or more than the maximum of its autoscaler. Today's pods are enough for \
         today's traffic.",
        "Raise the number of replicas or the autoscaler's maximum before that month.";
    FreeCapacityAtSnapshot = "free-capacity-at-snapshot", Info, "cluster",
        "The free capacity of the cluster is that at the time that the message states, and pods that were still \
         waiting for a node are not counted. If pods have come or gone since, the number of new nodes is \
         different.",
        "Take a new snapshot, or use --live, if the cluster has changed since then.";
    GoVersionAssumed = "go-version-assumed", Info, "profile",
        "The profile assumes that Go takes its number of threads from the container's CPU limit, as Go 1.25 and \
         later do. The published Dockerfile uses Go 1.23, which starts one thread for each core of the node and \
         loses throughput under a CPU limit.",
        "Build the service with Go 1.25 or later, or set GOMAXPROCS to the CPU limit.";
    HandlerKindUnknown = "handler-kind-unknown", Warning, "estimate",
        "The CPU time of the handler is given for another language, and nothing says what kind of work it does. \
         How much the language changes it depends on the kind of work, so the interval covers every kind.",
        "Name the kind of work with --work, for example json, orm or compute.";
    HistoryFromSnapshots = "history-from-snapshots", Warning, "history",
        "Prometheus has data for fewer hours of the period than the stored snapshots, so the report is built from \
         the snapshots. Snapshots show what was running and requested but not what was used, so the report has no \
         usage and no efficiency.",
        "Extend the retention of Prometheus beyond the reported period, or report the month while its metrics are \
         still there.";
    HistoryGap = "history-gap", Warning, "history",
        "Part of the period has no data: no metrics of nodes and pods, or no snapshot that covers it. Nothing is \
         counted in those hours, so the cost of the period is too low in proportion.",
        "Check why Prometheus or the snapshot job has a gap, and choose a period with complete data if you need \
         the full cost.";
    HistoryRead = "history-read", Info, "history",
        "This states how many queries and HTTP requests it took to read the history from Prometheus, and in steps \
         of what length. It has no influence on the cost.",
        "Nothing needs to be done, because this only documents the load on Prometheus.";
    InitContainerRequestReserved = "init-container-request-reserved", Info, "report",
        "In some workloads an init container requests more than the containers that run afterwards, and the \
         scheduler reserves the larger amount for the whole life of the pod. The message states how many cores \
         and how much memory are paid for without being needed after the start.",
        "Lower the requests of the init containers to no more than those of the main containers.";
    LabelUnknown = "label-unknown", Warning, "report",
        "Nothing in the snapshot carries the label that rows are to be grouped by, so all cost ends up without a \
         group. A snapshot keeps only those labels that were named when it was taken.",
        "Check the spelling of the label key, and take the snapshot again with --label KEY.";
    ListInconsistent = "list-inconsistent", Info, "cluster",
        "The list of this kind of object expired on the server while it was being read, so its later pages are \
         more recent than its first ones. Objects that changed in between may be missing or counted in their \
         older state.",
        "Run the command again at a quieter time if a few objects more or less matter.";
    LoadBalancerUnpriced = "load-balancer-unpriced", Warning, "prices",
        "The catalogue has no price for load balancers at this provider. They are missing from the cost, and the \
         total is marked as partial.",
        "Add the cost of the load balancers from your invoice.";
    LoadTestContention = "load-test-contention", Warning, "profile",
        "In the load tests throughput stops growing with concurrency before the CPU is used up, so something other than CPU \
         limits the service: a lock, a connection pool, the network or the load generator.",
        "Pass --max-rps-per-pod with the peak rate, or find and remove the limit and test again.";
    LoadTestRunsExcluded = "load-test-runs-excluded", Info, "profile",
        "Some runs of the load tests were not used for the fit: they have no CPU reading, or more than 1% of their requests failed.",
        "Repeat those runs with a CPU reading before and after, at a rate that the service can answer.";
    MemoryRequestRaised = "memory-request-raised", Info, "estimate",
        "The memory request of the pod was raised above that of the profile, because one process of the observed \
         service needs more. Memory cost and the number of pods on a node follow the larger request.",
        "Set --memory-request if you want another size.";
    MemorySplitUnknown = "memory-split-unknown", Info, "estimate",
        "From a single memory figure it cannot be told how much belongs to the framework and how much to the data \
         that the service keeps. In another runtime only the framework's part changes, so the memory of a pod \
         there lies between the two values in the message.",
        "Measure the memory of an idle instance of the service, which is mostly the framework's part, to see \
         which of the two values is closer.";
    MemoryUsageImplausible = "memory-usage-implausible", Warning, "history",
        "Prometheus reports more memory for a pod than the largest node of the cluster has, which is a faulty \
         sample. These samples are left out, because a single one of them could otherwise dominate the cost.",
        "Check which source of container metrics is wrong (usually a fault in cAdvisor) if many samples are left \
         out.";
    MetricMissing = "metric-missing", Warning, "history",
        "A metric that the report needs is not in Prometheus. The message names the component that exports it and \
         what the report cannot show without it.",
        "Deploy or configure the exporter that the message names, and make sure that Prometheus scrapes it and \
         keeps the metric.";
    MetricValuesInvalid = "metric-values-invalid", Warning, "history",
        "Some values from Prometheus cannot be right for their metric: they are not finite, negative or absurdly \
         large. They are left out, so the sums of that query are slightly too low.",
        "Check the exporter or the recording rule behind the query that the message names.";
    MetricsApiAbsent = "metrics-api-absent", Info, "cluster",
        "The cluster has no metrics API, which metrics-server usually provides, so the current usage of pods and \
         nodes is unknown. Without Prometheus, cost is then allocated by requests alone.",
        "Install metrics-server, or pass the address of Prometheus with --prometheus, which makes the metrics API \
         unnecessary.";
    MetricsClusterUnverified = "metrics-cluster-unverified", Warning, "history",
        "The cluster's nodes could not be read, so it could not be verified that the metrics in Prometheus belong \
         to this cluster. If Prometheus holds several clusters, usage and cost may include namespaces of the same \
         name in the others.",
        "Restrict the metrics to this cluster with --prometheus-matcher, for example cluster=\"prod-1\".";
    MlTimeInNativeCode = "ml-time-in-native-code", Info, "estimate",
        "The work is machine learning, whose time is spent in native libraries such as PyTorch or TensorFlow that \
         are the same in every language. Another language therefore saves little, and staying with Python is the \
         usual advice.",
        "Look for savings in the model, batching or hardware instead of in the language.";
    MonthNotCovered = "month-not-covered", Warning, "report",
        "There is no data about the month that was asked for, so the report shows the cluster as it was read and \
         is stored under the month of that reading. It is not the cost of the requested month.",
        "Pass --prometheus, or a folder of snapshots with --history, that covers the requested month.";
    NoHistory = "no-history", Warning, "history",
        "The cost of the period is derived from one snapshot or a few of them instead of from its full history, \
         so anything that came and went in between is not included. It is a warning if the month is already over \
         and only the present state of the cluster is known, and a note otherwise.",
        "Pass --prometheus, or collect snapshots regularly and pass their folder with --history.";
    NodeArchUnknown = "node-arch-unknown", Warning, "nodes",
        "The node has an instruction set other than amd64 and arm64, such as s390x or ppc64le, for which there \
         are no prices. Where new pods are placed on its free capacity it is treated as amd64, so they may be \
         planned onto a node that cannot run them.",
        "Give the price of the node with --prices (writing amd64 as its arch), and do not rely on the free \
         capacity of such nodes.";
    NodeTypeUnknown = "node-type-unknown", Warning, "nodes",
        "No label states the instance type of one or more nodes, now or in the history. Without a type they have \
         no list price of their own, so they are priced by cores and memory where that is possible, by your own \
         table, or not at all.",
        "Set the label node.kubernetes.io/instance-type on the nodes (for a history, let kube-state-metrics \
         export it with --metric-labels-allowlist), or price the node by its name with --prices.";
    NodeUnpriced = "node-unpriced", Warning, "prices",
        "A node, or the pods that are billed on it, has no known price. Its hours and its pods are missing from \
         the cost, and the total is marked as partial.",
        "Give the price of the instance type or of the node with --prices, or add the cost of nodes that are not \
         machines (Fargate, Autopilot, virtual nodes) from your invoice.";
    NodeVirtual = "node-virtual", Warning, "nodes",
        "The node is virtual, such as a virtual-kubelet or Azure Container Instances, and has neither a machine \
         nor a price per hour. The pods on it are missing from the cost.",
        "Add the cost of these pods from your provider's invoice.";
    NodeWindows = "node-windows", Warning, "prices",
        "Windows nodes are priced as Linux nodes of the same type, because the catalogue has no Windows prices. \
         The licence is missing from the cost, so the cost is too low and the total is marked as partial.",
        "Give the Windows price of the instance type with --prices.";
    NodeWithoutAllocatable = "node-without-allocatable", Warning, "nodes",
        "The node does not report how much CPU and memory it offers to pods, so it is treated as offering \
         nothing. New pods are never placed on it, and its free capacity is not counted.",
        "Check whether the kubelet of the node is running and reports its status.";
    NonNodeCostsAsNow = "non-node-costs-as-now", Info, "history",
        "Volumes, load balancers and the version of the control plane are taken from the present, counted from \
         the day on which each was created, because metrics do not record them. Those that were deleted during \
         the period are missing from the cost.",
        "Collect snapshots during the month and pass their folder with --history if many volumes come and go.";
    NonNodeCostsUnpriced = "non-node-costs-unpriced", Info, "prices",
        "There are no prices for control plane, disks, load balancers and traffic at this provider. The total \
         contains nodes only and is marked as partial.",
        "Add these costs yourself, because price tables for --prices contain machines only.";
    NonNodePricesOtherRegion = "non-node-prices-other-region", Info, "prices",
        "Control plane, disks, load balancers, traffic, or pods that are billed by size are priced as in another \
         region, because the catalogue does not have the prices of this one. These lines may be off by the \
         difference between the two regions.",
        "Compare these lines with your invoice if they are a large part of the total.";
    ObservedProcessesAssumed = "observed-processes-assumed", Warning, "estimate",
        "More CPU was observed than one process of this runtime can use, so the pod is assumed to run several \
         processes. Memory per process, and with it the size of the pods, depends on that number.",
        "State the number of processes as the last part of --observed, for example 400rps:3.2cores:6GiB:4.";
    OwnerInferredFromName = "owner-inferred-from-name", Info, "history",
        "The metrics do not say which Deployment or CronJob some ReplicaSets or Jobs belong to, so the owner was \
         inferred from their names. A workload with an unusual name may appear under the wrong owner, while the \
         total is not affected.",
        "Let kube-state-metrics export kube_replicaset_owner and kube_job_owner.";
    OwnerUnknown = "owner-unknown", Warning, "history",
        "Some pods used CPU, but the history does not say which workload they belonged to. They have no row of \
         their own, so their usage is missing and the capacity that they occupied appears as idle cost.",
        "Let kube-state-metrics export kube_pod_owner for the whole period.";
    PlacementNotModelled = "placement-not-modelled", Info, "report",
        "Some pods have placement rules that are not respected when consolidation is computed, such as pod \
         affinity or host ports. The real cluster may need more nodes than stated.",
        "Check the rules that the message names before you remove nodes.";
    PodLevelRequestsAssumed = "pod-level-requests-assumed", Info, "history",
        "Some workloads have requests for the pod as a whole, or an overhead of their runtime class, which the \
         metrics do not contain. The values of today's pods are used for the whole period, and those of workloads \
         that no longer exist are not counted.",
        "Let kube-state-metrics export kube_pod_overhead_cpu_cores and kube_pod_overhead_memory_bytes if the \
         overhead of runtime classes matters.";
    PodTooLargeForPlatform = "pod-too-large-for-platform", Warning, "estimate",
        "A pod requests more CPU or memory than the largest pod that Fargate or Autopilot runs, so it cannot run there \
         and has no cost there.",
        "Request less per pod with --cpu-request and --memory-request, or run the pods on nodes.";
    PodsAtCataloguePrices = "pods-at-catalogue-prices", Warning, "report",
        "No node could be read, so pods are priced at catalogue rates for a core-hour and a GiB-hour. Idle cost, \
         spot discounts and accelerators are not included, so the total is not what the cluster costs.",
        "Allow listing nodes, or set --provider and --region to those of the cluster.";
    PodsCountedTwice = "pods-counted-twice", Warning, "history",
        "A pod has more samples than any node, so its metrics exist more than once in Prometheus. Each pod is \
         counted no more often than the node that was there all the time, so that it is not paid for twice.",
        "Select one of the sources with --prometheus-matcher.";
    PodsPending = "pods-pending", Info, "report",
        "Some pods are waiting for a node. They cost nothing yet, and once they are scheduled the cluster may \
         need more nodes than are priced here.",
        "Find out why they are pending with `kubectl describe pod`.";
    PodsWithoutNode = "pods-without-node", Warning, "report",
        "Pods run on a node that was not read, or no node could be read and there is no catalogue price to fall \
         back on. These pods are missing from the cost.",
        "Allow listing nodes, or set --region or --prices so that the pods can be priced by their requests.";
    PreviousReportMismatch = "previous-report-mismatch", Warning, "delivery",
        "The stored report of the previous month belongs to another cluster, predicts another month, or is in another \
         currency. It is not used, so this report shows no comparison of prediction and outcome.",
        "Give each cluster its own name with --cluster-name, or its own folder in --deliver, and report every month in \
         one --currency.";
    PreviousReportUnreadable = "previous-report-unreadable", Warning, "delivery",
        "The stored report of the previous month cannot be read. This report therefore shows no comparison of \
         prediction and outcome, whereas its own numbers are not affected.",
        "Check the permissions of the store and the file that the message names.";
    PriceBlended = "price-blended", Info, "history",
        "For some workloads the metrics do not say which nodes their pods ran on. They pay the average price of \
         the remaining capacity, regardless of whether they ran on spot or on expensive machines, so the split \
         between workloads is less accurate while the total is right.",
        "Let kube-state-metrics export kube_pod_info for the whole period.";
    PriceByShape = "price-by-shape", Warning, "prices",
        "No label states the instance type of these nodes, so they are priced by their cores and memory at the \
         provider's on-demand rates. Accelerators, another instruction set and spot discounts are not reflected.",
        "Set the label node.kubernetes.io/instance-type on the nodes, or price them by name with --prices.";
    PriceImplausible = "price-implausible", Warning, "prices",
        "A price that a pricing file states for a node is more than 27 times above or below the list price of the machine, \
         or what its cores and memory usually cost. 27 is the square root of the 730 hours in a month, so the price is \
         probably per month where one per hour is meant, or the reverse.",
        "Correct the price in the line that the message names: usd_per_hour is for one hour, usd_per_node_month for a month \
         of 730 hours.";
    PriceStale = "price-stale", Warning, "prices",
        "The prices are more than a year old. Providers change list prices rarely but not never, so the cost may \
         be off by as much as prices have changed since.",
        "Compare the prices with a recent invoice, or pass current ones with --prices.";
    PriceSuperseded = "price-superseded", Warning, "prices",
        "The provider has lowered the price of this instance type since the catalogue was made, so the price may \
         be too high by the percentage in the message. It applies to some AWS instances with NVIDIA GPUs.",
        "Pass the current price of your region with --prices.";
    PricingRuleUnused = "pricing-rule-unused", Warning, "prices",
        "A rule of the pricing file is for a node by its name or a label, and applies to none of the nodes that were read, \
         or the estimate has no cluster and so no such nodes.",
        "Correct the name or label in the line that the message names, or remove the rule. A snapshot only keeps well-known \
         labels and those given with --label.";
    ProfileDerived = "profile-derived", Warning, "profile",
        "There is no published measurement of this framework that matches the others, so its throughput is \
         derived from benchmarks that compare it with them. The interval is wide, and comparisons with this \
         profile are only indicative.",
        "Measure your own service, and pass a profile with --profile FILE or an observation with --observed.";
    ProfileUnmeasured = "profile-unmeasured", Warning, "profile",
        "No published measurement stands behind the throughput of this profile. Its interval spans a factor of \
         three in either direction, so its number of pods and its cost are rough guesses.",
        "Run your own load test before you base a decision on this profile.";
    PrometheusFound = "prometheus-found", Info, "history",
        "The report was made without --prometheus, but a Service of the cluster has the labels of a Prometheus, \
         Thanos, Mimir or VictoriaMetrics. With its history the report would show usage, running services, \
         recommended requests and what they save.",
        "Run the `kubectl port-forward` command of the message in another terminal, and give --prometheus with the \
         address that it names.";
    PrometheusInfo = "prometheus-info", Info, "history",
        "Prometheus attached a remark to the answer to a query, which is passed on as it is. It usually concerns \
         the query and rarely changes a number.",
        "Read the remark, and check the metric it names if the numbers look wrong.";
    PrometheusWarning = "prometheus-warning", Warning, "history",
        "Prometheus, Thanos or Mimir attached a warning to the answer to a query, which is passed on as it is. \
         Such an answer can be incomplete, for example because one store did not respond, and then usage and cost \
         are too low.",
        "Resolve what the warning says in your metrics system, and run the report again.";
    ProviderAssumed = "provider-assumed", Info, "prices",
        "No label says which provider a machine belongs to, and only one provider sells an instance type of that \
         name in that region. Its price is used.",
        "Set the provider ID of the node, or price the type with --prices, if the guess is wrong.";
    QueryFailed = "query-failed", Warning, "history",
        "One query to Prometheus failed, and the report was made without its result. The message states the error \
         and what is missing.",
        "Fix the error that the message states, or shorten --window if the query ran into a limit of Prometheus.";
    RampOutrunsAutoscaler = "ramp-outruns-autoscaler", Warning, "estimate",
        "Demand rises faster than new pods can start serving, so the autoscaler cannot help during the rise. The \
         pods that already run before it have to carry the whole rise, which makes the plan larger.",
        "Shorten the start of a pod (smaller image, faster readiness), or describe the rise with --ramp as it \
         really is.";
    RatioUnstable = "ratio-unstable", Warning, "estimate",
        "The cost ratio of the two runtimes changes by more than 25 % when demand changes by 10 % or less, \
         because pods come in whole numbers. A statement such as \"four times cheaper\" therefore holds only at \
         exactly this demand.",
        "Use the ratio before rounding, or compare at a larger demand, where rounding matters less.";
    ReadFailed = "read-failed", Warning, "cluster",
        "The API server repeatedly failed to answer for this kind of object, or its answer could not be \
         understood. Whatever depends on it, which the message names, is missing from the report.",
        "Run the command again, and check the health of the API server or of the service behind that API if it \
         still fails.";
    ReplicasInsufficient = "replicas-insufficient", Warning, "estimate",
        "The number of pods that was given with --replicas does not satisfy the policy at this demand, and the \
         message names the first constraint that fails. The cost is that of a deployment that is too small for \
         its objective.",
        "Raise --replicas, or leave the option out to see how many pods are needed.";
    RequestMetricNotSelected = "request-metric-not-selected", Warning, "history",
        "A counter of HTTP requests exists in Prometheus, but none of its series carries the label values that \
         identify requests to the service itself. Its requests are not counted, so demand and CPU per request are \
         unknown for the services that rely on it.",
        "Keep the labels that the message names when you scrape or relabel, or write your own query with \
         --requests-query.";
    RequestMetricUnattributed = "request-metric-unattributed", Warning, "history",
        "A counter of HTTP requests names services that match neither a workload of this cluster nor a Kubernetes \
         Service in front of a single workload. Those requests are attributed to nobody, so the demand of some \
         services may be missing.",
        "Add the labels namespace and pod to the counter, or attribute the requests with --requests-query.";
    RequestRateIncomplete = "request-rate-incomplete", Warning, "history",
        "In some steps fewer scrapes than usual counted HTTP requests, so their request rate would be too low \
         compared with the CPU of the same step. These rates are left out, because CPU per request would \
         otherwise come out too high.",
        "Check why Prometheus missed scrapes of that service at the time that the message states.";
    ResourceNotServed = "resource-not-served", Warning, "cluster",
        "The API server does not serve this kind of object in the version that is read, which happens with an old \
         server or a removed API. Whatever depends on it, which the message names, is missing from the report.",
        "Upgrade the cluster, or accept the loss that the message names.";
    SamplesWithoutPlan = "samples-without-plan", Warning, "estimate",
        "In part of the random samples no number of pods satisfies the policy, because a single request already \
         takes longer than the objective or a pod is too small. Where the interval has no upper end, this is the \
         reason.",
        "Relax the latency objective with --slo-p99, or give the pod more CPU or memory.";
    ScaleToZero = "scale-to-zero", Warning, "estimate",
        "No pod runs in the hours of the load curve that have no demand, so the first request after them waits \
         for a cold start. The HorizontalPodAutoscaler does this only with the feature gate HPAScaleToZero, and \
         KEDA and Knative do it by themselves.",
        "Set --min-replicas 1 if the first request must not wait.";
    ScrapeIncomplete = "scrape-incomplete", Warning, "report",
        "The metrics that were scraped from a process lack something, such as a counter of requests, CPU time, \
         the start time or memory. The figure that the message names cannot be computed for it.",
        "Add the missing metric to the service, or scrape the same process twice, some seconds apart, if only its \
         start time is missing.";
    ScrapeTargetUnmatched = "scrape-target-unmatched", Warning, "report",
        "What was given with --scrape cannot be attributed to a workload: either no workload of that name has \
         pods in the report, or several do. It is left out.",
        "Correct the name, or include the kind as in --scrape shop/Deployment/web=FILE.";
    ServerVersionUnknown = "server-version-unknown", Info, "cluster",
        "The API server does not reveal its version. Whether the cluster is past standard support is therefore \
         unknown, and the standard price of the control plane is used.",
        "Allow reading /version, which is usually open to every account.";
    ServiceCalibrated = "service-calibrated", Info, "estimate",
        "What a request costs the running service was learned from its own steps of request rate and CPU, with an \
         interval for every number.",
        "Compare the number of steps that were left out and the median error before relying on it; a longer \
         --window narrows the interval.";
    ServiceDemand = "service-demand", Info, "estimate",
        "The demand of the running service was read from its own request metric: the busy period is the 99th \
         percentile of the steps, between the 95th percentile and the largest.",
        "Pass --rps to ask about another demand, or --window to read another period.";
    ServiceProfile = "service-profile", Info, "profile",
        "The profile was learned from a running service and therefore holds the work of its handler as well as \
         the cost of its framework.",
        "Use it to ask what the service needs at another demand. For a comparison of languages use capmodel \
         estimate --service, which separates the two.";
    ServiceReplaced = "service-replaced", Info, "estimate",
        "The pods of the running service were taken out of the cluster before the planned ones were placed, \
         because the planned pods replace them. Their room therefore counts as free.",
        "Nothing needs to be done. To add pods beside those that run, estimate a profile with --cluster and \
         without --service.";
    SettingsFromCluster = "settings-from-cluster", Info, "cluster",
        "Provider, region, instruction set or node reservations were taken from the cluster's nodes, because no \
         option sets them. Prices and the capacity of a node follow from these values.",
        "Check the values in the message, and set --provider, --region, --arch or --distribution if one of them \
         is wrong.";
    SharePriceBorrowed = "share-price-borrowed", Info, "prices",
        "The prices of this group of machines do not allow a price per core and a price per GiB to be told apart, \
         so their ratio is taken from another group and scaled to the group's mean price. The split between CPU \
         and memory is approximate, and the message states the largest error.",
        "Nothing needs to be done, because the mean price of the machines is kept and only pods with an unusual \
         ratio of CPU to memory are affected.";
    SharePriceFallbackGroup = "share-price-fallback-group", Info, "prices",
        "The group of machines that usually sets the price of a core and of a GiB is not sold in this region, or \
         the provider has none for this instruction set. Another group is used, so cost shares are not directly \
         comparable with those of other regions.",
        "Choose another --region or --arch if you need comparable cost shares.";
    SharedNamespaceUnknown = "shared-namespace-unknown", Warning, "report",
        "Nothing runs in the namespace that was given with --shared-namespace. No cost is shared for it, which is \
         usually the result of a typing error.",
        "Correct the name of the namespace.";
    SingleProcessScrape = "single-process-scrape", Info, "report",
        "Request rate, CPU and memory of this workload come from the /metrics page of a single process. They \
         describe neither the other pods nor a whole period, and CPU per request includes everything else that \
         the process did.",
        "Use Prometheus with --prometheus for figures that cover all pods and the whole period.";
    SpareCores = "spare-cores", Warning, "estimate",
        "The target utilization is above 100 % of the CPU request, so the pods depend on cores that other pods \
         leave idle. On a busy node they get only what they request, and responses are slower than shown.",
        "Raise the CPU request, or set a target of at most 100%.";
    SpotLabelUnknown = "spot-label-unknown", Warning, "nodes",
        "No node carries the label that was given with --spot-label. Nodes that are marked by it are priced as \
         on-demand, unless another label says otherwise.",
        "Check the key and value of the label, and take the snapshot with the same --spot-label.";
    SpotPodsUnpriced = "spot-pods-unpriced", Warning, "prices",
        "GKE Autopilot bills Spot Pods at lower prices that are not known here. These pods are missing from the \
         cost, and the total is marked as partial.",
        "Add the cost of the Spot Pods from your invoice.";
    SpotPriceIndicative = "spot-price-indicative", Warning, "prices",
        "The spot prices are not quotes but on-demand prices reduced by an average saving in whole percent. Real \
         spot prices change by the hour and by zone, so the cost is only indicative.",
        "Pass the spot prices that you actually pay with --prices.";
    SpotPriceMissing = "spot-price-missing", Warning, "prices",
        "No spot price is known for the instance type or region. Either the on-demand price is used, which makes \
         the cost too high, or the type is left out of the choice, as the message states.",
        "Give the spot price with --prices, or choose another instance type or region.";
    StoredChangeUnknown = "stored-change-unknown", Warning, "delivery",
        "The stored report of the month before is in another currency or of another kind of period than the one of this \
         month, for example of a part of the month. Their difference would mean nothing and is not shown.",
        "Report every month in one --currency and for the same kind of period.";
    StoredCostIncomplete = "stored-cost-incomplete", Warning, "delivery",
        "A stored report has no cost, or only a part of its cost has a price. The total of the clusters is the sum of \
         what is known and is marked as incomplete.",
        "The findings of that report name what has no price; add the price with --prices and report the month again.";
    StoredReportMissing = "stored-report-missing", Warning, "delivery",
        "A cluster has a stored report of the month before but none of this month, or a month has no report at all. What \
         is missing is not in the total, which is marked as incomplete.",
        "Check the last run of the cluster's report, and make the report of the month with capmodel report --month \
         YYYY-MM --deliver; a cluster that was deleted can be ignored.";
    StylesUnpriced = "styles-unpriced", Warning, "report",
        "The running services could not be priced in other runtimes, for example because no node of the cluster \
         has a known price. The report contains no comparison of runtimes.",
        "Fix the cause that the message states, usually by giving node prices with --prices.";
    SupportEndUnknown = "support-end-unknown", Warning, "prices",
        "It is not known when standard support for the cluster's Kubernetes version ends, so the standard price \
         of the control plane is used. If the version is already in extended support, the cost is too low.",
        "Check the end of support on your provider's site, and upgrade or add the higher fee if it is over.";
    SurplusCreditsUnpriced = "surplus-credits-unpriced", Info, "prices",
        "AWS charges extra when burstable instances use more CPU than their baseline over time, which is called \
         surplus credits. That charge is not in the cost.",
        "Look for surplus credits (CPUCredits) in your invoice, and move steady load to types that are not \
         burstable.";
    ThreadsAboveCpuLimit = "threads-above-cpu-limit", Warning, "estimate",
        "The process starts more threads than its CPU limit can run, so it is throttled and loses part of its \
         throughput. The plan includes that loss in the form of more pods.",
        "For Go, set GOMAXPROCS to the number in the message or build with Go 1.25 or later; for other runtimes, \
         start no more threads than that.";
    ThreadsAssumed = "threads-assumed", Info, "estimate",
        "The runtime starts as many threads as the node has cores, and it is not known on which node it will run, \
         so a number is assumed. Throughput of a pod and its latency depend on that number.",
        "Name the instance type with --instance-type, or set a CPU limit if the runtime follows it.";
    TrafficAssumed = "traffic-assumed", Warning, "estimate",
        "The bill counts every response as traffic to the internet at a size that is assumed from the kind of \
         work. Traffic can be a large part of the bill, so the total may be far too high or too low.",
        "Set the real size with --response-bytes, or 0 if responses stay inside the cluster.";
    TrafficUnpriced = "traffic-unpriced", Info, "prices",
        "Network traffic to the internet, and in a report also between zones and through load balancers, is not \
         in the cost. The invoice will be higher by that traffic.",
        "For an estimate, set the size of a response with --response-bytes; for a report, add the traffic from \
         your invoice.";
    UsageComparedPerScrape = "usage-compared-per-scrape", Info, "history",
        "For cost allocation, the larger of request and usage is determined for each container at every scrape, \
         which is the most accurate way. The message states how far apart the scrapes are.",
        "Nothing needs to be done, because this is the normal case.";
    UsageComparedPerStep = "usage-compared-per-step", Warning, "history",
        "Prometheus refused the detailed query that compares request and usage at every scrape, so they are \
         compared step by step instead. Short bursts above the request are then charged too little to the \
         workload that caused them.",
        "Raise --query.max-samples or --query.timeout of Prometheus, or shorten --window.";
    UsageGap = "usage-gap", Warning, "history",
        "For part of the period nodes and pods are known but no CPU usage. In those hours workloads pay by their \
         requests alone, and usage and efficiency are computed without them.",
        "Check why Prometheus has no container metrics from the kubelets (cAdvisor) in that time.";
    UsageHistoryMissing = "usage-history-missing", Info, "history",
        "No metrics of a period were given, so request rates, latency, throttling, runtimes and recommended \
         requests are unknown. The report can show cost, but neither efficiency over time nor the services in \
         other runtimes.",
        "Pass the address of Prometheus with --prometheus.";
    UsageOfAnotherTime = "usage-of-another-time", Warning, "report",
        "The snapshot holds the usage of a period, but the report was asked for a different one. The cluster is \
         therefore priced as it was when the snapshot was taken, and nothing is said about usage.",
        "Leave --month out to report the period that the snapshot holds, or pass --prometheus to read the month \
         itself.";
    UsagePointInTime = "usage-point-in-time", Info, "report",
        "Usage was measured once by the metrics API, over less than a minute and perhaps not for every pod. It is \
         neither an average nor a peak, so the allocation between workloads can look different an hour later.",
        "Pass --prometheus for the usage of a whole period.";
    UsageUnknown = "usage-unknown", Warning, "report",
        "The CPU or memory usage of workloads is not known, so they pay by their requests alone and have no \
         efficiency. It is a warning if no workload was measured, and a note if some were not.",
        "Make sure that Prometheus has the kubelet's container metrics (cAdvisor) with the label container, or \
         install metrics-server.";
    VcpuSpeedAssumed = "vcpu-speed-assumed", Info, "nodes",
        "Each vCPU is treated as equally fast on every instance type. In reality newer generations are faster, so \
         the cheapest plan on paper need not be the cheapest in practice.",
        "Restrict the choice to types of comparable speed with --instance-type.";
    VolumePerformanceUnpriced = "volume-performance-unpriced", Warning, "prices",
        "IOPS or throughput beyond what is included in the size of a volume is charged extra, and either the \
         amount that was bought or its price is not known. That part is missing from the cost, and the total is \
         marked as partial.",
        "State IOPS and throughput in the parameters of the StorageClass, or add their cost from your invoice.";
    VolumeUnpriced = "volume-unpriced", Warning, "prices",
        "The catalogue has no price for volumes of this storage class. They are missing from the cost, and the \
         total is marked as partial.",
        "Add the cost of these volumes from your invoice.";
    WorkerCountReduced = "worker-count-reduced", Info, "profile",
        "The published Dockerfile behind this profile starts four worker processes in a pod of half a core, \
         whereas the estimate starts only as many as the CPU can keep busy. Each additional worker costs memory \
         without adding throughput.",
        "Pass --workers 4 to see the pod exactly as it was published.";
}
