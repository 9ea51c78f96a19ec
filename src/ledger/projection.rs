//! The tables that follow from the journal: written with each record, in its transaction, and
//! derived again from the records alone by [`rebuild`].

use rusqlite::{Connection, Result, named_params};

use crate::domain::event::Event;
use crate::domain::ids::Seq;
use crate::domain::money::{Money, Overflow};
use crate::domain::sale::CompletedSale;
use crate::journal::record::Envelope;

use super::open::sql_int;
use super::state::State;

const INSERT_SALE: &str = "INSERT INTO sale(seq, number, shift, total, rounding, change, \
    cash_kept, checks) VALUES (:seq, :number, :shift, :total, :rounding, :change, :cash_kept, \
    :checks)";
const MOVE_CASH: &str = "UPDATE shift SET moved_in = ?2, moved_out = ?3 WHERE number = ?1";
const INSERT_SHIFT: &str = "INSERT OR REPLACE INTO shift(number, opened_seq, closed_seq, cashier, \
    date, float, sales, refunds, cash_kept, checks, rounding, moved_in, moved_out) \
    VALUES (:number, :seq, NULL, :cashier, :date, :float, 0, 0, 0, 0, 0, 0, 0)";
/// The sums are taken once, when the shift closes: kept up with each sale they would cost each
/// sale a page of its commit.
const CLOSE_SHIFT: &str = "UPDATE shift SET closed_seq = ?2, (sales, refunds, cash_kept, checks, \
    rounding) = (SELECT COALESCE(sum(total >= 0), 0), COALESCE(sum(total < 0), 0), \
    COALESCE(sum(cash_kept), 0), COALESCE(sum(checks), 0), COALESCE(sum(rounding), 0) \
    FROM sale WHERE shift = ?1) WHERE number = ?1";

/// Writes what follows from one record; `after` is the state with it.
pub(super) fn write(db: &Connection, seq: Seq, event: &Event, after: &State) -> Result<()> {
    match event {
        Event::Sale(sale) | Event::Refund(sale) | Event::Void(sale) => insert_sale(db, seq, sale),
        Event::CashMovement { shift, .. } => move_cash(db, after, shift.0),
        Event::ShiftOpen { shift, cashier, float, .. } => {
            let date = after.open_shift.as_ref().map(|open| open.date.to_string());
            db.prepare_cached(INSERT_SHIFT)?.execute(named_params! {
                ":number": shift.0,
                ":seq": sql_int(seq.0),
                ":cashier": cashier.as_str(),
                ":date": date.unwrap_or_default(),
                ":float": float.minor(),
            })?;
            Ok(())
        }
        Event::ShiftClose(close) => {
            db.prepare_cached(CLOSE_SHIFT)?.execute((close.shift.0, sql_int(seq.0)))?;
            Ok(())
        }
        Event::OutageDeclared(outage) => {
            db.prepare_cached("INSERT INTO outage(seq, id, ended_seq) VALUES (?1, ?2, NULL)")?
                .execute((sql_int(seq.0), outage.id.as_str()))?;
            Ok(())
        }
        Event::OutageEnded { outage, .. } => {
            db.prepare_cached(
                "UPDATE outage SET ended_seq = ?1 WHERE id = ?2 AND ended_seq IS NULL",
            )?
            .execute((sql_int(seq.0), outage.as_str()))?;
            Ok(())
        }
        Event::PackApplied { version, .. } => {
            db.prepare_cached("INSERT INTO pack(seq, version) VALUES (?1, ?2)")?
                .execute((sql_int(seq.0), version.as_str()))?;
            Ok(())
        }
        Event::EpochOpen(_)
        | Event::SignIn { .. }
        | Event::OutageUpdated(_)
        | Event::Heard(_)
        | Event::OutageTask(_)
        | Event::SignOut { .. }
        | Event::PinGuessed(_)
        | Event::WaitEnded(_)
        | Event::DaySet(_)
        | Event::DrawerHanded(_)
        | Event::SaleAbandoned(_)
        | Event::SaleSuspended(_)
        | Event::SaleResumed { .. }
        | Event::CardPendingClosed(_)
        | Event::DrawerOpen { .. }
        | Event::CashCount(_)
        | Event::Reprint { .. }
        | Event::StockDelta(_)
        | Event::StockCount(_)
        | Event::Delivery(_)
        | Event::Pickup(_)
        | Event::Punch(_)
        | Event::PunchCorrected(_)
        | Event::ReadinessLook(_)
        | Event::Practice(_)
        | Event::RainCheck(_)
        | Event::PaperPad(_)
        | Event::ClockEvent { .. }
        | Event::RestoredFrom { .. }
        | Event::PiiErased(_)
        | Event::AckReceived { .. }
        | Event::Note { .. }
        | Event::Decision(_)
        | Event::StoreClosed(_)
        | Event::HandOverAmended(_)
        | Event::KeyRotated(_) => Ok(()),
    }
}

