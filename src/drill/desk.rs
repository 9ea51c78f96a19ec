//! The desk of a drill: one more register, on which pieces are played through its own commands.
//!
//! ```text
//!  piece ─▶ tidy ─▶ commands, as a cashier gives them ─▶ ended as it must: noted in the journal
//!                                                     └─▶ otherwise: said, and not proved
//! ```
//!
//! A piece that a kill cut off is tidied up and played again. What a register refuses that should
//! have been done, or does that should have been refused, never ends the drill: it is its finding.

mod cards;
mod catalog;
mod counter;
mod goods;
mod pickups;
mod refused;

pub use self::pickups::{CLOSED as ORDER_CLOSED, HANDED as ORDER_HANDED};
pub use self::refused::CARD;

use std::collections::BTreeMap;

use crate::domain::event::Event;
use crate::domain::item::Item;
use crate::domain::money::Money;
use crate::domain::outage::System;
use crate::register::command::Command;
use crate::register::register::Answer;
use crate::register::view::{Screen, Sell, SuspendedView};

use super::gather::{name_at, name_of};
use super::lane::{Lane, LaneError};
use super::piece::Piece;
use super::play::{DrillError, Operator, each_record};
use super::props::Props;

/// What a desk's notes begin with.
const NOTE: &str = "drill: ";
/// The most bytes of an outcome that a note keeps.
const OUTCOME_LEN_MAX: usize = 400;

/// A register on which pieces are played.
pub struct Desk {
    /// The register.
    pub lane: Lane,
    pub(super) props: Props,
    /// What came of each piece.
    pub played: BTreeMap<Piece, Played>,
    /// A basket of another register, and what was said of it before central told.
    pub elsewhere: Option<(u32, String)>,
}

/// What came of a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// It ended as it must.
    pub as_it_must: bool,
    /// What happened, in words.
    pub words: String,
    /// The note that says so in the desk's journal.
    pub record: Option<String>,
}

/// Why a piece did not end as it must.
#[derive(Debug)]
enum Miss {
    /// In words; the drill goes on.
    Said(String),
    /// The register can't go on.
    Lane(LaneError),
}

impl From<LaneError> for Miss {
    fn from(error: LaneError) -> Self {
        match error {
            LaneError::Refused { .. } => Self::Said(error.to_string()),
            other => Self::Lane(other),
        }
    }
}

impl From<String> for Miss {
    fn from(words: String) -> Self {
        Self::Said(words)
    }
}

type Outcome = Result<String, Miss>;

impl Desk {
    /// A desk whose register is not running yet. Its staff is whoever sells there, then who signs.
    pub const fn new(lane: Lane, props: Props) -> Self {
        Self { lane, props, played: BTreeMap::new(), elsewhere: None }
    }

    /// The goods it deals in.
    pub fn goods(&self) -> Vec<Item> {
        let Props { package, produce, weighed, aged, goods, .. } = &self.props;
        let others = [produce, weighed, aged].into_iter().flatten();
        let mut all: Vec<Item> = goods.iter().chain(package).chain(others).cloned().collect();
        all.sort_by(|one, other| one.code.cmp(&other.code));
        all.dedup_by(|one, other| one.code == other.code);
        all
    }

    /// Reads what an earlier run played.
    ///
    /// # Errors
    /// [`DrillError`] when the journal can't be read.
    pub fn remember(&mut self) -> Result<(), DrillError> {
        let mut played = BTreeMap::new();
        each_record(&self.lane, &mut |envelope| {
            if let Ok(Event::Note { text }) = envelope.event()
                && let Some((word, words)) =
                    text.strip_prefix(NOTE).and_then(|note| note.split_once(": "))
                && let Some(piece) = Piece::from_word(word)
            {
                let (words, record) = (words.to_owned(), Some(name_of(&envelope.header)));
                played.insert(piece, Played { as_it_must: true, words, record });
            }
        })?;
        self.played = played;
        Ok(())
    }

