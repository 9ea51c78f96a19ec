//! The customer's window: what stands on it, what never does, and that a scan typed while it has
//! the keyboard is the register's.

use std::sync::{Arc, Mutex};

use eframe::App as _;
use egui::{Event, Key, Modifiers, RawInput, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tideover::domain::words::Words;
use tideover::gui::customer::{Display, Shown, viewport};
use tideover::gui::language::{Language, Voice};
use tideover::gui::pen::Pen;
use tideover::gui::screens::customer;
use tideover::gui::theme::{self, Theme};
use tideover::gui::{RegisterWindow, Remembered, WindowOptions};
use tideover::register::view::customer::{Facing, LINES_MAX, facing};
use tideover::register::view::{Screen, View};

use super::keyboard::{line_events, press_with, scan};
use super::renderer::Pixels;
use super::shop::{self, money};
use super::till::SimulatedTill;

/// Draws what a customer may see of a view, in a window of its own.
struct OnlyCustomer(Shown);

impl eframe::App for OnlyCustomer {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let voice = Voice { language: Language::English, currency: self.0.currency };
        let whole = ui.ctx().content_rect();
        customer::show(&mut Pen::new(ui, self.0.theme.palette(), voice), whole, &self.0);
    }
}

type Window = Harness<'static, OnlyCustomer>;

fn window(view: &View, pixels: [f32; 2], theme: Theme) -> Window {
    let shown = Shown::of(view, theme);
    let mut window = Harness::builder()
        .with_size(pixels)
        .with_max_steps(4)
        .renderer(Pixels::default())
        .build_eframe(move |cc| {
            theme::apply(&cc.egui_ctx, theme);
            OnlyCustomer(shown)
        });
    window.run();
    window
}

const LARGE: [f32; 2] = [1280.0, 720.0];

/// The views whose pictures are looked at, with a name each.
fn pictured() -> Vec<(&'static str, View)> {
    let mut calm = shop::empty_sale();
    calm.status.announcement = None;
    vec![
        ("customer-announcement", shop::empty_sale()),
        ("customer-closed", shop::sign_in()),
        ("customer-welcome", calm),
        ("customer-sale", shop::sell()),
        ("customer-waits", shop::unsettled()),
        ("customer-tender", shop::tender()),
        ("customer-check", shop::check(tideover::domain::check::wizard::Step::Line)),
        ("customer-paid", shop::done()),
        ("customer-training", shop::training()),
    ]
}

#[test]
fn in_an_outage_it_says_in_both_languages_what_works_what_not_and_until_when() {
    let window = window(&shop::empty_sale(), LARGE, Theme::Light);
    for said in [
        "We are open: cash and checks only",
        "Estamos abiertos: solo efectivo y cheques",
        "Checks up to $200.00, with a photo ID",
        "Credit and debit cards, paying by phone",
        "Cupones y recompensas",
        "We expect everything to work again by 6:00 PM.",
        "Esperamos que todo funcione otra vez a las 6:00 p. m.",
    ] {
        window.get_by_label(said);
    }
}

#[test]
fn a_sale_shows_lines_tax_total_and_what_is_due() {
    let selling = window(&shop::sell(), LARGE, Theme::Light);
    selling.get_by_label_contains("Peanut butter 40 oz");
    selling.get_by_label_contains("taken back");
    selling.get_by_label("Total");
    let total = shop::basket().total;
    let text = format!("${total}");
    selling.get_by_label(&text);
    let paying = window(&shop::tender(), LARGE, Theme::Light);
    paying.get_by_label_contains("To pay in cash · ");
    let paid = window(&shop::done(), LARGE, Theme::Light);
    paid.get_by_label("Your change · Su cambio");
    paid.get_by_label("$53.21");
}

#[test]
fn a_long_sale_shows_its_newest_lines_with_their_own_numbers() {
    let mut sale = shop::basket();
    sale.lines =
        (1..=40).map(|n| shop::line(&format!("Item number {n}"), "1", "1.00", false)).collect();
    let view = shop::view(Screen::Sell(sale));
    let Facing::Selling(cut) = facing(&view) else { panic!("a sale") };
    assert_eq!((cut.lines.len(), cut.above), (LINES_MAX, 40 - LINES_MAX));
    let window = window(&view, LARGE, Theme::Light);
    window.get_by_label_contains("40 Item number 40");
    assert!(window.query_by_label_contains("Item number 1 ").is_none());
}

