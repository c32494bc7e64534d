//! Creates a client from a kubeconfig: files, proxy and credentials.

use std::path::Path;

use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioExecutor;
use kube::client::{AuthError, Body, ClientBuilder, ConfigExt};
use kube::config::{ExecConfig, KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use reqwest::Url;

use super::client::Access;
use super::error::{KubeError, Plugin};
use crate::inputs::files::read;
use crate::net::RetryPolicy;
use crate::net::proxy::ProxyAddress;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A configured connection to an API server.
pub(super) struct Found {
    pub(super) config: Config,
    pub(super) context: Option<String>,
    pub(super) proxy: Option<ProxyAddress>,
}

/// Uses the kubeconfig, or the pod's service account.
pub(super) async fn find(access: &Access) -> Result<Found, KubeError> {
    let Some(mut kubeconfig) = kubeconfig(access)? else {
        // kubectl in a pod sends requests to its own cluster through the proxies of the environment. These are meant
        // for addresses outside, and the cluster's own address is not one.
        let missing = access.from_environment.clone();
        let config = Config::incluster().map_err(|source| KubeError::NoCluster { missing, source })?;
        return Ok(Found { config, context: None, proxy: None });
    };
    let wrong = |source| KubeError::Kubeconfig { path: access.kubeconfig.clone(), source };
    let context = access.context.clone().or_else(|| kubeconfig.current_context.clone());
    let own = own_proxy(&mut kubeconfig, context.as_deref()).map_err(&wrong)?;
    let options = KubeConfigOptions { context: access.context.clone(), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    let mut config = config.map_err(|error| wrong(without_text(error)))?;
    trim_token(&mut config).map_err(&wrong)?;
    // As in kubectl, NO_PROXY applies to the proxies of the environment and not to the one in a kubeconfig.
    let proxy = match own {
        Some(proxy) => Some(proxy),
        None => {
            let server = config.cluster_url.to_string().parse::<Url>().ok();
            server.and_then(|server| access.proxies.of(&server).cloned())
        }
    };
    Ok(Found { config, context, proxy })
}

/// The named file, or else the existing files in `KUBECONFIG`, where the first to set a value wins, or else the file
/// in the home folder. `None` if there is none and no context was named.
fn kubeconfig(access: &Access) -> Result<Option<Kubeconfig>, KubeError> {
    let wrong = |path: Option<&Path>| {
        let path = path.map(Path::to_owned);
        move |error| KubeError::Kubeconfig { path, source: without_text(error) }
    };
    if let Some(path) = access.kubeconfig.as_deref().filter(|path| *path == Path::new("-")) {
        let text = read(path).map_err(|error| KubeError::Kubeconfig { path: None, source: error.into() })?;
        return Kubeconfig::from_yaml(&text).map(Some).map_err(wrong(Some(path)));
    }
    if let Some(path) = &access.kubeconfig {
        return Kubeconfig::read_from(path).map(Some).map_err(wrong(Some(path)));
    }
    let mut merged = None;
    if access.from_environment.is_empty() {
        match Kubeconfig::read() {
            Ok(kubeconfig) => merged = Some(kubeconfig),
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(wrong(None)(error)),
        }
    }
    for path in &access.from_environment {
        let next = match Kubeconfig::read_from(path) {
            Ok(next) => next,
            Err(error) if is_absent(&error) => continue,
            Err(error) => return Err(wrong(Some(path))(error)),
        };
        merged = Some(match merged {
            Some(first) => Kubeconfig::merge(first, next).map_err(wrong(Some(path)))?,
            None => next,
        });
    }
    match (&access.context, merged) {
        (Some(context), None) => {
            let source = format!("no kubeconfig was found, so there is no context {context}: give --kubeconfig").into();
            Err(KubeError::Kubeconfig { path: None, source })
        }
        (_, merged) => Ok(merged),
    }
}

/// The proxy of the context's cluster. It is replaced by an unused one, so that the library does not read the proxies
/// of the environment: it would use one of them even if NO_PROXY names the server.
fn own_proxy(kubeconfig: &mut Kubeconfig, context: Option<&str>) -> Result<Option<ProxyAddress>, BoxError> {
    let contexts = kubeconfig.contexts.iter().find(|named| Some(named.name.as_str()) == context);
    let Some(name) = contexts.and_then(|named| Some(named.context.as_ref()?.cluster.clone())) else { return Ok(None) };
    let cluster = kubeconfig.clusters.iter_mut().find(|named| named.name == name);
    let Some(cluster) = cluster.and_then(|named| named.cluster.as_mut()) else { return Ok(None) };
    let own = cluster.proxy_url.replace("http://unused".to_owned()).filter(|text| !text.trim().is_empty());
    Ok(own.map(|text| ProxyAddress::new(&text, &format!("proxy-url of the cluster {name}"))).transpose()?)
}

/// A token that ends in a newline is not a valid header; kubectl trims it. A token that needs no trimming is left to
/// the library, which reads it again before it expires.
fn trim_token(config: &mut Config) -> Result<(), BoxError> {
    let auth = &mut config.auth_info;
    let Some(path) = auth.token_file.as_ref().filter(|_| auth.token.is_none()) else { return Ok(()) };
    let text = read(Path::new(path))?;
    match text.trim() {
        "" => Err(format!("the token file {path} is empty").into()),
        token if token == text => Ok(()),
        token => {
            auth.token = Some(token.to_owned().into());
            Ok(())
        }
    }
}

/// A client whose connections use the proxy, if there is one.
pub(super) fn client(found: Found, retry: RetryPolicy) -> Result<Client, KubeError> {
    let Found { mut config, proxy, .. } = found;
    let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
    let plugin = config.auth_info.exec.clone();
    with_port(&mut config);
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_connect_timeout(Some(retry.connect_timeout()));
    let made = match &proxy {
        None => config.rustls_https_connector_with_connector(tcp).and_then(|tls| over(&config, tls)),
        Some(proxy) => {
            let through = Matcher::builder().all(proxy.url().as_str()).build().intercept(&config.cluster_url);
            // The proxy address was already validated to have a scheme and a host.
            let Some(through) = through else {
                return Err(KubeError::Client { server, source: format!("{proxy} is not a proxy for it").into() });
            };
            let to_proxy = through.uri().clone();
            let auth = through.basic_auth().cloned();
            match proxy.url().scheme() {
                "http" => {
                    let tunnel = auth.into_iter().fold(Tunnel::new(to_proxy, tcp), Tunnel::with_auth);
                    config.rustls_https_connector_with_connector(tunnel).and_then(|tls| over(&config, tls))
                }
                "https" => config.rustls_https_connector_with_connector(tcp).and_then(|tls| {
                    let tunnel = auth.into_iter().fold(Tunnel::new(to_proxy, tls), Tunnel::with_auth);
                    config.rustls_https_connector_with_connector(tunnel).and_then(|tls| over(&config, tls))
                }),
                _ => {
                    let mut socks = SocksV5::new(to_proxy, tcp);
                    if let Some((user, password)) = through.raw_auth() {
                        socks = socks.with_auth(user.to_owned(), password.to_owned());
                    }
                    config.rustls_https_connector_with_connector(socks).and_then(|tls| over(&config, tls))
                }
            }
        }
    };
    made.map_err(|error| without_secrets(error, server, plugin))
}

/// The layers of kube's own client without its retries, which are handled here, where the reason can be logged.
fn over(config: &Config, connector: impl Connect + Clone + Send + Sync + 'static) -> Result<Client, kube::Error> {
    let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build::<_, Body>(connector);
    let http = tower::ServiceExt::<http::Request<Body>>::map_err(http, BoxError::from);
    let client = ClientBuilder::new(http, config.default_namespace.clone()).with_layer(&config.extra_headers_layer()?);
    Ok(match config.auth_layer()? {
        Some(auth) => client.with_layer(&auth).with_layer(&config.base_uri_layer()).build(),
        None => client.with_layer(&config.base_uri_layer()).build(),
    })
}

/// SOCKS needs a port, which the address of an EKS cluster lacks.
fn with_port(config: &mut Config) {
    let url = &config.cluster_url;
    let (Some(host), None) = (url.host(), url.port()) else { return };
    let port = if url.scheme_str() == Some("http") { 80 } else { 443 };
    let mut parts = url.clone().into_parts();
    parts.authority = format!("{host}:{port}").parse().ok();
    if let Ok(url) = http::Uri::from_parts(parts) {
        config.cluster_url = url;
    }
}

/// The output of a credential plugin may be a token, and its command line contains its environment: neither is shown.
fn without_secrets(error: kube::Error, server: String, plugin: Option<ExecConfig>) -> KubeError {
    let command = plugin.as_ref().and_then(|plugin| plugin.command.clone()).unwrap_or_default();
    let hint = plugin.and_then(|plugin| plugin.install_hint).filter(|hint| !hint.trim().is_empty());
    match error {
        kube::Error::Auth(AuthError::AuthExecStart(source)) => {
            let hint = hint.filter(|_| source.kind() == std::io::ErrorKind::NotFound);
            KubeError::Plugin { command, failure: Plugin::NotStarted { hint, source } }
        }
        kube::Error::Auth(AuthError::AuthExecRun { out, .. }) => {
            let said = String::from_utf8_lossy(&out.stderr).trim().chars().take(400).collect();
            KubeError::Plugin { command, failure: Plugin::Failed { status: out.status, said } }
        }
        kube::Error::Auth(AuthError::AuthExecParse(_)) => KubeError::Plugin { command, failure: Plugin::NoCredentials },
        other => KubeError::Client { server, source: other.into() },
    }
}

/// For a file that cannot be parsed, only the position is shown: its lines contain tokens and keys, and the parser
/// would quote them.
fn without_text(error: KubeconfigError) -> BoxError {
    match error {
        KubeconfigError::Parse(error) => match error.location() {
            Some(place) => {
                format!("it is not a kubeconfig: see line {}, column {}", place.line(), place.column()).into()
            }
            None => "it is not a kubeconfig".into(),
        },
        other => other.into(),
    }
}

/// Whether there is no kubeconfig, as opposed to an invalid one.
fn is_absent(error: &KubeconfigError) -> bool {
    match error {
        KubeconfigError::FindPath => true,
        KubeconfigError::ReadConfig(source, _) => source.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}
