//! One service under one profile at one demand: pods, requests and cost.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::node_purchase::{NodePurchase, OtherPrice};
use crate::model::estimate::{Question, Spread, pod_plan};
use crate::model::nodes::PodRequest;
use crate::model::packing::NodeChoices;
use crate::model::pricing::Basis;
use crate::model::queueing::QueueingTables;
use crate::model::runtime::Service;
use crate::model::sizing::{Constraint, LoadCurve, Policy};
use crate::model::uncertainty::Interval;
use crate::units::{Money, MoneyPerHour};

/// Prices and node types of the cluster, for all services.
#[derive(Clone, Debug)]
pub struct ClusterBasis {
    /// The cluster's own node types, and its own prices of a core-hour and a GiB-hour.
    pub basis: Arc<Basis>,
    /// The same per purchase option and architecture: services stay on nodes with the same values.
    pub kinds: BTreeMap<NodePurchase, Arc<Basis>>,
    /// Price of the other architecture, if it is cheaper.
    pub others: BTreeMap<NodePurchase, OtherPrice>,
    /// Queueing tables for cases without a closed formula.
    pub tables: Arc<QueueingTables>,
    /// Latin hypercube samples of each plan; zero gives no intervals.
    pub samples: u32,
    /// Seed of all random streams.
    pub seed: u64,
}

/// Needs of a service under a profile, or as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Sized {
    /// Number of pods, with percentiles if the demand or the profile is uncertain.
    pub pods: Spread<u64>,
    /// Request of one pod, including sidecars.
    pub request: PodRequest,
    /// CPU seconds per request of the service's own container at this demand, without idle usage; `None` if not
    /// modelled.
    pub cpu_per_request: Option<Spread<f64>>,
    /// Monthly cost of the requests of all pods, at the cluster's own prices of a core-hour and a GiB-hour.
    pub share_cost: Spread<Money>,
    /// That cost per million requests at the mean demand; `None` without requests.
    pub per_million: Option<Decimal>,
    /// Monthly cost of the cheapest whole nodes of the cluster's own types; `None` if no type has room for a pod.
    pub node_cost: Option<Money>,
    /// The constraint that determined the number of pods; `None` if they were not sized.
    pub binding: Option<Constraint>,
    /// Modelled p99 response time in seconds; `None` if not modelled.
    pub p99: Option<f64>,
}

/// Result of a style at one demand, or why there is none.
pub type Outcome = Result<Sized, String>;

impl ClusterBasis {
    /// The same for a service on nodes with this purchase option and architecture.
    #[must_use]
    pub fn on(&self, bought: Option<NodePurchase>) -> Self {
        let basis = bought.and_then(|bought| self.kinds.get(&bought)).unwrap_or(&self.basis);
        Self { basis: basis.clone(), ..self.clone() }
    }

    /// Cost of a pod's requests per hour, at the cluster's own prices of a core-hour and a GiB-hour.
    pub fn share_per_hour(&self, request: PodRequest) -> MoneyPerHour {
        self.basis.share.price.cost_per_hour(request.cpu, request.memory)
    }

    /// Sizes a service for a demand in requests per second in the busy period. Under an autoscaler, pods follow the
    /// load curve `load`; `mean` is the mean demand of the month, for the cost per million requests.
    pub fn plan(&self, service: &Service, policy: &Policy, busy: Interval, (load, mean): (&LoadCurve, f64)) -> Outcome {
        let question = Question {
            demand: busy,
            sections: Vec::new(),
            basis: self.basis.clone(),
            load: load.clone(),
            replicas: None,
            tables: self.tables.clone(),
            cluster: None,
            samples: self.samples,
            seed: self.seed,
            platform: None,
            detailed: false,
        };
        let plan = pod_plan(&question, service, policy)
            .map_err(|why| format!("no number of pods satisfies the constraint `{}`", why.constraint.name()))?;
        Ok(Sized {
            pods: plan.pods,
            request: plan.request,
            cpu_per_request: Some(plan.cpu_per_request),
            per_million: self.per_million(plan.share_cost.plan, mean),
            share_cost: plan.share_cost,
            node_cost: plan.node_cost,
            binding: Some(plan.binding),
            p99: Some(plan.p99),
        })
    }

    /// Prices a given number of pods with a given request: `pods` in the busy period, `pods_on_average` over the
    /// month.
    pub fn price(&self, pods: u64, pods_on_average: Decimal, request: PodRequest, zones: u32, mean: f64) -> Sized {
        let Basis { candidates, daemonsets, hours, .. } = &*self.basis;
        let cost = self.share_per_hour(request) * *hours * pods_on_average;
        let nodes = NodeChoices::new(candidates, daemonsets, &request).cheapest(pods, zones);
        Sized {
            pods: Spread { plan: pods, percentiles: None },
            request,
            cpu_per_request: None,
            share_cost: Spread { plan: cost, percentiles: None },
            per_million: self.per_million(cost, mean),
            node_cost: nodes.map(|plan| plan.price_per_hour * *hours),
            binding: None,
            p99: None,
        }
    }

    fn per_million(&self, cost: Money, mean: f64) -> Option<Decimal> {
        let millions = Decimal::from_f64(mean * self.basis.hours.seconds() / 1e6)?;
        cost.amount().checked_div(millions)
    }
}
