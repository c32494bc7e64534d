//! Reading a large cluster, against the same HTTP client that downloads the same pages and throws them away.
//!
//! `cargo bench --bench snapshot` starts a paging server of 1,000 nodes and 30,000 pods as a process of its own, then each
//! reader as a process of its own, so that each peak of memory is the reader's alone. It prints times, their ratio and the
//! peaks; nothing here fails by a time.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark touches the world"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use capmodel::inputs::kube::{Access, Api, Keep, Patience, RESOURCES, Wanted, read_snapshot};
use capmodel::outputs;
use capmodel::units::Timestamp;
use http_body_util::BodyExt;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

const NODES: usize = 1_000;
const PODS: usize = 30_000;
const PAGE: usize = 500;
/// Pods of one workload.
const REPLICAS: usize = 20;
/// Odd, so that the median is one of them.
const ROUNDS: usize = 7;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    match args.get(1).map(String::as_str) {
        Some("--serve") => serve(),
        Some("--discard") => measure(|| discard(&args[2])),
        Some("--read") => measure(|| read(&args[2], None)),
        Some("--write") => measure(|| read(&args[2], Some(Path::new(&args[3])))),
        _ => compare(),
    }
}

fn compare() {
    let me = std::env::current_exe().unwrap();
    let mut server = Command::new(&me).arg("--serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut address = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut address).unwrap();
    let address = address.trim();
    let file = std::env::temp_dir().join(format!("capmodel-bench-{}", std::process::id()));
    let mut results: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    // In turn, so that what else the machine does falls on all alike.
    for _ in 0..ROUNDS {
        for mode in ["--discard", "--read", "--write"] {
            let output = Command::new(&me).args([mode, address]).arg(&file).output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let mut numbers = text.split_whitespace().map(|n| n.parse::<f64>().unwrap());
            results.entry(mode).or_default().push((numbers.next().unwrap(), numbers.next().unwrap()));
        }
    }
    drop(server.stdin.take());
    server.wait().unwrap();
    let size = std::fs::metadata(&file).unwrap().len();
    std::fs::remove_file(&file).unwrap();
    let median = |mode: &str| {
        let mut seconds: Vec<f64> = results[mode].iter().map(|(seconds, _)| *seconds).collect();
        seconds.sort_by(f64::total_cmp);
        seconds[ROUNDS / 2]
    };
    let peak = |mode: &str| results[mode].iter().map(|(_, mib)| *mib).fold(0.0, f64::max);
    println!("{NODES} nodes, {PODS} pods, pages of {PAGE}; median of {ROUNDS} rounds");
    for (mode, name) in [("--discard", "download only"), ("--read", "read"), ("--write", "read and write the file")] {
        let ratio = median(mode) / median("--discard");
        println!("{name:24} {:7.3} s  {ratio:4.2}x  peak {:5.1} MiB", median(mode), peak(mode));
    }
    println!("the file has {size} bytes");
}

/// Prints seconds and the peak of resident memory in MiB.
fn measure(work: impl FnOnce()) {
    let start = Instant::now();
    work();
    let seconds = start.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: f64 = peak.split_whitespace().next().unwrap().parse().unwrap();
    println!("{seconds} {}", kib / 1024.0);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn read(server: &str, file: Option<&Path>) {
    let access = Access { kubeconfig: Some(kubeconfig(server)), ..Access::default() };
    let (namespaces, keep, cluster_name) = Default::default();
    let wanted = Wanted {
        namespaces,
        keep: Keep { ..keep },
        cluster_name,
        spot_labels: Vec::new(),
        taken_at: Timestamp::UNIX_EPOCH,
    };
    let snapshot = runtime().block_on(async {
        let api = Api::connect(&access, Patience::default()).await.unwrap();
        read_snapshot(&api, &wanted, &|_| ()).await.unwrap()
    });
    assert_eq!((snapshot.nodes.len(), snapshot.pods.len()), (NODES, PODS));
    if let Some(file) = file {
        outputs::write_atomically(file, &outputs::snapshot(&snapshot).unwrap()).unwrap();
    }
}

/// The same requests with the same client; every byte is received and none is kept.
fn discard(server: &str) {
    let access = kube::config::Kubeconfig::read_from(kubeconfig(server)).unwrap();
    runtime().block_on(async {
        let config =
            kube::Config::from_custom_kubeconfig(access, &kube::config::KubeConfigOptions::default()).await.unwrap();
        let client = kube::Client::try_from(config).unwrap();
        let mut bytes = 0;
        for resource in RESOURCES {
            let mut next = String::new();
            loop {
                let path = format!("{}?limit={PAGE}{next}", resource.path(None));
                let request = http::Request::get(path).body(kube::client::Body::empty()).unwrap();
                let mut body = client.send(request).await.unwrap().into_body();
                let mut head = Vec::new();
                while let Some(frame) = body.frame().await {
                    let data = frame.unwrap().into_data().unwrap_or_default();
                    bytes += data.len();
                    if head.len() < 400 {
                        head.extend_from_slice(&data[..data.len().min(400)]);
                    }
                }
                let head = String::from_utf8_lossy(&head);
                let Some((_, token)) = head.split_once(r#""continue":""#) else { break };
                next = format!("&continue={}", token.split('"').next().unwrap());
            }
        }
        // Less would be another download than the reader's.
        assert!(bytes > PODS * POD.len() && bytes > 100 << 20, "only {bytes} bytes");
    });
}

fn kubeconfig(server: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("capmodel-bench-{}.kubeconfig", std::process::id()));
    let config = format!(
        "{{apiVersion: v1, kind: Config, current-context: c, clusters: [{{name: k, cluster: {{server: '{server}', certificate-authority: '{}'}}}}], \
         contexts: [{{name: c, context: {{cluster: k, user: u}}}}], users: [{{name: u, user: {{token: t}}}}]}}",
        pki().join("crt").display()
    );
    std::fs::write(&path, config).unwrap();
    path
}

fn serve() {
    let pages: Arc<BTreeMap<String, Vec<u8>>> = Arc::new(
        [pages("/api/v1/nodes", "NodeList", NODES, node), pages("/api/v1/pods", "PodList", PODS, pod)]
            .into_iter()
            .flatten()
            .collect(),
    );
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = tls();
    println!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (pages, config) = (pages.clone(), config.clone());
            std::thread::spawn(move || talk(stream, config, &pages));
        }
    });
    // Until whoever started it has ended, in whatever way.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// A certificate of its own, and that certificate as the authority, in a folder that the readers know.
