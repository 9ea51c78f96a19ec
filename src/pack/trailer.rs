//! The trailer: the last 4,096 bytes of a pack, after SQLite's last page.
//!
//! ```text
//!  tideover pack\n
//!  <base64 Ed25519 signature> <JSON manifest>\n
//!  00 00 00 ...                                   to 4,096 bytes
//! ```
//!
//! SQLite takes its length from its own header and never looks at the trailer. The signature is
//! over `tideover/pack/v1\n` and the JSON bytes as they stand; the JSON holds the SHA-256 of all
//! pages. So every byte of the file is either digested, signed, or known beforehand.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::error::PackError;
use super::file::open_plain;
use super::key::{PackKey, PackSigner};
use super::version::parts;
use crate::domain::ids::{PackVersion, StoreNo};
use crate::domain::time::Timestamp;
use crate::journal::hash::from_hex;
use crate::journal::key::{Domain, Signature};

/// The trailer's size; also SQLite's page size, so that the file stays whole pages.
pub(super) const TRAILER_LEN: u64 = 4096;
const MAGIC: &[u8] = b"tideover pack\n";
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Manifest {
    /// The pack format.
    pub format: u32,
    /// The store's number.
    pub store: u32,
    /// The pack's version.
    pub version: String,
    /// When it was built: `2026-11-22T13:05:09.120-06:00`.
    pub published_at: String,
    /// The length of the SQLite pages in bytes.
    pub bytes: u64,
    /// SHA-256 of the SQLite pages, 64 hexadecimal digits.
    pub sha256: String,
    /// How many items it holds.
    pub items: u64,
    /// The public half of the key it is signed with, 64 hexadecimal digits.
    pub key: String,
}

/// A manifest whose signature is right, with its parts read.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub(super) manifest: Manifest,
    pub(super) store: StoreNo,
    pub(super) version: PackVersion,
    pub(super) published_at: Timestamp,
    pub(super) digest: [u8; 32],
}

#[derive(serde::Deserialize)]
struct FormatOnly {
    format: u32,
}

#[derive(serde::Deserialize)]
struct KeyOnly {
    key: String,
}

/// The trailer of a manifest, signed; none when it would not fit.
pub(super) fn write(manifest: &Manifest, signer: &PackSigner) -> Option<Vec<u8>> {
    let json = serde_json::to_vec(manifest).ok()?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend(signer.sign(&json).to_text().as_bytes());
    bytes.push(b' ');
    bytes.extend(json);
    bytes.push(b'\n');
    let len = usize::try_from(TRAILER_LEN).ok()?;
    (bytes.len() <= len).then(|| {
        bytes.resize(len, 0);
        bytes
    })
}

/// The key a pack says it is signed with. It proves nothing: only a person who compares it with
/// the retailer's key, or a drill that trusts its own input, may use it.
///
/// # Errors
/// [`PackError`] when the file is no pack.
pub fn claimed_key(path: &Path) -> Result<PackKey, PackError> {
    let file =
        File::open(path).map_err(|source| PackError::Io { file: path.to_owned(), source })?;
    let (trailer, _pages) = last_block(&file, path)?;
    let json = trailer.strip_prefix(MAGIC).and_then(|line| {
        let line = line.split(|byte| *byte == b'\n').next()?;
        line.splitn(2, |byte| *byte == b' ').nth(1)
    });
    json.and_then(|json| serde_json::from_slice::<KeyOnly>(json).ok())
        .and_then(|named| PackKey::parse(&named.key).ok())
        .ok_or_else(|| PackError::NotAPack(path.to_owned()))
}

/// What a pack says of itself, once its signature and its length were verified; no page is read.
/// `path` is what the pack is called in words.
///
/// # Errors
/// [`PackError`] when it is no pack that `trusted` signed.
pub fn manifest_of(
    pack: impl Read + Seek,
    path: &Path,
    trusted: &PackKey,
) -> Result<Manifest, PackError> {
    read(pack, path, trusted).map(|signed| signed.manifest)
}

/// Whose pack a file is and when it was built, as signed; no page is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The store.
    pub store: StoreNo,
    /// Its version.
    pub version: PackVersion,
    /// When it was built.
    pub published_at: Timestamp,
}

