//! What two registers say to each other, and the frames it travels in.
//!
//! ```text
//!  frame   4 bytes: length │ JSON of one Ask or Say │ LF, record lines joined by LF (Records only)
//!
//!  hello    ─▶ hello       who are you? nothing else before it
//!  have     ─▶ want        journals I can bring; how far you hold each branch of them
//!  hash_at  ─▶ hash        where did our copies part?
//!  records  ─▶ held        lines, byte for byte; the answer comes once they are durable
//!  sealed   ─▶ sealed_held what only central can open
//!  account  ─▶ account     what was taken from an account today; kept nowhere
//!  show     ─▶ shown       what do you keep? see proof
//!  kept     ─▶ kept        what do you keep of me? give ─▶ given: its lines; see regain
//!  pack_told, pack_piece   see packs
//!  revoked  ─▶ revoked     central's note about revoked keys, where it is newer
//! ```
//!
//! The one who began the line asks, the other answers; each register begins a line to each other.
//! The line proves both keys, and the records prove themselves, so no message is signed again.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

use crate::device::clock::Clock;
use crate::sync::wire::JournalName;

/// What both sides must say.
pub const PROTOCOL: &str = "tideover-peer/1";
/// The longest frame, in bytes: a record of the largest size fits.
pub const FRAME_LEN_MAX: usize = 1024 * 1024;
/// The longest frame before the other side is known.
pub const HELLO_LEN_MAX: usize = 8 * 1024;
/// Record bytes of one frame, unless one record alone has more.
pub const LINES_LEN_AIM: usize = 256 * 1024;
/// The most records of one frame.
pub const RECORDS_MAX: usize = 250;
/// The most journals one message names.
pub const JOURNALS_MAX: usize = 512;
/// The most sealed rows of one message.
pub const SEALED_ROWS_MAX: usize = 100;
/// The longest message with one sealed row.
pub const SEALED_LEN_MAX: usize = 4_096;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Always the first.
    Hello(Hello),
    /// Journals the asker can bring.
    Have {
        /// At most [`JOURNALS_MAX`].
        journals: Vec<JournalName>,
    },
    /// The hash of one record of a journal's first branch.
    HashAt {
        /// Which journal.
        journal: JournalName,
        /// Which record.
        seq: u64,
    },
    /// Record lines; they stand behind the JSON.
    Records {
        /// Central's certificate for the journal's key, where there is one.
        certificate: Option<String>,
    },
    /// What was taken from an account on a day.
    Account(AccountAsked),
    /// Sealed data of a journal.
    Sealed {
        /// Which journal.
        journal: JournalName,
        /// At most [`SEALED_ROWS_MAX`].
        rows: Vec<SealedRow>,
    },
    /// Show that a record is kept.
    Show {
        /// Which journal.
        journal: JournalName,
        /// Which record.
        seq: u64,
        /// 32 hex digits that were never asked before.
        nonce: String,
    },
    /// Central's note about keys that are revoked, if it is newer.
    Revoked {
        /// How many revocations the asker knows of.
        decided: u64,
    },
    /// The asker's own journals, as they are kept.
    Kept,
    /// Lines of one of the asker's own journals.
    Give {
        /// Which journal.
        journal: JournalName,
        /// Which branch, from 1.
        branch: u32,
        /// The first record.
        from: u64,
    },
    /// Which pack the store is to sell by, as its publisher signed it.
    PackTold,
    /// A piece of a pack or a delta.
    PackPiece {
        /// The file, by its digest.
        sha256: String,
        /// From where on.
        from: u64,
    },
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum Say {
    /// To a hello.
    Hello(Hello),
    /// How far each named journal is held, in the order of the question.
    Want {
        /// One a journal: its branches, none where nothing is held.
        held: Vec<Vec<Head>>,
    },
    /// To [`Ask::HashAt`]; none where that record is not held.
    Hash {
        /// 64 hex digits.
        hash: Option<String>,
    },
    /// The lines are durable here.
    Held {
        /// Records before them are missing here, and so they were not kept.
        gap: bool,
    },
    /// The sealed rows are durable here.
    SealedHeld,
    /// To [`Ask::Account`].
    Account(AccountSeen),
    /// To [`Ask::Show`]: 64 hex digits a branch that has a record at that place.
    Shown {
        /// None where nothing is kept.
        proofs: Vec<String>,
    },
    /// To [`Ask::Kept`].
    Kept {
        /// One a branch.
        journals: Vec<KeptJournal>,
    },
    /// The lines stand behind the JSON.
    Given,
    /// Central's note stands behind the JSON; nothing where none is newer.
    Revoked,
    /// The manifest stands behind the JSON; nothing where none is known.
    PackTold,
    /// The piece stands behind the JSON; nothing where the file is not whole here.
    PackPiece,
    /// Not done, and why.
    No {
        /// In words, for a log.
        text: String,
    },
}

/// An account that a check is being taken from. It is asked about over a proved line, answered
/// from memory, and wiped; it shows in no log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountAsked {
    /// The routing number.
    pub routing: String,
    /// The account number as it was read.
    pub account: String,
    /// The check's number.
    pub number: String,
    /// The business date.
    pub day: String,
}

/// What one register knows of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSeen {
    /// Checks taken from it on that day.
    pub count: u32,
    /// Their sum, in minor units.
    pub sum: i64,
    /// This very check was taken there.
    pub same: bool,
}

impl Drop for AccountAsked {
    fn drop(&mut self) {
        self.routing.zeroize();
        self.account.zeroize();
        self.number.zeroize();
    }
}

