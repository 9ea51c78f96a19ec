//! What central keeps of packs: files that no store needs go, packs that come are known at once.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tideover::central::packs::KeptUp;
use tideover::device::clock::SimulatedClock;
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::{PackVersion, PersonId, StoreNo};
use tideover::domain::time::Timestamp;
use tideover::reconcile::packs::{Looked, PackView as _, PinAnswer};

use super::{ITEMS, Office, STORE, store_of, with_price};

/// The files that are published.
fn objects(office: &Office) -> usize {
    fs::read_dir(office.central().join("published/objects")).expect("published").count()
}

#[test]
fn files_that_no_store_needs_are_listed_and_removed_when_that_is_wished() {
    let office = Office::new();
    let prices = ["0.59", "0.60", "0.61", "0.62", "0.63"];
    for (day, price) in (22..).zip(prices) {
        office.publish(&office.pack(&format!("202611{day}-1"), price), &[]);
    }
    let (manifest, _) = office.manifest();
    let needed = 3 + manifest.deltas.len();
    let before = objects(&office);
    assert!(before > needed + 1, "two packs and earlier deltas: {before}");
    let data = office.central();
    let data = data.to_str().expect("text");
    let prune = ["central", "packs", "prune", "--data", data];
    let (code, said) = super::ask(&prune);
    assert_eq!((code, &said["removed"]), (0, &false.into()), "{said}");
    assert_eq!(said["count"], before - needed);
    assert_eq!(objects(&office), before, "only said");
    let text = crate::program::run(&prune);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("are needed by no store. Nothing was removed"), "{text}");
    let (_, said) = super::ask(&[&prune[..], &["--yes"]].concat());
    assert_eq!((&said["removed"], &said["count"]), (&true.into(), &(before - needed).into()));
    assert_eq!(objects(&office), needed);
    office.object(&manifest.full.sha256);
    manifest.deltas.iter().for_each(|delta| drop(office.object(&delta.sha256)));
    let (_, said) = super::ask(&prune);
    assert_eq!(said["count"], 0);
    // What is gone can't be pinned; what is kept can, and is withdrawn to.
    let text = office.refused(&["pin", "20261122-1", "--stores", "1042"]);
    assert!(text.contains("was removed, since no store needed it") && text.contains("nothing"));
    let (code, _) = office.runs(&["withdraw", "20261126-1", "--all"]);
    assert_eq!(code, 0);
    assert_eq!(office.manifest().0.version, "20261125-1");
    office.object(&office.manifest().0.full.sha256);
}

#[test]
fn after_a_publish_files_go_that_no_store_needed_for_as_long_as_it_says() {
    let office = Office::new();
    let publish = |day: u32, price: &str, more: &[&str]| {
        office.publish(&office.pack(&format!("202611{day}-1"), price), more);
        objects(&office)
    };
    for (day, price) in (22..).zip(["0.59", "0.60", "0.61", "0.62"]) {
        publish(day, price, &[]);
    }
    let before = objects(&office);
    let (old, _) = office.manifest();
    // A week is not over; nothing at once is what nobody would wish, and can be said.
    let kept = publish(26, "0.63", &[]);
    assert!(kept > before, "{kept}: none was removed");
    office.object(&old.deltas[0].sha256);
    publish(27, "0.64", &["--keep-days", "0"]);
    let needed = 3 + office.manifest().0.deltas.len();
    assert_eq!(objects(&office), needed);
    assert!(!office.object_at(&old.deltas[0].sha256).exists());
}

#[test]
fn two_commands_don_t_publish_and_remove_at_once() {
    let office = Office::new();
    office.publish(&office.pack("20261122-1", "0.59"), &[]);
    let published = tideover::central::published::Published::of(&office.central());
    let held = published.hold().expect("a folder").expect("nobody else");
    let next = office.pack("20261123-1", "0.60");
    let text = office.refused(&["publish", "--chain", next.to_str().expect("text")]);
    assert!(text.contains("another command is publishing") && text.contains("nothing"), "{text}");
    drop(held);
    office.publish(&next, &[]);
}

