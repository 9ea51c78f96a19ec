//! Sales of journals that this register wrote before the one in use: receipts that customers still
//! bring. They are looked up in the databases that were put aside, the newest first.
//!
//! ```text
//!  journal in use ── follows ──▶ frozen/<epoch>/ledger.db ── follows ──▶ …
//!                                               then those that nothing here follows
//! ```
//!
//! Where records were brought back, the database that was built of all of them is looked into.
//!
//! A line is believed when its own journal's key signed it; what can't be read is not there.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension as _};

use crate::domain::event::Event;
use crate::domain::ids::{Epoch, SaleNo, Seq};
use crate::journal::hash::from_hex;
use crate::journal::key::PublicKey;
use crate::journal::record::{Envelope, Line};

use super::Place;
use super::aside::{RECOVERED, state_of_lines};
use super::open::{connect_file_to_read, sql_int};
use super::state::State;
use super::walk::first_key;
use super::writer::Ledger;

/// Journals that are looked through, at most.
const JOURNALS_MAX: usize = 64;

/// A journal that was put aside.
struct Earlier {
    db: Connection,
    key: PublicKey,
    epoch: Epoch,
    follows: Option<Epoch>,
    /// When its first record was written, in milliseconds since 1970.
    begun_ms: i64,
}

impl Ledger {
    /// The record of a sale, refund or void with this number in an earlier journal.
    pub fn earlier_sale(&self, number: SaleNo) -> Option<Line> {
        let sql = "SELECT line FROM journal WHERE seq = (SELECT seq FROM sale WHERE number = ?1)";
        let find = |earlier: &Earlier| earlier.line(sql, sql_int(number.0));
        self.earlier(None).find_map(|earlier| find(&earlier))
    }

    /// The record at a place of an earlier journal.
    pub fn earlier_line(&self, epoch: Epoch, seq: Seq) -> Option<Line> {
        let sql = "SELECT line FROM journal WHERE seq = ?1";
        self.earlier(Some(epoch)).find_map(|earlier| earlier.line(sql, sql_int(seq.0)))
    }

    /// What the journal that this one follows came to, as far as its lines are kept here.
    pub fn state_before(&self) -> Option<State> {
        let first = self.line_at(Seq(0)).ok()??;
        let name = follows_of(first.bytes())?.to_string();
        let folders = fs::read_dir(self.place().frozen()).ok()?.flatten();
        let of_it = folders.filter(|one| one.file_name().to_string_lossy().starts_with(&name));
        let states = of_it.filter_map(|one| state_of_lines(&one.path().join("lines-1.jsonl")).ok());
        // One that was brought back stands beside what was left of it.
        states.max_by_key(|state| state.sales)
    }

    /// Earlier journals, from the one that the journal in use follows on, or one alone.
    fn earlier(&self, alone: Option<Epoch>) -> impl Iterator<Item = Earlier> {
        let place = self.place().clone();
        let follows = || {
            let first = self.line_at(Seq(0)).ok()??;
            follows_of(first.bytes())
        };
        let mut next = alone.or_else(follows);
        let mut seen: Vec<Epoch> = Vec::new();
        let mut rest: Option<std::vec::IntoIter<Earlier>> = alone.map(|_| Vec::new().into_iter());
        std::iter::from_fn(move || {
            let linked = next.take().and_then(|epoch| Earlier::open(&place, epoch));
            if let Some(earlier) = linked {
                seen.push(earlier.epoch);
                next = earlier.follows.filter(|before| alone.is_none() && !seen.contains(before));
                return Some(earlier);
            }
            // A machine that was set up anew brought its old journals back: nothing follows them.
            rest.get_or_insert_with(|| Earlier::others(&place, &seen).into_iter()).next()
        })
        .take(JOURNALS_MAX)
    }
}

impl Earlier {
    fn open(place: &Place, epoch: Epoch) -> Option<Self> {
        let name = epoch.to_string();
        let folders = fs::read_dir(place.frozen()).ok()?.flatten().map(|entry| entry.path());
        let folders: Vec<PathBuf> = folders
            .filter(|folder| {
                folder.file_name().is_some_and(|own| own.to_string_lossy().starts_with(&name))
            })
            .collect();
        let databases: Vec<PathBuf> = [RECOVERED, "ledger.db"]
            .iter()
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
            .filter(|path| path.exists())
            .collect();
        databases.iter().find_map(|path| {
            let db = connect_file_to_read(path).ok()?;
            let sql = "SELECT line FROM journal WHERE seq = 0";
            let first: Vec<u8> = db.query_row(sql, (), |row| row.get(0)).ok()?;
            let envelope = Envelope::read(&first).ok()?;
            let key = first_key(&envelope).filter(|_| envelope.header.journal.epoch == epoch)?;
            let (follows, begun_ms) = (follows_of(&first), envelope.header.at.utc_ms);
            Some(Self { db, key, epoch, follows, begun_ms })
        })
    }

    /// Journals that were put aside and are none of these, the newest first.
    fn others(place: &Place, seen: &[Epoch]) -> Vec<Self> {
        let folders = fs::read_dir(place.frozen()).into_iter().flatten().flatten();
        let names = folders.map(|folder| folder.file_name().to_string_lossy().into_owned());
        let named = |name: &str| name.get(..16).and_then(from_hex).map(Epoch);
        let epochs: BTreeSet<Epoch> = names.filter_map(|name| named(&name)).collect();
        let epochs = epochs.into_iter().filter(|epoch| !seen.contains(epoch)).take(JOURNALS_MAX);
        let mut all: Vec<Self> = epochs.filter_map(|epoch| Self::open(place, epoch)).collect();
        all.sort_by_key(|earlier| std::cmp::Reverse(earlier.begun_ms));
        all
    }

    fn line(&self, sql: &str, of: i64) -> Option<Line> {
        let found = self.db.query_row(sql, (of,), |row| row.get::<_, Vec<u8>>(0)).optional();
        let line = found.ok()??;
        let signed = Envelope::read(&line).is_ok_and(|envelope| envelope.is_signed_by(&self.key));
        signed.then(|| Line::from_bytes(line))
    }
}

fn follows_of(first: &[u8]) -> Option<Epoch> {
    let Ok(Event::EpochOpen(open)) = Envelope::read(first).ok()?.event() else { return None };
    open.follows.map(|follows| follows.epoch)
}
