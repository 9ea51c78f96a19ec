//! Which records make the next segment. Its header is made from its first and its last record, so
//! both must be readable: a damaged one among them travels between two that are whole.

use crate::domain::ids::Seq;
use crate::journal::record::{Envelope, Line};

use super::carrier::{JournalState, Source, SourceFailed};
use super::wire::{SEGMENT_RAW_AIM, SEGMENT_RECORDS_MAX};

/// How far back a run may begin to find a record that can be read; central has those already.
const BACK_MAX: u64 = 125;

/// The next run from about `from` on, at most `count` records as a rule, and where it begins.
pub(super) fn run_of(
    journals: &(impl Source + ?Sized),
    journal: &JournalState,
    from: Seq,
    count: usize,
) -> Result<(Seq, Vec<Line>), SourceFailed> {
    let lines = until_gap(from, journals.lines(journal, from, count, SEGMENT_RAW_AIM)?);
    let whole = |line: Option<&Line>| line.is_none_or(is_readable);
    if whole(lines.first()) && whole(lines.last()) {
        return Ok((from, lines));
    }
    let back = from.0.min(BACK_MAX);
    let begin = Seq(from.0.saturating_sub(back));
    let wide = journals.lines(journal, begin, SEGMENT_RECORDS_MAX, SEGMENT_RAW_AIM)?;
    let mut wide = until_gap(begin, wide);
    let place = usize::try_from(back).unwrap_or(0);
    let last_whole = wide.iter().take(place.saturating_add(1)).rposition(is_readable);
    let first = last_whole.unwrap_or(place).min(wide.len());
    wide.drain(..first);
    while wide.last().is_some_and(|line| !is_readable(line)) {
        wide.pop();
    }
    let start = Seq(begin.0.saturating_add(u64::try_from(first).unwrap_or(0)));
    let end = start.0.saturating_add(u64::try_from(wide.len()).unwrap_or(0));
    // Nothing new in it: more damaged ones in a row than a segment holds, or the end itself.
    if end <= from.0 {
        return Ok((from, lines));
    }
    Ok((start, wide))
}

/// The lines up to where one is missing: what lies behind it makes no segment with them.
fn until_gap(from: Seq, mut lines: Vec<Line>) -> Vec<Line> {
    let places = from.0..;
    let is_there = |(line, place): (&Line, u64)| {
        Envelope::read(line.bytes()).map_or(true, |envelope| envelope.header.seq == Seq(place))
    };
    let whole = lines.iter().zip(places).take_while(|both| is_there(*both)).count();
    lines.truncate(whole);
    lines
}

fn is_readable(line: &Line) -> bool {
    Envelope::read(line.bytes()).is_ok()
}
