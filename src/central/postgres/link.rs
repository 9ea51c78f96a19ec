//! The line to a PostgreSQL database: where it is, how a session begins, what is tried again.
//!
//! ```text
//!  run(deed) ─▶ session there? no ─▶ connect ─▶ settings, durability, is it an older copy?
//!                │                                  │ can't ─▶ StoreError::Away
//!                ▼                                  ▼
//!              deed ── lost line, deadlock, serialization ─▶ again: every deed may run twice
//! ```
//!
//! A deed is one transaction, or one statement. When a line is lost during COMMIT nobody knows
//! whether it happened; since each deed changes nothing the second time, it simply runs again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

use super::restored::{self, Seen};
use super::tls::Encryption;
use crate::central::store::StoreError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Longer than any statement may take by itself.
const DEED_TIMEOUT: Duration = Duration::from_secs(45);
/// Longer than a table takes that is written anew.
const LONG_TIMEOUT: Duration = Duration::from_secs(4 * 3_600);
/// How often a deed is tried.
const TRIES: usize = 4;

/// What each session is told. Whatever the server's own setting is, no deed waits for ever; and
/// what a process held that vanished in the middle of a transaction is free again after 10 s. The
/// server compiles nothing for us: the question of the recovery page, asked of 117,500 registers,
/// takes half a second, and the five hundred functions it has for a compiler six seconds more.
const SETTINGS: &str = "SET statement_timeout = '40s'; SET lock_timeout = '10s'; SET jit = off;
    SET idle_in_transaction_session_timeout = '10s'; SET client_min_messages = 'warning';";

/// A parameter of a statement.
pub(super) type Param<'a> = &'a (dyn ToSql + Sync);

impl From<tokio_postgres::Error> for StoreError {
    fn from(why: tokio_postgres::Error) -> Self {
        Self::Database(Box::new(why))
    }
}

/// A PostgreSQL database that central keeps its records in.
#[derive(Clone)]
pub struct Database {
    config: Config,
    encryption: Option<Encryption>,
    shown: String,
    /// Where its log stood when any store of this process last looked.
    seen: Arc<Mutex<Option<Seen>>>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Database({})", self.shown)
    }
}

impl std::fmt::Display for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Database {
    /// Reads `postgres://user@host:5432/name`. The password may come apart, so that it stands in
    /// no list of processes; `authority` is the PEM file of who signed the server's certificate.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] when the address is none, or would send records in the clear to
    /// another machine.
    pub fn parse(
        url: &str,
        password: Option<&str>,
        authority: Option<&Path>,
    ) -> Result<Self, StoreError> {
        let mut config: Config = url.parse().map_err(|why: tokio_postgres::Error| {
            let cause = std::error::Error::source(&why).map(ToString::to_string);
            StoreError::Unfit(format!(
                "the database's address can't be read ({}); write it as \
                 postgres://USER@HOST:5432/NAME",
                cause.unwrap_or_else(|| why.to_string())
            ))
        })?;
        let Some(user) = config.get_user().map(str::to_owned) else {
            return Err(unfit(
                "the database's address names no user; write it as \
                              postgres://USER@HOST:5432/NAME",
            ));
        };
        let hosts: Vec<String> = config.get_hosts().iter().map(written).collect();
        if hosts.is_empty() {
            return Err(unfit(
                "the database's address names no host; write it as \
                              postgres://USER@HOST:5432/NAME",
            ));
        }
        if let Some(password) = password {
            config.password(password);
        }
        let encryption = authority.map(Encryption::trusting).transpose()?;
        let elsewhere = config.get_hosts().iter().find(|host| !is_here(host)).map(written);
        match (&encryption, elsewhere, config.get_ssl_mode()) {
            (Some(_), _, _) => {
                config.ssl_mode(SslMode::Require);
            }
            (None, None, SslMode::Prefer) | (None, _, SslMode::Disable) => {
                config.ssl_mode(SslMode::Disable);
            }
            (None, Some(host), _) => {
                return Err(StoreError::Unfit(format!(
                    "the database at {host} is on another machine, and central would send records \
                     there unencrypted; name the authority of its certificate with --database-ca, \
                     or, where a VPN encrypts the line already, add ?sslmode=disable"
                )));
            }
            (None, None, _) => {
                return Err(unfit(
                    "the address asks for encryption; name the authority of the \
                                  database's certificate with --database-ca",
                ));
            }
        }
        config
            .application_name("tideover")
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_user_timeout(DEED_TIMEOUT)
            .keepalives_idle(Duration::from_secs(15));
        let name = config.get_dbname().unwrap_or(&user);
        let shown = format!("postgres://{user}@{}/{name}", hosts.join(","));
        Ok(Self { config, encryption, shown, seen: Arc::default() })
    }

