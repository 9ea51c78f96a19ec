//! Pictures of the main screens, compared with the stored ones.
//!
//! `UPDATE_SNAPSHOTS=1` stores them anew. `TIDEOVER_PICTURES=<folder>` writes every screen at
//! every size there, to be looked at.

use egui_kittest::SnapshotOptions;
use tideover::gui::theme::Theme;

use super::shop::{self, DESIGN, Size};
use super::till::SimulatedTill;

/// Text edges may fall differently on another processor; a moved or recoloured part may not.
fn tolerance() -> SnapshotOptions {
    SnapshotOptions::new()
        .threshold(0.8)
        .max_failed_pixels(200)
        .output_path("tests/it/gui/snapshots")
}

fn compare(name: &str, size: Size) {
    let (_, view) = shop::all().into_iter().find(|(other, _)| *other == name).expect("a screen");
    let till = SimulatedTill::showing(view);
    let mut window = shop::open(&till, size);
    till.pass_ms(5_000); // The notice has calmed down.
    window.run();
    let suffix = if size.theme == Theme::Dark { "-dark" } else { "" };
    window.snapshot_options(format!("{name}{suffix}"), &tolerance());
}

#[test]
fn the_sale_looks_as_it_did() {
    compare("sell", DESIGN);
}

#[test]
fn the_sale_in_a_dim_store_looks_as_it_did() {
    compare("sell", Size { theme: Theme::Dark, ..DESIGN });
}

#[test]
fn payment_looks_as_it_did() {
    compare("tender", DESIGN);
}

#[test]
fn the_change_looks_as_it_did() {
    compare("done", DESIGN);
}

#[test]
fn signing_in_looks_as_it_did() {
    compare("sign-in", DESIGN);
}

#[test]
fn the_stop_looks_as_it_did() {
    compare("stopped", DESIGN);
}

#[test]
fn every_screen_is_drawn_at_every_size() {
    let folder = std::env::var_os("TIDEOVER_PICTURES").map(std::path::PathBuf::from);
    let sizes = [[1280.0, 720.0], [1024.0, 768.0], [1366.0, 768.0]];
    for (name, view) in shop::all() {
        for pixels in sizes {
            for theme in [Theme::Light, Theme::Dark] {
                if folder.is_none() && (theme == Theme::Dark || pixels != sizes[1]) {
                    continue; // Drawing all of them takes a while and tells little more.
                }
                let till = SimulatedTill::showing(view.clone());
                let mut window = shop::open(&till, Size { pixels, theme });
                till.pass_ms(5_000);
                window.run();
                let image = window.render().expect("a picture");
                assert_eq!((image.width(), image.height()), (pixels[0] as u32, pixels[1] as u32));
                assert!(is_painted(&image), "{name} is blank");
                if let Some(folder) = &folder {
                    let file = format!("{name}-{}x{}-{theme:?}.png", pixels[0], pixels[1]);
                    image.save(folder.join(file)).expect("written");
                }
            }
        }
    }
}

/// Opaque everywhere, and more than a few colours.
fn is_painted(image: &image::RgbaImage) -> bool {
    let colors: std::collections::BTreeSet<[u8; 4]> = image.pixels().map(|p| p.0).collect();
    image.pixels().all(|p| p.0[3] == 255) && colors.len() > 20
}
