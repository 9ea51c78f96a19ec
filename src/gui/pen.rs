//! The pen: text, keys, marks and surfaces at given places, each with its accessible name.
//!
//! Everything a person must read or press goes through here, so that nothing is drawn that a
//! screen reader or a test cannot find. [`Pen::paint`] alone draws without a name, for parts of a
//! row or a key that is named as a whole.

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{
    Align, Align2, Color32, ColorImage, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind,
    TextureHandle, TextureOptions, Ui, WidgetInfo, pos2, vec2,
};

use super::faults::{Hook, Point};
use super::language::Voice;
use super::theme::{Face, Palette, RADIUS, size};
use crate::domain::words::Words;

/// How a text is written.
#[derive(Clone, Copy, Debug)]
pub struct Hand {
    points: f32,
    face: Face,
    color: Color32,
    align: Align2,
    struck: bool,
}

impl Hand {
    /// Regular, to the left, in the middle of its height.
    pub const fn new(points: f32, color: Color32) -> Self {
        Self { points, face: Face::Regular, color, align: Align2::LEFT_CENTER, struck: false }
    }

    /// Its size.
    pub const fn points(self) -> f32 {
        self.points
    }

    /// In bold.
    pub const fn bold(self) -> Self {
        Self { face: Face::Bold, ..self }
    }

    /// In the face of codes and keys.
    pub const fn mono(self) -> Self {
        Self { face: Face::Mono, ..self }
    }

    /// To the right, as money is.
    pub const fn right(self) -> Self {
        Self { align: Align2::RIGHT_CENTER, ..self }
    }

    /// In the middle.
    pub const fn center(self) -> Self {
        Self { align: Align2::CENTER_CENTER, ..self }
    }

    /// From the top of its place, for text of more than one row.
    pub const fn top(self) -> Self {
        Self { align: Align2::LEFT_TOP, ..self }
    }

    /// Struck through when `struck`.
    pub const fn struck(self, struck: bool) -> Self {
        Self { struck, ..self }
    }
}

/// How a key looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// One of many.
    Plain,
    /// Goes on.
    Go,
    /// Takes cash.
    Cash,
    /// Destroys something: outlined, never filled.
    Danger,
    /// Marked.
    Marked,
}

/// A key to press.
#[derive(Clone, Copy, Debug)]
pub struct KeyFace<'a> {
    /// Its word.
    pub label: &'a str,
    /// The name of the key on the keyboard; empty when there is none.
    pub shortcut: &'a str,
    /// What it does, for a screen reader; empty to use the word alone.
    pub name: &'a str,
    /// How it looks.
    pub look: Look,
    /// The size of its word.
    pub points: f32,
    /// It can be pressed.
    pub enabled: bool,
}

impl<'a> KeyFace<'a> {
    /// A plain key.
    pub const fn plain(label: &'a str) -> Self {
        Self { label, shortcut: "", name: "", look: Look::Plain, points: size::BODY, enabled: true }
    }
}

/// A mark that goes with a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A ring with a tick.
    Tick,
    /// A triangle.
    Triangle,
    /// An octagon with a bar.
    Stop,
    /// An empty ring.
    Ring,
    /// A filled dot.
    Dot,
    /// An arrow's head, upward.
    Up,
    /// The same, downward.
    Down,
}

/// See the module.
pub struct Pen<'u> {
    ui: &'u mut Ui,
    /// The colours.
    pub palette: &'static Palette,
    voice: Voice,
    count: u32,
    faults: Hook,
}

impl<'u> Pen<'u> {
    /// A pen on `ui`.
    pub fn new(ui: &'u mut Ui, palette: &'static Palette, voice: Voice) -> Self {
        Self { ui, palette, voice, count: 0, faults: Hook::default() }
    }

    /// The same, where a test may let it fail.
    pub fn with(self, faults: Hook) -> Self {
        Self { faults, ..self }
    }

