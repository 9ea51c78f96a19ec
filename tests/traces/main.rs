//! Traces of a real central, taken by a real receiver on this machine and decoded by hand: what is
//! in them, what is not, and that nobody waits for a collector.
//!
//!   cargo test --no-default-features --features otel --test traces
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    reason = "tests may stop at the first surprise"
)]
#![expect(clippy::disallowed_methods, reason = "what is measured here is the machine's time")]

mod otlp;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use otlp::{Span, Value, spans};

/// Longer than anything takes here, on a machine that is slow and crowded.
const PATIENCE: Duration = Duration::from_secs(60);

/// A central that runs, and its folder.
struct Central {
    child: Child,
    /// Whoever says something and is heard by nobody ends.
    _says: BufReader<ChildStdout>,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Central {
    fn start(collector: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = program(folder.path(), collector)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut said = String::new();
        let mut says = BufReader::new(child.stdout.take().expect("a pipe"));
        says.read_line(&mut said).expect("a line");
        let at = said.find("http://").unwrap_or_else(|| panic!("no address: {said}"));
        let address: String = said[at + 7..]
            .chars()
            .take_while(|char| char.is_ascii_digit() || matches!(char, '.' | ':'))
            .collect();
        let address = address.parse().unwrap_or_else(|why| panic!("{why}: {said}"));
        Self { child, _says: says, address, _folder: folder }
    }

    /// Asks, and gives the status.
    fn asks(&self, method: &str, path: &str, body: &[u8]) -> u16 {
        let mut line = TcpStream::connect(self.address).expect("it listens");
        line.set_read_timeout(Some(PATIENCE)).expect("a limit");
        let len = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: central\r\nconnection: close\r\n\
             content-length: {len}\r\n\r\n"
        );
        line.write_all(&[head.as_bytes(), body].concat()).expect("sent");
        let mut answer = Vec::new();
        line.read_to_end(&mut answer).expect("an answer");
        let answer = String::from_utf8_lossy(&answer);
        answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
    }

    /// Asks it to stop; how long that took, and whether it ended well.
    fn stops(mut self) -> (Duration, bool) {
        let began = Instant::now();
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(id.expect("an id"), rustix::process::Signal::TERM)
            .expect("asked");
        let status = self.child.wait().expect("it ends");
        (began.elapsed(), status.success())
    }
}

fn program(folder: &std::path::Path, collector: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tideover"));
    command.args(["central", "--listen", "127.0.0.1:0", "--notice", "0", "--traces-to", collector]);
    command.arg("--data").arg(folder.join("central"));
    command
}

/// A collector that answers, and what came.
fn collector() -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let (came, comes) = channel();
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let mut reader = BufReader::new(socket);
            while let Some(request) = one_request(&mut reader) {
                reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok();
                came.send(request).ok();
            }
        }
    });
    (address, comes)
}

/// Head and body of the next request of a line.
fn one_request(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let (mut head, mut len) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let before = head.len();
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
        let field = head[before..].to_ascii_lowercase();
        if let Some(value) = field.strip_prefix("content-length:") {
            len = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; len];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn text(span: &Span, name: &str) -> Option<String> {
    span.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
    })
}

#[test]
fn each_request_is_a_span_by_its_route_and_knows_nobody() {
    let (address, comes) = collector();
    let central = Central::start(&address);
    let secret = "5eC0DE5eC0DE5eC0";
    let epoch = "9f3c9f3c9f3c9f3c";
    assert_eq!(central.asks("GET", &format!("/v1/hello?nonce={secret}"), b""), 200);
    let cursor = format!("/v1/registers/4711/23/cursor?epoch={epoch}");
    assert_eq!(central.asks("GET", &cursor, b""), 200);
    assert_eq!(central.asks("POST", "/v1/segments?records=250", b"PIN 702946"), 400);
    assert_eq!(central.asks("GET", "/status?store=4711", b""), 404);
    assert_eq!(central.asks("GET", &format!("/of/nobody/{secret}"), b""), 404);
    let (took, well) = central.stops();
    assert!(well && took < Duration::from_secs(30), "{took:?}");
    // What waited was handed over before it ended.
    let all: Vec<(String, Vec<u8>)> = comes.try_iter().collect();
    let mut told: Vec<Vec<(&str, String)>> = Vec::new();
    for (head, body) in &all {
        assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
        assert!(head.to_ascii_lowercase().contains("content-type: application/x-protobuf"));
        let raw = String::from_utf8_lossy(body);
        for hidden in [secret, epoch, "4711", "nonce", "702946", "nobody", "127.0.0.1"] {
            assert!(!raw.contains(hidden), "{hidden}: {raw}");
        }
        let (resource, spans) = spans(body);
        let of = |name: &str| resource.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        assert_eq!(of("service.name"), Some(&Value::Text("tideover-central".to_owned())));
        assert_eq!(resource.len(), 2, "nothing of the machine: {resource:?}");
        for span in spans {
            assert_eq!((span.trace.len(), span.id.len(), span.parent.len()), (16, 8, 0));
            assert_eq!(span.kind, 2, "of a server");
            assert!(span.ends > span.begins && span.ends - span.begins < 60_000_000_000);
            let names = ["http.request.method", "http.route", "http.response.status_code"];
            let names = names.into_iter().chain(["tideover.class"]);
            let said = names.filter_map(|name| Some((name, text(&span, name)?)));
            let mut said: Vec<(&str, String)> = said.collect();
            assert_eq!(said.len(), span.attributes.len(), "nothing else: {span:?}");
            said.insert(0, ("name", span.name.clone()));
            told.push(said);
        }
    }
    told.sort();
    let span = |method: &str, route: Option<&str>, status: &str, class: &str| {
        let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
        let mut said = vec![("name", name), ("http.request.method", method.to_owned())];
        said.extend(route.map(|route| ("http.route", route.to_owned())));
        said.push(("http.response.status_code", status.to_owned()));
        said.push(("tideover.class", class.to_owned()));
        said
    };
    let cursor = "/v1/registers/{store}/{register}/cursor";
    let mut expected = vec![
        span("GET", None, "404", "page"),
        span("GET", Some("/status"), "404", "page"),
        span("GET", Some("/v1/hello"), "200", "word"),
        span("GET", Some(cursor), "200", "word"),
        span("POST", Some("/v1/segments"), "400", "upload"),
    ];
    expected.sort();
    assert_eq!(told, expected);
}

/// More requests than wait for a collector.
const MANY: u32 = 3_000;

fn goes_on_without(collector: &str) {
    let central = Central::start(collector);
    let mut longest = Duration::ZERO;
    for _ in 0..MANY {
        let began = Instant::now();
        assert_eq!(central.asks("GET", "/v1/hello?nonce=00", b""), 200);
        longest = longest.max(began.elapsed());
    }
    // The collector has three seconds for an answer; no request had to wait for one.
    assert!(longest < Duration::from_secs(2), "{longest:?}");
    let (took, well) = central.stops();
    assert!(well && took < Duration::from_secs(20), "stopping is bounded: {took:?}");
}

#[test]
fn a_collector_that_is_not_there_costs_no_request_anything() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let nobody = listener.local_addr().expect("an address").to_string();
    drop(listener);
    goes_on_without(&nobody);
}

#[test]
fn a_collector_that_takes_and_never_answers_costs_no_request_anything() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    // Lines are accepted by the system, and nobody reads them.
    goes_on_without(&address);
    drop(listener);
}

#[test]
fn a_collector_on_another_machine_is_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = program(folder.path(), "192.0.2.7:4318").output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("a collector on this machine only"), "{said}");
}
