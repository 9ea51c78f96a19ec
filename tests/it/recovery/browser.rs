//! The recovery page in a real browser while registers drain: headless Chromium looks, SQL says
//! the same (tests/browser/recovery.py). The script says when more may come in, so that the drain
//! is under way for as long as it looks, on a machine of any speed.
#![expect(clippy::disallowed_methods, reason = "an afternoon that goes on as time does")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use tideover::central::operations::Operations;
use tideover::central::serve::Encryption;
use tideover::device::clock::Clock;
use tideover::domain::event::Event;
use tideover::domain::ids::StoreNo;
use tideover::domain::time::Timestamp;
use tideover::sync::http::HttpTransport;
use tideover::sync::push::SyncLoop;

use super::outage;
use crate::central::{central_operated, drain, enrolled};
use crate::journals::{TestRegister, clock, start};
use crate::reconcile::{browser_is_here, root};

/// The afternoon of the registers' own day, going on as fast as any clock.
struct Afternoon(Instant);

impl Clock for Afternoon {
    fn now(&self) -> Timestamp {
        let start = start();
        let passed = i64::try_from(self.mono_ms()).expect("a short test");
        Timestamp::new(start.utc_ms + passed, start.offset_min).expect("a time")
    }

    fn mono_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).expect("a short test")
    }
}

/// A register that hands over a step at a time.
struct Courier {
    register: TestRegister,
    sync: SyncLoop,
    line: HttpTransport,
}

#[test]
fn a_phone_watches_a_live_drain_and_reads_what_sql_says() {
    if !browser_is_here() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let operations = Operations { public_form: true, ..Operations::of_tests() };
    let afternoon = Arc::new(Afternoon(Instant::now()));
    let central = central_operated(folder.path(), Encryption::None, afternoon, operations);
    let places = [(1042, 1), (1042, 2), (1042, 3), (1043, 1), (1043, 2), (1108, 1)];
    let mut couriers: Vec<Courier> = (21..)
        .zip(places)
        .map(|(seed, (store, number))| {
            let mut register = TestRegister::at(StoreNo(store), number, seed);
            if seed == 21 {
                // The store's staff and customers are told what it recorded.
                let known = outage(Some("2026-11-22T18:00:00.000-06:00"));
                register.record(Event::OutageDeclared(known));
            }
            register.sell(1_500 + 400 * u64::from(number), 1);
            enrolled(&central, &register);
            let line = HttpTransport::new(&central.url(), None, false).expect("a line");
            let sync = register.sync(&clock());
            let mut one = Courier { register, sync, line };
            // What is to come is known before the first record.
            let journal = one.register.chain.journal;
            let known = || {
                let rows = central.journals().expect("read");
                rows.iter().any(|row| row.journal == journal && row.expected_next.0 > 0)
            };
            while !known() {
                one.sync.step(0, &mut one.line, &mut one.register);
            }
            one
        })
        .collect();
    // One store handed everything over, and one was enrolled and never spoke.
    let mut whole = TestRegister::at(StoreNo(1201), 1, 31);
    whole.sell(300, 1);
    enrolled(&central, &whole);
    drain(&mut whole, &mut HttpTransport::new(&central.url(), None, false).expect("a line"));
    enrolled(&central, &TestRegister::at(StoreNo(1310), 1, 32));
    let pictures = root().join("target/browser");
    std::fs::create_dir_all(&pictures).expect("a folder");
    let mut script = Command::new("python3")
        .arg(root().join("tests/browser/recovery.py"))
        .arg(central.url())
        .arg(folder.path().join("central.db"))
        .arg(&pictures)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs");
    let mut to_script = script.stdin.take().expect("a pipe");
    let lines = BufReader::new(script.stdout.take().expect("a pipe")).lines();
    for line in lines {
        let line = line.expect("readable");
        println!("{line}");
        let Some(steps) = line.strip_prefix("go ") else { continue };
        let steps: u32 = steps.parse().expect("a number");
        std::thread::scope(|scope| {
            for one in &mut couriers {
                scope.spawn(move || {
                    (0..steps)
                        .for_each(|_| drop(one.sync.step(0, &mut one.line, &mut one.register)))
                });
            }
        });
        if steps > 50 {
            central.settle();
        }
        to_script.write_all(b"went\n").expect("it listens");
    }
    assert!(script.wait().expect("it ends").success(), "the story did not come to its end");
}