impl std::fmt::Debug for AccountAsked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccountAsked(..)")
    }
}

/// Who speaks. The line has proved the key already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// The store.
    pub store: u32,
    /// The register.
    pub reg: u16,
    /// Central's certificate, where the register is enrolled.
    pub certificate: Option<String>,
    /// The port it listens on, so that the other side can begin a line too.
    pub port: Option<u16>,
    /// It can be asked about packs; an older program can't.
    #[serde(default)]
    pub packs: bool,
    /// It can be asked to show what it keeps; an older program can't.
    #[serde(default)]
    pub shows: bool,
    /// It can be asked for central's note about revoked keys; an older program can't.
    #[serde(default)]
    pub revoked: bool,
    /// It gives a register's own records back to it; an older program can't.
    #[serde(default)]
    pub gives: bool,
}

/// A branch of the asker's journals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptJournal {
    /// Which journal.
    pub journal: JournalName,
    /// 1, or more for the other branches of a journal that forked.
    pub branch: u32,
    /// The place after its last record.
    pub next_seq: u64,
    /// Central's certificate for its key, where it came along.
    pub certificate: Option<String>,
}

/// The end of a branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The place after its last record.
    pub next_seq: u64,
    /// The hash of its last record, 64 hex digits.
    pub head: String,
}

/// A sealed row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedRow {
    /// What the record holds, 64 hex digits.
    pub commitment: String,
    /// The record.
    pub seq: u64,
    /// The business date of the sale.
    pub day: String,
    /// The message for central with this one row, signed by the register whose sale it is.
    pub message: String,
}

/// A socket whose every wait ends by one moment.
pub(super) struct Limited {
    socket: TcpStream,
    clock: Arc<dyn Clock>,
    until_ms: u64,
}

impl Limited {
    pub(super) fn new(socket: TcpStream, clock: Arc<dyn Clock>, wait_ms: u64) -> Self {
        let until_ms = clock.mono_ms().saturating_add(wait_ms);
        Self { socket, clock, until_ms }
    }

    /// What comes next must be done within this time.
    pub(super) fn within(&mut self, wait_ms: u64) {
        self.until_ms = self.clock.mono_ms().saturating_add(wait_ms);
    }

    fn left(&self) -> io::Result<Duration> {
        match self.until_ms.checked_sub(self.clock.mono_ms()) {
            Some(left) if left > 0 => Ok(Duration::from_millis(left)),
            _ => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Read for Limited {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(self.left()?))?;
        self.socket.read(bytes)
    }
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(self.left()?))?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

const NO_MESSAGE: &str = "what came is no message of another register; compare the versions of \
                          both programs";

/// Sends one message, with record lines behind it.
///
/// # Errors
/// The line's; `FileTooLarge` where they are more than a frame holds.
pub fn send<T: Serialize>(
    line: &mut impl Write,
    message: &T,
    records: &[Vec<u8>],
) -> io::Result<()> {
    let mut body = serde_json::to_vec(message)?;
    for record in records {
        body.push(b'\n');
        body.extend_from_slice(record);
    }
    if body.len() > FRAME_LEN_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let len = u32::try_from(body.len()).unwrap_or(u32::MAX);
    line.write_all(&[len.to_be_bytes().as_slice(), &body].concat())?;
    line.flush()
}

/// Receives one message of at most `len_max` bytes, and the record lines behind it.
///
/// # Errors
/// The line's; `FileTooLarge` before room is made for more, `InvalidData` where it is no message.
pub fn receive<T: DeserializeOwned>(
    line: &mut impl Read,
    len_max: usize,
) -> io::Result<(T, Vec<Vec<u8>>)> {
    let mut len = [0; 4];
    line.read_exact(&mut len)?;
    let len = usize::try_from(u32::from_be_bytes(len)).unwrap_or(usize::MAX);
    if len > len_max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut body = vec![0; len];
    line.read_exact(&mut body)?;
    let mut parts = body.split(|byte| *byte == b'\n');
    // In words of our own: the reader's would repeat what came.
    let message = serde_json::from_slice(parts.next().unwrap_or(&[]))
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, NO_MESSAGE))?;
    Ok((message, parts.map(<[u8]>::to_vec).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_whole_or_not_at_all_and_never_too_long() {
        let ask = Ask::Records { certificate: None };
        let lines = vec![b"- {\"a\":1}".to_vec(), b"- {}".to_vec()];
        let mut sent = Vec::new();
        send(&mut sent, &ask, &lines).expect("sent");
        let (read, records): (Ask, _) =
            receive(&mut sent.as_slice(), FRAME_LEN_MAX).expect("received");
        assert_eq!((read, records), (ask, lines));
        for len in 0..sent.len() {
            assert!(receive::<Ask>(&mut &sent[..len], FRAME_LEN_MAX).is_err(), "cut at {len}");
        }
        // Nothing is set aside for a length that is only said.
        let long = [u32::MAX.to_be_bytes().as_slice(), b"{}"].concat();
        let error = receive::<Ask>(&mut long.as_slice(), HELLO_LEN_MAX).expect_err("too long");
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        let garbage = [5_u32.to_be_bytes().as_slice(), b"hello"].concat();
        assert!(receive::<Ask>(&mut garbage.as_slice(), HELLO_LEN_MAX).is_err());
        assert!(send(&mut Vec::new(), &Say::SealedHeld, &[vec![0; FRAME_LEN_MAX]]).is_err());
    }
}
