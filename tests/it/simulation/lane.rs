//! One register: its machine's folder, and the program while it runs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tideover::device::clock::{Clock, SimulatedClock};
use tideover::device::key_store;
use tideover::domain::ids::{Epoch, PersonId, RegisterNo, Seq};
use tideover::domain::money::Money;
use tideover::domain::person::{Person, Role};
use tideover::domain::refusal::Refusal;
use tideover::journal::hash::Hash;
use tideover::journal::key::{PublicKey, SigningKey};
use tideover::ledger::{AckRow, Finding, Identity, Ledger, Mirror, MirrorReader, Place};
use tideover::peer::stepped::SteppedPeers;
use tideover::peer::{Copies, Listed, News, PeerParts};
use tideover::register::check_input::Keyed;
use tideover::register::command::{Command, Pin};
use tideover::register::journals::LedgerJournals;
use tideover::register::page::PageInput;
use tideover::register::register::{Answer, Register};
use tideover::register::settings::{Central as CentralLine, DataDir, Settings};
use tideover::register::startup::{self, World as Outside};
use tideover::register::view::Screen;
use tideover::sync::enroll::Enrollment;
use tideover::sync::push::{SyncLoop, SyncParts};

use super::disk::Image;
use super::lan::Lan;
use super::machines::Hardware;
use super::{Chance, STORE, template};

/// The manager's number and PIN of the sample store.
const WHO: (&str, &str) = ("51", "958316");
/// Every so manieth time somebody keys their PIN; a check of one costs more than twenty sales.
const PIN_EVERY: u64 = 64;
/// The day of the run, as it is keyed.
const TODAY: &str = "11222026";
/// And fewer than so many wrong ones before it, the fourth of which makes them wait.
const MISTYPED_MAX: u64 = 6;
/// The longest wait of so many.
const WAIT_MS: u32 = 15_000;

pub struct Lane {
    pub number: u16,
    /// Counts up when the machine is replaced.
    pub machine: u32,
    /// What the machine tells of itself.
    pub hardware: Hardware,
    pub data: DataDir,
    /// It lives as long as the process, since sending borrows it.
    pub clock: &'static SimulatedClock,
    pub entropy: Arc<Chance>,
    pub till: Option<Till>,
    /// Its disk is destroyed, and nobody brought another one.
    pub gone: bool,
    /// A copy of the disk, and how many sales were paid when it was made.
    pub image: Option<(Image, usize)>,
    /// The disk before the last sale, for a ledger that answers before it commits.
    pub before_sale: Option<Image>,
    /// The line to central is cut.
    pub cut_off: bool,
    /// Where each journal ended when it was last looked at: the next place, and the last record.
    pub ends: BTreeMap<Epoch, (Seq, Hash)>,
}

/// A running register.
pub struct Till {
    pub register: Register,
    pub copies: Arc<Copies>,
    pub sync: SyncLoop,
    pub journals: LedgerJournals<'static>,
    acks: Arc<Mutex<Vec<AckRow>>>,
    news: Arc<Mutex<Vec<News>>>,
}

impl Lane {
    pub fn new(root: &Path, number: u16, clock: SimulatedClock, seed: u64) -> Self {
        Self {
            number,
            machine: 0,
            hardware: Hardware::default(),
            data: DataDir(root.join(format!("register-{number}"))),
            clock: Box::leak(Box::new(clock)),
            entropy: Arc::new(Chance::new(seed)),
            till: None,
            gone: false,
            image: None,
            before_sale: None,
            cut_off: false,
            ends: BTreeMap::new(),
        }
    }

    /// A new machine: a folder with settings, packs and a key.
    pub fn set_up(&self) {
        self.data.make().expect("a folder");
        self.write_settings(None);
        std::os::unix::fs::symlink(template::packs(), self.data.packs_dir()).expect("linked");
        self.key();
    }

    pub fn key(&self) -> SigningKey {
        key_store::load_or_create(&self.data.key_path(), self.entropy.as_ref()).expect("a key")
    }

    fn write_settings(&self, central: Option<CentralLine>) {
        let settings = Settings {
            store: STORE.0,
            register: self.number,
            pack_key: template::signer().public().to_string(),
            time_zone: None,
            central,
            tape_dir: None,
            anchor_dir: None,
            receipts: None,
            printer: None,
            peers: None,
            training: false,
        };
        self.data.write_settings(&settings).expect("written");
    }

    /// Keeps what central gave it.
    pub fn enrolled(&self, given: &Enrollment) {
        self.data.write_certificate(&given.certificate).expect("written");
        self.write_settings(Some(CentralLine {
            url: given.central.clone(),
            ack_key: given.central_key.clone(),
            certificate: None,
            receipt_word: given.receipt_word.clone(),
        }));
    }

    pub fn place(&self) -> Place {
        self.data.place(&self.data.settings().expect("settings"))
    }

