//! What must hold after a cut, asked of the real start.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tideover::device::entropy::SeededEntropy;
use tideover::domain::event::Event;
use tideover::domain::ids::{JournalId, Seq};
use tideover::journal::record::{Envelope, Line};
use tideover::journal::verify::{Depth, Known};
use tideover::ledger::finding::FindingKind::{self, NoTape, TapeMended};
use tideover::ledger::{JournalRef, Reader};

use super::disk::{Disk, Loss, Names, Remains};
use super::scene::{Till, Told};
use super::scratch::Scratch;
use super::watch::{Lie, Watched, watch};

/// What the ledger owes at the moment of a cut.
pub struct Owed<'a> {
    /// All that was told before, during and after.
    pub told: &'a [Told],
    /// Ops before the cut.
    pub at: usize,
    pub may_find: &'a [FindingKind],
    /// What was refused with an error: it may be there, whole, or not.
    pub in_doubt: Option<&'a Event>,
    pub lie: Lie,
}

/// How far a look goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depths {
    /// The start only.
    Start,
    /// It sells on, and starts again.
    SellsOn,
    /// The plug is pulled once more, during the start or the sale after it.
    CutAgain,
}

/// Opens what a cut left and says what is not as it must be.
pub fn look(
    remains: &Remains,
    owed: &Owed<'_>,
    depth: Depths,
    scratch: &Scratch,
    chance: &SeededEntropy,
) -> Result<(), String> {
    let root = scratch.lay(remains);
    let result = match depth {
        Depths::Start => start(&root, owed).map(|_| ()),
        Depths::SellsOn => sells_on(&root, owed),
        Depths::CutAgain => cut_again(&root, remains, owed, scratch, chance),
    };
    std::fs::remove_dir_all(&root).expect("cleared");
    result
}

fn start(root: &Path, owed: &Owed<'_>) -> Result<Till, String> {
    let mut till = Till::at(root, 99);
    till.start().map_err(|why| format!("it does not start: {why} ({why:?})"))?;
    holds(&till, owed)?;
    Ok(till)
}

fn sells_on(root: &Path, owed: &Owed<'_>) -> Result<(), String> {
    let mut till = start(root, owed)?;
    till.sell(1).map_err(|why| format!("it does not sell on: {why}"))?;
    if owed.at.is_multiple_of(2) {
        till.close().map_err(|why| format!("it does not close: {why}"))?;
    }
    till.kill();
    let told = till.told;
    let all =
        Owed { told: &told, at: usize::MAX, may_find: &[NoTape], in_doubt: None, lie: owed.lie };
    start(root, &all).map(|_| ()).map_err(|why| format!("at the start after: {why}"))
}

fn cut_again(
    root: &Path,
    remains: &Remains,
    owed: &Owed<'_>,
    scratch: &Scratch,
    chance: &SeededEntropy,
) -> Result<(), String> {
    let Watched { result, ops, .. } = watch(root, &remains.names, None, owed.lie, || {
        let mut till = start(root, owed)?;
        till.sell(1).map_err(|why| format!("it does not sell on: {why}"))?;
        Ok::<_, String>(till.told)
    });
    let after = result?;
    // What was owed before is owed still; what the second life told is owed from its moment on.
    let mut told = after;
    told.extend(owed.told.iter().filter(|told| told.acked <= owed.at).cloned().map(|told| Told {
        begun: 0,
        acked: 0,
        ..told
    }));
    told.extend(
        owed.told
            .iter()
            .filter(|t| t.begun < owed.at && t.acked > owed.at)
            .cloned()
            .map(|told| Told { begun: 0, acked: usize::MAX, ..told }),
    );
    let model = if chance.below(2) == 0 { Names::Strict } else { Names::Ordered };
    let loss = Loss::ALL[usize::try_from(chance.below(7)).expect("fits")];
    let at = usize::try_from(chance.below(u64::try_from(ops.len()).expect("fits") + 1));
    let at = at.expect("fits");
    let mut disk = Disk::with(remains, model);
    ops[..at].iter().for_each(|op| disk.take(op));
    let left = disk.cut(loss, chance);
    let again = Owed { told: &told, at, may_find: owed.may_find, in_doubt: None, lie: owed.lie };
    look(&left, &again, Depths::Start, scratch, chance)
        .map_err(|why| format!("cut again at {at} of {} ({model:?}, {loss:?}): {why}", ops.len()))
}

