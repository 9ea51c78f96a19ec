//! Docs name tests as proof of what they say; a test that is named has to be there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder that end so.
fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
}

/// What functions and modules of the sources are called.
fn names() -> (BTreeSet<String>, BTreeSet<String>) {
    let mut sources = Vec::new();
    for folder in ["src", "tests"] {
        files(&root().join(folder), "rs", &mut sources);
    }
    let (mut functions, mut modules) = (BTreeSet::new(), BTreeSet::from(["it".to_owned()]));
    for path in sources {
        let text = std::fs::read_to_string(&path).expect("a source");
        for line in text.lines().map(str::trim_start) {
            let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            while let Some(word) = words.next() {
                match word {
                    "fn" => functions.extend(words.next().map(str::to_owned)),
                    "mod" => modules.extend(words.next().map(str::to_owned)),
                    _ => {}
                }
            }
        }
    }
    (functions, modules)
}

/// The tests that a page names: `it::central::`, `domain::code::tests`, `it::hours::a_punch`, and
/// `…a_punch` after one in the same module.
fn named(page: &str) -> Vec<&str> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == ':';
    page.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .map(|quoted| quoted.trim_start_matches('…'))
        .filter(|name| name.contains("::") || name.matches('_').count() > 3)
        .filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(fits))
        .collect()
}

#[test]
fn every_test_that_a_page_names_is_there() {
    let (functions, modules) = names();
    let mut pages = Vec::new();
    files(&root().join("docs"), "md", &mut pages);
    pages.sort();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for path in pages {
        let page = std::fs::read_to_string(&path).expect("a page");
        for name in named(&page) {
            seen += 1;
            let steps: Vec<&str> = name.split("::").filter(|step| !step.is_empty()).collect();
            let (last, before) = steps.split_last().expect("a name");
            let known = |step: &str| modules.contains(step) || step == "tests";
            let last_known = known(last) || !name.ends_with("::") && functions.contains(*last);
            if !last_known || !before.iter().all(|step| known(step)) {
                wrong.push(format!("{}: {name}", path.file_name().expect("a name").display()));
            }
        }
    }
    assert!(wrong.is_empty(), "pages name what is not there:\n{}", wrong.join("\n"));
    assert!(seen > 400, "pages name tests, and this one reads them: {seen}");
}

#[test]
fn what_is_named_is_told_from_what_is_only_quoted() {
    let page = "`it::hours::` and `…a_punch_that_is_missing_is_said`, `Type::new`, `a b::c`, `x_y`";
    assert_eq!(named(page), ["it::hours::", "a_punch_that_is_missing_is_said"]);
}
