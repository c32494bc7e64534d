//! An HTTP server with one reply for each request, defined by the test.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::tls::Tls;

/// Reply of the server; the last one is repeated.
#[derive(Clone)]
pub(crate) enum Reply {
    /// This status with these headers (each one ends its line) and this body.
    Http(u16, &'static str, &'static str),
    /// No response until every client has timed out.
    ReadTimeout,
}

pub(crate) const OK: Reply = Reply::Http(200, "", "ok");

/// A received request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// First line and headers; headers are in lower case.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(crate) struct Server {
    /// `http://127.0.0.1:PORT`
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) fn start(replies: &[Reply]) -> Self {
        let replies = replies.to_vec();
        Self::answering(None, move |number, _| replies[number.min(replies.len() - 1)].clone())
    }

    /// Serves over TLS with this certificate.
    pub(crate) fn with_tls(tls: &Tls, replies: &[Reply]) -> Self {
        let replies = replies.to_vec();
        Self::answering(Some(tls), move |number, _| replies[number.min(replies.len() - 1)].clone())
    }

    pub(crate) fn answering(
        tls: Option<&Tls>,
        reply: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, config, reply) = (requests.clone(), tls.map(Tls::server), Arc::new(reply));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, config, reply) = (log.clone(), config.clone(), reply.clone());
                std::thread::spawn(move || {
                    let stream = stream.unwrap();
                    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
                    match config {
                        Some(config) => {
                            let connection = rustls::ServerConnection::new(config).unwrap();
                            serve(rustls::StreamOwned::new(connection, stream), &log, &*reply)
                        }
                        None => serve(stream, &log, &*reply),
                    }
                });
            }
        });
        Self { url, requests }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// Serves one request per connection.
fn serve(
    mut stream: impl Read + Write,
    log: &Mutex<Vec<Request>>,
    reply: &(impl Fn(usize, &Request) -> Reply + ?Sized),
) {
    let Some(request) = receive(&mut stream) else { return };
    let reply = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        reply(log.len() - 1, &request)
    };
    match reply {
        Reply::Http(status, headers, body) => {
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
            );
            let _ = stream.flush();
        }
        Reply::ReadTimeout => std::thread::sleep(Duration::from_secs(100)),
    }
}

fn receive(stream: &mut impl Read) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut part = [0; 16 << 10];
    loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let (first, rest) = text.split_once("\r\n").unwrap();
            let head = format!("{first}\n{}\n", rest.to_lowercase().replace('\r', ""));
            let length = head.split("content-length:").nth(1).and_then(|t| t.lines().next());
            let length: usize = length.map_or(0, |t| t.trim().parse().unwrap());
            if bytes.len() >= end + 4 + length {
                return Some(Request { head, body: bytes[end + 4..end + 4 + length].to_vec() });
            }
        }
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&part[..n]),
        }
    }
}

/// A URL that no server listens on.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// Sends a request; returns status and body.
#[cfg(feature = "buckets")]
pub(crate) fn ask(address: &str, method: &str, path: &str) -> Option<(u16, Vec<u8>)> {
    let mut stream = std::net::TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // moto requires credentials, but does not verify the signature.
    let scope = "Credential=AKIDKEY/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none";
    let headers =
        format!("Host: {address}\r\nAuthorization: AWS4-HMAC-SHA256 {scope}\r\nContent-Length: 0\r\nConnection: close");
    write!(stream, "{method} {path} HTTP/1.1\r\n{headers}\r\n\r\n").ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let status = std::str::from_utf8(bytes.get(9..12)?).ok()?.parse().ok()?;
    Some((status, bytes[end + 4..].to_vec()))
}
