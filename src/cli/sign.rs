//! `tideover sign`: the signs for door and lanes, as pages that any printer prints.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::device::clock::{Clock as _, SystemClock};
use crate::domain::announcement::{Announcement, Terms};
use crate::domain::outage::{System, clock_time};
use crate::receipt::sign::{self, Place, Sign};
use crate::register::settings::DataDir;
use crate::register::startup;

use super::outages;
use super::output::{Ending, Failure, Output};

/// `tideover sign`
#[derive(Clone, Debug, Args)]
pub struct SignArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The folder to write the pages into; made if need be.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
    /// What is down, instead of the outage that is declared here.
    #[arg(long, value_name = "SYSTEM", value_delimiter = ',', value_parser = system)]
    pub down: Vec<System>,
    /// When it should be over, as 18:00, instead of what is declared here.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub until: Option<(u8, u8)>,
}

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct Signs {
    /// The pages.
    pub pages: Vec<String>,
    /// What they say first, in English.
    pub headline: String,
}

/// Why no sign was written.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// No outage, and nothing was named.
    #[error(
        "no outage is declared on this register; declare one, or say what is down: --down {}",
        System::ALL.map(System::word).join(",")
    )]
    NoOutage,
    /// Customers feel nothing of it.
    #[error("customers feel nothing of this outage, so there is nothing to announce")]
    NothingToAnnounce,
    /// The store's terms are not known.
    #[error("the register has no pack, so the store's terms are not known: {0}")]
    NoPack(String),
}

fn system(word: &str) -> Result<System, String> {
    System::from_word(word)
        .ok_or_else(|| format!("one of {}", System::ALL.map(System::word).join(", ")))
}

fn time(text: &str) -> Result<(u8, u8), String> {
    clock_time(text).ok_or_else(|| "hours and minutes, such as 18:00".to_owned())
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when there is nothing to announce, or the pages can't be written.
pub fn run(args: &SignArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
    let settings = data.settings()?;
    let now = SystemClock::new(settings.time_zone.as_deref()).now();
    let pack = startup::current_pack(&data, &settings).map_err(SignError::NoPack)?;
    let policy = pack.policy();
    let declared = if args.down.is_empty() {
        let history = outages::read(&data)?.history;
        Some(history.open().ok_or(SignError::NoOutage)?.outage.clone())
    } else {
        None
    };
    let systems = declared.as_ref().map_or(&args.down, |outage| &outage.systems);
    let until = match args.until {
        Some((hour, minute)) => now.next_at(hour, minute),
        None => declared.as_ref().and_then(|outage| outage.expected),
    };
    let told = Announcement::of(systems, until, now, &Terms::of(policy))
        .ok_or(SignError::NothingToAnnounce)?;
    std::fs::create_dir_all(&args.out)?;
    let mut pages = Vec::new();
    for place in Place::ALL {
        let page = sign::page(&Sign {
            store_name: &policy.store_name,
            told: &told,
            currency: policy.currency,
            place,
            training: settings.training,
        });
        let path = args.out.join(format!("sign-{}.html", place.word()));
        std::fs::write(&path, page)?;
        pages.push(path.display().to_string());
    }
    output.say(&Signs { pages, headline: told.headline.to_string() })?;
    Ok(Ending::Fine)
}

impl fmt::Display for Signs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.headline)?;
        for page in &self.pages {
            writeln!(f, "  {page}")?;
        }
        write!(f, "Open them in a browser and print them.")
    }
}
