//! The receipt as a screen shows it, and how the printer is.

use std::sync::Arc;

use crate::domain::words::term;

pub use crate::device::printer::Lamp as PrinterLamp;
pub use crate::receipt::qr::Matrix as QrMatrix;

/// Where the receipt of the sale on the screen is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaperState {
    /// On its way.
    #[default]
    Printing,
    /// Printed.
    Printed,
    /// Not, or not all of it.
    NotPrinted,
    /// The printer does not say.
    Unsure,
    /// Here: the store prints none, or can't.
    OnScreen,
}

/// The receipt of the sale on the screen. Lines and code are there when it is shown here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaperView {
    /// Where it is.
    pub state: PaperState,
    /// Its lines, in the paper's width.
    pub lines: Arc<[String]>,
    /// Its QR codes, for the customer's phone.
    pub codes: Arc<[QrMatrix]>,
}

/// The printer's lamp in words: a short one, and whether it needs a look.
pub const fn lamp_words(lamp: PrinterLamp) -> (&'static str, bool) {
    match lamp {
        PrinterLamp::PaperFree => (term("On screen"), false),
        PrinterLamp::Ready => (term("Ready"), false),
        PrinterLamp::NearEnd => (term("Roll low"), true),
        PrinterLamp::PaperOut => (term("No paper"), true),
        PrinterLamp::CoverOpen => (term("Cover open"), true),
        PrinterLamp::Offline => (term("Offline"), true),
        PrinterLamp::Error => (term("Error"), true),
        PrinterLamp::Unreachable => (term("No link"), true),
        PrinterLamp::Unknown => (term("Does not say"), false),
        PrinterLamp::WrongSettings => (term("Set wrong"), true),
    }
}
