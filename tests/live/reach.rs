//! A real API server is reached like with kubectl: through proxies, and with a token from a file.

use std::path::PathBuf;

use crate::cluster::{Cluster, capmodel, text};
use crate::support::kit::program;
use crate::support::proxy::{Proxy, Speaks};

#[test]
fn every_kubeconfig_that_kubectl_accepts_is_accepted() {
    let cluster = Cluster::start();
    cluster.kubectl(&["-n", "default", "create", "serviceaccount", "reader"]);
    cluster.kubectl(&["create", "clusterrolebinding", "r", "--clusterrole=view", "--serviceaccount=default:reader"]);
    cluster.kubectl(&["create", "clusterrole", "nodes", "--verb=list", "--resource=nodes,namespaces"]);
    cluster.kubectl(&["create", "clusterrolebinding", "n", "--clusterrole=nodes", "--serviceaccount=default:reader"]);
    let token = cluster.kubectl(&["-n", "default", "create", "token", "reader", "--duration=10m"]);
    std::fs::write(cluster.dir().join("token"), format!("{}\n", token.trim())).unwrap();
    for (scheme, user, speaks) in [
        ("http", "", Speaks::Http(None)),
        ("http", "u:p%40ss@", Speaks::Http(Some("u:p@ss"))),
        ("socks5", "", Speaks::Socks5(None)),
        ("socks5", "u:p%40ss@", Speaks::Socks5(Some("u:p@ss"))),
    ] {
        let proxy = Proxy::start(speaks, &cluster.server());
        let config = config(&cluster, &format!("{scheme}://{user}{}", proxy.address));
        let config = config.to_str().unwrap();
        let output = program("kubectl", cluster.dir()).args(["--kubeconfig", config, "get", "nodes"]).output().unwrap();
        assert!(output.status.success(), "kubectl, {scheme}: {}", text(&output.stderr));
        let by_kubectl = proxy.times();
        assert!(by_kubectl > 0);
        let file = cluster.dir().join("s.snapshot");
        let output = capmodel(&["snapshot", "-q", "--kubeconfig", config, "-o", file.to_str().unwrap()]);
        assert!(output.status.success(), "{scheme}: {}", text(&output.stderr));
        assert!(proxy.times() > by_kubectl, "{scheme}: not through the proxy");
        assert_eq!(proxy.destinations(), [cluster.server().replace("https://", "")]);
    }
}

fn config(cluster: &Cluster, proxy: &str) -> PathBuf {
    let path = cluster.dir().join("proxied");
    let (server, folder) = (cluster.server(), cluster.dir().display());
    let config = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
         clusters: [{{name: k, cluster: {{server: '{server}', certificate-authority: '{folder}/pki/ca.crt', proxy-url: '{proxy}'}}}}]\n\
         contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n\
         users: [{{name: u, user: {{tokenFile: '{folder}/token'}}}}]\n"
    );
    std::fs::write(&path, config).unwrap();
    path
}
