//! The look, said once: colours, sizes, spaces and fonts.
//!
//! An instrument, not a shop: calm, high contrast, one thing lit. Colour is never alone: a word
//! and a shape go with it, since green and red fall together for one man in twelve.
//! Nothing outside this file names a colour or a size of type.

use std::sync::Arc;

use egui::{Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Stroke};

/// The looks; chosen on the register, never the desktop's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// For lit stores.
    #[default]
    Light,
    /// For dim ones.
    Dark,
    /// For eyes that need the most: white and bright on black, 7:1 and more everywhere.
    Contrast,
}

/// The colours by their role.
#[derive(Debug)]
pub struct Palette {
    /// Behind everything.
    pub paper: Color32,
    /// Behind what is read.
    pub card: Color32,
    /// Text.
    pub ink: Color32,
    /// Text that explains.
    pub quiet: Color32,
    /// The bar at the top.
    pub bar: Color32,
    /// Text on the bar.
    pub on_bar: Color32,
    /// Captions on the bar.
    pub quiet_on_bar: Color32,
    /// An outage, and whatever needs a look.
    pub amber: Color32,
    /// Text on amber.
    pub on_amber: Color32,
    /// The entry line's edge, and what is chosen.
    pub action: Color32,
    /// The fill of a primary key that goes on.
    pub go: Color32,
    /// The fill of the cash key.
    pub cash: Color32,
    /// Text on `go`, `cash` and `alarm`.
    pub on_fill: Color32,
    /// Money that was kept or is to be handed back.
    pub good: Color32,
    /// Refusals and keys that destroy, as text and edge.
    pub danger: Color32,
    /// The fill of a notice that flashes.
    pub alarm: Color32,
    /// The newest line, and notices to look at.
    pub newest: Color32,
    /// A refusal at rest.
    pub refused: Color32,
    /// The edge of a control.
    pub edge: Color32,
    /// A line that only divides.
    pub rule: Color32,
    /// A key under the finger.
    pub pressed: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    let [_, r, g, b] = hex.to_be_bytes();
    Color32::from_rgb(r, g, b)
}

/// The light look.
pub static LIGHT: Palette = Palette {
    paper: rgb(0xF6_F4EE),
    card: rgb(0xFF_FFFF),
    ink: rgb(0x10_1B24),
    quiet: rgb(0x44_525E),
    bar: rgb(0x0B_2E4F),
    on_bar: rgb(0xFF_FFFF),
    quiet_on_bar: rgb(0xA9_C3DB),
    amber: rgb(0xF2_B134),
    on_amber: rgb(0x10_1B24),
    action: rgb(0x0B_5CAD),
    go: rgb(0x0B_5CAD),
    cash: rgb(0x00_6B4F),
    on_fill: rgb(0xFF_FFFF),
    good: rgb(0x00_6B4F),
    danger: rgb(0xA8_261C),
    alarm: rgb(0xA8_261C),
    newest: rgb(0xFD_F1D6),
    refused: rgb(0xFB_E6E3),
    edge: rgb(0x85_837A),
    rule: rgb(0xD9_D6CC),
    pressed: rgb(0xE3_EDF7),
};

/// The dark look.
pub static DARK: Palette = Palette {
    paper: rgb(0x0E_151B),
    card: rgb(0x17_212A),
    ink: rgb(0xEE_F2F5),
    quiet: rgb(0xA9_B7C2),
    bar: rgb(0x07_1D33),
    on_bar: rgb(0xFF_FFFF),
    quiet_on_bar: rgb(0xA9_C3DB),
    amber: rgb(0xF2_B134),
    on_amber: rgb(0x10_1B24),
    action: rgb(0x6A_B0F3),
    go: rgb(0x1C_66B3),
    cash: rgb(0x00_7355),
    on_fill: rgb(0xFF_FFFF),
    good: rgb(0x5F_D3AE),
    danger: rgb(0xFF_9A8F),
    alarm: rgb(0xB3_2E23),
    newest: rgb(0x3A_3016),
    refused: rgb(0x43_1D1A),
    edge: rgb(0x7C_8B97),
    rule: rgb(0x2B_3945),
    pressed: rgb(0x24_3646),
};

/// The look of the strongest contrast.
pub static CONTRAST: Palette = Palette {
    paper: rgb(0x00_0000),
    card: rgb(0x00_0000),
    ink: rgb(0xFF_FFFF),
    quiet: rgb(0xE6_E6E6),
    bar: rgb(0x00_0000),
    on_bar: rgb(0xFF_FFFF),
    quiet_on_bar: rgb(0xE6_E6E6),
    amber: rgb(0xFF_D400),
    on_amber: rgb(0x00_0000),
    action: rgb(0x6C_DFFF),
    go: rgb(0x6C_DFFF),
    cash: rgb(0x4D_F0A8),
    on_fill: rgb(0x00_0000),
    good: rgb(0x4D_F0A8),
    danger: rgb(0xFF_A8A0),
    alarm: rgb(0xFF_A8A0),
    newest: rgb(0x2A_2200),
    refused: rgb(0x33_0606),
    edge: rgb(0xFF_FFFF),
    rule: rgb(0x9A_9A9A),
    pressed: rgb(0x00_3350),
};

