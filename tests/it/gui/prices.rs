//! What a store should know of price files, at the window: on the bar, in a notice, on the page of
//! readiness, in both languages.

use tideover::domain::price_news::{PriceNews, PriceRefusal};
use tideover::domain::time::Timestamp;
use tideover::gui::language::Language;
use tideover::gui::theme::Theme;
use tideover::register::command::Command;
use tideover::register::page::PageName;
use tideover::register::register::{Answer, Register};
use tideover::register::view::View;
use tideover::register::worker::PacksTold;

use super::shop::{self, Size};
use super::targets;
use super::till::SimulatedTill;
use crate::register::{MANAGER, Shop, sign_in};

fn news() -> Vec<(&'static str, Vec<PriceNews>)> {
    let version = || "20261123-1".to_owned();
    let at = Timestamp::parse("2026-11-23T00:00:00.000-06:00").expect("a time");
    let held = PriceNews::Held { version: version(), jumped: 3_127, changed: 41_200 };
    let refused = |why| PriceNews::Refused { why };
    vec![
        ("held", vec![held, PriceNews::Frozen { hours: 61 }]),
        ("withdrawn", vec![PriceNews::Withdrawn { version: version() }]),
        ("refused", vec![refused(PriceRefusal::OtherKey)]),
        ("ready", vec![PriceNews::Ready { version: version(), at }]),
    ]
}

/// The counter, and the page of readiness.
fn views(register: &mut Register, news: Vec<PriceNews>) -> [(&'static str, View); 2] {
    register.packs_told(PacksTold { news, next: None });
    register.take_new_pack();
    let counter = register.view();
    assert_eq!(register.handle(Command::OpenPage(PageName::Readiness)), Answer::Done);
    let page = register.view();
    assert_eq!(register.handle(Command::LeavePage), Answer::Done);
    [("counter", counter), ("readiness", page)]
}

#[test]
fn what_waits_or_was_refused_is_drawn_in_both_languages() {
    let folder = std::env::var_os("TIDEOVER_PICTURES").map(std::path::PathBuf::from);
    let shop = Shop::new();
    let mut register = shop.start();
    assert_eq!(sign_in(&mut register, MANAGER), Answer::Done);
    let float = tideover::domain::money::Money::from_minor(15_000);
    assert_eq!(register.handle(Command::OpenShift { float }), Answer::Done);
    let mut drawn = Vec::new();
    for (what, news) in news() {
        for (place, view) in views(&mut register, news) {
            // The bar is the same everywhere; the longest words stand on the page.
            if place == "readiness" || what == "held" {
                drawn.push((format!("{what}-{place}"), view));
            }
        }
    }
    let pixels = [1024.0, 768.0];
    for (name, view) in drawn {
        for language in Language::ALL {
            let till = SimulatedTill::showing(view.clone());
            let size = Size { pixels, theme: Theme::Light };
            let mut window = shop::open_with(&till, size, move |o| o.language = language);
            let name = format!("prices-{name}-{}", language.word());
            targets::check(&window, &name, pixels);
            if let Some(folder) = &folder {
                let picture = window.render().expect("a picture");
                picture.save(folder.join(format!("{name}.png"))).expect("written");
            }
        }
    }
}
