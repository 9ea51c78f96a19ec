//! A network printer on loopback that plays a script: it answers, jams, runs out of paper, or is
//! unplugged after so many bytes.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::paper::Paper;

/// Longer than anything here takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// How the printer behaves.
#[derive(Clone)]
pub struct Script {
    /// What it answers to DLE EOT 1 to 4.
    pub answers: Option<[u8; 4]>,
    /// Bytes it sends before each answer.
    pub garbage: Vec<u8>,
    /// It answers when it is done.
    pub tells_done: bool,
    /// It is unplugged once it has read so many bytes.
    pub cut_after: Option<usize>,
    /// From this byte on it is out of paper: DLE EOT 4 says so, and nothing is done any more.
    pub paper_ends_after: Option<usize>,
    /// It accepts connections and reads nothing.
    pub blocked: bool,
}

struct Inner {
    paper: Paper,
    script: Script,
    read: usize,
    connections: usize,
    held: Vec<TcpStream>,
}

/// The printer.
pub struct VirtualPrinter {
    pub address: SocketAddr,
    inner: Arc<(Mutex<Inner>, Condvar)>,
}

impl Script {
    /// A printer that is well.
    pub fn well() -> Self {
        Self {
            answers: Some([0x12; 4]),
            garbage: Vec::new(),
            tells_done: true,
            cut_after: None,
            paper_ends_after: None,
            blocked: false,
        }
    }

    /// One that never says a word.
    pub fn silent() -> Self {
        Self { answers: None, tells_done: false, ..Self::well() }
    }
}

impl VirtualPrinter {
    pub fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let inner =
            Inner { paper: Paper::default(), script, read: 0, connections: 0, held: Vec::new() };
        let inner = Arc::new((Mutex::new(inner), Condvar::new()));
        let inside = Arc::clone(&inner);
        std::thread::Builder::new()
            .name("virtual printer".to_owned())
            .spawn(move || {
                for stream in listener.incoming() {
                    let Ok(stream) = stream else { return };
                    let blocked = {
                        let mut inner = lock(&inside);
                        inner.connections += 1;
                        inner.script.blocked
                    };
                    inside.1.notify_all();
                    if blocked {
                        lock(&inside).held.push(stream);
                    } else {
                        serve(stream, &inside);
                    }
                }
            })
            .expect("a thread");
        Self { address, inner }
    }

    /// Plays another script from now on, with its bytes counted from zero.
    pub fn play(&self, script: Script) {
        let mut inner = lock(&self.inner);
        inner.script = script;
        inner.read = 0;
        inner.held.clear();
    }

    /// Takes the paper that came out so far.
    pub fn take_paper(&self) -> Vec<super::paper::Print> {
        std::mem::take(&mut lock(&self.inner).paper.prints)
    }

    /// Looks at the paper, once it is as expected.
    pub fn wait<T>(&self, what: &str, look: impl Fn(&Paper) -> Option<T>) -> T {
        let mut inner = lock(&self.inner);
        loop {
            if let Some(found) = look(&inner.paper) {
                return found;
            }
            let (next, time) = self.inner.1.wait_timeout(inner, PATIENCE).expect("no poison");
            inner = next;
            assert!(!time.timed_out(), "{what}: {:#?}", inner.paper.prints);
        }
    }

    pub fn connections(&self) -> usize {
        lock(&self.inner).connections
    }
}

fn lock(inner: &Arc<(Mutex<Inner>, Condvar)>) -> MutexGuard<'_, Inner> {
    inner.0.lock().expect("no poison")
}

fn serve(mut stream: TcpStream, shared: &Arc<(Mutex<Inner>, Condvar)>) {
    let mut bytes = [0; 256];
    loop {
        let room = {
            let inner = lock(shared);
            match inner.script.cut_after {
                Some(cut) if inner.read >= cut => return,
                Some(cut) => (cut - inner.read).min(bytes.len()),
                None => bytes.len(),
            }
        };
        let count = match stream.read(&mut bytes[..room]) {
            Ok(0) | Err(_) => return,
            Ok(count) => count,
        };
        let mut answers = Vec::new();
        {
            let mut inner = lock(shared);
            inner.read += count;
            inner.paper.feed(&bytes[..count]);
            let out = inner.script.paper_ends_after.is_some_and(|end| inner.read > end);
            for question in std::mem::take(&mut inner.paper.asked) {
                answers.extend(&inner.script.garbage);
                match question {
                    0x80 if inner.script.tells_done && !out => answers.push(0),
                    1 if out => answers.push(0x1A),
                    4 if out => answers.push(0x72),
                    1..=4 => {
                        let known = inner.script.answers.map(|all| all[usize::from(question) - 1]);
                        answers.extend(known);
                    }
                    _ => {}
                }
            }
        }
        shared.1.notify_all();
        // A till that hung up needs no answer.
        stream.write_all(&answers).ok();
    }
}
