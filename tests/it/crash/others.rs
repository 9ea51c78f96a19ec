//! The plug and the other databases: the copies of other registers, which are answered for, records
//! that are being brought back, and central's store while it moves to a later format.

use std::path::Path;

use tideover::domain::ids::{RegisterNo, Seq};
use tideover::ledger::gather::{Bringer, Gathered};
use tideover::ledger::regain::{Desk, bring_back};
use tideover::ledger::{Mirror, Vouched};

use super::cuts::{MODELS, cuts_in_all, number, read, sweep};
use super::disk::{Names, Op, Remains};
use super::scratch::Scratch;
use super::watch::{Lie, so_far, watch};
use crate::ledger::store::{Register, WHO};

/// A twentieth of the cuts of the ledger.
fn cuts() -> u64 {
    cuts_in_all() / 20
}

/// Cuts what was done under both models, and asks `holds` of what is left.
fn cut(base: &Remains, ops: &[Op], holds: impl Fn(&Path, usize) -> Result<(), String>) {
    let scratch = Scratch::new();
    for model in MODELS {
        let seed = number("TIDEOVER_SEED", 1) + u64::from(model == Names::Strict);
        sweep(base, ops, model, (cuts() / 2, seed), |remains, at, loss, _| {
            let root = scratch.lay(remains);
            if let Err(why) = holds(&root, at) {
                panic!("seed {seed}, {model:?}, at {at} of {}, {loss:?}: {why}", ops.len());
            }
            std::fs::remove_dir_all(&root).expect("cleared");
            1
        });
    }
}

#[test]
fn copies_of_another_register_that_were_answered_for_survive_every_cut() {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 12);
    let line = |seq| ledger.line_at(Seq(seq)).expect("read").expect("a record").bytes().to_vec();
    let lines: Vec<Vec<u8>> = (0..ledger.chain().next_seq.0).map(line).collect();
    let scratch = Scratch::new();
    let root = scratch.fresh();
    let base = Remains::default();
    let watched = watch(&root, &base.names, None, Lie::default(), || {
        let mut mirror = Mirror::open(&root.join("copies"), WHO.store).expect("a mirror");
        let mut held = Vec::new();
        for (place, line) in lines.iter().enumerate() {
            mirror.take(&[line], &Vouched::Itself, None).expect("kept");
            held.push(so_far());
            if place == 7 {
                drop(mirror);
                mirror = Mirror::open(&root.join("copies"), WHO.store).expect("a mirror");
            }
        }
        held
    });
    cut(&base, &watched.ops, |root, at| {
        let folder = root.join("copies");
        let mut mirror = Mirror::open(&folder, WHO.store).map_err(|why| why.to_string())?;
        if folder.join("set-aside").exists() {
            return Err("it was taken for damaged".to_owned());
        }
        let owed = watched.result.iter().filter(|held| **held <= at).count();
        let branch = mirror.branches().first().cloned();
        let held = match &branch {
            Some(branch) => mirror.lines(branch, Seq(0), 1_000, usize::MAX),
            None => Ok(Vec::new()),
        };
        let held = held.map_err(|why| why.to_string())?;
        if held.len() < owed {
            return Err(format!("{owed} were answered for, {} are there", held.len()));
        }
        let same = held.iter().zip(&lines).all(|(held, line)| held.bytes() == line.as_slice());
        if !same {
            return Err("a copy is not what it was copied from".to_owned());
        }
        let rest: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        mirror.take(&rest, &Vouched::Itself, None).map_err(|why| why.to_string())?;
        Ok(())
    });
}

