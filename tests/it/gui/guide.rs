//! The first start's guide in its window, by keys alone.

use std::sync::{Arc, Mutex};

use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, SnapshotOptions};
use tideover::domain::words::Words;
use tideover::gui::guide::{Guide, PackFace, Wish};
use tideover::gui::guide_window::GuideWindow;
use tideover::gui::language::Language;

use super::keyboard::key_events;
use super::renderer::Pixels;

type Window = Harness<'static, GuideWindow>;

fn open(language: Language) -> (Arc<Mutex<Option<Wish>>>, Window) {
    let wish = Arc::new(Mutex::new(None));
    let told = Arc::clone(&wish);
    let mut window = Harness::builder()
        .with_size([1280.0, 720.0])
        .with_max_steps(8)
        .renderer(Pixels::default())
        .build_eframe(move |cc| {
            let look = Box::new(|path: &str| match path {
                "/usb/store.pack" => Ok(PackFace {
                    store: 1042,
                    name: "Tideover Market".to_owned(),
                    key: "3f2a 99c1 07be 5512".to_owned(),
                }),
                _ => Err(Words::data(format!("{path} can't be read"))),
            });
            GuideWindow::new(&cc.egui_ctx, Guide::new(look, None), language, told)
        });
    window.run();
    (wish, window)
}

fn type_line(window: &mut Window, text: &str) {
    let mut events: Vec<Event> = text.chars().map(|c| Event::Text(c.to_string())).collect();
    events.extend(key_events(Key::Enter, Modifiers::NONE));
    window.input_mut().events.extend(events);
    window.run();
}

fn choose(window: &mut Window, digit: &str) {
    window.input_mut().events.push(Event::Text(digit.to_owned()));
    window.run();
}

fn compare(window: &mut Window, name: &str) {
    let options = SnapshotOptions::new()
        .threshold(0.8)
        .max_failed_pixels(200)
        .output_path("tests/it/gui/snapshots");
    window.snapshot_options(name, &options);
}

#[test]
fn a_register_is_set_up_by_keys_alone() {
    let (wish, mut window) = open(Language::English);
    choose(&mut window, "2");
    choose(&mut window, "2");
    type_line(&mut window, "/usb/nothing.pack");
    window.get_by_label_contains("/usb/nothing.pack can't be read");
    type_line(&mut window, "/usb/store.pack");
    window.get_by_label_contains("3f2a 99c1 07be 5512");
    compare(&mut window, "guide-confirm");
    choose(&mut window, "1");
    type_line(&mut window, "7");
    let pack = "/usb/store.pack".to_owned();
    assert_eq!(wish.lock().expect("wish").take(), Some(Wish::Offline { pack, register: 7 }));
}

#[test]
fn the_demo_is_one_press_away_in_spanish_too() {
    let (wish, mut window) = open(Language::Spanish);
    compare(&mut window, "guide-es");
    window.get_by_label("Probar la tienda de muestra").click();
    window.run();
    assert_eq!(wish.lock().expect("wish").take(), Some(Wish::Demo));
}
