//! A peer that says it keeps what it does not: one that lies, one whose copies were lost, and one
//! that is honest, but slow or older.
#![expect(clippy::disallowed_methods, reason = "threads that end with the test")]

use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};
use tideover::domain::ids::RegisterNo;
use tideover::journal::hash::Hash;
use tideover::peer::tls::Tls;
use tideover::peer::wire::{Ask, FRAME_LEN_MAX, Head, Hello, PROTOCOL, Say, receive, send};
use tideover::register::till::Till as _;
use tideover::register::view::{NoticeKind, View};

use super::store::Store;

/// What a peer of the test does when it is asked to show a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// It is of a program that does not know the question.
    Older,
    /// It kept nothing.
    ShowsNothing,
    /// It kept the hash of each record, and nothing else.
    ShowsHashes,
    /// It kept everything and needs a while.
    HonestAndSlow,
    /// It breaks off.
    HangsUp,
}

#[derive(Default)]
struct Kept {
    lines: Vec<Vec<u8>>,
    shown: usize,
}

/// A register 2 that is not ours: real TLS, the real messages, and its own manner.
struct Odd {
    address: String,
    kept: Arc<Mutex<Kept>>,
}

impl Odd {
    fn starts(store: &Store, manner: Manner) -> Self {
        let key = Arc::new(store.key(2));
        let tls = Tls::of(&key).expect("tls");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("here").to_string();
        let kept = Arc::<Mutex<Kept>>::default();
        let shared = Arc::clone(&kept);
        std::thread::spawn(move || {
            for socket in listener.incoming().take(64).flatten() {
                let (tls, kept) = (tls.clone(), Arc::clone(&shared));
                std::thread::spawn(move || answers(&tls, socket, manner, &kept));
            }
        });
        Self { address, kept }
    }

    fn shown(&self) -> usize {
        self.kept.lock().expect("kept").shown
    }

    fn keeps(&self) -> usize {
        self.kept.lock().expect("kept").lines.len()
    }
}

fn answers(tls: &Tls, socket: TcpStream, manner: Manner, kept: &Mutex<Kept>) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let connection = ServerConnection::new(tls.server()).ok()?;
    let mut line = StreamOwned::new(connection, socket);
    loop {
        let (ask, lines) = receive::<Ask>(&mut line, FRAME_LEN_MAX).ok()?;
        let mut all = kept.lock().expect("kept");
        let say = match ask {
            Ask::Hello(hello) => Say::Hello(Hello {
                protocol: PROTOCOL.to_owned(),
                store: hello.store,
                reg: 2,
                certificate: None,
                port: None,
                packs: false,
                shows: manner != Manner::Older,
                revoked: false,
                gives: false,
            }),
            Ask::Have { journals } => {
                let head = all.lines.last().map(|line| Head {
                    next_seq: u64::try_from(all.lines.len()).expect("few"),
                    head: Hash::of_line(line).to_string(),
                });
                Say::Want {
                    held: journals.iter().map(|_| head.clone().into_iter().collect()).collect(),
                }
            }
            Ask::Records { .. } => {
                all.lines.extend(lines);
                Say::Held { gap: false }
            }
            Ask::Show { seq, nonce, .. } => {
                all.shown += 1;
                let place = usize::try_from(seq).expect("a place");
                let record = all.lines.get(place).expect("a place that was brought").clone();
                drop(all);
                let of = |bytes: &[u8]| {
                    let mut number = [0; 16];
                    for (place, byte) in number.iter_mut().enumerate() {
                        let pair = &nonce[2 * place..2 * place + 2];
                        *byte = u8::from_str_radix(pair, 16).expect("hex");
                    }
                    // As docs/peers.md has it, and not by the program's own hand.
                    let who = 2_u16.to_be_bytes();
                    Hash::of_parts(&[b"tideover/kept/v1\n", &who, &number, bytes]).to_string()
                };
                let proofs = match manner {
                    Manner::Older => panic!("an older program was asked"),
                    Manner::HangsUp => return None,
                    Manner::ShowsNothing => Vec::new(),
                    Manner::ShowsHashes => {
                        vec![Hash::of_line(&record).to_string(), of(&Hash::of_line(&record).0)]
                    }
                    Manner::HonestAndSlow => {
                        std::thread::sleep(Duration::from_millis(700));
                        vec![of(&record)]
                    }
                };
                send(&mut line, &Say::Shown { proofs }, &[]).ok()?;
                continue;
            }
            _ => Say::No { text: "not here".to_owned() },
        };
        drop(all);
        send(&mut line, &say, &[]).ok()?;
    }
}

