//! Journals that were given up go to central, each branch of them, and one that can't be read or
//! sent keeps none of the others, nor the journal in use, from going.

use rusqlite::Connection;

use super::*;
use tideover::central::sqlite::FILE_NAME;
use tideover::journal::record::Line;

impl Chain {
    /// True where central holds the record, whatever it counts it as.
    #[expect(clippy::disallowed_methods, reason = "central's file as it lies there")]
    fn holds(&self, line: &str) -> bool {
        let db = Connection::open(self.dir.path().join("central").join(FILE_NAME)).expect("opened");
        let hash = Line::from_bytes(line.as_bytes().to_vec()).hash();
        let sql = "SELECT count(*) FROM record WHERE hash = ?1";
        db.query_row(sql, [&hash.0], |row| row.get::<_, i64>(0)).expect("asked") == 1
    }

    fn lacks(&self, lines: &[String]) -> usize {
        lines.iter().filter(|line| !self.holds(line)).count()
    }
}

fn newest_tape(data: &Path) -> Vec<String> {
    let settings = DataDir(data.to_owned()).settings().expect("settings");
    let reader = Reader::open(&DataDir(data.to_owned()).place(&settings)).expect("a reader");
    let current = reader.journals().expect("journals").remove(0);
    let lines = reader.lines(&current, Default::default(), 1_000, usize::MAX).expect("lines");
    lines.iter().map(|line| String::from_utf8(line.bytes().to_vec()).expect("text")).collect()
}

/// A register that was put back while central was away, sold on, and got its other branch back; the
/// lines of both.
fn forked(chain: &Chain, sold_after: u64) -> (PathBuf, Vec<String>, Vec<String>) {
    let data = chain.machine("till", 1);
    let till = DataDir(data.clone());
    sell(&till, 1, 4);
    let image = chain.dir.path().join("image");
    crate::ledger::store::copy_folder(&data, &image);
    sell(&till, 5, 3);
    let theirs = tape(&data);
    let file = chain.dir.path().join("theirs.lines");
    fs::write(&file, theirs.join("\n") + "\n").expect("kept");
    fs::remove_dir_all(&data).expect("gone");
    crate::ledger::store::copy_folder(&image, &data);
    sell(&till, 6, sold_after);
    let ours = tape(&data);
    let (code, words) = said(&data, &["--from", &text(&file), "--apply"]);
    assert_eq!(code, 1, "{words}");
    assert!(words.contains("Both branches are kept"), "{words}");
    (data, ours, theirs)
}

#[test]
fn both_branches_of_a_journal_go_to_central_and_what_is_sold_after_them_goes_as_well() {
    // The other branch is longer than the first one, as long, and shorter.
    for sold_after in [1, 3, 5] {
        let chain = Chain::new();
        let (data, ours, theirs) = forked(&chain, sold_after);
        let pushed = chain.push(&data);
        assert_eq!((&pushed["complete"], &pushed["pending"]), (&json!(true), &json!(0)));
        sell(&DataDir(data.clone()), 1, 2);
        let pushed = chain.push(&data);
        assert_eq!((&pushed["complete"], &pushed["pending"]), (&json!(true), &json!(0)));
        let now = newest_tape(&data);
        assert!(now.len() > 2 && epoch_of(&now[0]) != epoch_of(&ours[0]));
        let lacks = [&ours, &theirs, &now].map(|lines| chain.lacks(lines));
        assert_eq!(lacks, [0, 0, 0], "sold {sold_after} after the disk was put back");
        chain.central.stop();
    }
}

#[test]
fn a_given_up_journal_that_can_not_be_read_keeps_nothing_else_from_central() {
    let chain = Chain::new();
    let (data, ours, theirs) = forked(&chain, 1);
    let frozen = data.join("ledger/frozen");
    fs::write(frozen.join("note.txt"), "left by somebody").expect("written");
    fs::remove_file(frozen.join(epoch_of(&ours[0])).join("lines-1.jsonl")).expect("gone");
    // Whoever reads it gets an error, whatever rights he has.
    fs::create_dir(frozen.join(epoch_of(&ours[0])).join("lines-1.jsonl")).expect("made");
    sell(&DataDir(data.clone()), 1, 2);
    let pushed = chain.push(&data);
    let end = pushed["end"].as_str().expect("words");
    assert_eq!(pushed["complete"], false, "{pushed:#}");
    assert!(end.contains("lines-1.jsonl") && end.contains("tideover recover"), "{end}");
    assert!(!end.contains("nothing new can be recorded"), "{end}");
    assert_eq!((chain.lacks(&theirs), chain.lacks(&newest_tape(&data))), (0, 0));
    assert_eq!(chain.lacks(&ours[6..]), ours.len() - 6, "nobody else has these");
    let done = run(&["verify", "--data", &text(&data)]);
    assert!(!done.status.success() && errors(&done).contains("lines-1.jsonl"), "{}", errors(&done));
    chain.central.stop();
}

#[test]
fn a_line_that_is_two_lines_stops_its_own_journal_there_and_no_other() {
    let chain = Chain::new();
    let (data, ours, theirs) = forked(&chain, 5);
    let path = data.join("ledger/frozen").join(epoch_of(&ours[0])).join("lines-1.jsonl");
    let text = fs::read_to_string(&path).expect("lines");
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let (before, after) = text.split_at(ends[3]);
    fs::write(&path, format!("{before} {}", &after[1..])).expect("written");
    sell(&DataDir(data.clone()), 1, 2);
    let pushed = chain.push(&data);
    let end = pushed["end"].as_str().expect("words");
    assert!(pushed["complete"] == false && end.contains("record 4 of"), "{pushed:#}");
    assert_eq!(chain.lacks(&ours[..3]), 0, "what lies before it is there");
    assert_eq!((chain.lacks(&theirs), chain.lacks(&newest_tape(&data))), (0, 0));
    chain.central.stop();
}
