//! `tideover central revoke`: one person of IT proposes to trust a register's keys no longer, a
//! second one decides or refuses. What stands behind the lengths is said before and after.

use std::fmt;
use std::io::{BufRead, Read as _, Write};
use std::path::Path;

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::args::WhichArgs;
use super::existing;
use crate::central::revocation::act::{
    self, Actor, Behind, GoodUntil, NotRevoked, Which, behind, draft,
};
use crate::central::revocation::{Revocation, Step, StepKind};
use crate::central::store::{Standing, Store, StoreError};
use crate::cli::output::Failure;
use crate::device::clock::Clock;
use crate::domain::echo::echo;
use crate::domain::ids::{Epoch, PersonId, RegisterNo, Seq, StoreNo};
use crate::domain::time::{BusinessDate, Timestamp};
use crate::journal::hash::from_hex;
use crate::journal::key::PublicKey;

/// `tideover central revoke`
#[derive(Clone, Debug, Args)]
pub struct RevokeArgs {
    #[command(flatten)]
    pub(super) which: WhichArgs,
    /// Why: one person proposes with it, and what the register sends waits from then on.
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// The last record that counts, such as a Z report's; all that central holds where none is
    /// named.
    #[arg(long, value_name = "RECORD")]
    good_until: Option<u64>,
    /// The journal of that record, 16 hex digits; it may be left out where there is only one.
    #[arg(long, value_name = "JOURNAL", requires = "good_until")]
    journal: Option<String>,
    /// One key alone, by its fingerprint as --look shows it: the machine that took its place has
    /// another one, and goes on.
    #[arg(long, value_name = "FINGERPRINT")]
    key: Option<String>,
    /// What central had received until then counts, such as 2026-11-22T21:30:00.000-06:00, or
    /// 2026-11-22 for the beginning of that day in UTC.
    #[arg(long, value_name = "TIME", conflicts_with = "good_until")]
    received_until: Option<String>,
    /// A second person decides what another proposed.
    #[arg(long, conflicts_with_all = ["refuse", "alone", "look", "good_until", "received_until"])]
    second: bool,
    /// Somebody refuses what was proposed: what waited counts again.
    #[arg(long, conflicts_with_all = ["alone", "look", "good_until", "received_until"])]
    refuse: bool,
    /// One person of IT is all there is, and decides without a second; that is on record.
    #[arg(long, conflicts_with = "look")]
    alone: bool,
    /// Only say what was done, and what stands or would stand behind the lengths.
    #[arg(long)]
    look: bool,
}

/// Where a register's revocation stands.
#[derive(Clone, Debug, Serialize)]
pub struct RevocationSaid {
    /// The store.
    pub store: u32,
    /// The register.
    pub register: u16,
    /// `trusted` while nobody proposed anything, `rotated` where the register changed the key,
    /// `proposed`, `decided` or `refused`.
    pub state: &'static str,
    /// What was done, oldest first.
    pub steps: Vec<StepSaid>,
    /// The keys' fingerprints.
    pub keys: Vec<String>,
    /// Their journals.
    pub journals: Vec<JournalSaid>,
    /// The journals are what a proposal would come to now, not what holds.
    pub would: bool,
    /// What central had received until this moment counts, where that was asked for.
    pub received_until: Option<String>,
}

/// Where the token is typed, and where is said beforehand what it is asked for.
pub struct Typing<'a> {
    /// What is typed.
    pub typed: &'a mut dyn BufRead,
    /// What is said before it is.
    pub aside: &'a mut dyn Write,
    /// A person types, and waits for a word.
    pub prompt: bool,
}

/// The longest line that may be a token.
const TOKEN_LINE_MAX: u64 = 256;

/// One thing that somebody did.
#[derive(Clone, Debug, Serialize)]
pub struct StepSaid {
    /// What.
    pub step: &'static str,
    /// When, by central's clock.
    pub at: String,
    /// Who.
    pub who: String,
    /// Why.
    pub reason: String,
}

/// What stands behind one journal's length.
#[derive(Clone, Debug, Serialize)]
pub struct JournalSaid {
    /// The journal.
    pub journal: String,
    /// Records below it count.
    pub good_length: u64,
    /// Records from there on that central holds.
    pub records: u64,
    /// Their takings, in minor units.
    pub takings: i64,
    /// Their pay-outs.
    pub payouts: i64,
    /// Of them, those that other systems were given.
    pub handed_over: Vec<HandedSaid>,
    /// Closures that counted some of them.
    pub closures: Vec<u32>,
}

/// What another system was given.
#[derive(Clone, Debug, Serialize)]
pub struct HandedSaid {
    /// The system.
    pub target: String,
    /// How many records.
    pub records: u64,
}

