//! `tideover conform`: tries a receiver of exports with golden records, writes them as files for
//! systems that take files, or runs the reference receiver.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use clap::Args;
use serde::Serialize;

use super::output::{Ending, Failure, Output};
use super::target::{TargetArgs, format};
use crate::central::export::folder::Format;
use crate::central::export::golden::{Story, Trial, Verdict, entries, files, try_receiver};
use crate::central::export::http_client::{HttpLine, checked};
use crate::central::export::receiver::Receiver;
use crate::device::clock::{Clock as _, SystemClock};

/// `tideover conform`
#[derive(Clone, Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["to", "receive"])))]
pub struct ConformArgs {
    /// What to try: webhook:URL tells the stories to a receiver; poslog:DIR, csv:DIR and the
    /// others write the golden records into a new folder.
    #[arg(long, value_name = "TARGET")]
    to: Option<String>,
    /// Where the receiver tells what it has.
    #[arg(long, value_name = "URL", requires = "to")]
    read_back: Option<String>,
    /// A file with the token that the receiver asks for.
    #[arg(long, value_name = "FILE", requires = "to")]
    token_file: Option<std::path::PathBuf>,
    /// Run the reference receiver here instead, until Ctrl-C; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "to")]
    receive: Option<SocketAddr>,
    /// The number of the run, which makes its records; a new one every time while none is given.
    #[arg(long, value_name = "N")]
    run: Option<u64>,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Conformed {
    /// What was tried.
    pub target: String,
    /// The run.
    pub run: u64,
    /// One a story.
    pub stories: Vec<Story>,
    /// It could not be read back, so that only its answers were looked at.
    pub read_back: bool,
}

/// Golden records as files.
#[derive(Clone, Debug, Serialize)]
pub struct GoldenFiles {
    /// The folder.
    pub folder: String,
    /// The run.
    pub run: u64,
    /// File or folder, and what should come of it.
    pub files: Vec<(String, String)>,
}

/// The reference receiver runs.
#[derive(Clone, Debug, Serialize)]
struct Receiving {
    /// Where.
    url: String,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when it could not be done.
pub fn run(args: &ConformArgs, output: Output) -> Result<Ending, Failure> {
    if let Some(listen) = args.receive {
        let receiver = Receiver::start(listen)?;
        output.say(&Receiving { url: receiver.url() })?;
        super::central::wait_for_signal()?;
        return Ok(Ending::Fine);
    }
    let clock = SystemClock::new(None);
    let run = args.run.unwrap_or_else(|| u64::try_from(clock.now().utc_ms).unwrap_or(1));
    let golden = entries(run).ok_or("the golden records can't be made on this machine")?;
    let target = TargetArgs {
        to: args.to.clone().unwrap_or_default(),
        read_back: args.read_back.clone(),
        token_file: args.token_file.clone(),
        currency: None,
        settle_ms: 0,
    };
    let (word, place) = target.parts()?;
    if word != "webhook" {
        let format = format(word, None)
            .ok_or_else(|| Failure::from(super::target::NotATarget::Word(target.to.clone())))?;
        output.say(&write_files(format.as_ref(), Path::new(place), run, &golden)?)?;
        return Ok(Ending::Fine);
    }
    let url = checked(place)?;
    let read_back = args.read_back.as_deref().map(checked).transpose()?;
    let token = target.token()?;
    let mut line = HttpLine::new(&url, token.as_deref())?;
    let mut wait = |ms| std::thread::sleep(std::time::Duration::from_millis(ms));
    let mut trial =
        Trial { line: &mut line, url: &url, read_back: read_back.as_deref(), wait: &mut wait };
    let stories = try_receiver(&mut trial, &golden);
    let read_back = read_back.is_some();
    let conformed = Conformed { target: target.to.clone(), run, stories, read_back };
    output.say(&conformed)?;
    let failed = |story: &Story| matches!(story.verdict, Verdict::Failed(_));
    Ok(Ending::fine_if(!conformed.stories.iter().any(failed)))
}

fn write_files(
    format: &dyn Format,
    folder: &Path,
    run: u64,
    golden: &[crate::central::export::Entry],
) -> Result<GoldenFiles, Failure> {
    std::fs::create_dir(folder)
        .map_err(|why| format!("{} can't be made ({why}); name a new folder", folder.display()))?;
    let mut written = GoldenFiles { folder: folder.display().to_string(), run, files: Vec::new() };
    for (name, expects, entries) in files(golden) {
        let taken: Vec<_> =
            entries.into_iter().filter(|entry| format.takes(&entry.event)).collect();
        if taken.is_empty() {
            continue;
        }
        let rendered = format.render(&taken)?;
        let place = match rendered.as_slice() {
            [one] => {
                let file = format!("{name}{}", one.name);
                std::fs::write(folder.join(&file), &one.bytes)?;
                file
            }
            several => {
                std::fs::create_dir(folder.join(name))?;
                for file in several {
                    std::fs::write(folder.join(name).join(&file.name), &file.bytes)?;
                }
                name.to_owned()
            }
        };
        written.files.push((place, expects.to_owned()));
    }
    Ok(written)
}

impl fmt::Display for Receiving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The reference receiver takes events, and tells what it has, at {}", self.url)
    }
}

impl fmt::Display for GoldenFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Golden records of run {} in {}; take them in this order:",
            self.run, self.folder
        )?;
        self.files.iter().try_for_each(|(file, expects)| writeln!(f, "  {file:<28} {expects}"))
    }
}

impl fmt::Display for Conformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, run {}", self.target, self.run)?;
        for story in &self.stories {
            let (word, why) = match &story.verdict {
                Verdict::Passed => ("passed", ""),
                Verdict::Failed(why) => ("FAILED", why.as_str()),
                Verdict::NotRun(why) => ("not run", why.as_str()),
            };
            writeln!(f, "  {word:<8} {:<14} {}", story.name, story.expects)?;
            if !why.is_empty() {
                writeln!(f, "           {why}")?;
            }
        }
        if !self.read_back {
            writeln!(f, "Only its answers were looked at: with --read-back also what it holds.")?;
        }
        Ok(())
    }
}
