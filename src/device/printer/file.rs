//! Receipts as text in a plain file: for trials, drills, and a store that prints from elsewhere.

use std::io::Write as _;
use std::path::PathBuf;

use crate::receipt::layout::Columns;
use crate::receipt::text;

use super::{Job, Lamp, Outcome, Printer, PrinterEvent, Trouble, Wake};

/// Receipts one after the other in a file, each ended by a form feed. Written at once: the file
/// lies beside the ledger, and where that hangs nothing is sold anyway.
#[derive(Debug)]
pub struct FilePrinter {
    path: PathBuf,
    columns: Columns,
    events: Vec<PrinterEvent>,
    lamp: Lamp,
}

impl FilePrinter {
    /// A printer that appends to this file.
    pub fn new(path: PathBuf, columns: Columns) -> Self {
        let events = vec![PrinterEvent::Lamp(Lamp::Ready)];
        Self { path, columns, events, lamp: Lamp::Ready }
    }

    fn append(&self, text: &str) -> std::io::Result<()> {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe or a device that was named by mistake must not hold the till up.
        let nonblocking = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
        let mut options = std::fs::OpenOptions::new();
        let mut file =
            options.create(true).append(true).custom_flags(nonblocking).open(&self.path)?;
        if !file.metadata()?.is_file() {
            return Err(std::io::Error::other("it is not a plain file"));
        }
        file.write_all(format!("{text}\u{c}\n").as_bytes())
    }
}

impl Printer for FilePrinter {
    fn submit(&mut self, job: Job) {
        let text = text::write(&job.document, self.columns);
        let outcome = if text.is_empty() {
            Outcome::Printed
        } else {
            self.append(&text).map_or_else(
                |error| Outcome::NotStarted(Trouble::File(error.to_string())),
                |()| Outcome::Printed,
            )
        };
        let lamp = match &outcome {
            Outcome::Printed => Lamp::Ready,
            _ => Lamp::Error,
        };
        if lamp != self.lamp {
            self.lamp = lamp;
            self.events.push(PrinterEvent::Lamp(lamp));
        }
        self.events.push(PrinterEvent::Ended(job.what, outcome));
    }

    fn events(&mut self) -> Vec<PrinterEvent> {
        std::mem::take(&mut self.events)
    }

    fn wake_on_event(&mut self, _: Wake) {}
}
