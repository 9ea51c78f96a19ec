//! The people of a pack: their rows, and what opens with their PIN, or with PIN and badge.
//!
//! ```text
//!  people.csv ─▶ rows, each checked ─▶ a sealed key each    number, PIN, badge ─▶ the key, or not
//! ```
//!
//! A number that nobody has, a wrong PIN and a badge that is missing take the same time and give
//! the same answer.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::badge::BadgeKey;
use super::build::BuildOrder;
use super::check::{self, PEOPLE_MAX};
use super::error::{BadRow, BuildError, PackError};
use super::open::{Pack, has_table};
use super::pin::{PinCost, Proof, SealedKey, UserKey, weakness};
use super::policy::{BadgeRule, PIN_LEN_MIN, ReadPolicy};
use super::rows::walk_more;
use super::source::Source;
use crate::domain::badge::Badge;
use crate::domain::ids::{PersonId, StoreNo};
use crate::domain::person::Person;

/// The table.
pub(super) const PEOPLE: &str = "people.csv";
/// The highest number of somebody's badges.
const ISSUE_MAX: u16 = 9_999;
const COLUMNS: [&str; 4] = ["id", "name", "role", "pin"];
const PERSON: &str = "SELECT id, name, role, m_kib, t, p, salt, nonce, sealed FROM person";

/// The answer to a PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinCheck {
    /// It opened this person's key.
    Right(Person),
    /// It didn't, or nobody has that number; the same text and time for both.
    Wrong,
}

/// Somebody whose key opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Who.
    pub person: Person,
    /// Their key.
    pub key: UserKey,
    /// It took a badge beside the PIN.
    pub with_badge: bool,
}

/// A row of people.csv.
pub(super) struct PersonRow<'a> {
    pub(super) person: Person,
    pub(super) pin: &'a str,
    /// Their how many-th badge; none where they have none.
    pub(super) issue: Option<u16>,
}

impl Pack {
    /// The person with a number; none when nobody has it.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read or the row holds what no pack may hold.
    pub fn person(&self, id: &PersonId) -> Result<Option<Person>, PackError> {
        Ok(self.person_and_key(id)?.map(|(person, _)| person))
    }

    /// Tries a PIN without a badge; takes some 180 ms, as long for a number that nobody has. How
    /// often it may be tried is for the caller to say.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read or the row holds what no pack may hold.
    pub fn check_pin(&self, id: &PersonId, pin: &str) -> Result<PinCheck, PackError> {
        let opened = self.open_with(id, pin, None)?;
        Ok(opened.map_or(PinCheck::Wrong, |opened| PinCheck::Right(opened.person)))
    }

    /// The same with the badge that was scanned, and with the key that opened; none for a wrong
    /// PIN, another person's badge, and where a badge is asked for and missing. The badge of
    /// somebody who signs without one only says who they are.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read or the row holds what no pack may hold.
    pub fn open_with(
        &self,
        id: &PersonId,
        pin: &str,
        badge: Option<&Badge>,
    ) -> Result<Option<Opened>, PackError> {
        let known = self.person_and_key(id)?;
        let Some((person, key)) = known else {
            SealedKey::open_nobody(Proof { pin, badge: None }, self.usual_cost()?);
            return Ok(None);
        };
        let with_badge = self.has_badge(id)?;
        let anothers = badge.is_some_and(|badge| badge.person() != id);
        let badge = badge.filter(|badge| with_badge && badge.person() == id);
        let opened = key.open(&person, self.policy().store, Proof { pin, badge });
        Ok(opened.filter(|_| !anothers).map(|key| Opened { person, key, with_badge }))
    }

    /// This person signs with badge and PIN.
    fn has_badge(&self, id: &PersonId) -> Result<bool, PackError> {
        if !self.has_badges() {
            return Ok(false);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM badge WHERE person = ?1)";
        let row = self.connection().query_row(sql, [id.as_str()], |row| row.get(0));
        row.map_err(self.database())
    }

    fn person_and_key(&self, id: &PersonId) -> Result<Option<(Person, SealedKey)>, PackError> {
        let select = format!("{PERSON} WHERE id = ?1");
        let mut select = self.connection().prepare_cached(&select).map_err(self.database())?;
        let mut rows = select.query([id.as_str()]).map_err(self.database())?;
        rows.next().map_err(self.database())?.map(|row| self.person_of(row)).transpose()
    }

    /// Everybody in the pack, in the order of their numbers' text.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read or a row holds what no pack may hold.
    pub fn people(&self) -> Result<Vec<Person>, PackError> {
        let mut select = self.connection().prepare(PERSON).map_err(self.database())?;
        let mut rows = select.query([]).map_err(self.database())?;
        let mut people = Vec::new();
        while let Some(row) = rows.next().map_err(self.database())? {
            people.push(self.person_of(row)?.0);
        }
        people.sort_by(|one: &Person, other| one.id.cmp(&other.id));
        Ok(people)
    }

