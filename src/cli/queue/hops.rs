//! Every hop of one receipt: from the register's own data, and from central where it answers.

use std::fmt;

use serde::Serialize;

use super::ExplainArgs;
use crate::cli::output::Failure;
use crate::domain::ids::{Epoch, JournalId, RegisterNo, SaleNo, Seq, StoreNo};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::journal::hash::{Hash, from_hex};
use crate::journal::key::{Domain, PublicKey};
use crate::journal::record::{Envelope, Line};
use crate::ledger::tape::TapeLines;
use crate::ledger::{JournalRef, LedgerError, Mirror, Reader, anchor, tape};
use crate::register::sending::transport;
use crate::register::settings::{Central, DataDir, Settings};
use crate::sync::carrier::{Request, Transport as _};
use crate::sync::sealed::Sealed;
use crate::sync::wire::{ExportStage, Stages};

const RECORDS_A_READ: usize = 1_000;
const BYTES_A_READ: usize = 4 * 1024 * 1024;

/// A receipt and its way.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// Store, register and epoch.
    pub journal: String,
    /// The record's place.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
    /// Its kind.
    pub kind: String,
    /// When.
    pub at: String,
    /// The number on the receipt.
    pub receipt: u64,
    /// The total, in minor units.
    pub total: i64,
    /// Its way, in order.
    pub hops: Vec<Hop>,
}

/// A place on the way.
#[derive(Clone, Debug, Serialize)]
pub struct Hop {
    /// Which.
    pub hop: String,
    /// Whether it is there.
    pub state: HopState,
    /// In words.
    pub text: String,
}

/// Whether a record is at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HopState {
    /// It is.
    Done,
    /// Not yet; it comes by itself.
    Waiting,
    /// Not, or another one, and a person should look.
    Wrong,
    /// It can't be told from here.
    Unknown,
}

/// Why a receipt is not explained.
#[derive(Debug, thiserror::Error)]
pub enum NotFound {
    /// The text is none.
    #[error(
        "'{0}' is no receipt: type the number that is printed on it, or its proof as \
         JOURNAL-RECORD-HASH"
    )]
    Form(String),
    /// No such sale.
    #[error(
        "this register holds no receipt {0}; look at the number, and name the register with \
         --register where it is another one's"
    )]
    NoSuchReceipt(String),
}

/// The record of a receipt.
struct Found {
    journal: JournalId,
    seq: Seq,
    line: Line,
    /// Its journal, where it is this register's own.
    own: Option<JournalRef>,
}

enum Asked {
    Number(SaleNo),
    Proof(Epoch, Seq, String),
}

/// Tells the way of a receipt.
///
/// # Errors
/// [`Failure`] when it is not found, or the register's data can't be read.
pub fn explain(args: &ExplainArgs, data: &DataDir) -> Result<Explained, Failure> {
    let settings = data.settings()?;
    let asked = parse(&args.receipt).ok_or_else(|| NotFound::Form(args.receipt.clone()))?;
    let register = RegisterNo(args.register.unwrap_or(settings.register));
    let reader = Reader::open(&data.place(&settings))?;
    let found = if register.0 == settings.register {
        own(&reader, &asked)?
    } else {
        copied(data, StoreNo(settings.store), register, &asked)?
    };
    let found = found.ok_or_else(|| NotFound::NoSuchReceipt(args.receipt.clone()))?;
    let hash = found.line.hash();
    let envelope = Envelope::read(found.line.bytes())?;
    let event = envelope.event()?;
    let (receipt, total) = event.sale().map_or((0, 0), |sale| (sale.number.0, sale.total.minor()));
    let mut hops = vec![recorded(&reader, &found, &envelope)?];
    match &found.own {
        Some(journal) => {
            hops.push(on_tape(data, &settings, &found, hash));
            hops.push(at_anchor(data, &settings, &found));
            hops.push(elsewhere(&settings, receipt));
            hops.push(acknowledged(&reader, journal, &found)?);
        }
        None => hops.push(hop(
            "copy",
            HopState::Done,
            format!("this register holds a copy of register {register}'s record"),
        )),
    }
    match &settings.central {
        _ if args.offline => hops.push(hop("central", HopState::Unknown, "it was not asked")),
        None => hops.push(hop(
            "central",
            HopState::Unknown,
            "this register is not enrolled at one; carry its records there with 'tideover bundle'",
        )),
        Some(central) => hops.extend(at_central(central, &found, hash)),
    }
    Ok(Explained {
        journal: found.journal.to_string(),
        seq: found.seq.0,
        hash: hash.to_string(),
        kind: envelope.kind.to_owned(),
        at: envelope.header.at.to_string(),
        receipt,
        total,
        hops,
    })
}

