//! Whatever reads bytes from outside, fed with what nobody meant to write: no panic, bounded work,
//! and a refusal in words.
//!
//! ```text
//!  seeds (the code's own writers, published vectors) ─▶ mutate (seeded) ─▶ the real reader
//!                         └─ signed anew where a signature would stop all of it at the door
//! ```
//!
//! A run is a few thousand inputs a target. `TIDEOVER_FUZZ_SECONDS=600` feeds each target for so
//! long, `TIDEOVER_SEED=N` begins elsewhere; a failure names target, seed and round, and the input.
//! `TIDEOVER_FUZZ_SEEDS=FOLDER` writes down what each target begins with.

mod mutate;
mod own_files;
mod readers;
mod targets;
#[cfg(feature = "central")]
mod wire;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use tideover::device::entropy::SeededEntropy;

use mutate::mutated;
use readers::Seen;

/// One input may take this long, on a machine that is busy with other work.
const SLOWEST: Duration = Duration::from_secs(10);

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Feeds one reader, which has to refuse something.
fn feed(name: &str, rounds: u64, seeds: &[Vec<u8>], look: &mut dyn FnMut(&[u8]) -> Seen) {
    write_down(name, seeds);
    let refused = fed(name, rounds, seeds, look);
    assert!(refused > 0, "{name} refused nothing: the mutations don't reach it");
}

/// Feeds `rounds` inputs, or as long as `TIDEOVER_FUZZ_SECONDS` says; tells how many were refused.
#[expect(clippy::disallowed_methods, reason = "how long it really takes is what is asked")]
fn fed(name: &str, rounds: u64, seeds: &[Vec<u8>], look: &mut dyn FnMut(&[u8]) -> Seen) -> u64 {
    let seed = number("TIDEOVER_SEED").unwrap_or(1);
    let until = number("TIDEOVER_FUZZ_SECONDS").map(Duration::from_secs);
    let began = Instant::now();
    let (mut taken, mut refused, mut slowest) = (0_u64, 0_u64, Duration::ZERO);
    let mut words = std::collections::BTreeSet::new();
    let mut round = 0;
    loop {
        let over = until.map_or(round >= rounds, |until| began.elapsed() >= until);
        if over {
            break;
        }
        // Each input follows from its round alone, so that one can be looked at by itself.
        let chance = SeededEntropy::new(seed.wrapping_mul(1_000_003).wrapping_add(round));
        let input = mutated(seeds, &chance);
        let started = Instant::now();
        let seen = catch_unwind(AssertUnwindSafe(|| look(&input)));
        let took = started.elapsed();
        let told = || format!("{name}, seed {seed}, round {round}: {}", shown(&input));
        let Ok(seen) = seen else { panic!("a panic at {}", told()) };
        assert!(took < SLOWEST, "{took:?} at {}", told());
        slowest = slowest.max(took);
        match seen {
            Seen::Taken => taken += 1,
            Seen::Refused(text) => {
                refused += 1;
                assert!(text.trim().len() >= 8, "refused without words ({text:?}) at {}", told());
                assert!(text.len() < 4_096, "{} bytes of words at {}", text.len(), told());
                let odd = text.chars().any(|c| c.is_control() && c != '\n');
                assert!(!odd, "control characters in {text:?} at {}", told());
                words.insert(text.chars().take(24).collect::<String>());
            }
        }
        round += 1;
    }
    println!(
        "{name}: {round} inputs in {} s, {taken} read, {refused} refused in {} ways, slowest {} ms",
        began.elapsed().as_secs(),
        words.len(),
        slowest.as_millis()
    );
    refused
}

/// Writes down what a target begins with, for a fuzzer that follows coverage to begin with too.
fn write_down(name: &str, seeds: &[Vec<u8>]) {
    let Some(folder) = std::env::var_os("TIDEOVER_FUZZ_SEEDS") else { return };
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let folder = std::path::Path::new(&folder).join(name.chars().map(plain).collect::<String>());
    std::fs::create_dir_all(&folder).expect("a folder");
    for (place, seed) in seeds.iter().enumerate() {
        std::fs::write(folder.join(place.to_string()), seed).expect("written");
    }
}

fn shown(input: &[u8]) -> String {
    let start: Vec<u8> = input.iter().copied().take(4_000).collect();
    format!("{} bytes \"{}\"", input.len(), start.escape_ascii())
}

#[test]
fn the_fuzzer_that_follows_coverage_feeds_the_same_readers_and_what_it_kept_is_read_here() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let told = std::fs::read_to_string(root.join("fuzz/Cargo.toml")).expect("its manifest");
    let bins: Vec<&str> = told
        .lines()
        .filter_map(|line| line.strip_prefix("path = \"targets/")?.strip_suffix(".rs\""))
        .collect();
    let all: Vec<&str> = readers::ALL.iter().map(|(name, _)| *name).collect();
    // Without central two of them have nobody to talk to.
    assert_eq!(bins[..all.len()], all);
    assert!(!cfg!(feature = "central") || bins.len() == all.len());
    let fed = [include_str!("fuzz/targets.rs"), include_str!("fuzz/wire.rs")].concat();
    let mut kept = 0;
    for (name, reader) in readers::ALL.iter().copied() {
        let path = format!("fuzz/targets/{name}.rs");
        let target = std::fs::read_to_string(root.join(&path)).expect("a target");
        assert!(target.contains(&format!("feed(\"{name}\", input)")), "{path} feeds another one");
        let called = format!("readers::{}(", name.replace('-', "_"));
        assert!(fed.contains(&called), "{name} is fed by coverage alone");
        let corpus = root.join("fuzz/corpus").join(name);
        for entry in std::fs::read_dir(&corpus).expect("inputs that were kept") {
            let input = std::fs::read(entry.expect("an entry").path()).expect("bytes");
            kept += input.len();
            let seen = catch_unwind(AssertUnwindSafe(|| reader(&input)));
            let Ok(seen) = seen else { panic!("{name} panics at {}", shown(&input)) };
            if let Seen::Refused(text) = seen {
                let odd = text.chars().any(|c| c.is_control() && c != '\n');
                let right = (8..4_096).contains(&text.trim().len()) && !odd;
                assert!(right, "{name} refuses in odd words ({text:?}) at {}", shown(&input));
            }
        }
    }
    assert!((1..200 * 1024).contains(&kept), "{kept} bytes of kept inputs");
}
