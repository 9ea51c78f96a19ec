//! Opening a ledger: look, decide, put right, say so.
//!
//! ```text
//!  finish what was begun ─▶ look (walk) ─▶ decide (plan) ─▶ rebuild, append, freeze ─▶ Ledger
//! ```
//!
//! Each step may be cut off by a power cut and is then found again at the next start: a database
//! is built beside the old one and only takes its place when it is whole, a journal's lines are
//! kept before its files are moved, the anchor names the new journal only once its first record
//! is durable. Nothing is ever deleted; what is damaged is set aside.

use std::fs;

use crate::device::clock::Clock;
use crate::device::entropy::Entropy;
use crate::domain::book::Book;
use crate::domain::event::{EpochOpen, Event, Follows};
use crate::domain::ids::{Epoch, JournalId, Seq};
use crate::domain::words::words;
use crate::journal::chain::Entry;
use crate::journal::epoch;
use crate::journal::key::SigningKey;

use super::ack::{self, AckRow};
use super::anchor::{self, Anchor, Mark};
use super::aside::{
    RECOVERED, keep_lines, kept_before, move_database, move_file, new_folder, set_aside,
    state_of_lines,
};
use super::build::{REBUILDING, build, forget, insert};
use super::current::{first_of_db, refuse_other_register, tapes, wanted};
use super::error::{BesideFailed, LedgerError};
use super::faults::Hook;
use super::finding::{Finding, FindingKind};
use super::join::{Asked, Other, Sink};
use super::mend::mend_tape;
use super::open::{Db, Lock, beside, flush_folder, has_own_schema, private_folder};
use super::plan::{AnchorSays, DbFile, Evidence, GiveUp, Plan, TapePlan, decide};
use super::sealed::Carried;
use super::state::State;
use super::tape::{self, TapeLines};
use super::walk::{DbLines, Walked, walk};
use super::writer::Ledger;
use super::{Identity, Place, ballast, left_behind, projection, shown, wording};

/// What opening came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// What was noticed and put right, in plain words.
    pub findings: Vec<Finding>,
    /// What the register must know to go on.
    pub state: State,
    /// What the records give the store's book: also those of a journal that was just given up.
    pub book: Book,
}

/// What is to be opened, and with what.
pub(super) struct Request<'a> {
    pub(super) place: &'a Place,
    pub(super) identity: Identity,
    pub(super) clock: &'a dyn Clock,
    pub(super) entropy: &'a dyn Entropy,
    /// The ledger was written on another machine.
    pub(super) other_machine: bool,
}

/// What a ledger is written with.
struct Means {
    key: Option<SigningKey>,
    hook: Hook,
    lock: Lock,
}

/// What was found.
struct Look {
    db: Option<Db>,
    db_file: DbFile,
    anchor: Option<Mark>,
    wanted: Option<Epoch>,
    walked: Walked,
    evidence: Evidence,
    acks: Vec<AckRow>,
    carried: Carried,
}

