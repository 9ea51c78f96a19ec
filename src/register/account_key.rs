//! The key under which a register remembers accounts: made for an outage, never sent, destroyed
//! afterwards.
//!
//! ```text
//!  DATA/accounts.key   <outage or -> <business date> <64 hex digits>     mode 0600
//!  tag = HMAC-SHA-256(key, routing / account)  ─▶ check_seen, and nowhere else
//! ```
//!
//! A tag tells that two checks are of one account, and nothing else while the key is secret. The
//! key serves while its outage lasts, and all through the day it was made on; the next one
//! overwrites it. With it go the rows it made. Without a key (a disk that can't be written) checks
//! are taken all the same, and limits by account don't hold.

use std::io::{Seek as _, Write as _};
use std::path::PathBuf;

use ring::hmac;
use zeroize::Zeroizing;

use crate::device::entropy::Entropy;
use crate::device::key_store::write_private;
use crate::device::own_file::{self, SMALL_MAX};
use crate::domain::check::AccountNo;
use crate::domain::check::routing::Routing;
use crate::domain::ids::OutageId;
use crate::domain::time::BusinessDate;
use crate::journal::hash::{from_hex, to_hex};
use crate::ledger::AccountTag;

/// The key's file, and the key once it was used.
pub struct AccountKey {
    path: PathBuf,
    key: Option<Loaded>,
}

struct Loaded {
    outage: Option<String>,
    made_on: String,
    bytes: Zeroizing<[u8; 32]>,
}

/// When a check is taken.
#[derive(Clone, Copy, Debug)]
pub struct Now<'a> {
    /// The open outage.
    pub outage: Option<&'a OutageId>,
    /// The business date.
    pub day: BusinessDate,
}

/// What became of the key before it was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It is the one that made the rows there are.
    Same,
    /// It is new: rows of the one before say nothing any more and are to be forgotten.
    New,
}

impl AccountKey {
    /// The key of a file; nothing is read yet.
    pub const fn at(path: PathBuf) -> Self {
        Self { path, key: None }
    }

    /// The key of a file as it stands, to look things up with; none where there is none.
    pub fn of_file(path: PathBuf) -> Option<Self> {
        let mut key = Self::at(path);
        key.key = key.load();
        key.key.is_some().then_some(key)
    }

    /// Reads the key that serves now, or makes it.
    ///
    /// # Errors
    /// The system's, when a new one can't be written.
    pub fn ready(&mut self, now: Now<'_>, entropy: &dyn Entropy) -> std::io::Result<Use> {
        if self.key.is_none() {
            self.key = self.load();
        }
        if self.key.as_ref().is_some_and(|key| key.serves(now)) {
            return Ok(Use::Same);
        }
        self.key = None;
        self.destroy()?;
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(bytes.as_mut_slice()).map_err(std::io::Error::other)?;
        let outage = now.outage.map(|outage| outage.as_str().to_owned());
        let made = Loaded { outage, made_on: now.day.to_string(), bytes };
        let hex = Zeroizing::new(to_hex(made.bytes.as_slice()));
        let word = made.outage.as_deref().unwrap_or("-");
        let text = Zeroizing::new(format!("{word} {} {}\n", made.made_on, hex.as_str()));
        write_private(&self.path, text.as_bytes())?;
        self.key = Some(made);
        Ok(Use::New)
    }

    /// The account under the key; none before [`AccountKey::ready`].
    pub fn tag(&self, routing: Routing, account: &AccountNo) -> Option<AccountTag> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.key.as_ref()?.bytes.as_slice());
        let mut context = hmac::Context::with_key(&key);
        context.update(routing.as_str().as_bytes());
        context.update(b"/");
        context.update(account.significant().as_bytes());
        Some(AccountTag(context.sign().as_ref().try_into().ok()?))
    }

    fn load(&self) -> Option<Loaded> {
        let text = Zeroizing::new(own_file::text(&self.path, SMALL_MAX).ok()?);
        let mut words = text.split_ascii_whitespace();
        let (outage, made_on, hex) = (words.next()?, words.next()?, words.next()?);
        Some(Loaded {
            outage: (outage != "-").then(|| outage.to_owned()),
            made_on: made_on.to_owned(),
            bytes: Zeroizing::new(from_hex(hex)?),
        })
    }

    /// Overwrites the file before it goes. A disk that writes elsewhere may keep a copy; that is
    /// why the key also ends with its day.
    fn destroy(&self) -> std::io::Result<()> {
        match std::fs::OpenOptions::new().write(true).open(&self.path) {
            Ok(mut file) => {
                let len = usize::try_from(file.metadata()?.len()).unwrap_or(0).min(4_096);
                file.rewind()?;
                file.write_all(&vec![b'0'; len])?;
                file.sync_all()?;
                std::fs::remove_file(&self.path)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Loaded {
    fn serves(&self, now: Now<'_>) -> bool {
        let same_outage =
            now.outage.is_some() && self.outage.as_deref() == now.outage.map(OutageId::as_str);
        same_outage || self.made_on == now.day.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::entropy::SystemEntropy;

    fn day(text: &str) -> BusinessDate {
        BusinessDate::parse(text).expect("a day")
    }

    #[test]
    fn a_key_lasts_its_outage_and_its_day_and_is_then_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("accounts.key");
        let outage = OutageId::parse("o1").expect("an outage");
        let routing = Routing::parse("111000025").expect("a routing number");
        let account = AccountNo::parse("0012345678").expect("an account");
        let tag = |now| {
            let mut key = AccountKey::at(path.clone());
            let used = key.ready(now, &SystemEntropy).expect("a key");
            (used, key.tag(routing, &account).expect("a tag"))
        };
        let sunday = day("2026-11-22");
        let (used, first) = tag(Now { outage: Some(&outage), day: sunday });
        assert_eq!(used, Use::New);
        // After a restart, on the next day of the same outage, and after it on the same day.
        for now in [
            Now { outage: Some(&outage), day: sunday },
            Now { outage: Some(&outage), day: day("2026-11-23") },
            Now { outage: None, day: sunday },
        ] {
            assert_eq!(tag(now), (Use::Same, first));
        }
        let (used, other) = tag(Now { outage: None, day: day("2026-11-24") });
        assert_eq!(used, Use::New);
        assert_ne!(other, first);
        let text = std::fs::read_to_string(&path).expect("there");
        assert!(text.starts_with("- 2026-11-24 "), "{text}");
    }

    #[test]
    fn zeros_before_an_account_make_no_other_account() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut key = AccountKey::at(folder.path().join("accounts.key"));
        let now = Now { outage: None, day: day("2026-11-22") };
        key.ready(now, &SystemEntropy).expect("a key");
        let routing = Routing::parse("111000025").expect("a routing number");
        let tag = |text| key.tag(routing, &AccountNo::parse(text).expect("an account"));
        assert_eq!(tag("0012345678"), tag("12345678"));
        assert_ne!(tag("12345678"), tag("12345679"));
    }
}