#[test]
fn a_running_central_knows_packs_that_come_into_its_folder_and_that_are_published() {
    let office = Office::new();
    let folder = office.at("packs-of-central");
    fs::create_dir(&folder).expect("a folder");
    let clock = Arc::new(SimulatedClock::at(
        Timestamp::parse("2026-11-22T08:00:00.000-06:00").expect("a time"),
    ));
    let key = office.signer().public();
    let at = Arc::<SimulatedClock>::clone(&clock);
    let packs = KeptUp::open(&folder, &office.central(), &key, at).expect("a folder");
    let version = PackVersion::parse("20261122-1").expect("a version");
    let code = ItemCode::parse("4011").expect("a code");
    let costs = |store: StoreNo| match packs.item(store, &version, &code) {
        Looked::Found(item) => Some(item.unit_price.tenthousandths()),
        Looked::Absent | Looked::NoPack => None,
    };
    let other = StoreNo(1043);
    assert_eq!((packs.store(STORE), costs(STORE)), (None, None));
    // One is copied into the folder, another store's of the same version is published.
    let pack = office.pack("20261122-1", "0.59");
    fs::copy(&pack, folder.join("1042.pack")).expect("copied");
    office.publish(&office.pack_of("20261122-1", &with_price(ITEMS, "0.72"), 1043), &[]);
    assert_eq!(costs(STORE), None, "looked at a moment ago");
    clock.advance_ms(5_000);
    assert_eq!((costs(STORE), costs(other)), (Some(5_900), Some(7_200)), "each store's own");
    let name = packs.store(other).expect("known").name;
    assert_eq!(store_of(1043).0, other.0);
    assert!(!name.is_empty());
    // What is no pack is left out, once, and the rest goes on; what is gone is gone.
    fs::write(folder.join("odd.pack"), "no pack").expect("written");
    fs::remove_file(folder.join("1042.pack")).expect("removed");
    clock.advance_ms(5_000);
    assert_eq!((costs(STORE), costs(other)), (None, Some(7_200)));
    // A file that is written again is another one.
    fs::copy(&pack, folder.join("odd.pack")).expect("copied");
    clock.advance_ms(5_000);
    assert_eq!(costs(STORE), Some(5_900));
    // A folder that can't be read costs nothing of what is known.
    fs::rename(&folder, office.at("elsewhere")).expect("moved");
    clock.advance_ms(5_000);
    assert_eq!((costs(STORE), costs(other)), (Some(5_900), Some(7_200)));
}

/// A central's folder of packs on a Sunday morning.
fn kept_up(office: &Office, folder: &Path) -> (KeptUp, Arc<SimulatedClock>) {
    let morning = Timestamp::parse("2026-11-22T08:00:00.000-06:00").expect("a time");
    let clock = Arc::new(SimulatedClock::at(morning));
    let (key, at) = (office.signer().public(), Arc::<SimulatedClock>::clone(&clock));
    (KeptUp::open(folder, &office.central(), &key, at).expect("a folder"), clock)
}

#[test]
fn packs_of_a_whole_chain_are_opened_when_they_are_asked_and_few_stay_open() {
    let office = Office::new();
    let folder = office.at("packs-of-central");
    fs::create_dir(&folder).expect("a folder");
    let version = PackVersion::parse("20261122-1").expect("a version");
    let stores: Vec<u32> = (1042..1050).collect();
    for store in &stores {
        let price = format!("0.{}", store % 100);
        let pack = office.pack_of("20261122-1", &with_price(ITEMS, &price), *store);
        fs::rename(pack, folder.join(format!("{store}.pack"))).expect("moved");
    }
    let (packs, _clock) = kept_up(&office, &folder);
    let packs = packs.keeping_open(3);
    assert_eq!(packs.openings(), 0, "labels are read, nothing is opened");
    let code = ItemCode::parse("4011").expect("a code");
    let costs = |store: u32| match packs.item(StoreNo(store), &version, &code) {
        Looked::Found(item) => item.unit_price.tenthousandths() / 100,
        Looked::Absent | Looked::NoPack => panic!("store {store} has a pack"),
    };
    for store in &stores {
        assert_eq!(costs(*store), i64::from(store % 100), "each store's own");
    }
    assert_eq!(packs.openings(), 8);
    for store in [1047, 1048, 1049, 1047] {
        costs(store);
    }
    assert_eq!(packs.openings(), 8, "the last three are open");
    costs(1042);
    costs(1049);
    costs(1047);
    assert_eq!(packs.openings(), 9, "the one not asked for longest made room: 1048");
    let last = packs.check_pin(StoreNo(1049), &PersonId::parse("51").expect("a number"), "0", None);
    assert_eq!(last, PinAnswer::Wrong, "people of the last store can sign in, too");
}

