//! `tideover program`: lists a release's files, signs the list, and checks a release before it is
//! installed.
//!
//! ```text
//!  list ─▶ PROGRAMS ─▶ sign (each builder, at home) ─▶ PROGRAMS.*.sig ─▶ check (whoever installs)
//! ```
//!
//! It installs nothing.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::device::entropy::SystemEntropy;
use crate::domain::ids::ProgramVersion;
use crate::program::{self, BUILDERS_FILE, BuilderKey, Checked, FileState, ProgramList};

use super::output::{Ending, Failure, Output};

/// What to do with a release.
#[derive(Clone, Debug, Subcommand)]
pub enum ProgramAction {
    /// Write the list of what lies in a folder, to be signed.
    List(ListArgs),
    /// Sign a folder's list with a builder's key, once its files are what it names.
    Sign(SignArgs),
    /// Say whether a folder holds what enough of its builders signed.
    Check(CheckArgs),
}

/// `tideover program list`
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// The folder that holds the release's files and nothing else.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Its version, such as 1.4.0.
    #[arg(long)]
    version: String,
    /// Its number: greater than that of every release before.
    #[arg(long)]
    number: u32,
    /// The commit it was built from.
    #[arg(long, value_name = "COMMIT")]
    source: String,
}

/// `tideover program sign`
#[derive(Clone, Debug, Args)]
pub struct SignArgs {
    /// The folder that holds the release.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The builder's private key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Make the key if there is none yet.
    #[arg(long)]
    new_key: bool,
}

/// `tideover program check`
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// The folder that holds the release.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Who the builders are; /etc/tideover/builders unless named.
    #[arg(long, value_name = "FILE")]
    builders: Option<PathBuf>,
    /// The folder of the release that is installed now: an older one than that is refused.
    #[arg(long, value_name = "DIR")]
    installed: Option<PathBuf>,
}

/// A list that was written.
#[derive(Clone, Debug, Serialize)]
pub struct ProgramsListed {
    /// The version.
    pub version: String,
    /// The number.
    pub number: u32,
    /// How many files it names.
    pub files: usize,
    /// The list.
    pub file: PathBuf,
}

/// A list that was signed.
#[derive(Clone, Debug, Serialize)]
pub struct ProgramsSigned {
    /// The version.
    pub version: String,
    /// The number.
    pub number: u32,
    /// The signature's file.
    pub file: PathBuf,
    /// The public half of the key that signed.
    pub key: String,
}

/// Why a release must not be installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Against {
    /// Fewer builders signed than must.
    TooFew,
    /// A signature is there that does not hold.
    WrongSignature {
        /// Whose.
        builder: String,
    },
    /// A file is not the one that was signed, is not there, or belongs to no release.
    File {
        /// Its name.
        file: String,
        /// How it compares.
        state: &'static str,
    },
    /// A later release is installed.
    Older {
        /// The number of the one that is installed.
        installed: u32,
    },
    /// The installed release has this number and other files.
    SameNumber,
}

