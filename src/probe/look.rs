//! One look at one system: connects, asks, and says what answered. Never longer than its deadline.
//!
//! ```text
//!  resolve ─▶ connect ─▶ (http) ask ─▶ status line ─▶ body, 64 KiB at most ─▶ Sight
//! ```
//!
//! No redirect is followed and nothing is remembered. Finding a name's address is the system's
//! work and may take longer than the deadline; it is done on the thread of the probes, where nobody
//! waits.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _, UdpSocket};
use std::time::Duration;

use super::plan::{Address, Probe};
use crate::device::clock::Clock;
use crate::domain::probe::{Failing, Lie, Sight};

/// The most that is read of an answer.
const ANSWER_MAX: usize = 64 * 1024;
/// Beyond this many limits nobody answers any more.
const DEADLINE_LIMITS: u32 = 3;

/// One look, and how many milliseconds it took.
pub fn look(probe: &Probe, clock: &dyn Clock) -> (Sight, u32) {
    let started = clock.mono_ms();
    let took = || u32::try_from(clock.mono_ms().saturating_sub(started)).unwrap_or(u32::MAX);
    let deadline = u64::from(probe.limit_ms.saturating_mul(DEADLINE_LIMITS));
    let left = || {
        let passed = clock.mono_ms().saturating_sub(started);
        // A timeout of nothing would mean forever.
        Duration::from_millis(deadline.saturating_sub(passed).max(1))
    };
    let sight = match ask(&probe.address, &left) {
        Ok(()) if took() > probe.limit_ms => Sight::Slow,
        Ok(()) => Sight::Up,
        Err(sight) => sight,
    };
    (sight, took())
}

/// Whether this machine has a way to that place: no packet is sent.
pub fn has_way_to(address: &Address) -> bool {
    let (host, port) = address.place();
    let Some(to) = first(host, port) else { return true };
    let from = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    UdpSocket::bind(from).is_ok_and(|socket| socket.connect(to).is_ok())
}

fn first(host: &str, port: u16) -> Option<SocketAddr> {
    (host, port).to_socket_addrs().ok()?.next()
}

fn ask(address: &Address, left: &dyn Fn() -> Duration) -> Result<(), Sight> {
    let (host, port) = address.place();
    let to = first(host, port).ok_or(Sight::Down(Failing::NoName))?;
    let mut stream =
        TcpStream::connect_timeout(&to, left()).map_err(|e| Sight::Down(not_connected(&e)))?;
    let Address::Http { path, healthy, .. } = address else { return Ok(()) };
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept: */*\r\n\r\n");
    let cut = |error: &std::io::Error| Sight::Down(after_connecting(error));
    stream.set_write_timeout(Some(left())).map_err(|e| cut(&e))?;
    stream.write_all(request.as_bytes()).map_err(|e| cut(&e))?;
    let answer = read(&mut stream, left)?;
    judge(&answer, healthy)
}

/// Reads until the end, the bound or the deadline; what came before the deadline counts.
fn read(stream: &mut TcpStream, left: &dyn Fn() -> Duration) -> Result<Vec<u8>, Sight> {
    let mut answer = Vec::new();
    let mut piece = [0_u8; 4_096];
    // Each turn reads at least a byte or ends; the deadline bounds one that drips.
    while answer.len() < ANSWER_MAX && left() > Duration::from_millis(1) {
        stream
            .set_read_timeout(Some(left()))
            .map_err(|error| Sight::Down(after_connecting(&error)))?;
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(piece.get(..count).unwrap_or(&[])),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) if !answer.is_empty() => break,
            Err(error) => return Err(Sight::Down(after_connecting(&error))),
        }
    }
    if answer.is_empty() { Err(Sight::Down(Failing::Cut)) } else { Ok(answer) }
}

/// Whether an HTTP answer is the one the system should give.
fn judge(answer: &[u8], healthy: &str) -> Result<(), Sight> {
    let text = String::from_utf8_lossy(answer);
    let status = text
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.split_ascii_whitespace().nth(1))
        .and_then(|status| status.parse::<u16>().ok())
        .ok_or(Sight::Lying(Lie::NotHttp))?;
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    match status {
        200..=299 if body.contains(healthy) => Ok(()),
        300..=399 => Err(Sight::Lying(Lie::Redirect)),
        500..=599 => Err(Sight::Down(Failing::Unwell(status))),
        _ => Err(Sight::Lying(Lie::WrongAnswer)),
    }
}

fn not_connected(error: &std::io::Error) -> Failing {
    match error.kind() {
        ErrorKind::ConnectionRefused => Failing::Refused,
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => Failing::NoWay,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Failing::Cut,
        _ => Failing::NoConnection,
    }
}

fn after_connecting(error: &std::io::Error) -> Failing {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Failing::Silent,
        _ => Failing::Cut,
    }
}
