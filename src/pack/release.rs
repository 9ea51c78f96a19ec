//! Which pack a store is to sell by: a manifest that its publisher signs, and who may sign it.
//!
//! ```text
//!  pack key ── signs ──▶ packs                          offline, at head office
//!     └───── vouches for ──▶ release key, until a day   on the machine that publishes
//!                               └── signs ──▶ store manifest: version, digests, pin, revocations
//! ```
//!
//! Central only carries both: it can neither make prices nor choose among them. Whoever holds the
//! release key can choose among packs that the pack key signed, and nothing else.
//! Nothing here reads a file or a clock.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::key::{PackKey, PackSigner};
use super::version::parts;
use crate::domain::ids::{PackVersion, StoreNo};
use crate::domain::time::Timestamp;
use crate::journal::hash::from_hex;
use crate::journal::key::{Domain, SIGNATURE_TEXT_LEN, Signature};

/// The longest signed manifest, in bytes.
pub const MANIFEST_LEN_MAX: usize = 32 * 1024;
/// The most versions a manifest revokes.
pub const REVOKED_MAX: usize = 100;
const DELTAS_MAX: usize = 8;
const OBJECT_LEN_MAX: u64 = 1 << 32;
const MANIFEST_KIND: &str = "store_manifest";
const VOUCHER_KIND: &str = "pack_voucher";

/// A file that is fetched, by what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRef {
    /// SHA-256 of the whole file, 64 hex digits; also its name.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
}

/// What makes one version out of an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeltaRef {
    /// The version it starts from.
    pub from: String,
    /// SHA-256 of the delta, 64 hex digits; also its name.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
}

/// Which pack a store is to sell by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreManifest {
    /// `store_manifest`.
    pub kind: String,
    /// The store.
    pub store: u32,
    /// The pack's version.
    pub version: String,
    /// When it was signed: of two manifests of one key the later one holds.
    pub issued: String,
    /// Until when its publisher would have signed another one.
    pub fresh_until: String,
    /// From when on no pack is taken by it any more.
    pub expires: String,
    /// SHA-256 of the manifest before it, 64 hex digits.
    pub prev: Option<String>,
    /// The pack as a whole.
    pub full: ObjectRef,
    /// Ways to it from earlier versions.
    pub deltas: Vec<DeltaRef>,
    /// The oldest program that can sell by it: `0.3.0`.
    pub min_app: String,
    /// From when on it is sold by; none: at once.
    pub effective_from: Option<String>,
    /// The version that is pinned: sold by, whatever is newer.
    pub pinned: Option<String>,
    /// Versions that were withdrawn.
    pub revoked: Vec<String>,
    /// Its publisher saw the jumps of prices and accepted them.
    pub jumps_accepted: bool,
    /// The key it is signed by, 64 hex digits.
    pub key: String,
    /// The pack key's word for that key; none where it is the pack key itself.
    pub voucher: Option<String>,
}

/// The pack key's word that another key may sign manifests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voucher {
    /// `pack_voucher`.
    pub kind: String,
    /// The key that may, 64 hex digits.
    pub key: String,
    /// Until when.
    pub until: String,
}

/// A manifest that was believed, with its parts read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// All of it.
    pub manifest: StoreManifest,
    /// The version to sell by.
    pub version: PackVersion,
    /// When it was signed.
    pub issued: Timestamp,
    /// Until when it is fresh.
    pub fresh_until: Timestamp,
    /// From when on no pack is taken by it.
    pub expires: Timestamp,
    /// From when on its version is sold by.
    pub effective_from: Option<Timestamp>,
    /// The pinned version.
    pub pinned: Option<PackVersion>,
    /// Withdrawn versions.
    pub revoked: Vec<PackVersion>,
}

