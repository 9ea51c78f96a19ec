//! Exported files that are brought to central.

use super::*;

#[test]
fn an_exported_file_with_changed_lines_gives_up_only_those() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(folder.path());
    let mut register = TestRegister::new(7);
    register.sell(20, 1);
    let mut lines: Vec<Vec<u8>> = register.lines.iter().map(|line| line.bytes().to_vec()).collect();
    let place = lines[10].len() - 20;
    lines[10][place] ^= 1;
    let file = lines.join(&b'\n');
    let door = central.door();
    let done = door.answer(&post("/v1/records", file));
    let said: RecordsAnswer = Sealed::split(&done.body).expect("sealed").claim().expect("read");
    assert_eq!(said.runs[0].cursor.next_seq, 10);
    assert_eq!(said.refused_count, 1, "{:?}", said.refused);
    assert!(said.refused[0].starts_with("line 11"), "{:?}", said.refused);
    assert_eq!(said.runs.last().expect("a run").outcome, Outcome::Parked);
    // The right line comes later: the parked rest is joined.
    door.answer(&post("/v1/records", register.file()));
    assert_all_once(&central, &[&register]);
}

#[test]
fn an_exported_file_is_imported_in_pieces_and_again_without_harm() {
    let folder = tempfile::tempdir().expect("a folder");
    let central = central_at(&folder.path().join("central"));
    let mut register = TestRegister::new(7);
    register.sell(600, 12);
    let file = folder.path().join("register-7.jsonl");
    std::fs::write(&file, register.file()).expect("written");
    let key = central.door().public_key();
    let mut http = HttpTransport::new(&central.url(), None, false).expect("a line");
    let mut pieces = 0;
    let mut import = |pieces: &mut u32| {
        let mut progress = |_, _| *pieces += 1;
        let reader = Reader::of(env!("CARGO_BIN_EXE_tideover"));
        tideover::cli::import::run(&reader, &file, Some(&key), &mut http, &mut progress)
            .expect("imported")
    };
    let first = import(&mut pieces);
    assert!(pieces > 1, "the file is larger than one request");
    assert_eq!((first.lines, first.created, first.refused_count), (602, 602, 0), "{first}");
    let second = import(&mut pieces);
    assert_eq!((second.created, second.existing), (0, 602), "{second}");
    assert_all_once(&central, &[&register]);
}