/// Fills for departments without a picture, each 4.5:1 and more under its ink.
const DEPARTMENTS: [u32; 8] =
    [0x2E_6B34, 0x9A_3B1E, 0x0B_5CAD, 0x6A_3D8F, 0x8A_5A00, 0x00_6B6B, 0x94_2A5E, 0x44_525E];

impl Palette {
    /// The fill of a department's tile and the ink on it.
    pub fn department(&self, number: u16) -> (Color32, Color32) {
        let place = usize::from(number) % DEPARTMENTS.len();
        let fill = DEPARTMENTS.get(place).copied().unwrap_or(0x44_525E);
        (rgb(fill), Color32::WHITE)
    }
}

impl Theme {
    /// All of them, in the order the key goes through them.
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::Contrast];

    /// The word in a settings file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Contrast => "contrast",
        }
    }

    /// The look of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.word() == word)
    }

    /// The one after it.
    pub const fn next(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Contrast,
            Self::Contrast => Self::Light,
        }
    }

    /// Its colours.
    pub fn palette(self) -> &'static Palette {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
            Self::Contrast => &CONTRAST,
        }
    }
}

/// Sizes of type in points.
pub mod size {
    /// Captions and the names of keys.
    pub const HINT: f32 = 13.0;
    /// Secondary text.
    pub const SMALL: f32 = 16.0;
    /// Text and lines of a sale.
    pub const BODY: f32 = 18.0;
    /// Headings and the newest line.
    pub const HEADING: f32 = 24.0;
    /// What is being keyed.
    pub const ENTRY: f32 = 30.0;
    /// The total.
    pub const TOTAL: f32 = 52.0;
    /// What is due, and the change.
    pub const GIANT: f32 = 88.0;
    /// Text on the customer's window, which is read from further away.
    pub const CUSTOMER: f32 = 28.0;
    /// The first sentence of an announcement.
    pub const HEADLINE: f32 = 40.0;
    /// The change on the customer's window.
    pub const CHANGE: f32 = 150.0;
}

/// Spaces in points, all multiples of four.
pub mod space {
    /// Between things that belong together.
    pub const GAP: f32 = 8.0;
    /// Around the contents of a card.
    pub const PAD: f32 = 16.0;
    /// Around a screen, and between its columns.
    pub const WIDE: f32 = 24.0;
    /// The bar at the top.
    pub const BAR: f32 = 64.0;
    /// The strip with the last notice.
    pub const STRIP: f32 = 52.0;
    /// A function key.
    pub const KEY: f32 = 60.0;
    /// A key of a pad.
    pub const PAD_KEY: f32 = 76.0;
    /// The entry line.
    pub const ENTRY: f32 = 60.0;
    /// A line of a sale.
    pub const ROW: f32 = 44.0;
    /// The newest line of a sale.
    pub const ROW_NEWEST: f32 = 60.0;
    /// The least a finger hits, in points at zoom 1.
    const TOUCH_MIN: f32 = 44.0;

    /// A line of a sale at this zoom: lines are touched, so they do not shrink with the window.
    pub fn row(zoom: f32) -> f32 {
        ROW.max(TOUCH_MIN / zoom)
    }
}

/// Corners of cards and keys.
pub const RADIUS: CornerRadius = CornerRadius::same(6);

/// The three cuts of type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// B612.
    Regular,
    /// B612 Bold.
    Bold,
    /// B612 Mono.
    Mono,
}

const BOLD: &str = "B612 Bold";

impl Face {
    /// The font of this face.
    pub fn at(self, points: f32) -> FontId {
        let family = match self {
            Self::Regular => FontFamily::Proportional,
            Self::Bold => FontFamily::Name(BOLD.into()),
            Self::Mono => FontFamily::Monospace,
        };
        FontId::new(points, family)
    }
}

/// The zoom of a window of this many points at zoom 1: designed for 1280 by 720.
pub fn zoom_for(width: f32, height: f32) -> f32 {
    let zoom = (width / 1280.0).min(height / 720.0).clamp(0.7, 2.5);
    (zoom * 50.0).round() / 50.0 // Whole steps, so that a resize settles at once.
}

/// Puts the look on: once, before the first frame.
pub fn apply(ctx: &egui::Context, theme: Theme) {
    ctx.set_fonts(fonts());
    ctx.options_mut(|options| {
        options.quit_shortcuts.clear();
        options.zoom_with_keyboard = false;
        options.sync_window_theme = false;
    });
    paint(ctx, theme);
}

