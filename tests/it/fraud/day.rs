//! One day of a store with three lanes: real registers on clocks that go together, and a central.

use std::collections::BTreeMap;

use tideover::central::packs::Packs;
use tideover::central::serve::Central;
use tideover::device::clock::SimulatedClock;
use tideover::device::entropy::{SeededEntropy, SystemEntropy};
use tideover::device::key_store;
use tideover::domain::goods::reason::StockReason;
use tideover::domain::ids::{PackVersion, RegisterNo, StoreNo};
use tideover::domain::money::Money;
use tideover::domain::quantity::{Quantity, UnitPrice};
use tideover::domain::refusal::Refusal;
use tideover::domain::sale::{LinePrice, Reason};
use tideover::domain::time::Timestamp;
use tideover::pack::{BuildOrder, PackSigner, PinCost, Source, build};
use tideover::register::check_input::Keyed;
use tideover::register::command::{Command, Pin};
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::sync::enroll::enroll;
use tideover::sync::http::HttpTransport;

use crate::check::carried::hand_over_at;
use crate::reconcile::store::central;
use crate::register::{Shop, WATER, done, enter, sell, sign_in};

const STORE: StoreNo = StoreNo(1042);
const PEOPLE: &str = "id,name,role,pin
31,Cashier 31,cashier,480273
32,Cashier 32,cashier,571834
33,Cashier 33,cashier,394618
41,Lead 41,lead,702946
42,Lead 42,lead,839205
51,Manager 51,manager,958316
";
const ITEMS: &str = include_str!("../../../assets/sample-store/items.csv");
const TAXES: &str = include_str!("../../../assets/sample-store/taxes.csv");
const POLICY: &str = include_str!("../../../assets/sample-store/policy.csv");

pub(super) const LEAD: &str = "41";
pub(super) const OTHER_LEAD: &str = "42";
pub(super) const MANAGER: &str = "51";

fn pin(person: &str) -> &'static str {
    let row = PEOPLE.lines().find(|row| row.starts_with(&format!("{person},")));
    row.and_then(|row| row.rsplit(',').next()).expect("a person of the store")
}

