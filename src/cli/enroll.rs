//! `tideover enroll`: makes this machine a register of a store.
//!
//! ```text
//!  with a code   central knows the register from its first record on
//!  --offline     the register sells all the same; central marks what it brings until somebody
//!                enrolls it with a code or adopts it. Key and journal stay the same
//! ```

use std::fmt;

use serde::Serialize;

use crate::device::entropy::Entropy;
use crate::device::key_store::{self, KeyTrouble};
use crate::device::mounts::Mounts;
use crate::domain::file_system::Keeps;
use crate::journal::hash::from_hex;
use crate::pack::{KeyError, PackKey};
use crate::register::settings::{Central, DataDir, Settings, SettingsError};
use crate::sync::enroll::{Enrollment, NotEnrolled, enroll, phone_key};
use crate::sync::http::{HttpTransport, NotAnAddress};

/// How this machine becomes a register.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// With a one-time code, by central.
    Central {
        /// Its address.
        central: &'a str,
        /// Its certificate's SHA-256; none on this machine.
        fingerprint: Option<&'a str>,
        /// The one-time code.
        code: &'a str,
    },
    /// By a person's word, while central can't be reached.
    Offline {
        /// The store's number.
        store: u32,
        /// The register's number.
        register: u16,
        /// The public key packs are signed with, 64 hex digits.
        pack_key: &'a str,
    },
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Enrolled {
    /// The store.
    pub store: u32,
    /// The register.
    pub register: u16,
    /// The register's key, shortened: the same stands on central's page.
    pub key: String,
    /// It has a key for phone codes.
    pub phone_codes: bool,
    /// What central gave; none for a register set up without it.
    pub enrollment: Option<Enrollment>,
}

/// Why the register was not set up.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The address or fingerprint.
    #[error(transparent)]
    Address(#[from] NotAnAddress),
    /// Central, the line or the key file.
    #[error(transparent)]
    NotEnrolled(#[from] NotEnrolled),
    /// The register's key.
    #[error(transparent)]
    Key(#[from] KeyTrouble),
    /// The pack's key is none.
    #[error(
        "--pack-key is no key: it is 64 hex digits, as 'tideover pack build' prints them. Nothing \
         was changed"
    )]
    PackKey(#[source] KeyError),
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The data folder can't be made.
    #[error("the data folder {path} can't be made; nothing was changed, check its rights")]
    Folder {
        /// The folder.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The folder lies on another machine.
    #[error(
        "{path} lies on a network share ({kind}): a sale that is PAID could be gone after a power \
         cut. Nothing was changed. Name a folder on a disk of this machine with --data, or, if the \
         share is known to keep what it says it keeps, add --on-network-share"
    )]
    Share {
        /// The folder.
        path: String,
        /// The file system.
        kind: String,
    },
    /// The folder is another register's.
    #[error(
        "{path} is the data folder of register {was_register} of store {was_store}, not of \
         register {register} of store {store}; nothing in it was changed, and what it sold is \
         safe. Name another folder with --data, or ask for a code of the register it is"
    )]
    AnotherRegister {
        /// The folder.
        path: String,
        /// Whose it is: the store.
        was_store: u32,
        /// Whose it is: the register.
        was_register: u16,
        /// Who was to use it: the store.
        store: u32,
        /// Who was to use it: the register.
        register: u16,
    },
    /// It is known at central, and stays so.
    #[error(
        "this register is enrolled at {0} already and can sell without it; nothing was changed"
    )]
    Enrolled(String),
    /// Nothing says which register this is.
    #[error("name central and a code, or --offline with store, register and pack key")]
    Neither,
}

/// Refuses a data folder on a network share, before anything is made in it.
///
/// # Errors
/// [`Failed::Share`].
pub fn check_place(data: &DataDir, mounts: &Mounts) -> Result<(), Failed> {
    match mounts.under(&data.0).filter(|mount| mount.keeps() == Keeps::Share) {
        Some(mount) => {
            Err(Failed::Share { path: data.0.display().to_string(), kind: mount.kind.clone() })
        }
        None => Ok(()),
    }
}

