//! The list of a release: which bytes belong to it.
//!
//! ```text
//!  tideover/programs/v1
//!  version 1.4.0
//!  number 12
//!  source 4f0c…91ae
//!  file 9f86…0a08 24117248 tideover
//!  file 60303…ae22 48123 tideover.cdx.json
//! ```
//!
//! One list has one text: fields in this order, files by name, a newline after each line. What is
//! signed is the whole text; its first line keeps it apart from whatever else is signed.

use std::fmt::Write as _;

use crate::domain::ids::{ProgramFile, ProgramVersion};
use crate::journal::hash::Hash;
use crate::journal::key::{Domain, PublicKey, Signature, SigningKey};

/// More files than a release has.
pub(super) const FILES_MAX: usize = 64;
/// Longer than any list.
pub(super) const TEXT_MAX: u64 = 16_384;
/// The digits of a commit's name: SHA-1 or SHA-256.
const SOURCE_DIGITS: [usize; 2] = [40, 64];

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The SHA-256 of its bytes.
    pub sum: Hash,
    /// How many bytes it has.
    pub bytes: u64,
    /// Its name in the release's folder.
    pub name: ProgramFile,
}

/// What belongs to a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramList {
    version: ProgramVersion,
    number: u32,
    source: String,
    files: Vec<Listed>,
}

/// Why something is no list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAList {
    /// A line is not what stands at its place.
    #[error(
        "line {0} is not what stands there (docs/release.md has the form); a list is written by \
         the program and never by hand"
    )]
    Line(usize),
    /// There is no such commit's name.
    #[error("'{0}' is not the name of a commit: 40 or 64 small hexadecimal digits")]
    Source(String),
    /// Release 0, and none at all.
    #[error("a release has a number from 1, greater than that of the one before")]
    Number,
    /// No file, too many, or one of them twice.
    #[error("a release has from 1 to {FILES_MAX} files, each once")]
    Files,
    /// A hidden file.
    #[error("'{0}' begins with a dot; such files belong to no release")]
    Hidden(ProgramFile),
}

impl ProgramList {
    /// A list of these files.
    ///
    /// # Errors
    /// [`NotAList`] with what is wrong.
    pub fn new(
        version: ProgramVersion,
        number: u32,
        source: &str,
        mut files: Vec<Listed>,
    ) -> Result<Self, NotAList> {
        let digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if !SOURCE_DIGITS.contains(&source.len()) || !source.chars().all(digit) {
            return Err(NotAList::Source(source.chars().take(64).collect()));
        }
        if number == 0 {
            return Err(NotAList::Number);
        }
        files.sort_by(|one, other| one.name.cmp(&other.name));
        let twice = files.array_windows().any(|[one, other]| one.name == other.name);
        if twice || files.is_empty() || files.len() > FILES_MAX {
            return Err(NotAList::Files);
        }
        if let Some(hidden) = files.iter().find(|file| file.name.as_str().starts_with('.')) {
            return Err(NotAList::Hidden(hidden.name.clone()));
        }
        Ok(Self { version, number, source: source.to_owned(), files })
    }

    /// Reads a list.
    ///
    /// # Errors
    /// [`NotAList`] when these bytes are not the one text of a list.
    pub fn parse(text: &str) -> Result<Self, NotAList> {
        let first = std::str::from_utf8(Domain::Programs.prefix()).unwrap_or_default();
        let rest = text.strip_prefix(first).ok_or(NotAList::Line(1))?;
        let mut lines = rest.split_inclusive('\n').enumerate().map(|(place, line)| {
            let line = line.strip_suffix('\n').ok_or(NotAList::Line(place + 2))?;
            Ok((place + 2, line))
        });
        let mut field = |name: &str, place| {
            let (_, line) = lines.next().unwrap_or(Err(NotAList::Line(place)))?;
            line.strip_prefix(name).map(str::to_owned).ok_or(NotAList::Line(place))
        };
        let version = field("version ", 2)?;
        let version = ProgramVersion::parse(&version).map_err(|_why| NotAList::Line(2))?;
        let number = field("number ", 3)?.parse().map_err(|_why| NotAList::Line(3))?;
        let source = field("source ", 4)?;
        let files = lines
            .map(|line| line.and_then(|(place, line)| listed(line).ok_or(NotAList::Line(place))))
            .collect::<Result<Vec<Listed>, NotAList>>()?;
        let list = Self::new(version, number, &source, files)?;
        // One list has one text: no plus before a number, no other order of the files.
        let same = list.text();
        let differs = text.lines().zip(same.lines()).position(|(read, said)| read != said);
        match differs {
            None if text == same => Ok(list),
            differs => Err(NotAList::Line(differs.map_or(1, |place| place + 1))),
        }
    }

    /// The one text of this list.
    pub fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(Domain::Programs.prefix()).into_owned();
        text.push_str(&self.body());
        text
    }

    /// The text after its first line, which every signature of this purpose has before it.
    fn body(&self) -> String {
        let Self { version, number, source, files } = self;
        let mut text = format!("version {version}\nnumber {number}\nsource {source}\n");
        for Listed { sum, bytes, name } in files {
            // Writing into a string does not fail.
            writeln!(text, "file {sum} {bytes} {name}").ok();
        }
        text
    }

    /// A builder's signature.
    pub fn sign(&self, key: &SigningKey) -> Signature {
        key.sign(Domain::Programs, self.body().as_bytes())
    }

    /// True when the builder of this key signed this list.
    pub fn signed_by(&self, key: &PublicKey, signature: &Signature) -> bool {
        key.verifies(Domain::Programs, self.body().as_bytes(), signature)
    }

    /// The version, as people call it.
    pub const fn version(&self) -> &ProgramVersion {
        &self.version
    }

    /// Its number among all releases; the later one is greater.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The commit it was built from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its files, by name.
    pub fn files(&self) -> &[Listed] {
        &self.files
    }

    /// The file of this name.
    pub fn file(&self, name: &ProgramFile) -> Option<&Listed> {
        self.files.iter().find(|listed| listed.name == *name)
    }
}

fn listed(line: &str) -> Option<Listed> {
    let (sum, rest) = line.strip_prefix("file ")?.split_once(' ')?;
    let (bytes, name) = rest.split_once(' ')?;
    Some(Listed {
        sum: Hash::parse(sum)?,
        bytes: bytes.parse().ok()?,
        name: ProgramFile::parse(name).ok()?,
    })
}
