//! `tideover recover`: brings this register's records back from whoever has copies of them.
//!
//! ```text
//!  --from central ┐
//!  --from peer    ├─ lines, bounded ─▶ ledger::regain: look ─▶ what would come back
//!  --from FOLDER  │                                  └ --apply ─▶ into their own journal
//!  --from FILE    ┘
//! ```
//!
//! Whoever can't be asked does not keep the others from bringing what they have. A stick or a file
//! is opened by the limited reader alone. Nothing is changed without `--apply`, and nothing at all
//! while the register's program runs.

mod ask;
mod told;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::output::{Ending, Failure, Output};
use crate::device::clock::{Clock, SystemClock};
use crate::device::entropy::{Entropy, SystemEntropy};
use crate::journal::key::{NotAKey, PublicKey};
use crate::ledger::gather::{Gathered, TooMuch};
use crate::ledger::regain::{Desk, Regained, bring_back, look};
use crate::ledger::{Ledger, LedgerError, rotated_away};
use crate::register::settings::{DataDir, Settings};
use crate::register::{revoked, startup};

use self::ask::{Asking, Source};
pub use self::told::Recovered;

/// `tideover recover`
#[derive(Clone, Debug, Args)]
pub struct RecoverArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Who has copies: 'peer' for the store's other registers, 'central', a bundle's folder on a
    /// stick, or a file of lines, as 'carry --out', 'export' and the tape are. As often as there
    /// are some; without it only what lies here is looked at.
    #[arg(long, value_name = "peer|central|PATH")]
    pub from: Vec<String>,
    /// A public key that this register had before, as it was written down at enrolment: what that
    /// key signed is believed, too.
    #[arg(long, value_name = "HEX")]
    pub key: Vec<String>,
    /// Bring it back. Without this it is only said what would come back.
    #[arg(long)]
    pub apply: bool,
}

/// Why nothing was brought back.
#[derive(Debug, thiserror::Error)]
pub enum NotRecovered {
    /// A key on the command line is none.
    #[error("--key is no key of a register ({0}); nothing was changed")]
    Key(#[from] NotAKey),
    /// The register runs.
    #[error(
        "this register's program is running, so nothing was changed; close its window (an open \
         basket is kept) and do this again. Looking, without --apply, may be done while it sells"
    )]
    InUse,
    /// Too much came.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
    /// The ledger.
    #[error(transparent)]
    Ledger(LedgerError),
}

impl From<LedgerError> for NotRecovered {
    fn from(why: LedgerError) -> Self {
        match why {
            LedgerError::InUse => Self::InUse,
            why => Self::Ledger(why),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when nothing could be looked at, or brought back.
pub fn run(args: &RecoverArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
    let settings = data.settings()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(settings.time_zone.as_deref()));
    if args.apply {
        // Said before anybody is asked; the lock is taken again when it is done.
        crate::ledger::not_in_use(&data.place(&settings).dir).map_err(NotRecovered::from)?;
    }
    let bar = output.progress(0, "Records");
    let mut seen = 0_u64;
    let mut progress = || {
        seen = seen.saturating_add(1);
        bar.set_position(seen);
    };
    let mut asking =
        Asking { data: &data, settings: &settings, clock: &clock, progress: &mut progress };
    let mut gathered = gathered_at_first(&data, &settings, &args.key)?;
    let mut recovered = Recovered::of(&settings, args.apply);
    for source in args.from.iter().map(|text| Source::of(text)) {
        recovered.asked.extend(asking.ask(&source, &mut gathered)?);
    }
    bar.finish_and_clear();
    recovered.counts(&gathered);
    let trust = revoked::kept(&data, &settings).revoked;
    let place = data.place(&settings);
    let good = |key: &PublicKey, epoch| trust.length(key, epoch);
    let (identity, gathered) = (settings.identity(), &gathered);
    let desk = Desk { place: &place, identity, gathered, good: &good };
    let all = if args.apply { bring_back(&desk, &|_| ()) } else { look(&desk) };
    let all = all.map_err(NotRecovered::from)?;
    if args.apply && all.iter().any(|one| one.in_use && one.changes) {
        recovered.begun = begin_next(&data, &settings, clock.as_ref())?;
    }
    recovered.journals_are(&all, &place);
    output.say(&recovered)?;
    Ok(Ending::fine_if(recovered.is_whole()))
}

/// What this register knows of its own keys.
fn gathered_at_first(
    data: &DataDir,
    settings: &Settings,
    keys: &[String],
) -> Result<Gathered, NotRecovered> {
    let mut gathered = Gathered::of(settings.identity());
    if let Some(key) = startup::signing_key(data, &SystemEntropy) {
        gathered.key(key.public());
    }
    for text in keys {
        gathered.key(PublicKey::parse(text)?);
    }
    Ok(gathered)
}

/// The journal in use ended with what came back: the next one begins, as at a start, and its words
/// are the start's. Without the key at hand it is left to the next start.
fn begin_next(
    data: &DataDir,
    settings: &Settings,
    clock: &dyn Clock,
) -> Result<Vec<String>, NotRecovered> {
    let place = data.place(settings);
    let key = startup::signing_key(data, &SystemEntropy);
    let Some(key) = key.filter(|key| !rotated_away(&place, &key.public())) else {
        return Ok(vec![
            "The register begins a new journal at its next start. Selling goes on then.".to_owned(),
        ]);
    };
    let entropy: &dyn Entropy = &SystemEntropy;
    let opened = Ledger::open(&place, settings.identity(), Some(key), clock, entropy, None)?;
    let (ledger, opening) = opened;
    ledger.close()?;
    Ok(opening.findings.iter().map(|finding| finding.text().to_string()).collect())
}

/// A journal as this command says it.
fn name(one: &Regained) -> String {
    one.journal.to_string()
}
