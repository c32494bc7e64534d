//! A simulated API server whose replies are defined by the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Reply of the server to one request.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: &'static str,
    pub(crate) body: String,
    /// Sends only this many bytes of the body, then closes the connection.
    pub(crate) cut: Option<usize>,
    /// Waits this long before it replies.
    pub(crate) delay: Duration,
}

pub(crate) fn reply(status: u16, body: impl Into<String>) -> Reply {
    Reply { status, headers: "", body: body.into(), cut: None, delay: Duration::ZERO }
}

pub(crate) fn refusal(status: u16, message: &str) -> Reply {
    reply(
        status,
        format!(r#"{{"kind":"Status","status":"Failure","message":"{message}","metadata":{{}},"code":{status}}}"#),
    )
}

/// Two pages of pods and one node.
pub(crate) fn healthy(path: &str) -> Reply {
    let pod = |name: &str| format!(r#"{{"metadata":{{"name":"{name}","namespace":"a"}},"spec":{{"containers":[]}}}}"#);
    reply(
        200,
        match path {
            "/version" => r#"{"gitVersion":"v1.36.3"}"#.to_owned(),
            "/api/v1/nodes?limit=500" => r#"{"metadata":{},"items":[{"metadata":{"name":"n"}}]}"#.to_owned(),
            "/api/v1/pods?limit=500" => format!(r#"{{"metadata":{{"continue":"two"}},"items":[{}]}}"#, pod("p1")),
            "/api/v1/pods?limit=500&continue=two" => {
                format!(r#"{{"metadata":{{}},"items":[{},{}]}}"#, pod("p2"), pod("p3"))
            }
            "/api/v1/pods?limit=500&continue=late" => format!(r#"{{"metadata":{{}},"items":[{}]}}"#, pod("p4")),
            _ => r#"{"metadata":{},"items":null}"#.to_owned(),
        },
    )
}

/// A server that answers each request by its path and by how often that path was requested (from 1).
pub(crate) fn serve(answer: impl Fn(&str, u32) -> Reply + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let counts = Arc::new(Mutex::new(std::collections::HashMap::new()));
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (answer, counts) = (answer.clone(), counts.clone());
            std::thread::spawn(move || {
                let ask = |path: &str| {
                    let mut counts = counts.lock().unwrap();
                    let count: &mut u32 = counts.entry(path.to_owned()).or_default();
                    *count += 1;
                    answer(path, *count)
                };
                let _ = talk(stream, &ask);
            });
        }
    });
    address
}

fn talk(mut stream: TcpStream, answer: &dyn Fn(&str) -> Reply) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    loop {
        let mut first = String::new();
        if lines.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut line = String::from("-");
        while !line.trim().is_empty() {
            line.clear();
            lines.read_line(&mut line)?;
        }
        let reply = answer(first.split(' ').nth(1).unwrap_or(""));
        std::thread::sleep(reply.delay);
        let Reply { status, headers, body, cut, .. } = reply;
        write!(stream, "HTTP/1.1 {status} x\r\ncontent-length: {}\r\n{headers}\r\n", body.len())?;
        stream.write_all(&body.as_bytes()[..cut.unwrap_or(body.len())])?;
        if cut.is_some() {
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.take(1 << 20).read_to_end(&mut Vec::new());
            return Ok(());
        }
    }
}

pub(crate) fn kubeconfig(server: &str) -> PathBuf {
    let name = format!("capmodel-faults-{}-{}", std::process::id(), server.rsplit(':').next().unwrap());
    let kubeconfig = std::env::temp_dir().join(name);
    let config = format!(
        "{{apiVersion: v1, kind: Config, current-context: c, clusters: [{{name: k, cluster: {{server: '{server}'}}}}], \
         contexts: [{{name: c, context: {{cluster: k, user: u}}}}], users: [{{name: u, user: {{token: t}}}}]}}"
    );
    #[expect(clippy::disallowed_methods, reason = "the tool reads it from a file")]
    std::fs::write(&kubeconfig, config).unwrap();
    kubeconfig
}
