//! The pages about goods as a register of the sample store shows them, worked by its own commands.
//!
//! `TIDEOVER_PICTURES=<folder>` writes them there in both languages' sizes, to be looked at.

use egui_kittest::kittest::Queryable as _;
use tideover::gui::theme::Theme;
use tideover::register::check_input::Keyed;
use tideover::register::command::Command;
use tideover::register::page::{PageInput, PageName};
use tideover::register::register::{Answer, Register};
use tideover::register::view::View;

use super::shop::{self, Size};
use super::till::SimulatedTill;
use crate::register::{LEAD, Shop, WATER};

fn answer(register: &mut Register, text: &str) {
    let command = Command::Page(PageInput::Answer { text: Keyed::new(text), scanned: false });
    assert_eq!(register.handle(command), Answer::Done, "{text}");
}

fn press(register: &mut Register, input: PageInput) {
    assert_eq!(register.handle(Command::Page(input)), Answer::Done);
}

fn open(register: &mut Register, name: PageName) {
    assert_eq!(register.handle(Command::OpenPage(name)), Answer::Done);
}

/// Each page with a name for its picture and words that must stand on it.
fn pages() -> Vec<(&'static str, View, &'static str)> {
    let shop = Shop::new();
    let mut register = shop.open(LEAD);
    let mut all = Vec::new();
    let mut keep = |name, register: &Register, words| all.push((name, register.view(), words));
    shop.clock.advance_ms(3 * 3_600_000);
    open(&mut register, PageName::Stock);
    answer(&mut register, WATER);
    keep("goods-stock", &register, "By the price file");
    press(&mut register, PageInput::Action(0));
    keep("goods-why", &register, "Past its date");
    press(&mut register, PageInput::Row(0));
    answer(&mut register, "2");
    answer(&mut register, "wet pallet");
    press(&mut register, PageInput::Action(1));
    keep("goods-recent", &register, "Damaged or spoiled");
    open(&mut register, PageName::Count);
    answer(&mut register, "Aisle 4");
    answer(&mut register, &format!("31*{WATER}"));
    answer(&mut register, "8*401101110214");
    keep("goods-count", &register, "Second counter…");
    press(&mut register, PageInput::Action(1));
    keep("goods-again", &register, "These differ");
    open(&mut register, PageName::Transfer);
    press(&mut register, PageInput::Choice(0));
    answer(&mut register, "1043");
    answer(&mut register, &format!("12*{WATER}"));
    keep("goods-transfer", &register, "To another store");
    open(&mut register, PageName::Deliveries);
    keep("goods-deliveries", &register, "ASN-20417");
    answer(&mut register, "106141412345678908");
    answer(&mut register, &format!("6*{WATER}"));
    answer(&mut register, "4*401103700703");
    answer(&mut register, "4006381333931");
    keep("goods-receive", &register, "as listed");
    press(&mut register, PageInput::Row(0));
    keep("goods-line", &register, "How many of them are damaged");
    open(&mut register, PageName::Pickup);
    keep("pickup-list", &register, "W-20417");
    answer(&mut register, "customer");
    keep("pickup-which", &register, "Customer Two");
    press(&mut register, PageInput::Row(0));
    press(&mut register, PageInput::Action(0));
    answer(&mut register, "731904");
    press(&mut register, PageInput::Action(1));
    keep("pickup-order", &register, "Cooler 2");
    press(&mut register, PageInput::Action(4));
    keep("pickup-refund", &register, "It is not ready");
    all
}

#[test]
fn pages_about_goods_are_drawn_with_what_belongs_on_them() {
    let folder = std::env::var_os("TIDEOVER_PICTURES").map(std::path::PathBuf::from);
    for (name, view, words) in pages() {
        for pixels in [[1024.0, 768.0], [1366.0, 768.0]] {
            let till = SimulatedTill::showing(view.clone());
            let mut window = shop::open(&till, Size { pixels, theme: Theme::Light });
            till.pass_ms(5_000);
            window.run();
            assert!(window.query_all_by_label_contains(words).next().is_some(), "{name}: {words}");
            if let Some(folder) = &folder {
                let image = window.render().expect("a picture");
                let file = format!("{name}-{}x{}.png", pixels[0], pixels[1]);
                image.save(folder.join(file)).expect("written");
            }
        }
    }
}