fn parse(text: &str) -> Option<Asked> {
    if let Ok(number) = text.parse() {
        return Some(Asked::Number(SaleNo(number)));
    }
    let mut parts = text.split('-');
    let epoch = Epoch(from_hex(parts.next()?)?);
    let seq = Seq(parts.next()?.parse().ok()?);
    let hash = parts.next()?.to_ascii_lowercase();
    let hex = hash.len() >= 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    (hex && parts.next().is_none()).then_some(Asked::Proof(epoch, seq, hash))
}

fn own(reader: &Reader, asked: &Asked) -> Result<Option<Found>, LedgerError> {
    for journal in reader.journals()? {
        let seq = match asked {
            Asked::Proof(epoch, seq, _) if *epoch == journal.id.epoch => Some(*seq),
            Asked::Proof(..) => None,
            Asked::Number(number) if !journal.frozen => reader.sale_seq(*number)?,
            Asked::Number(number) => numbered(reader, &journal, *number)?,
        };
        let Some(seq) = seq else { continue };
        let line = reader.lines(&journal, seq, 1, BYTES_A_READ)?.pop();
        if let Some(line) = line.filter(|line| fits(asked, line)) {
            return Ok(Some(Found { journal: journal.id, seq, line, own: Some(journal) }));
        }
    }
    Ok(None)
}

/// A journal that was given up has no tables any more: its lines are read.
fn numbered(
    reader: &Reader,
    journal: &JournalRef,
    number: SaleNo,
) -> Result<Option<Seq>, LedgerError> {
    let mut from = Seq(0);
    loop {
        let lines = reader.lines(journal, from, RECORDS_A_READ, BYTES_A_READ)?;
        if lines.is_empty() {
            return Ok(None);
        }
        for line in &lines {
            let event = Envelope::read(line.bytes()).ok().and_then(|read| read.event().ok());
            if event.is_some_and(|e| e.sale().is_some_and(|sale| sale.number == number)) {
                return Ok(Some(from));
            }
            from = from.next();
        }
    }
}

fn copied(
    data: &DataDir,
    store: StoreNo,
    register: RegisterNo,
    asked: &Asked,
) -> Result<Option<Found>, LedgerError> {
    let mirror = Mirror::open_to_read(&data.mirror_dir(), store)?;
    let found = match asked {
        Asked::Number(number) => mirror.sales_numbered(register, *number)?.into_iter().next(),
        Asked::Proof(epoch, seq, _) => {
            let journal = JournalId { store, register, epoch: *epoch };
            mirror.line_at(journal, *seq)?.map(|line| (journal, *seq, line))
        }
    };
    let found = found.filter(|(_, _, line)| fits(asked, line));
    Ok(found.map(|(journal, seq, line)| Found { journal, seq, line, own: None }))
}

fn fits(asked: &Asked, line: &Line) -> bool {
    match asked {
        Asked::Number(_) => true,
        Asked::Proof(_, _, start) => line.hash().to_string().starts_with(start.as_str()),
    }
}