pub(super) fn open(
    request: &Request<'_>,
    key: Option<SigningKey>,
    hook: Hook,
) -> Result<(Ledger, Opening), LedgerError> {
    let place = request.place;
    private_folder(&place.dir)?;
    let lock = Lock::take(&place.dir)?;
    let mut findings = Vec::new();
    for dir in [&place.tape_dir, &place.anchor_dir] {
        // A missing second disk does not stop the sale; it is said below.
        private_folder(dir).ok();
    }
    finish_rebuild(request)?;
    let mut look = look(request, key.as_ref())?;
    let book = std::mem::take(&mut look.walked.book);
    let means = Means { key, hook, lock };
    let plan = decide(&look.evidence);
    tracing::info!(?plan, evidence = ?look.evidence, "the ledger was checked");
    let mut ledger = match plan {
        Plan::BeginFirst => begin(request, means, look, None, &mut findings)?,
        Plan::BeginAnew(why) => {
            // A key that was followed by another one begins nothing any more.
            let next = look.walked.state.rotated.clone();
            let is_next = |key: &SigningKey| {
                next.as_ref().is_none_or(|next| next.public_key == *key.public().bytes())
            };
            let means = Means { key: means.key.filter(is_next), ..means };
            let follows = freeze(request, &look, why, &mut findings)?;
            begin(request, means, look, follows, &mut findings)?
        }
        Plan::GoOn(tape) => resume(request, means, look, tape, &mut findings)?,
        Plan::Append { from, tape } => {
            append_missing(place, &look, from)?;
            let to = look.evidence.joined.saturating_sub(1);
            let mut ledger = resume(request, means, look, tape, &mut findings)?;
            findings.push(wording::restored(&ledger, from, to));
            note_restored(request, &mut ledger, from, to)?;
            ledger
        }
        Plan::Rebuild(tape) => {
            let (from, to) = (look.evidence.db.good, look.evidence.joined.saturating_sub(1));
            let missing = look.db_file == DbFile::Missing;
            rebuild(request, &mut look)?;
            let mut ledger = resume(request, means, look, tape, &mut findings)?;
            findings.push(wording::rebuilt(&ledger, missing, &place.set_aside()));
            if from <= to {
                note_restored(request, &mut ledger, from, to)?;
            }
            ledger
        }
    };
    if !ballast::lay(&place.dir) {
        findings.push(Finding::new(
            FindingKind::DiskNearlyFull,
            words!("The disk of the ledger is nearly full."),
            words!("All sales are recorded."),
            words!("Free some space soon: once it is full, nothing more can be sold."),
        ));
    }
    if ledger.key.is_none() {
        findings.push(Finding::new(
            FindingKind::Unsigned,
            words!("The signing key is not at hand."),
            words!("Sales are recorded and counted as always, but without a signature."),
            words!("Tell IT."),
        ));
    }
    ledger.write_anchor();
    left_behind::clear(place);
    let opening = Opening { findings, state: ledger.state().clone(), book };
    Ok((ledger, opening))
}

/// A database that was built again and whole takes its place.
fn finish_rebuild(request: &Request<'_>) -> Result<(), LedgerError> {
    let place = request.place;
    forget(&place.dir.join(REBUILDING));
    let whole = place.dir.join("rebuilt.db");
    if whole.exists() {
        set_aside(request, "damaged")?;
        let path = place.database();
        fs::rename(&whole, &path).map_err(|why| LedgerError::file(&path, why))?;
        flush_folder(&place.dir)?;
    }
    Ok(())
}

fn look(request: &Request<'_>, key: Option<&SigningKey>) -> Result<Look, LedgerError> {
    let place = request.place;
    let path = place.database();
    let mut db_file = DbFile::Missing;
    let mut db = None;
    if path.exists() {
        match Db::open(&path) {
            Ok(opened) => {
                db_file = if is_sound(&opened) { DbFile::Sound } else { DbFile::Broken };
                db = Some(opened);
            }
            Err(why) if why.is_damage() => db_file = DbFile::Broken,
            Err(why) => return Err(why),
        }
    }
    let anchor_path = anchor::path(&place.anchor_dir, request.identity);
    let anchor = anchor::read(&anchor_path).ok().flatten().map(|(_, mark)| mark);
    let in_db = db.as_ref().and_then(|db| first_of_db(&db.conn));
    if let Some(first) = &in_db {
        refuse_other_register(request.identity, &path, first.journal)?;
    }
    let tapes = tapes(place, request.identity);
    let wanted = wanted(in_db.as_ref(), anchor.as_ref(), &tapes);
    if let (Some(first), Some(wanted)) = (&in_db, wanted)
        && first.journal.epoch != wanted
    {
        // An older journal was put in the place of the current one.
        db = None;
        set_aside(request, "older-journal")?;
        db_file = DbFile::Missing;
    }
    let anchor = anchor.filter(|mark| Some(mark.journal.epoch) == wanted);
    let tape = wanted.and_then(|epoch| TapeLines::open(&tape::path(&place.tape_dir, epoch)).ok());
    let has_tape = tape.is_some();
    let lines = db.as_ref().map(|db| DbLines::new(&db.conn));
    let asked = Asked { wanted, anchor, other: None };
    let walked = walk(lines, tape, asked, &mut |_, _| Ok(()))?;
    let joined = walked.chain.map_or(0, |chain| chain.next_seq.0);
    let anchor_says = says(anchor, &walked);
    let shown = shown::read(place, request.identity);
    let shown_says = match shown.filter(|mark| Some(mark.journal.epoch) == wanted) {
        None => AnchorSays::Nothing,
        // Rare: the place that was shown is looked up by a walk of its own.
        Some(mark) => {
            let path = wanted.map(|epoch| tape::path(&place.tape_dir, epoch));
            let tape = path.and_then(|path| TapeLines::open(&path).ok());
            let lines = db.as_ref().map(|db| DbLines::new(&db.conn));
            let asked = Asked { wanted, anchor: Some(mark), other: None };
            says(Some(mark), &walk(lines, tape, asked, &mut |_, _| Ok(()))?)
        }
    };
    let evidence = Evidence {
        db_file,
        db: walked.db,
        tape: has_tape.then_some(walked.tape),
        joined,
        fork: walked.fork.is_some(),
        anchor: anchor_says,
        shown: shown_says,
        other_key: key.is_some_and(|key| walked.key.is_some_and(|first| first != key.public())),
        rotated: walked.state.rotated.is_some(),
        put_away: wanted.is_some_and(|epoch| kept_before(place, epoch).is_some()),
        other_machine: request.other_machine,
    };
    let acks = db.as_ref().and_then(|db| ack::read_all(&db.conn).ok()).unwrap_or_default();
    let mut carried =
        db.as_ref().and_then(|db| Carried::of(&db.conn).ok()).unwrap_or(Carried::NOTHING);
    if let Some(epoch) = wanted {
        carried.and(left_behind::of(place, epoch));
    }
    Ok(Look { db, db_file, anchor, wanted, walked, evidence, acks, carried })
}

