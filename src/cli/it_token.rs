//! `tideover central it-token`: the token with which a person of IT signs on the page of the queue.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use super::central::existing;
use super::output::Failure;
use crate::central::queue::tokens;
use crate::device::entropy::Entropy;
use crate::domain::ids::PersonId;

/// A token, or the end of one.
#[derive(Clone, Debug, Serialize)]
pub struct ItToken {
    /// Whose.
    pub who: String,
    /// The token, shown this once; none where it was ended.
    pub token: Option<String>,
    /// They had one before, and it is good no longer.
    pub ended: bool,
}

/// Makes a person's token, or ends it.
///
/// # Errors
/// [`Failure`] where the name is none, or the folder no central's.
pub fn run(folder: &Path, who: &str, end: bool, entropy: &dyn Entropy) -> Result<ItToken, Failure> {
    let person = PersonId::parse(who)?;
    // A mistyped folder is not to hold tokens of a central that is not there.
    drop(existing(folder)?);
    let ended = tokens::revoke(folder, &person)?;
    let token = if end { None } else { Some(tokens::issue(folder, &person, entropy)?) };
    Ok(ItToken { who: person.to_string(), token, ended })
}

impl fmt::Display for ItToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { who, token, ended } = self;
        match (token, ended) {
            (Some(token), _) => write!(
                f,
                "{token}\n{who} signs with it on central's page /queue. It is shown this once; \
                 an earlier one of theirs is good no longer."
            ),
            (None, true) => write!(f, "{who} has no token any more; what they signed stays."),
            (None, false) => write!(f, "{who} had no token; nothing was changed."),
        }
    }
}
