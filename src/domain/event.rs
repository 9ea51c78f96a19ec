//! All that can ever be recorded: a closed list, one kind of record each.
//!
//! The words of [`Event::kind`] stand in every record and never change their meaning; the shape
//! of a body is versioned by the record's `v` (see `journal::body`).

use super::amendment::Amendment;
use super::approval::Approval;
use super::card_pending::{AsideReason, CardClosed, TerminalRef};
use super::day::DaySet;
use super::decision::{Decision, StoreClosed};
use super::drawer::CashMovement;
use super::erasure::PiiErased;
use super::goods::change::StockChange;
use super::goods::count::StockCount;
use super::goods::delivery::Delivery;
use super::guessing::{PinGuessed, WaitEnded};
use super::handing::Handing;
use super::hearsay::Heard;
use super::hours::{Correction, Punch};
use super::ids::{Epoch, OutageId, PackVersion, PersonId, RecordRef, SaleNo, Seq, ShiftNo};
use super::money::{Money, Overflow};
use super::outage::Outage;
use super::paper_slip::PadStep;
use super::person::Role;
use super::pickup::Pickup;
use super::practice::Practice;
use super::protocol::TaskTick;
use super::rain_check::RainCheckStep;
use super::readiness::ReadinessLook;
use super::sale::{AbandonedSale, CompletedSale, Reason, SavedBasket};
use super::shift::{CashCount, CountedPieces, ShiftClose};

/// A fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A journal begins: always record 0.
    EpochOpen(EpochOpen),
    /// A pack was taken into use.
    PackApplied {
        /// Its version.
        version: PackVersion,
        /// SHA-256 of its file.
        digest: [u8; 32],
        /// Prices in it that changed by more than half; none where nobody had to look.
        jumped: Option<u64>,
        /// The manager who stood behind it, where that was not who was signed in.
        approval: Option<Approval>,
    },
    /// Somebody signed in.
    SignIn {
        /// Who.
        person: PersonId,
        /// As what.
        role: Role,
        /// By what.
        by: SignInBy,
    },
    /// Somebody signed out, or the screen was locked.
    SignOut {
        /// Who.
        person: PersonId,
    },
    /// Wrong PINs made somebody wait, or the right one came after them.
    PinGuessed(PinGuessed),
    /// Somebody ended another one's wait.
    WaitEnded(WaitEnded),
    /// A far day was said to be today.
    DaySet(DaySet),
    /// An outage was declared.
    OutageDeclared(Outage),
    /// More became known about an open outage: all of it, as it stands now.
    OutageUpdated(Outage),
    /// A task of the store's protocol was done, or its tick was taken back.
    OutageTask(TaskTick),
    /// Somebody heard something about an outage elsewhere.
    Heard(Heard),
    /// An outage ended.
    OutageEnded {
        /// Which.
        outage: OutageId,
        /// In words.
        note: String,
    },
    /// A shift began.
    ShiftOpen {
        /// Its number.
        shift: ShiftNo,
        /// Whose drawer.
        cashier: PersonId,
        /// What is in it.
        float: Money,
        /// The notes and coins it is made of, where they were counted one by one.
        pieces: Vec<CountedPieces>,
    },
    /// A shift ended.
    ShiftClose(ShiftClose),
    /// The drawer was left to the next cashier, with what was counted in it.
    DrawerHanded(Handing),
    /// Cash moved without a sale.
    CashMovement {
        /// The shift whose drawer it was.
        shift: ShiftNo,
        /// What moved.
        movement: CashMovement,
        /// Who stood beside it.
        approval: Option<Approval>,
    },
    /// The drawer was opened without a sale.
    DrawerOpen {
        /// The shift whose drawer it was.
        shift: ShiftNo,
        /// Why.
        reason: Reason,
        /// Who stood behind it.
        approval: Option<Approval>,
    },
    /// A drawer was counted, before anybody was shown what should be in it.
    CashCount(CashCount),
    /// A sale was paid.
    Sale(CompletedSale),
    /// Money was paid out for returned items.
    Refund(CompletedSale),
    /// A paid sale was taken back as a whole.
    Void(CompletedSale),
    /// A basket with lines was given up.
    SaleAbandoned(AbandonedSale),
    /// A basket was put aside.
    SaleSuspended(SuspendedSale),
    /// A basket that was put aside was taken up again.
    SaleResumed {
        /// Its slip.
        slip: u32,
        /// The record that put it aside, where that is another register's.
        of: Option<RecordRef>,
        /// The manager who stood behind it, where a card may have paid.
        approval: Option<Approval>,
    },
    /// A sale that a card may have paid was closed.
    CardPendingClosed(CardClosed),
    /// A receipt was printed again, marked as a copy.
    Reprint {
        /// The sale's number.
        number: SaleNo,
        /// Who stood behind it.
        approval: Option<Approval>,
    },
    /// Stock changed without a sale.
    StockDelta(StockChange),
    /// Stock was counted at a time.
    StockCount(StockCount),
    /// A delivery was received, or a part of it.
    Delivery(Delivery),
    /// Somebody wanted a pickup order.
    Pickup(Pickup),
    /// Somebody came, went, or ate.
    Punch(Punch),
    /// A punch was corrected, with the employee's agreement.
    PunchCorrected(Correction),
    /// Readiness for an outage was looked at.
    ReadinessLook(ReadinessLook),
    /// A practice began or was finished.
    Practice(Practice),
    /// A rain check was issued, or honored without a sale.
    RainCheck(RainCheckStep),
    /// A pad of paper slips was issued, or one of its slips spoiled.
    PaperPad(PadStep),
    /// The clock moved otherwise than time does.
    ClockEvent {
        /// How far the wall clock ran ahead of the monotonic one, in milliseconds.
        jumped_ms: i64,
    },
    /// Records that were missing from the database came back from another copy.
    RestoredFrom {
        /// `tape`, `peer`, `central` or `bundle`.
        source: String,
        /// The first record that came back.
        from: Seq,
        /// The last one.
        to: Seq,
    },
    /// Personal data was destroyed here.
    PiiErased(PiiErased),
    /// Central's signed acknowledgement was received.
    AckReceived {
        /// The next record central waits for.
        next_seq: Seq,
        /// SHA-256 of the acknowledgement as it came.
        digest: [u8; 32],
    },
    /// Words of a person.
    Note {
        /// The words.
        text: String,
    },
    /// Somebody decided about what did not agree; in central's own journal.
    Decision(Decision),
    /// A store was closed; in central's own journal.
    StoreClosed(StoreClosed),
    /// IT has something done about records another system did not take; in central's own journal.
    HandOverAmended(Amendment),
    /// The register has another key from here on: always the last record of a journal.
    KeyRotated(KeyRotated),
}