    /// The window's context.
    pub fn ctx(&self) -> &egui::Context {
        self.ui.ctx()
    }

    /// A sentence of the code in the window's language.
    pub fn say(&self, english: &'static str) -> &'static str {
        self.voice.language.say(english)
    }

    /// Words in the window's language.
    pub fn tell(&self, words: &Words) -> String {
        words.said_by(&self.voice)
    }

    /// Body text in ink.
    pub const fn body(&self) -> Hand {
        Hand::new(size::BODY, self.palette.ink)
    }

    /// Small text that explains.
    pub const fn quiet(&self) -> Hand {
        Hand::new(size::SMALL, self.palette.quiet)
    }

    /// A heading.
    pub const fn heading(&self) -> Hand {
        Hand::new(size::HEADING, self.palette.ink).bold()
    }

    /// Writes one row, cut with an ellipsis where it is too long.
    pub fn write(&mut self, place: Rect, hand: Hand, text: &str) {
        self.paint(place, hand, text);
        self.name(place, text);
    }

    /// Draws one row without a name of its own; gives back where it is.
    pub fn paint(&self, place: Rect, hand: Hand, text: &str) -> Rect {
        self.lay(place, hand, text, 1)
    }

    /// Draws text without a name of its own: in one row, or where it is too long for that in two
    /// smaller ones, so that a sentence is not cut off while there is room.
    pub fn paint_whole(&self, place: Rect, hand: Hand, text: &str) {
        let width = self.galley(f32::INFINITY, hand, text, 1).size().x;
        let smaller = Hand { points: size::SMALL, ..hand };
        let two = self.galley(place.width(), smaller, text, 2).size().y;
        let rows = if width > place.width() && two <= place.height() { 2 } else { 1 };
        self.lay(place, if rows == 2 { smaller } else { hand }, text, rows);
    }

    /// Writes wrapped text from the top of its place; gives back its height.
    pub fn paragraph(&mut self, place: Rect, hand: Hand, text: &str) -> f32 {
        let used = self.lay(place, hand.top(), text, usize::MAX);
        self.name(used, text);
        used.height()
    }

    /// How high wrapped text is in this width, without drawing it.
    pub fn height(&self, width: f32, hand: Hand, text: &str) -> f32 {
        self.galley(width, hand, text, usize::MAX).size().y
    }

    /// Names a place, so that a screen reader finds what is drawn there.
    pub fn name(&mut self, place: Rect, text: &str) {
        if text.is_empty() {
            return;
        }
        self.count = self.count.saturating_add(1);
        let id = self.ui.scope_id().with(("label", self.count));
        let response = self.ui.interact(place, id, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    }

    fn lay(&self, place: Rect, hand: Hand, text: &str, rows: usize) -> Rect {
        self.faults.at(Point::Drawing);
        let galley = self.galley(place.width(), hand, text, rows);
        let at = hand.align.align_size_within_rect(galley.size(), place);
        self.ui.painter().galley(at.min, galley, hand.color);
        at
    }

    fn galley(
        &self,
        width: f32,
        hand: Hand,
        text: &str,
        rows: usize,
    ) -> std::sync::Arc<egui::Galley> {
        let color = hand.color;
        let strike = if hand.struck { Stroke::new(1.5, color) } else { Stroke::NONE };
        let format = TextFormat {
            font_id: hand.face.at(hand.points),
            color,
            strikethrough: strike,
            ..TextFormat::default()
        };
        let mut job = LayoutJob::single_section(text.to_owned(), format);
        job.wrap = TextWrapping {
            max_width: width,
            max_rows: rows,
            break_anywhere: rows == 1,
            overflow_character: Some('…'),
        };
        job.halign = Align::LEFT;
        self.ui.painter().layout_job(job)
    }

    /// Fills a place.
    pub fn fill(&self, place: Rect, color: Color32) {
        self.ui.painter().rect_filled(place, RADIUS, color);
    }

    /// Fills a place from edge to edge, without round corners.
    pub fn flood(&self, place: Rect, color: Color32) {
        self.faults.at(Point::Drawing);
        self.ui.painter().rect_filled(place, 0.0, color);
    }

    /// Draws the edge of a place, inside it.
    pub fn edge(&self, place: Rect, width: f32, color: Color32) {
        let stroke = Stroke::new(width, color);
        self.ui.painter().rect_stroke(place, RADIUS, stroke, StrokeKind::Inside);
    }

    /// A card: a surface with a faint edge.
    pub fn card(&self, place: Rect) {
        self.fill(place, self.palette.card);
        self.edge(place, 1.0, self.palette.rule);
    }

    /// A line across the top of a place.
    pub fn rule(&self, place: Rect) {
        let stroke = Stroke::new(1.0, self.palette.rule);
        self.ui.painter().hline(place.x_range(), place.top(), stroke);
    }

    /// A key; true when it was pressed.
    pub fn key(&mut self, place: Rect, face: KeyFace<'_>) -> bool {
        let id = self.ui.scope_id().with(("key", face.label, face.shortcut));
        let sense = if face.enabled { Sense::click() } else { Sense::hover() };
        let response = self.ui.interact(place, id, sense);
        let spoken = if face.name.is_empty() { face.label } else { face.name };
        response.widget_info(|| WidgetInfo::labeled(Role::Button, face.enabled, spoken));
        let p = self.palette;
        let held = face.enabled && response.is_pointer_button_down_on();
        let over = face.enabled && response.hovered();
        let (fill, ink, edge) = match face.look {
            Look::Plain | Look::Danger if held || over => (p.pressed, p.ink, p.edge),
            Look::Plain => (p.card, p.ink, p.edge),
            Look::Danger => (p.card, p.danger, p.danger),
            Look::Go => (p.go, p.on_fill, p.go),
            Look::Cash => (p.cash, p.on_fill, p.cash),
            Look::Marked => (p.pressed, p.ink, p.action),
        };
        let (fill, ink, edge) =
            if face.enabled { (fill, ink, edge) } else { (p.paper, p.quiet, p.rule) };
        self.fill(place, fill);
        let width = if face.look == Look::Marked || held { 2.0 } else { 1.0 };
        self.edge(place, width, edge);
        if response.has_focus() {
            self.edge(place.expand(3.0), 2.0, p.action);
        }
        self.key_words(place, face, ink);
        response.clicked()
    }

    /// The name of the key, small, above its word.
    fn key_words(&self, place: Rect, face: KeyFace<'_>, ink: Color32) {
        let inner = place.shrink2(vec2(6.0, 4.0));
        let word = Hand::new(face.points, ink).bold().center();
        if face.shortcut.is_empty() {
            self.paint(inner, word, face.label);
            return;
        }
        let middle = inner.center().y;
        let (upper, lower) = (
            Rect::from_min_max(
                pos2(inner.left(), middle - 24.0),
                pos2(inner.right(), middle - 6.0),
            ),
            Rect::from_min_max(
                pos2(inner.left(), middle - 6.0),
                pos2(inner.right(), middle + 22.0),
            ),
        );
        let hint_ink = match face.look {
            Look::Go | Look::Cash if face.enabled => ink,
            _ => self.palette.quiet,
        };
        self.paint(upper, Hand::new(size::HINT, hint_ink).mono().center(), face.shortcut);
        self.paint(lower, word, face.label);
    }

    /// A place that can be pressed and is drawn by the caller; true when it was pressed.
    pub fn touch(&self, place: Rect, salt: usize, name: &str, chosen: bool) -> bool {
        let id = self.ui.scope_id().with(("row", salt));
        let response = self.ui.interact(place, id, Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Row, true, chosen, name));
        response.clicked()
    }

    /// A tile that is drawn by the caller; true when it was pressed.
    pub fn tile(&self, place: Rect, salt: char, name: &str) -> bool {
        let id = self.ui.scope_id().with(("tile", salt));
        let response = self.ui.interact(place, id, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        let held = response.is_pointer_button_down_on() || response.hovered();
        self.fill(place, if held { self.palette.pressed } else { self.palette.card });
        self.edge(place, 1.0, self.palette.edge);
        if response.has_focus() {
            self.edge(place.expand(3.0), 2.0, self.palette.action);
        }
        response.clicked()
    }

    /// Draws a PNG; false when it can't be unpacked. It is unpacked once for each `salt`.
    pub fn picture(&self, place: Rect, salt: &str, png: &[u8]) -> bool {
        let id = egui::Id::unique(("picture", salt));
        let kept: Option<Option<TextureHandle>> = self.ui.data(|data| data.get_temp(id));
        let texture = kept.unwrap_or_else(|| {
            let unpacked = eframe::icon_data::from_png_bytes(png).ok().and_then(|icon| {
                let side = |points: u32| usize::try_from(points).ok();
                Some((side(icon.width)?, side(icon.height)?, icon.rgba))
            });
            let texture = unpacked.map(|(width, height, rgba)| {
                let image = ColorImage::from_rgba_unmultiplied([width, height], &rgba);
                self.ctx().load_texture(salt, image, TextureOptions::LINEAR)
            });
            self.ui.data_mut(|data| data.insert_temp(id, texture.clone()));
            texture
        });
        let Some(texture) = texture else { return false };
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        self.ui.painter().image(texture.id(), place, whole, Color32::WHITE);
        true
    }

    /// A filled disc.
    pub fn disc(&self, center: Pos2, radius: f32, color: Color32) {
        self.ui.painter().circle_filled(center, radius, color);
    }

    /// How far the wheel was turned over a place, in rows: up is negative.
    pub fn wheel_rows(&self, place: Rect) -> i8 {
        if !self.ui.rect_contains_pointer(place) {
            return 0;
        }
        let turned = self.ui.input(|input| input.smooth_scroll_delta().y);
        if turned > 2.0 { -1 } else { i8::from(turned < -2.0) }
    }

    /// A mark of this radius.
    pub fn mark(&self, mark: Mark, center: Pos2, radius: f32, color: Color32) {
        let painter = self.ui.painter();
        let line = Stroke::new((radius / 4.0).max(2.0), color);
        let at = |x: f32, y: f32| center + vec2(x, y) * radius;
        match mark {
            Mark::Ring => {
                painter.circle_stroke(center, radius - line.width / 2.0, line);
            }
            Mark::Dot => {
                painter.circle_filled(center, radius, color);
            }
            Mark::Tick => {
                painter.circle_stroke(center, radius - line.width / 2.0, line);
                painter.line(vec![at(-0.45, 0.0), at(-0.1, 0.35), at(0.5, -0.35)], line);
            }
            Mark::Triangle => {
                let corners = vec![at(0.0, -0.95), at(1.0, 0.8), at(-1.0, 0.8)];
                painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
            }
            Mark::Up | Mark::Down => {
                let down = if mark == Mark::Down { -1.0 } else { 1.0 };
                painter.line(
                    vec![at(-1.0, 0.5 * down), at(0.0, -0.5 * down), at(1.0, 0.5 * down)],
                    line,
                );
            }
            Mark::Stop => {
                let corners = [
                    (-0.4, -1.0),
                    (0.4, -1.0),
                    (1.0, -0.4),
                    (1.0, 0.4),
                    (0.4, 1.0),
                    (-0.4, 1.0),
                    (-1.0, 0.4),
                    (-1.0, -0.4),
                ];
                let mut ring: Vec<Pos2> = corners.iter().map(|(x, y)| at(*x, *y)).collect();
                ring.extend(ring.first().copied());
                painter.line(ring, line);
                painter.line_segment([at(-0.45, 0.0), at(0.45, 0.0)], line);
            }
        }
    }
}