fn tls() -> Arc<rustls::ServerConfig> {
    let [key, cert] = ["key", "crt"].map(|end| pki().join(end));
    std::fs::create_dir_all(pki()).unwrap();
    let mut openssl = Command::new("openssl");
    openssl.args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=bench".split(' '));
    openssl
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&cert);
    assert!(openssl.stderr(Stdio::null()).status().unwrap().success(), "openssl makes no certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let cert = CertificateDer::from_pem_file(&cert).unwrap();
    let key = PrivateKeyDer::from_pem_file(&key).unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(vec![cert], key).unwrap())
}

fn pki() -> PathBuf {
    std::env::temp_dir().join("capmodel-bench-pki")
}

fn talk(stream: TcpStream, config: Arc<rustls::ServerConfig>, pages: &BTreeMap<String, Vec<u8>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let connection = rustls::ServerConnection::new(config).ok()?;
    let mut lines = BufReader::new(rustls::StreamOwned::new(connection, stream));
    loop {
        let mut first = String::new();
        lines.read_line(&mut first).ok().filter(|read| *read > 0)?;
        let mut line = String::from("-");
        while !line.trim().is_empty() {
            line.clear();
            lines.read_line(&mut line).ok()?;
        }
        let empty = br#"{"gitVersion":"v1.36.3","metadata":{},"items":[]}"#.as_slice();
        let body = pages.get(first.split(' ').nth(1)?).map_or(empty, Vec::as_slice);
        let stream = lines.get_mut();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len())
            .ok()?;
        stream.write_all(body).ok()?;
        stream.flush().ok()?;
    }
}

fn pages(path: &str, kind: &str, count: usize, item: fn(usize) -> String) -> Vec<(String, Vec<u8>)> {
    let token = |start: usize| if start == 0 { String::new() } else { format!("&continue=from{start}") };
    (0..count)
        .step_by(PAGE)
        .map(|start| {
            let end = (start + PAGE).min(count);
            let next = if end < count {
                format!(r#","continue":"from{end}","remainingItemCount":{}"#, count - end)
            } else {
                String::new()
            };
            let items = (start..end).map(item).collect::<Vec<_>>().join(",");
            let body = format!(
                r#"{{"kind":"{kind}","apiVersion":"v1","metadata":{{"resourceVersion":"1"{next}}},"items":[{items}]}}"#
            );
            (format!("{path}?limit={PAGE}{}", token(start)), body.into_bytes())
        })
        .collect()
}

/// A pod and a node as an API server of version 1.36 gives them, recorded, with their managed fields.
const POD: &str = include_str!("../fixtures/kube/pod.json");
const NODE: &str = include_str!("../fixtures/kube/node.json");

/// In the order of a server: by namespace and name. Each differs from its siblings as pods of one workload do.
fn pod(number: usize) -> String {
    let workload = number / REPLICAS;
    POD.trim()
        .replace("POD_NAME", &format!("checkout-api-7d9f8b6c5d-{number:05}"))
        .replace("checkout-api", &format!("api-{workload:04}"))
        .replace("NAMESPACE", &format!("team-{:02}", number * 40 / PODS))
        .replace("NODE_NAME", &format!("ip-10-0-{}-{}.ec2.internal", number % NODES / 250, number % 250))
        .replace("POD_UID", &format!("{:08x}-1111-2222-3333-444444444444", number))
        .replace(r#""resourceVersion":"274""#, &format!(r#""resourceVersion":"{}""#, 274 + number))
        .replace("kube-api-access-qqbfg", &format!("kube-api-access-{number:05}"))
        .replace("08:34:2", &format!("08:{:02}:{}", number / 6 % 60, number % 6))
        .replace("10.245.0.1", &format!("10.245.{}.{}", number / 250, number % 250))
        .replace("127.0.0.1", &format!("10.0.{}.{}", number % NODES / 250, number % 250))
}

fn node(number: usize) -> String {
    NODE.trim().replace("NODE_NAME", &format!("ip-10-0-{}-{}.ec2.internal", number / 250, number % 250))
}
