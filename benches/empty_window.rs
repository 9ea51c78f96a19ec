//! An empty window, opened the way the register's is: the yardstick of the register's first
//! frame, idle time and memory. `benches/window.sh` runs both beside each other.
#![allow(clippy::allow_attributes, clippy::print_stderr, reason = "a benchmark tells what failed")]

/// The color that says "painted", looked for in the middle of the window.
const MARK: egui::Color32 = egui::Color32::from_rgb(40, 80, 120);

struct Empty;

impl eframe::App for Empty {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        egui::CentralPanel::default().frame(egui::Frame::new().fill(MARK)).show(ui, |_ui| {});
    }
}

fn main() {
    // Cargo's own test and bench runs start this without a display: then there is nothing to show.
    if std::env::args().any(|arg| arg == "--bench" || arg == "--test") {
        return;
    }
    let viewport = egui::ViewportBuilder::default()
        .with_app_id("tideover-empty")
        .with_title("Empty window")
        .with_inner_size([1280.0, 720.0]);
    let native = eframe::NativeOptions {
        viewport,
        renderer: eframe::Renderer::Glow,
        ..eframe::NativeOptions::default()
    };
    let opened = eframe::run_native("empty", native, Box::new(|_cc| Ok(Box::new(Empty))));
    if let Err(error) = opened {
        eprintln!("the empty window did not open: {error}");
        std::process::exit(1);
    }
}
