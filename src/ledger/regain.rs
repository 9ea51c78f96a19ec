//! Brings records of this register back from whoever carries them, into the journal they belong
//! to. A look changes nothing; bringing them back leaves each journal as it was or whole.
//!
//! ```text
//!  here:     database, tape, put-away lines ┐
//!  outside:  central, peers, sticks, files  ┴─ join ─▶ Regained: how far, from whom, what lacks
//!                                                └─ bring back ─▶ frozen/<epoch>/
//!                                   other branches, recovered.db, last of all lines-1.jsonl
//! ```
//!
//! What comes back is never gone on with. A carrier may lack the last record as this disk does, so
//! the end is not certain, and the next start begins a journal that follows this one. A journal
//! that was given up before becomes whole where it lies; the one that was begun meanwhile stays.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::domain::event::Event;
use crate::domain::ids::{Epoch, JournalId, Seq};
use crate::domain::money::{Money, Overflow};
use crate::journal::key::PublicKey;
use crate::journal::record::Envelope;

use super::aside::{RECOVERED, keep_lines, kept_before, new_folder};
use super::build::{REBUILDING, build, forget};
use super::current::{First, first_of, first_of_db, refuse_other_register, tapes, wanted};
use super::error::LedgerError;
use super::gather::{Bringer, Brought, Gathered};
use super::join::{
    Asked, BRANCHES_MAX, CARRIERS_MAX, Carrier, Joined, Other, Sink, Stretch, Word, first_key, join,
};
use super::open::{Lock, beside, connect_file_to_read, flush_folder, private_folder};
use super::tape::{self, TapeLines};
use super::walk::DbLines;
use super::writer::Pending;
use super::{Identity, Place, ack, anchor};

/// The most folders of given-up journals that are looked at.
const FOLDERS_MAX: usize = 1_000;

/// Says how long a journal of a key is good; none where the key is trusted.
pub type GoodLength<'a> = &'a dyn Fn(&PublicKey, Epoch) -> Option<Seq>;

/// What is to be brought back, and where to.
pub struct Desk<'a> {
    /// Where the ledger lies.
    pub place: &'a Place,
    /// Whose it is.
    pub identity: Identity,
    /// What others brought.
    pub gathered: &'a Gathered,
    /// How long journals of revoked keys are good.
    pub good: GoodLength<'a>,
}

/// What one carrier has of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Has {
    /// None for this register's own folders.
    pub by: Option<Bringer>,
    /// Places, each stretch with the place after its last one.
    pub stretches: Vec<(Seq, Seq)>,
    /// The same for the other branches of a fork.
    pub beside: Vec<(Seq, Seq)>,
    /// Lines that are in no branch: changed, or without those before them.
    pub not_used: u64,
}

/// One journal, as it could become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regained {
    /// Which.
    pub journal: JournalId,
    /// The next start would go on with it.
    pub in_use: bool,
    /// Its leading records that are here.
    pub here: u64,
    /// Its leading records, with what others brought.
    pub whole: u64,
    /// How many it had, as far as anybody says.
    pub known: u64,
    /// Who has what of it.
    pub has: Vec<Has>,
    /// What comes back: records, sales, money.
    pub back: Pending,
    /// Places that two right records were written for: each branch is kept.
    pub others: Vec<Seq>,
    /// Nothing is taken from outside, since its key is not known to be this register's.
    pub unknown_key: Option<PublicKey>,
    /// Its key was revoked; what lies at or beyond this place is not taken from outside.
    pub good: Option<Seq>,
    /// Something is to be written.
    pub changes: bool,
}

/// How far bringing back has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Other branches lie there.
    Branches,
    /// The database was built, and has no place yet.
    Built,
    /// The database has its place.
    Database,
    /// The lines have theirs: the journal is whole.
    Lines,
}

impl Regained {
    /// Records that nobody has.
    pub const fn missing(&self) -> u64 {
        self.known.saturating_sub(self.whole)
    }
}

/// Looks what could come back; changes nothing, and may look while the register sells.
///
/// # Errors
/// [`LedgerError`] where the ledger is another register's, or what is here can't be read.
pub fn look(desk: &Desk<'_>) -> Result<Vec<Regained>, LedgerError> {
    desk.journals()?.iter().map(|found| desk.regained(found)).collect()
}

