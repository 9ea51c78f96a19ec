//! Central's store on PostgreSQL, for a chain: any number of processes on one database.
//!
//! ```text
//!  link      the line: connecting, what is tried again      migrate   tables of this version
//!  ingest    runs in, under the lock of their journals      restored  is it an older copy?
//!  parked    runs that wait for others before them
//!  project   rows out of records, by COPY ─ goods, returns, readiness     keys, read, values
//!  hand_overs  the ledger of what other systems were given, and whose turn it is
//! ```
//!
//! The tables are described in schema/central/postgres; docs/scale.md says what a larger database
//! can do with them. SQL and `tokio_postgres` are named below this module only.

mod asides;
mod conduct;
mod destruction;
mod goods;
mod hand_overs;
mod ingest;
mod keys;
mod link;
mod migrate;
mod paper_slips;
mod parked;
mod pickups;
mod project;
mod rain_checks;
mod read;
mod readiness;
mod reconcile;
mod recovery;
mod restored;
mod returns;
mod revocation;
mod rotation;
#[cfg(test)]
mod tests;
mod tls;
mod values;

use std::collections::BTreeMap;
use std::path::Path;

use crate::domain::ids::{JournalId, RegisterNo, SaleNo, Seq, StoreNo};
use crate::domain::semver::Semver;
use crate::journal::hash::Hash;
use crate::journal::key::PublicKey;
use crate::reconcile::exception::Exception;
use crate::reconcile::goods::GoodsView;
use crate::reconcile::rain_checks::Account;
use crate::reconcile::totals::Totals;
use crate::sync::segment::Run;

use self::hand_overs::Handing;
pub use self::link::Database;
use self::link::Link;
use self::restored::Seen;
use super::asides::AsideStore;
use super::export::ledger::{HandOvers, RecordStage};
use super::project::Projection;
use super::rain_checks::RainCheckStore;
use super::readiness::ReadinessRow;
use super::store::{
    CheckOpening, CodeUse, ExceptionGroup, Expected, Ingested, JournalRow, Position, SealedRow,
    Stand, Standing, Store, StoreError, StoreRows, Unprojected,
};
use crate::central::marks::Marks;

/// The store: one session with the database at a time.
pub struct PostgresStore {
    link: Link,
    /// Where this one looks for records to project; none before its first look, and after another
    /// worker was faster.
    place: Option<JournalId>,
    handing: Handing,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostgresStore({})", self.link.database())
    }
}

impl PostgresStore {
    /// Connects to a database, and brings its tables to this version.
    ///
    /// # Errors
    /// [`StoreError`] when it can't be reached, is newer, or does not write durably.
    pub fn open(database: &Database) -> Result<Self, StoreError> {
        let shown = database.to_string();
        let mut link = Link::new(database.clone())?;
        link.run(async |session| migrate::migrate(session, &shown).await)?;
        Ok(Self { link, place: None, handing: Handing::default() })
    }

    /// The store of a data folder, which keeps marks of what was handed over.
    #[must_use]
    pub fn of_folder(mut self, folder: &Path) -> Self {
        self.handing.marks = Some(Marks::of(folder));
        self
    }

    fn take_in(
        &mut self,
        begins: &'static str,
        runs: &[Run],
        now_ms: i64,
    ) -> Result<Vec<Ingested>, StoreError> {
        let taken =
            self.link.run(async |session| ingest::take_in(session, begins, runs, now_ms).await);
        let (all, log) = taken?;
        self.link.database().reached(log);
        Ok(all)
    }
}

impl Store for PostgresStore {
    fn put_sealed(
        &mut self,
        journal: &JournalId,
        rows: &[SealedRow],
        now_ms: i64,
    ) -> Result<(), StoreError> {
        self.link
            .transaction(async |session| keys::put_sealed(session, journal, rows, now_ms).await)
    }

    fn sealed_of(&mut self, journal: &JournalId, seq: Seq) -> Result<Vec<SealedRow>, StoreError> {
        self.link.run(async |session| keys::sealed_of(session, journal, seq).await)
    }

    fn sales_numbered(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
        number: SaleNo,
    ) -> Result<Vec<(JournalId, Seq)>, StoreError> {
        self.link.run(async |session| keys::sales_numbered(session, store, register, number).await)
    }

    fn note_opening(&mut self, opening: &CheckOpening) -> Result<(), StoreError> {
        self.link.run(async |session| keys::note_opening(session, opening).await)
    }

    fn server_epoch(&mut self) -> Result<String, StoreError> {
        let name = self.link.run(async |session| keys::meta(session, "server_epoch").await)?;
        Ok(name.unwrap_or_default())
    }

    fn set_server_epoch(&mut self, word: &str) -> Result<(), StoreError> {
        self.link.transaction(async |session| {
            keys::set_meta(session, "server_epoch", word).await?;
            restored::know(session, word).await
        })
    }

