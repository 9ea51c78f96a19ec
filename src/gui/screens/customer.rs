//! The customer's window, drawn: the sale in large type, or what is to be said in an outage.
//!
//! ```text
//!  ┌ store ───────────────────────┐   ┌ store ───────────────────────┐
//!  │ 1 Ground coffee 11.49 │      │   │ We are open    │ Estamos …   │
//!  │ 2 Dish soap      3.21 │ TOTAL│   │ ✓ Cash         │ ✓ Efectivo  │
//!  │                       │ 14.70│   │ ⊘ Cards        │ ⊘ Tarjetas  │
//!  └──────────────────────────────┘   └──────────────────────────────┘
//! ```
//!
//! Both languages stand there at once, so nobody waits for theirs and nothing is redrawn.
//! Everything grows with the window, which hangs on a screen of any size.

use egui::{Rect, vec2};

use crate::domain::money::Money;
use crate::domain::quantity::Quantity;
use crate::domain::words::{Speaker as _, Words, term, words};
use crate::gui::customer::Shown;
use crate::gui::language::{Language, Voice};
use crate::gui::pen::{Hand, Mark, Pen};
use crate::gui::plan::{cut_bottom, cut_left, cut_right, cut_top};
use crate::gui::theme::{size, space};
use crate::register::view::LineView;
use crate::register::view::customer::{Facing, FacingSale};

/// The window the sizes are made for.
const DESIGN: egui::Vec2 = vec2(1280.0, 720.0);
/// A line of the sale.
const ROW: f32 = 56.0;
/// How small a long announcement may get before its end is cut.
const SHRINK: [f32; 6] = [1.0, 0.92, 0.84, 0.76, 0.68, 0.6];

/// Draws the whole window.
pub fn show(pen: &mut Pen<'_>, whole: Rect, shown: &Shown) {
    let by = (whole.width() / DESIGN.x).min(whole.height() / DESIGN.y).max(0.2);
    let face = Face { shown, by };
    pen.flood(whole, pen.palette.paper);
    let mut rest = whole;
    let bar = cut_top(&mut rest, space::BAR * by);
    face.bar(pen, bar);
    if shown.training {
        let band = cut_top(&mut rest, 40.0 * by);
        pen.flood(band, pen.palette.amber);
        let hand = Hand::new(size::HEADING * by, pen.palette.on_amber).bold().center();
        face.pair(pen, band, hand, term("TRAINING: nothing is sold here"));
    }
    let rest = rest.shrink(space::WIDE * by);
    match (&shown.facing, &shown.announcement) {
        (Facing::Selling(sale), _) => face.sale(pen, rest, sale),
        (Facing::Paid { total, change }, _) => face.paid(pen, rest, *total, *change),
        (Facing::Closed, None) => face.greeting(
            pen,
            rest,
            [term("This register is closed"), term("Please use another one")],
        ),
        (Facing::Idle, None) => {
            face.greeting(pen, rest, [term("Welcome"), term("This register takes cash and checks")])
        }
        (facing, Some(_)) => {
            let mut rest = rest;
            if *facing == Facing::Closed {
                let foot = cut_bottom(&mut rest, 56.0 * by);
                pen.fill(foot, pen.palette.amber);
                let hand = Hand::new(size::HEADING * by, pen.palette.on_amber).bold().center();
                face.pair(pen, foot, hand, term("This register is closed"));
                cut_bottom(&mut rest, space::PAD * by);
            }
            let half = (rest.width() - space::WIDE * by) / 2.0;
            let right = cut_right(&mut rest, half);
            cut_right(&mut rest, space::WIDE * by);
            let columns = [(rest, Language::English), (right, Language::Spanish)];
            let shrink = face.shrink(pen, &columns);
            for (column, language) in columns {
                face.announcement(pen, column, language, shrink);
            }
        }
    }
}

/// What is shown, and how large.
struct Face<'a> {
    shown: &'a Shown,
    by: f32,
}

/// A paragraph of the announcement.
struct Part {
    mark: Option<Mark>,
    text: String,
    hand: Hand,
    gap: f32,
}

