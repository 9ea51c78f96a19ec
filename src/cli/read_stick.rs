//! `tideover read-stick`: the reader, this program's other process. Not for people: it limits
//! itself, reads what it is told to, and tells it in frames (`device::reader`).
//!
//! ```text
//!  bundle   H head, then for each part  G note, D its bytes  or  B why it is bad, then E
//!  lines    L record lines, S one sealed message, in the file's order, then E
//!  both     R refused, in words, and nothing after it
//! ```

use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::output::{Ending, Failure};
use crate::device::reader::{Frame, NotTold, limit_itself, tell};
use crate::journal::record::LINE_LEN_MAX;

#[cfg(feature = "central")]
use super::bundle::read::{Bad, Good, Head, Hears, Unusable, read};

/// The longest words of a frame, in bytes; a part's and lines' bytes have their own ends.
const WORDS_LEN_MAX: usize = 2 * 1024 * 1024;
/// Record bytes of one frame, about; central's requests are as long.
const CHUNK_LEN: usize = 1024 * 1024;

/// `tideover read-stick`
#[derive(Clone, Debug, Args)]
pub struct ReadStickArgs {
    /// What lies there.
    what: What,
    /// Where.
    place: PathBuf,
    /// Only a bundle of this store.
    #[arg(long, value_name = "N")]
    store: Option<u32>,
}

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// A bundle's folder.
    Bundle,
    /// A file of lines.
    Lines,
}

/// Why nothing is told, or nothing more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// Nothing of the kind is there.
    pub absent: bool,
    /// In words.
    pub words: String,
}

/// A frame, understood.
#[derive(Debug)]
pub enum Told {
    /// What a bundle says of itself.
    #[cfg(feature = "central")]
    Head(Head),
    /// A good part; its bytes are the next frame.
    #[cfg(feature = "central")]
    Good(Good),
    /// A bad one.
    #[cfg(feature = "central")]
    Bad(Bad),
    /// How long the file is.
    Length(u64),
    /// Record lines.
    Lines(Vec<u8>),
    /// One message of sealed data.
    Sealed(Vec<u8>),
    /// Nothing more, and why.
    Refused(Refused),
    /// Nothing more.
    End,
}

/// Understands a frame, strictly.
///
/// # Errors
/// [`NotTold::Nonsense`].
pub fn told(frame: &Frame) -> Result<Told, NotTold> {
    let bytes = &frame.bytes;
    let lines_max = CHUNK_LEN.saturating_add(LINE_LEN_MAX).saturating_add(2);
    Ok(match frame.kind {
        #[cfg(feature = "central")]
        b'H' => Told::Head(words(bytes)?),
        #[cfg(feature = "central")]
        b'G' => Told::Good(words(bytes)?),
        #[cfg(feature = "central")]
        b'B' => Told::Bad(words(bytes)?),
        b'N' => Told::Length(words(bytes)?),
        b'R' => Told::Refused(words(bytes)?),
        b'L' if !bytes.is_empty() && bytes.len() <= lines_max => Told::Lines(bytes.clone()),
        b'S' if !bytes.is_empty() && bytes.len() <= lines_max => Told::Sealed(bytes.clone()),
        b'E' if bytes.is_empty() => Told::End,
        _ => return Err(NotTold::Nonsense),
    })
}

fn words<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, NotTold> {
    if bytes.len() > WORDS_LEN_MAX {
        return Err(NotTold::Nonsense);
    }
    serde_json::from_slice(bytes).map_err(|_| NotTold::Nonsense)
}

/// Runs the reader.
///
/// # Errors
/// [`Failure`] when nobody hears it.
pub fn run(args: &ReadStickArgs) -> Result<Ending, Failure> {
    let mut out = io::stdout().lock();
    match limit_itself() {
        Err(why) => refuse(&mut out, false, &no_limits(&args.place, &why))?,
        Ok(()) => match args.what {
            #[cfg(feature = "central")]
            What::Bundle => tell_bundle(&args.place, args.store, &mut out)?,
            #[cfg(not(feature = "central"))]
            What::Bundle => return Err("this program was built without bundles".into()),
            What::Lines => tell_lines(&args.place, &mut out)?,
        },
    }
    out.flush()?;
    Ok(Ending::Fine)
}

fn no_limits(place: &Path, why: &io::Error) -> String {
    format!(
        "{} was not opened: the process that reads sticks could not be given its limits ({why}). \
         Nothing was brought; use another machine",
        place.display()
    )
}