fn holds(till: &Till, owed: &Owed<'_>) -> Result<(), String> {
    let opening = till.found.as_ref().expect("opened");
    let reader = Reader::open(&till.register.place).map_err(|why| why.to_string())?;
    let journals = reader.journals().map_err(|why| why.to_string())?;
    // Bytes that are those that were told need no signature; those of others are asked for it.
    let depth = if owed.at.is_multiple_of(8) { Depth::Full } else { Depth::Chain };
    let mut kept: BTreeSet<(JournalId, Vec<u8>)> = BTreeSet::new();
    for journal in &journals {
        verifies(&reader, journal, depth)?;
        let lines =
            reader.lines(journal, Seq(0), usize::MAX, usize::MAX).map_err(|why| why.to_string())?;
        kept.extend(lines.iter().map(|line| (journal.id, line.bytes().to_vec())));
    }
    let must = owed.told.iter().filter(|told| told.acked <= owed.at);
    for told in must {
        if !kept.contains(&(told.journal, told.line.clone())) {
            return Err(format!("acknowledged and lost: record {} of {}", told.seq, told.journal));
        }
    }
    for finding in &opening.findings {
        // A torn end of the tape that looks like damage is written again, and nothing is lost.
        let always = finding.kind == TapeMended;
        if finding.text().to_string().contains("Ledger and second copy are gone") {
            return Err(format!("it says that what is kept is lost: {}", finding.text()));
        }
        if !always && !owed.may_find.contains(&finding.kind) {
            return Err(format!("it found: {}", finding.text()));
        }
    }
    nothing_else(&reader, &journals, owed)
}

/// Each record is one that was being written, byte for byte.
fn nothing_else(reader: &Reader, journals: &[JournalRef], owed: &Owed<'_>) -> Result<(), String> {
    let Some(current) = journals.first() else { return Ok(()) };
    let lines =
        reader.lines(current, Seq(0), usize::MAX, usize::MAX).map_err(|why| why.to_string())?;
    let known: BTreeMap<Seq, &Told> = owed
        .told
        .iter()
        .filter(|told| told.journal == current.id && told.begun <= owed.at)
        .map(|told| (told.seq, told))
        .collect();
    let Some((last, _)) = known.last_key_value() else {
        // A journal that this start began.
        return Ok(());
    };
    for (place, line) in (0_u64..).zip(&lines) {
        let seq = Seq(place);
        match known.get(&seq) {
            Some(told) if told.line == line.bytes() => {}
            // Cut off before it was told, the first life's record gave way to another one.
            Some(told) if told.acked > owed.at => {}
            Some(_) => return Err(format!("record {seq} is another one than was written")),
            // A start that brought records back notes it, with one record more.
            None if seq == last.next() && !owed.may_find.is_empty() => {}
            None if seq == last.next() && owed.in_doubt == event_of(line).as_ref() => {}
            None => return Err(format!("record {seq} was never written")),
        }
    }
    Ok(())
}

fn event_of(line: &Line) -> Option<Event> {
    Envelope::read(line.bytes()).ok()?.event().ok()
}

fn verifies(reader: &Reader, journal: &JournalRef, depth: Depth) -> Result<(), String> {
    let report = reader
        .verify(journal, depth, Known::default(), &mut |_| {})
        .map_err(|why| why.to_string())?;
    if report.is_clean() {
        Ok(())
    } else {
        Err(format!("it does not verify: {:?}", report.findings))
    }
}
