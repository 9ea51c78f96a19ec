//! What register and central say to each other, version 1. Shared by both sides.
//!
//! Every message is a sealed line (`sealed`); a segment is a sealed header, a newline and a blob
//! (`segment`). Ids stand as in a record: store and register as numbers, epoch and hashes as hex.
//!
//! ```text
//!  GET  /v1/hello?nonce=                 ─▶ Hello            "is it really back?"
//!  POST /v1/announce    Announce         ─▶ Answer           what I have, and what you should have
//!  POST /v1/segments    Header + blob    ─▶ Answer           records, as they stand in the journal
//!  GET  /v1/registers/S/R/cursor?epoch=  ─▶ Answer           where do we stand?
//!  GET  /v1/registers/S/R/stages?epoch=&seq=&hash= ─▶ Stages   how far is this record?
//!  POST /v1/records     record lines     ─▶ RecordsAnswer    an exported file, from any courier
//!  POST /v1/sealed      SealedRows      ─▶ SealedAnswer     personal data, sealed, beside records
//!  POST /v1/asides      AsidesQuestion  ─▶ AsidesAnswer     sales of the store put aside
//!  POST /v1/regain      see regain                          its own records, after a disk died
//!  GET  /v1/revoked?nonce=               ─▶ see revoked       keys that are trusted no longer
//!  POST /v1/packs       see packs                           which pack to sell by, and its file
//!  POST /v1/enroll      EnrollRequest    ─▶ Certificate      once a register
//!  POST /v1/rotation    see rotation     ─▶ Certificate      its key is followed by another
//!  POST /v1/manager     see reconcile::errand               a manager at a register's window
//! ```
//!
//! Every answer of central holds its position: `next_seq` says what it holds, only `prune_seq`
//! says what may be forgotten.

pub mod packs;
pub mod regain;
pub mod rotation;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{Epoch, JournalId, RegisterNo, Seq, StoreNo};
use crate::journal::hash::{Hash, from_hex};

/// What every message of central begins with: a captive portal does not know it.
pub const PROTOCOL: &str = "tideover/1";
/// The longest segment body on the wire, header and blob, in bytes.
pub const SEGMENT_LEN_MAX: usize = 512 * 1024;
/// The longest segment header, in bytes.
pub const HEADER_LEN_MAX: usize = 2 * 1024;
/// The most record bytes a segment unpacks to.
pub const RAW_LEN_MAX: usize = 4 * 1024 * 1024;
/// What a blob may unpack to whatever its length: one record of the largest size.
pub const RAW_LEN_FREE: usize = 256 * 1024;
/// How many times its own length a blob may unpack to beyond [`RAW_LEN_FREE`]. Sales alike
/// compress well, but each holds some 100 bytes of signature and hash that don't.
pub const RATIO_MAX: usize = 1_000;
/// The most records a register puts into one segment.
pub const SEGMENT_RECORDS_MAX: usize = 250;
/// The most record bytes a register puts into one segment, unless one record alone has more.
pub const SEGMENT_RAW_AIM: usize = 1024 * 1024;
/// The most records central takes in one segment.
pub const SEGMENT_RECORDS_LIMIT: usize = 10_000;
/// The longest announcement or enrolment, in bytes.
pub const ANNOUNCE_LEN_MAX: usize = 4 * 1024;
/// The longest body of record lines in one request.
pub const RECORDS_LEN_MAX: usize = 4 * 1024 * 1024;
/// The most rows of sealed data in one request.
pub const SEALED_ROWS_MAX: usize = 50;
/// The longest request with sealed data, in bytes.
pub const SEALED_BODY_LEN_MAX: usize = 96 * 1024;
/// The longest answer of central, in bytes.
pub const ANSWER_LEN_MAX: usize = 64 * 1024;
/// The longest answer about sales that were put aside, in bytes.
pub const ASIDES_ANSWER_LEN_MAX: usize = 1024 * 1024;
/// The most record bytes in it: written as text they at most double.
pub const ASIDES_RAW_MAX: usize = 480 * 1024;
/// The shortest and the longest wait central may ask for, in milliseconds.
pub const RETRY_AFTER_MS: (u64, u64) = (1_000, 15 * 60 * 1_000);

/// A journal's name on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalName {
    /// The store.
    pub store: u32,
    /// The register.
    pub reg: u16,
    /// The installation, 16 hex digits.
    pub epoch: String,
}

/// Central's position in one journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The next record central waits for; all before it are held, durably.
    pub next_seq: u64,
    /// The hash of the last record held; zeros before the first. 64 hex digits.
    pub head: String,
    /// Records below it may be forgotten by the register.
    pub prune_seq: u64,
}

/// How far one record has come at central; asked for with its hash, so that only who has the
/// record can ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stages {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// `stages`.
    pub answer: String,
    /// The journal.
    pub journal: JournalName,
    /// The record.
    pub seq: u64,
    /// It is stored here.
    pub stored: bool,
    /// When it came, in milliseconds since 1970.
    pub received_ms: i64,
    /// It is on another branch of a journal that forked.
    pub forked: bool,
    /// It is in totals and exceptions.
    pub projected: bool,
    /// The rules that found something on it.
    pub exceptions: Vec<String>,
    /// What other systems were given of it.
    pub exports: Vec<ExportStage>,
}

