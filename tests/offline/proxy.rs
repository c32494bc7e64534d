//! Proxies: those of a kubeconfig are used as by kubectl, those of the environment as by Go programs.

use super::kubeconfig::{Config, api, snapshot_of};
use crate::support::api::{healthy, serve};
use crate::support::binary::capmodel;
use crate::support::proxy::{Proxy, Speaks};
use crate::support::server::{OK, Server};
use crate::support::tls::Tls;

/// A kubeconfig whose cluster has a name that no DNS server resolves, with additional keys.
fn config(tls: &Tls, more: &str) -> Config {
    let authority = tls.authority();
    let cluster =
        format!("server: 'https://api.cluster.example', certificate-authority: '{}'{more}", authority.display());
    Config::new(&cluster, "token: t")
}

#[test]
fn the_proxy_of_a_kubeconfig_is_used() {
    let tls = Tls::new();
    let server = api(&tls);
    for (scheme, user, speaks) in [
        ("http", "", Speaks::Http(None)),
        ("http", "u:p%40ss@", Speaks::Http(Some("u:p@ss"))),
        ("socks5", "", Speaks::Socks5(None)),
        ("socks5", "u:p%40ss@", Speaks::Socks5(Some("u:p@ss"))),
    ] {
        let proxy = Proxy::start(speaks, &server.url);
        let config = config(&tls, &format!(", proxy-url: '{scheme}://{user}{}'", proxy.address));
        // NO_PROXY does not apply to the proxy of a kubeconfig, which replaces that of the environment.
        let environment = [("NO_PROXY", "*"), ("HTTPS_PROXY", "http://127.0.0.1:1")];
        let (code, said) = snapshot_of(&config, &environment);
        assert_eq!((code, proxy.destinations()), (0, vec!["api.cluster.example:443".to_owned()]), "{scheme} {said}");
    }
}

#[test]
fn proxies_and_exceptions_in_the_environment_are_used() {
    let tls = Tls::new();
    let server = api(&tls);
    for scheme in ["", "http://", "socks5://", "socks5h://"] {
        let speaks = if scheme.starts_with("socks") { Speaks::Socks5(None) } else { Speaks::Http(None) };
        let proxy = Proxy::start(speaks, &server.url);
        let address = format!("{scheme}{}", proxy.address);
        for variable in ["HTTPS_PROXY", "https_proxy"] {
            let (code, said) =
                snapshot_of(&config(&tls, ""), &[(variable, &address), ("NO_PROXY", "other.example, 10.0.0.0/8")]);
            assert_eq!(code, 0, "{variable}={address}: {said}");
        }
        assert_eq!(proxy.destinations(), ["api.cluster.example:443"]);
    }
    // Loopback addresses and the hosts in NO_PROXY are reached without a proxy.
    let local = Config::new(&format!("server: '{}'", serve(|path, _| healthy(path))), "token: t");
    for variable in ["HTTP_PROXY", "HTTPS_PROXY"] {
        let (code, said) = snapshot_of(&local, &[(variable, "http://u:S3CRET@127.0.0.1:1")]);
        assert_eq!(code, 0, "{said}");
    }
    let proxy = Proxy::start(Speaks::Http(None), &server.url);
    let config = config(&tls, "");
    let output = capmodel(&["check", "--kubeconfig", config.path().to_str().unwrap(), "--format", "json"])
        .envs([("HTTPS_PROXY", proxy.address.as_str()), ("NO_PROXY", ".cluster.example")])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("https://api.cluster.example does not respond") && proxy.times() == 0, "{said}");
}

#[test]
fn proxy_errors_are_reported_without_the_password() {
    let tls = Tls::new();
    let proxy = Proxy::start(Speaks::Http(Some("u:other")), &api(&tls).url);
    let config_of = |url: &str| config(&tls, &format!(", proxy-url: '{url}'"));
    let (code, said) = snapshot_of(&config_of(&format!("http://u:S3CRET@{}", proxy.address)), &[]);
    let wanted = format!("through the proxy http://{}: the proxy requires authentication", proxy.address);
    assert!(code == 4 && said.contains(&wanted) && !said.contains("S3CRET"), "{said}");
    assert_eq!(proxy.times(), 1, "asked again");
    let socks = Proxy::start(Speaks::Socks5(Some("u:other")), &api(&tls).url);
    let (code, said) = snapshot_of(&config_of(&format!("socks5://u:S3CRET@{}", socks.address)), &[]);
    assert!(code == 4 && said.contains("the proxy requires authentication") && !said.contains("S3CRET"), "{said}");
    assert!(!said.contains("retrying in"), "{said}");
    let (code, said) = snapshot_of(&config_of("ftp://u:S3CRET@p"), &[]);
    assert!(code == 3 && said.contains("proxy-url of the cluster k is not a proxy URL"), "{said}");
    assert!(!said.contains("S3CRET"), "{said}");
    let (code, said) = snapshot_of(&config(&tls, ""), &[("HTTPS_PROXY", "ftp://u:S3CRET@p")]);
    assert!(code == 2 && said.contains("HTTPS_PROXY is not a proxy URL") && !said.contains("S3CRET"), "{said}");
    // No server is listening: the error names the proxy.
    let config = config_of("http://u:S3CRET@127.0.0.1:1");
    let output = capmodel(&["check", "--kubeconfig", config.path().to_str().unwrap(), "--format", "json"]).output();
    let said = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(
        said.contains("through the proxy http://127.0.0.1:1 does not respond") && !said.contains("S3CRET"),
        "{said}"
    );
}

#[test]
fn prometheus_and_webhooks_use_the_same_proxies() {
    let server = Server::start(&[OK]);
    let proxy = Proxy::start(Speaks::Http(None), &server.url);
    let environment =
        |no: &'static str| [("HTTP_PROXY", format!("http://{}", proxy.address)), ("NO_PROXY", no.to_owned())];
    let flags = ["report", "fixtures/report/small.json", "--prices", "fixtures/report/prices.csv"];
    let deliver = ["--deliver", "http://hooks.example/S3CRET"];
    capmodel(&[&flags[..], &deliver[..]].concat()).envs(environment("")).assert().success();
    assert_eq!(proxy.destinations(), ["http://hooks.example/S3CRET"]);
    let check = ["check", "--prometheus", "http://prometheus.example:9090/x"];
    capmodel(&check).envs(environment("")).assert().code(4);
    assert!(proxy.destinations().contains(&"http://prometheus.example:9090/x/api/v1/query".to_owned()));
    let times = proxy.times();
    capmodel(&check).envs(environment("prometheus.example:9090")).assert().code(4);
    capmodel(&["check", "--prometheus", &server.url]).envs(environment("")).assert().code(4);
    assert_eq!(proxy.times(), times);
}