/// Brings back what can be: each journal is as it was until it is whole. `step` is told how far
/// it has come, and may end the process there.
///
/// # Errors
/// [`LedgerError`]: [`LedgerError::InUse`] while the register's program runs; what was done before
/// another one stays done, and doing all of it again is safe.
pub fn bring_back(desk: &Desk<'_>, step: &dyn Fn(Step)) -> Result<Vec<Regained>, LedgerError> {
    private_folder(&desk.place.dir)?;
    let _lock = Lock::take(&desk.place.dir)?;
    let mut all = Vec::new();
    for found in desk.journals()? {
        let regained = desk.regained(&found)?;
        if regained.changes {
            desk.put(&found, &regained, step)?;
        }
        all.push(regained);
    }
    Ok(all)
}

/// A journal that is known of.
struct Found {
    journal: JournalId,
    in_use: bool,
    /// It is this register's by what lies here.
    own: bool,
    /// How many records it had, by what lies here.
    known: u64,
}

/// How the lines of a file stand to those of a branch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// They are the same.
    Same,
    /// They are its first ones, or none.
    Begins,
    /// Others are among them.
    Differs,
}

/// What lies here of one journal.
struct Local {
    dbs: Vec<Connection>,
    /// Plain lines: put-away ones first, so that the first branch stays the first.
    files: Vec<PathBuf>,
}

