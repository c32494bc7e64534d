//! A simulated API server, Prometheus and webhook for pinned screens. They have names in `.example` and are reached
//! through one proxy, so that every address on a screen is the same on every machine.
//!
//! The cluster is described by `fixtures/screens/input/cluster.json` and its history by `metrics`. The live tests run
//! against real servers; this one always gives the same answers.

mod form;
mod metrics;

use serde_json::Value;

use super::proxy::{Proxy, Speaks};
use super::server::{Reply, Request, Server};

const CLUSTER: &str = include_str!("../../../fixtures/screens/input/cluster.json");

/// Lists that `strict.example` refuses.
const FORBIDDEN: [&str; 2] = ["/api/v1/nodes", "/apis/storage.k8s.io/v1/storageclasses"];

pub(crate) struct Demo {
    proxy: Proxy,
    server: Server,
}

impl Demo {
    pub(crate) fn start() -> Self {
        let server = Server::answering(None, |_, request| answer(request));
        let proxy = Proxy::start(Speaks::Http(None), &server.url);
        Self { proxy, server }
    }

    /// The value of `HTTP_PROXY` for the program under test.
    pub(crate) fn proxy(&self) -> String {
        format!("http://{}", self.proxy.address)
    }

    /// The body that was posted to the webhook.
    pub(crate) fn delivered(&self) -> Vec<u8> {
        let requests = self.server.requests().into_iter();
        requests.filter(|request| host(request) == "hooks.example").flat_map(|request| request.body).collect()
    }
}

/// A proxied request has its host in the first line, a tunnelled one in its `Host` header.
fn host(request: &Request) -> String {
    let target = request.head.split(' ').nth(1).unwrap_or_default();
    let named = target.strip_prefix("http://").and_then(|rest| rest.split('/').next());
    let header = || request.head.lines().find_map(|line| line.strip_prefix("host: "));
    let host = named.or_else(header).unwrap_or_default();
    host.split(':').next().unwrap_or_default().to_owned()
}

fn answer(request: &Request) -> Reply {
    let target = request.head.split(' ').nth(1).unwrap_or_default();
    let path = target.strip_prefix("http://").map_or(target, |rest| rest.find('/').map_or("/", |at| &rest[at..]));
    let path = path.split('?').next().unwrap_or_default();
    match host(request).as_str() {
        "kubernetes.example" => list(path),
        "strict.example" if FORBIDDEN.contains(&path) => forbidden(path),
        "strict.example" => list(path),
        "private.example" if path == "/api/v1/services" => forbidden(path),
        "private.example" => list(path),
        "prometheus.example" => json(200, &metrics::answer(&request.body)),
        "empty.example" => json(200, &metrics::nothing()),
        "closed.example" => json(403, &serde_json::json!({})),
        "web.example" => Reply::Http(200, "", include_str!("../../../fixtures/prometheus/service.txt")),
        "hooks.example" => Reply::Http(200, "", "ok"),
        "gone.example" => Reply::Http(404, "", "no such hook"),
        _ => Reply::Http(502, "", ""),
    }
}

fn list(path: &str) -> Reply {
    let cluster: Value = serde_json::from_str(CLUSTER).unwrap();
    let found = cluster.get(path).cloned().or_else(|| in_namespace(&cluster, path));
    found.map_or_else(
        || json(404, &status(404, "the server could not find the requested resource")),
        |all| json(200, &all),
    )
}

/// A namespace, `/api/v1/namespaces/shop`, or a list in one namespace, `/api/v1/namespaces/shop/pods`.
fn in_namespace(cluster: &Value, path: &str) -> Option<Value> {
    let (root, rest) = path.split_once("/namespaces/")?;
    let items = |path: &str| cluster.get(path)?["items"].as_array();
    let Some((namespace, plural)) = rest.split_once('/') else {
        return items(&format!("{root}/namespaces"))?.iter().find(|item| item["metadata"]["name"] == rest).cloned();
    };
    let all = items(&format!("{root}/{plural}"))?.iter();
    let own: Vec<&Value> = all.filter(|item| item["metadata"]["namespace"] == namespace).collect();
    Some(serde_json::json!({ "metadata": {}, "items": own }))
}

fn forbidden(path: &str) -> Reply {
    let plural = path.rsplit('/').next().unwrap_or_default();
    let message =
        format!("{plural} is forbidden: User \"reader\" cannot list resource \"{plural}\" at the cluster scope");
    json(403, &status(403, &message))
}

fn status(code: u16, message: &str) -> Value {
    serde_json::json!({ "kind": "Status", "status": "Failure", "message": message, "metadata": {}, "code": code })
}

/// Replies need `'static` text; leaking the few of a test run is harmless.
fn json(status: u16, body: &Value) -> Reply {
    Reply::Http(status, "Content-Type: application/json\r\n", Box::leak(body.to_string().into_boxed_str()))
}
