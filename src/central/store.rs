//! What central keeps, as a trait: embedded SQLite is the first that has it, and each other one
//! passes the same conformance suite.
//!
//! A store is driven by one thread; `Held` is that thread, or some with a store each. Each method
//! is one transaction, and what it returned survives a power cut.
//!
//! ```text
//!  door ──▶ Held::call(|store| …) ──▶ one thread ──▶ Store
//!  door ──▶ Held::ingest(run)     ──▶ as many runs as are waiting, one transaction, one flush
//! ```
//!
//! Several processes may have one database in common, so a method decides under a lock of the rows
//! it decides about, and may run twice when its line was lost: the second time changes nothing.
//!
//! A method more goes here, into `sqlite.rs` and its module, into `postgres/mod.rs` and its module,
//! and gets its case in `conformance.rs`; a table more is a file in schema/central and one in
//! schema/central/postgres, and what is projected into is emptied by both `forget`s.

use crate::domain::event::Lifetime;
use crate::domain::ids::{JournalId, RegisterNo, SaleNo, Seq, StoreNo};
use crate::domain::semver::Semver;
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::reconcile::exception::Exception;
use crate::reconcile::goods::GoodsView;
use crate::reconcile::records::{CheckFact, DrawerFact, Found, MoveFact, SaleFact};
use crate::reconcile::totals::Totals;
use crate::sync::segment::Run;

use super::asides::AsideStore;
use super::destruction::DestructionStore;
use super::export::ledger::{HandOvers, RecordStage};
pub use super::held::Held;
pub use super::ingested::{Ingested, KeptOut, Named, Position, Stand};
use super::project::Projection;
use super::rain_checks::RainCheckStore;
use super::readiness::ReadinessRow;
use super::recovery::RecoveryStore;
use super::revocation::{RevocationStore, Trust};
use super::rotation::RotationStore;
pub use super::sealed_data::{CheckOpening, SealedRow};
pub use super::standing::Standing;

/// The most root causes that are told at once, the gravest first.
pub(super) const GROUPS_MAX: usize = 50_000;
/// The most findings of one store that are looked at: with more it is not closed.
pub(super) const FOUND_MAX: usize = 200_000;

/// Why the store could not do it. Nothing was acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database's own words.
    #[error(
        "central's database failed ({0}); nothing was acknowledged, registers keep their records \
         and try again; look at its disk"
    )]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The file is not central's, or newer than this program.
    #[error("{0}")]
    Unfit(String),
    /// The folder or file could not be reached.
    #[error("central's data folder can't be used ({0}); check its path, rights and space")]
    Io(#[from] std::io::Error),
    /// The database is another program's, and it is not there now.
    #[error(
        "central's database can't be reached ({0}); nothing was acknowledged, registers keep \
         their records and try again; start the database, or look at the line to it"
    )]
    Away(String),
    /// Rows could not be derived from what is stored; the log says why.
    #[error("not all records are summed up yet, and it failed; all are kept. See central's log")]
    Behind,
    /// The thread that holds the store is gone.
    #[error("central is stopping; registers keep their records and try again")]
    Stopped,
}

/// What a register says it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The journal.
    pub journal: JournalId,
    /// The key that signed the announcement.
    pub key: PublicKey,
    /// The journal's next record.
    pub next_seq: Seq,
    /// Its head.
    pub head: Hash,
    /// Its lifetime totals.
    pub lifetime: Lifetime,
    /// The version of its program; none where it announced a text that is none.
    pub program: Option<Semver>,
}

/// One line of the recovery page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// The journal.
    pub journal: JournalId,
    /// Its key.
    pub key: PublicKey,
    /// How far that is trusted.
    pub standing: Standing,
    /// How far the journal counts; none where its key is trusted.
    pub trust: Option<Trust>,
    /// What is held.
    pub position: Position,
    /// Money held: lifetime totals at the head.
    pub received: Lifetime,
    /// Records announced.
    pub expected_next: Seq,
    /// Money announced.
    pub expected: Lifetime,
    /// Records of other branches.
    pub forked: u64,
    /// Records that wait for others.
    pub parked: u64,
    /// Records below it are in the projections.
    pub projected: Seq,
    /// When it was last heard of, in milliseconds since 1970.
    pub last_seen: i64,
}

