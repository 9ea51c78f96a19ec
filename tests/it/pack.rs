//! Stories of the store pack: built at head office, carried to a register, sold from.

mod codes;

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tideover::device::entropy::SeededEntropy;
use tideover::domain::code::batch::Batch;
use tideover::domain::code::reading::CodeRules;
use tideover::domain::code::recall::Recall;
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::{PackVersion, PersonId, StoreNo, TaxClass};
use tideover::domain::item::SoldBy;
use tideover::domain::person::Role;
use tideover::domain::time::{BusinessDate, Timestamp};
use tideover::pack::{
    BuildError, BuildOrder, BuildReport, CodeRows, Pack, PackError, PackSigner, PinCheck, PinCost,
    Shelf, Source, build, sample_store,
};

const ITEMS: &str = "code,name,unit_price,sold_by,tax_class,department,age_min
042100005264,Cola 2 L,1.99,each,general,3,
4011,Bananas,0.59,lb,food,6,
85123a,Tea-light holder,2.55,each,exempt,10,
";
const TAXES: &str = "code,class,percent,from,until
STATE,food,1.5,2024-07-01,
STATE,general,6,2019-01-01,2025-12-31
STATE,general,6.25,2026-01-01,
CITY,general,1.25,2021-04-01,
";
const PEOPLE: &str = "id,name,role,pin\n31,Cashier 31,cashier,480273\n";
const POLICY: &str = "key,value
store,1042
store_name,Tideover Market
currency,USD
time_zone,America/Chicago
weight_unit,lb
tax_basis,invoice
cash_rounding,nearest5
check_max,200.00
tender_question_above,200.00
pack_stale_hours,24
return_policy,Returns within 30 days
";

const STORE: StoreNo = StoreNo(1042);

struct Desk {
    folder: tempfile::TempDir,
    signer: PackSigner,
}

impl Desk {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            signer: PackSigner::from_seed(&[7; 32]).expect("a key"),
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn build(&self, source: &Source<'_>, version: &str) -> Result<BuildReport, BuildError> {
        self.build_with(source, version, false, PinCost::FLOOR)
    }

    fn build_with(
        &self,
        source: &Source<'_>,
        version: &str,
        skip_bad_rows: bool,
        pin_cost: PinCost,
    ) -> Result<BuildReport, BuildError> {
        let order = BuildOrder {
            source,
            out: &self.at(&format!("{version}.pack")),
            signer: &self.signer,
            version: &PackVersion::parse(version).expect("a version"),
            published_at: Timestamp::parse("2026-11-22T05:00:00.000-06:00").expect("a time"),
            skip_bad_rows,
            pin_cost,
            entropy: &SeededEntropy::new(1),
        };
        build(&order, &|_rows| ())
    }

    fn built(&self, items: &str, version: &str) -> PathBuf {
        self.build(&texts(items), version).expect("built").file
    }

    fn shelf(&self) -> Shelf {
        Shelf::open(&self.at("packs")).expect("a shelf")
    }

    fn in_use(&self) -> Option<Pack> {
        self.shelf().current(&self.signer.public(), STORE).expect("readable").pack
    }

    fn version_in_use(&self) -> Option<String> {
        self.in_use().map(|pack| pack.version().to_string())
    }

    fn apply(&self, file: &Path) -> Result<tideover::pack::Applied, PackError> {
        self.shelf().apply(file, &self.signer.public(), STORE)
    }
}

fn texts(items: &str) -> Source<'_> {
    Source::Texts { items, taxes: TAXES, people: PEOPLE, policy: POLICY }
}

fn code(text: &str) -> ItemCode {
    ItemCode::parse(text).expect("a code")
}

/// Files on the shelf are read-only; damage has to ask first.
fn damage(file: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(file).expect("readable");
    change(&mut bytes);
    fs::set_permissions(file, fs::Permissions::from_mode(0o644)).expect("mode");
    fs::write(file, bytes).expect("written");
}

