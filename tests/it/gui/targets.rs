//! Everything that can be pressed is large enough, on the screen, apart, and named.

use egui::{Key, Modifiers, Rect};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tideover::domain::words::Words;
use tideover::gui::theme::Theme;
use tideover::register::command::Command;
use tideover::register::view::{NoticeKind, Screen, View};

use super::keyboard::{press, press_with, type_line};
use super::shop::{self, Size, Window, money};
use super::till::SimulatedTill;

pub const SIZES: [[f32; 2]; 4] =
    [[1024.0, 768.0], [1280.0, 720.0], [1366.0, 768.0], [1920.0, 1080.0]];

/// Name and place in pixels of everything that can be pressed.
fn targets(window: &Window) -> Vec<(String, Rect)> {
    let zoom = window.ctx.zoom_factor();
    [egui::Role::Button, egui::Role::Row]
        .into_iter()
        .flat_map(|role| window.query_all_by_role(role))
        .filter(|node| !node.accesskit_node().is_disabled())
        .map(|node| {
            let rect = node.rect();
            let pixels = Rect::from_min_max(
                (rect.min.to_vec2() * zoom).to_pos2(),
                (rect.max.to_vec2() * zoom).to_pos2(),
            );
            (node.accesskit_node().label().unwrap_or_default(), pixels)
        })
        .collect()
}

pub fn check(window: &Window, what: &str, [width, height]: [f32; 2]) {
    let whole = Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(width, height)).expand(0.5);
    let all = targets(window);
    assert!(!all.is_empty() || what.contains("nothing"), "{what}: nothing to press");
    for (place, (name, rect)) in all.iter().enumerate() {
        assert!(!name.trim().is_empty(), "{what}: a target without a name at {rect:?}");
        assert!(whole.contains_rect(*rect), "{what}: {name} is off the screen at {rect:?}");
        assert!(rect.height() >= 43.9 && rect.width() >= 43.9, "{what}: {name} is {rect:?}");
        for (other, other_rect) in &all[place + 1..] {
            let both = rect.intersect(*other_rect);
            let apart = both.width() <= 0.5 || both.height() <= 0.5;
            assert!(apart, "{what}: {name} lies over {other}");
        }
    }
}

#[test]
fn every_target_is_large_enough_and_apart_at_every_size() {
    for pixels in SIZES {
        for (name, view) in shop::all() {
            let till = SimulatedTill::showing(view);
            let window = shop::open(&till, Size { pixels, theme: Theme::Light });
            check(&window, &format!("{name} at {pixels:?}"), pixels);
        }
    }
}

/// The cards, opened by their keys.
pub fn cards() -> Vec<(&'static str, View, Vec<Key>)> {
    let mut calm = shop::empty_sale();
    calm.status.outage = None;
    let mut asked = shop::tender();
    if let Screen::Tender(tender) = &mut asked.screen {
        tender.question = Some(money(505_002));
        tender.taken = vec![(Words::data("Check 1207"), money(1_500))];
        tender.due = money(3_177);
        tender.cash_due = money(3_175);
    }
    vec![
        (
            "refused",
            {
                let text = "4006381333931 is not in this store's price file";
                let remedy = "Set it aside and tell a lead; go on with the next item.";
                shop::noticed(shop::sell(), NoticeKind::Refused, text, remedy)
            },
            vec![],
        ),
        (
            "attention",
            {
                let text = "Prices are two days old";
                shop::noticed(shop::sell(), NoticeKind::Attention, text, "Go on selling; tell IT.")
            },
            vec![],
        ),
        ("help", shop::led(shop::sell()), vec![Key::F1]),
        ("declare", shop::led(calm.clone()), vec![Key::O]),
        ("end-outage", shop::led(shop::sell()), vec![Key::O]),
        ("drawer", shop::empty_sale(), vec![Key::F10]),
        ("count", shop::empty_sale(), vec![Key::F10, Key::Num7]),
        ("movement", shop::empty_sale(), vec![Key::F10, Key::Num1]),
        ("more", shop::waiting(), vec![Key::F11]),
        ("recall", shop::waiting(), vec![Key::F7]),
        ("receipt-number", shop::empty_sale(), vec![Key::F8]),
        ("open-price", shop::unsettled(), vec![Key::F12]),
        ("department", shop::waiting(), vec![Key::F11, Key::Num3]),
        ("price", shop::sell(), vec![Key::F4]),
        ("question", asked, vec![]),
        ("chosen", shop::sell(), vec![Key::ArrowUp, Key::ArrowUp]),
    ]
}

