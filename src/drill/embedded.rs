//! Central in a drill's own process: a real server on a real socket, its database at hand.
//!
//! Only such a central can be put back to an older copy of itself.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::central::operations::Operations;
use crate::central::serve::{Central, Encryption, NotServing, Settings as CentralSettings};
use crate::central::store::StoreError;
use crate::device::clock::{Clock, SystemClock};
use crate::device::entropy::SystemEntropy;
use crate::domain::ids::{RegisterNo, StoreNo};
use crate::journal::key::{PublicKey, SigningKey};
use crate::journal::phone_code::RecoveryKey;
use crate::reconcile::packs::PackView;
use crate::register::settings::Central as CentralLine;
use crate::sync::enroll::{Enrollment, NotEnrolled, enroll, phone_key};
use crate::sync::http::{HttpTransport, NotAnAddress};

/// Central in a drill's own process.
pub struct EmbeddedCentral {
    folder: PathBuf,
    pack_key: PublicKey,
    packs: Arc<dyn PackView>,
    central: Option<Central>,
    copy: PathBuf,
}

/// Why central can't be had.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// It did not start.
    #[error("the drill's central did not start")]
    NotServing(#[from] NotServing),
    /// It can't be read.
    #[error("the drill's central can't be read")]
    Store(#[from] StoreError),
    /// A register was not enrolled.
    #[error(transparent)]
    NotEnrolled(#[from] NotEnrolled),
    /// Its address can't be used.
    #[error(transparent)]
    Address(#[from] NotAnAddress),
    /// Its files can't be copied.
    #[error("the drill's folder can't be written")]
    Io(#[from] std::io::Error),
}

impl EmbeddedCentral {
    /// Starts a central whose files lie in `folder`.
    ///
    /// # Errors
    /// [`EmbeddedError`] when it does not start.
    pub fn start(
        folder: &Path,
        pack_key: PublicKey,
        packs: Arc<dyn PackView>,
    ) -> Result<Self, EmbeddedError> {
        let mut embedded = Self {
            folder: folder.to_owned(),
            pack_key,
            packs,
            central: None,
            copy: folder.with_extension("copy"),
        };
        embedded.serve(false)?;
        Ok(embedded)
    }

    /// The running central.
    ///
    /// # Errors
    /// [`EmbeddedError`] when it is not running.
    pub fn central(&self) -> Result<&Central, EmbeddedError> {
        let missing = || std::io::Error::other("central is not running");
        Ok(self.central.as_ref().ok_or_else(missing)?)
    }

    /// Makes a register known.
    ///
    /// # Errors
    /// [`EmbeddedError`] when central refuses.
    pub fn enroll(
        &self,
        store: StoreNo,
        register: RegisterNo,
        key: &SigningKey,
    ) -> Result<Enrollment, EmbeddedError> {
        let central = self.central()?;
        let code = central.door().enroll_code(store, register)?;
        let mut line = HttpTransport::new(&central.url(), None, false)?;
        Ok(enroll(&mut line, &central.url(), None, &code, key)?)
    }

    /// The key for a register's phone codes.
    ///
    /// # Errors
    /// [`EmbeddedError`] when central refuses.
    pub fn phone_key(
        &self,
        enrolled: &Enrollment,
        key: &SigningKey,
    ) -> Result<RecoveryKey, EmbeddedError> {
        let mut line = HttpTransport::new(&self.central()?.url(), None, false)?;
        Ok(phone_key(&mut line, enrolled, key)?)
    }

    /// Keeps a copy of central as it is now.
    ///
    /// # Errors
    /// [`EmbeddedError`] when it can't be copied.
    pub fn keep_copy(&mut self) -> Result<(), EmbeddedError> {
        self.central()?.settle();
        self.stop();
        copy_folder(&self.folder, &self.copy)?;
        self.serve(false)
    }

    /// Puts central back to the kept copy; false when there is none.
    ///
    /// # Errors
    /// [`EmbeddedError`] when it does not come back.
    pub fn roll_back(&mut self) -> Result<bool, EmbeddedError> {
        if !self.copy.exists() {
            return Ok(false);
        }
        self.stop();
        copy_folder(&self.copy, &self.folder)?;
        self.serve(true)?;
        Ok(true)
    }

    /// Ends it in good order.
    pub fn stop(&mut self) {
        if let Some(central) = self.central.take() {
            central.stop();
        }
    }

    fn serve(&mut self, restored: bool) -> Result<(), EmbeddedError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(None));
        self.central = Some(Central::start(CentralSettings {
            folder: self.folder.clone(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            encryption: Encryption::None,
            pack_key: Some(self.pack_key),
            packs: Arc::clone(&self.packs),
            clock,
            entropy: Arc::new(SystemEntropy),
            restored,
            operations: Operations::default(),
            also_certificates: Vec::new(),
        })?);
        Ok(())
    }
}

/// A register's line to central, from its enrollment.
pub fn line_of(enrollment: &Enrollment) -> CentralLine {
    CentralLine {
        url: enrollment.central.clone(),
        ack_key: enrollment.central_key.clone(),
        certificate: enrollment.tls_fingerprint.clone(),
        receipt_word: enrollment.receipt_word.clone(),
    }
}

/// Makes `to` a copy of the files of `from`, and nothing else.
fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