#[test]
fn the_sample_store_is_built_applied_and_sold_from() {
    let desk = Desk::new();
    let report = desk.build(&sample_store(), "20261122-1").expect("built");
    assert_eq!(report.left_out, []);
    assert_eq!(report.untaxed_today, [""; 0]);
    assert!(report.items >= 300, "{}", report.items);

    let applied = desk.apply(&report.file).expect("applied");
    assert_eq!((applied.digest, applied.previous, applied.already), (report.digest, None, false));
    let pack = desk.in_use().expect("in use");
    assert_eq!((pack.digest(), pack.item_count()), (report.digest, report.items));
    assert_eq!(pack.policy().store_name, "Tideover Market");
    pack.verify_all(&|_done| ()).expect("whole");

    let bananas = pack.item(&code("4011")).expect("readable").expect("known");
    assert_eq!((bananas.name.as_str(), bananas.sold_by), ("Bananas", SoldBy::Weight));
    assert_eq!(pack.item(&code("4012")).expect("readable"), None);

    let general = TaxClass::parse("general").expect("a class");
    let on = |day: &str| -> Vec<String> {
        let day = BusinessDate::parse(day).expect("a day");
        pack.taxes().rows_on(&general, day).map(|r| format!("{} {}", r.code, r.rate)).collect()
    };
    assert_eq!(on("2025-12-31"), ["STATE 6", "CITY 1.25"]);
    assert_eq!(on("2026-11-22"), ["STATE 6.25", "CITY 1.25"]);
    assert_eq!(on("2027-01-01"), ["STATE 6.25", "CITY 1.5"]);

    for (id, role) in
        [("31", Role::Cashier), ("41", Role::Lead), ("51", Role::Manager), ("91", Role::It)]
    {
        let id = PersonId::parse(id).expect("an id");
        assert_eq!(pack.person(&id).expect("readable").map(|p| p.role), Some(role));
    }
}

#[test]
fn all_bad_rows_are_listed_and_nothing_is_built() {
    let desk = Desk::new();
    let items = "code,name,unit_price,sold_by,tax_class,department,age_min
042100005264,Cola 2 L,1.99,each,general,3,
042100005265,Misprinted,1.99,each,general,3,
0042100005264,Cola again,1.89,each,general,3,
4011,Bananas,-0.59,lb,food,6,
4046,\u{1b}p0Avocado,2.49,lb,food,6,
4065,Peppers,1.49,kg,food,6,
4093,Onions,0.99,lb,vegetables,6,
4072,Potatoes,0.89
";
    let people = "id,name,role,pin
31,Cashier 31,cashier,480273
31,Cashier 31,cashier,702946
32,Cashier 32,cashier,123456
33,Cashier 33,clerk,480273
";
    let taxes = format!("{TAXES}STATE,general,7,2026-06-01,\n");
    let source = Source::Texts { items, taxes: &taxes, people, policy: POLICY };
    let refused = desk.build(&source, "20261122-1").expect_err("refused");
    let BuildError::BadRows(rows) = &refused else { panic!("{refused}") };
    let places: Vec<(&str, u64)> = rows.iter().map(|row| (row.file, row.line)).collect();
    let expected = [
        ("taxes.csv", 6),
        ("people.csv", 3),
        ("people.csv", 4),
        ("people.csv", 5),
        ("items.csv", 3),
        ("items.csv", 4),
        ("items.csv", 5),
        ("items.csv", 6),
        ("items.csv", 7),
        ("items.csv", 8),
        ("items.csv", 9),
    ];
    assert_eq!(places, expected);
    assert!(rows[5].reason.contains("line 2"), "the first of two is named: {}", rows[5]);
    assert!(rows.iter().all(|row| !row.reason.contains("123456")), "a PIN is never repeated");
    assert_eq!(fs::read_dir(desk.folder.path()).expect("readable").count(), 0, "nothing is left");
}

