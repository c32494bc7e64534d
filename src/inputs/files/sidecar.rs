//! Reads sidecars: `profiles/sidecars/*.toml` and files of the same schema.

use serde::Deserialize;

use super::text::Text;
use super::{FileError, Source, load};
use crate::model::runtime::{PodResources, Sidecar};
use crate::units::{Bytes, CpuMillis, Seconds};

const BUILT_IN: &[(&str, &str)] = &[("istio", include_str!("../../../profiles/sidecars/istio.toml"))];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    title: String,
    cpu_request: Text<CpuMillis>,
    memory_request: Text<Bytes>,
    cpu_limit: Option<Text<CpuMillis>>,
    memory_limit: Option<Text<Bytes>>,
    cpu_per_request: Text<Seconds>,
    memory: Text<Bytes>,
    latency_mean: Text<Seconds>,
    latency_p99: Text<Seconds>,
    image_size: Text<Bytes>,
    start: Text<Seconds>,
    source: String,
}

/// Names of the built-in sidecars.
pub fn sidecar_names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// A built-in sidecar by name, or from a file by path.
///
/// # Errors
/// [`FileError`] if neither exists, or if it is invalid.
pub fn find_sidecar(name: &str) -> Result<Sidecar, FileError> {
    let Source { label, text } = load("sidecar", BUILT_IN, name)?;
    let invalid = |message: String| FileError::Invalid { label: label.clone(), wanted: "sidecar", message };
    let file: File = toml::from_str(&text).map_err(|e| invalid(e.to_string().trim_end().to_owned()))?;
    let resources = PodResources {
        cpu_request: file.cpu_request.0,
        memory_request: file.memory_request.0,
        cpu_limit: file.cpu_limit.map(|limit| limit.0),
        memory_limit: file.memory_limit.map(|limit| limit.0),
    };
    resources.check().map_err(invalid)?;
    Ok(Sidecar {
        name: file.name,
        title: file.title,
        resources,
        cpu_per_request: file.cpu_per_request.0.seconds(),
        memory: file.memory.0,
        latency_mean: file.latency_mean.0.seconds(),
        latency_p99: file.latency_p99.0.seconds(),
        image_size: file.image_size.0,
        start: file.start.0.seconds(),
        source: file.source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_sidecars_are_valid() {
        assert_eq!(find_sidecar("istio").unwrap().resources.cpu_request, CpuMillis::from_millis(100));
        assert!(find_sidecar("isto").unwrap_err().to_string().contains("did you mean istio?"));
    }
}
