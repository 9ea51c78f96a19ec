//! `tideover enroll`: makes this register known to central with a one-time code.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::device::entropy::Entropy;
use crate::sync::enroll::{Enrollment, NotEnrolled, enroll, keep_key};
use crate::sync::http::{HttpTransport, NotAnAddress};

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Enrolled {
    /// What the register's settings keep.
    pub enrollment: Enrollment,
    /// The register's key, shortened: the same stands on central's page.
    pub key: String,
}

/// Why the register was not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The address or fingerprint.
    #[error(transparent)]
    Address(#[from] NotAnAddress),
    /// Central, the line or the key file.
    #[error(transparent)]
    NotEnrolled(#[from] NotEnrolled),
}

/// Enrolls this register; its key is made at `key_file` when there is none.
///
/// # Errors
/// [`Failed`]; the register sells all the same.
pub fn run(
    central: &str,
    fingerprint: Option<&str>,
    code: &str,
    key_file: &Path,
    entropy: &dyn Entropy,
) -> Result<Enrolled, Failed> {
    let mut transport = HttpTransport::new(central, fingerprint, false)?;
    let key = keep_key(key_file, entropy)?;
    let enrollment = enroll(&mut transport, central, fingerprint, code, &key)?;
    Ok(Enrolled { enrollment, key: key.public().fingerprint() })
}

impl fmt::Display for Enrolled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Enrollment { store, register, central, .. } = &self.enrollment;
        writeln!(
            f,
            "This is register {register} of store {store} now, known at {central} by key {}.",
            self.key
        )
    }
}
