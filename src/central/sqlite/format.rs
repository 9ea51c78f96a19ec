//! The format of central's file: what each version added, and how an older file becomes a newer
//! one. A file that is another program's, or a newer program's, is left as it is.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::forget;
use crate::central::store::StoreError;

/// What each version of the format added.
const SCHEMAS: [&str; 14] = [
    include_str!("../../../schema/central/1.sql"),
    include_str!("../../../schema/central/2.sql"),
    include_str!("../../../schema/central/3.sql"),
    include_str!("../../../schema/central/4.sql"),
    include_str!("../../../schema/central/5.sql"),
    include_str!("../../../schema/central/6.sql"),
    include_str!("../../../schema/central/7.sql"),
    include_str!("../../../schema/central/8.sql"),
    include_str!("../../../schema/central/9.sql"),
    include_str!("../../../schema/central/10.sql"),
    include_str!("../../../schema/central/11.sql"),
    include_str!("../../../schema/central/12.sql"),
    include_str!("../../../schema/central/13.sql"),
    include_str!("../../../schema/central/14.sql"),
];
/// "Tide" in ASCII: the file is central's.
pub(super) const APPLICATION_ID: i64 = 0x5469_6465;
pub(super) const SCHEMA_VERSION: i64 = 14;
/// Brings a file to this program's version, whole or not at all.
pub(super) fn migrate(db: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let id: i64 = tx.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: i64 = tx.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if (id != APPLICATION_ID && tables > 0) || (id == APPLICATION_ID && version > SCHEMA_VERSION) {
        return Err(StoreError::Unfit(format!(
            "{} is not a store of this version of central (format {version}); nothing was \
             changed; start the version that wrote it, or name another folder",
            path.display()
        )));
    }
    let has = usize::try_from(if tables == 0 { 0 } else { version }).unwrap_or(0);
    for schema in SCHEMAS.iter().skip(has) {
        tx.execute_batch(schema)?;
    }
    if has < SCHEMAS.len() {
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        // What an earlier version stored is projected again, into the new tables too.
        forget(&tx)?;
    }
    tx.commit()?;
    Ok(())
}