#[test]
fn where_a_stores_newest_pack_is_damaged_the_one_before_it_counts() {
    let office = Office::new();
    let folder = office.at("packs-of-central");
    fs::create_dir(&folder).expect("a folder");
    let built =
        [("20261121-1", "0.59", "1"), ("20261122-1", "0.72", "2")].map(|(version, price, name)| {
            let pack = office.pack(version, price);
            let place = folder.join(format!("{name}.pack"));
            fs::rename(pack, &place).expect("moved");
            place
        });
    let whole = fs::read(&built[1]).expect("a pack");
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(&built[1], damaged).expect("written");
    let (packs, clock) = kept_up(&office, &folder);
    let later = Timestamp::parse("2026-11-23T08:00:00.000-06:00").expect("a time");
    let in_force = |packs: &KeptUp| packs.in_force(STORE, later).map(|one| one.to_string());
    assert!(packs.store(STORE).is_some());
    assert_eq!(in_force(&packs).as_deref(), Some("20261121-1"));
    fs::write(&built[1], whole).expect("put back");
    clock.advance_ms(5_000);
    assert!(in_force(&packs).is_some());
    let newer = PackVersion::parse("20261122-1").expect("a version");
    assert!(packs.facts(STORE, &newer).is_some(), "put back, it is opened");
}

#[test]
fn a_damaged_file_about_one_store_stops_no_other_and_is_named() {
    let office = Office::new();
    office.publish(&office.pack("20261122-1", "0.59"), &[]);
    office.publish(&office.pack_of("20261122-1", &with_price(ITEMS, "0.72"), 1043), &[]);
    let damaged = office.central().join("published/stores/1043/versions");
    let whole = fs::read(&damaged).expect("versions");
    fs::write(&damaged, &whole[..whole.len() / 2]).expect("cut off");
    let clock = Arc::new(SimulatedClock::at(
        Timestamp::parse("2026-11-22T08:00:00.000-06:00").expect("a time"),
    ));
    let folder = office.at("packs-of-central");
    fs::create_dir(&folder).expect("a folder");
    let key = office.signer().public();
    let at = Arc::<SimulatedClock>::clone(&clock);
    let packs = KeptUp::open(&folder, &office.central(), &key, at).expect("central starts");
    assert!(packs.store(STORE).is_some());
    assert!(packs.store(StoreNo(1043)).is_none());
    let data = office.central();
    let prune = ["central", "packs", "prune", "--data", data.to_str().expect("text")];
    let ran = crate::program::run(&prune);
    let text = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(text.contains("stores/1043/versions is damaged"), "{text}");
    assert!(text.contains("publish for this store again"), "{text}");
    // Put back, it is known again.
    fs::write(&damaged, &whole).expect("put back");
    clock.advance_ms(5_000);
    assert!(packs.store(StoreNo(1043)).is_some());
    // A folder without a central stays as it was.
    let nowhere = office.at("nowhere");
    let data = nowhere.to_str().expect("text");
    let ran = crate::program::run(&["central", "packs", "prune", "--yes", "--data", data]);
    assert_ne!(ran.status.code(), Some(0));
    assert!(!nowhere.exists());
}
