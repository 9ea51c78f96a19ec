//! A key that systemd sealed to this machine: to its TPM, or to a key of the machine itself.
//!
//! ```text
//!  register.key ──systemd-creds encrypt──▶ register.key.sealed      register.key is gone
//!
//!  start ─▶ $CREDENTIALS_DIRECTORY/register.key, as LoadCredentialEncrypted= gives it ─▶ the key
//!        └▶ otherwise systemd-creds decrypt (root, as a rule)                          ─▶ the key
//! ```
//!
//! No cipher of our own: systemd's own program seals and opens, and its text is kept as it is. What
//! it is sealed to stands in its first sixteen bytes.
//!
//! Source: systemd.io/CREDENTIALS, systemd-creds(1); the identifiers are those of systemd's format.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// What a sealed key's file is called after the key's own name.
pub const ENDING: &str = "sealed";
const PROGRAM: &str = "systemd-creds";
/// The longest file: a TPM's takes some 700 bytes.
const LEN_MAX: usize = 64 * 1024;

/// What a key is sealed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedTo {
    /// A key of the machine, on its disk and readable by root alone.
    Host,
    /// The machine's TPM.
    Tpm,
    /// Both.
    HostAndTpm,
}

/// Why a key was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealTrouble {
    /// systemd's program is missing, or says no.
    #[error("{PROGRAM} {what} failed: {why}")]
    Program {
        /// What it was asked.
        what: &'static str,
        /// What it said.
        why: String,
    },
    /// The file is none of systemd's, or sealed to nothing.
    #[error("{0} is not a key that systemd sealed to this machine")]
    NotSealed(String),
    /// What came back is not what was sealed.
    #[error("what was sealed did not open as the same key")]
    Differs,
    /// A file.
    #[error("{path} can't be used")]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl SealedTo {
    /// As `--with` takes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Tpm => "tpm2",
            Self::HostAndTpm => "host+tpm2",
        }
    }

    /// What a sealed text says of itself; none for what systemd did not write, or sealed to
    /// nothing at all.
    fn of(text: &[u8]) -> Option<Self> {
        let plain: Vec<u8> = text.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        let bytes = STANDARD.decode(plain).ok()?;
        Some(match bytes.get(..4)? {
            [0x5a, 0x1c, 0x6a, 0x86] | [0x55, 0xb9, 0xed, 0x1d] => Self::Host,
            [0x0c, 0x7c, 0xc0, 0x7b] | [0xfa, 0xf7, 0xeb, 0x93] => Self::Tpm,
            [0x93, 0xa8, 0x94, 0x09] | [0xef, 0x4a, 0xc1, 0x36] | [0xaf, 0x49, 0x50, 0xa8] => {
                Self::HostAndTpm
            }
            _ => return None,
        })
    }
}

/// The file beside a key's own that holds it sealed.
pub fn sealed_path(key: &Path) -> PathBuf {
    key.with_added_extension(ENDING)
}

/// What the key of this path is sealed to; none where it is not sealed.
///
/// # Errors
/// [`SealTrouble`] when there is a file, and it can't be read or is no sealed key.
pub fn sealed_to(key: &Path) -> Result<Option<SealedTo>, SealTrouble> {
    let path = sealed_path(key);
    match std::fs::read(&path) {
        Ok(text) if text.len() <= LEN_MAX => SealedTo::of(&text)
            .map(Some)
            .ok_or_else(|| SealTrouble::NotSealed(path.display().to_string())),
        Ok(_) => Err(SealTrouble::NotSealed(path.display().to_string())),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SealTrouble::File { path: path.display().to_string(), source }),
    }
}

/// The text of a sealed key: as systemd handed it over at the start, or by its program.
///
/// # Errors
/// [`SealTrouble`] when neither has it.
pub fn open(key: &Path, handed: Option<&Path>) -> Result<Zeroizing<String>, SealTrouble> {
    let name = name_of(key);
    if let Some(path) = handed.map(|folder| folder.join(&name))
        && let Ok(text) = std::fs::read_to_string(path)
    {
        return Ok(Zeroizing::new(text));
    }
    open_file(key, &sealed_path(key))
}

