//! The HTTP request for a query: path, form and headers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::access::{Access, Secret};
use super::chunks::{Chunk, seconds};
use super::client::{Endpoint, When};
use super::error::PrometheusError;
use crate::net::address::has_user;

pub(super) type FormFields = Vec<(&'static str, String)>;

/// The path below the base URL, and the form that is posted. Prometheus ignores the parameters that are only for
/// Thanos (<https://thanos.io/tip/components/query.md/>): deduplicated replicas, errors about missing stores, and
/// blocks no coarser than a twelfth of the step, so that a step has enough samples for a rate. VictoriaMetrics has
/// its own parameter for missing storage nodes
/// (<https://docs.victoriametrics.com/victoriametrics/cluster-victoriametrics/#cluster-availability>).
pub(super) fn request(promql: &str, when: When) -> (&'static str, FormFields) {
    let mut form = vec![("query", promql.to_owned()), ("dedup", "true".to_owned())];
    form.push(("partial_response", "false".to_owned()));
    form.push(("deny_partial_response", "1".to_owned()));
    match when {
        When::At(moment) => {
            form.push(("time", seconds(moment)));
            ("api/v1/query", form)
        }
        When::Over(Chunk { first, last, step }) => {
            form.push(("start", seconds(first)));
            form.push(("end", seconds(last)));
            form.push(("step", step.to_string()));
            let resolution = if step >= 3600 { "5m" } else { "0s" };
            form.push(("max_source_resolution", resolution.to_owned()));
            ("api/v1/query_range", form)
        }
    }
}

/// Validates the address of a Prometheus, so that an invalid one is reported before anything else is read.
///
/// # Errors
/// [`PrometheusError::Url`] and [`PrometheusError::UserInUrl`].
pub fn check_address(text: &str) -> Result<(), PrometheusError> {
    base(text).map(|_| ())
}

pub(super) fn base(text: &str) -> Result<Url, PrometheusError> {
    let wrong = || PrometheusError::Url { url: text.to_owned() };
    // A password, or a token in its place, would be visible in process lists.
    if has_user(text) {
        return Err(PrometheusError::UserInUrl { url: text.to_owned() });
    }
    let mut url: Url = text.trim().parse().map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https")
        || !url.has_host()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err(wrong());
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/').trim_end_matches("/api/v1");
    let path = format!("{path}/");
    url.set_path(&path);
    Ok(url)
}

pub(super) fn headers(endpoint: &Endpoint) -> Result<HeaderMap, PrometheusError> {
    let Endpoint { access: Access { bearer_token, basic, headers, .. }, tenant, .. } = endpoint;
    let secret = |what, text: &str| {
        let mut value = HeaderValue::from_str(text).map_err(|e| unusable(what, e))?;
        value.set_sensitive(true);
        Ok(value)
    };
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| unusable("header name", e))?;
        map.insert(name, secret("header", value.expose())?);
    }
    if let Some(token) = bearer_token {
        map.insert(AUTHORIZATION, secret("bearer token", &format!("Bearer {}", token.expose()))?);
    }
    if let Some((user, password)) = basic {
        map.insert(AUTHORIZATION, secret("user name or password", &basic_value(user, password))?);
    }
    if let Some(tenant) = tenant {
        let value = HeaderValue::from_str(tenant).map_err(|e| unusable("tenant", e))?;
        map.insert(HeaderName::from_static("x-scope-orgid"), value);
    }
    Ok(map)
}

fn unusable(what: &'static str, source: impl std::error::Error + Send + Sync + 'static) -> PrometheusError {
    PrometheusError::Credentials { what, source: Box::new(source) }
}

/// The header value of basic authentication (RFC 7617).
fn basic_value(user: &str, password: &Secret) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_validated() {
        for (text, expected) in [
            ("http://p:9090", "http://p:9090/"),
            ("https://p/mimir/prometheus/", "https://p/mimir/prometheus/"),
            ("http://p/prefix/api/v1/?x=1#y", "http://p/prefix/"),
        ] {
            assert_eq!(base(text).unwrap().as_str(), expected);
        }
        let slip = base("prometheus:9090").unwrap_err().to_string();
        assert_eq!(slip, "`prometheus:9090` is not a URL; try --prometheus http://prometheus:9090");
        for text in ["", "p:9090", "ftp://p", "http://", "http:/u:secret@p"] {
            let error = base(text).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        for text in ["http://u:secret@p", "http://secret@p/x?token=secret", "u:secret@p:9090"] {
            let error = base(text).unwrap_err().to_string();
            assert!(error.contains("--prometheus-auth-file") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn basic_authentication_is_encoded() {
        for (user, password, expected) in [
            ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("a", "b", "Basic YTpi"),
            ("", "", "Basic Og=="),
        ] {
            let secret: Secret = serde_json::from_value(password.into()).unwrap();
            assert_eq!(basic_value(user, &secret), expected);
        }
    }

    #[test]
    fn coarse_blocks_are_only_used_for_coarse_steps() {
        let resolution = |step| {
            let (_, form) = request("up", When::Over(Chunk { first: 0, last: 1, step }));
            form.into_iter().find(|(k, _)| *k == "max_source_resolution").unwrap().1
        };
        assert_eq!((resolution(300), resolution(3600)), ("0s".to_owned(), "5m".to_owned()));
    }
}
