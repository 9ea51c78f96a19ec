//! The dots of the receipt's own letters are those of the window's font, and are made here.

use std::path::Path;
use std::sync::Arc;

use egui::epaint::text::{FontData, FontDefinitions, Fonts, TextOptions};
use egui::{Color32, FontFamily, FontId};

const WIDTH: i32 = 12;
const HEIGHT: i32 = 24;
/// The row letters stand on.
const BASELINE: f32 = 18.0;
/// The size at which the font's letters are twelve dots wide with the space between them.
const POINTS: f32 = 18.5;

#[test]
fn the_receipts_letters_are_drawn_from_the_font() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/fonts");
    let characters = std::fs::read_to_string(assets.join("receipt-12x24.txt")).expect("the list");
    let font = std::fs::read(assets.join("B612Mono-Regular.otf")).expect("the font");
    let mut definitions = FontDefinitions::empty();
    definitions.font_data.insert("mono".to_owned(), Arc::new(FontData::from_owned(font)));
    for family in [FontFamily::Monospace, FontFamily::Proportional] {
        definitions.families.insert(family, vec!["mono".to_owned()]);
    }
    let mut fonts = Fonts::new(TextOptions::default(), definitions);
    let mut drawn = Vec::new();
    for c in characters.trim_end().chars() {
        drawn.extend(draw(&mut fonts, c));
    }
    let path = assets.join("receipt-12x24.bin");
    if std::env::var_os("UPDATE_GLYPHS").is_some() {
        std::fs::write(&path, &drawn).expect("written");
    }
    let kept = std::fs::read(&path).expect("the dots");
    assert!(kept == drawn, "run this test with UPDATE_GLYPHS=1 and look at a device test");
}

/// 24 rows of two bytes.
fn draw(fonts: &mut Fonts, c: char) -> Vec<u8> {
    let mut view = fonts.with_pixels_per_point(1.0);
    let id = FontId::new(POINTS, FontFamily::Monospace);
    let galley = view.layout_no_wrap(c.to_string(), id, Color32::WHITE);
    let glyph = galley.rows[0].row.glyphs[0];
    let image = view.image();
    let uv = glyph.uv_rect;
    let mut rows = [0_u16; HEIGHT as usize];
    // In the middle of its cell, with a free column at its right.
    let spare = (WIDTH as f32 - 1.0 - glyph.advance_width) / 2.0;
    let left = (uv.offset.x + spare.max(0.0)).round() as i32;
    let top = (BASELINE + uv.offset.y).round() as i32;
    for v in uv.min[1]..uv.max[1] {
        for u in uv.min[0]..uv.max[0] {
            let ink = image.pixels[usize::from(v) * image.size[0] + usize::from(u)].a();
            let (x, y) = (left + i32::from(u - uv.min[0]), top + i32::from(v - uv.min[1]));
            if ink >= 100 && (0..WIDTH).contains(&x) && (0..HEIGHT).contains(&y) {
                rows[y as usize] |= 0x8000 >> x;
            }
        }
    }
    rows.iter().flat_map(|row| row.to_be_bytes()).collect()
}