#[test]
fn bad_items_are_left_out_on_request_but_a_bad_tax_row_never() {
    let desk = Desk::new();
    let items = format!("{ITEMS}4046,Avocado,0,lb,food,6,\n");
    let report =
        desk.build_with(&texts(&items), "20261122-1", true, PinCost::FLOOR).expect("built");
    assert_eq!(report.items, 3);
    assert_eq!(report.left_out.len(), 1);
    assert_eq!((report.left_out[0].file, report.left_out[0].line), ("items.csv", 5));
    let pack = Pack::open(&report.file, &desk.signer.public()).expect("a pack");
    assert_eq!(pack.item(&code("4046")).expect("readable"), None);

    let taxes = format!("{TAXES}CITY,food,one,2026-06-01,\n");
    let source = Source::Texts { items: ITEMS, taxes: &taxes, people: PEOPLE, policy: POLICY };
    let refused = desk.build_with(&source, "20261122-2", true, PinCost::FLOOR);
    assert!(matches!(refused, Err(BuildError::BadRows(rows)) if !rows[0].may_be_left_out));
}

#[test]
fn a_build_that_fails_leaves_the_pack_that_was_there() {
    let desk = Desk::new();
    let file = desk.built(ITEMS, "20261122-1");
    let before = fs::read(&file).expect("readable");
    assert!(desk.build(&texts(&ITEMS.replace("1.99", "-1")), "20261122-1").is_err());
    assert!(desk.build(&texts(&ITEMS.replace("code", "sku")), "20261122-1").is_err());
    assert_eq!(fs::read(&file).expect("readable"), before);
}

#[test]
fn columns_may_stand_in_any_order_and_quoted_names_may_hold_commas() {
    let desk = Desk::new();
    let items = "\u{feff}name,code,tax_class,unit_price,sold_by,age_min,department\r
\"Wine, red \"\"house\"\" 750 ml\",042100005264,general,9.99,each,21,13\r\n";
    let pack = Pack::open(&desk.built(items, "20261122-1"), &desk.signer.public()).expect("a pack");
    let wine = pack.item(&code("042100005264")).expect("readable").expect("known");
    assert_eq!(wine.name, "Wine, red \"house\" 750 ml");
    assert_eq!((wine.age_min, wine.department), (Some(21), 13));
}

#[test]
fn one_flipped_bit_anywhere_is_noticed_and_the_previous_pack_stays() {
    let desk = Desk::new();
    desk.apply(&desk.built(ITEMS, "20261121-1")).expect("applied");
    let next = fs::read(desk.built(ITEMS, "20261122-1")).expect("readable");
    let flipped = desk.at("flipped.pack");
    // Every byte of the trailer's text, and a sample of the pages and of the padding.
    let trailer = next.len() - 4096;
    let places = (0..trailer).step_by(211).chain(trailer..trailer + 600).chain([next.len() - 1]);
    let mut tried = 0;
    for (turn, place) in places.enumerate() {
        let mut bytes = next.clone();
        bytes[place] ^= 1 << (turn % 8);
        fs::write(&flipped, bytes).expect("written");
        let refused = desk.apply(&flipped).map(|applied| applied.version);
        assert!(refused.is_err(), "a flip at byte {place} went unnoticed");
        tried += 1;
    }
    assert!(tried > 650, "{tried}");
    assert_eq!(desk.version_in_use().as_deref(), Some("20261121-1"));
    let left: Vec<_> = fs::read_dir(desk.at("packs")).expect("readable").collect();
    assert_eq!(left.len(), 2, "one pack, one mark and nothing half-made: {left:?}");
}

