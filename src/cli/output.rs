//! What a command says: text for people or JSON for machines, from the same value.
//!
//! The only module besides the window that writes to the terminal. Progress goes to the error
//! stream, and only when a person is looking at it.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// How a command ended, as its exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All is well.
    Fine,
    /// The command did its work and found something wrong.
    Found,
    /// The command could not do its work.
    Failed,
}

/// A command that could not do its work.
#[derive(Debug)]
pub struct Failure(pub Box<dyn std::error::Error + Send + Sync>);

/// Where a command's words go.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
}

impl Ending {
    /// 0 fine, 1 found something wrong, 3 failed; 2 is a command line that can't be read.
    pub const fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Found => 1,
            Self::Failed => 3,
        }
    }

    /// Fine when nothing was found.
    pub const fn fine_if(fine: bool) -> Self {
        if fine { Self::Fine } else { Self::Found }
    }
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl Display for Failure {
    /// The error and, indented, what caused it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, "\n  because: {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Output {
    /// Text, or JSON.
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    /// True when a machine reads.
    pub const fn is_json(self) -> bool {
        self.json
    }

    /// Says a result.
    ///
    /// # Errors
    /// [`Failure`] when it can't be written, as into a closed pipe.
    pub fn say<T: Display + Serialize>(self, result: &T) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, result)?;
            writeln!(out)?;
        } else {
            writeln!(out, "{}", result.to_string().trim_end_matches('\n'))?;
        }
        Ok(())
    }

    /// Says something while the work goes on; machines are not told.
    pub fn tell(self, text: impl Display) {
        if !self.json {
            // A closed pipe shows at the next result.
            writeln!(std::io::stdout().lock(), "{text}").ok();
        }
    }

    /// A bar for work of `len` steps, seen only by a person.
    pub fn progress(self, len: u64, what: &'static str) -> ProgressBar {
        if self.json || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(len).with_message(what);
        let style = "{msg:20} {wide_bar} {pos}/{len} {eta}";
        bar.set_style(
            ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}

/// Says why a command failed, on the error stream.
pub fn say_failure(failure: &Failure) {
    // Nobody can be told when the error stream is closed.
    writeln!(std::io::stderr().lock(), "tideover: {failure}").ok();
}
