//! Reading a large cluster, compared with the same HTTP client that downloads the same pages and discards them.
//!
//! `cargo bench --bench snapshot` starts a paging server with 1,000 nodes and 30,000 pods as a process of its own, then
//! each reader as a process of its own, so that each memory peak is that of one reader. `-- --large` does the same with
//! 5,000 nodes and 150,000 pods. The pods belong to workloads with 1 to 400 pods, DaemonSets, StatefulSets and Jobs, in
//! seven shapes recorded from an API server. Everything is plain HTTP, because encryption costs both readers the same
//! and would hide the difference. It prints times, their ratio and the memory peaks; no time makes it fail.
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

use capmodel::inputs::kube::{Access, Api, KeptMetadata, RESOURCES, RETRY, ReadOptions, read_snapshot};
use capmodel::outputs;
use capmodel::units::Timestamp;
use http_body_util::BodyExt;

const PAGE: usize = 500;

/// Size of the cluster, and number of repetitions of each reader.
#[derive(Clone, Copy)]
struct Scale {
    nodes: usize,
    pods: usize,
    rounds: usize,
}

const NORMAL: Scale = Scale { nodes: 1_000, pods: 30_000, rounds: 5 };
/// The largest cluster that Kubernetes supports (<https://kubernetes.io/docs/setup/best-practices/cluster-large/>).
const LARGE: Scale = Scale { nodes: 5_000, pods: 150_000, rounds: 3 };

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let scale = if args.iter().any(|arg| arg == "--large") { LARGE } else { NORMAL };
    match args.get(1).map(String::as_str) {
        Some("--serve") => serve(scale),
        Some("--discard") => measure(|| discard(&args[2])),
        Some("--read") => measure(|| read(&args[2], scale, None)),
        Some("--write") => measure(|| read(&args[2], scale, Some(Path::new(&args[3])))),
        _ => compare(scale),
    }
}

/// The readers to measure: name and mode.
const READERS: [(&str, &str); 3] =
    [("download only", "--discard"), ("read", "--read"), ("read and write the file", "--write")];

fn compare(scale: Scale) {
    let me = std::env::current_exe().unwrap();
    let large = if scale.pods == LARGE.pods { "--large" } else { "--normal" };
    let mut server =
        Command::new(&me).args(["--serve", large]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut address = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut address).unwrap();
    let file = std::env::temp_dir().join(format!("capmodel-bench-{}", std::process::id()));
    let mut results: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    // The readers take turns, so that other load on the machine affects them alike.
    for _ in 0..scale.rounds {
        for (name, mode) in READERS {
            let output = Command::new(&me).args([mode, address.trim()]).arg(&file).arg(large).output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let mut numbers = text.split_whitespace().map(|n| n.parse::<f64>().unwrap());
            results.entry(name).or_default().push((numbers.next().unwrap(), numbers.next().unwrap()));
        }
    }
    drop(server.stdin.take());
    server.wait().unwrap();
    let size = std::fs::metadata(&file).unwrap().len();
    std::fs::remove_file(&file).unwrap();
    // Other load on the machine can only slow it down, so the minimum counts.
    let fastest = |name: &str| results[name].iter().map(|(seconds, _)| *seconds).fold(f64::INFINITY, f64::min);
    let peak = |name: &str| results[name].iter().map(|(_, mib)| *mib).fold(0.0, f64::max);
    let Scale { nodes, pods, rounds } = scale;
    println!("{nodes} nodes, {pods} pods, pages of {PAGE}; the fastest of {rounds} rounds");
    for (name, ..) in READERS {
        let ratio = fastest(name) / fastest(READERS[0].0);
        println!("{name:24} {:7.3} s  {ratio:4.2}x  peak {:5.1} MiB", fastest(name), peak(name));
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

fn read(server: &str, scale: Scale, file: Option<&Path>) {
    let access = Access { kubeconfig: Some(kubeconfig(server)), ..Access::default() };
    let (namespaces, keep, cluster_name) = Default::default();
    let wanted = ReadOptions {
        namespaces,
        keep: KeptMetadata { ..keep },
        cluster_name,
        spot_labels: Vec::new(),
        price_labels: std::collections::BTreeSet::new(),
        taken_at: Timestamp::UNIX_EPOCH,
    };
    let snapshot = runtime().block_on(async {
        let api = Api::connect(&access, RETRY).await.unwrap();
        read_snapshot(&api, &wanted, &|_| ()).await.unwrap()
    });
    assert_eq!((snapshot.nodes.len(), snapshot.pods.len()), (scale.nodes, scale.pods));
    if let Some(file) = file {
        capmodel::fs::write_atomically(file, &outputs::snapshot(&snapshot).unwrap()).unwrap();
    }
}

/// The same requests with the same client; every byte is received and discarded.
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
                    if head.len() < 200 {
                        head.extend_from_slice(&data[..data.len().min(200)]);
                    }
                }
                // The token is near the beginning of the page.
                let head = String::from_utf8_lossy(&head);
                let Some((_, token)) = head.split_once("from") else { break };
                let digits: String = token.chars().take_while(char::is_ascii_digit).collect();
                next = format!("&continue=from{digits}");
            }
        }
        // Fewer bytes would not be the download of the reader.
        assert!(bytes > 100 << 20, "only {bytes} bytes");
    });
}

