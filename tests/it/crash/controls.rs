//! Negative controls: a ledger that is less durable than it believes, and the recipe that is
//! found everywhere, must be found out. A harness that finds nothing there would find nothing.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::cuts::{MODELS, Outcome, Pulls, campaign, play, sweep};
use super::disk::{Names, Op, Remains};
use super::scene::{SCENES, WITHOUT_TAPE};
use super::scratch::Scratch;
use super::watch::{Lie, so_far, watch};

const CUTS: u64 = 250;

fn cut_under(lie: Lie, model: Names) -> Outcome {
    let scratch = Scratch::new();
    let mut outcome = Outcome::default();
    let played = play(&WITHOUT_TAPE, lie, &scratch);
    let pulls = Pulls { model, cuts: CUTS, seed: 5, lie };
    campaign(&played, &WITHOUT_TAPE, pulls, &scratch, &mut outcome);
    outcome
}

/// `synchronous=NORMAL`: the database answers before the disk holds anything.
#[test]
fn a_ledger_with_normal_instead_of_extra_is_found_out() {
    let lie = Lie { synchronous: Some(1), ..Lie::default() };
    for model in MODELS {
        let outcome = cut_under(lie, model);
        assert!(outcome.lost() > 20, "{model:?}: {outcome:#?}");
    }
}

/// The same ledger with its tape loses nothing, since the tape is flushed by itself; but it has to
/// say that records came back, which it never has to say otherwise.
#[test]
fn with_its_tape_even_such_a_ledger_loses_nothing_and_is_found_out_all_the_same() {
    let lie = Lie { synchronous: Some(1), ..Lie::default() };
    let scratch = Scratch::new();
    let scene = &SCENES[2];
    let played = play(scene, lie, &scratch);
    let mut outcome = Outcome::default();
    let pulls = Pulls { model: Names::Ordered, cuts: CUTS, seed: 6, lie };
    campaign(&played, scene, pulls, &scratch, &mut outcome);
    assert_eq!(outcome.lost(), 0, "{outcome:#?}");
    let said = outcome.wrong.keys().filter(|what| what.contains("it found: The ledger lacked"));
    assert!(said.count() > 0, "{outcome:#?}");
}

/// The ledger is made beside its place and takes it when it is whole, so neither FULL instead of
/// EXTRA nor, with EXTRA, a disk that flushes no folders costs a sale by itself.
#[test]
fn full_instead_of_extra_costs_this_ledger_nothing_since_it_is_made_beside_its_place() {
    let lie = Lie { synchronous: Some(2), ..Lie::default() };
    for model in MODELS {
        let outcome = cut_under(lie, model);
        assert!(outcome.wrong.is_empty(), "{model:?}: {outcome:#?}");
    }
}

/// A ledger whose own name was never flushed is gone, and that must be noticed too.
#[test]
fn a_ledger_whose_folders_are_not_flushed_is_found_out() {
    let lie = Lie { synchronous: None, folders_unflushed: true };
    assert!(cut_under(lie, Names::Strict).lost() > 20);
}

/// A table of sales, opened by a recipe.
fn open(root: &Path, before_wal: Option<&str>) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let db = Connection::open_with_flags(root.join("sales.db"), flags)?;
    if let Some(level) = before_wal {
        db.pragma_update(None, "synchronous", level)?;
    }
    db.pragma_update(None, "journal_mode", "WAL")?;
    if before_wal.is_none() {
        db.pragma_update(None, "synchronous", "FULL")?;
    }
    Ok(db)
}

fn sell(root: &Path, before_wal: Option<&str>) -> rusqlite::Result<Vec<usize>> {
    let db = open(root, before_wal)?;
    db.execute_batch("CREATE TABLE IF NOT EXISTS sale(number INTEGER PRIMARY KEY, cents INTEGER)")?;
    let mut acked = Vec::new();
    for number in 1..=20 {
        db.execute("INSERT INTO sale VALUES (?1, 299)", (number,))?;
        acked.push(so_far());
    }
    Ok(acked)
}

/// How often acknowledged sales were lost, by a recipe under a model.
fn losses(before_wal: Option<&str>, model: Names) -> u64 {
    let scratch = Scratch::new();
    let root = scratch.fresh();
    let base = Remains::default();
    let watched =
        watch(&root, &base.names, None, Lie::default(), || sell(&root, before_wal).expect("sold"));
    let (ops, acked): (Vec<Op>, Vec<usize>) = (watched.ops, watched.result);
    let mut lost = 0;
    sweep(&base, &ops, model, (1_000, 7), |remains, at, _, _| {
        let root = scratch.lay(remains);
        let owed = acked.iter().filter(|acked| **acked <= at).count();
        let count =
            |db: Connection| db.query_row("SELECT count(*) FROM sale", (), |row| row.get(0));
        let held: i64 = open(&root, before_wal).and_then(count).unwrap_or(0);
        lost += u64::from(held < i64::try_from(owed).expect("fits"));
        std::fs::remove_dir_all(&root).expect("cleared");
        1
    });
    lost
}

/// The switch to WAL deletes a rollback journal. With FULL its folder is not flushed: where the
/// deletion is lost, the old journal undoes everything that came after.
#[test]
fn the_usual_recipe_of_wal_and_then_full_is_found_out_where_names_are_strict() {
    let lost = losses(None, Names::Strict);
    assert!(lost > 50, "{lost} of 1,000");
    assert_eq!(losses(None, Names::Ordered), 0, "the next flush of anything keeps the deletion");
}

#[test]
fn extra_before_wal_closes_that_hole() {
    for model in MODELS {
        assert_eq!(losses(Some("EXTRA"), model), 0, "{model:?}");
    }
}
