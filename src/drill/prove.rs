//! Lays each claim beside what proves it, or says why nothing does.
//!
//! ```text
//!  journals ─▶ gather ─┐
//!  receipts, files ────┼─▶ every proof of every claim: holds or not, in words, with its records
//!  central over HTTP ──┘
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use crate::domain::goods::OnHand;
use crate::domain::gtin::ItemCode;
use crate::domain::ids::Epoch;
use crate::domain::quantity::Quantity;
use crate::ledger::Reader;

use super::backhaul::{Backhaul, BackhaulError, ExceptionGroup};
use super::claim::{Claim, Proof, Sum};
use super::expect::Book;
use super::files::Papers;
use super::gather::{Gathered, Named, Trusted};
use super::lane::Lane;
use super::play::{DrillError, Play, each_line};
use super::report::{CentralSums, ClaimEntry, ProofEntry, SumsEntry};
use super::sums::{Counted, Shelved};

/// What a proof came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// It holds.
    pub holds: bool,
    /// Figures, or why not.
    pub words: String,
    /// Records that say it.
    pub records: Vec<String>,
}

impl Finding {
    /// One without records.
    pub const fn of(holds: bool, words: String) -> Self {
        Self { holds, words, records: Vec::new() }
    }

    /// The same, with records that say it.
    #[must_use]
    pub fn by(self, named: &Named) -> Self {
        Self { records: named.records.clone(), ..self }
    }
}

/// What central says in the end.
#[derive(Clone, Debug, Default)]
pub struct CentralSays {
    /// Its exceptions.
    pub groups: Vec<ExceptionGroup>,
    /// Its position in each journal.
    pub positions: BTreeMap<Epoch, (u64, String)>,
    /// What moved of each item.
    pub moved: BTreeMap<String, i128>,
    /// Tax by authority and rate.
    pub taxes: BTreeMap<(String, i64), (i128, i128)>,
    /// Checks, in minor units.
    pub checks: i64,
}

impl CentralSays {
    /// Groups of these rules.
    pub fn groups_of<'a>(
        &'a self,
        codes: &'a [&str],
    ) -> impl Iterator<Item = &'a ExceptionGroup> + 'a {
        self.groups.iter().filter(move |group| codes.contains(&group.code.as_str()))
    }

    /// How many exceptions of these rules there are.
    pub fn count(&self, codes: &[&str]) -> u64 {
        self.groups.iter().filter(|g| codes.contains(&g.code.as_str())).map(|g| g.count).sum()
    }
}

/// What a drill's sums are compared with.
pub struct Base<'a> {
    /// The pack's items, taxes and rules.
    pub book: &'a Book<'a>,
    /// What the pack says is on hand.
    pub on_hand: &'a dyn Fn(&ItemCode) -> Option<OnHand>,
    /// The drill's folder.
    pub dir: &'a Path,
}

/// What the report has already when claims are proved.
pub struct SoFar<'a> {
    /// The ledger's totals, and central's.
    pub totals: (&'a SumsEntry, &'a SumsEntry),
    /// Central's totals as they came.
    pub central: Option<&'a CentralSums>,
    /// Its exceptions.
    pub groups: &'a [ExceptionGroup],
    /// What verifying the journals found.
    pub findings: &'a [String],
}

/// Proves a scenario's claims.
///
/// # Errors
/// [`DrillError`] when a journal can't be read or central does not answer.
pub fn prove(
    play: &mut Play<'_>,
    base: &Base<'_>,
    so_far: &SoFar<'_>,
) -> Result<Vec<ClaimEntry>, DrillError> {
    let scenario = play.scenario;
    if scenario.claims.is_empty() {
        return Ok(Vec::new());
    }
    let gathered = gather(play, base)?;
    let mut papers = Papers::default();
    for lane in lanes(play) {
        let file = lane.data.0.join("receipts.txt");
        papers.take(&file, &gathered).map_err(DrillError::Files)?;
    }
    let central = central_says(play, &gathered, so_far)?;
    let on_hand = desk_on_hand(play, base)?;
    let counted = Counted {
        gathered: &gathered,
        papers: &papers,
        seen: &play.seen,
        asked: &play.backhaul.network.paths,
        central: &central,
        totals: so_far.totals,
        findings: so_far.findings,
        on_hand: &on_hand,
        dir: base.dir,
    };
    let one = |proof: &Proof| match proof {
        Proof::Recorded(fact) => {
            let named = gathered.facts.get(fact).cloned().unwrap_or_default();
            let words = format!("{}: {} records", fact.words(), named.count);
            Finding::of(named.count > 0, words).by(&named)
        }
        Proof::Agrees(sum) => sum.count(&counted),
        Proof::Tried(piece) => {
            let played = play.desk.as_ref().and_then(|desk| desk.played.get(piece));
            played.map_or_else(
                || Finding::of(false, format!("{}: not played", piece.word())),
                |played| Finding {
                    holds: played.as_it_must,
                    words: format!("{}: {}", piece.word(), played.words),
                    records: played.record.iter().cloned().collect(),
                },
            )
        }
    };
    Ok(scenario.claims.iter().map(|claim| entry(claim, &one, play)).collect())
}