    fn set_hold(&mut self, reason: Option<&str>) -> Result<(), StoreError> {
        let reason = reason.unwrap_or("");
        self.link.run(async |session| keys::set_meta(session, "hold", reason).await)
    }

    fn hold(&mut self) -> Result<Option<String>, StoreError> {
        let hold = self.link.run(async |session| keys::meta(session, "hold").await)?;
        Ok(hold.filter(|reason| !reason.is_empty()))
    }

    fn received_count(&mut self) -> Result<u64, StoreError> {
        self.link.run(async |session| read::received(session).await)
    }

    fn mark(&mut self) -> Result<String, StoreError> {
        let seen = self.link.run(async |session| restored::look(session).await)?;
        self.link.database().see(seen.clone());
        Ok(seen.mark())
    }

    fn is_older_than(&mut self, mark: &str) -> Result<bool, StoreError> {
        let Some(seen) = Seen::of_mark(mark) else { return Ok(false) };
        self.link.run(async |session| {
            let older = restored::is_older(session, &seen).await?;
            if older {
                // Other processes hold the same name, and need not take the next one away again.
                restored::know(session, &seen.name).await?;
            }
            Ok(older)
        })
    }

    fn bind_key(&mut self, key: &PublicKey) -> Result<(), StoreError> {
        self.link.run(async |session| keys::bind_key(session, key).await)
    }

    fn ingest(&mut self, runs: &[Run], now_ms: i64) -> Result<Vec<Ingested>, StoreError> {
        self.take_in(ingest::TOGETHER, runs, now_ms)
    }

    fn ingest_alone(&mut self, run: &Run, now_ms: i64) -> Result<Ingested, StoreError> {
        let all = self.take_in(ingest::ALONE, std::slice::from_ref(run), now_ms)?;
        all.into_iter().next().ok_or(StoreError::Stopped)
    }

    fn stand(&mut self, journal: &JournalId) -> Result<Stand, StoreError> {
        self.link.run(async |session| stand(session, journal).await)
    }

    fn announce(&mut self, expected: &Expected, now_ms: i64) -> Result<Stand, StoreError> {
        let journals = BTreeMap::from([(expected.journal, expected.key)]);
        let (store, reg, epoch) = values::key(&expected.journal);
        self.link.transaction(async |session| {
            ingest::keep_journals(session, &journals, now_ms).await?;
            recovery::note_out(session, expected, now_ms).await?;
            let sql = "UPDATE journal SET expected_next = $4, expected_head = $5,
                       expected_takings = $6, expected_payouts = $7, program = $8,
                       program_since = CASE WHEN program IS NOT DISTINCT FROM $8
                           THEN coalesce(program_since, $9) ELSE $9 END
                       WHERE store = $1 AND reg = $2 AND epoch = $3 AND expected_next <= $4";
            let params: [link::Param<'_>; 9] = [
                &store,
                &reg,
                &epoch,
                &values::int(expected.next_seq.0),
                &expected.head.0.as_slice(),
                &expected.lifetime.takings.minor(),
                &expected.lifetime.payouts.minor(),
                &expected.program.as_ref().map(Semver::as_str),
                &now_ms,
            ];
            session.execute(sql, &params).await?;
            stand(session, &expected.journal).await
        })
    }

    fn position(&mut self, journal: &JournalId) -> Result<Position, StoreError> {
        self.link.run(async |session| read::position(session, journal).await)
    }

    fn journal_key(&mut self, journal: &JournalId) -> Result<Option<PublicKey>, StoreError> {
        self.link.run(async |session| read::journal_key(session, journal).await)
    }

    fn standing(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
        key: &PublicKey,
    ) -> Result<Option<Standing>, StoreError> {
        self.link.run(async |session| keys::standing_of(session, store, register, key).await)
    }

    fn put_key(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
        key: &PublicKey,
        standing: Standing,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        self.link.transaction(async |session| {
            keys::put_key(session, store, register, key, standing, now_ms).await
        })
    }

    fn keys(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
    ) -> Result<Vec<(PublicKey, Standing)>, StoreError> {
        self.link.run(async |session| keys::keys(session, store, register).await)
    }

    fn provisional_count(&mut self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM register_key WHERE standing = 'provisional'";
        self.link.run(async |session| values::count(&session.one(sql, &[]).await?, 0))
    }

    fn put_code(
        &mut self,
        code: &Hash,
        store: StoreNo,
        register: RegisterNo,
        expires_ms: i64,
    ) -> Result<(), StoreError> {
        self.link
            .run(async |session| keys::put_code(session, code, store, register, expires_ms).await)
    }

    fn use_code(
        &mut self,
        code: &Hash,
        key: &PublicKey,
        now_ms: i64,
    ) -> Result<CodeUse, StoreError> {
        self.link.transaction(async |session| keys::use_code(session, code, key, now_ms).await)
    }

