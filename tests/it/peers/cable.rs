//! A cable between two registers: real sockets, and a switch that cuts it.
#![expect(clippy::disallowed_methods, reason = "threads that end with the test")]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Carries bytes to an address, while it is whole.
pub(crate) struct Cable {
    pub(crate) address: SocketAddr,
    target: Arc<Mutex<Option<SocketAddr>>>,
    whole: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    asked: Arc<AtomicUsize>,
}

impl Cable {
    /// A cable that leads nowhere yet.
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let whole = Arc::new(AtomicBool::new(true));
        let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let target: Arc<Mutex<Option<SocketAddr>>> = Arc::default();
        let (switch, sockets) = (Arc::clone(&whole), Arc::clone(&open));
        let to = Arc::clone(&target);
        let asked: Arc<AtomicUsize> = Arc::default();
        let counted = Arc::clone(&asked);
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let Ok(near) = socket else { return };
                if !switch.load(Ordering::SeqCst) {
                    continue;
                }
                let Some(target) = *to.lock().expect("a lock") else { continue };
                let Ok(far) = TcpStream::connect(target) else { continue };
                let mut held = sockets.lock().expect("a lock");
                let answers = Arc::default();
                for (from, to, count) in [(&near, &far, &counted), (&far, &near, &answers)] {
                    let (from, to) = (from.try_clone(), to.try_clone());
                    let (from, to) = (from.expect("a socket"), to.expect("a socket"));
                    held.push(from.try_clone().expect("a socket"));
                    let count = Arc::clone(count);
                    std::thread::spawn(move || carry(from, to, &count));
                }
            }
        });
        Self { address, target, whole, open, asked }
    }

    pub(crate) fn leads_to(&self, target: SocketAddr) {
        *self.target.lock().expect("a lock") = Some(target);
    }

    /// How often somebody said something through it to where it leads.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn cut(&self) {
        self.whole.store(false, Ordering::SeqCst);
        for socket in self.open.lock().expect("a lock").drain(..) {
            socket.shutdown(Shutdown::Both).ok();
        }
    }

    pub(crate) fn mend(&self) {
        self.whole.store(true, Ordering::SeqCst);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, count: &AtomicUsize) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        count.fetch_add(1, Ordering::SeqCst);
        if to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    to.shutdown(Shutdown::Both).ok();
}
