//! A release from its list to what is wrong with it, with three builders of whom two must sign.

use std::path::Path;

use super::*;
use crate::device::entropy::SeededEntropy;
use crate::domain::ids::{BuilderName, ProgramFile, ProgramVersion};
use crate::journal::key::{Domain, SigningKey};

const SOURCE: &str = "4f0c91ae4f0c91ae4f0c91ae4f0c91ae4f0c91ae";

/// A folder with a program and its bill, listed; three builders, of whom two must sign.
struct Given {
    folder: tempfile::TempDir,
    keys: [BuilderKey; 3],
    builders: Builders,
}

impl Given {
    fn out() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = [1, 2, 3].map(|seed| {
            let place = tempfile::tempdir().expect("a folder");
            BuilderKey::create(&place.path().join("key"), &SeededEntropy::new(seed)).expect("made")
        });
        let named = |place: usize, name| format!("key {} {name}\n", keys[place].public());
        let text = format!(
            "tideover/builders/v1\nneeds 2\n{}{}{}",
            named(0, "first"),
            named(1, "second"),
            named(2, "third")
        );
        let given = Self { folder, keys, builders: Builders::parse(&text).expect("builders") };
        given.write("tideover", "the program");
        given.write("tideover.cdx.json", "its bill");
        let version = ProgramVersion::parse("1.4.0").expect("a version");
        list_of(given.here(), version, 7, SOURCE).expect("listed");
        given
    }

    fn here(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.here().join(name), text).expect("written");
    }

    fn signed_by(self, places: &[usize]) -> Self {
        for place in places {
            sign(self.here(), &self.keys[*place]).expect("signed");
        }
        self
    }

    fn checked(&self) -> Checked {
        check(self.here(), &self.builders).expect("a list")
    }

    fn states(&self) -> Vec<(String, FileState)> {
        let odd = self.checked().files.into_iter().filter(|(_, state)| *state != FileState::Same);
        odd.map(|(name, state)| (name.to_string(), state)).collect()
    }
}

#[test]
fn a_release_holds_when_enough_builders_signed_it() {
    for (places, holds) in
        [(&[][..], false), (&[0], false), (&[0, 2], true), (&[0, 1, 2], true), (&[1, 1], false)]
    {
        let given = Given::out().signed_by(places);
        assert_eq!(given.checked().holds(), holds, "{places:?}");
    }
}

#[test]
fn a_file_that_was_changed_removed_or_added_is_named() {
    let given = Given::out().signed_by(&[0, 1]);
    given.write("tideover", "the prograM");
    given.write("helper", "started by somebody");
    std::fs::remove_file(given.here().join("tideover.cdx.json")).expect("removed");
    let named = |name: &str, state| (name.to_owned(), state);
    let odd = [
        named("tideover", FileState::Differs),
        named("tideover.cdx.json", FileState::Missing),
        named("helper", FileState::NotListed),
    ];
    assert_eq!(given.states(), odd);
    assert!(!given.checked().holds());
}

#[test]
fn a_link_in_place_of_a_file_is_another_file() {
    let given = Given::out().signed_by(&[0, 1]);
    let file = given.here().join("tideover");
    let apart = tempfile::tempdir().expect("a folder");
    std::fs::rename(&file, apart.path().join("tideover")).expect("moved");
    std::os::unix::fs::symlink(apart.path().join("tideover"), &file).expect("linked");
    assert_eq!(given.states(), [("tideover".to_owned(), FileState::Differs)]);
}

#[test]
fn nobody_signs_files_that_are_not_what_the_list_names() {
    let given = Given::out();
    given.write("tideover", "built elsewhere");
    let refused = sign(given.here(), &given.keys[0]).expect_err("refused");
    assert!(
        matches!(&refused, FolderError::Differs(name) if name.as_str() == "tideover"),
        "{refused}"
    );
    assert_eq!(given.checked().signed, Vec::<BuilderName>::new());
}

#[test]
fn a_signature_counts_for_its_own_list_its_own_key_and_whole_only() {
    let given = Given::out().signed_by(&[0, 1]);
    let [first, second, third] = &given.keys;
    let file = |key: &BuilderKey| {
        given.here().join(format!("PROGRAMS.{}.sig", key.public().fingerprint()))
    };
    let of_first = std::fs::read(file(first)).expect("64 bytes");
    // The first builder's signature under the third's name.
    std::fs::write(file(third), &of_first).expect("written");
    // Half of the second's.
    let of_second = std::fs::read(file(second)).expect("64 bytes");
    std::fs::write(file(second), &of_second[..32]).expect("written");
    let checked = given.checked();
    let names = |all: &[BuilderName]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&checked.signed), ["first"]);
    assert_eq!(names(&checked.wrong), ["second", "third"]);
    assert!(!checked.holds());
}

