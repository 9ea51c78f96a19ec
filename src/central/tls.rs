//! Central's TLS certificate: given, or made once and kept in the data folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::device::key_store::write_private;
use crate::journal::hash::Hash;

/// The certificate in the data folder.
pub const CERT_FILE: &str = "tls-cert.pem";
const KEY_FILE: &str = "tls-key.pem";

/// A server's TLS setting and its certificate's fingerprint.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The setting.
    pub config: Arc<ServerConfig>,
    /// SHA-256 of the certificate: registers pin it.
    pub fingerprint: Hash,
}

/// Why there is no encryption, and so no central outside this machine.
#[derive(Debug, thiserror::Error)]
pub enum NoTls {
    /// A file.
    #[error("central's certificate files can't be used ({0}); check the data folder's rights")]
    Io(#[from] std::io::Error),
    /// Not PEM.
    #[error("{0} holds no certificate or key in PEM form; give files in that form")]
    Pem(String),
    /// The library that makes certificates.
    #[error("no certificate could be made: {0}")]
    Make(#[from] rcgen::Error),
    /// Certificate and key don't fit, or are of an unknown kind.
    #[error("certificate and key can't be used together: {0}")]
    Unfit(#[from] rustls::Error),
}

/// What registers would pin of these files.
///
/// # Errors
/// [`NoTls`].
pub fn fingerprints(certificates: &[PathBuf]) -> Result<Vec<Hash>, NoTls> {
    certificates.iter().map(|path| fingerprint_of(path)).collect()
}

/// What registers would pin of a file.
///
/// # Errors
/// [`NoTls`].
pub fn fingerprint_of(cert: &Path) -> Result<Hash, NoTls> {
    let certificate = CertificateDer::from_pem_file(cert);
    certificate.map(|one| Hash::of_bytes(&one)).map_err(|_| pem(cert))
}

fn pem(path: &Path) -> NoTls {
    NoTls::Pem(path.display().to_string())
}

/// Certificate and key of these files.
///
/// # Errors
/// [`NoTls`].
pub fn of_files(cert: &Path, key: &Path) -> Result<Tls, NoTls> {
    let chain = CertificateDer::pem_file_iter(cert).map_err(|_| pem(cert))?;
    let chain: Vec<_> = chain.collect::<Result<_, _>>().map_err(|_| pem(cert))?;
    let fingerprint = Hash::of_bytes(chain.first().ok_or_else(|| pem(cert))?);
    let key = PrivateKeyDer::from_pem_file(key).map_err(|_| pem(key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Tls { config: Arc::new(config), fingerprint })
}

/// The data folder's own certificate, made when there is none: self-signed, since registers pin
/// it by its fingerprint and ask nobody else.
///
/// # Errors
/// [`NoTls`].
pub fn of_folder(folder: &Path, names: &[String]) -> Result<Tls, NoTls> {
    let (cert, key) = (folder.join(CERT_FILE), folder.join(KEY_FILE));
    if !cert.exists() || !key.exists() {
        let made = rcgen::generate_simple_self_signed(names)?;
        // A half that a crash left behind would never fit its new other half.
        for path in [&cert, &key] {
            if path.exists() {
                std::fs::remove_file(path)?;
            }
        }
        write_private(&key, made.signing_key.serialize_pem().as_bytes())?;
        write_private(&cert, made.cert.pem().as_bytes())?;
    }
    of_files(&cert, &key)
}