/// Exceptions of one root cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionGroup {
    /// The store.
    pub store: StoreNo,
    /// The rule's word.
    pub code: String,
    /// What they share: an item's code, or nothing.
    pub cause: String,
    /// How grave.
    pub level: String,
    /// How many.
    pub count: u64,
    /// Their amounts, summed.
    pub amount: i64,
    /// The first one's words.
    pub text: String,
    /// The first one's journal.
    pub journal: JournalId,
    /// The first one's place.
    pub seq: Seq,
}

/// A stretch of stored records that is not in the projections yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unprojected {
    /// The journal.
    pub journal: JournalId,
    /// The journal's key.
    pub key: PublicKey,
    /// How far it is trusted.
    pub standing: Standing,
    /// The branch.
    pub branch: i64,
    /// The first record to be projected.
    pub from: Seq,
    /// The segment's first record, which may lie before it.
    pub segment_from: Seq,
    /// The segment's last record.
    pub segment_to: Seq,
    /// Its lines, packed.
    pub blob: Vec<u8>,
    /// The length of the lines.
    pub raw_len: u64,
    /// Lifetime totals before the first record; none where that record can't be read.
    pub before: Option<Lifetime>,
    /// When it was received, in milliseconds since 1970.
    pub received_ms: i64,
    /// How far the journal counts; none where its key is trusted.
    pub trust: Option<Trust>,
}

/// The projected rows of one store that reconciling asks for, over the branches that came first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreRows {
    /// Sales.
    pub sales: Vec<SaleFact>,
    /// Drawers.
    pub drawers: Vec<DrawerFact>,
    /// Cash that moved without a sale.
    pub moves: Vec<MoveFact>,
    /// Checks.
    pub checks: Vec<CheckFact>,
    /// What the rules found, on every branch.
    pub found: Vec<Found>,
    /// They found more than is looked at.
    pub more_found: bool,
}

/// A bound as databases take it.
pub(super) fn bound(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// What was found, as far as it is looked at, and whether there is more.
pub(super) fn as_far_as_looked_at((mut found, read): (Vec<Found>, usize)) -> (Vec<Found>, bool) {
    found.truncate(FOUND_MAX);
    // Rows count that this program does not know, too.
    (found, read > FOUND_MAX)
}

/// What became of an attempt to use a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeUse {
    /// It was good, and is used up now.
    Good(StoreNo, RegisterNo),
    /// The key is this other register's already; the code can still be used.
    KeyTaken(StoreNo, RegisterNo),
    /// The key was revoked at this register; the code can still be used.
    KeyRevoked(StoreNo, RegisterNo),
    /// Unknown, expired or used: said alike, so that guessing learns nothing.
    NotGood,
}

