//! Stories that need more than one module; one binary, since each would link the program again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::print_stdout,
    clippy::allow_attributes,
    reason = "tests may stop at the first surprise"
)]

#[cfg(feature = "central")]
mod admission;
mod architecture;
mod attacks;
mod bad_input;
mod badges;
mod busy_disk;
mod card_pending;
mod cash_office;
#[cfg(feature = "central")]
mod central;
mod check;
mod cli;
mod codes;
mod counter;
mod crash;
mod day;
mod doctor;
mod drawer;
mod drill;
#[cfg(feature = "central")]
mod formats;
#[cfg(feature = "central")]
mod fraud;
mod fuzz;
mod goods;
#[cfg(feature = "gui-tests")]
mod gui;
#[cfg(feature = "central")]
mod hand_over;
mod hours;
mod journal;
mod journals;
mod key_sealing;
mod kill;
mod ledger;
mod machine;
mod named;
#[cfg(feature = "central")]
mod no_prices;
mod operations;
mod outage;
mod pack;
#[cfg(feature = "central")]
mod packs_down;
mod paper_slips;
mod peers;
mod phone_code;
mod pickup;
#[cfg(feature = "central")]
mod postgres;
mod printer;
mod probe;
mod processes;
mod program;
#[cfg(feature = "central")]
mod put_back;
#[cfg(feature = "central")]
mod queue;
mod rain_check;
mod readiness;
mod real_baskets;
#[cfg(feature = "central")]
mod reconcile;
#[cfg(feature = "central")]
mod recover;
#[cfg(feature = "central")]
mod recovery;
mod register;
mod releases;
#[cfg(feature = "central")]
mod revocation;
#[cfg(feature = "central")]
mod rotation;
mod sale_machine;
mod scans;
mod search;
mod secrets;
#[cfg(feature = "central")]
mod simulate;
#[cfg(feature = "central")]
mod simulation;
#[cfg(feature = "central")]
mod small_disk;
mod supply;
mod sync;
mod traces;
mod training;
mod vectors;
#[cfg(feature = "gui-tests")]
mod words;
mod wrong_pins;

/// A file that is not listed above would never be compiled, and its tests would never run.
#[test]
fn every_file_here_is_listed() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let listed = std::fs::read_to_string(folder.join("main.rs")).expect("this file");
    for entry in std::fs::read_dir(&folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        if name == "main" {
            continue;
        }
        assert!(
            listed.lines().any(|line| line == format!("mod {name};")),
            "tests/it/main.rs does not list 'mod {name};'"
        );
        if path.is_dir() {
            let inside = path.join("mod.rs");
            let beside = folder.join(format!("{name}.rs"));
            every_file_is_named_in(&path, if inside.exists() { &inside } else { &beside });
        }
    }
}

fn every_file_is_named_in(folder: &std::path::Path, parent: &std::path::Path) {
    let listed = std::fs::read_to_string(parent).expect("the module of a folder");
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            continue; // Pictures and the like; modules are at most one folder deep.
        }
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        if name == "mod" {
            continue;
        }
        let named = listed.lines().any(|line| {
            line.trim_start_matches("pub(crate) ").trim_start_matches("pub ")
                == format!("mod {name};")
        });
        assert!(named, "{} does not list 'mod {name};'", parent.display());
    }
}