/// What differs on one day from any other.
pub(super) struct Script {
    /// Who has each lane, the minute it opens, and how many usual sales it rings.
    pub(super) lanes: [(&'static str, u64, u64); 3],
    /// Whether the third lane is known to central.
    pub(super) third_is_known: bool,
    /// What happens, from minute 30 on.
    pub(super) deeds: fn(&mut Day),
}

/// Three usual lanes.
pub(super) const USUAL: Script = Script {
    lanes: [("31", 0, 12), ("32", 0, 12), ("33", 0, 12)],
    third_is_known: true,
    deeds: |_| (),
};

/// What a day came to.
pub(super) struct Played {
    /// How often each rule spoke.
    pub(super) found: BTreeMap<String, u64>,
    /// Sales of the day.
    pub(super) sales: u64,
}

pub(super) struct Day {
    shops: Vec<Shop>,
    registers: Vec<Option<Register>>,
    people: Vec<&'static str>,
    central: Central,
    clock: SimulatedClock,
    minute: u64,
    chance: SeededEntropy,
    check: u32,
}

/// Plays a day from a seed.
pub(super) fn play(seed: u64, script: &Script) -> Played {
    let folder = tempfile::tempdir().expect("a folder");
    let mut day = Day::open(folder.path(), seed, script);
    let [.., (_, last_opens, _)] = script.lanes;
    // Usual sales first, spread over two hours, then what the script does, then the rest.
    for half in 0..2 {
        for lane in 0..3 {
            let (_, opens, sales) = script.lanes[lane];
            for number in 0..sales / 2 {
                let minute = half * 130 + opens / 2 + number * 10;
                day.usual(lane, minute.max(day.minute));
            }
            day.minute = half * 130 + 1;
        }
        day.minute = half * 130 + 70;
        day.minute = day.minute.max(last_opens);
        if half == 0 {
            day.pass(0);
            (script.deeds)(&mut day);
        }
    }
    day.close(folder.path())
}

impl Day {
    fn open(folder: &std::path::Path, seed: u64, script: &Script) -> Self {
        let source = Source::Texts { items: ITEMS, taxes: TAXES, people: PEOPLE, policy: POLICY };
        let signer = PackSigner::from_seed(&[3; 32]).expect("a key");
        let start = Timestamp::parse("2026-11-22T14:00:00.000-06:00").expect("a time");
        let packs = folder.join("packs");
        std::fs::create_dir_all(&packs).expect("made");
        let order = BuildOrder {
            source: &source,
            out: &packs.join("market.pack"),
            signer: &signer,
            version: &PackVersion::parse("20261122-1").expect("a version"),
            published_at: start,
            skip_bad_rows: false,
            pin_cost: PinCost::FLOOR,
            entropy: &SeededEntropy::new(1),
        };
        build(&order, &|_| ()).expect("built");
        let packs = Packs::open(&packs, &signer.public()).expect("opened");
        let (central, clock) = central(&folder.join("central"), packs);
        clock.jump_ms(start.utc_ms - crate::reconcile::store::evening().utc_ms);
        let mut day = Self {
            shops: Vec::new(),
            registers: Vec::new(),
            people: Vec::new(),
            central,
            clock,
            minute: 0,
            chance: SeededEntropy::new(seed),
            check: 1_000,
        };
        for (lane, (person, opens, _)) in script.lanes.into_iter().enumerate() {
            let shop = Shop::of(&source);
            let number = 7 + u16::try_from(lane).expect("small");
            day.known(&shop, number, lane < 2 || script.third_is_known);
            shop.clock.advance_ms(u32::try_from(opens * 60_000).expect("fits"));
            let register = shop.open((person, pin(person)));
            day.shops.push(shop);
            day.registers.push(Some(register));
            day.people.push(person);
        }
        day
    }

    /// Makes the machine a register, with central's word or without.
    fn known(&self, shop: &Shop, number: u16, enrolled: bool) {
        let data = shop.data();
        let mut settings = data.settings().expect("settings");
        settings.register = number;
        data.write_settings(&settings).expect("written");
        let key = key_store::load_or_create(&data.key_path(), &SystemEntropy).expect("a key");
        if enrolled {
            let code = self.central.door().enroll_code(STORE, RegisterNo(number)).expect("a code");
            let mut line = HttpTransport::new(&self.central.url(), None, false).expect("a line");
            enroll(&mut line, &self.central.url(), None, &code, &key).expect("enrolled");
        }
    }

    /// Moves a lane's clock to a minute of the day; no clock goes back.
    fn at(&self, lane: usize, minute: u64) {
        use tideover::device::clock::Clock as _;
        let clock = &self.shops[lane].clock;
        let start = Timestamp::parse("2026-11-22T14:00:00.000-06:00").expect("a time");
        let to = start.utc_ms + i64::try_from(minute * 60_000).expect("fits");
        let ahead = to - clock.now().utc_ms;
        if ahead > 0 {
            clock.advance_ms(u32::try_from(ahead).expect("fits"));
        }
    }

    fn register(&mut self, lane: usize) -> &mut Register {
        self.registers[lane].as_mut().expect("open")
    }

    /// So many minutes pass at all lanes.
    pub(super) fn pass(&mut self, minutes: u64) {
        self.minute += minutes;
        for lane in 0..3 {
            self.at(lane, self.minute);
        }
    }

    /// So many seconds pass at one lane.
    pub(super) fn seconds(&mut self, lane: usize, seconds: u32) {
        self.shops[lane].clock.advance_ms(seconds * 1_000);
    }

    /// Somebody sets a lane's clock.
    pub(super) fn set_clock(&mut self, lane: usize, seconds: i64) {
        self.shops[lane].clock.jump_ms(seconds * 1_000);
    }

    /// Does something; where somebody else has to sign, this person does.
    pub(super) fn does(&mut self, lane: usize, signer: &str, command: Command) {
        let said = format!("{command:?}");
        let register = self.register(lane);
        let answer = register.handle(command);
        if register.view().ask.is_some() {
            let approve =
                Command::Approve { person: signer.to_owned(), pin: Pin::new(pin(signer)) };
            assert_eq!(register.handle(approve), Answer::Done, "{said}: {answer:?}");
            return;
        }
        assert_eq!(answer, Answer::Done, "{said}");
    }

    fn pays(&mut self, lane: usize, signer: &str) -> u64 {
        self.does(lane, signer, Command::BeginTender);
        self.does(lane, signer, Command::TakeCash { amount: None, confirmed: false });
        let number = done(self.register(lane)).number;
        self.does(lane, signer, Command::NextCustomer);
        number
    }

    fn rings(&mut self, lane: usize, text: &str) {
        assert_eq!(enter(self.register(lane), text), Answer::Done);
    }

    fn usual(&mut self, lane: usize, minute: u64) {
        if self.register(lane).ledger().state().open_shift.is_none() {
            return; // The lane was closed.
        }
        self.at(lane, minute);
        let pieces = 1 + self.chance.below(6);
        self.seconds(lane, u32::try_from(self.chance.below(200)).expect("small"));
        self.rings(lane, &format!("{pieces}*{WATER}"));
        self.pays(lane, LEAD);
    }

    /// A plain sale; its number.
    pub(super) fn sells(&mut self, lane: usize) -> u64 {
        self.rings(lane, &format!("3*{WATER}"));
        self.pays(lane, LEAD)
    }

    /// A sale at a price that was changed.
    pub(super) fn sells_cheaper(&mut self, lane: usize, signer: &str) {
        self.rings(lane, WATER);
        let unit_price = UnitPrice::parse("1.19").expect("a price");
        let reason = Reason::ShelfPrice;
        self.does(lane, signer, Command::SetPrice { place: 0, unit_price, reason });
        self.pays(lane, signer);
    }

    /// A sale of which three lines were taken out again.
    pub(super) fn takes_lines_out(&mut self, lane: usize) {
        for _ in 0..4 {
            self.rings(lane, WATER);
        }
        for place in 0..3 {
            self.does(lane, LEAD, Command::VoidLine { place });
        }
        self.pays(lane, LEAD);
    }

    fn finds(&mut self, lane: usize, number: u64) {
        self.does(lane, LEAD, Command::FindReceipt { number: number.to_string() });
    }

    /// Takes a paid sale back as a whole.
    pub(super) fn voids(&mut self, lane: usize, number: u64) {
        self.finds(lane, number);
        self.does(lane, MANAGER, Command::VoidSale { reason: Reason::Mistake });
        self.does(lane, MANAGER, Command::NextCustomer);
    }

    /// Three pieces come back against their receipt.
    pub(super) fn takes_back(&mut self, lane: usize, number: u64, reason: Reason) {
        self.finds(lane, number);
        let quantity = Quantity::pieces(3).expect("fits");
        self.does(lane, MANAGER, Command::ReturnItem { place: 0, quantity, reason });
        self.does(lane, MANAGER, Command::LeaveReceipt);
        self.pays(lane, MANAGER);
    }

    /// Money back for something that no receipt says was sold.
    pub(super) fn pays_out_without_receipt(&mut self, lane: usize) {
        let quantity = Quantity::pieces(-3).expect("fits");
        let (code, price) = (WATER.to_owned(), LinePrice::Pack);
        self.does(lane, MANAGER, Command::AddItem { code, quantity, price });
        self.pays(lane, MANAGER);
    }

    pub(super) fn opens_drawer(&mut self, lane: usize, signer: &str) {
        self.does(lane, signer, Command::NoSale { reason: Reason::Change });
    }

    /// Rings up, and puts aside; the slip.
    pub(super) fn puts_aside(&mut self, lane: usize) -> u32 {
        self.rings(lane, &format!("3*{WATER}"));
        self.does(lane, LEAD, Command::Suspend);
        let waits = self.register(lane).view().status.suspended;
        waits.last().expect("it waits").slip
    }

    pub(super) fn takes_up(&mut self, lane: usize, slip: u32) {
        self.does(lane, LEAD, Command::Resume { slip });
    }

    pub(super) fn pays_it(&mut self, lane: usize) {
        self.pays(lane, LEAD);
    }

    pub(super) fn gives_up(&mut self, lane: usize) {
        assert!(!sell(self.register(lane)).is_empty());
        self.does(lane, LEAD, Command::AbandonSale);
    }

    /// So many bottles by check, with this number or the next one.
    pub(super) fn sells_by_check(&mut self, lane: usize, bottles: u32, number: Option<u32>) {
        self.check += 1;
        let number = number.unwrap_or(self.check).to_string();
        self.rings(lane, &format!("{bottles}*{WATER}"));
        self.does(lane, LEAD, Command::BeginTender);
        self.does(lane, LEAD, Command::TakeCheck { amount: None, number });
        self.does(lane, LEAD, Command::NextCustomer);
    }

    /// Writes off what is on no shelf any more; a manager signs.
    pub(super) fn writes_off(&mut self, lane: usize, pieces: &str) {
        let answer = |text: &str| {
            Command::Page(PageInput::Answer { text: Keyed::new(text), scanned: false })
        };
        let place = StockReason::BY_HAND.iter().position(|one| *one == StockReason::Damage);
        self.register(lane).handle(Command::OpenPage(PageName::Stock));
        for command in [
            answer(WATER),
            Command::Page(PageInput::Action(0)),
            Command::Page(PageInput::Row(place.expect("listed"))),
            answer(pieces),
            answer(""),
        ] {
            let register = self.register(lane);
            register.handle(command);
            if register.view().ask.is_some() {
                let (person, pin) = (MANAGER.to_owned(), Pin::new(pin(MANAGER)));
                register.handle(Command::Approve { person, pin });
            }
        }
        self.register(lane).handle(Command::LeavePage);
    }

    /// Closes a lane's shift and has somebody open the next one, in another lane.
    pub(super) fn hands_drawer(&mut self, from: usize, to: usize, closes: bool) {
        let person = self.people[from];
        self.close_shift(to);
        if closes {
            self.close_shift(from);
        }
        let register = self.register(to);
        assert_eq!(register.handle(Command::SignOut), Answer::Done);
        assert_eq!(sign_in(register, (person, pin(person))), Answer::Done);
        let float = Money::from_minor(15_000);
        assert_eq!(register.handle(Command::OpenShift { float }), Answer::Done);
    }

    fn close_shift(&mut self, lane: usize) {
        let register = self.register(lane);
        let Some(open) = register.ledger().state().open_shift.clone() else { return };
        let (cash, checks) = (open.drawer.expected_cash().expect("fits"), open.drawer.checks);
        assert_eq!(register.handle(Command::close_shift(cash, checks)), Answer::Done);
        register.handle(Command::NextCustomer);
    }

    /// Whoever is at a lane signs out and keys wrong PINs on somebody's number, waiting as told.
    pub(super) fn mistypes(&mut self, lane: usize, person: &str, times: u32) {
        assert_eq!(self.register(lane).handle(Command::SignOut), Answer::Done);
        for _ in 0..times {
            let answer = sign_in(self.register(lane), (person, "111222"));
            let answer = match answer {
                Answer::Refused(Refusal::LockedOut(seconds)) => {
                    self.seconds(lane, seconds);
                    sign_in(self.register(lane), (person, "111222"))
                }
                answer => answer,
            };
            assert_eq!(answer, Answer::Refused(Refusal::WrongPin));
        }
    }

    /// The same on the own number.
    pub(super) fn mistypes_own(&mut self, lane: usize, times: u32) {
        let person = self.people[lane];
        self.mistypes(lane, person, times);
    }

    /// A lane's cashier signs in again.
    pub(super) fn comes_back(&mut self, lane: usize) {
        let person = self.people[lane];
        assert_eq!(sign_in(self.register(lane), (person, pin(person))), Answer::Done);
    }

    /// A lane's machine ends and starts again; meanwhile something is done to its folder.
    pub(super) fn restarts(&mut self, lane: usize, meanwhile: impl FnOnce(&Day)) {
        self.registers[lane].take().expect("open").close().expect("closed");
        meanwhile(self);
        let mut register = self.shops[lane].start();
        register.handle(Command::AcknowledgeRestart);
        let person = self.people[lane];
        assert_eq!(sign_in(&mut register, (person, pin(person))), Answer::Done);
        if register.ledger().state().open_shift.is_none() {
            let float = Money::from_minor(15_000);
            assert_eq!(register.handle(Command::OpenShift { float }), Answer::Done);
        }
        self.registers[lane] = Some(register);
    }

    /// The key of a lane's machine is gone, as after a new disk, and IT enrolls it again.
    pub(super) fn loses_key(&self, lane: usize) {
        let shop = &self.shops[lane];
        std::fs::remove_file(shop.data().key_path()).expect("removed");
        self.known(shop, 7 + u16::try_from(lane).expect("small"), true);
    }

    /// A lane hands over what it has now, by central's clock at this minute.
    pub(super) fn sends(&mut self, lane: usize) {
        self.restarts(lane, |day| day.carry(lane));
    }

    fn carry(&self, lane: usize) {
        use tideover::device::clock::Clock as _;
        let start = Timestamp::parse("2026-11-22T14:00:00.000-06:00").expect("a time");
        let to = start.utc_ms + i64::try_from(self.minute * 60_000).expect("fits");
        self.clock.jump_ms((to - self.clock.now().utc_ms).max(0));
        let mut line = HttpTransport::new(&self.central.url(), None, false).expect("a line");
        let now = self.clock.now();
        let report = hand_over_at(&self.shops[lane].data(), 1, now, &mut line);
        assert_eq!(report.pending, 0, "{report:?}");
    }

    /// Everybody closes, all is handed over, and the rules say what they found.
    fn close(mut self, folder: &std::path::Path) -> Played {
        self.pass(60);
        for lane in 0..3 {
            self.close_shift(lane);
            self.registers[lane].take().expect("open").close().expect("closed");
        }
        self.pass(30);
        for lane in 0..3 {
            self.carry(lane);
        }
        self.central.settle();
        let signer = PackSigner::from_seed(&[3; 32]).expect("a key");
        let packs = Packs::open(&folder.join("packs"), &signer.public()).expect("opened");
        let now = self.central.door().reconciliation(STORE, &packs).expect("read");
        let mut found = BTreeMap::new();
        for matter in &now.balance.matters {
            let count = u64::try_from(matter.open.len()).expect("fits");
            *found.entry(matter.code.word().to_owned()).or_insert(0) += count;
        }
        let sales = now.records.totals.sales;
        self.central.stop();
        Played { found, sales }
    }
}