impl Face<'_> {
    const fn voice(&self, language: Language) -> Voice {
        Voice { language, currency: self.shown.currency }
    }

    /// An amount, the same in both languages.
    fn money(&self, amount: Money) -> String {
        self.voice(Language::English).money(amount)
    }

    /// A sentence in both languages, side by side.
    fn both(&self, english: &'static str) -> String {
        self.both_words(&Words::plain(english))
    }

    fn both_words(&self, words: &Words) -> String {
        let said = Language::ALL.map(|language| words.said_by(&self.voice(language)));
        match said {
            [one, other] if one == other => one,
            [one, other] => format!("{one} · {other}"),
        }
    }

    fn pair(&self, pen: &mut Pen<'_>, place: Rect, hand: Hand, english: &'static str) {
        pen.write(place, hand, &self.both(english));
    }

    fn bar(&self, pen: &mut Pen<'_>, bar: Rect) {
        let p = pen.palette;
        pen.flood(bar, p.bar);
        let mut rest = bar.shrink2(vec2(space::WIDE * self.by, 0.0));
        let number = self.both_words(&words!("Register {}", self.shown.register));
        let hand = Hand::new(size::HEADING * self.by, p.quiet_on_bar).right();
        pen.write(cut_right(&mut rest, 340.0 * self.by), hand, &number);
        let hand = Hand::new(size::ENTRY * self.by, p.on_bar).bold();
        pen.write(rest, hand, &self.shown.store_name);
    }

    fn greeting(&self, pen: &mut Pen<'_>, place: Rect, said: [&'static str; 2]) {
        let mut rest = place;
        cut_top(&mut rest, place.height() * 0.16);
        for language in Language::ALL {
            let color = pen.palette.ink;
            let [large, small] = said;
            let hand = Hand::new(size::TOTAL * self.by, color).bold().center();
            pen.write(cut_top(&mut rest, 90.0 * self.by), hand, language.say(large));
            let hand = Hand::new(size::ENTRY * self.by, pen.palette.quiet).center();
            pen.write(cut_top(&mut rest, 60.0 * self.by), hand, language.say(small));
            cut_top(&mut rest, 60.0 * self.by);
        }
    }

    fn sale(&self, pen: &mut Pen<'_>, place: Rect, sale: &FacingSale) {
        let by = self.by;
        let mut rest = place;
        let right = cut_right(&mut rest, 470.0 * by);
        cut_right(&mut rest, space::WIDE * by);
        self.totals(pen, right, sale);
        if sale.lines.is_empty() {
            pen.card(rest);
            let hand = Hand::new(size::TOTAL * by, pen.palette.quiet).center();
            return self.pair(pen, rest, hand, term("By check"));
        }
        let fits = (1_usize..=sale.lines.len())
            .rev()
            .find(|count| rows_high(*count) * by <= rest.height())
            .unwrap_or(1);
        let hidden = sale.lines.len().saturating_sub(fits);
        let above = sale.above.saturating_add(hidden);
        let last = sale.lines.len().saturating_sub(1);
        for (index, line) in sale.lines.iter().enumerate().skip(hidden) {
            let row = cut_top(&mut rest, ROW * by).shrink2(vec2(0.0, by));
            let number = above.saturating_add(index).saturating_sub(hidden).saturating_add(1);
            self.line(pen, row, line, number, index == last);
        }
    }

    fn line(&self, pen: &mut Pen<'_>, row: Rect, line: &LineView, number: usize, newest: bool) {
        let (p, by) = (pen.palette, self.by);
        pen.fill(row, if newest && !line.voided { p.newest } else { p.card });
        let ink = if line.voided { p.quiet } else { p.ink };
        let text = Hand::new(size::CUSTOMER * by, ink).struck(line.voided);
        let text = if newest { text.bold() } else { text };
        let mut rest = row.shrink2(vec2(space::PAD * by, 0.0));
        let amount = self.money(line.amount);
        let small = Hand::new(size::BODY * by, p.quiet);
        pen.paint(cut_left(&mut rest, 48.0 * by), small, &number.to_string());
        pen.paint(cut_right(&mut rest, 160.0 * by), text.right(), &amount);
        let many = line.quantity != Quantity::ONE;
        let aside = match (many, line.weighed) {
            (false, _) => String::new(),
            (true, true) => {
                format!("{} {} × {}", line.quantity, self.shown.weight_unit, line.unit_price)
            }
            (true, false) => format!("{} × {}", line.quantity, line.unit_price),
        };
        if many {
            pen.paint(cut_right(&mut rest, 170.0 * by), small.right(), &aside);
            cut_right(&mut rest, space::GAP * by);
        }
        pen.paint(rest, text, &line.name);
        let taken = if line.voided { self.both(term("taken back")) } else { String::new() };
        pen.name(row, &format!("{number} {} {aside} {amount} {taken}", line.name));
    }

    fn totals(&self, pen: &mut Pen<'_>, place: Rect, sale: &FacingSale) {
        let (p, by) = (pen.palette, self.by);
        pen.card(place);
        let mut rest = place.shrink(space::WIDE * by);
        let small = Hand::new(size::HEADING * by, p.quiet);
        if let Some(tax) = sale.tax {
            let mut row = cut_top(&mut rest, 48.0 * by);
            let amount = Hand::new(size::HEADING * by, p.ink).right();
            pen.write(cut_right(&mut row, 180.0 * by), amount, &self.money(tax));
            self.pair(pen, row, small, term("Tax"));
        }
        if sale.waits {
            let row = cut_top(&mut rest, 48.0 * by);
            pen.fill(row, p.amber);
            let hand = Hand::new(size::BODY * by, p.on_amber).bold().center();
            self.pair(pen, row, hand, term("A price is looked up"));
        }
        let back = sale.total.is_negative();
        let caption = if back { term("Back to you") } else { term("Total") };
        if let Some(due) = sale.due {
            self.figure(pen, &mut rest, caption, sale.total, false);
            if back {
                return;
            }
            if let Some(cash) = due.cash {
                self.figure(pen, &mut rest, term("To pay in cash"), cash, true);
            }
            if due.cash != Some(due.check) {
                let large = due.cash.is_none();
                self.figure(pen, &mut rest, term("To pay by check"), due.check, large);
            }
            return;
        }
        let mut foot = cut_bottom(&mut rest, 190.0 * by);
        pen.rule(foot);
        self.figure(pen, &mut foot, caption, sale.total, true);
    }

    fn figure(
        &self,
        pen: &mut Pen<'_>,
        rest: &mut Rect,
        caption: &'static str,
        amount: Money,
        large: bool,
    ) {
        let (p, by) = (pen.palette, self.by);
        cut_top(rest, space::PAD * by);
        let hand = Hand::new(size::HEADING * by, p.ink);
        self.pair(pen, cut_top(rest, 44.0 * by), hand, caption);
        let text = self.money(amount);
        let points = match (large, text.chars().count()) {
            (true, ..=9) => size::GIANT,
            (true, _) | (false, ..=12) => size::TOTAL,
            (false, _) => size::ENTRY,
        };
        let high = if large { 120.0 } else { 76.0 };
        let hand = Hand::new(points * by, p.ink).bold().right();
        pen.write(cut_top(rest, high * by), hand, &text);
    }

    fn paid(&self, pen: &mut Pen<'_>, place: Rect, total: Money, change: Money) {
        let (p, by) = (pen.palette, self.by);
        pen.card(place);
        let mut rest = place.shrink(space::WIDE * by);
        let mut head = cut_top(&mut rest, 70.0 * by);
        let at = cut_left(&mut head, 60.0 * by).left_center() + vec2(24.0 * by, 0.0);
        pen.mark(Mark::Tick, at, 22.0 * by, p.good);
        let hand = Hand::new(size::CUSTOMER * by, p.good).bold();
        let back = total.is_negative();
        let said = if back { term("Paid out, thank you") } else { term("Paid, thank you") };
        self.pair(pen, head, hand, said);
        let mut row = cut_top(&mut rest, 60.0 * by);
        let amount = Hand::new(size::ENTRY * by, p.ink).right();
        pen.write(cut_right(&mut row, 300.0 * by), amount, &self.money(total));
        let hand = Hand::new(size::ENTRY * by, p.quiet);
        self.pair(pen, row, hand, term("Total"));
        if back {
            return;
        }
        cut_top(&mut rest, 40.0 * by);
        pen.rule(rest);
        cut_top(&mut rest, 40.0 * by);
        let hand = Hand::new(size::TOTAL * by, p.ink);
        self.pair(pen, cut_top(&mut rest, 80.0 * by), hand, term("Your change"));
        let text = self.money(change);
        let points = if text.chars().count() <= 9 { size::CHANGE } else { size::GIANT };
        let hand = Hand::new(points * by, p.good).bold().right();
        pen.write(cut_top(&mut rest, 210.0 * by), hand, &text);
    }

    /// The largest type in which both languages fit.
    fn shrink(&self, pen: &Pen<'_>, columns: &[(Rect, Language)]) -> f32 {
        let fits = |shrink: f32| {
            columns.iter().all(|(place, language)| {
                let column = place.shrink(space::WIDE * self.by);
                let parts = self.parts(pen, *language, shrink);
                let high = |part| self.height(pen, column.width(), part);
                parts.iter().map(|part| part.gap + high(part)).sum::<f32>() <= column.height()
            })
        };
        SHRINK.into_iter().find(|shrink| fits(*shrink)).unwrap_or(0.6)
    }

    /// The announcement in one language.
    fn announcement(&self, pen: &mut Pen<'_>, place: Rect, language: Language, shrink: f32) {
        pen.card(place);
        let column = place.shrink(space::WIDE * self.by);
        let mut rest = column;
        for part in &self.parts(pen, language, shrink) {
            cut_top(&mut rest, part.gap);
            let height = self.height(pen, column.width(), part);
            let mut row = cut_top(&mut rest, height);
            if let Some(mark) = part.mark {
                let color = if mark == Mark::Tick { pen.palette.good } else { pen.palette.danger };
                let radius = part.hand.points() * 0.42;
                let side = cut_left(&mut row, self.indent(part));
                let center = side.left_top() + vec2(radius, part.hand.points() * 0.62);
                pen.mark(mark, center, radius, color);
            }
            pen.paragraph(row, part.hand, &part.text);
        }
    }

    fn indent(&self, part: &Part) -> f32 {
        part.mark.map_or(0.0, |_| part.hand.points() * 1.35)
    }

    fn height(&self, pen: &Pen<'_>, width: f32, part: &Part) -> f32 {
        pen.height(width - self.indent(part), part.hand, &part.text)
    }

    fn parts(&self, pen: &Pen<'_>, language: Language, shrink: f32) -> Vec<Part> {
        let Some(told) = &self.shown.announcement else { return Vec::new() };
        let p = pen.palette;
        let voice = self.voice(language);
        let by = self.by * shrink;
        let body = Hand::new(size::CUSTOMER * by, p.ink);
        let part = |mark, words: &Words, hand, gap: f32| Part {
            mark,
            text: words.said_by(&voice),
            hand,
            gap: gap * by,
        };
        let headline = Hand::new(size::HEADLINE * by, p.ink).bold();
        let mut parts = vec![part(None, &told.headline, headline, 0.0)];
        for (mark, list) in [(Mark::Tick, &told.works), (Mark::Stop, &told.stopped)] {
            for (place, words) in list.iter().enumerate() {
                let gap = if place == 0 { space::WIDE } else { space::GAP };
                parts.push(part(Some(mark), words, body, gap));
            }
        }
        parts.push(part(None, &told.until, body.bold(), space::WIDE));
        let small = Hand::new(size::HEADING * by, p.quiet);
        for (place, words) in told.also.iter().enumerate() {
            let gap = if place == 0 { space::PAD } else { space::GAP };
            parts.push(part(None, words, small, gap));
        }
        parts
    }
}

/// How high this many lines are.
fn rows_high(count: usize) -> f32 {
    (0..count).map(|_| ROW).sum()
}