/// What is known of a record at another system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportStage {
    /// The system's name at central.
    pub target: String,
    /// `held`, `pending`, `sent`, `confirmed`, `unknown`, `refused`, `different`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What the system said last.
    pub note: String,
}

/// What central says to a probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// `hello`.
    pub answer: String,
    /// The nonce of the question: an old answer does not pass for a new one.
    pub nonce: String,
    /// Which central this is, and since when: another word after a restore.
    pub server_epoch: String,
    /// Central's signing key, 64 hex digits.
    pub key: String,
    /// Central's clock.
    pub time: String,
    /// Why nothing may be sent now; none as a rule. Selling goes on.
    pub hold: Option<String>,
    /// SHA-256 of the certificates that are central's, 64 hex digits each; none where it is not
    /// encrypted, or is older than this.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<String>,
    /// How many revocations of keys were decided: when it changes, a register asks which
    /// (`revoked`); none by a central that is older than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocations: Option<u64>,
}

/// What a register has, and what it expects central to have in the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announce {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// Which journal.
    #[serde(flatten)]
    pub journal: JournalName,
    /// The register's public key, 64 hex digits; the announcement is signed by it.
    pub key: String,
    /// The journal's next record: also the count of its records.
    pub next_seq: u64,
    /// The hash of its last record.
    pub head: String,
    /// Its lifetime takings, in minor units.
    pub takings: i64,
    /// Its lifetime pay-outs, in minor units.
    pub payouts: i64,
    /// The version of the program.
    pub program: String,
    /// The register's clock.
    pub at: String,
}

/// The first line of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// Which journal.
    #[serde(flatten)]
    pub journal: JournalName,
    /// The first record's seq.
    pub from: u64,
    /// The last record's seq.
    pub to: u64,
    /// The hash of the record before the first.
    pub prev: String,
    /// The hash of the last record.
    pub head: String,
    /// The count of records.
    pub n: u64,
    /// The journal's takings less its pay-outs after the last record: a control total.
    pub sum: i64,
    /// `zstd`.
    pub enc: String,
    /// The length of the record lines, in bytes.
    pub raw_len: u64,
    /// SHA-256 of the blob.
    pub blob_sha256: String,
    /// The register's public key, 64 hex digits; the header is signed by it.
    pub key: String,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing was delivered: this is the answer to a question.
    Position,
    /// New records were stored.
    Accepted,
    /// All records were there already.
    Duplicate,
    /// Stored, and waiting for records that come before.
    Parked,
    /// Stored as another branch: these are not the records central has at these places.
    Forked,
}

/// Central's acknowledgement. Signed; the register keeps the bytes as they come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// `position`.
    pub answer: String,
    /// Which central, and since when.
    pub server_epoch: String,
    /// Which journal.
    #[serde(flatten)]
    pub journal: JournalName,
    /// What became of the delivery.
    pub outcome: Outcome,
    /// Records that are new to central.
    pub created: u64,
    /// Records that were there already.
    pub existing: u64,
    /// Records that wait for others before them.
    pub parked: u64,
    /// Where central stands in this journal, after a commit that survives a power cut.
    #[serde(flatten)]
    pub cursor: Cursor,
    /// When the register may come again, in milliseconds; zero: at once.
    pub wait_ms: u64,
    /// The appointment for then, to be shown with the next delivery; see `asks`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// Why nothing more may be sent now; none as a rule.
    pub hold: Option<String>,
    /// Central's clock.
    pub time: String,
}

/// Sealed data of one journal. Sealed, in its turn, by the register's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedRows {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// Which journal.
    #[serde(flatten)]
    pub journal: JournalName,
    /// The register's public key, 64 hex digits; the request is signed by it.
    pub key: String,
    /// At most [`SEALED_ROWS_MAX`].
    pub rows: Vec<SealedRow>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedRow {
    /// What the record holds, 64 hex digits; the row's name.
    pub commitment: String,
    /// The record.
    pub seq: u64,
    /// The sealed bytes, in base64.
    pub bytes: String,
}

/// What central holds of the rows it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedAnswer {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// `sealed`.
    pub answer: String,
    /// Which central, and since when.
    pub server_epoch: String,
    /// Which journal.
    #[serde(flatten)]
    pub journal: JournalName,
    /// The commitments it holds, durably.
    pub held: Vec<String>,
}

/// A register asks which sales of its store were put aside. Sealed by the register's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsidesQuestion {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// The journal in use.
    #[serde(flatten)]
    pub journal: JournalName,
    /// The register's public key, 64 hex digits; the question is signed by it.
    pub key: String,
    /// At most 64 hex digits: an old answer does not pass for a new one.
    pub nonce: String,
}