    /// What was last seen of it.
    pub(super) fn seen(&self) -> Option<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps what is seen of it now.
    pub(super) fn see(&self, now: Seen) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    /// Its log was flushed to this place since.
    pub(super) fn reached(&self, log: u64) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = seen.as_mut() {
            seen.log = seen.log.max(log);
        }
    }

    async fn connect(&self) -> Result<Session, StoreError> {
        let client = match &self.encryption {
            None => begin(self.config.connect(NoTls).await),
            Some(encryption) => begin(self.config.connect(encryption.clone()).await),
        };
        let client = client.map_err(|why| away(&why))?;
        let session = Session { client, statements: RefCell::default() };
        session.batch(SETTINGS).await?;
        check(&session, &self.shown).await?;
        Ok(session)
    }
}

/// The far end of a line runs beside whatever the session is asked.
fn begin<S, T>(
    connected: Result<(Client, tokio_postgres::Connection<S, T>), tokio_postgres::Error>,
) -> Result<Client, tokio_postgres::Error>
where
    tokio_postgres::Connection<S, T>: Future<Output = Result<(), tokio_postgres::Error>> + Send,
    S: 'static,
    T: 'static,
{
    let (client, connection) = connected?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a line to the database ended");
        }
    });
    Ok(client)
}

/// The server must write durably, and be the one that writes.
async fn check(session: &Session, shown: &str) -> Result<(), StoreError> {
    let sql = "SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = \
               'on', current_setting('synchronous_commit') <> 'off', pg_is_in_recovery(), \
               current_setting('server_version_num')::int";
    let row = session.one(sql, &[]).await?;
    let (durable, waits): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
    let (replica, version): (bool, i32) = (row.try_get(2)?, row.try_get(3)?);
    if replica {
        return Err(StoreError::Away(format!(
            "{shown} is a replica that can't be written; name the server that leads"
        )));
    }
    if !durable {
        return Err(StoreError::Unfit(format!(
            "{shown} does not write durably (fsync or full_page_writes is off): central would \
             sign for records that a power cut takes; turn both on"
        )));
    }
    if version < 130_000 {
        return Err(StoreError::Unfit(format!(
            "{shown} is PostgreSQL {}; central needs 13 or newer",
            version / 10_000
        )));
    }
    if !waits {
        session.batch("SET synchronous_commit = on").await?;
    }
    Ok(())
}

/// One session, with the statements it has prepared.
pub(super) struct Session {
    pub(super) client: Client,
    statements: RefCell<BTreeMap<&'static str, Statement>>,
}

impl Session {
    /// Prepares a statement, once a session.
    pub(super) async fn statement(&self, sql: &'static str) -> Result<Statement, StoreError> {
        let known = self.statements.borrow().get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        self.statements.borrow_mut().insert(sql, statement.clone());
        Ok(statement)
    }

    pub(super) async fn rows(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let statement = self.statement(sql).await?;
        Ok(self.client.query(&statement, params).await?)
    }

