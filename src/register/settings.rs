//! A register's data folder and its settings, read once.
//!
//! ```text
//!  DATA/register.json   store, register, central, keys it trusts        (settings)
//!  DATA/register.key    the private key, mode 0600                      (device::key_store)
//!  DATA/register.rotation   what its follower needs, while it is changed  (rotating)
//!  DATA/seal.pub        central's public key for personal data           (journal::hpke)
//!  DATA/accounts.key    under which accounts of checks are remembered   (account_key)
//!  DATA/ledger/         the journal in SQLite                           (ledger)
//!  DATA/tape/           the same lines in a plain file; better on a second disk
//!  DATA/anchor/         how far the journal was; better on a third place
//!  DATA/packs/          verified packs                                  (pack)
//!  DATA/mirror/         other registers' records                        (ledger::mirror)
//!  DATA/register.cert   central's certificate for the key               (sync::enroll)
//!  DATA/training/       the same for a register to learn on; nothing in it counts
//!  DATA/closures/       closures that a manager saved as PDF               (reconciling)
//!  DATA/running         there while the program runs, and after it was killed
//! ```

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::device::own_file::{self, SMALL_MAX};
use crate::domain::echo::in_a_line;
use crate::domain::ids::{RegisterNo, StoreNo};
use crate::journal::hash::{from_hex, to_hex};
use crate::journal::phone_code::RecoveryKey;
use crate::ledger::{Identity, Place};

const SETTINGS_LEN_MAX: u64 = 64 * 1024;

/// What a register must know before its first sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The store's number.
    pub store: u32,
    /// The register's number.
    pub register: u16,
    /// The public key packs must be signed by, 64 hex digits.
    pub pack_key: String,
    /// The store's time zone, as an IANA name; the machine's own while none is given.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// How central is reached; none while the register is not enrolled.
    #[serde(default)]
    pub central: Option<Central>,
    /// Where the tape is kept; a second disk is best.
    #[serde(default)]
    pub tape_dir: Option<PathBuf>,
    /// Where the anchor is kept.
    #[serde(default)]
    pub anchor_dir: Option<PathBuf>,
    /// A file receipts are appended to; none shows them on the screen only.
    #[serde(default)]
    pub receipts: Option<PathBuf>,
    /// The printer, read by [`super::printer_settings`]: what is wrong in it stops nothing.
    #[serde(default)]
    pub printer: Option<serde_json::Value>,
    /// The store's other registers, read by [`super::peering`]: what is wrong in it stops nothing.
    #[serde(default)]
    pub peers: Option<serde_json::Value>,
    /// A register to learn on: its sales count for nothing and are never sent.
    #[serde(default)]
    pub training: bool,
}

/// How central is reached, as enrolment left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Central {
    /// Its address: `https://central.example:8443`.
    pub url: String,
    /// The public key its acknowledgements are signed by, 64 hex digits.
    pub ack_key: String,
    /// SHA-256 of its TLS certificate, 64 hex digits; none on loopback.
    #[serde(default)]
    pub certificate: Option<String>,
    /// Its word for this register's key on receipts, 128 hex digits; none where it gave none.
    #[serde(default)]
    pub receipt_word: Option<String>,
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The register was never set up.
    #[error(
        "this register is not set up: there is no {0}; \
         no sale was made or lost. Run 'tideover enroll' \
         (--offline where central can't be reached), or 'tideover demo' to try it out"
    )]
    NotSetUp(String),
    /// The file can't be read or written.
    #[error("the settings {path} can't be used; nothing was changed, check the folder's rights")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("the settings {path} are not right; nothing was changed, enroll this register again")]
    Content {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: NotSettings,
    },
}

/// What is wrong with a text that should be settings, in a line: of the text it says little.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotSettings(String);

impl From<serde_json::Error> for NotSettings {
    fn from(why: serde_json::Error) -> Self {
        Self(in_a_line(&why.to_string()))
    }
}

/// A data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataDir(pub PathBuf);

