//! The receipt printer: takes a receipt as text, and never blocks a sale.

use std::io::Write as _;
use std::path::PathBuf;

/// The printer did not take the receipt; the sale is recorded all the same.
#[derive(Debug, thiserror::Error)]
#[error("the receipt was not printed; the sale is recorded, and the screen shows its number")]
pub struct PrinterTrouble(#[source] pub std::io::Error);

/// Where receipts go.
pub trait Printer: Send {
    /// Prints a receipt.
    ///
    /// # Errors
    /// [`PrinterTrouble`] when it can't be printed now.
    fn print(&mut self, receipt: &str) -> Result<(), PrinterTrouble>;
}

/// A register without a printer: the screen shows what there is to know.
#[derive(Debug, Default)]
pub struct NoPrinter;

impl Printer for NoPrinter {
    fn print(&mut self, _: &str) -> Result<(), PrinterTrouble> {
        Ok(())
    }
}

/// Receipts one after the other in a file, each ended by a form feed.
#[derive(Debug)]
pub struct FilePrinter {
    path: PathBuf,
}

impl FilePrinter {
    /// A printer that appends to this file.
    pub const fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl Printer for FilePrinter {
    fn print(&mut self, receipt: &str) -> Result<(), PrinterTrouble> {
        let append = || {
            let mut file =
                std::fs::OpenOptions::new().create(true).append(true).open(&self.path)?;
            file.write_all(format!("{receipt}\u{c}\n").as_bytes())
        };
        append().map_err(PrinterTrouble)
    }
}
