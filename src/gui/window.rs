//! The window: one frame reads the view, hands strokes to the desk, draws, sends.
//!
//! It repaints when a view or an input comes, when something on it runs out (a flash, a slow
//! disk's next sentence), and once a minute for the clock. Otherwise it sleeps. A frame that fails
//! is caught as a whole ([`super::faults`]).

mod failing;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use egui::ViewportId;

use super::bell::{Bell, PATIENCE};
use super::customer::{Customer, Display, Place};
use super::desk::{CHOICE_MS, Card, Desk, sale_is_open};
use super::faults::{self, Faults, Hook, Point, caught};
use super::frame_log::FrameLog;
use super::language::{Language, Voice};
use super::notice::FLASH_MS;
use super::pen::Pen;
use super::screens::{self, Scene};
use super::stroke::{Stamped, Stroke};
use super::theme::{self, Theme};
use super::tones::{Silent, Tones};
use super::wedge::{SharedInbox, Wedge};
use crate::domain::time::Timestamp;
use crate::register::finder::{Finder, NoFinder};
use crate::register::till::Till;
use crate::register::view::{Screen, View};

/// How long to wait before a till that was busy is asked again.
const BUSY_MS: u64 = 20;

/// How a window looks and sounds.
pub struct WindowOptions {
    /// Light or dark; never the desktop's.
    pub theme: Theme,
    /// The language it opens in.
    pub language: Language,
    /// A fixed zoom; none follows the window's size.
    pub zoom: Option<f32>,
    /// Covers the whole screen.
    pub fullscreen: bool,
    /// Finds items.
    pub finder: Arc<dyn Finder>,
    /// The customer's window when it opens.
    pub customer: Display,
    /// Where the customer's window was last.
    pub customer_place: Option<Place>,
    /// Hears of another look, to keep it; may not wait.
    pub remember: Option<Box<dyn Fn(Remembered)>>,
    /// Plays tones.
    pub tones: Box<dyn Tones>,
    /// Time each frame is held up, to try the window on a slow machine.
    pub frame_delay: Duration,
    /// Notes how long keys take to be seen.
    pub frame_log: Option<FrameLog>,
    /// Named points where a test lets the window fail; none otherwise.
    pub faults: Option<Arc<dyn Faults>>,
}

/// What the window looks like, to be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// The language.
    pub language: Language,
    /// The colors.
    pub theme: Theme,
    /// The customer's window.
    pub customer: Display,
    /// Where the customer's window is, or was.
    pub customer_place: Option<Place>,
}

impl Default for WindowOptions {
    fn default() -> Self {
        Self {
            theme: Theme::Light,
            language: Language::English,
            zoom: None,
            customer: Display::Off,
            customer_place: None,
            fullscreen: false,
            finder: Arc::new(NoFinder),
            remember: None,
            tones: Box::new(Silent),
            frame_delay: Duration::ZERO,
            frame_log: None,
            faults: None,
        }
    }
}

/// The register's window.
pub struct RegisterWindow {
    till: Arc<dyn Till>,
    options: WindowOptions,
    inbox: SharedInbox,
    desk: Desk,
    customer: Customer,
    kept: Remembered,
    /// The last view and when it was first seen, for the clock.
    seen: (Arc<View>, u64),
    /// What the finder was asked last.
    asked: Option<String>,
    /// Rung by the till with each view.
    till_bell: Arc<Bell>,
    /// Rung by the finder.
    finder_bell: Arc<Bell>,
    /// The till was asked at this ring, and the answer is not drawn yet.
    till_asked: Option<u64>,
    hook: Hook,
    faults: faults::Record,
}

impl RegisterWindow {
    /// A window on `till`; puts the look on and takes the keyboard.
    pub fn new(ctx: &egui::Context, till: Arc<dyn Till>, options: WindowOptions) -> Self {
        theme::apply(ctx, options.theme);
        let inbox = SharedInbox::default();
        let clock = Arc::clone(&till);
        let hook = Hook::of(options.faults.clone());
        let wedge = Wedge::new(Arc::clone(&inbox), Box::new(move || clock.mono_ms()));
        ctx.add_plugin(wedge.with(hook.clone()));
        let till_bell = Arc::new(Bell::default());
        let finder_bell = Arc::new(Bell::default());
        till.on_change(waking(ctx, &till_bell));
        let seen = (till.view(), till.mono_ms());
        let mut desk = Desk::default();
        desk.language = options.language;
        desk.theme = options.theme;
        desk.customer = options.customer;
        desk.touched(till.mono_ms());
        let customer = Customer::at(options.customer_place).with(hook.clone());
        let kept = Remembered {
            language: options.language,
            theme: options.theme,
            customer: options.customer,
            customer_place: options.customer_place,
        };
        options.finder.on_change(waking(ctx, &finder_bell));
        Self {
            till,
            options,
            inbox,
            desk,
            customer,
            kept,
            seen,
            asked: None,
            till_bell,
            finder_bell,
            till_asked: None,
            hook,
            faults: faults::Record::default(),
        }
    }

