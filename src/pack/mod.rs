//! The store pack: everything a store needs to sell, in one signed, immutable, versioned file.
//!
//! ```text
//!  items.csv ─┐                                         a register's data folder
//!  taxes.csv ─┤  build   one file                        packs/20261121-1.pack
//!  people.csv ┼────────▶ [SQLite pages][trailer] ─apply─▶ packs/20261122-1.pack  ◀─ Pack::open
//!  policy.csv ┘             └─ sha256 ─┘ signed          packs/20261122-1.pack.mark
//!  check_block.csv, stock.csv, deliveries.csv, orders.csv, where there are any
//! ```
//!
//! Build checks every row and lists all that are wrong. Applying verifies every byte and every
//! row; opening verifies the signed manifest and that the file is still the one verified.
//! A pack that is old warns; it never stops a sale. A pack that is refused changes nothing: the
//! previous one stays in use.
//!
//! May not: read a clock, draw randomness of its own, print, or write into a pack once built.

mod arrival;
mod badge;
mod blocked;
mod build;
mod check;
mod error;
mod fast;
mod file;
mod goods;
mod jump;
mod key;
mod labels;
mod open;
mod order_seal;
mod orders;
pub mod patch;
mod people;
mod pin;
mod pinned;
mod policy;
mod policy_check;
mod policy_counter;
mod policy_rain_check;
mod recalls;
mod release;
mod rows;
mod search;
mod shelf;
mod source;
mod trailer;
mod version;

pub use arrival::{Arrival, Trust, Waiting};
pub use badge::{BadgeKey, IssuedBadge, StoreBadges, badges_of};
pub use blocked::BLOCKED_MAX;
pub use build::{BuildKeys, BuildOrder, BuildReport, CodeRows, build, build_with, check_tables};
pub use check::{EXEMPT, ITEMS_MAX, PEOPLE_MAX, TAX_ROWS_MAX};
pub use error::{BadRow, BuildError, KeyError, PackError};
pub use fast::{FAST_MAX, Fast, PICTURE_BYTES_MAX};
pub use file::piece;
pub use goods::{ExpectedHead, GoodsRows};
pub use jump::{Jump, JumpLimits, Jumps, compare};
pub use key::{PackKey, PackSigner};
pub use open::{Pack, Verified};
pub use order_seal::{CUSTOMER_NAME_LEN_MAX, CustomerName, OrderKey};
pub use orders::{ORDERS_MAX, OrderHead};
pub use people::{Opened, PinCheck};
pub use pin::{PinCost, UserKey};
pub use pinned::Orders;
pub use release::{
    DeltaRef, MANIFEST_LEN_MAX, ManifestRefused, ObjectRef, REVOKED_MAX, StoreManifest, Told,
    Voucher, open_manifest,
};
pub use search::{BYTES_MAX as CATALOG_BYTES_MAX, Catalog, Hits, fold};
pub use shelf::{Applied, Current, PassedOver, Shelf};
pub use source::{Source, sample_store};
pub use trailer::{Label, Manifest, claimed_key, manifest_of};
pub use version::{age_minutes, is_later, version_after, version_of_day};

/// The pack format this program writes, and the newest it reads.
pub const FORMAT: u32 = 1;