/// A basket that was put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspendedSale {
    /// The number on its slip.
    pub slip: u32,
    /// The shift it was rung up in.
    pub shift: ShiftNo,
    /// All that was in it.
    pub basket: SavedBasket,
    /// What it would have cost then.
    pub total: Money,
    /// Why.
    pub reason: AsideReason,
}

/// The first record of a journal: which key signs it, and which journal it follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochOpen {
    /// The public Ed25519 key that signs this journal.
    pub public_key: [u8; 32],
    /// Random; with the key it makes the journal's epoch.
    pub nonce: [u8; 16],
    /// The version of the program.
    pub program: String,
    /// ISO 4217 code of the journal's one currency; none before the first pack.
    pub currency: Option<String>,
    /// The journal this one follows, where a restored or lost one was given up.
    pub follows: Option<Follows>,
}

/// The journal that another one follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follows {
    /// Its epoch.
    pub epoch: Epoch,
    /// The next record it would have had, as far as known.
    pub next_seq: Seq,
    /// Why it was given up.
    pub reason: String,
    /// The number of its last sale, where the new journal counts on from there.
    pub last_sale: Option<SaleNo>,
}

/// A journal's key is followed by another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRotated {
    /// The public Ed25519 key of the journal that follows.
    pub public_key: [u8; 32],
    /// Why.
    pub reason: String,
}

/// Lifetime takings and pay-outs of a journal; a cut tail shows against them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lifetime {
    /// Money that came in: sales (with rounding) and paid in.
    pub takings: Money,
    /// Money that went out: refunds and paid out.
    pub payouts: Money,
}

/// By what somebody signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignInBy {
    /// Their PIN.
    #[default]
    Pin,
    /// Their badge and their PIN together.
    Badge,
    /// A code that IT said on the phone, since no PIN opened the register.
    Phone,
}

impl SuspendedSale {
    /// The record that first put this sale aside as one that a card may have paid; `here` is this
    /// one's. None for any other.
    pub fn case(&self, here: RecordRef) -> Option<RecordRef> {
        self.basket.terms.card_pending.or_else(|| self.reason.is_card().then_some(here))
    }

