//! To training and back while the program runs: the real journal does not change by a byte.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tideover::device::clock::SimulatedClock;
use tideover::device::entropy::SystemEntropy;
use tideover::domain::ids::Seq;
use tideover::domain::money::Money;
use tideover::domain::refusal::Refusal;
use tideover::ledger::Reader;
use tideover::register::command::{Command, Pin};
use tideover::register::register::Answer;
use tideover::register::settings::DataDir;
use tideover::register::startup::{self, World};
use tideover::register::till::Till as _;
use tideover::register::training::Side;
use tideover::register::view::{Screen, View};
use tideover::register::worker::{TillHandle, Worker};

use crate::register::{CASHIER, Shop, WATER};

/// A till in its own thread that can go over to training, and a bell for its views.
struct Bench {
    worker: Worker,
    handle: TillHandle,
    bell: Arc<(Mutex<u64>, Condvar)>,
}

impl Bench {
    fn start(shop: &Shop, switchable: bool) -> Self {
        let (data, clock) = (shop.data(), shop.clock.clone());
        let settings = data.settings().expect("settings");
        let status = startup::status_before(&settings, &clock);
        let world = World {
            clock: Arc::new(clock),
            entropy: Arc::new(SystemEntropy),
            faults: None,
            machine: Default::default(),
        };
        let open = move |side| {
            let here = match side {
                Side::Real => data.clone(),
                Side::Training => data.training(&settings).expect("a folder"),
            };
            let mut register = startup::open(&here, &world).map_err(|e| e.into_stopped())?;
            if switchable {
                register.allow_switching();
            }
            Ok(register)
        };
        let time: Arc<SimulatedClock> = Arc::new(shop.clock.clone());
        let worker = Worker::spawn(time, status, open, Side::Real).expect("a till");
        let handle = worker.handle();
        let bell = Arc::new((Mutex::new(0), Condvar::new()));
        let rung = Arc::clone(&bell);
        handle.on_change(Box::new(move || {
            *rung.0.lock().expect("no poison") += 1;
            rung.1.notify_all();
        }));
        Self { worker, handle, bell }
    }

    fn until(&self, what: &str, look: impl Fn(&View) -> bool) -> Arc<View> {
        loop {
            let before = *self.bell.0.lock().expect("no poison");
            let view = self.handle.view();
            if look(&view) {
                return view;
            }
            let bell = self.bell.0.lock().expect("no poison");
            let patience = Duration::from_secs(30);
            let rung = self.bell.1.wait_timeout_while(bell, patience, |rung| *rung == before);
            let (bell, time) = rung.expect("no poison");
            drop(bell);
            assert!(!time.timed_out(), "{what}: {:#?}", self.handle.view());
        }
    }

    fn send(&self, command: Command) {
        assert!(self.handle.send(command), "taken");
    }

    fn sign_in(&self) {
        let (person, pin) = CASHIER;
        self.send(Command::SignIn { person: person.to_owned(), pin: Pin::new(pin) });
        self.until("signed in", |view| view.status.person.is_some());
    }
}

fn lines(data: &DataDir) -> Vec<Vec<u8>> {
    let place = data.place(&data.settings().expect("settings"));
    let reader = Reader::open(&place).expect("a reader");
    let journal = reader.journals().expect("journals").remove(0);
    let lines = reader.lines(&journal, Seq(0), 1_000, usize::MAX).expect("lines");
    lines.iter().map(|line| line.bytes().to_vec()).collect()
}

#[test]
fn training_begins_and_ends_in_the_window_and_the_real_journal_stays_as_it_is() {
    let shop = Shop::new();
    let bench = Bench::start(&shop, true);
    bench.until("started", |view| matches!(view.screen, Screen::SignIn(_)));
    bench.sign_in();
    bench.send(Command::OpenShift { float: Money::from_minor(15_000) });
    bench.until("a shift", |view| view.status.shift == Some(1));
    // With a sale open nothing is left behind: it is refused in words.
    bench.send(Command::Scan { code: WATER.to_owned() });
    bench.until("an item", |view| matches!(&view.screen, Screen::Sell(s) if s.lines.len() == 1));
    bench.send(Command::Train { on: true });
    let refused = bench.until("words", |view| {
        view.notice.as_ref().is_some_and(|n| n.text.to_string().contains("A sale is open"))
    });
    assert!(!refused.status.training);
    bench.send(Command::Suspend);
    bench.until("aside", |view| view.status.suspended.len() == 1);
    let before = lines(&shop.data());

    bench.send(Command::Train { on: true });
    let there = bench.until("training", |view| view.status.training);
    assert!(matches!(there.screen, Screen::SignIn(_)), "{:?}", there.screen);
    assert!(there.status.suspended.is_empty() && there.status.shift.is_none());
    bench.sign_in();
    bench.send(Command::OpenShift { float: Money::from_minor(100) });
    bench.send(Command::Scan { code: WATER.to_owned() });
    bench.send(Command::BeginTender);
    bench.send(Command::TakeCash { amount: None, confirmed: false });
    bench.until("practiced", |view| matches!(view.screen, Screen::Done(_)));
    assert_eq!(lines(&shop.data()), before, "nothing of it is in the real journal");

    bench.send(Command::Train { on: false });
    let back = bench.until("back", |view| !view.status.training);
    assert!(matches!(back.screen, Screen::SignIn(_)), "nobody is signed in: {:?}", back.screen);
    assert_eq!((back.status.shift, back.status.suspended.len()), (Some(1), 1));
    assert_eq!(lines(&shop.data()), before, "neither going nor coming back wrote anything");
    bench.sign_in();
    bench.send(Command::Resume { slip: 7_001 });
    bench.until("the sale", |view| matches!(&view.screen, Screen::Sell(s) if s.lines.len() == 1));
    bench.worker.stop();
    let after = lines(&shop.data());
    assert_eq!(
        after.len(),
        before.len() + 2,
        "signed in, taken up again: {:#?}",
        after.get(before.len()..)
    );
}

#[test]
fn a_register_that_was_started_for_one_side_says_so() {
    let shop = Shop::new();
    let bench = Bench::start(&shop, false);
    bench.until("started", |view| matches!(view.screen, Screen::SignIn(_)));
    bench.send(Command::Train { on: true });
    bench.until("words", |view| {
        view.notice.as_ref().is_some_and(|n| n.text.to_string().contains("training only"))
    });
    bench.worker.stop();
}

#[test]
fn wrong_pins_on_the_training_side_are_wrong_pins() {
    let shop = Shop::new();
    let mut learner = shop.learner();
    for _ in 0..4 {
        crate::register::sign_in(&mut learner, (CASHIER.0, "111222"));
    }
    learner.close().expect("closed");
    let mut register = shop.start();
    let locked = crate::register::sign_in(&mut register, CASHIER);
    assert_eq!(locked, Answer::Refused(Refusal::LockedOut(5)));
}