/// Runs the command; the token is the first line of what is typed.
///
/// # Errors
/// [`Failure`] where nothing was changed.
pub fn run(
    args: &RevokeArgs,
    clock: &dyn Clock,
    typing: &mut Typing<'_>,
) -> Result<RevocationSaid, Failure> {
    let folder = &args.which.folder.data;
    let (number, register) = (StoreNo(args.which.store), RegisterNo(args.which.register));
    let until = until(args)?;
    let mut kept = existing(folder)?;
    let store = kept.as_mut();
    let key = match &args.key {
        None => None,
        Some(name) => Some(named(store, (number, register), name)?),
    };
    let which = Which { store: number, register, key };
    if args.look {
        return Ok(look(store, which, until)?);
    }
    if (args.second || args.refuse)
        && let Some(open) = act::waiting(store, which)?
    {
        act::same_keys(which, &open)?;
        writeln!(typing.aside, "{}", said(store, &open, until)?)?;
    } else if args.alone {
        writeln!(typing.aside, "{}", look(store, which, until)?)?;
    }
    let by = act::signer(folder, &token(typing)?)?;
    let unsaid = if args.second || args.refuse { "as it was proposed" } else { "" };
    let reason = args.why.clone().unwrap_or_else(|| unsaid.to_owned());
    let actor = Actor { by, reason, at_ms: clock.now().utc_ms };
    let one = if args.second {
        act::end(store, which, StepKind::Decided, &actor)?
    } else if args.refuse {
        act::end(store, which, StepKind::Refused, &actor)?
    } else if args.alone {
        act::alone(store, folder, which, until, &actor)?
    } else {
        act::propose(store, which, until, &actor)?
    };
    Ok(said(store, &one, until)?)
}

/// The first line; what is longer than any token, or no text, is none.
pub(super) fn token(typing: &mut Typing<'_>) -> Result<Zeroizing<String>, Failure> {
    if typing.prompt {
        write!(typing.aside, "Token of IT: ")?;
        typing.aside.flush()?;
    }
    let mut line = Zeroizing::new(Vec::new());
    (&mut *typing.typed).take(TOKEN_LINE_MAX).read_until(b'\n', &mut line)?;
    Ok(Zeroizing::new(std::str::from_utf8(&line).unwrap_or_default().to_owned()))
}

/// Revokes a register's keys where one person of IT is all there is: all that central holds counts.
///
/// # Errors
/// [`NotRevoked`]; then nothing was changed.
pub fn alone(
    folder: &Path,
    store: StoreNo,
    register: RegisterNo,
    by: &PersonId,
    clock: &dyn Clock,
) -> Result<RevocationSaid, NotRevoked> {
    let mut kept = existing(folder)?;
    let actor = Actor { by: by.clone(), reason: "stolen".to_owned(), at_ms: clock.now().utc_ms };
    let which = Which::all(store, register);
    let one = act::alone(kept.as_mut(), folder, which, GoodUntil::Held, &actor)?;
    Ok(said(kept.as_mut(), &one, GoodUntil::Held)?)
}

/// The key of a fingerprint.
fn named(
    store: &mut dyn Store,
    (number, register): (StoreNo, RegisterNo),
    name: &str,
) -> Result<PublicKey, NotRevoked> {
    let keys = store.keys(number, register)?;
    if let Some((key, _)) = keys.iter().find(|(key, _)| key.fingerprint() == name) {
        return Ok(*key);
    }
    let all: Vec<String> = keys.iter().map(|(key, _)| key.fingerprint()).collect();
    let keys = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
    Err(NotRevoked::NotAKey { store: number, register, asked: echo(name), keys })
}

/// A day alone is its beginning in UTC: wherever the store is, no later than its own that day.
fn moment(text: &str) -> Result<i64, NotRevoked> {
    let whole = if BusinessDate::parse(text).is_ok() {
        format!("{text}T00:00:00.000+00:00")
    } else {
        text.to_owned()
    };
    let read = Timestamp::parse(&whole).map_err(|_| NotRevoked::NoTime(echo(text)))?;
    Ok(read.utc_ms)
}

fn until(args: &RevokeArgs) -> Result<GoodUntil, Failure> {
    if let Some(time) = &args.received_until {
        return Ok(GoodUntil::Received(moment(time)?));
    }
    let Some(last) = args.good_until else { return Ok(GoodUntil::Held) };
    let epoch = match &args.journal {
        None => None,
        Some(text) => Some(Epoch(from_hex(text).ok_or(NotRevoked::NoJournal {
            store: StoreNo(args.which.store),
            register: RegisterNo(args.which.register),
        })?)),
    };
    Ok(GoodUntil::Record(epoch, Seq(last)))
}

/// What holds, or what a proposal would come to: where nothing holds, and where a length is asked
/// for.
fn look(
    store: &mut dyn Store,
    which: Which,
    until: GoodUntil,
) -> Result<RevocationSaid, NotRevoked> {
    let (holds, steps) = act::standing(store, which)?;
    let last = holds.as_ref().and_then(|one| one.steps.last());
    let state = last.map_or("trusted", |step| step.kind.word());
    let mut told = match &holds {
        Some(one) if until == GoodUntil::Held => said(store, one, until)?,
        _ => {
            let one = draft(store, which, until)?;
            let known = store.keys(which.store, which.register)?;
            let ended = |key| known.iter().any(|(k, s)| k == key && *s == Standing::Rotated);
            let rotated = last.is_none() && one.keys.iter().all(ended);
            let state = if rotated { "rotated" } else { state };
            RevocationSaid { would: true, state, ..said(store, &one, until)? }
        }
    };
    told.steps = steps.iter().map(step_said).collect();
    Ok(told)
}

