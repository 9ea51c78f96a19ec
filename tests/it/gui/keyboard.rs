//! What the keyboard and the scanner do to a register: no scan is lost, none is cut, and no Enter
//! presses a button.

use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use tideover::domain::outage::System;
use tideover::register::command::{Command, Pin};
use tideover::register::printing::Reprinted;
use tideover::register::view::{Notice, NoticeKind, Screen, View};

use super::shop::{self, Window, money, window};

/// The events of one key, pressed and let go.
pub fn key_events(key: Key, modifiers: Modifiers) -> Vec<Event> {
    [true, false]
        .map(|pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers })
        .into()
}

/// The events of a text and the Enter after it, as the window gets them.
pub fn line_events(text: &str) -> Vec<Event> {
    let mut events: Vec<Event> = text.chars().map(|c| Event::Text(c.to_string())).collect();
    events.extend(key_events(Key::Enter, Modifiers::NONE));
    events
}

/// Puts all events into one frame.
pub fn in_one_frame(window: &mut Window, events: Vec<Event>) {
    window.input_mut().events.extend(events);
    window.run();
}

pub fn press_with(window: &mut Window, held: Modifiers, key: Key) {
    in_one_frame(window, key_events(key, held));
}

pub fn press(window: &mut Window, key: Key) {
    let mut events = key_events(key, Modifiers::NONE);
    // A digit also brings its character, as a keyboard does.
    if matches!(key.name().as_bytes(), [b'0'..=b'9']) {
        events.push(Event::Text(key.name().to_owned()));
    }
    in_one_frame(window, events);
}

/// Types as people do: a frame and 90 ms a key.
pub fn type_line(till: &super::till::SimulatedTill, window: &mut Window, text: &str) {
    for c in text.chars() {
        in_one_frame(window, vec![Event::Text(c.to_string())]);
        till.pass_ms(90);
    }
    press(window, Key::Enter);
}

pub fn scan(code: &str) -> Command {
    Command::Scan { code: code.to_owned() }
}

pub fn notice(window: &Window) -> String {
    window.state().desk().notice.as_ref().map(|notice| notice.text.to_string()).unwrap_or_default()
}

fn codes(count: u64) -> Vec<String> {
    (0..count).map(|n| format!("{:013}", 4_006_381_000_000 + n * 331)).collect()
}

#[test]
fn two_scans_in_one_frame_are_two_scans() {
    let (till, mut window) = window(shop::sell());
    let mut events = line_events("4006381333931");
    events.extend(line_events("0000000000000"));
    in_one_frame(&mut window, events);
    assert_eq!(till.sent(), vec![scan("4006381333931"), scan("0000000000000")]);
}

#[test]
fn of_two_hundred_scans_none_is_lost_and_none_is_cut_however_they_fall_into_frames() {
    let codes = codes(200);
    let events: Vec<Event> = codes.iter().flat_map(|code| line_events(code)).collect();
    // 1 is a fast frame; 300 is what a frame of 300 ms brings at a key a millisecond.
    for per_frame in [1, 7, 45, 300, events.len()] {
        let (till, mut window) = window(shop::sell());
        for part in events.chunks(per_frame) {
            window.input_mut().events.extend(part.iter().cloned());
            window.step();
            till.pass_ms(u64::try_from(per_frame).expect("small"));
        }
        window.run();
        let expected: Vec<Command> = codes.iter().map(|code| scan(code)).collect();
        assert_eq!(till.sent(), expected, "{per_frame} events a frame");
    }
}

#[test]
fn scans_wait_in_order_while_the_till_is_busy() {
    let (till, mut window) = window(shop::sell());
    till.set_room(3);
    let codes = codes(50);
    let events = codes.iter().flat_map(|code| line_events(code)).collect();
    in_one_frame(&mut window, events);
    let mut arrived = till.sent();
    assert_eq!(arrived.len(), 3);
    till.set_room(u64::MAX);
    window.step();
    arrived.extend(till.sent());
    assert_eq!(arrived, codes.iter().map(|code| scan(code)).collect::<Vec<_>>());
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let (till, mut window) = window(shop::sell());
    till.set_room(0);
    let events = codes(1_300).iter().flat_map(|code| line_events(code)).collect();
    in_one_frame(&mut window, events);
    assert_eq!(notice(&window), "The register is busy, so that was not taken");
}

