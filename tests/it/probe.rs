//! Probes against real servers on this machine: well, slow, refusing, silent, cut, and somebody
//! else's page; then what the register says about it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command as Process;
use std::sync::Arc;

use tideover::device::clock::{Clock as _, SimulatedClock, SystemClock};
use tideover::domain::event::Event;
use tideover::domain::hearsay::{Source, Trust};
use tideover::domain::outage::{OutageFault, System};
use tideover::domain::probe::{Cause, Failing, Lie, Sight};
use tideover::domain::refusal::Refusal;
use tideover::domain::time::Timestamp;
use tideover::probe::board::Look;
use tideover::probe::look::look;
use tideover::probe::watch::{LOG, Watch, round};
use tideover::probe::{Plan, SharedBoard};
use tideover::register::command::Command;
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::Answer;

use crate::outage::{act, answer, page};
use crate::register::{CASHIER, LEAD, Shop};

/// Answers one connection as `talk` does, and ends.
fn server(talk: impl FnOnce(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its port").port();
    let serve = move || {
        if let Ok((stream, _)) = listener.accept() {
            talk(stream);
        }
    };
    std::thread::Builder::new().name("server".to_owned()).spawn(serve).expect("a thread");
    port
}

fn request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut piece = [0_u8; 512];
    while !text.ends_with(b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(count) if count > 0 => text.extend_from_slice(&piece[..count]),
            _ => break,
        }
    }
    String::from_utf8(text).expect("text")
}

fn says(answer: &'static str) -> u16 {
    server(move |mut stream| {
        request(&mut stream);
        stream.write_all(answer.as_bytes()).ok();
    })
}

fn plan(port: u16, limit_ms: u32) -> Plan {
    let text = format!(
        "[[probe]]\nwatches = \"payments\"\naddress = \"http://127.0.0.1:{port}/health\"\n\
         healthy = \"ok\"\nlimit_ms = {limit_ms}\nevery_s = 5\n"
    );
    Plan::parse(&text).expect("a plan")
}

fn seen(port: u16) -> Sight {
    look(&plan(port, 200).probes[0], &SystemClock::new(None)).0
}

