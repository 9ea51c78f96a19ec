//! The bodies of a shift that is opened and of cash that moves without a sale.

use crate::domain::bag::{BAG_LEN_MAX, BagNo, PaidReason};
use crate::domain::drawer::{CashMovement, CashMovementKind};
use crate::domain::ids::{PersonId, ShiftNo};
use crate::domain::money::Money;
use crate::domain::shift::{CountedPieces, worth};
use crate::journal::json::{Malformed, Reader, Writer};

use super::{PIECES_MAX, free_text, int, label, money, number, text, word, words};

pub(super) fn write_open(
    json: &mut Writer,
    shift: ShiftNo,
    cashier: &PersonId,
    float: Money,
    pieces: &[CountedPieces],
) {
    int(json, "shift", shift);
    text(json, "cashier", cashier.as_str());
    int(json, "float", float.minor());
    write_pieces(json, pieces);
}

/// The shift, its cashier, the float, and what that is made of.
pub(super) type Opened = (ShiftNo, PersonId, Money, Vec<CountedPieces>);

pub(super) fn read_open(r: &mut Reader<'_>) -> Result<Opened, Malformed> {
    let shift = ShiftNo(number(r, "shift")?);
    let cashier = label(r, "cashier", PersonId::parse)?;
    let float = money(r, "float")?;
    Ok((shift, cashier, float, read_pieces(r, float)?))
}

pub(super) fn write_movement(json: &mut Writer, shift: ShiftNo, movement: &CashMovement) {
    int(json, "shift", shift);
    text(json, "kind", movement.kind.word());
    int(json, "amount", movement.amount.minor());
    free_text(json, "note", &movement.note);
    if let Some(bag) = &movement.bag {
        text(json, "bag", bag.as_str());
    }
    if let Some(reason) = movement.reason {
        text(json, "reason", reason.word());
    }
    write_pieces(json, &movement.pieces);
}

pub(super) fn read_movement(r: &mut Reader<'_>) -> Result<(ShiftNo, CashMovement), Malformed> {
    let shift = ShiftNo(number(r, "shift")?);
    let kind = word(r, "kind", CashMovementKind::from_word)?;
    let (amount, note) = (money(r, "amount")?, words(r, "note")?);
    let bag = if kind.leaves_the_drawer_for_good() && r.optional_key("bag") {
        Some(r.string_as(BAG_LEN_MAX, "the number of a bag", BagNo::from_canonical)?)
    } else {
        None
    };
    let paid = matches!(kind, CashMovementKind::PaidIn | CashMovementKind::PaidOut);
    let reason = if paid && r.optional_key("reason") {
        Some(r.string_as(16, "a reason", PaidReason::from_word)?)
    } else {
        None
    };
    let pieces = read_pieces(r, amount)?;
    Ok((shift, CashMovement { kind, amount, note, bag, reason, pieces }))
}

/// Notes and coins, left out where they were not counted.
fn write_pieces(json: &mut Writer, pieces: &[CountedPieces]) {
    if pieces.is_empty() {
        return;
    }
    json.key("pieces");
    json.array(pieces, |json, pieces| {
        json.begin_object();
        int(json, "value", pieces.value.minor());
        int(json, "count", pieces.count);
        json.end_object();
    });
}

/// They come to the amount beside them, or nothing of it is believed.
fn read_pieces(r: &mut Reader<'_>, amount: Money) -> Result<Vec<CountedPieces>, Malformed> {
    if !r.optional_key("pieces") {
        return Ok(Vec::new());
    }
    let pieces = r.array(PIECES_MAX, |r| {
        let pieces = CountedPieces { value: money(r, "value")?, count: number(r, "count")? };
        r.end_object()?;
        Ok(pieces)
    })?;
    if pieces.is_empty() || worth(&pieces) != Ok(amount) {
        return Err(r.malformed("notes and coins that come to the amount"));
    }
    Ok(pieces)
}