#[test]
fn a_typed_code_is_an_entry_and_a_quantity_stays_with_it() {
    let (till, mut window) = window(shop::sell());
    type_line(&till, &mut window, "3*4011");
    type_line(&till, &mut window, "0.65*4011");
    assert_eq!(
        till.sent(),
        vec![
            Command::Enter { text: "3*4011".to_owned() },
            Command::Enter { text: "0.65*4011".to_owned() }
        ]
    );
}

#[test]
fn an_erased_character_is_gone_and_escape_clears_without_voiding() {
    let (till, mut window) = window(shop::sell());
    in_one_frame(&mut window, vec![Event::Text("4".into()), Event::Text("5".into())]);
    press(&mut window, Key::Backspace);
    window.get_by_label("Scan or type a code: 4");
    press(&mut window, Key::Escape);
    press(&mut window, Key::Escape);
    press(&mut window, Key::Enter);
    assert_eq!(till.sent(), vec![]);
}

#[test]
fn enter_space_and_tab_never_press_a_focused_button() {
    let (till, mut window) = window(shop::sell());
    for label in ["F11 More…", "F12 Cash", "F5 Take back"] {
        window.get_by_label(label).focus();
        window.run();
        for key in [Key::Enter, Key::Space, Key::Tab] {
            press(&mut window, key);
        }
    }
    in_one_frame(&mut window, line_events("4006381333931"));
    assert_eq!(till.sent(), vec![scan("4006381333931")]);
}

#[test]
fn during_payment_a_scan_is_refused_and_never_becomes_an_amount() {
    let (till, mut window) = window(shop::tender());
    in_one_frame(&mut window, line_events("4006381333931"));
    assert_eq!(till.sent(), vec![]);
    assert_eq!(notice(&window), "Payment has begun, so no item was added");
    // A short code could be an amount by its length alone.
    in_one_frame(&mut window, line_events("96385074"));
    // After something that was typed, too.
    type_partly(&till, &mut window, "20");
    in_one_frame(&mut window, line_events("96385074"));
    // And without the Enter, when the cash key is pressed after it.
    in_one_frame(&mut window, "96385074".chars().map(|c| Event::Text(c.into())).collect());
    till.pass_ms(400);
    press(&mut window, Key::F12);
    assert_eq!(till.sent(), vec![]);
}

pub fn type_partly(till: &super::till::SimulatedTill, window: &mut Window, text: &str) {
    for c in text.chars() {
        in_one_frame(window, vec![Event::Text(c.to_string())]);
        till.pass_ms(90);
    }
    // A digit that chooses waits a moment for what may follow it.
    in_one_frame(window, vec![]);
}

#[test]
fn a_pin_is_typed_and_a_burst_in_its_place_is_refused() {
    let (till, mut window) = window(shop::sign_in());
    type_line(&till, &mut window, "31");
    in_one_frame(&mut window, line_events("4006381333931"));
    assert_eq!(till.sent(), vec![]);
    assert_eq!(notice(&window), "A PIN is keyed, not scanned");
    type_line(&till, &mut window, "274951");
    let pin = Pin::new("274951");
    assert_eq!(till.sent(), vec![Command::SignIn { person: "31".to_owned(), pin }]);
}

#[test]
fn a_pin_is_never_shown() {
    let (till, mut window) = window(shop::sign_in());
    type_line(&till, &mut window, "31");
    type_partly(&till, &mut window, "2749");
    window.get_by_label("PIN: hidden");
    assert!(window.query_by_label_contains("2749").is_none());
}

