//! `tideover central phone-code`: what IT says on the phone, so that somebody whose PIN does not
//! open a register signs in once.
//!
//! ```text
//!  question read aloud ─▶ who is calling? (IT's own rules) ─▶ on record here ─▶ answer
//! ```
//!
//! The record goes first: no answer without it. The register records the signing-in itself.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::central::serve::KEY_FILE;
use crate::central::store::{Standing, Store, StoreError};
use crate::cli::free_text::without_a_card;
use crate::device::clock::Clock;
use crate::device::entropy::SystemEntropy;
use crate::device::key_store::{KeyTrouble, load_or_create};
use crate::domain::ids::{PersonId, RegisterNo, StoreNo};
use crate::journal::phone_code::{Challenge, RecoveryKey};

/// Who got an answer, a line each.
const LOG_FILE: &str = "phone-codes.csv";
const WORDS_LEN_MAX: usize = 80;

/// `tideover central phone-code`
#[derive(Clone, Debug, Args)]
pub struct PhoneCodeArgs {
    /// Central's data folder.
    #[arg(long, value_name = "DIR", default_value = "tideover-central")]
    pub(super) data: PathBuf,
    /// The store's number.
    #[arg(long)]
    store: u32,
    /// The register's number.
    #[arg(long)]
    register: u16,
    /// The number of the person who is to sign in.
    #[arg(long)]
    person: String,
    /// The question as it was read aloud, such as 7K2M-A0X9.
    #[arg(long)]
    question: String,
    /// Who gives the answer.
    #[arg(long, value_parser = without_a_card)]
    who: String,
    /// How the caller was recognized, and why no PIN does.
    #[arg(long, value_parser = without_a_card)]
    reason: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoPhoneCode {
    /// The question.
    #[error(
        "'{0}' is no question of a register: it has eight letters and digits, as 7K2M-A0X9; \
         nobody was let in, have it read again"
    )]
    Question(String),
    /// The person.
    #[error("'{0}' is no number of a person; nobody was let in, have it said again")]
    Person(String),
    /// The words.
    #[error("say who gives the answer and why, each in 1 to 80 plain characters")]
    Words,
    /// No key of that register is trusted.
    #[error(
        "register {1} of store {0} is not enrolled here, or its keys are revoked; no answer of \
         this central opens it. Compare both numbers with the caller"
    )]
    NotEnrolled(u32, u16),
    /// Central's key.
    #[error(transparent)]
    Key(#[from] KeyTrouble),
    /// There is none.
    #[error("there is no key of central in {0}; run this where central's data folder is")]
    NoKey(String),
    /// Central's store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log.
    #[error("{path} can't be written, so no answer is given; check the folder's rights")]
    Log {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// What to say.
#[derive(Clone, Debug, Serialize)]
pub struct PhoneCode {
    /// The store.
    pub store: u32,
    /// The register.
    pub register: u16,
    /// The person.
    pub person: String,
    /// The answer by the register's trusted key; more than one key after it was enrolled again.
    pub answers: Vec<Answer>,
}

/// An answer.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The key, shortened.
    pub key: String,
    /// What to say.
    pub say: String,
}

/// The answer to a register's question, after it was put on record.
///
/// # Errors
/// [`NoPhoneCode`]; then nothing was let out.
pub fn run(
    kept: &mut dyn Store,
    args: &PhoneCodeArgs,
    clock: &dyn Clock,
) -> Result<PhoneCode, NoPhoneCode> {
    let challenge = Challenge::parse(&args.question)
        .ok_or_else(|| NoPhoneCode::Question(shown(&args.question)))?;
    let person = PersonId::parse(args.person.trim())
        .map_err(|_| NoPhoneCode::Person(shown(&args.person)))?;
    let (who, reason) = (words(&args.who)?, words(&args.reason)?);
    let (store, register) = (StoreNo(args.store), RegisterNo(args.register));
    let keys = kept.keys(store, register)?;
    let trusted: Vec<_> = keys
        .into_iter()
        .filter(|(_, standing)| *standing == Standing::Enrolled)
        .map(|(key, _)| key)
        .collect();
    if trusted.is_empty() {
        return Err(NoPhoneCode::NotEnrolled(store.0, register.0));
    }
    let path = args.data.join(KEY_FILE);
    if !path.exists() {
        return Err(NoPhoneCode::NoKey(args.data.display().to_string()));
    }
    let central = load_or_create(&path, &SystemEntropy)?;
    log(
        &args.data,
        &[
            &clock.now().to_string(),
            &store.0.to_string(),
            &register.0.to_string(),
            person.as_str(),
            who,
            reason,
        ],
    )?;
    let answers = trusted.iter().map(|key| Answer {
        key: key.fingerprint(),
        say: RecoveryKey::of(&central, store, register, key).answer(challenge, &person).to_string(),
    });
    Ok(PhoneCode {
        store: store.0,
        register: register.0,
        person: person.to_string(),
        answers: answers.collect(),
    })
}

/// Plain words of a line.
fn words(text: &str) -> Result<&str, NoPhoneCode> {
    let text = text.trim();
    let plain = !text.is_empty()
        && text.len() <= WORDS_LEN_MAX
        && !text.chars().any(|c| c.is_control() || matches!(c, '"' | ',' | ';'));
    plain.then_some(text).ok_or(NoPhoneCode::Words)
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(20).collect()
}

fn log(folder: &Path, cells: &[&str]) -> Result<(), NoPhoneCode> {
    let path = folder.join(LOG_FILE);
    let mut options = OpenOptions::new();
    options
        .append(true)
        .create(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut file| {
            file.write_all(format!("{}\n", cells.join(",")).as_bytes())?;
            file.sync_all()
        })
        .map_err(|source| NoPhoneCode::Log { path: path.display().to_string(), source })
}

impl fmt::Display for PhoneCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, register, person, answers } = self;
        writeln!(f, "For person {person} at register {register} of store {store}, once:")?;
        for answer in answers {
            writeln!(f, "  say    {}    (register's key {})", answer.say, answer.key)?;
        }
        write!(
            f,
            "It holds for this question only. That you gave it is on record here; that they\n\
             signed in by phone is on record at the register and comes with its journal."
        )
    }
}