    /// What the window remembers.
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    fn follow_view(&mut self, now_ms: u64) -> Arc<View> {
        let view = self.till.view();
        if !Arc::ptr_eq(&view, &self.seen.0) {
            self.seen = (Arc::clone(&view), now_ms);
            if let Some(log) = &mut self.options.frame_log {
                log.view();
            }
        }
        view
    }

    /// Hands over what the desk asks the till, and gives it a moment to answer; true when some is
    /// left because the till is busy.
    fn ask_till(&mut self) -> bool {
        let asks = !self.desk.outbox.is_empty();
        let rings = self.till_bell.rings();
        let busy = self.desk.flush(self.till.as_ref());
        if asks {
            self.till_asked = Some(rings);
        }
        busy
    }

    /// The till's answer to what was asked, if it comes within a moment.
    fn answer_of_till(&mut self, now_ms: u64) -> Option<Arc<View>> {
        let rings = self.till_asked.take()?;
        self.till_bell.wait(rings, PATIENCE).then(|| self.follow_view(now_ms))
    }

    fn look_found(&mut self, now_ms: u64) {
        let found = self.options.finder.found();
        if let Some(log) = &mut self.options.frame_log {
            log.found(&found.text);
        }
        self.desk.look_found(found, now_ms);
    }

    fn take_keyboard(&mut self, view: &View, now_ms: u64) {
        let (strokes, lost) = self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take();
        let first_ms = strokes.first().map(|stamped| stamped.at_ms);
        for stamped in strokes {
            self.hook.at(Point::Stroke);
            self.desk.take(stamped, view);
        }
        if let (Some(log), Some(at_ms)) = (&mut self.options.frame_log, first_ms) {
            log.took(at_ms, !self.desk.outbox.is_empty());
        }
        self.desk.settle(view, now_ms);
        if lost {
            self.desk.tell_lost(now_ms);
        }
    }

    /// Puts other colors on, and has the look kept.
    fn follow_look(&mut self, ctx: &egui::Context) {
        if self.customer.was_closed() {
            self.desk.customer = Display::Off;
        }
        let now = Remembered {
            language: self.desk.language,
            theme: self.desk.theme,
            customer: self.desk.customer,
            customer_place: self.customer.place(),
        };
        if now == self.kept {
            return;
        }
        if now.theme != self.kept.theme {
            theme::paint(ctx, now.theme);
        }
        self.kept = now;
        if let Some(remember) = &self.options.remember {
            remember(now);
        }
    }

    /// Asks the finder once for each new text.
    fn ask_finder(&mut self, now_ms: u64) {
        let query = self.desk.query();
        if query != self.asked.as_deref() {
            self.asked = query.map(str::to_owned);
            if let Some(text) = &self.asked {
                let rings = self.finder_bell.rings();
                self.options.finder.ask(text);
                if let Some(log) = &mut self.options.frame_log {
                    log.asked(text, now_ms);
                }
                if self.finder_bell.wait(rings, PATIENCE) {
                    self.look_found(now_ms);
                }
            }
        }
    }

    /// In a sale the window does not close: the request is taken back and the reason shown.
    fn guard_close(&mut self, ctx: &egui::Context, view: &View) {
        if ctx.input(|input| input.viewport().close_requested()) && sale_is_open(view) {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.desk.card = Card::CloseGuard;
        }
    }

    /// The wall's time: the view's, and what has passed since.
    fn now(&self, now_ms: u64) -> Timestamp {
        let at = self.seen.0.status.now;
        let passed = i64::try_from(now_ms.saturating_sub(self.seen.1)).unwrap_or(0);
        Timestamp::new(at.utc_ms.saturating_add(passed), at.offset_min).unwrap_or(at)
    }

    fn set_zoom(&self, ctx: &egui::Context) {
        let zoom = self.options.zoom.unwrap_or_else(|| {
            let size = ctx.content_rect().size() * ctx.zoom_factor();
            theme::zoom_for(size.x, size.y)
        });
        ctx.set_zoom_factor(zoom);
    }

    fn play(&mut self) {
        // Of several in one frame the last one counts, as on the strip.
        if let Some(tone) = self.desk.tones.pop() {
            self.options.tones.play(tone);
            self.desk.tones.clear();
        }
    }