    pub(super) async fn maybe(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    pub(super) async fn one(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Row, StoreError> {
        let none = || unfit("central's database gave no answer where one is certain");
        self.maybe(sql, params).await?.ok_or_else(none)
    }

    pub(super) async fn execute(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<u64, StoreError> {
        let statement = self.statement(sql).await?;
        Ok(self.client.execute(&statement, params).await?)
    }

    pub(super) async fn batch(&self, sql: &str) -> Result<(), StoreError> {
        Ok(self.client.batch_execute(sql).await?)
    }
}

/// A database and the session with it, if there is one at the moment.
pub(super) struct Link {
    database: Database,
    runtime: Runtime,
    session: Option<Session>,
}

impl Link {
    pub(super) fn new(database: Database) -> Result<Self, StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { database, runtime, session: None })
    }

    pub(super) const fn database(&self) -> &Database {
        &self.database
    }

    /// Runs a deed, again where the line or another transaction was in its way.
    pub(super) fn run<T>(
        &mut self,
        deed: impl AsyncFn(&Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.within(DEED_TIMEOUT, deed)
    }

    /// Runs a deed that a person waits for, and that may last: a table written anew.
    pub(super) fn long<T>(
        &mut self,
        deed: impl AsyncFn(&Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.within(LONG_TIMEOUT, deed)
    }

    fn within<T>(
        &mut self,
        patience: Duration,
        deed: impl AsyncFn(&Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut tries = TRIES;
        loop {
            tries = tries.saturating_sub(1);
            let session = match self.session.take() {
                Some(session) if !session.client.is_closed() => session,
                _ => self.connect()?,
            };
            let done = self.runtime.block_on(async {
                let in_time = tokio::time::timeout(patience, deed(&session)).await;
                let done = in_time.unwrap_or_else(|_| {
                    Err(StoreError::Away("it did not answer in time".to_owned()))
                });
                // What failed leaves nothing open behind it; a broken line is not used again.
                let usable = match &done {
                    Ok(_) => true,
                    Err(StoreError::Away(_)) => false,
                    Err(_) => session.batch("ROLLBACK").await.is_ok(),
                };
                (done, usable)
            });
            let (done, usable) = done;
            if usable {
                self.session = Some(session);
            }
            match done {
                Err(why) if tries > 0 && worth_another_try(&why) => {
                    tracing::debug!(%why, "a transaction is tried again");
                }
                Err(StoreError::Database(why)) if !usable => {
                    return Err(StoreError::Away(why.to_string()));
                }
                done => return done,
            }
        }
    }

    /// Runs a deed in one transaction.
    pub(super) fn transaction<T>(
        &mut self,
        deed: impl AsyncFn(&Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.run(async |session| {
            session.batch("BEGIN").await?;
            let done = deed(session).await?;
            session.batch("COMMIT").await?;
            Ok(done)
        })
    }

    fn connect(&mut self) -> Result<Session, StoreError> {
        let Self { database, runtime, .. } = self;
        runtime.block_on(async {
            let whole = async {
                let session = database.connect().await?;
                restored::look_again(&session, database).await?;
                Ok(session)
            };
            tokio::time::timeout(DEED_TIMEOUT, whole)
                .await
                .unwrap_or_else(|_| Err(StoreError::Away("it did not answer in time".to_owned())))
        })
    }
}

/// Another transaction was in the way, or the line is gone.
fn worth_another_try(why: &StoreError) -> bool {
    let StoreError::Database(why) = why else { return false };
    let Some(why) = why.downcast_ref::<tokio_postgres::Error>() else { return false };
    match why.code() {
        Some(code) => [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
        ]
        .contains(code),
        None => {
            let cause = std::error::Error::source(why);
            why.is_closed() || cause.is_some_and(|cause| cause.is::<std::io::Error>())
        }
    }
}

fn away(why: &tokio_postgres::Error) -> StoreError {
    let cause = std::error::Error::source(why).map(ToString::to_string);
    let said = why.as_db_error().map(|said| said.message().to_owned());
    StoreError::Away(said.or(cause).unwrap_or_else(|| why.to_string()))
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => true,
    }
}

fn written(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    }
}

fn unfit(words: &str) -> StoreError {
    StoreError::Unfit(words.to_owned())
}
