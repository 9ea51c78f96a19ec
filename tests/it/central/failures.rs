//! The way to central fails, at each byte and in each order: nothing is half stored, nothing twice.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use tideover::central::door::InProcess;
use tideover::central::serve::Encryption;
use tideover::device::clock::Clock as _;
use tideover::device::entropy::SeededEntropy;
use tideover::domain::ids::{Seq, StoreNo};
use tideover::sync::carrier::{NoAnswer, Request, Response, Transport};
use tideover::sync::http::HttpTransport;
use tideover::sync::push::LinkState;

use super::{
    STORE, announcement, answer, assert_all_once, central_at, central_on, drain, drain_with,
    enrolled, post, segments,
};
use crate::journals::{TestRegister, clock};

const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn a_delivery_cut_at_each_of_its_bytes_stores_nothing_and_the_whole_one_is_created_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(1, 1);
    let body = segments(&register, 100).remove(0);
    let head = format!(
        "POST /v1/segments HTTP/1.1\r\nhost: central\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let request = [head.as_bytes(), &body].concat();
    for len in 0..request.len() {
        let mut line = TcpStream::connect(central.address()).expect("a connection");
        line.write_all(&request[..len]).expect("said");
        line.shutdown(Shutdown::Write).expect("cut");
        line.set_read_timeout(Some(PATIENCE)).expect("a patience");
        let mut heard = Vec::new();
        line.read_to_end(&mut heard).ok();
        let heard = String::from_utf8_lossy(&heard);
        assert!(!heard.starts_with("HTTP/1.1 200"), "{len} of {} bytes: {heard}", request.len());
    }
    assert!(central.journals().expect("journals").is_empty(), "nothing half stored");
    let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
    assert_eq!(answer(&http.send(&post("/v1/segments", body)).expect("sent")).created, 3);
    assert_all_once(&central, &[&register]);
}

/// Passes everything on; of the next delivery's answer only so many bytes come back.
struct ShortAnswer<'a> {
    inner: &'a mut dyn Transport,
    most: Option<usize>,
}

impl Transport for ShortAnswer<'_> {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        let mut answer = self.inner.send(request)?;
        if request.path() == "/v1/segments"
            && let Some(most) = self.most.take()
        {
            answer.body.truncate(most);
        }
        Ok(answer)
    }
}

#[test]
fn an_answer_cut_anywhere_is_none_and_what_it_acknowledged_is_not_sent_again() {
    let folder = tempfile::tempdir().expect("a folder");
    // One clock for both: whoever asks so often is told when to come again.
    let time = clock();
    let central = central_on(folder.path(), Encryption::None, Arc::new(time.clone()));
    let mut inner = InProcess(central.door());
    let mut register = TestRegister::new(7);
    let mut sync = register.sync(&time);
    drain_with(&mut sync, &time, &mut register, &mut inner);
    let receipt = &register.receipts[&register.chain.journal];
    let whole = receipt.bytes.len();
    for most in (0..whole).step_by(29) {
        register.sell(1, 1);
        let mut line = ShortAnswer { inner: &mut inner, most: Some(most) };
        let report = drain_with(&mut sync, &time, &mut register, &mut line);
        assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0), "{most} bytes");
        // The commit stood: central was asked where it stands, and nothing went there twice.
        assert_eq!((report.created, report.existing), (0, 0), "{most} bytes");
    }
    assert_all_once(&central, &[&register]);
}

#[test]
fn two_copies_of_one_disk_deliver_at_once_and_every_sale_of_both_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(20, 1);
    drain(&mut register, &mut InProcess(central.door()));
    let mut copies = [register.clone(), register];
    copies[0].sell(30, 1);
    copies[1].sell(25, 2);
    let together = Barrier::new(2);
    std::thread::scope(|scope| {
        for copy in &mut copies {
            let (url, together) = (central.url(), &together);
            scope.spawn(move || {
                let mut http = HttpTransport::new(&url, None, false).expect("a line");
                together.wait();
                assert_eq!(drain(copy, &mut http).pending, 0);
            });
        }
    });
    central.settle();
    let sales = |forks| central.door().totals(STORE, None, forks).expect("totals").sales;
    assert_eq!(sales(false) + sales(true), 20 + 30 + 25);
    assert!([25, 30].contains(&sales(true)), "{}", sales(true));
    let found = central.door().exceptions(Some(STORE)).expect("exceptions");
    let fork = found.iter().find(|group| group.code == "fork").expect("reported");
    assert_eq!(fork.level, "critical");
}