/// What central holds of the sales that a store's registers put aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsidesAnswer {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// `asides`.
    pub answer: String,
    /// The question's.
    pub nonce: String,
    /// The store.
    pub store: u32,
    /// The records as they stand in their journals.
    pub lines: Vec<String>,
    /// How many more there are than fit.
    pub left_out: u64,
    /// Central's clock.
    pub time: String,
}

/// What was found in a body of record lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordsAnswer {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// `records`.
    pub answer: String,
    /// One a run of records of one journal, in the order of the lines.
    pub runs: Vec<Answer>,
    /// Lines that are not stored, in words with their number; at most 100.
    pub refused: Vec<String>,
    /// How many lines are not stored.
    pub refused_count: u64,
}

/// The most characters of somebody else's words that are shown.
const WORDS_MAX: usize = 2_000;

/// Somebody else's words, control characters as spaces.
fn words_alone<'de, D: serde::Deserializer<'de>>(given: D) -> Result<String, D::Error> {
    let given = String::deserialize(given)?;
    let alone = |c: char| if c.is_control() { ' ' } else { c };
    Ok(given.chars().take(WORDS_MAX).map(alone).collect())
}

/// Why central did not do as asked. Never because of what a record says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// `refusal`.
    pub answer: String,
    /// In words: what happened and what to do. Whoever wrote them, nothing in them acts on a screen
    /// or a log.
    #[serde(deserialize_with = "words_alone")]
    pub text: String,
    /// When to come again, in milliseconds: this caller's own slot.
    pub retry_after_ms: Option<u64>,
    /// The appointment for then, to be shown with the next delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
}

/// A register asks to be known. Sealed by the key it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrollRequest {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// The one-time code, as printed.
    pub code: String,
    /// The register's public key, 64 hex digits.
    pub key: String,
    /// The version of the program.
    pub program: String,
}

/// Central's word that a key is a register's. Sealed by central's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// `certificate`.
    pub answer: String,
    /// The store.
    pub store: u32,
    /// The register.
    pub reg: u16,
    /// The register's public key.
    pub key: String,
    /// The key that signs central's acknowledgements.
    pub central_key: String,
    /// The key that signs the store's packs.
    pub pack_key: String,
    /// The X25519 key that personal data is sealed to, 64 hex digits; none where central keeps
    /// none.
    #[serde(default)]
    pub seal_key: Option<String>,
    /// Central's signature under the key as one that signs receipts, 128 hex digits: what every
    /// register of the chain believes a receipt by (`receipt::witness`).
    #[serde(default)]
    pub receipt_word: Option<String>,
    /// Which central.
    pub server_epoch: String,
    /// When.
    pub issued_at: String,
}

/// Where an enrolled register asks for its recovery key.
pub const PHONE_KEY_PATH: &str = "/v1/phone-key";

/// An enrolled register asks for the key that phone codes are answered with. Sealed by its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneKeyRequest {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// The store.
    pub store: u32,
    /// The register.
    pub reg: u16,
    /// The register's public key, 64 hex digits.
    pub key: String,
}

/// A register's recovery key. Sealed by central's key, and a secret of both.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneKey {
    /// [`PROTOCOL`].
    pub protocol: String,
    /// `phone_key`.
    pub answer: String,
    /// The store.
    pub store: u32,
    /// The register.
    pub reg: u16,
    /// The key, 64 hex digits.
    pub recovery: String,
}

/// Why a name or hash on the wire is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message names a journal or a hash in another form than docs/sync.md describes")]
pub struct NotAName;

impl JournalName {
    /// The journal's name.
    pub fn of(journal: &JournalId) -> Self {
        let JournalId { store, register, epoch } = journal;
        Self { store: store.0, reg: register.0, epoch: epoch.to_string() }
    }

    /// The journal.
    ///
    /// # Errors
    /// [`NotAName`] when the epoch is not 16 hex digits.
    pub fn id(&self) -> Result<JournalId, NotAName> {
        let epoch = Epoch(from_hex(&self.epoch).ok_or(NotAName)?);
        Ok(JournalId { store: StoreNo(self.store), register: RegisterNo(self.reg), epoch })
    }
}

impl Cursor {
    /// Where central stands in a journal it has never heard of.
    pub fn start() -> Self {
        Self { next_seq: 0, head: Hash::ZERO.to_string(), prune_seq: 0 }
    }

    /// Next record and head.
    ///
    /// # Errors
    /// [`NotAName`] when the head is not a hash.
    pub fn position(&self) -> Result<(Seq, Hash), NotAName> {
        Ok((Seq(self.next_seq), Hash::parse(&self.head).ok_or(NotAName)?))
    }
}

impl Refusal {
    /// A refusal in words.
    pub fn new(text: impl Into<String>, retry_after_ms: Option<u64>) -> Self {
        Self {
            protocol: PROTOCOL.to_owned(),
            answer: "refusal".to_owned(),
            text: text.into(),
            retry_after_ms,
            slot: None,
        }
    }
}
