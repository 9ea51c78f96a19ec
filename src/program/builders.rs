//! Who gives programs out, and how many of them have to agree.
//!
//! ```text
//!  tideover/builders/v1
//!  needs 2
//!  key 9d61…7f60 head-office
//!  key d75a…511a second-site
//! ```
//!
//! IT writes this file once and puts it where only root writes; whoever may change it may change
//! the program as well.

use crate::domain::ids::BuilderName;
use crate::journal::key::PublicKey;

/// The first line of the file.
const FIRST_LINE: &str = "tideover/builders/v1";
/// More builders than a chain has.
const BUILDERS_MAX: usize = 9;
/// Longer than any builders' file.
pub(super) const TEXT_MAX: u64 = 2_048;

/// One who signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Builder {
    /// The public half of its key.
    pub key: PublicKey,
    /// What people call it.
    pub name: BuilderName,
}

/// All who may sign, and how many must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Builders {
    needs: usize,
    all: Vec<Builder>,
}

/// Why a text names no builders.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBuilders {
    /// It begins otherwise.
    #[error("its first line is not '{FIRST_LINE}'")]
    FirstLine,
    /// A line is neither `needs` nor `key`.
    #[error(
        "line {0} is not what stands there: 'needs' and a number, then for each builder 'key', 64 \
         small hexadecimal digits and a name"
    )]
    Line(usize),
    /// A key or a name stands there twice.
    #[error("line {0} names a key or a builder a second time")]
    Twice(usize),
    /// More have to sign than there are, or nobody.
    #[error("{needs} of {builders} builders can't be asked for; name from 1 to {BUILDERS_MAX}")]
    Needs {
        /// How many must sign.
        needs: usize,
        /// How many there are.
        builders: usize,
    },
}

impl Builders {
    /// Reads a builders' file.
    ///
    /// # Errors
    /// [`NotBuilders`] with the line that is wrong.
    pub fn parse(text: &str) -> Result<Self, NotBuilders> {
        let mut lines = text.lines().enumerate().map(|(place, line)| (place + 1, line));
        if lines.next().is_none_or(|(_, line)| line != FIRST_LINE) {
            return Err(NotBuilders::FirstLine);
        }
        let (place, line) = lines.next().ok_or(NotBuilders::Line(2))?;
        let needs = line.strip_prefix("needs ").and_then(|text| text.parse().ok());
        let needs: usize = needs.ok_or(NotBuilders::Line(place))?;
        let mut all: Vec<Builder> = Vec::new();
        for (place, line) in lines {
            let builder = builder(line).ok_or(NotBuilders::Line(place))?;
            if all.iter().any(|known| known.key == builder.key || known.name == builder.name) {
                return Err(NotBuilders::Twice(place));
            }
            all.push(builder);
        }
        if needs == 0 || needs > all.len() || all.len() > BUILDERS_MAX {
            return Err(NotBuilders::Needs { needs, builders: all.len() });
        }
        Ok(Self { needs, all })
    }

    /// How many of them must have signed.
    pub const fn needs(&self) -> usize {
        self.needs
    }

    /// Each of them, as the file has them.
    pub fn all(&self) -> &[Builder] {
        &self.all
    }
}

fn builder(line: &str) -> Option<Builder> {
    let (key, name) = line.strip_prefix("key ")?.split_once(' ')?;
    Some(Builder { key: PublicKey::parse(key).ok()?, name: BuilderName::parse(name).ok()? })
}
