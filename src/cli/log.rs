//! The program's log on the standard error: lines for people, or one JSON object a line for
//! programs that collect logs.
//!
//! Nothing personal is in it: who writes a log line names stores, registers, journals, counts and
//! outcomes, never a person, a check, a PIN or what a customer bought.

use std::fmt;

use clap::ValueEnum;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::device::clock::{Clock, SystemClock};

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people: what needs attention.
    #[default]
    Text,
    /// One JSON object a line, with times: also what went well.
    Json,
}

/// A fault of the program is logged by its place alone: its words may hold what somebody keyed or
/// what stood on a screen.
fn note_faults() {
    std::panic::set_hook(Box::new(|fault| {
        let thread = std::thread::current();
        let (file, line) = fault.location().map_or(("?", 0), |at| (at.file(), at.line()));
        let thread = thread.name().unwrap_or("?");
        tracing::error!(file, line, thread, "a fault in the program; its words are not logged");
    }));
}

/// Begins the log of the process; a second time changes nothing.
pub fn begin(format: LogFormat) {
    note_faults();
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr);
    let begun = match format {
        LogFormat::Text => log.with_max_level(Level::WARN).without_time().try_init(),
        LogFormat::Json => {
            let lines = JsonLines { clock: SystemClock::new(None) };
            log.with_max_level(Level::INFO).event_format(lines).try_init()
        }
    };
    // Somebody who embeds the program has a log already.
    begun.ok();
}

struct JsonLines {
    clock: SystemClock,
}

/// The fields of one event.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut line = Map::new();
        line.insert("at".to_owned(), self.clock.now().to_string().into());
        line.insert("level".to_owned(), event.metadata().level().as_str().into());
        line.insert("target".to_owned(), event.metadata().target().into());
        if let Some(message) = fields.0.remove("message") {
            line.insert("message".to_owned(), message);
        }
        for (name, value) in fields.0 {
            // What a field is called is ours to say, and never hides what the line says of itself.
            line.entry(name).or_insert(value);
        }
        writeln!(writer, "{}", Value::Object(line))
    }
}
