//! Readers of files that people bring: a store's tables, its pack, settings, plans, baskets.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use rusqlite::types::Value;
use tideover::device::entropy::SeededEntropy;
use tideover::domain::echo::in_a_line;
use tideover::domain::gtin::ItemCode;
use tideover::domain::ids::{PackVersion, StoreNo};
use tideover::domain::time::Timestamp;
use tideover::drill::{baskets as basket_file, scenario as scenario_file};
use tideover::journal::hash::Hash;
use tideover::journal::key::Domain;
use tideover::pack::{
    BuildOrder, Catalog, Manifest, Pack, PackError, PackSigner, PinCost, Source, build,
    check_tables, manifest_of, open_manifest,
};
use tideover::probe::plan::Plan;
use tideover::register::peering;
use tideover::register::printer_settings::PrinterSettings;
use tideover::register::settings::Settings;

use super::{Seen, first_line, key, signed, text};

const STORE: StoreNo = StoreNo(1042);
/// Nothing that is read here is kept, so what a guess at a PIN would cost is nobody's concern.
const CHEAP: PinCost = PinCost { m_kib: 8, t: 1, p: 1 };

/// A few rows of each table that a store has or may have.
pub const TABLES: [(&str, &[u8]); 10] = [
    ("policy.csv", include_bytes!("../../../../assets/sample-store/policy.csv")),
    (
        "taxes.csv",
        b"code,class,percent,from,until\nSTATE,food,1.5,2024-07-01,\nSTATE,general,6.25,\
2026-01-01,\nCITY,general,1.25,2021-04-01,2026-12-31\nSTATE,alcohol,9,2019-01-01,\n\
STATE,candy,6,2019-01-01,\nSTATE,prepared,8,2019-01-01,\n",
    ),
    ("people.csv", b"id,name,role,pin\n31,Cashier 31,cashier,480273\n"),
    (
        "items.csv",
        b"code,name,unit_price,sold_by,tax_class,department,age_min\n4011,Bananas,0.59,\
lb,food,6,\n401101480287,\"Beans, black\",1.29,each,food,1,\n413209520727,Lager 6 x 12 oz,8.99,\
each,alcohol,13,21\n",
    ),
    (
        "labels.csv",
        b"prefix,item_digits,verifier,value_digits,decimals,means,catalog_code\n02,5,\
checked,4,2,price,plu\n",
    ),
    ("giftcards.csv", b"prefix,digits,name\n600649,19,Tideover Market gift card\n"),
    ("recalls.csv", b"code,batch,reason\n4011,,Tell a lead\n401101480287,L2231,Keep it apart\n"),
    (
        "stock.csv",
        b"code,on_hand,as_of\n4011,17.0,\n401101480287,12,2026-11-22T05:00:00.000-06:00\n",
    ),
    (
        "deliveries.csv",
        b"delivery,po,carton,code,quantity,supplier,day\nASN-20417,PO-88120,\
106141412345678908,401101480287,6,Harbor Foods,\n",
    ),
    (
        "orders.csv",
        b"order,code,name,item,quantity,paid,place,state,until\nW-20417,731904,Customer \
One,401101480287,2,8.58,Cooler 2,staged,\n",
    ),
];

const TABLES_OF_ALL: Source<'static> = Source::Files(&TABLES);

fn order<'a>(source: &'a Source<'a>) -> BuildOrder<'a> {
    static CHANCE: SeededEntropy = SeededEntropy::new(1);
    static SIGNER: LazyLock<PackSigner> = LazyLock::new(pack_signer);
    static VERSION: LazyLock<PackVersion> =
        LazyLock::new(|| PackVersion::parse("20261122-1").expect("a version"));
    BuildOrder {
        source,
        out: Path::new("unbuilt.pack"),
        signer: &SIGNER,
        version: &VERSION,
        published_at: Timestamp::parse("2026-11-22T05:00:00.000-06:00").expect("a time"),
        skip_bad_rows: true,
        pin_cost: CHEAP,
        entropy: &CHANCE,
    }
}

fn pack_signer() -> PackSigner {
    PackSigner::from_seed(&[5; 32]).expect("a key")
}