    /// The terminal's reference.
    pub const fn terminal(&self) -> Option<&TerminalRef> {
        match &self.reason {
            AsideReason::CardPending(terminal) => terminal.as_ref(),
            AsideReason::Plain => None,
        }
    }
}

impl Event {
    /// The record's kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::EpochOpen(_) => "epoch_open",
            Self::PackApplied { .. } => "pack_applied",
            Self::SignIn { .. } => "sign_in",
            Self::SignOut { .. } => "sign_out",
            Self::PinGuessed(_) => "pin_guessed",
            Self::WaitEnded(_) => "wait_ended",
            Self::DaySet(_) => "day_set",
            Self::OutageDeclared(_) => "outage_declared",
            Self::OutageUpdated(_) => "outage_updated",
            Self::OutageTask(_) => "outage_task",
            Self::Heard(_) => "heard",
            Self::OutageEnded { .. } => "outage_ended",
            Self::ShiftOpen { .. } => "shift_open",
            Self::ShiftClose(_) => "shift_close",
            Self::DrawerHanded(_) => "drawer_handed",
            Self::CashMovement { .. } => "cash_movement",
            Self::DrawerOpen { .. } => "drawer_open",
            Self::CashCount(_) => "cash_count",
            Self::Sale(_) => "sale",
            Self::Refund(_) => "refund",
            Self::Void(_) => "void",
            Self::SaleAbandoned(_) => "sale_abandoned",
            Self::SaleSuspended(_) => "sale_suspended",
            Self::SaleResumed { .. } => "sale_resumed",
            Self::CardPendingClosed(_) => "card_pending_closed",
            Self::Reprint { .. } => "reprint",
            Self::StockDelta(_) => "stock_delta",
            Self::StockCount(_) => "stock_count",
            Self::Delivery(_) => "delivery",
            Self::Pickup(_) => "pickup",
            Self::Punch(_) => "punch",
            Self::PunchCorrected(_) => "punch_corrected",
            Self::ReadinessLook(_) => "readiness",
            Self::Practice(_) => "practice",
            Self::RainCheck(_) => "rain_check",
            Self::PaperPad(_) => "paper_pad",
            Self::ClockEvent { .. } => "clock_event",
            Self::RestoredFrom { .. } => "restored_from",
            Self::PiiErased(_) => "pii_erased",
            Self::AckReceived { .. } => "ack_received",
            Self::Note { .. } => "note",
            Self::Decision(_) => "decision",
            Self::StoreClosed(_) => "store_closed",
            Self::HandOverAmended(_) => "hand_over_amended",
            Self::KeyRotated(_) => "key_rotated",
        }
    }

    /// The event of a completed sale: a void when it takes a whole sale back, a refund when the
    /// store paid out.
    pub fn of_sale(sale: CompletedSale) -> Self {
        if sale.is_void() {
            Self::Void(sale)
        } else if sale.is_refund() {
            Self::Refund(sale)
        } else {
            Self::Sale(sale)
        }
    }

    /// The sale, refund or void that moved items and money; none for any other event.
    pub const fn sale(&self) -> Option<&CompletedSale> {
        match self {
            Self::Sale(sale) | Self::Refund(sale) | Self::Void(sale) => Some(sale),
            _ => None,
        }
    }
}

impl Lifetime {
    /// The totals after an event. Drops, pickups and loans only move money within the store.
    ///
    /// # Errors
    /// [`Overflow`] when a sum does not fit.
    pub fn after(self, event: &Event) -> Result<Self, Overflow> {
        use super::drawer::CashMovementKind;
        let Self { takings, payouts } = self;
        match event {
            Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) => {
                let moved = sale.total.plus(sale.rounding)?;
                if moved.is_negative() {
                    Ok(Self { takings, payouts: payouts.minus(moved)? })
                } else {
                    Ok(Self { takings: takings.plus(moved)?, payouts })
                }
            }
            Event::CashMovement { movement, .. } => match movement.kind {
                CashMovementKind::PaidIn => {
                    Ok(Self { takings: takings.plus(movement.amount)?, payouts })
                }
                CashMovementKind::PaidOut => {
                    Ok(Self { takings, payouts: payouts.plus(movement.amount)? })
                }
                CashMovementKind::Drop | CashMovementKind::Pickup | CashMovementKind::Loan => {
                    Ok(self)
                }
            },
            _ => Ok(self),
        }
    }
}
