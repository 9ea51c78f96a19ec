//! The guide of the first start in a window of its own, before there is a register to show.

use std::sync::{Arc, Mutex, PoisonError};

use egui::{Key, Rect, pos2, vec2};

use super::entry::Entry;
use super::guide::{Guide, Wish};
use super::language::{Language, Voice};
use super::launch::{self, WindowError};
use super::pen::{Hand, KeyFace, Look, Mark, Pen};
use super::plan::{cut_bottom, cut_left, cut_right, cut_top};
use super::theme::{self, Theme, size, space};
use crate::domain::policy::Currency;

/// The guide's window.
pub struct GuideWindow {
    guide: Guide,
    entry: Entry,
    language: Language,
    theme: Theme,
    wish: Arc<Mutex<Option<Wish>>>,
}

/// Opens the guide and gives back what was wished, and in which language; no wish when the window
/// was closed.
///
/// # Errors
/// [`WindowError`] when no window can be opened.
pub fn run(guide: Guide, language: Language) -> Result<Option<Wish>, WindowError> {
    let wish = Arc::new(Mutex::new(None));
    let told = Arc::clone(&wish);
    launch::run_app(false, move |ctx| Box::new(GuideWindow::new(ctx, guide, language, told)))?;
    let mut wish = wish.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(wish.take())
}

impl GuideWindow {
    /// A guide on this window; what is wished is put into `wish`.
    pub fn new(
        ctx: &egui::Context,
        guide: Guide,
        language: Language,
        wish: Arc<Mutex<Option<Wish>>>,
    ) -> Self {
        theme::apply(ctx, Theme::Light);
        Self { guide, entry: Entry::default(), language, theme: Theme::Light, wish }
    }

    fn take_keys(&mut self, ctx: &egui::Context) {
        let events = ctx.input(|input| input.events.clone());
        for event in events {
            match event {
                // No scanner is expected before there is a register, so no time is needed.
                egui::Event::Text(text) => text.chars().for_each(|c| self.put(c)),
                egui::Event::Paste(text) => text.chars().for_each(|c| self.put(c)),
                egui::Event::Key { key, pressed: true, modifiers, .. } => match key {
                    Key::Enter => self.enter(),
                    Key::Backspace => {
                        self.entry.erase();
                    }
                    Key::Escape => self.back(),
                    Key::E if modifiers.ctrl => self.language = self.language.next(),
                    Key::T if modifiers.ctrl => {
                        self.theme = self.theme.next();
                        theme::paint(ctx, self.theme);
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    fn put(&mut self, c: char) {
        if self.guide.choices().is_empty() {
            if !c.is_control() {
                self.entry.put(c, 0);
            }
        } else {
            self.guide.choose(c);
        }
    }

    fn enter(&mut self) {
        if self.guide.choices().is_empty() {
            let line = self.entry.end();
            self.guide.answer(&line.text);
        }
    }

    fn back(&mut self) {
        if !self.entry.clear() {
            self.guide.back();
        }
    }

    fn draw(&mut self, pen: &mut Pen<'_>, whole: Rect) {
        pen.flood(whole, pen.palette.paper);
        let place = Rect::from_center_size(whole.center(), vec2(880.0, 520.0));
        pen.card(place);
        let mut rest = place.shrink2(vec2(space::WIDE * 1.5, space::WIDE));
        let title = Hand::new(32.0, pen.palette.ink).bold();
        pen.write(cut_top(&mut rest, 56.0), title, pen.say(self.guide.title()));
        for words in self.guide.words() {
            let (body, words) = (pen.body(), pen.tell(&words));
            let height = pen.paragraph(rest, body, &words);
            cut_top(&mut rest, height + space::GAP);
        }
        cut_top(&mut rest, space::GAP);
        self.feet(pen, cut_bottom(&mut rest, space::KEY));
        self.show_trouble(pen, &mut rest);
        let mut pressed = None;
        for (key, label) in self.guide.choices() {
            let shortcut = key.to_string();
            let face = KeyFace { shortcut: &shortcut, ..KeyFace::plain(pen.say(label)) };
            if pen.key(cut_top(&mut rest, space::PAD_KEY), face) {
                pressed = Some(*key);
            }
            cut_top(&mut rest, space::GAP);
        }
        if let Some(key) = pressed {
            self.guide.choose(key);
        } else if self.guide.choices().is_empty() {
            let line = cut_top(&mut rest, space::ENTRY);
            pen.fill(line, pen.palette.card);
            pen.edge(line, 2.0, pen.palette.action);
            let words = line.shrink2(vec2(space::PAD, 4.0));
            let mono = Hand::new(size::HEADING, pen.palette.ink).mono();
            let used = pen.paint(words, mono, self.entry.shown());
            let right = if self.entry.is_empty() { words.left() } else { used.right() + 4.0 };
            let caret = Rect::from_min_size(pos2(right, line.top() + 14.0), vec2(3.0, 32.0));
            pen.flood(caret, pen.palette.action);
            pen.name(line, &format!("{}: {}", pen.say(self.guide.title()), self.entry.shown()));
        }
    }

    fn feet(&mut self, pen: &mut Pen<'_>, mut foot: Rect) {
        let back = KeyFace { shortcut: "Esc", ..KeyFace::plain(pen.say("Back")) };
        if pen.key(cut_left(&mut foot, 160.0), back) {
            self.back();
        }
        cut_left(&mut foot, space::GAP);
        let label = pen.say("English / Español");
        let language = KeyFace { shortcut: "Ctrl E", points: size::SMALL, ..KeyFace::plain(label) };
        if pen.key(cut_left(&mut foot, 200.0), language) {
            self.language = self.language.next();
        }
        if self.guide.choices().is_empty() {
            let label = pen.say("Next");
            let next = KeyFace { shortcut: "Enter", look: Look::Go, ..KeyFace::plain(label) };
            if pen.key(cut_right(&mut foot, 200.0), next) {
                self.enter();
            }
        }
    }

    fn show_trouble(&self, pen: &mut Pen<'_>, rest: &mut Rect) {
        let Some(trouble) = &self.guide.trouble else { return };
        let text = pen.tell(trouble);
        let mut row = *rest;
        let mark = cut_left(&mut row, 36.0);
        let danger = pen.palette.danger;
        pen.mark(Mark::Stop, mark.left_top() + vec2(12.0, 12.0), 10.0, danger);
        let height = pen.paragraph(row, Hand::new(size::BODY, danger), &text);
        cut_top(rest, height + space::PAD);
    }
}

impl eframe::App for GuideWindow {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        let area = ctx.content_rect().size() * ctx.zoom_factor();
        ctx.set_zoom_factor(theme::zoom_for(area.x, area.y));
        self.take_keys(&ctx);
        let voice = Voice { language: self.language, currency: Currency::Usd };
        let mut pen = Pen::new(ui, self.theme.palette(), voice);
        let before = self.guide.question;
        self.draw(&mut pen, ctx.content_rect());
        if self.guide.question != before {
            ctx.request_repaint();
        }
        if let Some(wish) = self.guide.wish.take() {
            *self.wish.lock().unwrap_or_else(PoisonError::into_inner) = Some(wish);
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }
}