#[test]
fn each_wrong_file_has_its_own_words() {
    let desk = Desk::new();
    let good = desk.built(ITEMS, "20261122-1");
    let bytes = fs::read(&good).expect("readable");
    let file = desk.at("offered.pack");
    let offered = |bytes: &[u8]| {
        fs::write(&file, bytes).expect("written");
        desk.apply(&file).expect_err("refused")
    };
    for len in [bytes.len() - 1, bytes.len() - 4096, bytes.len() / 2, 100] {
        let refused = offered(&bytes[..len]);
        assert!(matches!(refused, PackError::CutShort(_)), "{len}: {refused}");
    }
    let mut page_missing = bytes.clone();
    page_missing.drain(4096..8192);
    assert!(matches!(offered(&page_missing), PackError::CutShort(_)));
    assert!(matches!(offered(b"code,name\n"), PackError::NotAPack(_)));
    assert!(matches!(offered(&[b'x'; 9000]), PackError::NotAPack(_)));
    assert!(matches!(offered(b""), PackError::NotAPack(_)));

    let stranger = PackSigner::from_seed(&[9; 32]).expect("a key").public();
    let refused = desk.shelf().apply(&good, &stranger, STORE).expect_err("refused");
    assert!(
        matches!(&refused, PackError::OtherKey { key, .. } if *key == desk.signer.public().to_string())
    );
    let refused =
        desk.shelf().apply(&good, &desk.signer.public(), StoreNo(7)).expect_err("refused");
    assert!(matches!(refused, PackError::OtherStore { theirs: STORE, ours: StoreNo(7), .. }));

    let link = desk.at("link.pack");
    std::os::unix::fs::symlink(&good, &link).expect("a link");
    assert!(matches!(desk.apply(&link), Err(PackError::Io { .. })), "links are not followed");
    assert!(matches!(desk.apply(&desk.at("none.pack")), Err(PackError::Io { .. })));
    assert_eq!(desk.version_in_use(), None);
}

#[test]
fn prices_never_go_back() {
    let desk = Desk::new();
    let ninth = desk.built(ITEMS, "20261122-9");
    let tenth = desk.built(&ITEMS.replace("1.99", "2.09"), "20261122-10");
    desk.apply(&ninth).expect("applied");
    assert_eq!(
        desk.apply(&tenth).expect("applied").previous,
        PackVersion::parse("20261122-9").ok()
    );
    let refused = desk.apply(&ninth).expect_err("refused");
    assert!(matches!(refused, PackError::Older { .. }), "{refused}");
    assert!(desk.apply(&tenth).expect("the same again").already);
    let other = desk.built(&ITEMS.replace("1.99", "0.01"), "20261122-10");
    assert!(matches!(desk.apply(&other), Err(PackError::SameVersion(_))));
    assert_eq!(desk.version_in_use().as_deref(), Some("20261122-10"));
}

#[test]
fn a_pinned_version_is_sold_by_until_it_is_lifted_and_a_revoked_one_never() {
    let desk = Desk::new();
    let version = |text: &str| PackVersion::parse(text).expect("a version");
    let pin = |text: &str| desk.shelf().pin(&version(text), &desk.signer.public(), STORE);
    for day in ["20261120-1", "20261121-1", "20261122-1"] {
        desk.apply(&desk.built(ITEMS, day)).expect("applied");
    }
    // A wrong price file came today; what was never here can't be pinned.
    assert!(matches!(pin("20261119-1"), Err(PackError::NotOnShelf(_))));
    assert_eq!(desk.version_in_use().as_deref(), Some("20261122-1"), "nothing changed");
    pin("20261120-1").expect("pinned");
    assert_eq!(desk.version_in_use().as_deref(), Some("20261120-1"));
    let next = desk.built(ITEMS, "20261123-1");
    let refused = desk.apply(&next).expect_err("refused");
    assert!(refused.to_string().contains("tideover pack unpin"), "{refused}");
    // A revoked version is not pinned, not taken and not used; the pin holds meanwhile.
    desk.shelf().revoke(&version("20261122-1")).expect("revoked");
    assert!(matches!(pin("20261122-1"), Err(PackError::Revoked(_))));
    let again = desk.at("20261122-1.pack");
    assert!(matches!(desk.apply(&again), Err(PackError::Revoked(_))));
    assert_eq!(desk.version_in_use().as_deref(), Some("20261120-1"));
    desk.shelf().unpin().expect("lifted");
    assert_eq!(desk.version_in_use().as_deref(), Some("20261121-1"), "not the revoked one");
    desk.apply(&next).expect("applied");
    assert_eq!(desk.version_in_use().as_deref(), Some("20261123-1"));
    // A pinned pack that is damaged, or a file of orders that is nonsense, never stops a sale.
    pin("20261121-1").expect("pinned");
    damage(&desk.at("packs").join("20261121-1.pack"), |bytes| bytes[5000] ^= 1);
    assert_eq!(desk.version_in_use().as_deref(), Some("20261123-1"));
    fs::write(desk.at("packs").join("pinned"), b"\xff nonsense").expect("written");
    assert_eq!(desk.version_in_use().as_deref(), Some("20261123-1"));
}

