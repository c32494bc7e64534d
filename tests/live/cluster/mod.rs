//! A real control plane for one test: started from `tests/kit`, stopped when the value is dropped.
#![expect(clippy::disallowed_methods, reason = "tests touch the world")]

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::support::kit::{program, script};

/// A control plane, with fake nodes if requested.
pub(crate) struct Cluster {
    dir: PathBuf,
    base: u16,
    /// Lock that is held while there is a real node.
    node: Option<std::fs::File>,
}

/// Address of this machine from pods on the real node.
pub(crate) const HOST: &str = "10.244.0.1";

/// Ports of one cluster.
const PORTS: u16 = 14;

static NEXT: AtomicU16 = AtomicU16::new(0);

impl Cluster {
    /// Starts an empty cluster.
    pub(crate) fn start() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // A short path, because paths of unix sockets are limited to 107 bytes.
        let dir = std::env::temp_dir().join(format!("cm{}-{number}", std::process::id()));
        let cluster = Self { dir, base: free_ports(number), node: None };
        cluster.kit("up.sh", None, &[]);
        cluster
    }

    /// Adds fake nodes, whose pods are only marked as running.
    pub(crate) fn with_fake_nodes(self, count: u32) -> Self {
        self.add_fake_nodes(count.into());
        self
    }

    /// Adds fake nodes to a cluster that already has objects.
    pub(crate) fn add_fake_nodes(&self, count: i64) {
        self.kit("kwok-up.sh", Some(&count.to_string()), &[]);
    }

    /// Writes nodes and pods directly into etcd, as the API server would: thousands take seconds, instead of minutes
    /// with kubectl and kwok. Clients of the API server see them like any other objects.
    pub(crate) fn put(&self, objects: &[Value]) {
        // etcd's JSON API has keys and values in base64 and accepts 128 operations at once.
        let put = |object: &Value| {
            let name = |field: &str| object["metadata"][field].as_str().unwrap();
            let key = match object["kind"].as_str().unwrap() {
                "Node" => format!("/registry/minions/{}", name("name")),
                "Pod" => format!("/registry/pods/{}/{}", name("namespace"), name("name")),
                kind => panic!("it is not said where a {kind} is kept"),
            };
            let [key, value] = [key, object.to_string()].map(|it| BASE64_STANDARD.encode(it));
            json!({ "requestPut": { "key": key, "value": value } })
        };
        let etcd = format!("http://127.0.0.1:{}/v3/kv/txn", self.base + 1);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            for batch in objects.chunks(128) {
                let puts: Vec<Value> = batch.iter().map(put).collect();
                let answer = client.post(&etcd).body(json!({ "success": puts }).to_string()).send().await.unwrap();
                let status = answer.status();
                assert!(status.is_success(), "etcd answers {status}: {}", answer.text().await.unwrap());
            }
        });
    }

    /// Adds a real node, which runs the images of `images/` in this cluster's folder; its pods reach these ports of
    /// this machine at [`HOST`].
    pub(crate) fn with_node(mut self, exposed: &[u16]) -> Self {
        // A second node would take over the network of the first one.
        let lock = std::fs::File::create(std::env::temp_dir().join("capmodel-node.lock")).unwrap();
        lock.lock().unwrap();
        self.node = Some(lock);
        let exposed: Vec<String> = exposed.iter().map(u16::to_string).collect();
        let exposed = exposed.join(",");
        self.kit("node-up.sh", None, &[("EXPOSE", &exposed)]);
        self
    }

    /// Folder with all state of the cluster.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Kubeconfig of an administrator.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.dir.join("kubeconfig")
    }

    /// URL of the API server.
    pub(crate) fn server(&self) -> String {
        format!("https://127.0.0.1:{}", self.base)
    }

    /// Output of `kubectl`, which must succeed.
    pub(crate) fn kubectl(&self, args: &[&str]) -> String {
        self.kubectl_with(args, "")
    }

    /// Output of `kubectl`, whether or not it succeeds.
    pub(crate) fn kubectl_may_fail(&self, args: &[&str]) -> String {
        text(&self.kubectl_output(args, "").stdout)
    }

    /// The same with this text on its standard input.
    pub(crate) fn kubectl_with(&self, args: &[&str], input: &str) -> String {
        let output = self.kubectl_output(args, input);
        assert!(output.status.success(), "kubectl {args:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    fn kubectl_output(&self, args: &[&str], input: &str) -> Output {
        run(program("kubectl", &self.dir).arg("--kubeconfig").arg(self.kubeconfig()).args(args), input)
    }

    /// Creates or changes objects.
    pub(crate) fn apply(&self, manifest: &str) {
        self.kubectl_with(&["apply", "--server-side", "-f", "-"], manifest);
    }

    /// Waits until `done` returns true.
    pub(crate) fn wait_until(&self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        for _ in 0..600 {
            if done(self) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        panic!("no {what} after 120 s; logs are in {}", self.dir.display());
    }

    /// Kubeconfig of a new `ServiceAccount` without any permissions.
    pub(crate) fn service_account(&self, namespace: &str, name: &str) -> PathBuf {
        self.kubectl(&["-n", namespace, "create", "serviceaccount", name]);
        let token = self.kubectl(&["-n", namespace, "create", "token", name, "--duration=10m"]);
        self.kubeconfig_with_token(name, token.trim())
    }

    /// Kubeconfig with this token.
    pub(crate) fn kubeconfig_with_token(&self, name: &str, token: &str) -> PathBuf {
        let (server, ca) = (self.server(), self.dir.join("pki/ca.crt"));
        let path = self.dir.join(format!("{name}.kubeconfig"));
        let config = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: {name}\n\
             clusters: [{{name: k, cluster: {{server: '{server}', certificate-authority: '{}'}}}}]\n\
             contexts: [{{name: {name}, context: {{cluster: k, user: u}}}}]\n\
             users: [{{name: u, user: {{token: '{token}'}}}}]\n",
            ca.display()
        );
        std::fs::write(&path, config).unwrap();
        path
    }

    /// Runs a script of the kit for this cluster.
    fn kit(&self, name: &str, argument: Option<&str>, environment: &[(&str, &str)]) {
        let base = self.base.to_string();
        let arguments = [self.dir.to_str()].into_iter().chain([argument]).flatten();
        script(name, arguments, &[environment, &[("BASE", &base)]].concat());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kit");
        let end = |script: &str| {
            Command::new(kit.join(script)).arg(&self.dir).stdout(Stdio::null()).stderr(Stdio::null()).status()
        };
        if self.node.is_some() {
            let _ = end("node-down.sh");
        }
        let _ = end("down.sh");
        // The logs contain the cause of a failed test.
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

/// The tool, without environment variables that would change its behaviour.
pub(crate) fn capmodel(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_capmodel"));
    command.args(args).env_remove("KUBECONFIG").env_remove("SOURCE_DATE_EPOCH");
    run(&mut command, "")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn run(command: &mut Command, input: &str) -> Output {
    let program = command.get_program().to_owned();
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("cannot start {program:?}: {error}"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// The first sequence of free ports, starting at a number that differs between processes.
fn free_ports(number: u16) -> u16 {
    let spread = u16::try_from(std::process::id() % 700).unwrap() * PORTS;
    let candidates = (0..200).map(|step| 20_000 + (spread + (number + 5 * step) * PORTS) % 12_000);
    let all_free = |base: &u16| (*base..base + PORTS).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok());
    candidates.into_iter().find(all_free).expect("fourteen free ports in a row between 20000 and 32000")
}
