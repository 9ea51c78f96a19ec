//! Accounts of which no check is taken now: `check_block.csv` in, digests in the pack.
//!
//! A pack is copied to every register, and account numbers are short: a plain digest of one could
//! be tried out in minutes. So each try costs 50,000 rounds (PBKDF2-HMAC-SHA-256), with the store
//! and version as salt, and a look-up costs a register some ten milliseconds, once a check. That
//! slows somebody who has the pack and one bank in mind down to weeks, and does not stop them:
//! what is on the list is worth protecting by not putting more on it than is needed.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use ring::pbkdf2;
use rusqlite::{Connection, Transaction, params};

use super::error::{BadRow, BuildError};
use super::rows::walk;
use super::source::Source;
use crate::domain::check::AccountNo;
use crate::domain::check::routing::Routing;
use crate::domain::ids::{PackVersion, StoreNo};

/// The table's file; a store without one has no list.
pub(super) const FILE: &str = "check_block.csv";
/// The most accounts: each costs the builder some ten milliseconds.
pub const BLOCKED_MAX: u64 = 20_000;

const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(49_999);

/// The digest of an account in one pack.
pub(super) fn digest(
    store: StoreNo,
    version: &PackVersion,
    routing: Routing,
    account: &AccountNo,
) -> [u8; 16] {
    let salt = format!("tideover/check-block/v1\n{store}\n{version}\n");
    let secret = zeroize::Zeroizing::new(format!("{routing}/{}", account.significant()));
    let mut digest = [0; 16];
    let hmac = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::derive(hmac, ROUNDS, salt.as_bytes(), secret.as_bytes(), &mut digest);
    digest
}

/// Reads the list into the pack; gives how many accounts are on it.
pub(super) fn fill(
    source: &Source<'_>,
    transaction: &Transaction<'_>,
    store: StoreNo,
    version: &PackVersion,
    bad: &mut Vec<BadRow>,
) -> Result<u64, BuildError> {
    if !source.has(FILE) {
        return Ok(0);
    }
    let mut lines: BTreeMap<[u8; 16], u64> = BTreeMap::new();
    walk(source, FILE, &["routing", "account"], |line, fields| {
        let read = fields.and_then(|fields| match fields {
            [routing, account] => read(routing, account),
            _ => Err("the row is incomplete".to_owned()),
        });
        // No reason repeats what stands in the row: it is personal, and a list of bad rows is
        // printed and mailed.
        let reason = match read {
            Ok((routing, account)) => {
                let digest = digest(store, version, routing, &account);
                match lines.get(&digest) {
                    Some(first) => format!("this account is already on line {first}"),
                    None => {
                        lines.insert(digest, line);
                        let mut insert = transaction
                            .prepare_cached("INSERT INTO check_block (digest) VALUES (?1)")?;
                        insert.execute(params![digest])?;
                        String::new()
                    }
                }
            }
            Err(reason) => reason,
        };
        if !reason.is_empty() {
            bad.push(BadRow { file: FILE, line, reason, may_be_left_out: true });
        }
        let count = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        if count > BLOCKED_MAX {
            return Err(BuildError::TooMany { file: FILE, most: BLOCKED_MAX });
        }
        Ok(())
    })?;
    Ok(u64::try_from(lines.len()).unwrap_or(u64::MAX))
}

fn read(routing: &str, account: &str) -> Result<(Routing, AccountNo), String> {
    let routing = Routing::parse(routing)
        .map_err(|_| "the routing number is not one: nine digits with a check digit".to_owned())?;
    let account =
        AccountNo::parse(account).ok_or_else(|| "the account is not 4 to 17 digits".to_owned())?;
    Ok((routing, account))
}

/// How many accounts are on the list.
pub(super) fn count(db: &Connection) -> rusqlite::Result<u64> {
    // Packs of programs that knew no such list have no such table.
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'check_block'";
    if db.query_row(sql, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(0);
    }
    let count: i64 = db.query_row("SELECT count(*) FROM check_block", [], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// An account is on the list.
pub(super) fn holds(db: &Connection, digest: &[u8; 16]) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM check_block WHERE digest = ?1")?.exists([digest])
}
