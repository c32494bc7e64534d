//! The Prometheus reader with a real Prometheus that has a generated history.
#![expect(clippy::disallowed_methods, reason = "tests start programs and make the files those read")]

mod accounting;
mod check;
mod churn;
mod conventions;
mod openmetrics;
mod report;
mod services;
mod shared;
mod steady;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub(crate) use openmetrics::OpenMetrics;

use crate::support::kit::program;

/// A Prometheus with a history on a free port of this machine; both are removed with the value.
pub(crate) struct Server {
    process: Child,
    folder: PathBuf,
    url: String,
}

impl Server {
    /// Builds blocks of the history and starts Prometheus with them.
    ///
    /// `lookback` is the maximum age of a sample that counts as current; it must exceed the generated scrape interval.
    pub(crate) fn start(lookback: &str, history: impl FnOnce(&mut OpenMetrics)) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("prometheus-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let text = folder.join("history.om");
        let mut out = OpenMetrics::create(&text);
        history(&mut out);
        out.finish();
        // A single block, because promtool parses the whole input once per block.
        let made = program("promtool", &folder)
            .args(["tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=1500h"])
            .args([&text, &folder.join("data")])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        std::fs::remove_file(&text).unwrap();
        std::fs::write(folder.join("prometheus.yml"), "global: {}\n").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let process = program("prometheus", &folder)
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--storage.tsdb.retention.time=400d", "--log.level=warn"])
            .arg(format!("--query.lookback-delta={lookback}"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Self { process, folder, url: format!("http://127.0.0.1:{port}") };
        server.wait(port);
        server
    }

    fn wait(&mut self, port: u16) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if get(port, "/-/ready").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return;
            }
            assert!(self.process.try_wait().unwrap().is_none(), "Prometheus ended: {}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("Prometheus is not ready after a minute: {}", self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.rsplit(':').next().unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// One plain HTTP request with its complete response.
fn get(port: u16, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