    /// Milliseconds until something on the window changes by itself.
    fn sleep_ms(&self, view: &View, now: Timestamp, now_ms: u64) -> u64 {
        let minute = 60_000_i64.saturating_sub(now.utc_ms.rem_euclid(60_000));
        let mut sleep = u64::try_from(minute).unwrap_or(60_000).max(1);
        if view.recording_since_ms.is_some() {
            sleep = sleep.min(1_000);
        }
        if let Screen::SignIn(sign_in) = &view.screen
            && sign_in.locked_until_ms.is_some_and(|until| until > now_ms)
        {
            sleep = sleep.min(1_000);
        }
        if let Some(left) = self.desk.locks_in_ms(view, now_ms) {
            sleep = sleep.min(left.max(1));
        }
        if self.desk.holds() {
            sleep = sleep.min(CHOICE_MS);
        }
        if let Some(notice) = self.desk.notice.as_ref().filter(|notice| notice.flashes(now_ms)) {
            let passed = now_ms.saturating_sub(notice.since_ms);
            sleep = sleep.min(FLASH_MS.saturating_sub(passed).max(1));
        }
        sleep
    }
}

impl RegisterWindow {
    /// A frame: all of it may fail, and then nothing of it counts.
    fn frame(&mut self, ui: &mut egui::Ui) {
        let ctx = ui.ctx().clone();
        self.set_zoom(&ctx);
        let now_ms = self.till.mono_ms();
        if let Some(log) = &mut self.options.frame_log {
            log.begin(now_ms);
        }
        // A press asks when its frame is drawn already.
        self.answer_of_till(now_ms);
        let mut view = self.follow_view(now_ms);
        self.desk.look(&view, now_ms);
        self.look_found(now_ms);
        if let (Some(log), Screen::SignIn(_)) = (&mut self.options.frame_log, &view.screen) {
            log.usable();
        }
        self.take_keyboard(&view, now_ms);
        if ctx.input(|input| !input.events.is_empty()) {
            self.desk.touched(now_ms);
        }
        self.desk.lock_when_left(&view, now_ms);
        self.ask_till();
        if let Some(answer) = self.answer_of_till(now_ms) {
            view = answer;
            self.desk.look_again(&view, now_ms);
        }
        self.ask_finder(now_ms);
        self.follow_look(&ctx);
        self.guard_close(&ctx, &view);
        self.show_customer(&ctx, &view, now_ms);
        let now = self.now(now_ms);
        let voice = Voice { language: self.desk.language, currency: view.status.currency };
        let scene = Scene { view: &view, desk: &self.desk, now_ms, now, voice };
        let mut pen = Pen::new(ui, self.desk.theme.palette(), voice).with(self.hook.clone());
        let pressed = screens::show(&mut pen, ctx.content_rect(), &scene);
        if !pressed.is_empty() {
            // What a press changes was drawn already; the next frame shows it.
            ctx.request_repaint();
        }
        for stroke in pressed {
            self.press(stroke, &view, now_ms);
        }
        self.play();
        let busy = self.ask_till();
        let sleep = if busy { BUSY_MS } else { self.sleep_ms(&view, now, now_ms) };
        ctx.request_repaint_after(Duration::from_millis(sleep));
        if self.options.frame_log.as_ref().is_some_and(FrameLog::waits) {
            ctx.request_repaint();
        }
    }
}

impl eframe::App for RegisterWindow {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if !self.options.frame_delay.is_zero() {
            std::thread::sleep(self.options.frame_delay);
        }
        let now_ms = self.till.mono_ms();
        let keys_failed = self.inbox.lock().unwrap_or_else(PoisonError::into_inner).failed();
        if self.faults.failed.is_none() && (keys_failed || caught(|| self.frame(ui)).is_none()) {
            self.fail(now_ms);
        }
        if self.faults.failed.is_some() {
            self.frame_of_fault(ui, now_ms);
        }
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        egui::Rgba::from(self.desk.theme.palette().paper).to_array()
    }
}

/// What an answerer calls: rings, and wakes the window when no frame stands waiting.
///
/// It wakes the register's own window: which one is being drawn meanwhile is chance.
fn waking(ctx: &egui::Context, bell: &Arc<Bell>) -> Box<dyn Fn() + Send + Sync> {
    let (ctx, bell) = (ctx.clone(), Arc::clone(bell));
    Box::new(move || {
        if bell.ring() {
            ctx.request_repaint_of(ViewportId::ROOT);
        }
    })
}

impl RegisterWindow {
    fn press(&mut self, stroke: Stroke, view: &View, at_ms: u64) {
        self.hook.at(Point::Stroke);
        self.desk.take(Stamped { stroke, at_ms, repeat: false }, view);
    }
}