impl Desk<'_> {
    /// All journals of this register: those that lie here, and those that were brought.
    fn journals(&self) -> Result<Vec<Found>, LedgerError> {
        let mut all: BTreeMap<Epoch, Found> = BTreeMap::new();
        let Identity { store, register } = self.identity;
        let mut add = |epoch: Epoch, own: bool, known: u64| {
            let journal = JournalId { store, register, epoch };
            let new = Found { journal, in_use: false, own, known };
            let found = all.entry(epoch).or_insert(new);
            found.own |= own;
            found.known = found.known.max(known);
        };
        let path = self.place.database();
        let db = if path.exists() { connect_file_to_read(&path).ok() } else { None };
        let in_db = db.as_ref().and_then(first_of_db);
        if let Some(first) = &in_db {
            refuse_other_register(self.identity, &path, first.journal)?;
        }
        let mark = anchor::read(&anchor::path(&self.place.anchor_dir, self.identity));
        let mark = mark.ok().flatten().map(|(_, mark)| mark);
        let tapes = tapes(self.place, self.identity);
        let current = wanted(in_db.as_ref(), mark.as_ref(), &tapes);
        for row in db.as_ref().and_then(|db| ack::read_all(db).ok()).unwrap_or_default() {
            add(row.epoch, true, row.next_seq.0);
        }
        if let Some(mark) = &mark {
            add(mark.journal.epoch, true, mark.next_seq.0);
        }
        let firsts = in_db.into_iter().chain(tapes).chain(self.put_away());
        for First { journal, follows, had } in firsts {
            add(journal.epoch, true, 0);
            if let Some(before) = follows {
                add(before, true, had.0);
            }
        }
        for journal in self.gathered.journals() {
            add(journal.epoch, false, 0);
        }
        if let Some(found) = current.and_then(|epoch| all.get_mut(&epoch)) {
            found.in_use = true;
        }
        Ok(all.into_values().collect())
    }

    /// The first records of journals that were given up.
    fn put_away(&self) -> Vec<First> {
        let lines = folders(&self.place.frozen()).into_iter().map(|one| one.join("lines-1.jsonl"));
        let firsts = lines.filter_map(|path| {
            let (_, line) = TapeLines::open(&path).ok()?.next_record().ok()??;
            first_of(&line)
        });
        let Identity { store, register } = self.identity;
        firsts
            .filter(|one| one.journal.store == store && one.journal.register == register)
            .collect()
    }

    /// What could become of one journal.
    fn regained(&self, found: &Found) -> Result<Regained, LedgerError> {
        let Found { journal, in_use, own, known } = *found;
        let local = Local::of(self.place, journal.epoch);
        let asked = Asked { wanted: Some(journal.epoch), ..Asked::default() };
        let alone = join(local.carriers(), asked, &mut |_, _| Ok(()))?;
        let key = alone.key.or_else(|| self.first_key(journal));
        let believed = own || key.is_some_and(|key| self.gathered.keys().any(|own| *own == key));
        let unknown_key = key.filter(|_| !believed);
        let good = key.and_then(|key| (self.good)(&key, journal.epoch));
        let taking = Taking { desk: self, journal, local: &local, good, taken: believed };
        let joined = taking.join(asked)?;
        let count = |joined: &Joined| joined.chain.map_or(0, |chain| chain.next_seq.0);
        let (here, whole) = (count(&alone), count(&joined));
        let told = if believed { self.told_of(journal, key, good) } else { 0 };
        let ends = alone.sides.iter().map(|side| side.end).max().unwrap_or(0);
        // Where two branches are known, nobody knows which of them others counted.
        let known = if joined.others.is_empty() { known.max(told) } else { 0 };
        let known = known.max(ends).max(whole);
        let back = taking.back(asked, &joined.held)?;
        let others = joined.others.iter().map(|other| other.at).collect();
        let changes = (back.records > 0 || in_use_fork(&alone, &joined) || !in_use)
            && taking.changes(self.place, asked, &joined)?;
        Ok(Regained {
            journal,
            in_use,
            here,
            whole,
            known,
            has: taking.has(&joined, &taking.branches(asked, &joined)?),
            back,
            others,
            unknown_key,
            good,
            changes,
        })
    }

    /// The key that a journal's first record names, where only others have it.
    fn first_key(&self, journal: JournalId) -> Option<PublicKey> {
        let firsts = self.gathered.bringers().flat_map(|(_, one)| one.at(journal, Seq(0)));
        firsts.filter_map(|line| first_key(&Envelope::read(line).ok()?)).next()
    }

    /// How far a journal goes, by what others say and by what its own key signed.
    fn told_of(&self, journal: JournalId, key: Option<PublicKey>, good: Option<Seq>) -> u64 {
        let below = |seq: Seq| good.is_none_or(|good| seq < good);
        let signed = |line: &[u8]| {
            let envelope = Envelope::read(line).ok();
            envelope.is_some_and(|one| key.is_some_and(|key| one.is_signed_by(&key)))
        };
        let last = |one: &Brought| {
            let mut places = one.places_from_the_end(journal).filter(|seq| below(*seq));
            places.find(|seq| one.at(journal, *seq).any(signed)).map_or(0, |seq| seq.next().0)
        };
        let signed = self.gathered.bringers().map(|(_, one)| last(one)).max().unwrap_or(0);
        let told = self.gathered.told_of(journal);
        signed.max(good.map_or(told, |good| told.min(good)).0)
    }

    /// Makes a journal whole where given-up ones lie.
    fn put(
        &self,
        found: &Found,
        regained: &Regained,
        step: &dyn Fn(Step),
    ) -> Result<(), LedgerError> {
        let (place, journal) = (self.place, found.journal);
        let local = Local::of(place, journal.epoch);
        let asked = Asked { wanted: Some(journal.epoch), ..Asked::default() };
        let taken = regained.unknown_key.is_none();
        let taking = Taking { desk: self, journal, local: &local, good: regained.good, taken };
        let joined = taking.join(asked)?;
        let folder = match kept_before(place, journal.epoch) {
            Some((folder, _)) => folder,
            None => new_folder(&place.frozen(), &journal.epoch.to_string())?,
        };
        let mut files = branches(&folder, asked, &joined);
        let first = files.pop();
        for (path, other) in &files {
            taking.keep(path, *other)?;
        }
        flush_folder(&folder)?;
        step(Step::Branches);
        let path = place.dir.join(REBUILDING);
        forget(&path);
        let fill = &mut |sink: Sink<'_>| taking.fill(asked, sink);
        build(&path, fill, &|_| Ok(()))?;
        step(Step::Built);
        let recovered = folder.join(RECOVERED);
        for suffix in ["-wal", "-shm"] {
            // An earlier one's, of somebody who only read: it holds nothing.
            fs::remove_file(beside(&recovered, suffix)).ok();
        }
        fs::rename(&path, &recovered).map_err(|why| LedgerError::file(&recovered, why))?;
        flush_folder(&folder)?;
        step(Step::Database);
        if let Some((path, asked)) = first {
            taking.keep(&path, asked)?;
        }
        flush_folder(&folder)?;
        flush_folder(&place.frozen())?;
        flush_folder(&place.dir)?;
        step(Step::Lines);
        Ok(())
    }
}

/// Carriers of one journal, from here and from outside, as often as they are walked.
struct Taking<'a> {
    desk: &'a Desk<'a>,
    journal: JournalId,
    local: &'a Local,
    good: Option<Seq>,
    /// What others brought is taken.
    taken: bool,
}