    /// Plays a piece, unless an earlier run did.
    ///
    /// # Errors
    /// [`LaneError`] when the register can't go on.
    pub fn play(&mut self, piece: Piece, operator: &mut dyn Operator) -> Result<(), LaneError> {
        if self.played.get(&piece).is_some_and(|played| played.as_it_must) {
            return Ok(());
        }
        self.tidy()?;
        let mut outcome = match self.do_piece(piece, operator) {
            Ok(words) => Played { as_it_must: true, words, record: None },
            Err(Miss::Said(words)) => Played { as_it_must: false, words, record: None },
            Err(Miss::Lane(error)) => return Err(error),
        };
        if outcome.as_it_must {
            let end = outcome.words.floor_char_boundary(OUTCOME_LEN_MAX);
            let words = outcome.words.get(..end).unwrap_or_default();
            let text = format!("{NOTE}{}: {words}", piece.word());
            let place = {
                let chain = self.lane.running()?.ledger().chain();
                (chain.journal, chain.next_seq)
            };
            if self.lane.running()?.note_for_drill(text) == Answer::Stopped {
                return Err(self.stopped());
            }
            outcome.record = Some(name_at(place.0, place.1));
        }
        self.played.insert(piece, outcome);
        Ok(())
    }

    /// Declares the outage, if none is open: a lead does.
    ///
    /// # Errors
    /// [`LaneError`] when the register refuses.
    pub fn declare_outage(&mut self, systems: &[System], cause: &str) -> Result<(), LaneError> {
        self.tidy()?;
        self.by_lead(|lane| lane.declare_outage(systems, cause))
    }

    /// Ends the outage, takes up and gives up what still waits, and closes the shift.
    ///
    /// # Errors
    /// [`LaneError`] when the register refuses.
    pub fn finish(&mut self) -> Result<(), LaneError> {
        self.tidy()?;
        let waiting = self.lane.running()?.view().status.suspended.clone();
        let own = self.lane.number;
        // What a card may have paid is a manager's to end, and holds no shift open.
        let own_plain = |aside: &&SuspendedView| own_slip(aside.slip, own) && !aside.card;
        for aside in waiting.iter().filter(own_plain) {
            self.lane.must("take a basket up", Command::Resume { slip: aside.slip })?;
            self.lane.must("give a basket up", Command::AbandonSale)?;
        }
        self.by_lead(Lane::end_outage)?;
        self.lane.close_shift()
    }

    /// Leaves nothing of a piece that was cut off on the screen.
    fn tidy(&mut self) -> Result<(), LaneError> {
        loop {
            match self.lane.running()?.view().screen {
                Screen::Page(_) => self.lane.must("leave a page", Command::LeavePage)?,
                Screen::Receipt(_) => self.lane.must("leave a receipt", Command::LeaveReceipt)?,
                Screen::Sell(sell) if !sell.is_empty() => {
                    self.lane.must("give a basket up", Command::AbandonSale)?;
                }
                Screen::Tender(_) | Screen::Check(_) => {
                    self.lane.must("give a basket up", Command::AbandonSale)?;
                }
                _ => return Ok(()),
            }
        }
    }

    fn by_lead(
        &mut self,
        act: impl FnOnce(&mut Lane) -> Result<(), LaneError>,
    ) -> Result<(), LaneError> {
        if self.lane.staff_count() < 2 {
            return act(&mut self.lane);
        }
        self.lane.hand_to(1)?;
        act(&mut self.lane)?;
        self.lane.hand_to(0)
    }

