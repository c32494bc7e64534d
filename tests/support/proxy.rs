//! A small HTTP and SOCKS5 proxy that connects every client to one server and records the requested destinations.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(crate) struct Proxy {
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

/// Protocol of the proxy, and the `USER:PASSWORD` that it requires.
#[derive(Clone, Copy)]
pub(crate) enum Speaks {
    Http(Option<&'static str>),
    Socks5(Option<&'static str>),
}

impl Proxy {
    /// `server` is the server that it connects to, as `http://127.0.0.1:PORT`.
    pub(crate) fn start(speaks: Speaks, server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (server, log) = (server.rsplit('/').next().unwrap().to_owned(), asked.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (server, log) = (server.clone(), log.clone());
                std::thread::spawn(move || match speaks {
                    Speaks::Http(credentials) => http(client, credentials, &server, &log),
                    Speaks::Socks5(credentials) => socks(client, credentials, &server, &log),
                });
            }
        });
        Self { address, asked }
    }

    /// Requested destinations without duplicates, in order of the first request.
    pub(crate) fn destinations(&self) -> Vec<String> {
        let mut all = self.asked.lock().unwrap().clone();
        let mut seen = std::collections::BTreeSet::new();
        all.retain(|one| seen.insert(one.clone()));
        all
    }

    /// Number of requests.
    pub(crate) fn times(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

fn http(client: TcpStream, credentials: Option<&str>, server: &str, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if lines.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let destination = head.split(' ').nth(1).unwrap().to_owned();
    log.lock().unwrap().push(destination);
    let mut answer = client.try_clone()?;
    let wanted = credentials.map(|text| format!("basic {}", STANDARD.encode(text)).to_lowercase());
    if wanted.is_some_and(|wanted| !head.to_lowercase().contains(&format!("proxy-authorization: {wanted}\r\n"))) {
        return answer.write_all(b"HTTP/1.1 407 x\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
    }
    let mut onward = TcpStream::connect(server)?;
    match head.starts_with("CONNECT ") {
        true => answer.write_all(b"HTTP/1.1 200 x\r\n\r\n")?,
        false => onward.write_all(head.as_bytes())?,
    }
    onward.write_all(lines.buffer())?;
    relay(client, onward)
}

/// The parts of RFC 1928 and RFC 1929 that a client needs.
fn socks(
    mut client: TcpStream,
    credentials: Option<&str>,
    server: &str,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut take = |length: usize| {
        let mut bytes = vec![0; length];
        client.read_exact(&mut bytes).map(|()| bytes)
    };
    let methods = usize::from(take(2)?[1]);
    take(methods)?;
    let mut answer = client.try_clone()?;
    answer.write_all(&[5, if credentials.is_some() { 2 } else { 0 }])?;
    let mut take = |length: usize| {
        let mut bytes = vec![0; length];
        client.read_exact(&mut bytes).map(|()| bytes)
    };
    if let Some(credentials) = credentials {
        let length = usize::from(take(2)?[1]);
        let user = take(length)?;
        let length = usize::from(take(1)?[0]);
        let password = take(length)?;
        let given = [user, password].map(|bytes| String::from_utf8(bytes).unwrap()).join(":");
        let right = given == credentials;
        answer.write_all(&[1, u8::from(!right)])?;
        if !right {
            return Ok(());
        }
    }
    let request = take(4)?;
    let host = match request[3] {
        1 => take(4)?.iter().map(ToString::to_string).collect::<Vec<_>>().join("."),
        3 => {
            let length = usize::from(take(1)?[0]);
            String::from_utf8(take(length)?).unwrap()
        }
        other => panic!("address of type {other}"),
    };
    let port = take(2)?;
    log.lock().unwrap().push(format!("{host}:{}", u16::from_be_bytes([port[0], port[1]])));
    answer.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 1])?;
    relay(client, TcpStream::connect(server)?)
}

fn relay(client: TcpStream, server: TcpStream) -> std::io::Result<()> {
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
    let (mut from, mut to) = (server, client);
    std::io::copy(&mut from, &mut to)?;
    to.shutdown(std::net::Shutdown::Write)
}
