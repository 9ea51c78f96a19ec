//! Which database a data folder belongs to: the one in it, or one on a PostgreSQL server that
//! several folders and machines may have in common.
//!
//! ```text
//!  central.db      the embedded one, made where nothing else is named
//!  database.json   where the other one is: written by the first 'central --database', so that
//!                  every later command finds it by the folder alone
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::held::Held;
use super::postgres::{Database, PostgresStore};
use super::sqlite::{FILE_NAME, SqliteStore};
use super::store::{Store, StoreError};
use crate::device::key_store::write_private;

/// Names the database of a folder that has none of its own.
pub const ADDRESS_FILE: &str = "database.json";

/// Transactions of one process at once: while one waits for the disk, the next is prepared.
const WRITERS: usize = 2;
/// Questions of one process at once.
const READERS: usize = 2;
/// Workers that make rows out of records; each has a session of its own.
const WORKERS: usize = 2;
/// How long a request waits for such a database: less than a register waits for its answer, so
/// that it hears when to come again instead of nothing.
const PATIENCE: Duration = Duration::from_secs(8);

/// Where a PostgreSQL database is, as it stands in the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// `postgres://USER@HOST:5432/NAME`.
    pub url: String,
    /// A file whose first line is the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// Who signed the server's certificate, in PEM form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<PathBuf>,
}

/// The database of a data folder.
#[derive(Debug)]
pub enum Backend {
    /// In the folder itself.
    Embedded(PathBuf),
    /// On a server; the folder has the keys and marks.
    Postgres(PathBuf, Box<Database>),
}

/// The threads of one process on a database.
pub(super) struct Threads {
    pub(super) writer: Held,
    pub(super) reader: Held,
    /// One each for those who project; none where reader and writer are enough.
    pub(super) workers: Vec<Held>,
}

/// Binds a folder to a database on a server.
///
/// # Errors
/// [`StoreError`] when the folder holds records of its own, or is bound to another.
pub fn bind(folder: &Path, address: &Address) -> Result<(), StoreError> {
    open_address(address)?;
    let path = folder.join(ADDRESS_FILE);
    if folder.join(FILE_NAME).exists() {
        return Err(StoreError::Unfit(format!(
            "{} holds a central with records of its own, and they are not on that server; nothing \
             was changed. Name an empty folder with --data, and copy central.key, seal.key and the \
             certificate into it; registers then send everything to the new database again",
            folder.display()
        )));
    }
    if path.exists() {
        let bound = read(&path)?;
        if bound == *address {
            return Ok(());
        }
        return Err(StoreError::Unfit(format!(
            "{} belongs to another database ({}); nothing was changed. To move central there, \
             edit {} yourself, or name another folder with --data",
            folder.display(),
            open_address(&bound)?,
            path.display()
        )));
    }
    let text = serde_json::to_string(address).map_err(|why| StoreError::Unfit(why.to_string()))?;
    Ok(write_private(&path, text.as_bytes())?)
}

fn read(path: &Path) -> Result<Address, StoreError> {
    let text = std::fs::read_to_string(path)?;
    serde_json::from_str(&text).map_err(|why| {
        StoreError::Unfit(format!(
            "{} can't be read ({}); it needs {{\"url\": \"postgres://USER@HOST:5432/NAME\"}}",
            path.display(),
            why
        ))
    })
}

fn open_address(address: &Address) -> Result<Database, StoreError> {
    let password = match &address.password_file {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|why| {
                let path = path.display();
                StoreError::Unfit(format!(
                    "the database's password can't be read from {path} ({why}); check the file"
                ))
            })?;
            Some(text.lines().next().unwrap_or_default().to_owned())
        }
    };
    Database::parse(&address.url, password.as_deref(), address.authority.as_deref())
}

impl Backend {
    /// The database a folder is bound to; the embedded one where nothing is said.
    ///
    /// # Errors
    /// [`StoreError`] when what is said can't be used.
    pub fn of_folder(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(ADDRESS_FILE);
        if path.exists() {
            let database = open_address(&read(&path)?)?;
            Ok(Self::Postgres(folder.to_owned(), Box::new(database)))
        } else {
            Ok(Self::Embedded(folder.to_owned()))
        }
    }

    /// Whether a central ran in this folder before.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(FILE_NAME).is_file() || folder.join(ADDRESS_FILE).is_file()
    }

    /// The database of a central that ran in this folder before: a mistyped folder is not to
    /// become an empty one.
    ///
    /// # Errors
    /// [`StoreError`] when there is none, or it can't be opened.
    pub fn existing(folder: &Path) -> Result<Self, StoreError> {
        if Self::is_in(folder) {
            return Self::of_folder(folder);
        }
        Err(StoreError::Unfit(format!(
            "there is no central in {}; nothing was made or changed. Name its folder with --data, \
             or start it there once with 'tideover central --data'",
            folder.display()
        )))
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(match self {
            Self::Embedded(folder) => Box::new(SqliteStore::open(folder)?),
            Self::Postgres(folder, database) => {
                Box::new(PostgresStore::open(database)?.of_folder(folder))
            }
        })
    }

    /// Gives the database its threads; `first` is a store on it that is open already.
    pub(super) fn threads(&self, first: Box<dyn Store>) -> Result<Threads, StoreError> {
        let (writers, readers, workers) = match self {
            Self::Embedded(_) => (1, 1, 0),
            Self::Postgres(..) => (WRITERS, READERS, WORKERS),
        };
        let mut writing = vec![first];
        for _ in 1..writers {
            writing.push(self.open()?);
        }
        let reading = (0..readers).map(|_| self.open()).collect::<Result<_, _>>()?;
        let worker = |_| Held::new("central-worker", self.open()?);
        let patient = |held: Held| match self {
            Self::Embedded(_) => held,
            Self::Postgres(..) => held.within(PATIENCE),
        };
        Ok(Threads {
            writer: patient(Held::several("central-writer", writing)?),
            reader: patient(Held::several("central-reader", reading)?),
            workers: (0..workers).map(worker).collect::<Result<_, _>>()?,
        })
    }
}