#[test]
fn a_wrong_signature_beside_enough_right_ones_is_told_and_holds_it_up() {
    let given = Given::out().signed_by(&[0, 1]);
    let file = format!("PROGRAMS.{}.sig", given.keys[2].public().fingerprint());
    given.write(&file, &"x".repeat(64));
    let checked = given.checked();
    assert!(checked.signed_enough());
    assert!(!checked.holds());
}

#[test]
fn a_list_is_never_written_over_and_signing_twice_changes_nothing() {
    let given = Given::out().signed_by(&[0]);
    let version = ProgramVersion::parse("1.4.1").expect("a version");
    let refused = list_of(given.here(), version, 8, SOURCE).expect_err("there is one");
    assert!(matches!(refused, FolderError::Listed(_)), "{refused}");
    let given = given.signed_by(&[0]);
    assert_eq!(given.checked().signed.len(), 1);
}

#[test]
fn one_list_has_one_text() {
    let given = Given::out();
    let list = read_list(given.here()).expect("a list");
    let text = list.text();
    assert_eq!(ProgramList::parse(&text), Ok(list));
    let odd = [
        text.replace("number 7", "number +7"),
        text.replace("number 7", "number 07"),
        text.replace("number 7", "number 0"),
        text.replace("version", "Version"),
        text.replace("\nsource", "\r\nsource"),
        text.replace("file ", "file  "),
        text.trim_end().to_owned(),
        format!("{text}\n"),
        format!("{text}{}\n", text.lines().last().expect("a file")),
        text.replace(" tideover\n", " ../tideover\n"),
        text.replace(" tideover\n", " .hidden\n"),
        text.lines().take(4).map(|line| format!("{line}\n")).collect(),
        {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.swap(4, 5);
            lines.iter().map(|line| format!("{line}\n")).collect()
        },
        String::new(),
    ];
    for odd in odd {
        assert!(ProgramList::parse(&odd).is_err(), "{odd:?}");
    }
}

#[test]
fn builders_are_each_named_once_and_no_more_are_asked_for_than_there_are() {
    let key = |seed: u8| SigningKey::from_seed(&[seed; 32]).expect("a key").public();
    let (one, two) = (key(1), key(2));
    let file = |needs: &str, lines: &str| format!("tideover/builders/v1\nneeds {needs}\n{lines}");
    let good = format!("key {one} first\nkey {two} second\n");
    assert_eq!(Builders::parse(&file("2", &good)).map(|b| b.all().len()), Ok(2));
    let refused = |text: String| Builders::parse(&text).expect_err("refused");
    let needs = |needs| NotBuilders::Needs { needs, builders: 2 };
    assert_eq!(refused(file("3", &good)), needs(3));
    assert_eq!(refused(file("0", &good)), needs(0));
    assert_eq!(refused(file("two", &good)), NotBuilders::Line(2));
    let twice = format!("key {one} first\nkey {one} second\n");
    assert_eq!(refused(file("1", &twice)), NotBuilders::Twice(4));
    let namesakes = format!("key {one} first\nkey {two} first\n");
    assert_eq!(refused(file("1", &namesakes)), NotBuilders::Twice(4));
    let weak = format!("key {} first\n", "0".repeat(64));
    assert_eq!(refused(file("1", &weak)), NotBuilders::Line(3));
    assert_eq!(refused("needs 1\n".to_owned()), NotBuilders::FirstLine);
}

#[test]
fn what_is_signed_is_the_whole_text_of_the_list_and_nothing_else_of_this_program() {
    let key = SigningKey::from_seed(&[9; 32]).expect("a key");
    let file = ProgramFile::parse("tideover").expect("a name");
    let sum = crate::journal::hash::Hash::of_bytes(b"x");
    let version = ProgramVersion::parse("1").expect("a version");
    let files = vec![Listed { sum, bytes: 1, name: file }];
    let list = ProgramList::new(version, 1, SOURCE, files).expect("a list");
    let signature = list.sign(&key);
    let after = list.text().split_once('\n').map(|(_, rest)| rest.to_owned()).expect("lines");
    assert!(key.public().verifies(Domain::Programs, after.as_bytes(), &signature));
    assert!(!key.public().verifies(Domain::Pack, after.as_bytes(), &signature));
}
