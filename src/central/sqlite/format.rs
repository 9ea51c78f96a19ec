//! The format of central's file: what each version added, and how an older file becomes a newer
//! one. A file that is another program's, or a newer program's, is left as it is.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::forget;
use crate::central::store::StoreError;

/// What each version of the format added.
const SCHEMAS: [&str; 19] = [
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
    include_str!("../../../schema/central/15.sql"),
    include_str!("../../../schema/central/16.sql"),
    include_str!("../../../schema/central/17.sql"),
    include_str!("../../../schema/central/18.sql"),
    include_str!("../../../schema/central/19.sql"),
];
/// "Tide" in ASCII: the file is central's.
pub(super) const APPLICATION_ID: i64 = 0x5469_6465;
pub(super) const SCHEMA_VERSION: i64 = 19;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::central::revocation::RevocationStore as _;
    use crate::central::sqlite::{FILE_NAME, SqliteStore};
    use crate::central::store::Store as _;
    use crate::domain::ids::Seq;
    use crate::journal::hash::Hash;
    use crate::journal::key::SigningKey;

    /// A key was revoked before lengths were kept: what central held at the change still counts.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "the file of an earlier version")]
    fn a_key_that_an_earlier_version_revoked_is_good_for_what_was_held_then() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE_NAME);
        let mut earlier = Connection::open(&path).expect("made");
        let key = SigningKey::from_seed(&[5; 32]).expect("a key").public();
        let other = SigningKey::from_seed(&[6; 32]).expect("a key").public();
        let tx = earlier.transaction().expect("begun");
        for schema in SCHEMAS.iter().take(13) {
            tx.execute_batch(schema).expect("an earlier format");
        }
        tx.pragma_update(None, "application_id", APPLICATION_ID).expect("set");
        tx.pragma_update(None, "user_version", 13).expect("set");
        for (key, standing) in [(&key, "revoked"), (&other, "enrolled")] {
            let sql = "INSERT INTO register_key (store, reg, public_key, standing, since)
                       VALUES (1042, 7, ?1, ?2, 9)";
            tx.execute(sql, rusqlite::params![key.bytes(), standing]).expect("kept");
        }
        let rows = "INSERT INTO journal (store, reg, epoch, public_key, first_seen, last_seen)
                    VALUES (1042, 7, ?1, ?2, 1, 1)";
        tx.execute(rows, rusqlite::params![[1_u8; 8], key.bytes()]).expect("kept");
        let rows = "INSERT INTO branch (store, reg, epoch, branch, from_seq, next_seq, head,
                    projected) VALUES (1042, 7, ?1, 0, 0, 4, ?2, 4)";
        tx.execute(rows, rusqlite::params![[1_u8; 8], [7_u8; 32]]).expect("kept");
        let rows = "INSERT INTO record (store, reg, epoch, seq, hash, branch, kind, at, takings,
                    payouts) VALUES (1042, 7, ?1, 3, ?2, 0, 'sale', 1, 500, 20)";
        tx.execute(rows, rusqlite::params![[1_u8; 8], [7_u8; 32]]).expect("kept");
        tx.commit().expect("an earlier store");
        drop(earlier);
        let mut store = SqliteStore::open(folder.path()).expect("brought to this version");
        let row = store.journals(None).expect("read").remove(0);
        let trust = row.trust.expect("it is revoked");
        assert_eq!((trust.length, trust.head, trust.decided), (Seq(4), Hash([7; 32]), true));
        assert_eq!(trust.lifetime.takings.minor(), 500);
        let all = store.revocations(None).expect("read");
        assert_eq!((all.len(), all[0].keys.clone(), all[0].steps.len()), (1, vec![key], 2));
        // Nothing of it can be changed or taken away.
        for sql in [
            "UPDATE revocation_step SET who = 'nobody'",
            "DELETE FROM revocation_step",
            "UPDATE good_length SET length = 99",
            "DELETE FROM good_length",
            "DELETE FROM revoked_key",
        ] {
            assert!(store.db.execute(sql, []).is_err(), "{sql}");
        }
    }
}