/// What central keeps.
pub trait Store:
    RainCheckStore
    + AsideStore
    + RecoveryStore
    + RevocationStore
    + RotationStore
    + DestructionStore
    + Send
{
    /// Keeps sealed data of a journal; the first row under a commitment stays, and what was
    /// destroyed is not kept again.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_sealed(
        &mut self,
        journal: &JournalId,
        rows: &[SealedRow],
        now_ms: i64,
    ) -> Result<(), StoreError>;

    /// The sealed data of one record.
    ///
    /// # Errors
    /// [`StoreError`].
    fn sealed_of(&mut self, journal: &JournalId, seq: Seq) -> Result<Vec<SealedRow>, StoreError>;

    /// Where sales of a number were recorded, one a journal of the register.
    ///
    /// # Errors
    /// [`StoreError`].
    fn sales_numbered(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
        number: SaleNo,
    ) -> Result<Vec<(JournalId, Seq)>, StoreError>;

    /// Notes that somebody opens a check's data.
    ///
    /// # Errors
    /// [`StoreError`]; then it must not be opened.
    fn note_opening(&mut self, opening: &CheckOpening) -> Result<(), StoreError>;

    /// A word that names this store until it is restored from an older copy.
    ///
    /// # Errors
    /// [`StoreError`].
    fn server_epoch(&mut self) -> Result<String, StoreError>;

    /// Gives the store a new name, so that registers ask anew where it stands.
    ///
    /// # Errors
    /// [`StoreError`].
    fn set_server_epoch(&mut self, word: &str) -> Result<(), StoreError>;

    /// Keeps the reason why nothing may be sent; none lifts it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn set_hold(&mut self, reason: Option<&str>) -> Result<(), StoreError>;

    /// Why nothing may be sent.
    ///
    /// # Errors
    /// [`StoreError`].
    fn hold(&mut self) -> Result<Option<String>, StoreError>;

    /// How many records were ever stored; falls when the store is replaced by an older copy.
    ///
    /// # Errors
    /// [`StoreError`].
    fn received_count(&mut self) -> Result<u64, StoreError>;

    /// What to keep beside central's keys, so that the store is known again after it was put back
    /// to an older copy. It was true after a commit, so it is never ahead of a store that was not.
    ///
    /// # Errors
    /// [`StoreError`].
    fn mark(&mut self) -> Result<String, StoreError> {
        Ok(format!("{:020} {}", self.received_count()?, self.server_epoch()?))
    }

    /// Whether the store is an older copy of the one a mark was taken of: it holds fewer records,
    /// or bears another name; the name an earlier restore took away comes back with the copy.
    ///
    /// # Errors
    /// [`StoreError`].
    fn is_older_than(&mut self, mark: &str) -> Result<bool, StoreError> {
        let said = mark.trim_end().split_once(' ');
        let said = said.and_then(|(count, name)| Some((count.parse::<u64>().ok()?, name)));
        let Some((count, name)) = said else { return Ok(false) };
        Ok(count > self.received_count()? || name != self.server_epoch()?)
    }

    /// Binds the store to a central's key, where several processes could bring different ones.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] when it is bound to another.
    fn bind_key(&mut self, _key: &PublicKey) -> Result<(), StoreError> {
        Ok(())
    }

    /// Stores runs, all in one transaction: all of them or none.
    ///
    /// # Errors
    /// [`StoreError`].
    fn ingest(&mut self, runs: &[Run], now_ms: i64) -> Result<Vec<Ingested>, StoreError>;

    /// Stores one run of several that could not be stored together. It waits for nobody long: the
    /// others' callers wait for theirs.
    ///
    /// # Errors
    /// [`StoreError`].
    fn ingest_alone(&mut self, run: &Run, now_ms: i64) -> Result<Ingested, StoreError> {
        let all = self.ingest(std::slice::from_ref(run), now_ms)?;
        all.into_iter().next().ok_or(StoreError::Stopped)
    }

    /// Keeps what a register says it has, and since when it announces this version of its program.
    /// Of one journal's announcements the one that goes furthest counts, so that an older one which
    /// is replayed brings no older version back.
    ///
    /// # Errors
    /// [`StoreError`].
    fn announce(&mut self, expected: &Expected, now_ms: i64) -> Result<Stand, StoreError>;

    /// Where central stands in a journal, and under which name.
    ///
    /// # Errors
    /// [`StoreError`].
    fn stand(&mut self, journal: &JournalId) -> Result<Stand, StoreError>;

    /// Where central stands in a journal.
    ///
    /// # Errors
    /// [`StoreError`].
    fn position(&mut self, journal: &JournalId) -> Result<Position, StoreError>;

    /// The key of a journal that is known.
    ///
    /// # Errors
    /// [`StoreError`].
    fn journal_key(&mut self, journal: &JournalId) -> Result<Option<PublicKey>, StoreError>;

    /// How far a key is trusted to speak for a register; none where it is unknown.
    ///
    /// # Errors
    /// [`StoreError`].
    fn standing(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
        key: &PublicKey,
    ) -> Result<Option<Standing>, StoreError>;

    /// Keeps a key; a higher standing is not lowered but by revoking, and that is for good.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_key(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
        key: &PublicKey,
        standing: Standing,
        now_ms: i64,
    ) -> Result<(), StoreError>;

    /// The keys of a register.
    ///
    /// # Errors
    /// [`StoreError`].
    fn keys(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
    ) -> Result<Vec<(PublicKey, Standing)>, StoreError>;

    /// How many keys are provisional.
    ///
    /// # Errors
    /// [`StoreError`].
    fn provisional_count(&mut self) -> Result<u64, StoreError>;

    /// Keeps a one-time code's hash.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_code(
        &mut self,
        code: &Hash,
        store: StoreNo,
        register: RegisterNo,
        expires_ms: i64,
    ) -> Result<(), StoreError>;

    /// Uses a code up, and enrolls the key in the same transaction. The key that used it may ask
    /// again until it expires: the answer may have been lost. A key that somebody vouched for at
    /// another register, or that was revoked there, is not enrolled a second time.
    ///
    /// # Errors
    /// [`StoreError`].
    fn use_code(
        &mut self,
        code: &Hash,
        key: &PublicKey,
        now_ms: i64,
    ) -> Result<CodeUse, StoreError>;

    /// A stretch of records that is not projected yet.
    ///
    /// # Errors
    /// [`StoreError`].
    fn unprojected(&mut self) -> Result<Option<Unprojected>, StoreError>;

    /// Stores projected rows; false when these records were projected meanwhile.
    ///
    /// # Errors
    /// [`StoreError`].
    fn project(&mut self, projection: &Projection) -> Result<bool, StoreError>;

    /// A store whose goods changed since they were looked at, with the stamp of that.
    ///
    /// # Errors
    /// [`StoreError`].
    fn goods_due(&mut self) -> Result<Option<(StoreNo, i64)>, StoreError>;

    /// All that is held of a store's goods.
    ///
    /// # Errors
    /// [`StoreError`].
    fn goods(&mut self, store: StoreNo) -> Result<GoodsView, StoreError>;

    /// Replaces what was found in a store's goods.
    ///
    /// # Errors
    /// [`StoreError`].
    fn goods_looked(
        &mut self,
        store: StoreNo,
        stamp: i64,
        found: &[Exception],
    ) -> Result<(), StoreError>;

    /// What each journal says of its register's readiness, by store and register.
    ///
    /// # Errors
    /// [`StoreError`].
    fn readiness(&mut self) -> Result<Vec<ReadinessRow>, StoreError>;

    /// Empties the projections, to be derived again.
    ///
    /// # Errors
    /// [`StoreError`].
    fn forget_projections(&mut self) -> Result<(), StoreError>;

    /// Keeps an exception that was found on receipt.
    ///
    /// # Errors
    /// [`StoreError`].
    fn except(&mut self, exception: &Exception) -> Result<(), StoreError>;

    /// Totals of a store, or one of its registers, over the branches that came first; with
    /// `forks`, over the other branches and what stands apart.
    ///
    /// # Errors
    /// [`StoreError`].
    fn totals(
        &mut self,
        store: StoreNo,
        register: Option<RegisterNo>,
        forks: bool,
    ) -> Result<Totals, StoreError>;

    /// One row a journal, by store and register, of one store or of all. All are a hundred
    /// thousand rows in a large chain: a page asks for one store's.
    ///
    /// # Errors
    /// [`StoreError`].
    fn journals(&mut self, store: Option<StoreNo>) -> Result<Vec<JournalRow>, StoreError>;

    /// The stores that have journals.
    ///
    /// # Errors
    /// [`StoreError`].
    fn stores(&mut self) -> Result<Vec<StoreNo>, StoreError>;

    /// The journals of one register, in the order in which central first heard of them, and how
    /// far each was announced to go.
    ///
    /// # Errors
    /// [`StoreError`].
    fn journals_of(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
    ) -> Result<Vec<(JournalId, Seq)>, StoreError>;

    /// Exceptions by root cause, gravest and most first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn exceptions(&mut self, store: Option<StoreNo>) -> Result<Vec<ExceptionGroup>, StoreError>;

    /// The record lines held of a journal's first branch, from `from` on, at most `count`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn lines(
        &mut self,
        journal: &JournalId,
        from: Seq,
        count: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError>;

    /// How far a record has come within central; none where it holds no such record.
    ///
    /// # Errors
    /// [`StoreError`].
    fn stage_of(
        &mut self,
        journal: &JournalId,
        seq: Seq,
        hash: &Hash,
    ) -> Result<Option<RecordStage>, StoreError>;

    /// What it keeps of hand-overs to other systems.
    fn hand_overs(&mut self) -> &mut dyn HandOvers;

    /// What is held of a store for reconciling.
    ///
    /// # Errors
    /// [`StoreError`].
    fn store_rows(&mut self, store: StoreNo) -> Result<StoreRows, StoreError>;

    /// Appends records of central's own journal, and a closure's number and sealed text with
    /// them, in one transaction; false, with nothing kept, when the journal or the closures went
    /// on meanwhile.
    ///
    /// # Errors
    /// [`StoreError`].
    fn append_own(
        &mut self,
        run: &Run,
        closure: Option<(u32, &[u8])>,
        now_ms: i64,
    ) -> Result<bool, StoreError>;

    /// A store's closures as they were signed, the first one first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn closures(&mut self, store: StoreNo) -> Result<Vec<Vec<u8>>, StoreError>;

    /// The rules that were set; none for the shipped ones.
    ///
    /// # Errors
    /// [`StoreError`].
    fn rules(&mut self) -> Result<Option<String>, StoreError>;

    /// Sets the rules, and has everything that rules found derived again.
    ///
    /// # Errors
    /// [`StoreError`].
    fn set_rules(&mut self, text: &str) -> Result<(), StoreError>;
}