fn is_told_of(register: u16) -> impl Fn(&View) -> bool {
    move |view| {
        let begins = format!("Register {register} can't show a record");
        let notice = view.notice.as_ref();
        notice.is_some_and(|notice| {
            notice.kind == NoticeKind::Attention && notice.text.to_string().starts_with(&begins)
        })
    }
}

#[test]
fn a_peer_that_kept_nothing_or_hashes_only_is_found_out_and_is_no_copy() {
    for manner in [Manner::ShowsNothing, Manner::ShowsHashes] {
        let store = Store::of(&[1, 2]);
        let odd = Odd::starts(&store, manner);
        let one = store.start(1);
        one.sells(1);
        one.peers.as_ref().expect("peers").call(RegisterNo(2), &odd.address);
        one.until(is_told_of(2));
        one.sees(1, 1);
        assert!(odd.shown() >= 1 && odd.keeps() >= 2, "{manner:?}");
        // What it says of later records counts as little, and holds up no sale.
        let before = one.waited_in_vain();
        one.sells(1);
        one.sells(1);
        one.sees(1, 1);
        assert_eq!(one.waited_in_vain(), before, "{manner:?}: nobody to wait for");
        one.stops();
    }
}

#[test]
fn an_honest_peer_that_is_slow_an_older_one_and_one_that_hangs_up_are_not_called_liars() {
    for manner in [Manner::HonestAndSlow, Manner::Older, Manner::HangsUp] {
        let store = Store::of(&[1, 2]);
        let odd = Odd::starts(&store, manner);
        let one = store.start(1);
        one.sells(1);
        one.peers.as_ref().expect("peers").call(RegisterNo(2), &odd.address);
        one.sees(1, 2);
        if manner != Manner::Older {
            one.until(|_| odd.shown() >= 1);
        }
        one.sells(1);
        // A line that broke says nothing about what was kept; what is new comes with the next one.
        one.until(|view| view.status.peers.as_ref().is_some_and(|peers| peers.copies == 2));
        assert!(!is_told_of(2)(&one.till.view()), "{manner:?}");
        if manner == Manner::Older {
            assert_eq!(odd.shown(), 0);
        }
        one.stops();
    }
}

#[test]
fn a_register_whose_copies_were_lost_is_no_copy_until_it_has_them_again() {
    let store = Store::of(&[1, 2]);
    let (one, two) = (store.start(1), store.start(2));
    one.calls(&two);
    two.calls(&one);
    for _ in 0..3 {
        one.sells(1);
    }
    one.sees(1, 2);
    two.sees(1, 2);
    // Its rows go while it runs: it still says how far it holds them.
    let mirror = store.data(2).mirror_dir().join("mirror.db");
    let db = rusqlite::Connection::open(&mirror).expect("its copies");
    db.busy_timeout(Duration::from_secs(20)).expect("patience");
    let guards: Vec<String> = db
        .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        .expect("read")
        .query_map([], |row| row.get(0))
        .expect("read")
        .collect::<Result<_, _>>()
        .expect("names");
    for guard in guards {
        db.execute_batch(&format!("DROP TRIGGER {guard}")).expect("dropped");
    }
    assert!(db.execute("DELETE FROM line", []).expect("gone") > 0);
    drop(db);
    one.stops();
    let one = store.start(1);
    one.calls(&two);
    one.until(is_told_of(2));
    one.sees(1, 1);
    // Started anew with nothing: everything is brought again, and shown.
    two.stops();
    std::fs::remove_dir_all(store.data(2).mirror_dir()).expect("gone");
    let two = store.start(2);
    one.calls(&two);
    two.calls(&one);
    one.sees(1, 2);
    one.sells(1);
    one.sees(1, 2);
    one.stops();
    two.stops();
}
