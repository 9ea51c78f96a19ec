//! The database's machine is gone and its standby takes its place: what only the first one had is
//! brought again, and where both had to have it, nothing that was acknowledged was missing at all.
//!
//! ```text
//!  central ─▶ first server ──log──▶ standby        first ✗ ─▶ standby promoted ─▶ central goes on
//! ```

use tideover::sync::carrier::{Request, Transport as _};
use tideover::sync::http::HttpTransport;
use tideover::sync::push::LinkState;
use tideover::sync::segment;

use super::server::Server;
use super::{agree, assert_all_once, bind, name_of, registers};
use crate::central::{central_at, drain};
use crate::journals::TestRegister;

fn drained(registers: &mut [TestRegister], address: &str) {
    for register in registers {
        let mut http = HttpTransport::new(address, None, false).expect("a line");
        let report = drain(register, &mut http);
        assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
    }
}

#[test]
fn a_standby_that_lacks_the_last_sales_takes_over_and_registers_bring_them_again() {
    let Some(mut first) = Server::start() else { return };
    let (folder, url) = (tempfile::tempdir().expect("a folder"), first.database());
    bind(folder.path(), &url);
    let central = central_at(folder.path());
    let mut registers = registers(2, 60);
    drained(&mut registers, &central.url());
    let standby = first.standby(&[]);
    first.is_followed_by(&standby);
    let before = name_of(&central.url());

    standby.hears_nothing_more();
    for register in &mut registers {
        register.sell(40, 2);
    }
    drained(&mut registers, &central.url());
    first.kill();
    standby.stands_in_for(&first);

    // Until it is promoted it takes nothing, and says so.
    let lines = &registers[0].lines;
    let body = segment::build(&lines[lines.len() - 5..], &registers[0].key).expect("built");
    let mut line = HttpTransport::new(&central.url(), None, false).expect("a line");
    // A process of the killed server may still be there for a moment, and has these five already.
    let mut answers = (0..1_000).map(|_| {
        let request = Request::post("/v1/segments", body.clone());
        line.send(&request).expect("an answer").status
    });
    assert!(answers.any(|status| status == 503), "what can't be written acknowledges nothing");

    standby.promote();
    assert_ne!(name_of(&central.url()), before, "registers are to ask anew");
    for row in central.journals().expect("read") {
        let all = |register: &&TestRegister| register.chain.journal == row.journal;
        let register = registers.iter().find(all).expect("known");
        assert_eq!(row.position.next_seq.0, register.chain.next_seq.0 - 40, "it lacks the last 40");
    }
    drained(&mut registers, &central.url());
    agree(&central, &registers);
    assert_all_once(&standby, &url, &registers);
}

/// Delivers five records at a time until one is not acknowledged; how many were.
fn acknowledged(register: &TestRegister, address: &str) -> u64 {
    let mut line = HttpTransport::new(address, None, false).expect("a line");
    let mut count = 0;
    for lines in register.lines.chunks(5) {
        let body = segment::build(lines, &register.key).expect("built");
        match line.send(&Request::post("/v1/segments", body)) {
            Ok(answer) if answer.status == 200 => count += lines.len(),
            Ok(_) | Err(_) => break,
        }
    }
    u64::try_from(count).expect("a number")
}

/// Both machines have what is acknowledged: the first one is killed in the middle of a drain.
#[test]
fn where_the_standby_confirms_each_commit_it_lacks_nothing_that_was_acknowledged() {
    let told =
        |_: &std::path::Path| ["-c", "synchronous_standby_names=*"].map(str::to_owned).to_vec();
    let Some(mut first) = Server::told(told) else { return };
    let standby = first.standby(&[]);
    let (folder, url) = (tempfile::tempdir().expect("a folder"), first.database());
    bind(folder.path(), &url);
    let central = central_at(folder.path());
    let mut registers = registers(2, 500);
    let all: u64 = registers.iter().map(|register| register.chain.next_seq.0).sum();
    let address = central.url();
    let acknowledged = std::thread::scope(|scope| {
        let couriers: Vec<_> = registers
            .iter()
            .map(|register| scope.spawn(|| acknowledged(register, &address)))
            .collect();
        let held = || {
            let rows = central.journals().expect("read");
            rows.iter().map(|row| row.position.next_seq.0).sum::<u64>()
        };
        while held() < all / 3 && !couriers.iter().all(|courier| courier.is_finished()) {
            std::thread::yield_now();
        }
        first.kill();
        couriers.into_iter().map(|one| one.join().expect("a courier")).collect::<Vec<u64>>()
    });
    let brought: u64 = acknowledged.iter().sum();
    assert!((1..all).contains(&brought), "in the middle: {brought} of {all}");
    standby.stands_in_for(&first);
    standby.promote();
    // The one that stands in waits for nobody.
    let rows = central.journals().expect("read");
    for (register, known) in registers.iter().zip(&acknowledged) {
        let row = rows.iter().find(|row| row.journal == register.chain.journal);
        let has = row.map_or(0, |row| row.position.next_seq.0);
        assert!(has >= *known, "register {}: {has} of {known}", register.chain.journal.register.0);
    }
    drained(&mut registers, &central.url());
    agree(&central, &registers);
    assert_all_once(&standby, &url, &registers);
}