fn entry(claim: &Claim, one: &dyn Fn(&Proof) -> Finding, play: &Play<'_>) -> ClaimEntry {
    let findings: Vec<Finding> = claim.proofs.iter().map(one).collect();
    let proved = !findings.is_empty() && findings.iter().all(|finding| finding.holds);
    let mut proofs: Vec<ProofEntry> = findings
        .into_iter()
        .map(|Finding { holds, words, records }| ProofEntry { holds, words, records })
        .collect();
    // What went wrong at the desk says more than that a record is missing.
    if !proved {
        let needed = super::claim::pieces(std::slice::from_ref(claim));
        let desk = play.desk.iter().flat_map(|desk| &desk.played);
        let missed = desk.filter(|(piece, played)| needed.contains(piece) && !played.as_it_must);
        for (piece, played) in missed {
            let words = format!("{}: {}", piece.word(), played.words);
            if !proofs.iter().any(|proof| proof.words == words) {
                proofs.push(ProofEntry { holds: false, words, records: Vec::new() });
            }
        }
    }
    ClaimEntry {
        kind: claim.kind.word(),
        text: claim.text.clone(),
        holds: proved && claim.unknown.is_empty(),
        unknown: claim.unknown.clone(),
        proofs,
    }
}

fn lanes<'a>(play: &'a Play<'_>) -> impl Iterator<Item = &'a Lane> {
    play.lanes.iter().chain(play.desk.as_ref().map(|desk| &desk.lane))
}

fn gather(play: &Play<'_>, base: &Base<'_>) -> Result<Gathered, DrillError> {
    let trusted = Trusted { book: base.book, version: Some(base.book.version.clone()) };
    let mut gathered = Gathered::default();
    for lane in lanes(play) {
        each_line(lane, &mut |line| {
            gathered.take(lane.number, line.bytes(), line.hash(), &trusted);
        })?;
    }
    Ok(gathered)
}

/// Asks central for what the claims need of it.
fn central_says(
    play: &Play<'_>,
    gathered: &Gathered,
    so_far: &SoFar<'_>,
) -> Result<CentralSays, DrillError> {
    let mut says = CentralSays { groups: so_far.groups.to_vec(), ..CentralSays::default() };
    let Some(lane) = play.lanes.first() else { return Ok(says) };
    let settings = lane.data.settings()?;
    let line = settings.central.clone().ok_or(BackhaulError::NotEnrolled(lane.number))?;
    let backhaul: &Backhaul = &play.backhaul;
    for lane in lanes(play) {
        let reader = Reader::open(&lane.data.place(&lane.data.settings()?))?;
        for journal in reader.journals()? {
            let position = backhaul.position(&line, &journal.id)?;
            says.positions.insert(journal.id.epoch, position);
        }
    }
    let sums = so_far.central;
    says.checks = sums.map_or(0, CentralSums::checks);
    for tax in sums.into_iter().flat_map(CentralSums::taxes) {
        let amounts = (i128::from(tax.taxable), i128::from(tax.amount));
        says.taxes.insert((tax.code.clone(), tax.rate), amounts);
    }
    let wanted = |sum: Sum| {
        let mut proofs = play.scenario.claims.iter().flat_map(|claim| &claim.proofs);
        proofs.any(|proof| *proof == Proof::Agrees(sum))
    };
    if wanted(Sum::Stock) {
        let right = |seen: &[super::backhaul::MovedItem]| {
            let same = |one: &super::backhaul::MovedItem| {
                let code = ItemCode::parse(&one.item).ok();
                let ours = code.and_then(|code| gathered.moved.get(&code));
                ours == Some(&i128::from(one.moved))
            };
            let moving = gathered.moved.values().filter(|moved| **moved != 0).count();
            seen.len() >= moving && seen.iter().all(same)
        };
        let seen = backhaul.stock(&line, settings.store, &right)?;
        says.moved = seen.into_iter().map(|one| (one.item, i128::from(one.moved))).collect();
    }
    if wanted(Sum::ReceivedTwice) {
        says.groups = backhaul.exceptions_with(&line, settings.store, "received_twice")?;
    }
    Ok(says)
}

/// What the desk's register says is on hand of its goods, what it began with, and what moved there.
fn desk_on_hand(play: &mut Play<'_>, base: &Base<'_>) -> Result<Vec<Shelved>, DrillError> {
    let Some(desk) = &mut play.desk else { return Ok(Vec::new()) };
    let mut own = Gathered::default();
    let trusted = Trusted { book: base.book, version: None };
    each_line(&desk.lane, &mut |line| {
        own.take(desk.lane.number, line.bytes(), line.hash(), &trusted);
    })?;
    let mut all = Vec::new();
    for item in desk.goods() {
        let Some(began) = (base.on_hand)(&item.code) else { continue };
        let moved = own.moved.get(&item.code).copied().unwrap_or(0);
        let moved = Quantity::from_tenthousandths(i64::try_from(moved).unwrap_or(i64::MAX));
        let shown = desk.lane.running()?.stock(&item.code).on_hand();
        all.push(Shelved { code: item.code, shown, began: began.quantity, moved });
    }
    Ok(all)
}