/// Drops every projection and derives it again; the whole is one transaction of the caller.
pub(super) fn rebuild(db: &Connection) -> Result<State> {
    db.execute_batch("DELETE FROM sale; DELETE FROM shift; DELETE FROM outage; DELETE FROM pack;")?;
    let mut state = State::default();
    let mut lines = db.prepare("SELECT seq, line FROM journal ORDER BY seq")?;
    let mut rows = lines.query(())?;
    while let Some(row) = rows.next()? {
        let seq = Seq(u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0));
        let line = row.get_ref(1)?.as_blob()?;
        // A kind of a later program, or sums that do not fit, project to nothing; the record
        // itself stays and is sent as it is.
        let Ok(envelope) = Envelope::read(line) else { continue };
        let Ok(event) = envelope.event() else { continue };
        let Ok(after) = state.after(envelope.header.at, envelope.header.date, &event) else {
            continue;
        };
        write(db, seq, &event, &after)?;
        state = after;
    }
    Ok(state)
}

/// True when the tables say what the state says, that was folded from the records.
pub(super) fn agrees(db: &Connection, state: &State) -> Result<bool> {
    let (sales, money): (i64, i64) =
        db.query_row("SELECT count(*), COALESCE(sum(total + rounding), 0) FROM sale", (), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let open: Option<Vec<i64>> = db
        .prepare(
            "SELECT open, float, moved_in, moved_out, COALESCE(sum(sale.total >= 0), 0), \
             COALESCE(sum(sale.total < 0), 0), COALESCE(sum(sale.cash_kept), 0), \
             COALESCE(sum(sale.checks), 0), COALESCE(sum(sale.rounding), 0) \
             FROM (SELECT number AS open, float, moved_in, moved_out FROM shift \
             WHERE closed_seq IS NULL ORDER BY number DESC LIMIT 1) \
             LEFT JOIN sale ON sale.shift = open GROUP BY open",
        )?
        .query_map((), |row| (0..9).map(|column| row.get(column)).collect())?
        .next()
        .transpose()?;
    let folded = state.open_shift.as_ref().map(|shift| {
        let drawer = &shift.drawer;
        vec![
            i64::from(shift.number.0),
            drawer.float.minor(),
            drawer.moved_in.minor(),
            drawer.moved_out.minor(),
            sql_int(drawer.sales),
            sql_int(drawer.refunds),
            drawer.cash_kept.minor(),
            drawer.checks.minor(),
            drawer.rounding.minor(),
        ]
    });
    let (shifts, outages): (i64, i64) = db.query_row(
        "SELECT (SELECT COALESCE(max(number), 0) FROM shift), \
         (SELECT count(*) FROM outage WHERE ended_seq IS NULL)",
        (),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(sales == sql_int(state.sales)
        && money == state.sales_money.minor()
        && open == folded
        && shifts >= i64::from(state.last_shift.0)
        && (outages > 0) == state.open_outage.is_some())
}

fn insert_sale(db: &Connection, seq: Seq, sale: &CompletedSale) -> Result<()> {
    let zero = |Overflow| Money::ZERO;
    db.prepare_cached(INSERT_SALE)?.execute(named_params! {
        ":seq": sql_int(seq.0),
        ":number": sql_int(sale.number.0),
        ":shift": sale.shift.0,
        ":total": sale.total.minor(),
        ":rounding": sale.rounding.minor(),
        ":change": sale.change.minor(),
        ":cash_kept": sale.cash_kept().unwrap_or_else(zero).minor(),
        ":checks": sale.checks().unwrap_or_else(zero).minor(),
    })?;
    Ok(())
}

fn move_cash(db: &Connection, after: &State, number: u32) -> Result<()> {
    let Some(shift) = after.open_shift.as_ref().filter(|open| open.number.0 == number) else {
        return Ok(());
    };
    let (moved_in, moved_out) = (shift.drawer.moved_in.minor(), shift.drawer.moved_out.minor());
    db.prepare_cached(MOVE_CASH)?.execute((number, moved_in, moved_out))?;
    Ok(())
}

#[cfg(test)]
mod tests;