fn time_of(at_ms: i64) -> String {
    Timestamp::new(at_ms, 0).map(|at| at.to_string()).unwrap_or_default()
}

fn step_said(step: &Step) -> StepSaid {
    StepSaid {
        step: step.kind.word(),
        at: time_of(step.at_ms),
        who: step.who.clone(),
        reason: step.reason.clone(),
    }
}

fn said(
    store: &mut dyn Store,
    one: &Revocation,
    until: GoodUntil,
) -> Result<RevocationSaid, StoreError> {
    let state = one.steps.last().map_or("trusted", |step| step.kind.word());
    Ok(RevocationSaid {
        store: one.store.0,
        register: one.register.0,
        state,
        steps: one.steps.iter().map(step_said).collect(),
        keys: one.keys.iter().map(PublicKey::fingerprint).collect(),
        journals: behind(store, one)?.into_iter().map(journal_said).collect(),
        would: false,
        received_until: match until {
            GoodUntil::Received(at_ms) => Some(time_of(at_ms)),
            GoodUntil::Held | GoodUntil::Record(..) => None,
        },
    })
}

fn journal_said(behind: Behind) -> JournalSaid {
    let handed = |(target, records)| HandedSaid { target, records };
    JournalSaid {
        journal: behind.epoch.to_string(),
        good_length: behind.length.0,
        records: behind.records,
        takings: behind.takings.minor(),
        payouts: behind.payouts.minor(),
        handed_over: behind.handed.into_iter().map(handed).collect(),
        closures: behind.closures,
    }
}

impl fmt::Display for RevocationSaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, register, .. } = self;
        writeln!(f, "Register {register} of store {store}, keys {}", self.keys.join(", "))?;
        for step in &self.steps {
            writeln!(f, "  {} by {} at {}: {}", step.step, step.who, step.at, step.reason)?;
        }
        if let Some(moment) = &self.received_until {
            writeln!(f, "  What central had received until {moment} counts:")?;
        }
        let refused = self.state == "refused" && !self.would;
        for journal in self.journals.iter().filter(|_| !refused) {
            write!(f, "{journal}")?;
        }
        if self.journals.is_empty() {
            writeln!(f, "  no record of it is here yet")?;
        }
        let own = format!("'tideover central revoke --store {store} --register {register}");
        match self.state {
            "proposed" if self.would => write!(
                f,
                "A proposal waits with other lengths. So much would stand apart if it were refused \
                 and these were proposed."
            ),
            "decided" if self.would => write!(
                f,
                "It is trusted no longer. So much would stand apart if two people had this little \
                 of it count."
            ),
            "proposed" => write!(
                f,
                "From now on what lies behind waits, in no total, and so does what the register \
                 still sends. A second person decides with {own} --second', or anybody refuses \
                 with {own} --refuse'."
            ),
            "decided" => write!(
                f,
                "It is trusted no longer. What counts stays; what lies behind, and what it still \
                 sends, is kept, reported and in no total. The store is added up again now, or \
                 when central runs next. A new machine gets a new code."
            ),
            "rotated" => write!(
                f,
                "The register changed it for another one, and what was signed after that stands \
                 apart already. So much would stand apart if somebody proposed to revoke it now."
            ),
            "refused" => write!(
                f,
                "Nothing is revoked: what waited counts again. The store is added up again now, or \
                 when central runs next."
            ),
            _ => write!(
                f,
                "It is trusted. So much would stand apart if somebody proposed to revoke it now."
            ),
        }
    }
}

impl fmt::Display for JournalSaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let money = |minor| crate::domain::money::Money::from_minor(minor).to_string();
        let Self { journal, records, .. } = self;
        match self.good_length.checked_sub(1) {
            Some(last) => write!(f, "  journal {journal}: records up to {last} count")?,
            None => write!(f, "  journal {journal}: no record counts")?,
        }
        if *records == 0 && self.good_length == 0 {
            return writeln!(f, ", and none is here");
        }
        if *records == 0 {
            return writeln!(f, ", all that central holds, and none lies behind");
        }
        writeln!(
            f,
            "; {records} behind stand apart: {} taken, {} paid out",
            money(self.takings),
            money(self.payouts)
        )?;
        for HandedSaid { target, records } in &self.handed_over {
            writeln!(
                f,
                "    {records} of them were given to {target} already: nothing takes them back by \
                 itself, have them taken back there"
            )?;
        }
        for number in &self.closures {
            writeln!(
                f,
                "    closure {number} counted some of them: it stays as it was signed, and the \
                 next one takes them back, by the decision about revoked_key"
            )?;
        }
        Ok(())
    }
}