#[test]
fn every_card_keeps_to_the_same_rules() {
    let folder = std::env::var_os("TIDEOVER_PICTURES").map(std::path::PathBuf::from);
    for pixels in SIZES {
        for (name, view, keys) in cards() {
            let till = SimulatedTill::showing(view);
            let mut window = shop::open(&till, Size { pixels, theme: Theme::Light });
            for key in keys {
                match (name, key) {
                    ("declare", Key::O) => press_with(&mut window, Modifiers::CTRL, key),
                    (_, Key::O) => {
                        press_with(&mut window, Modifiers::CTRL.plus(Modifiers::SHIFT), key);
                    }
                    _ => press(&mut window, key),
                }
            }
            check(&window, &format!("{name} at {pixels:?}"), pixels);
            if name == "refused" && folder.is_some() {
                // One picture as it flashes, one as it stays.
                let image = window.render().expect("a picture");
                let path = folder.as_ref().map(|f| f.join(format!("card-flash-{}.png", pixels[0])));
                image.save(path.expect("a folder")).expect("written");
                till.pass_ms(1_000);
                window.run();
            }
            if let Some(folder) = &folder {
                let file = format!("card-{name}-{}x{}.png", pixels[0], pixels[1]);
                window.render().expect("a picture").save(folder.join(file)).expect("written");
            }
        }
    }
}

#[test]
fn a_finger_does_what_the_keyboard_does() {
    let (till, mut window) = shop::window(shop::sell());
    window.get_by_label("F12 Cash").click();
    window.run();
    till.show(shop::tender());
    till.pass_ms(1_000);
    window.run();
    window.get_by_label("$50.00 in cash").click();
    window.run();
    till.pass_ms(1_000);
    for label in ["4", "7", "00", "Enter"] {
        window.get_by_role_and_label(egui::Role::Button, label).click();
        window.run();
    }
    let cash = |minor| Command::TakeCash { amount: Some(money(minor)), confirmed: false };
    assert_eq!(till.sent(), vec![Command::BeginTender, cash(5_000), cash(4_700)]);
}

#[test]
fn a_touched_line_can_be_voided() {
    let (till, mut window) = shop::window(shop::sell());
    window.get_by_label_contains("Whole milk").click();
    window.run();
    window.get_by_label("F6 Void line").click();
    window.run();
    assert_eq!(till.sent(), vec![Command::VoidLine { place: 5 }]);
}

#[test]
fn a_long_sale_keeps_its_newest_line_on_show() {
    let mut long = shop::basket();
    for n in 0..60 {
        long.lines.push(shop::line(&format!("Item number {n}"), "1", "1.00", false));
    }
    let (_till, mut window) = shop::window(shop::view(Screen::Sell(long)));
    window.get_by_label_contains("Item number 59");
    assert!(window.query_by_label_contains("Item number 3 ").is_none());
    for _ in 0..40 {
        press(&mut window, Key::ArrowUp);
    }
    window.get_by_label_contains("Item number 21");
}

#[test]
fn the_help_card_speaks_spanish_with_all_its_letters() {
    // The harness stops at any letter that the fonts lack.
    let (till, mut window) = shop::window(shop::empty_sale());
    press(&mut window, Key::F1);
    window.get_by_label_contains("Nuestros sistemas no funcionan");
    let mut view = shop::empty_sale();
    view.status.person = Some(("¿Ñandú? ¡Áéíóúü! €£ “ok” – 5 × 2".to_owned(), "cashier"));
    till.show(view);
    window.run();
    press(&mut window, Key::Escape);
    type_line(&till, &mut window, "ñ");
}

#[test]
fn the_bar_tells_outage_prices_and_what_central_lacks_in_words() {
    let mut view = shop::sell();
    if let Some(pack) = &mut view.status.pack {
        pack.stale = true;
        pack.age_minutes = 3_000;
    }
    let (till, mut window) = shop::window(view);
    window.get_by_label("OUTAGE: since 14:05 · 1 h 12 min");
    window.get_by_label("Not yet at central: 38 records, $4,120.55");
    window.get_by_label("Prices 20261122-3: Stale: 2 days old");
    window.get_by_label("Central: No answer");
    window.get_by_label("15:17");
    till.pass_ms(60_000);
    window.run();
    window.get_by_label("15:18");
}
