//! A store of several registers on loopback ports: real threads, real TLS, real files.
#![expect(clippy::disallowed_methods, reason = "how long it really takes is what is asked")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use tideover::device::clock::{Clock, SystemClock};
use tideover::device::entropy::SystemEntropy;
use tideover::device::key_store;
use tideover::domain::ids::{PackVersion, RegisterNo, StoreNo};
use tideover::domain::money::Money;
use tideover::domain::time::Timestamp;
use tideover::journal::key::SigningKey;
use tideover::ledger::{Mirror, MirrorReader};
use tideover::pack::{BuildOrder, PackSigner, PinCost, Shelf, build, sample_store};
use tideover::peer::{PackCarrier, Peers};
use tideover::register::command::{Command, Pin};
use tideover::register::peering;
use tideover::register::settings::{DataDir, Settings};
use tideover::register::startup::{self, World};
use tideover::register::till::Till as _;
use tideover::register::training::Side;
use tideover::register::view::{Screen, View};
use tideover::register::worker::{TillHandle, Worker};

use crate::register::{LEAD, WATER};

/// How long anything may take before a test says that it does not happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Registers of one store, not running yet.
pub(crate) struct Store {
    folder: PathBuf,
    /// Goes with the test that made it.
    _kept: Option<tempfile::TempDir>,
    registers: Vec<u16>,
}

/// A running register.
pub(crate) struct Running {
    pub(crate) data: DataDir,
    pub(crate) register: u16,
    pub(crate) till: TillHandle,
    pub(crate) peers: Option<Peers>,
    worker: Option<Worker>,
    changed: Receiver<()>,
}

impl Store {
    /// Registers that list each other's keys, but no addresses.
    pub(crate) fn of(registers: &[u16]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Self::at(folder.path(), registers);
        store.made();
        Self { _kept: Some(folder), ..store }
    }

    /// A store in a folder of somebody's.
    pub(crate) fn at(folder: &Path, registers: &[u16]) -> Self {
        Self { folder: folder.to_owned(), _kept: None, registers: registers.to_vec() }
    }

    /// Makes the registers' folders, each with the pack.
    pub(crate) fn made(&self) {
        let signer = PackSigner::from_seed(&[3; 32]).expect("a key");
        let pack = self.folder.join("market.pack");
        let order = BuildOrder {
            source: &sample_store(),
            out: &pack,
            signer: &signer,
            version: &PackVersion::parse("20261122-1").expect("a version"),
            published_at: Timestamp::parse("2026-11-22T14:00:00.000-06:00").expect("a time"),
            skip_bad_rows: false,
            pin_cost: PinCost::FLOOR,
            entropy: &tideover::device::entropy::SeededEntropy::new(1),
        };
        build(&order, &|_| ()).expect("built");
        for register in &self.registers {
            let data = self.data(*register);
            data.make().expect("a folder");
            self.write_settings(*register, self.list(*register));
            let shelf = Shelf::open(&data.packs_dir()).expect("a shelf");
            shelf.apply(&pack, &signer.public(), StoreNo(1042)).expect("applied");
        }
    }

    pub(crate) fn data(&self, register: u16) -> DataDir {
        DataDir(self.folder.join(format!("register-{register}")))
    }

    pub(crate) fn key(&self, register: u16) -> SigningKey {
        let data = self.data(register);
        data.make().expect("a folder");
        key_store::load_or_create(&data.key_path(), &SystemEntropy).expect("a key")
    }

    /// The peers' setting of a register: everybody else, by key.
    pub(crate) fn list(&self, register: u16) -> serde_json::Value {
        let others = self.registers.iter().filter(|other| **other != register);
        let others: Vec<serde_json::Value> = others
            .map(|other| {
                let key = self.key(*other).public().to_string();
                serde_json::json!({"register": other, "key": key})
            })
            .collect();
        serde_json::json!({"listen": "127.0.0.1:0", "registers": others})
    }

    pub(crate) fn write_settings(&self, register: u16, peers: serde_json::Value) {
        let signer = PackSigner::from_seed(&[3; 32]).expect("a key");
        let settings = Settings {
            store: 1042,
            register,
            pack_key: signer.public().to_string(),
            time_zone: None,
            central: None,
            tape_dir: None,
            anchor_dir: None,
            receipts: None,
            printer: None,
            peers: Some(peers),
            training: false,
        };
        self.data(register).write_settings(&settings).expect("written");
    }

    /// Starts a register, somebody signed in and a shift open.
    pub(crate) fn start(&self, register: u16) -> Running {
        self.start_as(register, LEAD, true)
    }

    /// Starts a register with somebody signed in, who sells there or only looks.
    pub(crate) fn start_as(&self, register: u16, who: (&str, &str), sells: bool) -> Running {
        self.start_carrying(register, who, sells, None)
    }