    fn unprojected(&mut self) -> Result<Option<Unprojected>, StoreError> {
        let place = self.place;
        let found = self.link.run(async |session| {
            let place = match place {
                Some(place) => Some(place),
                None => read::any_due(session).await?,
            };
            let Some(place) = place else { return Ok(None) };
            read::unprojected(session, &place).await
        })?;
        // It goes on with the same journal as long as that has something.
        self.place = found.as_ref().map(|stretch| stretch.journal);
        Ok(found)
    }

    fn project(&mut self, projection: &Projection) -> Result<bool, StoreError> {
        let done =
            self.link.transaction(async |session| project::store(session, projection).await)?;
        if !done {
            self.place = None;
        }
        Ok(done)
    }

    fn goods_due(&mut self) -> Result<Option<(StoreNo, i64)>, StoreError> {
        self.link.run(async |session| goods::due(session).await)
    }

    fn goods(&mut self, store: StoreNo) -> Result<GoodsView, StoreError> {
        self.link.run(async |session| goods::view(session, store).await)
    }

    fn goods_looked(
        &mut self,
        store: StoreNo,
        stamp: i64,
        found: &[Exception],
    ) -> Result<(), StoreError> {
        self.link.transaction(async |session| goods::looked(session, store, stamp, found).await)
    }

    fn forget_projections(&mut self) -> Result<(), StoreError> {
        self.place = None;
        self.link.transaction(async |session| project::forget(session).await)
    }

    fn except(&mut self, exception: &Exception) -> Result<(), StoreError> {
        let found = [(0, exception)];
        self.link.run(async |session| project::put_exceptions(session, &found, false).await)
    }

    fn totals(
        &mut self,
        store: StoreNo,
        register: Option<RegisterNo>,
        forks: bool,
    ) -> Result<Totals, StoreError> {
        self.link.run(async |session| read::totals(session, store, register, forks).await)
    }

    fn journals(&mut self, store: Option<StoreNo>) -> Result<Vec<JournalRow>, StoreError> {
        self.link.run(async |session| read::journals(session, store).await)
    }

    fn stores(&mut self) -> Result<Vec<StoreNo>, StoreError> {
        self.link.run(async |session| read::stores(session).await)
    }

    fn journals_of(
        &mut self,
        store: StoreNo,
        register: RegisterNo,
    ) -> Result<Vec<(JournalId, Seq)>, StoreError> {
        self.link.run(async |session| read::journals_of(session, store, register).await)
    }

    fn exceptions(&mut self, store: Option<StoreNo>) -> Result<Vec<ExceptionGroup>, StoreError> {
        self.link.run(async |session| read::exceptions(session, store).await)
    }

    fn lines(
        &mut self,
        journal: &JournalId,
        from: Seq,
        count: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        self.link.run(async |session| read::lines(session, journal, from, count).await)
    }

    fn stage_of(
        &mut self,
        journal: &JournalId,
        seq: Seq,
        hash: &Hash,
    ) -> Result<Option<RecordStage>, StoreError> {
        self.link.run(async |session| read::stage_of(session, journal, seq, hash).await)
    }

    fn hand_overs(&mut self) -> &mut dyn HandOvers {
        self
    }

    fn readiness(&mut self) -> Result<Vec<ReadinessRow>, StoreError> {
        self.link.run(async |session| readiness::rows(session).await)
    }

    fn store_rows(&mut self, store: StoreNo) -> Result<StoreRows, StoreError> {
        self.link.transaction(async |session| reconcile::rows(session, store).await)
    }

    fn append_own(
        &mut self,
        run: &Run,
        closure: Option<(u32, &[u8])>,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let kept = self
            .link
            .run(async |session| ingest::append_own(session, run, closure, now_ms).await)?;
        if let Some(log) = kept {
            self.link.database().reached(log);
        }
        Ok(kept.is_some())
    }

    fn closures(&mut self, store: StoreNo) -> Result<Vec<Vec<u8>>, StoreError> {
        self.link.run(async |session| reconcile::closures(session, store).await)
    }

    fn rules(&mut self) -> Result<Option<String>, StoreError> {
        self.link.run(async |session| keys::meta(session, "rules").await)
    }

    fn set_rules(&mut self, text: &str) -> Result<(), StoreError> {
        self.place = None;
        self.link.transaction(async |session| {
            keys::set_meta(session, "rules", text).await?;
            project::forget(session).await
        })
    }
}

/// Where the database stands in a journal, and under which name: one session, so one database.
async fn stand(session: &link::Session, journal: &JournalId) -> Result<Stand, StoreError> {
    let position = read::position(session, journal).await?;
    Ok(Stand { position, named: keys::named(session).await? })
}

impl RainCheckStore for PostgresStore {
    fn rain_checks(&mut self, store: Option<StoreNo>) -> Result<Vec<Account>, StoreError> {
        self.link.run(async |session| rain_checks::accounts(session, store).await)
    }
}

impl AsideStore for PostgresStore {
    fn asides(&mut self, store: StoreNo) -> Result<Vec<Vec<u8>>, StoreError> {
        self.link.run(async |session| asides::asides(session, store).await)
    }
}