#[test]
fn a_damaged_pack_is_passed_over_but_opens_no_way_back() {
    let desk = Desk::new();
    for day in ["20261120-1", "20261121-1", "20261122-1"] {
        desk.apply(&desk.built(ITEMS, day)).expect("applied");
    }
    let latest = desk.at("packs").join("20261122-1.pack");
    damage(&latest, |bytes| bytes[5000] ^= 1);
    let current = desk.shelf().current(&desk.signer.public(), STORE).expect("readable");
    assert_eq!(current.pack.map(|pack| pack.version().to_string()).as_deref(), Some("20261121-1"));
    assert_eq!(current.passed_over.len(), 1);
    assert!(matches!(current.passed_over[0].reason, PackError::Changed(_)));

    let between = desk.built(ITEMS, "20261121-2");
    assert!(matches!(desk.apply(&between), Err(PackError::Older { .. })));
    desk.apply(&desk.at("20261122-1.pack")).expect("applied again");
    assert_eq!(desk.version_in_use().as_deref(), Some("20261122-1"));
}

#[test]
fn the_shelf_keeps_three_packs() {
    let desk = Desk::new();
    for count in 1..=5 {
        desk.apply(&desk.built(ITEMS, &format!("20261122-{count}"))).expect("applied");
    }
    let mut names: Vec<String> = fs::read_dir(desk.at("packs"))
        .expect("readable")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let expected: Vec<String> = (3..=5)
        .flat_map(|count| [format!("20261122-{count}.pack"), format!("20261122-{count}.pack.mark")])
        .collect();
    assert_eq!(names, expected);
}

#[test]
fn an_applied_pack_is_read_only_and_a_change_behind_its_mark_is_noticed() {
    let desk = Desk::new();
    desk.apply(&desk.built(ITEMS, "20261122-1")).expect("applied");
    let file = desk.at("packs").join("20261122-1.pack");
    let mode = fs::metadata(&file).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o444);
    // The same length and the old time put back: the time of the inode's change tells.
    let modified = fs::metadata(&file).expect("there").modified().expect("a time");
    damage(&file, |bytes| bytes[9000] ^= 4);
    let opened = fs::File::options().append(true).open(&file).expect("open");
    opened.set_modified(modified).expect("set");
    let refused = Pack::open(&file, &desk.signer.public()).expect_err("refused");
    assert!(matches!(refused, PackError::Changed(_)), "{refused}");
}

#[test]
fn verify_all_trusts_no_mark() {
    let desk = Desk::new();
    desk.apply(&desk.built(ITEMS, "20261122-1")).expect("applied");
    let pack = desk.in_use().expect("in use");
    pack.verify_all(&|_done| ()).expect("whole");
    damage(pack.path(), |bytes| bytes[9000] ^= 4);
    assert!(matches!(pack.verify_all(&|_done| ()), Err(PackError::Changed(_))));
}

#[test]
fn a_pin_opens_its_own_key_and_stands_nowhere_in_the_file() {
    let desk = Desk::new();
    let report =
        desk.build_with(&texts(ITEMS), "20261122-1", false, PinCost::DEFAULT).expect("built");
    let pack = Pack::open(&report.file, &desk.signer.public()).expect("a pack");
    let id = |text| PersonId::parse(text).expect("an id");
    let right = pack.check_pin(&id("31"), "480273").expect("readable");
    assert!(matches!(right, PinCheck::Right(person) if person.role == Role::Cashier));
    assert_eq!(pack.check_pin(&id("31"), "480274").expect("readable"), PinCheck::Wrong);
    assert_eq!(pack.check_pin(&id("31"), "").expect("readable"), PinCheck::Wrong);
    assert_eq!(pack.check_pin(&id("99"), "480273").expect("readable"), PinCheck::Wrong);
    let bytes = fs::read(&report.file).expect("readable");
    assert!(!bytes.windows(6).any(|window| window == b"480273"), "no PIN in the file");
}

