//! What every run begins with and what would cost most of it: the pack and an empty central, made
//! once a process.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use tempfile::TempDir;
use tideover::central::packs::Packs;
use tideover::central::sqlite::SqliteStore;
use tideover::device::entropy::SeededEntropy;
use tideover::domain::ids::PackVersion;
use tideover::domain::time::Timestamp;
use tideover::pack::{BuildOrder, PackSigner, PinCost, Shelf, build, sample_store};

use super::disk::Image;
use super::{STORE, folder};

struct Template {
    folder: TempDir,
    packs: Arc<Packs>,
    central: Image,
}

pub fn signer() -> PackSigner {
    PackSigner::from_seed(&[3; 32]).expect("a key")
}

pub fn start() -> Timestamp {
    Timestamp::parse("2026-11-22T08:00:00.000-06:00").expect("a time")
}

fn template() -> &'static Template {
    static MADE: OnceLock<Template> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = folder();
        let built = folder.path().join("built");
        std::fs::create_dir_all(&built).expect("a folder");
        let order = BuildOrder {
            source: &sample_store(),
            out: &built.join("market.pack"),
            signer: &signer(),
            version: &PackVersion::parse("20261122-1").expect("a version"),
            published_at: start(),
            skip_bad_rows: false,
            pin_cost: PinCost::FLOOR,
            entropy: &SeededEntropy::new(1),
        };
        build(&order, &|_| ()).expect("built");
        let shelf = Shelf::open(&folder.path().join("packs")).expect("a shelf");
        shelf.apply(&built.join("market.pack"), &signer().public(), STORE).expect("applied");
        let central = folder.path().join("central");
        std::fs::create_dir_all(&central).expect("a folder");
        drop(SqliteStore::open(&central).expect("a store"));
        Template {
            packs: Arc::new(Packs::open(&built, &signer().public()).expect("opened")),
            central: Image::of(&central),
            folder,
        }
    })
}

/// The folder of packs that all registers read.
pub fn packs() -> PathBuf {
    template().folder.path().join("packs")
}

pub fn packs_of_central() -> Arc<Packs> {
    Arc::clone(&template().packs)
}

/// An empty central.
pub fn central() -> &'static Image {
    &template().central
}