fn recorded(reader: &Reader, found: &Found, envelope: &Envelope<'_>) -> Result<Hop, LedgerError> {
    let place = format!("record {} of journal {}", found.seq, found.journal.epoch);
    let Some(journal) = &found.own else {
        return Ok(hop("recorded", HopState::Done, place));
    };
    let first = reader.lines(journal, Seq(0), 1, BYTES_A_READ)?;
    let key = first.first().and_then(|line| {
        crate::sync::segment::opened(&Envelope::read(line.bytes()).ok()?).map(|(key, _)| key)
    });
    let (state, text) = match (envelope.signature, key) {
        (None, _) => (HopState::Wrong, format!("{place}, unsigned: no key was at hand")),
        (Some(_), Some(key)) if envelope.is_signed_by(&key) => {
            (HopState::Done, format!("{place}, signed"))
        }
        _ => (HopState::Wrong, format!("{place}, and its signature does not hold")),
    };
    Ok(hop("recorded", state, text))
}

fn on_tape(data: &DataDir, settings: &Settings, found: &Found, hash: Hash) -> Hop {
    let path = tape::path(&data.place(settings).tape_dir, found.journal.epoch);
    let Ok(mut lines) = TapeLines::open(&path) else {
        let text = format!("there is no {}; it is kept for the current journal", path.display());
        let frozen = found.own.as_ref().is_some_and(|journal| journal.frozen);
        let state = if frozen { HopState::Unknown } else { HopState::Wrong };
        return hop("tape", state, text);
    };
    loop {
        match lines.next_record() {
            Ok(Some((seq, line))) if seq == found.seq => {
                return if Hash::of_line(&line) == hash {
                    hop("tape", HopState::Done, "the same line")
                } else {
                    hop("tape", HopState::Wrong, "another line stands in its place; run 'verify'")
                };
            }
            Ok(Some((seq, _))) if seq < found.seq => {}
            Ok(_) => return hop("tape", HopState::Wrong, "it is not on it; run 'verify'"),
            Err(why) => return hop("tape", HopState::Unknown, format!("it can't be read: {why}")),
        }
    }
}

fn at_anchor(data: &DataDir, settings: &Settings, found: &Found) -> Hop {
    let path = anchor::path(&data.place(settings).anchor_dir, settings.identity());
    match anchor::read(&path) {
        Ok(Some((_, mark))) if mark.journal != found.journal => {
            hop("anchor", HopState::Done, "it marks a later journal of this register")
        }
        Ok(Some((_, mark))) if mark.next_seq > found.seq => {
            hop("anchor", HopState::Done, format!("it is at record {}", mark.next_seq))
        }
        Ok(Some((_, mark))) => {
            let text = format!("it is still at record {}; the next sale moves it", mark.next_seq);
            hop("anchor", HopState::Waiting, text)
        }
        Ok(None) => hop("anchor", HopState::Wrong, "there is none"),
        Err(why) => hop("anchor", HopState::Unknown, format!("it can't be read: {why}")),
    }
}

/// Who holds a copy is known to who holds it.
fn elsewhere(settings: &Settings, receipt: u64) -> Hop {
    let peers = settings.peers.as_ref().and_then(|peers| peers.get("registers"));
    let count = peers.and_then(serde_json::Value::as_array).map_or(0, Vec::len);
    if count == 0 {
        return hop("copies", HopState::Unknown, "this register lists no other register");
    }
    let own = settings.register;
    hop(
        "copies",
        HopState::Unknown,
        format!(
            "{count} other registers are listed; each tells what it holds with \
             'tideover queue explain {receipt} --register {own}'"
        ),
    )
}