#[test]
fn a_pack_moves_to_the_tills_thread() {
    let desk = Desk::new();
    let pack = Pack::open(&desk.built(ITEMS, "20261122-1"), &desk.signer.public()).expect("a pack");
    let till = std::thread::Builder::new().name("till".to_owned());
    let item = till.spawn(move || pack.item(&code("85123A"))).expect("a thread");
    let item = item.join().expect("ended").expect("readable").expect("known");
    assert_eq!(item.name, "Tea-light holder");
}

#[test]
fn progress_counts_every_item_row() {
    let desk = Desk::new();
    let mut items = ITEMS.lines().next().expect("a header").to_owned();
    for number in 0..5_000 {
        items.push_str(&format!("\nA{number},Article {number},1.25,each,exempt,1,"));
    }
    let last = Cell::new(0);
    let source = texts(&items);
    let order = BuildOrder {
        source: &source,
        out: &desk.at("big.pack"),
        signer: &desk.signer,
        version: &PackVersion::parse("20261122-1").expect("a version"),
        published_at: Timestamp::parse("2026-11-22T05:00:00.000-06:00").expect("a time"),
        skip_bad_rows: false,
        pin_cost: PinCost::FLOOR,
        entropy: &SeededEntropy::new(1),
    };
    let report = build(&order, &|rows| {
        assert!(rows >= last.replace(rows));
    });
    assert_eq!(report.expect("built").items, 5_000);
    assert_eq!(last.get(), 5_000);
}

#[test]
fn the_catalog_of_a_real_supermarket_becomes_a_pack() {
    let Some(data) = std::env::var_os("TIDEOVER_DATA") else {
        println!("skipped: TIDEOVER_DATA is not set");
        return;
    };
    let catalog = fs::read_to_string(Path::new(&data).join("poslog/catalog.csv")).expect("catalog");
    let mut items = String::from("code,name,unit_price,sold_by,tax_class,department,age_min\n");
    let mut expected = Vec::new();
    let mut unpriced = 0;
    let mut reader = csv::Reader::from_reader(catalog.as_bytes());
    for row in reader.records() {
        let row = row.expect("a row");
        let price: f64 = row[2].parse().expect("a price");
        let name = row[1].trim().replace('"', "\"\"");
        items.push_str(&format!("{},\"{name}\",{},each,exempt,{},\n", &row[0], &row[2], &row[3]));
        if price > 0.0 {
            expected.push((row[0].to_owned(), row[1].trim().to_owned()))
        } else {
            unpriced += 1
        }
    }
    let desk = Desk::new();
    let report =
        desk.build_with(&texts(&items), "20261122-1", true, PinCost::FLOOR).expect("built");
    let reasons: Vec<String> = report.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(report.left_out.len(), unpriced, "only rows without a price: {reasons:#?}");
    assert_eq!(report.items, u64::try_from(expected.len()).expect("fits"));
    let pack = Pack::open(&report.file, &desk.signer.public()).expect("a pack");
    pack.verify_all(&|_done| ()).expect("whole");
    for (gtin, name) in expected {
        let item = pack.item(&code(&gtin)).expect("readable").expect("known");
        assert_eq!(item.name, name);
    }
}

/// Builds a pack somewhere, with these keys.
pub(crate) fn built_with(
    source: &Source<'_>,
    keys: tideover::pack::BuildKeys<'_>,
) -> Result<BuildReport, BuildError> {
    let desk = Desk::new();
    let order = BuildOrder {
        source,
        out: &desk.at("a.pack"),
        signer: &desk.signer,
        version: &PackVersion::parse("20261122-1").expect("a version"),
        published_at: Timestamp::parse("2026-11-22T05:00:00.000-06:00").expect("a time"),
        skip_bad_rows: false,
        pin_cost: PinCost::FLOOR,
        entropy: &SeededEntropy::new(1),
    };
    tideover::pack::build_with(&order, keys, &|_rows| ())
}
