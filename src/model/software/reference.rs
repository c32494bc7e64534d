//! Parses image references.

/// The default registry (<https://github.com/distribution/reference>).
const DEFAULT_REGISTRY: &str = "docker.io";

/// The default tag.
const DEFAULT_TAG: &str = "latest";

/// An image reference, completed as container runtimes do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageReference {
    /// Registry and path, for example `docker.io/library/python`.
    pub repository: String,
    /// Tag; `latest` if neither a tag nor a digest is given.
    pub tag: Option<String>,
    /// Digest, `sha256:…`.
    pub digest: Option<String>,
}

impl ImageReference {
    /// Parses a name from a pod, a node's image list or a container's status.
    pub fn new(text: &str) -> Self {
        // Docker's shim prefixed pulled images like this.
        let text = text.strip_prefix("docker-pullable://").or_else(|| text.strip_prefix("docker://")).unwrap_or(text);
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (text, None),
        };
        // A colon before the last slash belongs to a port.
        let path = rest.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match rest[path..].split_once(':') {
            Some((last, tag)) => (&rest[..path + last.len()], Some(tag.to_owned())),
            None => (rest, None),
        };
        let tag = tag.or_else(|| digest.is_none().then(|| DEFAULT_TAG.to_owned()));
        Self { repository: with_registry(name), tag, digest }
    }

    /// The name to look up: by digest, which identifies one image, if there is one.
    pub fn full(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => format!("{}@{digest}", self.repository),
            (None, Some(tag)) => format!("{}:{tag}", self.repository),
            (None, None) => self.repository.clone(),
        }
    }
}

/// The first part of a path is a registry if it looks like a host name.
fn with_registry(name: &str) -> String {
    let is_host = |first: &str| first.contains(['.', ':']) || first == "localhost";
    match name.split_once('/') {
        Some((first, path)) if is_host(first) => {
            let first = if first == "index.docker.io" { DEFAULT_REGISTRY } else { first };
            let library = if first == DEFAULT_REGISTRY && !path.contains('/') { "library/" } else { "" };
            format!("{first}/{library}{path}")
        }
        Some(_) => format!("{DEFAULT_REGISTRY}/{name}"),
        None => format!("{DEFAULT_REGISTRY}/library/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_references_are_completed() {
        for (text, full) in [
            ("python", "docker.io/library/python:latest"),
            ("python:3.12-slim", "docker.io/library/python:3.12-slim"),
            ("docker.io/python", "docker.io/library/python:latest"),
            ("index.docker.io/library/python:3", "docker.io/library/python:3"),
            ("tiangolo/uvicorn-gunicorn-fastapi", "docker.io/tiangolo/uvicorn-gunicorn-fastapi:latest"),
            ("registry.example:5000/shop/web", "registry.example:5000/shop/web:latest"),
            ("localhost/web:1", "localhost/web:1"),
            ("registry.example/shop/web:1@sha256:ab", "registry.example/shop/web@sha256:ab"),
            ("docker-pullable://nginx@sha256:cd", "docker.io/library/nginx@sha256:cd"),
        ] {
            assert_eq!(ImageReference::new(text).full(), full, "{text}");
        }
    }
}