    fn do_piece(&mut self, piece: Piece, operator: &mut dyn Operator) -> Outcome {
        match piece {
            Piece::Counter => self.counter(),
            Piece::CheckWithId => self.check_with_id(),
            Piece::LargeCheck => self.large_check(),
            Piece::SameCheck => self.same_check(),
            Piece::Voids => self.voids(),
            Piece::Aside => self.aside(),
            Piece::Refund => self.refund(),
            Piece::ReturnTooMuch => self.return_too_much(),
            Piece::Drawer => self.drawer(),
            Piece::TooYoung => self.too_young(),
            Piece::Unlisted => self.unlisted(),
            Piece::GivenUp => self.given_up(),
            Piece::XReport => self.x_report(),
            Piece::CardNumber => self.card_number(),
            Piece::Coupon => self.coupon(),
            Piece::GiftCard => self.gift_card(),
            Piece::Announced => self.announced(),
            Piece::PlugPulled => self.plug_pulled(),
            Piece::Truck => self.truck(),
            Piece::TruckAgain => self.truck_again(),
            Piece::Damage => self.damage(),
            Piece::CountAisle => self.count_aisle(),
            Piece::TransferOut => self.transfer_out(),
            Piece::WrongPrices => self.wrong_prices(operator),
            Piece::ShelfPrice => self.shelf_price(),
            Piece::Pin => self.pin(operator),
            Piece::RevokedVersion => self.revoked_version(operator),
            Piece::NewPrices => self.new_prices(operator),
            Piece::NewKey => self.new_key(operator),
            Piece::CatalogAge => self.catalog_age(),
            Piece::NextVersion => self.next_version(operator),
            Piece::OtherZone => self.other_zone(operator),
            Piece::PickupList => self.pickup_list(),
            Piece::PickupByMail => self.pickup_by_mail(),
            Piece::PickupHanded => self.pickup_handed(),
            Piece::PickupAgain => self.pickup_again(),
            Piece::PickupPromise => self.pickup_promise(),
            Piece::PickupRefund => self.pickup_refund(),
            Piece::PickupPartly => self.pickup_partly(),
            Piece::PickupClosed => self.pickup_closed(),
            Piece::WalkIn => self.walk_in(),
            Piece::OnlineBack => self.online_back(operator),
            Piece::CardPending => self.card_pending(),
            Piece::ThroughCentral => self.through_central(),
            Piece::CardClosed => self.card_closed(),
        }
    }

    fn stopped(&mut self) -> LaneError {
        let number = self.lane.number;
        LaneError::Stopped { number, what: "it can't record".to_owned() }
    }

    // What pieces are made of.

    /// Does a command that must not be refused.
    fn must(&mut self, command: Command) -> Result<(), Miss> {
        Ok(self.lane.must("do a piece of the drill", command)?)
    }

    /// Does a command that must be refused, in words that hold these.
    fn refused(&mut self, command: Command, words: &str) -> Outcome {
        let tried = self.lane.asked(command)?;
        match tried {
            Some(why) if why.contains(words) => Ok(why),
            Some(why) => Err(Miss::Said(format!("refused for another reason: {why}"))),
            None => Err(Miss::Said("it was done, and must be refused".to_owned())),
        }
    }

    fn scan(&mut self, item: &Item) -> Result<(), Miss> {
        self.must(Command::Scan { code: item.code.to_string() })
    }

    fn enter(&mut self, text: String) -> Result<(), Miss> {
        self.must(Command::Enter { text })
    }

    fn sell_screen(&mut self) -> Result<Sell, Miss> {
        match self.lane.running()?.view().screen {
            Screen::Sell(sell) => Ok(sell),
            Screen::Tender(tender) => Ok(tender.sale),
            _ => Err(Miss::Said("the register shows no sale".to_owned())),
        }
    }

    /// Pays what is due with exactly so much cash.
    fn pay_cash(&mut self) -> Result<Money, Miss> {
        self.must(Command::BeginTender)?;
        self.must(Command::TakeCash { amount: None, confirmed: true })?;
        self.paid()
    }

    /// What the screen says was paid.
    fn paid(&mut self) -> Result<Money, Miss> {
        match self.lane.running()?.view().screen {
            Screen::Done(done) => {
                self.must(Command::NextCustomer)?;
                Ok(done.total)
            }
            _ => Err(Miss::Said("the sale is not shown as paid".to_owned())),
        }
    }

    fn package(&self) -> Result<Item, Miss> {
        lacking(&self.props.package, "an item with a package's code")
    }
}

/// A slip's number holds its register's: 7003 is register 7's.
fn own_slip(slip: u32, register: u16) -> bool {
    slip / 1_000 == u32::from(register)
}

fn lacking<T: Clone>(found: &Option<T>, what: &str) -> Result<T, Miss> {
    let words = || Miss::Said(format!("not played: the given pack has no {what}"));
    found.clone().ok_or_else(words)
}