    /// The same; packs go over the lines between registers.
    pub(crate) fn start_carrying(
        &self,
        register: u16,
        who: (&str, &str),
        sells: bool,
        packs: Option<Arc<dyn PackCarrier>>,
    ) -> Running {
        let running = self.opened_carrying(register, packs);
        running.until(|view| matches!(view.screen, Screen::SignIn(_) | Screen::Restart(_)));
        if matches!(running.till.view().screen, Screen::Restart(_)) {
            running.does(Command::AcknowledgeRestart);
        }
        let (person, pin) = (who.0.to_owned(), Pin::new(who.1));
        running.does(Command::SignIn { person, pin });
        running.until(|view| matches!(view.screen, Screen::OpenShift | Screen::Sell(_)));
        if !sells {
            return running;
        }
        if matches!(running.till.view().screen, Screen::OpenShift) {
            running.does(Command::OpenShift { float: Money::from_minor(15_000) });
        }
        running.until(|view| matches!(view.screen, Screen::Sell(_)));
        running
    }

    /// Starts a register and leaves it alone: nobody is signed in.
    pub(crate) fn opened(&self, register: u16) -> Running {
        self.opened_carrying(register, None)
    }

    fn opened_carrying(&self, register: u16, packs: Option<Arc<dyn PackCarrier>>) -> Running {
        let data = self.data(register);
        let settings = data.settings().expect("settings");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(Some("America/Chicago")));
        let world = World {
            clock: Arc::clone(&clock),
            entropy: Arc::new(SystemEntropy),
            faults: None,
            machine: Default::default(),
        };
        let status = startup::status_before(&settings, clock.as_ref());
        let opened = data.clone();
        let worker = Worker::spawn(
            Arc::clone(&clock),
            status,
            move |_| startup::open(&opened, &world).map_err(startup::StartError::into_stopped),
            Side::Real,
        )
        .expect("a thread");
        let till = worker.handle();
        // The prices are of a day that is long over; central vouches for the machine's own.
        till.clock_is(Some(0));
        let (tell, changed) = sync_channel(1);
        till.on_change(Box::new(move || {
            tell.try_send(()).ok();
        }));
        let peers = peering::start_carrying(&data, &settings, &clock, &SystemEntropy, &till, packs);
        Running { data, register, till, peers, worker: Some(worker), changed }
    }
}

impl Running {
    pub(crate) fn does(&self, command: Command) {
        assert!(self.till.send(command), "the till takes commands");
    }

    /// Waits until the view shows something; gives how long it took.
    pub(crate) fn until(&self, shows: impl Fn(&View) -> bool) -> Duration {
        let began = Instant::now();
        loop {
            let view = self.till.view();
            if shows(&view) {
                return began.elapsed();
            }
            let left = PATIENCE.checked_sub(began.elapsed());
            let left = left.unwrap_or_else(|| panic!("never shown: {view:?}"));
            // A change that came before the look is still in the channel.
            self.changed.recv_timeout(left.min(Duration::from_millis(250))).ok();
        }
    }

    /// Sells water for cash; gives how long it took from the last key to PAID.
    pub(crate) fn sells(&self, quantity: u32) -> Duration {
        self.does(Command::NextCustomer);
        self.does(Command::Enter { text: format!("{quantity}*{WATER}") });
        self.does(Command::BeginTender);
        self.until(|view| matches!(view.screen, Screen::Tender(_)));
        self.does(Command::TakeCash { amount: None, confirmed: false });
        self.until(|view| matches!(view.screen, Screen::Done(_)))
    }

    /// Begins a line to another register.
    pub(crate) fn calls(&self, other: &Self) {
        let address = other.listening().to_string();
        self.peers.as_ref().expect("peers").call(RegisterNo(other.register), &address);
    }

    pub(crate) fn listening(&self) -> std::net::SocketAddr {
        self.peers.as_ref().and_then(Peers::listening).expect("it listens")
    }

    /// How often it waited for another register until the time was over.
    pub(crate) fn waited_in_vain(&self) -> u64 {
        self.peers.as_ref().expect("peers").waited_in_vain()
    }

    pub(crate) fn sees(&self, seen: usize, copies: usize) -> Duration {
        self.until(|view| {
            view.status.peers.as_ref().is_some_and(|p| p.seen == seen && p.copies == copies)
        })
    }

    pub(crate) fn mirror(&self) -> MirrorReader {
        Mirror::open_to_read(&self.data.mirror_dir(), StoreNo(1042)).expect("a mirror")
    }

    /// Ends in good order.
    pub(crate) fn stops(mut self) {
        self.ends();
    }

    /// Stops, and its disk is gone.
    pub(crate) fn burns(mut self) {
        self.ends();
        std::fs::remove_dir_all(&self.data.0).expect("gone");
    }

    fn ends(&mut self) {
        if let Some(peers) = self.peers.take() {
            peers.stop();
        }
        if let Some(worker) = self.worker.take() {
            worker.stop();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.ends();
    }
}
