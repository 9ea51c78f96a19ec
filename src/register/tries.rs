//! Wrong PINs outlive the plug: how often each number was keyed with a wrong one, in a file.
//!
//! ```text
//!  tries   tideover tries v1 <SHA-256 of the rows>
//!          <hash of the number> <wrong ones in a row>
//! ```
//!
//! A try is on the disk before its PIN is checked. After a restart each wait begins again, whole;
//! the wall clock has no part in it. Both sides of a register, the real one and training, share
//! one file, so going over to the other side gains nothing.
//!
//! It holds hashes of numbers, since somebody may key a PIN where the number belongs. They are not
//! a secret from whoever has the disk: so few digits can all be tried.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::domain::lockout::{Lockout, NUMBERS_MAX, Tried};
use crate::journal::hash::Hash;
use crate::ledger::error::LedgerError;

const TITLE: &str = "tideover tries v1";
/// A row is 64 digits, a space, a count and a line's end.
const LEN_MAX: u64 = 200 + 90 * 200;

/// The file.
#[derive(Clone, Debug)]
pub struct TriesFile(PathBuf);

impl TriesFile {
    /// A file at this place.
    pub const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// How what is tried is known in it.
    pub fn key(tried: Tried<'_>) -> String {
        let (what, whose): (&[u8], &str) = match tried {
            Tried::Pin(number) => (b"tideover number\n", number),
            Tried::PhoneCode(person) => (b"tideover phone code\n", person.as_str()),
        };
        Hash::of_parts(&[what, whose.as_bytes()]).to_string()
    }

    /// The tries so far, each with its whole wait from now. A file that is not whole counts as
    /// none, as where it was taken away: who can write there needs no PIN.
    pub fn load(&self, now_ms: u64) -> Lockout {
        match read(&self.0) {
            Ok(Some(rows)) => Lockout::restored(rows, now_ms),
            Ok(None) => Lockout::of_register(),
            Err(error) => {
                tracing::warn!(%error, "wrong PINs of before can't be read and are forgotten");
                Lockout::of_register()
            }
        }
    }

    /// Keeps the tries so far, on the disk when this returns.
    ///
    /// # Errors
    /// [`LedgerError`] when they can't be written: then no PIN may be checked.
    pub fn save(&self, lockout: &Lockout) -> Result<(), LedgerError> {
        self.write(lockout).map_err(|why| LedgerError::file(&self.0, why))
    }

    fn write(&self, lockout: &Lockout) -> io::Result<()> {
        let rows: String =
            lockout.counts().map(|(key, wrong)| format!("{key} {wrong}\n")).collect();
        let new = self.0.with_extension("new");
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(format!("{TITLE} {}\n{rows}", Hash::of_bytes(rows.as_bytes())).as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &self.0)?;
        self.0.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

fn read(path: &Path) -> io::Result<Option<BTreeMap<String, usize>>> {
    let mut text = String::new();
    match File::open(path) {
        Ok(file) => file.take(LEN_MAX).read_to_string(&mut text)?,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why),
    };
    let rows = text
        .split_once('\n')
        .and_then(|(head, rest)| {
            let sum = head.strip_prefix(TITLE)?.strip_prefix(' ')?;
            (Hash::parse(sum)? == Hash::of_bytes(rest.as_bytes())).then_some(rest)
        })
        .and_then(|rest| rest.lines().map(row).collect::<Option<BTreeMap<_, _>>>());
    match rows {
        Some(rows) if rows.len() <= NUMBERS_MAX => Ok(Some(rows)),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "it is not whole")),
    }
}

fn row(line: &str) -> Option<(String, usize)> {
    let (key, wrong) = line.split_once(' ')?;
    Hash::parse(key)?;
    Some((key.to_owned(), wrong.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::PersonId;

    fn file() -> (tempfile::TempDir, TriesFile) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = TriesFile::at(folder.path().join("tries"));
        (folder, file)
    }

    #[test]
    fn what_was_counted_is_there_after_the_plug_and_the_wait_begins_again() {
        let (_folder, file) = file();
        let key = TriesFile::key(Tried::Pin("31"));
        let mut lockout = Lockout::default();
        for _ in 0..5 {
            lockout.count(&key, 1_000);
        }
        file.save(&lockout).expect("saved");
        let restored = file.load(7);
        assert_eq!(restored.locked_until_ms(&key, 7), Some(7 + 15_000));
        assert_eq!(restored.locked_until_ms(&TriesFile::key(Tried::Pin("32")), 7), None);
    }

    #[test]
    fn an_answer_of_it_and_a_pin_of_one_person_wait_apart() {
        let person = PersonId::parse("51").expect("an id");
        let (pin, phone) =
            (TriesFile::key(Tried::Pin("51")), TriesFile::key(Tried::PhoneCode(&person)));
        let mut lockout = Lockout::default();
        (0..6).for_each(|_| lockout.count(&phone, 0));
        assert!(lockout.locked_until_ms(&phone, 0).is_some());
        assert_eq!(lockout.locked_until_ms(&pin, 0), None);
        assert_ne!(TriesFile::key(Tried::Pin("phone 51")), phone, "nobody keys a phone's key");
    }

    #[test]
    fn no_number_stands_in_it_as_it_was_keyed() {
        let (_folder, file) = file();
        let mut lockout = Lockout::default();
        lockout.count(&TriesFile::key(Tried::Pin("480273")), 0);
        file.save(&lockout).expect("saved");
        let text = fs::read_to_string(&file.0).expect("text");
        assert!(!text.contains("480273"), "{text}");
    }

    #[test]
    fn a_file_cut_anywhere_or_changed_counts_as_none_and_stops_nobody() {
        let (_folder, file) = file();
        let mut lockout = Lockout::default();
        let key = TriesFile::key(Tried::Pin("31"));
        (0..6).for_each(|_| lockout.count(&key, 0));
        file.save(&lockout).expect("saved");
        let whole = fs::read(&file.0).expect("bytes");
        for cut in 0..whole.len() {
            fs::write(&file.0, &whole[..cut]).expect("cut");
            assert_eq!(file.load(0).locked_until_ms(&key, 0), None, "cut at {cut}");
        }
        let mut changed = whole.clone();
        let last = changed.len() - 2;
        changed[last] = b'0';
        fs::write(&file.0, &changed).expect("changed");
        assert_eq!(file.load(0).locked_until_ms(&key, 0), None);
        fs::write(&file.0, &whole).expect("whole");
        assert!(file.load(0).locked_until_ms(&key, 0).is_some());
    }

    #[test]
    fn the_most_numbers_fit() {
        let (_folder, file) = file();
        let mut lockout = Lockout::default();
        for number in 0..NUMBERS_MAX {
            let key = TriesFile::key(Tried::Pin(&number.to_string()));
            (0..9).for_each(|_| lockout.count(&key, 0));
        }
        file.save(&lockout).expect("saved");
        assert_eq!(file.load(0).counts().count(), NUMBERS_MAX);
    }
}