/// Why a manifest is not believed. Whatever it says, the pack in use stays in use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestRefused {
    /// Not signed, changed, or no manifest.
    #[error("what came is no signed manifest of packs, or was changed on its way")]
    Form,
    /// Signed by a key that the pack key does not vouch for.
    #[error("the manifest is signed with the key {0}, which the pack key does not vouch for")]
    OtherKey(String),
    /// The word for its key has run out.
    #[error("the word for the key {0} ended on {1}; the publisher needs a new voucher")]
    VoucherEnded(String, String),
    /// Another store's.
    #[error("the manifest is for store {theirs}, this is store {ours}")]
    OtherStore {
        /// The store it is for.
        theirs: StoreNo,
        /// This store.
        ours: StoreNo,
    },
    /// Older than one that was believed before.
    #[error("the manifest of {offered} is older than that of {known}: somebody plays old prices")]
    RolledBack {
        /// When the offered one was signed.
        offered: String,
        /// When the known one was.
        known: String,
    },
    /// Too old to take a pack by.
    #[error("the manifest ran out on {0}; nothing is taken by it")]
    Expired(String),
}

impl StoreManifest {
    /// The word that stands in `kind`.
    pub fn kind() -> String {
        MANIFEST_KIND.to_owned()
    }

    /// Signs it with the key it names.
    ///
    /// # Errors
    /// The serializer's, which a plain struct does not give.
    pub fn sign(&self, signer: &PackSigner) -> Result<Vec<u8>, serde_json::Error> {
        signed(self, Domain::PackRelease, signer)
    }

    /// Reads a signed manifest as it lies at central, without asking whether it is believed.
    pub fn claim(text: &[u8]) -> Option<Self> {
        let (_, json) = split(text)?;
        serde_json::from_slice(json).ok()
    }
}

impl Voucher {
    /// Vouches for a key until a moment; the text goes into every manifest it signs.
    ///
    /// # Errors
    /// The serializer's, which a plain struct does not give.
    pub fn sign(
        key: &PackKey,
        until: Timestamp,
        pack_signer: &PackSigner,
    ) -> Result<String, serde_json::Error> {
        let kind = VOUCHER_KIND.to_owned();
        let voucher = Self { kind, key: key.to_string(), until: until.to_string() };
        let bytes = signed(&voucher, Domain::PackVoucher, pack_signer)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Reads a voucher that the pack key signed.
    pub fn open(text: &str, trusted: &PackKey) -> Option<Self> {
        let voucher: Self = opened(text.as_bytes(), Domain::PackVoucher, trusted)?;
        (voucher.kind == VOUCHER_KIND).then_some(voucher)
    }
}

/// Believes a manifest or says why not. `seen` is when the newest one of its key was signed.
///
/// # Errors
/// [`ManifestRefused`].
pub fn open_manifest(
    text: &[u8],
    trusted: &PackKey,
    store: StoreNo,
    seen: &dyn Fn(&str) -> Option<Timestamp>,
) -> Result<Told, ManifestRefused> {
    let form = || ManifestRefused::Form;
    if text.len() > MANIFEST_LEN_MAX {
        return Err(form());
    }
    let claim = StoreManifest::claim(text).ok_or_else(form)?;
    let key = PackKey::parse(&claim.key).map_err(|_key| form())?;
    let issued = Timestamp::parse(&claim.issued).map_err(|_time| form())?;
    if key != *trusted {
        let other = || ManifestRefused::OtherKey(claim.key.clone());
        let voucher = claim.voucher.as_deref().and_then(|text| Voucher::open(text, trusted));
        let voucher = voucher.filter(|voucher| voucher.key == claim.key).ok_or_else(other)?;
        let until = Timestamp::parse(&voucher.until).map_err(|_time| form())?;
        if until.utc_ms < issued.utc_ms {
            return Err(ManifestRefused::VoucherEnded(claim.key, voucher.until));
        }
    }
    let manifest: StoreManifest = opened(text, Domain::PackRelease, &key).ok_or_else(form)?;
    let told = read(manifest, issued).ok_or_else(form)?;
    let theirs = StoreNo(told.manifest.store);
    if theirs != store {
        return Err(ManifestRefused::OtherStore { theirs, ours: store });
    }
    if let Some(known) = seen(&told.manifest.key).filter(|known| known.utc_ms > issued.utc_ms) {
        let (offered, known) = (told.manifest.issued.clone(), known.to_string());
        return Err(ManifestRefused::RolledBack { offered, known });
    }
    Ok(told)
}

fn read(manifest: StoreManifest, issued: Timestamp) -> Option<Told> {
    let version =
        |text: &String| PackVersion::parse(text).ok().filter(|version| parts(version).is_some());
    let time = |text: &String| Timestamp::parse(text).ok();
    let object = |sha256: &str, bytes: u64| {
        from_hex::<32>(sha256).is_some() && (1..=OBJECT_LEN_MAX).contains(&bytes)
    };
    let sound = manifest.kind == MANIFEST_KIND
        && object(&manifest.full.sha256, manifest.full.bytes)
        && manifest.deltas.len() <= DELTAS_MAX
        && manifest.deltas.iter().all(|delta| object(&delta.sha256, delta.bytes))
        && manifest.revoked.len() <= REVOKED_MAX
        && program(&manifest.min_app).is_some();
    if !sound {
        return None;
    }
    Some(Told {
        version: version(&manifest.version)?,
        issued,
        fresh_until: time(&manifest.fresh_until)?,
        expires: time(&manifest.expires)?,
        effective_from: match &manifest.effective_from {
            Some(text) => Some(time(text)?),
            None => None,
        },
        pinned: match &manifest.pinned {
            Some(text) => Some(version(text)?),
            None => None,
        },
        revoked: manifest.revoked.iter().map(version).collect::<Option<_>>()?,
        manifest,
    })
}

impl Told {
    /// The program with this version can sell by it.
    pub fn fits(&self, own: &str) -> bool {
        program(own) >= program(&self.manifest.min_app)
    }
}

/// The three numbers of a program's version.
fn program(text: &str) -> Option<[u32; 3]> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    let read = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(read)
}