#[test]
fn a_relay_that_drops_replays_and_waits_a_month_can_only_be_late_and_it_shows() {
    for seed in 0..4 {
        let folder = tempfile::tempdir().expect("a folder");
        let time = Arc::new(clock());
        let central = central_on(folder.path(), Encryption::None, Arc::clone(&time) as _);
        let mut register = TestRegister::new(7);
        enrolled(&central, &register);
        let chance = SeededEntropy::new(seed);
        register.sell(5, 1);
        let early = announcement(&register, "0.1.0");
        register.sell(115, 1);
        let door = central.door();
        answer(&door.answer(&post("/v1/announce", announcement(&register, "0.1.0"))));
        let pieces = segments(&register, 10);
        // The third is dropped for certain; of the others each comes not at all, once or twice.
        let mut carried: Vec<usize> = (0..pieces.len())
            .filter(|place| *place != 2)
            .flat_map(|place| vec![place; chance.below(3) as usize])
            .collect();
        for place in (1..carried.len()).rev() {
            carried.swap(place, chance.below(place as u64 + 1) as usize);
        }
        for (turn, place) in carried.iter().enumerate() {
            if turn == carried.len() / 2 {
                time.jump_ms(30 * 24 * 60 * 60 * 1_000);
            }
            answer(&door.answer(&post("/v1/segments", pieces[*place].clone())));
            // An announcement of before is replayed too: what is expected does not shrink.
            answer(&door.answer(&post("/v1/announce", early.clone())));
        }
        let row = central.journals().expect("journals").remove(0);
        assert!(row.position.next_seq <= Seq(20), "seed {seed}: {row:?}");
        assert_eq!(
            row.expected_next, register.chain.next_seq,
            "seed {seed}: how much is out shows"
        );
        if row.parked > 0 {
            let found = door.exceptions(Some(STORE)).expect("exceptions");
            assert!(found.iter().any(|group| group.code == "gap"), "seed {seed}: {found:?}");
        }
        // The register comes back itself, and the relay plays everything once more.
        let report = drain(&mut register, &mut InProcess(central.door()));
        assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0), "seed {seed}");
        for piece in &pieces {
            assert_eq!(answer(&door.answer(&post("/v1/segments", piece.clone()))).created, 0);
        }
        assert_all_once(&central, &[&register]);
    }
}

#[test]
fn the_same_register_number_in_two_stores_is_two_registers() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut registers = [TestRegister::at(STORE, 7, 7), TestRegister::at(StoreNo(2001), 7, 8)];
    for (register, sales) in registers.iter_mut().zip([40, 25]) {
        let store = register.chain.journal.store;
        let code = central.door().enroll_code(store, register.chain.journal.register);
        let mut line = InProcess(central.door());
        let code = code.expect("a code");
        tideover::sync::enroll::enroll(&mut line, &central.url(), None, &code, &register.key)
            .expect("enrolled");
        register.sell(sales, 1);
        let report = drain(register, &mut line);
        assert_eq!((report.link, report.pending), (LinkState::UpToDate, 0));
    }
    for register in &registers {
        let store = register.chain.journal.store;
        assert_eq!(central.totals(store, None).expect("totals"), register.totals, "{store}");
        assert_eq!(central.door().exceptions(Some(store)).expect("read"), [], "{store}");
    }
    // One's key does not speak for the other, whose number it has.
    let mut forged = registers[1].clone();
    forged.key = Arc::clone(&registers[0].key);
    forged.sell(1, 1);
    let place = forged.lines.len() - 1;
    let body = tideover::sync::segment::build(&forged.lines[place..], &forged.key);
    let response = central.door().answer(&post("/v1/segments", body.expect("built")));
    assert_eq!(response.status, 403);
}

/// Not there for a while, then there.
struct Away<'a> {
    inner: &'a mut dyn Transport,
    times: u32,
}

impl Transport for Away<'_> {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        if self.times > 0 {
            self.times -= 1;
            return Err(NoAnswer { text: "no route".to_owned() });
        }
        self.inner.send(request)
    }
}

#[test]
fn what_failed_before_closing_time_goes_by_itself_although_nothing_is_sold_any_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut inner = InProcess(central.door());
    let mut register = TestRegister::new(7);
    register.sell(3, 1);
    let time = clock();
    let mut sync = register.sync(&time);
    let mut line = Away { inner: &mut inner, times: 1 };
    let first = sync.step(time.mono_ms(), &mut line, &mut register);
    assert!(matches!(first.link, LinkState::NoAnswer { .. }), "{first:?}");
    // Nothing but time passes: no sale, nobody who asks.
    let mut last = first;
    while last.pending > 0 {
        time.advance_ms(u32::try_from(last.wait_ms.max(1)).expect("a wait"));
        last = sync.step(time.mono_ms(), &mut line, &mut register);
        assert!(time.mono_ms() < 60_000, "{last:?}");
    }
    assert_all_once(&central, &[&register]);
}

#[test]
fn a_register_whose_new_key_has_not_reached_central_is_refused_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(3, 1);
    register.key = Arc::clone(&TestRegister::of(7, 88).key);
    let mut line = InProcess(central.door());
    for _ in 0..3 {
        let report = drain(&mut register, &mut line);
        assert!(matches!(report.link, LinkState::Refused { .. }), "{report:?}");
        assert_eq!((report.created, report.pending), (0, 5));
    }
    let acknowledged = register.receipts.values().map(|receipt| receipt.next_seq).max();
    assert!(acknowledged.is_none_or(|next| next == Seq(0)), "{acknowledged:?}");
    enrolled(&central, &register);
    let report = drain(&mut register, &mut line);
    assert_eq!((report.link, report.created), (LinkState::UpToDate, 5));
    assert_all_once(&central, &[&register]);
    // The key it began with was never vouched for, and that is all there is to say.
    let found = central.door().exceptions(None).expect("read");
    assert!(found.iter().all(|group| group.code == "provisional_register"), "{found:?}");
}
