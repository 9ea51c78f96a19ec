//! What a start says on its screen of records that are lost, and of those that came back.

use egui_kittest::kittest::Queryable as _;
use tideover::domain::ids::{RegisterNo, Seq};
use tideover::domain::words::Words;
use tideover::gui::language::Language;
use tideover::gui::theme::Theme;
use tideover::ledger::gather::{Bringer, Gathered};
use tideover::ledger::regain::{Desk, bring_back};
use tideover::register::view::{Restart, Screen, View};

use super::shop::{self, Size, Window};
use super::till::SimulatedTill;
use crate::ledger::store::{Register, WHO};

const SMALL: Size = Size { pixels: [1024.0, 768.0], theme: Theme::Light };

fn picture(window: &mut Window, name: &str) {
    if let Some(folder) = std::env::var_os("TIDEOVER_PICTURES") {
        let image = window.render().expect("a picture");
        image.save(std::path::Path::new(&folder).join(format!("{name}.png"))).expect("written");
    }
}

/// The screen of a start that found this.
fn shown(findings: Vec<Words>, language: Language, name: &str) -> Window {
    let Screen::Restart(restart) = shop::restart().screen else { unreachable!("a restart") };
    let screen = Screen::Restart(Restart { findings, ..restart });
    let till = SimulatedTill::showing(View { screen, ..shop::restart() });
    let mut window = shop::open_with(&till, SMALL, move |options| options.language = language);
    picture(&mut window, name);
    window
}

/// A register whose disk with database and tape died after eight sales; the anchor lay elsewhere.
fn dead() -> (Register, Vec<Vec<u8>>) {
    let register = Register::new();
    let (mut ledger, _) = register.open();
    register.sell(&mut ledger, 8);
    let line = |seq| ledger.line_at(Seq(seq)).expect("read").expect("a record").bytes().to_vec();
    let lines = (0..ledger.chain().next_seq.0).map(line).collect();
    drop(ledger);
    std::fs::remove_dir_all(&register.place.dir).expect("gone");
    std::fs::remove_dir_all(&register.place.tape_dir).expect("gone");
    (register, lines)
}

fn found(register: &Register) -> Vec<Words> {
    let (ledger, opening) = register.open();
    drop(ledger);
    opening.findings.iter().map(|finding| finding.text()).collect()
}

#[test]
fn the_screen_of_lost_records_names_the_command_that_brings_them_back() {
    let (register, _) = dead();
    let said = found(&register);
    let window = shown(said.clone(), Language::English, "restart-records-lost");
    window.get_by_label_contains("Ledger and second copy are gone, with all of their 10 records.");
    window.get_by_label_contains("what others have of them with 'tideover recover'");
    window.get_by_label_contains("I have read this");
    let window = shown(said, Language::Spanish, "restart-records-lost-spanish");
    window.get_by_label_contains("lo que otros tengan con 'tideover recover'");
}

#[test]
fn the_screen_after_records_came_back_says_how_many_and_that_they_count() {
    let (register, lines) = dead();
    let mut gathered = Gathered::of(WHO);
    for line in &lines {
        gathered.take(&Bringer::Peer(RegisterNo(2)), line).expect("room");
    }
    let (place, good) = (&register.place, &|_: &_, _| None);
    bring_back(&Desk { place, identity: WHO, gathered: &gathered, good }, &|_| ()).expect("back");
    let window = shown(found(&register), Language::English, "restart-records-back");
    let came = format!("IT brought {} records of this register back", lines.len());
    window.get_by_label_contains(&came);
    window.get_by_label_contains("They count again");
}
