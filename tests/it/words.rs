//! Every sentence that the code says has its Spanish, and no message file holds one that nobody
//! says.
//!
//! The sources are read as text: `say("…")`, `term("…")` and `words!("…", …)`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tideover::domain::words::places;
use tideover::gui::language::Language;

#[test]
fn everything_that_is_said_is_said_in_spanish_too() {
    let said = said_in_the_code();
    let spanish = Language::Spanish.table();
    let missing: Vec<String> = said
        .iter()
        .filter(|(english, _)| !spanish.contains_key(english.as_str()))
        .map(|(english, file)| format!("# {file}\n= {english}\n+ "))
        .collect();
    assert!(missing.is_empty(), "assets/messages/es lacks:\n{}", missing.join("\n"));
}

#[test]
fn no_message_file_holds_a_sentence_that_nobody_says() {
    let said = said_in_the_code();
    for language in Language::ALL {
        let unused: Vec<&str> = language
            .table()
            .keys()
            .filter(|english| !said.contains_key(**english))
            .copied()
            .collect();
        assert!(unused.is_empty(), "{language:?} holds what nobody says:\n{}", unused.join("\n"));
    }
}

#[test]
fn a_translation_has_the_places_of_its_sentence() {
    for language in Language::ALL {
        for (english, said) in language.table() {
            let plain = places(said);
            let numbered: BTreeSet<usize> =
                (1..=9).filter(|number| said.contains(&format!("{{{number}}}"))).collect();
            let all: BTreeSet<usize> = (1..=places(english)).collect();
            assert!(
                (numbered.is_empty() && plain == places(english))
                    || (plain == 0 && numbered == all),
                "{language:?}: {english:?} and {said:?} have other places"
            );
        }
    }
}

#[test]
fn a_message_file_is_whole() {
    for (folder, language) in [("en", Language::English), ("es", Language::Spanish)] {
        let mut keys = BTreeSet::new();
        for (file, text) in message_files(folder) {
            let mut open: Option<&str> = None;
            for (place, line) in text.lines().enumerate() {
                let place = place + 1;
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                let (mark, rest) = line.split_at(2.min(line.len()));
                assert!(!rest.trim().is_empty(), "{file}:{place}: nothing stands there");
                assert_eq!(rest, rest.trim(), "{file}:{place}: spaces at an end");
                match mark {
                    "= " => {
                        assert!(open.is_none(), "{file}:{place}: no answer before this");
                        assert!(keys.insert(rest.to_owned()), "{file}:{place}: twice: {rest}");
                        open = Some(rest);
                    }
                    "+ " => assert!(open.take().is_some(), "{file}:{place}: an answer to nothing"),
                    _ => panic!("{file}:{place}: neither '= ', '+ ', '#' nor empty"),
                }
            }
            assert!(open.is_none(), "{file}: the last sentence has no answer");
        }
        assert_eq!(keys.len(), language.table().len(), "a file of {folder} is not in the program");
    }
}

/// `Said::done(format!(…))` would compile, and could be said in English only.
#[test]
fn nothing_is_put_together_before_it_is_translated() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        for call in ["Said::done(", "Said::attention(", "words!(", "Finding::new("] {
            for (at, _) in text.match_indices(call) {
                let rest = text[at + call.len()..].trim_start();
                if rest.starts_with("format!(") {
                    let line = text[..at].lines().count();
                    wrong.push(format!("{path}:{line}: {call}format!(…)"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "use words!(\"…\", …):\n{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_sources_understands_them() {
    let text =
        "x.say(\"A \\\"b\\\"\"); words!(\n  \"two \\\n     lines {}\", n); term(\"c\"); say(d)";
    assert_eq!(literals(text), ["A \"b\"", "two lines {}", "c"]);
}

/// The files of a language: `en.txt`, or each file in its folder.
fn message_files(language: &str) -> Vec<(String, String)> {
    let messages = root().join("assets/messages");
    let mut paths = vec![messages.join(format!("{language}.txt"))];
    if let Ok(folder) = std::fs::read_dir(messages.join(language)) {
        paths.extend(folder.map(|entry| entry.expect("a file").path()));
    }
    paths.retain(|path| path.is_file());
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a message file");
        (path.display().to_string(), text)
    };
    paths.into_iter().map(read).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What is said, and in which file first.
fn said_in_the_code() -> BTreeMap<String, String> {
    let mut said = BTreeMap::new();
    for (path, text) in sources() {
        // What tests make up is not said.
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        for literal in literals(code) {
            if literal.replace("{}", "").chars().any(char::is_alphabetic) {
                said.entry(literal).or_insert_with(|| path.clone());
            }
        }
    }
    assert!(said.len() > 100, "the sources were not understood");
    said
}

fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices('"') {
        let before = code[..at].trim_end();
        let called = ["say(", "words!(", "term("].iter().any(|call| before.ends_with(call));
        // A word of its own: not `essay(`, and not in a comment.
        let line = before.rsplit('\n').next().unwrap_or("");
        if called && !line.trim_start().starts_with("//") {
            found.extend(literal(&code[at + 1..]));
        }
    }
    found
}

/// The text of a literal whose opening quote was just passed.
fn literal(code: &str) -> Option<String> {
    let mut text = String::new();
    let mut chars = code.chars();
    loop {
        match chars.next()? {
            '"' => return Some(text),
            '\\' => match chars.next()? {
                'n' => text.push('\n'),
                '\n' => {
                    let rest = chars.as_str().trim_start();
                    chars = rest.chars();
                }
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let src = root().join("src");
    let mut paths = Vec::new();
    walk(&src, &mut paths);
    paths.sort();
    let own = Path::new("domain").join("words.rs");
    paths
        .into_iter()
        .filter(|path| !path.ends_with(&own))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a source is text");
            (path.strip_prefix(&src).expect("below src").display().to_string(), text)
        })
        .collect()
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