/// Makes this machine a register; its key is made where there is none, and kept where there is.
///
/// # Errors
/// [`Failed`]; settings that were there stay as they were.
pub fn run(asked: &Asked<'_>, data: &DataDir, entropy: &dyn Entropy) -> Result<Enrolled, Failed> {
    let before = match data.settings() {
        Ok(settings) => Some(settings),
        // Settings that can't be understood are what enrolling again is to mend.
        Err(SettingsError::NotSetUp(_) | SettingsError::Content { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let (settings, enrollment, recovery, key) = match *asked {
        Asked::Central { central, fingerprint, code } => {
            let mut transport = HttpTransport::new(central, fingerprint, false)?;
            make_folder(data)?;
            let key = key_store::load_or_create(&data.key_path(), entropy)?;
            let enrollment = enroll(&mut transport, central, fingerprint, code, &key)?;
            let line = Central {
                url: enrollment.central.clone(),
                ack_key: enrollment.central_key.clone(),
                certificate: enrollment.tls_fingerprint.clone(),
                receipt_word: enrollment.receipt_word.clone(),
            };
            let which = (enrollment.store, enrollment.register, enrollment.pack_key.clone());
            let recovery = match phone_key(&mut transport, &enrollment, &key) {
                Ok(recovery) => Some(recovery),
                Err(error) => {
                    // It sells all the same; the answer says what it lacks.
                    tracing::warn!(%error, "no key for phone codes");
                    None
                }
            };
            (settings(which, Some(line), before.as_ref()), Some(enrollment), recovery, key)
        }
        Asked::Offline { store, register, pack_key } => {
            let pack_key = PackKey::parse(pack_key).map_err(Failed::PackKey)?.to_string();
            if let Some(line) = before.as_ref().and_then(|before| before.central.as_ref()) {
                return Err(Failed::Enrolled(line.url.clone()));
            }
            make_folder(data)?;
            let key = key_store::load_or_create(&data.key_path(), entropy)?;
            (settings((store, register, pack_key), None, before.as_ref()), None, None, key)
        }
    };
    same_register(data, before.as_ref(), &settings)?;
    data.write_settings(&settings)?;
    let seal_key = enrollment.as_ref().and_then(|given| from_hex(given.seal_key.as_deref()?));
    if let Some(key) = seal_key {
        data.write_seal_key(&key)
            .map_err(|source| Failed::Folder { path: data.0.display().to_string(), source })?;
    }
    if let Some(recovery) = &recovery {
        data.write_recovery_key(recovery)
            .map_err(|source| Failed::Folder { path: data.0.display().to_string(), source })?;
    }
    if let Some(given) = &enrollment {
        data.write_certificate(&given.certificate)
            .map_err(|source| Failed::Folder { path: data.0.display().to_string(), source })?;
    }
    let Settings { store, register, .. } = settings;
    let phone_codes = recovery.is_some();
    Ok(Enrolled { store, register, key: key.public().fingerprint(), phone_codes, enrollment })
}

/// New settings; what IT wrote into the old ones by hand stays.
fn settings(
    (store, register, pack_key): (u32, u16, String),
    central: Option<Central>,
    before: Option<&Settings>,
) -> Settings {
    Settings {
        store,
        register,
        pack_key,
        central,
        time_zone: before.and_then(|before| before.time_zone.clone()),
        tape_dir: before.and_then(|before| before.tape_dir.clone()),
        anchor_dir: before.and_then(|before| before.anchor_dir.clone()),
        receipts: before.and_then(|before| before.receipts.clone()),
        printer: before.and_then(|before| before.printer.clone()),
        peers: before.and_then(|before| before.peers.clone()),
        training: false,
    }
}

/// A journal belongs to one register: under other numbers its ledger would not open.
fn same_register(data: &DataDir, before: Option<&Settings>, next: &Settings) -> Result<(), Failed> {
    match before {
        Some(before) if (before.store, before.register) != (next.store, next.register) => {
            Err(Failed::AnotherRegister {
                path: data.0.display().to_string(),
                was_store: before.store,
                was_register: before.register,
                store: next.store,
                register: next.register,
            })
        }
        _ => Ok(()),
    }
}

fn make_folder(data: &DataDir) -> Result<(), Failed> {
    data.make().map_err(|source| Failed::Folder { path: data.0.display().to_string(), source })
}

impl fmt::Display for Enrolled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, register, key, phone_codes, enrollment } = self;
        match enrollment {
            Some(Enrollment { central, .. }) if !phone_codes => write!(
                f,
                "This is register {register} of store {store} now, known at {central} by key \
                 {key}.\nIt got no key for phone codes: when no PIN opens it, nobody can sign in \
                 by phone.\nEnroll it again with another code once central runs this version."
            ),
            Some(Enrollment { central, .. }) => write!(
                f,
                "This is register {register} of store {store} now, known at {central} by key {key}."
            ),
            None => write!(
                f,
                "This is register {register} of store {store} now, with key {key}. No central \
                 knows it yet:\nit sells all the same, and keeps everything for central. Enroll \
                 it with a code when\ncentral can be reached; key and journal stay the same."
            ),
        }
    }
}
