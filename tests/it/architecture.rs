//! Rules that are tests: what docs/architecture.md says may not be, is not in the sources.
//!
//! The sources are read as text, so a rule holds for every feature and every platform at once.
//!
//! ```text
//!  gui ─┐
//!  cli ─┼─> register ─> ledger ─┐
//!       │      ├─────> sync  ───┼─> journal ─> domain
//!       │      ├─────> pack  ───┤      ▲
//!       │      └─────> device   │      │
//!  central ──> sync's wire types, reconcile ──┘
//! ```

use std::path::{Path, PathBuf};

/// What each module may name after `crate::`; an entry with `::` allows that part only.
const MAY_NAME: [(&str, &[&str]); 17] = [
    ("domain", &[]),
    ("journal", &["domain"]),
    ("reconcile", &["journal", "domain"]),
    ("receipt", &["journal", "domain"]),
    ("device", &["receipt", "journal", "domain"]),
    ("ledger", &["journal", "domain", "device"]),
    ("pack", &["journal", "domain", "device"]),
    ("probe", &["domain", "device"]),
    ("program", &["journal", "domain", "device"]),
    ("sync", &["journal", "domain", "device"]),
    (
        "peer",
        &[
            "ledger",
            "sync::wire",
            "sync::sealed",
            "sync::carrier",
            "sync::push_sealed",
            "sync::revoked",
            "device",
            "journal",
            "domain",
        ],
    ),
    (
        "register",
        &[
            "ledger",
            "pack",
            "peer",
            "probe",
            "program",
            "sync",
            "reconcile",
            "device",
            "receipt",
            "journal",
            "domain",
        ],
    ),
    ("gui", &["register", "domain"]),
    (
        "central",
        &[
            "sync::wire",
            "sync::sealed",
            "sync::segment",
            "sync::carrier",
            "sync::enroll",
            "sync::asks",
            "sync::revoked",
            "journal",
            "reconcile",
            "pack",
            "domain",
            "device",
        ],
    ),
    ("fleet", &["central::admission", "sync::pace", "sync::wire", "device::entropy"]),
    ("cli", &["*"]),
    ("drill", &["*"]),
];

const FILE_LINES_MAX: usize = 600;
const LINE_CHARS_MAX: usize = 100;

/// One source file.
struct Source {
    /// Its path below `src`, with slashes.
    path: String,
    text: String,
    /// The text without comments and what stands between quotes.
    code: Vec<String>,
}

impl Source {
    /// The module at the top: `journal` of `journal/key.rs`, `lib` of `lib.rs`.
    fn module(&self) -> &str {
        self.path.split('/').next().unwrap_or("").trim_end_matches(".rs")
    }

    fn file(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or("").trim_end_matches(".rs")
    }

    fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path.starts_with(place))
    }

    /// The module that a chain of `super::` as long as this file is deep leads to: the same arrow
    /// by another road.
    fn climbed_to(&self, line: &str) -> Option<String> {
        let parts = self.path.split('/').count();
        let depth = if self.path.ends_with("/mod.rs") { parts - 1 } else { parts };
        let climb = "super::".repeat(depth);
        let after = line.split(&climb).nth(1)?;
        let named = after.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
        MAY_NAME.iter().any(|(module, _)| *module == named).then(|| named.to_owned())
    }

    /// The lines of code, counted from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.code.iter().enumerate();
        lines.map(|(place, line)| (place + 1, line.as_str()))
    }
}