impl<'a> Taking<'a> {
    /// Who brought each carrier, in the order of [`Self::carriers`], after the local ones.
    fn bringers(&self) -> Vec<&'a Bringer> {
        let mut all = Vec::new();
        for (by, brought) in self.outside() {
            all.extend(brought.layers(self.journal, self.good).iter().map(|_| by));
        }
        all
    }

    fn outside(&self) -> impl Iterator<Item = (&'a Bringer, &'a Brought)> {
        let taken = self.taken;
        self.desk.gathered.bringers().filter(move |_| taken)
    }

    fn carriers(&self) -> Vec<Carrier<'a>> {
        let mut all = self.local.carriers();
        for (by, brought) in self.outside() {
            for layer in brought.layers(self.journal, self.good) {
                let mut lines = layer.into_iter();
                let pull = move || lines.next().map(|(seq, line)| (seq, line.to_vec()));
                all.push(Carrier { word: by.word(), pull: Box::new(pull) });
            }
        }
        all.truncate(CARRIERS_MAX);
        all
    }

    fn join(&self, asked: Asked) -> Result<Joined, LedgerError> {
        join(self.carriers(), asked, &mut |_, _| Ok(()))
    }

    fn fill(&self, asked: Asked, sink: Sink<'_>) -> Result<(), LedgerError> {
        join(self.carriers(), asked, sink).map(|_| ())
    }

    /// Keeps a branch's lines. What stood in their file stands in them again, or goes beside it.
    fn keep(&self, path: &Path, asked: Asked) -> Result<(), LedgerError> {
        if self.stands(path, asked)? == Stands::Differs {
            let mut aside = (1..10_000_u32).map(|n| path.with_extension(format!("jsonl-{n}")));
            if let Some(aside) = aside.find(|aside| !aside.exists()) {
                fs::hard_link(path, &aside)
                    .or_else(|_| fs::copy(path, &aside).map(|_| ()))
                    .map_err(|why| LedgerError::file(&aside, why))?;
            }
        }
        keep_lines(path, &mut |sink| self.fill(asked, sink))
    }

    /// How a file's lines stand to a branch.
    fn stands(&self, path: &Path, asked: Asked) -> Result<Stands, LedgerError> {
        let Ok(mut there) = TapeLines::open(path) else { return Ok(Stands::Begins) };
        let (mut same, mut all) = (true, true);
        self.fill(asked, &mut |_, line| {
            match there.next_record().ok().flatten() {
                Some((_, old)) => same &= old == line,
                None => all = false,
            }
            Ok(())
        })?;
        let more = there.next_record().ok().flatten().is_some();
        Ok(match same && !more && there.damaged == 0 && !there.torn {
            false => Stands::Differs,
            true if all => Stands::Same,
            true => Stands::Begins,
        })
    }

    /// True unless every branch lies there as it would be written.
    fn changes(&self, place: &Place, asked: Asked, joined: &Joined) -> Result<bool, LedgerError> {
        if joined.chain.is_none() {
            return Ok(false);
        }
        let Some((folder, _)) = kept_before(place, self.journal.epoch) else { return Ok(true) };
        for (path, asked) in branches(&folder, asked, joined) {
            if self.stands(&path, asked)? != Stands::Same {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Records that only others have, and the money of their sales.
    fn back(&self, asked: Asked, held: &[Stretch]) -> Result<Pending, LedgerError> {
        let own = self.local.count();
        let lacking: Vec<_> = held.iter().filter(|one| !one.by.any_below(own)).collect();
        let mut back = Pending::default();
        if lacking.is_empty() {
            return Ok(back);
        }
        self.fill(asked, &mut |seq, line| {
            if lacking.iter().any(|one| (one.from..one.until).contains(&seq)) {
                back.records = back.records.saturating_add(1);
                let event = Envelope::read(line).and_then(|envelope| envelope.event());
                if let Ok(Some(money)) = event.map(|event| money_of(&event)) {
                    back.sales = back.sales.saturating_add(1);
                    back.money = back.money.plus(money?)?;
                }
            }
            Ok(())
        })?;
        Ok(back)
    }

    /// The other branches, each from where it leaves the first one.
    fn branches(&self, asked: Asked, joined: &Joined) -> Result<Vec<Vec<Stretch>>, LedgerError> {
        let one = |other: &Other| {
            let mut held = self.join(Asked { other: Some(*other), ..asked })?.held;
            held.iter_mut().for_each(|one| one.from = one.from.max(other.at));
            held.retain(|one| one.from < one.until);
            Ok(held)
        };
        joined.others.iter().map(one).collect()
    }

    fn has(&self, joined: &Joined, branches: &[Vec<Stretch>]) -> Vec<Has> {
        let own = self.local.count();
        let has = |by: Option<&Bringer>, carriers: &[usize]| {
            let is_his = |one: &Stretch| carriers.iter().any(|carrier| one.by.has(*carrier));
            let of = |carrier: &usize| {
                let not_used = joined.not_used.get(*carrier).copied().unwrap_or(0);
                let beside = branches.iter().flatten().filter(|one| one.by.has(*carrier));
                let beside = beside.map(|one| one.until.0.saturating_sub(one.from.0));
                not_used.saturating_sub(beside.fold(0, u64::saturating_add))
            };
            Has {
                by: by.cloned(),
                stretches: stretches(&joined.held, is_his),
                beside: branches.iter().flat_map(|branch| stretches(branch, is_his)).collect(),
                not_used: carriers.iter().map(of).fold(0, u64::saturating_add),
            }
        };
        let mut all = vec![has(None, &(0..own).collect::<Vec<usize>>())];
        let bringers = self.bringers();
        for (by, _) in self.outside() {
            let layers = (0..bringers.len()).filter(|layer| bringers.get(*layer) == Some(&by));
            let layers: Vec<usize> = layers.map(|layer| layer.saturating_add(own)).collect();
            all.push(has(Some(by), &layers));
        }
        all
    }
}

impl Local {
    fn of(place: &Place, epoch: Epoch) -> Self {
        let name = epoch.to_string();
        let (mut dbs, mut files) = (Vec::new(), Vec::new());
        let mut tapes = vec![tape::path(&place.tape_dir, epoch)];
        for folder in folders(&place.frozen()) {
            let own =
                folder.file_name().is_some_and(|own| own.to_string_lossy().starts_with(&name));
            if !own {
                continue;
            }
            let lines = (1..=BRANCHES_MAX.saturating_add(1))
                .map(|number| folder.join(format!("lines-{number}.jsonl")));
            files.extend(lines.filter(|path| path.exists()));
            tapes.push(tape::path(&folder, epoch));
            dbs.push(folder.join("ledger.db"));
        }
        dbs.push(place.database());
        files.extend(tapes.into_iter().filter(|path| path.exists()));
        let is_of =
            |conn: &Connection| first_of_db(conn).is_none_or(|first| first.journal.epoch == epoch);
        let dbs = dbs.into_iter().filter(|path| path.exists());
        let dbs = dbs.filter_map(|path| connect_file_to_read(&path).ok()).filter(is_of);
        let mut local = Self { dbs: dbs.collect(), files };
        local.files.truncate(CARRIERS_MAX / 4);
        local.dbs.truncate(CARRIERS_MAX / 4);
        local
    }

    fn count(&self) -> usize {
        self.carriers().len()
    }

    fn carriers(&self) -> Vec<Carrier<'_>> {
        let files = self.files.iter().filter_map(|path| TapeLines::open(path).ok());
        let files = files.map(|mut lines| -> Carrier<'_> {
            let pull = move || lines.next_record().ok().flatten();
            Carrier { word: Word::Known, pull: Box::new(pull) }
        });
        let dbs = self.dbs.iter().map(|conn| {
            let mut lines = DbLines::new(conn);
            Carrier { word: Word::Ledger, pull: Box::new(move || lines.next_record()) }
        });
        files.chain(dbs).collect()
    }
}