fn signed<T: Serialize>(
    message: &T,
    domain: Domain,
    signer: &PackSigner,
) -> Result<Vec<u8>, serde_json::Error> {
    let json = serde_json::to_vec(message)?;
    let signature = signer.sign_as(domain, &json).to_text();
    Ok([signature.as_bytes(), b" ", &json].concat())
}

fn split(bytes: &[u8]) -> Option<(Signature, &[u8])> {
    let (text, rest) = bytes.split_at_checked(SIGNATURE_TEXT_LEN)?;
    Some((Signature::parse(text)?, rest.strip_prefix(b" ")?))
}

fn opened<T: DeserializeOwned>(bytes: &[u8], domain: Domain, key: &PackKey) -> Option<T> {
    let (signature, json) = split(bytes)?;
    key.0.verifies(domain, json, &signature).then(|| serde_json::from_slice(json).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(seed: u8) -> PackSigner {
        PackSigner::from_seed(&[seed; 32]).expect("a key")
    }

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    fn manifest(signer: &PackSigner, voucher: Option<String>) -> StoreManifest {
        StoreManifest {
            kind: StoreManifest::kind(),
            store: 1042,
            version: "20261122-1".to_owned(),
            issued: "2026-11-22T05:00:00.000-06:00".to_owned(),
            fresh_until: "2026-11-24T05:00:00.000-06:00".to_owned(),
            expires: "2026-12-22T05:00:00.000-06:00".to_owned(),
            prev: None,
            full: ObjectRef { sha256: "11".repeat(32), bytes: 4_096 },
            deltas: Vec::new(),
            min_app: "0.1.0".to_owned(),
            effective_from: None,
            pinned: None,
            revoked: Vec::new(),
            jumps_accepted: false,
            key: signer.public().to_string(),
            voucher,
        }
    }

    fn opened_by(text: &[u8], trusted: &PackSigner) -> Result<Told, ManifestRefused> {
        open_manifest(text, &trusted.public(), StoreNo(1042), &|_| None)
    }

    #[test]
    fn the_pack_key_and_who_it_vouches_for_are_believed_and_nobody_else() {
        let (pack, release) = (signer(1), signer(2));
        let own = manifest(&pack, None).sign(&pack).expect("signed");
        assert!(opened_by(&own, &pack).is_ok());
        let until = time("2027-01-01T00:00:00.000+00:00");
        let word = Voucher::sign(&release.public(), until, &pack).expect("signed");
        let vouched = manifest(&release, Some(word.clone())).sign(&release).expect("signed");
        assert!(opened_by(&vouched, &pack).is_ok());
        // No word, a word of its own, a word for another key.
        let alone = manifest(&release, None).sign(&release).expect("signed");
        assert!(matches!(opened_by(&alone, &pack), Err(ManifestRefused::OtherKey(_))));
        let itself = Voucher::sign(&release.public(), until, &release).expect("signed");
        let itself = manifest(&release, Some(itself)).sign(&release).expect("signed");
        assert!(matches!(opened_by(&itself, &pack), Err(ManifestRefused::OtherKey(_))));
        let thief = manifest(&signer(3), Some(word)).sign(&signer(3)).expect("signed");
        assert!(matches!(opened_by(&thief, &pack), Err(ManifestRefused::OtherKey(_))));
        let ended = time("2026-11-01T00:00:00.000+00:00");
        let ended = Voucher::sign(&release.public(), ended, &pack).expect("signed");
        let ended = manifest(&release, Some(ended)).sign(&release).expect("signed");
        assert!(matches!(opened_by(&ended, &pack), Err(ManifestRefused::VoucherEnded(..))));
    }

    #[test]
    fn no_byte_of_a_manifest_can_change_or_be_missing() {
        let pack = signer(1);
        let text = manifest(&pack, None).sign(&pack).expect("signed");
        for place in 0..text.len() {
            let mut changed = text.clone();
            changed[place] ^= 1;
            assert!(opened_by(&changed, &pack).is_err(), "byte {place}");
            assert!(opened_by(&text[..place], &pack).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn another_store_and_an_older_one_of_the_same_key_are_refused() {
        let pack = signer(1);
        let text = manifest(&pack, None).sign(&pack).expect("signed");
        let open = |store, seen: Option<&str>| {
            let seen = seen.map(time);
            open_manifest(&text, &pack.public(), StoreNo(store), &|_| seen)
        };
        assert!(matches!(open(1043, None), Err(ManifestRefused::OtherStore { .. })));
        let later = Some("2026-11-22T05:00:00.001-06:00");
        assert!(matches!(open(1042, later), Err(ManifestRefused::RolledBack { .. })));
        assert!(open(1042, Some("2026-11-22T05:00:00.000-06:00")).is_ok(), "the same again");
    }

    #[test]
    fn what_no_manifest_may_hold_is_refused_though_signed() {
        let pack = signer(1);
        let changes: [fn(&mut StoreManifest); 7] = [
            |m| m.version = "yesterday".to_owned(),
            |m| m.full.bytes = 0,
            |m| m.full.sha256 = "../../etc/passwd".to_owned(),
            |m| m.min_app = "soon".to_owned(),
            |m| m.revoked = vec!["20261122-1".to_owned(); REVOKED_MAX + 1],
            |m| m.effective_from = Some("tomorrow".to_owned()),
            |m| m.kind = "pack".to_owned(),
        ];
        for (place, change) in changes.into_iter().enumerate() {
            let mut odd = manifest(&pack, None);
            change(&mut odd);
            let text = odd.sign(&pack).expect("signed");
            assert_eq!(opened_by(&text, &pack), Err(ManifestRefused::Form), "{place}");
        }
    }

    #[test]
    fn an_older_program_is_told() {
        let pack = signer(1);
        let mut newer = manifest(&pack, None);
        newer.min_app = "0.10.0".to_owned();
        let told = opened_by(&newer.sign(&pack).expect("signed"), &pack).expect("believed");
        assert!(!told.fits("0.9.12"));
        assert!(told.fits("0.10.0") && told.fits("1.0.0"));
    }
}