fn acknowledged(reader: &Reader, journal: &JournalRef, found: &Found) -> Result<Hop, LedgerError> {
    let name = "acknowledged";
    Ok(match reader.last_ack(journal)? {
        Some(ack) if ack.next_seq > found.seq => hop(
            name,
            HopState::Done,
            format!("central signed for records up to {} at {}", ack.next_seq, ack.received_at),
        ),
        other => {
            let next = other.map_or(Seq(0), |ack| ack.next_seq);
            let before = found.seq.0.saturating_sub(next.0);
            hop(name, HopState::Waiting, format!("not yet; {before} records go before it"))
        }
    })
}

fn at_central(central: &Central, found: &Found, hash: Hash) -> Vec<Hop> {
    let JournalId { store, register, epoch } = found.journal;
    let seq = found.seq;
    let path =
        format!("/v1/registers/{store}/{register}/stages?epoch={epoch}&seq={seq}&hash={hash}");
    let stages = || -> Result<Stages, String> {
        let key = PublicKey::parse(&central.ack_key).map_err(|why| why.to_string())?;
        let mut line = transport(central).map_err(|why| why.to_string())?;
        let request = Request::get(path);
        let answer = line.send(&request).map_err(|why| why.text)?;
        if answer.status == 404 {
            return Err("it is of an earlier version, and can't tell".to_owned());
        }
        let sealed = Sealed::split(&answer.body).map_err(|why| why.to_string())?;
        sealed.open(Domain::Ack, &key).map_err(|why| why.to_string())
    };
    let stages = match stages() {
        Ok(stages) => stages,
        Err(why) => return vec![hop("central", HopState::Unknown, format!("no answer: {why}"))],
    };
    if !stages.stored {
        return vec![hop("stored", HopState::Waiting, "central does not hold it")];
    }
    let at = Timestamp::new(stages.received_ms, 0).map_or_else(String::new, |at| at.to_string());
    let (state, text) = if stages.forked {
        (HopState::Wrong, format!("since {at}, on another branch: the journal forked"))
    } else {
        (HopState::Done, format!("since {at}"))
    };
    let mut hops = vec![hop("stored", state, text)];
    hops.push(match (stages.projected, stages.exceptions.as_slice()) {
        (false, _) => hop("totals", HopState::Waiting, "not in them yet"),
        (true, []) => hop("totals", HopState::Done, "in them, and no rule found anything"),
        (true, found) => {
            let found: Vec<String> = found.iter().map(|code| code.replace('_', " ")).collect();
            hop("totals", HopState::Done, format!("in them; to look at: {}", found.join(", ")))
        }
    });
    hops.extend(stages.exports.iter().map(exported));
    hops
}

fn exported(stage: &ExportStage) -> Hop {
    let ExportStage { target, state, attempts, note } = stage;
    let known = match state.as_str() {
        "confirmed" => HopState::Done,
        "pending" => HopState::Waiting,
        _ => HopState::Wrong,
    };
    let tries = if *attempts > 1 { format!(" after {attempts} tries") } else { String::new() };
    let note = if note.is_empty() { String::new() } else { format!(": {note}") };
    hop(target, known, format!("{state}{tries}{note}"))
}

fn hop(name: &str, state: HopState, text: impl Into<String>) -> Hop {
    Hop { hop: name.to_owned(), state, text: text.into() }
}

impl Explained {
    /// Nothing on its way needs a person.
    pub fn is_fine(&self) -> bool {
        !self.hops.iter().any(|hop| hop.state == HopState::Wrong)
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { journal, seq, hash, kind, at, receipt, total, hops } = self;
        let total = Money::from_minor(*total);
        writeln!(f, "Receipt {receipt}: {kind} of {total} at {at}")?;
        writeln!(f, "{journal}, record {seq}")?;
        writeln!(f, "hash {hash}")?;
        hops.iter().try_for_each(|hop| {
            let mark = match hop.state {
                HopState::Done => "yes",
                HopState::Waiting => "not yet",
                HopState::Wrong => "LOOK",
                HopState::Unknown => "?",
            };
            writeln!(f, "  {:<8} {:<14} {}", mark, hop.hop, hop.text)
        })
    }
}