/// What a mark says of the journal that was found.
fn says(mark: Option<Mark>, walked: &Walked) -> AnchorSays {
    let joined = walked.chain.map_or(0, |chain| chain.next_seq.0);
    mark.map_or(AnchorSays::Nothing, |mark| match walked.hash_at_anchor {
        _ if mark.next_seq.0 > joined => AnchorSays::More { next: mark.next_seq.0 },
        Some(hash) if hash == mark.head => AnchorSays::Known { next: mark.next_seq.0 },
        _ => AnchorSays::Other,
    })
}

fn is_sound(db: &Db) -> bool {
    let check = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let checked = db.conn.query_row("PRAGMA quick_check(1)", (), check);
    // A flipped bit in a table's stored definition passes every check of the file and shows only
    // once a statement names what is not there any more.
    checked.is_ok_and(|answer| answer == "ok") && has_own_schema(&db.conn).unwrap_or(false)
}

/// Opens what is whole now, and mends the tape.
fn resume(
    request: &Request<'_>,
    means: Means,
    look: Look,
    tape_plan: TapePlan,
    findings: &mut Vec<Finding>,
) -> Result<Ledger, LedgerError> {
    let place = request.place;
    let path = place.database();
    let db = match look.db {
        Some(db) => db,
        None => Db::open(&path)?,
    };
    let (Some(chain), Some(public)) = (look.walked.chain, look.walked.key) else {
        return Err(LedgerError::Nothing { path });
    };
    let tape_path = tape::path(&place.tape_dir, chain.journal.epoch);
    let tape = mend_tape(request, &db, &tape_path, &look.walked, tape_plan, findings);
    let tape = tape.inspect_err(|why| {
        tracing::warn!(%why, "the tape can't be written");
        findings.push(Finding::new(
            FindingKind::NoTape,
            words!(
                "The second copy of the sales ({}) can't be written.",
                tape_path.display().to_string()
            ),
            words!("Sales are recorded, but in one copy only."),
            words!("Tell IT to look at that disk. Selling goes on."),
        ));
    });
    let anchor_path = anchor::path(&place.anchor_dir, request.identity);
    let anchor = Anchor::open(&anchor_path).inspect_err(|why| {
        tracing::warn!(%why, "the anchor can't be written");
        findings.push(Finding::new(
            FindingKind::NoAnchor,
            words!(
                "The note of how far the sales go ({}) can't be written.",
                anchor_path.display().to_string()
            ),
            words!("Sales are recorded. A ledger that loses its end might not be noticed."),
            words!("Tell IT to look at that folder. Selling goes on."),
        ));
    });
    let mut ledger = Ledger {
        db,
        place: place.clone(),
        chain,
        state: look.walked.state,
        key: means.key,
        public,
        tape: tape.ok(),
        anchor: anchor.ok(),
        hook: means.hook,
        poisoned: false,
        unmoved: 0,
        _lock: means.lock,
    };
    let agrees = projection::agrees(&ledger.db.conn, &ledger.state)
        .map_err(|why| LedgerError::sqlite(&path, "comparing the tables", why))?;
    if !agrees {
        ledger.rebuild()?;
        findings.push(Finding::new(
            FindingKind::ProjectionsRebuilt,
            words!("The ledger's sums did not follow from its records."),
            words!("The records are whole and the sums are right again."),
            words!("The sums were derived from the records. Nothing is to be done."),
        ));
    }
    Ok(ledger)
}

