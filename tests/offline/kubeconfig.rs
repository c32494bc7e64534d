//! Errors of a kubeconfig are reported once, immediately, and without secrets.

use std::path::{Path, PathBuf};

use crate::support::api::{healthy, serve};
use crate::support::binary::capmodel;
use crate::support::server::{Reply, Server};
use crate::support::tls::Tls;

/// A folder with a kubeconfig that has this cluster and this user.
pub(crate) struct Config {
    folder: tempfile::TempDir,
}

impl Config {
    pub(crate) fn new(cluster: &str, user: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "{{apiVersion: v1, kind: Config, current-context: c, clusters: [{{name: k, cluster: {{{cluster}}}}}], \
             contexts: [{{name: c, context: {{cluster: k, user: u}}}}], users: [{{name: u, user: {{{user}}}}}]}}"
        );
        std::fs::write(folder.path().join("config"), text).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    fn with_file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.folder.path().join(name), text).unwrap();
        self
    }
}

/// Exit code and stderr of `capmodel snapshot` with these environment variables.
pub(crate) fn snapshot(arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("s.snapshot");
    let all = [&["snapshot", "-o", into.to_str().unwrap()], arguments].concat();
    let output = capmodel(&all).envs(environment.iter().copied()).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

pub(crate) fn snapshot_of(config: &Config, environment: &[(&str, &str)]) -> (i32, String) {
    snapshot(&["--kubeconfig", config.path().to_str().unwrap()], environment)
}

/// An API server with a certificate.
pub(crate) fn api(tls: &Tls) -> Server {
    Server::answering(Some(tls), |_, request| {
        let reply = healthy(request.head.split(' ').nth(1).unwrap());
        Reply::Http(reply.status, "", Box::leak(reply.body.into_boxed_str()))
    })
}

/// Like kubectl (client-go's `cachingTokenSource` trims the content).
#[test]
fn a_token_file_may_end_in_a_newline() {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = seen.clone();
    let server = Server::answering(None, move |_, request| {
        let token = request.head.lines().find(|line| line.starts_with("authorization:")).unwrap().to_owned();
        log.lock().unwrap().push(token);
        let reply = healthy(request.head.split(' ').nth(1).unwrap());
        Reply::Http(reply.status, "", Box::leak(reply.body.into_boxed_str()))
    });
    for text in ["s3cret", "s3cret\n", " s3cret\r\n\n"] {
        let config = Config::new(&format!("server: '{}'", server.url), "tokenFile: token").with_file("token", text);
        let (code, said) = snapshot_of(&config, &[]);
        assert_eq!(code, 0, "{said}");
    }
    let seen = seen.lock().unwrap();
    assert!(!seen.is_empty() && seen.iter().all(|line| line == "authorization: bearer s3cret"), "{seen:?}");
    // Words that cannot be part of the name of a temporary folder.
    for (file, part) in [("", "the token file"), ("wombat\nquagga", "with this kubeconfig")] {
        let config = Config::new(&format!("server: '{}'", server.url), "tokenFile: token").with_file("token", file);
        let (code, said) = snapshot_of(&config, &[]);
        assert!(code != 0 && said.contains(part), "{said}");
        assert!(["retrying in", "wombat", "quagga"].iter().all(|unwanted| !said.contains(unwanted)), "{said}");
    }
}

/// `KUBECONFIG` as in kubectl: missing files are skipped, and the first file that sets a value takes precedence
/// (<https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files>).
#[test]
fn missing_files_in_the_environment_variable_are_skipped() {
    let server = serve(|path, _| healthy(path));
    let right = Config::new(&format!("server: '{server}'"), "token: t");
    let second = Config::new("server: 'http://127.0.0.1:1'", "token: t");
    let list = |paths: &[&Path]| std::env::join_paths(paths).unwrap().into_string().unwrap();
    let missing = Path::new("/nonexistent/config");
    for paths in [list(&[&right.path(), missing, &second.path()]), list(&[missing, &right.path()])] {
        let (code, said) = snapshot(&[], &[("KUBECONFIG", &paths)]);
        assert_eq!(code, 0, "{said}");
    }
    let (code, said) = snapshot(&[], &[("KUBECONFIG", "/nonexistent/a:/nonexistent/b")]);
    assert!(code == 4 && said.contains("does not exist: /nonexistent/a, /nonexistent/b"), "{said}");
    let (code, said) = snapshot(&["--context", "c"], &[("KUBECONFIG", "/nonexistent/a")]);
    assert!(code == 3 && said.contains("no context c"), "{said}");
    // A file given with `--kubeconfig` must exist.
    assert_eq!(snapshot(&["--kubeconfig", "/nonexistent/a"], &[]).0, 3);
    let broken = Config::new("server: 'http://127.0.0.1:1'", "token: t").with_file("config", "token: [s3cret");
    let (code, said) = snapshot(&[], &[("KUBECONFIG", &list(&[&right.path(), &broken.path()]))]);
    assert!(code == 3 && said.contains(broken.path().to_str().unwrap()) && !said.contains("s3cret"), "{said}");
}

#[test]
fn a_credential_plugin_that_fails_is_named() {
    let of = |command: &str, more: &str| {
        let user = format!("exec: {{apiVersion: client.authentication.k8s.io/v1, command: {command}, {more}}}");
        snapshot_of(&Config::new("server: 'https://127.0.0.1:1'", &user), &[("PATH", "/usr/bin:/bin")])
    };
    let (code, said) = of("no-such-login", "installHint: 'brew install no-such-login'");
    assert!(code == 4 && said.contains("credential plugin no-such-login is not installed"), "{said}");
    assert!(said.contains("brew install no-such-login") && !said.contains("retrying in"), "{said}");
    let quiet = "interactiveMode: Never, env: [{name: PASSWORD, value: S3CRET}], args: [-c, 'echo S3CRET; echo expired >&2; exit 3']";
    let (code, said) = of("sh", quiet);
    assert!(
        code == 4 && said.contains("credential plugin sh failed") && said.contains("exit status: 3): expired"),
        "{said}"
    );
    assert!(!said.contains("S3CRET"), "{said}");
    let (code, said) = of("echo", "interactiveMode: Never, args: [S3CRET]");
    assert!(code == 4 && said.contains("does not print an ExecCredential") && !said.contains("S3CRET"), "{said}");
}

#[test]
fn untrusted_certificates_are_reported_once() {
    let (tls, other, expired) = (Tls::new(), Tls::new(), Tls::expired());
    let (good, late) = (api(&tls), api(&expired));
    let of = |server: &str, authority: Option<&Tls>| {
        let authority = authority
            .map_or_else(String::new, |tls| format!(", certificate-authority: '{}'", tls.authority().display()));
        snapshot_of(&Config::new(&format!("server: '{server}'{authority}"), "token: t"), &[])
    };
    assert_eq!(of(&good.url, Some(&tls)).0, 0);
    let localhost = good.url.replace("127.0.0.1", "localhost");
    // The response of Go servers to TLS on a plain HTTP port.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let plain = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.0 400 Bad Request\r\n\r\n");
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
        }
    });
    for ((code, said), part) in [
        (of(&good.url, Some(&other)), "signed by an untrusted authority; the certificate-authority"),
        (of(&good.url, None), "signed by an untrusted authority"),
        (of(&late.url, Some(&expired)), "its certificate expired at 20"),
        (of(&localhost, Some(&tls)), "not for localhost, but for"),
        (of(&plain, Some(&tls)), "does not use TLS"),
    ] {
        assert!(code == 4 && said.contains(part) && !said.contains("retrying in"), "{part}: {said}");
    }
}