fn kubeconfig(server: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("capmodel-bench-{}.kubeconfig", std::process::id()));
    let config = format!(
        "{{apiVersion: v1, kind: Config, current-context: c, clusters: [{{name: k, cluster: {{server: '{server}'}}}}], \
         contexts: [{{name: c, context: {{cluster: k, user: u}}}}], users: [{{name: u, user: {{token: t}}}}]}}"
    );
    std::fs::write(&path, config).unwrap();
    path
}

fn serve(scale: Scale) {
    let pods = pods(scale);
    let nodes: Vec<Vec<u8>> = (0..scale.nodes).map(|number| node(number, scale.pods / 18).into_bytes()).collect();
    let pages = [pages("/api/v1/nodes", "NodeList", &nodes), pages("/api/v1/pods", "PodList", &pods)];
    let pages: Arc<Pages> = Arc::new(pages.into_iter().flatten().collect());
    drop((pods, nodes));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let pages = pages.clone();
            std::thread::spawn(move || talk(stream, &pages));
        }
    });
    // Runs until the parent process has ended, in whatever way.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn talk(stream: TcpStream, pages: &Pages) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut lines = BufReader::new(stream);
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

/// The body of the response for each path.
type Pages = BTreeMap<String, Vec<u8>>;

/// Path of each page, continue token of the next one, and objects of the page.
fn paged<'a>(path: &str, items: &'a [Vec<u8>]) -> impl Iterator<Item = (String, Option<String>, &'a [Vec<u8>])> {
    items.chunks(PAGE).enumerate().map(move |(number, page)| {
        let end = number * PAGE + page.len();
        let next = (end < items.len()).then(|| format!("from{end}"));
        let token = if number == 0 { String::new() } else { format!("&continue=from{}", number * PAGE) };
        (format!("{path}?limit={PAGE}{token}"), next, page)
    })
}

