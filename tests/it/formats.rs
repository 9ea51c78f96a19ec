//! Central's store in each of its older formats, with rows in every table, becomes today's: what it
//! holds and derives then is what today's program makes of the same deliveries, in both databases.
//!
//! ```text
//!  deliveries ─▶ today's central ──────────────────────▶ derived again ─▶ all rows ─┐
//!                    │ rows that a format had             ▲                          ├ the same
//!                    ▼                                    │                          │
//!  schema 1..n ─▶ an older store ─▶ today's program opens it ─▶ all rows ────────────┘
//! ```
//!
//! An older store is made from the numbered files that made it then; a format that is added later
//! is one of the older ones by itself.
#![expect(clippy::disallowed_methods, reason = "stores are written as earlier programs wrote them")]

pub mod embedded;
mod postgres;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use tideover::central::door::InProcess;
use tideover::central::serve::Central;
use tideover::domain::ids::{RegisterNo, StoreNo};
use tideover::reconcile::totals::Totals;

use crate::central::{central_at, drain, enrolled, revoked};
use crate::journal::sample::every_kind;
use crate::journals::{TestRegister, clock};

const STORE: StoreNo = StoreNo(1042);

/// All rows by table, as text, in an order.
pub type Rows = BTreeMap<String, BTreeSet<String>>;

/// What older formats could not say, each with the format that could first.
pub struct Since {
    /// Tables whose rows nothing older could bring.
    pub tables: &'static [(usize, &'static str)],
    /// What a row says from this word on.
    pub words: &'static [(usize, &'static str, &'static str)],
}

impl Since {
    /// Leaves out of rows what one of that format does not say.
    pub fn said_less(&self, version: usize, rows: &mut Rows) {
        for (_, table, from) in self.words.iter().filter(|(since, ..)| version < *since) {
            let all = rows.remove(*table).unwrap_or_default();
            let all = all.iter().map(|row| row.split(from).next().unwrap_or_default().to_owned());
            rows.insert((*table).to_owned(), all.collect());
        }
    }

    /// Today's rows as they come out of a store of that format.
    pub fn wanted(&self, version: usize, today: &Rows) -> Rows {
        let mut rows = today.clone();
        for (_, table) in self.tables.iter().filter(|(since, _)| version < *since) {
            rows.insert((*table).to_owned(), BTreeSet::new());
        }
        self.said_less(version, &mut rows);
        rows
    }
}

/// What each version of the format added, in files of this folder.
pub fn schemas(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/central").join(folder);
    let read = |number: u32| std::fs::read_to_string(folder.join(format!("{number}.sql"))).ok();
    (1..).map_while(read).collect()
}

/// What registers bring and people do: every kind of record, a fork, a key that was revoked, one
/// that nobody vouched for, a code that waits.
fn deliver(central: &Central, folder: &Path) {
    let till = every_kind();
    let mut seven = TestRegister {
        key: Arc::new(till.key),
        chain: till.chain,
        lines: till.lines,
        receipts: BTreeMap::new(),
        totals: Totals::default(),
    };
    let mut eight = TestRegister::new(8);
    eight.sell(2, 3);
    let mut fork = eight.clone();
    let mut nine = nine();
    enrolled(central, &seven);
    enrolled(central, &eight);
    eight.sell(2, 2);
    fork.sell(1, 1);
    for register in [&mut seven, &mut eight, &mut fork, &mut nine] {
        drain(register, &mut InProcess(central.door()));
    }
    central.settle();
    revoked(folder, STORE, RegisterNo(8), &clock());
    central.door().enroll_code(STORE, RegisterNo(10)).expect("a code");
    central.settle();
}

/// A register that nobody vouched for.
fn nine() -> TestRegister {
    let mut nine = TestRegister::new(9);
    nine.sell(3, 2);
    nine
}

/// It sells on, and central takes it.
fn goes_on(central: &Central) {
    let mut nine = nine();
    nine.sell(2, 1);
    let report = drain(&mut nine, &mut InProcess(central.door()));
    assert_eq!((report.created, report.pending), (2, 0), "{report:?}");
    central.settle();
    assert_eq!(central.totals(STORE, Some(RegisterNo(9))).expect("totals"), nine.totals);
    // Whatever was known of it before: it announced what it runs now.
    let ready = central.door().readiness().expect("read");
    let registers = &ready.stores.first().expect("a store").registers;
    let nine = registers.iter().find(|one| one.register == 9).expect("a register");
    let program = nine.runs.version.as_ref().map(ToString::to_string);
    assert_eq!(program.as_deref(), Some(env!("CARGO_PKG_VERSION")));
}

/// Central's folder as it was, without its database and the marks of it.
fn keys_of(from: &Path, to: &Path, without: &[&str]) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_file() && !without.iter().any(|one| name.starts_with(one)) {
            std::fs::copy(&path, to.join(name)).expect("copied");
        }
    }
}

/// Says what differs, table by table, and not more.
fn same(version: usize, here: &Rows, wanted: &Rows) {
    let tables: BTreeSet<&String> = here.keys().chain(wanted.keys()).collect();
    for table in tables {
        let (nothing, more) = (BTreeSet::new(), "not in the other");
        let of = |rows: &Rows| rows.get(table).unwrap_or(&nothing).clone();
        let (here, wanted) = (of(here), of(wanted));
        let only: Vec<&String> = here.difference(&wanted).take(3).collect();
        let missing: Vec<&String> = wanted.difference(&here).take(3).collect();
        assert!(
            only.is_empty() && missing.is_empty(),
            "from format {version}, table {table}: {only:#?} {more}; {missing:#?} missing"
        );
    }
}