#[test]
fn nobodys_data_is_on_it_whatever_the_register_shows() {
    for (name, mut view) in shop::all() {
        view.status.person = Some(("Cashier 31".to_owned(), "cashier"));
        view.notice = Some(tideover::register::view::Notice {
            number: 9,
            kind: tideover::register::view::NoticeKind::Refused,
            text: Words::data("Cashier 31 and account 0042"),
            remedy: Words::default(),
        });
        if let Screen::Tender(tender) = &mut view.screen {
            tender.taken = vec![(Words::data("Check 4711"), money(100))];
        }
        let text = format!("{:?}", Shown::of(&view, Theme::Light));
        for secret in ["Cashier", "0042", "4711", "INC-", "proof", "account", "routing"] {
            assert!(!text.contains(secret), "{name}: {secret} in {text}");
        }
    }
}

#[test]
fn a_paid_sale_that_is_looked_up_is_not_the_next_customers_to_see() {
    assert_eq!(facing(&shop::receipt()), Facing::Idle);
    assert_eq!(facing(&shop::sign_in()), Facing::Closed);
}

#[test]
fn it_is_drawn_whole_at_every_size_and_in_every_look() {
    let folder = std::env::var_os("TIDEOVER_PICTURES").map(std::path::PathBuf::from);
    for (name, view) in pictured() {
        for pixels in [LARGE, [1024.0, 768.0], [1366.0, 768.0], [800.0, 480.0]] {
            for theme in Theme::ALL {
                if folder.is_none() && (pixels != LARGE || theme == Theme::Dark) {
                    continue; // Drawing all of them takes a while and tells little more.
                }
                let mut window = window(&view, pixels, theme);
                let image = window.render().expect("a picture");
                assert!(image.pixels().all(|pixel| pixel.0[3] == 255), "{name} has a hole");
                if let Some(folder) = &folder {
                    let file = format!("{name}-{}x{}-{theme:?}.png", pixels[0], pixels[1]);
                    image.save(folder.join(file)).expect("written");
                }
            }
        }
    }
}

#[test]
fn the_longest_announcement_fits_on_a_small_screen() {
    use tideover::domain::announcement::{Announcement, Terms};
    use tideover::domain::outage::System;
    let terms = Terms {
        check_max: money(20_000),
        id_with_check: true,
        returns: "Returns within 30 days with this receipt, electronics within 15 days".to_owned(),
    };
    let mut view = shop::empty_sale();
    let told = Announcement::of(&System::ALL, None, view.status.now, &terms).expect("told");
    let last = told.also.last().expect("a last sentence").to_string();
    view.status.announcement = Some(Arc::new(told));
    for pixels in [[800.0, 480.0], [1024.0, 768.0]] {
        let window = window(&view, pixels, Theme::Light);
        let place = window.get_by_label(&last).rect();
        assert!(place.bottom() <= pixels[1] && place.height() > 8.0, "{place:?} at {pixels:?}");
    }
}

#[test]
fn its_key_opens_fills_and_closes_it_and_that_is_kept() {
    let till = SimulatedTill::showing(shop::sell());
    let told = Arc::new(Mutex::new(Vec::<Remembered>::new()));
    let hears = Arc::clone(&told);
    let mut window = shop::open_with(&till, shop::DESIGN, move |options| {
        options.remember = Some(Box::new(move |look| hears.lock().expect("told").push(look)));
    });
    for expected in [Display::Window, Display::Screen, Display::Off] {
        press_with(&mut window, Modifiers::CTRL, Key::D);
        assert_eq!(window.state().desk().customer, expected);
        assert_eq!(told.lock().expect("told").last().map(|look| look.customer), Some(expected));
    }
    window.get_by_label_contains("The customer's window is off");
}

#[test]
fn it_can_be_opened_by_touch_alone() {
    let (till, mut window) = shop::window(shop::empty_sale());
    window.get_by_label_contains("More").click();
    window.run();
    window.get_by_label_contains("Customer's window").click();
    window.run();
    till.pass_ms(100); // A digit that chooses waits for a moment: it might begin a scan.
    window.run();
    assert_eq!(window.state().desk().customer, Display::Window);
}

/// Both windows on one context, as the real program has them, without a display.
struct TwoWindows {
    ctx: egui::Context,
    register: RegisterWindow,
    frame: eframe::Frame,
    /// Windows that were asked to draw themselves.
    woken: Arc<Mutex<Vec<ViewportId>>>,
    customer: Option<Arc<egui::viewport::DeferredViewportUiCallback>>,
    /// The window that has the keyboard.
    keyboard: ViewportId,
}