fn pages(path: &str, kind: &str, items: &[Vec<u8>]) -> Vec<(String, Vec<u8>)> {
    let page = |(path, next, page): (String, Option<String>, &[Vec<u8>])| {
        let next = next.map_or_else(String::new, |next| format!(r#","continue":"{next}""#));
        let head =
            format!(r#"{{"kind":"{kind}","apiVersion":"v1","metadata":{{"resourceVersion":"1"{next}}},"items":["#);
        (path, [head.as_bytes(), &page.join(&b','), b"]}"].concat())
    };
    paged(path, items).map(page).collect()
}

/// A recorded pod. The parts that differ between pods have the same length in all of them, and are located once.
struct Shape {
    text: Vec<u8>,
    places: Vec<(usize, usize)>,
}

/// The parts that differ, as recorded.
const RECORDED: [&str; 6] = [
    "podname-0000000000000000000000000000",
    "workload-000000",
    "ip-10-0-000-000.eu-west-1.compute.internal",
    "team-00",
    "10.245.100.100",
    "10.100.100.100",
];

impl Shape {
    fn new(text: &[u8]) -> Self {
        let place = |(index, recorded): (usize, &&str)| {
            let found = text.windows(recorded.len()).enumerate().filter(|(_, window)| *window == recorded.as_bytes());
            found.map(|(at, _)| (at, index)).collect::<Vec<_>>()
        };
        Self { text: text.to_owned(), places: RECORDED.iter().enumerate().flat_map(place).collect() }
    }

    fn pod(&self, own: &[String; 6]) -> Vec<u8> {
        let mut text = self.text.clone();
        for &(at, index) in &self.places {
            assert_eq!(own[index].len(), RECORDED[index].len(), "{}", own[index]);
            text[at..at + own[index].len()].copy_from_slice(own[index].as_bytes());
        }
        text
    }
}

/// A file of `fixtures/kube/shapes`, without the fields that only a single object has.
macro_rules! shape {
    ($name:literal) => {{
        let json = include_str!(concat!("../fixtures/kube/shapes/", $name, ".json")).trim();
        Shape::new(json.replacen(r#""kind":"Pod","apiVersion":"v1","#, "", 1).as_bytes())
    }};
}

/// The pods of a cluster, workload by workload as a server lists them: six DaemonSets with a pod on every node, then
/// workloads of 1 to 400 pods, most of them small.
fn pods(scale: Scale) -> Vec<Vec<u8>> {
    let shapes = [
        shape!("small"),
        shape!("web"),
        shape!("java"),
        shape!("mesh"),
        shape!("stateful"),
        shape!("job"),
        shape!("daemon"),
    ];
    // Four of ten workloads are small, two of them in a mesh; there is one web service, one Java service, one
    // StatefulSet and one Job each.
    const OF_TEN: [usize; 10] = [0, 1, 2, 3, 0, 4, 5, 0, 3, 0];
    let mut all = Vec::with_capacity(scale.pods);
    for workload in 0.. {
        // Knuth's multiplicative hash, so that the cluster is always the same.
        let random = workload * 2_654_435_761 % (1 << 32) / (1 << 16);
        let (shape, size) = match (workload < 6, OF_TEN[workload % 10]) {
            (true, _) => (6, scale.nodes),
            (_, shape @ 4) => (shape, 1 + random % 9),
            (_, shape @ 5) => (shape, 1 + random % 3),
            (_, shape) => (
                shape,
                match random % 100 {
                    0..55 => 1 + random % 3,
                    55..80 => 4 + random % 9,
                    80..94 => 13 + random % 48,
                    94..99 => 61 + random % 140,
                    _ => 201 + random % 200,
                },
            ),
        };
        for replica in 0..size {
            let number = all.len();
            if number == scale.pods {
                return all;
            }
            let on = if shape == 6 { replica } else { number % scale.nodes };
            let own = [
                format!("podname-{number:028}"),
                format!("workload-{workload:06}"),
                node_name(on),
                format!("team-{:02}", number * 40 / scale.pods),
                format!("10.245.{}.{}", 100 + number / 150 % 150, 100 + number % 150),
                format!("10.100.{}.{}", 100 + on / 150, 100 + on % 150),
            ];
            all.push(shapes[shape].pod(&own));
        }
    }
    all
}

fn node_name(number: usize) -> String {
    format!("ip-10-0-{:03}-{:03}.eu-west-1.compute.internal", number / 250, number % 250)
}

/// A node recorded from an API server of version 1.36, with its managed fields.
const NODE: &str = include_str!("../fixtures/kube/node.json");

/// With as many images as a kubelet lists, some of them those of the pods.
fn node(number: usize, workloads: usize) -> String {
    let image = |place: usize| {
        let workload = (number * 7 + place * 31) % workloads;
        let repository = format!("registry.example/shop/workload-{workload:06}");
        format!(
            r#"{{"names":["{repository}@sha256:{workload:064x}","{repository}:2026.11.3"],"sizeBytes":{}}}"#,
            300_000_000 - place * 1_000_000
        )
    };
    let images: Vec<String> = (0..50).map(image).collect();
    let images = format!(r#""images":[{}],"nodeInfo":{{"#, images.join(","));
    NODE.trim().replace("NODE_NAME", &node_name(number)).replacen(r#""nodeInfo":{"#, &images, 1)
}
