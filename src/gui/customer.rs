//! The customer's window: a second one, on the side where the customer stands.
//!
//! ```text
//!  View ─▶ facing ─▶ [Shown] ─▶ shared ─▶ its own frame, drawn only when Shown changed
//!  keys typed while it has the focus ─▶ wedge ─▶ the register's inbox, and the register wakes
//! ```
//!
//! It gives no stroke of its own and keeps no figure; it holds what [`Facing`] holds and nobody's
//! data. Without a display that can hold two windows there is none, and selling goes on.

use std::sync::{Arc, Mutex, PoisonError};

use egui::{Context, Ui, ViewportBuilder, ViewportCommand, ViewportId, pos2, vec2};

use super::faults::{Hook, Point, caught};
use super::language::{Language, Voice};
use super::pen::Pen;
use super::screens::customer;
use super::theme::Theme;
use crate::domain::announcement::Announcement;
use crate::domain::policy::Currency;
use crate::register::view::View;
use crate::register::view::customer::{Facing, facing};

/// Whether the customer has a window, and how large it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Display {
    /// None.
    #[default]
    Off,
    /// A window that can be moved to the customer's screen.
    Window,
    /// The whole screen it was moved to.
    Screen,
}

impl Display {
    /// The one after it, as its key goes through them.
    pub const fn next(self) -> Self {
        match self {
            Self::Off => Self::Window,
            Self::Window => Self::Screen,
            Self::Screen => Self::Off,
        }
    }

    /// The word in a settings file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Window => "window",
            Self::Screen => "screen",
        }
    }

    /// The display of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Off, Self::Window, Self::Screen].into_iter().find(|display| display.word() == word)
    }
}

/// Where it stands on the desktop, in units that do not follow the register's zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From the left of all screens.
    pub left: i32,
    /// From the top.
    pub top: i32,
    /// How wide.
    pub wide: i32,
    /// How high.
    pub high: i32,
}

impl Place {
    /// Screens side by side reach no further than this, either way.
    const FARTHEST: i32 = 32_000;
    /// The smallest window that can be read.
    const LEAST: (i32, i32) = (320, 180);

    /// Reads `left,top,wide,high`; none for anything that is no window's place.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(',').map(|number| number.trim().parse::<i32>().ok());
        let mut next = || numbers.next().flatten();
        let place = Self { left: next()?, top: next()?, wide: next()?, high: next()? };
        let near = |value: i32| (-Self::FARTHEST..=Self::FARTHEST).contains(&value);
        let large = place.wide >= Self::LEAST.0 && place.high >= Self::LEAST.1;
        let whole = [place.left, place.top, place.wide, place.high].into_iter().all(near);
        (whole && large && numbers.next().is_none()).then_some(place)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{},{},{},{}", self.left, self.top, self.wide, self.high)
    }
}

/// All that stands on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The sale.
    pub facing: Facing,
    /// What customers are told in an outage.
    pub announcement: Option<Arc<Announcement>>,
    /// The store's name.
    pub store_name: String,
    /// The register's number.
    pub register: u16,
    /// What amounts are in.
    pub currency: Currency,
    /// What weighed items are priced in.
    pub weight_unit: String,
    /// Nothing counts here.
    pub training: bool,
    /// Its colors.
    pub theme: Theme,
}

impl Shown {
    /// What a customer may see of this view.
    pub fn of(view: &View, theme: Theme) -> Self {
        let status = &view.status;
        Self {
            facing: facing(view),
            announcement: status.announcement.clone(),
            store_name: status.store_name.clone(),
            register: status.register,
            currency: status.currency,
            weight_unit: status.weight_unit.clone(),
            training: status.training,
            theme,
        }
    }
}

/// What both windows hold.
#[derive(Default)]
struct Shared {
    shown: Option<Arc<Shown>>,
    /// Its frame was closed by somebody.
    closed: bool,
    /// It gave the keyboard back that it took by opening.
    gave_back: bool,
    /// It could not be drawn.
    failed: bool,
    place: Option<Place>,
}

/// See the module.
#[derive(Default)]
pub struct Customer {
    display: Display,
    shared: Arc<Mutex<Shared>>,
    builder: Option<ViewportBuilder>,
    /// The view and colors on show.
    seen: Option<(Arc<View>, Theme)>,
    faults: Hook,
}

/// The name of the window among those of the program.
pub fn viewport() -> ViewportId {
    ViewportId::from_hash_of("customer")
}

impl Customer {
    /// None on show yet; it will open at `place`.
    pub fn at(place: Option<Place>) -> Self {
        let shared = Shared { place, ..Shared::default() };
        Self { shared: Arc::new(Mutex::new(shared)), ..Self::default() }
    }

    /// The same, where a test may let it fail.
    pub fn with(self, faults: Hook) -> Self {
        Self { faults, ..self }
    }