#[test]
fn modules_name_only_what_stands_below_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        let module = source.module();
        if matches!(module, "lib" | "main") {
            continue;
        }
        let Some((_, allowed)) = MAY_NAME.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{}: a module without a place in the map", source.path));
            continue;
        };
        for (place, line) in source.lines() {
            for named in named_modules(line).into_iter().chain(source.climbed_to(line)) {
                let fits = |allowed: &&str| {
                    *allowed == "*"
                        || named == **allowed
                        || named.starts_with(&format!("{allowed}::"))
                };
                let own = named == module || named.starts_with(&format!("{module}::"));
                if !own && !allowed.iter().any(fits) {
                    wrong.push(format!("{}:{place}: {module} may not name {named}", source.path));
                }
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn sql_is_spoken_in_four_places() {
    let places = ["ledger", "pack", "central/sqlite"];
    assert_none(&naming(&["rusqlite"], |source| !source.is_in(&places)));
    let place = ["central/postgres/"];
    assert_none(&naming(&["tokio_postgres"], |source| !source.is_in(&place)));
}

/// A lock without a row is one server's own: tables that are spread over several have rows alone.
#[test]
fn rows_are_the_locks() {
    let mut all = sources();
    all.retain(|source| source.text.contains("advisory_"));
    let found: Vec<String> = all.into_iter().map(|source| source.path).collect();
    assert_none(&found);
}

/// From these files on central's tables are only added to.
const ONLY_ADDED_TO: [(&str, u32); 2] = [("schema/central", 16), ("schema/central/postgres", 15)];

/// What an older process that still runs may stand on.
const TAKES_AWAY: [&str; 7] = [
    "DROP TABLE",
    "DROP COLUMN",
    "DROP VIEW",
    "RENAME",
    "TRUNCATE",
    "ALTER COLUMN",
    "CREATE OR REPLACE",
];

/// What a file takes away without saying, in its first comment, why it does (`Takes away`), and
/// what an older program does then (`An older program`).
fn takes_away(sql: &str) -> Option<&'static str> {
    let comment: Vec<&str> = sql.lines().map_while(|line| line.strip_prefix("--")).collect();
    let comment = comment.join("").split_whitespace().collect::<Vec<_>>().join(" ");
    let without = sql.lines().filter_map(|line| line.split("--").next());
    let code: Vec<&str> = without.flat_map(str::split_whitespace).collect();
    let code = code.join(" ").to_uppercase();
    let said = comment.contains("Takes away") && comment.contains("An older program");
    TAKES_AWAY.into_iter().find(|words| !said && code.contains(words))
}

#[test]
fn centrals_tables_are_only_added_to_unless_the_file_says_what_an_older_program_does() {
    let read = |folder: &str, number: u32| {
        std::fs::read_to_string(root().join(folder).join(format!("{number}.sql"))).ok()
    };
    let mut wrong = Vec::new();
    for (folder, from) in ONLY_ADDED_TO {
        for (number, sql) in (from..).map_while(|number| Some((number, read(folder, number)?))) {
            if let Some(words) = takes_away(&sql) {
                wrong.push(format!("{folder}/{number}.sql: {words}, and does not say for whom"));
            }
        }
        assert!(read(folder, from - 1).is_some(), "{folder}: the numbers have no gap");
    }
    assert_none(&wrong);
    // One that did, before that was a rule.
    let earlier = read("schema/central/postgres", 12).expect("the twelfth");
    assert_eq!(takes_away(&earlier), Some("DROP TABLE"));
    let drops = "ALTER TABLE sale\n    DROP  COLUMN at; -- it goes";
    assert_eq!(takes_away(drops), Some("DROP COLUMN"));
    assert_eq!(takes_away("-- DROP TABLE is not done here.\nCREATE TABLE a (b int);"), None);
    let why = "-- Takes away `at`: nobody reads it since 15.";
    assert_eq!(takes_away(&format!("{why}\n{drops}")), Some("DROP COLUMN"), "for whom?");
    let whom = "-- An older program is refused at its start.";
    assert_eq!(takes_away(&format!("{why}\n{whom}\n{drops}")), None);
    assert_eq!(takes_away(&format!("SELECT 1;\n{why}\n{whom}\n{drops}")), Some("DROP COLUMN"));
}

#[test]
fn only_the_window_knows_its_toolkit() {
    assert_none(&naming(&["egui", "eframe"], |source| !source.is_in(&["gui"])));
}

#[test]
fn only_devices_read_a_clock_or_draw_a_random_number() {
    let clocks = [
        "SystemTime",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "SystemRandom",
        "getrandom",
        "thread_rng",
        "fastrand",
        "OsRng",
        "RandomState",
    ];
    // A window's frame times order nothing and are never recorded, yet they are a clock too.
    assert_none(&naming(&clocks, |source| !source.is_in(&["device"])));
}

#[test]
fn no_float_comes_near_money() {
    assert_none(&naming(&["f32", "f64"], |source| !source.is_in(&["gui"])));
}

#[test]
fn the_domain_is_pure() {
    let foreign = ["serde_json", "std::fs", "std::net", "std::io", "tokio", "ring", "jiff"];
    assert_none(&naming(&foreign, |source| source.is_in(&["domain"])));
}

#[test]
fn files_are_named_after_the_trade_explained_and_small() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Source { path, text, .. } = &source;
        let nowhere = ["utils", "util", "helpers", "helper", "misc", "common"];
        if nowhere.iter().any(|name| path.split('/').any(|part| part == *name))
            || nowhere.contains(&source.file())
        {
            wrong.push(format!("{path}: a name that says nothing"));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{path}: begins without saying what it is for"));
        }
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            wrong.push(format!("{path}: {lines} lines, at most {FILE_LINES_MAX} can be overseen"));
        }
        for (place, line) in text.lines().enumerate() {
            let place = place + 1;
            if line.chars().count() > LINE_CHARS_MAX {
                wrong.push(format!("{path}:{place}: longer than {LINE_CHARS_MAX} characters"));
            }
            if ["TODO", "FIXME", "XXX"].iter().any(|mark| line.contains(mark)) {
                wrong.push(format!("{path}:{place}: unfinished work belongs in an issue"));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn what_is_linked_is_what_was_chosen() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    let unwanted = ["aws-lc-rs", "aws-lc-sys", "openssl-sys", "openssl", "sqlx-sqlite"];
    let found: Vec<String> = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .filter(|name| unwanted.contains(name))
        .map(|name| format!("Cargo.lock holds {name}"))
        .collect();
    assert_none(&found);
}

#[test]
fn every_module_stands_on_the_map() {
    let Ok(map) = std::fs::read_to_string(root().join("docs/architecture.md")) else {
        println!("docs/architecture.md is not written yet");
        return;
    };
    let mut missing: Vec<String> = sources()
        .iter()
        .map(|source| source.module().to_owned())
        .filter(|module| !map.contains(module.as_str()))
        .map(|module| format!("docs/architecture.md does not name '{module}'"))
        .collect();
    missing.dedup();
    assert_none(&missing);
}

#[test]
fn comments_and_quotes_are_no_code() {
    let text = "use crate::a; // crate::b\nlet x = \"crate::c // d\"; /* crate::e\ncrate::f */ y\n\
                let q = '\"'; crate::g\nlet r = r#\"crate::h \"quoted\" \"#; z\nfn f<'a>() {}\n";
    let code = code_of(text);
    assert_eq!(
        code.join("\n"),
        "use crate::a; \nlet x = \"\"; \n y\nlet q = ''; crate::g\n\
                let r = \"\"; z\nfn f<'a>() {}"
    );
    assert_eq!(
        named_modules("use crate::sync::wire::Hello; crate::domain::money"),
        ["sync::wire::Hello", "domain::money"]
    );
    assert_eq!(named_modules("use crate::{ledger, sync::wire};"), ["ledger", "sync::wire"]);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut paths = Vec::new();
    walk(&src, &mut paths);
    paths.sort();
    assert!(paths.len() > 30, "the sources were not found");
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a source is text");
        let path = path.strip_prefix(&src).expect("below src").display().to_string();
        Source { path, code: code_of(&text), text }
    };
    paths.into_iter().map(read).collect()
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

/// Where a word stands in the code of files that may not say it.
fn naming(words: &[&str], forbidden_in: impl Fn(&Source) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| forbidden_in(source)) {
        for (place, line) in source.lines() {
            for word in words.iter().filter(|word| has_word(line, word)) {
                found.push(format!("{}:{place}: names {word}", source.path));
            }
        }
    }
    found
}

fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// The paths that stand after `crate::`, braces opened one level deep.
fn named_modules(line: &str) -> Vec<String> {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let path_of = |text: &str| -> String {
        let path: String = text.trim_start().chars().take_while(|c| is_path(*c)).collect();
        path.trim_end_matches(':').to_owned()
    };
    let mut named = Vec::new();
    for part in line.split("crate::").skip(1) {
        match part.strip_prefix('{') {
            Some(group) => {
                let group = group.split('}').next().unwrap_or("");
                named.extend(group.split(',').map(path_of).filter(|path| !path.is_empty()));
            }
            None => named.push(path_of(part)),
        }
    }
    named
}

/// Code without comments, and with the text between quotes taken out, line by line.
fn code_of(text: &str) -> Vec<String> {
    #[derive(PartialEq)]
    enum Within {
        Code,
        LineComment,
        BlockComment,
        Quotes,
        RawQuotes(usize),
    }
    let mut code = vec![String::new()];
    let mut within = Within::Code;
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        let next = chars.get(at + 1).copied();
        let mut step = 1;
        if c == '\n' {
            code.push(String::new());
            if within == Within::LineComment {
                within = Within::Code;
            }
            at += 1;
            continue;
        }
        let line = code.last_mut().expect("a line");
        match within {
            Within::Code => match (c, next) {
                ('/', Some('/')) => within = Within::LineComment,
                ('/', Some('*')) => within = Within::BlockComment,
                ('"', _) => within = Within::Quotes,
                ('r', Some('"' | '#')) if raw_hashes(&chars[at + 1..]).is_some() => {
                    let hashes = raw_hashes(&chars[at + 1..]).expect("just seen");
                    within = Within::RawQuotes(hashes);
                    step = hashes + 2;
                }
                // A character, not a lifetime: its closing quote is near.
                ('\'', Some('\\')) => {
                    line.push_str("''");
                    step = 2;
                    while chars.get(at + step + 1).is_some_and(|c| *c != '\'') {
                        step += 1;
                    }
                    step += 2;
                }
                ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => {
                    line.push_str("''");
                    step = 3;
                }
                _ => line.push(c),
            },
            Within::LineComment => {}
            Within::BlockComment => {
                if (c, next) == ('*', Some('/')) {
                    within = Within::Code;
                    step = 2;
                }
            }
            Within::Quotes => match c {
                '\\' => step = if next == Some('\n') { 1 } else { 2 },
                '"' => {
                    line.push_str("\"\"");
                    within = Within::Code;
                }
                _ => {}
            },
            Within::RawQuotes(hashes) => {
                if c == '"' && chars[at + 1..].iter().take(hashes).all(|c| *c == '#') {
                    line.push_str("\"\"");
                    within = Within::Code;
                    step = 1 + hashes;
                }
            }
        }
        at += step;
    }
    if code.last().is_some_and(String::is_empty) {
        code.pop();
    }
    code
}

/// The number of `#` before the opening quote of a raw string.
fn raw_hashes(after_r: &[char]) -> Option<usize> {
    let hashes = after_r.iter().take_while(|c| **c == '#').count();
    (after_r.get(hashes) == Some(&'"')).then_some(hashes)
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
