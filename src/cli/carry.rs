//! `tideover carry`: brings other registers' records from this one's copies to central, or into a
//! file. For a register that can't do it itself any more.
//!
//! Central takes each record once, whoever brings it; what the register itself brought is there
//! already and counts once.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::import::{Failed, Imported, ask, hand_over};
use super::output::{Ending, Failure, Output};
use crate::domain::ids::{RegisterNo, Seq, StoreNo};
use crate::journal::key::PublicKey;
use crate::ledger::{LedgerError, Mirror, MirrorReader};
use crate::register::sending::transport;
use crate::register::settings::DataDir;
use crate::sync::carrier::Transport;
use crate::sync::wire::SealedAnswer;

const RECORDS_A_READ: usize = 1_000;
const BYTES_A_READ: usize = 1024 * 1024;

/// `tideover carry`
#[derive(Clone, Debug, Args)]
pub struct CarryArgs {
    /// This register's data folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Only the records of this register; all that are held while none is named.
    #[arg(long, value_name = "N")]
    pub register: Option<u16>,
    /// Into a file instead of to central; 'tideover import' brings it there.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Why nothing more was brought. Doing it again is safe.
#[derive(Debug, thiserror::Error)]
pub enum NotCarried {
    /// The copies.
    #[error(transparent)]
    Mirror(#[from] LedgerError),
    /// Central.
    #[error(transparent)]
    Central(#[from] Failed),
    /// The file.
    #[error("{path} can't be written; the copies are untouched, choose another place")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Nothing is held.
    #[error("this register holds no records of register {0}; try the other registers of the store")]
    NothingOf(RegisterNo),
    /// No central.
    #[error("this register is not enrolled at a central; write a file with --out and import it")]
    NotEnrolled,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when not everything was brought.
pub fn run(args: &CarryArgs, home: &Path, output: Output) -> Result<Ending, Failure> {
    let data = DataDir(args.data.clone().unwrap_or_else(|| home.to_owned()));
    let settings = data.settings()?;
    let reader = Mirror::open_to_read(&data.mirror_dir(), StoreNo(settings.store))?;
    let register = args.register.map(RegisterNo);
    let carried = match &args.out {
        Some(path) => to_file(&reader, register, path)?,
        None => {
            let central = settings.central.as_ref().ok_or(NotCarried::NotEnrolled)?;
            let mut line = transport(central)?;
            let key = PublicKey::parse(&central.ack_key)?;
            to_central(&reader, register, Some(&key), &mut line)?
        }
    };
    output.say(&carried)?;
    Ok(Ending::fine_if(carried.refused_count == 0))
}

/// Brings copies to central: records first, then what is sealed beside them.
///
/// # Errors
/// [`NotCarried`]; what was brought before is at central.
pub fn to_central(
    reader: &MirrorReader,
    register: Option<RegisterNo>,
    central_key: Option<&PublicKey>,
    transport: &mut dyn Transport,
) -> Result<Imported, NotCarried> {
    let mut carried = Imported { file: "copies".to_owned(), ..Imported::default() };
    each_piece(reader, register, &mut |piece| {
        match piece {
            Piece::Lines(body, count) => {
                carried.add(hand_over(body, central_key, transport)?, carried.lines);
                carried.lines = carried.lines.saturating_add(count);
            }
            Piece::Sealed(message) => {
                let answer: SealedAnswer = ask("/v1/sealed", message, central_key, transport)?;
                let held = u64::try_from(answer.held.len()).unwrap_or(0);
                carried.sealed = carried.sealed.saturating_add(held);
            }
        }
        Ok(())
    })?;
    Ok(carried)
}

/// Writes copies into a file, flushed.
///
/// # Errors
/// [`NotCarried`].
pub fn to_file(
    reader: &MirrorReader,
    register: Option<RegisterNo>,
    path: &Path,
) -> Result<Imported, NotCarried> {
    let failed = |source| NotCarried::File { path: path.display().to_string(), source };
    let file = std::fs::File::create(path).map_err(failed)?;
    let mut out = BufWriter::new(file);
    let file = path.display().to_string();
    let mut written = Imported { file, ..Imported::default() };
    each_piece(reader, register, &mut |piece| {
        let bytes = match piece {
            Piece::Lines(body, count) => {
                written.lines = written.lines.saturating_add(count);
                body
            }
            Piece::Sealed(message) => {
                written.sealed = written.sealed.saturating_add(1);
                message
            }
        };
        out.write_all(&bytes).and_then(|()| out.write_all(b"\n")).map_err(failed)
    })?;
    let file = out.into_inner().map_err(|why| failed(why.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok(written)
}

enum Piece {
    /// Record lines joined by LF, and how many.
    Lines(Vec<u8>, u64),
    /// One signed message.
    Sealed(Vec<u8>),
}

fn each_piece(
    reader: &MirrorReader,
    register: Option<RegisterNo>,
    take: &mut dyn FnMut(Piece) -> Result<(), NotCarried>,
) -> Result<(), NotCarried> {
    let all = reader.branches()?;
    let wanted = |journal: RegisterNo| register.is_none_or(|register| register == journal);
    let branches: Vec<_> = all.iter().filter(|b| wanted(b.journal.register)).collect();
    if let (Some(register), true) = (register, branches.is_empty()) {
        return Err(NotCarried::NothingOf(register));
    }
    for branch in branches {
        let mut from = Seq(0);
        loop {
            let lines = reader.lines(&all, branch, from, RECORDS_A_READ, BYTES_A_READ)?;
            if lines.is_empty() {
                break;
            }
            let count = u64::try_from(lines.len()).unwrap_or(0);
            let lines: Vec<&[u8]> = lines.iter().map(|line| line.bytes()).collect();
            take(Piece::Lines(lines.join(&b'\n'), count))?;
            from = Seq(from.0.saturating_add(count));
        }
        if branch.number == 1 {
            for row in reader.sealed(branch.journal.epoch)? {
                take(Piece::Sealed(row.message))?;
            }
        }
    }
    Ok(())
}