/// One table of a store among the others' few rows: the first line is its file's name.
pub fn table(input: &[u8]) -> Seen {
    let (name, rows) = first_line(input);
    let mut files = TABLES.to_vec();
    let Some(place) = files.iter().position(|(known, _)| known.as_bytes() == name) else {
        return Seen::Refused("no store has a table of that name".to_owned());
    };
    files[place].1 = rows;
    let source = Source::Files(&files);
    let read = check_tables(&BuildOrder { source: &source, ..order(&TABLES_OF_ALL) });
    match read {
        Ok(bad) => match bad.first() {
            Some(row) => Seen::Refused(row.to_string()),
            None => Seen::Taken,
        },
        Err(why) => Seen::Refused(why.to_string()),
    }
}

/// What a pack of these pages says of itself, rightly signed.
fn trailer(json: &[u8]) -> Vec<u8> {
    let mut block = [b"tideover pack\n".to_vec(), signed(&key(), Domain::Pack, json)].concat();
    block.push(b'\n');
    block.resize(block.len().max(4096), 0);
    block
}

/// The last block of a pack: as it is, and with any bytes for its manifest, rightly signed.
pub fn pack_trailer(input: &[u8]) -> Seen {
    let trusted = pack_signer().public();
    let read = |bytes: &[u8]| manifest_of(Cursor::new(bytes), Path::new("fed.pack"), &trusted);
    let plain = Seen::from(read(input));
    let (json, _) = first_line(input);
    match read(&[b"SQLite format 3\0".as_slice(), &trailer(json)].concat()) {
        Ok(manifest) => {
            assert_eq!(manifest.bytes, 16, "a length that is not its own");
            plain
        }
        Err(why) => Seen::Refused(why.to_string()),
    }
}

/// A folder in memory for what can only be read from a file, and the pages of a right pack; gone
/// with its thread.
struct Bench {
    folder: tempfile::TempDir,
    pages: Vec<u8>,
}

impl Bench {
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let folder =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let folder = folder.expect("a folder");
        let at = folder.path().join("right.pack");
        let right = BuildOrder {
            out: &at,
            pin_cost: PinCost::FLOOR,
            // The same pages each time.
            entropy: &SeededEntropy::new(1),
            skip_bad_rows: false,
            ..order(&TABLES_OF_ALL)
        };
        build(&right, &|_rows| ()).expect("built");
        let mut pages = std::fs::read(&at).expect("bytes");
        pages.truncate(pages.len() - 4096);
        Self { folder, pages }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("fed.pack")
    }

    /// Does to the right pack's pages what is asked for, a line each: `@OFFSET HEX` writes bytes,
    /// `TABLE COLUMN KIND VALUE` puts a value into every row, of the kind `i`, `t`, `b` or `n`.
    /// True where something was changed.
    fn change(&self, asked: &str) -> Result<bool, rusqlite::Error> {
        let mut pages = self.pages.clone();
        for line in asked.lines() {
            let Some((at, bytes)) = line.strip_prefix('@').and_then(|line| line.split_once(' '))
            else {
                continue;
            };
            let at = at.parse::<usize>().unwrap_or(0) % pages.len();
            let pairs =
                bytes.as_bytes().chunks_exact(2).filter_map(|pair| std::str::from_utf8(pair).ok());
            let bytes = pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok());
            pages.iter_mut().skip(at).zip(bytes).for_each(|(page, byte)| *page = byte);
        }
        let mut changed = pages != self.pages;
        std::fs::write(self.path(), &pages).expect("written");
        for line in asked.lines().filter(|line| !line.starts_with('@')) {
            let mut words = line.splitn(4, ' ');
            let [Some(table), Some(column), Some(kind), value] =
                [words.next(), words.next(), words.next(), words.next()]
            else {
                continue;
            };
            let word = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            let value = value.unwrap_or_default();
            let value = match kind {
                "i" => Value::Integer(value.parse().unwrap_or_default()),
                "t" => Value::Text(value.to_owned()),
                "b" => Value::Blob(value.as_bytes().to_vec()),
                _ => Value::Null,
            };
            if !word(table) || !word(column) || table.starts_with("sqlite") {
                continue;
            }
            #[allow(clippy::disallowed_methods, reason = "a file that is changed on purpose")]
            let db = rusqlite::Connection::open(self.path())?;
            db.execute_batch("PRAGMA ignore_check_constraints = ON; PRAGMA journal_mode = OFF")?;
            // Another name than there is, or a value the table does not take, changes nothing.
            let sql = format!("UPDATE \"{table}\" SET \"{column}\" = ?1");
            changed |= db.execute(&sql, [value]).is_ok_and(|rows| rows > 0);
        }
        Ok(changed)
    }
}

