//! The campaigns: so many cuts, over all scenes and both models of names.

use std::collections::BTreeMap;

use tideover::device::entropy::SeededEntropy;

use super::bytes::Bytes;
use super::check::{Depths, Owed, look};
use super::disk::{Disk, FileId, Loss, Names, Op, Remains};
use super::scene::{SCENES, Scene, Told};
use super::scratch::Scratch;
use super::watch::{Lie, watch};

pub const MODELS: [Names; 2] = [Names::Strict, Names::Ordered];

/// What a scene did.
pub struct Played {
    pub base: Remains,
    pub ops: Vec<Op>,
    pub told: Vec<Told>,
}

/// A campaign's outcome.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Plugs pulled.
    pub cuts: u64,
    /// Those of them during the start after another one.
    pub second: u64,
    /// What was wrong, with the number of times.
    pub wrong: BTreeMap<String, u64>,
}

impl Outcome {
    /// Acknowledged records lost.
    pub fn lost(&self) -> u64 {
        let lost = self.wrong.iter().filter(|(what, _)| what.contains("acknowledged and lost"));
        lost.map(|(_, times)| times).sum()
    }
}

pub fn play(scene: &Scene, lie: Lie, scratch: &Scratch) -> Played {
    let root = scratch.fresh();
    let mut till = super::scene::Till::at(&root, 1);
    // What lies there before is made by the same ledger, in the same way.
    watch(&root, &BTreeMap::new(), None, lie, || (scene.before)(&mut till));
    let base = read(&root);
    for told in &mut till.told {
        (told.begun, told.acked) = (0, 0);
    }
    let watched = watch(&root, &base.names, None, lie, || {
        (scene.act)(&mut till).unwrap_or_else(|why| panic!("{}: {why} ({why:?})", scene.name));
        till.kill();
    });
    Played { base, ops: watched.ops, told: till.told }
}

/// What lies below a folder, all of it durable.
pub fn read(root: &std::path::Path) -> Remains {
    let mut remains = Remains::default();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("entries") {
            let path = entry.expect("an entry").path();
            let below = path.strip_prefix(root).expect("below").to_path_buf();
            if path.is_dir() {
                remains.names.insert(below, None);
                folders.push(path);
            } else if path.extension().is_none_or(|extension| extension != "db-shm") {
                let file = FileId(remains.contents.len());
                remains.names.insert(below, Some(file));
                let bytes = std::fs::read(&path).expect("bytes");
                remains.contents.insert(file, Bytes::of(&bytes));
            }
        }
    }
    remains
}

/// Space that is written ahead: hundreds of writes that differ in nothing.
fn is_dull(op: &Op) -> bool {
    matches!(op, Op::Write { bytes, .. } if bytes.iter().all(|byte| *byte == bytes[0]))
}

/// Pulls the plug over what was done, at every op once and then again, until it is enough: `look`
/// is handed what is left, the ops before, and what was lost; it says how many plugs it pulled.
pub fn sweep(
    base: &Remains,
    ops: &[Op],
    model: Names,
    (cuts, seed): (u64, u64),
    mut look: impl FnMut(&Remains, usize, Loss, &SeededEntropy) -> u64,
) -> u64 {
    let chance = SeededEntropy::new(seed);
    let dull: Vec<bool> = ops.iter().map(is_dull).collect();
    let mut turn = chance.below(7);
    let mut pulled = 0;
    while pulled < cuts {
        let mut disk = Disk::with(base, model);
        for at in 0..=ops.len() {
            if at > 0 {
                disk.take(&ops[at - 1]);
            }
            if pulled >= cuts || (at > 0 && dull[at - 1] && chance.below(16) > 0) {
                continue;
            }
            turn += 1;
            let loss = Loss::ALL[usize::try_from(turn % 7).expect("fits")];
            let remains = disk.cut(loss, &chance);
            pulled += look(&remains, at, loss, &chance);
        }
    }
    pulled
}

/// How often the plug is pulled, and on what kind of disk.
#[derive(Clone, Copy)]
pub struct Pulls {
    pub model: Names,
    pub cuts: u64,
    pub seed: u64,
    pub lie: Lie,
}

/// Pulls the plug over a scene.
pub fn campaign(
    played: &Played,
    scene: &Scene,
    pulls: Pulls,
    scratch: &Scratch,
    outcome: &mut Outcome,
) {
    let Pulls { model, cuts, seed, lie } = pulls;
    outcome.cuts +=
        sweep(&played.base, &played.ops, model, (cuts, seed), |remains, at, loss, chance| {
            let may_find = scene.may_find;
            let owed = Owed { told: &played.told, at, may_find, in_doubt: None, lie };
            let depth = match chance.below(6) {
                0 | 1 => Depths::CutAgain,
                2 => Depths::SellsOn,
                _ => Depths::Start,
            };
            if let Err(why) = look(remains, &owed, depth, scratch, chance) {
                let what = format!("{}, {model:?}: {why}", scene.name);
                if !outcome.wrong.contains_key(&what) && outcome.wrong.len() < 40 {
                    println!("at {at} of {}, {loss:?}, {depth:?}: {what}", played.ops.len());
                }
                *outcome.wrong.entry(what).or_default() += 1;
            }
            if depth == Depths::CutAgain {
                outcome.second += 1;
                return 2;
            }
            1
        });
}

pub fn number(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")),
        Err(_) => otherwise,
    }
}

/// Enough to meet each scene's every operation that matters about once.
pub fn cuts_in_all() -> u64 {
    number("TIDEOVER_CUTS", 2_000)
}

/// All scenes under one model, so that both models run beside each other.
fn no_cut_loses_anything(model: Names) {
    let cuts = cuts_in_all() / 2;
    let seed = number("TIDEOVER_SEED", 1);
    let scratch = Scratch::new();
    let mut outcome = Outcome::default();
    let share = cuts.div_ceil(u64::try_from(SCENES.len()).expect("fits"));
    for (place, scene) in (0_u64..).zip(&SCENES) {
        let played = play(scene, Lie::default(), &scratch);
        let seed = seed.wrapping_mul(1_000).wrapping_add(place);
        let before = outcome.cuts;
        campaign(
            &played,
            scene,
            Pulls { model, cuts: share, seed, lie: Lie::default() },
            &scratch,
            &mut outcome,
        );
        let (ops, told) = (played.ops.len(), played.told.len());
        let cuts = outcome.cuts - before;
        println!("{}, {model:?}: {ops} ops, {told} records told, {cuts} cuts", scene.name);
    }
    println!("{model:?}: {} cuts, {} during a start after another", outcome.cuts, outcome.second);
    assert!(outcome.wrong.is_empty(), "seed {seed}: {:#?}", outcome.wrong);
}

#[test]
fn no_power_cut_loses_halves_or_corrupts_a_sale_where_names_are_strict() {
    no_cut_loses_anything(Names::Strict);
}

#[test]
fn no_power_cut_loses_halves_or_corrupts_a_sale_where_names_are_ordered() {
    no_cut_loses_anything(Names::Ordered);
}
