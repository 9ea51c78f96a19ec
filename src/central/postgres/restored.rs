//! Tells whether a database was put back to an older copy of itself, and gives it a new name then,
//! so that registers ask anew where it stands.
//!
//! Three signs, each outside of what a backup brings back:
//!
//! ```text
//!  another cluster, time line or database object ─▶ restored, or failed over to a replica
//!  its log ends before a place that was flushed   ─▶ restored as a copy of its files
//!  it never bore the name it had                  ─▶ restored, and named anew since
//! ```
//!
//! What is seen is kept in memory by every process, for a database that is restored under it, and
//! in `received.mark` beside its keys, for one that is restored while it is stopped.

use super::link::{Database, Session};
use crate::central::store::StoreError;

/// What is seen of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Cluster, time line and database object.
    identity: String,
    /// How far its log is flushed.
    pub(super) log: u64,
    /// Its name; empty before it has one.
    pub(super) name: String,
}

impl Seen {
    /// As it is written beside central's keys.
    pub(super) fn mark(&self) -> String {
        format!("{:020} {} {}", self.log, self.identity, self.name)
    }

    /// Reads it back; none for anything else.
    pub(super) fn of_mark(mark: &str) -> Option<Self> {
        let mut parts = mark.trim_end_matches('\n').splitn(3, ' ');
        let log = parts.next()?.parse().ok()?;
        let identity = parts.next()?.to_owned();
        Some(Self { identity, log, name: parts.next()?.to_owned() })
    }

    /// A database that looks like `now`, and knows the names it bore or heard of, is not the one
    /// this was seen of, but older.
    pub(super) fn is_ahead_of(&self, now: &Self, knows: impl Fn(&str) -> bool) -> bool {
        if !self.name.is_empty() && !knows(&self.name) {
            return true;
        }
        // Whoever saw it before may have named it anew already.
        let named_since = now.name != self.name;
        !named_since && (self.identity != now.identity || self.log > now.log)
    }
}

/// Where the database's log is flushed to.
pub(super) const FLUSHED: &str =
    "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint";

/// Looks at the database; every sign with one question.
pub(super) async fn look(session: &Session) -> Result<Seen, StoreError> {
    let sql = "SELECT (SELECT system_identifier FROM pg_control_system()) || ':' ||
                      substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || ':' ||
                      (SELECT oid FROM pg_database WHERE datname = current_database()),
                      pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint,
                      coalesce((SELECT value FROM meta WHERE name = 'server_epoch'), '')";
    let row = session.one(sql, &[]).await?;
    let log: i64 = row.try_get(1)?;
    Ok(Seen { identity: row.try_get(0)?, log: log.unsigned_abs(), name: row.try_get(2)? })
}

/// Whether the database is an older copy of what was seen.
pub(super) async fn is_older(session: &Session, seen: &Seen) -> Result<bool, StoreError> {
    let now = look(session).await?;
    let sql = "SELECT 1 FROM server_name WHERE name = $1";
    let knows = session.maybe(sql, &[&seen.name]).await?.is_some();
    Ok(seen.is_ahead_of(&now, |_| knows))
}

/// Looks whether a database is older than what was seen of it at any time before, and names it
/// anew if it is.
pub(super) async fn look_for(session: &Session, seen: &Seen) -> Result<(), StoreError> {
    if is_older(session, seen).await? {
        name_anew(session, seen).await?;
    }
    Ok(())
}

/// Looks at a database that a new session was begun with, and names it anew if it is older than
/// what this process saw before.
pub(super) async fn look_again(session: &Session, database: &Database) -> Result<(), StoreError> {
    let Some(seen) = database.seen() else { return Ok(()) };
    if is_older(session, &seen).await? {
        name_anew(session, &seen).await?;
    }
    database.see(look(session).await?);
    Ok(())
}

async fn name_anew(session: &Session, seen: &Seen) -> Result<(), StoreError> {
    let sql = "SELECT substr(replace(gen_random_uuid()::text, '-', ''), 1, 16)";
    let name: String = session.one(sql, &[]).await?.try_get(0)?;
    if rename(session, &seen.name, &name).await? {
        tracing::warn!(
            "the database is an older copy; registers are asked to send again what it lacks"
        );
    }
    Ok(())
}

/// Gives the database a name, and has it know the one that was taken from it. False when somebody
/// else named it in the meantime.
async fn rename(session: &Session, known: &str, name: &str) -> Result<bool, StoreError> {
    let before = look(session).await?.name;
    session.batch("BEGIN").await?;
    let sql = "UPDATE meta SET value = $2 WHERE name = 'server_epoch' AND value = $1";
    let renamed = session.execute(sql, &[&before, &name]).await? == 1;
    if renamed {
        for word in [known, name] {
            know(session, word).await?;
        }
    }
    session.batch("COMMIT").await?;
    Ok(renamed)
}

/// Keeps a name the database bears or bore.
pub(super) async fn know(session: &Session, name: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO server_name (name, since)
               VALUES ($1, (extract(epoch FROM now()) * 1000)::bigint) ON CONFLICT DO NOTHING";
    session.execute(sql, &[&name]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(identity: &str, log: u64, name: &str) -> Seen {
        Seen { identity: identity.to_owned(), log, name: name.to_owned() }
    }

    #[test]
    fn a_database_is_older_by_its_log_its_identity_or_a_name_it_never_bore() {
        let before = seen("7:00000001:5", 900, "aa");
        let knows = |names: &'static [&str]| move |name: &str| names.contains(&name);
        let older = |now: &Seen, names| before.is_ahead_of(now, knows(names));
        assert!(!older(&seen("7:00000001:5", 900, "aa"), &["aa"]), "the same");
        assert!(!older(&seen("7:00000001:5", 901, "aa"), &["aa"]), "it went on");
        assert!(older(&seen("7:00000001:5", 899, "aa"), &["aa"]), "a copy of its files");
        assert!(older(&seen("7:00000002:5", 950, "aa"), &["aa"]), "another time line");
        assert!(older(&seen("7:00000001:6", 950, "aa"), &["aa"]), "made again and filled");
        assert!(older(&seen("7:00000001:5", 950, "zz"), &["zz"]), "it never bore our name");
        assert!(!older(&seen("7:00000001:5", 300, "bb"), &["aa", "bb"]), "named anew by another");
        assert!(!seen("7:1:5", 9, "").is_ahead_of(&seen("7:1:5", 10, "aa"), knows(&["aa"])));
    }

    #[test]
    fn a_mark_is_read_back_as_it_was_written() {
        for seen in [seen("7:00000001:5", 900, "00ff"), seen("7:00000001:5", u64::MAX, "")] {
            assert_eq!(Seen::of_mark(&format!("{}\n", seen.mark())), Some(seen));
        }
        assert_eq!(Seen::of_mark("00000000000000000012 00ff"), None, "another store's mark");
        assert_eq!(Seen::of_mark(""), None);
    }
}
