//! A line from a register to a central on this machine: plain HTTP, one request at a time, as small
//! as it can be, so that thousands of them cost the machine little beside central.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::device::clock::Clock;
use crate::sync::carrier::{Method, NoAnswer, Request, Response, Transport};

use super::clients::Counted;

const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(40);
/// A line that nobody used for so long is opened anew.
const IDLE_MS: u64 = 4_000;
const HEAD_MAX: usize = 16 * 1024;
/// Not now: come at another turn.
pub(super) const BUSY: u16 = 503;

/// The line.
pub(super) struct PlainLine {
    address: SocketAddr,
    stream: Option<TcpStream>,
    used_ms: u64,
    clock: Arc<dyn Clock>,
    /// What it did so far.
    pub(super) count: Arc<Counted>,
}

impl PlainLine {
    /// A line that is not open yet.
    pub(super) fn new(address: SocketAddr, clock: &Arc<dyn Clock>, count: &Arc<Counted>) -> Self {
        let (clock, count) = (Arc::clone(clock), Arc::clone(count));
        Self { address, stream: None, used_ms: 0, clock, count }
    }

    /// The next request opens it anew.
    pub(super) fn closes(&mut self) {
        self.stream = None;
    }

    fn talk(&mut self, request: &Request) -> Result<Response, std::io::Error> {
        let stream = match self.stream.take() {
            Some(stream) if self.clock.mono_ms().saturating_sub(self.used_ms) < IDLE_MS => stream,
            _ => {
                self.count.connections.fetch_add(1, Ordering::Relaxed);
                let stream = TcpStream::connect_timeout(&self.address, CONNECT)?;
                stream.set_read_timeout(Some(ANSWER))?;
                stream.set_write_timeout(Some(ANSWER))?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        let (address, len) = (&request.address, request.body.len());
        let about = format!("host: central\r\ncontent-length: {len}");
        let head = format!("{method} {address} HTTP/1.1\r\n{about}\r\n\r\n");
        let mut talking = &stream;
        talking.write_all(&[head.as_bytes(), &request.body].concat())?;
        let response = heard(talking)?;
        self.used_ms = self.clock.mono_ms();
        self.stream = Some(stream);
        Ok(response)
    }
}

fn heard(mut stream: &TcpStream) -> Result<Response, std::io::Error> {
    let odd = || std::io::Error::other("the answer is not HTTP");
    let mut bytes = Vec::new();
    let mut piece = [0; 4_096];
    let (head_len, status, len) = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(bytes.get(..at).unwrap_or_default()).into_owned();
            let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
            let len = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let named = name.eq_ignore_ascii_case("content-length");
                named.then(|| value.trim().parse::<usize>().ok())?
            });
            break (at.saturating_add(4), status.ok_or_else(odd)?, len.ok_or_else(odd)?);
        }
        if bytes.len() > HEAD_MAX {
            return Err(odd());
        }
        read_more(&mut stream, &mut piece, &mut bytes)?;
    };
    let end = head_len.saturating_add(len);
    while bytes.len() < end {
        read_more(&mut stream, &mut piece, &mut bytes)?;
    }
    Ok(Response { status, body: bytes.get(head_len..end).unwrap_or_default().to_vec() })
}

fn read_more(
    stream: &mut &TcpStream,
    piece: &mut [u8],
    bytes: &mut Vec<u8>,
) -> Result<(), std::io::Error> {
    let read = stream.read(piece)?;
    if read == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    bytes.extend_from_slice(piece.get(..read).unwrap_or_default());
    Ok(())
}

impl Transport for PlainLine {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        self.count.requests.fetch_add(1, Ordering::Relaxed);
        let answer = self.talk(request).map_err(|why| NoAnswer { text: why.to_string() })?;
        if answer.status == BUSY {
            let delivery = request.path() == "/v1/segments";
            let count = if delivery { &self.count.busy } else { &self.count.words_busy };
            count.fetch_add(1, Ordering::Relaxed);
        }
        Ok(answer)
    }
}