/// Others brought a second right record at a place that was taken here.
fn in_use_fork(alone: &Joined, joined: &Joined) -> bool {
    joined.others.len() > alone.others.len()
}

fn folders(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten().take(FOLDERS_MAX);
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    all.sort();
    all
}

/// The files of a journal's branches, and what is asked for to fill each: the others first, so that
/// the journal is whole only once all of them lie there.
fn branches(folder: &Path, asked: Asked, joined: &Joined) -> Vec<(PathBuf, Asked)> {
    let others = (2_usize..).zip(joined.others.iter().map(|other| Some(*other)));
    let all = others.chain([(1, None)]);
    let file = |number: usize| folder.join(format!("lines-{number}.jsonl"));
    all.map(|(number, other)| (file(number), Asked { other, ..asked })).collect()
}

/// What a sale, refund or void took; none for everything else.
fn money_of(event: &Event) -> Option<Result<Money, Overflow>> {
    event.sale().map(|sale| sale.total.plus(sale.rounding))
}

fn stretches(held: &[Stretch], is_his: impl Fn(&Stretch) -> bool) -> Vec<(Seq, Seq)> {
    let mut all: Vec<(Seq, Seq)> = Vec::new();
    for one in held.iter().filter(|one| is_his(one)) {
        match all.last_mut() {
            Some((_, until)) if *until == one.from => *until = one.until,
            _ => all.push((one.from, one.until)),
        }
    }
    all
}

#[cfg(test)]
mod tests;