/// Changes the colors of a window that has its look.
pub fn paint(ctx: &egui::Context, theme: Theme) {
    ctx.set_theme(match theme {
        Theme::Light => egui::Theme::Light,
        Theme::Dark | Theme::Contrast => egui::Theme::Dark,
    });
    let palette = theme.palette();
    ctx.all_styles_mut(|style| {
        style.animation_time = 0.0;
        style.scroll_animation = egui::style::ScrollAnimation::none();
        style.interaction.selectable_labels = false;
        let visuals = &mut style.visuals;
        visuals.override_text_color = Some(palette.ink);
        visuals.panel_fill = palette.paper;
        visuals.window_fill = palette.card;
        visuals.window_shadow = egui::Shadow::NONE;
        visuals.popup_shadow = egui::Shadow::NONE;
        visuals.selection.stroke = Stroke::new(2.0, palette.action);
    });
}

/// B612 for every family, with the built-in fonts behind it for what it lacks.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let cuts: [(&str, &'static [u8]); 3] = [
        ("B612", include_bytes!("../../assets/fonts/B612-Regular.otf")),
        (BOLD, include_bytes!("../../assets/fonts/B612-Bold.otf")),
        ("B612 Mono", include_bytes!("../../assets/fonts/B612Mono-Regular.otf")),
    ];
    for (name, bytes) in cuts {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let behind = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    for (family, first) in [
        (FontFamily::Proportional, "B612"),
        (FontFamily::Monospace, "B612 Mono"),
        (FontFamily::Name(BOLD.into()), BOLD),
    ] {
        let mut chain = vec![first.to_owned()];
        chain.extend(behind.iter().cloned());
        fonts.families.insert(family, chain);
    }
    fonts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast of two colours by WCAG 2.2, success criterion 1.4.3.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |c: Color32| {
            let channel = |v: u8| {
                let v = f32::from(v) / 255.0;
                if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * channel(c.r()) + 0.7152 * channel(c.g()) + 0.0722 * channel(c.b())
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_stands_out_at_four_and_a_half_to_one_and_edges_at_three() {
        for (name, p, least) in
            [("light", &LIGHT, 4.5), ("dark", &DARK, 4.5), ("contrast", &CONTRAST, 7.0)]
        {
            let text = [
                ("ink on paper", p.ink, p.paper),
                ("ink on card", p.ink, p.card),
                ("ink on newest", p.ink, p.newest),
                ("ink on refused", p.ink, p.refused),
                ("ink on pressed", p.ink, p.pressed),
                ("quiet on paper", p.quiet, p.paper),
                ("quiet on card", p.quiet, p.card),
                ("quiet on newest", p.quiet, p.newest),
                ("quiet on refused", p.quiet, p.refused),
                ("quiet on pressed", p.quiet, p.pressed),
                ("white on bar", p.on_bar, p.bar),
                ("captions on bar", p.quiet_on_bar, p.bar),
                ("amber on bar", p.amber, p.bar),
                ("text on amber", p.on_amber, p.amber),
                ("text on go", p.on_fill, p.go),
                ("text on cash", p.on_fill, p.cash),
                ("text on alarm", p.on_fill, p.alarm),
                ("danger on card", p.danger, p.card),
                ("danger on paper", p.danger, p.paper),
                ("danger on refused", p.danger, p.refused),
                ("good on card", p.good, p.card),
                ("good on paper", p.good, p.paper),
                ("action on card", p.action, p.card),
            ];
            for (what, a, b) in text {
                assert!(contrast(a, b) >= least, "{name}: {what} is {:.2}:1", contrast(a, b));
            }
            for (what, a, b) in [
                ("edge on card", p.edge, p.card),
                ("edge on paper", p.edge, p.paper),
                ("entry edge on card", p.action, p.card),
            ] {
                assert!(contrast(a, b) >= 3.0, "{name}: {what} is {:.2}:1", contrast(a, b));
            }
            assert!(contrast(p.ink, p.card) >= 14.0, "{name}: what is read all day");
        }
    }

    #[test]
    fn a_department_can_be_read_on_its_disc() {
        for number in 0..16 {
            let (fill, ink) = LIGHT.department(number);
            assert!(contrast(ink, fill) >= 4.5, "{number}: {:.2}:1", contrast(ink, fill));
        }
    }

    #[test]
    fn the_zoom_follows_the_window() {
        for (width, height, zoom) in [
            (1280.0, 720.0, 1.0),
            (1024.0, 768.0, 0.8),
            (1920.0, 1080.0, 1.5),
            (320.0, 200.0, 0.7),
            (9000.0, 9000.0, 2.5),
        ] {
            assert!((zoom_for(width, height) - zoom).abs() < 0.001, "{width} by {height}");
        }
    }
}