impl Label {
    /// Reads it of a file.
    ///
    /// # Errors
    /// [`PackError`] when it is no pack that `trusted` signed.
    pub fn of(path: &Path, trusted: &PackKey) -> Result<Self, PackError> {
        let failed = |source| PackError::Io { file: path.to_owned(), source };
        let signed = read(&open_plain(path).map_err(failed)?, path, trusted)?;
        let Signed { store, version, published_at, .. } = signed;
        Ok(Self { store, version, published_at })
    }
}

/// Reads the trailer and verifies its signature and the file's length, but no page.
pub(super) fn read(
    pack: impl Read + Seek,
    path: &Path,
    trusted: &PackKey,
) -> Result<Signed, PackError> {
    let (trailer, pages) = last_block(pack, path)?;
    let cut_short = || PackError::CutShort(path.to_owned());
    let changed = || PackError::Changed(path.to_owned());
    let line = trailer.strip_prefix(MAGIC).ok_or_else(cut_short)?;
    let end = line.iter().position(|byte| *byte == b'\n').ok_or_else(cut_short)?;
    let (line, padding) = line.split_at_checked(end).ok_or_else(cut_short)?;
    if padding.iter().skip(1).any(|byte| *byte != 0) {
        return Err(changed());
    }
    let space = line.iter().position(|byte| *byte == b' ').ok_or_else(changed)?;
    let (signature, json) = line.split_at_checked(space).ok_or_else(changed)?;
    let json = json.strip_prefix(b" ").ok_or_else(changed)?;
    let signature = Signature::parse(signature).ok_or_else(changed)?;
    if !trusted.0.verifies(Domain::Pack, json, &signature) {
        let named = serde_json::from_slice::<KeyOnly>(json)
            .ok()
            .filter(|named| PackKey::parse(&named.key).is_ok_and(|key| key != *trusted));
        return Err(named.map_or_else(changed, |named| PackError::OtherKey {
            file: path.to_owned(),
            key: named.key,
        }));
    }
    let signed = parse(json, path)?;
    if signed.manifest.bytes != pages {
        return Err(cut_short());
    }
    Ok(signed)
}

/// Reads the parts of a manifest; called only after its signature was verified.
fn parse(json: &[u8], path: &Path) -> Result<Signed, PackError> {
    let content = |what: &str| PackError::Content { file: path.to_owned(), what: what.to_owned() };
    let FormatOnly { format } =
        serde_json::from_slice(json).map_err(|_json| content("a manifest without a format"))?;
    if format > super::FORMAT {
        return Err(PackError::NewerFormat { file: path.to_owned(), format });
    }
    let manifest: Manifest =
        serde_json::from_slice(json).map_err(|_json| content("an incomplete manifest"))?;
    let version = PackVersion::parse(&manifest.version)
        .ok()
        .filter(|version| parts(version).is_some())
        .ok_or_else(|| content("a version that is not a day and a count"))?;
    let published_at = Timestamp::parse(&manifest.published_at)
        .map_err(|_time| content("a publishing time that is none"))?;
    let digest = from_hex(&manifest.sha256).ok_or_else(|| content("a digest that is none"))?;
    Ok(Signed { store: StoreNo(manifest.store), version, published_at, digest, manifest })
}

/// The last block, and the length of what stands before it.
fn last_block(mut pack: impl Read + Seek, path: &Path) -> Result<(Vec<u8>, u64), PackError> {
    let failed = |source| PackError::Io { file: path.to_owned(), source };
    let not_a_pack = || PackError::NotAPack(path.to_owned());
    let len = pack.seek(SeekFrom::End(0)).map_err(failed)?;
    let mut head = Vec::new();
    pack.seek(SeekFrom::Start(0)).map_err(failed)?;
    pack.by_ref().take(16).read_to_end(&mut head).map_err(failed)?;
    let pages = len.checked_sub(TRAILER_LEN).filter(|pages| *pages > 0).ok_or_else(|| {
        if head == SQLITE_MAGIC { PackError::CutShort(path.to_owned()) } else { not_a_pack() }
    })?;
    let mut trailer = Vec::new();
    pack.seek(SeekFrom::Start(pages)).map_err(failed)?;
    pack.take(TRAILER_LEN).read_to_end(&mut trailer).map_err(failed)?;
    if !trailer.starts_with(MAGIC) && head != SQLITE_MAGIC {
        return Err(not_a_pack());
    }
    Ok((trailer, pages))
}