#[test]
fn a_healthy_answer_is_up_and_says_nothing_about_the_store() {
    let (told, tells) = std::sync::mpsc::sync_channel(1);
    let port = server(move |mut stream| {
        told.send(request(&mut stream)).expect("told");
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").expect("said");
    });
    assert_eq!(look(&plan(port, 20_000).probes[0], &SystemClock::new(None)).0, Sight::Up);
    let asked = tells.recv().expect("a request");
    let expected = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
                    Accept: */*\r\n\r\n";
    assert_eq!(asked, expected);
}

#[test]
fn a_late_answer_is_slow() {
    let clock = SimulatedClock::at(Timestamp { utc_ms: 0, offset_min: 0 });
    let servers = clock.clone();
    let port = server(move |mut stream| {
        request(&mut stream);
        servers.advance_ms(1_500);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nok").expect("said");
    });
    assert_eq!(look(&plan(port, 1_000).probes[0], &clock), (Sight::Slow, 1_500));
}

#[test]
fn no_listener_refuses_and_a_cut_or_silent_line_is_told_as_such() {
    // Port 1 is no server's here, and no other test's either.
    assert_eq!(seen(1), Sight::Down(Failing::Refused));
    let cut = server(|mut stream| {
        request(&mut stream);
    });
    assert_eq!(seen(cut), Sight::Down(Failing::Cut));
    // Half open: the connection stands and nobody ever says a word.
    let (end, ended) = std::sync::mpsc::sync_channel::<()>(1);
    let silent = server(move |mut stream| {
        request(&mut stream);
        ended.recv().ok();
    });
    assert_eq!(seen(silent), Sight::Down(Failing::Silent));
    drop(end);
}

#[test]
fn somebody_elses_answer_is_never_taken_for_the_systems() {
    for (answer, sight) in [
        ("HTTP/1.1 302 Found\r\nLocation: http://guest/\r\n\r\n", Sight::Lying(Lie::Redirect)),
        ("HTTP/1.1 200 OK\r\n\r\n<h1>Welcome guest</h1>", Sight::Lying(Lie::WrongAnswer)),
        ("HTTP/1.1 404 Not Found\r\n\r\nok", Sight::Lying(Lie::WrongAnswer)),
        // The word in a header is no answer.
        ("HTTP/1.1 200 OK\r\nX-Note: ok\r\n\r\nno", Sight::Lying(Lie::WrongAnswer)),
        ("SSH-2.0-x\r\n", Sight::Lying(Lie::NotHttp)),
        ("HTTP/1.1 503 Busy\r\n\r\nok", Sight::Down(Failing::Unwell(503))),
    ] {
        assert_eq!(seen(says(answer)), sight, "{answer}");
    }
}

#[test]
fn an_endless_answer_is_read_to_its_bound() {
    let port = server(|mut stream| {
        request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nok").ok();
        while stream.write_all(&[b'x'; 4_096]).is_ok() {}
    });
    assert_eq!(look(&plan(port, 20_000).probes[0], &SystemClock::new(None)).0, Sight::Up);
}

#[test]
fn the_thread_looks_keeps_its_ring_and_ends_when_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = plan(says("HTTP/1.1 200 OK\r\n\r\nok"), 20_000);
    let board = SharedBoard::of(Ok(plan.clone()));
    let clock = Arc::new(SystemClock::new(None));
    let watch = Watch::start(plan, board.clone(), clock, folder.path()).expect("it runs");
    while board.lock().seen[0].looks.is_empty() {
        std::thread::yield_now();
    }
    watch.stop();
    assert_eq!(board.lock().cause(), Cause::Well);
    let log = std::fs::read_to_string(folder.path().join(LOG)).expect("the ring's file");
    assert!(log.starts_with("payments up "), "{log}");
}

fn troubled(board: &SharedBoard, shop: &Shop, sight: Sight, times: usize) {
    for _ in 0..times {
        shop.clock.advance_ms(60_000);
        let at = shop.clock.now();
        board.lock().put(0, Look { at, sight, took_ms: 6_000 });
    }
}

#[test]
fn the_register_tells_when_trouble_begins_and_ends_and_switches_nothing() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let board = SharedBoard::of(Ok(plan(9, 2_000)));
    register.watch(board.clone());
    let notice = |register: &tideover::register::register::Register| {
        register.view().notice.map(|notice| notice.text.to_string()).unwrap_or_default()
    };
    troubled(&board, &shop, Sight::Up, 1);
    register.hear_probes();
    assert!(!notice(&register).contains("systems"), "a good start is not worth a word");
    let lie = Sight::Lying(Lie::Redirect);
    troubled(&board, &shop, lie, 2);
    register.hear_probes();
    assert!(!notice(&register).contains("Trouble"), "two bad answers are a flap");
    troubled(&board, &shop, lie, 1);
    register.hear_probes();
    assert_eq!(notice(&register), "Trouble with one system: Cards and payments");
    assert_eq!(register.view().status.outage, None, "nobody declared anything");
    // For the other registers of the store: once, in the journal that they mirror.
    register.hear_probes();
    let told: Vec<String> = shop
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::Heard(heard) if heard.source == Source::Probes => Some(heard.text),
            _ => None,
        })
        .collect();
    assert_eq!(told, ["Trouble with one system: Cards and payments"]);
    register.handle(Command::OpenPage(PageName::Systems));
    let rows = page(&register).rows;
    assert!(rows[1].cells[0] == "Heard at register 7", "{rows:?}");
    register.handle(Command::LeavePage);
    troubled(&board, &shop, Sight::Up, 5);
    register.hear_probes();
    assert_eq!(notice(&register), "All systems answer again");
}

#[test]
fn news_of_a_probe_waits_until_a_refusal_was_read() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let board = SharedBoard::of(Ok(plan(9, 2_000)));
    register.watch(board.clone());
    let notice = |register: &tideover::register::register::Register| {
        register.view().notice.map(|notice| notice.text.to_string()).unwrap_or_default()
    };
    register.handle(Command::Train { on: true });
    let refused = notice(&register);
    troubled(&board, &shop, Sight::Lying(Lie::Redirect), 3);
    register.hear_probes();
    assert_eq!(notice(&register), refused, "the refusal is not swept off the screen");
    register.handle(Command::OpenPage(PageName::Systems));
    register.hear_probes();
    assert_eq!(notice(&register), "Trouble with one system: Cards and payments");
}

#[test]
fn a_register_without_probes_does_not_speak_of_its_network() {
    assert_eq!(SharedBoard::default().lock().cause(), Cause::Unknown);
}

#[test]
fn the_page_shows_the_systems_and_prints_what_support_asks_for() {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    let board = SharedBoard::of(Ok(plan(9, 2_000)));
    register.watch(board.clone());
    crate::outage::declare(&mut register);
    troubled(&board, &shop, Sight::Down(Failing::Silent), 1);
    assert_eq!(register.handle(Command::OpenPage(PageName::Systems)), Answer::Done);
    let shown = page(&register);
    assert_eq!(shown.rows.len(), 1);
    assert!(shown.rows[0].cells[3] == "connected, then silent, 6000 ms");
    assert_eq!(act(&mut register, 1), Answer::Done);
    let paper = shop.receipts();
    for said in ["Support sheet", "http://127.0.0.1:9/health", "first failure", "Line cut"] {
        assert!(paper.contains(said), "{said} is missing:\n{paper}");
    }
}

#[test]
fn what_was_heard_elsewhere_is_recorded_with_its_source_and_trust() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    register.handle(Command::OpenPage(PageName::Systems));
    act(&mut register, 0);
    let choose = |place| Command::Page(PageInput::Choice(place));
    assert_eq!(register.handle(choose(9)), Answer::Refused(Refusal::NoSuchLine));
    assert_eq!(register.handle(choose(4)), Answer::Done);
    let nothing = Refusal::Outage(OutageFault::NothingSaid);
    assert_eq!(answer(&mut register, "  "), Answer::Refused(nothing));
    assert_eq!(answer(&mut register, "All stores of the region are down"), Answer::Done);
    let heard = shop.events().into_iter().find_map(|event| match event {
        Event::Heard(heard) => Some(heard),
        _ => None,
    });
    let heard = heard.expect("a record");
    assert_eq!((heard.source, heard.trust), (Source::Social, Trust::Low));
}

#[test]
fn a_wrong_plan_is_told_on_the_page_and_stops_nothing() {
    let shop = Shop::new();
    let mut register = shop.open(CASHIER);
    let wrong = Plan::parse("[[probe]]\nwatches = \"weather\"\naddress = \"tcp:a:1\"\n");
    register.watch(SharedBoard::of(wrong.map_err(|error| error.to_string())));
    register.hear_probes();
    register.handle(Command::OpenPage(PageName::Systems));
    let lead = page(&register).lead[0].to_string();
    assert!(lead.contains("weather") && lead.contains("selling is not touched"), "{lead}");
}

#[test]
fn one_round_from_the_command_line_tells_the_same() {
    let shop = Shop::new();
    let run = || {
        Process::new(env!("CARGO_BIN_EXE_tideover"))
            .env("TIDEOVER_HOME", shop.data().0)
            .args(["probe", "--json"])
            .output()
            .expect("run")
    };
    assert_eq!(run().status.code(), Some(3), "there is no plan");
    let port = says("HTTP/1.1 302 Found\r\n\r\n");
    let text = format!(
        "[[probe]]\nwatches = \"payments\"\naddress = \"http://127.0.0.1:{port}/\"\n\
         healthy = \"ok\"\n"
    );
    std::fs::write(shop.data().0.join("probes.toml"), text).expect("written");
    let told = run();
    assert_eq!(told.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&told.stdout).expect("json");
    assert_eq!(json["systems"][0]["sight"], "lying");
    assert_eq!(json["cause"], "Trouble with one system: Cards and payments");
    let port = says("HTTP/1.1 200 OK\r\n\r\nok");
    let plan = plan(port, 20_000);
    let board = SharedBoard::of(Ok(plan.clone()));
    round(&plan, &board, &SystemClock::new(None));
    assert_eq!(board.lock().cause(), Cause::Well);
    assert_eq!(board.lock().seen[0].probe.watched.label(), System::Payments.label());
}
