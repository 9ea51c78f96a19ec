//! Brings a database to this version's tables, and refuses one that is beyond it.
//!
//! Migrations expand first and contract later, so that several processes of central can be
//! replaced one after another: a version only adds what an older program can leave alone, and says
//! how old a program may be; what nobody uses any more goes with a later one.
//!
//! ```text
//!  the database is at    this program knows    it does
//!  less                  more                  lock the table of versions, apply what is missing
//!  more, works_with <=   less                  work: what was added does not disturb it
//!  more, works_with >    less                  refuse, in words
//! ```

use super::link::Session;
use crate::central::store::StoreError;

/// A version of the tables.
struct Migration {
    /// What it changes.
    sql: &'static str,
    /// The oldest program that works on the tables as they are then, by the version it knows.
    works_with: i32,
    /// Whether it added tables that are projected: then all is projected again.
    projects: bool,
}

/// A new version is a new file in schema/central/postgres, and a line here.
const MIGRATIONS: [Migration; 19] = [
    Migration {
        sql: include_str!("../../../schema/central/postgres/1.sql"),
        works_with: 1,
        projects: false,
    },
    projected(2, include_str!("../../../schema/central/postgres/2.sql")),
    projected(3, include_str!("../../../schema/central/postgres/3.sql")),
    projected(4, include_str!("../../../schema/central/postgres/4.sql")),
    projected(5, include_str!("../../../schema/central/postgres/5.sql")),
    projected(6, include_str!("../../../schema/central/postgres/6.sql")),
    projected(7, include_str!("../../../schema/central/postgres/7.sql")),
    projected(8, include_str!("../../../schema/central/postgres/8.sql")),
    Migration {
        sql: include_str!("../../../schema/central/postgres/9.sql"),
        works_with: 8,
        projects: false,
    },
    Migration {
        sql: include_str!("../../../schema/central/postgres/10.sql"),
        works_with: 8,
        projects: false,
    },
    projected(11, include_str!("../../../schema/central/postgres/11.sql")),
    projected(12, include_str!("../../../schema/central/postgres/12.sql")),
    // A program that does not know the lengths would count what stands apart.
    Migration {
        sql: include_str!("../../../schema/central/postgres/13.sql"),
        works_with: 13,
        projects: false,
    },
    // Nor would it know of journals that ended; what ended before can be read again by this one.
    Migration {
        sql: include_str!("../../../schema/central/postgres/14.sql"),
        works_with: 14,
        projects: false,
    },
    // What an older program holds, this one does not see, and the other way around.
    Migration {
        sql: include_str!("../../../schema/central/postgres/15.sql"),
        works_with: 15,
        projects: false,
    },
    // Two columns that an older program neither names nor needs.
    Migration {
        sql: include_str!("../../../schema/central/postgres/16.sql"),
        works_with: 15,
        projects: false,
    },
    // What was added an older program leaves alone.
    Migration {
        sql: include_str!("../../../schema/central/postgres/17.sql"),
        works_with: 15,
        projects: false,
    },
    // What was destroyed the tables themselves keep from coming back, whoever brings it.
    Migration {
        sql: include_str!("../../../schema/central/postgres/18.sql"),
        works_with: 15,
        projects: false,
    },
    projected(19, include_str!("../../../schema/central/postgres/19.sql")),
];

/// A version with tables more that are projected. A program that does not know them would leave
/// them empty and move the marks.
const fn projected(version: i32, sql: &'static str) -> Migration {
    Migration { sql, works_with: version, projects: true }
}

const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS schema_version (
    version    int         NOT NULL PRIMARY KEY,
    works_with int         NOT NULL,  -- the oldest program that may still run on it
    applied_at timestamptz NOT NULL DEFAULT now()
)";

/// Brings the tables up to date.
pub(super) async fn migrate(session: &Session, shown: &str) -> Result<(), StoreError> {
    let known = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
    make_versions(session).await?;
    session.batch("BEGIN; LOCK TABLE schema_version IN ACCESS EXCLUSIVE MODE").await?;
    let sql = "SELECT coalesce(max(version), 0), coalesce(max(works_with), 0) FROM schema_version";
    let row = session.one(sql, &[]).await?;
    let (has, works_with): (i32, i32) = (row.try_get(0)?, row.try_get(1)?);
    if works_with > known {
        return Err(StoreError::Unfit(format!(
            "{shown} was changed by a newer version of central (tables of version {has}, this \
             program knows {known}); nothing was changed; start the newer version"
        )));
    }
    let mut projects = false;
    let steps = (1..).zip(&MIGRATIONS).filter(|(version, _)| *version > has);
    for (version, step) in steps {
        session.batch(step.sql).await?;
        let sql = "INSERT INTO schema_version (version, works_with) VALUES ($1, $2)";
        session.execute(sql, &[&version, &step.works_with]).await?;
        projects |= step.projects;
    }
    if projects {
        super::project::forget(session).await?;
    }
    session.batch("COMMIT").await
}

/// Two processes that start at once on an empty database both make the table; one of them meets
/// the other's.
async fn make_versions(session: &Session) -> Result<(), StoreError> {
    match session.batch(VERSIONS).await {
        Ok(()) => Ok(()),
        Err(_) => session.batch(VERSIONS).await,
    }
}