impl DataDir {
    /// The register's settings.
    ///
    /// # Errors
    /// [`SettingsError`] when it was never set up, or the file can't be used.
    pub fn settings(&self) -> Result<Settings, SettingsError> {
        let path = self.settings_path();
        let shown = || path.display().to_string();
        let file = |source| SettingsError::File { path: shown(), source };
        let length = match std::fs::metadata(&path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(SettingsError::NotSetUp(shown()));
            }
            Err(error) => return Err(file(error)),
        };
        if length > SETTINGS_LEN_MAX {
            return Err(file(std::io::Error::from(std::io::ErrorKind::FileTooLarge)));
        }
        let text = std::fs::read_to_string(&path).map_err(file)?;
        Settings::read(&text).map_err(|source| SettingsError::Content { path: shown(), source })
    }

    /// Writes the settings, whole or not at all.
    ///
    /// # Errors
    /// [`SettingsError`] when the file can't be written.
    pub fn write_settings(&self, settings: &Settings) -> Result<(), SettingsError> {
        let path = self.settings_path();
        let file = |source| SettingsError::File { path: path.display().to_string(), source };
        let text = serde_json::to_string_pretty(settings).map_err(|why| {
            SettingsError::Content { path: path.display().to_string(), source: why.into() }
        })?;
        let next = self.0.join("register.json.new");
        let write = || {
            make_private_dir(&self.0)?;
            let mut written = std::fs::File::create(&next)?;
            std::io::Write::write_all(&mut written, format!("{text}\n").as_bytes())?;
            written.sync_all()?;
            std::fs::rename(&next, &path)?;
            std::fs::File::open(&self.0)?.sync_all()
        };
        write().map_err(file)
    }

    /// The folder of a register to learn on: the same store, prices and people, a key and a
    /// journal of its own, no central. It is set up anew from these settings at each call.
    ///
    /// # Errors
    /// [`SettingsError`] when it can't be written.
    pub fn training(&self, settings: &Settings) -> Result<Self, SettingsError> {
        let training = Self(self.0.join("training"));
        training.write_settings(&Settings {
            central: None,
            tape_dir: None,
            anchor_dir: None,
            receipts: None,
            peers: None,
            training: true,
            ..settings.clone()
        })?;
        // One shelf for both: a new price file is learned on, too.
        let packs = training.packs_dir();
        match std::os::unix::fs::symlink(self.packs_dir(), &packs) {
            Err(source) if source.kind() != std::io::ErrorKind::AlreadyExists => {
                Err(SettingsError::File { path: packs.display().to_string(), source })
            }
            _ => Ok(training),
        }
    }

    /// Makes the folder, for its own user alone.
    ///
    /// # Errors
    /// The system's.
    pub fn make(&self) -> std::io::Result<()> {
        make_private_dir(&self.0)
    }

    /// Where the journal is kept under these settings.
    pub fn place(&self, settings: &Settings) -> Place {
        let or = |dir: &Option<PathBuf>, own: &str| dir.clone().unwrap_or_else(|| self.0.join(own));
        Place {
            dir: self.0.join("ledger"),
            tape_dir: or(&settings.tape_dir, "tape"),
            anchor_dir: or(&settings.anchor_dir, "anchor"),
        }
    }

    /// The private key's file.
    pub fn key_path(&self) -> PathBuf {
        self.0.join("register.key")
    }

    /// What the key that is to follow needs, while one is changed for the other.
    pub fn rotation_path(&self) -> PathBuf {
        self.0.join("register.rotation")
    }

    /// The same, laid aside because it can't be read any more.
    pub fn rotation_aside(&self) -> PathBuf {
        self.0.join("register.rotation.damaged")
    }

    /// The folder of packs.
    pub fn packs_dir(&self) -> PathBuf {
        self.0.join("packs")
    }

    /// The folder of closures that were saved here.
    pub fn closures_dir(&self) -> PathBuf {
        self.0.join("closures")
    }

    /// The key under which accounts of checks are remembered.
    pub fn account_key_path(&self) -> PathBuf {
        self.0.join("accounts.key")
    }

    /// Central's public key to seal personal data to, as enrolment left it; none before.
    pub fn seal_key(&self) -> Option<[u8; 32]> {
        from_hex(own_file::text(&self.seal_key_path(), SMALL_MAX).ok()?.trim_end())
    }

    /// Keeps central's public key to seal to.
    ///
    /// # Errors
    /// The system's.
    pub fn write_seal_key(&self, key: &[u8; 32]) -> std::io::Result<()> {
        let next = self.0.join("seal.pub.new");
        std::fs::write(&next, format!("{}\n", to_hex(key)))?;
        std::fs::File::open(&next)?.sync_all()?;
        std::fs::rename(&next, self.seal_key_path())
    }

    /// Other registers' records.
    pub fn mirror_dir(&self) -> PathBuf {
        self.0.join("mirror")
    }

    /// Keeps what phone codes are answered with, in place of the one before.
    ///
    /// # Errors
    /// The system's.
    pub fn write_recovery_key(&self, key: &RecoveryKey) -> std::io::Result<()> {
        let path = self.recovery_key_path();
        let next = path.with_extension("new");
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&next)?;
        file.write_all(format!("{}\n", key.to_text()).as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&next, path)
    }

    /// Central's notes about keys that are trusted no longer.
    pub(super) fn revoked_path(&self) -> PathBuf {
        self.0.join("revoked.note")
    }

    /// Central's certificate for this register's key, as enrolment brought it; none before.
    pub fn certificate(&self) -> Option<String> {
        own_file::text(&self.certificate_path(), SMALL_MAX).ok()
    }

    /// Keeps central's certificate.
    ///
    /// # Errors
    /// The system's.
    pub fn write_certificate(&self, text: &str) -> std::io::Result<()> {
        let next = self.0.join("register.cert.new");
        std::fs::write(&next, text)?;
        std::fs::File::open(&next)?.sync_all()?;
        std::fs::rename(&next, self.certificate_path())
    }

    fn certificate_path(&self) -> PathBuf {
        self.0.join("register.cert")
    }

    /// What phone codes are answered with; there after enrolment.
    pub fn recovery_key_path(&self) -> PathBuf {
        self.0.join("recovery.key")
    }

    /// Wrong PINs; training has no file of its own.
    pub fn tries_path(&self, settings: &Settings) -> PathBuf {
        let own = self.0.join("tries");
        let parent = self.0.parent().filter(|_| settings.training);
        parent.map_or(own, |real| real.join("tries"))
    }

    /// There while the program runs.
    pub fn running_mark(&self) -> PathBuf {
        self.0.join("running")
    }

    fn seal_key_path(&self) -> PathBuf {
        self.0.join("seal.pub")
    }

    fn settings_path(&self) -> PathBuf {
        self.0.join("register.json")
    }
}

impl Settings {
    /// Reads the file's text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, NotSettings> {
        Ok(serde_json::from_str(text)?)
    }

    /// Which register this is.
    pub const fn identity(&self) -> Identity {
        Identity { store: StoreNo(self.store), register: RegisterNo(self.register) }
    }
}

/// Makes a folder that only its own user can enter.
fn make_private_dir(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}