/// Appends what the tape holds beyond the database.
fn append_missing(place: &Place, look: &Look, from: u64) -> Result<(), LedgerError> {
    let path = place.database();
    let failed = |why| LedgerError::sqlite(&path, "bringing records back", why);
    let Some(db) = &look.db else { return Ok(()) };
    let transaction = db.conn.unchecked_transaction().map_err(failed)?;
    look.walk(place, None, &mut |seq, line| {
        if seq.0 < from { Ok(()) } else { insert(&transaction, seq, line).map_err(failed) }
    })?;
    projection::rebuild(&transaction).map_err(failed)?;
    transaction.commit().map_err(failed)
}

impl Look {
    /// Hands on every line that was found; those of the other branch where one is named.
    fn walk(&self, place: &Place, other: Option<Other>, sink: Sink<'_>) -> Result<(), LedgerError> {
        let path = self.wanted.map(|epoch| tape::path(&place.tape_dir, epoch));
        let tape = path.and_then(|path| TapeLines::open(&path).ok());
        let db = self.db.as_ref().map(|db| DbLines::new(&db.conn));
        let asked = Asked { wanted: self.wanted, anchor: self.anchor, other };
        walk(db, tape, asked, sink).map(|_| ())
    }
}

/// Builds the database again beside the old one, from all lines that were found.
fn rebuild(request: &Request<'_>, look: &mut Look) -> Result<(), LedgerError> {
    let place = request.place;
    let path = place.dir.join(REBUILDING);
    build(&path, &mut |sink| look.walk(place, None, sink), &|db| {
        look.acks.iter().try_for_each(|row| ack::store(db, row))?;
        look.carried.store(db)
    })?;
    look.db = None;
    let whole = place.dir.join("rebuilt.db");
    fs::rename(&path, &whole).map_err(|why| LedgerError::file(&whole, why))?;
    flush_folder(&place.dir)?;
    finish_rebuild(request)?;
    look.db = Some(Db::open(&place.database())?);
    Ok(())
}

/// Gives a journal up: its lines are kept, its files moved, and what the new one follows named.
fn freeze(
    request: &Request<'_>,
    look: &Look,
    why: GiveUp,
    findings: &mut Vec<Finding>,
) -> Result<Option<Follows>, LedgerError> {
    let place = request.place;
    let epoch = look.wanted;
    let name = epoch.map_or_else(|| "unknown".to_owned(), |epoch| epoch.to_string());
    // A start that was cut off may have kept the lines, and moved some of the files, before.
    let before = epoch.filter(|_| why != GiveUp::Fork).and_then(|epoch| kept_before(place, epoch));
    let before = before.filter(|(_, kept)| *kept >= look.evidence.joined);
    let tape = epoch.map(|epoch| tape::path(&place.tape_dir, epoch));
    let is_there = |path: &std::path::Path| path.exists();
    let to_move = ["", "-wal"].iter().any(|end| is_there(&beside(&place.database(), end)))
        || tape.as_deref().is_some_and(is_there);
    let folder = match &before {
        Some((folder, _)) if !to_move => folder.clone(),
        _ => new_folder(&place.frozen(), &name)?,
    };
    if before.is_none() {
        let lines = folder.join("lines-1.jsonl");
        keep_lines(&lines, &mut |sink| look.walk(place, None, sink))?;
    }
    if why == GiveUp::Fork {
        let lines = folder.join("lines-2.jsonl");
        keep_lines(&lines, &mut |sink| look.walk(place, look.walked.fork, sink))?;
    }
    flush_folder(&folder)?;
    move_database(&place.database(), &folder)?;
    if let Some(path) = tape {
        // The tape's disk may be the one that failed; its lines are kept all the same.
        let moved = move_file(&path, &folder).map_err(|why| BesideFailed::tape(&path, &why));
        moved.unwrap_or_else(|why| tracing::warn!(%why, "the tape stays where it is"));
    }
    flush_folder(&folder)?;
    flush_folder(&place.dir)?;
    let joined = before.as_ref().map_or(look.evidence.joined, |(_, kept)| *kept);
    let cut_off = why == GiveUp::CutOff || matches!(why, GiveUp::Lost { known } if known <= joined);
    let folder = before.map_or(folder, |(folder, _)| folder);
    let back = joined.saturating_sub(look.evidence.joined);
    let recovered = folder.join(RECOVERED).exists();
    // What a start that was cut off had frozen is known by its lines alone.
    let state = if cut_off {
        state_of_lines(&folder.join("lines-1.jsonl"))?
    } else {
        look.walked.state.clone()
    };
    let (why, known) = match why {
        GiveUp::Lost { known } if known > joined => (why, known),
        GiveUp::Lost { .. } | GiveUp::CutOff if state.rotated.is_some() => {
            (GiveUp::Rotated, joined)
        }
        GiveUp::Lost { .. } | GiveUp::CutOff if recovered => (GiveUp::Recovered { back }, joined),
        GiveUp::PutBack { known } => (why, known.max(joined)),
        GiveUp::Lost { .. } => (GiveUp::CutOff, joined),
        _ => (why, joined),
    };
    findings.push(wording::frozen(why, joined, &folder));
    let reason = wording::reason(why, joined);
    // Only a journal that says itself that it ended has a last number that is certain.
    let counts_on = (why == GiveUp::Rotated).then_some(state.last_sale_no);
    let last_sale = counts_on.filter(|number| number.0 > 0);
    Ok(epoch.map(|epoch| Follows { epoch, next_seq: Seq(known), reason, last_sale }))
}

