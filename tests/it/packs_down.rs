//! Packs on their way down: published at central, fetched by one register of a store, taken from
//! it by the others, refused in words, sold by from their day on.

mod between;
mod desk;
mod kept;
mod lines;
mod orders;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tideover::device::entropy::SeededEntropy;
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::{PackVersion, StoreNo};
use tideover::domain::time::Timestamp;
use tideover::pack::{
    BuildOrder, Pack, PackSigner, PinCost, Source, StoreManifest, build, open_manifest,
};

use crate::program::ask;

const STORE: StoreNo = StoreNo(1042);
const ITEMS: &str = include_str!("../../assets/sample-store/items.csv");
const TAXES: &str = include_str!("../../assets/sample-store/taxes.csv");
const PEOPLE: &str = include_str!("../../assets/sample-store/people.csv");
const POLICY: &str = include_str!("../../assets/sample-store/policy.csv");
/// The sample store's first item, and its price.
const FIRST: &str = "4011,";

/// Head office: the pack key, packs, and a central's folder to publish in.
struct Office {
    folder: tempfile::TempDir,
    seed: u8,
}

impl Office {
    fn new() -> Self {
        Self::of(3)
    }

    /// One with another key.
    fn of(seed: u8) -> Self {
        let office = Self { folder: tempfile::tempdir().expect("a folder"), seed };
        let key = office.at("pack.key");
        let hex = format!("{seed:02x}").repeat(32);
        fs::write(&key, format!("tideover-pack-key-1 {hex}\n")).expect("written");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("mode");
        office
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn signer(&self) -> PackSigner {
        PackSigner::from_seed(&[self.seed; 32]).expect("a key")
    }

    /// A pack of the sample store in which the first item costs this.
    fn pack(&self, version: &str, price: &str) -> PathBuf {
        self.pack_of(version, &with_price(ITEMS, price), 1042)
    }

    /// The same prices for other people.
    fn pack_with(&self, version: &str, people: &str) -> PathBuf {
        self.pack_for(version, ITEMS, store_of(1042), people)
    }

    fn pack_of(&self, version: &str, items: &str, store: u32) -> PathBuf {
        self.pack_for(version, items, store_of(store), PEOPLE)
    }

    fn pack_for(
        &self,
        version: &str,
        items: &str,
        (store, policy): (u32, String),
        people: &str,
    ) -> PathBuf {
        let out = self.at(&format!("{store}-{version}.pack"));
        let order = BuildOrder {
            source: &Source::Texts { items, taxes: TAXES, people, policy: &policy },
            out: &out,
            signer: &self.signer(),
            version: &PackVersion::parse(version).expect("a version"),
            published_at: Timestamp::parse("2026-11-22T05:00:00.000-06:00").expect("a time"),
            skip_bad_rows: false,
            pin_cost: PinCost::FLOOR,
            entropy: &SeededEntropy::new(1),
        };
        build(&order, &|_| ()).expect("built");
        out
    }

    fn central(&self) -> PathBuf {
        self.at("central")
    }

    /// Runs a command of `tideover central` with the pack key.
    fn runs(&self, arguments: &[&str]) -> (i32, serde_json::Value) {
        let (central, key) = (self.central(), self.at("pack.key"));
        let (central, key) = (central.to_str().expect("text"), key.to_str().expect("text"));
        ask(&[&["central"], arguments, &["--data", central, "--key", key]].concat())
    }

    /// The same, and it fails: what it said.
    fn refused(&self, arguments: &[&str]) -> String {
        let (central, key) = (self.central(), self.at("pack.key"));
        let (central, key) = (central.to_str().expect("text"), key.to_str().expect("text"));
        let all = [&["central"], arguments, &["--data", central, "--key", key]].concat();
        let output = crate::program::run(&all);
        assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        crate::program::errors(&output)
    }

    fn publish(&self, pack: &Path, more: &[&str]) -> serde_json::Value {
        let pack = pack.to_str().expect("text");
        let (code, said) = self.runs(&[&["publish", "--chain", pack], more].concat());
        assert_eq!(code, 0, "{said}");
        said
    }

    /// The signed manifest of the store as it lies at central.
    fn manifest(&self) -> (StoreManifest, Vec<u8>) {
        let path = self.central().join("published/stores/1042/manifest");
        let text = fs::read(path).expect("published");
        let told = open_manifest(&text, &self.signer().public(), STORE, &|_| None);
        (told.expect("believed").manifest, text)
    }

    fn object(&self, sha256: &str) -> Vec<u8> {
        fs::read(self.object_at(sha256)).expect("an object")
    }

    fn object_at(&self, sha256: &str) -> PathBuf {
        self.central().join("published/objects").join(sha256)
    }
}

/// Publishes a pack of many stores from wherever that is to happen.
fn publish_in(central: &Path, key: &Path, pack: &Path) {
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    let (central, key, pack) = (text(central), text(key), text(pack));
    let publish = ["central", "publish", "--chain", &pack, "--data", &central, "--key", &key];
    let (code, said) = ask(&publish);
    assert_eq!(code, 0, "{said}");
}

/// A store's number and rules.
fn store_of(store: u32) -> (u32, String) {
    (store, POLICY.replace("store,1042", &format!("store,{store}")))
}

/// The tables of items with the first item at another price.
fn with_price(items: &str, price: &str) -> String {
    let lines = items.lines().map(|line| {
        if line.starts_with(FIRST) {
            let mut fields: Vec<&str> = line.split(',').collect();
            fields[2] = price;
            fields.join(",")
        } else {
            line.to_owned()
        }
    });
    let text: Vec<String> = lines.collect();
    assert!(text.iter().any(|line| line.starts_with(FIRST)), "the item is there");
    text.join("\n") + "\n"
}

/// What the first item costs in a pack, in ten-thousandths.
fn price_in(pack: &Pack) -> i64 {
    let code = ItemCode::parse("4011").expect("a code");
    pack.item(&code).expect("readable").expect("there").unit_price.tenthousandths()
}
