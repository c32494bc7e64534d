//! A real control plane for one test: started from `tests/kit`, ended when the value is dropped.
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

/// A control plane, with fake nodes where they are asked for.
pub(crate) struct Cluster {
    dir: PathBuf,
    base: u16,
    /// Held while there is a real node.
    node: Option<std::fs::File>,
}

/// This machine, as pods of the real node see it.
pub(crate) const HOST: &str = "10.244.0.1";

/// Ports that one cluster takes.
const PORTS: u16 = 14;

static NEXT: AtomicU16 = AtomicU16::new(0);

impl Cluster {
    /// An empty cluster.
    pub(crate) fn start() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // Short, as paths of unix sockets end at 107 bytes.
        let dir = std::env::temp_dir().join(format!("cm{}-{number}", std::process::id()));
        let cluster = Self { dir, base: free_ports(number), node: None };
        cluster.kit("up.sh", None, &[]);
        cluster
    }

    /// Adds nodes that only seem to run pods.
    pub(crate) fn with_fake_nodes(self, count: u32) -> Self {
        self.add_fake_nodes(count.into());
        self
    }

    /// The same, to a cluster that has something else already.
    pub(crate) fn add_fake_nodes(&self, count: i64) {
        self.kit("kwok-up.sh", Some(&count.to_string()), &[]);
    }

    /// Puts nodes and pods where the API server keeps them, as it would: thousands in seconds, where kubectl and kwok take
    /// minutes. Whoever asks the API server gets them like any other.
    pub(crate) fn put(&self, objects: &[Value]) {
        // etcd's JSON has keys and values in base64 and takes 128 operations at once.
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

    /// Adds a real node, which runs the images of `images/` in this cluster's folder; its pods reach those ports of this
    /// machine at [`HOST`].
    pub(crate) fn with_node(mut self, exposed: &[u16]) -> Self {
        // A second one would take the first one's network.
        let lock = std::fs::File::create(std::env::temp_dir().join("capmodel-node.lock")).unwrap();
        lock.lock().unwrap();
        self.node = Some(lock);
        let exposed: Vec<String> = exposed.iter().map(u16::to_string).collect();
        let exposed = exposed.join(",");
        self.kit("node-up.sh", None, &[("EXPOSE", &exposed)]);
        self
    }

    /// The folder with all its state.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// An administrator's kubeconfig.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.dir.join("kubeconfig")
    }

    /// The address of the API server.
    pub(crate) fn server(&self) -> String {
        format!("https://127.0.0.1:{}", self.base)
    }

    /// What `kubectl` prints.
    pub(crate) fn kubectl(&self, args: &[&str]) -> String {
        self.kubectl_with(args, "")
    }

    /// What `kubectl` prints, whether or not it is content.
    pub(crate) fn kubectl_may_fail(&self, args: &[&str]) -> String {
        text(&self.kubectl_output(args, "").stdout)
    }

    /// The same, with a text on its standard input.
    pub(crate) fn kubectl_with(&self, args: &[&str], input: &str) -> String {
        let output = self.kubectl_output(args, input);
        assert!(output.status.success(), "kubectl {args:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    fn kubectl_output(&self, args: &[&str], input: &str) -> Output {
        run(program("kubectl", &self.dir).arg("--kubeconfig").arg(self.kubeconfig()).args(args), input)
    }

    /// Makes or changes objects.
    pub(crate) fn apply(&self, manifest: &str) {
        self.kubectl_with(&["apply", "--server-side", "-f", "-"], manifest);
    }

    /// Waits until `done` says so.
    pub(crate) fn wait_until(&self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        for _ in 0..600 {
            if done(self) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        panic!("no {what} after 120 s; logs are in {}", self.dir.display());
    }

    /// A kubeconfig of a fresh `ServiceAccount` that may do nothing yet.
    pub(crate) fn service_account(&self, namespace: &str, name: &str) -> PathBuf {
        self.kubectl(&["-n", namespace, "create", "serviceaccount", name]);
        let token = self.kubectl(&["-n", namespace, "create", "token", name, "--duration=10m"]);
        self.kubeconfig_with_token(name, token.trim())
    }

    /// A kubeconfig with a given token.
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
        // What a failed test was about is in the logs.
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

/// The tool itself, with nothing of the environment that would change what it does.
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

/// The first run of free ports, from a place that differs between processes.
fn free_ports(number: u16) -> u16 {
    let spread = u16::try_from(std::process::id() % 700).unwrap() * PORTS;
    let candidates = (0..200).map(|step| 20_000 + (spread + (number + 5 * step) * PORTS) % 12_000);
    let all_free = |base: &u16| (*base..base + PORTS).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok());
    candidates.into_iter().find(all_free).expect("fourteen free ports in a row between 20000 and 32000")
}