#[test]
fn the_cash_key_twice_is_exact_but_not_when_it_repeats_or_bounces() {
    let (till, mut window) = window(shop::sell());
    press(&mut window, Key::F12);
    assert_eq!(till.sent(), vec![Command::BeginTender]);
    till.show(shop::tender());
    till.pass_ms(100);
    press(&mut window, Key::F12);
    assert_eq!(till.sent(), vec![], "a second press within 250 ms is the same press");
    till.pass_ms(300);
    let held = |pressed| Event::Key {
        key: Key::F12,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    in_one_frame(&mut window, vec![held(true)]);
    for _ in 0..5 {
        till.pass_ms(300);
        in_one_frame(&mut window, vec![held(true)]);
    }
    in_one_frame(&mut window, vec![held(false)]);
    assert_eq!(till.sent(), vec![Command::TakeCash { amount: None, confirmed: false }]);
}

#[test]
fn a_keyed_amount_is_taken_with_enter_or_with_the_cash_key() {
    let (till, mut window) = window(shop::tender());
    type_line(&till, &mut window, "5000");
    till.pass_ms(1_000);
    type_partly(&till, &mut window, "60.");
    press(&mut window, Key::F12);
    let cash = |minor| Command::TakeCash { amount: Some(money(minor)), confirmed: false };
    assert_eq!(till.sent(), vec![cash(5_000), cash(6_000)]);
}

#[test]
fn a_doubtful_amount_is_taken_only_after_a_second_press() {
    let mut asked = shop::tender();
    if let Screen::Tender(tender) = &mut asked.screen {
        tender.question = Some(money(505_002));
    }
    let (till, mut window) = window(asked);
    window.get_by_label("$5,050.02 handed over?");
    press(&mut window, Key::Enter);
    let yes = Command::TakeCash { amount: Some(money(505_002)), confirmed: true };
    assert_eq!(till.sent(), vec![yes]);
}

#[test]
fn clear_only_clears() {
    let (till, mut window) = window(shop::tender());
    type_partly(&till, &mut window, "50");
    for _ in 0..2 {
        window.get_by_label("Clear").click();
        window.run();
    }
    press(&mut window, Key::Escape);
    assert_eq!(till.sent(), vec![Command::LeaveTender], "only Esc leaves payment");
}

#[test]
fn enter_alone_pays_nothing() {
    let (till, mut window) = window(shop::tender());
    press(&mut window, Key::Enter);
    assert_eq!(till.sent(), vec![]);
}

#[test]
fn digits_keyed_ahead_of_the_payment_screen_are_its_amount() {
    let (till, mut window) = window(shop::sell());
    press(&mut window, Key::F12);
    type_partly(&till, &mut window, "50");
    till.show(shop::tender());
    till.pass_ms(300);
    type_line(&till, &mut window, "00");
    let cash = Command::TakeCash { amount: Some(money(5_000)), confirmed: false };
    assert_eq!(till.sent(), vec![Command::BeginTender, cash]);
}

#[test]
fn a_code_that_was_not_entered_keeps_payment_from_beginning() {
    let (till, mut window) = window(shop::sell());
    type_partly(&till, &mut window, "4011");
    press(&mut window, Key::F12);
    assert_eq!(till.sent(), vec![]);
    assert_eq!(notice(&window), "4011 is not added yet");
}

#[test]
fn lines_are_taken_back_newest_first_or_as_chosen() {
    let (till, mut window) = window(shop::sell());
    press(&mut window, Key::F5);
    press(&mut window, Key::F6);
    assert_eq!(notice(&window), "No line is chosen");
    for key in [Key::ArrowUp, Key::ArrowUp, Key::ArrowUp, Key::F6] {
        press(&mut window, key);
    }
    assert_eq!(till.sent(), vec![Command::VoidLine { place: 6 }, Command::VoidLine { place: 4 }]);
}

/// The rows of a sale that the window drew.
fn rows_drawn(window: &Window) -> usize {
    window.query_all_by(|node| node.label().is_some_and(|label| label.contains("Row "))).count()
}

#[test]
fn a_sale_of_five_thousand_lines_scrolls_and_draws_what_fits() {
    let of = |lines: usize| {
        let mut view = shop::sell();
        let Screen::Sell(sell) = &mut view.screen else { panic!("a sale") };
        let line = |at| shop::line(&format!("Row {at}"), "1", "1.00", false);
        sell.lines = (1..=lines).map(line).collect();
        view
    };
    let (_, short) = window(of(100));
    let (till, mut long) = window(of(5_000));
    assert!(rows_drawn(&short) > 4, "{}", rows_drawn(&short));
    assert_eq!(rows_drawn(&long), rows_drawn(&short), "no more than fit is drawn");
    // To the first line by pages, and a line down: it can be taken out like any other.
    for _ in 0..5_000_usize.div_ceil(8) {
        press(&mut long, Key::PageUp);
    }
    press(&mut long, Key::ArrowDown);
    assert!(rows_drawn(&long) <= rows_drawn(&short) + 1, "at the top neither");
    press(&mut long, Key::F6);
    assert_eq!(till.sent(), vec![Command::VoidLine { place: 1 }]);
}

#[test]
fn giving_a_sale_up_takes_two_different_keys() {
    let (till, mut window) = window(shop::sell());
    in_one_frame(&mut window, key_events(Key::F6, Modifiers::SHIFT));
    in_one_frame(&mut window, key_events(Key::F6, Modifiers::SHIFT));
    in_one_frame(&mut window, line_events("4006381333931"));
    assert_eq!(till.sent(), vec![], "a scan answers no question");
    press(&mut window, Key::Delete);
    assert_eq!(till.sent(), vec![Command::AbandonSale]);
}

#[test]
fn a_code_that_was_half_there_when_the_screen_changed_is_read_whole() {
    // The scanner is faster than the disk: the sale is paid between two digits of the next item.
    for (before, after) in [
        (shop::done(), shop::empty_sale()),
        (shop::tender(), shop::done()),
        (shop::approval(), shop::done()),
    ] {
        for cut in 1..13 {
            let (till, mut window) = window(before.clone());
            let (head, tail) = "4006381333931".split_at(cut);
            till.pass_ms(16);
            window.input_mut().events.extend(head.chars().map(|c| Event::Text(c.to_string())));
            window.step();
            till.show(after.clone());
            till.pass_ms(16);
            in_one_frame(&mut window, line_events(tail));
            assert_eq!(till.sent(), vec![scan("4006381333931")], "after {cut} digits");
        }
    }
}

#[test]
fn what_a_person_keyed_on_the_screen_before_is_not_meant_for_the_next() {
    let (till, mut window) = window(shop::tender());
    type_partly(&till, &mut window, "20");
    till.pass_ms(1_000);
    till.show(shop::done());
    window.run();
    in_one_frame(&mut window, line_events("4006381333931"));
    assert_eq!(till.sent(), vec![scan("4006381333931")]);
}

#[test]
fn the_next_scan_ends_the_change() {
    let (till, mut window) = window(shop::done());
    in_one_frame(&mut window, line_events("4006381333931"));
    press(&mut window, Key::Enter);
    assert_eq!(till.sent(), vec![scan("4006381333931"), Command::NextCustomer]);
}

#[test]
fn where_nothing_is_sold_a_scan_is_refused_in_words() {
    for view in [shop::stopped(), shop::restart(), shop::shift_closed()] {
        let (till, mut window) = window(view);
        in_one_frame(&mut window, line_events("4006381333931"));
        assert_eq!(till.sent(), vec![]);
        assert_eq!(notice(&window), "Nothing can be added here, so the scan was not taken");
    }
}

#[test]
fn a_scan_on_the_help_card_goes_back_to_the_sale_and_adds_the_item() {
    let (till, mut window) = window(shop::sell());
    press(&mut window, Key::F1);
    window.get_by_label("What to tell customers");
    in_one_frame(&mut window, line_events("4006381333931"));
    assert_eq!(till.sent(), vec![scan("4006381333931")]);
    assert!(window.query_by_label("What to tell customers").is_none());
}

#[test]
fn a_shift_is_opened_with_its_float_and_closed_blind() {
    let (till, mut window) = window(shop::view(Screen::OpenShift));
    type_line(&till, &mut window, "15000");
    till.show(shop::empty_sale());
    window.run();
    press(&mut window, Key::F10);
    type_partly(&till, &mut window, "7");
    type_line(&till, &mut window, "980.10");
    type_line(&till, &mut window, "0");
    assert_eq!(
        till.sent(),
        vec![
            Command::OpenShift { float: money(15_000) },
            Command::close_shift(money(98_010), money(0))
        ]
    );
}

#[test]
fn a_lead_declares_an_outage_and_ends_it_and_a_cashier_does_not() {
    let mut calm = shop::empty_sale();
    calm.status.outage = None;
    let (till, mut window) = window(calm.clone());
    press(&mut window, Key::F1);
    press_with(&mut window, Modifiers::CTRL, Key::O);
    assert_eq!(notice(&window), "This needs a lead or a manager");
    till.show(shop::led(calm));
    window.run();
    press_with(&mut window, Modifiers::CTRL, Key::O);
    type_partly(&till, &mut window, "16");
    press(&mut window, Key::Enter);
    type_line(&till, &mut window, "Line cut, call back at 4");
    type_line(&till, &mut window, "INC-20871");
    till.show(shop::led(shop::empty_sale()));
    window.run();
    press_with(&mut window, Modifiers::CTRL.plus(Modifiers::SHIFT), Key::O);
    type_line(&till, &mut window, "Repaired");
    assert_eq!(
        till.sent(),
        vec![
            Command::DeclareOutage {
                systems: vec![System::PointOfSale, System::Payments],
                cause: "Line cut, call back at 4".to_owned(),
                ticket: "INC-20871".to_owned(),
            },
            Command::EndOutage { note: "Repaired".to_owned() },
        ]
    );
}

#[test]
fn signing_out_leaves_the_basket_to_the_till() {
    let (till, mut window) = window(shop::sell());
    in_one_frame(&mut window, key_events(Key::L, Modifiers::CTRL));
    assert_eq!(till.sent(), vec![Command::SignOut]);
}

#[test]
fn a_copy_is_asked_for_between_customers_and_not_during_payment() {
    let last = Command::Reprint { which: Reprinted::Last };
    for (view, expected) in
        [(shop::done(), vec![last.clone()]), (shop::sell(), vec![last]), (shop::tender(), vec![])]
    {
        let (till, mut window) = window(view);
        in_one_frame(&mut window, key_events(Key::P, Modifiers::CTRL));
        assert_eq!(till.sent(), expected);
    }
}

#[test]
fn a_printer_in_trouble_is_named_in_the_bar_and_a_receipt_without_paper_is_read_aloud() {
    let (_till, mut shown) = window(shop::no_paper());
    shown.run();
    shown.get_by_label("Printer: No paper");
    let (_till, mut shown) = window(shop::on_screen());
    shown.run();
    shown.get_by_label_contains("TOTAL                               $46.79");
}

#[test]
fn closing_the_window_in_a_sale_shows_why_not() {
    let (_till, mut window) = window(shop::sell());
    let ask = |window: &mut Window| {
        let root = window.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default();
        root.events.push(egui::ViewportEvent::Close);
        window.step();
        let output = &window.output().viewport_output[&egui::ViewportId::ROOT];
        let kept = output.commands.contains(&egui::ViewportCommand::CancelClose);
        window.run();
        kept
    };
    assert!(ask(&mut window));
    window.get_by_label("A sale is open, so the window stays");
    let (_till, mut window) = super::shop::window(shop::sign_in());
    assert!(!ask(&mut window), "between sales it closes");
}

#[test]
fn no_shortcut_quits_or_zooms() {
    let (till, mut window) = window(shop::sell());
    for key in [Key::Q, Key::W, Key::Plus, Key::Minus, Key::Num0, Key::F4] {
        in_one_frame(&mut window, key_events(key, Modifiers::CTRL));
        in_one_frame(&mut window, key_events(key, Modifiers::ALT));
        let output = &window.output().viewport_output[&egui::ViewportId::ROOT];
        assert!(!output.commands.contains(&egui::ViewportCommand::Close), "{key:?}");
    }
    assert_eq!(till.sent(), vec![]);
    assert!((window.ctx.zoom_factor() - 1.0).abs() < f32::EPSILON);
}

#[test]
fn a_slow_disk_is_told_at_five_and_at_fifteen_seconds() {
    let (till, mut window) = window(shop::tender());
    let recording = View { recording_since_ms: Some(1_000_000), ..shop::tender() };
    till.show(recording);
    for (passed, expected) in [
        (4_000, None),
        (2_000, Some("Recording…")),
        (10_000, Some("Write a paper slip for this sale")),
    ] {
        till.pass_ms(passed);
        window.run();
        for title in ["Recording…", "Write a paper slip for this sale"] {
            assert_eq!(window.query_by_label(title).is_some(), expected == Some(title));
        }
    }
}

#[test]
fn while_a_payment_is_recorded_no_second_one_is_taken() {
    let recording = View { recording_since_ms: Some(1_000_000), ..shop::tender() };
    let (till, mut window) = window(recording);
    for _ in 0..3 {
        till.pass_ms(2_000);
        press(&mut window, Key::F12);
    }
    type_line(&till, &mut window, "5000");
    assert_eq!(till.sent(), vec![]);
    assert_eq!(notice(&window), "The sale before is still being recorded");
}

#[test]
fn an_item_scanned_while_a_payment_is_recorded_follows_it_for_a_moment() {
    let recording = View { recording_since_ms: Some(1_000_000), ..shop::tender() };
    let (till, mut window) = window(recording);
    till.pass_ms(100);
    in_one_frame(&mut window, line_events("4006381333931"));
    assert_eq!(till.sent(), vec![scan("4006381333931")]);
    till.pass_ms(5_000);
    in_one_frame(&mut window, line_events("4006381333931"));
    assert_eq!(till.sent(), vec![], "behind a disk that hangs nothing piles up");
    assert_eq!(notice(&window), "The sale before is still being recorded");
}

#[test]
fn the_window_sleeps_between_views_and_wakes_once_a_minute() {
    let (till, mut window) = window(shop::sell());
    till.pass_ms(5_000);
    window.run();
    let delay = window.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay;
    assert!(delay.as_secs() >= 30, "it is 15:17:25, so the clock moves in 35 s: {delay:?}");
}

#[test]
fn the_same_words_twice_are_two_notices() {
    let (till, mut window) = window(shop::sell());
    till.pass_ms(10_000);
    window.run();
    let first = window.state().desk().notice.as_ref().map(|n| n.since_ms);
    let mut again = shop::sell();
    again.notice =
        again.notice.map(|notice| Notice { number: 2, kind: NoticeKind::Done, ..notice });
    till.show(again);
    window.run();
    assert_ne!(window.state().desk().notice.as_ref().map(|n| n.since_ms), first);
}

#[test]
fn a_notice_does_not_outlive_the_customer_it_was_about() {
    let look = |kind| shop::noticed(shop::sell(), kind, "Added Lager 6 x 12 oz", "Check the ID.");
    let kept = |view: View, before: &View| View { notice: before.notice.clone(), ..view };

    let before = look(NoticeKind::Attention);
    let (till, mut window) = window(before.clone());
    window.run();
    till.show(kept(shop::tender(), &before));
    window.run();
    assert_eq!(notice(&window), "Added Lager 6 x 12 oz", "the ID is still to be looked at");
    till.show(kept(shop::done(), &before));
    window.run();
    assert_eq!(notice(&window), "", "paid: nothing is to be looked at any more");

    let before = look(NoticeKind::Refused);
    let (till, mut window) = self::window(before.clone());
    window.run();
    till.show(kept(shop::done(), &before));
    window.run();
    assert_eq!(notice(&window), "Added Lager 6 x 12 oz", "what was not taken stays");
    till.show(kept(shop::empty_sale(), &before));
    window.run();
    assert_eq!(notice(&window), "", "until the next customer");
}

#[test]
fn a_web_address_longer_than_a_hundred_characters_is_one_scan() {
    let (till, mut window) = window(shop::sell());
    let link = format!("https://a.example/{}/01/04900099131585/10/L9", "p".repeat(150));
    in_one_frame(&mut window, line_events(&link));
    assert_eq!(till.sent(), vec![scan(&link)]);
}

#[test]
fn a_quantity_keyed_before_a_scan_counts() {
    let (till, mut window) = window(shop::sell());
    for c in ["2", "*"] {
        in_one_frame(&mut window, vec![Event::Text(c.to_owned())]);
        till.pass_ms(120);
    }
    in_one_frame(&mut window, line_events("4006381333931"));
    assert_eq!(till.sent(), vec![Command::Enter { text: "2*4006381333931".to_owned() }]);
}
