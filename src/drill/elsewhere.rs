//! A basket that is put aside at one register and goes on at another, told by central alone.
//!
//! ```text
//!  register 1: scan, put aside ─▶ sent ─▶ central ─▶ asked by the desk ─▶ taken up and paid there
//!      ▲                                     │
//!      └── asked by register 1: it went on ──┘    no line from register to register
//! ```

use super::piece::Piece;
use super::play::{DrillError, Play};
use crate::register::command::Command;
use crate::register::register::Answer;

impl Play<'_> {
    /// Puts a basket aside at the first register, and has the desk told of it by central.
    pub(super) fn put_aside_elsewhere(&mut self) -> Result<(), DrillError> {
        let (Some(desk), Some(lane)) = (&mut self.desk, self.lanes.first_mut()) else {
            return Ok(());
        };
        // An earlier run played it.
        if desk.played.get(&Piece::ThroughCentral).is_some_and(|played| played.as_it_must) {
            return Ok(());
        }
        let Some(package) = &desk.props.package else { return Ok(()) };
        let number = lane.number;
        let own = |slip: &u32| slip.checked_div(1_000) == Some(u32::from(number));
        let waiting = |lane: &mut super::lane::Lane| -> Result<Option<u32>, DrillError> {
            let suspended = lane.running()?.view().status.suspended.clone();
            Ok(suspended.iter().map(|aside| aside.slip).find(own))
        };
        // One that an earlier run put aside waits still.
        let mut slip = waiting(lane)?;
        if slip.is_none() {
            lane.must("scan an item", Command::Scan { code: package.code.to_string() })?;
            lane.must("put a basket aside", Command::Suspend)?;
            slip = waiting(lane)?;
        }
        let Some(slip) = slip else { return Ok(()) };
        // What the desk knows without central.
        let before = match desk.lane.running()?.handle(Command::Resume { slip }) {
            Answer::Refused(refusal) => refusal.text().to_string(),
            Answer::Done | Answer::Stopped => String::new(),
        };
        desk.elsewhere = Some((slip, before));
        self.send_all(false)?;
        let Some(desk) = &mut self.desk else { return Ok(()) };
        let known = move |book: &crate::domain::book::Book| book.slips.of_number(slip).is_some();
        Ok(self.backhaul.tell_asides(&mut desk.lane, &known)?)
    }

    /// Gives up what the desk did not go on with, so that the first register's shift can end; that
    /// it was not proved is told by its claim.
    pub(super) fn take_back_elsewhere(&mut self) -> Result<(), DrillError> {
        let Some(lane) = self.lanes.first_mut() else { return Ok(()) };
        let own = u32::from(lane.number);
        let waiting = lane.running()?.view().status.suspended.clone();
        for aside in waiting.iter().filter(|aside| aside.slip.checked_div(1_000) == Some(own)) {
            lane.must("take a basket up", Command::Resume { slip: aside.slip })?;
            lane.must("give a basket up", Command::AbandonSale)?;
        }
        Ok(())
    }

    /// Has the first register told that its basket went on.
    pub(super) fn tell_elsewhere(&mut self) -> Result<(), DrillError> {
        self.send_all(false)?;
        let slip = self.desk.as_ref().and_then(|desk| desk.elsewhere.as_ref()).map(|one| one.0);
        let (Some(lane), Some(slip)) = (self.lanes.first_mut(), slip) else { return Ok(()) };
        let gone = move |book: &crate::domain::book::Book| book.slips.of_number(slip).is_none();
        Ok(self.backhaul.tell_asides(lane, &gone)?)
    }
}