fn refuse(out: &mut dyn Write, absent: bool, why: &str) -> io::Result<()> {
    tell(out, b'R', &serde_json::to_vec(&Refused { absent, words: why.to_owned() })?)
}

#[cfg(feature = "central")]
fn tell_bundle(folder: &Path, store: Option<u32>, out: &mut dyn Write) -> io::Result<()> {
    match read(folder, store, &mut Pipe(out)) {
        Ok(()) => tell(out, b'E', &[]),
        Err(Unusable::Unheard { source, .. }) => Err(source),
        Err(why) => {
            use crate::device::stick::NotRead;
            let absent = matches!(
                &why,
                Unusable::Folder { .. } | Unusable::File { why: NotRead::Missing(_), .. }
            );
            refuse(out, absent, &Failure::from(why).to_string())
        }
    }
}

#[cfg(feature = "central")]
struct Pipe<'a>(&'a mut dyn Write);

#[cfg(feature = "central")]
impl Hears for Pipe<'_> {
    fn head(&mut self, head: &Head) -> io::Result<()> {
        tell(self.0, b'H', &serde_json::to_vec(head)?)
    }

    fn good(&mut self, good: &Good, bytes: &[u8]) -> io::Result<()> {
        tell(self.0, b'G', &serde_json::to_vec(good)?)?;
        tell(self.0, b'D', bytes)
    }

    fn bad(&mut self, bad: &Bad) -> io::Result<()> {
        tell(self.0, b'B', &serde_json::to_vec(bad)?)
    }
}

fn tell_lines(file: &Path, out: &mut dyn Write) -> io::Result<()> {
    let name = file.display();
    let opened = match open_file(file) {
        Err(why) if why.kind() == io::ErrorKind::InvalidInput => {
            let why = format!(
                "{name} is no file, so it was not opened; name the file that 'tideover export' \
                 wrote"
            );
            return refuse(out, false, &why);
        }
        Err(why) => {
            let why = format!(
                "{name} can't be read, so nothing was brought; check the name and its rights\n  \
                 because: {why}"
            );
            return refuse(out, true, &why);
        }
        Ok(opened) => opened,
    };
    tell(out, b'N', opened.metadata()?.len().to_string().as_bytes())?;
    let mut lines = BufReader::new(opened);
    let mut chunk = Vec::new();
    let most = u64::try_from(LINE_LEN_MAX).unwrap_or(u64::MAX).saturating_add(2);
    loop {
        let before = chunk.len();
        if let Err(why) = (&mut lines).take(most).read_until(b'\n', &mut chunk) {
            let why =
                format!("{name} can't be read ({why}); what was brought before that counts once");
            return refuse(out, false, &why);
        }
        let line = chunk.get(before..).unwrap_or(&[]);
        if line.len() > LINE_LEN_MAX.saturating_add(1) {
            let why = format!(
                "{name} is not a file of record lines; export it again with 'tideover export'"
            );
            return refuse(out, false, &why);
        }
        let is_end = line.is_empty();
        let message = is_sealed_data(line).then(|| chunk.split_off(before));
        // The records before it come first: central must know the journal.
        if !chunk.is_empty() && (is_end || message.is_some() || chunk.len() >= CHUNK_LEN) {
            tell(out, b'L', &chunk)?;
            chunk.clear();
        }
        if let Some(message) = message {
            tell(out, b'S', &message)?;
        }
        if is_end {
            return tell(out, b'E', &[]);
        }
    }
}

/// Opens what is a file, and nothing that could be waited for without end.
fn open_file(file: &Path) -> io::Result<std::fs::File> {
    use rustix::fs::{Mode, OFlags};
    let no_file = || io::Error::from(io::ErrorKind::InvalidInput);
    if !std::fs::metadata(file)?.is_file() {
        return Err(no_file());
    }
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = std::fs::File::from(rustix::fs::open(file, flags, Mode::empty())?);
    if opened.metadata()?.is_file() { Ok(opened) } else { Err(no_file()) }
}

/// A line of `export --sealed`: a message of the protocol, where a record has its kind.
fn is_sealed_data(line: &[u8]) -> bool {
    let json = line.splitn(2, |byte| *byte == b' ').nth(1);
    json.is_some_and(|json| json.starts_with(b"{\"protocol\":\"tideover/1\""))
}