/// What was found of a release.
#[derive(Clone, Debug, Serialize)]
pub struct ProgramChecked {
    /// The version.
    pub version: String,
    /// The number.
    pub number: u32,
    /// The commit.
    pub source: String,
    /// Who signed it rightly.
    pub signed: Vec<String>,
    /// How many must.
    pub needs: usize,
    /// How many files are the ones that were signed.
    pub same: usize,
    /// What speaks against it.
    pub against: Vec<Against>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when something can't be read or written; a release that is wrong is none.
pub fn run(action: &ProgramAction, output: Output) -> Result<Ending, Failure> {
    match action {
        ProgramAction::List(args) => {
            let version = ProgramVersion::parse(&args.version)?;
            let list = program::list_of(&args.folder, version, args.number, &args.source)?;
            output.say(&ProgramsListed {
                version: list.version().to_string(),
                number: list.number(),
                files: list.files().len(),
                file: args.folder.join(program::LIST_FILE),
            })?;
            Ok(Ending::Fine)
        }
        ProgramAction::Sign(args) => {
            let key = if args.new_key && !args.key.exists() {
                BuilderKey::create(&args.key, &SystemEntropy)?
            } else {
                BuilderKey::open(&args.key)?
            };
            let (list, file) = program::sign(&args.folder, &key)?;
            output.say(&ProgramsSigned {
                version: list.version().to_string(),
                number: list.number(),
                file,
                key: key.public().to_string(),
            })?;
            Ok(Ending::Fine)
        }
        ProgramAction::Check(args) => {
            let usual = Path::new("/").join(BUILDERS_FILE);
            let builders = program::read_builders(args.builders.as_deref().unwrap_or(&usual))?;
            let checked = program::check(&args.folder, &builders)?;
            let installed = args.installed.as_deref().map(program::read_list).transpose()?;
            let said = ProgramChecked::of(&checked, installed.as_ref());
            output.say(&said)?;
            Ok(Ending::fine_if(said.against.is_empty()))
        }
    }
}

impl ProgramChecked {
    fn of(checked: &Checked, installed: Option<&ProgramList>) -> Self {
        let list = &checked.list;
        let mut against = Vec::new();
        if !checked.signed_enough() {
            against.push(Against::TooFew);
        }
        let named = |name: &crate::domain::ids::BuilderName| name.to_string();
        against.extend(
            checked.wrong.iter().map(|name| Against::WrongSignature { builder: named(name) }),
        );
        let odd = checked.files.iter().filter(|(_, state)| *state != FileState::Same);
        against.extend(
            odd.map(|(file, state)| Against::File { file: file.to_string(), state: word(*state) }),
        );
        match installed {
            Some(there) if there.number() > list.number() => {
                against.push(Against::Older { installed: there.number() });
            }
            Some(there) if there.number() == list.number() && there != list => {
                against.push(Against::SameNumber);
            }
            _ => {}
        }
        Self {
            version: list.version().to_string(),
            number: list.number(),
            source: list.source().to_owned(),
            signed: checked.signed.iter().map(named).collect(),
            needs: checked.needs,
            same: checked.files.iter().filter(|(_, state)| *state == FileState::Same).count(),
            against,
        }
    }
}

const fn word(state: FileState) -> &'static str {
    match state {
        FileState::Same => "same",
        FileState::Differs => "differs",
        FileState::Missing => "missing",
        FileState::NotListed => "not_listed",
    }
}

impl fmt::Display for ProgramsListed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, number, files, file } = self;
        writeln!(f, "Tideover {version}, release {number}: {files} files in {}", file.display())?;
        f.write_str(
            "Nobody has signed it yet: each builder builds it from the same commit, compares, and \
             signs with `tideover program sign`.",
        )
    }
}

impl fmt::Display for ProgramsSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, number, file, key } = self;
        writeln!(f, "Tideover {version}, release {number}: signed in {}", file.display())?;
        write!(f, "Its line in the builders' file: key {key} and this builder's name")
    }
}

impl fmt::Display for ProgramChecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, number, source, signed, needs, same, against } = self;
        writeln!(f, "Tideover {version}, release {number}, from commit {source}")?;
        let who = if signed.is_empty() { "nobody".to_owned() } else { signed.join(", ") };
        writeln!(f, "  signed by {who}; {needs} must")?;
        writeln!(f, "  files as they were signed: {same}")?;
        if against.is_empty() {
            return f.write_str("This is what its builders gave out; it may be installed.");
        }
        for reason in against {
            writeln!(f, "  {reason}")?;
        }
        f.write_str(
            "Do not install it. The registers go on with what they have; ask the builders, over \
             another line than this came by.",
        )
    }
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew => f.write_str("too few of its builders signed this list"),
            Self::WrongSignature { builder } => {
                write!(f, "the signature of {builder} is of another list, or was changed")
            }
            Self::File { file, state } => match *state {
                "differs" => write!(f, "{file} is not the file that was signed"),
                "missing" => write!(f, "{file} was signed and is not here"),
                _ => write!(f, "{file} is here and was not signed"),
            },
            Self::Older { installed } => write!(
                f,
                "release {installed} is installed, which is later: faults that were mended would \
                 come back"
            ),
            Self::SameNumber => f.write_str(
                "the release that is installed has this number and other files: one of the two \
                 was not given out by its builders",
            ),
        }
    }
}
