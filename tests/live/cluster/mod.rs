//! A real control plane for one test: started from `tests/kit`, ended when the value is dropped.
#![expect(clippy::disallowed_methods, reason = "tests touch the world")]

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

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
        cluster.kit("up.sh", &[]);
        cluster
    }

    /// Adds nodes that only seem to run pods.
    pub(crate) fn with_fake_nodes(self, count: u32) -> Self {
        self.add_fake_nodes(count);
        self
    }

    /// The same for a cluster that is there already.
    pub(crate) fn add_fake_nodes(&self, count: u32) {
        self.kit("kwok-up.sh", &[&count.to_string()]);
    }

    /// Makes many pods, several at once, as kubectl makes one after the other.
    pub(crate) fn create_pods(&self, count: usize, pod: impl Fn(usize) -> serde_json::Value) {
        const AT_ONCE: usize = 16;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let config = kube::config::Kubeconfig::read_from(self.kubeconfig()).unwrap();
            let config = kube::Config::from_custom_kubeconfig(config, &Default::default()).await.unwrap();
            let client = kube::Client::try_from(config).unwrap();
            let mut tasks = tokio::task::JoinSet::new();
            for first in 0..AT_ONCE {
                let pods: Vec<k8s_openapi::api::core::v1::Pod> =
                    (first..count).step_by(AT_ONCE).map(|i| serde_json::from_value(pod(i)).unwrap()).collect();
                let api = kube::Api::default_namespaced(client.clone());
                tasks.spawn(async move {
                    for pod in pods {
                        api.create(&Default::default(), &pod).await.unwrap();
                    }
                });
            }
            while let Some(task) = tasks.join_next().await {
                task.unwrap();
            }
        });
    }

    /// Adds a real node, which runs the images of `images/` in this cluster's folder; its pods reach that port of this
    /// machine at [`HOST`].
    pub(crate) fn with_node(mut self, exposed: u16) -> Self {
        // A second one would take the first one's network.
        let lock = std::fs::File::create(std::env::temp_dir().join("capmodel-node.lock")).unwrap();
        lock.lock().unwrap();
        self.node = Some(lock);
        let exposed = exposed.to_string();
        self.kit_with("node-up.sh", &[], &[("EXPOSE", &exposed)]);
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
        let mut command = Command::new(parts().join("kubectl"));
        text(&run(command.arg("--kubeconfig").arg(self.kubeconfig()).args(args), "").stdout)
    }

    /// The same, with a text on its standard input.
    pub(crate) fn kubectl_with(&self, args: &[&str], input: &str) -> String {
        let mut command = Command::new(parts().join("kubectl"));
        command.arg("--kubeconfig").arg(self.kubeconfig()).args(args);
        let output = run(&mut command, input);
        assert!(output.status.success(), "kubectl {args:?}: {}", text(&output.stderr));
        text(&output.stdout)
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

    fn kit(&self, script: &str, args: &[&str]) {
        self.kit_with(script, args, &[]);
    }

    fn kit_with(&self, script: &str, args: &[&str], environment: &[(&str, &str)]) {
        let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kit");
        let mut command = Command::new(kit.join(script));
        command.arg(&self.dir).args(args).env("BASE", self.base.to_string());
        command.envs(environment.iter().copied());
        let output = run(&mut command, "");
        let said = [text(&output.stdout), text(&output.stderr)].concat();
        assert!(output.status.success(), "tests/kit/{script} failed; tests/kit/README.md says what it needs:\n{said}");
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

/// A program of the kit, built where it is missing.
pub(crate) fn part(name: &str) -> PathBuf {
    let path = parts().join(name);
    if !path.exists() {
        let mut build = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kit/build.sh"));
        let output = run(build.arg(name), "");
        assert!(output.status.success(), "tests/kit/build.sh {name}: {}", text(&output.stderr));
    }
    path
}

/// The folder of the built parts, as `tests/kit/lib.sh` has it.
fn parts() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/capmodel/kit");
    std::env::var_os("CAPMODEL_KIT").map_or_else(home, PathBuf::from)
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