    fn person_of(&self, row: &Row<'_>) -> Result<(Person, SealedKey), PackError> {
        let read = || -> rusqlite::Result<_> {
            let texts: (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let cost = PinCost { m_kib: row.get(3)?, t: row.get(4)?, p: row.get(5)? };
            Ok((
                texts,
                SealedKey { cost, salt: row.get(6)?, nonce: row.get(7)?, sealed: row.get(8)? },
            ))
        };
        let ((id, name, role), key) = read().map_err(self.database())?;
        if !key.cost.is_sound() || key.sealed.len() != 48 {
            return Err(self.content(format!("person {}: an unsound PIN row", check::quoted(&id))));
        }
        let person = check::person(&id, &name, &role)
            .map_err(|what| self.content(format!("person {}: {what}", check::quoted(&id))))?;
        Ok((person, key))
    }

    /// The cost most people's PINs have: what a try for nobody must take.
    ///
    /// # Errors
    /// [`PackError`] when the file can't be read.
    pub fn usual_cost(&self) -> Result<PinCost, PackError> {
        let cost = self
            .connection()
            .query_row(
                "SELECT m_kib, t, p FROM person GROUP BY m_kib, t, p ORDER BY count(*) DESC \
                 LIMIT 1",
                [],
                |row| Ok(PinCost { m_kib: row.get(0)?, t: row.get(1)?, p: row.get(2)? }),
            )
            .optional()
            .map_err(self.database())?;
        Ok(cost.filter(|cost| cost.is_sound()).unwrap_or(PinCost::DEFAULT))
    }
}

/// Somebody has a badge; nobody has in a pack of a program that knew none.
pub(super) fn any_badge(connection: &Connection) -> rusqlite::Result<bool> {
    if !has_table(connection, "badge")? {
        return Ok(false);
    }
    connection.query_row("SELECT EXISTS (SELECT 1 FROM badge)", [], |row| row.get(0))
}

/// Walks people.csv; `each` gets a row that may stand in a pack, or why it may not.
pub(super) fn walk_people(
    source: &Source<'_>,
    mut each: impl FnMut(u64, Result<PersonRow<'_>, String>) -> Result<(), BuildError>,
) -> Result<(), BuildError> {
    walk_more(source, PEOPLE, (&COLUMNS, &["badge"]), |line, fields| {
        let read = fields.and_then(|fields| {
            let [id, name, role, pin, badge] = fields else {
                return Err("the row is incomplete".to_owned());
            };
            let issue = match *badge {
                "" => None,
                number => Some(issue(number)?),
            };
            Ok(PersonRow { person: check::person(id, name, role)?, pin, issue })
        });
        each(line, read)
    })
}

fn issue(number: &str) -> Result<u16, String> {
    let plain = !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|issue| plain && (1..=ISSUE_MAX).contains(issue)).ok_or_else(|| {
        format!(
            "the badge is '{}'; write which one it is, 1 for the first, or nothing where the \
             person has none",
            check::quoted(number)
        )
    })
}

/// Fills the table of people; gives what each person's PIN opens, and how many rows were good.
pub(super) fn fill(
    order: &BuildOrder<'_>,
    badge_key: Option<&BadgeKey>,
    transaction: &Transaction<'_>,
    policy: Option<&ReadPolicy>,
    bad: &mut Vec<BadRow>,
) -> Result<(u64, Vec<(PersonId, UserKey)>), BuildError> {
    let store = policy.map_or(StoreNo(0), |read| read.policy.store);
    let len_min = policy.map_or(PIN_LEN_MIN, |read| read.pin_len_min);
    let rule = policy.map_or(BadgeRule::default(), |read| read.badges);
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    let mut users = Vec::new();
    walk_people(order.source, |line, read| {
        let mut may_be_left_out = true;
        let read = read.and_then(|row| {
            let id = row.person.id.as_str();
            if let Some(first) = lines.get(id) {
                return Err(format!("person {id} is already on line {first}"));
            }
            if let Some(weakness) = weakness(row.pin, len_min, store, id) {
                return Err(weakness);
            }
            let issue = row.issue.filter(|_| rule != BadgeRule::Off);
            if issue.is_none() && rule == BadgeRule::Required && row.person.role.leads() {
                return Err(format!(
                    "person {id} needs a badge, by the policy; write 1 in the column 'badge' and \
                     print it with `tideover pack badges`"
                ));
            }
            if issue.is_some() && badge_key.is_none() {
                may_be_left_out = false;
                return Err(format!(
                    "person {id} has a badge, and its key was not given; build with --badge-key"
                ));
            }
            Ok(PersonRow { issue, ..row })
        });
        match read {
            Ok(row) => {
                lines.insert(row.person.id.to_string(), line);
                // Sealing takes a fifth of a second: not for a pack that won't be built.
                if order.skip_bad_rows || bad.is_empty() {
                    let user = seal(order, badge_key, transaction, store, &row)?;
                    users.push((row.person.id, user));
                }
            }
            Err(reason) => bad.push(BadRow { file: PEOPLE, line, reason, may_be_left_out }),
        }
        super::build::within(PEOPLE, lines.len(), PEOPLE_MAX)
    })?;
    Ok((u64::try_from(lines.len()).unwrap_or(u64::MAX), users))
}

fn seal(
    order: &BuildOrder<'_>,
    badge_key: Option<&BadgeKey>,
    transaction: &Transaction<'_>,
    store: StoreNo,
    row: &PersonRow<'_>,
) -> Result<UserKey, BuildError> {
    let PersonRow { person, pin, issue } = row;
    let badge = match badge_key.zip(*issue) {
        Some((key, issue)) => Some(key.badge(store, &person.id, issue).ok_or(BuildError::Badge)?),
        None => None,
    };
    let proof = Proof { pin, badge: badge.as_ref() };
    let (sealed, user) = SealedKey::seal(person, store, proof, order.pin_cost, order.entropy)?
        .ok_or(BuildError::PinCost)?;
    transaction
        .prepare_cached(
            "INSERT INTO person (id, name, role, m_kib, t, p, salt, nonce, sealed) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            person.id.as_str(),
            person.name,
            person.role.word(),
            sealed.cost.m_kib,
            sealed.cost.t,
            sealed.cost.p,
            sealed.salt,
            sealed.nonce,
            sealed.sealed,
        ])?;
    if let Some(issue) = issue {
        transaction
            .prepare_cached("INSERT INTO badge (person, issue) VALUES (?1, ?2)")?
            .execute(params![person.id.as_str(), issue])?;
    }
    Ok(user)
}