/// A register whose first six records came back before, and the rest is being brought back.
#[test]
fn a_journal_that_is_brought_back_is_as_it_was_or_whole_at_every_cut() {
    let sold = Register::new();
    let (mut ledger, _) = sold.open();
    sold.sell(&mut ledger, 10);
    let line = |seq| ledger.line_at(Seq(seq)).expect("read").expect("a record").bytes().to_vec();
    let lines: Vec<Vec<u8>> = (0..ledger.chain().next_seq.0).map(line).collect();
    let epoch = ledger.chain().journal.epoch.to_string();
    drop(ledger);
    let bring = |root: &Path, lines: &[Vec<u8>]| -> Result<(), String> {
        let register = Register::at(root, 2);
        let mut gathered = Gathered::of(WHO);
        gathered.key(Register::key().public());
        for line in lines {
            gathered.take(&Bringer::Peer(RegisterNo(2)), line).map_err(|why| why.to_string())?;
        }
        let (place, good) = (&register.place, &|_: &_, _| None);
        let desk = Desk { place, identity: WHO, gathered: &gathered, good };
        bring_back(&desk, &|_| ()).map(drop).map_err(|why| why.to_string())
    };
    let scratch = Scratch::new();
    let old = scratch.fresh();
    bring(&old, &lines[..6]).expect("the first six");
    let base = read(&old);
    let root = scratch.lay(&base);
    let watched = watch(&root, &base.names, None, Lie::default(), || {
        bring(&root, &lines).expect("the rest");
    });
    let ended = watched.ops.len();
    cut(&base, &watched.ops, |root, at| {
        let kept = |root: &Path| -> Result<Vec<Vec<u8>>, String> {
            let path = root.join("ledger/frozen").join(&epoch).join("lines-1.jsonl");
            let bytes = std::fs::read(path).map_err(|why| why.to_string())?;
            Ok(bytes.split_inclusive(|b| *b == b'\n').map(|l| l[..l.len() - 1].to_vec()).collect())
        };
        let found = kept(root)?;
        let whole = found == lines;
        if !whole && (at == ended || found != lines[..6]) {
            return Err(format!("neither as it was nor whole: {} lines", found.len()));
        }
        // The register opens whatever lies there, and the next time makes it whole.
        drop(Register::at(root, 3).try_open().map_err(|why| why.to_string())?);
        bring(root, &lines)?;
        let again = kept(root)?;
        if again == lines { Ok(()) } else { Err(format!("{} lines afterwards", again.len())) }
    });
}

#[cfg(feature = "central")]
mod central {
    use tideover::central::sqlite::{FILE_NAME, SqliteStore};
    use tideover::device::entropy::SeededEntropy;

    use super::{Lie, MODELS, Op, Path, Remains, Scratch, cuts_in_all, number, sweep, watch};
    use crate::crash::cuts::read;
    use crate::formats::embedded::{older, state, today};
    use crate::formats::schemas;

    /// Cuts of one format's change under each model: spread over all that it writes.
    fn cuts() -> u64 {
        (cuts_in_all() / 400).max(1)
    }

    /// Opens the store at `root` and pulls the plug over it: it is as it was before, or as it is
    /// afterwards, with every row, and the next start comes to the same end.
    fn cut_open(version: usize, base: &Remains, scratch: &Scratch) -> (usize, u64) {
        let root = scratch.lay(base);
        let before = state(&root.join(FILE_NAME));
        let root = scratch.lay(base);
        let watched = watch(&root, &base.names, None, Lie::default(), || {
            SqliteStore::open(&root).map(drop).expect("moved to today's format");
        });
        let after = state(&root.join(FILE_NAME));
        assert_ne!((before.0, &before.1), (after.0, &after.1));
        let holds = |root: &Path| -> Result<(), String> {
            let path = root.join(FILE_NAME);
            let is = state(&path);
            // Before its first table a store has no format.
            if is != before && is != after && !(version == 0 && is.1.is_empty()) {
                return Err(format!("between the formats: {is:?}"));
            }
            drop(SqliteStore::open(root).map_err(|why| why.to_string())?);
            let is = state(&path);
            if is == after { Ok(()) } else { Err(format!("after the next start: {is:?}")) }
        };
        let ops: &[Op] = &watched.ops;
        let one_in = u64::try_from(ops.len()).expect("fits") / cuts().max(1);
        let mut pulled = 0;
        for model in MODELS {
            let seed = number("TIDEOVER_SEED", 1) + u64::try_from(version).expect("small");
            let spread = SeededEntropy::new(seed);
            pulled += sweep(base, ops, model, (cuts(), seed), |remains, at, loss, _| {
                if one_in > 1 && spread.below(one_in) > 0 {
                    return 0;
                }
                let root = scratch.lay(remains);
                if let Err(why) = holds(&root) {
                    panic!(
                        "format {version}, seed {seed}, {model:?}, at {at} of {}, {loss:?}: {why}",
                        ops.len()
                    );
                }
                std::fs::remove_dir_all(&root).expect("cleared");
                1
            });
        }
        (ops.len(), pulled)
    }

    /// An empty folder becomes a store, and so does a store of each older format with rows in every
    /// table.
    #[test]
    fn central_is_of_the_old_format_or_of_the_new_one_and_never_between() {
        let scratch = Scratch::new();
        let whole = tempfile::tempdir().expect("a folder");
        today(whole.path());
        for version in 0..schemas("").len() {
            let root = scratch.fresh();
            if version > 0 {
                older(version, &whole.path().join(FILE_NAME), &root.join(FILE_NAME));
            }
            let (ops, pulled) = cut_open(version, &read(&root), &scratch);
            println!("from format {version}: {ops} ops, {pulled} cuts");
        }
    }
}
