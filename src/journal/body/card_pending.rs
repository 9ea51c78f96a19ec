//! Why a sale was put aside, and how one that a card may have paid was closed.

use crate::domain::card_pending::{
    AsideReason, CardClosed, Ending, TERMINAL_REF_LEN_MAX, TerminalRef,
};
use crate::journal::json::{Malformed, Reader, Writer};

use super::{int, number, read_record_ref, sale, text, write_record_ref};

/// The word of the one reason that is written; the plain one is left out.
const CARD_PENDING: &str = "card_pending";

/// Writes why a sale was put aside.
pub(super) fn write_reason(json: &mut Writer, reason: &AsideReason) {
    if let AsideReason::CardPending(terminal) = reason {
        text(json, "reason", CARD_PENDING);
        write_terminal(json, terminal.as_ref());
    }
}

pub(super) fn read_reason(r: &mut Reader<'_>) -> Result<AsideReason, Malformed> {
    if !r.optional_key("reason") {
        return Ok(AsideReason::Plain);
    }
    r.string_as(16, CARD_PENDING, |word| (word == CARD_PENDING).then_some(()))?;
    Ok(AsideReason::CardPending(read_terminal(r)?))
}

/// Writes how a case was closed.
pub(super) fn write(json: &mut Writer, closed: &CardClosed) {
    write_record_ref(json, "of", closed.case);
    int(json, "slip", closed.slip);
    text(json, "ending", closed.ending.word());
    if let Ending::CashCardReversed { sale } = closed.ending {
        write_record_ref(json, "sale", sale);
    }
    write_terminal(json, closed.terminal.as_ref());
    sale::write_approved(json, closed.approval.as_ref());
}

pub(super) fn read(r: &mut Reader<'_>) -> Result<CardClosed, Malformed> {
    r.key("of")?;
    let case = read_record_ref(r)?;
    let slip = number(r, "slip")?;
    r.key("ending")?;
    let before = r.clone();
    let ending = match r.string(32)?.as_ref() {
        "paid_by_card" => Ending::PaidByCard,
        "abandoned" => Ending::Abandoned,
        "cash_card_reversed" => {
            r.key("sale")?;
            Ending::CashCardReversed { sale: read_record_ref(r)? }
        }
        _ => return Err(before.malformed("an ending")),
    };
    let terminal = read_terminal(r)?;
    Ok(CardClosed { case, slip, ending, terminal, approval: sale::read_approved(r)? })
}

fn write_terminal(json: &mut Writer, terminal: Option<&TerminalRef>) {
    if let Some(terminal) = terminal {
        text(json, "terminal", terminal.as_str());
    }
}

fn read_terminal(r: &mut Reader<'_>) -> Result<Option<TerminalRef>, Malformed> {
    if !r.optional_key("terminal") {
        return Ok(None);
    }
    let what = "a terminal's reference";
    r.string_as(TERMINAL_REF_LEN_MAX, what, TerminalRef::from_canonical).map(Some)
}