thread_local! {
    static BENCH: Bench = Bench::new();
}

/// A right pack whose pages or rows were changed and that was signed by the trusted key all the
/// same: what the running till then asks of it.
pub fn pack(input: &[u8]) -> Seen {
    BENCH.with(|bench| match bench.change(&text(input)) {
        // SQLite's own words quote what it read; they are this reader's, no user sees them.
        Err(why) => Seen::Refused(in_a_line(&format!("no database any more: {why}"))),
        Ok(changed) => match asked(&bench.path()) {
            Ok(()) if changed => Seen::Taken,
            Ok(()) => Seen::Refused("nothing was changed".to_owned()),
            Err(why) => Seen::Refused(why.to_string()),
        },
    })
}

/// What the running till asks of a pack, whatever its pages hold.
fn asked(path: &Path) -> Result<(), PackError> {
    let trusted = pack_signer().public();
    let mut bytes = std::fs::read(path).expect("bytes");
    let manifest = Manifest {
        format: 1,
        store: STORE.0,
        version: "20261122-1".to_owned(),
        published_at: "2026-11-22T05:00:00.000-06:00".to_owned(),
        bytes: u64::try_from(bytes.len()).expect("fits"),
        sha256: Hash::of_bytes(&bytes).to_string(),
        items: 3,
        key: trusted.to_string(),
    };
    let json = serde_json::to_vec(&manifest).expect("json");
    bytes.extend(trailer(&json));
    std::fs::write(path, bytes).expect("written");
    let pack = Pack::open(path, &trusted)?;
    for code in ["4011", "401101480287"] {
        let code = ItemCode::parse(code).expect("a code");
        pack.item(&code)?;
        pack.recall(&code, None)?;
        pack.on_hand(&code)?;
    }
    for person in pack.people()? {
        pack.person(&person.id)?;
    }
    pack.fast_items()?;
    pack.deliveries()?;
    for order in pack.pickup_orders()? {
        pack.pickup_order(&order.number)?;
    }
    pack.verify_all(&|_done| ())?;
    Catalog::of(pack)?.search("bean", 5).map(|_hits| ())
}

/// Which pack a store is to sell by: any bytes, and rightly signed.
pub fn pack_release(input: &[u8]) -> Seen {
    let trusted = pack_signer().public();
    let read = |bytes: &[u8]| open_manifest(bytes, &trusted, STORE, &|_key| None);
    let plain = read(input);
    let own = read(&signed(&key(), Domain::PackRelease, input));
    if let Ok(told) = &own {
        assert_eq!(told.manifest.store, STORE.0, "another store's was believed");
    }
    match plain {
        Ok(_) => Seen::Taken,
        Err(_) => own.into(),
    }
}

/// A register's settings, with what is read apart from them.
pub fn settings(input: &[u8]) -> Seen {
    let read = Settings::read(&text(input));
    let Ok(settings) = read else { return read.into() };
    peering::addresses(&settings);
    let printer = PrinterSettings::of(&settings).and_then(|words| {
        // A picture is another file.
        PrinterSettings { logo: None, ..words }.read(Path::new("/nowhere"))
    });
    printer.map(|_| ()).into()
}

/// Which systems a register watches.
pub fn probes(input: &[u8]) -> Seen {
    Plan::parse(&text(input)).into()
}

/// An outage that is played.
pub fn scenario(input: &[u8]) -> Seen {
    scenario_file::read(&text(input), -360).into()
}

/// Baskets that are sold again.
pub fn baskets(input: &[u8]) -> Seen {
    match basket_file::read(input) {
        Ok(file) => {
            let items = basket_file::items_of(&file).map(|_| ());
            items.map_err(|bad| bad.first().expect("one").to_string()).into()
        }
        Err(bad) => Seen::Refused(bad.first().expect("one").to_string()),
    }
}
