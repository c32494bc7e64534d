//! Writes the running services of a report as a file for `estimate --workload`.

use std::collections::BTreeMap;

use super::OutputError;
use crate::model::cluster::WorkloadId;
use crate::model::report::Report;
use crate::model::styles::{OwnProfile, RunningService};
use crate::units::{Bytes, CpuMillis};

/// A table for each service whose demand and runtime are known; the others are comments with the reason.
///
/// # Errors
/// [`OutputError::Value`] if there is no such service.
pub fn workload_file(report: &Report) -> Result<Vec<u8>, OutputError> {
    let names = names(&report.running_services);
    let mut out = format!(
        "# The running services of the cluster {}, {}.\n# CPU per request is the framework's, from the profile, plus the handler's, fitted to the service's metrics.\n",
        one_line(&report.cluster.name),
        report.span.when()
    );
    let (mut left_out, mut written) = (String::new(), 0);
    for service in &report.running_services {
        match table(service, &names[&service.id]) {
            Ok(table) => {
                out.push_str(&table);
                written += 1;
            }
            Err(why) => left_out.push_str(&format!(
                "# {}: left out, because {}\n",
                one_line(&service.id.to_string()),
                one_line(&why)
            )),
        }
    }
    if written == 0 {
        return Err(OutputError::Value(format!("no running service has a known demand and runtime\n{left_out}")));
    }
    if !left_out.is_empty() {
        out.push_str(&format!("\n{left_out}"));
    }
    Ok(out.into_bytes())
}

fn table(service: &RunningService, name: &str) -> Result<String, String> {
    let demand = service.demand.as_ref().map_err(String::clone)?;
    let OwnProfile { profile, language, handler_seconds, request } = service.own.as_ref().map_err(String::clone)?;
    let rate = |rate: f64| rounded(rate);
    let busy = demand.busy;
    let mut out = format!(
        "\n[[service]] # {}\nname = \"{name}\"\nrps = \"{}:{}:{}\"\nprofile = \"{profile}\"\n",
        one_line(&service.id.to_string()),
        rate(busy.low()),
        rate(busy.mid()),
        rate(busy.high()),
    );
    if *handler_seconds > 0.0 {
        out.push_str(&format!("handler_cpu = \"{language}={}ms\"\n", rounded(handler_seconds * 1e3)));
    }
    if request.cpu > CpuMillis::default() && request.memory > Bytes::default() {
        out.push_str(&format!(
            "\n[service.pod]\ncpu_request = \"{}m\"\nmemory_request = \"{}\"\n",
            request.cpu.millis(),
            request.memory.bytes()
        ));
    }
    Ok(out)
}

/// Four significant digits, without an exponent.
fn rounded(value: f64) -> String {
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    format!("{rounded}")
}

/// A unique Kubernetes name for each service: its own name, with its namespace if another service has the same name.
fn names(services: &[RunningService]) -> BTreeMap<WorkloadId, String> {
    let label = |text: &str| {
        let label: String =
            text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
        label.chars().take(55).collect::<String>().trim_matches('-').to_owned()
    };
    let mut names = BTreeMap::new();
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    for service in services {
        let id = &service.id;
        let alone = services.iter().filter(|other| other.id.name == id.name).count() == 1;
        let name = if alone { label(&id.name) } else { label(&format!("{}-{}", id.namespace, id.name)) };
        let count = taken.entry(name.clone()).or_default();
        *count += 1;
        let name = if *count == 1 { name } else { format!("{name}-{count}") };
        names.insert(id.clone(), name);
    }
    names
}

/// Keeps a name from ending a comment.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
