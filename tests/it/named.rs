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

/// Every function of the sources by its whole path: `::it::hours::a_punch`.
fn paths() -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for (folder, top) in [("src", ""), ("tests/it", "::it")] {
        let mut sources = Vec::new();
        files(&root().join(folder), "rs", &mut sources);
        for path in sources {
            let below =
                path.strip_prefix(root().join(folder)).expect("below it").with_extension("");
            let steps = below.iter().map(|step| step.to_str().expect("a name"));
            let file: String = steps
                .filter(|step| !["mod", "lib", "main"].contains(step))
                .map(|step| format!("::{step}"))
                .collect();
            let text = std::fs::read_to_string(&path).expect("a source");
            functions(&text, &format!("{top}{file}"), &mut paths);
        }
    }
    paths
}

/// The functions of a file, those of a module within it below that module.
fn functions(text: &str, file: &str, paths: &mut BTreeSet<String>) {
    let mut within: Vec<(usize, &str)> = Vec::new();
    for line in text.lines() {
        let depth = line.len() - line.trim_start().len();
        let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let Some(kind) = words.find(|word| ["fn", "mod"].contains(word)) else { continue };
        let Some(name) = words.next() else { continue };
        within.retain(|(at, _)| *at < depth);
        if kind == "fn" {
            let inner: String = within.iter().map(|(_, name)| format!("::{name}")).collect();
            paths.insert(format!("{file}{inner}::{name}"));
        } else if line.ends_with('{') {
            within.push((depth, name));
        }
    }
}

/// True where there is such a function, or a module of that path with one in it.
fn is_there(name: &str, paths: &BTreeSet<String>) -> bool {
    let end = format!("::{}", name.trim_end_matches("::"));
    let within = format!("{end}::");
    paths.iter().any(|path| path.contains(&within) || !name.ends_with("::") && path.ends_with(&end))
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
    let paths = paths();
    let mut pages = Vec::new();
    files(&root().join("docs"), "md", &mut pages);
    pages.sort();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for path in pages {
        let page = std::fs::read_to_string(&path).expect("a page");
        for name in named(&page) {
            seen += 1;
            if !is_there(name, &paths) {
                wrong.push(format!("{}: {name}", path.file_name().expect("a name").display()));
            }
        }
    }
    assert!(wrong.is_empty(), "pages name what is not there:\n{}", wrong.join("\n"));
    assert!(seen > 400, "pages name tests, and this one reads them: {seen}");
}

#[test]
fn a_right_name_below_another_module_is_not_there() {
    let mut paths = BTreeSet::new();
    let text = "fn one() {}\nmod inner {\n    fn two() {}\n}\nfn three() {}\n";
    functions(text, "::it::hours", &mut paths);
    for name in ["it::hours::", "hours::inner::", "it::hours::inner::two", "three", "one"] {
        assert!(is_there(name, &paths), "{name}");
    }
    for name in ["it::hours::two", "it::inner::", "inner::three", "ours::one", "hours::one::"] {
        assert!(!is_there(name, &paths), "{name}");
    }
}

#[test]
fn what_is_named_is_told_from_what_is_only_quoted() {
    let page = "`it::hours::` and `…a_punch_that_is_missing_is_said`, `Type::new`, `a b::c`, `x_y`";
    assert_eq!(named(page), ["it::hours::", "a_punch_that_is_missing_is_said"]);
}