    /// Starts the program, signs in and opens a shift.
    pub fn start(&mut self, lan: &Arc<Lan>, others: &[u16]) {
        assert!(self.till.is_none() && !self.gone, "register {} can start", self.number);
        let settings = self.data.settings().expect("settings");
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let outside = Outside {
            clock: Arc::clone(&clock),
            entropy: Arc::<Chance>::clone(&self.entropy),
            faults: None,
            machine: self.hardware.marks(self.number),
        };
        let mut register = startup::open(&self.data, &outside).expect("started");
        let (lines, number) = (Arc::clone(lan), self.number);
        let copies = Arc::new(Copies::stepped(move |wait| lines.meanwhile(number, wait)));
        let key = Arc::new(self.key());
        let line = settings.central.as_ref().expect("enrolled");
        let central_key = PublicKey::parse(&line.ack_key).expect("a key");
        let news: Arc<Mutex<Vec<News>>> = Arc::default();
        let heard = Arc::clone(&news);
        let listed = others.iter().map(|other| Listed {
            register: RegisterNo(*other),
            address: None,
            key: None,
        });
        let parts = PeerParts {
            store: STORE,
            register: RegisterNo(self.number),
            key: Arc::clone(&key),
            certificate: self.data.certificate(),
            root: Some(central_key),
            listed: listed.collect(),
            listen: None,
            announce: None,
            place: self.place(),
            mirror_dir: self.data.mirror_dir(),
            clock: Arc::clone(&clock),
            secret: None,
            packs: None,
            account: Box::new(|_| None),
            hear: Box::new(move |news| heard.lock().expect("free").push(news)),
        };
        let peers = SteppedPeers::open(parts, Arc::clone(&copies)).expect("a mirror");
        register.peers_are(Arc::clone(&copies), self.mirror());
        lan.joins(Arc::new(peers));
        let acks: Arc<Mutex<Vec<AckRow>>> = Arc::default();
        let kept = Arc::clone(&acks);
        let keep = move |ack| {
            kept.lock().expect("free").push(ack);
            Ok(())
        };
        let journals = LedgerJournals::open(&self.place(), self.clock, Box::new(keep));
        let sync = SyncLoop::new(SyncParts {
            key,
            central_key: Some(central_key),
            clock,
            entropy: Arc::<Chance>::clone(&self.entropy),
        });
        let journals = journals.expect("journals");
        let mut till = Till { register, copies, sync, journals, acks, news };
        till.deliver();
        let mistyped =
            (self.entropy.below(PIN_EVERY) == 0).then(|| self.entropy.below(MISTYPED_MAX));
        till.begin(mistyped, self.clock);
        self.till = Some(till);
    }

    pub fn mirror(&self) -> MirrorReader {
        Mirror::open_to_read(&self.data.mirror_dir(), STORE).expect("a mirror")
    }

    /// The program ends at once, and the disk is left as `left`.
    pub fn cut_power(&mut self, lan: &Lan, left: &Image) {
        lan.leaves(self.number);
        self.till = None;
        left.put_back(&self.data.0);
    }

    /// Something of its journal was shown to it that may not be here.
    pub fn was_shown(&self) -> bool {
        let settings = self.data.settings().expect("settings");
        let identity = Identity { store: STORE, register: RegisterNo(settings.register) };
        self.place().shown(identity).exists()
    }

    /// The ledger, opened by nobody but the caller.
    pub fn ledger(&self) -> (Ledger, Vec<Finding>) {
        let settings = self.data.settings().expect("settings");
        let (ledger, opening) = Ledger::open(
            &self.place(),
            settings.identity(),
            Some(self.key()),
            self.clock,
            self.entropy.as_ref(),
            None,
        )
        .expect("opened");
        (ledger, opening.findings)
    }
}

impl Till {
    /// What came from outside since: acknowledgements, and records of other registers.
    pub fn deliver(&mut self) -> Vec<AckRow> {
        let acks = std::mem::take(&mut *self.acks.lock().expect("free"));
        for ack in &acks {
            self.register.acknowledged(ack).expect("kept");
        }
        for news in std::mem::take(&mut *self.news.lock().expect("free")) {
            self.register.heard(news);
        }
        acks
    }

    /// Signs in, by a PIN after so many wrong ones where that is said, and opens a shift.
    fn begin(&mut self, mistyped: Option<u64>, clock: &SimulatedClock) {
        if matches!(self.register.view().screen, Screen::Restart(_)) {
            assert_eq!(self.register.handle(Command::AcknowledgeRestart), Answer::Done);
        }
        let (number, pin) = WHO;
        let signed_in = match mistyped {
            Some(times) => {
                let mut keys = |pin: &str| {
                    let (person, pin) = (number.to_owned(), Pin::new(pin));
                    let answer = self.register.handle(Command::SignIn { person, pin });
                    clock.advance_ms(WAIT_MS);
                    answer
                };
                for _ in 0..times {
                    assert_eq!(keys("111222"), Answer::Refused(Refusal::WrongPin));
                }
                keys(pin)
            }
            None => {
                let id = PersonId::parse(number).expect("a number");
                let person = Person { id, name: "Manager 51".to_owned(), role: Role::Manager };
                self.register.sign_in_for_drill(person)
            }
        };
        assert_eq!(signed_in, Answer::Done);
        self.open_shift();
    }

    /// Signs in anew, as after a shift was closed, and opens one.
    pub fn open_shift_again(&mut self, clock: &SimulatedClock) {
        self.begin(None, clock);
    }

    fn open_shift(&mut self) {
        if self.register.ledger().state().open_shift.is_none() {
            let float = Money::from_minor(15_000);
            match self.register.handle(Command::OpenShift { float }) {
                Answer::Refused(Refusal::Day(_)) => self.says_the_day(),
                opened => assert_eq!(opened, Answer::Done),
            }
        }
    }

    /// The clock is too far off to be believed: whoever opens the shift says which day it is.
    fn says_the_day(&mut self) {
        let text = Keyed::new(TODAY.to_owned());
        for input in [PageInput::Answer { text, scanned: false }, PageInput::Action(0)] {
            assert_eq!(self.register.handle(Command::Page(input)), Answer::Done);
        }
    }
}