    /// It could not be drawn since this was asked last.
    pub fn failed(&self) -> bool {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut shared.failed)
    }

    /// Where it was last.
    pub fn place(&self) -> Option<Place> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).place
    }

    /// Somebody closed it since this was asked last.
    pub fn was_closed(&self) -> bool {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut shared.closed)
    }

    /// Keeps the window as `display` says and lets it show `view`. To be called in each frame of
    /// the register's window.
    pub fn show(&mut self, ctx: &Context, display: Display, view: &Arc<View>, theme: Theme) {
        if display == Display::Off || ctx.embed_viewports() {
            *self = Self::at(self.place()).with(self.faults.clone());
            return;
        }
        self.faults.at(Point::Customer);
        let seen = self.seen.as_ref();
        if !seen.is_some_and(|(old, look)| Arc::ptr_eq(old, view) && *look == theme) {
            self.seen = Some((Arc::clone(view), theme));
            self.put(ctx, Shown::of(view, theme));
        }
        if self.display != display || self.builder.is_none() {
            self.builder = Some(self.open(ctx.zoom_factor(), display));
            self.display = display;
        }
        let Some(builder) = self.builder.clone() else { return };
        let (shared, faults) = (Arc::clone(&self.shared), self.faults.clone());
        ctx.show_viewport_deferred(viewport(), builder, move |ui, _class| {
            if caught(|| draw(ui, &shared, &faults)).is_none() {
                shared.lock().unwrap_or_else(PoisonError::into_inner).failed = true;
                ui.ctx().request_repaint_of(ViewportId::ROOT);
            }
        });
    }

    /// Another content is drawn; the same one costs nothing.
    fn put(&self, ctx: &Context, shown: Shown) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.shown.as_deref() != Some(&shown) {
            shared.shown = Some(Arc::new(shown));
            drop(shared);
            ctx.request_repaint_of(viewport());
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::as_conversions,
        reason = "a window's place is a small whole number"
    )]
    fn open(&self, zoom: f32, display: Display) -> ViewportBuilder {
        let builder = ViewportBuilder::default()
            .with_app_id("tideover")
            .with_title("Tideover customer")
            .with_active(false)
            .with_fullscreen(display == Display::Screen);
        match self.place() {
            Some(place) => builder
                .with_position(pos2(place.left as f32, place.top as f32) / zoom)
                .with_inner_size(vec2(place.wide as f32, place.high as f32) / zoom),
            // Nobody moved it anywhere yet: the second screen, where there is one.
            None if display == Display::Screen => builder.with_monitor(1),
            None => builder.with_inner_size(vec2(1024.0, 600.0) / zoom),
        }
    }
}

/// A frame of the customer's window.
fn draw(ui: &mut Ui, shared: &Mutex<Shared>, faults: &Hook) {
    let ctx = ui.ctx().clone();
    let place = place_now(&ctx);
    let (closing, focused) =
        ctx.input(|input| (input.viewport().close_requested(), input.raw.focused));
    let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let took_keyboard = focused && !std::mem::replace(&mut shared.gave_back, true);
    shared.closed |= closing;
    shared.place = place.or(shared.place);
    let shown = shared.shown.clone();
    drop(shared);
    if took_keyboard {
        // Later it keeps it until a key is typed (see the wedge), so that it can be moved.
        ctx.send_viewport_cmd_to(ViewportId::ROOT, ViewportCommand::Focus);
    }
    if closing {
        ctx.request_repaint_of(ViewportId::ROOT);
    }
    faults.at(Point::CustomerDrawing);
    if let Some(shown) = shown {
        let voice = Voice { language: Language::English, currency: shown.currency };
        let whole = ctx.content_rect();
        customer::show(&mut Pen::new(ui, shown.theme.palette(), voice), whole, &shown);
    }
}

/// Where the window stands; none while it fills a screen or the desktop does not say.
#[expect(
    clippy::cast_possible_truncation,
    clippy::as_conversions,
    reason = "what is no place on a desktop is refused by the reader of places"
)]
fn place_now(ctx: &Context) -> Option<Place> {
    let zoom = ctx.zoom_factor();
    let (outer, inner) = ctx.input(|input| {
        let window = input.viewport();
        let whole = window.fullscreen == Some(true) || window.maximized == Some(true);
        (window.outer_rect.filter(|_| !whole), window.inner_rect)
    });
    let (outer, inner) = (outer? * zoom, inner? * zoom);
    Some(Place {
        left: outer.left().round() as i32,
        top: outer.top().round() as i32,
        wide: inner.width().round() as i32,
        high: inner.height().round() as i32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_nothing_else_is() {
        let place = Place { left: -1366, top: 0, wide: 1366, high: 768 };
        assert_eq!(Place::parse(&place.to_string()), Some(place));
        for wrong in ["", "1,2,3", "0,0,10,10", "0,0,99999,400", "0,0,800,600,1", "a,0,800,600"] {
            assert_eq!(Place::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn its_key_goes_through_all_displays() {
        let mut display = Display::Off;
        for _ in 0..3 {
            assert_eq!(Display::from_word(display.word()), Some(display));
            display = display.next();
        }
        assert_eq!(display, Display::Off);
    }
}
