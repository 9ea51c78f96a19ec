//! Who is no peer, or a bad one: strangers, a silent port, garbage, a wrong setting.
#![expect(clippy::disallowed_methods, reason = "threads that end with the test")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use tideover::domain::ids::{RegisterNo, StoreNo};
use tideover::ledger::{LedgerError, Mirror};
use tideover::register::till::Till as _;

use super::store::Store;

#[test]
fn a_stranger_is_told_nothing_and_nothing_of_it_is_kept() {
    let store = Store::of(&[1, 2]);
    let one = store.start(1);
    // Register 2's number, and a key that nobody listed.
    let stranger = Store::of(&[1, 2]);
    let mut peers = stranger.list(2);
    peers["registers"][0]["key"] = store.key(1).public().to_string().into();
    stranger.write_settings(2, peers);
    let two = stranger.start(2);
    two.calls(&one);
    one.calls(&two);
    two.sells(1);
    one.sells(1);
    one.sees(0, 1);
    two.sees(0, 1);
    let mirror = Mirror::open_to_read(&one.data.mirror_dir(), StoreNo(1042)).expect("a mirror");
    assert!(mirror.branches().expect("read").is_empty());
    // Bytes that are no TLS, and a caller that says nothing: both get no answer, and it lives on.
    let mut noise = TcpStream::connect(one.listening()).expect("a socket");
    noise.write_all(&[0x5a; 4_096]).expect("sent");
    noise.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit");
    let mut said = Vec::new();
    noise.read_to_end(&mut said).ok();
    assert!(said.len() < 64, "an alert at most");
    let silent = TcpStream::connect(one.listening()).expect("a socket");
    one.sells(1);
    drop(silent);
}

#[test]
fn a_peer_that_is_slow_silent_or_talks_garbage_holds_up_no_sale() {
    let store = Store::of(&[1, 2, 3]);
    let one = store.start(1);
    // A port that takes the call and never answers, and one that answers anything at all.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let garbage = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (silent_at, garbage_at) =
        (silent.local_addr().expect("here"), garbage.local_addr().expect("here"));
    std::thread::spawn(move || {
        let held: Vec<_> = silent.incoming().take(64).collect();
        drop(held);
    });
    std::thread::spawn(move || {
        for mut socket in garbage.incoming().take(64).flatten() {
            socket.write_all(b"HTTP/1.1 200 OK\r\n\r\nhello").ok();
        }
    });
    let peers = one.peers.as_ref().expect("peers");
    peers.call(RegisterNo(2), &silent_at.to_string());
    peers.call(RegisterNo(3), &garbage_at.to_string());
    for _ in 0..5 {
        one.sells(1);
    }
    assert_eq!(one.waited_in_vain(), 0, "nobody to wait for");
    one.sees(0, 1);
}

#[test]
fn a_wrong_setting_costs_the_peers_and_never_the_start() {
    let store = Store::of(&[1, 2]);
    for wrong in [
        serde_json::json!("here"),
        serde_json::json!({"listen": "nowhere at all", "registers": []}),
        serde_json::json!({"listen": "127.0.0.1:0", "registers": [
            {"register": 2, "key": "00"}, {"register": "two"}, {"register": 2, "address": "::::"}]}),
        serde_json::json!({"listens": "127.0.0.1:0"}),
    ] {
        store.write_settings(1, wrong.clone());
        let one = store.start(1);
        one.sells(1);
        let seen = one.till.view().status.peers.as_ref().map_or(0, |peers| peers.seen);
        assert_eq!(seen, 0, "{wrong}");
        one.stops();
    }
    assert!(matches!(
        Mirror::open_to_read(&store.data(2).mirror_dir(), StoreNo(1042)),
        Err(LedgerError::Nothing { .. })
    ));
}