impl TwoWindows {
    fn on(till: &Arc<SimulatedTill>) -> Self {
        let ctx = egui::Context::default();
        ctx.set_embed_viewports(false);
        let woken = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&woken);
        ctx.set_request_repaint_callback(move |asked| {
            if asked.delay.is_zero() {
                hears.lock().expect("woken").push(asked.viewport_id);
            }
        });
        let options = WindowOptions {
            customer: Display::Window,
            zoom: Some(1.0),
            ..WindowOptions::default()
        };
        let till = Arc::clone(till);
        let register = RegisterWindow::new(&ctx, till, options);
        let frame = eframe::Frame::_new_kittest();
        let keyboard = ViewportId::ROOT;
        let mut windows = Self { ctx, register, frame, woken, customer: None, keyboard };
        windows.settle();
        windows
    }

    /// Frames until neither window has asked for another one.
    fn settle(&mut self) {
        for _ in 0..6 {
            self.woken();
            self.register_frame();
            self.customer_frame(Vec::new());
        }
        assert!(self.woken().is_empty(), "it never comes to rest");
    }

    fn raw(&self, id: ViewportId, events: Vec<Event>) -> RawInput {
        let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1280.0, 720.0));
        let mut raw = RawInput {
            viewport_id: id,
            screen_rect: Some(screen),
            focused: id == self.keyboard,
            events,
            ..RawInput::default()
        };
        for open in [ViewportId::ROOT, viewport()] {
            raw.viewports.insert(open, egui::ViewportInfo::default());
        }
        raw
    }

    /// A frame of the register's window.
    fn register_frame(&mut self) {
        let raw = self.raw(ViewportId::ROOT, Vec::new());
        let (register, frame) = (&mut self.register, &mut self.frame);
        let mut output = self.ctx.run_ui(raw, |ui| register.ui(ui, frame));
        output.textures_delta.clear();
        self.customer = output
            .viewport_output
            .get(&viewport())
            .and_then(|window| window.viewport_ui_cb.clone());
    }

    /// A frame of the customer's window, with what was typed on it.
    fn customer_frame(&self, events: Vec<Event>) {
        let draw = self.customer.clone().expect("the customer's window is open");
        let mut output = self.ctx.run_ui(self.raw(viewport(), events), |ui| draw(ui));
        output.textures_delta.clear();
        assert!(!output.shapes.is_empty(), "nothing was drawn");
    }

    fn woken(&self) -> Vec<ViewportId> {
        std::mem::take(&mut *self.woken.lock().expect("woken"))
    }
}

#[test]
fn a_scan_typed_while_the_customers_window_has_the_keyboard_is_the_registers() {
    let till = SimulatedTill::showing(shop::sell());
    let mut windows = TwoWindows::on(&till);
    windows.keyboard = viewport();
    let mut events = line_events("4006381333931");
    events.extend(line_events("0000000000000"));
    windows.customer_frame(events);
    assert!(windows.woken().contains(&ViewportId::ROOT), "the register sleeps on");
    windows.register_frame();
    assert_eq!(till.sent(), [scan("4006381333931"), scan("0000000000000")]);
}

#[test]
fn what_the_till_tells_while_the_customers_window_is_drawn_wakes_the_register() {
    let till = SimulatedTill::showing(shop::sell());
    let windows = TwoWindows::on(&till);
    let (other, ctx) = (Arc::clone(&till), windows.ctx.clone());
    // The till's thread speaks in the middle of the other window's frame.
    let raw = windows.raw(viewport(), Vec::new());
    ctx.run_ui(raw, |_ui| other.show(shop::tender())).textures_delta.clear();
    assert!(windows.woken().contains(&ViewportId::ROOT));
}

#[test]
fn it_is_drawn_anew_for_another_content_and_for_nothing_else() {
    let till = SimulatedTill::showing(shop::sell());
    let mut windows = TwoWindows::on(&till);
    // Another notice, another minute: nothing a customer sees.
    let mut view = shop::sell();
    view.status.pending.records += 1;
    till.show(view);
    windows.register_frame();
    assert!(!windows.woken().contains(&viewport()), "it is drawn for nothing");
    till.show(shop::done());
    windows.register_frame();
    assert!(windows.woken().contains(&viewport()), "the change does not come");
}

#[test]
fn closing_it_turns_it_off_and_leaves_the_register_alone() {
    let till = SimulatedTill::showing(shop::sell());
    let mut windows = TwoWindows::on(&till);
    let draw = windows.customer.clone().expect("open");
    let mut raw = windows.raw(viewport(), Vec::new());
    let info = raw.viewports.get_mut(&viewport()).expect("its window");
    info.events.push(egui::ViewportEvent::Close);
    windows.ctx.run_ui(raw, |ui| draw(ui)).textures_delta.clear();
    windows.register_frame();
    windows.register_frame();
    assert_eq!(windows.register.desk().customer, Display::Off);
    assert!(windows.customer.is_none(), "the window is still there");
    assert_eq!(windows.register.desk().card, tideover::gui::desk::Card::None);
}
