//! The program `tideover`: everything it can do is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    tideover::cli::command_line::run()
}