/// Begins a journal: an empty database and its first record.
fn begin(
    request: &Request<'_>,
    mut means: Means,
    mut look: Look,
    follows: Option<Follows>,
    findings: &mut Vec<Finding>,
) -> Result<Ledger, LedgerError> {
    // Without its key a register begins a journal with one that is used once and forgotten: the
    // journal still has a name that nobody else can claim.
    let has_key = means.key.is_some();
    let key = match means.key.take() {
        Some(key) => key,
        None => {
            let mut seed = zeroize::Zeroizing::new([0; 32]);
            request.entropy.fill(seed.as_mut_slice())?;
            SigningKey::from_seed(&seed)?
        }
    };
    let public = key.public();
    let mut nonce = [0; 16];
    request.entropy.fill(&mut nonce)?;
    let Identity { store, register } = request.identity;
    let journal = JournalId { store, register, epoch: epoch::derive(&public, &nonce) };
    let path = request.place.database();
    let acks = std::mem::take(&mut look.acks);
    look.db = None;
    if !path.exists() {
        // A log without its database would be taken for the new one's.
        set_aside(request, "damaged")?;
    }
    let db = if path.exists() { Db::open(&path)? } else { Db::create(&path)? };
    for row in &acks {
        ack::store(&db.conn, row)
            .map_err(|why| LedgerError::sqlite(&path, "taking acknowledgements along", why))?;
    }
    let carried = std::mem::replace(&mut look.carried, Carried::NOTHING);
    carried
        .store(&db.conn)
        .map_err(|why| LedgerError::sqlite(&path, "taking sealed data along", why))?;
    look.db = Some(db);
    look.walked = Walked::empty(journal, public);
    let means = Means { key: Some(key), ..means };
    let mut ledger = resume(request, means, look, TapePlan::Complete, findings)?;
    let open = EpochOpen {
        public_key: *public.bytes(),
        nonce,
        program: format!("tideover {}", env!("CARGO_PKG_VERSION")),
        currency: None,
        follows,
    };
    ledger.append(&entry(request, &ledger, Event::EpochOpen(open)))?;
    if let Some(anchor) = &ledger.anchor {
        anchor.flush().ok();
    }
    ledger.key = ledger.key.filter(|_| has_key);
    Ok(ledger)
}

fn entry(request: &Request<'_>, ledger: &Ledger, event: Event) -> Entry {
    let at = request.clock.now();
    let state = ledger.state();
    Entry {
        at,
        mono_ms: request.clock.mono_ms(),
        date: state.open_shift.as_ref().map_or_else(|| at.local_date(), |shift| shift.date),
        by: None,
        pack: state.pack.clone(),
        outage: state.open_outage.as_ref().map(|outage| outage.id.clone()),
        event,
    }
}

fn note_restored(
    request: &Request<'_>,
    ledger: &mut Ledger,
    from: u64,
    to: u64,
) -> Result<(), LedgerError> {
    let event = Event::RestoredFrom { source: "tape".to_owned(), from: Seq(from), to: Seq(to) };
    let entry = entry(request, ledger, event);
    ledger.append(&entry).map(|_| ())
}

#[cfg(test)]
mod tests;
