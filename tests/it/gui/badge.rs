//! A badge at the window: it says who somebody is where that is asked, and shows nowhere.

use egui::Key;
use egui_kittest::kittest::Queryable as _;
use tideover::domain::badge::Badge;
use tideover::register::command::{Command, Pin};
use tideover::register::page::PageInput;
use tideover::register::view::PageAsks;

use super::keyboard::{in_one_frame, line_events, notice, press, type_line, type_partly};
use super::pages;
use super::shop::{self, window};

const BADGE: &str = "TDB1:51:9F3C0011AA22BB33CC44DD55EE66FF77";
const SECRET: &str = "9F3C0011";

/// Writes what is on show where `TIDEOVER_PICTURES` says.
fn picture(window: &mut shop::Window, name: &str) {
    if let Some(folder) = std::env::var_os("TIDEOVER_PICTURES") {
        let image = window.render().expect("a picture");
        image.save(std::path::Path::new(&folder).join(format!("{name}.png"))).expect("written");
    }
}

fn badge() -> Badge {
    Badge::parse(BADGE).expect("a badge")
}

fn pin() -> Pin {
    Pin::new("958316").with(Some(badge()))
}

#[test]
fn a_badge_and_a_pin_sign_in_and_nothing_of_the_badge_is_seen() {
    let (till, mut window) = window(shop::sign_in_with_badges());
    window.get_by_label_contains("Your badge or number");
    picture(&mut window, "badge-sign-in");
    in_one_frame(&mut window, line_events(BADGE));
    window.get_by_label_contains("Badge of 51. Now the PIN");
    assert!(window.query_by_label_contains(SECRET).is_none());
    picture(&mut window, "badge-sign-in-read");
    type_line(&till, &mut window, "958316");
    assert_eq!(till.sent(), vec![Command::SignIn { person: "51".to_owned(), pin: pin() }]);
}

#[test]
fn help_on_the_sign_in_screen_gives_way_to_a_badge() {
    let (till, mut window) = window(shop::sign_in_with_badges());
    press(&mut window, Key::F1);
    in_one_frame(&mut window, line_events(BADGE));
    type_line(&till, &mut window, "958316");
    assert_eq!(till.sent(), vec![Command::SignIn { person: "51".to_owned(), pin: pin() }]);
}

#[test]
fn a_badge_after_a_wrong_number_and_a_number_after_a_badge_each_mean_the_last_one() {
    let (till, mut window) = window(shop::sign_in_with_badges());
    type_line(&till, &mut window, "31");
    in_one_frame(&mut window, line_events(BADGE));
    window.get_by_label_contains("Badge of 51. Now the PIN");
    press(&mut window, Key::Escape);
    type_line(&till, &mut window, "31");
    type_line(&till, &mut window, "480273");
    let pin = Pin::new("480273");
    assert_eq!(till.sent(), vec![Command::SignIn { person: "31".to_owned(), pin }]);
}

#[test]
fn somebody_else_signs_with_badge_and_pin() {
    let (till, mut window) = window(shop::approval_with_badges());
    picture(&mut window, "badge-approval");
    in_one_frame(&mut window, line_events(BADGE));
    window.get_by_label_contains("The badge of 51 was read");
    picture(&mut window, "badge-approval-read");
    type_line(&till, &mut window, "958316");
    assert_eq!(till.sent(), vec![Command::Approve { person: "51".to_owned(), pin: pin() }]);
}

#[test]
fn a_badge_where_nobody_is_asked_is_refused_and_neither_shown_nor_sent() {
    let screens = [
        ("sale", shop::sell()),
        ("payment", shop::tender()),
        ("change", shop::done()),
        ("which item", shop::which()),
        ("receipt", shop::receipt()),
    ];
    for (name, view) in screens {
        let (till, mut window) = window(view);
        // The scan as it comes in, and what ends it.
        let half = BADGE[..24].chars().map(|c| egui::Event::Text(c.to_string()));
        in_one_frame(&mut window, half.collect());
        assert!(window.query_by_label_contains("9F3C").is_none(), "{name}");
        picture(&mut window, &format!("badge-coming-in-{name}"));
        in_one_frame(&mut window, line_events(&BADGE[24..]));
        assert_eq!(notice(&window), "That is a badge: it was not kept", "{name}");
        assert!(window.query_by_label_contains("9F3C").is_none(), "{name}");
        assert_eq!(till.sent(), vec![], "{name}");
    }
}

#[test]
fn a_key_behind_a_badge_pays_nothing_and_names_nothing() {
    let (till, mut window) = window(shop::sell());
    type_partly(&till, &mut window, &BADGE[..30]);
    press(&mut window, Key::F12);
    assert_eq!(notice(&window), "That is a badge: it was not kept");
    assert!(window.query_by_label_contains("9F3C").is_none());
    press(&mut window, Key::F2);
    in_one_frame(&mut window, line_events(BADGE));
    assert_eq!(notice(&window), "That is a badge: it was not kept");
    assert_eq!(till.sent(), vec![]);
}

#[test]
fn a_torn_badge_is_scanned_again() {
    let (till, mut window) = window(shop::sign_in_with_badges());
    in_one_frame(&mut window, line_events(&BADGE[..30]));
    assert_eq!(notice(&window), "The badge was not read whole");
    in_one_frame(&mut window, line_events(BADGE));
    type_line(&till, &mut window, "958316");
    assert_eq!(till.sent().len(), 1);
}

#[test]
fn a_page_is_told_of_a_badge_and_decides_itself() {
    let (till, mut window) = window(pages::page(pages::list(Some(PageAsks::Pin))));
    in_one_frame(&mut window, line_events(BADGE));
    assert_eq!(till.sent(), vec![Command::Page(PageInput::Badge(badge()))]);
    assert!(window.query_by_label_contains(SECRET).is_none());
}
