//! Whether the program is the one that its builders gave out.

use super::{Judged, Seen, good, not_seen, to_look, wrong};

/// The program beside what its builders signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    /// It has the bytes that enough of them signed.
    Signed {
        /// The release's number.
        number: u32,
        /// How many signed.
        builders: usize,
    },
    /// Nobody has said who they are.
    NoBuilders,
    /// No list lies beside the program, or it can't be read.
    NoList(String),
    /// It is another program, or too few signed it.
    Other(String),
}

/// What is judged of the program itself.
pub(super) fn program(program: &Seen<String>, release: &Release) -> Judged {
    let version = match program {
        Ok(version) => version,
        Err(why) => return wrong(why.clone(), "Install Tideover as it was released."),
    };
    match release {
        Release::Signed { number, builders } => {
            good(format!("{version}, release {number}, as {builders} of its builders signed it."))
        }
        Release::NoBuilders => not_seen(
            &format!("{version}; who builds it is not written in /etc/tideover/builders."),
            "Write there whose signatures count; then this says whether it is the program they \
             gave out.",
        ),
        Release::NoList(why) => to_look(
            format!(
                "{version}; nothing beside it tells that it is the one that was signed: {why}."
            ),
            "Install the whole folder of a release, its PROGRAMS and signatures with it.",
        ),
        Release::Other(why) => wrong(
            format!("{version}: {why}."),
            "Keep its journal; install the release again from a folder that `tideover program \
             check` finds whole, and ask who changed it.",
        ),
    }
}