/// The text of a file that was sealed in the name of a key, by systemd's program.
///
/// # Errors
/// [`SealTrouble`] when it does not open.
pub fn open_file(key: &Path, sealed: &Path) -> Result<Zeroizing<String>, SealTrouble> {
    let file = sealed.as_os_str().to_os_string();
    let arguments = [argument("--name=", &name_of(key)), file, OsString::from("-")];
    let opened = run("decrypt", &arguments, &[])?;
    let text = String::from_utf8(opened.to_vec());
    text.map(Zeroizing::new).map_err(|_| SealTrouble::NotSealed(sealed.display().to_string()))
}

/// Where systemd put what the unit asks for with `LoadCredentialEncrypted=`.
pub fn handed_over() -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from)
}

/// Seals a key's text to this machine and opens it again, before anything is changed: what came
/// out is what may take the key's place.
///
/// # Errors
/// [`SealTrouble`]; nothing is left behind then.
pub fn seal(key: &Path, text: &str, to: Option<SealedTo>) -> Result<Vec<u8>, SealTrouble> {
    let name = name_of(key);
    let with = argument("--with-key=", to.map_or("auto", SealedTo::word).as_ref());
    let dash = || OsString::from("-");
    let sealed =
        run("encrypt", &[with, argument("--name=", &name), dash(), dash()], text.as_bytes())?;
    if SealedTo::of(&sealed).is_none() {
        return Err(SealTrouble::NotSealed("what it gave".to_owned()));
    }
    let again = run("decrypt", &[argument("--name=", &name), dash(), dash()], &sealed)?;
    if again.as_slice() != text.as_bytes() {
        return Err(SealTrouble::Differs);
    }
    Ok(sealed.to_vec())
}

fn name_of(key: &Path) -> OsString {
    key.file_name().map_or_else(|| OsString::from("key"), OsString::from)
}

fn argument(option: &str, value: &std::ffi::OsStr) -> OsString {
    let mut argument = OsString::from(option);
    argument.push(value);
    argument
}

fn run(
    what: &'static str,
    arguments: &[OsString],
    input: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealTrouble> {
    let failed = |why: String| SealTrouble::Program { what, why };
    let mut child = Command::new(PROGRAM)
        .arg(what)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|why| failed(why.to_string()))?;
    // Less than a pipe holds: it is taken whole before the program reads it.
    let written = child.stdin.take().map(|mut pipe| pipe.write_all(input));
    let output = child.wait_with_output().map_err(|why| failed(why.to_string()))?;
    let out = Zeroizing::new(output.stdout);
    match written {
        Some(Err(why)) if output.status.success() => Err(failed(why.to_string())),
        _ if output.status.success() => Ok(out),
        _ => {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().last().unwrap_or("it did not say why").to_owned();
            Err(failed(last))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(head: &[u8]) -> String {
        STANDARD.encode([head, &[0; 60]].concat())
    }

    #[test]
    fn a_sealed_text_says_what_it_is_sealed_to() {
        let host = text_of(&[0x5a, 0x1c, 0x6a, 0x86]);
        let tpm = text_of(&[0x0c, 0x7c, 0xc0, 0x7b]);
        let both = text_of(&[0x93, 0xa8, 0x94, 0x09]);
        assert_eq!(SealedTo::of(host.as_bytes()), Some(SealedTo::Host));
        assert_eq!(SealedTo::of(tpm.as_bytes()), Some(SealedTo::Tpm));
        assert_eq!(SealedTo::of(format!("{}\n", both).as_bytes()), Some(SealedTo::HostAndTpm));
        let nothing = text_of(&[0x05, 0x84, 0x69, 0xda]);
        for other in [nothing.as_str(), "", "8a41", "not base64 at all"] {
            assert_eq!(SealedTo::of(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn what_systemd_handed_over_is_taken_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let handed = folder.path().join("credentials");
        std::fs::create_dir(&handed).expect("made");
        std::fs::write(handed.join("register.key"), "8a41\n").expect("written");
        let key = folder.path().join("register.key");
        let opened = open(&key, Some(&handed)).expect("opened");
        assert_eq!(opened.as_str(), "8a41\n");
        assert!(open(&key, Some(folder.path())).is_err(), "there is neither");
    }
}
