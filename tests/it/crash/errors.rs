//! A disk that fails at any one moment, or from a moment on: what was acknowledged stays, what was
//! refused is there whole or not at all, and the next start sells on.

use std::collections::BTreeMap;

use tideover::device::entropy::SeededEntropy;
use tideover::ledger::LedgerError;
use tideover::ledger::finding::FindingKind;

use super::check::{Depths, Owed, look};
use super::cuts::{MODELS, play};
use super::disk::{Disk, Loss, Op};
use super::scene::{SCENES, Scene, Till};
use super::scratch::Scratch;
use super::watch::{Lie, Plan, Trouble, watch};

const MAY_FIND: [FindingKind; 2] = [FindingKind::NoTape, FindingKind::DiskNearlyFull];

/// Sells, and after an error tries once more, as an impatient cashier does.
fn insist(scene: &Scene, till: &mut Till) -> Option<LedgerError> {
    let why = (scene.act)(till).err()?;
    let in_doubt = till.in_doubt.clone();
    if till.ledger.is_some() && in_doubt.is_some() {
        let again = till.sell(1);
        // Either the trouble was over before anything was written, or nothing more is taken.
        if again.is_err() {
            till.in_doubt = in_doubt;
        }
    }
    Some(why)
}

/// Where trouble of a kind can be met at all.
fn meets(op: &Op, trouble: Trouble) -> bool {
    match trouble {
        Trouble::WriteError | Trouble::Full => matches!(op, Op::Write { .. }),
        Trouble::FlushError => matches!(op, Op::Flush { .. } | Op::FlushFolder { .. }),
    }
}

fn survives(trouble: Trouble, once: bool) {
    let scene = &SCENES[2];
    let scratch = Scratch::new();
    let chance = SeededEntropy::new(17);
    let played = play(scene, Lie::default(), &scratch);
    let (mut met, mut told_of, mut refused) = (0, 0, BTreeMap::<String, u64>::new());
    for at in 0..played.ops.len() {
        let op = &played.ops[at];
        let ahead = matches!(op, Op::Write { bytes, .. } if bytes.iter().all(|b| *b == bytes[0]));
        if !meets(op, trouble) || (ahead && chance.below(24) > 0) {
            continue;
        }
        met += 1;
        let root = scratch.lay(&played.base);
        let mut till = Till::at(&root, 3);
        till.told = played.told.iter().filter(|told| told.acked == 0).cloned().collect();
        let plan = Plan { trouble, at, once };
        let watched = watch(&root, &played.base.names, Some(plan), Lie::default(), || {
            let why = insist(scene, &mut till);
            till.kill();
            why
        });
        assert!(watched.troubled > 0, "op {at} was met");
        if let Some(why) = watched.result {
            told_of += 1;
            let kind = format!("{why:?}");
            *refused.entry(kind.split([' ', '(']).next().unwrap_or("").to_owned()).or_default() +=
                1;
        }
        std::fs::remove_dir_all(&root).expect("cleared");
        let owed = Owed {
            told: &till.told,
            at: usize::MAX,
            may_find: &MAY_FIND,
            in_doubt: till.in_doubt.as_ref(),
            lie: Lie::default(),
        };
        // The plug at once, or only the program's end.
        let (loss, model) =
            if met % 2 == 0 { (Loss::All, MODELS[0]) } else { (Loss::Nothing, MODELS[1]) };
        let mut disk = Disk::with(&played.base, model);
        watched.ops.iter().for_each(|op| disk.take(op));
        let remains = disk.cut(loss, &chance);
        look(&remains, &owed, Depths::SellsOn, &scratch, &chance)
            .unwrap_or_else(|why| panic!("{trouble:?} at {at}, once {once}, then {loss:?}: {why}"));
    }
    println!("{trouble:?}, once {once}: met at {met} places, told of at {told_of}: {refused:?}");
    assert!(met > 20, "{met}");
}

#[test]
fn a_write_that_fails_costs_no_acknowledged_sale() {
    survives(Trouble::WriteError, true);
    survives(Trouble::WriteError, false);
}

#[test]
fn a_flush_that_fails_costs_no_acknowledged_sale_and_is_not_believed_the_second_time() {
    survives(Trouble::FlushError, true);
    survives(Trouble::FlushError, false);
}

#[test]
fn a_disk_that_is_full_at_any_write_costs_no_acknowledged_sale() {
    survives(Trouble::Full, true);
    survives(Trouble::Full, false);
}
