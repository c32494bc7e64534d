//! A Prometheus that runs in the cluster, where none was given.

use std::time::Duration;

use super::next_steps::Found;
use crate::inputs::kube::{self, Access, Api, list_metrics_services};
use crate::model::finding::{Code, Finding};
use crate::net::RetryPolicy;

/// The most useful Prometheus of the cluster, and the finding about it; `None` without any, and if Services cannot be
/// listed.
pub(super) fn find(access: &Access, namespaces: &[String]) -> Option<(Found, Finding)> {
    // A hint is not worth waiting for.
    let retry = RetryPolicy { attempts: 2, timeout: Duration::from_secs(10), ..kube::RETRY };
    let services = super::runtime().ok()?.block_on(async {
        let api = Api::connect(access, retry).await.ok()?;
        list_metrics_services(&api, namespaces).await.ok()
    })?;
    let service = services.first()?;
    let message = format!("this report has no history of usage, but it can have one: {}", service.how_to_reach());
    let found = Found { reached_by: service.port_forward(), address: service.address() };
    Some((found, Finding::info(Code::PrometheusFound, "usage", message)))
}
