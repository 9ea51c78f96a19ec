//! Central's certificate is changed while registers are away: they believe the new one by central's
//! own signature, and nobody in between can use that.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tideover::central::serve::{Central, Encryption};
use tideover::domain::ids::RegisterNo;
use tideover::journal::hash::Hash;
use tideover::sync::carrier::{Address, Request, Transport as _};
use tideover::sync::http::HttpTransport;
use tideover::sync::push::{LinkState, PushReport};

use super::{STORE, central_listening, central_with, drain};
use crate::journals::{TestRegister, clock};
use crate::program::ask;

/// One attempt: whom nobody vouches for is asked no further.
fn once(register: &mut TestRegister, line: &mut HttpTransport) -> PushReport {
    register.sync(&clock()).push_once(line, register)
}

/// Stops central and starts it at its address with another certificate.
fn with_another_certificate(central: Central, folder: &Path) -> Central {
    let url = central.url();
    let listen: SocketAddr =
        url.strip_prefix("https://").expect("encrypted").parse().expect("an address");
    let before = central.fingerprint();
    central.stop();
    for file in ["tls-cert.pem", "tls-key.pem"] {
        std::fs::remove_file(folder.join(file)).expect("removed");
    }
    let central = central_listening(folder, Encryption::Own, Arc::new(clock()), listen);
    assert_ne!(central.fingerprint(), before);
    central
}

#[test]
fn a_certificate_that_was_changed_is_believed_by_centrals_signature_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_with(folder.path(), Encryption::Own);
    let old = central.fingerprint().expect("encrypted");
    let central = with_another_certificate(central, folder.path());
    let mut register = TestRegister::new(7);
    register.sell(5, 1);
    // Nobody's word is taken unless it is said whose.
    let mut strict = HttpTransport::new(&central.url(), Some(&old), false).expect("a line");
    let report = once(&mut register, &mut strict);
    assert!(matches!(report.link, LinkState::NoAnswer { .. }), "{report:?}");
    let line = HttpTransport::new(&central.url(), Some(&old), false).expect("a line");
    let mut line = line.vouched_by(central.door().public_key());
    let report = drain(&mut register, &mut line);
    assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
    assert_eq!(line.renewed().map(|hash| hash.to_string()), central.fingerprint());
    assert_eq!(line.renewed(), None, "told once");
    // Another central's word is not this one's.
    let stranger = TestRegister::new(9).key.public();
    let line = HttpTransport::new(&central.url(), Some(&old), false).expect("a line");
    register.sell(1, 1);
    let report = once(&mut register, &mut line.vouched_by(stranger));
    assert!(matches!(report.link, LinkState::NoAnswer { .. }), "{report:?}");
}

#[test]
fn a_register_keeps_the_new_certificate_and_believes_the_old_one_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().join("central");
    let central = central_with(&at, Encryption::Own);
    let (url, pin) = (central.url(), central.fingerprint().expect("encrypted"));
    let code = central.door().enroll_code(STORE, RegisterNo(7)).expect("a code");
    let data = folder.path().join("register");
    let data = data.to_str().expect("a name");
    let enroll = ["enroll", "--data", data, "--central", &url, "--fingerprint", &pin];
    let (code, said) = ask(&[&enroll[..], &["--code", &code]].concat());
    assert_eq!(code, 0, "{said}");
    let central = with_another_certificate(central, &at);
    let (code, said) = ask(&["sync", "push", "--data", data]);
    assert_eq!(code, 0, "{said}");
    let settings = std::fs::read(Path::new(data).join("register.json")).expect("settings");
    let settings: serde_json::Value = serde_json::from_slice(&settings).expect("JSON");
    assert_eq!(settings["central"]["certificate"], central.fingerprint().expect("encrypted"));
    assert_eq!(ask(&["sync", "push", "--data", data]).0, 0);
}

/// Somebody between register and central, with a certificate of their own: passes questions on and
/// notes what was asked.
fn between(central: &Central) -> (String, Arc<Mutex<Vec<Address>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("here"));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let chain: Vec<CertificateDer<'static>> = vec![made.cert.der().clone()];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("fits");
    let config = Arc::new(config);
    let (real, pin) = (central.url(), central.fingerprint().expect("encrypted"));
    let asked: Arc<Mutex<Vec<Address>>> = Arc::default();
    let noted = Arc::clone(&asked);
    #[expect(clippy::disallowed_methods, reason = "a thread that ends with the test")]
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let session = rustls::ServerConnection::new(Arc::clone(&config)).expect("a session");
            let mut line = rustls::StreamOwned::new(session, socket);
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && matches!(line.read(&mut byte), Ok(1)) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let Some(address) = head.split(' ').nth(1).map(Address::from) else { continue };
            noted.lock().expect("a lock").push(address.clone());
            let mut onward = HttpTransport::new(&real, Some(&pin), false).expect("a line");
            let request = Request::get(address);
            let Ok(answer) = onward.send(&request) else { continue };
            let length = answer.body.len();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            line.write_all(&[head.as_bytes(), &answer.body].concat()).ok();
            line.flush().ok();
        }
    });
    (url, asked)
}

#[test]
fn somebody_in_between_who_passes_centrals_own_answer_on_is_not_believed_and_sent_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_with(folder.path(), Encryption::Own);
    let (url, asked) = between(&central);
    let pin = central.fingerprint().expect("encrypted");
    let line = HttpTransport::new(&url, Some(&pin), false).expect("a line");
    let mut line = line.vouched_by(central.door().public_key());
    let mut register = TestRegister::new(7);
    register.sell(5, 1);
    let report = once(&mut register, &mut line);
    assert!(matches!(report.link, LinkState::NoAnswer { .. }), "{report:?}");
    assert_eq!(line.renewed(), None);
    let asked = asked.lock().expect("a lock").clone();
    assert!(!asked.is_empty(), "it was asked who it is");
    let only_greetings = asked.iter().all(|address| address.path() == "/v1/hello");
    assert!(only_greetings, "{asked:?}");
    assert_eq!(central.totals(STORE, None).expect("totals").sales, 0);
}

#[test]
fn a_further_certificate_is_vouched_for_before_it_is_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let next = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    let file = folder.path().join("next.pem");
    std::fs::write(&file, next.cert.pem()).expect("written");
    let read = tideover::central::tls::fingerprints(std::slice::from_ref(&file)).expect("read");
    assert_eq!(read, [Hash::of_bytes(next.cert.der())]);
    std::fs::write(&file, "no certificate").expect("written");
    let why = tideover::central::tls::fingerprints(&[file]).expect_err("none").to_string();
    assert!(why.contains("no certificate or key in PEM form"), "{why}");
}
